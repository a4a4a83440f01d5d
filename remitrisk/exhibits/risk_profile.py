"""Drawings of the chapter on the risk profile: poverty by group, work, detected people."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from remitrisk.analysis.counts import Interval
from remitrisk.exhibits.drawn import Drawn
from remitrisk.exhibits.figures import MUTED, PALETTE, canvas, label_end
from remitrisk.exhibits.numbers import format_text

Source = Mapping[str, str]
GREY = "#AAAAAA"
#: Two rates of a sample survey without a printed error: a point or less is no order.
LEVEL = 1.0
AGE_COLOURS = {
    "under 17": PALETTE[3],
    "14–28": PALETTE[1],
    "working age": PALETTE[0],
    "over working age": PALETTE[2],
}


AGE_WORDS = {
    "under 17": "Children",
    "14–28": "People of 14–28",
    "working age": "People of working age",
    "over working age": "People over working age",
}


def against(gap: float) -> str:
    """Say where the first of two rates stands to the second: above, below or level with it."""
    if abs(gap) <= LEVEL:
        return "level with"
    return "above" if gap > 0 else "below"


def national_poverty(rate: pd.Series, source: Source) -> Drawn:
    """Draw the national poverty rate, year to per cent, where nothing finer is printed."""
    last = rate.index.max()
    fig, ax = canvas(
        title=f"National poverty was {rate[last]:.1f} % in {last}",
        subtitle="People below the national poverty line, % of population",
        sources=(source,),
        height=3.0,
    )
    ax.plot(rate.index, rate, marker="o", ms=4)
    ax.set_ylim(0)
    label_end(ax, last, rate[last], f"{rate[last]:.1f}")
    return Drawn(
        fig,
        "Poverty at the national line.",
        f"Line of the national poverty rate to {last}, when it was {rate[last]:.1f} %.",
        rate.rename_axis("year").reset_index(name="poverty_pct"),
    )


def residence(place: pd.DataFrame, source: Source) -> Drawn:
    """Draw rural and urban poverty (index year, columns ``rural`` and ``urban``, per cent)."""
    gap = place["rural"] - place["urban"]
    last, widest = gap.index.max(), gap.idxmax()
    level = [y for y in gap.index if abs(gap[y]) <= LEVEL]
    fig, ax = canvas(
        title=f"Rural poverty was {gap[widest]:.1f} points above urban in {widest}; "
        f"by {last} it is {against(gap[last])} urban",
        subtitle="People below the national poverty line, % of each population",
        sources=(source,),
        height=3.7,
        note="The publisher prints no sampling error: a point or less is read as level.",
    )
    colours = {"rural": PALETTE[2], "urban": PALETTE[0]}
    for name, colour in colours.items():
        ax.plot(place.index, place[name], color=colour, marker="o", ms=3)
    order = place.loc[last, ["rural", "urban"]].sort_values().index
    for name, dy in zip(order, (-6, 6), strict=True):
        text = f"{name} {place.loc[last, name]:.1f}"
        label_end(ax, last, place.loc[last, name], text, color=colours[name], dy=dy)
    ax.fill_between(place.index, place["urban"], place["rural"], color=MUTED, alpha=0.12, lw=0)
    ax.set_ylim(0)
    return Drawn(
        fig,
        "Poverty in rural and urban areas."
        + (
            f" They differ by a point or less in {format_text([int(y) for y in level], 'year', 0)}."
            if level
            else ""
        ),
        f"Two lines from {place.index.min()} on. Rural poverty exceeds urban poverty by up to "
        f"{gap[widest]:.1f} points, in {widest}; in {last} the rural rate is "
        f"{place.loc[last, 'rural']:.1f} and the urban {place.loc[last, 'urban']:.1f} %.",
        place.reset_index(),
    )


def oblasts(areas: pd.DataFrame, rate: pd.Series, source: Source) -> Drawn:
    """Draw poverty in nine areas, ordered by the last year, each beside the country's rate."""
    last = areas.index.max()
    order = areas.loc[last].sort_values(ascending=False).index
    top, bottom = areas.loc[last, order[0]], areas.loc[last, order[-1]]
    fig, axes = canvas(
        title=f"{order[0]} is the poorest area in {last}: {top:.0f} % live below the line, "
        f"against {bottom:.0f} % in {order[-1]}",
        subtitle="People below the national poverty line, % of population; grey: the country",
        sources=(source,),
        rows=3,
        cols=3,
        height=5.4,
        note="Osh city was counted inside Osh oblast until 2012.",
        sharex=True,
        sharey=True,
    )
    for ax, name in zip(axes.flat, order, strict=True):
        ax.plot(rate.index, rate, color=GREY, lw=1.2)
        ax.plot(areas.index, areas[name], color=PALETTE[0])
        value = areas.loc[last, name]
        ax.plot(last, value, "o", ms=4, color=PALETTE[0])
        label_end(ax, last, value, f"{value:.0f}", color=PALETTE[0])
        ax.set_title(name, fontsize=8.5)
    axes[0, 0].set_ylim(0, 62)
    axes[0, 0].set_xticks([2008, 2014, 2020])
    axes[0, 0].set_xlim(2006, last + 2.5)
    return Drawn(
        fig,
        "Poverty by oblast and city, ordered by the last year.",
        "Nine small line charts of poverty by oblast with the national rate in grey. In "
        f"{last} the highest rate is {top:.1f} % in {order[0]}, the lowest {bottom:.1f} % in "
        f"{order[-1]}.",
        areas.join(rate.rename("country")).reset_index(),
    )


