"""Hashes of files and folders, and what else a report depends on besides its files."""

import hashlib
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

from livingbrief.errors import InputError
from livingbrief.wording import listed

FIRST_OF_ZIP = 315619200


def fingerprint(roots: Iterable[Path], begin: str = "", *, hidden: bool = False) -> str:
    """Return the hash of files and folders, names and bytes; the same in another place.

    Unless `hidden`, caches are left out, and what begins with a dot, which among sources is an
    editor's own; what a link points to counts. `begin` is what else goes into the hash.
    """
    total = hashlib.sha256(begin.encode())
    for root in roots:
        walked = os.walk(root, followlinks=True)
        paths = (
            [root] if root.is_file() else [Path(at, name) for at, _, of in walked for name in of]
        )
        for path in sorted(paths):
            parts = path.relative_to(root).parts
            if hidden or not any(part.startswith((".", "__pycache__")) for part in parts):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                total.update(f"{'/'.join(parts)}\0{content}\n".encode())
        total.update(b"\0")
    return total.hexdigest()


#: Size and times of a file.
Touched = tuple[int, int, int]


def touched(folder: Path) -> dict[str, Touched]:
    """Return size and times of a folder's files but hidden ones: quicker than hashes.

    The last is the time of the last change, which no program can set: what was written again with
    the same bytes, or got its old time back, shows as well.
    """
    files = (path for path in sorted(folder.rglob("[!.]*")) if path.is_file())
    found = ((path.relative_to(folder).as_posix(), path.stat()) for path in files)
    return {name: (s.st_size, s.st_mtime_ns, s.st_ctime_ns) for name, s in found}


@cache
def libraries() -> str:
    """Return Python's version, and names and versions of all that is installed, as it is found."""
    installed = (path.name for at in sys.path for path in sorted(Path(at).glob("*.dist-info")))
    return "\n".join([sys.version, *installed])


def refuse_stand_ins() -> None:
    """Refuse, with an `InputError`, a ``PYTHONPATH`` that holds what is installed once more."""
    there, ours = Path(sysconfig.get_path("purelib")).resolve(), Path(__file__).resolve()
    names = {path.name.partition(".")[0] for path in there.iterdir()} - {"tests"}
    names |= {*sys.stdlib_module_names, "sitecustomize", "usercustomize"}
    for folder in filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)):
        found = ((name, PathFinder.find_spec(name, [folder])) for name in sorted(names))
        others = [name for name, spec in found if spec and spec.origin]
        if others and Path(folder).resolve() not in (ours.parents[2], there):
            raise InputError(
                f"PYTHONPATH names {folder}, which holds {listed(others)}: they would take the "
                "place of what is installed; run the command without it, as env -u PYTHONPATH does"
            )


def report_date(root: Path) -> int:
    """Return ``SOURCE_DATE_EPOCH``, else the time of the last commit, else of the last vintage."""
    asked = os.environ.get("SOURCE_DATE_EPOCH", "")
    if asked and not (re.fullmatch(r"\d{9,10}", asked) and FIRST_OF_ZIP <= int(asked) < 1 << 32):
        raise InputError(
            f"SOURCE_DATE_EPOCH={asked} is no time that a report can bear: give seconds since "
            f"1970, from {FIRST_OF_ZIP} (1980) to {(1 << 32) - 1} (2106)"
        )
    if asked := asked or git(root, "log", "-1", "--format=%ct"):
        return int(asked)
    # Slow to load, and a build asks for the time before all else.
    from livingbrief.data.access import open_catalog

    newest = max((of.vintage for of in open_catalog(root).resources), default="2026-01-01")
    return int(datetime.fromisoformat(f"{newest}T00:00:00+00:00").timestamp())


def git(root: Path, *arguments: str) -> str:
    """Return what git says, empty where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
