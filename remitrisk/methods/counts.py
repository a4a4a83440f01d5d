"""Small counts: exact intervals, rates, and what may be published.

Counts of detected or assisted people are small, and each stands for a person. Intervals here
are exact, never asymptotic, and a table that splits people into cells is checked before it
leaves a notebook.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.rates import confint_poisson

from livingbrief.errors import BuildError
from livingbrief.values.values import Values

MINIMUM_CELL = 10
LEVEL = 0.95
#: Migrants to whom a rate is set.
PER = 10_000


class DisclosureError(BuildError):
    """A table would publish a cell small enough to point at a person."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95% interval, in the same unit."""

    estimate: float
    low: float
    high: float

    @property
    def bounds(self) -> list[float]:
        """``[low, high]``, as recorded in ``results.json``."""
        return [self.low, self.high]


@dataclass(frozen=True)
class CountBounds:
    """A count known to lie between two whole numbers; ValueError where they are in no order."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if not 0 <= _whole(self.low) <= _whole(self.high):
            raise ValueError(f"a count from {self.low} to {self.high} is none")

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

        With `chance`, also the number counted, and the exact 95% interval of an exact count.
        """
        told: dict[str, Any] = {
            "value": self.low,
            "interval": None if self.exact else [self.low, self.high],
            "text": f"{self.text}\u00a0{unit}".rstrip(),
        }
        if chance:
            told["n"] = self.low
            if self.exact:
                told |= {"interval": garwood(self.low).bounds, "level": LEVEL}
        return told


def exact(counts: Values) -> tuple[Values, Values]:
    """Return the ends of the exact (Garwood) interval of each count; see `garwood`."""
    found = counts.frame.map(lambda n: None if pd.isna(n) else garwood(int(n)))
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


def garwood(count: int) -> Interval:
    """Exact (Garwood) 95% interval of a Poisson mean; ValueError for what is no count.

    The lower bound is the mean at which `count` or more has probability 0.025, the upper bound the
    mean at which `count` or fewer has that probability (Garwood 1936, Biometrika 28).
    """
    n = _whole(count)
    low, high = confint_poisson(n, 1, method="exact-c", alpha=1 - LEVEL)
    return Interval(float(n), float(low), float(high))


def equal_p(one: float, other: float) -> float:
    """Exact two-sided p of two counts if one mean was expected of both; 1 where both are 0.

    Given their sum, each is then binomial with a share of a half (Przyborowski and Wilenski 1940,
    Biometrika 31). What is counted is taken to come one by one: people found together in one case
    vary more than this allows.
    """
    counted = _whole(one), _whole(other)
    return float(stats.binomtest(counted[0], sum(counted)).pvalue) if any(counted) else 1.0


def power(expected: float, times: float, alpha: float = 1 - LEVEL) -> float:
    """Return the chance that `equal_p` is at most `alpha` if the second count is `times` the first.

    `expected` is the mean of the first, a Poisson count; exact. ValueError where it is not above
    zero.
    """
    if not expected > 0:
        raise ValueError(f"an expected count of {expected} cannot be multiplied")
    both = expected * (1 + times)
    n = np.arange(1, int(both + 12 * np.sqrt(both) + 20))
    few = stats.binom.ppf(alpha / 2, n, 0.5) - 1
    share = times / (1 + times)
    seen = stats.binom.cdf(few, n, share) + stats.binom.sf(n - few - 1, n, share)
    return float(stats.poisson.pmf(n, both) @ seen)


def rate(count: CountBounds, exposure: float) -> Interval:
    """Events per 10,000 units of an exposure above zero, with the exact interval of the count.

    The estimate is that of the lowest count, and the interval runs from its lower limit to the
    upper limit of the highest.
    """
    if not exposure > 0:
        raise ValueError(f"an exposure of {exposure} has no rate")
    scale = PER / exposure
    low, high = garwood(count.low).low, garwood(count.high).high
    return Interval(count.low * scale, low * scale, high * scale)


def publishable(cells: pd.Series, *, total: float | None = None) -> bool:
    """Judge whether a split of people into cells may be published.

    A cell, zero included, must not be smaller than `MINIMUM_CELL`; nor may what is left when a
    cell is taken from its total, nor what is left of the total when all printed cells are taken
    away (unless nothing is left), because a reader can subtract. Counts known as intervals stand
    with their lower bounds; NaN is a cell that is not printed. Without `total` it is the sum of
    the printed cells.
    """
    return not _problems(cells.dropna(), total)


def assert_publishable(cells: pd.Series, what: str, *, total: float | None = None) -> None:
    """Stop the notebook when a split of people has a cell that is too small; see `publishable`.

    DisclosureError names `what` the table shows, how many cells are too small and their labels,
    never their values.
    """
    if problems := _problems(cells.dropna(), total):
        raise DisclosureError(
            f"{what} may not be published: {'; '.join(problems)}. No cell of a split by "
            f"person, form, place or detecting country may be under {MINIMUM_CELL}, complements "
            "included: pool classes (pool_classes) or years, or leave the split out"
        )


def pool_classes(
    counts: pd.Series,
    *,
    total: float | None = None,
    into: str = "other or not stated",
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
    while len(kept) and (kept.iloc[-1] < MINIMUM_CELL or 0 < pool < MINIMUM_CELL):
        pool += float(kept.iloc[-1])
        kept = kept.iloc[:-1]
    out = kept.reindex([c for c in cells.index if c in kept.index])
    if pool > 0:
        out = pd.concat([out, pd.Series({into: pool})])
    return out if len(out) > 1 and publishable(out) else None


def _problems(cells: pd.Series, total: float | None) -> Sequence[str]:
    """Name each cell, complement or remainder of a total that is too small."""
    under = f"is under {MINIMUM_CELL}"
    small = [f"cell '{label}' {under}" for label, v in cells.items() if v < MINIMUM_CELL]
    printed = float(cells.sum())
    whole = printed if total is None else float(total)
    left = whole - printed
    if left < 0:
        raise ValueError(f"the cells add up to {printed:g}, more than their total of {whole:g}")
    if 0 < left < MINIMUM_CELL:
        small.append(f"what the total leaves beside the printed cells {under}")
    if left == 0 and len(cells) == 1 and total is not None:
        small.append(f"the complement of '{cells.index[0]}' {under}")
    return small


def _whole(count: float) -> int:
    n = 0 if isinstance(count, bool) or count != count else int(count)
    if isinstance(count, bool) or n != count or n < 0:
        raise ValueError(f"{count!r} is not a count")
    return n
