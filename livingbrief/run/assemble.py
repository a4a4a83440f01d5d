"""Results, claims and figures are put together on a stage."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livingbrief.book import ahead, pages
from livingbrief.book.prose import Prose
from livingbrief.book.titles import Titles
from livingbrief.charts.titles import put
from livingbrief.claims import claims, findings, history
from livingbrief.claims.claims import Claim
from livingbrief.claims.statements import FOLDERS, chapter
from livingbrief.records import read_yaml
from livingbrief.run import asked, moved, steps
from livingbrief.run.editions import edition_names, load_edition
from livingbrief.values import results as described
from livingbrief.values.latest import resolve
from livingbrief.wording import capital

if TYPE_CHECKING:
    from livingbrief.run.editions import Edition
    from livingbrief.run.tasks import Plan


def stage(plan: Plan) -> None:
    """Write results and their schema, claims, findings, ``book.json`` and ``figures/``."""
    root, name, catalog, brief = plan.root, plan.edition.name, plan.catalog, plan.catalog.brief
    country_name = brief.country_name(catalog, plan.edition.country)
    folders = [plan.folder(n) for n in plan.notebooks]
    records = [f / "record.json" for f in folders]
    names = asked.named(root)
    asked_for, day = plan.edition.vintage, plan.edition.known_at
    results, lacks = steps.collect(records, plan.stage / "results.json", names, day)
    printed, turns = brief.as_printed(root, plan.edition), brief.turns(root, plan.edition)
    ledger: tuple[Claim, ...] = ()
    if tells := brief.tells_narrative(plan.edition):
        ledger = claims.covering(claims.load(root / "book" / "claims.yml"), results)
    then = _then(plan, ledger, names)
    verdicts = claims.evaluate(out_by(root, plan.edition)(ledger), results, name, printed, turns)
    if plan.then:
        earlier = claims.evaluate(out_by(root, plan.then)(ledger), then, plan.then.name)
        verdicts = claims.beside(verdicts, earlier)
    in_toc = re.findall(r"(?:file|root): (\S+)", plan.toc.read_text(encoding="utf-8"))
    # A country report has pages of its own.
    country = [n for n in in_toc if Path(n).parent.name == FOLDERS[1]]
    told_on = [chapter(n) for n in (in_toc if tells else country)]
    lists = pages.lists(plan.edition.model_dump())
    stated = [f for f in findings.load(root) if f.chapter in told_on]
    stated.sort(key=lambda finding: told_on.index(finding.chapter))
    judged = [each for f in stated for each in f.each(lists["shocks"])]
    decided = {item["id"]: item["verdict"] for item in verdicts}
    own = [findings.judge(finding, results, decided) for finding in judged]
    own = findings.with_chances(own, judged, results, turns)
    titles = Titles(root, in_toc, _prose(plan, results, own), own, lists)
    titled = _titled(titles, map(steps.read_json, records))
    # What ends before the time of the brief has nothing since.
    since = plan.then and plan.edition.last_year >= plan.then.last_year
    before = then if since else {}
    book = {
        "title": brief.title(plan.edition, country_name),
        "subtitle": brief.subtitle,
        "version": brief.version,
        "doi": str(read_yaml(root / "CITATION.cff", {}).get("doi", "")),
        "date": plan.date,
        "edition": plan.edition.model_dump(),
        "narrative": tells,
        "ends_early": plan.edition.last_year
        < max(load_edition(root, other).last_year for other in edition_names(root)),
        "country_name": country_name,
        "vintages": {
            source: catalog.resolve(source, asked_for.get(source, "latest"), day)
            for source in catalog.publishers()
        },
        "lacks": lacks,
        "chapters": list(plan.notebooks),
        "exhibits": {
            record["notebook"]: [shown["name"] for shown in record["exhibits"]]
            for record in map(steps.read_json, records)
        },
        "titled": titled,
        "turned_since": _turned_since(judged, before, verdicts, own),
        "moved_since": moved.moved_between(
            catalog, before, results, plan.then.last_year if plan.then else 0
        ),
    }
    past = plan.past.told() if plan.past else None
    keys = described.load(root / "book" / "results.yml")
    for file, content in {
        "results.schema": described.schema(keys),
        "claims": verdicts,
        "claims.schema": claims.schema(),
        "claims_history": history.of_ledger(ledger, past, verdicts, name),
        "claims_history.schema": history.schema(),
        "findings": own,
        "book": book,
    }.items():
        steps.write_json(plan.stage / f"{file}.json", content)
    shutil.rmtree(plan.stage / "figures", ignore_errors=True)
    (plan.stage / "figures").mkdir(parents=True)
    for folder in folders:
        for item in sorted((folder / "figures").glob("*")):
            shutil.copyfile(item, plan.stage / "figures" / item.name)
    for exhibit, words in titled.items():
        if words["kind"] == "figure":
            put(plan.stage / "figures", exhibit, words["title"])
            for code, own_words in words["languages"].items():
                put(plan.stage / "figures", exhibit, own_words["title"], code=code)


def _prose(plan: Plan, results: Any, own: Any) -> Prose:
    """Return what fills the titles of figures."""
    catalog, edition = plan.catalog, plan.edition
    country_name = catalog.brief.country_name(catalog, edition.country)
    words = catalog.brief.words(edition.country, edition.host)
    names = {"country_name": country_name, "Country_name": capital(country_name)}
    until = {"last_year": edition.last_year, "known_at": edition.known_at}
    known = ahead.known(plan.root, edition.known_at)
    return Prose(results, {**words, **names, **until}, findings=own, known=known)


def _titled(titles: Titles, records: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what pages call the exhibits of notebooks."""
    found = {}
    for record in records:
        for exhibit in record["exhibits"]:
            words = titles.of(exhibit, exhibit.get("languages", {}))
            own = {part: exhibit.get(part, "") for part in ("rows", "ends")}
            found[exhibit["name"]] = {"kind": exhibit["kind"], **own, **words}
    return found


def _then(plan: Plan, ledger: Sequence[Claim], names: frozenset[str]) -> dict[str, Any]:
    """Return the results as of the earlier edition, if there is one."""
    if plan.then is None:
        return {}
    # Years that a measure covers now are asked for then, too.
    read = {key for claim in ledger for key in claim.keys}
    records = [plan.folder(n, then=True) / "record.json" for n in plan.judged]
    target, day = plan.work / "then" / "results.json", plan.then.known_at
    return steps.collect(records, target, names | read, day)[0]


def out_by(root: Path, edition: Edition | None) -> Callable[[Iterable[Claim]], tuple[Claim, ...]]:
    """Return what takes from claims the sources that were not out by the day of an edition."""
    out = ahead.known(root, edition.known_at or "") if edition else None
    return out.ledger if out else tuple


def _turned_since(
    told: Sequence[findings.Finding],
    then: Mapping[str, Any],
    verdicts: Sequence[Mapping[str, Any]],
    own: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Return the findings that were judged otherwise by what was known at the time of the brief.

    One that could not be judged then, or cannot now, has not turned.
    """
    before = {item["id"]: item["then"]["verdict"] for item in verdicts if item["then"]}
    known = [f for f in told if all(resolve(then, key) for key in f.keys)]
    old = (findings.judge(finding, then, before) for finding in known)
    judged = [[i for i in of if i["outcome"] != "unknown"] for of in (old, own)]
    both = claims.turned(judged[0], judged[1], "outcome")
    return [{"id": item["id"], "from": was["outcome"]} for was, item in both]
