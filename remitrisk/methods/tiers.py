"""What placements in ordered tiers go along with: ordered logit, errors clustered by country.

A tier is one government's judgement of another's effort. The functions here describe what that
judgement goes along with; they say nothing about how many people are trafficked.

References
----------
McCullagh (1980), Journal of the Royal Statistical Society B 42(2): the ordered logit. Mundlak
(1978), Econometrica 46(1): means of a unit and deviations from them, in one regression. Liang and
Zeger (1986), Biometrika 73(1): the sandwich over clusters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import logistic, norm
from statsmodels.discrete.discrete_model import Logit
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.tools.numdiff import approx_fprime

Floats = NDArray[np.float64]

TIERS = {"1": "Tier 1", "2": "Tier 2", "2W": "Tier 2 Watch List", "3": "Tier 3"}
"""Placements as the table writes them, best first, and their names."""
WORST = ("2W", "3")
"""The placements whose probability effects are of."""
SCORES = ("VA.EST", "PV.EST", "GE.EST", "RQ.EST", "RL.EST", "CC.EST")
INCOME, POPULATION = "NY.GDP.PCAP.PP.CD", "SP.POP.TOTL"
RECEIVED, GDP = "BX.TRF.PWKR.CD.DT", "NY.GDP.MKTP.CD"
SERIES = (*SCORES, INCOME, POPULATION, RECEIVED, GDP)
"""Published series behind the predictors."""
PREDICTORS = {
    "governance": "Governance, mean of six scores",
    "income": "Income per head, logarithm",
    "population": "Population, logarithm",
    "remittances": "Remittances received, % of GDP",
}
FIRST, LAST = 2004, 2015
"""First report with a Watch List; last one of the complete lists without a gap."""
_HALF = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Study:
    """What the placements of all countries go along with.

    `sample` and `later` are placements of complete lists with their `PREDICTORS`, of `FIRST` to
    `LAST` and after; `centre` and `spread` the mean and standard deviation of each predictor over
    the sample, by which it is scaled; `model` the ordered logit of the sample, as statsmodels gives
    it.

    `effects`: change in the probability of `WORST`, in points, by predictor: effect, low, high (95
    %). ``all``: one standard deviation of the sample more; ``between``, ``within``: of the
    countries' means, and of the deviations from them, each with one standard deviation of its own
    more; ``later``: as ``all``, in a model of the later lists alone (absent without).
    """

    sample: pd.DataFrame = field(repr=False)
    later: pd.DataFrame = field(repr=False)
    centre: pd.Series
    spread: pd.Series
    model: Any = field(repr=False)
    effects: dict[str, pd.DataFrame]

    def scaled(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return predictors in standard deviations of the sample."""
        return (rows[[*PREDICTORS]] - self.centre) / self.spread

    @property
    def strongest(self) -> str:
        """The predictor with the largest effect of those told from none, else of all."""
        found = self.effects["all"]
        sizes = found["effect"].abs()
        clear = (found["low"] > 0) | (found["high"] < 0)
        return str((sizes[clear] if clear.any() else sizes).idxmax())

    def low_chance(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the probability of `WORST` by row, per cent: effect, low, high (95 %)."""
        x = self.scaled(rows)
        found = _with_error(self.model, lambda chance: _worst(chance(x.to_numpy())), x.index)
        return found.clip(0, 100)

    def guessed(self) -> tuple[dict[str, float], int]:
        """Return the share of later placements that each way to guess gets right, per cent.

        ``correct``: the likeliest tier of the model; ``always_tier2``; ``tier_before``: the
        country's tier in the last list of the sample. Of the placements that have one: how many.
        """
        last = self.sample[self.sample["year"] == self.sample["year"].max()]
        before = self.later["iso3"].map(last.set_index("iso3")["tier"].astype(str)).dropna()
        rows = self.later.loc[before.index]
        chance = np.asarray(self.model.model.predict(self.model.params, self.scaled(rows)))
        likeliest = np.array([*TIERS])[chance.argmax(axis=1)]
        ways = {"correct": likeliest, "always_tier2": "2", "tier_before": before}
        return {n: 100 * float((rows["tier"] == way).mean()) for n, way in ways.items()}, len(rows)


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


def study(placements: pd.DataFrame, known: pd.DataFrame, last_year: int = LAST) -> Study:
    """Fit what the placements of all countries go along with.

    `placements` has iso3, year, tier (one of `TIERS`) and list_complete; years from incomplete
    lists are left out, and those after `last_year`. `known` comes from `predictors`.
    """
    rows = placements.merge(known.reset_index(), on=["iso3", "year"])
    rows = rows[rows["list_complete"] & rows["year"].between(FIRST, last_year)]
    sample, later = rows[rows["year"] <= LAST], rows[rows["year"] > LAST]
    names, units = [*PREDICTORS], sample["iso3"]
    centre, spread = sample[names].mean(), sample[names].std()
    x, after = ((part[names] - centre) / spread for part in (sample, later))
    means = x.groupby(units).transform("mean")
    between, within = means / means[~units.duplicated()].std(), (x - means) / (x - means).std()
    apart = pd.concat({"between": between, "within": within}, axis=1)
    model = ordered_logit(sample["tier"], x, units)
    mundlak = average_effects(ordered_logit(sample["tier"], apart, units), apart)
    effects = {"all": average_effects(model, x)}
    effects |= {kind: mundlak.loc[kind] for kind in ("between", "within")}
    if len(later):
        alone = ordered_logit(later["tier"], after, later["iso3"])
        effects["later"] = average_effects(alone, after)
    return Study(sample, later, centre, spread, model, effects)


class _Logistic(type(logistic)):  # type: ignore[misc]
    """The logistic distribution without the checks that scipy makes at each call."""

    cdf = staticmethod(expit)


def ordered_logit(tier: pd.Series, predictors: pd.DataFrame, groups: pd.Series) -> Any:
    """Fit an ordered logit by maximum likelihood, with errors clustered by `groups`.

    `tier` is an ordered categorical, or has keys of `TIERS`; each category must occur. `predictors`
    have no constant and no missing value; scale them, so that the optimiser converges. Of
    statsmodels' result the first of `params` are log odds of a higher category per unit. ValueError
    when a category does not occur, or there is no maximum.
    """
    if not isinstance(tier.dtype, pd.CategoricalDtype):
        tier = tier.astype(pd.CategoricalDtype([*TIERS], ordered=True))
    absent = tier.cat.categories.difference(tier.unique())
    if tier.isna().any() or len(absent):
        raise ValueError(f"categories unknown, or without a placement: {', '.join(absent)}")
    codes, numbers = tier.cat.codes.to_numpy(), pd.factorize(groups)[0]
    result = OrderedModel(codes, predictors.to_numpy(float), distr=_Logistic()).fit(
        method="newton", maxiter=50, disp=0, warn_convergence=False, cov_type="cluster",
        cov_kwds={"groups": numbers},
    )  # fmt: skip
    if not result.mle_retvals["converged"]:
        raise ValueError("the ordered logit has no maximum: a predictor separates the categories")
    return result


def average_effects(result: Any, x: pd.DataFrame) -> pd.DataFrame:
    """Effect, in points, of one unit more of each predictor on the probability of `WORST`.

    Averaged over the rows of the fit, `x`; by predictor effect, low and high (95 %). Not the slope
    at a point, which is not the effect of a unit where the curve bends.
    """
    rows = x.to_numpy(dtype=float)

    def differences(chance: Callable[[Floats], Floats]) -> Floats:
        more = [_worst(chance(rows + unit)).mean() for unit in np.eye(rows.shape[1])]
        return np.array(more) - _worst(chance(rows)).mean()

    return _with_error(result, differences, x.columns)


def slopes_by_cut(tier: pd.Series, predictors: pd.DataFrame) -> pd.DataFrame:
    """Slopes of a binary logit for each cut between `TIERS`: by predictor, cuts named ``above 1``.

    The ordered logit gives each predictor one slope for all cuts; these are what it sums up.
    """
    place, design = tier.astype(str).map([*TIERS].index), predictors.assign(constant=1.0)
    slopes = {
        f"above {name}": Logit((place > cut).astype(float), design).fit(disp=0).params
        for cut, name in enumerate([*TIERS][:-1])
    }
    return pd.DataFrame(slopes).loc[predictors.columns]


def _worst(chances: Floats) -> Floats:
    """Probability of `WORST` (n,), from those of `TIERS` (n, 4)."""
    return np.asarray(chances[:, [tier in WORST for tier in TIERS]].sum(axis=1))


def _with_error(
    result: Any, function: Callable[[Callable[[Floats], Floats]], Floats], index: pd.Index
) -> pd.DataFrame:
    """Return a function of the model's probabilities, per cent, with the delta method's ends."""

    def of(params: Floats) -> Floats:
        return 100 * function(lambda x: np.asarray(result.model.predict(params, x)))

    jacobian = np.atleast_2d(approx_fprime(result.params, of, centered=True))
    error = np.sqrt(np.einsum("ij,jk,ik->i", jacobian, result.cov_params(), jacobian))
    centre = of(result.params)
    ends = {"low": centre - _HALF * error, "high": centre + _HALF * error}
    return pd.DataFrame({"effect": centre, **ends}, index=index)
