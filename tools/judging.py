"""Where prose judges: sentences that new data could make untrue without anybody noticing.

A judgement has a rule (`livingbrief.claims.findings`). The check names the words that judge in
what stands elsewhere: pages, notebooks, notes of the ledger, and titles, captions and what is said
to be lacking in code. A sentence that was looked at and holds whatever the data say, because it
defines, explains a method or tells of a law, has its hash in ``tools/looked_at.txt``; ``--accept``
writes down all that are named. Blocks under a condition on a value, as
``{% if a.b.2022.value > 0 %}``, have a rule and are passed over.
"""

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from livingbrief import notebooks
from livingbrief.brief import packages
from livingbrief.claims import statements
from livingbrief.paths import project_root
from livingbrief.records import read_yaml

_ACCEPT = "'python -m tools.judging --accept'"
_COMPARED = (
    r"no longer|not any ?more|any longer|"
    r"(?:more|less|fewer|\w{2,}er|worse|better|further) than|"
    r"(?:more|less|fewer|greater)\b[^.;:,]{1,60}? than|"
    r"fewer|higher|lower|larger|smaller|poorer|richer|worse|better|weaker|stronger|"
    r"harder|deeper|faster|slower|steeper|closer|(?:even|far|much) (?:more|less|\w{3,}er)|"
    r"(?:the|its|their) (?!latest|test|rest|interest|west|east|request)(?:\w+est|most|least|"
    r"worst)\b|"
    r"(?:high|low|larg|small|bigg|strong|weak|poor|rich|steep|fast|slow|great)est|"
    r"only|no|none|neither|nothing|"
    r"the (?:first|last) (?:one|time|year|to\b|country|economy|place)|"
    r"most (?:of|people|men|women|children|cases|often|\w+ed)|mostly|mainly|largely|"
    r"majority|minority|predominantly|nearly all|almost all|hardly|barely|rarely|seldom|"
    r"not one|at zero|in (?:a|two|many) decades?|on record|so far|unlike|instead|"
    r"nobody|nowhere|never|always|everywhere|every (?:year|time|shock|measure|vintage|oblast)|"
    r"each time|all (?:of them|years|measures|vintages|\w+ agree)|"
    r"half of|(?:a|two) (?:third|quarter|fifth|tenth)s?|twice|three times|"
    r"double[sd]?|tripled?|halved|already|still|except|apart from|"
    r"ahead of|behind|above|below|beyond|outside|"
    r"as (?:few|many|much|little) as|as \w+ as|as \w+ly (?:\w+ ){1,3}as|alike|level with|"
    r"(?:dis)?agrees?|contradicts?|confirms?|depends? on"
)
_MOVED = (
    r"(?:rose|risen|fell|fallen|grew|grown|shrank|shrunk|dropped|declined|increased|decreased|"
    r"doubled|worsened|improved|widened|narrowed|recovered|peaked|exceed(?:s|ed)?|"
    r"outnumber(?:s|ed)?|"
    r"outpaced|surpass(?:es|ed)?|climbed|soared|plunged|collapsed|halved|vanished|"
    r"disappear(?:s|ed)|"
    r"overt(?:akes?|aken|ook)|(?:over|under)(?:states?|stated|rates?|rated|estimates?|estimated)|"
    r"rebound(?:s|ed)?|remain(?:s|ed)?|becomes?|became|has become|stay(?:s|ed)|closed|"
    r"opened|turned|leads?|led|lags?|lagged|stands? out|spread|shifted|dominates?d?|"
    r"accounts? for|makes? up|rises?|falls|grows?|holds? up|came down|went up|"
    r"lost value|gained|(?:comes?|came) (?:first|last)|broke|went (?:the other|elsewhere)|"
    r"(?:has|have) (?:followed|moved|come)|prevails?|upwards?|downwards?)"
)
#: What is said of the country and its people: how much, how many, how far apart.
_SAID = (
    r"(?:did|does|do) not (?:fall|rise|grow|shrink|change|move|differ|come|hold|bear|keep|show a)|"
    r"(?:more|less) (?:often|people|women|men|children|cases|victims|migrants|citizens|households|"
    r"money|dollars|countries|jobs)|differs? (?:widely|little|much|with|as)|far apart|"
    r"(?:is|are|was|were|but|and) (?:not |no |very |still )?(?:small|large|high|low|common|rare|"
    r"widespread|wide|narrow|strong|weak|steep|loose|true|false|wrong|right)\b|"
    r"borne out|worst|best|whichever|whatever|"
    r"(?:at|in|by) (?:any|every|each|all|none) (?:of|measures?|lines?|cases?|cuts?|editions?)|"
    r"not (?:every|both|distinguishable)|almost certainly|looks? estimated|ruled out|too few|"
    r"(?:move|moves|goes along) (?:with|together)|drifted|over-represented|told apart|unclear|"
    r"plausible|times as (?:many|much)"
)
_TERMS = re.compile(
    r"fewer than five|below the (?:\w+ )*?(?:poverty )?line|(?:first|second) half of|No\. ?\d",
    re.IGNORECASE,
)
JUDGING = re.compile(rf"\b(?:{_COMPARED}|{_MOVED}|{_SAID})\b", re.IGNORECASE)

