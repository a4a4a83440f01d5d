"""Names of economies, from the tables of the package."""

from __future__ import annotations

from remitrisk.data.catalog import Catalog

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
}


def country_name(catalog: Catalog, code: str) -> str:
    """Return an economy's English name, its code where no table names it.

    Parameters
    ----------
    catalog : Catalog
    code : str
        ISO 3166-1 alpha-3.
    """
    if code in _PLAIN:
        return _PLAIN[code]
    tiers = catalog.frame(catalog.default("statedept.tip_tiers"))
    names = tiers.loc[tiers["iso3"] == code, "country"]
    return str(names.iloc[0]) if len(names) else code
