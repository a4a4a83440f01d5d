"""Inequality over ranked groups: slope and relative index, concentration index, gaps.

Groups are ordered from the least to the most advantaged (poorest to richest, least to most
educated). All measures are negative when what is measured is concentrated among the worst off.
A gradient over groups is a description: it does not say that rank brings about the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from statsmodels.regression.linear_model import WLS


@dataclass(frozen=True)
class Index:
    """An index of inequality over `n` groups, with `df` degrees of freedom of its interval.

    `se`, `se_hc3`: classical and HC3 standard errors of the regression over groups. The interval,
    from HC3 and Student's t, says how far the group values stray from a straight line over rank,
    not how large the sampling error of each value is. All NaN with two groups.
    """

    value: float
    n: int
    df: int
    se: float
    se_hc3: float
    low: float
    high: float
    level: float

    @property
    def bounds(self) -> list[float]:
        """``[low, high]``, as recorded in ``results.json``."""
        return [self.low, self.high]

    def scaled(self, factor: float) -> Index:
        """Return the index times a known positive factor."""
        scaled = ("value", "se", "se_hc3", "low", "high")
        return replace(self, **{name: getattr(self, name) * factor for name in scaled})


@dataclass(frozen=True)
class Contrast:
    """Two groups compared in the same unit; the ratio is NaN when the second is zero."""

    first: float
    second: float
    gap: float
    ratio: float


@dataclass(frozen=True)
class Gradient:
    """Inequality of one outcome (per cent, least advantaged group first) by every measure.

    `ends`: least against most advantaged group; `monotone`: the values keep one direction.
    """

    values: tuple[float, ...]
    slope: Index
    relative: Index
    concentration: Index
    erreygers: Index
    ends: Contrast
    monotone: bool


def ranks(shares: ArrayLike) -> NDArray[np.float64]:
    """Fractional rank of each group: the share of people below it plus half its own.

    `shares` are population shares or numbers of shape (n,), least advantaged first, all positive.
    """
    f = _shares(shares)
    return np.cumsum(f) - f / 2


def slope_index(values: ArrayLike, shares: ArrayLike, level: float = 0.95) -> Index:
    """Slope index of inequality: the fitted difference between the top and the bottom rank.

    Weighted least squares of the group values on their fractional ranks (Schlotheuber and
    Hosseinpoor 2022, Int. J. Environ. Res. Public Health 19, 3697); in their unit, zero when all
    are equal.

    Parameters
    ----------
    values, shares : array_like, shape (n,)
        Outcome and population share or number of each group, least advantaged first.

    Raises
    ------
    ValueError
        With fewer than two groups, unequal lengths, a missing value or a share of zero or less.
    """
    h, f = _checked(values, shares)
    return _slope(h, f, level)


def relative_index(values: ArrayLike, shares: ArrayLike, level: float = 0.95) -> Index:
    """Relative index of inequality: the slope index over the mean (Pamuk's form).

    Zero when all groups are equal. The interval takes the mean as known.
    """
    h, f = _checked(values, shares)
    return _slope(h, f, level).scaled(1 / _positive_mean(h, f))


def concentration_index(values: ArrayLike, shares: ArrayLike, level: float = 0.95) -> Index:
    """Concentration index: twice the covariance of outcome and rank, over the mean.

    Between -1 (all among the least advantaged) and 1; zero when all groups are equal. Values of
    zero or more. By the "convenient regression" of ``2 var(rank) h / mean`` on rank, weighted by
    group size, whose slope is the index (Kakwani, Wagstaff & van Doorslaer 1997, J. Econometrics
    77, 87-103).
    """
    h, f = _checked(values, shares)
    return _slope(h, f, level).scaled(2 * _spread(f) / _positive_mean(h, f))


def erreygers_index(
    values: ArrayLike,
    shares: ArrayLike,
    *,
    lower: float = 0.0,
    upper: float = 100.0,
    level: float = 0.95,
) -> Index:
    """Erreygers' corrected concentration index, for an outcome with bounds.

    Between -1 and 1; the same for an outcome and for its complement, but for the sign (Erreygers
    2009, J. Health Econ. 28, 504-515).
    """
    h, f = _checked(values, shares)
    if not lower < upper or h.min() < lower or h.max() > upper:
        raise ValueError(f"values from {h.min():g} to {h.max():g} do not lie in [{lower}, {upper}]")
    return _slope(h, f, level).scaled(8 * _spread(f) / (upper - lower))


def gradient(values: ArrayLike, shares: ArrayLike, level: float = 0.95) -> Gradient:
    """All measures of inequality of a percentage over ranked groups; see `slope_index`."""
    h, f = _checked(values, shares)
    return Gradient(
        values=tuple(float(v) for v in h),
        slope=slope_index(h, f, level),
        relative=relative_index(h, f, level),
        concentration=concentration_index(h, f, level),
        erreygers=erreygers_index(h, f, level=level),
        ends=contrast(float(h[0]), float(h[-1])),
        monotone=is_monotone(h),
    )


def contrast(first: float, second: float) -> Contrast:
    """Compare two groups by their gap and their ratio."""
    return Contrast(first, second, first - second, first / second if second else float("nan"))


def is_monotone(values: ArrayLike) -> bool:
    """Whether values only fall, or only rise, from the first group to the last."""
    steps = np.diff(np.asarray(values, dtype=float))
    return bool(np.all(steps <= 0) or np.all(steps >= 0))


def _slope(h: NDArray[np.float64], f: NDArray[np.float64], level: float) -> Index:
    fit = WLS(h, np.column_stack([np.ones_like(h), ranks(f)]), weights=f).fit()
    n, df, slope = len(h), len(h) - 2, float(fit.params[1])
    if df == 0:
        nan = float("nan")
        return Index(slope, n, df, nan, nan, nan, nan, level)
    robust = fit.get_robustcov_results("HC3", use_t=True)
    errors = float(fit.bse[1]), float(robust.bse[1])
    low, high = robust.conf_int(1 - level)[1]
    return Index(slope, n, df, *errors, float(low), float(high), level)


def _spread(f: NDArray[np.float64]) -> float:
    """Variance of the fractional rank."""
    return float(f @ (ranks(f) - 0.5) ** 2)


def _shares(shares: ArrayLike) -> NDArray[np.float64]:
    f = np.asarray(shares, dtype=float)
    if not np.all(f > 0):
        raise ValueError("every group needs a population share above zero")
    return f / f.sum()


def _checked(
    values: ArrayLike, shares: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    h, f = np.asarray(values, dtype=float), _shares(shares)
    if h.ndim != 1 or h.shape != f.shape:
        raise ValueError(f"{h.shape} values and {f.shape} population shares do not match")
    if len(h) < 2:
        raise ValueError("an index of inequality needs two groups or more")
    if not np.all(np.isfinite(h)):
        raise ValueError("a group has no value: leave the year out")
    return h, f


def _positive_mean(h: NDArray[np.float64], f: NDArray[np.float64]) -> float:
    mean = float(f @ h)
    if h.min() < 0 or mean <= 0:
        raise ValueError("a relative index needs values of zero or more and a mean above zero")
    return mean
