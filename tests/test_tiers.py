"""Ordered logit: the published example, the sandwich, the effects and Brant's test."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.tools.numdiff import approx_fprime

from remitrisk.methods import tiers

UCLA = Path(statsmodels.__file__).parent / "miscmodels" / "tests" / "results" / "ologit_ucla.csv"
LEVELS = ("unlikely", "somewhat likely", "very likely")
PREDICTORS = ["pared", "public", "gpa"]


@pytest.fixture(scope="module")
def ucla():
    return pd.read_csv(UCLA)


@pytest.fixture(scope="module")
def fitted(ucla):
    return tiers.ordered_logit(ucla["apply"], ucla[PREDICTORS], LEVELS, np.arange(len(ucla)))


@pytest.fixture(scope="module")
def clustered(ucla):
    return tiers.ordered_logit(
        ucla["apply"], ucla[PREDICTORS], LEVELS, groups=np.arange(len(ucla)) // 5
    )


def classical_brant(model):
    """Brant's own test, whose scores are those of independent rows under the model."""
    design = np.column_stack([np.ones(model.n), model.x])
    fits = [tiers._logit(design, (model.codes > j).astype(float)) for j in range(len(model.cuts))]
    q = [fit.predict() for fit in fits]
    blocks = [
        [design.T @ (design * (q[max(j, m)] - q[j] * q[m])[:, None]) for m in range(len(q))]
        for j in range(len(q))
    ]
    return tiers._brant(model, fits, np.block(blocks))


def test_ucla_example_of_ordered_logit_is_reproduced(fitted):
    table = fitted.table()
    assert fitted.n == 400
    published = np.array([1.0477, -0.0588, 0.6159, 2.2039, 4.2994])
    assert table["estimate"].to_numpy() == pytest.approx(published[:3], abs=0.0005)
    # R's polr stops a little short of the maximum, which shows in its cut points.
    assert fitted.cuts == pytest.approx(published[3:], abs=0.001)
    assert table["se_classical"].to_numpy() == pytest.approx([0.2658, 0.2979, 0.2606], abs=0.0005)
    assert fitted.log_likelihood == pytest.approx(-358.5124, abs=0.0005)


def test_brant_test_of_the_ucla_example_is_reproduced(fitted):
    test = classical_brant(fitted)
    assert (test.statistic, test.p_value) == pytest.approx((4.34, 0.227), abs=0.005)
    assert test.df == 3
    assert test.by_variable["statistic"].tolist() == pytest.approx([0.13, 3.44, 0.18], abs=0.005)


def test_derivatives_and_errors_are_those_of_statsmodels(ucla, clustered):
    exact = tiers._Exact(clustered.codes, clustered.x, distr="logit")
    reference = OrderedModel(clustered.codes, clustered.x, distr="logit").fit(
        method="newton", disp=0, cov_type="cluster", cov_kwds={"groups": clustered.groups}
    )
    near = reference.params + 0.1
    by_differences = approx_fprime(near, reference.model.loglikeobs, centered=True)
    assert exact.score_obs(near) == pytest.approx(by_differences, abs=1e-7)
    assert exact.hessian(near) == pytest.approx(reference.model.hessian(near), rel=1e-4, abs=1e-4)
    ours = np.sqrt(np.diag(clustered.clustered))[:3] * np.sqrt(399 / 395)
    assert ours == pytest.approx(reference.bse[:3], rel=1e-4)


def test_clusters_of_one_row_give_the_heteroscedastic_sandwich(fitted):
    def by_row(theta):
        chances = tiers._probabilities(theta, fitted.x)
        return np.log(chances[np.arange(fitted.n), fitted.codes])

    scores = approx_fprime(fitted.theta, by_row, centered=True)
    assert np.abs(scores.sum(axis=0)).max() < 1e-6, "the fit is at the maximum"
    by_hand = fitted.classical @ (scores.T @ scores) @ fitted.classical * 400 / 399
    assert fitted.clustered == pytest.approx(by_hand, rel=1e-5)


