"""The engine knows nothing of the brief, and its rooms stand in an order."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from livingbrief.paths import project_root

ENGINE = Path(project_root()) / "livingbrief"
#: From the ground up: a room uses those before it.
ROOMS = ("ground", "values", "data", "claims", "charts", "book", "chapter", "pdf", "run", "cli")
#: What the engine must not speak of. Modules of no room stand on the ground.
NAMES = re.compile(r"kgz|kyrgyz|remittance|ruble|miholjic", re.IGNORECASE)


def modules():
    for path in sorted(ENGINE.rglob("*.py")):
        name = path.relative_to(ENGINE.parent).with_suffix("").as_posix().replace("/", ".")
        yield name.removesuffix(".__init__"), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree, *, at_once, types=False):
    """Modules that are imported; with `at_once` only while the module is loaded."""
    typing = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for node in ast.walk(branch)
    }
    later = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if (id(node) in typing and not types) or (at_once and id(node) in later):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module):
    parts = module.replace("__main__", "cli").split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else "ground"


def test_the_engine_imports_nothing_of_the_brief():
    found = [
        (name, other)
        for name, tree in modules()
        for other in imported(tree, at_once=False)
        if other.split(".")[0] == "remitrisk"
    ]
    assert found == []


def test_every_module_of_the_engine_loads_without_the_brief():
    names = [name for name, _ in modules() if not name.endswith(("__main__", "preloaded"))]
    code = f"import sys\nsys.modules['remitrisk'] = None\nfor name in {names!r}: __import__(name)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_engine_speaks_of_no_country_and_no_remittance():
    found = [
        f"{path.relative_to(ENGINE)}: {line.strip()}"
        for path in sorted(ENGINE.rglob("*"))
        if path.suffix in (".py", ".html", ".typ", ".yml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if NAMES.search(line)
    ]
    assert found == []


def test_rooms_stand_on_those_before_them():
    order = {name: i for i, name in enumerate(ROOMS)}
    found = sorted(
        {
            f"{room(name)} -> {room(other)} ({name} imports {other})"
            for name, tree in modules()
            for other in imported(tree, at_once=True)
            if other.startswith("livingbrief.") and order[room(other)] > order[room(name)]
        }
    )
    assert found == []
    # Claims can be judged without data, charts and a book, whatever a function imports.
    used = {
        room(other)
        for name, tree in modules()
        if room(name) == "claims"
        for other in imported(tree, at_once=False)
        if other.startswith("livingbrief.")
    }
    assert used == {"ground", "values", "claims"}


def links():
    """Module to those that it imports, in functions and for types too."""
    trees = dict(modules())
    found = {name: set() for name in trees}
    for name, tree in trees.items():
        for other in imported(tree, at_once=False, types=True):
            target = other if other in trees else other.rpartition(".")[0]
            found[name] |= {target} & trees.keys() - {name}
    return found


def on_a_circle(found):
    """Modules that lead back to themselves."""

    def reached(start):
        seen, left = set(), [start]
        while left:
            new = found[left.pop()] - seen
            seen |= new
            left += new
        return seen

    return sorted(name for name in found if name in reached(name))


def test_no_module_leads_back_to_itself():
    assert on_a_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]
    # A brief may name, as types, what its hooks receive.
    hooks = ["livingbrief.brief", "livingbrief.data.access", "livingbrief.data.catalog"]
    assert on_a_circle(links()) == hooks


def test_a_notebook_needs_what_gives_numbers_and_draws_them():
    notebooks = (*project_root().glob("notebooks/*.ipynb"), *project_root().rglob("toy/**/*.ipynb"))
    code = "\n".join(path.read_text(encoding="utf-8") for path in notebooks)
    packages = set(re.findall(r"(?:from|import) livingbrief\.(\w+)", code))
    assert "chapter" in packages and not packages & {"run", "book", "claims", "pdf", "cli"}


def private(name, tree):
    """Private names that a module takes from another package: imported, or of a module."""
    own, of = name.rpartition(".")[0], {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGES):
            for alias in node.names:
                of[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                if hidden(alias.name) and node.module.rpartition(".")[0] != own:
                    yield f"{name}: {node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            target = of.get(node.value.id, "")
            if target and hidden(node.attr) and target.rpartition(".")[0] != own:
                yield f"{name}: {target}.{node.attr}"


def hidden(name):
    return name.startswith("_") and not name.startswith("__")


PACKAGES = ("livingbrief", "remitrisk")


def test_no_private_name_crosses_a_package():
    planted = ast.parse(
        "from livingbrief.data.access import _Part\nfrom livingbrief.data import due\ndue._x\n"
    )
    assert len([*private("livingbrief.book.a", planted)]) == 2
    assert [*private("livingbrief.data.a", planted)] == []
    root = project_root()
    found = [
        line
        for folder in PACKAGES
        for path in sorted((root / folder).rglob("*.py"))
        for line in private(
            path.relative_to(root).with_suffix("").as_posix().replace("/", "."),
            ast.parse(path.read_text(encoding="utf-8")),
        )
    ]
    assert found == []


def test_the_brief_is_handed_in():
    """Only entry points ask for the brief of the working folder."""
    found = [
        name
        for name, tree in modules()
        if room(name) in ("values", "claims", "charts", "book", "pdf")
        for other in imported(tree, at_once=False)
        if other == "livingbrief.brief.brief"
    ]
    assert found == []


def test_a_function_fits_on_a_screen_and_few_lines_have_dictionaries_of_anything():
    long = [
        f"{name}.{node.name}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 60
    ]
    lines = [line for path in ENGINE.rglob("*.py") for line in path.read_text("utf-8").splitlines()]
    assert long == [] and sum("str, Any]" in line for line in lines) < 60


def test_methods_name_no_key():
    key = re.compile(r"""["'][a-z][a-z0-9_]*(\.[a-z0-9_{}]+)+["']""")
    assert key.search('nb.record("shock.group.gap")')
    found = [
        f"{path.name}: {text[0]}"
        for path in (ENGINE.parent / "remitrisk" / "methods").glob("*.py")
        for text in key.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_nothing_is_drawn_without_a_seed():
    """Generators are made from a seed that is passed on; the old global state is not touched."""
    root = project_root()
    sources = [*root.glob("remitrisk/**/*.py"), *root.glob("livingbrief/**/*.py")]
    sources += root.glob("notebooks/*.ipynb")
    made, loose = [], []
    for path in sources:
        text = path.read_text(encoding="utf-8")
        made += re.findall(r"default_rng\(([^)]*)\)", text)
        loose += re.findall(r"np\.random\.(?!default_rng|Generator)\w+|(?m:^import random$)", text)
    assert made and loose == []
    assert [given for given in made if "seed" not in given] == []
