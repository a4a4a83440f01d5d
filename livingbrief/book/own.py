"""The page of the report's own findings, and which of them have turned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from livingbrief import notebooks
from livingbrief.book import ahead, cards
from livingbrief.book.ledger import BAND_WORDS, firm_words, is_of_later, rule_words, since_last
from livingbrief.book.marks import marked
from livingbrief.book.prose import Prose
from livingbrief.book.state import BookState
from livingbrief.charts.directive import in_table
from livingbrief.claims import firm
from livingbrief.escape import markdown
from livingbrief.values import results
from livingbrief.values.results import Description
from livingbrief.wording import VERDICT_WORDS, enumerated

OUTCOME_WORDS = {
    "holds": "holds",
    "fails": "fails",
    "near": "is too near to call",
    "unknown": "cannot be judged",
}
#: Why a finding is said in the words that stand beside it.
_SAID = {
    "holds": "met",
    "fails": "not met, so this is said instead",
    "near": "too near to call, and said so",
    "unknown": "a figure is missing",
}
_HANGS = "hangs on a claim that depends"
_UNSAID = "*Not said in this edition.*"
_PARTS = {"low": ", lower end", "high": ", upper end", "status": ", its status"}


def findings_markdown(root: Path, state: BookState, words: Mapping[str, str]) -> str:
    """Return every finding of this edition's chapters in words, with what it hangs on.

    The rules as their file has them stand folded beneath each table. An edition that looks
    back, or does not retell the brief, leaves out the findings whose figures it does not have.
    """
    prose = Prose.of(root, state, words)
    day = state.book["edition"].get("known_at") or ""
    described = {
        notebook: [d for d in entries if ahead.named_then(root, day, d.meaning)]
        for notebook, entries in results.load(root / "book" / "results.yml").items()
    }
    tells_all = state.book["narrative"] and not state.book["edition"].get("known_at")
    parts = []
    for chapter in _chapters(state):
        told = [
            ({**item, "measures": [m for m in item["measures"] if not _later(m, state)]}, said)
            for item in state.findings
            if item["chapter"] == chapter
            and (said := _words(prose, item))
            and (tells_all or (item["outcome"], said) != ("unknown", _UNSAID))
        ]
        if told:
            rows = [
                [item["id"], said, _hangs_on(item, state, described), _outcome(item, said)]
                for item, said in told
            ]
            parts.append(f"## {prose.render(title_of(root, state, chapter))}")
            parts.append(f"From {_title(state, chapter)}.")
            table = in_table(["No.", "Finding", "Hangs on", "Its rule"], rows)
            parts.append(f"::::{{div}} own-findings\n{table}\n::::")
            parts.append(_folded(item for item, _ in told))
    if not parts:
        return "This edition has no findings of its own."
    could = [item["id"] for item in state.findings if item.get("could_turn")]
    turn = f"{enumerated(could)} could" if could else "None could"
    turn += " turn with a usual revision of one figure."
    if not could and not firm.known_to_move(state.findings):
        turn = f"Whether a usual revision of one figure could turn any {firm.CANNOT_BE_SAID}."
    return "\n\n".join([turn, *parts])


def _later(measure: Mapping[str, Any], state: BookState) -> bool:
    than = measure["than"] or {"key": None}
    return any(is_of_later(part["key"], state) for part in (measure, than))


def _folded(items: Iterable[Mapping[str, Any]]) -> str:
    """Return keys and rules as code, which a reader opens."""
    lines = [
        f"- {item['id']}: " + "; ".join(f"`{_rule(m)}`" for m in item["measures"])
        for item in items
        if item["measures"]
    ]
    if not lines:
        return ""
    opened = "```{raw} html\n<details><summary>The same rules as code</summary>\n```"
    return "\n\n".join([opened, "\n".join(lines), "```{raw} html\n</details>\n```"])


def _rule(measure: Mapping[str, Any]) -> str:
    limit = measure["than"]["key"] if measure["than"] else measure["limit"]
    band = f" ± {measure['tolerance']:g}" if measure["tolerance"] else ""
    of = "" if measure["of"] == "value" else f" ({measure['of']})"
    return f"{measure['asked']}{of} {measure['compare']} {limit}{band}"


def _outcome(item: Mapping[str, Any], said: str) -> str:
    words = _SAID[item["outcome"]]
    if item["outcome"] == "near" and _on_claim(item):
        words = f"{_HANGS}, and said so"
    if (item["outcome"], said) == ("fails", _UNSAID):
        words = "not met, so nothing is said"
    other = [
        f"{BAND_WORDS[name]} {_SAID[outcome].partition(',')[0]}"
        for name, outcome in item.get("bands", {}).items()
        if outcome != item["outcome"]
    ]
    could = ["could turn"] if item.get("could_turn") else []
    return "; ".join([words, *could, *other])


def turned_markdown(root: Path, state: BookState, words: Mapping[str, str]) -> str:
    """Return the findings that turned since the last report and since the brief, with a heading.

    Nothing where there is neither an earlier report nor a view of then.
    """
    prose = Prose.of(root, state, words)
    now = {item["id"]: item for item in state.findings}
    told = cards.Cards(root, state)
    since = [
        f"- {item['id']} ({_title(state, now[item['id']]['chapter'])}): its rule, which "
        f"*{_before(item['from'], now[item['id']])}*, now *{_now(now[item['id']])}*. "
        "Now it reads: "
        f"{_words(prose, now[item['id']])}"
        for item in state.book.get("turned", [])
        if item["id"] in now
    ]
    rows, others = [], []
    for item in state.book.get("turned_since", []):
        causes = dict.fromkeys(_because(told, item, now[item["id"]])) if item["id"] in now else {}
        if causes and now[item["id"]]["chapter"] in state.book["chapters"]:
            others.append(item["id"])
        elif causes:
            said = _words(prose, now[item["id"]]).replace("**", "")
            rule = f"{_before(item['from'], now[item['id']])}; now {_now(now[item['id']])}"
            rows.append([item["id"], said, rule, "; ".join(causes)])
    parts = [f"{since_last(state)}:\n\n" + "\n".join(since)] if since else []
    if any(item["then"] for item in state.claims):
        head = ["No.", "It now reads", "Its rule", "Because"]
        turned = rows or others
        parts.append("Since the brief was written:" if turned else "None turned since the brief.")
        parts += [f"::::{{div}} turns\n{in_table(head, rows)}\n::::"] if rows else []
        told_at = "what they say stands among {doc}`our own findings </book/findings>`"
        parts += [f"In the chapters also {enumerated(others)}; {told_at}."] if others else []
    return "\n\n".join(["## Our own findings", *parts]) if parts else ""


def _because(told: cards.Cards, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield what moved a finding: its claims' verdicts, and figures that are others than then."""
    yield from (f"{{claim}}`{name}` is judged otherwise now" for name in now["claims"])
    for was, measure in zip(then["measures"], now["measures"], strict=True):
        figure = marked(markdown(measure["text"]), measure["key"])
        # A description goes on with what else its keys hold.
        what = markdown(re.split(r"[,;(:]", told.meaning(measure["key"]))[0].strip())
        if was["key"] != measure["key"]:
            yield f"{what}: {figure} in {measure['key'].rsplit('.', 1)[-1]}, a newer year"
        elif was["text"] != measure["text"]:
            yield f"{what}: {markdown(was['text'])} then, {figure} now"


