"""Whether a report already is what a build would make, told from the bytes of all it stands on.

pytask knows which tasks must run, but to ask it the data, the parameters and the libraries must be
loaded, which takes longer than reading every file. The last build leaves a seal: a hash of what it
read and a hash of the report it made. While both hold, there is nothing to do.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from livingbrief.brief import packages
from livingbrief.errors import InputError
from livingbrief.paths import project_root

NAME = re.compile(r"\w[\w.-]*")
READ = (
    "data", "notebooks", "book", "_config.yml", "_toc.yml", "editions.yml", "requirements.lock",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a build was asked for.

    `root`: the project; `settings`: ``KEY=VALUE`` texts; `target`: where the report goes; `work`:
    where it is made.
    """

    root: Path
    edition: str
    settings: tuple[str, ...]
    pdf: bool
    target: Path
    work: Path

    def holds(self) -> bool:
        """Whether the report is there and is what a build would make.

        False also when another build of the edition is running, or when that cannot be told.
        """
        try:
            # What `FileLock` does; to load it takes a sixth of the time of this question.
            import fcntl

            self._left()
            with (self.work / "build.lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                seal = self._left()
                return bool(
                    seal["inputs"] == self.inputs()
                    and seal["report"] == fingerprint([self.target], hidden=True)
                )
        except (ImportError, OSError, ValueError, KeyError, TypeError):
            return False

    def _left(self) -> Any:
        return json.loads((self.work / "seal.json").read_text(encoding="utf-8"))

    def set(self, inputs: str) -> None:
        """Leave the seal.

        `inputs`: hash of what was read, taken before it was read: what is edited during a build is
        not in the report.
        """
        from livingbrief.run.replacing import recorded

        seal = {
            "inputs": inputs,
            "report": fingerprint([self.target], hidden=True),
            "files": sorted(recorded(self.target) or ()),
        }
        path = self.work / "seal.json"
        part = path.with_name("seal.json.part")
        part.write_text(json.dumps(seal), encoding="utf-8")
        part.replace(path)

    def sealed(self) -> frozenset[str]:
        """Return the files of the report that the last build made."""
        try:
            return frozenset(self._left()["files"])
        except (OSError, ValueError, KeyError, TypeError):
            return frozenset()

    def inputs(self) -> str:
        """Return the hash of what was asked and of all that a build reads."""
        asked = [self.edition, *self.settings, str(self.pdf), str(self.target)]
        known = "\0".join([*asked, str(report_date(self.root)), libraries(), LOADED])
        roots = [self.root / name for name in READ]
        return fingerprint(roots, known)


def fingerprint(roots: Iterable[Path], begin: str = "", *, hidden: bool = False) -> str:
    """Return the hash of files and folders, names and bytes; the same wherever they stand.

    Caches are left out, and unless `hidden` files whose name begins with a dot, which among sources
    are editors' own; what a link points to counts. `begin` is what else goes into the hash.
    """
    total = hashlib.sha256(begin.encode())
    for root in roots:
        begins = len(str(root)) + 1
        for path in _files(root, hidden):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            name = path.as_posix()[begins:]
            total.update(f"{name}\0{content}\n".encode())
        total.update(b"\0")
    return total.hexdigest()


def _files(root: Path, hidden: bool) -> Iterator[Path]:
    if root.is_file():
        yield root
        return

    def kept(names: Iterable[str]) -> list[str]:
        return sorted(n for n in names if n != "__pycache__" and (hidden or not n.startswith(".")))

    for folder, folders, names in os.walk(root, followlinks=True):
        folders[:] = kept(folders)
        yield from (Path(folder, n) for n in kept(names))


LOADED = fingerprint(packages(project_root()))


def library_is_as_loaded() -> bool:
    """Whether the package on disk still is what this process loaded."""
    return fingerprint(packages(project_root())) == LOADED


@cache
def libraries() -> str:
    """Return Python's version and the names and versions of all that is installed beside us."""
    installed = Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    return "\n".join([sys.version, *sorted(p.name for p in installed)])


def asked(
    root: Path,
    edition: str,
    settings: Sequence[str],
    *,
    pdf: bool,
    output: Path | None,
    work: Path | None,
) -> Asked:
    """Return what is asked, folders filled in: ``dist/<edition>`` and ``.build/<edition>``.

    An `InputError` when a name would lead out of these folders.
    """
    refuse_name(edition)
    target = (output or root / "dist" / edition).resolve()
    return Asked(root, edition, tuple(settings), pdf, target, work or root / ".build" / edition)


def refuse_name(name: Any) -> None:
    """Refuse, with an `InputError`, what cannot name an edition."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot name an edition, whose report is a folder of that name: letters, "
            "digits, hyphens, underscores and dots, the first no dot"
        )


def report_date(root: Path) -> int:
    """Return ``SOURCE_DATE_EPOCH``, else the time of the last commit, else 1 January 2026."""
    chosen = os.environ.get("SOURCE_DATE_EPOCH") or git(root, "log", "-1", "--format=%ct")
    return int(chosen or 1767225600)


def git(root: Path, *arguments: str) -> str:
    """Return what git says, empty where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
