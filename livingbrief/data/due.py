"""When publishers are expected to print next, and what is past due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from livingbrief.data.catalog import Catalog
from livingbrief.data.datasets import in_words
from livingbrief.data.descriptor import Release
from livingbrief.data.known import end_of

#: How a date is known: announced by the publisher, or read off the dates of past vintages.
WAYS = ("calendar", "usual month")


@dataclass(frozen=True)
class Due:
    """A printing that is expected: what, when (in words), how that is known, what is here."""

    publisher: str
    what: str
    when: str
    known: str
    newest: str
    checked: str

    def __str__(self) -> str:
        """Say it on one line."""
        checked = f", last checked {self.checked}" if self.checked else ""
        return (
            f"{self.what} ({self.publisher}): expected {self.when} ({self.known}), newest vintage "
            f"here {self.newest}{checked}"
        )


def past_due(catalog: Catalog, day: dt.date) -> list[Due]:
    """Return what publishers were expected to have printed before a day, and is not here."""
    return [
        _due(catalog, publisher, entry)
        for publisher, entry, over in _expected(catalog)
        if not over and end_of(entry.next_release) < day.isoformat()
    ]


def next_of(catalog: Catalog, publisher: str) -> Due | None:
    """Return what a publisher is expected to print next; None where it is not known."""
    for name, entry, over in _expected(catalog):
        if name == publisher and not over:
            return _due(catalog, name, entry)
    return None


def notes(catalog: Catalog, day: dt.date) -> list[str]:
    """Return what `check` says: printings past due, and dates that a vintage has overtaken."""
    behind = [
        f"next_release of {publisher} ({entry.next_release}) is behind its newest vintage: "
        "name the next one in datapackage.json, under `publishers`"
        for publisher, entry, over in _expected(catalog)
        if over
    ]
    return [*(f"past due: {due}" for due in past_due(catalog, day)), *behind]


def faults(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Return publisher and what is wrong with its entry under `publishers`."""
    for publisher, entry in catalog.descriptor.publishers.items():
        for name, when in (("checked", entry.checked), ("next_release", entry.next_release)):
            if when and not _is_date(when):
                yield publisher, f"{name} {when!r} is not a date or a month"
        if entry.table and entry.table not in catalog.tables:
            yield publisher, f"the package has no table {entry.table!r}"
        if entry.next_release and entry.known not in WAYS:
            yield publisher, f"known is {entry.known!r}, not {' or '.join(WAYS)}"
        if entry.next_release and not (entry.what and entry.why):
            yield publisher, "next_release lacks what or why"


def month_in_words(when: str) -> str:
    """Write a date as `1 April 2026`, a month as `April 2026`."""
    return in_words(when) if len(when) > len("2026-04") else in_words(f"{when}-01")[2:]


def _is_date(when: str) -> bool:
    try:
        return bool(dt.date.fromisoformat(f"{when}-01" if len(when) == len("2026-04") else when))
    except ValueError:
        return False


def _expected(catalog: Catalog) -> Iterator[tuple[str, Release, bool]]:
    """Give publishers with what they print next, and whether a vintage has overtaken that."""
    known = catalog.publishers()
    for publisher, entry in catalog.descriptor.publishers.items():
        if publisher in known and _is_date(entry.next_release):
            newest = catalog.vintages(publisher, entry.table or None)[-1]
            yield publisher, entry, newest >= entry.next_release


def _due(catalog: Catalog, publisher: str, entry: Release) -> Due:
    first = next(r.table for r in catalog.resources if r.publisher == publisher)
    return Due(
        publisher=catalog.tables[entry.table or first].publisher,
        what=entry.what,
        when=month_in_words(entry.next_release),
        known=entry.known,
        newest=catalog.vintages(publisher, entry.table or None)[-1],
        checked=in_words(entry.checked) if entry.checked else "",
    )
