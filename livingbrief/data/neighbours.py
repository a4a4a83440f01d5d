"""A printing beside its neighbours in time: which they are, and what it does to past years."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import shorten

import numpy as np
import pandas as pd

from livingbrief.data.catalog import Catalog
from livingbrief.data.content import CODED, unusable_to_missing, where
from livingbrief.data.descriptor import Note, Resource
from livingbrief.values.results import ANY_YEAR
from livingbrief.wording import listed

MEASURES = ("value", "usd_mn")
#: Column of the key that dates each row, in a table that keeps several printings in one file.
PRINTED = "printed"
#: Past years that must move in one printing, and by how much, for it to be more than a revision.
FEWEST_TOGETHER = 3
MOVED_PCT = 5.0
#: A value that is so many times those beside it is out of line.
FACTOR = 3.0
#: What a series may always do: a smaller change, or one with fewer before it, is not asked about.
LARGE = 0.15
FEWEST_CHANGES = 8


@dataclass(frozen=True)
class Alarm:
    """What a printing did to some years of a series, and no note in the descriptor explains.

    `resource`: name of the entry that takes the note; `series`: its key but for country and year.
    """

    resource: str
    series: str
    printed: str
    years: tuple[int, ...]
    what: str

    def __str__(self) -> str:
        """Give what happened, and the note that acknowledges it, on one line."""
        note = f'{{"series": "{self.series}", "years": {list(self.years)}, "note": "…"}}'
        return (
            f"{self.series}, printed {self.printed}: {self.what}. If it is right, add it with "
            f"--note, or put under `notes` of {self.resource}: {note}; else it goes to `unusable`"
        )


def beside(
    catalog: Catalog, table: str, part: str | None, vintage: str
) -> tuple[Resource | None, Resource | None]:
    """Return the vintages of a table before and after a date, on each side the nearest whole one.

    Without any the nearest of those that hold some series.
    """
    found = catalog.of_table(table, part)
    before = whole_first(r for r in reversed(found) if r.vintage < vintage)
    return before, whole_first(r for r in found if r.vintage > vintage)


def nearest(catalog: Catalog, model: Resource, frame: pd.DataFrame, vintage: str) -> pd.DataFrame:
    """Return what the package has of a new table's series, with the vintage of each row, `of`.

    Of the newest printing that is its model; of an older one, of each series the printing that is
    nearest in time, though it may hold few series: what was printed long after says little of it.
    """
    there, by = (
        catalog.of_table(model.table, model.part),
        next((c for c in CODED if c in frame), ""),
    )
    near = [model]
    if by and any(r.vintage > vintage for r in there):
        day = dt.date.fromisoformat
        near = sorted(there, key=lambda r: abs(day(r.vintage) - day(vintage)))
    rows = pd.concat([catalog.frame(r).assign(of=r.vintage) for r in near], ignore_index=True)
    if not by:
        return rows
    rows = rows[rows[by].isin({*frame[by], *catalog.frame(model)[by]})]
    return rows[rows["of"] == rows[by].map(rows.drop_duplicates(by).set_index(by)["of"])]


def overtaken(catalog: Catalog, new: Resource) -> str:
    """Name caveats unchanged since the vintage before that give the last year of a series then.

    Or a later year, where that series of the brief's home now goes on; empty if there is none.
    """
    before, _ = beside(catalog, new.table, new.part, new.vintage)
    if before is None or PRINTED in new.key:
        return ""
    frames = {r.name: catalog.frame(r) for r in (before, new)}
    found = printings([before, new], frames, catalog.brief.home)
    ends = found.groupby(["series", PRINTED])["year"].agg("max").unstack().dropna().astype(int)
    moved = [range(row[0], row[-1] + 1) for row in ends.values if row[0] < row[-1]]
    years = {str(year) for span in moved for year in span}
    old = [c for c in new.caveats if c in before.caveats and years & {*ANY_YEAR.findall(c)}]
    named = "; ".join(f"“{shorten(caveat, 60, placeholder=' …')}”" for caveat in old)
    return f"unchanged since {before.vintage}, though series go on: {named}" if old else ""


def whole_first(near_first: Iterable[Resource]) -> Resource | None:
    """Return the first of some vintages that is whole, else the first; None if there is none."""
    found = list(near_first)
    return next((r for r in found if r.is_full), next(iter(found), None))


def measure(frame: pd.DataFrame, key: Sequence[str]) -> str | None:
    """Return the column that holds the numbers of a table; None if there is none."""
    there = frame.drop(columns=list(key)).select_dtypes("number")
    return next((v for v in MEASURES if v in there), None)


def printings(
    resources: Sequence[Resource], frames: Mapping[str, pd.DataFrame], home: str
) -> pd.DataFrame:
    """Return every printing of each series of the home of a brief that is of use.

    `resources`: vintages of one table, `frames`: the content of each by name. Columns series, year,
    printed (ISO date), value, in the order of the three; empty for a table without years or values.
    """
    parts = [pd.DataFrame(columns=["series", "year", PRINTED, "value"])]
    for resource in sorted((r for r in resources if r.name in frames), key=lambda r: r.vintage):
        rows, key = frames[resource.name], resource.key
        value = measure(rows, key)
        if value is None or "year" not in key:
            continue
        rows = unusable_to_missing(rows, resource.unusable).dropna(subset=[value, "year"])
        if "iso3" in rows:
            rows = rows[rows["iso3"] == home]
        names = [k for k in key if k not in ("iso3", "year", PRINTED)]
        parts.append(
            pd.DataFrame(
                {
                    "series": label(rows, names),
                    "year": rows["year"].astype(int),
                    PRINTED: rows[PRINTED] if PRINTED in key else resource.vintage,
                    "value": rows[value].astype(float),
                }
            )
        )
    found = pd.concat([p for p in parts if len(p)] or parts, ignore_index=True)
    found = found.drop_duplicates(["series", "year", PRINTED], keep="last")
    return found.sort_values(["series", "year", PRINTED], ignore_index=True)


def out_of_line(rows: pd.DataFrame) -> Iterator[tuple[str, tuple[int, ...], str]]:
    """Tell the values of one series that stand out: date of the printing, year, and from what.

    `rows` is from `printings`. A value is named where it is new, if it is not within `FACTOR` of
    the years beside it, or, of a year that is first printed, of what was printed of it last; if it
    moved by more than `LARGE` since its year was printed before; or, of a new year, from the year
    before by more than its series ever has.
    """
    wide = rows.pivot(index="year", columns=PRINTED, values="value")
    stood = wide.ffill(axis=1)
    for printed, known in stood.shift(axis=1).items():
        now, past = wide[printed].dropna(), _changes(known.dropna())
        # A printing of some years stands beside what was printed of the others.
        held = now.combine_first(known).dropna()
        sides, changes = pd.concat([held.shift(), held.shift(-1)], axis=1), _changes(held)
        usual = [*past, -LARGE, LARGE] if len(past) >= FEWEST_CHANGES else [-np.inf, np.inf]
        for year, value in now[now != known[now.index]].items():
            was, last, by = known[year], stood.at[year, stood.columns[-1]], changes.get(year, 0.0)
            near = sides.loc[year].dropna()
            if len(near) and all(_far(value, side) for side in near):
                beside = " and ".join(f"{v:,.6g}" for v in near)
                what = f"beyond {FACTOR:g} times {beside} beside it"
            elif pd.isna(was) and _far(value, last):
                what = f"beyond {FACTOR:g} times {last:,.6g}, as it was printed last"
            elif 0 < LARGE * abs(was) < abs(value - was):
                what = f"{value / was - 1:+.1%} from {was:,.6g}, as it was printed before"
            elif year > (known.last_valid_index() or year) and not min(usual) <= by <= max(usual):
                what = (
                    f"{by:+.1%} from {held[year - 1]:,.6g} for {year - 1}; its changes from year "
                    f"to year were {past.min():+.1%} to {past.max():+.1%}"
                )
            else:
                continue
            yield printed, (int(year),), f"{year} is {value:,.6g}, {what}"


def _changes(values: pd.Series) -> pd.Series:
    """Return the changes of a series from year to year, where both years have a value."""
    before = values.reindex(values.index - 1).set_axis(values.index)
    return (values / before.where(before > 0) - 1).dropna()


def _far(value: float, other: float) -> bool:
    return bool(other) and other == other and not 1 / FACTOR <= value / other <= FACTOR


def label(rows: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Return what names the series of each row: the filled columns of the key."""
    return [" ".join(str(v) for v in row if pd.notna(v)) for row in rows[list(names)].values]


