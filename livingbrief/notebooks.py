"""What the source of a notebook says, read without running it: its prose, and rules beside it.

Prose with numbers is spoken by code, ``nb.say("… {{ key }} … {F107}", F107=nb.rule("a.b > 2",
holds="…", fails="…"))``, so that an executed notebook reads by itself; a title of a figure is
``nb.says("F108", "a.b > 2", holds="…", fails="…")``. All of it is written in full: no variable.
"""

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from livingbrief.errors import BuildError, InputError

#: An output that the book fills from the results of all chapters: its template.
TEMPLATE_MIME = "application/vnd.livingbrief.template"
#: Metadata of a caption under a figure, for Jupyter: the book has it from the exhibit.
CAPTION = {"livingbrief": "caption"}
#: Ends a line of code with words that are true whatever the data say.
STANDS = "# stands"
#: The name of an exhibit in code, or in the JSON that holds it.
EXHIBIT = re.compile(r"""(?:\\?"|')((?:fig|tbl)-[^"'\\\s]+)(?:\\?"|')""")
_SLOT = re.compile(r"(?<!\{)\{(F\d\d\d?[a-z]?)\}")
_CONTINUED = re.compile(r"(?<=\S)\n {4,}(?=\S)")


def read(path: Path) -> dict[str, Any]:
    """Return a notebook, the source of each cell as one text; an `InputError` if it is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for cell in (*found["cells"], {**found, "source": ""}):
            cell["source"], _ = "".join(cell["source"]), cell["metadata"].get("tags")
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        why = error if isinstance(error, ValueError) else "it has no cells with source and metadata"
        raise InputError(f"notebooks/{path.name} cannot be read as a notebook: {why}") from None
    return found


def template(text: str) -> str:
    """Return what `nb.say` is given as prose: a line indented by four goes on with the last."""
    return _SLOT.sub(r"{finding}`\1`", _CONTINUED.sub(" ", inspect.cleandoc(text)))


def prose(cell: Mapping[str, Any]) -> str:
    """Return the prose of a cell: that of a cell of code is what it says; empty for none."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return source
    if cell["cell_type"] != "code" or "nb.say(" not in source:
        return ""
    calls = _calls(source, "say")
    return "\n\n".join(template(_text(call.args[:1], source, call)) for call in calls)


def rules(path: Path) -> list[dict[str, Any]]:
    """Return the rules of a notebook, each with ``id``, ``chapter``, ``rule`` and wordings.

    Raises
    ------
    BuildError
        One is not written in full, or a cell that speaks is no Python: the message names the
        notebook and quotes it.
    """
    try:
        return list(_rules(path, path.stat().st_mtime_ns))
    except BuildError as error:
        raise BuildError(f"notebooks/{path.name}: {error}") from error


@lru_cache(maxsize=64)
def _rules(path: Path, stamp: int) -> tuple[dict[str, Any], ...]:
    found = []
    for cell in read(path)["cells"]:
        if cell["cell_type"] != "code" or "nb.say" not in (source := cell["source"]):
            continue
        told = [(k.arg, k.value) for call in _calls(source, "say") for k in call.keywords]
        written = [(name, call, call.args) for name, call in told if isinstance(call, ast.Call)]
        for call in _calls(source, "says"):
            written.append((_text(call.args[:1], source, call), call, call.args[1:]))
        for name, call, arguments in written:
            words = {str(k.arg): _text([k.value], source, k.value) for k in call.keywords}
            rule = _text(arguments[:1], source, call)
            found.append({"id": name, "chapter": path.stem, "rule": rule, "fails": "", **words})
    return tuple(found)


def _calls(source: str, name: str) -> Iterator[ast.Call]:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise BuildError(f"a cell that speaks is no Python: {error.msg}: '{line}'") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            if node.func.attr == name and isinstance(of, ast.Name) and of.id == "nb":
                yield node


def _text(written: Sequence[ast.expr], source: str, within: ast.expr) -> str:
    """Return the text that an argument is; what is quoted if it is none, or is not there."""
    try:
        (text,) = map(ast.literal_eval, written)
    except ValueError:
        text = None
    if not isinstance(text, str):
        quoted = ast.get_source_segment(source, written[0] if written else within)
        raise BuildError(
            f"'{quoted}' is not written in full: prose and rules are texts, before the wordings"
        )
    return text
