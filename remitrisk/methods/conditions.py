"""Conditions that the brief names, group by group, from the statistical office's long table.

Rates of conditions are not the risk of being trafficked: no public table holds both people who
were trafficked and people who were not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from livingbrief.values.numbers import format_value
from livingbrief.values.values import Source, Values, join
from remitrisk.methods.breakdowns import official


class Condition(NamedTuple):
    """How the table names a condition, and what a sentence calls it."""

    indicator: str
    label: str
    how: Mapping[str, str] = {}


CONDITIONS = {
    "poverty": Condition("poverty_rate", "poverty"),
    "extreme_poverty": Condition("extreme_poverty_rate", "extreme poverty"),
    "multidimensional_poverty": Condition(
        "multidimensional_poverty_rate", "multidimensional poverty"
    ),
    "working_poverty": Condition("working_poverty_rate", "working poverty"),
    "food_insecurity": Condition(
        "food_insecurity_rate", "food insecurity", {"series": "moderate or severe"}
    ),
    "neet": Condition("neet_rate_15_24", "youth outside work and school"),
    "employment": Condition("employment_rate", "employment"),
    "unemployment": Condition("unemployment_rate", "unemployment"),
    "child_labour": Condition("child_labour_rate", "child labour", {"age": "5 to 17 years old"}),
    "child_marriage": Condition(
        "child_marriage_rate",
        "child marriage",
        {"series": "before age 18", "age": "under 18 years old"},
    ),
    "partner_violence": Condition("intimate_partner_violence_rate", "partner violence"),
    "violent_discipline": Condition("child_violent_discipline_rate", "violent discipline"),
}
#: Conditions of women and children that surveys print by wealth, and those by education.
OUTCOMES = ("child_marriage", "child_labour", "partner_violence", "violent_discipline")
TAUGHT = ("child_marriage", "partner_violence", "child_labour")
#: Those measured by the national poverty line, or by a part of it.
AT_THE_LINE = ("poverty", "extreme_poverty", "working_poverty")
PLACES = (
    "poverty", "extreme_poverty", "multidimensional_poverty", "working_poverty", "food_insecurity",
    "child_labour", "child_marriage", "partner_violence", "violent_discipline",
)  # fmt: skip
BY_SEX = (
    "poverty", "extreme_poverty", "multidimensional_poverty", "working_poverty", "unemployment",
    "neet", "employment", "child_labour", "violent_discipline",
)  # fmt: skip
BY_AREA = (
    "poverty", "extreme_poverty", "multidimensional_poverty", "food_insecurity", "child_labour",
    "child_marriage", "partner_violence", "violent_discipline",
)  # fmt: skip
#: Heads of a table that has many columns.
NARROW = {"extreme_poverty": "extreme", "multidimensional_poverty": "several dimensions"}
#: Those of children, where women and men are girls and boys.
OF_CHILDREN = ("child_labour", "violent_discipline")
FIFTHS = ("poorest", "second", "middle", "fourth", "richest")
_ENDS = ("poorest", "richest")
LEVELS = ("lower_secondary", "upper_secondary", "vocational", "short_tertiary", "degree")
#: Work by sex: key and code of the World Bank.
WORK = {
    "youth_unemployment.women_pct": "SL.UEM.1524.FE.ZS",
    "youth_unemployment.men_pct": "SL.UEM.1524.MA.ZS",
    "vulnerable_employment.women_pct": "SL.EMP.VULN.FE.ZS",
    "vulnerable_employment.men_pct": "SL.EMP.VULN.MA.ZS",
}
#: Value of child labour that a change of measurement breaks off: year and age.
BROKEN = (2023, "age_15_17")


def rate(table: pd.DataFrame, key: str, by: str = "", groups: Sequence[str] = ()) -> Values:
    """One condition of `CONDITIONS`, for the whole country or by one breakdown.

    Per cent: years by groups, or one column named `key`. Parameters as in `breakdowns.official`.
    """
    indicator, label, how = CONDITIONS[key]
    how = {k: v for k, v in how.items() if k != by}
    return official(table, indicator, by, groups=groups, name=key, label=label, **how)


def head(key: str) -> str:
    """Return what a panel calls a condition."""
    return _label(key).capitalize()


def gap(parts: Values, key: str) -> Values:
    """Return the first column less the second, percentage points, under the name of a condition."""
    first, second = parts
    points = (first - second).named(key, CONDITIONS[key].label, "percentage points")
    return points.called(signed=True).known()


def lines_by_year(groups: Values, names: Mapping[str, str] | None = None) -> Values:
    """Turn years by groups into groups by years; `names` rename groups for the axis."""
    shown = {n: (names or {}).get(n, about.label) for n, about in groups.about.items()}
    frame = groups.frame.T.rename(index=shown).rename_axis("group").rename_axis(columns="year")
    return Values.of(frame, unit="percent", sources=groups.sources)


def surveys(
    groups: Mapping[str, Values], names: Mapping[str, str] | None = None
) -> dict[str, Values]:
    """Turn each panel as `lines_by_year` does; with one survey its year stands in the heading."""
    found = {head: lines_by_year(values, names) for head, values in groups.items()}
    alone = {head: f", {v.names[0]}" if len(v.names) == 1 else "" for head, v in found.items()}
    return {f"{head}{alone[head]}": values for head, values in found.items()}


def broken_off(labour: Values) -> tuple[Values, list[str]]:
    """Return child labour by age, a line for each survey, with the value of `BROKEN` set apart.

    Also the name of its column, in a list that is empty where the survey is not in.
    """
    year, age = BROKEN
    lines = lines_by_year(labour)
    if year not in labour.rows or age not in labour.names:
        return lines, []
    kept = labour.frame.copy()
    alone, kept.loc[year, age] = kept.loc[year, age], float("nan")
    name = f"{year}, not comparable"
    lines = lines_by_year(Values.of(kept, label={n: a.label for n, a in labour.about.items()}))
    frame = lines.frame.assign(**{name: float("nan")}).rename_axis(columns="year")
    frame.loc[labour.about[age].label, name] = alone
    return Values.of(frame, unit="percent", sources=labour.sources), [name]


@dataclass(frozen=True)
class Wealth:
    """Conditions of women and children by wealth of the household.

    `fifths`: condition to its rates, survey years by `FIFTHS`; years that lack a fifth are left
    out.
    """

    fifths: Mapping[str, Values]
    sources: tuple[Source, ...]

    @property
    def complete(self) -> bool:
        """Whether each condition has a survey with all fifths."""
        return all(self.fifths.values())

    @cached_property
    def gaps(self) -> Values:
        """Rate of the poorest fifth less that of the richest, points, years by conditions."""
        return _by_condition(gap(v[[*_ENDS]], key) for key, v in self.fifths.items() if v)

    @cached_property
    def ratios(self) -> Values:
        """Rate of the poorest fifth over that of the richest, years by conditions."""
        found = {key: v["poorest"] / v["richest"] for key, v in self.fifths.items() if v}
        return _by_condition(v.named(key, _label(key), "ratio") for key, v in found.items())

    @property
    def monotone(self) -> pd.DataFrame:
        """Whether the rates keep one direction, ``yes`` or ``no``, years by conditions."""
        steps = {key: v.frame.diff(axis=1).iloc[:, 1:] for key, v in self.fifths.items() if v}
        one = {key: (f.le(0).all(axis=1) | f.ge(0).all(axis=1)) for key, f in steps.items()}
        frame = pd.DataFrame(one).rename_axis("year").rename_axis(columns="condition")
        return frame.apply(lambda column: column.map({True: "yes", False: "no"}))

    @property
    def extremes(self) -> dict[str, Any]:
        """Name the conditions of the last survey whose gaps are widest and narrowest."""
        if not self.gaps:
            return {}
        year = self.gaps.years[-1]
        last = self.gaps.frame.loc[year].dropna()
        most, least = last.abs().idxmax(), last.abs().idxmin()
        return {
            "year": year,
            "most": _label(most),
            "most_gap_pp": last[most],
            "least": _label(least),
            "least_gap_pp": last[least],
        }

    @property
    def table(self) -> pd.DataFrame:
        """Poorest and richest fifth, a line for each condition and year, as a reader's table."""
        return pd.DataFrame(
            {
                "Condition": head(key),
                "Year": year,
                "Poorest fifth, %": format_value(row["poorest"], 1),
                "Richest fifth, %": format_value(row["richest"], 1),
                "Difference, points": format_value(row["poorest"] - row["richest"], 1, sign=True),
                "Ratio": format_value(self.ratios.frame.loc[year, key], 1),
            }
            for key, values in self.fifths.items()
            for year, row in values.frame.iterrows()
        )


