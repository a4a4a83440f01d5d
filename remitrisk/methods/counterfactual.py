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
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, stats
from scipy.linalg import lapack

from livingbrief.wording import spells
from remitrisk.methods.predictive import KERNELS, contrasts_of, forecast_at, predictive

LEVELS: tuple[float, ...] = (0.5, 0.8, 0.95)
MIN_MODEL = 8
MIN_DRIVERS = 12
AGREE = 0.01
DRAWS = 10_000


class Span(NamedTuple):
    """A number and the ends of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Specification:
    """Which components a model has.

    `slope`: no drift, one drift for the whole period, or a drift that moves; `irregular`: whether a
    transitory component is added to the level; `season`: length of a fixed seasonal pattern in
    periods.
    """

    name: str
    slope: Literal["none", "fixed", "stochastic"] = "stochastic"
    irregular: bool = True
    season: int | None = None

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
    """A structural model of log values, with the drivers of the same periods.

    `agreed`: whether two starting points reached the same likelihood (within `AGREE`).
    """

    specification: Specification
    values: pd.Series
    regressors: pd.DataFrame | None
    variances: dict[str, float]
    agreed: bool


@dataclass(frozen=True)
class Counterfactual:
    """Actual values against what the model, fitted before the shock, expected.

    `actual` and `expected` (the median under the maximum-likelihood fit) are in the unit of the
    input, from `shock` on; `first` is the first period fitted, `n` the number of periods fitted,
    `df` that of degrees of freedom of the bands. `bands` has ``low_50, high_50, low_80, …``;
    `effect_pct` has ``effect, low, high``: actual over expected, per cent, at 95 %. `cumulative`
    (unit of the input) and `cumulative_pct` compare the sums over all periods.
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
    cumulative: Span
    cumulative_pct: Span
    level: float = LEVELS[-1]

    @property
    def distinguishable(self) -> bool:
        """Whether the interval of the cumulative effect leaves out zero."""
        return self.cumulative_pct.low > 0 or self.cumulative_pct.high < 0


@dataclass(frozen=True)
class Placebo:
    """The same model asked about dates at which nothing happened.

    `effects_pct`: effect at each of the `n` placebo dates; `effect_pct`: effect at the shock, over
    the same horizon. `p_value`: share of dates, the shock included, whose log gap is at least as
    far from zero; it cannot be below `smallest_p`, ``1 / (n + 1)``.
    """

    effects_pct: pd.Series
    effect_pct: float
    n: int
    p_value: float
    smallest_p: float


@dataclass(frozen=True)
class Benchmark:
    """Forecast of a random walk with drift for one period, from `n` log differences.

    `expected` in the unit of the input; `effect_pct` is actual over expected, per cent.
    """

    n: int
    expected: Span
    actual: float
    effect_pct: Span
    level: float

    @property
    def inside(self) -> bool:
        """Whether the actual value lies inside the interval."""
        return self.expected.low <= self.actual <= self.expected.high


@dataclass(frozen=True)
class Study:
    """Everything that is asked of one measure, by shock year, with and without drivers.

    `spells`: shock years in a row, fitted before the first of them, by first and last year;
    `left_out`: the model with each driver left out in turn; `shorter` and `benchmarks` (random walk
    with drift): from a later first year; `lacking`: why a year has no model.
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

    `models`: ``year_pct`` and ``drivers_year_pct``, up to twelve months; ``quarter_pct``, three
    months given the drivers. `ranked`: ``placebo`` and ``drivers_placebo``, the quarter among calm
    ones, where there are any.
    """

    models: dict[str, Counterfactual]
    ranked: dict[str, Placebo]


