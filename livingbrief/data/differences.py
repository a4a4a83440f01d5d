"""What moved between two vintages: values new, revised and withdrawn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from livingbrief.data.access import open_catalog
from livingbrief.data.catalog import NUMERIC, Catalog, Resource
from livingbrief.data.cleaning import unusable_to_missing
from livingbrief.data.datasets import in_words
from livingbrief.data.known import printed_on
from livingbrief.errors import DataError
from livingbrief.escape import markdown

RELATIVE_NOISE = 1e-9
NEW, REVISED, WITHDRAWN = "new", "revised", "withdrawn"
DOLLARS = "current US$"
PERSONS = "persons"
LARGE_REVISION_PCT = 1.0
# A percentage of a handful of people reads like a trend.
FEWEST_FOR_PER_CENT = 30
# The report prints rates to a tenth of a point: a smaller revision does not show.
LARGE_REVISION_POINTS = 0.1
LARGE = "by more than one per cent, or for rates by more than a tenth of a point"
RANGE = ("low", "high")
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
        Columns table, name (code of the series, or what stands for one), change (`new`, `revised`,
        `withdrawn`), series (the key but for country and year), iso3, year, field, old, new, pct
        (change in per cent, revised values only), served (vintage of some series that stood in
        for an old whole one, else empty); in the order of the key.

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
    key = list(new.meta["schema"]["primaryKey"])
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
    out = pd.DataFrame(
        {
            "table": new.table,
            "name": both[coded].astype(str) if coded else str(catalog.tables[new.table]["title"]),
            "change": change,
            "series": [" ".join(str(v) for v in row if pd.notna(v)) for row in both[names].values],
            "iso3": both.get("iso3", pd.NA),
            "year": both.get("year", pd.NA),
            "field": both["field"],
            "old": was,
            "new": now,
            "pct": (100 * (now / was - 1)).where(change == REVISED),
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
    if not (old.is_full and new.is_full) or set(SERIES) - set(old.meta["schema"]["primaryKey"]):
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

    `publisher`, `old`, `new`: id of the publisher, dates of the two vintages; `country`: country
    whose headline series come first; `counts`: number of values `new`, `revised` and `withdrawn`;
    `headline`: headline series of the country: code, label, unit, year, change, old, new, pct,
    served; values of dollar series in millions; `by_series`: one row for each series: code, label,
    new, revised, large (revised by more than one per cent, rates in per cent by more than a tenth
    of a point), withdrawn, economies. A table without series is one row, its code that of the
    table; `frame`: every changed value, as `differences` gives it; `title`: publisher and dataset.
    """

    publisher: str
    old: str
    new: str
    country: str
    counts: dict[str, int]
    headline: pd.DataFrame = field(compare=False)
    by_series: pd.DataFrame = field(compare=False)
    frame: pd.DataFrame = field(compare=False)
    title: str = ""
    country_name: str = ""


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
    total = _printed_once(found)["change"].value_counts()
    tables = list(dict.fromkeys(r.table for r in catalog.resources if r.publisher == publisher))
    compared = [t for t in tables if t in set(found["table"])] or tables
    about = catalog.tables[compared[0]]
    return Changes(
        publisher=publisher,
        old=old,
        new=new,
        country=country,
        counts={c: int(total.get(c, 0)) for c in (NEW, REVISED, WITHDRAWN)},
        headline=_headline(catalog, found, country),
        by_series=_by_series(catalog, found),
        frame=found,
        title=f"{about['publisher']}, {about['dataset']}",
        country_name=catalog.brief.country_name(catalog, country),
    )


def changes_text(found: Changes, limit: int = 10) -> str:
    """Write the changes for a terminal: headline series, then counts by series, then in all.

    `limit` lines of each headline series are shown, newest years first, and three times as many of
    the list by series (0: all); what is left out is counted.
    """
    lines = [f"{found.title}: {found.old} -> {found.new}", ""]
    lines += [f"Headline series, {found.country_name}"]
    if found.headline.empty:
        lines.append("  no change")
    for (label, unit), rows in found.headline.groupby(["label", "unit"], sort=False):
        stood_in = rows["served"].iloc[0]
        note = f" (not in {found.old}; was served from {stood_in})" if stood_in else ""
        lines.append(f"  {label}{f', {unit}' if unit else ''}{note}")
        lines += _limited([f"    {r.year}: {_moved(r)}" for r in rows.itertuples()], limit)
    much = f"; by much: {LARGE}" if found.by_series["large"].any() else ""
    lines += ["", f"By series (values; economies{much})"]
    lines += _limited([f"  {_counted(r)}" for r in found.by_series.itertuples()], 3 * limit)
    counts = ", ".join(f"{n:,} {change}" for change, n in found.counts.items())
    return "\n".join([*lines, "", f"In all: {counts} values"])


def country_text(found: Changes, limit: int = 10) -> str:
    """Write every changed value of the country, one line each."""
    frame = found.frame
    rows = frame[(frame["iso3"] == found.country) | frame["iso3"].isna()]
    lines = [
        f"  {r.change:9} {r.series} {r.year}: {_value(r.old)} -> {_value(r.new)}"
        for r in rows.itertuples()
    ]
    head = f"Every change, {found.country_name}"
    return "\n".join([head, *_limited(lines, limit)]) if lines else ""


