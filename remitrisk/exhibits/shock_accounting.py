"""Titles, drawings, tables and records of the chapter on shock accounting."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from remitrisk.analysis.accounting import (
    MEASURES,
    InflowDecomposition,
    ShareDecomposition,
    decompose_inflow,
    decompose_share,
    percent_changes,
)
from remitrisk.exhibits.figures import MUTED, PALETTE, label_end
from remitrisk.exhibits.measures import POINTS, bar, bare
from remitrisk.exhibits.numbers import format_value
from remitrisk.exhibits.remittances import each_once, spread_labels, status_of_change

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from remitrisk.notebook import Notebook

Sources = Sequence[Mapping[str, str]]
STEMS = {name: f"{name}_pp" if name in POINTS else f"{name}_pct" for name in MEASURES}
#: The last year before the war, from which what has happened since is counted.
BEFORE = 2021
SHARE_PARTS = {
    "inflow_log": "Gross dollar inflow",
    "real_growth_log": "Real growth of GDP",
    "deflator_log": "Domestic prices (deflator)",
    "exchange_rate_log": "Price of the dollar",
    "share_log": "Sum: share of GDP",
}
INFLOW_PARTS = {
    "ruble_amount_log": "Amount in host currency",
    "exchange_rate_log": "Dollar price of host currency",
    "inflow_log": "Sum: gross dollar inflow",
}


def changed_status(status: Mapping[str, pd.Series], years: Sequence[int]) -> dict[str, pd.Series]:
    """Return the maturity of each measure's change, by year."""
    return {
        name: pd.Series({year: status_of_change(series, year) for year in years})
        for name, series in status.items()
    }


def disagreeing(growth: pd.DataFrame) -> list[int]:
    """Return the years in which measures point in opposite directions."""
    moved = growth.where(growth.abs() >= 0.05)
    return [int(y) for y in growth.index if (moved.loc[y] > 0).any() and (moved.loc[y] < 0).any()]


def changes_title(growth: pd.DataFrame) -> str:
    """Return the finding of the figure of changes: how often the measures disagree."""
    years = disagreeing(growth)
    if not years:
        return "In these shock years all measures of remittances moved the same way"
    if len(years) == len(growth):
        return "In none of these shock years do all measures of remittances move the same way"
    return "Whether remittances fell depends on the measure in " + _listed(years)


def share_title(parts: pd.DataFrame) -> str:
    """Return in which falls of the share GDP in dollars did more than the inflow."""
    falls = parts[parts["share_log"] < 0]
    if falls.empty:
        return "Remittances’ share of GDP fell in none of these shock years"
    own = falls["inflow_log"]
    years = [int(y) for y in falls.index[falls["share_log"] - own < own]]
    if not years:
        return "Whenever the share of GDP fell, the inflow did more to lower it than GDP in dollars"
    return f"In {_listed(years)} GDP in dollars did more than the inflow to lower the share"


def inflow_title(parts: pd.DataFrame, host_money: str, real: pd.Series | None = None) -> str:
    """Return in how many falls of the dollar inflow the amount in host currency rose.

    Parameters
    ----------
    parts : DataFrame
        From `inflow_frame`.
    host_money : str
    real : Series, optional
        Year to the change of that amount net of consumer prices where it was earned, per cent.
    """
    falls = parts[parts["inflow_log"] < 0]
    if falls.empty:
        return "The gross dollar inflow fell in none of these shock years"
    years = [int(y) for y in falls.index[falls["ruble_amount_log"] > 0]]
    if not years:
        text = f"When the dollar inflow fell, the amount in {host_money} fell as well"
    elif len(years) == len(falls):
        text = f"Each time fewer dollars arrived, the amount in {host_money} rose"
    else:
        text = f"In {_listed(years)} fewer dollars arrived although the amount in {host_money} rose"
    if not years or real is None or real.reindex(years).isna().any():
        return text
    below = [y for y in years if real[y] <= 0]
    if not below:
        return f"{text}, also net of prices there"
    if len(below) == len(years):
        return f"{text}, but not net of prices there"
    return f"{text}; net of prices there it did not in {_listed(below)}"


def real_amount(parts: pd.DataFrame, prices_pct: pd.Series) -> pd.Series:
    """Return the change of the amount in host currency net of consumer prices there, per cent.

    Parameters
    ----------
    parts : DataFrame
        From `inflow_frame`.
    prices_pct : Series
        Year to the change of the host's consumer prices, per cent.
    """
    rise = 1 + prices_pct.reindex(parts.index) / 100
    return (100 * (np.exp(parts["ruble_amount_log"]) / rise - 1)).dropna()


