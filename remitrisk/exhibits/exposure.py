"""Tables and drawings of the chapter on households' exposure to a cut in remittances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from livingbrief.values.numbers import format_value
from remitrisk.exhibits.figures import MUTED, PALETTE, label_end
from remitrisk.methods.breakdowns import SHORT
from remitrisk.methods.poverty import Lognormal, Scenario, lognormal_from, scenario, scenarios

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ranges = tuple[Sequence[Scenario], Sequence[Scenario], Scenario | None]
ASSUMPTIONS = {
    "basis": "What households see of the inflow",
    "recipients": "Share of people in receiving households",
    "incidence": "Who receives",
    "calibration": "Shape of the distribution",
}


def points(share: float, *, sign: bool = True) -> str:
    """Return a share as points with a sign, "+7.1"."""
    return format_value(100 * share, 1, sign=sign)


def span(found: Sequence[Scenario], measure: str = "headcount") -> tuple[float, float]:
    """Return smallest and largest change of a measure, in percentage points."""
    changes = [100 * float(getattr(s.change, measure)) for s in found]
    return min(changes), max(changes)


def span_text(found: Sequence[Scenario], measure: str = "headcount") -> str:
    """Return "+3.1 to +34.0", or one figure where both ends print alike."""
    low, high = (format_value(end, 1, sign=True) for end in span(found, measure))
    return low if low == high else f"{low} to {high}"


def ingredients_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the calibration of each year with a printed poverty line.

    Parameters
    ----------
    frame : DataFrame
        Index year; columns headcount, gini (shares), line, remittances (local currency a head
        and year), mean (multiples of the line), ratio (remittances over mean consumption), survey
        (share of incomes; missing where no survey has it).
    """
    return pd.DataFrame(
        {
            "Year": [str(y) for y in frame.index],
            "Headcount, %": [format_value(100 * v, 1) for v in frame["headcount"]],
            "Consumption Gini, %": [format_value(100 * v, 1) for v in frame["gini"]],
            "Poverty line, som": [format_value(v, 0) for v in frame["line"]],
            "Mean consumption, times the line (implied)": [
                format_value(v, 2) for v in frame["mean"]
            ],
            "Gross remittances, som a head": [format_value(v, 0) for v in frame["remittances"]],
            "Remittances over consumption, %": [format_value(100 * v, 0) for v in frame["ratio"]],
            "Migrants’ money in incomes, survey, %": [
                "–" if pd.isna(v) else format_value(100 * v, 1) for v in frame["survey"]
            ],
        }
    )


def told(
    figures: Mapping[str, pd.DataFrame], national: pd.Series, areas: pd.DataFrame, last_year: int
) -> pd.DataFrame:
    """Return what the Committee said of poverty without migrants' money, beside the rate itself.

    Parameters
    ----------
    figures : mapping
        Measure to rows of `Data.household_figures`: ``share_of_income_pct``,
        ``poverty_without_pct``, ``poverty_effect_points`` and ``migrant_households_pct``.
    national : Series
        Official poverty rate by year, per cent.
    areas : DataFrame
        Official poverty rate by year and oblast, per cent.
    last_year : int
        Later years are left out.

    Returns
    -------
    DataFrame
        One row for each year and place with a share of incomes and a rise: ``year``, ``area``
        (empty for the country), ``share``, ``before``, ``without``, ``effect`` and ``migrants``
        (households with a migrant, whatever their year; missing for the country). Shares of one.
    """
    keys = ["period", "area"]
    rows = figures["share_of_income_pct"][[*keys, "value"]].rename(columns={"value": "share"})
    for measure, name in (("poverty_effect_points", "effect"), ("poverty_without_pct", "without")):
        other = figures[measure][[*keys, "value"]].rename(columns={"value": name})
        rows = rows.merge(other, on=keys, how="left")
    rows = rows[rows["period"].str.fullmatch(r"\d{4}", na=False) & rows["effect"].notna()]
    rows = rows.assign(year=rows["period"].astype(int), area=rows["area"].fillna(""))
    rows = rows[rows["year"] <= last_year]
    at_home = figures["migrant_households_pct"].dropna(subset=["area"]).set_index("area")["value"]
    rows["migrants"] = rows["area"].map(at_home).astype(float)
    rows["area"] = rows["area"].map(lambda name: SHORT.get(name, name))
    rows["before"] = [
        areas[r.area].get(r.year) if r.area else national.get(r.year) for r in rows.itertuples()
    ]
    rows["without"] = rows["without"].fillna(rows["before"] + rows["effect"])
    shares = ["share", "before", "without", "effect", "migrants"]
    rows[shares] = rows[shares].astype(float) / 100
    rows = rows.dropna(subset=["before"]).sort_values(["area", "year"], ascending=[True, False])
    return rows[["year", "area", *shares]].reset_index(drop=True)