def changes_markdown(found: Changes, limit: int = 10) -> str:
    """Write the changes as Markdown, for a pull request, with the `limit` of `changes_text`."""
    counts = found.counts
    return "\n".join(
        [
            f"## {markdown(found.title)}",
            "",
            f"From the vintage of {in_words(found.old)} to that of {in_words(found.new)}: "
            f"{counts[NEW]:,} values are new, {counts[REVISED]:,} revised, "
            f"{counts[WITHDRAWN]:,} withdrawn.",
            "",
            f"### Headline series, {markdown(found.country_name)}",
            "",
            headline_table(found, limit),
            "",
            "### By series",
            "",
            series_table(found, limit),
            "",
        ]
    )


def headline_table(found: Changes, limit: int = 10) -> str:
    """Write the headline values that moved as a Markdown table: old, new and difference.

    What is not shown is counted below the table, and so is what stood in for the old vintage.
    """
    if found.headline.empty:
        return "No headline value moved."
    lines = ["| Series | Year | Old | New | Difference |", "|---|---|---|---|---|"]
    left_out, stood_in = [], []
    for (label, unit), rows in found.headline.groupby(["label", "unit"], sort=False):
        label = markdown(label)
        named = f"{label} ({markdown(unit)})" if unit else label
        shown = rows.head(limit or len(rows))
        for r in shown.itertuples():
            # A negative number has its true minus sign.
            cells = [text.replace("-", "\u2212") for text in _cells(r)]
            lines.append(" | ".join([f"| {named}", str(r.year), *cells]) + " |")
        if more := len(rows) - len(shown):
            left_out.append(f"{label}, {more:,} earlier {'year' if more == 1 else 'years'}")
        if rows["served"].iloc[0]:
            stood_in.append(f"{label}, from that of {in_words(rows['served'].iloc[0])}")
    if left_out:
        lines += ["", f"Not shown: {'; '.join(left_out)}."]
    if stood_in:
        lines += [
            "",
            f"Not in the vintage of {in_words(found.old)} but served from another one: "
            f"{'; '.join(stood_in)}.",
        ]
    return "\n".join(lines)


def series_table(found: Changes, limit: int = 10) -> str:
    """Write the numbers of values that moved as a Markdown table, three `limit` series at most."""
    if found.by_series.empty:
        return "No value moved."
    lines = [
        "| Series | New | Revised | Revised much | Withdrawn | Economies |",
        "|---|---|---|---|---|---|",
    ]
    tables = set(found.frame["table"])
    shown = found.by_series.head(3 * limit or len(found.by_series))
    lines += [
        f"| {markdown(r.label)}{'' if r.code in tables else f' (`{r.code}`)'} | {r.new:,} | "
        f"{r.revised:,} | {r.large:,} | {r.withdrawn:,} | {r.economies or '–'} |"
        for r in shown.itertuples()
    ]
    more = len(found.by_series) - len(shown)
    lines += ["", f"Not shown: {more:,} more series."] if more else []
    lines += ["", f"Revised much: {LARGE}."] if found.counts[REVISED] else []
    return "\n".join(lines)


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
    catalog : Catalog
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
    table = str(pages.meta["rows_dated"]["prints"])
    key = list(catalog.default(table).meta["schema"]["primaryKey"])
    both = before[[*key, "value"]].merge(
        now[[*key, "value"]], on=key, how="right", suffixes=("_old", "_new")
    )
    frame = catalog.frame(pages)
    dated = frame.assign(printed_on=printed_on(frame, pages.meta))
    dated = dated[dated["printed_on"].gt(days[0]) & dated["printed_on"].le(days[1])]
    held = [k for k in key if k in dated]
    both = both[both["value_new"].notna() & (both["value_old"] != both["value_new"])]
    first = dated.groupby([*held, "value"])["printed_on"].min().reset_index()
    rows = both.merge(first, left_on=[*held, "value_new"], right_on=[*held, "value"])
    rows = rows.sort_values(["printed_on", "year"], ascending=False, kind="stable")
    if rows.empty:
        return ""
    lines = ["| Series | Year | First printed | Before | Now |", "|---|---|---|---|---|"]
    coded = next(name for name in CODED if name in key)
    for row in rows.to_dict("records"):
        label, unit = _explained(catalog, table, row[coded])
        named = f"{markdown(label)} ({markdown(unit)})" if unit else markdown(label)
        was, is_now = (_value(row[f"value_{end}"], unit) for end in ("old", "new"))
        day_said = in_words(row["printed_on"])
        lines.append(f"| {named} | {row['year']} | {day_said} | {was} | {is_now} |")
    return "\n".join(lines)


def _explained(catalog: Catalog, table: str, name: str) -> tuple[str, str]:
    about = catalog.descriptor.get("indicators", {}).get(table, {}).get(name, {})
    counts = PERSONS if table.split(".")[0] in catalog.brief.counts_people else ""
    return str(about.get("label", name)), str(about.get("unit", counts))


