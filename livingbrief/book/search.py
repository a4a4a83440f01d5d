"""The search keeps a number such as 32.6 whole, where Sphinx would look for 32 and for 6."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

#: Whole numbers alone, which the script of the search leaves out of what is asked.
_LEFT_OUT = "queryTerm.match(/^\\d+$/)"


class Search(SearchEnglish):
    """English, with numbers in one piece."""

    _word_re = re.compile(r"\d+(?:[.,]\d+)+|\w+")
    js_splitter_code = r"""
var splitQuery = (query) =>
  query.match(/\d+(?:[.,]\d+)+|[\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/gu) || [];
"""

    def stem(self, word: str) -> str:
        """Return the stem of a word, which Sphinx would look for on each page anew."""
        return _stem(self, word)


@cache
def _stem(language: Search, word: str) -> str:
    return str(SearchEnglish.stem(language, word))


def ask_for_numbers(app: Sphinx, exception: Exception | None) -> None:
    """Let the script of the search ask for whole numbers, too."""
    script = Path(app.outdir, "_static", "searchtools.js")
    if exception is None and app.builder.format == "html":
        text = script.read_text("utf-8").replace(_LEFT_OUT, "false")
        script.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Take the place of Sphinx's English; the book's extension calls it."""
    app.add_search_language(Search)
    app.connect("build-finished", ask_for_numbers)