def age_title(age: pd.DataFrame, rate: pd.Series) -> str:
    """Return which age is poorest, and how often youth is poorer than people of working age."""
    last = age.index.max()
    poorest = str(age.loc[last].idxmax())
    over = age.loc[last, poorest] - rate[last]
    ahead = (age["14–28"] - age["working age"]).dropna()
    return (
        f"{AGE_WORDS[poorest]} are the poorest: {over:.0f} points above the national rate in "
        f"{last}; people of 14–28 are above working age in {ahead.gt(0).sum()} of "
        f"{len(ahead)} years"
    )


def age_and_sex(age: pd.DataFrame, sex: pd.DataFrame, rate: pd.Series, source: Source) -> Drawn:
    """Draw poverty by age and by sex beside the country's rate (index year, per cent)."""
    last = age.index.max()
    fig, (left, right) = canvas(
        title=age_title(age, rate),
        subtitle="People below the national poverty line, % of each group; grey: the country",
        sources=(source,),
        cols=2,
        height=3.9,
        note="Age groups overlap. Working age: women 16–57, men 16–62.",
        sharey=True,
        width_ratios=[1.35, 1],
    )
    nudge = {"14–28": 5.0, "working age": -5.0}
    for name, colour in AGE_COLOURS.items():
        left.plot(age.index, age[name], color=colour, lw=2 if name == "under 17" else 1.5)
        label_end(left, last, age.loc[last, name], name, color=colour, dy=nudge.get(name, 0))
    for name, colour, dy in (("women", PALETTE[3], -6), ("men", PALETTE[0], 6)):
        right.plot(sex.index, sex[name], color=colour, lw=1.5)
        label_end(right, sex.index.max(), sex[name].iloc[-1], name, color=colour, dy=dy)
    left.plot(age.index, rate.reindex(age.index), color=GREY, lw=1.2)
    left.set_title("By age")
    right.set_title("By sex")
    left.set_ylim(0)
    return Drawn(
        fig,
        f"Poverty by age (from {age.index.min()}) and by sex (from {sex.index.min()}).",
        f"Left: four lines by age; in {last} {age.loc[last, 'under 17']:.1f} % of children "
        f"under 17, {age.loc[last, '14–28']:.1f} % of people aged 14 to 28, "
        f"{age.loc[last, 'working age']:.1f} % of people of working age and "
        f"{age.loc[last, 'over working age']:.1f} % of people over working age are poor. Right: "
        f"the lines of women and men, at most {(sex['women'] - sex['men']).abs().max():.1f} points "
        "apart.",
        age.join(sex, how="outer").join(rate.rename("country")).reset_index(),
    )


def work(measures: pd.DataFrame, source: Source) -> Drawn:
    """Draw four measures of work and income, one panel each.

    Parameters
    ----------
    measures : DataFrame
        Index year; a column for each measure under the name to print, unemployment first and
        working poverty second.
    """
    jobless, poor = measures.iloc[:, 0].dropna(), measures.iloc[:, 1].dropna()
    moved = "fell" if jobless.iloc[-1] < jobless.iloc[0] else "rose"
    fig, axes = canvas(
        title=f"Unemployment {moved} to {jobless.iloc[-1]:.1f} % in {jobless.index[-1]}, while "
        f"{poor.iloc[-1]:.0f} % of people in work were poor in {poor.index[-1]}",
        subtitle="Four official measures of work and income, each on its own scale",
        sources=(source,),
        rows=2,
        cols=2,
        height=4.4,
        sharex=True,
    )
    ends = []
    for ax, name in zip(axes.flat, measures.columns, strict=True):
        values = measures[name].dropna()
        last = float(values.iloc[-1])
        ax.plot(values.index, values, color=PALETTE[0], marker="o", ms=3)
        ax.set_title(name)
        ax.set_ylim(0, values.max() * 1.15)
        ax.set_xticks([2008, 2012, 2016, 2020, 2024])
        text = f"{last:.2f}" if last < 1 else (f"{last:.1f}" if last < 100 else f"{last:,.0f}")
        label_end(ax, values.index[-1], last, text, color=PALETTE[0])
        ends.append(f"{name} {text} in {values.index[-1]}")
    return Drawn(
        fig,
        "Unemployment, working poverty, informal employment and the income Gini.",
        f"Four small line charts: {'; '.join(ends)}.",
        measures.rename_axis("year").reset_index(),
        {name: name.partition(",")[0] for name in measures.columns},
    )


def detected(exact: Mapping[int, Interval], source: Source) -> Drawn:
    """Draw detected people by year, national totals with their exact intervals."""
    frame = pd.DataFrame(
        [(y, f.estimate, f.low, f.high) for y, f in exact.items()],
        columns=["year", "detected", "low", "high"],
    )
    least, most = frame["detected"].min(), frame["detected"].max()
    fig, ax = canvas(
        title=f"Between {least:.0f} and {most:.0f} people a year are detected: too few for a "
        "percentage change",
        subtitle="People detected as trafficked, national total of each year; bars: exact 95 % "
        "interval of the count",
        sources=(source,),
        height=3.5,
        note="Detected people are not the number of people trafficked.",
    )
    ax.vlines(frame["year"], frame["low"], frame["high"], color=PALETTE[0], alpha=0.35, lw=5)
    ax.plot(frame["year"], frame["detected"], "o", color=PALETTE[0], ms=6)
    for year, value in zip(frame["year"], frame["detected"], strict=True):
        label_end(ax, year, value, f"{value:.0f}", dx=7)
    ax.set_ylim(0)
    ax.set_xticks(list(frame["year"]))
    return Drawn(
        fig,
        "People detected as trafficked, with exact (Garwood) intervals.",
        f"Dots with intervals for {frame['year'].min()} to {frame['year'].max()}: between "
        f"{least:.0f} and {most:.0f} detected people a year, each with an interval several people "
        "wide on either side.",
        frame,
    )