def _is_rate(unit: str) -> bool:
    """Whether a unit is per cent; one with a semicolon is that of several series."""
    return unit.startswith(("percent", "annual percent")) and ";" not in unit


def _printed_once(found: pd.DataFrame) -> pd.DataFrame:
    """Keep one row of a figure that is printed with its range.

    A figure of which only the range is printed has no value of its own; one that goes from a value
    to a range, or back, is revised.
    """
    figure = ["table", "series", "iso3", "year"]
    if not found["field"].isin(RANGE).any():
        return found
    mixed = found.groupby(figure, dropna=False)["change"].transform("nunique") > 1
    out = found.assign(
        change=found["change"].mask(mixed, REVISED),
        old=found["old"].mask(found["field"].isin(RANGE)),
        new=found["new"].mask(found["field"].isin(RANGE)),
        last=found["field"].isin(RANGE),
    )
    first = out.sort_values("last", kind="stable").drop_duplicates(figure)
    return first.sort_index().drop(columns="last")


def _headline(catalog: Catalog, found: pd.DataFrame, country: str) -> pd.DataFrame:
    of_country = (found["iso3"] == country) | (
        found["iso3"].isna() & (country == catalog.brief.home)
    )
    rows = _printed_once(found[of_country & found["series"].isin(catalog.brief.headline_series)])
    order = rows["series"].map({code: i for i, code in enumerate(catalog.brief.headline_series)})
    rows = rows.assign(order=order).sort_values(["order", "year"], ascending=[True, False])
    texts = [_explained(catalog, r.table, r.name) for r in rows.itertuples()]
    scale = np.array([1e6 if unit == DOLLARS else 1.0 for _, unit in texts])
    return pd.DataFrame(
        {
            "code": rows["series"].to_numpy(),
            "label": [label for label, _ in texts],
            "unit": ["US$ million" if unit == DOLLARS else unit for _, unit in texts],
            "year": rows["year"].to_numpy(),
            "change": rows["change"].to_numpy(),
            "old": rows["old"].to_numpy(float) / scale,
            "new": rows["new"].to_numpy(float) / scale,
            "pct": rows["pct"].to_numpy(float),
            "served": rows["served"].to_numpy(),
        }
    )


def _by_series(catalog: Catalog, found: pd.DataFrame) -> pd.DataFrame:
    rows = []
    known = catalog.descriptor.get("indicators", {})
    for (table, name), group in found.groupby(["table", "name"], sort=False):
        label, unit = _explained(catalog, str(table), str(name))
        moved = group["pct"].abs() > LARGE_REVISION_PCT
        if _is_rate(unit):
            gap = (group["new"] - group["old"]).abs() - LARGE_REVISION_POINTS
            moved = gap > RELATIVE_NOISE
        figures = _printed_once(group.assign(large=moved))
        counts = figures["change"].value_counts()
        rows.append(
            {
                "code": name if name in known.get(table, {}) else table,
                "label": label,
                NEW: int(counts.get(NEW, 0)),
                REVISED: int(counts.get(REVISED, 0)),
                "large": int(figures["large"].sum()),
                WITHDRAWN: int(counts.get(WITHDRAWN, 0)),
                "economies": int(group["iso3"].nunique()),
            }
        )
    columns = ["code", "label", NEW, REVISED, "large", WITHDRAWN, "economies"]
    out = pd.DataFrame(rows, columns=columns)
    rank = {
        code: i for i, code in enumerate(c.split(" ")[0] for c in catalog.brief.headline_series)
    }
    return out.sort_values("code", key=lambda c: c.map(rank).fillna(len(rank)), kind="stable")


def _value(value: float, unit: str = "") -> str:
    if pd.isna(value):
        return "–"
    whole = abs(value) >= 1_000_000 or unit == PERSONS
    return f"{value:,.0f}" if whole else f"{value:,.2f}"


def _cells(row) -> tuple[str, str, str]:  # type: ignore[no-untyped-def]
    was = "–" if row.change == NEW else _value(row.old, row.unit)
    now = "withdrawn" if row.change == WITHDRAWN else _value(row.new, row.unit)
    return was, now, _difference(row)


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


def _moved(row) -> str:  # type: ignore[no-untyped-def]
    was, now, difference = _cells(row)
    if row.change == NEW:
        return f"new, {now}"
    return f"withdrawn, was {was}" if row.change == WITHDRAWN else f"{was} -> {now} ({difference})"


def _counted(row) -> str:  # type: ignore[no-untyped-def]
    counts = [(NEW, row.new), (REVISED, row.revised), (WITHDRAWN, row.withdrawn)]
    parts = [f"{n:,} {change}" for change, n in counts if n]
    if row.large:
        parts[-1 if not row.withdrawn else -2] += f" ({row.large:,} by much)"
    economies = f"; {row.economies}" if row.economies else ""
    return f"{row.code}  {row.label}: {', '.join(parts)}{economies}"


def _limited(rows: list[str], limit: int) -> list[str]:
    if limit == 0 or len(rows) <= limit:
        return rows
    return [*rows[:limit], f"  … and {len(rows) - limit:,} more"]
