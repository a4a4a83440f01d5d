"""Receivers grouped by the host of their emigrants: what a change of the host does to its group.

A group is the receivers whose emigrants live mainly in one host, by the last count of migrants
before each year, so that the year itself cannot have moved them. Its gap in a year is the median
log change of its inflows less that of all other receivers. Receivers of one host share its shock:
groups are what is compared, not countries.

References
----------
MacKinnon, J. G. and White, H. (1985). Some heteroskedasticity-consistent covariance matrix
estimators with improved finite sample properties. Journal of Econometrics 29(3), 305-325.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from remitrisk.countries import BLOCS, CUT, bloc_of

#: Counts of migrants begin in 2000; what came after 2021 is no usual response.
FIRST, FITTED = 2001, 2021
LEAST, FLOOR = 4, 1e8
#: Shares and sizes of groups that `over_choices` tries, each with gaps as they are and net.
CUTS, SIZES = (0.3, 0.4, 0.5), (2, 4)
CHOICES = 2 * len(CUTS) * len(SIZES)
#: Fewer years than these draw no line, and no interval.
FEWEST = 8
LEVEL = 0.95
COLUMNS = ["year", "host", "own", "others", "gap", "shock", "members", "others_n"]


@dataclass(frozen=True)
class World:
    """All economies by year (rows): `flow` and `gdp` in US$, the rest in log points.

    `dollars` is the growth of GDP in dollars by host or bloc, `real` that of its volume; `counts`
    holds the shares of hosts or blocs (columns) in the emigrants of each receiver, by year of the
    count.
    """

    flow: pd.DataFrame
    growth: pd.DataFrame
    dollars: pd.DataFrame
    real: pd.DataFrame
    counts: dict[int, pd.DataFrame]

    def shares(self, year: int) -> pd.DataFrame:
        """Return the shares of the last count before `year`."""
        return self.counts[max(at for at in self.counts if at < year)]


@dataclass(frozen=True)
class Line:
    """A least-squares slope with its HC3 error and Student's t interval; `fit` is statsmodels'."""

    slope: float
    error: float
    interval: tuple[float, float]
    r_squared: float
    n: int
    fit: Any

    @property
    def told(self) -> dict[str, Any]:
        """The slope as a number with its interval."""
        return {"value": self.slope, "interval": self.interval, "level": LEVEL, "n": self.n}


def world(flow: pd.DataFrame, gdp: pd.DataFrame, real: pd.DataFrame, hosts: pd.DataFrame) -> World:
    """Lay out panels (iso3, year, value) and counts (origin_iso3, host_iso3, year, share).

    `flow` and `gdp` are in US$, `real` is growth in per cent. Only economies of which emigrants are
    counted are receivers. A bloc grows as its members, weighted by their GDP of the year before.
    """
    flow, gdp, real = (
        panel.pivot(index="year", columns="iso3", values="value") for panel in (flow, gdp, real)
    )
    flow = flow[flow.columns.intersection(hosts["origin_iso3"].unique())]
    dollars, volume = 100 * np.log(gdp).diff(), 100 * np.log1p(real / 100)
    named = hosts.assign(bloc=hosts["host_iso3"].map(bloc_of))
    counts = {
        int(year): found.pivot_table(
            index="origin_iso3", columns="bloc", values="share", aggfunc="sum", fill_value=0.0
        )
        for year, found in named.groupby("year")
    }
    growth = 100 * np.log(flow.where(flow > 0)).diff()
    return World(flow, growth, _with_blocs(dollars, gdp), _with_blocs(volume, gdp), counts)


def _with_blocs(changes: pd.DataFrame, gdp: pd.DataFrame) -> pd.DataFrame:
    """Add the weighted mean of each bloc."""
    found = {}
    for bloc, members in BLOCS.items():
        own = changes[changes.columns.intersection(members)]
        weights = gdp[own.columns].shift(1).where(own.notna())
        found[bloc] = (own * weights).sum(axis=1, min_count=1) / weights.sum(axis=1, min_count=1)
    return changes.assign(**found)


def gaps(
    of: World,
    *,
    without: Collection[str] = (),
    cut: float = CUT,
    least: int = LEAST,
    floor: float = FLOOR,
    keep: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the gap of each host's group in each year from `FIRST` on.

    Receivers in `without` are left out of groups and of all others. A receiver belongs to the group
    of a host with a share above `cut`, and counts where its inflow of the year before is above
    `floor` (US$) and its change is marked in `keep` (bool by year and receiver); a group has at
    least `least` members in a year.

    Columns year, host, own, others, gap, shock (the host's dollar growth), all in log points,
    members, and others_n, how many all others are; hosts with a group in less than two years of
    three are left out.
    """
    growth = of.growth if keep is None else of.growth.where(keep)
    rows = []
    years = [year for year in growth.index if year >= FIRST and year - 1 in of.flow.index]
    for year in years:
        found = growth.loc[year][of.flow.loc[year - 1] > floor].dropna()
        found = found.drop([code for code in without if code in found])
        shares = of.shares(year).reindex(found.index).fillna(0.0)
        main = shares.idxmax(axis=1).where(shares.max(axis=1) > cut)
        for host, own in found.groupby(main):
            if len(own) >= least and host in of.dollars:
                rest = found[main != host]
                mid, others = own.median(), rest.median()
                told = (mid, others, mid - others, of.dollars.at[year, host])
                rows.append((year, host, *told, tuple(own.index), len(rest)))
    cells = pd.DataFrame(rows, columns=COLUMNS)
    many = cells.groupby("host")["year"].transform("size") * 3 >= 2 * len(years)
    return cells[many].reset_index(drop=True)


