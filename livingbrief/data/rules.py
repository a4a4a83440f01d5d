"""Sanity rules that stand beside each table in the descriptor, under `checks`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.data.catalog import Catalog, Resource
from livingbrief.data.neighbours import Alarm, alarms, dated_by_row, noted, out_of_line, printings
from livingbrief.wording import counted, listed

Rule = dict[str, Any]
NOT_LATIN = re.compile("[\u0400-\u04ff]")


@dataclass(frozen=True)
class Context:
    """What a rule may look at besides its own table: the catalogue and the other frames."""

    catalog: Catalog
    frames: dict[str, pd.DataFrame]
    #: What stands out in a table, by table and rule: each of its vintages asks.
    out: dict[str, pd.DataFrame] = field(default_factory=dict)

    def frame_of(self, table: str, vintage: str | None = None) -> pd.DataFrame | None:
        """Frame of a table at a vintage (its default one without a date), if it could be read."""
        found = self.catalog.dated(table, vintage) if vintage else self.catalog.default(table)
        return self.frames.get(found.name) if found else None


Check = Callable[[Context, Resource, pd.DataFrame, Rule], Iterator[str]]


def where(frame: pd.DataFrame, condition: dict[str, Any]) -> pd.DataFrame:
    """Rows that meet a rule's condition; an empty text is a missing value, a list any of it."""
    kept = pd.Series(True, index=frame.index)
    for column, value in condition.items():
        if isinstance(value, list):
            kept &= frame[column].isin(value)
        else:
            kept &= frame[column].isna() if value == "" else frame[column] == value
    return frame[kept]


def _lines(values: pd.Series) -> str:
    """Values that are not plausible, with their lines in the file."""
    return listed(f"line {i + 2}: {v:,.15g}" for i, v in values.items())


def _at(rows_: pd.DataFrame) -> str:
    """Lines of rows in the file."""
    return f"line {listed(i + 2 for i in rows_.index)}"


def named(condition: dict[str, Any]) -> str:
    """Condition of a rule in words."""
    shown = [f"{k} {v}" for k, v in condition.items() if v != ""]
    return " for " + ", ".join(shown) if shown else ""


