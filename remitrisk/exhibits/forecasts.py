"""Titles, tables and drawings of the chapter that scores forecasts."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from livingbrief.values.numbers import format_value
from remitrisk.exhibits.figures import MUTED, PALETTE, label_end
from remitrisk.methods.forecasts import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from livingbrief.run.notebook import Notebook

LABELS = {
    "gross_usd": "gross dollars",
    "net_usd": "net dollars",
    "rub": "rubles",
    "share": "ratio to GDP",
}
KEYS = {"gross_usd": "gross", "net_usd": "net", "rub": "rub", "share": "share"}
KIND = {"point": "forecast", "bound": "worst case"}


def percent(value: float) -> str:
    """Return "+7.1 %"."""
    return f"{format_value(value, 1, sign=True)} %"


def in_words(issued: str) -> str:
    """Write a date of issue, to the month or to the day, for a reader: "4 March 2022"."""
    year, month, *day = issued.split("-")
    return " ".join([*(str(int(d)) for d in day), month_name[int(month)], year])


def as_issued(value: float) -> str:
    """Return a forecast with no more digits than it had: "−33 %"."""
    return f"{format_value(value, 0 if float(value).is_integer() else 1, sign=True)} %"


def outcome_title(scores: pd.DataFrame) -> str:
    """Return the finding of the outcome figure, for the latest year that was forecast."""
    last = scores[scores["year"] == scores["year"].max()]
    forecast = float(last["forecast"].iloc[0])
    low, high = float(last["outcome"].min()), float(last["outcome"].max())
    year = int(last["year"].iloc[0])
    if low > forecast:
        return (
            f"{as_issued(forecast)} was forecast for {year}; the outcome was better under every "
            f"measure and vintage, from {percent(low)} to {percent(high)}"
        )
    return (
        f"{as_issued(forecast)} was forecast for {year}; the outcome was {percent(low)} to "
        f"{percent(high)}, by measure and vintage"
    )


def board_table(
    forecasts: pd.DataFrame, scores: Mapping[str, Score], against: Mapping[str, str]
) -> pd.DataFrame:
    """Return one row for each forecast, scored against the latest outcome or not scored.

    Parameters
    ----------
    forecasts : DataFrame
        The table of forecasts, oldest first.
    scores : mapping
        Score by forecast_id.
    against : mapping
        What each was scored against, or why it was not, by forecast_id.
    """
    rows = []
    for claim in forecasts.to_dict("records"):
        key = str(claim["forecast_id"])
        found = scores.get(key)
        rows.append(
            {
                "Issued": in_words(claim["issued"]),
                "By": claim["issuer"],
                "Of": f"{claim['measure']}, {claim['target_year']}",
                "Forecast": _valued(float(claim["forecast"]), str(claim["measure"])),
                "Outcome": "–" if found is None else _valued(found.outcome, str(claim["measure"])),
                "Outcome less forecast, points": "–"
                if found is None
                else format_value(found.error, 1, sign=True),
                "Verdict": "not scored" if found is None else verdict(found),
                "Scored against": against[key],
            }
        )
    return pd.DataFrame(rows)


def verdict(found: Score) -> str:
    """Return what the score amounts to, in a few words."""
    if found.kind == "bound":
        return "stayed inside the worst case" if found.bound_held else "was worse than the worst"
    if found.beats_no_change:
        return "closer than “no change”"
    return "further off than “no change”" + ("" if found.direction_right else ", wrong sign")


def vintage_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Return outcomes by measure, vintages that print the same outcome in one row."""
    rows = []
    for (year, measure), group in scores.groupby(["year", "measure"], sort=False):
        ordered = group.sort_values("vintage")
        printed = ordered["outcome"].round(1)
        for _, run in ordered.groupby((printed != printed.shift()).cumsum()):
            first, last = run["vintage"].iloc[0], run["vintage"].iloc[-1]
            rows.append(
                {
                    "Year": str(year),
                    "Measure": LABELS[str(measure)],
                    "Vintages": first if first == last else f"{first} to {last}",
                    "Outcome": percent(float(run["outcome"].iloc[-1])),
                    "Outcome less forecast, points": format_value(
                        float(run["error"].iloc[-1]), 1, sign=True
                    ),
                    "Status": str(run["status"].iloc[-1]),
                }
            )
    return pd.DataFrame(rows)


def measures_shown(scores: pd.DataFrame) -> list[str]:
    """Return the measures that any forecast is scored under, in the house's order."""
    return [m for m in LABELS if m in set(scores["measure"])]


