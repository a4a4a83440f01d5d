"""What the file of a table may hold: columns, types, keys, values, ranges. Checked here alone."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.errors import PackageError
from livingbrief.escape import unfit, unfit_address, unfit_name

NAME_COLUMNS = re.compile(r"country|region|.*_name")
NUMERIC = ("number", "integer")
SEMICOLONS = "columns are separated by semicolons: save the file with commas"
_DTYPES = {"string": "str", "number": "float64", "integer": "Int64", "year": "Int64"}

#: Where a row stands, for a message.
Place = Callable[[int], str]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: in which table or file, by which rule, what would be right."""

    where: str
    rule: str
    message: str

    def __str__(self) -> str:
        """Give the problem on one line."""
        return f"{self.where} [{self.rule}] {self.message}"


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
    def key(self) -> list[str]:
        """Columns that tell one row from another."""
        return list(self.meta["schema"]["primaryKey"])

    @property
    def estimates(self) -> list[dict[str, Any]]:
        """Values that the descriptor calls estimates."""
        return list(self.meta["maturity"]["estimates"])

    @property
    def unusable(self) -> list[dict[str, Any]]:
        """Rows whose values the vintage misprints: kept in the file, read as missing."""
        return list(self.meta.get("unusable", ()))

    @property
    def is_full(self) -> bool:
        """Whether the vintage holds the whole table rather than some of its series."""
        return self.coverage == "full"


def line_of(row: int) -> str:
    """Say where a row of a frame stands in its CSV file."""
    return f"line {row + 2}"


def refuse(problems: Iterable[Problem]) -> None:
    """Raise the first of some problems as a `PackageError`."""
    for problem in problems:
        raise PackageError(f"{problem.where}: {problem.message}")


# ---------------------------------------------------------------- columns and types


def header_of(raw: bytes) -> list[str]:
    """Column names on the first line of a CSV file; Excel's byte-order mark is none of them."""
    return raw.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip().split(",")


def separated_by_semicolons(header: Sequence[str]) -> bool:
    """Whether a header that was split at commas is one field with semicolons in it."""
    return len(header) == 1 and ";" in header[0]


def parse(raw: bytes, resource: Resource) -> pd.DataFrame:
    """Read the bytes of a CSV file into the types that the descriptor documents.

    Raises
    ------
    PackageError
        If columns differ from the documented ones, or a value is not of its type; the message
        names the row and the column.
    """
    fields, path = resource.fields, resource.path
    _refuse_other_columns(header_of(raw), [f["name"] for f in fields], path)
    missing = resource.meta["schema"].get("missingValues", [""])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.BytesIO(raw),
                dtype={f["name"]: _DTYPES.get(f["type"], "str") for f in fields},
                keep_default_na=False,
                na_values=missing,
                encoding="utf-8-sig",
                engine="c",
                index_col=False,
            )
    except pd.errors.ParserWarning:
        raise PackageError(
            f"{path}: line 2 has more values than the {len(fields)} columns: "
            "is a comma inside a value, or a decimal comma?"
        ) from None
    except UnicodeDecodeError as error:
        raise PackageError(f"{path}: the file is not in UTF-8 ({error.reason})") from error
    except (ValueError, TypeError, pd.errors.ParserError) as error:
        refuse(_no_numbers(raw, resource, set(missing)))
        raise PackageError(f"{path}: {error}") from error
    for spec in fields:
        name = spec["name"]
        if spec["type"] == "boolean":
            known = dict.fromkeys(spec.get("trueValues", ["true"]), True)
            known |= dict.fromkeys(spec.get("falseValues", ["false"]), False)
            mapped = frame[name].map(known)
            why = f"is not one of {', '.join(known)}"
            refuse(_first(mapped.isna(), frame[name], path, "type", why))
            frame[name] = mapped.astype(bool)
        elif spec["type"] == "integer" and not frame[name].isna().any():
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


def _no_numbers(raw: bytes, resource: Resource, missing: set[str]) -> Iterator[Problem]:
    """Find the first value of each column that cannot be read as its type."""
    lines = pd.read_csv(
        io.BytesIO(raw), dtype="str", keep_default_na=False, encoding="utf-8-sig",
        encoding_errors="replace", on_bad_lines="skip",
    )  # fmt: skip
    for spec in resource.fields:
        if spec["type"] not in NUMERIC or spec["name"] not in lines:
            continue
        column, kind = lines[spec["name"]], "a number"
        there = ~column.isin(missing)
        number = pd.to_numeric(column.where(there), errors="coerce")
        bad = number.isna() & there
        if spec["type"] == "integer":
            kind, bad = "a whole number", bad | (number.notna() & (number % 1 != 0))
        yield from _first(bad, column, resource.path, "type", f"is not {kind}")


# ---------------------------------------------------------------- keys, values, ranges


def faults(frame: pd.DataFrame, resource: Resource, place: Place = line_of) -> Iterator[Problem]:
    """Find what a table may not hold: of each rule and column the first value, with its place.

    A key that is there twice; an empty cell where a value is required; a number outside the
    documented range (a questionnaire code, a unit of another scale); a text that is none of the
    documented values or not of their form; markup in names, and signs that nobody sees.
    """
    yield from _twice(frame, resource, place)
    yield from faulty_values(frame, resource, place)


