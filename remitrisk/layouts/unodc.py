"""UNODC: the workbook on trafficking in persons (GLOTIP), national totals only."""

import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import pandas as pd
from defusedxml import DefusedXmlException

from livingbrief.data.catalog import Catalog
from livingbrief.data.reading import Draft, Reading, year
from livingbrief.errors import DataError
from livingbrief.wording import counted, listed

TABLE, TABLE_ALL = "unodc.kgz", "unodc.detected_totals"
HEADER = (
    "Iso3_code", "Country", "Region", "Subregion", "Indicator", "Dimension", "Category", "Sex",
    "Age", "Year", "Unit of measurement",
)  # fmt: skip
VALUE_NAMES = ("txtVALUE", "VALUE")
HEADER_WITHIN = 20
DETECTED = "Detected trafficking victims"
HOME = "KGZ"
TOTAL = "Total"
CENSORED = re.compile(r"<\s*5")
COUNT = re.compile(r"\d{1,3}(?:[, \u00a0]\d{3})*|\d+", re.ASCII)
MOST = 100_000
ISO = re.compile(r"[A-Z]{3}")
MOST_ROWS, MOST_COLUMNS = 500_000, 100
# What reading XML of another shape may raise.
BROKEN = (ArithmeticError, AttributeError, EOFError, LookupError, OSError, SyntaxError, TypeError,
          ValueError)  # fmt: skip
COLUMNS = ["value", "low", "high", "censored"]


@dataclass
class _Found:
    """National totals by key, and what was left out."""

    cells: dict[tuple[str, str, int], tuple[int, str]] = field(default_factory=dict)
    conflicting: dict[tuple[str, str, int], int] = field(default_factory=dict)
    repeated: int = 0
    split: int = 0
    not_iso: set[str] = field(default_factory=set)


def read(path: Path, catalog: Catalog, vintage: str) -> Reading:
    """Read the workbook row by row.

    National totals of all reporting countries (detected people) and of Kyrgyzstan (five indicators)
    are kept; rows split by sex, age, form or citizenship are not. A total that the workbook prints
    twice with different values is left out. A printed ``<5`` includes 0 unless a total is printed
    as 0. DataError, with row and column, if no sheet has the header, or a national total is no
    count: a questionnaire code (above 100,000), a fraction, a text.
    """
    indicators = {*catalog.default(TABLE).allowed("indicator")}
    found = _Found()
    with warnings.catch_warnings(), _opened(path):
        warnings.simplefilter("ignore")
        sheet, header, rows = _sheet(path)
        value_name = next(n for n in VALUE_NAMES if n in header)
        last = int(vintage[:4])
        for row_number, cells in rows:
            if row_number > MOST_ROWS or len(cells) > MOST_COLUMNS:
                raise DataError(
                    f"{path.name}: sheet {sheet}, row {row_number}: more than {MOST_ROWS:,} rows "
                    f"or {MOST_COLUMNS} columns; such a file does not come from the publisher"
                )
            _take(found, cells, header, value_name, f"{sheet}: row {row_number}", indicators, last)
    if not found.cells:
        raise DataError(f"{path.name}: sheet {sheet}: no national total below the header")
    kept = {k: v for k, v in found.cells.items() if k not in found.conflicting}
    least = int(any(cell == "0" for _, cell in found.cells.values()))
    drafts = tuple(_draft(path, table, kept, indicators, least) for table in (TABLE, TABLE_ALL))
    return Reading(
        layout="UNODC, GLOTIP workbook",
        drafts=tuple(d for d in drafts if len(d.frame)),
        notes=(
            *_notes(found),
            f"<5 is read as {least} to 4, as {'a' if least else 'no'} total is printed as 0",
        ),
    )


@contextmanager
def _opened(path: Path) -> Iterator[None]:
    """Say in one message that a workbook is damaged, or that its XML is none of a workbook's."""
    try:
        yield
    except (*BROKEN, BadZipFile, zlib.error) as error:
        # openpyxl puts three lines of advice around what it met.
        met = error.__cause__ or error
        told = "an XML entity" if isinstance(met, DefusedXmlException) else str(met)
        raise DataError(
            f"{path.name}: not a workbook that can be opened ({told}); is the download complete?"
        ) from error


