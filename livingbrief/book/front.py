"""What the first page shows at a glance: verdicts as bars, small charts, actions, what turned."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from livingbrief.book import ledger, strips
from livingbrief.book.marks import marked
from livingbrief.book.state import BookState
from livingbrief.claims import claims
from livingbrief.data.due import month_in_words
from livingbrief.records import Action, Indicator, RecordError, load_actions
from livingbrief.values.latest import LATEST
from livingbrief.wording import capital

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
    views: dict[str, Sequence[Mapping[str, Any]]] = {"": state.claims}
    if before := [item["then"] for item in state.claims if item["then"]]:
        views = {"then": before, **views}
    say, page = state.language.say, f"{state.up}claims.html"
    heads = [*([say(state.brief.then_words)] if before else []), capital(state.as_of)]
    found = {form: claims.groups(view) for form, view in views.items()}
    bars = "".join(
        f'<div class="verdict-bar"><span>{html.escape(head)}</span>'
        + "".join(
            f'<a class="{group}" style="flex:{n[group]}" tabindex="-1" '
            f'href="{page}?group={group}">{n[group]}</a>'
            for group in ledger.GROUP_WORDS
            if n[group]
        )
        + "</div>"
        for head, n in zip(heads, found.values(), strict=True)
    )
    drawn = f'```{{raw}} html\n<div class="verdict-bars" aria-hidden="true">{bars}</div>\n```'
    printed = "".join(_printed_bar(head, n) for head, n in zip(heads, found.values(), strict=True))
    drawn += f"\n\n```{{raw}} typst\n{printed}```"
    counts = []
    for group, (sign, words) in ledger.GROUP_WORDS.items():
        now, *then = (
            marked(str(n[group]), f"verdicts.{group}", form) for form, n in reversed(found.items())
        )
        was = f" ({say('{} then').format(then[0])})" if then else ""
        key = f"[{sign}]{{.key-{group}}} {{beside}}`{say(words)} <{page}?group={group}>`"
        counts.append(f"{key} {now}{was}")
    return f"{drawn}\n\n::::{{div}} verdict-counts\n{', '.join(counts)}.\n::::"


def _printed_bar(head: str, sizes: Mapping[claims.Group, int]) -> str:
    parts = (
        f', ({sizes[group]}, "{ledger.GROUP_COLOURS[group]}", '
        f'"{sign if 20 * sizes[group] >= sum(sizes.values()) else ""} {sizes[group]}")'
        for group, (sign, _) in ledger.GROUP_WORDS.items()
        if sizes[group]
    )
    return f"#bar({json.dumps(head, ensure_ascii=False)}{''.join(parts)})\n"


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

    def across(x: int) -> float:
        return 5 + (width - 10) * (x - places[0]) / (places[-1] - places[0])

    def down(y: float) -> float:
        return height - 5 - (height - 10) * (y - low) / ((high - low) or 1)

    zero = f"{down(0):.1f}"
    parts = [f'<path class="zero" d="M0 {zero}H{width}"/>'] if height > _LINE[1] else []
    yearly = places[0] > _NUMBERS
    # The first series is drawn last: where two meet, the larger ring is seen around the dot.
    for points, mark in reversed([*zip(series, _MARKS, strict=False)]):
        dashes = "" if mark is _MARKS[0] else ' stroke-dasharray="4 3"'
        spots = {x: (across(x), down(y)) for x, (_, y, _) in points.items()}
        # A scale of numbers is joined; years with a gap between are not, so the marks are larger.
        runs = list(_runs(spots)) if yearly else [list(spots.values())]
        alone = len(runs) == len(spots)
        for run in runs:
            parts.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in run)}"')
            parts[-1] += f"{dashes}/>"
        for x, (least, _, most) in points.items():
            if least < most:
                at = f"{across(x):.1f}"
                parts.append(f'<polyline points="{at},{down(least):.1f} {at},{down(most):.1f}"/>')
        last = max(spots, default=0)
        parts += [mark(*spot, 3.4 if alone or x == last else 1.6) for x, spot in spots.items()]
    return (
        f'<svg class="small-line" viewBox="0 0 {width} {height}" '
        f'preserveAspectRatio="xMinYMid" aria-hidden="true">{"".join(parts)}</svg>'
    )


def _runs(spots: Mapping[int, _Spot]) -> Iterator[list[_Spot]]:
    """Yield the spots of years that follow each other: no line is drawn over a gap."""
    run: list[_Spot] = []
    for x, spot in spots.items():
        if run and x - 1 not in spots:
            yield run
            run = []
        run.append(spot)
    yield run


def _round(x: float, y: float, r: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>'


def _hollow(x: float, y: float, r: float) -> str:
    return f'<circle class="hollow" cx="{x:.1f}" cy="{y:.1f}" r="{1.3 * r:.1f}"/>'


def _pointed(x: float, y: float, r: float) -> str:
    return f'<path d="M{x:.1f} {y - r:.1f}l{r:.1f} {2 * r:.1f}h{-2 * r:.1f}z"/>'


def _diamond(x: float, y: float, r: float) -> str:
    return f'<path d="M{x:.1f} {y - r:.1f}l{r:.1f} {r:.1f}l{-r:.1f} {r:.1f}l{-r:.1f} {-r:.1f}z"/>'


#: Marks of the first series, the second and so on.
_MARKS = (_round, _hollow, _pointed, _diamond)


def turned(state: BookState) -> str:
    """Return the claims that turned since the brief, with the day; apart, those that differ."""
    brief_day = state.history.get("brief", "")
    days = {item["id"]: strips.turned(item["states"]) for item in state.history.get("claims", ())}
    changed = [i for i in state.claims if i["then"] and i["then"]["verdict"] != i["verdict"]]
    words = state.language
    lines = [
        words.say("- {} ({}): {} then; *{}* since {}").format(
            f"{{claim}}`{item['id']}`",
            words.told(item["claim"].rstrip("."), item["id"]),
            words.say(ledger.verdict_words(item["then"])),
            words.say(ledger.verdict_words(item)),
            words.day(days[item["id"]]),
        )
        for item in changed
        if days.get(item["id"], "") > brief_day
    ]
    other = [
        f"{{claim}}`{i['id']}` ({words.told(i['claim'].rstrip('.'), i['id'])})"
        for i in changed
        if days.get(i["id"], "") <= brief_day
    ]
    parts = ["\n".join(lines) or words.say("None that can be dated.")]
    if other:
        parts.append(
            words.say(
                "Also judged otherwise, but no day can be named, for these figures are not at "
                "hand as they were printed then: {}."
            ).format(words.enumerated(other))
        )
    return "\n\n".join(parts)


def actions(root: Path, state: BookState) -> str:
    """Return the actions of the recommendations with the reason for each, where it holds."""
    prose = ledger.prose_of(root, state)
    because = {a: " ".join(prose.render(a.because).split()) for a, _ in _actions(root, state)}
    return "\n".join(
        f"- {{ref}}`{label}`{because[action] and f'. {because[action]}'}"
        for action, label in _actions(root, state)
    )


def first_steps(root: Path, state: BookState, most: int = 0) -> str:
    """Return the actions, or the first of them, each with who, what first, and by when."""
    words = state.language
    lines = [
        f"1. {{ref}}`{label}`. "
        + words.say(
            "{}: {}, due since {}." if action.is_past(state.day) else "{}: {}, by {}."
        ).format(
            f"**{words.told(action.who, f'{action.action} who')}**",
            words.told(action.first, f"{action.action} first"),
            words.month(month_in_words(action.by)),
        )
        for action, label in _actions(root, state)
    ]
    return "\n".join(lines[: most or None])


def action(root: Path, state: BookState, name: str) -> str:
    """Return who is to act, what comes first, by when, and the number that shows it."""
    words = state.language
    asked = next(a for a, _ in _actions(root, state) if a.action == name)
    told = {
        "Who": words.told(asked.who, f"{name} who"),
        "First step": words.told(capital(asked.first), f"{name} first"),
        "Due since" if asked.is_past(state.day) else "By": words.month(month_in_words(asked.by)),
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
