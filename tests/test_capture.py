"""Multiple-systems estimation reproduces published totals and refuses what it cannot use."""

import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from remitrisk.methods import capture

pytestmark = pytest.mark.core

UK_SIX = {
    "LA": 54, "NG": 463, "PF": 907, "GO": 695, "GP": 316, "NCA": 57, "LA+NG": 15, "LA+PF": 19,
    "LA+GO": 3, "NG+PF": 56, "NG+GO": 19, "NG+GP": 1, "NG+NCA": 3, "PF+GO": 69, "PF+GP": 10,
    "PF+NCA": 31, "GO+GP": 8, "GO+NCA": 6, "GP+NCA": 1, "LA+NG+PF": 1, "LA+NG+GO": 1,
    "NG+PF+GO": 4, "NG+PF+NCA": 3, "PF+GO+NCA": 1, "LA+NG+PF+GO": 1,
}  # fmt: skip
NO_IDENTIFICATION = {"A": 40, "B": 30, "C": 20, "A+B": 6}


def merged(counts, *, into, lists):
    """Lists merged into one, as the five-list version of the United Kingdom does."""
    result = {}
    for key, count in counts.items():
        members = [into if name in lists else name for name in key.split("+")]
        joined = "+".join(sorted(set(members)))
        result[joined] = result.get(joined, 0) + count
    return result


UK_FIVE = merged(UK_SIX, into="PFNCA", lists=("PF", "NCA"))


@pytest.mark.parametrize("rule", ["poisson_tail", "deviance_wald"])
@pytest.mark.parametrize(
    ("lists", "total", "low", "high"),
    [(UK_SIX, 11_418, 9_977, 13_146), (UK_FIVE, 11_313, 9_884, 13_027)],
)
def test_united_kingdom_2013_is_reproduced(rule, lists, total, low, high):
    found = capture.stepwise(capture.overlaps(lists), 0.02, rule)
    assert found.n == 2744
    assert found.total == pytest.approx(total, abs=1)
    assert found.interval == pytest.approx((low, high), abs=1)


@pytest.mark.parametrize(
    ("rule", "threshold", "total"),
    [
        ("poisson_tail", 0.01, 12_350),
        ("poisson_tail", 0.001, 13_181),
        ("deviance_wald", 0.01, 12_350),
        ("deviance_wald", 0.001, 14_218),
        ("deviance_lr", 0.001, 12_350),
        ("smallest_wald", 0.02, 23_690),
    ],
)
def test_the_estimate_moves_with_the_threshold_and_with_the_reading_of_stepwise(
    rule, threshold, total
):
    found = capture.stepwise(capture.overlaps(UK_SIX), threshold, rule)
    assert found.total == pytest.approx(total, abs=1)


def test_sweep_shows_one_row_for_each_rule_and_threshold():
    swept = capture.sweep(
        capture.overlaps(UK_SIX), [0.02, 0.001], ["poisson_tail", "deviance_wald"]
    )
    assert swept["total"].round().tolist() == [11_418, 13_181, 11_418, 14_218]
    assert swept["interactions"].tolist() == [7, 5, 7, 2]


def fit(data, pairs=()):
    """Fit one named model: all lists, and the given pairs depending on each other."""
    chosen = [tuple(sorted(data.names.index(name) for name in pair)) for pair in pairs]
    return capture._estimate(data, capture._fit(data, data.counts, chosen), chosen, 0.95)


def test_two_lists_give_lincoln_and_petersen():
    found = fit(capture.overlaps({"A": 30, "B": 50, "A+B": 10}))
    assert found.total == pytest.approx(40 * 60 / 10)


def test_three_lists_with_all_interactions_give_the_closed_form():
    counts = {"A": 40, "B": 35, "C": 50, "A+B": 10, "A+C": 12, "B+C": 8, "A+B+C": 5}
    data = capture.overlaps(counts)
    found = fit(data, [("A", "B"), ("A", "C"), ("B", "C")])
    assert found.total == pytest.approx(data.n + 40 * 35 * 50 * 5 / (10 * 12 * 8))


