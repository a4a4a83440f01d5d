"""Sanity rules that stand beside each table in the descriptor, under `checks`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from livingbrief.data.catalog import DESCRIPTOR, Catalog
from livingbrief.data.content import (
    Place,
    Problem,
    Resource,
    beyond,
    cell,
    line_of,
    outside,
    shown,
)
from livingbrief.data.neighbours import Alarm, alarms, dated_by_row, noted, out_of_line, printings
from livingbrief.wording import counted, listed

Rule = dict[str, Any]
NOT_LATIN = re.compile("[\u0400-\u04ff]")


@dataclass(frozen=True)
class Tables:
    """The frames of a package, with one of them that may be new, and what stands out in each."""

    catalog: Catalog
    frames: Mapping[str, pd.DataFrame]
    #: By table and rule: each vintage of the table asks.
    out: dict[str, pd.DataFrame] = field(default_factory=dict)

    def frame_of(self, table: str, vintage: str = "") -> pd.DataFrame | None:
        """Frame of a table at a vintage (its default one without a date), if it could be read."""
        found = self.catalog.dated(table, vintage) if vintage else self.catalog.default(table)
        return self.frames.get(found.name) if found else None


@dataclass(frozen=True)
class Case:
    """One table under one rule, and where its rows stand."""

    tables: Tables
    resource: Resource
    rule: Rule
    place: Place = line_of

    @property
    def frame(self) -> pd.DataFrame:
        """All rows."""
        return self.tables.frames[self.resource.name]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Rows that meet the condition of the rule."""
        return where(self.frame, self.rule.get("where", {}))

    @property
    def words(self) -> str:
        """Condition of the rule in words."""
        told = [f"{k} {v}" for k, v in self.rule.get("where", {}).items() if v != ""]
        return " for " + ", ".join(told) if told else ""

    def at(self, rows: pd.DataFrame) -> str:
        """Places of rows."""
        return listed(self.place(i) for i in rows.index)

    def bad(self, mask: pd.Series, what: str) -> Iterator[str]:
        """Say what is wrong with the rows that a mask marks, if it marks any."""
        if mask.any():
            yield f"{what} in {self.at(self.frame[mask])}"

    def range(self, values: pd.Series, limits: Rule, unit: str, what: str) -> Iterator[str]:
        """Name the first value outside a range, and how many more there are."""
        bad = values[outside(values, limits)]
        if len(bad):
            more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
            first = cell(self.place(int(bad.index[0])), values)
            yield f"{first}: {shown(bad.iloc[0])}{more} is {beyond(limits, unit, what)}"


Check = Callable[[Case], Iterator[str]]


def where(frame: pd.DataFrame, condition: Mapping[str, Any]) -> pd.DataFrame:
    """Rows that meet a rule's condition; an empty text is a missing value, a list any of it."""
    kept = pd.Series(True, index=frame.index)
    for column, value in condition.items():
        if isinstance(value, list):
            kept &= frame[column].isin(value)
        else:
            kept &= frame[column].isna() if value == "" else frame[column] == value
    return frame[kept]


def rows(case: Case) -> Iterator[str]:
    """At least `minimum` rows: a shorter file is cut off."""
    if len(case.frame) < case.rule["minimum"]:
        yield (
            f"{counted(len(case.frame), 'row')} where at least {case.rule['minimum']:,} are due: "
            "the file is cut off; if rows were withdrawn on purpose, lower the minimum under "
            "`checks`"
        )


def rows_exact(case: Case) -> Iterator[str]:
    """Exactly `rows` rows."""
    if len(case.frame) != case.rule["rows"]:
        yield f"{counted(len(case.frame), 'row')} where {case.rule['rows']} are due"


def years_present(case: Case) -> Iterator[str]:
    """Every year from `first` to `last` has a value, but for those in `except`."""
    first, last = case.rule["first"], case.rule["last"]
    found = case.rows
    if "value" in found:
        found = found[found["value"].notna()]
    due = set(range(first, last + 1)) - set(case.rule.get("except", []))
    if missing := sorted(due - set(found["year"].astype(int))):
        yield f"no value in {listed(missing)}{case.words}; due are all years {first} to {last}"


