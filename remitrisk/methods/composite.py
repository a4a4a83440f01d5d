"""A composite index with its uncertainty, in the way of the OECD and JRC handbook.

Every step towards an index is a choice: how to tame outliers, fill gaps, put indicators on one
scale, weigh and add them. No choice is right; the index is therefore computed under all of
them, drawn at random, and a country's result is an interval of ranks, never one rank.

References
----------
OECD and JRC (2008), Handbook on Constructing Composite Indicators. Saisana, Saltelli and
Tarantola (2005), Journal of the Royal Statistical Society A 168(2): choices as random inputs,
ranks as outputs. Saltelli (2010), Computer Physics Communications 181(2): the sensitivity
design, as the SALib package computes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import sobol as sobol_sample
from scipy.stats import kendalltau, kurtosis, rankdata, skew, spearmanr

from livingbrief.kept import kept

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TREATMENTS = ("none", "winsorise", "log")
IMPUTATIONS = ("available", "median", "neighbours")
NORMALISATIONS = ("minmax", "z", "rank")
AGGREGATIONS = ("arithmetic", "geometric")
REFERENCE = (
    TREATMENTS.index("winsorise"),
    IMPUTATIONS.index("available"),
    NORMALISATIONS.index("minmax"),
)
"""Place of the reference in the first three axes of `Prepared.cube`."""
FACTORS = ("treatment", "imputation", "normalisation", "weights", "aggregation", "left out")
"""The choices that are varied, in the order of the columns of a unit sample."""
_PROBLEM = {
    "num_vars": len(FACTORS), "names": [*FACTORS], "bounds": [[0.0, 1.0]] * len(FACTORS),
}  # fmt: skip

FACTOR_WORDS = {
    "treatment": "outliers",
    "imputation": "gaps",
    "normalisation": "common scale",
    "weights": "weights",
    "aggregation": "adding dimensions",
    "left_out": "indicator left out",
}
"""The same as keys write them, and for readers."""
CHOICES = (
    ("Outliers", "leave; bring to the 2.5th and 97.5th percentile; logarithm if skewed",
     "percentiles"),
    ("Gaps", "average what is there; median; five most similar economies", "what is there"),
    ("Common scale", "lowest to highest; standard deviations; places", "lowest to highest"),
    ("Weights", "equal by dimension; equal by indicator; random (half-way to equal)",
     "equal by dimension"),
    ("Adding dimensions", "arithmetic mean; geometric mean", "arithmetic"),
    ("Indicators", "all; each one left out in turn", "all"),
)  # fmt: skip
"""For readers, in the order of `FACTORS`: the step, the options drawn, the reference."""

MOST_NAMED = 2
"""Dimensions that a sentence names as candidates."""

LEVEL = 0.95
"""Share of the draws, or confidence, of every interval."""
SHARE, SHARE_BY_DIMENSION = 0.75, 0.5
"""Least shares of indicators with a value, in all and by dimension."""

_NEIGHBOURS = 5
_WEIGHT_DRAWS = 2000
_RESAMPLED = 500


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
    """Which economies have enough indicators.

    `counts` has the indicators with a value by economy and dimension, and in `all`; an economy
    needs `minimum` of `indicators`.
    """

    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    counts: pd.DataFrame
    minimum: int
    indicators: int

    def lacking(self, economy: str) -> str:
        """Return in a sentence how far an economy is from the rule."""
        if economy not in self.counts.index:
            return (
                f"It is not among the {len(self.counts)} economies for which the data package "
                "holds every series of that set."  # stands
            )
        own = int(self.counts.at[economy, "all"])
        return (
            f"It has {own} of {self.indicators} indicators; the rule asks for {self.minimum}, "
            "and half of each dimension."  # stands
        )


@dataclass(frozen=True)
class Prepared:
    """Indicators on one scale, under every combination of the first three choices.

    `cube` of shape (treatments, imputations, normalisations, economies, indicators) has values
    between 1 and 100, 100 the most of what the index measures; NaN where missing and not imputed.
    `membership` of shape (indicators, dimensions) is 1 where the indicator belongs to the
    dimension.
    """

    cube: Floats = field(repr=False)
    membership: Floats
    economies: tuple[str, ...]
    dimensions: tuple[str, ...]
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True)
class Choices:
    """One row for each draw: positions in the tuples of options, and weights.

    `left_out` is the position of the indicator left out, -1 for none; `weights` of shape (draws,
    dimensions) sum to 1 in each row.
    """

    treatment: Ints
    imputation: Ints
    normalisation: Ints
    aggregation: Ints
    left_out: Ints
    weights: Floats


@dataclass(frozen=True)
class CompositeIndex:
    """Reference scores and the ranks under all choices.

    `table` by economy, highest reference score first: score (1 to 100), rank (1 = highest), median,
    low, high (ranks over the draws; `LEVEL` of them lie from low to high). `dimensions`: reference
    scores by dimension. `ranks` of shape (draws, economies): in the order of `prepared.economies`.
    """

    table: pd.DataFrame
    dimensions: pd.DataFrame
    ranks: Ints = field(repr=False)
    seed: int
    prepared: Prepared = field(repr=False)

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.ranks)

    @property
    def ordered(self) -> pd.DataFrame:
        """The table in the order of the median ranks, then of the reference."""
        return self.table.sort_values(["median", "rank"])

    def widths(self) -> pd.Series:
        """Return how many ranks each economy's interval spans, in the order of the medians."""
        return self.ordered["high"] - self.ordered["low"]

    def width_by_quarter(self) -> dict[str, float]:
        """Return the median width of the intervals in each quarter of the order, highest first."""
        parts = np.array_split(self.widths().to_numpy(dtype=float), 4)
        names = ("first_quarter", "second_quarter", "third_quarter", "last_quarter")
        return {name: float(np.median(part)) for name, part in zip(names, parts, strict=True)}

    def of(self, economy: str) -> dict[str, float]:
        """Return what is known of one economy, by the names of its keys."""
        row = self.table.loc[economy]
        return {
            "rank": float(row["rank"]),
            "median_rank": float(row["median"]),
            "own_width": float(row["high"] - row["low"]),
            "score": float(row["score"]),
            "top_quarter_pct": 100 * self.chance_in_top(economy, len(self.table) // 4),
        }

    def rank_without(self, indicator: str, economy: str) -> dict[str, Any]:
        """Return the rank without one indicator, by its code: ``value``, and ``interval``.

        By the reference choices, and over the draws of all other choices.
        """
        place = self.prepared.economies.index(economy)
        at = [i.code for i in self.prepared.indicators].index(indicator)
        unit = np.random.default_rng(self.seed).random((self.draws, len(FACTORS)))
        drawn = choices_from_unit(unit, self.prepared, self.seed)
        reference, every = (
            ranks(scores(self.prepared, replace(c, left_out=np.full_like(c.left_out, at))))[
                :, place
            ]
            for c in (reference_choice(self.prepared), drawn)
        )
        tail = (1 - LEVEL) / 2
        ends = np.quantile(every, [tail, 1 - tail], method="nearest")
        return {"value": float(reference[0]), "interval": [*map(float, ends)]}

    def chance_in_top(self, economy: str, places: int) -> float:
        """Share of the draws in which the economy is among the highest `places` ranks."""
        column = self.prepared.economies.index(economy)
        return float((self.ranks[:, column] <= places).mean())


@dataclass(frozen=True)
class Extremes:
    """Dimensions in which an economy lies furthest above and below the median economy.

    Of the dimensions that stay above (below) the median whichever of their indicators is left out:
    the furthest by the reference choices first, then those that take its place when a single
    indicator is left out. Empty where no dimension stays on its side.
    """

    highest: tuple[str, ...]
    lowest: tuple[str, ...]

    def told(self) -> dict[str, int | str]:
        """Return how many there are on each side, and their names where they are few."""
        found: dict[str, int | str] = {}
        for side, dimensions in (("highest", self.highest), ("lowest", self.lowest)):
            found[f"{side}_dimensions"] = len(dimensions)
            if 0 < len(dimensions) <= MOST_NAMED:
                found[f"{side}_dimension"] = " or ".join(name.lower() for name in dimensions)
        return found


@dataclass(frozen=True)
class Sensitivity:
    """Which choice moves the ranks.

    `table`: output, factor, first, first_half_width, total, total_half_width: shares of the
    variance of the output; half widths at `LEVEL`. `evaluations`: times the index was computed.
    `mean_shift`: mean over the sample of the mean absolute shift in rank against the reference.
    """

    table: pd.DataFrame
    evaluations: int
    mean_shift: float

    def shares(self, economy: str | None) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return the shares in the variance of an economy's rank, else of the mean shift.

        Share, low and high: factors (as keys write them) by ``total`` and ``first``.
        """
        output = "mean shift in rank" if economy is None else f"rank of {economy}"
        own = self.table[self.table["output"] == output].set_index("factor")
        own = own.rename(lambda factor: factor.replace(" ", "_"))
        share = own[["total", "first"]]
        half = own[["total_half_width", "first_half_width"]].set_axis(share.columns, axis=1)
        return share, share - half, share + half


@dataclass(frozen=True)
class Agreement:
    """Rank correlation of two orders of `n` economies; percentile interval of a bootstrap."""

    value: float
    interval: tuple[float, float]
    n: int


def coverage(values: pd.DataFrame, indicators: Sequence[Indicator]) -> Coverage:
    """Apply the rule: `SHARE` of all indicators and `SHARE_BY_DIMENSION` of each dimension's."""
    present = values[[i.code for i in indicators]].notna()
    dimensions = [i.dimension for i in indicators]
    counts = present.T.groupby(dimensions, sort=False).sum().T
    least = np.ceil(SHARE_BY_DIMENSION * pd.Series(dimensions).value_counts()[counts.columns])
    minimum = int(np.ceil(SHARE * len(indicators)))
    enough = (counts.sum(axis=1) >= minimum) & (counts >= least).all(axis=1)
    counts["all"] = counts.sum(axis=1)
    kept, dropped = (tuple(values.index[part]) for part in (enough, ~enough))
    return Coverage(kept, dropped, counts, minimum, len(indicators))


def prepare(values: pd.DataFrame, indicators: Sequence[Indicator]) -> Prepared:
    """Treat, fill and normalise the indicators (columns by code, NaN where missing) in every way.

    ValueError when an indicator has fewer than three values, or an economy none.
    """
    raw = values[[i.code for i in indicators]].to_numpy(dtype=float)
    short = [i.code for i, n in zip(indicators, np.isfinite(raw).sum(axis=0), strict=True) if n < 3]
    if short:
        raise ValueError(f"fewer than three values in {', '.join(short)}: leave them out")
    if not np.isfinite(raw).any(axis=1).all():
        raise ValueError("an economy without any value: apply the coverage rule first")
    direction = np.array([i.direction for i in indicators], dtype=float)
    dimensions = tuple(dict.fromkeys(i.dimension for i in indicators))
    cube = np.empty((len(TREATMENTS), len(IMPUTATIONS), len(NORMALISATIONS), *raw.shape))
    for t, treatment in enumerate(TREATMENTS):
        treated = _treat(raw, treatment) * direction
        for m, imputation in enumerate(IMPUTATIONS):
            filled = _impute(treated, imputation)
            for s, normalisation in enumerate(NORMALISATIONS):
                cube[t, m, s] = _normalise(filled, normalisation)
    membership = np.array([[float(i.dimension == d) for d in dimensions] for i in indicators])
    return Prepared(cube, membership, tuple(map(str, values.index)), dimensions, tuple(indicators))


def choices_from_unit(unit: Floats, prepared: Prepared, seed: int) -> Choices:
    """Turn points of the unit cube, one column for each of `FACTORS`, into choices.

    `seed` is that of the table of random weights (flat Dirichlet draws halfway to equal weights).
    """
    dims = len(prepared.dimensions)
    equal = np.full((_WEIGHT_DRAWS, dims), 1 / dims)
    counts = prepared.membership.sum(axis=0)
    random = np.random.default_rng(seed).dirichlet(np.ones(dims), size=_WEIGHT_DRAWS)
    table = np.concatenate(
        [equal, np.tile(counts / counts.sum(), (_WEIGHT_DRAWS, 1)), (random + equal) / 2]
    )
    return Choices(
        treatment=_pick(unit[:, 0], len(TREATMENTS)),
        imputation=_pick(unit[:, 1], len(IMPUTATIONS)),
        normalisation=_pick(unit[:, 2], len(NORMALISATIONS)),
        aggregation=_pick(unit[:, 4], len(AGGREGATIONS)),
        left_out=_pick(unit[:, 5], len(prepared.indicators) + 1) - 1,
        weights=table[_pick(unit[:, 3], len(table))],
    )


def reference_choice(prepared: Prepared) -> Choices:
    """Give the reference as a single draw: `REFERENCE`, equal dimensions, arithmetic mean."""
    dims = len(prepared.dimensions)
    treatment, imputation, normalisation = (np.array([i]) for i in REFERENCE)
    arithmetic, none = np.array([AGGREGATIONS.index("arithmetic")]), np.array([-1])
    equal = np.full((1, dims), 1 / dims)
    return Choices(treatment, imputation, normalisation, arithmetic, none, equal)


def scores(prepared: Prepared, choices: Choices) -> Floats:
    """Compute the index (draws, economies), between 1 and 100, under each choice.

    Within a dimension indicators are averaged; between dimensions they are weighed and added
    (arithmetic) or multiplied (geometric, so that a high dimension makes up less for a low one). A
    dimension without a value leaves the economy's other weights to be rescaled.
    """
    draws = len(choices.left_out)
    result = np.empty((draws, len(prepared.economies)))
    shape = (*prepared.cube.shape[:3], len(prepared.indicators) + 1)
    group = np.ravel_multi_index(
        (choices.treatment, choices.imputation, choices.normalisation, choices.left_out + 1), shape
    )
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        t, m, s, left = np.unravel_index(group[rows[0]], shape)
        means = _dimension_means(prepared.cube[t, m, s], prepared.membership, int(left) - 1)
        result[rows] = _aggregate(means, choices.weights[rows], choices.aggregation[rows])
    return result


def ranks(values: Floats) -> Ints:
    """Rank each row, 1 for the highest value; ties keep the order of the columns."""
    return np.asarray(rankdata(-values, method="ordinal", axis=1), dtype=np.int64)


def composite(
    values: pd.DataFrame,
    indicators: Sequence[Indicator],
    draws: int = 10_000,
    seed: int = 87,
) -> CompositeIndex:
    """Build the index and the intervals of its ranks, of economies that pass the coverage rule.

    `values` has a column for each indicator's code; `draws` are made over all choices.
    """
    prepared = prepare(values, indicators)
    reference = reference_choice(prepared)
    score = scores(prepared, reference)[0]
    unit = np.random.default_rng(seed).random((draws, len(FACTORS)))
    drawn = ranks(scores(prepared, choices_from_unit(unit, prepared, seed)))
    tail = (1 - LEVEL) / 2
    low, median, high = np.quantile(drawn, [tail, 0.5, 1 - tail], axis=0, method="nearest")
    columns = {"score": score, "rank": ranks(score[None, :])[0]}
    columns |= {"median": median, "low": low, "high": high}
    table = pd.DataFrame(columns, index=pd.Index(prepared.economies, name="iso3"))
    means = _dimension_means(prepared.cube[REFERENCE], prepared.membership, -1)
    by_dimension = pd.DataFrame(means, index=table.index, columns=list(prepared.dimensions))
    return CompositeIndex(table.sort_values("rank"), by_dimension, drawn, seed, prepared)


def extremes(index: CompositeIndex, economy: str, skip: Collection[str] = ()) -> Extremes:
    """Name the dimensions in which an economy differs most from the median, as far as it is firm.

    Dimensions of `skip` are not named, because their indicators contradict each other.
    """
    prepared = index.prepared
    place = prepared.economies.index(economy)
    cuts = range(-1, len(prepared.indicators))
    means = [_dimension_means(prepared.cube[REFERENCE], prepared.membership, k) for k in cuts]
    gaps = pd.DataFrame(
        [m[place] - np.nanmedian(m, axis=0) for m in means], columns=list(prepared.dimensions)
    ).drop(columns=list(skip))
    above, below = gaps.loc[:, (gaps > 0).all()], gaps.loc[:, (gaps < 0).all()]
    return Extremes(
        tuple(dict.fromkeys(above.idxmax(axis=1))) if above.shape[1] else (),
        tuple(dict.fromkeys(below.idxmin(axis=1))) if below.shape[1] else (),
    )


def scores_by_group(scores: pd.Series, groups: pd.Series) -> pd.DataFrame:
    """Spread the scores of economies over their ordered groups.

    Rows: groups in order; columns: the group's median, and economies, each with its score in its
    own group only.
    """
    both = pd.DataFrame({"score": scores, "group": groups}).dropna()
    wide = both.pivot_table(index="group", columns=both.index, values="score", observed=True)
    wide.insert(0, "median", wide.median(axis=1))
    return wide.rename_axis(columns=None)


def sensitivity(
    prepared: Prepared,
    economy: str | None = None,
    base: int = 512,
    seed: int = 87,
) -> Sensitivity:
    """First-order and total sensitivity of the ranks to each choice.

    First order: share of the variance that goes if the choice were settled. Total: share that
    remains if all the others were settled.

    Parameters
    ----------
    economy : str, optional
        Also explain this economy's rank.
    base : int
        Base size of the Saltelli design, a power of two; the index is computed base x (factors + 2)
        times.
    """
    drawn = _ranked(prepared, base, seed)
    reference = ranks(scores(prepared, reference_choice(prepared)))[0]
    shift = np.abs(drawn - reference).mean(axis=1)
    explained = {"mean shift in rank": shift}
    if economy is not None:
        explained[f"rank of {economy}"] = drawn[:, prepared.economies.index(economy)].astype(float)
    found = {name: _explained(o, seed) for name, o in explained.items()}
    columns = {"first": "S1", "first_half_width": "S1_conf"}
    columns |= {"total": "ST", "total_half_width": "ST_conf"}
    frames = [
        pd.DataFrame({"output": name, "factor": FACTORS} | {c: f[k] for c, k in columns.items()})
        for name, f in found.items()
    ]
    table = pd.concat(frames, ignore_index=True)
    return Sensitivity(table, len(drawn), float(shift.mean()))


@kept
def _ranked(prepared: Prepared, base: int, seed: int) -> Ints:
    """Ranks of the Saltelli design: shape (evaluations, economies)."""
    unit = sobol_sample.sample(_PROBLEM, base, calc_second_order=False, seed=seed)
    return ranks(scores(prepared, choices_from_unit(unit, prepared, seed)))


@kept
def _explained(output: Floats, seed: int) -> Mapping[str, Floats]:
    """Sobol's indices of one output of the design, and half the widths of their intervals."""
    how = {"calc_second_order": False, "conf_level": LEVEL, "seed": seed}
    return dict(sobol_analysis.analyze(_PROBLEM, output, **how))


@kept
def agreement(
    first: pd.Series,
    second: pd.Series,
    kind: Literal["spearman", "kendall"] = "spearman",
    seed: int = 87,
) -> Agreement:
    """Compare two orders of the same economies; pairs with a missing value are left out.

    By Spearman's rank correlation, or Kendall's tau-b, which allows for ties, with a bootstrap over
    economies. ValueError when fewer than ten economies are in both.
    """
    both = pd.concat([first, second], axis=1, join="inner").dropna()
    n = len(both)
    if n < 10:
        raise ValueError(f"only {n} economies are in both orders; at least ten are needed")
    x, y = both.to_numpy(dtype=float).T
    rows = np.random.default_rng(seed).integers(n, size=(_RESAMPLED, n))
    compare = spearmanr if kind == "spearman" else kendalltau
    drawn = [compare(x[row], y[row]).statistic for row in rows]
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    value = compare(x, y).statistic
    return Agreement(float(value), (float(low), float(high)), n)


def _pick(unit: Floats, options: int) -> Ints:
    return np.minimum((unit * options).astype(np.int64), options - 1)


def _treat(raw: Floats, treatment: str) -> Floats:
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


def _impute(values: Floats, imputation: str) -> Floats:
    """Fill gaps with the median, or with the mean of the most similar economies."""
    missing = ~np.isfinite(values)
    if imputation == "available" or not missing.any():
        return values
    filled = values.copy()
    if imputation == "median":
        filled[missing] = np.broadcast_to(np.nanmedian(values, axis=0), values.shape)[missing]
        return filled
    present = (~missing).astype(float)
    z = np.where(missing, 0.0, _standardised(values))
    shared = present @ present.T
    squares = (z**2) @ present.T + present @ (z**2).T - 2 * z @ z.T
    distance = np.where(shared > 0, squares / np.maximum(shared, 1), np.inf)
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1, kind="stable")
    for row, column in np.argwhere(missing):
        donors = [other for other in nearest[row] if not missing[other, column]][:_NEIGHBOURS]
        filled[row, column] = values[donors, column].mean()
    return filled


