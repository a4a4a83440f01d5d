"""The composite index: hand cases, intervals of ranks, seeds, speed and sensitivity."""

import time

import numpy as np
import pandas as pd
import pytest

from remitrisk.methods import composite
from remitrisk.methods.composite import AGGREGATIONS, NORMALISATIONS, TREATMENTS, Indicator

TWO_DIMENSIONS = (
    Indicator("poor", "Poverty, %", "poverty", 1),
    Indicator("income", "Income, dollars", "poverty", -1),
    Indicator("law", "Rule of law", "justice", -1),
)
SMALL = pd.DataFrame(
    {"poor": [0.0, 20.0, 40.0], "income": [100.0, 50.0, 0.0], "law": [2.0, 1.0, 1.5]},
    index=["AAA", "BBB", "CCC"],
)


def made_up(economies=180, indicators=18, gaps=0.08, seed=1):
    """One factor behind all indicators, one indicator skewed, some gaps."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(economies, 1)) + rng.normal(size=(economies, indicators))
    values[:, 3] = np.exp(2 * values[:, 3])
    frame = pd.DataFrame(
        values,
        index=[f"C{i:03d}" for i in range(economies)],
        columns=[f"i{k}" for k in range(indicators)],
    )
    described = tuple(
        Indicator(f"i{k}", f"Indicator {k}", f"dimension {k % 5}", 1) for k in range(indicators)
    )
    return frame.mask(rng.random(frame.shape) < gaps), described


@pytest.fixture(scope="module")
def drawn():
    return composite.composite(*made_up(economies=40), draws=2000)


def one_choice(prepared, **changes):
    base = vars(composite.reference_choice(prepared))
    return composite.Choices(**{**base, **{k: np.array([v]) for k, v in changes.items()}})


def untreated(prepared, **changes):
    return one_choice(prepared, treatment=TREATMENTS.index("none"), **changes)


def test_min_max_and_equal_dimensions_by_hand():
    prepared = composite.prepare(SMALL, TWO_DIMENSIONS)
    score = composite.scores(prepared, untreated(prepared))[0]
    poverty, justice = np.array([0, 0.5, 1]), np.array([0, 1, 0.5])
    assert score == pytest.approx(1 + 99 * (poverty + justice) / 2)


def test_geometric_means_by_hand_and_never_above_arithmetic_ones():
    prepared = composite.prepare(SMALL, TWO_DIMENSIONS)
    aggregation = AGGREGATIONS.index("geometric")
    score = composite.scores(prepared, untreated(prepared, aggregation=aggregation))[0]
    assert score == pytest.approx(np.sqrt([1 * 1, 50.5 * 100, 100 * 50.5]))
    assert (score <= composite.scores(prepared, untreated(prepared))[0] + 1e-9).all()


def test_ranks_as_a_scale_and_z_scores_by_hand():
    prepared = composite.prepare(SMALL, TWO_DIMENSIONS)
    places = untreated(prepared, normalisation=NORMALISATIONS.index("rank"))
    assert composite.scores(prepared, places)[0] == pytest.approx([1, 75.25, 75.25])
    z = untreated(prepared, normalisation=NORMALISATIONS.index("z"))
    step = 10 * np.sqrt(1.5)
    assert composite.scores(prepared, z)[0] == pytest.approx(
        [50 - step, 50 + step / 2, 50 + step / 2]
    )


def test_an_indicator_left_out_no_longer_counts():
    prepared = composite.prepare(SMALL, TWO_DIMENSIONS)
    without = untreated(prepared, left_out=2)
    assert composite.scores(prepared, without)[0] == pytest.approx([1, 50.5, 100])


def test_weights_count():
    prepared = composite.prepare(SMALL, TWO_DIMENSIONS)
    choice = untreated(prepared, weights=np.array([0.25, 0.75]))
    assert composite.scores(prepared, choice)[0, 1] == pytest.approx(0.25 * 50.5 + 0.75 * 100)


def test_a_gap_is_left_to_the_other_indicators_or_filled_from_similar_economies():
    values, indicators = made_up(economies=30, gaps=0.0)
    values.iloc[0, 0] = np.nan
    prepared = composite.prepare(values, indicators)
    available, median, neighbours = prepared.cube[0, :, 0, 0, 0]
    assert np.isnan(available)
    assert 1 <= median <= 100 and 1 <= neighbours <= 100
    assert np.isfinite(composite.scores(prepared, composite.reference_choice(prepared))).all()


def test_similar_economies_are_those_with_similar_values():
    values = np.array([[1.0, 1.0, np.nan], *[[1.0, 1.1, 7.0]] * 5, *[[9.0, 9.0, 50.0]] * 6])
    assert composite._impute(values, "neighbours")[0, 2] == pytest.approx(7.0)


def test_winsorising_and_logs_tame_an_outlier_and_leave_the_order():
    column = np.r_[np.arange(50.0), 10_000.0][:, None]
    winsorised, logged = composite._treat(column, "winsorise"), composite._treat(column, "log")
    assert winsorised.max() < 10_000
    assert (np.diff(logged[:, 0]) > 0).all()
    assert logged.max() / logged[-2, 0] < 100
    mirrored = composite._treat(-column, "log")[:, 0]
    assert mirrored == pytest.approx(-logged[:, 0])


def test_ranks_start_at_the_highest_value():
    found = composite.ranks(np.array([[3.0, 9.0, 5.0], [1.0, 2.0, 3.0]]))
    assert found.tolist() == [[3, 1, 2], [3, 2, 1]]


def test_coverage_rule_counts_all_indicators_and_each_dimension():
    more = Indicator("wealth", "Wealth", "poverty", -1)
    values = SMALL.assign(wealth=1.0)
    values.loc["CCC", "law"] = np.nan
    found = composite.coverage(values, (*TWO_DIMENSIONS, more))
    assert found.kept == ("AAA", "BBB")
    assert found.dropped == ("CCC",)
    assert found.minimum == 3
    assert found.counts.loc["CCC"].to_dict() == {"poverty": 3, "justice": 0, "all": 3}


def test_a_seed_makes_the_ranks_reproducible(drawn):
    values, indicators = made_up(economies=40)
    again = composite.composite(values, indicators, draws=2000)
    other = composite.composite(values, indicators, draws=2000, seed=88)
    assert np.array_equal(drawn.ranks, again.ranks)
    assert not np.array_equal(drawn.ranks, other.ranks)


def test_every_rank_has_an_interval(drawn):
    table = drawn.table
    assert table["rank"].tolist() == list(range(1, 41))
    assert ((table["low"] <= table["median"]) & (table["median"] <= table["high"])).all()
    assert (table["high"] - table["low"]).max() > 3
    assert (np.sort(drawn.ranks, axis=1) == np.arange(1, 41)).all()


def test_the_chance_to_be_among_the_highest_is_a_share_of_the_draws(drawn):
    first = drawn.table.index[0]
    assert drawn.chance_in_top(first, 40) == 1
    assert drawn.chance_in_top(first, 5) > drawn.chance_in_top(drawn.table.index[-1], 5)


def test_ten_thousand_draws_for_180_economies_take_under_four_seconds():
    values, indicators = made_up()
    start = time.process_time()
    composite.composite(values, indicators, draws=10_000)
    assert time.process_time() - start < 4


def test_a_choice_without_influence_has_no_sensitivity():
    values, indicators = made_up(economies=40, gaps=0.0)
    prepared = composite.prepare(values, indicators)
    found = composite.sensitivity(prepared, "C007", base=128)
    table = found.table.set_index(["output", "factor"])
    assert found.evaluations == 128 * 8
    assert set(table.index.get_level_values("output")) == {"mean shift in rank", "rank of C007"}
    assert table.loc[("mean shift in rank", "imputation"), "total"] == pytest.approx(0)
    assert table.loc[("mean shift in rank", "weights"), "total"] > 0.1


def test_sensitivity_is_reproducible():
    prepared = composite.prepare(*made_up(economies=20))
    first = composite.sensitivity(prepared, base=64).table
    pd.testing.assert_frame_equal(first, composite.sensitivity(prepared, base=64).table)


def test_agreement_of_an_order_with_itself_its_reverse_and_noise():
    order = pd.Series(np.arange(40.0), index=[f"C{i}" for i in range(40)])
    same = composite.agreement(order, order)
    assert (same.value, same.n) == pytest.approx((1, 40))
    assert composite.agreement(order, order, "kendall").value == pytest.approx(1)
    assert composite.agreement(order, -order).value == pytest.approx(-1)
    noise = pd.Series(np.random.default_rng(2).random(40), index=order.index)
    found = composite.agreement(order, noise)
    assert found.interval[0] < 0 < found.interval[1]
    tau = composite.agreement(order, noise, "kendall")
    assert tau.interval[0] < tau.value < tau.interval[1]
    assert abs(tau.value) < abs(found.value)


def test_agreement_leaves_out_what_is_missing_and_refuses_too_few():
    order = pd.Series(np.arange(12.0))
    gaps = order.where(order > 1)
    assert composite.agreement(order, gaps).n == 10
    with pytest.raises(ValueError, match="only 9 economies"):
        composite.agreement(order, order.where(order > 2))


def test_an_indicator_without_values_is_refused():
    values = SMALL.assign(law=[np.nan, np.nan, 1.0])
    with pytest.raises(ValueError, match="fewer than three values in law"):
        composite.prepare(values, TWO_DIMENSIONS)


def made_by_hand(emigration, money=50.0):
    """Three dimensions; the first economy's two low indicators of migration may be one."""
    described = (
        Indicator("law", "Law", "justice", 1),
        Indicator("voice", "Voice", "justice", 1),
        Indicator("money", "Money", "migration", 1),
        Indicator("moves", "Moves", "migration", 1),
        Indicator("poor", "Poor", "poverty", 1),
        Indicator("jobs", "Jobs", "poverty", 1),
    )
    rows = {
        "AAA": [90.0, 95.0, money, emigration, 38.0, 40.0],
        "BBB": [50.0, 50.0, 50.0, 50.0, 50.0, 50.0],
        "CCC": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        "DDD": [100.0, 100.0, 100.0, 100.0, 100.0, 100.0],
        "EEE": [50.0, 50.0, 50.0, 50.0, 50.0, 50.0],
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=[i.code for i in described])
    return composite.composite(frame, described, draws=50)


