"""How remittances move with the host's currency and with oil: elasticities from small samples.

With fewer than fifty observations, standard errors are heteroskedasticity-robust in the variant HC3
and compared with Student's t. Autocorrelation-robust (HAC) standard errors are computed only to
warn of them: in tiny samples they tend to be smaller than the classical ones. With few clusters,
p-values come from a wild cluster bootstrap with Webb's weights and the null imposed.

References
----------
.. [1] Montiel Olea, J. L. and Plagborg-Møller, M. (2021). Local projection inference is simpler and
   more robust than you think. Econometrica 89(4), 1789-1823.
.. [2] Montiel Olea, J. L. and Plagborg-Møller, M. (2019). Simultaneous confidence bands: theory,
   implementation, and an application to SVARs. Journal of Applied Econometrics 34(1), 1-17.
.. [3] MacKinnon, J. G. and Webb, M. D. (2018). The wild bootstrap for few (treated) clusters.
   Econometrics Journal 21(2), 114-135.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.panel import PanelOLS
from scipy import stats
from wildboottest.wildboottest import wildboottest

MIN_DF = 8


@dataclass(frozen=True)
class Regression:
    """Ordinary least squares with the standard errors that a small sample asks for.

    Attributes
    ----------
    n, df : int
        Observations; observations minus coefficients.
    r_squared : float
    coefficients, se_classical, se_hc3, se_hac : pandas.Series
        By regressor; `se_hac` is a warning, not for inference.
    hac_lags : int
        Lags of the Newey-West estimator (Bartlett weights, no prewhitening, times n/(n - k) as
        usual: without that factor it would look smaller than the classical error for no reason
        of its own).
    """

    n: int
    df: int
    r_squared: float
    coefficients: pd.Series
    se_classical: pd.Series
    se_hc3: pd.Series
    se_hac: pd.Series
    hac_lags: int

    def interval(
        self, name: str, *, robust: bool = True, level: float = 0.95
    ) -> tuple[float, float]:
        """Interval of one coefficient by Student's t, with HC3 or classical standard errors."""
        error = float((self.se_hc3 if robust else self.se_classical)[name])
        reach = float(stats.t.ppf(0.5 + level / 2, self.df)) * error
        centre = float(self.coefficients[name])
        return centre - reach, centre + reach

    def p_value(self, name: str, *, null: float = 0.0) -> float:
        """Two-sided p-value by HC3 and Student's t against ``coefficient = null``."""
        statistic = (float(self.coefficients[name]) - null) / float(self.se_hc3[name])
        return float(2 * stats.t.sf(abs(statistic), self.df))


@dataclass(frozen=True)
class LocalProjections:
    """Responses of a log outcome to a log driver, horizon by horizon.

    Attributes
    ----------
    driver : str
    lags : int
        Lags of outcome and driver that are held constant.
    table : pandas.DataFrame
        One row per horizon: ``horizon, n, df, response, se_classical, se_hc3``, the pointwise
        interval ``low, high`` (HC3 and t) and the band ``sup_low, sup_high``, simultaneous over
        all horizons.
    critical : float
        Critical value of the simultaneous band.
    level : float
    dropped : tuple of int
        Horizons asked for but left out, because fewer than `MIN_DF` degrees of freedom remain.
    """

    driver: str
    lags: int
    table: pd.DataFrame
    critical: float
    level: float
    dropped: tuple[int, ...]


@dataclass(frozen=True)
class PanelElasticity:
    """One slope for several countries, each with its own constant.

    Attributes
    ----------
    n, countries, years : int
        Observations and clusters of either kind.
    slope : float
    se_classical, se_country, se_year : float
        Classical; clustered by country; clustered by year.
    interval_classical, interval_country, interval_year : tuple of float
        By Student's t with residual degrees of freedom, clusters minus one, clusters minus one.
    p_country, p_year : float
        Wild cluster bootstrap p-values against a slope of zero.
    p_unit_country, p_unit_year : float
        The same against a slope of one.
    draws : int
    level : float
    """

    n: int
    countries: int
    years: int
    slope: float
    se_classical: float
    se_country: float
    se_year: float
    interval_classical: tuple[float, float]
    interval_country: tuple[float, float]
    interval_year: tuple[float, float]
    p_country: float
    p_year: float
    p_unit_country: float
    p_unit_year: float
    draws: int
    level: float


def log_changes(values: pd.Series) -> pd.Series:
    """Yearly log changes; a year whose predecessor is missing, or not positive, is left out."""
    years = range(int(values.index.min()), int(values.index.max()) + 1)
    full = values.reindex(years).astype(float)
    logs = pd.Series(np.log(full.where(full > 0).to_numpy()), index=full.index)
    return logs.diff().dropna()


