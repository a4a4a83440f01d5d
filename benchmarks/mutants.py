"""Would a fault in what makes numbers and verdicts be seen? Faults are planted, tests are run.

``make mutants``: cosmic-ray finds every place in the modules below where an operator, a number, a
comparison, a truth value or a loop can be turned; a sample is drawn with a seed, stratified by
module; each mutant runs the tests that cover its line, the goldens included. Faults that were once
found to pass are planted as well. The result is written to ``benchmarks/MUTANTS.md``.
"""

import argparse
import ast
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
MODULES = (
    "remitrisk/methods/accounting.py",
    "remitrisk/methods/counts.py",
    "livingbrief/claims/claims.py",
    "livingbrief/claims/findings.py",
    "livingbrief/claims/history.py",
    "livingbrief/claims/measures.py",
    "livingbrief/claims/rule.py",
    "livingbrief/data/access.py",
    "livingbrief/data/differences.py",
    "livingbrief/data/known.py",
    "livingbrief/run/workbook.py",
    "livingbrief/values/numbers.py",
    "livingbrief/values/values.py",
    "remitrisk/series.py",
)
SEED, SAMPLE, WORKERS = 88, 150, 2
#: Seconds a mutant may take, and those that its tests take without it: what is chosen of many.
LIMIT, BUDGET = 60, 18
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
PYTHON = str(ROOT / ".venv" / "bin" / "python")
WHY = ROOT / "benchmarks" / "mutants.yml"
OUT = ROOT / "benchmarks" / "MUTANTS.md"


@dataclass(frozen=True)
class Mutant:
    """One fault: a module with one place turned.

    Attributes
    ----------
    module, where : str
        File, and the function or class that holds the place.
    line : int
    old, new : str
        The line before and after.
    source : str
        The whole mutated module.
    """

    module: str
    where: str
    line: int
    old: str
    new: str
    source: str

    @property
    def name(self) -> str:
        """What stays the same while other lines move: by it the reasons are kept."""
        return f"{self.module} {self.where}: {self.old} => {self.new}"


@dataclass(frozen=True)
class Place:
    """Where an operator of cosmic-ray can turn a module."""

    module: str
    operator: Any
    occurrence: int
    line: int
    where: str

    def mutant(self, source: str) -> Mutant | None:
        """The module with this place turned; None where Python refuses it or warns of it."""
        from cosmic_ray.mutating import mutate_code

        changed = mutate_code(source, self.operator, self.occurrence)
        if changed is None or changed == source:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                compile(changed, self.module, "exec")
        except SyntaxError:
            return None
        old, new = _difference(source, changed)
        return Mutant(self.module, self.where, self.line, old, new, changed)


def places(module: str) -> list[Place]:
    """Every place of a module that can be turned, but annotations, which no run reads."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.ast.ast_query import ASTQuery
    from cosmic_ray.commands.init import _operators

    source = (ROOT / module).read_text(encoding="utf-8")
    unread = _unread(source)
    nodes = list(ast_nodes(get_ast(source)))
    found = []
    for _, _, operator in _operators({}):
        starts = [(node, start) for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (node, start) in enumerate(starts):
            if not any(a <= start < b for a, b in unread):
                where = ASTQuery(node).get_definition_name() or "module"
                found.append(Place(module, operator, occurrence, start[0], where))
    return found


def _unread(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations stand: with ``from __future__ import annotations`` they are text."""
    spans = []
    for node in ast.walk(ast.parse(source)):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if part is not None:
                end = (part.end_lineno, part.end_col_offset)
                spans.append(((part.lineno, part.col_offset), end))
    return spans


def _difference(source: str, changed: str) -> tuple[str, str]:
    one, other = source.splitlines(), changed.splitlines()
    first = next(i for i, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1)
    return one[first].strip(), other[first].strip() if first < len(other) else ""


