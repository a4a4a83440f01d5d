"""The Sphinx side: pages are filled from results, executed notebooks take their sources' place."""

import html
import json
import re
import shutil
import sys
from collections.abc import Container
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole
from sphinx.util.typing import ExtensionMetadata

from livingbrief import __version__
from livingbrief.book import (
    cards,
    languages,
    meta,
    mistakes,
    numbers,
    pages,
    pictures,
    sentences,
    strips,
    web,
)
from livingbrief.book.language import language_folder
from livingbrief.book.prose import Prose, UnknownKeyError, UnusableKeyError
from livingbrief.book.state import BookState
from livingbrief.charts.directive import EXHIBIT_MIME
from livingbrief.errors import ReportError
from livingbrief.notebooks import EXHIBIT
from livingbrief.paths import project_root
from livingbrief.records import RecordError, load_facts
from livingbrief.wording import LOOKS

log = logging.getLogger(__name__)
#: A link of a notebook to a page of the book: its words, and the page.
_TO_PAGE = re.compile(r"\[([^\]]*)\]\(\.\./(book/[\w/]+)\.md\)")
_DOWNLOADS = (
    '<p class="notebook-downloads">Download: <a href="{0}.ipynb" download>source notebook</a> · '
    '<a href="{0}.executed.ipynb" download>executed notebook</a></p>\n'
)


class Reader:
    """Fills the pages.

    Parameters
    ----------
    root : Path
        The project.
    """

    def __init__(self, root: Path, state: BookState) -> None:
        self.root = root
        self.state = state
        files = (root / "notebooks").glob("*.ipynb")
        self.exhibits = {name for f in files for name in EXHIBIT.findall(f.read_text("utf-8"))}
        self.prose = self._prose(state)
        self.languages = languages.read(root)
        self.has_ledger = False
        self.pages: Container[str] = ()
        self.translated: dict[str, tuple[Prose, set[str]]] = {}
        self.left_out: list[str] = []

    def _prose(self, state: BookState) -> Prose:
        # A name that no chapter gives is a slip, of which Sphinx tells.
        prose = state.prose(self.root, pages.context(self.root, state))
        prose.shows = lambda name: pages.shown(state, name) or name not in self.exhibits
        return prose

    def __call__(self, app: Sphinx, docname: str, source: list[str]) -> None:
        """Replace the text that Sphinx is about to parse."""
        self.pages = app.env.found_docs
        self.has_ledger = "book/claims" in self.pages
        if docname.startswith("notebooks/"):
            source[0] = self.chapter(docname.removeprefix("notebooks/"))
        else:
            source[0] = self.fill(docname, Path(app.env.doc2path(docname)).read_text("utf-8-sig"))

    def chapter(self, name: str) -> str:
        """Return the executed notebook `name`, ready for the book."""
        # The run has validated it.
        book = nbformat.v4.reads(self.state.notebook(name).read_text("utf-8"))
        return str(
            nbformat.v4.writes(published(book, name, self.pages), indent=None, split_lines=False)
        )

    def put_downloads(self, app: Sphinx, exception: Exception | None) -> None:
        """Put source and executed notebooks where the chapters link to them."""
        if exception is not None or app.builder.format != "html":
            return
        escape_search_titles(Path(app.outdir) / "searchindex.js")
        # Beside the report: no part of it.
        Path(app.outdir).with_name(sentences.LEFT_OUT).write_text("\n".join(self.left_out), "utf-8")
        folder = Path(app.outdir) / "notebooks"
        for name in self.state.book.chapters:
            shutil.copyfile(self.state.notebook(name), folder / f"{name}.executed.ipynb")
            shutil.copyfile(self.root / "notebooks" / f"{name}.ipynb", folder / f"{name}.ipynb")

    def translation(self, code: str) -> tuple[Prose, set[str]]:
        """Return what fills the pages of a language, and which are stale; made with the first."""
        if code not in self.translated:
            language = self.languages[code]
            prose = self._prose(languages.told_in(self.state, language))
            self.translated[code] = prose, {*languages.stale(self.root, language)}
        return self.translated[code]

    def fill(self, docname: str, text: str) -> str:
        """Fill one text; what cannot be filled is a warning that names page and key."""
        code, stale = language_folder(docname), False
        prose, language = self.prose, self.state.language
        if code:
            prose, late = self.translation(code)
            language, stale = self.languages[code], docname.split("/")[-1] in late
        try:
            page = sentences.Page(prose, pages.lists(self.state.book.edition), f"{docname}.md")
            filled = language.named(page.fill(text), linked=self.has_ledger)
            self.left_out += [] if code else page.left_out
            return language.page(filled, stale) if code else filled
        except (UnknownKeyError, UnusableKeyError, jinja2.UndefinedError) as error:
            facts = (f"facts.{name}" for name in load_facts(self.root / "book" / "facts.yml"))
            at = mistakes.Keys([*self.state.results, *facts]).faults(text)
            lines = (f"line {text.count(chr(10), 0, n) + 1}: {fault}" for n, fault in at)
            message = next(lines, f"unknown or unusable: {error.args[0]}")
        except jinja2.TemplateSyntaxError as error:
            message = f"line {error.lineno}: {error.message}"
        except RecordError as error:
            message = str(error)
        except (TypeError, ValueError) as error:
            message = f"an expression cannot be computed: {error}"
        log.warning("%s: %s", docname, message, location=docname, type="livingbrief")
        return ""


