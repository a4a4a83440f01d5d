"""Migrants by destination, and transfers of money by who recorded them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

STOCKS = {
    "undesa2019": "migrant_stock_undesa2019ed",
    "knomad2021": "migrant_stock_2021",
    "undesa2024": "migrant_stock_undesa2024ed",
}
STOCK_SOURCES = {
    "undesa2019": "undesa2019_guyabel",
    "knomad2021": "knomad_bmm2021",
    "undesa2024": "undesa2024_geointel",
}
MODELS = {
    "knomad2021": ("remittances_2021", 2021),
    "cgd2021": ("remittances_cgd", 2021),
    "cgd2024": ("remittances_cgd", 2024),
}
SEASONS = {2: "february", 5: "may", 8: "august", 11: "november"}
MONTHS = ("January", "February", "March", "April", "May")
_LEFT = re.compile(r"^departures (\d+); (\d{4})H1: (\d+) and (\d+)$")


@dataclass(frozen=True)
class Spell:
    """Transfers of part of a year, in two years.

    Attributes
    ----------
    before, after : float
        US$ million.
    """

    label: str
    before: float
    after: float

    @property
    def change_pct(self) -> float:
        """Change from the first to the second year, percent."""
        return 100 * (self.after / self.before - 1)


def stocks(bilateral: pd.DataFrame, origin: str, last_year: int) -> pd.DataFrame:
    """Return people born in a country by destination, one column for each edition.

    Parameters
    ----------
    bilateral : DataFrame
        Table ``migration.bilateral``.
    origin : str
        ISO alpha-3 code.
    last_year : int
        Editions of later years are left out.

    Returns
    -------
    DataFrame
        Persons, destinations by edition (of each its last year), totals left out, the largest
        destination first. A destination that an edition does not list is missing, not zero.
    """
    rows = bilateral[
        (bilateral["origin_iso3"] == origin)
        & ~bilateral["is_total"]
        & (bilateral["year"] <= last_year)
    ]
    columns = {}
    for edition, flow in STOCKS.items():
        mine = rows[rows["flow"] == flow]
        mine = mine[mine["year"] == mine["year"].max()]
        if len(mine):
            columns[edition] = mine.set_index("dest_iso3")["value"]
    table = pd.DataFrame(columns)
    if table.empty:
        return table
    return table.loc[table.max(axis=1).sort_values(ascending=False, kind="stable").index]


def edition_years(bilateral: pd.DataFrame, origin: str, last_year: int) -> dict[str, int]:
    """Return the year that `stocks` takes from each edition."""
    rows = bilateral[(bilateral["origin_iso3"] == origin) & (bilateral["year"] <= last_year)]
    years = {e: rows.loc[rows["flow"] == flow, "year"].max() for e, flow in STOCKS.items()}
    return {edition: int(year) for edition, year in years.items() if pd.notna(year)}


def modelled_corridors(bilateral: pd.DataFrame, origin: str, last_year: int) -> pd.DataFrame:
    """Return modelled remittances to a country by sending country, US$ million, by model.

    Returns
    -------
    DataFrame
        Destinations of migrants (which send) by model, totals left out, the largest first.
    """
    rows = bilateral[(bilateral["origin_iso3"] == origin) & ~bilateral["is_total"]]
    columns = {}
    for model, (flow, year) in MODELS.items():
        mine = rows[(rows["flow"] == flow) & (rows["year"] == year)]
        if len(mine) and year <= last_year:
            columns[model] = mine.set_index("dest_iso3")["value"]
    table = pd.DataFrame(columns)
    if table.empty:
        return table
    return table.loc[table.max(axis=1).sort_values(ascending=False, kind="stable").index]


def recorded_spells(shares: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Return recorded shares with their first and last month and the definition behind them.

    Parameters
    ----------
    shares : DataFrame
        From ``Data.russia_share("recorded")``: period, share_pct, counted_by.

    Returns
    -------
    DataFrame
        Columns start, end (monthly periods), share_pct and definition, ``old`` or ``new``; the
        National Bank changed its definition in 2024 and restated 2023.
    """
    ends = shares["period"].str.split(" to ")
    out = pd.DataFrame(
        {
            "start": pd.PeriodIndex(ends.str[0], freq="M"),
            "end": pd.PeriodIndex(ends.str[-1], freq="M"),
            "share_pct": shares["share_pct"].to_numpy(float),
            "definition": shares["counted_by"].str.removeprefix("nbkr_").to_numpy(),
        }
    )
    return out[out["end"].dt.year <= last_year].reset_index(drop=True)


