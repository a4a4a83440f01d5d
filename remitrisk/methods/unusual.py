"""Whether one year of a short series is out of the ordinary, by that series alone.

A random walk with drift and the exact interval of its forecast, calm years held against each other
as a placebo, and the regimes of a mean beside those that series without any break would be given.

References
----------
Bai, J. and Perron, P. (2003). Computation and analysis of multiple structural change models.
Journal of Applied Econometrics 18(1), 1-22.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]

LEVEL = 0.95
BEFORE, FEWEST_CALM = 8, 3
BENCHMARK = [
    *("n", "expected", "expected_low", "expected_high", "actual"),
    *("effect", "effect_low", "effect_high", "placebo_p", "placebo_smallest_p"),
]


class Span(NamedTuple):
    """A number and the ends of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Benchmark:
    """Forecast of a random walk with drift for one period, from `n` log differences.

    `expected` in the unit of the input; `effect_pct` is actual over expected, per cent.
    """

    n: int
    expected: Span
    actual: float
    effect_pct: Span
    level: float

    @property
    def inside(self) -> bool:
        """Whether the actual value lies inside the interval."""
        return self.expected.low <= self.actual <= self.expected.high


def usual(values: ArrayLike, *, level: float = LEVEL) -> Span:
    """Return the mean of independent values and the interval of one more by Student's t.

    Exact where they are normal. ValueError with fewer than three, or where one is missing.
    """
    known = np.asarray(values, dtype=float)
    n = len(known)
    if n < 3 or not np.isfinite(known).all():
        raise ValueError(f"{n} values are too few for an interval, or one is missing")
    reach = stats.t.ppf(0.5 + level / 2, n - 1) * known.std(ddof=1) * np.sqrt(1 + 1 / n)
    return Span(*(float(known.mean() + sign * reach) for sign in (0, -1, 1)))


def random_walk_with_drift(
    values: pd.Series, year: int, *, first: int, level: float = LEVEL
) -> Benchmark:
    """Forecast one year by a random walk with drift on logs, with the textbook interval.

    Positive `values` from the year `first` to the one before `year` are used; the interval is that
    of one more log difference (`usual`). ValueError if a value is missing, or fewer than three
    differences are left.
    """
    used = values.reindex(range(first, year + 1)).astype(float)
    if not (used > 0).all() or len(used) < 5:
        raise ValueError(f"from {first} to {year} values are too few, missing or not positive")
    logs = np.log(used.to_numpy())[:-1]
    steps = np.diff(logs)
    expected = Span(*(float(np.exp(logs[-1] + step)) for step in usual(steps, level=level)))
    actual = float(values.loc[year])
    effect = (100 * (actual / expected[i] - 1) for i in (0, 2, 1))
    return Benchmark(len(steps), expected, actual, Span(*effect), level)


def told(frame: pd.DataFrame, key: str) -> dict[int, dict[str, Any]]:
    """Return a column with its ``_low`` and ``_high`` and the ``n`` of its row, by row."""
    rows = frame[[key, f"{key}_low", f"{key}_high", "n"]].itertuples()
    return {
        at: {"value": value, "interval": [low, high], "n": n, "level": LEVEL}
        for at, value, low, high, n in rows
    }


def outside(frame: pd.DataFrame, key: str, actual: str) -> list[int]:
    """Return the rows whose `actual` lies outside ``key_low`` to ``key_high``.

    ValueError where one of the three is missing.
    """
    if frame[[actual, f"{key}_low", f"{key}_high"]].isna().any(axis=None):
        raise ValueError(f"{actual} or an end of {key} is missing: neither inside nor outside")
    held = frame[actual].between(frame[f"{key}_low"], frame[f"{key}_high"])
    return [int(at) for at in frame.index[~held]]


def calm_p(changes: pd.Series, year: int, shocks: Collection[int]) -> tuple[float, float]:
    """Return the rank of a year's change among those of calm years, and the smallest possible.

    Each year is held against the mean of all (other) calm years; the p-value is the share of years,
    this one counted, at least as far from it. ValueError with fewer than three calm years, or
    where the change of the year is missing.
    """
    if pd.isna(changes.get(year)):
        raise ValueError(f"the change of {year} is missing: it has no rank")
    calm = changes.drop([at for at in changes.index if at in {*shocks, year}]).dropna()
    n = len(calm)
    if n < FEWEST_CALM:
        raise ValueError(f"{n} calm years are too few to rank {year} among")
    off = ((calm - calm.mean()) * n / (n - 1)).abs()
    own = abs(changes.loc[year] - calm.mean())
    return float((1 + (off >= own).sum()) / (1 + n)), 1 / (1 + n)


