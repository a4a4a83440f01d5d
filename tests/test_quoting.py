"""How others follow claims: the feed of turns."""

import uuid
from datetime import datetime

from defusedxml import ElementTree

from livingbrief.book import strips
from livingbrief.book.state import BookState

ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESS = "https://reports.example/brief/current/html/"
HOSTILE = 'Few <b> "loans" & fines</script><!--.'
BOOK = {
    "title": "Loans & fines", "version": "1", "date": 1_700_000_000, "chapters": [],
    "edition": {"name": "current", "title": "Current <figures>"},
}  # fmt: skip


def state(verdict, date, **told):
    groups = {"supported": "holds", "contradicted": "wrong"}
    return {
        "date": date, "verdict": verdict, "group": groups[verdict], "known": True, "moved": [],
        "reason": None, "on_year": False, "first_at_hand": False, **told,
    }  # fmt: skip


def of(*states):
    past = {"claims": [{"id": "C01", "claim": HOSTILE, "states": list(states)}]}
    return BookState(None, {}, [], [], BOOK, past)


MOVED = [{"label": "Loans", "key": "loans.2022", "was": "", "now": "12 & more"}]
TURNED = of(
    state("supported", "2021-01-31"),
    state("contradicted", "2023-01-31", moved=MOVED),
    state("supported", "2024-01-31", first_at_hand=True),
    state("contradicted", "2025-01-31"),
)


def test_no_address_is_made_up():
    assert "https://" not in strips.feed(TURNED, "", "").decode().replace(ATOM[1:-1], "")


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
    new, old = sound(strips.feed(TURNED, "The town", ""))
    assert one(old, "updated").text == "2023-01-31T00:00:00Z"
    assert one(old, "title").text == "C01: “holds”, then “wrong”"
    assert one(old, "content").text.endswith("Loans: none yet → 12 & more.")
    assert one(new, "updated").text == "2025-01-31T00:00:00Z"
    assert strips.feed(of(state("supported", "2021-01-31")), "The town", "") == b""


def test_an_entry_stays_the_same_one_and_the_feed_names_its_address_where_there_is_one():
    content = strips.feed(TURNED, "The town", ADDRESS)
    ids = [one(entry, "id").text for entry in sound(content)]
    fewer = strips.feed(of(*TURNED.history["claims"][0]["states"][:2]), "The town", "")
    assert [one(entry, "id").text for entry in sound(fewer)] == ids[1:]
    links = {
        e.get("rel"): e.get("href") for e in ElementTree.fromstring(content).findall(f"{ATOM}link")
    }
    assert links["self"] == f"{ADDRESS}changes.xml"
