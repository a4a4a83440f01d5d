"""How remittances move with the host's currency: elasticities from small samples.

With fewer than fifty observations, standard errors are heteroskedasticity-robust in the variant HC3
and compared with Student's t. Autocorrelation-robust (HAC) standard errors are computed only to
warn of them: in tiny samples they tend to be smaller than the classical ones. With few clusters,
p-values come from a wild cluster bootstrap with Webb's weights and the null imposed.

References
----------
.. [1] MacKinnon, J. G. and Webb, M. D. (2018). The wild bootstrap for few (treated) clusters.
   Econometrics Journal 21(2), 114-135.
.. [2] MacKinnon, J. G., Nielsen, M. Ø. and Webb, M. D. (2023). Cluster-robust inference: a guide to
   empirical practice. Journal of Econometrics 232(2), 272-299.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.panel import PanelOLS
from scipy import stats

LEVEL = 0.95
#: A driver whose changes, or logarithms, differ by no more in all does not move.
STILL = 0.01
FORMER_SOVIET = (
    *("ARM", "AZE", "BLR", "EST", "GEO", "KAZ", "KGZ"),
    *("LTU", "LVA", "MDA", "TJK", "TKM", "UKR", "UZB"),
)
LEAST_SHARE = 5.0
"""Least mean inflow of a receiver in the panel, per cent of GDP."""
#: Ends of the keys of a slope: itself, its errors, and what is made of them.
KEYS = ("", "_se_classical", "_se_hc3", "_se_hac", "_r_squared", "_p_of_one")
WEBB = (np.sqrt([0.5, 1.0, 1.5]) * np.array([[-1.0], [1.0]])).ravel()


@dataclass(frozen=True)
class Regression:
    """Ordinary least squares with the standard errors that a small sample asks for, by regressor.

    `se_hac` (Newey and West, Bartlett weights, times n/(n - k), without which it would look small
    for no reason of its own) is a warning, not for inference. `se_clustered`, with the usual
    small-sample factors, is there where `clusters` were given.
    """

    n: int
    df: int
    r_squared: float
    coefficients: pd.Series
    se_classical: pd.Series
    se_hc3: pd.Series
    se_hac: pd.Series
    se_clustered: pd.Series | None = None
    clusters: int = 0

    @property
    def robust(self) -> tuple[pd.Series, int]:
        """Clustered errors and clusters less one where there are clusters, else HC3 and `df`."""
        if self.se_clustered is not None:
            return self.se_clustered, self.clusters - 1
        return self.se_hc3, self.df

    def interval(
        self, name: str, *, robust: bool = True, level: float = LEVEL
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

    def told(self, name: str = "driver") -> dict[str, Any]:
        """Slope on a driver with its interval, its errors and its test against one, by key."""
        slope = {"value": self.coefficients[name], "interval": self.interval(name), "level": LEVEL}
        errors = (self.se_classical[name], self.se_hc3[name], self.se_hac[name])
        made = (self.r_squared, self.p_value(name, null=1))
        return dict(zip(KEYS, (slope, *errors, *made), strict=True))

    @property
    def shown(self) -> dict[str, Any]:
        """Of `told`, what is said of the period that is shown."""
        told = self.told()
        kept = {"slope": "", "r_squared": "_r_squared", "p_of_one": "_p_of_one"}
        return {name: told[key] for name, key in kept.items()}

    @property
    def flatters(self) -> bool:
        """Whether the HAC error of the driver is smaller than both others."""
        others = min(self.se_classical["driver"], self.se_hc3["driver"])
        return bool(self.se_hac["driver"] < others)


@dataclass(frozen=True)
class PanelElasticity:
    """One slope for several countries, each with its own constant.

    Errors are classical, clustered by country or year, and from leaving out each year in turn, on
    which `interval` stands (Student's t, years less one). p-values are those of the wild cluster
    bootstrap against a slope of zero and of one.
    """

    n: int
    slope: float
    interval: tuple[float, float]
    se_classical: float
    se_country: float
    se_year: float
    se_jackknife: float
    p_country: float
    p_year: float
    p_of_one_country: float
    p_of_one_year: float
    countries: int
    years: int

    def told(self) -> dict[str, Any]:
        """Slope and its uncertainty in each way, by key."""
        slope = {"value": self.slope, "interval": self.interval, "level": LEVEL}
        rest = {k: v for k, v in asdict(self).items() if k not in ("n", "slope", "interval")}
        return {"slope": slope, **rest}


def log_changes(values: pd.Series) -> pd.Series:
    """Yearly log changes; a year whose predecessor is missing, or not positive, is left out."""
    if values.empty:
        return pd.Series(dtype=float, index=pd.Index([], dtype=int, name="year"))
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
    outcome : Series, shape (n,)
    regressors : DataFrame, shape (n, k)
        Rows are matched by index; incomplete ones are left out.
    hac_lags : int
        Lags of the Newey-West errors.
    clusters : Series, optional
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
    counted = 0 if groups is None else groups.nunique()
    clustered = None
    if groups is not None:
        robust = results.get_robustcov_results("cluster", groups=pd.factorize(groups)[0])
        clustered = pd.Series(robust.bse, index=design.columns)
    return Regression(
        n=n,
        df=n - k,
        r_squared=float(results.rsquared),
        coefficients=results.params,
        se_classical=results.bse,
        se_hc3=results.HC3_se,
        se_hac=pd.Series(hac.bse, index=design.columns),
        se_clustered=clustered,
        clusters=counted,
    )


def panel_elasticity(
    panel: pd.DataFrame,
    *,
    unit: str = "iso3",
    time: str = "year",
    outcome: str = "outcome",
    driver: str = "driver",
    draws: int = 9999,
    seed: int = 87,
) -> PanelElasticity:
    """Estimate one slope for a panel with country effects, and its uncertainty in several ways.

    A driver that is the same for all countries in a year (an exchange rate of their common host)
    carries as much information as there are years, not country-years: then the clusters to look at
    are the years. With few of them the usual cluster errors are too small; leaving out each year in
    turn (CRV3) mends that [2]_. `draws` and `seed` are those of the wild cluster bootstrap [1]_.

    `panel` has one row per country and year: columns `unit`, `time` and the log changes `outcome`
    and `driver`. ValueError if there are fewer than three countries or years.
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
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, periods - 1)) * error

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
        p_of_one_country=wild(units, 1.0),
        p_of_one_year=wild(years, 1.0),
    )


