"""What programs read of a page, and its foot: description, citation, address."""

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from livingbrief.book import pages, templates
from livingbrief.book.language import Language, language_folder
from livingbrief.book.numbers import within
from livingbrief.book.state import BookState

#: Longest description of a page, in characters: a list of results shows no more.
LONGEST = 160
_ASIDE = (nodes.table, nodes.figure, nodes.footnote, nodes.container)


class Meta:
    """What the pages of one report tell programs, and what stands at their foot.

    Parameters
    ----------
    base : str
        Address of the folder that holds the reports of all editions; empty where none is given.
    """

    def __init__(
        self,
        root: Path,
        state: BookState,
        base: str,
        author: str,
        languages: Mapping[str, Language],
    ) -> None:
        self.state = state
        self.author = author
        self.base = f"{base.rstrip('/')}/{state.book.edition.name}/html/" if base else ""
        #: What templates read.
        self.said = {
            "book": state.book,
            "brief": state.brief,
            "author": author,
            "day": state.day,
        }
        #: A drawing that stands for the report where a link to it is shared.
        self.card = next((name for name in state.book.shown if name.startswith("fig-")), "")
        all_languages = {"": state.language, **languages}
        #: What the foot says of the figures, and with what words, by language.
        self.words = {
            code: {"about": pages.standing(root, replace(state, language=of), "published on"),
                   "say": of.say}
            for code, of in all_languages.items()
        }  # fmt: skip

    def put(self, app: Sphinx, page: str, _template: str, context: Any, doctree: Any) -> None:
        """Give a page its head and foot."""
        own = {"address": f"{self.base}{page}.html" if self.base else "", **self.said}
        own |= self.words[language_folder(page)]
        own |= {n: app.config[f"livingbrief_{n}"] for n in ("citation", "repository")}
        context["theme_extra_footer"] = templates.file("foot.html", **own)
        if doctree is None:
            return
        first = page == app.config.root_doc
        context["for_programs"] = head = templates.file(
            "head.html",
            first=first,
            title=context["title"],
            card=self.card,
            description=description(doctree) or self.state.book.title,
            beside=f"{posixpath.dirname(self.base.rstrip('/'))}/",
            **own,
        )
        if first:
            self._door = head

    def leave(self, app: Sphinx, exception: Exception | None) -> None:
        """Leave a page above the others that leads to the first, and says what that is."""
        if exception is not None or app.builder.format != "html":
            return
        if app.config.root_doc != "index":
            page, language = app.config.root_doc, app.config.language or "en"
            door = {"page": page, "language": language, "title": app.config.html_title}
            text = templates.file("door.html", head=self._door, base=self.base, **door)
            Path(app.outdir, "index.html").write_text(f"{text}\n", encoding="utf-8")


def description(doctree: nodes.document) -> str:
    """Return the first sentence or two of a page, in at most `LONGEST` characters."""
    paragraphs = (p.astext() for p in doctree.findall(nodes.paragraph) if not within(p, _ASIDE))
    text = next(filter(None, (" ".join(words.split()) for words in paragraphs)), "")
    if len(text) <= LONGEST:
        return text
    cut = text[: LONGEST - 1].rpartition(" ")[0]
    return f"{cut.rstrip(',;:')}…"
