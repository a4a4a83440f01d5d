"""The ledger's pages: complete, anchored, filled from the data files, and saying what moved."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest

from livingbrief.book import ledger, tracker
from livingbrief.book.marks import MARK, key_and_form, unmarked
from livingbrief.book.state import BookState
from livingbrief.brief import brief
from livingbrief.claims import claims
from livingbrief.claims.findings import Stated
from livingbrief.claims.findings import load as load_findings
from livingbrief.records import load_errata, load_recommendations
from livingbrief.wording import LOOKS
from tests import golden, recorded

ROOT = Path(__file__).resolve().parents[1]
LEDGER = claims.load(ROOT / "book" / "claims.yml")
RECOMMENDATIONS = load_recommendations(ROOT / "book" / "recommendations.yml")


FINDINGS = [
    Stated.model_construct(
        id=item.id,
        chapter="",
        template=f"Finding {item.id}.",
        outcome="holds",
        measures=(),
        late=False,
    )
    for item in load_findings(ROOT)
]
#: Notes print more keys than rules read.
PRINTED = {row["key"] for row in golden.read("current") if row["status"]}


def results(**values):
    watched = {i.key for plan in RECOMMENDATIONS for i in plan.indicators if i.key}
    indicators = {key.replace(".latest", f".{y}") for key in watched for y in (2023, 2024, 2025)}
    found = {}
    for key in {*(key for claim in LEDGER for key in claim.keys), *indicators, *PRINTED}:
        value = values.get(key.replace(".", "_"))
        found[key] = recorded.number(
            value=value,
            text="not yet published" if value is None else f"{value}%",
            status="not_published" if value is None else "estimate",
            unit="percent",
        )
    return found


def state(values, then=None, chapters=("justice", "known_cases")):
    found = results(**values)
    items = claims.evaluate(LEDGER, found, "current")
    if then is not None:
        ledger = claims.covering(LEDGER, found)
        items = claims.beside(items, claims.evaluate(ledger, results(**then), "brief-2023"))
    edition = {"country": "KGZ", "host": "RUS"}
    about = {"title": "A report", "version": "1", "date": 1775001600}
    book = recorded.book(edition=edition, chapters=chapters, **about)
    return BookState(ROOT, found, items, FINDINGS, book, brief=brief())


ROSE = {"remittances_gross_growth_pct_2022": 7.1, "remittances_net_growth_pct_2022": -17.6}
ESTIMATED = {"remittances_gross_growth_pct_2022": 9.2}


def entry(page, claim):
    pattern = rf"\(claim-{claim.lower()}\)=\n(.*?)(?=\n\(claim-|\n## |\Z)"
    return re.search(pattern, unmarked(page), re.S)[1]


def test_every_claim_has_one_entry_and_one_row():
    page = ledger.claims_markdown(ROOT, state(ROSE))
    for claim in LEDGER:
        assert page.count(f"({ledger.anchor(claim.id)})=") == 1
        assert page.count(f"{{ref}}`{claim.id} <{ledger.anchor(claim.id)}>`") == 1


def test_an_entry_shows_both_views_with_their_values():
    text = entry(ledger.claims_markdown(ROOT, state(ROSE, then=ESTIMATED)), "C63")
    assert "**◇ Depends on the measure**. In June 2023: wrong." in text
    asked = "| below 0% by more than 1 point; a smaller gap is too close "
    both = "| 9.2% (estimate): not met | 7.1% (estimate): not met |"
    assert asked + both in text.replace("\xa0", " ")
    assert "| not yet printed | -17.6% (estimate): met |" in text


def test_each_number_of_the_ledger_knows_its_key_and_of_which_view_it_is():
    page = ledger.claims_markdown(ROOT, state(ROSE, then=ESTIMATED))
    printed = {(*key_and_form(hidden), text) for hidden, text in MARK.findall(page)}
    key = "remittances.gross.growth_pct.2022"
    assert {(key, "", "7.1%"), (key, "then", "9.2%")} <= printed
    assert ("facts.western_union_announced", "", "10 March 2022") in printed
    assert ("verdicts.total", "then", str(len(LEDGER))) in printed


def test_an_unknown_fact_is_an_error(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "facts.yml").write_text(
        "other: {value: 1, text: one, source: a, confidence: high}", encoding="utf-8"
    )
    with pytest.raises(jinja2.UndefinedError):
        ledger.claims_markdown(tmp_path, state(ROSE))


def test_counts_add_up():
    page = unmarked(ledger.claims_markdown(ROOT, state(ROSE, then=ESTIMATED)))
    row = r"^\| (\*\*)?([^*|]+)(?:\*\*)? \| (?:\*\*)?(\d+)(?:\*\*)? \| (?:\*\*)?(\d+)(?:\*\*)? \|$"
    rows = re.findall(row, page, re.M)
    groups = {name: (int(then), int(now)) for strong, name, then, now in rows if strong}
    assert list(groups) == [
        *(f"{sign} {words.capitalize()}" for sign, words, *_ in LOOKS.values()),
        "All claims",
    ]
    told = ledger.tally(state(ROSE).claims)
    assert sum(int(told[kind]) for kind in claims.KINDS) == len(LEDGER)
    for column in (0, 1):
        *parts, total = (numbers[column] for numbers in groups.values())
        assert sum(parts) == total == len(LEDGER)
        alone = sum(
            groups[f"{LOOKS[g].sign} {LOOKS[g].words.capitalize()}"][column]
            for g in ("in_part", "no_longer")
        )
        assert alone + sum(int(row[2 + column]) for row in rows if not row[0]) == total


@pytest.mark.parametrize(("day", "told"), [("", True), ("2022-05-01", False)])
def test_an_earlier_day_has_no_measure_that_is_labelled_by_what_came_after(day, told):
    early = state({"justice_investigations_tip_2021": 10, "justice_investigations_tip_2020": 20})
    early = recorded.looking_back(early, day)
    text = entry(ledger.claims_markdown(ROOT, early), "C10b")
    assert "| Investigations opened in 2021, against 2020 |" in text
    assert ("as the tier report of 2023 puts it" in text) is told


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"compare": "within", "limit": 33.3, "tolerance": 2.5}, "within 2.5 points of 33.3%"),
        ({"compare": ">=", "limit": 1990, "tolerance": 0, "text": "1991"}, "not below 1990"),
        (
            {"compare": ">", "limit": 2, "tolerance": 1, "than": {"key": "a"}},
            "above the second figure by more than 1 point; a smaller gap is too close",
        ),
        (
            {"compare": "<", "limit": 2, "tolerance": 0, "than": {"key": "a"}, "exact": True},
            "below the second figure by more than chance allows",
        ),
        (
            {"compare": ">", "limit": 1e5, "tolerance": 5_000, "shown_as": "a hundred thousand"},
            "above a hundred thousand by more than 5,000 points; a smaller gap is too close",
        ),
    ],
)  # fmt: skip
def test_rules_are_written_in_words(rule, words):
    told = {"than": None, "shown_as": None, "exact": False, "text": "7.1%", **rule}
    assert ledger.rule_words(SimpleNamespace(**told)).replace("\xa0", " ") == words


def test_of_two_numbers_that_are_lacking_one_reason_is_said():
    lacking = {"key": "a.b.2021", "value": None, "text": "not in this edition", "status": "x"}
    than = {"key": "a.b.2020", "value": None, "text": "not available"}
    measure = SimpleNamespace(**lacking, verdict="missing", than=SimpleNamespace(**than))
    assert unmarked(ledger._cell(measure)) == "not in this edition"
    measure.than = SimpleNamespace(**{**than, "value": 1.5, "text": "1.5"})
    assert unmarked(ledger._cell(measure)) == "not in this edition against 1.5"


def test_a_verdict_that_depends_on_the_year_alone_says_on_which():
    rates = {2021: 33.3, 2022: 33.2, 2023: 29.8, 2024: 25.7}
    found = state({f"poverty_rate_pct_{year}": rate for year, rate in rates.items()})
    text = entry(ledger.claims_markdown(ROOT, found), "C27")
    assert "**◇ Depends on the year**: 2021, 2022 and 2023 for it, 2024 against it." in text
    assert "depends on the year" not in entry(ledger.claims_markdown(ROOT, state(ROSE)), "C63")


def test_claims_that_share_a_figure_are_fewer_findings():
    def held(*pairs, group="holds"):
        keys = [tuple(filter(None, pair)) for pair in pairs]
        plain = {"counts": True, "verdict": "supported"}
        measures = [SimpleNamespace(compared=pair, **plain) for pair in keys]
        return SimpleNamespace(group=group, measures=measures)

    shared = [held(("a", "")), held(("a", ""), ("b", "")), held(("b", "")), held(("c", "d"))]
    assert ledger.separate([*shared, held(("d", "c")), held(), held(("e", ""), group="x")]) == (
        6, 5, 3
    )  # fmt: skip
    assert "for some share a figure" not in ledger.claims_markdown(ROOT, state({}))


def test_the_errata_show_evidence_and_lead_to_the_ledger():
    page = ledger.errata_markdown(ROOT, state(ROSE))
    for slip in load_errata(ROOT / "book" / "errata.yml"):
        plain = slip.found.replace("\n", " ").removeprefix("= ")
        if not re.search(r"[?=] |\{", plain):
            assert f"*Found*: {plain}" in page
    assert "*Found*: The comparison is of the first half of 2016. Finding F490." in page
    assert "See {claim}`C06` and {claim}`C14`." in page


def test_of_a_slip_what_comes_from_a_later_source_goes_and_the_rest_stays():
    early = state(ROSE)
    early = recorded.looking_back(early, "2022-12-31")
    page = ledger.errata_markdown(ROOT, early)
    assert "says Tier 2." in page and "bernstein2023" not in page
    assert "highest risk to adult men who work abroad." in page and "state2023" not in page
    # One that no sentence cites may be where any of them comes from.
    assert "The titles are given here" not in page


def rows(page):
    """The cells of the tracker, by the end of what stands first."""
    cells = [re.split(r" ?\| ?", line)[1:-1] for line in unmarked(page).splitlines() if "|" in line]
    return cells[0], {row[0].split("** ")[-1].split(". ")[0]: row[1:] for row in cells[2:]}


def test_the_tracker_has_its_columns_and_a_status_by_rule():
    values = {
        "justice_convictions_tip_2022": 3,
        "justice_convictions_tip_2024": 1,
        "justice_investigations_tip_2021": 6,
        "victims_government_identified_tip_2020": 5,
        "victims_government_identified_tip_2023": 7,
    }
    head, found = rows(tracker.tracker_markdown(ROOT, state(values)))
    assert head == list(tracker.HEADS)
    page = tracker.tracker_markdown(ROOT, state(values))
    assert page.endswith("\n\nLast checked: 25 November 2026.")
    assert found["Convictions in the tier reports"] == [
        *("3% in 2022", "1% in 2024", "a rise", "reversed")
    ]
    assert found["Investigations in the tier reports"] == [
        *("6% in 2021", "no newer figure", "a rise", "unknown")
    ]
    government = found["People identified by the government, in the tier reports"]
    assert government[2:] == ["a rise", "unknown since 2023"]
    newer = tracker.tracker_markdown(ROOT, state({"victims_government_identified_tip_2025": 7}))
    assert "Convictions in the tier reports" not in rows(newer)[1]
    told = rows(newer)[1]["People identified by the government, in the tier reports"]
    assert told[3] == "unknown"
    department = found["The ministry’s own anti-trafficking department"]
    assert department[:4] == ["none found", "a step in 2025", "to be carried out", "done"]
    assert found["Training held"][1:4] == ["a step in June 2025", "to be carried out", "under way"]
    assert found["Reporting that explains causes"][:2] == ["a step in July 2022", "none found"]
    assert found["Reporting that explains causes"][3] == "unknown"
    stalled = tracker.tracker_markdown(ROOT, state({**values, "justice_convictions_tip_2024": 3}))
    assert rows(stalled)[1]["Convictions in the tier reports"][3] == "stalled"
    assert {row[3] for row in found.values()} <= {
        *("done", "under way", "reversed", "unknown", "unknown since 2023"),
    }


def test_an_edition_that_looks_back_tells_no_later_event_and_no_empty_indicator():
    then = state({"justice_convictions_tip_2021": 0})
    then = recorded.looking_back(then, "2023-06-30")
    page = unmarked(tracker.recommendations_markdown(ROOT, then))
    assert "April 2022: " in page and "June 2024: " not in page
    _, found = rows(tracker.tracker_markdown(ROOT, then))
    assert found["Convictions in the tier reports"][:2] == ["0% in 2021", "no newer figure"]
    assert found["The ministry’s own anti-trafficking department"][3] == "unknown"
    assert not any("not yet published" in cell for row in found.values() for cell in row)


def test_what_moved_since_the_brief_was_written_is_shown():
    page = unmarked(ledger.changes_markdown(ROOT, state(ROSE, then=ESTIMATED)))
    assert page.startswith("## Verdicts\n\nSince the brief was written:")
    assert "| {ref}`C63 <claim-c63>` |" in page
    assert "| wrong | depends on the measure |" in page
    assert "change in 2022: not yet printed → -17.6% (estimate)." in page


def test_what_an_edition_lacks_is_said_without_statuses():
    page = unmarked(ledger.changes_markdown(ROOT, state({}, then=ROSE)))
    row = next(line for line in page.splitlines() if line.startswith("| {ref}`C63"))
    assert "| not yet published | Gross remittances in dollars, change in 2022: 7.1%" in row
    assert row.endswith("→ not yet published. |")


def test_findings_that_turned_are_named_with_what_they_say_now():
    def finding(name, chapter):
        words = {"outcome": "holds", "template": f"**{name} holds.**", "late": False}
        return Stated(id=name, chapter=chapter, year="", measures=(), claims={}, **words)

    now = [finding("F01", "page"), finding("F02", "n")]
    since = [{"id": item.id, "from": "fails"} for item in now]
    edition = {"country": "KGZ", "host": "RUS"}
    book = recorded.book(chapters=["n"], turned_since=since, edition=edition)
    judged = [SimpleNamespace(id="C01", then=SimpleNamespace(verdict="supported"))]
    view = BookState(ROOT, {}, judged, now, book, brief=brief())
    page = ledger.turned_markdown(ROOT, view)
    assert "| F02 | {doc}`/notebooks/n` | F02 holds. | failed; now holds |" in page
    assert "| F01 | {doc}`/book/page` | F01 holds. | failed; now holds |" in page
    view = replace(view, book=book.model_copy(update={"turned_since": ()}))
    assert "None turned since the brief." in ledger.turned_markdown(ROOT, view)
    view.claims.clear()
    assert ledger.turned_markdown(ROOT, view) == ""
