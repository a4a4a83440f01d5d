"""The recommendations: what each asks for, the numbers to watch, what has happened since."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from livingbrief.book import ledger, templates
from livingbrief.book.prose import Leaf, Prose, with_key
from livingbrief.book.state import BookState
from livingbrief.charts.directive import in_table
from livingbrief.records import Event, Indicator, Recommendation, RecordError, load_recommendations
from livingbrief.values.latest import LATEST, years_of

HEADS = ("Indicator", "Before the brief", "Latest", "Wanted", "Status")
_FILE = Path("book", "recommendations.yml")
_WANTED = {"rises": "a rise", "falls": "a fall"}


def tracker_markdown(root: Path, state: BookState) -> str:
    """Return one table of all numbers and steps to watch: before the brief, latest, status."""
    prose = ledger.prose_of(root, state)
    items, words = load_recommendations(root / _FILE), state.language
    rows = [row for item in items for row in _rows(state, item, prose)]
    heads = [*map(words.say, HEADS)]
    # The oldest day holds for all.
    days = [item.checked for item in items if item.checked and not state.known_at]
    day = words.day(min(days).isoformat()) if days else ""
    below = f"\n\n{words.say('Last checked')}: {day.rstrip('.')}." if day else ""
    return prose.fill(f"::::{{div}} tracker\n{in_table(heads, rows)}\n::::{below}")


def recommendations_markdown(root: Path, state: BookState) -> str:
    """Return each recommendation in our words, what has happened, and what speaks for it."""
    prose, words = ledger.prose_of(root, state), state.language
    items = []
    for item in load_recommendations(root / _FILE):
        events = [
            (_since(state, event), words.month(event.date), said, ledger.cite(event.sources))
            for event in reversed(_known(prose, item))
            if (said := _said(state, prose, event.text, f"{item.id} {event.date}"))
        ]
        since = [event for is_since, *event in events if is_since]
        items.append(
            {
                "anchor": f"{words.code and f'{words.code}-'}recommendation-{item.id.lower()}",
                "title": words.translated(item.title),
                "text": words.translated(item.text.strip()),
                "since": since,
                "before": [event for is_since, *event in events if not is_since],
                "nothing": not (since or state.known_at),
                "reading": ledger.said(prose, words.words.get(f"{item.id} reading", item.reading)),
                "bearing": {
                    "Evidence: {}.": _links(item.supports, state),
                    "What bears on it: {}.": _links(item.weakens, state),
                    f"Claim{'s' * bool(item.claims[1:])}: {{}}.": map(ledger.link_to, item.claims),
                },
            }
        )
    return prose.fill(templates.page("recommendations", items=items, words=words))


def _known(prose: Prose, item: Recommendation) -> list[Event]:
    """Return the events that an edition knows: by sources of its time, and none of a later year."""
    out, day = (prose.known.out, prose.known.day[:4]) if prose.known else (list, "9999")
    return [e for e in item.events if e.date[-4:] <= day and out(e.sources) == [*e.sources]]


def _since(state: BookState, event: Event) -> bool:
    return int(event.date[-4:]) >= state.brief.year


def _rows(state: BookState, item: Recommendation, prose: Prose) -> Iterator[list[str]]:
    events, words = _known(prose, item), state.language
    title = f"**{words.translated(item.title)}.** "
    for indicator in item.indicators:
        cells = (_numbers if indicator.key else _steps)(state, indicator, events)
        if cells:
            note = _said(state, prose, indicator.note, f"{item.id} {indicator.label}")
            yield [f"{title}{words.translated(indicator.label)}{note and f'. {note}'}", *cells]
            title = ""


def _numbers(state: BookState, indicator: Indicator, events: Iterable[Event]) -> list[str]:
    """Return before, latest, wanted and status of a number; nothing where there is no figure."""
    every = years_of(state.results, indicator.key.removesuffix(LATEST))
    if not every:
        raise RecordError(f"recommendations.yml: no notebook declares a year of '{indicator.key}'")
    values = {year: state.results[key].value for year, key in every.items()}
    years = [year for year, value in values.items() if value is not None]
    if not years:
        return []
    say = state.language.say
    last, before = max(years), max((y for y in years if y < state.brief.year), default=0)

    def said(year: int) -> str:
        leaf = Leaf(every[year], state.results[every[year]])
        return say("{} in {}").format(with_key(leaf), year)

    was = said(before) if before else say("no figure")
    now = said(last) if last != before else say("no newer figure")
    status = _status(values.get(before), values[last], indicator.good) if last != before else ""
    status = say(status or "unknown")
    if any(e.date in indicator.reported and int(e.date[-4:]) > last for e in events):
        status = say("unknown since {}").format(last)
    return [was, now, say(_WANTED[indicator.good]), status]


def _status(was: Any, now: Any, good: str) -> str:
    """Say what became of a number that was to move; '' where that cannot be said."""
    if not all(isinstance(value, (int, float)) for value in (was, now)):
        return ""
    if was == now:
        return "stalled"
    return "under way" if (now > was) == (good == "rises") else "reversed"


def _steps(state: BookState, indicator: Indicator, events: Iterable[Event]) -> list[str]:
    """Return the same of what is carried out in steps, by the events that name them."""
    words = state.language
    last = [words.say("none found")] * 2
    for event in (event for event in events if event.date in indicator.steps):
        last[_since(state, event)] = words.say("a step in {}").format(words.month(event.date))
    done = last[1] != words.say("none found")
    status = ("done" if indicator.whole else "under way") if done else "unknown"
    return [*last, words.say("to be carried out"), words.say(status)]


def _said(state: BookState, prose: Prose, text: str, name: str) -> str:
    """Return a sentence of a record, in the language of the page where it has it by `name`."""
    own = state.language.words.get(name)
    said = ledger.said(prose, str(own or text).strip())
    return said if own or not state.language.code or not said else f"[{said}]{{.language-en}}"


def _links(names: Iterable[str], state: BookState) -> list[str]:
    """Return links to chapters that there are and, with a hyphen in them, to labels."""
    chapters, said = state.book.chapters, state.language.words
    to = {n: f"/notebooks/{n}" if n in chapters else n for n in names if n in chapters or "-" in n}
    named = {n: f"{said[n]} <{target}>" if n in said else target for n, target in to.items()}
    return [f"{{{'doc' if n in chapters else 'ref'}}}`{text}`" for n, text in named.items()]
