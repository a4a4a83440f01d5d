"""The indicators of structural risk, and how each is made from published tables.

Five dimensions follow what the brief names: poverty, work, migration, weak justice, and the
start in life of the young. Indicators are chosen for what they say before any result is seen;
all are conditions around people, none is a count of people who were trafficked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remitrisk.methods.composite import Indicator

POVERTY, WORK, MIGRATION = "Poverty", "Work", "Migration"
JUSTICE, YOUTH = "Justice and safety", "Start in life"

WORLD: tuple[Indicator, ...] = (
    Indicator("SI.POV.DDAY", "People under the international poverty line, %", POVERTY, 1),
    Indicator("income", "Income per head, logarithm of dollars at purchasing power", POVERTY, -1),
    Indicator("SI.POV.GINI", "Gini index", POVERTY, 1),
    Indicator("SL.EMP.VULN.FE.ZS", "Vulnerable employment of women, % (modelled)", WORK, 1),
    Indicator("SL.EMP.VULN.MA.ZS", "Vulnerable employment of men, % (modelled)", WORK, 1),
    Indicator("SL.UEM.1524.FE.ZS", "Unemployment of young women, % (modelled)", WORK, 1),
    Indicator("SL.UEM.1524.MA.ZS", "Unemployment of young men, % (modelled)", WORK, 1),
    Indicator("remittances", "Remittances received, % of GDP", MIGRATION, 1),
    Indicator("emigration", "Net emigration per 1,000 people, mean of 5 years", MIGRATION, 1),
    Indicator("refugees", "Refugees from the country per 1,000 people", MIGRATION, 1),
    Indicator("RL.EST", "Rule of law, estimate", JUSTICE, -1),
    Indicator("CC.EST", "Control of corruption, estimate", JUSTICE, -1),
    Indicator("GE.EST", "Government effectiveness, estimate", JUSTICE, -1),
    Indicator("VA.EST", "Voice and accountability, estimate", JUSTICE, -1),
    Indicator("PV.EST", "Absence of political violence, estimate", JUSTICE, -1),
    Indicator("SP.POP.0014.TO.ZS", "Children under 15, % of people", YOUTH, 1),
    Indicator("SE.SEC.ENRR", "Secondary enrolment, gross %", YOUTH, -1),
    Indicator("SP.REG.BRTH.ZS", "Births registered, %", YOUTH, -1),
    Indicator("SP.RUR.TOTL.ZS", "Rural population, %", YOUTH, 1),
)
"""Indicators that cover most economies."""

REGION: tuple[Indicator, ...] = (
    *WORLD,
    Indicator("inflation", "Consumer price inflation, %, mean of 5 years", POVERTY, 1),
    Indicator("SL.TLF.CACT.FE.ZS", "Women in the labour force, % (modelled)", WORK, -1),
)
"""Indicators of the 22 economies for which the package holds every series.

Poverty at national lines is not among them: each country draws its line by its own rules, so the
rates order years of one country, not countries.
"""

DERIVED: dict[str, tuple[str, ...]] = {
    "income": ("NY.GDP.PCAP.PP.CD",),
    "remittances": ("BX.TRF.PWKR.CD.DT", "NY.GDP.MKTP.CD"),
    "emigration": ("SM.POP.NETM", "SP.POP.TOTL"),
    "refugees": ("SM.POP.REFG.OR", "SP.POP.TOTL"),
    "inflation": ("FP.CPI.TOTL.ZG",),
}
"""Series behind each indicator that is not printed as such."""

CONTRADICTED = 10.0
"""Remittances, % of GDP, above which a net inflow of people contradicts them."""

WINDOW = 10
"""Years back from the last one in which the latest value may lie."""

_MEAN_OF = 5


@dataclass(frozen=True)
class IndicatorTable:
    """Latest values and their years.

    Attributes
    ----------
    values, years : DataFrame of shape (economies, indicators)
        Value and the year it is of (the last year of a mean); NaN where there is none.
    """

    values: pd.DataFrame
    years: pd.DataFrame


def contradicted(own: pd.Series) -> bool:
    """Whether an economy's two measures of migration contradict each other.

    Net migration is modelled from changes of residence and does not see seasonal work: it can show
    an inflow of people where much of the income is sent home by those who are away.

    Parameters
    ----------
    own : Series
        Values of the economy by indicator code.
    """
    return bool(own["emigration"] < 0 and own["remittances"] > CONTRADICTED)


def series_needed(indicators: Sequence[Indicator]) -> tuple[str, ...]:
    """Name the published series behind the indicators.

    Parameters
    ----------
    indicators : sequence of Indicator
        The indicators.

    Returns
    -------
    tuple of str
        Codes, each once, in the order of need.
    """
    codes = [code for i in indicators for code in DERIVED.get(i.code, (i.code,))]
    return tuple(dict.fromkeys(codes))


def assemble(
    panels: Mapping[str, pd.DataFrame], indicators: Sequence[Indicator], last_year: int
) -> IndicatorTable:
    """Take the latest value of each indicator within the window.

    Parameters
    ----------
    panels : mapping of str to DataFrame
        For each code of `series_needed`, columns iso3, year, value; no aggregates.
    indicators : sequence of Indicator
        The indicators.
    last_year : int
        No later value is used, and none from more than `WINDOW` years before.

    Returns
    -------
    IndicatorTable
        Economies that have at least one value, in alphabetical order.
    """
    wide = {code: _wide(panels[code], last_year) for code in series_needed(indicators)}
    values, years = {}, {}
    for indicator in indicators:
        by_year = _DERIVATIONS.get(indicator.code, _as_printed(indicator.code))(wide)
        by_year = by_year.loc[by_year.index > last_year - WINDOW]
        values[indicator.code] = (
            by_year.ffill().iloc[-1] if len(by_year) else pd.Series(dtype=float)
        )
        years[indicator.code] = by_year.apply(lambda column: column.last_valid_index())
    table = pd.DataFrame(values).sort_index().rename_axis("iso3")
    table = table.dropna(how="all")
    return IndicatorTable(table, pd.DataFrame(years).reindex(table.index).astype(float))


_Wide = Mapping[str, pd.DataFrame]


def _wide(panel: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Years in rows, economies in columns."""
    kept = panel[panel["year"] <= last_year]
    return kept.pivot_table(index="year", columns="iso3", values="value").sort_index()


def _as_printed(code: str) -> Callable[[_Wide], pd.DataFrame]:
    return lambda wide: wide[code]


def _mean(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean of five years that all have a value, by the last of them."""
    filled = frame.reindex(range(int(frame.index.min()), int(frame.index.max()) + 1))
    return filled.rolling(_MEAN_OF, min_periods=_MEAN_OF).mean()


def _per_1000(wide: _Wide, code: str) -> pd.DataFrame:
    return 1000 * wide[code] / wide["SP.POP.TOTL"]


_DERIVATIONS: dict[str, Callable[[_Wide], pd.DataFrame]] = {
    "income": lambda wide: wide["NY.GDP.PCAP.PP.CD"].transform(np.log),
    "remittances": lambda wide: 100 * wide["BX.TRF.PWKR.CD.DT"] / wide["NY.GDP.MKTP.CD"],
    "emigration": lambda wide: _mean(-_per_1000(wide, "SM.POP.NETM")),
    "refugees": lambda wide: _per_1000(wide, "SM.POP.REFG.OR"),
    "inflation": lambda wide: _mean(wide["FP.CPI.TOTL.ZG"]),
}
