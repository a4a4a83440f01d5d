"""Strips: a claim's verdicts through time as a small picture and in words."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole
from sphinx.writers.html5 import HTML5Translator

from livingbrief.book.marks import marked
from livingbrief.book.state import BookState
from livingbrief.data.datasets import in_words
from livingbrief.escape import markdown
from livingbrief.wording import VERDICT_WORDS

#: A strip speaks of one time after the other, and shows what decided or was too near to.
_WORDS = {
    **{name: VERDICT_WORDS[name] for name in ("supported", "not_then", "contradicted")},
    "depends_on_measure": VERDICT_WORDS["depends_on_measure"],
    "no_longer": "no longer true",
    "not_testable": "too close to call",
}
#: How high a bar stands and its colour, so that colour is never alone.
_LOOKS = {
    "holds": (14, "#12436d"),
    "depends": (10, "#8a4b0f"),
    "no_longer": (6, "#5f4b8b"),
    "wrong": (4, "#801650"),
    "unchecked": (2, "#5c5c5c"),
}
#: What a bar means in the key, in the order of heights.
_KEY = {
    "holds": "it held",
    "depends": "it depends",
    "no_longer": "it was true and no longer is",
    "wrong": "it was wrong",
    "unchecked": "too close to call",
}
#: Of the bars, and with the years beneath them.
_WIDTH, _BARS, _HEIGHT = 320, 18, 31
_SWATCH = 12
BRIEF = "brief"
Spans = list[tuple[Mapping[str, Any], str]]


def spans(states: Sequence[Mapping[str, Any]]) -> Spans:
    """Return the states in which a verdict begins, each with the day on which it ends.

    Empty for the one that lasts.
    """
    first: list[Mapping[str, Any]] = []
    for state in states:
        if not first or _stands(state) != _stands(first[-1]):
            first.append(state)
    return list(zip(first, [*(s["date"] for s in first[1:]), ""], strict=True))


def _stands(state: Mapping[str, Any]) -> tuple[str, bool]:
    return _word(state), state["known"]


def _word(state: Mapping[str, Any]) -> str:
    verdict = state["verdict"]
    on_year = verdict == "depends_on_measure" and state.get("on_year")
    return "depends on the year" if on_year else _WORDS[verdict]


def words(states: Sequence[Mapping[str, Any]]) -> str:
    """Return a strip in words: ``supported 2021-02 to 2023-09, then depends on the measure``."""
    parts: list[str] = []
    known = False
    for state, end in spans(states):
        said = _word(state) if state["known"] else "nothing at hand"
        begin = state["date"][:7]
        if not state["known"] and not known:
            continue
        if end:
            parts.append(f"{said} {begin}" + (f" to {end[:7]}" if end[:7] != begin else ""))
        else:
            parts.append(f"then {said}" if known else f"{said} since {begin}")
        if state["first_at_hand"] and known:
            parts[-1] += " (its first printing at hand)"
        known = True
    return ", ".join(parts) or "nothing at hand yet"


def turns(states: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Return each state in which a verdict became another one, after the one before it."""
    known = [state for state, _ in spans(states) if state["known"]]
    return [(was, now) for was, now in pairwise(known) if was["verdict"] != now["verdict"]]


def told(
    was: Mapping[str, Any],
    now: Mapping[str, Any],
    escaped: Callable[[str], str] = str,
    change: str = "“{}”, then “{}”",
) -> tuple[str, str]:
    """Return a turn in words: from which verdict to which, and the figures that turned it."""
    none = "no printing of the time at hand" if now["first_at_hand"] else "none yet"
    moved = [
        f"{m['label']}: {escaped(m['was']) or none} → {escaped(m['now'])}" for m in now["moved"]
    ]
    why = "; ".join(moved) or "the same figures, judged beside others"
    return change.format(_word(was), _word(now)), why


def turned(states: Sequence[Mapping[str, Any]]) -> str:
    """Return the last day on which a claim turned; empty for one that did not.

    What is printed later than at its time, as far as is at hand, turned nothing on that day.
    """
    return max((now["date"] for _, now in turns(states) if not now["first_at_hand"]), default="")


