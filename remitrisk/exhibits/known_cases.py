"""Drawings and tables of the chapter on known cases: detected, repatriated, assisted people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from remitrisk.exhibits.drawn import Drawn
from remitrisk.exhibits.figures import MUTED, PALETTE, canvas, label_end
from remitrisk.methods.cases import (
    ABROAD,
    DESTINATIONS,
    REST,
    more,
    printed_years,
    seen_before,
    seen_in_same_years,
)
from remitrisk.methods.counts import CountBounds, Interval, garwood

Source = Mapping[str, str]
EDITIONS = {
    "undesa2019": "UN DESA, stock of 2019",
    "knomad2021": "KNOMAD, stock of 2021",
    "undesa2024": "UN DESA, stock of 2024",
}
EDITION_MARKS = {
    "undesa2019": ("#999999", "o"),
    "knomad2021": (PALETTE[1], "s"),
    "undesa2024": (PALETTE[0], "D"),
}
KINDS = {"assisted": "Assisted (synthetic records)", "repatriated": "Detected, repatriated"}
COUNTED_BY = {
    "citizenship": "Citizens detected, by detecting country",
    "repatriation": "Repatriated, by country",
}
LOG_TICKS = (1, 3, 10, 30, 100, 300, 1000)
WORDS = {
    "TakesEarnings": "Takes earnings",
    "FalsePromises": "False promises",
    "WithholdsNecessities": "Withholds necessities",
    "RestrictsMovement": "Restricts movement",
    "RestrictsMedicalCare": "No medical care",
    "ExcessiveWorkingHours": "Excessive hours",
    "PsychologicalAbuse": "Psychological abuse",
    "PhysicalAbuse": "Physical abuse",
    "WithholdsDocuments": "Withholds documents",
    "DebtBondage": "Debt bondage",
    "ThreatOfLawEnforce": "Threat of police",
    "SexualAbuse": "Sexual abuse",
    "DomesticWork": "Domestic work",
    "Female": "women",
    "Male": "men",
}
SAID = {
    "TakesEarnings": "taken earnings",
    "WithholdsNecessities": "withheld necessities",
    "RestrictsMovement": "restricted movement",
    "WithholdsDocuments": "withheld documents",
}
VARIABLES = {"gender": "Sex", "ageBroad": "Age"}


def plain(label: str) -> str:
    """Return the publisher's label as a reader would write it."""
    return WORDS.get(label, DESTINATIONS.get(label, label.replace("--", "–")))


def said(label: str) -> str:
    """Return the publisher's label of a means of control as a sentence names it."""
    return SAID.get(label, plain(label).lower())


