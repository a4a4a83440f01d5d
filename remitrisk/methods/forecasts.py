"""Forecasts kept with their date and scored, under each measure and in each vintage.

A forecast of "remittances" names no measure, and the outcome it is held against changes with the
measure and with every revision of the figures: the score says which of each it used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

from remitrisk.methods.accounting import changes_by_vintage

Kind = Literal["point", "bound"]

KEEPS_BOUND = ("lower bound", "worst case", "up to")


@dataclass(frozen=True)
class Score:
    """One forecast against one outcome, both in the same unit.

    Attributes
    ----------
    kind : str
        ``point``: the figure was expected; ``bound``: it was the worst that was thought possible.
    error : float
        Outcome less forecast.
    direction_right : bool
        Whether forecast and outcome have the same sign.
    beats_no_change : bool
        Whether the forecast missed by less than "no change" (zero growth) did, which needs no
        knowledge at all.
    bound_held : bool or None
        For a bound: whether the outcome stayed on the harmless side of it.
    """

    forecast: float
    outcome: float
    kind: Kind
    error: float
    direction_right: bool
    beats_no_change: bool
    bound_held: bool | None


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
    """Score one forecast.

    Parameters
    ----------
    forecast, outcome : float
        In the same unit, e.g. percentage change.
    kind : str
        As in `Score`.
    naive : float
        What "no change" would have predicted: zero growth, or last year's rate.
    higher_is_worse : bool
        True for quantities such as unemployment, whose worst case is a ceiling.
    """
    error = outcome - forecast
    worse = error > 0 if higher_is_worse else error < 0
    return Score(
        forecast=forecast,
        outcome=outcome,
        kind=kind,
        error=error,
        direction_right=(forecast - naive) * (outcome - naive) > 0,
        beats_no_change=abs(error) < abs(outcome - naive),
        bound_held=not worse if kind == "bound" else None,
    )


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

    Parameters
    ----------
    inflow, outflow, ratio, gdp : DataFrame
        Columns ``vintage, year, value`` (and ``status``): what each vintage printed, dollars;
        `ratio` is the inflow as a percentage of GDP. A vintage that prints no ratio but both
        inflow and GDP has the quotient.
    years : list of int
        Years whose growth over the year before is wanted.
    host_rate : Series, optional
        Host currency per dollar by year; exchange rates are not revised, so one series values
        the inflow of every vintage.

    Returns
    -------
    DataFrame
        Columns ``measure, vintage, year, before, after, percent, status``; measures
        ``gross_usd``, ``net_usd``, ``rub``, ``share``. A change is an estimate where either year
        of the inflow, or for the net measure of the outflow, is one (column ``status`` of
        `inflow` and `outflow`; final where there is none).
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
        told = set() if not shares else set(shares[0]["vintage"])
        shares.append(own[~own["vintage"].isin(told)])
    if shares:
        printed["share"] = pd.concat([s[["vintage", "year", "value"]] for s in shares])
    parts = [
        changes_by_vintage(table, years).assign(measure=measure)
        for measure, table in printed.items()
        if len(table)
    ]
    columns = ["measure", "vintage", "year", "before", "after", "percent"]
    table = pd.concat(parts, ignore_index=True)[columns]
    soft = _estimates(inflow)
    soft_net = soft | _estimates(outflow)
    table["status"] = [
        "estimate"
        if {(vintage, year), (vintage, year - 1)} & (soft_net if measure == "net_usd" else soft)
        else "final"
        for measure, vintage, year in zip(
            table["measure"], table["vintage"], table["year"], strict=True
        )
    ]
    return table


def scoreboard(forecasts: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Hold every forecast against every outcome of its year.

    Parameters
    ----------
    forecasts : DataFrame
        Columns ``issued, issuer, target_year, forecast, horizon_note`` (percentage changes).
    outcomes : DataFrame
        As `outcomes_by_vintage` returns it.

    Returns
    -------
    DataFrame
        ``issued, issuer, year, measure, vintage, status`` and the fields of `Score`, one row for
        each forecast and outcome. Vintages printed before a forecast was issued are left out.
    """
    rows = []
    for claim in forecasts.to_dict("records"):
        facts = outcomes[outcomes["year"] == claim["target_year"]]
        for fact in facts[facts["vintage"] > claim["issued"]].to_dict("records"):
            kind = kind_of(claim["horizon_note"])
            result = score(float(claim["forecast"]), float(fact["percent"]), kind=kind)
            rows.append(
                {
                    "issued": claim["issued"],
                    "issuer": claim["issuer"],
                    "year": int(claim["target_year"]),
                    "measure": fact["measure"],
                    "vintage": fact["vintage"],
                    "status": fact["status"],
                    **asdict(result),
                }
            )
    head = ["issued", "issuer", "year", "measure", "vintage", "status"]
    return pd.DataFrame(rows, columns=[*head, *Score.__dataclass_fields__])


def revisions(printed: pd.DataFrame) -> pd.DataFrame:
    """Compare the first figure printed for each year with the last.

    Parameters
    ----------
    printed : DataFrame
        Columns ``vintage, year, value``.

    Returns
    -------
    DataFrame
        Columns ``year, first_vintage, first, last_vintage, last, revision_pct, vintages``;
        `vintages` counts the vintages that print the year.
    """
    ordered = printed.sort_values(["year", "vintage"]).groupby("year")
    table = ordered.agg(
        first_vintage=("vintage", "first"),
        first=("value", "first"),
        last_vintage=("vintage", "last"),
        last=("value", "last"),
        vintages=("vintage", "nunique"),
    ).reset_index()
    table.insert(5, "revision_pct", 100 * (table["last"] / table["first"] - 1))
    return table


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
