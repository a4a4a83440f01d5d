"""Migrants by destination, and transfers of money by who recorded them."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

#: Editions of migrant stocks: their flow in ``migration.bilateral`` and its year, None for the last
#: of the edition; and the publisher's file.
STOCKS = {
    "undesa2019": ("migrant_stock_undesa2019ed", None),
    "knomad2021": ("migrant_stock_2021", None),
    "undesa2024": ("migrant_stock_undesa2024ed", None),
}
STOCK_SOURCES = {
    "undesa2019": "undesa2019_guyabel",
    "knomad2021": "knomad_bmm2021",
    "undesa2024": "undesa2024_geointel",
}
#: Models of remittances by sending country, likewise.
MODELS = {
    "knomad2021": ("remittances_2021", 2021),
    "cgd2021": ("remittances_cgd", 2021),
    "cgd2024": ("remittances_cgd", 2024),
}
SEASONS = {2: "february", 5: "may", 8: "august", 11: "november"}
#: Parts of a year of which the press printed transfers.
SPELLS = ("april", "january_to_may", "june_to_december", "year")
ORDINALS = ("first", "second", "third", "fourth")


def by_country(
    bilateral: pd.DataFrame,
    origin: str,
    last_year: int,
    flows: Mapping[str, tuple[str, int | None]],
) -> pd.DataFrame:
    """Return people or money of one origin by country abroad, a column for each source.

    Of ``migration.bilateral`` up to `last_year`, totals left out, the largest first. `flows` is
    `STOCKS` or `MODELS`. A country that a source does not list is missing, not zero.
    """
    rows = bilateral[
        (bilateral["origin_iso3"] == origin)
        & ~bilateral["is_total"]
        & (bilateral["year"] <= last_year)
    ]
    columns = {}
    for source, (flow, year) in flows.items():
        mine = rows[rows["flow"] == flow]
        mine = mine[mine["year"] == (year or mine["year"].max())]
        if len(mine):
            columns[source] = mine.set_index("dest_iso3")["value"]
    table = pd.DataFrame(columns)
    order = table.max(axis=1).sort_values(ascending=False, kind="stable").index
    return table.loc[order].rename_axis("country") if len(table) else table


def recorded_spells(shares: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Return the shares of ``Data.russia_share("recorded")`` with their months and definition.

    Columns start, end (monthly periods), share_pct and definition, ``old`` or ``new``; the National
    Bank changed its definition in 2024 and restated 2023.
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


def spread(shares: Iterable[float]) -> dict[str, Any]:
    """Return the range of some shares, percent, as a number: its middle, its ends, its words."""
    low, high = min(shares), max(shares)
    words = dict.fromkeys(f"{end:.0f}" for end in (low, high))
    text = f"{' to '.join(words)}%"
    return {"value": (low + high) / 2, "interval": [low, high], "text": text}


def received(months: pd.DataFrame, facts: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return transfers received by the old definition, US$ million, by month and by whole year.

    Of ``nbkr.months`` and ``press.facts``.
    """
    rows = months[
        (months["counterpart"] == "TOTAL")
        & (months["definition"] == "old")
        & (months["direction"] == "inflow")
    ]
    monthly = rows.set_index(pd.PeriodIndex(rows["period"], freq="M"))["value_usd_mn"]
    spans = facts["period_start"].str[4:] + facts["period_end"].str[4:]
    whole = facts[
        (facts["system"] == "nbkr_old")
        & (facts["direction"] == "inflow")
        & (facts["counterpart"] == "TOTAL")
        & (spans == "-01-12")
    ]
    return monthly, whole.set_index(whole["period_start"].str[:4].astype(int))["value"]


def two_years(months: pd.Series, years: pd.Series, year: int) -> pd.DataFrame:
    """Set the `SPELLS` of a year against those of the year before.

    `months` (monthly PeriodIndex) and `years` are US$ million from one publisher by one definition.
    Columns are both years and ``change`` (percent). Empty when a month or a year is missing.
    """
    both = [year - 1, year]
    early = pd.DataFrame(
        {y: [months.get(pd.Period(f"{y}-{m:02d}")) for m in range(1, 6)] for y in both}, dtype=float
    )
    whole, spring = years.reindex(both).astype(float), early.sum(skipna=False)
    rows = (early.loc[3], spring, whole - spring, whole)
    found = pd.DataFrame(dict(zip(SPELLS, rows, strict=True))).T
    if found.isna().any(axis=None):
        return found.iloc[:0].assign(change=pd.Series(dtype=float))
    return found.assign(change=100 * (found[year] / found[year - 1] - 1))


def window_changes(series: pd.Series) -> pd.DataFrame:
    """Return changes on the year before of sums of three months, per cent, by `SEASONS` and year.

    `series` has the sums by their last month.
    """
    known = series.dropna()
    change = 100 * (known / known.shift(12, freq="M").reindex(known.index) - 1)
    ends = pd.DataFrame(
        {"end": [SEASONS[m] for m in known.index.month], "year": known.index.year, "v": change}
    )
    table = ends.pivot(index="end", columns="year", values="v")
    return table.rename_axis(index="season", columns="year")


def net_change(cards: pd.DataFrame) -> pd.Series:
    """Return the change of what stayed at home on the year before, per cent, by year.

    `cards` has by year, US$ million, ``out`` and ``net`` of the year and ``in_change``, by how much
    the inflow moved: the net flow of the year before is what these and its own outflow leave. A
    year that lacks one of them is left out.
    """
    before = cards["out"].set_axis(cards.index + 1)
    earlier = cards["net"] + cards["out"] - cards["in_change"] - before
    return (100 * (cards["net"] / earlier - 1)).dropna()


def last_cost(prices: pd.DataFrame, sender: str, receiver: str, last_year: int) -> dict[str, Any]:
    """Return the last cost of sending money from one country to another, or nothing.

    Of ``worldbank.remittance_prices`` to a year: ``last_pct`` (percent of the amount),
    ``last_quarter`` in words, ``last_year``.
    """
    rows = prices[
        (prices["quarter"].str[:4].astype(int) <= last_year)
        & (prices["sender"] == sender)
        & (prices["receiver"] == receiver)
    ].sort_values("quarter")
    if rows.empty:
        return {}
    cost, quarter = rows[["cost_pct", "quarter"]].iloc[-1]
    words = f"{ORDINALS[int(quarter[-1]) - 1]} quarter of {quarter[:4]}"
    return {"last_pct": cost, "last_quarter": words, "last_year": int(quarter[:4])}


def month_span(start: pd.Period, end: pd.Period) -> str:
    """Return "January to March 2016", "2014" for a whole year, "May 2024" for one month."""
    if (start.month, end.month, start.year) == (1, 12, end.year):
        return str(start.year)
    if start == end:
        return str(start.strftime("%B %Y"))
    return f"{start.strftime('%B')} to {end.strftime('%B %Y')}"
