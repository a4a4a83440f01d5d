"""Exact intervals, censored counts, and the refusal to publish small cells."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from livingbrief.values.values import Values
from remitrisk.methods.counts import (
    CountBounds,
    DisclosureError,
    assert_publishable,
    equal_p,
    garwood,
    pool_classes,
    pooled,
    power,
    publishable,
    rate,
)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0, 3.6889), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)],
)
def test_the_garwood_interval_is_that_of_the_printed_tables(count, low, high) -> None:
    found = garwood(count)
    assert found.bounds == pytest.approx([low, high], abs=0.0006)
    assert stats.poisson.cdf(count, found.high) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("one", "other", "p"),
    [(3, 17, 2702 / 2**20), (17, 3, 2702 / 2**20), (10, 1, 24 / 2**11), (4, 4, 1), (0, 0, 1)],
)
def test_two_counts_are_compared_by_their_share_of_the_sum(one, other, p) -> None:
    assert equal_p(one, other) == pytest.approx(p)


@pytest.mark.parametrize(("times", "seen"), [(1, 0.05), (2, 0.334), (3, 0.829)])
def test_how_often_a_multiple_of_nine_is_seen(times, seen) -> None:
    first, second = (stats.poisson.pmf(range(70), 9 * by) for by in (1, times))
    drawn = sum(first[a] * second[b] for a in range(70) for b in range(70) if equal_p(a, b) <= 0.05)
    assert power(9, times) == pytest.approx(drawn, abs=1e-6)
    assert (
        power(9, times) <= 0.05 if times == 1 else power(9, times) == pytest.approx(seen, abs=1e-3)
    )
    with pytest.raises(ValueError, match="expected count of 0"):
        power(0, times)


@pytest.mark.parametrize("wrong", [True, float("nan"), -1, 2.5])
def test_what_is_no_count_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="is not a count"):
        garwood(wrong)
    with pytest.raises(ValueError, match="from 9 to 3 is none"):
        CountBounds(9, 3)


def test_a_rate_scales_the_interval_of_its_count() -> None:
    found = rate(CountBounds(197, 197), 591_211)
    assert found.estimate == pytest.approx(3.3321, abs=1e-4)
    assert found.low == pytest.approx(garwood(197).low * 10_000 / 591_211)
    between = rate(CountBounds(1, 4), 10_000)
    assert (between.low, between.high) == pytest.approx((garwood(1).low, garwood(4).high))
    with pytest.raises(ValueError, match="exposure"):
        rate(CountBounds(3, 3), 0)


def test_a_small_cell_is_refused_and_its_value_is_not_told() -> None:
    table = pd.Series({"forced labour": 13, "sexual exploitation": 4})
    with pytest.raises(DisclosureError, match="'sexual exploitation' is under 10") as caught:
        assert_publishable(table, "Detected people by purpose in 2023")
    assert "4" not in str(caught.value)
    assert "Detected people by purpose in 2023 may not be published" in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        ({"women": 12, "men": 0}, None),
        ({"women": 12}, 15),
        ({"women": 12}, 12),
        ({"RUS": 550, "KAZ": 540}, 1091),
        ({"a": 40, "b": 20, "c": np.nan}, 64),
    ],
)
def test_a_small_cell_is_refused_that_is_printed_or_left_by_a_total(cells, total) -> None:
    assert not publishable(pd.Series(cells), total=total)
    assert publishable(pd.Series({"women": 12}), total=30)
    assert publishable(pd.Series({"RUS": 550, "KAZ": 540}), total=1090)


def test_cells_that_exceed_their_total_are_an_error() -> None:
    with pytest.raises(ValueError, match="more than their total"):
        publishable(pd.Series({"a": 40, "b": 20}), total=50)


def test_classes_are_pooled_until_no_cell_is_small() -> None:
    counts = pd.Series({"Bishkek": 37, "Batken": 4, "Chui": 39, "Naryn": 2, "Osh": 18})
    pooled = pool_classes(counts, total=104, into="elsewhere")
    assert pooled is not None
    assert pooled.to_dict() == {"Bishkek": 37, "Chui": 39, "Osh": 18, "elsewhere": 10}
    assert publishable(pooled, total=104)

    small = pool_classes(pd.Series({"TUR": 195, "KAZ": 35, "FIN": 2}), into="other countries")
    assert small is not None, "the next class is taken in"
    assert small.to_dict() == {"TUR": 195, "other countries": 37}


def test_a_split_that_cannot_be_saved_is_not_returned() -> None:
    assert pool_classes(pd.Series({"women": 6, "men": 5})) is None
    assert pool_classes(pd.Series({"women": 60, "men": 5})) is None


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
