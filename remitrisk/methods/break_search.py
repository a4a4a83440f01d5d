"""The search for breaks in one series of years, and what it finds in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.kept import kept
from livingbrief.values.numbers import format_text, format_value
from remitrisk.methods.break_inference import (
    chosen_breaks,
    p_value,
    sup_f_limit,
    sup_f_null,
)
from remitrisk.methods.breaks import BaiPerron, Floats, Partition, bai_perron, ols_cusum

NONE = "no break"
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Search:
    """A series of years without a gap, and the partitions that fit it best.

    `trimming`: fewest years of a regime; `x`: regressors whose coefficients shift, else a constant.
    """

    label: str
    series: pd.Series
    trimming: int
    x: Floats | None = None

    @property
    def years(self) -> list[int]:
        """Years of the series."""
        return [int(y) for y in self.series.index]

    @cached_property
    def found(self) -> BaiPerron:
        """Partitions by number of breaks."""
        return bai_perron(self.series.to_numpy(), self.x, trimming=self.trimming)

    @property
    def simple(self) -> Partition:
        """The near tie with fewest breaks."""
        return self.found.simplest()

    @property
    def best(self) -> Partition:
        """The partition with the smallest BIC."""
        return self.found.best("bic")

    def null(self, *, replications: int, seed: int, walk: bool = False) -> Floats:
        """Draw supF of series like this one without a break; see `sup_f_null`."""
        n, most = self.found.n, len(self.found.partitions) - 1
        how: dict[str, Any] = {"replications": replications, "seed": seed, "walk": walk}
        return sup_f_null(n, most, trimming=self.trimming, x=self.x, **how)

    def after(self, partition: Partition) -> list[int]:
        """Return the last year of each regime but the last."""
        return [self.years[b - 1] for b in partition.breaks]

    def listed(self, partition: Partition) -> str:
        """Return the break years as a reader would say them: "2009 and 2021"."""
        return format_text(self.after(partition), "year", 0) if partition.breaks else NONE

    def means(self, partition: Partition) -> pd.Series:
        """Return the mean of each year's regime."""
        regime = np.searchsorted(partition.breaks, np.arange(1, len(self.years) + 1))
        return self.series.groupby(regime).transform("mean")


@dataclass(frozen=True)
class Simulated:
    """What series without a break would give a search for shifts in a mean.

    `noise`, `walks`, `limit` of shape (breaks, replications): supF in samples of this size, of
    independent years and of random walks, and in the limit. `noise_p`, `walks_p`: share of either
    whose UDmax is at least as large as that of the series. `noise_broken`, `walks_broken`: share of
    noise that the BIC gives a break, and of random walks that it gives two or more.
    """

    noise: Floats
    walks: Floats
    limit: Floats
    noise_p: float
    walks_p: float
    noise_broken: float
    walks_broken: float
    replications: int


def simulate(search: Search, seed: int, replications: int = 20_000) -> Simulated:
    """Search series of the same length that have no break; ValueError where it has regressors."""
    if search.x is not None:
        raise ValueError("chance is simulated for shifts in a mean, and this search has regressors")
    most = len(search.found.partitions) - 1
    noise, walks, limit, noise_broken, walks_broken = _chance(
        search.found.n, search.trimming, most, seed, replications
    )
    noise_p, walks_p = (p_value(search.found.ud_max, d.max(axis=0)) for d in (noise, walks))
    return Simulated(
        noise, walks, limit, noise_p, walks_p, noise_broken, walks_broken, replications
    )


@kept
def _chance(
    n: int, size: int, most: int, seed: int, replications: int
) -> tuple[Floats, Floats, Floats, float, float]:
    """All of `Simulated` that does not depend on the series."""
    how: dict[str, Any] = {"trimming": size, "replications": replications, "seed": seed}
    noise, walks = (sup_f_null(n, most, walk=walk, **how) for walk in (False, True))
    limit = sup_f_limit(
        most, trimming=size / n, replications=replications // 5, seed=seed, steps=200
    )
    white = np.random.default_rng(seed).standard_normal((n, replications))
    return (
        noise,
        walks,
        limit,
        float(np.mean(chosen_breaks(white, trimming=size) >= 1)),
        float(np.mean(chosen_breaks(white.cumsum(axis=0), trimming=size) >= 2)),
    )


