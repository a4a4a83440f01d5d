"""Drawings of the chapter on the risk profile: poverty by group, work, detected people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from livingbrief.charts.chart import spread as spread_labels
from livingbrief.data.datasets import years_in_words
from livingbrief.values.numbers import format_text
from remitrisk.exhibits.drawn import Drawn
from remitrisk.exhibits.figures import MUTED, PALETTE, canvas, label_end, whole_years
from remitrisk.exhibits.poverty_line import SURELY, anew, join_rates, mark_anew, note
from remitrisk.methods.counts import Interval

Source = Mapping[str, str]
GREY = "#AAAAAA"
#: Counts below this carry no percentage change.
FEW = 30
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


def a_day(label: str) -> str:
    """Return the line that a label names, "US$ 4.20 a day"; the label where it names none."""
    found = re.search(r"\$(\d+\.\d+) a day", label)
    return f"US$\u00a0{found[1]} a day" if found else label


def national_poverty(
    rate: pd.Series,
    beside: Mapping[str, pd.Series],
    sources: Sequence[Source],
    lines: pd.Series | None = None,
) -> Drawn:
    """Draw the national poverty rate beside rates at international lines.

    Parameters
    ----------
    rate : Series
        Year to per cent.
    beside : mapping
        What a reader calls each international line, to its rates.
    sources : sequence of dict
    lines : Series, optional
        From `printings.line_status`; see `join_rates`.
    """
    last = int(rate.index.max())
    broken = [] if lines is None else anew(lines, rate.index)
    cut = {name: values.loc[rate.index.min() :].dropna() for name, values in beside.items()}
    beside = {name: values for name, values in cut.items() if len(values)}
    fig, ax = canvas(
        title=f"National poverty was {rate[last]:.1f} % in {last}"
        + (f"; its line was {SURELY} in {years_in_words(broken)}" if broken else ""),
        subtitle="People below the poverty line, % of population"
        + ("; dotted: the line may have been set anew in that year" if lines is not None else ""),
        sources=sources,
        height=3.6,
        note="Rates that are not joined are not at one line." if broken else "",
    )
    join_rates(ax, rate, lines, color=PALETTE[0], marker="o", ms=4)
    ends = [(float(rate[last]), f"national line {rate[last]:.1f}", PALETTE[0])]
    for (name, values), colour in zip(beside.items(), (PALETTE[1], PALETTE[2]), strict=False):
        ax.plot(values.index, values, color=colour, lw=1.3, marker="s", ms=2.5)
        ends.append((float(values.iloc[-1]), f"{name} {values.iloc[-1]:.1f}", colour))
    mark_anew(ax, lines, rate.index, label=True)
    ax.set_ylim(0)
    right = max([last, *(int(v.index.max()) for v in beside.values())])
    gap = 0.07 * ax.get_ylim()[1]
    for y, (_, text, colour) in zip(spread_labels([e[0] for e in ends], gap), ends, strict=True):
        label_end(ax, right, y, text, color=colour, dx=8)
    whole_years(ax)
    frame = pd.DataFrame({"poverty_pct": rate, **beside}).rename_axis("year").reset_index()
    told = "; ".join(f"{name} {v.iloc[-1]:.1f} %" for name, v in beside.items())
    return Drawn(
        fig,
        "Poverty at the national line"
        + (", and at lines that are the same for all years." if beside else "."),
        f"Lines of poverty rates. At the national line {rate[last]:.1f} % in {last}"
        + (f"; last values at {told}" if told else "")
        + "."
        + note(lines, rate.index),
        frame,
    )


def residence_title(place: pd.DataFrame, lines: pd.Series | None) -> str:
    """Return the widest gap of town and country and the last, and whether a new line lies between.

    Parameters
    ----------
    place : DataFrame
        Index year, columns ``rural`` and ``urban``, per cent.
    lines : Series or None
        From `printings.line_status`.
    """
    gap = place["rural"] - place["urban"]
    last, widest = gap.index.max(), gap.idxmax()
    new = [] if lines is None else anew(lines, gap.index[gap.index >= widest])
    after = f", at a line {SURELY} in {years_in_words(new)}," if new else ""
    return (
        f"Rural poverty was {gap[widest]:.1f} points above urban in {widest}; "
        f"by {last}{after} it is {against(gap[last])} urban"
    )


def residence(place: pd.DataFrame, source: Source, lines: pd.Series | None = None) -> Drawn:
    """Draw rural and urban poverty (index year, columns ``rural`` and ``urban``, per cent).

    Parameters
    ----------
    place : DataFrame
    source : dict
    lines : Series, optional
        From `printings.line_status`; see `poverty_line.join_rates`.
    """
    gap = place["rural"] - place["urban"]
    last, widest = gap.index.max(), gap.idxmax()
    level = [y for y in gap.index if abs(gap[y]) <= LEVEL]
    fig, ax = canvas(
        title=residence_title(place, lines),
        subtitle="People below the national poverty line, % of each population"
        + ("; dotted: the line may have been set anew in that year" if lines is not None else ""),
        sources=(source,),
        height=3.7,
        note="The publisher prints no sampling error: a point or less is read as level.",
    )
    colours = {"rural": PALETTE[2], "urban": PALETTE[0]}
    for name, colour in colours.items():
        join_rates(ax, place[name], lines, color=colour, marker="o", ms=3)
    order = place.loc[last, ["rural", "urban"]].sort_values().index
    for name, dy in zip(order, (-6, 6), strict=True):
        text = f"{name} {place.loc[last, name]:.1f}"
        label_end(ax, last, place.loc[last, name], text, color=colours[name], dy=dy)
    starts = [int(gap.index.min()), *([] if lines is None else anew(lines, gap.index))]
    for start, end in zip(starts, [*starts[1:], int(last) + 1], strict=True):
        part = place.loc[start : end - 1]
        ax.fill_between(part.index, part["urban"], part["rural"], color=MUTED, alpha=0.12, lw=0)
    mark_anew(ax, lines, gap.index, label=True)
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
        f"{place.loc[last, 'rural']:.1f} and the urban {place.loc[last, 'urban']:.1f} %."
        + note(lines, gap.index),
        place.reset_index(),
    )


def oblasts(
    areas: pd.DataFrame, rate: pd.Series, source: Source, lines: pd.Series | None = None
) -> Drawn:
    """Draw poverty in nine areas, ordered by the last year, each beside the country's rate.

    Parameters
    ----------
    areas : DataFrame
        Index year, a column for each area, per cent.
    rate : Series
        The country's rate by year.
    source : dict
    lines : Series, optional
        From `printings.line_status`; see `poverty_line.join_rates`.
    """
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
        note="Osh city was counted inside Osh oblast until 2012." + note(lines, areas.index),
        sharex=True,
        sharey=True,
    )
    for ax, name in zip(axes.flat, order, strict=True):
        join_rates(ax, rate, lines, color=GREY, lw=1.2)
        join_rates(ax, areas[name], lines, color=PALETTE[0])
        mark_anew(ax, lines, areas.index, label=False)
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


def age_and_sex(
    age: pd.DataFrame,
    sex: pd.DataFrame,
    rate: pd.Series,
    source: Source,
    lines: pd.Series | None = None,
) -> Drawn:
    """Draw poverty by age and by sex beside the country's rate (index year, per cent).

    Parameters
    ----------
    age, sex : DataFrame
    rate : Series
    source : dict
    lines : Series, optional
        From `printings.line_status`; see `poverty_line.join_rates`.
    """
    last = age.index.max()
    fig, (left, right) = canvas(
        title=age_title(age, rate),
        subtitle="People below the national poverty line, % of each group; grey: the country",
        sources=(source,),
        cols=2,
        height=3.9,
        note="Age groups overlap. Working age: women 16–57, men 16–62." + note(lines, age.index),
        sharey=True,
        width_ratios=[1.35, 1],
    )
    nudge = {"14–28": 5.0, "working age": -5.0}
    for name, colour in AGE_COLOURS.items():
        join_rates(left, age[name], lines, color=colour, lw=2 if name == "under 17" else 1.5)
        label_end(left, last, age.loc[last, name], name, color=colour, dy=nudge.get(name, 0))
    for name, colour, dy in (("women", PALETTE[3], -6), ("men", PALETTE[0], 6)):
        join_rates(right, sex[name], lines, color=colour, lw=1.5)
        label_end(right, sex.index.max(), sex[name].iloc[-1], name, color=colour, dy=dy)
    join_rates(left, rate.reindex(age.index), lines, color=GREY, lw=1.2)
    for ax in (left, right):
        mark_anew(ax, lines, age.index, label=ax is left)
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


def work(measures: pd.DataFrame, source: Source, lines: pd.Series | None = None) -> Drawn:
    """Draw four measures of work and income, one panel each.

    Parameters
    ----------
    measures : DataFrame
        Index year; a column for each measure under the name to print, unemployment first and
        working poverty second.
    source : dict
    lines : Series, optional
        From `printings.line_status`, for working poverty; see `poverty_line.join_rates`.
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
        note=note(lines, poor.index).strip(),
    )
    ends = []
    for ax, name in zip(axes.flat, measures.columns, strict=True):
        values = measures[name].dropna()
        last = float(values.iloc[-1])
        at = lines if name == measures.columns[1] else None
        join_rates(ax, values, at, color=PALETTE[0], marker="o", ms=3)
        mark_anew(ax, at, values.index, label=False)
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
        title=f"Between {least:.0f} and {most:.0f} people a year are detected"
        + (": too few for a percentage change" if most < FEW else ""),
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
