"""The catalogue: what `data/datapackage.json` lists, and how one of its tables is loaded."""

from __future__ import annotations

import hashlib
import io
import json
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.brief import Brief, load
from livingbrief.data.cleaning import clean, unusable_to_missing
from livingbrief.errors import DataError, PackageError, suggest
from livingbrief.escape import texts, unfit, unfit_address, unfit_name

DESCRIPTOR = "datapackage.json"
LATEST = "latest"
# Properties of the descriptor, and columns, that hold names and titles.
NAMES = ("title", "label", "unit", "publisher", "dataset")
NAME_COLUMNS = re.compile(r"country|region|.*_name")
NUMERIC = ("number", "integer")
#: What an entry of the descriptor may leave out.
DEFAULTS: dict[str, Any] = {
    "description": "",
    "maturity": {"default": "final", "estimates": []},
    "caveats": [],
    "checks": [],
    "covers": "the whole table",
    "dated_by": "release",
    "dated_note": "as its publisher dates it",
}
SEMICOLONS = "columns are separated by semicolons: save the file with commas"
MISSING = f"listed in {DESCRIPTOR} but not in the folder; restore the file, or take its entry out"


def package_dir(root: Path) -> Path:
    """Return the folder that holds the package: `root` itself, or its folder `data`."""
    root = Path(root)
    for folder in (root, root / "data"):
        if (folder / DESCRIPTOR).is_file():
            return folder
    raise PackageError(
        f"no {DESCRIPTOR} in {root} or in {root / 'data'}; "
        "give the project's folder, which holds data/datapackage.json"
    )


def read_descriptor(folder: Path) -> dict[str, Any]:
    """Read the package's descriptor; a `PackageError` names the line that is not JSON."""
    path = folder / DESCRIPTOR
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PackageError(f"{path} is not in UTF-8: {error}") from error
    except json.JSONDecodeError as error:
        raise PackageError(
            f"{path} is not valid JSON: {error}; a quotation mark may be missing there or at the "
            "end of the line before, or a comma, of which the last entry of a list has none"
        ) from error
    return content


def refuse_unfit_descriptor(descriptor: dict[str, Any]) -> None:
    """Refuse markup in names and titles, and in any text signs that cannot be printed or seen.

    Addresses are those of `unfit_address`.
    """
    for place, text in texts(descriptor):
        fault = unfit_name(text) if place[-1] in NAMES else unfit(text)
        fault = fault or (unfit_address(text) if place[-1] == "path" else "")
        if fault:
            raise PackageError(f"{DESCRIPTOR}: {'.'.join(place)}, {text!r}, holds {fault}")