def held_against(
    rows: pd.DataFrame, gini: pd.Series, recipients: Sequence[float]
) -> tuple[pd.DataFrame, list[tuple[Scenario, ...]]]:
    """Set the model's poverty without migrants' money beside each printed rate.

    Parameters
    ----------
    rows : DataFrame
        From `told`.
    gini : Series
        Gini of consumption by year, a share; rows of a year without one are left out.
    recipients : sequence of float
        Shares of people in receiving households to try; the last is everyone.

    Returns
    -------
    tuple of DataFrame and list
        The rows with ``low`` and ``high`` (the model's rates over `recipients`), ``all`` (everyone
        receives), ``by_migrants`` (households with a migrant receive; missing where unknown) and
        ``inside``; and the scenarios of each row, the smallest rise first.
    """
    rows = rows[rows["year"].isin(gini.index)].reset_index(drop=True)
    found, tried = [], []
    for row in rows.itertuples():
        people = lognormal_from(row.before, float(gini[row.year]))
        these = scenarios(
            [(people, row.share)], cut=1.0, recipients=recipients, incidence=("spread",)
        )
        rates = [s.after.headcount for s in these]
        shares = (1.0, row.migrants)
        everyone, by_migrants = (
            float("nan")
            if pd.isna(r)
            else scenario(people, row.share, cut=1.0, recipients=r).after.headcount
            for r in shares
        )
        inside = min(rates) <= row.without <= max(rates)
        found.append((min(rates), max(rates), everyone, by_migrants, inside))
        tried.append(these)
    columns = ["low", "high", "all", "by_migrants", "inside"]
    return rows.join(pd.DataFrame(found, columns=columns, index=rows.index)), tried


def place(row: Any, country: str) -> str:
    """Return how a row of `told` is named: the oblast, or the country, and the year."""
    return f"{row.area or country}, {row.year}"


def held_title(rows: pd.DataFrame) -> str:
    """Return in how many places the printed rate lies inside the model's range."""
    missed = [r.area or "the country" for r in rows.itertuples() if not r.inside]
    lead = "Poverty without migrants’ money: the model’s range holds"
    if not missed:
        return f"{lead} each of the {len(rows)} printed rates"
    return f"{lead} {len(rows) - len(missed)} of {len(rows)} printed rates, not that of " + (
        missed[0] if len(missed) == 1 else f"{', '.join(missed[:-1])} and {missed[-1]}"
    )


