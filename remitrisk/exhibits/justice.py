"""Drawings of the chapter on justice: counts by source, the detection gap, tiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from remitrisk.exhibits.drawn import Drawn
from remitrisk.exhibits.figures import PALETTE, canvas
from remitrisk.methods.justice import DOMESTIC, ORDER, OTHER, TIP, UNODC, Disagreement, significant

Source = Mapping[str, str]
NSC = "Statistical Committee"
COLOURS = {
    TIP: PALETTE[1],
    UNODC: PALETTE[0],
    DOMESTIC: PALETTE[2],
    OTHER: "#888888",
    NSC: PALETTE[3],
}
MARKS = {TIP: "D", UNODC: "o", DOMESTIC: "s", OTHER: "^", NSC: "v"}
PANELS = {
    "investigations": "Investigations, registered offences",
    "prosecutions": "Prosecutions",
    "convictions": "Convictions",
    "identified people": "People detected or identified",
}
TICKS = (0, 5, 20, 50, 100, 200, 300)
TIERS = {"3": "Tier 3", "2W": "Tier 2 Watch List", "2": "Tier 2", "1": "Tier 1"}


@dataclass(frozen=True)
class Bar:
    """One number of people in the chart of the detection gap.

    Attributes
    ----------
    name : str
    people : float
    kind : str
        ``detected``, ``identified`` or ``modelled``.
    """

    name: str
    people: float
    kind: str


def root(v: ArrayLike) -> NDArray[np.float64]:
    """Square root that keeps the sign, so that a zero stands clear of the axis."""
    values = np.asarray(v, dtype=float)
    return np.asarray(np.sign(values) * np.sqrt(np.abs(values)))


def square(v: ArrayLike) -> NDArray[np.float64]:
    """Undo `root`."""
    values = np.asarray(v, dtype=float)
    return np.asarray(np.sign(values) * np.square(values))


def stages(
    counts: pd.DataFrame,
    zero_run: Sequence[int],
    differing: int,
    shared: int,
    sources: Sequence[Source],
) -> Drawn:
    """Draw counts by stage, year and source.

    Parameters
    ----------
    counts : DataFrame
        ``year``, ``stage``, ``low``, ``high``, ``group``.
    zero_run : sequence of int
        Latest run of years without a conviction in the U.S. reports; may be empty.
    differing, shared : int
        Stage-years on which sources differ, of those with more than one count.
    sources : sequence of dict
    """
    none = (
        f"The U.S. reports find no conviction from {zero_run[0]} to {zero_run[-1]}; w"
        if len(zero_run) > 1
        else "W"
    )
    fig, axes = canvas(
        title=f"{none}here several sources count a year, {differing} times out of {shared} "
        "they differ",
        subtitle="Cases or people by year and source, square-root scale; the last panel: people "
        "detected or identified",
        sources=sources,
        rows=2,
        cols=2,
        height=5.4,
        note="Open mark: printed as fewer than five. An empty year is not a zero.",
        sharex=True,
    )
    for ax, stage in zip(axes.flat, ORDER, strict=True):
        part = counts.loc[counts["stage"].eq(stage)]
        for i, (group, rows) in enumerate(part.groupby("group", sort=False)):
            exact = rows["low"].eq(rows["high"])
            style = {"marker": MARKS[group], "ls": "none", "color": COLOURS[group], "ms": 5}
            ax.plot(rows.loc[exact, "year"], rows.loc[exact, "low"], **style)
            middle = (rows["low"] + rows["high"]) / 2
            ax.plot(rows.loc[~exact, "year"], middle[~exact], mfc="white", **style)
            ax.annotate(
                group,
                (0.99, 0.97 - 0.105 * i),
                xycoords="axes fraction",
                ha="right",
                va="top",
                fontsize=7.8,
                color=COLOURS[group],
            )
        top = part["high"].max() if len(part) else 10
        ax.set_yscale("function", functions=(root, square))
        ax.set_ylim(-0.8, top * 2)
        ax.set_yticks([t for t in TICKS if t <= top * 1.1])
        ax.set_title(PANELS[stage])
    axes[0, 0].set_xlim(counts["year"].min() - 1, counts["year"].max() + 1)
    return Drawn(
        fig,
        "Investigations, prosecutions, convictions and people, by year and source.",
        "Four scatter charts by year and source. "
        + " ".join(
            f"{PANELS[str(s)]}: {p['low'].min():.0f} to {p['high'].max():.0f} a year."
            for s, p in counts.groupby("stage", sort=False)
        ),
        counts.drop(columns="note", errors="ignore"),
    )


def disagreement_table(found: Sequence[Disagreement]) -> pd.DataFrame:
    """Return a row for each stage and year on which sources differ."""
    return pd.DataFrame(
        {
            "What": d.stage.capitalize(),
            "Year": d.year,
            "Counts": "; ".join(f"{c.text} ({g})" for g, c in d.counts),
        }
        for d in found
    )


def gap(bars: Sequence[Bar], sources: Sequence[Source]) -> Drawn:
    """Draw modelled, identified and detected people; the modelled first, the detected last."""
    times = significant(bars[0].people / bars[-1].people)
    fig, ax = canvas(
        title=f"One model's number is about {times:,} times the number detected in the same year",
        subtitle="People, logarithmic scale: modelled (hatched), identified and detected",
        sources=sources,
        height=2.7,
        note="A stock on one day over a flow of one year: one digit, no more.",
    )
    for y, bar in enumerate(reversed(bars)):
        model = bar.kind == "modelled"
        ax.barh(
            y,
            bar.people,
            height=0.55,
            color="white" if model else PALETTE[0],
            edgecolor=PALETTE[0],
            hatch="////" if model else None,
        )
        ax.annotate(
            f"{bar.people:,.0f}",
            (bar.people, y),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    ax.set_yticks(range(len(bars)), [b.name for b in reversed(bars)])
    ax.set_xscale("log")
    ax.set_xlim(1, bars[0].people * 6)
    ticks = [1, 10, 100, 1000, 10_000, 100_000]
    ax.set_xticks(ticks, [f"{t:,}" for t in ticks])
    ax.minorticks_off()
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    frame = pd.DataFrame([(b.name.replace("\n", " "), b.people, b.kind) for b in bars])
    return Drawn(
        fig,
        "Modelled, identified and detected people.",
        "Bars on a logarithmic scale: "
        + "; ".join(f"{name} {people:,.0f}" for name, people, _ in frame.to_numpy())
        + ".",
        frame.set_axis(["what", "people", "kind"], axis=1),
    )


def placements(tiers: pd.Series, source: Source) -> Drawn:
    """Draw tier placements, year of the report to ``1``, ``2``, ``2W`` or ``3``."""
    last, first = int(tiers.index.max()), int(tiers.index.min())
    level = {tier: i for i, tier in enumerate(TIERS)}
    fig, ax = canvas(
        title=f"The report of {last} places the country in {TIERS[tiers[last]]}",
        subtitle="Placement by year of the U.S. Trafficking in Persons Report: a judgement of the "
        "government's effort, not of risk",
        sources=(source,),
        height=2.8,
        note="Missing years are not in the data package." if len(tiers) <= last - first else "",
    )
    steps = tiers.map(level).reindex(range(first, last + 1))
    ax.plot(steps.index, steps, color="#BBBBBB", drawstyle="steps-mid", lw=1.5)
    for tier, years in tiers.groupby(tiers):
        colour = {"3": PALETTE[3], "2W": PALETTE[1]}.get(str(tier), PALETTE[0])
        ax.plot(years.index, years.map(level), "o", color=colour, ms=6)
    ax.set_yticks(list(level.values()), list(TIERS.values()))
    ax.set_ylim(-0.5, 3.4)
    ax.set_xlim(first - 0.8, last + 0.8)
    return Drawn(
        fig,
        "Tier placements by year of the report.",
        "Steps by year: "
        + "; ".join(
            f"{TIERS[t]} in {', '.join(str(y) for y in tiers.index[tiers.eq(t)])}"
            for t in reversed(TIERS)
            if tiers.eq(t).any()
        )
        + ".",
        tiers.map(TIERS).rename("tier").rename_axis("year").reset_index(),
    )
