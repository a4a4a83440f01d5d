"""From a resolved docutils document to Typst markup, one node type after the other."""

# ruff: noqa: D102
# A method `typst_<class>` does what its name says.

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from docutils import nodes
from sphinx.builders import Builder
from sphinx.errors import SphinxError

from livingbrief.book.numbers import around
from livingbrief.escape import CYRILLIC, language_of
from livingbrief.pdf.tables import Fit, fit_columns

# What stands between blocks and is not printed.
UNSEEN = (nodes.raw, nodes.Invisible)
# The label of the drawing on the cover.
COVER = "cover"
# Documents are referred to as "%name#id", a form that no other address has.
INTERNAL = "%"
# From so many rows or characters on a table may be broken over pages.
LONG_TABLE, LONG_TEXT = 14, 1200
# Up to so many characters a paragraph before a table counts as its opening line.
OPENING = 160

SPECIAL = re.compile(r"[\\#$*_`<>@~\[\]/=+\-\"';]|^[.:(]|(?<=\d)\.(?=\s|$)|\.(?=\.)")


def typst_string(text: str) -> str:
    """Return `text` as a Typst string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def escape(text: str) -> str:
    """Return `text` as Typst markup that prints exactly `text` (white space runs as one space).

    Cyrillic runs are marked as Russian, or by their letters as ky, for hyphenation and for screen
    readers.
    """
    parts = []
    for i, run in enumerate(CYRILLIC.split(text)):
        # As re.split sets them, every other part is a run that the pattern caught.
        plain = SPECIAL.sub(r"\\\g<0>", re.sub(r"[ \t\r\n]+", " ", run))
        parts.append(f'#text(lang: "{language_of(run)}")[{plain}];' if i % 2 else plain)
    return "".join(parts)


@dataclass(frozen=True)
class Chapter:
    """The place of one document in the book.

    `docname`: its name; `depth`: 1 for a chapter, 2 for a document that stands as a section of one,
    and so on; `shift`: by how much its headings stand lower in the outline: 1 within a part;
    `part`: the title of the part that begins with it; `flows`: it begins below another chapter.
    """

    docname: str
    depth: int = 1
    shift: int = 0
    part: str | None = None
    flows: bool = False


@dataclass
class Targets:
    """Where links lead.

    `labels`: "doc#id" to a Typst label; `wanted`: those linked to; `headings`: labels of sections;
    `within`: a label to that of the section around it, since other files can lead to headings
    alone; `others`: the targets of other files by their names; `drawn`: a chart to the label of its
    one drawing; `numbers`: a chart to the document and figure that give it its number.
    """

    labels: dict[str, str] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    headings: set[str] = field(default_factory=set)
    within: dict[str, str] = field(default_factory=dict)
    others: dict[str, Targets] = field(default_factory=dict)
    drawn: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, tuple[str, nodes.figure]] = field(default_factory=dict)

    @classmethod
    def of(cls, chapters: Iterable[Chapter], trees: Mapping[str, nodes.document]) -> Targets:
        """Return the targets and the links of chapters."""
        found = cls()
        for chapter in chapters:
            found.collect(chapter.docname, trees[chapter.docname])
        return found

    def collect(self, docname: str, tree: nodes.document) -> None:
        """Note the targets and the links of one document."""
        for section in tree.findall(nodes.section):
            label = f"{docname}#{section['ids'][0]}"
            self.headings.add(label)
            self.labels.setdefault(f"{docname}#", label)
            # An anchor within a title would stand twice, there and in the contents.
            inner = [i for n in section[0].findall(nodes.Element) for i in n["ids"]]
            self.labels.update((f"{docname}#{i}", label) for i in [*section["ids"], *inner])
        for node in tree.findall(nodes.Element):
            for i in node["ids"]:
                label = self.labels.setdefault(f"{docname}#{i}", f"{docname}#{node['ids'][0]}")
                if section := next(sections(node), None):
                    self.within.setdefault(label, f"{docname}#{section['ids'][0]}")
            if target := internal_target(node, docname):
                self.wanted.add(target)

    def draw_once(
        self, chapters: Iterable[Chapter], trees: Mapping[str, nodes.document], cover: str
    ) -> None:
        """Note for each chart which figure draws it: the first that shows it, if not the cover."""
        self.drawn = {cover: COVER} if cover else {}
        for chapter in chapters:
            for figure in trees[chapter.docname].findall(nodes.figure):
                if name := chart_of(figure):
                    self.drawn.setdefault(name, drawing_label(figure, chapter.docname))
                    if figure["ids"]:
                        self.numbers[name] = chapter.docname, figure

    def beyond(self, target: str) -> str:
        """Return the address in another file of what stands there, or nothing."""
        for file, other in self.others.items():
            if target in other.labels:
                label = other.labels[target]
                label = label if label in other.headings else other.within.get(label, "")
                label = label or other.labels[target.split("#")[0] + "#"]
                return f"{file}#nameddest={quote(label, safe='')}"
        return ""


def sections(node: nodes.Node) -> Iterator[nodes.section]:
    """Return the sections around a node, the nearest first."""
    return (parent for parent in around(node) if isinstance(parent, nodes.section))


def chart_of(figure: nodes.figure) -> str:
    """Return the name of the chart that a figure shows, empty where it shows none."""
    named = (i for i in figure["ids"] if i.startswith("fig-"))
    return figure.get("chart") or next(named, "")


def drawing_label(figure: nodes.figure, docname: str) -> str:
    """Return the label of a figure, whether a chapter numbers it or another page shows it."""
    return f"{docname}#{figure['ids'][0] if figure['ids'] else chart_of(figure)}"


def internal_target(node: nodes.Element, docname: str) -> str | None:
    """Return the "doc#id" that a reference leads to, None if it leads out of the book."""
    if not isinstance(node, nodes.reference):
        return None
    if "refid" in node:
        return f"{docname}#{node['refid']}"
    uri = node.get("refuri", "")
    if not uri.startswith(INTERNAL):
        return None
    target: str = uri[len(INTERNAL) :]
    return target if "#" in target else target + "#"


def _around(before: str, after: str) -> Callable[[Translator, nodes.Element], str]:
    """Make a method that sets a node's content between two pieces of markup."""

    def method(self: Translator, node: nodes.Element) -> str:
        return f"{before}{self.content(node)}{after}"

    return method


