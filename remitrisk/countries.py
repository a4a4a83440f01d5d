"""Names of economies, from the tables of the package."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from livingbrief.data.catalog import Catalog, Resource
from livingbrief.data.errors import DataError
from livingbrief.errors import suggest
from remitrisk.layouts.economies import AGGREGATES, ECONOMIES

TIERS = "statedept.tip_tiers"

# Where the publisher's name is not what a reader would say.
_PLAIN = {
    "BOL": "Bolivia",
    "IRN": "Iran",
    "KOR": "South Korea",
    "LAO": "Laos",
    "MDA": "Moldova",
    "MKD": "North Macedonia",
    "PSE": "the Palestinian territories",
    "RUS": "Russia",
    "SYR": "Syria",
    "TUR": "Türkiye",
    "TZA": "Tanzania",
    "VEN": "Venezuela",
    "VNM": "Viet Nam",
    "WSM": "Samoa",
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