def alarms(
    catalog: Catalog, frames: Mapping[str, pd.DataFrame], new: Resource | None = None
) -> Iterator[Alarm]:
    """Tell what printings did to the series of the brief's home that no note explains.

    Several past years moved in one printing; or, of a table that has `in_line`, a value is out of
    line. With `new`, a vintage that may be no part of the package yet, what it does is told, and
    what moves from it to the one after it.
    """
    known = {r.name: r for r in (*catalog.resources, *([new] if new else [])) if r.name in frames}
    oldest_first = sorted(known.values(), key=lambda r: r.vintage)
    for table, part in dict.fromkeys((r.table, r.part) for r in oldest_first):
        if new is not None and (table, part) != (new.table, new.part):
            continue
        same = [r for r in oldest_first if (r.table, r.part) == (table, part)]
        rule = catalog.tables[table].in_line if table in catalog.tables else None
        kept = {} if rule is None else {r.name: where(frames[r.name], rule) for r in same}
        days = [r.vintage for r in same if new is None or r.vintage >= new.vintage]
        for look, of, reach in ((moved_together, frames, 2), (out_of_line, kept, 1)):
            found = _unnoted(same, printings(same, of, catalog.brief.home), look)
            all_days = new is None or PRINTED in new.key
            yield from (a for a in found if all_days or a.printed in days[:reach])


