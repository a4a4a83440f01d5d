"""Descriptor entries of new vintages: those of the one before, with what the new table changes."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from livingbrief.brief import Brief
from livingbrief.data.catalog import Catalog, Resource
from livingbrief.data.datasets import in_words
from livingbrief.data.reading import Draft
from livingbrief.data.rules import where
from livingbrief.data.validating import SCALE_FACTOR, Coverage
from livingbrief.errors import DataError
from livingbrief.wording import listed

OF_EVERY_VINTAGE = (
    "rows", "indicator_ranges", "only_national", "labels_latin", "minimum_cell",
    "interval_ordered", "censored_below_5", "in_line",
)  # fmt: skip
ESTIMATED = ["indicator", "iso3", "year"]
OF_THE_PUBLISHER = ("years_absent",)
GROWING = ("series", "age", "education", "economic_activity", "disability", "other_breakdown")


def fit_fields(meta: dict[str, Any], draft: Draft, vintage: str) -> list[str]:
    """Fit allowed values and years of the descriptor to the new table; say what is new."""
    notes = []
    for spec in meta["schema"]["fields"]:
        name, limits = spec["name"], spec.setdefault("constraints", {})
        if name == "year":
            limits["maximum"] = int(vintage[:4])
            limits["minimum"] = min(limits.get("minimum", 9999), int(draft.frame[name].min()))
        if "enum" not in limits or spec["type"] != "string":
            continue
        found = set(draft.frame[name].dropna())
        new = sorted(found - set(limits["enum"]))
        if name == "indicator":
            limits["enum"] = sorted(found)
        elif new and name in GROWING:
            limits["enum"] = sorted(set(limits["enum"]) | found)
            notes.append(f"labels of {name} that no vintage had: {listed(new)}")
        elif new:
            row = int(draft.frame.index[draft.frame[name] == new[0]][0])
            raise DataError(
                f"{draft.place(row)}: {new[0]!r} is not one of the documented values of {name}: "
                f"{listed(limits['enum'], 12)}"
            )
    return notes


def fit_checks(
    rules: list[dict[str, Any]], draft: Draft, model: Resource | None, held: Coverage, *, own: bool,
    later: bool,
) -> tuple[list[dict[str, Any]], list[str]]:  # fmt: skip
    """Rules of the new vintage: those of the one before, with what the publisher changed.

    A vintage that has a `later` one withdraws nothing.
    """
    kept, notes = [], []
    for rule in (deepcopy(r) for r in rules):
        other = held.partial and rule["rule"] not in OF_EVERY_VINTAGE
        if other or rule["rule"] == "same_scale_as":
            continue
        what = ", ".join(str(v) for v in rule.get("where", {}).values() if v)
        if rule["rule"] == "rows":
            rule["minimum"] = len(draft.frame)
        if rule["rule"] == "years_present":
            gone = fit_years(rule, draft.frame)
            if gone and not later:
                notes.append(f"years withdrawn: {what}: {listed(gone, 20)}")
            if rule["first"] > rule["last"]:
                continue
        if rule["rule"] in OF_THE_PUBLISHER and not own:
            rows = where(draft.frame, rule.get("where", {}))
            if found := sorted(set(rows["year"]) & set(rule["years"])):
                notes.append(
                    f"{what} now has {listed(found)}; until now: {rule['why']}. Read the caveats"
                )
                continue
        kept.append(rule)
    if model is not None and {"indicator", "iso3"} <= set(draft.frame):
        why = "revisions move a value by per cent; a factor says that the unit differs"
        scale = {"vintage": model.vintage, "factor": SCALE_FACTOR, "why": why}
        kept.append({"rule": "same_scale_as", **scale})
    return kept, notes


def fit_years(rule: dict[str, Any], frame: pd.DataFrame) -> list[int]:
    """Let a rule on due years say what the new vintage has; give the years that it lost."""
    have = {int(y) for y in where(frame, rule.get("where", {}))["year"]}
    due = set(range(rule["first"], rule["last"] + 1)) - set(rule.get("except", []))
    if not have:
        rule["last"] = rule["first"] - 1
        return sorted(due)
    rule["last"] = max(have)
    gaps = set(range(rule["first"], rule["last"] + 1)) - have
    if gaps:
        rule["except"] = sorted(gaps)
    return sorted(due - have)


def dated(
    meta: dict[str, Any], vintage: str, partial: bool, dated_by: str, dated_note: str
) -> dict[str, Any]:
    """What an entry says of its date; the name and the place of the file follow from it."""
    return {
        "name": meta["name"].removesuffix(meta["vintage"]) + vintage,
        "path": f"{meta['publisher']}/{vintage}/{PurePosixPath(meta['path']).name}",
        "vintage": vintage,
        "coverage": "partial" if partial else "full",
        "dated_by": dated_by,
        "dated_note": dated_note,
    }


def insert(descriptor: dict[str, Any], resource: Resource) -> None:
    """List a new vintage after those of its table, or at the end."""
    entries = descriptor["resources"]
    same = [i for i, r in enumerate(entries) if r["table"] == resource.table]
    entries.insert(1 + max(same, default=len(entries) - 1), resource.meta)


def mark_checked(descriptor: dict[str, Any], publisher: str, day: str) -> None:
    """Record the day on which a publisher was last looked at."""
    entry = descriptor.setdefault("publishers", {}).setdefault(publisher, {})
    entry["checked"] = max(day, entry.get("checked", ""))


def estimates_that_stand(
    catalog: Catalog, before: Iterable[Resource], frame: pd.DataFrame
) -> list[dict[str, Any]]:
    """Estimates that earlier vintages mark and whose values the new one prints unchanged."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for resource in before:
        estimates = resource.meta["maturity"]["estimates"]
        if estimates and set(ESTIMATED) <= set(frame):
            old, new = (f.set_index(ESTIMATED)["value"] for f in (catalog.frame(resource), frame))
            for entry in estimates:
                at = tuple(entry[k] for k in ESTIMATED)
                if at in old.index and at in new.index and old[at] == new[at]:
                    kept[at] = entry
    return list(kept.values())


def covers(frame: pd.DataFrame) -> str:
    """Say in one line what a table holds: indicators, economies, years."""
    parts = []
    if "indicator" in frame:
        count = frame["indicator"].nunique()
        parts.append(f"{count} indicator{'s' if count > 1 else ''}")
    if "iso3" in frame:
        count = frame["iso3"].nunique()
        parts.append(f"{count} economies" if count > 1 else str(frame["iso3"].iloc[0]))
    if "citizenship" in frame:
        parts.append(", ".join(sorted(frame["citizenship"].unique())))
    for column in ("year", "month"):
        if column in frame:
            parts.append(f"{frame[column].min()} to {frame[column].max()}")
    return "; ".join(parts)


def description(brief: Brief, meta: dict[str, Any], held: Coverage, vintage: str) -> str:
    """Describe a vintage; a date that stood in the old description is not carried over."""
    layout = brief.layouts.get(meta["publisher"])
    dated = layout.descriptions.get(meta["table"], "") if layout else ""
    if dated:
        some = "; it holds only some of the indicators" if held.partial else ""
        return f"{dated.format(date=in_words(vintage))}{some}."
    some = " This vintage holds only some of the series." if held.partial else ""
    return str(meta["description"]) + some
