"""Forecasts of an outlook that is issued twice a year, held against what came.

A year's outcome is the figure in the first issue that marks the year as reported; the
latest is that of the newest issue. What one issue says of several years, and what several issues
say of one year, is wrong together when a shock comes: so each year of outcome counts once, however
many forecasts of it there are, and an interval stands on years alone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from livingbrief.charts.tables import NO_FIGURE
from livingbrief.values.numbers import format_value

#: When a forecast was issued, by half-years before the end of its year: one is April of the year.
HORIZONS = {
    "earlier": "two years before or earlier",
    "spring_before": "April of the year before",
    "autumn_before": "October of the year before",
    "spring": "April of the year",
    "autumn": "October of the year",
    "after": "when the year was over",
}
#: Fewer years than these have no interval.
FEWEST_YEARS = 4
LEVEL = 0.95
OF_YEAR = ["indicator", "iso3", "year"]
OUTCOMES = ("first", "latest")
_MISSES = {"forecast": "miss", "no_change": "no_change_miss", "before": "before_miss"}


def outcomes(table: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Return the first printed and the latest outcome of each year.

    Parameters
    ----------
    table : DataFrame
        ``issue`` (``2022-04``), ``indicator``, ``iso3``, ``year``, ``value``, ``last_actual``: the
        last year that the country had reported by that issue (NaN: none).
    last_year : int
        Later years are left out.

    Returns
    -------
    DataFrame
        ``first``, ``first_issue``, ``latest``, ``latest_issue`` by indicator, iso3 and year, in the
        unit of the table; ``seen``: the first issue of the table is not too late to be the first
        that reports the year.
    """
    reported = table[(table["year"] <= table["last_actual"]) & (table["year"] <= last_year)]
    found = (
        reported.sort_values("issue")
        .groupby(OF_YEAR)
        .agg(
            first=("value", "first"),
            first_issue=("issue", "first"),
            latest=("value", "last"),
            latest_issue=("issue", "last"),
        )
    )
    begun = table["issue"].min()
    after = found["first_issue"].str[:4].astype(int) - found.index.get_level_values("year")
    return found.assign(seen=(found["first_issue"] > begun) | (after <= 1))


def scored(table: pd.DataFrame, last_year: int, relative: Collection[str] = ()) -> pd.DataFrame:
    """Hold every forecast against the first outcome of its year and against the latest.

    Parameters
    ----------
    table, last_year
        See `outcomes`.
    relative : collection of str
        Indicators whose misses are percentages of the outcome (levels); others are differences.

    Returns
    -------
    DataFrame
        One row for each forecast that an outcome followed: ``issue``, ``horizon`` (of `HORIZONS`),
        ``forecast``, ``before`` (what the issue before said of the year), ``no_change`` (the same
        issue's figure for the year before the issue, or before the year that is forecast where that
        is over, whether or not it is marked as reported), columns of `outcomes`; and less
        outcome, against each of `OUTCOMES`: ``miss_…``, ``no_change_miss_…``, ``before_miss_…``.
    """
    made = table[~(table["year"] <= table["last_actual"])].sort_values("issue")
    made = made.rename(columns={"value": "forecast"})
    made["before"] = made.groupby(OF_YEAR)["forecast"].shift()
    made["carried"] = np.minimum(made["year"], made["issue"].str[:4].astype(int)) - 1
    known = table.rename(columns={"year": "carried", "value": "no_change"})
    on = ["indicator", "iso3", "issue", "carried"]
    made = made.merge(known[[*on, "no_change"]], how="left", on=on)
    made = made.join(outcomes(table, last_year), on=OF_YEAR, how="inner")
    made = made[made["issue"] < made["first_issue"]]
    ahead = 2 * (made["year"] - made["issue"].str[:4].astype(int)) + made["issue"].str.endswith(
        "04"
    )
    made["horizon"] = np.array([*HORIZONS][::-1])[ahead.clip(-1, 4) + 1]
    level = made["indicator"].isin(relative)
    for end in OUTCOMES:
        for of, name in _MISSES.items():
            less = made[of] - made[end]
            made[f"{name}_{end}"] = less.mask(level, 100 * less / made[end])
    return made.reset_index(drop=True)


