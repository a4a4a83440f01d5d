"""Titles that judge, until they stand in ``book/findings.yml``."""

from __future__ import annotations

from collections.abc import Sequence

from remitrisk.analysis.accounting import disagreeing
from remitrisk.values import Values


def changes(change: Values) -> str:
    """Return how often the measures disagree."""
    years = disagreeing(change)
    if not years:
        return "In these shock years all measures of remittances moved the same way"
    if len(years) == len(change.rows):
        return "In none of these shock years do all measures of remittances move the same way"
    return "Whether remittances fell depends on the measure in " + _listed(years)


def share_parts(parts: Values) -> str:
    """Return in which falls of the share GDP in dollars did more than the inflow."""
    falls = parts.frame[parts.frame["share_log"] < 0]
    if falls.empty:
        return "Remittances’ share of GDP fell in none of these shock years"
    own = falls["inflow_log"]
    years = [int(y) for y in falls.index[falls["share_log"] - own < own]]
    if not years:
        return "Whenever the share of GDP fell, the inflow did more to lower it than GDP in dollars"
    return f"In {_listed(years)} GDP in dollars did more than the inflow to lower the share"


def inflow_parts(parts: Values, money: str, real: Values) -> str:
    """Return in how many falls of the dollar inflow the amount in host currency rose.

    Parameters
    ----------
    parts, real : Values
        From `accounting.inflow_parts` and `accounting.real_amount`.
    money : str
        What a reader calls the host's currency.
    """
    falls = parts.frame[parts.frame["inflow_log"] < 0]
    if falls.empty:
        return "The gross dollar inflow fell in none of these shock years"
    years = [int(y) for y in falls.index[falls["ruble_amount_log"] > 0]]
    if not years:
        text = f"When the dollar inflow fell, the amount in {money} fell as well"
    elif len(years) == len(falls):
        text = f"Each time fewer dollars arrived, the amount in {money} rose"
    else:
        text = f"In {_listed(years)} fewer dollars arrived although the amount in {money} rose"
    if not years or not real or real.frame.iloc[:, 0].reindex(years).isna().any():
        return text
    below = [y for y in years if real.series[y] <= 0]
    if not below:
        return f"{text}, also net of prices there"
    if len(below) == len(years):
        return f"{text}, but not net of prices there"
    return f"{text}; net of prices there it did not in {_listed(below)}"


def vintages(change: Values) -> str:
    """Return for which years the sign of the change depends on the vintage."""
    numbers = change.frame
    years = [
        int(y) for y in numbers.index if (numbers.loc[y] > 0).any() and (numbers.loc[y] < 0).any()
    ]
    if not years:
        return "The direction of change in each shock year is the same in every vintage"
    return f"Whether the gross dollar inflow fell in {_listed(years)} depends on the vintage"


def _listed(years: Sequence[int]) -> str:
    *first, last = map(str, years)
    return f"{', '.join(first)} and {last}" if first else last