def jackknife_error(
    outcome: np.ndarray, driver: np.ndarray, units: np.ndarray, clusters: np.ndarray
) -> float:
    """Standard error of a slope with unit effects, from leaving out each cluster in turn (CRV3).

    All four have shape (n,); `units` and `clusters` are whole numbers from 0.
    """

    def slope(kept: np.ndarray) -> float:
        x, y = (_within(values[kept], units[kept]) for values in (driver, outcome))
        return float(x @ y / (x @ x))

    found = np.array([slope(clusters != left) for left in range(clusters.max() + 1)])
    whole = slope(np.ones(len(driver), dtype=bool))
    return float(np.sqrt((1 - 1 / len(found)) * ((found - whole) ** 2).sum()))


# ------------------------------------------------------------------ periods, members, tables

Window = tuple[int, int]
Why = Literal["outside_edition", "not_published"]
Spread = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
"""Numbers by row and column, and the ends of the intervals of those that have one."""


def windows_for(*last_years: int) -> list[Window]:
    """Return the periods examined: four fixed ones, and one from 2009 to each of the years."""
    fixed = [(2005, 2023), (2009, 2023), (2009, 2021), (2012, 2022)]
    return sorted({*fixed, *((2009, last) for last in last_years)}, key=lambda w: (w[0], -w[1]))


def period(window: Window) -> str:
    """Return the last segment of a period's key, ``y2009_2023``."""
    return f"y{window[0]}_{window[1]}"


def fit_windows(changes: pd.DataFrame, windows: Iterable[Window]) -> dict[Window, Regression]:
    """Regress the inflow's log changes on its driver's (columns ``inflow, driver``) in each window.

    Changes are in log points. Windows with a missing change are left out, and those in which the
    driver does not move.
    """
    found = {}
    for window in windows:
        rows = changes.loc[window[0] : window[1], ["inflow", "driver"]].dropna()
        # The rate of a currency that is held to the dollar moves in its last digit.
        moves = len(rows) > 4 and np.ptp(rows["driver"]) > 100 * STILL
        if len(rows) == window[1] - window[0] + 1 and moves:
            found[window] = regression(rows["inflow"], rows[["driver"]])
    return found


