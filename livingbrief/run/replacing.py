"""The finished report takes the place of the last one, and of nothing else.

A report names its own files in ``build.json``, so that it is known wherever it lies. A folder that
holds anything else is refused: no function here deletes a file that no report names. Beside it
lie, while it is replaced, its successor and then what it replaced, in hidden folders.
"""

import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from livingbrief.brief import packages
from livingbrief.errors import BuildError, InputError
from livingbrief.wording import listed

RECORD = "build.json"
# A file manager leaves them in any folder that somebody looks at.
TRACES = (".DS_Store", "Thumbs.db")


def turn(root: Path) -> FileLock:
    """Return the lock for who looks at a report or replaces it: two editions may share one."""
    return FileLock(root / ".build" / "replacing.lock")


def own(names: Iterable[str], made_by: str) -> dict[str, str | list[str]]:
    """Return the fields of ``build.json`` by which files are known as ours, itself included."""
    return {"made_by": made_by, "files": sorted({*names, RECORD})}


def files_of(folder: Path) -> list[str]:
    """Return the names of all files and links of a folder, the nearest first."""
    found = [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    ]
    return sorted(found, key=lambda name: (name.count("/"), name))


def recorded(folder: Path) -> frozenset[str]:
    """Return the files that a folder's ``build.json`` names; none if it is none of ours."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        if record["made_by"]:
            return frozenset(map(str, record["files"]))
    return frozenset()


def foreign(folder: Path) -> list[str]:
    """Return the files and links in a folder that its ``build.json`` does not name."""
    known = recorded(folder)
    return [n for n in files_of(folder) if n not in known and Path(n).name not in TRACES]


def refuse_sources(root: Path, target: Path) -> None:
    """Refuse, with an `InputError`, a folder that is or lies in what a report is made from."""
    made_from = (root / name for name in ("book", "data", "notebooks"))
    for folder in (*made_from, *packages(root)):
        if target in (folder, root, *root.parents) or folder in target.parents:
            raise InputError(
                f"{target} is no place for a report, which is made from {folder}; choose another "
                "folder with --output"
            )


def check_target(target: Path) -> None:
    """Refuse, with an `InputError`, to replace or to take away anything but a report."""
    last, fresh = _beside(target, "old"), _beside(target, "new")
    if recorded(last) and not target.exists():
        # A build was killed between the two steps of the move.
        last.rename(target)
    for folder in (target, last, fresh):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise InputError(f"{folder} is a file or a link; choose a folder with --output")
        # A list that was being written is no list yet.
        found = [name for name in foreign(folder) if folder == target or name != RECORD]
        if found:
            raise _refusal(folder, found)
    above = next(folder for folder in target.parents if folder.exists())
    for folder in (above, *(p for of in (target, last, fresh) for p in (of, *of.rglob("*/")))):
        if folder.exists() and not os.access(folder, os.W_OK):
            raise InputError(f"{folder} may not be written to; choose another with --output")


def move_out(finished: Path, target: Path) -> None:
    """Put a copy of `finished`, the complete stage, in the place of `target`.

    An `InputError`, and nothing changed, when `target` holds anything that no build put there.
    """
    check_target(target)
    fresh, last = _beside(target, "new"), _beside(target, "old")
    _remove(fresh)
    try:
        fresh.mkdir(parents=True)
        # First: by it what an interrupted copy leaves is known as ours.
        shutil.copy2(finished / RECORD, fresh / RECORD)
        shutil.copytree(finished, fresh, dirs_exist_ok=True)
    except OSError as error:
        _remove(fresh)
        with suppress(OSError):
            target.parent.rmdir()
        # That of a copy names each file that it could not write.
        why = error.args[0][0][2] if isinstance(error, shutil.Error) else str(error)
        raise BuildError(
            f"{target} could not be written: {why}; what was written of it is gone, and the last "
            "report stays"
        ) from None
    _remove(last)
    if target.exists():
        target.rename(last)
    # What somebody saved there while it was copied.
    if found := foreign(last):
        last.rename(target)
        _remove(fresh)
        raise _refusal(target, found)
    fresh.rename(target)
    _remove(last)


def _remove(folder: Path) -> None:
    """Delete a folder of ours; the list by which it is known goes last."""
    for name in files_of(folder):
        if name != RECORD:
            (folder / name).unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _refusal(folder: Path, found: list[str]) -> InputError:
    what = "what no build of ours put there" if recorded(folder) else "no report of ours"
    return InputError(
        f"{folder} holds {what} ({listed(found, 8)}); move it elsewhere, or choose another "
        "folder with --output"
    )


def _beside(target: Path, ending: str) -> Path:
    """Return a hidden folder beside a report."""
    return target.with_name(f".{target.name}.{ending}")
