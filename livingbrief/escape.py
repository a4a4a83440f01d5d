"""Text from data, editions and parameters: what of it is refused, and how the rest meets Markdown.

A value is escaped once, where it meets Markdown, so that it prints as it stands. Markdown of our
own is a `Markdown` and passes. HTML and Typst are written from docutils' nodes, which know text
from markup.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]+")
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff"
_TURNS = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Private signs carry the keys of printed numbers (`book.marks`): no text may forge them.
_PRIVATE = r"\ue000-\uf8ff\U000f0000-\U0010ffff"
_EMPTY = (
    r"\u00ad\u034f\u115f\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufe0f\ufff9-\ufffb"
    r"\ufffe\uffff\U000e0000-\U000e007f\U000e0100-\U000e01ef"
)
_UNSEEN = re.compile(f"[{_CONTROL}{_TURNS}{_PRIVATE}{_EMPTY}]")
_NOT_IN_NAMES = re.compile(r"[<>{}\[\]`\\\t\r\n]")
# Entities where a backslash would not do: a fence's first line takes no backtick, Jinja reads
# `{%` behind a backslash as well, and a table is cut at its bars before all else.
_ENTITIES = {ord(sign): f"&#{ord(sign)};" for sign in "`{}|"} | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
}
# The dollar of "US$" is no mathematics, and prose is full of it.
_SIGNS = re.compile(r"[\\*_\[\]~]|(?<!US)\$")
# What makes a block of a paragraph where it begins a line.
_OPENS = re.compile(r" ?(?:[#=%:]|[+-](?!\d)|\d+[.)](?=\s|$)|\([^)]*\)=)")
# What a spreadsheet runs where it begins a cell; a number with its sign is none.
_FORMULA = re.compile(r"[=@]|[+-](?!\d[^|!=]*$)")
#: How an address of a source begins; what else browsers know by a name can run code.
_ADDRESS = re.compile(r"(?:https?://|mailto:|doi:|10\.\d{4,9}/)[^\s:]", re.I)

CYRILLIC = re.compile(r"([\u0400-\u04ff]+(?:[^\w]+[\u0400-\u04ff]+)*)")
_TURKIC = re.compile(r"[ҢңӨөҮү]")


def language_of(run: str) -> str:
    """Return the language of a Cyrillic run: Russian, or by its letters ky."""
    return "ky" if _TURKIC.search(run) else "ru"


class Markdown(str):
    """Text that is Markdown already: words of our own, with the values in them escaped."""

    __slots__ = ()


def markdown(value: object) -> str:
    """Return the Markdown that prints `value` as it stands, on one line."""
    text = _UNSEEN.sub("\ufffd", _SPACE.sub(" ", str(value)))
    text = _SIGNS.sub(r"\\\g<0>", text).translate(_ENTITIES)
    opening = _OPENS.match(text)
    if opening is None:
        return text
    end = opening.end() - 1
    return f"{text[:end]}\\{text[end:]}"


def inside_html(value: object) -> str:
    """Return what prints `value` as it stands in a block of HTML within Markdown, on one line."""
    return _UNSEEN.sub("\ufffd", _SPACE.sub(" ", str(value))).translate(_ENTITIES)


def in_csv(cell: Any) -> Any:
    """Return a cell of a table, a text that would begin a formula behind an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def finalize(value: object) -> str:
    """Return what a page prints for a value of its own: escaped, unless it is `Markdown`."""
    return value if isinstance(value, Markdown) else markdown(value)


def unfit(text: str) -> str:
    """Say which sign of a text cannot be printed or seen; an empty text if there is none."""
    found = _UNSEEN.search(text)
    if found is None:
        return ""
    name = unicodedata.name(found[0], "no character").lower()
    return f"a sign that nobody sees (U+{ord(found[0]):04X}, {name})"


def unfit_name(text: str) -> str:
    """Say which sign does not belong in a name or title; an empty text if there is none."""
    found = _NOT_IN_NAMES.search(text)
    if found is None:
        return unfit(text)
    return f"the sign {found[0]!r}; names and titles are plain words on one line"


def unfit_address(text: str) -> str:
    """Say which address in a text is of another kind than sources have; empty if there is none."""
    found = next((p for p in text.split() if ":" in p and not _ADDRESS.match(p)), None)
    known = "an address of a source begins with https://, http://, mailto: or doi:"
    return "" if found is None else f"{found!r}; {known}"


def texts(content: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each text in a value of JSON or YAML, keys too, with where it stands."""
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield (*place, "a key"), str(key)
            yield from texts(value, (*place, str(key)))
    elif isinstance(content, list):
        for number, value in enumerate(content, start=1):
            name = value.get("name") if isinstance(value, dict) else None
            yield from texts(value, (*place, str(name or number)))
