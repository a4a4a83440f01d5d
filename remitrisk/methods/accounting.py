"""Accounting of remittances: one flow under several measures, rank, vintages; no estimates."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from livingbrief.values.numbers import format_value, with_unit
from livingbrief.values.values import Values, join
from livingbrief.wording import enumerated, long_date, years_in_words
from remitrisk.countries import money

#: A revision of so many per cent is none.
NOTHING = 1e-6


def measure_labels(country: str, host: str) -> dict[str, str]:
    """Return what a reader calls each of the seven measures, by name."""
    own = money(country)
    return {
        "gross_usd": "gross dollars",
        "net_usd": "net dollars",
        "rub": money(host) if host else "host’s currency",
        "som": own,
        "real_som": f"real {own}",
        "real_som_head": f"real {own} per person",
        "share": "share of GDP",
    }


def measures(
    gross: Values,
    *,
    outflow: Values,
    host_rate: Values,
    home_rate: Values,
    gdp: Values,
    labels: Mapping[str, str] | None = None,
) -> Values:
    """Express one inflow under the measures that the word "remittances" may stand for.

    `gross`, `outflow`, `gdp`: remittances received and paid, gross domestic product, US dollars, by
    year; like all others one column, which may be empty. `host_rate`, `home_rate`: the host's
    (rubles) and home country's (som) units per US dollar, yearly averages.

    Years of `gross` by ``gross_usd``, ``net_usd``, ``rub`` (the dollar inflow valued in host
    currency, whatever currency it was sent in), ``som`` (in home currency), ``share`` (percent of
    GDP). Without a number where an ingredient is missing. What is net of prices is a change alone:
    see `changes` and `since`.
    """
    found = {
        "gross_usd": (gross, "US$"),
        "net_usd": (gross - outflow, "US$"),
        "rub": (gross * host_rate, "host currency"),
        "som": (gross * home_rate, "own currency"),
        "share": (gross.share_of(gdp), "percent"),
    }
    named = [v.named(n, (labels or {}).get(n, n), unit) for n, (v, unit) in found.items()]
    return join(*named).at(gross.rows).axes(columns="measure")


def changes(
    levels: Values, prices: Values, population: Values, labels: Mapping[str, str] | None = None
) -> Values:
    """Return the change on the year before of an inflow (`measures`) under all measures.

    `prices` change in percent on the year before, `population` is people at home: with them
    ``real_som`` and ``real_som_head``, in the prices of the year before. A year without prices has
    neither; the years around it keep theirs.
    """
    moved = levels.change()
    real = _net_of(prices, levels["som"].change(), population.change(), labels)
    return join(moved.drop("share"), real, moved["share"]).at(levels.rows)


def since(levels: Values, year: int, prices: Values, population: Values) -> Values:
    """Return the change of ``real_som`` and ``real_som_head`` since a year, per cent.

    Of the years up to which prices (change in percent) follow each other without a gap.
    """
    later = prices.span(year + 1).series
    whole = later.reindex(range(year + 1, int(later.index.max()) + 1)) if len(later) else later
    risen = Values.of((100 * ((1 + whole / 100).cumprod(skipna=False) - 1)).rename("rise"))
    people = population.change_since(year)
    return _net_of(risen.on(prices), levels["som"].change_since(year), people)


def indexed(levels: Values, base: int, prices: Values, population: Values, first: int) -> Values:
    """Return ``gross_usd`` and ``real_som`` by year after `first`, per cent of the year `base`.

    After the first year that has both, where `first` lacks one; empty where the base year does.
    """
    both = levels[["gross_usd", "som"]].frame.dropna().index
    first = min((year for year in both if year >= first), default=first)
    real = since(levels, first, prices, population)["real_som"]
    grown = join(levels["gross_usd"].change_since(first), real) / 100 + 1
    if base not in grown.rows or grown.frame.loc[base].isna().any():
        return grown.at([])
    return (grown * (100 / grown.frame.loc[base])).called(unit="percent", signed=False)


def _net_of(
    prices: Values, own: Values, people: Values, labels: Mapping[str, str] | None = None
) -> Values:
    """Take rises of prices and of people off that of an amount, all in per cent."""
    real = net_of_prices(own, prices)
    found = {"real_som": real, "real_som_head": net_of_prices(real, people)}
    named = (v.named(n, (labels or {}).get(n, n), "percent") for n, v in found.items())
    return join(*named).called(signed=True).axes(columns="measure")


def without_prices(change: Values, asked: Iterable[int] = ()) -> list[int]:
    """Return the years in which the amount at home is known (`changes`), and no prices are.

    Those before the last year with prices, and of later ones those that are `asked` for.
    """
    real = change["real_som"].years
    gone = [y for y in change["som"].years if y not in real]
    return [y for y in gone if y in asked or (real and y < real[-1])]


def round_excess(flow: Values, base: int, year: int, step: float = 1e7) -> Values:
    """Return by how much a flow exceeds that of a base year, and how far that is from a round sum.

    `flow` is one column in US dollars by year. Of `year` alone: ``excess_usd_mn`` (US$ million) and
    ``off_round_usd``, the distance to the nearest multiple of `step`, US dollars; empty where one
    of the years has no value.
    """
    if not {base, year} <= set(flow.years):
        return flow.at([])
    excess = (flow - flow.cell(base).value).at([year])
    off = excess.map(lambda usd: (usd - (usd / step).round() * step).abs())
    return join(
        excess.per(1e6, "US$ million").named("excess_usd_mn"), off.named("off_round_usd", "", "US$")
    ).axes(columns="measure")


def disagreeing(change: Values) -> list[int]:
    """Return the years in which measures point in opposite directions.

    Of a share of GDP, whose changes are points and may be small, a hundredth counts.
    """
    least = [0.005 if name == "share" else 0.05 for name in change.frame]
    moved = change.frame.where(change.frame.abs() >= least)
    return [int(y) for y in moved.index if (moved.loc[y] > 0).any() and (moved.loc[y] < 0).any()]


def repeated(change: Values, labels: Mapping[str, str]) -> list[str]:
    """Return the moneys in which the inflow moved as it did in dollars, or in own currency.

    In all years for which they have a number: a country that took up its host's currency lacks the
    years before in its own. Rates of one money may differ by their source.
    """
    near = 0.5 if labels["rub"] == labels["som"] else 0.05
    frame, found = change.frame, list[str]()
    for name, others in {"som": ("gross_usd",), "rub": ("gross_usd", "som")}.items():
        whole = [other for other in others if frame[other].notna()[frame[name].notna()].all()]
        far = [(frame[name] - frame[other]).abs().max() for other in whole]
        found += [name] if min(far, default=1) < near else []
    return found


def over_vintages(change: Values) -> tuple[Values, pd.DataFrame]:
    """Return what was printed first, lowest, highest and last for each year.

    `change` has years by vintage, in order of their dates, each year with a number. Second come the
    vintages that printed them, and under ``count`` how many printed the year.
    """
    names = {"first": "first published", "lowest": "", "highest": "", "last": "in this edition"}
    dates = {}
    for year, row in change.frame.iterrows():
        row = row.dropna()
        at = (row.index[0], row.idxmin(), row.idxmax(), row.index[-1])
        dates[year] = [*at, len(row)]
    where = pd.DataFrame.from_dict(dates, orient="index", columns=[*names, "count"])

    def taken(frame: pd.DataFrame) -> pd.DataFrame:
        cells = {n: [frame.at[y, v] for y, v in where[n].items()] for n in names}
        return pd.DataFrame(cells, where.index)

    found = Values.of(
        taken(change.frame),
        status=taken(change.status),
        unit=change.unit,
        label=names,
        sources=change.sources,
        signed=True,
        columns="which",
    )
    return found, where


def net_of_prices(change: Values, prices: Values) -> Values:
    """Take rises of prices (or of people) off changes of an amount, all in per cent.

    ValueError where prices fall by all they were, or more.
    """
    if (prices.frame <= -100).any(axis=None):
        raise ValueError("prices that fall by 100 per cent or more leave nothing to compare")

    def less(own: pd.Series, rise: pd.Series) -> pd.Series:
        return 100 * ((1 + own / 100) / (1 + rise / 100) - 1)

    own = [change[n].map(less, prices).named(n) for n in change.names]
    return join(*own) if own else change


def over_four_windows(windows: pd.Series, som: Values, prices: Values, source: Any) -> Values:
    """Return the change of transfers over four windows of three months, on the four before.

    `windows` are sums of three months by the month in which they end (February to November); `som`
    is units per dollar, `prices` the change of consumer prices, per cent, of calendar years. By the
    year of the last window: ``yoy`` in dollars and ``real_som``, per cent, estimates, for the
    windows are dated by inference.
    """
    ends = windows[windows.index.month.isin([2, 5, 8, 11])]
    years = ends.groupby(ends.index.year).sum(min_count=4)
    years = years.rename("yoy").rename_axis("year")
    dollars = Values.of(years, status="estimate", sources=[source], unit="US$")
    real = net_of_prices((dollars * som).change(), prices).named("real_som", "real own currency")
    return join(dollars.change(), real).axes(columns="measure")


def by_date(change: Values, year: int) -> str:
    """Write the change of a year as its vintages print it: "+2.0 % (May 2023), +0.8 % (July 2025)".

    `change` has years by vintage, in order of their dates. Vintages in a row that print the same
    are one entry with the first and the last month.
    """
    told: list[tuple[str, list[str]]] = []
    for vintage, value in change.frame.loc[year].dropna().items():
        text = _signed(value)
        if not told or told[-1][0] != text:
            told.append((text, []))
        told[-1][1].append(_month(vintage))
    spans = ((text, dict.fromkeys((months[0], months[-1]))) for text, months in told)
    return ", ".join(f"{text} ({'–'.join(months)})" for text, months in spans)


def by_year(change: Values) -> str:
    """Write the changes of one column in words: "−2.0% in 2009 and +0.8% in 2015"."""
    return enumerated(f"{_signed(value)} in {year}" for year, value in change.series.items())


def left_out(printed: Values, year: int, *, before: int = 3, beyond: float = 1.0) -> dict[str, Any]:
    """Find the last vintage that revised the years before one and left that one as it was.

    `printed` has years by vintage, in order of their dates. Years count that lie at most so many
    `before` it and moved by more than `beyond` per cent. Empty if there is no such vintage; else
    ``left_out``, how many years it revised, ``left_out_which`` (each with its revision),
    ``left_out_in`` and ``left_out_since`` (months of that vintage and of the one before) and
    ``left_out_settled``: how many later vintages moved the year.
    """
    known = printed.frame.loc[year].dropna()
    found: dict[str, Any] = {}
    for earlier, later in pairwise(known.index):
        moved = 100 * (printed.frame[later] / printed.frame[earlier] - 1)
        near = moved.loc[year - before : year - 1].dropna()
        near = near[near.abs() > beyond]
        if abs(moved[year]) > NOTHING and found:
            found["left_out_settled"] += 1
        elif abs(moved[year]) <= NOTHING and len(near):
            found = {
                "left_out": len(near),
                "left_out_which": enumerated(f"{y} by {_signed(v)}" for y, v in near.items()),
                "left_out_in": _month(later),
                "left_out_since": _month(earlier),
                "left_out_settled": 0,
            }
    return found


def _signed(pct: float) -> str:
    return with_unit(format_value(float(pct), 1, sign=True), "%")


def _month(vintage: Any) -> str:
    return f"{date.fromisoformat(str(vintage)):%B %Y}"


#: Of the economies of the last year before that has a rank, the share that a rank needs.
REPORTING = 0.9
TOO_FEW = (
    "Too few economies have published both figures of the year: a rank needs "
    f"{100 * REPORTING:.0f}% of as many as in the last year that has one."
)


def rank_by_share(inflow: pd.DataFrame, gdp: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return a country's rank by inflow over GDP (``iso3, year, value``) among all with both.

    An economy whose GDP is not above zero has no share.
    By year: ``pct_gdp``, ``rank`` (1 is the highest; none where fewer than `REPORTING` of those
    of the last year before that has a rank have both), ``economies``.
    """
    both = inflow.merge(gdp, on=["iso3", "year"], suffixes=("", "_gdp"))
    both = both[both["value_gdp"] > 0].copy()
    both["pct_gdp"] = 100 * both["value"] / both["value_gdp"]
    both["rank"] = both.groupby("year")["pct_gdp"].rank(ascending=False, method="min")
    found = both.groupby("year").size().rename("economies").to_frame()
    last, enough = 0, []
    for year, economies in found["economies"].items():
        if economies >= REPORTING * last:
            enough += [year] if last else []
            last = economies
    own = both[both["iso3"] == country].set_index("year").sort_index().join(found)
    own["rank"] = own["rank"].where(own.index.isin(enough))
    return own[["pct_gdp", "rank", "economies"]]


