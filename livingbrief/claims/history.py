"""When each claim turned: its verdict on each day on which one of its figures was printed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from livingbrief.claims import claims
from livingbrief.claims.measures import Vote
from livingbrief.records import Record, schema_of
from livingbrief.values.kinds import Kind

VERSION: Literal[1] = 1
_Pair = tuple[Mapping[str, Any], Mapping[str, Any]]


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


def judged(ledger: Iterable[claims.Claim]) -> list[claims.Claim]:
    """Return the claims that numbers decide, without the numbers that are only shown."""
    return [c.model_copy(update={"shown": ()}) for c in ledger if c.kind == "data"]


def of_ledger(
    ledger: Iterable[claims.Claim],
    past: Mapping[str, Any] | None,
    today: Iterable[Mapping[str, Any]],
    edition: str,
) -> dict[str, Any]:
    """Judge the claims on each day, in the order of the ledger.

    Parameters
    ----------
    ledger : iterable of Claim
    past : mapping or None
        As ``livingbrief.run.history`` makes it: days by claim, numbers by day, and the sources
        whose estimates are forecasts; None where the edition has no history.
    today : iterable of dict
        The claims as they are judged today.

    Returns
    -------
    dict
        ``claims_history.json``.
    """
    if past is None:
        return History(edition=edition).model_dump(mode="json")
    numbers = {
        day: {key: _told(entry, past["forecasting"]) for key, entry in of.items()}
        for day, of in past["numbers"].items()
    }
    now = {item["id"]: item for item in today}
    strips = [
        _strip(claim, past["days"][claim.id], numbers, now[claim.id], past["brief"], past["until"])
        for claim in judged(ledger)
        if claim.id in past["days"]
    ]
    told = {name: past[name] for name in ("brief", "until")}
    return History(edition=edition, **told, claims=tuple(strips)).model_dump(mode="json")


def _told(entry: Mapping[str, Any], forecasting: Iterable[str]) -> dict[str, Any]:
    """Return a number of a day whose text says that it is a forecast, where it is."""
    cited = {source["source"] for source in entry["sources"]}
    forecast = entry["status"] == "estimate" and cited.intersection(forecasting)
    return {**entry, "text": f"{entry['text']} (a forecast)" if forecast else entry["text"]}


def _strip(
    claim: claims.Claim,
    days: Iterable[str],
    numbers: Mapping[str, Mapping[str, Any]],
    today: Mapping[str, Any],
    brief: str,
    until: str,
) -> Strip:
    states: list[State] = []
    before: Mapping[str, Any] | None = None
    printed: list[Any] = []
    for day in sorted(days):
        told = [_printed(numbers[day][key]) for key in claim.keys if key in numbers[day]]
        # A printing of some series says nothing of a claim that none of them decides.
        if told == printed and day != brief:
            continue
        now = claims.evaluate([claim], numbers[day], day)[0]
        states.append(_state(day, now, before))
        before, printed = now, told
    # Today's verdict may stand on more than what is printed again: it closes the strip.
    last, was = _state(until, today, before), states[-1]
    same = (last.verdict, last.known, last.on_year) == (was.verdict, was.known, was.on_year)
    return Strip(id=claim.id, claim=claim.claim, states=(*states, *([] if same else [last])))


def _printed(entry: Mapping[str, Any]) -> list[Any]:
    """Return a number as it was printed: what it is, and in which printings."""
    cited = [s for s in entry["sources"] if Kind.of(s["vintage"]) is not Kind.UNREVISED]
    return [entry["value"], entry["text"], entry["status"], cited]


def _state(day: str, now: Mapping[str, Any], before: Mapping[str, Any] | None) -> State:
    counting = [m for m in now["measures"] if m["counts"]]
    changed: list[_Pair] = []
    if before and before["verdict"] != now["verdict"]:
        pairs = [*zip(before["measures"], now["measures"], strict=True)]
        changed = _turning(before["verdict"], pairs)
    late = [old["value"] is not None and old["verdict"] == "missing" for old, _ in changed]
    return State(
        date=day,
        **{name: now[name] for name in ("verdict", "group", "reason")},
        known=any(m["verdict"] != "missing" for m in counting if m["about"] == "claim"),
        votes=tuple(m["verdict"] for m in counting),
        moved=tuple(
            Moved(
                label=new["label"],
                key=new["key"],
                was="" if old["verdict"] == "missing" else old["text"],
                now=new["text"],
            )
            for old, new in changed
        ),
        on_year=claims.on_year(now["measures"]),
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
        if new["counts"] and old["verdict"] != new["verdict"] != before:
            changed.append((old, new))
            alone, without = [[pair[side] for pair in pairs] for side in (0, 1)]
            alone[i], without[i] = new, old
            if claims.verdict(alone) != before or claims.verdict(without) != after:
                found.append((old, new))
    return found or changed
