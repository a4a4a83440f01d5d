"""How dependent an economy is on remittances: growth by measure, rank, and revisions."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from livingbrief.values.values import Values
from remitrisk.methods.accounting import MEASURES

INFLOW = "BX.TRF.PWKR.CD.DT"
GDP = "NY.GDP.MKTP.CD"
REAL_GROWTH = "NY.GDP.MKTP.KD.ZG"


@dataclass(frozen=True)
class Strip:
    """One indicator as each vintage printed it.

    Attributes
    ----------
    table : DataFrame
        Vintages (dates, index) by years of reference; missing where a vintage prints none.
    """

    code: str
    label: str
    unit: str
    table: pd.DataFrame


def percent_changes(values: pd.Series) -> pd.Series:
    """Return the change on the year before, percent, wherever there is one."""
    return Values.of(values.sort_index().rename("value")).change().series


def growth(flows: pd.DataFrame, share: pd.Series) -> pd.DataFrame:
    """Return the change on the year before by measure.

    Parameters
    ----------
    flows : DataFrame
        From `accounting.measures`: years by measure.
    share : Series
        Share of GDP in percent, by year.

    Returns
    -------
    DataFrame
        Years by measure: ``share`` in percentage points, the others in percent;
        missing where a year, or a positive year before, is.
    """
    years = range(int(flows.index.min()), int(flows.index.max()) + 1)
    out = pd.DataFrame(
        {c: percent_changes(flows[c]).reindex(years) for c in flows.columns if c != "share"}
    )
    out["share"] = share.reindex(years).diff()
    return out.rename_axis(flows.index.name)


def value_change(rate: pd.Series) -> pd.Series:
    """Return the yearly change of a currency's value in dollars, percent.

    Parameters
    ----------
    rate : Series
        Units of the currency per US dollar, by year.
    """
    return (100 * (rate.shift(1) / rate - 1)).dropna()


def joint_status(
    gross: pd.Series, outflow: pd.Series | None, measures: pd.DataFrame
) -> dict[str, pd.Series]:
    """Return the maturity of each measure: an estimate if any of its ingredients is one.

    Parameters
    ----------
    gross, outflow : Series
        Year to status.
    measures : DataFrame
        From `accounting.measures`.
    """
    firm = gross.reindex(measures.index).fillna("final")
    net = firm.copy()
    if outflow is not None:
        net[outflow.reindex(measures.index).eq("estimate")] = "estimate"
    return {name: net if name == "net_usd" else firm for name in MEASURES}


def rank_by_share(inflow: pd.DataFrame, gdp: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return a country's rank by inflow over GDP among all economies with both figures.

    Parameters
    ----------
    inflow, gdp : DataFrame
        ``iso3, year, value`` in US dollars, aggregates left out.

    Returns
    -------
    DataFrame
        Indexed by year: ``rank`` (1 is the highest), ``economies``, ``pct_gdp``.
    """
    both = inflow.merge(gdp, on=["iso3", "year"], suffixes=("", "_gdp"))
    both["pct_gdp"] = 100 * both["value"] / both["value_gdp"]
    both["rank"] = both.groupby("year")["pct_gdp"].rank(ascending=False, method="min").astype(int)
    both["economies"] = both.groupby("year")["iso3"].transform("size")
    own = both[both["iso3"] == country].set_index("year").sort_index()
    return own[["rank", "economies", "pct_gdp"]]


def telling_years(values: pd.Series) -> list[int]:
    """Return the years of a line worth a label: first, last, highest, and lowest since the peak."""
    values = values.dropna()
    peak = int(values.idxmax())
    low = int(values.loc[peak:].idxmin())
    return sorted({int(values.index[0]), peak, low, int(values.index[-1])})


def revision_strips(printed: dict[str, pd.DataFrame], *, first: int, last: int) -> list[Strip]:
    """Arrange what each vintage printed for the years `first` to `last`.

    Parameters
    ----------
    printed : dict
        Indicator to ``vintage, year, value`` rows.

    Returns
    -------
    list of Strip
        Inflow (US$ million), GDP (US$ billion), real growth (percent); an indicator with fewer
        than two vintages is left out.
    """
    kinds = (
        (INFLOW, "Gross inflow", "US$ million", 1e6),
        (GDP, "GDP", "US$ billion", 1e9),
        (REAL_GROWTH, "Real growth", "per cent", 1.0),
    )
    strips = []
    for code, label, unit, scale in kinds:
        rows = printed[code]
        rows = rows[rows["year"].between(first, last)]
        if rows["vintage"].nunique() > 1:
            table = rows.pivot(index="vintage", columns="year", values="value") / scale
            strips.append(Strip(code, label, unit, table.sort_index()))
    return strips


def printed_growth(printed: pd.DataFrame, vintage: str) -> pd.Series:
    """Return the change on the year before within one vintage, percent, by year."""
    return percent_changes(printed[printed["vintage"] == vintage].set_index("year")["value"])
