"""Which headline numbers moved since the time of the brief."""

from collections.abc import Mapping
from typing import Any

from livingbrief.data.catalog import Catalog
from livingbrief.values.latest import Results
from livingbrief.values.numbers import WITHOUT_VALUE
from livingbrief.values.results import WITH_VALUE

RECENT = 3
#: What stands for a key that a report does not have.
_ABSENT: Mapping[str, Any] = {"value": None, "text": WITHOUT_VALUE["no_data"], "status": "no_data"}


def moved_between(
    catalog: Catalog, old: Results, results: Results, last_year: int
) -> list[dict[str, str]]:
    """Compare the headline numbers of the three years to `last_year`.

    Gives for each that reads otherwise ``key``, ``label``, ``from`` and ``to`` as printed.
    """
    moved = []
    for pattern, label in catalog.brief.headlines if old else ():
        for year in range(last_year, last_year - (RECENT if "{year}" in pattern else 1), -1):
            key = pattern.format(year=year)
            both = [of.get(key, _ABSENT) for of in (old, results)]
            was, now = map(printed, both)
            if was != now and any(entry["value"] is not None for entry in both):
                moved.append({"key": key, "label": label.format(year=year), "from": was, "to": now})
    return moved


def printed(entry: Mapping[str, Any]) -> str:
    """Return a result as it is printed, with its status where it has a value that is not final."""
    soft = entry["status"] in WITH_VALUE and entry["status"] != "final"
    return f"{entry['text']} ({str(entry['status']).replace('_', ' ')})" * soft or entry["text"]