def registers(
    counts: Mapping[str, Mapping[int, CountBounds]],
    sources: Sequence[Source],
    *,
    since: int | None,
    part: Mapping[str, Mapping[int, int]] | None = None,
) -> Drawn:
    """Draw detected people by year, a panel for each register, with exact intervals.

    Parameters
    ----------
    counts : dict
        Register to year and count.
    sources : sequence of dict
    since : int or None
        Also say in the title how many are the most since this year.
    part : dict, optional
        Register to years without a total, and what is printed of them.
    """
    part = {name: years for name, years in (part or {}).items() if years}
    frame = pd.DataFrame(
        {
            "register": name,
            "year": year,
            "low_count": c.low,
            "high_count": c.high,
            "low": garwood(c.low).low,
            "high": garwood(c.high).high,
        }
        for name, years in counts.items()
        for year, c in years.items()
    )
    least, most = frame["low_count"].min(), frame["high_count"].max()
    title = f"Between {least:,} and {most:,} people a year are detected"
    late = frame.loc[frame["year"].ge(since), "high_count"] if since else pd.Series(dtype=int)
    if len(late):
        title = f"No register counts more than {most:,} detected people in a year"
        title += f"; since {since} none more than {late.max()}"
    fig, axes = canvas(
        title=title,
        subtitle="People detected as trafficked in the country, national total of each year, "
        "logarithmic scale; bars: exact 95 % interval",
        sources=sources,
        cols=len(counts),
        height=3.5,
        note="Open mark: printed as fewer than five."
        + (" Diamond: citizens only, no total is printed." if part else ""),
        sharey=True,
        squeeze=False,
    )
    told = []
    for ax, (name, rows) in zip(axes.flat, frame.groupby("register", sort=False), strict=True):
        ax.vlines(rows["year"], rows["low"], rows["high"], color=PALETTE[0], alpha=0.35, lw=4)
        only = part.get(str(name), {})
        for year, count in only.items():
            ax.plot(year, count, "D", color=PALETTE[0], mfc="white", ms=5)
            label_end(ax, year, count, f"{count:,}", dx=0, dy=10, ha="center", va="center")
        for row in rows.itertuples():
            exact = row.low_count == row.high_count
            middle = (row.low_count * row.high_count) ** 0.5
            face = PALETTE[0] if exact else "white"
            ax.plot(row.year, middle, "o", color=PALETTE[0], mfc=face, ms=5)
            text = f"{row.low_count:,}" if exact else "<5"
            label_end(ax, row.year, row.high, text, dx=0, dy=6, ha="center", va="center")
        ax.set_yscale("log")
        ax.set_yticks(LOG_TICKS, [f"{t:,}" for t in LOG_TICKS])
        ax.minorticks_off()
        ax.set_title(str(name) if len(counts) > 1 else "")
        ax.set_xlim(frame["year"].min() - 0.8, frame["year"].max() + 0.8)
        told.append(
            f"{name} {rows['low_count'].min()} to {rows['high_count'].max()} people a year, "
            f"{rows['year'].min()} to {rows['year'].max()}"
            + "".join(f" (of {year} only citizens: {count})" for year, count in only.items())
        )
    axes.flat[0].set_ylim(max(0.45, frame["low"].min() / 1.5), frame["high"].max() * 1.8)
    return Drawn(
        fig,
        "People detected in the country, by register.",
        f"Dots with intervals, one panel for each register: {'; '.join(told)}.",
        frame,
    )


def abroad_title(table: pd.DataFrame, committee: pd.Series) -> str:
    """Return who detected how many, in the same years where both print them.

    Parameters
    ----------
    table : DataFrame
        As in `abroad`.
    committee : Series
        Year to people detected at home (National Statistical Committee).
    """
    late, before = seen_in_same_years(table, committee), seen_before(table)
    said = []
    if late is not None:
        there, counted, years = late
        listed = printed_years(years)
        said.append(
            f"from {listed[0]} to {listed[-1]} {ABROAD} detected {there.text} citizens in the "
            f"{len(listed)} years that it prints; in the same years {counted} people were "
            "detected at home"
        )
    if before is not None:
        other, home = before
        inside, outside = f"at home ({home.text})", f"abroad ({other.text})"
        which = f"about as many were detected {inside} as {outside}"
        if more(home, other):
            which = f"more were detected {inside} than {outside}"
        elif more(other, home):
            which = f"more were detected {outside} than {inside}"
        said.append(f"{'before, ' if said else ''}{which}")
    if not said:
        return "Citizens known to have been trafficked, by who detected or sent them home"
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}"


