"""Check the data package: files, hashes, schema, ranges and the sanity rules beside each table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from livingbrief.data import due
from livingbrief.data.access import ESTIMATE, FINAL
from livingbrief.data.adding import ESTIMATED
from livingbrief.data.catalog import DESCRIPTOR, MISSING, Catalog, hash_of
from livingbrief.data.content import Problem, Resource, faults, parse, unusable
from livingbrief.data.neighbours import alarms
from livingbrief.data.rules import Tables, judged
from livingbrief.errors import PackageError

UNLISTED_BY_DESIGN = {DESCRIPTOR, "README.md"}
NOTICE = "NOTICE.md"
SHARE_ALIKE_NONCOMMERCIAL = "CC-BY-NC-SA-4.0"
SOURCE = ("title", "path", "publisher", "accessed")
#: Of a source, where the package says under `redistribute` what may be passed on, and by which
#: licences.
RIGHTS = ("redistribute", "file")
REQUIRED = ("title", "licenses", "sources", "hash")
ISO_DATE = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
STATUSES = (FINAL, "provisional", ESTIMATE)


def check_package(root: Path) -> list[Problem]:
    """Check everything that the package promises.

    Problems come in the order descriptor, files, then table by table; none if it is sound.
    """
    try:
        catalog = Catalog(root)
    except PackageError as error:
        return [Problem(DESCRIPTOR, "descriptor", str(error))]
    problems = [*_descriptor(catalog), *_files(catalog), *_licences(catalog)]
    frames: dict[str, pd.DataFrame] = {}
    for resource in catalog.resources:
        problems += _load(catalog, resource, frames)
    tables = Tables(catalog, frames)
    for resource in (r for r in catalog.resources if r.name in frames):
        frame = frames[resource.name]
        problems += faults(frame, resource)
        problems += judged(tables, resource)
        problems += (
            Problem(resource.name, rule, f"in {DESCRIPTOR}, entry {number} under `{rule}`{what}")
            for rule, found in (
                ("estimates", _estimates(resource, frame)),
                ("unusable", _unusable(resource, frame)),
            )
            for number, what in found
        )
    moved = alarms(catalog.resources, frames, catalog.brief.home)
    problems += (Problem(alarm.resource, "notes", str(alarm)) for alarm in moved)
    return list(dict.fromkeys(problems))


def _descriptor(catalog: Catalog) -> Iterator[Problem]:
    from frictionless import Package

    for error in Package.metadata_validate(catalog.descriptor):
        yield Problem(DESCRIPTOR, "frictionless", error.message)
    for publisher, message in due.faults(catalog):
        yield Problem(DESCRIPTOR, "publishers", f"{publisher}: {message}")
    names: set[str] = set()
    for resource in catalog.resources:
        for rule, message in _entry(catalog, resource, resource.name in names):
            yield Problem(resource.name, rule, message)
        names.add(resource.name)


def _entry(catalog: Catalog, resource: Resource, twice: bool) -> Iterator[tuple[str, str]]:
    """Check what the descriptor says of one file; give the rule and what is wrong."""
    meta, ways = resource.meta, catalog.descriptor.get("dated_by", {})
    if twice:
        yield "name", "the name is used twice; each resource needs its own"
    if lacking := [key for key in REQUIRED if key not in meta]:
        yield "provenance", f"lacks {', '.join(lacking)} in {DESCRIPTOR}"
    if resource.table not in catalog.tables:
        yield "table", f"{resource.table!r} does not stand under `tables`"
    if not ISO_DATE.fullmatch(resource.vintage):
        yield "vintage", f"{resource.vintage!r} is not a date written as YYYY-MM-DD"
    if ways and meta.get("dated_by") not in ways:
        yield "dated_by", f"{meta.get('dated_by')!r} is not one of {', '.join(ways)}"
    yield from (("notes", message) for message in _notes(resource))
    place = f"{resource.publisher}/{resource.vintage}/"
    if not resource.path.startswith(place):
        yield "path", f"{resource.path} should stand in {place}"
    rights = catalog.descriptor.get("redistribute", {})
    stated = {entry.get("name", "") for entry in meta.get("licenses", [])}
    for source in meta.get("sources", []):
        named = f"source {source.get('id')!r}"
        asked = (*SOURCE, *(RIGHTS if rights else ()))
        if thin := [k for k in asked if not source.get(k)]:
            yield "provenance", f"{named} lacks {', '.join(thin)}"
        if (word := source.get("redistribute")) and word not in rights:
            known = ", ".join(rights) or "none, as the package states no `redistribute`"
            yield "redistribute", f"{named} says {word!r}, which is not one of: {known}"
        elif word and not stated <= {*rights[word].get("licences", ())}:
            told = ", ".join(sorted(stated))
            yield "redistribute", f"{named} says {word!r}, which the licence {told} does not allow"
    for spec in resource.fields:
        if not spec.get("description"):
            yield "schema", f"column {spec['name']} has no description"
    explained = catalog.descriptor.get("indicators", {}).get(resource.table)
    for spec in resource.fields if explained is not None else ():
        if spec["name"] in ("indicator", "series_id"):
            for code in spec.get("constraints", {}).get("enum", []):
                if code not in explained:
                    yield "indicators", f"{code} has no label, unit and range under `indicators`"


def _notes(resource: Resource) -> Iterator[str]:
    """Every note names a series and years, and says something."""
    for i, entry in enumerate(resource.meta.get("notes", ()), start=1):
        if lacking := [key for key in ("series", "years", "note") if not entry.get(key)]:
            yield f"entry {i} under `notes` lacks {', '.join(lacking)}"


def _files(catalog: Catalog) -> Iterator[Problem]:
    known = {*(r.path for r in catalog.resources), *UNLISTED_BY_DESIGN}
    for path in sorted(catalog.folder.rglob("*")):
        relative = path.relative_to(catalog.folder)
        name = relative.as_posix()
        hidden = any(part.startswith(".") for part in relative.parts)
        if not (path.is_dir() or name in known or path.name == NOTICE or hidden):
            message = f"the file is not listed in {DESCRIPTOR}; list it or remove it"
            yield Problem(name, "listed", message)


def _licences(catalog: Catalog) -> Iterator[Problem]:
    by_publisher: dict[str, set[str]] = {}
    for resource in catalog.resources:
        licences = [entry.get("name", "") for entry in resource.meta.get("licenses", [])]
        if len(licences) != 1:
            message = f"states {len(licences)} licences; one table has one"
            yield Problem(resource.name, "licence", message)
        by_publisher.setdefault(resource.publisher, set()).update(licences)
    for publisher, stated in by_publisher.items():
        if SHARE_ALIKE_NONCOMMERCIAL not in stated:
            continue
        messages = []
        if others := sorted(stated - {SHARE_ALIKE_NONCOMMERCIAL}):
            messages.append(
                f"tables under {SHARE_ALIKE_NONCOMMERCIAL} share the folder with tables under "
                f"{', '.join(others)}; move one of them"
            )
        if not (catalog.folder / publisher / NOTICE).is_file():
            messages.append(f"data/{publisher}/{NOTICE} is missing: it states the terms")
        yield from (Problem(publisher, "licences apart", message) for message in messages)


def _load(
    catalog: Catalog, resource: Resource, frames: dict[str, pd.DataFrame]
) -> Iterator[Problem]:
    """Read a file into the frames, or say why it cannot be."""
    where, path = resource.path, catalog.folder / resource.path
    if not path.is_file():
        yield Problem(where, "listed", MISSING)
        return
    raw, recorded = path.read_bytes(), str(resource.meta.get("hash"))
    if (found := hash_of(raw)) != recorded:
        message = (
            f"sha256 is {found[7:19]}… and {len(raw):,} bytes, recorded are {recorded[7:19]}… and "
            f"{resource.meta.get('bytes', 0):,}: restore the file, or, if the change was meant, "
            "run: livingbrief vintages rehash"
        )
        yield Problem(where, "hash", message)
    try:
        frames[resource.name] = parse(raw, resource)
    except PackageError as error:
        yield Problem(where, "columns and types", str(error).removeprefix(f"{where}: "))


def _estimates(resource: Resource, frame: pd.DataFrame) -> Iterator[tuple[int, str]]:
    """Every estimate is about a value that the file prints, and has a status that is known."""
    rows = {tuple(row) for row in frame.reindex(columns=ESTIMATED).itertuples(index=False)}
    for i, entry in enumerate(resource.meta.get("maturity", {}).get("estimates", []), start=1):
        if lacking := [key for key in (*ESTIMATED, "status", "reason") if key not in entry]:
            yield i, f" lacks {', '.join(lacking)}"
            continue
        if entry["status"] not in STATUSES:
            known = ", ".join(STATUSES)
            yield i, f": the status {entry['status']!r} is not one of {known}"
        key = tuple(entry[column] for column in ESTIMATED)
        if key not in rows:
            strange = [
                f"{column} {key[n]!r}"
                for n, column in enumerate(ESTIMATED)
                if key[n] not in {row[n] for row in rows}
            ]
            what = ", ".join(strange) or f"a value for {', '.join(map(str, key))}"
            yield (
                i,
                f": the file does not hold {what}; an estimate names an indicator, iso3 and "
                f"year of {resource.path}",
            )


def _unusable(resource: Resource, frame: pd.DataFrame) -> Iterator[tuple[int, str]]:
    """Every entry under `unusable` is about rows that the file holds, and says why."""
    for i, entry in enumerate(resource.unusable, start=1):
        strange = {*entry.get("where", {}), *entry.get("split_by", ())} - set(frame)
        if lacking := [key for key in ("where", "split_by", "why") if not entry.get(key)]:
            yield i, f" lacks {', '.join(lacking)}"
        elif strange:
            yield i, f": the file has no column {', '.join(sorted(strange))}"
        elif not unusable(frame, entry).any():
            yield i, ": the file has no such row"
