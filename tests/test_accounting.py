"""Accounting identities hold to rounding error, and hand-computed cases come out as computed."""

import numpy as np
import pandas as pd
import pytest

from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition
from livingbrief.values.values import Values
from remitrisk.methods import accounting
from remitrisk.methods.accounting import (
    changes,
    disagreeing,
    measures,
    over_vintages,
    round_excess,
    since,
    without_prices,
)
from remitrisk.series import EXCHANGE_RATE, INFLOW, POPULATION, PRICES
from remitrisk.series import BriefData as Data
from tests import golden

ROOT = project_root()
NONE = Values.of({"nothing": {}})


def series(*values: float, first: int = 2020) -> pd.Series:
    return pd.Series(values, index=range(first, first + len(values)), dtype=float)


def one(*values: float, first: int = 2020, **more) -> Values:
    return Values.of(series(*values, first=first).rename("x"), **more)


def flows(gross: Values, **known: Values) -> Values:
    names = ("outflow", "host_rate", "home_rate", "gdp")
    return measures(gross, **{name: known.get(name, NONE) for name in names})


def test_measures_of_one_flow_by_hand():
    table = flows(
        one(100, 110),
        outflow=one(20, 60),
        host_rate=one(70, 60),
        home_rate=one(80, 85),
        gdp=one(400, 550),
    )
    moved = changes(table, one(5, 10), one(10, 11))
    assert moved.names == [*accounting.measure_labels("KGZ", "RUS")]
    assert table.frame.loc[2020].tolist() == pytest.approx([100, 80, 7000, 8000, 25])
    assert table.frame.loc[2021].tolist() == pytest.approx([110, 50, 6600, 9350, 20])
    # Som of 2020 buy a tenth less a year later, and are shared by a tenth more.
    net = [100 * (9350 / 8800 - 1), 100 * (850 / 880 - 1)]
    by_hand = [10, -37.5, 100 * (66 / 70 - 1), 100 * (9350 / 8000 - 1), *net, -5]
    assert moved.frame.loc[2021].tolist() == pytest.approx(by_hand)


def test_a_missing_ingredient_leaves_its_measure_missing_and_the_others_whole():
    table = flows(one(100, 110), outflow=one(20))
    assert (table["gross_usd"].years, table["net_usd"].years) == ([2020, 2021], [2020])
    assert "share" not in table
    table = flows(one(100, 110), outflow=one(20, 60), host_rate=one(66, 60))
    assert disagreeing(table.change()) == [2021]
    assert disagreeing(table[["gross_usd", "rub"]].change()) == [], "one stands still"
    small = {"gross_usd": series(4.4, 4.4), "share": series(-0.03, 0.001)}
    assert disagreeing(Values.of(small)) == [small["share"].index[0]]


def test_a_year_without_prices_costs_that_year_and_is_named():
    gross, prices = one(*[100.0] * 6, first=2019), one(5, 5, np.nan, 10, 10, first=2020)
    levels = flows(gross, home_rate=one(*[80.0] * 6, first=2019))
    heads = one(*[10.0] * 6, first=2019)
    moved = changes(levels, prices, heads)
    assert moved["real_som"].years == moved["real_som_head"].years == [2020, 2021, 2023, 2024]
    assert without_prices(moved) == [2022]
    late = changes(levels, one(*[5.0] * 3), heads)
    assert (without_prices(late), without_prices(late, [2023])) == ([], [2023])
    chained = since(levels, 2022, prices, heads)["real_som"].series
    assert chained.to_dict() == pytest.approx({2023: -100 / 11, 2024: 100 * (1 / 1.21 - 1)})
    assert since(levels, 2020, prices, heads)["real_som"].years == [2021]
    assert not since(levels, 2024, prices, heads)


def test_a_money_that_only_repeats_another_is_named():
    own, euros = {"rub": "rubles", "som": "som"}, {"rub": "euros", "som": "euros"}
    moved = {"gross_usd": series(10, -5), "som": series(10.01, -5), "rub": series(4, 3)}
    assert accounting.repeated(Values.of(moved), own) == ["som"]
    # Twice the change is another one.
    moved |= {"som": series(20, -10), "rub": series(20.01, -10.01)}
    assert accounting.repeated(Values.of(moved), own) == ["rub"]
    moved |= {"rub": series(20.3, -10.1)}
    assert accounting.repeated(Values.of(moved), own) == []
    assert accounting.repeated(Values.of(moved), euros) == ["rub"]
    moved["som"] = series(float("nan"), -10)  # another currency in the first year
    assert accounting.repeated(Values.of(moved), euros) == []


@pytest.mark.parametrize(
    ("vintage", "last_year", "printed"),
    [
        ("2026-04-01", 2023, {2022: (7.1, -6.6, -8.2), 2023: (-11.6, -16.7, -18.1)}),
        ("2023-05-10", 2022, {2022: (9.2, -4.7, -6.4)}),
    ],
)
def test_more_dollars_bought_less_at_home_in_2022_in_both_editions(vintage, last_year, printed):
    data = Data(ROOT, last_year=last_year, vintage={"worldbank": vintage})
    gross, rate, prices, heads = data.values(INFLOW, EXCHANGE_RATE, PRICES, POPULATION)
    change = changes(flows(gross, home_rate=rate), prices, heads)
    som, rise = (gross * rate).series, prices.series
    for year, (dollars, real, head) in printed.items():
        by_hand = 100 * (som[year] / som[year - 1] / (1 + rise[year] / 100) - 1)
        found = change.frame.loc[year, ["gross_usd", "real_som", "real_som_head"]].tolist()
        assert found == pytest.approx([dollars, real, head], abs=0.05)
        assert found[1] == pytest.approx(by_hand, abs=1e-9)


