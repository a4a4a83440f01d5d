"""How dependent an economy is on remittances: its rank, and what a vintage withdrew."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from livingbrief.data.datasets import in_words, years_in_words
from livingbrief.values.values import Values

#: Of the economies of the last year before that has a rank, the share that a rank needs.
REPORTING = 0.9
TOO_FEW = (
    "Too few economies have printed both figures of the year: a rank needs "
    f"{100 * REPORTING:.0f} % of as many as in the last year that has one."
)


def rank_by_share(inflow: pd.DataFrame, gdp: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return a country's rank by inflow over GDP (``iso3, year, value``) among all with both.

    By year: ``pct_gdp``, ``rank`` (1 is the highest; none where fewer than `REPORTING` of those
    of the last year before that has a rank have both), ``economies``.
    """
    both = inflow.merge(gdp, on=["iso3", "year"], suffixes=("", "_gdp"))
    both["pct_gdp"] = 100 * both["value"] / both["value_gdp"]
    both["rank"] = both.groupby("year")["pct_gdp"].rank(ascending=False, method="min")
    found = both.groupby("year").size().rename("economies").to_frame()
    last, enough = 0, []
    for year, economies in found["economies"].items():
        if economies >= REPORTING * last:
            enough += [year] if last else []
            last = economies
    own = both[both["iso3"] == country].set_index("year").sort_index().join(found)
    own["rank"] = own["rank"].where(own.index.isin(enough))
    return own[["pct_gdp", "rank", "economies"]]


def unranked(ranking: Values) -> list[int]:
    """Return the years in which a country has its share and too few others have theirs."""
    return [y for y in ranking["economies"].years if y not in ranking["rank"].years]


def last_printed(printed: Values, gone: Mapping[int, str]) -> Values:
    """Return withdrawn years as the last vintage that had them (`gone`) printed them."""
    values = {year: printed.frame.at[year, vintage] for year, vintage in gone.items()}
    series = pd.Series(values, dtype=float, name="withdrawn_usd")
    return Values.of(series, unit=printed.unit, label="withdrawn", sources=printed.sources)


def revised(printed: Values) -> tuple[list[int], list[int]]:
    """Return the years that two vintages or more print, and those whose figure changed."""
    lines = {int(year): line.dropna().to_numpy() for year, line in printed.frame.iterrows()}
    compared = [year for year, line in lines.items() if len(line) > 1]
    return compared, [year for year in compared if not np.allclose(lines[year], lines[year][0])]


def withdrawn_words(gross: Values, gone: Mapping[int, str], vintage: str) -> tuple[str, str]:
    """Return what a vintage withdrew of the inflow, and what that means for this report.

    `gone` has the last vintage that printed each withdrawn year.
    """
    before = " and ".join(map(in_words, sorted(set(gone.values()))))
    now = in_words(vintage)
    if set(gone) >= set(gross.years):
        return (
            f"remittances received in the vintage of {now}",
            f"The World Bank withdrew the series; its figures here are those of the vintage of "
            f"{in_words(gross.sources[0]['vintage'])}, the last that printed it.",
        )
    return (
        f"remittances received in {years_in_words(gone)}",
        f"The World Bank withdrew them: its vintage of {now} no longer prints them, that of "
        f"{before} did. Withdrawn is not zero: the figure of levels marks them as last printed, "
        "and no number stands on them.",
    )
