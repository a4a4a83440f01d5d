"""Title of the profile by dimension in the chapter on structural risk."""

from __future__ import annotations

from collections.abc import Sequence

from remitrisk.methods.composite import Extremes

MOST_NAMED = 2


def named(dimensions: Sequence[str]) -> str | None:
    """Return "justice", "justice or work", or None where single indicators decide among more."""
    if not 0 < len(dimensions) <= MOST_NAMED:
        return None
    return " or ".join(name.lower() for name in dimensions)


def profile_title(found: Extremes, name: str) -> str:
    """Return in which dimensions an economy is worst and best, as far as that is firm."""
    worst, best = named(found.highest), named(found.lowest)
    said = [f"{how} in {what}" for how, what in (("worst", worst), ("best", best)) if what]
    if not said:
        return f"Where conditions in {name} are worst and best hangs on single indicators"
    text = f"Against the median, conditions in {name} are {' and '.join(said)}"
    if len(said) == 2:
        return text
    return f"{text}; where they are {'best' if worst else 'worst'} hangs on single indicators"
