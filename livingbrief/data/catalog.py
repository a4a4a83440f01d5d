"""The catalogue: what `data/datapackage.json` lists, and how one of its tables is loaded."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.brief import Brief, load
from livingbrief.data.content import faults, parse, refuse, unusable_to_missing
from livingbrief.data.descriptor import (
    DESCRIPTOR,
    MISSING,
    Archive,
    Indicator,
    Published,
    Resource,
    Table,
    described,
    hash_of,
    package_dir,
    read_descriptor,
)
from livingbrief.errors import DataError, PackageError, suggest

#: The newest vintage; as a text it is later than every date.
LATEST = "latest"


class Catalog:
    """All tables of a data package, with their vintages.

    A table may have parts (files of different licences or publishers), each with vintages of its
    own. Which vintage serves an edition is decided here alone. Frames are cached, callers get
    copies.
    """

    def __init__(self, root: Path) -> None:
        self.folder = package_dir(root)
        self.brief: Brief = load(self.folder)
        #: The descriptor as it is written, and as models.
        self.raw = read_descriptor(self.folder)
        self.descriptor = described(self.raw)
        self.resources = tuple(self.descriptor.resources)
        self.tables: dict[str, Table] = self.descriptor.tables
        #: Table of each indicator or series code that the package explains.
        self.code_table = {c: t for t, of in self.descriptor.indicators.items() for c in of}
        self._kept: dict[str, tuple[Any, Any]] = {}
        self._frames: dict[str, pd.DataFrame] = {}
        self._places: dict[tuple[str, bool], dict[Any, np.ndarray]] = {}
        self._values: dict[tuple[str, str, str], pd.DataFrame] = {}

    def publisher_of(self, source: str) -> str:
        """Return the publisher of a source as a figure cites it; empty if no table has it."""
        return next((one.publisher for one in self._cited if one.line == source), "")

    def lines_of(self, publisher: str) -> frozenset[str]:
        """Return the sources of a publisher, as figures cite them."""
        return frozenset(one.line for one in self._cited if one.publisher == publisher)

    @property
    def _cited(self) -> tuple[Published, ...]:
        return *self.tables.values(), *(s for r in self.resources for s in r.sources)

    def table_of(self, code: str) -> str:
        """Table of an indicator or series; a `DataError` if no table has it."""
        if code not in self.code_table:
            near = (c for c in self.code_table if c.split(".")[0] == code.split(".")[0])
            alike = f"series that begin alike: {', '.join(near) or 'none'}"
            raise DataError(f"no series {code!r} in the data package; {alike}")
        return self.code_table[code]

    def explained(self, table: str) -> dict[str, Indicator]:
        """Series of a table by their codes; none of a table that is no table of series."""
        return self.descriptor.indicators.get(table, {})

    def series_of(self, resource: Resource) -> dict[str, Indicator]:
        """Series of a file by their codes: those of its table, or of the table that it prints."""
        return self.explained(resource.prints or resource.table)

    def explain(self, code: str) -> Indicator:
        """Label, unit and range of an indicator or series; a `DataError` if no table has it."""
        return self.descriptor.indicators[self.table_of(code)][code]

    def of_table(self, table: str, part: str | None = None) -> list[Resource]:
        """Resources of a table (or of one part of it), oldest first; a `DataError` if unknown."""
        found = [r for r in self.resources if r.table == table and part in (None, r.part)]
        if not found:
            there = ", ".join(sorted(self.tables))
            raise DataError(f"no table {table!r} in the data package; it has: {there}")
        return sorted(found, key=lambda r: r.vintage)

    def publishers(self) -> list[str]:
        """Ids of the publishers (the keys of an edition's `vintage`)."""
        return sorted({r.publisher for r in self.resources})

    def vintages(self, publisher: str, table: str | None = None) -> list[str]:
        """Dates of a publisher's vintages, oldest first; a `DataError` if it is unknown."""
        found = [r for r in self.resources if r.publisher == publisher]
        if not found:
            there = f"The data package has: {', '.join(self.publishers())}"
            near = suggest(publisher, self.publishers())
            new = "A new one: “How to add a source” in data/README.md"
            raise DataError(f"no publisher {publisher!r}.{near} {there}. {new}")
        return sorted({r.vintage for r in found if table in (None, r.table)})

    def resolve(self, publisher: str, request: str = LATEST, known_at: str = "") -> str:
        """Turn `latest` or an ISO date into the date of a vintage that the package holds.

        `latest` is that of the publisher's first table in the package; with `known_at` the newest
        printed by that day, if any was. A `DataError` lists the vintages that there are.
        """
        have = self.vintages(publisher)
        first = next(r for r in self.resources if r.publisher == publisher)
        if then := self.printed_by(first.table, known_at, request, first.part):
            return then[0].vintage
        if request not in (LATEST, *have):
            there = f"there are: {', '.join(have)}, or latest"
            raise DataError(f"no vintage {request!r} of {publisher!r}; {there}")
        return self.default(first.table, first.part).vintage if request == LATEST else request

    def default(self, table: str, part: str | None = None) -> Resource:
        """Newest vintage that holds the whole table (or, if none does, the newest)."""
        return self.base(table, LATEST, part)

    def base(self, table: str, request: str = LATEST, part: str | None = None) -> Resource:
        """Newest whole table not later than a vintage; if every one is later, the oldest.

        What a dated vintage lacks comes from it, so that newer ones do not change a report on it.
        """
        found = self.of_table(table, part)
        whole = [r for r in found if r.is_full] or found[-1:]
        return ([r for r in whole if r.vintage <= request] or whole[:1])[-1]

    def used(self, table: str, request: str = LATEST, part: str | None = None) -> Resource:
        """Vintage that a report on one vintage uses: the one of that date, else its base."""
        dated = (r for r in self.of_table(table, part) if r.vintage == request)
        return next(dated, None) or self.base(table, request, part)

    def search_order(self, table: str, request: str = LATEST) -> list[Resource]:
        """Vintages in the order in which a report on one vintage looks for a series.

        The one asked for, then its base, then those printed before the next whole table: the
        later ones, oldest first, then earlier ones, newest first. Then all others.
        """
        found = self.of_table(table)
        used, base = self.used(table, request), self.base(table, request)
        following = [r.vintage for r in found if r.is_full and r.vintage > base.vintage]
        then = [r for r in found if r.vintage < min(following, default=LATEST)]
        after = [r for r in then if r.vintage > request]
        return list(dict.fromkeys([used, base, *after, *reversed(then), *found]))

    def layers(self, table: str, request: str = LATEST, part: str | None = None) -> list[Resource]:
        """Vintages that hold a table as a vintage left it, newest first.

        A whole table, if any is as old, and those of some series that were printed since.
        """
        then = self.printed_until(table, request, part)[::-1]
        at = next((i for i, r in enumerate(then) if r.is_full), len(then))
        return then[: at + 1]

    def printed_until(
        self, table: str, request: str = LATEST, part: str | None = None
    ) -> list[Resource]:
        """Vintages not later than the one asked for, oldest first; every one for `latest`."""
        return [r for r in self.of_table(table, part) if r.vintage <= request]

    def printed_by(
        self, table: str, known_at: str, request: str = LATEST, part: str | None = None
    ) -> list[Resource]:
        """Vintages not later than a day and the one asked for, newest first; none without a day."""
        return self.printed_until(table, min(known_at, request), part)[::-1] if known_at else []

    def keep(self, name: str, asked: Any, make: Callable[[], Any]) -> Any:
        """Return what `make` gives, from the last time where the same was asked."""
        if name not in self._kept or self._kept[name][0] != asked:
            self._kept[name] = (asked, make())
        return self._kept[name][1]

    def read_bytes(self, resource: Resource) -> bytes:
        """Bytes of a file; a `PackageError` if it is missing or its hash is not the recorded."""
        try:
            raw = (self.folder / resource.path).read_bytes()
        except FileNotFoundError:
            raise PackageError(f"{resource.path}: {MISSING}") from None
        if (found := hash_of(raw)) != resource.hash:
            raise PackageError(f"{resource.path}: {changed(resource, found)}")
        return raw

    @property
    def keyed(self) -> list[Resource]:
        """Resources whose rows may name the key under which a report records them."""
        return [r for r in self.resources if any(c.name == "key" for c in r.fields)]

    def frame(self, resource: Resource) -> pd.DataFrame:
        """Table of one resource: hash compared, typed, limits held, known traps handled."""
        return self._cached(resource).copy()

    def _cached(self, resource: Resource) -> pd.DataFrame:
        if resource.name not in self._frames:
            frame = parse(self.read_bytes(resource), resource)
            refuse(faults(frame, resource, self.series_of(resource)))
            frame = unusable_to_missing(frame, resource.unusable)
            cleaner = self.brief.cleaners.get(resource.table)
            self._frames[resource.name] = frame if cleaner is None else cleaner(frame)
        return self._frames[resource.name]

    def rows_of(self, resource: Resource, code: str, country: str | None = None) -> pd.DataFrame:
        """Rows of one indicator of a long table (columns indicator, iso3, year, value).

        Those of one country where one is named and the table has more than one.
        """
        full = self._cached(resource)
        alone = country is None or "iso3" not in full
        if (resource.name, alone) not in self._places:
            by = full.groupby("indicator" if alone else ["indicator", "iso3"], sort=False)
            self._places[resource.name, alone] = by.indices
        places = self._places[resource.name, alone]
        return full.iloc[places.get(code if alone else (code, country), np.array([], dtype=int))]

    def values_of(self, resource: Resource, code: str, country: str) -> pd.DataFrame:
        """Rows of one indicator and country that have a value."""
        asked = (resource.name, code, country)
        if asked not in self._values:
            self._values[asked] = self.rows_of(resource, code, country).dropna(subset=["value"])
        return self._values[asked]


def changed(resource: Resource | Archive, found: str) -> str:
    """Say that a file has another hash than the recorded one, and what would be right."""
    return (
        f"the file is not the one recorded in {DESCRIPTOR} (sha256 is {found[7:19]}…, recorded is "
        f"{resource.hash[7:19]}…): restore it; if the change was meant, run: vintages rehash"
    )


def publisher_line(catalog: Catalog, resources: Iterable[Resource]) -> dict[str, str]:
    """Source and vintage as a figure or a number prints them.

    A table whose parts have different vintages gives the first and the last of them.
    """
    chosen = list(resources)
    dates = sorted({r.vintage for r in chosen})
    return {
        "source": catalog.tables[chosen[0].table].line,
        "vintage": dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}",
    }
