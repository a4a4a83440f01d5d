"""What the chapter on migrants and money transfers records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from remitrisk.exhibits.migration import COUNTERS, PERIOD, month_name, month_span, quarter_words
from remitrisk.methods.migration import Spell, counted_twice

if TYPE_CHECKING:
    from livingbrief.run.notebook import Notebook

Source = Mapping[str, str]
Sources = Sequence[Source]
SURVEYED = {
    "receiving_households_pct": "transfers.receiving_households_{month}_pct",
    "typical_transfer_change_pct": "transfers.typical_change_{month}_pct",
}
ANSWERED = {
    ("C45", "percent of households"): ("migration.considering_households_{month}_pct", "percent"),
    ("C64", "visas"): ("migration.uk_seasonal_visas", "visas"),
    ("C64", "persons, Türkiye"): ("migration.citizens_in_turkiye_labour_ministry", "persons"),
    ("C64", "percent of those who leave"): ("migration.leavers_to_russia_pct", "percent"),
}
CORRIDORS = ("rus", "deu", "kaz", "tur", "usa")
SAME_YEAR = (
    ("nbkr_old", "2023-11", "old_eleven_months"),
    ("nbkr_new", "2023-12", "new_year"),
)
SPELLS = {
    "April": "april",
    "January to May": "january_to_may",
    "June to December": "june_to_december",
    "Whole year": "year",
}


def by_year(rows: pd.DataFrame, last_year: int, value: str = "value") -> pd.Series:
    """Return values by the year in which their period starts, up to the last year."""
    years = rows["period_start"].str[:4].astype(int)
    return pd.Series(rows[value].to_numpy(), index=years)[lambda s: s.index <= last_year]


def record_series(
    nb: Notebook,
    stem: str,
    values: pd.Series,
    sources: Sources,
    *,
    status: str = "final",
) -> None:
    """Record one number for each label of a series under ``stem.label``; gaps stay unrecorded."""
    for label, value in values.dropna().items():
        nb.number(f"{stem}.{label}", float(value), sources=sources, status=status)


def record_stocks(
    nb: Notebook,
    table: pd.DataFrame,
    years: Mapping[str, int],
    population: pd.Series,
    sources: Mapping[str, Mapping[str, str]],
) -> None:
    """Record totals of each edition, their number of destinations, and shares of the population."""
    for edition in table:
        listed, source = table[edition].dropna(), [sources[edition]]
        found = {"migration.listed_abroad": listed.sum()}
        if edition != "knomad2021" and years[edition] in population:
            share = 100 * listed.sum() / population[years[edition]]
            found["migration.listed_pct_population"] = share
        if "DEU" in listed.index:
            found["migrants.stock.deu"] = listed["DEU"]
        for stem, value in found.items():
            nb.number(f"{stem}.{edition}", value, status="estimate", sources=source)
        nb.number(f"migration.listed_destinations.{edition}", len(listed), sources=source)


def record_citizens(nb: Notebook, counted: pd.DataFrame, sources: Sources) -> None:
    """Record counts of citizens in Russia that are not of a whole year, by counter."""
    keys = dict(zip(COUNTERS.values(), ("half_year", "labour_ministry", "fms"), strict=True))
    for row in counted[counted["period_start"].str.len() > 4].itertuples():
        key = f"migration.citizens_in_russia_{keys[row.counter]}.{row.period_start[:4]}"
        nb.number(key, row.value, sources=sources)


def record_recorded_shares(nb: Notebook, spells: pd.DataFrame, sources: Sources) -> None:
    """Record the range of the recorded share, and the spell of its lowest value, by definition."""
    for definition, group in spells.groupby("definition"):
        stem = f"migration.recorded_share.{definition}"
        lowest = group.loc[group["share_pct"].idxmin()]
        nb.number(f"{stem}.lowest_pct", lowest["share_pct"], sources=sources)
        nb.number(f"{stem}.highest_pct", group["share_pct"].max(), sources=sources)
        nb.number(f"{stem}.periods", len(group), sources=sources)
        span = month_span(str(lowest["start"]), str(lowest["end"]))
        nb.number(f"{stem}.lowest_months", span, sources=sources)


def record_corridors(nb: Notebook, table: pd.DataFrame, sources: Sources) -> None:
    """Record modelled inflows of the corridors that the chapter speaks of."""
    for code in CORRIDORS:
        record_series(
            nb,
            f"migration.modelled_usd_mn.{code}",
            table.loc[code.upper()],
            sources,
            status="estimate",
        )
    ratio = table.loc["KAZ", "cgd2021"] / table.loc["KAZ", "knomad2021"]
    nb.number("migration.modelled_kaz.ratio", ratio, status="estimate", sources=sources)


def record_counted(nb: Notebook, facts: pd.DataFrame, last_year: int, sources: Sources) -> None:
    """Record the figures that show how the counters and the definitions differ."""
    both = counted_twice(facts)
    start, end = (both[c].str[5:7] for c in PERIOD)
    quarter = both[(start == "01") & (end == "03")]
    for column, key in (("home_usd_mn", "nbkr"), ("russia_usd_mn", "bank_of_russia")):
        stem = f"transfers.from_russia_first_quarter.{key}_usd_mn"
        record_series(nb, stem, by_year(quarter, last_year, column), sources)
    inflow = facts[facts["direction"] == "inflow"]
    russian = inflow[(inflow["counterpart"] == "RUS") & (inflow["period_start"] == "2023-01")]
    for system, end, key in SAME_YEAR:
        rows = russian[(russian["system"] == system) & (russian["period_end"] == end)].head(1)
        stem = f"transfers.from_russia_{key}_usd_mn"
        record_series(nb, stem, by_year(rows, last_year), sources)
    turkish = inflow[(inflow["counterpart"] == "TUR") & inflow["period_end"].str.endswith("-05")]
    stem = "transfers.turkiye_january_to_may_usd_mn"
    record_series(nb, stem, by_year(turkish, last_year), sources)


def record_spells(nb: Notebook, spells: Sequence[Spell], year: int, sources: Sources) -> None:
    """Record April and the whole year in dollars, and the changes on the year before."""
    for spell in spells:
        name = SPELLS.get(spell.label)
        if name is None:
            continue
        nb.number(f"transfers.{name}_yoy_pct.{year}", spell.change_pct, sources=sources)
        if name in ("april", "year"):
            level = pd.Series({year - 1: spell.before, year: spell.after})
            record_series(nb, f"transfers.{name}_usd_mn", level, sources)


def record_windows(nb: Notebook, table: pd.DataFrame, sources: Sources) -> None:
    """Record three-month windows and their change on a year before; their dates are inferred."""
    for name, row in table.iterrows():
        stem = f"transfers.three_months_to_{name}"
        change = 100 * row.pct_change(fill_method=None)
        record_series(nb, f"{stem}_usd_mn", row, sources, status="estimate")
        record_series(nb, f"{stem}_yoy_pct", change, sources, status="estimate")


def record_costs(nb: Notebook, ends: pd.DataFrame, sources: Sources) -> None:
    """Record the first and the last average cost of sending, and their quarters, by sender."""
    for row in ends.itertuples():
        stem = f"transfers.cost_from_{str(row.Index).lower()}"
        for end in ("first", "last"):
            quarter = quarter_words(str(getattr(row, end)))
            nb.number(f"{stem}.{end}_pct", getattr(row, f"{end}_pct"), sources=sources)
            nb.number(f"{stem}.{end}_quarter", quarter, sources=sources)


def record_households(nb: Notebook, figures: pd.DataFrame, last_year: int, source: Source) -> None:
    """Record what a monthly survey says of households that receive, and of what they receive."""
    for row in figures[figures["measure"].isin(list(SURVEYED))].itertuples():
        if len(row.period) == len("2022-03") and int(row.period[:4]) <= last_year:
            said = [{**source, "source": f"{row.producer}, survey of households by telephone"}]
            key = SURVEYED[row.measure].format(month=month_name(row.period))
            key = f"{key}.{row.period[:4]}"
            nb.number(key, row.value, sources=said)


def record_answers(nb: Notebook, answers: pd.DataFrame, last_year: int, source: Source) -> None:
    """Record single figures on where people want to go and went, with the one before."""
    for row in answers[answers["claim"].isin(["C45", "C64"])].itertuples():
        key, unit = ANSWERED.get((row.claim, row.unit), ("", ""))
        ends = ((row.before, row.before_period), (row.value, row.period))
        for value, period in ends if key else ():
            if pd.isna(value):
                continue
            year, _, rest = period.partition("-")
            spans_years = len(rest) == len(year)
            if int(rest if spans_years else year) <= last_year:
                name = key.format(month=month_name(period) if rest and not spans_years else "")
                at = f"y{year}_{rest}" if spans_years else year
                nb.number(
                    f"{name}.{at}",
                    float(value),
                    status="final" if unit != "persons" else "estimate",
                    sources=[{**source, "source": row.producer}],
                )


def record_sent(nb: Notebook, facts: pd.DataFrame, last_year: int, sources: Sources) -> None:
    """Record transfers out of the country: January, eight months, September, and the last two.

    Of the eight months also what went to Russia: the country of payment, not the sender.
    """
    sent = facts[(facts["direction"] == "outflow") & (facts["system"] == "nbkr_old")]
    start, end = (sent[c].str[5:7] for c in PERIOD)
    total, russian = (sent["counterpart"] == place for place in ("TOTAL", "RUS"))
    first_eight = (start == "01") & (end == "08")
    eight, russia = (by_year(sent[first_eight & part], last_year) for part in (total, russian))
    ninth = by_year(sent[total & (start == "09") & (end == "09")], last_year)
    for key, values in (
        ("january", by_year(sent[total & (start == "01") & (end == "01")], last_year)),
        ("january_to_august", eight),
        ("september", ninth),
        ("nine_months", (eight + ninth).dropna()),
        ("to_russia_january_to_august", russia),
    ):
        record_series(nb, f"transfers.out_{key}_usd_mn", values, sources)
    share = (100 * russia / eight).dropna()
    record_series(nb, "transfers.out_to_russia_pct", share, sources)
