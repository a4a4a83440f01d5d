"""Results, claims and figures are put together on a stage."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livingbrief.book import ahead
from livingbrief.claims import claims, findings, firm, history
from livingbrief.claims.claims import Claim
from livingbrief.data.access import open_catalog
from livingbrief.data.catalog import Catalog
from livingbrief.errors import BuildError
from livingbrief.run import asked, moved, steps
from livingbrief.run.editions import edition_names, load_edition
from livingbrief.values import results as described
from livingbrief.values.latest import resolve

if TYPE_CHECKING:
    from livingbrief.run.editions import Edition
    from livingbrief.run.tasks import Plan


def stage(plan: Plan) -> None:
    """Write results and their schema, claims, findings, ``book.json`` and ``figures/``."""
    folders = [plan.folder(n) for n in plan.notebooks]
    records = [f / "record.json" for f in folders]
    names = asked.named(plan.root)
    results, lacks = steps.collect(records, plan.stage / "results.json", names)
    ledger: tuple[claims.Claim, ...] = ()
    if plan.tells_narrative:
        ledger = claims.covering(claims.load(plan.root / "book" / "claims.yml"), results)
    then: dict[str, dict[str, Any]] | None = None
    if plan.then:
        # Years that a measure covers now are asked for then, too.
        names |= {key for claim in ledger for key in claim.keys}
        then, _ = steps.collect(
            [plan.folder(n, then=True) / "record.json" for n in plan.judged],
            plan.work / "then" / "results.json",
            names,
        )
        _all_judged(plan, results, then)
    printed = plan.brief.as_printed(plan.root, plan.edition)
    day = plan.then.known_at if plan.then else ""
    # What ends before the time of the brief has nothing since.
    since = plan.then is not None and plan.edition.last_year >= plan.then.last_year
    earlier = then if then and since else {}
    verdicts: list[dict[str, Any]] = []
    flips: list[dict[str, Any]] = []
    if plan.tells_narrative:
        verdicts = claims.verdicts(
            plan.root / "book" / "claims.yml",
            results,
            edition=plan.edition.name,
            then=then,
            then_edition=plan.then.name if plan.then else None,
            known=out_by(plan.root, plan.edition),
            known_then=out_by(plan.root, plan.then),
        )
        verdicts = firm.of_claims(ledger, verdicts, results, printed)
        flips = claims.flips(plan.last_report, verdicts)
    steps.write_json(plan.stage / "claims.json", verdicts)
    steps.write_json(plan.stage / "claims.schema.json", claims.schema())
    made = plan.past.parts() if plan.past else []
    past = history.of_ledger(ledger, made, verdicts, plan.edition.name)
    steps.write_json(plan.stage / "claims_history.json", past)
    steps.write_json(plan.stage / "claims_history.schema.json", history.schema())
    shown = chapters(plan.toc) if plan.tells_narrative else {*plan.notebooks}
    told = [f for f in findings.load(plan.root) if f.chapter in shown]
    own = findings.judge_all(
        told,
        results,
        {item["id"]: item["verdict"] for item in verdicts},
        printed,
        {item["id"]: [to for how in item["could_turn"] for to in how["to"]] for item in verdicts},
    )
    steps.write_json(plan.stage / "findings.json", own)
    catalog = open_catalog(plan.root)
    book = {
        "title": title(plan, catalog),
        "subtitle": "A policy brief that can be rerun, and that says when its own claims stop "
        "being true",
        "version": plan.brief.version,
        "date": plan.date,
        "edition": plan.edition.model_dump(),
        "narrative": plan.tells_narrative,
        "ends_early": plan.edition.last_year
        < max(load_edition(plan.root, name).last_year for name in edition_names(plan.root)),
        "country_name": plan.brief.country_name(catalog, plan.edition.country),
        "vintages": vintages_used(plan, catalog),
        "lacks": lacks,
        "chapters": list(plan.notebooks),
        "exhibits": steps.exhibits(records),
        "flips": flips,
        "turned": turned(plan.last_report, own),
        "turned_since": _turned_since(told, earlier, verdicts, own),
        "moved_numbers": moved.moved_numbers(catalog, plan.last_report, results, plan.edition),
        "moved_since": moved.moved_between(
            catalog, earlier, results, plan.then.last_year if plan.then else 0
        ),
        "last_date": moved.last_date(plan.last_report),
        "last_run": moved.last_run(plan.last_report, plan.edition),
        "data_changes": moved.data_changes(plan.root, plan.edition, plan.last_report, day),
    }
    descriptions = described.load(plan.root / "book" / "results.yml")
    schema = described.schema(descriptions, plan.edition.parameters())
    steps.write_json(plan.stage / "results.schema.json", schema)
    shutil.rmtree(plan.stage / "figures", ignore_errors=True)
    (plan.stage / "figures").mkdir(parents=True)
    for folder in folders:
        for item in sorted((folder / "figures").glob("*")):
            shutil.copyfile(item, plan.stage / "figures" / item.name)
    steps.write_json(plan.stage / "book.json", book)


def out_by(root: Path, edition: Edition | None) -> Callable[[Iterable[Claim]], tuple[Claim, ...]]:
    """Return what takes from claims the sources that were not out by the day of an edition."""
    out = ahead.known(root, edition.known_at or "") if edition else None
    return out.ledger if out else tuple


def chapters(toc: Path) -> set[str]:
    """Return the names of the pages and notebooks in a table of contents."""
    text = toc.read_text(encoding="utf-8")
    return {name.rsplit("/", 1)[-1] for name in re.findall(r"(?:file|root): (\S+)", text)}


def turned(last_report: Path, own: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the findings that turned since the last report, as they were and as they are."""
    try:
        old = json.loads((last_report / "findings.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return [
        {"id": now["id"], "from": was["outcome"], "was": was["template"], "to": now["outcome"]}
        for was, now in findings.turned(old, own)
    ]


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
    old = findings.judge_all(known, then, before)
    return [
        {
            "id": now["id"],
            "from": was["outcome"],
            "to": now["outcome"],
            "measures": [{"key": m["key"], "text": m["text"]} for m in was["measures"]],
        }
        for was, now in findings.turned(old, own)
        if "unknown" not in (was["outcome"], now["outcome"])
    ]


def _all_judged(plan: Plan, results: Mapping[str, Any], then: Mapping[str, Any]) -> None:
    """Check that every notebook which the ledger reads is marked as such."""
    ledger = claims.covering(claims.load(plan.root / "book" / "claims.yml"), results)
    judged = {entry["notebook"] for entry in then.values()}
    for key in claims.keys(ledger):
        if key in results and results[key]["notebook"] not in judged:
            raise BuildError(
                f"claims.yml reads '{key}', which notebooks/{results[key]['notebook']}.ipynb "
                'records; add "claims": true to "livingbrief" in that notebook\'s metadata'
            )


def title(plan: Plan, catalog: Catalog) -> str:
    """Return the report's title."""
    name = plan.brief.country_name(catalog, plan.edition.country)
    return plan.brief.title(plan.edition, name)


def vintages_used(plan: Plan, catalog: Catalog) -> dict[str, str]:
    """Return source to the vintage that this edition uses, ``latest`` resolved."""
    return {
        source: catalog.resolve(
            source, plan.edition.vintage.get(source, "latest"), plan.edition.known_at
        )
        for source in catalog.publishers()
    }
