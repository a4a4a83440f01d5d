"""Known cases: margins of the assisted, world detections, and denominators that disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import pandas as pd

from remitrisk.analysis.counts import MINIMUM_CELL, CountBounds, garwood, pool_classes, rate

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
#: Publisher's labels as a reader would write them, and as a sentence names them.
WORDS = {
    "TakesEarnings": "takes earnings",
    "FalsePromises": "false promises",
    "WithholdsNecessities": "withholds necessities",
    "RestrictsMovement": "restricts movement",
    "RestrictsMedicalCare": "no medical care",
    "ExcessiveWorkingHours": "excessive hours",
    "PsychologicalAbuse": "psychological abuse",
    "PhysicalAbuse": "physical abuse",
    "WithholdsDocuments": "withholds documents",
    "DebtBondage": "debt bondage",
    "ThreatOfLawEnforce": "threat of police",
    "SexualAbuse": "sexual abuse",
    "DomesticWork": "domestic work",
    "Female": "women",
    "Male": "men",
}
SAID = {"takes ": "taken ", "withholds ": "withheld ", "restricts ": "restricted "}

#: How keys name who detected or sent people home.
SHORT = {
    "Kyrgyzstan (detected at home)": "home",
    "Türkiye": "tur",
    "Kazakhstan": "kaz",
    "Russian Federation": "rus",
    "United Arab Emirates": "are",
}
#: Editions of the migrant stock: how the table and how keys name each.
EDITIONS = {
    "migrant_stock_undesa2019ed": "undesa2019",
    "migrant_stock_2021": "knomad2021",
    "migrant_stock_undesa2024ed": "undesa2024",
}
IDENTIFIED = {
    "victims_identified_government": "government",
    "victims_identified_by_government": "government",
    "victims_identified_ngos_additional": "ngo",
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
        (``exploited_rus_count``), sex, age under thirty and from thirty on, forced labour, sexual exploitation,
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
            if len(older) < len(stated):
                found["age_under_30_count"] = int(stated.sum() - older.sum())
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


def plain(label: str) -> str:
    """Return the publisher's label of a class as a reader would write it."""
    return WORDS.get(label, DESTINATIONS.get(label, label.replace("--", "–")))


def said(label: str) -> str:
    """Return the publisher's label of a means of control as a sentence names it."""
    words = plain(label)
    for verb, done in SAID.items():
        words = words.replace(verb, done)
    return words.lower()


def largest_first(counts: pd.Series) -> pd.Series:
    """Order classes by count, `REST` last, under the names that a reader knows."""
    rest = counts.index == REST
    ordered = pd.concat([counts[~rest].sort_values(ascending=False, kind="stable"), counts[rest]])
    names = [plain(str(label)) for label in ordered.index]
    return ordered.set_axis([f"{name[:1].upper()}{name[1:]}" for name in names])