def benchmarks(values: pd.Series, shocks: Collection[int]) -> pd.DataFrame:
    """Hold each shock year with eight years in a row before it against the walk and calm years.

    `values` are positive, by consecutive years, the forecasts from the first of them. By year: n,
    expected and its ends, and actual, in the unit of `values`; effect and its ends in per cent;
    what `calm_p` gives, missing where too few years are calm.
    """
    changes, first = np.log(values).diff().dropna(), int(values.index[0])
    rows = {}
    for year in (at for at in shocks if at in values.index and at - first >= BEFORE):
        found = random_walk_with_drift(values, year, first=first)
        ranked = (np.nan, np.nan)
        if len(changes.index.difference([*shocks])) >= FEWEST_CALM:
            ranked = calm_p(changes, year, shocks)
        row = (found.n, *found.expected, found.actual, *found.effect_pct, *ranked)
        rows[year] = dict(zip(BENCHMARK, row, strict=True))
    return pd.DataFrame.from_dict(rows, orient="index", columns=BENCHMARK).rename_axis("year")


@dataclass(frozen=True)
class Regimes:
    """Cuts of a series into regimes with a mean of their own, and what chance would give.

    `cuts`: last years of the regimes but the last, by number of breaks, each the cut of least
    squares; `bic` by number of breaks. `walks_p`: share of random walks of this length that look at
    least as broken (by the largest F of any number of breaks); `walks_broken`, `noise_broken`:
    share of random walks to which the BIC gives two breaks or more, of noise one or more.
    """

    cuts: list[list[int]]
    bic: Floats
    walks_p: float
    walks_broken: float
    noise_broken: float
    draws: int

    @property
    def best(self) -> list[int]:
        """The cut of the smallest BIC."""
        return self.cuts[int(np.argmin(self.bic))]

    @property
    def simplest(self) -> list[int]:
        """The cut with fewest breaks whose BIC is within two of the smallest."""
        return self.cuts[int(np.argmax(self.bic <= self.bic.min() + 2))]


def regimes(values: pd.Series, *, size: int = 3, draws: int = 20_000, seed: int = 87) -> Regimes:
    """Cut a series of consecutive years into regimes of `size` years and more.

    ValueError where years are missing, or there are fewer than four such regimes.
    """
    n = len(values)
    if values.isna().any() or n < 4 * size or values.index[-1] - values.index[0] != n - 1:
        raise ValueError(f"{n} years, or with gaps, are too few for regimes of {size} years")
    rss, last = _partitions(values.to_numpy(float)[:, None], size)
    cuts: list[list[int]] = []
    for breaks in range(len(rss)):
        ends = [n]
        for left in range(breaks, 0, -1):
            ends.append(int(last[left, ends[-1], 0]))
        cuts.append([int(values.index[end - 1]) for end in ends[:0:-1]])
    noise = np.random.default_rng(seed).standard_normal((n, draws))
    white, walks = (_partitions(drawn, size)[0] for drawn in (noise, noise.cumsum(axis=0)))
    chosen = [_bic(found, n).argmin(axis=0) for found in (white, walks)]
    as_broken = (_largest_f(walks, n) >= _largest_f(rss, n)).sum()
    return Regimes(
        cuts, _bic(rss, n)[:, 0], float((1 + as_broken) / (1 + draws)),
        float((chosen[1] >= 2).mean()), float((chosen[0] >= 1).mean()), draws,
    )  # fmt: skip


def _partitions(y: Floats, size: int) -> tuple[Floats, NDArray[np.int64]]:
    """Return least sums of squares, shape (breaks + 1, series), and the last break of each start.

    `y` of shape (n, series); by dynamic programming.
    """
    n, series = y.shape
    work = y - y.mean(axis=0)
    sums, squares = (np.vstack([np.zeros(series), part.cumsum(axis=0)]) for part in (work, work**2))
    most = n // size - 1
    rss = np.full((most + 1, n + 1, series), np.inf)
    last = np.zeros((most + 1, n + 1, series), dtype=np.int64)
    for end in range(size, n + 1):
        starts = np.arange(end - size + 1)
        cost = (
            squares[end]
            - squares[starts]
            - (sums[end] - sums[starts]) ** 2 / (end - starts)[:, None]
        )
        rss[0, end] = cost[0]
        for m in range(1, min(most, end // size - 1) + 1):
            total = rss[m - 1, starts] + cost
            last[m, end] = total.argmin(axis=0)
            rss[m, end] = total.min(axis=0)
    return rss[:, n], last


def _bic(rss: Floats, n: int) -> Floats:
    """Return the Schwarz criterion by number of breaks; means, breaks and variance count."""
    fit = n * (np.log(rss / n) + 1 + np.log(2 * np.pi))
    return np.asarray(fit + np.log(n) * 2 * np.arange(1, len(rss) + 1)[:, None])


def _largest_f(rss: Floats, n: int) -> Floats:
    """Return the largest F statistic of any number of breaks against none."""
    m = np.arange(1, len(rss))[:, None]
    return np.asarray(((rss[0] - rss[1:]) / rss[1:] * (n - m - 1) / m).max(axis=0))
