"""The finished report takes the place of the last one in one move, and of nothing else.

A report names its own files in ``build.json``, so that it is known wherever it lies. What it does
not name somebody else has put there: such a folder is refused, and no function here deletes a file
that no report names.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock

from livingbrief.brief import brief
from livingbrief.errors import BuildError, InputError
from livingbrief.wording import listed

RECORD = "build.json"
# A file manager leaves them in any folder that somebody looks at.
TRACES = (".DS_Store", "Thumbs.db")
NAMED = 8
MB = 1_000_000

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def turn(root: Path, target: Path) -> FileLock:
    """Return the lock of a target for who looks at it or replaces it: two editions may share it."""
    folder = root / ".build"
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{hashlib.sha256(os.fsencode(target)).hexdigest()[:16]}.lock")


def own(names: Iterable[str]) -> dict[str, Any]:
    """Return the fields of ``build.json`` by which files are known as ours, itself included."""
    return {"made_by": brief().name, "files": sorted({*names, RECORD})}


def files_of(folder: Path) -> list[str]:
    """Return the names of all files of a folder."""
    return [name for path, name in _inside(folder) if path.is_file()]


def recorded(folder: Path) -> frozenset[str] | None:
    """Return the files that a folder's ``build.json`` names; None if it is none of ours."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        if record["made_by"] == brief().name and all(isinstance(n, str) for n in record["files"]):
            return frozenset(record["files"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def foreign(folder: Path, known: Collection[str]) -> list[str]:
    """Return what stands in a folder and is no known file, empty folders too; the nearest first."""
    ours = {str(parent) for name in known for parent in PurePosixPath(name).parents}
    found = []
    for path, name in _inside(folder):
        if path.is_symlink():
            found.append(f"{name} (a link)")
        elif path.is_dir():
            if name not in ours and not any(path.iterdir()):
                found.append(f"{name}/ (an empty folder)")
        elif not path.is_file() or (name not in known and path.name not in TRACES):
            found.append(name)
    return sorted(found, key=lambda name: (name.count("/"), name))


def check_target(target: Path, sealed: Collection[str] = ()) -> frozenset[str]:
    """Refuse, with an `InputError`, to replace anything but a report; give the files that may be.

    `sealed`: the files of the last build, which count when all of them are there but a sound
    ``build.json``.
    """
    _leftover(beside(target, "new"))
    if not target.exists():
        return frozenset()
    if not target.is_dir():
        raise InputError(f"{target} is a file; choose a folder with --output")
    known = recorded(target)
    if known is None:
        whole = sealed and all((target / n).is_file() for n in sealed if n != RECORD)
        known = frozenset(sealed) if whole else None
    found = foreign(target, known or ())
    if not found:
        return known or frozenset()
    if known is None:
        raise InputError(
            f"{target} is not empty and holds no report of ours ({listed(found, NAMED)}); move "
            "away what is there (a report of an earlier version, too), or choose another folder "
            "with --output"
        )
    raise _refusal(target, found)


def refuse_unwritable(target: Path, made: Path) -> None:
    """Refuse a target that cannot be written to, or whose disk cannot take another report.

    `made`: where the last report was put together. An `InputError` names the folder that refuses, a
    `BuildError` how much is missing.
    """
    place = target.parent
    while not place.exists():
        place = place.parent
    try:
        Path(tempfile.mkdtemp(prefix=".", dir=place)).rmdir()
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise InputError(
            f"{target} cannot be written to ({place}: {error.strerror}); choose another folder "
            "with --output"
        ) from None
    need = max(
        sum(p.stat().st_size for p, _ in _inside(f) if p.is_file())
        for f in (target, made)
        if not f.is_file()
    )
    free = shutil.disk_usage(place).free
    if free < need:
        raise BuildError(
            f"{place} has {free / MB:.1f} MB free, and a new report needs {need / MB:.1f} MB "
            "beside the last one; make room, or choose another folder with --output"
        )


def move_out(finished: Path, target: Path, sealed: Collection[str] = ()) -> None:
    """Put a copy of `finished`, the complete stage, in the place of `target`, in one move.

    `sealed` as in `check_target`. An `InputError`, and nothing changed, when `target` holds
    anything that no build put there.
    """
    known = check_target(target, sealed)
    fresh = beside(target, "new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear(fresh)
        fresh.mkdir(exist_ok=True)
        # First: by it what an interrupted copy leaves is known as ours.
        shutil.copy2(finished / RECORD, fresh / RECORD)
        shutil.copytree(
            finished,
            fresh,
            ignore=lambda folder, _: [RECORD] if Path(folder) == finished else [],
            dirs_exist_ok=True,
        )
    except OSError as error:
        with suppress(OSError, InputError):
            _clear(fresh)
            target.parent.rmdir()
        # That of a copy names each file that it could not write.
        told = error.args[0][0][2] if isinstance(error, shutil.Error) else str(error)
        raise BuildError(
            f"{target} could not be written: {told}; what was written of it is gone, and the last "
            "report stands"
        ) from None
    if not target.exists():
        fresh.rename(target)
        return
    exchange(fresh, target)
    late = foreign(fresh, known)
    if late:
        exchange(fresh, target)
        _remove(fresh, recorded(fresh) or ())
        raise _refusal(target, late)
    _remove(fresh, known)


def beside(target: Path, ending: str) -> Path:
    """Return the hidden folder beside a report in which its successor is put together."""
    return target.with_name(f".{target.name}.{ending}")


def exchange(one: Path, other: Path) -> None:
    """Swap two folders: in one step where the system can, else in two renames."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        failed = libc.renameat2(
            _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE
        )
    except (AttributeError, OSError, TypeError):
        failed = -1
    if failed:
        aside = beside(other, "old")
        _clear(aside)
        other.rename(aside)
        one.rename(other)
        aside.rename(one)


def _leftover(folder: Path) -> frozenset[str]:
    """Return the files of what an interrupted build left, and refuse what it did not leave."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise _refusal(folder.parent, [folder.name])
    # Nothing but a list that was being written is no list yet.
    known = recorded(folder) or frozenset([RECORD])
    found = foreign(folder, known)
    if found:
        raise _refusal(folder, found)
    return known


def _clear(folder: Path) -> None:
    known = _leftover(folder)
    if folder.exists():
        _remove(folder, known)


def _remove(folder: Path, known: Collection[str]) -> None:
    """Delete known files and the folders that become empty; the list of files goes last."""
    for path, name in _inside(folder):
        if name != RECORD and (name in known or path.name in TRACES) and path.is_file():
            path.unlink()
    for parent in [Path(p) for p, _, _ in os.walk(folder, topdown=False)][:-1]:
        if not any(parent.iterdir()):
            parent.rmdir()
    if {p.name for p in folder.iterdir()} <= {RECORD}:
        (folder / RECORD).unlink(missing_ok=True)
        folder.rmdir()


def _refusal(folder: Path, found: list[str]) -> InputError:
    return InputError(
        f"{folder} holds what no build of ours put there: {listed(found, NAMED)}; move it "
        "elsewhere, or choose another folder with --output"
    )


def _inside(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield all that stands in a folder, links not followed, with its name in it."""

    def failed(error: OSError) -> None:
        raise error

    if not folder.exists():
        return
    for parent, folders, names in os.walk(folder, onerror=failed):
        for name in (*folders, *names):
            path = Path(parent, name)
            yield path, path.relative_to(folder).as_posix()
