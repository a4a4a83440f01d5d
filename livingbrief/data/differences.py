"""What moved between two vintages: values new, revised and withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.data.access import open_catalog
from livingbrief.data.catalog import Catalog
from livingbrief.data.content import NUMERIC, unusable_to_missing
from livingbrief.data.descriptor import Published, Resource
from livingbrief.errors import DataError
from livingbrief.escape import markdown
from livingbrief.wording import counted, long_date

RELATIVE_NOISE = 1e-9
COUNTS = NEW, REVISED, WITHDRAWN = "new", "revised", "withdrawn"
DOLLARS, MILLIONS, PERSONS = "current US$", "US$ million", "persons"
# A percentage of a handful of people reads like a trend.
FEWEST_FOR_PER_CENT = 30
RANGE = ("low", "high")
MINUS = "\N{MINUS SIGN}"
CODED = ("indicator", "series_id")
SERIES = ["indicator", "iso3"]


def differences(root: Path, publisher: str, old: str, new: str) -> pd.DataFrame:
    """Compare two vintages of a publisher value by value; a `DataError` if they share no table.

    Two whole tables are compared in full; a series that the old one lacks is compared with what
    another vintage had of it then, which reports showed. If one vintage holds only some series,
    those series of a country are compared that both hold, from the first year that both have.

    Returns
    -------
    DataFrame
        Columns table, code (of a table without series its id), label, unit, change (`new`,
        `revised`, `withdrawn`), series (the key but for country and year), iso3, year, field, old,
        new, pct (change in per cent, revised values only). A figure with its range is one row.
    """
    catalog = open_catalog(root)
    pairs = shared(catalog, publisher, old, new)
    if not pairs:
        raise DataError(f"the vintages {old} and {new} of {publisher!r} share no table")
    return pd.concat([_compare(catalog, a, b) for a, b in pairs], ignore_index=True)


def shared(catalog: Catalog, publisher: str, old: str, new: str) -> list[tuple[Resource, Resource]]:
    """Return the files of two vintages of a publisher, for each table that is in both.

    A `DataError` if one of the vintages is unknown.
    """
    for vintage in (old, new):
        catalog.resolve(publisher, vintage)
    dated = [r for r in catalog.resources if r.publisher == publisher]
    return [
        (a, b)
        for a in dated
        for b in dated
        if (a.table, a.part) == (b.table, b.part) and (a.vintage, b.vintage) == (old, new)
    ]


def _compare(catalog: Catalog, old: Resource, new: Resource) -> pd.DataFrame:
    key = new.key
    numbers = [c.name for c in new.fields if c.type in NUMERIC and c.name not in key]
    # What one of the two misprints is missing in it, and neither new nor withdrawn.
    misprinted = [*old.unusable, *new.unusable]
    before, after = (
        _long(unusable_to_missing(rows, misprinted), key, numbers)
        for rows in (_served(catalog, old, new), catalog.frame(new))
    )
    both = before.merge(after, on=[*key, "field"], how="outer", suffixes=("_old", "_new"))
    if not (old.is_full and new.is_full):
        both = _held_by_both(both, before, after, [k for k in key if k != "year"])
    was, now = both["printed_old"], both["printed_new"]
    moved = (now - was).abs() > RELATIVE_NOISE * was.abs()
    change = np.select([was.isna(), now.isna(), moved], [NEW, WITHDRAWN, REVISED], default="")
    names = [k for k in key if k not in ("iso3", "year")]
    coded, explained = next((n for n in CODED if n in names), None), catalog.explained(new.table)
    codes = both[coded].astype(str) if coded else pd.Series("", index=both.index)
    title = catalog.tables[new.table].title
    labels = {c: about.label for c, about in explained.items()}
    units = {c: about.unit for c, about in explained.items()}
    persons = PERSONS * (new.publisher in catalog.brief.counts_people)
    unit = codes.map(lambda code: units.get(code, persons)).astype(str)
    pct = (100 * (now / was - 1)).where(change == REVISED)
    out = pd.DataFrame(
        {
            "table": new.table,
            "code": codes.where(codes.isin(list(explained)), new.table),
            "label": [labels.get(code, code or title) for code in codes],
            "unit": unit,
            "change": change,
            "series": [" ".join(str(v) for v in row if pd.notna(v)) for row in both[names].values],
            "iso3": both.get("iso3", pd.NA),
            "year": both.get("year", pd.NA),
            "field": both["field"],
            "old": was,
            "new": now,
            "pct": pct,
        }
    )
    out = out[out["change"] != ""].reset_index(drop=True)
    return _with_range(out.astype({"iso3": "object", "year": "Int64"}))


def _served(catalog: Catalog, old: Resource, new: Resource) -> pd.DataFrame:
    """Rows of a vintage, and what stood in for series that it lacks and a new one has."""
    found = catalog.frame(old)
    if not (old.is_full and new.is_full) or set(SERIES) - set(old.key):
        return found
    begins = catalog.frame(new).groupby(SERIES)["year"].min().rename("begins").reset_index()
    for resource in catalog.known_then(old.table, old.vintage):
        if not resource.is_full:
            rows = catalog.frame(resource).merge(begins, on=SERIES)
            have = pd.MultiIndex.from_frame(found.dropna(subset=["value"])[SERIES])
            lacking = ~pd.MultiIndex.from_frame(rows[SERIES]).isin(have)
            rows = rows[lacking & (rows["year"] >= rows["begins"])]
            found = pd.concat([found, rows.drop(columns="begins")], ignore_index=True)
    return found


def _held_by_both(
    both: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, held: list[str]
) -> pd.DataFrame:
    if "year" not in before:
        return both.merge(pd.merge(before[held], after[held]).drop_duplicates(), on=held)
    begins = [
        frame.groupby(held, dropna=False)["year"].min().reset_index() for frame in (before, after)
    ]
    joined = pd.merge(*begins, on=held, suffixes=("_old", "_new"))
    joined["begins"] = joined[["year_old", "year_new"]].max(axis=1)
    kept = both.merge(joined[[*held, "begins"]], on=held)
    return kept[kept["year"] >= kept["begins"]].drop(columns="begins")


def _long(frame: pd.DataFrame, key: list[str], numbers: list[str]) -> pd.DataFrame:
    values = frame[[*key, *numbers]].astype(dict.fromkeys(numbers, "float64"))
    long = values.melt(id_vars=key, value_vars=numbers, var_name="field", value_name="printed")
    return long.dropna(subset=["printed"])


@dataclass(frozen=True)
class Changes:
    """What moved between two vintages of a publisher.

    `country`: whose headline series (`first`) come first; `frame`: every changed value, as
    `differences` gives it; `home`: country of tables that name none.
    """

    old: str
    new: str
    country: str
    country_name: str
    about: Published
    frame: pd.DataFrame = field(compare=False)
    first: Sequence[str] = ()
    home: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """Number of values that are `new`, `revised` and `withdrawn`."""
        found = self.frame["change"].value_counts()
        return {change: int(found.get(change, 0)) for change in COUNTS}

    @property
    def headline(self) -> pd.DataFrame:
        """Headline series of the country, newest year first; dollars in millions."""
        rows, order = self.frame, {code: i for i, code in enumerate(self.first)}
        here = (rows["iso3"] == self.country) | (rows["iso3"].isna() & (self.country == self.home))
        rows = rows[here & rows["series"].isin(self.first)]
        rows = rows.assign(order=rows["series"].map(order))
        rows = rows.sort_values(["order", "year"], ascending=[True, False])
        dollars = rows["unit"] == DOLLARS
        rows[["old", "new"]] = rows[["old", "new"]].div(np.where(dollars, 1e6, 1.0), axis=0)
        return rows.assign(unit=rows["unit"].mask(dollars, MILLIONS))

    @property
    def by_series(self) -> pd.DataFrame:
        """One row a series, headline series first: code, label, counts, economies."""
        told = self.frame.assign(**{c: self.frame["change"] == c for c in COUNTS})
        out = told.groupby(["table", "code", "label"], sort=False).agg(
            **{name: (name, "sum") for name in COUNTS}, economies=("iso3", "nunique")
        )
        rank = {code: i for i, code in enumerate(c.split(" ")[0] for c in self.first)}
        order = {"key": lambda c: c.map(rank).fillna(len(rank)), "kind": "stable"}
        return out.reset_index().drop(columns="table").sort_values("code", **order)


def changes(root: Path, publisher: str, old: str, new: str, country: str = "") -> Changes:
    """Compare two vintages, headline series of a country (the brief's home) first.

    Errors are those of `differences`.
    """
    catalog = open_catalog(root)
    country = country or catalog.brief.home
    found = differences(root, publisher, old, new)
    tables = [r.table for r in catalog.resources if r.publisher == publisher]
    moved = set(found["table"])
    about = catalog.tables[next((t for t in tables if t in moved), tables[0])]
    name, first = catalog.brief.country_name(catalog, country), catalog.brief.headline_series
    return Changes(old, new, country, name, about, found, first, catalog.brief.home)


def written(found: Changes, limit: int = 10) -> str:
    """Write the changes as Markdown that a terminal shows as well: headline series, then all.

    `limit` lines of each headline series are shown, newest years first, and three times as many of
    the list by series (0: all); what is left out is counted.
    """
    counts = found.counts
    lines = [
        f"## {markdown(found.about.line)}",
        f"From the vintage of {long_date(found.old)} to that of {long_date(found.new)}: "
        f"{counts[NEW]:,} values are new, {counts[REVISED]:,} revised, {counts[WITHDRAWN]:,} "
        "withdrawn.",
        f"### Headline series, {markdown(found.country_name)}",
        headline_table(found, limit),
        "### By series",
        series_table(found, limit),
    ]
    return "\n\n".join(lines) + "\n"


def headline_table(found: Changes, limit: int = 10) -> str:
    """Write the headline values that moved as a table; what is not shown is counted below it."""
    moved, rows, left_out = found.headline, [], []
    if moved.empty:
        return "No headline value moved."
    for (label, unit), group in moved.groupby(["label", "unit"], sort=False):
        named = f"{markdown(label)} ({markdown(unit)})" if unit else markdown(label)
        several = group.head(limit or len(group))
        rows += [[named, str(row["year"]), *_cells(row)] for row in several.to_dict("records")]
        if more := len(group) - len(several):
            left_out.append(f"{markdown(label)}, {counted(more, 'earlier year')}")
    told = table(["Series", "Year", "Old", "New", "Difference"], rows)
    return f"{told}\n\nNot shown: {'; '.join(left_out)}." if left_out else told


def series_table(found: Changes, limit: int = 10) -> str:
    """Write the numbers of values that moved as a table, three times `limit` series at most."""
    series, tables = found.by_series, set(found.frame["table"])
    if series.empty:
        return "No value moved."
    several = series.head(3 * limit or len(series))
    rows = [
        [
            f"{markdown(r.label)}{'' if r.code in tables else f' (`{r.code}`)'}",
            *(f"{count:,}" for count in (r.new, r.revised, r.withdrawn)),
            str(r.economies or "–"),
        ]
        for r in several.itertuples()
    ]
    heads = ["Series", "New", "Revised", "Withdrawn", "Economies"]
    told, more = table(heads, rows), len(series) - len(several)
    return f"{told}\n\nNot shown: {more:,} more series." if more else told


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table in Markdown, its columns below each other; its cells are written already."""
    lines = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    told = [f"| {' | '.join(map(str.ljust, line, widths))} |" for line in lines]
    return "\n".join([told[0], f"|{'---|' * len(heads)}", *told[1:]])


def _is_rate(unit: str) -> bool:
    """Whether a unit is per cent; one with a semicolon is that of several series."""
    return unit.startswith(("percent", "annual percent")) and ";" not in unit


def _with_range(found: pd.DataFrame) -> pd.DataFrame:
    """Keep one row of a figure that is printed with its range.

    A figure of which only the range is printed has no value of its own; one that goes from a value
    to a range, or back, is revised.
    """
    figure = ["table", "series", "iso3", "year"]
    of_range = found["field"].isin(RANGE)
    if not of_range.any():
        return found
    mixed = found.groupby(figure, dropna=False)["change"].transform("nunique") > 1
    found.loc[mixed, "change"] = REVISED
    found.loc[of_range, ["old", "new"]] = np.nan
    order = of_range.sort_values(kind="stable").index
    return found.loc[order].drop_duplicates(figure).sort_index().reset_index(drop=True)


def _value(value: float, unit: str = "") -> str:
    if pd.isna(value):
        return "–"
    whole = abs(value) >= 1_000_000 or unit == PERSONS
    # A negative number has its true minus sign.
    return (f"{value:,.0f}" if whole else f"{value:,.2f}").replace("-", MINUS)


def _cells(row: dict[str, Any]) -> tuple[str, str, str]:
    """Write a figure before and now, and by how much it moved."""
    old, new, unit, change = (row[name] for name in ("old", "new", "unit", "change"))
    was = "–" if change == NEW else _value(old, unit)
    now = "withdrawn" if change == WITHDRAWN else _value(new, unit)
    by = str(change)
    if change == REVISED and _is_rate(unit):
        by = f"{_signed(new - old, 2)} percentage points"
    elif change == REVISED and not pd.isna(row["pct"]):
        few = unit == PERSONS and max(old, new) < FEWEST_FOR_PER_CENT
        by = f"{new - old:+,.0f}" if few else f"{_signed(row['pct'], 1)} %"
    return was, now, by.replace("-", MINUS)


def _signed(value: float, digits: int) -> str:
    """Write a difference with its sign; one that is rounded away has none."""
    text = f"{value:+z,.{digits}f}"
    return text if text.strip("+0.") else text[1:]
