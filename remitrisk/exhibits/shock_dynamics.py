"""Titles, drawings, tables and records of the chapter on shock dynamics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from livingbrief.values.numbers import format_value
from remitrisk.exhibits.figures import BAND, MUTED, PALETTE, label_end
from remitrisk.methods.dynamics import (
    LocalProjections,
    PanelElasticity,
    Regression,
    log_changes,
    regression,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from livingbrief.run.notebook import Notebook

Sources = Sequence[Mapping[str, str]]
Window = tuple[int, int]
LEVEL = 0.95
FORMER_SOVIET = (
    *("ARM", "AZE", "BLR", "EST", "GEO", "KAZ", "KGZ"),
    *("LTU", "LVA", "MDA", "TJK", "TKM", "UKR", "UZB"),
)
LEAST_SHARE = 5.0
"""Least mean inflow of a receiver in the panel, per cent of GDP."""
ERRORS = ("se_classical", "se_hc3", "se_hac", "r_squared", "p_of_one")


def windows_for(last_year: int) -> list[Window]:
    """Return the periods examined: four fixed ones, and the one that ends with the edition."""
    fixed = [(2005, 2023), (2009, 2023), (2009, 2021), (2012, 2022)]
    return sorted({*fixed, (2009, last_year)}, key=lambda w: (w[0], -w[1]))


def fit_windows(
    inflow: pd.Series, driver: pd.Series, windows: Sequence[Window]
) -> dict[Window, Regression]:
    """Regress log changes of the inflow on those of a driver in each complete window.

    Parameters
    ----------
    inflow, driver : Series
        Levels by year.
    windows : sequence of (int, int)
        First and last year of the changes; windows with a missing change are left out.
    """
    found = {}
    for window in windows:
        rows = pairs(inflow, driver, window)
        if len(rows) == window[1] - window[0] + 1 and len(rows) > 4:
            found[window] = regression(rows["inflow"], rows[["driver"]])
    return found


def pairs(inflow: pd.Series, driver: pd.Series, window: Window) -> pd.DataFrame:
    """Return log changes ``inflow, driver`` of the years of a window that have both."""
    both = pd.concat(
        [log_changes(inflow).rename("inflow"), log_changes(driver).rename("driver")], axis=1
    )
    return both.dropna().loc[window[0] : window[1]]


def before_estimates(values: pd.Series, estimates: Sequence[int]) -> pd.Series:
    """Return the years before the first estimate.

    A final year may follow an estimate; left in, it would stand beside a gap.
    """
    inside = [year for year in estimates if year in values.index]
    return values.loc[: min(inside) - 1] if inside else values


def period(window: Window) -> str:
    """Return the last segment of a period's key, ``y2009_2023``."""
    return f"y{window[0]}_{window[1]}"


def elasticity_title(found: Mapping[Window, Regression], main: Window) -> str:
    """Return what the slope of the main window says about an elasticity of one."""
    result = found[main]
    slope, (low, high) = result.coefficients["driver"], result.interval("driver")
    if low <= 0:
        return f"No firm tie between the ruble and the dollar inflow: slope {slope:.2f}"
    if not low <= 1 <= high:
        return f"Dollars move with the ruble, but not one for one: slope {slope:.2f}"
    if abs(slope - 1) < 0.15:
        return f"Dollars move about one for one with the ruble: slope {slope:.2f}"
    return f"Dollars move with the ruble; one for one cannot be ruled out: slope {slope:.2f}"


def hac_title(found: Mapping[Window, Regression]) -> str:
    """Return in how many windows the autocorrelation-robust error is the smallest."""
    smallest = sum(
        r.se_hac["driver"] < min(r.se_classical["driver"], r.se_hc3["driver"])
        for r in found.values()
    )
    if not smallest:
        return f"In none of {len(found)} periods is the error that looks most robust the smallest"
    return f"In {smallest} of {len(found)} periods the error that looks most robust is the smallest"


