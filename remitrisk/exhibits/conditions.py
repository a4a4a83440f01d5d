"""Drawings and tables of the chapter on exposure: conditions by wealth, place, sex and school."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from remitrisk.analysis.inequality import Gradient
from remitrisk.data.printings import same_line
from remitrisk.exhibits.drawn import Drawn
from remitrisk.exhibits.figures import MUTED, PALETTE, canvas, label_end
from remitrisk.exhibits.numbers import format_value
from remitrisk.exhibits.poverty_line import join_rates, mark_anew, note

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Source = Mapping[str, str]
OUTCOMES = {
    "child_marriage": "Child marriage",
    "child_labour": "Child labour",
    "partner_violence": "Partner violence",
    "violent_discipline": "Violent discipline",
}
PLACES = {
    "poverty": "Poverty",
    "extreme_poverty": "Extreme poverty",
    "multidimensional_poverty": "Multidimensional poverty",
    "working_poverty": "Working poverty",
    "food_insecurity": "Food insecurity",
    "child_labour": "Child labour",
    "child_marriage": "Child marriage",
    "partner_violence": "Partner violence",
    "violent_discipline": "Violent discipline",
}
BY_SEX = {
    "poverty": "Poverty",
    "extreme_poverty": "Extreme poverty",
    "multidimensional_poverty": "Multidimensional poverty",
    "working_poverty": "Working poverty",
    "unemployment": "Unemployment",
    "neet": "Youth outside work and school",
    "employment": "Employment",
    "child_labour": "Child labour (girls, boys)",
    "violent_discipline": "Violent discipline (girls, boys)",
}
AREAS = {
    "poverty": "Poverty",
    "extreme_poverty": "Extreme",
    "multidimensional_poverty": "Several dimensions",
    "food_insecurity": "Food insecurity",
    "child_labour": "Child labour",
    "child_marriage": "Child marriage",
    "partner_violence": "Partner violence",
    "violent_discipline": "Violent discipline",
}
BY_SCHOOL = {
    "child_marriage": "Child marriage\n(her own education)",
    "partner_violence": "Partner violence\n(her own education)",
    "child_labour": "Child labour\n(an adult's education)",
}
#: A relative index below this in size: the ends differ by less than a tenth of the mean.
FLAT = 0.1
SHADES = {2014: "#BBBBBB", 2018: PALETTE[5], 2023: PALETTE[0]}
SEX_COLOURS = {"women": PALETTE[3], "men": PALETTE[0]}
BREAK_YEAR = 2023
BROKEN_AGE = "15–17"


def against(gap: float) -> str:
    """Say where the first of two rates stands to the second: above, below or level with it."""
    if abs(gap) <= 1:
        return "level with"
    return "above" if gap > 0 else "below"


def wealth_title(newest: Mapping[str, Gradient], year: int) -> str:
    """Return the finding of the wealth figure from the gradients of its last year.

    Points and proportion can put different conditions first: both are said.
    """
    in_points = OUTCOMES[min(newest, key=lambda k: newest[k].slope.value)].lower()
    in_proportion = OUTCOMES[min(newest, key=lambda k: newest[k].relative.value)].lower()
    flattest = max(newest, key=lambda k: newest[k].relative.value)
    if abs(newest[flattest].relative.value) < FLAT:
        verb = "hardly differs"
    else:
        verb = "rises" if newest[flattest].slope.value > 0 else "falls least"
    most = f"{in_points} falls most with wealth in points, {in_proportion} in proportion"
    if in_points == in_proportion:
        most = f"{in_points} falls most with wealth, in points and in proportion"
    return f"In {year}, {most}; {OUTCOMES[flattest].lower()} {verb}"


def wealth(gradients: Mapping[tuple[str, int], Gradient], source: Source) -> Drawn:
    """Draw four conditions by wealth quintile, a line for each survey year.

    Parameters
    ----------
    gradients : dict
        Condition and year to its gradient over five groups, poorest first.
    source : dict
    """
    last = max(year for _, year in gradients)
    newest = {k: g for (k, y), g in gradients.items() if y == last}
    fig, axes = canvas(
        title=wealth_title(newest, last),
        subtitle="Share of women or children concerned, %, by wealth quintile of the household",
        sources=(source,),
        cols=4,
        height=3.3,
        note="Survey years only. The publisher prints no sampling error.",
        sharex=True,
    )
    ends, rows = [], []
    for ax, (key, name) in zip(axes, OUTCOMES.items(), strict=True):
        lines = {y: g for (k, y), g in gradients.items() if k == key}
        top = max(max(g.values) for g in lines.values())
        for year, found in lines.items():
            ax.plot(range(5), found.values, color=SHADES[year], marker="o", ms=3)
            fifths = {f"quintile_{i}": v for i, v in enumerate(found.values, start=1)}
            rows.append({"indicator": key, "year": year} | fifths)
        _year_labels(ax, {y: g.values[-1] for y, g in lines.items()}, step=0.075 * top)
        ax.set_title(name, fontsize=8.5)
        ax.set_ylim(0, top * 1.1)
        ax.set_xlim(-0.3, 6.2)
        ax.set_xticks([0, 4], ["poorest", "richest"], fontsize=8)
        pair = lines[max(lines)].ends
        ends.append(
            f"{name} in {max(lines)}: {pair.first:.1f} % in the poorest and {pair.second:.1f} % "
            "in the richest fifth."
        )
    return Drawn(
        fig,
        "Four conditions by wealth quintile, in survey years.",
        f"Four small line charts by wealth quintile. {' '.join(ends)}",
        pd.DataFrame(rows),
    )


def wealth_table(gradients: Mapping[tuple[str, int], Gradient]) -> pd.DataFrame:
    """Return the indices of inequality over wealth, a row for each condition and year."""
    return pd.DataFrame(
        {
            "Condition": OUTCOMES[key],
            "Year": year,
            "Poorest, %": format_value(g.ends.first, 1),
            "Richest, %": format_value(g.ends.second, 1),
            "Slope index, points": format_value(g.slope.value, 1),
            "Relative index": format_value(g.relative.value, 2),
            "Conc. index": format_value(g.concentration.value, 3),
            "95 % interval": " to ".join(format_value(b, 2) for b in g.concentration.bounds),
            "Erreygers": format_value(g.erreygers.value, 3),
        }
        for (key, year), g in gradients.items()
    )


#: Conditions that are measured by the national poverty line, or by a part of it.
AT_THE_LINE = ("poverty", "extreme_poverty", "working_poverty")


def rural(gaps: Mapping[str, pd.Series], source: Source, lines: pd.Series | None = None) -> Drawn:
    """Draw the rural minus the urban rate of nine conditions (year to percentage points).

    Parameters
    ----------
    gaps : mapping
        Condition to its gap by year.
    source : dict
    lines : Series, optional
        From `printings.line_status`, for the conditions of `AT_THE_LINE`; see
        `poverty_line.join_rates`.
    """
    money, several = gaps["poverty"], gaps["multidimensional_poverty"]
    now = {"above": "rural", "below": "urban"}.get(
        against(money.iloc[-1]), "level between town and country"
    )
    fig, axes = canvas(
        title=f"Poverty in money is {now} ({format_value(money.iloc[-1], 1, sign=True)} points in "
        f"{money.index[-1]}); poverty in several dimensions: "
        f"{format_value(several.iloc[-1], 1, sign=True)} points",
        subtitle="Rural minus urban rate, percentage points; above zero: more common in the "
        "countryside",
        sources=(source,),
        rows=3,
        cols=3,
        height=5.2,
        note="Dotted: survey years only. Each panel has its own scale." + note(lines, money.index),
        sharex=True,
    )
    ends = []
    for ax, (key, gap) in zip(axes.flat, gaps.items(), strict=True):
        year, value = gap.index[-1], float(gap.iloc[-1])
        colour = PALETTE[2] if value > 0 else PALETTE[0]
        ax.axhline(0, color=MUTED, lw=0.8)
        if lines is not None and key in AT_THE_LINE:
            join_rates(ax, gap, lines, color=colour, marker="o", ms=3)
            mark_anew(ax, lines, gap.index, label=False)
        else:
            style = ":" if len(gap) <= len(SHADES) else "-"
            ax.plot(gap.index, gap, color=colour, marker="o", ms=3, ls=style)
        text = format_value(value, 1, sign=True)
        label_end(ax, year, value, text, color=colour)
        ax.set_title(PLACES[key], fontsize=8.5)
        ax.margins(y=0.15)
        ends.append(f"{PLACES[key]} {text} points in {year}")
    axes[0, 0].set_xticks([2008, 2014, 2020])
    axes[0, 0].set_xlim(2006, max(g.index.max() for g in gaps.values()) + 4)
    return Drawn(
        fig,
        "Rural minus urban rate, condition by condition.",
        f"Small charts of the rural minus the urban rate. Last values: {'; '.join(ends)}.",
        pd.DataFrame(gaps).rename_axis("year").reset_index(),
        {key: name.lower() for key, name in PLACES.items()},
    )


def young(
    idle: pd.DataFrame, jobs: pd.DataFrame, source: Source, lines: pd.Series | None = None
) -> Drawn:
    """Draw young people outside work and school by sex, and working poverty by age.

    Parameters
    ----------
    idle : DataFrame
        Index year, columns ``women`` and ``men``, per cent of people aged 15 to 24.
    jobs : DataFrame
        Index year, a column for each age group, per cent of employed people.
    source : dict
    lines : Series, optional
        From `printings.line_status`: whether the two years of working poverty are at one line.
    """
    last, now = idle.index.max(), jobs.index.max()
    peak = jobs.loc[now].idxmax()
    base = 2019 if 2019 in jobs.index else jobs.index.min()
    moved = lines is not None and not same_line(lines, int(base), int(now))
    fig, (left, right) = canvas(
        title=f"In {last}, {idle.loc[last, 'women']:.0f} % of young women were in neither work "
        f"nor school, {idle.loc[last, 'men']:.0f} % of young men; working poverty peaks at {peak}",
        subtitle="Left: people aged 15–24 not in work, school or training, %. Right: employed "
        "people below the poverty line, %",
        sources=(source,),
        cols=2,
        height=3.7,
        note=f"The poverty lines of {base} and {now} are not one line." if moved else "",
    )
    for who, colour in SEX_COLOURS.items():
        value = idle.loc[last, who]
        left.plot(idle.index, idle[who], color=colour, marker="o", ms=3)
        label_end(left, last, value, f"{who} {value:.1f}", color=colour)
    left.set_ylim(0, idle.max().max() * 1.12)
    left.set_xticks([2008, 2014, 2020])
    left.set_title("Not in work, school or training")
    for year, colour in ((base, "#AAAAAA"), (now, PALETTE[0])):
        right.plot(range(jobs.shape[1]), jobs.loc[year], color=colour, marker="o", ms=3)
        label_end(right, jobs.shape[1] - 1, jobs.loc[year].iloc[-1], str(year), color=colour)
    right.set_xticks(range(jobs.shape[1]), jobs.columns, rotation=60, fontsize=7.5)
    right.set_ylim(0, jobs.loc[[base, now]].max().max() * 1.2)
    right.set_title("Working poor, by age")
    return Drawn(
        fig,
        "Young people outside work and school by sex, and working poverty by age.",
        f"Left: in {last}, {idle.loc[last, 'women']:.1f} % of women and "
        f"{idle.loc[last, 'men']:.1f} % of men aged 15 to 24 were not in work, school or "
        f"training. Right: working poverty by age in {base} and {now}, highest at {peak} with "
        f"{jobs.loc[now, peak]:.1f} % in {now}.",
        idle.join(jobs, how="outer").reset_index(),
        dict.fromkeys(idle, "young people outside work and school")
        | dict.fromkeys(jobs, "working poverty"),
    )


def education(school: Mapping[str, pd.DataFrame], source: Source) -> Drawn:
    """Draw three conditions by education, a line for each survey year.

    Parameters
    ----------
    school : dict
        Condition to a frame with index year and a column for each level, lowest first.
    source : dict
    """
    marriage = school["child_marriage"].iloc[-1].dropna()
    labour = school["child_labour"].iloc[-1].dropna()
    year = school["child_marriage"].index.max()
    fig, axes = canvas(
        title=f"Child marriage {_goes(marriage)} {marriage.iloc[0]:.0f} to "
        f"{marriage.iloc[-1]:.0f} % with a woman's schooling in {year}, child labour "
        f"{_goes(labour)} {labour.iloc[0]:.0f} to {labour.iloc[-1]:.0f} %",
        subtitle="Share of women or children concerned, %, by education",
        sources=(source,),
        cols=3,
        height=3.6,
        sharey=True,
    )
    for ax, (key, frame) in zip(axes, school.items(), strict=True):
        for when, row in frame.iterrows():
            at = [i for i, v in enumerate(row) if pd.notna(v)]
            kept = row.dropna()
            ax.plot(at, kept, color=SHADES[int(str(when))], marker="o", ms=4)
            label_end(
                ax,
                at[0],
                kept.iloc[0],
                str(when),
                color=SHADES[int(str(when))],
                dx=-6,
                ha="right",
            )
        ax.set_xlim(-1.1, frame.shape[1] - 0.6)
        names = [c.replace("secondary", "sec.").replace(" ", "\n") for c in frame.columns]
        # Two long words beside each other would touch: the last stands lower.
        names[-1] = names[-1] if "\n" in names[-1] else f"\n{names[-1]}"
        ax.set_xticks(range(frame.shape[1]), names, fontsize=7)
        ax.set_title(BY_SCHOOL[key], fontsize=8.5)
    axes[0].set_ylim(0)
    return Drawn(
        fig,
        "Three conditions by education, in survey years.",
        f"Three line charts by education. Child marriage goes from {marriage.iloc[0]:.1f} to "
        f"{marriage.iloc[-1]:.1f} % from the lowest to the highest level in {year}; child labour "
        f"goes from {labour.iloc[0]:.1f} to {labour.iloc[-1]:.1f} %.",
        pd.concat(school, names=["indicator"]).reset_index(),
    )


def women_and_men(sexes: Mapping[str, pd.DataFrame], source: Source) -> Drawn:
    """Draw the last value printed for women and for men, measure by measure.

    Parameters
    ----------
    sexes : dict
        Measure to a frame with index year, columns ``women`` and ``men``, per cent.
    source : dict
    """
    full = {k: f.dropna() for k, f in sexes.items() if len(f.dropna())}
    pairs = pd.DataFrame({k: f.iloc[-1] for k, f in full.items()}).T
    pairs = pairs.loc[(pairs["women"] - pairs["men"]).sort_values().index]
    poverty = abs(pairs.loc["poverty", "women"] - pairs.loc["poverty", "men"])
    lead = "P"
    if "employment" in pairs.index:
        jobs = pairs.loc["employment"]
        lead = f"{jobs['women']:.0f} % of women are employed, {jobs['men']:.0f} % of men; p"
    fig, ax = canvas(
        title=f"{lead}overty rates of the two differ by {poverty:.1f} points",
        subtitle="Rate of women and of men (girls and boys for children), %, last year printed",
        sources=(source,),
        height=3.9,
    )
    at = range(len(pairs))
    ax.hlines(at, pairs["women"], pairs["men"], color="#BBBBBB", lw=2)
    for who, colour in SEX_COLOURS.items():
        # The larger mark shows as a rim where both rates are the same.
        ax.plot(pairs[who], at, "o", color=colour, ms=8.5 if who == "women" else 5.5)
        label_end(
            ax, pairs[who].iloc[-1], len(pairs) - 1, who, color=colour, dx=0, dy=12, ha="center"
        )
    ax.set_yticks(at, [f"{BY_SEX[k]}, {full[k].index[-1]}" for k in pairs.index])
    ax.set_ylim(-0.6, len(pairs) - 0.2)
    ax.set_xlim(0)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    told = "; ".join(f"{BY_SEX[k]} {r.women:.1f} and {r.men:.1f} %" for k, r in pairs.iterrows())
    return Drawn(
        fig,
        "Women and men, measure by measure, last year printed.",
        f"Paired dots for women and men: {told}.",
        pairs.rename_axis("measure").reset_index(),
    )


def children(several: pd.DataFrame, labour: pd.DataFrame, source: Source) -> Drawn:
    """Draw children's and adults' multidimensional poverty, and child labour by age.

    Parameters
    ----------
    several : DataFrame
        Index year, with columns ``under 18 years old`` and ``18 to 64 years old``.
    labour : DataFrame
        Index survey year, a column for each age; the oldest group breaks in `BREAK_YEAR`.
    source : dict
    """
    child, adult = several["under 18 years old"], several["18 to 64 years old"]
    last = child.index.max()
    broken = BREAK_YEAR in labour.index
    fig, (left, right) = canvas(
        title=f"Children lack {'more' if child[last] > adult[last] else 'no more'} than adults: "
        f"{child[last]:.0f} % are poor in several dimensions in {last}, {adult[last]:.0f} % of "
        "adults",
        subtitle="Left: poor in several dimensions, %. Right: children in child labour, %, by age",
        sources=(source,),
        cols=2,
        height=3.6,
        note=f"Right: the value for ages {BROKEN_AGE} in {BREAK_YEAR} is a break in measurement "
        "and stands alone."
        if broken
        else "",
    )
    for values, name, colour in ((child, "under 18", PALETTE[3]), (adult, "18–64", PALETTE[0])):
        left.plot(values.index, values, color=colour, marker="o", ms=3)
        label_end(left, last, values[last], f"{name} {values[last]:.1f}", color=colour)
    left.set_ylim(0)
    left.set_title("Multidimensional poverty")
    nudge = {"5–11": 4.0, BROKEN_AGE: -4.0}
    for name, colour in zip(labour, (PALETTE[3], PALETTE[1], PALETTE[0]), strict=True):
        whole = labour[name]
        if name == BROKEN_AGE and broken:
            alone = float(whole[BREAK_YEAR])
            whole = whole.drop(BREAK_YEAR)
            right.plot(BREAK_YEAR, alone, "o", mfc="white", color=colour, ms=6)
            text = f"{name}: {alone:.1f} (break)"
            label_end(right, BREAK_YEAR, alone, text, color=colour, dx=-8, dy=8, ha="right")
        right.plot(whole.index, whole, color=colour, marker="o", ms=4)
        end = whole.index[-1]
        label_end(right, end, whole[end], name, color=colour, dy=nudge.get(name, 0))
    right.set_ylim(-1, labour.max().max() * 1.18)
    right.set_xticks(labour.index)
    right.set_xlim(labour.index.min() - 0.6, labour.index.max() + 2.2)
    right.set_title("Child labour")
    return Drawn(
        fig,
        "Children: poverty in several dimensions, and child labour by age.",
        f"Left: multidimensional poverty of children and adults, {child[last]:.1f} and "
        f"{adult[last]:.1f} % in {last}. Right: child labour by age in the survey years "
        f"{', '.join(str(y) for y in labour.index)}.",
        several.join(labour, how="outer").reset_index(),
    )


def steepest(
    gradients: Mapping[tuple[str, int], Gradient], school: Mapping[str, pd.DataFrame], year: int
) -> tuple[str, str] | None:
    """Name the condition and the order along which its ends differ most in a survey year.

    Parameters
    ----------
    gradients : dict
        As in `wealth`.
    school : dict
        As in `education`.
    year : int

    Returns
    -------
    tuple of str or None
        The largest difference in points, and the largest ratio.
    """
    ends = {
        f"{OUTCOMES[k].lower()} by wealth": (g.ends.first, g.ends.second)
        for (k, y), g in gradients.items()
        if y == year
    }
    for key, frame in school.items():
        row = frame.loc[year].dropna() if year in frame.index else pd.Series(dtype=float)
        if len(row) > 1:
            ends[f"{OUTCOMES[key].lower()} by education"] = (row.iloc[0], row.iloc[-1])
    ends = {name: pair for name, pair in ends.items() if pair[1] > 0}
    if not ends:
        return None
    return (
        max(ends, key=lambda name: ends[name][0] - ends[name][1]),
        max(ends, key=lambda name: ends[name][0] / ends[name][1]),
    )


def area_table(cells: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return conditions by area, ordered by the first; a dash where nothing is printed.

    Parameters
    ----------
    cells : dict
        Heading to the values by area, per cent.
    """
    grid = pd.DataFrame(cells).sort_values(next(iter(cells)), ascending=False)
    shown = grid.map(lambda v: "–" if pd.isna(v) else f"{v:.1f}")
    return shown.rename_axis("Area").reset_index()


