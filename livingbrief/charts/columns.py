"""Vertical columns by year (or category)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livingbrief.charts.chart import Chart, name_rows, text_width, whole
from livingbrief.charts.theme import LATE, MUTED, shade_shocks, write
from livingbrief.values.values import Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL = 7.5


@dataclass(kw_only=True, eq=False)
class Columns(Chart):
    """Make a chart of vertical columns, hatched where they stand on an estimate.

    Parameters
    ----------
    values : Values, or mapping of heading to Values
        Of one column; rows run along the axis.
    panels : str
        Name of the column axis for a panel for each column.
    shade : collection of int
        Years drawn as grey bands.
    colours, digits, height, across, cite
        See `Chart`.
    """

    shade: Collection[int] = ()

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
        rows, (name,) = values.rows, values.names
        about, soft = values.about[name], values.soft[:, 0]
        x = np.array(rows if whole(rows) else range(len(rows)), dtype=float)
        shade_shocks(ax, [y for y in self.shade if y in rows], (inches - 0.6) / len(rows))
        y = values.frame[name].to_numpy()
        colour = LATE if values.later.any() else self._colours[name]
        for hatched in (False, True):
            some = np.isfinite(y) & (soft == hatched)
            ax.bar(
                x[some],
                y[some],
                width=0.6,
                color="white" if hatched else colour,
                edgecolor=colour if hatched else "none",
                hatch="////" if hatched else None,
                zorder=3,
            )
        texts = [self.said(n, about, unit=False) for n in y]
        # Where not every label has room, the least, the greatest and the last have.
        some = np.isfinite(y)
        if text_width(texts, LABEL) > 1.1 * (inches - 0.6) / (len(rows) + 0.5) and some.any():
            shown = {int(np.nanargmin(y)), int(np.nanargmax(y)), len(y) - 1}
            some &= [i in shown for i in range(len(y))]
        for i in np.flatnonzero(some):
            write(ax, texts[i], (x[i], y[i]), dy=2 if y[i] >= 0 else -2, fontsize=LABEL)
        ax.axhline(0, color=MUTED, lw=0.8)
        ax.margins(y=0.16)
        if not (y < 0).any():
            ax.set_ylim(bottom=0)
        name_rows(ax, rows, x, inches)
