"""How others take over what the report says: citations, reviews of claims, a feed of turns."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any
from xml.etree import ElementTree

from livingbrief.book import strips
from livingbrief.book.references import long_date
from livingbrief.book.state import BookState
from livingbrief.escape import inside_html, markdown
from livingbrief.values.values import union

FEED = "changes.xml"
_ATOM = "http://www.w3.org/2005/Atom"
_Said = Callable[[Mapping[str, Any]], str]


def citation(state: BookState, escaped: Callable[[str], str] = markdown, work: str = "*{}*") -> str:
    """Return how to cite this report: its title, version, edition and day."""
    book = state.book
    return (
        f"{work.format(escaped(book['title']))}, version {book['version']}, "
        f"edition “{escaped(book['edition']['title'])}”, {long_date(state.day.isoformat())}."
    )


def vintages(state: BookState, item: Mapping[str, Any]) -> list[str]:
    """Return the sources of the numbers that decide a claim, each with its vintage."""
    deciding = [m for m in item["measures"] if m["counts"]]
    keys = chain.from_iterable((m, m["than"] or m) for m in deciding)
    cited = union(s for m in keys for s in state.results[m["key"]]["sources"])
    return [
        # Other words say by themselves what they are: known by a day, several vintages.
        f"{s['source']}, {'vintage ' if s['vintage'][:1].isdigit() else ''}{s['vintage']}"
        for s in cited
    ]


def of_claim(state: BookState, item: Mapping[str, Any], verdict: str) -> str:
    """Return a fold that says how to cite a claim's verdict, for the web; the words are text.

    `verdict`: in a reader's words.
    """
    on = vintages(state, item)
    figures = f" Figures: {'; '.join(on)}." if on else ""
    text = f"“{item['claim']}” (claim {item['id']}): {verdict}.{figures} In:"
    said = f"{inside_html(text)} {citation(state, inside_html, '<cite>{}</cite>')}"
    fold = (
        f'<details class="cite-claim"><summary>cite this verdict</summary><p>{said}</p></details>'
    )
    return f"```{{raw}} html\n{fold}\n```"


def turns(state: BookState) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Give each turn of a claim that can be dated: its id, and the states before and after it.

    A turn by figures of which no earlier printing is at hand has no date.
    """
    for item in state.history["claims"]:
        for was, now in strips.turns(item["states"]):
            if not now["first_at_hand"]:
                yield item["id"], was, now


def reviews(state: BookState, author: str, base: str, said: _Said) -> str:
    """Return every claim with its verdict in the words of schema.org, as a block of JSON-LD.

    Parameters
    ----------
    base : str
        Address of the pages, with its slash; empty where none is given: no address is made up.
    said : callable
        Returns a claim's verdict in a reader's words.
    """
    corrected: dict[str, list[dict[str, str]]] = {}
    for name, was, now in turns(state):
        change, why = strips.told(was, now)
        told = {"@type": "CorrectionComment", "datePublished": now["date"]}
        corrected.setdefault(name, []).append({**told, "text": f"{change}. {why}."})
    makers = {"@type": "Organization", "@id": "_:makers", "name": author}
    work = {"@type": "CreativeWork", "@id": "_:brief", **state.brief.retold}
    graph: list[dict[str, Any]] = [makers, *([work] if state.brief.retold else [])]
    for item in state.claims:
        claim = {"@type": "Claim", "name": item["id"], "text": item["claim"]}
        review = {
            "@type": "ClaimReview",
            "claimReviewed": item["claim"],
            "itemReviewed": {**claim, "appearance": {"@id": "_:brief"}}
            if state.brief.retold
            else claim,
            "reviewRating": {"@type": "Rating", "alternateName": said(item)},
            "author": {"@id": "_:makers"},
            "datePublished": state.day.isoformat(),
        }
        if base:
            address = f"{base}book/claims.html#claim-{item['id'].lower()}"
            review |= {"@id": address, "url": address}
        if on := vintages(state, item):
            review["citation"] = on
        if item["id"] in corrected:
            review["correction"] = corrected[item["id"]]
        graph.append(review)
    return block({"@context": "https://schema.org", "@graph": graph})


def block(told: Mapping[str, Any]) -> str:
    """Return data as a block of JSON-LD, which no text in it can close."""
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>'


def feed(state: BookState, author: str, base: str) -> bytes:
    """Return the turns as an Atom feed (RFC 4287), the newest first; empty where none is known.

    Ids are made of edition, claim and day, so an entry is the same one in each report.
    """
    found = sorted(turns(state), key=lambda turn: (turn[2]["date"], turn[0]), reverse=True)
    if not found:
        return b""
    ElementTree.register_namespace("", _ATOM)
    edition = state.book["edition"]
    claims = {item["id"]: item["claim"] for item in state.history["claims"]}
    root = ElementTree.Element(f"{{{_ATOM}}}feed", {"xml:lang": "en"})

    def put(within: ElementTree.Element, name: str, text: str = "", **given: str) -> None:
        ElementTree.SubElement(within, f"{{{_ATOM}}}{name}", given).text = text or None

    put(root, "id", _id(state, edition["name"]))
    put(root, "title", f"{state.book['title']}: claims that turned")
    put(root, "subtitle", f"Edition “{edition['title']}”. A claim turns on the day on which the "
        "figures that turned it were printed")  # fmt: skip
    put(root, "updated", _moment(found[0][2]["date"]))
    made_by = ElementTree.SubElement(root, f"{{{_ATOM}}}author")
    put(made_by, "name", author or state.brief.name)
    if base:
        put(root, "link", rel="self", type="application/atom+xml", href=f"{base}{FEED}")
    put(root, "link", rel="alternate", type="text/html", href=f"{base}book/history.html")
    put(root, "generator", state.brief.name, version=state.book["version"])
    for name, was, now in found:
        change, why = strips.told(was, now)
        entry = ElementTree.SubElement(root, f"{{{_ATOM}}}entry")
        put(entry, "id", _id(state, edition["name"], name, now["date"]))
        put(entry, "title", f"{name}: {change}")
        put(entry, "updated", _moment(now["date"]))
        place = f"{base}book/claims.html#claim-{name.lower()}"
        put(entry, "link", rel="alternate", type="text/html", href=place)
        put(entry, "content", f"{claims[name]} Verdict: {change}. {why}.", type="text")
    ElementTree.indent(root, " ")
    text: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return text + b"\n"


def _id(state: BookState, *parts: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, "/".join([state.brief.name, *parts])).urn


def _moment(day: str) -> str:
    return dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC).isoformat().replace("+00:00", "Z")