def hash_of(raw: bytes) -> str:
    """Return the hash of a file's bytes as the descriptor records it."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


@dataclass(frozen=True)
class Resource:
    """One file of the package: one table of one publisher as printed at one date."""

    name: str
    path: str
    table: str
    part: str
    publisher: str
    vintage: str
    coverage: str
    meta: dict[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, meta: dict[str, Any]) -> Resource:
        """Read an entry of the descriptor; a `KeyError` names the property that it lacks."""
        name, path, table = (meta[key] for key in ("name", "path", "table"))
        part, coverage = meta.get("part", ""), meta.get("coverage", "full")
        return cls(name, path, table, part, meta["publisher"], meta["vintage"], coverage, meta)

    @property
    def fields(self) -> list[dict[str, Any]]:
        """Columns as the descriptor documents them."""
        return list(self.meta["schema"]["fields"])

    @property
    def unusable(self) -> list[dict[str, Any]]:
        """Rows whose values the vintage misprints: kept in the file, read as missing."""
        return list(self.meta.get("unusable", ()))

    @property
    def is_full(self) -> bool:
        """Whether the vintage holds the whole table rather than some of its series."""
        return self.coverage == "full"


class Catalog:
    """All tables of a data package, with their vintages.

    Parameters
    ----------
    root : Path
        The project's folder, or the package's own.

    Notes
    -----
    A table may have several parts (files under different licences or of different publishers);
    each part has vintages of its own. Frames are cached: callers get copies. Which vintage serves
    an edition is decided here alone: whoever compares dates asks one of the methods for it.
    """

    def __init__(self, root: Path) -> None:
        self.folder = package_dir(root)
        self.brief: Brief = load(self.folder)
        self.descriptor = read_descriptor(self.folder)
        refuse_unfit_descriptor(self.descriptor)
        try:
            self.resources = tuple(
                Resource.of(r if r.keys() >= DEFAULTS.keys() else {**DEFAULTS, **r})
                for r in self.descriptor["resources"]
            )
        except KeyError as error:
            raise PackageError(
                f"{self.folder / DESCRIPTOR}: a resource lacks the property {error}; every "
                "resource states name, path, table, publisher and vintage"
            ) from error
        #: Rows with a value, by resource, code and country.
        self.own_rows: dict[tuple[str, str, str], pd.DataFrame] = {}
        self._kept: dict[str, tuple[Any, Any]] = {}
        self._frames: dict[str, pd.DataFrame] = {}
        self._rows: dict[str, dict[str, np.ndarray]] = {}
        self._places: dict[str, tuple[np.ndarray, pd.Index]] = {}

    @cached_property
    def tables(self) -> dict[str, dict[str, Any]]:
        """Logical tables: publisher, dataset and title of each id."""
        return dict(self.descriptor["tables"])

    @cached_property
    def code_table(self) -> dict[str, str]:
        """Table of each indicator or series code that the package explains."""
        explained = self.descriptor.get("indicators", {})
        return {code: table for table, codes in explained.items() for code in codes}

    def explain(self, code: str) -> dict[str, Any]:
        """Label, unit and range of an indicator or series; a `DataError` if no table has it."""
        table = self.code_table.get(code)
        if table is None:
            near = [c for c in self.code_table if c.split(".")[0] == code.split(".")[0]]
            raise DataError(
                f"no series {code!r} in the data package; "
                f"series that begin alike: {', '.join(near) or 'none'}"
            )
        return dict(self.descriptor["indicators"][table][code])

    def of_table(self, table: str, part: str | None = None) -> list[Resource]:
        """Resources of a table (or of one part of it), oldest first; a `DataError` if unknown."""
        found = [r for r in self.resources if r.table == table and part in (None, r.part)]
        if not found:
            raise DataError(
                f"no table {table!r} in the data package; it has: {', '.join(sorted(self.tables))}"
            )
        return sorted(found, key=lambda r: r.vintage)

    def publishers(self) -> list[str]:
        """Ids of the publishers (the keys of an edition's `vintage`)."""
        return sorted({r.publisher for r in self.resources})

    # ------------------------------------------------------------------ which vintage

    def vintages(self, publisher: str, table: str | None = None) -> list[str]:
        """Dates of a publisher's vintages, oldest first; a `DataError` if it is unknown."""
        found = self._of_publisher(publisher, table)
        if not found:
            raise DataError(
                f"no publisher {publisher!r}.{suggest(publisher, self.publishers())} "
                f"The data package has: {', '.join(self.publishers())}"
            )
        return sorted({r.vintage for r in found})

    def _of_publisher(self, publisher: str, table: str | None = None) -> list[Resource]:
        return [r for r in self.resources if r.publisher == publisher and table in (None, r.table)]

    def resolve(self, publisher: str, request: str = LATEST, known_at: str = "") -> str:
        """Turn `latest` or an ISO date into the date of a vintage that the package holds.

        `latest` is that of the publisher's first table in the package; with `known_at` the newest
        printed by that day, if any was. A `DataError` lists the vintages that there are.
        """
        have = self.vintages(publisher)
        first = self._of_publisher(publisher)[0]
        then = self.printed_by(first.table, known_at, request, first.part)
        if then:
            return then[0].vintage
        if request == LATEST:
            return self.default(first.table, first.part).vintage
        if request not in have:
            raise DataError(
                f"no vintage {request!r} of {publisher!r}; there are: {', '.join(have)}, or latest"
            )
        return request

    def default(self, table: str, part: str | None = None) -> Resource:
        """Newest vintage that holds the whole table (or, if none does, the newest)."""
        found = self.of_table(table, part)
        return next((r for r in reversed(found) if r.is_full), found[-1])

    def dated(self, table: str, request: str, part: str | None = None) -> Resource | None:
        """Vintage of that very date, None if there is none."""
        return next((r for r in self.of_table(table, part) if r.vintage == request), None)

    def base(self, table: str, request: str = LATEST, part: str | None = None) -> Resource:
        """Whole table that stands behind a vintage: the newest one, not later than the vintage.

        What a dated vintage lacks comes from here, so that a report on it stays the same when
        newer vintages arrive. If every whole table is later, the oldest of them; for `latest`
        the default one.
        """
        whole = [r for r in self.of_table(table, part) if r.is_full]
        if request == LATEST or not whole:
            return self.default(table, part)
        return next((r for r in reversed(whole) if r.vintage <= request), whole[0])

    def used(self, table: str, request: str = LATEST, part: str | None = None) -> Resource:
        """Vintage that a report on one vintage uses: the one of that date, else its base."""
        return self.dated(table, request, part) or self.base(table, request, part)

    def known_then(self, table: str, request: str = LATEST) -> list[Resource]:
        """Vintages that a report on one vintage can draw on, in the order of preference.

        The one asked for, then its base, then those printed before the next whole table: newest
        first for `latest`; for a date those after it from the oldest on, so that one added later
        is asked last, then those before it from the newest back.
        """
        found = self.of_table(table)
        base = self.base(table, request)
        following = next((r.vintage for r in found if r.is_full and r.vintage > base.vintage), None)
        then = [r for r in found if following is None or r.vintage < following]
        after = [] if request == LATEST else [r for r in then if r.vintage > request]
        asked = [r for r in found if r.vintage == request]
        return list(dict.fromkeys([*asked, base, *after, *reversed(then)]))

    def layers(self, table: str, request: str = LATEST, part: str | None = None) -> list[Resource]:
        """Vintages that hold a table as a vintage left it, newest first.

        A whole table, and those of some series that were printed since, up to the one asked for.
        Only the latter where every whole table is later.
        """
        then = self.printed_until(table, request, part)[::-1]
        at = next((i for i, r in enumerate(then) if r.is_full), len(then))
        return then[: at + 1]

    def search_order(self, table: str, request: str = LATEST) -> list[Resource]:
        """Vintages in the order in which a series is looked for: `known_then`, then later ones.

        Of these the oldest is asked first: one that is added changes no report on a date.
        """
        return list(dict.fromkeys([*self.known_then(table, request), *self.of_table(table)]))

    def printed_until(
        self, table: str, request: str = LATEST, part: str | None = None
    ) -> list[Resource]:
        """Vintages not later than the one asked for, oldest first; every one for `latest`."""
        found = self.of_table(table, part)
        return found if request == LATEST else [r for r in found if r.vintage <= request]

    def printed_by(
        self, table: str, known_at: str, request: str = LATEST, part: str | None = None
    ) -> list[Resource]:
        """Vintages printed by the day that an edition looks back to, newest first; none without.

        None is later than the vintage that the edition asks for besides.
        """
        if not known_at:
            return []
        day = known_at if request == LATEST else min(known_at, request)
        return self.printed_until(table, day, part)[::-1]

    def whole_before(self, resource: Resource) -> list[Resource]:
        """Whole tables printed before a vintage, newest first."""
        same = self.of_table(resource.table, resource.part)
        return [r for r in reversed(same) if r.is_full and r.vintage < resource.vintage]

    # ------------------------------------------------------------------ what a vintage holds

    def keep(self, name: str, asked: Any, make: Callable[[], Any]) -> Any:
        """Return what `make` gives, from the last time where the same was asked."""
        if name not in self._kept or self._kept[name][0] != asked:
            self._kept[name] = (asked, make())
        return self._kept[name][1]

    def read_bytes(self, resource: Resource) -> bytes:
        """Bytes of a file; a `PackageError` if it is missing or its hash is not the recorded."""
        try:
            raw = (self.folder / resource.path).read_bytes()
        except FileNotFoundError:
            raise PackageError(f"{resource.path}: {MISSING}") from None
        found, recorded = hash_of(raw), resource.meta["hash"]
        if found != recorded:
            raise PackageError(
                f"{resource.path}: the file is not the one recorded in {DESCRIPTOR} "
                f"(sha256 is {found[7:19]}…, recorded is {recorded[7:19]}…). "
                "Restore the file; if the change was meant, run: livingbrief vintages rehash"
            )
        return raw

    @property
    def keyed(self) -> list[Resource]:
        """Resources whose rows may name the key under which a report records them."""
        return [r for r in self.resources if any(f["name"] == "key" for f in r.fields)]

    def frame(self, resource: Resource) -> pd.DataFrame:
        """Table of one resource: hash compared, typed, limits held, known traps handled."""
        return self._cached(resource).copy()

    def _cached(self, resource: Resource) -> pd.DataFrame:
        if resource.name not in self._frames:
            frame = parse(self.read_bytes(resource), resource)
            refuse_out_of_range(frame, resource)
            refuse_undocumented(frame, resource)
            refuse_unfit_text(frame, resource)
            frame = unusable_to_missing(frame, resource.unusable)
            self._frames[resource.name] = clean(self.brief, resource.table, frame)
        return self._frames[resource.name]

    def rows_of(self, resource: Resource, code: str, country: str | None = None) -> pd.DataFrame:
        """Rows of one indicator of a long table (columns indicator, iso3, year, value).

        Those of one country where one is named and the table has more than one.
        """
        full = self._cached(resource)
        if resource.name not in self._rows:
            indices = full.groupby("indicator", sort=False).indices
            self._rows[resource.name] = {str(name): np.asarray(at) for name, at in indices.items()}
            if "iso3" in full:
                # To compare numbers takes a twentieth of what it takes to compare names.
                places, countries = pd.factorize(full["iso3"])
                self._places[resource.name] = places.astype(np.int16), countries
        rows = self._rows[resource.name].get(code, np.array([], dtype=int))
        if country is not None and resource.name in self._places:
            places, countries = self._places[resource.name]
            at = countries.get_indexer([country])[0]
            rows = rows[places[rows] == at] if at >= 0 else rows[:0]
        return full.iloc[rows]


def header_of(raw: bytes) -> list[str]:
    """Column names on the first line of a CSV file; Excel's byte-order mark is none of them."""
    return raw.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip().split(",")


def separated_by_semicolons(header: Sequence[str]) -> bool:
    """Whether a header that was split at commas is one field with semicolons in it."""
    return len(header) == 1 and ";" in header[0]


_DTYPES = {"string": "str", "number": "float64", "integer": "Int64", "year": "Int64"}


def parse(raw: bytes, resource: Resource) -> pd.DataFrame:
    """Read the bytes of a CSV file into the types that the descriptor documents.

    Raises
    ------
    PackageError
        If columns differ from the documented ones, or a value is not of its type; the message
        names the row and the column.
    """
    fields = resource.fields
    names = [f["name"] for f in fields]
    _refuse_other_columns(header_of(raw), names, resource.path)
    dtypes = {f["name"]: _DTYPES.get(f["type"], "str") for f in fields}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.BytesIO(raw),
                dtype=dtypes,
                keep_default_na=False,
                na_values=resource.meta["schema"].get("missingValues", [""]),
                encoding="utf-8-sig",
                engine="c",
                index_col=False,
            )
    except pd.errors.ParserWarning:
        raise PackageError(
            f"{resource.path}: line 2 has more values than the {len(names)} columns: "
            "is a comma inside a value, or a decimal comma?"
        ) from None
    except UnicodeDecodeError as error:
        raise PackageError(f"{resource.path}: the file is not in UTF-8 ({error.reason})") from error
    except (ValueError, TypeError, pd.errors.ParserError) as error:
        _refuse_no_numbers(raw, resource)
        raise PackageError(f"{resource.path}: {error}") from error
    for f in fields:
        name = f["name"]
        if f["type"] == "boolean":
            known = dict.fromkeys(f.get("trueValues", ["true"]), True)
            known |= dict.fromkeys(f.get("falseValues", ["false"]), False)
            mapped = frame[name].map(known)
            why = f"is not one of {', '.join(known)}"
            _refuse(mapped.isna(), frame, resource, name, why)
            frame[name] = mapped.astype(bool)
        elif f["type"] == "integer" and not frame[name].isna().any():
            frame[name] = frame[name].astype("int64")
    return frame


