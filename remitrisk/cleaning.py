"""What a table needs before it may be used: traps that only the loading code can handle."""

from collections.abc import Callable

import pandas as pd

#: Since when a country has the euro, or the dollar.
MONEY_SINCE = {
    **dict.fromkeys(("AUT", "BEL", "DEU", "ESP", "FIN", "FRA", "IRL", "ITA", "LUX", "MAF"), 1999),
    **dict.fromkeys(("AND", "MCO", "NLD", "PRT", "SMR"), 1999),
    "GRC": 2001, "SVN": 2007, "CYP": 2008, "MLT": 2008, "SVK": 2009, "EST": 2011, "LVA": 2014,
    "LTU": 2015, "HRV": 2023, "BGR": 2026, "ECU": 2000, "SLV": 2001,
}  # fmt: skip
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


def own_money_only(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out the rates of a money that a country gave up: the publisher joins it to the new one.

    Else the dollar would have fallen by nine tenths on the day.
    """
    since = frame["iso3"].map(MONEY_SINCE)
    return frame[(frame["indicator"] != "PA.NUS.FCRF") | ~(frame["year"] < since)]


CLEANERS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "nsc.sdg": osh_city_zeros_to_missing,
    "worldbank.wdi": own_money_only,
    "walkfree.gsi": zero_population_to_missing,
}
