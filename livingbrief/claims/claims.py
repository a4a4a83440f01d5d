"""The ledger: each empirical claim of the brief beside its evidence, with its verdict.

A claim is data (``book/claims.yml``) and has no code of its own. Its measures all support it, all
contradict it, or it depends on the measure; those of the time since say whether it has stopped
being true, or came true. Causal claims that no data found here decide say what data would;
statements of law and of institutions are traced to their source by a reader, who types what
came out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast, get_args

from pydantic import ConfigDict, Field, model_validator

from livingbrief.claims import firm
from livingbrief.claims.measures import (
    EACH_YEAR,
    Measure,
    Measured,
    Number,
    ShownNumber,
    Sure,
    Traced,
    Turning,
    Verdict,
    Vote,
    measured,
    read,
)
from livingbrief.claims.turning import Turns
from livingbrief.records import (
    Changed,
    Confidence,
    Record,
    RecordError,
    checked_list,
    read_yaml,
    refuse,
    schema_of,
)
from livingbrief.values import results as recorded
from livingbrief.values.latest import years_of
from livingbrief.values.numbers import WITHDRAWN, WITHOUT_VALUE
from livingbrief.values.results import ANY_YEAR, WITH_VALUE, Results
from livingbrief.wording import GROUP_OF

#: Of ``claims.json``.
VERSION = 2

Kind = Literal["data", "causal", "source"]
Group = Literal["holds", "in_part", "no_longer", "depends", "wrong", "unchecked"]

#: How many periods since the brief must agree, counted from the newest that has a value.
LAST_SINCE = 3
#: By which a claim is judged: a rule on figures, nothing, what its source says.
KINDS: tuple[Kind, ...] = get_args(Kind)
_DECIDED = {"supported", "contradicted"}

#: Why nothing decides where an edition looks back and only later printings have the figures.
PRINTED_LATER = "only later printings have it"

#: Why nothing decides where an edition has no figure: none is out, all are of other years than
#: its own, or it has none of this kind, as of another host.
NOT_YET, OUTSIDE = "not yet published", "not in this edition"
NO_FIGURE = "no such figure in this edition"
LACKING = (NOT_YET, OUTSIDE, NO_FIGURE)

#: Why a causal claim is not testable, where its entry gives no reason of its own.
NO_DATA = "no public data found here answer it"

#: The weakest part of a traced statement decides how the whole is marked.
_WEAKEST_FIRST: tuple[Traced, ...] = ("misread", "unconfirmed", "in_part", "confirmed")


class Shown(Record):
    """A number shown beside a claim that decides nothing."""

    key: str
    label: str


class Part(Record):
    """One traced statement of law or of an institution; what was traced says to where."""

    model_config = ConfigDict(
        json_schema_serialization_defaults_required=True,
        json_schema_extra={
            "if": {"properties": {"traced": {"not": {"const": "unconfirmed"}}}},
            "then": {"properties": {"sources": {"minItems": 1}}},
        },
    )
    statement: str
    traced: Traced
    confidence: Confidence
    sources: tuple[str, ...] = ()
    #: Decides the whole claim by itself, where an edition lacks the sources of other parts.
    whole: bool = False


class Entry(Record):
    """What the ledger says of a claim of the brief, in our words, whatever came out.

    Attributes
    ----------
    would_need : str, optional
        For a causal claim: which data would answer it.
    adds : str
        What the rule adds to the claim's own words: a year, a threshold, a word.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str = Field(pattern=r"^C\d\d[a-z]?$")
    section: str = Field(min_length=3)
    claim: str = Field(min_length=10)
    footnotes: tuple[int, ...] = ()
    kind: Kind
    parts: tuple[Part, ...] = ()
    would_need: str | None = None
    adds: str = ""
    note: str = ""
    sources: tuple[str, ...] = ()
    chapters: tuple[str, ...] = ()


