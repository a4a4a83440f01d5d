"""The indicators of structural risk, and how each is made from published tables.

Five dimensions follow what the brief names: poverty, work, migration, weak justice, and the
start in life of the young. Indicators are chosen for what they say before any result is seen;
all are conditions around people, none is a count of people who were trafficked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from livingbrief.values.numbers import NBSP, format_value
from remitrisk.methods.composite import Coverage, Indicator, composite, coverage

POVERTY, WORK, MIGRATION = "Poverty", "Work", "Migration"
JUSTICE, YOUTH = "Justice and safety", "Start in life"

INDICATORS: tuple[Indicator, ...] = (
    Indicator("SI.POV.DDAY", "People under the international poverty line, %", POVERTY, 1),
    Indicator("income", "Income per head, logarithm of dollars at purchasing power", POVERTY, -1),
    Indicator("SI.POV.GINI", "Gini index", POVERTY, 1),
    Indicator("SL.EMP.VULN.FE.ZS", "Vulnerable employment of women, % (modelled)", WORK, 1),
    Indicator("SL.EMP.VULN.MA.ZS", "Vulnerable employment of men, % (modelled)", WORK, 1),
    Indicator("SL.UEM.1524.FE.ZS", "Unemployment of young women, % (modelled)", WORK, 1),
    Indicator("SL.UEM.1524.MA.ZS", "Unemployment of young men, % (modelled)", WORK, 1),
    Indicator("remittances", "Remittances received, % of GDP", MIGRATION, 1),
    Indicator(
        "emigration", "Net emigration per 1,000 people, mean of 5 years (modelled)", MIGRATION, 1
    ),
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
"""Indicators that cover most economies, by dimension.

Poverty at national lines is not among them: each country draws its line by its own rules, so the
rates order years of one country, not countries.
"""

DERIVED: dict[str, tuple[str, ...]] = {
    "income": ("NY.GDP.PCAP.PP.CD",),
    "remittances": ("BX.TRF.PWKR.CD.DT", "NY.GDP.MKTP.CD"),
    "emigration": ("SM.POP.NETM", "SP.POP.TOTL"),
    "refugees": ("SM.POP.REFG.OR", "SP.POP.TOTL"),
}
"""Series behind each indicator that is not printed as such."""

WINDOW = 10
"""Years back from the last one in which the latest value may lie."""

_MEAN_OF = 5


@dataclass(frozen=True)
class IndicatorTable:
    """Latest values by economy and indicator, and the year each is of (the last year of a mean)."""

    values: pd.DataFrame
    years: pd.DataFrame


@dataclass(frozen=True)
class Study:
    """The index of all economies that have enough of the indicators in `table`.

    `index` and `without` (the same without remittances) are as `composite` gives them.
    """

    table: IndicatorTable
    coverage: Coverage
    index: pd.DataFrame
    without: pd.DataFrame

    def places(self, economy: str) -> pd.DataFrame:
        """Return an economy's indicators as texts, placed among those in the index.

        Columns label, place, value, year, risk (whether more of it is more or less), dimension.
        """
        own = self.table.values.reindex([economy]).iloc[0]
        years = self.table.years.reindex([economy]).iloc[0]
        others = self.table.values.loc[[*self.coverage.kept]]
        rows = []
        for i in INDICATORS:
            among, value = i.direction * others[i.code].dropna(), own[i.code]
            place, texts = "–", ("–", "–")
            if pd.notna(value):
                digits = 2 if i.code.endswith(".EST") else 1
                texts = format_value(value, digits), f"{years[i.code]:.0f}"
                if economy in others.index:
                    place = f"{(among > i.direction * value).sum() + 1}{NBSP}of{NBSP}{len(among)}"
            risk = "more risk" if i.direction > 0 else "less risk"
            rows.append((i.label, place, *texts, risk, i.dimension))
        return pd.DataFrame(rows, columns=["label", "place", "value", "year", "risk", "dimension"])

    def without_survey(self) -> int:
        """Count the economies that fail the rule and have no figure of a household survey."""
        surveys = self.table.values.loc[[*self.coverage.dropped], ["SI.POV.DDAY", "SI.POV.GINI"]]
        return int(surveys.isna().all(axis=1).sum())


def series_needed(indicators: Sequence[Indicator]) -> tuple[str, ...]:
    """Name the published series behind the indicators: codes, each once, in the order of need."""
    codes = [code for i in indicators for code in DERIVED.get(i.code, (i.code,))]
    return tuple(dict.fromkeys(codes))


def assemble(
    panels: Mapping[str, pd.DataFrame], indicators: Sequence[Indicator], last_year: int
) -> IndicatorTable:
    """Take the latest value of each indicator within the window, of economies that have any.

    `panels` has iso3, year, value of each code of `series_needed`, no aggregates. No value after
    `last_year` is used, and none from more than `WINDOW` years before.
    """
    wide = {}
    for code in series_needed(indicators):
        known = panels[code][panels[code]["year"] <= last_year]
        wide[code] = known.pivot_table(index="year", columns="iso3", values="value").sort_index()
    values, years = {}, {}
    for code in (indicator.code for indicator in indicators):
        by_year = _DERIVATIONS[code](wide) if code in _DERIVATIONS else wide[code]
        by_year = by_year.loc[by_year.index > last_year - WINDOW]
        values[code] = by_year.ffill().iloc[-1] if len(by_year) else pd.Series(dtype=float)
        known = by_year.rename_axis(index="year", columns="iso3").stack().dropna().reset_index()
        years[code] = known.groupby("iso3")["year"].max()
    table = pd.DataFrame(values).sort_index().rename_axis("iso3").dropna(how="all")
    return IndicatorTable(table, pd.DataFrame(years).reindex(table.index).astype(float))


def study(
    panels: Mapping[str, pd.DataFrame], last_year: int, *, draws: int = 10_000, seed: int = 87
) -> Study:
    """Build the index of structural risk; see `assemble` and `composite`."""
    table = assemble(panels, INDICATORS, last_year)
    rule = coverage(table.values, INDICATORS)
    enough = table.values.loc[[*rule.kept]]
    other = [i for i in INDICATORS if i.code != "remittances"]
    index, without = (composite(enough, used, draws, seed) for used in (INDICATORS, other))
    return Study(table, rule, index, without)


_Wide = Mapping[str, pd.DataFrame]


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
}
