"""Titles, descriptions and drawings of the chapter on remittance dependence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from livingbrief.data.datasets import in_words, years_in_words
from livingbrief.values.numbers import format_value
from remitrisk.exhibits.figures import MUTED, PALETTE, label_end
from remitrisk.methods.dependence import Strip, percent_changes, printed_growth, value_change

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from livingbrief.data.access import AnnualSeries, Data
    from livingbrief.run.notebook import Notebook

Sources = Sequence[Mapping[str, str]]
CURRENCIES = {
    "ARM": "dram",
    "AZE": "manat",
    "GEO": "lari",
    "KAZ": "tenge",
    "KGZ": "som",
    "MDA": "lei",
    "RUS": "rubles",
    "TJK": "somoni",
    "UKR": "hryvnia",
    "UZB": "sum",
}
RUBLE_MONTHS = {
    "feb_mar_2022": ("2022-02", "2022-03"),
    "jan_2022_may_2023": ("2022-01", "2023-05"),
}
VINTAGES = ("2021-08-03", "2023-05-10", "2026-04-01")


def measure_labels(country: str, host: str) -> dict[str, str]:
    """Return what a reader calls each measure."""
    own = CURRENCIES.get(country, "own currency")
    return {
        "gross_usd": "gross dollars",
        "net_usd": "net dollars",
        "rub": CURRENCIES.get(host, "host’s currency"),
        "som": own,
        "real_som": f"real {own}",
        "real_som_head": f"real {own} a head",
        "share": "share of GDP",
    }


def level_title(gross: pd.Series, country: str) -> str:
    """Return the finding of the level figure: where the record stands."""
    peak, last = int(gross.idxmax()), int(gross.index.max())
    high = format_value(gross[peak] / 1e9, 1)
    if peak == last:
        return f"The gross inflow to {country} is at its highest in {last}, US$ {high} billion"
    return (
        f"The gross inflow to {country} peaked in {peak} at US$ {high} billion; "
        f"in {last} it was {format_value(gross[last] / 1e9, 1)}"
    )


def share_title(share: pd.Series, country: str) -> str:
    """Return the finding of the share figure: peak and latest."""
    share = share.dropna()
    peak, last = int(share.idxmax()), int(share.index.max())
    return f"Remittances peaked at {share[peak]:.0f} % of {country}’s GDP in {peak}" + (
        f" and stood at {share[last]:.0f} % in {last}" if last != peak else ""
    )


def measures_title(growth: pd.DataFrame, years: Sequence[int]) -> str:
    """Return whether the measures agree on the direction of change in each year."""
    by_word: dict[str, list[str]] = {}
    for year in years:
        signs = {bool(v > 0) for v in growth.loc[year].dropna() if abs(v) >= 0.05}
        by_word.setdefault("disagree" if len(signs) > 1 else "agree", []).append(f"in {year}")
    text = "; ".join(f"{' and '.join(when)} the measures {w}" for w, when in by_word.items())
    return f"Did remittances fall? {text[0].upper()}{text[1:]}"


def ruble_title(change: pd.Series) -> str:
    """Return how the ruble moved in 2022 and in the year after, on annual averages."""
    said = [
        f"{'gained' if change[y] > 0 else 'lost'} {abs(change[y]):.0f} % in {y}"
        for y in (2022, 2023)
        if y in change.index
    ]
    if not said:
        return "The ruble’s value in dollars moves by a tenth or more in many years"
    return f"On annual averages the ruble {' and '.join(said)}"


def withdrawn_words(gross: AnnualSeries, gone: Mapping[int, str], vintage: str) -> tuple[str, str]:
    """Return what a vintage withdrew of the inflow, and what that means for this report.

    Parameters
    ----------
    gross : AnnualSeries
    gone : mapping
        Withdrawn year to the last vintage that printed it.
    vintage : str
        The edition's vintage.
    """
    before = " and ".join(map(in_words, sorted(set(gone.values()))))
    now = in_words(vintage)
    if set(gone) >= set(gross.values.index):
        return (
            f"remittances received in the vintage of {now}",
            f"The World Bank withdrew the series; its figures here are those of the vintage of "
            f"{in_words(gross.vintage)}, the last that printed it.",
        )
    return (
        f"remittances received in {years_in_words(gone)}",
        f"The World Bank withdrew them: its vintage of {now} no longer prints them, that of "
        f"{before} did. Withdrawn is not zero: the figure of levels marks them as last printed, "
        "and no number stands on them.",
    )


def last_printed(printed: pd.DataFrame, gone: Mapping[int, str]) -> pd.Series:
    """Return the withdrawn years as the last vintage that had them printed them, US$."""
    rows = printed.set_index(["year", "vintage"])["value"]
    values = {year: float(rows.loc[(year, vintage)]) for year, vintage in gone.items()}
    return pd.Series(values, dtype=float, name="withdrawn_usd").rename_axis("year")


def draw_withdrawn(ax: Axes, values: pd.Series) -> None:
    """Mark withdrawn years with crosses beside the line, the last one labelled."""
    ax.plot(values.index, values, ls="none", marker="x", ms=6, mew=1.5, color=MUTED, zorder=4)
    label_end(ax, values.index[-1], values.iloc[-1], "Withdrawn", color=MUTED, dx=8, dy=-2)


def describe_withdrawn(values: pd.Series) -> str:
    """Return alternative text for the crosses of withdrawn years, empty if there are none."""
    if values.empty:
        return ""
    texts = ", ".join(f"{year} {value / 1e9:.1f}" for year, value in values.items())
    return f" Crosses mark withdrawn figures of the gross inflow: {texts}."


def describe_levels(flows: pd.DataFrame, first: int, last: int, country: str) -> str:
    """Return alternative text for the level figure."""
    net = flows["net_usd"].dropna().loc[first:]
    text = (
        f"Line chart of remittances to {country}, {first} to {last}, in US$ billion. Gross inflow "
        f"from {flows.loc[first, 'gross_usd'] / 1e9:.1f} to "
        f"{flows.loc[last, 'gross_usd'] / 1e9:.1f}."
    )
    if not net.empty:
        end = int(net.index.max())
        text += f" Net inflow ends in {end} at {net[end] / 1e9:.1f}."
    return text


def describe_share(share: pd.Series, country: str) -> str:
    """Return alternative text for the share figure."""
    share = share.dropna()
    return (
        f"Line chart of remittances as a share of {country}’s GDP: "
        + ", ".join(f"{year} {value:.1f} %" for year, value in share.items())
        + "."
    )


def describe_strips(strips: Sequence[Strip]) -> str:
    """Return alternative text for the revision strip."""
    texts = []
    for strip in strips:
        for year in strip.table.columns:
            line = strip.table[year].dropna()
            if len(line) > 1 and not np.isclose(line.iloc[0], line.iloc[-1]):
                texts.append(
                    f"{strip.label} of {year} from {line.iloc[0]:.1f} to {line.iloc[-1]:.1f}"
                )
    return "Lines of figures by vintage, one line for each year. Revised: " + "; ".join(texts) + "."


def draw_strip(ax: Axes, strip: Strip) -> None:
    """Draw one indicator by vintage, a line for each year of reference, labelled at its end."""
    table = strip.table
    dates = pd.to_datetime(pd.Index(table.index))
    ends = []
    for i, year in enumerate(table.columns):
        line = table[year]
        known = line.notna().to_numpy()
        colour = PALETTE[i % len(PALETTE)]
        ax.step(dates[known], line[known], where="post", color=colour, lw=1.5)
        ax.plot(dates[known], line[known], ls="none", marker="o", ms=3, color=colour)
        ends.append((dates[known][-1], float(line[known].iloc[-1]), str(year), colour))
    low, high = ax.get_ylim()
    gap = (high - low) * 0.085
    spread = spread_labels([e[1] for e in ends], gap)
    right = max(e[0] for e in ends)
    for (_, value, text, colour), y in zip(ends, spread, strict=True):
        del value
        label_end(ax, right, y, text, color=colour, dx=8)
    ax.set_title(f"{strip.label}, {strip.unit}")
    ax.margins(x=0.02)


def spread_labels(values: Sequence[float], gap: float) -> list[float]:
    """Return label positions in the order of `values`, moved apart to at least `gap`."""
    order = np.argsort(values)
    placed = np.array(values, dtype=float)[order]
    for _ in range(200):
        close = np.diff(placed) < gap
        if not close.any():
            break
        for i in np.flatnonzero(close):
            push = (gap - (placed[i + 1] - placed[i])) / 2 + 1e-9
            placed[i] -= push
            placed[i + 1] += push
    out = np.empty_like(placed)
    out[order] = placed
    return [float(v) for v in out]


def revisions_title(strips: Sequence[Strip]) -> str:
    """Return how many years had their figure changed from one vintage to the next."""
    label, table = strips[0].label, strips[0].table
    lines = [table[year].dropna() for year in table.columns]
    seen = [line for line in lines if len(line) > 1]
    moved = sum(not np.allclose(line, line.iloc[0]) for line in seen)
    if not moved:
        return f"{label}: no year changed its figure from one vintage to the next"
    return (
        f"{label}: {moved} of {len(seen)} years changed their figure from one vintage to the next"
    )


def strip_data(strips: Sequence[Strip]) -> pd.DataFrame:
    """Return the revision strip in long form."""
    parts = [
        s.table.reset_index()
        .melt(id_vars="vintage", var_name="year", value_name="value")
        .dropna()
        .assign(indicator=s.label, unit=s.unit)
        for s in strips
    ]
    return pd.concat(parts, ignore_index=True)


def vintage_span(printed: Mapping[str, pd.DataFrame]) -> str:
    """Return "vintages 2021-02-17 to 2026-04-01"."""
    dates = sorted({v for rows in printed.values() for v in rows["vintage"]})
    return f"vintages {dates[0]} to {dates[-1]}"


def rank_table(ranking: pd.DataFrame, status: pd.Series) -> pd.DataFrame:
    """Return the rank by year as a reader's table."""
    return pd.DataFrame(
        {
            "Year": [str(y) for y in ranking.index],
            "Share of GDP, %": [f"{v:.1f}" for v in ranking["pct_gdp"]],
            "Rank": [str(v) for v in ranking["rank"]],
            "Economies": [str(v) for v in ranking["economies"]],
            "Inflow is": [
                "an estimate" if status.get(y) == "estimate" else "final" for y in ranking.index
            ],
        }
    )


