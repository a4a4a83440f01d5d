"""Numbers with their nouns, and lists in which nothing is said twice, for messages and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: The one way in which readers are told a verdict, wherever it stands.
VERDICT_WORDS = {
    "supported": "holds",
    "confirmed": "holds, by its source",
    "in_part": "holds in part",
    "no_longer": "was true, no longer",
    "depends_on_measure": "depends on the measure",
    "not_then": "came true later",
    "contradicted": "wrong",
    "misread": "wrong, by its source",
    "not_testable": "cannot be checked",
    "unconfirmed": "cannot be checked, source not found",
}


def capital(text: str) -> str:
    """Begin a text with a capital letter; some economies have an article before their name."""
    return f"{text[:1].upper()}{text[1:]}"


def format_value(value: float | int, digits: int, *, sign: bool = False) -> str:
    """Format a number with thousands separators, a true minus and, if wanted, a plus sign."""
    rounded = round(float(value), digits)
    body = f"{abs(rounded):,.{digits}f}"
    if rounded < 0:
        return f"\u2212{body}"
    return f"+{body}" if sign and rounded > 0 else body


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun, ``1 row`` or ``1,200 rows``.

    Parameters
    ----------
    count : int
    one : str
        The noun in the singular.
    many : str
        Its plural, where an added s does not make it.
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(items: Iterable[object], shown: int = 5) -> str:
    """Write the first items of a list, and how many more there are."""
    texts = [str(i) for i in items]
    more = f" and {len(texts) - shown} more" if len(texts) > shown else ""
    return ", ".join(texts[:shown]) + more


def enumerated(parts: Iterable[object]) -> str:
    """Return ``a, b and c``."""
    *first, last = map(str, parts)
    return f"{', '.join(first)} and {last}" if first else last


def spells(years: Iterable[int]) -> list[list[int]]:
    """Part years into those that follow each other."""
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return runs


def by_what(lacks: Iterable[Mapping[str, Any]]) -> dict[str, tuple[list[str], str]]:
    """Gather what an edition lacks, so that each thing is named once.

    Parameters
    ----------
    lacks : iterable of mapping
        ``notebook``, ``what`` and ``why``, as notebooks record them.

    Returns
    -------
    dict
        What is lacking to the notebooks that miss it, and what follows for them, in order.
    """
    found: dict[str, tuple[list[str], list[str]]] = {}
    for item in lacks:
        notebooks, whys = found.setdefault(item["what"], ([], []))
        notebooks += [n for n in (item["notebook"],) if n not in notebooks]
        whys += [w for w in (item["why"],) if w not in whys]
    return {what: (notebooks, " ".join(whys)) for what, (notebooks, whys) in found.items()}
