"""Indicators of structural risk are made from published series as described."""

import numpy as np
import pandas as pd
import pytest

from livingbrief.claims import findings
from livingbrief.paths import project_root
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


@pytest.fixture(scope="module")
def study():
    """Thirty economies, twelve of them in the region; the last three lack a household survey."""
    draw = np.random.default_rng(5)
    units = [f"C{i:02}" for i in range(30)]
    panels = {}
    for code in structural.series_needed(structural.REGION):
        members = units[:12] if code == structural.ONLY_REGION else units
        years = range(2019, 2025) if code in ("SM.POP.NETM", "FP.CPI.TOTL.ZG") else (2023, 2024)
        rows = [(u, y, float(np.exp(draw.normal()))) for u in members for y in years]
        if code in ("SI.POV.DDAY", "SI.POV.GINI"):
            rows = [row for row in rows if row[0] not in units[-3:]]
        panels[code] = panel(rows)
    people = {u: 1e6 * (i + 1) for i, u in enumerate(reversed(units))}
    panels["SP.POP.TOTL"] = panel([(u, y, people[u]) for u in units for y in range(2019, 2025)])
    emptied = ("SL.UEM.1524.FE.ZS", "SL.UEM.1524.MA.ZS", "SE.SEC.ENRR")
    for code in emptied:
        panels[code] = panels[code][~panels[code]["iso3"].isin(units[-3:])]
    return structural.study(panels, 2024, draws=50), panels


def test_both_sets_have_their_indicators_and_economies(study):
    found, _ = study
    assert len(found.coverage["region"].kept) == 12
    assert found.coverage["region"].indicators == len(structural.REGION)
    assert len(found.index["world"].table) == len(found.coverage["world"].kept) == 27
    assert [*found.index["world"].dimensions] == [*structural.DIMENSIONS]


def test_who_fails_the_rule_is_described(study):
    found, panels = study
    assert found.left_out(panels["SP.POP.TOTL"]) == {
        "dropped_without_survey": 3,
        "dropped_without_survey_pct": 100.0,
        "median_people.dropped": 2.0,
        "median_people.kept": 17.0,
    }


def test_the_table_of_indicators_holds_every_one_once_by_dimension(study):
    table = study[0].indicators("C29", "Aland")
    assert len(table) == len(structural.REGION)
    assert [*dict.fromkeys(table["Dimension"])] == [*structural.DIMENSIONS]
    own = table.set_index("Indicator")
    assert own.loc["Gini index", ["Aland", "Year", "Oldest"]].tolist() == ["–", "–", "2024"]
    assert own.loc["Rule of law, estimate", "World Bank"] == "Governance Indicators"
    assert own.loc["Rule of law, estimate", "Risk is"] == "less"
    assert own["Aland"].str.fullmatch(r"–|−?\d+\.\d\d?").all()
    only = [name for name in own.index if name.endswith("(region set only)")]
    assert len(only) == len(structural.REGION) - len(structural.WORLD)


def test_scores_are_set_beside_vulnerability_and_tiers():
    units = [f"C{i:02}" for i in range(20)]
    world = pd.DataFrame({"score": range(20), "vulnerability": range(20), "tier": 1}, index=units)
    tenths, tiers = structural.beside_others(world, ["best", "second", "worst"])
    assert [*tenths.index] == [str(i) for i in range(1, 11)]
    assert tenths.loc["10", "median"] == 18.5
    assert [*tiers.index] == ["second"]


def test_the_report_calls_migration_unnamed_where_its_measures_contradict_each_other():
    known = {f.id: f for f in findings.load(project_root() / "book" / "findings.yml")}
    limits = {c.key: c.value for c in findings.conditions(known["F349"].rule)}
    assert limits["index.value.remittances"] == structural.CONTRADICTED
