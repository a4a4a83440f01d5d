"""Migrants by destination, and transfers of money by who recorded them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.values.numbers import format_value

STOCKS = {
    "undesa2019": "migrant_stock_undesa2019ed",
    "knomad2021": "migrant_stock_2021",
    "undesa2024": "migrant_stock_undesa2024ed",
}
STOCK_SOURCES = {
    "undesa2019": "undesa2019_guyabel",
    "knomad2021": "knomad_bmm2021",
    "undesa2024": "undesa2024_geointel",
}
MODELS = {
    "knomad2021": ("remittances_2021", 2021),
    "cgd2021": ("remittances_cgd", 2021),
    "cgd2024": ("remittances_cgd", 2024),
}
EDITIONS = {
    "undesa2019": "UN DESA, edition of 2019",
    "knomad2021": "KNOMAD 2021",
    "undesa2024": "UN DESA, edition of 2024",
}
MODEL_WORDS = {
    "knomad2021": "KNOMAD, 2021",
    "cgd2021": "CGD, 2021",
    "cgd2024": "CGD, 2024",
}
COUNTERS = {
    "MFA": "Foreign Ministry of Kyrgyzstan",
    "Ministry of Labour": "Ministry of Labour of Kyrgyzstan",
    "FMS": "Federal Migration Service of Russia",
}
DATED = dict(zip(COUNTERS.values(), ("half_year", "labour_ministry", "fms"), strict=True))
#: Corridors of which modelled remittances are recorded one by one.
CORRIDORS = ("rus", "deu", "kaz", "tur", "usa")
SEASONS = {2: "february", 5: "may", 8: "august", 11: "november"}
SEASON_WORDS = {
    "february": "December to February",
    "may": "March to May",
    "august": "June to August",
    "november": "September to November",
}
MONTHS = ("January", "February", "March", "April", "May")
#: Parts of a year that are recorded, as keys name them.
SPELLS = {
    "April": "april",
    "January to May": "january_to_may",
    "June to December": "june_to_december",
    "Whole year": "year",
}
SURVEYED = {
    "receiving_households_pct": "transfers.receiving_households_{month}_pct",
    "typical_transfer_change_pct": "transfers.typical_change_{month}_pct",
}
ANSWERED = {
    ("C45", "percent of households"): "migration.considering_households_{month}_pct",
    ("C64", "visas"): "migration.uk_seasonal_visas",
    ("C64", "persons, Türkiye"): "migration.citizens_in_turkiye_labour_ministry",
    ("C64", "percent of those who leave"): "migration.leavers_to_russia_pct",
}
#: A survey of households by telephone.
SURVEY = "World Bank, Listening to the Kyrgyz Republic, as quoted by the press"
#: Behind the months of a recorded share that counts cards and e-wallets.
NEW = ", new definition"
ORDINALS = ("first", "second", "third", "fourth")
#: Editions of one destination agree if the lowest is no further below the highest, per cent.
AGREE_WITHIN = 10
#: An edition repeats an earlier one if for most of its people both are no further apart, per cent.
REPEATS_WITHIN = 1
#: What counts as "around a tenth" of the people, per cent.
AROUND_A_TENTH = (7, 13)
_MOVED = re.compile(r"\((-?\d+)\) y/y")
_LEFT = re.compile(r"^departures (\d+); (\d{4})H1: (\d+) and (\d+)$")


def stocks(bilateral: pd.DataFrame, origin: str, last_year: int) -> pd.DataFrame:
    """Return people born in a country by destination, a column for each edition.

    Of ``migration.bilateral``: persons in the last year of each edition, up to `last_year`, totals
    left out, the largest destination first. A destination that an edition does not list is missing,
    not zero.
    """
    rows = bilateral[
        (bilateral["origin_iso3"] == origin)
        & ~bilateral["is_total"]
        & (bilateral["year"] <= last_year)
    ]
    columns = {}
    for edition, flow in STOCKS.items():
        mine = rows[rows["flow"] == flow]
        mine = mine[mine["year"] == mine["year"].max()]
        if len(mine):
            columns[edition] = mine.set_index("dest_iso3")["value"]
    return _largest_first(columns, "destination")


def _largest_first(columns: dict[str, pd.Series], axis: str) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    order = table.max(axis=1).sort_values(ascending=False, kind="stable").index
    return table.loc[order].rename_axis(axis) if len(table) else table


def edition_years(bilateral: pd.DataFrame, origin: str, last_year: int) -> dict[str, int]:
    """Return the year that `stocks` takes from each edition."""
    rows = bilateral[(bilateral["origin_iso3"] == origin) & (bilateral["year"] <= last_year)]
    years = {e: rows.loc[rows["flow"] == flow, "year"].max() for e, flow in STOCKS.items()}
    return {edition: int(year) for edition, year in years.items() if pd.notna(year)}


def modelled_corridors(bilateral: pd.DataFrame, origin: str, last_year: int) -> pd.DataFrame:
    """Return modelled remittances by sending country and model, US$ million, the largest first."""
    rows = bilateral[(bilateral["origin_iso3"] == origin) & ~bilateral["is_total"]]
    columns = {}
    for model, (flow, year) in MODELS.items():
        mine = rows[(rows["flow"] == flow) & (rows["year"] == year)]
        if len(mine) and year <= last_year:
            columns[model] = mine.set_index("dest_iso3")["value"]
    return _largest_first(columns, "sender")


def recorded_spells(shares: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Return the shares of ``Data.russia_share("recorded")`` with their months and definition.

    Columns start, end (monthly periods), share_pct and definition, ``old`` or ``new``; the National
    Bank changed its definition in 2024 and restated 2023.
    """
    ends = shares["period"].str.split(" to ")
    out = pd.DataFrame(
        {
            "start": pd.PeriodIndex(ends.str[0], freq="M"),
            "end": pd.PeriodIndex(ends.str[-1], freq="M"),
            "share_pct": shares["share_pct"].to_numpy(float),
            "definition": shares["counted_by"].str.removeprefix("nbkr_").to_numpy(),
        }
    )
    return out[out["end"].dt.year <= last_year].reset_index(drop=True)