def _unnoted(
    same: Sequence[Resource],
    found: pd.DataFrame,
    look: Callable[[pd.DataFrame], Iterator[tuple[str, tuple[int, ...], str]]],
) -> list[Alarm]:
    """List what one way to look finds in each series, but for what a note explains.

    A note on `poverty_rate 1.2.1` speaks of its splits too, and so does that they moved together.
    """
    entries, alarmed = {r.vintage: r for r in same}, list[Alarm]()
    series = dict(iter(found.groupby("series")))
    for name in sorted(series, key=lambda s: (len(s), s)):
        for printed, years, what in look(series[name]):
            entry = entries.get(printed, same[-1])
            of = same if PRINTED in entry.key else [entry]
            said: list[Note | Alarm] = [note for r in of for note in r.notes]
            said += [a for a in alarmed if a.printed == printed and look is moved_together]
            if not any(
                f"{name} ".startswith(f"{one.series} ") and {*years} <= {*one.years} for one in said
            ):
                alarmed.append(Alarm(entry.name, name, printed, years, what))
    return alarmed


def moved_together(rows: pd.DataFrame) -> Iterator[tuple[str, tuple[int, ...], str]]:
    """Tell, printing by printing, the years of one series that moved together, and how."""
    wide = rows.pivot(index="year", columns=PRINTED, values="value")
    for old, new in pairwise(wide.columns):
        was, now = wide[old], wide[new]
        years = tuple(int(y) for y in wide.index[(now - was).abs() > MOVED_PCT / 100 * was.abs()])
        if len(years) >= FEWEST_TOGETHER:
            shown = listed(f"{y} from {was[y]:,.6g} to {now[y]:,.6g}" for y in years)
            yield new, years, f"{len(years)} past years moved together since {old} ({shown})"