def _at(day: str, history: Mapping[str, Any]) -> float:
    first = min(s["date"] for item in history["claims"] for s in item["states"])
    begin, end, now = map(dt.date.fromisoformat, (first, history["until"], day))
    return round(_WIDTH * (now - begin).days / max((end - begin).days, 1), 1)


def drawn(history: Mapping[str, Any]) -> dict[str, tuple[str, str, int]]:
    """Return the strips of a history and the signs of its key: as SVG, in words, and their width.

    The words of a sign stand beside it.
    """
    found = {}
    scale = _scale(history) if history["claims"] else ""
    for item in history["claims"]:
        bars = []
        for state, end in spans(item["states"]):
            left, right = _at(state["date"], history), _at(end or history["until"], history)
            if state["known"]:
                bars.append(_bar(state["group"], left, max(right - left, 1)))
        said = f"{item['id']}: {words(item['states'])}"
        found[item["id"]] = (_svg("".join(bars) + scale, _WIDTH, _HEIGHT, said), said, _WIDTH)
    for group, meaning in _KEY.items() if history["claims"] else ():
        sign = _svg(_bar(group, 0, _SWATCH) + _line(_SWATCH), _SWATCH, _BARS, meaning)
        found[group] = (sign, meaning, _SWATCH)
    if history["claims"]:
        sign = _svg(_brief(_SWATCH / 2) + _line(_SWATCH), _SWATCH, _BARS, "the brief")
        found[BRIEF] = (sign, "the brief", _SWATCH)
    return found


def key(history: Mapping[str, Any]) -> str:
    """Return what the bars and the dashed line of the strips mean; nothing without a history."""
    if not history["claims"]:
        return ""
    signs = [f"{{strip}}`{group}` {meaning}" for group, meaning in _KEY.items()]
    brief = f"{{strip}}`{BRIEF}` {in_words(history['brief'])}, the time of the brief"
    return f"*Key to the strips*: {', '.join([*signs, brief])}. Years begin at their marks."


def _bar(group: str, left: float, width: float) -> str:
    height, fill = _LOOKS[group]
    return (
        f'<rect class="{group}" x="{left}" y="{_BARS - 2 - height}" width="{width:.1f}" '
        f'height="{height}" fill="{fill}"/>'
    )


def _line(width: float) -> str:
    return f'<path d="M0 {_BARS - 1.5}h{width}" stroke="currentColor" stroke-width="0.5"/>'


def _brief(x: float) -> str:
    return (
        f'<path d="M{x} 0v{_BARS}" stroke="#ffffff" stroke-width="3"/>'
        f'<path d="M{x} 0v{_BARS}" stroke="#222222" stroke-dasharray="2 1.5"/>'
    )


def _scale(history: Mapping[str, Any]) -> str:
    """Return what all strips share: their years, their line and the time of the brief."""
    last = int(history["until"][:4])
    begun = ((year, _at(f"{year}-01-01", history)) for year in range(last - 30, last + 1))
    places = [(year, x) for year, x in begun if x >= 0]
    marks = "".join(
        f'<path d="M{x} {_BARS - 1.5}v5" stroke="currentColor" stroke-width="0.8"/>'
        f'<text x="{x + 2}" y="{_HEIGHT - 2}" font-size="10" '
        f'font-family="DejaVu Sans, sans-serif" fill="currentColor">{year}</text>'
        for year, x in places
    )
    return f"{_line(_WIDTH)}{marks}{_brief(_at(history['brief'], history))}"


def _svg(inside: str, width: int, height: int, alt: str) -> str:
    shape = "strip" if width == _WIDTH else "strip sign"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{shape}" role="img" '
        f'aria-label="{html.escape(alt)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{inside}</svg>'
    )