def years_absent(case: Case) -> Iterator[str]:
    """No value in `years`, or in the months `periods`: the publisher prints none."""
    column, name = ("period", "periods") if "periods" in case.rule else ("year", "years")
    if found := sorted(set(case.rows[column]) & set(case.rule[name])):
        yield f"a value in {listed(found)}{case.words}: {case.rule['why']}"


def value_range(case: Case) -> Iterator[str]:
    """Values of a column within `minimum` and `maximum` for the rows that meet `where`."""
    what = case.words.removeprefix(" for ") or case.rule["column"]
    yield from case.range(case.rows[case.rule["column"]], case.rule, "", what)


def indicator_ranges(case: Case) -> Iterator[str]:
    """Each indicator within the range that the package states for it under `indicators`."""
    column = "series_id" if "series_id" in case.frame else "indicator"
    known = case.tables.catalog.descriptor["indicators"]
    explained = known[case.rule.get("ranges_of", case.resource.table)]
    for code, values in case.frame.groupby(column)["value"]:
        about = explained[code]
        yield from case.range(values, about, about["unit"], f"{code} ({about['label']})")


def same_scale_as(case: Case) -> Iterator[str]:
    """Values of the years shared with another vintage are of the same scale, by indicator."""
    other = case.tables.frame_of(case.resource.table, case.rule["vintage"])
    if other is None:
        return
    both = case.frame.merge(other, on=["indicator", "iso3", "year"], suffixes=("", "_other"))
    both = both[(both["value"] > 0) & (both["value_other"] > 0)]
    for code, ratios in (both["value"] / both["value_other"]).groupby(both["indicator"]):
        factor = float(ratios.median())
        if not 1 / case.rule["factor"] < factor < case.rule["factor"]:
            yield (
                f"{code}: values are {factor:.3g} times those of the vintage "
                f"{case.rule['vintage']} in the same years; {case.rule['why']}"
            )


def parts_below_total(case: Case) -> Iterator[str]:
    """Parts do not add up to more than the printed total (aggregates left out)."""
    names, by = case.rows[case.rule["part_column"]], case.rule["by"]
    total = case.rows[names == case.rule["total"]].set_index(by)["value"]
    parts = case.rows[~names.isin(case.rule["aggregates"])].groupby(by)["value"].sum()
    over = parts[parts > total.reindex(parts.index) * (1 + case.rule["tolerance"])]
    if len(over):
        named = f"the parts exceed the total {case.rule['total']}"
        yield f"{named} in {listed(over.index)}{case.words}"


def total_equals_parts(case: Case) -> Iterator[str]:
    """The printed total equals the sum of its parts within a relative `tolerance`."""
    is_total = case.rows[case.rule["part_column"]] == case.rule["total"]
    total, parts = (case.rows.loc[mask, "value"].sum() for mask in (is_total, ~is_total))
    if not total or abs(parts / total - 1) > case.rule["tolerance"]:
        yield (
            f"the parts add up to {parts:,.1f} and the total {case.rule['total']} is {total:,.1f}"
            f"{case.words}"
        )


def total_within_parts(case: Case) -> Iterator[str]:
    """A national rate lies between the lowest and the highest of its parts, year by year."""
    split = case.rule["split"]
    others = [c for c in ("area", "urbanisation", "sex", "age") if c != split]
    found = case.rows[case.rows[others].isna().all(axis=1)]
    whole = found[found[split].isna()].set_index("year")["value"]
    parts = found[found[split].notna()].groupby("year")["value"].agg(["min", "max"])
    both = parts.join(whole.rename("whole"), how="inner")
    out = both[~both["whole"].between(both["min"] - 0.05, both["max"] + 0.05)]
    if len(out):
        yield f"the national value lies outside its parts by {split} in {listed(out.index)}" + (
            case.words
        )


def ratio_agrees(case: Case) -> Iterator[str]:
    """A published ratio equals numerator over denominator within a relative `tolerance`."""
    rule, found = case.rule, case.frame[case.frame["iso3"] == case.rule["iso3"]]
    wide = found.pivot(index="year", columns="indicator", values="value")
    computed = rule["times"] * wide[rule["numerator"]] / wide[rule["denominator"]]
    gap = (computed / wide[rule["published"]] - 1).abs()
    if len(bad := gap[gap > rule["tolerance"]]):
        yield (
            f"{rule['numerator']} over {rule['denominator']} differs from the published ratio by "
            f"more than {rule['tolerance']:.0%} in {listed(bad.index)}"
        )