def shares(split: Mapping[str, pd.Series], total: int) -> pd.DataFrame:
    """Assisted people by class, with shares of all and of those recorded.

    Parameters
    ----------
    split : dict
        Name of a variable to counts by class, from `margin`.
    total : int
        Assisted people.

    Returns
    -------
    DataFrame
        ``variable``, ``class``, ``persons``, ``of_all`` and ``of_recorded`` in per cent, the
        latter without a number for what is not recorded.
    """
    parts = []
    for name, counts in split.items():
        stated = counts.drop(REST, errors="ignore")
        parts.append(
            pd.DataFrame(
                {
                    "variable": name,
                    "class": [plain(str(label)) for label in counts.index],
                    "persons": counts.to_numpy(),
                    "of_all": 100 * counts.to_numpy() / total,
                    "of_recorded": (100 * stated / stated.sum()).reindex(counts.index).to_numpy(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def intervals(counts: Mapping[int, CountBounds]) -> pd.DataFrame:
    """Exact 95 % intervals of yearly counts.

    Returns
    -------
    DataFrame
        Index year; ``low_count`` and ``high_count``, the bounds of the count itself, then ``low``
        and ``high``, the interval from the lower limit of the one to the upper of the other.
    """
    rows = {y: (c.low, c.high, garwood(c.low).low, garwood(c.high).high) for y, c in counts.items()}
    names = ["low_count", "high_count", "low", "high"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=names).rename_axis("year")


def neighbours(counts: Iterable[int]) -> dict[str, int]:
    """Count pairs of neighbouring counts, and those whose exact intervals overlap."""
    pairs = list(pairwise(garwood(int(c)) for c in counts))
    met = sum(a.low <= b.high and b.low <= a.high for a, b in pairs)
    return {"pairs": len(pairs), "overlapping": met}


def pools(table: pd.DataFrame) -> Iterator[tuple[str, CountBounds, str]]:
    """Yield counts of pooled years and countries under the names that keys give them.

    Parameters
    ----------
    table : DataFrame
        As in `seen_in_same_years`.

    Yields
    ------
    tuple
        ``citizens_detected.tur.y2007_2014``, the count, the years that are printed in words.
        Where one country abroad has two periods, the second is ``late`` and both are ``all``.
    """
    periods = _periods_abroad(table)
    for row in table.itertuples():
        kind = "citizens_detected" if row.counted_by == "citizenship" else "repatriated"
        late = len(periods) > 1 and row.Index == periods.index[-1]
        when = "late" if late else f"y{row.first_year}_{row.last_year}"
        name = f"{kind}.{SHORT.get(row.detecting_group, 'other_countries')}.{when}"
        years = in_words(printed_years(row.years_printed))
        yield name, CountBounds(int(row.low), int(row.high)), years
    if len(periods) > 1:
        years = in_words(printed_years(", ".join(periods["years_printed"])))
        bounds = CountBounds(int(periods["low"].sum()), int(periods["high"].sum()))
        yield "citizens_detected.tur.all", bounds, years


def pool_names(table: pd.DataFrame, home: pd.Series) -> pd.DataFrame:
    """Name pools for a reader, with the people detected at home in the years of the last period.

    Parameters
    ----------
    table, home
        As in `seen_in_same_years`.

    Returns
    -------
    DataFrame
        ``counted_by``, ``name``, ``low``, ``high``, largest first.
    """
    who = table["detecting_group"].str.split(" (", regex=False).str[0]
    who = who.replace(
        {"Kyrgyzstan": "Kyrgyzstan, at home", "All other countries together": "All other countries"}
    )
    rows = table.assign(name=who + ": " + table["years_printed"].str.replace("-", "\u2013"))
    rows = rows[["counted_by", "name", "low", "high"]]
    if (late := seen_in_same_years(table, home)) is not None:
        _, counted, years = late
        name = f"At home, Statistical Committee*: {years}".replace("-", "\u2013")
        own = pd.DataFrame([("citizenship", name, counted, counted)], columns=rows.columns)
        rows = pd.concat([rows, own], ignore_index=True)
    return rows.sort_values("low", ascending=False, kind="stable")


def more_at_home(home: CountBounds, abroad: CountBounds) -> int:
    """Return 1 where more were seen at home beyond chance, -1 where abroad, 0 where neither."""
    return int(more(home, abroad)) - int(more(abroad, home))


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
    rows = _periods_abroad(table)
    if len(rows) < 2:
        return None
    late = rows.iloc[-1]
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
    one = _periods_abroad(table)
    home = rows.loc[rows["detecting_group"].str.contains("at home")]
    others = rows.loc[rows["detecting_group"].str.startswith("All other")]
    early = pd.concat([one.iloc[:1], others])
    if early.empty or home.empty:
        return None
    bounds = CountBounds(int(early["low"].sum()), int(early["high"].sum()))
    return bounds, CountBounds(int(home["low"].iloc[0]), int(home["high"].iloc[0]))


def _periods_abroad(table: pd.DataFrame) -> pd.DataFrame:
    rows = table.loc[table["counted_by"].eq("citizenship") & table["detecting_group"].eq(ABROAD)]
    return rows.sort_values("last_year")


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


def stocks(bilateral: pd.DataFrame, *, last_year: int) -> pd.DataFrame:
    """People born in Kyrgyzstan by country of residence, in each edition's latest year.

    Parameters
    ----------
    bilateral : DataFrame
        ``origin_iso3``, ``dest_iso3``, ``flow``, ``year``, ``value``.

    Returns
    -------
    DataFrame
        Index edition in the order of `EDITIONS`, a column for each destination of the repatriated
        whose stock more than one publisher gives.
    """
    rows = bilateral.query(
        "origin_iso3 == 'KGZ' and year <= @last_year and flow in @EDITIONS "
        "and dest_iso3 in ('RUS', 'KAZ', 'TUR')"
    )
    latest = rows.sort_values("year").drop_duplicates(["flow", "dest_iso3"], keep="last")
    latest = latest.assign(edition=latest["flow"].map(EDITIONS))
    wide = latest.pivot_table(index="edition", columns="dest_iso3", values="value")
    return wide.reindex([e for e in EDITIONS.values() if e in wide.index])


def repatriated_rates(table: pd.DataFrame, stocks: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """People detected and sent home per 10,000 migrants, with the exact interval of the count.

    Parameters
    ----------
    table : DataFrame
        As in `seen_in_same_years`.
    stocks : DataFrame
        From `stocks`.

    Returns
    -------
    dict
        ``estimate``, ``low`` and ``high``, each of the shape of `stocks`.
    """
    rows = table.loc[table["counted_by"].eq("repatriation")]
    back = rows.set_index(rows["detecting_group"].map(SHORT).str.upper())[["low", "high"]]
    found = {name: pd.DataFrame(index=stocks.index) for name in ("estimate", "low", "high")}
    for code in stocks.columns.intersection(back.index, sort=False):
        count = CountBounds(*back.loc[code].astype(int))
        for edition, people in stocks[code].items():
            spread = rate(count, people)
            for name, frame in found.items():
                frame.loc[edition, code] = getattr(spread, name)
    return found


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
