"""What programs read of a page, and its foot: description, citation, address, a picture."""

from __future__ import annotations

import html
import json
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import typst
from docutils import nodes
from sphinx.application import Sphinx

from livingbrief.book import ledger, pages, quoting
from livingbrief.book.state import BookState
from livingbrief.claims import claims
from livingbrief.wording import capital

#: Longest description of a page, in characters: a list of results shows no more.
LONGEST = 160
PICTURE = "_static/verdicts.png"
#: Of 1,200 by 630 pixels, as who shows a link expects it.
_DRAWN = b"""
#set page(width: 1200pt, height: 630pt, margin: 64pt)
#set text(font: "DejaVu Sans", size: 26pt)
#let told = json(bytes(sys.inputs.told))
#text(size: 42pt, weight: "bold", told.title)

#text(fill: luma(80), told.subtitle)
#v(1fr)
#for (head, parts) in told.bars [
  #head
  #v(-12pt)
  #grid(columns: parts.map(part => part.at(0) * 1fr), gutter: 4pt, ..parts.map(part =>
    rect(width: 100%, height: 56pt, inset: 0pt, fill: rgb(part.at(1)), align(center + horizon,
      text(fill: white, weight: "bold", str(part.at(0)))))))
]
#text(size: 20pt, told.groups.map(((words, colour)) =>
  [#box(rect(width: 16pt, height: 16pt, fill: rgb(colour))) #words]).join(h(20pt)))
"""


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
        self.title = str(state.book["title"])
        self.day = state.day
        self.about = pages.standing(root, state, "published on")
        self.base = f"{base.rstrip('/')}/{state.book['edition']['name']}/html/" if base else ""

    def put(self, app: Sphinx, page: str, _template: str, context: Any, doctree: Any) -> None:
        """Give a page its head and foot."""
        context["theme_extra_footer"] = self._foot(app.config.livingbrief_citation)
        if doctree is not None:
            first = page == app.config.root_doc
            told = [*self._head(page, doctree, first=first)]
            if page == "book/claims" and self.state.claims:
                said = ledger.verdict_words
                told.append(quoting.reviews(self.state, self.author, self.base, said))
            if first:
                # The door stands beside the feed, above the page that it leads to.
                self._door = "\n".join(told).replace(f'"../{quoting.FEED}"', f'"{quoting.FEED}"')
                told.append(self._described(page))
            context["for_programs"] = "\n".join(told)

    def leave(self, app: Sphinx, exception: Exception | None) -> None:
        """Leave the picture and the list of pages, and tell the first page what the report says."""
        if exception is not None or app.builder.format != "html":
            return
        out = Path(app.outdir)
        if feed := quoting.feed(self.state, self.author, self.base):
            (out / quoting.FEED).write_bytes(feed)
        if self.state.claims:
            (out / PICTURE).write_bytes(self._picture())
        if app.config.root_doc != "index":
            door, address = out / "index.html", f"{self.base}{app.config.root_doc}.html"
            told = f'{self._door}\n<link rel="canonical" href="{address}">' * bool(self.base)
            text = door.read_text("utf-8").replace("</head>", f"{told or self._door}\n</head>", 1)
            door.write_text(text, encoding="utf-8")
        if self.base:
            rows = "".join(
                f"<url><loc>{html.escape(self.base + name)}.html</loc>"
                f"<lastmod>{self.day.isoformat()}</lastmod></url>\n"
                for name in sorted(app.env.found_docs)
            )
            space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
            text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {space}>\n{rows}</urlset>\n'
            (out / "sitemap.xml").write_text(text, encoding="utf-8")

    def _head(self, page: str, doctree: nodes.document, *, first: bool) -> Iterator[str]:
        heading = next((t.astext() for t in doctree.findall(nodes.title)), self.title)
        named = {"description": description(doctree) or self.title}
        graph = {
            "og:type": "website" if first else "article",
            "og:site_name": self.title,
            "og:title": heading,
            "og:description": named["description"],
        }
        if self.base:
            graph["og:url"] = f"{self.base}{page}.html"
        if self.base and self.state.claims:
            words = ", ".join(f"{n} {word}" for word, _, n in self._groups(self.state.claims))
            graph |= {"og:image": f"{self.base}{PICTURE}", "og:image:alt": f"Claims: {words}"}
        if first:
            named |= {
                "citation_title": self.title,
                "citation_author": self.author,
                "citation_publication_date": f"{self.day:%Y/%m/%d}",
                "citation_language": "en",
                "citation_technical_report_number": f"version {self.state.book['version']}, "
                f"edition {self.state.book['edition']['name']}",
            }
            if self.base:
                named["citation_public_url"] = f"{self.base}{page}.html"
                named["citation_pdf_url"] = self._beside("report.pdf", page)
        if any(quoting.turns(self.state)):
            yield (
                f'<link rel="alternate" type="application/atom+xml" title="Claims that turned" '
                f'href="{"../" * page.count("/")}{quoting.FEED}">'
            )
        for kind, told in (("name", named), ("property", graph)):
            for name, text in told.items():
                yield f'<meta {kind}="{name}" content="{html.escape(text)}">'

    def _described(self, page: str) -> str:
        """Return the report and its data in the words of schema.org."""
        book, author = self.state.book, {"@type": "Organization", "name": self.author}
        both = {
            "version": book["version"],
            "datePublished": self.day.isoformat(),
            "inLanguage": "en",
            "author": author,
            "isAccessibleForFree": True,
        }
        if self.state.brief.licence[1]:
            both["license"] = self.state.brief.licence[1]
        years = f"{book['edition']['first_year']}/{book['edition']['last_year']}"
        files = {
            "results.json": "All numbers",
            "claims.json": "Claims with their verdicts",
            "claims_history.json": "Verdicts by the day on which figures were printed",
        }
        found: dict[str, set[str]] = {}
        for number in self.state.results.values():
            for cited in number["sources"]:
                found.setdefault(cited["source"], set()).add(cited["vintage"])
        based = [
            {"@type": "Dataset", "name": name, "version": "; ".join(sorted(dates))}
            for name, dates in sorted(found.items())
        ]
        downloads = [
            {
                "@type": "DataDownload",
                "name": name,
                "encodingFormat": "application/json",
                "contentUrl": self._beside(file, page),
            }
            for file, name in files.items()
        ]
        data = {
            "@type": "Dataset",
            "name": f"{self.title}: numbers and claims",
            "description": f"Every number that the report prints, with unit, interval, status, "
            f"source and vintage, and every claim with its verdict; {self.about}.",
            "temporalCoverage": years,
            **({"spatialCoverage": book["country_name"]} if book["country_name"] else {}),
            **both,
            "creator": author,
            "isBasedOn": based,
            "distribution": downloads,
        }
        report = {
            "@context": "https://schema.org",
            "@type": "Report",
            "name": self.title,
            "description": book["subtitle"],
            **both,
            **({"creditText": self.state.brief.credit} if self.state.has_narrative else {}),
            "hasPart": data,
        }
        return quoting.block(report)

    def _beside(self, file: str, page: str) -> str:
        """Return the address of a file of the report, as seen from a page."""
        if self.base:
            return f"{posixpath.dirname(self.base.rstrip('/'))}/{file}"
        return f"{'../' * (page.count('/') + 1)}{file}"

    def _foot(self, citation: str) -> str:
        edition = self.state.book["edition"]["title"]
        words, address = self.state.brief.licence
        licence = f'<a rel="license" href="{html.escape(address)}">{html.escape(words)}</a>'
        parts = [
            f"Edition “{html.escape(edition)}”: {html.escape(self.about)}. "
            f"Version {html.escape(self.state.book['version'])}.",
            f"Text and figures: {licence}." if words else "",
            *map(html.escape, self.state.brief.foot),
        ]
        author = f"{html.escape(self.author)}, " if self.author else ""
        parts.append(f"To cite: {author}{citation}")
        return "".join(f"<p>{part}</p>" for part in parts if part)

    def _groups(self, view: Any) -> list[tuple[str, str, int]]:
        counts = claims.groups(view)
        return [
            (ledger.GROUP_WORDS[g][1], ledger.GROUP_COLOURS[g], n) for g, n in counts.items() if n
        ]

    def _picture(self) -> bytes:
        now = self.state.claims
        then = [item["then"] for item in now if item["then"]]
        views = {
            **({self.state.brief.then_words: then} if then else {}),
            capital(self.state.as_of): now,
        }
        bars = [
            (f"{head}: {len(view)} claims", [(n, c) for _, c, n in self._groups(view)])
            for head, view in views.items()
        ]
        seen = {group[0] for view in views.values() for group in self._groups(view)}
        words = [(ledger.GROUP_WORDS[g][1], colour) for g, colour in ledger.GROUP_COLOURS.items()]
        told = {
            "title": self.title,
            "subtitle": self.state.book["subtitle"],
            "bars": bars,
            "groups": [group for group in words if group[0] in seen],
        }
        folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
        made: bytes | list[bytes] = typst.compile(
            _DRAWN,
            sys_inputs={"told": json.dumps(told)},
            font_paths=typst.Fonts(include_system_fonts=False, font_paths=[folder]),
            format="png",
            ppi=72,
        )
        # A title that does not fit runs on to another page.
        return made[0] if isinstance(made, list) else made


def description(doctree: nodes.document) -> str:
    """Return the first sentence or two of a page, in at most `LONGEST` characters."""
    within = (nodes.table, nodes.figure, nodes.footnote, nodes.container)
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        inside = paragraph.parent
        while inside is not None and not isinstance(inside, within):
            inside = inside.parent
        if inside is None and text:
            break
    else:
        return ""
    if len(text) <= LONGEST:
        return text
    cut = text[: LONGEST - 1].rpartition(" ")[0]
    return f"{cut.rstrip(',;:')}…"
