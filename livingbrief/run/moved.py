"""Which headline numbers moved since the last report, and since the time of the brief."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from livingbrief.data.catalog import Catalog
from livingbrief.run.editions import Edition
from livingbrief.run.steps import read_json
from livingbrief.values.latest import Results
from livingbrief.values.numbers import WITHOUT_VALUE
from livingbrief.values.results import WITH_VALUE

RECENT = 3
#: What stands for a key that a report does not have.
_ABSENT: Mapping[str, Any] = {"value": None, "text": WITHOUT_VALUE["no_data"], "status": "no_data"}


def moved_numbers(
    catalog: Catalog, last_report: Path, results: Results, edition: Edition
) -> list[dict[str, str]] | None:
    """Compare headline numbers with those of the report that is replaced, as `moved_between`.

    None if there is no earlier report of this country to compare with.
    """
    book, old = left(last_report, "book"), left(last_report, "results")
    if book is None or old is None or book["edition"]["country"] != edition.country:
        return None
    return moved_between(catalog, old, results, edition.last_year)


def moved_between(
    catalog: Catalog, old: Results, results: Results, last_year: int
) -> list[dict[str, str]]:
    """Compare the headline numbers of the three years to `last_year`.

    Gives for each that reads otherwise ``key``, ``label``, ``from`` and ``to`` as printed.
    """
    moved = []
    for pattern, label in catalog.brief.headlines:
        for year in range(last_year, last_year - (RECENT if "{year}" in pattern else 1), -1):
            key = pattern.format(year=year)
            both = [of.get(key, _ABSENT) for of in (old, results)]
            was, now = map(_printed, both)
            if was != now and any(entry["value"] is not None for entry in both):
                told = {"label": label.format(year=year), "from": was, "to": now}
                moved.append({"key": key, **told})
    return moved


def last_run(book: Mapping[str, Any], edition: Edition) -> str:
    """Say which parameters of the last report were others; empty if none were or there is none."""
    was, now = book.get("edition", {}), edition.model_dump(exclude={"name", "title"})
    others = [f"`{key}`" for key in now if was and (was.get(key) or None) != (now[key] or None)]
    return f"The last report was run with another {' and '.join(others)}." if others else ""


def left(report: Path, name: str) -> Any:
    """Read a file that a report holds; None if it does not hold it whole."""
    with suppress(FileNotFoundError, ValueError):
        return read_json(report / f"{name}.json")
    return None


def _printed(entry: Mapping[str, Any]) -> str:
    soft = entry["status"] in WITH_VALUE and entry["status"] != "final"
    return f"{entry['text']} ({str(entry['status']).replace('_', ' ')})" * soft or entry["text"]