def two_years(months: pd.Series, years: pd.Series, year: int) -> pd.DataFrame:
    """Set the months of a year against those of the year before, and what remains of each year.

    `months` (monthly PeriodIndex) and `years` are US$ million from one publisher by one definition.
    Columns are both years and ``change`` (percent); rows January to May one by one and together,
    June to December, the whole year. Empty when a month or a year is missing.
    """
    both = [year - 1, year]
    known = pd.DataFrame(
        [[months.get(pd.Period(year=y, month=m, freq="M")) for y in both] for m in range(1, 6)],
        index=[*MONTHS], columns=both, dtype=float,
    )  # fmt: skip
    whole = pd.Series([years.get(y) for y in both], index=both, dtype=float)
    if known.isna().any(axis=None) or whole.isna().any():
        return pd.DataFrame(columns=[*both, "change"], dtype=float)
    spring = known.sum()
    for label, row in zip([*SPELLS][1:], (spring, whole - spring, whole), strict=True):
        known.loc[label] = row
    return known.assign(change=100 * (known[year] / known[year - 1] - 1))


def windows(series: pd.Series) -> pd.DataFrame:
    """Arrange sums of three months (by last month) by `SEASONS` and year, years without a hole."""
    known = series.dropna()
    ends = pd.DataFrame(
        {"end": [SEASONS[m] for m in known.index.month], "year": known.index.year, "v": known}
    )
    table = ends.pivot(index="end", columns="year", values="v")
    years = range(known.index.year.min(), known.index.year.max() + 1)
    rows = [s for s in SEASONS.values() if s in table.index]
    return table.reindex(rows, columns=years).rename_axis(index="season", columns="year")


