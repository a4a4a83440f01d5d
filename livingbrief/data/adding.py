"""A new vintage: a file is loaded, its entry is built and checked, and both are written at once."""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.data.catalog import Catalog
from livingbrief.data.content import (
    CODED,
    SEMICOLONS,
    Place,
    faults,
    header_of,
    judged,
    line_of,
    parse,
    unusable,
    where,
)
from livingbrief.data.descriptor import (
    DESCRIPTOR,
    Estimate,
    Note,
    Resource,
    hash_of,
    package_dir,
    read_descriptor,
    register,
    write_descriptor,
    writing,
)
from livingbrief.data.fetching import FetchError, Line
from livingbrief.data.neighbours import (
    FACTOR,
    PRINTED,
    alarms,
    beside,
    measure,
    nearest,
    whole_first,
)
from livingbrief.data.reading import Draft, Reading, members, refuse_workbooks, to_csv
from livingbrief.errors import DataError, PackageError, suggest
from livingbrief.wording import counted, listed, long_date, today

LARGEST_OWN_MB = 50
ESTIMATED = ["indicator", "iso3", "year"]
FEWEST_PAIRS = 3
FEWEST_ROWS_KEPT = 0.9
FEWEST_SERIES_KEPT = 0.75
#: Rules that hold for a vintage of some series too.
OF_EVERY_VINTAGE = ("rows", "never", "adds_up")
#: Columns of labels to which a publisher adds.
GROWING = ("series", "age", "education", "economic_activity", "disability", "other_breakdown")


