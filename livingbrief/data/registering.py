"""Writing new files into the package so that an interruption at any moment leaves it whole.

New files are written beside their places and moved there; last the descriptor is replaced in one
move. A file that it does not list is no part of the package: `check` names one that was left.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from livingbrief.data.descriptor import (
    DESCRIPTOR,
    MISSING,
    described,
    hash_of,
    package_dir,
    read_descriptor,
)
from livingbrief.errors import PackageError

PART = ".part"
WAIT_SECONDS = 60.0


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the package's lock, and remove half-written files of an interrupted writer.

    A `PackageError` if another writer holds the lock for longer than `WAIT_SECONDS`, or the folder
    cannot be written to. The lock lies outside the package, so that a refused file leaves nothing.
    """
    place = folder.parent / ".build"
    try:
        place.mkdir(exist_ok=True)
        lock = FileLock(place / f"{folder.name}.lock")
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout:
        raise PackageError(
            f"another command is changing {folder}; wait until it has ended and run this again"
        ) from None
    except OSError as error:
        raise PackageError(f"{folder} cannot be written to: {error.strerror}") from error
    try:
        for half in folder.rglob(f".*{PART}"):
            half.unlink()
        yield
    finally:
        lock.release()


def register(folder: Path, files: Mapping[str, bytes], descriptor: dict[str, Any]) -> None:
    """Put new files in their places and replace the descriptor.

    Call it inside `writing`. A `PackageError` if another file is there already, a text of the
    descriptor is unfit, or the disk refuses; then the descriptor, and so the package, is as it was.

    Parameters
    ----------
    files : mapping
        Content by path inside the package.
    descriptor : dict
        The descriptor that lists them.
    """
    described(descriptor)
    for path, content in files.items():
        # The same content is what an interrupted writer left.
        if (folder / path).exists() and (folder / path).read_bytes() != content:
            raise PackageError(
                f"{path} exists already; files of a vintage are never overwritten. If "
                f"{DESCRIPTOR} does not list it, delete it and run this again"
            )
    try:
        for path, content in files.items():
            write_whole(folder / path, content)
        write_descriptor(folder, descriptor)
    except OSError as error:
        raise PackageError(
            f"the vintage could not be written ({error.strerror}): the package is as it was, and "
            "`check` names a file that was left"
        ) from error


def write_descriptor(folder: Path, descriptor: dict[str, Any]) -> None:
    """Write the descriptor in one move, so that an interruption never leaves half of it."""
    text = json.dumps(descriptor, indent=1, ensure_ascii=False) + "\n"
    write_whole(folder / DESCRIPTOR, text.encode("utf-8"))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name, and move it to its place once it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}{PART}")
    try:
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


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
