"""What a language writes in place of the library's words: numbers, dates, verdicts, notes."""

import re
from calendar import month_name
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from livingbrief.book.prose import CAVEATS, JOINTS, InWords, Leaf
from livingbrief.claims.findings import Stated, worded
from livingbrief.claims.statements import FOLDERS
from livingbrief.escape import CYRILLIC
from livingbrief.values.numbers import NBSP
from livingbrief.values.results import Number, Results
from livingbrief.wording import capital, enumerated, long_date

#: A number as the report prints it; four digits without a comma are a year.
_PRINTED = re.compile(
    r"\b\d{4}-\d\d-\d\d\b|(?<![\w.])(?<!\d[,\xa0])"
    r"[\u2212+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w,]*\d)"
)
#: A number, its thousands apart, and its unit.
_UNIT = re.compile(rf"[\u2212+]?\d+(?:{NBSP}\d{{3}})*(?:,\d+)?{NBSP}(.+)")
_MONTH = re.compile(rf"\b(?:\d+ )?(?:{'|'.join(month_name[1:])}) \d{{4}}\b")
_CLAIM = re.compile(r"\{claim\}`(\w+)`")
#: Which figures a page shows.
PICTURE = re.compile(r"\bpicture\(\"([\w-]+)")
_STOP = re.compile(r"(?<=\.) (?=[A-Z])")
_LATIN = re.compile(r"[A-Za-z]{3,}")
_HEADING = re.compile(r"\A(?:---\n.*?\n---\n)?\s*# [^\n]*\n", re.S)


