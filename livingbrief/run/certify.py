"""Two builds from nothing are compared, and their hashes stand on a page that an outsider signs."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from livingbrief.brief import brief
from livingbrief.data.access import open_catalog
from livingbrief.data.check import check_package
from livingbrief.errors import BuildError
from livingbrief.run import steps
from livingbrief.run.seal import git
from livingbrief.wording import counted

#: What the second build finds otherwise than the first, beside its folder.
OTHERWISE = {"TZ": "Asia/Bishkek", "LC_ALL": "C", "PYTHONHASHSEED": "87"}
#: Folders of a report that have one hash; every other file has its own.
_WHOLE = ("html", "figures", "notebooks")
_SHOWN = 10
Build = Callable[[str, str, Path, Mapping[str, str]], None]


@dataclass(frozen=True)
class Built:
    """One edition, built twice with the same bytes: its files' hashes by their names."""

    edition: str
    files: Mapping[str, str]

    @property
    def whole(self) -> str:
        """Hash of the list of all files, as ``sha256sum`` writes it, sorted by name."""
        return _of_list(self.files)

    def rows(self) -> Iterator[tuple[str, int, str]]:
        """Give each file, and each folder that has one hash, with its number of files."""
        for folder in _WHOLE:
            inside = {n: h for n, h in self.files.items() if n.startswith(f"{folder}/")}
            if inside:
                yield f"{folder}/", len(inside), _of_list(inside)
        for name, found in self.files.items():
            if "/" not in name:
                yield name, 1, found


def certify(
    root: Path,
    editions: Sequence[str],
    page: Path,
    *,
    build: Build | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> list[Built]:
    """Build each edition twice from nothing, compare, and write the page.

    The second build runs in another folder, time zone, locale and order of hashes. What is in
    ``dist`` is left alone.

    Parameters
    ----------
    page : Path
        Where the page goes; only written if all is the same.
    build : callable, optional
        Builds an edition (name, name of the folder to work in, target, environment); by the
        command ``build`` in a process of its own without it.

    Raises
    ------
    BuildError
        When the data package is not sound, a build fails, or two builds differ.
    """
    if problems := check_package(root):
        raise BuildError("the data package is not sound:\n" + "\n".join(map(str, problems)))
    place = root / ".build" / "certify"
    shutil.rmtree(place, ignore_errors=True)
    done = []
    for edition in editions:
        found = []
        for number, env in ((1, {}), (2, OTHERWISE)):
            say(f"{edition}: build {number} of 2")
            target = place / f"report-{number}" / edition
            (build or _by_command(root))(edition, f"certify/{number}-{edition}", target, env)
            found.append(hashes(target))
        _refuse_difference(edition, *found)
        done.append(Built(edition, found[0]))
        say(f"{edition}: {counted(len(found[0]), 'file')}, the same bytes twice")
    page.write_text("\n".join(_page(root, done)) + "\n", encoding="utf-8")
    return done


def hashes(folder: Path) -> dict[str, str]:
    """Return the hash of each file in a folder by its name, sorted."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): steps.sha256_of(p) for p in paths}


def _of_list(files: Mapping[str, str]) -> str:
    text = "".join(f"{found}  {name}\n" for name, found in sorted(files.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def _by_command(root: Path) -> Build:
    def run(edition: str, work: str, target: Path, env: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "livingbrief", "build", "--edition", edition]
        command += ["--output", str(target), "--work-name", work]
        given = {**os.environ, "LIVINGBRIEF_ROOT": str(root), **env}
        done = subprocess.run(command, env=given, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(done.stderr.strip().removeprefix("error: "))

    return run


def _refuse_difference(edition: str, one: Mapping[str, str], two: Mapping[str, str]) -> None:
    differing = sorted(name for name in {*one, *two} if one.get(name) != two.get(name))
    if differing:
        more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
        raise BuildError(
            f"two builds of '{edition}' differ in {counted(len(differing), 'file')}: "
            f"{', '.join(differing[:_SHOWN])}{more}; they stand in .build/certify to be compared, "
            "and no page was written"
        )


def _page(root: Path, done: Sequence[Built]) -> Iterator[str]:
    lock, catalog = root / "requirements.lock", open_catalog(root)
    commit = git(root, "rev-parse", "HEAD") or "no repository"
    changed = " (with changes that are not committed)" if git(root, "status", "--porcelain") else ""
    python = ".".join(map(str, sys.version_info[:3]))
    yield f"# {brief().name} {brief().version}: built twice, the same bytes"
    yield ""
    yield (
        f"Written by `{brief().name} certify`: each edition was built twice from nothing, the "
        "second time in another folder, time zone, locale and order of hashes, and each file has "
        "the same bytes. The command has compared them; below it an outsider says what was done "
        "and signs."
    )
    yield from ("", "| what was built from | |", "|---|---|")
    yield f"| commit | `{commit}`{changed} |"
    yield f"| data package | {counted(len(catalog.resources), 'file')}, each as its recorded hash |"
    yield f"| `data/datapackage.json` | `{steps.sha256_of(catalog.folder / 'datapackage.json')}` |"
    yield f"| `requirements.lock` | `{steps.sha256_of(lock) if lock.is_file() else 'none'}` |"
    yield f"| built on | {platform.system()} {platform.machine()}, Python {python} |"
    for built in done:
        yield from ("", f"## Edition {built.edition}", "")
        yield f"All {len(built.files):,} files: `{built.whole}`"
        yield from ("", "| file or folder | files | SHA-256 |", "|---|---:|---|")
        yield from (f"| `{name}` | {n:,} | `{found}` |" for name, n, found in built.rows())
    yield from ("", "The hash of several files is that of their list as `sha256sum` writes it,")
    yield "sorted by name, with names from the folder of the report."
    yield from ("", "## To be filled in by who ran it", "")
    yield "- I have no part in this project: yes / no"
    yield "- I cloned it from (address), and checked out the commit above:"
    yield "- I ran (`make setup`, then the command above; others):"
    yield "- The hashes of my run are those above, or differ in:"
    yield "- Name, institution, date:"
    yield "- Signature (or the address of a signed copy):"
