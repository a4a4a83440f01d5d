"""Print how large the house is: ``python tools/size.py [--json] [ROOT]``."""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

IGNORED = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
IGNORED |= {tokenize.ENCODING, tokenize.ENDMARKER}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
KEPT_BY_NAME = {"main", "setup"}  # the command line and Sphinx call these
PLAIN_DECORATORS = {"cache", "lru_cache", "dataclass", "contextmanager"}
DRAWS = {"ax", "axes", "canvas", "fig", "nb", "plt"}
TAG = re.compile(r"{%-?\s*(if|elif|macro)\b.*?%}", re.S)
INLINE = re.compile(r"{{(?:(?!}}).)*?\sif\s.*?}}|{%-?\s*set\b(?:(?!%}).)*?\sif\s.*?%}", re.S)
ITEM = re.compile(r"\s*([-*+]|\d+\.)\s|\||#|```|:::")

Node = tuple[str, str]


def lines_of(source: str) -> Counter[str]:
    """Count lines of code, of docstrings, and the rest (comments and blank lines)."""
    documented: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            documented |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in IGNORED:
            code |= set(range(token.start[0], token.end[0] + 1))
    code -= documented
    total = len(source.splitlines())
    return Counter(
        code=len(code), docstring=len(documented), other=total - len(code) - len(documented)
    )


def cells(notebook: Path, kind: str) -> list[str]:
    """Return the sources of a notebook's cells of one kind, without the parameters."""
    found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [
        "".join(c["source"])
        for c in found
        if c["cell_type"] == kind and "parameters" not in c["metadata"].get("tags", ())
    ]


def conditionals(text: str) -> int:
    """Count ``{% if``, ``{% elif``, ``{% macro``, ``a if b``, and ``has(`` outside of these."""
    counted = len(TAG.findall(text)) + len(INLINE.findall(text))
    return counted + len(re.findall(r"\bhas\(", INLINE.sub("", TAG.sub("", text))))


def paragraphs(text: str) -> Iterator[str]:
    """Split at blank lines, and where an item, a row, a heading or a directive begins."""
    found: list[str] = []
    for line in [*text.splitlines(), ""]:
        if found and (not line.strip() or ITEM.match(line)):
            yield "\n".join(found)
            found = []
        if line.strip():
            found.append(line)


class Module(NamedTuple):
    """What a static search needs of a module: its definitions and what its names stand for."""

    defined: Mapping[str, ast.stmt]
    rest: list[ast.stmt]
    imported: Mapping[str, Node]


def read(tree: ast.Module) -> Module:
    """Take definitions and imports from a parsed module or notebook."""
    defined: dict[str, ast.stmt] = {}
    rest: list[ast.stmt] = []
    imported: dict[str, Node] = {}
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            defined[statement.name] = statement
        elif not isinstance(statement, ast.ImportFrom):
            rest.append(statement)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in node.names:
                imported[name.asname or name.name] = (node.module, name.name)
        elif isinstance(node, ast.Import):
            for name in node.names:
                imported[name.asname or name.name] = (name.name, "")
    return Module(defined, rest, imported)


