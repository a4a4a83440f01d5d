"""Placements in ordered tiers: what goes into a model of them, and probabilities from it.

A tier is one government's judgement of another's effort. The functions here describe what that
judgement goes along with; they say nothing about how many people are trafficked. The model is
`statsmodels.miscmodels.ordinal_model.OrderedModel`; the delta method gives the intervals.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
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


def placed(placements: pd.DataFrame, known: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Return the placements of complete lists from `FIRST` to `last_year` with their predictors.

    `placements` has iso3, year, tier (one of `TIERS`) and list_complete; `known` comes from
    `predictors`. ``tier`` is an ordered categorical.
    """
    rows = placements.merge(known.reset_index(), on=["iso3", "year"])
    rows = rows[rows["list_complete"] & rows["year"].between(FIRST, last_year)]
    return rows.astype({"tier": pd.CategoricalDtype([*TIERS], ordered=True)})


def low_chance(result: Any, x: pd.DataFrame) -> pd.DataFrame:
    """Return the probability of `WORST` by row of `x`, per cent: effect, low, high (95%)."""
    return _with_error(result, lambda chance: _worst(chance(x.to_numpy())), x.index).clip(0, 100)


def average_effects(result: Any, x: pd.DataFrame) -> pd.DataFrame:
    """Effect, in points, of one unit more of each predictor on the probability of `WORST`.

    Averaged over the rows of the fit, `x`; by predictor effect, low and high (95%). Not the slope
    at a point, which is not the effect of a unit where the curve bends.
    """
    rows = x.to_numpy(dtype=float)

    def differences(chance: Callable[[Floats], Floats]) -> Floats:
        more = [_worst(chance(rows + unit)).mean() for unit in np.eye(rows.shape[1])]
        return np.array(more) - _worst(chance(rows)).mean()

    return _with_error(result, differences, x.columns)


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
