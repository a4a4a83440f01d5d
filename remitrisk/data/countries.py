"""Names of economies, from the tables of the package."""

from __future__ import annotations

from remitrisk.data.catalog import Catalog


def country_name(catalog: Catalog, code: str) -> str:
    """Return an economy's English name, its code where no table names it.

    Parameters
    ----------
    catalog : Catalog
    code : str
        ISO 3166-1 alpha-3.
    """
    tiers = catalog.frame(catalog.default("statedept.tip_tiers"))
    names = tiers.loc[tiers["iso3"] == code, "country"]
    return str(names.iloc[0]) if len(names) else code