class Claim(Entry):
    """One claim with what decides it.

    Attributes
    ----------
    reason : str, optional
        For a causal claim: why it is not testable, where public data exist and do not answer it.
    """

    measures: tuple[Measure, ...] = ()
    shown: tuple[Shown, ...] = ()
    reason: str | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Claim:
        counting = {measure.about for measure in self.measures if measure.counts}
        causal = self.kind == "causal"
        wrong = {
            "a data claim, and only a data claim, has a measure that counts": (
                (self.kind == "data") != bool(counting)
            ),
            "beside measures since a year one is of a fixed year, the time of the claim": (
                counting == {"since"}
            ),
            "a measure of a claim that names {year} has 'since'": any(
                "{" in f"{m.key}{m.than}" and not m.first for m in self.measures
            ),
            "a source claim has parts, each traced to its source": (
                self.kind == "source" and not self.parts
            ),
            "a causal claim, and only a causal claim, says what it would_need": (
                causal != (self.would_need is not None)
            ),
            "only a causal claim gives a reason; others compute theirs": (
                bool(self.reason) and not causal
            ),
        }
        refuse(wrong)
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key of ``results.json`` that the claim reads, in order, once."""
        read = [key for measure in self.measures for key in measure.keys]
        return tuple(dict.fromkeys(read + [item.key for item in self.shown]))

    def over(self, years_of: Callable[[Measure], Iterable[int]]) -> Claim:
        """Return the claim with one measure for each year that a measure since a year covers."""
        spread: list[Measure] = []
        for measure in self.measures:
            first = measure.first
            if first is None or not measure.key.endswith(EACH_YEAR):
                spread.append(measure)
            else:
                spread += [measure.of_year(y) for y in sorted(years_of(measure)) if y >= first]
        return self.model_copy(update={"measures": tuple(spread)})


class Then(Record):
    """A claim by what was known when the brief was written."""

    edition: str
    verdict: Verdict
    group: Group
    reason: str | None
    measures: tuple[Measured, ...]


class Judged(Entry):
    """A claim with its verdict, as ``claims.json`` has it."""

    verdict: Verdict
    group: Group
    reason: str | None
    traced: Traced | None
    confidence: Confidence | None
    measures: tuple[Sure, ...]
    shown: tuple[ShownNumber, ...]
    evidence: tuple[str, ...]
    edition: str
    then: Then | None
    bands: dict[str, Verdict]
    could_turn: tuple[Turning, ...]

    @property
    def has_turned(self) -> bool:
        """Whether its verdict is another than when the brief was written."""
        return self.then is not None and self.then.verdict != self.verdict


class Way(Changed):
    """A figure of a measure as it was printed and as it is, and that with which it is compared."""

    key: str
    label: str = ""
    than: Way | None = None

    def __str__(self) -> str:
        """Return it on one line, by key."""
        label = f"{self.label} ({self.key})" if self.label else self.key
        against = f", against {self.than}" if self.than else ""
        return f"{label}: {self.was} -> {self.now}{against}"


class Flip(Changed):
    """A verdict that moved: the measures whose votes moved it, and why on one line."""

    id: str
    claim: str
    moved: tuple[Way, ...]
    why: str


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``claims.json``."""
    return {**schema_of(list[Judged], VERSION), "title": "Claims"}


def load(path: Path, sections: Sequence[str] = ()) -> tuple[Claim, ...]:
    """Read the claims of ``book/claims.yml``, of the `sections` of the brief, if it has any.

    Raises
    ------
    RecordError
        A field, a comparison, a section or an id is wrong: the message names it.
    """
    ledger = checked_list(Claim, read_yaml(path, absent=[]), path.name)
    for claim in ledger if sections else ():
        if claim.section not in sections:
            wrong = f"{path.name}: {claim.id}: section: '{claim.section}'"
            raise RecordError(f"{wrong} is none of {', '.join(sections)}")
    return ledger


def covering(ledger: Iterable[Claim], results: Results) -> tuple[Claim, ...]:
    """Return the ledger with one measure for each year that a measure since a year covers.

    Parameters
    ----------
    results : mapping
        ``results.json``, of which a year counts where all that is compared has a value.

    Raises
    ------
    RecordError
        No year of a key is declared: the message names claim and key.
    """

    def printed(claim: Claim, measure: Measure) -> Iterable[int]:
        stem = measure.key.removesuffix(EACH_YEAR)
        years = [y for y, key in years_of(results, stem).items() if key == f"{stem}.{y}"]
        if not years:
            raise RecordError(f"claims.yml: {claim.id}: no number is recorded as '{measure.key}'")
        read = {year: [results.get(k) for k in measure.of_year(year).keys] for year in years}
        return (y for y, of in read.items() if all(n and n.value is not None for n in of))

    return tuple(claim.over(partial(printed, claim)) for claim in ledger)


