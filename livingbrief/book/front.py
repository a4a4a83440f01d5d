"""What the first page shows at a glance: verdicts as bars, small charts, actions."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from livingbrief.book import ledger, templates
from livingbrief.book.marks import marked
from livingbrief.book.prose import Leaf, with_key
from livingbrief.book.state import BookState
from livingbrief.claims import claims
from livingbrief.records import Action, Indicator, RecordError, load_actions
from livingbrief.values.latest import LATEST, years_of
from livingbrief.wording import LOOKS, capital, long_date


def verdict_bars(state: BookState) -> str:
    """Return all claims by what their verdicts come to: bars, and links with counts."""
    say, then = state.language.say, [item.then for item in state.claims if item.then]
    views: dict[str, tuple[str, Mapping[Any, int]]]
    views = {"": (capital(state.as_of), claims.counts(state.claims))}
    if then:
        views = {"then": (say(state.brief.then_words), claims.counts(then)), **views}
    counts = {
        group: [
            marked(str(sizes[group]), f"verdicts.{group}", form)
            for form, (_, sizes) in reversed(views.items())
        ]
        for group in LOOKS
    }
    bars = [(head, sizes, sum(sizes.values())) for head, sizes in views.values()]
    page = f"{'../' * bool(state.language.code)}claims.html"
    return templates.page("verdicts", views=bars, page=page, say=say, counts=counts)


def _points(state: BookState, stem: str) -> dict[int, float]:
    """Return the known values of a series by year."""
    known = sorted(years_of(state.results, stem).items())
    found = {n: state.results[key].value for n, key in known}
    return {year: value for year, value in found.items() if isinstance(value, int | float)}


def actions(root: Path, state: BookState, form: str, name: str = "", most: int = 0) -> str:
    """Return the actions of the recommendations in one of the forms of their template.

    Parameters
    ----------
    form : {"reasons", "steps", "table", "one"}
        Each with its reason, where it holds; with who, what first and by when; with what to
        sign, on what basis, and what shows it; or who, what first, by when and what shows it.
    name : str
        The only one, in place of all.
    most : int
        How many; 0 for all.
    """
    prose = ledger.prose_of(root, state)
    words, listed = state.language, []
    for action, label in _actions(root, state)[: most or None]:
        first, own = action.first, f"{action.action} first"
        more = {
            name: prose.fill(words.translated(getattr(action, name), f"{action.action} {name}"))
            for name in ("sign", "basis", "month", "takes")
        }
        listed.append(
            {
                "label": label,
                **more,
                "because": prose.fill(ledger.said(prose, action.because)),
                "who": words.translated(action.who, f"{action.action} who"),
                "first": [words.translated(said, own) for said in (first, capital(first))],
                "by": words.month(long_date(action.by)),
                "late": action.is_past(state.day),
                "watch": _watched(state, action.watch),
                "asked": name in ("", action.action),
            }
        )
    return templates.page("actions", form=form, actions=listed, say=words.say)


def _watched(state: BookState, indicator: Indicator) -> str:
    """Return what an action watches, with its newest value and the year of it."""
    words = state.language
    label, stem = words.translated(indicator.label), indicator.key.removesuffix(LATEST)
    if not stem:
        return f"{label} ({words.say('not yet, by public sources')})"
    known = _points(state, stem)
    if not known:
        return f"{label}: {words.say('not in this edition')}"
    year = max(known)
    key = f"{stem}.{year}"
    number = with_key(Leaf(key, state.results[key]))
    return words.say("{}: {} in {}").format(label, number, year)


def _actions(root: Path, state: BookState) -> list[tuple[Action, str]]:
    """Return the actions, each with the label of its heading in the language of the page."""
    book = root / "book"
    text = (book / state.language.code / "recommendations.md").read_text("utf-8")
    names = {n[n.index("action-") :]: n for n in re.findall(r"(?m)^\((.*\baction-.+)\)=$", text)}
    known = load_actions(book / "recommendations.yml")
    if other := {a.action for a in known} ^ names.keys():
        raise RecordError(
            f"recommendations.yml: '{min(other)}' is to be an action there, with its reason, and "
            f"the label of a heading in {state.language.code or 'book'}/recommendations.md"
        )
    return [(action, names[action.action]) for action in known]
