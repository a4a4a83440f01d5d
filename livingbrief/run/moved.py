"""What moved: in the data since the vintage before, in headline numbers since the last report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from livingbrief.data.access import open_catalog, open_data
from livingbrief.data.catalog import LATEST, Catalog
from livingbrief.data.datasets import in_words, years_in_words
from livingbrief.data.descriptor import Resource
from livingbrief.data.differences import (
    Changes,
    changes,
    headline_table,
    printed_since,
    series_table,
)
from livingbrief.escape import markdown
from livingbrief.run.editions import Edition
from livingbrief.values.numbers import WITH_VALUE, WITHOUT_VALUE

RECENT = 3
#: An earlier vintage, and the headline series that are compared with it; None: every series.
Before = tuple[Resource, tuple[str, ...] | None]


# ------------------------------------------------------------------ data


def vintage_used(catalog: Catalog, edition: Edition, table: str, part: str = "") -> Resource:
    """Return the vintage of a table that an edition uses."""
    publisher = catalog.of_table(table, part)[0].publisher
    request = edition.vintage.get(publisher, LATEST)
    then = catalog.printed_by(table, edition.known_at, request, part)
    return then[0] if then else catalog.used(table, request, part)


def _whole_before(
    catalog: Catalog, used: Resource, last_used: str = "", day: str = ""
) -> Resource | None:
    """Return the whole table with which a whole one is compared, or None if there is none.

    That of the last report if it is an earlier one, the newest by a `day`, else the one before.
    """
    earlier = catalog.whole_before(used) if used.is_full else []
    asked = [r for r in earlier if r.vintage == last_used or r.vintage <= day]
    return next(iter([*asked, *earlier]), None)


def vintages_before(
    catalog: Catalog, used: Resource, country: str, last_used: str = "", day: str = ""
) -> list[Before]:
    """Return what a vintage of the brief's main table is compared with.

    The whole table of the last report, or that by a `day`, or else the one before. If there is
    none, or if the vintage holds only some series itself, each headline series of the country is
    compared with the newest earlier vintage that prints it.
    """
    whole = _whole_before(catalog, used, last_used, day)
    if whole is not None:
        return [(whole, None)]
    found: dict[Resource, list[str]] = {}
    for resource in reversed(catalog.of_table(used.table)):
        if resource.vintage < used.vintage and (not day or resource.vintage <= day):
            seen = {code for codes in found.values() for code in codes}
            for code in catalog.brief.headline_series:
                both = (catalog.rows_of(r, code, country) for r in (used, resource))
                if code not in seen and all(map(len, both)):
                    found.setdefault(resource, []).append(code)
    return [(resource, tuple(codes)) for resource, codes in found.items()]


def data_changes(
    root: Path, edition: Edition, last_report: Path | None = None, day: str = ""
) -> str:
    """Write what moved in the data between the vintages of an edition and those before.

    A vintage is compared with that of the report that is replaced if it is an earlier one, or with
    that by the `day` of the brief, else with the whole vintage before it; a publisher with a single
    whole vintage is left out, but for the brief's main table.
    Markdown without headings above the third level, publisher by publisher: headline series of the
    edition's country, old, new and difference; how many values are new, revised, withdrawn.
    """
    catalog = open_catalog(root)
    last = (_left(last_report, "book") if last_report else None) or {}
    last = last.get("vintages", {})
    parts: list[str] = []
    still: list[str] = []
    shown = set[tuple[str, str, str]]()
    if main := catalog.brief.main_table:
        used = vintage_used(catalog, edition, main)
        since = _since(day, last.get(used.publisher, ""), used)
        before = vintages_before(
            catalog, used, edition.country, last.get(used.publisher, ""), since
        )
        parts = [_introduced(catalog, used, before, last, since), *_withdrawn(root, edition)]
        for old, series in before:
            dates = (used.publisher, old.vintage, used.vintage)
            found = changes(root, *dates, edition.country, series)
            names = "" if series is None else _names(catalog, series)
            heading = f"### {markdown(found.publisher)}, since {in_words(old.vintage)}"
            if found.frame.empty:
                what = names or markdown(found.publisher)
                still.append(f"{what} (since {in_words(old.vintage)})")
            elif series is None:
                parts += [heading, *_tables(found)]
            else:
                parts += [f"{heading}: {names}", _counts(found), headline_table(found)]
            shown |= {dates} if series is None else set()
    for dates in _pairs(catalog, edition, last, day):
        if dates in shown:
            continue
        publisher, old_day, new_day = dates
        found = changes(root, *dates, edition.country)
        later = _printed_later(root, edition, publisher, new_day)
        if found.frame.empty:
            still.append(f"{markdown(found.title)} (since {in_words(old_day)})")
        if later or not found.frame.empty:
            parts += [f"### {markdown(found.publisher)}, since {in_words(old_day)}", *later]
        if not found.frame.empty:
            parts += [
                f"This edition uses the whole tables of {in_words(new_day)}. They are compared "
                f"with those of {in_words(old_day)}{_why(publisher, old_day, last)}.",
                *_tables(found),
            ]
    if still:
        parts.append(f"No value is new, revised or withdrawn: {'; '.join(still)}.")
    return "\n\n".join(parts)


def _since(day: str, last_used: str, used: Resource) -> str:
    """Return the day of the brief, unless the last report used an earlier vintage."""
    return "" if last_used and last_used < used.vintage else day


def _pairs(
    catalog: Catalog, edition: Edition, last: Mapping[str, str], day: str
) -> list[tuple[str, str, str]]:
    """Return publisher, old and new vintage of the tables, but for the main one, that changed.

    Tables without a country are about the brief's own, and left out for another one.
    """
    found = []
    for table, part in dict.fromkeys((r.table, r.part) for r in catalog.resources):
        used = vintage_used(catalog, edition, table, part)
        last_used = last.get(used.publisher, "")
        old = _whole_before(catalog, used, last_used, _since(day, last_used, used))
        about = edition.country == catalog.brief.home or "iso3" in used.key
        if table != catalog.brief.main_table and old is not None and about:
            found.append((used.publisher, old.vintage, used.vintage))
    return list(dict.fromkeys(found))


def _printed_later(root: Path, edition: Edition, publisher: str, vintage: str) -> list[str]:
    """Return what pages of single figures printed after a whole table, and the edition uses."""
    catalog, parts = open_catalog(root), []
    alone = edition.model_copy(update={"vintage": {**edition.vintage, publisher: vintage}})
    for pages in catalog.resources:
        table = pages.prints
        if pages.publisher == publisher and table:
            before, now = (open_data(root, e).table(table) for e in (alone, edition))
            days = (vintage, edition.known_at or LATEST)
            text = printed_since(catalog, pages, days, before, now)
            parts += [f"Printed after {in_words(vintage)}, on single pages:", text] if text else []
    return parts


def _tables(found: Changes) -> list[str]:
    parts = [_counts(found), "Headline series:", headline_table(found)]
    return [*parts, "All series:", series_table(found)]


def _counts(found: Changes) -> str:
    counts = ", ".join(f"{n:,} {change}" for change, n in found.counts.items())
    together = ", all countries together" if found.frame["iso3"].notna().any() else ""
    return f"Values{together}: {counts}."


def _why(publisher: str, old: str, last: Mapping[str, str]) -> str:
    return ", which the last report used" if last.get(publisher) == old else ""


def _introduced(
    catalog: Catalog, used: Resource, before: list[Before], last: Mapping[str, str], day: str
) -> str:
    """Say which vintage of the main table is used, and with what it is compared."""
    publisher = catalog.tables[used.table].publisher
    now = f"This edition uses the {publisher}’s figures of {in_words(used.vintage)}."
    if not before:
        return f"{now} The data package holds no earlier vintage of this country’s headline series."
    if before[0][1] is None:
        old = before[0][0].vintage
        why = _why(used.publisher, old, last)
        return f"{now} They are compared with those of {in_words(old)}{why}."
    why = "is the first whole table" if used.is_full else "holds some of the series"
    newest = "newest vintage by the time of the brief" if day else "newest earlier vintage"
    return (
        f"{now} That vintage {why} in the data package, so each headline series is compared with "
        f"the {newest} that prints it, from the first year that both have."
    )


def _names(catalog: Catalog, codes: tuple[str, ...]) -> str:
    labels = [catalog.explain(code).label for code in codes]
    return "; ".join(
        markdown(text if text[:2].isupper() else f"{text[:1].lower()}{text[1:]}") for text in labels
    )


def _withdrawn(root: Path, edition: Edition) -> list[str]:
    """Name the years of headline series that the edition's vintage no longer prints."""
    lines = [
        f"- {markdown(ending.label)}: {years_in_words(years)}, last printed in the vintage of "
        f"{in_words(printed)}"
        for ending in open_data(root, edition).ends()
        for printed, years in ending.gone.items()
    ]
    head = "**Withdrawn by the publisher**, and therefore neither zero nor filled in:"
    return [head, "\n".join(lines)] if lines else []


