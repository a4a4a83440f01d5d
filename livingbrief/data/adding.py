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

from livingbrief.data.catalog import (
    Catalog,
    Resource,
    hash_of,
    package_dir,
    parse,
    refuse_out_of_range,
    refuse_unfit_text,
)
from livingbrief.data.cleaning import unusable
from livingbrief.data.entries import (
    ESTIMATED,
    covers,
    dated,
    description,
    estimates_that_stand,
    fit_checks,
    fit_fields,
    insert,
    mark_checked,
)
from livingbrief.data.files import check_archive, members, refuse_workbooks
from livingbrief.data.neighbours import beside, dated_by_row, like, measure
from livingbrief.data.reading import Draft, Reading, to_csv
from livingbrief.data.registering import register, writing
from livingbrief.data.rules import broken, explain
from livingbrief.data.validating import Coverage, coverage, refuse_duplicates, refuse_other_scale
from livingbrief.data.validating import refuse_out_of_range as refuse_implausible
from livingbrief.data.vintages import add_tidy, recognise, refuse_date, refuse_existing
from livingbrief.errors import DataError, PackageError, suggest
from livingbrief.wording import listed

LARGEST_OWN_MB = 50


@dataclass(frozen=True)
class Added:
    """A vintage that is now part of the package.

    `layout`: what the file was recognised as; `resources`: the tables, as registered; `beside`:
    the vintages of each table before and after it in time, None where there is none; `notes`: what
    was left out, what looks odd, what to read again.
    """

    layout: str
    resources: tuple[Resource, ...]
    beside: tuple[tuple[Resource | None, Resource | None], ...]
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
    note: str = "",
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
    note : str, optional
        What values are that stand out from their neighbours in time or from what their series has
        done, or why past years moved together; without it such values are refused.

    Raises
    ------
    DataError
        If the file is not one of the layouts, or anything in it is wrong; nothing was written.
    PackageError
        If the package itself cannot be read or written.
    """
    folder = package_dir(root)
    known = tuple(Catalog(folder).brief.layouts)
    if source not in known:
        raise DataError(
            f"no layout for {source!r}.{suggest(source, known)} Layouts are known for "
            f"{', '.join(known)}"
        )
    refuse_date(vintage)
    with writing(folder):
        catalog = Catalog(folder)
        reading = read(source, path, catalog, vintage)
        origin = Origin(
            name=path.name,
            sha256=_sha256(path),
            accessed=dt.date.today().isoformat(),
            **_dated(reading.stated_date, vintage),
        )
        return accept(catalog, reading, vintage, origin, partial=partial, note=note)


def add_own(
    root: Path,
    source: str,
    path: Path,
    vintage: str,
    *,
    table: str | None = None,
    partial: bool = False,
    note: str = "",
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
        sides = beside(Catalog(folder), known, part, vintage)
        resource = add_tidy(root, known, content, vintage, part=part, partial=partial, note=note)
    return Added(f"own layout of {known}", (resource,), (sides,), ())


def read(source: str, path: Path, catalog: Catalog, vintage: str) -> Reading:
    """Read a publisher's file, a ZIP or a folder in that publisher's layout."""
    layout = catalog.brief.layouts[source]
    files = members(path, layout.largest_mb)
    if layout.workbook:
        if len(files) != 1 or not path.name.lower().endswith(".xlsx"):
            raise DataError(f"{path.name}: the file of {source} is one workbook (.xlsx)")
        check_archive(path, layout.largest_mb)
        return layout.read(path, catalog, vintage)
    refuse_workbooks(files)
    return layout.read(files, catalog, vintage)


def accept(
    catalog: Catalog,
    reading: Reading,
    vintage: str,
    origin: Origin,
    *,
    partial: bool = False,
    note: str = "",
) -> Added:
    """Validate what was read and register it; call it inside `registering.writing`.

    A `DataError` if a table is not what its descriptor asks for, or the vintage is there already.
    """
    files: dict[str, bytes] = {}
    resources, sides, notes = [], [], list(reading.notes)
    for draft in reading.drafts:
        refuse_existing([r for r in catalog.resources if r.table == draft.table], vintage)
        known = draft.table in catalog.tables
        near = beside(catalog, draft.table, None, vintage) if known else (None, None)
        resource, found = _entry(catalog, draft, reading, near, vintage, origin, partial, note)
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
        resources.append(resource)
        sides.append(near)
    descriptor = deepcopy(catalog.descriptor)
    for resource in resources:
        insert(descriptor, resource)
    mark_checked(descriptor, resources[0].publisher, origin.accessed)
    register(catalog.folder, files, descriptor)
    return Added(reading.layout, tuple(resources), tuple(sides), tuple(notes))


def _entry(
    catalog: Catalog, draft: Draft, reading: Reading,
    near: tuple[Resource | None, Resource | None], vintage: str, origin: Origin, partial: bool,
    note: str,
) -> tuple[Resource, list[str]]:  # fmt: skip
    model = like(near)
    later = near[1] is not None and near[1].is_full
    if model is None:
        raise DataError(
            f"the package has no table {draft.table}: describe its first vintage in "
            "datapackage.json"
        )
    meta = deepcopy(model.meta)
    frame, notes = draft.frame, []
    key = meta["schema"]["primaryKey"]
    refuse_duplicates(draft, key)
    by = "indicator" if "indicator" in frame else None
    _compare_scales(catalog, draft, key, by, model)
    whole, single = catalog.frame(model), reading.partial
    if model.vintage > vintage and "year" in whole:
        whole = whole[whole["year"] <= frame["year"].max()]
    held = coverage(draft, whole, model.vintage, by=by, single=single, partial=partial)
    if held.missing and not held.partial:
        if later:
            # A later vintage alone can say that something was withdrawn.
            held = Coverage(True, held.missing)
            lacks = f"it lacks {listed(held.missing)}, which the vintage of {model.vintage} has"
            notes.append(f"{lacks}: it is kept as one that holds some of the series")
        else:
            notes.append(f"series withdrawn since {model.vintage}: {listed(held.missing)}")
    notes += fit_fields(meta, draft, vintage)
    if not dated_by_row(model):
        meta.pop("notes", None)
    for entry in (e for e in meta.pop("unusable", ()) if unusable(frame, e).any()):
        notes.append(
            f"read again, as the vintage of {meta['vintage']} misprints it: "
            f"{', '.join(map(str, entry['where'].values()))} by {', '.join(entry['split_by'])}"
        )
    explained = catalog.descriptor.get("indicators", {}).get(draft.table, {})
    meta |= {
        **dated(meta, vintage, held.partial, origin.dated_by, origin.dated_note),
        "covers": covers(frame),
        "description": description(catalog.brief, meta, held, vintage),
    }
    meta["sources"] = [_source(meta["sources"][0], draft.table, vintage, origin)]
    stand = estimates_that_stand(catalog, catalog.of_table(draft.table), frame)
    meta["maturity"]["estimates"] = sorted(stand, key=itemgetter(*ESTIMATED))
    refuse_implausible(draft, meta["schema"]["fields"], explained, meta["checks"])
    meta["checks"], found = fit_checks(
        meta["checks"], draft, model, held, own=reading.own, later=later
    )
    notes += found
    resource = Resource.of(meta)
    if note:
        explain(catalog, resource, frame, note)
    if problems := broken(catalog, resource, frame):
        raise DataError(f"the file does not fit {resource.table}: {problems}")
    return resource, notes


def _compare_scales(
    catalog: Catalog, draft: Draft, key: Sequence[str], by: str | None, model: Resource
) -> None:
    """Compare each series with the vintage beside it in time, else the newest that has it."""
    value = measure(draft.frame, key)
    if value is None:
        return
    newest_first = [r for r in reversed(catalog.of_table(draft.table)) if r.name != model.name]
    left = draft.frame
    for resource in (model, *newest_first):
        before = catalog.frame(resource)
        inside = left if by is None else left[left[by].isin(set(before[by]))]
        part = Draft(draft.table, inside, draft.place)
        refuse_other_scale(part, before, resource.vintage, key=key, value=value, by=by)
        if by is None:
            return
        left = left.drop(inside.index)


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