def regression(outcome: pd.Series, regressors: pd.DataFrame, *, hac_lags: int = 2) -> Regression:
    """Regress by ordinary least squares on a constant and `regressors`, with three standard errors.

    Parameters
    ----------
    outcome : pandas.Series
        Shape (n,).
    regressors : pandas.DataFrame
        Shape (n, k); rows are matched to `outcome` by index, and incomplete rows are left out.
    hac_lags : int
        Lags of the Newey-West standard errors.

    Raises
    ------
    ValueError
        If no degree of freedom remains.
    """
    frame = pd.concat([outcome.rename("_outcome"), regressors], axis=1).dropna()
    design = sm.add_constant(frame.drop(columns="_outcome"), has_constant="add")
    n, k = design.shape
    if n <= k:
        raise ValueError(f"{n} observations are too few for {k} coefficients")
    results = sm.OLS(frame["_outcome"], design).fit()
    hac = results.get_robustcov_results("HAC", maxlags=hac_lags, use_correction=True)
    return Regression(
        n=n,
        df=n - k,
        r_squared=float(results.rsquared),
        coefficients=results.params,
        se_classical=results.bse,
        se_hc3=results.HC3_se,
        se_hac=pd.Series(hac.bse, index=design.columns),
        hac_lags=hac_lags,
    )


def response_matrix(values: np.ndarray, *, horizon: int, lags: int) -> np.ndarray:
    """Reduced-form local projection of every variable on every variable.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (T, k).
    horizon : int
        At least 1.
    lags : int
        Lags counted from the regressor's date on: the values at t and the `lags` - 1 before it.

    Returns
    -------
    numpy.ndarray
        Shape (k, k): ``[i, j]`` is the response of variable i at `horizon` to variable j at 0. At
        horizon 1 this is the impulse response of the vector autoregression with the same lags.
    """
    size = values.shape[1]
    regressors = np.hstack([np.ones((len(values), 1)), _lagged(values, range(lags))])
    rows = slice(lags - 1, len(values) - horizon)
    coefficients, *_ = np.linalg.lstsq(regressors[rows], values[lags - 1 + horizon :], rcond=None)
    return coefficients[1 : 1 + size].T


def local_projections(
    outcome: pd.Series,
    driver: pd.Series,
    *,
    lags: int = 1,
    horizons: int = 3,
    level: float = 0.95,
    draws: int = 20_000,
    seed: int = 87,
) -> LocalProjections:
    """Project a log outcome at 0, 1, … years ahead on an unexpected change of a log driver.

    Lag-augmented [1]_: outcome and driver at the `lags` previous dates are held constant, one lag
    more than a projection of a first-order system needs, which makes heteroskedasticity-robust
    standard errors valid at every horizon even when the series have unit roots.

    Parameters
    ----------
    outcome, driver : pandas.Series
        Logs, indexed by year; years present in both are used and must be consecutive.
    lags : int
    horizons : int
        Largest horizon asked for.
    level : float
        Level of both bands.
    draws, seed : int
        Draws behind the critical value of the simultaneous band, and their seed.

    Returns
    -------
    LocalProjections
        The response to a driver one log point higher, in log points of the outcome.

    Raises
    ------
    ValueError
        If the years have gaps, or if even horizon 0 leaves fewer than `MIN_DF` degrees of freedom.

    Notes
    -----
    The simultaneous band is the plug-in sup-t band [2]_: the quantile of the largest absolute t
    over horizons, from a multivariate t distribution with the correlation of the HC3 influence
    functions and the smallest degrees of freedom among the horizons.
    """
    both = pd.concat([outcome.rename("y"), driver.rename("x")], axis=1).dropna()
    if len(both) and not (np.diff(both.index.to_numpy()) == 1).all():
        raise ValueError("the years of outcome and driver have gaps")
    values = both.to_numpy(dtype=float)
    design = np.hstack(
        [np.ones((len(values), 1)), values[:, [1]], _lagged(values, range(1, lags + 1))]
    )
    fits = [_project(values[:, 0], design, lags, h) for h in range(horizons + 1)]
    kept = [fit for fit in fits if fit["df"] >= MIN_DF]
    if not kept:
        raise ValueError(f"{len(values)} years leave fewer than {MIN_DF} degrees of freedom")
    influence = np.column_stack([fit.pop("influence") for fit in kept])
    critical = _sup_t(influence, min(fit["df"] for fit in kept), level, draws, seed)
    table = pd.DataFrame(kept)
    pointwise = stats.t.ppf(0.5 + level / 2, table["df"].to_numpy()) * table["se_hc3"]
    table["low"], table["high"] = table["response"] - pointwise, table["response"] + pointwise
    table["sup_low"] = table["response"] - critical * table["se_hc3"]
    table["sup_high"] = table["response"] + critical * table["se_hc3"]
    return LocalProjections(
        driver=str(driver.name or "driver"),
        lags=lags,
        table=table,
        critical=critical,
        level=level,
        dropped=tuple(range(len(kept), horizons + 1)),
    )


