"""What figures are laid out and drawn with: matplotlib's own, but no text is measured twice.

Matplotlib measures each text anew for each figure, and once more to draw it. The figures of a
notebook share most of theirs, and each is drawn in two widths. What is drawn is the same, to
`PLACES`.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

from matplotlib import _path
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
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
    """Finds the glyphs of a text once, whatever its size."""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> Any:
        return _extent(s, prop.copy())

    def _get_font(self, prop: FontProperties) -> FontProperties:
        return prop

    def get_glyphs_with_font(  # type: ignore[override]
        self, font: FontProperties, s: str, glyph_map: Any = None, *_: Any, **__: Any
    ) -> tuple[Any, dict[str, Any], list[Any]]:
        """Return places, those paths that are not in `glyph_map` yet, and no rectangles.

        `font` is what `_get_font` returns.
        """
        placed, paths = _glyphs(s, _named(font))
        drawn = glyph_map or {}
        return placed, {name: path for name, path in paths.items() if name not in drawn}, []


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
def _extent(text: str, prop: FontProperties) -> Any:
    return _PLAIN.get_text_width_height_descent(text, prop, False)


@lru_cache(maxsize=_KEPT)
def _glyphs(text: str, font: _Font) -> tuple[Any, dict[str, Any]]:
    placed, paths, _ = _PLAIN.get_glyphs_with_font(_PLAIN._get_font(_prop(font)), text)
    return placed, paths


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
