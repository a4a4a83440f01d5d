"""The counterfactual engine reproduces published fits before it is asked about remittances."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from remitrisk.methods.counterfactual import (
    LOCAL_LEVEL,
    MONTHLY_LEVEL,
    RANDOM_WALK_WITH_DRIFT,
    admissible,
    counterfactual,
    fit,
    forecast_gaps,
    placebo,
    random_walk_with_drift,
    spells_of,
    steps_back,
    study,
)
from tests.state_space import given, smoothed

PUBLISHED = {"irregular": 15098.5, "level": 1469.1}


@pytest.fixture(scope="module")
def nile() -> pd.Series:
    data = sm.datasets.nile.load_pandas().data
    return pd.Series(data["volume"].to_numpy(float), index=data["year"].astype(int))


@pytest.fixture(scope="module")
def flow() -> pd.Series:
    rng = np.random.default_rng(3)
    years = range(2000, 2024)
    return pd.Series(np.exp(5 + np.cumsum(rng.normal(0.08, 0.1, len(years)))), index=years)


class TestNile:
    """Durbin and Koopman's local level model of the Nile."""

    def test_likelihood_at_the_published_variances(self, nile):
        published = given(nile, LOCAL_LEVEL, PUBLISHED)
        assert smoothed(published, exact=False).llf == pytest.approx(-632.538, abs=0.001)
        assert smoothed(published).llf == pytest.approx(-633.4646, abs=0.001)

    def test_smoothed_level_equals_the_penalised_least_squares_solution(self, nile):
        n = len(nile)
        steps = np.diff(np.eye(n), axis=0)
        precision = np.eye(n) / PUBLISHED["irregular"] + steps.T @ steps / PUBLISHED["level"]
        direct = np.linalg.solve(precision, nile.to_numpy() / PUBLISHED["irregular"])
        level = smoothed(given(nile, LOCAL_LEVEL, PUBLISHED)).smoothed_state[0]
        np.testing.assert_allclose(level, direct, atol=1e-6)

    def test_estimated_variances(self, nile):
        found = fit(nile, LOCAL_LEVEL)
        assert found.agreed
        assert found.variances["irregular"] == pytest.approx(PUBLISHED["irregular"], rel=0.01)
        assert found.variances["level"] == pytest.approx(PUBLISHED["level"], rel=0.01)


class TestRules:
    def test_how_much_history_each_model_asks_for(self):
        assert [admissible(n) for n in (7, 8, 11, 12)] == ["none", "trend", "trend", "drivers"]
        assert [admissible(n, season=12) for n in (31, 32, 36)] == ["none", "trend", "drivers"]

    def test_no_model_on_less_than_eight_years(self, flow):
        with pytest.raises(ValueError, match="7 observations before 2007"):
            counterfactual(flow, 2007)

    def test_no_drivers_on_less_than_twelve_years(self, flow):
        drivers = pd.DataFrame({"ruble": np.linspace(0, 1, 24)}, index=flow.index)
        with pytest.raises(ValueError, match="too few for a model with drivers"):
            counterfactual(flow, 2011, drivers=drivers)

    def test_what_happened_must_be_known(self, flow):
        with pytest.raises(ValueError, match="2 periods from 2023"):
            counterfactual(flow, 2023, horizon=2)
        with pytest.raises(ValueError, match="no value for 2024"):
            counterfactual(flow, 2024)

    def test_gaps_and_flows_without_logarithm_are_refused(self, flow):
        broken = flow.copy()
        broken.loc[2005] = -1.0
        with pytest.raises(ValueError, match="not positive"), np.errstate(invalid="ignore"):
            counterfactual(broken, 2015)


def test_the_engine_gives_the_textbook_interval_of_a_random_walk_with_drift(flow):
    model = counterfactual(flow, 2020, specification=RANDOM_WALK_WITH_DRIFT)
    textbook = random_walk_with_drift(flow, 2020, first=2000)
    expected = textbook.expected
    assert model.df == textbook.n - 1 == 18
    assert model.expected.loc[2020] == pytest.approx(expected.value, rel=1e-9)
    assert model.bands.loc[2020, "low_95"] == pytest.approx(expected.low, rel=1e-9)
    assert model.bands.loc[2020, "high_95"] == pytest.approx(expected.high, rel=1e-9)
    assert model.cumulative_pct == pytest.approx(textbook.effect_pct, rel=1e-9)


