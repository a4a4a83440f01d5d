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
    """How often an interval held the truth, in per cent of the runs over the designs.

    `designs` simulated (each with every truth), and `runs` of each.
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


def noted(
    caption: str,
    *intervals: str | tuple[str, str] | tuple[str, str, float],
    on: str = "the series of the report for Kyrgyzstan",
) -> str:
    """Return a caption, with a sentence on its intervals that do not hold what they say.

    `intervals` are names in the table, or tuples with what a reader calls it (by default "such 95 %
    intervals") and its level (0.95). `on`: what was simulated.
    """
    parts = []
    for given in intervals:
        name, what, level = _whole(given)
        found = coverages()[name, level]
        if found.miss > SAID:
            low, high = f"{found.lowest:.0f}", f"{found.highest:.0f}"
            parts.append(f"{what} held the truth in {low if low == high else f'{low} to {high}'}")
    if not parts:
        return caption
    parts[0] += " of 100"
    said = " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[:-1] else parts)
    return f"{caption} In simulations on {on}, {said}."


def _whole(given: str | tuple[str, str] | tuple[str, str, float]) -> tuple[str, str, float]:
    if isinstance(given, str):
        return given, "such 95 % intervals", 0.95
    return given if len(given) == 3 else (*given, 0.95)