def test_dimensions_that_one_indicator_decides_between_are_both_named():
    found = composite.extremes(made_by_hand(5.0), "AAA")
    assert found.highest == ("justice",)
    assert found.lowest == ("poverty",), "migration is at the median without one of its indicators"
    found = composite.extremes(made_by_hand(5.0, money=45.0), "AAA")
    assert found.lowest == ("migration", "poverty")
    assert found.told()["lowest_dimension"] == "migration or poverty"


def test_a_rank_without_an_indicator_is_that_of_an_index_which_never_had_it():
    index = made_by_hand(5.0)
    found = index.rank_without("money", "AAA")
    at = [i.code for i in index.prepared.indicators].index("money")
    other = [i for i in index.prepared.indicators if i.code != "money"]
    values = np.delete(index.prepared.cube[composite.REFERENCE], at, axis=1)
    frame = pd.DataFrame(values, index=index.prepared.economies, columns=[i.code for i in other])
    never = composite.composite(frame, other, draws=50).of("AAA")["rank"]
    assert found["value"] == never != index.of("AAA")["rank"]
    assert found["interval"][0] <= found["value"] <= found["interval"][1]


def test_a_dimension_that_contradicts_itself_is_not_named():
    index = made_by_hand(5.0, money=45.0)
    assert composite.extremes(index, "AAA", skip=["migration"]).lowest == ("poverty",)