@dataclass(frozen=True)
class Added:
    """A vintage of the package, and what its file was recognised as.

    `resources`: none if the package has what the publisher prints; `notes`: what was left out or
    looks odd.
    """

    vintage: str
    layout: str = ""
    resources: tuple[Resource, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Origin:
    """A vintage, where it comes from, and how its date is known.

    `name`: file or address, empty if the rows name sources; `partial`: meant to hold some series.
    """

    vintage: str
    name: str
    sha256: str
    dated_by: str
    dated_note: str
    partial: bool = False


@dataclass(frozen=True)
class New:
    """A table that may enter the package: its entry, rows and bytes, and what it is like.

    `before`: what it is compared with. `own`: whether it is in the package's own layout, typed by
    hand maybe.
    """

    resource: Resource
    frame: pd.DataFrame
    content: bytes
    place: Place
    before: pd.DataFrame
    own: bool
    notes: Sequence[str]


def add(
    root: Path,
    source: str,
    path: Path,
    vintage: str,
    *,
    table: str = "",
    partial: bool = False,
    note: str = "",
) -> Added:
    """Add a publisher's file, a ZIP or a folder of files as a vintage.

    A `DataError` if it is not in a known layout, or anything in it is wrong; nothing was written.

    Parameters
    ----------
    source : str
        A publisher. Its file is in a layout of its own, if the brief knows one, or the package's.
    vintage : str
        Date at which the publisher printed it, YYYY-MM-DD.
    table : str, optional
        The table whose columns the file has, in the package's own layout.
    partial : bool
        True if the file is meant to hold only some of the series.
    note : str, optional
        What values are that stand out, or why past years moved together; else they are refused.
    """
    folder = package_dir(root)
    _refuse_date(vintage)
    with writing(folder):
        catalog = Catalog(folder)
        reading = load(catalog, source, path, vintage, table)
        by, how = _dated(reading.stated_date, vintage)
        name = "" if all(draft.content for draft in reading.drafts) else path.name
        origin = Origin(vintage, name, _sha256(path), by, how, partial)
        return _accept(catalog, reading, origin, note)


def refresh(
    root: Path,
    source: str,
    *,
    base_url: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    note: str = "",
) -> Added:
    """Fetch what a publisher prints now and add it as a vintage if it is new.

    A `FetchError` if it cannot be reached or what it prints does not fit the tables; a `DataError`
    if the source cannot be fetched. Nothing was changed then.

    Parameters
    ----------
    base_url : str, optional
        Address to use instead of the publisher's.
    say : callable
        Receives progress, one line at a time.
    note : str, optional
        As in `add`.
    """
    catalog = Catalog(root)
    folder, fetchers = catalog.folder, catalog.brief.fetchers
    if source not in fetchers:
        raise DataError(
            f"{source!r} cannot be fetched.{suggest(source, tuple(fetchers))} These can: "
            f"{', '.join(fetchers)}; for the others give a file to `vintages add`"
        )
    publisher = fetchers[source]
    line = Line(publisher.name, say)
    try:
        fetched = publisher.fetch(catalog, line, base_url or publisher.base_url)
        reading = fetched.reading
        with writing(folder):
            if reading is None or _unchanged(catalog, reading):
                descriptor = read_descriptor(folder)
                _mark_checked(descriptor, source)
                write_descriptor(folder, descriptor)
                return Added(fetched.vintage)
            content = b"".join(to_csv(draft.frame) for draft in reading.drafts)
            origin = Origin(
                fetched.vintage, fetched.address, hash_of(content), fetched.dated_by,
                fetched.dated_note,
            )  # fmt: skip
            return _accept(Catalog(folder), reading, origin, note)
    except DataError as error:
        raise FetchError(f"{publisher.name}: what it prints was not added: {error}") from error


def _unchanged(catalog: Catalog, reading: Reading) -> bool:
    """Whether the default vintages print the same, value by value."""
    defaults = [catalog.default(draft.table) for draft in reading.drafts]
    held = (to_csv(parse(catalog.read_bytes(r), r)) for r in defaults)
    printed = (to_csv(draft.frame) for draft in reading.drafts)
    return all({*a.splitlines()} == {*b.splitlines()} for a, b in zip(held, printed, strict=True))


def _accept(catalog: Catalog, reading: Reading, origin: Origin, note: str) -> Added:
    """Build, check and write what was read; the package's lock is held."""
    found = [build(catalog, reading, draft, origin) for draft in reading.drafts]
    for new in found:
        check(catalog, new, note)
    write(catalog, found)
    notes = (*reading.notes, *(note for new in found for note in new.notes))
    return Added(origin.vintage, reading.layout, tuple(new.resource for new in found), notes)


def load(catalog: Catalog, source: str, path: Path, vintage: str, table: str = "") -> Reading:
    """Read a publisher's file, a ZIP or a folder, in its layout or in the package's own."""
    layout = None if table else catalog.brief.layouts.get(source)
    if layout is None:
        return _load_own(catalog, source, path, table)
    files = members(path, layout.largest_mb)
    if layout.workbook:
        if len(files) != 1 or not path.name.lower().endswith(".xlsx"):
            raise DataError(f"{path.name}: the file of {source} is one workbook (.xlsx)")
        return layout.read(path, catalog, vintage)
    refuse_workbooks(files)
    return layout.read(files, catalog, vintage)


def _load_own(catalog: Catalog, source: str, path: Path, table: str) -> Reading:
    catalog.vintages(source)
    files = members(path, LARGEST_OWN_MB)
    refuse_workbooks(files)
    if len(files) != 1 or path.is_dir():
        raise DataError(f"{path.name}: one CSV file in the layout of a table is needed")
    content = files[0].read()
    model = recognise(catalog, source, content, table)
    if header_of(content)[0] == "indicator":
        # Codes that the publisher later gave to series become those that the package has.
        for code, about in catalog.explained(model.table).items():
            for later in about.also:
                content = content.replace(f"\n{later},".encode(), f"\n{code},".encode())
    try:
        frame = parse(content, model.model_copy(update={"path": path.name}))
    except PackageError as error:
        raise DataError(str(error)) from error
    draft = Draft(
        model.table, frame, lambda row: f"{path.name}: {line_of(row)}", model.part, content
    )
    return Reading(f"own layout of {model.table}", (draft,), own=True)


def recognise(catalog: Catalog, publisher: str, content: bytes, table: str = "") -> Resource:
    """Return the default vintage of the table and part whose columns a file has.

    With `table` only its parts are looked at. A `DataError` lists what is there if no table of the
    publisher has these columns, or several have.
    """
    names, first = header_of(content), header_of(content.partition(b"\n")[2])[0]
    if ";" in names[0]:
        raise DataError(f"the file's {SEMICOLONS}")
    there = [r for r in catalog.resources if r.publisher == publisher and table in ("", r.table)]
    asked = {(r.table, r.part): r for r in there}
    fitting = [at for at, r in asked.items() if [c.name for c in r.fields] == names]
    if len(fitting) > 1:
        # Parts of a table have the same columns, and each its own codes in the first.
        inside = [at for at in fitting if first in catalog.default(*at).allowed(names[0])]
        fitting = inside if len(inside) == 1 else fitting
    if len(fitting) == 1:
        return catalog.default(*fitting[0])
    if fitting:
        several = ", ".join(f"{t} {p}".strip() for t, p in fitting)
        raise DataError(
            f"the columns fit several tables ({several}): name one with --table; a new edition "
            f"needs an entry of its own in {DESCRIPTOR}"
        )
    known = (f"{t} {p}: {', '.join(c.name for c in r.fields)}" for (t, p), r in asked.items())
    others = {*names} - {c.name for r in asked.values() for c in r.fields}
    strange = f": delete {listed(n for n in names if n in others)}" if others else ""
    raise DataError(
        f"columns are {', '.join(names)}, which no table {table or f'of {publisher!r}'} has"
        f"{strange}. Documented are {'; '.join(known)}"
    )


def _refuse_date(vintage: str) -> None:
    """Refuse, with a `DataError`, a date that is none, or that lies in the future."""
    try:
        date = dt.date.fromisoformat(vintage)
    except ValueError:
        date = dt.date.min
    if date.isoformat() != vintage:
        raise DataError(f"vintage {vintage!r} is not a date written as YYYY-MM-DD")
    if date > today():
        raise DataError(f"vintage {vintage} lies in the future: give the day of its printing")


def _dated(stated: str, vintage: str) -> tuple[str, str]:
    """Say how a date is known: from the file's header, or as it was given."""
    if stated == vintage:
        return "header", "date in the header of the publisher's file"
    if stated > vintage:
        late = f"last updated on {stated}, after the vintage {vintage}"
        raise DataError(f"the file says that it was {late}: give --vintage {stated}")
    given = "date given when the file was added"
    return "release", given + f"; the file's header says {stated}" * bool(stated)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    for each in sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]:
        with each.open("rb") as file:
            hashlib.file_digest(file, lambda: digest)
    return f"sha256:{digest.hexdigest()}"


