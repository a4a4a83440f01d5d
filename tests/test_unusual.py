"""One series by itself: the exact interval, calm years as a placebo, regimes of a mean."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.datasets import nile

from livingbrief.paths import project_root
from remitrisk.methods import unusual
from remitrisk.series import INFLOW, OUTFLOW, BriefData

FLOW = pd.Series([100, 120, 126, 151.2, 140.0, 160.0], index=range(2010, 2016), dtype=float)


def test_the_interval_of_a_new_year_is_that_of_the_textbook():
    found = unusual.random_walk_with_drift(FLOW, 2015, first=2010)
    steps = np.diff(np.log(FLOW.to_numpy()[:5]))
    half = stats.t.ppf(0.975, 3) * np.sqrt(steps.var(ddof=1) * 1.25)
    ends = 140 * np.exp(steps.mean() + np.array([0, -half, half]))
    assert found.expected == pytest.approx(tuple(ends)) and found.n == 4 and found.inside
    assert found.effect_pct.value == pytest.approx(100 * (160 / ends[0] - 1))


@pytest.mark.parametrize(
    ("codes", "expected", "low", "high", "effect"),
    [([INFLOW], 3.26, 2.26, 4.70, -1.0), ([INFLOW, OUTFLOW], 2.61, 1.78, 3.81, -23.3)],
)
def test_the_benchmark_of_2022_is_that_of_the_trial(codes, expected, low, high, effect):
    """Gross and net inflow, US$ billion: the figures of the trial run."""
    data = BriefData(project_root(), last_year=2024, vintage={"worldbank": "2026-04-01"})
    flows = pd.DataFrame({code: data.series(code).series for code in codes})
    flow = (flows / 1e9 * [1, -1][: len(codes)]).sum(axis=1, min_count=len(codes))
    found = unusual.random_walk_with_drift(flow, 2022, first=2010)
    assert found.n == 11 and found.inside
    assert found.expected == pytest.approx([expected, low, high], abs=0.005)
    assert found.effect_pct.value == pytest.approx(effect, abs=0.05)


def test_the_interval_holds_what_it_says():
    draws = np.random.default_rng(1).standard_normal((4000, 10))
    held = [low <= row[-1] <= high for row in draws for _, low, high in [unusual.usual(row[:-1])]]
    assert np.mean(held) == pytest.approx(0.95, abs=0.012)


@pytest.mark.parametrize("values", [FLOW.drop(2012), FLOW * -1, FLOW.loc[2013:]])
def test_a_gap_a_negative_flow_or_too_few_years_are_refused(values):
    with pytest.raises(ValueError, match="too few, missing or not positive"):
        unusual.random_walk_with_drift(values, 2015, first=int(values.index[0]))


def test_a_year_is_ranked_among_calm_ones_that_are_held_against_each_other():
    changes = pd.Series([1.0, 2.0, 3.0, -9.0, 1.5], index=range(2010, 2015))
    # Off the mean of the others: 1.17, 0.17, 1.5 and 0.5.
    assert unusual.calm_p(changes, 2013, [2013]) == (0.2, 0.2)
    assert unusual.calm_p(changes, 2014, [2013, 2014]) == (0.75, 0.25)
    with pytest.raises(ValueError, match="2 calm years"):
        unusual.calm_p(changes, 2013, [2010, 2011, 2013])


@pytest.mark.parametrize(
    "judge",
    [
        lambda: unusual.usual([1.0, np.nan, 2.0]),
        lambda: unusual.calm_p(FLOW.diff(), 2010, [2010]),
        lambda: unusual.calm_p(FLOW, 2016, [2016]),
        lambda: unusual.outside(pd.DataFrame({"a": [np.nan], "e_low": 0, "e_high": 1}), "e", "a"),
    ],
)
def test_a_number_that_is_missing_is_not_judged(judge):
    with pytest.raises(ValueError, match="missing"):
        judge()


def test_the_regimes_of_the_nile_are_those_of_strucchange():
    """Breaks and BIC as strucchange 1.5-4 prints them (tests/Examples/strucchange-Ex.Rout.save)."""
    flow = nile.load_pandas().data["volume"].set_axis(range(1, 101))
    found = unusual.regimes(flow, size=15, draws=50)
    assert found.cuts == [[], [28], [28, 83], [28, 68, 83], [28, 45, 68, 83], [15, 30, 45, 68, 83]]
    assert found.bic == pytest.approx([1318, 1270, 1276, 1285, 1292, 1311], abs=0.5)
    assert found.best == found.simplest == [28]


def test_a_wandering_series_is_no_evidence_of_a_break():
    walk = np.random.default_rng(4).standard_normal(20).cumsum()
    found = unusual.regimes(pd.Series(walk, index=range(2005, 2025)), draws=2000)
    assert found.walks_p > 0.05 and found.walks_broken > 0.5 > found.noise_broken
    steps = pd.Series(np.repeat([0.0, 9.0], 10) + 0.1 * walk, index=range(2005, 2025))
    assert unusual.regimes(steps, draws=2000).walks_p < 0.05


@pytest.mark.parametrize("years", [range(2005, 2016), [*range(2005, 2016), 2020]])
def test_too_few_years_or_a_gap_give_no_regimes(years):
    with pytest.raises(ValueError, match="too few for regimes"):
        unusual.regimes(pd.Series(1.0, index=[*years]), draws=10)
