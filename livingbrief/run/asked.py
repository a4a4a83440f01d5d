"""Which keys a project names: one that has no value is written where somebody asks for it."""

import re
from collections.abc import Iterable
from pathlib import Path

from livingbrief.brief import packages
from livingbrief.claims.claims import Claim
from livingbrief.errors import read_text
from livingbrief.values import results
from livingbrief.values.latest import LATEST, years_of
from livingbrief.values.results import Results

_PATH = re.compile(r"[a-z]\w*(?:\.(?:\w+|\{year\}))+")
#: How a path goes on that asks for whichever year has a value.
_ANY_YEAR = (LATEST, ".since", ".{year}")


def texts_of(root: Path) -> list[Path]:
    """Return the files that may name keys: pages, records, translations, chapters."""
    book = [p for kind in ("*.md", "*.yml") for p in sorted((root / "book").rglob(kind))]
    chapters = sorted((root / "notebooks").glob("*.ipynb"))
    return [p for p in book if p.name != "results.yml"] + chapters


def named(root: Path) -> frozenset[str]:
    """Return all paths that the files and the code of a brief name, with their beginnings."""
    code = [p for folder in packages(root)[1:] for p in sorted(folder.rglob("*.py"))]
    found: set[str] = set()
    for path in (*texts_of(root), *code):
        found.update(_PATH.findall(read_text(path)))
    parts = [path.split(".") for path in found]
    return frozenset(".".join(each[:end]) for each in parts for end in range(1, len(each) + 1))


def read_by(ledger: Iterable[Claim], root: Path) -> dict[str, list[str]]:
    """Return the notebooks that claims read, as ``results.yml`` has it, and the keys of each."""
    keys = sorted({key for claim in ledger for key in claim.keys})
    found = {}
    for name, described in sorted(results.load(root / "book" / "results.yml").items()):
        shapes = [results.shape(family) for each in described for family in each.families()]
        if own := [key for key in keys if any(shape.fullmatch(key) for shape in shapes)]:
            found[name] = own
    return found


def kept(numbers: Results, names: frozenset[str]) -> dict[str, results.Number]:
    """Return numbers without those that have no value and that nobody names.

    Parameters
    ----------
    numbers : mapping
        Key to entry, as a notebook records them.
    names : frozenset of str
        From `named`. A path that asks for the latest year names the newest of its keys, where none
        has a value.
    """
    found = {k: n for k, n in numbers.items() if n.value is not None or k in names}
    for stem in {key.rpartition(".")[0] for key in numbers}:
        if any(stem + end in names for end in _ANY_YEAR) and not years_of(found, stem):
            years = years_of(numbers, stem)
            found |= {key: numbers[key] for key in [years[max(years)]]} if years else {}
    return dict(sorted(found.items()))
