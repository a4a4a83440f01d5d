"""How others take over a claim: its citation, its review in JSON-LD, the feed of turns."""

import html
import re
import uuid
from datetime import datetime

from defusedxml import ElementTree

from livingbrief.book import quoting
from livingbrief.book.state import BookState

ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESS = "https://reports.example/brief/current/html/"
HOSTILE = 'Few <b> "loans" & fines</script><!--.'
BOOK = {
    "title": "Loans & fines", "version": "1", "date": 1_700_000_000, "chapters": [],
    "edition": {"name": "current", "title": "Current <figures>"},
}  # fmt: skip
MEASURE = {"key": "loans.2022", "than": None, "counts": True, "verdict": "supported", "year": 2022}
CLAIM = {
    "id": "C01", "claim": HOSTILE, "kind": "data", "verdict": "contradicted", "group": "wrong",
    "reason": None, "measures": [MEASURE], "then": None,
}  # fmt: skip
RESULTS = {"loans.2022": {"sources": [{"source": "Library <town>", "vintage": "2023-01-31"}]}}


def state(verdict, date, **told):
    groups = {"supported": "holds", "contradicted": "wrong"}
    return {
        "date": date, "verdict": verdict, "group": groups[verdict], "known": True, "moved": [],
        "reason": None, "on_year": False, "first_at_hand": False, **told,
    }  # fmt: skip


def of(*states):
    past = {"claims": [{"id": "C01", "claim": HOSTILE, "states": list(states)}]}
    return BookState(None, RESULTS, [CLAIM], [], BOOK, past)


MOVED = [{"label": "Loans", "key": "loans.2022", "was": "", "now": "12 & more"}]
TURNED = of(
    state("supported", "2021-01-31"),
    state("contradicted", "2023-01-31", moved=MOVED),
    state("supported", "2024-01-31", first_at_hand=True),
    state("contradicted", "2025-01-31"),
)


def test_a_citation_says_claim_verdict_figures_and_report_and_no_text_of_it_is_html():
    text = quoting.of_claim(TURNED, CLAIM, "wrong")
    assert text.count("<") == len(re.findall(r"</?(?:details|summary|p|cite)\b", text))
    fold = re.sub(r"<summary>.*</summary>|<[^>]+>", "", text.splitlines()[1])
    assert html.unescape(fold) == (
        f"“{HOSTILE}” (claim C01): wrong. Figures: Library <town>, vintage 2023-01-31. "
        "In: Loans & fines, version 1, edition “Current <figures>”, 14 November 2023."
    )


def test_what_was_known_by_a_day_is_no_vintage_and_what_no_figure_decides_names_none():
    known = {"loans.2022": {"sources": [{"source": "Oil", "vintage": "known by 2023-01-31"}]}}
    there = BookState(None, known, [], [], BOOK)
    assert quoting.vintages(there, CLAIM) == ["Oil, known by 2023-01-31"]
    aside = {**CLAIM, "measures": [{**MEASURE, "counts": False}]}
    assert quoting.vintages(TURNED, aside) == []
    assert "Figures" not in quoting.of_claim(TURNED, aside, "wrong")


def test_no_address_is_made_up():
    assert "https://" not in quoting.feed(TURNED, "", "").decode().replace(ATOM[1:-1], "")


def one(within, name):
    (found,) = within.findall(f"{ATOM}{name}")
    return found


def sound(content):
    """Check what RFC 4287 asks of a feed and its entries; give the entries."""
    feed = ElementTree.fromstring(content)
    assert feed.tag == f"{ATOM}feed"
    assert one(one(feed, "author"), "name").text
    entries = feed.findall(f"{ATOM}entry")
    for part in (feed, *entries):
        assert uuid.UUID(one(part, "id").text)
        assert one(part, "title").text
        moment = datetime.fromisoformat(one(part, "updated").text)
        assert moment.tzinfo is not None
        alternate = [e for e in part.findall(f"{ATOM}link") if e.get("rel") == "alternate"]
        assert len(alternate) == 1 and alternate[0].get("href")
    assert all(one(entry, "content").text for entry in entries)
    ids = [one(part, "id").text for part in (feed, *entries)]
    assert len(set(ids)) == len(ids)
    moments = [one(entry, "updated").text for entry in entries]
    assert moments == sorted(moments, reverse=True) and one(feed, "updated").text == moments[0]
    return entries


def test_the_feed_has_an_entry_for_each_turn_that_can_be_dated():
    new, old = sound(quoting.feed(TURNED, "The town", ""))
    assert one(old, "updated").text == "2023-01-31T00:00:00Z"
    assert one(old, "title").text == "C01: “holds”, then “wrong”"
    assert one(old, "content").text.endswith("Loans: none yet → 12 & more.")
    assert one(new, "updated").text == "2025-01-31T00:00:00Z"
    assert quoting.feed(of(state("supported", "2021-01-31")), "The town", "") == b""


def test_an_entry_stays_the_same_one_and_the_feed_names_its_address_where_there_is_one():
    content = quoting.feed(TURNED, "The town", ADDRESS)
    ids = [one(entry, "id").text for entry in sound(content)]
    fewer = quoting.feed(of(*TURNED.history["claims"][0]["states"][:2]), "The town", "")
    assert [one(entry, "id").text for entry in sound(fewer)] == ids[1:]
    links = {
        e.get("rel"): e.get("href") for e in ElementTree.fromstring(content).findall(f"{ATOM}link")
    }
    assert links["self"] == f"{ADDRESS}changes.xml"
