"""The page of the report's own findings, and which of them have turned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from livingbrief import notebooks
from livingbrief.book import ahead, cards, templates
from livingbrief.book.ledger import BAND_WORDS, firm_words, is_of_later, rule_words, since_last
from livingbrief.book.marks import marked
from livingbrief.book.prose import Prose
from livingbrief.book.state import BookState
from livingbrief.claims import firm
from livingbrief.escape import markdown
from livingbrief.values import results
from livingbrief.values.results import Description
from livingbrief.wording import VERDICT_WORDS, enumerated

#: An outcome now, and before; why a finding is said in the words that stand beside it.
_OUTCOMES = {
    "holds": ("holds", "held", "met"),
    "fails": ("fails", "failed", "not met, so this is said instead"),
    "near": ("is too near to call", "was too near to call", "too near to call, and said so"),
    "unknown": ("cannot be judged", "could not be judged", "a figure is missing"),
}
#: The same where nothing but the verdicts of claims can be too near to call in a rule.
_HANGS = (
    "hangs on a claim that depends",
    "hung on a claim that depended",
    "hangs on a claim that depends, and said so",
)
_UNSAID = "*Not said in this edition.*"
_PARTS = {"low": ", lower end", "high": ", upper end", "status": ", its status"}
_Described = Mapping[str, Sequence[Description]]


def findings_markdown(root: Path, state: BookState, words: Mapping[str, str]) -> str:
    """Return every finding of this edition's chapters in words, with what it hangs on.

    An edition that looks back, or does not retell the brief, leaves out the findings whose figures
    it does not have.
    """
    prose = Prose.of(root, state, words)
    day = state.book["edition"].get("known_at") or ""
    described = {
        notebook: [d for d in entries if ahead.named_then(root, day, d.meaning)]
        for notebook, entries in results.load(root / "book" / "results.yml").items()
    }
    rows: dict[str, list[list[str]]] = {}
    for item in state.findings:
        said = _words(prose, item)
        empty = (item["outcome"], said) == ("unknown", _UNSAID)
        if (state.book["narrative"] and not day) or not empty:
            hangs = _hangs_on(item, state, described)
            row = [item["id"], said, hangs, _outcome(item, said)]
            rows.setdefault(item["chapter"], []).append(row)
    if not rows:
        return "This edition has no findings of its own."
    could = [item["id"] for item in state.findings if item.get("could_turn")]
    turn = f"{enumerated(could)} could" if could else "None could"
    turn += " turn with a usual revision of one figure."
    if not could and not firm.known_to_move(state.findings):
        turn = f"Whether a usual revision of one figure could turn any {firm.CANNOT_BE_SAID}."
    chapters = [
        {"title": prose.render(title_of(root, state, name)), "link": _link(state, name), "rows": of}
        for name, of in rows.items()
    ]
    return templates.page("findings", turn=turn, chapters=chapters)


def _outcome(item: Mapping[str, Any], said: str) -> str:
    words = _told(item, item["outcome"])[2]
    if (item["outcome"], said) == ("fails", _UNSAID):
        words = "not met, so nothing is said"
    other = [
        f"{BAND_WORDS[name]} {_OUTCOMES[outcome][2].partition(',')[0]}"
        for name, outcome in item.get("bands", {}).items()
        if outcome != item["outcome"]
    ]
    could = ["could turn"] if item.get("could_turn") else []
    return "; ".join([words, *could, *other])


def turned_markdown(root: Path, state: BookState, words: Mapping[str, str]) -> str:
    """Return the findings that turned since the last report and since the brief, with a heading.

    Nothing where there is neither an earlier report nor a view of then.
    """
    prose, meanings = Prose.of(root, state, words), cards.Cards(root, state)
    now = {item["id"]: item for item in state.findings}
    last, rows, others = [], [], []
    for turn in state.book.get("turned", ()):
        if item := now.get(turn["id"]):
            is_now, was = _told(item, item["outcome"])[0], _told(item, turn["from"])[1]
            told = {"id": item["id"], "at": _link(state, item["chapter"]), "was": was}
            last.append({**told, "now": is_now, "said": _words(prose, item)})
    for then in state.book.get("turned_since", ()):
        item = now.get(then["id"])
        causes = dict.fromkeys(_because(meanings, then, item)) if item else {}
        if item and causes and item["chapter"] in state.book["chapters"]:
            others.append(item["id"])
        elif item and causes:
            rule = f"{_told(item, then['from'])[1]}; now {_told(item, item['outcome'])[0]}"
            said = _words(prose, item).replace("**", "")
            rows.append([item["id"], said, rule, "; ".join(causes)])
    narrative = any(item["then"] for item in state.claims)
    if not (last or narrative):
        return ""
    found = {"last": last, "rows": rows, "others": others}
    return templates.page("turned", narrative=narrative, since=since_last(state), **found)


def _because(
    meanings: cards.Cards, then: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what moved a finding: its claims' verdicts, and figures that are others than then."""
    yield from (f"{{claim}}`{name}` is judged otherwise now" for name in now["claims"])
    for was, measure in zip(then["measures"], now["measures"], strict=True):
        figure = marked(markdown(measure["text"]), measure["key"])
        # A description goes on with what else its keys hold.
        what = markdown(re.split(r"[,;(:]", meanings.meaning(measure["key"]))[0].strip())
        if was["key"] != measure["key"]:
            yield f"{what}: {figure} in {measure['key'].rsplit('.', 1)[-1]}, a newer year"
        elif was["text"] != measure["text"]:
            yield f"{what}: {markdown(was['text'])} then, {figure} now"


def _told(item: Mapping[str, Any], outcome: str) -> tuple[str, str, str]:
    on_claim = outcome == "near" and item["claims"] and not item["measures"]
    return _HANGS if on_claim else _OUTCOMES[outcome]


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


def _hangs_on(item: Mapping[str, Any], state: BookState, described: _Described) -> str:
    parts = []
    for measure in item["measures"]:
        keys = [of["key"] for of in (measure, measure["than"] or measure)]
        if not any(is_of_later(key, state) for key in keys):
            parts.append(_condition(measure, state, described))
    for name, verdict in item["claims"].items():
        parts.append(f"{{claim}}`{name}`: {VERDICT_WORDS.get(verdict, 'not judged')}.")
    return " ".join(parts)


def _condition(measure: Mapping[str, Any], state: BookState, described: _Described) -> str:
    def what(key: str, beside: str = "") -> str:
        """Return what a key is; only what sets it apart, where the one `beside` is the same."""
        entries = described.get(state.results[key].get("notebook", ""), ())
        meaning, told = next((said for d in entries if (said := d.said(key))[0]), (f"`{key}`", ""))
        same = beside and told and any(d.said(beside)[0] == meaning for d in entries)
        return told if same else markdown(": ".join(filter(None, (meaning, told))))

    text = marked(markdown(measure["text"]), measure["key"]) if measure["key"] else ""
    asked = f"**{what(measure['key'])}**{_PARTS.get(measure['of'], '')}"
    if measure["compare"] == "outside":
        return f"{asked}: whether its interval leaves out {measure['limit']:g}."
    # Of a figure that is missing it is enough to say so.
    other = measure["than"] or {"value": None}
    if None not in (state.results[measure["key"]]["value"], other["value"]):
        against = marked(markdown(other["text"]), other["key"])
        text += f" against {against} ({what(other['key'], measure['key'])})"
    sure = firm_words(measure.get("firm"), measure["text"])
    told = [f"{asked}: {text}", f"met if {rule_words(measure)}", *filter(None, [sure])]
    return f"{'; '.join(told)}."
