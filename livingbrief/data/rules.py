"""Sanity rules that stand beside each table in the descriptor, under `checks`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from livingbrief.data.catalog import Catalog
from livingbrief.data.content import Place, Problem, beyond, cell, line_of, outside, shown, where
from livingbrief.data.descriptor import DESCRIPTOR, Resource
from livingbrief.wording import counted, listed

Rule = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One table under one rule, and where its rows stand."""

    catalog: Catalog
    resource: Resource
    frame: pd.DataFrame
    rule: Rule
    place: Place

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Rows that meet the condition of the rule."""
        return where(self.frame, self.rule.get("where", {}))

    @property
    def words(self) -> str:
        """Condition of the rule in words."""
        told = [f"{k} {v}" for k, v in self.rule.get("where", {}).items() if v != ""]
        return " for " + ", ".join(told) if told else ""


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


def years_absent(case: Case) -> Iterator[str]:
    """No value in `years`: the publisher prints none."""
    if found := sorted(set(case.rows["year"]) & set(case.rule["years"])):
        yield f"a value in {listed(found)}{case.words}: {case.rule['why']}"


def indicator_ranges(case: Case) -> Iterator[str]:
    """Each indicator within the range that the package states for it under `indicators`."""
    column = "series_id" if "series_id" in case.frame else "indicator"
    explained = case.catalog.explained(case.rule.get("ranges_of", case.resource.table))
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


RULES: dict[str, Callable[[Case], Iterator[str]]] = {
    check.__name__: check
    for check in (
        rows, never, years_absent, indicator_ranges, total_within_parts,
        adds_up,
    )
}  # fmt: skip


def judged(
    catalog: Catalog, resource: Resource, frame: pd.DataFrame, place: Place = line_of
) -> Iterator[Problem]:
    """Find what the rules beside a table say of it."""
    for rule in resource.checks:
        name = rule.get("rule", "")
        if name not in RULES:
            known = f"no rule {name!r}; there are: {', '.join(sorted(RULES))}"
            yield Problem(resource.name, "checks", known)
            continue
        try:
            for message in RULES[name](Case(catalog, resource, frame, rule, place)):
                yield Problem(resource.path, name, message)
        except (KeyError, pd.errors.UndefinedVariableError) as error:
            message = f"the rule in {DESCRIPTOR} lacks or misnames {error}"
            yield Problem(resource.name, name, message)
