"""Rates at a poverty line that may have moved: which years are joined, and what is said of it."""

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from livingbrief.values.values import Values
from livingbrief.wording import years_in_words
from remitrisk.printings import FOLLOWS_PRICES, PERHAPS_ANEW, SET_ANEW

#: No statement of the publisher was found: what the figures show is said with that much care.
SURELY = "almost certainly set anew"


def anew(status: pd.Series, years: Iterable[int]) -> list[int]:
    """Return the years, after the first of `years`, in which the poverty line was set anew."""
    return [y for y in sorted(years)[1:] if status.get(y) == SET_ANEW]


def joins(
    status: pd.Series, rates: Values, *, mark: bool = True, words: bool = False
) -> dict[str, Any]:
    """Return how `charts.lines` joins rates of two years only as far as they are at one line.

    By `Data.poverty_line_status` (where it is empty all years are joined): ``dotted`` where the
    line may have been set anew, ``breaks`` where it was or nothing is known, ``events`` where it
    was. `mark` a new line across the panels; `words` beside the mark say what it is.
    """
    if status.empty or not rates:
        return {}
    kept = (*FOLLOWS_PRICES, PERHAPS_ANEW)
    apart = [y for y in rates.years if status.get(y) not in kept]
    loose = [y for y in rates.years if status.get(y) == PERHAPS_ANEW]
    told = f"line {SURELY}".replace(" set", "\nset") if words else ""
    return {
        "breaks": dict.fromkeys(rates.names, apart),
        "dotted": dict.fromkeys(rates.names, loose),
        "events": {y - 0.5: told for y in anew(status, rates.years)} if mark else {},
    }


def note(status: pd.Series, rates: Values, *, mark: bool = True) -> str:
    """Return how a figure of rates says what became of the line, for the end of its note.

    Empty where the line only followed prices. Without `mark` the figure has only a gap where the
    line is new; see `joins`.
    """
    loose = any(status.get(y) == PERHAPS_ANEW for y in rates.years[1:])
    if new := anew(status, rates.years):
        shown = "dashed" if mark else "not joined"
        end = "; dotted: it may have been" if loose else ""
        return f" The poverty line was {SURELY} in {years_in_words(new)} ({shown}){end}."
    return " Dotted: the poverty line may have been set anew." if loose else ""


def a_day(label: str) -> str:
    """Return the line that a label names, "US$ 4.20 a day"; the label where it names none."""
    found = re.search(r"\$(\d+\.\d+) a day", label)
    return f"US$\u00a0{found[1]} a day" if found else label
