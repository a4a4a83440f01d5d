"""No run of eight words of the brief stands in the book outside quotation marks.

``brief_shingles.txt`` holds salted hashes of every run of eight words of the brief's text (its
footnotes and bibliography, which are titles and addresses, left out), never the text. Its first
line is the salt.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.test_prose_numbers import PAGES

pytestmark = pytest.mark.core

ROOT = Path(__file__).resolve().parents[1]
LENGTH = 8
SALT, *HASHES = (Path(__file__).parent / "brief_shingles.txt").read_text().split()
BREAK = " \u2022 "


def runs(text: str) -> Iterator[str]:
    """Give every run of eight words, capitals and punctuation aside; no run crosses a break."""
    for piece in text.split(BREAK.strip()):
        words = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", piece.lower().replace("’", "'"))
        for start in range(len(words) - LENGTH + 1):
            yield " ".join(words[start : start + LENGTH])


def digest(run: str, salt: str) -> str:
    return hashlib.sha256(f"{salt} {run}".encode()).hexdigest()[:12]


def own_words(text: str) -> str:
    """Leave out quotations, code, roles, links, expressions of the template."""
    for pattern in (
        r"```.*?```",
        r"\{%.*?%\}",
        r"\{\{.*?\}\}",
        r"\{[a-z:]+\}`[^`]*`",
        r"`[^`]*`",
        r"https?://\S+",
        r"(?m)^>.*$",
        r"“[^”]*”",
        r'"[^"\n]*"',
    ):
        text = re.sub(pattern, BREAK, text, flags=re.S)
    return text


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def texts() -> Iterator[tuple[str, str]]:
    yield from PAGES.items()
    for data in sorted((ROOT / "book").glob("*.yml")):
        content = yaml.safe_load(data.read_text(encoding="utf-8"))
        yield data.name, BREAK.join(strings(content))


def copied(text: str, salt: str, hashes: set[str]) -> list[str]:
    return [run for run in runs(own_words(text)) if digest(run, salt) in hashes]


TEXTS = dict(texts())


@pytest.mark.parametrize("name", list(TEXTS))
def test_the_book_is_in_our_own_words(name):
    text = TEXTS[name]
    assert copied(text, SALT, set(HASHES)) == []


SENTENCE = "One two three four five six seven eight nine"
KNOWN = {digest(run, "salt") for run in runs(SENTENCE)}


def test_a_run_is_found_whatever_its_punctuation_and_quotations_are_free():
    for text in (
        "He wrote: one, two, three; four – five (six) SEVEN eight.",
        "Nothing before. Two three four\nfive six seven eight nine",
    ):
        assert copied(text, "salt", KNOWN), text
    for text in (
        f'As the brief says, "{SENTENCE}" and so on.',
        f"See {{cite:p}}`{SENTENCE}`.",
        "one two three four five six seven {{ key }} eight nine",
        "one two three four five six seven and eight",
    ):
        assert copied(text, "salt", KNOWN) == [], text
