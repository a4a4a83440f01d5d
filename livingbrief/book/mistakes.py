"""What pages, chapters and rules ask for and nobody gives: told by file and line, with no build."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import defaults, meta

from livingbrief import notebooks
from livingbrief.book import pages, references
from livingbrief.book.ledger import tally
from livingbrief.book.prose import FILTERS, NO_COMMENT, Leaf
from livingbrief.book.state import BookState
from livingbrief.brief import load
from livingbrief.claims import claims, findings, statements
from livingbrief.data.access import open_catalog
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
        told = suggest(".".join(p for p in parts if p not in _FORMS), near)
        return f"unknown key '{path}': no notebook declares it.{told}"

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
                if known and root not in made and (told := self.fault(path, whole=whole)):
                    yield text.find(path, block.start()), told


def found(root: Path, files: Sequence[Path], edition: Mapping[str, Any]) -> list[str]:
    """Return what pages, chapters and rules name that an edition, by its parameters, has not."""
    book, wrong = root / "book", list[str]()
    described = results.load(book / "results.yml")
    each = [(name, d, f) for name, of in described.items() for d in of for f in d.families()]
    asked = {key for _, d, family in each for key in d.keys(family, edition)}
    facts = {f"facts.{name}" for name in load_facts(book / "facts.yml")}
    ledger, own = claims.load(book / "claims.yml"), findings.load(root)
    names = {"claim": {claim.id for claim in ledger}, "statement": {item.id for item in own}}
    names["work"] = {*references.load(book / "references.bib")}
    shapes = [results.shape(family) for *_, family in each if results.ANY in family]
    chances = {f"chances.{item.id}" for item in own}
    keys = Keys(asked | facts | chances | names["claim"], shapes)
    known = {*_words(root, edition), *(key.split(".")[0] for key in keys.all)}
    code = {path: notebooks.read(path)["cells"] for path in files if path.suffix == ".ipynb"}
    cells = ((p, n, c) for p in code for n, c in enumerate(code[p], 1))
    # Code has braces of its own.
    parts = [(p, f", cell {n}", c["source"], c["cell_type"] != "code") for p, n, c in cells]
    whole = ((path, read_text(path)) for path in files if path not in code)
    parts += [(p, "", _COMMENT.sub("", t) if p.suffix == ".yml" else t, True) for p, t in whole]
    names["page"] = {f"/{p.relative_to(root).with_suffix('').as_posix()}" for p in files}
    names["page"] |= {path.stem for path in files}
    shown = [(notebooks.EXHIBIT if place else _NAME).findall(text) for _, place, text, _ in parts]
    names["figure"] = {name for of in shown for name in of}
    measures = [(claim.id, measure) for claim in ledger for measure in claim.measures]
    rules = [("claims.yml", of, k) for of, m in measures for k in (m.key, m.than) if k]
    undated = [rule for rule in rules if rule[2].endswith(LATEST)]
    rules += [("claims.yml", claim.id, item.key) for claim in ledger for item in claim.shown]
    rules += [(item.chapter, item.id, k) for item in own for k in (*item.keys, *item.claims)]
    bad = [(at, key, f"{of}: {fault}") for at, of, key in rules if (fault := keys.fault(key))]
    bad += [(at, key, f"{of}: {_NO_LATEST}") for at, of, key in undated]
    for path, place, text, is_template in parts:
        told = [*keys.faults(text), *((o.start(), "open braces") for o in _OPEN.finditer(text))]
        told += _unfit(text, known) if is_template else ()
        told += _unopened(text) if is_template else ()
        for kind, role in _ROLES if path.suffix == ".yml" else _ROLES[:-1]:
            for said in role.finditer(text):
                asks = {*re.split(r",\s*", "".join(filter(None, said.groups())))} - names[kind]
                faults = (f"unknown {kind} '{n}'.{suggest(n, [*names[kind]])}" for n in asks if n)
                told += [(said.start(), fault) for fault in faults]
        ruled = {statements.chapter(path), path.name}
        here = [(key, fault) for at, key, fault in bad if at in ruled]
        told += [(text.find(key), fault) for key, fault in here if key in text]
        families = [f for name, _, f in each if name == path.stem]
        for said in _RECORDS.finditer(text) if place else ():
            looks = re.compile(re.sub(r"\\\{\w*\\\}", r"[\\w.{}]*", re.escape(said[1])))
            if not any(map(looks.fullmatch, (*families, *asked))) and keys.fault(said[1]):
                fault = f"'{said[1]}' is recorded, and book/results.yml does not describe it."
                told.append((said.start(), fault + suggest(said[1], families)))
        lines = sorted((text.count("\n", 0, at) + 1, fault) for at, fault in {*told})
        wrong += [f"{path.relative_to(root)}{place}, line {n}: {fault}" for n, fault in lines]
    return wrong


def _unopened(text: str) -> Iterator[tuple[int, str]]:
    """Yield what closes braces that none open, with its place."""
    rest = _BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
    for closed in _CLOSED.finditer(rest):
        yield closed.start(), f"'{closed[0]}' closes braces that none open"


def _words(root: Path, edition: Mapping[str, Any]) -> Iterable[str]:
    """Return the names that a page may use besides keys."""
    vintages = dict.fromkeys(open_catalog(root).publishers(), "2026")
    book = {"edition": {"title": "", **edition}, "narrative": True, "vintages": vintages}
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
