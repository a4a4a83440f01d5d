"""Titles state what the numbers say, and tables print every cell."""

import numpy as np
import pandas as pd
import pytest

from livingbrief.charts.directive import markdown_table
from livingbrief.values.values import Values
from remitrisk.exhibits import shock_dynamics as dynamic
from remitrisk.methods import effects as counter
from remitrisk.methods.counterfactual import study
from remitrisk.methods.dynamics import local_projections, panel_elasticity


@pytest.mark.parametrize(
    ("estimates", "last"), [([], 2023), ([2023], 2022), ([2021], 2020), ([1999, 2021, 2023], 2020)]
)
def test_years_before_the_first_estimate_have_no_gap(estimates, last):
    values = pd.Series(1.0, index=range(2015, 2024))
    assert dynamic.before_estimates(values, estimates).index.tolist() == [*range(2015, last + 1)]


@pytest.fixture(scope="module")
def examined() -> counter.Examined:
    rng = np.random.default_rng(5)
    years = range(2000, 2022)
    flow = pd.Series(1000 * np.exp(np.cumsum(rng.normal(0.05, 0.1, 22))), index=years)
    drivers = pd.DataFrame({"ruble": rng.normal(0, 0.1, 22), "brent": 0.0}, index=years)
    drivers["brent"] = rng.normal(0, 0.1, 22)
    found = study(flow, [2005, 2014, 2015, 2020], drivers=drivers)
    status = pd.Series("final", index=years).where(flow.index != 2020, "estimate")
    values = Values.of(flow.rename("flow"), status=status, unit="US$ million")
    return counter.Examined("gross", "gross dollars", found, values)


class TestCounterfactual:
    def test_readings(self):
        assert counter.reading(-5, 3) == "not distinguishable from ordinary variation"
        assert counter.reading(1, 3).startswith("above")
        assert counter.reading(-4, -1).startswith("below")

    def test_estimates_carry_interval_status_and_what_they_stand_on(self, examined):
        found = {one.key: one for one in counter.estimates(examined)}
        plain = found["shock.counterfactual.gross.effect_pct.2020"]
        assert plain.status == "estimate" and plain.on == "flow"
        assert plain.interval[0] < plain.value < plain.interval[1]
        assert found["shock.counterfactual.gross.drivers_effect_pct.2020"].on == "drivers"
        assert "shock.counterfactual.gross.cumulative_pct.y2014_2015" in found

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

    def test_every_forecast_year_is_drawn(self, examined):
        shown = counter.actual_and_expected(examined)
        assert shown["expected"].years == [2014, 2015, 2020]
        assert shown["actual"].cell(2020).status == "estimate"


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
