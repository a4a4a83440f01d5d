"""Forecasts kept with their date and scored, under each measure and in each vintage.

A forecast of "remittances" names no measure, and the outcome it is held against changes with the
measure and with every revision of the figures: the score says which of each it used.
"""

from __future__ import annotations

from calendar import month_name
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

from livingbrief.values.numbers import format_value
from remitrisk.methods.accounting import changes_by_vintage

Kind = Literal["point", "bound"]

KEEPS_BOUND = ("lower bound", "worst case", "up to")
#: Measures under which a forecast of remittances is scored, as a reader knows them.
MEASURES = {
    "gross_usd": "gross dollars",
    "net_usd": "net dollars",
    "rub": "host’s currency",
    "share": "ratio to GDP",
}
UNEMPLOYMENT = "unemployment rate"
NOT_YET = "no outcome in print yet"
NO_OUTCOMES = "no aggregate of the same economies in the data package"
ONE_FORECAST = ["issued", "issuer", "year", "kind", "forecast"]


@dataclass(frozen=True)
class Score:
    """One forecast against one outcome, both in the same unit.

    `kind`: ``point``, the figure was expected; ``bound``, it was the worst that was thought
    possible. `miss`: forecast less outcome. `direction_right`: forecast and outcome have the same
    sign. `beats_no_change`: it missed by less than "no change" (zero growth) did, which needs no
    knowledge at all. `bound_held`: for a bound, whether the outcome stayed on the harmless side of
    it.
    """

    forecast: float
    outcome: float
    kind: Kind
    miss: float
    direction_right: bool
    beats_no_change: bool
    bound_held: bool | None

    @property
    def verdict(self) -> str:
        """What the score amounts to, in a few words."""
        if self.kind == "bound":
            return "stayed inside the worst case" if self.bound_held else "was worse than the worst"
        if self.beats_no_change:
            return "closer than “no change”"
        return "further off than “no change”" + ("" if self.direction_right else ", wrong sign")


def in_words(issued: str) -> str:
    """Write a date of issue, to the month or to the day, for a reader: "4 March 2022"."""
    year, month, *day = issued.split("-")
    return " ".join([*(str(int(d)) for d in day), month_name[int(month)], year])


def kind_of(note: str | None) -> Kind:
    """Read from a forecast's note whether it is a bound ("worst case", "up to") or a point."""
    text = "" if not isinstance(note, str) else note.lower()
    return "bound" if any(phrase in text for phrase in KEEPS_BOUND) else "point"


def score(
    forecast: float,
    outcome: float,
    *,
    kind: Kind = "point",
    naive: float = 0.0,
    higher_is_worse: bool = False,
) -> Score:
    """Score one forecast, in the unit of its outcome.

    `naive` is what "no change" would have predicted: zero growth, or last year's rate.
    `higher_is_worse`: for quantities such as unemployment, whose worst case is a ceiling.
    """
    miss = forecast - outcome
    worse = miss < 0 if higher_is_worse else miss > 0
    return Score(
        forecast=forecast,
        outcome=outcome,
        kind=kind,
        miss=miss,
        direction_right=(forecast - naive) * (outcome - naive) > 0,
        beats_no_change=abs(miss) < abs(outcome - naive),
        bound_held=not worse if kind == "bound" else None,
    )


def board_table(
    forecasts: pd.DataFrame, facts: Mapping[str, tuple[pd.Series, str]]
) -> tuple[pd.DataFrame, dict[str, Score]]:
    """Score each forecast against the outcome of its measure and year, for a reader.

    `facts` has outcomes by year, and whose they are, by measure. Returns texts, one row for each
    forecast (what cannot be scored says why), and the scores by forecast_id.
    """
    rows, found = [], {}
    for claim in forecasts.to_dict("records"):
        year, measure = claim["target_year"], str(claim["measure"])
        outcomes, whose = facts.get(measure, (pd.Series(dtype=float), ""))
        jobless = measure == UNEMPLOYMENT
        one = None
        if year in outcomes:
            one = found[str(claim["forecast_id"])] = score(
                float(claim["forecast"]),
                float(outcomes[year]),
                kind=kind_of(claim["horizon_note"]),
                naive=float(outcomes[year - 1]) if jobless else 0.0,
                higher_is_worse=jobless,
            )
        reason = NOT_YET if measure in facts else NO_OUTCOMES
        rows.append(
            {
                "Issued": in_words(claim["issued"]),
                "By": claim["issuer"],
                "Of": f"{measure}, {year}",
                "Forecast": _percent(float(claim["forecast"]), sign=not jobless),
                "Outcome": _percent(one.outcome, sign=not jobless) if one else "–",
                "Forecast less outcome, points": _points(one.miss) if one else "–",
                "Verdict": one.verdict if one else "not scored",
                "Scored against": whose if one else reason,
            }
        )
    return pd.DataFrame(rows), found


