"""Check the data package: files, hashes, schema, ranges and the sanity rules beside each table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from livingbrief.data.access import ESTIMATE, FINAL
from livingbrief.data.catalog import DESCRIPTOR, Catalog, Resource, parse, refuse_unfit_text
from livingbrief.data.cleaning import unusable
from livingbrief.data.errors import PackageError
from livingbrief.data.registering import pending
from livingbrief.data.rules import RULES, Context

UNLISTED_BY_DESIGN = {DESCRIPTOR, "README.md"}
NOTICE = "NOTICE.md"
SHARE_ALIKE_NONCOMMERCIAL = "CC-BY-NC-SA-4.0"
REQUIRED = (
    "title",
    "licenses",
    "sources",
    "hash",
)
ISO_DATE = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
SHOWN = 5
ESTIMATED = ("indicator", "iso3", "year")
STATUSES = (FINAL, "provisional", ESTIMATE)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the package, and what would be right."""

    table: str
    rule: str
    message: str

    def __str__(self) -> str:
        """Give the problem on one line."""
        return f"{self.table} [{self.rule}] {self.message}"


def check_package(root: Path) -> list[Problem]:
    """Check everything that the package promises.

    Parameters
    ----------
    root : Path
        The project's folder, or the package's own.

    Returns
    -------
    list of Problem
        Empty if the package is sound. Order: descriptor, files, then table by table.
    """
    try:
        catalog = Catalog(root)
    except PackageError as error:
        return [Problem(DESCRIPTOR, "descriptor", str(error))]
    problems = [*_descriptor(catalog), *_files(catalog), *_licences(catalog)]
    frames: dict[str, pd.DataFrame] = {}
    for resource in catalog.resources:
        found, frame = _load(catalog, resource)
        problems += found
        if frame is not None:
            frames[resource.name] = frame
    context = Context(catalog, frames)
    for resource in catalog.resources:
        if resource.name in frames:
            problems += _frictionless(catalog, resource)
            problems += _text(resource, frames[resource.name])
            problems += _sanity(context, resource)
            problems += _estimates(resource, frames[resource.name])
            problems += _unusable(resource, frames[resource.name])
    return list(dict.fromkeys(problems))


def _descriptor(catalog: Catalog) -> Iterator[Problem]:
    from frictionless import Package

    for error in Package.metadata_validate(catalog.descriptor):
        yield Problem(DESCRIPTOR, "frictionless", error.message)
    names: set[str] = set()
    for resource in catalog.resources:
        where = resource.name
        if resource.name in names:
            yield Problem(where, "name", "the name is used twice; each resource needs its own")
        names.add(resource.name)
        lacking = [key for key in REQUIRED if key not in resource.meta]
        if lacking:
            yield Problem(where, "provenance", f"lacks {', '.join(lacking)} in {DESCRIPTOR}")
        if resource.table not in catalog.tables:
            yield Problem(where, "table", f"{resource.table!r} does not stand under `tables`")
        if not ISO_DATE.fullmatch(resource.vintage):
            yield Problem(
                where, "vintage", f"{resource.vintage!r} is not a date written as YYYY-MM-DD"
            )
        ways = catalog.descriptor.get("dated_by", {})
        if ways and resource.meta.get("dated_by") not in ways:
            yield Problem(
                where,
                "dated_by",
                f"{resource.meta.get('dated_by')!r} is not one of {', '.join(ways)}",
            )
        if not resource.path.startswith(f"{resource.publisher}/{resource.vintage}/"):
            yield Problem(
                where,
                "path",
                f"{resource.path} should stand in {resource.publisher}/{resource.vintage}/",
            )
        for source in resource.meta.get("sources", []):
            thin = [k for k in ("title", "path", "publisher", "accessed") if not source.get(k)]
            if thin:
                yield Problem(
                    where, "provenance", f"source {source.get('id')!r} lacks {', '.join(thin)}"
                )
        for spec in resource.fields:
            if not spec.get("description"):
                yield Problem(where, "schema", f"column {spec['name']} has no description")
        yield from _unexplained(catalog, resource)


def _unexplained(catalog: Catalog, resource: Resource) -> Iterator[Problem]:
    explained = catalog.descriptor.get("indicators", {}).get(resource.table)
    if explained is None:
        return
    for spec in resource.fields:
        if spec["name"] in ("indicator", "series_id"):
            for code in spec.get("constraints", {}).get("enum", []):
                if code not in explained:
                    yield Problem(
                        resource.name,
                        "indicators",
                        f"{code} has no label, unit and range under `indicators`",
                    )


def _files(catalog: Catalog) -> Iterator[Problem]:
    listed = {r.path for r in catalog.resources}
    unfinished = pending(catalog.folder)
    for path in sorted(catalog.folder.rglob("*")):
        relative = path.relative_to(catalog.folder)
        name = relative.as_posix()
        hidden = any(part.startswith(".") for part in relative.parts)
        by_design = name in UNLISTED_BY_DESIGN or path.name == NOTICE or hidden
        if path.is_dir() or name in listed or by_design or name in unfinished:
            continue
        yield Problem(
            name, "listed", f"the file is not listed in {DESCRIPTOR}; list it or remove it"
        )


