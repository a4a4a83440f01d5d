"""What the first page shows at a glance: verdicts as bars, small charts, actions."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from livingbrief.book import ledger, templates
from livingbrief.book.marks import marked
from livingbrief.book.prose import Leaf, with_key
from livingbrief.book.state import BookState
from livingbrief.claims import claims
from livingbrief.records import Action, Indicator, RecordError, load_actions
from livingbrief.values.latest import LATEST, years_of
from livingbrief.wording import LOOKS, capital, long_date, spells

#: Width and height of a small drawing, in pixels.
_CHART = (240, 72)
_Points = Mapping[int, float]


def verdict_bars(state: BookState) -> str:
    """Return all claims by what their verdicts come to: bars, and links with counts."""
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
    page = f"{'../' * bool(state.language.code)}claims.html"
    return templates.page("verdicts", views=bars, page=page, say=say, counts=counts)


def small_chart(state: BookState, *stems: str, only: Sequence[int] = ()) -> str:
    """Draw series by year or number on one scale, without words: the text of a panel names them.

    Parameters
    ----------
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


def actions(root: Path, state: BookState, form: str, name: str = "", most: int = 0) -> str:
    """Return the actions of the recommendations in one of the forms of their template.

    Parameters
    ----------
    form : {"reasons", "steps", "watched", "one"}
        Each with its reason, where it holds; with who, what first and by when; with the number
        that shows it; or all of these but the reason.
    name : str
        The only one, in place of all.
    most : int
        How many; 0 for all.
    """
    prose = ledger.prose_of(root, state) if form == "reasons" else None
    words, listed = state.language, []
    for action, label in _actions(root, state)[: most or None]:
        first, own = action.first, f"{action.action} first"
        listed.append(
            {
                "label": label,
                "because": prose and prose.fill(ledger.said(prose, action.because)),
                "who": words.told(action.who, f"{action.action} who"),
                "first": [words.told(said, own) for said in (first, capital(first))],
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
    label, stem = words.told(indicator.label), indicator.key.removesuffix(LATEST)
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