def counted_twice(facts: pd.DataFrame) -> pd.DataFrame:
    """Return the flow from Russia in periods of ``press.facts`` for which both sides have a figure.

    Columns period_start, period_end, home_usd_mn (as counted in Kyrgyzstan), home_by, russia_usd_mn
    (as counted by the Bank of Russia), concept; ordered by period.
    """
    inflow = facts[facts["direction"] == "inflow"]
    home = inflow[inflow["system"].str.startswith("nbkr") & (inflow["counterpart"] == "RUS")]
    russia = inflow[(inflow["system"] == "bank_of_russia") & (inflow["counterpart"] == "KGZ")]
    keys = ["period_start", "period_end"]
    both = home.merge(russia, on=keys, suffixes=("_home", "_russia")).sort_values(keys)
    names = {"value_home": "home_usd_mn", "attributed_to_home": "home_by"}
    names |= {"value_russia": "russia_usd_mn", "concept_russia": "concept"}
    return both.rename(columns=names)[[*keys, *names.values()]].reset_index(drop=True)


def long_term_balance(facts: pd.DataFrame) -> pd.Series:
    """Return arrivals less departures of long-term migrants in Russia, persons in first half-years.

    The publisher's row in ``press.facts`` holds the arrivals of a half-year; its note has the
    departures, and both figures of the half-year before. ValueError if a note is not of that form.
    """
    rows = facts[(facts["system"] == "people") & (facts["attributed_to"] == "Rosstat")]
    balance = {}
    for row in rows.itertuples():
        found = _LEFT.match(row.note)
        if found is None:
            raise ValueError(f"the note of {row.fact_id} names no departures: {row.note!r}")
        left, year, came_before, left_before = map(int, found.groups())
        balance[year] = came_before - left_before
        balance[int(row.period_start[:4])] = int(row.value) - left
    return pd.Series(balance, dtype=float).sort_index()


def costs(prices: pd.DataFrame, receiver: str, last_year: int) -> dict[str, Any]:
    """Return the first and the last cost of sending money to a country, by sending country.

    Of ``worldbank.remittance_prices`` to a year: ``rus.first_pct`` and ``rus.last_pct`` (percent of
    the amount), ``rus.first_quarter`` and ``rus.last_quarter`` in words, ``rus.last_year``;
    likewise for other senders.
    """
    early = prices["quarter"].str[:4].astype(int) <= last_year
    rows = prices[early & (prices["receiver"] == receiver)].sort_values("quarter")
    found: dict[str, Any] = {}
    for sender, group in rows.groupby("sender"):
        for end, row in (("first", group.iloc[0]), ("last", group.iloc[-1])):
            stem = f"{str(sender).lower()}.{end}"
            quarter = row["quarter"]
            words = f"{ORDINALS[int(quarter[-1]) - 1]} quarter of {quarter[:4]}"
            found |= {f"{stem}_pct": row["cost_pct"], f"{stem}_quarter": words}
        found[f"{stem}_year"] = int(quarter[:4])
    return found


def same_sign(values: pd.Series) -> str:
    """Return the years of the run of one sign that ends with a series: "every year from … to …"."""
    first, last = latest_run(values)
    return str(last) if first == last else f"every year from {first} to {last}"


def latest_run(values: pd.Series) -> tuple[int, int]:
    """Return the first and last year of the run of one sign that ends with the series."""
    signs = np.sign(values.dropna().sort_index())
    changes = signs.ne(signs.shift()).cumsum()
    run = signs[changes == changes.iloc[-1]]
    return int(run.index[0]), int(run.index[-1])


