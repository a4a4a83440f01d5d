"""What moved between two vintages: values new, revised and withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.data.access import open_catalog
from livingbrief.data.catalog import Catalog
from livingbrief.data.content import NUMERIC, unusable_to_missing
from livingbrief.data.datasets import in_words
from livingbrief.data.descriptor import Resource
from livingbrief.errors import DataError
from livingbrief.escape import markdown

RELATIVE_NOISE = 1e-9
COUNTS = NEW, REVISED, WITHDRAWN = "new", "revised", "withdrawn"
DOLLARS, MILLIONS, PERSONS = "current US$", "US$ million", "persons"
LARGE_REVISION_PCT = 1.0
# A percentage of a handful of people reads like a trend.
FEWEST_FOR_PER_CENT = 30
# The report prints rates to a tenth of a point: a smaller revision does not show.
LARGE_REVISION_POINTS = 0.1
LARGE = "by more than one per cent, or for rates by more than a tenth of a point"
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
        new, pct (change in per cent, revised values only), large (revised by more than one per
        cent, rates by more than a tenth of a point).
    """
    return _differences(open_catalog(root), publisher, old, new).copy()


@lru_cache(maxsize=8)
def _differences(catalog: Catalog, publisher: str, old: str, new: str) -> pd.DataFrame:
    """Return what is the same for the annexes of all countries."""
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
    large = (pct.abs() > LARGE_REVISION_PCT).mask(
        unit.map(_is_rate).astype(bool),
        (change == REVISED) & ((now - was).abs() - LARGE_REVISION_POINTS > RELATIVE_NOISE),
    )
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
            "large": large,
        }
    )
    out = out[out["change"] != ""].reset_index(drop=True)
    return out.astype({"iso3": "object", "year": "Int64"})


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
    title: str
    publisher: str
    frame: pd.DataFrame = field(compare=False)
    first: Sequence[str] = ()
    home: str = ""

    @property
    def figures(self) -> pd.DataFrame:
        """Changed values, one row of a figure that is printed with its range."""
        return _printed_once(self.frame)

    @property
    def counts(self) -> dict[str, int]:
        """Number of values that are `new`, `revised` and `withdrawn`."""
        return _counted(self.figures)

    @property
    def headline(self) -> pd.DataFrame:
        """Headline series of the country, newest year first; dollars in millions."""
        rows, order = self.frame, {code: i for i, code in enumerate(self.first)}
        here = (rows["iso3"] == self.country) | (rows["iso3"].isna() & (self.country == self.home))
        rows = _printed_once(rows[here & rows["series"].isin(self.first)])
        rows = rows.assign(order=rows["series"].map(order))
        rows = rows.sort_values(["order", "year"], ascending=[True, False])
        dollars = rows["unit"] == DOLLARS
        rows[["old", "new"]] = rows[["old", "new"]].div(np.where(dollars, 1e6, 1.0), axis=0)
        return rows.assign(unit=rows["unit"].mask(dollars, MILLIONS))

    @property
    def by_series(self) -> pd.DataFrame:
        """One row a series, headline series first: code, label, counts, large, economies."""
        found = []
        for (_, code, label), group in self.frame.groupby(["table", "code", "label"], sort=False):
            figures = _printed_once(group)
            row = {"code": code, "label": label, **_counted(figures)}
            row |= {"large": int(figures["large"].sum()), "economies": group["iso3"].nunique()}
            found.append(row)
        out = pd.DataFrame(found, columns=["code", "label", *COUNTS, "large", "economies"])
        rank = {code: i for i, code in enumerate(c.split(" ")[0] for c in self.first)}
        return out.sort_values("code", key=lambda c: c.map(rank).fillna(len(rank)), kind="stable")


def changes(
    root: Path,
    publisher: str,
    old: str,
    new: str,
    country: str = "",
    series: Collection[str] | None = None,
) -> Changes:
    """Compare two vintages, headline series of a country (the brief's home) first.

    With `series` these series only; errors are those of `differences`.
    """
    catalog = open_catalog(root)
    country = country or catalog.brief.home
    found = differences(root, publisher, old, new)
    if series is not None:
        found = found[found["series"].isin(series)].reset_index(drop=True)
    tables = list(dict.fromkeys(r.table for r in catalog.resources if r.publisher == publisher))
    about = catalog.tables[next((t for t in tables if t in set(found["table"])), tables[0])]
    return Changes(
        old,
        new,
        country,
        catalog.brief.country_name(catalog, country),
        about.line,
        about.publisher,
        found,
        catalog.brief.headline_series,
        catalog.brief.home,
    )


