"""What stands beside figures: a reader's table, where series end, and what was printed when."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.charts.chart import SHORT, Panels, in_panels
from livingbrief.values.numbers import format_value
from livingbrief.values.results import DIGITS, usual_places
from livingbrief.values.values import Values
from livingbrief.wording import capital, enumerated, long_date

NO_FIGURE = "–"
#: Units that say nothing behind a label.
BARE = ("rank", "year", "index", "ratio")
OF_ESTIMATE, OF_LATER = " (e)", " (l)"
#: Statuses that a drawing marks.
SOFT = ("estimate", "provisional")
#: A yearly figure has at least so many years.
FEWEST_YEARS = 5


def table_of(
    values: Values,
    *,
    digits: int | Mapping[Any, int] | None = None,
    units: bool = True,
    marked: bool = True,
    between: Sequence[Values] = (),
) -> pd.DataFrame:
    """Return values as a reader's table.

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

    Returns
    -------
    DataFrame
        Texts. A change has its sign, a missing number is a dash.
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
        programmer's. Columns that share a name and their last year are named once; where two last
        years share a name, none is named.

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
    numbers = data.drop(columns="year").select_dtypes("number").dropna(axis=1, how="all")
    ends = {column: int(years[numbers[column].notna()].max()) for column in numbers}
    if not ends or min(ends.values()) >= last_year:
        return ""
    by_year: dict[int, dict[str, None]] = {}
    for column, end in ends.items():
        by_year.setdefault(end, {})[labels.get(column, str(column))] = None
    if len(by_year) == 1:
        return f"The last year shown is {min(by_year)}."
    names = [name for year in by_year for name in by_year[year]]
    if any("_" in name for name in names) or len({*names}) < len(names):
        return f"Each series ends in its own last year, from {min(by_year)} to {max(by_year)}."
    named = (f"{enumerated(by_year[year])} in {year}" for year in sorted(by_year, reverse=True))
    return f"Each series ends in its own last year: {'; '.join(named)}."


def printed_days(
    printed: Values | Panels, apart: Collection[Any], subtitle: str
) -> dict[str, Any] | None:
    """Return what stood on each day of printing, for a page's slider; None where it is one day.

    Columns of the values are days (ISO dates), rows years, as `Data.by_vintage` gives them; a panel
    for each heading. What they are is the subtitle of the figure, to its first stop: what follows
    is about its marks; `apart` are years that are not joined to the one before.
    """
    panels = {head: values.known() for head, values in in_panels(printed).items() if values}
    days = sorted({day for values in panels.values() for day in values.names})
    if len(days) < 2:
        return None
    return {
        "what": re.split(r"[.;] ", subtitle)[0],
        "days": [[day, long_date(day)] for day in days],
        "panels": [_on_days(*panel, apart) for panel in panels.items()],
    }


def _on_days(head: str, values: Values, apart: Collection[Any]) -> dict[str, Any]:
    frame, status = values.frame.sort_index(), values.status
    first = next(iter(values.about.values()))
    printings = [
        {
            "day": day,
            "values": [None if pd.isna(v) else float(f"{v:.6g}") for v in frame[day]],
            "soft": [i for i, year in enumerate(frame.index) if status.at[year, day] in SOFT],
        }
        for day in sorted(frame)
    ]
    return {
        "head": head,
        # A heading names the unit of its panel.
        "unit": "" if head else SHORT.get(first.unit, first.unit),
        "digits": DIGITS.get(first.unit, 1),
        "signed": bool((frame < 0).any(axis=None)),
        "source": first.sources[0]["source"],
        "years": [int(year) for year in frame.index],
        "apart": [i for i, year in enumerate(frame.index) if year in apart],
        "printings": printings,
    }
