"""When publishers are expected to print next, and what is past due."""

import datetime as dt
from dataclasses import dataclass

from livingbrief.data.catalog import Catalog
from livingbrief.data.descriptor import Release
from livingbrief.data.known import end_of
from livingbrief.data.neighbours import overtaken
from livingbrief.wording import long_date


@dataclass(frozen=True)
class Due:
    """A printing that a publisher's entry lets expect, and the date of the newest vintage here."""

    publisher: str
    entry: Release
    newest: str

    @property
    def when(self) -> str:
        """When it is expected, in words."""
        return long_date(self.entry.next_release)

    @property
    def overtaken(self) -> bool:
        """Whether a vintage is as new as that."""
        return self.newest >= self.entry.next_release

    def late(self, day: dt.date) -> bool:
        """Whether it should have been printed before a day, and is not here."""
        return not self.overtaken and end_of(self.entry.next_release) < day.isoformat()


def expected(catalog: Catalog) -> dict[str, Due]:
    """Return what each publisher, by its id, says or lets expect that it prints next."""
    found = {}
    for publisher, entry in catalog.descriptor.publishers.items():
        if publisher in catalog.publishers() and entry.next_release:
            first = next(r.table for r in catalog.resources if r.publisher == publisher)
            name = catalog.tables[entry.table or first].publisher
            newest = catalog.vintages(publisher, entry.table or None)[-1]
            found[publisher] = Due(name, entry, newest)
    return found


def notes(catalog: Catalog, day: dt.date) -> list[str]:
    """Return what `check` says: printings past due, and dates and caveats that are overtaken."""
    found = expected(catalog)
    late = [
        f"past due: {due.entry.what} ({due.publisher}): expected {due.when} ({due.entry.known}), "
        f"newest vintage here {due.newest}"
        for due in found.values()
        if due.late(day)
    ]
    behind = [
        f"next_release of {publisher} ({due.when}) is behind its newest vintage: name the next one"
        for publisher, due in found.items()
        if due.overtaken
    ]
    parts = sorted({(r.table, r.part) for r in catalog.resources})
    old = {r.name: overtaken(catalog, r) for t, p in parts for r in catalog.layers(t, part=p)}
    return [*late, *behind, *(f"caveats of {name}, {why}" for name, why in old.items() if why)]