def draw_held(ax: Axes, rows: pd.DataFrame, country: str) -> None:
    """Draw for each place the rate with the money, the model's range without, and the print."""
    spots = np.arange(len(rows))[::-1]
    for spot, row in zip(spots, rows.itertuples(), strict=True):
        ax.plot(
            [100 * row.low, 100 * row.high],
            [spot] * 2,
            color=PALETTE[0],
            lw=9,
            alpha=0.75,
            solid_capstyle="butt",
        )
        ax.plot(100 * row.before, spot, "o", ms=6, mfc="white", mec=MUTED, mew=1.5)
        ax.plot(100 * row.without, spot, "D", ms=7, color=PALETTE[1], zorder=4)
    top, first = spots[0], rows.iloc[0]
    for x, text, colour, where in (
        (first["before"], "as counted", MUTED, {"dx": -8, "ha": "right"}),
        (first["high"], "model, without the money", PALETTE[0], {"dx": 8}),
        (first["without"], "printed", PALETTE[1], {"dx": 0, "dy": 13, "ha": "center"}),
    ):
        label_end(ax, 100 * x, top, text, color=colour, **where)
    ax.set_yticks(spots, [place(r, country) for r in rows.itertuples()])
    ax.set_ylim(-0.6, top + 0.9)
    ax.set_xlim(0, 10 * np.ceil(10 * max(rows["high"].max(), rows["without"].max())) + 4)
    ax.set_xlabel("People below the poverty line, per cent")
    ax.grid(axis="x")