@dataclass(frozen=True)
class Language:
    """What a language writes in place of the library's words; the default writes them as they are.

    `code`: the folder's name, as in ``lang``; `words`: text to its translation, with ``{}`` for a
    number or a name, or by plural form; `findings`: id to wordings; `untold`: texts that were asked
    for and have no translation.
    """

    code: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)
    findings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    made_from: Mapping[str, str] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)

    def say(self, text: str) -> str:
        """Return a text of the library: as it is, with ``{}`` for numbers, or by sentences."""
        found, shape = _PRINTED.findall(text), " ".join(_PRINTED.sub("{}", text).split())
        asked = (self.words.get(as_it_is) for as_it_is in (text, shape, capital(shape)))
        pattern = next(filter(None, asked), "{}" if shape == "{}" and self.code else text)
        if isinstance(pattern, Mapping):
            size = Decimal(found[0].replace(",", "").lstrip("\u2212+"))
            forms = Locale(self.code).plural_form
            pattern = pattern.get(forms(size), pattern["other"])
        if pattern == text and len(parts := _STOP.split(text)) > 1:
            return " ".join(map(self.say, parts))
        if pattern == text:
            self.untold.add(text)
        if not found or pattern == text:
            return str(pattern)
        return str(pattern.replace("{} ", "{}" + NBSP).format(*map(self._digits, found)))

    def translated(self, text: str, name: str = "") -> str:
        """Return a sentence of a record as Markdown, found by itself or by `name`."""
        if not self.code:
            return text
        found = self.words.get(name or text)
        return str(found) if found else f"[{text}]{{.language-en}}"

    def enumerated(self, parts: Iterable[object]) -> str:
        """Return ``a, b and c``."""
        return enumerated(parts, self.say("and"))

    def day(self, text: str) -> str:
        """Write an ISO date in words."""
        if not self.code or len(text) != 10:
            return long_date(text)
        return format_date(date.fromisoformat(text), "long", self.code).replace(" ", NBSP)

    def month(self, text: str) -> str:
        """Write "June 2024", "4 June 2024" or a year in words."""
        if not self.code or text.isdigit():
            return text
        if text[0].isdigit():
            return self.day(datetime.strptime(text, "%d %B %Y").date().isoformat())
        shape = self.words.get("LLLL y", "LLLL y")
        return format_date(datetime.strptime(text, "%B %Y"), shape, self.code).lower()

    def awaited(self, text: str) -> str:
        """Write when something is expected: "(June 2024)", or what the language has for that."""
        words = self.say(f"({text})")
        return f"({self.month(text)})" if words[:1] == "(" else words

    def number(self, text: str) -> str:
        """Write a number with its unit, given as the report prints it."""
        if not self.code or not text:
            return text
        if (written := self.say(text)) != text:
            return written
        written = _MONTH.sub(lambda month: self.month(month[0]), text)
        written = _PRINTED.sub(lambda number: self._digits(number[0]), written)
        return re.sub(r"(?<=\d)%", f"{NBSP}%", written)

    def lacking(self, texts: Iterable[str]) -> list[str]:
        """Return what of some texts was asked for in vain, in small letters."""
        seen = " ".join(" ".join(texts).split()).lower()
        asked = {" ".join(text.lower().split()) for text in self.untold if _LATIN.search(text)}
        return sorted(text for text in asked if text in seen and not CYRILLIC.search(text))

    def _digits(self, text: str) -> str:
        if "-" in text:
            return self.day(text)
        body = text.lstrip("\u2212+")
        if re.fullmatch(r"\d{4}|0\d+", body):
            return text
        places = len(body.partition(".")[2])
        wanted = f"#,##0.{'0' * places}" if places else "#,##0"
        sign = text[: len(text) - len(body)]
        return sign + format_decimal(Decimal(body.replace(",", "")), wanted, self.code)

    def results(self, results: Results) -> dict[str, Number]:
        """Return ``results.json`` with its texts in this language."""
        within, last = map(self.say, JOINTS)
        return {
            key: InWords.model_construct(
                **{**dict(number), **self._words_of(key, number), "joints": (within, last)}
            )
            for key, number in results.items()
        }

    def _words_of(self, key: str, number: Number) -> dict[str, str]:
        year = number.unit == "year"
        own = number.text.replace(" and ", f" {self.say('and')} ")
        text = own if year else self.number(number.text)
        unit = not year and number.unit and _UNIT.match(text)
        caveat = self.say(CAVEATS.get(number.status, ""))
        words = {"text": text, "unit": unit[1] if unit else "", "caveat": caveat}
        leaf = Leaf(key, number)
        if number.interval:
            # Where a range is written with a dash, one that begins below 0 needs words.
            ends = leaf.range
            below = f"from {ends}" if ends.startswith("\u2212") else ends
            written = self.say(below)
            words["range"] = self.number(ends) if written == below else written
        return words | ({"at": self.number(leaf.level)} if leaf.level else {})

    def judged(self, stated: Iterable[Stated], results: Results) -> list[Stated]:
        """Return the findings that were translated, each in the words for what it came to."""
        return [
            item.model_copy(update={"template": worded(self.findings[item.id], item, results)})
            for item in stated
            if item.id in self.findings
        ]

    def page(self, text: str, stale: bool) -> str:
        """Return a page with what its reader should know: first if it is stale, last if unread."""
        if (head := _HEADING.match(text)) is None:
            return text
        first, last = (f":::{{div}} {name}\n{self.say(name)}\n:::" for name in ("stale", "unread"))
        text = text[: head.end()] + f"\n{first}\n" * stale + text[head.end() :]
        return text + f"\n\n{last}\n" * ("unread" in self.words)

    def named(self, text: str, *, linked: bool) -> str:
        """Return a text with its claims, ``{claim}`C63```, named, as links if there is a ledger."""
        words = self.say("claim {}").replace(" {}", NBSP + "{}")
        link = f"{{{{ref}}}}`{words} <claim-{{}}>`" if linked else words
        return _CLAIM.sub(lambda found: link.format(found[1], found[1].lower()), text)


def pictured(root: Path, pages: Iterable[str]) -> dict[str, list[str]]:
    """Return the figures that translated pages show, and the languages of these."""
    found: dict[str, set[str]] = {}
    for page, code in ((page, language_folder(page)) for page in pages):
        for name in PICTURE.findall((root / f"{page}.md").read_text("utf-8")) if code else ():
            found.setdefault(name, set()).add(code)
    return {name: sorted(codes) for name, codes in found.items()}


def language_folder(docname: str) -> str:
    """Return the folder of a page in another language: ``book/xx/summary`` is in ``xx``."""
    folder = docname.split("/")[1] if docname.count("/") == 2 else ""
    return "" if folder in FOLDERS else folder
