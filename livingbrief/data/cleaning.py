"""What a table needs before it may be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from livingbrief.brief import Brief


def unusable(frame: pd.DataFrame, entry: Mapping[str, Any]) -> pd.Series:
    """Tell the rows that an entry under `unusable` of the descriptor is about.

    Parameters
    ----------
    entry : mapping
        ``where`` (value by column), ``split_by`` (columns, any of which is filled), ``why``.
    """
    rows = pd.Series(True, index=frame.index)
    for column, value in entry["where"].items():
        rows &= frame[column] == value
    return rows & frame[list(entry["split_by"])].notna().any(axis=1)


def unusable_to_missing(frame: pd.DataFrame, entries: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Turn values that a vintage misprints, as its descriptor says, into missing ones."""
    for entry in entries:
        frame = frame.assign(value=frame["value"].mask(unusable(frame, entry)))
    return frame


def clean(brief: Brief, table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table with its known traps handled."""
    cleaner = brief.cleaners.get(table)
    return frame if cleaner is None else cleaner(frame)
