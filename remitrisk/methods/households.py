"""What a household survey says of migrants' money, and of poverty without it.

The survey of Kyrgyzstan's National Statistical Committee gives shares of incomes; the model beside
it is that of `remitrisk.methods.incidence`. Numbers are per cent and percentage points.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from livingbrief.values.values import Values
from remitrisk.methods.breakdowns import SHORT

#: Measures of ``households.figures`` that say what poverty would be without the money.
PRINTED = {
    "share_of_income_pct": "share",
    "poverty_effect_points": "effect",
    "poverty_without_pct": "without",
}


def printed_without(
    figures: pd.DataFrame, rates: pd.DataFrame, years: Iterable[int]
) -> pd.DataFrame:
    """Return what the Committee said of poverty without migrants' money, beside the rate itself.

    `figures` is ``households.figures``; `rates` the official poverty rates, years by place (the
    country's under the empty name); `years` those that count. A row for each year and place with a
    share of incomes and a rise, the country first and the newest year first: ``year``, ``area``,
    ``share`` (of incomes), ``before``, ``effect`` and ``without``, which is the rate and the rise
    where it is not printed itself.
    """
    chosen = figures["measure"].isin(list(PRINTED)) & figures["period"].isin([*map(str, years)])
    rows = figures[chosen].fillna({"area": ""})
    rows = rows.pivot(index=["period", "area"], columns="measure", values="value")
    rows = rows.reindex(columns=list(PRINTED)).rename(columns=PRINTED)
    rows = rows.dropna(subset=["share", "effect"]).reset_index()
    rows = rows.assign(
        year=rows["period"].astype(int), area=rows["area"].map(lambda name: SHORT.get(name, name))
    )
    rows["before"] = [rates[r.area].get(r.year) for r in rows.itertuples()]
    rows["without"] = rows["without"].fillna(rows["before"] + rows["effect"])
    rows = rows.dropna(subset=["before"]).sort_values(["area", "year"], ascending=[True, False])
    return rows[["year", "area", "share", "before", "effect", "without"]].reset_index(drop=True)


def ranging(
    found: Mapping[str, pd.DataFrame], **about: Any
) -> tuple[Values, tuple[Values, Values]]:
    """Return the middles of ranges (frames with ``low`` and ``high``) as estimates, and their ends.

    `about` is what `Values.of` takes; a range of one number has no ends.
    """
    low, high = (
        Values.of({name: f[end] for name, f in found.items()}, status="estimate", **about)
        for end in ("low", "high")
    )
    apart = high.frame > low.frame
    return (low + high) / 2, (low.where(apart), high.where(apart))