def of_host(cells: pd.DataFrame, host: str) -> pd.DataFrame:
    """Return the cells of one host by year; those without its growth are left out."""
    return cells[cells["host"] == host].set_index("year").dropna(subset=["gap", "shock"])


def placebo(cells: pd.DataFrame, host: str, shocks: Iterable[int]) -> pd.DataFrame:
    """Rank the gaps of shock years among those of all other groups and of the host's calm years.

    By shock year: gap, others, own; p, the share of cells (itself counted) with a gap at least as
    far from zero; p_net, the same net of each group's median gap; smallest, the smallest p that so
    many cells allow; cells, their number. ValueError when a gap is missing.
    """
    if cells["gap"].isna().any():
        raise ValueError("a gap is missing: it has no rank")
    shocks = set(shocks)
    net = cells["gap"] - cells.groupby("host")["gap"].transform("median")
    mine = cells["host"] == host
    calm = ~(mine & cells["year"].isin(shocks))
    found = {}
    for at in cells.index[mine & ~calm]:
        p, p_net = (
            (1 + int((v[calm].abs() >= abs(v[at])).sum())) / (1 + int(calm.sum()))
            for v in (cells["gap"], net)
        )
        found[int(cells.at[at, "year"])] = {
            **cells.loc[at, ["gap", "own", "others"]], "p": p, "p_net": p_net,
            "smallest": 1 / (1 + int(calm.sum())), "cells": int(calm.sum()),
        }  # fmt: skip
    columns = ["gap", "own", "others", "p", "p_net", "smallest", "cells"]
    ranked = pd.DataFrame.from_dict(found, orient="index").reindex(columns=columns)
    return ranked.rename_axis("year")


def over_choices(
    of: World, host: str, shocks: Collection[int], without: Collection[str]
) -> pd.DataFrame:
    """Add to `placebo` p_lowest and p_highest over `CUTS` and `SIZES`, gaps as they are and net."""
    ranked = [
        placebo(gaps(of, without=without, cut=cut, least=least), host, shocks)[["p", "p_net"]]
        for cut in CUTS
        for least in SIZES
    ]
    every = pd.concat(ranked, axis=1)
    ends = {"p_lowest": every.min(axis=1), "p_highest": every.max(axis=1)}
    return placebo(gaps(of, without=without), host, shocks).assign(**ends)


def line(outcome: pd.Series, on: pd.Series | pd.DataFrame) -> Line:
    """Regress on a constant and `on` (of several, the slope of the first); HC3 and Student's t.

    ValueError with fewer than `FEWEST` complete rows, or where `on` does not move.
    """
    frame = pd.concat([outcome.rename("outcome"), on], axis=1).dropna()
    design = frame.drop(columns="outcome")
    if len(frame) < FEWEST or (design.max() - design.min() <= 1e-9).any():
        raise ValueError(f"{len(frame)} years are too few for a slope, or nothing moves in them")
    fit = sm.OLS(frame["outcome"], sm.add_constant(design)).fit(cov_type="HC3", use_t=True)
    name = design.columns[0]
    low, high = fit.conf_int().loc[name]
    return Line(fit.params[name], fit.bse[name], (low, high), fit.rsquared, len(frame), fit)


def errors(of: Line) -> dict[str, float]:
    """Return the error of a slope in three ways: classical, HC3, HAC (Newey-West, two lags)."""
    fits = {
        "classical": of.fit.model.fit(),
        "hc3": of.fit,
        "hac": of.fit.model.fit(cov_type="HAC", cov_kwds={"maxlags": 2, "use_correction": True}),
    }
    return {kind: float(fit.bse.iloc[1]) for kind, fit in fits.items()}


