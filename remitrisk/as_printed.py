"""The figures on which claims stand, as each printing had them: what their usual revision is."""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
import pandas as pd

from livingbrief.claims import turning
from livingbrief.data.catalog import LATEST
from livingbrief.values.values import Values
from remitrisk.countries import country_name
from remitrisk.layouts import worldbank
from remitrisk.methods import accounting, shelf_life
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
    POVERTY,
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
#: Measures of the inflow by their keys: name in `accounting.measures`, the series that are
#: revised (exchange rates and consumer prices are taken not to be), and what a reader calls them.
FLOWS = {
    "gross": ("gross_usd", (INFLOW,), "gross dollars"),
    "net": ("net_usd", (INFLOW, OUTFLOW), "net dollars"),
    "rub": ("rub", (INFLOW,), "the host’s currency"),
    "som": ("som", (INFLOW,), "own currency"),
    "real_som": ("real_som", (INFLOW,), "own currency, real"),
}
#: What a reader calls what the Committee's whole tables split.
SPLIT = {
    "inequality.below_half_median_pct": "people below half the median income",
    "poverty.rural_pct": "poverty, countryside",
    "poverty.urban_pct": "poverty, towns",
    "poverty.age.under_17_pct": "poverty, children",
    "poverty.age.age_14_28_pct": "poverty, aged 14 to 28",
    "poverty.age.working_age_pct": "poverty, working age",
}
POINTS = "percentage points"
PLACES, AGES = ("rural", "urban"), ("under_17", "age_14_28", "working_age")
ECONOMIES = ("RUS", "KAZ", "TUR", HOME)

#: Measures whose series the archives have: its code, and of which change of it, in per cent, they
#: are, if of one. In another currency a change is revised as in dollars, since exchange rates and
#: consumer prices are taken not to be.
ARCHIVED = {
    **{
        f"remittances.{of}.growth_pct": (INFLOW, turning.CHANGE)
        for of in ("gross", "rub", "som", "real_som")
    },
    "shock.since_2021.gross_usd_pct": (INFLOW, turning.OVER_YEARS),
    "shock.since_2021.real_som_pct": (INFLOW, turning.OVER_YEARS),
    "remittances.gross.pct_gdp": (INFLOW_PCT_GDP, ""),
    **{f"growth.real_pct.{iso3.lower()}": (GROWTH, "") for iso3 in ECONOMIES},
    "unemployment.modelled_pct.rus": ("SL.UEM.TOTL.ZS", ""),
    "poverty.international_pct": ("SI.POV.DDAY", ""),
    "poverty.rate_pct": (POVERTY, ""),
    "inequality.gini_consumption": ("SI.POV.GINI", ""),
}
CHANCES = "shelf_life.chances"
#: Years between the two printings, rounded up.
WITHIN = 8

Made = Callable[[BriefData], Values]


