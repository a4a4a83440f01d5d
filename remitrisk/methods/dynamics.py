"""How remittances move with the host's currency and with oil: elasticities from small samples.

With fewer than fifty observations, standard errors are heteroskedasticity-robust in the variant HC3
and compared with Student's t. Autocorrelation-robust (HAC) standard errors are computed only to
warn of them: in tiny samples they tend to be smaller than the classical ones. With few clusters,
p-values come from a wild cluster bootstrap with Webb's weights and the null imposed.

References
----------
.. [1] Herbst, E. P. and Johannsen, B. K. (2021). Bias in local projections. Finance and Economics
   Discussion Series 2020-010r1, Federal Reserve Board.
.. [2] Montiel Olea, J. L. and Plagborg-Møller, M. (2019). Simultaneous confidence bands: theory,
   implementation, and an application to SVARs. Journal of Applied Econometrics 34(1), 1-17.
.. [3] MacKinnon, J. G. and Webb, M. D. (2018). The wild bootstrap for few (treated) clusters.
   Econometrics Journal 21(2), 114-135.
.. [4] MacKinnon, J. G., Nielsen, M. Ø. and Webb, M. D. (2023). Cluster-robust inference: a guide to
   empirical practice. Journal of Econometrics 232(2), 272-299.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.panel import PanelOLS
from scipy import stats

MIN_DF = 8
WEBB = (np.sqrt([0.5, 1.0, 1.5]) * np.array([[-1.0], [1.0]])).ravel()


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
    se_clustered : pandas.Series, optional
        By regressor, where clusters were given: with the usual small-sample factors.
    clusters : int
        Their number, 0 without.
    """

    n: int
    df: int
    r_squared: float
    coefficients: pd.Series
    se_classical: pd.Series
    se_hc3: pd.Series
    se_hac: pd.Series
    hac_lags: int
    se_clustered: pd.Series | None = None
    clusters: int = 0

    @property
    def robust(self) -> tuple[pd.Series, int]:
        """Clustered errors and clusters less one where there are clusters, else HC3 and `df`."""
        if self.se_clustered is not None:
            return self.se_clustered, self.clusters - 1
        return self.se_hc3, self.df

    def interval(
        self, name: str, *, robust: bool = True, level: float = 0.95
    ) -> tuple[float, float]:
        """Interval of one coefficient by Student's t, with robust or classical standard errors."""
        errors, df = self.robust if robust else (self.se_classical, self.df)
        reach = float(stats.t.ppf(0.5 + level / 2, df)) * float(errors[name])
        centre = float(self.coefficients[name])
        return centre - reach, centre + reach

    def p_value(self, name: str, *, null: float = 0.0) -> float:
        """Two-sided p-value by robust errors and Student's t against ``coefficient = null``."""
        errors, df = self.robust
        statistic = (float(self.coefficients[name]) - null) / float(errors[name])
        return float(2 * stats.t.sf(abs(statistic), df))


