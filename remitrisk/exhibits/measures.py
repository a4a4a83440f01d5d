"""One flow under several measures: changes in per cent, and those in points apart from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from livingbrief.values.numbers import format_value
from remitrisk.exhibits.drawn import Drawn
from remitrisk.exhibits.figures import MUTED, PALETTE, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Measures whose change is a difference of shares; all others change by so many per cent.
POINTS = ("share",)
PER_ROW = 2
#: Room for the label beside the longest bar on either side, as a share of what the bars span.
ROOM = 0.6


def draw(
    growth: pd.DataFrame,
    status: Mapping[str, pd.Series],
    labels: Mapping[str, str],
    *,
    title: str,
    sources: Sequence[Mapping[str, str]],
    caption: str,
) -> Drawn:
    """Draw the changes of each year by measure, and in a panel of their own those in points.

    Parameters
    ----------
    growth : DataFrame
        Years by measures, in any number; the columns of `POINTS` are in percentage points.
    status : mapping
        Measure to the maturity of its changes by year.
    labels : mapping
        What a reader calls each measure.
    title, caption : str
    sources : sequence of dict
    """
    points = [m for m in growth.columns if m in POINTS]
    percent = growth.drop(columns=points)
    years = list(growth.index)
    cols = min(PER_ROW, len(years))
    rows = -(-len(years) // cols)
    height = 0.75 + rows * (0.4 + 0.23 * percent.shape[1])
    fig, axes = canvas(
        title=title,
        subtitle="Change on the year before, per cent"
        + (f"; at the right {_named(points, labels)}, points" if points else "")
        + ". Hatched: stands on an estimate",
        sources=sources,
        rows=rows,
        cols=cols + len(points),
        height=height,
        squeeze=False,
    )
    reach = _reach(percent.to_numpy(float))
    for place, year in enumerate(years):
        row, col = divmod(place, cols)
        names = [_capital(labels[str(m)]) for m in percent.columns]
        soft = [_soft(status, m, year) for m in percent.columns]
        ax = axes[row, col]
        _bars(ax, list(percent.loc[year]), names if col == 0 else [], soft, reach, " %")
        ax.set_title(str(year), pad=3)
    for place in range(len(years), rows * cols):
        axes[divmod(place, cols)].set_visible(False)
    for i, measure in enumerate(points):
        grid = axes[0, cols + i].get_gridspec()
        for ax in axes[:, cols + i]:
            ax.remove()
        values = growth[measure]
        _bars(
            fig.add_subplot(grid[:, cols + i]),
            list(values),
            [str(y) for y in years],
            [_soft(status, measure, y) for y in years],
            _reach(values.to_numpy(float)),
            "",
        )
        fig.axes[-1].set_title(_capital(labels[str(measure)]), pad=3)
    return Drawn(
        fig,
        caption,
        describe(growth, labels),
        growth.rename_axis("year").reset_index(),
    )


def describe(growth: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return alternative text for the figure of changes."""
    texts = [
        f"{year}: "
        + ", ".join(
            f"{labels[str(m)]} {format_value(v, 1, sign=True)}{_unit(str(m))}"
            for m, v in row.dropna().items()
        )
        for year, row in growth.iterrows()
    ]
    return "Bars of the change on the year before, by measure. " + "; ".join(texts) + "."


def _bars(
    ax: Axes,
    values: Sequence[float],
    names: Sequence[str],
    soft: Sequence[bool],
    reach: tuple[float, float],
    unit: str,
) -> None:
    places = np.arange(len(values))[::-1]
    for place, value, hatched in zip(places, values, soft, strict=True):
        if pd.isna(value):
            spot = (reach[1] / 30, place)
            ax.annotate("no figure", spot, va="center", fontsize=7.5, color=MUTED)
        else:
            bar(ax, place, value, PALETTE[0] if value > 0 else PALETTE[1], hatched, unit)
    ax.set_xlim(*reach)
    bare(ax, places, names)


def _reach(values: np.ndarray) -> tuple[float, float]:
    """Return the limits of an axis that holds all bars and the labels at their ends."""
    low, high = min(0.0, float(np.nanmin(values))), max(0.0, float(np.nanmax(values)))
    room = ROOM * ((high - low) or 1.0)
    return (low - room, high + room)


def bar(ax: Axes, place: float, value: float, colour: str, soft: bool, unit: str) -> None:
    """Draw one bar with its signed value beside it; hatched where it stands on an estimate."""
    ax.barh(
        place,
        value,
        height=0.6,
        color="white" if soft else colour,
        edgecolor=colour,
        hatch="////" if soft else None,
        zorder=3,
    )
    ax.annotate(
        f"{format_value(value, 1, sign=True)}{unit}",
        (value, place),
        xytext=(3 if value >= 0 else -3, 0),
        textcoords="offset points",
        ha="left" if value >= 0 else "right",
        va="center",
        fontsize=7.5,
    )


def bare(ax: Axes, places: np.ndarray, names: Sequence[str]) -> None:
    """Leave of an axis of bars the line at zero and the names, if any."""
    ax.axvline(0, color=MUTED, lw=0.8, zorder=4)
    ax.grid(visible=False)
    ax.set_xticks([])
    if names:
        ax.set_yticks(places, names)
    else:
        ax.set_yticks([])
    ax.set_ylim(-0.6, len(places) - 0.4)
    ax.tick_params(axis="y", length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)


def _unit(measure: str) -> str:
    return " points" if measure in POINTS else " %"


def _soft(status: Mapping[str, pd.Series], measure: object, year: int) -> bool:
    return bool(status[str(measure)].get(year) == "estimate")


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _named(measures: Sequence[str], labels: Mapping[str, str]) -> str:
    return " and ".join(labels[m] for m in measures)
