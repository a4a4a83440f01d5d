"""The report's statements on accepted numbers: each wording reads, each kind of rule can turn."""

import re

import pytest

from livingbrief.book.ledger import findings_markdown
from livingbrief.book.prose import Prose
from livingbrief.book.sentences import Page
from livingbrief.book.state import BookState
from livingbrief.brief import brief
from livingbrief.claims import firm, statements
from livingbrief.claims.findings import OUTCOMES, Finding, judge, load
from livingbrief.paths import project_root
from livingbrief.records import load_facts
from tests import golden, recorded

ROOT = project_root()
FINDINGS = load(ROOT)
TITLES = {
    block.id
    for path in statements.pages(ROOT)
    for block in statements.blocks(path.read_text(encoding="utf-8"))
    if block.exhibit
}
UNKNOWN = "not yet published"
ACCEPTED = golden.results_of(golden.read("current"))
WRONG = re.compile(rf"\{{\{{|\}}\}}|None(?! of)|{UNKNOWN}|  | ,| \.")


def test_each_wording_reads_as_a_sentence():
    places = {"country_name": "Kyrgyzstan", "Country_name": "Kyrgyzstan"}
    names = {**brief().words("KGZ", "RUS"), "country": "KGZ", **places}
    names["facts"] = load_facts(ROOT / "book" / "facts.yml")
    read = 0
    for finding in FINDINGS:
        for outcome in OUTCOMES:
            always = dict.fromkeys(OUTCOMES, getattr(finding, outcome))
            said = judge(finding.model_copy(update=always), ACCEPTED)
            page = Page(Prose(ACCEPTED, names, findings=[said]))
            text = page.fill(f":::{{statement}} {finding.id}\n:::").strip()
            assert not WRONG.search(text), (finding.id, outcome, text)
            if text and finding.id not in TITLES:
                assert re.search(r"[.?]\**$", text), (finding.id, outcome, text)
                assert re.match(r"\W*[A-Z0-9]", text), (finding.id, outcome, text)
            read += bool(text)
    assert read > 2 * len(FINDINGS)


def one_of_each_kind():
    """A statement of one comparison for each kind that the report has and a number decides."""
    found = {}
    for finding in FINDINGS:
        (measure, *more), item = finding.measures or [None], judge(finding, ACCEPTED)
        if measure is None or more or finding.claims or item.outcome == "unknown":
            continue
        whole = isinstance(item.measures[0].value, int)
        if measure.compare == "outside" or (measure.compare in ("==", "!=") and not whole):
            continue
        kind = (measure.compare, measure.of, measure.exact, measure.tolerance > 0)
        found.setdefault((*kind, measure.than is None), finding)
    return found.values()


@pytest.mark.parametrize("finding", one_of_each_kind(), ids=lambda finding: finding.id)
def test_a_statement_turns_when_its_number_moves_by_its_margin_and_is_unknown_without(finding):
    (measure,) = finding.measures
    item = judge(finding, ACCEPTED)
    read = item.measures[0]
    entry, value = ACCEPTED[read.key], read.value
    far = firm.margin(measure, value, read.limit)

    def outcome(moved):
        interval = [moved, moved] if measure.of in ("low", "high") else entry.interval
        planted = recorded.with_fields(entry, value=moved, interval=interval)
        return judge(finding, {**ACCEPTED, read.key: planted}).outcome

    # Of counts a margin is a whole number of steps.
    whole = measure.exact or measure.compare in ("==", "!=")
    beyond, within = (far, far - 1) if whole else (far * (1 + 1e-9) + 1e-6, far * 0.99)
    assert {outcome(value - beyond), outcome(value + beyond)} - {item.outcome}
    assert outcome(value - within) == outcome(value + within) == item.outcome
    gone = {"value": None, "interval": None, "status": "not_published", "text": UNKNOWN}
    years = {
        k: recorded.with_fields(v, **gone) for k, v in ACCEPTED.items() if k[:-4] == read.key[:-4]
    }
    years[read.key] = recorded.with_fields(entry, **gone)
    assert judge(finding, {**ACCEPTED, **years}).outcome == "unknown"


def test_an_annex_leaves_out_findings_whose_figures_it_does_not_have():
    key = "poverty.rate_pct.2020"
    none = {"value": None, "text": UNKNOWN, "status": "no_data", "interval": None}
    told = {"id": "F01", "chapter": "summary", "rule": f"{key} > 0"}
    found = {key: recorded.with_fields(ACCEPTED[key], **none)}
    item = judge(Finding.model_validate({**told, "holds": "It rose.", "fails": "No."}), found)
    for narrative in (True, False):
        edition = {"country": "KGZ", "host": "RUS"}
        book = recorded.book(chapters=["conditions"], narrative=narrative, edition=edition)
        page = findings_markdown(ROOT, BookState(ROOT, found, [], [item], book, brief=brief()))
        assert ("Not said in this edition" in page) == narrative
        assert ("no findings of its own" in page) != narrative
