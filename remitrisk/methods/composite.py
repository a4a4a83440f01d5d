"""A composite index with its uncertainty, in the way of the OECD and JRC handbook.

Every step towards an index is a choice: how to tame outliers, fill gaps, put indicators on one
scale, weigh and add them. No choice is right; the index is therefore computed under all of
them, drawn at random, and a country's result is an interval of ranks, never one rank.

References
----------
OECD and JRC (2008), Handbook on Constructing Composite Indicators. Saisana, Saltelli and
Tarantola (2005), Journal of the Royal Statistical Society A 168(2): choices as random inputs,
ranks as outputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import kurtosis, rankdata, skew

from livingbrief.wording import enumerated

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHOICES = (
    ("Outliers", "leave; bring to the 2.5th and 97.5th percentile; logarithm if skewed",
     "percentiles"),
    ("Gaps", "average what is there; median", "what is there"),
    ("Common scale", "lowest to highest; standard deviations; places", "lowest to highest"),
    ("Weights", "equal by dimension; equal by indicator; random (half-way to equal)",
     "equal by dimension"),
    ("Adding dimensions", "arithmetic mean; geometric mean", "arithmetic"),
    ("Indicators", "all; each one left out in turn", "all"),
)  # fmt: skip
"""For readers, in the order in which they are drawn: the step, the options, the reference."""

TREATMENTS = ("none", "winsorise", "log")
GAPS = ("available", "median")
SCALES = ("minmax", "z", "rank")
REFERENCE = (TREATMENTS.index("winsorise"), GAPS.index("available"), SCALES.index("minmax"))

LEVEL = 0.95
"""Share of the draws that an interval of ranks holds."""
SHARE, SHARE_BY_DIMENSION = 0.75, 0.5
"""Least shares of indicators with a value, in all and by dimension."""

_WEIGHT_DRAWS = 2000


@dataclass(frozen=True)
class Indicator:
    """One indicator of an index.

    `code`: column of the table of values; `label`: for readers, with its unit; `direction`: 1 where
    a higher value means more of what the index measures, else -1.
    """

    code: str
    label: str
    dimension: str
    direction: int


@dataclass(frozen=True)
class Coverage:
    """Which economies have enough indicators: `minimum` in all, and half of each dimension's.

    `counts`: the indicators with a value, by economy; `by_dimension`: the same in each dimension,
    of which the rule asks for `least`.
    """

    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    counts: pd.Series
    minimum: int
    indicators: int
    by_dimension: pd.DataFrame
    least: pd.Series

    def lacking(self, economy: str) -> str:
        """Return how far an economy is from the rule, to follow on a colon."""
        held = int(self.counts.get(economy, 0))
        if held < self.minimum:
            few = f"it has {held} of {self.indicators} indicators; the rule asks for "
            return f"{few}{self.minimum}, and half of each dimension"
        has = self.by_dimension.loc[economy]
        few = enumerated(
            f"{has[name]:.0f} on {name.lower()} where it asks for {least:.0f}"
            for name, least in self.least.items()
            if has[name] < least
        )
        return f"the rule asks for half the indicators of each dimension, and it has {few}"


def coverage(values: pd.DataFrame, indicators: Sequence[Indicator]) -> Coverage:
    """Apply the rule: `SHARE` of all indicators and `SHARE_BY_DIMENSION` of each dimension's."""
    present = values[[i.code for i in indicators]].notna()
    dimensions = [i.dimension for i in indicators]
    counts = present.T.groupby(dimensions, sort=False).sum().T
    least = np.ceil(SHARE_BY_DIMENSION * pd.Series(dimensions).value_counts()[counts.columns])
    minimum = int(np.ceil(SHARE * len(indicators)))
    total = counts.sum(axis=1)
    enough = (total >= minimum) & (counts >= least).all(axis=1)
    kept, dropped = (tuple(values.index[part]) for part in (enough, ~enough))
    return Coverage(kept, dropped, total, minimum, len(indicators), counts, least)


def composite(
    values: pd.DataFrame, indicators: Sequence[Indicator], draws: int = 10_000, seed: int = 87
) -> pd.DataFrame:
    """Build the index and the intervals of its ranks.

    `values` has a column for each indicator's code, NaN where missing, for economies that pass the
    coverage rule; every choice is drawn at random `draws` times. By economy, highest score first:
    score (1 to 100, by the reference choices), rank (1 = highest), median, low, high (ranks over
    the draws, `LEVEL` of them from low to high).

    ValueError when an indicator has fewer than three values or an economy none, one of them stands
    twice, a direction is neither 1 nor -1, or a value is infinite.
    """
    raw = _checked(values, indicators)
    codes = pd.Series([i.dimension for i in indicators])
    membership = pd.get_dummies(codes)[codes.unique()].to_numpy(dtype=float)
    scaled = [
        [[_scaled(_filled(part, gaps), scale) for scale in SCALES] for gaps in GAPS]
        for part in (_treated(raw, treatment) for treatment in TREATMENTS)
    ]
    cube = np.array(scaled)
    score = _mixed(
        _means(cube[REFERENCE], membership), _weights(membership, seed)[:1], np.zeros(1)
    )[0]
    drawn = _ranks(_drawn(cube, membership, draws, seed))
    tail = (1 - LEVEL) / 2
    low, median, high = np.quantile(drawn, [tail, 0.5, 1 - tail], axis=0, method="nearest")
    columns = {"score": score, "rank": _ranks(score[None, :])[0]}
    columns |= {"median": median, "low": low, "high": high}
    return pd.DataFrame(columns, index=values.index.rename("iso3")).sort_values("rank")


