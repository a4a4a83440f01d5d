"""Titles state what the numbers say, and tables print every cell."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from livingbrief.charts.directive import markdown_table
from remitrisk.exhibits import remittances as flows
from remitrisk.exhibits import shock_accounting as accounts
from remitrisk.exhibits import shock_counterfactual as counter
from remitrisk.exhibits import shock_dynamics as dynamic
from remitrisk.methods.counterfactual import study
from remitrisk.methods.dependence import Strip
from remitrisk.methods.dynamics import local_projections, panel_elasticity

LABELS = {"gross_usd": "gross dollars", "net_usd": "net dollars", "share": "share of GDP"}


GROWTH = pd.DataFrame(
    {"gross_usd": [-2.5, 7.1], "net_usd": [-1.0, np.nan], "share": [-0.1, -6.0]},
    index=[2020, 2022],
)
STATUS = {
    name: pd.Series({2019: "final", 2020: "final", 2021: "final", 2022: "estimate"})
    for name in LABELS
}


@pytest.mark.parametrize(
    ("estimates", "last"), [([], 2023), ([2023], 2022), ([2021], 2020), ([1999, 2021, 2023], 2020)]
)
def test_years_before_the_first_estimate_have_no_gap(estimates, last):
    values = pd.Series(1.0, index=range(2015, 2024))
    assert dynamic.before_estimates(values, estimates).index.tolist() == [*range(2015, last + 1)]


class Desk:
    """Keeps what a notebook would record."""

    def __init__(self):
        self.kept = {}

    def number(self, key, value, *, status="final", **more):
        self.kept[key] = (value, status)


class TestRemittances:
    def test_what_a_vintage_printed_as_an_estimate_is_recorded_as_one(self):
        printed = pd.DataFrame(
            {
                "vintage": ["2023-05-10"] * 3,
                "year": [2020, 2021, 2022],
                "value": [2.4e9, 2.8e9, 3.05e9],
                "status": ["final", "final", "estimate"],
            }
        )
        desk = Desk()
        flows.record_revisions(desk, printed, {"source": "a bank"}, 2022)
        stem = "revisions.inflow_usd_mn.v2023_05_10"
        assert [desk.kept[f"{stem}.{y}"][1] for y in (2021, 2022)] == ["final", "estimate"]
        change = "revisions.inflow_growth_pct.v2023_05_10"
        assert [desk.kept[f"{change}.{y}"][1] for y in (2021, 2022)] == ["final", "estimate"]

    def test_the_title_on_revisions_counts_the_years_that_moved(self):
        table = pd.DataFrame({2019: [2.4, 2.4], 2020: [2.2, 2.6], 2021: [np.nan, 3.0]})
        strips = [Strip("X", "Gross inflow", "US$ billion", table)]
        assert flows.revisions_title(strips) == (
            "Gross inflow: 1 of 2 years changed their figure from one vintage to the next"
        )
        still = [Strip("X", "Gross inflow", "US$ billion", table[[2019]])]
        assert "no year changed" in flows.revisions_title(still)

    def test_the_inflow_of_the_brief_is_valued_at_the_rates_and_prices_of_its_time(self):
        printed = pd.DataFrame(
            {
                "vintage": "2023-05-10",
                "year": [2021, 2022],
                "value": [100.0, 110.0],
                "status": ["final", "estimate"],
            }
        )

        def series(before, after):
            values = pd.Series({2021: before, 2022: after})
            return SimpleNamespace(values=values, source={"source": "rates"})

        prices = {"host": series(80, 72), "home": series(80, 88), "consumer": series(5, 25)}
        desk = Desk()
        flows.record_valued(desk, printed, {"source": "a bank"}, prices, 2022)
        stem, end = "revisions.inflow", "growth_pct.v2023_05_10.2022"
        assert desk.kept[f"{stem}_rub_{end}"] == (pytest.approx(-1.0), "estimate")
        assert desk.kept[f"{stem}_som_{end}"] == (pytest.approx(21.0), "estimate")
        assert desk.kept[f"{stem}_real_som_{end}"] == (pytest.approx(-3.2), "estimate")
        alone = Desk()
        flows.record_valued(alone, printed, {"source": "a bank"}, {}, 2022)
        assert alone.kept == {}

    def test_the_ruble_of_two_months_is_what_a_reader_of_the_brief_could_know(self):
        table = pd.DataFrame(
            {
                "series_id": "fx_rub_per_usd_avg_spliced",
                "period": ["2022-01", "2022-02", "2022-03", "2023-05"],
                "value": [75.0, 77.0, 110.0, 80.0],
            }
        )
        data = SimpleNamespace(
            last_year=2022, table=lambda _: table, source=lambda _: {"source": "a bank"}
        )
        desk = Desk()
        flows.record_ruble_months(desk, data)
        assert desk.kept["ruble.value_change_feb_mar_2022_pct"][0] == pytest.approx(-30)
        assert desk.kept["ruble.value_change_jan_2022_may_2023_pct"][0] == pytest.approx(-6.25)


class TestAccounting:
    def test_the_title_names_the_years_in_which_measures_disagree(self):
        assert accounts.disagreeing(GROWTH) == [2022]
        assert accounts.changes_title(GROWTH).endswith("depends on the measure in 2022")
        assert "all measures" in accounts.changes_title(GROWTH.loc[[2020]])
        assert "none of these" in accounts.changes_title(GROWTH.loc[[2022]])

    def test_a_change_stands_on_an_estimate_if_either_year_does(self):
        status = STATUS["share"]
        assert accounts.status_of_change(status, 2022) == "estimate"
        assert accounts.status_of_change(status, 2023) == "estimate"
        assert accounts.status_of_change(status, 2021) == "final"

    def test_missing_figures_print_as_a_dash_and_estimates_are_marked(self):
        table = accounts.changes_table(GROWTH, STATUS, LABELS)
        assert table["Net dollars, %"].tolist() == ["−1.0", "–"]
        assert table["Share of GDP, points"].tolist() == ["−0.1", "−6.0 (e)"]
        assert markdown_table(table)

    def test_what_the_inflow_bought_since_2021_is_an_estimate_where_either_year_is(self):
        level = pd.Series({2020: 90.0, 2021: 100.0, 2022: 95.0, 2023: 80.0})
        flows = pd.DataFrame({"real_som": level, "real_som_head": level / 2})
        found = pd.DataFrame({"head_pct_median": {2022: 50.0, 2023: 36.0}})
        status = pd.Series({2021: "final", 2022: "final", 2023: "estimate"})
        sources = {name: [{"source": "a bank"}] for name in ("real_som", "real_som_head", "median")}
        desk = Desk()
        accounts.record_bought(desk, flows, found, status, sources)
        assert desk.kept["shock.since_2021.real_som_pct.2022"] == (pytest.approx(-5), "final")
        assert desk.kept["shock.since_2021.real_som_pct.2023"] == (pytest.approx(-20), "estimate")
        assert desk.kept["shock.head_pct_median_income.2023"] == (36, "estimate")
        assert "shock.since_2021.real_som_pct.2020" not in desk.kept
        late = Desk()
        accounts.record_bought(late, flows.loc[2022:], found.iloc[:0], status, sources)
        assert not late.kept, "without 2021 there is nothing to count from"

    def test_the_share_title_tells_numerator_from_denominator(self):
        parts = pd.DataFrame({"share_log": [-0.17, -0.20], "inflow_log": [-0.28, 0.07]})
        parts.index = [2015, 2022]
        assert accounts.share_title(parts).startswith("In 2022 GDP in dollars did more")
        assert "the inflow did more" in accounts.share_title(parts.loc[[2015]])

    def test_the_inflow_title_tells_dollars_from_rubles(self):
        parts = pd.DataFrame({"inflow_log": [-0.3, -0.1, 0.1], "ruble_amount_log": [0.2, -0.1, 0]})
        parts.index = [2015, 2016, 2017]
        assert accounts.inflow_title(parts, "rubles").startswith("In 2015 fewer dollars")
        assert accounts.inflow_title(parts.loc[[2015]], "rubles").startswith("Each time")
        assert "in none" in accounts.inflow_title(parts.loc[[2017]], "rubles")

    def test_the_inflow_title_says_when_the_rise_is_one_of_prices(self):
        parts = pd.DataFrame({"inflow_log": [-0.2, -0.3], "ruble_amount_log": [0.025, 0.18]})
        parts.index = [2009, 2015]
        real = accounts.real_amount(parts, pd.Series({2009: 11.6, 2015: 15.5}))
        assert real.round(1).tolist() == [-8.1, 3.7]
        title = accounts.inflow_title(parts, "rubles", real)
        assert title.endswith("rubles rose; net of prices there it did not in 2009")
        assert accounts.inflow_title(parts.loc[[2015]], "rubles", real).endswith(
            "also net of prices there"
        )
        assert accounts.inflow_title(parts.loc[[2009]], "rubles", real).endswith(
            "but not net of prices there"
        )
        assert accounts.inflow_title(parts, "rubles", real.loc[[2015]]).endswith("rubles rose")
        assert "2009 −8.1 %; 2015 +3.7 %" in accounts.real_note(real, "rubles")

    def test_the_vintage_title_speaks_of_years_whose_sign_changes(self):
        table = pd.DataFrame(
            {
                "vintage": ["a", "b", "a", "b"],
                "year": [2020, 2020, 2022, 2022],
                "before": 1.0,
                "after": 1.0,
                "percent": [-8.7, 0.5, 9.2, 7.1],
                "status": ["estimate", "final", "estimate", "final"],
            }
        )
        assert "fell in 2020 depends" in accounts.vintages_title(table)
        shown = accounts.vintages_table(table)
        assert shown["Lowest"].tolist() == ["−8.7 (e)", "+7.1"]
        assert shown["First printed"].tolist() == ["−8.7 (e) (a)", "+9.2 (e) (a)"]
        desk = Desk()
        accounts.record_vintages(desk, table, "a bank")
        assert desk.kept["shock.vintage.gross_first_pct.2022"] == (9.2, "estimate")
        assert desk.kept["shock.vintage.gross_lowest_pct.2022"] == (7.1, "final")

    def test_years_without_ingredients_are_reported_not_dropped_in_silence(self):
        values = pd.Series([1.0, 2.0], index=[2020, 2021])
        parts, lacking = accounts.inflow_frame([2021, 2022], values, values)
        assert parts.index.tolist() == [2021]
        assert lacking == {2022: "no value in 2021 or 2022"}


@pytest.fixture(scope="module")
def examined() -> counter.Examined:
    rng = np.random.default_rng(5)
    years = range(2000, 2022)
    flow = pd.Series(1000 * np.exp(np.cumsum(rng.normal(0.05, 0.1, 22))), index=years)
    drivers = pd.DataFrame({"ruble": rng.normal(0, 0.1, 22), "brent": 0.0}, index=years)
    drivers["brent"] = rng.normal(0, 0.1, 22)
    found = study(flow, [2005, 2014, 2015, 2020], drivers=drivers)
    source = [{"source": "made up", "vintage": "2000-01-01"}]
    status = pd.Series({2020: "estimate"})
    return counter.Examined("gross", "gross dollars", found, status, source, source)


class TestCounterfactual:
    def test_readings(self):
        assert counter.reading(-5, 3) == "not distinguishable from ordinary variation"
        assert counter.reading(1, 3).startswith("above")
        assert counter.reading(-4, -1).startswith("below")

    def test_the_titles_follow_the_intervals(self, examined):
        left = counter.outside([examined])
        title = counter.band_title([examined])
        assert title.startswith("Outside" if left else "No shock year")
        assert "p" in counter.placebo_title([examined])

    def test_tables_have_a_row_for_each_model_and_no_empty_cell(self, examined):
        effects = counter.effects_table([examined])
        assert effects["Measure and year"].tolist() == [
            "gross dollars 2014",
            "gross dollars 2015",
            "gross dollars 2020 (e)",
        ]
        models = counter.variants_table([examined])
        assert "without ruble" in set(models["Model"])
        assert "drivers: ruble, oil price" in set(models["Model"])
        for table in (effects, models, counter.benchmark_table([examined])):
            assert markdown_table(table)

    def test_figure_data_holds_every_forecast_year(self, examined):
        data = counter.effects_data([examined])
        assert data["year"].tolist() == [2014, 2015, 2020]
        assert data["spell"].tolist() == ["2014–2015", "2014–2015", "2020"]


class TestDynamics:
    def test_the_last_window_ends_with_the_edition(self):
        assert dynamic.windows_for(2024)[:2] == [(2005, 2023), (2009, 2024)]
        assert dynamic.windows_for(2023).count((2009, 2023)) == 1

    def test_incomplete_windows_are_left_out(self):
        rng = np.random.default_rng(0)
        values = pd.Series(np.exp(rng.normal(0, 0.1, 15).cumsum()), index=range(2008, 2023))
        found = dynamic.fit_windows(values, values, [(2009, 2022), (2008, 2022), (2009, 2023)])
        assert list(found) == [(2009, 2022)]
        assert found[2009, 2022].coefficients["driver"] == pytest.approx(1)

    def test_the_panel_keeps_countries_that_are_complete(self):
        rng = np.random.default_rng(0)
        driver = pd.Series(np.exp(rng.normal(0, 0.1, 15).cumsum()), index=range(2008, 2023))
        flows = {c: driver * np.exp(rng.normal(0, 0.05, 15)) for c in ("AAA", "BBB", "CCC")}
        flows["DDD"] = flows["AAA"].drop(2012)
        panel = dynamic.panel_frame(flows, driver, (2009, 2022))
        assert sorted(panel["iso3"].unique()) == ["AAA", "BBB", "CCC"]
        result = panel_elasticity(panel, draws=99)
        assert "3 receivers" in dynamic.panel_title(result)
        assert markdown_table(dynamic.panel_table(result))

    def test_the_response_title_names_only_drivers_that_leave_zero(self):
        rng = np.random.default_rng(1)
        steps = rng.normal(0, 0.2, 40)
        driver = pd.Series(steps.cumsum(), index=range(1980, 2020))
        noise = pd.Series(rng.normal(0, 0.2, 40).cumsum(), index=driver.index)
        outcome = driver + pd.Series(rng.normal(0, 0.02, 40), index=driver.index)
        found = {
            "ruble": local_projections(outcome, driver, horizons=0),
            "oil": local_projections(outcome, noise, horizons=0),
        }
        title = dynamic.response_title(found)
        assert title == "The inflow answers at once to ruble; later years are unclear"
        assert "No response" in dynamic.response_title({"oil": found["oil"]})


def test_the_title_of_single_months_names_the_smallest_of_the_old_definition() -> None:
    months = pd.DataFrame(
        {
            "period": ["2020-03", "2020-04", "2024-05"],
            "value_usd_mn": [144.0, 76.3, 50.0],
            "definition": ["old", "old", "new"],
        }
    )
    windows = pd.Series([554.7, 385.4], index=pd.PeriodIndex(["2020-02", "2020-05"], freq="M"))
    title = counter.windows_title(windows, months)
    assert "April 2020, brought US$ 76 million; the three months that hold it, 128 a month" in title
    assert counter.windows_title(windows.iloc[:1], months).endswith("US$ 76 million")
    assert "no single month" in counter.windows_title(windows, months.iloc[2:])
