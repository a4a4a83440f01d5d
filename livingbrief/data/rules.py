"""Sanity rules that stand beside each table in the descriptor, under `checks`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from livingbrief.data.content import Place, Problem, line_of, where
from livingbrief.data.descriptor import DESCRIPTOR, Resource
from livingbrief.wording import counted, listed


@dataclass(frozen=True)
class Case:
    """One table under one rule, and where its rows stand."""

    frame: pd.DataFrame
    rule: dict[str, Any]
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


def total_within_parts(case: Case) -> Iterator[str]:
    """A national rate lies between the lowest and the highest of its parts by `split`."""
    split = case.rule["split"]
    whole = case.rows[case.rows[split].isna()].set_index("year")["value"]
    parts = case.rows[case.rows[split].notna()].groupby("year")["value"].agg(["min", "max"])
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
    check.__name__: check for check in (rows, never, years_absent, total_within_parts, adds_up)
}


def judged(resource: Resource, frame: pd.DataFrame, place: Place = line_of) -> Iterator[Problem]:
    """Find what the rules beside a table say of it."""
    for rule in resource.checks:
        name = rule.get("rule", "")
        if name not in RULES:
            known = f"no rule {name!r}; there are: {', '.join(sorted(RULES))}"
            yield Problem(resource.name, "checks", known)
            continue
        try:
            for message in RULES[name](Case(frame, rule, place)):
                yield Problem(resource.path, name, message)
        except (KeyError, pd.errors.UndefinedVariableError) as error:
            message = f"the rule in {DESCRIPTOR} lacks or misnames {error}"
            yield Problem(resource.name, name, message)
