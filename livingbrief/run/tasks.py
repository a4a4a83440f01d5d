"""The tasks of a build for pytask; each is thin, what it does stands in `steps`."""

import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pytask import Product, PythonNode, mark, task

from livingbrief.brief import brief, packages
from livingbrief.claims import findings
from livingbrief.data.access import open_catalog
from livingbrief.data.catalog import Catalog
from livingbrief.records import Record
from livingbrief.run import assemble, history, slices, steps
from livingbrief.run.asked import texts_of
from livingbrief.run.editions import Edition
from livingbrief.run.parameters import is_long, matched, read_by_ledger, reads_of
from livingbrief.run.seal import fingerprint, libraries
from livingbrief.values import results

# What no notebook loads of the engine; results and book depend on all of it.
ELSEWHERE = ("__pycache__", "book", "cli", "pdf", "run")
LOADED_TOO = ("book/prose.py", "book/marks.py", "run/notebook.py", "run/parameters.py")
STAGED = (
    "results.json",
    "results.schema.json",
    "claims.json",
    "claims.schema.json",
    "claims_history.json",
    "claims_history.schema.json",
    "findings.json",
    "book.json",
)
PUBLISHED = (*STAGED, "data.xlsx", "figures", "html", "notebooks", "build.json")
PAGES = ("book", "notebooks", "_config.yml", "data/README.md")
RULES = ("claims.yml", "findings.yml", "results.yml", "facts.yml", "references.bib")


@dataclass(frozen=True)
class Plan:
    """What one build makes, and where.

    `root`: the project; `work`: ``.build/<edition>``, where everything is made; `then`: the edition
    whose verdicts stand beside this one's; `notebooks`: names, in the order of the chapters; `toc`:
    table of contents of this edition; `last_report`: the report that this build will replace;
    `date`: seconds since the epoch that stand for today; `papers`: names of the PDFs, none where
    none is asked for; `seconds`: task to seconds, filled as tasks run.
    """

    root: Path
    work: Path
    edition: Edition
    then: Edition | None
    notebooks: tuple[str, ...]
    toc: Path
    last_report: Path
    date: int
    papers: tuple[str, ...]
    seconds: dict[str, float] = field(default_factory=dict, compare=False)

    @property
    def stage(self) -> Path:
        """Where the report is put together."""
        return self.work / "stage"

    @property
    def past(self) -> list[Path]:
        """Numbers of claims by day, in an edition that does not look back itself: two halves."""
        told = self.then is not None and self.then.known_at and not self.edition.known_at
        return [self.work / "history" / f"numbers-{n}.json" for n in (1, 2)] if told else []

    @property
    def judged(self) -> tuple[str, ...]:
        """Notebooks that are also run for the earlier edition: those that claims read."""
        if self.then is None:
            return ()
        sources = {n: self.root / "notebooks" / f"{n}.ipynb" for n in self.notebooks}
        return tuple(n for n, path in sources.items() if read_by_ledger(path))

    def folder(self, name: str, *, then: bool = False) -> Path:
        """Where a notebook's results go."""
        return self.work / ("then" if then else "notebooks") / name

    def stamp(self, name: str, *, then: bool = False) -> Path:
        """Hash of all that a notebook left: its tables and figures, too, are none of its record."""
        return self.folder(name, then=then).with_name(f"{name}.sha256")

    @property
    def staged(self) -> Path:
        """Hash of all that was put together before workbook and book."""
        return self.work / "stage.sha256"

    @contextmanager
    def timed(self, task_name: str) -> Iterator[None]:
        """Note how long a task takes."""
        began = time.perf_counter()
        yield
        self.seconds[task_name] = round(time.perf_counter() - began, 2)


def all_tasks(plan: Plan) -> list[Callable[..., Any]]:
    """Return the tasks of a build; an `InputError` where parameters do not fit a notebook."""
    catalog = open_catalog(plan.root)
    described = results.load(plan.root / "book" / "results.yml")
    own = findings.load(plan.root / "book" / "findings.yml")
    told = {
        name: [*described.get(name, ()), *(f for f in own if f.chapter == name)]
        for name in plan.notebooks
    }
    known = {
        "library": fingerprint(loaded_by_notebooks(plan.root)),
        "lock": fingerprint([plan.root / "requirements.lock"], libraries()),
    }
    made = [
        _notebook(plan, catalog, edition, name, told[name], known, then=then)
        for edition, names, then in (
            (plan.edition, plan.notebooks, False),
            (plan.then, plan.judged, True),
        )
        if edition
        for name in names
    ]
    if plan.past:
        made += _history(plan, catalog)
    made += [_results(plan, catalog), _workbook(plan, catalog), _book(plan, "html")]
    return [*made, _book(plan, "typst")] if plan.papers else made