def agreement(table: pd.DataFrame, host: str, largest: int) -> dict[str, float]:
    """Say how far editions of migrant stocks agree.

    Returns ``rus_low`` and ``rus_high`` (persons, in whole thousands) and ``rus_spread_pct`` (how
    far the lowest is below the highest) for the host RUS; with several editions also
    ``rus_least_pct``, the least of its shares in what an edition lists, how many of the `largest`
    destinations more than one edition lists (``compared``), and how many of those are ``agreeing``
    within `AGREE_WITHIN`.
    """
    low, high = table.min(axis=1), table.max(axis=1)
    apart = 100 * (1 - low / high)
    name = host.lower()
    ends = {f"{name}_{end}": round(of[host], -3) for end, of in (("low", low), ("high", high))}
    found = ends | {f"{name}_spread_pct": apart[host]}
    if len(table.columns) > 1:
        several = apart[table.count(axis=1) > 1].head(largest)
        found[f"{name}_least_pct"] = (100 * table.loc[host] / table.sum()).min()
        found["compared"] = len(several)
        found["agreeing"] = int((several <= AGREE_WITHIN).sum())
    return found


def repeats(table: pd.DataFrame) -> dict[str, tuple[str, float]]:
    """Return the editions of `stocks` that repeat an earlier one, with it and their share, percent.

    Two editions are one count where most people live in destinations for which their numbers are
    within `REPEATS_WITHIN` per cent of each other.
    """
    found: dict[str, tuple[str, float]] = {}
    for earlier, later in combinations(table, 2):
        same = (table[later] / table[earlier] - 1).abs() <= REPEATS_WITHIN / 100
        share = 100 * table.loc[same, later].sum() / table[later].sum()
        if share > 50:
            found.setdefault(later, (earlier, share))
    return found


def counted_abroad(
    table: pd.DataFrame,
    years: dict[str, int],
    context: pd.DataFrame,
    official: pd.DataFrame,
    population: pd.Series,
) -> pd.DataFrame:
    """Set every count of people abroad side by side.

    `table` and `years` are from `stocks` and `edition_years`, `context` and `official` are
    ``context.facts`` and ``kyrgyzstan.official_counts``. Columns who, whom, year, people, remark
    (of a stock: modelled) and share (percent of the population at home), in the order of years.
    """
    born, again = "born in the country", repeats(table)
    rows = []
    for e in table:
        remark = f"modelled, {table[e].count()} destinations"
        remark += f"; mostly repeats {EDITIONS[again[e][0]]}" if e in again else ""
        rows.append((EDITIONS[e], born, years[e], table[e].sum(), remark))
    for row in context.itertuples():
        if row.indicator == "census_citizens_abroad":
            told = "Census, by the press", "citizens", row.ref_year, row.value, "more than"
            rows.append(told)
        elif row.indicator.endswith("emigrants_abroad"):
            who = "IOM, Baseline Mobility Assessment"
            edition = f"round {row.indicator.split('_r')[1][0]}"
            rows.append((who, "emigrants", row.ref_year, row.value, edition))
    rows += [
        ("Government, to the ILO", "labour migrants", row.first_year, row.value, "more than")
        for row in official[official["measure"] == "kg_labour_migrants_abroad"].itertuples()
    ]
    names = ["who", "whom", "year", "people", "remark"]
    found = pd.DataFrame(rows, columns=names).sort_values("year", kind="stable")
    home = found["year"].map(population)
    return found.assign(share=100 * found["people"] / home).reset_index(drop=True)


def counted_by(counts: pd.DataFrame, who: str) -> pd.Series:
    """Return the people of `counted_abroad` by year, of who counts by a name's beginning."""
    return counts[counts["who"].str.startswith(who)].set_index("year")["people"]


def listed_share(table: pd.DataFrame, years: dict[str, int], population: pd.Series) -> pd.DataFrame:
    """Return what the editions of UN DESA list, percent of the population at home, one row."""
    own = {e: population.get(years[e]) for e in table if e.startswith("undesa")}
    shares = {e: 100 * table[e].sum() / home for e, home in own.items() if home is not None}
    return pd.DataFrame(shares, index=["listed_pct_population"])


