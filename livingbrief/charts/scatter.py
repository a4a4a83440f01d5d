"""One change against another, with a line: dots whose place along the bottom is a number too."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from livingbrief.charts.theme import INK, LATE, MUTED, PALETTE, write
from livingbrief.values.values import Values
from livingbrief.wording import capital

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDES = ((6, 0), (-6, 0), (0, 6), (0, -6), (4, 4), (-4, 4), (4, -4), (-4, -4))


def draw_scatter(ax: Axes, values: Values, slope: float, fitted: Collection[Any]) -> None:
    """Draw the second column over the first, each dot named by its row, and a line.

    Parameters
    ----------
    ax : Axes
    values : Values
        Two columns of one unit; hollow where either stands on an estimate.
    slope : float
        Of the fitted line.
    fitted : collection of rows
        Round, and the line goes through their means; all others are crosses.
    """
    x, y = values.frame.to_numpy().T
    used = np.isin(values.rows, [*fitted])
    middle = x[used].mean(), y[used].mean()
    soft, late = values.soft.any(axis=1), values.later.any(axis=1)
    ends = np.array([x.min(), x.max()])
    ax.plot(ends, middle[1] + slope * (ends - middle[0]), color=PALETTE[0], lw=1.6)
    for at in (ax.axhline, ax.axvline):
        at(0, color=MUTED, lw=0.6, zorder=1)
    ax.set_xlabel(capital(values.about[values.names[0]].label))
    ax.set_ylabel(capital(values.about[values.names[1]].label))
    ax.margins(0.08)
    sizes = np.ptp([ax.get_xlim(), ax.get_ylim()], axis=1)
    scaled = np.column_stack([x, y]) / sizes
    along = x.min() + np.ptp(x) * np.linspace(0, 1, 60)
    taken = [*(np.column_stack([along, middle[1] + slope * (along - middle[0])]) / sizes)]
    for i, row in enumerate(values.rows):
        paint = LATE if late[i] else PALETTE[0]
        marker, size = ("o", 5.5) if used[i] else ("X", 7.5)
        ax.plot(x[i], y[i], marker, ms=size, color=paint, mfc="white" if soft[i] else paint,
                mew=1.3, zorder=4)  # fmt: skip
        # A name stands on the side from which the nearest dot, line or name is furthest.
        near = np.array([*np.delete(scaled, i, axis=0), *taken])
        spots = scaled[i] + np.divide(_SIDES, 150)
        best = int(np.argmax([np.hypot(*(near - spot).T).min() for spot in spots]))
        taken.append(spots[best])
        write(ax, str(row), (x[i], y[i]), *_SIDES[best], fontsize=7.5, color=INK)