def sample(found: Sequence[Sequence[Place]], size: int) -> list[Mutant]:
    """Draw from each module in proportion to its places."""
    total = sum(map(len, found))
    shares = [size * len(part) / total for part in found]
    sizes = [int(share) for share in shares]
    by_rest = sorted(range(len(found)), key=lambda i: sizes[i] - shares[i])
    for i in by_rest[: size - sum(sizes)]:
        sizes[i] += 1
    draw = random.Random(SEED)
    drawn: list[Mutant] = []
    for part, number in zip(found, sizes, strict=True):
        source = (ROOT / part[0].module).read_text(encoding="utf-8")
        mutants = (place.mutant(source) for place in draw.sample(part, len(part)))
        drawn += islice((m for m in mutants if m is not None), number)
    return drawn


def planted() -> list[Mutant]:
    """Faults that passed every test in November 2026, each as text to replace."""
    found = []
    for item in yaml.safe_load(WHY.read_text(encoding="utf-8"))["planted"]:
        source = (ROOT / item["module"]).read_text(encoding="utf-8")
        if source.count(item["old"]) != 1:
            raise SystemExit(f"{WHY.name}: {item['old']!r} stands not once in {item['module']}")
        changed = source.replace(item["old"], item["new"])
        line = source[: source.index(item["old"])].count("\n") + 1
        found.append(Mutant(item["module"], item["what"], line, item["old"], item["new"], changed))
    return found


