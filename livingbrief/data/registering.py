"""Writing new files into the package so that an interruption at any moment leaves it whole.

The new files are written to a folder whose name starts with a dot, then a journal names the places
that they will take, then they are moved there, and last the descriptor is replaced. Whatever stands
in the journal is not part of the package until the descriptor lists it; the next writer removes it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from livingbrief.data.catalog import DESCRIPTOR, read_descriptor, refuse_unfit_descriptor
from livingbrief.errors import PackageError

STAGE = ".adding-"
JOURNAL = ".pending.json"
HALF_WRITTEN = (f".{DESCRIPTOR}.", f".{JOURNAL}.")
WAIT_SECONDS = 60.0


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the package's lock, and clear what an interrupted writer left behind.

    A `PackageError` if another writer holds the lock for longer than `WAIT_SECONDS`, or the folder
    cannot be written to.
    """
    try:
        lock = FileLock(_lock_path(folder))
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout:
        raise PackageError(
            f"another command is changing {folder}; wait until it has ended and run this again"
        ) from None
    except OSError as error:
        raise PackageError(f"{folder} cannot be written to: {error.strerror}") from error
    try:
        sweep(folder)
        yield
    finally:
        lock.release()


def _lock_path(folder: Path) -> Path:
    """Give a place outside the package, so that a refused file leaves nothing in it."""
    place = folder.parent / ".build"
    place.mkdir(exist_ok=True)
    return place / f"{folder.name}.lock"


def pending(folder: Path) -> set[str]:
    """Paths that an interrupted writer may have filled, and that are not part of the package."""
    journal = folder / JOURNAL
    return set(json.loads(journal.read_text(encoding="utf-8"))) if journal.is_file() else set()


def sweep(folder: Path) -> None:
    """Remove what an interrupted writer left: staged files, and moved ones not yet listed."""
    listed = {r["path"] for r in read_descriptor(folder)["resources"]}
    for path in sorted(pending(folder) - listed):
        (folder / path).unlink(missing_ok=True)
        with suppress(OSError):  # other files stand in it, or it is gone
            (folder / path).parent.rmdir()
    (folder / JOURNAL).unlink(missing_ok=True)
    for entry in folder.iterdir():
        if entry.name.startswith(STAGE):
            shutil.rmtree(entry)
        elif entry.name.startswith(HALF_WRITTEN):
            entry.unlink()


def register(folder: Path, files: Mapping[str, bytes], descriptor: dict[str, Any]) -> None:
    """Put new files in their places and replace the descriptor, or change nothing.

    Call it inside `writing`. A `PackageError` if a file exists already, a text of the descriptor is
    unfit, or the disk refuses; what was written is removed again.

    Parameters
    ----------
    files : mapping
        Content by path inside the package; none of them exists yet.
    descriptor : dict
        The descriptor that lists them.
    """
    refuse_unfit_descriptor(descriptor)
    there = [path for path in files if (folder / path).exists()]
    if there:
        raise PackageError(f"{there[0]} exists already; files of a vintage are never overwritten")
    try:
        stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=folder))
        for number, content in enumerate(files.values()):
            _write((stage / str(number)).open("wb"), content)
        _sync(stage)
        write_whole(folder / JOURNAL, json.dumps(sorted(files)).encode())
        for number, path in enumerate(files):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            (stage / str(number)).replace(target)
            _sync(target.parent)
        _sync(folder)
        write_descriptor(folder, descriptor)
        _sync(folder)
        (folder / JOURNAL).unlink()
        stage.rmdir()
    except OSError as error:
        sweep(folder)
        raise PackageError(
            f"the vintage could not be written ({error.strerror}); nothing was changed"
        ) from error


def _write(file: IO[bytes], content: bytes) -> None:
    with file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_descriptor(folder: Path, descriptor: dict[str, Any]) -> None:
    """Write the descriptor in one move, so that an interruption never leaves half of it."""
    text = json.dumps(descriptor, indent=1, ensure_ascii=False) + "\n"
    write_whole(folder / DESCRIPTOR, text.encode("utf-8"))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name and move it to its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        _write(os.fdopen(handle, "wb"), content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
