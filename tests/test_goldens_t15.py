"""Headline figures of Kyrgyzstan from the files, and which vintage served a reader of June 2023.

The dates are named, so that a vintage that is added leaves these figures as they were printed.
"""

from pathlib import Path

import pandas as pd
import pytest

from remitrisk.series import EXCHANGE_RATE, GDP, GROWTH, INFLOW, INFLOW_PCT_GDP, OUTFLOW, POVERTY
from remitrisk.series import BriefData as Data
from tests import golden

ROOT = Path(__file__).parents[1]
#: The printing that is kept in the goldens, and the one that last had the outflow.
PRINTED = ("2026-07-01", "2026-05-31")


def accepted(key):
    (row,) = (row for row in golden.read("current") if row["key"] == key)
    return pytest.approx(float(row["value"]))


def test_headline_figures_are_those_of_the_file_in_plain_pandas():
    table = pd.concat(pd.read_csv(ROOT / "data" / "worldbank" / day / "wdi.csv") for day in PRINTED)
    table = table.drop_duplicates(["iso3", "indicator", "year"])
    wide = table.pivot(index="year", columns=["iso3", "indicator"], values="value")
    own, rub = wide["KGZ"], wide["RUS"][EXCHANGE_RATE]
    gross, net = own[INFLOW], own[INFLOW] - own[OUTFLOW]
    moved = {"gross": gross, "net": net, "rub": gross * rub}
    for measure, flow in moved.items():
        growth = 100 * (flow[2022] / flow[2021] - 1)
        assert growth == accepted(f"remittances.{measure}.growth_pct.2022")
    for year in (2021, 2022, 2023):
        share = 100 * gross[year] / own[GDP][year]
        assert share == accepted(f"remittances.gross.pct_gdp.{year}")
    assert 100 * (rub[2021] / rub[2022] - 1) == accepted("ruble.value_change_pct.2022")
    office = pd.read_csv(ROOT / "data" / "nsc" / "2025-08-15" / "sdg.csv")
    office = office[office["indicator"].eq("poverty_rate") & office["year"].eq(2022)]
    rates = office.dropna(subset="urbanisation").set_index("urbanisation")["value"]
    for place in ("Rural", "Urban"):
        assert rates[place] == accepted(f"poverty.{place.lower()}_pct.2022")


def test_the_rank_is_among_economies_and_not_their_groups():
    table = pd.read_csv(ROOT / "data" / "worldbank" / "2026-07-01" / "wdi.csv")
    wide = table[table["year"].eq(2024)].pivot(index="iso3", columns="indicator", values="value")
    both = wide[[INFLOW, GDP]].dropna()
    groups = {"ECS", "WLD"}
    assert groups < {*both.index} and len(both) == 162
    share = (both[INFLOW] / both[GDP]).drop([*groups])
    assert len(share) == accepted("remittances.ranked_economies.2024")
    assert share.rank(ascending=False)["KGZ"] == accepted("remittances.rank_pct_gdp.2024")


def test_which_vintage_serves_which_series_of_june_2023():
    then = Data(
        ROOT, country="KGZ", host="RUS", last_year=2022,
        vintage={"worldbank": "2026-04-01"}, known_at="2023-06-30",
    )  # fmt: skip
    served = {
        code: then.series(code).sources[0]["vintage"]
        for code in (INFLOW, OUTFLOW, INFLOW_PCT_GDP, GDP, GROWTH, EXCHANGE_RATE, POVERTY)
    }
    assert served == {
        INFLOW: "2023-05-10", OUTFLOW: "2023-05-10", INFLOW_PCT_GDP: "2023-05-10",
        GDP: "2023-05-10", GROWTH: "2022-12-22", EXCHANGE_RATE: "known by 2023-01-10",
        POVERTY: "2026-04-01, printed later",
    }  # fmt: skip
    inflow, share = then.series(INFLOW), then.share_of_gdp()
    cell = inflow.cell(2022)
    assert (cell.value, cell.status) == (3_050_000_000, "estimate")
    assert share.sources[0]["vintage"] == "2023-05-10" and 2022 not in share.years