def unranked(ranking: Values) -> list[int]:
    """Return the years in which a country has its share and too few others have theirs."""
    return [y for y in ranking["economies"].years if y not in ranking["rank"].years]


def last_printed(printed: Values, gone: Mapping[int, str]) -> Values:
    """Return withdrawn years as the last vintage that had them (`gone`) printed them."""
    values = {year: printed.frame.at[year, vintage] for year, vintage in gone.items()}
    series = pd.Series(values, dtype=float, name="withdrawn_usd")
    return Values.of(series, unit=printed.unit, label="withdrawn", sources=printed.sources)


def withdrawn_words(gross: Values, gone: Mapping[int, str]) -> tuple[str, str]:
    """Return what a vintage withdrew of the inflow, and what that means for this report.

    `gone` has the last vintage that printed each withdrawn year.
    """
    last = [*map(long_date, sorted(set(gone.values())))]
    if set(gone) >= set(gross.years):
        return (
            "remittances received in this edition's vintage",
            "The World Bank withdrew the series; its figures here are those that it last printed, "
            f"on {last[-1]}.",
        )
    return (
        f"remittances received in {years_in_words(gone)}",
        f"The World Bank withdrew them; it last printed them on {enumerated(last)}. Withdrawn is "
        "not zero: the figure of levels marks them as last published, and no number depends on "
        "them.",
    )
