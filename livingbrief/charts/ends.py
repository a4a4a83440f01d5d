"""The sentence with which a figure of yearly series says where each of them ends."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from livingbrief.wording import enumerated

FEWEST_YEARS = 5
MOST_NAMED = 4


def own_last_years(data: pd.DataFrame, last_year: int, labels: Mapping[str, str]) -> str:
    """Say in which year each series of a figure ends, if that is before the edition's last year.

    Parameters
    ----------
    data : DataFrame
        A figure's numbers. Those of a yearly figure have a column `year` that runs through at
        least five years without a hole; others (the shock years, the years of a survey) end where
        they were chosen to end and say nothing.
    last_year : int
        Last year of the edition.
    labels : mapping
        Column to the name that a reader knows; the others keep their own, if it is none of a
        programmer's. Columns that share a name and their last year are named once.

    Returns
    -------
    str
        A sentence, empty if every series reaches the edition's last year.
    """
    if "year" not in data.columns:
        return ""
    years = pd.to_numeric(data["year"], errors="coerce")
    have = years.dropna().astype(int).unique()
    if len(have) < FEWEST_YEARS or len(have) <= int(np.ptp(have)):
        return ""
    columns = [c for c in data.columns if c != "year" and pd.api.types.is_numeric_dtype(data[c])]
    ends = {c: years[data[c].notna()].max() for c in columns if data[c].notna().any()}
    by_year: dict[int, list[str]] = {}
    for column, end in ends.items():
        name = labels.get(column, str(column))
        if any(labels.get(c, str(c)) == name and e != end for c, e in ends.items()):
            name = str(column)
        names = by_year.setdefault(int(end), [])
        if name not in names:
            names.append(name)
    if not by_year or min(by_year) >= last_year:
        return ""
    if len(by_year) == 1:
        return f"The last year shown is {next(iter(by_year))}."
    many = max(by_year.values(), key=len)
    if len(many) > MOST_NAMED:
        many[:] = ["the others"]
    if any("_" in name for names in by_year.values() for name in names):
        return f"Each series ends in its own last year, from {min(by_year)} to {max(by_year)}."
    ordered = sorted(by_year.items(), key=lambda item: (item[1] == ["the others"], -item[0]))
    named = [f"{enumerated(names)} in {year}" for year, names in ordered]
    return f"Each series ends in its own last year: {'; '.join(named)}."