_TAG = re.compile(r"\{%-?\s*(if|elif|else|endif)\b(.*?)-?%\}", re.DOTALL)
#: What asks only whether something is there, or for which edition.
_ASKS_NO_VALUE = re.compile(r"(?:has|shown)\([^)]*\)|\"[^\"]*\"|'[^']*'")
_ASKS_VALUE = re.compile(r"\w\.\w|verdicts?\b")
_NOT_PROSE = re.compile(
    r"\A---$.*?^---$|```.*?```|\{\{.*?\}\}|\{[\w:-]+\}`[^`]*`|`[^`]*`|\]\([^)]*\)|<[^>\n]*>|\$\$.*?\$\$|"
    r"^(?:\([^\n]*\)=$|:::|\||%|:\w+:)[^\n]*$|^#+ ",
    re.DOTALL | re.MULTILINE,
)
_SENTENCE = re.compile(r"(?<=[.!?]) +(?=[A-Z{*“])")
_ITEM = re.compile(r"\s*(?:(?:[-*]|\d+\.) +)?")
_PRINTED = ("title", "subtitle", "caption", "note")

#: Fields of the files in ``book/`` that hold sentences of ours. A claim, a recommendation and what
#: the errata quote are the brief's.
_RECORDS = {
    "claims.yml": ("note", "would_need", "reason", "parts.statement"),
    "recommendations.yml": ("reading", "events.text", "indicators.note"),
    "errata.yml": ("found",),
    "facts.yml": ("text",),
}
#: A fact of fewer words is a figure or a date, quoted with its source.
_LEAST_WORDS = {"facts.yml": 6}

Judged = tuple[int, str, str]


def judging(prose: str) -> list[Judged]:
    """Return the sentences of plain prose that judge: line, word and sentence.

    Parameters
    ----------
    prose : str
        A page or a cell, one sentence a line; statements and blocks under a condition on a value
        are left out.
    """
    found = []
    text = _NOT_PROSE.sub(_blank, _without_judged_blocks(prose))
    for number, line in enumerate(text.split("\n"), start=1):
        for sentence in _SENTENCE.split(_ITEM.sub("", line, count=1)):
            if word := _word(sentence):
                found.append((number, word[0], " ".join(sentence.split())))
    return found


def _word(sentence: str) -> re.Match[str] | None:
    """Return the word that judges; terms and questions do not."""
    asks = sentence.rstrip(" *").endswith("?")
    return None if asks else JUDGING.search(_TERMS.sub(" ", sentence))


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n") or " "


def _without_judged_blocks(prose: str) -> str:
    """Blank what stands under a condition on a value, line by line."""
    kept, at, judged = [], 0, list[bool]()
    for tag in _TAG.finditer(prose):
        kept.append((prose[at : tag.start()], any(judged)))
        kept.append((tag[0], True))
        at = tag.end()
        if tag[1] == "endif":
            judged = judged[:-1]
        elif tag[1] == "if":
            judged.append(_asks_value(tag[2]))
        elif tag[1] == "elif" and judged:
            judged[-1] = judged[-1] or _asks_value(tag[2])
    kept.append((prose[at:], False))
    return "".join("\n" * part.count("\n") if blank else part for part, blank in kept)


def _asks_value(condition: str) -> bool:
    return bool(_ASKS_VALUE.search(_ASKS_NO_VALUE.sub(" ", condition)))


def judging_code(code: str, *, returned: bool = False) -> list[Judged]:
    """Return the titles, captions and notes in code that judge: line, word and text.

    Parameters
    ----------
    code : str
        Python. What is typed as ``title``, ``subtitle``, ``caption`` or ``note`` of a call counts.
    returned : bool
        Constants of the module and what a function that is annotated to return a text returns
        count too; a text that begins with a small letter is a word that the code has chosen.
    """
    found = []
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return []
    for text in sorted(set(_texts(tree, returned))):
        first, said = text
        if word := _word(said):
            found.append((first, word[0], " ".join(said.split())))
    return found


