"""Horizontal bars with signed labels."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from livingbrief.charts.chart import Chart, Panels, row_height, text_width, wrapped
from livingbrief.charts.theme import LATE, MUTED, PALETTE, write
from livingbrief.errors import BuildError
from livingbrief.values.values import Values
from livingbrief.wording import capital

LABEL = 7.5


@dataclass(kw_only=True, eq=False)
class Bars(Chart):
    """Make a chart of horizontal bars, each with its number beside it.

    Parameters
    ----------
    values : Values, or mapping of heading to Values
        In a panel of one column the bars are its rows, in one of one row its columns.
    panels : str
        ``"rows"`` or ``"columns"``, of which each is a panel; with a panel for each row, so is each
        column of another unit than the first.
    colours : mapping
        Column or row to its colour. Without it rises are blue and falls orange, and numbers that
        are no changes are blue.
    digits, height, across, cite
        See `Chart`.
    shared : bool
        One scale for all panels of a unit.
    texts : mapping of (row, column) to str
        Labels in place of the number, for a count known within bounds, or of "no figure".

    Notes
    -----
    Hatched where the number comes from an estimate, "no figure" where there is none.
    """

    panels: InitVar[str] = ""
    shared: bool = True
    texts: Mapping[Any, str] = field(default_factory=dict)

    def __post_init__(self, values: Values | Panels, panels: str) -> None:
        """Split the values into panels."""
        super().__post_init__(values)
        if panels not in ("", "rows", "columns"):
            raise BuildError(f"panels={panels!r}: bars have panels by 'rows' or by 'columns'")
        if self.whole is None or not panels:
            return
        about, by_row = self.whole.about, panels == "rows"
        unit = next(iter(about.values())).unit
        alone = [n for n, column in about.items() if not by_row or column.unit != unit]
        main = self.whole.drop(*alone)
        self.parts = {str(row): main.at([row]) for row in main.rows if by_row}
        self.parts |= {capital(about[n].label): self.whole[n] for n in alone}

    def _form(self) -> str:
        return "Bars"

    def _grid(self, width: float) -> tuple[int, int, float]:
        rows, cols = self._places(width)
        names = [wrapped(_names(v), _room(width / cols)) for v in self.parts.values()]
        step = row_height((n for own in names for n in own), 0.28)
        return rows, cols, 0.9 + 0.4 * rows + step * sum(self._most(cols))

    def _most(self, cols: int) -> list[int]:
        """Return for each row of panels the bars of its longest."""
        each = [len(_names(v)) for v in self.parts.values()]
        return [max(each[i : i + cols]) for i in range(0, len(each), cols)]

    def _shares(self, rows: int, cols: int) -> list[float]:
        # As the limits of the axes below: bars are equally thick in all panels.
        return [most + 0.2 for most in self._most(cols)]

    def _paint(self, fig: Figure, axes: np.ndarray, width: float) -> None:
        cols, panels = axes.shape[1], [*self.parts.values()]
        names = [wrapped(_names(v), _room(width / cols)) for v in panels]
        # Panels beside each other have the same names once.
        shown = [n if i % cols == 0 or n != names[i - 1] else [] for i, n in enumerate(names)]
        taken = [text_width((t for n in own for t in n.split("\n")), 8.5) for own in shown]
        most = max(sum(taken[i : i + cols]) for i in range(0, len(taken), cols))
        inches = (width - most) / cols - 0.15
        for i, (head, values) in enumerate(self.parts.items()):
            ax, first = axes.flat[i], i - i % cols
            like = [v for v in panels if self.shared and _units(v) == _units(values)]
            self._bars(ax, values, shown[i], like or [values], inches)
            lacking = max(map(len, names[first : first + cols])) - len(names[i])
            ax.set_ylim(-0.6 - lacking, len(names[i]) - 0.4)
            ax.set_title(textwrap.fill(capital(head), max(10, int(inches / 0.08))), pad=3)
        for ax in axes.flat[len(panels) :]:
            ax.set_visible(False)

    def _bars(
        self, ax: Axes, values: Values, names: Sequence[str], scale: Sequence[Values], inches: float
    ) -> None:
        """Draw the bars of a panel on an axis that has room for the numbers of `scale`."""
        labels = [self._label(v, r, n) for v in scale for r in v.rows for n in v.names]
        reach = _reach(scale, text_width(labels, LABEL), inches)
        places = np.arange(len(_names(values)))[::-1].astype(float)
        soft, late = values.soft, values.later
        for i, row in enumerate(values.rows):
            for j, name in enumerate(values.names):
                place, number = places[i + j], values.frame.iat[i, j]
                text = self._label(values, row, name)
                if np.isnan(number):
                    spot = ((reach[1] - reach[0]) / 60, place)
                    ax.annotate(text, spot, va="center", fontsize=LABEL, color=MUTED)
                    continue
                own = PALETTE[1] if number < 0 and values.about[name].signed else PALETTE[0]
                given = self.colours.get(name) or self.colours.get(row) or own
                colour = LATE if late[i, j] else given
                style: dict[str, Any] = {"edgecolor": colour, "height": 0.6, "zorder": 3}
                style |= {"color": "white", "hatch": "////"} if soft[i, j] else {"color": colour}
                ax.barh(place, number, **style)
                write(ax, text, (number, place), dx=3 if number >= 0 else -3, fontsize=LABEL)
        ax.set_xlim(*reach)
        # What is left of the axes: the line at nought and the names, if any.
        ax.plot((0, 0), (-0.6, len(places) - 0.4), color=MUTED, lw=0.8, zorder=4)
        ax.grid(visible=False)
        ax.set_xticks([])
        ax.set_yticks(*((places, names) if names else ([],)))
        ax.tick_params(axis="y", length=0)
        ax.spines[["left", "bottom"]].set_visible(False)

    def _label(self, values: Values, row: Any, name: Any) -> str:
        if (row, name) in self.texts:
            return self.texts[row, name]
        number = values.frame.at[row, name]
        return self.say("no figure") if np.isnan(number) else self.said(number, values.about[name])


def _room(inches: float) -> float:
    """Return how many inches of a panel the names at its left may take."""
    return max(1.35, 0.45 * inches)


def _units(values: Values) -> set[str]:
    return {column.unit for column in values.about.values()}


def _names(values: Values) -> list[str]:
    """Return the names of the bars of a panel: its columns, or its rows."""
    if len(values.rows) == 1 and len(values.names) > 1:
        return [capital(c.label) for c in values.about.values()]
    return [capital(str(r)) for r in values.rows]


def _reach(scale: Sequence[Values], label: float, inches: float) -> tuple[float, float]:
    """Return the limits of an axis that holds all bars and the labels at their ends."""
    numbers = np.concatenate([v.frame.to_numpy().ravel() for v in scale])
    numbers = numbers[np.isfinite(numbers)]
    low, high = min(0.0, numbers.min(initial=0)), max(0.0, numbers.max(initial=0))
    sides = (low < 0) + 1 if high > 0 or low == 0 else 1
    span = (high - low) or 1.0
    label += 0.07
    room = label * span / max(inches - sides * label, 0.2 * inches)
    if low == 0:
        return -0.02 * span, high + room
    return low - room, (high + room if high > 0 else 0.04 * span)