def record_flow(
    nb: Notebook, name: str, flow: pd.Series, status: pd.Series, sources: Sources, first: int
) -> None:
    """Record level (US$ million) and growth (percent) of a dollar flow."""
    flow = flow.dropna()
    change = percent_changes(flow)
    for year in flow.index[flow.index >= first]:
        kind = str(status.get(year, "final"))
        nb.number(
            f"remittances.{name}.usd_mn.{year}",
            flow[year] / 1e6,
            status=kind,
            sources=sources,
        )
        if year in change.index:
            nb.number(
                f"remittances.{name}.growth_pct.{year}",
                change[year],
                status=status_of_change(status, year),
                sources=sources,
            )
        elif year - 1 in flow.index:
            # Both years are printed, and the first is not positive.
            nb.missing(f"remittances.{name}.growth_pct.{year}", "no_data")


def record_shares(
    nb: Notebook,
    share: AnnualSeries,
    flows: pd.DataFrame,
    gdp: AnnualSeries,
    status: Mapping[str, pd.Series],
    first: int,
) -> None:
    """Record gross, net and paid remittances as shares of GDP, percent."""
    for year, value in share.values.dropna().loc[first:].items():
        nb.number(
            f"remittances.gross.pct_gdp.{year}",
            value,
            status=str(share.status.get(year, "final")),
            sources=[share.source],
        )
    paid = flows["gross_usd"] - flows["net_usd"]
    for name, flow in (("net", flows["net_usd"]), ("outflow", paid)):
        ratio = (100 * flow / gdp.values).dropna().loc[first:]
        for year, value in ratio.items():
            nb.number(
                f"remittances.{name}.pct_gdp.{year}",
                value,
                status=str(status["net_usd"].get(year, "final")),
                sources=[gdp.source],
            )


