"""Vintages that the package holds, and their hashes after a meant change."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from livingbrief.data.catalog import MISSING, Catalog
from livingbrief.data.descriptor import Resource, hash_of, package_dir, read_descriptor
from livingbrief.data.registering import write_descriptor
from livingbrief.errors import PackageError


def today() -> dt.date:
    """Return the day after which no vintage can be dated."""
    return dt.date.today()


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
        f"{r.covers} ({r.dated_note})"
        for r in list_vintages(root, publisher)
    ]
    return "\n".join([*lines, "", "* serves `latest` and what a dated vintage lacks"])


def rehash(root: Path) -> list[str]:
    """Renew hash and size of every listed file that was changed on purpose; give their paths.

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
            renewed.append(entry["path"])
            entry |= {"hash": hash_of(raw), "bytes": len(raw)}
    if renewed:
        write_descriptor(folder, descriptor)
    return renewed
