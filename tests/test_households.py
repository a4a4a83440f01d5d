"""The household chapter: the Committee's printed rates, and the model that never saw them."""

import numpy as np
import pandas as pd
import pytest

from livingbrief.paths import project_root
from remitrisk.methods import households, incidence
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


def test_all_money_gone_what_is_kept_for_2018_against_the_other_printed_rates():
    """Fits the country in 2017, misses Batken and Osh: one incidence is not that of all places."""
    spread = PEOPLE[2018].sigma
    draws = incidence.drawn(20_000, seed=87, receive=0.175, gini_spread=spread)
    draws = incidence.shaped(draws, 22.4, 3.6, -4.3)
    around = incidence.near(incidence.placed(draws, 22.4, 11.7), 32.2, [0.3])
    kept = incidence.kept(around, 32.2)
    assert len(kept) > 100
    assert incidence.ends(kept[0.3]) == pytest.approx((1.65, 2.9), abs=0.2)
    rows = printed()
    assert rows["area"].tolist() == ["", "", "Batken", "Jalal-Abad", "Osh oblast"]
    missed = [
        np.nanmedian(r.before + incidence.rises(incidence.placed(kept, r.before, r.share), [1.0]))
        - r.without
        for r in rows.itertuples()
    ]
    assert missed == pytest.approx([0, -0.9, 8, -1.8, -3.6], abs=0.6)


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
