"""Slices of the statistical office's table."""

import pandas as pd
import pytest

from livingbrief.values.values import Values
from remitrisk.methods.breakdowns import among_highest, breakdown, headline
from remitrisk.printings import BREAKDOWNS


def _row(year: int, value: float, series: str | None = None, **groups: str) -> dict[str, object]:
    empty = dict.fromkeys(BREAKDOWNS)
    return {"indicator": "poverty", "series": series, "year": year, "value": value} | empty | groups


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        [
            _row(2021, 33.3),
            _row(2022, 33.2),
            _row(2021, 33.3, urbanisation="Urban"),
            _row(2021, 33.2, urbanisation="Rural"),
            _row(2022, 34.0, urbanisation="Urban"),
            _row(2022, 26.6, area="Osh (city)"),
            _row(2022, 25.0, area="Osh (city)", sex="Female"),
            _row(2022, 9.3, series="below 50 percent of median income"),
            _row(2021, 6512, series="median monthly income"),
        ]
    )


def test_a_breakdown_leaves_out_finer_and_coarser_rows(table: pd.DataFrame) -> None:
    found = breakdown(table, "poverty", "urbanisation")
    assert list(found.columns) == ["urban", "rural"]
    assert found.loc[2021].to_dict() == {"urban": 33.3, "rural": 33.2}
    assert pd.isna(found.loc[2022, "rural"])
    assert breakdown(table, "poverty", "area").to_dict() == {"Osh city": {2022: 26.6}}
    assert breakdown(table, "poverty", "sex", area="Osh (city)").to_dict() == {"women": {2022: 25}}


def test_the_headline_is_the_row_without_any_breakdown(table: pd.DataFrame) -> None:
    assert headline(table, "poverty").to_dict() == {2021: 33.3, 2022: 33.2}
    assert headline(table, "poverty", last_year=2021).to_dict() == {2021: 33.3}
    assert headline(table, "poverty", series="50 percent").to_dict() == {2022: 9.3}


def test_two_series_under_one_indicator_are_not_mixed(table: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="name the series"):
        headline(table, "poverty", series="median")


def test_a_breakdown_that_the_table_does_not_have_is_named(table: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="religion is not a breakdown"):
        breakdown(table, "poverty", "religion")
    assert breakdown(table, "poverty", "education").empty
    assert headline(table, "hunger").empty


def test_a_group_among_the_highest_in_each_year_since_the_same_are_printed() -> None:
    one = {"a": [9, 9, 9, 1], "b": [1, 5, 6, 9], "c": [5, 4, 6, 5], "d": [None, 3, 3, 3]}
    frame = pd.DataFrame(one, index=[2019, 2020, 2021, 2022])
    assert among_highest(Values.of(frame), first=3) == (["b", "c"], [2020, 2021, 2022])
    # Level with each other in 2021: neither is second.
    assert among_highest(Values.of(frame), first=2)[0] == []
    assert among_highest(Values.of(frame.drop(index=2021)))[1] == [2022]
