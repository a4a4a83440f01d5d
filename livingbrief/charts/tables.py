"""A reader's table of values: texts with (e), dashes, and units in the heads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from livingbrief.charts.chart import SHORT, capital
from livingbrief.values.numbers import format_value
from livingbrief.values.results import DIGITS
from livingbrief.values.values import ESTIMATE, Values

NO_FIGURE = "–"
#: Units that say nothing behind a label.
BARE = ("rank", "year", "index", "ratio")
OF_ESTIMATE = " (e)"


def table_of(
    values: Values,
    *,
    digits: int | Mapping[Any, int] | None = None,
    head: str = "",
    units: bool = True,
    marked: bool = True,
    unmarked: Collection[Any] = (),
) -> pd.DataFrame:
    """Return values as a reader's table.

    Parameters
    ----------
    values : Values
        Each column becomes one under its label and unit ("Share of GDP, %"), in order.
    digits : int, or mapping of column to int
        Decimal places; without it those that are usual for the unit.
    head : str
        Head of the column of rows; without it the name of that axis.
    units : bool
        Write units in the heads; without them the caption must.
    marked : bool
        Write (e) behind an estimate.
    unmarked : collection of columns
        Those in which an estimate is not marked.

    Returns
    -------
    DataFrame
        Texts. A change has its sign, a missing number is a dash.
    """
    table = {head or capital(str(values.frame.index.name)): [str(r) for r in values.rows]}
    for j, (name, about) in enumerate(values.about.items()):
        own = digits.get(name) if isinstance(digits, Mapping) else digits
        places = DIGITS.get(about.unit, 1) if own is None else own
        softs = values.ranks[:, j] == ESTIMATE
        texts = []
        for number, soft in zip(values.frame.iloc[:, j], softs, strict=True):
            if pd.isna(number):
                texts.append(NO_FIGURE)
                continue
            mark = OF_ESTIMATE if soft and marked and name not in unmarked else ""
            texts.append(f"{format_value(number, places, sign=about.signed)}{mark}")
        unit = SHORT.get(about.unit, about.unit) if units and about.unit not in BARE else ""
        table[f"{capital(about.label)}, {unit}" if unit else capital(about.label)] = texts
    return pd.DataFrame(table)