def without_slope(windows: Iterable[Window], first: int, last: int, ever: int) -> dict[str, Why]:
    """Return by key why a period has no slope: beyond the edition, or not yet published.

    `ever` is the last year of the inflow that was ever printed. A period with a gap in it has no
    entry, so that the notebook can say what was withdrawn.
    """
    found: dict[str, Why] = {}
    for window in windows:
        outside = window[1] > last or window[0] < first
        if outside or window[1] > ever:
            why: Why = "outside_edition" if outside else "not_published"
            found |= dict.fromkeys([f"{part}.{period(window)}" for part in KEYS], why)
    return found


def window_shown(found: Collection[Window], last: int) -> Window | None:
    """Return the fitted period that is shown: 2009 to 2023, to the last year, or any other."""
    return next((w for w in ((2009, 2023), (2009, last), *found) if w in found), None)


@dataclass(frozen=True)
class Region:
    """Slopes of several countries, each alone (by name) and together.

    `choices` has the pooled slope by what a reader calls a choice of countries, that of `members`
    first.
    """

    members: list[str]
    own: dict[str, Regression]
    choices: dict[str, PanelElasticity]

    @property
    def pooled(self) -> PanelElasticity:
        """The slope of the members together."""
        return next(iter(self.choices.values()))

    def told(self) -> dict[str, Any]:
        """The pooled slope, and how many own intervals leave it out, by key."""
        spans = [fit.interval("driver") for fit in self.own.values()]
        apart = sum(not low <= self.pooled.slope <= high for low, high in spans)
        return {**self.pooled.told(), "apart": apart}

    def over_choices(self) -> dict[str, float]:
        """Return the range of the pooled slope over the choices, and what rules out one."""
        slopes = [result.slope for result in self.choices.values()]
        return {
            "lowest_choice": min(slopes),
            "highest_choice": max(slopes),
            "lowest_p_of_one": min(r.p_of_one_year for r in self.choices.values()),
        }


def region(
    everyone: pd.DataFrame, members: Sequence[str], names: Mapping[str, str], *, seed: int
) -> Region | None:
    """Estimate the slopes of a region; None if fewer than three `members` are in `everyone`.

    `everyone` comes from `stacked`; `names` are those of the codes.
    """
    there = set(everyone["iso3"])
    inside = [code for code in members if code in there]
    if len(inside) < 3:
        return None
    panel = everyone[everyone["iso3"].isin(inside)]
    own = {
        names[str(code)]: regression(rows["outcome"], rows[["driver"]])
        for code, rows in panel.groupby("iso3")
    }
    chosen = panel_choices(inside, {code: name for code, name in names.items() if code in there})
    choices = {
        said: panel_elasticity(everyone[everyone["iso3"].isin(codes)], seed=seed)
        for said, codes in chosen.items()
    }
    return Region(inside, own, choices)


def stacked(changes: pd.DataFrame, driver: pd.Series, window: Window) -> pd.DataFrame:
    """Stack log changes (log points, years by country) of the countries complete in the window.

    Returns ``iso3, year, outcome, driver`` in logarithms; empty if the driver is not complete or
    does not move.
    """
    years = pd.RangeIndex(window[0], window[1] + 1, name="year")
    whole = changes.div(100).reindex(years).dropna(axis=1).rename_axis(columns="iso3")
    moved = driver.div(100).reindex(years)
    if moved.isna().any() or moved.nunique() < 2:
        whole = whole.iloc[:, :0]
    rows = whole.unstack().rename("outcome").reset_index()
    return rows.assign(driver=rows["year"].map(moved))


def receivers(inflow: pd.DataFrame, gdp: pd.DataFrame, window: Window, country: str) -> list[str]:
    """Choose the panel: former Soviet republics that receive much, and the edition's country.

    `inflow` and `gdp` are US dollars in ``iso3, year, value``; the inflow must average
    `LEAST_SHARE` per cent of GDP over the window.
    """
    both = inflow.merge(gdp, on=["iso3", "year"], suffixes=("", "_gdp"))
    both = both[both["year"].between(*window) & both["iso3"].isin(FORMER_SOVIET)]
    share = (100 * both["value"] / both["value_gdp"]).groupby(both["iso3"]).mean()
    return sorted({country, *share.index[share >= LEAST_SHARE]})


