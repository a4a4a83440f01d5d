"""Find holes in finished reports: where a reader misses a number, a word or a picture.

``python tools/holes.py dist/current`` reads pages, PDF and figures of a report, or one page; one
line a hole: file, place, kind, text. Ends with 1 when there is one.
"""

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag

KINDS = {
    "nan": r"\b(?:nan|NaN|NaT|inf)\b|<NA>",
    "None": r"\bNone\b(?! (?:that|of|is|was|are|were|has|have|can|could|counts|does|did|turned)\b)"
    r"|\b(?:True|False)\b(?=[.,;)]|$)",
    "raw key": r"\b[a-z]\w*\.(?:\w+\.)+(?:(?:19|20)\d\d|latest|y\d{4}_\d{4})\b"
    r"|\b[a-z]+\.\w*[a-z]_[a-z]\w*\b(?!\.(?:html|md|json|yml|csv|py|ipynb|txt))",
    # A question mark before a verdict is its sign.
    "template": r"\{\{|\}\}|\{%|%\}|\{#|#\}|\{[a-z_.]*\}|\{[a-z:]+\}`"
    r"|(?:^|(?<=[.;:] ))\? (?![Nn]ot |[Nn]o (?:such )?figure|[Oo]utside the years|[Uu]nconf"
    r"|[Cc]annot|[Пп]роверить нельзя)",
    "Python": r"Traceback|\b[A-Z]\w*(?:Error|Exception)\b|--+>|<\w[\w.]* object at"
    r"|File \".*\", line|\bdtype:|\b(?:array|Series|DataFrame|Timestamp|Values)\(|\bnp\.\w"
    r"|[\[{]['\"]\w",
    "word twice": r"\b(of|the|in|and|to|by|from|at|was|is|an?) \1\b(?!-)",
    "a range of nothing": r"(?:\bfrom |\()([+−-]?\d[\d.,]*\s?%?) to \1(?![\d.,]*\d)|\b[Ii]n 0 of\b",
    "plural of one": r"\b(?:of|in) (?:the )?1 (?!series\b)[a-z]+s\b",
}
#: What is printed for a number that is missing: right in a cell or at the head of a notice only.
MISSING = "(?:not in this edition|not yet published|not available|withdrawn by the publisher)"
#: Not in a PDF, whose text has lost where words, lines and cells end.
ON_PAGES = {
    "punctuation": r",\s*,|;\s*[;,.]|:\s*[.;,]|(?<![.…])\.\s?\.(?![.\w])|,\s*[.)](?!\d)"
    r"|\(\s*[,;.)]|“\s*”|\s[,.;](?=\s|$)|^[,.;:)–—-]+(?:\s|$)",
    "word left alone": r"(?<![.-])\b(?:of|the|an?)(?:[.;)](?!\w)| ,)"
    r"|\b(?:by|of|was|to|at|and|is|from|in) %|^In short\.$",
    "missing in a sentence": rf"(?<=\w )(?<!what is ){MISSING}\b",
}
IN_PDF = {"missing in a sentence": rf"\b(?:at|by|to|from|of|in|and|was|were) {MISSING}\b"}
BLOCKS = ["p", "li", "dt", "dd", "td", "th", "caption", "figcaption", "h1", "h2", "h3", "h4"]
UNREAD = "script, style, pre, code, kbd, nav, svg, cite, .headerlink, .external, .figure-files"


class Hole(NamedTuple):
    """Where a hole is, of which kind, and what stands there."""

    file: str
    place: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.kind}: {self.text}"


def in_text(text: str, *, page: bool = True) -> Iterator[tuple[str, str]]:
    """Yield kind and surroundings of each hole in a text without line breaks."""
    for kind, pattern in {**KINDS, **(ON_PAGES if page else IN_PDF)}.items():
        for found in re.finditer(pattern, text):
            yield kind, text[max(0, found.start() - 60) : found.end() + 40]


