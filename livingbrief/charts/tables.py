"""A reader's table of values: texts with (e), dashes, and units in the heads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from livingbrief.charts.chart import SHORT
from livingbrief.values.numbers import format_value
from livingbrief.values.results import DIGITS, usual_places
from livingbrief.values.values import ESTIMATE, PRINTED_LATER, Values
from livingbrief.wording import capital

NO_FIGURE = "–"
#: Units that say nothing behind a label.
BARE = ("rank", "year", "index", "ratio")
OF_ESTIMATE, OF_LATER = " (e)", " (l)"


def table_of(
    values: Values,
    *,
    digits: int | Mapping[Any, int] | None = None,
    head: str = "",
    units: bool = True,
    marked: bool = True,
    unmarked: Collection[Any] = (),
    between: Sequence[Values] = (),
    beside: Values | None = None,
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
    between : two Values
        Lowest and highest by row and column: "0.7 to 0.8" is written in place of the number, or
        one figure where both print alike. Columns that they lack are written as they are.
    beside : Values
        What is written in brackets behind the number: "68.5 (+8.0)".

    Returns
    -------
    DataFrame
        Texts. A change has its sign, a missing number is a dash.
    """
    table = {head or capital(str(values.frame.index.name)): [str(r) for r in values.rows]}
    for j, (name, about) in enumerate(values.about.items()):
        own = digits.get(name) if isinstance(digits, Mapping) else digits
        places = usual_places(about.unit, values.frame.iloc[:, j]) if own is None else own
        softs = values.ranks[:, j] == ESTIMATE
        texts = []
        spread = between if between and name in between[0].names else ()
        for row, number, soft in zip(values.rows, values.frame.iloc[:, j], softs, strict=True):
            if pd.isna(number):
                texts.append(NO_FIGURE)
                continue
            known = [end.cell(row, name).value for end in spread]
            ends = known if known and known[0] <= known[1] else [number]
            written = dict.fromkeys(format_value(n, places, sign=about.signed) for n in ends)
            mark = OF_ESTIMATE if soft and marked and name not in unmarked else ""
            mark = OF_LATER if values.ranks[values.rows.index(row), j] == PRINTED_LATER else mark
            texts.append(f"{' to '.join(written)}{_bracketed(beside, row, name)}{mark}")
        unit = SHORT.get(about.unit, about.unit) if units and about.unit not in BARE else ""
        table[f"{capital(about.label)}, {unit}" if unit else capital(about.label)] = texts
    return pd.DataFrame(table)


def _bracketed(beside: Values | None, row: Any, name: Any) -> str:
    if beside is None or name not in beside.names:
        return ""
    cell, about = beside.cell(row, name), beside.about[name]
    if pd.isna(cell.value):
        return ""
    percent = " %" if about.unit == "percent" else ""
    body = format_value(cell.value, DIGITS.get(about.unit, 1), sign=about.signed)
    return f" ({body}{percent})"


def of_later(table: pd.DataFrame) -> bool:
    """Whether a reader's table marks any number as printed later."""
    return any(table[c].astype(str).str.endswith(OF_LATER).any() for c in table)