def real_note(real: pd.Series, host_money: str) -> str:
    """Return the note of the figure that gives the real amount of each year."""
    if real.empty:
        return ""
    texts = "; ".join(f"{y} {format_value(v, 1, sign=True)} %" for y, v in real.items())
    return f"Amount in {host_money} net of consumer prices there: {texts}."


def vintages_title(table: pd.DataFrame) -> str:
    """Return for which shock years the sign of the change depends on the vintage."""
    signs = table.groupby("year")["percent"].agg(lambda v: (v > 0).any() and (v < 0).any())
    years = [int(y) for y in signs.index[signs]]
    if not years:
        return "The direction of change in each shock year is the same in every vintage"
    return f"Whether the gross dollar inflow fell in {_listed(years)} depends on the vintage"


def share_frame(
    years: Sequence[int],
    gross: pd.Series,
    gdp: pd.Series,
    growth: pd.Series,
    rate: pd.Series,
    deflator: pd.Series | None,
) -> tuple[pd.DataFrame, dict[int, str]]:
    """Decompose the share for each year; return the parts, and why a year has none.

    Returns
    -------
    tuple of DataFrame and dict
        Years by `ShareDecomposition` attributes; year to message.
    """
    found: dict[int, ShareDecomposition] = {}
    lacking: dict[int, str] = {}
    for year in years:
        try:
            found[year] = decompose_share(
                gross, gdp, growth, rate, year=year, published_deflator_pct=deflator
            )
        except ValueError as error:
            lacking[year] = str(error)
    columns = [*SHARE_PARTS, "published_deflator_distance", "remainder"]
    rows = {year: [getattr(part, c) for c in columns] for year, part in found.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns), lacking


def inflow_frame(
    years: Sequence[int], gross: pd.Series, rate: pd.Series
) -> tuple[pd.DataFrame, dict[int, str]]:
    """Decompose the dollar inflow for each year, as `share_frame` does for the share."""
    found: dict[int, InflowDecomposition] = {}
    lacking: dict[int, str] = {}
    for year in years:
        try:
            found[year] = decompose_inflow(gross, rate, year=year)
        except ValueError as error:
            lacking[year] = str(error)
    columns = [*INFLOW_PARTS, "remainder"]
    rows = {year: [getattr(part, c) for c in columns] for year, part in found.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns), lacking


def draw_columns(
    axes: np.ndarray, parts: pd.DataFrame, titles: Mapping[str, str], estimates: Sequence[int]
) -> None:
    """Draw one column of bars for each part, one row for each year; the last column is the sum.

    Parameters
    ----------
    axes : array of Axes
        One for each entry of `titles`.
    parts : DataFrame
        Years by parts, natural logarithms; drawn in hundredths.
    titles : mapping
        Part to the heading of its column, in order.
    estimates : sequence of int
        Years whose inflow is an estimate: the parts that stand on it are hatched.
    """
    places = np.arange(len(parts))[::-1]
    names = list(titles)
    shown = 100 * parts[names]
    reach = (1.6 if len(names) < 4 else 2.4) * float(shown.abs().to_numpy().max())
    for ax, name in zip(axes, names, strict=True):
        base = PALETTE[0] if name == names[-1] else PALETTE[2]
        for place, (year, value) in zip(places, shown[name].items(), strict=True):
            soft = year in estimates and name in ("inflow_log", "share_log", "ruble_amount_log")
            bar(ax, place, value, base, soft, "")
        ax.set_title(textwrap.fill(titles[name], 18), fontsize=8, color=base, loc="center")
        ax.set_xlim(-reach, reach)
        bare(ax, places, [str(y) for y in parts.index])


def draw_vintages(ax: Axes, table: pd.DataFrame) -> None:
    """Draw the change of each shock year as each vintage printed it, labelled at the end."""
    dates = pd.to_datetime(table["vintage"])
    span = (dates.min(), dates.max())
    ends, low, high = [], float(table["percent"].min()), float(table["percent"].max())
    for i, (year, rows) in enumerate(table.groupby("year")):
        when = pd.to_datetime(rows["vintage"])
        colour = PALETTE[i % len(PALETTE)]
        ax.step([*when, span[1]], [*rows["percent"], rows["percent"].iloc[-1]], where="post",
                color=colour, lw=1.5)  # fmt: skip
        ax.plot(when, rows["percent"], ls="none", marker="o", ms=4, color=colour)
        ends.append((float(rows["percent"].iloc[-1]), str(year), colour))
    for y, (value, year, colour) in zip(
        spread_labels([e[0] for e in ends], 0.065 * (high - low or 1)), ends, strict=True
    ):
        text = f"{year}: {format_value(value, 1, sign=True)} %"
        label_end(ax, span[1], y, text, color=colour, dx=8)
    ax.axhline(0, color=MUTED, lw=0.8)
    ax.margins(x=0.02)