def build(catalog: Catalog, reading: Reading, draft: Draft, origin: Origin) -> New:
    """Describe a new table: the entry of the vintage beside it, with what the table changes.

    A `DataError` if the table has no vintage yet or this one already, or if it looks cut off.
    """
    vintage = origin.vintage
    there = _refuse_known(catalog, draft, vintage)
    _, after = near = beside(catalog, draft.table, draft.part, vintage)
    model = whole_first(filter(None, near)) or there[0]
    content = draft.content or to_csv(draft.frame)
    frame = parse(content, model)
    file = draft.place(0).split(": ", 1)[0]
    before = nearest(catalog, model, frame, vintage)
    missing, some = _coverage(before, frame, model, file, origin, reading.partial)
    notes = []
    # A later vintage alone can say that something was withdrawn.
    if missing and not some and (some := bool(after and after.is_full)):
        lacks = f"it lacks {listed(missing)}, which the vintage of {model.vintage} has"
        notes.append(f"{lacks}: it is kept as one that holds some of the series")
    elif missing and not some:
        notes.append(f"series withdrawn since {model.vintage}: {listed(missing)}")
    entry = model.model_copy(deep=True)
    notes += _fit_fields(entry, frame, catalog, vintage)
    notes += [
        f"read again, as the vintage of {model.vintage} misprints it: "
        f"{', '.join(map(str, wrong.where.values()))} by {', '.join(wrong.split_by)}"
        for wrong in entry.unusable
        if unusable(frame, wrong).any()
    ]
    checks, found = _fit_checks(model.checks, frame, some, reading.own)
    estimates = _estimates(catalog, draft.table, frame)
    of_file = {
        "coverage": "partial" if some else "full",
        "covers": _covers(frame, model.covers),
        "bytes": len(content),
        "hash": hash_of(content),
        "maturity": entry.maturity.as_json() | {"estimates": estimates},
        "checks": checks,
    }
    stated = _restated(entry, origin) | of_file
    if PRINTED not in model.key:
        stated.pop("notes", None)
    resource = Resource.model_validate(stated)
    return New(resource, frame, content, draft.place, before, reading.own, [*notes, *found])


