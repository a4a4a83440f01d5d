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
    found = migration.two_years(months, pd.Series({2019: 120.0, 2020: 117.0}), 2020)
    assert found.loc["January to May", [2019, 2020]].tolist() == [50, 40]
    assert found["change"].round(1).to_dict() == {
        "January": 0, "February": 0, "March": -20, "April": -60, "May": -20,
        "January to May": -20, "June to December": 10, "Whole year": -2.5,
    }  # fmt: skip


def test_nothing_is_compared_when_a_month_is_missing():
    months = monthly([10.0] * 15)
    assert migration.two_years(months, pd.Series({2019: 120.0, 2020: 117.0}), 2020).empty
    assert migration.two_years(months.iloc[:0], pd.Series(dtype=float), 2020).empty


def test_april_2020_as_the_press_printed_it():
    months = migration.monthly(DATA.table("nbkr.months"))
    found = migration.two_years(months, migration.whole_years(FACTS), 2020)
    assert found.at["April", "change"] == pytest.approx(-61.9, abs=0.05)
    assert found.loc["Whole year", [2019, 2020]].tolist() == pytest.approx([2406.85, 2377.16])


def test_windows_stand_by_season_and_year():
    table = migration.windows(DATA.monthly("kgz_remit_inflow_3m_window"))
    assert list(table.index) == ["february", "may", "august", "november"]
    assert 100 * (table.loc["may", 2022] / table.loc["may", 2021] - 1) == pytest.approx(
        -1.9, abs=0.05
    )
    assert np.isnan(table.loc["august", 2023])
    early = DATA.monthly("kgz_remit_inflow_3m_window").drop(
        index=pd.period_range("2021", "2021-12", freq="M"), errors="ignore"
    )
    assert migration.windows(early).columns.tolist() == [2020, 2021, 2022, 2023], (
        "no year is skipped"
    )


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
    kept = migration.sent(migration.until(FACTS, 2023))
    assert kept["january_to_august_usd_mn.2022"] == 608.92
    assert kept["to_russia_january_to_august_usd_mn.2022"] == 572.24
    assert kept["to_russia_pct.2022"] == pytest.approx(94.0, abs=0.05)
    assert kept["to_russia_pct.2023"] == pytest.approx(80.8, abs=0.05)
    assert kept["nine_months_usd_mn.2022"] == pytest.approx(778.92), "the total, counted once"
    assert not migration.sent(migration.until(FACTS, 2021))


def test_two_of_the_seven_largest_destinations_have_numbers_that_agree():
    found = migration.agreement(migration.stocks(BILATERAL, "KGZ", 2024), "RUS", largest=7)
    assert (found["rus_low"], found["rus_high"]) == (334_000, 591_000)
    assert (found["compared"], found["agreeing"]) == (7, 2), "Ukraine and Tajikistan"
    assert found["rus_least_pct"] == pytest.approx(62.0, abs=0.05)
    one = migration.agreement(migration.stocks(BILATERAL, "KGZ", 2019), "RUS", largest=7)
    assert one["rus_spread_pct"] == 0
    assert "compared" not in one, "one edition agrees with nobody"


def test_modelled_people_are_told_from_counted_ones():
    table = migration.stocks(BILATERAL, "KGZ", 2024)
    years = migration.edition_years(BILATERAL, "KGZ", 2024)
    official = DATA.table("kyrgyzstan.official_counts")
    home = DATA.values("SP.POP.TOTL", country="KGZ").series
    counts = migration.counted_abroad(table, years, DATA.table("context.facts"), official, home)
    shown = migration.abroad_table(counts)
    modelled = shown["Remark"].str.startswith("modelled")
    assert shown.loc[modelled, "Who counts"].tolist() == [*migration.EDITIONS.values()]
    assert shown.loc[shown["Whom"] == "citizens", "People"].tolist() == ["876,000"]
    shares = migration.shares_abroad(counts, table)
    assert (shares["counts"], shares["independent"], shares["rounds"]) == (7, 5, 2)
    assert (shares["around_tenth"], shares["elsewhere"]) == (3, 2)
    assert migration.shares_abroad(counts.iloc[:0], table) == {}


def test_an_edition_that_repeats_another_is_no_count_of_its_own():
    table = migration.stocks(BILATERAL, "KGZ", 2024)
    assert [(later, found[0]) for later, found in migration.repeats(table).items()] == [
        ("knomad2021", "undesa2019")
    ]
    apart = table.assign(knomad2021=table["knomad2021"] * 1.02)
    assert migration.repeats(apart) == {}


