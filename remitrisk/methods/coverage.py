"""What intervals of the report hold in simulations, beside what they say.

`benchmarks/coverage.py` writes the table; its designs are those of the report for Kyrgyzstan.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_suffix(".csv")
SAID = 1.5
"""Points by which an interval may miss before its coverage is printed with it."""
WITHDRAWN = 5.0
"""Points from which an interval is not printed; a test holds it."""

SOURCE = {"source": "Simulations of this project, benchmarks/COVERAGE.md", "vintage": ""}


@dataclass(frozen=True)
class Coverage:
    """How often an interval held the truth.

    Attributes
    ----------
    interval : str
    level : float
        What it says.
    designs, runs : int
        Designs simulated (each with every truth), and runs of each.
    lowest, mean, highest : float
        Per cent of the runs whose interval held the truth, over the designs.
    """

    interval: str
    level: float
    designs: int
    runs: int
    lowest: float
    mean: float
    highest: float

    @property
    def miss(self) -> float:
        """Points between what it says and the design where it is furthest off."""
        says = 100 * self.level
        return max(says - self.lowest, self.highest - says)


@cache
def coverages() -> dict[tuple[str, float], Coverage]:
    """Return the table by name of the interval and level."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [
            Coverage(
                r["interval"], float(r["level"]), int(r["designs"]), int(r["runs"]),
                float(r["lowest"]), float(r["mean"]), float(r["highest"]),
            )
            for r in csv.DictReader(file)
        ]  # fmt: skip
    return {(row.interval, row.level): row for row in rows}


def held(
    interval: str,
    what: str = "such 95 % intervals",
    on: str = "the series of the report for Kyrgyzstan",
    level: float = 0.95,
) -> str:
    """Say what an interval holds, or nothing where it holds what it says.

    Parameters
    ----------
    interval : str
        Its name in the table.
    what : str
        What a reader calls it.
    on : str
        What was simulated.
    level : float
    """
    found = coverages()[interval, level]
    if found.miss <= SAID:
        return ""
    low, high = f"{found.lowest:.0f}", f"{found.highest:.0f}"
    share = low if low == high else f"{low} to {high}"
    return f"In simulations on {on}, {what} held the truth in {share} of 100."


def noted(caption: str, *said: str) -> str:
    """Return a caption with the sentences that `held` has for its intervals."""
    return " ".join([caption, *filter(None, said)])
