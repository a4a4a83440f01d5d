"""A chapter's figure on another page: with its drawings, words and files, and without a number."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import OptionSpec

from livingbrief import notebooks
from livingbrief.book import cards, ledger, web
from livingbrief.book.language import Language, language_folder
from livingbrief.book.state import BookState
from livingbrief.charts.directive import EXHIBIT_MIME
from livingbrief.data.access import open_catalog
from livingbrief.data.catalog import Catalog
from livingbrief.escape import markdown
from livingbrief.values.exhibits import Exhibit


def picture(root: Path, state: BookState, name: str, *claims: str) -> str:
    """Return a figure of a chapter for another page; nothing where this edition does not show it.

    It has the title of the chapter's, and not its caption.

    Parameters
    ----------
    name : str
        Its label, ``fig-…``.
    *claims : str
        Claims whose verdicts, with what they stand on, are said under it.
    """
    if shown(state, name) is None:
        return ""
    line = "; ".join(_told(open_catalog(root), state, claims))
    return f"```{{picture}} {name}\n\n{line}\n```"


def _told(catalog: Catalog, state: BookState, claims: Sequence[str]) -> Iterator[str]:
    every = {item.id: item for item in state.claims}
    items = [every[name] for name in claims]
    say = state.language.say
    for item in items:
        turn = say(" (could turn)") if item.could_turn else ""
        verdict = ledger.signed(item, say(ledger.verdict_words(item)))
        yield f"{{claim}}`{item.id}`: {verdict}{turn}"
    keys = [m.key for item in items for m in item.measures if m.counts]
    lines = [s.source for key in keys for s in state.results[key].sources]
    cited = [catalog.publisher_of(line) or line for line in lines]
    yield from (state.language.translated(markdown(s), s) for s in dict.fromkeys(cited))


class Shown(NamedTuple):
    """A figure of a chapter: its drawing, and the chapter and the cell where it is."""

    svg: str
    at: list[str]


def shown(state: BookState, name: str) -> Shown | None:
    """Return what a chapter shows under a name; None where this edition does not show it."""
    if chapter := state.book.shown.get(name):
        for cell, exhibit, svg in exhibits(state.notebook(chapter)):
            if exhibit.name == name:
                return Shown(svg, [chapter, cards.anchor(cell)])
    return None


def rows_of(state: BookState, name: str) -> str:
    """Return the rows of a table that a chapter shows, as Markdown."""
    return state.book.titled[name].rows


def mark_of(state: BookState, name: str) -> str:
    """Return what a mark in the rows of a table means, to follow on its caption."""
    ends = state.book.titled[name].ends
    return f" {ends}" if ends else ""


def exhibits(path: Path) -> Iterator[tuple[str, Exhibit, str]]:
    """Yield the figures of an executed notebook: the id of their cell, what they are, drawings."""
    for cell in notebooks.read(path)["cells"]:
        for data in (output.get("data", {}) for output in cell.get("outputs", ())):
            if EXHIBIT_MIME in data and "image/svg+xml" in data:
                exhibit = Exhibit.model_validate(data[EXHIBIT_MIME])
                yield cell["id"], exhibit, "".join(data["image/svg+xml"])


def as_sentence(title: str) -> str:
    """Return the title of a figure as a sentence; empty where it has none."""
    return title if not title or title.endswith(("?", ".")) else f"{title}."


def _drawing(directive: SphinxDirective, name: str, svg: str, alt: str) -> nodes.image:
    """Return a picture of a drawing, written to a file that Sphinx takes along."""
    env = directive.env
    drawing = Path(env.doctreedir, "pictures", f"{name}.svg")
    drawing.parent.mkdir(exist_ok=True)
    drawing.write_text(web.untitled(svg), encoding="utf-8")
    page = Path(env.doc2path(env.docname)).parent
    return nodes.image("", uri=os.path.relpath(drawing, page), alt=alt)


def directive(state: BookState, languages: Mapping[str, Language]) -> type[SphinxDirective]:
    """Return the directive ``picture`` for a book."""

    class Picture(SphinxDirective):
        """Shows a chapter's figure."""

        required_arguments = 1
        has_content = True

        def run(self) -> list[nodes.Node]:
            """Return the figure, its drawing written to a file that Sphinx takes along."""
            name = self.arguments[0]
            figure_of = shown(state, name)
            if figure_of is None:
                raise self.error(f"no chapter of this edition shows the figure '{name}'")
            code, svg = language_folder(self.env.docname), figure_of.svg
            words, titled = languages.get(code, state.language), state.book.titled[name]
            own = titled.languages.get(code)
            said = own or titled
            if own:
                svg = (state.folder / "figures" / f"{name}.{code}.svg").read_text("utf-8")
            figure = web.Picture(
                "",
                _drawing(self, f"{name}{code and '.'}{code}", svg, said.alt),
                nodes.caption("", "", nodes.strong("", as_sentence(said.title))),
                said=words.words,
                chart=name,
                language=code if own else "",
                classes=["again"],
                at=figure_of.at,
            )
            if self.content:
                line = nodes.legend()
                self.state.nested_parse(self.content, self.content_offset, line)
                figure += line
            return [figure]

    return Picture


def shown_directive(state: BookState) -> type[SphinxDirective]:
    """Return the directive ``shown``: a figure in its chapter, with a number and its words."""

    class Shown(SphinxDirective):
        """Places a figure; its content is the title, if it is ``titled``, and the caption."""

        required_arguments = 1
        has_content = True
        option_spec: ClassVar[OptionSpec | None] = {"titled": directives.flag}

        def run(self) -> list[nodes.Node]:
            """Return the figure."""
            name = self.arguments[0]
            drawn = shown(state, name)
            if drawn is None:
                raise self.error(f"no notebook of this edition draws the figure '{name}'")
            alt = state.book.titled[name].alt
            figure = nodes.figure("", _drawing(self, name, drawn.svg, alt))
            figure["at"] = drawn.at
            said = nodes.Element()
            self.state.nested_parse(self.content, self.content_offset, said)
            words = nodes.caption()
            for at, paragraph in enumerate(said.findall(nodes.paragraph)):
                words += nodes.Text(" ") if words.children else []
                if at == 0 and "titled" in self.options:
                    title = nodes.strong("", "", *paragraph.children)
                    title += nodes.Text("" if title.astext()[-1:] in "?." else ".")
                    words += title
                else:
                    words += paragraph.children
            figure += words
            self.add_name_to(figure, name)
            return [figure]

        def add_name_to(self, figure: nodes.figure, name: str) -> None:
            """Give a figure the label by which other pages refer to it."""
            figure["names"].append(nodes.fully_normalize_name(name))
            self.state.document.note_explicit_target(figure, figure)

    return Shown
