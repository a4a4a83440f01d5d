"""Numbers with their nouns, and lists in which nothing is said twice, for messages and pages."""

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

#: What a verdict comes to, one of `LOOKS`, and the one way in which readers read it, wherever
#: it stands; in the order in which verdicts are listed.
_VERDICTS = {
    "supported": ("holds", "holds"),
    "confirmed": ("holds", "holds, by its source"),
    "in_part": ("in_part", "holds in part"),
    "no_longer": ("no_longer", "was true, no longer"),
    "depends_on_measure": ("depends", "depends on the measure"),
    "not_then": ("depends", "came true later"),
    "contradicted": ("wrong", "wrong"),
    "misread": ("wrong", "wrong, by its source"),
    "not_testable": ("unchecked", "cannot be checked"),
    "unconfirmed": ("unchecked", "cannot be checked, source not found"),
}
GROUP_OF = {verdict: group for verdict, (group, _) in _VERDICTS.items()}
VERDICT_WORDS = {verdict: words for verdict, (_, words) in _VERDICTS.items()}


class Look(NamedTuple):
    """How what a verdict comes to is shown; sign and height, so that colour is never alone.

    `height`: of its bar in a strip, and `bar`, what that says; 0 where no strip has one.
    """

    sign: str
    words: str
    colour: str
    height: int = 0
    bar: str = ""

    @property
    def light(self) -> str:
        """The colour half-way to white, for a dark page."""
        parts = (int(self.colour[i : i + 2], 16) for i in (1, 3, 5))
        return f"#{''.join(f'{(part + 255) // 2:02x}' for part in parts)}"


#: By what a verdict comes to, `livingbrief.claims.claims.Group`, on screens and on paper.
LOOKS = {
    "holds": Look("●", "holds", "#12436d", 14, "it held"),
    "in_part": Look("◐", "holds in part", "#1f6f68"),
    "no_longer": Look("○", "was true, no longer", "#5f4b8b", 6, "it was true and no longer is"),
    "depends": Look("◇", "depends", "#8a4b0f", 10, "it depends"),
    "wrong": Look("✕", "wrong", "#801650", 4, "it was wrong"),
    "unchecked": Look("?", "cannot be checked", "#5c5c5c", 2, "too close to call"),
}


def capital(text: str) -> str:
    """Begin a text with a capital letter; some economies have an article before their name."""
    return f"{text[:1].upper()}{text[1:]}"


def today() -> date:
    """Return the day on which a report is made, after which no vintage can be dated."""
    return date.today()


def long_date(text: str) -> str:
    """Write an ISO date, or its month or year, in words: ``2022-07-19`` is 19 July 2022."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return text
    day = date(parts[0], parts[1], parts[2] if len(parts) == 3 else 1)
    return f"{day.day} {day:%B %Y}" if len(parts) == 3 else f"{day:%B %Y}"


def years_in_words(years: Iterable[int]) -> str:
    """Write years as ``2011, 2013 to 2015 and 2020``."""
    parts: list[object] = []
    for run in spells(years):
        parts += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else run
    return enumerated(parts)


def format_value(value: float | int, digits: int, *, sign: bool = False) -> str:
    """Format a number with thousands separators, a true minus and, if wanted, a plus sign."""
    rounded = round(float(value), digits)
    body = f"{abs(rounded):,.{digits}f}"
    if rounded < 0:
        return f"\u2212{body}"
    return f"+{body}" if sign and rounded > 0 else body


def counted(count: int, one: str) -> str:
    """Return a count with its noun, given in the singular: ``1 row`` or ``1,200 rows``."""
    many = re.sub(r"(?<=[^aeou])y$", "ie", one) + "s"
    return f"{count:,} {one if count == 1 else many}"


def listed(items: Iterable[object], shown: int = 5) -> str:
    """Write the first items of a list, and how many more there are."""
    texts = [str(i) for i in items]
    more = f" and {len(texts) - shown} more" if len(texts) > shown else ""
    return ", ".join(texts[:shown]) + more


def enumerated(parts: Iterable[object], joint: str = "and") -> str:
    """Return ``a, b and c``, empty for none; `joint`: the "and" of another language."""
    *first, last = map(str, parts) if (parts := [*parts]) else [""]
    return f"{', '.join(first)} {joint} {last}" if first else last


def spells(years: Iterable[int]) -> list[list[int]]:
    """Part years into those that follow each other."""
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return runs
