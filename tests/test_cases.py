"""Margins of the assisted, world detections, and rates over denominators that disagree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from remitrisk.methods.cases import (
    REST,
    assisted_total,
    balanced_panel,
    flags,
    in_words,
    margin,
    more,
    other_purposes,
    per_migrants,
    printed_years,
    profile,
)
from remitrisk.methods.counts import CountBounds, publishable


@pytest.fixture
def margins() -> pd.DataFrame:
    rows = [
        ("KGZ", "total_rows", None, 2260),
        ("KGZ", "CountryOfExploitation", "not_recorded", 1000),
        ("KGZ", "CountryOfExploitation", "RUS", 550),
        ("KGZ", "CountryOfExploitation", "KAZ", 540),
        ("KGZ", "CountryOfExploitation", "TUR", 125),
        ("KGZ", "CountryOfExploitation", "KGZ", 44),
        ("KGZ", "isForcedLabour", "1", 929),
        ("KGZ", "isSexualExploit", "1", 78),
        ("TJK", "total_rows", None, 610),
        ("TJK", "majorityStatusAtExploit", "not_recorded_or_suppressed", 610),
        ("TJK", "isForcedLabour", "1", 605),
    ]
    return pd.DataFrame(rows, columns=["citizenship", "variable", "value", "n_synthetic_rows"])


def test_years_are_read_from_a_list_and_told_in_runs() -> None:
    assert printed_years("2009, 2013-2016") == [2009, 2013, 2014, 2015, 2016]
    assert in_words([2007, 2008, 2009, 2010, 2015]) == "2007 to 2010 and 2015"
    assert in_words(printed_years("2015, 2018-2022")) == "2015 and 2018 to 2022"
    assert in_words([2013]) == "2013"


def test_one_count_is_more_than_another_only_beyond_chance() -> None:
    assert more(CountBounds(104, 104), CountBounds(44, 44))
    assert not more(CountBounds(9, 9), CountBounds(6, 6))
    assert not more(CountBounds(41, 300), CountBounds(41, 62))


def test_a_margin_adds_up_to_the_total_and_hides_what_the_publisher_hid(
    margins: pd.DataFrame,
) -> None:
    found = margin(margins, "KGZ", "CountryOfExploitation")
    assert found is not None
    assert found.to_dict() == {"RUS": 550, "KAZ": 540, "TUR": 125, "KGZ": 44, REST: 1001}
    assert publishable(found, total=assisted_total(margins, "KGZ"))


def test_a_variable_without_a_class_has_no_margin(margins: pd.DataFrame) -> None:
    assert margin(margins, "TJK", "majorityStatusAtExploit") is None
    assert margin(margins, "ARM", "gender") is None
    assert assisted_total(margins, "ARM") == 0


def test_a_flag_with_a_small_complement_is_left_out(margins: pd.DataFrame) -> None:
    assert flags(margins, "KGZ", "is").to_dict() == {"ForcedLabour": 929, "SexualExploit": 78}
    assert flags(margins, "TJK", "is").empty


def test_a_purpose_that_is_not_printed_was_recorded_fewer_than_ten_times(
    margins: pd.DataFrame,
) -> None:
    assert other_purposes(margins, "KGZ") == 9
    margins.loc[len(margins)] = ["KGZ", "isOtherExploit", "1", 30]
    assert other_purposes(margins, "KGZ") == 30


def test_the_balanced_panel_drops_countries_that_miss_a_year() -> None:
    totals = pd.DataFrame(
        {
            "iso3": ["A", "A", "B", "B", "C"],
            "year": [2019, 2020, 2019, 2020, 2019],
            "value": [10.0, 8.0, 5.0, np.nan, 100.0],
        }
    )
    sums, countries = balanced_panel(totals, [2019, 2020])
    assert sums.to_dict() == {2019: 10, 2020: 8}
    assert countries == 1


def test_a_rate_moves_with_the_edition_of_its_denominator() -> None:
    cases = pd.Series({"RUS": 197, "TUR": 20, "XXX": 3})
    stocks = pd.DataFrame(
        {"RUS": [591_211, 333_664], "TUR": [2_662, 44_361]}, index=["2019", "2024"]
    )
    rates = per_migrants(cases, stocks)
    assert list(rates.columns) == ["RUS", "TUR"]
    assert rates.loc["2019", "TUR"] > rates.loc["2019", "RUS"]
    assert rates.loc["2024", "TUR"] < rates.loc["2024", "RUS"]
    assert rates.loc["2019", "RUS"] == pytest.approx(3.332, abs=1e-3)


def test_a_profile_records_counts_and_how_many_records_state_them(margins: pd.DataFrame) -> None:
    found = profile(margins, "KGZ")
    assert found["assisted_count"] == 2260
    assert found["destination_recorded_count"] == 1259
    assert found["exploited_kgz_count"] == 44
    assert found["forced_labour_count"] == 929
    assert "women_count" not in found
    assert profile(margins, "ARM") == {"assisted_count": 0}
