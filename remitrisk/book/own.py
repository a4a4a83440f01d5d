"""The page of the report's own findings, and which of them have turned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remitrisk.book.ledger import in_table, rule_words
from remitrisk.book.state import BookState
from remitrisk.escape import markdown
from remitrisk.exhibits.numbers import format_value
from remitrisk.marks import marked
from remitrisk.prose import Prose

OUTCOME_WORDS = {
    "holds": "holds",
    "fails": "does not hold",
    "near": "too near to call",
    "unknown": "cannot be judged",
}
_PARTS = {"low": ", lower end", "high": ", upper end", "status": ", its status"}


def findings_markdown(state: BookState, words: Mapping[str, str]) -> str:
    """Return every finding of this edition's chapters in words, with what it hangs on."""
    prose = Prose(state.results, words, keyed=True, findings=state.findings)
    described = {chapter: _title(state, chapter) for chapter in _chapters(state)}
    parts = []
    for chapter, title in described.items():
        rows = [
            [item["id"], _words(prose, item), _hangs_on(item), OUTCOME_WORDS[item["outcome"]]]
            for item in state.findings
            if item["chapter"] == chapter
        ]
        if rows:
            parts.append(f"## {title}")
            parts.append(in_table(["", "Finding", "Hangs on", "Today"], rows))
    return "\n\n".join(parts) or "This edition has no findings of its own."


def turned_markdown(state: BookState, words: Mapping[str, str]) -> str:
    """Return the findings that turned since the last report, as a list."""
    prose = Prose(state.results, words, keyed=True, findings=state.findings)
    now = {item["id"]: item for item in state.findings}
    lines = [
        f"- {item['id']} ({_title(state, now[item['id']]['chapter'])}) moved from "
        f"*{OUTCOME_WORDS[item['from']]}* to *{OUTCOME_WORDS[item['to']]}*: "
        f"{_words(prose, now[item['id']])}"
        for item in state.book.get("turned", [])
        if item["id"] in now
    ]
    if lines:
        return "\n".join(lines)
    if state.book.get("moved_numbers") is None:
        return "There is no earlier report to compare with."
    return "None of our own findings has turned."


def _chapters(state: BookState) -> list[str]:
    return list(dict.fromkeys(item["chapter"] for item in state.findings))


def _title(state: BookState, chapter: str) -> str:
    folder = "notebooks" if chapter in state.book["chapters"] else "book"
    return f"{{doc}}`/{folder}/{chapter}`"


def _words(prose: Prose, item: Mapping[str, Any]) -> str:
    words = " ".join(prose.render(f"{{finding}}`{item['id']}`").split())
    return words or "*Nothing is said of it.*"


def _hangs_on(item: Mapping[str, Any]) -> str:
    verdicts = [f"the verdict of {{claim}}`{name}`" for name in item["claims"]]
    return "; ".join([*verdicts, *map(_condition, item["measures"])])


def _condition(measure: Mapping[str, Any]) -> str:
    text = marked(markdown(measure["text"]), measure["key"]) if measure["key"] else ""
    asked = f"`{measure['asked']}`{_PARTS.get(measure['of'], '')}"
    if measure["compare"] == "outside":
        return f"{asked}: whether its interval leaves out {measure['limit']:g}"
    margin = measure["margin"]
    by = "" if margin is None else f", by {format_value(margin, 1, sign=True)}"
    return f"{asked}: {text} ({rule_words({'shown_as': None, 'exact': False, **measure})}{by})"
