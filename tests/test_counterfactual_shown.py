"""Titles state what the numbers say, and tables print every cell."""

import numpy as np
import pandas as pd
import pytest

from livingbrief.charts.directive import markdown_table
from livingbrief.values.values import Values
from remitrisk.methods import effects as counter
from remitrisk.methods.counterfactual import study


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
