"""Counts of cases by stage and source, and where the sources disagree."""

from __future__ import annotations

import pandas as pd
import pytest

from remitrisk.methods.justice import (
    DOMESTIC,
    TIP,
    UNODC,
    as_counts,
    disagreements,
    in_order,
    official_counts,
    shared_counts,
    significant,
    unodc_counts,
    zero_run,
)

ROWS = [
    (2020, "year", "investigations_initiated", 40, "rise partly due to re-examination", "tip2021"),
    (2020, "year", "investigations_sex", 24, None, "tip2021_state"),
    (2020, "year", "crimes_registered_MIA", 15, None, "24kg_202702"),
    (2020, "year", "pretrial_cases_PGO", 15, None, "cabar_tip"),
    (2017, "year", "prosecutions", None, "absence of a report", "tip2018_ecoi"),
    (2024, "year", "convictions", 0, None, "tip2025_ecoi"),
    (2021, "part year or several years", "pretrial_cases_PGO", 4, None, "cabar_tip"),
    (2020, "reporting period", "prosecutions_nominal", 3, None, "tip2022_state"),
    (2022, "year", "criminal_cases_opened", 30, "headline only; definition unknown", "24kg_332101"),
    (2013, "part year or several years", "convictions", 62, None, "unodc_nap_2017"),
]


@pytest.fixture
def official() -> pd.DataFrame:
    names = ["first_year", "period_kind", "measure", "low", "note", "source_id"]
    return pd.DataFrame(ROWS, columns=names).assign(high=lambda d: d["low"])


@pytest.fixture
def unodc() -> pd.DataFrame:
    rows = [
        ("Offences of trafficking in persons", 2020, 7, 7),
        ("Persons convicted", 2017, 1, 4),
        ("Persons brought into formal contact", 2020, 7, 7),
    ]
    return pd.DataFrame(rows, columns=["indicator", "year", "low", "high"])


def test_only_whole_years_with_a_number_are_kept(official: pd.DataFrame) -> None:
    found = official_counts(official, last_year=2024)
    assert list(zip(found["year"], found["stage"], found["low"], strict=True)) == [
        (2020, "investigations", 15),
        (2020, "investigations", 40),
        (2020, "prosecutions", 3),
        (2024, "convictions", 0),
    ]


def test_a_split_by_form_never_enters(official: pd.DataFrame) -> None:
    assert 24 not in set(official_counts(official, last_year=2024)["low"])


def test_less_than_five_stays_an_interval(unodc: pd.DataFrame) -> None:
    found = unodc_counts(unodc, last_year=2024)
    assert found["stage"].tolist() == ["investigations", "convictions"]
    row = found.loc[found["year"].eq(2017)].iloc[0]
    assert (row["low"], row["high"], row["group"]) == (1, 4, UNODC)


def test_an_edition_does_not_see_later_years(official: pd.DataFrame, unodc: pd.DataFrame) -> None:
    assert official_counts(official, last_year=2022)["year"].max() == 2020
    assert unodc_counts(unodc, last_year=2019)["year"].tolist() == [2017]


def test_sources_that_cannot_both_be_right_are_named(
    official: pd.DataFrame, unodc: pd.DataFrame
) -> None:
    both = [official_counts(official, last_year=2024), unodc_counts(unodc, last_year=2024)]
    (found,) = disagreements(in_order(pd.concat(both)))
    assert (found.stage, found.year, found.spread) == ("investigations", 2020, (7, 40))
    assert {group for group, _ in found.counts} == {TIP, UNODC, DOMESTIC}


def test_an_interval_that_holds_the_other_count_is_no_disagreement() -> None:
    nsc = as_counts(pd.Series({2017: 4}), "identified people", "NSC")
    unodc = nsc.assign(low=1, high=4, group=UNODC)
    assert disagreements(pd.concat([nsc, unodc])) == []


def test_the_run_of_years_without_a_conviction_ends_at_the_first_case() -> None:
    series = pd.Series({2018: 0, 2019: 0, 2020: 3, 2021: 0, 2022: 0, 2023: 0})
    counts = as_counts(series, "convictions", TIP)
    assert zero_run(counts, stage="convictions", group=TIP) == [2021, 2022, 2023]
    gap = counts.loc[counts["year"].ne(2022)]
    assert zero_run(gap, stage="convictions", group=TIP) == [2023]
    assert zero_run(counts.loc[counts["year"].le(2020)], stage="convictions", group=TIP) == []


def test_stage_years_with_more_than_one_count_are_shared() -> None:
    one = as_counts(pd.Series({2019: 9, 2020: 7}), "identified people", UNODC)
    two = as_counts(pd.Series({2020: 111}), "identified people", TIP)
    assert shared_counts(pd.concat([one, two])) == 1


@pytest.mark.parametrize(
    ("value", "shown"), [(9500, 10_000), (295.3, 300), (4365, 4000), (25_886, 30_000), (1.4, 1)]
)
def test_a_ratio_of_people_is_shown_to_significant(value: float, shown: int) -> None:
    assert significant(value) == shown


def test_the_ends_of_a_ratio_are_shown_to_two_digits() -> None:
    assert [significant(v, 2) for v in (4365, 25_886, 7.4)] == [4400, 26_000, 7]


def test_nothing_is_no_ratio_of_people() -> None:
    with pytest.raises(ValueError, match="no ratio"):
        significant(0)
