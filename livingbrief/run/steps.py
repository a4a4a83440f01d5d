"""The steps of a build, as plain functions of files; `tasks` ties them together."""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat

from livingbrief.book.ahead import later_numbers
from livingbrief.edition import Parameter
from livingbrief.errors import BuildError
from livingbrief.files import write_json
from livingbrief.records import read_as
from livingbrief.run import workers
from livingbrief.run.asked import kept
from livingbrief.run.plan import Plan
from livingbrief.run.workers import ANSI
from livingbrief.values.exhibits import NotebookRecord
from livingbrief.values.results import Number

#: How long a notebook may run.
MINUTES = 10.0
#: What no output may hold, since executed notebooks are published: what it is, and how it looks.
_UNFIT = {
    "an address in memory": re.compile(r"\bat 0x[0-9a-f]{6,}"),
    "a path of this machine": re.compile(r"(?<![\w./:<])/(?:home|root|tmp|Users|var|usr|opt)/"),
    "a style sheet": re.compile(r"<style\b"),
}


def run_notebook(
    root: Path,
    name: str,
    parameters: Mapping[str, Parameter],
    out: Path,
    *,
    draw: bool = True,
    pictured: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Run one notebook and leave ``executed.ipynb``, ``record.json`` and ``figures/`` in `out`.

    `out` is replaced as a whole when the notebook has run, and untouched when it fails with a
    `BuildError` that names the notebook, the cell and the error. Without `draw` no figure is drawn;
    the record is the same. `pictured`: figures to draw in other languages, too.
    """
    source = root / "notebooks" / f"{name}.ipynb"
    scratch = out.with_name(f"{out.name}.part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    env = workers.environment(
        LIVINGBRIEF_OUT=str(scratch),
        LIVINGBRIEF_ROOT=str(root),
        LIVINGBRIEF_DRAW="yes" if draw else "no",
        LIVINGBRIEF_PICTURED=json.dumps(pictured or {}),
    )
    try:
        workers.call(
            "livingbrief.run.engine:execute", source, scratch, dict(parameters),
            env=env, log=scratch / "log", longest=60 * MINUTES,
        )  # fmt: skip
    except workers.WorkerDied as error:
        at = scratch / "cell"
        cell = f", cell {at.read_text(encoding='ascii')}" if at.is_file() else ""
        raise BuildError(f"notebook notebooks/{name}.ipynb{cell}: {error}") from None
    except OSError:
        # Such as a full disk, which it would keep full.
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    if not (scratch / "record.json").is_file():
        raise BuildError(f"notebook notebooks/{name}.ipynb does not end with nb.close()")
    (scratch / "log").unlink()
    _tidy(scratch / "executed.ipynb", scratch / "record.json")
    shutil.rmtree(out, ignore_errors=True)
    scratch.rename(out)


def _tidy(path: Path, recorded: Path) -> None:
    """Remove Papermill's clock times and random ids: two runs give the same bytes.

    The record gets the ids of cells, which the kernel does not know, where it counted them.
    """
    notebook = nbformat.read(path, as_version=4)
    for fault in _faults(notebook):
        name = recorded.parent.name.removesuffix(".part")
        raise BuildError(f"notebook notebooks/{name}.ipynb, {fault}")
    notebook.metadata.pop("papermill", None)
    # What an ordinary kernel says of its language besides is that of whoever runs it.
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    for number, cell in enumerate(notebook.cells):
        for clock in ("papermill", "execution"):
            cell.metadata.pop(clock, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = f"injected-{number}"
    nbformat.write(notebook, path)
    ids = {str(c.execution_count): c.id for c in notebook.cells if c.get("execution_count")}
    record = read_as(NotebookRecord, recorded)
    numbers = {
        key: number.model_copy(update={"cell": ids.get(number.cell, "")})
        for key, number in record.numbers.items()
    }
    write_json(recorded, record.model_copy(update={"numbers": numbers}))


def _faults(notebook: Any) -> Iterator[str]:
    """Yield what of the outputs of a notebook cannot be published."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            text = output.get("text", "")
            if output.output_type == "stream" and output.name == "stderr":
                yield f"cell {cell.id}: it writes to standard error: {text.strip()[:200]}"
            data = {k: v for k, v in output.get("data", {}).items() if k.startswith("text/")}
            if "text/latex" in data:
                yield f"cell {cell.id}: an output is in LaTeX, for which a page would ask the web"
            for shown in ("".join(v) for v in (text, *data.values())):
                for what, pattern in _UNFIT.items():
                    if found := pattern.search(shown):
                        about = shown[max(0, found.start() - 40) : found.end() + 40]
                        yield f"cell {cell.id}: an output shows {what}: '{about.strip()}'"


def collect(
    records: Iterable[NotebookRecord], target: Path, named: frozenset[str], known_at: str
) -> dict[str, Number]:
    """Join the notebooks' records, in the order of the chapters, into one ``results.json``.

    Of the keys without a value those stay that are `named` (`livingbrief.run.asked`). A
    `BuildError` when two notebooks record the same key, one key is the beginning of another, or a
    number is later than the day to which an edition looks back, `known_at`, and not marked.
    """
    results: dict[str, Number] = {}
    for record in records:
        for key, number in kept(record.numbers, named).items():
            if key in results:
                raise BuildError(
                    f"key '{key}' is recorded by {results[key].notebook} and by "
                    f"{record.notebook}; one notebook owns a key"
                )
            results[key] = number
    for key in results:
        for end, sign in enumerate(key):
            if sign == "." and key[:end] in results:
                raise BuildError(f"key '{key[:end]}' is the beginning of '{key}'")
    if known_at and (late := "\n".join(later_numbers(results, known_at))):
        raise BuildError(late)
    write_json(target, dict(sorted(results.items())))
    return results


def run_sphinx(plan: Plan, builder: str, label: str) -> None:
    """Build the book in a process of its own, warnings being errors.

    Parameters
    ----------
    plan : Plan
        Its stage fills the book and receives ``html/`` and ``notebooks/``, or the PDFs.
    builder : {"html", "typst"}
    label : str
        What is built, for messages.

    Raises
    ------
    BuildError
        With Sphinx's warnings.
    """
    stage, work = plan.stage, plan.work / f"sphinx-{builder}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    env = workers.environment(
        LIVINGBRIEF_STAGE=str(stage),
        LIVINGBRIEF_EXECUTED=str(plan.work / "notebooks"),
        LIVINGBRIEF_ROOT=str(plan.root),
        # Settings that somebody keeps in the project or at home for other documents are none.
        DOCUTILSCONFIG=os.devnull,
        SOURCE_DATE_EPOCH=str(plan.date),
        TZ="UTC",
    )
    log = work / "said.txt"
    try:
        make = "livingbrief.book.make:make"
        failed = workers.call(make, builder, plan.root, work, plan.toc, env=env, log=log)
    except (workers.WorkerDied, RuntimeError) as error:
        raise BuildError(f"the {label} could not be built: {error}") from None
    if failed:
        said = _complaints(log.read_text(encoding="utf-8"), plan.root)
        raise BuildError(f"the {label} could not be built:\n{said}")
    if builder == "html":
        target = stage / "html"
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(work / "html", target)
        # Its hash of the settings is another in another folder.
        (target / ".buildinfo").unlink(missing_ok=True)
        shutil.rmtree(stage / "notebooks", ignore_errors=True)
        (stage / "notebooks").mkdir()
        for filled in sorted((target / "notebooks").glob("*.executed.ipynb")):
            name = filled.name.replace(".executed", "")
            shutil.copyfile(filled, stage / "notebooks" / name)
    else:
        for paper in (work / "typst").glob("*.pdf"):
            paper.replace(stage / paper.name)


def _complaints(said: str, root: Path) -> str:
    """Return the warnings and errors of a builder, or without any the end of what it wrote.

    Of a page that could not be filled other warnings follow, which are left out.
    """
    lines = ANSI.sub("", said).replace(f"{root}/", "").strip().splitlines()
    marked = [line.strip() for line in lines if re.search("WARNING|ERROR|[Ee]rror", line)]
    for cause in (r"WARNING: book/[^:]+: line \d+: ", r"WARNING: book/[^:]+: "):
        marked = [line for line in marked if re.search(cause, line)] or marked
    return "\n".join(dict.fromkeys(marked or lines[-15:])) or "its process ended without a word"
