"""Groups of receivers by host: recomputed from the files, planted, and what an interval holds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from livingbrief.paths import project_root
from remitrisk.methods import host_shock
from remitrisk.series import EXCHANGE_RATE, GDP, GROWTH, INFLOW, BriefData

ROOT = project_root()
WDI, HOSTS = "worldbank/2026-07-01/wdi.csv", "undesa/2019-12-31/hosts.csv"


@pytest.fixture(scope="module")
def world():
    data = BriefData(ROOT, last_year=2024, vintage={"worldbank": "2026-07-01"})
    panels = (data.panel(code) for code in (INFLOW, GDP, GROWTH))
    return host_shock.world(*panels, data.table("migration.hosts"))


@pytest.fixture(scope="module")
def russia(world):
    return host_shock.of_host(host_shock.gaps(world, without=["KGZ"]), "RUS")


def by_hand(year: int) -> tuple[float, float]:
    """Gap of Russia's group and growth of its dollar GDP, from the CSV files alone."""
    wdi, hosts = (pd.read_csv(ROOT / "data" / name) for name in (WDI, HOSTS))
    wide = wdi[wdi["year"].isin([year - 1, year])].pivot(
        index="iso3", columns=["indicator", "year"], values="value"
    )
    count = max(y for y in hosts["year"].unique() if y < year)
    own = hosts[(hosts["year"] == count) & (hosts["host_iso3"] == "RUS") & (hosts["share"] > 0.4)]
    flow = wide[INFLOW].loc[wide.index.isin(hosts["origin_iso3"]) & (wide.index != "KGZ")]
    flow = flow[flow[year - 1] > 1e8]
    change = (100 * np.log(flow[year] / flow[year - 1])).dropna()
    inside = change.index.isin(own["origin_iso3"])
    gdp = wide.loc["RUS", GDP]
    gap = change[inside].median() - change[~inside].median()
    return gap, 100 * np.log(gdp[year] / gdp[year - 1])


def test_gaps_and_the_slope_are_those_of_the_files(russia):
    found = pd.DataFrame({y: by_hand(y) for y in range(2001, 2025)}, index=["gap", "shock"]).T
    assert russia["gap"].to_numpy() == pytest.approx(found["gap"].to_numpy())
    past = found.loc[:2021]
    slope, error = np.polyfit(past["shock"], past["gap"], 1)[0], None
    line = host_shock.line(russia["gap"].loc[:2021], russia["shock"].loc[:2021])
    assert line.slope == pytest.approx(slope) == pytest.approx(0.57, abs=0.005)
    x = np.column_stack([np.ones(21), past["shock"]])
    inverse = np.linalg.inv(x.T @ x)
    left = past["gap"] - x @ (inverse @ x.T @ past["gap"])
    left = left / (1 - np.einsum("ij,jk,ik->i", x, inverse, x))
    error = np.sqrt((inverse @ (x.T * left.to_numpy() ** 2) @ x @ inverse)[1, 1])
    half = stats.t.ppf(0.975, 19) * error
    assert line.interval == pytest.approx((slope - half, slope + half))


def test_p_counts_groups_and_calm_years(world):
    cells = host_shock.gaps(world, without=["KGZ"])
    found = host_shock.placebo(cells, "RUS", [2009, 2015]).loc[2015]
    others = cells[(cells["host"] != "RUS") | ~cells["year"].isin([2009, 2015])]
    assert found["cells"] == len(others)
    far = (others["gap"].abs() >= abs(found["gap"])).sum()
    assert found["p"] == (1 + far) / (1 + len(others)) >= found["smallest"]


@pytest.mark.parametrize(
    ("first", "last", "n", "slope"), [(2009, 2023, 15, 0.98), (2012, 2022, 11, 0.77)]
)
def test_the_elasticity_to_the_ruble_is_that_of_the_trial(first, last, n, slope):
    data = BriefData(ROOT, last_year=2024, vintage={"worldbank": "2026-04-01"})
    inflow, rate = data.series(INFLOW).series, data.series(EXCHANGE_RATE, "RUS").series
    moved, ruble = (np.log(of).diff().loc[first:last] for of in (inflow, 1 / rate))
    found = host_shock.line(moved, ruble.rename("ruble"))
    assert (found.n, found.slope) == (n, pytest.approx(slope, abs=0.005))
    if n == 11:
        by_kind = host_shock.errors(found)
        assert by_kind["classical"] == pytest.approx(0.15, abs=0.005)
        assert by_kind["hc3"] == pytest.approx(0.26, abs=0.005)
        assert by_kind["hac"] < 0.10, "the robust error is the smallest where it may least be"


def test_a_planted_response_comes_back_and_its_interval_holds_it(russia):
    shock, rng = russia["shock"].loc[:2021], np.random.default_rng(3)
    planted = pd.DataFrame({"gap": 3 + 0.6 * shock, "shock": shock})
    assert host_shock.line(planted["gap"], shock).slope == pytest.approx(0.6)
    assert host_shock.rotated_p(planted) == pytest.approx(1 / 21)
    lines = (host_shock.line(shock * 0 + rng.standard_normal(21), shock) for _ in range(400))
    share = np.mean([low <= 0 <= high for low, high in (line.interval for line in lines)])
    lowest, highest = host_shock.held(shock)
    assert 0.91 < lowest < highest < 0.96 and share == pytest.approx(highest, abs=0.03)