def in_page(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield place, kind and text of each hole in a page."""
    whole = path.read_text(encoding="utf-8")
    begin, end = whole.find("<article"), whole.rfind("</article>")
    whole = whole[begin:end] if begin >= 0 else whole
    for said in re.finditer(r'class="output (?:stderr|traceback)[^>]*>(.{0,400})', whole, re.S):
        yield "top", "Python", " ".join(re.sub(r"<[^>]*>", "", said[1]).split())[:80]
    whole = re.sub(r"<(pre|script|style|svg)\b.*?</\1>", "", whole, flags=re.S)
    soup = BeautifulSoup(whole, "html.parser")
    for unread in soup.select(UNREAD):
        unread.replace_with("…" if unread.name in ("code", "kbd", "cite", "a") else "")
    for picture in soup.select("img"):
        place = _place(picture)
        source = path.parent / str(picture.get("src", ""))
        if not source.is_file() or b"<path" not in source.read_bytes()[:2_000_000]:
            yield place, "empty figure", str(picture.get("src", ""))
        for kind, text in in_text(" ".join(str(picture.get("alt", "")).split())):
            yield place, kind, text
    for block in soup.find_all(BLOCKS):
        if block.find(BLOCKS):
            continue
        text = " ".join(block.get_text().split())
        cell = block.find_parent(["td", "th"]) is not None or block.name in ("td", "th")
        if not text and not cell and not block.find(["img", "input"]):
            yield _place(block), "empty", f"<{block.name}>"
        for kind, what in () if cell and text in ("–", "None") else in_text(text):
            yield _place(block), kind, what
    for table in soup.find_all("table"):
        cells = [c.get_text().strip() for c in table.find_all("td")]
        if not any(c not in ("", "–") for c in cells):
            yield _place(table), "empty table", " ".join(table.get_text().split())[:80]
    for head in soup.find_all(["h2", "h3", "h4"]):
        section = head.find_parent("section")
        if section is None or section.find() is not head or section.find(["img", "input"]):
            continue
        if not section.get_text().replace(head.get_text(), "", 1).strip():
            yield _place(head), "empty section", head.get_text().strip()


def _place(tag: Tag) -> str:
    """Return the nearest name that a link could lead to."""
    named = [tag, *tag.parents]
    return next((str(t["id"]) for t in named if isinstance(t, Tag) and t.get("id")), "top")


def in_pdf(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield place, kind and text of each hole in a PDF; what has a fixed width is no prose."""
    from pypdf import PdfReader

    parts: list[str] = []

    def heard(text: str, _: object, __: object, font: object, ___: object) -> None:
        name = str(font.get("/BaseFont", "")) if isinstance(font, dict) else ""
        parts.append("…" if "Mono" in name else text)

    for number, page in enumerate(PdfReader(path).pages, 1):
        parts.clear()
        page.extract_text(visitor_text=heard)
        for kind, text in in_text(" ".join("".join(parts).split()), page=False):
            yield f"page {number}", kind, text


def in_figures(folder: Path) -> Iterator[Hole]:
    """Yield a hole for each figure or table whose data hold nothing."""
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(line for line in file if not line.startswith("# ")))[1:]
        numbers = [c for row in rows for c in row[1:] if c not in ("", "–")]
        if not numbers:
            yield Hole(path.name, "data", "empty figure", f"{len(rows)} rows without a value")


def in_report(report: Path) -> Iterator[Hole]:
    """Yield each hole of a report, or of one page, once."""
    pages = [report] if report.is_file() else sorted((report / "html").rglob("*/*.html"))
    for page in pages:
        name = page.name if report.is_file() else page.relative_to(report).as_posix()
        yield from dict.fromkeys(Hole(name, *told) for told in in_page(page))
    if (report / "report.pdf").is_file():
        yield from dict.fromkeys(
            Hole("report.pdf", *told) for told in in_pdf(report / "report.pdf")
        )
    yield from in_figures(report / "figures")


def main(reports: list[str]) -> int:
    """Print the holes of reports; 1 when there is one, 2 when there is no report."""
    found = 0
    for given in reports:
        report = Path(given)
        if not report.is_file() and not (report / "html").is_dir():
            print(f"{report} is no report: it has no folder html", file=sys.stderr)
            return 2
        for hole in in_report(report):
            print(hole if len(reports) == 1 else f"{report.name}/{hole}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
