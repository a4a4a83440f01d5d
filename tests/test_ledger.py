"""The ledger's pages: complete, anchored, filled from the data files, and saying what moved."""

import re
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest

from livingbrief.book import ledger
from livingbrief.book.marks import MARK, key_and_form, unmarked
from livingbrief.claims import claims
from livingbrief.claims.findings import load as load_findings
from livingbrief.records import load_errata, load_recommendations
from tests import golden

ROOT = Path(__file__).resolve().parents[1]
LEDGER = claims.load(ROOT / "book" / "claims.yml")
RECOMMENDATIONS = load_recommendations(ROOT / "book" / "recommendations.yml")


FINDINGS = [
    {"id": item.id, "template": f"Finding {item.id}."}
    for item in load_findings(ROOT / "book" / "findings.yml")
]
#: Notes print more keys than rules read.
PRINTED = {row["key"] for row in golden.read("current") if row["status"]}


def results(**values):
    watched = {item.key for plan in RECOMMENDATIONS for item in plan.indicators}
    indicators = {key.replace(".latest", f".{y}") for key in watched for y in (2023, 2024, 2025)}
    found = {}
    for key in {*claims.keys(LEDGER), *indicators, *PRINTED}:
        value = values.get(key.replace(".", "_"))
        found[key] = {
            "value": value,
            "text": "not yet published" if value is None else f"{value} %",
            "status": "not_published" if value is None else "estimate",
            "unit": "percent",
            "n": None,
            "interval": None,
            "level": None,
        }
    return found


def state(values, then=None, flips=(), chapters=("justice", "known_cases")):
    found = results(**values)
    items = claims.verdicts(
        ROOT / "book" / "claims.yml",
        found,
        edition="current",
        then=None if then is None else results(**then),
        then_edition="brief-2023",
    )
    book = {"chapters": list(chapters), "flips": list(flips), "moved_numbers": [], "edition": {}}
    none = {"claims": []}
    return SimpleNamespace(results=found, claims=items, findings=FINDINGS, book=book, history=none)


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
    assert "**◇ Depends on the measure**. In June 2023: contradicted." in text
    assert (
        "| below −1 %; from −1 to 1 % is too close | 9.2 % (estimate): contradicts "
        "| 7.1 % (estimate): contradicts |" in text.replace("\xa0", " ")
    )
    assert "| not yet printed | -17.6 % (estimate): supports |" in text


def test_each_number_of_the_ledger_knows_its_key_and_of_which_view_it_is():
    page = ledger.claims_markdown(ROOT, state(ROSE, then=ESTIMATED))
    printed = {(*key_and_form(hidden), text) for hidden, text in MARK.findall(page)}
    key = "remittances.gross.growth_pct.2022"
    assert {(key, "", "7.1 %"), (key, "then", "9.2 %")} <= printed
    assert ("facts.western_union_announced", "", "10 March 2022") in printed
    assert ("verdicts.total", "then", str(len(LEDGER))) in printed


def test_an_edition_without_an_earlier_view_shows_one_column():
    page = ledger.claims_markdown(ROOT, state(ROSE))
    assert "In June 2023" not in page
    assert "| Measure | Supports the claim if | Today | How firm |" in page


def test_facts_are_filled_in_and_no_template_is_left():
    for page in (ledger.claims_markdown, ledger.tracker_markdown):
        text = page(ROOT, state(ROSE))
        assert "{{" not in text
    assert "10 March 2022" in entry(ledger.claims_markdown(ROOT, state(ROSE)), "C65")


def test_an_unknown_fact_is_an_error(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "facts.yml").write_text(
        "other: {value: 1, text: one, source: a, confidence: high}", encoding="utf-8"
    )
    with pytest.raises(jinja2.UndefinedError):
        ledger.claims_markdown(tmp_path, state(ROSE))


def test_notes_and_readings_print_findings_and_no_marks():
    page = ledger.claims_markdown(ROOT, state(ROSE))
    assert "Finding F493.\nFinding F494.\nThe verdict rests" in entry(page, "C28")
    assert "- *Confirmed* (high): The ILO's committee and" in entry(page, "C21")
    tracker = ledger.tracker_markdown(ROOT, state({**ROSE, "justice_convictions_tip_2023": 0}))
    assert "Finding F513.\nFinding F514." in tracker
    assert not re.search(r"^(?:- )?[?=] |: = ", page + tracker, re.M)


