"""Titles, tables and drawings of the chapter on structural breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from livingbrief.values.numbers import format_text, format_value
from remitrisk.exhibits.figures import MUTED, PALETTE, estimate_style, label_end
from remitrisk.methods.break_inference import BreakInterval, p_value
from remitrisk.methods.breaks import BaiPerron, Partition, ols_cusum

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from livingbrief.run.notebook import Notebook

NONE = "no break"
#: Where more random walks than this look as broken, a shift cannot be told from a drift.
DRIFT = 0.05


def break_years(partition: Partition, years: Sequence[int]) -> list[int]:
    """Return the last year of each regime but the last."""
    return [int(years[b - 1]) for b in partition.breaks]


def listed(partition: Partition, years: Sequence[int]) -> str:
    """Return the break years as a reader would say them: "2009 and 2021"."""
    found = break_years(partition, years)
    return format_text(found, "year", 0) if found else NONE


def share_title(found: BaiPerron, years: Sequence[int], drift: float) -> str:
    """Return the finding of the regime figure.

    Parameters
    ----------
    found : BaiPerron
    years : sequence of int
    drift : float
        Share of random walks, which have no break, that look at least as broken as the series.
    """
    ties = found.near_ties()
    simple = ties[0]
    if not simple.breaks:
        return "No shift in remittances’ share of GDP stands out from its yearly variation"
    if drift > DRIFT:
        return (
            f"Means that change after {listed(simple, years)} fit the share of GDP; "
            "that it shifted, and did not drift, is not established"
        )
    text = f"The share of GDP shifted after {listed(simple, years)}"
    others = [t for t in ties if t is not simple]
    if others:
        text += f"; {number_word(len(others[0].breaks))} breaks fit about as well"
    return text


def null_title(walk_share: float) -> str:
    """Return the finding of the figure on tests, from the share of random walks that exceed."""
    if walk_share > DRIFT:
        return (
            f"{format_value(100 * walk_share, 0)} % of series that wander without a break look as "
            "broken as this one"
        )
    return "This series is broken more clearly than most that merely wander"


def denominator_title(index: pd.DataFrame, base: int, country: str) -> str:
    """Return the finding of the figure on the two parts of the ratio, 100 in `base`."""
    last = index.iloc[-1]
    inflow, gdp = (float(last[name]) - 100 for name in ("inflow", "gdp"))
    year = int(index.index[-1])
    if abs(gdp) > 2 * abs(inflow):
        return (
            f"From {base} to {year} GDP in dollars {_moved(gdp)} and the gross dollar inflow "
            f"{_moved(inflow)}: the ratio moved through its denominator"
        )
    return (
        f"From {base} to {year} the gross dollar inflow to {country} {_moved(inflow)} "
        f"and GDP in dollars {_moved(gdp)}"
    )


def p_text(p: float) -> str:
    """Return a p-value as printed: never zero."""
    return "<0.001" if p < 0.001 else format_value(p, 3)


def interval_text(interval: BreakInterval | None, years: Sequence[int]) -> str:
    """Return "2018–2022"; bounds beyond the sample are marked with its end."""
    if interval is None:
        return "–"
    first, last = int(years[0]), int(years[-1])
    low, high = first + interval.low - 1, first + interval.high - 1
    left = f"before {first}" if low < first else str(low)
    right = f"after {last}" if high > last else str(high)
    return f"{left}–{right}" if left[0].isdigit() and right[0].isdigit() else f"{left} to {right}"


def clipped(interval: BreakInterval, years: Sequence[int]) -> list[float]:
    """Return the interval in years, cut at the ends of the sample."""
    first, last = int(years[0]), int(years[-1])
    return [
        float(max(first, first + interval.low - 1)),
        float(min(last, first + interval.high - 1)),
    ]


def partition_table(
    found: BaiPerron,
    years: Sequence[int],
    intervals: Mapping[int, Sequence[BreakInterval | None]],
    small: np.ndarray,
    limit: np.ndarray,
) -> pd.DataFrame:
    """Return one row for each number of breaks.

    Parameters
    ----------
    found : BaiPerron
    years : sequence of int
    intervals : mapping
        Intervals of the breaks, by number of breaks.
    small, limit : ndarray, shape (breaks, replications)
        supF under no break in a sample of this size, and in the limit.
    """
    rows = []
    for m, part in enumerate(found.partitions):
        pairs = zip(break_years(part, years), intervals.get(m, ()), strict=False)
        rows.append(
            {
                "Breaks": str(m),
                "After (95 % interval)": "; ".join(
                    f"{year} ({interval_text(interval, years)})" for year, interval in pairs
                )
                or NONE,
                "BIC": format_value(part.bic, 1),
                "LWZ": format_value(part.lwz, 2),
                "supF": format_value(part.sup_f, 1) if m else "–",
                f"5 % value, n = {found.n}": _quantile(small, m),
                "5 % value, limit": _quantile(limit, m),
                "p": p_text(p_value(part.sup_f, small[m - 1])) if 0 < m <= len(small) else "–",
            }
        )
    return pd.DataFrame(rows)


def series_table(
    rows: Sequence[tuple[str, BaiPerron, Sequence[int], np.ndarray, np.ndarray | None]],
    values: Sequence[np.ndarray],
) -> pd.DataFrame:
    """Return one row for each series: its breaks by each criterion, and the tests.

    Parameters
    ----------
    rows : sequence of tuple
        Name, breaks, years, supF under no break, regressors.
    values : sequence of ndarray
        The series, in the same order.
    """
    out = []
    for (name, found, years, null, x), y in zip(rows, values, strict=True):
        simple = found.simplest()
        out.append(
            {
                "Series": name,
                "n": str(found.n),
                "Shortest regime": f"{found.min_size} years",
                "Simplest near tie by BIC": listed(simple, years),
                "Smallest BIC": listed(found.best("bic"), years),
                "Smallest LWZ": listed(found.best("lwz"), years),
                "p of UDmax": p_text(p_value(found.ud_max, null.max(axis=0))),
                "p of CUSUM": p_text(ols_cusum(y, x).p_value),
            }
        )
    return pd.DataFrame(out)


def draw_regimes(
    ax: Axes, y: np.ndarray, years: Sequence[int], partition: Partition, *, rival: bool = False
) -> None:
    """Draw regime means as steps and name them at their end; a rival partition is dashed."""
    edges = [0, *partition.breaks, len(y)]
    x: list[float] = []
    height: list[float] = []
    for a, b in pairwise(edges):
        x += [years[a] - 0.5, years[b - 1] + 0.5]
        height += [float(y[a:b].mean())] * 2
    color = PALETTE[2 if rival else 1]
    ax.plot(x, height, color=color, lw=1.6, ls=(0, (2, 1.5)) if rival else "-", zorder=2)
    dy = 6 if rival else -6
    label_end(ax, x[-1], height[-1], count_text(partition), color=color, dy=dy)


def draw_intervals(
    ax: Axes,
    years: Sequence[int],
    partition: Partition,
    intervals: Sequence[BreakInterval | None],
    *,
    height: float,
    color: str = PALETTE[3],
) -> None:
    """Draw each break with its 95 % interval at `height`, with the year above it."""
    for year, interval in zip(break_years(partition, years), intervals, strict=True):
        if interval is not None:
            low, high = clipped(interval, years)
            ax.plot([low, high], [height] * 2, color=color, lw=2.2, solid_capstyle="butt")
        ax.plot([year], [height], "o", color=color, ms=5)
        ax.annotate(
            str(year),
            (year, height),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=color,
        )


def draw_bic(ax: Axes, found: BaiPerron) -> None:
    """Draw BIC by number of breaks; near ties are filled and labelled."""
    ties = found.near_ties()
    counts = range(len(found.partitions))
    ax.plot(counts, [p.bic for p in found.partitions], color=PALETTE[0], lw=1.2, zorder=2)
    for count, part in zip(counts, found.partitions, strict=True):
        near = part in ties
        ax.plot(count, part.bic, "o", ms=6, color=PALETTE[0], mfc=PALETTE[0] if near else "white")
        if near:
            ax.annotate(
                format_value(part.bic, 1),
                (count, part.bic),
                xytext=(0, -8),
                textcoords="offset points",
                ha="center",
                va="top",
                fontsize=8.5,
            )
    ax.set_xticks(list(counts))
    ax.set_xlabel("Number of breaks")
    ax.margins(y=0.22)
    ax.set_title("BIC; filled: within 2 of the smallest", size=8.5, weight="normal")


def draw_null(ax: Axes, white: np.ndarray, walk: np.ndarray, observed: float, n: int) -> None:
    """Draw UDmax under noise and under random walks, with the observed value as a line."""
    top = float(max(observed * 1.3, np.quantile(walk, 0.8)))
    bins = np.linspace(0, top, 41)
    middle = (bins[:-1] + bins[1:]) / 2
    for draws, color, label, spot in (
        (white, PALETTE[0], "noise,\nno break", 2),
        (walk, PALETTE[1], "random walk,\nno break", 24),
    ):
        share = np.histogram(draws, bins=bins)[0] / len(draws) * 100
        ax.fill_between(middle, share, color=color, alpha=0.28, lw=0)
        ax.plot(middle, share, color=color, lw=1.4)
        spot = max(spot, int(np.argmax(share)) + 1)
        clear = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1}
        label_end(ax, middle[spot], share[spot], label, color=color, dx=6, dy=16, bbox=clear)
    ax.axvline(observed, color=PALETTE[3], lw=1.8)
    ax.annotate(
        "this series",
        (observed, 0.97),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0),
        textcoords="offset points",
        va="top",
        color=PALETTE[3],
        fontsize=8.5,
    )
    ax.set_xlim(0, top)
    ax.set_ylim(0)
    ax.set_xlabel(f"UDmax, n = {n}")
    ax.set_title("Percent of simulated series", size=8.5, weight="normal")


def draw_since(
    ax: Axes, table: pd.DataFrame, status: pd.Series, base: int, labels: Mapping[str, str]
) -> None:
    """Draw series as indices, 100 in the base year, named at their ends.

    Parameters
    ----------
    table : DataFrame
        Indices by year.
    status : Series
        Maturity of the inflow by year, which its ratio to GDP shares.
    labels : mapping
        Label of each column drawn.
    """
    for i, (name, label) in enumerate(labels.items()):
        line = table[name].dropna()
        known = status if name != "gdp" else status.where(status == "final", "final")
        estimate_style(ax, line, known, color=PALETTE[i], marker="os^"[i])
        label_end(ax, line.index[-1], line.iloc[-1], label, color=PALETTE[i], dx=8)
    ax.axvline(base, color=MUTED, lw=0.8, ls=":")
    ax.axhline(100, color=MUTED, lw=0.8)
    ax.set_xlim(table.index[0] - 0.4, table.index[-1] + 0.19 * len(table))
    ax.set_xticks(list(table.index))


def count_text(partition: Partition) -> str:
    """Return "one break", "two breaks"."""
    count = len(partition.breaks)
    return f"{number_word(count)} break{'' if count == 1 else 's'}"


def number_word(count: int) -> str:
    """Return a small number in words; zero is "no"."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[count] if count < len(words) else str(count)


