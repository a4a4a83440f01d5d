"""Results, claims and figures are put together on a stage."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from livingbrief.book import ahead, pages
from livingbrief.book.prose import Prose
from livingbrief.book.record import Book, Titled, TurnedFinding
from livingbrief.book.titles import Titles
from livingbrief.charts.titles import put
from livingbrief.claims import claims, findings, history
from livingbrief.claims.claims import Claim, Judged
from livingbrief.claims.statements import FOLDERS, chapter
from livingbrief.claims.turning import Turns
from livingbrief.edition import Edition
from livingbrief.files import write_json
from livingbrief.records import read_as, read_yaml
from livingbrief.run import asked, moved, steps
from livingbrief.run.editions import edition_names, load_edition
from livingbrief.run.plan import Plan
from livingbrief.values import results as described
from livingbrief.values.exhibits import NotebookRecord
from livingbrief.values.latest import resolve
from livingbrief.values.results import Results
from livingbrief.wording import capital


def stage(plan: Plan) -> None:
    """Write results and their schema, claims, findings, ``book.json`` and ``figures/``."""
    root, edition, brief = plan.root, plan.edition, plan.catalog.brief
    names = asked.named(root)
    records = [_recorded(plan.folder(name)) for name in plan.notebooks]
    results = steps.collect(records, plan.stage / "results.json", names, edition.known_at)
    turns = brief.turns(root, edition)
    ledger: tuple[Claim, ...] = ()
    if brief.tells_narrative(edition):
        ledger = claims.covering(claims.load(root / "book" / "claims.yml"), results)
    before = _then(plan, ledger, names)
    verdicts = _verdicts(plan, ledger, results, before, turns)
    pages_in_toc = re.findall(r"(?:file|root): (\S+)", plan.toc.read_text(encoding="utf-8"))
    of_edition = _findings_of(plan, pages_in_toc)
    decided: dict[str, str] = {item.id: item.verdict for item in verdicts}
    stated = [findings.judge(finding, results, decided, turns) for finding in of_edition]
    titles = Titles(root, pages_in_toc, _prose(plan, results, stated), stated, pages.lists(edition))
    titled = {x.name: titles.of(x) for record in records for x in record.exhibits}
    # What ends before the time of the brief has nothing since.
    if plan.then and edition.last_year < plan.then.last_year:
        before = {}
    book = _book(plan, records, titled).model_copy(
        update={
            "turned_since": _turned_since(of_edition, before, verdicts, stated),
            "moved_since": moved.moved_between(
                plan.catalog, before, results, plan.then.last_year if plan.then else 0
            ),
        }
    )
    past = plan.past.known() if plan.past else None
    keys = described.load(root / "book" / "results.yml")
    for file, content in {
        "results.schema": described.schema(keys),
        "claims": verdicts,
        "claims.schema": claims.schema(),
        "claims_history": history.of_ledger(ledger, past, verdicts, edition.name),
        "claims_history.schema": history.schema(),
        "findings": stated,
        "book": book,
    }.items():
        write_json(plan.stage / f"{file}.json", content)
    _put_figures(plan, titled)


def _recorded(folder: Path) -> NotebookRecord:
    return read_as(NotebookRecord, folder / "record.json")


def _verdicts(
    plan: Plan, ledger: Sequence[Claim], results: Results, before: Results, turns: Turns
) -> list[Judged]:
    """Judge the claims, each beside what it came to for the earlier edition, if there is one."""
    root, edition = plan.root, plan.edition
    printed = plan.catalog.brief.as_printed(root, edition)
    of_edition = out_by(root, edition)(ledger)
    verdicts = claims.evaluate(of_edition, results, edition.name, printed, turns)
    if plan.then is None:
        return verdicts
    earlier = claims.evaluate(out_by(root, plan.then)(ledger), before, plan.then.name)
    return claims.beside(verdicts, earlier)


def _findings_of(plan: Plan, pages_in_toc: Sequence[str]) -> list[findings.Finding]:
    """Return the findings of the pages of an edition, in their order; of each year of a loop."""
    # A country report has pages of its own.
    if not plan.catalog.brief.tells_narrative(plan.edition):
        pages_in_toc = [n for n in pages_in_toc if Path(n).parent.name == FOLDERS[1]]
    chapters = [*map(chapter, pages_in_toc)]
    own = [f for f in findings.load(plan.root) if f.chapter in chapters]
    own.sort(key=lambda finding: chapters.index(finding.chapter))
    shocks = pages.lists(plan.edition)["shocks"]
    return [each for finding in own for each in finding.each(shocks)]


def _book(plan: Plan, records: Sequence[NotebookRecord], titled: Mapping[str, Titled]) -> Book:
    """Return what the report is; what turned and moved is not known yet."""
    root, catalog, edition, brief = plan.root, plan.catalog, plan.edition, plan.catalog.brief
    country_name = brief.country_name(catalog, edition.country)
    ends = [load_edition(root, name).last_year for name in edition_names(root)]
    return Book(
        title=brief.title(edition, country_name),
        subtitle=brief.subtitle,
        version=brief.version,
        doi=str(read_yaml(root / "CITATION.cff", {}).get("doi", "")),
        date=plan.date,
        edition=edition,
        narrative=brief.tells_narrative(edition),
        ends_early=edition.last_year < max(ends),
        country_name=country_name,
        vintages={
            source: catalog.resolve(source, edition.vintage.get(source, "latest"), edition.known_at)
            for source in catalog.publishers()
        },
        lacks=tuple(lack for record in records for lack in record.lacks),
        chapters=plan.notebooks,
        exhibits={record.notebook: tuple(x.name for x in record.exhibits) for record in records},
        titled={**titled},
    )


def _put_figures(plan: Plan, titled: Mapping[str, Titled]) -> None:
    """Copy the figures of the notebooks, and give each its title in all languages."""
    target = plan.stage / "figures"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in plan.notebooks:
        for item in sorted((plan.folder(name) / "figures").glob("*")):
            shutil.copyfile(item, target / item.name)
    for exhibit, words in titled.items():
        if words.kind == "figure":
            put(target, exhibit, words.title)
            for code, own in words.languages.items():
                put(target, exhibit, own.title, code=code)


def _prose(plan: Plan, results: Results, stated: Sequence[findings.Stated]) -> Prose:
    """Return what fills the titles of figures."""
    catalog, edition = plan.catalog, plan.edition
    country_name = catalog.brief.country_name(catalog, edition.country)
    words = catalog.brief.words(edition.country, edition.host)
    names = {"country_name": country_name, "Country_name": capital(country_name)}
    until = {"last_year": edition.last_year, "known_at": edition.known_at}
    known = ahead.known(plan.root, edition.known_at)
    return Prose(results, {**words, **names, **until}, findings=stated, known=known)


def _then(plan: Plan, ledger: Sequence[Claim], names: frozenset[str]) -> Results:
    """Return the results as of the earlier edition, if there is one."""
    if plan.then is None:
        return {}
    # Years that a measure covers now are asked for then, too.
    read = {key for claim in ledger for key in claim.keys}
    records = [_recorded(plan.folder(n, then=True)) for n in plan.judged]
    target, day = plan.work / "then" / "results.json", plan.then.known_at
    return steps.collect(records, target, names | read, day)


def out_by(root: Path, edition: Edition | None) -> Callable[[Iterable[Claim]], tuple[Claim, ...]]:
    """Return what takes from claims the sources that were not out by the day of an edition."""
    out = ahead.known(root, edition.known_at or "") if edition else None
    return out.ledger if out else tuple


def _turned_since(
    of_edition: Sequence[findings.Finding],
    before: Results,
    verdicts: Sequence[Judged],
    stated: Sequence[findings.Stated],
) -> tuple[TurnedFinding, ...]:
    """Return the findings that were judged otherwise by what was known at the time of the brief.

    One that could not be judged then, or cannot now, has not turned.
    """
    decided: dict[str, str] = {item.id: item.then.verdict for item in verdicts if item.then}
    known = [f for f in of_edition if all(resolve(before, key) for key in f.keys)]
    old = (findings.judge(finding, before, decided) for finding in known)
    judged = [[item for item in of if item.outcome != "unknown"] for of in (old, stated)]
    turned = findings.turned(judged[0], judged[1])
    return tuple(TurnedFinding(id=now.id, was=was.outcome) for was, now in turned)