def record_currency(
    nb: Notebook, name: str, flow: pd.Series, status: pd.Series, sources: Sources, first: int
) -> None:
    """Record the inflow in another currency (billion) and its growth (percent)."""
    flow = flow.dropna()
    change = percent_changes(flow)
    for year in flow.index[flow.index >= first]:
        nb.number(
            f"remittances.{name}.bn.{year}",
            flow[year] / 1e9,
            status=str(status.get(year, "final")),
            sources=sources,
        )
        if year in change.index:
            nb.number(
                f"remittances.{name}.growth_pct.{year}",
                change[year],
                status=status_of_change(status, year),
                sources=sources,
            )


def record_real(
    nb: Notebook, name: str, flow: pd.Series, status: pd.Series, sources: Sources, first: int
) -> None:
    """Record the change on the year before of an inflow net of prices, percent."""
    change = percent_changes(flow).dropna()
    for year in change.index[change.index >= first]:
        nb.number(
            f"remittances.{name}.growth_pct.{year}",
            change[year],
            status=status_of_change(status, year),
            sources=each_once(sources),
        )


def each_once(sources: Sources) -> list[Mapping[str, str]]:
    """Return sources without repetition, in their order."""
    return [s for i, s in enumerate(sources) if s not in sources[:i]]


def record_rank(
    nb: Notebook, ranking: pd.DataFrame, status: pd.Series, sources: Sources, first: int
) -> None:
    """Record the rank by share of GDP and the number of economies ranked."""
    for year, row in ranking.loc[first:].iterrows():
        kind = str(status.get(year, "final"))
        nb.number(
            f"remittances.rank_pct_gdp.{year}",
            int(row["rank"]),
            status=kind,
            sources=sources,
        )
        nb.number(
            f"remittances.ranked_economies.{year}",
            int(row["economies"]),
            status=kind,
            sources=sources,
        )


