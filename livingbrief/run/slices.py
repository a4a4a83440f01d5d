"""What of a notebook's code some of its numbers stand on, without what it draws."""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Collection, Sequence
from pathlib import Path

#: What a desk records, with the place of the first key among the arguments, and what it shows.
_RECORDS = {
    "record": 0, "tally": 0, "missing": 0, "withdrawn": 1,
}  # fmt: skip
_SHOWS = ("figure", "table", "lacks", "say")
_FILLED = re.compile(r"\{[^{}]*\}")


def sliced(path: Path, keys: Collection[str]) -> str:
    """Return the code of a notebook that records some keys; its parameters are to be given.

    Left out are figures and tables, records of other keys, and assignments that nothing else of
    what is kept reads. What is not known to be without effect stays.
    """
    cells = [
        "".join(cell["source"])
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", [])
    ]
    tree = ast.parse("\n".join(cells))
    tree.body = _kept(tree.body, set(), keys)
    return ast.unparse(tree)


def _kept(body: Sequence[ast.stmt], read: set[str], keys: Collection[str]) -> list[ast.stmt]:
    """Statements that stay, the last first looked at; `read` gathers the names that they read."""
    kept = []
    for statement in reversed(body):
        left = _left(statement, read, keys)
        if left is not None:
            read |= {node.id for node in ast.walk(left) if isinstance(node, ast.Name)}
            kept.append(left)
    return kept[::-1]


def _left(statement: ast.stmt, read: set[str], keys: Collection[str]) -> ast.stmt | None:
    """What is left of a statement, None where nothing is."""
    if isinstance(statement, ast.Expr) and (call := _desk(statement.value)):
        return statement if _wanted(call, keys) else None
    if isinstance(statement, ast.Assign) and all(map(_is_names, statement.targets)):
        # `nb.facts` records, whether or not what it returns is read.
        records = isinstance(statement.value, ast.Call) and "nb" in _named([statement.value])
        return statement if records or _named(statement.targets) & read else None
    if isinstance(statement, ast.Import | ast.ImportFrom):
        names = {alias.asname or alias.name.split(".")[0] for alias in statement.names}
        return statement if names & read else None
    if not isinstance(statement, ast.If | ast.For | ast.FunctionDef):
        return statement
    left = copy.copy(statement)
    if isinstance(left, ast.FunctionDef):
        # Who calls it may read whatever it assigns.
        left.body = _kept(left.body, _named([left]), keys) or [ast.Pass()]
        return left if left.name in read else None
    # The next round of a loop reads what this one assigns.
    _kept(left.body, read, keys)
    left.body = _kept(left.body, read, keys) or [ast.Pass()]
    left.orelse = _kept(left.orelse, read, keys)
    empty = isinstance(left.body[0], ast.Pass) and not left.orelse
    # A condition may assign what is read later.
    head = left.test if isinstance(left, ast.If) else ast.Pass()
    return None if empty and not _assigned(head) & read else left


def _desk(value: ast.expr) -> ast.Call | None:
    """Return the call by which the desk records or shows something."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        of = value.func.value
        if isinstance(of, ast.Name) and of.id == "nb" and value.func.attr in (*_RECORDS, *_SHOWS):
            return value
    return None


def _wanted(call: ast.Call, keys: Collection[str]) -> bool:
    assert isinstance(call.func, ast.Attribute)
    method = call.func.attr
    if method in _SHOWS:
        return False
    first = _RECORDS[method]
    told = call.args[first:] if method == "withdrawn" else call.args[first : first + 1]
    # A tally records a second key; what is withdrawn is told by beginnings.
    rest = {"tally": "(?:_which)?", "withdrawn": ".*"}.get(method, "")
    shapes = [re.compile(_shape(pattern) + rest) for pattern in told] or [re.compile(".*")]
    return any(shape.fullmatch(key) for shape in shapes for key in keys)


def _shape(pattern: ast.expr) -> str:
    """Return what the keys of a pattern look like."""
    if isinstance(pattern, ast.Constant):
        return ".*".join(map(re.escape, _FILLED.split(str(pattern.value))))
    if isinstance(pattern, ast.JoinedStr):
        return "".join(
            _shape(part) if isinstance(part, ast.Constant) else ".*" for part in pattern.values
        )
    return ".*"


def _is_names(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(_is_names, target.elts))
    if isinstance(target, ast.Starred):
        return _is_names(target.value)
    return isinstance(target, ast.Name)


def _named(targets: Sequence[ast.AST]) -> set[str]:
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}


def _assigned(head: ast.AST) -> set[str]:
    return _named([n for n in ast.walk(head) if isinstance(getattr(n, "ctx", None), ast.Store)])
