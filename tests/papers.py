"""What a PDF tells those who cannot see it."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from pypdf import PdfReader


def walk(item: Any) -> Iterator[Any]:
    """Yield the elements of a PDF's structure."""
    item = item.get_object()
    yield item
    children = item.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        if hasattr(child.get_object(), "get"):
            yield from walk(child)


def elements(pdf: PdfReader, *kinds: str) -> list[Any]:
    tree: Any = pdf.trailer["/Root"]["/StructTreeRoot"]
    return [item for item in walk(tree) if item.get("/S") in kinds]


def scopes(cell: Any) -> set[str]:
    return {str(a["/Scope"]) for a in cell.get("/A", []) if "/Scope" in a.get_object()}


def links(pdf: PdfReader) -> list[str]:
    """Return where each link leads, a label or an address."""
    notes = [a.get_object() for page in pdf.pages for a in page.get("/Annots", [])]
    return [str(a["/A"]["/URI"]) if "/A" in a else str(a["/Dest"]) for a in notes]


def faults(path: Path, language: str) -> list[str]:
    """Return what a reader of a PDF who cannot see it would miss."""
    pdf = PdfReader(path)
    root: Any = pdf.trailer["/Root"]
    found = []
    if not root["/MarkInfo"]["/Marked"] or b"pdfuaid:part" not in root["/Metadata"].get_data():
        found.append("it is not tagged, or does not say so")
    if not root["/Lang"].startswith(language):
        found.append(f"its language is {root['/Lang']}")
    if not pdf.metadata or not pdf.metadata.title:
        found.append("it has no title")
    levels = [int(item["/S"][2:]) for item in elements(pdf, *(f"/H{n}" for n in range(1, 7)))]
    if not levels or levels[0] != 1 or any(b > a + 1 for a, b in pairwise(levels)):
        found.append(f"a heading is two levels below the one before it: {levels}")
    found += ["a figure has no alternative text" for e in elements(pdf, "/Figure", "/Formula")
              if not str(e.get("/Alt", "")).strip()]  # fmt: skip
    found += ["a header has no scope" for e in elements(pdf, "/TH") if not scopes(e)]
    return found