def verdict(measures: Iterable[Measured], votes: Iterable[Vote] | None = None) -> Verdict:
    """Return the verdict of measures as `evaluate` gives them, or with other votes.

    Those of the time of the claim decide. Of the time since, the newest year that has a value says
    whether it is still so; where the last three do not agree, it depends on the measure.

    Parameters
    ----------
    measures : iterable of Measured
    votes : iterable of Vote, optional
        In place of theirs, in their order.
    """
    items = [*measures]
    then: set[str] = set()
    by_year: dict[int, set[str]] = {}
    for item, vote in zip(items, votes or [m.verdict for m in items], strict=True):
        if item.counts and item.about == "claim":
            then.add(vote)
        elif item.counts and vote != "missing":
            by_year.setdefault(item.year, set()).add(vote)
    then &= _DECIDED
    if not then:
        return "not_testable"
    last = [by_year[year] & _DECIDED for year in sorted(by_year)[-LAST_SINCE:]]
    if len(then) == 2 or len(set().union(*last)) == 2:
        return "depends_on_measure"
    turned = bool(last and last[-1] and last[-1] != then)
    if "supported" in then:
        return "no_longer" if turned else "supported"
    return "not_then" if turned else "contradicted"


def on_year(measures: Iterable[Measured], would: bool = False) -> bool:
    """Whether the measures that decide, or `would`, differ by their year alone; see `evaluate`."""
    votes = {*_DECIDED, "inconclusive"} if would else _DECIDED
    deciding = [item for item in measures if item.counts and item.verdict in votes]
    return len({_without_years(item.rule)[:-1] for item in deciding}) == 1


def evaluate(
    ledger: Iterable[Claim],
    results: Results,
    edition: str,
    printed: firm.Printed | None = None,
    turns: Turns | None = None,
) -> list[Judged]:
    """Judge every claim on ``results.json`` of one edition, in the order of the ledger.

    A measure that covers years is judged for each that has a value (`covering`).

    Parameters
    ----------
    ledger : iterable of Claim
    results : mapping
        ``results.json``.
    edition : str
        Its name.
    printed : mapping, optional
        Figures as each printing had them: with them each claim says how firm it is (`firm.of`).
    turns : mapping, optional
        What an archive says of how often such figures turn.

    Raises
    ------
    RecordError
        A claim reads a key that the results do not declare: the message names both.
    """
    return [_judge(claim, results, edition, printed, turns) for claim in covering(ledger, results)]


def _judge(
    claim: Claim,
    results: Results,
    edition: str,
    printed: firm.Printed | None,
    turns: Turns | None,
) -> Judged:
    # A year that a measure covers may be printed in another edition alone.
    covered = {key for m in claim.measures if m.first for key in m.keys}
    for key in claim.keys:
        if key not in results and key not in covered:
            raise RecordError(f"claims.yml: {claim.id}: no number is recorded as '{key}'")
    known = {key: results.get(key, _UNPRINTED) for key in claim.keys}
    measures = [measured(m, known, f"claims.yml: {claim.id}", late=False) for m in claim.measures]
    weakest = min(claim.parts, key=lambda part: _WEAKEST_FIRST.index(part.traced), default=None)
    traced, confidence = (weakest.traced, weakest.confidence) if weakest else (None, None)
    outcome = traced if claim.kind == "source" and traced else verdict(measures)
    can_turn = partial(verdict, measures)
    sure, bands, could = firm.of(claim.measures, measures, can_turn, known, printed, turns)
    return Judged(
        **{name: getattr(claim, name) for name in Entry.model_fields},
        verdict=outcome,
        group=cast("Group", GROUP_OF[outcome]),
        reason=_reason(claim, measures) if outcome == "not_testable" else None,
        traced=traced,
        confidence=confidence,
        measures=sure,
        shown=tuple(ShownNumber(label=s.label, **dict(read(s.key, known))) for s in claim.shown),
        evidence=claim.keys,
        edition=edition,
        then=None,
        bands=bands,
        could_turn=could,
    )