@dataclass(frozen=True)
class LocalProjections:
    """Responses of a log outcome to a log driver, horizon by horizon.

    Attributes
    ----------
    driver : str
    lags : int
        Previous changes of outcome and driver that are held constant.
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
    se_jackknife : float
        From leaving out each year in turn.
    interval : tuple of float
        By `se_jackknife` and Student's t with years minus one degrees of freedom.
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
    se_jackknife: float
    interval: tuple[float, float]
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


def regression(
    outcome: pd.Series,
    regressors: pd.DataFrame,
    *,
    hac_lags: int = 2,
    clusters: pd.Series | None = None,
) -> Regression:
    """Regress by ordinary least squares on a constant and `regressors`, with three standard errors.

    Parameters
    ----------
    outcome : pandas.Series
        Shape (n,).
    regressors : pandas.DataFrame
        Shape (n, k); rows are matched to `outcome` by index, and incomplete rows are left out.
    hac_lags : int
        Lags of the Newey-West standard errors.
    clusters : pandas.Series, optional
        Cluster of each row, matched by index; intervals and p-values then use clustered errors.

    Raises
    ------
    ValueError
        If no degree of freedom remains, or there are fewer than three clusters.
    """
    frame = pd.concat([outcome.rename("_outcome"), regressors], axis=1).dropna()
    groups = None if clusters is None else clusters.reindex(frame.index).dropna()
    if groups is not None:
        frame = frame.loc[groups.index]
        if groups.nunique() < 3:
            raise ValueError(f"{groups.nunique()} clusters are too few")
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
        se_clustered=None if groups is None else _clustered(results, groups),
        clusters=0 if groups is None else groups.nunique(),
    )


def _clustered(results: Any, groups: pd.Series) -> pd.Series:
    robust = results.get_robustcov_results("cluster", groups=pd.factorize(groups)[0])
    return pd.Series(robust.bse, index=results.params.index)


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

    In differences: the change of the outcome from the year before to each horizon is regressed on
    the driver's change in the first of these years, the `lags` previous changes of both held
    constant. Levels held constant instead would bias responses of persistent series towards zero
    in short samples, the more the later the horizon [1]_.

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
    changes = np.diff(values, axis=0)
    design = np.hstack(
        [np.ones((len(changes), 1)), changes[:, [1]], _lagged(changes, range(1, lags + 1))]
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
    panel: pd.DataFrame,
    *,
    unit: str = "iso3",
    time: str = "year",
    outcome: str = "outcome",
    driver: str = "driver",
    level: float = 0.95,
    draws: int = 9999,
    seed: int = 87,
) -> PanelElasticity:
    """Estimate one slope for a panel with country effects, and its uncertainty in several ways.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row per country and year.
    unit, time, outcome, driver : str
        Names of its columns; outcome and driver are log changes.
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
    are the years. With few of them the usual cluster errors are too small; leaving out each year
    in turn (CRV3) mends that [4]_.
    """
    rows = panel[[unit, time, outcome, driver]].dropna().reset_index(drop=True)
    units, years = (pd.factorize(rows[name], sort=True)[0] for name in (unit, time))
    countries, periods = len(set(units)), len(set(years))
    if min(countries, periods) < 3:
        raise ValueError(f"{countries} countries and {periods} years are too few for a panel")
    indexed = rows.set_index([unit, time])
    model = PanelOLS(indexed[outcome], indexed[[driver]], entity_effects=True)
    plain = model.fit(cov_type="unadjusted")
    by_country = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
    by_year = model.fit(cov_type="clustered", cluster_time=True, group_debias=True)
    slope = float(plain.params[driver])
    y, x = rows[outcome].to_numpy(dtype=float), rows[driver].to_numpy(dtype=float)
    error = jackknife_error(y, x, units, years)
    reach = float(stats.t.ppf(0.5 + level / 2, periods - 1)) * error

    def wild(clusters: np.ndarray, null: float) -> float:
        return _wild_p(y, x, units, clusters, null, draws, seed)

    return PanelElasticity(
        n=len(rows),
        countries=countries,
        years=periods,
        slope=slope,
        se_classical=float(plain.std_errors[driver]),
        se_country=float(by_country.std_errors[driver]),
        se_year=float(by_year.std_errors[driver]),
        se_jackknife=error,
        interval=(slope - reach, slope + reach),
        p_country=wild(units, 0.0),
        p_year=wild(years, 0.0),
        p_unit_country=wild(units, 1.0),
        p_unit_year=wild(years, 1.0),
        draws=draws,
        level=level,
    )


def jackknife_error(
    outcome: np.ndarray, driver: np.ndarray, units: np.ndarray, clusters: np.ndarray
) -> float:
    """Standard error of a slope with unit effects, from leaving out each cluster in turn (CRV3).

    Parameters
    ----------
    outcome, driver : numpy.ndarray
        Shape (n,).
    units, clusters : numpy.ndarray
        Shape (n,): whole numbers from 0; units have a constant each, clusters are left out.
    """

    def slope(kept: np.ndarray) -> float:
        x, y = (_within(values[kept], units[kept]) for values in (driver, outcome))
        return float(x @ y / (x @ x))

    found = np.array([slope(clusters != left) for left in range(clusters.max() + 1)])
    whole = slope(np.ones(len(driver), dtype=bool))
    return float(np.sqrt((1 - 1 / len(found)) * ((found - whole) ** 2).sum()))


def _lagged(values: np.ndarray, lags: range) -> np.ndarray:
    """Stack `values` shifted by each lag side by side; rows before the data are NaN."""
    blocks = []
    for lag in lags:
        block = np.full(values.shape, np.nan)
        block[lag:] = values[: len(values) - lag]
        blocks.append(block)
    return np.hstack(blocks)


def _project(outcome: np.ndarray, design: np.ndarray, lags: int, horizon: int) -> dict[str, Any]:
    """Regress the outcome's change over `horizon` + 1 years on the rows of `design` before it."""
    moved = outcome[horizon + 1 :] - outcome[: len(outcome) - horizon - 1]
    n, k = max(len(moved) - lags, 0), design.shape[1]
    if n - k < MIN_DF:
        return {"df": n - k}
    rows = slice(lags, len(moved))
    results = sm.OLS(moved[rows], design[rows]).fit()
    bread = results.normalized_cov_params
    leverage = np.einsum("ij,jk,ik->i", results.model.exog, bread, results.model.exog)
    influence = np.zeros(len(outcome))
    influence[rows] = (results.model.exog @ bread)[:, 1] * results.resid / (1 - leverage)
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


def _sums(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Sum over the rows of each group, groups in ascending order."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))


def _within(values: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Deviations from the mean of each unit."""
    _, place, counts = np.unique(units, return_inverse=True, return_counts=True)
    means = _sums(values, units) / counts.reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(values - means[place])


def _wild_p(
    outcome: np.ndarray,
    driver: np.ndarray,
    units: np.ndarray,
    clusters: np.ndarray,
    null: float,
    draws: int,
    seed: int,
) -> float:
    """p-value against a slope of `null`: residuals under the null, one Webb weight a cluster."""
    x = _within(driver, units)
    residuals = _within(outcome - null * driver, units)

    def statistic(errors: np.ndarray) -> np.ndarray:
        slope = x @ errors / (x @ x)
        left = _within(errors, units) - np.outer(x, slope)
        scores = _sums(x[:, None] * left, clusters)
        return np.abs(slope) / np.sqrt((scores**2).sum(axis=0))

    observed = statistic(residuals[:, None])[0]
    rng = np.random.default_rng(seed)
    block = max(1, 2_000_000 // len(x))
    beyond = 0
    for done in range(0, draws, block):
        weights = rng.choice(WEBB, size=(clusters.max() + 1, min(block, draws - done)))
        beyond += int((statistic(residuals[:, None] * weights[clusters]) >= observed).sum())
    return (1 + beyond) / (1 + draws)
