"""What a language writes in place of the library's words: numbers, dates, verdicts, notes."""

import re
from calendar import month_name
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from livingbrief.book.prose import CAVEATS
from livingbrief.values.latest import with_keys
from livingbrief.values.numbers import NBSP
from livingbrief.wording import long_date

#: A number as the report prints it; four digits without a comma are a year.
_PRINTED = re.compile(r"(?<![\w.])[\u2212+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w,]*\d)")
_MONTH = re.compile(rf"\b(?:{'|'.join(month_name[1:])}) \d{{4}}\b")
_CLAIM = re.compile(r"\{claim\}`(\w+)`")
_HEADING = re.compile(r"\A(?:---\n.*?\n---\n)?\s*# [^\n]*\n", re.S)


@dataclass(frozen=True)
class Language:
    """What a language writes in place of the library's words; the default writes them as they are.

    `code`: the folder's name, as in ``lang``; `words`: text to its translation, with ``{}`` for a
    number or a name, or by plural form; `findings`: id to wordings.
    """

    code: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)
    findings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    made_from: Mapping[str, str] = field(default_factory=dict)

    def say(self, text: str) -> str:
        """Return a text of the library."""
        return str(self.words.get(text, text))

    def told(self, text: str, name: str = "") -> str:
        """Return a sentence of a record as Markdown, found by itself or by `name`."""
        if not self.code:
            return text
        found = self.words.get(name or text)
        return str(found) if found else f"[{text}]{{.language-en}}"

    def enumerated(self, parts: Iterable[object]) -> str:
        """Return ``a, b and c``."""
        *first, last = map(str, parts)
        return f"{', '.join(first)} {self.say('and')} {last}" if first else last

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
        return format_date(datetime.strptime(text, "%B %Y"), "LLLL y", self.code).lower()

    def number(self, text: str) -> str:
        """Write a number with its unit, given as the report prints it."""
        if not self.code or not text:
            return text
        found = _PRINTED.findall(text)
        pattern = self.words.get(_PRINTED.sub("{}", text).replace(NBSP, " "))
        if isinstance(pattern, Mapping):
            size = Decimal(found[0].replace(",", "").lstrip("\u2212+"))
            forms = Locale(self.code).plural_form
            pattern = pattern.get(forms(size), pattern["other"])
        if not pattern:
            told = _MONTH.sub(lambda month: self.month(month[0]), text)
            return _PRINTED.sub(lambda number: self._digits(number[0]), told)
        return pattern.replace("{} ", "{}" + NBSP).format(*map(self._digits, found))

    def _digits(self, text: str) -> str:
        body = text.lstrip("\u2212+")
        if re.fullmatch(r"\d{4}", body):
            return text
        places = len(body.partition(".")[2])
        wanted = f"#,##0.{'0' * places}" if places else "#,##0"
        sign = text[: len(text) - len(body)]
        return sign + format_decimal(Decimal(body.replace(",", "")), wanted, self.code)

    def results(self, results: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """Return ``results.json`` with its texts in this language."""
        found = {}
        for key, entry in results.items():
            year = entry["unit"] == "year"
            text = entry["text"] if year else self.number(entry["text"])
            unit = "" if year else text.partition(NBSP)[2] if entry["unit"] else ""
            caveat = self.say(CAVEATS.get(entry["status"], ""))
            found[key] = {**entry, "text": text, "unit": unit, "caveat": caveat}
        return found

    def judged(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the findings that were translated, each in the words for what it came to."""
        told = []
        for item in found:
            if item["id"] in self.findings:
                wording = self.findings[item["id"]].get(item["outcome"], "").strip()
                keys = {m["asked"]: m["key"] for m in item["measures"]}
                told.append({**item, "template": with_keys(wording, keys)})
        return told

    def page(self, text: str, stale: bool) -> str:
        """Return a page with what its reader should know of the translation."""
        notes = ["unread"] * ("unread" in self.words) + ["stale"] * stale
        head = _HEADING.match(text)
        if head is None:
            return text
        box = f"\n:::{{admonition}} {self.say('About this translation')}\n:class: note"
        boxes = (f"{box} {note}\n{self.say(note)}\n:::\n" for note in notes)
        return text[: head.end()] + "".join(boxes) + text[head.end() :]

    def named(self, text: str, *, linked: bool) -> str:
        """Return a text with its claims, ``{claim}`C63```, named, as links if there is a ledger."""
        words = self.say("claim {}").replace(" {}", NBSP + "{}")
        link = f"{{{{ref}}}}`{words} <claim-{{}}>`" if linked else words
        return _CLAIM.sub(lambda found: link.format(found[1], found[1].lower()), text)


def language_folder(docname: str) -> str:
    """Return the folder of a page in another language: ``book/xx/summary`` is in ``xx``."""
    return docname.split("/")[1] if docname.count("/") == 2 else ""
