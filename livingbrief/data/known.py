"""When a figure could be known: dates of printing, and what stands in where none is held.

A value of an edition that looks back (``known_at``) is of one of three classes, which the vintage
of its source names: *dated*, printed on or before the day, as ``2023-05-10``; *unrevised*, known
from the end of its period plus a lag, as ``known by 2023-01-10``; *printed later*, today's value
where no printing of the time is held, as ``2025-08-15, printed later``.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from livingbrief.data.descriptor import Resource
from livingbrief.errors import DataError
from livingbrief.values.kinds import Kind
from livingbrief.values.values import DATE

#: Columns that say which period a row is about, the first that a table has.
PERIODS = ("year", "last_year", "ref_year", "period", "quarter")
_DAY = re.compile(r"((?:19|20)\d\d)(?:-(?:Q([1-4])|(\d\d)(?:-(\d\d))?))?(?![\d/-])")
_YEAR = re.compile(r"(?:19|20)\d\d")
NEVER = "9999-12-31"


@lru_cache(maxsize=4096)
def end_of(period: Any) -> str:
    """Return the last day of what a text names: a day, month, quarter or year; empty if nothing."""
    text = "" if pd.isna(period) else str(period)
    found = _DAY.search(text)
    if found is None:
        alone = _YEAR.search(text)
        return f"{alone[0]}-12-31" if alone else ""
    year, quarter, month, day = found.groups()
    if day:
        return f"{year}-{month}-{day}"
    last = int(month or 3 * int(quarter or 4))
    return f"{year}-{last:02}-{calendar.monthrange(int(year), last)[1]}"


@lru_cache(maxsize=4096)
def later_by(day: str, days: int) -> str:
    """Return the day so many days after another."""
    return (dt.date.fromisoformat(day) + dt.timedelta(days)).isoformat()


def known_from(periods: pd.Series, lag: int = 0) -> pd.Series:
    """Return the day from which figures on some periods can be known: their end plus a lag."""
    days = {p: end_of(p) for p in periods.unique()}
    return periods.map({p: later_by(d, lag) if d else NEVER for p, d in days.items()}).astype(str)


def period_of(frame: pd.DataFrame) -> pd.Series:
    """Return the periods that the rows of a table are about; empty texts where it names none."""
    name = next((c for c in PERIODS if c in frame), None)
    return pd.Series("", frame.index) if name is None else frame[name]


def printed_on(
    frame: pd.DataFrame, resource: Resource, others: Mapping[str, str] | None = None
) -> pd.Series:
    """Return the day on which each row of a table of single figures was printed, at the latest.

    Of its ``rows_dated`` the column ``by`` dates a row: by an entry of ``dates``, a source of the
    resource, or a day, month or year; ``undated_after_days`` dates the others from the end of their
    period. `others`: name to day, for rows of another table, apart by semicolons.
    """
    dated = resource.rows_dated
    if dated is None:
        raise DataError(f"{resource.name} does not say which column dates its rows")
    given = {**{s.id: s.stated_vintage for s in resource.sources}, **dated.dates}

    def day(name: Any) -> str:
        if others is not None:
            return max((others.get(n, NEVER) for n in str(name).split(";")), default=NEVER)
        return end_of(given.get(str(name), name))

    named = frame[dated.by]
    days = named.map({n: day(n) for n in named.unique()}).fillna("").astype(str)
    wait = dated.undated_after_days
    rest = NEVER if wait is None else known_from(period_of(frame), wait)
    return days.where(days != "", rest)


def weakest(vintages: Iterable[str]) -> Kind:
    """Return the least certain kind of some vintages."""
    found = {Kind.of(vintage) for vintage in vintages}
    return next(kind for kind in (Kind.LATER, Kind.UNREVISED, Kind.DATED) if kind in found)


def combined(vintages: Iterable[str]) -> str:
    """Write the vintages of the parts of a table as one; the least certain kind names it."""
    texts = list(vintages)
    dates, kind = sorted(DATE.findall(" ".join(texts))), weakest(texts)
    if kind is Kind.UNREVISED:
        return kind.cited(dates[-1])
    return kind.cited(dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}")
