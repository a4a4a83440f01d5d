"""How others take over what the report says: citations, reviews of claims, a feed of turns."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from livingbrief.book import strips, templates
from livingbrief.book.state import BookState
from livingbrief.escape import inside_html, markdown
from livingbrief.values.values import union
from livingbrief.wording import long_date

FEED = "changes.xml"


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


def turns(state: BookState) -> Iterator[dict[str, str]]:
    """Give each turn of a claim that can be dated: its name, claim, day, change and why.

    A turn by figures of which no earlier printing is at hand has no date. Ids are made of edition,
    claim and day, so an entry of a feed is the same one in each report.
    """
    for item in state.history["claims"]:
        for was, now in strips.turns(item["states"]):
            if not now["first_at_hand"]:
                change, why = strips.told(was, now)
                name, day = item["id"], now["date"]
                told = {"name": name, "claim": item["claim"], "day": day, "why": why}
                yield {**told, "id": _id(state, name, day), "change": change}


def feed(state: BookState, author: str, base: str) -> bytes:
    """Return the turns as an Atom feed (RFC 4287), the newest first; empty where none is known."""
    found = sorted(turns(state), key=lambda turn: (turn["day"], turn["name"]), reverse=True)
    if not found:
        return b""
    program = state.brief.name
    made = {"id": _id(state), "author": author or program, "program": program, "base": base}
    return templates.file("changes.xml", book=state.book, turns=found, **made).encode() + b"\n"


def _id(state: BookState, *parts: str) -> str:
    named = [state.brief.name, state.book["edition"]["name"], *parts]
    return uuid.uuid5(uuid.NAMESPACE_OID, "/".join(named)).urn
