"""A Sphinx builder that writes the whole book, and papers of some of its pages, as PDF by Typst.

The PDF is tagged (PDF/UA-1), uses only fonts that come with installed packages, fetches
nothing, and is the same, byte for byte, for the same input and `SOURCE_DATE_EPOCH`. Chapter,
figure and table numbers are those of the HTML. A node type that the builder does
not know stops the build: nothing is dropped in silence.
"""

import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import matplotlib
import typst
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.errors import SphinxError
from sphinx.util import logging

from livingbrief.pdf import papers
from livingbrief.pdf.markup import (
    INTERNAL,
    Chapter,
    Targets,
    Translator,
    escape,
    sections,
    typst_string,
)

logger = logging.getLogger(__name__)

# What myst-nb may take from a notebook output for this builder, best first.
MIME_PRIORITY = (
    ("typst", "image/svg+xml", 10),
    ("typst", "image/png", 20),
    ("typst", "text/markdown", 40),
    ("typst", "text/plain", 50),
)
#: What stands on the title page, beside title, author and date.
TITLE_PAGE = ("subtitle", "edition", "vintage", "credit", "version")


class TypstBuilder(Builder):
    """Write `report.pdf` and the papers of ``typst_papers``, each with its Typst file."""

    name = "typst"
    format = "typst"
    epilog = "The PDF is %(outdir)s/report.pdf."
    supported_image_types = ["image/svg+xml", "image/png"]  # noqa: RUF012
    # True keeps Sphinx from downloading them; the translator then refuses them.
    supported_remote_images = True
    allow_parallel = False

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return the internal address of a document of the book."""
        return INTERNAL + docname

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        """Return the internal address of a document, whatever the place of the link."""
        return self.get_target_uri(to, typ)

    def write(self, *ignored: Any) -> None:
        """Write and compile the report and the papers."""
        self.events.emit("write-started", self)
        asked = papers.served(self.config.typst_papers, self.env.found_docs)
        placed = {c.docname: c for c in self.reading_order(Chapter(self.config.root_doc), set())}
        used = {*placed}.union(*(paper.pages for paper in asked.values()))
        trees = {docname: self.resolve(docname) for docname in sorted(used)}
        self.copy_images()
        beside = {page for paper in asked.values() if paper.apart for page in paper.pages}
        books = {"report": [*in_parts(placed.values(), beside)]}
        for name, paper in asked.items():
            books[name] = [Chapter(page) for page in paper.pages]
        language, title = self.config.language, self.config.typst_title
        made = {"report": papers.Paper((), language, title=title, apart=True), **asked}
        targets = {name: Targets.of(chapters, trees) for name, chapters in books.items()}
        template = resources.files("livingbrief.pdf").joinpath("report.typ").read_text("utf-8")
        for name, chapters in books.items():
            paper, own = made[name], targets[name]
            own.others = {f"{n}.pdf": targets[n] for n in books if made[n].apart and n != name}
            root = trees[chapters[0].docname]
            head = next(root.findall(nodes.title)).astext()
            # A paper without a title page is set small: it is to have few pages.
            small = {self.config.root_doc, *(() if paper.title else paper.pages)}
            cover = ""
            if paper.title:
                # What the cover draws, and what a page before shows, is not drawn again.
                cover, chart = self.cover(chapters[0], root, own)
                own.draw_once(chapters, trees, chart)
            bodies = self.bodies(chapters, trees, own, small, {*paper.without})
            parts = [template, self.opening(paper, head, cover), *bodies]
            source = Path(self.outdir, f"{name}.typ")
            source.write_text("\n".join(parts), encoding="utf-8", newline="\n")
            source.with_suffix(".pdf").write_bytes(self.compile(source))

    def reading_order(self, chapter: Chapter, seen: set[str]) -> Iterator[Chapter]:
        """Yield a document and those below it, in the order of the toctrees.

        The children of the root stand beside it, not below it; a captioned toctree of the root
        is a part of the book. A page that says ``only: web`` of itself is left out.
        """
        seen.add(chapter.docname)
        yield chapter
        if chapter.docname not in self.env.toctree_includes:
            return
        is_root = chapter.docname == self.config.root_doc
        for toctree in self.env.get_doctree(chapter.docname).findall(addnodes.toctree):
            part = (toctree.get("caption") or None) if is_root else None
            shift = int(part is not None) if is_root else chapter.shift
            # What folds below a chapter in the menu alone is a chapter of the book.
            alone = is_root or toctree.get("hidden")
            below = 0 if alone else max(1, len([*sections(toctree)]))
            for docname in toctree["includefiles"]:
                if docname not in seen and self.env.metadata[docname].get("only") != "web":
                    child = Chapter(docname, chapter.depth + below, shift, part)
                    yield from self.reading_order(child, seen)
                    part = None

    def resolve(self, docname: str) -> nodes.document:
        """Return a document with its references resolved and its images chosen."""
        tree = self.env.get_doctree(docname)
        self.env.resolve_references(tree, docname, self)
        self.post_process_images(tree)
        return tree

    def copy_images(self) -> None:
        """Copy the images beside the Typst file."""
        folder = Path(self.outdir, "images")
        folder.mkdir(parents=True, exist_ok=True)
        for uri, name in self.images.items():
            shutil.copyfile(Path(self.srcdir, uri), folder / name)

    def cover(self, chapter: Chapter, tree: nodes.document, targets: Targets) -> tuple[str, str]:
        """Return the first drawing of a book's first page as markup for its cover, and its chart.

        Its title is the finding of the cover.
        """
        drawing = next((f for f in tree.findall(nodes.figure) if f.get("chart")), None)
        if drawing is None:
            return "", ""
        body = Translator(self, chapter, tree, targets)
        finding, picture = body.content(drawing[1]), body.render(drawing[0])
        return f"  cover: ([{finding}], [{picture}]),", drawing["chart"]

    def opening(self, paper: papers.Paper, head: str, cover: str) -> str:
        """Return the call of the template; `head` is the title of a paper that has none."""
        config = self.config
        values = {"lang": paper.language, "title": paper.title or head, "author": config.author}
        values |= {name: config[f"typst_{name}"] for name in TITLE_PAGE}
        values["date-text"] = config.typst_date
        lines = [f"  {name}: {typst_string(str(value))}," for name, value in values.items()]
        lines += [cover] if cover else []
        lines.append(f"  whole: {str(paper.title != '').lower()},")
        lines.append(f"  date: {'auto' if source_date() is not None else 'none'},")
        return "\n".join(["#show: report.with(", *lines, ")\n"])

    def bodies(
        self,
        chapters: Sequence[Chapter],
        trees: Mapping[str, nodes.document],
        targets: Targets,
        small: Collection[str],
        without: set[str],
    ) -> Iterator[str]:
        """Yield the markup of each chapter, after a comment that names its document."""
        for number, place in enumerate(chapters):
            yield f"// document: {self.env.doc2path(place.docname, base=False)}"
            tree = trees[place.docname]
            if without:
                tree = tree.deepcopy()
                for section in [s for s in tree.findall(nodes.section) if without & {*s["names"]}]:
                    section.parent.remove(section)
            flows = place.depth == 1 and not place.part and number > 0
            chapter = replace(place, flows=flows)
            if chapter.depth == 1 and not flows:
                yield "#pagebreak(weak: true)"
            if chapter.part:
                name = f"part#{chapter.docname}"
                yield f'#head("part", 1)[{escape(chapter.part)}]#label({typst_string(name)})'
            body = re.sub(r"\n{3,}", "\n\n", Translator(self, chapter, tree, targets).render(tree))
            yield f"#small[\n{body}\n]" if place.docname in small else body

    def compile(self, source: Path) -> bytes:
        """Compile a Typst file to PDF/UA-1.

        Raises
        ------
        SphinxError
            With Typst's message, and the document whose text it concerns.
        """
        try:
            pdf, warnings = typst.compile_with_warnings(
                source,
                root=source.parent,
                font_paths=[Path(matplotlib.get_data_path(), "fonts", "ttf")],
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards=["ua-1"],
                timestamp=source_date(),
            )
        except typst.TypstError as error:
            raise SphinxError(located(error.diagnostic, source)) from error
        for warning in warnings:
            logger.warning("%s", located(warning.diagnostic, source), type="typst")
        return bytes(pdf)


def in_parts(chapters: Iterable[Chapter], beside: Collection[str]) -> Iterator[Chapter]:
    """Yield the chapters that are not `beside`; a part's title passes to its first that stays."""
    part = None
    for chapter in chapters:
        # A chapter of its own, outside all parts, ends the part before it.
        part = chapter.part or (part if chapter.shift else None)
        if chapter.docname not in beside:
            yield replace(chapter, part=part)
            part = None


