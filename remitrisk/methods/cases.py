"""Known cases: margins of the assisted, world detections, and denominators that disagree."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.values.values import Source, Values
from livingbrief.wording import enumerated, spells
from remitrisk.methods.breakdowns import slug
from remitrisk.methods.counts import MINIMUM_CELL, CountBounds, garwood, pool_classes

NOT_RECORDED = ("not_recorded", "not_recorded_or_suppressed")
REST = "not recorded, or too few"
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
CENTRAL_ASIA = ("KAZ", "KGZ", "TJK", "TKM", "UZB")
REGION = (*CENTRAL_ASIA, "ARM", "AZE", "BLR", "GEO", "MDA", "RUS", "UKR")
#: Panels of countries: who is in each (all without), and the years in which they must report.
GROUPS = {
    "balanced": (None, (2018, 2019, 2020)),
    "region": (REGION, (2019, 2020)),
    "central_asia": (CENTRAL_ASIA, (2019, 2020)),
}
RECORDED = {"CountryOfExploitation": "destination", "gender": "sex", "ageBroad": "age"}
SEXES = {"Female": "women_count", "Male": "men_count"}
THIRTY_AND_OVER = ["30--38", "39--47", "48+"]
UNDER_18 = ["0--8", "09--17"]
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


def _rows(margins: pd.DataFrame, citizenship: str, variable: str = "") -> pd.Series:
    """Return the counts of one citizenship: by class of a variable, or by variable."""
    rows = margins.loc[margins["citizenship"].eq(citizenship)]
    if variable:
        rows = rows.loc[rows["variable"].eq(variable)]
    return rows.set_index("value" if variable else "variable")["n_synthetic_rows"]


def assisted_total(margins: pd.DataFrame, citizenship: str) -> int:
    """Return the number of assisted people of one citizenship in the file, 0 if there is none."""
    return int(_rows(margins, citizenship).get("total_rows", 0))


def margin(margins: pd.DataFrame, citizenship: str, variable: str) -> pd.Series | None:
    """One variable of the assisted (table ``ctdc.margins``), pooled until no class is small.

    Class to count, `REST` last: it holds what is not recorded, what the publisher suppressed and
    what had to be pooled, so that the whole adds up to the total. None when the variable has no
    class large enough.
    """
    rows = _rows(margins, citizenship, variable)
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
    rows = _rows(margins, citizenship)
    counts = rows[rows.index.str.startswith(prefix)].rename(lambda v: v.removeprefix(prefix))
    kept = counts.loc[counts.ge(10) & (total - counts).ge(10)]
    return kept.astype(int).sort_values(ascending=False, kind="stable")


def profile(margins: pd.DataFrame, citizenship: str) -> dict[str, Any]:
    """Counts of the assisted that the report records one by one, by the ends of their keys.

    A variable's ``…_recorded_count`` says how many records state it; registrations are of those
    whose year is stated; ``means_of_control`` are the three most often recorded,
    ``neither_at_least_count`` are those without either purpose if nobody has both, and
    ``other_purpose_at_most_count`` comes with how it is printed.
    """
    found: dict[str, Any] = {"assisted_count": assisted_total(margins, citizenship)}
    who = assisted(margins, citizenship)
    for variable, counts in who.split.items():
        name = RECORDED[variable]
        stated = counts.drop(REST, errors="ignore")
        found[f"{name}_recorded_count"] = int(stated.sum())
        if variable == "CountryOfExploitation":
            kept = stated.loc[stated.index.isin(list(DESTINATIONS))]
            found |= {f"exploited_{str(c).lower()}_count": int(v) for c, v in kept.items()}
        elif variable == "gender":
            found |= {SEXES[str(c)]: int(v) for c, v in stated.items() if c in SEXES}
        else:
            found["age_under_18_classes"] = int(stated.index.isin(UNDER_18).sum())
            older = stated.loc[stated.index.isin(THIRTY_AND_OVER)]
            if len(older):
                found["age_30_and_over_count"] = int(older.sum())
            if len(older) < len(stated):
                found["age_under_30_count"] = int(stated.sum() - older.sum())
    for prefix, counts in (("is", who.purposes), ("typeOfLabour", who.work)):
        names = FLAGS[prefix]
        found |= {names[str(c)]: int(v) for c, v in counts.items() if c in names}
    registered = margin(margins, citizenship, "yearOfRegistration")
    years = {} if registered is None else {str(y): int(n) for y, n in registered.items()}
    years.pop(REST, None)
    if years:
        found["registered_years"] = f"{min(years)} to {max(years)}"
    if before := sum(n for year, n in years.items() if year < "2020"):
        found["registered_before_2020_count"] = before
    if len(who.means) > 2:
        told = who.means.iloc[:3].items()
        found["means_of_control"] = [f"{said(str(k))} ({v:,})" for k, v in told]
    if found["assisted_count"]:
        either = [found[name] for name in FLAGS["is"].values() if name in found]
        if len(either) > 1 and found["assisted_count"] - sum(either) >= MINIMUM_CELL:
            found["neither_at_least_count"] = found["assisted_count"] - sum(either)
        most = other_purposes(margins, citizenship)
        few = f"under {MINIMUM_CELL}\u00a0persons" if most < MINIMUM_CELL else None
        found["other_purpose_at_most_count"] = {"value": most, "text": few}
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
    return enumerated(f"{r[0]} to {r[-1]}" if len(r) > 1 else r[0] for r in spells(years))


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
    return ordered.set_axis([n if n == REST else f"{n[:1].upper()}{n[1:]}" for n in names])


def shares(split: Mapping[str, pd.Series], total: int) -> pd.DataFrame:
    """Return assisted people by class, with shares of all and of those recorded, per cent.

    `split` has counts by class from `margin`. Columns variable, class, people, of_all, of_recorded
    (missing for what is not recorded).
    """
    lines = []
    for variable, counts in split.items():
        stated = counts.drop(REST, errors="ignore").sum()
        for label, count in counts.items():
            recorded = np.nan if label == REST else 100 * count / stated
            lines.append((variable, plain(str(label)), count, 100 * count / total, recorded))
    return pd.DataFrame(lines, columns=["variable", "class", "people", "of_all", "of_recorded"])


@dataclass(frozen=True)
class Assisted:
    """What the file of synthetic records holds of one citizenship.

    Assisted people (0 where the file has none); variable to counts by class, from `margin`; and
    flags that overlap, largest first, from `flags`.
    """

    total: int
    split: dict[str, pd.Series]
    purposes: pd.Series
    work: pd.Series
    means: pd.Series

    @property
    def cells(self) -> Iterator[tuple[str, pd.Series]]:
        """Every split that may be printed: what it is, and its counts."""
        for variable, counts in self.split.items():
            yield f"Assisted people by {variable}", counts
        for counts in (self.purposes, self.work, self.means):
            for flag in counts.index:
                yield "Assisted people by flag", counts[[flag]]

    @property
    def panels(self) -> dict[str, pd.Series]:
        """Counts by ``where``, ``work`` and ``means``, largest first, `REST` last."""
        where = self.split.get("CountryOfExploitation", pd.Series(dtype=float))
        found = {"where": where, "work": self.work, "means": self.means}
        return {h: largest_first(c).rename("persons") for h, c in found.items() if len(c)}

    @property
    def top_two(self) -> dict[str, Any]:
        """The two countries where most were exploited, and their share of those recorded."""
        counts = self.split.get("CountryOfExploitation", pd.Series(dtype=float))
        where = largest_first(counts.drop(REST, errors="ignore"))
        share = 100 * where.iloc[:2].sum() / where.sum()
        return {"top_two": [*where.index[:2]], "top_two_pct": share} if len(where) else {}


def assisted(margins: pd.DataFrame, citizenship: str) -> Assisted:
    """Read the splits of one citizenship that may be printed; see `margin` and `flags`."""
    total = assisted_total(margins, citizenship)
    split = {v: margin(margins, citizenship, v) for v in RECORDED} if total else {}
    kinds = [flags(margins, citizenship, flag) for flag in ("is", "typeOfLabour", "meansOfControl")]
    kinds[-1] = kinds[-1].drop("Other", errors="ignore")
    return Assisted(total, {v: m for v, m in split.items() if m is not None}, *kinds)


@dataclass(frozen=True)
class Registers:
    """Yearly counts of detected people by register, with exact 95% intervals.

    `data`: ``register``, ``year``, the bounds of the count itself (``low_count``, ``high_count``),
    and ``low`` and ``high``, from the lower limit of the one to the upper of the other; a year of
    which only citizens are printed has no such interval. `counts`, `low`, `high`: by register what
    a chart shows, the count where it is exact, and the interval. `texts`: year and column to the
    label of what is not an exact total.
    """

    data: pd.DataFrame
    counts: dict[str, Values]
    low: dict[str, Values]
    high: dict[str, Values]
    texts: dict[tuple[int, str], str]

    @property
    def columns(self) -> list[str]:
        """Columns of totals."""
        return [values.names[0] for values in self.counts.values()]

    def ends(self, since: int) -> dict[str, int]:
        """Return the smallest and the largest count, and the largest since a year."""
        totals = self.data.dropna(subset="low")
        most = totals["high_count"]
        found = {"least": int(totals["low_count"].min()), "most": int(most.max())}
        late = most[totals["year"].ge(since)]
        return found | ({f"most_since_{since}": int(late.max())} if len(late) else {})


def registers(
    counts: Mapping[str, tuple[Mapping[int, CountBounds], Source]],
    citizens: Mapping[int, int],
    source: Source,
) -> Registers:
    """Set registers of detected people side by side, over the years of any of them.

    `counts` has years and counts, and the source, of each register. `citizens`, with its own
    source, are the years of the last register of which it prints citizens and no total.
    """
    parts, shown, low, high = [], {}, {}, {}
    told: dict[tuple[int, str], str] = {}
    years = [year for found, _ in counts.values() for year in found]
    span = pd.RangeIndex(min(years), max(years) + 1, name="year")
    for head, (found, own) in counts.items():
        name = slug(head)
        told |= {(year, name): "<5" for year, count in found.items() if not count.exact}
        ends = {
            y: (c.low, c.high, garwood(c.low).low, garwood(c.high).high) for y, c in found.items()
        }
        frame = pd.DataFrame(ends, index=["low_count", "high_count", "low", "high"]).T
        parts.append(frame.astype({"low_count": int, "high_count": int}).assign(register=head))
        exact = pd.Series({y: c.low for y, c in found.items() if c.exact}, dtype=float)
        cited = [own]
        if head == [*counts][-1] and citizens:
            cited.append(source)
            part = pd.DataFrame({"low_count": citizens, "high_count": citizens}, dtype=int)
            parts.append(part.assign(register=f"{head}, citizens only"))
        shown[head] = Values.of(
            {name: exact.reindex(span)}, unit="persons", label=head, sources=cited
        )
        low[head], high[head] = (
            Values.of({name: frame[end].reindex(span)}) for end in ("low", "high")
        )
    data = pd.concat(parts).rename_axis("year").reset_index()
    order = ["register", "year", "low_count", "high_count", "low", "high"]
    return Registers(data[order], shown, low, high, told)


def bounds(counts: pd.DataFrame) -> dict[int, CountBounds]:
    """Return year to the count between ``low`` and ``high``."""
    return {int(y): CountBounds(int(r.low), int(r.high)) for y, r in counts.iterrows()}


def definition(metadata: pd.DataFrame) -> dict[str, str]:
    """Return whom the Committee counts, and the day on which it first said so.

    From ``nsc.definition``; empty where an edition looks back to a day before it.
    """
    rows = metadata[metadata["aspect"] == "who_is_counted"]
    if rows.empty:
        return {}
    statement, published = rows[["statement", "first_published"]].iloc[0]
    day = dt.date.fromisoformat(published)
    return {"counted": str(statement), "published": f"{day.day} {day:%B %Y}"}


def periods(
    abroad: pd.DataFrame, totals: Mapping[int, CountBounds]
) -> tuple[pd.DataFrame, dict[int, int]]:
    """Tell pools of years from single years, of which only those without a total are kept.

    The latter as year to citizens detected at home.
    """
    alone = abroad["first_year"].eq(abroad["last_year"])
    single = abroad.loc[alone & ~abroad["first_year"].isin(list(totals))]
    return abroad.loc[~alone], dict(zip(single["first_year"], single["low"].tolist(), strict=True))


def pools(table: pd.DataFrame) -> dict[tuple[str, str, str], tuple[CountBounds, str]]:
    """Return counts of pooled years and countries, and the years printed in words.

    By how they were counted, where and when: ``citizens_detected``, ``tur``, ``y2007_2014``. Where
    one country abroad has two periods, the second is ``late`` and both are ``all``.
    """
    periods, found = _periods_abroad(table), {}
    for row in table.itertuples():
        kind = "citizens_detected" if row.counted_by == "citizenship" else "repatriated"
        late = len(periods) > 1 and row.Index == periods.index[-1]
        when = "late" if late else f"y{row.first_year}_{row.last_year}"
        where = SHORT.get(row.detecting_group, "other_countries")
        years = in_words(printed_years(row.years_printed))
        found[kind, where, when] = (CountBounds(int(row.low), int(row.high)), years)
    if len(periods) > 1:
        years = in_words(printed_years(", ".join(periods["years_printed"])))
        bounds = CountBounds(int(periods["low"].sum()), int(periods["high"].sum()))
        found["citizens_detected", "tur", "all"] = (bounds, years)
    return found


def recorded(pool: CountBounds) -> dict[str, Any]:
    """Return what a notebook records of a pool: at least so many, and what there can be at most."""
    text = f"{pool.at_least}\u00a0persons"
    return {"value": pool.low, "interval": [pool.low, pool.high], "text": text}


def more_by_period(table: pd.DataFrame, home: pd.Series) -> dict[str, int]:
    """Return where more were seen, ``early`` and ``late``, as far as both sides are printed.

    1 where more were seen at home beyond chance, -1 where abroad, 0 where neither.
    """
    sides = {"early": seen_before(table)}
    if same := seen_in_same_years(table, home):
        sides["late"] = same[0], CountBounds(same[1], same[1])
    return {
        when: int(more(both[1], both[0])) - int(more(both[0], both[1]))
        for when, both in sides.items()
        if both is not None
    }


def pool_names(table: pd.DataFrame, home: pd.Series) -> pd.DataFrame:
    """Name pools for a reader, with the people detected at home in the years of the last period.

    Columns ``counted_by``, ``name``, ``low``, ``high``, largest first.
    """
    who = table["detecting_group"].str.split(" (", regex=False).str[0]
    who = who.replace(
        {"Kyrgyzstan": "Kyrgyzstan, at home", "All other countries together": "All other countries"}
    )
    rows = table.assign(name=who + ": " + table["years_printed"].str.replace("-", "\u2013"))
    rows = rows[["counted_by", "name", "low", "high"]]
    if late := seen_in_same_years(table, home):
        _, counted, years = late
        name = f"At home, Statistical Committee*: {years}".replace("-", "\u2013")
        own = pd.DataFrame([("citizenship", name, counted, counted)], columns=rows.columns)
        rows = pd.concat([rows, own], ignore_index=True)
    return rows.sort_values("low", ascending=False, kind="stable")


def more(one: CountBounds, other: CountBounds) -> bool:
    """Whether a count is larger than another beyond chance.

    The exact 95% interval of its smallest possible value lies above that of the other's largest.
    """
    return garwood(one.low).low > garwood(other.high).high


def seen_in_same_years(table: pd.DataFrame, home: pd.Series) -> tuple[CountBounds, int, str] | None:
    """Set the last period in which one country abroad is shown against home in the same years.

    `home` has people detected at home by year. Returns citizens detected abroad, people detected at
    home in those years, and the years as the publisher lists them; None where home lacks one of
    them, or where there is no second period.
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
    printed = _rows(margins, citizenship)
    return sum(int(printed.get(f"is{name}", MINIMUM_CELL - 1)) for name in OTHER_PURPOSES)