def record_years(
    nb: Notebook,
    key: str,
    partition: Partition,
    years: Sequence[int],
    sources: Sequence[Mapping[str, str]],
) -> None:
    """Record the break years of a partition, or the words "no break"."""
    found = break_years(partition, years)
    nb.number(key, found or NONE, n=len(years), sources=sources)


def record_count(
    nb: Notebook, key: str, partition: Partition, n: int, sources: Sequence[Mapping[str, str]]
) -> None:
    """Record how many breaks a partition has; printed in words."""
    nb.number(key, len(partition.breaks), n=n, sources=sources, text=count_text(partition))


def record_break(
    nb: Notebook,
    key: str,
    years: Sequence[int],
    interval: BreakInterval | None,
    place: int,
    sources: Sequence[Mapping[str, str]],
) -> None:
    """Record the year of one break with its interval, cut at the ends of the sample."""
    nb.number(
        key,
        int(years[place - 1]),
        n=len(years),
        interval=None if interval is None else clipped(interval, years),
        level=None if interval is None else interval.level,
        sources=sources,
    )


def _moved(percent: float) -> str:
    if abs(percent) < 0.5:
        return "hardly changed"
    return f"{'rose' if percent > 0 else 'fell'} by {format_value(abs(percent), 0)} %"


def _quantile(draws: np.ndarray, m: int) -> str:
    return format_value(float(np.quantile(draws[m - 1], 0.95)), 1) if 0 < m <= len(draws) else "–"
