"""The figures on which claims stand, as each printing had them: what their usual revision is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

import pandas as pd

from livingbrief.data.access import open_data
from livingbrief.data.catalog import LATEST
from livingbrief.run.editions import Edition
from livingbrief.values.values import Values
from remitrisk.methods import accounting
from remitrisk.methods.breakdowns import official
from remitrisk.series import (
    EXCHANGE_RATE,
    GDP,
    GROWTH,
    HOME,
    INFLOW,
    INFLOW_PCT_GDP,
    OUTFLOW,
    POPULATION,
    PRICES,
    BriefData,
)

#: The Committee's national totals that were printed more than once, by the keys that they have.
TOTALS = {
    "poverty.rate_pct": "poverty_rate",
    "multidimensional_poverty.rate_pct": "multidimensional_poverty_rate",
    "working_poverty.rate_pct": "working_poverty_rate",
    "unemployment.rate_pct": "unemployment_rate",
    "employment.informal_thousand": "informal_employment_thousand",
    "victims.nsc.count": "detected_trafficking_victims",
}
#: Measures of the inflow by their keys: name in `accounting.measures`, and the series that are
#: revised. Exchange rates and consumer prices are taken not to be.
FLOWS = {
    "gross": ("gross_usd", (INFLOW,)),
    "net": ("net_usd", (INFLOW, OUTFLOW)),
    "rub": ("rub", (INFLOW,)),
    "som": ("som", (INFLOW,)),
    "real_som": ("real_som", (INFLOW,)),
}
PLACES, AGES = ("rural", "urban"), ("under_17", "age_14_28", "working_age")
ECONOMIES = ("RUS", "KAZ", "TUR", HOME)

Made = Callable[[str], Values]


def as_printed(root: Path, edition: Edition) -> dict[str, pd.DataFrame]:
    """Return each figure as it stood whenever a part of it was printed.

    Parameters
    ----------
    root : Path
        The project.
    edition : Edition
        It has nothing that was printed after its own day and vintages.

    Returns
    -------
    dict
        Key without its year to years by dates; `attrs` as in `livingbrief.claims.firm`.
    """
    data = _opened(root, edition)

    @cache
    def on(day: str) -> BriefData:
        return _opened(root, edition.model_copy(update={"known_at": day}))

    @cache
    def changes(day: str) -> Values:
        return _levels(on(day)).change()

    figures: list[tuple[str, tuple[str, ...], str, Made]] = [
        (
            "remittances.gross.pct_gdp",
            (INFLOW, GDP, INFLOW_PCT_GDP),
            data.country,
            lambda day: on(day).share_of_gdp().as_values(),
        )
    ]
    for key, (name, codes) in FLOWS.items():
        change: Made = partial(lambda name, day: changes(day)[name], name)
        figures.append((f"remittances.{key}.growth_pct", codes, data.country, change))
    for iso3 in dict.fromkeys((*ECONOMIES, data.country)):
        growth: Made = partial(lambda iso3, day: on(day).values(GROWTH, country=iso3), iso3)
        figures.append((f"growth.real_pct.{iso3.lower()}", (GROWTH,), iso3, growth))

    found = {}
    for key, codes, country, made in figures:
        days = {day for code in codes for day in data.printed(code, country)["vintage"]}
        wide = pd.DataFrame({day: _then(made(day)) for day in sorted(days)})
        newest = made(max(days)).status.iloc[:, 0] if days else pd.Series(dtype=object)
        wide.attrs["open"] = tuple(newest.index[newest == "estimate"])
        found[key] = _told(data, wide.sort_index(), "worldbank.wdi")
    if edition.country == HOME:
        for key, code in TOTALS.items():
            rows = data.history(code)
            wide = rows.pivot(index="year", columns="printed", values="value").ffill(axis=1)
            found[key] = _told(data, wide, "nsc.sdg")
        for key, wide in _breakdowns(data).items():
            found[key] = _told(data, wide, "nsc.sdg")
    return found


def _opened(root: Path, edition: Edition) -> BriefData:
    data = open_data(root, edition)
    assert isinstance(data, BriefData)
    return data


def _then(values: Values) -> pd.Series:
    """Return the numbers of the only column that had been printed."""
    return values.frame.iloc[:, 0].mask(values.later[:, 0])


def _levels(data: BriefData) -> Values:
    gross, outflow, rate, gdp, prices, heads = data.values(
        INFLOW, OUTFLOW, EXCHANGE_RATE, GDP, PRICES, POPULATION
    )
    return accounting.measures(
        gross,
        outflow=outflow,
        host_rate=data.values(EXCHANGE_RATE, country=data.host),
        home_rate=rate,
        gdp=gdp,
        prices=prices,
        population=heads,
    )


def _breakdowns(data: BriefData) -> dict[str, pd.DataFrame]:
    """Return what the Committee's whole tables split, as each printed it."""
    found: dict[str, dict[str, pd.Series]] = {}
    day = min(data.known_at or LATEST, data.vintage.get("nsc", LATEST))
    for resource in data.catalog.printed_until("nsc.sdg", day):
        table = data.catalog.frame(resource)
        table = table[table["year"] <= data.last_year]
        table.attrs["source"] = {}
        half = official(
            table,
            "median_income_and_relative_poverty",
            name="half",
            series="below 50 percent",
            wealth_quintile="Bottom 50%",
        )
        place = official(table, "poverty_rate", "urbanisation")
        age = official(table, "poverty_rate", "age")
        parts = [
            ("inequality.below_half_median_pct", "half", half),
            *((f"poverty.{name}_pct", name, place) for name in PLACES),
            *((f"poverty.age.{name}_pct", name, age) for name in AGES),
        ]
        for key, name, values in parts:
            if name in values:
                found.setdefault(key, {})[resource.vintage] = values.frame[name]
    return {key: pd.DataFrame(by_date).sort_index() for key, by_date in found.items()}


def _told(data: BriefData, wide: pd.DataFrame, table: str) -> pd.DataFrame:
    about: Mapping[str, str] = data.catalog.tables[table]
    publisher = data.catalog.of_table(table)[0].publisher
    wide.attrs |= {"publisher": publisher, "named": str(about["publisher"])}
    return wide
