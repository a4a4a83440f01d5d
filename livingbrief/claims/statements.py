"""Blocks of a page: a sentence that judges, with its rule, and a figure or table with its title.

::

    :::{statement} F530
    rule: a.b.2022 < 100 within 2
    holds: **It bought less** than in 2021.
    near: It bought about as much as in 2021.
    fails: It bought no less than in 2021.
    :::

The words of the outcome take the place of the block: nothing where a number is unknown and it has
no words for that (``unknown:``). ``:::{exhibit} fig-…`` or ``tbl-…`` places what a notebook shows;
it has a ``title``, or an id and a rule as a statement has, and a ``caption``. A rule is written
once: another page repeats the words by the id alone, or has words of its own. Between
``{% for year in shocks %}`` and ``{% endfor %}`` ``a.b[year]`` is the number of each year, in a
rule too. A line without a field goes on with the last.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from livingbrief.errors import read_text, suggest
from livingbrief.records import RecordError

#: How the rule of a statement in a loop names the year.
EACH_YEAR = "{year}"
OUTCOMES = ("holds", "fails", "near", "unknown")
#: Folders of ``book/`` with pages in English: of the chapters, and of country reports.
FOLDERS = ("chapters", "country")
#: Records of ``book/`` that hold sentences.
RECORDS = ("claims.yml", "recommendations.yml", "errata.yml")
_FIELDS = ("rule", *OUTCOMES, "title", "caption")
_OPEN = re.compile(r":::\{(statement|exhibit)\} +((?:F|fig-|tbl-)[\w-]+)(?: +(F\w+))? *$")
_FIELD = re.compile(rf"({'|'.join(_FIELDS)}): ?(.*)")
_LOOP = re.compile(r"^\{% for year in (\w+) %\}\n(.*?)^\{% endfor %\}\n?", re.MULTILINE | re.DOTALL)
_IN_BLOCK = re.compile(r"(:::\{statement\} F\w+)")


@dataclass(frozen=True)
class Block:
    """One block: a ``statement``, or an ``exhibit``, a figure or table.

    `exhibit`: name of what it shows; `id`: of its statement, empty for a title that does not judge;
    `line`: where it begins, counted from 1; `lines`: how many follow.
    """

    kind: str
    exhibit: str
    id: str
    line: int
    fields: Mapping[str, str] = field(default_factory=dict)
    lines: int = 0

    @property
    def words(self) -> dict[str, str]:
        """What it says by each outcome; none where it repeats what another page says."""
        return {name: self.fields[name] for name in OUTCOMES if name in self.fields}


def parts(text: str, where: str = "") -> Iterator[str | Block]:
    """Yield the lines of a page, and its blocks.

    Raises
    ------
    RecordError
        A block does not end, or has a line before its first field: `where` and the line are named.
    """
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        opened = _OPEN.match(lines[at].strip())
        if opened is None:
            yield lines[at]
            at += 1
            continue
        begins, fields, last = at + 1, dict[str, str](), ""
        for at in range(begins, len(lines) + 1):
            line = lines[at].strip() if at < len(lines) else ""
            if line == ":::":
                break
            if not line or line.startswith(":::"):
                raise RecordError(f"{where}, line {begins}: the block is not closed by ':::'")
            named = _FIELD.match(line)
            meant = suggest(line.partition(":")[0], _FIELDS) if ":" in line else ""
            if named:
                last = named[1]
                fields[last] = "\n".join(filter(None, (fields.get(last, ""), named[2])))
            elif meant or not last:
                raise RecordError(
                    f"{where}, line {at + 1}: '{line}' has no field: {', '.join(_FIELDS)}.{meant}"
                )
            else:
                fields[last] += f"{' ' if last == 'rule' else chr(10)}{line}"
        at += 1
        kind, name, own = opened.groups()
        exhibit, own = ("", name) if kind == "statement" else (name, own or "")
        yield Block(kind, exhibit, own, begins, fields, at - begins)


def blocks(text: str, where: str = "") -> list[Block]:
    """Return the blocks of a page."""
    return [part for part in parts(text, where) if isinstance(part, Block)]


def expanded(text: str, lists: Mapping[str, Sequence[int]]) -> Iterator[tuple[int, str]]:
    """Yield a page with what stands in its loops said of each year of a list, by runs of lines.

    Each run comes with the number of lines before it. A number of a year that is not asked for is
    unknown; a statement has the year in its id.
    """
    end = 0
    for loop in _LOOP.finditer(text):
        if loop[1] not in lists:
            raise RecordError(f"'for year in {loop[1]}': there is {', '.join(lists)}")
        runs = [(end, text[end : loop.start()])]
        runs += [(loop.start(2), of_year(loop[2], year)) for year in lists[loop[1]]]
        yield from ((text.count("\n", 0, at), run[:-1]) for at, run in runs if run)
        end = loop.end()
    yield text.count("\n", 0, end), text[end:]


def of_year(text: str, year: int) -> str:
    """Return what a loop says of one year."""
    text = _IN_BLOCK.sub(rf"\g<1>y{year}", text.replace("[year]", f'["{year}"]'))
    return re.sub(r"\{\{ *year *\}\}", str(year), text)


def chapter(page: str | Path) -> str:
    """Return what findings name a page or notebook: those of country reports with their folder."""
    path = Path(page)
    return f"{FOLDERS[1]}/{path.stem}" if path.parent.name == FOLDERS[1] else path.stem


def pages(root: Path) -> list[Path]:
    """Return the pages in English, and the records of ``book/`` that hold sentences."""
    book = root / "book"
    found = (p for p in book.rglob("*.md") if not (p.parent / "words.yml").is_file())
    return [*sorted(found), *(p for name in RECORDS if (p := book / name).is_file())]


def ruled(root: Path) -> Iterator[dict[str, str]]:
    """Yield the statements of the pages, with ``id``, ``chapter``, ``rule`` and words."""
    for page in pages(root):
        where = page.relative_to(root).as_posix()
        for block in blocks(read_text(page), where):
            if "rule" not in block.fields:
                continue
            if not block.id:
                raise RecordError(
                    f"{where}, line {block.line}: a title with a rule has an id: "
                    f"':::{{{block.kind}}} {block.exhibit} F123'"
                )
            own = {"id": block.id, "chapter": chapter(page), "fails": "", **block.words}
            yield {**own, "rule": block.fields["rule"].replace("[year]", ".{year}")}
