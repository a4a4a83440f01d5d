"""Titles, captions and alternative texts of what pages show, from the blocks that place it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from livingbrief.book import languages, marks
from livingbrief.book.language import Language
from livingbrief.book.prose import LATE, Prose
from livingbrief.book.record import Titled, Words
from livingbrief.book.sentences import Page
from livingbrief.charts.chart import spoken
from livingbrief.charts.theme import typeset
from livingbrief.claims import statements
from livingbrief.claims.findings import Stated
from livingbrief.errors import read_text
from livingbrief.values.exhibits import Exhibit
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
    judged : sequence of Stated
        The judged findings.
    lists : mapping
        The years of loops.
    """

    def __init__(
        self,
        root: Path,
        pages: Iterable[str],
        prose: Prose,
        judged: Sequence[Stated],
        lists: Mapping[str, Sequence[int]],
    ) -> None:
        self._root, self._prose, self._judged, self._lists = root, prose, judged, lists
        self._known = {path.relative_to(root).with_suffix("").as_posix(): path
                       for path in statements.pages(root)}  # fmt: skip
        #: Name of an exhibit to the page and the block that place it.
        self.placed: dict[str, tuple[str, statements.Block]] = {}
        for page in (p for p in pages if p in self._known):
            for block in statements.blocks(read_text(self._known[page]), f"{page}.md"):
                if block.exhibit:
                    self.placed[block.exhibit] = page, block

    def of(self, exhibit: Exhibit) -> Titled:
        """Return what the page that places an exhibit calls it, in all languages."""
        page, block = self.placed.get(exhibit.name, _NOWHERE)
        filler = Page(self._prose, self._lists, f"{page}.md")
        title, caption = (marks.unmarked(self._prose.fill(text)) for text in filler.words(block))
        title, caption = typeset(capital(title.rstrip("."))), capital(caption)
        words = {}
        for code, drawing in exhibit.languages.items():
            own = self._in_language(languages.read(self._root)[code], block, title)
            words[code] = Words(title=own, alt=spoken(own, drawing.spoken))
        return Titled(
            kind=exhibit.kind,
            rows=exhibit.rows,
            ends=exhibit.ends,
            page=page,
            title=title,
            languages=words,
            caption=" ".join(filter(None, (caption, exhibit.ends))),
            alt=spoken(title, exhibit.spoken) if exhibit.kind == "figure" else "",
        )

    def _in_language(self, own: Language, block: statements.Block, title: str) -> str:
        """Return a title in a language, from its words for the figure or for the English text."""
        numbers, text = self._prose.results, own.words.get(block.exhibit) or own.say(title)
        words = {of.id: of.words for of in statements.blocks(text)}
        judged = replace(own, findings=words).judged(self._judged, numbers)
        prose = self._prose.beside(own.results(numbers), judged, own.say(LATE))
        return prose.fill(Page(prose).sentences(text)).strip()