def outcomes_by_vintage(
    inflow: pd.DataFrame,
    years: list[int],
    *,
    outflow: pd.DataFrame | None = None,
    ratio: pd.DataFrame | None = None,
    gdp: pd.DataFrame | None = None,
    host_rate: pd.Series | None = None,
) -> pd.DataFrame:
    """Tabulate the growth of remittances by measure and vintage, never across two vintages.

    Tables have ``vintage, year, value`` (and ``status``): what each vintage printed, dollars;
    `ratio` is the inflow as a percentage of GDP, and a vintage that prints none but both inflow and
    GDP has the quotient. `host_rate` is host currency per dollar by year; exchange rates are not
    revised, so one series values the inflow of every vintage.

    Columns ``measure, vintage, year, before, after, percent, status``; measures ``gross_usd``,
    ``net_usd``, ``rub``, ``share``; growth of `years` over the year before. A change is an estimate
    where either year of the inflow, or for the net measure of the outflow, is one.
    """
    printed = {"gross_usd": inflow}
    if outflow is not None:
        printed["net_usd"] = _combined(inflow, outflow, lambda a, b: a - b)
    if host_rate is not None:
        rubles = inflow.assign(value=inflow["value"] * inflow["year"].map(host_rate))
        printed["rub"] = rubles.dropna(subset=["value"])
    shares = [] if ratio is None or ratio.empty else [ratio]
    if gdp is not None:
        own = _combined(inflow, gdp, lambda a, b: 100 * a / b)
        printed_too = {v for share in shares for v in share["vintage"]}
        shares.append(own[~own["vintage"].isin(printed_too)])
    if shares:
        printed["share"] = pd.concat([s[["vintage", "year", "value"]] for s in shares])
    parts = [
        changes_by_vintage(table, years).assign(measure=measure)
        for measure, table in printed.items()
        if len(table)
    ]
    columns = ["measure", "vintage", "year", "before", "after", "percent"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    table = table[columns]
    soft = _estimates(inflow)
    of = {"net_usd": soft | _estimates(outflow)}
    uses = ((r.measure, {(r.vintage, r.year), (r.vintage, r.year - 1)}) for r in table.itertuples())
    told = ["estimate" if used & of.get(measure, soft) else "final" for measure, used in uses]
    return table.assign(status=told)


def scoreboard(forecasts: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Hold every forecast (percentage changes) against every outcome of `outcomes_by_vintage`.

    ``issued, issuer, year, measure, vintage, status`` and the fields of `Score`, one row for each
    forecast and outcome. Vintages printed before a forecast was issued are left out.
    """
    head = ["issued", "issuer", "year", "measure", "vintage", "status"]
    rows = []
    for claim in forecasts.to_dict("records"):
        facts = outcomes[outcomes["year"] == claim["target_year"]]
        for fact in facts[facts["vintage"] > claim["issued"]].to_dict("records"):
            kind = kind_of(claim["horizon_note"])
            result = score(float(claim["forecast"]), float(fact["percent"]), kind=kind)
            about = {**claim, **fact, "year": int(claim["target_year"])}
            rows.append({**{name: about[name] for name in head}, **asdict(result)})
    return pd.DataFrame(rows, columns=[*head, *Score.__dataclass_fields__])


def over_vintages(scores: pd.DataFrame) -> pd.DataFrame:
    """Sum up the vintages of a scoreboard: the newest outcome, and the range over all.

    One row for each forecast and measure; `vintages` counts those that print the outcome.
    """
    ordered = scores.sort_values("vintage", kind="stable")
    return (
        ordered.groupby([*ONE_FORECAST, "measure"], sort=False)
        .agg(
            outcome=("outcome", "last"),
            status=("status", "last"),
            low=("outcome", "min"),
            high=("outcome", "max"),
            vintages=("vintage", "nunique"),
        )
        .reset_index()
    )


def vintage_table(scores: pd.DataFrame, named: Mapping[str, str] = MEASURES) -> pd.DataFrame:
    """Return outcomes by measure for a reader, vintages that print the same outcome in one row.

    `named`: what a reader calls each of `MEASURES`.
    """
    rows = []
    for (year, measure), group in scores.groupby(["year", "measure"], sort=False):
        ordered = group.sort_values("vintage")
        printed = ordered["outcome"].round(1)
        for _, run in ordered.groupby((printed != printed.shift()).cumsum()):
            first, last = run["vintage"].iloc[0], run["vintage"].iloc[-1]
            rows.append(
                {
                    "Year": str(year),
                    "Measure": named[str(measure)],
                    "Vintages": first if first == last else f"{first} to {last}",
                    "Outcome": _percent(float(run["outcome"].iloc[-1])),
                    "Forecast less outcome, points": _points(float(run["miss"].iloc[-1])),
                    "Status": str(run["status"].iloc[-1]),
                }
            )
    return pd.DataFrame(rows)


def revisions(printed: pd.DataFrame, *, since: int, within: int) -> pd.DataFrame:
    """Compare the first figure of each year (``vintage, year, value, status``) with the last.

    From the year `since`; years whose first vintage came more than `within` years later are left
    out: what it printed was hardly the first figure. ``first_vintage, first, first_status, last,
    last_status, vintages, revision_pct, growth, latest_growth`` by year; `vintages` counts the
    vintages that print the year, and a change is on the year before as the same vintage prints it.
    Empty where fewer than two years or two vintages can be compared.
    """
    ordered = printed[printed["year"] >= since].sort_values(["year", "vintage"]).groupby("year")
    table = ordered.agg(
        first_vintage=("vintage", "first"),
        first=("value", "first"),
        first_status=("status", "first"),
        last=("value", "last"),
        last_status=("status", "last"),
        vintages=("vintage", "nunique"),
    )
    table = table[table["first_vintage"].str[:4].astype(int) <= table.index + within]
    table["revision_pct"] = 100 * (table["last"] / table["first"] - 1)
    moves = changes_by_vintage(printed, [int(y) for y in table.index]).groupby("year")["percent"]
    table["growth"], table["latest_growth"] = moves.first(), moves.last()
    return table if len(table) > 1 and printed["vintage"].nunique() > 1 else table[:0]


def revised(table: pd.DataFrame, least: float = 0.5) -> dict[str, float]:
    """Sum up revisions, of which those smaller than `least` per cent count as none.

    ``smallest_revision_pct`` (the lowest; 0 where there is none), ``largest_revision_pct`` and
    ``largest_revision_year`` (by size), ``revised_years`` (how many were), ``open_since``: the
    first of the last years that are all estimates not revised. What does not exist is left out.
    """
    moved = table["revision_pct"].abs() > least
    found = {"smallest_revision_pct": table["revision_pct"][moved].min() if moved.any() else 0.0}
    found["revised_years"] = int(moved.sum())
    if moved.any():
        year = table["revision_pct"].abs().idxmax()
        found["largest_revision_pct"] = table["revision_pct"][year]
        found["largest_revision_year"] = int(year)
    settled = table.index[moved | (table["last_status"] != "estimate")]
    still_open = table.index[table.index > max(settled, default=0)]
    return found | ({"open_since": int(still_open[0])} if len(still_open) else {})


def _percent(value: float, *, sign: bool = True) -> str:
    return f"{format_value(value, 1, sign=sign)} %"


def _points(value: float) -> str:
    return format_value(value, 1, sign=True)


def _estimates(printed: pd.DataFrame | None) -> set[tuple[str, int]]:
    if printed is None or "status" not in printed:
        return set()
    rows = printed[printed["status"] == "estimate"]
    return set(zip(rows["vintage"], rows["year"].astype(int), strict=True))


def _combined(
    one: pd.DataFrame, other: pd.DataFrame, how: Callable[[pd.Series, pd.Series], pd.Series]
) -> pd.DataFrame:
    keys = ["vintage", "year"]
    both = one[[*keys, "value"]].merge(other[[*keys, "value"]], on=keys, suffixes=("_a", "_b"))
    return both[keys].assign(value=how(both["value_a"], both["value_b"]))
