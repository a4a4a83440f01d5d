"""How sure a structural break is: tests against no break, and confidence intervals of dates.

References
----------
Bai (1997), *Review of Economics and Statistics* 79, for the intervals; Bai and Perron (1998),
*Econometrica* 66, and (2003), *Critical values for multiple structural change tests*,
*Econometrics Journal* 6, for supF.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr

from remitrisk.methods.breaks import BLOCK, Floats, bic, checked, least_squares, regime_size


@dataclass(frozen=True)
class BreakInterval:
    """Confidence interval of one break, as last observations of the old regime.

    It may reach beyond the sample.
    """

    position: int
    low: int
    high: int
    level: float


def sup_f_null(
    n: int,
    max_breaks: int,
    *,
    trimming: float | int,
    replications: int,
    seed: int,
    x: ArrayLike | None = None,
    walk: bool = False,
) -> Floats:
    """Draw supF(m|0) for series of `n` without a break, shape (max_breaks, replications).

    The statistic does not depend on mean or variance, so this is its distribution in a sample of
    this very size, and not the limit's. `walk` False: independent Gaussian observations, as the
    test assumes. True: Gaussian random walks, which drift without any break.
    """
    _, design = checked(np.zeros(n), x)
    k = design.shape[1]
    size = regime_size(n, trimming, k)
    noise = np.random.default_rng(seed).standard_normal((n, replications))
    series = noise.cumsum(axis=0) if walk else noise
    total = least_squares(series, design, size, max_breaks)
    m = np.arange(1, max_breaks + 1)[:, None]
    return (total[0] - total[1:]) / total[1:] * (n - (m + 1) * k) / (m * k)


def sup_f_limit(
    max_breaks: int, *, trimming: float, replications: int, seed: int, steps: int = 400
) -> Floats:
    """Draw from the limit of supF(m|0) for a shift in the mean, shape (max_breaks, replications).

    The limit is a functional of a Brownian path. A random walk of `steps` steps (a multiple of 4)
    falls short of its supremum by about one over the square root of the steps; the same path seen
    at every fourth step falls short by twice as much, so twice the first less the second removes
    that error. `trimming` is a share of the sample.
    """
    if steps % 4:
        raise ValueError(f"steps must be a multiple of 4, not {steps}")
    rng = np.random.default_rng(seed)
    draws = []
    for done in range(0, replications, BLOCK):
        many = min(BLOCK, replications - done)
        noise = rng.standard_normal((steps, many))
        coarse = noise.reshape(steps // 4, 4, many).sum(axis=1) / 2
        draws.append(2 * _gain(noise, max_breaks, trimming) - _gain(coarse, max_breaks, trimming))
    return np.hstack(draws)


def p_value(statistic: float, null: ArrayLike) -> float:
    """Return the Monte Carlo p-value of `statistic` among draws under the null.

    Never zero: the statistic itself counts as one draw.
    """
    draws = np.asarray(null, dtype=float)
    return float((1 + np.count_nonzero(draws >= statistic)) / (1 + draws.size))


def chosen_breaks(y: ArrayLike, *, trimming: float | int) -> NDArray[np.int64]:
    """Count the breaks in mean that the BIC picks in each of many series, shape (n, series)."""
    many = np.asarray(y, dtype=float)
    n = many.shape[0]
    size = regime_size(n, trimming, 1)
    most = n // size - 1
    rss = least_squares(many, np.ones((n, 1)), size, most)
    return np.argmin([bic(rss[m], n, 1, m) for m in range(most + 1)], axis=0)


def break_intervals(
    y: ArrayLike,
    breaks: Sequence[int],
    x: ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> tuple[BreakInterval | None, ...]:
    """Compute confidence intervals of break dates from Bai's limit distribution.

    Residual variance and regressor moments may differ between regimes; errors are taken as
    uncorrelated and of one variance within a regime, as strucchange's ``confint`` takes them. The
    limit lets the shift shrink as the sample grows, so in regimes of a few observations the
    interval is a rough guide. None where the distribution has too much mass on one side for this
    level. `y` and `x` as in `bai_perron`, `breaks` as in `Partition`.
    """
    series, design = checked(y, x)
    edges = [0, *breaks, len(series)]
    fits = [_regime(series[a:b], design[a:b]) for a, b in pairwise(edges)]
    found: list[BreakInterval | None] = []
    tail = (1 - level) / 2
    for place, (old, new) in zip(breaks, pairwise(fits), strict=True):
        (beta1, moment1, variance1), (beta2, moment2, variance2) = old, new
        shift = beta2 - beta1
        size1, size2 = (float(shift @ moment @ shift) for moment in (moment1, moment2))
        interval = None
        if min(size1, size2) > 0 and min(variance1, variance2) > 0:
            ratios = (size2 / size1, variance2 / variance1)
            if tail < argmax_cdf(0, 1, ratios[1]) < 1 - tail:
                scale = variance1 / size1
                upper, lower = (scale * _argmax_quantile(q, *ratios) for q in (1 - tail, tail))
                low, high = place - math.ceil(upper), place - math.floor(lower)
                interval = BreakInterval(place, low, high, level)
        found.append(interval)
    return tuple(found)


def argmax_cdf(s: float, drift_ratio: float, variance_ratio: float) -> float:
    """Return P(argmax V <= s) for Bai's two-sided Brownian motion with drift.

    V(s) is W1(-s) - |s|/2 for s <= 0 and sqrt(d v) W2(s) - d |s|/2 for s > 0, with `drift_ratio` d
    and `variance_ratio` v (regime after the break over regime before it). Both sides come from one
    formula: turning time round exchanges the sides after rescaling.
    """
    if s > 0:
        return 1 - _left_tail(s * drift_ratio / variance_ratio, 1 / variance_ratio)
    return _left_tail(-s, variance_ratio)


def _gain(noise: Floats, max_breaks: int, trimming: float) -> Floats:
    """Return the fall in RSS of unit noise by `m` breaks, over `m`: shape (max_breaks, series)."""
    n = len(noise)
    size = regime_size(n, trimming, 1)
    rss = least_squares(noise, np.ones((n, 1)), size, max_breaks)
    gain: Floats = (rss[0] - rss[1:]) / np.arange(1, max_breaks + 1)[:, None]
    return gain


def _regime(y: Floats, x: Floats) -> tuple[Floats, Floats, float]:
    """Coefficients, moments of the regressors, and variance of the residuals."""
    beta = np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], dtype=np.float64)
    residuals = y - x @ beta
    return beta, x.T @ x / len(y), float(residuals @ residuals) / len(y)


def _left_tail(distance: float, variance_ratio: float) -> float:
    """Return P(argmax V < -distance): the left side peaks beyond `distance`, above all else.

    With N the maximum over [0, distance] of a Brownian motion with drift 1/2, and r the rate of
    the right side's exponential supremum, the probability is E exp(-N) - E exp(-(1 + r) N) /
    (1 + r); both expectations follow from the distribution of N.
    """
    rate = 1 / variance_ratio
    root = math.sqrt(distance)
    base = float(ndtr(-root / 2))
    density = math.exp(-distance / 8) / math.sqrt(2 * math.pi)
    tilted = math.exp(rate * (1 + rate) * distance / 2 + float(log_ndtr(-(0.5 + rate) * root)))
    first = (2 + distance / 2) * base - root * density
    second = ((1 + 2 * rate) * tilted - base) / rate
    return first - second / (1 + rate)


def _argmax_quantile(level: float, drift_ratio: float, variance_ratio: float) -> float:
    bound = 1.0 if level > argmax_cdf(0.0, drift_ratio, variance_ratio) else -1.0

    def excess(s: float) -> float:
        return argmax_cdf(s, drift_ratio, variance_ratio) - level

    while excess(bound) * bound < 0:
        bound *= 2
    return float(brentq(excess, min(0.0, bound), max(0.0, bound), xtol=1e-10))
