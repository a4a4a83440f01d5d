"""Migrants by destination and transfers by recorder: values by hand and the published figures."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from remitrisk.exhibits import migration_records
from remitrisk.methods import migration
from remitrisk.series import BriefData as Data

DATA = Data(Path(__file__).parents[1], last_year=2025)
BILATERAL = DATA.table("migration.bilateral")
FACTS = DATA.table("press.facts")


def monthly(values):
    return pd.Series(values, index=pd.period_range("2019-01", periods=len(values), freq="M"))


def test_editions_disagree_and_an_unlisted_destination_is_missing():
    table = migration.stocks(BILATERAL, "KGZ", 2024)
    assert table.loc["RUS"].tolist() == [591211, 591025, 333664]
    assert table.loc["KAZ"].tolist() == [7036, 7085, 100242]
    assert np.isnan(table.loc["DEU", "undesa2024"])
    assert "WLD" not in table.index
    assert table.index[0] == "RUS"
    assert table["knomad2021"].sum() == 804188
    assert migration.edition_years(BILATERAL, "KGZ", 2024) == {
        "undesa2019": 2019,
        "knomad2021": 2021,
        "undesa2024": 2024,
    }


def test_an_edition_of_a_later_year_is_left_out():
    assert list(migration.stocks(BILATERAL, "KGZ", 2022)) == ["undesa2019", "knomad2021"]
    assert list(migration.modelled_corridors(BILATERAL, "KGZ", 2022)) == ["knomad2021", "cgd2021"]
    assert migration.stocks(BILATERAL, "FRA", 2024).empty


def test_an_early_edition_takes_an_earlier_year_of_the_same_print():
    assert migration.edition_years(BILATERAL, "KGZ", 2016) == {"undesa2019": 2015}
    assert migration.stocks(BILATERAL, "KGZ", 2016).loc["RUS", "undesa2019"] == 591349
    assert migration.modelled_corridors(BILATERAL, "KGZ", 2016).empty


def test_two_models_of_one_year_differ_twentyfold_for_kazakhstan():
    table = migration.modelled_corridors(BILATERAL, "KGZ", 2024)
    assert table.loc["KAZ", "cgd2021"] / table.loc["KAZ", "knomad2021"] == pytest.approx(19, abs=1)
    assert table.loc["RUS", "knomad2021"] == pytest.approx(2017.5, abs=0.1)


def test_recorded_shares_keep_their_definition_and_end_with_the_edition():
    spells = migration.recorded_spells(DATA.russia_share("recorded"), 2024)
    assert spells.loc[spells["definition"] == "new", "share_pct"].round(1).tolist() == [93.7]
    assert spells["end"].max() == pd.Period("2023-12", "M")
    old = spells.loc[spells["definition"] == "old", "share_pct"]
    assert (old.min().round(1), old.max().round(1)) == (91.0, 98.2)


def test_months_and_the_rest_of_the_year_by_hand():
    months = monthly([10.0] * 12 + [10, 10, 8, 4, 8])
    spells = migration.two_years(months, pd.Series({2019: 120.0, 2020: 117.0}), 2020)
    found = {s.label: round(s.change_pct, 1) for s in spells}
    assert found["April"] == -60.0
    assert found["January to May"] == -20.0
    assert found["June to December"] == 10.0
    assert found["Whole year"] == -2.5


def test_nothing_is_compared_when_a_month_is_missing():
    months = monthly([10.0] * 15)
    assert migration.two_years(months, pd.Series({2019: 120.0, 2020: 117.0}), 2020) == []


def test_april_2020_as_the_press_printed_it():
    rows = DATA.table("nbkr.months").query("direction == 'inflow' and counterpart == 'TOTAL'")
    months = pd.Series(
        rows["value_usd_mn"].to_numpy(), index=pd.PeriodIndex(rows["period"], freq="M")
    )
    spells = migration.two_years(months, pd.Series({2019: 2406.85, 2020: 2377.16}), 2020)
    assert {s.label: s.change_pct for s in spells}["April"] == pytest.approx(-61.9, abs=0.05)


def test_windows_stand_by_season_and_year():
    table = migration.windows(DATA.monthly("kgz_remit_inflow_3m_window"))
    assert list(table.index) == ["february", "may", "august", "november"]
    assert 100 * (table.loc["may", 2022] / table.loc["may", 2021] - 1) == pytest.approx(
        -1.9, abs=0.05
    )
    assert np.isnan(table.loc["august", 2023])


def test_both_sides_count_the_first_quarter_of_2016_differently():
    both = migration.counted_twice(FACTS).set_index("period_start")
    assert both.loc["2016-01", ["home_usd_mn", "russia_usd_mn"]].tolist() == [291, 150]
    assert not both["home_by"].isna().any()


def test_more_left_than_came_in_2022_and_fewer_in_2023():
    assert migration.long_term_balance(FACTS).to_dict() == {2022: -15200, 2023: 8200}
    broken = FACTS.assign(note=FACTS["note"].where(FACTS["attributed_to"] != "Rosstat", "none"))
    with pytest.raises(ValueError, match="names no departures"):
        migration.long_term_balance(broken)


def test_the_latest_run_of_one_sign():
    values = pd.Series({2014: -1.0, 2015: 2.0, 2016: -3.0, 2017: -1.0, 2018: -2.0})
    assert migration.latest_run(values) == (2016, 2018)
    assert migration.latest_run(values.iloc[:2]) == (2015, 2015)


def test_most_of_what_left_in_2022_went_to_russia():
    desk = SimpleNamespace(kept={})
    desk.number = lambda key, value, **how: desk.kept.update({key: value})
    migration_records.record_sent(desk, FACTS, 2023, [{"source": "the press"}])
    kept = {key.removeprefix("transfers.out_"): value for key, value in desk.kept.items()}
    assert kept["january_to_august_usd_mn.2022"] == 608.92
    assert kept["to_russia_january_to_august_usd_mn.2022"] == 572.24
    assert kept["to_russia_pct.2022"] == pytest.approx(94.0, abs=0.05)
    assert kept["to_russia_pct.2023"] == pytest.approx(80.8, abs=0.05)
    assert kept["nine_months_usd_mn.2022"] == pytest.approx(778.92), "the total, counted once"
    desk.kept.clear()
    migration_records.record_sent(desk, FACTS, 2021, [{"source": "the press"}])
    assert not desk.kept
