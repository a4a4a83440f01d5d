"""What the file of a table may hold: columns, types, keys, values, ranges, and its own rules."""

import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.data.descriptor import DESCRIPTOR, Column, Indicator, Limits, Resource, Unusable
from livingbrief.errors import PackageError
from livingbrief.escape import unfit, unfit_address, unfit_name
from livingbrief.wording import counted, listed

NAME_COLUMNS = re.compile(r"country|region|.*_name")
NUMERIC = ("number", "integer")
#: Columns that name a series, the first that a table has.
CODED = ("indicator", "series_id")
SEMICOLONS = "columns are separated by semicolons: save the file with commas"

RULES = ("adds_up", "never", "rows", "total_within_parts", "years_absent")

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


def line_of(row: int) -> str:
    """Say where a row of a frame stands in its CSV file."""
    return f"line {row + 2}"


def refuse(problems: Iterable[Problem]) -> None:
    """Raise the first of some problems as a `PackageError`."""
    for problem in problems:
        raise PackageError(f"{problem.where}: {problem.message}")


def header_of(raw: bytes) -> list[str]:
    """Column names on the first line of a CSV file; Excel's byte-order mark is none of them."""
    return raw.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip().split(",")


def parse(raw: bytes, resource: Resource) -> pd.DataFrame:
    """Read the bytes of a CSV file into the types that the descriptor documents.

    Raises
    ------
    PackageError
        If columns differ from the documented ones, or a value is not of its type; the message
        names the row and the column.
    """
    path, header = resource.path, header_of(raw)
    names = [column.name for column in resource.fields]
    if header != names:
        asked = f"documented are {', '.join(names)}"
        raise PackageError(f"{path}: columns are {', '.join(header)}; {asked}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.BytesIO(raw),
                dtype="str",
                keep_default_na=False,
                na_values=[""],
                encoding="utf-8-sig",
                index_col=False,
            )
    except UnicodeDecodeError as error:
        raise PackageError(f"{path}: the file is not in UTF-8 ({error.reason})") from error
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        comma = "Is a comma inside a value, or a decimal comma?"
        raise PackageError(f"{path}: {error}. {comma}") from error
    for column in resource.fields:
        values = frame[column.name]
        if column.type == "boolean":
            known = values.map({"true": True, "false": False})
            refuse(_first(known.isna(), values, path, "type", "is not one of true, false"))
            frame[column.name] = known.astype(bool)
        elif column.type in NUMERIC:
            numbers, whole = pd.to_numeric(values, errors="coerce"), column.type == "integer"
            bad = values.notna() & (numbers.isna() | (whole & (numbers % 1 != 0)))
            kind = "a whole number" if whole else "a number"
            refuse(_first(bad, values, path, "type", f"is not {kind}"))
            integer = "Int64" if numbers.isna().any() else "int64"
            frame[column.name] = numbers.astype(integer if whole else "float64")
    return frame


def faults(
    frame: pd.DataFrame,
    resource: Resource,
    series: Mapping[str, Indicator] = {},
    place: Place = line_of,
) -> Iterator[Problem]:
    """Find what a table may not hold: of each rule and column the first value, with its place.

    A key that is there twice; an empty cell where a value is required; a number outside the range
    of its column or its series (a questionnaire code, a unit of another scale); a text that is none
    of the documented values or not of their form; markup in names, and signs that nobody sees.
    """
    if (again := frame.duplicated(resource.key).to_numpy()).any():
        second = int(again.argmax())
        row = ", ".join(map(str, frame[resource.key].iloc[second].dropna()))
        yield Problem(resource.path, "key", f"{place(second)}: a second row for {row}")
    for column in resource.fields:
        values = frame[column.name]
        for rule, bad, why in _tests(values, column):
            yield from _first(bad, values, resource.path, rule, why, place)
    coded = next((n for n in CODED if series and {n, "value"} <= {*frame}), None)
    for code, values in frame.groupby(coded)["value"] if coded else ():
        if about := series.get(code):
            why = f"is {beyond(about, about.unit)} of {code} ({about.label})"
            yield from _first(outside(values, about), values, resource.path, "range", why, place)


def _tests(values: pd.Series, column: Column) -> Iterator[tuple[str, Any, str]]:
    """Give the rules on the values of one column: name, which rows break it, what they are."""
    limits = column.constraints
    if limits.required:
        yield "required", values.isna(), "but a value is required"
    if limits.unique:
        yield "unique", values.duplicated(), "is there twice"
    if column.type in NUMERIC:
        yield "range", outside(values, limits), f"is {beyond(limits, column.unit)}"
    if column.type != "string":
        return
    texts, why = values.dropna().unique(), "is not one of the documented values"
    if limits.enum is not None:
        yield "values", values.isin(set(texts) - set(limits.enum)), why
    if limits.pattern:
        form = re.compile(limits.pattern, re.DOTALL)
        strange = {t for t in texts if not form.fullmatch(t)}
        yield "values", values.isin(strange), why + f", which have the form {form.pattern}"
    check = unfit_name if NAME_COLUMNS.fullmatch(column.name) else unfit
    for text in texts:
        if fault := check(text) or (unfit_address(text) if column.name == "url" else ""):
            yield "text", values == text, f"holds {fault}"


