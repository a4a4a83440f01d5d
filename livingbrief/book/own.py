"""The page of the report's own findings, and which of them have turned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from livingbrief import notebooks
from livingbrief.book import cards, templates
from livingbrief.book.ledger import figures, is_of_later, prose_of, rule_words, since_last
from livingbrief.book.prose import Prose
from livingbrief.book.state import BookState
from livingbrief.escape import markdown
from livingbrief.wording import VERDICT_WORDS

#: An outcome now, and before; why a finding is said in the words that stand beside it.
_OUTCOMES = {
    "holds": ("holds", "held", "met"),
    "fails": ("fails", "failed", "not met, so this is said instead"),
    "near": ("is too near to call", "was too near to call", "too near to call, and said so"),
    "unknown": ("cannot be judged", "could not be judged", "a figure is missing"),
}
_UNSAID = "*Not said in this edition.*"
_PARTS = {"low": ", lower end", "high": ", upper end", "status": ", its status"}


def findings_markdown(root: Path, state: BookState) -> str:
    """Return every finding of this edition's chapters in words, with its rule.

    An edition that looks back, or does not retell the brief, leaves out the findings whose figures
    it does not have.
    """
    prose, meanings = prose_of(root, state), cards.Cards(root, state)
    every = state.book["narrative"] and not state.known_at
    rows: dict[str, list[list[str]]] = {}
    for item in state.findings:
        said, outcome = _words(prose, item), item["outcome"]
        if every or (outcome, said) != ("unknown", _UNSAID):
            unsaid = (outcome, said) == ("fails", _UNSAID)
            what = "not met, so nothing is said" if unsaid else _OUTCOMES[outcome][2]
            what += "; could turn" if item.get("could_turn") else ""
            row = [item["id"], said, _rule(item, state, meanings), what]
            rows.setdefault(item["chapter"], []).append(row)
    chapters = [
        {"title": prose.render(title_of(root, state, name)), "link": _link(state, name), "rows": of}
        for name, of in rows.items()
    ]
    return templates.page("findings", chapters=chapters)


def _rule(item: Mapping[str, Any], state: BookState, meanings: cards.Cards) -> str:
    """Return what a rule compares, with its figures, and what it asks of them."""
    parts = []
    for measure in item["measures"]:
        both = [of for of in (measure, measure["than"]) if of]
        if any(is_of_later(of["key"], state) for of in both):
            continue
        asked = f"{markdown(meanings.meaning(measure['key']))}{_PARTS.get(measure['of'], '')}"
        if lacking := next((of for of in both if of["value"] is None), None):
            parts.append(f"**{asked}**, `{lacking['key']}`: {markdown(lacking['text'])}.")
        else:
            told = f"{figures(measure)}; met if {rule_words(measure)}"
            parts.append(f"**{asked}**, `{measure['key']}`: {told}.")
    parts += [
        f"{{claim}}`{name}`: {VERDICT_WORDS.get(verdict, 'not judged')}."
        for name, verdict in item["claims"].items()
    ]
    return " ".join(parts)


def turned_markdown(root: Path, state: BookState) -> str:
    """Return the findings that turned since the last report and since the brief, with a heading.

    Nothing where there is neither an earlier report nor a view of then. Those of chapters that
    turned since the brief are named alone.
    """
    prose, now = prose_of(root, state), {item["id"]: item for item in state.findings}
    found: dict[str, list[Any]] = {"turned": [], "turned_since": []}
    others = []
    for name, into in found.items():
        for turn in state.book.get(name, ()):
            item = now.get(turn["id"])
            if item and name == "turned_since" and item["chapter"] in state.book["chapters"]:
                others.append(item["id"])
            elif item:
                was, is_now = _OUTCOMES[turn["from"]][1], _OUTCOMES[item["outcome"]][0]
                link, said = _link(state, item["chapter"]), _words(prose, item).replace("**", "")
                into.append([item["id"], link, said, f"{was}; now {is_now}"])
    narrative = any(item["then"] for item in state.claims)
    if not (found["turned"] or narrative):
        return ""
    last = since_last(state)
    return templates.page("turned", last=last, narrative=narrative, others=others, **found)


def title_of(root: Path, state: BookState, chapter: str) -> str:
    """Return the heading with which a page or notebook begins."""
    if chapter in state.book["chapters"]:
        cells = notebooks.cells(root / "notebooks" / f"{chapter}.ipynb")
        text = next(c["source"] for c in cells if c["cell_type"] == "markdown")
    else:
        text = (root / "book" / f"{chapter}.md").read_text("utf-8")
    heading = next((line for line in text.splitlines() if line.startswith("# ")), chapter)
    return str(heading.removeprefix("# ").strip())


def _link(state: BookState, chapter: str) -> str:
    folder = "notebooks" if chapter in state.book["chapters"] else "book"
    return f"{{doc}}`/{folder}/{chapter}`"


def _words(prose: Prose, item: Mapping[str, Any]) -> str:
    words = " ".join(prose.render(f"{{finding}}`{item['id']}`").split())
    return words or _UNSAID
