"""Policy Brief 87 on Kyrgyzstan: what the engine asks of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pandas as pd

from livingbrief.brief import Brief, Fetcher, Layout
from livingbrief.claims.turning import Turns
from livingbrief.data.access import open_catalog, open_data
from livingbrief.data.catalog import Catalog
from livingbrief.edition import Edition
from livingbrief.errors import InputError, suggest
from livingbrief.paths import project_root
from livingbrief.wording import years_in_words
from remitrisk import __version__, as_printed, cleaning, countries, methods, publishers
from remitrisk.layouts import ctdc, nsc, unodc, worldbank
from remitrisk.series import (
    CORE,
    EXCHANGE_RATE,
    GDP,
    GROWTH,
    HOME,
    INFLOW,
    INFLOW_PCT_GDP,
    NO_HOST,
    OUTFLOW,
    POVERTY,
    PRICES,
    BriefData,
)

#: No yearly series of a chapter begins earlier, none can do with fewer years, and the brief argues
#: from 2020 and 2021, and is compared with 2009.
EARLIEST, YEARS_BEFORE, EARLIEST_LAST, LATEST_FIRST = 2000, 7, 2021, 2008
#: The World Bank's figures that were the newest when the brief was written.
FIRST_VINTAGE = "2023-05-10"
_TENTH = {"share of GDP": "remittances.gross.pct_gdp.latest >= 10 within 0.5"}
_OUTSIDE = {
    "gross dollars over what their own past lets expect": (
        "interval(shock.benchmark.gross.effect_pct.2020) excludes 0"
    )
}
_FLOWS = {
    "gross": "gross dollars",
    "net": "net dollars",
    "rub": "host’s currency",
    "real_som": "own currency, net of prices",
}


def _fell(year: int) -> tuple[dict[str, str], ...]:
    return tuple(
        {label: f"remittances.{of}.growth_pct.{year} < 0 within 1"} for of, label in _FLOWS.items()
    )


class PolicyBrief87(Brief):
    """Remittances and trafficking risk."""

    name = "remitrisk"
    version = __version__
    sections = (
        "Executive summary",
        "Overview",
        "Trafficking profile",
        "Risk factors: structural",
        "Risk factors: COVID-19",
        "Risk factors: the war",
        "Recommendations",
    )
    then_words = "In June 2023"
    year = 2023
    first_day = "2023-06-30"
    subtitle = "A policy brief that can be rerun, and that says when its own claims stop being true"
    credit = (
        "Summarises and tests: Nina Miholjic-Ivkovic, Human Trafficking in Kyrgyzstan: Causes, "
        "Trends, and Prevention, Policy Brief 87, June 2023, © 2023 OSCE Academy in Bishkek. The "
        "words are this project's own; its views are neither the author's nor the OSCE Academy's."
    )
    licence = ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
    foot = ("Code: MIT. Data: each table under its publisher’s terms, see “Data and vintages”.",)
    corrections = (
        "Questions and corrections: fill in the form “A number is wrong”.",
        "It is under “Issues” in the repository from which you have this report.",
        "issues/new?template=wrong_number.yml",
    )
    general_pages = (
        *("book/country/index", "book/country/money", "book/country/hosts", "book/country/place"),
        "book/country/about",
    )
    general_notebooks = ("remittances", "shocks", "structure")
    home = HOME
    away = "RUS"
    main_table = worldbank.TABLE
    headline_series = (
        INFLOW, OUTFLOW, INFLOW_PCT_GDP, GDP, GROWTH, EXCHANGE_RATE, PRICES, POVERTY,
        "poverty_rate 1.2.1", "extreme_poverty_rate 1.1.1.1",
        "detected_trafficking_victims 16.2.2 Detected victims of human trafficking (number)",
        "Detected trafficking victims",
    )  # fmt: skip
    headlines = (
        ("remittances.gross.growth_pct.{year}", "Gross remittances in dollars, change in {year}"),
        ("remittances.net.growth_pct.{year}", "Net remittances in dollars, change in {year}"),
        (
            "remittances.rub.growth_pct.{year}",
            "Gross remittances in the host’s currency, change in {year}",
        ),
        ("remittances.gross.pct_gdp.{year}", "Gross remittances as a share of GDP, {year}"),
        ("poverty.rate_pct.{year}", "Poverty at the national line, {year}"),
        ("ruble.value_change_pct.{year}", "The ruble’s value in dollars, change in {year}"),
    )
    compared = (
        ("Remittances are a tenth of GDP or more", (_TENTH,)),
        ("Remittances fell in 2020", _fell(2020)),
        ("Remittances fell in 2022", _fell(2022)),
        ("2020 lies outside what its own past would lead one to expect", (_OUTSIDE,)),
    )
    layouts: Mapping[str, Layout] = {
        "worldbank": Layout(worldbank.read, 600),
        "nsc": Layout(nsc.read, 100),
        "ctdc": Layout(ctdc.read, 200),
        "unodc": Layout(unodc.read, 200, workbook=True),
    }
    fetchers: Mapping[str, Fetcher] = {
        "worldbank": Fetcher("World Bank", publishers.WORLD_BANK, publishers.world_bank),
        "nsc": Fetcher(
            "National Statistical Committee",
            publishers.STATISTICAL_COMMITTEE,
            publishers.statistical_committee,
        ),
    }
    cleaners = cleaning.CLEANERS
    names_from = (countries.TIERS, countries.HOSTS)
    data_class = BriefData
    preload = (
        "remitrisk.series",
        *(f"{methods.__name__}.{module.name}" for module in iter_modules(methods.__path__)),
    )

    def as_printed(self, root: Path, edition: Edition) -> Mapping[str, pd.DataFrame]:
        """Return the figures on which claims stand, as each printing had them."""
        data = open_data(root, edition)
        assert isinstance(data, BriefData)
        return as_printed.as_printed(data)

    def turns(self, root: Path, edition: Edition) -> Turns:
        """Return how often statements on a figure turn, by the archives."""
        data = open_data(root, edition)
        assert isinstance(data, BriefData)
        return as_printed.turns(data)

    def title(self, edition: Edition, country_name: str) -> str:
        """Return the title of an edition's report."""
        return f"Remittances and trafficking risk in {country_name}"

    def country_name(self, catalog: Catalog, code: str) -> str:
        """Return what a reader calls a country."""
        return countries.country_name(catalog, code)

    def countries(self, catalog: Catalog) -> Sequence[str]:
        """Return the economies that have remittances received and GDP."""
        return BriefData(catalog.folder, first_year=1900).countries_served()

    def host(self, catalog: Catalog, country: str) -> str:
        """Return where many of a country's emigrants live, if its rate of exchange is known."""
        host = countries.host_of(catalog, country)
        known = host and BriefData(catalog.folder, first_year=1900).has(EXCHANGE_RATE, host)
        return host if known else ""

    def refuse_unknown_country(self, catalog: Catalog, code: str, held: Any) -> None:
        """Refuse what is no code of a country."""
        countries.refuse_unknown_country(catalog, code, held)

    def words(self, country: str, host: str) -> Mapping[str, str]:
        """Return what prose calls the money of the country and of its host."""
        named = countries.money(host) if host else "the host’s currency"
        catalog = open_catalog(project_root())
        return {
            "host_money": named,
            "host_name": countries.country_name(catalog, host) if host else "",
            "host_currency": "the ruble" if host == "RUS" else f"the value of {named}",
            "own_money": countries.money(country),
            "host_words": _host_words(catalog, country, host),
        }

    def tells_narrative(self, edition: Edition) -> bool:
        """Whether the brief is retold: it is about Kyrgyzstan only."""
        return edition.narrative and edition.country == HOME

    def check_served(self, root: Path, edition: Edition) -> None:
        """Refuse a country without inflow or GDP, and years that the core series do not reach."""
        data = BriefData(root, country=edition.country, host="RUS", first_year=1900)
        country, first, end = edition.country, edition.first_year, edition.last_year
        told = self.tells_narrative(edition)

        def refused(what: str, why: str) -> InputError:
            asked = f"edition '{edition.name}': {what}={getattr(edition, what)}"
            return InputError(f"{asked} cannot be served: {why}")

        if aggregate := countries.aggregate_name(country):
            why = f"it is {aggregate}, and a report is about one economy, such as country=NPL"
            raise refused("country", why)
        served = data.countries_served()
        if country not in served and not (data.has(INFLOW) and data.has(GDP)):
            why = "it has no remittance inflow and GDP in the data package."
            why += f"{suggest(country.upper(), served)} {len(served)} economies are served"
            raise refused("country", why)
        if edition.host and not data.has(EXCHANGE_RATE, edition.host):
            known = sorted(set(data.panel(EXCHANGE_RATE)["iso3"]))
            why = "it has no exchange rate in the data package."
            why += f"{suggest(edition.host.upper(), known)} {len(known)} economies have one"
            raise refused("host", why)
        if edition.host and told:
            rates = data.series(EXCHANGE_RATE, edition.host).span(first, end).series
            if len(rates) >= YEARS_BEFORE and rates.max() - rates.min() < 0.02 * rates.max():
                why = "the inflow in its money moves as in dollars. "
                raise refused("host", f"{why}Name another host")
        inflow, covered = data.series(INFLOW).years, range(first, end + 1)
        if covered and not set(inflow) & set(covered):
            why = f"the data package has its remittance inflow for {years_in_words(inflow)}, "
            raise refused("country", f"{why}and the edition covers {first} to {end}.")
        if end < EARLIEST_LAST:
            why = "the brief argues from what happened in 2020 and since. "
            raise refused("last_year", f"{why}Choose {EARLIEST_LAST} or later")
        if first < EARLIEST:
            raise refused("first_year", f"a report begins in {EARLIEST} or later")
        if told and (asked := edition.vintage.get("worldbank")):
            by_day = data.printed(INFLOW, until=edition.known_at or FIRST_VINTAGE)["vintage"]
            if asked < (oldest := max(FIRST_VINTAGE, *by_day)):
                why = "the World Bank had newer figures. Choose a worldbank vintage of "
                raise refused("vintage", f"{why}{oldest} or later")
        if told and first > LATEST_FIRST:
            why = "the brief is compared with the fall of 2009, from the year before. "
            raise refused("first_year", f"{why}Choose {LATEST_FIRST} or earlier")
        if first > (latest := end - YEARS_BEFORE):
            why = f"a report begins at least {YEARS_BEFORE} years before it ends; "
            raise refused("first_year", f"{why}choose {latest} or earlier")
        last = _last_printed(root, data, edition)
        if end > last:
            why = "the core series (inflow, GDP, exchange rate, prices) end in "
            raise refused("last_year", f"{why}{last}. Choose a year from {first} to {last}.")


def _host_words(catalog: Catalog, country: str, host: str) -> str:
    """Say which country is taken as the host, and why."""
    if not host:
        return NO_HOST[1]
    name, bloc = countries.country_name(catalog, host), countries.bloc_of(host)
    why = "this edition sets it so"
    if host == countries.host_of(catalog, country):
        why = "by the table of the United Nations that is used here more of its emigrants live "
        why += "there than anywhere else"
        if bloc != host:
            of = countries.bloc_name(catalog, bloc)
            why += f" in {of}, and more in {of} than in any other country or group"
    return f"Its host is taken to be {name}: {why}."


def _last_printed(root: Path, data: BriefData, edition: Edition) -> int:
    """Return the last year of the core series.

    The edition's own vintage (which may be newer than the newest whole table) and withdrawn years
    count where the newest whole table does not reach the edition's last year.
    """
    last = data.core_last_year()
    if edition.last_year <= last:
        return last
    own = BriefData(root, country=edition.country, vintage=edition.vintage)
    return max([last, own.core_last_year(), *(y for code in CORE for y in data.withdrawn(code))])


BRIEF = PolicyBrief87()