def rotated_p(group: pd.DataFrame) -> float:
    """Return the share of rotations of the years whose slope is at least as far from nought.

    A rotation sets each gap beside the growth of so many years later, the last beside the first:
    neighbours stay neighbours, which years shuffled do not. As they are counts as one; n years have
    n rotations. ValueError where a year lacks its gap or the growth of its host.
    """
    if group[["gap", "shock"]].isna().any(axis=None):
        raise ValueError("a gap or the growth of the host is missing: leave the year out")
    gap, shock = group["gap"].to_numpy(), (group["shock"] - group["shock"].mean()).to_numpy()
    found = np.abs([np.roll(gap, by) @ shock for by in range(len(gap))])
    return float((found >= found[0] - 1e-9).mean())


def ahead(early: pd.DataFrame, later: pd.DataFrame) -> dict[str, float]:
    """Return the root mean square error in `later` of the line of `early`, and of its mean gap."""
    fit = sm.OLS(early["gap"], sm.add_constant(early["shock"])).fit()
    left = later["gap"] - fit.predict(sm.add_constant(later["shock"], has_constant="add"))
    mean = later["gap"] - early["gap"].mean()
    errors_ = {"ahead_error_pct": left, "ahead_mean_error_pct": mean}
    return {name: float(np.sqrt((wrong**2).mean())) for name, wrong in errors_.items()}


def on_another(cells: pd.DataFrame, shock: pd.Series, host: str, last: int) -> dict[str, Line]:
    """Return the slope of each other host's group on the growth of `host`, as a placebo."""
    found = {}
    for other in sorted({*cells["host"]} - {host}):
        own = of_host(cells, other).loc[:last]
        on = shock.reindex(own.index).rename("shock")
        if on.notna().sum() >= FEWEST:
            found[other] = line(own["gap"], on)
    return found


def percent(log_points: Any) -> Any:
    """Return changes in log points as per cent: `100 · (exp(x / 100) − 1)`."""
    return 100 * np.expm1(log_points / 100)


def after_a_fall(slope: float, low: float, high: float, by: float = 0.1) -> dict[str, Any]:
    """Return the fall in per cent that a slope implies where the host falls by the share `by`."""
    least, fallen, most = (100 * (1 - (1 - by) ** s) for s in (low, slope, high))
    return {"value": fallen, "interval": (least, most), "level": LEVEL}


def held(shock: pd.Series, *, draws: int = 4_000, seed: int = 87) -> tuple[float, float]:
    """Return how often the interval of a slope on these years holds it, lowest and highest.

    Shares of simulated responses with errors of equal size, and with errors that grow with the
    distance of `shock` from its mean.
    """
    x = (shock - shock.mean()).to_numpy()
    n, squares = len(x), x @ x
    leverage = 1 / n + x**2 / squares
    noise = np.random.default_rng(seed).standard_normal((draws, n))
    shares = []
    for errors_ in (noise, noise * (1 + np.abs(x) / shock.std())):
        slope = errors_ @ x / squares
        left = errors_ - errors_.mean(axis=1)[:, None] - slope[:, None] * x
        se = np.sqrt((left / (1 - leverage)) ** 2 @ x**2) / squares
        shares.append(float((np.abs(slope) <= stats.t.ppf(0.5 + LEVEL / 2, n - 2) * se).mean()))
    return min(shares), max(shares)


def beyond(group: pd.DataFrame, last: int) -> pd.DataFrame:
    """Return what the response to `last` lets expect of the gap of each later year.

    Columns gap, shock, expected, expected_low, expected_high (the textbook's interval of one new
    year), and n, the years of the response.
    """
    past, later = group.loc[:last], group.loc[last + 1 :]
    if later.empty or len(past) < FEWEST:
        return later.iloc[:0]
    fit = sm.OLS(past["gap"], sm.add_constant(past["shock"])).fit()
    new = fit.get_prediction(sm.add_constant(later["shock"], has_constant="add")).summary_frame()
    ends = {"expected_low": new["obs_ci_lower"], "expected_high": new["obs_ci_upper"]}
    return later[["gap", "shock"]].assign(expected=new["mean"], **ends, n=len(past))