# ------------------------------------------------------------------ numbers


def headline_keys(catalog: Catalog, last_year: int) -> dict[str, str]:
    """Return the headline keys with their labels; those of years cover the last three."""
    years = range(last_year, last_year - RECENT, -1)
    return {
        key.format(year=year): label.format(year=year)
        for key, label in catalog.brief.headlines
        for year in (years if "{year}" in key else (0,))
    }


#: What stands for a key that a report does not have.
_ABSENT: Mapping[str, Any] = {"value": None, "text": WITHOUT_VALUE["no_data"], "status": "no_data"}


def moved_numbers(
    catalog: Catalog,
    last_report: Path,
    results: Mapping[str, Mapping[str, Any]],
    edition: Edition,
) -> list[dict[str, str]] | None:
    """Compare headline numbers with those of the report that is replaced, as `moved_between`.

    None if there is no earlier report of this country to compare with.
    """
    book, old = _left(last_report, "book"), _left(last_report, "results")
    if book is None or old is None or book["edition"]["country"] != edition.country:
        return None
    return moved_between(catalog, old, results, edition.last_year)


def moved_between(
    catalog: Catalog,
    old: Mapping[str, Mapping[str, Any]],
    results: Mapping[str, Mapping[str, Any]],
    last_year: int,
) -> list[dict[str, str]]:
    """Compare the headline numbers of the three years to `last_year`.

    Gives for each that reads otherwise ``key``, ``label``, ``from`` and ``to`` as printed, ``why``
    (the sources, if they are others than before; else empty) and ``text`` (all of it as one line).
    """
    moved = []
    for key, label in headline_keys(catalog, last_year).items():
        before, after = old.get(key, _ABSENT), results.get(key, _ABSENT)
        was, now = _printed(before), _printed(after)
        if was != now and any(entry["value"] is not None for entry in (before, after)):
            why = _other_sources(catalog, before, after)
            text = f"{label}: {was} → {now}{f' ({why})' if why else ''}"
            moved.append(
                {"key": key, "label": label, "from": was, "to": now, "why": why, "text": text}
            )
    return moved


