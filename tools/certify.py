"""Build each edition twice from nothing, compare all files, and write a page to be signed.

``make certify`` (``python tools/certify.py [page]``). The second build has another folder, time
zone, locale and order of hashes. What is in ``dist`` is left alone.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

OTHERWISE = {"TZ": "Asia/Bishkek", "LC_ALL": "C", "PYTHONHASHSEED": "87"}
#: Folders of a report that have one hash; every other file has its own.
WHOLE = ("html", "figures", "notebooks")
SIGN = """
The hash of several files is that of their list as `sha256sum` writes it, sorted by name, with names
from the folder of the report.

## To be filled in by who ran it

- I have no part in this project: yes / no
- I cloned it from (address), and checked out the commit above:
- I ran (`make setup`, then the command above; others):
- The hashes of my run are those above, or differ in:
- Name, institution, date:
- Signature (or the address of a signed copy):
"""


def hashes(folder: Path) -> dict[str, str]:
    """Return the hash of each file in a folder by its name, sorted."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths
    }


def of_list(files: Mapping[str, str]) -> str:
    """Return the hash of a list of files as ``sha256sum`` writes it."""
    text = "".join(f"{found}  {name}\n" for name, found in sorted(files.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def built_twice(root: Path, edition: str) -> dict[str, str]:
    """Build an edition twice; return the hashes of its files, or end where they differ."""
    found = []
    for number, env in ((1, {}), (2, OTHERWISE)):
        target = root / ".build" / "certify" / f"report-{number}" / edition
        command = [sys.executable, "-m", "livingbrief", "build", "--edition", edition]
        command += ["--output", str(target), "--work", str(target.with_name(f"work-{edition}"))]
        subprocess.run(command, env={**os.environ, **env}, cwd=root, check=True)
        found.append(hashes(target))
    one, two = found
    if differing := sorted(n for n in {*one, *two} if one.get(n) != two.get(n)):
        sys.exit(f"two builds of '{edition}' differ in {', '.join(differing)}; see .build/certify")
    return one


def page(root: Path, editions: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield the lines of the page."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
        ).stdout.strip()

    changed = " (with changes that are not committed)" if git("status", "--porcelain") else ""
    yield "# Built twice, the same bytes\n"
    yield "Written by `make certify`, which has compared all files of two builds from nothing."
    yield "\n| what was built from | |\n|---|---|"
    yield f"| commit | `{git('rev-parse', 'HEAD') or 'no repository'}`{changed} |"
    for name in ("data/datapackage.json", "requirements.lock"):
        yield f"| `{name}` | `{hashlib.sha256((root / name).read_bytes()).hexdigest()}` |"
    python = sys.version.split()[0]
    yield f"| built on | {platform.system()} {platform.machine()}, Python {python} |"
    for edition, files in editions.items():
        yield f"\n## Edition {edition}\n\nAll {len(files):,} files: `{of_list(files)}`"
        yield "\n| file or folder | files | SHA-256 |\n|---|---:|---|"
        for folder in WHOLE:
            inside = {n: h for n, h in files.items() if n.startswith(f"{folder}/")}
            yield f"| `{folder}/` | {len(inside):,} | `{of_list(inside)}` |"
        yield from (f"| `{n}` | 1 | `{h}` |" for n, h in files.items() if "/" not in n)
    yield SIGN


if __name__ == "__main__":
    from livingbrief.paths import project_root
    from livingbrief.run.editions import edition_names

    here = project_root()
    shutil.rmtree(here / ".build" / "certify", ignore_errors=True)
    made = {name: built_twice(here, name) for name in edition_names(here)}
    target = Path(sys.argv[1] if len(sys.argv) > 1 else here / "certificate.md")
    target.write_text("\n".join(page(here, made)), encoding="utf-8")
    print(f"{target} is ready to be signed")
