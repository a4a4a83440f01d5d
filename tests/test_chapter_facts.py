"""Numbers that one sentence of a chapter needs, computed again from tables or other numbers."""

import csv
import json

import pandas as pd
import pytest

from livingbrief.paths import project_root
from remitrisk.methods import justice
from remitrisk.methods.conditions import line_and_prices
from tests import golden

DATA = project_root() / "data"
TOLD = {
    row["key"]: json.loads(row["value"]) if row["value"] else None
    for row in golden.read("current")
    if row["notebook"] not in ("claims", "") and row["value"][:1] in tuple('[{"-0123456789')
}


def committee(indicator: str) -> pd.DataFrame:
    """Rows of one indicator of the Committee's table that is kept in the goldens."""
    table = pd.read_csv(DATA / "nsc/2025-08-15/sdg.csv", dtype={"year": int, "value": float})
    return table[table["indicator"].eq(indicator)]


def test_the_young_are_poorer_than_people_of_working_age_in_more_years_than_by_chance():
    rows = committee("poverty_rate").query("area.isna() and sex.isna()")
    ages = rows.dropna(subset="age").pivot_table(index="year", columns="age", values="value")
    young, working = ages["14 to 28 years old"], ages.filter(like="16 to 62").iloc[:, 0]
    above, below = ((gap > 0).sum() for gap in (young - working, working - young))
    assert TOLD["poverty.youth.years_above_working_age"] == above
    assert TOLD["poverty.youth.years_below_working_age"] == below
    assert TOLD["poverty.youth.sign_p"] == pytest.approx(2 * (1 + 11) / 2**11)


def test_one_area_is_among_the_three_poorest_in_each_year_of_the_areas_of_today():
    rows = committee("poverty_rate").dropna(subset="area")
    rows = rows[rows[["sex", "age", "urbanisation", "wealth_quintile"]].isna().all(axis=1)]
    areas = rows.pivot_table(index="year", columns="area", values="value").loc[2013:]
    poorest = [set(areas.loc[year].nlargest(3).index) for year in areas.index]
    assert set.intersection(*poorest) == {TOLD["poverty.oblast.always.area"]}
    assert TOLD["poverty.oblast.always.years"] == len(poorest)
    above = areas[TOLD["poverty.oblast.always.area"]].iloc[-1] - TOLD["poverty.rate_pct.2023"]
    assert TOLD["poverty.oblast.always.above_country_pp"] == pytest.approx(above)


def test_areas_of_the_table_stand_in_the_order_of_the_alphabet_not_of_a_rank():
    rows = [r["text"] for r in golden.read("current") if "tbl-conditions-areas[" in r["key"]]
    areas = [row[0] for row in csv.reader(rows[1:])]
    assert areas == sorted(areas)


@pytest.mark.parametrize(("start", "end"), [(2013, 2017), (2021, 2024)])
def test_line_and_prices_between_two_lines_that_were_found(start, end):
    line = pd.read_csv(DATA / "households/2026-11-25/poverty_line.csv").set_index("year")
    wdi = pd.read_csv(DATA / "worldbank/2026-07-01/wdi.csv")
    wdi = wdi.query("indicator == 'FP.CPI.TOTL.ZG' and iso3 == 'KGZ'").set_index("year")["value"]
    level = 1.0
    for year in range(start + 1, end + 1):
        level *= 1 + wdi[year] / 100
    key = f"y{start}_{end}"
    rise = 100 * (line.at[end, "line_som"] / line.at[start, "line_som"] - 1)
    assert TOLD[f"poverty.line.change_pct.{key}"] == pytest.approx(rise)
    assert TOLD[f"poverty.line.prices_pct.{key}"] == pytest.approx(100 * (level - 1))
    line = line.rename(columns={"line_som": "som"}).assign(prices_pct=float("nan"))
    assert line_and_prices(line, start, end) == {}


def test_no_class_of_the_assisted_under_eighteen_reaches_ten():
    rows = pd.read_csv(DATA / "ctdc/2021-08-25/margins.csv")
    rows = rows.query("citizenship == 'KGZ' and variable == 'ageBroad'")
    young = rows[rows["value"].str.fullmatch(r"0?\d--1?\d")]["n_synthetic_rows"]
    assert TOLD["ctdc.kgz.age_under_18_classes"] == (young >= 10).sum()


def test_the_change_whose_sign_turned_as_first_and_as_last_printed():
    moved = []
    for vintage in ("2021-02-21", "2026-07-01"):
        wdi = pd.read_csv(DATA / "worldbank" / vintage / "wdi.csv")
        wdi = wdi.query("indicator == 'BX.TRF.PWKR.CD.DT' and iso3 == 'KGZ'").set_index("year")
        moved.append(100 * (wdi.at[2019, "value"] / wdi.at[2018, "value"] - 1))
    words = TOLD["revision.gross.turned_which"].replace("\u00a0", " ").replace("−", "-")
    assert words == f"2019, from {moved[0]:+.1f}% to {moved[1]:+.1f}%"
    assert TOLD["revision.gross.turned"] == 1


def test_what_follows_from_other_numbers():
    p = [v for k, v in TOLD.items() if k.startswith("shock.group.p.")]
    assert TOLD["shock.group.corrected_p"] == pytest.approx(min(p) * len(p))
    for kind in ("between", "within"):
        slope = TOLD[f"tiers.{kind}.governance"] / TOLD[f"tiers.usual.{kind}.governance"]
        assert TOLD[f"tiers.per_point.{kind}.governance"] == pytest.approx(slope)
    floors = [
        f"{flow} dollars {year}"
        for flow in ("gross", "net")
        for year in (2020, 2022, 2023)
        if (p := TOLD.get(f"shock.benchmark.{flow}.placebo_p.{year}")) is not None
        and p == TOLD[f"shock.benchmark.{flow}.placebo_smallest_p.{year}"]
    ]
    assert TOLD["shock.benchmark.at_floor_which"] == floors
    years = [k[-4:] for k in TOLD if k.startswith("weo.own.growth.first_pct.2")]
    assert TOLD["weo.own.growth.years"] == f"{min(years)} to {max(years)}"
    measures = ("gross", "net", "som", "real_som", "real_som_head")
    apart = []
    for year in TOLD["shock.change.years_compared_which"]:
        keys = [f"remittances.{m}.growth_pct.{year}" for m in measures]
        signs = [TOLD.get(k) for k in (*keys, f"remittances.share.change_pp.{year}")]
        signs = {v > 0 for v in signs if v is not None}
        apart += [year] if len(signs) > 1 else []
    assert TOLD["shock.change.disagreeing_own_which"] == apart


def test_a_disagreement_within_one_source_and_a_restated_count_are_named():
    counts = pd.concat(
        [
            justice.as_counts(pd.Series({2020: n}), stage, group).assign(note=note)
            for stage, n, group, note in (
                ("convictions", 0, justice.TIP, ""),
                ("convictions", 3, justice.TIP, "as restated in the report of 2022"),
                ("identified people", 111, justice.TIP, "as restated by CABAR"),
                ("identified people", 7, justice.UNODC, ""),
            )
        ]
    )
    found = justice.disagreements(counts)
    assert justice.within_one_source(found)["one_source"]["value"] == 1
    assert [who for who, _ in found[1].counts] == [justice.RESTATED, justice.UNODC]
    assert justice.within_one_source(found[1:])["one_source"]["text"] == "none"
