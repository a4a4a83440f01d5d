"""Numbers of a page as nodes that know their key: the Sphinx side of `livingbrief.book.marks`.

In HTML a number is ``<a class="n" data-key="…" data-form="…" href="…">``, which leads to where it
was made (`livingbrief.book.cards`), or a ``span`` within a link; in the PDF a span of the structure
tree. In code, raw HTML and alternative texts it is plain text.
"""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from livingbrief.book.marks import MARK, key_and_form, unmarked

PLAIN = (nodes.FixedTextElement, nodes.literal, nodes.raw)


class KeyedNumber(nodes.inline):
    """A printed number: `key` says which, `form` in which form, `href` where it was made."""


class KeyNumbers(SphinxTransform):
    """Put a node in the place of each mark, before anything reads a title or a caption.

    Sphinx may make text of the words of links: `KeyNumbersOfLinks` sees to these.
    """

    default_priority = 5

    def apply(self, **_: Any) -> None:
        """Change the document."""
        for element in self.document.findall(nodes.Element):
            for name, value in element.attributes.items():
                if isinstance(value, str):
                    element[name] = unmarked(value)
                elif isinstance(value, list):
                    element[name] = [unmarked(v) if isinstance(v, str) else v for v in value]
        for text in list(self.document.findall(nodes.Text)):
            if not within(text, addnodes.pending_xref):
                _put_nodes(text)


class KeyNumbersOfLinks(SphinxPostTransform):
    """Put a node in the place of each mark in the words of links, once they are resolved."""

    default_priority = 900

    def run(self, **_: Any) -> None:
        """Change the document."""
        for text in list(self.document.findall(nodes.Text)):
            _put_nodes(text)


def around(node: nodes.Node) -> Iterator[Any]:
    """Yield the nodes that stand around a node, the nearest first."""
    while (node := node.parent) is not None:
        yield node


def within(node: nodes.Node, kinds: Any) -> bool:
    """Whether a node stands in one of some kinds."""
    return any(isinstance(parent, kinds) for parent in around(node))


def _put_nodes(text: nodes.Text) -> None:
    content = str(text)
    plain = unmarked(content)
    if plain != content:
        kept = [nodes.Text(plain)] if within(text, PLAIN) else list(_pieces(content))
        text.parent.replace(text, kept)


def _pieces(content: str) -> Iterator[nodes.Node]:
    end = 0
    for mark in MARK.finditer(content):
        if before := unmarked(content[end : mark.start()]):
            yield nodes.Text(before)
        key, form = key_and_form(mark[1])
        yield KeyedNumber("", unmarked(mark[2]), key=key, form=form)
        end = mark.end()
    if after := unmarked(content[end:]):
        yield nodes.Text(after)


def plain_contents(app: Sphinx, _: nodes.document) -> None:
    """Print numbers of headings as text in contents and navigation, where they stand again."""
    env = app.env
    for found in (env.tocs, env.titles, env.longtitles):
        for number in list(found[env.docname].findall(KeyedNumber)):
            number.parent.replace(number, number.children)


def visit(writer: HTML5Translator, node: KeyedNumber) -> None:
    """Open a link or a span with key and form."""
    data = {f"data-{name}": node[name] for name in ("key", "form") if node[name]}
    tag = "a" if (href := node.get("href")) else "span"
    data |= {"href": href} if href else {}
    if late := writer.config.livingbrief_later.get(node["key"]):
        data |= {"title": late}
    writer.body.append(writer.starttag(node, tag, "", CLASS="n later" if late else "n", **data))


def depart(writer: HTML5Translator, node: KeyedNumber) -> None:
    """Close it."""
    writer.body.append("</a>" if node.get("href") else "</span>")


def setup(app: Sphinx) -> None:
    """Register node and transforms; the book's extension calls it."""
    # Key to the vintages of what was printed later than the edition looks back to.
    app.add_config_value("livingbrief_later", {}, "env")
    app.add_node(KeyedNumber, html=(visit, depart))
    app.add_transform(KeyNumbers)
    app.add_post_transform(KeyNumbersOfLinks)
    # After Sphinx's own collectors of titles and contents.
    app.connect("doctree-read", plain_contents, priority=900)
