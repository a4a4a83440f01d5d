"""Poverty measures, and what a cut in remittances would do to them: a scenario, not an estimate.

Totals do not show who receives how much, so consumption is taken as lognormal, calibrated to
published totals, and what those totals leave open is varied.

References
----------
Foster, Greer and Thorbecke (1984), *Econometrica* 52; Haughton and Khandker (2009), *Handbook on
Poverty and Inequality*, World Bank; Aitchison and Brown (1957), *The Lognormal Distribution*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

Incidence = Literal["spread", "poorest"]
#: How far the line is moved where a publisher says what that does to the headcount.
STEP = 0.05


@dataclass(frozen=True)
class Poverty:
    """The first two measures of Foster, Greer and Thorbecke.

    P0, share of people below the line; P1, mean shortfall as a share of the line, zero for people
    above it.
    """

    headcount: float
    gap: float


@dataclass(frozen=True)
class Lognormal:
    """Lognormal consumption, the poverty line being 1: mean and deviation of its logarithm."""

    mu: float
    sigma: float

    @property
    def mean(self) -> float:
        """Mean consumption as a multiple of the poverty line."""
        return math.exp(self.mu + self.sigma**2 / 2)

    @property
    def gini(self) -> float:
        """Gini coefficient, 0 to 1."""
        return float(2 * ndtr(self.sigma / math.sqrt(2)) - 1)

    def headcount(self, line: float = 1.0) -> float:
        """Return the share of people below `line`, in multiples of the poverty line."""
        return float(ndtr((math.log(line) - self.mu) / self.sigma))

    def narrowed(self, factor: float) -> Lognormal:
        """Return the lognormal with the same headcount and `factor` times the spread."""
        return Lognormal(self.mu * factor, self.sigma * factor)

    def lorenz(self, share: float) -> float:
        """Return the share of consumption that the poorest `share` of people have."""
        return float(ndtr(ndtri(share) - self.sigma))

    def quantile(self, share: float) -> float:
        """Return the consumption that `share` of people do not reach."""
        return math.exp(self.mu + self.sigma * float(ndtri(share)))

    def below(self, cut: float, kept: float = 1.0) -> Poverty:
        """Return what people below `cut` add to the measures when each keeps `kept`.

        `cut` is at most 1 / `kept`, in multiples of the poverty line.
        """
        point = -math.inf if cut <= 0 else (math.log(cut) - self.mu) / self.sigma
        count = float(ndtr(point))
        return Poverty(count, count - kept * self.mean * float(ndtr(point - self.sigma)))


@dataclass(frozen=True)
class Scenario:
    """Poverty after a cut in remittances, and that less poverty before it.

    `dependence` is the share of receivers' consumption that remittances pay for before the cut, at
    most 1: money beyond that cannot have been consumed by them.
    """

    dependence: float
    after: Poverty
    change: Poverty


def lognormal_from(headcount: float, gini: float) -> Lognormal:
    """Calibrate lognormal consumption to a headcount and a Gini coefficient.

    ValueError when either is not between 0 and 1 (percentages are refused).
    """
    if not (0 < headcount < 1 and 0 < gini < 1):
        raise ValueError(f"headcount {headcount} and gini {gini} must lie between 0 and 1")
    sigma = math.sqrt(2) * float(ndtri((1 + gini) / 2))
    return Lognormal(-sigma * float(ndtri(headcount)), sigma)


def lognormal_from_sensitivity(headcount: float, line_up: float, line_down: float) -> Lognormal:
    """Calibrate lognormal consumption to a headcount and to what moving the line does to it.

    `line_up`, `line_down` are published changes of the headcount, as shares of people, when the
    line moves by the share `STEP`; the headcount then changes as much between the two lines as
    published.
    """
    z = float(ndtri(headcount))

    def excess(sigma: float) -> float:
        people = Lognormal(-sigma * z, sigma)
        return people.headcount(1 + STEP) - people.headcount(1 - STEP) - (line_up - line_down)

    sigma = float(brentq(excess, 0.02, 3.0))
    return Lognormal(-sigma * z, sigma)


def scenario(
    people: Lognormal,
    remittances: float,
    *,
    cut: float,
    recipients: float,
    incidence: Incidence = "spread",
) -> Scenario:
    """Work out poverty after a cut in remittances under one set of assumptions.

    Receivers lose the same share of their consumption each. Nobody else is affected, and nobody
    responds: no savings are drawn down, no work is found, no relative helps.

    `remittances` is what they pay for, over total consumption; `cut` the share of it that is lost
    (1 takes all of it away), `recipients` that of people in receiving households, not 0.
    `incidence`: ``spread``, receivers at all levels of consumption, or ``poorest``, the poorest
    receive. ValueError if a share is none, or the incidence is another word.
    """
    if not (0 <= remittances <= 1 and 0 <= cut <= 1 and 0 < recipients <= 1):
        raise ValueError(f"remittances {remittances}, cut {cut}, recipients {recipients}: shares")
    if incidence not in get_args(Incidence):
        raise ValueError(f"incidence '{incidence}' is none of {get_args(Incidence)}")
    theirs = recipients if incidence == "spread" else people.lorenz(recipients)
    dependence = min(1.0, remittances / theirs)
    kept = 1 - cut * dependence
    before = people.below(1.0)
    # Who keeps `kept` of their consumption falls below the line from below 1 / kept.
    edge = 1 / kept if kept > 0 else math.inf
    if incidence == "spread":
        after = _combine(recipients, people.below(edge, kept), 1 - recipients, before)
    else:
        top = people.quantile(recipients)
        spared = _combine(1, before, -1, people.below(min(1.0, top)))
        after = _combine(1, people.below(min(edge, top), kept), 1, spared)
    return Scenario(dependence, after, _combine(1, after, -1, before))


def scenarios(
    people: Sequence[tuple[Lognormal, float]],
    *,
    cut: float,
    recipients: Sequence[float],
    incidence: Sequence[Incidence] = ("spread",),
) -> tuple[Scenario, ...]:
    """Work out every combination of assumptions, the smallest rise of the headcount first.

    `people` are calibrations, each with remittances over total consumption.
    """
    found = [
        scenario(who, share, cut=cut, recipients=r, incidence=i)
        for (who, share), r, i in product(people, recipients, incidence)
    ]
    return tuple(sorted(found, key=lambda s: s.change.headcount))


def _combine(a: float, one: Poverty, b: float, other: Poverty) -> Poverty:
    return Poverty(a * one.headcount + b * other.headcount, a * one.gap + b * other.gap)
