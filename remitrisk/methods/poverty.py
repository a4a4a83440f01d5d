"""Lognormal consumption, calibrated to a published headcount and Gini coefficient.

References
----------
Haughton and Khandker (2009), *Handbook on Poverty and Inequality*, World Bank; Aitchison and Brown
(1957), *The Lognormal Distribution*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

#: How far the line is moved where a publisher says what that does to the headcount.
STEP = 0.05


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

    def lorenz(self, share: float) -> float:
        """Return the share of consumption that the poorest `share` of people have."""
        return float(ndtr(ndtri(share) - self.sigma))


def lognormal_from(headcount: float, gini: float) -> Lognormal:
    """Calibrate lognormal consumption to a headcount and a Gini coefficient.

    ValueError when either is not between 0 and 1 (percentages are refused).
    """
    if not (0 < headcount < 1 and 0 < gini < 1):
        raise ValueError(f"headcount {headcount} and gini {gini} must lie between 0 and 1")
    sigma = math.sqrt(2) * float(ndtri((1 + gini) / 2))
    return Lognormal(-sigma * float(ndtri(headcount)), sigma)