def minimum_cell(case: Case) -> Iterator[str]:
    """No count of people under `minimum`."""
    column, least = case.rule["column"], case.rule["minimum"]
    small = case.frame[case.frame[column] < least]
    if len(small):
        yield (
            f"{counted(len(small), 'cell')} of {column} under {least} ({case.at(small)}): pool "
            "years or classes, or leave them out"
        )


def only_national(case: Case) -> Iterator[str]:
    """No split of the rows that meet `where` by any of `columns`."""
    split = case.rows[case.rows[case.rule["columns"]].notna().any(axis=1)]
    if len(split):
        found = f"{counted(len(split), 'row')} with a split ({case.at(split)})"
        yield f"{found}{case.words}: {case.rule['why']}"


def interval_ordered(case: Case) -> Iterator[str]:
    """`low` is not above `high`."""
    yield from case.bad(case.frame["low"] > case.frame["high"], "low is above high")


def censored_below_5(case: Case) -> Iterator[str]:
    """A printed <5 has no value and is 0 to 4, or 1 to 4, throughout; other counts are exact."""
    value, low, high, censored = (case.frame[c] for c in ("value", "low", "high", "censored"))
    least = min(low[censored].min(), 1) if censored.any() else 0
    right = value.isna() & (low == least) & (high == 4)
    plain = (value == low) & (value == high)
    agree = right.where(censored, plain.fillna(False)).astype(bool)
    yield from case.bad(~agree, "value, low and high do not agree")


def categories_sum_to_total(case: Case) -> Iterator[str]:
    """Categories of each exclusive variable add up to the number of rows of the citizenship."""
    count = "n_synthetic_rows"
    whole = case.frame[case.frame["variable"] == "total_rows"]
    total = whole.set_index("citizenship")[count]
    exclusive = case.frame[case.frame["variable"].isin(case.rule["variables"])]
    sums = exclusive.groupby(["citizenship", "variable"])[count].sum()
    for (citizenship, variable), value in sums.items():
        if value != total.get(citizenship):
            yield f"{citizenship}, {variable}: categories add up to {value}, not to the rows"


def sum_matches_table(case: Case) -> Iterator[str]:
    """The pooled counts add up to the yearly totals of another table, best of the same vintage."""
    table, first, last = (case.rule[name] for name in ("table", "first", "last"))
    other = case.tables.frame_of(table, case.resource.vintage)
    other = case.tables.frame_of(table) if other is None else other
    if other is None:
        return
    found = where(other, case.rule["where"])
    column = case.rule["column"]
    yearly = int(found.loc[found["year"].between(first, last), "value"].sum())
    pooled = int(case.frame[column].sum())
    if pooled != yearly:
        yield f"{column} add up to {pooled}; {table} has {yearly} for {first} to {last}"


def sum_of_columns(case: Case) -> Iterator[str]:
    """A column equals the sum of others where all of them are known."""
    names, total = case.rule["parts"], case.rule["total"]
    parts = case.frame[names].astype("float64").sum(axis=1, min_count=len(names))
    differs = parts.notna() & (parts != case.frame[total].astype("float64"))
    yield from case.bad(differs, f"{total} is not the sum")


def no_mixed_definition(case: Case) -> Iterator[str]:
    """Rows from `split` on are of the new definition, earlier ones of the old."""
    new = case.frame[case.rule["column"]] == "new"
    mixed = new != (case.frame["period"] >= case.rule["split"])
    yield from case.bad(mixed, "the definition does not fit the period")


def misprints_marked(case: Case) -> Iterator[str]:
    """A number as printed is the value, or is named a misprint and has none."""
    named, value, column = case.frame["misprint"].notna(), case.frame["value"], case.rule["printed"]
    bad = (named & value.notna()) | (~named & (value != case.frame[column]))
    for found in case.bad(bad, f"value and {column} do not agree"):
        yield f"{found}: they are equal, or `misprint` says what is wrong and `value` is empty"


def in_line(case: Case) -> Iterator[str]:
    """A value is within `factor` of its neighbours, and within its past, or a note says why."""
    for row in _standing_out(case):
        yield (
            f"{row.series} {row.year}: {row.value:,.6g}, printed {row.printed}, is {row.beside}. "
            "A misprint, a placeholder, another unit? A misprint goes under `unusable`. If it is "
            "right, say so under `notes` (series, years, note), or when the file is added, with "
            "--yes, or with --note and what it is"
        )