def response_title(found: Mapping[str, LocalProjections]) -> str:
    """Return for which drivers the simultaneous band leaves zero, and at which horizons."""
    clear = {
        name: [int(h) for h, low, high in _bands(result) if low > 0 or high < 0]
        for name, result in found.items()
    }
    if not any(clear.values()):
        return "No response at any horizon can be told from zero"
    if any(horizon > 0 for horizons in clear.values() for horizon in horizons):
        return "Responses told from zero: " + "; ".join(
            f"{name} at {', '.join(str(h) for h in horizons) or 'no horizon'}"
            for name, horizons in clear.items()
        )
    answered = " and ".join(name for name, horizons in clear.items() if horizons)
    return f"The inflow answers at once to {answered}; later years are unclear"


def panel_title(result: PanelElasticity) -> str:
    """Return the pooled slope and what bounds it."""
    low, high = result.interval
    verdict = "holds" if low <= 1 <= high else "leaves out"
    return (
        f"Over {result.countries} receivers the slope is {result.slope:.2f}; "
        f"its interval {verdict} one"
    )


def draw_scatter(
    ax: Axes, inflow: pd.Series, driver: pd.Series, window: Window, estimates: Sequence[int]
) -> None:
    """Draw yearly log changes of inflow and ruble, the fitted line and a line of slope one."""
    rows = pairs(inflow, driver, window) * 100
    result = regression(rows["inflow"], rows[["driver"]])
    span = np.array([rows["driver"].min() - 3, rows["driver"].max() + 3])
    line = result.coefficients["const"] + result.coefficients["driver"] * span
    centre = rows.mean()
    ax.plot(span, centre["inflow"] + (span - centre["driver"]), color=MUTED, lw=1, ls=(0, (4, 3)))
    ax.plot(span, line, color=PALETTE[0], lw=1.6)
    fitted = result.coefficients["const"] + result.coefficients["driver"] * rows["driver"]
    for year, row in rows.iterrows():
        soft, above = year in estimates, row["inflow"] > fitted[year]
        across, over = row["driver"] - rows["driver"], rows["inflow"] - row["inflow"]
        left = above and not (across.between(0.1, 4) & over.between(0, 5)).any()
        ax.plot(
            row["driver"],
            row["inflow"],
            "o",
            ms=5,
            color=PALETTE[0],
            mfc="white" if soft else PALETTE[0],
        )
        ax.annotate(
            str(year),
            (row["driver"], row["inflow"]),
            xytext=(-4 if left else 4, 3 if above else -3),
            textcoords="offset points",
            ha="right" if left else "left",
            va="bottom" if above else "top",
            fontsize=7.5,
            color=MUTED,
        )
    one = centre["inflow"] + span[1] - centre["driver"]
    up = 5 if line[1] >= one else -5
    label_end(ax, span[1], line[1], "fitted", color=PALETTE[0], dy=up)
    label_end(ax, span[1], one, "slope one", color=MUTED, dy=-up)
    ax.axhline(0, color=MUTED, lw=0.8)
    ax.axvline(0, color=MUTED, lw=0.8)
    ax.set_xlabel("Ruble’s value in dollars, change")
    ax.set_ylabel("Gross dollar inflow, change")


def draw_errors(ax: Axes, found: Mapping[Window, Regression]) -> None:
    """Draw the three standard errors of the slope in each period."""
    names = [f"{a}–{b} (n {r.n})" for (a, b), r in found.items()]
    places = np.arange(len(found))[::-1]
    kinds = (("se_classical", "classical", 0, "o"), ("se_hc3", "HC3", 2, "s"),
             ("se_hac", "HAC: not for use", 1, "X"))  # fmt: skip
    for i, (kind, label, colour, marker) in enumerate(kinds):
        values = [float(getattr(r, kind)["driver"]) for r in found.values()]
        ax.plot(values, places, marker, ms=7, ls="none", color=PALETTE[colour],
                mfc="white" if kind == "se_hac" else PALETTE[colour])  # fmt: skip
        ax.annotate(label, (0.02 + 0.17 * i, 1.01), xycoords="axes fraction", fontsize=8.5,
                    color=PALETTE[colour], va="bottom")  # fmt: skip
    ax.set_yticks(places, names)
    ax.set_ylim(-0.6, len(found) - 0.4)
    ax.set_xlim(0)
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")


