"""On which days the series of a table were printed again, and what could be seen on a day."""

from __future__ import annotations

import hashlib

import pandas as pd

from livingbrief.data.access import Data
from livingbrief.data.catalog import Catalog, Resource
from livingbrief.data.known import printed_on


def printings(catalog: Catalog, table: str) -> set[str]:
    """Return the days on which the series of a table were printed; none if they were only once.

    Those of its vintages, and of the rows of a table that prints it (``prints`` of its
    ``rows_dated``).
    """
    days: set[str] = set()
    for part in {r.part for r in catalog.of_table(table)}:
        vintages = [r for r in catalog.of_table(table, part) if not r.meta.get("unrevised")]
        days.update(r.vintage for r in vintages if len(vintages) > 1)
    for resource in _printing(catalog, table):
        days.update(printed_on(catalog.frame(resource), resource.meta))
    return days


def seen(data: Data, table: str) -> list[str]:
    """Return hashes of what of a table can decide in an edition that looks back.

    The vintages and the dated rows that had been printed by its day, and of what is not revised
    the periods that were known. What was printed later decides nothing, and so is left out.
    """
    catalog, found = data.catalog, []
    if any("rows_dated" in r.meta or r.meta.get("unrevised") for r in catalog.of_table(table)):
        found.append(_hash(data.table(table)))
    else:
        vintages = [r for r in catalog.of_table(table) if r.vintage <= data.known_at]
        found += [r.meta["hash"] for r in vintages]
        told = catalog.descriptor.get("indicators", {}).get(table, {})
        unrevised = [code for code, about in told.items() if about.get("unrevised")]
        found += [_hash(data.panel(code)) for code in unrevised]
    others = {r.table for r in _printing(catalog, table)} - {table}
    return [*found, *(text for other in sorted(others) for text in seen(data, other))]


def _printing(catalog: Catalog, table: str) -> list[Resource]:
    return [r for r in catalog.resources if r.meta.get("rows_dated", {}).get("prints") == table]


def _hash(frame: pd.DataFrame) -> str:
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.sha256(rows.tobytes()).hexdigest()