def published(book: Any, name: str, pages: Container[str]) -> Any:
    """Return an executed notebook as a page: its code open, and what it showed.

    A link to a page that is not among the `pages` of the report is its words alone.
    """
    for cell in book.cells:
        if cell.cell_type != "code":
            cell.source = _TO_PAGE.sub(lambda m: m[0] if m[2] in pages else m[1], cell.source)
            continue
        cell.metadata[cards.ANCHOR] = cards.anchor(cell.id)
        for output in cell.outputs:
            data = output.get("data", {})
            exhibit = data.pop(EXHIBIT_MIME, None)
            if exhibit and "image/svg+xml" in data:
                cell.metadata["mystnb"] = {"image": {"alt": data["text/plain"]}}
    book.cells.append(nbformat.v4.new_markdown_cell(_DOWNLOADS.format(name), id="downloads"))
    return book


def keep_from_print(app: Sphinx, doctree: nodes.document) -> None:
    """Leave published notebooks out of the PDF."""
    if app.env.docname.startswith("notebooks/"):
        app.env.metadata[app.env.docname]["only"] = "web"


class BesideRole(SphinxRole):
    """``{beside}`All numbers <../../results.json>``` links to a file of the report, on the web."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return a plain link, or the words alone in the PDF, which travels by itself."""
        words, _, target = self.text.removesuffix(">").rpartition(" <")
        if self.env.app.builder.format != "html":
            return [nodes.inline(text=words)], []
        return [nodes.reference("", words, refuri=target, internal=False)], []


def open_state(app: Sphinx, config: Any) -> None:
    """Connect the reader and name the edition; without results print one line, no tracebacks."""
    root = project_root()
    try:
        state = BookState.of(root)
        reader = Reader(root, state)
    except ReportError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    config.html_title = state.book.title
    config["livingbrief_figures"] = str(state.folder / "figures")
    config["livingbrief_citation"] = state.citation(html.escape, "<cite>{}</cite>")
    config["livingbrief_later"] = {
        key: "; ".join(dict.fromkeys(s.vintage for s in entry.sources))
        for key, entry in state.results.items()
        if entry.status == "printed_later"
    }
    size = {code: len([*(root / "book" / code).glob("*.md")]) for code in reader.languages}
    ordered = sorted(size, key=lambda code: -size[code])
    config["livingbrief_languages"] = {code: reader.languages[code] for code in ordered}
    config["livingbrief_strips"] = strips.drawn(state.history)
    for key, value in pages.title_page(root, state).items():
        config[key] = value
    app.add_directive("picture", pictures.directive(state, reader.languages))
    app.add_directive("shown", pictures.shown_directive(state))
    app.connect("doctree-read", keep_from_print, priority=900)
    app.connect("source-read", reader)
    app.connect("build-finished", reader.put_downloads)
    answers = cards.Cards(root, state)
    app.connect("doctree-resolved", answers.link)
    app.connect("html-page-context", answers.put, priority=400)
    programs = meta.Meta(root, state, config.html_baseurl, config.author, reader.languages)
    config.html_baseurl = programs.base
    app.connect("html-page-context", programs.put)
    app.connect("build-finished", programs.leave, priority=950)


def escape_search_titles(path: Path) -> None:
    """Escape the headings in Sphinx's search index, which its script prints as HTML."""
    opening, closing = "Search.setIndex(", ")"
    text = path.read_text(encoding="utf-8")
    index = json.loads(text.removeprefix(opening).removesuffix(closing))
    titles = index["alltitles"].items()
    index["alltitles"] = {html.escape(title, quote=False): places for title, places in titles}
    path.write_text(f"{opening}{json.dumps(index, sort_keys=True)}{closing}", encoding="utf-8")


def set_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Escape the report's title, which the theme prints as HTML, and leave out Thebe.

    Nothing here runs code on another's server, and Thebe's settings twice on a page are an error.
    """
    context["looks"] = LOOKS
    for name in ("docstitle", "shorttitle"):
        context[name] = Markup.escape(context[name])
    # In place: the theme adds to the same lists later on.
    for files in (context[n] for n in ("script_files", "css_files") if n in context):
        files[:] = [f for f in files if "thebe" not in f"{f.filename}{f.attributes}".lower()]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_role("beside", BesideRole())
    numbers.setup(app)
    languages.setup(app)
    web.setup(app)
    strips.setup(app)
    app.connect("html-page-context", set_page)
    app.connect("config-inited", open_state, priority=400)
    return {"version": __version__, "parallel_read_safe": False, "parallel_write_safe": True}
