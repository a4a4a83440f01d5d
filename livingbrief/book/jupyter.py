"""Executed notebooks as Jupyter shows them: prose filled, and in Jupyter's own Markdown.

A chapter's source holds templates and MyST's roles and directives, which only the book reads. The
copies that a reader takes away say in plain words what the chapter says: links to chapters are
their titles, those to figures their numbers, citations author and year, as on the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from livingbrief.charts.directive import EXHIBIT_MIME
from livingbrief.notebooks import TEMPLATE_MIME
from livingbrief.values.numbers import NBSP

if TYPE_CHECKING:
    from sphinx.application import Sphinx

Words = Callable[[str, str], str]

#: Metadata of the captions that are added here; the book takes them from the exhibits.
CAPTION = {"livingbrief": "caption"}

_FENCE = re.compile(r"^(\s*)(`{3,}|:{3,}|~{3,})(?:\{([\w:-]+)\})?\s*(.*?)\s*$")
_INLINE = re.compile(
    r"\{(?P<role>[a-z][\w:-]*)\}(?P<tick>`+)(?P<content>.+?)(?P=tick)(?!`)"
    r"|(?P<mark>`+)(?!`).+?(?<!`)(?P=mark)(?!`)"
    r"|(?<!!)\[(?P<words>[^\]\[]*)\]\((?![a-z]+:)[^)\s]*\)"
    r"|(?P<begin>^)?\[\^(?P<note>[^\]\s]+)\](?(begin):?)"
    r"|\\\$|(?P<dollar>\$)",
    re.S | re.M,
)
_LEFT_OUT = re.compile(r"^(?:\([\w.:-]+\)=|%.*|\+\+\+.*)$")
_ATTRIBUTES = re.compile(r"(?<=[\])`])\{[.#][^}\n]*\}")
_CODE = {"code", "code-block", "sourcecode"}
_NO_TEXT = {"bibliography", "contents", "include", "index", "raw", "toctree"}
_CAPTIONED = {"list-table", "table"}
_TITLED = {"admonition", "dropdown", "sidebar", "topic"}
_PLAIN = {"container", "div", "figure", "margin", "only"}


def readable(text: str, words: Words, notes: list[str]) -> str:
    """Return filled prose in Markdown that Jupyter reads.

    Parameters
    ----------
    text : str
        One cell, in MyST.
    words : callable
        Role and content to what stands in their place.
    notes : list of str
        Names of the notebook's footnotes as they are numbered; those of this cell are added.
    """
    lines = "\n".join(_lines(text.split("\n"), words, notes))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _lines(lines: Sequence[str], words: Words, notes: list[str]) -> Iterator[str]:
    prose: list[str] = []
    rest = iter(lines)
    for line in rest:
        fence = _FENCE.match(line)
        # A colon fence without a name, or inline code between three marks, opens nothing.
        if fence is None or (fence[3] is None and (fence[2][0] == ":" or "`" in fence[4])):
            prose.append(line)
            continue
        yield from _prose(prose, words, notes)
        prose = []
        closing = re.compile(rf"\s*{fence[2][0]}{{{len(fence[2])},}}\s*")
        body = []
        for inner in rest:
            if closing.fullmatch(inner):
                break
            body.append(inner.removeprefix(fence[1]))
        if fence[3] is None:
            block: Iterator[str] = iter([line.strip(), *body, fence[2]])
        else:
            block = _directive(fence[3], fence[4], body, words, notes)
        yield from (f"{fence[1]}{inner}".rstrip() for inner in block)
    yield from _prose(prose, words, notes)


def _directive(
    name: str, title: str, body: list[str], words: Words, notes: list[str]
) -> Iterator[str]:
    while body and re.match(r":[\w-]+:", body[0]):
        body = body[1:]
    if name in _NO_TEXT:
        return
    if name in _CODE:
        yield from (f"```{title}", *body, "```")
    elif name in _CAPTIONED:
        if title:
            yield from (f"*{_inline(title, words, notes)}*", "")
        yield from _lines(body, words, notes)
    elif name in _PLAIN:
        yield from _lines(body, words, notes)
    else:
        head = title if name in _TITLED else name.capitalize()
        if name not in _TITLED and title:
            body = [title, *body]
        quoted = [f"**{_inline(head, words, notes)}**", "", *_lines(body, words, notes)]
        yield from (f"> {line}".rstrip() for line in quoted)


def _prose(lines: Sequence[str], words: Words, notes: list[str]) -> Iterator[str]:
    kept = [line for line in lines if not _LEFT_OUT.match(line)]
    if kept:
        text = _ATTRIBUTES.sub("", "\n".join(kept))
        yield from _inline(text, words, notes).split("\n")


def _inline(text: str, words: Words, notes: list[str]) -> str:
    def put(found: re.Match[str]) -> str:
        if found["role"]:
            return words(found["role"], found["content"])
        if found["words"] is not None:
            return _inline(found["words"], words, notes)
        if found["note"]:
            if found["note"] not in notes:
                notes.append(found["note"])
            return f"<sup>{notes.index(found['note']) + 1}</sup>"
        # Two dollars of a paragraph would be mathematics to Jupyter.
        return "\\$" if found["dollar"] else found[0]

    return _INLINE.sub(put, text)


class RoleWords:
    """What the roles of one page print, told from the book that Sphinx has built.

    Parameters
    ----------
    app : Sphinx
        After the build.
    docname : str
        The page.
    """

    def __init__(self, app: Sphinx, docname: str) -> None:
        self.app = app
        self.docname = docname

    def __call__(self, role: str, content: str) -> str:
        """Return the words in the place of a role."""
        content = " ".join(content.split())
        explicit = re.fullmatch(r"(.+?)\s*<([^<>]+)>", content)
        if role in ("sub", "sup"):
            return f"<{role}>{html.escape(content)}</{role}>"
        if role == "claim":
            return f"claim{NBSP}{content}"
        title, target = (explicit[1], explicit[2]) if explicit else (None, content)
        said = self.linked(role, target, title) or title or content
        return f"*{said}*" if role == "doc" and title is None else said

    def linked(self, role: str, target: str, title: str | None = None) -> str:
        """Return the words of a link to a page, an exhibit or a work, else ''."""
        from docutils import nodes
        from sphinx import addnodes

        env = self.app.env
        name, _, kind = role.rpartition(":")
        domain = env.domains.get(name or "std")
        if domain is None or kind not in domain.roles:
            return ""
        words = nodes.inline("", title or target)
        link = addnodes.pending_xref(
            "",
            words,
            refdomain=domain.name,
            reftype=kind,
            reftarget=target,
            refexplicit=title is not None,
            refdoc=self.docname,
            refwarn=False,
        )
        found = domain.resolve_xref(env, self.docname, self.app.builder, kind, target, link, words)
        return "" if found is None else str(found.astext())


def filled(executed: Path, prose: Mapping[str, str], words: RoleWords) -> str:
    """Return an executed notebook with its prose filled and its exhibits numbered and named.

    Parameters
    ----------
    prose : mapping
        Id of a cell, or its template, to its prose, filled, in MyST.
    """
    book = nbformat.v4.reads(executed.read_text("utf-8"))
    notes: list[str] = []
    kept = []
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = readable(prose[cell.id], words, notes)
        if cell.cell_type == "code":
            cell.outputs = list(_captioned(cell.outputs, words))
            for data in (output.get("data", {}) for output in cell.outputs):
                if template := data.get(TEMPLATE_MIME):
                    data["text/markdown"] = readable(prose[template], words, notes)
                    data["text/plain"] = data["text/markdown"]
            cell.outputs = [o for o in cell.outputs if not _says_nothing(o)]
        if cell.cell_type != "markdown" or cell.source:
            kept.append(cell)
    book.cells = kept
    return str(nbformat.writes(book)) + "\n"


def _says_nothing(output: Any) -> bool:
    data = output.get("data", {})
    return TEMPLATE_MIME in data and not data["text/markdown"]


def _captioned(outputs: Sequence[Any], words: RoleWords) -> Iterator[Any]:
    for output in outputs:
        if output.get("metadata") == CAPTION:
            continue
        data = output.get("data", {})
        if table := re.match(r"```\{table\} (.*)\n:name: (\S+)\n", data.get("text/markdown", "")):
            named = html.escape(f"{words.linked('numref', table[2])}. {table[1]}")
            before, _, rest = data["text/html"].partition("<caption>")
            data["text/html"] = f"{before}<caption>{named}{rest[rest.index('</caption>') :]}"
        yield output
        if exhibit := data.get(EXHIBIT_MIME):
            number, caption = words.linked("numref", exhibit["name"]), exhibit["caption"]
            told = {
                "text/markdown": f"**{number}.** {caption}".replace("$", "\\$"),
                "text/plain": f"{number}. {caption}",
            }
            yield nbformat.v4.new_output("display_data", told, metadata=CAPTION)
