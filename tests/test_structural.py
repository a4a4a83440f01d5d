"""Indicators of structural risk are made from published series as described."""

import numpy as np
import pandas as pd
import pytest

from remitrisk.methods import structural


def panel(rows):
    return pd.DataFrame(rows, columns=["iso3", "year", "value"])


def pick(*codes):
    return tuple(i for i in structural.REGION if i.code in codes)


def test_the_latest_value_within_the_window_is_taken_with_its_year():
    panels = {
        "SI.POV.GINI": panel(
            [("AAA", 2014, 30.0), ("AAA", 2020, 28.0), ("AAA", 2025, 20.0), ("BBB", 2014, 40.0),
             ("CCC", 2015, 35.0)]
        )
    }  # fmt: skip
    found = structural.assemble(panels, pick("SI.POV.GINI"), last_year=2024)
    assert found.values["SI.POV.GINI"].to_dict() == {"AAA": 28.0, "CCC": 35.0}
    assert found.years["SI.POV.GINI"].to_dict() == {"AAA": 2020, "CCC": 2015}


def test_shares_use_both_series_of_the_same_year():
    panels = {
        "BX.TRF.PWKR.CD.DT": panel([("AAA", 2022, 20.0), ("AAA", 2023, 30.0)]),
        "NY.GDP.MKTP.CD": panel([("AAA", 2022, 100.0)]),
    }
    found = structural.assemble(panels, pick("remittances"), last_year=2024)
    assert found.values.loc["AAA", "remittances"] == pytest.approx(20.0)
    assert found.years.loc["AAA", "remittances"] == 2022


def test_net_emigration_is_a_mean_of_five_years_per_1000_people():
    years = range(2018, 2025)
    panels = {
        "SM.POP.NETM": panel([("AAA", y, -1000.0 * (y - 2017)) for y in years]),
        "SP.POP.TOTL": panel([("AAA", y, 1_000_000.0) for y in years]),
    }
    found = structural.assemble(panels, pick("emigration"), last_year=2024)
    assert found.values.loc["AAA", "emigration"] == pytest.approx(np.mean([3, 4, 5, 6, 7]))


def test_a_mean_is_of_five_years_that_all_have_a_value_and_named_by_the_last():
    prices = [("AAA", y, 1.0 * y) for y in range(2014, 2024)]
    early = [("BBB", y, 2.0) for y in range(2010, 2017)]
    gap = [("CCC", y, 3.0) for y in range(2019, 2025) if y != 2022]
    panels = {"FP.CPI.TOTL.ZG": panel([*prices, *early, *gap])}
    found = structural.assemble(panels, pick("inflation"), last_year=2024)
    assert found.values["inflation"].to_dict() == {"AAA": 2021.0, "BBB": 2.0}
    assert found.years["inflation"].to_dict() == {"AAA": 2023, "BBB": 2016}


@pytest.mark.parametrize(
    ("emigration", "remittances", "said"),
    [(-3.6, 17.7, True), (3.6, 17.7, False), (-3.6, 2, False)],
)
def test_people_who_come_and_money_from_those_away_contradict(emigration, remittances, said):
    own = pd.Series({"emigration": emigration, "remittances": remittances})
    assert structural.contradicted(own) is said


def test_national_poverty_lines_are_compared_in_no_index():
    assert "SI.POV.NAHC" not in {i.code for i in (*structural.REGION, *structural.WORLD)}


def test_income_is_logged_and_refugees_are_relative_to_people():
    panels = {
        "NY.GDP.PCAP.PP.CD": panel([("AAA", 2023, np.exp(9.0))]),
        "SM.POP.REFG.OR": panel([("AAA", 2016, 2000.0)]),
        "SP.POP.TOTL": panel([("AAA", 2016, 4_000_000.0)]),
    }
    found = structural.assemble(panels, pick("income", "refugees"), last_year=2024)
    assert found.values.loc["AAA"].to_dict() == pytest.approx({"income": 9.0, "refugees": 0.5})


def test_every_indicator_has_a_direction_a_dimension_and_a_code_of_its_own():
    codes = [i.code for i in structural.REGION]
    assert len(set(codes)) == len(codes)
    assert {i.direction for i in structural.REGION} == {1, -1}
    assert len({i.dimension for i in structural.WORLD}) == 5
    assert set(structural.WORLD) < set(structural.REGION)
    assert set(structural.DERIVED) <= set(codes)


def test_series_needed_names_each_series_once():
    needed = structural.series_needed(pick("emigration", "refugees", "SI.POV.GINI"))
    assert sorted(needed) == ["SI.POV.GINI", "SM.POP.NETM", "SM.POP.REFG.OR", "SP.POP.TOTL"]