def draw_response(ax: Axes, result: LocalProjections, name: str) -> None:
    """Draw responses by horizon with pointwise intervals and the simultaneous band."""
    table = result.table
    horizons = table["horizon"].to_numpy()
    ax.fill_between(horizons, table["sup_low"], table["sup_high"], color=BAND, lw=0)
    ax.vlines(horizons, table["low"], table["high"], color=PALETTE[0], lw=2)
    ax.plot(horizons, table["response"], color=PALETTE[0], marker="o", ms=5, lw=1.2)
    ax.axhline(0, color=MUTED, lw=0.8)
    when = ["same year", *(f"+{h}" for h in horizons[1:])]
    ax.set_xticks(horizons, [f"{w}\nn {n}" for w, n in zip(when, table["n"], strict=True)])
    ax.set_xlim(-0.4, horizons[-1] + 0.4)
    ax.set_title(name)


def draw_panel(ax: Axes, own: Mapping[str, Regression], pooled: PanelElasticity) -> None:
    """Draw each country's slope, and the pooled slope, with their intervals."""
    rows: list[tuple[str, float, tuple[float, float], str]] = [
        (name, float(r.coefficients["driver"]), r.interval("driver"), PALETTE[2])
        for name, r in own.items()
    ]
    rows.append(("Pooled", pooled.slope, pooled.interval, PALETTE[0]))
    places = range(len(rows))[::-1]
    for place, (_, slope, (low, high), colour) in zip(places, rows, strict=True):
        ax.plot([low, high], [place, place], color=colour, lw=2)
        ax.plot(slope, place, "o", ms=5, color=colour)
        label_end(ax, high, place, format_value(slope, 2), color=colour)
    ax.axvline(0, color=MUTED, lw=0.8)
    ax.axvline(1, color=MUTED, lw=0.8, ls=(0, (4, 3)))
    ax.set_yticks(list(places), [r[0] for r in rows])
    ax.set_ylim(-0.6, len(rows) - 0.2)
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)


def panel_frame(
    inflows: Mapping[str, pd.Series], driver: pd.Series, window: Window
) -> pd.DataFrame:
    """Stack log changes of the countries that are complete in the window.

    Returns
    -------
    DataFrame
        ``iso3, year, outcome, driver``.
    """
    parts = []
    for iso3, values in inflows.items():
        rows = pairs(values, driver, window)
        if len(rows) == window[1] - window[0] + 1:
            parts.append(rows.rename(columns={"inflow": "outcome"}).assign(iso3=iso3))
    if not parts:
        return pd.DataFrame(columns=["iso3", "year", "outcome", "driver"])
    return pd.concat(parts).rename_axis("year").reset_index()


def receivers(inflow: pd.DataFrame, gdp: pd.DataFrame, window: Window, country: str) -> list[str]:
    """Choose the panel: former Soviet republics that receive much, and the edition's country.

    Parameters
    ----------
    inflow, gdp : DataFrame
        ``iso3, year, value`` in US dollars.
    window : (int, int)
        Years of the changes; the inflow must average `LEAST_SHARE` per cent of GDP over them.
    country : str

    Returns
    -------
    list of str
        In alphabetical order.
    """
    both = inflow.merge(gdp, on=["iso3", "year"], suffixes=("", "_gdp"))
    both = both[both["year"].between(*window) & both["iso3"].isin(FORMER_SOVIET)]
    share = (100 * both["value"] / both["value_gdp"]).groupby(both["iso3"]).mean()
    return sorted({country, *share.index[share >= LEAST_SHARE]})