def panel_choices(members: Sequence[str], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Return other choices of the panel's countries, by what a reader calls them.

    `names` has every country with all years of the period.
    """
    out = {"As above": list(members)}
    for left in members:
        out[f"Without {names[left]}"] = [c for c in members if c != left]
    added = [c for c in ("AZE",) if c in names and c not in members]
    for new in added:
        out[f"With {names[new]} too"] = [*members, new]
        if "UKR" in members:
            kept = [c for c in members if c != "UKR"]
            out[f"{names[new]} for {names['UKR']}"] = [*kept, new]
    out["All former Soviet republics with every year"] = [c for c in FORMER_SOVIET if c in names]
    return {name: chosen for name, chosen in out.items() if len(chosen) > 2}


def slopes_table(found: Mapping[Window, Regression]) -> Spread:
    """Return slopes by period with every standard error, and their intervals."""
    rows = {
        f"{first}–{last}": {
            "changes": fit.n,
            "degrees of freedom": fit.df,
            "slope": fit.coefficients["driver"],
            "R²": fit.r_squared,
            "SE classical": fit.se_classical["driver"],
            "SE HC3": fit.se_hc3["driver"],
            "SE HAC (warning)": fit.se_hac["driver"],
            "95 % interval, HC3": (0, *fit.interval("driver")),
            "95 % interval, classical": (0, *fit.interval("driver", robust=False)),
        }
        for (first, last), fit in found.items()
    }
    return _spread(rows, "years of change")


def forest(found: Region) -> Spread:
    """Return each country's slope, and the pooled one, with their intervals."""
    rows = {
        name: {"slope": (fit.coefficients["driver"], *fit.interval("driver"))}
        for name, fit in found.own.items()
    }
    together = (found.pooled.slope, *found.pooled.interval)
    return _spread({**rows, "pooled": {"slope": together}}, "country")


def panel_table(result: PanelElasticity) -> Spread:
    """Return the pooled slope's uncertainty in each way."""
    gap = float("nan")
    by_country = (result.p_country, result.p_of_one_country)
    by_year = (result.p_year, result.p_of_one_year)
    ends = (0, *result.interval)
    rows = {
        "classical": (result.n, result.se_classical, gap, gap, gap),
        "clusters: countries": (result.countries, result.se_country, gap, *by_country),
        "clusters: years": (result.years, result.se_year, gap, *by_year),
        "each year left out in turn": (result.years, result.se_jackknife, ends, gap, gap),
    }
    heads = ("SE", "95 % interval", "bootstrap p, slope 0", "bootstrap p, slope 1")
    told = {
        name: {"units": units, "slope": result.slope, **dict(zip(heads, row, strict=True))}
        for name, (units, *row) in rows.items()
    }
    return _spread(told, "errors")


def choices_table(found: Mapping[str, PanelElasticity]) -> Spread:
    """Return the pooled slope under each choice of countries."""
    rows = {
        name: {
            "number": result.countries,
            "slope": result.slope,
            "95 % interval": (0, *result.interval),
            "bootstrap p, slope 1, by years": result.p_of_one_year,
            "by countries": result.p_of_one_country,
        }
        for name, result in found.items()
    }
    return _spread(rows, "countries")


def _spread(rows: Mapping[str, Mapping[str, Any]], index: str) -> Spread:
    """Take cells of (number, low, high) apart; a number alone has no ends."""

    def part(i: int) -> pd.DataFrame:
        cells = {
            name: {
                column: cell[i] if isinstance(cell, tuple) else np.nan if i else cell
                for column, cell in row.items()
            }
            for name, row in rows.items()
        }
        return pd.DataFrame(cells).T.astype(float).rename_axis(index)

    return part(0), part(1), part(2)


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

    # Draws that repeat the data tie with them, but for the last digits of a float.
    observed = statistic(residuals[:, None])[0] * (1 - 1e-9)
    rng = np.random.default_rng(seed)
    block = max(1, 2_000_000 // len(x))
    beyond = 0
    for done in range(0, draws, block):
        weights = rng.choice(WEBB, size=(clusters.max() + 1, min(block, draws - done)))
        beyond += int((statistic(residuals[:, None] * weights[clusters]) >= observed).sum())
    return (1 + beyond) / (1 + draws)
