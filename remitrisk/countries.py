"""Names of economies, from the tables of the package."""

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name, get_territory_currencies

from livingbrief.data.catalog import Catalog
from livingbrief.data.descriptor import Resource
from livingbrief.errors import DataError, suggest
from remitrisk.layouts.economies import AGGREGATES, ECONOMIES

TIERS = "statedept.tip_tiers"

HOSTS = "migration.hosts"
_EURO = "AUT BEL CYP DEU ESP EST FIN FRA GRC HRV IRL ITA LTU LUX LVA MLT NLD PRT SVK SVN"
#: Hosts that share their money or their fortunes, and what a reader calls them.
BLOCS: dict[str, tuple[str, ...]] = {
    "EUR": tuple(_EURO.split()),
    "GULF": ("ARE", "BHR", "KWT", "OMN", "QAT", "SAU"),
}
_BLOC_NAMES = {"EUR": "the euro area", "GULF": "the Gulf states"}
#: Share of a country's emigrants above which it belongs to the group of a host.
CUT = 0.4
#: Economies that no publisher in the package names, or not as a reader would: Unicode's names, and
#: those of them that take an article.
_PLAIN = """
AND ATG BIH BMU BOL CIV CUW CZE DMA FSM GRD IRN KNA KOR LAO MDA MKD NCL NRU PYF RUS SMR SOM STP SVK
SWZ SXM SYR TLS TTO TUR TUV TZA VEN WSM
"""
_ARTICLE = "ARE BHS CAF COM CYM DOM FRO GBR GMB MDV MHL NLD PHL SLB TCA USA"
_OWN_WORDS = {
    "COD": "the Democratic Republic of the Congo",
    "COG": "the Republic of the Congo",
    "PSE": "the Palestinian territories",
    "VCT": "Saint Vincent and the Grenadines",
    "VNM": "Viet Nam",
}
_AGGREGATES = {"WLD": "the world", "ECS": "Europe and Central Asia"}

#: Codes of economies that Unicode lacks.
_ALPHA2 = {"CHI": "GB", "XKX": "XK"}
#: What prose calls moneys beside another one that is legal tender, one that Unicode has as given
#: up, and those of which Unicode has no plural, or not that of a reader.
_OWN_MONEY = {
    "AFG": "afghanis",
    "BTN": "Bhutanese ngultrums",
    "CRI": "Costa Rican colones",
    "GUY": "Guyanese dollars",
    "KGZ": "som",
    "LSO": "Lesotho maloti",
    "NAM": "Namibian dollars",
    "RUS": "rubles",
    "STP": "São Tomé and Príncipe dobras",
    "TTO": "Trinidad and Tobago dollars",
    "TUR": "Turkish liras",
    "VEN": "Venezuelan bolívares",
    "ZWE": "Zimbabwean dollars",
}
#: Moneys are those of this day, so that a report reads the same later.
_MONEYS_OF = date(2026, 1, 1)


def refuse_unknown_country(catalog: Catalog, code: str, held: Iterable[Resource]) -> None:
    """Refuse what is no code of an economy or of an aggregate, nor one of the tables `held`.

    DataError with the code that was meant, where the text resembles a code or a name.
    """
    frames = [catalog.frame(r) for r in held]
    own = {str(iso3) for frame in frames if "iso3" in frame for iso3 in frame["iso3"].dropna()}
    if code in ECONOMIES | AGGREGATES | own:
        return
    names = {country_name(catalog, iso3).casefold(): iso3 for iso3 in sorted(ECONOMIES)}
    near = get_close_matches(code.casefold(), list(names), n=1)
    meant = names[near[0]] if near else code.upper()
    hint = suggest(meant, sorted(ECONOMIES | AGGREGATES | own))
    raise DataError(
        f"no country {code!r}.{hint} A country is three capital letters, for instance KGZ"
    )


def aggregate_name(code: str) -> str:
    """Return what an aggregate of the World Bank is called; empty for what is none."""
    return _AGGREGATES.get(code, "an aggregate") if code in AGGREGATES else ""


def money(code: str) -> str:
    """Return what prose calls the money of an economy, in the plural."""
    if code in _OWN_MONEY:
        return _OWN_MONEY[code]
    found = get_territory_currencies(_alpha2(code), start_date=_MONEYS_OF)
    return get_currency_name(found[0], 2, "en") if found else "the local currency"


def _alpha2(code: str) -> str:
    """Return the two letters that Unicode has for an economy; its code where it has none."""
    return _ALPHA2.get(code) or get_global("territory_aliases").get(code, [code])[0]


def bloc_of(host: str) -> str:
    """Return the bloc of a host, or the host itself."""
    return next((bloc for bloc, members in BLOCS.items() if host in members), host)


def bloc_name(catalog: Catalog, bloc: str) -> str:
    """Return what a reader calls a bloc or a host."""
    return _BLOC_NAMES.get(bloc) or country_name(catalog, bloc)


@lru_cache(maxsize=512)
def host_of(catalog: Catalog, country: str) -> str:
    """Return the country that hosts most emigrants by the newest count; empty where none has many.

    It is the largest one of the bloc, or the host of its own, that has more than `CUT` of them.
    """
    counts = catalog.frame(catalog.default(HOSTS))
    own = counts[(counts["origin_iso3"] == country) & (counts["year"] == counts["year"].max())]
    shares = own.groupby(own["host_iso3"].map(bloc_of))["share"].sum()
    if shares.empty or shares.max() <= CUT:
        return ""
    main = own[own["host_iso3"].map(bloc_of) == shares.idxmax()]
    return str(main.loc[main["share"].idxmax(), "host_iso3"])


def country_name(catalog: Catalog, code: str) -> str:
    """Return the English name of an economy (ISO alpha-3), its code where no table names it."""
    if code in _OWN_WORDS:
        return _OWN_WORDS[code]
    if code in (*_PLAIN.split(), *_ARTICLE.split()):
        name = Locale("en").territories[_alpha2(code)].replace("&", "and").replace("St.", "Saint")
        return f"the {name}" if code in _ARTICLE else name
    if not any(r.table == TIERS for r in catalog.resources):
        return code
    return _printed(catalog).get(code, code)


@lru_cache(maxsize=8)
def _printed(catalog: Catalog) -> dict[str, str]:
    tiers = catalog.frame(catalog.default(TIERS)).drop_duplicates("iso3")
    return {
        str(iso3): str(name) for iso3, name in zip(tiers["iso3"], tiers["country"], strict=True)
    }