def world(series: Mapping[str, pd.Series], sources: Sequence[Source]) -> Drawn:
    """Draw World Bank series that exist for any country: work by sex, international poverty.

    Parameters
    ----------
    series : dict
        ``youth_unemployment.women_pct`` and so on to year and per cent.
    sources : sequence of dict
    """
    women = series["youth_unemployment.women_pct"]
    men = series["youth_unemployment.men_pct"]
    poor = series["poverty.international_pct"]
    last = women.index.max()
    fig, axes = canvas(
        title=f"Modelled youth unemployment is {women[last]:.1f} % for women and "
        f"{men[last]:.1f} % for men in {last}",
        subtitle="Youth unemployment and vulnerable employment, % (modelled by the ILO); people "
        "below the lowest international poverty line, %",
        sources=sources,
        cols=3,
        height=3.1,
    )
    panels = {
        "youth_unemployment": "Youth unemployment",
        "vulnerable_employment": "Vulnerable employment",
    }
    for ax, (key, name) in zip(axes[:2], panels.items(), strict=True):
        both = [(w, series[f"{key}.{w}_pct"]) for w in ("women", "men")]
        both.sort(key=lambda item: float(item[1].iloc[-1]))
        for dy, (who, values) in zip((-5, 5), both, strict=True):
            colour, end = SEX_COLOURS[who], float(values.iloc[-1])
            ax.plot(values.index, values, color=colour, ls=(0, (4, 2)))
            label_end(ax, values.index[-1], end, f"{who} {end:.0f}", color=colour, dy=dy)
        ax.set_title(name)
    axes[2].plot(poor.index, poor, color=PALETTE[0], marker="o", ms=3)
    label_end(axes[2], poor.index[-1], poor.iloc[-1], f"{poor.iloc[-1]:.1f}")
    axes[2].set_title("International poverty")
    for ax in axes:
        ax.set_ylim(0)
        ax.set_xticks([2008, 2014, 2020])
    return Drawn(
        fig,
        "Youth unemployment, vulnerable employment and international poverty, comparable between "
        "countries; dashes: modelled.",
        f"Three charts. In {last} youth unemployment is {women[last]:.1f} % for women and "
        f"{men[last]:.1f} % for men; poverty at the lowest international line is "
        f"{poor.iloc[-1]:.1f} % in {poor.index[-1]}.",
        pd.DataFrame(series).rename_axis("year").reset_index(),
        {f"{key}.{who}_pct": name.lower() for key, name in panels.items() for who in SEX_COLOURS}
        | {"poverty.international_pct": "international poverty"},
    )


def _goes(values: pd.Series) -> str:
    return "falls from" if values.iloc[-1] < values.iloc[0] else "goes from"


def _year_labels(ax: Axes, ends: Mapping[int, float], step: float) -> None:
    """Write years beside the right ends of lines, at least `step` apart."""
    floor = float("-inf")
    for year, value in sorted(ends.items(), key=lambda item: item[1]):
        y = max(value, floor)
        floor = y + step
        ax.text(4.25, y, str(year), color=SHADES[year], fontsize=8, va="center")
