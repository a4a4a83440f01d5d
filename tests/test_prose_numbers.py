"""Prose holds no typed numbers: they come from recorded keys or from ``book/facts.yml``.

Years may be typed, for they name a period, and so may the names in the list below.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from livingbrief import notebooks
from livingbrief.claims.statements import FOLDERS

ROOT = Path(__file__).resolve().parents[1]

#: What is no prose: code, roles, expressions of the template, formulas, addresses, list numbers.
NOT_PROSE = (
    r"^rule: .*?(?=^\w+: |^:::)",
    r"```.*?```", r":::+.*?$", r"\{%.*?%\}", r"\{\{.*?\}\}", r"\$\$.*?\$\$", r"\{[a-z:]+\}`[^`]*`",
    r"`[^`]*`", r"\]\([^)]*\)", r"https?://\S+", r"<[^>\n]*>", r"(?m)^\(.*\)=$", r"(?m)^\s*\d+\.\s",
)  # fmt: skip

#: What may hold digits.
ALLOWED = (
    r"(?:19|20)\d\d(?:[-–/](?:(?:19|20)?\d\d))?",  # years and spans of years
    r"COVID-19",
    r"Policy Brief 87",
    r"(?:SDG|NSC|indicator) \d+(?:\.\d+)+",  # codes of indicators
    r"\d+\.\d+\.\d+(?:\.\d+)?",
    r"Tiers? [123](?:(?:,| and| to| or) [123])*",
    r"(?:50|80|90|95|99)% (?:interval|band|range|confidence)s?",
    r"scale from (?:about )?\u2212?\d+(?:\.\d)? to \d+(?:\.\d)?",  # what a method sets
    r"1 = most risk|place 1|losing 30% of",
    r"at 18 to 64",  # a group of ages
    r"HC[0-3]",  # names of estimators and tests
    r"AR\(\d\)",
    r"CC BY(?:-NC-SA)? \d\.\d",  # licences
    r"(?:PDF/UA-1|WCAG 2\.1)",  # standards
)


def typed_numbers(text: str) -> list[str]:
    """Return the words of the prose that hold digits and are not in the list."""
    for pattern in NOT_PROSE:
        text = re.sub(pattern, " ", text, flags=re.S | re.M)
    for pattern in ALLOWED:
        text = re.sub(rf"(?<![\w.]){pattern}(?![\w])", " ", text)
    return re.findall(r"\S*\d\S*", text)


def pages() -> Iterator[tuple[str, str]]:
    """Yield the English pages, and the Markdown cells of the notebooks."""
    for folder in (".", *FOLDERS):
        for page in sorted((ROOT / "book" / folder).glob("*.md")):
            yield page.relative_to(ROOT / "book").as_posix(), page.read_text(encoding="utf-8")
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in notebooks.read(notebook)["cells"]:
            if cell["cell_type"] == "markdown":
                yield f"{notebook.name}: {cell['id']}", cell["source"]


PAGES = dict(pages())


@pytest.mark.parametrize("name", list(PAGES))
def test_no_number_is_typed(name):
    assert typed_numbers(PAGES[name]) == []


def test_typed_numbers_are_found_and_what_is_none_passes():
    for text in ("It rose by 7.1% in 2022.", "US$3,225 million", "from 11 to 9", "2022 (33%)"):
        assert typed_numbers(text), text
    for text in (
        "Remittances {{ remittances.gross.growth_pct.2022.moved }} in 2021/22, 2010-2023.",
        "See {claim}`C63` and {numref}`fig-four-measures-2022`, `y2009_2023`, COVID-19, HC3.",
        "1. First point\n2. Tiers 1 and 2, with a 95% interval, [a page](https://e.org/2022/03).",
    ):
        assert typed_numbers(text) == [], text
