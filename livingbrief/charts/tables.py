"""A reader's table of values: texts with (e), dashes, and units in the heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from livingbrief.charts.chart import SHORT
from livingbrief.values.numbers import format_value
from livingbrief.values.results import usual_places
from livingbrief.values.values import Values
from livingbrief.wording import capital

NO_FIGURE = "–"
#: Units that say nothing behind a label.
BARE = ("rank", "year", "index", "ratio")
OF_ESTIMATE, OF_LATER = " (e)", " (l)"


def table_of(
    values: Values,
    *,
    digits: int | Mapping[Any, int] | None = None,
    units: bool = True,
    marked: bool = True,
    between: Sequence[Values] = (),
) -> pd.DataFrame:
    """Return values as a reader's table of texts: a change has its sign, a gap is a dash.

    Parameters
    ----------
    values : Values
        Each column becomes one under its label and unit ("Share of GDP, %"), in order.
    digits : int, or mapping of column to int
        Decimal places; without it those that are usual for the unit.
    units : bool
        Write units in the heads; without them the caption must.
    marked : bool
        Write (e) behind an estimate.
    between : two Values
        Lowest and highest by row and column: "0.7 to 0.8" is written in place of the number, or
        one figure where both print alike. Columns that they lack are written as they are.
    """
    table = {capital(str(values.frame.index.name)): [str(r) for r in values.rows]}
    for name, about in values.about.items():
        own = digits.get(name) if isinstance(digits, Mapping) else digits
        places = usual_places(about.unit, values.frame[name]) if own is None else own
        spread = between if between and name in between[0].names else ()
        texts = []
        for row in values.rows:
            cell = values.cell(row, name)
            known = [end.cell(row, name).value for end in spread]
            ends = known if known and known[0] <= known[1] else [cell.value]
            written = dict.fromkeys(format_value(n, places, sign=about.signed) for n in ends)
            mark = OF_ESTIMATE if marked and cell.status == "estimate" else ""
            mark = OF_LATER if cell.status == "printed_later" else mark
            missing = pd.isna(cell.value)
            texts.append(NO_FIGURE if missing else f"{' to '.join(written)}{mark}")
        unit = SHORT.get(about.unit, about.unit) if units and about.unit not in BARE else ""
        table[f"{capital(about.label)}, {unit}" if unit else capital(about.label)] = texts
    return pd.DataFrame(table)


def of_later(table: pd.DataFrame) -> bool:
    """Whether a reader's table marks any number as printed later."""
    return any(table[c].astype(str).str.endswith(OF_LATER).any() for c in table)
