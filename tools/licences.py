"""Write docs/LICENCES.md: what requirements.lock names, and the licences in their metadata.

    python tools/licences.py

`make lock` ends with this. What the lock names for another Python or system alone is not installed
here; its licence is taken from the page of before, and asked for where that has none.
"""

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = Path("docs", "LICENCES.md")
UNKNOWN = "not stated in its metadata"
_LOCKED = re.compile(r"(?m)^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)(?: ; ([^\\\n]+?))? ?\\?$")
_ROW = re.compile(r"(?m)^\| ([\w.-]+) \| ([^ |]+) \| (.+?) \| ")
HEAD = """# Licences of what is used

Written by `make lock` (`tools/licences.py`) from `requirements.lock` and the metadata of what it \
names. The project's own code is MIT, its text CC BY 4.0; the data have their own terms: \
[LICENSE-DATA.md](../LICENSE-DATA.md). Nothing here is copied into the repository; a report \
carries the theme's style sheets and scripts.

| package | version | licence, as its metadata state it | only where |
|---|---|---|---|
"""


def licence(of: metadata.PackageMetadata) -> str:
    """Return the licence that metadata state, in as few words as they do."""
    classes = [c for c in of.get_all("Classifier") or [] if c.startswith("License :: ")]
    named = dict.fromkeys(c.split(" :: ", 1)[1].removeprefix("OSI Approved :: ") for c in classes)
    words = (of.get("License") or "").strip()
    short = words if "\n" not in words and len(words) < 60 else ""
    return of.get("License-Expression") or " or ".join(named) or short or UNKNOWN


def rows(lock: str, before: str) -> Iterator[str]:
    """Yield a row for each entry of a lock; `before` is the page of before."""
    known = {(n, v): told for n, v, told in _ROW.findall(before)}
    for dist in metadata.distributions():
        name = re.sub(r"[-_.]+", "-", dist.metadata["Name"]).lower()
        known[name, dist.version] = licence(dist.metadata).replace("|", "\\|")
    for name, version, marker in _LOCKED.findall(lock):
        if (name, version) not in known:
            raise SystemExit(f"{PAGE}: write a row for {name} {version}, not installed here")
        where = f"`{marker.strip()}`" if marker else ""
        yield f"| {name} | {version} | {known[name, version]} | {where} |\n"


def page(root: Path = ROOT) -> str:
    """Return the page as it has to be."""
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    return HEAD + "".join(rows(lock, (root / PAGE).read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit((ROOT / PAGE).write_text(page(), encoding="utf-8") == 0)
