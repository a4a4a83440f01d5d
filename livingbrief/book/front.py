"""What the first page shows at a glance: verdicts as bars, small charts, actions, what turned."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from livingbrief.book import ledger, strips, templates
from livingbrief.book.marks import marked
from livingbrief.book.state import BookState
from livingbrief.claims import claims
from livingbrief.records import Action, Indicator, RecordError, load_actions
from livingbrief.values.latest import LATEST
from livingbrief.wording import LOOKS, capital, long_date, spells

#: Width and height of a drawing within a line, and of one in a panel, in pixels.
_LINE, _CHART = (150, 36), (240, 72)
#: What is larger on a scale is a year.
_NUMBERS = 1000
_Spot = tuple[float, float]
_Points = Mapping[int, tuple[float, float, float]]


def verdict_bars(state: BookState) -> str:
    """Return all claims by what their verdicts come to, as bars with their numbers, and in words.

    The words are a list of links, each with its count, and that of the time of the brief.
    """
    say, then = state.language.say, [item["then"] for item in state.claims if item["then"]]
    views: dict[str, tuple[str, Mapping[Any, int]]]
    views = {"": (capital(state.as_of), claims.groups(state.claims))}
    if then:
        views = {"then": (say(state.brief.then_words), claims.groups(then)), **views}
    return templates.page(
        "verdicts",
        views=[(head, sizes, sum(sizes.values())) for head, sizes in views.values()],
        page=f"{state.up}claims.html",
        say=say,
        counts={
            group: [
                marked(str(sizes[group]), f"verdicts.{group}", form)
                for form, (_, sizes) in reversed(views.items())
            ]
            for group in LOOKS
        },
    )


def small_chart(state: BookState, *patterns: str, only: Collection[int] = ()) -> str:
    """Draw series of numbers on one scale, without words, for a panel whose text names them.

    Parameters
    ----------
    state : BookState
    *patterns : str
        Beginnings of keys that end in a year, such as ``poverty.rate_pct``, or keys with ``{}`` in
        the place of a number. The first is drawn with the mark ●, the others with ○, ▲ and ◆.
    only : collection of int
        The numbers to draw in place of all.

    Returns
    -------
    str
        Markdown for HTML and PDF; empty where fewer than two numbers are known.
    """
    series = [_points(state, p, only) for p in patterns]
    drawn = _drawn(series, *_CHART)
    if not drawn:
        return ""
    ends = sorted({x for points in series for x in points})
    under = [f"{x} %" if only else str(x) for x in (ends if only else (ends[0], ends[-1]))]
    below = "".join(f"<span>{word}</span>" for word in under)
    web = f'{drawn}<p class="small-ends">{below}</p>'
    printed = f"#small-chart({json.dumps(drawn)}, {', '.join(map(json.dumps, under))})"
    return f"```{{raw}} html\n{web}\n```\n\n```{{raw}} typst\n{printed}\n```"


def line_of(state: BookState, pattern: str) -> str:
    """Draw the values of a series by year, such as ``poverty.rate_pct``, within a line of text.

    The numbers stand in the text beside it; empty where fewer than three years are known.
    """
    points = _points(state, pattern)
    return _drawn([points], *_LINE) if len(points) > 2 else ""


def _points(state: BookState, pattern: str, only: Collection[int] = ()) -> _Points:
    """Return the values of a series by year or, with the ends of their intervals, by number."""
    yearly = "{}" not in pattern
    stem, _, rest = (f"{pattern}.{{}}" if yearly else pattern).partition("{}")
    named = re.compile(rf"{re.escape(stem)}(\d+){re.escape(rest)}")
    found = {}
    for key, entry in state.results.items():
        at, value = named.fullmatch(key), entry["value"]
        if at and isinstance(value, (int, float)) and (not only or int(at[1]) in only):
            low, high = (not yearly and entry["interval"]) or (value, value)
            found[int(at[1])] = (float(low), float(value), float(high))
    return dict(sorted(found.items()))


def _drawn(series: Sequence[_Points], width: int, height: int) -> str:
    """Return a drawing of series; a line joins years that follow each other without a gap."""
    places = sorted({x for points in series for x in points})
    if len(places) < 2:
        return ""
    ends = [end for points in series for triple in points.values() for end in triple]
    low, high = min(0.0, *ends), max(ends)

    def at(x: int, y: float) -> _Spot:
        across = (width - 10) * (x - places[0]) / (places[-1] - places[0])
        return 5 + across, height - 5 - (height - 10) * (y - low) / ((high - low) or 1)

    drawn = []
    for kind, points in enumerate(series):
        spots = {x: at(x, y) for x, (_, y, _) in points.items()}
        # A scale of numbers is joined; years with a gap between are not, so the marks are larger.
        parts = spells(spots) if places[0] > _NUMBERS else [list(spots)]
        alone, last = len(parts) == len(spots), max(spots, default=0)
        runs = [[spots[x] for x in part] for part in parts]
        whiskers = [(at(x, a), at(x, b)) for x, (a, _, b) in points.items() if a < b]
        marks = [(*spot, 3.4 if alone or x == last else 1.6) for x, spot in spots.items()]
        drawn.append((kind, runs, whiskers, marks))
    # The first series is drawn last: where two meet, the larger ring is seen around the dot.
    zero = f"{at(places[0], 0)[1]:.1f}" if height > _LINE[1] else ""
    size = {"width": width, "height": height}
    return templates.file("small.svg", drawn=drawn[::-1], zero=zero, **size)


def turned(state: BookState) -> str:
    """Return the claims that turned since the brief, with the day; apart, those that differ."""
    brief_day, words = state.history.get("brief", ""), state.language
    days = {item["id"]: strips.turned(item["states"]) for item in state.history.get("claims", ())}
    lines, other = [], []
    for item in state.claims:
        if not item["then"] or item["then"]["verdict"] == item["verdict"]:
            continue
        name, claim = f"{{claim}}`{item['id']}`", words.told(item["claim"].rstrip("."), item["id"])
        if (day := days.get(item["id"], "")) > brief_day:
            verdicts = (words.say(ledger.verdict_words(of)) for of in (item["then"], item))
            line = words.say("- {} ({}): {} then; *{}* since {}")
            lines.append(line.format(name, claim, *verdicts, words.day(day)))
        else:
            other.append(f"{name} ({claim})")
    told = "\n".join(lines) or words.say("None that can be dated.")
    if other:
        also = words.say(
            "Also judged otherwise, but no day can be named, for these figures are not at hand as "
            "they were printed then: {}."
        )
        told += "\n\n" + also.format(words.enumerated(other))
    return told


def actions(root: Path, state: BookState) -> str:
    """Return the actions of the recommendations with the reason for each, where it holds."""
    prose = ledger.prose_of(root, state)
    found = [
        (label, " ".join(prose.render(a.because).split())) for a, label in _actions(root, state)
    ]
    return "\n".join(f"- {{ref}}`{label}`{why and f'. {why}'}" for label, why in found)


def first_steps(root: Path, state: BookState, most: int = 0) -> str:
    """Return the actions, or the first of them, each with who, what first, and by when."""
    words, lines = state.language, []
    for action, label in _actions(root, state)[: most or None]:
        who = words.told(action.who, f"{action.action} who")
        first = words.told(action.first, f"{action.action} first")
        form = "{}: {}, due since {}." if action.is_past(state.day) else "{}: {}, by {}."
        told = words.say(form).format(f"**{who}**", first, words.month(long_date(action.by)))
        lines.append(f"1. {{ref}}`{label}`. {told}")
    return "\n".join(lines)


def action(root: Path, state: BookState, name: str) -> str:
    """Return who is to act, what comes first, by when, and the number that shows it."""
    words = state.language
    asked = next(a for a, _ in _actions(root, state) if a.action == name)
    told = {
        "Who": words.told(asked.who, f"{name} who"),
        "First step": words.told(capital(asked.first), f"{name} first"),
        "Due since" if asked.is_past(state.day) else "By": words.month(long_date(asked.by)),
        "Watch": _watched(state, asked.watch),
    }
    return "\n".join(f"- **{words.say(head)}**: {text}." for head, text in told.items())


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
    number = ledger.with_key(
        state.results, f"{stem}.{year}", state.results[f"{stem}.{year}"]["text"]
    )
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