def test_a_model_agrees_with_statsmodels():
    data = capture.overlaps(UK_SIX)
    found = fit(data, [("PF", "NCA"), ("LA", "NG")])
    x = np.column_stack(
        [data.histories, data.on_both((2, 5)).astype(float), data.on_both((0, 1)).astype(float)]
    )
    reference = sm.GLM(data.counts, sm.add_constant(x), family=sm.families.Poisson()).fit()
    low, high = reference.conf_int()[0]
    assert found.deviance == pytest.approx(reference.deviance)
    assert found.total == pytest.approx(data.n + np.exp(reference.params[0]))
    assert found.interval == pytest.approx((data.n + np.exp(low), data.n + np.exp(high)))


def test_a_pair_without_overlap_leaves_the_likelihood_and_the_rest_is_estimated():
    found = fit(capture.overlaps(NO_IDENTIFICATION), [("A", "C"), ("B", "C")])
    assert found.total == pytest.approx(96 + 40 * 30 / 6)


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([("A", "B"), ("A", "C"), ("B", "C")], "not identified"),
        ([("A", "B")], "does not exist"),
    ],
)
def test_a_model_without_an_estimate_says_so(pairs, reason):
    with pytest.raises(capture.NotEstimable, match=reason):
        fit(capture.overlaps(NO_IDENTIFICATION), pairs)


def test_independent_lists_recover_the_population():
    shares, population = (0.3, 0.4, 0.5, 0.35), 20_000
    counts = {}
    for on in itertools.product([0, 1], repeat=4):
        if any(on):
            chance = np.prod([s if o else 1 - s for s, o in zip(shares, on, strict=True)])
            name = "+".join(n for n, o in zip("ABCD", on, strict=True) if o)
            counts[name] = round(population * chance)
    found = capture.stepwise(capture.overlaps(counts), 0.02)
    assert found.pairs == ()
    assert found.total == pytest.approx(population, rel=0.001)


def test_bootstrap_repeats_the_search_and_its_seed_fixes_it():
    data = capture.overlaps(UK_SIX)
    first = capture.bootstrap(data, draws=60, seed=1)
    again = capture.bootstrap(data, draws=60, seed=1)
    other = capture.bootstrap(data, draws=60, seed=2)
    conditional = capture.stepwise(data).interval
    assert np.array_equal(first.totals, again.totals)
    assert not np.array_equal(first.totals, other.totals)
    assert first.interval[1] - first.interval[0] > conditional[1] - conditional[0]
    assert first.same_model < 1
    assert first.failed == 0
    assert first.bounded


@pytest.mark.parametrize(
    "lists",
    [UK_SIX, {"A": 40, "B": 30, "C": 20, "A+B": 1}, {"A": 9, "B": 8, "C": 7, "A+B": 4, "B+C": 3}],
)
def test_many_tables_at_once_find_the_models_that_they_find_one_by_one(lists):
    data = capture.overlaps(lists)
    rng = np.random.default_rng(5)
    tables = rng.multinomial(data.n, data.counts / data.n, size=60).astype(float)
    totals, chosen = capture.search_many(data, tables, 0.02)
    for table, total, pairs in zip(tables, totals, chosen, strict=True):
        try:
            found, search = capture._search(data, table, 0.02, "poisson_tail")
        except capture.NotEstimable:
            assert np.isinf(total)
        else:
            assert total == pytest.approx(capture._total(table.sum(), found), rel=1e-6)
            assert {data.pairs[k] for k in np.flatnonzero(pairs)} == set(search)


def test_a_list_that_a_draw_leaves_empty_does_not_take_the_estimate_with_it():
    data = capture.overlaps({"A": 0, "B": 0, "C": 0, "A+B": 0}, ["A", "B", "C"])
    table = capture.overlaps({"A": 30, "B": 50, "A+B": 10}, ["A", "B", "C"]).counts
    (total,), chosen = capture.search_many(data, table[None], 0.02)
    assert total == pytest.approx(40 * 60 / 10)
    assert not chosen.any()


