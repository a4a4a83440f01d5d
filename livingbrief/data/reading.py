"""Reading what an analyst brings, none of it trusted, and what a layout makes of it."""

import csv
import io
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

import pandas as pd

from livingbrief.data.content import SEMICOLONS
from livingbrief.errors import DataError

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
WHOLE = 1e15
MB = 1_000_000
# A table of figures in XML or CSV shrinks to a tenth or a thirtieth.
MOST_SHRUNK = 100
ZIP_START = b"PK\x03\x04"
WORKBOOKS = (".xlsx", ".xls", ".ods")


@dataclass(frozen=True)
class Draft:
    """One table read from a file, not yet validated.

    `frame`: the table's columns, rows numbered from 0; `place`: the file, and where in it row
    number i stood; `content`: the bytes to keep, empty where they are written from the frame.
    """

    table: str
    frame: pd.DataFrame = field(compare=False)
    place: Callable[[int], str] = field(compare=False)
    part: str | None = None
    content: bytes = field(default=b"", compare=False, repr=False)


@dataclass(frozen=True)
class Reading:
    """What was recognised in a file: its layout in words, and one or more tables.

    `notes`: what was left out or looks odd; `stated_date`: the publisher's own date in the file;
    `partial`: the layout never holds a whole table (one indicator, one country); `own`: it is the
    project's own, in which a row may have been typed by hand.
    """

    layout: str
    drafts: tuple[Draft, ...]
    notes: tuple[str, ...] = ()
    stated_date: str = ""
    partial: bool = False
    own: bool = False


def in_order(table: str, frame: pd.DataFrame, places: Sequence[str], by: list[str]) -> Draft:
    """Sort what was read by some columns, empty cells first; `places` are those of its rows."""
    order = frame.sort_values(by, kind="stable", na_position="first").index
    ordered = [places[i] for i in order]
    return Draft(table, frame.loc[order].reset_index(drop=True), ordered.__getitem__)


def number(text: str, place: str) -> float:
    """Turn the text of a cell into a number.

    Raises
    ------
    DataError
        For anything but a plain number: thousands separators, decimal commas, words, `nan`.
    """
    if NUMBER.fullmatch(text.strip()) is None:
        hint = "; it has a comma, and the decimal sign is a point" * ("," in text)
        raise DataError(f"{place}: {text!r} is not a number{hint}")
    return float(text)


def year(text: str, place: str, last: int) -> int:
    """Turn the text of a cell into a year between 1900 and `last`."""
    if re.fullmatch(r"[0-9]{4}(\.0+)?", text.strip()) is None:
        raise DataError(f"{place}: {text!r} is not a year")
    found = int(float(text))
    if not 1900 <= found <= last:
        raise DataError(f"{place}: the year {found} is outside 1900 to {last}, that of the vintage")
    return found


