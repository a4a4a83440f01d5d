"""One change against another: dots named by their rows, with a fitted line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from livingbrief.charts.chart import Chart
from livingbrief.charts.theme import INK, LATE, MUTED, PALETTE, write
from livingbrief.values.values import Values
from livingbrief.wording import capital

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Inches that a name needs: a dot of the fitted line has none where others are closer.
CLEAR = 0.25
_SIDES = ((6, 0), (-6, 0), (0, 6), (0, -6), (4, 4), (-4, 4), (4, -4), (-4, -4))


@dataclass(kw_only=True, eq=False)
class Scatter(Chart):
    """Make a chart of one column over another, each dot named by its row, and a line.

    Parameters
    ----------
    values : Values
        Two columns of one unit; hollow where either stands on an estimate.
    slope : float
        Of the fitted line.
    fitted : collection of rows
        Round, and the line goes through their means; all others are crosses. All without it.
    digits, height, cite
        See `Chart`.
    """

    slope: float
    fitted: Collection[Any] = ()

    def _form(self) -> str:
        return "Dots with a fitted line"

    def _grid(self, width: float) -> tuple[int, int, float]:
        return 1, 1, 4.6

    def _panel(self, ax: Axes, head: str, values: Values, inches: float) -> None:
        x, y = values.frame.to_numpy().T
        used = np.isin(values.rows, [*(self.fitted or values.rows)])

        def fit(at: np.ndarray) -> np.ndarray:
            return y[used].mean() + self.slope * (at - x[used].mean())

        along = np.linspace(x.min(), x.max(), 60)
        ax.plot(along[[0, -1]], fit(along[[0, -1]]), color=PALETTE[0], lw=1.6)
        for at in (ax.axhline, ax.axvline):
            at(0, color=MUTED, lw=0.6, zorder=1)
        ax.set_xlabel(capital(values.about[values.names[0]].label))
        ax.set_ylabel(capital(values.about[values.names[1]].label))
        ax.margins(0.08)
        sizes = np.ptp([ax.get_xlim(), ax.get_ylim()], axis=1)
        scaled = np.column_stack([x, y]) / sizes
        taken = [*(np.column_stack([along, fit(along)]) / sizes)]
        soft, late = values.soft.any(axis=1), values.later.any(axis=1)
        for i, row in enumerate(values.rows):
            paint = LATE if late[i] else PALETTE[0]
            marker, size = ("o", 5.5) if used[i] else ("X", 7.5)
            ax.plot(x[i], y[i], marker, ms=size, color=paint, mfc="white" if soft[i] else paint,
                    mew=1.3, zorder=4)  # fmt: skip
            # A name stands on the side from which the nearest dot, line or name is furthest.
            near = np.array([*np.delete(scaled, i, axis=0), *taken])
            spots = scaled[i] + np.divide(_SIDES, 150)
            room = [np.hypot(*(near - spot).T).min() for spot in spots]
            best = int(np.argmax(room))
            if used[i] and room[best] < CLEAR / inches:
                continue
            taken.append(spots[best])
            write(ax, str(row), (x[i], y[i]), *_SIDES[best], fontsize=7.5, color=INK)
