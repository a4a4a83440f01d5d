"""Names of economies, from the tables of the package."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

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
# Where no publisher at hand names an economy, or not as a reader would.
_PLAIN = {
    "AND": "Andorra",
    "ARE": "the United Arab Emirates",
    "ATG": "Antigua and Barbuda",
    "BHS": "the Bahamas",
    "BIH": "Bosnia and Herzegovina",
    "BMU": "Bermuda",
    "BOL": "Bolivia",
    "CAF": "the Central African Republic",
    "CIV": "Côte d’Ivoire",
    "COD": "the Democratic Republic of the Congo",
    "COG": "the Republic of the Congo",
    "COM": "the Comoros",
    "CUW": "Curaçao",
    "CYM": "the Cayman Islands",
    "CZE": "Czechia",
    "DMA": "Dominica",
    "DOM": "the Dominican Republic",
    "FRO": "the Faroe Islands",
    "FSM": "Micronesia",
    "GBR": "the United Kingdom",
    "GMB": "the Gambia",
    "GRD": "Grenada",
    "IRN": "Iran",
    "KNA": "Saint Kitts and Nevis",
    "KOR": "South Korea",
    "LAO": "Laos",
    "MDA": "Moldova",
    "MDV": "the Maldives",
    "MHL": "the Marshall Islands",
    "MKD": "North Macedonia",
    "NCL": "New Caledonia",
    "NLD": "the Netherlands",
    "NRU": "Nauru",
    "PHL": "the Philippines",
    "PSE": "the Palestinian territories",
    "PYF": "French Polynesia",
    "RUS": "Russia",
    "SLB": "the Solomon Islands",
    "SMR": "San Marino",
    "SOM": "Somalia",
    "STP": "São Tomé and Príncipe",
    "SVK": "Slovakia",
    "SWZ": "Eswatini",
    "SXM": "Sint Maarten",
    "SYR": "Syria",
    "TCA": "the Turks and Caicos Islands",
    "TLS": "Timor-Leste",
    "TTO": "Trinidad and Tobago",
    "TUR": "Türkiye",
    "TUV": "Tuvalu",
    "TZA": "Tanzania",
    "USA": "the United States",
    "VCT": "Saint Vincent and the Grenadines",
    "VEN": "Venezuela",
    "VNM": "Viet Nam",
    "WSM": "Samoa",
}
_AGGREGATES = {"WLD": "the world", "ECS": "Europe and Central Asia"}

_SHARED = """
AUD AUS KIR NRU TUV; CHF CHE LIE; DKK DNK FRO GRL; GBP GBR IMN CHI; ILS ISR PSE; NZD NZL;
XPF NCL PYF;
EUR AND AUT BEL CYP DEU ESP EST FIN FRA GRC HRV IRL ITA LTU LUX LVA MAF MCO MLT MNE NLD PRT SMR SVK
SVN XKX; USD ASM ECU FSM GUM MHL MNP PLW PRI SLV TCA TLS USA VGB VIR; XCD ATG DMA GRD KNA LCA VCT;
XAF CAF CMR COG GAB GNQ TCD; XOF BEN BFA CIV GNB MLI NER SEN TGO; XCG CUW SXM
"""
_ONE_EACH = """
ABW AWG AFG AFN AGO AOA ALB ALL ARE AED ARG ARS ARM AMD AZE AZN BDI BIF BGD BDT BGR BGN BHR BHD BHS
BSD BIH BAM BLR BYN BLZ BZD BMU BMD BOL BOB BRA BRL BRB BBD BRN BND BTN BTN BWA BWP CAN CAD CHL CLP
CHN CNY COD CDF COL COP COM KMF CPV CVE CRI CRC CUB CUP CYM KYD CZE CZK DJI DJF DOM DOP DZA DZD EGY
EGP ERI ERN ETH ETB FJI FJD GEO GEL GHA GHS GIB GIP GIN GNF GMB GMD GTM GTQ GUY GYD HKG HKD HND HNL
HTI HTG HUN HUF IDN IDR IND INR IRN IRR IRQ IQD ISL ISK JAM JMD JOR JOD JPN JPY KAZ KZT KEN KES KGZ
KGS KHM KHR KOR KRW KWT KWD LAO LAK LBN LBP LBR LRD LBY LYD LKA LKR LSO LSL MAC MOP MAR MAD MDA MDL
MDG MGA MDV MVR MEX MXN MKD MKD MMR MMK MNG MNT MOZ MZN MRT MRU MUS MUR MWI MWK MYS MYR NAM NAD NGA
NGN NIC NIO NOR NOK NPL NPR OMN OMR PAK PKR PAN PAB PER PEN PHL PHP PNG PGK POL PLN PRK KPW PRY PYG
QAT QAR ROU RON RUS RUB RWA RWF SAU SAR SDN SDG SGP SGD SLB SBD SLE SLE SOM SOS SRB RSD SSD SSP STP
STN SUR SRD SWE SEK SWZ SZL SYC SCR SYR SYP THA THB TJK TJS TKM TMT TON TOP TTO TTD TUN TND TUR TRY
TWN TWD TZA TZS UGA UGX UKR UAH URY UYU UZB UZS VEN VES VNM VND VUT VUV WSM WST YEM YER ZAF ZAR ZMB
ZMW ZWE ZWL
"""
_PAIRS = iter(_ONE_EACH.split())
#: Economy to the code of its currency (ISO 4217).
CURRENCY = dict(zip(_PAIRS, _PAIRS, strict=True)) | {
    economy: shared.split()[0] for shared in _SHARED.split(";") for economy in shared.split()[1:]
}


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
    """Return what prose calls the money of an economy: two have names, the others codes."""
    return {"KGZ": "som", "RUS": "rubles"}.get(code) or CURRENCY.get(code, "the local currency")


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
    if code in _PLAIN:
        return _PLAIN[code]
    if not any(r.table == TIERS for r in catalog.resources):
        return code
    return _printed(catalog).get(code, code)


@lru_cache(maxsize=8)
def _printed(catalog: Catalog) -> dict[str, str]:
    tiers = catalog.frame(catalog.default(TIERS)).drop_duplicates("iso3")
    return {
        str(iso3): str(name) for iso3, name in zip(tiers["iso3"], tiers["country"], strict=True)
    }
