"""Titles, drawings and tables of the chapter on migrants and money transfers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from livingbrief.values.numbers import format_value
from remitrisk.exhibits.figures import MUTED, PALETTE, label_end, whole_years
from remitrisk.methods.migration import Spell, latest_run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PERIOD = ("period_start", "period_end")
EDITIONS = {
    "undesa2019": "UN DESA, edition of 2019",
    "knomad2021": "KNOMAD 2021",
    "undesa2024": "UN DESA, edition of 2024",
}
MODELS = {
    "knomad2021": "KNOMAD, 2021",
    "cgd2021": "CGD, 2021",
    "cgd2024": "CGD, 2024",
}
DEFINITIONS = {
    "old": ("transfer systems (old definition)", PALETTE[0]),
    "new": ("with cards and e-wallets (new definition)", PALETTE[1]),
}
COUNTERS = {
    "MFA": "Foreign Ministry of Kyrgyzstan",
    "Ministry of Labour": "Ministry of Labour of Kyrgyzstan",
    "FMS": "Federal Migration Service of Russia",
}
ORDINALS = ("first", "second", "third", "fourth")
SEASONS = {
    "february": "December to February",
    "may": "March to May",
    "august": "June to August",
    "november": "September to November",
}


def thousand(persons: float) -> str:
    """Return persons as "591,000"."""
    return format_value(round(persons, -3), 0)


def net_title(net: pd.Series, country: str) -> str:
    """Return which way the latest run of net migration points, and since when."""
    first, last = latest_run(net)
    when = f"in {last}" if first == last else f"in every year from {first} to {last}"
    if net[last] > 0:
        return f"By the model more people came to {country} than left {when}"
    return f"By the model more people left {country} than came {when}"


def draw_net(ax: Axes, net: pd.Series) -> None:
    """Draw net migration by year, thousand persons."""
    colours = [PALETTE[2] if v > 0 else PALETTE[0] for v in net]
    ax.bar(net.index, net / 1e3, color=colours, width=0.7)
    ax.axhline(0, color=MUTED, lw=0.8)
    for text, side, colour in (("more came", 1, PALETTE[2]), ("more left", -1, PALETTE[0])):
        if (side * net > 0).any():
            middle = side * (side * net).max() / 2e3
            label_end(ax, net.index[-1] + 0.4, middle, text, color=colour)
    whole_years(ax)
    ax.set_xlim(net.index[0] - 0.6, net.index[-1] + 3)


def stocks_title(table: pd.DataFrame, host: str, name: str) -> str:
    """Return how far the editions disagree about the host."""
    row = table.loc[host].dropna()
    low, high = row.min(), row.max()
    if low > 0.95 * high:
        return f"{name} holds about {thousand(high)} of the people who were born in the country"
    return (
        f"People born in the country who live in {name}: {thousand(low)} or {thousand(high)}, "
        "by the edition"
    )


def draw_stocks(
    ax: Axes, table: pd.DataFrame, name_of: Callable[[str], str], legend: bool = False
) -> None:
    """Draw stocks by destination, thousand persons, one bar for each edition."""
    height = 0.8 / table.shape[1]
    for i, edition in enumerate(table.columns):
        colour = (PALETTE[0], PALETTE[2], PALETTE[1])[list(EDITIONS).index(edition)]
        for place, value in enumerate(table[edition]):
            y = place + (i - (table.shape[1] - 1) / 2) * height
            listed = pd.notna(value)
            if listed:
                ax.barh(y, value / 1e3, height=height * 0.92, color=colour, lw=0)
            text = format_value(value / 1e3, 0 if value >= 1e4 else 1) if listed else "not listed"
            ax.annotate(
                text,
                (value / 1e3 if listed else 0, y),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
                color=colour,
            )
        if legend:
            ax.barh([0], [0], color=colour, label=EDITIONS[edition])
    ax.set_yticks(range(len(table)), [name_of(code) for code in table.index])
    ax.set_ylim(len(table) - 0.45, -0.55)
    ax.set_xlim(0, 1.22 * table.max(axis=None) / 1e3)
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    if legend:
        ax.legend(loc="lower right", fontsize=8)


def citizens(facts: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Return the rows of citizens counted in Russia, with counter and date.

    Parameters
    ----------
    facts : DataFrame
        Table ``press.facts``.
    last_year : int

    Returns
    -------
    DataFrame
        The table's columns with counter, and when: a decimal year, of a spell its middle, of a
        year without a date its beginning; ordered by counter and date.
    """
    rows = facts[(facts["system"] == "people") & (facts["direction"] == "stock")].copy()
    rows = rows[rows["period_start"].str[:4].astype(int) <= last_year]
    rows["counter"] = [
        next(name for key, name in COUNTERS.items() if by.startswith(key))
        for by in rows["attributed_to"]
    ]
    first, last = (rows[c].str[5:7].replace("", "1").astype(int) for c in PERIOD)
    dated = rows["period_start"].str.len() > 4
    middle = ((first + last - 1) / 24).where(dated, 0.0)
    rows["when"] = rows["period_start"].str[:4].astype(int) + middle
    return rows.sort_values(["counter", "when"])


