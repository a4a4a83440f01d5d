"""Sanity rules that stand beside each table in the descriptor, under `checks`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from livingbrief.data.catalog import Catalog
from livingbrief.data.content import Place, Problem, beyond, cell, line_of, outside, shown
from livingbrief.data.descriptor import DESCRIPTOR, Note, Resource
from livingbrief.data.neighbours import Alarm, alarms, dated_by_row, noted, out_of_line, printings
from livingbrief.wording import counted, listed

Rule = dict[str, Any]


@dataclass(frozen=True)
class Tables:
    """The frames of a package, with one of them that may be new, and what stands out in each."""

    catalog: Catalog
    frames: Mapping[str, pd.DataFrame]
    #: By table and rule: each vintage of the table asks.
    out: dict[str, pd.DataFrame] = field(default_factory=dict)

    @classmethod
    def beside(cls, catalog: Catalog, resource: Resource, frame: pd.DataFrame) -> Tables:
        """Return a new table with the other vintages of it."""
        same = [r for r in catalog.resources if r.table == resource.table]
        return cls(catalog, {**{r.name: catalog.frame(r) for r in same}, resource.name: frame})

    def there(self, resource: Resource) -> list[Resource]:
        """Return the files that could be read, and one that may be new."""
        found = [r for r in self.catalog.resources if r.name in self.frames]
        return [*(r for r in found if r.name != resource.name), resource]

    def moved(self, resource: Resource) -> Iterator[Alarm]:
        """Years of the brief's home that moved together in a new vintage, or in the next one."""
        return alarms(self.there(resource), self.frames, self.catalog.brief.home, resource)


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


def never(case: Case) -> Iterator[str]:
    """No row that meets `where` and `query`, a condition as `DataFrame.query` takes it."""
    bad = case.rows.query(case.rule["query"], engine="python")
    if len(bad):
        places = listed(case.place(int(i)) for i in bad.index)
        yield f"{case.rule['why']}: {case.rule['query']}{case.words} in {places}"


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
    """No value in `years`: the publisher prints none."""
    if found := sorted(set(case.rows["year"]) & set(case.rule["years"])):
        yield f"a value in {listed(found)}{case.words}: {case.rule['why']}"


def indicator_ranges(case: Case) -> Iterator[str]:
    """Each indicator within the range that the package states for it under `indicators`."""
    column = "series_id" if "series_id" in case.frame else "indicator"
    explained = case.tables.catalog.explained(case.rule.get("ranges_of", case.resource.table))
    for code, values in case.frame.groupby(column)["value"]:
        about = explained[str(code)]
        bad = values[outside(values, about)]
        if len(bad):
            more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
            first = f"{cell(case.place(int(bad.index[0])), values)}: {shown(bad.iloc[0])}{more}"
            yield f"{first} is {beyond(about, about.unit)} of {code} ({about.label})"


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
        years = listed(out.index)
        yield f"the national value lies outside its parts by {split} in {years}{case.words}"


def adds_up(case: Case) -> Iterator[str]:
    """`column` of the rows that meet `parts` adds up to that of `total`, by `by` and by `each`."""
    rule, column = case.rule, case.rule["column"]
    total = where(case.frame, rule["total"]).set_index(rule["by"])[column]
    parts = where(case.frame, rule["parts"]).groupby([rule["by"], rule["each"]])[column].sum()
    for (group, name), found in parts.items():
        if found != total.get(group):
            yield f"{group}, {name}: adds up to {found:,}, and all of it is {total.get(group)}"


def in_line(case: Case) -> Iterator[str]:
    """A value is within `factor` of its neighbours, and within its past, or a note says why."""
    yield from map(str, standing_out(case))


def standing_out(case: Case) -> Iterator[Alarm]:
    """Values out of line that this vintage was the first to print, and no note explains."""
    resource, tables = case.resource, case.tables
    asked = f"{resource.table} {resource.part} {case.rule}"
    same = [
        r for r in tables.there(resource) if (r.table, r.part) == (resource.table, resource.part)
    ]
    if asked not in tables.out:
        kept = {r.name: where(tables.frames[r.name], case.rule.get("where", {})) for r in same}
        found = printings(same, kept, tables.catalog.brief.home)
        tables.out[asked] = out_of_line(found, case.rule["factor"])
    by_row = dated_by_row(resource)
    for row in tables.out[asked].itertuples():
        its_own = by_row or row.printed == resource.vintage
        if its_own and not noted(same if by_row else [resource], row.series, [row.year]):
            what = f"{row.year} is {row.value:,.6g}, {row.beside}"
            yield Alarm(resource.name, row.series, row.printed, (row.year,), what)


RULES: dict[str, Callable[[Case], Iterator[str]]] = {
    check.__name__: check
    for check in (
        rows, never, years_present, years_absent, indicator_ranges, total_within_parts,
        adds_up, in_line,
    )
}  # fmt: skip


def judged(tables: Tables, resource: Resource, place: Place = line_of) -> Iterator[Problem]:
    """Find what the rules beside a table say of it."""
    for rule in resource.checks:
        name = rule.get("rule", "")
        if name not in RULES:
            known = f"no rule {name!r}; there are: {', '.join(sorted(RULES))}"
            yield Problem(resource.name, "checks", known)
            continue
        try:
            for message in RULES[name](Case(tables, resource, rule, place)):
                yield Problem(resource.path, name, message)
        except (KeyError, pd.errors.UndefinedVariableError) as error:
            message = f"the rule in {DESCRIPTOR} lacks or misnames {error}"
            yield Problem(resource.name, name, message)


def explain(tables: Tables, resource: Resource, note: str) -> None:
    """Give a new vintage's entry a note on what stands out, and on years that moved together.

    Years that moved in the vintage after it, when this is an older one, are noted in that entry.
    """
    cases = [Case(tables, resource, r) for r in resource.checks if r["rule"] == in_line.__name__]
    found = dict[tuple[str, str], set[int]]()
    for alarm in (*(a for case in cases for a in standing_out(case)), *tables.moved(resource)):
        found.setdefault((alarm.resource, alarm.series), set()).update(alarm.years)
    entries: Iterable[Resource] = (*tables.catalog.resources, resource)
    for (name, series), years in found.items():
        entry = next(r for r in entries if r.name == name)
        entry.notes = [*entry.notes, Note(series=series, years=sorted(years), note=note)]
