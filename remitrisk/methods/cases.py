"""Known cases: margins of the assisted, world detections, and denominators that disagree."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from remitrisk.methods.counts import MINIMUM_CELL, CountBounds, garwood, pool_classes

NOT_RECORDED = ("not_recorded", "not_recorded_or_suppressed")
REST = "not recorded or other"
#: The one country abroad whose detections are large enough to be shown by period.
ABROAD = "Türkiye"
DESTINATIONS = {
    "RUS": "Russia",
    "KAZ": "Kazakhstan",
    "TUR": "Türkiye",
    "ARE": "United Arab Emirates",
    "KGZ": "Kyrgyzstan",
    "TJK": "Tajikistan",
    "UZB": "Uzbekistan",
    "UKR": "Ukraine",
    "GEO": "Georgia",
    "MDA": "Moldova",
    "ARM": "Armenia",
    "TKM": "Turkmenistan",
}


RECORDED = {"CountryOfExploitation": "destination", "gender": "sex", "ageBroad": "age"}
SEXES = {"Female": "women_count", "Male": "men_count"}
THIRTY_AND_OVER = ["30--38", "39--47", "48+"]
FLAGS = {
    "is": {"ForcedLabour": "forced_labour_count", "SexualExploit": "sexual_count"},
    "typeOfLabour": {
        "Construction": "construction_count",
        "Agriculture": "agriculture_count",
        "DomesticWork": "domestic_work_count",
    },
}
#: Purposes that the file knows beside forced labour and sexual exploitation.
OTHER_PURPOSES = ("OtherExploit",)
CENTRAL_ASIA = ("KAZ", "KGZ", "TJK", "TKM", "UZB")
REGION = (*CENTRAL_ASIA, "ARM", "AZE", "BLR", "GEO", "MDA", "RUS", "UKR")


def assisted_total(margins: pd.DataFrame, citizenship: str) -> int:
    """Return the number of assisted people of one citizenship in the file, 0 if there is none."""
    rows = margins.loc[
        margins["citizenship"].eq(citizenship) & margins["variable"].eq("total_rows"),
        "n_synthetic_rows",
    ]
    return int(rows.iloc[0]) if len(rows) else 0


def margin(margins: pd.DataFrame, citizenship: str, variable: str) -> pd.Series | None:
    """One variable of the assisted, pooled until no class is small.

    Parameters
    ----------
    margins : DataFrame
        ``citizenship``, ``variable``, ``value``, ``n_synthetic_rows``; classes under ten are not
        in it.

    Returns
    -------
    Series or None
        Class to count, `REST` last: it holds what is not recorded, what the publisher suppressed
        and what had to be pooled, so that the whole adds up to the total. None when the variable
        has no class large enough.
    """
    rows = margins.loc[
        margins["citizenship"].eq(citizenship) & margins["variable"].eq(variable)
    ].set_index("value")["n_synthetic_rows"]
    counts = rows.astype(float).rename(dict.fromkeys(NOT_RECORDED, REST))
    if counts.drop(REST, errors="ignore").empty:
        return None
    return pool_classes(counts, total=assisted_total(margins, citizenship), into=REST)


def flags(margins: pd.DataFrame, citizenship: str, prefix: str) -> pd.Series:
    """Count the flags whose name begins with `prefix`, largest first.

    A flag is 1 or blank, never 0: a blank may be a no or a question not asked, so that a count
    over the total is a lower bound of the share. Flags overlap; they do not add up. A flag whose
    complement would be under ten is left out.
    """
    total = assisted_total(margins, citizenship)
    rows = margins.loc[
        margins["citizenship"].eq(citizenship) & margins["variable"].str.startswith(prefix)
    ]
    counts = rows.set_index(rows["variable"].str.removeprefix(prefix))["n_synthetic_rows"]
    kept = counts.loc[counts.ge(10) & (total - counts).ge(10)]
    return kept.astype(int).sort_values(ascending=False, kind="stable")


def profile(margins: pd.DataFrame, citizenship: str) -> dict[str, int]:
    """Counts of the assisted that the report records one by one.

    Parameters
    ----------
    margins : DataFrame
        As in `margin`.

    Returns
    -------
    dict
        ``assisted_count``, then what the file holds of: people by country of exploitation
        (``exploited_rus_count``), sex, age thirty and over, forced labour, sexual exploitation,
        construction, agriculture, domestic work; and ``…_recorded_count``, how many records
        state the variable.
    """
    found = {"assisted_count": assisted_total(margins, citizenship)}
    for variable, name in RECORDED.items():
        counts = margin(margins, citizenship, variable)
        if counts is None:
            continue
        stated = counts.drop(REST, errors="ignore")
        found[f"{name}_recorded_count"] = int(stated.sum())
        if variable == "CountryOfExploitation":
            kept = stated.loc[stated.index.isin(list(DESTINATIONS))]
            found |= {f"exploited_{str(c).lower()}_count": int(v) for c, v in kept.items()}
        elif variable == "gender":
            found |= {SEXES[str(c)]: int(v) for c, v in stated.items() if c in SEXES}
        else:
            older = stated.loc[stated.index.isin(THIRTY_AND_OVER)]
            if len(older):
                found["age_30_and_over_count"] = int(older.sum())
    for prefix, names in FLAGS.items():
        counts = flags(margins, citizenship, prefix)
        found |= {names[str(c)]: int(v) for c, v in counts.items() if c in names}
    return found


def printed_years(text: str) -> list[int]:
    """Return the years of a list such as ``2009, 2010, 2013-2016``."""
    years: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        years += range(int(first), int(last or first) + 1)
    return years


def in_words(years: Iterable[int]) -> str:
    """Return years as a reader says them: "2015 and 2018 to 2022"."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    *head, last = [f"{r[0]} to {r[-1]}" if len(r) > 1 else str(r[0]) for r in runs]
    return f"{', '.join(head)} and {last}" if head else last