def panel_choices(members: Sequence[str], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Return other choices of the panel's countries, by what a reader calls them.

    Parameters
    ----------
    members : sequence of str
        Countries of the panel.
    names : mapping
        Country code to name, of every country with all years of the period.
    """
    out = {"As above": list(members)}
    for left in members:
        out[f"Without {names[left]}"] = [c for c in members if c != left]
    added = [c for c in ("AZE",) if c in names and c not in members]
    for new in added:
        out[f"With {names[new]} too"] = [*members, new]
        if "UKR" in members:
            kept = [c for c in members if c != "UKR"]
            out[f"{names[new]} for {names['UKR']}"] = [*kept, new]
    out["All former Soviet republics with every year"] = [c for c in FORMER_SOVIET if c in names]
    return {name: chosen for name, chosen in out.items() if len(chosen) > 2}


def choices_table(found: Mapping[str, PanelElasticity]) -> pd.DataFrame:
    """Return the pooled slope under each choice of countries as a reader's table."""
    return pd.DataFrame(
        [
            {
                "Countries": name,
                "Number": str(result.countries),
                "Slope": format_value(result.slope, 2),
                "95 % interval": _range(*result.interval),
                "Bootstrap p, slope 1, by years": format_value(result.p_unit_year, 2),
                "By countries": format_value(result.p_unit_country, 2),
            }
            for name, result in found.items()
        ]
    )


def elasticity_table(found: Mapping[Window, Regression]) -> pd.DataFrame:
    """Return slopes with every standard error as a reader's table."""
    rows = []
    for (first, last), result in found.items():
        low, high = result.interval("driver")
        plain_low, plain_high = result.interval("driver", robust=False)
        rows.append(
            {
                "Years of change": f"{first}–{last}",
                "n": str(result.n),
                "df": str(result.df),
                "Slope": format_value(result.coefficients["driver"], 2),
                "R²": format_value(result.r_squared, 2),
                "SE classical": format_value(result.se_classical["driver"], 2),
                "SE HC3": format_value(result.se_hc3["driver"], 2),
                "SE HAC (warning)": format_value(result.se_hac["driver"], 2),
                "95 % interval, HC3": f"{format_value(low, 2)} to {format_value(high, 2)}",
                "95 % interval, classical": f"{format_value(plain_low, 2)} to "
                f"{format_value(plain_high, 2)}",
            }
        )
    return pd.DataFrame(rows)


def response_table(found: Mapping[str, LocalProjections]) -> pd.DataFrame:
    """Return responses by driver and horizon as a reader's table."""
    rows = []
    for name, result in found.items():
        for row in result.table.itertuples():
            rows.append(
                {
                    "Driver": name,
                    "Years later": str(row.horizon),
                    "n": str(row.n),
                    "df": str(row.df),
                    "Response": format_value(row.response, 2),
                    "SE classical": format_value(row.se_classical, 2),
                    "SE HC3": format_value(row.se_hc3, 2),
                    "95 % interval": _range(row.low, row.high),
                    "95 % band, all horizons": _range(row.sup_low, row.sup_high),
                }
            )
    return pd.DataFrame(rows)


def panel_table(result: PanelElasticity) -> pd.DataFrame:
    """Return the pooled slope's uncertainty in each way as a reader's table."""
    rows = [
        ("classical", result.n, result.se_classical, None, None, None),
        ("clusters: countries", result.countries, result.se_country, None,
         result.p_country, result.p_unit_country),
        ("clusters: years", result.years, result.se_year, None, result.p_year, result.p_unit_year),
        ("each year left out in turn", result.years, result.se_jackknife, result.interval,
         None, None),
    ]  # fmt: skip
    return pd.DataFrame(
        [
            {
                "Errors": name,
                "Units": str(units),
                "Slope": format_value(result.slope, 2),
                "SE": format_value(error, 2),
                "95 % interval": "–" if interval is None else _range(*interval),
                "Bootstrap p, slope 0": "–" if p is None else f"{p:.3f}",
                "Bootstrap p, slope 1": "–" if unit is None else f"{unit:.2f}",
            }
            for name, units, error, interval, p, unit in rows
        ]
    )


def describe_scatter(rows: pd.DataFrame) -> str:
    """Return alternative text for the scatter."""
    texts = [f"{y}: ruble {r.driver:+.0f}, inflow {r.inflow:+.0f}" for y, r in rows.iterrows()]
    return "Points by year, hundredths of a logarithm. " + "; ".join(texts) + "."


def describe_responses(found: Mapping[str, LocalProjections]) -> str:
    """Return alternative text for the figure of responses."""
    texts = [
        f"{name}, +{row.horizon}: {row.response:+.2f} ({row.low:+.2f} to {row.high:+.2f})"
        for name, result in found.items()
        for row in result.table.itertuples()
    ]
    return "Responses of the gross dollar inflow by horizon. " + "; ".join(texts) + "."


def record_elasticities(
    nb: Notebook, found: Mapping[Window, Regression], status: pd.Series, sources: Sources
) -> None:
    """Record the slope of each period with its errors."""
    for window, result in found.items():
        end = period(window)
        soft = status.reindex(range(window[0] - 1, window[1] + 1)).eq("estimate").any()
        shared: dict[str, Any] = {
            "n": result.n,
            "status": "estimate" if soft else "final",
            "sources": sources,
        }
        nb.number(
            f"elasticity.ruble.{end}", result.coefficients["driver"],
            interval=result.interval("driver"), level=LEVEL, **shared,
        )  # fmt: skip
        for name, value in (
            ("se_classical", result.se_classical["driver"]),
            ("se_hc3", result.se_hc3["driver"]),
            ("se_hac", result.se_hac["driver"]),
            ("r_squared", result.r_squared),
            ("p_of_one", result.p_value("driver", null=1)),
        ):
            nb.number(f"elasticity.ruble_{name}.{end}", float(value), **shared)


def record_left_out(nb: Notebook, windows: Sequence[Window], last: int) -> None:
    """Record why a period has no slope: beyond the edition or not yet published.

    A period with a gap in it stays unrecorded, so that the notebook can say what was withdrawn.

    Parameters
    ----------
    nb : Notebook
    windows : sequence of (int, int)
        The periods that could not be fitted.
    last : int
        Last year of the inflow that was ever printed.
    """
    for begin, end in windows:
        if end > nb.data.last_year or begin < nb.data.first_year:
            why = "outside_edition"
        elif end > last:
            why = "not_published"
        else:
            continue
        for part in ("ruble", *(f"ruble_{name}" for name in ERRORS)):
            nb.missing(f"elasticity.{part}.{period((begin, end))}", why)


def record_responses(
    nb: Notebook, stem: str, result: LocalProjections, status: str, sources: Sources
) -> None:
    """Record the response at each horizon, with its pointwise interval and the joint band."""
    for row in result.table.itertuples():
        shared: dict[str, Any] = {
            "n": row.n, "level": result.level, "status": status, "sources": sources,
        }  # fmt: skip
        nb.number(
            f"response.{stem}.h{row.horizon}", row.response, interval=(row.low, row.high),
            **shared,
        )  # fmt: skip
        nb.number(
            f"response.{stem}_joint.h{row.horizon}", row.response,
            interval=(row.sup_low, row.sup_high), **shared,
        )  # fmt: skip


def record_panel(
    nb: Notebook,
    window: Window,
    result: PanelElasticity,
    own: Mapping[str, Regression],
    status: str,
    sources: Sources,
) -> None:
    """Record the pooled slope and its uncertainty in each way."""
    end = period(window)
    shared: dict[str, Any] = {"n": result.n, "status": status, "sources": sources}
    nb.number(
        f"elasticity.panel_slope.{end}", result.slope, interval=result.interval,
        level=result.level, **shared,
    )  # fmt: skip
    for name, value in (
        ("se_classical", result.se_classical),
        ("se_country", result.se_country),
        ("se_year", result.se_year),
        ("se_jackknife", result.se_jackknife),
        ("p_country", result.p_country),
        ("p_year", result.p_year),
        ("p_of_one_country", result.p_unit_country),
        ("p_of_one_year", result.p_unit_year),
        ("countries", result.countries),
        ("years", result.years),
        ("apart", sum(not _holds(r, result.slope) for r in own.values())),
    ):
        nb.number(f"elasticity.panel_{name}.{end}", value, **shared)


def record_choices(
    nb: Notebook,
    window: Window,
    found: Mapping[str, PanelElasticity],
    status: str,
    sources: Sources,
) -> None:
    """Record the range of the pooled slope over choices of countries, and what rules out one."""
    end = period(window)
    slopes = [result.slope for result in found.values()]
    for name, value in (
        ("lowest_choice", min(slopes)),
        ("highest_choice", max(slopes)),
        ("lowest_p_of_one", min(result.p_unit_year for result in found.values())),
    ):
        nb.number(f"elasticity.panel_{name}.{end}", value, status=status,
                  sources=sources)  # fmt: skip


def _holds(result: Regression, slope: float) -> bool:
    low, high = result.interval("driver")
    return low <= slope <= high


def _bands(result: LocalProjections) -> list[tuple[float, float, float]]:
    return [(r.horizon, r.sup_low, r.sup_high) for r in result.table.itertuples()]


def _range(low: float, high: float) -> str:
    return f"{format_value(low, 2)} to {format_value(high, 2)}"
