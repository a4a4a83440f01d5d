"""Numbers read back from a finished report: from its pages, from its PDF, from its results.

In HTML a number is a link or a span that names its key. In the PDF it is a plain span of the
structure tree, whose text is read from the page's own drawing instructions; the key comes from the
file that the PDF was compiled from, where the numbers stand in the same order.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

from livingbrief.book.prose import Leaf
from livingbrief.values import results
from livingbrief.wording import enumerated

SPAN = re.compile(
    r'<(a|span) class="n(?: later)?" (?:data-form="([^"]*)" )?data-key="([^"]*)"'
    r'(?: (?:href|title)="[^"]*")*>(.*?)</\1>',
    re.S,
)


@dataclass(frozen=True)
class Number:
    """A printed number: its key, the form asked for, what a reader sees."""

    key: str
    form: str
    text: str


#: Says of itself that it is for the web only.
ONLY_WEB = "book/findings"


def plain(text: str) -> str:
    """Return `text` with every white space as one blank."""
    return " ".join(text.split())


def read_json(path: Path) -> Any:
    """Return what a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))


def on_page(page: Path) -> list[Number]:
    """Return the numbers of the article of an HTML page, in its order."""
    whole = page.read_text(encoding="utf-8")
    begin, end = whole.find("<article"), whole.rfind("</article>")
    article = whole[begin:end] if begin >= 0 else ""
    return [
        Number(html.unescape(key), form, plain(html.unescape(re.sub(r"<[^>]*>", "", text))))
        for _, form, key, text in SPAN.findall(article)
    ]


def on_web(report: Path) -> dict[str, list[Number]]:
    """Return page to numbers, for all pages of a report's HTML."""
    folder = report / "html"
    # Pages in other languages print numbers in their own way (`tests/test_languages.py`).
    pages = [p for p in sorted(folder.rglob("*.html")) if len(p.parent.name) > 2]
    return {p.relative_to(folder).with_suffix("").as_posix(): on_page(p) for p in pages}


def on_paper(pdf: Path, source: Path) -> list[Number]:
    """Return the numbers of a PDF, in reading order, with keys from the file it was made from.

    Raises
    ------
    AssertionError
        When the PDF has more or fewer numbers than that file.
    """
    names = re.findall(r'#(?:n|later)\("([^"]*)"\)\[', source.read_text(encoding="utf-8"))
    texts = spans(pdf)
    assert len(names) == len(texts), f"{len(texts)} numbers in the PDF, {len(names)} in its source"
    keys = [(key, form) for key, _, form in (name.partition(" ") for name in names)]
    return [Number(*key, text) for key, text in zip(keys, texts, strict=True)]


def spans(pdf: Path) -> list[str]:
    """Return the text of each plain span of a tagged PDF; the contents repeat headings."""
    reader = PdfReader(pdf)
    texts = {page.indirect_reference.idnum: marked_texts(page) for page in reader.pages}

    def text_of(element: Any, page: Any) -> str:
        element = element.get_object()
        if isinstance(element, int):
            return texts[page.idnum].get(element, "")
        if isinstance(element, list):
            return "".join(text_of(kid, page) for kid in element)
        page = element.raw_get("/Pg") if "/Pg" in element else page
        if "/MCID" in element:
            return texts[page.idnum].get(int(element["/MCID"]), "")
        return text_of(element["/K"], page) if "/K" in element else ""

    def found(element: Any) -> Iterator[str]:
        joined = ""
        for kid in element.get("/K", ()) if isinstance(element.get("/K"), list) else ():
            kid = kid.get_object()
            number = isinstance(kid, dict) and kid.get("/S") == "/Span" and "/A" not in kid
            if number:
                # What is broken over pages is two spans, one right after the other.
                joined += text_of(kid, None)
                continue
            if joined:
                yield plain(joined)
                joined = ""
            if isinstance(kid, dict) and kid.get("/S") != "/TOC":
                yield from found(kid)
        if joined:
            yield plain(joined)

    return list(found(reader.trailer["/Root"]["/StructTreeRoot"]))


def marked_texts(page: PageObject) -> dict[int, str]:
    """Return the number of each marked content of a page, and its text."""
    fonts = page["/Resources"].get("/Font", {})
    letters = {name: to_unicode(font.get_object()) for name, font in fonts.items()}
    texts: dict[int, list[str]] = {}
    current: list[int | None] = []
    font: dict[int, str] = {}
    for operands, operator in ContentStream(page["/Contents"], page.pdf).operations:
        if operator in (b"BDC", b"BMC"):
            about = operands[1] if len(operands) > 1 and isinstance(operands[1], dict) else {}
            number = about.get("/MCID", current[-1] if current else None)
            if number is not None and "/ActualText" in about:
                # A hyphen at the end of a line is no letter of the word.
                texts.setdefault(number, []).append(about["/ActualText"].replace("\u00ad", ""))
                number = None
            current.append(number)
        elif operator == b"EMC":
            current.pop()
        elif operator == b"Tf":
            font = letters[operands[0]]
        elif operator in (b"Tj", b"TJ") and current and current[-1] is not None:
            parts = operands[0] if operator == b"TJ" else operands
            codes = b"".join(p.original_bytes for p in parts if not isinstance(p, (int, float)))
            glyphs = (int.from_bytes(codes[i : i + 2], "big") for i in range(0, len(codes), 2))
            texts.setdefault(current[-1], []).extend(font[g] for g in glyphs)
    return {number: "".join(parts) for number, parts in texts.items()}


