"""What moved between two vintages: values new, revised and withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from livingbrief.data.access import open_catalog
from livingbrief.data.catalog import Catalog
from livingbrief.data.content import NUMERIC, Resource, unusable_to_missing
from livingbrief.data.datasets import in_words
from livingbrief.data.known import printed_on
from livingbrief.errors import DataError
from livingbrief.escape import markdown

RELATIVE_NOISE = 1e-9
NEW, REVISED, WITHDRAWN = "new", "revised", "withdrawn"
DOLLARS, MILLIONS, PERSONS = "current US$", "US$ million", "persons"
LARGE_REVISION_PCT = 1.0
COUNTS = (NEW, REVISED, WITHDRAWN)
# A percentage of a handful of people reads like a trend.
FEWEST_FOR_PER_CENT = 30
# The report prints rates to a tenth of a point: a smaller revision does not show.
LARGE_REVISION_POINTS = 0.1
LARGE = "by more than one per cent, or for rates by more than a tenth of a point"
RANGE = ("low", "high")
MINUS = "\N{MINUS SIGN}"
CODED = ("indicator", "series_id")
SERIES = ["indicator", "iso3"]


def differences(
    root: Path, publisher: str, old: str, new: str, *, served: bool = False
) -> pd.DataFrame:
    """Compare two vintages of a publisher value by value.

    Two whole tables are compared in full. If one vintage holds only some series, those series of
    a country are compared that both hold, from the first year that both have: such a vintage
    withdraws none of the others, and the years before its first are not news.

    Parameters
    ----------
    served : bool
        Compare with what an edition on the old whole vintage served: where that lacks a series of
        a country, with the vintage of some series that stood in for it, as above.

    Returns
    -------
    DataFrame
        Columns table, code (of the series; of a table without series its id), label, unit, change
        (`new`, `revised`, `withdrawn`), series (the key but for country and year), iso3, year,
        field, old, new, pct (change in per cent, revised values only), large (revised by more than
        one per cent, rates by more than a tenth of a point), served (vintage of some series that
        stood in for an old whole one, else empty); in the order of the key.

    Raises
    ------
    DataError
        If a vintage is unknown or the two share no table.
    """
    return _differences(open_catalog(root), publisher, old, new, served).copy()


@lru_cache(maxsize=8)
def _differences(
    catalog: Catalog, publisher: str, old: str, new: str, served: bool
) -> pd.DataFrame:
    """Return what is the same for the annexes of all countries."""
    pairs = shared(catalog, publisher, old, new)
    if not pairs:
        raise DataError(f"the vintages {old} and {new} of {publisher!r} share no table")
    return pd.concat([_compare(catalog, a, b, served) for a, b in pairs], ignore_index=True)


def shared(catalog: Catalog, publisher: str, old: str, new: str) -> list[tuple[Resource, Resource]]:
    """Return the files of two vintages of a publisher, for each table that is in both.

    A `DataError` if one of the vintages is unknown.
    """
    for vintage in (old, new):
        catalog.resolve(publisher, vintage)
    dated = [r for r in catalog.resources if r.publisher == publisher]
    return [
        (a, b)
        for a in dated
        for b in dated
        if (a.table, a.part) == (b.table, b.part) and (a.vintage, b.vintage) == (old, new)
    ]


def _compare(catalog: Catalog, old: Resource, new: Resource, served: bool) -> pd.DataFrame:
    key = new.key
    numbers = [f["name"] for f in new.fields if f["type"] in NUMERIC and f["name"] not in key]
    # What one of the two misprints is missing in it, and neither new nor withdrawn.
    misprinted = [*old.unusable, *new.unusable]
    before, after = (
        _long(unusable_to_missing(catalog.frame(r), misprinted), key, numbers) for r in (old, new)
    )
    held = [k for k in key if k != "year"]
    stood_in = _stood_in(catalog, old, new)
    pairs = [(before, after)]
    if served and len(stood_in):
        lacking = after.merge(stood_in[held].drop_duplicates(), on=held)
        whole = _without(after, stood_in, held)
        pairs = [(before, whole), (_long(stood_in, key, numbers), lacking)]
    parts = []
    for number, (a, b) in enumerate(pairs):
        part = a.merge(b, on=[*key, "field"], how="outer", suffixes=("_old", "_new"))
        if number or not (old.is_full and new.is_full):
            part = _held_by_both(part, a, b, held)
        parts.append(part)
    both = pd.concat(parts, ignore_index=True)
    was, now = both["printed_old"], both["printed_new"]
    moved = (now - was).abs() > RELATIVE_NOISE * was.abs()
    change = np.select([was.isna(), now.isna(), moved], [NEW, WITHDRAWN, REVISED], default="")
    names = [k for k in key if k not in ("iso3", "year")]
    coded = next((n for n in CODED if n in names), None)
    explained = catalog.descriptor.get("indicators", {}).get(new.table, {})
    title = str(catalog.tables[new.table]["title"])
    persons = new.publisher in catalog.brief.counts_people
    codes = both[coded].astype(str) if coded else pd.Series(title, index=both.index)
    labels = {c: str(explained.get(c, {}).get("label", c)) for c in codes.unique()}
    units = {c: explained.get(c, {}).get("unit", PERSONS * persons) for c in codes.unique()}
    unit = codes.map(units).astype(str)
    pct = (100 * (now / was - 1)).where(change == REVISED)
    large = (pct.abs() > LARGE_REVISION_PCT).mask(
        unit.map(_is_rate).astype(bool),
        (change == REVISED) & ((now - was).abs() - LARGE_REVISION_POINTS > RELATIVE_NOISE),
    )
    out = pd.DataFrame(
        {
            "table": new.table,
            "code": codes.where(codes.isin(list(explained)), new.table),
            "label": codes.map(labels),
            "unit": unit,
            "change": change,
            "series": [" ".join(str(v) for v in row if pd.notna(v)) for row in both[names].values],
            "iso3": both.get("iso3", pd.NA),
            "year": both.get("year", pd.NA),
            "field": both["field"],
            "old": was,
            "new": now,
            "pct": pct,
            "large": large,
            "served": _serving(both, stood_in),
        }
    )
    out = out[out["change"] != ""].reset_index(drop=True)
    return out.astype({"iso3": "object", "year": "Int64"})


def _stood_in(catalog: Catalog, old: Resource, new: Resource) -> pd.DataFrame:
    """Return what served series that an old whole vintage lacks and a new one has.

    Rows of vintages of some series, as an edition on the newest figures of that time drew on them,
    with the column `served`, the vintage.
    """
    found = [pd.DataFrame(columns=[*SERIES, "served"])]
    if not (old.is_full and new.is_full) or set(SERIES) - set(old.key):
        return found[0]
    have = catalog.frame(old).dropna(subset=["value"])[SERIES].drop_duplicates()
    wanted = catalog.frame(new)[SERIES].drop_duplicates()
    known = catalog.known_then(old.table, old.vintage)
    for resource in sorted(known, key=lambda r: r.vintage, reverse=True):
        if not resource.is_full:
            rows = catalog.frame(resource).dropna(subset=["value"])
            rows = _without(rows.merge(wanted, on=SERIES), have, SERIES)
            have = pd.concat([have, rows[SERIES].drop_duplicates()])
            found.append(rows.assign(served=resource.vintage))
    return pd.concat(found[1:], ignore_index=True) if found[1:] else found[0]


def _without(rows: pd.DataFrame, others: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    return rows[~pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(others[key]))]


def _serving(both: pd.DataFrame, stood_in: pd.DataFrame) -> pd.Series:
    if stood_in.empty:
        return pd.Series("", index=both.index)
    vintages = stood_in.drop_duplicates(SERIES).set_index(SERIES)["served"]
    at = pd.MultiIndex.from_frame(both[SERIES])
    return pd.Series(vintages.reindex(at).fillna("").to_numpy(), index=both.index)


def _held_by_both(
    both: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, held: list[str]
) -> pd.DataFrame:
    if "year" not in before:
        return both.merge(pd.merge(before[held], after[held]).drop_duplicates(), on=held)
    begins = [
        frame.groupby(held, dropna=False)["year"].min().reset_index() for frame in (before, after)
    ]
    joined = pd.merge(*begins, on=held, suffixes=("_old", "_new"))
    joined["begins"] = joined[["year_old", "year_new"]].max(axis=1)
    kept = both.merge(joined[[*held, "begins"]], on=held)
    return kept[kept["year"] >= kept["begins"]].drop(columns="begins")


def _long(frame: pd.DataFrame, key: list[str], numbers: list[str]) -> pd.DataFrame:
    values = frame[[*key, *numbers]].astype(dict.fromkeys(numbers, "float64"))
    long = values.melt(id_vars=key, value_vars=numbers, var_name="field", value_name="printed")
    return long.dropna(subset=["printed"])


@dataclass(frozen=True)
class Changes:
    """What moved between two vintages of a publisher.

    `old`, `new`: dates of the two vintages; `country`, `country_name`: country whose headline
    series come first; `frame`: every changed value, as `differences` gives it, of each figure once
    in `figures`; `title`, `publisher`: dataset with its publisher, publisher alone; `first`: codes
    of the headline series; `home`: country of tables that name none.
    """

    old: str
    new: str
    country: str
    country_name: str
    title: str
    publisher: str
    frame: pd.DataFrame = field(compare=False)
    first: Sequence[str] = ()
    home: str = ""

    @property
    def figures(self) -> pd.DataFrame:
        """Changed values, one row of a figure that is printed with its range."""
        return _printed_once(self.frame)

    @property
    def counts(self) -> dict[str, int]:
        """Number of values that are `new`, `revised` and `withdrawn`."""
        found = self.figures["change"].value_counts()
        return {change: int(found.get(change, 0)) for change in COUNTS}

    @property
    def headline(self) -> pd.DataFrame:
        """Headline series of the country, newest year first; dollars in millions."""
        rows, order = self.frame, {code: i for i, code in enumerate(self.first)}
        here = (rows["iso3"] == self.country) | (rows["iso3"].isna() & (self.country == self.home))
        rows = _printed_once(rows[here & rows["series"].isin(self.first)])
        rows = rows.assign(order=rows["series"].map(order))
        rows = rows.sort_values(["order", "year"], ascending=[True, False])
        dollars = rows["unit"] == DOLLARS
        rows[["old", "new"]] = rows[["old", "new"]].div(np.where(dollars, 1e6, 1.0), axis=0)
        return rows.assign(unit=rows["unit"].mask(dollars, MILLIONS))

    @property
    def by_series(self) -> pd.DataFrame:
        """One row a series, headline series first: code, label, counts, large, economies."""
        found = []
        named = ["table", "code", "label"]
        for (_, code, label), group in self.frame.groupby(named, sort=False):
            figures = _printed_once(group)
            counts = figures["change"].value_counts()
            row = {"code": code, "label": label}
            row |= {change: int(counts.get(change, 0)) for change in COUNTS}
            row |= {"large": int(figures["large"].sum()), "economies": group["iso3"].nunique()}
            found.append(row)
        out = pd.DataFrame(found, columns=["code", "label", *COUNTS, "large", "economies"])
        rank = {code: i for i, code in enumerate(c.split(" ")[0] for c in self.first)}
        return out.sort_values("code", key=lambda c: c.map(rank).fillna(len(rank)), kind="stable")


def changes(
    root: Path,
    publisher: str,
    old: str,
    new: str,
    country: str = "",
    series: Collection[str] | None = None,
    *,
    served: bool = False,
) -> Changes:
    """Compare two vintages, headline series of a country (the brief's home) first.

    With `series` these series only; `served` as in `differences`, whose errors are those of this.
    """
    catalog = open_catalog(root)
    country = country or catalog.brief.home
    found = differences(root, publisher, old, new, served=served)
    if series is not None:
        found = found[found["series"].isin(series)].reset_index(drop=True)
    tables = list(dict.fromkeys(r.table for r in catalog.resources if r.publisher == publisher))
    compared = [t for t in tables if t in set(found["table"])] or tables
    about = catalog.tables[compared[0]]
    return Changes(
        old,
        new,
        country,
        catalog.brief.country_name(catalog, country),
        f"{about['publisher']}, {about['dataset']}",
        str(about["publisher"]),
        found,
        catalog.brief.headline_series,
        catalog.brief.home,
    )


# ---------------------------------------------------------------- written


def written(found: Changes, limit: int = 10, *, plain: bool = False) -> str:
    """Write the changes as Markdown, or plain for a terminal: headline series, then all of them.

    `limit` lines of each headline series are shown, newest years first, and three times as many of
    the list by series (0: all); what is left out is counted.
    """
    text = str if plain else markdown
    counts = found.counts
    heading = "" if plain else "#"
    lines = [
        f"{2 * heading} {text(found.title)}",
        f"From the vintage of {in_words(found.old)} to that of {in_words(found.new)}: "
        f"{counts[NEW]:,} values are new, {counts[REVISED]:,} revised, {counts[WITHDRAWN]:,} "
        "withdrawn.",
        f"{3 * heading} Headline series, {text(found.country_name)}",
        headline_table(found, limit, plain=plain),
        f"{3 * heading} By series",
        series_table(found, limit, plain=plain),
    ]
    return "\n\n".join(line.strip() for line in lines) + "\n" * (not plain)


def headline_table(found: Changes, limit: int = 10, *, plain: bool = False) -> str:
    """Write the headline values that moved as a table: old, new and difference.

    What is not shown is counted below the table, and so is what stood in for the old vintage.
    """
    text, moved = str if plain else markdown, found.headline
    if moved.empty:
        return "No headline value moved."
    rows, left_out, stood_in = [], [], []
    for (label, unit), group in moved.groupby(["label", "unit"], sort=False):
        named = f"{text(label)} ({text(unit)})" if unit else text(label)
        several = group.head(limit or len(group))
        rows += [[named, str(r.year), *_cells(r)] for r in several.itertuples()]
        if more := len(group) - len(several):
            earlier = f"{more:,} earlier {'year' if more == 1 else 'years'}"
            left_out.append(f"{text(label)}, {earlier}")
        if served := group["served"].iloc[0]:
            stood_in.append(f"{text(label)}, from that of {in_words(served)}")
    lines = [table(["Series", "Year", "Old", "New", "Difference"], rows, plain=plain)]
    lines += [f"Not shown: {'; '.join(left_out)}."] if left_out else []
    old = f"Not in the vintage of {in_words(found.old)} but served from another one"
    lines += [f"{old}: {'; '.join(stood_in)}."] if stood_in else []
    return "\n\n".join(lines)


def series_table(found: Changes, limit: int = 10, *, plain: bool = False) -> str:
    """Write the numbers of values that moved as a table, three times `limit` series at most."""
    text, series = str if plain else markdown, found.by_series
    if series.empty:
        return "No value moved."
    tables, code = set(found.frame["table"]), "({})" if plain else "(`{}`)"
    several = series.head(3 * limit or len(series))
    rows = [
        [
            f"{text(r.label)}{'' if r.code in tables else ' ' + code.format(r.code)}",
            *(f"{count:,}" for count in (r.new, r.revised, r.large, r.withdrawn)),
            str(r.economies or "–"),
        ]
        for r in several.itertuples()
    ]
    heads = ["Series", "New", "Revised", "Revised much", "Withdrawn", "Economies"]
    lines, more = [table(heads, rows, plain=plain)], len(series) - len(several)
    lines += [f"Not shown: {more:,} more series."] if more else []
    lines += [f"Revised much: {LARGE}."] if series[REVISED].any() else []
    return "\n\n".join(lines)


def every_table(found: Changes, limit: int = 10) -> str:
    """Write every changed value of the country for a terminal; empty where none changed."""
    frame = found.frame
    rows = frame[(frame["iso3"] == found.country) | frame["iso3"].isna()]
    cells = [
        [r.change, r.series, str(r.year), _value(r.old), _value(r.new)] for r in rows.itertuples()
    ]
    if not cells:
        return ""
    shown = cells[: limit or None]
    lines = [
        f"Every change, {found.country_name}",
        table(["Change", "Series", "Year", "Old", "New"], shown, plain=True),
    ]
    more = len(cells) - len(shown)
    return "\n\n".join([*lines, *([f"Not shown: {more:,} more values."] if more else [])])


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, plain: bool = False) -> str:
    """Write a table in Markdown, or in columns for a terminal; its cells are written already."""
    lines = [heads, *rows]
    if plain:
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        padded = (map(str.ljust, line, widths) for line in lines)
        return "\n".join("  ".join(line).rstrip() for line in padded)
    marked = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([marked[0], f"|{'---|' * len(heads)}", *marked[1:]])


def printed_since(
    catalog: Catalog,
    pages: Resource,
    days: tuple[str, str],
    before: pd.DataFrame,
    now: pd.DataFrame,
) -> str:
    """Write the figures that pages of single figures added or revised as a Markdown table.

    Parameters
    ----------
    pages : Resource
        Its ``rows_dated`` names the table that it prints.
    days : tuple of str
        The figures were printed after the first (ISO dates), and not after the second.
    before, now : DataFrame
        That table without such figures, and with them.

    Returns
    -------
    str
        Series, year, day on which the figure was first printed, figure before and now; the newest
        day first. Empty where no figure is another.
    """
    name = str(pages.meta["rows_dated"]["prints"])
    key = catalog.default(name).key
    both = before[[*key, "value"]].merge(
        now[[*key, "value"]], on=key, how="right", suffixes=("_old", "_new")
    )
    frame = catalog.frame(pages)
    dated = frame.assign(printed_on=printed_on(frame, pages.meta))
    dated = dated[dated["printed_on"].gt(days[0]) & dated["printed_on"].le(days[1])]
    held = [k for k in key if k in dated]
    both = both[both["value_new"].notna() & (both["value_old"] != both["value_new"])]
    first = dated.groupby([*held, "value"])["printed_on"].min().reset_index()
    found = both.merge(first, left_on=[*held, "value_new"], right_on=[*held, "value"])
    found = found.sort_values(["printed_on", "year"], ascending=False, kind="stable")
    if found.empty:
        return ""
    coded = next(name for name in CODED if name in key)
    rows = []
    for row in found.to_dict("records"):
        about = catalog.explain(row[coded])
        day, values = in_words(row["printed_on"]), (row["value_old"], row["value_new"])
        named = f"{markdown(about['label'])} ({markdown(about['unit'])})"
        rows.append([named, str(row["year"]), day, *(_value(v, about["unit"]) for v in values)])
    return table(["Series", "Year", "First printed", "Before", "Now"], rows)


def _is_rate(unit: str) -> bool:
    """Whether a unit is per cent; one with a semicolon is that of several series."""
    return unit.startswith(("percent", "annual percent")) and ";" not in unit


def _printed_once(found: pd.DataFrame) -> pd.DataFrame:
    """Keep one row of a figure that is printed with its range.

    A figure of which only the range is printed has no value of its own; one that goes from a value
    to a range, or back, is revised.
    """
    figure = ["table", "series", "iso3", "year"]
    of_range = found["field"].isin(RANGE)
    if not of_range.any():
        return found
    mixed = found.groupby(figure, dropna=False)["change"].transform("nunique") > 1
    out = found.assign(
        change=found["change"].mask(mixed, REVISED),
        old=found["old"].mask(of_range),
        new=found["new"].mask(of_range),
        last=of_range,
    )
    first = out.sort_values("last", kind="stable").drop_duplicates(figure)
    return first.sort_index().drop(columns="last")


def _value(value: float, unit: str = "") -> str:
    if pd.isna(value):
        return "–"
    whole = abs(value) >= 1_000_000 or unit == PERSONS
    # A negative number has its true minus sign.
    return (f"{value:,.0f}" if whole else f"{value:,.2f}").replace("-", MINUS)


def _cells(row) -> tuple[str, str, str]:  # type: ignore[no-untyped-def]
    was = "–" if row.change == NEW else _value(row.old, row.unit)
    now = "withdrawn" if row.change == WITHDRAWN else _value(row.new, row.unit)
    return was, now, _difference(row).replace("-", MINUS)


def _signed(value: float, digits: int) -> str:
    """Write a difference with its sign; one that is rounded away has none."""
    text = f"{value:+z,.{digits}f}"
    return text if text.strip("+0.") else text[1:]


def _difference(row) -> str:  # type: ignore[no-untyped-def]
    if row.change != REVISED:
        return str(row.change)
    if _is_rate(row.unit):
        return f"{_signed(row.new - row.old, 2)} percentage points"
    if pd.isna(row.pct):
        return REVISED
    if row.unit == PERSONS and max(row.old, row.new) < FEWEST_FOR_PER_CENT:
        return f"{row.new - row.old:+,.0f}"
    return f"{_signed(row.pct, 1)} %"