def _by_condition(found: Iterable[Values]) -> Values:
    columns = [*found]
    return join(*columns).axes(columns="condition") if columns else Values.of({})


def by_wealth(table: pd.DataFrame) -> Wealth:
    """Return the conditions of women and children by wealth, from the table of `rate`."""
    fifths = {key: rate(table, key, "wealth_quintile", FIFTHS) for key in OUTCOMES}
    whole = {key: v.at(v.frame.dropna().index) for key, v in fifths.items()}
    return Wealth(whole, (table.attrs["source"],))


def by_education(table: pd.DataFrame) -> dict[str, Values]:
    """Return three conditions by education, lowest level first, from the table of `rate`."""
    return {key: rate(table, key, "education", LEVELS).known() for key in TAUGHT}


def education_gap(school: Mapping[str, Values]) -> Values:
    """Return the lowest level of education less the highest, points, years by conditions."""
    return _by_condition(gap(v[[v.names[0], v.names[-1]]], key) for key, v in school.items() if v)


def steepest(wealth: Wealth, school: Mapping[str, Values]) -> dict[str, str]:
    """Name the condition and the order along which its ends differ most in the last survey.

    ``points``, the largest difference, and ``proportion``, the largest ratio; empty where no survey
    has all conditions by education.
    """
    years = [set(v.rows) for v in school.values()]
    if not (common := set.intersection(*years) if years else set()):
        return {}
    year = max(common)
    pairs = {
        f"{_label(key)} by wealth": tuple(v.frame.loc[year, [*_ENDS]])
        for key, v in wealth.fifths.items()
        if year in v.rows
    }
    for key, values in school.items():
        row = values.at([year]).frame.iloc[0].dropna()
        pairs[f"{_label(key)} by education"] = (row.iloc[0], row.iloc[-1])
    ends = {name: (max(pair), min(pair)) for name, pair in pairs.items() if min(pair) > 0}
    if not ends:
        return {}
    return {
        "points": max(ends, key=lambda name: ends[name][0] - ends[name][1]),
        "proportion": max(ends, key=lambda name: ends[name][0] / ends[name][1]),
    }