def admissible(n: int, *, season: int | None = None) -> Literal["none", "trend", "drivers"]:
    """Say what may be fitted to `n` observations before a shock.

    Fewer than `MIN_MODEL`: no model; fewer than `MIN_DRIVERS`: no drivers. With a `season` two full
    cycles are asked for on top.
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
) -> Fit:
    """Fit a structural model to log values, equally spaced, without gaps (ValueError).

    `drivers` are logs on the same index; further rows are ignored. The likelihood of short series
    has local maxima on the edges, where a variance is zero: the search starts from several points,
    each with another variance in the lead, until two agree.
    """
    _without_gaps(log_values, "values")
    names = specification.components
    design = _design(specification, log_values.index, drivers)
    best, agreed = _best(tuple(log_values.astype(float)), design.tobytes(), names)
    variances = dict(zip(names, map(float, best), strict=True))
    frame = None if drivers is None else drivers.reindex(log_values.index)
    return Fit(specification, log_values, frame, variances, agreed)


def counterfactual(
    values: pd.Series,
    shock: Any,
    *,
    horizon: int = 1,
    drivers: pd.DataFrame | None = None,
    specification: Specification = LOCAL_LINEAR_TREND,
    seed: int = 87,
) -> Counterfactual:
    """Compare what happened from `shock` on with what the model fitted before it expected.

    Parameters
    ----------
    values : Series
        Positive values, indexed by year or period, no gaps.
    shock : label of the index
        First period that is not fitted.
    horizon : int
        Periods compared, the shock included.
    drivers : DataFrame, optional
        Logs of the drivers; their actual values in the compared periods are used, so the effect
        is what these drivers do not account for.
    seed : int
        Of the paths drawn for the interval of a sum over several periods.

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
    fitted, design, expected = _forecast(values, start, horizon, drivers, specification)
    logs = fitted.values.to_numpy(dtype=float)
    actual = after.to_numpy(dtype=float)

    ahead = predictive(design, logs, fitted.variances)
    ends = {
        f"{side}_{100 * level:.0f}": (1 + sign * level) / 2
        for level in LEVELS
        for side, sign in (("low", -1), ("high", 1))
    }
    quantiles = np.exp(ahead.quantile(list(ends.values())))
    bands = dict(zip(ends, quantiles, strict=True))
    low, high = quantiles[-2:]
    totals = expected.sum(), high[0], low[0]
    if horizon > 1:
        drawn = np.exp(ahead.draws(DRAWS, seed)).sum(axis=1)
        totals = expected.sum(), *np.quantile(drawn, list(ends.values())[-2:])[::-1]
    return Counterfactual(
        shock=shock,
        specification=specification,
        drivers=() if drivers is None else tuple(drivers),
        n=len(before),
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
        cumulative=Span(*(float(actual.sum() - total) for total in totals)),
        cumulative_pct=Span(*(float(100 * (actual.sum() / total - 1)) for total in totals)),
    )


