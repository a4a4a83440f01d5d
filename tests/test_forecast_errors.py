"""Forecast errors of refitted models: the algebra agrees with statsmodels, the bands hold."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from remitrisk.analysis import counterfactual as engine
from remitrisk.analysis import forecast_errors as calibration

YEARS = range(2000, 2020)


@pytest.fixture(scope="module")
def logs() -> pd.Series:
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.05, len(YEARS))
    return pd.Series(5 + np.cumsum(rng.normal(0.08, 0.1, len(YEARS))) + noise, index=YEARS)


@pytest.fixture(scope="module")
def drivers() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    walks = np.cumsum(rng.normal(0, 0.2, (len(YEARS) + 3, 2)), axis=0)
    return pd.DataFrame(walks, columns=["ruble", "brent"], index=range(2000, 2023))


def calibrated(values, specification, *, given=None, horizon=3, draws=200, variances=None):
    fitted = engine.fit(values, specification, drivers=given, variances=variances)
    ahead = values.index.append(values.index[-horizon:] + horizon)
    forecast = engine._forecast(fitted, ahead[-horizon:], given)
    found = calibration.forecast_errors(
        engine._design(fitted, ahead, given),
        fitted.variances,
        np.asarray(forecast.predicted_mean),
        draws=draws,
        seed=1,
    )
    return fitted, forecast, found


@pytest.mark.parametrize("with_drivers", [False, True])
@pytest.mark.parametrize(
    "specification",
    [engine.LOCAL_LINEAR_TREND, engine.LOCAL_LEVEL, engine.RANDOM_WALK_WITH_DRIFT],
)
def test_standard_errors_are_those_of_the_kalman_filter(logs, drivers, specification, with_drivers):
    given = drivers if with_drivers else None
    _, forecast, found = calibrated(logs, specification, given=given)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(
        np.asarray(forecast.se_mean), rel=1e-6
    )


def test_standard_errors_of_a_seasonal_model_are_those_of_the_kalman_filter():
    rng = np.random.default_rng(8)
    months = pd.period_range("2013-01", "2018-12", freq="M")
    season = 0.5 * np.sin(2 * np.pi * np.arange(len(months)) / 12)
    values = pd.Series(4 + season + rng.normal(0, 0.1, 72).cumsum(), index=months)
    _, forecast, found = calibrated(values, engine.MONTHLY_LEVEL)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(
        np.asarray(forecast.se_mean), rel=1e-6
    )


@pytest.mark.parametrize("redundant", [0.0, 1.0, "twice the other"])
def test_a_redundant_driver_changes_nothing(logs, drivers, redundant):
    flow, one = np.exp(logs), drivers[["brent"]]
    copy = 2 * one["brent"] if redundant == "twice the other" else redundant
    given = engine.counterfactual(flow, 2018, drivers=one.assign(pegged=copy))
    alone = engine.counterfactual(flow, 2018, drivers=one)
    assert given.bands.to_numpy() == pytest.approx(alone.bands.to_numpy(), rel=0.03)


def test_the_restricted_likelihood_differs_from_the_diffuse_one_by_a_constant(logs):
    def restricted(variances):
        n = len(logs)
        design = np.column_stack([np.ones(n), np.arange(n)])
        contrasts = np.linalg.qr(design, mode="complete")[0][:, 2:].T
        kernel = sum(
            variance * part(n)
            for variance, part in zip(
                variances.values(),
                (calibration._irregular, calibration._level, calibration._trend),
                strict=True,
            )
        )
        return stats.multivariate_normal.logpdf(
            contrasts @ logs, cov=contrasts @ kernel @ contrasts.T
        )

    candidates = [
        {"irregular": a, "level": b, "trend": c}
        for a, b, c in ((1e-3, 1e-2, 1e-3), (1e-2, 0.0, 1e-2), (1e-6, 2e-2, 0.0))
    ]
    gaps = [
        restricted(v) - engine.fit(logs, engine.LOCAL_LINEAR_TREND, variances=v).log_likelihood
        for v in candidates
    ]
    assert gaps == pytest.approx([gaps[0]] * 3, abs=1e-6)


def test_with_one_variance_the_errors_follow_student_s_t(logs):
    fitted, _, found = calibrated(logs, engine.RANDOM_WALK_WITH_DRIFT, draws=20_000)
    for level in (0.8, 0.95):
        wanted = stats.t.ppf(0.5 + level / 2, fitted.df)
        assert found.reach(level) == pytest.approx([wanted] * 3, rel=0.03)


@pytest.mark.parametrize("variances", [(0.0, 0.02, 0.0), (0.01, 0.0, 0.001)])
def test_a_band_that_takes_the_variances_as_known_is_too_narrow(logs, variances):
    named = dict(zip(("irregular", "level", "trend"), variances, strict=True))
    fitted, _, found = calibrated(
        logs.iloc[:12], engine.LOCAL_LINEAR_TREND, variances=named, draws=10_000, horizon=1
    )
    known = stats.t.ppf(0.975, fitted.df)
    covered = (np.abs(found.periods[:, 0]) < known).mean()
    assert 0.88 < covered < 0.935
    assert found.reach(0.95)[0] > 1.08 * known


def test_printed_bands_are_wider_than_student_s_t_and_keep_their_centre(logs):
    flow = np.exp(logs)
    found = engine.counterfactual(flow, 2018, horizon=2)
    fitted = engine.fit(np.log(flow.loc[:2017]))
    forecast = engine._forecast(fitted, flow.index[-2:], None)
    known = np.exp(
        np.asarray(forecast.predicted_mean)
        + stats.t.ppf(0.975, fitted.df) * np.asarray(forecast.se_mean)
    )
    assert (found.bands["high_95"].to_numpy() > 1.02 * known).all()
    centre = np.sqrt(found.bands["low_95"] * found.bands["high_95"])
    assert centre.to_numpy() == pytest.approx(found.expected.to_numpy())


def test_the_total_of_one_period_is_that_period(logs):
    _, _, found = calibrated(logs, engine.LOCAL_LINEAR_TREND, horizon=1)
    assert found.total == pytest.approx(found.periods[:, 0])
    assert found.total_error == pytest.approx(np.sqrt(found.covariance[0, 0]))


def test_the_total_of_several_periods_is_skewed_upwards(logs):
    *_, found = calibrated(logs, engine.LOCAL_LINEAR_TREND, draws=5000)
    low, high = found.total_reach(0.95)
    assert low < -2 < 2 < high < -1.3 * low
    # The error of a sum's logarithm is the weighted mean of the errors, but for the curvature.
    assert found.total_error < np.sqrt(found.covariance[-1, -1])


def test_a_seed_fixes_the_draws(logs):
    first, again = (calibrated(logs, engine.LOCAL_LEVEL)[2].periods for _ in range(2))
    assert np.array_equal(first, again)