def panel_elasticity(
    panel: pd.DataFrame, *, level: float = 0.95, draws: int = 9999, seed: int = 87
) -> PanelElasticity:
    """Estimate one slope for a panel with country effects, and its uncertainty in several ways.

    Parameters
    ----------
    panel : pandas.DataFrame
        Columns ``iso3, year, outcome, driver`` (log changes), one row per country and year.
    level : float
    draws, seed : int
        Of the wild cluster bootstrap [3]_.

    Raises
    ------
    ValueError
        If the panel has fewer than three countries or three years.

    Notes
    -----
    A driver that is the same for all countries in a year (an exchange rate of their common host)
    carries as much information as there are years, not country-years: then the clusters to look at
    are the years.
    """
    rows = panel.dropna().reset_index(drop=True)
    countries, years = rows["iso3"].nunique(), rows["year"].nunique()
    if min(countries, years) < 3:
        raise ValueError(f"{countries} countries and {years} years are too few for a panel")
    indexed = rows.set_index(["iso3", "year"])
    model = PanelOLS(indexed["outcome"], indexed[["driver"]], entity_effects=True)
    plain = model.fit(cov_type="unadjusted")
    by_country = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
    by_year = model.fit(cov_type="clustered", cluster_time=True, group_debias=True)
    slope = float(plain.params["driver"])

    def error(results: Any) -> float:
        return float(results.std_errors["driver"])

    def interval(results: Any, df: int) -> tuple[float, float]:
        reach = float(stats.t.ppf(0.5 + level / 2, df)) * error(results)
        return slope - reach, slope + reach

    return PanelElasticity(
        n=len(rows),
        countries=countries,
        years=years,
        slope=slope,
        se_classical=error(plain),
        se_country=error(by_country),
        se_year=error(by_year),
        interval_classical=interval(plain, int(plain.df_resid)),
        interval_country=interval(by_country, countries - 1),
        interval_year=interval(by_year, years - 1),
        p_country=_wild_p(rows, "iso3", 0.0, draws, seed),
        p_year=_wild_p(rows, "year", 0.0, draws, seed),
        p_unit_country=_wild_p(rows, "iso3", 1.0, draws, seed),
        p_unit_year=_wild_p(rows, "year", 1.0, draws, seed),
        draws=draws,
        level=level,
    )


def _lagged(values: np.ndarray, lags: range) -> np.ndarray:
    """Stack `values` shifted by each lag side by side; rows before the data are NaN."""
    blocks = []
    for lag in lags:
        block = np.full(values.shape, np.nan)
        block[lag:] = values[: len(values) - lag]
        blocks.append(block)
    return np.hstack(blocks)


def _project(outcome: np.ndarray, design: np.ndarray, lags: int, horizon: int) -> dict[str, Any]:
    last = len(outcome) - horizon
    n, k = max(last - lags, 0), design.shape[1]
    if n - k < MIN_DF:
        return {"df": n - k}
    results = sm.OLS(outcome[lags + horizon :], design[lags:last]).fit()
    bread = results.normalized_cov_params
    leverage = np.einsum("ij,jk,ik->i", results.model.exog, bread, results.model.exog)
    influence = np.zeros(len(outcome))
    influence[lags:last] = (results.model.exog @ bread)[:, 1] * results.resid / (1 - leverage)
    return {
        "horizon": horizon,
        "n": n,
        "df": n - k,
        "response": float(results.params[1]),
        "se_classical": float(results.bse[1]),
        "se_hc3": float(results.HC3_se[1]),
        "influence": influence,
    }


def _sup_t(influence: np.ndarray, df: int, level: float, draws: int, seed: int) -> float:
    covariance = influence.T @ influence
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    rng = np.random.default_rng(seed)
    normal = rng.multivariate_normal(np.zeros(len(scale)), correlation, size=draws, method="eigh")
    spread = np.sqrt(df / rng.chisquare(df, size=draws))
    return float(np.quantile(np.abs(normal).max(axis=1) * spread, level))


def _wild_p(rows: pd.DataFrame, cluster: str, null: float, draws: int, seed: int) -> float:
    effects = pd.get_dummies(rows["iso3"], dtype=float)
    model = sm.OLS(
        rows["outcome"] - null * rows["driver"], pd.concat([rows[["driver"]], effects], axis=1)
    )
    table = wildboottest(
        model,
        param="driver",
        # The library groups by the values themselves and needs them to be integers.
        cluster=pd.Series(pd.factorize(rows[cluster])[0], index=rows.index),
        B=draws,
        weights_type="webb",
        impose_null=True,
        bootstrap_type="11",
        seed=seed,
        parallel=False,
        show=False,
    )
    return float(table["p-value"].iloc[0])
