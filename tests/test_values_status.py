"""Status and sources go through every operation: the weaker status wins, sources are joined."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from livingbrief.errors import BuildError
from livingbrief.values.values import STATUSES, Values, join

pytestmark = pytest.mark.core

A = {"source": "a bank", "vintage": "2026-04-01"}
B = {"source": "an office", "vintage": "2025-08-15"}
KINDS = STATUSES[2:6]
NAN = float("nan")


def weaker(*statuses):
    return max(statuses, key=STATUSES.index)


def one(numbers, status="final", sources=(A,), name="x", unit="US$", first=2020):
    years = range(first, first + len(numbers))
    told = status if isinstance(status, str) else pd.Series(dict(zip(years, status, strict=True)))
    series = pd.Series(numbers, index=years, name=name, dtype=float)
    return Values.of(series, status=told, sources=sources, unit=unit, label=f"the {name}")


PAIRS = list(product(KINDS, KINDS))
TWO = {
    "sum": lambda a, b: a + b,
    "difference": lambda a, b: a - b,
    "product": lambda a, b: a * b,
    "ratio": lambda a, b: a / b,
    "share": lambda a, b: a.share_of(b),
    "map": lambda a, b: a.map(lambda x, y: x + 2 * y, b),
    "on": lambda a, b: a.on(b),
}


@pytest.mark.parametrize("name", TWO)
def test_of_two_parts_the_weaker_status_wins_and_both_sources_are_named(name):
    rows = len(PAIRS)
    a = one(range(1, rows + 1), [p[0] for p in PAIRS])
    b = one(range(2, rows + 2), [p[1] for p in PAIRS], (B, A), name="y")
    found = TWO[name](a, b)
    assert found.status.iloc[:, 0].tolist() == [weaker(*p) for p in PAIRS]
    assert found.sources == (A, B)
    assert found.names == ["x"] and found.about["x"].label == "the x"


@pytest.mark.parametrize("name", ["sum", "difference", "product", "ratio", "share"])
def test_a_row_that_one_part_lacks_has_neither_number_nor_status(name):
    a, b = one([1, 2, 3], "estimate"), one([5, 6], "estimate", first=2021, name="y")
    found = TWO[name](a, b)
    assert found.status["x"].tolist() == ["", "estimate", "estimate"]
    assert TWO[name](b, a).rows == [2020, 2021, 2022]


@pytest.mark.parametrize("name", TWO)
def test_an_empty_part_leaves_nothing_and_stops_nothing(name):
    nothing = Values.of({"y": {}})
    found = TWO[name](one([1, 2], "estimate"), nothing)
    assert bool(found) is (name == "on")
    assert found.sources == ((A,) if name == "on" else ())
    assert not TWO[name](nothing, one([1, 2]))


CHANGES = {
    "change": lambda v: v.change(),
    "log_change": lambda v: v.log_change(),
    "points": lambda v: v.called(unit="percent").change(),
}


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_change_has_the_weaker_status_of_its_two_ends(before, after):
    for change in CHANGES.values():
        found = change(one([100, 110], [before, after]))
        assert found.status["x"].tolist() == ["", weaker(before, after)]
        assert found.about["x"].signed
        assert not (found + one([1, 2])).about["x"].signed
    found = one([100, 90, 80], [before, "estimate", after]).change_since(2020)
    assert found.series.to_dict() == pytest.approx({2021: -10, 2022: -20})
    assert found.status["x"].tolist() == ["estimate", weaker(before, after)]
    assert not one([100, 90]).change_since(2019)


def test_a_year_whose_predecessor_is_missing_has_no_change_and_categories_follow_their_order():
    gap = one([1, 2, 4]).at([2020, 2022])
    assert not gap.change()
    ages = Values.of(pd.Series({"5-11": 10.0, "12-14": 15.0}, name="x"), rows="age")
    assert ages.change().series.to_dict() == {"12-14": pytest.approx(50)}


@pytest.mark.parametrize(
    ("values", "operation", "expected"),
    [
        ([-10, 20, 30], "change", ["", "no_data", "final"]),
        ([0, 20, NAN], "change", ["", "no_data", ""]),
        ([10, -20, 30], "log_change", ["", "no_data", "no_data"]),
        ([-10, 20, 30], "points", ["", "final", "final"]),
    ],
)
def test_a_percentage_of_no_positive_base_is_no_number_that_is_still_to_come(
    values, operation, expected
):
    found = CHANGES[operation](one(values))
    assert found.status["x"].tolist() == expected
    assert found.at([2020, 2021]).status["x"].tolist() == expected[:2]
    assert join(found, one([1, 1, 1], name="y")).status["x"].tolist() == expected


def test_the_change_of_a_percentage_is_in_points_and_of_all_else_in_per_cent():
    found = join(one([20, 22], unit="percent"), one([20, 22], name="y")).change()
    assert [c.unit for c in found.about.values()] == ["percentage points", "percent"]
    assert found.frame.loc[2021].tolist() == pytest.approx([2, 10])


def test_selecting_joining_and_naming_keep_what_belongs_to_each_column():
    both = join(one([1, 2], ["final", "estimate"]), one([3, 4], "provisional", (B,), name="y"))
    assert both["y"].sources == (B,) and both.sources == (A, B)
    assert both[["y", "x"]].status.loc[2021].tolist() == ["provisional", "estimate"]
    assert both.drop("y").names == ["x"]
    assert both.at([2021, 1999]).rows == [2021]
    assert both.span(2021).weakest == "estimate" and both.at([2020]).weakest == "provisional"
    assert [v.names for v in both] == [["x"], ["y"]]
    assert both["x"].named("z", "a label").about["z"].label == "a label"
    renamed = both.called({"x": "ex"}, names={"y": "why"}, unit="persons", sources=[B])
    assert renamed.names == ["x", "why"] and renamed.unit == "persons"
    assert renamed.about["x"][:4] == ("persons", "ex", (B,), False)
    with pytest.raises(BuildError, match="same name"):
        join(both, both["x"])
    with pytest.raises(BuildError, match=r"no column 'ys'.* Did you mean 'y'"):
        both["ys"]


def test_what_is_masked_or_unknown_has_no_status_and_its_source_is_not_named():
    both = join(one([1, 20], "estimate"), one([2, 3], name="y", sources=(B,)))
    kept = both.where(lambda frame: frame > 10)
    assert kept.status.to_numpy().tolist() == [["", ""], ["estimate", ""]]
    assert kept.sources == (A,)
    assert kept.known().rows == [2021] and kept.known().names == ["x"]
    assert "x" in kept and "y" not in kept


def test_another_unit_divides_and_a_product_has_none_until_it_is_named():
    dollars = one([2e9])
    assert dollars.per(1e9, "US$ billion").cell(2020) == (2020, 2.0, "final", (A,), "US$ billion")
    assert (dollars + one([1], name="y")).unit == "US$"
    assert (dollars * one([1], name="y")).unit == ""
    assert (dollars * 2).unit == "US$"
    none_follows = one([1, 1], "estimate") / one([0, 2], name="y")
    assert none_follows.status["x"].tolist() == ["no_data", "estimate"]


def test_what_a_function_computed_takes_status_by_row_and_sources():
    level = Values.of(pd.Series({2019: 0.9, 2020: 1.0}, name="level"))
    found = level.on(one([5], "provisional"), one([5, 5], "estimate", (B,), first=2019))
    assert found.status["level"].tolist() == ["estimate", "estimate"]
    assert found.sources == (A, B)


def test_a_cell_brings_its_row_status_and_sources():
    found = one([1, 2, NAN], ["final", "estimate", "final"]).cell(2021)
    assert found == (2021, 2.0, "estimate", (A,), "US$")
    assert np.isnan(one([1]).cell(1999).value)


def test_rows_of_dates_stand_in_order_and_names_as_they_come():
    early = Values.of(pd.Series({2019: 1.0}, name="a"))
    assert join(one([1]), early).rows == [2019, 2020]
    names = [Values.of(pd.Series({k: 1.0}, name=k)) for k in ("Osh", "Batken")]
    assert join(*names).rows == ["Osh", "Batken"]


def test_what_makes_no_sense_stops():
    with pytest.raises(BuildError, match="status 'guess' is not one of"):
        one([1], "guess")
    with pytest.raises(BuildError, match="cannot have the status 'no_data'"):
        one([1], "no_data")
    with pytest.raises(BuildError, match="twice"):
        Values.of(pd.Series([1.0, 2.0], index=[2020, 2020]))
    with pytest.raises(BuildError, match="one column is wanted"):
        _ = join(one([1]), one([1], name="y")).series
    with pytest.raises(BuildError, match="columns differ"):
        join(one([1]), one([1], name="y")) + join(one([1]), one([1], name="z"))


def test_the_longest_run_of_years_is_selected_the_last_of_those_as_long():
    years = pd.Index([2005, 2006, 2008, 2009, 2012], name="year")
    values = Values.of(pd.Series(range(5), index=years, name="a", dtype=float))
    assert values.unbroken().rows == [2008, 2009]
    assert not values.where(values.frame < 0).unbroken().rows
