"""What the first page shows at a glance: verdicts as bars, small lines, and what turned."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from livingbrief.book import ledger, strips
from livingbrief.book.marks import marked
from livingbrief.book.state import BookState
from livingbrief.brief import brief
from livingbrief.charts.directive import in_table
from livingbrief.claims import claims
from livingbrief.records import RecordError, load_actions
from livingbrief.wording import VERDICT_WORDS

#: Width and height of a small line, in pixels.
_LINE = (150, 36)
_Spot = tuple[float, float]


def verdict_bars(state: BookState) -> str:
    """Return all claims by what their verdicts come to, as bars and as a table with links."""
    views: dict[str, Sequence[Mapping[str, Any]]] = {"": state.claims}
    if before := [item["then"] for item in state.claims if item["then"]]:
        views = {"then": before, **views}
    say, page = state.language.say, f"{state.up}claims.html"
    heads = [*([say(brief().then_words)] if before else []), say("Today")]
    found = {form: claims.groups(view) for form, view in views.items()}
    bars = "".join(
        f'<div class="verdict-bar"><span>{html.escape(head)}</span>'
        + "".join(
            f'<a class="{group}" style="flex:{n[group]}" tabindex="-1" '
            f'href="{page}?group={group}">'
            f"{ledger.GROUP_WORDS[group][0]}</a>"
            for group in ledger.GROUP_WORDS
            if n[group]
        )
        + "</div>"
        for head, n in zip(heads, found.values(), strict=True)
    )
    rows = [
        [f"{{beside}}`{sign} {say(words).capitalize()} <{page}?group={group}>`"]
        + [marked(str(n[group]), f"verdicts.{group}", form) for form, n in found.items()]
        for group, (sign, words) in ledger.GROUP_WORDS.items()
    ]
    every = [marked(str(sum(n.values())), "verdicts.total", form) for form, n in found.items()]
    rows.append([f"{{beside}}`{say('All claims')} <{page}>`", *every])
    drawn = f'```{{raw}} html\n<div class="verdict-bars" aria-hidden="true">{bars}</div>\n```'
    printed = "".join(_printed_bar(head, n) for head, n in zip(heads, found.values(), strict=True))
    drawn += f"\n\n```{{raw}} typst\n{printed}```"
    table = in_table([say("Claims of the brief"), *heads], rows)
    return f"{drawn}\n\n::::{{div}} verdict-counts\n{table}\n::::"


def _printed_bar(head: str, sizes: Mapping[claims.Group, int]) -> str:
    parts = (
        f', ({sizes[group]}, "{ledger.GROUP_COLOURS[group]}", '
        f'"{sign if 45 * sizes[group] >= sum(sizes.values()) else ""}")'
        for group, (sign, _) in ledger.GROUP_WORDS.items()
        if sizes[group]
    )
    return f"#bar({json.dumps(head, ensure_ascii=False)}{''.join(parts)})\n"


def small_line(state: BookState, pattern: str) -> str:
    """Draw the line of `line_of` as a block of its own, on a page with its years under it."""
    years = _years(state, pattern)
    if not (drawn := line_of(state, pattern)):
        return ""
    runs = "".join(
        f", ({''.join(f'({x / _LINE[0]:.3f}, {1 - y / _LINE[1]:.3f}), ' for x, y in run)})"
        for run in _runs(sorted(years), _spots(years))
    )
    share = state.results[f"{pattern}.{max(years)}"]["unit"] == "percent"
    told = f"{min(years)}\u2013{max(years)}{', %' if share else ''}"
    web = f'{drawn}<p class="small-years">{told}</p>'
    printed = f'#small-line("{told}"{runs})'
    return f"```{{raw}} html\n{web}\n```\n\n```{{raw}} typst\n{printed}\n```"


def line_of(state: BookState, pattern: str) -> str:
    """Draw the values of a series by year, such as ``poverty.rate_pct``, without words.

    The numbers stand in the text beside it; empty where fewer than three years are known.
    """
    years = _years(state, pattern)
    if len(years) < 3:
        return ""
    width, height = _LINE
    spots, drawn = _spots(years), []
    for run in _runs(sorted(years), spots):
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
        drawn.append(f'<polyline points="{line}"/>')
    drawn += [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2.5 if (x, y) == spots[-1] else 1.2}"/>'
        for x, y in spots
    ]
    return (
        f'<svg class="small-line" viewBox="0 0 {width} {height}" '
        f'preserveAspectRatio="xMinYMid" aria-hidden="true">'
        f"{''.join(drawn)}</svg>"
    )


def _years(state: BookState, pattern: str) -> dict[int, float]:
    named = re.compile(rf"{re.escape(pattern)}\.(\d{{4}})")
    return {
        int(found[1]): float(entry["value"])
        for key, entry in state.results.items()
        if (found := named.fullmatch(key)) and isinstance(entry["value"], (int, float))
    }


def _spots(years: Mapping[int, float]) -> list[_Spot]:
    """Return where the values of years stand in the frame of a small line."""
    width, height = _LINE
    low, high = min(0.0, *years.values()), max(years.values())
    first, last = min(years), max(years)
    return [
        (
            3 + (width - 6) * (year - first) / (last - first),
            height - 3 - (height - 6) * (value - low) / ((high - low) or 1),
        )
        for year, value in sorted(years.items())
    ]


def _runs(years: Sequence[int], spots: Sequence[_Spot]) -> Iterator[list[_Spot]]:
    """Yield the spots of years that follow each other: no line is drawn over a gap."""
    run: list[_Spot] = []
    for i, spot in enumerate(spots):
        if i and years[i] != years[i - 1] + 1:
            yield run
            run = []
        run.append(spot)
    yield run


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
                "Also judged otherwise today, but no day can be named, for these figures are not "
                "at hand as they were printed then: {}."
            ).format(words.enumerated(other))
        )
    return "\n\n".join(parts)


def might_turn(state: BookState) -> str:
    """Return the claims that a usual revision of one figure would turn, and to what."""
    words = state.language
    lines = [
        words.say("- {} ({}): to *{}*").format(
            f"{{claim}}`{item['id']}`",
            words.told(item["claim"].rstrip("."), item["id"]),
            words.enumerated(words.say(VERDICT_WORDS[to]) for to in turn["to"]),
        )
        for item in state.claims
        for turn in item.get("could_turn", ())
    ]
    return "\n".join(lines) or words.say("None.")


def actions(root: Path, state: BookState) -> str:
    """Return the headings of the recommendations that are labelled ``action-…``, each a link.

    Each with its reason from ``book/recommendations.yml``, where the finding that gives it holds.
    """
    book, prose = root / "book", ledger.prose_of(root, state)
    text = (book / state.language.code / "recommendations.md").read_text("utf-8")
    names = {n[n.index("action-") :]: n for n in re.findall(r"(?m)^\((.*\baction-.+)\)=$", text)}
    told = {a.action: a.because for a in load_actions(book / "recommendations.yml")}
    if other := told.keys() ^ names.keys():
        raise RecordError(
            f"recommendations.yml: '{min(other)}' is to be an action there, with its reason, and "
            f"the label of a heading in {state.language.code or 'book'}/recommendations.md"
        )
    lines = []
    for action, name in names.items():
        because = " ".join(prose.render(told[action]).split())
        lines.append(f"- {{ref}}`{name}`{because and f'. {because}'}")
    return "\n".join(lines)
