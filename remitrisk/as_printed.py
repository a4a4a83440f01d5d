"""The figures on which claims stand, as each printing had them: what their usual revision is."""

from collections.abc import Callable
from functools import cache, partial

import pandas as pd

from livingbrief.data.catalog import LATEST, publisher_line
from livingbrief.values.values import Values
from remitrisk.countries import country_name
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

Made = Callable[[str], Values]


def as_printed(data: BriefData) -> dict[str, pd.DataFrame]:
    """Return each figure as it stood whenever a part of it was printed.

    `data` is that of an edition: nothing that was printed after its own day and vintages. Key
    without its year to years by dates; `attrs` as in `livingbrief.claims.firm`, and ``label``,
    ``unit`` (of a difference), ``source``, ``change`` (the figure is a change).
    """
    on = cache(data.on)

    @cache
    def changes(day: str) -> Values:
        return _changes(on(day))

    figures: list[tuple[str, str, tuple[str, ...], str, Made]] = [
        (
            "remittances.gross.pct_gdp",
            "remittances over GDP",
            (INFLOW, GDP, INFLOW_PCT_GDP),
            data.country,
            lambda day: on(day).share_of_gdp(),
        )
    ]
    for key, (name, codes, called) in FLOWS.items():
        change: Made = partial(lambda name, day: changes(day)[name], name)
        label = f"remittances, {called}"
        figures.append((f"remittances.{key}.growth_pct", label, codes, data.country, change))
    for iso3 in ECONOMIES if data.country == HOME else ():
        growth: Made = partial(lambda iso3, day: on(day).values(GROWTH, country=iso3), iso3)
        label = f"real growth, {country_name(data.catalog, iso3)}"
        figures.append((f"growth.real_pct.{iso3.lower()}", label, (GROWTH,), iso3, growth))

    found = {}
    for key, label, codes, country, made in figures:
        days = {day for code in codes for day in data.printed(code, country)["vintage"]}
        shown = {day: made(day) for day in sorted(days)}
        wide = pd.DataFrame({d: v.frame.iloc[:, 0].mask(v.later[:, 0]) for d, v in shown.items()})
        newest = made(max(days)).status.iloc[:, 0] if days else pd.Series(dtype=object)
        wide.attrs["open"] = tuple(newest.index[newest == "estimate"])
        wide.attrs["change"] = ".growth_pct" in key or key.startswith("growth.")
        found[key] = _told(data, wide.sort_index(), "worldbank.wdi", label)
    if data.country == HOME:
        for key, code in TOTALS.items():
            wide = data.by_printing(code).frame
            about = data.catalog.explain(code)
            unit = about.unit if "person" in about.unit else POINTS
            found[key] = _told(data, wide, "nsc.sdg", about.label, unit)
        for key, wide in _breakdowns(data).items():
            found[key] = _told(data, wide, "nsc.sdg", SPLIT[key])
    return found


def _changes(data: BriefData) -> Values:
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


def _told(
    data: BriefData, wide: pd.DataFrame, table: str, label: str, unit: str = POINTS
) -> pd.DataFrame:
    publisher = data.catalog.of_table(table)[0].publisher
    named = data.catalog.tables[table].publisher
    wide.attrs |= {"publisher": publisher, "lines": data.catalog.lines_of(named)}
    line = publisher_line(data.catalog, data.catalog.of_table(table))
    span = f"{min(wide)} to {max(wide)}" if len(wide.columns) else ""
    wide.attrs |= {"label": label, "unit": unit, "source": {**line, "vintage": span}}
    return wide
