"""The household chapter: the Committee's printed rates, and the model that never saw them."""

import numpy as np
import pandas as pd
import pytest

from livingbrief.paths import project_root
from remitrisk.methods import households
from remitrisk.methods.breakdowns import breakdown
from remitrisk.methods.poverty import lognormal_from
from remitrisk.printings import (
    BY_RULE,
    INDEXED,
    NOT_KNOWN,
    PERHAPS_ANEW,
    SET_ANEW,
    line_changes,
    line_status,
)
from remitrisk.series import PRICES
from remitrisk.series import BriefData as Data

DATA = Data(project_root(), last_year=2024, vintage={"worldbank": "2026-04-01"})
FIGURES, NSC = DATA.table("households.figures"), DATA.table("nsc.sdg")
NATIONAL = DATA.poverty_rate().series
GINI = DATA.series("SI.POV.GINI").series
PEOPLE = {
    y: lognormal_from(NATIONAL[y] / 100, GINI[y] / 100)
    for y in NATIONAL.index.intersection(GINI.index)
}
RATES = breakdown(NSC, "poverty_rate", "area", last_year=2024).assign(**{"": NATIONAL})
RECIPIENTS = np.linspace(0.175, 1, 34)
BASE = PEOPLE[2018]
NARROW = households.matched(PEOPLE, 2018, 3.6, -4.3)


def printed(last_year: int = 2024) -> pd.DataFrame:
    years = [year for year in PEOPLE if year <= last_year]
    return households.printed_without(FIGURES, RATES, years)


def test_printed_rates_are_those_of_the_table():
    path = next((project_root() / "data/households").glob("*/figures.csv"))
    table = pd.read_csv(path).set_index("figure_id")["value"]
    rows = printed().set_index(["year", "area"])
    assert [*rows.index][:2] == [(2018, ""), (2017, "")] and len(rows) == 5
    assert rows.loc[(2018, ""), ["share", "effect", "without"]].tolist() == [
        *table[["rp001", "rp004", "rp003"]]
    ]
    batken = rows.loc[(2017, "Batken")]
    assert (batken["share"], batken["effect"]) == (table["rp008"], table["rp009"])
    assert batken["without"] == pytest.approx(batken["before"] + batken["effect"])
    assert printed(2016).empty and set(printed(2017)["year"]) == {2017}


@pytest.mark.parametrize(
    ("people", "ranges"),
    [
        (PEOPLE, [(30.5, 34.7), (32.1, 34.9), (50.9, 69.2), (39.7, 41.6), (25.3, 34.1)]),
        (NARROW, [(33.4, 37.3), (34.2, 36.9), (50.9, 76.0), (42.1, 43.7), (29.2, 37.5)]),
    ],
)
def test_all_money_gone_the_ranges_against_what_the_committee_printed(people, ranges):
    rows = printed()
    found = households.modelled_without(rows, people, RECIPIENTS)
    assert rows["area"].tolist() == ["", "", "Batken", "Jalal-Abad", "Osh oblast"]
    np.testing.assert_allclose(found[["low", "high"]], ranges, atol=0.1)
    held = [low <= rate <= high for rate, (low, high) in zip(rows["without"], ranges, strict=True)]
    assert found["inside"].tolist() == held and sum(held) == (4 if people is PEOPLE else 3)


def test_the_spread_that_print_asks_for_keeps_each_headcount():
    low, high = (100 * NARROW[2018].headcount(line) for line in (0.95, 1.05))
    assert high - low == pytest.approx(7.9), "3.6 up and 4.3 down, as printed"
    assert NARROW[2017].headcount() == pytest.approx(PEOPLE[2017].headcount())


def test_a_cut_of_three_tenths_and_who_receives():
    """The printed rise for all of the money, 9.8 points, gives 2.9 in proportion."""
    people = lognormal_from(0.224, 0.277)
    one = households.rises([people], 11.7, (0.3, 1), RECIPIENTS)
    assert one.loc[30].tolist() == pytest.approx([2.2, 2.7], abs=0.05)
    both = households.rises([people, NARROW[2018]], 11.7, (0.3,), RECIPIENTS)
    assert both.loc[30].tolist() == pytest.approx([2.2, 3.7], abs=0.05)
    # With all of it gone everyone in the poorer half is poor: the printed 9.8 rules that out.
    poor = households.rises([people], 11.7, (0.3, 1), [0.5], incidence="poorest")
    assert poor["low"].tolist() == pytest.approx([7.8, 27.6], abs=0.05)
    gap = households.rises([people], 11.7, (0.3,), RECIPIENTS, measure="gap")
    assert gap.loc[30].tolist() == pytest.approx([0.6, 0.9], abs=0.05)
    assert households.rises([], 11.7, (0.3,), RECIPIENTS).isna().all(axis=None)


def test_the_line_of_each_year_follows_prices_or_does_not():
    prices = DATA.series(PRICES).series
    threshold = DATA.line_rule()
    status = line_status(DATA.poverty_line(), prices, threshold)
    assert status.loc[[2018, 2019, 2020, 2021]].tolist() == [INDEXED] * 3 + [SET_ANEW]
    assert status.loc[[2011, 2022, 2023]].tolist() == [PERHAPS_ANEW] * 3
    assert status.loc[[2015, 2017]].tolist() == [BY_RULE] * 2
    assert status.loc[2024] == NOT_KNOWN
    # The publisher's rule was found in a printing of 2026: before it nothing tells of such years.
    then = DATA.on("2023-06-30").poverty_line_status()
    assert {*then.loc[2013:2017]} == {NOT_KNOWN} and {*then.loc[2018:2020]} == {INDEXED}


def test_without_a_line_the_rule_alone_speaks():
    none = pd.DataFrame({"year": [], "line_som": [], "exactness": []})
    line = line_changes(none, pd.Series({2020: 12.0, 2021: 3.0}))
    assert line_status(line, pd.Series({2020: 12.0, 2021: 3.0}), 10).tolist() == [
        *(PERHAPS_ANEW, BY_RULE)
    ]
