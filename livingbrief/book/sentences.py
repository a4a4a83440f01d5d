"""What a page says: statements in words, figures in place, and no sentence on an unknown number.

One sentence stands on a line. A sentence that prints a number without a value is left out, and so
is one on a figure that this edition does not show. A paragraph, or table, of which all sentences
with numbers or statements are left out goes whole; so does a heading, or box, with nothing left
below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from livingbrief.book.prose import BRACKET, EXHIBIT, Prose, UnknownKeyError, UnusableKeyError
from livingbrief.claims.statements import Block, expanded, parts
from livingbrief.values.latest import LATEST, in_one_year

#: File where a report is made: what its pages leave out.
LEFT_OUT = "left_out.txt"
_HEADING = re.compile(r"(#+) ")
_FENCE = re.compile(r"(:{3,}|`{3,})(.*)")
#: A number of a year of a loop.
_OF_YEAR = re.compile(r'\["(?:19|20)\d\d"\]')
_LABEL = re.compile(r"\([\w-]+\)=$")


@dataclass
class _Line:
    """A line that is kept or not; `counts`: it has a number or judges; `depth` of a heading."""

    text: str
    counts: bool = False
    kept: bool = True
    kind: str = "text"
    depth: int = 0


@dataclass
class Page:
    """A page that is being filled.

    `prose`: fills it; `lists`: the years of its loops; `where`: its path, for messages;
    `left_out`: for who writes it, where a sentence was left out and the key, source or time that
    is not known.
    """

    prose: Prose
    lists: Mapping[str, Sequence[int]] = field(default_factory=dict)
    where: str = ""
    left_out: list[str] = field(default_factory=list)
    _at: int = 0

    def fill(self, text: str) -> str:
        """Return a page in Markdown, without what this edition cannot say.

        Raises
        ------
        RecordError
            A block is broken.
        UnknownKeyError, UnusableKeyError, jinja2.TemplateError
            As `Prose.fill`.
        """
        lines = self._read(text)
        for paragraph in _paragraphs(lines):
            counted = [line for line in paragraph if line.counts]
            if counted and not any(line.kept for line in counted):
                for line in paragraph:
                    line.kept = False
        _drop_empty(lines)
        kept = "\n".join(line.text for line in lines if line.kept)
        return self.prose.fill(re.sub(r"\n{3,}", "\n\n", kept))

    def sentences(self, text: str) -> str:
        """Return the sentences of a record that this edition can say, on one line, not filled."""
        return " ".join(line.text for line in self._read(text) if line.kept and line.text)

    def _read(self, text: str) -> list[_Line]:
        found: list[_Line] = []
        for before, run in expanded(text, self.lists):
            self._at = before + 1
            for part in parts(run, self.where):
                found += self._lines(part)
                self._at += 1 if isinstance(part, str) else part.lines + 1
        return found

    def _lines(self, part: str | Block) -> Iterator[_Line]:
        if isinstance(part, str):
            yield self._line(part)
        elif part.kind != "statement":
            yield self._exhibit(part)
        elif said := self.prose.said(part.id, {} if "rule" in part.fields else part.words):
            for line in said.split("\n"):
                yield self._line(line, judges=True)
        else:
            yield self._left("", self.prose.missing(part.id))

    def words(self, block: Block) -> tuple[str, str]:
        """Return title and caption of a figure or table, as templates; empty where unknown."""
        judged = self.prose.said(block.id) if block.id else ""
        texts = judged or block.fields.get("title", ""), block.fields.get("caption", "")
        lines = ([self._line(line) for line in text.split("\n")] for text in texts)
        title, caption = (" ".join(x.text for x in of if x.kept and x.text) for of in lines)
        return title, caption

    def _exhibit(self, block: Block) -> _Line:
        """Return the directive that shows a figure or table."""
        name, said = block.exhibit, self.words(block)
        if name.startswith("tbl-"):
            rows = f'{{{{ rows_of("{name}") }}}}'
            text = f"```{{table}} {' '.join(filter(None, said))}"
            text += f'{{{{ mark_of("{name}") }}}}\n:name: {name}\n:align: left\n\n'
            text += f"{rows}\n```"
        else:
            text = f"```{{shown}} {name}\n{':titled:' if said[0] else ''}\n\n"
            text += "\n\n".join(filter(None, said)) + "\n```"
        return _Line(text, counts=True, kept=self.prose.shows(name), kind="exhibit")

    def _line(self, text: str, *, judges: bool = False) -> _Line:
        if not text.strip() or text.startswith("{%"):
            return _Line(text, kind="blank" if not text.strip() else "code")
        if fence := _FENCE.match(text.strip()):
            return _Line(text, kind="fence", depth=len(fence[1]) * (1 if fence[2] else -1))
        heading = _HEADING.match(text)
        kind = "heading" if heading else "label" if _LABEL.match(text) else "text"
        depth = len(heading[1]) if heading else 0
        line = in_one_year(self.prose.results, BRACKET.sub(self.prose.referred, text))
        if line is None:
            return self._left(text, "no year in common", kind, depth)
        if hidden := next((n for n in EXHIBIT.findall(line) if not self.prose.shows(n)), ""):
            return self._left(text, hidden, kind, depth)
        try:
            read = self.prose.read(line)
            if _OF_YEAR.search(line):
                # An edition may record a number of none of the years that a loop names.
                self.prose.fill(line)
        except (UnknownKeyError, UnusableKeyError) as error:
            return self._left(text, str(error.args[0]), kind, depth)
        known = self.prose.known
        plain = heading or line.startswith(("|", ":", "%"))
        if unknown := next((leaf.key for leaf in read if not leaf.known), ""):
            latest = f"{unknown.rpartition('.')[0]}{LATEST}"
            return self._left(text, latest if latest in line else unknown, kind, depth)
        if known and not plain and (later := known.later(line)):
            # What stands beside it is said of its own time.
            return self._left(text, later, kind, depth, counts=judges or bool(read))
        if known and not plain:
            line = self.prose.dated(known.cites(line))
        return _Line(line, counts=judges or bool(read), kind=kind, depth=depth)

    def _left(
        self, text: str, why: str, kind: str = "text", depth: int = 0, *, counts: bool = True
    ) -> _Line:
        if why:
            self.left_out.append(f"{self.where}, line {self._at}: {why}")
        return _Line(text, counts=counts, kept=False, kind=kind, depth=depth)


def _paragraphs(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Yield runs of lines of text; a dropped statement does not end one."""
    run: list[_Line] = []
    for line in lines:
        if line.kind == "text":
            run.append(line)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _drop_empty(lines: Sequence[_Line]) -> None:
    """Leave out boxes and headings with nothing left in or below them."""
    opened: list[int] = []
    for at, line in enumerate(lines):
        if line.kind == "fence" and line.depth > 0:
            opened.append(at)
        elif line.kind == "fence" and opened:
            begin = opened.pop()
            within = lines[begin + 1 : at]
            if not any(map(_says, within)) and not all(inner.kept for inner in within):
                for inner in lines[begin : at + 1]:
                    inner.kept = False
    for at in reversed(range(len(lines))):
        head = lines[at]
        if head.kind != "heading" or head.depth == 1:
            continue
        below = []
        for line in lines[at + 1 :]:
            if line.kind == "heading" and line.depth <= head.depth:
                break
            below.append(line)
        if not any(_says(line) or (line.kind == "heading" and line.kept) for line in below):
            head.kept = False
            if at and lines[at - 1].kind == "label":
                lines[at - 1].kept = False


def _says(line: _Line) -> bool:
    return line.kept and line.kind in ("text", "exhibit") and not line.text.startswith(":")