class Search:
    """Which chapters reach which functions, following names from module to module."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules

    def resolve(self, module: str, name: str) -> Node | None:
        """Find the definition or module of the project that `name` in `module` stands for."""
        here = self.modules.get(module)
        # A package may name a function as the module that it is from.
        if f"{module}.{name}" in self.modules and not (here and name in here.imported):
            return f"{module}.{name}", ""
        if here is None or name in here.defined:
            return (module, name) if here else None
        origin, inner = here.imported.get(name, ("", ""))
        if inner:
            return self.resolve(origin, inner)
        return (origin, "") if origin in self.modules else None

    def uses(self, module: str, statement: ast.stmt) -> set[Node]:
        """Return the definitions that a statement of `module` names."""
        found: set[Node] = set()
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {n for a in node.names if (n := self.resolve(node.module, a.name))}
            name, attribute = node, ""
            if isinstance(node, ast.Attribute):
                name, attribute = node.value, node.attr
            if isinstance(name, ast.Name) and (target := self.resolve(module, name.id)):
                of = target if target[1] or not attribute else self.resolve(target[0], attribute)
                found.add(of or target)
        return found

    def reached(self, start: set[Node]) -> set[Node]:
        """Follow names from `start`; the loose code of each module reached counts as well."""
        seen: set[Node] = set()
        waiting = list(start)
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            module, name = node
            for statement in [self.modules[module].defined[name]] if name else []:
                waiting += self.uses(module, statement)
            if not name:
                for statement in self.modules[module].rest:
                    waiting += self.uses(module, statement)
            waiting.append((module, ""))
        return seen


def functions(root: Path, library: Mapping[str, Path]) -> dict[str, Any]:
    """Return the functions and classes that one chapter alone reaches, and those that none does."""
    modules = {n: read(ast.parse(p.read_text(encoding="utf-8"))) for n, p in library.items()}
    chapters = {p.stem: "\n".join(cells(p, "code")) for p in (root / "notebooks").glob("*.ipynb")}
    modules |= {f"chapter {n}": read(ast.parse(code)) for n, code in chapters.items()}
    scripts = [p for d in ("tools", "benchmarks") for p in sorted((root / d).glob("*.py"))]
    modules |= {f"script {p.name}": read(ast.parse(p.read_text("utf-8"))) for p in scripts}
    search = Search(modules)
    settings = root / "pyproject.toml"
    told = settings.read_text("utf-8") if settings.exists() else ""
    begun = {
        (m, n if n in modules[m].defined else "")
        for m, n in re.findall(r'"([\w.]+):(\w+)"', told)
        if m in modules
    }
    for module, parts in modules.items():
        everything = module.startswith("script ")
        for name, statement in parts.defined.items():
            by = {getattr(d, "func", d) for d in getattr(statement, "decorator_list", ())}
            names = {getattr(d, "attr", getattr(d, "id", "")) for d in by}
            if everything or name in KEPT_BY_NAME or names - PLAIN_DECORATORS:
                begun.add((module, name))
        if everything:
            begun.add((module, ""))
    elsewhere = search.reached({n for n in begun if not n[0].startswith("chapter ")})
    by: dict[Node, set[str]] = defaultdict(set)
    for name in chapters:
        module = f"chapter {name}"
        for node in search.reached({(module, ""), *((module, d) for d in modules[module].defined)}):
            by[node].add(name)
    one, draws, none = {}, {}, []
    for module in library:
        for name, statement in modules[module].defined.items():
            node = (module, name)
            if node in elsewhere or len(by[node]) > 1:
                continue
            if not by[node]:
                none.append(f"{module}.{name}")
                continue
            names = {getattr(n, "id", getattr(n, "arg", "")) for n in ast.walk(statement)}
            (draws if DRAWS & names else one)[f"{module}.{name}"] = min(by[node])
    return {"draws_or_records": draws, "computes": one, "nobody": none}


def measure(root: Path) -> dict[str, Any]:
    """Measure a project: rooms, chapters, conditionals, the longest paragraph, functions."""
    library: dict[str, Path] = {}
    rooms: dict[str, Counter[str]] = {}
    for package in sorted(p.parent for p in root.glob("*/__init__.py") if p.parent.name != "tests"):
        for path in sorted(package.rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            library[".".join(parts).removesuffix(".__init__")] = path
            room = "/".join(parts[:-1])
            rooms.setdefault(room, Counter()).update(lines_of(path.read_text(encoding="utf-8")))
    sources = {
        p.relative_to(root).as_posix(): p.read_text(encoding="utf-8")
        for p in sorted((root / "book").glob("*.md"))
    }
    chapters = {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        chapters[path.stem] = sum(lines_of(c)["code"] for c in cells(path, "code"))
        sources[f"notebooks/{path.name}"] = "\n\n".join(cells(path, "markdown"))
    counted = {name: conditionals(text) for name, text in sources.items()}
    longest = {name: max(map(len, paragraphs(t)), default=0) for name, t in sources.items()}
    where = max(longest, key=longest.__getitem__, default="")
    total: Counter[str] = sum(rooms.values(), Counter())
    return {
        "rooms": {name: {**lines, "lines": lines.total()} for name, lines in rooms.items()},
        "library": {**total, "lines": total.total()},
        "chapters": chapters,
        "conditionals": {name: n for name, n in counted.items() if n},
        "conditionals_total": sum(counted.values()),
        "longest_paragraph": {"source": where, "characters": longest.get(where, 0)},
        "paragraphs_over_600": sum(
            len(p) > 600 for text in sources.values() for p in paragraphs(text)
        ),
        "functions": functions(root, library),
    }


def table(measured: Mapping[str, Any]) -> str:
    """Write what `measure` found as text."""
    lines = [f"{'room':24}{'code':>8}{'docs':>8}{'other':>8}{'lines':>8}"]
    for name, of in [*measured["rooms"].items(), ("all", measured["library"])]:
        counts = [of.get(kind, 0) for kind in ("code", "docstring", "other", "lines")]
        lines.append(f"{name:24}" + "".join(f"{n:8,}" for n in counts))
    lines += ["", f"{'chapter':24}{'code':>8}"]
    lines += [f"{name:24}{n:8}" for name, n in measured["chapters"].items()]
    lines += ["", f"{'conditionals in':40}"]
    lines += [f"{name:40}{n:8}" for name, n in measured["conditionals"].items()]
    lines.append(f"{'all':40}{measured['conditionals_total']:8}")
    longest = measured["longest_paragraph"]
    lines += ["", f"longest paragraph: {longest['characters']:,} characters, {longest['source']}"]
    lines.append(f"paragraphs over 600 characters: {measured['paragraphs_over_600']}")
    found = measured["functions"]
    for kind, words in (("draws_or_records", "draw or record"), ("computes", "compute")):
        lines += ["", f"functions that one chapter alone reaches and that {words}, by chapter"]
        lines += [f"{name:24}{n:8}" for name, n in sorted(Counter(found[kind].values()).items())]
    lines += ["", "functions that no chapter and no command reaches", *found["nobody"]]
    return "\n".join(lines)


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--json"]
    result = measure(Path(arguments[0] if arguments else Path(__file__).parents[1]))
    print(json.dumps(result, indent=1) if "--json" in sys.argv else table(result))
