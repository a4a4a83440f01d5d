"""Rank among economies, withdrawn and revised years."""

import pandas as pd
import pytest

from livingbrief.values.values import Values
from remitrisk.methods import accounting

BANK = {"source": "a bank", "vintage": "2025-12-23"}
NAN = float("nan")


def economies(years=(2021, 2022), **values):
    rows = [(iso3, year, float(v)) for iso3, v in values.items() for year in years]
    return pd.DataFrame(rows, columns=["iso3", "year", "value"])


def test_economies_with_the_same_share_share_the_better_rank():
    gdp = economies(AAA=100, BBB=100, CCC=100, DDD=100)
    inflow = economies(AAA=30, BBB=20, CCC=20, DDD=10)
    ranks = [
        accounting.rank_by_share(inflow, gdp, c).loc[2022, "rank"] for c in gdp["iso3"].unique()
    ]
    assert ranks == [1, 2, 2, 4]
    # Only those with both figures of the year are ranked; a GDP of nought gives no rank.
    partly = pd.concat([economies(AAA=100, BBB=0), economies([2020], CCC=1)])
    found = accounting.rank_by_share(inflow, partly, "AAA")
    assert found.loc[2022].to_dict() == {"pct_gdp": 30.0, "rank": 1, "economies": 1}


@pytest.mark.parametrize(("reporting", "ranked"), [(9, [2021, 2022, 2023]), (8, [2021])])
def test_a_year_in_which_few_have_printed_gives_no_rank(reporting, ranked):
    names = [f"A{i}" for i in range(10)]
    table = pd.concat(
        [
            economies([2020, 2021], **dict.fromkeys(names, 5)),
            # A second thin year is not measured by the first.
            economies([2022, 2023], **dict.fromkeys(names[:reporting], 5)),
        ]
    )
    ranking = Values.of(accounting.rank_by_share(table, table, "A0"))
    assert ranking["rank"].years == ranked
    assert accounting.unranked(ranking) == [y for y in range(2020, 2024) if y not in ranked]


def inflow(*years):
    line = pd.Series(1.0, index=years, name="gross")
    return Values.of(line, sources=[BANK])


def test_what_a_vintage_withdrew_is_said_with_the_vintages_that_printed_it():
    what, why = accounting.withdrawn_words(inflow(2020), {2021: "2025-07-01"})
    assert what == "remittances received in 2021"
    assert "it last printed them on 1 July 2025" in why
    gone = {2020: "2025-12-23", 2021: "2025-12-23", 2022: "2025-07-01"}
    what, why = accounting.withdrawn_words(inflow(2020, 2021), gone)
    assert what == "remittances received in this edition's vintage"
    assert "those that it last printed, on 23 December 2025" in why


def test_withdrawn_years_are_those_of_the_last_vintage_that_had_them():
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, NAN]}, index=[2020, 2021])
    printed = Values.of(table, sources=[BANK], columns="vintage")
    found = accounting.last_printed(printed, {2020: "b", 2021: "a"})
    assert found.series.to_dict() == {2020: 3, 2021: 2}
    assert not accounting.last_printed(printed, {})