def _refuse_other_columns(header: list[str], names: list[str], path: str) -> None:
    if header == names:
        return
    if separated_by_semicolons(header):
        raise PackageError(f"{path}: {SEMICOLONS}")
    extra = ", ".join(c for c in header if c not in names)
    absent = ", ".join(c for c in names if c not in header)
    raise PackageError(
        f"{path}: columns are {', '.join(header)}; documented are {', '.join(names)}"
        + (f"; not documented: {extra}" if extra else "")
        + (f"; missing: {absent}" if absent else "")
    )


def _refuse_no_numbers(raw: bytes, resource: Resource) -> None:
    """Say which line and column cannot be read as its type, if one is found."""
    lines = pd.read_csv(
        io.BytesIO(raw), dtype="str", keep_default_na=False, encoding="utf-8-sig",
        encoding_errors="replace", on_bad_lines="skip",
    )  # fmt: skip
    missing = set(resource.meta["schema"].get("missingValues", [""]))
    for f in resource.fields:
        if f["type"] not in NUMERIC or f["name"] not in lines:
            continue
        column = lines[f["name"]]
        kind, there = "a number", ~column.isin(missing)
        number = pd.to_numeric(column.where(there), errors="coerce")
        bad = number.isna() & there
        if f["type"] == "integer":
            kind, bad = "a whole number", bad | (number.notna() & (number % 1 != 0))
        _refuse(bad, lines, resource, f["name"], f"is not {kind}")


