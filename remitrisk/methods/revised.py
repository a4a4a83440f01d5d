"""How far figures moved between their first printing and the latest, series by series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from livingbrief.claims import firm
from remitrisk.methods.outlook import summary

#: What prints as zero with one decimal place.
NOUGHT = 0.05
#: A first printing at hand that is later than this, in the second year after, is no early figure.
SOON = "06-30"
#: Fewer years than these say nothing of a series.
FEWEST_YEARS = 3


def first_and_latest(printed: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the years of which an early figure is at hand: printed within 18 months of their end.

    Parameters
    ----------
    printed : mapping
        Figures as each printing had them; see `remitrisk.as_printed`.

    Returns
    -------
    DataFrame
        By key and year: columns of `livingbrief.claims.firm.first_and_latest`, ``moved`` (latest
        less first), ``turned`` (the two have different signs; NaN where the figure is no change).
        Of the years by which firmness is judged, which has to make do with later first figures.
        Figures of fewer than `FEWEST_YEARS` years are left out.
    """
    parts = {key: firm.first_and_latest(wide) for key, wide in printed.items() if len(wide)}
    parts = {
        key: part[[day <= f"{year + 2}-{SOON}" for year, day in part["first_on"].items()]]
        for key, part in parts.items()
        if len(part) >= firm.FEWEST_YEARS
    }
    parts = {key: part for key, part in parts.items() if len(part) >= FEWEST_YEARS}
    if not parts:
        columns = ["first", "latest", "first_on", "latest_on", "moved", "turned"]
        index = pd.MultiIndex.from_arrays([[], []], names=["key", "year"])
        return pd.DataFrame(columns=columns, index=index)
    found = pd.concat(parts, names=["key", "year"])
    found["moved"] = found["latest"] - found["first"]
    turned = (np.sign(found["first"]) * np.sign(found["latest"]) < 0).astype(float)
    keys = found.index.get_level_values("key")
    changes = [key for key in parts if printed[key].attrs.get("change")]
    return found.assign(turned=turned.where(keys.isin(changes)))


def statistics(found: pd.DataFrame) -> pd.DataFrame:
    """Sum up `first_and_latest` by key.

    Columns of `outlook.summary`, and ``turned``: in how many years the sign changed.
    """
    told = summary(found["moved"].astype(float), ["key"])
    turned = found["turned"].astype(float).groupby(level="key").sum(min_count=1)
    return told.assign(turned=turned).reindex(found.index.get_level_values("key").unique())


def spans(sources: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return sources once each, from the first of their dates of printing to the last."""
    days: dict[str, list[str]] = {}
    for line in sources:
        days.setdefault(line["source"], []).extend(line["vintage"].split(" to "))
    return [{"source": name, "vintage": f"{min(of)} to {max(of)}"} for name, of in days.items()]