def test_draws_without_an_estimate_count_as_infinite():
    # The one person on two lists is missing from (90/91)**91 = 36.6 % of the draws.
    few = capture.bootstrap(capture.overlaps({"A": 40, "B": 30, "C": 20, "A+B": 1}), draws=2000)
    assert few.failed / few.draws == pytest.approx((90 / 91) ** 91, abs=0.03)
    assert few.failed == np.count_nonzero(np.isinf(few.totals))
    assert few.interval[0] < 1000
    assert few.interval[1] == np.inf
    assert not few.bounded
    enough = capture.bootstrap(
        capture.overlaps({"A": 40, "B": 30, "C": 20, "A+B": 6, "B+C": 5}), draws=2000
    )
    assert enough.failed < 0.025 * enough.draws
    assert enough.bounded


def test_totals_and_depth_of_overlap():
    data = capture.overlaps(UK_SIX)
    assert data.totals["PF"] == 1102
    assert data.by_number_of_lists == {1: 2492, 2: 241, 3: 10, 4: 1, 5: 0, 6: 0}


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_of_an_agency_is_read(tmp_path):
    rows = "\n".join(f"{key},{count}" for key, count in UK_SIX.items())
    data = capture.read_lists(write(tmp_path / "lists.csv", f"lists,count\n{rows}\n"))
    assert data.names == ("LA", "NG", "PF", "GO", "GP", "NCA")
    assert capture.stepwise(data).total == pytest.approx(11_418, abs=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lists,number\nA,3\n", "column count is missing"),
        ("lists,count,passport\nA,3,AN1\n", "passport is about persons"),
        ("lists,count\nA,3\nA+B,<5\n", "line 3: count '<5' is no whole number"),
        ("lists,count\nA,3\nB,-1\n", "line 3: count '-1' is no whole number"),
        ("lists,count\nA+B,3\nB+A,4\n", "line 3: 'B\\+A' stands in line 2 already"),
        ("lists,count\nA+A,3\n", "line 2: a list stands twice"),
        ("lists,count\nA+,3\n", "line 2: empty list name"),
        ("lists,count\nA,30\nB,20\nA+B,4\n", "2 lists; at least three"),
        ("lists,count\nA,30\nB,20\nC,4\n", "nobody is on two lists"),
        ("", "is no CSV table"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_fault(tmp_path, text, message):
    with pytest.raises(capture.ListsError, match=message):
        capture.read_lists(write(tmp_path / "lists.csv", text))


def test_all_faults_stand_in_one_message(tmp_path):
    path = write(tmp_path / "lists.csv", "lists,count\nA+A,3\nB,x\n")
    with pytest.raises(capture.ListsError, match=r"line 2: .*line 3: "):
        capture.read_lists(path)


def test_a_list_left_out_takes_only_its_own_people_with_it():
    data = capture.overlaps(UK_SIX)
    rest = capture.leave_out(data, "NCA")
    assert rest.names == ("LA", "NG", "PF", "GO", "GP")
    assert rest.n == data.n - UK_SIX["NCA"]
    assert rest.totals == {k: v for k, v in data.totals.items() if k != "NCA"}
    with pytest.raises(capture.ListsError, match="unknown list XX"):
        capture.leave_out(data, "XX")


def test_a_column_of_a_table_serves_as_well():
    column = pd.DataFrame({"lists": list(UK_SIX), "count": UK_SIX.values()}).set_index("lists")
    assert capture.overlaps(column["count"]).n == 2744


def test_a_combination_in_two_orders_is_refused():
    with pytest.raises(capture.ListsError, match="given twice"):
        capture.overlaps({"A+B": 3, "B+A": 2})


def test_an_unknown_rule_is_named():
    data = capture.overlaps(UK_SIX)
    with pytest.raises(ValueError, match="unknown rule 'aic'"):
        capture.stepwise(data, 0.02, "aic")


@pytest.mark.parametrize("count", [30.9, -1, float("nan"), float("inf")])
def test_a_count_that_is_no_number_of_people_is_refused(count):
    with pytest.raises(capture.ListsError, match="no whole number of people"):
        capture.overlaps({"A": count, "B": 20, "A+B": 4})


def test_a_whole_number_in_any_type_is_a_count():
    data = capture.overlaps({"A": 30.0, "B": np.int64(20), "A+B": 4})
    assert data.n == 54
