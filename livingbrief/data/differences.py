"""What moved between two vintages: values new, revised and withdrawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.data.access import open_catalog
from livingbrief.data.catalog import Catalog
from livingbrief.data.content import CODED, NUMERIC, unusable_to_missing
from livingbrief.data.descriptor import Published, Resource
from livingbrief.data.neighbours import label, measure
from livingbrief.errors import DataError
from livingbrief.escape import markdown
from livingbrief.wording import long_date

RELATIVE_NOISE = 1e-9
COUNTS = NEW, REVISED, WITHDRAWN = "new", "revised", "withdrawn"
DOLLARS, MILLIONS, PERSONS = "current US$", "US$ million", "persons"
# A percentage of a handful of people reads like a trend.
FEWEST_FOR_PER_CENT = 30
MINUS = "\N{MINUS SIGN}"
ONLY_BOTH = "One of the two vintages is partial: only the series that both hold are compared."


@dataclass(frozen=True)
class Changes:
    """What moved between two vintages of a publisher: `frame` has every value that did.

    `first`: headline series, of `country`, or of tables that name none where it is the `home` of
    the brief; `whole`: whether both vintages hold whole tables.
    """

    old: str
    new: str
    country: str
    country_name: str
    about: Published
    frame: pd.DataFrame = field(compare=False)
    first: Sequence[str] = ()
    home: str = ""
    whole: bool = True

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
        kinds = dict.fromkeys(COUNTS, "sum") | {"iso3": "nunique"}
        out = told.groupby(["table", "code", "label"], sort=False).agg(kinds)
        out = out.rename(columns={"iso3": "economies"})
        rank = {code: i for i, code in enumerate(c.split(" ")[0] for c in self.first)}
        order = {"key": lambda c: c.map(rank).fillna(len(rank)), "kind": "stable"}
        return out.reset_index().drop(columns="table").sort_values("code", **order)


def changes(root: Path, publisher: str, old: str, new: str, country: str = "") -> Changes:
    """Compare two vintages of a publisher value by value, headline series of a country first.

    If one holds only some series, those that both hold are compared, from the first common year.

    Parameters
    ----------
    country : str, optional
        Without it the home of the brief.

    Returns
    -------
    Changes
        `frame`: table, code (of a table without series its id), label, unit, change, series (the
        key but for country and year), iso3, year, old, new, pct (change in per cent).

    Raises
    ------
    DataError
        If a vintage or the country is unknown, or the two vintages share no table.
    """
    catalog = open_catalog(root)
    for vintage in (old, new):
        catalog.resolve(publisher, vintage)
    same = [r for r in catalog.resources if r.publisher == publisher]
    later = {(r.table, r.part): r for r in same if r.vintage == new}
    before = {(r.table, r.part): r for r in same if r.vintage == old}
    pairs = [(before[at], later[at]) for at in before if at in later]
    if not pairs:
        raise DataError(f"the vintages {old} and {new} of {publisher!r} share no table")
    held = [resource for pair in pairs for resource in pair]
    brief = catalog.brief
    if country:
        brief.refuse_unknown_country(catalog, country, held)
    country = country or brief.home
    frame = pd.concat([_compare(catalog, *pair) for pair in pairs], ignore_index=True)
    about = catalog.tables[frame["table"].iloc[0] if len(frame) else pairs[0][0].table]
    name, whole = brief.country_name(catalog, country), all(r.is_full for r in held)
    return Changes(old, new, country, name, about, frame, brief.headline_series, brief.home, whole)


def _compare(catalog: Catalog, old: Resource, new: Resource) -> pd.DataFrame:
    key, explained = new.key, catalog.explained(new.table)
    numbers = [c.name for c in new.fields if c.type in NUMERIC and c.name not in key]
    # What one of the two misprints is missing in it, and neither new nor withdrawn.
    misprinted = [*old.unusable, *new.unusable]
    before, after = (
        unusable_to_missing(catalog.frame(r), misprinted)[[*key, *numbers]]
        .dropna(subset=numbers, how="all")
        .astype(dict.fromkeys(numbers, "float64"))
        for r in (old, new)
    )
    both = before.merge(after, on=key, how="outer", suffixes=("_old", "_new"), indicator="in")
    if not (old.is_full and new.is_full):
        both = _held_by_both(both, [k for k in key if k != "year"])
    was, now = (both[[f"{n}{end}" for n in numbers]].to_numpy() for end in ("_old", "_new"))
    moved = (np.abs(now - was) > RELATIVE_NOISE * np.abs(was)) | (np.isnan(was) != np.isnan(now))
    in_one = both["in"].map({"left_only": WITHDRAWN, "right_only": NEW}).astype("object")
    names = [k for k in key if k not in ("iso3", "year")]
    coded = next((n for n in CODED if n in names), None)
    codes = both[coded].astype(str) if coded else pd.Series("", index=both.index)
    persons = PERSONS * (new.publisher in catalog.brief.counts_people)
    title, value = catalog.tables[new.table].title, measure(after, key)
    out = pd.DataFrame(
        {
            "table": new.table,
            "code": codes.where(codes.isin(list(explained)), new.table),
            "label": [explained[c].label if c in explained else c or title for c in codes],
            "unit": [explained[c].unit if c in explained else persons for c in codes],
            "change": in_one.fillna(pd.Series(REVISED, both.index).where(moved.any(axis=1))),
            "series": label(both, names),
            "iso3": both.get("iso3", pd.NA),
            "year": both.get("year", pd.NA),
            "old": both[f"{value}_old"] if value else np.nan,
            "new": both[f"{value}_new"] if value else np.nan,
        }
    )
    out["pct"] = (100 * (out["new"] / out["old"] - 1)).where(out["change"] == REVISED)
    out = out[out["change"].notna()].reset_index(drop=True)
    return out.astype({"iso3": "object", "year": "Int64"})


def _held_by_both(both: pd.DataFrame, series: list[str]) -> pd.DataFrame:
    """Keep the rows of series that both vintages hold, from the first year that both have."""
    if "year" not in both:
        return both[both["in"] == "both"]
    by, since = [both[name] for name in series], pd.Series(True, both.index)
    for absent in ("left_only", "right_only"):
        years = both["year"].where(both["in"] != absent)
        since &= both["year"] >= years.groupby(by, dropna=False).transform("min")
    return both[since]


def written(found: Changes) -> str:
    """Write the changes as Markdown that a terminal shows as well: headline series, then all."""
    new, revised, withdrawn = (f"{found.counts[change]:,}" for change in COUNTS)
    lines = [
        f"## {markdown(found.about.line)}",
        f"From the vintage of {long_date(found.old)} to that of {long_date(found.new)}: "
        f"{new} values are new, {revised} revised, {withdrawn} withdrawn.",
        f"### Headline series, {markdown(found.country_name)}",
        headline_table(found),
        "### By series",
        series_table(found),
        *([] if found.whole else [ONLY_BOTH]),
    ]
    return "\n\n".join(lines) + "\n"


def headline_table(found: Changes) -> str:
    """Write the headline values that moved as a table, newest years first."""
    rows = [
        [
            f"{markdown(row['label'])}{f' ({markdown(unit)})' if (unit := row['unit']) else ''}",
            str(row["year"]),
            *_cells(row),
        ]
        for row in found.headline.to_dict("records")
    ]
    heads = ["Series", "Year", "Old", "New", "Difference"]
    return table(heads, rows) if rows else "No headline value moved."


def series_table(found: Changes) -> str:
    """Write the numbers of values that moved as a table, series by series."""
    tables = set(found.frame["table"])
    rows = [
        [
            f"{markdown(r.label)}{'' if r.code in tables else f' (`{r.code}`)'}",
            *(f"{count:,}" for count in (r.new, r.revised, r.withdrawn)),
            str(r.economies or "–"),
        ]
        for r in found.by_series.itertuples()
    ]
    heads = ["Series", "New", "Revised", "Withdrawn", "Economies"]
    return table(heads, rows) if rows else "No value moved."


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table in Markdown, its columns below each other; its cells are written already."""
    lines = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    told = [f"| {' | '.join(map(str.ljust, line, widths))} |" for line in lines]
    return "\n".join([told[0], f"|{'---|' * len(heads)}", *told[1:]])


def _value(value: float, unit: str) -> str:
    if pd.isna(value):
        return "–"
    whole = abs(value) >= 1_000_000 or unit == PERSONS
    return f"{value:,.0f}" if whole else f"{value:,.2f}"


def _cells(row: dict[str, Any]) -> list[str]:
    """Write a figure before and now, and by how much it moved, with true minus signs."""
    old, new, unit, by = (row[name] for name in ("old", "new", "unit", "change"))
    was, now = _value(old, unit), "withdrawn" if by == WITHDRAWN else _value(new, unit)
    # A unit with a semicolon is that of several series.
    if by == REVISED and unit.startswith(("percent", "annual percent")) and ";" not in unit:
        by = f"{_signed(new - old, 2)} percentage points"
    elif by == REVISED and not pd.isna(row["pct"]):
        few = unit == PERSONS and max(old, new) < FEWEST_FOR_PER_CENT
        by = f"{new - old:+,.0f}" if few else f"{_signed(row['pct'], 1)} %"
    return [text.replace("-", MINUS) for text in (was, now, by)]


def _signed(value: float, digits: int) -> str:
    """Write a difference with its sign; one that is rounded away has none."""
    text = f"{value:+z,.{digits}f}"
    return text if text.strip("+0.") else text[1:]
