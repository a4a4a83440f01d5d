"""Accounting of a remittance shock: the same year under several measures, and exact decompositions.

Nothing here is estimated. Logarithms make every decomposition a sum, so that the parts add up to
the whole to rounding error, and the part that cannot be observed on its own (the deflator) is
defined as the rest of an identity whose distance to the published figure is returned beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

MEASURES: tuple[str, ...] = (
    "gross_usd", "net_usd", "rub", "som", "real_som", "real_som_head", "share",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """Change of one measure between two neighbouring years.

    Attributes
    ----------
    measure : str
        One of `MEASURES`.
    year : int
        The later year.
    before, after : float
        Levels in the two years, in the measure's unit.
    difference : float
        ``after - before``; for the share of GDP these are percentage points.
    percent : float
        Percentage change; NaN when `before` is not positive, because a percentage of a negative
        or zero net flow has no meaning.
    """

    measure: str
    year: int
    before: float
    after: float
    difference: float
    percent: float


@dataclass(frozen=True)
class ShareDecomposition:
    """Exact decomposition of the log change of remittances' share of GDP.

    ``share_log = inflow_log + real_growth_log + deflator_log + exchange_rate_log``.

    Attributes
    ----------
    base, year : int
        Years compared.
    share_log : float
        Log change of the share.
    inflow_log : float
        Log change of the dollar inflow.
    real_growth_log, deflator_log, exchange_rate_log : float
        Contributions of gross domestic product: minus real growth, minus the deflator, plus the
        fall of the currency against the dollar.
    published_deflator_distance : float
        Absolute difference between the deflator as the rest of the identity and the published
        one, in logs; NaN where none is published.
    """

    base: int
    year: int
    share_log: float
    inflow_log: float
    real_growth_log: float
    deflator_log: float
    exchange_rate_log: float
    published_deflator_distance: float

    @property
    def remainder(self) -> float:
        """What the four parts leave unexplained: zero to rounding error."""
        parts = self.inflow_log + self.real_growth_log + self.deflator_log + self.exchange_rate_log
        return self.share_log - parts


@dataclass(frozen=True)
class InflowDecomposition:
    """Exact decomposition of the log change of the dollar inflow into rubles and their price.

    ``inflow_log = ruble_amount_log + exchange_rate_log``; the exchange rate is dollars per ruble,
    so that a positive part means a dearer ruble.
    """

    base: int
    year: int
    inflow_log: float
    ruble_amount_log: float
    exchange_rate_log: float

    @property
    def remainder(self) -> float:
        """What the two parts leave unexplained: zero to rounding error."""
        return self.inflow_log - self.ruble_amount_log - self.exchange_rate_log


def measures(
    gross: pd.Series,
    *,
    outflow: pd.Series | None = None,
    host_rate: pd.Series | None = None,
    home_rate: pd.Series | None = None,
    gdp: pd.Series | None = None,
    prices: pd.Series | None = None,
    population: pd.Series | None = None,
) -> pd.DataFrame:
    """Express one inflow under the measures that the word "remittances" may stand for.

    Parameters
    ----------
    gross : pandas.Series
        Remittances received, US dollars, indexed by year.
    outflow : pandas.Series, optional
        Remittances paid, US dollars.
    host_rate, home_rate : pandas.Series, optional
        Host's (rubles) and home country's (som) units per US dollar, yearly averages.
    gdp : pandas.Series, optional
        Gross domestic product, US dollars.
    prices : pandas.Series, optional
        Consumer prices at home, change on the year before in percent.
    population : pandas.Series, optional
        People at home.

    Returns
    -------
    pandas.DataFrame
        Years of `gross` by `MEASURES`: US dollars, US dollars, host currency, home currency, home
        currency in prices of the last year that `prices` has, the same a head of population,
        percent of GDP. NaN where an ingredient is missing.

    Notes
    -----
    The ruble measure is the dollar inflow valued in rubles, whatever currency it was sent in.
    """
    years = gross.index

    def aligned(series: pd.Series | None) -> pd.Series:
        if series is None:
            return pd.Series(np.nan, index=years)
        return series.reindex(years).astype(float)

    level = None if prices is None else price_level(prices)
    real = gross * aligned(home_rate) / aligned(level)
    return pd.DataFrame(
        {
            "gross_usd": gross.astype(float),
            "net_usd": gross - aligned(outflow),
            "rub": gross * aligned(host_rate),
            "som": gross * aligned(home_rate),
            "real_som": real,
            "real_som_head": real / aligned(population),
            "share": 100 * gross / aligned(gdp),
        }
    )


def price_level(change: pd.Series) -> pd.Series:
    """Chain yearly changes of prices to a level that is 1 in their last year.

    Parameters
    ----------
    change : pandas.Series
        Change on the year before in percent, by year.

    Returns
    -------
    pandas.Series
        From the year before the first change that a run without a gap joins to the last one:
        across a missing year no level is known.
    """
    change = change.dropna().astype(float).sort_index()
    if change.empty:
        return change
    years = change.index.to_numpy()
    run = change.loc[years[np.flatnonzero(np.diff(years, prepend=years[0] - 2) > 1)[-1]] :]
    level = pd.concat([pd.Series({int(run.index[0]) - 1: 1.0}), (1 + run / 100).cumprod()])
    return level / level.iloc[-1]


def change(values: pd.Series, year: int, *, measure: str = "gross_usd") -> Change | None:
    """Change of a series from the year before to `year`; None when either year is missing."""
    pair = values.reindex([year - 1, year]).astype(float)
    if pair.isna().any():
        return None
    before, after = float(pair.iloc[0]), float(pair.iloc[1])
    percent = 100 * (after / before - 1) if before > 0 else float("nan")
    return Change(measure, year, before, after, after - before, percent)


def percent_changes(values: pd.Series) -> pd.Series:
    """Change of a series on the year before, percent, wherever `change` gives one.

    Parameters
    ----------
    values : pandas.Series
        Indexed by year, in any order and with years missing; may be empty.

    Returns
    -------
    pandas.Series
        By year; only years whose year before has a positive value.
    """
    found = {int(year): change(values, int(year)) for year in sorted(values.index)}
    pairs = {year: item.percent for year, item in found.items() if item is not None}
    return pd.Series(pairs, dtype=float).rename_axis("year").dropna()


def _log_change(values: pd.Series, base: int, year: int) -> float:
    pair = values.reindex([base, year]).astype(float)
    if pair.isna().any():
        raise ValueError(f"no value in {base} or {year}")
    if (pair <= 0).any():
        raise ValueError(f"a logarithm needs positive values in {base} and {year}")
    return float(np.log(pair.iloc[1]) - np.log(pair.iloc[0]))


def _cumulated(growth_pct: pd.Series, base: int, year: int) -> float:
    steps = growth_pct.reindex(range(base + 1, year + 1)).astype(float)
    return float(np.log1p(steps.to_numpy() / 100).sum())


def decompose_share(
    gross: pd.Series,
    gdp: pd.Series,
    real_growth_pct: pd.Series,
    home_rate: pd.Series,
    *,
    year: int,
    base: int | None = None,
    published_deflator_pct: pd.Series | None = None,
) -> ShareDecomposition:
    """Decompose the log change of remittances/GDP into inflow, growth, prices and currency.

    GDP in dollars is real GDP times the deflator over the exchange rate, so
    ``dln(share) = dln(inflow) - dln(real) - dln(deflator) + dln(units per dollar)``. The deflator
    is taken as the rest of that identity; its distance to the published deflator says whether the
    ingredients belong together (they do not when they come from different vintages, or when GDP
    is converted at another rate than the official one).

    Parameters
    ----------
    gross, gdp : pandas.Series
        US dollars, indexed by year.
    real_growth_pct, published_deflator_pct : pandas.Series
        Yearly growth of real GDP and of its deflator, percent.
    home_rate : pandas.Series
        Home currency per US dollar, yearly average.
    year, base : int
        Years compared; `base` is the year before when not given.

    Raises
    ------
    ValueError
        If an ingredient is missing in either year, or is not positive.
    """
    start = year - 1 if base is None else base
    inflow = _log_change(gross, start, year)
    product = _log_change(gdp, start, year)
    currency = _log_change(home_rate, start, year)
    real = _cumulated(real_growth_pct, start, year)
    if np.isnan(real):
        raise ValueError(f"no real growth for every year from {start + 1} to {year}")
    deflator = product - real + currency
    published = (
        float("nan")
        if published_deflator_pct is None
        else _cumulated(published_deflator_pct, start, year)
    )
    return ShareDecomposition(
        base=start,
        year=year,
        share_log=_log_change(gross / gdp, start, year),
        inflow_log=inflow,
        real_growth_log=-real,
        deflator_log=-deflator,
        exchange_rate_log=currency,
        published_deflator_distance=abs(deflator - published),
    )


def decompose_inflow(
    gross: pd.Series, host_rate: pd.Series, *, year: int, base: int | None = None
) -> InflowDecomposition:
    """Decompose the log change of the dollar inflow into the ruble amount and the ruble's price.

    Parameters
    ----------
    gross : pandas.Series
        US dollars, indexed by year.
    host_rate : pandas.Series
        Host currency per US dollar, yearly average.
    year, base : int
        Years compared; `base` is the year before when not given.

    Raises
    ------
    ValueError
        If an ingredient is missing in either year, or is not positive.
    """
    start = year - 1 if base is None else base
    return InflowDecomposition(
        base=start,
        year=year,
        inflow_log=_log_change(gross, start, year),
        ruble_amount_log=_log_change(gross * host_rate, start, year),
        exchange_rate_log=-_log_change(host_rate, start, year),
    )


def changes_by_vintage(printed: pd.DataFrame, years: tuple[int, ...] | list[int]) -> pd.DataFrame:
    """Tabulate changes as each vintage printed them, never across two vintages.

    Parameters
    ----------
    printed : pandas.DataFrame
        Columns ``vintage, year, value`` (and ``status``): one row for each figure that a vintage
        printed.
    years : sequence of int
        Years to compare with the year before.

    Returns
    -------
    pandas.DataFrame
        Columns ``vintage, year, before, after, percent, status``, ordered by year and vintage;
        only the vintages that print both years. A change is an estimate where either year is one,
        and final where `printed` has no status.
    """
    rows = []
    for vintage, group in printed.groupby("vintage", sort=True):
        by_year = group.set_index("year")
        for year in years:
            found = change(by_year["value"], year)
            if found is not None:
                pair = by_year["status"].loc[[year - 1, year]] if "status" in by_year else []
                status = "estimate" if "estimate" in set(pair) else "final"
                rows.append((vintage, year, found.before, found.after, found.percent, status))
    columns = ["vintage", "year", "before", "after", "percent", "status"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["year", "vintage"], ignore_index=True)
