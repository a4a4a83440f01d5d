"""One look at everything a build needs: data, editions, notebooks, claims."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from livingbrief import notebooks, records
from livingbrief.book import ahead, bibliography, languages, mistakes
from livingbrief.brief import load
from livingbrief.claims import claims, findings
from livingbrief.data import due
from livingbrief.data.access import open_catalog, open_data
from livingbrief.data.check import check_package
from livingbrief.edition import Edition
from livingbrief.errors import ReportError
from livingbrief.notebooks import matched, reads_of
from livingbrief.run import history
from livingbrief.run.asked import texts_of
from livingbrief.run.build import contents, left_out
from livingbrief.run.editions import edition_names, load_edition
from livingbrief.values import results
from livingbrief.wording import today


def check_all(
    root: Path, edition_name: str, settings: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """Check data package, editions, notebooks and claims.

    Gives what must be mended, and what the edition lacks or is past due. An `InputError` when the
    edition does not exist or cannot be served.
    """
    edition = load_edition(root, edition_name, settings)
    book, data = root / "book", open_data(root, edition)
    problems, notes = [str(p) for p in check_package(root)], data.gaps()
    # What is read: it either can be, or says what is wrong.
    read: list[Callable[[], object]] = [
        *(partial(check_edition, root, name) for name in edition_names(root)),
        partial(contents, root, edition, root / ".build" / "check"),
        partial(claims.load, book / "claims.yml", load(root).sections),
        partial(findings.load, root),
        *(partial(load, book / name) for load, name in records.LOADERS),
        partial(bibliography.load, book / "references.bib"),
        partial(results.load, book / "results.yml"),
        lambda: problems.extend(history.notes(root)),
        lambda: notes.extend(overdue(book / "recommendations.yml", today())),
        lambda: notes.extend(languages.notes(root)),
        lambda: problems.extend(check_ahead(root)),
        lambda: problems.extend(mistakes.found(root, texts_of(root), edition)),
    ]
    for action in read:
        try:
            action()
        except ReportError as error:
            problems.append(str(error))
    known = set(open_catalog(root).tables)
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        problems += check_notebook(path, edition, known)
    last = left_out(root / ".build" / edition_name)
    notes += [f"left out of the last report of this edition: {said}" for said in last]
    notes += [*data.departures(edition.shocks), *due.notes(open_catalog(root), today())]
    return [*dict.fromkeys(problems)], notes


def check_edition(root: Path, name: str) -> None:
    """Raise what is wrong with an edition, or with a notebook that cannot take its parameters."""
    parameters = load_edition(root, name).parameters()
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        matched(path, parameters)


def overdue(path: Path, day: dt.date) -> list[str]:
    """Say on one line which actions of the recommendations have a month that is over."""
    late = [f"{a.action} ({a.by})" for a in records.load_actions(path) if a.is_past(day)]
    return [f"past due: {path.name}: {', '.join(late)}"] if late else []


def check_ahead(root: Path) -> list[str]:
    """Look in claims for what is later than the day to which an edition looks back."""
    wrong, ledger = list[str](), claims.load(root / "book" / "claims.yml")
    for name in edition_names(root):
        edition = load_edition(root, name)
        out = ahead.known(root, edition.known_at if load(root).tells_narrative(edition) else "")
        wrong += out.of_ledger(ledger) if out else []
    return wrong


def check_notebook(path: Path, edition: Edition, tables: set[str]) -> list[str]:
    """Return what is wrong with a source notebook: parameters, tables, left-over outputs."""
    where = f"notebooks/{path.name}"
    try:
        matched(path, edition.parameters())
        unknown = [t for t in reads_of(path) if t not in tables]
    except ReportError as error:
        return [str(error)]
    found = [f"{where} reads a table '{t}' that the data package does not have" for t in unknown]
    cells = notebooks.read(path)["cells"]
    ran = [str(n) for n, c in enumerate(cells, 1) if c.get("outputs") or c.get("execution_count")]
    if ran:
        found.append(f"{where} is committed with outputs (cells {', '.join(ran)}); clear them")
    return found
