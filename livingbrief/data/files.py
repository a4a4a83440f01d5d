"""Opening what an analyst brings: a file, a folder or a ZIP, none of it trusted."""

from __future__ import annotations

import csv
import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from livingbrief.data.content import SEMICOLONS, separated_by_semicolons
from livingbrief.errors import DataError

MB = 1_000_000
MOST_MEMBERS = 5_000
# A table of figures in XML or CSV shrinks to a tenth or a thirtieth.
MOST_SHRUNK = 100
ZIP_START = b"PK\x03\x04"
UTF16_STARTS = (b"\xff\xfe", b"\xfe\xff")
SNIFFED = 4096
WORKBOOKS = (".xlsx", ".xls", ".ods")


@dataclass(frozen=True)
class Member:
    """One file, wherever it lies.

    `name`: name without folders; `size`: bytes as stated by the file system or by the archive;
    `limit`: bytes after which reading stops, whatever `size` says; `opener`: opens the file for
    reading bytes, from its beginning.
    """

    name: str
    size: int
    limit: int
    opener: Callable[[], IO[bytes]]

    def open(self) -> io.BufferedReader:
        """Open the file; reading more than `limit` bytes is an error."""
        return io.BufferedReader(_Limited(self), buffer_size=1 << 16)

    def read(self) -> bytes:
        """Read the whole file."""
        with self.open() as file:
            return file.read()


