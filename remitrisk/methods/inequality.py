"""Inequality over ranked groups: slope and relative index, concentration index, gaps.

Groups are ordered from the least to the most advantaged (poorest to richest, least to most
educated). All measures are negative when what is measured is concentrated among the worst off.
A gradient over groups is a description: it does not say that rank brings about the outcome.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from statsmodels.regression.linear_model import WLS

LEVEL = 0.95
Floats = NDArray[np.float64]


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
    se: float = math.nan
    se_hc3: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def bounds(self) -> list[float]:
        """``[low, high]``, as recorded in ``results.json``."""
        return [self.low, self.high]

    def scaled(self, factor: float) -> Index:
        """Return the index times a known positive factor."""
        scaled = ("value", "se", "se_hc3", "low", "high")
        return replace(self, **{name: getattr(self, name) * factor for name in scaled})


class Contrast(NamedTuple):
    """Two groups compared in the same unit."""

    first: float
    second: float

    @property
    def gap(self) -> float:
        """First minus second."""
        return self.first - self.second

    @property
    def ratio(self) -> float:
        """First over second; NaN when the second is zero."""
        return self.first / self.second if self.second else math.nan


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


def ranks(shares: ArrayLike) -> Floats:
    """Fractional rank of each group: the share of people below it plus half its own.

    `shares` are population shares or numbers of shape (n,), least advantaged first, all positive.
    """
    f = _shares(shares)
    return np.cumsum(f) - f / 2


def slope_index(values: ArrayLike, shares: ArrayLike) -> Index:
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
    fit = WLS(h, np.column_stack([np.ones_like(h), ranks(f)]), weights=f).fit()
    n, slope = len(h), float(fit.params[1])
    if n == 2:
        return Index(slope, n, 0)
    robust = fit.get_robustcov_results("HC3", use_t=True)
    low, high = robust.conf_int(1 - LEVEL)[1]
    return Index(slope, n, n - 2, float(fit.bse[1]), float(robust.bse[1]), float(low), float(high))


def relative_index(values: ArrayLike, shares: ArrayLike) -> Index:
    """Relative index of inequality: the slope index over the mean (Pamuk's form).

    Zero when all groups are equal. The interval takes the mean as known.
    """
    return slope_index(values, shares).scaled(1 / _positive_mean(values, shares))


def concentration_index(values: ArrayLike, shares: ArrayLike) -> Index:
    """Concentration index: twice the covariance of outcome and rank, over the mean.

    Between -1 (all among the least advantaged) and 1; zero when all groups are equal. Values of
    zero or more. By the "convenient regression" of ``2 var(rank) h / mean`` on rank, weighted by
    group size, whose slope is the index (Kakwani, Wagstaff & van Doorslaer 1997, J. Econometrics
    77, 87-103).
    """
    return relative_index(values, shares).scaled(2 * _spread(shares))


def erreygers_index(
    values: ArrayLike, shares: ArrayLike, *, lower: float = 0.0, upper: float = 100.0
) -> Index:
    """Erreygers' corrected concentration index, for an outcome with bounds.

    Between -1 and 1; the same for an outcome and for its complement, but for the sign (Erreygers
    2009, J. Health Econ. 28, 504-515).
    """
    h, _ = _checked(values, shares)
    if not lower < upper or h.min() < lower or h.max() > upper:
        raise ValueError(f"values from {h.min():g} to {h.max():g} do not lie in [{lower}, {upper}]")
    return slope_index(values, shares).scaled(8 * _spread(shares) / (upper - lower))


def gradient(values: ArrayLike, shares: ArrayLike) -> Gradient:
    """All measures of inequality of a percentage over ranked groups; see `slope_index`."""
    h, _ = _checked(values, shares)
    return Gradient(
        tuple(h.tolist()),
        slope=slope_index(values, shares),
        relative=relative_index(values, shares),
        concentration=concentration_index(values, shares),
        erreygers=erreygers_index(values, shares),
        ends=Contrast(float(h[0]), float(h[-1])),
        monotone=is_monotone(h),
    )


def is_monotone(values: ArrayLike) -> bool:
    """Whether values only fall, or only rise, from the first group to the last."""
    steps = np.diff(np.asarray(values, dtype=float))
    return bool(np.all(steps <= 0) or np.all(steps >= 0))


def _spread(shares: ArrayLike) -> float:
    """Variance of the fractional rank."""
    return float(_shares(shares) @ (ranks(shares) - 0.5) ** 2)


def _shares(shares: ArrayLike) -> Floats:
    f = np.asarray(shares, dtype=float)
    if not np.all(f > 0):
        raise ValueError("every group needs a population share above zero")
    return f / f.sum()


def _checked(values: ArrayLike, shares: ArrayLike) -> tuple[Floats, Floats]:
    h, f = np.asarray(values, dtype=float), _shares(shares)
    if h.ndim != 1 or h.shape != f.shape:
        raise ValueError(f"{h.shape} values and {f.shape} population shares do not match")
    if len(h) < 2:
        raise ValueError("an index of inequality needs two groups or more")
    if not np.all(np.isfinite(h)):
        raise ValueError("a group has no value: leave the year out")
    return h, f


def _positive_mean(values: ArrayLike, shares: ArrayLike) -> float:
    h, f = _checked(values, shares)
    mean = float(f @ h)
    if h.min() < 0 or mean <= 0:
        raise ValueError("a relative index needs values of zero or more and a mean above zero")
    return mean