def _checked(values: pd.DataFrame, indicators: Sequence[Indicator]) -> Floats:
    """Return the values, signed so that more is more of what the index measures."""
    codes = [i.code for i in indicators]
    if len({*codes}) < len(codes) or not (values.index.is_unique and values.columns.is_unique):
        raise ValueError("an indicator or an economy stands twice")
    if wrong := [i.code for i in indicators if i.direction not in (1, -1)]:
        raise ValueError(f"the direction of {', '.join(wrong)} is neither 1 nor -1")
    raw = values[codes].to_numpy(dtype=float)
    if np.isinf(raw).any():
        raise ValueError("a value is infinite: leave it out, or give what it is")
    short = [i.code for i, n in zip(indicators, np.isfinite(raw).sum(axis=0), strict=True) if n < 3]
    if short:
        raise ValueError(f"fewer than three values in {', '.join(short)}: leave them out")
    if not np.isfinite(raw).any(axis=1).all():
        raise ValueError("an economy without any value: apply the coverage rule first")
    return raw * np.array([i.direction for i in indicators], dtype=float)


def _drawn(cube: Floats, membership: Floats, draws: int, seed: int) -> Floats:
    """Scores (draws, economies) with every choice drawn at random.

    Within a dimension indicators are averaged; between dimensions they are weighed and added
    (arithmetic) or multiplied (geometric, so that a high dimension makes up less for a low one).
    """
    unit = np.random.default_rng(seed).random((draws, len(CHOICES)))
    table = _weights(membership, seed)
    sizes = (*cube.shape[:3], len(table), 2, len(membership) + 1)
    treatment, gaps, scale, weights, geometric, left_out = np.minimum(
        (unit * sizes).astype(np.int64), np.array(sizes) - 1
    ).T
    result = np.empty((draws, cube.shape[3]))
    alike = pd.Series(range(draws)).groupby([treatment, gaps, scale, left_out]).indices
    for (t, g, s, left), rows in alike.items():
        used = membership.copy()
        used[left - 1 : left] = 0.0
        means = _means(cube[t, g, s], used)
        result[rows] = _mixed(means, table[weights[rows]], geometric[rows])
    return result


def _weights(membership: Floats, seed: int) -> Floats:
    """Weights of dimensions: equal first, by their indicators, and random halfway to equal."""
    share = membership.sum(axis=0) / membership.sum()
    equal = np.full((_WEIGHT_DRAWS, len(share)), 1 / len(share))
    random = np.random.default_rng(seed).dirichlet(np.ones(len(share)), size=_WEIGHT_DRAWS)
    return np.concatenate([equal, np.tile(share, (_WEIGHT_DRAWS, 1)), (random + equal) / 2])


def _ranks(values: Floats) -> Ints:
    """Rank each row, 1 for the highest value; ties keep the order of the columns."""
    return np.asarray(rankdata(-values, method="ordinal", axis=1), dtype=np.int64)


def _treated(raw: Floats, treatment: str) -> Floats:
    """Tame outliers; only skewed indicators are logged (handbook: skewness 2, kurtosis 3.5)."""
    if treatment == "winsorise":
        low, high = np.nanpercentile(raw, [2.5, 97.5], axis=0)
        return np.clip(raw, low, high)
    if treatment == "none":
        return raw
    treated = raw.copy()
    for column in treated.T:
        present = column[np.isfinite(column)]
        sign = 1.0 if skew(present) > 0 else -1.0
        if abs(skew(present)) > 2 and kurtosis(present) > 3.5:
            distance = sign * column - (sign * present).min()
            column[:] = sign * np.log1p(distance / np.nanmean(distance))
    return treated


def _filled(values: Floats, gaps: str) -> Floats:
    median = np.nanmedian(values, axis=0)
    return values if gaps == "available" else np.where(np.isfinite(values), values, median)


def _scaled(values: Floats, scale: str) -> Floats:
    """Put each column on a scale from 1 to 100, so that a geometric mean exists."""
    if scale == "rank":
        place = rankdata(values, axis=0, nan_policy="omit")
        return np.asarray(1 + 99 * (place - 1) / np.maximum(np.isfinite(values).sum(axis=0) - 1, 1))
    if scale == "z":
        spread = np.nanstd(values, axis=0)
        z = (values - np.nanmean(values, axis=0)) / np.where(spread > 0, spread, 1.0)
        return np.clip(50 + 10 * z, 1, 100)
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    share = np.where(high > low, (values - low) / np.where(high > low, high - low, 1.0), 0.5)
    return np.where(np.isfinite(values), 1 + 99 * share, np.nan)


def _means(values: Floats, membership: Floats) -> Floats:
    """Mean of the available indicators of each dimension: shape (economies, dimensions)."""
    present = np.isfinite(values).astype(float) @ membership
    total = np.nan_to_num(values) @ membership
    return np.divide(total, present, out=np.full(total.shape, np.nan), where=present > 0)


def _mixed(means: Floats, weights: Floats, geometric: Floats | Ints) -> Floats:
    """Weigh dimensions: shape (draws, economies); the weights of one without a value are shared."""
    present = np.isfinite(means)
    base = weights @ present.T.astype(float)
    arithmetic = weights @ np.where(present, means, 0.0).T / base
    products = np.exp(weights @ np.log(np.where(present, means, 1.0)).T / base)
    return np.where((geometric == 0)[:, None], arithmetic, products)