def source_date() -> int | None:
    """Return `SOURCE_DATE_EPOCH` in seconds, None where it is not set."""
    value = os.environ.get("SOURCE_DATE_EPOCH")
    return int(value) if value else None


def located(diagnostic: str, source: Path) -> str:
    """Return Typst's message, with the document that the line was made from."""
    place = re.search(rf"{re.escape(source.name)}:(\d+)", diagnostic)
    message = f"Typst: {diagnostic.strip()}"
    if place is None:
        return message
    before = source.read_text(encoding="utf-8").splitlines()[: int(place[1])]
    names = [line for line in before if line.startswith("// document: ")]
    return f"{names[-1].removeprefix('// document: ')}: {message}" if names else message


def prefer_vector_images(app: Sphinx, config: Config) -> None:
    """Tell myst-nb, where it is loaded, which outputs this builder can print."""
    if "nb_mime_priority_overrides" in config:
        config.nb_mime_priority_overrides = [*MIME_PRIORITY, *config.nb_mime_priority_overrides]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder and its configuration values."""
    app.add_builder(TypstBuilder)
    for name in (*TITLE_PAGE, "date"):
        app.add_config_value(f"typst_{name}", "", "", (str,))
    # An empty one asks for no page with a title.
    app.add_config_value("typst_title", lambda config: config.project, "", (str,))
    app.add_config_value("typst_papers", {}, "", (dict,))
    app.connect("config-inited", prefer_vector_images)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