def steps_back(index: pd.Index, shock: Any, horizon: int) -> list[Any]:
    """Return the starts of windows of `horizon` periods back from `shock`, without overlap."""
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

    `horizon` values are added up before the logarithm is taken. Returned by start, of `starts`
    (every period when not given), are those before which `admissible` allows the model, and whose
    window lies inside the data (and the drivers').
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
        *_, expected = _forecast(values, first, horizon, drivers, specification)
        gaps[label] = float(np.log(window.sum() / expected.sum()))
    return pd.Series(gaps, dtype=float)


def placebo(
    gaps: pd.Series, shock: Any, *, horizon: int = 1, exclude: Iterable[Any] = ()
) -> Placebo | None:
    """Rank the shock's log gap among those of earlier dates at which nothing happened.

    `gaps` come from `forecast_gaps`; windows of `horizon` that hold one of `exclude` (other shocks)
    are no placebos. None when the shock has no gap, or no earlier date is left.
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


def random_walk_with_drift(
    values: pd.Series, shock: int, *, first: int, level: float = 0.95
) -> Benchmark:
    """Forecast one period by a random walk with drift on logs, with the textbook interval.

    The interval is Student's t with ``n - 1`` degrees of freedom and the standard deviation of
    the log differences times ``sqrt(1 + 1/n)``. Positive `values` from the year `first` to the year
    before `shock` are used; ValueError if one is missing.
    """
    used = values.reindex(range(first, shock + 1)).astype(float)
    _without_gaps(used, "values")
    logs = np.log(used.to_numpy())[:-1]
    steps = np.diff(logs)
    n = len(steps)
    mean = logs[-1] + steps.mean()
    reach = stats.t.ppf(0.5 + level / 2, n - 1) * steps.std(ddof=1) * np.sqrt(1 + 1 / n)
    expected = Span(*(float(np.exp(mean + sign * reach)) for sign in (0, -1, 1)))
    actual = float(values.loc[shock])
    effect = (100 * (actual / expected[i] - 1) for i in (0, 2, 1))
    return Benchmark(n, expected, actual, Span(*effect), level)


def spells_of(years: Iterable[int]) -> list[tuple[int, int]]:
    """Group years in a row: ``[2009, 2014, 2015]`` becomes ``[(2009, 2009), (2014, 2015)]``."""
    return [(run[0], run[-1]) for run in spells(years)]


def study(
    values: pd.Series,
    shocks: Iterable[int],
    *,
    drivers: pd.DataFrame | None = None,
    shorter_from: int = 2010,
    seed: int = 87,
) -> Study:
    """Ask of each shock year what the model, fitted before it, expected.

    `values` are positive, by consecutive years; shocks without one are left out. `drivers` are logs
    by year; one without a value in a shock year is left out for it. `shorter_from` is the first
    year of the benchmark and of the fits on a shorter history.
    """
    years = [year for year in sorted(set(shocks)) if year in values.index]
    short = values.loc[shorter_from:]
    calm = [year for year in values.index if year not in years and year < max(years, default=0)]
    known_drivers = pd.DataFrame(index=values.index) if drivers is None else drivers
    out = Study(values, {}, {}, {}, {}, {}, {}, {}, {}, {})
    for year in years:
        before = _position(values.index, year)
        allowed = admissible(before)
        if allowed == "none":
            out.lacking[year] = f"{before} years before {year} are too few for a model"
            continue
        out.single[year] = counterfactual(values, year, seed=seed)
        if admissible(len(short.loc[: year - 1])) != "none":
            out.shorter[year] = counterfactual(short, year, seed=seed)
            out.benchmarks[year] = random_walk_with_drift(short, year, first=int(short.index[0]))
        if allowed == "drivers":
            known = known_drivers.loc[:, known_drivers.reindex([year]).notna().all()]
            if known.shape[1]:
                out.with_drivers[year] = counterfactual(values, year, drivers=known, seed=seed)
            if known.shape[1] > 1:
                out.left_out[year] = {
                    name: counterfactual(values, year, drivers=known.drop(columns=name), seed=seed)
                    for name in known
                }
    for first, last in spells_of(years):
        if first == last and first in out.single:
            out.spells[first, last] = out.single[first]
        elif first in out.single:
            horizon = last - first + 1
            out.spells[first, last] = counterfactual(values, first, horizon=horizon, seed=seed)
    out.placebos.update(_ranks(values, out.single, calm, known_drivers))
    out.placebos_with_drivers.update(_ranks(values, out.with_drivers, calm, known_drivers))
    return out


def study_of_months(
    values: pd.Series, shocks: Iterable[str], drivers: pd.DataFrame, *, seed: int = 87
) -> dict[pd.Period, MonthStudy]:
    """Ask of each shock what the model with a season, fitted to the months before, expected.

    `values` are positive, by month, without gaps; `drivers` logs by month. `shocks` are first
    months, ``2020-03``; those without three months of values are left out.
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

    `rate` is in units to the dollar, `growth` in per cent. Columns ``ruble``, ``brent`` and
    ``host_growth``; those without values are left out.
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
) -> dict[int, Placebo]:
    gaps: dict[tuple[str, ...], pd.Series] = {}
    ranks = {}
    for year, item in found.items():
        if item.drivers not in gaps:
            given = drivers[list(item.drivers)] if item.drivers else None
            gaps[item.drivers] = forecast_gaps(values, calm, drivers=given)
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


def _forecast(
    values: pd.Series,
    start: int,
    horizon: int,
    drivers: pd.DataFrame | None,
    specification: Specification,
) -> tuple[Fit, np.ndarray, np.ndarray]:
    """Fit the periods before `start`; return the fit, its design and the median ahead."""
    fitted = fit(np.log(values.iloc[:start]), specification, drivers=drivers)
    design = _design(specification, values.index[: start + horizon], drivers)
    logs = fitted.values.to_numpy(dtype=float)
    return fitted, design, np.exp(forecast_at(design, logs, fitted.variances))


def _design(
    specification: Specification, periods: pd.Index, drivers: pd.DataFrame | None
) -> np.ndarray:
    """Regressors of all states without a prior distribution, over past and compared periods."""
    time = np.arange(len(periods), dtype=float)
    columns = [np.ones(len(periods))]
    if specification.slope != "none":
        columns.append(time - time.mean())
    if specification.season is not None:
        season = time % specification.season
        columns += [(season == i).astype(float) for i in range(1, specification.season)]
    if drivers is not None:
        known = drivers.reindex(periods)
        _without_gaps(known, "drivers")
        columns += list(known.to_numpy(dtype=float).T)
    return np.column_stack(columns)