def printed(value: float) -> str:
    """Write a number as the shortest text that reads back the same."""
    return str(int(value)) if value.is_integer() and abs(value) < WHOLE else repr(value)


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write a table as the package stores it: UTF-8, LF, empty for a missing value."""
    text = frame.copy()
    for column in text:
        if pd.api.types.is_float_dtype(text[column]):
            text[column] = [None if pd.isna(v) else printed(float(v)) for v in text[column]]
        elif pd.api.types.is_bool_dtype(text[column]):
            text[column] = text[column].map({True: "true", False: "false"})
    return text.to_csv(index=False, lineterminator="\n").encode("utf-8")


@dataclass(frozen=True)
class Member:
    """One file, wherever it lies: its name without folders, and what opens it for reading bytes."""

    name: str
    open: Callable[[], IO[bytes]]

    def read(self) -> bytes:
        """Read the whole file."""
        with self.open() as file:
            return file.read()


def members(path: Path, limit_mb: int) -> list[Member]:
    """Files inside `path`: the file itself, those of a folder, those of a ZIP, by name.

    Hidden files and those of `__MACOSX` are left out. A `DataError` if anything is missing, empty
    or larger than the limit, alone or in a ZIP together; if a ZIP is damaged, has a path outside or
    unpacks to more than it states.
    """
    if path.is_dir():
        inside = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        if not inside:
            raise DataError(f"{path.name}: the folder has no files")
        return [member for file in inside for member in members(file, limit_mb)]
    if not path.is_file():
        raise DataError(f"{path}: there is no such file")
    size, limit = path.stat().st_size, limit_mb * MB
    if size == 0:
        raise DataError(f"{path.name}: the file is empty (0 bytes); download it again")
    _refuse_large(path, size, limit)
    with path.open("rb") as file:
        start = file.read(len(ZIP_START))
    workbook = path.name.lower().endswith(".xlsx")
    entries = _entries(path, limit) if workbook or start == ZIP_START else []
    if workbook or start != ZIP_START:
        return [Member(path.name, lambda: path.open("rb"))]

    def opener(name: str) -> Callable[[], IO[bytes]]:
        return lambda: io.BufferedReader(zipfile.ZipFile(path).open(name))  # type: ignore[type-var]

    return [
        Member(PurePosixPath(e.filename).name, opener(e.filename))
        for e in sorted(entries, key=lambda e: e.filename)
        if not e.is_dir()
        and "__MACOSX" not in e.filename
        and not PurePosixPath(e.filename).name.startswith(".")
    ]


def refuse_workbooks(files: Sequence[Member]) -> None:
    """Refuse files that are all workbooks, where tables in CSV are needed."""
    if files and all(f.name.lower().endswith(WORKBOOKS) for f in files):
        raise DataError(f"{files[0].name}: a workbook, where a CSV file is needed: save it as CSV")


def _entries(path: Path, limit: int) -> list[zipfile.ZipInfo]:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        why = f"the ZIP cannot be opened ({error})"
        raise DataError(f"{path.name}: {why}; is the download complete?") from error
    entries = archive.infolist()
    for entry in entries:
        parts = PurePosixPath(entry.orig_filename.replace("\\", "/")).parts
        named = f"{path.name}: {entry.orig_filename!r}"
        if ".." in parts or (parts and (parts[0] == "/" or ":" in parts[0])):
            raise DataError(f"{named} is a path outside the archive, as no publisher's file has it")
        if entry.file_size > max(MB, MOST_SHRUNK * entry.compress_size):
            much = f"{_mb(entry.file_size)}, more than {MOST_SHRUNK} times its size in the ZIP"
            raise DataError(f"{named} unpacks to {much}: it is no table of figures")
    _refuse_large(path, sum(entry.file_size for entry in entries), limit)
    with archive:
        for entry in entries:
            _refuse_damaged(path, archive, entry)
    return entries


def _refuse_damaged(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack a file of a ZIP in pieces, kept nowhere, up to the size that the ZIP states."""
    named, unpacked, whole = f"{path.name}: {entry.filename!r}", 0, copy(entry)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        how = f"packed by method {entry.compress_type} of ZIP, not by deflate, the usual one"
        raise DataError(f"{named} is {how}: pack the file again")
    # At the stated size zipfile would stop by itself, and say no more than that the sum is wrong.
    whole.file_size = sys.maxsize
    try:
        with archive.open(whole) as file:
            while unpacked <= entry.file_size and (piece := file.read(MB)):
                unpacked += len(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        why = f"the ZIP is damaged or encrypted here ({error})"
        raise DataError(f"{named}: {why}; download it again") from error
    if unpacked > entry.file_size:
        more = f"more than the {entry.file_size:,} bytes that the ZIP states"
        raise DataError(f"{named} unpacks to {more}: it is damaged or forged; download it again")


def _refuse_large(path: Path, size: int, limit: int) -> None:
    if size > limit:
        most = f"more than the {_mb(limit)} that this publisher's files may have"
        raise DataError(f"{path.name}: {_mb(size)} is {most}; it was not read")


def csv_rows(member: Member) -> Iterator[tuple[int, list[str]]]:
    """Number of the line and fields of each row of a CSV file that is not empty.

    A `DataError` names the line: not UTF-8, binary, separated by semicolons, or an open quote.
    """
    first = True
    with member.open() as file:
        reader = csv.reader(_lines(member.name, file), strict=True)
        try:
            for row in reader:
                if row and row != [""]:
                    if first and len(row) == 1 and ";" in row[0]:
                        raise DataError(f"{member.name}: line {reader.line_num}: {SEMICOLONS}")
                    first = False
                    yield reader.line_num, row
        except csv.Error as error:
            why = f"not a CSV line ({error}): the file is cut off, or a quote is never closed"
            raise DataError(f"{member.name}: line {reader.line_num}: {why}") from None


def _lines(name: str, file: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            found = line[error.start : error.start + 4].hex(" ")
            raise DataError(
                f"{name}: line {number}: the bytes {found} are not UTF-8; the encoding is another "
                "(UTF-16, Windows-1251, Latin-1?): save it as 'CSV UTF-8'"
            ) from None
        if "\0" in text:
            raise DataError(f"{name}: line {number}: binary data, not a CSV file")
        yield text


def even_rows(member: Member, header_line: int, width: int) -> Iterator[tuple[int, list[str]]]:
    """Rows below the header, each with as many fields, a trailing comma apart; or a `DataError`."""
    for line, row in csv_rows(member):
        fields = row[:-1] if len(row) == width + 1 and row[-1] == "" else row
        if line > header_line and len(fields) != width:
            raise DataError(
                f"{member.name}: line {line} has {len(fields)} fields, the header on line "
                f"{header_line} has {width}: the header is shifted, a value has a comma, or, if it "
                "is the last line, the file is cut off"
            )
        if line > header_line:
            yield line, fields


def refuse_no_line_end(member: Member) -> None:
    """Refuse a file whose last line is not complete."""
    if member.read()[-1:] not in (b"\n", b"\r"):
        why = "the last line has no line end: the file is cut off; if not, add an empty line"
        raise DataError(f"{member.name}: {why}")


def _mb(size: int) -> str:
    return f"{size / MB:,.1f} MB"
