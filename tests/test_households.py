"""The household chapter: the Committee's printed rates, and the model that never saw them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from livingbrief.charts import table_of
from livingbrief.paths import project_root
from livingbrief.values.values import join
from remitrisk.methods import households
from remitrisk.methods.poverty import (
    lognormal_from,
    lognormal_from_sensitivity,
    scenario,
    scenarios,
)
from remitrisk.printings import (
    BY_RULE,
    INDEXED,
    NOT_KNOWN,
    PERHAPS_ANEW,
    SET_ANEW,
    line_changes,
    line_status,
    same_line,
)
from remitrisk.series import PRICES
from remitrisk.series import BriefData as Data

DATA = Data(project_root(), last_year=2024, vintage={"worldbank": "2026-04-01"})
GINI = DATA.series("SI.POV.GINI").values / 100
BY_MEASURE = DATA.table("households.figures").set_index("measure")
NATIONAL = DATA.poverty_national().set_index("year")["value"]
FIGURES = DATA.table("households.figures")
PEOPLE = {
    int(y): lognormal_from(NATIONAL[y] / 100, g) for y, g in GINI.items() if y in NATIONAL.index
}
RECIPIENTS, MONTH = households.recipients_of(FIGURES)
SOURCES = [{"source": "A survey", "vintage": "2026-01-01"}]


def told(last_year: int = 2024) -> pd.DataFrame:
    years = [y for y in PEOPLE if y <= last_year]
    return households.told(FIGURES, NATIONAL, DATA.table("nsc.sdg"), years, "Kyrgyzstan")


def held(**known) -> pd.DataFrame:
    return households.held_against(told(), PEOPLE, RECIPIENTS, **known)


def at(rows: pd.DataFrame, year: int, area: str = "") -> SimpleNamespace:
    row = rows[(rows["year"] == year) & (rows["area"] == area)].iloc[0]
    return SimpleNamespace(**row)


def test_all_money_gone_the_range_of_2018_and_2017_holds_what_the_committee_printed():
    assert RECIPIENTS[0] == 0.175 and RECIPIENTS[-1] == 1 and MONTH == "February 2022"
    for year, share, low, high, printed in (
        (2018, 11.7, 30.5, 34.7, 32.2),
        (2017, 9.0, 32.1, 34.9, 34.0),
    ):
        row = at(held(), year)
        assert row.share == pytest.approx(share) and row.without == pytest.approx(printed)
        assert row.low == pytest.approx(low, abs=0.05)
        assert row.high == pytest.approx(high, abs=0.05)
        assert row.inside


@pytest.mark.parametrize(
    ("year", "recipients", "rate"),
    [
        *((2018, r, v) for r, v in ((1.0, 30.5), (0.6, 31.3), (0.33, 33.0), (0.175, 34.7))),
        *((2017, r, v) for r, v in ((1.0, 32.1), (0.6, 32.6), (0.33, 33.5), (0.175, 34.9))),
    ],
)
def test_the_fewer_receive_the_more_become_poor(year, recipients, rate):
    people = lognormal_from(NATIONAL[year] / 100, GINI[year])
    share = {2018: 0.117, 2017: 0.09}[year]
    found = scenario(people, share, cut=1, recipients=recipients)
    assert 100 * found.after.headcount == pytest.approx(rate, abs=0.05)


def test_the_distribution_matched_to_the_printed_sensitivity_overshoots():
    smooth = lognormal_from(NATIONAL[2018] / 100, GINI[2018])
    up, down = (
        BY_MEASURE.loc[f"poverty_effect_line_{way}_5_pct_points", "value"] / 100
        for way in ("up", "down")
    )
    matched = lognormal_from_sensitivity(smooth.headcount(), up, down)
    other = lognormal_from(NATIONAL[2017] / 100, GINI[2017])
    for people, share, rate in (
        (matched, 0.117, 33.4),
        (other.narrowed(matched.sigma / other.sigma), 0.09, 34.2),
    ):
        found = scenario(people, share, cut=1, recipients=1)
        assert 100 * found.after.headcount == pytest.approx(rate, abs=0.05)


def test_the_oblasts_of_2017_out_of_sample():
    for area, effect, everyone, migrants, inside in (
        ("Batken", 20, 28.0, 20.2, True),
        ("Osh oblast", 18, 11.0, 19.8, True),
        ("Jalal-Abad", 10, 7.1, 8.5, False),
    ):
        row = at(held(), 2017, area)
        assert row.effect == pytest.approx(effect)
        assert row.all - row.before == pytest.approx(everyone, abs=0.05)
        assert row.by_migrants - row.before == pytest.approx(migrants, abs=0.05)
        assert row.inside == inside


def test_a_cut_of_three_tenths_is_two_to_three_points_and_the_other_end_fails_the_test():
    people = lognormal_from(NATIONAL[2018] / 100, GINI[2018])
    found = scenarios([(people, 0.117)], cut=0.3, recipients=RECIPIENTS, incidence=("spread",))
    low, high = households.span(found)
    assert 2 < low < high < 3 and low == pytest.approx(2.2, abs=0.05)
    assert 0.3 * at(held(), 2018).effect == pytest.approx(2.94)
    inflow, rate, heads = (
        DATA.series(c).values[2018] for c in ("BX.TRF.PWKR.CD.DT", "PA.NUS.FCRF", "SP.POP.TOTL")
    )
    ratio = inflow * rate / heads / (people.mean * DATA.poverty_line().loc[2018, "line_som"])
    assert ratio == pytest.approx(0.53, abs=0.005)
    whole = scenario(people, ratio, cut=1, recipients=1)
    assert 100 * whole.after.headcount > 70, "the Committee printed 32.2"


def test_what_a_later_edition_only_could_know_is_left_out():
    assert told(2016).empty
    assert set(told(2017)["year"]) == {2017}
    assert told()["migrants"].isna().sum() == 2, "households with a migrant are known for oblasts"


def test_rates_outside_the_range_are_counted_and_named():
    rows = held()
    found = households.counted(rows)
    assert found.pop("widest_pp") == pytest.approx(18.2, abs=0.1), "in Batken"
    assert found == {"places": 5, "places_inside": 4, "missed": ["Jalal-Abad"]}
    assert "missed" not in households.counted(rows[rows["inside"]])
    none = households.counted(rows.assign(inside=False).head(2))
    assert none["missed"] == ["the country in 2018", "the country in 2017"]


def test_the_other_ends_are_known_for_the_country_only():
    rows = held(narrow=PEOPLE, whole={2018: 53.0})
    assert rows["matched_low"].notna().tolist() == [True, True, False, False, False]
    assert rows["whole"].notna().tolist() == [True, False, False, False, False]
    middle, low, _ = households.recorded(rows, SOURCES, SOURCES)
    assert middle.status.loc[2017, "batken_effect_pp"] == "final"
    assert middle.status.loc[2017, "batken_model_pp"] == "estimate"
    assert low.frame.loc[2018, "poverty_pct"] == rows["low"].iloc[0]
    assert np.isnan(low.frame.loc[2018, "whole_inflow_poverty_pct"]), "no range of one number"
    beyond = middle.frame.loc[2018, "whole_inflow_beyond_pp"]
    assert beyond == pytest.approx(rows["whole"].iloc[0] - rows["high"].iloc[0])


def test_a_table_prints_ranges_and_each_miss():
    rows = held()
    model, ends = households.ranging(rows, "model", SOURCES, rows="place")
    others = households.named(rows[["all"]], SOURCES, rows="place")
    missed = households.named(rows[["without"]], SOURCES, rows="place")
    missed = (others - missed).called(unit="percentage points", signed=True)
    table = table_of(join(model, others), between=ends, beside=missed, units=False, marked=False)
    assert table.iloc[0].tolist() == ["Kyrgyzstan, 2018", "30.5 to 34.7", "30.5 (−1.7)"]
    assert table.iloc[2, 2] == "68.5 (+8.0)"


def test_cuts_without_the_other_ends_leave_them_out():
    people = lognormal_from(0.224, 0.277)
    rise, low, high = households.cuts(
        people, (0.3, 1), RECIPIENTS, sources=SOURCES, share=11.7, printed=9.8
    )
    table = table_of(rise, between=(low, high), units=False, marked=False)
    either = ["30", "+2.2 to +2.7", "+2.2 to +2.7", "–", "+7.8"]
    assert table.iloc[0].tolist() == [*either, "+2.9", "+0.6 to +0.9", "–"]
    assert rise.status.loc[30, ["headcount", "proportion"]].tolist() == ["estimate", "final"]
    whole = households.cuts(people, (0.3,), (1.0,), sources=SOURCES, share=11.7, whole=53.0)[0]
    assert whole.frame.loc[30, "whole_inflow"] == pytest.approx(11.6, abs=0.1)
    narrow = people.narrowed(0.75)
    _, low, high = households.cuts(
        people, (0.3,), RECIPIENTS, sources=SOURCES, share=11.7, narrow=narrow
    )
    least, most = (end.frame.loc[30] for end in (low, high))
    assert least["headcount"] == least["gini"] < least["matched"]
    assert most["headcount"] == most["matched"] > most["gini"]


def test_one_assumption_at_a_time_the_strongest_first():
    people = lognormal_from(0.224, 0.277)
    found = households.varied(people, RECIPIENTS, cut=0.3, share=11.7, whole=53.0)
    assert found.index[0] == "What households see of the inflow"
    assert found["width"].is_monotonic_decreasing
    assert found.loc["Share of people in receiving households", "tried"] == "0.175 to 1"
    assert len(households.varied(people, RECIPIENTS, cut=0.3, share=11.7)) == 3


def test_past_falls_need_the_distribution_of_the_year_before():
    real = pd.Series({2010: -20.0, 2018: -20.0, 2019: -4.0})
    found = households.past_falls(real, {2017: PEOPLE[2017]}, [9.0], RECIPIENTS, deeper_than=5)
    assert found.index.tolist() == [2018]
    assert 0 < found.loc[2018, "low"] < found.loc[2018, "high"]
    assert households.past_falls(real, {}, [9.0], RECIPIENTS, deeper_than=5).empty


def test_the_line_that_moves_is_set_beside_print_or_left_out():
    said = households.whole_country(FIGURES, 2024)
    moved, narrow = households.line_moves(PEOPLE, said, 2018, model=SOURCES, printed=SOURCES)
    printed, smooth, matched = moved.frame.loc["width"]
    assert printed == pytest.approx(7.9) and smooth < printed
    assert matched == pytest.approx(printed), "the spread is chosen for it"
    assert narrow[2017].headcount() == pytest.approx(PEOPLE[2017].headcount())
    earlier = households.whole_country(FIGURES, 2017)
    moved, narrow = households.line_moves(PEOPLE, earlier, 2018, model=SOURCES, printed=SOURCES)
    assert not moved and not narrow


def test_what_surveys_say_once_is_left_out_before_its_year():
    found = households.single(households.whole_country(FIGURES, 2022), SOURCES).frame
    assert found.loc["2018", "head_works_with_migrant_pct"] == 63
    assert found.loc["march_2022", "received_change_pct"] < -20
    assert not households.single(households.whole_country(FIGURES, 2017), SOURCES)


def test_a_general_fall_raises_all_measures():
    found = households.general_fall(lognormal_from(0.224, 0.277), (0.05, 0.1))
    assert found.index.tolist() == [5, 10]
    assert (found.loc[10] > found.loc[5]).all() and (found > 0).all(axis=None)


def test_the_line_of_each_year_follows_prices_or_does_not():
    prices = DATA.series(PRICES).values
    threshold = DATA.line_rule()
    status = line_status(DATA.poverty_line(), prices, threshold)
    assert status.loc[[2018, 2019, 2020, 2021]].tolist() == [INDEXED] * 3 + [SET_ANEW]
    assert status.loc[[2011, 2022, 2023]].tolist() == [PERHAPS_ANEW] * 3
    assert status.loc[[2015, 2017]].tolist() == [BY_RULE] * 2
    assert status.loc[2024] == NOT_KNOWN
    assert same_line(status, 2012, 2020) and same_line(status, 2019, 2019)
    assert not same_line(status, 2020, 2021)
    assert not any(same_line(status, 2021, last) for last in (2022, 2023, 2024, 2030))


def test_without_a_line_the_rule_alone_speaks():
    none = pd.DataFrame({"year": [], "line_som": [], "exactness": []})
    line = line_changes(none, pd.Series({2020: 12.0, 2021: 3.0}))
    assert line_status(line, pd.Series({2020: 12.0, 2021: 3.0}), 10).tolist() == [
        *(PERHAPS_ANEW, BY_RULE)
    ]
