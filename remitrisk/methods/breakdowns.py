"""Slices of a statistical office's long table: one indicator by one breakdown, years down."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from livingbrief.data.known import combined
from livingbrief.values.values import Values
from remitrisk.printings import BREAKDOWNS

# The publisher's labels, shortened for charts; a label that is not here is used as it is.
SHORT = {
    "under 17 years old": "under 17",
    "14 to 28 years old": "14–28",
    "16 to 62 years old (working age population: women 16-57 years old, men 16-62 years old)": (
        "working age"
    ),
    "58 years old and over (population over working age: women 58 years and older, "
    "men 63 years and older)": "over working age",
    "5 to 11 years old": "5–11",
    "12 to 14 years old": "12–14",
    "15 to 17 years old": "15–17",
    "Quintile 1 (poorest)": "poorest",
    "Quintile 2": "second",
    "Quintile 3": "middle",
    "Quintile 4": "fourth",
    "Quintile 5 (richest)": "richest",
    "Female": "women",
    "Male": "men",
    "Urban": "urban",
    "Rural": "rural",
    "Lower secondary education": "lower secondary",
    "Upper secondary education": "upper secondary",
    "Post-secondary non-tertiary education": "vocational",
    "Short-cycle tertiary education": "short tertiary",
    "Tertiary education (Bachelor’s and Master's or equivalent)": "degree",
    "Bishkek (city)": "Bishkek",
    "Osh (city)": "Osh city",
    "Osh": "Osh oblast",
}


def breakdown(table: pd.DataFrame, indicator: str, by: str, **how: Any) -> pd.DataFrame:
    """One indicator by one breakdown: years by groups, short labels in the publisher's order.

    `table` is long, with ``indicator``, ``series``, ``year``, ``value`` and the columns of
    `BREAKDOWNS`, empty where a row is not broken down that way. `by`: the column to break down by.
    Of `how`, ``series`` is a part of the name of one of several series under the indicator, without
    which rows that name a series are left out; ``last_year`` cuts; others are columns that have one
    value throughout, ``age="5 to 17 years old"``. ValueError when a year and group occur twice.
    """
    rows = _select(table, indicator, {by}, **how)
    rows = rows.assign(group=rows[by].map(lambda g: SHORT.get(g, g)))
    if rows.duplicated(["year", "group"]).any():
        raise ValueError(f"{indicator} by {by} has two values for one year and group")
    order = list(dict.fromkeys(rows["group"]))
    wide = rows.dropna(subset=["value"]).set_index(["year", "group"])["value"].unstack()
    wide = wide.reindex(columns=order)
    wide.attrs |= rows.attrs
    return wide


def headline(table: pd.DataFrame, indicator: str, **how: Any) -> pd.Series:
    """One indicator for the whole country: value by year, none missing; see `breakdown`."""
    rows = _select(table, indicator, set(), **how)
    if rows.duplicated("year").any():
        raise ValueError(f"{indicator} has two values for one year: name the series")
    out = rows.set_index("year")["value"].dropna().sort_index()
    out.attrs |= rows.attrs
    return out


def official(
    table: pd.DataFrame,
    indicator: str,
    by: str = "",
    *,
    groups: Sequence[str] = (),
    name: str = "",
    label: str = "",
    unit: str = "percent",
    **how: Any,
) -> Values:
    """One indicator, for the whole country or by one breakdown, as values; see `breakdown`.

    ``table.attrs["source"]`` is what is cited; `groups` are the columns to give, in order (one that
    is not printed is empty); `name` and `label` are those of the only column, where there is no
    breakdown. Each group stands under the `slug` of its short label. Empty when there is none.
    """
    if by:
        wide = breakdown(table, indicator, by, **how)
    else:
        wide = headline(table, indicator, **how).to_frame(label or name or indicator)
    source = wide.attrs.get("source", table.attrs["source"])
    names = dict(zip(wide, [name or indicator] if not by else map(slug, wide), strict=True))
    labels = {names[group]: str(group) for group in wide}
    cited = [source]
    wide = wide.rename(columns=names).rename_axis(columns="measure")
    wide = wide.reindex(columns=[*groups]) if groups else wide
    return Values.of(wide, unit=unit, label=labels, sources=cited)


def extremes(groups: Values) -> tuple[pd.DataFrame, Values]:
    """Return which group has the highest and which the lowest number of each row.

    Labels in columns ``highest`` and ``lowest``, and their numbers, likewise.
    """
    frame = groups.known().frame
    labels = {name: about.label for name, about in groups.about.items()}
    names = pd.DataFrame({"highest": frame.idxmax(axis=1), "lowest": frame.idxmin(axis=1)})
    ends = pd.DataFrame({"highest": frame.max(axis=1), "lowest": frame.min(axis=1)})
    names = names.map(labels.get).rename_axis(columns=groups.frame.columns.name)
    return names, Values.of(ends, unit=groups.unit).on(groups)


def among_highest(groups: Values, *, first: int = 3) -> tuple[list[str], list[int]]:
    """Return which groups are among the `first` highest each year, the highest first; the years.

    The years are the last in a row in which the same groups are printed, so that none is missing
    and none was part of another. Where two are level both have the lower rank.
    """
    frame = groups.known().frame
    changed = frame.notna().ne(frame.notna().iloc[-1]).any(axis=1)
    changed |= frame.index.to_series().diff().shift(-1).gt(1)
    same = frame.loc[frame.index > max(frame.index[changed], default=0)].dropna(axis=1)
    ranks = same.rank(axis=1, ascending=False, method="max")
    order = same.mean().sort_values(ascending=False).index
    return [name for name in order if (ranks[name] <= first).all()], [*same.index]


def slug(label: str) -> str:
    """Turn a group's label into a segment of a key: ``"Osh city"`` to ``"osh_city"``."""
    out = "".join(c if c.isalnum() else "_" for c in label.lower()).strip("_")
    return f"age_{out}" if out[:1].isdigit() else out


def _select(
    table: pd.DataFrame,
    indicator: str,
    free: set[str],
    *,
    series: str | None = None,
    last_year: int | None = None,
    **fixed: str,
) -> pd.DataFrame:
    unknown = (free | set(fixed)) - set(BREAKDOWNS)
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} is not a breakdown of the table")
    own = table[table["indicator"].eq(indicator)]
    if series is None:
        keep = own["series"].isna()
    else:
        keep = own["series"].fillna("").str.contains(series, regex=False)
    for column in BREAKDOWNS:
        if column in fixed:
            keep &= own[column].eq(fixed[column])
        elif column in free:
            keep &= own[column].notna()
        else:
            keep &= own[column].isna()
    if last_year is not None:
        keep &= own["year"].le(last_year)
    rows = own.loc[keep]
    if rows["series"].nunique() > 1:
        raise ValueError(f"{indicator} has several series by that name: name the series")
    if "printed" in rows and len(rows):
        rows.attrs["source"] = {**table.attrs["source"], "vintage": combined(rows["printed"])}
    return rows
