"""Titles, captions and alternative texts of what pages show, from the blocks that place it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from livingbrief.book import languages, marks
from livingbrief.book.language import Language
from livingbrief.book.prose import LATE, Prose
from livingbrief.book.sentences import Page
from livingbrief.charts.chart import spoken
from livingbrief.charts.theme import typeset
from livingbrief.claims import statements
from livingbrief.errors import read_text
from livingbrief.wording import capital

#: Of what no page of the edition places.
_NOWHERE = "", statements.Block("exhibit", "", "", 0)


class Titles:
    """What the pages of an edition call their figures and tables.

    Parameters
    ----------
    root : Path
        The project.
    pages : iterable of str
        Pages of the edition, as in ``_toc.yml``.
    prose : Prose
        Fills them, without marks.
    own : sequence of dict
        The judged findings.
    lists : mapping
        The years of loops.
    """

    def __init__(
        self,
        root: Path,
        pages: Iterable[str],
        prose: Prose,
        own: Sequence[dict[str, Any]],
        lists: Mapping[str, Sequence[int]],
    ) -> None:
        self._root, self._prose, self._judged, self._lists = root, prose, own, lists
        self._known = {path.relative_to(root).with_suffix("").as_posix(): path
                       for path in statements.pages(root)}  # fmt: skip
        #: Name of an exhibit to the page and the block that place it.
        self.placed: dict[str, tuple[str, statements.Block]] = {}
        for page in (p for p in pages if p in self._known):
            for block in statements.blocks(read_text(self._known[page]), f"{page}.md"):
                if block.exhibit:
                    self.placed[block.exhibit] = page, block

    def of(self, exhibit: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
        """Return page, title, caption and alternative text of an exhibit, and those in languages.

        Parameters
        ----------
        exhibit : mapping
            As a notebook records it.
        told : mapping
            Language to what its drawing says of itself there: ``spoken``.
        """
        page, block = self.placed.get(exhibit["name"], _NOWHERE)
        filler = Page(self._prose, self._lists, f"{page}.md")
        title, caption = (marks.unmarked(self._prose.fill(text)) for text in filler.words(block))
        title, caption = typeset(capital(title.rstrip("."))), capital(caption)
        found: dict[str, Any] = {"page": page, "title": title, "languages": {}}
        found["caption"] = " ".join(filter(None, (caption, exhibit.get("ends", ""))))
        found["alt"] = spoken(title, exhibit["spoken"]) if "spoken" in exhibit else ""
        for code, parts in told.items():
            own = languages.read(self._root)[code]
            said = self._in_language(own, block, title)
            found["languages"][code] = {"title": said, "alt": spoken(said, parts["spoken"])}
        return found

    def _in_language(self, own: Language, block: statements.Block, title: str) -> str:
        """Return a title in a language, from its words for the figure or for the English text."""
        numbers, text = self._prose.results, own.words.get(block.exhibit) or own.say(title)
        said = {of.id: of.words for of in statements.blocks(text)}
        judged = [item for item in self._judged if item["id"] in said]
        told = replace(own, findings=said).judged(judged, numbers)
        prose = self._prose.beside(own.results(numbers), told, own.say(LATE))
        return prose.fill(Page(prose).sentences(text)).strip()
