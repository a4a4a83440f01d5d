"""Small counts: exact intervals, rates, and what may be published.

Counts of detected or assisted people are small, and each stands for a person. Intervals here
are exact, never asymptotic, and a table that splits people into cells is checked before it
leaves a notebook.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.rates import confint_poisson

from livingbrief.errors import BuildError
from livingbrief.values.values import Values

MINIMUM_CELL = 10


class DisclosureError(BuildError):
    """A table would publish a cell small enough to point at a person."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval, in the same unit."""

    estimate: float
    low: float
    high: float
    level: float

    @property
    def bounds(self) -> list[float]:
        """``[low, high]``, as recorded in ``results.json``."""
        return [self.low, self.high]


@dataclass(frozen=True)
class CountBounds:
    """A count known only to lie between two whole numbers."""

    low: int
    high: int

    @property
    def exact(self) -> bool:
        """Whether the count is known exactly."""
        return self.low == self.high

    @property
    def text(self) -> str:
        """The count as printed: ``"7"`` or ``"1–4"``."""
        return f"{self.low:,}" if self.exact else f"{self.low:,}\u2013{self.high:,}"

    @property
    def at_least(self) -> str:
        """The count as printed where the upper bound is an allowance, ``"at least 91"``."""
        return self.text if self.exact else f"at least {self.low}"

    def recorded(self, unit: str = "", *, chance: bool = False) -> dict[str, Any]:
        """What a notebook records: the smallest value, the bounds if they differ, and the text.

        With `chance`, also the number counted, and the exact 95 % interval of an exact count.
        """
        told: dict[str, Any] = {
            "value": self.low,
            "interval": None if self.exact else [self.low, self.high],
            "text": f"{self.text}\u00a0{unit}".rstrip(),
        }
        if chance:
            told["n"] = self.low
            if self.exact:
                told |= {"interval": garwood(self.low).bounds, "level": 0.95}
        return told


@dataclass(frozen=True)
class Disclosure:
    """The verdict on one table, a line for each cell, complement or remainder that is too small."""

    safe: bool
    problems: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.safe


def exact(counts: Values, level: float = 0.95) -> tuple[Values, Values]:
    """Return the ends of the exact (Garwood) interval of each count; see `garwood`."""
    found = counts.frame.map(lambda n: None if pd.isna(n) else garwood(int(n), level))
    low, high = (
        found.map(lambda one, end=end: np.nan if one is None else getattr(one, end))
        for end in ("low", "high")
    )
    return Values.of(low), Values.of(high)


def pooled(frame: pd.DataFrame, by_year: Values, keys: Sequence[str]) -> Values:
    """Return counts of several years together, once `assert_publishable` lets them pass.

    `frame` has a row for each class, purpose, persons, first_year and last_year of the pool;
    `by_year` is the whole, to which they add up; `keys` are what to call the classes.
    """
    years = frame[["first_year", "last_year"]].iloc[0]
    whole = by_year.series.loc[years.iloc[0] : years.iloc[1]].sum()
    assert_publishable(frame.set_index("purpose")["persons"], "Detected people", total=whole)
    persons = frame["persons"].set_axis(list(keys)).rename_axis("purpose")
    return Values.of(persons, unit="persons", sources=[frame.attrs["source"]])


def garwood(count: int, level: float = 0.95) -> Interval:
    """Exact (Garwood) interval of a Poisson mean; ValueError for what is no count.

    The lower bound is the mean at which `count` or more has probability (1 - level) / 2, the upper
    bound the mean at which `count` or fewer has that probability (Garwood 1936, Biometrika 28).
    """
    n = _whole(count)
    low, high = confint_poisson(n, 1, method="exact-c", alpha=1 - level)
    return Interval(float(n), float(low), float(high), level)


def rate(
    count: int | CountBounds, exposure: float, *, per: float = 10_000, level: float = 0.95
) -> Interval:
    """Events per `per` units of an exposure above zero, with the exact interval of the count.

    Of `CountBounds` the estimate is that of the lowest count, and the interval runs from its lower
    limit to the upper limit of the highest.
    """
    if not exposure > 0:
        raise ValueError(f"an exposure of {exposure} has no rate")
    bounds = count if isinstance(count, CountBounds) else CountBounds(count, count)
    scale = per / exposure
    low, high = garwood(bounds.low, level).low, garwood(bounds.high, level).high
    return Interval(bounds.low * scale, low * scale, high * scale, level)


