"""Vintages: what the package holds, a new one from a tidy file, hashes after a meant change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from livingbrief.data.catalog import (
    DESCRIPTOR,
    MISSING,
    SEMICOLONS,
    Catalog,
    Resource,
    hash_of,
    header_of,
    package_dir,
    parse,
    read_descriptor,
    refuse_missing,
    refuse_out_of_range,
    refuse_unfit_text,
    separated_by_semicolons,
)
from livingbrief.data.entries import dated, estimates_that_stand, fit_years, insert, mark_checked
from livingbrief.data.neighbours import beside, dated_by_row, like
from livingbrief.data.registering import register, write_descriptor
from livingbrief.data.rules import broken, explain
from livingbrief.data.validating import FEWEST_ROWS_KEPT
from livingbrief.errors import DataError, PackageError
from livingbrief.wording import counted


@dataclass(frozen=True)
class Rehashed:
    """A file whose recorded hash was renewed."""

    path: str
    old: str
    new: str


def list_vintages(root: Path, publisher: str | None = None) -> list[Resource]:
    """Vintages of the package, or of one publisher, in the order of the descriptor.

    A `DataError` if the publisher is unknown.
    """
    catalog = Catalog(root)
    if publisher is not None:
        catalog.vintages(publisher)
    return [r for r in catalog.resources if publisher in (None, r.publisher)]


def show(root: Path, publisher: str) -> str:
    """Vintages of one publisher as text, one line each, default vintages marked with a star."""
    catalog = Catalog(root)
    lines = [
        f"{'*' if catalog.default(r.table, r.part) == r else ' '} {r.vintage}  {r.table:24} "
        f"{r.meta['covers']} ({r.meta['dated_note']})"
        for r in list_vintages(root, publisher)
    ]
    return "\n".join([*lines, "", "* serves `latest` and what a dated vintage lacks"])


def rehash(root: Path) -> list[Rehashed]:
    """Renew hash and size of every listed file that was changed on purpose.

    The descriptor is written only if there are any. It says nothing of the content: run `check`
    after it. A `PackageError` if a listed file is missing.
    """
    folder = package_dir(root)
    descriptor = read_descriptor(folder)
    renewed = []
    for entry in descriptor["resources"]:
        path = folder / entry["path"]
        if not path.is_file():
            raise PackageError(f"{entry['path']}: {MISSING}")
        raw = path.read_bytes()
        if (entry.get("hash"), entry.get("bytes")) != (hash_of(raw), len(raw)):
            renewed.append(Rehashed(entry["path"], str(entry.get("hash", "")), hash_of(raw)))
            entry |= {"hash": hash_of(raw), "bytes": len(raw)}
    if renewed:
        write_descriptor(folder, descriptor)
    return renewed


def recognise(
    root: Path, publisher: str, content: bytes, table: str | None = None
) -> tuple[str, str | None]:
    """Table and part of a publisher whose columns a tidy file has.

    With `table` only its parts are looked at; when none has these columns the part is None. A
    `DataError` lists what is there if no table has these columns, or several have.
    """
    catalog = Catalog(root)
    catalog.vintages(publisher)
    header = header_of(content)
    if separated_by_semicolons(header):
        raise DataError(f"the file's {SEMICOLONS}")
    layouts = {
        (r.table, r.part): [f["name"] for f in r.fields]
        for r in catalog.resources
        if r.publisher == publisher and table in (None, r.table)
    }
    fitting = [where for where, columns in layouts.items() if columns == header]
    known = "; ".join(f"{t} {p}".strip() + f": {', '.join(c)}" for (t, p), c in layouts.items())
    if table and not fitting:
        return table, None
    if not fitting:
        raise DataError(
            f"the columns of the file ({', '.join(header)}) are those of no table of "
            f"{publisher!r}. Layouts: {known}"
        )
    if len(fitting) > 1:
        code = content.split(b"\n", 2)[1:2] or [b""]
        first = code[0].split(b",", 1)[0].decode("utf-8", "replace")
        inside = [where for where in fitting if first in _codes(catalog, *where)]
        if len(inside) != 1:
            names = ", ".join(f"{t} {p}".strip() for t, p in fitting)
            own = "a new edition needs an entry of its own in datapackage.json"
            advice = own if table else "name one with --table"
            raise DataError(f"the columns fit several tables ({names}): {advice}")
        fitting = inside
    return fitting[0]


def _codes(catalog: Catalog, table: str, part: str) -> list[str]:
    first = catalog.default(table, part).fields[0]
    return list(first.get("constraints", {}).get("enum", []))


def add_tidy(
    root: Path,
    table: str,
    content: bytes,
    vintage: str,
    *,
    part: str | None = None,
    partial: bool = False,
    note: str = "",
) -> Resource:
    """Add a vintage of a table from a file in the package's own layout.

    Fields, licence, caveats and rules are those of the vintage before it in time (of that after it
    if there is none); years that the rules ask for stay asked for, unless a later vintage is there
    already. Explicit estimates are kept where the new vintage prints the same value. Nothing is
    written unless the file passes.

    Parameters
    ----------
    content : bytes
        The CSV file, with the columns of the table.
    vintage : str
        Date of the vintage, written as YYYY-MM-DD.
    part : str, optional
        Part of a table that has several.
    partial : bool
        True if the file holds only some of the table's series; it is then no default vintage.
    note : str, optional
        As in `adding.add`.

    Raises
    ------
    DataError
        If the date is no date or is there already, or the file is not what the table asks for;
        the message names line and column.
    """
    catalog = Catalog(root)
    content = _own_codes(catalog, table, content)
    refuse_date(vintage)
    part = catalog.default(table, part).part
    refuse_existing(catalog.of_table(table, part), vintage)
    near = beside(catalog, table, part, vintage)
    model = like(near) or catalog.default(table, part)
    older = near[1] is not None and near[1].is_full
    resource = Resource.of(_entry_like(model, vintage, partial))
    frame = _accepted(catalog, resource, model, content, partial, older, note)
    entry = resource.meta
    entry |= {"bytes": len(content), "hash": hash_of(content)}
    entry["maturity"]["estimates"] = estimates_that_stand(catalog, [model], frame)
    entry["covers"] = _covers(frame, entry["covers"])
    descriptor = deepcopy(catalog.descriptor)
    insert(descriptor, resource)
    mark_checked(descriptor, resource.publisher, today().isoformat())
    register(catalog.folder, {resource.path: content}, descriptor)
    return resource


def _own_codes(catalog: Catalog, table: str, content: bytes) -> bytes:
    """Write codes that the publisher later gave to series (``also``) as the package has them."""
    if header_of(content)[0] != "indicator":
        return content
    for code, about in catalog.descriptor["indicators"].get(table, {}).items():
        for later in about.get("also", []):
            content = content.replace(f"\n{later},".encode(), f"\n{code},".encode())
    return content


def _covers(frame: pd.DataFrame, before: str) -> str:
    """Say what years or months a table holds; what it covered before if it has neither."""
    if "year" in frame:
        years = f"{frame['year'].min()}-{frame['year'].max()}"
        if "iso3" not in frame:
            return years
        return f"{years}; {counted(frame['iso3'].nunique(), 'economy', 'economies')}"
    if "period" in frame:
        first, last = frame["period"].min(), frame["period"].max()
        return f"{_month_in_words(first)} to {_month_in_words(last)}"
    return before


def _month_in_words(period: str) -> str:
    """Write 2026-07 as July 2026; a quarter stays as it is."""
    try:
        return f"{dt.date.fromisoformat(f'{period}-01'):%B %Y}"
    except ValueError:
        return period


def today() -> dt.date:
    """Return the day after which no vintage can be dated."""
    return dt.date.today()


def refuse_date(vintage: str) -> None:
    """Refuse, with a `DataError`, a date that is none, or that lies in the future."""
    try:
        date = dt.date.fromisoformat(vintage)
        if date.isoformat() != vintage:
            raise ValueError(vintage)
    except ValueError:
        raise DataError(f"vintage {vintage!r} is not a date written as YYYY-MM-DD") from None
    if date > today():
        raise DataError(
            f"vintage {vintage} lies in the future; give the date at which the publisher printed "
            "the file"
        )


def refuse_existing(there: Sequence[Resource], vintage: str) -> None:
    """Refuse, with a `DataError`, the date of a vintage that is among those of the table."""
    same = next((r for r in there if r.vintage == vintage), None)
    if same is not None:
        raise DataError(
            f"the package has a vintage {vintage} of {same.table} already; vintages are never "
            f"overwritten. There are: {', '.join(r.vintage for r in there)}. To take one out that "
            f"is not committed yet, delete the folder data/{Path(same.path).parent.as_posix()} and "
            f"run: git restore data/{DESCRIPTOR}"
        )


def _entry_like(model: Resource, vintage: str, partial: bool) -> dict[str, Any]:
    entry: dict[str, Any] = deepcopy(model.meta)
    entry |= dated(entry, vintage, partial, "header", "date given when the file was added")
    entry.pop("unusable", None)
    if not dated_by_row(model):
        entry.pop("notes", None)
    for spec in entry["schema"]["fields"]:
        if spec["name"] == "year":
            spec["constraints"]["maximum"] = int(vintage[:4])
    return entry


def _accepted(
    catalog: Catalog,
    resource: Resource,
    model: Resource,
    content: bytes,
    partial: bool,
    older: bool,
    note: str,
) -> pd.DataFrame:
    try:
        frame = parse(content, resource)
        refuse_missing(frame, resource)
        refuse_out_of_range(frame, resource)
        refuse_unfit_text(frame, resource)
    except PackageError as error:
        raise DataError(f"the file cannot be added as {error}") from error
    key = resource.meta["schema"]["primaryKey"]
    twice = frame[frame.duplicated(key)]
    if len(twice):
        row = ", ".join(str(twice.iloc[0][k]) for k in key if pd.notna(twice.iloc[0][k]))
        raise DataError(f"line {int(twice.index[0]) + 2}: a second row for {row}; keys are unique")
    for spec in resource.fields:
        known = spec.get("constraints", {}).get("enum")
        strange = frame[~frame[spec["name"]].isin(known)] if known else frame.iloc[0:0]
        strange = strange[strange[spec["name"]].notna()]
        if len(strange):
            raise DataError(
                f"line {int(strange.index[0]) + 2}, column {spec['name']}: "
                f"{strange[spec['name']].iloc[0]!r} is not one of the values documented for "
                f"{model.table} (in {DESCRIPTOR}, under the field's `enum`)"
            )
    checks = resource.meta["checks"]
    if partial:
        kept = ("indicator_ranges", "in_line")
        resource.meta["checks"] = [c for c in checks if c["rule"] in kept]
    else:
        for rule in checks:
            if older and rule["rule"] == "years_present":
                fit_years(rule, frame)
            if rule["rule"] == "rows":
                due = rule["minimum"]
                if model.vintage > resource.vintage and "year" in frame:
                    due = int((catalog.frame(model)["year"] <= frame["year"].max()).sum())
                if len(frame) < FEWEST_ROWS_KEPT * due:
                    raise DataError(
                        f"the file has {counted(len(frame), 'row')}, the vintage of "
                        f"{model.vintage} had {due:,}: is it cut off? Add it with "
                        "--partial if it holds only some of the series"
                    )
                rule["minimum"] = len(frame)
    if note:
        explain(catalog, resource, frame, note)
    if problems := broken(catalog, resource, frame):
        raise DataError(f"the file does not fit {model.table}: {problems}")
    return frame