class Translator:
    """Turn one resolved document into Typst markup.

    A method `typst_<class>` returns the markup of that docutils class or of a class derived
    from it; there is no other way in, so that an unknown node cannot slip through.
    """

    def __init__(
        self, builder: Builder, chapter: Chapter, tree: nodes.document, targets: Targets
    ) -> None:
        self.builder = builder
        self.env = builder.env
        self.config = builder.config
        self.chapter = chapter
        self.docname = chapter.docname
        self.targets = targets
        self.depth = chapter.depth - 1

    def error(self, node: nodes.Node, message: str) -> SphinxError:
        """Return an error that names the document."""
        where = self.env.doc2path(self.docname, base=False)
        line = f":{node.line}" if node.line else ""
        return SphinxError(f"{where}{line}: {message}")

    def render(self, node: nodes.Node) -> str:
        """Return the markup of one node."""
        for cls in type(node).__mro__:
            if method := getattr(self, f"typst_{cls.__name__}", None):
                return f"{self.anchors(node)}{method(node)}"
        name = type(node).__name__
        raise self.error(node, f"the PDF builder does not know the node type {name!r}")

    def content(self, node: nodes.Element | Iterable[nodes.Node]) -> str:
        """Return the markup of all children."""
        children = node.children if isinstance(node, nodes.Element) else node
        return "".join(self.render(child) for child in children).strip("\n")

    def anchors(self, node: nodes.Node) -> str:
        """Return a mark to link to, where something does and the node has no label itself."""
        if not isinstance(node, nodes.Element) or not node["ids"]:
            return ""
        titled = isinstance(node, nodes.table) and isinstance(node[0], nodes.title)
        if titled or isinstance(node, nodes.section | nodes.figure):
            return ""
        label = self.targets.labels[f"{self.docname}#{node['ids'][0]}"]
        names = {f"{self.docname}#{i}" for i in node["ids"]}
        if label not in names or not names & self.targets.wanted:
            return ""
        return f"#anchor({typst_string(label)});"

    def own_label(self, node: nodes.Element) -> str:
        """Return the label that follows the markup of a heading, figure or table."""
        name = f"{self.docname}#{node['ids'][0]}" if node["ids"] else ""
        return f"#label({typst_string(name)})" if name else ""

    def caption_number(self, node: nodes.Element, docname: str = "") -> str:
        """Return the "Fig. 1.2" of a numbered figure or table, as in the HTML, or nothing."""
        kind = self.env.domains["std"].get_enumerable_node_type(node)
        numbers = self.env.toc_fignumbers.get(docname or self.docname, {}).get(kind or "", {})
        if not node["ids"] or node["ids"][0] not in numbers:
            return ""
        number = ".".join(map(str, numbers[node["ids"][0]]))
        return str(self.config.numfig_format[kind] % number).strip()

    def caption(self, node: nodes.Element, title: nodes.Element, after: str = "") -> str:
        """Return a caption with its number, and with what stands after it."""
        number = self.caption_number(node)
        bold = f"#strong[{escape(number)}];~" if number else ""
        if not number and (place := self.targets.numbers.get(node.get("chart", ""))):
            docname, numbered = place
            to = typst_string(f"{docname}#{numbered['ids'][0]}")
            number = self.caption_number(numbered, docname)
            bold = f"#link(label({to}))[#strong[{escape(number)}];];~"
        # A paragraph, or the PDF's structure would hold each of its pieces as a block.
        return f"#par[{bold}{self.content(title)}{after}];"

    # Structure.

    def typst_section(self, node: nodes.section) -> str:
        self.depth += 1
        markup = self.content(node)
        self.depth -= 1
        return f"\n\n{markup}\n\n"

    def typst_title(self, node: nodes.title) -> str:
        kind = {1: "chapter", 2: "section"}.get(self.depth, "subsection")
        level = self.depth + self.chapter.shift
        heading = self.content(node)
        if kind == "chapter" and self.chapter.flows:
            name = typst_string(f"{self.docname}#{node.parent['ids'][0]}")
            return f"\n\n#begin-chapter({level}, {name})[{heading}]\n\n"
        return f'\n\n#head("{kind}", {level})[{heading}]{self.own_label(node.parent)}\n\n'

    def typst_paragraph(self, node: nodes.Element) -> str:
        body = self.content(node)
        return f"\n\n#lead[{body}]\n\n" if self.opens(node) else f"\n\n{body}\n\n"

    def opens(self, node: nodes.Element) -> bool:
        """Whether a paragraph stays with what follows: the line before a table, list or strip.

        And a short one right after a heading, so that neither ends a page.
        """
        before = node.previous_sibling()
        while isinstance(before, UNSEEN):
            before = before.previous_sibling()
        following = node.next_node(
            lambda other: not isinstance(other, UNSEEN), descend=False, siblings=True
        )
        if isinstance(following, nodes.container) and "cell" not in following["classes"]:
            following = next((n for n in following if not isinstance(n, nodes.Invisible)), None)
        lists = nodes.bullet_list | nodes.enumerated_list
        if isinstance(following, lists) and node.astext().endswith(":"):
            return True
        first = following[:1] if isinstance(following, nodes.paragraph) else []
        strip = any(type(part).__name__ == "Strip" for part in first)
        headed = following is not None and isinstance(before, nodes.title)
        stays = isinstance(following, nodes.table) or strip or headed
        return stays and len(node.astext()) < OPENING

    def typst_container(self, node: nodes.container) -> str:
        classes = node["classes"]
        # That nobody has read a translation its file says once, at the end.
        if "cell_input" in classes or ("unread" in classes and not self.chapter.flows):
            return ""
        if "cards" in classes:
            cards = "".join(f"[{self.content([card])}]" for card in node)
            return f"\n\n#cards{cards}\n\n"
        if "large" in classes:
            return f"\n\n#large[{self.content(node)}]\n\n"
        return f"\n\n{self.content(node)}\n\n"

    typst_document = typst_compound = typst_only = typst_generated = _around("", "")
    typst_PassthroughTextElement = typst_target = typst_citation_reference = typst_document
    typst_term = typst_definition = typst_document

    def typst_inline(self, node: nodes.inline) -> str:
        found = (name for name in node["classes"] if name.startswith("language-"))
        code = next(found, "").removeprefix("language-")
        return f'#text(lang: "{code}")[{self.content(node)}];' if code else self.content(node)

    def typst_dropped(self, node: nodes.Node) -> str:
        return ""

    typst_comment = typst_toctree = typst_meta = typst_highlightlang = typst_dropped

    def typst_raw(self, node: nodes.raw) -> str:
        if node["format"] == "typst":
            return node.astext()
        if node["format"].split() != ["html"]:
            raise self.error(
                node, f"raw text in the format {node['format']!r} cannot go into the PDF"
            )
        return ""

    # Running text.

    def typst_Text(self, node: nodes.Text) -> str:
        return escape(node.astext())

    typst_emphasis = typst_title_reference = typst_literal_emphasis = _around("#emph[", "];")
    typst_strong = typst_literal_strong = _around("#strong[", "];")

    def typst_KeyedNumber(self, node: nodes.Element) -> str:
        name = f"{node['key']} {node['form']}".strip()
        late = "later" if node["key"] in self.builder.config.livingbrief_later else "n"
        return f"#{late}({typst_string(name)})[{self.content(node)}];"

    def typst_Strip(self, node: nodes.Element) -> str:
        drawn = f'bytes({typst_string(node["svg"])}), format: "svg", width: 8cm'
        return f"#box(image({drawn}, alt: {typst_string(node['alt'])}))#linebreak();"

    def typst_literal(self, node: nodes.Element) -> str:
        return f"#raw({typst_string(node.astext())});"

    def typst_reference(self, node: nodes.reference) -> str:
        body = self.content(node)
        if any("doc" in child["classes"] for child in node.findall(nodes.inline)):
            # Titles, many of them questions: set apart from the sentence around them.
            body = f"#emph[{body}];"
        target = internal_target(node, self.docname)
        if target is None:
            return f"#link({typst_string(node['refuri'])})[{body}];"
        if target not in self.targets.labels:
            if f"{target.partition('#')[0]}#" in self.targets.labels:
                raise self.error(node, f"nothing in the PDF has the label {target!r}")
            # A page of the web that is in no file keeps its words alone.
            address = self.targets.beyond(target)
            # In a sentence a chapter of a file that is no report of all chapters is named with it.
            file = address.partition("#")[0]
            file = f" ({file})" if body.startswith("#emph") and file != "report.pdf" else ""
            return f"#link({typst_string(address)})[{body}{file}];" if address else body
        return f"#link(label({typst_string(self.targets.labels[target])}))[{body}];"

    def typst_citation(self, node: nodes.citation) -> str:
        label, *rest = node.children
        entry = f"#entry[#strong[\\[{self.content(label)}\\]]; {self.content(rest).strip()}]"
        before, after = node.previous_sibling(), node.next_node(descend=False, siblings=True)
        opening = "" if isinstance(before, nodes.citation) else "#works["
        return f"\n\n{opening}{entry}{']' * (not isinstance(after, nodes.citation))}\n\n"

    # Blocks.

    def items(self, node: nodes.Element) -> str:
        loose = any(len([p for p in i if isinstance(p, nodes.paragraph)]) > 1 for i in node)
        markup = "".join(f", [{self.anchors(i)}{self.content(i)}]" for i in node)
        return f"tight: {'false' if loose else 'true'}{markup}"

    def typst_bullet_list(self, node: nodes.bullet_list) -> str:
        return f"\n\n#list({self.items(node)})\n\n"

    def typst_enumerated_list(self, node: nodes.enumerated_list) -> str:
        start = node.get("start", 1)
        return f'\n\n#enum(start: {start}, numbering: "1.", {self.items(node)})\n\n'

    def typst_definition_list(self, node: nodes.definition_list) -> str:
        # Each definition is a paragraph of its own.
        listed = [[self.content([part]) for part in item] for item in node]
        single = all(len(texts) < 3 for texts in listed)
        apart = "tight: true" if single else "tight: false, spacing: 1.7em"
        item = ", terms.item([{}], [{}])".format
        items = "".join(item(term, "\n\n".join(texts)) for term, *texts in listed)
        return f"\n\n#terms({apart}{items})\n\n"

    def typst_literal_block(self, node: nodes.Element) -> str:
        return f"\n\n#raw(block: true, {typst_string(node.astext())})\n\n"

    def typst_admonition(self, node: nodes.Element) -> str:
        kind = "unknown" if "unknown" in node["classes"] else "note"
        title, body = self.content(node[0]), self.content(node[1:])
        return f'\n\n#admonition("{kind}", [{title}])[{body}]\n\n'

    # Figures and tables.

    def supplement(self, node: nodes.Element) -> str:
        """Return what links to a figure or table say of where they lead."""
        number = self.caption_number(node)
        return f"supplement: [{escape(number)}], " if number else ""

    def typst_figure(self, node: nodes.figure) -> str:
        label = drawing_label(node, self.docname)
        at = self.targets.drawn.get(chart_of(node), label)
        if at == COVER and self.docname == self.config.root_doc:
            return ""
        own = f"#label({typst_string(label)})" if chart_of(node) else self.own_label(node)
        elsewhere = f" #drawn-on({typst_string(at)});" if at != label else ""
        words = [child for child in node if isinstance(child, nodes.caption | nodes.legend)]
        text = "\n\n".join(
            self.caption(node, child, elsewhere)
            if isinstance(child, nodes.caption)
            else self.content(child)
            for child in words
        )
        if elsewhere:
            return f"\n\n#again[{text}]{own}\n\n"
        body = self.content([child for child in node if child not in words]).strip()
        how = self.supplement(node) + (f"caption: [{text}], " if text else "")
        return f"\n\n#figure(kind: image, {how}[{body}]){own}\n\n"

    def typst_image(self, node: nodes.image) -> str:
        uri = node["uri"]
        if uri not in self.builder.images:
            raise self.error(node, f"the image {uri!r} is not a file of the book")
        if not node.get("alt"):
            raise self.error(node, f"the image {uri!r} has no alternative text")
        path = typst_string(f"images/{self.builder.images[uri]}")
        alt = typst_string(" ".join(node["alt"].split()))
        width = "100%" if isinstance(node.parent, nodes.figure) else "auto"
        return f"#align(center, picture({path}, alt: {alt}, width: {width}));"

    def typst_table(self, node: nodes.table) -> str:
        rows = [*node.findall(nodes.row)]
        heads = sum(map(len, node.findall(nodes.thead)))
        texts = [[entry.astext() for entry in row] for row in rows]
        fit = fit_columns(texts, header=heads)
        markup = self.grid(rows, heads, fit)
        long = len(rows) > LONG_TABLE or sum(len(cell) for row in texts for cell in row) > LONG_TEXT
        if isinstance(node[0], nodes.title):
            kind = '"long table"' if long else "table"
            caption = f"{self.supplement(node)}caption: [{self.caption(node, node[0])}]"
            markup = f"figure(kind: {kind}, {caption}, {markup}){self.own_label(node)}"
        else:
            broken = "true" if long else "false"
            markup = f"block(above: 1.4em, below: 1.4em, breakable: {broken}, {markup})"
        return f"\n\n#{markup}\n\n"

    def grid(self, rows: Sequence[nodes.row], heads: int, fit: Fit) -> str:
        """Return the markup of a table without its caption; the first `heads` rows repeat."""
        aligned = [
            "right" if any("text-right" in row[i]["classes"] for row in rows) else "left"
            for i in range(len(fit.widths))
        ]
        cells = [", ".join(map(self.cell, row)) for row in rows]
        arguments = [
            f"size: {fit.size:g}pt",
            f"header: {heads}",
            f"columns: ({', '.join(fit.widths)},)",
            f"align: ({', '.join(aligned)},)",
            *([f"table.header(repeat: true, {', '.join(cells[:heads])})"] if heads else []),
            *cells[heads:],
        ]
        return "grid-of(\n  " + ",\n  ".join(arguments) + ",\n)"

    def cell(self, entry: nodes.entry) -> str:
        # A row is not torn over two pages, unless it is long enough to need it.
        whole = "breakable: false" if len(entry.astext()) < 800 else ""
        return f"table.cell({whole})[{self.anchors(entry)}{self.content(entry)}]"
