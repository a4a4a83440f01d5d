"""Where the points of a chart are on its drawing, and what each says to who points at it."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure


class Mark(NamedTuple):
    """A point of a chart: its panel, its place there, and its words.

    `place` is what its group is named by, such as "2022"; the others are one line of it.
    """

    ax: Axes
    x: float
    y: float
    place: str
    label: str
    text: str
    sources: str


def _joined(lines: Iterable[str]) -> str:
    """Join lines of sources, each source once."""
    return f"{'; '.join({s: 0 for line in lines for s in line.rstrip('.').split('; ')})}."


def points(drawings: Sequence[tuple[Figure, Sequence[Mark]]]) -> dict[str, Any]:
    """Return what a page needs to tell the values of a chart, one group for each place.

    Parameters
    ----------
    drawings : sequence of (Figure, sequence of Mark)
        Drawings of one chart in several widths, laid out; their marks are the same, in the same
        order.

    Returns
    -------
    dict
        ``widths`` in points, and ``groups``: ``place``, ``sources``, and ``marks`` with ``told``
        and, for each drawing, ``at``: points from the left and from the bottom. Empty without
        marks.
    """
    if not drawings[0][1]:
        return {}
    places = [
        [[round(72 * float(n) / fig.dpi, 1) for n in m.ax.transData.transform((m.x, m.y))]
         for m in marks]
        for fig, marks in drawings
    ]  # fmt: skip
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for mark, *at in zip(drawings[0][1], *places, strict=True):
        group = found.setdefault(
            (id(mark.ax), mark.place), {"place": mark.place, "sources": {}, "marks": []}
        )
        group["sources"][mark.sources] = None
        group["marks"].append({"told": [mark.label, mark.text], "at": at})
    groups = [{**group, "sources": _joined(group["sources"])} for group in found.values()]
    return {"widths": [round(72 * fig.get_figwidth(), 1) for fig, _ in drawings], "groups": groups}
