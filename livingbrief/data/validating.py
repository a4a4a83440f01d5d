"""What a new table must be before it enters the package, judged against the vintage before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.data.reading import Draft
from livingbrief.data.rules import where
from livingbrief.errors import DataError
from livingbrief.wording import counted, listed

SCALE_FACTOR = 3.0
FEWEST_PAIRS = 3
FEWEST_ROWS_KEPT = 0.9
FEWEST_SERIES_KEPT = 0.75


@dataclass(frozen=True)
class Coverage:
    """How much of the table a file holds.

    `partial`: True if the file holds only some of the table's series; `missing`: series of the
    vintage before that the file lacks.
    """

    partial: bool
    missing: tuple[str, ...]


def refuse_duplicates(draft: Draft, key: Sequence[str]) -> None:
    """Refuse two rows with the same key, with a `DataError` that names both places."""
    twice = np.flatnonzero(draft.frame.duplicated(list(key)).to_numpy())
    if not len(twice):
        return
    row = int(twice[0])
    keys = draft.frame[list(key)]
    values = keys.loc[row]
    same = (keys.eq(values) | (keys.isna() & values.isna())).all(axis=1)
    shown = ", ".join(str(v) for v in values if pd.notna(v))
    raise DataError(
        f"{draft.place(row)}: a second value for {shown}; the first is in "
        f"{draft.place(int(same.to_numpy().argmax()))}"
    )


def refuse_other_scale(
    draft: Draft,
    before: pd.DataFrame,
    vintage: str,
    *,
    key: Sequence[str],
    value: str,
    by: str | None,
) -> None:
    """Refuse values that are a multiple of those of another vintage in the same years.

    A `DataError` if the median ratio of a series is outside 1/3 to 3; revisions move a value by per
    cent.

    Parameters
    ----------
    before : DataFrame
        The other vintage, with the same key and value columns.
    vintage : str
        Its date, for the message.
    key, value, by : str
        Columns: the key, the value, and the one that names a series (None: all is one series).
    """
    new = draft.frame[[*key, value]].reset_index(names="_row")
    both = new.merge(
        before[[*key, value]].dropna(subset=[value]), on=list(key), suffixes=("", "_before")
    )
    both = both[(both[value] != 0) & (both[f"{value}_before"] != 0)]
    ratio = (both[value] / both[f"{value}_before"]).astype(float).abs()
    groups = both.groupby(by) if by else [("", both)]
    for name, group in groups:
        factor = float(ratio[group.index].median()) if len(group) >= FEWEST_PAIRS else 1.0
        if 1 / SCALE_FACTOR < factor < SCALE_FACTOR:
            continue
        first = group.sort_values("_row").iloc[0]
        of_name = f" of {name}" if name else ""
        raise DataError(
            f"{draft.place(int(first['_row']))}: {first[value]:,.10g} where the vintage of "
            f"{vintage} has {first[f'{value}_before']:,.10g}: the {len(group):,} values{of_name} "
            f"in both are {factor:.3g} times as large (median): the unit is of another scale"
        )


def refuse_out_of_range(
    draft: Draft,
    fields: Sequence[Mapping[str, Any]],
    explained: Mapping[str, Mapping[str, Any]],
    rules: Sequence[Mapping[str, Any]],
) -> None:
    """Refuse values outside the ranges that the descriptor documents.

    A `DataError` names the place, the value and the range.

    Parameters
    ----------
    fields : sequence
        Columns with their `constraints`.
    explained : mapping
        Range by indicator, empty for a table without.
    rules : sequence
        The rules `range` beside the table.
    """
    frame = draft.frame
    for spec in fields:
        limits = spec.get("constraints", {})
        if spec["type"] in ("number", "integer"):
            _outside(draft, frame[spec["name"]], limits, spec.get("unit", ""), spec["name"])
    if explained and "indicator" in frame:
        for code, group in frame.groupby("indicator"):
            about = explained.get(str(code), {})
            what = f"{code} ({about.get('label', '')})"
            _outside(draft, group["value"], about, str(about.get("unit", "")), what)
    for rule in rules:
        if rule["rule"] == "range":
            rows = where(frame, rule.get("where", {}))
            what = ", ".join(str(v) for v in rule.get("where", {}).values() if v)
            _outside(draft, rows[rule["column"]], rule, "", what)


def _outside(
    draft: Draft, values: pd.Series, limits: Mapping[str, Any], unit: str, what: str
) -> None:
    low, high = limits.get("minimum", -np.inf), limits.get("maximum", np.inf)
    numbers = values.astype("float64")
    bad = numbers[(numbers < low) | (numbers > high)]
    if len(bad):
        row = int(bad.index[0])
        plausible = f"{low:,} to {high:,} {unit}".rstrip()
        raise DataError(
            f"{draft.place(row)}: {bad.iloc[0]:,.15g} is outside {plausible}, plausible for "
            f"{what}: is the unit another?"
        )


def coverage(
    draft: Draft,
    before: pd.DataFrame,
    vintage: str,
    *,
    by: str | None,
    single: bool,
    partial: bool,
) -> Coverage:
    """Compare what a file holds with the last whole vintage of the table.

    Parameters
    ----------
    before, vintage : DataFrame, str
        The last whole vintage, and its date.
    by : str or None
        Column that names a series.
    single : bool
        True if the layout holds one indicator or one country by nature.
    partial : bool
        True if the analyst says that the file holds only some of the series; nothing is compared.

    Raises
    ------
    DataError
        If it looks cut off: under nine tenths of the values that the vintage before has for the
        same series, or under three quarters of its series.
    """
    frame = draft.frame
    found, had, same = set(), set(), before
    if by is not None:
        found, had = set(frame[by]), set(before[by])
        same = before[before[by].isin(found)]
        if single and "iso3" in frame and frame["iso3"].nunique() == 1:
            same = same[same["iso3"].isin(frame["iso3"])]
    missing = tuple(sorted(str(m) for m in had - found))
    if partial:
        return Coverage(True, missing)
    if len(frame) < FEWEST_ROWS_KEPT * len(same):
        raise DataError(
            f"{draft.file}: it holds {counted(len(frame), 'value')}, where the vintage of "
            f"{vintage} has {len(same):,} for the same series: it is cut off; if the publisher "
            "withdrew the others, or it is meant to hold fewer, add it with --partial"
        )
    if single:
        return Coverage(True, missing)
    if had and len(found & had) < FEWEST_SERIES_KEPT * len(had):
        raise DataError(
            f"{draft.file}: it holds {len(found & had)} of the {len(had)} series of the "
            f"vintage of {vintage} (it lacks {listed(missing)}): it is cut off, or meant to hold "
            "only some: then add it with --partial"
        )
    return Coverage(False, missing)
