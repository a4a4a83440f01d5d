"""The catalogue: what `data/datapackage.json` lists, and how one of its tables is loaded."""

from __future__ import annotations

import hashlib
import io
import json
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.data.cleaning import clean, unusable_to_missing
from livingbrief.data.errors import DataError, PackageError
from livingbrief.errors import suggest
from livingbrief.escape import texts, unfit, unfit_name

DESCRIPTOR = "datapackage.json"
LATEST = "latest"
# Properties of the descriptor, and columns, that hold names and titles.
NAMES = ("title", "label", "unit", "publisher", "dataset")
NAME_COLUMNS = re.compile(r"country|region|.*_name")
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
    """Read the package's descriptor.

    Raises
    ------
    PackageError
        If it is not JSON in UTF-8; the message names the line.
    """
    path = folder / DESCRIPTOR
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PackageError(f"{path} is not in UTF-8: {error}") from error
    except json.JSONDecodeError as error:
        raise PackageError(
            f"{path} is not valid JSON: {error}; a comma or a quotation mark may be missing at "
            "the end of the line before"
        ) from error
    return content


def refuse_unfit_descriptor(descriptor: dict[str, Any]) -> None:
    """Refuse markup in names and titles, and in any text signs that cannot be printed or seen.

    Raises
    ------
    PackageError
        Naming the first place.
    """
    for place, text in texts(descriptor):
        fault = unfit_name(text) if place[-1] in NAMES else unfit(text)
        if fault:
            raise PackageError(f"{DESCRIPTOR}: {'.'.join(place)}, {text!r}, holds {fault}")


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
    each part has vintages of its own. Frames are cached: callers get copies.
    """

    def __init__(self, root: Path) -> None:
        self.folder = package_dir(root)
        path = self.folder / DESCRIPTOR
        self.descriptor = read_descriptor(self.folder)
        refuse_unfit_descriptor(self.descriptor)
        try:
            self.resources = tuple(
                Resource(
                    name=r["name"],
                    path=r["path"],
                    table=r["table"],
                    part=r.get("part", ""),
                    publisher=r["publisher"],
                    vintage=r["vintage"],
                    coverage=r.get("coverage", "full"),
                    meta=r if r.keys() >= DEFAULTS.keys() else {**DEFAULTS, **r},
                )
                for r in self.descriptor["resources"]
            )
        except KeyError as error:
            raise PackageError(
                f"{path}: a resource lacks the property {error}; every resource states "
                "name, path, table, publisher and vintage"
            ) from error
        self._frames: dict[str, pd.DataFrame] = {}
        self._rows: dict[str, dict[str, np.ndarray]] = {}

    @cached_property
    def tables(self) -> dict[str, dict[str, Any]]:
        """Logical tables: publisher, dataset and title of each id."""
        return dict(self.descriptor["tables"])

    @cached_property
    def code_table(self) -> dict[str, str]:
        """Table of each indicator or series code that the package explains."""
        return {
            code: table
            for table, codes in self.descriptor.get("indicators", {}).items()
            for code in codes
        }

    def explain(self, code: str) -> dict[str, Any]:
        """Label, unit and range of an indicator or series code.

        Raises
        ------
        DataError
            If no table of the package has the code.
        """
        table = self.code_table.get(code)
        if table is None:
            near = [c for c in self.code_table if c.split(".")[0] == code.split(".")[0]]
            raise DataError(
                f"no series {code!r} in the data package; "
                f"series that begin alike: {', '.join(near) or 'none'}"
            )
        return dict(self.descriptor["indicators"][table][code])

    def of_table(self, table: str, part: str | None = None) -> list[Resource]:
        """Resources of a table (or of one part of it), oldest vintage first.

        Raises
        ------
        DataError
            If the table is unknown.
        """
        found = [r for r in self.resources if r.table == table and part in (None, r.part)]
        if not found:
            raise DataError(
                f"no table {table!r} in the data package; it has: {', '.join(sorted(self.tables))}"
            )
        return sorted(found, key=lambda r: r.vintage)

    def publishers(self) -> list[str]:
        """Ids of the publishers (the keys of an edition's `vintage`)."""
        return sorted({r.publisher for r in self.resources})

    def vintages(self, publisher: str, table: str | None = None) -> list[str]:
        """Dates at which the package holds something of a publisher, oldest first.

        Raises
        ------
        DataError
            If the publisher is unknown.
        """
        found = {
            r.vintage
            for r in self.resources
            if r.publisher == publisher and table in (None, r.table)
        }
        if not found:
            raise DataError(
                f"no publisher {publisher!r}.{suggest(publisher, self.publishers())} "
                f"The data package has: {', '.join(self.publishers())}"
            )
        return sorted(found)

    def default(self, table: str, part: str | None = None) -> Resource:
        """Newest vintage that holds the whole table (or, if none does, the newest)."""
        found = self.of_table(table, part)
        return next((r for r in reversed(found) if r.is_full), found[-1])

    def base(self, table: str, request: str = LATEST, part: str | None = None) -> Resource:
        """Whole table that stands behind a vintage: the newest one, not later than the vintage.

        What a dated vintage lacks comes from here, so that a report on it stays the same when
        newer vintages arrive. If every whole table is later, the oldest of them; for `latest`
        the default one.
        """
        if request == LATEST:
            return self.default(table, part)
        whole = [r for r in self.of_table(table, part) if r.is_full]
        if not whole:
            return self.default(table, part)
        return next((r for r in reversed(whole) if r.vintage <= request), whole[0])

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

    def search_order(self, table: str, request: str = LATEST) -> list[Resource]:
        """Vintages in the order in which a series is looked for: `known_then`, then later ones."""
        later = reversed(self.of_table(table))
        return list(dict.fromkeys([*self.known_then(table, request), *later]))

    def resolve(self, publisher: str, request: str = LATEST, table: str | None = None) -> str:
        """Turn `latest` or a date into the date of a vintage that the package holds.

        Parameters
        ----------
        publisher : str
            Id of the publisher, for instance `worldbank`.
        request : str
            `latest` or an ISO date.
        table : str, optional
            Look at this table only; without it, `latest` is that of the publisher's first table
            in the package.

        Raises
        ------
        DataError
            If the package has no such vintage; the message lists those that it has.
        """
        have = self.vintages(publisher, table)
        if request == LATEST:
            first = next(
                r for r in self.resources if r.publisher == publisher and table in (None, r.table)
            )
            return self.default(first.table, first.part).vintage
        if request not in have:
            raise DataError(
                f"no vintage {request!r} of {publisher!r}; there are: {', '.join(have)}, or latest"
            )
        return request

    def read_bytes(self, resource: Resource) -> bytes:
        """Bytes of a file, after comparing them with the recorded hash.

        Raises
        ------
        PackageError
            If the file is missing or its sha256 is not the recorded one.
        """
        path = self.folder / resource.path
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            raise PackageError(
                f"{resource.path}: listed in {DESCRIPTOR} but not in the folder; "
                "restore the file, or take its entry out"
            ) from None
        found = "sha256:" + hashlib.sha256(raw).hexdigest()
        if found != resource.meta["hash"]:
            raise PackageError(
                f"{resource.path}: the file is not the one recorded in {DESCRIPTOR} "
                f"(sha256 is {found[7:19]}…, recorded is {resource.meta['hash'][7:19]}…). "
                "Restore the file; if the change was meant, run: livingbrief vintages rehash"
            )
        return raw

    def frame(self, resource: Resource) -> pd.DataFrame:
        """Table of one resource: hash compared, typed, limits held, known traps handled."""
        if resource.name not in self._frames:
            frame = parse(self.read_bytes(resource), resource)
            refuse_out_of_range(frame, resource)
            refuse_undocumented(frame, resource)
            refuse_unfit_text(frame, resource)
            frame = unusable_to_missing(frame, resource.unusable)
            self._frames[resource.name] = clean(resource.table, frame)
        return self._frames[resource.name].copy()

    def rows_of(self, resource: Resource, code: str) -> pd.DataFrame:
        """Rows of one indicator of a long table (columns indicator, iso3, year, value)."""
        if resource.name not in self._rows:
            self.frame(resource)
            grouped = self._frames[resource.name].groupby("indicator", sort=False)
            self._rows[resource.name] = {
                str(name): np.asarray(rows) for name, rows in grouped.indices.items()
            }
        rows = self._rows[resource.name].get(code)
        full = self._frames[resource.name]
        return full.iloc[0:0] if rows is None else full.iloc[rows]


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
    missing = resource.meta["schema"].get("missingValues", [""])
    header = header_of(raw)
    if header != names:
        if separated_by_semicolons(header):
            raise PackageError(f"{resource.path}: {SEMICOLONS}")
        extra = [c for c in header if c not in names]
        absent = [c for c in names if c not in header]
        raise PackageError(
            f"{resource.path}: columns are {', '.join(header)}; documented are "
            f"{', '.join(names)}"
            + (f"; not documented: {', '.join(extra)}" if extra else "")
            + (f"; missing: {', '.join(absent)}" if absent else "")
        )
    booleans = {f["name"]: f for f in fields if f["type"] == "boolean"}
    dtypes = {f["name"]: _DTYPES.get(f["type"], "str") for f in fields}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.BytesIO(raw),
                dtype=dtypes,
                keep_default_na=False,
                na_values=missing,
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
        raise PackageError(f"{resource.path}: {_where(raw, resource) or error}") from error
    for name, spec in booleans.items():
        known = dict.fromkeys(spec.get("trueValues", ["true"]), True)
        known |= dict.fromkeys(spec.get("falseValues", ["false"]), False)
        mapped = frame[name].map(known)
        if mapped.isna().any():
            row = int(np.flatnonzero(mapped.isna().to_numpy())[0]) + 2
            raise PackageError(
                f"{resource.path}: line {row}, column {name}: {frame[name].iloc[row - 2]!r} "
                f"is not one of {', '.join(known)}"
            )
        frame[name] = mapped.astype(bool)
    for f in fields:
        if f["type"] == "integer" and not frame[f["name"]].isna().any():
            frame[f["name"]] = frame[f["name"]].astype("int64")
    return frame


def _where(raw: bytes, resource: Resource) -> str:
    """Say which line and column cannot be read as its type (empty if none is found)."""
    lines = pd.read_csv(
        io.BytesIO(raw), dtype="str", keep_default_na=False, encoding="utf-8-sig",
        encoding_errors="replace", on_bad_lines="skip",
    )  # fmt: skip
    missing = set(resource.meta["schema"].get("missingValues", [""]))
    for f in resource.fields:
        if f["type"] not in ("number", "integer") or f["name"] not in lines:
            continue
        column = lines[f["name"]]
        number = pd.to_numeric(column.where(~column.isin(missing)), errors="coerce")
        bad = number.isna() & ~column.isin(missing)
        if f["type"] == "integer":
            bad |= number.notna() & (number % 1 != 0)
        if bad.any():
            row = int(np.flatnonzero(bad.to_numpy())[0])
            kind = "a whole number" if f["type"] == "integer" else "a number"
            return f"line {row + 2}, column {f['name']}: {column.iloc[row]!r} is not {kind}"
    return ""


def refuse_missing(frame: pd.DataFrame, resource: Resource) -> None:
    """Refuse an empty cell in a column whose values are required.

    Raises
    ------
    PackageError
        Naming the first line and the column.
    """
    for f in resource.fields:
        if f.get("constraints", {}).get("required"):
            empty = np.flatnonzero(frame[f["name"]].isna().to_numpy())
            if len(empty):
                raise PackageError(
                    f"{resource.path}: line {int(empty[0]) + 2}, column {f['name']}: "
                    "empty, but a value is required"
                    + (": is the file cut off?" if empty[0] == len(frame) - 1 else "")
                )


def refuse_out_of_range(frame: pd.DataFrame, resource: Resource) -> None:
    """Refuse values outside the documented range: questionnaire codes, a unit of another scale.

    Raises
    ------
    PackageError
        Naming the first line and column, the value and the range.
    """
    for f in resource.fields:
        limits = f.get("constraints", {})
        low, high = limits.get("minimum"), limits.get("maximum")
        if f["type"] not in ("number", "integer") or (low is None and high is None):
            continue
        values = frame[f["name"]].astype("float64").to_numpy()
        outside = np.zeros(len(values), dtype=bool)
        if low is not None:
            outside |= values < low
        if high is not None:
            outside |= values > high
        if outside.any():
            row = int(np.flatnonzero(outside)[0])
            raise PackageError(
                f"{resource.path}: line {row + 2}, column {f['name']}: {values[row]:,.15g} is "
                f"outside the documented range {low} to {high} ({f.get('unit', 'no unit')})"
            )


def refuse_undocumented(frame: pd.DataFrame, resource: Resource) -> None:
    """Refuse a text that is none of a column's documented values, or not of its form.

    Raises
    ------
    PackageError
        Naming the first line and column, and the text.
    """
    for f in resource.fields:
        limits = f.get("constraints", {})
        if f["type"] != "string" or not {"enum", "pattern"} & set(limits):
            continue
        known, form = limits.get("enum"), re.compile(limits.get("pattern", ".*"), re.DOTALL)
        for text in frame[f["name"]].dropna().unique():
            if not form.fullmatch(text) or (known is not None and text not in known):
                raise PackageError(
                    f"{_place(frame, resource, f['name'], text)}: {text!r} is not one of the "
                    f"documented values{'' if known else f', which have the form {form.pattern}'}"
                )


def refuse_unfit_text(frame: pd.DataFrame, resource: Resource) -> None:
    """Refuse markup in a column of names, and in any text signs that cannot be printed or seen.

    Raises
    ------
    PackageError
        Naming the first line and column, the text and the sign.
    """
    for f in resource.fields:
        if f["type"] != "string":
            continue
        check = unfit_name if NAME_COLUMNS.fullmatch(f["name"]) else unfit
        for text in frame[f["name"]].dropna().unique():
            if fault := check(text):
                raise PackageError(
                    f"{_place(frame, resource, f['name'], text)}: {text!r} holds {fault}"
                )


def _place(frame: pd.DataFrame, resource: Resource, column: str, text: str) -> str:
    row = int(np.flatnonzero((frame[column] == text).to_numpy())[0])
    return f"{resource.path}: line {row + 2}, column {column}"


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
