"""One workbook of all that a report prints: its figures and tables, its numbers, its claims."""

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from livingbrief.book.record import Book, Titled
from livingbrief.claims.claims import Judged
from livingbrief.data.catalog import Catalog
from livingbrief.escape import in_csv
from livingbrief.files import write_bytes
from livingbrief.records import read_as
from livingbrief.values.exhibits import Exhibit, NotebookRecord
from livingbrief.values.results import Cited, Number, Results
from livingbrief.wording import VERDICT_WORDS

#: Licences under which what is made of a table must stay apart from the rest.
_APART = re.compile(r"\b(?:NC|SA)\b")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?", re.I)
#: A number as a table of the report prints it.
_PRINTED = re.compile(r"[+\u2212]?(?:\d{1,3}(?:,\d{3})+|0|[1-9]\d*)(?:\.\d+)?%?")
_UNSTATED = "None stated; the terms of the sources named hold."
_NOTICE = "What is made of this sheet stays under"
#: Characters that the name of a sheet may have, and the width of the first column.
_LONGEST, _FIRST = 31, 28
_OWN = ("contents", "results", "claims")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def write(target: Path, stage: Path, records: Iterable[Path], catalog: Catalog, date: int) -> None:
    """Write the workbook of the report that is put together in `stage`.

    Parameters
    ----------
    records : iterable of Path
        ``record.json`` of each notebook, in the order of the chapters.
    catalog : Catalog
        Says the licence of each source.
    date : int
        Seconds since the epoch that the file names as its time.

    Notes
    -----
    First come contents, results and claims; then a sheet for each exhibit, and last those from
    sources whose licence asks that what is made of them stay under it. An exhibit's sheet has
    title, caption, unit, what its columns are, sources, licence and chapter in its first rows,
    then the names of its columns. Text is never a formula.
    """
    licences, shown = _licences(catalog), list[Any]()
    made = read_as(Book, stage / "book.json")
    for record in (read_as(NotebookRecord, path) for path in records):
        for exhibit in record.exhibits:
            table = stage / "figures" / f"{exhibit.name}.csv"
            if table.is_file():
                head = _head(exhibit, made.titled[exhibit.name], record.notebook, licences)
                name = unlike(exhibit.name, (each[0] for each in shown))
                shown.append((name, table, head, _NOTICE in head["Licence"]))
    shown.sort(key=lambda each: each[-1])
    book = Workbook(write_only=True)
    book.properties.title = made.title
    book.properties.creator = book.properties.lastModifiedBy = ""
    book.properties.created = dt.datetime.fromtimestamp(date, dt.UTC).replace(tzinfo=None)
    fields = ("Title", "Unit", "Sources", "Licence", "Chapter")
    listed = [[sheet, *map(head.get, fields)] for sheet, _, head, _ in shown]
    about = [[made.title], [made.edition.title]]
    ledger = read_as(list[Judged], stage / "claims.json")
    own = [["Results", "Every number of the text"], ["Claims", "Every claim of the brief"]]
    contents = [["Sheet", *fields], *own[: 2 if ledger else 1], *listed]
    _sheet(book, "Contents", contents, about)
    _sheet(book, "Results", _results(read_as(dict[str, Number], stage / "results.json")))
    if ledger:
        _sheet(book, "Claims", _claims(ledger))
    for sheet, table, head, _ in shown:
        text = table.read_text(encoding="utf-8")
        lines = (line for line in io.StringIO(text) if not line.startswith("# "))
        rows = [[number(cell) for cell in row] for row in csv.reader(lines)]
        _sheet(book, sheet, rows, [*head.items()])
    raw = io.BytesIO()
    book.save(raw)
    write_bytes(target, _as_of(raw, date))


def number(cell: str) -> str | float | int:
    """Return what a cell of a CSV holds: a number if it is written or printed as one, else text.

    Per cent stay per cent: "25.0%" is 25.
    """
    if _PRINTED.fullmatch(cell):
        cell = cell.removesuffix("%").replace(",", "").replace("\u2212", "-").lstrip("+")
    if not _NUMBER.fullmatch(cell):
        return cell[1:] if cell[:1] == "'" and in_csv(cell[1:]) == cell else cell
    return float(cell) if {".", "e", "E"} & set(cell) else int(cell)