def test_a_net_flow_is_an_estimate_where_either_side_is_and_no_other_measure_follows_the_outflow():
    told = {"status": pd.Series({2022: "estimate"})}
    table = flows(
        one(100, 110, 120, 130, status=pd.Series({2023: "estimate"})),
        outflow=one(20, 30, 40, 50, **told),
        host_rate=one(70, 60, 70, 60),
        home_rate=one(70, 60, 70, 60),
        gdp=one(1000, 1000, 1000, 1000),
    )
    assert table.status["net_usd"].tolist() == ["final", "final", "estimate", "estimate"]
    for measure in ("gross_usd", "rub", "som", "share"):
        assert table.status[measure].tolist() == ["final"] * 3 + ["estimate"], measure


def test_an_outflow_that_is_an_earlier_one_and_a_round_sum_is_seen():
    table = pd.read_csv(ROOT / "data" / "worldbank" / "2026-05-31" / "wdi.csv")
    own = table[(table["iso3"] == "KGZ") & (table["indicator"] == "BM.TRF.PWKR.CD.DT")]
    paid = own.set_index("year")["value"].rename("outflow")
    found = round_excess(Values.of(paid), 2019, 2022).frame.loc[2022]
    assert found["excess_usd_mn"] == pytest.approx((paid[2022] - paid[2019]) / 1e6)
    assert found["off_round_usd"] == pytest.approx(abs(paid[2022] - paid[2019] - 650e6))
    assert round_excess(Values.of(paid), 2019, 2021).frame["off_round_usd"].item() > 1000
    assert not round_excess(Values.of(paid), 2019, 2030)


def test_first_lowest_highest_and_last_of_each_year_over_vintages():
    table = pd.DataFrame(
        [[np.nan, -8.0, 0.5, -2.5], [1.0, 1.0, 1.0, 1.0]],
        index=pd.Index([2020, 2019], name="year"),
        columns=list("abcd"),
    )
    status = pd.DataFrame("final", table.index, table.columns)
    status.loc[2020, "b"] = "estimate"
    found, where = over_vintages(Values.of(table, status=status, unit="percent"))
    assert found.frame.loc[2020].tolist() == [-8.0, -8.0, 0.5, -2.5]
    assert found.status.loc[2020].tolist() == ["estimate", "estimate", "final", "final"]
    assert where.loc[2020].tolist() == ["b", "b", "c", "d", 3]


def by_vintage(**levels):
    """Levels of 2019 to 2022 by vintage."""
    frame = pd.DataFrame({v.strip("v").replace("_", "-"): row for v, row in levels.items()})
    return Values.of(frame.set_axis(range(2019, 2023)), columns="vintage")


SPLICED = {
    "v2023_05_10": [100.0, 100, 100, 110],
    "v2023_10_26": [100.0, 100, 100, 115],
    "v2025_07_01": [112.0, 109, 108, 115],
    "v2026_04_01": [112.0, 109, 108, 115],
}


def test_a_vintage_that_leaves_a_year_out_of_its_revision_is_named_until_a_later_one_settles_it():
    found = accounting.left_out(by_vintage(**SPLICED), 2022)
    assert {**found, "left_out_which": ""} == {
        "left_out": 3, "left_out_in": "July 2025", "left_out_since": "October 2023",
        "left_out_settled": 0, "left_out_which": "",
    }  # fmt: skip
    settled = by_vintage(**SPLICED, v2026_07_01=[112.0, 109, 108, 117])
    assert accounting.left_out(settled, 2022) == {**found, "left_out_settled": 1}
    together = {v: row for v, row in SPLICED.items() if v < "v2024"}
    assert accounting.left_out(by_vintage(**together), 2022) == {}
    together["v2025_07_01"] = [112.0, 109, 108, 120]
    assert accounting.left_out(by_vintage(**together), 2022) == {}


def test_four_windows_make_a_year_and_three_none():
    ends = pd.period_range("2020-02", "2022-08", freq="M")[::3]
    windows = pd.Series([10.0] * 4 + [11.0] * 4 + [50.0] * 3, ends)
    years = pd.RangeIndex(2020, 2023)
    som = Values.of(pd.Series([80.0, 88, 80], years, name="som"))
    prices = Values.of(pd.Series([5.0, 10, 10], years, name="prices"))
    found = accounting.over_four_windows(windows, som, prices, {"source": "x", "vintage": "y"})
    assert found.frame.loc[2021].tolist() == pytest.approx([10, 10])
    assert found.frame["yoy"].dropna().index.tolist() == [2021]
    assert found.status.loc[2021, "real_som"] == "estimate"


def test_prices_that_leave_nothing_are_refused():
    with pytest.raises(ValueError, match="100 per cent or more"):
        accounting.net_of_prices(one(5.0, 7.0), one(3.0, -100.0))


def test_what_is_not_printed_is_not_outside_the_edition():
    """Of an economy with one shock year, whose own money and whose host's is the dollar."""
    edition = load_edition(ROOT, "current", ["country=TCA", "known_at=2026-07-01"])
    record = golden.run(edition, "remittances")
    why = {item["what"]: item["why"] for item in record["lacks"]}
    assert "three vintages here" in why["shock years by vintage of the inflow"]
    assert "consumer prices in 2015" not in why
    assert record["numbers"]["shock.change.years_compared_which"]["value"] == [2015]
    assert record["numbers"]["remittances.rub.growth_pct.2015"]["value"] is None