def test_random_walk_with_drift_by_hand():
    values = pd.Series(np.exp([0.0, 0.1, 0.3, 0.3, 0.5]), index=range(2000, 2005))
    found = random_walk_with_drift(values, 2004, first=2000)
    # Three log differences .1, .2, 0: mean .1, sd .1; t(2) at 97.5 % is 4.302653.
    reach = 4.302653 * 0.1 * np.sqrt(4 / 3)
    assert found.n == 3
    assert found.expected.value == pytest.approx(np.exp(0.4))
    assert found.expected.low == pytest.approx(np.exp(0.4 - reach), rel=1e-6)
    assert found.effect_pct.value == pytest.approx(100 * (np.exp(0.1) - 1))
    assert found.inside


def test_bands_widen_with_level_and_horizon(flow):
    found = counterfactual(flow, 2018, horizon=3)
    width = {
        level: found.bands[f"high_{level}"] / found.bands[f"low_{level}"] for level in (50, 80, 95)
    }
    assert (width[50] < width[80]).all()
    assert (width[80] < width[95]).all()
    assert width[95].is_monotonic_increasing


def test_a_jump_is_found_and_its_size_recovered():
    rng = np.random.default_rng(11)
    years = range(1990, 2022)
    logs = 3 + 0.05 * np.arange(len(years)) + rng.normal(0, 0.02, len(years))
    logs[-2:] += np.log(1.5)
    flow = pd.Series(np.exp(logs), index=years)
    found = counterfactual(flow, 2020, horizon=2)
    assert found.cumulative_pct.low < 50 < found.cumulative_pct.high
    assert found.distinguishable
    ranked = placebo(forecast_gaps(flow), 2020)
    assert ranked is not None
    assert ranked.p_value == ranked.smallest_p == 1 / (1 + ranked.n)


def test_the_interval_of_a_sum_is_reproducible_and_depends_on_the_seed_only(flow):
    first = counterfactual(flow, 2019, horizon=3, seed=5)
    again = counterfactual(flow, 2019, horizon=3, seed=5)
    other = counterfactual(flow, 2019, horizon=3, seed=6)
    assert first.cumulative.low == again.cumulative.low
    assert first.cumulative.low != other.cumulative.low
    assert first.cumulative.low == pytest.approx(other.cumulative.low, rel=0.1)
    assert first.cumulative.low < first.cumulative.value < first.cumulative.high


def test_a_driver_that_explains_the_fall_leaves_no_effect():
    rng = np.random.default_rng(4)
    years = range(1995, 2021)
    driver = np.cumsum(rng.normal(0, 0.15, len(years)))
    driver[-1] -= 0.6
    logs = 4 + np.cumsum(rng.normal(0.03, 0.02, len(years))) + driver
    flow = pd.Series(np.exp(logs), index=years)
    drivers = pd.DataFrame(
        {"ruble": driver, "noise": rng.normal(0, 0.2, len(years))}, index=flow.index
    )
    without = counterfactual(flow, 2020)
    given = counterfactual(flow, 2020, drivers=drivers)
    assert without.effect_pct.loc[2020, "effect"] < -30
    assert abs(given.effect_pct.loc[2020, "effect"]) < 8
    elasticity = smoothed(fit(np.log(flow), drivers=drivers)).smoothed_state[-2, -1]
    assert elasticity == pytest.approx(1, abs=0.1)
    left_out = counterfactual(flow, 2020, drivers=drivers.drop(columns="ruble"))
    assert left_out.effect_pct.loc[2020, "effect"] < -30