class _Limited(io.RawIOBase):
    """Counts what is really read: the size that an archive states may be a lie."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._file = member.opener()
        self._read = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        try:
            piece = self._file.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise DataError(
                f"{self._member.name}: the ZIP is damaged here ({error}); download it again"
            ) from error
        self._read += len(piece)
        if self._read > self._member.limit:
            raise DataError(
                f"{self._member.name}: more than {_mb(self._member.limit)} come out of it although "
                f"it states {_mb(self._member.size)}; not read further"
            )
        buffer[: len(piece)] = piece
        return len(piece)


def members(path: Path, limit_mb: int) -> list[Member]:
    """Files inside `path`: the file itself, those of a folder, those of a ZIP.

    Sorted by name; hidden files and files inside `__MACOSX` are left out.

    Parameters
    ----------
    limit_mb : int
        Largest size in megabytes, of a file and of all that an archive holds together.

    Raises
    ------
    DataError
        Missing, empty or too large; a ZIP that is damaged, encrypted, or has a path outside.
    """
    if path.is_dir():
        inside = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        if not inside:
            raise DataError(f"{path.name}: the folder has no files")
        return [member for file in inside for member in members(file, limit_mb)]
    if not path.exists():
        raise DataError(f"{path}: there is no such file")
    if not path.is_file():
        raise DataError(f"{path}: neither a file nor a folder")
    size, limit = path.stat().st_size, limit_mb * MB
    if size == 0:
        raise DataError(f"{path.name}: the file is empty (0 bytes); download it again")
    if size > limit:
        raise DataError(
            f"{path.name}: {_mb(size)} is more than the {_mb(limit)} that this publisher's files "
            "may have; it was not read"
        )
    with path.open("rb") as file:
        start = file.read(SNIFFED)
    if start.startswith(ZIP_START) and not path.name.lower().endswith(".xlsx"):
        return _zipped(path, limit)
    if not start.strip(b"\0"):
        raise DataError(f"{path.name}: the file holds nothing but zero bytes; download it again")
    return [Member(path.name, size, limit, lambda: path.open("rb"))]


def refuse_workbooks(files: Sequence[Member]) -> None:
    """Refuse files that are all workbooks, where tables in CSV are needed."""
    if files and all(f.name.lower().endswith(WORKBOOKS) for f in files):
        raise DataError(f"{files[0].name}: a workbook, where a CSV file is needed: save it as CSV")


def check_archive(path: Path, limit_mb: int) -> None:
    """Refuse an archive that another library will unpack, if it is damaged or too large."""
    _entries(path, limit_mb * MB)


def _zipped(path: Path, limit: int) -> list[Member]:
    def opener(name: str) -> Callable[[], IO[bytes]]:
        return lambda: zipfile.ZipFile(path).open(name)

    return [
        Member(PurePosixPath(e.filename).name, e.file_size, limit, opener(e.filename))
        for e in sorted(_entries(path, limit), key=lambda e: e.filename)
        if not e.is_dir()
        and "__MACOSX" not in e.filename
        and not PurePosixPath(e.filename).name.startswith(".")
    ]


def _entries(path: Path, limit: int) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise DataError(
            f"{path.name}: the ZIP cannot be opened ({error}); is the download complete?"
        ) from error
    if len(entries) > MOST_MEMBERS:
        raise DataError(f"{path.name}: {len(entries):,} files in one ZIP; not read")
    for entry in entries:
        parts = PurePosixPath(entry.orig_filename.replace("\\", "/")).parts
        if ".." in parts or (parts and (parts[0] == "/" or ":" in parts[0])):
            raise DataError(
                f"{path.name}: the ZIP holds {entry.orig_filename!r}, a path outside the archive; "
                "such a file does not come from the publisher"
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise DataError(f"{path.name}: {entry.filename!r} is a link, not a file; not read")
        if entry.flag_bits & 1:
            raise DataError(f"{path.name}: {entry.filename!r} is encrypted; unpack it first")
        if entry.file_size > max(MB, MOST_SHRUNK * entry.compress_size):
            raise DataError(
                f"{path.name}: {entry.filename!r} unpacks to {_mb(entry.file_size)}, more than "
                f"{MOST_SHRUNK} times its size in the ZIP: it is no table of figures; not unpacked"
            )
    stated = sum(entry.file_size for entry in entries)
    if stated > limit:
        raise DataError(
            f"{path.name}: the ZIP unpacks to {_mb(stated)}, more than the {_mb(limit)} that this "
            "publisher's files may have; it was not unpacked"
        )
    return entries


def csv_rows(member: Member) -> Iterator[tuple[int, list[str]]]:
    """Number of the line and fields of each row of a CSV file, read in pieces.

    Empty lines are left out; a byte-order mark is dropped. A `DataError` names the line: not UTF-8,
    binary, separated by semicolons, or a quote that is opened and never closed.
    """
    with member.open() as raw:
        start = raw.peek(SNIFFED)[:SNIFFED]
        if start.startswith(UTF16_STARTS):
            raise DataError(
                f"{member.name}: line 1: the encoding is UTF-16, not UTF-8; "
                "save it as 'CSV UTF-8 (comma delimited)'"
            )
        if b"\0" in start:
            raise DataError(f"{member.name}: binary data, not a CSV file")
        text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="strict", newline="")
        reader = csv.reader(text, strict=True)
        last, first = 0, True
        try:
            for row in reader:
                last = reader.line_num
                if row and row != [""]:
                    if first and separated_by_semicolons(row):
                        raise DataError(f"{member.name}: line {last}: {SEMICOLONS}")
                    first = False
                    yield last, row
        except UnicodeDecodeError:
            line, found = _undecodable(member)
            raise DataError(
                f"{member.name}: line {line}: the bytes {found} are not UTF-8; the encoding is "
                "another (Windows-1251 or Latin-1?): save it as 'CSV UTF-8'"
            ) from None
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                raise DataError(
                    f"{member.name}: line {last + 1}: a quoted field is never closed: the file is "
                    "cut off; download it again"
                ) from None
            raise DataError(
                f"{member.name}: line {reader.line_num}: not a CSV line ({error})"
            ) from None


def even_rows(member: Member, header_line: int, width: int) -> Iterator[tuple[int, list[str]]]:
    """Rows below the header, each with as many fields as the header has.

    A trailing comma is no field. A `DataError` names a row with more fields (a shifted header, a
    comma inside a value) or with fewer; if it is the last one, the file is cut off.
    """
    short: tuple[int, int] | None = None
    due = f"fields, the header on line {header_line} has {width}"
    for line, row in csv_rows(member):
        if line <= header_line:
            continue
        if short is not None:
            where = f"{member.name}: line {short[0]}"
            raise DataError(f"{where} has {short[1]} {due}: a field is missing in this line")
        fields = row[:-1] if len(row) == width + 1 and row[-1] == "" else row
        if len(fields) > width:
            raise DataError(
                f"{member.name}: line {line} has {len(fields)} {due}: the header is shifted, or a "
                "comma stands inside a value"
            )
        if len(fields) < width:
            short = (line, len(fields))
            continue
        yield line, fields
    if short is not None:
        raise DataError(
            f"{member.name}: line {short[0]}, the last one, ends after {short[1]} of {width} "
            "fields: the file is cut off; download it again"
        )


def _undecodable(member: Member) -> tuple[int, str]:
    with member.open() as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return number, line[error.start : error.start + 4].hex(" ")
    return 0, ""


def refuse_no_line_end(member: Member) -> None:
    """Refuse a file whose last line is not complete."""
    if member.read()[-1:] not in (b"\n", b"\r"):
        raise DataError(
            f"{member.name}: the last line has no line end: the file is cut off; if it is "
            "complete, add an empty line"
        )


def _mb(size: int) -> str:
    return f"{size / MB:,.1f} MB"