def record_gdp(nb: Notebook, gdp: AnnualSeries, first: int) -> None:
    """Record GDP (US$ billion) and its change in dollars (percent)."""
    values = gdp.values.dropna()
    change = percent_changes(values)
    for year in values.index[values.index >= first]:
        nb.number(f"gdp.usd_bn.{year}", values[year] / 1e9, sources=[gdp.source])
        if year in change.index:
            nb.number(f"gdp.usd_growth_pct.{year}", change[year], sources=[gdp.source])


def record_ruble(nb: Notebook, rate: AnnualSeries, first: int) -> None:
    """Record rubles per dollar and the change of the ruble's value (percent)."""
    values = rate.values.dropna()
    change = value_change(values)
    for year in values.index[values.index >= first]:
        nb.number(f"ruble.per_usd.{year}", values[year], sources=[rate.source])
        if year in change.index:
            nb.number(f"ruble.value_change_pct.{year}", change[year], sources=[rate.source])


def record_ruble_months(nb: Notebook, data: Data) -> None:
    """Record the ruble's change between two months of 2022 and 2023 on monthly averages.

    The first pair is the first weeks of the war; the second joins the last full month before it
    to the last one before the brief appeared, which its reader could know.
    """
    months = data.table("centralbanks.highfreq")
    months = months[months["series_id"] == "fx_rub_per_usd_avg_spliced"].set_index("period")
    for name, pair in RUBLE_MONTHS.items():
        if data.last_year >= 2022 and set(pair) <= set(months.index):
            before, after = (float(months.loc[m, "value"]) for m in pair)
            nb.number(
                f"ruble.value_change_{name}_pct",
                100 * (before / after - 1),
                sources=[data.source("centralbanks.highfreq")],
            )