def _refuse_known(catalog: Catalog, draft: Draft, vintage: str) -> list[Resource]:
    """Return the vintages of a table; a `DataError` if there is none, or this one already."""
    if draft.table not in catalog.tables:
        first = f"describe its first vintage in {DESCRIPTOR}"
        raise DataError(f"the package has no table {draft.table}: {first}")
    there = catalog.of_table(draft.table, draft.part)
    if same := next((r for r in there if r.vintage == vintage), None):
        raise DataError(
            f"the package has a vintage {vintage} of {same.table} already. To take out one that is "
            f"not committed, delete the folder data/{Path(same.path).parent.as_posix()} and run: "
            f"git restore data/{DESCRIPTOR}"
        )
    return there


def _restated(entry: Resource, origin: Origin) -> dict[str, object]:
    """Return what an entry states, with the vintage and the source of another file."""
    vintage, stated = origin.vintage, entry.as_json()
    stated.pop("unusable", None)
    stated |= {
        "name": entry.name.removesuffix(entry.vintage) + vintage,
        "path": f"{entry.publisher}/{vintage}/{PurePosixPath(entry.path).name}",
        "vintage": vintage,
        "dated_by": origin.dated_by,
        "dated_note": origin.dated_note,
    }
    if origin.name:
        cited = {
            "id": f"{entry.table.replace('.', '_')}_{vintage.replace('-', '')}",
            "stated_vintage": vintage,
            "accessed": dt.date.today().isoformat(),
            "file": origin.name,
            "file_hash": origin.sha256,
        }
        stated["sources"] = [stated["sources"][0] | cited]
    return stated


def _coverage(
    before: pd.DataFrame, frame: pd.DataFrame, model: Resource, file: str, origin: Origin,
    of_some: bool,
) -> tuple[list[str], bool]:  # fmt: skip
    """Return the series that a table lacks, and whether it is of some series.

    `of_some`: whether its layout never holds a whole table. A `DataError` if it looks cut off:
    under nine tenths of the rows that the vintage beside it has for the same series, or under three
    quarters of its series.
    """
    if "year" in before:
        # What was printed later may have later years.
        before = before[(before["of"] < origin.vintage) | (before["year"] <= frame["year"].max())]
    found, had, same = set[str](), set[str](), before
    if by := next((c for c in CODED if c in frame), None):
        found, had = set(frame[by]), set(before[by])
        same = before[before[by].isin(found)]
        if of_some and "iso3" in frame and frame["iso3"].nunique() == 1:
            same = same[same["iso3"].isin(frame["iso3"])]
    missing, there = sorted(had - found), len(found & had)
    if origin.partial:
        return missing, True
    if len(frame) < FEWEST_ROWS_KEPT * len(same):
        beside = listed(sorted({*same["of"]}))
        raise DataError(
            f"{file}: it holds {counted(len(frame), 'value')}, where the vintage of {beside} has "
            f"{len(same):,} for the same series: it is cut off; if the publisher withdrew the "
            "others, or it is meant to hold fewer, add it with --partial"
        )
    if not of_some and there < FEWEST_SERIES_KEPT * len(had):
        raise DataError(
            f"{file}: it holds {there} of the {len(had)} series of the vintage of {model.vintage} "
            f"(it lacks {listed(missing)}): it is cut off, or add it with --partial"
        )
    return missing, of_some


