"""Bringing in a vintage: recognised, validated, and registered as a whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from livingbrief.brief import FirstTable, brief
from livingbrief.data.catalog import (
    Catalog,
    Resource,
    hash_of,
    package_dir,
    parse,
    refuse_out_of_range,
    refuse_unfit_text,
)
from livingbrief.data.entries import (
    ESTIMATED,
    covers,
    dated,
    description,
    estimates_that_stand,
    fit_checks,
    fit_fields,
    insert,
)
from livingbrief.data.errors import DataError, PackageError
from livingbrief.data.files import check_archive, members, refuse_workbooks
from livingbrief.data.reading import Draft, Reading, to_csv
from livingbrief.data.registering import register, writing
from livingbrief.data.rules import broken
from livingbrief.data.validating import Coverage, coverage, refuse_duplicates, refuse_other_scale
from livingbrief.data.validating import refuse_out_of_range as refuse_implausible
from livingbrief.data.vintages import add_tidy, recognise, refuse_date, refuse_existing
from livingbrief.errors import suggest
from livingbrief.wording import listed

LARGEST_OWN_MB = 50
MEASURES = ("value", "usd_mn")


@dataclass(frozen=True)
class Added:
    """A vintage that is now part of the package.

    `layout`: what the file was recognised as; `resources`: the tables, as registered; `before`:
    vintage of each table that it was compared with, empty if it is the first; `notes`: what was
    left out, what looks odd, what to read again.
    """

    layout: str
    resources: tuple[Resource, ...]
    before: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """Where a vintage comes from and how its date is known."""

    name: str
    sha256: str
    dated_by: str
    dated_note: str
    accessed: str


def add(
    root: Path,
    source: str,
    path: Path,
    vintage: str,
    *,
    partial: bool = False,
    accessed: str | None = None,
) -> Added:
    """Add a publisher's file as a vintage.

    Parameters
    ----------
    source : str
        A publisher whose layout the brief knows.
    path : Path
        The file, a ZIP, or a folder of files that belong together.
    vintage : str
        Date at which the publisher printed it, YYYY-MM-DD.
    partial : bool
        True if the file is meant to hold only some of the series; such a vintage serves only when
        an edition names it.
    accessed : str, optional
        Date of the copy, today without it.

    Raises
    ------
    DataError
        If the file is not one of the layouts, or anything in it is wrong; nothing was written.
    PackageError
        If the package itself cannot be read or written.
    """
    known = tuple(brief().layouts)
    if source not in known:
        raise DataError(
            f"no layout for {source!r}.{suggest(source, known)} Layouts are known for "
            f"{', '.join(known)}"
        )
    folder = package_dir(root)
    refuse_date(vintage)
    with writing(folder):
        catalog = Catalog(folder)
        reading = read(source, path, catalog, vintage)
        origin = Origin(
            name=path.name,
            sha256=_sha256(path),
            accessed=accessed or dt.date.today().isoformat(),
            **_dated(reading.stated_date, vintage),
        )
        return accept(catalog, reading, vintage, origin, partial=partial)


def add_own(
    root: Path,
    source: str,
    path: Path,
    vintage: str,
    *,
    table: str | None = None,
    partial: bool = False,
) -> Added:
    """Add a file in the package's own layout as a vintage of any publisher's table.

    A `DataError` if the publisher is unknown or none of its tables has the file's columns.
    """
    folder = package_dir(root)
    Catalog(folder).vintages(source)
    files = members(path, LARGEST_OWN_MB)
    refuse_workbooks(files)
    if len(files) != 1 or path.is_dir():
        raise DataError(f"{path.name}: one CSV file in the layout of a table is needed")
    content = files[0].read()
    with writing(folder):
        known, part = recognise(root, source, content, table)
        before = Catalog(folder).default(known, part).vintage
        resource = add_tidy(root, known, content, vintage, part=part, partial=partial)
    return Added(f"own layout of {known}", (resource,), (before,), ())


def read(source: str, path: Path, catalog: Catalog, vintage: str) -> Reading:
    """Read a publisher's file, a ZIP or a folder in that publisher's layout."""
    layout = brief().layouts[source]
    files = members(path, layout.largest_mb)
    if layout.workbook:
        if len(files) != 1 or not path.name.lower().endswith(".xlsx"):
            raise DataError(f"{path.name}: the file of {source} is one workbook (.xlsx)")
        check_archive(path, layout.largest_mb)
        return layout.read(path, catalog, vintage)
    refuse_workbooks(files)
    return layout.read(files, catalog, vintage)


def accept(
    catalog: Catalog, reading: Reading, vintage: str, origin: Origin, *, partial: bool = False
) -> Added:
    """Validate what was read and register it; call it inside `registering.writing`.

    A `DataError` if a table is not what its descriptor asks for, or the vintage is there already.
    """
    descriptor = deepcopy(catalog.descriptor)
    files: dict[str, bytes] = {}
    resources, before, notes = [], [], list(reading.notes)
    for draft in reading.drafts:
        model = catalog.default(draft.table) if draft.table in catalog.tables else None
        refuse_existing([r for r in catalog.resources if r.table == draft.table], vintage)
        resource, found = _entry(catalog, draft, reading, model, vintage, origin, partial)
        notes += found
        content = to_csv(draft.frame)
        resource.meta.update(bytes=len(content), hash=hash_of(content))
        frame = parse(content, resource)
        refuse_out_of_range(frame, resource)
        try:
            refuse_unfit_text(frame, resource)
        except PackageError as error:
            raise DataError(f"the file cannot be added as {error}") from error
        files[resource.path] = content
        if draft.table not in descriptor["tables"]:
            descriptor["tables"][draft.table] = dict(_first(draft.table).entry)
        insert(descriptor, resource)
        resources.append(resource)
        before.append(model.vintage if model else "")
    register(catalog.folder, files, descriptor)
    return Added(reading.layout, tuple(resources), tuple(before), tuple(notes))


def _entry(
    catalog: Catalog, draft: Draft, reading: Reading, model: Resource | None, vintage: str,
    origin: Origin, partial: bool,
) -> tuple[Resource, list[str]]:  # fmt: skip
    meta = _first(draft.table).template(vintage) if model is None else deepcopy(model.meta)
    frame, notes = draft.frame, []
    key = meta["schema"]["primaryKey"]
    refuse_duplicates(draft, key)
    held = Coverage(False, ())
    by = "indicator" if "indicator" in frame else None
    if model is None:
        _first(draft.table).compare(catalog, draft)
    else:
        _compare_scales(catalog, draft, key, by)
        whole, single = catalog.frame(model), reading.partial
        held = coverage(draft, whole, model.vintage, by=by, single=single, partial=partial)
    if model is not None and not held.partial and held.missing:
        notes.append(f"series withdrawn since {model.vintage}: {listed(held.missing)}")
    notes += fit_fields(meta, draft, vintage)
    for entry in meta.pop("unusable", ()):
        notes.append(
            f"read again, as the vintage of {meta['vintage']} misprints it: "
            f"{', '.join(map(str, entry['where'].values()))} by {', '.join(entry['split_by'])}"
        )
    explained = catalog.descriptor.get("indicators", {}).get(draft.table, {})
    meta |= {
        **dated(meta, vintage, held.partial, origin.dated_by, origin.dated_note),
        "covers": covers(frame),
        "description": description(meta, held, vintage),
    }
    meta["sources"] = [_source(meta["sources"][0], draft.table, vintage, origin)]
    before = catalog.of_table(draft.table) if draft.table in catalog.tables else []
    stand = estimates_that_stand(catalog, before, frame)
    meta["maturity"]["estimates"] = sorted(stand, key=itemgetter(*ESTIMATED))
    refuse_implausible(draft, meta["schema"]["fields"], explained, meta["checks"])
    meta["checks"], found = fit_checks(meta["checks"], draft, model, held, own=reading.own)
    notes += found
    resource = Resource.of(meta)
    if problems := broken(catalog, resource, frame):
        raise DataError(f"the file does not fit {resource.table}: {problems}")
    return resource, notes


def _compare_scales(catalog: Catalog, draft: Draft, key: Sequence[str], by: str | None) -> None:
    """Compare each series with the newest vintage that has it, the whole ones first."""
    value = next((v for v in MEASURES if v in draft.frame and v not in key), None)
    if value is None:
        return
    default = catalog.default(draft.table)
    newest_first = [r for r in reversed(catalog.of_table(draft.table)) if r is not default]
    left = draft.frame
    for resource in (default, *newest_first):
        before = catalog.frame(resource)
        inside = left if by is None else left[left[by].isin(set(before[by]))]
        part = Draft(draft.table, inside, draft.place)
        refuse_other_scale(part, before, resource.vintage, key=key, value=value, by=by)
        if by is None:
            return
        left = left.drop(inside.index)


def _first(table: str) -> FirstTable:
    first = brief().layouts[table.split(".", 1)[0]].first
    if first is None:
        raise DataError(f"the package has no table {table}, and no template for its first vintage")
    return first


def _source(model: dict[str, Any], table: str, vintage: str, origin: Origin) -> dict[str, Any]:
    return model | {
        "id": f"{table.replace('.', '_')}_{vintage.replace('-', '')}",
        "stated_vintage": vintage,
        "accessed": origin.accessed,
        "file": origin.name,
        "file_hash": origin.sha256,
    }


def _dated(stated: str, vintage: str) -> dict[str, str]:
    if stated == vintage:
        return {"dated_by": "header", "dated_note": "date in the header of the publisher's file"}
    if stated > vintage:
        raise DataError(
            f"the file says that it was last updated on {stated}, after the vintage {vintage}: "
            f"give --vintage {stated}"
        )
    given = "date given when the file was added"
    note = f"{given}; the file's header says {stated}" if stated else given
    return {"dated_by": "release", "dated_note": note}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    for each in sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]:
        with each.open("rb") as file:
            hashlib.file_digest(file, lambda: digest)
    return f"sha256:{digest.hexdigest()}"
