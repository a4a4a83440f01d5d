"""A claim's verdicts through time: as a small picture and in words."""

import datetime as dt
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole
from sphinx.writers.html5 import HTML5Translator

from livingbrief.book import templates
from livingbrief.book.state import BookState
from livingbrief.claims.history import History, Moved, State
from livingbrief.claims.history import Strip as Through
from livingbrief.wording import VERDICT_WORDS, long_date

#: A strip speaks of one time after the other, and shows what decided or was too near to.
_WORDS = {**VERDICT_WORDS, "no_longer": "no longer true", "not_testable": "too close to call"}
_WIDTH = 320


def spans(states: Sequence[State]) -> list[tuple[State, str]]:
    """Return the states in which a verdict begins, each with the day on which it ends, or ""."""
    grouped = groupby(states, key=lambda state: (_word(state), state.known))
    first = [next(same) for _, same in grouped]
    return list(zip(first, [*(s.date for s in first[1:]), ""], strict=True))


def _word(state: State) -> str:
    on_year = state.verdict == "depends_on_measure" and state.on_year
    return "depends on the year" if on_year else _WORDS[state.verdict]


def words(states: Sequence[State]) -> str:
    """Return a strip in words: ``supported 2021-02 to 2023-09, then depends on the measure``."""
    parts: list[str] = []
    known = False
    for state, end in spans(states):
        said = _word(state) if state.known else "nothing found"
        begin = state.date[:7]
        if not state.known and not known:
            continue
        if end:
            parts.append(f"{said} {begin}" + (f" to {end[:7]}" if end[:7] != begin else ""))
        else:
            parts.append(f"then {said}" if known else f"{said} since {begin}")
        if state.first_at_hand and known:
            parts[-1] += " (its first vintage held here)"
        known = True
    return ", ".join(parts) or "nothing found yet"


class Turn(NamedTuple):
    """A turn of a claim; not `dated` without an earlier printing of what `moved`."""

    name: str
    claim: str
    day: str
    dated: bool
    moved: tuple[Moved, ...]
    was: str
    now: str


def turns(item: Through) -> list[Turn]:
    """Return each turn of a claim."""
    known = [state for state, _ in spans(item.states) if state.known]
    return [
        Turn(
            item.id, item.claim, now.date, not now.first_at_hand, now.moved, _word(was), _word(now)
        )
        for was, now in pairwise(known)
        if was.verdict != now.verdict
    ]


def turned(item: Through) -> str:
    """Return the last day on which a claim is known to have turned; empty for none."""
    return max((turn.day for turn in turns(item) if turn.dated), default="")


def drawn(history: History) -> dict[str, tuple[str, str]]:
    """Return the strips of a history, as SVG and in words."""
    if not history.claims:
        return {}
    first = min(s.date for item in history.claims for s in item.states)
    begin, end = map(dt.date.fromisoformat, (first, history.until))

    def at(day: str) -> float:
        past = (dt.date.fromisoformat(day) - begin).days
        return round(_WIDTH * past / max((end - begin).days, 1), 1)

    years = [(y, at(f"{y}-01-01")) for y in range(end.year - 30, end.year + 1)]
    scale = {"years": [(y, x) for y, x in years if x >= 0], "at": at(history.brief)}
    found = {}
    for item in history.claims:
        bars = []
        for state, until in spans(item.states):
            left, right = at(state.date), at(until or history.until)
            bars += [(state.group, left, max(right - left, 1))] * state.known
        said = f"{item.id}: {words(item.states)}"
        drawing = {"alt": said, "bars": bars, "width": _WIDTH, **scale}
        found[item.id] = templates.file("strip.svg", **drawing), said
    return found


def history_markdown(state: BookState) -> str:
    """Return the page of all strips: what turned since the brief, before it, and what did not.

    Claims judged otherwise by figures without a printing of the time stand apart, some bare.
    """
    items, day = state.history.claims, state.history.brief
    if not items:
        return (
            "Verdicts are followed through time in the editions of the repository that do not look "
            "back, once the command `history` has computed their past days on the present data. "
            "This report has none."
        )
    otherwise = {i.id: i.claim for i in state.claims if i.has_turned}
    since, apart, before, never = found = [[], [], [], []]  # type: ignore[var-annotated]
    for item in items:
        last = turned(item)
        old = apart if item.id in otherwise else before if last else never
        (since if last > day else old).append(
            (item.id, item.claim, words(item.states), turns(item))
        )
    followed = {item.id for item in items}
    apart += [(name, said, "", []) for name, said in otherwise.items() if name not in followed]
    heads = (
        f"Turned after {long_date(day)}",
        "Verdict changed, vintage of the time not held here",
        "Turned before",
        "Did not turn",
    )
    return templates.page(
        "history",
        items=items,
        since=len(since),
        before=len(before),
        history=state.history,
        parts=zip(heads, found, strict=True),
    )


class Strip(nodes.inline):
    """A strip: `svg` is the picture, `alt` says it in words."""


class StripRole(SphinxRole):
    """``{strip}`C63``` shows when a claim turned."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the strip, or nothing in a book without a history."""
        svg, alt = self.config.livingbrief_strips.get(self.text, ("", ""))
        return [Strip("", svg=svg, alt=alt)] if svg else [], []


def visit(writer: HTML5Translator, node: Strip) -> None:
    """Put the picture into the page, and nothing else."""
    writer.body.append(node["svg"])
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register node and role."""
    app.add_config_value("livingbrief_strips", {}, "env")
    app.add_node(Strip, html=(visit, None))
    app.add_role("strip", StripRole())