def unlike(name: str, others: Iterable[str]) -> str:
    """Return a name of a sheet, cut to its length, that no other has, in capitals or not."""
    taken, found, more = {*_OWN, *(other.lower() for other in others)}, name[:_LONGEST], 1
    while found.lower() in taken:
        more += 1
        found = f"{name[: _LONGEST - len(f'~{more}')]}~{more}"
    return found


def _licences(catalog: Catalog) -> dict[str, dict[str, str]]:
    """Source, as exhibits cite it, to its licences: name to title and address."""
    found: dict[str, dict[str, str]] = {}
    for resource in catalog.resources:
        own = {e.name: e.title + (f" ({e.path})" if e.path else "") for e in resource.licenses}
        named = " and ".join(dict.fromkeys(s.publisher for s in resource.sources))
        cited = [*(s.line for s in resource.sources), f"{named}, {resource.title}"]
        for source in {*cited, catalog.tables[resource.table].line}:
            found.setdefault(source, {}).update(own)
    return found


def _cited(sources: Sequence[Cited]) -> str:
    return "; ".join(f"{s.source} ({s.vintage or 'no vintage'})" for s in sources)


def _head(
    exhibit: Exhibit, titled: Titled, chapter: str, licences: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Return what stands above an exhibit's table."""
    cited = (licences.get(source.source, {}) for source in exhibit.sources)
    own = {name: title for of in cited for name, title in of.items()}
    notice = [f"{_NOTICE} {title}." for name, title in own.items() if _APART.search(name)]
    title, caption = titled.title, titled.caption
    return {
        "Title": title or caption,
        "Caption": caption if title else "",
        "Unit": exhibit.unit,
        "Columns": "; ".join(f"{name}: {words}" for name, words in exhibit.columns.items()),
        "Sources": _cited(exhibit.sources),
        "Licence": " ".join(["; ".join(own.values()) or _UNSTATED, *notice]),
        "Chapter": chapter,
    }


def _results(results: Results) -> Iterator[list[Any]]:
    plain = ["unit", "text", "level", "n", "status", "notebook"]
    yield ["key", "value", "low", "high", *plain, "sources"]
    for key, number in results.items():
        value = number.value
        value = ", ".join(map(str, value)) if isinstance(value, list) else value
        about = (getattr(number, field) for field in plain)
        yield [key, value, *(number.interval or (None, None)), *about, _cited(number.sources)]


def _claims(ledger: Iterable[Judged]) -> Iterator[list[Any]]:
    head = ["id", "section", "claim"]
    yield [*head, "verdict", "in words", "verdict then", "in words", "evidence", "chapters"]
    for item in ledger:
        verdicts = (item.verdict, item.then.verdict if item.then else "")
        words = (text for v in verdicts for text in (v, VERDICT_WORDS.get(v, "")))
        lists = (", ".join(each) for each in (item.evidence, item.chapters))
        yield [*(getattr(item, field) for field in head), *words, *lists]


def _sheet(
    book: Workbook, name: str, rows: Iterable[Sequence[Any]], about: Sequence[Sequence[str]] = ()
) -> None:
    """Add a sheet: a table, and what is said of it above."""
    sheet = book.create_sheet(name)
    sheet.column_dimensions["A"].width = _FIRST
    sheet.freeze_panes = f"A{len(about) + 2}"
    for line in about:
        sheet.append([_cell(sheet, text, bold=not at) for at, text in enumerate(line)])
    for at, row in enumerate(rows):
        sheet.append([_cell(sheet, value, bold=not at) for value in row])


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    text = isinstance(value, str)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value) if text else value)
    if text:
        # What begins with an equals sign is no formula.
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _as_of(raw: io.BytesIO, date: int) -> bytes:
    """Return the file with one time in place of that at which it was written."""
    at = dt.datetime.fromtimestamp(date, dt.UTC)
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as put:
        for name in read.namelist():
            content = read.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + f"{at:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
            put.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
