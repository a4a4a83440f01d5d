"""Titles state what the numbers say, and tables print every cell."""

import numpy as np
import pandas as pd
import pytest

from livingbrief.charts.directive import markdown_table
from livingbrief.values.values import Values
from remitrisk.methods import effects as counter
from remitrisk.methods.counterfactual import log_drivers, study, study_of_months

OIL = {"source": "oil", "vintage": "2024"}


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
        found = counter.estimates(examined, [OIL])
        plain = found["shock.counterfactual.gross.effect_pct.2020"]
        assert plain["status"] == "estimate" and plain["sources"] == []
        assert plain["interval"][0] < plain["value"] < plain["interval"][1]
        assert found["shock.counterfactual.gross.drivers_effect_pct.2020"]["sources"] == [OIL]
        assert found["shock.counterfactual.gross.drivers_placebo_p.2020"]["sources"] == [OIL]
        assert "interval" not in found["shock.counterfactual.gross.placebo_p.2020"]
        sums = found["shock.counterfactual.gross.cumulative_usd_mn.y2014_2015"]
        assert sums["interval"][0] < sums["value"] < sums["interval"][1]

    def test_tables_have_a_row_for_each_model_and_no_empty_cell(self, examined):
        effects = counter.effects_table([examined])
        assert effects["Measure and year"].tolist() == [
            "gross dollars 2014",
            "gross dollars 2015",
            "gross dollars 2020 (e)",
        ]
        models = counter.variants_table([examined])
        assert "without host’s currency" in set(models["Model"])
        assert "drivers: host’s currency, oil price" in set(models["Model"])
        for table in (effects, models, counter.benchmark_table([examined])):
            assert markdown_table(table)

    def test_every_forecast_year_is_drawn(self, examined):
        shown, low, high = counter.gaps([examined])
        assert shown.years == low.years == high.years == [2014, 2015, 2020]
        assert (low.series < shown.series).all() and (shown.series < high.series).all()
        assert shown.cell(2020).status == "estimate"
        (first, _), model = next(iter(examined.study.spells.items()))
        expected = model.expected.loc[first] * (1 + shown.cell(first).value / 100)
        assert expected == pytest.approx(examined.flow.series[first])

    def test_every_year_with_drivers_has_its_models(self, examined):
        effect, low, high = counter.forests([examined])
        assert [*effect] == ["2014", "2015", "2020"]
        assert effect["2020"].rows[0] == "no drivers"
        assert (low["2020"].series < high["2020"].series).all()


class TestMonths:
    SUMS = pd.Series([30.0, 60.0], index=pd.PeriodIndex(["2020-05", "2020-08"], freq="M"))

    @staticmethod
    def printed(*months):
        frame = pd.DataFrame(months, columns=["period", "definition", "value_usd_mn"])
        return frame.assign(direction="inflow", counterpart="TOTAL")

    def test_the_smallest_month_stands_beside_its_three(self):
        printed = self.printed(("2020-03", "old", 7.0), ("2020-06", "old", 25.0))
        shown, told = counter.single_months(printed, self.SUMS, [OIL, OIL])
        assert told["least"]["value"] == "March 2020" and told["count"]["value"] == 2
        assert (told["least_usd_mn"]["value"], told["around_usd_mn"]["value"]) == (7, 10)
        assert shown["windows"].series.tolist() == [10.0] * 3 + [20.0] * 3

    def test_a_smaller_month_of_the_new_definition_has_no_three_months(self):
        printed = self.printed(("2020-03", "old", 7.0), ("2020-04", "new", 5.0))
        _, told = counter.single_months(printed, self.SUMS, [OIL, OIL])
        assert told["least"]["value"] == "April 2020" and "around_usd_mn" not in told

    def test_without_single_months_the_windows_are_shown_alone(self):
        shown, told = counter.single_months(self.printed(), self.SUMS, [OIL, OIL])
        assert told.keys() == {"count"} and told["count"]["value"] == 0
        assert shown["windows"] and not shown["old"] and not shown["new"]

    def test_a_shock_without_three_months_is_left_out(self):
        rng = np.random.default_rng(2)
        index = pd.period_range("2013-01", "2020-06", freq="M")
        flow = pd.Series(np.exp(rng.normal(4, 0.1, len(index))), index=index)
        rate = pd.Series(np.exp(rng.normal(0, 0.1, len(index)).cumsum()), index=index)
        drivers = log_drivers(rate, rate.iloc[::-1].set_axis(index))
        found = study_of_months(flow, ["2020-03", "2020-05"], drivers)
        assert [*found] == [pd.Period("2020-03", "M")]
        told = counter.of_months(found)
        assert told["asked"]["value"] == 1
        assert told["quarter_pct.m2020_03"]["interval"][0] < told["quarter_pct.m2020_03"]["value"]
        assert told["drivers_placebo_dates.m2020_03"]["value"] > 0
        assert counter.of_months({}) == {"asked": {"value": 0}, "seen": {"value": 0}}
