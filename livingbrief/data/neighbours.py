"""A printing beside its neighbours in time: which they are, and what it does to past years."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from livingbrief.data.catalog import Catalog
from livingbrief.data.content import unusable_to_missing
from livingbrief.data.descriptor import Resource
from livingbrief.wording import listed

MEASURES = ("value", "usd_mn")
#: Column of the key that dates each row, in a table that keeps several printings in one file.
PRINTED = "printed"
#: Past years that must move in one printing, and by how much, for it to be more than a revision.
FEWEST_TOGETHER = 3
MOVED_PCT = 5.0
#: Share of the years in both printings that have the same ratio, and how near it they are.
NEARLY_ALL = 0.8
SAME_RATIO = 0.02
#: A ratio of all years nearer to one is a revision.
REBASED = 1.5
#: What a series may always do: a smaller change, or one with fewer before it, is not asked about.
LARGE = 0.15
FEWEST_CHANGES = 8


@dataclass(frozen=True)
class Alarm:
    """What a printing did to a series, and no note in the descriptor explains.

    `resource`: name of the entry that takes the note; `series`: its key but for country and year;
    `printed`: date of the printing; `years`: those that moved, or whose value stands out.
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
            f"{self.series}, printed {self.printed}: {self.what}. If it is right, add the file "
            f"with --yes or --note, or say so under `notes` of {self.resource}: {note}; a misprint "
            "goes under `unusable`"
        )


def beside(
    catalog: Catalog, table: str, part: str | None, vintage: str
) -> tuple[Resource | None, Resource | None]:
    """Return the vintages of a table before and after a date.

    On each side the nearest whole one; without any the nearest of those that hold some series.
    """
    found = catalog.of_table(table, part)
    before = [r for r in reversed(found) if r.vintage < vintage]
    after = [r for r in found if r.vintage > vintage]
    return _whole_first(before), _whole_first(after)


def like(near: tuple[Resource | None, Resource | None]) -> Resource | None:
    """Return which of the two vintages beside a new one it is to be like: a whole one, or older."""
    return _whole_first([r for r in near if r is not None])


def _whole_first(near_first: Sequence[Resource]) -> Resource | None:
    return next((r for r in near_first if r.is_full), next(iter(near_first), None))


def dated_by_row(resource: Resource) -> bool:
    """Whether a table keeps several printings in one file."""
    return PRINTED in resource.key


def measure(frame: pd.DataFrame, key: Sequence[str]) -> str | None:
    """Return the column that holds the values of a table; None if there is none."""
    return next((v for v in MEASURES if v in frame and v not in key), None)


def printings(
    resources: Sequence[Resource], frames: Mapping[str, pd.DataFrame], home: str
) -> pd.DataFrame:
    """Return every printing of each series of the home of a brief that is of use.

    `resources`: vintages of one table, `frames`: the content of each by name. Columns series, year,
    printed (ISO date), value, in the order of the three; empty for a table without years or values.
    """
    parts = [pd.DataFrame(columns=["series", "year", PRINTED, "value"])]
    for resource in sorted(resources, key=lambda r: r.vintage):
        key = resource.key
        rows = frames[resource.name]
        value = measure(rows, key)
        if value is None or "year" not in key:
            continue
        readable = [e for e in resource.unusable if {*e.where, *e.split_by} <= set(rows)]
        rows = unusable_to_missing(rows, readable).dropna(subset=[value, "year"])
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


