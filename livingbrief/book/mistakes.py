"""What pages, chapters and rules ask for and nobody gives: by file and line, with no build."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from jinja2 import defaults, meta

from livingbrief import notebooks
from livingbrief.book import bibliography, pages
from livingbrief.book.ledger import tally
from livingbrief.book.prose import FILTERS, NO_COMMENT, Leaf
from livingbrief.book.record import Book
from livingbrief.book.state import BookState
from livingbrief.brief import load
from livingbrief.claims import claims, findings, statements
from livingbrief.data.access import open_catalog
from livingbrief.edition import Edition
from livingbrief.errors import read_text, suggest
from livingbrief.records import load_facts
from livingbrief.values import results
from livingbrief.values.latest import LATEST, years_of
from livingbrief.wording import years_in_words

_FORMS = {*vars(Leaf), *results.Number.model_fields, "key", "capitalize"}
_BY_YEAR = {"latest", "since", "{year}", "{before}"}
_BLOCK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
#: Braces that close what none open, and what is before them.
_CLOSED = re.compile(r"[^\s{}]* *\}\}")
_OPEN = re.compile(r"\{\{(?!\{)[^{}]*(?:\}(?!\})|\{\{|\Z)")
_PATH = re.compile(r"(?<![\w./-])[a-z]\w*(?:\.\w+)+")
#: A number by itself, and a name that a template makes.
_PRINTED = re.compile(rf"\{{\{{-?\s*({_PATH.pattern})\s*(?:\||-?\}}\}})")
_MADE = re.compile(r"\{%-?\s*(?:for|set)\s+([\w\s,]+?)\s*(?:\bin\b|=)")
_TEMPLATES = jinja2.Environment(comment_start_string=NO_COMMENT)
_TEMPLATES.filters |= FILTERS
_NAME = re.compile(r"^:name: *(\S+)", re.MULTILINE)
_QUOTED = re.compile(r"""(['"]).*?\1""")
_RECORDS = re.compile(r"""\bnb\.(?:record|tally|missing)\(\s*["']([^"']+)["']""")
_COMMENT = re.compile(r"^ *#.*$", re.MULTILINE)
_NO_LATEST = "a claim names its years; '.latest' is for statements and prose"
#: What a text names; sources are those of records.
_ROLES = (
    ("claim", re.compile(r"""\{claim\}`(\w+)`|["'](C\d\d[a-z]?)["'](?=[,)])""")),
    ("claim", re.compile(r"\bclaims: *\[([^\]]*)\]")),
    ("statement", re.compile(r"^ *:::\{statement\} +(\w+)", re.MULTILINE)),
    (
        "figure",
        re.compile(r"""\{(?:num)?ref\}`(?:[^`<]*<)?((?:fig|tbl)-[^`>]+)|picture\("([^"]+)"""),
    ),
    ("page", re.compile(r"\{doc\}`(?:[^`<]*<)?([^`>]+)")),
    ("work", re.compile(r"\{cite(?::\w+)?\}`([^`]*)`")),
    ("work", re.compile(r"\bsources?: *(?:\[([^\]]*)\]|([\w-]+) *(?:[,}]|$))", re.MULTILINE)),
)


class Keys:
    """The keys that prose and rules may ask for; by `shapes` those of which data name a part."""

    def __init__(self, keys: Iterable[str], shapes: Sequence[re.Pattern[str]] = ()) -> None:
        self.all, self._shapes = {*keys, *(f"verdicts.{name}" for name in tally(()))}, shapes
        parts = [key.split(".") for key in self.all]
        self._stems = {".".join(p[:end]) for p in parts for end in range(1, len(p))}
        self._roots = {p[0] for p in parts}

    def fault(self, path: str, *, whole: bool = True) -> str:
        """Say what is wrong with a path, such as ``a.b.latest.moved``; empty if nothing is.

        Unless it has to be `whole`, it may be the beginning of keys.
        """
        parts = path.split(".")
        for end in range(len(parts), 0, -1):
            stem, rest = ".".join(parts[:end]), "".join(parts[end : end + 1])
            known = stem in self.all or any(shape.fullmatch(stem) for shape in self._shapes)
            if known or stem in self._stems:
                by_year = not known and rest in _BY_YEAR and years_of(self.all, stem)
                ends = not rest and (known or not whole)
                if ends or by_year or (known and rest in _FORMS):
                    return ""
                break
        stem, _, year = path.rpartition(".")
        if year.isdigit() and (years := [*years_of(self.all, stem)]):
            return f"unknown key '{path}': '{stem}' is declared for {years_in_words(years)}."
        near = [*self.all, *(f"{s}{LATEST}" for s in self._stems if LATEST in path)]
        meant = suggest(".".join(p for p in parts if p not in _FORMS), near)
        return f"unknown key '{path}': no notebook declares it.{meant}"

    def faults(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield what is wrong with the keys of a template, each with its place in it."""
        made = {*re.split(r"[\s,]+", " ".join(_MADE.findall(text))), "vintages"}
        for block in _BLOCK.finditer(text):
            printed = _PRINTED.match(block[0])
            asked = block[0] if "has(" in block[0] else _QUOTED.sub("", block[0])
            for path in dict.fromkeys(_PATH.findall(asked)):
                root = path.split(".")[0]
                known = root in self._roots or suggest(root, [*self._roots])
                whole = bool(printed and printed[1] == path)
                if known and root not in made and (fault := self.fault(path, whole=whole)):
                    yield text.find(path, block.start()), fault


@dataclass(frozen=True)
class Part:
    """A page, a file of rules or a cell of a chapter: its `place` in the file, its text.

    `is_template`: code has braces of its own.
    """

    path: Path
    place: str
    text: str
    is_template: bool


def found(root: Path, files: Sequence[Path], edition: Edition) -> list[str]:
    """Return what pages, chapters and rules name that an edition has not."""
    book, wrong = root / "book", list[str]()
    described = results.load(book / "results.yml")
    families = {name: [f for d in of for f in d.families()] for name, of in described.items()}
    every = [(d, f) for of in described.values() for d in of for f in d.families()]
    asked = {key for d, family in every for key in d.keys(family, edition.parameters())}
    facts = {f"facts.{name}" for name in load_facts(book / "facts.yml")}
    ledger, own = claims.load(book / "claims.yml"), findings.load(root)
    ids = {claim.id for claim in ledger}
    shapes = [results.shape(family) for _, family in every if results.ANY in family]
    chances = {f"chances.{item.id}" for item in own}
    keys = Keys(asked | facts | chances | ids, shapes)
    known = {*_words(root, edition), *(key.split(".")[0] for key in keys.all)}
    parts = [part for path in files for part in _parts(path)]
    shown = [(notebooks.EXHIBIT if p.place else _NAME).findall(p.text) for p in parts]
    pages_of = {f"/{p.relative_to(root).with_suffix('').as_posix()}" for p in files}
    names = {
        "claim": ids,
        "statement": {item.id for item in own},
        "work": {*bibliography.load(book / "references.bib")},
        "page": pages_of | {path.stem for path in files},
        "figure": {name for of in shown for name in of},
    }
    rules = [*_of_rules(ledger, own, keys)]
    for part in parts:
        at = [*keys.faults(part.text), *_of_roles(part, names)]
        at += ((o.start(), "open braces") for o in _OPEN.finditer(part.text))
        at += [*_unfit(part.text, known), *_unopened(part.text)] if part.is_template else ()
        ruled = {statements.chapter(part.path), part.path.name}
        here = [(key, fault) for where, key, fault in rules if where in ruled]
        at += [(part.text.find(key), fault) for key, fault in here if key in part.text]
        if part.place:
            at += _of_records(part.text, families.get(part.path.stem, []), asked, keys)
        lines = sorted((part.text.count("\n", 0, n) + 1, fault) for n, fault in {*at})
        where = f"{part.path.relative_to(root)}{part.place}"
        wrong += [f"{where}, line {n}: {fault}" for n, fault in lines]
    return wrong


def _parts(path: Path) -> Iterator[Part]:
    """Yield a file, without comments of YAML, or the cells of a chapter."""
    if path.suffix != ".ipynb":
        text = read_text(path)
        yield Part(path, "", _COMMENT.sub("", text) if path.suffix == ".yml" else text, True)
        return
    for number, cell in enumerate(notebooks.read(path)["cells"], 1):
        yield Part(path, f", cell {number}", cell["source"], cell["cell_type"] != "code")


def _of_rules(
    ledger: Sequence[claims.Claim], own: Sequence[findings.Finding], keys: Keys
) -> Iterator[tuple[str, str, str]]:
    """Yield the file or chapter of a rule, a key that it reads, and what is wrong with it."""
    file = "claims.yml"
    measures = [(claim.id, m) for claim in ledger for m in claim.measures]
    read = [(file, name, key) for name, m in measures for key in (m.key, m.than) if key]
    yield from (
        (file, key, f"{name}: {_NO_LATEST}") for _, name, key in read if key.endswith(LATEST)
    )
    read += [(file, claim.id, item.key) for claim in ledger for item in claim.shown]
    read += [(item.chapter, item.id, key) for item in own for key in (*item.keys, *item.claims)]
    for where, name, key in read:
        if fault := keys.fault(key):
            yield where, key, f"{name}: {fault}"


def _of_roles(part: Part, names: Mapping[str, Collection[str]]) -> Iterator[tuple[int, str]]:
    """Yield what a text names that is not there, a claim or a figure, with its place."""
    for kind, role in _ROLES if part.path.suffix == ".yml" else _ROLES[:-1]:
        for named in role.finditer(part.text):
            asked = {*re.split(r",\s*", "".join(filter(None, named.groups())))} - {*names[kind]}
            for name in filter(None, asked):
                meant = suggest(name, [*names[kind]])
                yield named.start(), f"unknown {kind} '{name}'.{meant}"


def _of_records(
    code: str, families: list[str], asked: Collection[str], keys: Keys
) -> Iterator[tuple[int, str]]:
    """Yield what a cell records that ``results.yml`` does not describe, with its place."""
    for record in _RECORDS.finditer(code):
        looks = re.compile(re.sub(r"\\\{\w*\\\}", r"[\\w.{}]*", re.escape(record[1])))
        if not any(map(looks.fullmatch, (*families, *asked))) and keys.fault(record[1]):
            fault = f"'{record[1]}' is recorded, and book/results.yml does not describe it."
            yield record.start(), fault + suggest(record[1], families)


def _unopened(text: str) -> Iterator[tuple[int, str]]:
    """Yield what closes braces that none open, with its place."""
    rest = _BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
    for closed in _CLOSED.finditer(rest):
        yield closed.start(), f"'{closed[0]}' closes braces that none open"


def _words(root: Path, edition: Edition) -> Iterable[str]:
    """Return the names that a page may use besides keys."""
    vintages = dict.fromkeys(open_catalog(root).publishers(), "2026")
    book = Book(edition=edition, vintages=vintages)
    state = BookState(root, {}, [], [], book, brief=load(root))
    return (*pages.context(root, state), *defaults.DEFAULT_NAMESPACE, "has", "year")


def _unfit(text: str, known: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield what of a text is no template, or a name that nothing gives, with its place."""
    try:
        asked = meta.find_undeclared_variables(_TEMPLATES.parse(text))
    except jinja2.TemplateSyntaxError as error:
        before = text.splitlines(keepends=True)[: error.lineno - 1]
        yield sum(map(len, before)), str(error.message)
        return
    for name in asked - {*known}:
        found = re.search(rf"(?:{{{{|{{%)[^}}]*\b{name}\b", text)
        yield found.end() if found else 0, f"unknown name '{name}'.{suggest(name, [*known])}"