def _standing_out(case: Case) -> Iterator[Any]:
    """Rows of `out_of_line` that this vintage was the first to print, and no note explains."""
    resource, tables = case.resource, case.tables
    same = [r for r in tables.catalog.resources if r.name in tables.frames]
    same = [r for r in same if (r.table, r.part) == (resource.table, resource.part)]
    same = [*(r for r in same if r.name != resource.name), resource]
    asked = f"{resource.table} {resource.part} {case.rule}"
    if asked not in tables.out:
        kept = {r.name: where(tables.frames[r.name], case.rule.get("where", {})) for r in same}
        found = printings(same, kept, tables.catalog.brief.home)
        tables.out[asked] = out_of_line(found, case.rule["factor"])
    telling = same if dated_by_row(resource) else [resource]
    for row in tables.out[asked].itertuples():
        its_own = dated_by_row(resource) or row.printed == resource.vintage
        if its_own and not noted(telling, row.series, [row.year]):
            yield row


def labels_latin(case: Case) -> Iterator[str]:
    """Labels are in Latin script: some of the publisher's are printed in Russian."""
    for column in case.rule["columns"]:
        labels = case.frame[column].dropna().unique()
        if bad := [label for label in labels if NOT_LATIN.search(str(label))]:
            yield f"column {column}: {listed(bad)} are in Russian; translate them in the layout"


RULES: dict[str, Check] = {
    check.__name__: check
    for check in (
        rows, rows_exact, years_present, years_absent, indicator_ranges, same_scale_as,
        parts_below_total, total_equals_parts, total_within_parts, ratio_agrees, minimum_cell,
        only_national, interval_ordered, censored_below_5, categories_sum_to_total,
        sum_matches_table, sum_of_columns, no_mixed_definition, labels_latin, misprints_marked,
        in_line,
    )
}  # fmt: skip
RULES |= {"range": value_range, "periods_absent": years_absent}


def judged(tables: Tables, resource: Resource, place: Place = line_of) -> Iterator[Problem]:
    """Find what the rules beside a table say of it."""
    for rule in resource.meta["checks"]:
        name = rule.get("rule", "")
        if name not in RULES:
            known = f"no rule {name!r}; there are: {', '.join(sorted(RULES))}"
            yield Problem(resource.name, "checks", known)
            continue
        try:
            for message in RULES[name](Case(tables, resource, rule, place)):
                yield Problem(resource.path, name, message)
        except KeyError as error:
            message = f"the rule in {DESCRIPTOR} lacks or misnames {error}"
            yield Problem(resource.name, name, message)


def with_others(catalog: Catalog, resource: Resource, frame: pd.DataFrame) -> Tables:
    """Return a new table with the other vintages of it, and what they are compared with."""
    same = [r for r in catalog.resources if r.table == resource.table]
    return Tables(catalog, {**{r.name: catalog.frame(r) for r in same}, resource.name: frame})


def together(tables: Tables, resource: Resource) -> Iterator[Alarm]:
    """Years of the brief's home that moved together in a new vintage, or in the one after it."""
    same = [r for r in tables.catalog.resources if r.name in tables.frames]
    return alarms([*same, resource], tables.frames, tables.catalog.brief.home, resource)


def explain(tables: Tables, resource: Resource, note: str) -> None:
    """Give a new vintage's entry a note on what stands out, and on years that moved together.

    Years that moved in the vintage after it, when this is an older one, are noted in that entry.
    """
    found = dict[tuple[str, str], set[int]]()
    for rule in resource.meta["checks"]:
        if rule["rule"] == in_line.__name__:
            for row in _standing_out(Case(tables, resource, rule)):
                found.setdefault((resource.name, row.series), set()).add(row.year)
    for alarm in together(tables, resource):
        found.setdefault((alarm.resource, alarm.series), set()).update(alarm.years)
    entries: Iterable[Resource] = (*tables.catalog.resources, resource)
    for (name, series), years in found.items():
        entry = next(r.meta for r in entries if r.name == name)
        note_on = {"series": series, "years": sorted(years), "note": note}
        entry.setdefault("notes", []).append(note_on)