def line(state: BookState, claim_id: str) -> list[str]:
    """Return what the ledger says of when a claim turned; nothing where there is no history."""
    for item in state.history["claims"]:
        if item["id"] == claim_id:
            return [f"{{strip}}`{claim_id}` *Over time*: {words(item['states'])}."]
    return []


def history_markdown(state: BookState) -> str:
    """Return the page of all strips: what turned since the brief, before it, and what did not.

    Claims that are judged otherwise by figures of which no printing of the time is at hand stand
    apart, those without a strip among them.
    """
    history = state.history
    if not history["claims"]:
        return "This edition looks back to one day, so it has no history of its own."
    changed = {
        i["id"]: i for i in state.claims if i["then"] and i["then"]["verdict"] != i["verdict"]
    }
    found: dict[str, list[Mapping[str, Any]]]
    found = {"since": [], "otherwise": [], "before": [], "never": []}
    for item in history["claims"]:
        last = turned(item["states"])
        when = "since" if last > history["brief"] else "before" if last else "never"
        when = "otherwise" if when != "since" and item["id"] in changed else when
        found[when].append(item)
    drawn = {item["id"] for item in history["claims"]}
    bare = [item for name, item in changed.items() if name not in drawn]
    brief, total = in_words(history["brief"]), len(history["claims"])
    since = len(found["since"])
    said = ["The same turns as a {beside}`feed <../changes.xml>`."] * any(
        not now["first_at_hand"] for i in history["claims"] for _, now in turns(i["states"])
    )
    parts = [
        f"Of the {marked(str(total), 'history.claims')} claims that stand on figures which are "
        f"printed again and again, {marked(str(since), 'history.since')} turned after {brief}, the "
        f"time of the brief, and {marked(str(len(found['before'])), 'history.before')} more had "
        "turned before it. Dates are those of the printings at hand, so a claim may have turned "
        "some months before its strip does. Under each strip stands which figures turned it: a "
        "year that was new, or an old one that was revised.",
        *said,
        key(history),
    ]
    heads = {
        "since": f"Turned after {brief}",
        "otherwise": "Judged otherwise, printing of the time not at hand",
        "before": "Turned before",
        "never": "Did not turn",
    }
    for when, head in heads.items():
        once = "No strip: what decides was printed once, as far as is at hand."
        apart = [f"{_named(item)} {once}" for item in bare] if when == "otherwise" else []
        if found[when] or apart:
            parts.append(f"## {head}")
            parts += (paragraph for item in found[when] for paragraph in _entry(item))
            parts += apart
    return "\n\n".join(parts)


def _named(item: Mapping[str, Any]) -> str:
    return f"{{ref}}`{item['id']} <claim-{item['id'].lower()}>`. {item['claim']}"


def _entry(item: Mapping[str, Any]) -> Iterator[str]:
    name = item["id"]
    yield _named(item)
    said = words(item["states"])
    yield f"{{strip}}`{name}` {said[:1].upper()}{said[1:]}."
    because = []
    for was, now in turns(item["states"]):
        change, why = told(was, now, markdown, "*{}* to *{}*")
        because.append(f"- {in_words(now['date'])}, {change}. {why}.")
    if because:
        yield "\n".join(because)


class Strip(nodes.inline):
    """A strip, or a sign of their key; `svg` is the picture, `alt` says it in words."""


class StripRole(SphinxRole):
    """``{strip}`C63``` shows when a claim turned."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the strip, or nothing in a book without a history."""
        svg, alt, width = self.config.livingbrief_strips.get(self.text, ("", "", 0))
        return [Strip("", svg=svg, alt=alt, width=width)] if svg else [], []


def visit(writer: HTML5Translator, node: Strip) -> None:
    """Put the picture into the page."""
    writer.body.append(node["svg"])


def depart(writer: HTML5Translator, _: Strip) -> None:
    """Nothing is left to close."""


def setup(app: Sphinx) -> None:
    """Register node and role."""
    app.add_config_value("livingbrief_strips", {}, "env")
    app.add_node(Strip, html=(visit, depart))
    app.add_role("strip", StripRole())
