"""What a household survey says of migrants' money, and a model of poverty without it beside that.

The survey of Kyrgyzstan's National Statistical Committee gives shares of incomes; the model is that
of `remitrisk.methods.poverty`. Numbers are per cent and percentage points.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from livingbrief.values.values import Values
from remitrisk.methods.breakdowns import SHORT
from remitrisk.methods.poverty import (
    Incidence,
    Lognormal,
    lognormal_from,
    lognormal_from_sensitivity,
    scenarios,
)

NAN = float("nan")
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


def modelled_without(
    printed: pd.DataFrame, people: Mapping[int, Lognormal], recipients: Sequence[float]
) -> pd.DataFrame:
    """Return the model's poverty with all of the money gone, for rows of `printed_without`.

    `people` are the country's distributions by year: an oblast has its own rate and the country's
    Gini. ``low`` and ``high`` are the ends over the shares of people who receive, and ``inside``
    says whether the printed rate lies between them.
    """
    found = []
    for row in printed.itertuples():
        who = lognormal_from(row.before / 100, people[row.year].gini)
        gone = scenarios([(who, row.share / 100)], cut=1.0, recipients=recipients)
        rates = [100 * one.after.headcount for one in gone]
        found.append((min(rates), max(rates)))
    model = pd.DataFrame(found, columns=["low", "high"], index=printed.index, dtype=float)
    return model.assign(inside=printed["without"].between(model["low"], model["high"]))


def matched(
    people: Mapping[int, Lognormal], year: int, line_up: float, line_down: float
) -> dict[int, Lognormal]:
    """Return each year's distribution with the spread that the printed sensitivity asks for.

    `line_up` and `line_down` are the printed changes of the headcount of `year` as the line moves,
    in points (`poverty.lognormal_from_sensitivity`); headcounts stay as they are.
    """
    rate = people[year].headcount()
    spread = lognormal_from_sensitivity(rate, line_up / 100, line_down / 100).sigma
    return {y: who.narrowed(spread / who.sigma) for y, who in people.items()}


def rises(
    people: Sequence[Lognormal],
    share: float,
    sizes: Sequence[float],
    recipients: Sequence[float],
    *,
    incidence: Incidence = "spread",
    measure: str = "headcount",
) -> pd.DataFrame:
    """Return the smallest and the largest rise of poverty after cuts of several sizes.

    `people` are the distributions to try (with none a rise is missing), `share` what the money pays
    for of consumption, per cent; `sizes` and `recipients` the shares of the money that are lost,
    and of people in receiving households to try; `incidence` as in `poverty.scenario`; `measure` is
    ``headcount`` or ``gap``. ``low`` and ``high``, in points, by the cut in per cent.
    """
    found = {}
    for size in sizes:
        tried = scenarios(
            [(who, share / 100) for who in people],
            cut=size, recipients=recipients, incidence=[incidence],
        )  # fmt: skip
        changes = [100 * float(getattr(one.change, measure)) for one in tried]
        found[round(100 * size)] = (min(changes, default=NAN), max(changes, default=NAN))
    return pd.DataFrame.from_dict(found, orient="index", columns=["low", "high"])


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