def test_causal_claims_say_what_it_would_take():
    text = entry(ledger.claims_markdown(ROOT, state(ROSE)), "C67")
    assert "**? Not testable**: no public data can answer it." in text
    assert "*What it would take to test this*: Exploitation among migrants" in text


def test_traced_statements_show_their_parts_with_confidence():
    text = entry(ledger.claims_markdown(ROOT, state(ROSE)), "C15")
    assert "**✕ Misread**" in text
    assert "- *Misread* (high): Article 24 of the text of 2021" in text
    assert "- *Unconfirmed* (low): Article 25" in text


def test_a_statement_that_holds_in_part_says_so():
    text = entry(ledger.claims_markdown(ROOT, state(ROSE)), "C13")
    assert "**◐ In part**" in text
    assert "- *In part* (high): Transport is one of five acts" in text


def test_a_causal_claim_with_a_reason_of_its_own_prints_it():
    text = entry(ledger.claims_markdown(ROOT, state(ROSE)), "C40")
    assert "**? Not testable**: a survey was made, its results were not found." in text


def test_only_chapters_of_this_edition_are_linked():
    page = ledger.claims_markdown(ROOT, state(ROSE, chapters=("justice",)))
    assert set(re.findall(r"\{doc\}`/notebooks/(\w+)`", page)) == {"justice"}


def test_every_chapter_that_is_named_exists():
    named = {name for claim in LEDGER for name in claim.chapters}
    named |= {name for plan in RECOMMENDATIONS for name in (*plan.supports, *plan.weakens)}
    assert named <= {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}


def test_counts_add_up():
    page = unmarked(ledger.claims_markdown(ROOT, state(ROSE, then=ESTIMATED)))
    row = r"^\| (\*\*)?([^*|]+)(?:\*\*)? \| (?:\*\*)?(\d+)(?:\*\*)? \| (?:\*\*)?(\d+)(?:\*\*)? \|$"
    rows = re.findall(row, page, re.M)
    groups = {name: (int(then), int(now)) for strong, name, then, now in rows if strong}
    assert list(groups) == [
        *(f"{sign} {words.capitalize()}" for sign, words in ledger.GROUP_WORDS.values()),
        "All claims",
    ]
    for column in (0, 1):
        *parts, total = (numbers[column] for numbers in groups.values())
        assert sum(parts) == total == len(LEDGER)
        alone = sum(
            groups[f"{ledger.GROUP_WORDS[g][0]} {ledger.GROUP_WORDS[g][1].capitalize()}"][column]
            for g in ("in_part", "no_longer")
        )
        assert alone + sum(int(row[2 + column]) for row in rows if not row[0]) == total


def test_each_group_and_verdict_is_explained_to_readers():
    page = (ROOT / "book" / "how_to_read.md").read_text("utf-8")
    for sign, words in ledger.GROUP_WORDS.values():
        assert f"**{sign} {words.capitalize()}.**" in page
    for words in ledger.VERDICT_WORDS.values():
        assert f"*{words.capitalize()}*" in page


def test_an_entry_says_what_its_rule_adds_and_which_measures_are_of_the_time_since():
    text = entry(ledger.claims_markdown(ROOT, state(ROSE)), "C28")
    assert "*What the rule adds*: The brief gives no year: 2021 is the last" in text
    assert "| Gross remittances as a share of GDP, 2022 (since) |" in text
    assert "| Gross remittances as a share of GDP, 2021 |" in text


def test_prose_can_follow_a_verdict():
    items = state(ROSE).claims
    assert ledger.verdict_of(items, "C63") == "depends_on_measure"
    assert ledger.tally(items)["total"] == len(LEDGER)
    with pytest.raises(ValueError, match="no claim 'C99'"):
        ledger.verdict_of(items, "C99")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"compare": "<", "limit": 0, "tolerance": 1.0}, "below −1 %; from −1 to 1 % is too close"),
        (
            {"compare": ">", "limit": 20, "tolerance": 2.5},
            "above 22.5 %; from 17.5 to 22.5 % is too close",
        ),
        ({"compare": ">=", "limit": -5, "tolerance": 0}, "−5 % or more"),
        ({"compare": "within", "limit": 33.3, "tolerance": 2.5}, "from 30.8 to 35.8 %"),
        ({"compare": "between", "limit": [1, 3], "tolerance": 0}, "from 1 to 3 %"),
        ({"compare": "!=", "limit": "2", "tolerance": 0, "shown_as": "Tier 2"}, "not Tier 2"),
        ({"compare": "==", "limit": 0, "tolerance": 0, "text": "0"}, "0"),
        ({"compare": "abs_lt", "limit": 1, "tolerance": 0}, "between −1 and 1 %"),
        (
            {"compare": ">=", "limit": 2, "tolerance": 0, "than": {"key": "a"}},
            "not below the second figure",
        ),
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
            "above a hundred thousand by more than 5,000; a smaller gap is too close",
        ),
    ],
)  # fmt: skip
def test_rules_are_written_in_words(rule, words):
    told = {"than": None, "shown_as": None, "exact": False, "text": "7.1\xa0%", **rule}
    assert ledger.rule_words(told).replace("\xa0", " ") == words


