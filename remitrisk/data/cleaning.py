"""What a table needs before it may be used: traps that only the loading code can handle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

OSH_CITY = "Osh (city)"
OSH_CITY_COUNTED_APART_FROM = 2013


def osh_city_zeros_to_missing(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn the poverty of Osh (city) before 2013 from 0.0 into a missing value.

    The city was counted inside Osh oblast until 2012; the publisher prints 0.0 for it.
    """
    counted_inside_oblast = (
        (frame["indicator"] == "poverty_rate")
        & (frame["area"] == OSH_CITY)
        & (frame["year"] < OSH_CITY_COUNTED_APART_FROM)
        & (frame["value"] == 0)
    )
    return frame.assign(value=frame["value"].mask(counted_inside_oblast))


def zero_population_to_missing(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn a population of 0, printed for four economies of the index, into a missing value."""
    return frame.assign(population=frame["population"].mask(frame["population"] == 0))


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


_CLEANERS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "nsc.sdg": osh_city_zeros_to_missing,
    "walkfree.gsi": zero_population_to_missing,
}


def clean(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Apply what a table needs; other tables are returned as they are."""
    return _CLEANERS.get(table, lambda unchanged: unchanged)(frame)