def _sheet(path: Path) -> tuple[str, dict[str, int], Iterator[tuple[int, tuple[object, ...]]]]:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True, data_only=True)
    for sheet in book.worksheets:
        # The size that a sheet states may be a lie, and all of it would be filled in.
        sheet.reset_dimensions()
        rows = enumerate(sheet.iter_rows(values_only=True), start=1)
        for number, cells in rows:
            names = ["" if c is None else str(c).strip() for c in cells]
            if sum(n in names for n in HEADER) >= len(HEADER) - 1:
                return sheet.title, _columns(path, sheet.title, number, names), rows
            if number >= HEADER_WITHIN:
                break
    raise DataError(
        f"{path.name}: no sheet has the header {', '.join(HEADER[:4])}, …, txtVALUE within its "
        f"first {HEADER_WITHIN} rows (sheets: {listed(s.title for s in book.worksheets)})"
    )


def _columns(path: Path, sheet: str, row: int, names: list[str]) -> dict[str, int]:
    missing = [n for n in HEADER if n not in names]
    if not any(n in names for n in VALUE_NAMES):
        missing.append(VALUE_NAMES[0])
    if missing:
        raise DataError(
            f"{path.name}: sheet {sheet}, row {row}: the header lacks {', '.join(missing)}"
        )
    return {name: names.index(name) for name in (*HEADER, *VALUE_NAMES) if name in names}


def _take(
    found: _Found, cells: tuple[object, ...], header: dict[str, int], value_name: str,
    place: str, indicators: set[str], last: int,
) -> None:  # fmt: skip
    def text(name: str) -> str:
        at = header[name]
        return "" if at >= len(cells) or cells[at] is None else str(cells[at]).strip()

    printed = text(value_name)
    if not printed:
        return
    if any(text(n) != TOTAL for n in ("Dimension", "Category", "Sex", "Age")):
        found.split += 1
        return
    economy, indicator = text("Iso3_code"), text("Indicator")
    if ISO.fullmatch(economy) is None:
        if not economy or not re.fullmatch(r"[A-Z]{3}_\w+", economy):
            raise DataError(f"{place}, column Iso3_code: {economy!r} is not a country code")
        found.not_iso.add(economy)
        return
    if indicator != DETECTED and (economy != HOME or indicator not in indicators):
        return
    key = (indicator, economy, year(text("Year"), f"{place}, column Year", last))
    cell = count(printed, f"{place}, column {value_name}")
    earlier = found.cells.setdefault(key, (int(place.rsplit(" ", 1)[1]), cell))
    if earlier[1] != cell:
        found.conflicting.setdefault(key, earlier[0])
    elif earlier[0] != int(place.rsplit(" ", 1)[1]):
        found.repeated += 1


def count(printed: str, place: str) -> str:
    """Turn a printed count into digits, or `<5`; DataError for all else, questionnaire codes."""
    if CENSORED.fullmatch(printed):
        return "<5"
    plain = re.sub(r"\.0+$", "", printed)
    if COUNT.fullmatch(plain) is None:
        raise DataError(f"{place}: {printed!r} is not a count")
    digits = re.sub(r"[, \u00a0]", "", plain)
    if int(digits) > MOST:
        raise DataError(
            f"{place}: {int(digits):,} is outside 0 to {MOST:,}: a questionnaire code, not a count"
        )
    return digits


def _draft(
    path: Path,
    table: str,
    kept: dict[tuple[str, str, int], tuple[int, str]],
    indicators: set[str],
    least: int,
) -> Draft:
    rows, places = [], []
    for (indicator, economy, at), (row, cell) in sorted(kept.items()):
        if table == TABLE and (economy != HOME or indicator not in indicators):
            continue
        if table == TABLE_ALL and indicator != DETECTED:
            continue
        low, high = (least, 4) if cell == "<5" else (int(cell), int(cell))
        first = indicator if table == TABLE else economy
        rows.append((first, at, pd.NA if cell == "<5" else low, low, high, cell == "<5"))
        places.append(f"{path.name}: row {row}, column txtVALUE")
    name = "indicator" if table == TABLE else "iso3"
    frame = pd.DataFrame(rows, columns=[name, "year", *COLUMNS])
    frame = frame.astype({"value": "Int64", "censored": bool})
    return Draft(table, frame, places.__getitem__)


def _notes(found: _Found) -> Iterator[str]:
    yield f"left out: {counted(found.split, 'row')} with a split of the totals"
    if found.repeated:
        totals = counted(found.repeated, "total")
        yield f"printed more than once with the same value: {totals}"
    if found.conflicting:
        keys = [f"{e} {y} ({i})" for i, e, y in sorted(found.conflicting)]
        yield (
            f"printed more than once with different values, left out: "
            f"{counted(len(keys), 'total')}: {listed(keys)}"
        )
    if found.not_iso:
        yield f"no ISO countries, left out: {listed(sorted(found.not_iso))}"