def pairs_of(sexes: Mapping[str, Values]) -> Values:
    """Return the last rates printed for both ``women`` and ``men``, condition by condition.

    A row for each condition, with its year; where women's rate is furthest above first.
    """
    rows = {}
    for key, values in sexes.items():
        both = values.frame.dropna()
        if len(both):
            who = " (girls, boys)" if key in OF_CHILDREN else ""
            rows[f"{_label(key)}{who}, {both.index[-1]}"] = both.iloc[-1]
    found = pd.DataFrame(rows).T
    if len(found):
        found = found.loc[(found["men"] - found["women"]).sort_values(kind="stable").index]
    cited = [s for v in sexes.values() for s in v.sources]
    return Values.of(found, unit="percent", sources=cited, rows="condition")


def last_by_area(areas: Mapping[str, Values]) -> Values:
    """Return conditions by area, each in the last year printed, ordered by the first."""
    last = {key: v.span(v.years[-1], v.years[-1]) for key, v in areas.items() if v}
    cells = {
        key: v.frame.iloc[0].rename({n: about.label for n, about in v.about.items()})
        for key, v in last.items()
    }
    labels = {key: f"{NARROW.get(key, _label(key))}, {v.rows[0]}" for key, v in last.items()}
    frame = pd.DataFrame(cells).rename_axis("area")
    if len(frame):
        frame = frame.sort_values(frame.columns[0], ascending=False)
    cited = [s for v in last.values() for s in v.sources]
    return Values.of(frame, unit="percent", label=labels, sources=cited, rows="area")


def ages(label: str) -> str:
    """Return an age group as an axis has room for it: ``15–19``, ``70+``."""
    return label.replace(" years old", "").replace(" to ", "–").replace(" and over", "+")


def whole_years(shares: pd.DataFrame, last_year: int) -> dict[str, float]:
    """Return the shares of ``Data.russia_share("recorded")`` that are of a whole year, by year."""
    period = shares["period"].str.replace(r"^(\d{4})-01 to \1-12$", r"\1", regex=True)
    share = shares["share_pct"].set_axis(period)
    years = share.index[share.index.str.fullmatch(r"\d{4}")]
    return {year: share[year] for year in years if int(year) <= last_year}


def modelled_abroad(
    bilateral: pd.DataFrame, shares: pd.DataFrame, people: pd.Series, last_year: int
) -> dict[str, float]:
    """What models say of migrants and their money, from matrices of countries, by the ends of keys.

    From ``migration.bilateral``, ``Data.russia_share("modelled")`` and the population by year:
    people born in Kyrgyzstan who live abroad, per cent of the population; Russia's share of
    remittances, per cent.
    """
    names = {"remittances_2021": "modelled_pct", "remittances_cgd": "modelled_cgd_pct"}
    found = {
        f"russia_share_{names[row.counted_by]}.{row.period}": row.share_pct
        for row in shares.itertuples()
        if int(row.period) <= last_year
    }
    own = bilateral.query("origin_iso3 == 'KGZ' and flow == 'migrant_stock_2021' and is_total")
    if 2021 in people.index and last_year >= 2021:
        found["abroad_pct_population.2021"] = 100 * own["value"].iloc[0] / people[2021]
    return found


def modelled_work(series: Values) -> Values:
    """Name the series of `WORK` by their keys; all are modelled, and so estimates."""
    frame = series.frame.set_axis(pd.Index([*WORK], name=series.frame.columns.name), axis=1)
    labels = {name: name.split(".")[1].removesuffix("_pct") for name in WORK}
    cited = series.sources
    return Values.of(frame, status="estimate", unit="percent", label=labels, sources=cited)


def _label(key: str) -> str:
    return CONDITIONS[key].label