def test_doubled_rows_change_the_classical_error_but_not_the_clustered_one(ucla):
    once = np.arange(len(ucla))
    twice = pd.concat([ucla, ucla], ignore_index=True)
    single = tiers.ordered_logit(ucla["apply"], ucla[PREDICTORS], LEVELS, once)
    double = tiers.ordered_logit(
        twice["apply"], twice[PREDICTORS], LEVELS, np.concatenate([once, once])
    )
    assert double.clusters == single.clusters == 400
    assert np.diag(double.clustered) == pytest.approx(np.diag(single.clustered), rel=1e-8)
    assert np.diag(double.classical) == pytest.approx(np.diag(single.classical) / 2, rel=1e-8)


def test_probabilities_sum_to_one_and_predict_the_shares(ucla, fitted):
    chances = tiers.probabilities(fitted, fitted.x)
    assert chances.sum(axis=1) == pytest.approx(1)
    assert chances.mean(axis=0) == pytest.approx(
        [(ucla["apply"] == level).mean() for level in LEVELS], abs=0.01
    )
    assert chances[:2] == pytest.approx(
        np.array([[0.5488, 0.3593, 0.0918], [0.3056, 0.4759, 0.2185]]), abs=0.0005
    )


def test_predictions_carry_an_interval_around_the_probability(ucla, clustered):
    rows = ucla.loc[[3, 7], PREDICTORS]
    predicted = tiers.predict(clustered, rows)
    assert predicted.index.tolist() == [3, 3, 3, 7, 7, 7]
    assert (predicted["low"] < predicted["probability"]).all()
    assert (predicted["probability"] < predicted["high"]).all()


def test_effects_are_differences_that_sum_to_zero_and_not_slopes(clustered):
    found = [tiers.average_effects(clustered, [level]) for level in LEVELS]
    assert sum(part["effect"] for part in found).to_numpy() == pytest.approx(0, abs=1e-12)
    more = clustered.x + np.eye(3)[0]
    change = tiers.probabilities(clustered, more) - tiers.probabilities(clustered, clustered.x)
    assert found[0].loc["pared", "effect"] == pytest.approx(change[:, 0].mean())
    both = tiers.average_effects(clustered, LEVELS[1:])
    assert both["effect"].to_numpy() == pytest.approx(-found[0]["effect"].to_numpy())
    assert ((both["low"] < both["effect"]) & (both["effect"] < both["high"])).all()


def test_brant_test_notices_slopes_that_differ():
    rng = np.random.default_rng(3)
    x = rng.normal(size=4000)
    low = rng.random(4000) < 1 / (1 + np.exp(-(0.5 + 1.5 * x)))
    high = rng.random(4000) < 1 / (1 + np.exp(-(-0.5 - 0.5 * x)))
    outcome = low.astype(int) + (low & high)
    model = tiers.ordered_logit(
        outcome.tolist(), pd.DataFrame({"x": x}), (0, 1, 2), np.arange(4000)
    )
    test = tiers.proportional_odds(model)
    assert test.p_value < 1e-6
    assert test.slopes.loc["x", "above 0"] > test.slopes.loc["x", "above 1"]


def test_clustered_brant_test_is_close_to_the_classical_one_without_clustering(fitted):
    robust, classical = tiers.proportional_odds(fitted), classical_brant(fitted)
    assert robust.statistic == pytest.approx(classical.statistic, rel=0.25)


def test_a_predictor_that_separates_is_refused():
    x = pd.DataFrame({"x": [0.0] * 40 + [1.0] * 60})
    no_highest_below = [0] * 20 + [1] * 20 + [0] * 20 + [1] * 20 + [2] * 20
    model = tiers.ordered_logit(no_highest_below, x, (0, 1, 2), range(100))
    with pytest.raises(ValueError, match="separates the categories"):
        tiers.proportional_odds(model)
    no_lowest_above_either = [0] * 20 + [1] * 20 + [1] * 30 + [2] * 30
    with pytest.raises(ValueError, match="no maximum: a predictor separates the categories"):
        tiers.ordered_logit(no_lowest_above_either, x, (0, 1, 2), range(100))


def test_a_lag_needs_the_year_before():
    panel = pd.DataFrame({"iso3": ["AAA"] * 3, "year": [2002, 2003, 2005], "tier": ["1", "2", "3"]})
    lagged = tiers.with_lag(panel)
    assert lagged[["year", "tier", "tier_before"]].to_numpy().tolist() == [[2003, "2", "1"]]