def test_a_verdict_that_depends_on_the_year_alone_says_on_which():
    rates = {2021: 33.3, 2022: 33.2, 2023: 29.8, 2024: 25.7}
    found = state({f"poverty_rate_pct_{year}": rate for year, rate in rates.items()})
    text = entry(ledger.claims_markdown(ROOT, found), "C27")
    assert "**◇ Depends on the year**: 2023 for it, 2021, 2022 and 2024 against it." in text
    assert "depends on the year" not in entry(ledger.claims_markdown(ROOT, state(ROSE)), "C63")


def test_the_errata_show_evidence_and_lead_to_the_ledger():
    page = ledger.errata_markdown(ROOT, state(ROSE))
    for slip in load_errata(ROOT / "book" / "errata.yml"):
        plain = slip.found.replace("\n", " ").removeprefix("= ")
        if not re.search(r"[?=] |\{", plain):
            assert f"*Found*: {plain}" in page
    assert "*Found*: The comparison is of the first half of 2016. Finding F490." in page
    assert "See {claim}`C06` and {claim}`C14`." in page


def test_the_tracker_shows_indicator_events_and_bearing():
    page = unmarked(ledger.tracker_markdown(ROOT, state({"justice_convictions_tip_2024": 0})))
    assert page.count("\n## ") + page.startswith("## ") == 5
    assert "| Convictions reported for 2024 | 0 % | a rise |" in page
    earlier = unmarked(ledger.tracker_markdown(ROOT, state({"justice_convictions_tip_2023": 0})))
    assert "| Convictions reported for 2023 | 0 % | a rise |" in earlier
    assert "{cite:p}`state2025`" in page
    assert "What speaks for it: {doc}`/notebooks/justice` and {doc}`/notebooks/known_cases`" in page


def test_an_edition_that_looks_back_tells_no_later_event_and_no_empty_indicator():
    then = state({"justice_convictions_tip_2023": 0})
    then.book["edition"] = {"known_at": "2023-06-30"}
    page = unmarked(ledger.tracker_markdown(ROOT, then))
    assert "April 2022: " in page and "June 2024: " not in page and "Last checked" not in page
    assert "| Convictions reported for 2023 | 0 % | a rise |" in page
    assert "Citizens counted" not in page and "not yet published" not in page


def test_without_an_earlier_report_no_verdict_is_compared_with_one():
    first = state(ROSE, then=ESTIMATED)
    first.book["moved_numbers"] = None
    page = ledger.changes_markdown(ROOT, first)
    assert "since the last report" not in page and "since the brief was written" in page


def test_what_moved_since_the_last_report_is_shown_with_the_value():
    before = state({**ROSE, "remittances_gross_growth_pct_2022": -3.0}).claims
    now = state(ROSE).claims
    page = unmarked(ledger.changes_markdown(ROOT, state(ROSE, flips=claims.diff(before, now))))
    assert "moved from *supported* to *depends on the measure*" in page
    assert "Gross remittances in dollars, change in 2022: -3.0 % (estimate) → 7.1 % (" in page


def test_what_moved_since_the_brief_was_written_is_shown():
    page = unmarked(ledger.changes_markdown(ROOT, state(ROSE, then=ESTIMATED)))
    assert "No verdict has moved." in page
    assert "| {ref}`C63 <claim-c63>` |" in page
    assert "| contradicted | depends on the measure |" in page
    assert (
        "Net remittances in dollars, change in 2022: not in the printing at hand → -17.6 %" in page
    )
