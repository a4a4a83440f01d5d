"""Rates at a poverty line that may have moved: what is joined, what is marked, and its table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from livingbrief.data.datasets import years_in_words
from livingbrief.values.numbers import format_value
from remitrisk.exhibits.figures import MUTED
from remitrisk.printings import FOLLOWS_PRICES, NOT_KNOWN, PERHAPS_ANEW, SET_ANEW, line_status

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from remitrisk.series import BriefData as Data

RULE = "line_set_anew_above_inflation_pct"
#: No statement of the publisher was found: what the figures show is said with that much care.
SURELY = "almost certainly set anew"
IN_WORDS = {SET_ANEW: SURELY}


def of(data: Data, prices: pd.Series) -> pd.Series:
    """Say of each year whether Kyrgyzstan's poverty line only followed prices.

    Parameters
    ----------
    data : Data
    prices : Series
        Change of consumer prices in per cent, by year.

    Returns
    -------
    Series
        From `printings.line_status`.
    """
    return line_status(data.poverty_line(), prices, data.household_figures(RULE)["value"].item())


def anew(lines: pd.Series, years: Iterable[int]) -> list[int]:
    """Return the years, after the first of `years`, in which the poverty line was set anew."""
    known = sorted(years)
    return [y for y in known[1:] if lines.get(y) == SET_ANEW]


def note(lines: pd.Series | None, years: Iterable[int]) -> str:
    """Return the sentence under a figure of rates at the poverty line, empty if none is needed."""
    new = [] if lines is None else anew(lines, years)
    if not new:
        return ""
    when = years_in_words(new)
    return f" The poverty line was {SURELY} in {when} (dashed); dotted: it may have been."


def join_rates(ax: Axes, rate: pd.Series, lines: pd.Series | None, **style: Any) -> None:
    """Draw a poverty rate by year and join two years only as far as they are at one line.

    Parameters
    ----------
    ax : Axes
    rate : Series
        Year to per cent.
    lines : Series or None
        From `printings.line_status`: joined where the line followed prices, dotted where it may
        have been set anew, not joined where it was or where nothing is known. None joins all.
    **style
        Passed to `plot`.
    """
    rate = rate.dropna()
    if lines is None:
        ax.plot(rate.index, rate, **style)
        return
    plain = {**style, "marker": "none"}
    for year in rate.index:
        if year - 1 not in rate.index:
            continue
        kind = lines.get(year)
        if kind in FOLLOWS_PRICES or kind == PERHAPS_ANEW:
            dotted: dict[str, Any] = {"ls": (0, (1, 1.5))} if kind == PERHAPS_ANEW else {}
            ax.plot([year - 1, year], rate[[year - 1, year]], **plain, **dotted)
    if style.get("marker"):
        ax.plot(rate.index, rate, **style, ls="none")


def mark_anew(ax: Axes, lines: pd.Series | None, years: Iterable[int], *, label: bool) -> None:
    """Mark the years in which the poverty line was set anew by a vertical line."""
    for year in [] if lines is None else anew(lines, years):
        ax.axvline(year - 0.5, color=MUTED, lw=0.9, ls=(0, (4, 2)), zorder=1)
        if label:
            ax.annotate(
                "line almost certainly\nset anew",
                (year - 0.5, 0.99),
                xycoords=("data", "axes fraction"),
                xytext=(-3, 0),
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=7.5,
                color=MUTED,
            )


def table(line: pd.DataFrame, prices: pd.Series, lines: pd.Series) -> pd.DataFrame:
    """Return the poverty line by year beside prices, as a reader's table.

    Parameters
    ----------
    line : DataFrame
        From `Data.poverty_line`; years between its first and last that it lacks show a dash.
    prices : Series
        Change of consumer prices in per cent, by year.
    lines : Series
        From `printings.line_status`.
    """
    years = range(int(line.index.min()), int(line.index.max()) + 1)
    full = line.reindex(years)

    def cells(values: pd.Series, digits: int, *, sign: bool = False) -> list[str]:
        return ["–" if pd.isna(v) else format_value(v, digits, sign=sign) for v in values]

    som = [
        text + (" (rounded)" if kind == "rounded" else "")
        for text, kind in zip(cells(full["line_som"], 0), full["exactness"], strict=True)
    ]
    return pd.DataFrame(
        {
            "Year": [str(y) for y in years],
            "Poverty line, som a year": som,
            "Change, %": cells(full["change_pct"], 1, sign=True),
            "Consumer prices, %": cells(prices.reindex(years), 1, sign=True),
            "The line": [
                IN_WORDS.get(str(k), str(k)) for k in lines.reindex(years, fill_value=NOT_KNOWN)
            ],
        }
    )