def test_the_interval_beside_a_group_holds_what_it_says(russia):
    rng, group = np.random.default_rng(5), russia.copy()
    held = []
    for _ in range(400):
        noise = rng.standard_normal((2, len(group)))
        group["gap"] = 2 + 0.6 * group["shock"] + 5 * noise[0]
        own = group["others"] + 3 + 0.6 * group["shock"] + 8 * noise[1]
        row = host_shock.beside(own, group, 2021).loc[2022]
        held.append(row["expected_low"] <= row["actual"] <= row["expected_high"])
    assert 0.92 <= np.mean(held) <= 0.98


@pytest.mark.parametrize(
    "rank",
    [
        lambda cells: host_shock.placebo(cells, "RUS", [2015]),
        lambda cells: host_shock.rotated_p(cells[cells["host"] == "RUS"]),
    ],
)
def test_a_gap_that_is_missing_has_no_rank(world, rank):
    cells = host_shock.gaps(world)
    assert np.all(rank(cells))
    with pytest.raises(ValueError, match="missing"):
        rank(cells.assign(gap=cells["gap"].mask(cells["year"] == 2015)))


def test_too_few_members_or_years_give_no_response(world, russia):
    hosts = set(host_shock.gaps(world)["host"])
    assert {"RUS", "EUR", "GULF", "USA"} <= hosts and not hosts & {"IND", "DEU", "ZAF"}
    assert host_shock.of_host(host_shock.gaps(world), "IND").empty
    with pytest.raises(ValueError, match="7 years are too few"):
        host_shock.line(russia["gap"].iloc[:7], russia["shock"].iloc[:7])
    with pytest.raises(ValueError, match="nothing moves"):
        host_shock.line(russia["gap"], russia["shock"] * 0)
    early = russia.loc[:2016]
    assert host_shock.beside(early["own"], early, 2016).empty
    assert host_shock.beyond(russia, 2024).empty


def test_the_line_on_the_printing_of_august_2018(world):
    data = BriefData(ROOT, last_year=2024, vintage={"worldbank": "2026-07-01"})
    then = data.table("worldbank.as_printed_2018")
    flow, gdp = (
        then.rename(columns={name: "value"})[["iso3", "year", "value"]].dropna()
        for name in ("inflow_usd", "gdp_usd")
    )
    old = host_shock.world(flow, gdp, data.panel(GROWTH), data.table("migration.hosts"))
    group = host_shock.of_host(host_shock.gaps(old, without=["KGZ"]), "RUS")
    line = host_shock.line(group["gap"], group["shock"])
    assert (line.n, line.slope) == (16, pytest.approx(0.56, abs=0.01))
    assert line.interval == pytest.approx((0.29, 0.83), abs=0.01)


def test_the_first_ten_years_predict_the_rest(russia):
    early, later = russia.loc[:2010], russia.loc[2011:2021]
    assert host_shock.line(early["gap"], early["shock"]).slope == pytest.approx(0.48, abs=0.01)
    slope, start = np.polyfit(early["shock"], early["gap"], 1)
    wrong = later["gap"] - start - slope * later["shock"]
    found = host_shock.ahead(early, later)
    assert found["ahead_error_pct"] == pytest.approx(np.sqrt((wrong**2).mean()))
    assert found["ahead_error_pct"] == pytest.approx(5.4, abs=0.1)
    assert found["ahead_mean_error_pct"] > 2 * found["ahead_error_pct"]


def test_groups_of_other_hosts_on_the_growth_of_this_one(world, russia):
    cells = host_shock.gaps(world, without=["KGZ"])
    found = host_shock.on_another(cells, russia["shock"].loc[:2021], "RUS", 2021)
    assert set(found) == {"EUR", "GULF", "USA"}
    assert all(line.interval[0] <= 0 for line in found.values())
    own = host_shock.of_host(cells, "EUR").loc[:2021]
    plain = np.polyfit(russia["shock"].reindex(own.index), own["gap"], 1)[0]
    assert found["EUR"].slope == pytest.approx(plain)


def test_rotation_keeps_neighbours_and_counts_itself():
    group = pd.DataFrame({"gap": [1.0, 2, 3, 4], "shock": [1.0, 2, 3, 4]})
    assert host_shock.rotated_p(group) == 0.25
    level = group.assign(gap=[1.0, -1, 1, -1], shock=[1.0, -1, 1, -1])
    assert host_shock.rotated_p(level) == 1


def test_log_points_are_told_in_per_cent():
    assert host_shock.percent(38.7) == pytest.approx(47.2, abs=0.1)
    assert host_shock.percent(pd.Series([0.0, -100])).tolist() == pytest.approx([0, -63.2], abs=0.1)
    told = host_shock.after_a_fall(0.57, 0.39, 0.75)
    assert told["value"] == pytest.approx(100 * (1 - 0.9**0.57)) == pytest.approx(5.8, abs=0.1)
    assert told["interval"] == pytest.approx((4.0, 7.6), abs=0.1)
