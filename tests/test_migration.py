"""Migrants by destination and transfers by recorder: values by hand and the published figures."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remitrisk.methods import migration
from remitrisk.series import BriefData as Data

DATA = Data(Path(__file__).parents[1], last_year=2025)
BILATERAL = DATA.table("migration.bilateral")
FACTS = DATA.table("press.facts")


def stocks(last_year):
    return migration.by_country(BILATERAL, "KGZ", last_year, migration.STOCKS)


def monthly(values):
    return pd.Series(values, index=pd.period_range("2019-01", periods=len(values), freq="M"))


def test_destinations_are_those_of_the_file_and_one_that_is_not_listed_is_missing():
    table = stocks(2024)
    assert table.loc["RUS"].tolist() == [591211, 591025, 333664]
    assert np.isnan(table.loc["DEU", "undesa2024"]) and "WLD" not in table.index
    assert table["knomad2021"].sum() == 804188


def test_an_edition_of_a_later_year_is_left_out():
    assert list(stocks(2022)) == ["undesa2019", "knomad2021"]
    assert stocks(2016)["undesa2019"]["RUS"] == 591349, "an earlier year of the same edition"
    models = migration.by_country(BILATERAL, "KGZ", 2022, migration.MODELS)
    assert list(models) == ["knomad2021", "cgd2021"]
    assert migration.by_country(BILATERAL, "KGZ", 2016, migration.MODELS).empty
    assert migration.by_country(BILATERAL, "FRA", 2024, migration.STOCKS).empty


def test_months_and_the_rest_of_the_year_by_hand():
    months = monthly([10.0] * 12 + [10, 10, 8, 4, 8])
    found = migration.two_years(months, pd.Series({2019: 120.0, 2020: 117.0}), 2020)
    assert found.loc["january_to_may", [2019, 2020]].tolist() == [50, 40]
    assert found["change"].round(1).to_dict() == {
        "april": -60, "january_to_may": -20, "june_to_december": 10, "year": -2.5,
    }  # fmt: skip
    years = pd.Series({2019: 120.0, 2020: 117.0})
    assert migration.two_years(monthly([10.0] * 15), years, 2020).empty, "a month is missing"


def test_april_2020_as_the_press_printed_it():
    found = migration.two_years(*migration.received(DATA.table("nbkr.months"), FACTS), 2020)
    assert found.at["april", "change"] == pytest.approx(-61.9, abs=0.05)
    assert found.loc["year", [2019, 2020]].tolist() == pytest.approx([2406.85, 2377.16])


def test_windows_are_compared_with_those_of_the_year_before():
    windows = DATA.monthly("kgz_remit_inflow_3m_window")
    table = migration.window_changes(windows)
    assert {*table.index} == {*migration.SEASONS.values()}
    assert table.at["may", 2022] == pytest.approx(100 * (596.2 / 607.6 - 1))
    assert table[2020].isna().all(), "there is none before"
    early = migration.window_changes(windows.drop(windows.index[windows.index.year == 2021]))
    assert early[2022].isna().all(), "no year is skipped"


def test_the_last_cost_ends_with_the_edition():
    prices = DATA.table("worldbank.remittance_prices")
    found = migration.last_cost(prices, "RUS", "KGZ", 2024)
    assert (found["last_quarter"], found["last_year"]) == ("third quarter of 2020", 2020)
    assert found["last_pct"] == pytest.approx(1.598)
    earlier = migration.last_cost(prices, "RUS", "KGZ", 2018)
    assert earlier["last_quarter"] == "fourth quarter of 2018"
    assert migration.last_cost(prices, "RUS", "NPL", 2024) == {}


def test_recorded_shares_keep_their_definition_and_end_with_the_edition():
    spells = migration.recorded_spells(DATA.russia_share("recorded"), 2024)
    assert spells.loc[spells["definition"] == "new", "share_pct"].round(1).tolist() == [93.7]
    assert spells["end"].max() == pd.Period("2023-12", "M")
    old = spells.loc[spells["definition"] == "old", "share_pct"]
    assert (old.min().round(1), old.max().round(1)) == (91.0, 98.2)


def test_the_net_flow_of_the_year_before_is_what_the_parts_leave():
    cards = pd.DataFrame(
        {"out": [1122.0, 561.0], "net": [np.nan, 2145.0], "in_change": [np.nan, -380.0]},
        index=[2022, 2023],
    )
    # 2,145 and 561 are 2,706 received, 380 less than in 2022, when twice 561 went out.
    moved = migration.net_change(cards)
    assert moved.to_dict() == {2023: pytest.approx(100 * (2145 / (2706 + 380 - 1122) - 1))}
    assert migration.net_change(cards.assign(in_change=np.nan)).empty
