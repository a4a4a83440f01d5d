"""What was printed when, as a table beside a figure; its page walks through the days."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from livingbrief.charts.chart import Panels, in_panels
from livingbrief.values.values import Values


def save_printed(
    printed: Values | Panels,
    folder: Path,
    name: str,
    apart: Collection[Any] = (),
    subtitle: str = "",
) -> None:
    """Save what stood on each day of printing as ``NAME.printed.csv``; nothing where it is one day.

    Columns of the values are days (ISO dates), rows years, as `Data.by_vintage` gives them. A line
    for each number says whether the year stands `apart` from the one before, and what it is: the
    subtitle of the figure, to its first stop, as what follows is about the marks of the figure.
    """
    what = re.split(r"[.;] ", subtitle)[0]
    found = [
        (head, *told, year, number, values.status.at[year, day], year in apart, what)
        for head, values in in_panels(printed).items()
        for day, about in values.about.items()
        for told in [(about.unit, about.sources[0]["source"], day)]
        for year, number in values.frame[day].dropna().items()
    ]
    names = ["panel", "unit", "source", "printed", "year", "value", "status", "apart", "what"]
    table = pd.DataFrame(found, columns=names)
    if table["printed"].nunique() > 1:
        table.to_csv(folder / f"{name}.printed.csv", index=False, lineterminator="\n")