def citizens_title(counts: pd.Series, host: str) -> str:
    """Return the peak and the last count of one counter."""
    peak, last = int(counts.idxmax()), int(counts.index.max())
    text = f"The Foreign Ministry counted {thousand(counts[peak])} citizens in {host} in {peak}"
    return text if peak == last else f"{text} and {thousand(counts[last])} in {last}"


def draw_citizens(ax: Axes, counts: pd.DataFrame) -> None:
    """Draw counts of citizens by date and counter, thousand persons; counters are not joined.

    Parameters
    ----------
    ax : Axes
    counts : DataFrame
        Columns when (decimal year), value (persons), counter; ordered by date.
    """
    styles = (("o", PALETTE[0]), ("s", PALETTE[1]), ("D", PALETTE[2]))

    def crowded(row: Any) -> bool:
        near = (counts["when"] - row.when).abs() < 0.5
        return bool((counts.loc[near, "value"] > row.value).any())

    for (counter, group), (marker, colour) in zip(
        counts.groupby("counter", sort=False), styles, strict=False
    ):
        ax.plot(
            group["when"], group["value"] / 1e3, marker, ls=":", lw=1, color=colour, label=counter
        )
        for row in group.itertuples():
            label_end(
                ax,
                row.when,
                row.value / 1e3,
                format_value(row.value / 1e3, 0),
                color=colour,
                dx=0,
                dy=-11 if crowded(row) else 9,
                ha="center",
            )
    ax.set_ylim(0, 1.2 * counts["value"].max() / 1e3)
    ax.set_xlim(counts["when"].min() - 0.5, counts["when"].max() + 0.6)
    ax.set_xticks(range(int(counts["when"].min()), int(counts["when"].max()) + 1))
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.legend(loc="lower left", fontsize=8)


def shares_title(modelled: pd.DataFrame, recorded: pd.DataFrame) -> str:
    """Return the ranges of the modelled and the recorded share of Russia."""
    parts = []
    for table, verb in ((modelled, "Models give"), (recorded, "operators recorded")):
        low, high = table["share_pct"].min(), table["share_pct"].max()
        if round(low) == round(high):
            parts.append(f"{verb} {high:.0f} %")
        else:
            parts.append(f"{verb} {low:.0f} to {high:.0f} %")
    return f"Russia’s share: {parts[0][0].lower()}{parts[0][1:]}, {parts[1]}"


def _percent_axis(ax: Axes) -> None:
    ax.set_ylim(0, 112)
    ax.set_yticks(range(0, 101, 20))


def draw_modelled(ax: Axes, shares: pd.DataFrame) -> None:
    """Draw modelled shares, percent, as bars that are told apart by model and year."""
    labels = [f"{by}\n{period}" for by, period in zip(shares["by"], shares["period"], strict=True)]
    places = range(len(shares))
    ax.bar(places, shares["share_pct"], width=0.5, color=PALETTE[5])
    for place, value in zip(places, shares["share_pct"], strict=True):
        label_end(ax, place, value, f"{value:.1f}", dx=0, dy=7, ha="center")
    ax.set_xticks(places, labels)
    ax.set_xlim(-0.6, len(shares) - 0.4)
    _percent_axis(ax)
    ax.set_title("Modelled")


