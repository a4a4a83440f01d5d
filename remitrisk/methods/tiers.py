"""Ordered logit for placements in ordered tiers, with errors clustered by country.

A tier is one government's judgement of another's effort. The functions here describe what that
judgement goes along with; they say nothing about how many people are trafficked.

References
----------
Brant (1990), Biometrics 46(4): the test of proportional odds. Liang and Zeger (1986),
Biometrika 73(1): the sandwich over clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import block_diag
from scipy.special import expit
from scipy.stats import chi2, norm
from statsmodels.discrete.discrete_model import Logit
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.stats.sandwich_covariance import S_crosssection
from statsmodels.tools.numdiff import approx_fprime

from livingbrief.kept import kept

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIERS = {"1": "Tier 1", "2": "Tier 2", "2W": "Tier 2 Watch List", "3": "Tier 3"}
"""Placements as the table writes them, best first, and their names."""
WORST = ("2W", "3")
"""The placements whose probability effects are of."""
SCORES = ("VA.EST", "PV.EST", "GE.EST", "RQ.EST", "RL.EST", "CC.EST")
INCOME, POPULATION, RECEIVED, GDP = (
    "NY.GDP.PCAP.PP.CD",
    "SP.POP.TOTL",
    "BX.TRF.PWKR.CD.DT",
    "NY.GDP.MKTP.CD",
)
SERIES = (*SCORES, INCOME, POPULATION, RECEIVED, GDP)
"""Published series behind the predictors."""
PREDICTORS = {
    "governance": "Governance, mean of six scores",
    "income": "Income per head, logarithm",
    "population": "Population, logarithm",
    "remittances": "Remittances received, % of GDP",
}
FIRST, LAST = 2002, 2015
"""First year of the governance scores, last one of complete lists of placements."""
_HALF = float(norm.ppf(0.975))


@dataclass(frozen=True)
class OrderedLogit:
    """P(y <= k) = logistic(cut_k - x'beta): a higher index means a higher category.

    Attributes
    ----------
    names, levels : tuple
        The p predictors; the K categories, lowest first.
    beta, cuts : ndarray of shape (p,) and (K - 1,)
        Slopes (log odds of a higher category per unit) and cut points.
    classical, clustered : ndarray of shape (p + K - 1, p + K - 1)
        Covariance of (beta, cuts): inverse information; sandwich over clusters.
    log_likelihood, null_log_likelihood : float
        Of the model, and of cut points alone.
    n, clusters : int
        Rows and clusters.
    x, codes, groups : ndarray of shape (n, p), (n,), (n,)
        The predictors, category 0 to K - 1 and cluster of the rows used.
    """

    names: tuple[str, ...]
    levels: tuple[Hashable, ...]
    beta: Floats
    cuts: Floats
    classical: Floats
    clustered: Floats
    log_likelihood: float
    null_log_likelihood: float
    n: int
    clusters: int
    x: Floats = field(repr=False)
    codes: Ints = field(repr=False)
    groups: Ints = field(repr=False)

    @property
    def theta(self) -> Floats:
        """Slopes, then cut points."""
        return np.concatenate([self.beta, self.cuts])

    @property
    def pseudo_r2(self) -> float:
        """McFadden's share of the log-likelihood explained."""
        return 1 - self.log_likelihood / self.null_log_likelihood

    def table(self) -> pd.DataFrame:
        """Slopes by predictor, with both standard errors.

        Columns estimate, se_classical, se_clustered, low, high: ends of the 95 % interval by the
        clustered error.
        """
        classical, clustered = (
            np.sqrt(np.diag(part))[: len(self.names)] for part in (self.classical, self.clustered)
        )
        return pd.DataFrame(
            {
                "estimate": self.beta,
                "se_classical": classical,
                "se_clustered": clustered,
                "low": self.beta - _HALF * clustered,
                "high": self.beta + _HALF * clustered,
            },
            index=pd.Index(self.names, name="term"),
        )


@dataclass(frozen=True)
class ProportionalOdds:
    """Brant's test that slopes are the same at every cut: joint Wald test over all predictors.

    `by_variable` has statistic, df, p_value of each predictor; `slopes` those of the K - 1 binary
    logits "above this cut", by predictor and cut.
    """

    statistic: float
    df: int
    p_value: float
    by_variable: pd.DataFrame
    slopes: pd.DataFrame


@dataclass(frozen=True)
class Study:
    """What the placements of all countries go along with.

    Attributes
    ----------
    sample, lagged : DataFrame
        The placements used, with their `PREDICTORS`; those whose tier of the year before is known
        (`tier_before`).
    centre, spread : Series
        Mean and standard deviation of each predictor over the sample, by which it is scaled.
    model, transition : OrderedLogit
        Of the tier on all predictors; on these and the tier of the year before.
    effect, low, high : DataFrame
        Change in the probability of `WORST`, in points, with one standard deviation more of each
        predictor (rows, the largest in `model` first): by itself (``effect_alone``), the others
        held (``effect``), the tier of the year before held too (``effect_given_last_tier``).
    """

    sample: pd.DataFrame = field(repr=False)
    centre: pd.Series
    spread: pd.Series
    model: OrderedLogit
    lagged: pd.DataFrame = field(repr=False)
    transition: OrderedLogit
    effect: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame

    @property
    def strongest(self) -> str:
        """The predictor with the largest effect of those told from none, else of all."""
        clear = (self.low["effect"] > 0) | (self.high["effect"] < 0)
        sizes = self.effect["effect"].abs()
        return str((sizes[clear] if clear.any() else sizes).idxmax())

    def scaled(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return predictors in standard deviations of the sample."""
        return (rows[[*PREDICTORS]] - self.centre) / self.spread

    def expected(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return the probability of each tier, per cent, and the ends of its 95 % interval.

        `rows` are the `PREDICTORS` of one country by year. All three are years by tier; empty
        without rows.
        """
        columns = pd.Index([*TIERS], name="tier")
        if rows.empty:
            none = pd.DataFrame(columns=columns, index=rows.index, dtype=float)
            return none, none, none
        found = predict(self.model, self.scaled(rows)).set_index("level", append=True)
        wide = 100 * found.unstack()
        parts = (wide[part].reindex(columns=columns) for part in ("probability", "low", "high"))
        return next(parts), next(parts), next(parts)

    def guessed_pct(self) -> float:
        """Return the share of the sample whose likeliest tier is the one placed in."""
        chances = probabilities(self.model, self.scaled(self.sample))
        likeliest = np.asarray([*TIERS])[chances.argmax(axis=1)]
        return 100 * float((likeliest == self.sample["tier"].to_numpy()).mean())


def predictors(panels: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Make the predictors from published series (`SERIES`, each with iso3, year, value).

    By iso3 and year where all four are known; governance only where all six scores are.
    """
    scores = pd.concat([panels[code] for code in SCORES]).groupby(["iso3", "year"])["value"]
    series = {
        code: panels[code].set_index(["iso3", "year"])["value"]
        for code in (INCOME, POPULATION, RECEIVED, GDP)
    }
    made = {
        "governance": scores.mean()[scores.size() == len(SCORES)],
        "income": np.log(series[INCOME]),
        "population": np.log(series[POPULATION]),
        "remittances": 100 * series[RECEIVED] / series[GDP],
    }
    return pd.concat(made, axis=1).dropna()


@kept
def study(placements: pd.DataFrame, known: pd.DataFrame, last_year: int = LAST) -> Study:
    """Fit what the placements of all countries go along with, errors clustered by country.

    `placements` has iso3, year, tier (one of `TIERS`) and list_complete; years from incomplete
    lists are left out, and those after `last_year`. `known` comes from `predictors`.
    """
    last = min(LAST, last_year)

    def used(rows: pd.DataFrame, first: int) -> pd.DataFrame:
        rows = rows.merge(known.reset_index(), on=["iso3", "year"])
        return rows[rows["year"].between(first, last) & rows["list_complete"]]

    names, levels = [*PREDICTORS], [*TIERS]
    sample = used(placements, FIRST)
    lagged = used(with_lag(placements), FIRST + 1)
    centre, spread = sample[names].mean(), sample[names].std()
    scaled = (sample[names] - centre) / spread
    before = pd.get_dummies(lagged["tier_before"], prefix="before", dtype=float)
    with_before = pd.concat(
        [(lagged[names] - centre) / spread, before.drop(columns="before_2")], axis=1
    )
    model = ordered_logit(sample["tier"], scaled, levels, sample["iso3"])
    transition = ordered_logit(lagged["tier"], with_before, levels, lagged["iso3"])
    alone = [ordered_logit(sample["tier"], scaled[[v]], levels, sample["iso3"]) for v in names]

    def one_more(*fitted: OrderedLogit) -> pd.DataFrame:
        return 100 * pd.concat([average_effects(f, WORST) for f in fitted]).loc[names]

    effects = {
        "effect_alone": one_more(*alone),
        "effect": one_more(model),
        "effect_given_last_tier": one_more(transition),
    }
    order = effects["effect"]["effect"].abs().sort_values(ascending=False).index
    parts = [
        pd.DataFrame({key: table[part] for key, table in effects.items()}).loc[order]
        for part in ("effect", "low", "high")
    ]
    return Study(sample, centre, spread, model, lagged, transition, *parts)


class _Exact(OrderedModel):
    """The ordered logit with derivatives that are computed; those of statsmodels are differences.

    Parameters are the slopes, the first cut and the logarithms of the steps between cuts.
    """

    def cdf(self, x: Floats) -> Floats:
        return np.asarray(expit(x))

    def turned(self, params: Floats) -> Floats:
        """Return the derivatives of (beta, cuts) by the parameters."""
        steps = np.exp(params[self.k_vars :])
        steps[0] = 1.0
        return np.asarray(block_diag(np.eye(self.k_vars), np.tril(np.tile(steps, (len(steps), 1)))))

    def score_obs(self, params: Floats) -> Floats:
        ends, rows = np.eye(self.k_levels + 1)[:, 1:-1], 0.0
        bounds = [self.cdf(x) for x in self._bounds(params)]
        for cumulative, place, sign in zip(bounds, (0, 1), (-1, 1), strict=True):
            density = sign * cumulative * (1 - cumulative) / (bounds[1] - bounds[0])
            rows = rows + density[:, None] * np.hstack([-self.exog, ends[self.endog + place]])
        return np.asarray(rows @ self.turned(params))

    def score(self, params: Floats) -> Floats:
        return np.asarray(self.score_obs(params).sum(axis=0))

    def hessian(self, params: Floats) -> Floats:
        found = approx_fprime(params, self.score, centered=True)
        return np.asarray((found + found.T) / 2)


def ordered_logit(
    outcome: Sequence[Hashable] | pd.Series,
    predictors: pd.DataFrame,
    levels: Sequence[Hashable],
    groups: Sequence[Hashable] | pd.Series,
) -> OrderedLogit:
    """Fit an ordered logit by maximum likelihood.

    Parameters
    ----------
    outcome : sequence of length n
        Categories, each one of `levels`.
    predictors : DataFrame of shape (n, p)
        No constant and no missing value; scale them, so that the optimiser converges.
    levels : sequence
        The categories, lowest first; each must occur.
    groups : sequence of length n
        Cluster of each row, for the sandwich covariance.

    Raises
    ------
    ValueError
        When a predictor is missing, a category is unknown or does not occur, or there is no
        maximum.
    """
    x = predictors.to_numpy(dtype=float)
    if not np.isfinite(x).all():
        bad = predictors.columns[~np.isfinite(x).all(axis=0)]
        raise ValueError(f"missing values in {', '.join(map(str, bad))}: drop these rows first")
    codes = _codes(outcome, levels)
    numbers, labels = pd.factorize(np.asarray(groups))
    fitted = _Exact(codes, x, distr="logit").fit(
        method="newton", maxiter=50, disp=0, warn_convergence=False, cov_type="cluster",
        cov_kwds={"groups": numbers},
    )  # fmt: skip
    if not fitted.mle_retvals["converged"]:
        raise ValueError("the ordered logit has no maximum: a predictor separates the categories")
    (n, p), k = x.shape, len(fitted.params)
    turned = fitted.model.turned(fitted.params)
    return OrderedLogit(
        names=tuple(map(str, predictors.columns)),
        levels=tuple(levels),
        beta=fitted.params[:p],
        cuts=fitted.model.transform_threshold_params(fitted.params)[1:-1],
        classical=turned @ fitted.normalized_cov_params @ turned.T,
        # The sandwich over clusters, without the factor (n - 1) / (n - k) of statsmodels.
        clustered=turned @ fitted.cov_params() @ turned.T * (n - k) / (n - 1),
        log_likelihood=float(fitted.llf),
        null_log_likelihood=float(fitted.llnull),
        n=n,
        clusters=len(labels),
        x=x,
        codes=codes,
        groups=numbers,
    )


def probabilities(model: OrderedLogit, x: Floats | pd.DataFrame) -> Floats:
    """Probability of each category (m, K); predictors (m, p) scaled and ordered as at the fit."""
    return _probabilities(model.theta, np.asarray(x, dtype=float))


def predict(model: OrderedLogit, x: Floats | pd.DataFrame) -> pd.DataFrame:
    """Probabilities with delta-method intervals, a row for each row of `x` (m, p) and category.

    Columns level, probability, low, high (95 %), the index that of `x`. The interval is of the
    estimated probability (the mean of countries like this), not of a single placement.
    """
    values = np.asarray(x, dtype=float)
    centre, error = _with_error(model, lambda t: _probabilities(t, values).ravel())
    half = _HALF * error
    index = x.index if isinstance(x, pd.DataFrame) else pd.RangeIndex(len(values))
    return pd.DataFrame(
        {
            "level": list(model.levels) * len(values),
            "probability": centre,
            "low": np.clip(centre - half, 0, 1),
            "high": np.clip(centre + half, 0, 1),
        },
        index=index.repeat(len(model.levels)),
    )


def average_effects(model: OrderedLogit, group: Sequence[Hashable]) -> pd.DataFrame:
    """Effect of one unit more of each predictor on the probability of a group of categories.

    Averaged over the rows of the fit; by predictor effect, low and high (95 %, by the delta
    method). Not the slope at a point, which is not the effect of a unit where the curve bends.
    """
    within = np.array([value in group for value in model.levels], dtype=float)

    def differences(t: Floats) -> Floats:
        now = _probabilities(t, model.x)
        more = [model.x + unit for unit in np.eye(len(model.names))]
        return np.array([(_probabilities(t, x) - now).mean(axis=0) @ within for x in more])

    centre, error = _with_error(model, differences)
    ends = {"low": centre - _HALF * error, "high": centre + _HALF * error}
    return pd.DataFrame({"effect": centre, **ends}, index=pd.Index(model.names, name="variable"))


@kept
def proportional_odds(model: OrderedLogit) -> ProportionalOdds:
    """Test whether one slope serves all cuts.

    The binary logits' joint covariance is clustered too, since Brant's own assumes independent
    rows. ValueError when a binary logit has no estimate, because a predictor separates the
    categories.
    """
    design = np.column_stack([np.ones(model.n), model.x])
    above = [(model.codes > j).astype(float) for j in range(len(model.cuts))]
    fits = [_logit(design, z) for z in above]
    scores = [design * (z - fit.predict())[:, None] for z, fit in zip(above, fits, strict=True)]
    meat = np.asarray(S_crosssection(np.hstack(scores), model.groups))
    return _brant(model, fits, meat * model.clusters / (model.clusters - 1))


def _brant(model: OrderedLogit, fits: Sequence[Any], meat: Floats) -> ProportionalOdds:
    """Compare the slopes of binary logits, one a cut, by the covariance of all their scores."""
    stacked = block_diag(*[fit.cov_params() for fit in fits])
    covariance = stacked @ meat @ stacked
    estimates = np.array([fit.params for fit in fits])
    places = range(1, estimates.shape[1])
    names = pd.Index(model.names, name="variable")
    heads = [f"above {value}" for value in model.levels[:-1]]
    by_variable = pd.DataFrame(
        [_wald([i], estimates, covariance) for i in places],
        index=names,
        columns=["statistic", "df", "p_value"],
    )
    slopes = pd.DataFrame(estimates[:, 1:].T, index=names, columns=heads)
    return ProportionalOdds(*_wald(places, estimates, covariance), by_variable, slopes)


def with_lag(placements: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose tier of the year before is known, with it as `tier_before`."""
    before = placements[["iso3", "year", "tier"]].assign(year=placements["year"] + 1)
    return placements.merge(before.rename(columns={"tier": "tier_before"}), on=["iso3", "year"])


def transitions(
    before: Sequence[Hashable], after: Sequence[Hashable], levels: Sequence[Hashable]
) -> pd.DataFrame:
    """Count moves from one year's category (rows) to that of the next (columns)."""
    table = pd.crosstab(pd.Series(list(before)), pd.Series(list(after)))
    return table.reindex(index=list(levels), columns=list(levels), fill_value=0)


def _codes(outcome: Sequence[Hashable] | pd.Series, levels: Sequence[Hashable]) -> Ints:
    places = {value: place for place, value in enumerate(levels)}
    unknown = sorted({str(v) for v in outcome} - {str(v) for v in levels})
    if unknown:
        raise ValueError(f"unknown categories {', '.join(unknown)}")
    codes = np.array([places[value] for value in outcome], dtype=np.int64)
    absent = [str(value) for value, place in places.items() if not (codes == place).any()]
    if absent:
        raise ValueError(f"categories {', '.join(absent)} do not occur")
    return codes


def _bounds(theta: Floats, x: Floats) -> Floats:
    """Cut points less the index, with infinite ends: shape (n, K + 1)."""
    p = x.shape[1]
    ends = np.concatenate([[-np.inf], theta[p:], [np.inf]])
    return ends[None, :] - (x @ theta[:p])[:, None]


def _probabilities(theta: Floats, x: Floats) -> Floats:
    return np.diff(expit(_bounds(theta, x)), axis=1)


def _with_error(model: OrderedLogit, function: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    """Return a vector function of (beta, cuts) and its standard errors, by the delta method."""
    steps = 1e-5 * np.maximum(1.0, np.abs(model.theta))
    jacobian = np.atleast_2d(approx_fprime(model.theta, function, epsilon=steps, centered=True))
    variance = np.einsum("ij,jk,ik->i", jacobian, model.clustered, jacobian)
    return function(model.theta), np.sqrt(variance)


def _logit(design: Floats, z: Floats) -> Any:
    try:
        fit = Logit(z, design).fit(
            method="newton", maxiter=50, tol=1e-10, disp=0, warn_convergence=False
        )
    except np.linalg.LinAlgError:
        fit = None
    if fit is None or not fit.mle_retvals["converged"]:
        raise ValueError(
            "a binary logit of the proportional-odds test has no estimate: a predictor separates "
            "the categories"
        )
    return fit


def _wald(places: Sequence[int], estimates: Floats, covariance: Floats) -> tuple[float, int, float]:
    """Test that the coefficients at some places (cuts, coefficients) are those of the first cut."""
    cuts, width = estimates.shape
    pairs = [(place, j * width + place) for j in range(1, cuts) for place in places]
    contrast = np.zeros((len(pairs), estimates.size))
    for row, (first, other) in enumerate(pairs):
        contrast[row, first], contrast[row, other] = 1.0, -1.0
    difference = contrast @ estimates.ravel()
    statistic = float(difference @ np.linalg.solve(contrast @ covariance @ contrast.T, difference))
    return statistic, len(pairs), float(chi2.sf(statistic, len(pairs)))