def _notebook(
    plan: Plan,
    catalog: Catalog,
    edition: Edition,
    name: str,
    told: Sequence[Record],
    known: Mapping[str, str],
    *,
    then: bool,
) -> Callable[..., Any]:
    source = plan.root / "notebooks" / f"{name}.ipynb"
    parameters = matched(source, edition.parameters())
    tables = _said_of(catalog, {*reads_of(source), *brief().names_from})
    said = [item.model_dump() for item in told]
    out, stamp = plan.folder(name, then=then), plan.stamp(name, then=then)
    root = plan.root
    label = f"{edition.name} · {name}"

    @task(
        name=label,
        kwargs={
            "source": _one([source]),
            **{kind: PythonNode(value=value, hash=True) for kind, value in known.items()},
            "inputs": PythonNode(value=steps.digest([parameters, tables, said]), hash=True),
            "made": [out / "record.json", out / "executed.ipynb", stamp],
        },
    )
    def run(made: Annotated[list[Path], Product], **_: Any) -> None:
        with plan.timed(label), stamped(stamp, out):
            steps.run_notebook(root, name, parameters, out, draw=not then)

    return mark.try_first(run) if is_long(source) else run


def _history(plan: Plan, catalog: Catalog) -> list[Callable[..., Any]]:
    root, day = plan.root, plan.then.known_at if plan.then else ""
    asked = history.asked(root, plan.notebooks, plan.edition, day, _code(plan.root))
    known = steps.digest([asked, _said_of(catalog)])

    def half(target: Path, share: str) -> Callable[..., Any]:
        label = f"{plan.edition.name} · history {share}"
        stamp = target.with_suffix(".sha256")
        inputs = PythonNode(value=known, hash=True)

        @mark.try_first
        # pytask remembers a node by one task only.
        @task(name=label, kwargs={"inputs": inputs, "made": [target, stamp]})
        def run(made: Annotated[list[Path], Product], **_: Any) -> None:
            with plan.timed(label), stamped(stamp, target, history.kept_beside(target, share)):
                steps.run_history(root, asked, target, share)

        return run

    return [half(path, f"{n}/{len(plan.past)}") for n, path in enumerate(plan.past, start=1)]


def _code(root: Path) -> str:
    """Return a hash of the code on which the numbers of claims can depend."""
    drawn = ("charts", "claims")
    own = [p for p in loaded_by_notebooks(root) if p.name not in drawn]
    return fingerprint([*own, Path(slices.__file__), Path(history.__file__)], libraries())


def _results(plan: Plan, catalog: Catalog) -> Callable[..., Any]:
    then = [plan.stamp(n, then=True) for n in plan.judged]
    data = _said_of(catalog)
    known = {"edition": plan.edition.model_dump(), "date": plan.date, "data": data}
    label = f"{plan.edition.name} · results and claims"
    stamp = plan.staged

    @task(
        name=label,
        kwargs={
            "left": [plan.stamp(n) for n in plan.notebooks],
            "then": then,
            "past": plan.past,
            "ledger": _one([*(plan.root / "book" / name for name in RULES), plan.toc]),
            "naming": _one(texts_of(plan.root)),
            "library": _one(packages(plan.root)),
            "inputs": PythonNode(value=steps.digest(known), hash=True),
            "made": [*(plan.stage / f for f in STAGED), stamp],
        },
    )
    def run(made: Annotated[list[Path], Product], **_: Any) -> None:
        with plan.timed(label), stamped(stamp, *(plan.stage / f for f in (*STAGED, "figures"))):
            assemble.stage(plan)

    return run


def _workbook(plan: Plan, catalog: Catalog) -> Callable[..., Any]:
    label, target = f"{plan.edition.name} · workbook", plan.stage / "data.xlsx"
    stamp = plan.work / "workbook.sha256"
    records = [plan.folder(n) / "record.json" for n in plan.notebooks]

    @task(
        name=label,
        kwargs={
            "left": [plan.stamp(n) for n in plan.notebooks],
            "results": plan.staged,
            "library": _one(packages(plan.root)),
            "inputs": PythonNode(value=steps.digest(_said_of(catalog)), hash=True),
            "made": [target, stamp],
        },
    )
    def run(made: Annotated[list[Path], Product], **_: Any) -> None:
        from livingbrief.run import workbook

        with plan.timed(label), stamped(stamp, target):
            workbook.write(target, plan.stage, records, catalog, plan.date)

    return run