def to_unicode(font: Any) -> dict[int, str]:
    """Return the letters of the glyphs of a font whose codes are two bytes."""
    table = font["/ToUnicode"].get_data().decode("ascii")
    found = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.S):
        for code, letters in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F ]+)>", block):
            found[int(code, 16)] = bytes.fromhex(letters).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.S):
        for first, last, letters in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            begin = int.from_bytes(bytes.fromhex(letters), "big")
            for i in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + i] = chr(begin + i)
    return found


def disagreements(report: Path, source: Path, facts: Path) -> list[str]:
    """Return what a report prints otherwise than its results, or otherwise in HTML and PDF.

    Parameters
    ----------
    report : Path
        A finished report.
    source : Path
        The Typst file that its PDF was made from; that of an annex lies beside it.
    facts : Path
        ``facts.yml``.
    """
    known = Known(report, facts)
    web = on_web(report)
    found = [
        f"{page}: {n.key} {n.form} is printed as '{n.text}', not as {' or '.join(right)}"
        for page, numbers in web.items()
        for n in numbers
        if n.text not in (right := known.texts(n))
    ]
    books = [p for p in (source, source.with_name("annex.typ")) if p.is_file()]
    opens = re.compile(r"^// document: (\S+)\.\w+$", re.MULTILINE)
    bound = {page for book in books for page in opens.findall(book.read_text("utf-8"))}
    there = Counter(n for page, numbers in web.items() if page in bound for n in numbers)
    found += [f"{p} is not in the PDF" for p in web if web[p] and p not in {*bound, ONLY_WEB}]
    paper = Counter(n for b in books for n in on_paper(report / f"{b.stem}.pdf", b))
    for name, more in (("HTML", there - paper), ("PDF", paper - there)):
        found += [
            f"{name}: {n.key} {n.form} as '{n.text}', {times} times more than in the other format"
            for n, times in more.items()
        ]
    return found


def turned(history) -> Counter:
    """Count the claims of a history, and those that last turned after the brief and before it."""
    found = Counter(claims=len(history["claims"]))
    for item in history["claims"]:
        known = [state for state in item["states"] if state["known"]]
        pairs = pairwise(known)
        days = [
            now["date"]
            for was, now in pairs
            if was["verdict"] != now["verdict"] and not now["first_at_hand"]
        ]
        if days:
            found["since" if days[-1] > history["brief"] else "before"] += 1
    return found


class Known:
    """What results, claims and facts say of a number."""

    def __init__(self, report: Path, facts: Path) -> None:
        self.results = read_json(report / "results.json")
        self.claims = read_json(report / "claims.json")
        self.findings = read_json(report / "findings.json")
        self.turned = turned(read_json(report / "claims_history.json"))
        self.facts = yaml.safe_load(facts.read_text(encoding="utf-8"))

    def texts(self, number: Number) -> list[str]:
        """Return what may be printed under a key in a form; more than one text only by mistake."""
        group, _, name = number.key.partition(".")
        if group == "facts":
            text = str(self.facts[name]["text"])
            return [plain(text.capitalize() if number.form == "capitalize" else text)]
        then = [claim["then"] for claim in self.claims if claim["then"]]
        if name == "could_turn_which":
            could = [claim["id"] for claim in self.claims if claim["could_turn"]]
            claims = [
                f"“{c['claim'].rstrip('.')}” ({c['id']})" for c in self.claims if c["could_turn"]
            ]
            return [", ".join(could), enumerated(claims)] if could else [""]
        if group == "verdicts":
            judged = then if number.form == "then" else self.claims
            counted = Counter(word for c in judged for word in {c["verdict"], c["group"]})
            counted.update(c["kind"] for c in self.claims)
            turned = (c["then"] and c["then"]["verdict"] != c["verdict"] for c in self.claims)
            counted["turned"] = sum(map(bool, turned))
            counted["could_turn"] = sum(bool(c.get("could_turn")) for c in judged)
            return [str(len(judged) if name == "total" else counted[name])]
        if group == "history":
            return [str(self.turned[name])]
        if group == "chances":
            measures = next(f["measures"] for f in self.findings if f["id"] == name)
            turns = [m["chance"]["turns"] for m in measures if m["chance"]]
            ends = dict.fromkeys(f"{100 * end:.0f}" for end in (min(turns), max(turns)))
            return ["–".join(ends)]
        if number.form == "then":
            measures = [m for claim in then for m in claim["measures"]]
            both = [*measures, *(m["than"] for m in measures if m["than"])]
            return sorted({plain(m["text"]) for m in both if m["key"] == number.key})
        leaf = Leaf(number.key, results.Number(**self.results[number.key]))
        said = plain(str(getattr(leaf, number.form) if number.form else leaf))
        # Lists of results have the unit as it is recorded, sentences say people.
        return sorted({said, said.replace(" people", " persons")})
