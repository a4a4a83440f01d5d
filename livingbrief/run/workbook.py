"""One workbook of all that a report prints: its figures and tables, its numbers, its claims."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, NamedStyle
from openpyxl.utils import get_column_letter

from livingbrief.data.catalog import Catalog, publisher_line
from livingbrief.run.steps import write_bytes
from livingbrief.wording import VERDICT_WORDS

#: Licences under which what is made of a table must stay apart from the rest.
_APART = re.compile(r"\b(?:NC|SA)\b")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?", re.I)
#: A number as a table of the report prints it.
_PRINTED = re.compile(r"[+\u2212]?(?:\d{1,3}(?:,\d{3})+|0|[1-9]\d*)(?:\.\d+)?(?:\u00a0%)?")
_UNSTATED = "None stated; the terms of the sources named hold."
_LONGEST = 31
#: Widths of columns in characters: of text that no column says otherwise, and at the most.
_COLUMN, _WIDEST = 16, 60
#: Columns over which what stands above a table runs, and the height of a line of it in points.
_ACROSS, _LINE = 7, 15
_LOOKS = {
    "plain": NamedStyle("plain", alignment=Alignment(vertical="top")),
    "wrapped": NamedStyle("wrapped", alignment=Alignment(vertical="top", wrap_text=True)),
    "head": NamedStyle(
        "head", font=Font(bold=True), alignment=Alignment(vertical="top", wrap_text=True)
    ),
}
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")

Sources = Sequence[Mapping[str, str]]
Licences = Mapping[str, Mapping[str, str]]


def write(target: Path, stage: Path, records: Iterable[Path], catalog: Catalog, date: int) -> None:
    """Write the workbook of a report.

    Parameters
    ----------
    target : Path
    stage : Path
        Folder of the report: ``results.json``, ``claims.json``, ``book.json`` and ``figures``.
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
    then the names of its columns. Text is never a formula, and wraps.
    """
    licences, shown = _licences(catalog), []
    for record in map(_read, records):
        for exhibit in record["exhibits"]:
            table = stage / "figures" / f"{exhibit['name']}.csv"
            if table.is_file():
                own = _of(exhibit["sources"], licences)
                apart = [title for name, title in own.items() if _APART.search(name)]
                told = {"notebook": record["notebook"], "licences": own, "apart": apart}
                shown.append({**exhibit, **told, "csv": table, "sheet": exhibit["name"][:_LONGEST]})
    shown.sort(key=lambda e: bool(e["apart"]))
    book, made = Workbook(write_only=True), _read(stage / "book.json")
    for look in _LOOKS.values():
        book.add_named_style(look)
    book.properties.title = made["title"]
    book.properties.creator = book.properties.lastModifiedBy = ""
    book.properties.created = dt.datetime.fromtimestamp(date, dt.UTC).replace(tzinfo=None)
    _contents(book, made, shown)
    _sheet(book, "Results", _results(_read(stage / "results.json")))
    if ledger := _read(stage / "claims.json"):
        _sheet(book, "Claims", _claims(ledger))
    for exhibit in shown:
        text = exhibit["csv"].read_text(encoding="utf-8")
        rows = [[number(cell) for cell in row] for row in csv.reader(io.StringIO(text))]
        _sheet(book, exhibit["sheet"], rows, _about(exhibit))
    raw = io.BytesIO()
    book.save(raw)
    write_bytes(target, _as_of(raw, date))


def number(cell: str) -> str | float | int:
    """Return what a cell of a CSV holds: a number if it is written or printed as one, else text.

    Per cent stay per cent: "25.0 %" is 25.
    """
    if _PRINTED.fullmatch(cell):
        cell = cell.removesuffix("\u00a0%").replace(",", "").replace("\u2212", "-").lstrip("+")
    if not _NUMBER.fullmatch(cell):
        return cell
    return float(cell) if {".", "e", "E"} & set(cell) else int(cell)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _licences(catalog: Catalog) -> dict[str, dict[str, str]]:
    """Source, as exhibits cite it, to its licences: name to title and address."""
    found: dict[str, dict[str, str]] = {}
    for resource in catalog.resources:
        told, parts = resource.licenses, resource.sources
        own = {e.name: e.title + (f" ({e.path})" if e.path else "") for e in told}
        cited = [s.line for s in parts]
        named = " and ".join(dict.fromkeys(s.publisher for s in parts))
        cited.append(f"{named}, {resource.title}")
        for source in {*cited, publisher_line(catalog, [resource])["source"]}:
            found.setdefault(source, {}).update(own)
    return found


def _of(sources: Sources, licences: Licences) -> dict[str, str]:
    return {k: v for s in sources for k, v in licences.get(s["source"], {}).items()}


def _cited(sources: Sources) -> str:
    return "; ".join(f"{s['source']} ({s['vintage'] or 'no vintage'})" for s in sources)


def _contents(book: Workbook, made: Mapping[str, Any], shown: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        ["Results", "Every number of the text: key, value, unit, interval, status, sources"],
        ["Claims", "Every claim of the brief, with its verdicts"],
    ][: 2 if made["narrative"] else 1]
    apart = False
    for exhibit in shown:
        if exhibit["apart"] and not apart:
            apart = True
            rows += [[], ["Under terms of their own: " + "; ".join(exhibit["apart"])]]
        title, _, unit, _, sources, licence, chapter = (line[1] for line in _about(exhibit))
        rows.append([exhibit["sheet"], title, unit, sources, licence, chapter])
    sheet = _open(book, "Contents", [28, 70, 16, 60, 50, 22])
    head = ["Sheet", "What it shows", "Unit", "Sources", "Licence", "Chapter"]
    for row in ([made["title"]], [made["edition"]["title"]], [], head):
        sheet.append(_cells(sheet, row, head=True))
    for row in rows:
        cells = _cells(sheet, row)
        if len(row) > 1:
            cells[0].hyperlink = f"#'{row[0]}'!A1"
            cells[0].font = Font(underline="single", color="0000EE")
        sheet.append(cells)


def _about(exhibit: Mapping[str, Any]) -> list[list[str]]:
    notice = "".join(
        f" What is made of this sheet stays under {title}." for title in exhibit["apart"]
    )
    return [
        ["Title", exhibit["title"] or exhibit["caption"]],
        ["Caption", exhibit["caption"] if exhibit["title"] else ""],
        ["Unit", exhibit["unit"]],
        ["Columns", "; ".join(f"{name}: {told}" for name, told in exhibit["columns"].items())],
        ["Sources", _cited(exhibit["sources"])],
        ["Licence", ("; ".join(exhibit["licences"].values()) or _UNSTATED) + notice],
        ["Chapter", exhibit["notebook"]],
    ]


def _results(results: Mapping[str, Any]) -> Iterator[list[Any]]:
    plain = ["unit", "text", "level", "n", "status", "notebook"]
    yield ["key", "value", "low", "high", *plain, "sources"]
    for key, entry in results.items():
        value = entry["value"]
        value = ", ".join(map(str, value)) if isinstance(value, list) else value
        told = (entry[field] for field in plain)
        yield [key, value, *(entry["interval"] or (None, None)), *told, _cited(entry["sources"])]


def _claims(ledger: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
    head = ["id", "section", "claim"]
    yield [*head, "verdict", "in words", "verdict then", "in words", "evidence", "chapters"]
    for item in ledger:
        verdicts = (item["verdict"], (item["then"] or {}).get("verdict", ""))
        told = (text for v in verdicts for text in (v, VERDICT_WORDS.get(v, "")))
        lists = (", ".join(item[field]) for field in ("evidence", "chapters"))
        yield [*(item[f] for f in head), *told, *lists]


def _sheet(
    book: Workbook, name: str, rows: Iterable[Sequence[Any]], about: Sequence[Sequence[str]] = ()
) -> None:
    listed = list(rows)
    widths = _widths(listed)
    sheet = _open(book, name, widths)
    sheet.freeze_panes = f"A{len(about) + 2}"
    for place, (field, text) in enumerate(about, 1):
        # A row of cells that are one is not made as high as its text by who opens the file.
        sheet.merged_cells.add(f"B{place}:{get_column_letter(1 + _ACROSS)}{place}")
        lines = math.ceil(len(text) / sum(widths[1 : 1 + _ACROSS]))
        sheet.row_dimensions[place].height = _LINE * max(1, lines)
        told = _cells(sheet, [text], head=field == "Title")
        sheet.append([*_cells(sheet, [field], head=True), *told])
    for place, row in enumerate(listed):
        sheet.append(_cells(sheet, row, head=not place))


def _widths(rows: Iterable[Sequence[Any]]) -> list[int]:
    """Return for each column, and as many as text above runs over, the width that its texts ask."""
    blank = [""] * (1 + _ACROSS)
    columns = zip_longest(blank, *rows, fillvalue="")
    longest = [max(len(v) for v in c if isinstance(v, str)) for c in columns]
    least = [24, *[_COLUMN] * len(longest)]
    return [max(few, min(many, _WIDEST)) for few, many in zip(least, longest, strict=False)]


def _open(book: Workbook, name: str, widths: Iterable[float]) -> Any:
    sheet = book.create_sheet(name)
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    # Printed, a sheet is as wide as the paper.
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    return sheet


def _cells(sheet: Any, row: Iterable[Any], *, head: bool = False) -> list[Any]:
    found = []
    for value in row:
        text = isinstance(value, str)
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value) if text else value)
        if text:
            # What begins with an equals sign is no formula.
            cell.data_type = "s"
        cell.style = "head" if head else "wrapped" if text and len(value) > _COLUMN else "plain"
        found.append(cell)
    return found


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