def more(one: CountBounds, other: CountBounds) -> bool:
    """Whether a count is larger than another beyond chance.

    The exact 95 % interval of its smallest possible value lies above that of the other's largest.
    """
    return garwood(one.low).low > garwood(other.high).high


def seen_in_same_years(table: pd.DataFrame, home: pd.Series) -> tuple[CountBounds, int, str] | None:
    """Set the last period in which one country abroad is shown against home in the same years.

    Parameters
    ----------
    table : DataFrame
        ``counted_by``, ``detecting_group``, ``first_year``, ``last_year``, ``years_printed``,
        ``low``, ``high``.
    home : Series
        Year to people detected at home.

    Returns
    -------
    tuple or None
        Citizens detected abroad, people detected at home in those years, and the years as the
        publisher lists them; None where home has not all of these years, or where there is no
        second period.
    """
    rows = table.loc[table["counted_by"].eq("citizenship") & table["detecting_group"].eq(ABROAD)]
    if len(rows) < 2:
        return None
    late = rows.sort_values("last_year").iloc[-1]
    counted = home.reindex(printed_years(late["years_printed"]))
    if counted.isna().any():
        return None
    bounds = CountBounds(int(late["low"]), int(late["high"]))
    return bounds, int(counted.sum()), str(late["years_printed"])


def seen_before(table: pd.DataFrame) -> tuple[CountBounds, CountBounds] | None:
    """Return people detected abroad in the earlier period, and at home.

    Years differ: each country prints its own. None where one of the two is missing.
    """
    rows = table.loc[table["counted_by"].eq("citizenship")]
    one = rows.loc[rows["detecting_group"].eq(ABROAD)].sort_values("last_year")
    home = rows.loc[rows["detecting_group"].str.contains("at home")]
    others = rows.loc[rows["detecting_group"].str.startswith("All other")]
    early = pd.concat([one.iloc[:1], others])
    if early.empty or home.empty:
        return None
    bounds = CountBounds(int(early["low"].sum()), int(early["high"].sum()))
    return bounds, CountBounds(int(home["low"].iloc[0]), int(home["high"].iloc[0]))


def other_purposes(margins: pd.DataFrame, citizenship: str) -> int:
    """Return how many assisted people can have a purpose beside the two main ones, at most.

    A flag that the file does not print was set fewer than ten times.
    """
    rows = margins.loc[margins["citizenship"].eq(citizenship)]
    printed = rows.set_index("variable")["n_synthetic_rows"]
    return sum(int(printed.get(f"is{name}", MINIMUM_CELL - 1)) for name in OTHER_PURPOSES)


def balanced_panel(totals: pd.DataFrame, years: Iterable[int]) -> tuple[pd.Series, int]:
    """World sum of detections over the countries that report an exact total in every year.

    Parameters
    ----------
    totals : DataFrame
        ``iso3``, ``year``, ``value`` (NaN where printed as "<5").

    Returns
    -------
    tuple of Series and int
        Year to sum, and the number of countries.
    """
    rows = totals.loc[totals["year"].isin(list(years))]
    wide = rows.pivot_table(index="iso3", columns="year", values="value", aggfunc="first")
    full = wide.reindex(columns=list(years)).dropna()
    return full.sum(), len(full)


def per_migrants(cases: pd.Series, stocks: pd.DataFrame, *, per: float = 10_000) -> pd.DataFrame:
    """Cases per `per` migrants by destination, once for each edition of the migrant stock.

    Parameters
    ----------
    cases : Series
        Destination to cases.
    stocks : DataFrame
        Index edition, a column for each destination; people.

    Returns
    -------
    DataFrame
        Index edition, columns the destinations that both have.
    """
    shared = [d for d in cases.index if d in stocks.columns]
    return per * cases[shared] / stocks[shared]
