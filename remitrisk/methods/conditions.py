"""Conditions that the brief names, group by group, from the statistical office's long table.

Rates of conditions are not the risk of being trafficked: no public table holds both people who
were trafficked and people who were not.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from livingbrief.values.values import Values, stacked
from remitrisk.methods.breakdowns import official


class Condition(NamedTuple):
    """How the table names a condition, and what a sentence calls it."""

    indicator: str
    label: str
    how: Mapping[str, str] = {}


CONDITIONS = {
    "poverty": Condition("poverty_rate", "poverty"),
    "extreme_poverty": Condition("extreme_poverty_rate", "extreme poverty"),
    "multidimensional_poverty": Condition(
        "multidimensional_poverty_rate", "multidimensional poverty"
    ),
    "working_poverty": Condition("working_poverty_rate", "working poverty"),
    "food_insecurity": Condition(
        "food_insecurity_rate", "food insecurity", {"series": "moderate or severe"}
    ),
    "neet": Condition("neet_rate_15_24", "youth outside work and school"),
    "employment": Condition("employment_rate", "employment"),
    "unemployment": Condition("unemployment_rate", "unemployment"),
    "child_labour": Condition("child_labour_rate", "child labour", {"age": "5 to 17 years old"}),
    "child_marriage": Condition(
        "child_marriage_rate",
        "child marriage",
        {"series": "before age 18", "age": "under 18 years old"},
    ),
    "partner_violence": Condition("intimate_partner_violence_rate", "partner violence"),
    "violent_discipline": Condition("child_violent_discipline_rate", "violent discipline"),
}
#: Those of children, where women and men are girls and boys.
OF_CHILDREN = ("child_labour", "violent_discipline")
#: Value of child labour that a change of measurement breaks off: year and age.
BROKEN = (2023, "age_15_17")


def rate(table: pd.DataFrame, key: str, by: str = "", groups: Sequence[str] = ()) -> Values:
    """One condition of `CONDITIONS`, for the whole country or by one breakdown.

    Per cent: years by groups, or one column named `key`. Parameters as in `breakdowns.official`.
    """
    indicator, label, how = CONDITIONS[key]
    how = {k: v for k, v in how.items() if k != by}
    return official(table, indicator, by, groups=groups, name=key, label=label, **how)


def last_pairs(parts: Mapping[str, Values]) -> Values:
    """Return the last rates printed for both of two groups, condition by condition.

    A row for each condition, with its year; where the first group is furthest above the second,
    first. `parts`: condition to years by two groups, the same two for all.
    """
    rows = []
    for key, values in parts.items():
        both = values.frame.dropna()
        if len(both):
            who = " (girls, boys)" if key in OF_CHILDREN and "women" in both else ""
            row = {both.index[-1]: f"{CONDITIONS[key].label}{who}, {both.index[-1]}"}
            rows.append(values.at(row).called(rows=row, unit="percent").axes(rows="condition"))
    if not rows:
        return Values.of({})
    found = stacked(*rows)
    gap = found.frame.iloc[:, 1] - found.frame.iloc[:, 0]
    return found.at(gap.sort_values(kind="stable").index)


def last_by_area(areas: Mapping[str, Values]) -> Values:
    """Return conditions by area, each in the last year printed, ordered by name."""
    last = {key: v.span(v.years[-1], v.years[-1]) for key, v in areas.items() if v}
    labels = {n: about.label for v in last.values() for n, about in v.about.items()}
    frame = pd.DataFrame({key: v.frame.iloc[0] for key, v in last.items()}).rename_axis("area")
    if len(frame):
        frame = frame.rename(index=labels).sort_index()
    heads = {key: f"{CONDITIONS[key].label}, {v.rows[0]}" for key, v in last.items()}
    cited = {key: v.sources for key, v in last.items()}
    return Values.of(frame, unit="percent", label=heads, sources=cited, rows="area")


def line_and_prices(line: pd.DataFrame, start: int, end: int) -> dict[str, float]:
    """Return by how much the poverty line and prices changed between two years, per cent.

    `line` has ``som`` and ``prices_pct``, the change of prices on the year before, by year. Empty
    where the line of either year or a price is missing.
    """
    som = line["som"].reindex([start, end])
    prices = (1 + line.loc[start + 1 : end, "prices_pct"] / 100).prod(skipna=False)
    if som.isna().any() or pd.isna(prices):
        return {}
    return {"change_pct": 100 * (som[end] / som[start] - 1), "prices_pct": 100 * (prices - 1)}


def broken_off(labour: Values) -> tuple[Values, list[str]]:
    """Return child labour by age, a line for each survey, with the value of `BROKEN` set apart.

    Also the name of its column, in a list that is empty where the survey is not in.
    """
    (year, age), labels = BROKEN, {name: about.label for name, about in labour.about.items()}
    frame = labour.frame.T.rename_axis("group").rename_axis(columns="year")
    alone = []
    if year in frame and age in frame.index:
        alone = [f"{year}, not comparable"]
        frame.loc[age, alone] = frame.loc[age, year]
        frame.loc[age, year] = float("nan")
    frame = frame.rename(index=labels)
    return Values.of(frame, unit="percent", sources=labour.sources), alone