def shares_abroad(counts: pd.DataFrame, table: pd.DataFrame) -> dict[str, float]:
    """Return the ends of the shares of `counted_abroad`, and how many are about a tenth.

    Nothing of a single count. Of the ``independent`` counts, which are no earlier round of a
    survey and no edition that `repeats` another, ``around_tenth`` and ``elsewhere``; ``rounds`` of
    the survey that has most;
    ``repeated_pct``, the share of people for whom an edition repeats another, 0 where none does.
    """
    known = counts.dropna(subset="share")
    if len(known) < 2:
        return {}
    again = repeats(table)
    own = known[~known["who"].isin([EDITIONS[e] for e in again])].drop_duplicates(
        "who", keep="last"
    )
    near = int(own["share"].between(*AROUND_A_TENTH).sum())
    return {
        "lowest_pct": known["share"].min(),
        "highest_pct": known["share"].max(),
        "counts": len(known),
        "independent": len(own),
        "around_tenth": near,
        "elsewhere": len(own) - near,
        "rounds": int(known["who"].value_counts().max()),
        "repeated_pct": max((share for _, share in again.values()), default=0.0),
    }


def abroad_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Return `counted_abroad` as a reader's table; its remark says what is modelled."""
    shares = ["–" if pd.isna(share) else f"{share:.1f}" for share in counts["share"]]
    return pd.DataFrame(
        {
            "Who counts": counts["who"],
            "Whom": counts["whom"],
            "Year": counts["year"].astype(str),
            "People": [format_value(n, 0) for n in counts["people"]],
            "% of population": shares,
            "Remark": counts["remark"],
        }
    )


def by_year(rows: pd.DataFrame, value: str = "value") -> pd.Series:
    """Return values by the year in which their period starts."""
    return pd.Series(rows[value].to_numpy(), index=rows["period_start"].str[:4].astype(int))


