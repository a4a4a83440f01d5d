"""National Statistical Committee: Open SDG tables, one file for each indicator."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from livingbrief.data.catalog import Catalog
from livingbrief.data.reading import Member, Reading, csv_rows, even_rows, in_order, number, year
from livingbrief.errors import DataError
from livingbrief.wording import counted, listed
from remitrisk.layouts.nsc_labels import (
    CLOSED,
    COLUMNS,
    NOT_DIMENSIONS,
    RUSSIAN,
    TOTALS,
    VALUE,
    YEAR,
)

TABLE = "nsc.sdg"
NOT_LATIN = re.compile("[\u0400-\u04ff]")
#: Counts of people that are too small for splits to be published.
ONLY_NATIONAL = ("detected_trafficking_victims",)
FILE_NAME = re.compile(r"(?:indicator_)?(\d+(?:-[0-9a-z]+)+)(?: \(\d+\))?\.csv", re.IGNORECASE)


@dataclass
class _Model:
    """What the package's newest whole table says about codes, labels and national totals."""

    indicator_of: dict[str, str]
    series_of: dict[str, set[str]]
    labels: dict[str, set[str]]
    columns: list[str]


def indicator_codes(catalog: Catalog) -> dict[str, str]:
    """Indicator of each number on the platform that the package keeps, e.g. `1.2.1`."""
    return _model(catalog).indicator_of


def read(members: Sequence[Member], catalog: Catalog, vintage: str) -> Reading:
    """Read Open SDG tables, CSV files named after their indicator: `1-2-1.csv`.

    Files of indicators that the package does not keep are left out. A `DataError` if none is kept,
    or a line is not what its header says.
    """
    model = _model(catalog)
    rows, notes, known = list[tuple[dict[str, object], str]](), [], 0
    for member in members:
        code = _code(member.name)
        if code not in model.indicator_of:
            continue
        known += 1
        notes += _read_one(member, code, model, rows, int(vintage[:4]))
    if not known:
        for member in members:
            _header(member)
        names = [f"{code.replace('.', '-')}.csv" for code in sorted(model.indicator_of)]
        raise DataError(
            f"{listed(m.name for m in members)}: no file is named after an indicator that the "
            f"package keeps; they are {', '.join(names)}"
        )
    if not rows:
        raise DataError(f"{members[0].name}: no value below the header")
    if others := len(members) - known:
        notes.append(f"left out: {counted(others, 'file')} of other indicators")
    frame = pd.DataFrame([row for row, _ in rows], columns=model.columns)
    frame = frame.astype({c: "str" for c in model.columns if c not in ("year", "value")})
    return Reading(
        layout="National Statistical Committee, Open SDG" + (", one indicator" * (known == 1)),
        drafts=(in_order(TABLE, frame, [place for _, place in rows], model.columns[:-1]),),
        notes=tuple(notes),
        partial=known == 1,
    )


def _model(catalog: Catalog) -> _Model:
    resource = catalog.default(TABLE)
    frame = catalog.frame(resource)
    codes = frame[["sdg_code", "indicator"]].drop_duplicates()
    series = frame.dropna(subset=["series"]).groupby("indicator")["series"].agg(set)
    return _Model(
        indicator_of=dict(zip(codes["sdg_code"], codes["indicator"], strict=True)),
        series_of={str(k): set(v) for k, v in series.items()},
        labels={name: {*resource.allowed(name)} for name in CLOSED},
        columns=[column.name for column in resource.fields],
    )


def _code(name: str) -> str:
    found = FILE_NAME.fullmatch(name)
    return found.group(1).replace("-", ".").lower() if found else ""


def _header(member: Member) -> tuple[int, list[str]]:
    first = next(csv_rows(member), None)
    if first is None:
        raise DataError(f"{member.name}: no line in it but empty ones")
    line, names = first[0], [" ".join(name.split()) for name in first[1]]
    for wanted in (YEAR, VALUE):
        if not any(name in wanted for name in names):
            raise DataError(
                f"{member.name}: line {line}: no column {wanted[0]!r} in the header "
                f"({', '.join(names)[:80]}): is the header shifted or missing?"
            )
    for number_, name in enumerate(names, start=1):
        if name not in COLUMNS and name not in NOT_DIMENSIONS and name not in (*YEAR, *VALUE):
            raise DataError(
                f"{member.name}: line {line}, column {number_}: {name!r} is no dimension that the "
                "package knows: delete or rename the column; known are "
                f"{', '.join(n for n in COLUMNS if n.isascii())}"
            )
    return line, names


def _read_one(
    member: Member, code: str, model: _Model, rows: list[tuple[dict[str, object], str]], last: int
) -> list[str]:
    header_line, names = _header(member)
    indicator = model.indicator_of[code]
    found: list[tuple[int, dict[str, object]]] = []
    for line, fields in even_rows(member, header_line, len(names)):
        row = _row(member, line, dict(zip(names, fields, strict=True)), names, model, last)
        if row is not None:
            found.append((line, {"indicator": indicator, "sdg_code": code, **row}))
    notes = _name_series(member, indicator, model, found)
    left_out = 0
    for line, row in found:
        if indicator in ONLY_NATIONAL and not _is_national(row, indicator, model):
            left_out += 1
            continue
        rows.append((row, f"{member.name}: line {line}, column Value"))
    if left_out:
        notes.append(
            f"{member.name}: left out: {counted(left_out, 'row')} with a split of small counts of "
            "people"
        )
    return notes


def _row(
    member: Member, line: int, cells: dict[str, str], names: list[str], model: _Model, last: int
) -> dict[str, object] | None:
    place = f"{member.name}: line {line}, column"
    text = next(cells[n] for n in VALUE if n in cells)
    at = next(n for n in YEAR if n in cells)
    row: dict[str, object] = {"year": year(cells[at], f"{place} {at}", last)}
    if text.strip() == "":
        return None
    row["value"] = number(text, f"{place} Value")
    for name in names:
        if name in COLUMNS:
            label = _label(cells[name], f"{place} {name}")
            column = COLUMNS[name]
            known = model.labels.get(column)
            if label is not None and known is not None and label not in known:
                raise DataError(
                    f"{place} {name}: {label!r} is not one of {', '.join(sorted(known))}"
                )
            row[column] = label
    return row


def _label(text: str, place: str) -> str | None:
    label = " ".join(text.split())
    label = RUSSIAN.get(label, label)
    if label == "" or label in TOTALS:
        return None
    if NOT_LATIN.search(label):
        raise DataError(
            f"{place}: {label!r} is in Russian and has no translation in the layout; take the "
            "English tables, or add the label to remitrisk/layouts/nsc_labels.py"
        )
    return label


def _name_series(
    member: Member, indicator: str, model: _Model, found: list[tuple[int, dict[str, object]]]
) -> list[str]:
    """Drop the name of an only series, as the package does; say if a new series appears."""
    names = {str(row["series"]) for _, row in found if row.get("series") is not None}
    known = model.series_of.get(indicator, set())
    if not known and len(names) == 1:
        for _, row in found:
            row["series"] = None
        return []
    new = names - known
    if new and indicator not in ONLY_NATIONAL:
        return [f"{member.name}: a series that the package did not have: {listed(sorted(new))}"]
    return []


def _is_national(row: dict[str, object], indicator: str, model: _Model) -> bool:
    splits = set(COLUMNS.values()) - {"series"}
    if any(row.get(column) is not None for column in splits):
        return False
    known = model.series_of.get(indicator, set())
    return not known or row.get("series") in known
