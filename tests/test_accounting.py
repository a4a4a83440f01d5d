"""Accounting identities hold to rounding error, and hand-computed cases come out as computed."""

import numpy as np
import pandas as pd
import pytest
from remitrisk.exhibits.shock_accounting import bought, bought_table

from remitrisk.analysis.accounting import (
    MEASURES,
    change,
    changes_by_vintage,
    decompose_inflow,
    decompose_share,
    measures,
    price_level,
)
from remitrisk.analysis.breakdowns import headline
from remitrisk.data.access import EXCHANGE_RATE, INFLOW, PRICES, Data
from remitrisk.paths import project_root

ROOT = project_root()


def series(*values: float, first: int = 2020) -> pd.Series:
    return pd.Series(values, index=range(first, first + len(values)), dtype=float)


def test_measures_of_one_flow_by_hand():
    table = measures(
        series(100, 110),
        outflow=series(20, 60),
        host_rate=series(70, 60),
        home_rate=series(80, 85),
        gdp=series(400, 550),
        prices=series(5, 10),
        population=series(10, 11),
    )
    assert list(table) == list(MEASURES)
    # Som of 2021: 8,000 of 2020 buy what 8,800 buy a year later.
    assert table.loc[2020].tolist() == pytest.approx([100, 80, 7000, 8000, 8800, 880, 25])
    assert table.loc[2021].tolist() == pytest.approx([110, 50, 6600, 9350, 9350, 850, 20])


def test_prices_are_chained_up_to_their_last_year_and_not_across_a_gap():
    assert price_level(series(10, 20)).to_dict() == pytest.approx(
        {2019: 1 / 1.32, 2020: 1.1 / 1.32, 2021: 1}
    )
    gap = price_level(pd.Series({2015: 5.0, 2016: 5.0, 2018: 10.0, 2019: 10.0}))
    assert gap.index.tolist() == [2017, 2018, 2019]
    assert price_level(pd.Series(dtype=float)).empty


@pytest.mark.parametrize(
    ("vintage", "last_year", "printed"),
    [
        ("2026-04-01", 2023, {2022: (7.1, -6.6, -8.2), 2023: (-11.6, -16.7, -18.1)}),
        ("2023-05-10", 2022, {2022: (9.2, -4.7, -6.4)}),
    ],
)
def test_more_dollars_bought_less_at_home_in_2022_in_both_editions(vintage, last_year, printed):
    data = Data(ROOT, last_year=last_year, vintage={"worldbank": vintage})
    dollars, rate, rise, heads = (
        data.series(c).values for c in (INFLOW, EXCHANGE_RATE, PRICES, "SP.POP.TOTL")
    )
    flows = measures(dollars, home_rate=rate, prices=rise, population=heads)
    for year, (gross, real, head) in printed.items():
        som = dollars * rate
        by_hand = 100 * (som[year] / som[year - 1] / (1 + rise[year] / 100) - 1)
        found = [change(flows[m], year).percent for m in ("gross_usd", "real_som", "real_som_head")]
        assert found == pytest.approx([gross, real, head], abs=0.05)
        assert found[1] == pytest.approx(by_hand, abs=1e-9)


def test_the_inflow_a_head_fell_against_the_median_income():
    data = Data(ROOT, last_year=2023, vintage={"worldbank": "2026-04-01"})
    flows = measures(data.series(INFLOW).values, home_rate=data.series(EXCHANGE_RATE).values)
    median = 12 * headline(
        data.table("nsc.sdg"), "median_income_and_relative_poverty", series="Median monthly"
    )
    prices, heads = data.series(PRICES).values, data.series("SP.POP.TOTL").values
    flows = flows.assign(real_som=flows["som"], real_som_head=flows["som"])
    table = bought(flows, prices, heads, median)
    found = table["head_pct_median"].loc[[2021, 2022, 2023]]
    assert found.round(0).tolist() == [58, 50, 36]
    labels = {m: m for m in MEASURES}
    assert list(bought_table(table, labels, pd.Series({2023: "estimate"})).iloc[-1])[-1] == "36 (e)"
    bare = bought(flows, prices, None, pd.Series(dtype=float))
    assert "A head, over median income, %" not in bought_table(bare, labels, pd.Series(dtype=str))


def test_a_missing_ingredient_leaves_its_measure_missing_and_the_others_whole():
    table = measures(series(100, 110), outflow=series(20), gdp=None)
    assert table["gross_usd"].notna().all()
    assert np.isnan(table.loc[2021, "net_usd"])
    assert table["share"].isna().all()