def rows(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """At least `minimum` rows: a shorter file is cut off."""
    if len(frame) < rule["minimum"]:
        yield (
            f"{counted(len(frame), 'row')} where at least {rule['minimum']:,} are due: the file is "
            "cut off; if rows were withdrawn on purpose, lower the minimum under `checks`"
        )


def rows_exact(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """Exactly `rows` rows."""
    if len(frame) != rule["rows"]:
        yield f"{counted(len(frame), 'row')} where {rule['rows']} are due"


def years_present(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """Every year from `first` to `last` has a value, but for those in `except`."""
    rows_ = where(frame, rule.get("where", {}))
    due = set(range(rule["first"], rule["last"] + 1)) - set(rule.get("except", []))
    if "value" in rows_:
        rows_ = rows_[rows_["value"].notna()]
    missing = sorted(due - set(rows_["year"].astype(int)))
    if missing:
        yield (
            f"no value in {listed(missing)}{named(rule.get('where', {}))}; "
            f"due are all years {rule['first']} to {rule['last']}"
        )


def years_absent(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """No value in `years`: the publisher prints none."""
    rows_ = where(frame, rule.get("where", {}))
    found = sorted(set(rows_["year"].astype(int)) & set(rule["years"]))
    if found:
        yield f"a value in {listed(found)}{named(rule.get('where', {}))}: {rule['why']}"


def periods_absent(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """No value in the months `periods`: the publisher has a gap."""
    found = sorted(set(where(frame, rule["where"])["period"]) & set(rule["periods"]))
    if found:
        yield f"a value in {listed(found)}{named(rule['where'])}: {rule['why']}"


def value_range(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """Values of a column within `minimum` and `maximum` for the rows that meet `where`."""
    rows_ = where(frame, rule.get("where", {}))
    values = rows_[rule["column"]].astype("float64")
    bad = rows_[(values < rule["minimum"]) | (values > rule["maximum"])]
    if len(bad):
        yield (
            f"{_lines(bad[rule['column']])}{named(rule.get('where', {}))}; plausible is "
            f"{rule['minimum']:,} to {rule['maximum']:,}: is the unit another?"
        )


def indicator_ranges(
    context: Context, resource: Resource, frame: pd.DataFrame, rule: Rule
) -> Iterator[str]:
    """Each indicator within the range that the package states for it under `indicators`."""
    column = "series_id" if "series_id" in frame else "indicator"
    explained = context.catalog.descriptor["indicators"][rule.get("ranges_of", resource.table)]
    low = frame[column].map({c: e.get("minimum", -np.inf) for c, e in explained.items()})
    high = frame[column].map({c: e.get("maximum", np.inf) for c, e in explained.items()})
    bad = frame[(frame["value"] < low) | (frame["value"] > high)]
    for code, group in bad.groupby(column):
        spec = explained[code]
        yield (
            f"{code} ({spec['label']}): {_lines(group['value'])}; plausible is "
            f"{spec.get('minimum'):,} to {spec.get('maximum'):,} {spec['unit']}: is the unit "
            "another?"
        )


def same_scale_as(
    context: Context, resource: Resource, frame: pd.DataFrame, rule: Rule
) -> Iterator[str]:
    """Values of the years shared with another vintage are of the same scale, by indicator."""
    other = context.frame_of(resource.table, rule["vintage"])
    if other is None:
        return
    keys = ["indicator", "iso3", "year"]
    both = frame.merge(other, on=keys, suffixes=("", "_other"))
    both = both[(both["value"] > 0) & (both["value_other"] > 0)]
    for code, group in both.groupby("indicator"):
        factor = float((group["value"] / group["value_other"]).median())
        if not 1 / rule["factor"] < factor < rule["factor"]:
            yield (
                f"{code}: values are {factor:.3g} times those of the vintage {rule['vintage']} "
                f"in the same years; {rule['why']}"
            )


def parts_below_total(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """Parts do not add up to more than the printed total (aggregates left out)."""
    rows_ = where(frame, rule["where"])
    part, by = rule["part_column"], rule["by"]
    total = rows_[rows_[part] == rule["total"]].set_index(by)["value"]
    parts = rows_[~rows_[part].isin(rule["aggregates"])].groupby(by)["value"].sum()
    over = parts[parts > total.reindex(parts.index) * (1 + rule["tolerance"])]
    if len(over):
        what = f"the parts exceed the total {rule['total']} in {listed(over.index)}"
        yield what + named(rule["where"])


def total_equals_parts(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """The printed total equals the sum of its parts within a relative `tolerance`."""
    rows_ = where(frame, rule["where"])
    is_total = rows_[rule["part_column"]] == rule["total"]
    total, parts = rows_.loc[is_total, "value"].sum(), rows_.loc[~is_total, "value"].sum()
    if not total or abs(parts / total - 1) > rule["tolerance"]:
        yield (
            f"the parts add up to {parts:,.1f} and the total {rule['total']} is {total:,.1f}"
            f"{named(rule['where'])}"
        )


def total_within_parts(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """A national rate lies between the lowest and the highest of its parts, year by year."""
    rows_ = where(frame, rule["where"])
    split = rule["split"]
    others = [c for c in ("area", "urbanisation", "sex", "age") if c != split]
    rows_ = rows_[rows_[others].isna().all(axis=1)]
    whole = rows_[rows_[split].isna()].set_index("year")["value"]
    parts = rows_[rows_[split].notna()].groupby("year")["value"].agg(["min", "max"])
    joined = parts.join(whole.rename("whole"), how="inner")
    out = joined[
        (joined["whole"] < joined["min"] - 0.05) | (joined["whole"] > joined["max"] + 0.05)
    ]
    if len(out):
        yield (
            f"the national value lies outside its parts by {split} in {listed(out.index)}"
            f"{named(rule['where'])}"
        )


def ratio_agrees(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """A published ratio equals numerator over denominator within a relative `tolerance`."""
    rows_ = frame[frame["iso3"] == rule["iso3"]]
    wide = rows_.pivot(index="year", columns="indicator", values="value")
    computed = rule["times"] * wide[rule["numerator"]] / wide[rule["denominator"]]
    gap = (computed / wide[rule["published"]] - 1).abs()
    bad = gap[gap > rule["tolerance"]]
    if len(bad):
        yield (
            f"{rule['numerator']} over {rule['denominator']} differs from the published ratio by "
            f"more than {rule['tolerance']:.0%} in {listed(bad.index)}"
        )


def minimum_cell(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """No count of people under `minimum`."""
    small = frame[frame[rule["column"]] < rule["minimum"]]
    if len(small):
        yield (
            f"{counted(len(small), 'cell')} of {rule['column']} under {rule['minimum']} "
            f"({_at(small)}): pool years or classes, or leave them out"
        )


def only_national(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """No split of the rows that meet `where` by any of `columns`."""
    rows_ = where(frame, rule["where"])
    split = rows_[rows_[rule["columns"]].notna().any(axis=1)]
    if len(split):
        rows_in_all = f"{counted(len(split), 'row')} with a split ({_at(split)})"
        yield f"{rows_in_all}{named(rule['where'])}: {rule['why']}"


def interval_ordered(_: Context, __: Resource, frame: pd.DataFrame, ___: Rule) -> Iterator[str]:
    """`low` is not above `high`."""
    bad = frame[frame["low"] > frame["high"]]
    if len(bad):
        yield f"low is above high in {_at(bad)}"


def censored_below_5(_: Context, __: Resource, frame: pd.DataFrame, ___: Rule) -> Iterator[str]:
    """A printed <5 has no value and is 0 to 4, or 1 to 4, throughout; other counts are exact."""
    censored = frame["censored"]
    least = min(frame.loc[censored, "low"].min(), 1) if censored.any() else 0
    right = frame["value"].isna() & (frame["low"] == least) & (frame["high"] == 4)
    plain = (frame["value"] == frame["low"]) & (frame["value"] == frame["high"])
    bad = frame[~right.where(censored, plain.fillna(False)).astype(bool)]
    if len(bad):
        yield f"value, low and high do not agree in {_at(bad)}"


def categories_sum_to_total(
    _: Context, __: Resource, frame: pd.DataFrame, rule: Rule
) -> Iterator[str]:
    """Categories of each exclusive variable add up to the number of rows of the citizenship."""
    count = "n_synthetic_rows"
    total = frame[frame["variable"] == "total_rows"].set_index("citizenship")[count]
    exclusive = frame[frame["variable"].isin(rule["variables"])]
    sums = exclusive.groupby(["citizenship", "variable"])[count].sum()
    for (citizenship, variable), value in sums.items():
        if value != total.get(citizenship):
            yield f"{citizenship}, {variable}: categories add up to {value}, not to the rows"


def sum_matches_table(
    context: Context, resource: Resource, frame: pd.DataFrame, rule: Rule
) -> Iterator[str]:
    """The pooled counts add up to the yearly totals of another table, best of the same vintage."""
    other = context.frame_of(rule["table"], resource.vintage)
    other = context.frame_of(rule["table"]) if other is None else other
    if other is None:
        return
    rows_ = where(other, rule["where"])
    rows_ = rows_[rows_["year"].between(rule["first"], rule["last"])]
    pooled, yearly = int(frame[rule["column"]].sum()), int(rows_["value"].sum())
    if pooled != yearly:
        yield (
            f"{rule['column']} add up to {pooled}; {rule['table']} has {yearly} for "
            f"{rule['first']} to {rule['last']}"
        )


def sum_of_columns(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """A column equals the sum of others where all of them are known."""
    parts = frame[rule["parts"]].astype("float64").sum(axis=1, min_count=len(rule["parts"]))
    bad = frame[parts.notna() & (parts != frame[rule["total"]].astype("float64"))]
    if len(bad):
        yield f"{rule['total']} is not the sum in {_at(bad)}"


def group_total(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """Each group adds up to its published total."""
    sums = frame.groupby(rule["group"])[rule["column"]].sum()
    for group, total in rule["totals"].items():
        if sums.get(group) != total:
            yield f"{group} adds up to {sums.get(group)}; published is {total}"


def no_mixed_definition(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """Rows from `split` on are of the new definition, earlier ones of the old."""
    new = frame[rule["column"]] == "new"
    bad = frame[new != (frame["period"] >= rule["split"])]
    if len(bad):
        yield f"the definition does not fit the period in {_at(bad)}"


def misprints_marked(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """A number as printed is the value, or is named a misprint and has none."""
    named_ = frame["misprint"].notna()
    bad = frame[
        (named_ & frame["value"].notna()) | (~named_ & (frame["value"] != frame[rule["printed"]]))
    ]
    if len(bad):
        yield (
            f"value and {rule['printed']} do not agree in {_at(bad)}: "
            "they are equal, or `misprint` says what is wrong and `value` is empty"
        )


def in_line(context: Context, resource: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """A value is within `factor` of its neighbours, and within its past, or a note says why."""
    for row in _standing_out(context, resource, frame, rule):
        yield (
            f"{row.series} {row.year}: {row.value:,.6g}, printed {row.printed}, is {row.beside}. "
            "A misprint, a placeholder, another unit? A misprint goes under `unusable`. If it is "
            "right, say so under `notes` (series, years, note), or when the file is added, with "
            "--yes, or with --note and what it is"
        )


def _standing_out(
    context: Context, resource: Resource, frame: pd.DataFrame, rule: Rule
) -> Iterator[Any]:
    """Rows of `out_of_line` that this vintage was the first to print, and no note explains."""
    same = [r for r in context.catalog.resources if r.name in context.frames]
    same = [r for r in same if (r.table, r.part) == (resource.table, resource.part)]
    same = [*(r for r in same if r.name != resource.name), resource]
    asked = f"{resource.table} {resource.part} {rule}"
    if asked not in context.out:
        frames = {**context.frames, resource.name: frame}
        kept = {r.name: where(frames[r.name], rule.get("where", {})) for r in same}
        context.out[asked] = out_of_line(
            printings(same, kept, context.catalog.brief.home), rule["factor"]
        )
    telling = same if dated_by_row(resource) else [resource]
    for row in context.out[asked].itertuples():
        its_own = dated_by_row(resource) or row.printed == resource.vintage
        if its_own and not noted(telling, row.series, [row.year]):
            yield row


def labels_latin(_: Context, __: Resource, frame: pd.DataFrame, rule: Rule) -> Iterator[str]:
    """Labels are in Latin script: some of the publisher's are printed in Russian."""
    for column in rule["columns"]:
        labels = frame[column].dropna().unique()
        bad = [label for label in labels if NOT_LATIN.search(str(label))]
        if bad:
            yield f"column {column}: {listed(bad)} are in Russian; translate them in the layout"


RULES: dict[str, Check] = {
    check.__name__: check
    for check in (
        rows, rows_exact, years_present, years_absent, periods_absent, indicator_ranges,
        same_scale_as, parts_below_total, total_equals_parts, total_within_parts, ratio_agrees,
        minimum_cell, only_national, interval_ordered, censored_below_5, categories_sum_to_total,
        sum_matches_table, sum_of_columns, group_total, no_mixed_definition, labels_latin,
        misprints_marked, in_line,
    )
}  # fmt: skip
RULES["range"] = value_range


def broken(catalog: Catalog, resource: Resource, frame: pd.DataFrame) -> str:
    """What the rules beside a table say of a new vintage that is in no catalogue yet."""
    context = _beside(catalog, resource)
    found = [
        f"{rule['rule']}: {message}"
        for rule in resource.meta["checks"]
        for message in RULES[rule["rule"]](context, resource, frame, rule)
    ]
    return "; ".join([*found, *map(str, _together(context, resource, frame))])


def explain(catalog: Catalog, resource: Resource, frame: pd.DataFrame, note: str) -> None:
    """Give a new vintage's entry a note on what stands out, and on years that moved together.

    Years that moved in the vintage after it, when this is an older one, are noted in that entry.
    """
    context, found = _beside(catalog, resource), dict[tuple[str, str], set[int]]()
    for rule in resource.meta["checks"]:
        if rule["rule"] == in_line.__name__:
            for row in _standing_out(context, resource, frame, rule):
                found.setdefault((resource.name, row.series), set()).add(row.year)
    for alarm in _together(context, resource, frame):
        found.setdefault((alarm.resource, alarm.series), set()).update(alarm.years)
    entries = {r.name: r.meta for r in (*catalog.resources, resource)}
    for (name, series), years in found.items():
        entry = {"series": series, "years": sorted(years), "note": note}
        entries[name].setdefault("notes", []).append(entry)


def _together(context: Context, resource: Resource, frame: pd.DataFrame) -> Iterator[Alarm]:
    """Years of the brief's home that moved together in a new vintage, or in the one after it."""
    same = [r for r in context.catalog.resources if r.name in context.frames]
    frames, home = {**context.frames, resource.name: frame}, context.catalog.brief.home
    return alarms([*same, resource], frames, home, resource)


def _beside(catalog: Catalog, resource: Resource) -> Context:
    same = [r for r in catalog.resources if r.table == resource.table]
    return Context(catalog, {r.name: catalog.frame(r) for r in same})
