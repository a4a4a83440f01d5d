"""What a household survey says of migrants' money, and a model of poverty without it beside that.

The survey of Kyrgyzstan's National Statistical Committee gives shares of incomes; the model is that
of `remitrisk.methods.poverty`. Numbers are per cent and percentage points.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.values.values import Column, Values, join
from remitrisk.methods.breakdowns import SHORT, breakdown, slug
from remitrisk.methods.poverty import (
    STEP,
    Incidence,
    Lognormal,
    Scenario,
    lognormal_from,
    lognormal_from_sensitivity,
    scenario,
    scenarios,
)

NAN = float("nan")
Said = dict[tuple[str, str], float]
TOLD = {
    "share_of_income_pct": "share",
    "poverty_effect_points": "effect",
    "poverty_without_pct": "without",
}
MODELLED = ["low", "high", "all", "by_migrants", "matched_low", "matched_high", "whole"]
#: What `varied` varies, and which values it tries, in words.
ASSUMPTIONS = {
    "basis": ("What households see of the inflow", "survey, balance of payments"),
    "incidence": ("Who receives", "all levels, the poorest (half of people receive)"),
    "calibration": ("Shape of the distribution", "Gini, printed sensitivity"),
    "recipients": ("Share of people in receiving households", "{:.3f} to {:.0f}"),
}
#: Columns that somebody counted or printed; all others are modelled.
PRINTED = ("share", "before", "effect", "without", "proportion", "poverty_published")
#: What a reader calls the columns of the frames below.
COLUMNS = {
    "share": Column("percent", "migrants’ money in all incomes"),
    "before": Column("percent", "poor as counted"),
    "effect": Column("percentage points", "rise without that money", signed=True),
    "without": Column("percent", "poor without it"),
    "model": Column("percent", "model, range"),
    "all": Column("percent", "all receive (miss)"),
    "by_migrants": Column("percent", "households with a migrant receive (miss)"),
    "headcount": Column("percentage points", "headcount, either distribution", signed=True),
    "gini": Column("percentage points", "with the published Gini", signed=True),
    "matched": Column("percentage points", "with the narrower distribution", signed=True),
    "poorest": Column("percentage points", "headcount, the poorer half receives", signed=True),
    "proportion": Column("percentage points", "the Committee’s figure, in proportion", signed=True),
    "gap": Column("percentage points", "poverty gap, either distribution", signed=True),
    "whole_inflow": Column("percentage points", "headcount, whole inflow consumed", signed=True),
    "poverty_published": Column("percentage points", "printed", signed=True),
    "poverty_model": Column("percentage points", "model, published Gini", signed=True),
    "matched_line": Column("percentage points", "model, matched to print", signed=True),
    "severity": Column("percentage points", "severity, per cent", signed=True),
    "rise": Column("percentage points", "rise of the headcount", signed=True),
    "scenario_pp": Column("percentage points", "scenario for that cut", signed=True),
}


def span(found: Sequence[Scenario], measure: str = "headcount") -> tuple[float, float]:
    """Return smallest and largest change of a measure, in percentage points."""
    changes = [100 * float(getattr(s.change, measure)) for s in found]
    return min(changes), max(changes)


def named(frame: pd.DataFrame, sources: Any, *, rows: str = "year") -> Values:
    """Return columns of these frames as values: units, labels, and estimates where modelled."""
    soft = pd.DataFrame("estimate", frame.index, [c for c in frame if c not in PRINTED])
    found = Values.of(frame, status=soft, sources=sources, rows=rows)
    about = {n: COLUMNS[n]._replace(sources=c.sources) for n, c in found.about.items()}
    return Values(found.frame, found.ranks, about)


def ranging(
    frame: pd.DataFrame, name: str, sources: Any, *, rows: str = "year"
) -> tuple[Values, tuple[Values, Values]]:
    """Return the middle of modelled ranges (columns ``low`` and ``high``), and their ends."""
    low, high = (
        named(frame[[end]].set_axis([name], axis=1), sources, rows=rows) for end in ("low", "high")
    )
    return (low + high) / 2, (low, high)


def whole_country(figures: pd.DataFrame, last_year: int) -> Said:
    """Return what surveys (``households.figures``) say of the country by measure and period."""
    known = figures["period"].str[:4].astype(float) <= last_year
    rows = figures[known & figures["area"].isna()]
    return {(r.measure, r.period): float(r.value) for r in rows.itertuples()}


def single(said: Said, sources: Any) -> Values:
    """Return what surveys say once: heads of households at work, and what came in March 2022.

    Per cent: rows ``2018`` and ``march_2022``; ``received_change_pct`` is how much less money
    reached households than in February, fewer that receive times a smaller typical transfer.
    """
    receivers, typical = "receiving_households_pct", "typical_transfer_change_pct"
    february, march = (said.get((receivers, month), NAN) for month in ("2022-02", "2022-03"))
    change = 100 * (march / february * (1 + said.get((typical, "2022-03"), NAN) / 100) - 1)
    heads = ("head_works_with_migrant_pct", "head_works_without_migrant_pct")
    found = {name: {"2018": said.get((name, "2018"), NAN)} for name in heads}
    found["received_change_pct"] = {"march_2022": change}
    return Values.of(found, unit="percent", sources=sources, rows="period")


def recipients_of(figures: pd.DataFrame) -> tuple[tuple[float, ...], str]:
    """Return shares of people who may receive, and the month of the lowest, in words.

    They run to everyone from the share of households that received in the first month surveyed.
    """
    rows = figures[figures["measure"] == "receiving_households_pct"].sort_values("period")
    first = rows.iloc[0]
    month = pd.Period(first["period"], "M").to_timestamp().strftime("%B %Y")
    return tuple(np.linspace(first["value"] / 100, 1, 34)), month


def told(
    figures: pd.DataFrame, national: pd.Series, nsc: pd.DataFrame, years: Collection[int],
    country: str,
) -> pd.DataFrame:  # fmt: skip
    """Return what the Committee said of poverty without migrants' money, beside the rate itself.

    From ``households.figures``, the official poverty rate by year, and ``nsc.sdg`` for the rates of
    oblasts, in `years`. One row for each year and place with a share of incomes and a rise, under
    its name ("Batken, 2017"): ``year``, ``area`` (empty for the country), ``share``, ``before``,
    ``without``, ``effect`` and ``migrants`` (households with a migrant, whatever their year;
    missing for the country).
    """
    if not years:
        return pd.DataFrame(columns=["year", "area", *TOLD.values(), "before", "migrants"])
    areas = breakdown(nsc, "poverty_rate", "area", last_year=max(years))
    chosen = figures[figures["measure"].isin(list(TOLD))]
    chosen = chosen[chosen["period"].str.fullmatch(r"\d{4}", na=False)].fillna({"area": ""})
    rows = chosen.pivot(index=["period", "area"], columns="measure", values="value")
    rows = rows.reindex(columns=list(TOLD)).rename(columns=TOLD).reset_index()
    rows = rows.assign(year=rows["period"].astype(int)).dropna(subset=["share", "effect"])
    rows = rows[rows["year"].isin(list(years))]
    at_home = figures[(figures["measure"] == "migrant_households_pct") & figures["area"].notna()]
    rows["migrants"] = rows["area"].map(at_home.set_index("area")["value"]).astype(float)
    rows["area"] = rows["area"].map(lambda name: SHORT.get(name, name))
    rows["before"] = [
        areas[r.area].get(r.year) if r.area else national.get(r.year) for r in rows.itertuples()
    ]
    rows["without"] = rows["without"].fillna(rows["before"] + rows["effect"])
    rows = rows.dropna(subset=["before"]).sort_values(["area", "year"], ascending=[True, False])
    rows.index = pd.Index([f"{r.area or country}, {r.year}" for r in rows.itertuples()])
    return rows[["year", "area", "share", "before", "without", "effect", "migrants"]]


def over_consumption(money: Values, line: pd.DataFrame, fitted: Values) -> Values:
    """Set the inflow (local currency, a head and year) against the consumption implied.

    Only printed lines (``Data.poverty_line``) count, no rounded ones; `fitted` is from
    `poverty.fitted`. Years that have all: what was published, ``line``, ``mean`` (consumption over
    the line), ``remittances`` and ``ratio`` (remittances over consumption).
    """
    exact = line["line_som"].where(line["exactness"] == "exact").rename("line")
    som = Values.of(exact, unit="som", label="poverty line")
    mean = fitted["mean_to_line"].named("mean", "mean consumption, times the line (implied)", "")
    ratio = money.share_of(mean * som).named("ratio", "remittances over consumption")
    known = join(fitted[["headcount_pct", "gini_pct"]], som, mean, money, ratio)
    return known.at(ratio.years)


def held_against(
    rows: pd.DataFrame,
    people: Mapping[int, Lognormal],
    recipients: Sequence[float],
    *,
    narrow: Mapping[int, Lognormal] | None = None,
    whole: Mapping[int, float] | None = None,
) -> pd.DataFrame:
    """Set the model's poverty without migrants' money beside each printed rate (rows of `told`).

    Parameters
    ----------
    people : mapping
        Year to the country's distribution; an oblast has its own rate and the country's Gini.
    recipients : sequence of float
        Shares of people in receiving households to try.
    narrow, whole : mapping, optional
        Year to a narrower distribution of the country, and to the whole inflow over consumption,
        per cent.

    Returns
    -------
    DataFrame
        The rows with ``low`` and ``high`` (the model's rates over `recipients`), ``all`` (everyone
        receives), ``by_migrants`` (households with a migrant receive), ``inside`` (the printed rate
        lies from low to high); for the country ``matched_low`` and ``matched_high`` (the narrower
        distribution) and ``whole`` (the whole inflow was consumed). Missing where unknown.
    """

    def gone(who: Lognormal, share: float, *of: float) -> list[float]:
        return [100 * scenario(who, share, cut=1.0, recipients=r).after.headcount for r in of]

    found = []
    for row in rows.itertuples():
        who, share = lognormal_from(row.before / 100, people[row.year].gini), row.share / 100
        rates = gone(who, share, *recipients)
        new = {"low": min(rates), "high": max(rates), "all": gone(who, share, 1.0)[0]}
        if row.migrants > 0:
            new["by_migrants"] = gone(who, share, row.migrants / 100)[0]
        if not row.area and narrow:
            thin = gone(narrow[row.year], share, *recipients)
            new |= {"matched_low": min(thin), "matched_high": max(thin)}
        if not row.area and whole is not None and row.year in whole:
            new["whole"] = gone(who, whole[row.year] / 100, 1.0)[0]
        found.append(new)
    model = pd.DataFrame(found, index=rows.index).reindex(columns=MODELLED)
    inside = (model["low"] <= rows["without"]) & (rows["without"] <= model["high"])
    return rows.join(model).assign(inside=inside)


def counted(held: pd.DataFrame) -> dict[str, Any]:
    """Return how many printed rates there are, how many lie inside, and the places of the rest.

    ``widest_pp``: how wide the widest range is, in points.
    """
    outside = held[~held["inside"]]
    missed = [row.area or f"the country in {row.year}" for row in outside.itertuples()]
    found: dict[str, Any] = {"places": len(held), "places_inside": int(held["inside"].sum())}
    found["widest_pp"] = float((held["high"] - held["low"]).max())
    return {**found, "missed": missed} if missed else found


def recorded(held: pd.DataFrame, model: Any, printed: Any) -> tuple[Values, Values, Values]:
    """Arrange what `held_against` found by year and key: numbers, and the ends of ranges.

    Rates of the country, rises of the oblasts; `model` and `printed` are sources.
    """
    cells: dict[str, dict[int, tuple[float, float]]] = {}
    for row in held.itertuples():
        if row.area:
            name, before = slug(row.area), row.before
            new = {
                f"{name}_effect_pp": (row.effect, row.effect),
                f"{name}_model_pp": (row.low - before, row.high - before),
                f"{name}_all_receive_pp": (row.all - before, row.all - before),
                f"{name}_migrants_receive_pp": (row.by_migrants - before, row.by_migrants - before),
            }
        else:
            new = {
                "poverty_pct": (row.low, row.high),
                "matched_poverty_pct": (row.matched_low, row.matched_high),
                "whole_inflow_poverty_pct": (row.whole, row.whole),
                "whole_inflow_beyond_pp": (row.whole - row.high, row.whole - row.high),
            }
        for key, ends in new.items():
            cells.setdefault(key, {})[row.year] = ends
    sources = {k: printed if k.endswith("effect_pp") else model for k in cells}
    units = {k: "percent" if k.endswith("_pct") else "percentage points" for k in cells}
    low, high = (
        Values.of({k: pd.Series({y: e[i] for y, e in row.items()}) for k, row in cells.items()},
                  unit=units, sources=sources)
        for i in (0, 1)
    )  # fmt: skip
    middle = (low + high) / 2
    soft = pd.DataFrame("estimate", middle.frame.index, [k for k in cells if "_effect" not in k])
    middle = Values.of(middle.frame, status=soft, unit=units, sources=sources)
    ranges = high.frame > low.frame
    return middle, low.where(ranges), high.where(ranges)


def line_moves(
    people: Mapping[int, Lognormal],
    said: Said,
    year: int,
    *,
    model: Sequence[Any],
    printed: Sequence[Any],
) -> tuple[Values, dict[int, Lognormal]]:
    """Set what moving the poverty line does in the model beside what was printed (`whole_country`).

    Changes in points: rows ``minus_5``, ``plus_5`` and ``width`` (from the lower line to the
    higher), columns ``poverty_published``, ``poverty_model`` (with the published Gini) and
    ``matched_line`` (spread as the published changes want it); and the distribution of each year
    with the matched spread. Both empty where a part is not known.
    """
    up, down = (
        said.get((f"poverty_effect_line_{way}_5_pct_points", str(year)), NAN)
        for way in ("up", "down")
    )
    names = ("poverty_published", "poverty_model", "matched_line")
    lines, rows = (1 - STEP, 1 + STEP), dict.fromkeys(names, (NAN, NAN))
    narrow: dict[int, Lognormal] = {}
    if year in people and up - down > 0:
        smooth = people[year]
        matched = lognormal_from_sensitivity(smooth.headcount(), up / 100, down / 100)
        narrow = {y: who.narrowed(matched.sigma / who.sigma) for y, who in people.items()}
        rows["poverty_published"] = (down, up)
        for name, who in zip(names[1:], (smooth, matched), strict=True):
            low, high = (100 * (who.headcount(line) - who.headcount()) for line in lines)
            rows[name] = (low, high)
    moved = pd.DataFrame({name: [a, b, b - a] for name, (a, b) in rows.items()})
    sources = dict(zip(names, (printed, model, [*model, *printed]), strict=True))
    return named(moved.set_axis(["minus_5", "plus_5", "width"]), sources, rows="line"), narrow


def tried_by_readers(
    fitted: Values,
    year: int,
    surveyed: Values,
    whole: Values,
    recipients: Sequence[float],
    narrow: Lognormal | None = None,
) -> dict[str, float]:
    """Return what ``book/_static/scenario.explore.js`` starts from: shares in per cent, one digit.

    `fitted` has ``headcount_pct`` and ``gini_pct`` of the year; `surveyed` and `whole` are what the
    money pays for of consumption, by survey and by the whole inflow, per cent, in the years that
    have them; `recipients` are shares of people in receiving households, the smallest first. With a
    `narrow` distribution ``matched`` is its Gini: the script starts from it and offers both.
    """
    said = surveyed.series.dropna()
    headcount, gini = (
        fitted.cell(year, name).value / 100 for name in ("headcount_pct", "gini_pct")
    )
    return {
        "year": year,
        "headcount": headcount,
        "gini": gini,
        "share": round(float(said[year]), 1),
        "low": math.floor(10 * said.min()) / 10,
        "high": math.ceil(10 * max(whole.cell(year).value, said.max())) / 10,
        "recipients": math.ceil(100 * recipients[0]),
        **({"matched": narrow.gini} if narrow is not None else {}),
    }


def cuts(
    people: Lognormal,
    sizes: Sequence[float],
    recipients: Sequence[float],
    *,
    sources: Any,
    share: float,
    printed: float = NAN,
    narrow: Lognormal | None = None,
    whole: float = NAN,
) -> tuple[Values, Values, Values]:
    """Work out the rise of poverty for cuts of several sizes (shares of the money).

    `recipients` are shares of people in receiving households to try; `share` is what the money pays
    for of consumption, by survey, and `whole` the whole inflow, per cent; `printed` is the rise
    that was printed for all of the money, in points; `narrow` is a narrower distribution.

    Middle, smallest and largest rise: rows the cuts in per cent, columns ``headcount`` and ``gap``
    (over both distributions), ``gini`` and ``matched`` (with `people`, and with the narrower one),
    ``poorest`` (over both, if the poorer half of people receive), ``proportion`` (of what was
    printed) and ``whole_inflow`` (all of it consumed, by everyone); missing where not known.
    """
    both = [(who, share / 100) for who in (people, narrow) if who is not None]
    rows: dict[int, dict[str, tuple[float, float]]] = {}
    for size in sizes:
        tried = [scenarios([start], cut=size, recipients=recipients) for start in both]
        row = dict(zip(("gini", "matched"), map(span, tried), strict=False))
        found = [one for those in tried for one in those]
        row |= {"headcount": span(found), "gap": span(found, "gap")}
        row["poorest"] = span(scenarios(both, cut=size, recipients=[0.5], incidence=["poorest"]))
        row["proportion"] = (size * printed, size * printed)
        if whole > 0:
            row["whole_inflow"] = span([scenario(people, whole / 100, cut=size, recipients=1.0)])
        rows[round(100 * size)] = row
    columns = ["headcount", "gini", "matched", "poorest", "proportion", "gap", "whole_inflow"]
    low, high = (
        named(
            pd.DataFrame({c: {k: row.get(c, (NAN, NAN))[end] for k, row in rows.items()}
                          for c in columns}),
            sources,
            rows="cut",
        )
        for end in (0, 1)
    )  # fmt: skip
    ranges = high.frame > low.frame
    return (low + high) / 2, low.where(ranges), high.where(ranges)


def varied(
    people: Lognormal,
    recipients: Sequence[float],
    *,
    cut: float,
    share: float,
    narrow: Lognormal | None = None,
    whole: float = NAN,
) -> pd.DataFrame:
    """Vary one assumption at a time, the others on the survey's share with everyone receiving.

    Parameters as in `cuts`. By assumption in words, the strongest first: ``low``, ``high`` and
    ``width`` of the rise of the headcount, in points, and ``tried``.
    """

    def tried(
        who: Lognormal, of: float, receive: float = 1.0, incidence: Incidence = "spread"
    ) -> Scenario:
        return scenario(who, of / 100, cut=cut, recipients=receive, incidence=incidence)

    ways: tuple[Incidence, ...] = ("spread", "poorest")
    found = {
        "recipients": [tried(people, share, receive) for receive in recipients],
        "calibration": [tried(who, share) for who in (people, narrow) if who is not None],
        "incidence": [tried(people, share, 0.5, way) for way in ways],
    }
    if whole > 0:
        found["basis"] = [tried(people, share), tried(people, whole)]
    ends = {name: span(those) for name, those in found.items()}
    frame = pd.DataFrame(ends, index=["low", "high"]).T
    frame["width"] = frame["high"] - frame["low"]
    told = recipients[0], recipients[-1]
    frame["tried"] = [ASSUMPTIONS[name][1].format(*told) for name in frame.index]
    frame.index = pd.Index([ASSUMPTIONS[name][0] for name in frame.index])
    return frame.sort_values("width", ascending=False, kind="stable")


def general_fall(people: Lognormal, sizes: Sequence[float]) -> pd.DataFrame:
    """Return the rise of headcount, gap and severity, in points, if everyone consumed less.

    Rows are the falls in per cent.
    """
    fallen = {round(100 * s): scenario(people, 1.0, cut=s, recipients=1.0).change for s in sizes}
    rows = {cut: asdict(change) for cut, change in fallen.items()}
    return 100 * pd.DataFrame.from_dict(rows, orient="index")


def past_falls(
    real: pd.Series,
    people: Mapping[int, Lognormal],
    shares: Collection[float],
    recipients: Sequence[float],
    *,
    deeper_than: float,
) -> pd.DataFrame:
    """Return the years in which the money fell, with the scenario for a cut of that size.

    `real` is the change in what the money buys, per cent; falls not `deeper_than` so many per cent
    are left out. A fall needs the distribution of the year before. ``low`` and ``high`` are the
    rise of the headcount over `shares` (of consumption, per cent) and `recipients`, in points.
    """
    found = {}
    for year, change in real.items():
        before = people.get(int(str(year)) - 1)
        if change < -deeper_than and before is not None:
            these = [(before, share / 100) for share in sorted(set(shares))]
            cut = -change / 100
            found[year] = span(scenarios(these, cut=cut, recipients=recipients))
    return pd.DataFrame.from_dict(found, orient="index", columns=["low", "high"])