def describe_columns(parts: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Return alternative text for a figure of parts."""
    texts = [
        f"{year}: " + ", ".join(f"{title} {100 * row[name]:+.1f}" for name, title in titles.items())
        for year, row in parts.iterrows()
    ]
    return "Columns of bars, in hundredths of a logarithm. " + "; ".join(texts) + "."


def describe_vintages(table: pd.DataFrame) -> str:
    """Return alternative text for the figure of vintages."""
    texts = [
        f"{year}: " + ", ".join(f"{r.percent:+.1f} % in {r.vintage}" for r in rows.itertuples())
        for year, rows in table.groupby("year")
    ]
    return "Lines of the change of the gross dollar inflow by vintage. " + "; ".join(texts) + "."


def changes_table(
    growth: pd.DataFrame, status: Mapping[str, pd.Series], labels: Mapping[str, str]
) -> pd.DataFrame:
    """Return the changes by year and measure as a reader's table; (e) marks an estimate."""
    out: dict[str, list[str]] = {"Year": [str(y) for y in growth.index]}
    for measure in growth.columns:
        unit = "points" if measure in POINTS else "%"
        cells = []
        for year, value in growth[measure].items():
            if pd.isna(value):
                cells.append("–")
                continue
            mark = " (e)" if status[str(measure)].get(year) == "estimate" else ""
            cells.append(f"{format_value(value, 1, sign=True)}{mark}")
        name = labels[str(measure)]
        out[f"{name[0].upper()}{name[1:]}, {unit}"] = cells
    return pd.DataFrame(out)


def bought(
    flows: pd.DataFrame,
    prices: pd.Series | None,
    population: pd.Series | None,
    median: pd.Series,
    *,
    years: int = 6,
) -> pd.DataFrame:
    """Return what the inflow bought at home in the last years that can say.

    Parameters
    ----------
    flows : DataFrame
        From `accounting.measures`.
    prices : Series or None
        Change of consumer prices in percent, by year.
    population : Series or None
    median : Series
        Median income a head and year in own currency, by year; empty where there is none.
    years : int
        How many years.

    Returns
    -------
    DataFrame
        By year: ``own_bn`` (billion in own currency), ``prices_pct``, ``real_som_pct`` and
        ``real_som_head_pct`` (changes on the year before), ``head_pct_median``. Empty without
        prices.
    """
    own = flows["som"]
    head = own / (flows["som"] * float("nan") if population is None else population)
    found = pd.DataFrame(
        {
            "own_bn": own / 1e9,
            "prices_pct": prices,
            "real_som_pct": percent_changes(flows["real_som"]),
            "real_som_head_pct": percent_changes(flows["real_som_head"]),
            "head_pct_median": 100 * head / median,
        }
    )
    return found.loc[found["real_som_pct"].notna()].tail(years)


def bought_table(found: pd.DataFrame, labels: Mapping[str, str], status: pd.Series) -> pd.DataFrame:
    """Return what the inflow bought at home as a reader's table; (e) marks an estimate.

    Parameters
    ----------
    found : DataFrame
        From `bought`.
    labels : mapping
        What a reader calls each measure.
    status : Series
        Maturity of the gross inflow by year.
    """

    def cells(column: str, digits: int, *, change: bool) -> list[str]:
        texts = []
        for year, value in found[column].items():
            if pd.isna(value):
                texts.append("–")
                continue
            kind = status_of_change(status, year) if change else status.get(year)
            mark = " (e)" if kind == "estimate" and column != "prices_pct" else ""
            texts.append(f"{format_value(value, digits, sign=change)}{mark}")
        return texts

    own, real, head = (labels[m] for m in ("som", "real_som", "real_som_head"))
    table = {
        "Year": [str(y) for y in found.index],
        f"Gross inflow in {own}, billion": cells("own_bn", 1, change=False),
        "Consumer prices, %": cells("prices_pct", 1, change=True),
        f"{real[0].upper()}{real[1:]}, %": cells("real_som_pct", 1, change=True),
        f"{head[0].upper()}{head[1:]}, %": cells("real_som_head_pct", 1, change=True),
        "A head, over median income, %": cells("head_pct_median", 0, change=False),
    }
    if found["head_pct_median"].isna().all():
        table.popitem()
    return pd.DataFrame(table)


def parts_table(parts: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the parts of a decomposition as a reader's table, with its checks."""
    out = {"Year": [str(y) for y in parts.index]}
    for name, title in titles.items():
        out[title] = [format_value(100 * v, 2, sign=True) for v in parts[name]]
    if "published_deflator_distance" in parts:
        out["Off the published deflator"] = [
            "–" if pd.isna(v) else f"{100 * v:.2f}" if v >= 1e-4 else "<0.01"
            for v in parts["published_deflator_distance"]
        ]
    return pd.DataFrame(out)


def vintages_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return what was printed first, lowest, highest and last for each shock year."""
    rows = []
    for year, group in table.groupby("year"):
        first, last = group.iloc[0], group.iloc[-1]
        rows.append(
            {
                "Year": str(year),
                "Vintages": str(len(group)),
                "First printed": f"{_marked(first)} ({first['vintage']})",
                "Lowest": _marked(group.loc[group["percent"].idxmin()]),
                "Highest": _marked(group.loc[group["percent"].idxmax()]),
                "In this edition": f"{_marked(last)} ({last['vintage']})",
            }
        )
    return pd.DataFrame(rows)


def _marked(row: pd.Series) -> str:
    mark = " (e)" if row["status"] == "estimate" else ""
    return f"{format_value(row['percent'], 1, sign=True)}{mark}"


def record_changes(
    nb: Notebook,
    growth: pd.DataFrame,
    flows: pd.DataFrame,
    status: Mapping[str, pd.Series],
    sources: Mapping[str, Sources],
) -> None:
    """Record the change of each measure in each shock year.

    Where both years of a flow are printed and there is no change, the first is not positive.
    """
    for year, row in growth.iterrows():
        both = flows.reindex([year - 1, year]).notna().all()
        for measure in flows.columns[both & ~flows.columns.isin(row.dropna().index)]:
            nb.missing(f"shock.change.{STEMS[str(measure)]}.{year}", "no_data")
        for measure, value in row.dropna().items():
            nb.number(
                f"shock.change.{STEMS[str(measure)]}.{year}",
                value,
                status=str(status[str(measure)].get(year, "final")),
                sources=each_once(sources[str(measure)]),
            )


def record_bought(
    nb: Notebook,
    flows: pd.DataFrame,
    found: pd.DataFrame,
    status: pd.Series,
    sources: Mapping[str, Sources],
) -> None:
    """Record real changes since 2021, and the inflow a head over median income.

    Parameters
    ----------
    nb : Notebook
    flows : DataFrame
        From `accounting.measures`.
    found : DataFrame
        From `bought`.
    status : Series
        Maturity of the gross inflow by year.
    sources : mapping
        By measure, and under ``median``.
    """
    for measure in ("real_som", "real_som_head"):
        level = flows[measure].dropna()
        for year in level.index[level.index > BEFORE] if BEFORE in level.index else []:
            soft = "estimate" in {status.get(BEFORE), status.get(year)}
            nb.number(
                f"shock.since_{BEFORE}.{measure}_pct.{year}",
                100 * (level[year] / level[BEFORE] - 1),
                status="estimate" if soft else "final",
                sources=each_once(sources[measure]),
            )
    for year, value in found["head_pct_median"].dropna().items():
        nb.number(
            f"shock.head_pct_median_income.{year}",
            value,
            status=str(status.get(year, "final")),
            sources=each_once(sources["median"]),
        )


def record_parts(
    nb: Notebook, stem: str, parts: pd.DataFrame, status: pd.Series, sources: Sources
) -> None:
    """Record the parts of a decomposition in hundredths of a logarithm."""
    for year, row in parts.iterrows():
        for name in parts.columns.intersection([*SHARE_PARTS, *INFLOW_PARTS]):
            key = "total_log" if name == f"{stem}_log" else name
            nb.number(
                f"shock.{stem}.{key}.{year}",
                100 * row[name],
                status=str(status.get(year, "final")),
                sources=sources,
            )


def record_vintages(nb: Notebook, table: pd.DataFrame, source: str) -> None:
    """Record the range of the change of each shock year over vintages."""
    for year, group in table.groupby("year"):
        span = f"vintages {group['vintage'].iloc[0]} to {group['vintage'].iloc[-1]}"
        sources = [{"source": source, "vintage": span}]
        for name, row in (
            ("first", group.iloc[0]),
            ("lowest", group.loc[group["percent"].idxmin()]),
            ("highest", group.loc[group["percent"].idxmax()]),
        ):
            nb.number(
                f"shock.vintage.gross_{name}_pct.{year}",
                row["percent"],
                status=row["status"],
                sources=sources,
            )
        nb.number(f"shock.vintage.count.{year}", len(group), sources=sources)


def _listed(years: Sequence[int]) -> str:
    texts = [str(y) for y in years]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