def draw_outcomes(ax: Axes, scores: pd.DataFrame, newest: str, measures: Sequence[str]) -> None:
    """Draw the outcomes of one forecast by measure: newest vintage large, earlier ones small.

    Parameters
    ----------
    scores : DataFrame
        Rows of one forecast, as `remitrisk.methods.forecasts.scoreboard` returns them, with
        a column ``status``.
    newest : str
        The edition's vintage.
    measures : sequence of str
        One row each, so that panels side by side share their rows.
    """
    for place, measure in enumerate(measures):
        rows = scores[scores["measure"] == measure].sort_values("vintage")
        if rows.empty:
            ax.annotate(
                "not published",
                (0, place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=MUTED,
            )
            continue
        ax.plot(
            [rows["outcome"].min(), rows["outcome"].max()], [place] * 2, color=MUTED, lw=1, zorder=1
        )
        for row in rows.to_dict("records"):
            now = row["vintage"] == newest
            ax.plot(
                row["outcome"],
                place,
                "o",
                ms=8 if now else 4,
                color=PALETTE[0],
                mfc="white" if row["status"] == "estimate" else PALETTE[0],
                mew=1.4,
                alpha=1 if now else 0.55,
                zorder=3 if now else 2,
            )
        shown = rows.iloc[-1]
        ax.annotate(
            percent(float(shown["outcome"])),
            (shown["outcome"], place),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    claim = scores.iloc[0]
    forecast = float(claim["forecast"])
    ax.axvline(forecast, color=PALETTE[1], lw=2)
    ax.annotate(
        f"{KIND[str(claim['kind'])]}\n{as_issued(forecast)}",
        (forecast, 1),
        xycoords=("data", "axes fraction"),
        xytext=(5, -2),
        textcoords="offset points",
        va="top",
        color=PALETTE[1],
        fontsize=8.5,
    )
    ax.axvline(0, color=MUTED, lw=0.8)
    ax.set_yticks(range(len(measures)), [LABELS[m] for m in measures])
    ax.set_ylim(len(measures) - 0.4, -1.15)
    ax.grid(True, axis="x")
    ax.grid(False, axis="y")
    low = min(forecast, float(scores["outcome"].min()))
    ax.set_xlim(low - 6, max(float(scores["outcome"].max()), 0) + 9)
    title = f"{claim['year']}: {claim['issuer']}, {in_words(str(claim['issued']))}"
    ax.set_title(title, size=8.5, weight="normal")


def revision_title(table: pd.DataFrame) -> str:
    """Return the finding of the revision figure."""
    revised = table[table["revision_pct"].abs() > 0.5]
    if revised.empty:
        return "No first figure of these years has been revised yet"
    most = revised.loc[revised["revision_pct"].abs().idxmax()]
    way, size = "up" if most["revision_pct"] > 0 else "down", abs(most["revision_pct"])
    text = f"The first figure for {int(most['year'])} was revised {way} by {size:.1f}\u00a0%"
    if (revised["revision_pct"] > 0).all():
        return f"Every revision was upwards: {text[0].lower()}{text[1:]}"
    return text


def draw_revisions(ax: Axes, table: pd.DataFrame) -> None:
    """Draw first (hollow) and latest (filled) figure of each year, US$ million."""
    for row in table.to_dict("records"):
        year, first, last = int(row["year"]), row["first"] / 1e6, row["last"] / 1e6
        ax.plot([year] * 2, [first, last], color=MUTED, lw=1.2, zorder=1)
        ax.plot(year, last, "o", ms=7, color=PALETTE[0], zorder=3)
        ax.plot(year, first, "o", ms=7, color=PALETTE[1], mfc="white", mew=1.6, zorder=4)
        moved = abs(row["revision_pct"]) > 0.05
        ax.annotate(
            percent(row["revision_pct"]) if moved else "not revised",
            (year, max(first, last)),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    telling = table.loc[table["revision_pct"].abs().idxmax()]
    year = int(telling["year"])
    label_end(ax, year, telling["first"] / 1e6, "first", color=PALETTE[1], dx=8)
    label_end(ax, year, telling["last"] / 1e6, "latest", color=PALETTE[0], dx=8)
    ax.set_xticks([int(y) for y in table["year"]])
    ax.yaxis.set_major_formatter(lambda value, _: format_value(value, 0))
    ax.margins(x=0.07, y=0.2)


def record_scores(
    nb: Notebook, stem: str, rows: pd.DataFrame, sources: Sequence[Mapping[str, str]]
) -> None:
    """Record outcome less forecast by measure: newest vintage, and the range over vintages."""
    for measure, group in rows.groupby("measure"):
        ordered = group.sort_values("vintage")
        newest = ordered.iloc[-1]
        nb.number(
            f"{stem}.{KEYS[str(measure)]}_error_pp",
            float(newest["error"]),
            n=len(ordered),
            interval=[float(ordered["error"].min()), float(ordered["error"].max())],
            status=str(newest["status"]),
            sources=sources,
        )


def _valued(value: float, measure: str) -> str:
    return f"{format_value(value, 1)} %" if "rate" in measure else percent(value)