def _standardised(values: Floats) -> Floats:
    spread = np.nanstd(values, axis=0)
    return (values - np.nanmean(values, axis=0)) / np.where(spread > 0, spread, 1.0)


def _normalise(values: Floats, normalisation: str) -> Floats:
    """Put each column on a scale from 1 to 100, so that a geometric mean exists."""
    if normalisation == "rank":
        place = rankdata(values, axis=0, nan_policy="omit")
        return 1 + 99 * (place - 1) / np.maximum(np.isfinite(values).sum(axis=0) - 1, 1)
    if normalisation == "z":
        return np.clip(50 + 10 * _standardised(values), 1, 100)
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    share = np.where(high > low, (values - low) / np.where(high > low, high - low, 1.0), 0.5)
    return np.where(np.isfinite(values), 1 + 99 * share, np.nan)


def _dimension_means(values: Floats, membership: Floats, left_out: int) -> Floats:
    """Mean of the available indicators of each dimension: shape (economies, dimensions)."""
    used = membership.copy()
    if left_out >= 0:
        used[left_out] = 0.0
    present = np.isfinite(values).astype(float) @ used
    total = np.nan_to_num(values) @ used
    return np.divide(total, present, out=np.full(total.shape, np.nan), where=present > 0)


def _aggregate(means: Floats, weights: Floats, aggregation: Ints) -> Floats:
    """Weigh dimensions: shape (draws, economies)."""
    present = np.isfinite(means)
    base = weights @ present.T.astype(float)
    filled = np.where(present, means, 1.0)
    arithmetic = weights @ np.where(present, means, 0.0).T / base
    geometric = np.exp(weights @ np.log(filled).T / base)
    return np.where((aggregation == 0)[:, None], arithmetic, geometric)