def two_years(months: pd.Series, years: pd.Series, year: int) -> list[Spell]:
    """Set the months of a year against those of the year before, and what remains of each year.

    Parameters
    ----------
    months : Series
        US$ million by month (monthly PeriodIndex).
    years : Series
        US$ million by year, from the same publisher and the same definition.
    year : int
        The later of the two years.

    Returns
    -------
    list of Spell
        January to May one by one and together, June to December, the whole year; empty when a
        month or a year is missing.
    """
    pairs = [
        [months.get(pd.Period(year=y, month=m, freq="M"), np.nan) for y in (year - 1, year)]
        for m in range(1, 6)
    ]
    known = np.array(pairs, dtype=float)
    both = np.array([years.get(y, np.nan) for y in (year - 1, year)], dtype=float)
    if np.isnan(known).any() or np.isnan(both).any():
        return []
    spells = [Spell(name, *map(float, pair)) for name, pair in zip(MONTHS, known, strict=True)]
    spring = known.sum(axis=0)
    return [
        *spells,
        Spell("January to May", *map(float, spring)),
        Spell("June to December", *map(float, both - spring)),
        Spell("Whole year", *map(float, both)),
    ]


def windows(series: pd.Series) -> pd.DataFrame:
    """Arrange three-month windows by their last month and year.

    Parameters
    ----------
    series : Series
        Sums of three months by last month (monthly PeriodIndex).

    Returns
    -------
    DataFrame
        Rows ``february, may, august, november``, columns years, US$ million.
    """
    known = series.dropna()
    ends = pd.DataFrame(
        {"end": [SEASONS[m] for m in known.index.month], "year": known.index.year, "v": known}
    )
    table = ends.pivot(index="end", columns="year", values="v")
    return table.reindex([s for s in SEASONS.values() if s in table.index])


def counted_twice(facts: pd.DataFrame) -> pd.DataFrame:
    """Return the flow from Russia in periods for which both sides printed a figure.

    Parameters
    ----------
    facts : DataFrame
        Table ``press.facts``.

    Returns
    -------
    DataFrame
        Columns period_start, period_end, home_usd_mn (as counted in Kyrgyzstan), home_by,
        russia_usd_mn (as counted by the Bank of Russia), concept; ordered by period.
    """
    inflow = facts[facts["direction"] == "inflow"]
    home = inflow[inflow["system"].str.startswith("nbkr") & (inflow["counterpart"] == "RUS")]
    russia = inflow[(inflow["system"] == "bank_of_russia") & (inflow["counterpart"] == "KGZ")]
    keys = ["period_start", "period_end"]
    both = home.merge(russia, on=keys, suffixes=("_home", "_russia")).sort_values(keys)
    return pd.DataFrame(
        {
            "period_start": both["period_start"],
            "period_end": both["period_end"],
            "home_usd_mn": both["value_home"],
            "home_by": both["attributed_to_home"],
            "russia_usd_mn": both["value_russia"],
            "concept": both["concept_russia"],
        }
    ).reset_index(drop=True)


def long_term_balance(facts: pd.DataFrame) -> pd.Series:
    """Return arrivals less departures of long-term migrants in Russia, first half-years.

    The publisher's row holds the arrivals of a half-year; its note has the departures, and both
    figures of the half-year before.

    Returns
    -------
    Series
        Persons by year.

    Raises
    ------
    ValueError
        If the note is not of that form.
    """
    rows = facts[facts["attributed_to"] == "Rosstat"]
    balance = {}
    for row in rows.itertuples():
        found = _LEFT.match(row.note)
        if found is None:
            raise ValueError(f"the note of {row.fact_id} names no departures: {row.note!r}")
        left, year, came_before, left_before = map(int, found.groups())
        balance[year] = came_before - left_before
        balance[int(row.period_start[:4])] = int(row.value) - left
    return pd.Series(balance, dtype=float).sort_index()


def cost_ends(prices: pd.DataFrame, receiver: str, last_year: int) -> pd.DataFrame:
    """Return the first and the last cost of sending money to a country, by sending country.

    Parameters
    ----------
    prices : DataFrame
        Table ``worldbank.remittance_prices``.
    receiver : str
        ISO alpha-3 code.
    last_year : int
        Later quarters are left out.

    Returns
    -------
    DataFrame
        Index sender; columns first and last (quarters, ``2020Q3``), first_pct and last_pct.
    """
    early = prices["quarter"].str[:4].astype(int) <= last_year
    rows = prices[early & (prices["receiver"] == receiver)].sort_values("quarter")
    return rows.groupby("sender").agg(
        first=("quarter", "first"),
        first_pct=("cost_pct", "first"),
        last=("quarter", "last"),
        last_pct=("cost_pct", "last"),
    )


def latest_run(values: pd.Series) -> tuple[int, int]:
    """Return the first and last year of the run of one sign that ends with the series."""
    signs = np.sign(values.dropna().sort_index())
    changes = signs.ne(signs.shift()).cumsum()
    run = signs[changes == changes.iloc[-1]]
    return int(run.index[0]), int(run.index[-1])