def test_one_flow_can_rise_fall_and_stand_still_in_the_same_year():
    table = measures(
        series(100, 110), outflow=series(20, 60), host_rate=series(66, 60), gdp=series(400, 550)
    )
    moved = {name: change(table[name], 2021) for name in table}
    assert moved["gross_usd"].percent == pytest.approx(10)
    assert moved["net_usd"].percent == pytest.approx(-37.5)
    assert moved["rub"].percent == pytest.approx(0, abs=1e-12)
    assert moved["share"].difference == pytest.approx(-5)
    assert moved["som"] is None


def test_no_change_is_computed_across_a_missing_year():
    values = pd.Series([1.0, 3.0], index=[2019, 2021])
    assert change(values, 2021) is None


def test_a_negative_base_has_a_difference_but_no_percentage():
    found = change(series(-10, 20), 2021)
    assert found is not None
    assert found.difference == 30
    assert np.isnan(found.percent)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("base", [2020, 2017])
def test_parts_of_the_share_sum_to_the_whole(seed, base):
    rng = np.random.default_rng(seed)
    years = range(2015, 2022)
    draw = lambda scale: pd.Series(scale * np.exp(rng.normal(0, 0.4, 7)), index=years)  # noqa: E731
    growth = pd.Series(rng.normal(3, 6, 7), index=years)
    part = decompose_share(draw(2e9), draw(9e9), growth, draw(80), year=2021, base=base)
    total = part.inflow_log + part.real_growth_log + part.deflator_log + part.exchange_rate_log
    assert abs(total - part.share_log) < 1e-12
    assert abs(part.remainder) < 1e-12


def test_each_part_of_the_share_by_hand():
    # Real GDP +10 %, deflator +20 %, dollar 25 % dearer: dollar GDP grows by 1.32 / 1.25.
    gdp = series(1000, 1000 * 1.10 * 1.20 / 1.25)
    part = decompose_share(
        series(300, 330),
        gdp,
        series(0, 10),
        series(80, 100),
        year=2021,
        published_deflator_pct=series(0, 20),
    )
    assert part.inflow_log == pytest.approx(np.log(1.1))
    assert part.real_growth_log == pytest.approx(-np.log(1.1))
    assert part.deflator_log == pytest.approx(-np.log(1.2))
    assert part.exchange_rate_log == pytest.approx(np.log(1.25))
    assert part.published_deflator_distance < 1e-12


def test_a_deflator_that_does_not_belong_shows_as_a_distance():
    gdp = series(1000, 1320)
    part = decompose_share(
        series(300, 330),
        gdp,
        series(0, 10),
        series(80, 80),
        year=2021,
        published_deflator_pct=series(0, 15),
    )
    assert part.published_deflator_distance == pytest.approx(np.log(1.2 / 1.15))


def test_parts_of_the_inflow_sum_to_the_whole_and_have_the_right_sign():
    part = decompose_inflow(series(100, 80), series(40, 60), year=2021)
    assert part.inflow_log == pytest.approx(np.log(0.8))
    assert part.ruble_amount_log == pytest.approx(np.log(1.2))
    assert part.exchange_rate_log == pytest.approx(np.log(40 / 60))
    assert abs(part.remainder) < 1e-12


def test_a_decomposition_refuses_missing_years_and_values_without_logarithm():
    gdp, growth, rate = series(400, 500), series(1, 1), series(80, 80)
    with pytest.raises(ValueError, match="no value in 2021 or 2022"):
        decompose_share(series(1, 2), gdp, growth, rate, year=2022)
    with pytest.raises(ValueError, match="positive"):
        decompose_inflow(series(-1, 2), rate, year=2021)
    with pytest.raises(ValueError, match="real growth"):
        decompose_share(series(1, 2), gdp, series(1), rate, year=2021)


def test_each_vintage_is_compared_with_itself_only():
    printed = pd.DataFrame(
        [
            ("2021-08-03", 2019, 2410.5),
            ("2021-08-03", 2020, 2200.0),
            ("2022-12-23", 2020, 2422.8),
            ("2023-05-10", 2019, 2410.5),
            ("2023-05-10", 2020, 2422.8),
        ],
        columns=["vintage", "year", "value"],
    )
    table = changes_by_vintage(printed, [2020])
    assert table["vintage"].tolist() == ["2021-08-03", "2023-05-10"]
    assert table["percent"].round(1).tolist() == [-8.7, 0.5]
    assert table["status"].tolist() == ["final", "final"]
    soft = printed.assign(status=["final", "estimate", "final", "final", "final"])
    assert changes_by_vintage(soft, [2020])["status"].tolist() == ["estimate", "final"]
