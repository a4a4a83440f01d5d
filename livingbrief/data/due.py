"""When publishers are expected to print next, and what is past due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from livingbrief.data.catalog import Catalog
from livingbrief.data.known import end_of
from livingbrief.wording import long_date


@dataclass(frozen=True)
class Due:
    """A printing that is expected: what, when (in words), how that is known, what is here.

    `day`: the last on which it is no late one; `overtaken`: a vintage is as new as that.
    """

    publisher: str
    what: str
    when: str
    known: str
    newest: str
    checked: str
    day: str
    overtaken: bool

    def __str__(self) -> str:
        """Say it on one line."""
        checked = f", last checked {self.checked}" if self.checked else ""
        return (
            f"{self.what} ({self.publisher}): expected {self.when} ({self.known}), newest vintage "
            f"here {self.newest}{checked}"
        )


def past_due(catalog: Catalog, day: dt.date) -> list[Due]:
    """Return what publishers were expected to have printed before a day, and is not here."""
    expected = (due for _, due in _expected(catalog))
    return [due for due in expected if not due.overtaken and due.day < day.isoformat()]


def next_of(catalog: Catalog, publisher: str) -> Due | None:
    """Return what a publisher is expected to print next; None where it is not known."""
    found = (due for name, due in _expected(catalog) if name == publisher and not due.overtaken)
    return next(found, None)


def notes(catalog: Catalog, day: dt.date) -> list[str]:
    """Return what `check` says: printings past due, and dates that a vintage has overtaken."""
    behind = [
        f"next_release of {publisher} ({due.when}) is behind its newest vintage: name the next one "
        "in datapackage.json, under `publishers`"
        for publisher, due in _expected(catalog)
        if due.overtaken
    ]
    return [*(f"past due: {due}" for due in past_due(catalog, day)), *behind]


def _expected(catalog: Catalog) -> Iterator[tuple[str, Due]]:
    """Give each publisher that says, or lets expect, when it prints next."""
    known = catalog.publishers()
    for publisher, entry in catalog.descriptor.publishers.items():
        if publisher in known and entry.next_release:
            first = next(r.table for r in catalog.resources if r.publisher == publisher)
            newest = catalog.vintages(publisher, entry.table or None)[-1]
            yield (
                publisher,
                Due(
                    publisher=catalog.tables[entry.table or first].publisher,
                    what=entry.what,
                    when=long_date(entry.next_release),
                    known=entry.known,
                    newest=newest,
                    checked=long_date(entry.checked) if entry.checked else "",
                    day=end_of(entry.next_release),
                    overtaken=newest >= entry.next_release,
                ),
            )
