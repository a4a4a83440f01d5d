"""The title of a drawing, which its notebook does not know: put above it, as a picture to share."""

import io
import re
from pathlib import Path

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from livingbrief.charts.theme import (
    INK,
    WIDTH,
    balanced,
    lightened,
    rasterised,
    size_of,
    title_group,
    typeset,
    use_house_style,
)

#: Height of a line, and what stays above the first, in inches.
LINE, ABOVE = 0.20, 0.08
_FRAME = re.compile(r"<svg [^>]*>")


def with_title(svg: str, title: str, room: float = 1) -> str:
    """Return a drawing with a title above it.

    Parameters
    ----------
    svg : str
        As `livingbrief.charts.theme.drawn` returns it, without a title.
    title : str
        A sentence without a full stop.
    room : float
        Share of the usual letters that a line takes: less where letters are wider.
    """
    wide, high = size_of(svg)
    lines = balanced(typeset(title), int(76 * room * wide / 72 / WIDTH))
    if not lines:
        return svg
    lower = LINE * len(lines) * 72
    use_house_style()
    fig = Figure(figsize=(wide / 72, lower / 72 + ABOVE))
    fig.text(
        0.008, 1 - ABOVE / fig.get_figheight(), "\n".join(lines), size=11, va="top",
        linespacing=1.25, weight="bold", color=INK, gid=f"title-{lower:.2f}",
    )  # fmt: skip
    file = io.StringIO()
    FigureCanvasSVG(fig).print_svg(file, metadata={"Date": None, "Creator": None})
    # Letters of its own: those of the drawing may have the same names.
    words = title_group(lightened(file.getvalue())).replace('"b', '"t').replace('"#b', '"#t')
    opened = _FRAME.search(svg)
    assert opened is not None
    frame = opened[0].replace(f'"{high:g}pt"', f'"{high + lower:g}pt"')
    frame = frame.replace(f' {high:g}"', f' {high + lower:g}"')
    ground = f'<path d="M 0 0H {wide:g}V {lower:g}H 0z" style="fill: #ffffff"/>\n'
    body, end = svg[opened.end() :].rsplit("</svg>", 1)
    lowered = f'<g transform="translate(0 {lower:g})">{body}</g>\n'
    return f"{svg[: opened.start()]}{frame}\n{ground}{lowered}{words}</svg>{end}"


def put(folder: Path, name: str, title: str, *, code: str = "") -> None:
    """Give the files of a figure their title: SVG, PNG and, in English, the comments of its CSV."""
    path = folder / f"{name}{code and '.'}{code}.svg"
    svg = with_title(path.read_text("utf-8"), title, 0.9 if code else 1)
    path.write_text(svg, encoding="utf-8")
    path.with_suffix(".png").write_bytes(rasterised(svg))
    table = folder / f"{name}.csv"
    if not code and title:
        table.write_text(f"# {title}\n{table.read_text('utf-8')}", encoding="utf-8", newline="\n")