# ---------------------------------------------------------------- written


def written(found: Changes, limit: int = 10, *, plain: bool = False) -> str:
    """Write the changes as Markdown, or plain for a terminal: headline series, then all of them.

    `limit` lines of each headline series are shown, newest years first, and three times as many of
    the list by series (0: all); what is left out is counted.
    """
    text = str if plain else markdown
    counts = found.counts
    heading = "" if plain else "#"
    lines = [
        f"{2 * heading} {text(found.title)}",
        f"From the vintage of {in_words(found.old)} to that of {in_words(found.new)}: "
        f"{counts[NEW]:,} values are new, {counts[REVISED]:,} revised, {counts[WITHDRAWN]:,} "
        "withdrawn.",
        f"{3 * heading} Headline series, {text(found.country_name)}",
        headline_table(found, limit, plain=plain),
        f"{3 * heading} By series",
        series_table(found, limit, plain=plain),
    ]
    return "\n\n".join(line.strip() for line in lines) + "\n" * (not plain)


def headline_table(found: Changes, limit: int = 10, *, plain: bool = False) -> str:
    """Write the headline values that moved as a table; what is not shown is counted below it."""
    text, moved = str if plain else markdown, found.headline
    if moved.empty:
        return "No headline value moved."
    rows, left_out = [], []
    for (label, unit), group in moved.groupby(["label", "unit"], sort=False):
        named = f"{text(label)} ({text(unit)})" if unit else text(label)
        several = group.head(limit or len(group))
        rows += [[named, str(row["year"]), *_cells(row)] for row in several.to_dict("records")]
        if more := len(group) - len(several):
            earlier = f"{more:,} earlier {'year' if more == 1 else 'years'}"
            left_out.append(f"{text(label)}, {earlier}")
    lines = [table(["Series", "Year", "Old", "New", "Difference"], rows, plain=plain)]
    return "\n\n".join([*lines, *([f"Not shown: {'; '.join(left_out)}."] if left_out else [])])


def series_table(found: Changes, limit: int = 10, *, plain: bool = False) -> str:
    """Write the numbers of values that moved as a table, three times `limit` series at most."""
    text, series = str if plain else markdown, found.by_series
    if series.empty:
        return "No value moved."
    tables, code = set(found.frame["table"]), "({})" if plain else "(`{}`)"
    several = series.head(3 * limit or len(series))
    rows = [
        [
            f"{text(r.label)}{'' if r.code in tables else ' ' + code.format(r.code)}",
            *(f"{count:,}" for count in (r.new, r.revised, r.large, r.withdrawn)),
            str(r.economies or "–"),
        ]
        for r in several.itertuples()
    ]
    heads = ["Series", "New", "Revised", "Revised much", "Withdrawn", "Economies"]
    lines, more = [table(heads, rows, plain=plain)], len(series) - len(several)
    lines += [f"Not shown: {more:,} more series."] if more else []
    lines += [f"Revised much: {LARGE}."] if series[REVISED].any() else []
    return "\n\n".join(lines)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, plain: bool = False) -> str:
    """Write a table in Markdown, or in columns for a terminal; its cells are written already."""
    lines = [heads, *rows]
    if plain:
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        padded = (map(str.ljust, line, widths) for line in lines)
        return "\n".join("  ".join(line).rstrip() for line in padded)
    marked = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([marked[0], f"|{'---|' * len(heads)}", *marked[1:]])


def _is_rate(unit: str) -> bool:
    """Whether a unit is per cent; one with a semicolon is that of several series."""
    return unit.startswith(("percent", "annual percent")) and ";" not in unit


def _counted(figures: pd.DataFrame) -> dict[str, int]:
    found = figures["change"].value_counts()
    return {change: int(found.get(change, 0)) for change in COUNTS}


def _printed_once(found: pd.DataFrame) -> pd.DataFrame:
    """Keep one row of a figure that is printed with its range.

    A figure of which only the range is printed has no value of its own; one that goes from a value
    to a range, or back, is revised.
    """
    figure = ["table", "series", "iso3", "year"]
    of_range = found["field"].isin(RANGE)
    if not of_range.any():
        return found
    mixed = found.groupby(figure, dropna=False)["change"].transform("nunique") > 1
    out = found.assign(
        change=found["change"].mask(mixed, REVISED),
        old=found["old"].mask(of_range),
        new=found["new"].mask(of_range),
        last=of_range,
    )
    first = out.sort_values("last", kind="stable").drop_duplicates(figure)
    return first.sort_index().drop(columns="last")


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