def until(facts: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Return the rows of ``press.facts`` whose period ends by a year."""
    return facts[facts["period_end"].str[:4].astype(int) <= last_year]


def _months(rows: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Rows that cover these months of a year."""
    spans = rows["period_start"].str[5:] + rows["period_end"].str[4:]
    return rows[spans == f"{first:02d}-{last:02d}"]


def citizens(facts: pd.DataFrame) -> pd.DataFrame:
    """Return counts of citizens in Russia in ``press.facts`` by date and counter.

    With counter, and date in words; in the order of dates, of a spell its middle, of a year without
    a date its beginning.
    """
    rows = facts[(facts["system"] == "people") & (facts["direction"] == "stock")]
    known = [
        next(name for key, name in COUNTERS.items() if by.startswith(key))
        for by in rows["attributed_to"]
    ]
    spans = [*zip(rows["period_start"], rows["period_end"], strict=True)]
    ends = [[pd.Period(end, "M").ordinal for end in span] for span in spans]
    rows = rows.assign(
        counter=known, date=[month_span(*s) for s in spans], middle=[sum(e) / 2 for e in ends]
    )
    return rows.sort_values("middle", kind="stable").drop(columns="middle")


def by_counter(counts: pd.DataFrame) -> pd.DataFrame:
    """Arrange counts of `citizens`: dates in their order by counter, persons."""
    wide = counts.pivot(index="date", columns="counter", values="value")
    return wide.loc[counts["date"].unique(), counts["counter"].unique()]


def of_ministry(counts: pd.DataFrame) -> tuple[pd.Series, str]:
    """Return the Foreign Ministry's yearly counts, and the year of its last half-year or ""."""
    own = counts[counts["counter"] == COUNTERS["MFA"]]
    halves = own.loc[own["period_end"].str.endswith("-06"), "period_end"].str[:4]
    return by_year(own[own["period_start"].str.len() == 4]), max(halves, default="")


def registrations(facts: pd.DataFrame) -> pd.Series:
    """Return registrations of citizens in Russia in first half-years, persons by year."""
    own = facts[(facts["system"] == "people") & (facts["attributed_to"] == "MVD Russia")]
    return by_year(own[own["period_end"].str.endswith("-06")])


def dated(counts: pd.DataFrame) -> dict[str, float]:
    """Return the counts of `citizens` that are not of a whole year: ``fms.2016`` and so on."""
    rows = counts[counts["period_start"].str.len() > 4]
    return {f"{DATED[r.counter]}.{r.period_start[:4]}": r.value for r in rows.itertuples()}


def peak_and_last(counts: pd.Series) -> dict[str, float]:
    """Return the highest and the last of yearly counts, in whole thousands, and their years."""
    peak, last = int(counts.idxmax()), int(counts.index.max())
    found = {"peak": round(counts[peak], -3), "last": round(counts[last], -3)}
    return found | {"peak_year": peak, "last_year": last}


def movements(facts: pd.DataFrame, balance: pd.Series) -> pd.DataFrame:
    """Return entries, registrations and long-term moves as a reader's table."""
    flows = facts[(facts["system"] == "people") & (facts["direction"] == "flow")]
    service = "Interior Ministry"
    rows = [
        (
            row.period_end,
            month_span(row.period_start, row.period_end),
            row.concept.removeprefix("Kyrgyz ").replace("/", " or "),
            row.attributed_to.replace("MVD Russia", f"{service} of Russia").replace(
                "MVD via", f"{service}, through the"
            ),
            format_value(row.value, 0),
        )
        for row in flows.itertuples()
    ]
    what = "long-term arrivals less departures", "Rosstat"
    rows += [
        (f"{y}-06", f"January to June {y}", *what, format_value(moved, 0, sign=True))
        for y, moved in balance.items()
    ]
    rows.sort(key=lambda r: r[0])
    return pd.DataFrame([r[1:] for r in rows], columns=["Months", "What", "Who", "Number"])


def spread(shares: Iterable[float]) -> dict[str, Any]:
    """Return the range of some shares, percent, as a number: its middle, its ends, its words."""
    low, high = min(shares), max(shares)
    words = dict.fromkeys(f"{end:.0f}" for end in (low, high))
    text = f"{' to '.join(words)}\u00a0%"
    return {"value": (low + high) / 2, "interval": [low, high], "text": text}


def share_rows(modelled: pd.DataFrame, spells: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Name modelled shares of Russia by model and year, recorded ones by their months."""
    model = modelled["counted_by"].map({"remittances_2021": "KNOMAD", "remittances_cgd": "CGD"})
    left = modelled["share_pct"].set_axis(pd.Index(model + ", " + modelled["period"], name="model"))
    months = [
        month_span(str(row.start), str(row.end)) + NEW * (row.definition == "new")
        for row in spells.itertuples()
    ]
    return left, spells["share_pct"].set_axis(pd.Index(months, name="months"))


def by_definition(spells: pd.DataFrame) -> dict[str, Any]:
    """Return for each definition the range of the recorded share, and the months of its lowest."""
    found: dict[str, Any] = {}
    for definition, group in spells.groupby("definition"):
        lowest = group.loc[group["share_pct"].idxmin()]
        found |= {
            f"{definition}.lowest_pct": lowest["share_pct"],
            f"{definition}.highest_pct": group["share_pct"].max(),
            f"{definition}.periods": len(group),
            f"{definition}.lowest_months": month_span(str(lowest["start"]), str(lowest["end"])),
        }
    return found


def counted_apart(facts: pd.DataFrame) -> dict[str, float]:
    """Return the figures that show how counters and definitions differ, US$ million by key."""
    quarter = _months(counted_twice(facts), 1, 3)
    inflow = facts[facts["direction"] == "inflow"]
    russian = inflow[(inflow["counterpart"] == "RUS") & (inflow["period_start"] == "2023-01")]
    old = russian[(russian["system"] == "nbkr_old") & (russian["period_end"] == "2023-11")]
    new = russian[(russian["system"] == "nbkr_new") & (russian["period_end"] == "2023-12")]
    turkish = inflow[(inflow["counterpart"] == "TUR") & inflow["period_end"].str.endswith("-05")]
    found = {
        "from_russia_first_quarter.nbkr_usd_mn": by_year(quarter, "home_usd_mn"),
        "from_russia_first_quarter.bank_of_russia_usd_mn": by_year(quarter, "russia_usd_mn"),
        "from_russia_old_eleven_months_usd_mn": by_year(old.head(1)),
        "from_russia_new_year_usd_mn": by_year(new.head(1)),
        "turkiye_january_to_may_usd_mn": by_year(turkish),
    }
    return keyed(found)


def whole_years(facts: pd.DataFrame) -> pd.Series:
    """Return transfers received in whole years by the old definition, US$ million."""
    inflow = facts[(facts["system"] == "nbkr_old") & (facts["direction"] == "inflow")]
    return by_year(_months(inflow[inflow["counterpart"] == "TOTAL"], 1, 12))


def monthly(months: pd.DataFrame) -> pd.Series:
    """Return transfers received by the old definition, US$ million, by month of ``nbkr.months``."""
    total = (months["counterpart"] == "TOTAL") & (months["definition"] == "old")
    rows = months[total & (months["direction"] == "inflow")]
    return rows.set_index(pd.PeriodIndex(rows["period"], freq="M"))["value_usd_mn"]


def sent(facts: pd.DataFrame) -> dict[str, float]:
    """Return transfers out of the country: January, eight months, September, and the last two.

    Of the eight months also what went to Russia, US$ million and percent: the country of payment,
    not the sender.
    """
    rows = facts[(facts["direction"] == "outflow") & (facts["system"] == "nbkr_old")]
    total, russian = (rows[rows["counterpart"] == place] for place in ("TOTAL", "RUS"))
    eight, russia = (by_year(_months(part, 1, 8)) for part in (total, russian))
    ninth = by_year(_months(total, 9, 9))
    found = {
        "january_usd_mn": by_year(_months(total, 1, 1)),
        "january_to_august_usd_mn": eight,
        "september_usd_mn": ninth,
        "nine_months_usd_mn": eight + ninth,
        "to_russia_january_to_august_usd_mn": russia,
        "to_russia_pct": 100 * russia / eight,
    }
    return keyed(found)


def with_cards(facts: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return what went out and what stayed by the definition with cards and e-wallets, by key.

    US$ million of whole years (``out_usd_mn``, ``net_usd_mn``). Of the year before the first of
    them the press has twice that outflow, and in the note of the inflow by how much that moved:
    with both ``net_yoy_pct`` is the change of what stayed, per cent. Each has ``value`` and
    ``status``; what was worked out of other figures is an estimate.
    """
    rows = facts[(facts["counterpart"] == "TOTAL") & (facts["system"] != "nbkr_old")]
    whole = _months(rows[~rows["concept"].str.contains("formal")], 1, 12)
    told = whole["note"].fillna("").str.extract(_MOVED)[0].astype(float)
    out, net = (by_year(whole[whole["direction"] == way]) for way in ("outflow", "net"))
    moved = by_year(whole.assign(moved=told).dropna(subset="moved"), "moved")
    before = out.set_axis(out.index + 1)
    earlier = net + out - moved - before
    rough = by_year(whole, "qualifier").str.startswith("derived", na=False)
    found = {"out_usd_mn": out, "net_usd_mn": net, "net_yoy_pct": 100 * (net / earlier - 1)}
    return {
        key: {"value": value, "status": "estimate" if soft else "final"}
        for stem, of in found.items()
        for key, value in keyed({stem: of}).items()
        for soft in [stem == "net_yoy_pct" or rough[int(key[-4:])].all()]
    }


def keyed(found: dict[str, pd.Series]) -> dict[str, float]:
    """Return the numbers of series by key, ``stem.year``; gaps are left out."""
    return {f"{s}.{year}": v for s, of in found.items() for year, v in of.dropna().items()}


def twice_table(both: pd.DataFrame) -> pd.DataFrame:
    """Return `counted_twice` as a reader's table."""
    spans = zip(both["period_start"], both["period_end"], strict=True)
    who = both["home_by"].str.removesuffix(" Kyrgyzstan").replace("NBKR", "National Bank")
    all_channels = both["concept"].str.contains("all channels")
    return pd.DataFrame(
        {
            "Period": [month_span(start, end) for start, end in spans],
            "Counted in Kyrgyzstan": [format_value(v, 1) for v in both["home_usd_mn"]],
            "By": who,
            "Counted by the Bank of Russia": [format_value(v, 1) for v in both["russia_usd_mn"]],
            "Channels": all_channels.map({True: "all", False: "transfer operators"}),
        }
    )


def surveyed(figures: pd.DataFrame, last_year: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Give who asked, and by month the households that receive and what they receive, by key."""
    monthly = figures["period"].str.fullmatch(r"\d{4}-\d\d", na=False)
    rows = figures[figures["measure"].isin([*SURVEYED]) & monthly]
    rows = rows[rows["period"].str[:4].astype(int) <= last_year]
    for who, group in rows.groupby("producer"):
        keys = [
            f"{SURVEYED[r.measure].format(month=_month(r.period))}.{r.period[:4]}"
            for r in group.itertuples()
        ]
        found = dict(zip(keys, group["value"], strict=True))
        yield f"{who}, survey of households by telephone", found


def households(
    facts: pd.DataFrame, figures: pd.DataFrame, last_year: int
) -> dict[str, dict[str, float]]:
    """Return by year, per cent: who considers migration, and households with a migrant.

    Rows of ``press.facts`` and, of the whole country, of ``households.figures`` with a year.
    """
    said = facts[facts["concept"] == "KGZ family members who consider migration"]
    whole = figures["area"].isna() | figures["area"].eq("")
    kept = figures[whole & figures["measure"].eq("migrant_households_pct")]
    found = {
        "considering": dict(zip(said["period_start"].str[:4], said["value"], strict=True)),
        "migrant_households": dict(zip(kept["period"].astype(str), kept["value"], strict=True)),
    }
    return {
        stem: {year: value for year, value in values.items() if int(year) <= last_year}
        for stem, values in found.items()
    }


def answered(answers: pd.DataFrame, last_year: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give who says so, and where people want to go and went, by key, with the figure before."""
    for row in answers.itertuples():
        stem = ANSWERED.get((row.claim, row.unit), "")
        ends = ((row.before, row.before_period), (row.value, row.period)) if stem else ()
        found = {}
        for value, period in ends:
            if pd.isna(value):
                continue
            year, _, rest = period.partition("-")
            spans_years = len(rest) == len(year)
            if int(rest if spans_years else year) <= last_year:
                key = stem.format(month=_month(period) if rest and not spans_years else "")
                status = "estimate" if "persons" in row.unit else "final"
                at = f"y{year}_{rest}" if spans_years else year
                found[f"{key}.{at}"] = {"value": float(value), "status": status}
        yield row.producer, found


def month_span(start: str, end: str) -> str:
    """Return "January to March 2016", "2014" for a whole year, "May 2024" for one month."""
    if len(end) == len("2014"):
        return start if start == end else f"{start} to {end}"
    first, last = pd.Period(start, "M"), pd.Period(end, "M")
    if (first.month, last.month, first.year) == (1, 12, last.year):
        return str(first.year)
    if first == last:
        return str(first.strftime("%B %Y"))
    return f"{first.strftime('%B')} to {last.strftime('%B %Y')}"


def _month(period: str) -> str:
    """Return the month of ``2022-03`` as part of a key: ``march``."""
    return str(pd.Period(period, "M").strftime("%B")).lower()