def _refuse(
    bad: Any, frame: pd.DataFrame, resource: Resource, column: str, why: str,
    shown: Callable[[Any], str] = repr,
) -> None:  # fmt: skip
    """Refuse the first value of a column that is marked as bad, with its line."""
    found = np.flatnonzero(bad)
    if len(found):
        row = int(found[0])
        value = shown(frame[column].iloc[row])
        raise PackageError(f"{resource.path}: line {row + 2}, column {column}: {value} {why}")


def refuse_missing(frame: pd.DataFrame, resource: Resource) -> None:
    """Refuse an empty cell where a value is required; a `PackageError` names line and column."""
    for f in resource.fields:
        if f.get("constraints", {}).get("required"):
            empty = frame[f["name"]].isna().to_numpy()
            cut_off = empty.argmax() == len(empty) - 1 if len(empty) else False
            why = "a value is required" + ": is the file cut off?" * bool(cut_off)
            _refuse(empty, frame, resource, f["name"], why, lambda _: "empty, but")


def refuse_out_of_range(frame: pd.DataFrame, resource: Resource) -> None:
    """Refuse values outside the documented range: questionnaire codes, a unit of another scale.

    A `PackageError` names the first line and column, the value and the range.
    """
    for f in resource.fields:
        limits = f.get("constraints", {})
        low, high = limits.get("minimum"), limits.get("maximum")
        if f["type"] in NUMERIC and (low is not None or high is not None):
            values = frame[f["name"]].astype("float64").to_numpy()
            bad = values < (-np.inf if low is None else low)
            bad |= values > (np.inf if high is None else high)
            why = f"is outside the documented range {low} to {high} ({f.get('unit', 'no unit')})"
            _refuse(bad, frame, resource, f["name"], why, lambda v: f"{float(v):,.15g}")