def responses(
    of: World, cells: pd.DataFrame, host: str, last: int, oil: pd.Series
) -> dict[str, Line]:
    """Return the response of a host's group, fitted to `last`, and what it is held against.

    `oil` is the growth of its price in log points. By name: slope; real and rest (real growth, and
    prices with the exchange rate, in one line); oil; shock_beside and oil_beside (both in one
    line); all_years, where there are later ones; and the slope of each other host's group.
    """
    group = of_host(cells, host)
    past = group.loc[:last]
    on = pd.DataFrame({"shock": past["shock"], "oil": oil, "real": of.real[host]})
    on = on.assign(rest=on["shock"] - on["real"]).reindex(past.index)
    pairs = {
        "slope": ["shock"],
        "oil": ["oil"],
        "real": ["real", "rest"],
        "rest": ["rest", "real"],
        "shock_beside": ["shock", "oil"],
        "oil_beside": ["oil", "shock"],
    }
    found = {name: line(past["gap"], on[columns]) for name, columns in pairs.items()}
    if len(group) > len(past):
        found["all_years"] = line(group["gap"], group["shock"])
    for other in sorted({*cells["host"]} - {host}):
        own = of_host(cells, other).loc[:last]
        if len(own) >= FEWEST:
            found[f"host_{other.lower()}"] = line(own["gap"], own["shock"])
    return found


def choices(
    of: World, host: str, last: int, without: Collection[str], income: pd.Series
) -> dict[str, Line]:
    """Return the response under other choices, by what a reader calls them.

    `income` (per head, by receiver) splits the members at their median. Choices that leave fewer
    than `FEWEST` years are left out.
    """
    round_ = of.flow.mod(1e6) == 0
    plain = of_host(gaps(of, without=without), host).loc[:last]
    members = sorted({code for row in plain["members"] for code in row})
    poor = income.reindex(members).dropna()
    poor = poor.index[poor <= poor.median()]
    rest = [code for code in members if code not in poor]
    asked: dict[str, dict[str, Any]] = {
        "share over 30%": {"cut": 0.3},
        "share over 50%": {"cut": 0.5},
        "inflow over US$ 1 billion": {"floor": 1e9, "least": 2},
        "no round figures": {"keep": ~(round_ | round_.shift(1, fill_value=False))},
        "poorer": {"without": [*without, *rest], "least": 2},
        "others": {"without": [*without, *poor], "least": 2},
    }
    found = {}
    for name, how in asked.items():
        group = of_host(gaps(of, **{"without": without, **how}), host).loc[:last]
        found[name] = (group["gap"], group["shock"])
    return {name: line(*pair) for name, pair in found.items() if len(pair[0]) >= FEWEST}


def while_member(of: World, country: str, host: str) -> pd.Series:
    """Return a receiver's growth in the years in which it belonged to the group of a host."""
    first = min(of.counts)
    grown = of.growth[country].dropna().loc[first + 1 :]
    lived = [of.shares(year).get(host, pd.Series()).get(country, 0.0) for year in grown.index]
    return grown[np.array(lived) > CUT]


def beside(
    growth: pd.Series,
    group: pd.DataFrame,
    last: int,
    *,
    first: int = 2010,
    slopes: Collection[float] = (),
) -> pd.DataFrame:
    """Set a receiver beside its group, from whose cells it is left out.

    From the year before `first` on. The expected change of a year is that of all other receivers,
    the receiver's usual difference to them (`first` to `last`, without the year), and the group's
    slope (fitted to `last`, without the year) times the host's growth. `slopes` are those of other
    hosts.

    By year, log points: actual; expected, with expected_low and expected_high (the usual spread and
    the slope's error together); departure from a usual year, and host, host_low, host_high, what
    the host's growth explains of it; other_lowest and other_highest, what it would by `slopes`; n,
    the years held against. Years with fewer than `FEWEST` of them are left out.
    """
    apart, own = (growth - group["others"]).dropna(), growth.dropna()
    rows = {}
    for year in apart.index[apart.index >= first - 1]:
        used = group.loc[:last].drop(year, errors="ignore")
        calm = [at for at in apart.loc[first:last].index if at != year]
        if min(len(calm), len(used)) < FEWEST:
            continue
        slope, shock = line(used["gap"], used["shock"]), group["shock"]
        usual = apart[calm] - slope.slope * shock[calm]
        away = shock[year] - shock[calm].mean()
        spread = usual.var() * (1 + 1 / len(calm)) + (slope.error * away) ** 2
        half = stats.t.ppf(0.5 + LEVEL / 2, len(calm) - 1) * np.sqrt(spread)
        expected = usual.mean() + slope.slope * shock[year] + group.at[year, "others"]
        ends, other = sorted(end * away for end in slope.interval), [s * away for s in slopes]
        rows[year] = {
            "actual": own[year], "departure": apart[year] - apart[calm].mean(), "n": len(calm),
            "expected": expected, "expected_low": expected - half, "expected_high": expected + half,
            "host": slope.slope * away, "host_low": ends[0], "host_high": ends[1],
            "other_lowest": min(other, default=np.nan), "other_highest": max(other, default=np.nan),
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("year")
