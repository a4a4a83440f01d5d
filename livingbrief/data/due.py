"""When publishers are expected to print next, and what is past due."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from livingbrief.data.catalog import Catalog
from livingbrief.data.datasets import in_words

#: How a date is known: announced by the publisher, or read off the dates of past vintages.
CALENDAR, USUAL_MONTH = "calendar", "usual month"
_WHEN = re.compile(r"\d{4}-\d{2}(-\d{2})?")


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
        due
        for publisher, entry, last in _expected(catalog)
        if last < day and not _is_over(catalog, publisher, entry)
        for due in [_due(catalog, publisher, entry)]
    ]


def next_of(catalog: Catalog, publisher: str) -> Due | None:
    """Return what a publisher is expected to print next; None where it is not known."""
    for name, entry, _ in _expected(catalog):
        if name == publisher and not _is_over(catalog, name, entry):
            return _due(catalog, name, entry)
    return None


def notes(catalog: Catalog, day: dt.date) -> list[str]:
    """Return what `check` says: printings past due, and dates that a vintage has overtaken."""
    over = [
        f"next_release of {publisher} ({entry['next_release']}) is behind its newest vintage: "
        "name the next one in datapackage.json, under `publishers`"
        for publisher, entry, _ in _expected(catalog)
        if _is_over(catalog, publisher, entry)
    ]
    return [*(f"past due: {due}" for due in past_due(catalog, day)), *over]


def faults(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Return publisher and what is wrong with its entry under `publishers`."""
    for publisher, entry in _entries(catalog).items():
        for key in ("checked", "next_release"):
            if key in entry and _last_day(entry[key]) is None:
                yield publisher, f"{key} {entry[key]!r} is not a date or a month"
        if entry.get("table", "") not in ("", *catalog.tables):
            yield publisher, f"the package has no table {entry['table']!r}"
        if "next_release" in entry:
            if entry.get("known") not in (CALENDAR, USUAL_MONTH):
                yield publisher, f"known is {entry.get('known')!r}, not {CALENDAR} or {USUAL_MONTH}"
            if lacking := [key for key in ("what", "why") if not entry.get(key)]:
                yield publisher, f"next_release lacks {', '.join(lacking)}"


def month_in_words(when: str) -> str:
    """Write a date as `1 April 2026`, a month as `April 2026`."""
    return in_words(when) if len(when) > len("2026-04") else in_words(f"{when}-01")[2:]


def _entries(catalog: Catalog) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = catalog.descriptor.get("publishers", {})
    return found


def _expected(catalog: Catalog) -> Iterator[tuple[str, Mapping[str, Any], dt.date]]:
    known = catalog.publishers()
    for publisher, entry in _entries(catalog).items():
        last = _last_day(entry.get("next_release", ""))
        if last is not None and publisher in known:
            yield publisher, entry, last


def _is_over(catalog: Catalog, publisher: str, entry: Mapping[str, Any]) -> bool:
    return catalog.vintages(publisher, entry.get("table"))[-1] >= entry["next_release"]


def _last_day(when: str) -> dt.date | None:
    if not _WHEN.fullmatch(when):
        return None
    year, month, *day = map(int, when.split("-"))
    try:
        return dt.date(year, month, day[0] if day else monthrange(year, month)[1])
    except ValueError:
        return None


def _due(catalog: Catalog, publisher: str, entry: Mapping[str, Any]) -> Due:
    first = next(r.table for r in catalog.resources if r.publisher == publisher)
    table = entry.get("table")
    checked = entry.get("checked", "")
    return Due(
        publisher=str(catalog.tables[table or first]["publisher"]),
        what=entry["what"],
        when=month_in_words(entry["next_release"]),
        known=entry["known"],
        newest=catalog.vintages(publisher, table)[-1],
        checked=in_words(checked) if checked else "",
    )
