"""Margins of the assisted, world detections, and how far four ways of counting agree."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from remitrisk.methods import cases
from remitrisk.methods.cases import (
    REST,
    assisted_total,
    balanced_panel,
    flags,
    margin,
    more,
    other_purposes,
)
from remitrisk.methods.counts import CountBounds, publishable
from tests import golden


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
    assert margin(margins, "TJK", "majorityStatusAtExploit") is None, "no class is printed"
    assert margin(margins, "ARM", "gender") is None and assisted_total(margins, "ARM") == 0
    whole = cases.assisted(margins, "KGZ")
    assert whole.top_two["top_two_pct"] == pytest.approx(100 * 1090 / 1259)
    assert all(publishable(counts, total=whole.total) for _, counts in whole.cells)


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


SOURCE = {"source": "UNODC", "vintage": "2025-04-14"}
AT_HOME = pd.Series({2015: 8, 2016: 10, 2017: 5, 2018: 7, 2019: 11, 2020: 9, 2021: 6, 2022: 3})


def pooled(**other: object) -> pd.DataFrame:
    rows = [
        ("citizenship", "Türkiye", 2007, 2014, "2007-2014", 91, 94),
        ("citizenship", "Türkiye", 2015, 2022, "2015, 2018-2022", 104, 104),
        ("citizenship", "All other countries together (Fiji)", 2009, 2014, "2009-2014", 41, 62),
        ("citizenship", "Kyrgyzstan (detected at home)", 2009, 2016, "2009, 2013-2016", 294, 294),
        ("repatriation", "Kazakhstan", 2010, 2013, "2013", 220, 220),
        ("repatriation", "Türkiye", 2010, 2013, "2010, 2013", 21, 24),
        ("repatriation", "Russian Federation", 2010, 2013, "2010, 2013", 198, 201),
    ]
    names = ["counted_by", "detecting_group", "first_year", "last_year", "years_printed"]
    return pd.DataFrame(rows, columns=[*names, "low", "high"])


def test_pools_say_how_where_and_when_and_the_years_that_are_printed() -> None:
    found = cases.pools(pooled())
    assert found["citizens_detected", "tur", "late"] == (
        CountBounds(104, 104),
        "2015 and 2018 to 2022",
    )
    assert found["citizens_detected", "tur", "all"][0] == CountBounds(195, 198)
    assert found["repatriated", "kaz", "y2010_2013"][1] == "2013"
    assert ("citizens_detected", "other_countries", "y2009_2014") in found


@pytest.mark.parametrize(("home", "sign"), [(294, 1), (150, 0), (60, -1)])
def test_more_were_seen_on_a_side_only_beyond_chance(home: int, sign: int) -> None:
    table = pooled().replace({294: home})
    assert cases.more_by_period(table, AT_HOME) == {"early": sign, "late": -1}


def test_without_all_of_the_same_years_nothing_is_set_beside_the_late_period() -> None:
    assert cases.seen_in_same_years(pooled(), AT_HOME.drop(2020)) is None
    found = cases.seen_in_same_years(pooled(), AT_HOME)
    assert found is not None and found[0] == CountBounds(104, 104) and found[1] == 44
    assert cases.more_by_period(pooled(), AT_HOME.drop(2020)) == {"early": 1}


def test_a_year_printed_as_fewer_than_five_is_an_interval_and_no_number() -> None:
    counts = {2013: CountBounds(22, 22), 2014: CountBounds(1, 4), 2017: CountBounds(18, 18)}
    found = cases.registers({"UNODC": (counts, SOURCE)}, {2015: 86}, SOURCE)
    shown = found.counts["UNODC"].frame
    assert shown.index.tolist() == [2013, 2014, 2015, 2016, 2017]
    assert np.isnan(shown.at[2014, "unodc"])
    assert found.texts == {(2014, "unodc"): "<5"}
    only = found.data.query("register == 'UNODC, citizens only'")
    assert only[["year", "low_count", "high_count"]].to_numpy().tolist() == [[2015, 86, 86]]
    assert found.ends(2017) == {"least": 1, "most": 22, "most_since_2017": 18}


def test_shares_of_the_assisted_name_both_denominators() -> None:
    split = {"gender": pd.Series({"Female": 492.0, "Male": 889.0, cases.REST: 879.0})}
    table = cases.shares(split, 2260)
    assert table["class"].tolist() == ["women", "men", cases.REST]
    assert table["of_all"].round(0).tolist() == [22, 39, 39]
    assert table["of_recorded"].round(0).tolist()[:2] == [36, 64]
    assert np.isnan(table["of_recorded"].iloc[2]), "what is not recorded has no share of it"


def test_the_agreement_recorded_is_spearmans_over_the_states_of_both_files() -> None:
    scores = pd.read_csv("data/ocindex/2025-11-10/scores.csv")
    market = scores[scores["indicator"].eq("human_trafficking") & scores["edition"].eq(2025)]
    slavery = pd.read_csv("data/walkfree/2023-05-24/gsi.csv").query("edition == 2023")
    both = market.merge(slavery, on="iso3").dropna(subset="prevalence_per_1000")
    rho = spearmanr(both["value"], both["prevalence_per_1000"]).statistic
    (row,) = (r for r in golden.read("current") if r["key"] == "agreement.modelled_judged")
    assert float(row["value"]) == pytest.approx(rho)
    assert int(row["n"]) == len(both) > 150


def test_the_yearly_number_is_of_exact_totals_of_recent_years() -> None:
    totals = pd.DataFrame(
        [("A", 2015, 99, 99), ("A", 2020, 4, 4), ("A", 2021, 6, 6), ("B", 2021, 0, 4)],
        columns=["iso3", "year", "low", "high"],
    )
    assert cases.yearly_detected(totals, 2021).to_dict() == {"A": 5}


def test_a_ratio_of_people_is_shown_to_one_significant_digit_and_nothing_is_none() -> None:
    shown = {9500: 10_000, 295.3: 300, 4365: 4000, 25_886: 30_000, 1.4: 1}
    assert [cases.significant(value) for value in shown] == [*shown.values()]
    assert cases.significant(25_886, 2) == 26_000
    with pytest.raises(ValueError, match="no ratio"):
        cases.significant(0)