def test_transitions_count_moves():
    moves = tiers.transitions(["1", "1", "2"], ["1", "2", "2"], ["1", "2", "3"])
    assert moves.to_numpy().tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("outcome", "levels", "x", "message"),
    [
        (["a", "b", "z"], ("a", "b"), [1.0, 2.0, 3.0], "unknown categories z"),
        (["a", "b", "b"], ("a", "b", "c"), [1.0, 2.0, 3.0], "categories c do not occur"),
        (["a", "b", "b"], ("a", "b"), [1.0, np.nan, 3.0], "missing values in x"),
    ],
)
def test_unusable_rows_are_refused(outcome, levels, x, message):
    with pytest.raises(ValueError, match=message):
        tiers.ordered_logit(outcome, pd.DataFrame({"x": x}), levels, range(3))


def panel(values):
    rows = [(unit, year, value) for (unit, year), value in values.items()]
    return pd.DataFrame(rows, columns=["iso3", "year", "value"])


def test_predictors_need_all_six_scores_and_every_series():
    units = [("AAA", 2005), ("AAA", 2006), ("BBB", 2005)]
    panels = {code: panel(dict.fromkeys(units, 0.5)) for code in tiers.SCORES}
    panels["VA.EST"] = panel({("AAA", 2005): 1.1, ("BBB", 2005): 0.5})
    panels |= {tiers.INCOME: panel(dict.fromkeys(units, np.e**9))}
    panels |= {tiers.POPULATION: panel(dict.fromkeys(units, np.e**14))}
    panels |= {tiers.RECEIVED: panel(dict.fromkeys(units, 3.0))}
    panels |= {tiers.GDP: panel({("AAA", 2005): 20.0, ("AAA", 2006): 20.0})}
    found = tiers.predictors(panels)
    assert [*found.columns] == [*tiers.PREDICTORS]
    assert [*found.index] == [("AAA", 2005)], "2006 lacks a score, BBB lacks GDP"
    assert found.loc["AAA", 2005].tolist() == pytest.approx([0.6, 9, 14, 15])


@pytest.fixture(scope="module")
def world():
    """Sixty countries whose tier follows governance, and size a little; the last list is part."""
    draw = np.random.default_rng(3)
    index = pd.MultiIndex.from_product(
        [[f"C{i:02}" for i in range(60)], range(2001, 2017)], names=["iso3", "year"]
    )
    known = pd.DataFrame(draw.normal(size=(len(index), 4)), index, [*tiers.PREDICTORS])
    score = -2 * known["governance"] + 0.3 * known["population"] + draw.logistic(size=len(index))
    bins = pd.cut(score, [-np.inf, -2, 0.5, 2, np.inf], labels=[*tiers.TIERS]).astype(str)
    placements = bins.rename("tier").reset_index()
    return placements.assign(list_complete=placements["year"] < 2016), known


def test_a_study_uses_complete_lists_of_its_years(world):
    found = tiers.study(*world)
    assert sorted(found.sample["year"].unique()) == [*range(2002, 2016)]
    assert found.lagged["year"].min() == 2003
    assert found.strongest == "governance" == found.effect.index[0]
    assert found.effect.loc["governance", "effect"] < -10, "in points, not shares"
    inside = (found.low <= found.effect) & (found.effect <= found.high)
    assert inside.all(axis=None)
    assert found.scaled(found.sample).std().tolist() == pytest.approx([1.0] * 4)
    assert tiers.study(*world, last_year=2010).sample["year"].max() == 2010


def test_the_strongest_is_one_that_can_be_told_from_none(world):
    found = tiers.study(*world)
    high = found.high.assign(effect=found.high["effect"].where(found.high.index != "governance", 1))
    assert replace(found, high=high).strongest == "population"
    none = replace(found, low=found.low - 1000, high=found.high + 1000)
    assert none.strongest == "governance"


def test_expected_tiers_add_up_and_are_empty_without_predictors(world):
    found = tiers.study(*world)
    own = world[1].loc["C00"]
    chance, low, high = found.expected(own)
    assert [*chance.columns] == [*tiers.TIERS]
    assert [*chance.index] == [*own.index]
    assert chance.sum(axis=1).tolist() == pytest.approx([100.0] * len(own))
    assert ((low <= chance) & (chance <= high)).all(axis=None)
    assert all(part.empty for part in found.expected(own.iloc[:0]))
    assert 40 < found.guessed_pct() < 90