def _texts(tree: ast.Module, returned: bool) -> Iterator[tuple[int, str]]:
    assigned = _assigned(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg in _PRINTED:
                    yield from _said(keyword.value, assigned)
            if isinstance(node.func, ast.Attribute) and node.func.attr == "lacks":
                for given in node.args:
                    yield from _said(given, assigned)
        elif returned and isinstance(node, ast.FunctionDef) and _gives_text(node):
            own = _assigned(node)
            for part in ast.walk(node):
                if isinstance(part, ast.Return) and part.value is not None:
                    yield from _sentences(_said(part.value, own))
    for statement in tree.body if returned else ():
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            yield from _sentences(_typed(statement.value))


def _gives_text(function: ast.FunctionDef) -> bool:
    return isinstance(function.returns, ast.Name) and function.returns.id in ("str", "Markdown")


def _sentences(texts: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    yield from (text for text in texts if not text[1][:1].islower())


def _assigned(scope: ast.AST) -> dict[str, list[ast.expr]]:
    """Return the names that are assigned, each with all its expressions."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (target.id for target in targets if isinstance(target, ast.Name)):
                found.setdefault(name, []).append(node.value)
    return found


def _said(value: ast.expr, assigned: dict[str, list[ast.expr]]) -> Iterator[tuple[int, str]]:
    """Yield what an expression types, itself or by the names in it."""
    yield from _typed(value)
    for part in ast.walk(value):
        for given in assigned.get(part.id, ()) if isinstance(part, ast.Name) else ():
            yield from _typed(given)


def _typed(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the texts that an expression types: first line, words."""
    if isinstance(node, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "…" for p in node.values)
        yield node.lineno, "".join(map(str, parts))
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.lineno, node.value
    elif not isinstance(node, ast.Subscript | ast.Compare):  # keys and comparisons are not said
        for below in ast.iter_child_nodes(node):
            yield from _typed(below)


def judging_in(root: Path) -> Iterator[str]:
    """Yield a line for each judging sentence outside findings that nobody has looked at."""
    known = looked_at(root)
    for where, word, sentence in judging_all(root):
        if _hash(sentence) not in known:
            short = sentence if len(sentence) <= 90 else f"{sentence[:87]}…"
            yield (
                f"{where} judges ('{word}') outside a finding: “{short}”; give it a rule or, if it "
                f"holds whatever the data say, run {_ACCEPT}"
            )


def judging_all(root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield place, word and sentence of all that judges in what a project prints."""
    yield from _in_pages(root)
    for name, fields in _RECORDS.items():
        records = read_yaml(root / "book" / name, absent={} if name == "facts.yml" else [])
        named = records.items() if isinstance(records, dict) else enumerate(records, start=1)
        for key, record in named:
            if not isinstance(record, dict):
                continue
            where = f"book/{name}, {record.get('id', key)}"
            for field, text in _fields(record, fields):
                if len(text.split()) < _LEAST_WORDS.get(name, 0):
                    continue
                for _, *said in judging(_without_blocks(text)):
                    yield f"{where}, {field}", *said
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        for cell in notebooks.read(path)["cells"]:
            code = cell["cell_type"] == "code"
            for _, *said in (judging_code if code else judging)(cell["source"]):
                yield f"notebooks/{path.name}, cell {cell['id']}", *said
    for folder in packages(root)[1:]:
        for path in sorted(folder.rglob("*.py")):
            for line, *said in judging_code(path.read_text(encoding="utf-8"), returned=True):
                yield f"{path.relative_to(folder.parent).as_posix()}, line {line}", *said


def _in_pages(root: Path) -> Iterator[tuple[str, str, str]]:
    for page in (p for p in statements.pages(root) if p.suffix == ".md"):
        where, text = page.relative_to(root).as_posix(), page.read_text(encoding="utf-8")
        for line, *said in judging(_without_blocks(text)):
            yield f"{where}, line {line}", *said
        for block in statements.blocks(text, where):
            for name in ("title", "caption"):
                for _, *said in judging(block.fields.get(name, "")):
                    yield f"{where}, line {block.line}", *said


def _without_blocks(text: str) -> str:
    """Return a text line by line, empty where a statement or an exhibit is."""
    parts = statements.parts(text)
    return "\n".join(part if isinstance(part, str) else "\n" * part.lines for part in parts)


def looked_at(root: Path) -> set[str]:
    """Return the hashes of the sentences that were looked at."""
    path = root / "tools" / "looked_at.txt"
    return {*path.read_text("ascii").split()} if path.is_file() else set()


def _hash(sentence: str) -> str:
    return hashlib.sha256(" ".join(sentence.split()).encode()).hexdigest()[:10]


def _fields(record: Any, fields: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the named fields of a record and, as ``parts.statement``, of the records in it."""
    for field in fields:
        name, _, below = field.partition(".")
        value = record.get(name)
        for item in value or () if below else [{field: value}]:
            if isinstance(said := item.get(below or field), str):
                yield field, said


if __name__ == "__main__":
    if sys.argv[1:] == ["--accept"]:
        now = sorted({_hash(said) for *_, said in judging_all(project_root())})
        (project_root() / "tools" / "looked_at.txt").write_text("\n".join(now) + "\n", "ascii")
        sys.argv.pop()
    found = list(judging_in(Path(sys.argv[1]) if sys.argv[1:] else project_root()))
    print("\n".join(found))
    sys.exit(bool(found))