@contextlib.contextmanager
def copies() -> Iterator[SimpleQueue[Path]]:
    """Copies of the project in which modules are changed, one a worker."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    told = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in told.split("\0") if (ROOT / name).is_file()]
    with tempfile.TemporaryDirectory() as folder:
        free: SimpleQueue[Path] = SimpleQueue()
        for number in range(WORKERS):
            target = Path(folder, str(number))
            target.mkdir()
            for name in names:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, target / name)
            free.put(target)
        yield free


def covering(project: Path) -> dict[str, Any]:
    """Run the quick tests that need no build, and say which test runs which line."""
    out = project / "covering.json"
    paths = [str(project / module) for module in MODULES]
    env = {"COVERED": os.pathsep.join(paths), "COVERING": str(out)}
    chosen = "not slow and not build and not browser"
    arguments = ["-p", "benchmarks.covering", "-m", chosen]
    failed, said = tests(project, arguments, 1800, env)
    if failed:
        raise SystemExit(f"the tests fail without any mutant:\n{said[-3000:]}")
    content = json.loads(out.read_text(encoding="utf-8"))
    content["lines"] = {
        str(Path(p).relative_to(project)): lines for p, lines in content["lines"].items()
    }
    return dict(content)


def tests(
    project: Path, arguments: Sequence[str], limit: float, env: dict[str, str] | None = None
) -> tuple[str, str]:
    """Run pytest; return "" when all passed, else "killed" or "timeout", and what it said."""
    with subprocess.Popen(
        [PYTHON, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=project,
        env={**os.environ, **THREADS, "PYTHONPATH": str(project), **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return "timeout", ""
    return ("" if process.returncode in (0, 5) else "killed"), said


def chosen(mutant: Mutant, covered: dict[str, Any]) -> list[str]:
    """The tests that run a mutant's line, cheap ones first, as many as fit the budget.

    A line that only loading the module runs (a constant, a field) is covered by every test that
    runs a line of the module.
    """
    lines = covered["lines"][mutant.module]
    tree = ast.parse((ROOT / mutant.module).read_text(encoding="utf-8"))
    nodes = {node for line in _statement(tree, mutant.line) for node in lines.get(str(line), ())}
    if not nodes:
        inside = any(
            isinstance(node, ast.FunctionDef)
            and node.body[0].lineno <= mutant.line <= (node.end_lineno or 0)
            for node in ast.walk(tree)
        )
        nodes = set() if inside else {n for found in lines.values() for n in found}
    seconds = covered["seconds"]
    taken, spent = [], 0.0
    for node in sorted(nodes, key=lambda n: (seconds[n], n)):
        spent += seconds[node]
        if spent > BUDGET:
            break
        taken.append(node)
    return taken


def _statement(tree: ast.AST, line: int) -> range:
    """The lines of the innermost statement that a line belongs to, without its body."""
    spans = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0):
            body = getattr(node, "body", None)
            end = body[0].lineno - 1 if body else node.end_lineno or 0
            if line <= end:
                spans.append(range(node.lineno, end + 1))
    return max(spans, key=lambda span: span.start, default=range(line, line + 1))


def tried(mutant: Mutant, covered: dict[str, Any], free: SimpleQueue[Path]) -> tuple[str, int]:
    """Plant one mutant in a free copy and run its tests: the outcome, and how many there were."""
    nodes = chosen(mutant, covered)
    if not nodes:
        return "no test", 0
    project = free.get()
    path = project / mutant.module
    try:
        path.write_text(mutant.source, encoding="utf-8")
        outcome, _ = tests(project, nodes, LIMIT)
    finally:
        shutil.copy(ROOT / mutant.module, path)
        free.put(project)
    return outcome or "survived", len(nodes)


def report(outcomes: Sequence[tuple[Mutant, str, int]], drawn: int, sizes: Counter[str]) -> str:
    """The page: rate, table by module, survivors with their reasons, planted faults."""
    told = yaml.safe_load(WHY.read_text(encoding="utf-8"))
    why = told.get("why") or {}
    own, fixed = outcomes[:drawn], outcomes[drawn:]
    dead = [m for m, outcome, _ in own if outcome in ("killed", "timeout")]
    slow = sum(outcome == "timeout" for _, outcome, _ in own)
    alive = [(m, outcome) for m, outcome, _ in own if outcome not in ("killed", "timeout")]
    equal = [m for m, _ in alive if str(why.get(m.name, "")).startswith("equivalent")]
    lines = [
        "# Mutants",
        "",
        "Would a fault in what makes numbers and verdicts be seen? Made by `make mutants`, which "
        f"plants {drawn} mutants, drawn with seed {SEED} in proportion to the places of each "
        "module; each runs the tests that cover its line, the goldens included.",
        "",
        f"**{len(dead)} of {drawn} killed: {100 * len(dead) / drawn:.1f} %** "
        f"({slow} of them by running into the limit of {LIMIT} s). {len(alive)} survived, "
        f"{len(equal)} of which are equivalent: no input could show them.",
        "",
        "| Module | Places | Drawn | Killed |",
        "|---|---:|---:|---:|",
    ]
    for module in MODULES:
        mine = [m for m, _, _ in own if m.module == module]
        gone = [m for m in dead if m.module == module]
        lines.append(f"| `{module}` | {sizes[module]} | {len(mine)} | {len(gone)} |")
    lines += ["", "## Survivors", ""]
    for mutant, outcome in alive:
        reason = why.get(mutant.name, "no reason given yet")
        bare = " (no test runs the line)" if outcome == "no test" else ""
        lines.append(f"- `{mutant.module}`, {mutant.where}{bare}:")
        lines.append(f"  `{mutant.old}` became `{mutant.new}`. {reason}")
    lines += ["" if alive else "None.", "## Faults that passed every test in November 2026", ""]
    for mutant, outcome, _ in fixed:
        lines.append(f"- {mutant.where}: {'killed' if outcome != 'survived' else '**survived**'}")
    return "\n".join([*lines, "", "## Before the tests were cut", "", told["before"]])


def main() -> int:
    """Draw, plant, run, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=SAMPLE)
    parser.add_argument("--covering", type=Path, help="kept coverage, made anew where missing")
    asked = parser.parse_args()
    began = time.perf_counter()
    found = [places(module) for module in MODULES]
    sizes = Counter({m: len(part) for m, part in zip(MODULES, found, strict=True)})
    drawn = sample(found, asked.sample)
    with copies() as free:
        if asked.covering and asked.covering.is_file():
            covered = json.loads(asked.covering.read_text(encoding="utf-8"))
        else:
            first = free.get()
            covered = covering(first)
            free.put(first)
            if asked.covering:
                asked.covering.write_text(json.dumps(covered), encoding="utf-8")
        print(f"coverage: {time.perf_counter() - began:.0f} s", flush=True)
        todo = [*drawn, *planted()]
        with ThreadPoolExecutor(WORKERS) as pool:
            outcomes = []
            for mutant, (outcome, number) in zip(
                todo, pool.map(lambda m: tried(m, covered, free), todo), strict=True
            ):
                outcomes.append((mutant, outcome, number))
                print(f"{outcome:9} {number:4} tests  {mutant.name}", flush=True)
    OUT.write_text(report(outcomes, len(drawn), sizes), encoding="utf-8")
    print(f"{time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