def refuse_undocumented(frame: pd.DataFrame, resource: Resource) -> None:
    """Refuse a text that is none of a column's documented values, or not of its form.

    A `PackageError` names the first line and column, and the text.
    """
    for f in resource.fields:
        limits = f.get("constraints", {})
        if f["type"] != "string" or not {"enum", "pattern"} & set(limits):
            continue
        known, form = limits.get("enum"), re.compile(limits.get("pattern", ".*"), re.DOTALL)
        for text in frame[f["name"]].dropna().unique():
            if not form.fullmatch(text) or (known is not None and text not in known):
                why = "is not one of the documented values"
                why += "" if known else f", which have the form {form.pattern}"
                _refuse(frame[f["name"]] == text, frame, resource, f["name"], why)


def refuse_unfit_text(frame: pd.DataFrame, resource: Resource) -> None:
    """Refuse markup in a column of names, and in any text signs that cannot be printed or seen.

    In a column ``url``, addresses are those of `unfit_address`. A `PackageError` names the first
    line and column, the text and the sign.
    """
    for f in resource.fields:
        if f["type"] == "string":
            check = unfit_name if NAME_COLUMNS.fullmatch(f["name"]) else unfit
            for text in frame[f["name"]].dropna().unique():
                fault = check(text) or (unfit_address(text) if f["name"] == "url" else "")
                if fault:
                    _refuse(frame[f["name"]] == text, frame, resource, f["name"], f"holds {fault}")


def publisher_line(catalog: Catalog, resources: Iterable[Resource]) -> dict[str, str]:
    """Source and vintage as a figure or a number prints them.

    A table whose parts have different vintages gives the first and the last of them.
    """
    chosen = list(resources)
    table = catalog.tables[chosen[0].table]
    dates = sorted({r.vintage for r in chosen})
    return {
        "source": f"{table['publisher']}, {table['dataset']}",
        "vintage": dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}",
    }