def abroad(table: pd.DataFrame, committee: pd.Series, sources: Sequence[Source]) -> Drawn:
    """Draw citizens detected at home and abroad, and repatriated, years and countries pooled.

    Parameters
    ----------
    table : DataFrame
        ``counted_by``, ``detecting_group``, ``first_year``, ``last_year``, ``years_printed``,
        ``low``, ``high``.
    committee : Series
        Year to people detected at home (National Statistical Committee); its sum over the years
        of the last period abroad stands beside that.
    sources : sequence of dict
    """
    names = table["detecting_group"].str.split(" (", regex=False).str[0]
    names = names.replace(
        {"Kyrgyzstan": "Kyrgyzstan, at home", "All other countries together": "All other countries"}
    )
    period = table["years_printed"].str.replace("-", "\u2013")
    shown = table.assign(name=names + ": " + period)
    late = seen_in_same_years(table, committee)
    if late is not None:
        _, here, years = late
        named = years.replace("-", "\u2013")
        row = {"counted_by": "citizenship", "low": here, "high": here}
        row["name"] = f"At home, Statistical Committee*: {named}"
        shown = pd.concat([shown, pd.DataFrame([row])], ignore_index=True)
    shown = shown.sort_values("low", kind="stable")
    fig, axes = canvas(
        title=abroad_title(table, committee),
        subtitle="Detected people (UNODC), years and countries pooled; lighter: what “fewer than "
        "five” leaves open",
        sources=sources,
        rows=2,
        height=4.3,
        note=("* Of any citizenship, in the same years. " if late is not None else "")
        + "Only the years named are printed. The two ways of counting overlap and are never added. "
        "Russia reports no detections by citizenship.",
        height_ratios=[sum(shown["counted_by"].eq(kind)) for kind in COUNTED_BY],
    )
    told = []
    for ax, (kind, head) in zip(axes, COUNTED_BY.items(), strict=True):
        part = shown.loc[shown["counted_by"].eq(kind)]
        at = range(len(part))
        colours = [PALETTE[5] if "*" in name else PALETTE[0] for name in part["name"]]
        ax.barh(at, part["high"], color=colours, alpha=0.35, height=0.6)
        ax.barh(at, part["low"], color=colours, height=0.6)
        for y, row in zip(at, part.itertuples(), strict=True):
            text = CountBounds(int(row.low), int(row.high)).text
            label_end(ax, row.high, y, text)
            told.append(f"{row.name.replace('*', '')}, {text}")
        ax.set_yticks(at, part["name"])
        ax.set_title(head)
        ax.set_xlim(0, shown["high"].max() * 1.12)
        ax.grid(visible=False, axis="y")
        ax.grid(visible=True, axis="x")
    return Drawn(
        fig,
        "Citizens of Kyrgyzstan detected at home and abroad, and repatriated, in the years that "
        "each country prints.",
        f"Bars of detected people: {'; '.join(told)}.",
        shown[["counted_by", "name", "low", "high"]],
    )


def assisted_title(where: pd.Series) -> str:
    """Return where assisted people were exploited most; `where` is in rising order."""
    if where.empty:
        return "What the records of assisted people say"
    share = where.iloc[-2:].sum() / where.sum()
    how = "mostly" if share > 0.5 else "most often"
    lead = " and ".join(plain(str(c)) for c in where.index[::-1][:2])
    return f"Where the country is recorded, assisted people were exploited {how} in {lead}"


def assisted(panels: Mapping[str, pd.Series], total: int, source: Source) -> Drawn:
    """Draw counts of assisted people, a panel for each variable.

    Parameters
    ----------
    panels : dict
        Heading to counts by class; the first is the country of exploitation if it is known.
    total : int
        Assisted people in the file.
    source : dict
    """
    ordered = {head: _rest_last(counts) for head, counts in panels.items()}
    where = ordered.get("Exploited in", pd.Series(dtype=float)).drop(REST, errors="ignore")
    tall = max(len(c) for c in ordered.values())
    fig, axes = canvas(
        title=assisted_title(where),
        subtitle=f"Assisted citizens, synthetic records, {total:,} in all; a person can stand "
        "under several means of control",
        sources=(source,),
        cols=len(ordered),
        height=1.7 + 0.21 * tall,
        note="A blank may be a no or a question not asked: counts are lower bounds.",
        squeeze=False,
    )
    for ax, (head, counts) in zip(axes.flat, ordered.items(), strict=True):
        colours = ["#BBBBBB" if c == REST else PALETTE[0] for c in counts.index]
        ax.barh(range(len(counts)), counts, color=colours, height=0.65)
        for y, count in enumerate(counts):
            label_end(ax, count, y, f"{count:,.0f}", dx=3)
        ax.set_yticks(range(len(counts)), [plain(str(c)) for c in counts.index], fontsize=7.5)
        ax.set_ylim(len(counts) - tall - 0.5, len(counts) - 0.5)
        ax.set_xlim(0, counts.max() * 1.35)
        ax.set_title(head, loc="right")
        ax.set_xticks([])
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        ax.spines["left"].set_bounds(-0.5, len(counts) - 0.5)
    told = [
        f"{head}: " + ", ".join(f"{plain(str(k))} {v:,.0f}" for k, v in counts[::-1].items()) + "."
        for head, counts in ordered.items()
    ]
    frame = pd.concat(ordered, names=["variable", "class"]).rename("persons").reset_index()
    return Drawn(
        fig,
        "Assisted citizens by country of exploitation, kind of work and means of control.",
        f"Bars of assisted citizens. {' '.join(told)}",
        frame.assign(**{"class": frame["class"].map(plain)}),
    )


