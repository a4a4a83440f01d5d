"""Counts of cases by stage and source, and where the sources disagree."""

import numpy as np
import pandas as pd
import pytest

from remitrisk.methods import justice
from remitrisk.methods.justice import (
    DOMESTIC,
    TIP,
    UNODC,
    as_counts,
    disagreements,
    in_order,
    official_counts,
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


PRESS = {True: "quoted", False: "final"}


@pytest.fixture
def official() -> pd.DataFrame:
    names = ["first_year", "period_kind", "measure", "low", "note", "source_id"]
    return pd.DataFrame(ROWS, columns=names).assign(
        high=lambda d: d["low"],
        maturity=lambda d: d["source_id"].str.startswith("24kg").map(PRESS),
    )


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
    ], "no split by form"
    assert official_counts(official, last_year=2022)["year"].max() == 2020


def test_less_than_five_stays_an_interval(unodc: pd.DataFrame) -> None:
    found = unodc_counts(unodc, last_year=2024)
    assert found["stage"].tolist() == ["investigations", "convictions"]
    row = found.loc[found["year"].eq(2017)].iloc[0]
    assert (row["low"], row["high"], row["group"]) == (1, 4, UNODC)


def test_sources_that_cannot_both_be_right_are_named(
    official: pd.DataFrame, unodc: pd.DataFrame
) -> None:
    both = [official_counts(official, last_year=2024), unodc_counts(unodc, last_year=2024)]
    (found,) = disagreements(in_order(pd.concat(both)))
    assert (found.stage, found.year, found.spread) == ("investigations", 2020, (7, 40))
    assert {group for group, _ in found.counts} == {TIP, UNODC, DOMESTIC}
    nsc = as_counts(pd.Series({2017: 4}), "identified people", "NSC")
    held = nsc.assign(low=1, high=4, group=UNODC)
    assert disagreements(pd.concat([nsc, held])) == [], "an interval that holds the other"


def test_the_run_of_years_without_a_conviction_ends_at_the_first_case() -> None:
    series = pd.Series({2018: 0, 2019: 0, 2020: 3, 2021: 0, 2022: 0, 2023: 0})
    counts = as_counts(series, "convictions", TIP)
    assert zero_run(counts, stage="convictions", group=TIP) == [2021, 2022, 2023]
    gap = counts.loc[counts["year"].ne(2022)]
    assert zero_run(gap, stage="convictions", group=TIP) == [2023]
    assert zero_run(counts.loc[counts["year"].le(2020)], stage="convictions", group=TIP) == []


SOURCE = {"source": "U.S. reports", "vintage": "2026-11-25"}


def several() -> pd.DataFrame:
    parts = [
        as_counts(pd.Series({2019: 8, 2020: 40}), "investigations", justice.TIP),
        as_counts(pd.Series({2020: 15}), "investigations", justice.DOMESTIC),
        as_counts(pd.Series({2019: 9}), "prosecutions", justice.UNODC).assign(low=1, high=4),
        as_counts(pd.Series({2020: 0, 2021: 0}), "convictions", justice.TIP),
        as_counts(pd.Series({2020: 3}), "convictions", justice.TIP).assign(status="quoted"),
        as_counts(pd.Series({2020: 111}), "identified people", justice.TIP),
    ]
    return pd.concat(parts, ignore_index=True)


def test_a_source_that_gives_two_numbers_is_kept_with_both() -> None:
    told = justice.by_year(several(), justice.TIP)
    assert told["convictions", 2020] == {"status": "quoted", "value": [0, 3], "text": "0 or 3"}
    few = justice.by_year(several(), justice.UNODC)["prosecutions", 2019]
    assert few == {"value": 1, "interval": [1, 4], "text": "1–4", "status": "final"}
    widest = {"what": "investigations", "year": 2020, "low": 15, "high": 40}
    assert justice.widest(disagreements(several())) == widest
    assert justice.widest([]) == {}


def test_what_is_not_one_number_has_ends_alone() -> None:
    values, low, high = justice.panels(
        several(),
        {"investigations": "A", "prosecutions": "B", "convictions": "C"},
        {justice.TIP: SOURCE, justice.UNODC: SOURCE},
    )
    shown = values["C"].frame[justice.TIP]
    assert np.isnan(shown[2020]) and shown[2021] == 0
    assert low["C"].frame.at[2020, justice.TIP] == 0
    assert high["B"].frame.at[2019, justice.UNODC] == 4
