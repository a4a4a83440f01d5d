"""Tables and drawings of the chapter on households' exposure to a cut in remittances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from remitrisk.analysis.poverty import Lognormal, Scenario
from remitrisk.exhibits.figures import PALETTE, label_end
from remitrisk.exhibits.numbers import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ASSUMPTIONS = {
    "pass_through": "Share of the money lost that is missing from consumption",
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
    """Return "+3.1 to +34.0"."""
    low, high = span(found, measure)
    return f"{format_value(low, 1, sign=True)} to {format_value(high, 1, sign=True)}"


def ingredients_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the calibration of each year with a printed poverty line.

    Parameters
    ----------
    frame : DataFrame
        Index year; columns headcount, gini (shares), line, remittances (local currency a head
        and year), mean (multiples of the line), ratio (remittances over mean consumption).
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
        }
    )


def scenario_table(
    cuts: Mapping[float, tuple[Scenario, Sequence[Scenario], Sequence[Scenario]]],
) -> pd.DataFrame:
    """Return one row for each cut: central case, and ranges by who receives.

    Parameters
    ----------
    cuts : mapping
        Cut -> central scenario, scenarios with receivers spread, with the poorest receiving.
    """
    rows = []
    for cut, (central, spread, poorest) in cuts.items():
        rows.append(
            {
                "Cut": f"{format_value(100 * cut, 0)} %",
                "Headcount, central": points(central.change.headcount),
                "Headcount, receivers spread": span_text(spread),
                "Headcount, the poorest receive": span_text(poorest),
                "Poverty gap, central": points(central.change.gap),
                "Poverty gap, all": span_text([*spread, *poorest], "gap"),
            }
        )
    return pd.DataFrame(rows)


def assumption_table(
    varied: Mapping[str, tuple[Scenario, Scenario]], tried: Mapping[str, str]
) -> pd.DataFrame:
    """Return what each assumption does by itself, the strongest first.

    Parameters
    ----------
    varied : mapping
        As `remitrisk.analysis.poverty.one_at_a_time` returns it.
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
    ax: Axes, cuts: Mapping[float, tuple[Scenario, Sequence[Scenario], Sequence[Scenario]]]
) -> None:
    """Draw ranges of the rise in the headcount by size of the cut, and the central case."""
    aside = 1.1
    for cut, (central, spread, poorest) in cuts.items():
        for found, shift, color in ((spread, -aside, PALETTE[0]), (poorest, aside, PALETTE[1])):
            place = 100 * cut + shift
            ax.plot([place] * 2, span(found), color=color, lw=9, alpha=0.75, solid_capstyle="butt")
            for end, value in zip(("top", "bottom"), span(found), strict=True):
                ax.annotate(
                    format_value(value, 0),
                    (place, value),
                    xytext=(0, -2 if end == "top" else 2),
                    textcoords="offset points",
                    ha="center",
                    va=end,
                    fontsize=7.5,
                    color=color,
                )
        rise = 100 * central.change.headcount
        ax.plot(100 * cut - aside, rise, "o", ms=6, mfc="white", mec=PALETTE[3], mew=1.6, zorder=4)
    by_size = sorted(cuts)
    last, second, third = 100 * by_size[-1], 100 * by_size[1], 100 * by_size[2]
    _, spread, _ = cuts[by_size[1]]
    central, _, _ = cuts[by_size[2]]
    _, _, poorest = cuts[by_size[-1]]
    for x, y, text, color, side in (
        (last + aside, sum(span(poorest)) / 2, "the poorest\nreceive", PALETTE[1], 1),
        (second - aside, span(spread)[1], "receivers\nspread", PALETTE[0], -1),
        (third - aside, 100 * central.change.headcount, "central\ncase", PALETTE[3], -1),
    ):
        ha = "left" if side > 0 else "right"
        label_end(ax, x, y, text, color=color, dx=10 * side, ha=ha)
    ax.set_xticks([100 * c for c in cuts])
    ax.set_xlim(100 * min(cuts) - 4, last + 10)
    ax.set_ylim(-3.5)
    ax.set_xlabel("Cut in gross remittances, per cent")


def _reach(pair: tuple[Scenario, Scenario]) -> float:
    low, high = span(pair)
    return high - low