def outside(values: pd.Series, limits: Limits | Indicator) -> pd.Series:
    """Tell the values under the smallest or over the largest that may be."""
    low = -np.inf if limits.minimum is None else limits.minimum
    high = np.inf if limits.maximum is None else limits.maximum
    numbers = values.astype("float64")
    return (numbers < low) | (numbers > high)


def beyond(limits: Limits | Indicator, unit: str) -> str:
    """Say which range a value is outside of."""
    low, high = ("any" if e is None else shown(e) for e in (limits.minimum, limits.maximum))
    return f"outside the documented range {low} to {high} ({unit or 'no unit'})"


def _first(
    bad: Any, values: pd.Series, path: str, rule: str, why: str, place: Place = line_of
) -> Iterator[Problem]:
    """Give the first value of a column that breaks a rule, if any does, with its place."""
    found = np.flatnonzero(bad)
    if len(found):
        stood = place(int(values.index[found[0]]))
        # A publisher's own column is named already.
        cell = stood if ", column " in stood else f"{stood}, column {values.name}"
        yield Problem(path, rule, f"{cell}: {shown(values.iloc[found[0]])} {why}")


def shown(value: Any) -> str:
    """Write a value for a message."""
    if pd.isna(value):
        return "empty,"
    if isinstance(value, str):
        return repr(value)
    # A year has no separator.
    return f"{value:,.15g}" if abs(value := float(value)) >= 10_000 else f"{value:.15g}"


def where(frame: pd.DataFrame, condition: Mapping[str, object]) -> pd.DataFrame:
    """Rows that meet a rule's condition; an empty text is a missing value, a list any of it."""
    kept = pd.Series(True, index=frame.index)
    for column, value in condition.items():
        if isinstance(value, list):
            kept &= frame[column].isin(value)
        else:
            kept &= frame[column].isna() if value == "" else frame[column] == value
    return frame[kept]


def judged(resource: Resource, frame: pd.DataFrame, place: Place = line_of) -> Iterator[Problem]:
    """Find what the rules beside a table in the descriptor, its `checks`, say of it."""
    for rule in resource.checks:
        name = rule.get("rule", "")
        try:
            for message in _broken(frame, rule, place):
                yield Problem(resource.path, name, message)
        except (KeyError, pd.errors.UndefinedVariableError) as error:
            message = f"the rule in {DESCRIPTOR} lacks or misnames {error}"
            yield Problem(resource.name, name, message)


def _broken(frame: pd.DataFrame, rule: dict[str, Any], place: Place) -> Iterator[str]:
    """Say how a table breaks a rule.

    `rows`: it has at least `minimum`. `never`: no row that meets `where` meets `query`, a condition
    as `DataFrame.query` takes it. `years_absent`: its publisher prints no value in `years`.
    `total_within_parts`: a national rate lies between the lowest and the highest of its parts by
    `split`. `adds_up`: `column` of the rows that meet `parts` adds up to that of `total`, by `by`
    and by `each`.
    """
    rows = where(frame, rule.get("where", {}))
    met = ", ".join(f"{k} {v}" for k, v in rule.get("where", {}).items() if v != "")
    met = f" for {met}" if met else ""
    match rule.get("rule", ""):
        case "rows":
            if len(frame) < rule["minimum"]:
                due = f"{counted(len(frame), 'row')} where at least {rule['minimum']:,} are due"
                yield f"{due}: the file is cut off, or the minimum under `checks` is to be lowered"
        case "never":
            bad = rows.query(rule["query"], engine="python")
            if len(bad):
                places = listed(place(int(i)) for i in bad.index)
                yield f"{rule['why']}: {rule['query']}{met} in {places}"
        case "years_absent":
            if years := sorted(set(rows["year"]) & set(rule["years"])):
                yield f"a value in {listed(years)}{met}: {rule['why']}"
        case "total_within_parts":
            split = rule["split"]
            whole = rows[rows[split].isna()].set_index("year")["value"].rename("whole")
            parts = rows[rows[split].notna()].groupby("year")["value"].agg(["min", "max"])
            both = parts.join(whole, how="inner")
            out = both.index[~both["whole"].between(both["min"] - 0.05, both["max"] + 0.05)]
            if len(out):
                yield f"the national value lies outside its parts by {split} in {listed(out)}{met}"
        case "adds_up":
            column, by, each = rule["column"], rule["by"], rule["each"]
            total = where(frame, rule["total"]).set_index(by)[column]
            parts = where(frame, rule["parts"]).groupby([by, each])[column].sum()
            for (group, name), found in parts.items():
                if found != (of := total.get(group)):
                    yield f"{group}, {name}: adds up to {found:,}, and all of it is {of}"
        case name:
            yield f"no rule {name!r}; there are: {', '.join(RULES)}"


def unusable(frame: pd.DataFrame, entry: Unusable) -> pd.Series:
    """Tell the rows that an entry under `unusable` of the descriptor is about."""
    if not {*entry.where, *entry.split_by} <= {*frame}:
        return pd.Series(False, frame.index)
    same = (frame[[*entry.where]] == pd.Series(entry.where)).all(axis=1)
    return same & frame[entry.split_by].notna().any(axis=1)


def unusable_to_missing(frame: pd.DataFrame, entries: Iterable[Unusable]) -> pd.DataFrame:
    """Turn values that a vintage misprints, as its descriptor says, into missing ones."""
    for entry in entries:
        frame = frame.assign(value=frame["value"].mask(unusable(frame, entry)))
    return frame