def _other_sources(catalog: Catalog, was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Name the publishers before and now, or the sources of the same publishers; empty if none."""
    named = [[line["source"] for line in entry.get("sources", ())] for entry in (was, now)]
    if not all(named) or set(named[0]) == set(named[1]):
        return ""
    whose = [[catalog.publisher_of(source) for source in sources] for sources in named]
    unknown = not all(map(all, whose))
    before, after = named if unknown or set(whose[0]) == set(whose[1]) else whose
    return f"now from {_joined(after)}, before from {_joined(before)}"


def _joined(names: list[str]) -> str:
    return " and ".join(dict.fromkeys(names))


def last_date(last_report: Path) -> int:
    """Return the date of the last report in seconds, as its ``book.json`` has it; 0 if none."""
    book = _left(last_report, "book")
    return int(book.get("date", 0)) if book else 0


def last_run(last_report: Path, edition: Edition) -> str:
    """Say with which other parameters the last report was run; empty if with the same or none."""
    book = _left(last_report, "book")
    if book is None:
        return ""
    was, now = _flat(book["edition"]), _flat(edition.model_dump())
    others = []
    for key in dict.fromkeys([*was, *now]):
        unset = LATEST if key.startswith("vintage.") else "unset"
        old, new = was.get(key, unset), now.get(key, unset)
        if old != new:
            others.append(f"`{key}` {markdown(old)}, now {markdown(new)}")
    return f"The last report was run with other parameters: {'; '.join(others)}." if others else ""


def _flat(parameters: Mapping[str, Any]) -> dict[str, str]:
    out = {}
    for key, value in parameters.items():
        if isinstance(value, Mapping):
            out.update({f"{key}.{part}": str(date) for part, date in value.items()})
        elif key not in ("name", "title"):
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            out[key] = text or "unset"
    return out


def _left(report: Path, name: str) -> dict[str, Any] | None:
    """Read a file that a report holds; None if it does not hold it whole."""
    try:
        found: dict[str, Any] = json.loads((report / f"{name}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found


def _printed(entry: Mapping[str, Any]) -> str:
    soft = entry["status"] in WITH_VALUE and entry["status"] != "final"
    return f"{entry['text']} ({str(entry['status']).replace('_', ' ')})" * soft or entry["text"]