def draw_recorded(ax: Axes, spells: pd.DataFrame) -> None:
    """Draw recorded shares, percent, over the months that each covers, by definition."""
    for definition, group in spells.groupby("definition", sort=False):
        label, colour = DEFINITIONS[str(definition)]
        for i, row in enumerate(group.itertuples()):
            span = [row.start.to_timestamp(how="start"), row.end.to_timestamp(how="end")]
            ax.plot(
                span, [row.share_pct] * 2, color=colour, lw=4, solid_capstyle="butt",
                label=label if i == 0 else None,
            )  # fmt: skip
    for row in spells.sort_values("end").drop_duplicates("start", keep="last").itertuples():
        middle = (
            row.start.to_timestamp(how="start")
            + (row.end.to_timestamp(how="end") - row.start.to_timestamp(how="start")) / 2
        )
        below = row.share_pct < 92
        label_end(
            ax, middle, row.share_pct, f"{row.share_pct:.1f}",
            color=DEFINITIONS[row.definition][1], dx=0, dy=-9 if below else 8, ha="center",
        )  # fmt: skip
    _percent_axis(ax)
    ax.set_title("Recorded by transfer operators")
    ax.legend(loc="lower left", fontsize=8)
    years = sorted({*spells["start"].dt.year, *spells["end"].dt.year})
    ticks = range(years[0], years[-1] + 2)
    ax.set_xticks([pd.Timestamp(y, 1, 1) for y in ticks], [str(y) for y in ticks])


def draw_recorded_years(ax: Axes, shares: pd.Series, host: str) -> None:
    """Draw the recorded share of one sending country by whole year, percent."""
    ax.plot(shares.index, shares, color=PALETTE[0], marker="o", ms=3.5)
    label_end(ax, shares.index[-1], shares.iloc[-1], host, color=PALETTE[0], dx=8)
    _percent_axis(ax)
    ax.set_xlim(shares.index[0] - 0.5, shares.index[-1] + 1.5)
    ax.xaxis.set_major_formatter("{x:.0f}")


def spells_table(spells: Sequence[Spell], year: int) -> pd.DataFrame:
    """Return months and parts of two years as a reader's table."""
    return pd.DataFrame(
        {
            "Months": [s.label for s in spells],
            f"{year - 1}": [format_value(s.before, 1) for s in spells],
            f"{year}": [format_value(s.after, 1) for s in spells],
            "Change, %": [format_value(s.change_pct, 1, sign=True) for s in spells],
        }
    )


def windows_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return three-month windows with their change on a year before, as a reader's table."""
    out = pd.DataFrame({"Three months": [SEASONS[str(name)] for name in table.index]})
    for year in table.columns:
        values = table[year]
        changes = 100 * (values / table[year - 1] - 1) if year - 1 in table else None
        cells = []
        for name, value in values.items():
            if pd.isna(value):
                cells.append("–")
            elif changes is None or pd.isna(changes[name]):
                cells.append(format_value(value, 1))
            else:
                cells.append(
                    f"{format_value(value, 1)} ({format_value(changes[name], 1, sign=True)} %)"
                )
        out[str(year)] = cells
    return out


def corridors_table(table: pd.DataFrame, name_of: Callable[[str], str]) -> pd.DataFrame:
    """Return modelled inflows by sending country as a reader's table."""
    out = pd.DataFrame({"Sending country": [name_of(code) for code in table.index]})
    for model in table.columns:
        out[MODELS[model]] = ["–" if pd.isna(v) else format_value(v, 0) for v in table[model]]
    return out


def month_span(start: str, end: str) -> str:
    """Return "January to March 2016", "2014" for a whole year, "May 2024" for one month."""
    first, last = pd.Period(start, "M"), pd.Period(end, "M")
    if (first.month, last.month, first.year) == (1, 12, last.year):
        return str(first.year)
    if first == last:
        return str(first.strftime("%B %Y"))
    return f"{first.strftime('%B')} to {last.strftime('%B %Y')}"


