"""What programs read of a page, and its foot: description, citation, address, data."""

from __future__ import annotations

import json
import posixpath
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from livingbrief.book import pages, quoting, templates
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
    author : str
    """

    def __init__(self, root: Path, state: BookState, base: str, author: str) -> None:
        self.state = state
        self.author = author
        self.base = f"{base.rstrip('/')}/{state.book['edition']['name']}/html/" if base else ""
        #: What templates read.
        self.said = {
            "book": state.book,
            "brief": state.brief,
            "author": author,
            "about": pages.standing(root, state, "published on"),
        }

    def put(self, app: Sphinx, page: str, _template: str, context: Any, doctree: Any) -> None:
        """Give a page its head and foot."""
        citation = app.config.livingbrief_citation
        context["theme_extra_footer"] = templates.file("foot.html", citation=citation, **self.said)
        if doctree is None:
            return
        first = page == app.config.root_doc
        told = self._head(page, doctree, first=first)
        if first:
            # The door stands beside the feed, above the page that it leads to.
            self._door = told.replace(f'"../{quoting.FEED}"', f'"{quoting.FEED}"')
            told += "\n" + self._described(page)
        context["for_programs"] = told

    def leave(self, app: Sphinx, exception: Exception | None) -> None:
        """Leave feed and list of pages, and tell the first page what the report says."""
        if exception is not None or app.builder.format != "html":
            return
        out = Path(app.outdir)
        if feed := quoting.feed(self.state, self.author, self.base):
            (out / quoting.FEED).write_bytes(feed)
        if app.config.root_doc != "index":
            page, language = app.config.root_doc, app.config.language or "en"
            told = {"page": page, "language": language, "title": app.config.html_title}
            text = templates.file("door.html", told=self._door, base=self.base, **told)
            (out / "index.html").write_text(f"{text}\n", encoding="utf-8")
        if self.base:
            listed = {"pages": sorted(app.env.found_docs), "day": self.state.day.isoformat()}
            text = templates.file("sitemap.xml", base=self.base, **listed)
            (out / "sitemap.xml").write_text(f"{text}\n", encoding="utf-8")

    def _head(self, page: str, doctree: nodes.document, *, first: bool) -> str:
        turned = any(True for _ in quoting.turns(self.state))
        title = self.state.book["title"]
        return templates.file(
            "head.html",
            first=first,
            feed=f"{'../' * page.count('/')}{quoting.FEED}" if turned else "",
            heading=next((t.astext() for t in doctree.findall(nodes.title)), title),
            description=description(doctree) or title,
            address=f"{self.base}{page}.html" if self.base else "",
            day=self.state.day,
            beside=self._beside(page),
            **self.said,
        )

    def _described(self, page: str) -> str:
        """Return the report and its data in the words of schema.org."""
        sources: dict[str, set[str]] = {}
        for number in self.state.results.values():
            for cited in number["sources"]:
                sources.setdefault(cited["source"], set()).add(cited["vintage"])
        day = self.state.day.isoformat()
        told = {"sources": sources, "day": day, "beside": self._beside(page), **self.said}
        return templates.block("ld+json", json.loads(templates.file("report.json", **told)))

    def _beside(self, page: str) -> str:
        """Return the address of the folder of the report's files, as seen from a page."""
        if self.base:
            return f"{posixpath.dirname(self.base.rstrip('/'))}/"
        return "../" * (page.count("/") + 1)


def description(doctree: nodes.document) -> str:
    """Return the first sentence or two of a page, in at most `LONGEST` characters."""
    told = (p.astext() for p in doctree.findall(nodes.paragraph) if not within(p, _ASIDE))
    text = next(filter(None, (" ".join(words.split()) for words in told)), "")
    if len(text) <= LONGEST:
        return text
    cut = text[: LONGEST - 1].rpartition(" ")[0]
    return f"{cut.rstrip(',;:')}…"
