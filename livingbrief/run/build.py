"""One build: checks first, then tasks, then the report changes in one move."""

import hashlib
import importlib.metadata
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

from livingbrief.book.record import Book
from livingbrief.book.sentences import LEFT_OUT
from livingbrief.brief import load, packages
from livingbrief.claims import claims, findings, history
from livingbrief.claims.claims import Judged
from livingbrief.data.access import open_catalog
from livingbrief.edition import Edition
from livingbrief.errors import BuildError, InputError
from livingbrief.files import write_json
from livingbrief.pdf import papers
from livingbrief.records import RecordError, Shape, read_as, read_yaml, refuse_faulty
from livingbrief.run import replacing, workers
from livingbrief.run.editions import load_edition, load_then
from livingbrief.run.hashes import fingerprint, git, libraries, report_date
from livingbrief.run.history import past_of
from livingbrief.run.plan import PUBLISHED, Plan
from livingbrief.values import results
from livingbrief.values.exhibits import by_what
from livingbrief.wording import counted

PACKAGES = ("jupyter-book", "sphinx", "typst", "pandas", "numpy", "statsmodels", "matplotlib")


def build(
    root: Path,
    edition_name: str = "current",
    settings: Sequence[str] = (),
    *,
    workers: int = 2,
    pdf: bool = True,
    output: Path | None = None,
    fail_on_flip: bool = False,
    verbose: bool = False,
    work: Path | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Build the report of one edition.

    Parameters
    ----------
    edition_name, settings : str, sequence of str
        An edition of ``editions.yml``, and ``KEY=VALUE`` texts that override its parameters.
    workers : int
        Tasks at a time.
    output, work : Path or None
        Where the report goes and where it is made; ``dist/<edition>`` and ``.build/<edition>`` by
        default.
    fail_on_flip : bool
        Stop when a verdict differs from the report that would be replaced.
    verbose : bool
        Name each sentence that was left out.
    say : callable
        Receives line by line what the edition lacks, which verdicts and findings are others than in
        the report before, and what was run.

    Raises
    ------
    InputError, BuildError
        What was asked for cannot be served; or a hash, a notebook, the book or a claim stopped the
        build. The last report is untouched.
    """
    began, edition = time.perf_counter(), load_edition(root, edition_name, settings)
    target = (output or root / "dist" / edition.name).resolve()
    work = work or root / ".build" / edition.name
    then = load_then(root, edition)
    # As it was loaded: before this build waits for another.
    code = fingerprint([*packages(root), root / "requirements.lock"], libraries())
    with replacing.turn(root):
        replacing.refuse_sources(root, target)
        replacing.check_target(target)
    # One build at a time works on an edition.
    with FileLock(work / "build.lock"):
        plan = _plan(root, edition, then, work, settings, pdf=pdf, code=code)
        *lines, what = _made(plan, target, workers, fail_on_flip=fail_on_flip, verbose=verbose)
    for line in lines:
        say(line)
    say(f"{target} is ready: {what}, {time.perf_counter() - began:.1f} s")


def _plan(
    root: Path,
    edition: Edition,
    then: Edition | None,
    work: Path,
    settings: Sequence[str],
    *,
    pdf: bool,
    code: str,
) -> Plan:
    """Return what is to be made, once all that tasks read could be read."""
    catalog = open_catalog(root)
    for resource in catalog.resources:
        catalog.read_bytes(resource)
    refuse_faulty(root / "book")
    claims.load(root / "book" / "claims.yml", catalog.brief.sections)
    toc, notebooks, pdfs = contents(root, edition, work)
    return Plan(
        root=root,
        catalog=catalog,
        work=work,
        edition=edition,
        then=then,
        past=past_of(root, edition, then, settings),
        notebooks=notebooks,
        toc=toc,
        date=report_date(root),
        papers=pdfs if pdf else (),
        code=code,
    )


def _made(
    plan: Plan, target: Path, workers: int, *, fail_on_flip: bool, verbose: bool
) -> Iterator[str]:
    """Run the tasks, and replace the report if it is another; yield what there is to say.

    Last comes what was done.
    """
    from livingbrief.run.tasks import all_tasks

    _clear(plan)
    ran = _run(plan, all_tasks(plan), workers)
    book = read_as(Book, plan.stage / "book.json")
    # Compared with the report that is replaced now: the stage may be older.
    flips, turns = _turned(target, plan.stage)
    if fail_on_flip and flips:
        moved = f"{counted(len(flips), 'verdict')} moved since the last report:"
        raise BuildError("\n  ".join([moved, *flips]))
    with replacing.turn(plan.root):
        files = {fingerprint([folder], hidden=True) for folder in (plan.stage, target)}
        if replaced := bool(ran) or len(files) > 1:
            _write_build_record(plan, book)
            replacing.move_out(plan.stage, target)
    yield from _notes(plan, book, verbose=verbose)
    yield from (f"verdict changed: {flip}" for flip in flips)
    yield from turns
    if plan.past and plan.past.stale:
        yield f"no history of claims in this report: {plan.past.note}"
    if ran:
        yield f"ran: {'; '.join(ran)}"
        yield f"{counted(len(ran), 'task')} run"
    else:
        yield "the report was replaced" if replaced else "nothing had changed"


def _turned(old: Path, new: Path) -> tuple[list[str], list[str]]:
    """Return a line for each verdict, and for each finding, that two reports judge otherwise."""
    moved = claims.diff(*(_listed(Judged, folder / "claims.json") for folder in (old, new)))
    stated = (_listed(findings.Stated, folder / "findings.json") for folder in (old, new))
    return (
        [f"{f.id}: {f.was} -> {f.now} ({f.why})" for f in moved],
        [
            f"finding turned: {now.id}: {was.outcome} -> {now.outcome}"
            for was, now in findings.turned(*stated)
        ],
    )


def _notes(plan: Plan, book: Book, *, verbose: bool) -> Iterator[str]:
    """Yield what the edition lacks, and how many sentences were left out, or which."""
    for lack, (where, why) in by_what(book.lacks).items():
        yield f"not in this edition ({', '.join(where)}): {lack}. {why}"
    if left := left_out(plan.work):
        them = "" if verbose else "; --verbose lists them"
        why = f"a number, source or time that they name is unknown in this edition{them}"
        yield "\n".join([f"{counted(len(left), 'sentence')} left out: {why}", *left * verbose])


def left_out(work: Path) -> list[str]:
    """Return which sentences the HTML that was made in a folder leaves out, and for want of what.

    None of a report that was not made there.
    """
    with suppress(FileNotFoundError):
        return (work / "sphinx-html" / LEFT_OUT).read_text("utf-8").splitlines()
    return []


def _listed(shape: type[Shape], path: Path) -> list[Shape]:
    """Return what a report lists in a file; nothing if it does not hold it whole."""
    with suppress(FileNotFoundError, ValueError):
        return read_as(list[shape], path)  # type: ignore[valid-type]
    return []


def _clear(plan: Plan) -> None:
    """Take away what no task makes, a PDF of an earlier build for instance."""
    for path in plan.stage.iterdir() if plan.stage.is_dir() else ():
        if path.name not in (*PUBLISHED, *plan.papers):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def contents(
    root: Path, edition: Edition, work: Path
) -> tuple[Path, tuple[str, ...], tuple[str, ...]]:
    """Return an edition's table of contents, notebooks in the order of chapters, and PDFs.

    An edition without the narrative leaves out the pages that retell the brief. An `InputError`
    when ``_toc.yml`` cannot be read, names a file that is not there, or leaves one out.
    """
    try:
        toc = read_yaml(root / "_toc.yml")
        listed = [toc["root"], *(f for part in toc["parts"] for f in _files(part["chapters"]))]
    except (OSError, RecordError, KeyError, TypeError) as error:
        raise InputError(f"_toc.yml cannot be read: {error!r}") from None
    pages = [*(root / "book").rglob("*.md"), *(root / "notebooks").glob("*.ipynb")]
    there = {page.relative_to(root).with_suffix("").as_posix(): page for page in pages}
    if gone := [f for f in listed if f not in there and not (root / f"{f}.md").is_file()]:
        raise InputError(f"_toc.yml names '{gone[0]}', which is neither a .md nor an .ipynb file")
    brief = load(root)
    if unlisted := sorted(there.keys() - {*listed, *brief.general_pages}):
        page = there[unlisted[0]].relative_to(root)
        raise InputError(f"{page} stands in no part of _toc.yml: list it there, or remove the file")
    files = listed
    if not brief.tells_narrative(edition):
        general = [*brief.general_pages, *(f"notebooks/{n}" for n in brief.general_notebooks)]
        files = general or listed
        toc["root"] = files[0]
        toc["parts"] = [{"chapters": [{"file": file} for file in files[1:]]}]
    work.mkdir(parents=True, exist_ok=True)
    chosen = work / "toc.yml"
    chosen.write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")
    notebooks = tuple(f.removeprefix("notebooks/") for f in files if f.startswith("notebooks/"))
    return chosen, notebooks, papers.files(root, listed, files)


def _files(entries: Any) -> Iterator[str]:
    """Yield the files of chapters, each followed by those that fold below it in the menu."""
    for entry in entries:
        yield entry["file"]
        yield from _files(entry.get("sections", ()))


def _run(plan: Plan, tasks: list[Any], workers: int) -> tuple[str, ...]:
    """Run tasks with pytask; return those that ran."""
    import pytask
    from pytask_parallel import execute

    # Its pause between two looks at the tasks that run grows to a second.
    execute._Sleeper.sleep = lambda _: time.sleep(0.005)
    config = plan.work / "pyproject.toml"
    config.write_text("[tool.pytask.ini_options]\n", encoding="utf-8")
    with suppress(ValueError):
        # Only the main thread is told of Ctrl-C.
        signal.signal(signal.SIGINT, _end)
    session = pytask.build(
        tasks=tasks,
        config=config,
        n_workers=workers,
        parallel_backend="threads",
        capture="no",
        show_errors_immediately=False,
        show_traceback=False,
        disable_warnings=True,
        sort_table=False,
    )
    failed = [r for r in session.execution_reports if r.outcome.name == "FAIL"]
    if failed or session.exit_code != 0:
        raise BuildError(_why(session, failed))
    if len(session.execution_reports) < len(tasks):
        # pytask ends its round at Ctrl-C as if all were done.
        raise KeyboardInterrupt
    done = [r for r in session.execution_reports if r.outcome.name == "SUCCESS"]
    return tuple(report.task.name.rsplit("::")[-1] for report in done)


def _end(*_: Any) -> None:
    workers.end_all()
    raise KeyboardInterrupt


def _why(session: Any, failed: list[Any]) -> str:
    reports = failed or [r for r in session.collection_reports or () if r.exc_info]
    messages = []
    for report in reports:
        error = report.exc_info[1]
        # The system's own message says neither what was at work nor, mostly, on which file.
        named = isinstance(error, OSError) and report in failed
        messages.append(f"{report.task.name.rsplit('::')[-1]}: {error}" if named else str(error))
    return "\n".join(messages) or "the tasks could not be run"


def _write_build_record(plan: Plan, book: Book) -> None:
    lock = plan.root / "requirements.lock"
    write_json(
        plan.stage / replacing.RECORD,
        {
            **replacing.own(replacing.files_of(plan.stage), plan.catalog.brief.name),
            "version": plan.catalog.brief.version,
            "schemas": {
                "results.json": results.VERSION,
                "claims.json": claims.VERSION,
                "claims_history.json": history.VERSION,
            },
            "commit": git(plan.root, "rev-parse", "HEAD") or "unknown",
            "edition": plan.edition.model_dump(),
            "vintages": book.vintages,
            "data": {r.path: r.hash for r in plan.catalog.resources},
            "lock": hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else "none",
            "python": ".".join(map(str, sys.version_info[:3])),
            "packages": {p: importlib.metadata.version(p) for p in PACKAGES},
        },
    )