def _book(plan: Plan, builder: str) -> Callable[..., Any]:
    root, stage, work, toc, date = plan.root, plan.stage, plan.work, plan.toc, plan.date
    label = f"{plan.edition.name} · {'PDF' if builder == 'typst' else 'HTML'}"
    # The HTML fills the prose of the executed notebooks, too: it knows what their roles print.
    pdfs = [stage / name for name in plan.papers]
    report = pdfs if builder == "typst" else [stage / "html", stage / "notebooks"]
    outputs = pdfs if builder == "typst" else [report[0] / "index.html"]
    stamp = work / f"{builder}.sha256"
    lock = fingerprint([root / "requirements.lock"], libraries())
    beside = [p for p in sorted((root / "book").iterdir()) if p.suffix != ".md"]
    common = fingerprint([root / "_config.yml", toc, *beside, *packages(root)], f"{lock} {work}")

    @task(
        name=label,
        kwargs={
            "pages": _one([*(root / name for name in PAGES), toc]),
            "results": [stage / f for f in STAGED],
            "executed": [plan.folder(n) / "executed.ipynb" for n in plan.notebooks],
            "library": _one(packages(root)),
            "catalogue": _one([root / "data" / "datapackage.json"]),
            "lock": PythonNode(value=lock, hash=True),
            "made": [*outputs, stamp],
        },
    )
    def run(made: Annotated[list[Path], Product], **_: Any) -> None:
        with plan.timed(label), stamped(stamp, *report):
            scratch = work / f"sphinx-{builder}"
            steps.run_sphinx(root, stage, work / "notebooks", scratch, builder, toc, date, common)

    return run


def _said_of(catalog: Catalog, read: Collection[str] | None = None) -> list[Any]:
    """Return what the descriptor says of tables and their series: all tables, if none are named.

    A table that prints another one's series again is read with it.
    """
    names = catalog.tables.keys() if read is None else read
    found: list[Any] = [
        r.meta
        for r in catalog.resources
        if r.table in names or r.meta.get("rows_dated", {}).get("prints") in names
    ]
    parts = (catalog.descriptor.get(part, {}) for part in ("tables", "indicators"))
    return [*found, *({name: part.get(name) for name in sorted(names)} for part in parts)]


def loaded_by_notebooks(root: Path) -> list[Path]:
    """Return the code on which what a notebook records can depend."""
    engine, *others = packages(root)
    own = [p for p in sorted(engine.iterdir()) if p.name not in ELSEWHERE]
    return [*own, *(engine / name for name in LOADED_TOO), *others]


def _one(paths: list[Path]) -> PythonNode:
    """Return one node for files as they are now.

    pytask commits a row for each node at each task, so many files are one node; and it hashes a
    path after the task, when the file may have been edited.
    """
    return PythonNode(value=fingerprint(paths), hash=True)


@contextmanager
def stamped(stamp: Path, *made: Path) -> Iterator[None]:
    """Leave a hash of all that a task made beside it, and what that is.

    It is a product of the task: when a build ends before pytask has recorded a task, the hash
    differs from the recorded one, or is missing, and the task is run again.
    """
    stamp.unlink(missing_ok=True)
    yield
    names = (os.path.relpath(path, stamp.parent) for path in made)
    stamp.write_text("\n".join([fingerprint(made, hidden=True), *names]), encoding="utf-8")


def settle(plan: Plan) -> list[str]:
    """Take away the stamps that do not fit what they stamp; return their names.

    pytask looks at size and time of a file before it hashes it, and at no file in a folder. A task
    without its stamp is run again.
    """
    broken = []
    # A PDF of an earlier build, too, must not stand beside a newer HTML without one.
    for path in plan.stage.iterdir() if plan.stage.is_dir() else ():
        if path.name not in (*PUBLISHED, *plan.papers):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for stamp in sorted([*plan.work.glob("*.sha256"), *plan.work.glob("*/*.sha256")]):
        told, *names = stamp.read_text(encoding="utf-8", errors="replace").split("\n")
        made = [stamp.parent / name for name in names]
        if told != fingerprint(made, hidden=True):
            stamp.unlink()
            broken.append(stamp.relative_to(plan.work).with_suffix("").as_posix())
            # Numbers of earlier days are taken from what lies there.
            for path in (p.resolve() for p in made):
                if path.is_file() and plan.work.resolve() in path.parents:
                    path.unlink()
    return broken
