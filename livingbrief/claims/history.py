"""When each claim turned: its verdict on each day on which one of its figures was printed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from livingbrief.claims import claims
from livingbrief.claims.measures import Measured, Vote
from livingbrief.records import Record, schema_of
from livingbrief.values.kinds import Kind
from livingbrief.values.results import Number, Results

VERSION: Literal[1] = 1
_Pair = tuple[Measured, Measured]


class Moved(Record):
    """A measure that turned a verdict, and its figures as printed before and after.

    A figure that was a forecast when it was printed says so. `was` is empty where there was none,
    or where no printing of the time is held.
    """

    label: str
    key: str
    was: str
    now: str


class State(Record):
    """A claim as it stood on a day: its verdict, why it is not testable, the votes that count.

    Attributes
    ----------
    date : str
        On which a figure of the claim was printed.
    known : bool
        False where nothing that decides had been published yet, and the strip is blank.
    moved : tuple of Moved
        Why it turned, where it stood otherwise on the date before.
    on_year : bool
        The figures that decide differ by their year alone.
    first_at_hand : bool
        No earlier printing is held of what turned it: the claim may have stood so before.
    """

    date: str
    verdict: claims.Verdict
    group: claims.Group
    reason: str | None
    known: bool
    votes: tuple[Vote, ...]
    moved: tuple[Moved, ...] = ()
    on_year: bool = False
    first_at_hand: bool = False


class Strip(Record):
    """One claim through time, the oldest state first."""

    id: str
    claim: str
    states: tuple[State, ...]


class History(Record):
    """``claims_history.json``; without claims in an edition that has no history.

    Attributes
    ----------
    brief : str
        Day to which the brief's verdicts look back.
    until : str
        Day of the newest printing in the data package.
    """

    version: Literal[1] = VERSION
    edition: str
    brief: str = ""
    until: str = ""
    claims: tuple[Strip, ...] = ()


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``claims_history.json``."""
    return schema_of(History, VERSION)


@dataclass(frozen=True)
class Days:
    """What is known of the days of an edition.

    `brief`, `until`: as in `History`; `forecasting`: sources whose estimates are forecasts; `days`:
    those on which a figure of a claim was printed, by claim; `numbers`: results by day.
    """

    brief: str
    until: str
    forecasting: Collection[str]
    days: Mapping[str, Sequence[str]]
    numbers: Mapping[str, Results]


def judged(ledger: Iterable[claims.Claim]) -> list[claims.Claim]:
    """Return the claims that numbers decide, without the numbers that are only shown."""
    return [c.model_copy(update={"shown": ()}) for c in ledger if c.kind == "data"]


def of_ledger(
    ledger: Iterable[claims.Claim],
    past: Days | None,
    today: Iterable[claims.Judged],
    edition: str,
) -> History:
    """Judge the claims on each day, in the order of the ledger.

    Parameters
    ----------
    ledger : iterable of Claim
    past : Days or None
        None where the edition has no history.
    today : iterable of Judged
        The claims as they are judged today.
    """
    if past is None:
        return History(edition=edition)
    numbers = {
        day: {key: _as_told(number, past.forecasting) for key, number in of.items()}
        for day, of in past.numbers.items()
    }
    now = {item.id: item for item in today}
    strips = [
        _strip(claim, past, numbers, now[claim.id])
        for claim in judged(ledger)
        if claim.id in past.days
    ]
    return History(edition=edition, brief=past.brief, until=past.until, claims=tuple(strips))


def _as_told(number: Number, forecasting: Collection[str]) -> Number:
    """Return a number of a day whose text says that it is a forecast, where it is."""
    if number.status == "estimate" and any(s.source in forecasting for s in number.sources):
        return number.model_copy(update={"text": f"{number.text} (a forecast)"})
    return number


def _strip(
    claim: claims.Claim, past: Days, numbers: Mapping[str, Results], today: claims.Judged
) -> Strip:
    states: list[State] = []
    before: claims.Judged | None = None
    printed: list[Any] = []
    for day in sorted(past.days[claim.id]):
        as_printed = [_printed(numbers[day][key]) for key in claim.keys if key in numbers[day]]
        # A printing of some series says nothing of a claim that none of them decides.
        if as_printed == printed and day != past.brief:
            continue
        now = claims.evaluate([claim], numbers[day], day)[0]
        states.append(_state(day, now, before))
        before, printed = now, as_printed
    # Today's verdict may stand on more than what is printed again: it closes the strip.
    last, was = _state(past.until, today, before), states[-1]
    same = (last.verdict, last.known, last.on_year) == (was.verdict, was.known, was.on_year)
    return Strip(id=claim.id, claim=claim.claim, states=(*states, *([] if same else [last])))


def _printed(number: Number) -> list[Any]:
    """Return a number as it was printed: what it is, and in which printings."""
    cited = [s for s in number.sources if Kind.of(s.vintage) is not Kind.UNREVISED]
    return [number.value, number.text, number.status, cited]


def _state(day: str, now: claims.Judged, before: claims.Judged | None) -> State:
    counting = [m for m in now.measures if m.counts]
    changed: list[_Pair] = []
    if before and before.verdict != now.verdict:
        pairs = [*zip(before.measures, now.measures, strict=True)]
        changed = _turning(before.verdict, pairs)
    late = [old.value is not None and old.verdict == "missing" for old, _ in changed]
    return State(
        date=day,
        verdict=now.verdict,
        group=now.group,
        reason=now.reason,
        known=any(m.verdict != "missing" for m in counting if m.about == "claim"),
        votes=tuple(m.verdict for m in counting),
        moved=tuple(
            Moved(
                label=new.label,
                key=new.key,
                was="" if old.verdict == "missing" else old.text,
                now=new.text,
            )
            for old, new in changed
        ),
        on_year=claims.on_year(now.measures),
        first_at_hand=bool(late) and all(late),
    )


def _turning(before: claims.Verdict, pairs: Sequence[_Pair]) -> list[_Pair]:
    """Return the measures that turned a verdict: those whose vote changed away from it.

    Of them those without whose change it would stand otherwise, or which turn it alone; all where
    none does.
    """
    after = claims.verdict([new for _, new in pairs])
    changed, found = [], []
    for i, (old, new) in enumerate(pairs):
        if new.counts and old.verdict != new.verdict != before:
            changed.append((old, new))
            alone, without = [[pair[side] for pair in pairs] for side in (0, 1)]
            alone[i], without[i] = new, old
            if claims.verdict(alone) != before or claims.verdict(without) != after:
                found.append((old, new))
    return found or changed