def test_citizens_stand_by_date_and_counter():
    counts = migration.citizens(FACTS)
    wide = migration.by_counter(counts)
    assert wide.index.tolist() == [
        "April 2016", "2020", "2021", "2022", "2023", "January to June 2024", "May 2024",
    ]  # fmt: skip
    assert wide.count(axis=1).eq(1).all(), "each office its own column"
    yearly, half = migration.of_ministry(counts)
    assert migration.peak_and_last(yearly) == {
        "peak": 681_000, "last": 408_000, "peak_year": 2021, "last_year": 2023,
    }  # fmt: skip
    assert half == "2024"
    assert migration.dated(counts) == {
        "fms.2016": 574_000, "half_year.2024": 350_916, "labour_ministry.2024": 411_226,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2020", "2020", "2020"),
        ("2014-01", "2014-12", "2014"),
        ("2024-05", "2024-05", "May 2024"),
        ("2016-01", "2016-03", "January to March 2016"),
    ],
)
def test_months_in_words(start, end, words):
    assert migration.month_span(start, end) == words


def test_a_range_of_shares_in_words():
    assert migration.spread([58.6, 72.2, 65.6])["text"] == "59 to 72\u00a0%"
    assert migration.spread([97.6, 98.2])["text"] == "98\u00a0%"


def test_the_lowest_recorded_share_is_that_of_march_2022():
    spells = migration.recorded_spells(DATA.russia_share("recorded"), 2024)
    found = migration.by_definition(spells)
    assert found["old.lowest_months"] == "March 2022"
    assert (found["old.periods"], found["new.periods"]) == (5, 1)


def test_the_run_of_one_sign_in_words():
    assert migration.same_sign(pd.Series({2014: -1.0, 2015: 2.0})) == "2015"
    values = pd.Series({2014: -1.0, 2015: 2.0, 2016: 3.0})
    assert migration.same_sign(values) == "every year from 2015 to 2016"


def test_costs_end_with_the_edition():
    prices = DATA.table("worldbank.remittance_prices")
    found = migration.costs(prices, "KGZ", 2024)
    assert found["rus.last_quarter"] == "third quarter of 2020"
    assert found["rus.last_year"] == 2020
    assert migration.costs(prices, "KGZ", 2018)["rus.last_quarter"] == "fourth quarter of 2018"
    assert migration.costs(prices, "NPL", 2024) == {}


def test_surveys_and_answers_by_key():
    surveyed = dict(migration.surveyed(DATA.table("households.figures"), 2024))
    assert [*surveyed] == ["World Bank, survey of households by telephone"]
    assert len(surveyed.popitem()[1]) == 3
    answers = DATA.table("context.answers")
    said = {k: v for _, found in migration.answered(answers, 2024) for k, v in found.items()}
    assert said["migration.uk_seasonal_visas.2021"] == {"value": 304, "status": "final"}
    assert said["migration.leavers_to_russia_pct.y2022_2024"]["value"] == 87
    assert said["migration.citizens_in_turkiye_labour_ministry.2024"]["status"] == "estimate"
    early = {k for _, found in migration.answered(answers, 2021) for k in found}
    assert early == {"migration.uk_seasonal_visas.2021"}


def test_the_net_flow_with_cards_is_worked_out_where_the_press_has_its_parts():
    facts = migration.until(DATA.table("press.facts"), 2024)
    found = migration.with_cards(facts)
    assert {k: v["value"] for k, v in found.items() if "usd" in k} == {
        "out_usd_mn.2022": 1122, "out_usd_mn.2023": 561, "net_usd_mn.2023": 2145,
    }  # fmt: skip
    # 2,145 and 561 are 2,706 received, 380 less than in 2022, when twice 561 went out.
    moved = found["net_yoy_pct.2023"]
    assert moved["value"] == pytest.approx(100 * (2145 / (2706 + 380 - 1122) - 1))
    soft = {k for k, v in found.items() if v["status"] == "estimate"}
    assert soft == {"out_usd_mn.2022", "net_yoy_pct.2023"}
    untold = facts.assign(note=facts["note"].where(facts["direction"] != "inflow"))
    assert "net_yoy_pct.2023" not in migration.with_cards(untold)
    assert migration.with_cards(facts[:0]) == {}
