"""Say in Markdown what moves between two reports: ``python tools/moves.py OLD NEW``.

The checks of a pull request write it into their summary: numbers that are printed otherwise,
verdicts with the figures that turned them, and statements that say something else.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from livingbrief.claims.claims import Judged, diff
from livingbrief.claims.findings import Stated
from livingbrief.escape import markdown
from livingbrief.records import read_as
from livingbrief.run.moved import printed
from livingbrief.values.results import Number

Item = TypeVar("Item")
#: What stands for what a report does not say.
ABSENT = "–"


def read(shape: type[Any], report: Path, name: str) -> dict[str, Any]:
    """Return what a file of a report holds, by key or id."""
    found = read_as(shape, report / f"{name}.json")
    return found if isinstance(found, dict) else {item.id: item for item in found}


def moved(
    old: Mapping[str, Item], new: Mapping[str, Item], said: Callable[[Item], str]
) -> list[tuple[str, ...]]:
    """Return the key of each that is said otherwise, with what was said and what is."""
    every = sorted({*old, *new})
    rows = [(k, *(said(of[k]) if k in of else ABSENT for of in (old, new))) for k in every]
    return [row for row in rows if row[1] != row[2]]


def table(title: str, heads: str, rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield a heading with the number of rows, and the rows."""
    yield f"\n### {title}: {len(rows):,}\n"
    if rows:
        yield f"| {heads} |\n|{'---|' * len(rows[0])}"
        yield from (f"| {' | '.join(map(markdown, row))} |" for row in rows)


def lines(old: Path, new: Path) -> Iterator[str]:
    """Yield what moves between the reports of two folders."""
    files = {"results": dict[str, Number], "claims": list[Judged], "findings": list[Stated]}
    results, claims, findings = (
        [read(shape, report, name) for report in (old, new)] for name, shape in files.items()
    )
    why = {flip.id: flip.why for flip in diff(*(of.values() for of in claims))}
    texts = {key: item.claim for of in claims for key, item in of.items()}
    verdicts = moved(*claims, lambda item: item.verdict.replace("_", " "))
    yield f"## What moves in the edition {markdown(new.name)}"
    yield from table("Numbers", "key | was | is", moved(*results, printed))
    rows = [(f"{key}: {texts[key]}", was, now, why.get(key, "")) for key, was, now in verdicts]
    yield from table("Verdicts", "claim | was | is | because", rows)
    rows = moved(*findings, lambda item: f"{item.template} ({item.outcome})")
    yield from table("Statements", "statement | was | is", rows)


if __name__ == "__main__":
    print("\n".join(lines(*map(Path, sys.argv[1:3]))))
