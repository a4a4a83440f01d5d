"""Titles that judge, until they stand in ``book/findings.yml``."""

from __future__ import annotations

import numpy as np

from livingbrief.values.numbers import format_value
from livingbrief.values.values import Values
from remitrisk.methods.accounting import disagreeing


def level(gross: Values, country: str) -> str:
    """Return where the record of the inflow (US$ billion) stands."""
    line = gross.series
    peak, last = int(line.idxmax()), int(line.index[-1])
    high = format_value(line[peak], 1)
    if peak == last:
        return f"The gross inflow to {country} is at its highest in {last}, US$ {high} billion"
    return (
        f"The gross inflow to {country} peaked in {peak} at US$ {high} billion; "
        f"in {last} it was {format_value(line[last], 1)}"
    )


def share(share: Values, country: str) -> str:
    """Return peak and latest year of the share of GDP."""
    line = share.series
    peak, last = int(line.idxmax()), int(line.index[-1])
    return f"Remittances peaked at {line[peak]:.0f} % of {country}’s GDP in {peak}" + (
        f" and stood at {line[last]:.0f} % in {last}" if last != peak else ""
    )


def measures(change: Values) -> str:
    """Return whether the measures agree on the direction of change in each year."""
    by_word: dict[str, list[str]] = {}
    disagree = disagreeing(change)
    for year in change.rows:
        word = "disagree" if year in disagree else "agree"
        by_word.setdefault(word, []).append(f"in {year}")
    text = "; ".join(f"{' and '.join(when)} the measures {w}" for w, when in by_word.items())
    return f"Did remittances fall? {text[0].upper()}{text[1:]}"


def ruble(change: Values) -> str:
    """Return how the ruble moved in 2022 and in the year after, on annual averages."""
    line = change.series
    said = [
        f"{'gained' if line[y] > 0 else 'lost'} {abs(line[y]):.0f} % in {y}"
        for y in (2022, 2023)
        if y in line.index
    ]
    if not said:
        return "The ruble’s value in dollars moves by a tenth or more in many years"
    return f"On annual averages the ruble {' and '.join(said)}"


def revisions(label: str, printed: Values) -> str:
    """Return how many years had their figure changed from one vintage to the next."""
    lines = [line.dropna().to_numpy() for _, line in printed.frame.iterrows()]
    seen = [line for line in lines if len(line) > 1]
    moved = sum(not np.allclose(line, line[0]) for line in seen)
    if not moved:
        return f"{label}: no year changed its figure from one vintage to the next"
    return (
        f"{label}: {moved} of {len(seen)} years changed their figure from one vintage to the next"
    )