def assisted_table(split: Mapping[str, pd.Series], total: int) -> pd.DataFrame:
    """Return assisted people by sex and age, with shares of all and of those recorded.

    Parameters
    ----------
    split : dict
        ``gender`` and ``ageBroad`` to counts by class, `REST` included.
    total : int
    """
    lines = []
    for variable, name in VARIABLES.items():
        counts = split.get(variable, pd.Series(dtype=float))
        stated = counts.drop(REST, errors="ignore").sum()
        for label, count in counts.items():
            lines.append(
                {
                    "Variable": name,
                    "Class": plain(str(label)),
                    "Assisted people": f"{count:,.0f}",
                    "% of all": f"{100 * count / total:.0f}",
                    "% of those recorded": "–" if label == REST else f"{100 * count / stated:.0f}",
                }
            )
    return pd.DataFrame(lines)


def rates_title(turkey: pd.Series) -> str:
    """Return how far Türkiye's rate moves between editions (index edition, one rate each)."""
    times = turkey.max() / turkey.min()
    moves = f"moves {times:.0f}-fold" if times >= 2 else f"differs by {100 * times - 100:.0f} %"
    lead = "Cases per migrant depend on who counts the migrants: " if times >= 2 else ""
    return f"{lead}Türkiye's rate {moves} between editions"


def rates(
    found: Mapping[str, pd.DataFrame],
    intervals: Mapping[tuple[str, str], Interval],
    sources: Sequence[Source],
) -> Drawn:
    """Draw cases per 10,000 migrants by destination, once for each edition of the stock.

    Parameters
    ----------
    found : dict
        ``assisted`` and ``repatriated`` to rates, index edition, a column for each destination.
    intervals : dict
        Edition and destination to the exact interval of the rate of the repatriated.
    sources : sequence of dict
    """
    order = ["RUS", "TUR", "KAZ"]
    fig, axes = canvas(
        title=rates_title(found["assisted"]["TUR"]),
        subtitle="Assisted and detected people of all years per 10,000 people born in Kyrgyzstan "
        "and living there, logarithmic scale",
        sources=sources,
        cols=2,
        height=3.9,
        note="Right: with exact 95 % intervals of the count. Neither is a rate per year.",
        sharey=True,
        sharex=True,
    )
    told = []
    for ax, (kind, head) in zip(axes, KINDS.items(), strict=True):
        for i, (edition, row) in enumerate(found[kind].iterrows()):
            at = [y + 0.28 * (1 - i) for y in range(len(order))]
            colour, mark = EDITION_MARKS[str(edition)]
            ax.plot(row[order], at, mark, color=colour, ms=6)
            if kind == "assisted":
                ink = colour if i else MUTED
                label_end(ax, row["RUS"], at[0], EDITIONS[str(edition)], color=ink, dx=9)
            else:
                for y, code in zip(at, order, strict=True):
                    span = intervals[str(edition), code]
                    ax.hlines(y, span.low, span.high, color=colour, lw=3, alpha=0.4)
            values = ", ".join(f"{DESTINATIONS[c]} {row[c]:.1f}" for c in order)
            told.append(f"{head}, {EDITIONS[str(edition)]}: {values}.")
        ax.set_xscale("log")
        ax.set_xticks(LOG_TICKS[1:], [f"{t:,}" for t in LOG_TICKS[1:]])
        ax.minorticks_off()
        ax.set_yticks(range(len(order)), [DESTINATIONS[c] for c in order])
        ax.set_ylim(-0.55, 2.55)
        ax.set_title(head)
        ax.grid(visible=True, axis="x")
    return Drawn(
        fig,
        "Recorded cases per 10,000 migrants by destination, for each edition of the migrant stock.",
        f"Dots by destination and edition. {' '.join(told)}",
        pd.concat(found, names=["kind", "edition"]).reset_index(),
    )


def _rest_last(counts: pd.Series) -> pd.Series:
    """Order classes by count from the smallest up, with `REST` first (drawn at the bottom)."""
    kept = counts.drop(REST, errors="ignore").sort_values()
    return pd.concat([counts.loc[counts.index.isin([REST])], kept])
