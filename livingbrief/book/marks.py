"""Marks that carry the key of a printed number from a template to the finished page.

A page is filled before MyST parses it, so the key of a number must pass through headings, tables,
captions and link texts. It stands before the number in characters of Unicode's Private Use Area,
which Markdown does not read and no identifier keeps. `livingbrief.book.numbers` makes nodes.
"""

from __future__ import annotations

import re

from livingbrief import escape
from livingbrief.escape import markdown

_OPEN, _MIDDLE, _CLOSE = "\ue000", "\ue001", "\ue002"
_SHIFT = 0xE100

MARK = re.compile(f"{_OPEN}([\ue100-\ue17f]+){_MIDDLE}(.*?){_CLOSE}", re.DOTALL)
_ANY = re.compile("[\ue000-\ue002\ue100-\ue17f]")


class Printed(str):
    """A text that knows its key, such as ``facts.…``, and its form, such as ``moved``, or ""."""

    key: str
    form: str

    def __new__(cls, text: str, key: str, form: str = "") -> Printed:
        """Return `text` with its key."""
        made = super().__new__(cls, text)
        made.key, made.form = key, form
        return made

    def __bool__(self) -> bool:
        """Whether there is something: a count of none is not, in a condition of a page."""
        return self not in ("", "0")

    def capitalize(self) -> Printed:
        """Return the text with a capital, its key kept: a sentence may begin with it."""
        return Printed(super().capitalize(), self.key, "capitalize")


def marked(text: str, key: str, form: str = "") -> str:
    """Return `text` between marks that hold its key and form."""
    if not text:
        return text
    hidden = "".join(chr(_SHIFT + ord(c)) for c in f"{key} {form}".strip())
    return f"{_OPEN}{hidden}{_MIDDLE}{text}{_CLOSE}"


def finalize(value: object) -> str:
    """Return what a template prints: text escaped, a number between marks if it knows its key."""
    if isinstance(value, Printed):
        return marked(markdown(value), value.key, value.form)
    return escape.finalize(value)


def key_and_form(hidden: str) -> tuple[str, str]:
    """Return key and form from the first group of `MARK`."""
    key, _, form = "".join(chr(ord(c) - _SHIFT) for c in hidden).partition(" ")
    return key, form


def unmarked(text: str) -> str:
    """Return `text` as a reader sees it, without marks."""
    return _ANY.sub("", MARK.sub(r"\2", text))