def _fit_fields(entry: Resource, frame: pd.DataFrame, catalog: Catalog, vintage: str) -> list[str]:
    """Fit allowed values and years of the descriptor to the new table; say what is new."""
    notes, explained = [], catalog.explained(entry.table)
    for column in entry.fields:
        name, limits = column.name, column.constraints
        if name == "year" and limits.model_fields_set:
            limits.maximum = int(vintage[:4])
            limits.minimum = min(limits.minimum or 9999, int(frame[name].min()))
        if limits.enum is None or column.type != "string":
            continue
        found = set(frame[name].dropna())
        if name == "indicator" and found <= explained.keys():
            limits.enum = sorted(found)
        elif name in GROWING and (new := found - {*limits.enum}):
            limits.enum = sorted({*limits.enum, *new})
            notes.append(f"labels of {name} that no vintage had: {listed(sorted(new))}")
    return notes


def _covers(frame: pd.DataFrame, before: str) -> str:
    """Say in one line what a table holds; what it covered before if it names no time."""
    if not (dated := next((c for c in ("year", "month", "period") if c in frame), "")):
        return before
    words = {"indicator": "indicator", "iso3": "economy"}
    parts = [counted(frame[c].nunique(), words[c]) for c in words if c in frame]
    ends = dict.fromkeys(str(end) for end in (frame[dated].min(), frame[dated].max()))
    months = [long_date(e) if e[4:5] == "-" and e[5:].isdigit() else e for e in ends]
    return "; ".join([*parts, " to ".join(months)])


