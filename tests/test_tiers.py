"""Ordered logit: the published example, the sandwich, the effects and Brant's test."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels
from statsmodels.miscmodels.ordinal_model import OrderedModel

from remitrisk.methods import tiers

UCLA = Path(statsmodels.__file__).parent / "miscmodels" / "tests" / "results" / "ologit_ucla.csv"
LEVELS = ("unlikely", "somewhat likely", "very likely")
PREDICTORS = ["pared", "public", "gpa"]


@pytest.fixture(scope="module")
def ucla():
    return pd.read_csv(UCLA)


@pytest.fixture(scope="module")
def fitted(ucla):
    return tiers.ordered_logit(ucla["apply"], ucla[PREDICTORS], LEVELS)


@pytest.fixture(scope="module")
def clustered(ucla):
    return tiers.ordered_logit(
        ucla["apply"], ucla[PREDICTORS], LEVELS, groups=np.arange(len(ucla)) // 5
    )


def test_ucla_example_of_ordered_logit_is_reproduced(fitted):
    table = fitted.table()
    assert fitted.n == 400
    published = np.array([1.0477, -0.0588, 0.6159, 2.2039, 4.2994])
    assert table["estimate"].to_numpy()[:3] == pytest.approx(published[:3], abs=0.0005)
    # R's polr stops a little short of the maximum, which shows in its cut points.
    assert table["estimate"].to_numpy()[3:] == pytest.approx(published[3:], abs=0.001)
    assert tiers._log_likelihood(published, fitted.x, fitted.codes) < fitted.log_likelihood
    assert table["se_classical"].to_numpy()[:3] == pytest.approx(
        [0.2658, 0.2979, 0.2606], abs=0.0005
    )
    assert fitted.log_likelihood == pytest.approx(-358.5124, abs=0.0005)


def test_brant_test_of_the_ucla_example_is_reproduced(fitted):
    test = tiers.proportional_odds(fitted)
    assert (test.statistic, test.p_value) == pytest.approx((4.34, 0.227), abs=0.005)
    assert test.df == 3
    assert test.by_variable["statistic"].tolist() == pytest.approx([0.13, 3.44, 0.18], abs=0.005)


def test_scores_and_information_are_those_of_statsmodels(ucla, fitted):
    codes = ucla["apply"].map({name: i for i, name in enumerate(LEVELS)})
    reference = OrderedModel(codes, ucla[PREDICTORS], distr="logit").fit(method="newton", disp=0)
    assert np.sqrt(np.diag(fitted.classical))[:3] == pytest.approx(
        reference.bse.to_numpy()[:3], rel=1e-3
    )
    theta = np.concatenate([fitted.beta, fitted.cuts])
    scores, _ = tiers._derivatives(theta, fitted.x, fitted.codes)
    by_statsmodels = reference.model.score_obs(
        np.concatenate([fitted.beta, [fitted.cuts[0], np.log(np.diff(fitted.cuts)[0])]])
    )
    assert scores[:, :3] == pytest.approx(by_statsmodels[:, :3], abs=1e-4)


def test_the_fit_is_at_the_maximum(fitted, clustered):
    for model in (fitted, clustered):
        theta = np.concatenate([model.beta, model.cuts])
        scores, _ = tiers._derivatives(theta, model.x, model.codes)
        assert np.abs(scores.sum(axis=0)).max() < 1e-8


def test_clusters_of_one_row_give_the_heteroscedastic_sandwich(ucla, fitted):
    alone = tiers.ordered_logit(
        ucla["apply"], ucla[PREDICTORS], LEVELS, groups=np.arange(len(ucla))
    )
    theta = np.concatenate([fitted.beta, fitted.cuts])
    scores, _ = tiers._derivatives(theta, fitted.x, fitted.codes)
    by_hand = fitted.classical @ (scores.T @ scores) @ fitted.classical * 400 / 399
    assert alone.clustered == pytest.approx(by_hand)


def test_doubled_rows_change_the_classical_error_but_not_the_clustered_one(ucla):
    once = np.arange(len(ucla))
    twice = pd.concat([ucla, ucla], ignore_index=True)
    single = tiers.ordered_logit(ucla["apply"], ucla[PREDICTORS], LEVELS, once)
    double = tiers.ordered_logit(
        twice["apply"], twice[PREDICTORS], LEVELS, np.concatenate([once, once])
    )
    assert double.clusters == single.clusters == 400
    assert np.diag(double.clustered) == pytest.approx(np.diag(single.clustered), rel=1e-9)
    assert np.diag(double.classical) == pytest.approx(np.diag(single.classical) / 2, rel=1e-9)


def test_cluster_meat_by_hand():
    scores = np.array([[1.0, 0.0], [2.0, 1.0], [-3.0, 4.0]])
    meat = tiers.cluster_meat(scores, np.array([7, 7, 9]))
    assert meat == pytest.approx(2 * (np.outer([3, 1], [3, 1]) + np.outer([-3, 4], [-3, 4])))


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


def test_average_effects_equal_differences_and_sum_to_zero(fitted):
    effects = tiers.average_effects(fitted, step=1e-4).pivot_table(
        index="variable", columns="level", values="effect"
    )
    assert effects.sum(axis=1).to_numpy() == pytest.approx(0, abs=1e-12)
    moved = fitted.x.copy()
    moved[:, 2] += 1e-4
    change = tiers.probabilities(fitted, moved) - tiers.probabilities(fitted, fitted.x)
    assert effects.loc["gpa", list(LEVELS)].to_numpy() == pytest.approx(change.mean(axis=0))


def test_effects_on_joined_categories_are_sums_with_their_own_interval(clustered):
    single = tiers.average_effects(clustered)
    joined = tiers.average_effects(clustered, [("somewhat likely", "very likely")])
    assert joined["level"].unique().tolist() == ["somewhat likely or very likely"]
    expected = -single.loc[single["level"] == "unlikely", "effect"].to_numpy()
    assert joined["effect"].to_numpy() == pytest.approx(expected)
    assert (joined["low"] < joined["effect"]).all() and (joined["effect"] < joined["high"]).all()


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


def test_clustered_brant_test_is_close_to_the_classical_one_without_clustering(ucla, fitted):
    alone = tiers.ordered_logit(
        ucla["apply"], ucla[PREDICTORS], LEVELS, groups=np.arange(len(ucla))
    )
    robust, classical = tiers.proportional_odds(alone), tiers.proportional_odds(fitted)
    assert robust.statistic == pytest.approx(classical.statistic, rel=0.25)


def test_a_predictor_that_separates_is_refused():
    x = pd.DataFrame({"x": [0.0] * 40 + [1.0] * 60})
    no_highest_below = [0] * 20 + [1] * 20 + [0] * 20 + [1] * 20 + [2] * 20
    model = tiers.ordered_logit(no_highest_below, x, (0, 1, 2))
    with pytest.raises(ValueError, match="separates the categories"):
        tiers.proportional_odds(model)
    no_lowest_above_either = [0] * 20 + [1] * 20 + [1] * 30 + [2] * 30
    with pytest.raises(ValueError, match="no maximum: a predictor separates the categories"):
        tiers.ordered_logit(no_lowest_above_either, x, (0, 1, 2))


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
        tiers.ordered_logit(outcome, pd.DataFrame({"x": x}), levels)


def test_effect_of_a_step_is_the_difference_and_not_the_slope(clustered):
    found = tiers.average_effects(clustered, [("unlikely",)], step=1.0).set_index("variable")
    more = clustered.x + np.eye(3)[0]
    change = tiers.probabilities(clustered, more) - tiers.probabilities(clustered, clustered.x)
    assert found.loc["pared", "effect"] == pytest.approx(change[:, 0].mean())
    small = tiers.average_effects(clustered, [("unlikely",)], step=1e-4).set_index("variable")
    slope = small.loc["pared", "effect"] / 1e-4
    assert abs(found.loc["pared", "effect"] - slope) > 0.005
    assert found.loc["pared", "low"] < found.loc["pared", "effect"] < found.loc["pared", "high"]


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
