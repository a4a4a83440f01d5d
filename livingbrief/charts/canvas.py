"""What figures are laid out and drawn with: matplotlib's own, but no text is measured twice.

Matplotlib measures each text anew for each figure, and once more to draw it. The figures of a
notebook share most of theirs, and each is drawn in two widths. What is drawn is the same, to
`PLACES`.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any, NamedTuple

from matplotlib import _path
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.textpath import TextToPath

#: Decimals of a place on the page, in points.
PLACES = 2
#: To the inch.
POINTS = 72
_LETTERS = ("M", "L", "Q", "C")
_KEPT = 4096
_PLAIN: Any = TextToPath()

# Family, style and weight.
_Font = tuple[tuple[str, ...], Any, Any]
# Font and number of a glyph to its name, path, lowest, highest and advance, in 64ths.
_GLYPHS: dict[tuple[Any, int], tuple[str, Any, int, int, int]] = {}


class _Text(NamedTuple):
    """A text in a size of `TextToPath.FONT_SCALE`.

    `placed`: name, place and scale of each glyph; `paths`: name of a glyph to its path; `extent`:
    width, height and descent, in 64ths.
    """

    placed: list[tuple[str, float, float, float]]
    paths: dict[str, Any]
    extent: tuple[float, float, float]


class Canvas(FigureCanvasAgg):
    """Lays out all figures with one renderer, which keeps what it has measured."""

    def get_renderer(self) -> RendererAgg:
        """Return what measures texts."""
        return _measure(self.figure.dpi)


def as_svg(fig: Figure) -> str:
    """Draw a figure as it is laid out, and return matplotlib's SVG, its paths shortened."""
    buffer = io.StringIO()
    dots, fig.dpi = fig.dpi, POINTS
    width, height = fig.get_size_inches() * POINTS
    nothing: dict[str, Any] = {"Date": None, "Creator": None}
    renderer = _Svg(width, height, buffer, image_dpi=dots, metadata=nothing)
    fig.draw(renderer)
    renderer.finalize()
    fig.dpi = dots
    return buffer.getvalue()


class _Lines:
    """Gives the heights of a font's lines, for which a text asks its renderer first."""

    dots: float

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float, float, float]:
        unit, gap, ascender, descender = _line(_named(prop))
        scale = 1 / unit * prop.get_size_in_points() * self.dots / 72
        return ascender * scale, -descender * scale, gap * scale


class _Measure(_Lines, RendererAgg):
    """Measures for all figures; nothing is drawn on it."""

    def __init__(self, dots: float) -> None:
        super().__init__(1, 1, dots)
        self.dots = dots


class _Glyphs(TextToPath):
    """Finds the glyphs of a text, and how large it is, once, whatever its size."""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> Any:
        scale = prop.get_size_in_points() / self.FONT_SCALE
        return tuple(length / 64 * scale for length in _set(s, _named(prop)).extent)

    def _get_font(self, prop: FontProperties) -> FontProperties:
        return prop

    def get_glyphs_with_font(  # type: ignore[override]
        self, font: FontProperties, s: str, glyph_map: Any = None, *_: Any, **__: Any
    ) -> tuple[Any, dict[str, Any], list[Any]]:
        """Return places, those paths that are not in `glyph_map` yet, and no rectangles.

        `font` is what `_get_font` returns.
        """
        text, drawn = _set(s, _named(font)), glyph_map or {}
        new = {name: path for name, path in text.paths.items() if name not in drawn}
        return text.placed, new, []


class _Svg(_Lines, RendererSVG):
    """Draws glyphs that are found already, and short paths."""

    dots = POINTS

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._text2path = _Glyphs()

    def _convert_path(
        self,
        path: Any,
        transform: Any = None,
        clip: Any = None,
        simplify: Any = None,
        sketch: Any = None,
    ) -> str:
        box = (0.0, 0.0, self.width, self.height) if clip else None
        letters = [*(letter.encode() for letter in _LETTERS), b"z"]
        told = _path.convert_to_string(  # type: ignore[attr-defined]
            path, transform, box, simplify, sketch, PLACES, letters, False
        )
        text = str(told, "ascii").replace(" \n", "").replace("\n", "")
        for letter in _LETTERS:
            text = text.replace(f"{letter} ", letter)
        return text


@lru_cache(maxsize=4)
def _measure(dots: float) -> _Measure:
    return _Measure(dots)


@lru_cache(maxsize=_KEPT)
def _set(text: str, font: _Font) -> _Text:
    """Set a text once for its glyphs and its size, which matplotlib asks for apart."""
    face, end = _PLAIN._get_font(_prop(font)), 0.0
    placed, paths, lowest, highest = [], {}, [], []
    for item in face._layout(text, LoadFlags.NO_HINTING, features=None, language=None):
        found = item.ft_object, item.glyph_index
        name, path, low, high, advance = _GLYPHS.get(found) or _glyph(*found)
        placed.append((name, item.x, item.y, 1.0))
        paths[name] = path
        lowest.append(low + 64 * item.y)
        highest.append(high + 64 * item.y)
        end = 64 * item.x + advance
    low, high = min(lowest, default=0), max(highest, default=0)
    return _Text(placed, paths, (end, high - low, -low))


def _glyph(face: Any, number: int) -> tuple[str, Any, int, int, int]:
    glyph = face.load_glyph(number, flags=LoadFlags.NO_HINTING)
    _, low, _, high = glyph.bbox
    name = _PLAIN._get_glyph_repr(face, number)
    _GLYPHS[face, number] = found = (name, face.get_path(), low, high, glyph.horiAdvance)
    return found


@lru_cache(maxsize=64)
def _line(font: _Font) -> tuple[float, float, float, float]:
    """Return the units of a font, and in them its gap between lines, ascender and descender."""
    found: Any = get_font(fontManager._find_fonts_by_props(_prop(font)))
    table = found.get_sfnt_table("OS/2")
    names = ("sTypoLineGap", "sTypoAscender", "sTypoDescender")
    gap, ascender, descender = (table[name] for name in names)
    return found.get_sfnt_table("head")["unitsPerEm"], gap, ascender, descender


def _named(prop: FontProperties) -> _Font:
    return tuple(prop.get_family()), prop.get_style(), prop.get_weight()


def _prop(font: _Font) -> FontProperties:
    family, style, weight = font
    return FontProperties(family=list(family), style=style, weight=weight)
