"""Faults that were planted once and that no test saw."""

import dataclasses
import re

import pytest

from livingbrief.book import ledger, strips, tracker
from livingbrief.book.language import Language
from livingbrief.book.marks import unmarked
from livingbrief.claims import history
from livingbrief.data.access import open_catalog
from livingbrief.data.known import NEVER, printed_on
from livingbrief.run import workbook
from livingbrief.values.results import Number
from remitrisk.series import EXCHANGE_RATE
from tests.test_batch_messages import entry
from tests.test_known_at import ROOT, at
from tests.test_ledger import ROSE, rows, state

CATALOG = open_catalog(ROOT)


def test_the_workbook_has_low_below_high():
    head, row = workbook._results({"a.b": Number(**entry(2.0, interval=[1.0, 3.0]))})
    told = dict(zip(head, row, strict=True))
    assert (told["low"], told["value"], told["high"]) == (1.0, 2.0, 3.0)


@pytest.fixture(scope="module")
def judged():
    """A report in which C63 depends on the measure today and was contradicted then."""
    fell = {"remittances_gross_growth_pct_2022": -7.1, "remittances_net_growth_pct_2022": -17.6}
    found = state(ROSE, then=fell)
    item = next(i for i in found.claims if i.id == "C63")
    assert item.then.verdict != item.verdict
    return found, item


def test_the_verdict_of_then_is_printed_as_of_then(judged):
    found, item = judged
    then, now = (ledger.verdict_words(view) for view in (item.then, item))
    head, *lines = workbook._claims(found.claims)
    line = dict(zip(head[:6], next(row for row in lines if row[0] == "C63")[:6], strict=True))
    assert (line["verdict then"], line["verdict"]) == (item.then.verdict, item.verdict)
    changed = unmarked(ledger.changes_markdown(ROOT, found))
    row = next(r for r in changed.splitlines() if "`C63" in r)
    assert [row.split("|")[i].strip() for i in (3, 4)] == [then, now]


def test_the_year_of_the_brief_is_not_before_it():
    key = "justice_convictions_tip"
    told = {f"{key}_2022": 3, f"{key}_2023": 2, f"{key}_2024": 1}
    _, found = rows(tracker.tracker_markdown(ROOT, state(told)))
    assert found["Convictions in the tier reports"][0] == "3% in 2022"


def test_a_turn_whose_day_is_not_known_is_not_counted(judged):
    plain = {"known": True, "group": "holds", "reason": None, "votes": ()}
    states = [
        {"date": day, "verdict": verdict, **plain, **at_hand}
        for day, verdict, at_hand in (
            ("2021-02-17", "supported", {"first_at_hand": False}),
            ("2025-02-17", "contradicted", {"first_at_hand": True}),
        )
    ]
    found, _ = judged
    past = {"brief": "2023-06-30", "until": "2026-01-01"}
    told = [{"id": "C63", "claim": "It fell.", "states": states}]
    strip = history.History(edition="current", **past, claims=told)
    found = dataclasses.replace(found, history=strip)
    page = unmarked(strips.history_markdown(found))
    assert "Of the 1 claims" in page and ", 0 turned after" in page and "and 0 more" in page
    heads = re.findall(r"(?m)^## (.*)", page)
    assert heads == ["Verdict changed, vintage of the time not held here"]


DATED = [
    table
    for table in CATALOG.tables
    if (dated := CATALOG.default(table).rows_dated) and not dated.of
]


@pytest.mark.parametrize("table", DATED)
def test_a_row_printed_on_the_very_day_is_there(table):
    resource = CATALOG.default(table)
    days = printed_on(CATALOG.frame(resource), resource)
    day = days[days < NEVER].max()
    assert len(at(day, vintage={}).table(table)) == (days <= day).sum() > (days < day).sum()


def test_a_figure_known_from_the_very_day_is_there():
    assert at("2023-01-10").series(EXCHANGE_RATE).years[-1] == 2022


@pytest.mark.parametrize(("code", "two"), [("ru", "2 b 1"), ("ky", "2 c 1")])
def test_the_first_of_two_numbers_chooses_the_plural(code, two):
    words = {"{} of {} cases": {"one": "{} a {}", "few": "{} b {}", "other": "{} c {}"}}
    said = Language(code, words).number
    told = [said(f"{pair} cases").replace("\xa0", " ") for pair in ("1 of 2", "2 of 1")]
    assert told == ["1 a 2", two]
