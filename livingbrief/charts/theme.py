"""The house style of figures, and how a figure is saved."""

import hashlib
import io
import re
import textwrap
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from livingbrief.errors import BuildError
from livingbrief.escape import in_csv
from livingbrief.values.kinds import Kind
from livingbrief.wording import spells

# The UK Analysis Function's accessible palette: told apart in greyscale too.
PALETTE = ("#12436D", "#F46A25", "#28A197", "#801650", "#3D3D3D", "#A285D1")
INK = "#222222"
MUTED = "#595959"
#: What was printed later than the day to which an edition looks back.
LATE = "#767676"
BAND = "#E9E9E9"
#: A level or an event drawn across.
DASHED: dict[str, Any] = {"color": MUTED, "ls": (0, (3, 2)), "zorder": 1}
#: Width of the text of a page, in inches; figures may be drawn narrower.
WIDTH = 7.2
#: Width of the drawing for a phone, 342 pixels: its texts, of at least 7 points, are 9 pixels high.
NARROW = 342 / 96
_YEARS = re.compile(r"(?<=\b(?:19|20)\d\d)-(?=(?:19|20)\d\d\b)")

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=PALETTE),
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    # A dollar sign is one, whatever a text of the data holds between two of them.
    "text.parse_math": False,
    # Texts are laid out as wide as the SVG draws them.
    "text.hinting": "none",
    "svg.fonttype": "path",
    "svg.hashsalt": "livingbrief",
    "figure.dpi": 110,
}
#: What an SVG is smaller without: its description, and decimals beyond a hundredth of a point.
_UNREAD = re.compile(r"<!DOCTYPE[^>]*>\s*|<metadata>.*?</metadata>\s*|(?<=\n) +", re.S)
_DECIMALS = re.compile(r"scale\([^)]*\)|-?\d+\.\d{3,}")
_GLYPH = re.compile(r'(<use href="#[^"]+") transform="translate\(([^ )]*) 0\)"')
TITLE = re.compile(r'<g id="title-([\d.]+)">(?:\s*(?:<!--.*?-->|<g\b.*?</g>))*\s*</g>\s*', re.S)
_SIZE = re.compile(r'width="([\d.]+)pt" height="([\d.]+)pt"')
_NAMED = re.compile(r"\b([mp][0-9a-f]{10})\b")
#: Height of a panel with its heading and ticks, in inches, at least.
LEAST = 0.7
#: Of a PNG, to the inch.
PIXELS = 160


def use_house_style() -> None:
    """Set matplotlib's defaults to the house style, whatever a file of the user's says."""
    if mpl.rcParams["svg.hashsalt"] != STYLE["svg.hashsalt"]:
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)


def balanced(text: str, width: int) -> list[str]:
    """Wrap `text` to at most `width` characters so that no word is left alone on its last line."""
    lines = closer = textwrap.wrap(text, width)
    while len(closer) == len(lines) > 1:
        lines, width = closer, width - 1
        closer = textwrap.wrap(text, width)
    return lines


def typeset(text: str) -> str:
    """Give a text the apostrophes and the dashes between years that print uses."""
    return _YEARS.sub("\u2013", text.replace("'", "\u2019"))


def source_line(sources: Iterable[Mapping[str, str]], say: Callable[[str], str] = str) -> str:
    """Return "Publisher, data set (vintage); …", each source once with all its vintages."""
    vintages: dict[str, dict[str, None]] = {}
    for s in sources:
        vintages.setdefault(s["source"], {})[s.get("vintage", "")] = None
    if not vintages:
        raise BuildError("a figure names no source")
    texts = []
    for name, dates in vintages.items():
        told = sorted(filter(None, dates), key=lambda date: Kind.of(date) is Kind.LATER)
        dated = f" {say('and')} ".join(map(say, told))
        texts.append(f"{say(name)} ({dated})" if told else say(name))
    return "; ".join(texts) + "."


@cache
def ink(colour: str) -> str:
    """Return a colour, darker where a text of it on white has a contrast below 4.5 to 1."""
    shade = np.array(to_rgb(colour))
    while True:
        linear = np.where(shade <= 0.04045, shade / 12.92, ((shade + 0.055) / 1.055) ** 2.4)
        if 1.05 / (linear @ (0.2126, 0.7152, 0.0722) + 0.05) >= 4.5:
            return to_hex(shade)
        shade *= 0.98


def write(
    ax: Axes, text: str, at: tuple[Any, Any], dx: float = 0, dy: float = 0, **style: Any
) -> None:
    """Write a text `dx`, `dy` points from a place, on the side that they point to."""
    style.setdefault("ha", {-1: "right", 0: "center", 1: "left"}[np.sign(dx)])
    style.setdefault("va", {-1: "top", 0: "center", 1: "bottom"}[np.sign(dy)])
    if style.get("color"):
        style["color"] = ink(style["color"])
    ax.annotate(text, at, xytext=(dx, dy), textcoords="offset points", **style)