def summary(search: Search, chance: Simulated) -> dict[str, tuple[Any, str | None]]:
    """Return what a search found, and the tests: a number and its own text, if any, by name.

    ``alternative_…`` only where the smallest BIC is not that of the simplest near tie,
    ``drift_pct`` only where there is a break; ``differing_years`` counts the break years that only
    one of two answers has, that of these regimes or of regimes of four years and more.
    """
    found, simple, best = search.found, search.simple, search.best
    lwz, longer = found.best("lwz"), Search(search.label, search.series, 4)
    after, other = search.after(simple), longer.after(longer.simple)
    numbers: dict[str, tuple[Any, str | None]] = {
        "years": (after or NONE, None),
        "breaks": (len(after), count_text(simple)),
        "bic": (simple.bic, None),
        "lwz_breaks": (len(lwz.breaks), count_text(lwz)),
        "longer_regime_years": (other or NONE, None),
        "differing_years": (len({*after} ^ {*other}), None),
        "cusum_p": (ols_cusum(search.series.to_numpy())[1], None),
        "ud_max": (found.ud_max, None),
        "ud_max_p": (chance.noise_p, p_text(chance.noise_p)),
        "random_walk_p": (100 * chance.walks_p, None),
    }
    if best is not simple:
        numbers["alternative_years"] = (search.after(best) or NONE, None)
        numbers["alternative_breaks"] = (len(best.breaks), count_text(best))
        numbers["alternative_bic"] = (best.bic, None)
    if after:
        numbers["drift_pct"] = numbers["random_walk_p"]
    return numbers


def statistics(search: Search, chance: Simulated) -> dict[str, pd.DataFrame]:
    """Return BIC by number of breaks, and UDmax beside the median and middle 90 % of simulations.

    By heading: columns ``middle, low, high``.
    """
    kinds = {"independent noise": chance.noise, "random walks": chance.walks}
    rows = {"this series": np.repeat(search.found.ud_max, 3)}
    rows |= {k: np.quantile(v.max(axis=0), [0.5, 0.05, 0.95]) for k, v in kinds.items()}
    columns = ["middle", "low", "high"]
    bic = {count_text(p): p.bic for p in search.found.partitions}
    return {
        "BIC by number of breaks": pd.DataFrame({"middle": bic}, columns=columns, dtype=float),
        "UDmax": pd.DataFrame.from_dict(rows, orient="index", columns=columns),
    }


def growth_change(growth: pd.Series, breaks: Sequence[int]) -> float:
    """Return mean growth after the last break less that of the regime before it."""
    regime = np.searchsorted(breaks, growth.index)
    before, after = (growth[regime == len(breaks) - back].mean() for back in (1, 0))
    return float(after - before)


def count_text(partition: Partition) -> str:
    """Return "one break", "two breaks"."""
    count = len(partition.breaks)
    words = COUNTS[count] if count < len(COUNTS) else str(count)
    return f"{words} break{'' if count == 1 else 's'}"


def p_text(p: float) -> str:
    """Return a p-value as printed: never zero."""
    return "<0.001" if p < 0.001 else format_value(p, 3)


def partition_table(search: Search, small: np.ndarray, limit: np.ndarray) -> pd.DataFrame:
    """Return one row for each number of breaks, as texts.

    `small`, `limit` of shape (breaks, replications): supF under no break in a sample of this size,
    and in the limit.
    """
    rows = []
    for m, part in enumerate(search.found.partitions):
        rows.append(
            {
                "Breaks": str(m),
                "After": "; ".join(map(str, search.after(part))) or NONE,
                "BIC": format_value(part.bic, 1),
                "LWZ": format_value(part.lwz, 2),
                "supF": format_value(part.sup_f, 1) if m else "–",
                f"5 % value, n = {search.found.n}": _quantile(small, m),
                "5 % value, limit": _quantile(limit, m),
                "p": p_text(p_value(part.sup_f, small[m - 1])) if m else "–",
            }
        )
    return pd.DataFrame(rows)


def series_table(searches: Sequence[Search], nulls: Sequence[np.ndarray]) -> pd.DataFrame:
    """Return one row for each series, as texts: its breaks by each criterion, and the tests.

    `nulls` have supF of each under no break.
    """
    return pd.DataFrame(
        {
            "Series": one.label,
            "n": str(one.found.n),
            "Shortest regime": f"{one.found.min_size} years",
            "Simplest near tie by BIC": one.listed(one.simple),
            "Smallest BIC": one.listed(one.best),
            "Smallest LWZ": one.listed(one.found.best("lwz")),
            "p of UDmax": p_text(p_value(one.found.ud_max, null.max(axis=0))),
            "p of CUSUM": p_text(ols_cusum(one.series.to_numpy(), one.x)[1]),
        }
        for one, null in zip(searches, nulls, strict=True)
    )


def _quantile(draws: np.ndarray, m: int) -> str:
    return format_value(float(np.quantile(draws[m - 1], 0.95)), 1) if m else "–"