class TestPlacebo:
    def test_rank_by_hand(self):
        gaps = pd.Series({2011: 0.3, 2012: -0.1, 2013: 0.05, 2014: -0.5, 2015: -0.2})
        found = placebo(gaps, 2015, exclude=[2014])
        assert found is not None
        assert found.n == 3
        assert found.p_value == 2 / 4
        assert found.smallest_p == 1 / 4
        assert found.effect_pct == pytest.approx(100 * (np.exp(-0.2) - 1))

    def test_windows_that_hold_another_shock_are_no_placebos(self):
        gaps = pd.Series({2008: 0.1, 2011: 0.2, 2014: 0.3})
        found = placebo(gaps, 2014, horizon=3, exclude=[2013])
        assert found is not None
        assert found.effects_pct.index.tolist() == [2008]

    def test_without_an_earlier_date_there_is_no_p_value(self):
        assert placebo(pd.Series({2014: 0.1, 2016: 0.2}), 2014) is None
        assert placebo(pd.Series({2014: 0.1}), 2016) is None

    def test_windows_do_not_overlap(self):
        index = pd.period_range("2020-01", "2020-12", freq="M")
        starts = steps_back(index, pd.Period("2020-11", "M"), 3)
        assert [str(s) for s in starts] == ["2020-02", "2020-05", "2020-08", "2020-11"]

    def test_only_dates_with_enough_history_are_asked(self, flow):
        gaps = forecast_gaps(flow, horizon=2)
        assert gaps.index.tolist() == list(range(2008, 2023))
        direct = counterfactual(flow, 2015, horizon=2)
        assert 100 * np.expm1(gaps.loc[2015]) == pytest.approx(direct.cumulative_pct.value)


def test_a_monthly_series_with_a_season_is_forecast_by_its_season():
    rng = np.random.default_rng(8)
    months = pd.period_range("2013-01", "2019-12", freq="M")
    season = 0.5 * np.sin(2 * np.pi * np.arange(len(months)) / 12)
    flow = pd.Series(np.exp(4 + season + rng.normal(0, 0.03, len(months))), index=months)
    found = counterfactual(flow, pd.Period("2019-01", "M"), horizon=12, specification=MONTHLY_LEVEL)
    assert found.df == 72 - 12
    assert found.effect_pct["effect"].abs().max() < 15
    assert found.cumulative_pct.low < 0 < found.cumulative_pct.high


@pytest.fixture(scope="module")
def studied(flow):
    rng = np.random.default_rng(2)
    drivers = pd.DataFrame(
        {"ruble": rng.normal(0, 0.1, 24), "brent": rng.normal(0, 0.2, 24)}, index=flow.index
    )
    drivers.loc[2023, "brent"] = np.nan
    shocks = (2005, 2010, 2014, 2015, 2020, 2023, 2030)
    return study(flow, shocks, drivers=drivers, shorter_from=2004)


class TestStudy:
    def test_years_in_a_row_are_one_spell(self, studied):
        assert spells_of([2015, 2009, 2014]) == [(2009, 2009), (2014, 2015)]
        assert list(studied.spells) == [(2010, 2010), (2014, 2015), (2020, 2020), (2023, 2023)]
        assert len(studied.spells[2014, 2015].actual) == 2

    def test_each_shock_gets_the_model_that_its_history_allows(self, studied):
        assert list(studied.lacking) == [2005]
        assert list(studied.single) == [2010, 2014, 2015, 2020, 2023]
        assert list(studied.with_drivers) == [2014, 2015, 2020, 2023]
        assert list(studied.shorter) == list(studied.benchmarks) == [2014, 2015, 2020, 2023]
        assert studied.shorter[2014].n == 10

    def test_a_driver_not_yet_known_is_left_out_for_that_year_only(self, studied):
        assert studied.with_drivers[2020].drivers == ("ruble", "brent")
        assert studied.with_drivers[2023].drivers == ("ruble",)
        assert 2023 not in studied.left_out

    def test_other_shocks_are_no_placebos(self, studied):
        dates = studied.placebos[2020].effects_pct.index.tolist()
        assert dates == [2008, 2009, 2011, 2012, 2013, 2016, 2017, 2018, 2019]
        assert studied.placebos[2020].smallest_p == pytest.approx(0.1)