def _licences(catalog: Catalog) -> Iterator[Problem]:
    by_publisher: dict[str, set[str]] = {}
    for resource in catalog.resources:
        licences = [entry.get("name", "") for entry in resource.meta.get("licenses", [])]
        if len(licences) != 1:
            yield Problem(
                resource.name, "licence", f"states {len(licences)} licences; one table has one"
            )
        by_publisher.setdefault(resource.publisher, set()).update(licences)
    for publisher, stated in by_publisher.items():
        if SHARE_ALIKE_NONCOMMERCIAL not in stated:
            continue
        others = sorted(stated - {SHARE_ALIKE_NONCOMMERCIAL})
        if others:
            yield Problem(
                publisher,
                "licences apart",
                f"tables under {SHARE_ALIKE_NONCOMMERCIAL} share the folder with tables under "
                f"{', '.join(others)}; move one of them",
            )
        if not (catalog.folder / publisher / NOTICE).is_file():
            yield Problem(
                publisher,
                "licences apart",
                f"data/{publisher}/{NOTICE} is missing: it states the terms",
            )


def _load(catalog: Catalog, resource: Resource) -> tuple[list[Problem], pd.DataFrame | None]:
    path = catalog.folder / resource.path
    if not path.is_file():
        return [
            Problem(
                resource.path,
                "listed",
                f"listed in {DESCRIPTOR} but not in the folder; restore it or take its entry out",
            )
        ], None
    raw = path.read_bytes()
    problems = []
    found = "sha256:" + hashlib.sha256(raw).hexdigest()
    if found != resource.meta.get("hash"):
        problems.append(
            Problem(
                resource.path,
                "hash",
                f"sha256 is {found[7:19]}… and {len(raw):,} bytes, recorded are "
                f"{str(resource.meta.get('hash'))[7:19]}… and {resource.meta.get('bytes', 0):,}: "
                "restore the file, or, if the change was meant, run: livingbrief vintages rehash",
            )
        )
    try:
        return problems, parse(raw, resource)
    except PackageError as error:
        message = str(error).removeprefix(f"{resource.path}: ")
        return [*problems, Problem(resource.path, "columns and types", message)], None


def _frictionless(catalog: Catalog, resource: Resource) -> Iterator[Problem]:
    from frictionless import Resource as FrictionlessResource

    keep = ("name", "path", "profile", "format", "mediatype", "encoding", "schema")
    descriptor = {key: resource.meta[key] for key in keep if key in resource.meta}
    table = FrictionlessResource.from_descriptor(descriptor, basepath=str(catalog.folder))
    report = table.validate(limit_errors=SHOWN)
    for error in [*report.errors, *(e for task in report.tasks for e in task.errors)]:
        yield Problem(resource.path, f"schema: {error.type}", error.message)


def _text(resource: Resource, frame: pd.DataFrame) -> Iterator[Problem]:
    try:
        refuse_unfit_text(frame, resource)
    except PackageError as error:
        yield Problem(resource.path, "text", str(error).removeprefix(f"{resource.path}: "))


def _estimates(resource: Resource, frame: pd.DataFrame) -> Iterator[Problem]:
    """Every estimate is about a value that the file prints, and has a status that is known."""
    rows = {tuple(row) for row in frame.reindex(columns=ESTIMATED).itertuples(index=False)}
    for i, entry in enumerate(resource.meta.get("maturity", {}).get("estimates", []), start=1):
        where = f"in {DESCRIPTOR}, entry {i} under `estimates`"
        lacking = [key for key in (*ESTIMATED, "status", "reason") if key not in entry]
        if lacking:
            yield Problem(resource.name, "estimates", f"{where} lacks {', '.join(lacking)}")
            continue
        if entry["status"] not in STATUSES:
            yield Problem(
                resource.name,
                "estimates",
                f"{where}: the status {entry['status']!r} is not one of {', '.join(STATUSES)}",
            )
        key = tuple(entry[column] for column in ESTIMATED)
        if key in rows:
            continue
        strange = [
            f"{column} {entry[column]!r}"
            for n, column in enumerate(ESTIMATED)
            if entry[column] not in {row[n] for row in rows}
        ]
        what = ", ".join(strange) or f"a value for {', '.join(map(str, key))}"
        yield Problem(
            resource.name,
            "estimates",
            f"{where}: the file does not hold {what}; an estimate names an indicator, iso3 and "
            f"year of {resource.path}",
        )


def _unusable(resource: Resource, frame: pd.DataFrame) -> Iterator[Problem]:
    """Every entry under `unusable` is about rows that the file holds, and says why."""
    for i, entry in enumerate(resource.unusable, start=1):
        where = f"in {DESCRIPTOR}, entry {i} under `unusable`"
        lacking = [key for key in ("where", "split_by", "why") if not entry.get(key)]
        strange = {*entry.get("where", {}), *entry.get("split_by", ())} - set(frame)
        if lacking:
            yield Problem(resource.name, "unusable", f"{where} lacks {', '.join(lacking)}")
        elif strange:
            columns = ", ".join(sorted(strange))
            yield Problem(resource.name, "unusable", f"{where}: the file has no column {columns}")
        elif not unusable(frame, entry).any():
            yield Problem(resource.name, "unusable", f"{where}: the file has no such row")


def _sanity(context: Context, resource: Resource) -> Iterator[Problem]:
    frame = context.frames[resource.name]
    for rule in resource.meta.get("checks", []):
        check = RULES.get(rule.get("rule", ""))
        if check is None:
            known = ", ".join(sorted(RULES))
            yield Problem(
                resource.name, "checks", f"no rule {rule.get('rule')!r}; there are: {known}"
            )
            continue
        try:
            for message in check(context, resource, frame, rule):
                yield Problem(resource.path, rule["rule"], message)
        except KeyError as error:
            yield Problem(
                resource.name, rule["rule"], f"the rule in {DESCRIPTOR} lacks or misnames {error}"
            )
