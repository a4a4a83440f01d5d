"""Exact intervals, censored counts, and the refusal to publish small cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from livingbrief.values.values import Values
from remitrisk.methods.counts import (
    CountBounds,
    DisclosureError,
    assert_publishable,
    exact,
    garwood,
    pool_classes,
    pooled,
    publishable,
    rate,
)


@pytest.mark.parametrize("count", [1, 3, 9, 17, 30, 162])
def test_the_garwood_interval_equals_the_chi_square_formula(count: int) -> None:
    found = garwood(count)
    assert found.low == pytest.approx(stats.chi2.ppf(0.025, 2 * count) / 2, rel=1e-12)
    assert found.high == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)]
)
def test_the_garwood_interval_is_that_of_the_printed_tables(count, low, high) -> None:
    assert garwood(count).bounds == pytest.approx([low, high], abs=0.0006)


def test_the_garwood_bounds_are_the_means_at_which_the_tails_hold_the_error() -> None:
    found = garwood(9)
    assert stats.poisson.sf(8, found.low) == pytest.approx(0.025)
    assert stats.poisson.cdf(9, found.high) == pytest.approx(0.025)


def test_a_count_of_zero_still_allows_up_to_the_rule_of_three_point_seven() -> None:
    found = garwood(0)
    assert found.low == 0
    assert found.high == pytest.approx(-np.log(0.025))


@pytest.mark.parametrize("bad", [-1, 2.5])
def test_what_is_not_a_count_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="not a count"):
        garwood(bad)  # type: ignore[arg-type]


def test_a_rate_scales_the_interval_of_its_count() -> None:
    found = rate(CountBounds(197, 197), 591_211)
    assert found.estimate == pytest.approx(3.3321, abs=1e-4)
    assert found.low == pytest.approx(garwood(197).low * 10_000 / 591_211)
    with pytest.raises(ValueError, match="exposure"):
        rate(CountBounds(3, 3), 0)


def test_a_rate_of_a_count_known_as_an_interval_spans_both_ends() -> None:
    found = rate(CountBounds(1, 4), 10_000)
    assert found.low == pytest.approx(garwood(1).low)
    assert found.high == pytest.approx(garwood(4).high)


def test_a_small_cell_is_refused_and_its_value_is_not_told() -> None:
    table = pd.Series({"forced labour": 13, "sexual exploitation": 4})
    with pytest.raises(DisclosureError, match="'sexual exploitation' is under 10") as caught:
        assert_publishable(table, "Detected people by purpose in 2023")
    assert "4" not in str(caught.value)
    assert "Detected people by purpose in 2023 may not be published" in str(caught.value)


def test_a_zero_is_a_small_cell() -> None:
    assert not publishable(pd.Series({"women": 12, "men": 0}))


def test_a_complement_that_can_be_subtracted_is_refused() -> None:
    assert not publishable(pd.Series({"women": 12}), total=15)
    assert not publishable(pd.Series({"women": 12}), total=12)
    assert publishable(pd.Series({"women": 12}), total=30)


def test_a_remainder_of_the_total_is_refused() -> None:
    assert not publishable(pd.Series({"RUS": 550, "KAZ": 540}), total=1091)
    assert publishable(pd.Series({"RUS": 550, "KAZ": 540}), total=1090)


def test_a_suppressed_cell_that_the_total_gives_away_is_refused() -> None:
    assert not publishable(pd.Series({"a": 40, "b": 20, "c": np.nan}), total=64)


def test_cells_that_exceed_their_total_are_an_error() -> None:
    with pytest.raises(ValueError, match="more than their total"):
        publishable(pd.Series({"a": 40, "b": 20}), total=50)


def test_classes_are_pooled_until_no_cell_is_small() -> None:
    counts = pd.Series({"Bishkek": 37, "Batken": 4, "Chui": 39, "Naryn": 2, "Osh": 18})
    pooled = pool_classes(counts, total=104, into="elsewhere")
    assert pooled is not None
    assert pooled.to_dict() == {"Bishkek": 37, "Chui": 39, "Osh": 18, "elsewhere": 10}
    assert publishable(pooled, total=104)


def test_a_pool_that_stays_small_takes_the_next_class_in() -> None:
    pooled = pool_classes(pd.Series({"TUR": 195, "KAZ": 35, "FIN": 2}), into="other countries")
    assert pooled is not None
    assert pooled.to_dict() == {"TUR": 195, "other countries": 37}


def test_a_split_that_cannot_be_saved_is_not_returned() -> None:
    assert pool_classes(pd.Series({"women": 6, "men": 5})) is None
    assert pool_classes(pd.Series({"women": 60, "men": 5})) is None


def test_counts_have_exact_ends_and_gaps_have_none():
    found = Values.of({"detected": {2022: 3.0, 2023: None}})
    low, high = exact(found)
    assert low.cell(2022).value == garwood(3).low and high.cell(2022).value == garwood(3).high
    assert low.years == [2022]


def test_a_pool_adds_up_and_has_no_small_cell():
    frame = pd.DataFrame(
        {"purpose": ["a", "b"], "persons": [18, 28], "first_year": 2019, "last_year": 2020}
    )
    frame.attrs["source"] = {"source": "An office", "vintage": "2025-01-01"}
    whole = Values.of({"detected": {2018: 9.0, 2019: 20.0, 2020: 26.0}})
    pool = pooled(frame, whole, ["x", "y"])
    assert pool.series.to_dict() == {"x": 18.0, "y": 28.0} and pool.unit == "persons"
    assert pool.sources == (frame.attrs["source"],)
    with pytest.raises(DisclosureError):
        pooled(frame.assign(persons=[3, 43]), whole, ["x", "y"])


@pytest.mark.parametrize("wrong", [True, float("nan"), -1, 2.5])
def test_what_is_no_count_has_no_interval(wrong) -> None:
    with pytest.raises(ValueError, match="is not a count"):
        garwood(wrong)


def test_bounds_of_a_count_stand_in_their_order() -> None:
    with pytest.raises(ValueError, match="from 9 to 3 is none"):
        CountBounds(9, 3)
