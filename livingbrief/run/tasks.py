"""The tasks of a build for pytask; each is thin, what it does stands in `steps`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pytask import Product, PythonNode, task

from livingbrief.book.language import pictured
from livingbrief.data.catalog import Catalog
from livingbrief.edition import Edition
from livingbrief.errors import BuildError
from livingbrief.files import digest
from livingbrief.notebooks import EXHIBIT, matched, reads_of
from livingbrief.records import Record
from livingbrief.run import assemble, steps
from livingbrief.run.asked import texts_of
from livingbrief.run.hashes import Touched, fingerprint, touched
from livingbrief.run.plan import Files, Plan
from livingbrief.values import results
from livingbrief.wording import listed

PAGES = ("book", "notebooks", "_config.yml", "CITATION.cff", "data/README.md")
RULES = ("claims.yml", "results.yml", "facts.yml", "references.bib")


def all_tasks(plan: Plan) -> list[Callable[..., Any]]:
    """Return the tasks of a build; an `InputError` where parameters do not fit a notebook."""
    root, stage, held = plan.root, plan.stage, touched(plan.root / "data")
    keys = results.load(root / "book" / "results.yml")
    made = [_notebook(plan, keys, held, plan.edition, name) for name in plan.notebooks]
    if plan.then:
        made += [_notebook(plan, keys, held, plan.then, n, then=True) for n in plan.judged]
    catalogue = root / "data" / "datapackage.json"
    left = [plan.left(n) for n in plan.notebooks]
    rules = [*(root / "book" / name for name in RULES), *texts_of(root)]
    put_together = _task(
        plan,
        "results and claims",
        partial(assemble.stage, plan),
        plan.staged,
        files=[*rules, *([plan.past.path] if plan.past else []), plan.toc, catalogue],
        values=[plan.edition.model_dump(), plan.date],
        left=left,
        then=[plan.left(n, then=True) for n in plan.judged],
    )
    written = _task(
        plan,
        "workbook",
        partial(_write_workbook, plan),
        Files.of(stage, "data.xlsx"),
        files=[catalogue],
        left=left,
        results=plan.staged,
    )
    # The HTML fills the prose of the executed notebooks, too: it knows what their roles print.
    books = {"html": ("HTML", ("html", "notebooks")), "typst": ("PDF", plan.papers)}
    of_books = [
        _task(
            plan,
            label,
            partial(steps.run_sphinx, plan, builder, label),
            Files.of(stage, *made_files),
            files=[*(p for name in PAGES if (p := root / name).exists()), plan.toc, catalogue],
            results=plan.staged,
            executed=left,
        )
        for builder, (label, made_files) in books.items()
        if made_files
    ]
    return [*made, put_together, written, *of_books]


def _notebook(
    plan: Plan,
    described: Mapping[str, Sequence[Record]],
    held: Mapping[str, Touched],
    edition: Edition,
    name: str,
    *,
    then: bool = False,
) -> Callable[..., Any]:
    source = plan.root / "notebooks" / f"{name}.ipynb"
    parameters = matched(source, edition.parameters())
    tables = _said_of(plan.catalog, {*reads_of(source), *plan.catalog.brief.names_from})
    keys = [item.model_dump() for item in described.get(name, ())]
    pages = re.findall(r"(?:file|root): (\S+)", plan.toc.read_text(encoding="utf-8"))
    shown = {*EXHIBIT.findall(source.read_text(encoding="utf-8"))} if not then else set()
    again = {n: codes for n, codes in pictured(plan.root, pages).items() if n in shown}
    words = {plan.root / "book" / code / "words.yml" for codes in again.values() for code in codes}
    return _task(
        plan,
        name,
        partial(
            _run_notebook, plan.root, held, name, parameters, plan.folder(name, then=then),
            draw=not then, pictured=again,
        ),
        plan.left(name, then=then),
        files=[source, *sorted(words)],
        values=[parameters, tables, keys, again],
        edition=edition.name,
    )  # fmt: skip


def _run_notebook(
    root: Path, held: Mapping[str, Touched], name: str, *what: Any, **how: Any
) -> None:
    """Run a notebook; a `BuildError` also where files of the data are not as they were `held`."""
    said = []
    try:
        steps.run_notebook(root, name, *what, **how)
    except BuildError as error:
        said = [str(error)]
    now = touched(root / "data")
    if moved := sorted(p for p in held.keys() | now.keys() if held.get(p) != now.get(p)):
        done = ("removed" if p not in now else "changed" if p in held else "added" for p in moved)
        files = listed(f"data/{p} was {did}" for p, did in zip(moved, done, strict=True))
        said.append(
            f"notebook notebooks/{name}.ipynb: {files} since the build began, by it or by what ran "
            "beside it; a notebook only reads data/: restore the files and take out what writes "
            "them (a table is added by `vintages add`)"
        )
    if said:
        raise BuildError("\n".join(said))


def _task(
    plan: Plan,
    name: str,
    do: Callable[[], object],
    made: Files,
    *,
    files: Sequence[Path] = (),
    values: Sequence[Any] = (),
    edition: str = "",
    **left: Any,
) -> Callable[..., Any]:
    """Return a task that pytask runs where code, files, values or what others left is new.

    Its files are as they are now: pytask hashes a path after the task, when it may have been
    edited, and it commits a row for each node at each task, so that many files are one node.
    """
    now = PythonNode(value=digest([plan.code, fingerprint(files), values]), hash=True)

    @task(
        name=f"{edition or plan.edition.name} · {name}", kwargs={**left, "now": now, "made": made}
    )
    def run(made: Annotated[Any, Product], **_: Any) -> None:
        do()

    return run


def _write_workbook(plan: Plan) -> None:
    from livingbrief.run import workbook

    records = [plan.folder(n) / "record.json" for n in plan.notebooks]
    workbook.write(plan.stage / "data.xlsx", plan.stage, records, plan.catalog, plan.date)


def _said_of(catalog: Catalog, read: Collection[str]) -> list[Any]:
    """Return what the descriptor says of tables, of their series, and of what prints them again."""
    found: list[Any] = [
        r.as_json() for r in catalog.resources if r.table in read or r.prints in read
    ]
    parts = (catalog.raw.get(part, {}) for part in ("tables", "indicators"))
    return [*found, *({name: part.get(name) for name in sorted(read)} for part in parts)]
