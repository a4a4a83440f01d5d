"""Conditions group by group: what is named most and least, what is set apart, what is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from livingbrief.charts import lines
from livingbrief.charts.ends import own_last_years
from livingbrief.values.values import Values
from remitrisk.methods import conditions
from remitrisk.methods.conditions import Wealth

SOURCE = {"source": "A source", "vintage": "2025-01-01"}
LABOUR = [26.1, 23.8, 20.9, 16.9, 8.3]
MARRIAGE = [19.4, 10.1, 8.8, 8.7, 2.4]
FLAT = [65.9, 66.6, 63.9, 64.7, 62.7]


def values(rows, names=(), *, unit="percent", label=""):
    """Years by groups."""
    frame = pd.DataFrame(rows, index=[*names] or None).T.rename_axis("year")
    return Values.of(frame, unit=unit, label=label, sources=[SOURCE])


def wealth(**fifths: list[float]) -> Wealth:
    years = {key: values({2023: v}, conditions.FIFTHS) for key, v in fifths.items()}
    return Wealth(years, (SOURCE,))


def test_what_differs_most_and_least_by_wealth_is_named() -> None:
    told = wealth(child_labour=LABOUR, child_marriage=MARRIAGE, violent_discipline=FLAT)
    found = told.extremes
    assert (found["most"], found["least"]) == ("child labour", "violent discipline")
    assert found["most_gap_pp"] == pytest.approx(17.8)
    assert found["least_gap_pp"] == pytest.approx(3.2)
    assert found["year"] == 2023
    assert told.gaps.unit == "percentage points"
    assert told.ratios.cell(2023, "child_marriage").value == pytest.approx(19.4 / 2.4)
    assert told.monotone.loc[2023].to_dict() == {
        "child_labour": "yes", "child_marriage": "yes", "violent_discipline": "no",
    }  # fmt: skip


def test_a_condition_that_rises_with_wealth_can_differ_most() -> None:
    found = wealth(child_labour=LABOUR, violent_discipline=[20, 35, 50, 65, 80]).extremes
    assert (found["most"], found["most_gap_pp"]) == ("violent discipline", -60)
    assert found["least"] == "child labour"


def test_without_a_survey_nothing_is_named() -> None:
    none = Wealth({"child_labour": values({}, conditions.FIFTHS)}, (SOURCE,))
    assert not none.complete
    assert none.extremes == {} and not none.gaps and not none.ratios
    assert none.monotone.empty and none.table.empty


def test_the_steepest_of_all_slopes_is_named_by_points_and_by_ratio() -> None:
    rich = {"partner_violence": [37.9, 34.4, 37.6, 26.6, 15.0]}
    school = {
        "child_marriage": values({2023: [30.3, 2.6]}, ["lower_secondary", "short_tertiary"]),
        "partner_violence": values({2023: [48.1, 19.6]}, ["lower_secondary", "degree"]),
    }
    assert conditions.steepest(wealth(**rich), school) == {
        "points": "partner violence by education",
        "proportion": "child marriage by education",
    }
    assert conditions.steepest(wealth(**rich), {}) == {}
    gaps = conditions.education_gap(school)
    assert gaps.frame.columns.name == "condition"
    assert gaps.cell(2023, "child_marriage").value == pytest.approx(27.7)


def test_the_broken_value_of_child_labour_is_not_joined_to_the_line() -> None:
    ages = {"age_5_11": "5–11", "age_12_14": "12–14", "age_15_17": "15–17"}
    rows = {2018: [27.9, 23.3, 26.6], 2023: [28.0, 11.0, 0.3]}
    found, alone = conditions.broken_off(values(rows, ages, label=ages))
    assert alone == ["2023, not comparable"]
    assert found.rows == ["5–11", "12–14", "15–17"]
    assert found[2018].series.tolist() == [27.9, 23.3, 26.6]
    assert found[2023].series.tolist() == [28.0, 11.0]
    assert found["2023, not comparable"].series.to_dict() == {"15–17": 0.3}
    assert conditions.broken_off(values({2018: rows[2018]}, ages))[1] == []


def test_pairs_stand_in_their_last_common_year_and_say_whose_children() -> None:
    who = ["women", "men"]
    found = conditions.pairs_of(
        {
            "employment": values({2022: [40.0, 70.0], 2023: [np.nan, 71.0]}, who),
            "child_labour": values({2023: [16.0, 23.2]}, who),
            "neet": values({2024: [23.7, 9.8]}, who),
            "poverty": values({}, who),
        }
    )
    assert found.rows == [
        "youth outside work and school, 2024",
        "child labour (girls, boys), 2023",
        "employment, 2022",
    ]


def test_areas_are_ordered_by_the_first_condition_each_in_its_last_year() -> None:
    names = {"naryn": "Naryn", "batken": "Batken"}
    found = conditions.last_by_area(
        {
            "poverty": values({2022: [42.0, 48.5], 2023: [38.1, 48.1]}, names, label=names),
            "child_marriage": values({2018: [np.nan, 9.3]}, names, label=names),
        }
    )
    assert found.rows == ["Batken", "Naryn"]
    assert [c.label for c in found.about.values()] == ["poverty, 2023", "child marriage, 2018"]
    assert np.isnan(found.cell("Naryn", "child_marriage").value)
    assert not conditions.last_by_area({})


def test_shares_of_whole_years_within_the_edition_are_kept() -> None:
    shares = pd.DataFrame(
        {
            "period": ["2021", "2023-01 to 2023-12", "2023-01 to 2023-06"],
            "share_pct": [97.0, 93.7, 90.0],
        }
    )
    assert conditions.whole_years(shares, 2023) == {"2021": 97.0, "2023": 93.7}
    assert [*conditions.whole_years(shares, 2022)] == ["2021"]


def test_models_are_estimates_and_named_where_they_end() -> None:
    years = pd.Index(range(2016, 2025), name="year")
    series = pd.DataFrame(5.0, index=years, columns=[*conditions.WORK.values()])
    work = conditions.modelled_work(Values.of(series, sources=[SOURCE]))
    assert work.names == [*conditions.WORK]
    assert work.weakest == "estimate"
    labels = dict.fromkeys(work.names, "work")
    assert own_last_years(lines(work).data(), 2025, labels) == "The last year shown is 2024."


def test_a_panel_of_one_survey_says_which() -> None:
    two = values({2018: [1.0], 2023: [2.0]}, ["low"], label="low")
    found = conditions.surveys({"Both": two, "One": two.at([2018])})
    assert [*found] == ["Both", "One, 2018"]
    assert found["Both"].names == [2018, 2023]


@pytest.mark.parametrize(
    ("label", "short"), [("15 to 19 years old", "15–19"), ("70 years old and over", "70+")]
)
def test_ages_are_short(label: str, short: str) -> None:
    assert conditions.ages(label) == short


def test_panels_name_the_lines_of_an_alternative_text() -> None:
    school = values({"low": [5.0], "high": [3.0]}, [2023], label="of 2023").axes(rows="group")
    years = values({2022: [1.0], 2023: [2.0]}, ["women"], label="women")
    parts = {"Work": years, "By school": school}
    assert lines(parts).alternative("A title") == (
        "A title. Lines: Work: women 1.0 % in 2022 to 2.0 % in 2023; "
        "By school: of 2023 5.0 % in low to 3.0 % in high."
    )
    assert "Lines, low to high" in lines(school).alternative("A title")