def out_of_line(found: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Return values that are not within `factor` of their neighbours in time, or beyond the past.

    `found` is from `printings`; the rows have a column `beside`, what the value was compared with.
    A value is named where it is first printed, if it is so far from the printing of its year before
    (where there is none, from the next), or, in its own printing, from both years beside it. Or if
    it changes by more than `LARGE` and by more than its series ever has: from the year before, or,
    of a year that was printed before, by more than any printing moved one.
    """
    once = found.drop_duplicates(["series", "year", "value"])
    of_year = once.groupby(["series", "year"])["value"]
    again = of_year.shift().fillna(of_year.shift(-1))
    within = found.sort_values(["series", PRINTED, "year"]).groupby(["series", PRINTED])["value"]
    before, after = (within.shift(n).reindex(once.index) for n in (1, -1))
    far, early, late = (_far(once["value"], other, factor) for other in (again, before, after))
    alone = (early | before.isna()) & (late | after.isna()) & (early | late)
    past = {
        (name, *at): what
        for name, rows in found.groupby("series")
        for at, what in _beyond(rows).items()
    }
    places = once[["series", "year", PRINTED]].itertuples(index=False, name=None)
    out = once.assign(beside=[past.get(at, "") for at in places])
    out.loc[alone, "beside"] = [
        f"beyond {factor:g} times {' and '.join(f'{v:,.6g}' for v in both if v == v)} beside it"
        for both in zip(before[alone], after[alone], strict=True)
    ]
    out.loc[far, "beside"] = [
        f"beyond {factor:g} times {other:,.6g}, as it was printed before" for other in again[far]
    ]
    return out[out["beside"] != ""]


def _beyond(rows: pd.DataFrame) -> dict[tuple[int, str], str]:
    """Tell the values of one series that no year before and no revision of it prepares for."""
    wide = rows.pivot(index="year", columns=PRINTED, values="value")
    known, widest, told = pd.Series(dtype=float), LARGE, dict[tuple[int, str], str]()
    for printed in wide:
        now = wide[printed].dropna()
        moved = (now / known.where(known != 0) - 1).dropna()
        for year, by in moved[moved.abs() > widest].items():
            was = f"{by:+.1%} from {known[year]:,.6g}"
            told[year, printed] = f"{was}; no printing moved a year by more than {widest:.1%}"
        changes = _changes(known)
        if len(changes) >= FEWEST_CHANGES:
            low, high = min(changes.min(), -LARGE), max(changes.max(), LARGE)
            new = _changes(now)
            new = new[(new.index > known.index.max()) & ~new.between(low, high)]
            for year, by in new.items():
                told[year, printed] = (
                    f"{by:+.1%} from {now[year - 1]:,.6g} for {year - 1}; its changes from year "
                    f"to year were {changes.min():+.1%} to {changes.max():+.1%}"
                )
        widest = max(widest, moved.abs().max()) if len(moved) else widest
        known = now.combine_first(known)
    return told


def _changes(values: pd.Series) -> pd.Series:
    """Return the changes of a series from year to year, where both years have a value."""
    before = values.reindex(values.index - 1).set_axis(values.index)
    return (values / before.where(before > 0) - 1).dropna()


def _far(value: pd.Series, other: pd.Series, factor: float) -> pd.Series:
    ratio = value / other.where(other != 0)
    return ratio.notna() & ~ratio.between(1 / factor, factor)


def label(rows: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Return what names the series of each row: the filled columns of the key."""
    return [" ".join(str(v) for v in row if pd.notna(v)) for row in rows[list(names)].values]


def noted(resources: Iterable[Resource], series: str, years: Iterable[int]) -> bool:
    """Whether a note in an entry of the descriptor speaks of these years of a series.

    A note on `poverty_rate 1.2.1` speaks of its splits too.
    """
    return any(
        f"{series} ".startswith(f"{note.series} ") and set(years) <= set(note.years)
        for resource in resources
        for note in resource.notes
    )


def alarms(
    resources: Iterable[Resource],
    frames: Mapping[str, pd.DataFrame],
    home: str,
    only: Resource | None = None,
) -> Iterator[Alarm]:
    """Tell where several past years of a series of the brief's home moved in one printing.

    Each printing of a series is compared with the one before that has it. A series that begins like
    one that is named already is a split of it, and not named again. With `only` that vintage is
    asked about, and the one after it.
    """
    by_part: dict[tuple[str, str], list[Resource]] = {}
    for resource in sorted(resources, key=lambda r: r.vintage):
        if resource.name in frames:
            by_part.setdefault((resource.table, resource.part), []).append(resource)
    for same in by_part.values():
        entries = {r.vintage: r for r in same}
        series = dict(iter(printings(same, frames, home).groupby("series")))
        told: list[Alarm] = []
        for name in sorted(series, key=lambda s: (len(s), s)):
            for printed, years, what in _moved(series[name]):
                entry = entries.get(printed, same[-1])
                split = any(a.printed == printed and name.startswith(f"{a.series} ") for a in told)
                if not split and not noted([entry], name, years):
                    told.append(Alarm(entry.name, name, printed, years, what))
        if only is not None and not dated_by_row(only):
            following = next((d for d in entries if d > only.vintage), "")
            told = [a for a in told if a.printed in (only.vintage, following)]
        yield from told


def _moved(rows: pd.DataFrame) -> Iterator[tuple[str, tuple[int, ...], str]]:
    """Tell, printing by printing, the years of one series that moved together, and how."""
    wide = rows.pivot(index="year", columns=PRINTED, values="value")
    for old, new in zip(wide.columns, wide.columns[1:], strict=False):
        both = wide[[old, new]].dropna()
        was, now = both[old], both[new]
        moved = both[(now - was).abs() > MOVED_PCT / 100 * was.abs()]
        years = tuple(int(y) for y in moved.index)
        if len(years) < FEWEST_TOGETHER:
            continue
        ratio = (now / was)[was != 0].replace([np.inf, -np.inf], np.nan).dropna()
        factor = float(ratio.median())
        same = ((ratio / factor - 1).abs() < SAME_RATIO).mean() if factor else 0.0
        apart = not 1 / REBASED < factor < REBASED
        if apart and same >= NEARLY_ALL:
            yield new, years, f"{factor:.4g} times what was printed {old}: is the unit another?"
            continue
        shown = [f"{y} from {was[y]:,.6g} to {now[y]:,.6g}" for y in years]
        yield new, years, f"{len(years)} past years moved together since {old} ({listed(shown)})"
