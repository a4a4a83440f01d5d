"""Structural breaks: where the mean (or the regression) of a short series shifts.

Bai and Perron's breaks by dynamic programming, F statistics for one break at every place, and
OLS-CUSUM. A break is numbered by the last observation of the old regime, counted from 1, as the R
package strucchange does; `break_inference` says how sure a break is.

References
----------
Andrews and Ploberger (1994), *Econometrica* 62; Bai and Perron (1998), *Econometrica* 66, and
(2003), *Journal of Applied Econometrics* 18; Liu, Wu and Zidek (1997), *Statistica Sinica* 7;
Ploberger and Krämer (1992), *Econometrica* 60.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.diagnostic import breaks_cusumolsresid

Floats = NDArray[np.float64]
Criterion = Literal["bic", "lwz"]

_TINY = float(np.finfo(float).tiny)
BLOCK = 500  # series worked on at a time: more of them leave the processor's cache


@dataclass(frozen=True)
class Partition:
    """The best partition of a series for one number of breaks.

    `breaks`: last observation of each regime but the last, counted from 1. `rss`: residual sum of
    squares, the smallest that this number of breaks allows. `bic`: Schwarz criterion from the
    Gaussian likelihood; each break counts as a parameter. `lwz`: criterion of Liu, Wu and Zidek,
    with the constants of Bai and Perron (2003). `sup_f`: F statistic against no break, divided by
    the number of restrictions; NaN for no break.
    """

    breaks: tuple[int, ...]
    rss: float
    bic: float
    lwz: float
    sup_f: float


@dataclass(frozen=True)
class BaiPerron:
    """Optimal partitions of one series, regimes of `min_size` and more; item `m` has `m` breaks."""

    n: int
    min_size: int
    partitions: tuple[Partition, ...]

    def best(self, criterion: Criterion = "bic") -> Partition:
        """Return the partition with the smallest BIC or LWZ."""
        return min(self.partitions, key=lambda p: float(getattr(p, criterion)))

    @property
    def ud_max(self) -> float:
        """UDmax: the largest supF of any number of breaks, when their number is not known.

        Compare it with the same maximum under no break, never a supF with its own distribution at
        the number of breaks that a criterion chose: of such p-values most are small by chance.
        """
        return max(p.sup_f for p in self.partitions[1:])

    def near_ties(self, within: float = 2.0) -> tuple[Partition, ...]:
        """Return the partitions that fit about as well as the best, fewest breaks first.

        A difference of 2 in BIC is "not worth more than a bare mention" (Kass and Raftery 1995,
        *Journal of the American Statistical Association* 90).
        """
        limit = self.best("bic").bic + within
        return tuple(p for p in self.partitions if p.bic <= limit)

    def simplest(self, within: float = 2.0) -> Partition:
        """Return the near tie with fewest breaks."""
        return self.near_ties(within)[0]


def bai_perron(
    y: ArrayLike,
    x: ArrayLike | None = None,
    *,
    trimming: float | int = 0.15,
    max_breaks: int | None = None,
) -> BaiPerron:
    """Find the partitions of a series that minimise the residual sum of squares.

    Parameters
    ----------
    y : array_like, shape (n,)
    x : array_like, shape (n, k), optional
        Regressors whose coefficients shift; a constant by default.
    trimming : float or int
        Fewest observations in a regime: a whole number, or a share of `n` (rounded down).
    max_breaks : int, optional
        Largest number of breaks to try; by default as many as `trimming` admits.

    Raises
    ------
    ValueError
        When the series is not finite, or regimes are too short or too long for it.
    """
    series, design = checked(y, x)
    n, k = design.shape
    size = regime_size(n, trimming, k)
    most = n // size - 1 if max_breaks is None else max_breaks
    if not 0 <= most <= n // size - 1:
        raise ValueError(f"{most} breaks do not fit {n} observations in regimes of {size} and more")
    rss, last = least_squares_partitions(series[:, None], design, size, most)
    return BaiPerron(
        n,
        size,
        tuple(
            _partition(m, n, k, float(rss[m, n, 0]), float(rss[0, n, 0]), last[:, :, 0])
            for m in range(most + 1)
        ),
    )


def ols_cusum(y: ArrayLike, x: ArrayLike | None = None) -> tuple[float, float]:
    """Test a constant mean (or regression) with cumulative OLS residuals; see `bai_perron`.

    Returns the largest size of the scaled path, and its p-value from the limit, a Brownian bridge:
    an approximation in short series. A series that its regression meets leaves no break: p is 1.
    """
    series, design = checked(y, x)
    residuals = series - design @ np.linalg.lstsq(design, series, rcond=None)[0]
    if np.abs(residuals).max() <= 1e-12 * np.abs(series).max():
        return 0.0, 1.0
    statistic, p, _ = breaks_cusumolsresid(residuals, ddof=design.shape[1])
    return float(statistic), float(p)


def regime_size(n: int, trimming: float | int, regressors: int = 1) -> int:
    """Return the fewest observations of a regime that `trimming` means in a sample of `n`.

    ValueError when a regime could not hold its coefficients and one observation more, or two
    regimes do not fit.
    """
    size = math.floor(trimming * n + 1e-9) if trimming < 1 else int(trimming)
    if not regressors < size <= n // 2:
        raise ValueError(
            f"regimes of {size} observations do not suit a series of {n} with {regressors} "
            f"shifting coefficients: choose from {regressors + 1} to {n // 2}"
        )
    return size


def checked(y: ArrayLike, x: ArrayLike | None) -> tuple[Floats, Floats]:
    """Return series and regressors as float arrays (a constant when `x` is None).

    ValueError when shapes do not agree or a value is missing or infinite.
    """
    series = np.asarray(y, dtype=float)
    design = np.ones((series.size, 1)) if x is None else np.asarray(x, dtype=float)
    if series.ndim != 1 or design.ndim != 2 or len(design) != len(series):
        raise ValueError(f"y has shape {series.shape} and x {design.shape}: need (n,) and (n, k)")
    if not (np.isfinite(series).all() and np.isfinite(design).all()):
        raise ValueError("the series has missing or infinite values: cut or fill them first")
    return series, design


def least_squares(y: Floats, x: Floats, size: int, max_breaks: int) -> Floats:
    """Return the smallest sums of squares of many series, shape (max_breaks + 1, series)."""
    blocks = (y[:, first : first + BLOCK] for first in range(0, y.shape[1], BLOCK))
    found = [least_squares_partitions(b, x, size, max_breaks, places=False)[0] for b in blocks]
    return np.hstack([rss[:, -1] for rss in found])


def least_squares_partitions(
    y: Floats, x: Floats, size: int, max_breaks: int, *, places: bool = True
) -> tuple[Floats, NDArray[np.int64]]:
    """Find the partitions of least squares of many series at once, by dynamic programming.

    `y` of shape (n, series); `x` of shape (n, k) has the regressors whose coefficients shift;
    `size` is the fewest observations in a regime; without `places` the breaks are not asked for and
    `last` is all noughts. Returns `rss` and `last` of shape (max_breaks + 1, n + 1, series): item
    ``[m, t]`` is the smallest sum of squares of the first `t` observations with `m` breaks, and the
    last of those breaks.
    """
    n, series = y.shape
    costs = _segment_costs(y, x)
    rss = np.full((max_breaks + 1, n + 1, series), np.inf)
    last = np.zeros((max_breaks + 1, n + 1, series), dtype=np.int64)
    for end in range(size, n + 1):
        cost = costs(end, 0, end - size + 1)
        rss[0, end] = cost[0]
        for m in range(1, min(max_breaks, end // size - 1) + 1):
            first = m * size
            total = rss[m - 1, first : end - size + 1] + cost[first:]
            if not places:
                rss[m, end] = total.min(axis=0)
                continue
            best = np.argmin(total, axis=0)
            rss[m, end] = np.take_along_axis(total, best[None], axis=0)[0]
            last[m, end] = first + best
    return rss, last


def bic(rss: Floats, n: int, k: int, m: int) -> Floats:
    """Return the Schwarz criterion of `m` breaks in `k` coefficients, as strucchange counts it.

    ``-2 log L + (k + 1)(m + 1) log n``: coefficients, breaks and the variance are parameters.
    """
    fit = n * (np.log(np.maximum(rss, _TINY) / n) + 1 + math.log(2 * math.pi))
    return np.asarray(fit + math.log(n) * (k + 1) * (m + 1))


def _segment_costs(y: Floats, x: Floats) -> Callable[[int, int, int], Floats]:
    """Return a function (end, first, stop) -> residual sums of squares, shape (starts, series).

    Segments hold observations start + 1 to end, for each start from `first` to `stop` - 1.
    """
    k = x.shape[1]
    ones = np.ones(len(x))
    has_constant = np.allclose(x @ np.linalg.lstsq(x, ones, rcond=None)[0], ones)
    # Sums of squares lose digits when a level is large; a fit with a constant ignores the level.
    work = y - y.mean(axis=0) if has_constant else y
    yy = np.vstack([np.zeros(work.shape[1]), np.cumsum(work**2, axis=0)])
    xy = np.zeros((len(x) + 1, k, work.shape[1]))
    np.cumsum(x[:, :, None] * work[:, None, :], axis=0, out=xy[1:])
    xx = np.zeros((len(x) + 1, k, k))
    np.cumsum(x[:, :, None] * x[:, None, :], axis=0, out=xx[1:])

    def costs(end: int, first: int, stop: int) -> Floats:
        cross = xy[end] - xy[first:stop]
        moment = xx[end] - xx[first:stop]
        if k == 1:
            explained = cross[:, 0] ** 2 / moment[:, :, 0]
        else:
            explained = (cross * np.linalg.solve(moment, cross)).sum(axis=1)
        rest: Floats = yy[end] - yy[first:stop] - explained
        return np.maximum(rest, 0.0, out=rest)

    return costs


def _partition(
    m: int, n: int, k: int, rss: float, rss0: float, last: NDArray[np.int64]
) -> Partition:
    places: list[int] = []
    end = n
    for left in range(m, 0, -1):
        end = int(last[left, end])
        places.append(end)
    floor = max(rss, _TINY)
    free = (m + 1) * k + m
    lwz = math.inf
    if n > free:
        lwz = math.log(floor / (n - free)) + free / n * 0.299 * math.log(n) ** 2.1
    sup_f = (rss0 - rss) / floor * (n - (m + 1) * k) / (m * k) if m else math.nan
    schwarz = float(bic(np.array([rss]), n, k, m)[0])
    return Partition(tuple(reversed(places)), rss, schwarz, lwz, sup_f)