def by_group(scores: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Sum up scores, each year of outcome once.

    Returns
    -------
    DataFrame
        By the columns `by`: ``forecasts``; ``years``; ``bias_…`` (mean miss), its t interval
        ``bias_low_…``, ``bias_high_…`` (NaN under `FEWEST_YEARS`) and ``size_…`` (mean size of the
        miss) against each of `OUTCOMES`; against the first outcome ``no_change``, ``before`` and
        ``paired`` (sizes of “no change”, of the issue before, and of the forecasts that had one
        before); ``closer``, ``closer_before``: in how many years the forecast was the closer;
        ``years_before``: of how many; ``too_low``: in how many the mean miss was below zero.
    """
    paired = scores["before_miss_first"].notna()
    told = {f"bias_{end}": scores[f"miss_{end}"] for end in OUTCOMES}
    told |= {f"size_{end}": scores[f"miss_{end}"].abs() for end in OUTCOMES}
    told |= {
        "no_change": scores["no_change_miss_first"].abs(),
        "before": scores["before_miss_first"].abs(),
        "paired": scores["miss_first"].abs().where(paired),
    }
    keys = [scores[name] for name in [*by, "year"]]
    years = pd.DataFrame(told).groupby(keys).mean()
    groups = years.groupby(by)
    found = groups.mean()
    found["forecasts"] = scores.groupby(by).size()
    found["years"] = groups.size()
    for end in OUTCOMES:
        half = half_width(groups[f"bias_{end}"].std(), found["years"])
        found[f"bias_low_{end}"] = found[f"bias_{end}"] - half
        found[f"bias_high_{end}"] = found[f"bias_{end}"] + half
    better = pd.DataFrame(
        {
            "closer": years["size_first"] < years["no_change"],
            "closer_before": years["paired"] < years["before"],
            "years_before": years["before"].notna(),
            "too_low": years["bias_first"] < 0,
        }
    )
    return found.join(better.groupby(by).sum())


def half_width(deviation: pd.Series, n: pd.Series) -> pd.Series:
    """Return half the width of a t interval of means (95 %); NaN under `FEWEST_YEARS` values."""
    enough = n >= FEWEST_YEARS
    quantile = stats.t.ppf((1 + LEVEL) / 2, (n - 1).clip(lower=1))
    return (quantile * deviation / np.sqrt(n)).where(enough)


def moves(found: pd.DataFrame, newest: str, relative: Collection[str] = ()) -> pd.Series:
    """Return by how much `outcomes` moved after their first printing: latest less first.

    Parameters
    ----------
    found : DataFrame
        See `outcomes`.
    newest : str
        The newest issue: what it reports for the first time cannot have moved.
    relative : collection of str
        Indicators that moved in per cent of the first figure; others by a difference.
    """
    again = found[found["seen"] & (found["first_issue"] < newest)]
    less = again["latest"] - again["first"]
    level = again.index.get_level_values("indicator").isin(relative)
    return less.mask(level, 100 * less / again["first"]).rename("moved")


def summary(moved: pd.Series, by: list[str]) -> pd.DataFrame:
    """Sum up revisions by levels of their index.

    Returns
    -------
    DataFrame
        ``years``, ``mean`` with its t interval ``low``, ``high`` (NaN under `FEWEST_YEARS`),
        ``median`` and ``largest`` size, all in the unit of `moved`.
    """
    groups, sizes = moved.groupby(level=by), moved.abs().groupby(level=by)
    found = pd.DataFrame(
        {
            "years": groups.size(),
            "mean": groups.mean(),
            "median": sizes.median(),
            "largest": sizes.max(),
        }
    )
    half = half_width(groups.std(), found["years"])
    return found.assign(low=found["mean"] - half, high=found["mean"] + half)


def entry(
    of: pd.Series, value: str = "mean", low: str = "low", high: str = "high"
) -> dict[str, Any]:
    """Return a mean as a number is recorded: value, n (years), interval and level if it has one."""
    found: dict[str, Any] = {"value": float(of[value]), "n": int(of["years"])}
    if of[low] <= of[high]:
        found |= {"interval": [float(of[low]), float(of[high])], "level": LEVEL}
    return found


def lean(value: float, low: float, high: float) -> str:
    """Write a mean with its interval, if it has one of any width: "−2.5 (−4.4 to −0.6)"."""
    text, *ends = (format_value(number, 1, sign=True) for number in (value, low, high))
    return f"{text} ({' to '.join(ends)})" if low <= high and ends[0] != ends[1] else text


def board(groups: pd.DataFrame, head: str) -> pd.DataFrame:
    """Return `by_group` as a reader's table of texts, one row for each of its rows."""
    rows = []
    for name, of in groups.iterrows():
        row = {head: str(name), "Years": str(int(of["years"]))}
        for end, told in zip(OUTCOMES, ("first outcome", "latest"), strict=True):
            ends = of[f"bias_low_{end}"], of[f"bias_high_{end}"]
            row[f"Mean miss, {told}"] = lean(of[f"bias_{end}"], *ends)
        row["Mean size"] = format_value(of["size_first"], 1)
        row["Size, “no change” (year before)"] = format_value(of["no_change"], 1)
        row["Closer than “no change”"] = f"{int(of['closer'])} of {int(of['years'])}"
        row["Closer than the issue before"] = (
            f"{int(of['closer_before'])} of {int(of['years_before'])}"
            if of["years_before"]
            else NO_FIGURE
        )
        rows.append(row)
    return pd.DataFrame(rows)