def _estimates(catalog: Catalog, table: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Estimates that other vintages mark and whose values the new one prints unchanged."""
    found: dict[tuple[Any, ...], Estimate] = {}
    for resource in catalog.of_table(table):
        if resource.maturity.estimates and set(ESTIMATED) <= set(frame):
            both = (f.drop_duplicates(ESTIMATED) for f in (catalog.frame(resource), frame))
            old, new = (f.set_index(ESTIMATED)["value"] for f in both)
            marked = {(e.indicator, e.iso3, e.year): e for e in resource.maturity.estimates}
            same = old.reindex(marked) == new.reindex(marked)
            found |= {at: marked[at] for at in same.index[same]}
    return [found[at].as_json() for at in sorted(found)]


def _fit_checks(
    rules: list[dict[str, Any]], frame: pd.DataFrame, some: bool, own: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """Rules of the vintage beside a new one; only a publisher may print a year that it did not."""
    fitted, notes = [], []
    for rule in deepcopy([r for r in rules if not some or r["rule"] in OF_EVERY_VINTAGE]):
        if rule["rule"] == "rows":
            rule["minimum"] = len(frame)
        printed = set(where(frame, rule["where"])["year"]) if rule["rule"] == "years_absent" else ()
        if not own and (found := sorted({*printed} & {*rule.get("years", ())})):
            what = ", ".join(map(str, rule["where"].values()))
            why = f"until now: {rule['why']}. Read the caveats"
            notes.append(f"{what} now has {listed(found)}; {why}")
        else:
            fitted.append(rule)
    return fitted, notes


def _refuse_gap(new: New, home: str) -> None:
    """Refuse a table typed by hand that lacks one year between two, which the one beside it has.

    Of several economies the brief's own is looked at: a publisher withdraws many years. One of some
    series may lack no year of an older one: a report on its vintage would lack it too.
    """
    frame, before, vintage = new.frame, new.before, new.resource.vintage
    key, some = sorted(new.resource.key, key=lambda n: n == "year"), not new.resource.is_full
    if "iso3" in key and frame["iso3"].nunique() > 1 and not some:
        frame, before = (f[f["iso3"] == home] for f in (frame, before))
    now, then = (
        [*f[key].fillna("").itertuples(index=False, name=None)] if "year" in key else []
        for f in (frame, before)
    )
    there, held = {*now}, {row[:-1] for row in now if some}
    for (*series, year), of in sorted(zip(then, before["of"], strict=False), key=str):
        between = {(*series, year - 1), (*series, year + 1)} <= there
        if (*series, year) not in there and (between or ((*series,) in held and of < vintage)):
            lacks = f"no value in {year}, which the vintage of {of} has"
            raise DataError(f"{' '.join(map(str, series))}: {lacks}: was a row lost?")


def check(catalog: Catalog, new: New, note: str) -> None:
    """Refuse, with a `DataError`, a table that is not what its entry and its past ask for.

    With a `note` what stands out from the past is explained in the entry.
    """
    _refuse_other_scale(new)
    for problem in faults(new.frame, new.resource, catalog.series_of(new.resource), new.place):
        raise DataError(problem.message)
    if new.own:
        _refuse_gap(new, catalog.brief.home)
    same = {r.name: catalog.frame(r) for r in catalog.of_table(new.resource.table)}
    frames = {**same, new.resource.name: new.frame}
    if note:
        explain(catalog, frames, new.resource, note)
    broken_rules = judged(new.resource, new.frame, new.place)
    alarmed = map(str, alarms(catalog, frames, new.resource))
    if broken := [*(f"{p.rule}: {p.message}" for p in broken_rules), *alarmed]:
        raise DataError(f"the file does not fit {new.resource.table}: {'; '.join(broken)}")


def explain(catalog: Catalog, frames: Mapping[str, pd.DataFrame], new: Resource, note: str) -> None:
    """Give a new vintage's entry a note on each alarm; one on the vintage after it, there."""
    found = dict[tuple[str, str], set[int]]()
    for alarm in alarms(catalog, frames, new):
        found.setdefault((alarm.resource, alarm.series), set()).update(alarm.years)
    for (name, series), years in found.items():
        entry = next(r for r in (*catalog.resources, new) if r.name == name)
        entry.notes = [*entry.notes, Note(series=series, years=sorted(years), note=note)]


def _refuse_other_scale(new: New) -> None:
    """Compare each series with the vintage beside it in time.

    A median ratio outside 1/3 to 3 is no revision: revisions move a value by per cent.
    """
    key = new.resource.key
    if (value := measure(new.frame, key)) is None:
        return
    both = new.frame.reset_index(names="_row").merge(new.before, on=key, suffixes=("", "_before"))
    both["ratio"] = (both[value] / both[f"{value}_before"]).abs().astype(float)
    both = both[both["ratio"].gt(0) & both["ratio"].lt(np.inf)]
    by = next((both[c] for c in CODED if c in key), pd.Series("", both.index))
    for name, group in both.groupby(by):
        factor = float(group["ratio"].median())
        if len(group) >= FEWEST_PAIRS and not 1 / FACTOR < factor < FACTOR:
            first = group.sort_values("_row").iloc[0]
            raise DataError(
                f"{new.place(int(first['_row']))}: {first[value]:,.10g} where the vintage of "
                f"{first['of']} has {first[f'{value}_before']:,.10g}: the {len(group):,} "
                f"values{f' of {name}' if name else ''} in both are {factor:.3g} times as large "
                "(median): the unit is of another scale"
            )


def write(catalog: Catalog, found: Sequence[New]) -> None:
    """List new tables after the vintages of each, and write files and descriptor."""
    descriptor = deepcopy(catalog.raw)
    entries = descriptor["resources"]
    for entry, resource in zip(entries, catalog.resources, strict=True):
        # What a new vintage explains may be noted in the one after it.
        if resource.notes:
            entry["notes"] = [note.as_json() for note in resource.notes]
    for new in found:
        same = [i for i, r in enumerate(entries) if r["table"] == new.resource.table]
        entries.insert(1 + max(same), new.resource.as_json())
    _mark_checked(descriptor, found[0].resource.publisher)
    register(catalog.folder, {new.resource.path: new.content for new in found}, descriptor)


def _mark_checked(descriptor: dict[str, Any], publisher: str) -> None:
    """Record that a publisher was looked at today."""
    entry = descriptor.setdefault("publishers", {}).setdefault(publisher, {})
    entry["checked"] = max(dt.date.today().isoformat(), entry.get("checked", ""))