def month_name(period: str) -> str:
    """Return the month of ``2022-03`` as part of a key: ``march``."""
    return str(pd.Period(period, "M").strftime("%B")).lower()


def quarter_words(quarter: str) -> str:
    """Return ``2020Q3`` as "third quarter of 2020"."""
    return f"{ORDINALS[int(quarter[-1]) - 1]} quarter of {quarter[:4]}"


def twice_table(both: pd.DataFrame) -> pd.DataFrame:
    """Return the flow from Russia as each side counted it, as a reader's table."""
    spans = zip(both["period_start"], both["period_end"], strict=True)
    return pd.DataFrame(
        {
            "Period": [month_span(start, end) for start, end in spans],
            "Counted in Kyrgyzstan": [format_value(v, 1) for v in both["home_usd_mn"]],
            "By": [
                "National Bank" if name == "NBKR" else name.removesuffix(" Kyrgyzstan")
                for name in both["home_by"]
            ],
            "Counted by the Bank of Russia": [format_value(v, 1) for v in both["russia_usd_mn"]],
            "Channels": [
                "all" if "all channels" in c else "transfer operators" for c in both["concept"]
            ],
        }
    )


def abroad_table(
    table: pd.DataFrame,
    years: Mapping[str, int],
    context: pd.DataFrame,
    official: pd.DataFrame,
    population: pd.Series,
) -> pd.DataFrame:
    """Return every count of people abroad as a reader's table.

    Parameters
    ----------
    table : DataFrame
        Stocks: destinations by edition.
    years : mapping
        The year of each edition.
    context, official : DataFrame
        Tables ``context.facts`` and ``kyrgyzstan.official_counts``, up to the edition's last year.
    population : Series
        Population at home by year.
    """
    rows = [
        (
            EDITIONS[e],
            "born in the country",
            years[e],
            table[e].sum(),
            f"{table[e].count()} destinations",
        )
        for e in table
    ]
    for row in context.itertuples():
        if row.indicator == "census_citizens_abroad":
            rows.append(("Census, by the press", "citizens", row.ref_year, row.value, "more than"))
        elif row.indicator.endswith("emigrants_abroad"):
            edition = f"round {row.indicator.split('_r')[1][0]}"
            who = "IOM, Baseline Mobility Assessment"
            rows.append((who, "emigrants", row.ref_year, row.value, edition))
    for row in official[official["measure"] == "kg_labour_migrants_abroad"].itertuples():
        rows.append(
            ("Government, to the ILO", "labour migrants", row.first_year, row.value, "more than")
        )
    rows.sort(key=lambda r: int(r[2]))
    return pd.DataFrame(
        [
            (
                who,
                whom,
                str(year),
                format_value(n, 0),
                f"{100 * n / population[int(year)]:.1f}" if int(year) in population else "–",
                note,
            )
            for who, whom, year, n, note in rows
        ],
        columns=["Who counts", "Whom", "Year", "People", "% of population", "Remark"],
    )


def movements_table(facts: pd.DataFrame, balance: pd.Series, last_year: int) -> pd.DataFrame:
    """Return entries, registrations and long-term moves as a reader's table."""
    flows = facts[(facts["system"] == "people") & (facts["direction"] == "flow")]
    flows = flows[flows["period_start"].str[:4].astype(int) <= last_year]
    rows = [
        (
            row.period_end,
            month_span(row.period_start, row.period_end),
            row.concept.removeprefix("Kyrgyz ").replace("/", " or "),
            row.attributed_to.replace("MVD Russia", "Interior Ministry of Russia").replace(
                "MVD via", "Interior Ministry, through the"
            ),
            format_value(row.value, 0),
        )
        for row in flows.itertuples()
    ]
    rows += [
        (
            f"{year}-06",
            f"January to June {year}",
            "long-term arrivals less departures",
            "Rosstat",
            format_value(value, 0, sign=True),
        )
        for year, value in balance.items()
        if year <= last_year
    ]
    rows.sort(key=lambda r: r[0])
    return pd.DataFrame([r[1:] for r in rows], columns=["Months", "What", "Who", "Number"])
