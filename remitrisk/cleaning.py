"""What a table needs before it may be used: traps that only the loading code can handle."""

from __future__ import annotations

from collections.abc import Callable

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


CLEANERS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "nsc.sdg": osh_city_zeros_to_missing,
    "walkfree.gsi": zero_population_to_missing,
}
