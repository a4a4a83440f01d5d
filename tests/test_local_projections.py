"""Local projections: planted paths are found, and how often the band holds them whole."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from remitrisk.methods import local_projections
from tests import golden

HORIZONS = 6
MONTHS = pd.period_range("2013-01", "2022-02", freq="M")


def planted(rng, *, kept=0.6, moved=(0.9, 0.8), noise=4.0):
    """Logs of an outcome and of a shock, and the path that a change of one starts.

    The shock's changes keep `kept` of the last; the outcome moves by `moved` in the month and in
    the next, comes back by a third of its own last change, and has a season.
    """
    n = len(MONTHS) + 60
    shock, outcome = np.zeros(n), np.zeros(n)
    draws, errors = 3 * rng.standard_t(6, n), noise * rng.standard_normal(n)
    for t in range(1, n):
        shock[t] = kept * shock[t - 1] + draws[t]
        own = -outcome[t - 1] / 3 + errors[t]
        outcome[t] = own + moved[0] * shock[t] + moved[1] * shock[t - 1]
    season = 12 * np.sin(2 * np.pi * MONTHS.month / 12)
    path, grown, last = [], 0.0, 0.0
    for ahead in range(HORIZONS + 1):
        pushed = kept**ahead * moved[0] + (kept ** (ahead - 1) * moved[1] if ahead else 0.0)
        last = pushed - last / 3
        grown += last
        path.append(grown)
    logs = (np.cumsum(of)[-len(MONTHS) :] for of in (outcome, shock))
    outcome, shock = (pd.Series(of, MONTHS) for of in logs)
    return outcome + season, shock, np.array(path)


def estimated(outcome, shock, **how):
    designs = local_projections.designs(outcome, shock, horizons=HORIZONS)
    fits = {
        ahead: sm.OLS(of["outcome"], sm.add_constant(of.drop(columns="outcome"))).fit(
            cov_type="HC3", use_t=True
        )
        for ahead, of in designs.items()
    }
    return fits, local_projections.path(fits, "shock", **how)


def test_a_planted_path_is_found_where_nothing_else_moves_the_outcome():
    outcome, shock, path = planted(np.random.default_rng(1), noise=1e-6, kept=0.0)
    _, found = estimated(outcome, shock)
    assert found["slope"].iloc[0] == pytest.approx(path[0], abs=1e-4)


def test_scores_add_up_to_the_errors_of_statsmodels():
    outcome, shock, _ = planted(np.random.default_rng(2))
    fits, found = estimated(outcome, shock)
    for ahead, fit in fits.items():
        scores = local_projections._scores(fit, "shock")
        assert np.sqrt((scores**2).sum()) == pytest.approx(fit.bse["shock"])
        assert found.at[ahead, "slope"] == fit.params["shock"]
        assert found.at[ahead, "n"] == len(MONTHS) - 3 - ahead
    assert (found["low"] < found["own_low"]).all()


def test_the_band_holds_the_whole_path_as_often_as_it_says():
    # Of this process and length, and of nothing else: stationary changes with a season.
    rng, whole, each = np.random.default_rng(3), [], []
    for _ in range(250):
        outcome, shock, path = planted(rng)
        _, found = estimated(outcome, shock, draws=4_000)
        whole.append(((found["low"] <= path) & (path <= found["high"])).all())
        each.append(((found["own_low"] <= path) & (path <= found["own_high"])).all())
    assert 0.90 <= np.mean(whole) <= 1
    assert np.mean(each) < np.mean(whole) - 0.05


def test_the_report_prints_armenia_s_path():
    told = golden.run(golden.cases()["current"], "forecasts")["numbers"]
    first, last = told["signal.armenia.plain.h0"], told["signal.armenia.plain.h6"]
    assert (first["n"], last["n"]) == (107, 101)
    assert told["signal.armenia.plain.h1"]["value"] == pytest.approx(2.08, abs=0.005)
    assert told["signal.armenia.period"]["value"] == "January 2013 to February 2022"
