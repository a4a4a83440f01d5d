"""Numbers that answer: where each leads, and what a card beside it says.

A number is a link to the code cell that recorded it, a fact one to its source, a count of verdicts
one to the claims. What cards say a page holds as JSON; ``theme/static/cards.js`` shows them.
"""

import json
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from livingbrief.book import ahead, bibliography, ledger, references, templates
from livingbrief.book.numbers import KeyedNumber, within
from livingbrief.book.state import BookState
from livingbrief.records import load_facts
from livingbrief.wording import LOOKS, capital

#: Where a cell's metadata keep the anchor of its code.
ANCHOR = "livingbrief_anchor"
#: A page that prints more keys than this, a list for reference, has links without cards.
MANY = 400
#: The page that shows what is counted here.
_COUNTED = {"verdicts": "book/claims", "chances": "book/findings", "history": "book/history"}
_Card = tuple[str, Sequence[tuple[str, str]], str]


def anchor(cell: str) -> str:
    """Return the anchor of a cell's code on the page of its chapter."""
    return f"code-{cell}"


class Cards:
    """What the numbers of a book answer.

    Parameters
    ----------
    root : Path
        The project.
    """

    def __init__(self, root: Path, state: BookState) -> None:
        self.root = root
        self.state = state
        self._facts = load_facts(root / "book" / "facts.yml")

    def link(self, app: Sphinx, doctree: nodes.document, docname: str) -> None:
        """Give each cell of code an anchor, and each number the address of what made it."""
        if app.builder.format != "html":
            return
        for cell in doctree.findall(nodes.container):
            if name := cell.get("cell_metadata", {}).get(ANCHOR):
                cell["ids"].append(name)
        for number in doctree.findall(KeyedNumber):
            if not within(number, nodes.reference):
                number["href"] = self._address(app, docname, number["key"])

    def put(self, app: Sphinx, page: str, _template: str, context: Any, doctree: Any) -> None:
        """Add to a page what its cards say, what they share once."""
        if doctree is None:
            return
        keys = dict.fromkeys(n["key"] for n in doctree.findall(KeyedNumber) if n.get("href"))
        said = {key: self._number(key) for key in keys if key.partition(".")[0] not in _COUNTED}
        if said and len(keys) <= MANY:
            held = {"then": self.state.brief.then_words, "numbers": said}
            context["body"] += templates.block("json", held, id="cards")

    def _address(self, app: Sphinx, docname: str, key: str) -> str:
        """Return where a number leads; '' where this book has no such place."""
        group, _, name = key.partition(".")
        page = place = ""
        if group == "facts":
            listed = app.env.get_domain("cite").data["citations"]
            for work in (w for w in listed if w.key == self._facts[name].sources[0]):
                page, place = work.bibliography_key.docname, f"#{work.citation_id}"
        elif group in _COUNTED:
            page = _COUNTED[group]
            place = f"?group={name}" if group == "verdicts" and name in LOOKS else ""
        else:
            entry = self.state.results[key]
            page = f"notebooks/{entry.notebook}"
            place = f"#{anchor(entry.cell)}" if entry.cell else ""
        found = page in app.env.found_docs
        return f"{app.builder.get_relative_uri(docname, page)}{place}" if found else ""

    def _number(self, key: str) -> _Card:
        """Return what a number is, its sources with their vintages, and its status."""
        group, _, name = key.partition(".")
        if group == "facts":
            fact = self._facts[name]
            entries = map(self._works_cited.get, fact.sources)
            works = [(references.in_words(entry), "") for entry in entries]
            return capital(fact.note or "a quoted fact"), works, f"{fact.confidence} confidence"
        entry = self.state.results[key]
        cited = [(s.source, s.vintage) for s in entry.sources]
        described = self._meanings.get(entry.notebook, ())
        said = next((words for known, words in described if known.match(key)), "").rstrip(".")
        out = ahead.known(self.root, self.state.known_at)
        named = ["" if out and out.later(said) else said, *self._turning.get(key, ())]
        return ". ".join(filter(None, named)), cited, entry.status.replace("_", " ")

    @cached_property
    def _turning(self) -> dict[str, list[str]]:
        """How firm a verdict is that stands on a number, where an archive says how it turns."""
        found: dict[str, list[str]] = {}
        for item in self.state.claims:
            for of in item.measures:
                if of.counts and (sure := of.firm) and sure.chance:
                    words = f"{item.id}: {ledger.firm_words(sure, of.text)}"
                    found.setdefault(of.key, []).append(words)
        return found

    @cached_property
    def _works_cited(self) -> Any:
        return bibliography.load(self.root / "book" / "references.bib")

    @cached_property
    def _meanings(self) -> dict[str, list[tuple[re.Pattern[str], str]]]:
        text = (self.state.folder / "results.schema.json").read_text(encoding="utf-8")
        found: dict[str, list[tuple[re.Pattern[str], str]]] = {}
        for pattern, entry in json.loads(text)["patternProperties"].items():
            own = found.setdefault(entry["properties"]["notebook"]["const"], [])
            own.append((re.compile(pattern), entry["title"]))
        return found