def beside(judged: Iterable[Judged], then: Iterable[Judged]) -> list[Judged]:
    """Return claims as they are judged, each with a `Then` of an earlier view."""
    views = {
        item.id: Then(
            edition=item.edition,
            verdict=item.verdict,
            group=item.group,
            reason=item.reason,
            measures=item.measures,
        )
        for item in then
    }
    return [item.model_copy(update={"then": views.get(item.id)}) for item in judged]


#: Of a year that is printed in another edition alone.
_UNPRINTED = recorded.Number(
    text=WITHOUT_VALUE["not_published"], status="not_published", notebook=""
)


def _reason(claim: Claim, measures: Sequence[Measured]) -> str:
    """Say why nothing decides."""
    if claim.kind == "causal":
        return claim.reason or NO_DATA
    counting = [item for item in measures if item.counts and item.about == "claim"]
    if {item.verdict for item in counting} != {"missing"}:
        return "the values lie inside the tolerance bands"
    if {item.text for item in counting} == {WITHDRAWN}:
        return WITHDRAWN
    if any(item.value is not None for item in counting):
        return PRINTED_LATER
    lacking = {item.status for item in counting}
    of_status = {"not_published": NOT_YET, "outside_edition": OUTSIDE}
    return next((why for status, why in of_status.items() if status in lacking), NO_FIGURE)


def counts(judged: Iterable[Judged | Then]) -> dict[str, int]:
    """Count the claims by verdict, and by what that comes to, in the order of the vocabulary."""
    verdicts: list[str] = [item.verdict for item in judged]
    found = Counter(name for verdict in verdicts for name in {verdict, GROUP_OF[verdict]})
    return {name: found[name] for name in (*GROUP_OF, *GROUP_OF.values())}


def diff(old: Iterable[Judged], new: Iterable[Judged]) -> list[Flip]:
    """Find the verdicts that moved between two ``claims.json``, and the values that moved them.

    They come in the order of `new`.
    """
    before = {item.id: item for item in old}
    pairs = [(before[item.id], item) for item in new if item.id in before]
    return [_flip(was, now) for was, now in pairs if was.verdict != now.verdict]


def _flip(old: Judged, new: Judged) -> Flip:
    before = {measure.rule: measure for measure in old.measures}
    kinds = {_kind(measure) for measure in old.measures}
    moved, causes = list[Way](), list[str]()
    for now in new.measures:
        was: Measured | None = before.get(now.rule)
        if was is None and _kind(now) in kinds:
            # A year that is printed for the first time.
            none = {"value": None, "text": _UNPRINTED.text, "status": _UNPRINTED.status}
            than = now.than and now.than.model_copy(update=none)
            was = now.model_copy(update={**none, "than": than, "verdict": "missing"})
        if was and now.counts and was.verdict != now.verdict:
            than_way = _way(was.than, now.than) if was.than and now.than else None
            way = _way(was, now).model_copy(update={"label": now.label, "than": than_way})
            moved.append(way)
            causes.append(str(way))
    if {_kind(measure) for measure in new.measures} != kinds:
        causes.append("the rule changed")
    if new.kind == "source":
        causes.append("what its sources say")
    return Flip(
        was=old.verdict,
        now=new.verdict,
        id=new.id,
        claim=new.claim,
        moved=tuple(moved),
        why="; ".join(causes),
    )


def _without_years(rule: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(ANY_YEAR.sub("", part) for part in rule)


def _kind(measure: Measured) -> tuple[str, ...]:
    """Return the rule of a measure, of the time since without its year."""
    return _without_years(measure.rule) if measure.about == "since" else measure.rule


def _way(was: Number, now: Number) -> Way:
    return Way(key=now.key, was=_printed(was), now=_printed(now))


def _printed(number: Number) -> str:
    status = number.status.replace("_", " ")
    if number.value is None:
        return WITHDRAWN if number.text == WITHDRAWN else status
    soft = f" ({status})" if number.status in WITH_VALUE and status != "final" else ""
    return f"{number.text or number.value}{soft}"
