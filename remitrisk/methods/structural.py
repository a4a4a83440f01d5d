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

from livingbrief.kept import kept
from livingbrief.values.numbers import format_value
from remitrisk.methods.composite import (
    CompositeIndex,
    Coverage,
    Indicator,
    composite,
    coverage,
    scores_by_group,
)

POVERTY, WORK, MIGRATION = "Poverty", "Work", "Migration"
JUSTICE, YOUTH = "Justice and safety", "Start in life"
DIMENSIONS = {
    POVERTY: "poverty", WORK: "work", MIGRATION: "migration", JUSTICE: "justice",
    YOUTH: "start_in_life",
}  # fmt: skip
"""Dimensions in their order, and their names in keys."""

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

SETS = {"region": REGION, "world": WORLD}
"""The two sets and their indicators; the region set has the economies that have `ONLY_REGION`."""

DERIVED: dict[str, tuple[str, ...]] = {
    "income": ("NY.GDP.PCAP.PP.CD",),
    "remittances": ("BX.TRF.PWKR.CD.DT", "NY.GDP.MKTP.CD"),
    "emigration": ("SM.POP.NETM", "SP.POP.TOTL"),
    "refugees": ("SM.POP.REFG.OR", "SP.POP.TOTL"),
    "inflation": ("FP.CPI.TOTL.ZG",),
}
"""Series behind each indicator that is not printed as such."""

ONLY_REGION = "SL.TLF.CACT.FE.ZS"
"""A series that the package holds for the economies of the region set only."""

CONTRADICTED = 10.0
"""Remittances, % of GDP, above which a net inflow of people contradicts them."""

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
    """The index of both sets, ``region`` and ``world``, from the indicators in `table`."""

    table: IndicatorTable
    coverage: dict[str, Coverage]
    index: dict[str, CompositeIndex]

    def indicators(self, economy: str, name: str) -> pd.DataFrame:
        """Return a reader's table of the indicators, with an economy's values under its name."""
        region, world = (list(self.coverage[group].kept) for group in SETS)
        oldest = self.table.years.loc[region].min()
        oldest.update(self.table.years.loc[world, [i.code for i in WORLD]].min())
        own, years = (part.reindex([economy]) for part in (self.table.values, self.table.years))
        rows = []
        for i in sorted(REGION, key=lambda i: [*DIMENSIONS].index(i.dimension)):
            governance = i.code.endswith(".EST")
            value, year = float(own[i.code].iloc[0]), float(years[i.code].iloc[0])
            rows.append(
                {
                    "Dimension": i.dimension,
                    "Indicator": i.label + ("" if i in WORLD else " (region set only)"),
                    "Risk is": "more" if i.direction > 0 else "less",
                    name: format_value(value, 2 if governance else 1) if value == value else "–",
                    "Year": f"{year:.0f}" if year == year else "–",
                    "Oldest": f"{oldest[i.code]:.0f}",
                    "World Bank": f"{'Governance' if governance else 'Development'} Indicators",
                }
            )
        return pd.DataFrame(rows)

    def left_out(self, population: pd.DataFrame) -> dict[str, float]:
        """Describe the economies that fail the coverage rule of the world set.

        How many of them have neither figure of a household survey (poverty, Gini), and their share;
        the median population (`population` has iso3, year, value), in millions and in each
        economy's latest year, of those that fail and of those that pass.
        """
        kept, dropped = list(self.coverage["world"].kept), list(self.coverage["world"].dropped)
        surveys = self.table.values.loc[dropped, ["SI.POV.DDAY", "SI.POV.GINI"]]
        without = surveys.isna().all(axis=1)
        people = population.sort_values("year").groupby("iso3")["value"].last() / 1e6
        return {
            "dropped_without_survey": int(without.sum()),
            "dropped_without_survey_pct": 100 * float(without.mean()),
            "median_people.dropped": float(people.reindex(dropped).median()),
            "median_people.kept": float(people.reindex(kept).median()),
        }


def contradicted(own: pd.Series) -> bool:
    """Whether an economy's two measures of migration contradict each other.

    Net migration is modelled from changes of residence and does not see seasonal work: it can show
    an inflow of people where much of the income is sent home by those who are away.
    """
    return bool(own["emigration"] < 0 and own["remittances"] > CONTRADICTED)


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
    wide = {code: _wide(panels[code], last_year) for code in series_needed(indicators)}
    values, years = {}, {}
    for code in (indicator.code for indicator in indicators):
        by_year = _DERIVATIONS[code](wide) if code in _DERIVATIONS else wide[code]
        by_year = by_year.loc[by_year.index > last_year - WINDOW]
        values[code] = by_year.ffill().iloc[-1] if len(by_year) else pd.Series(dtype=float)
        years[code] = _last_year(by_year)
    table = pd.DataFrame(values).sort_index().rename_axis("iso3").dropna(how="all")
    return IndicatorTable(table, pd.DataFrame(years).reindex(table.index).astype(float))


@kept
def study(
    panels: Mapping[str, pd.DataFrame], last_year: int, *, draws: int = 10_000, seed: int = 87
) -> Study:
    """Build the index of structural risk for both sets; see `assemble` and `composite`."""
    table = assemble(panels, REGION, last_year)
    members = sorted(panels[ONLY_REGION]["iso3"].unique())
    values = {
        "region": table.values.reindex(members),
        "world": table.values[[i.code for i in WORLD]],
    }
    rule = {group: coverage(values[group], SETS[group]) for group in SETS}
    index = {
        group: composite(values[group].loc[list(rule[group].kept)], used, draws, seed)
        for group, used in SETS.items()
    }
    return Study(table, rule, index)


def beside_others(world: pd.DataFrame, tiers: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Spread the scores over tenths of modelled vulnerability, and over tiers.

    `world` has score, vulnerability and tier (place among `tiers`, best first) by economy. See
    `scores_by_group`; tenth "10" has the most vulnerability.
    """
    labels = [str(tenth) for tenth in range(1, 11)]
    tenths = pd.qcut(world["vulnerability"].rank(method="first"), 10, labels=labels)
    placed = pd.Categorical.from_codes(world["tier"].astype(int), list(tiers), ordered=True)
    by_tier = scores_by_group(world["score"], pd.Series(placed, world.index))
    return scores_by_group(world["score"], tenths), by_tier


_Wide = Mapping[str, pd.DataFrame]


def _wide(panel: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Years in rows, economies in columns."""
    kept = panel[panel["year"] <= last_year]
    return kept.pivot_table(index="year", columns="iso3", values="value").sort_index()


def _last_year(by_year: pd.DataFrame) -> pd.Series:
    """The last year of each column that has a value."""
    there = by_year.notna().to_numpy()
    if not there.any():
        return pd.Series(np.nan, index=by_year.columns)
    last = by_year.index.to_numpy(dtype=float)[len(there) - 1 - there[::-1].argmax(axis=0)]
    return pd.Series(last, index=by_year.columns).where(there.any(axis=0))


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