def record_series(nb: Notebook, stem: str, series: AnnualSeries, first: int) -> None:
    """Record a yearly series under ``stem.year``."""
    for year, value in series.values.dropna().loc[first:].items():
        nb.number(f"{stem}.{year}", value, sources=[series.source])


def status_of_change(status: pd.Series, year: int) -> str:
    """Return ``estimate`` if either year of a change is one, else ``final``."""
    pair = {str(status.get(y, "final")) for y in (year - 1, year)}
    return "estimate" if "estimate" in pair else "final"


def changed_status(status: Mapping[str, pd.Series], years: Sequence[int]) -> dict[str, pd.Series]:
    """Return the maturity of each measure's change, by year."""
    return {
        name: pd.Series({year: status_of_change(series, year) for year in years})
        for name, series in status.items()
    }


def record_revisions(
    nb: Notebook, printed: pd.DataFrame, source: Mapping[str, str], last_year: int
) -> None:
    """Record the inflow and its change as printed in three telling vintages."""
    for vintage in VINTAGES:
        rows = printed[(printed["vintage"] == vintage) & printed["year"].between(2018, last_year)]
        label = f"v{vintage.replace('-', '_')}"
        named: list[dict[str, Any]] = [{"source": source["source"], "vintage": vintage}]
        if vintage != VINTAGES[-1]:
            for row in rows.itertuples():
                nb.number(
                    f"revisions.inflow_usd_mn.{label}.{row.year}",
                    float(row.value) / 1e6,
                    status=row.status,
                    sources=named,
                )
        status = rows.set_index("year")["status"]
        for year, value in printed_growth(printed, vintage).items():
            if 2018 <= int(str(year)) <= last_year:
                nb.number(
                    f"revisions.inflow_growth_pct.{label}.{year}",
                    value,
                    status=status_of_change(status, int(str(year))),
                    sources=named,
                )


def record_valued(
    nb: Notebook,
    printed: pd.DataFrame,
    source: Mapping[str, str],
    prices: Mapping[str, AnnualSeries],
    last_year: int,
) -> None:
    """Record the change that a reader of the brief could compute from the inflow of its vintage.

    Exchange rates and consumer prices are not revised once they are out: with them the printed
    dollars could be valued in the host's currency, in the country's own, and net of its prices.

    Parameters
    ----------
    printed : DataFrame
        Inflow by vintage.
    source : dict
        Of the inflow.
    prices : mapping
        ``host`` and ``home`` (units per dollar) and ``consumer`` (yearly change of prices, per
        cent), as far as they are at hand.
    last_year : int
    """
    vintage = VINTAGES[1]
    dollars = 1 + printed_growth(printed, vintage) / 100
    status = printed[printed["vintage"] == vintage].set_index("year")["status"]
    rise = {k: s.values / s.values.shift(1) for k, s in prices.items() if k != "consumer"}
    if "consumer" in prices:
        rise["consumer"] = 1 + prices["consumer"].values / 100
    valued = {}
    if "host" in rise:
        valued["rub"] = (dollars * rise["host"], ["host"])
    if "home" in rise:
        valued["som"] = (dollars * rise["home"], ["home"])
        if "consumer" in rise:
            real = dollars * rise["home"] / rise["consumer"]
            valued["real_som"] = (real, ["home", "consumer"])
    named = {"source": source["source"], "vintage": vintage}
    for name, (factor, used) in valued.items():
        for year, value in factor.dropna().items():
            if 2018 <= int(str(year)) <= last_year:
                nb.number(
                    f"revisions.inflow_{name}_growth_pct.v{vintage.replace('-', '_')}.{year}",
                    100 * (value - 1),
                    status=status_of_change(status, int(str(year))),
                    sources=[named, *(prices[k].source for k in used)],
                )
