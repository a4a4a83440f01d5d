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

    The numbers of a yearly figure have a column `year` that runs through at least five years
    without a hole; others (the shock years, the years of a survey) end where they were chosen to
    end and say nothing. `labels` has the name that a reader knows of a column; the others keep
    their own, if it is none of a programmer's. Columns that share a name and their last year are
    named once.
    """
    if "year" not in data.columns:
        return ""
    years = pd.to_numeric(data["year"], errors="coerce")
    have = years.dropna().astype(int).unique()
    if len(have) < FEWEST_YEARS or len(have) <= int(np.ptp(have)):
        return ""
    numbers = data.drop(columns="year").select_dtypes("number").dropna(axis=1, how="all")
    ends = {column: int(years[numbers[column].notna()].max()) for column in numbers}
    if not ends or min(ends.values()) >= last_year:
        return ""
    if len({*ends.values()}) == 1:
        return f"The last year shown is {min(ends.values())}."
    called = {column: labels.get(column, str(column)) for column in ends}
    by_year: dict[int, dict[str, None]] = {}
    for column, end in ends.items():
        alike = {ends[other] for other in ends if called[other] == called[column]}
        name = called[column] if len(alike) == 1 else str(column)
        by_year.setdefault(end, {})[name] = None
    most = max(by_year, key=lambda year: len(by_year[year]))
    others = most if len(by_year[most]) > MOST_NAMED else None
    if any("_" in name for year in by_year if year != others for name in by_year[year]):
        return f"Each series ends in its own last year, from {min(by_year)} to {max(by_year)}."
    ordered = sorted(by_year, key=lambda year: (year == others, -year))
    named = [
        f"{'the others' if year == others else enumerated(by_year[year])} in {year}"
        for year in ordered
    ]
    return f"Each series ends in its own last year: {'; '.join(named)}."