def balanced_panel(
    totals: pd.DataFrame, years: Iterable[int], group: Iterable[str] | None = None
) -> tuple[pd.Series, int]:
    """World sum of detections over the countries that report an exact total in every year.

    `totals` has ``iso3``, ``year``, ``value`` (NaN where printed as "<5"). Returns year to sum, and
    the number of countries.
    """
    rows = totals.loc[totals["year"].isin(list(years))]
    if group is not None:
        rows = rows.loc[rows["iso3"].isin(list(group))]
    wide = rows.pivot_table(index="iso3", columns="year", values="value", aggfunc="first")
    full = wide.reindex(columns=list(years)).dropna()
    return full.sum(), len(full)


def detections(totals: pd.DataFrame) -> Values:
    """World detections by year over all that print an exact total, and how many these are."""
    printed = totals.dropna(subset="value").groupby("year")["value"]
    return Values.of(
        {"detected_all": printed.sum(), "reporting_countries": printed.size()},
        unit={"detected_all": "persons", "reporting_countries": "countries"},
        label={"detected_all": "all that report", "reporting_countries": "countries"},
        sources=(totals.attrs["source"],),
    )


def significant(value: float, digits: int = 1) -> int:
    """Return a positive number to so many significant digits: 295 gives 300, 9,500 gives 10,000.

    For ratios of a modelled to a counted number, of which more digits would mean nothing. A power
    of ten would be off by up to three times.
    """
    if not value > 0:
        raise ValueError(f"{value} is no ratio of people")
    return max(1, round(float(f"{value:.{digits - 1}e}")))


def yearly_detected(totals: pd.DataFrame, last_year: int, years: int = 5) -> pd.Series:
    """Return detected people a year by state, the mean of its exact totals of the last years."""
    exact = totals[totals["low"].eq(totals["high"])]
    recent = exact[exact["year"].between(last_year - years + 1, last_year)]
    return recent.groupby("iso3")["low"].mean()


def last_scores(scores: pd.DataFrame, indicator: str) -> pd.Series:
    """Return the scores of one indicator by state, of the last edition that is there."""
    own = scores[scores["indicator"].eq(indicator)]
    return own[own["edition"].eq(own["edition"].max())].set_index("iso3")["value"]