def faulty_values(
    frame: pd.DataFrame, resource: Resource, place: Place = line_of
) -> Iterator[Problem]:
    """Find what single columns may not hold, as `faults`; whoever reads a table asks no more."""
    for spec in resource.fields:
        column = frame[spec["name"]]
        for rule, bad, why in _tests(column, spec):
            yield from _first(bad, column, resource.path, rule, why, place)


def _twice(frame: pd.DataFrame, resource: Resource, place: Place) -> Iterator[Problem]:
    keys = frame[resource.key]
    again = np.flatnonzero(keys.duplicated().to_numpy())
    if len(again):
        values = keys.iloc[again[0]]
        same = (keys.eq(values) | (keys.isna() & values.isna())).all(axis=1).to_numpy()
        shown = ", ".join(str(v) for v in values if pd.notna(v))
        yield Problem(
            resource.path,
            "key",
            f"{place(int(again[0]))}: a second row for {shown}; the first is in "
            f"{place(int(same.argmax()))}",
        )


def _tests(column: pd.Series, spec: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Give the rules on the values of one column: name, which rows break it, what they are."""
    limits = spec.get("constraints", {})
    if limits.get("required"):
        empty = column.isna().to_numpy()
        cut_off = bool(len(empty)) and int(empty.argmax()) == len(empty) - 1
        yield "required", empty, "but a value is required" + ": is the file cut off?" * cut_off
    if limits.get("unique"):
        yield "unique", column.duplicated(), "is there twice"
    if spec["type"] in NUMERIC and {"minimum", "maximum"} & limits.keys():
        yield "range", outside(column, limits), f"is {beyond(limits, spec.get('unit', ''))}"
    if spec["type"] != "string":
        return
    texts, values = column.dropna().unique(), limits.get("enum")
    if "enum" in limits or "pattern" in limits:
        form = re.compile(limits.get("pattern", ".*"), re.DOTALL)
        strange = [
            t for t in texts if not form.fullmatch(t) or (values is not None and t not in values)
        ]
        why = "is not one of the documented values"
        yield (
            "values",
            column.isin(strange),
            why + ("" if values else f", which have the form {form.pattern}"),
        )
    check = unfit_name if NAME_COLUMNS.fullmatch(spec["name"]) else unfit
    for text in texts:
        if fault := check(text) or (unfit_address(text) if spec["name"] == "url" else ""):
            yield "text", column == text, f"holds {fault}"


def outside(values: pd.Series, limits: Mapping[str, Any]) -> pd.Series:
    """Tell the values below a minimum or above a maximum."""
    low, high = limits.get("minimum", -np.inf), limits.get("maximum", np.inf)
    numbers = values.astype("float64")
    return (numbers < low) | (numbers > high)


def beyond(limits: Mapping[str, Any], unit: str = "", what: str = "") -> str:
    """Say which range a value is outside of: that of its column, or of what is named."""
    low, high = (shown(limits[e]) if e in limits else "any" for e in ("minimum", "maximum"))
    if not what:
        return f"outside the documented range {low} to {high} ({unit or 'no unit'})"
    plausible = f"{low} to {high} {unit}".rstrip()
    return f"outside {plausible}, plausible for {what}: is the unit another?"


def _first(
    bad: Any, column: pd.Series, path: str, rule: str, why: str, place: Place = line_of
) -> Iterator[Problem]:
    """Give the first value of a column that breaks a rule, if any does, with its place."""
    found = np.flatnonzero(bad)
    if len(found):
        row = int(found[0])
        yield Problem(path, rule, f"{cell(place(row), column)}: {shown(column.iloc[row])} {why}")


def cell(place: str, column: pd.Series) -> str:
    """Name a cell by the place of its row, unless that names the publisher's column already."""
    return place if ", column " in place else f"{place}, column {column.name}"


def shown(value: Any) -> str:
    """Write a value for a message."""
    if pd.isna(value):
        return "empty,"
    if isinstance(value, str):
        return repr(value)
    # A year has no separator.
    return f"{value:,.15g}" if abs(value := float(value)) >= 10_000 else f"{value:.15g}"


# ---------------------------------------------------------------- misprints


def unusable(frame: pd.DataFrame, entry: Mapping[str, Any]) -> pd.Series:
    """Tell the rows that an entry under `unusable` of the descriptor is about.

    `entry`: ``where`` (value by column), ``split_by`` (columns, any of which is filled), ``why``.
    """
    rows = pd.Series(True, index=frame.index)
    for column, value in entry["where"].items():
        rows &= frame[column] == value
    return rows & frame[list(entry["split_by"])].notna().any(axis=1)


def unusable_to_missing(frame: pd.DataFrame, entries: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Turn values that a vintage misprints, as its descriptor says, into missing ones."""
    for entry in entries:
        frame = frame.assign(value=frame["value"].mask(unusable(frame, entry)))
    return frame
