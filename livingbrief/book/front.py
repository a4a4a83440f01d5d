"""What the first page shows at a glance: verdicts as bars, small charts, actions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from livingbrief.book import ledger, templates
from livingbrief.book.marks import marked
from livingbrief.book.state import BookState
from livingbrief.claims import claims
from livingbrief.escape import markdown
from livingbrief.records import Action, Indicator, RecordError, load_actions
from livingbrief.values.latest import LATEST, years_of
from livingbrief.wording import LOOKS, capital, long_date, spells

#: Width and height of a small drawing, in pixels.
_CHART = (240, 72)
_Points = Mapping[int, float]


def verdict_bars(state: BookState) -> str:
    """Return all claims by what their verdicts come to, as bars with their numbers, and in words.

    The words are a list of links, each with its count, and that of the time of the brief.
    """
    say, then = state.language.say, [item["then"] for item in state.claims if item["then"]]
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
    page = f"{state.up}claims.html"
    return templates.page("verdicts", views=bars, page=page, say=say, counts=counts)


def small_chart(state: BookState, *stems: str, only: Sequence[int] = ()) -> str:
    """Draw series by year or number on one scale, without words: the text of a panel names them.

    Parameters
    ----------
    state : BookState
    *stems : str
        Beginnings of keys that end in a year, such as ``poverty.rate_pct``. The first is drawn
        with the mark ●, the others with ○, ▲ and ◆. With `only`, keys with ``{}`` for the number.
    only : sequence of int
        The numbers, per cent, in place of years; their marks are joined.

    Returns
    -------
    str
        Markdown for HTML and PDF; empty where fewer than two years are known.
    """
    series = [_points(state, stem, only) for stem in stems]
    years = sorted({year for points in series for year in points})
    if len(years) < 2:
        return ""
    drawn = _drawn(series, years, apart=not only)
    ends = [f"{n} %" for n in years] if only else [str(years[0]), str(years[-1])]
    web = f'{drawn}<p class="small-ends">{"".join(f"<span>{end}</span>" for end in ends)}</p>'
    printed = f"#small-chart({json.dumps(drawn)}, {', '.join(map(json.dumps, ends))})"
    return f"```{{raw}} html\n{web}\n```\n\n```{{raw}} typst\n{printed}\n```"


def _points(state: BookState, stem: str, only: Sequence[int] = ()) -> _Points:
    """Return the known values of a series by year, or by one of `only`."""
    keys = {n: stem.format(n) for n in only} or years_of(state.results, stem)
    known = sorted((n, key) for n, key in keys.items() if key in state.results)
    found = {n: state.results[key]["value"] for n, key in known}
    return {year: value for year, value in found.items() if isinstance(value, int | float)}


def _drawn(series: Sequence[_Points], years: Sequence[int], *, apart: bool = True) -> str:
    """Return a drawing of series; a line joins years that follow each other, unless not `apart`."""
    values = [value for points in series for value in points.values()]
    low, high = min(0.0, *values), max(values)
    width, height = _CHART

    def at(x: int, y: float) -> tuple[float, float]:
        across = (width - 10) * (x - years[0]) / (years[-1] - years[0])
        return 5 + across, height - 5 - (height - 10) * (y - low) / ((high - low) or 1)

    drawn = []
    for kind, points in enumerate(series):
        spots = {x: at(x, y) for x, y in points.items()}
        # Years with a gap between are not joined, so the marks are larger.
        parts = spells(spots) if apart else [[*spots]]
        alone, last = len(parts) == len(spots), max(spots, default=0)
        runs = [[spots[x] for x in part] for part in parts]
        marks = [(*spot, 3.4 if alone or x == last else 1.6) for x, spot in spots.items()]
        drawn.append((kind, runs, marks))
    # The first series is drawn last: where two meet, the larger ring is seen around the dot.
    zero = f"{at(years[0], 0)[1]:.1f}"
    size = {"width": width, "height": height, "zero": zero}
    return templates.file("small.svg", drawn=drawn[::-1], **size)


def actions(root: Path, state: BookState) -> str:
    """Return the actions of the recommendations with the reason for each, where it holds."""
    prose = ledger.prose_of(root, state)
    found = [
        (label, " ".join(prose.render(a.because).split())) for a, label in _actions(root, state)
    ]
    return "\n".join(f"- {{ref}}`{label}`{why and f'. {why}'}" for label, why in found)


def first_steps(root: Path, state: BookState, most: int = 0) -> str:
    """Return the actions, or the first of them, each with who, what first, and by when."""
    asked = [{"label": n, **_asked(state, a)} for a, n in _actions(root, state)[: most or None]]
    return templates.page("steps", asked=asked, say=state.language.say)


def action(root: Path, state: BookState, name: str) -> str:
    """Return who is to act, what comes first, by when, and the number that shows it."""
    asked = next(a for a, _ in _actions(root, state) if a.action == name)
    watch = _watched(state, asked.watch)
    return templates.page("action", watch=watch, say=state.language.say, **_asked(state, asked))


def _asked(state: BookState, asked: Action) -> dict[str, Any]:
    """Return the parts of an action in the language of the page."""
    words, name = state.language, asked.action
    first = {
        how: words.told(text, f"{name} first")
        for how, text in (("first", asked.first), ("First", capital(asked.first)))
    }
    by, late = words.month(long_date(asked.by)), asked.is_past(state.day)
    return {"who": words.told(asked.who, f"{name} who"), **first, "by": by, "late": late}


def watched(root: Path, state: BookState) -> str:
    """Return the number that each action watches, with its newest value."""
    return "\n".join(f"- {_watched(state, action.watch)}" for action, _ in _actions(root, state))


def could_turn_count(state: BookState) -> str:
    """Say how many claims a usual revision of one figure would turn."""
    number = sum(bool(item.get("could_turn")) for item in state.claims)
    words = state.language.say(
        "A typical revision of one figure would change {} of the {} verdicts."
    )
    return words.format(number, len(state.claims))


def _watched(state: BookState, indicator: Indicator) -> str:
    """Return what an action watches, with its newest value and the year of it."""
    words = state.language
    label, stem = words.told(indicator.label), indicator.key.removesuffix(LATEST)
    known = _points(state, stem)
    if not known:
        return f"{label}: {words.say('not in this edition')}"
    year = max(known)
    key = f"{stem}.{year}"
    number = marked(markdown(state.results[key]["text"]), key)
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