def shade_shocks(ax: Axes, shocks: Iterable[int], pitch: float) -> None:
    """Draw shock years as labelled bands behind the data.

    Where years are narrow, those that follow each other share a label, short and high in turns.
    """
    above: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "annotation_clip": False}
    years = sorted(shocks)
    for year in years:
        ax.axvspan(year - 0.4, year + 0.4, color=BAND, lw=0, zorder=0)
    for i, run in enumerate(spells(years) if pitch < 0.2 else [[year] for year in years]):
        text = f"\u2019{run[0] % 100:02d}" if pitch < 0.15 else str(run[0])
        text += f"\u2013{run[-1] % 100:02d}" if run[1:] else ""
        dy = 2 + 8 * (i % 2 and pitch < 0.15)
        write(ax, text, ((run[0] + run[-1]) / 2, 1), dy=dy, fontsize=7, color=MUTED, **above)


def written_in(fig: Figure, say: Callable[[str], str]) -> Figure:
    """Write the numbers of a figure, in its texts and on its axes, as `say` does."""
    for text in fig.findobj(Text):
        text.set_text(say(text.get_text()))
    for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)):
        own: Any = axis.get_major_formatter()
        own.format_ticks = lambda at, write=own.format_ticks: [*map(say, write(at))]
    return fig


def save_figure(
    fig: Figure,
    folder: Path,
    name: str,
    data: pd.DataFrame | None,
    narrow: Figure | None = None,
    about: Iterable[str] = (),
) -> str:
    """Save a figure as SVG with its data as CSV, the same bytes each time.

    The CSV begins with comments (``pandas.read_csv(…, comment="#")``), so that a copy of it still
    says what it shows and whose figures these are.

    Parameters
    ----------
    fig, narrow : Figure
        The second, where given, is for a phone: ``NAME.narrow.svg``.
    name : str
        File name without ending.
    data : DataFrame or None
        What the figure shows; numbers are rounded to three decimals, or four digits below one.
        None where the figure in English has it already.
    about : iterable of str
        Comments of the CSV, a line each.

    Returns
    -------
    str
        The SVG source.
    """
    folder.mkdir(parents=True, exist_ok=True)
    svg = drawn(fig)
    (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    if narrow is not None:
        (folder / f"{name}.narrow.svg").write_text(drawn(narrow), encoding="utf-8")
    if data is None:
        return svg
    said = "".join(f"# {' '.join(line.split())}\n" for line in about if line)
    table = data.map(_rounded).rename(columns=in_csv).to_csv(index=False, lineterminator="\n")
    (folder / f"{name}.csv").write_text(said + table, encoding="utf-8", newline="\n")
    return svg


def _rounded(cell: Any) -> Any:
    if not isinstance(cell, float) or not np.isfinite(cell):
        return in_csv(cell)
    return float(f"{cell:.4g}") if abs(cell) < 1 else round(cell, 3)


def drawn(fig: Figure) -> str:
    """Return a figure as SVG."""
    # Laid out once: matplotlib would lay out, and draw, once more to save.
    layout: Any = fig.get_layout_engine()
    with warnings.catch_warnings():
        # Labels too long for the drawing are seen there; a message would stop the build.
        warnings.filterwarnings("ignore", "constrained_layout not applied")
        layout.execute(fig)
    fig.set_layout_engine(None)
    file = io.StringIO()
    FigureCanvasSVG(fig).print_svg(file, metadata={"Date": None, "Creator": None})
    return lightened(file.getvalue())


def lightened(svg: str) -> str:
    """Return matplotlib's SVG in fewer bytes, the same ones each time."""

    def rounded(number: re.Match[str]) -> str:
        return number[0] if number[0][0] == "s" else f"{round(float(number[0]), 2):g}"

    svg = _DECIMALS.sub(rounded, _UNREAD.sub("", svg))
    for text, short in (
        ("DejaVuSans-Bold-", "b"),
        ("DejaVuSans-", "d"),
        ("xlink:", ""),
        (" \n", ""),
    ):
        svg = svg.replace(text, short)
    svg = re.sub(r'<g id="(?!title-)[^"]*">', "<g>", svg)
    svg = _GLYPH.sub(r'\1 x="\2"', svg)
    # matplotlib names by places to their last digit, which differs from run to run.
    parts = _NAMED.split(svg)
    own = hashlib.sha256("".join(parts[::2]).encode()).hexdigest()[:6]
    names = {name: f"{name[0]}{own}{i}" for i, name in enumerate(dict.fromkeys(parts[1::2]))}
    return "".join(names[part] if i % 2 else part for i, part in enumerate(parts))


def size_of(svg: str) -> tuple[float, float]:
    """Return width and height of a drawing in points."""
    wide, high = map(float, _SIZE.findall(svg)[0])
    return wide, high


def title_group(svg: str) -> str:
    """Return what draws the title of a drawing; empty where it has none."""
    found = TITLE.search(svg)
    return found[0] if found else ""


def rasterised(svg: str) -> bytes:
    """Return an SVG whose texts are paths as a PNG of `PIXELS` to the inch.

    Typst does it in a fifth of the time that matplotlib takes to draw once more.
    """
    import typst

    # Typst draws on whole dots, rounded up, and drops a row where the page has fewer of them.
    sides = (float(side) * PIXELS / 72 for side in _SIZE.findall(svg)[0])
    wide, high = ((np.ceil(n - 0.05) - 0.05) * 72 / PIXELS for n in sides)
    page = f"#set page(width: {wide}pt, height: {high}pt, margin: 0pt)\n"
    page += f"#image(bytes(sys.inputs.svg), width: {wide}pt)"
    found: bytes = typst.compile(
        page.encode(),
        sys_inputs={"svg": svg},
        format="png",
        ppi=PIXELS,
        ignore_system_fonts=True,
    )
    return found
