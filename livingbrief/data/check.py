"""Check the data package: files, hashes, schema, ranges and the sanity rules beside each table."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from livingbrief.data.adding import ESTIMATED
from livingbrief.data.catalog import Catalog, changed
from livingbrief.data.content import Problem, faults, judged, parse, unusable
from livingbrief.data.descriptor import DESCRIPTOR, MISSING, Resource, hash_of
from livingbrief.data.neighbours import alarms
from livingbrief.errors import PackageError


def check_package(root: Path) -> list[Problem]:
    """Check everything that the package promises.

    Problems come in the order descriptor, files, then table by table; none if it is sound.
    """
    try:
        catalog = Catalog(root)
    except PackageError as error:
        return [Problem(DESCRIPTOR, "descriptor", str(error))]
    problems = [*_descriptor(catalog), *_files(catalog)]
    frames: dict[str, pd.DataFrame] = {}
    for resource in catalog.resources:
        problems += _load(catalog, resource, frames)
    for resource in (r for r in catalog.resources if r.name in frames):
        frame = frames[resource.name]
        problems += faults(frame, resource, catalog.series_of(resource))
        problems += judged(resource, frame)
        problems += (Problem(resource.name, *found) for found in _about(resource, frame))
    moved = alarms(catalog, frames)
    problems += (Problem(alarm.resource, "notes", str(alarm)) for alarm in moved)
    return list(dict.fromkeys(problems))


def _descriptor(catalog: Catalog) -> Iterator[Problem]:
    from frictionless import Package

    for error in Package.metadata_validate(catalog.raw):
        yield Problem(DESCRIPTOR, "frictionless", error.message)
    names = [resource.name for resource in catalog.resources]
    for resource in catalog.resources:
        if names.count(resource.name) > 1:
            yield Problem(resource.name, "name", "the name is used twice; each needs its own")
        yield from (Problem(resource.name, *found) for found in _entry(catalog, resource))


def _entry(catalog: Catalog, resource: Resource) -> Iterator[tuple[str, str]]:
    """Check what the descriptor says of one file; give the rule and what is wrong."""
    ways, rights = catalog.descriptor.dated_by, catalog.descriptor.redistribute
    if resource.table not in catalog.tables:
        yield "table", f"{resource.table!r} does not stand under `tables`"
    if ways and resource.dated_by not in ways:
        yield "dated_by", f"{resource.dated_by!r} is not one of {', '.join(ways)}"
    place = f"{resource.publisher}/{resource.vintage}/"
    if not resource.path.startswith(place):
        yield "path", f"{resource.path} should stand in {place}"
    stated = {licence.name for licence in resource.licenses}
    if len(stated) != 1:
        yield "licence", f"states {len(stated)} licences; one table has one"
    for source in resource.sources if rights else ():
        named = f"source {source.id!r}"
        if not source.file:
            yield "provenance", f"{named} lacks file"
        if source.redistribute not in rights:
            yield "redistribute", f"{named} says {source.redistribute!r}, not one of {[*rights]}"
        elif not stated <= {*rights[source.redistribute].licences}:
            what = f"{source.redistribute!r}, which the licence {', '.join(stated)} does not allow"
            yield "redistribute", f"{named} says {what}"
    explained = catalog.explained(resource.table)
    for name in ("indicator", "series_id") if explained else ():
        for code in {*resource.allowed(name)} - explained.keys():
            yield "indicators", f"{code} has no label, unit and range under `indicators`"


def _files(catalog: Catalog) -> Iterator[Problem]:
    archives = catalog.descriptor.archives
    for archive in archives:
        path = catalog.folder / archive.path
        if not path.is_file():
            yield Problem(archive.path, "listed", MISSING)
        elif (found := hash_of(path.read_bytes())) != archive.hash:
            yield Problem(archive.path, "hash", changed(archive, found))
    known = {*(r.path for r in catalog.resources), *(a.path for a in archives)}
    known |= {DESCRIPTOR, "README.md"}
    for path in sorted(catalog.folder.rglob("*")):
        name = path.relative_to(catalog.folder).as_posix()
        hidden = f"/{name}".count("/.")
        if not (path.is_dir() or name in known or path.name == "NOTICE.md" or hidden):
            message = f"the file is not listed in {DESCRIPTOR}; list it or remove it"
            yield Problem(name, "listed", message)


def _load(
    catalog: Catalog, resource: Resource, frames: dict[str, pd.DataFrame]
) -> Iterator[Problem]:
    """Read a file into the frames, or say why it cannot be."""
    where, path = resource.path, catalog.folder / resource.path
    if not path.is_file():
        yield Problem(where, "listed", MISSING)
        return
    raw = path.read_bytes()
    if (found := hash_of(raw)) != resource.hash:
        yield Problem(where, "hash", changed(resource, found))
    try:
        frames[resource.name] = parse(raw, resource)
    except PackageError as error:
        yield Problem(where, "columns and types", str(error).removeprefix(f"{where}: "))


def _about(resource: Resource, frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Find estimates, and entries under `unusable`, that are about no row of the file."""
    for entry in resource.maturity.estimates:
        about = (entry.indicator, entry.iso3, entry.year)
        if about not in set(frame.reindex(columns=ESTIMATED).itertuples(index=False, name=None)):
            yield "estimates", f"the file does not hold {', '.join(map(str, about))}"
    for wrong in resource.unusable:
        if not unusable(frame, wrong).any():
            by = ", ".join(wrong.split_by)
            yield "unusable", f"the file has no row of {wrong.where}, or no column of {by}"
