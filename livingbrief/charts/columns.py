"""Vertical columns by year (or category), single, side by side or stacked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb

from livingbrief.charts.chart import Chart, key, name_rows, text_width, whole
from livingbrief.charts.theme import INK, LATE, MUTED, label_end, shade_shocks, write
from livingbrief.values.values import Values
from livingbrief.wording import capital

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL = 7.5


@dataclass(kw_only=True, eq=False)
class Columns(Chart):
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

    stacked: bool = False
    shade: Collection[int] = ()
    labelled: bool = True

    def _form(self) -> str:
        rows = [r for v in self.parts.values() for r in v.years]
        return f"Columns, {rows[0]} to {rows[-1]}" if rows else "Columns"

    def _grid(self, width: float) -> tuple[int, int, float]:
        rows, cols = self._places(width, 2)
        return rows, cols, 0.9 + 2.0 * rows

    @property
    def _pad(self) -> float:
        return 3 + 9 * bool(self.shade)

    def _panel(self, ax: Axes, head: str, values: Values, inches: float) -> None:
        rows, count = values.rows, len(values.names)
        x = np.array(rows if whole(rows) else range(len(rows)), dtype=float)
        shade_shocks(ax, [y for y in self.shade if y in rows], (inches - 0.6) / len(rows))
        wide = 0.6 if self.stacked or count == 1 else 0.8 / count
        base = np.zeros((2, len(rows)))
        pitch = (inches - 0.6) / (len(rows) * (1 if self.stacked else count) + 0.5)
        for j, (name, about) in enumerate(values.about.items()):
            y, soft = values.frame[name].to_numpy(), values.soft[:, j]
            colour = LATE if values.later[:, j].any() else self._colours[name]
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
                    color="white" if hatched else colour,
                    edgecolor=colour if hatched else "none",
                    hatch="////" if hatched else None,
                    zorder=3,
                    label=capital(about.label) if not hatched or soft.all() else None,
                )
            if self.stacked:
                base[side, np.arange(len(rows))] += np.nan_to_num(y)
                middle = foot[-1] + y[-1] / 2
                if np.isfinite(middle):
                    label_end(
                        ax, x[-1] + wide / 2, middle, capital(about.label), color=colour, dx=5
                    )
            texts = [self.said(n, about, unit=False) for n in y]
            # Where not every label has room, the least, the greatest and the last have.
            some = np.isfinite(y) & self.labelled
            if text_width(texts, LABEL) > 1.1 * pitch and some.any():
                shown = {int(np.nanargmin(y)), int(np.nanargmax(y)), len(y) - 1}
                some &= [i in shown for i in range(len(y))]
            for i in np.flatnonzero(some):
                at, number = x[i] + shift, y[i]
                if self.stacked and count > 1:
                    middle = foot[i] + number / 2
                    write(ax, texts[i], (at, middle), fontsize=LABEL, color=_on(colour))
                else:
                    write(ax, texts[i], (at, number), dy=2 if number >= 0 else -2, fontsize=LABEL)
        ax.axhline(0, color=MUTED, lw=0.8)
        ax.margins(y=0.16 if self.labelled else 0.05)
        if not (values.frame.to_numpy() < 0).any():
            ax.set_ylim(bottom=0)
        name_rows(ax, rows, x, inches)
        if count > 1 and not self.stacked:
            key(ax, inches)


def _on(colour: str) -> str:
    """Return the colour of text that can be read on a colour."""
    red, green, blue = to_rgb(colour)
    return INK if 0.3 * red + 0.59 * green + 0.11 * blue > 0.45 else "white"