def as_printed(data: BriefData) -> dict[str, pd.DataFrame]:
    """Return each figure as it stood whenever a part of it was printed.

    `data` is that of an edition: nothing that was printed after its own day and vintages. Key
    without its year to years by dates, as `livingbrief.data.access.Data.as_printed` returns them,
    and in `attrs` ``change`` (the figure is a change).
    """
    changes = lru_cache(maxsize=None)(_changes_on)

    def printed(label: str, made: Made, *codes: str, country: str = data.country) -> pd.DataFrame:
        return data.as_printed(label, made, *codes, country=country)

    of_gdp = (INFLOW, GDP, INFLOW_PCT_GDP)
    gross = "remittances.gross.pct_gdp"
    share = printed("remittances over GDP", BriefData.share_of_one_vintage, *of_gdp)
    now = data.share_of_gdp()
    day = max((source["vintage"] for source in now.sources), default="")
    if data.known_at and not now.later.any() and day >= max(share.columns, default=""):
        # The share of a day whose inflow and GDP no one vintage has, in the last column alone.
        share = share.reindex(share.index.union(now.years)).assign(**{day: now.series})
        share.attrs["open"] = tuple(now.frame.index[now.soft.any(axis=1)])
    found = {gross: share}
    for key, (name, codes, called) in FLOWS.items():
        change: Made = partial(lambda name, then: changes(data, then.known_at)[name], name)
        wide = printed(f"remittances, {called}", change, *codes)
        found[f"remittances.{key}.growth_pct"] = wide
    for iso3 in ECONOMIES if data.country == HOME else ():
        growth: Made = partial(lambda iso3, then: then.values(GROWTH, country=iso3), iso3)
        label = f"real growth, {country_name(data.catalog, iso3)}"
        found[f"growth.real_pct.{iso3.lower()}"] = printed(label, growth, GROWTH, country=iso3)
    for key, wide in found.items():
        wide.attrs["change"] = key != gross
    if data.country == HOME:
        for key, code in TOTALS.items():
            wide = data.by_printing(code).frame
            about = data.catalog.explain(code)
            unit = about.unit if "person" in about.unit else POINTS
            found[key] = data.described(wide, "nsc.sdg", about.label, unit)
        for key, wide in _breakdowns(data).items():
            found[key] = data.described(wide, "nsc.sdg", SPLIT[key])
    return found


def _changes_on(data: BriefData, day: str) -> Values:
    data = data.on(day)
    gross, outflow, rate, gdp, prices, heads = data.values(
        INFLOW, OUTFLOW, EXCHANGE_RATE, GDP, PRICES, POPULATION
    )
    host_rate = data.values(EXCHANGE_RATE, country=data.host)
    levels = accounting.measures(
        gross, outflow=outflow, host_rate=host_rate, home_rate=rate, gdp=gdp
    )
    return accounting.changes(levels, prices, heads)


def _breakdowns(data: BriefData) -> dict[str, pd.DataFrame]:
    """Return what the Committee's whole tables split, as each printed it."""
    found: dict[str, dict[str, pd.Series]] = {}
    day = min(data.known_at or LATEST, data.vintage.get("nsc", LATEST))
    for resource in data.catalog.printed_until("nsc.sdg", day):
        table = data.catalog.frame(resource)
        table = table[table["year"] <= data.last_year]
        table.attrs["source"] = {}
        below = {"series": "below 50 percent", "wealth_quintile": "Bottom 50%"}
        half = official(table, "median_income_and_relative_poverty", name="half", **below)
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


def turns(data: BriefData) -> dict[str, turning.Known]:
    """Return how often statements on a figure turn, by its key without the year.

    Nothing in an edition that looks back to before both printings were out, or on another country.
    """
    table = data.table(CHANCES)
    if table.empty or data.country != HOME:
        return {}
    curves = dict(iter(table.groupby(["series", "kind"])))
    kinds = {
        turning.CHANGE: shelf_life.YEAR,
        turning.OVER_YEARS: shelf_life.FIVE,
        turning.OTHER: shelf_life.BESIDE,
        turning.LINE: shelf_life.LINE,
    }
    lines = frozenset([data.catalog.tables[worldbank.TABLE].line])
    found = {}
    for key, (code, change) in ARCHIVED.items():
        country = key[-3:].upper() if key[-3:].upper() in ECONOMIES else data.country
        if code == INFLOW_PCT_GDP:
            years = data.share_of_gdp().known().years
        else:
            years = data.values(code, country=country).known().years
        own = {kind: curves[code, kind] for kind in shelf_life.KINDS if (code, kind) in curves}
        if years:
            found[key] = turning.Known(
                series=code,
                kinds=kinds,
                curves=own,
                odds={kind: [*of[shelf_life.ODDS].iloc[0]] for kind, of in own.items()},
                newest=int(years[-1]),
                years=WITHIN,
                lines=lines,
                publisher="worldbank",
                change=change,
                scale=_of_change if change else float,
            )
    return found


def _of_change(percent: float) -> float:
    """Return a change in the unit of the archive's margins of amounts."""
    return float(100 * np.log1p(percent / 100))
