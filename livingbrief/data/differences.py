"""What moved between two vintages: values new, revised and withdrawn."""

from collections.abc import Sequence
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
#: Below it the change of a count is no percentage.
FEW = 30
COUNTS = NEW, REVISED, WITHDRAWN = "new", "revised", "withdrawn"
ONLY_BOTH = "One of the two vintages is partial: only the series that both hold are compared."


@dataclass(frozen=True)
class Changes:
    """What moved between two vintages of a publisher: `frame` has every value that did.

    `headline`: those of the headline series of `country`, and of tables that name none where it is
    the home of the brief, newest year first; `whole`: whether both vintages hold whole tables.
    """

    old: str
    new: str
    country: str
    about: Published
    frame: pd.DataFrame = field(compare=False)
    headline: pd.DataFrame = field(compare=False)
    whole: bool = True


def changes(root: Path, publisher: str, old: str, new: str, country: str = "") -> Changes:
    """Compare two vintages of a publisher value by value.

    If one holds only some series, those that both hold are compared, from the first common year.

    Parameters
    ----------
    country : str, optional
        Whose headline series are shown; without it the home of the brief.

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
    here = (frame["iso3"] == country) | (frame["iso3"].isna() & (country == brief.home))
    order = frame["series"].map({code: i for i, code in enumerate(brief.headline_series)})
    first = frame.assign(order=order)[here].dropna(subset="order")
    first = first.sort_values(["order", "year"], ascending=[True, False])
    name, whole = brief.country_name(catalog, country), all(r.is_full for r in held)
    return Changes(old, new, name, about, frame, first, whole)


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
    title, value = catalog.tables[new.table].title, measure(after, key)
    out = pd.DataFrame(
        {
            "table": new.table,
            "code": codes.where(codes.isin(list(explained)), new.table),
            "label": [explained[c].label if c in explained else c or title for c in codes],
            "unit": [explained[c].unit if c in explained else "" for c in codes],
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
    """Write the changes as Markdown: headline series, then how many of each series moved."""
    new, revised, withdrawn = (f"{(found.frame['change'] == change).sum():,}" for change in COUNTS)
    by_series = found.frame.groupby(["code", "label"], sort=False)["change"]
    series = [
        [f"{markdown(name)} (`{code}`)", *(f"{(of == change).sum():,}" for change in COUNTS)]
        for (code, name), of in by_series
    ]
    headline = [
        [
            f"{markdown(row.label)}{f' ({markdown(row.unit)})' if row.unit else ''}",
            *(str(row.year), _value(row.old), _value(row.new), _moved(row)),
        ]
        for row in found.headline.itertuples()
    ]
    lines = [
        f"## {markdown(found.about.line)}",
        f"From the vintage of {long_date(found.old)} to that of {long_date(found.new)}: "
        f"{new} values are new, {revised} revised, {withdrawn} withdrawn.",
        f"### Headline series, {markdown(found.country)}",
        _table(["Series", "Year", "Old", "New", "Difference"], headline),
        "### By series",
        _table(["Series", "New", "Revised", "Withdrawn"], series),
        *([] if found.whole else [ONLY_BOTH]),
    ]
    return "\n\n".join(lines) + "\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) if rows else "No value moved."


def _value(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:,.10g}".replace("-", "\N{MINUS SIGN}")


def _moved(row: Any) -> str:
    """Say by how much a figure was revised: in points, as a small count or in per cent."""
    if row.change != REVISED or pd.isna(row.pct):
        return str(row.change)
    few = max(abs(row.old), abs(row.new)) < FEW and not (row.old % 1 or row.new % 1)
    by = f"{row.new - row.old:+,.0f}" if few else f"{row.pct:+,.1f}%"
    if row.unit.startswith(("percent", "annual percent")):
        by = f"{row.new - row.old:+,.2f} points"
    return by.replace("-", "\N{MINUS SIGN}")
