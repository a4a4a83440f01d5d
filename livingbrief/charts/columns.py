"""Vertical columns by year (or category), single, side by side or stacked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import to_rgb

from livingbrief.charts.chart import (
    Chart,
    Panels,
    capital,
    key,
    series_colours,
    split,
    text_width,
    wrapped,
    year_ticks,
)
from livingbrief.charts.theme import INK, MUTED, PALETTE, label_end, shade_shocks
from livingbrief.values.values import Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABEL = 7.5


def columns(
    values: Values | Panels,
    *,
    panels: str = "",
    stacked: bool = False,
    shade: Collection[int] = (),
    labelled: bool = True,
    colours: Mapping[Any, str] | None = None,
    digits: int | None = None,
    height: float | None = None,
    across: int | None = None,
    cite: Sequence[Mapping[str, str]] = (),
) -> Columns:
    """Make a chart of vertical columns, hatched where they stand on an estimate.

    Parameters
    ----------
    values : Values, or mapping of heading to Values
        Rows run along the axis; several columns stand side by side, or one on the other.
    panels : str
        Name of the column axis for a panel for each column.
    stacked : bool
        One on the other, for counts that add up.
    shade : collection of int
        Years drawn as grey bands.
    labelled : bool
        Write each number at the end of its column.
    colours, digits, height, across, cite
        See `Chart`.
    """
    return Columns(
        **split(values, panels),
        stacked=stacked,
        shade=tuple(shade),
        labelled=labelled,
        colours=colours or {},
        digits=digits,
        height=height,
        across=across,
        cite=tuple(cite),
    )


@dataclass(frozen=True, kw_only=True)
class Columns(Chart):
    """See `columns`."""

    stacked: bool = False
    shade: Collection[int] = ()
    labelled: bool = True

    def _form(self) -> str:
        rows = [r for v in self.panels.values() for r in v.years]
        return f"Columns, {rows[0]} to {rows[-1]}" if rows else "Columns"

    def _grid(self, width: float) -> tuple[int, int, float]:
        rows, cols = self._places(width, 2)
        return rows, cols, 0.9 + 2.0 * rows

    def _paint(self, fig: Figure, axes: np.ndarray, width: float) -> None:
        cols = axes.shape[1]
        many = any(len(v.names) > 1 for v in self.panels.values())
        colours = series_colours(self.panels.values(), self.colours)
        if not many:
            colours = {n: self.colours.get(n, PALETTE[0]) for n in colours}
        for place, (head, values) in enumerate(self.panels.items()):
            ax = axes[divmod(place, cols)]
            self._panel(ax, values, colours, width / cols)
            ax.set_title(head, pad=3 + 9 * bool(self.shade)) if head else None
        for place in range(len(self.panels), axes.size):
            axes[divmod(place, cols)].set_visible(False)

    def _panel(self, ax: Axes, values: Values, colours: Mapping[Any, str], inches: float) -> None:
        rows, count = values.rows, len(values.names)
        numeric = all(isinstance(r, int | np.integer) for r in rows)
        x = np.array([float(r) for r in rows]) if numeric else np.arange(len(rows), dtype=float)
        shade_shocks(ax, [y for y in self.shade if y in rows])
        wide = 0.6 if self.stacked or count == 1 else 0.8 / count
        base = np.zeros((2, len(rows)))
        pitch = (inches - 0.6) / (len(rows) * (1 if self.stacked else count) + 0.5)
        for j, (name, about) in enumerate(values.about.items()):
            y, soft = values.frame[name].to_numpy(), values.soft[:, j]
            shift = 0 if self.stacked or count == 1 else -0.4 + wide * (j + 0.5)
            side = (np.nan_to_num(y) < 0).astype(int)
            foot = base[side, np.arange(len(rows))] if self.stacked else np.zeros(len(rows))
            for hatched in (False, True):
                some = np.isfinite(y) & (soft == hatched)
                ax.bar(
                    (x + shift)[some],
                    y[some],
                    width=wide,
                    bottom=foot[some],
                    color="white" if hatched else colours[name],
                    edgecolor=colours[name] if hatched else "none",
                    hatch="////" if hatched else None,
                    zorder=3,
                    label=capital(about.label) if not hatched or not (~soft).any() else None,
                )
            if self.stacked:
                base[side, np.arange(len(rows))] += np.nan_to_num(y)
                self._name(ax, x[-1] + wide / 2, foot[-1] + y[-1] / 2, about.label, colours[name])
            texts: list[str] = [self.said(n, about, unit=False) for n in y]
            # Where not every label has room, the least, the greatest and the last have.
            some = np.isfinite(y) & self.labelled
            if text_width(texts, LABEL) > 1.1 * pitch and some.any():
                shown = {int(np.nanargmin(y)), int(np.nanargmax(y)), len(y) - 1}
                some &= [i in shown for i in range(len(y))]
            for at, number, under, text, written in zip(
                x + shift, y, foot, texts, some, strict=True
            ):
                if written:
                    inside = self.stacked and count > 1
                    ax.annotate(
                        text,
                        (at, under + number / 2 if inside else number),
                        xytext=(0, 0 if inside else 2 if number >= 0 else -2),
                        textcoords="offset points",
                        ha="center",
                        va="center" if inside else "bottom" if number >= 0 else "top",
                        fontsize=LABEL,
                        color=_on(colours[name]) if inside else None,
                    )
        ax.axhline(0, color=MUTED, lw=0.8)
        ax.margins(y=0.16 if self.labelled else 0.05)
        if not (values.frame.to_numpy() < 0).any():
            ax.set_ylim(bottom=0)
        if numeric:
            ax.set_xticks(year_ticks(x, inches - 0.5))
        else:
            ax.set_xticks(x, wrapped([str(r) for r in rows], (inches - 0.5) / len(rows)))
        if count > 1 and not self.stacked:
            key(ax, inches)

    def _name(self, ax: Axes, x: float, y: float, label: str, colour: str) -> None:
        """Write what a part of stacked columns is, beside the last one."""
        if np.isfinite(y):
            label_end(ax, x, y, capital(label), color=colour, dx=5)


def _on(colour: str) -> str:
    """Return the colour of text that can be read on a colour."""
    red, green, blue = to_rgb(colour)
    return INK if 0.3 * red + 0.59 * green + 0.11 * blue > 0.45 else "white"