def _on_claim(item: Mapping[str, Any]) -> bool:
    """Whether nothing but the verdicts of claims can be too near to call in a rule."""
    return bool(item["claims"]) and not item["measures"]


def _now(item: Mapping[str, Any]) -> str:
    near = item["outcome"] == "near" and _on_claim(item)
    return _HANGS if near else OUTCOME_WORDS[item["outcome"]]


def _before(outcome: str, item: Mapping[str, Any]) -> str:
    near = "hung on a claim that depended" if _on_claim(item) else "was too near to call"
    words = {"holds": "held", "fails": "failed", "near": near}
    return words.get(outcome, "could not be judged")


def title_of(root: Path, state: BookState, chapter: str) -> str:
    """Return the heading with which a page or notebook begins."""
    if chapter in state.book["chapters"]:
        cells = notebooks.cells(root / "notebooks" / f"{chapter}.ipynb")
        text = next(c["source"] for c in cells if c["cell_type"] == "markdown")
    else:
        text = (root / "book" / f"{chapter}.md").read_text("utf-8")
    heading = next((line for line in text.splitlines() if line.startswith("# ")), chapter)
    return heading.removeprefix("# ").strip()


def _chapters(state: BookState) -> list[str]:
    return list(dict.fromkeys(item["chapter"] for item in state.findings))


def _title(state: BookState, chapter: str) -> str:
    folder = "notebooks" if chapter in state.book["chapters"] else "book"
    return f"{{doc}}`/{folder}/{chapter}`"


def _words(prose: Prose, item: Mapping[str, Any]) -> str:
    words = " ".join(prose.render(f"{{finding}}`{item['id']}`").split())
    return words or _UNSAID


def _hangs_on(
    item: Mapping[str, Any], state: BookState, described: Mapping[str, Sequence[Description]]
) -> str:
    verdicts = [
        f"{{claim}}`{name}`: {VERDICT_WORDS.get(verdict, 'not judged')}."
        for name, verdict in item["claims"].items()
    ]
    conditions = (_condition(measure, state, described) for measure in item["measures"])
    return " ".join([*conditions, *verdicts])


def _condition(
    measure: Mapping[str, Any], state: BookState, described: Mapping[str, Sequence[Description]]
) -> str:
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
    rule = rule_words(measure)
    # Of a figure that is missing it is enough to say so.
    other = measure["than"] or {"value": None}
    if None not in (state.results[measure["key"]]["value"], other["value"]):
        against = marked(markdown(other["text"]), other["key"])
        text += f" against {against} ({what(other['key'], measure['key'])})"
    sure = firm_words(measure.get("firm"), measure["text"])
    told = [f"{asked}: {text}", f"met if {rule}", *filter(None, [sure])]
    return f"{'; '.join(told)}."
