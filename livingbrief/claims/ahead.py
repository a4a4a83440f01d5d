"""Whether a verdict that looks back stands on anything that was printed after its day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from livingbrief.values.values import DATE

Results = Mapping[str, Mapping[str, Any]]


def later_numbers(results: Results, known_at: str) -> Iterator[str]:
    """Yield a line for each number that cites a later vintage and does not say so."""
    for key, entry in results.items():
        if (day := _last_day(entry)) > known_at and entry["status"] != "printed_later":
            yield (
                f"'{key}' is {entry['text']} ({entry['status']}), printed on {day}, after "
                f"{known_at}: only what is marked as printed later may be"
            )


def later_measures(
    judged: Iterable[Mapping[str, Any]], results: Results, known_at: str
) -> tuple[list[str], list[str]]:
    """Find the measures that stand on what was printed after a day.

    Parameters
    ----------
    judged : iterable of dict
        As `livingbrief.claims.claims.evaluate` returns them, of an edition that looks back.
    results : mapping
        Its ``results.json``.
    known_at : str
        The day.

    Returns
    -------
    wrong, shown : list of str
        A line for each that decides all the same, and for each that is shown and decides nothing:
        claim, measure, value and both dates.
    """
    wrong: list[str] = []
    shown: list[str] = []
    for claim in judged:
        for measure in claim["measures"]:
            keys = [measure["key"], *([measure["than"]["key"]] if measure["than"] else [])]
            for key in keys:
                day = _last_day(results[key])
                if day > known_at:
                    decides = measure["verdict"] != "missing"
                    (wrong if decides else shown).append(
                        f"{claim['id']}, “{measure['label']}”: {key} is {results[key]['text']}, "
                        f"printed on {day}, after {known_at}"
                    )
    return wrong, shown


def _last_day(entry: Mapping[str, Any]) -> str:
    """Return the last day that the vintages of a number name; empty for one without a value."""
    if entry["value"] is None:
        return ""
    told = " ".join(s["vintage"] for s in entry["sources"])
    return max(DATE.findall(told), default="")