def publishable(
    table: pd.Series | pd.DataFrame,
    *,
    total: float | pd.Series | None = None,
    minimum: int = MINIMUM_CELL,
) -> Disclosure:
    """Judge whether a split of people into cells may be published.

    A cell, zero included, must not be smaller than `minimum`; nor may what is left when a cell is
    taken from its total, nor what is left of the total when all printed cells are taken away
    (unless nothing is left), because a reader can subtract. A Series is one split of one total; in
    a DataFrame each row is a split, with totals in a Series. Counts known as intervals stand with
    their lower bounds; NaN is a cell that is not printed. Without `total` it is the sum of the
    printed cells.
    """
    frame = table.to_frame().T if isinstance(table, pd.Series) else table
    if isinstance(total, pd.Series):
        totals = total.reindex(frame.index)
    else:
        totals = pd.Series(np.nan if total is None else float(total), index=frame.index)
    problems: list[str] = []
    for (label, row), whole in zip(frame.iterrows(), totals, strict=True):
        name = "" if isinstance(table, pd.Series) else f" in {label}"
        problems += [f"{p}{name}" for p in _problems(row.dropna(), whole, minimum)]
    return Disclosure(not problems, tuple(problems))


def assert_publishable(
    table: pd.Series | pd.DataFrame,
    what: str,
    *,
    total: float | pd.Series | None = None,
    minimum: int = MINIMUM_CELL,
) -> None:
    """Stop the notebook when a split of people has a cell that is too small; see `publishable`.

    DisclosureError names `what` the table shows, how many cells are too small and their labels,
    never their values.
    """
    verdict = publishable(table, total=total, minimum=minimum)
    if not verdict:
        raise DisclosureError(
            f"{what} may not be published: {'; '.join(verdict.problems)}. No cell of a split by "
            f"person, form, place or detecting country may be under {minimum}, complements "
            "included: pool classes (pool_classes) or years, or leave the split out"
        )


def pool_classes(
    counts: pd.Series,
    *,
    total: float | None = None,
    into: str = "other or not stated",
    minimum: int = MINIMUM_CELL,
) -> pd.Series | None:
    """Pool the smallest classes of a split until every cell may be published.

    What the classes leave of a published `total` is pooled first; a class named `into` is the
    beginning of the pooled class, which comes last. None when fewer than two classes can be kept
    apart.
    """
    cells = counts.dropna()
    kept = cells.drop(into, errors="ignore").sort_values(ascending=False, kind="stable")
    pool = float(cells.get(into, 0.0))
    if total is not None:
        pool += float(total) - float(cells.sum())
    while len(kept) and (kept.iloc[-1] < minimum or 0 < pool < minimum):
        pool += float(kept.iloc[-1])
        kept = kept.iloc[:-1]
    out = kept.reindex([c for c in cells.index if c in kept.index])
    if pool > 0:
        out = pd.concat([out, pd.Series({into: pool})])
    return out if len(out) > 1 and publishable(out, minimum=minimum) else None


def _problems(cells: pd.Series, total: float, minimum: int) -> Sequence[str]:
    small = [f"cell '{label}' is under {minimum}" for label, v in cells.items() if v < minimum]
    printed = float(cells.sum())
    whole = printed if np.isnan(total) else float(total)
    left = whole - printed
    if left < 0:
        raise ValueError(f"the cells add up to {printed:g}, more than their total of {whole:g}")
    if 0 < left < minimum:
        small.append(f"what the total leaves beside the printed cells is under {minimum}")
    if left == 0 and len(cells) == 1 and not np.isnan(total):
        small.append(f"the complement of '{cells.index[0]}' is under {minimum}")
    return small


def _whole(count: float) -> int:
    n = int(count)
    if n != count or n < 0:
        raise ValueError(f"{count!r} is not a count")
    return n