def told_table(rows: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return what the Committee said as a reader's table."""
    return pd.DataFrame(
        {
            "Where and when": [place(r, country) for r in rows.itertuples()],
            "Migrants’ money in all incomes, %": [format_value(100 * v, 1) for v in rows["share"]],
            "Poor as counted, %": [format_value(100 * v, 1) for v in rows["before"]],
            "Rise without that money, points": [points(v) for v in rows["effect"]],
            "Poor without it, %": [
                "–" if r.area else format_value(100 * r.without, 1) for r in rows.itertuples()
            ],
        }
    )


def held_table(rows: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return printed and modelled rates without the money, per cent, each with its miss."""

    def missed(rate: float, printed: float) -> str:
        if pd.isna(rate):
            return "–"
        return f"{format_value(100 * rate, 1)} ({points(rate - printed)})"

    both = list(zip(rows["low"], rows["high"], strict=True))
    return pd.DataFrame(
        {
            "Where and when": [place(r, country) for r in rows.itertuples()],
            "Printed": [format_value(100 * v, 1) for v in rows["without"]],
            "Model, range": [f"{100 * low:.1f} to {100 * high:.1f}" for low, high in both],
            "All receive (miss)": [missed(r.all, r.without) for r in rows.itertuples()],
            "Households with a migrant receive (miss)": [
                missed(r.by_migrants, r.without) for r in rows.itertuples()
            ],
        }
    )


def scenario_table(cuts: Mapping[float, Ranges], effect: float) -> pd.DataFrame:
    """Return one row for each cut.

    Parameters
    ----------
    cuts : mapping
        Cut -> scenarios on the survey's share, the same with the narrower distribution (empty
        where none is known), the balance-of-payments case (None where it is not known).
    effect : float
        Rise that the Committee printed for all of the money, in points.
    """
    rows = []
    for cut, (survey, narrow, whole) in cuts.items():
        row = {
            "Cut": f"{format_value(100 * cut, 0)}\u00a0%",
            "Headcount, survey": span_text(survey),
            "With the narrower distribution": span_text(narrow) if narrow else "–",
            "The Committee’s figure, in proportion": points(cut * effect / 100),
            "Poverty gap, survey": span_text(survey, "gap"),
            "Headcount, whole inflow consumed": points(whole.change.headcount) if whole else "–",
        }
        rows.append(row)
    return pd.DataFrame(rows)


def assumption_table(
    varied: Mapping[str, tuple[Scenario, Scenario]], tried: Mapping[str, str]
) -> pd.DataFrame:
    """Return what each assumption does by itself, the strongest first.

    Parameters
    ----------
    varied : mapping
        As `remitrisk.methods.poverty.one_at_a_time` returns it.
    tried : mapping
        Values tried, in words, by assumption.
    """
    strongest = sorted(varied, key=lambda k: -_reach(varied[k]))
    return pd.DataFrame(
        [
            {
                "Assumption": ASSUMPTIONS[name],
                "Tried": tried[name],
                "Rise of the headcount, points": span_text(varied[name]),
                "Width": format_value(_reach(varied[name]), 1),
            }
            for name in strongest
        ]
    )


def line_title(people: Lognormal, printed: float, *, step: float = 0.05) -> str:
    """Return whether a distribution has as many people near the line as moving it has printed.

    Parameters
    ----------
    people : Lognormal
    printed : float
        Printed change of the headcount from a line lower by `step` to one higher, in points.
    step : float
    """
    modelled = 100 * (people.headcount(1 + step) - people.headcount(1 - step))
    if modelled < printed:
        return "A smooth distribution understates how many people live close to the poverty line"
    return "A smooth distribution has no fewer people close to the poverty line than were printed"


def month(period: str) -> str:
    """Return ``2022-02`` as "February 2022"."""
    return pd.Period(period, freq="M").strftime("%B %Y")


def draw_line_shifts(
    ax: Axes, people: Mapping[str, Lognormal], published: Mapping[float, float]
) -> None:
    """Draw the change of the headcount as the line moves: models as lines, print as markers.

    Parameters
    ----------
    people : mapping
        Label -> calibration.
    published : mapping
        Shift of the line (share) -> printed change in points.
    """
    shifts = np.linspace(-0.1, 0.1, 81)
    for i, (label, who) in enumerate(people.items()):
        change = np.array([100 * (who.headcount(1 + s) - who.headcount()) for s in shifts])
        ax.plot(100 * shifts, change, color=PALETTE[i], ls=("-", (0, (4, 2)))[i])
        label_end(ax, 10, change[-1], label, color=PALETTE[i], dx=5)
    for shift, printed in published.items():
        ax.plot([100 * shift], [printed], "D", color=PALETTE[3], ms=7, zorder=4)
        ax.annotate(
            f"printed: {format_value(printed, 1, sign=True)}",
            (100 * shift, printed),
            xytext=(9, -11 if shift > 0 else 0),
            textcoords="offset points",
            va="center",
            color=PALETTE[3],
            fontsize=8.5,
        )
    ax.axhline(0, color="#595959", lw=0.8)
    ax.axvline(0, color="#595959", lw=0.8)
    ax.set_xlabel("Shift of the poverty line, per cent")


def draw_ranges(
    ax: Axes,
    cuts: Mapping[float, Ranges],
    effect: float,
) -> None:
    """Draw the rise of the headcount by size of the cut: survey's range, print, and other end."""
    for cut, (survey, _, whole) in cuts.items():
        spot, (low, high) = 100 * cut, span(survey)
        ax.plot([spot] * 2, (low, high), color=PALETTE[0], lw=11, solid_capstyle="butt")
        if whole:
            rise = 100 * whole.change.headcount
            ax.plot(spot, rise, "s", ms=6, mfc="white", mec=PALETTE[3], mew=1.6)
        ax.annotate(
            f"{format_value(low, 1)}–{format_value(high, 1)}",
            (spot, (low + high) / 2),
            xytext=(-9, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=7.5,
            color=PALETTE[0],
        )
        ax.plot(spot, cut * effect, "D", ms=6, color=PALETTE[1], zorder=4)
    last = max(cuts)
    survey, _, whole = cuts[last]
    ends = [
        (sum(span(survey)) / 2 - 1.4, "survey’s share", PALETTE[0]),
        (last * effect + 1.2, "printed figure,\nin proportion", PALETTE[1]),
    ]
    if whole:
        ends.append((100 * whole.change.headcount, "whole inflow\nconsumed", PALETTE[3]))
    for y, text, colour in ends:
        label_end(ax, 100 * last, y, text, color=colour, dx=12)
    ax.set_xticks([100 * c for c in cuts])
    ax.set_xlim(100 * min(cuts) - 6, 100 * last + 11)
    ax.set_ylim(-1.5)
    ax.set_xlabel("Cut in migrants’ money, per cent")


def _reach(pair: tuple[Scenario, Scenario]) -> float:
    low, high = span(pair)
    return high - low
