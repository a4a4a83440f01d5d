"""What would have happened without a shock: structural time-series models fitted before it.

The model is that of statsmodels' `UnobservedComponents` on logarithms, fitted by maximum likelihood
with exact diffuse initialisation [1]_; without its filter, since the same likelihood and forecast
follow from a regression with correlated errors. That fit gives the point forecast. Bands and
intervals come from `predictive`, which integrates the coefficients and the variances out; with one
variance, as a random walk with drift has, that is the textbook forecast interval.

References
----------
.. [1] Durbin, J. and Koopman, S. J. (2012). Time Series Analysis by State Space Methods, 2nd ed.,
   Oxford University Press.
.. [2] Brodersen, K. H. et al. (2015). Inferring causal impact using Bayesian structural time-series
   models. Annals of Applied Statistics 9(1), 247-274.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import optimize, stats
from scipy.linalg import lapack
from statsmodels.tsa.statespace.structural import UnobservedComponents

from remitrisk.methods.predictive import KERNELS, contrasts_of, forecast_at, predictive

LEVELS: tuple[float, ...] = (0.5, 0.8, 0.95)
MIN_MODEL = 8
MIN_DRIVERS = 12
AGREE = 0.01


@dataclass(frozen=True)
class Specification:
    """Which components a model has.

    Attributes
    ----------
    name : str
        As it is called in the report.
    slope : {"none", "fixed", "stochastic"}
        No drift, one drift for the whole period, or a drift that moves.
    irregular : bool
        Whether a transitory component is added to the level.
    season : int or None
        Length of a fixed seasonal pattern in periods.
    exact_diffuse : bool
        Exact diffuse initialisation; otherwise statsmodels' approximate one with a burn-in.
    """

    name: str
    slope: Literal["none", "fixed", "stochastic"] = "stochastic"
    irregular: bool = True
    season: int | None = None
    exact_diffuse: bool = True

    @property
    def components(self) -> tuple[str, ...]:
        """Parts that have a variance, as statsmodels orders them."""
        there = (self.irregular, True, self.slope == "stochastic")
        names = ("irregular", "level", "trend")
        return tuple(name for name, has in zip(names, there, strict=True) if has)


LOCAL_LEVEL = Specification("local level", slope="none")
LOCAL_LINEAR_TREND = Specification("local linear trend")
RANDOM_WALK_WITH_DRIFT = Specification("random walk with drift", slope="fixed", irregular=False)
MONTHLY_LEVEL = Specification("local level with a fixed seasonal pattern", slope="none", season=12)


@dataclass(frozen=True)
class Fit:
    """A fitted structural model of log values.

    Attributes
    ----------
    specification : Specification
    values : pandas.Series
        What was fitted.
    regressors : pandas.DataFrame or None
        The drivers of the same periods.
    variances : dict of str to float
        Variances of the components.
    agreed : bool
        Whether at least two starting points reached the same likelihood (within 0.01).
    """

    specification: Specification
    values: pd.Series
    regressors: pd.DataFrame | None
    variances: dict[str, float]
    agreed: bool

    @property
    def n(self) -> int:
        """Observations."""
        return len(self.values)

    @property
    def drivers(self) -> tuple[str, ...]:
        """Names of the drivers."""
        return () if self.regressors is None else tuple(self.regressors.columns)

    @cached_property
    def results(self) -> Any:
        """The statsmodels results, smoothed when they are first asked for."""
        given = None if self.regressors is None else self.regressors.to_numpy(dtype=float)
        model = _model(self.values.to_numpy(dtype=float), self.specification, given)
        return model.smooth([*self.variances.values()], cov_type="none")

    @property
    def log_likelihood(self) -> float:
        """Diffuse log-likelihood."""
        return float(self.results.llf)

    @property
    def level(self) -> pd.Series:
        """Smoothed level."""
        return pd.Series(self.results.smoothed_state[0], index=self.values.index)

    @property
    def coefficients(self) -> dict[str, float]:
        """Elasticities to the drivers; empty without drivers."""
        last = self.results.smoothed_state[:, -1]
        found = last[len(last) - len(self.drivers) :]
        return dict(zip(self.drivers, map(float, found), strict=True))


@dataclass(frozen=True)
class Counterfactual:
    """Actual values against what the model, fitted before the shock, expected.

    Attributes
    ----------
    shock : object
        First period that was not fitted.
    specification : Specification
    drivers : tuple of str
    n, df : int
        Observations before the shock; degrees of freedom of the bands.
    first : object
        First period fitted.
    actual, expected : pandas.Series
        In the unit of the input; `expected` is the median under the maximum-likelihood fit.
    bands : pandas.DataFrame
        Columns ``low_50, high_50, low_80, …``: the forecast bands.
    effect_pct : pandas.DataFrame
        Columns ``effect, low, high``: actual over expected, percent, at the widest level.
    cumulative, cumulative_low, cumulative_high : float
        Sum over all periods of actual minus expected, in the unit of the input.
    cumulative_pct, cumulative_pct_low, cumulative_pct_high : float
        Sum of actual over sum of expected, percent.
    level : float
        Level of the intervals of the effects.
    """

    shock: Any
    specification: Specification
    drivers: tuple[str, ...]
    n: int
    df: int
    first: Any
    actual: pd.Series
    expected: pd.Series
    bands: pd.DataFrame
    effect_pct: pd.DataFrame
    cumulative: float
    cumulative_low: float
    cumulative_high: float
    cumulative_pct: float
    cumulative_pct_low: float
    cumulative_pct_high: float
    level: float

    @property
    def distinguishable(self) -> bool:
        """Whether the interval of the cumulative effect leaves out zero."""
        return self.cumulative_pct_low > 0 or self.cumulative_pct_high < 0


@dataclass(frozen=True)
class Placebo:
    """The same model asked about dates at which nothing happened.

    Attributes
    ----------
    effects_pct : pandas.Series
        Effect at each placebo date, percent.
    effect_pct : float
        Effect at the shock, over the same horizon.
    n : int
        Number of placebo dates.
    p_value : float
        Share of dates, the shock included, whose log gap is at least as far from zero.
    smallest_p : float
        The smallest value that `p_value` can take: ``1 / (n + 1)``.
    """

    effects_pct: pd.Series
    effect_pct: float
    n: int
    p_value: float
    smallest_p: float


@dataclass(frozen=True)
class Benchmark:
    """Forecast of a random walk with drift for one period.

    Attributes
    ----------
    n, df : int
        Log differences fitted; ``n - 1``.
    expected, low, high : float
        Median and interval, in the unit of the input.
    actual : float
    effect_pct, effect_low, effect_high : float
        Actual over expected, percent.
    inside : bool
        Whether the actual value lies inside the interval.
    level : float
    """

    n: int
    df: int
    expected: float
    low: float
    high: float
    actual: float
    effect_pct: float
    effect_low: float
    effect_high: float
    inside: bool
    level: float


@dataclass(frozen=True)
class Study:
    """Everything that is asked of one measure: each shock, with and without drivers, and checks.

    Attributes
    ----------
    values : pandas.Series
        The measure, from the first year fitted.
    single : dict of int to Counterfactual
        Each shock year, fitted on all years before it.
    spells : dict of tuple to Counterfactual
        Shock years in a row, fitted before the first of them; keyed by first and last year.
    placebos : dict of int to Placebo
        Where an earlier calm year is left.
    with_drivers, placebos_with_drivers : dict
        The same for the model with drivers.
    left_out : dict of int to dict of str to Counterfactual
        The model with each driver left out in turn.
    shorter : dict of int to Counterfactual
        Each shock year, fitted from a later first year.
    benchmarks : dict of int to Benchmark
        Random walk with drift, from that later first year.
    lacking : dict of int to str
        Shock years without a model, and why.
    """

    values: pd.Series
    single: dict[int, Counterfactual]
    spells: dict[tuple[int, int], Counterfactual]
    placebos: dict[int, Placebo]
    with_drivers: dict[int, Counterfactual]
    placebos_with_drivers: dict[int, Placebo]
    left_out: dict[int, dict[str, Counterfactual]]
    shorter: dict[int, Counterfactual]
    benchmarks: dict[int, Benchmark]
    lacking: dict[int, str]


@dataclass(frozen=True)
class MonthStudy:
    """What is asked of a monthly series for one shock.

    Attributes
    ----------
    models : dict of str to Counterfactual
        ``year_pct`` and ``drivers_year_pct``, up to twelve months; ``quarter_pct``, three months
        given the drivers.
    ranked : dict of str to Placebo
        ``placebo`` and ``drivers_placebo``: the quarter among calm ones, where there are any.
    """

    models: dict[str, Counterfactual]
    ranked: dict[str, Placebo]


def admissible(n: int, *, season: int | None = None) -> Literal["none", "trend", "drivers"]:
    """Say what may be fitted to `n` observations before a shock.

    Parameters
    ----------
    n : int
        Observations before the shock.
    season : int, optional
        Length of the seasonal pattern; two full cycles are then asked for on top.

    Returns
    -------
    {"none", "trend", "drivers"}
        Fewer than 8: no model; fewer than 12: no drivers.
    """
    spare = n - (0 if season is None else 2 * season)
    if spare < MIN_MODEL:
        return "none"
    return "trend" if spare < MIN_DRIVERS else "drivers"


def fit(
    log_values: pd.Series,
    specification: Specification = LOCAL_LINEAR_TREND,
    *,
    drivers: pd.DataFrame | None = None,
    variances: dict[str, float] | None = None,
) -> Fit:
    """Fit a structural model to log values.

    Parameters
    ----------
    log_values : pandas.Series
        Shape (n,), equally spaced, no gaps.
    specification : Specification
    drivers : pandas.DataFrame, optional
        Logs of the drivers on the same index (further rows are ignored).
    variances : dict, optional
        Fix the variances (``irregular``, ``level``, ``trend``) instead of estimating them.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If values or drivers have gaps.

    Notes
    -----
    The likelihood of short series has local maxima on the edges, where a variance is zero: the
    search starts from several points, each with another variance in the lead, until two agree.
    """
    _without_gaps(log_values, "values")
    frame = None
    if drivers is not None:
        frame = drivers.reindex(log_values.index)
        _without_gaps(frame, "drivers")
    names = specification.components
    if variances is not None:
        chosen, agreed = {name: variances[name] for name in names}, True
    else:
        given = None if frame is None else frame.to_numpy(dtype=float)
        design = _regressors(specification, len(log_values), given)
        best, agreed = _best(tuple(log_values.astype(float)), design.tobytes(), names)
        chosen = dict(zip(names, map(float, best), strict=True))
    return Fit(specification, log_values, frame, chosen, agreed)


def counterfactual(
    values: pd.Series,
    shock: Any,
    *,
    horizon: int = 1,
    drivers: pd.DataFrame | None = None,
    specification: Specification = LOCAL_LINEAR_TREND,
    levels: tuple[float, ...] = LEVELS,
    draws: int = 10_000,
    seed: int = 87,
) -> Counterfactual:
    """Compare what happened from `shock` on with what the model fitted before it expected.

    Parameters
    ----------
    values : pandas.Series
        Positive values, indexed by year or period, no gaps.
    shock : label of the index
        First period that is not fitted.
    horizon : int
        Periods compared, the shock included.
    drivers : pandas.DataFrame, optional
        Logs of the drivers; their actual values in the compared periods are used, so the effect
        is what these drivers do not account for.
    specification : Specification
    levels : tuple of float
        Levels of the bands, ascending; the last is that of the effects' intervals.
    draws, seed : int
        Paths drawn for the interval of a sum over several periods, and their seed.

    Returns
    -------
    Counterfactual

    Raises
    ------
    ValueError
        If too few observations precede the shock (`admissible`), or the compared periods or their
        drivers are missing.
    """
    start = _position(values.index, shock)
    before, after = values.iloc[:start], values.iloc[start : start + horizon]
    allowed = admissible(len(before), season=specification.season)
    if allowed == "none" or (allowed == "trend" and drivers is not None):
        wanted = "a model with drivers" if drivers is not None else "a model"
        raise ValueError(f"{len(before)} observations before {shock} are too few for {wanted}")
    if len(after) < horizon:
        raise ValueError(f"no values for {horizon} periods from {shock} on")
    fitted = fit(np.log(before), specification, drivers=drivers)
    design = _design(fitted, values.index[: start + horizon], drivers)
    logs = fitted.values.to_numpy(dtype=float)
    expected = np.exp(forecast_at(design, logs, fitted.variances))
    actual = after.to_numpy(dtype=float)

    ahead = predictive(design, logs, fitted.variances)
    ends = {
        f"{side}_{100 * level:.0f}": (1 + sign * level) / 2
        for level in levels
        for side, sign in (("low", -1), ("high", 1))
    }
    quantiles = np.exp(ahead.quantile(list(ends.values())))
    bands = dict(zip(ends, quantiles, strict=True))
    low, high = quantiles[-2:]
    if horizon == 1:
        low_total, high_total = low[0], high[0]
    else:
        totals = np.exp(ahead.draws(draws, seed)).sum(axis=1)
        low_total, high_total = np.quantile(totals, list(ends.values())[-2:])
    return Counterfactual(
        shock=shock,
        specification=specification,
        drivers=fitted.drivers,
        n=fitted.n,
        df=ahead.df,
        first=before.index[0],
        actual=after,
        expected=pd.Series(expected, index=after.index),
        bands=pd.DataFrame(bands, index=after.index),
        effect_pct=pd.DataFrame(
            {
                "effect": 100 * (actual / expected - 1),
                "low": 100 * (actual / high - 1),
                "high": 100 * (actual / low - 1),
            },
            index=after.index,
        ),
        cumulative=float(actual.sum() - expected.sum()),
        cumulative_low=float(actual.sum() - high_total),
        cumulative_high=float(actual.sum() - low_total),
        cumulative_pct=float(100 * (actual.sum() / expected.sum() - 1)),
        cumulative_pct_low=float(100 * (actual.sum() / high_total - 1)),
        cumulative_pct_high=float(100 * (actual.sum() / low_total - 1)),
        level=levels[-1],
    )


def steps_back(index: pd.Index, shock: Any, horizon: int) -> list[Any]:
    """Return the starts of windows of `horizon` periods, from `shock` back to the beginning.

    The windows do not overlap: each ends where the next one, or the shock, begins.
    """
    start = _position(index, shock)
    return [index[i] for i in range(start, -1, -horizon)][::-1]


def forecast_gaps(
    values: pd.Series,
    starts: Iterable[Any] | None = None,
    *,
    horizon: int = 1,
    drivers: pd.DataFrame | None = None,
    specification: Specification = LOCAL_LINEAR_TREND,
) -> pd.Series:
    """Log gaps between what happened and what the model expected, from each of many starts.

    Parameters
    ----------
    values, horizon, drivers, specification
        As for `counterfactual`; `horizon` values are added up before the logarithm is taken.
    starts : iterable, optional
        First periods of the windows; every period when not given.

    Returns
    -------
    pandas.Series
        Indexed by start; only starts before which `admissible` allows the model, and whose window
        lies inside the data (and the drivers').
    """
    enough = {"trend", "drivers"} if drivers is None else {"drivers"}
    gaps = {}
    for label in values.index if starts is None else starts:
        first = _position(values.index, label)
        window = values.iloc[first : first + horizon]
        known = drivers is None or not drivers.reindex(window.index).isna().any(axis=None)
        allowed = admissible(first, season=specification.season) in enough
        if not (known and allowed and len(window) == horizon):
            continue
        fitted = fit(np.log(values.iloc[:first]), specification, drivers=drivers)
        design = _design(fitted, values.index[: first + horizon], drivers)
        logs = fitted.values.to_numpy(dtype=float)
        expected = np.exp(forecast_at(design, logs, fitted.variances))
        gaps[label] = float(np.log(window.sum() / expected.sum()))
    return pd.Series(gaps, dtype=float)


def placebo(
    gaps: pd.Series, shock: Any, *, horizon: int = 1, exclude: Iterable[Any] = ()
) -> Placebo | None:
    """Rank the shock's log gap among those of earlier dates at which nothing happened.

    Parameters
    ----------
    gaps : pandas.Series
        As `forecast_gaps` returns it.
    shock : label of `gaps`
    horizon : int
        Length of the windows.
    exclude : iterable
        Other shocks: windows that hold one are no placebos.

    Returns
    -------
    Placebo or None
        None when the shock has no gap, or no earlier date is left.
    """
    others = set(exclude)
    calm = [
        label
        for label in gaps.index
        if label < shock and not others.intersection(label + i for i in range(horizon))
    ]
    if shock not in gaps.index or not calm:
        return None
    observed, placebos = float(gaps.loc[shock]), gaps.loc[calm]
    n = len(placebos)
    as_far = int((placebos.abs() >= abs(observed)).sum())
    return Placebo(
        effects_pct=100 * np.expm1(placebos),
        effect_pct=float(100 * np.expm1(observed)),
        n=n,
        p_value=(1 + as_far) / (1 + n),
        smallest_p=1 / (1 + n),
    )


def leave_one_driver_out(
    values: pd.Series, shock: Any, drivers: pd.DataFrame, **options: Any
) -> dict[str, Counterfactual]:
    """Counterfactuals with each driver left out in turn, by the driver left out.

    Parameters
    ----------
    values, shock, drivers
        As for `counterfactual`.
    **options
        Passed to `counterfactual`.
    """
    return {
        name: counterfactual(values, shock, drivers=drivers.drop(columns=name), **options)
        for name in drivers.columns
    }


def random_walk_with_drift(
    values: pd.Series, shock: int, *, first: int, level: float = 0.95
) -> Benchmark:
    """Forecast one period by a random walk with drift on logs, with the textbook interval.

    The interval is Student's t with ``n - 1`` degrees of freedom and the standard deviation of
    the log differences times ``sqrt(1 + 1/n)``.

    Parameters
    ----------
    values : pandas.Series
        Positive values, indexed by year.
    shock : int
        Year forecast.
    first : int
        First year used; the year before `shock` is the last.
    level : float

    Raises
    ------
    ValueError
        If a year from `first` to `shock` is missing.
    """
    used = values.reindex(range(first, shock + 1)).astype(float)
    _without_gaps(used, "values")
    logs = np.log(used.to_numpy())[:-1]
    steps = np.diff(logs)
    n = len(steps)
    mean = logs[-1] + steps.mean()
    reach = stats.t.ppf(0.5 + level / 2, n - 1) * steps.std(ddof=1) * np.sqrt(1 + 1 / n)
    expected, low, high = (float(np.exp(mean + sign * reach)) for sign in (0, -1, 1))
    actual = float(values.loc[shock])
    return Benchmark(
        n=n,
        df=n - 1,
        expected=expected,
        low=low,
        high=high,
        actual=actual,
        effect_pct=100 * (actual / expected - 1),
        effect_low=100 * (actual / high - 1),
        effect_high=100 * (actual / low - 1),
        inside=low <= actual <= high,
        level=level,
    )


def spells_of(years: Iterable[int]) -> list[tuple[int, int]]:
    """Group years in a row: ``[2009, 2014, 2015]`` becomes ``[(2009, 2009), (2014, 2015)]``."""
    found: list[tuple[int, int]] = []
    for year in sorted(set(years)):
        if found and found[-1][1] == year - 1:
            found[-1] = (found[-1][0], year)
        else:
            found.append((year, year))
    return found


def study(
    values: pd.Series,
    shocks: Iterable[int],
    *,
    drivers: pd.DataFrame | None = None,
    shorter_from: int = 2010,
    specification: Specification = LOCAL_LINEAR_TREND,
    seed: int = 87,
) -> Study:
    """Ask of each shock year what the model, fitted before it, expected.

    Parameters
    ----------
    values : pandas.Series
        Positive values, indexed by consecutive years.
    shocks : iterable of int
        Shock years; those without a value are left out.
    drivers : pandas.DataFrame, optional
        Logs of the drivers by year. A driver without a value in a shock year is left out for it.
    shorter_from : int
        First year of the benchmark and of the fits on a shorter history.
    specification, seed
        As for `counterfactual`.
    """
    years = [year for year in sorted(set(shocks)) if year in values.index]
    short = values.loc[shorter_from:]
    calm = [year for year in values.index if year not in years and year < max(years, default=0)]
    options: dict[str, Any] = {"specification": specification, "seed": seed}
    known_drivers = pd.DataFrame(index=values.index) if drivers is None else drivers
    out = Study(values, {}, {}, {}, {}, {}, {}, {}, {}, {})
    for year in years:
        before = _position(values.index, year)
        allowed = admissible(before)
        if allowed == "none":
            out.lacking[year] = f"{before} years before {year} are too few for a model"
            continue
        out.single[year] = counterfactual(values, year, **options)
        if admissible(len(short.loc[: year - 1])) != "none":
            out.shorter[year] = counterfactual(short, year, **options)
            out.benchmarks[year] = random_walk_with_drift(short, year, first=int(short.index[0]))
        if allowed == "drivers":
            known = known_drivers.loc[:, known_drivers.reindex([year]).notna().all()]
            if known.shape[1]:
                out.with_drivers[year] = counterfactual(values, year, drivers=known, **options)
            if known.shape[1] > 1:
                out.left_out[year] = leave_one_driver_out(values, year, known, **options)
    for first, last in spells_of(years):
        if first == last and first in out.single:
            out.spells[first, last] = out.single[first]
        elif first in out.single:
            horizon = last - first + 1
            out.spells[first, last] = counterfactual(values, first, horizon=horizon, **options)
    out.placebos.update(_ranks(values, out.single, calm, known_drivers, specification))
    out.placebos_with_drivers.update(
        _ranks(values, out.with_drivers, calm, known_drivers, specification)
    )
    return out


def study_of_months(
    values: pd.Series, shocks: Iterable[str], drivers: pd.DataFrame, *, seed: int = 87
) -> dict[pd.Period, MonthStudy]:
    """Ask of each shock what the model with a season, fitted to the months before, expected.

    Parameters
    ----------
    values : pandas.Series
        Positive values by month, no gaps.
    shocks : iterable of str
        First months of the shocks, ``2020-03``; those without three months of values are left out.
    drivers : pandas.DataFrame
        Logs of the drivers by month.
    seed : int
        As for `counterfactual`.
    """
    months = (pd.Period(month, "M") for month in shocks)
    starts = [m for m in months if m in values.index and m + 2 in values.index]
    if not starts:
        return {}
    quarter: dict[str, Any] = {"horizon": 3, "specification": MONTHLY_LEVEL}
    windows = steps_back(values.index, starts[-1], 3)
    gaps = {
        "placebo": forecast_gaps(values, windows, **quarter),
        "drivers_placebo": forecast_gaps(values, windows, drivers=drivers, **quarter),
    }
    calm_before = [m + i for m in starts for i in range(3)]
    found = {}
    for m in starts:
        year: dict[str, Any] = {**quarter, "horizon": min(12, len(values.loc[m:])), "seed": seed}
        models = {
            "year_pct": counterfactual(values, m, **year),
            "drivers_year_pct": counterfactual(values, m, drivers=drivers, **year),
            "quarter_pct": counterfactual(values, m, drivers=drivers, seed=seed, **quarter),
        }
        ranks = {
            name: placebo(own, m, horizon=3, exclude=calm_before) for name, own in gaps.items()
        }
        found[m] = MonthStudy(models, {n: rank for n, rank in ranks.items() if rank is not None})
    return found


def log_drivers(rate: pd.Series, oil: pd.Series, growth: pd.Series | None = None) -> pd.DataFrame:
    """Return logs of a currency's value, of the price of oil and of the host's real GDP.

    Parameters
    ----------
    rate : pandas.Series
        Units of the host's currency to the dollar.
    oil : pandas.Series
        US$ a barrel.
    growth : pandas.Series, optional
        Real growth of the host's GDP, per cent.

    Returns
    -------
    pandas.DataFrame
        Columns ``ruble``, ``brent`` and ``host_growth``; those without values are left out.
    """
    found = {"ruble": -np.log(rate), "brent": np.log(oil)}
    if growth is not None:
        found["host_growth"] = np.log1p(growth / 100).cumsum()
    return pd.DataFrame({name: line for name, line in found.items() if len(line)})


def _ranks(
    values: pd.Series,
    found: dict[int, Counterfactual],
    calm: list[int],
    drivers: pd.DataFrame,
    specification: Specification,
) -> dict[int, Placebo]:
    gaps: dict[tuple[str, ...], pd.Series] = {}
    ranks = {}
    for year, item in found.items():
        if item.drivers not in gaps:
            given = drivers[list(item.drivers)] if item.drivers else None
            gaps[item.drivers] = forecast_gaps(
                values, calm, drivers=given, specification=specification
            )
        own = pd.Series({year: np.log1p(float(item.effect_pct["effect"].iloc[0]) / 100)})
        ranked = placebo(pd.concat([gaps[item.drivers], own]), year)
        if ranked is not None:
            ranks[year] = ranked
    return ranks


def _position(index: pd.Index, label: Any) -> int:
    found = int(index.get_indexer(pd.Index([label]))[0])
    if found < 0:
        raise ValueError(f"no value for {label}")
    return found


def _without_gaps(values: pd.Series | pd.DataFrame, what: str) -> None:
    if bool(np.asarray(values.isna()).any()):
        raise ValueError(f"the {what} have gaps or logarithms of values that are not positive")


def _model(
    values: np.ndarray, specification: Specification, regressors: np.ndarray | None
) -> UnobservedComponents:
    return UnobservedComponents(
        values,
        level=True,
        stochastic_level=True,
        trend=specification.slope != "none",
        stochastic_trend=specification.slope == "stochastic",
        irregular=specification.irregular,
        seasonal=specification.season,
        stochastic_seasonal=False,
        exog=regressors,
        mle_regression=False,
        use_exact_diffuse=specification.exact_diffuse,
    )


# A study asks for the same fit again: for a spell, for a placebo and for its own year.
@lru_cache(maxsize=1024)
def _best(
    values: tuple[float, ...], regressors: bytes, names: tuple[str, ...]
) -> tuple[np.ndarray, bool]:
    """Return the variances of the highest likelihood, and whether two starts reached it."""
    logs, k = np.array(values), len(names)
    spread = float(np.var(np.diff(logs)))
    minus = _restricted(logs, np.frombuffer(regressors).reshape(len(logs), -1), names)
    found: list[tuple[float, np.ndarray]] = []
    agreed = False
    for i in range(k):
        start = np.sqrt(np.where(np.arange(k) == i, 1.0, 0.05) * spread)
        # Looser than the default: the log-likelihood is flat, and four digits of it are enough.
        reached = optimize.minimize(
            minus, start, jac=True, method="L-BFGS-B",
            options={"maxiter": 200, "gtol": 1e-5, "ftol": 1e9 * np.finfo(float).eps},
        )  # fmt: skip
        found.append((-len(logs) * float(reached.fun), reached.x**2))
        found.sort(key=lambda item: item[0], reverse=True)
        agreed = k == 1 or (len(found) > 1 and found[0][0] - found[1][0] < AGREE)
        if agreed:
            break
    return found[0][1], agreed


def _restricted(
    values: np.ndarray, design: np.ndarray, names: tuple[str, ...]
) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """Return minus the mean log-likelihood of standard deviations, and its gradient.

    With an exact diffuse start the likelihood of the state space model is, but for a constant, that
    of the contrasts which no coefficient of `design` reaches; there its gradient costs next to
    nothing.
    """
    contrasts, _ = contrasts_of(design, len(values))
    kernels = np.array([contrasts @ KERNELS[name](len(values)) @ contrasts.T for name in names])
    seen, size = contrasts @ values, len(contrasts)
    if names == ("irregular", "level"):
        # Noise has the same variance along every axis: along those of the level all are apart.
        sizes, axes = np.linalg.eigh(kernels[1])
        parts, squares = np.array([np.ones(size), sizes]), (axes.T @ seen) ** 2

        def apart(deviations: np.ndarray) -> tuple[float, np.ndarray]:
            own = deviations**2 @ parts
            if own.min() <= 0:
                return 1e10, np.zeros(2)
            value = 0.5 * (np.log(own) + squares / own).sum()
            slope = parts @ ((1 - squares / own) / own)
            return value / len(values), slope * deviations / len(values)

        return apart
    # LAPACK fills the lower half of an inverse: what stands off the diagonal counts twice.
    halves = kernels * (2.0 * np.tril(np.ones((size, size)), -1) + np.eye(size))
    halves = halves.transpose(0, 2, 1).reshape(len(names), -1)
    flat = kernels.reshape(len(names), -1)

    def minus(deviations: np.ndarray) -> tuple[float, np.ndarray]:
        joint = (deviations**2 @ flat).reshape(size, size)
        factor, failed = lapack.dpotrf(joint.T, lower=1, overwrite_a=1)
        if failed:
            return 1e10, np.zeros(len(names))
        white = lapack.dpotrs(factor, seen, lower=1)[0]
        value = np.log(np.diagonal(factor)).sum() + 0.5 * seen @ white
        inverse, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
        slope = halves @ inverse.T.reshape(-1) - (kernels @ white) @ white
        return value / len(values), slope * deviations / len(values)

    return minus


def _design(fitted: Fit, periods: pd.Index, drivers: pd.DataFrame | None) -> np.ndarray:
    """Regressors of all states without a prior distribution, over past and compared periods."""
    given = None
    if drivers is not None:
        frame = drivers[list(fitted.drivers)].reindex(periods)
        _without_gaps(frame, "drivers")
        given = frame.to_numpy(dtype=float)
    return _regressors(fitted.specification, len(periods), given)


def _regressors(
    specification: Specification, periods: int, drivers: np.ndarray | None
) -> np.ndarray:
    time = np.arange(periods, dtype=float)
    columns = [np.ones(periods)]
    if specification.slope != "none":
        columns.append(time - time.mean())
    if specification.season is not None:
        season = time % specification.season
        columns += [(season == i).astype(float) for i in range(1, specification.season)]
    if drivers is not None:
        columns += list(drivers.T)
    return np.column_stack(columns)