def test_more_than_two_dimensions_or_none_are_counted_and_not_named():
    found = composite.Extremes(("Justice",), ("migration", "poverty", "work")).told()
    assert found == {
        "highest_dimensions": 1,
        "highest_dimension": "justice",
        "lowest_dimensions": 3,
    }
    assert composite.Extremes((), ()).told() == {"highest_dimensions": 0, "lowest_dimensions": 0}


def test_what_is_known_of_one_economy(drawn):
    economy = drawn.table.index[0]
    found = drawn.of(economy)
    row = drawn.table.loc[economy]
    assert found["rank"] == 1
    assert found["own_width"] == row["high"] - row["low"]
    assert found["top_quarter_pct"] == 100 * drawn.chance_in_top(economy, len(drawn.table) // 4)


def test_widths_follow_the_order_of_the_medians(drawn):
    widths = drawn.widths()
    assert drawn.table.loc[widths.index, "median"].is_monotonic_increasing
    quarters = drawn.width_by_quarter()
    assert [*quarters][-1] == "last_quarter"
    assert quarters["last_quarter"] == widths.iloc[-(len(widths) // 4) :].median()


def test_shares_are_those_of_the_economy_or_of_the_mean_shift():
    prepared = composite.prepare(*made_up(economies=20))
    found = composite.sensitivity(prepared, "C007", base=64)
    for economy, output in (("C007", "rank of C007"), (None, "mean shift in rank")):
        share, low, high = found.shares(economy)
        assert [*share.columns] == ["total", "first"]
        assert "left_out" in share.index
        own = found.table[found.table["output"] == output].set_index("factor")
        assert share.loc["weights", "total"] == own.loc["weights", "total"]
        half = own.loc["left out", "first_half_width"]
        assert high.loc["left_out", "first"] - share.loc["left_out", "first"] == pytest.approx(half)
        assert (low <= high).all(axis=None)
    assert [*composite.FACTOR_WORDS] == [*share.index]
    assert len(composite.CHOICES) == len(composite.FACTORS)


def test_scores_stand_in_their_group_beside_its_median():
    groups = pd.Series(pd.Categorical(["b", "a", "b"], ["a", "b"]), ["X", "Y", "Z"])
    found = composite.scores_by_group(pd.Series({"X": 1.0, "Y": 2.0, "Z": 5.0}), groups)
    assert [*found.index] == ["a", "b"]
    assert found["median"].tolist() == [2, 3]
    assert found.loc["b", ["X", "Z"]].tolist() == [1, 5]
    assert np.isnan(found.loc["a", "X"])


def test_an_economy_is_told_what_it_lacks():
    found = composite.coverage(*made_up(economies=6))
    assert found.lacking("XXX").startswith("It is not among the 6 economies for which")
    own = found.counts.index[0]
    assert f"{found.counts.at[own, 'all']} of {found.indicators} indicators" in found.lacking(own)
