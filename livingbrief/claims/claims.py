"""The ledger: each empirical claim of the brief beside its evidence, with a computed verdict.

A claim is data (``book/claims.yml``): keys of ``results.json``, a comparison, a threshold, a
tolerance band. No claim has code of its own. A verdict follows from the measures of the claim:
all support it, all contradict it, or it depends on the measure; a value that an edition does not
have decides nothing. Measures of the time since say whether it has stopped being true, or came
true. Causal claims that public data cannot test say what data would; statements of law and of
institutions are traced to their source, and how that came out is their verdict.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from livingbrief.brief import brief
from livingbrief.claims.rule import parse
from livingbrief.data.datasets import years_in_words
from livingbrief.records import Confidence, Record, RecordError, checked_list, read_yaml
from livingbrief.values.numbers import WITH_VALUE, WITHDRAWN, WITHOUT_VALUE

Traced = Literal["confirmed", "in_part", "misread", "unconfirmed"]
Verdict = (
    Literal[
        "supported",
        "no_longer",
        "not_then",
        "contradicted",
        "depends_on_measure",
        "not_testable",
    ]
    | Traced
)
Group = Literal["holds", "in_part", "no_longer", "depends", "wrong", "unchecked"]
Vote = Literal["supported", "contradicted", "inconclusive", "missing"]

#: What a verdict comes to for a reader, in the order in which verdicts are listed.
GROUP_OF: dict[Verdict, Group] = {
    "supported": "holds",
    "confirmed": "holds",
    "in_part": "in_part",
    "no_longer": "no_longer",
    "depends_on_measure": "depends",
    "not_then": "depends",
    "contradicted": "wrong",
    "misread": "wrong",
    "not_testable": "unchecked",
    "unconfirmed": "unchecked",
}
VERDICTS: tuple[Verdict, ...] = tuple(GROUP_OF)
GROUPS: tuple[Group, ...] = tuple(dict.fromkeys(GROUP_OF.values()))

#: How many periods since the brief must agree, counted from the newest that has a value.
LAST_SINCE = 3
#: How the key of a measure ends that covers each year.
EACH_YEAR = ".{year}"
_DECIDED = {"supported", "contradicted"}
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")

#: Why nothing decides where an edition looks back and only later printings have the figures.
PRINTED_LATER = "only later printings have it"

#: Why nothing decides where an edition has no figure: none is out, all are of other years than
#: its own, or it has none of this kind, as of another host.
NOT_YET, OUTSIDE = "not yet published", "outside the years of this edition"
NO_FIGURE = "no such figure in this edition"
LACKING = (NOT_YET, OUTSIDE, NO_FIGURE)

#: Why a causal claim is not testable, where its entry gives no reason of its own.
NO_DATA = "no public data can answer it"

#: The weakest part of a traced statement decides how the whole is marked.
_WEAKEST_FIRST: tuple[Traced, ...] = ("misread", "unconfirmed", "in_part", "confirmed")

ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
}


class Measure(Record):
    """One number that bears on a claim, and what it has to be for the claim to hold.

    Attributes
    ----------
    label : str
        What is measured, for readers.
    key : str
        Key of ``results.json``.
    compare : str
        ``<``, ``<=``, ``>``, ``>=``, ``==``, ``!=`` (with `value` or `than`); ``between`` (`low`
        to `high`); ``within`` (`tolerance` around `value` or `than`); ``abs_lt`` (size below
        `value` or `than`); ``sign_changes`` (sign unlike that of `than`).
    value : float or str, optional
        Threshold.
    shown_as : str, optional
        The threshold as readers should see it, where the bare value says too little.
    than : str, optional
        Key of ``results.json`` that is the threshold.
    tolerance : float
        In the unit of the key. For orders: half-width of the band around the threshold inside
        which the measure decides nothing; for equalities and ``within``: the distance allowed.
    exact : bool
        Both numbers are counts of people or cases: an order decides only where chance alone would
        not give it, which is where the exact (Clopper-Pearson) 95 % interval of the share of one
        in both leaves out a half.
    counts : bool
        False for a measure that is shown with its verdict and does not decide that of the claim.
    about : {"claim", "since"}
        The time of which the measure speaks: that of the claim, or a period since, which is the
        last year that its key names.
    first : int, optional
        ``from`` in the file: the measure covers each year from this one on of which its key is
        printed (`covering`). Its key ends in ``.{year}``; `than` and `label` may name ``{year}``
        and ``{before}``, the year before.
    """

    label: str = Field(min_length=3)
    key: str
    compare: Literal[
        "<", "<=", ">", ">=", "==", "!=", "between", "within", "abs_lt", "sign_changes"
    ]
    value: float | str | None = None
    shown_as: str | None = None
    than: str | None = None
    low: float | None = None
    high: float | None = None
    tolerance: float = Field(default=0.0, ge=0.0)
    exact: bool = False
    counts: bool = True
    about: Literal["claim", "since"] = "claim"
    first: int | None = Field(default=None, alias="from", ge=1900, le=2100)

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, fields: Any) -> Any:
        if isinstance(fields, Mapping) and len(fields) == 1:
            ((label, rule),) = fields.items()
            return {"label": label, **parse(rule)}
        return fields

    @model_validator(mode="after")
    def _complete(self) -> Measure:
        needs_range = self.compare == "between"
        if needs_range != (self.low is not None and self.high is not None):
            raise ValueError("'between', and only 'between', takes low and high")
        if not needs_range and (self.value is None) == (self.than is None):
            raise ValueError(f"'{self.compare}' takes either a value or the key of another (than)")
        if needs_range and not (self.value is None and self.than is None):
            raise ValueError("'between' takes low and high, not value or than")
        if self.compare == "sign_changes" and self.than is None:
            raise ValueError("'sign_changes' takes the key of another (than)")
        if self.compare == "within" and not self.tolerance:
            raise ValueError("'within' takes a tolerance")
        if self.exact and (self.compare not in ORDER or self.than is None or self.tolerance):
            raise ValueError("'exact' is for the order of two counts, without a tolerance")
        if isinstance(self.value, str) and self.compare not in {"==", "!="}:
            raise ValueError(f"'{self.compare}' takes a number, not '{self.value}'")
        if (self.first is None) == ("{" in f"{self.key}{self.than}{self.label}"):
            raise ValueError("a measure with 'since', and only one, names {year}")
        if self.first and (self.about != "since" or not self.key.endswith(EACH_YEAR)):
            raise ValueError("'since' is for a key that ends in .{year}")
        if self.about == "since" and not self.first and not _YEAR.search(self.key):
            raise ValueError("a measure of the time since names its year in its key, or 'since'")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that the measure reads; none before `covering` has named their years."""
        if self.key.endswith(EACH_YEAR):
            return ()
        return (self.key,) if self.than is None else (self.key, self.than)

    def of_year(self, year: int) -> Measure:
        """Return the measure of one of the years that it covers."""
        told = {
            name: text.replace("{year}", str(year)).replace("{before}", str(year - 1))
            for name in ("key", "than", "label")
            if (text := getattr(self, name)) is not None
        }
        return self.model_copy(update=told)

    @property
    def year(self) -> int:
        """The last year that the key names; 0 for none."""
        return int(max(_YEAR.findall(self.key), default=0))


class Shown(Record):
    """A number shown beside a claim that decides nothing."""

    key: str
    label: str


class Part(Record):
    """One traced statement of law or of an institution."""

    statement: str
    traced: Traced
    confidence: Confidence
    sources: tuple[str, ...] = ()


class Claim(Record):
    """One claim of the brief, in our words.

    Attributes
    ----------
    would_need : str, optional
        For a causal claim: which data would answer it.
    reason : str, optional
        For a causal claim: why it is not testable, where public data exist and do not answer it.
    adds : str
        What the rule adds to the claim's own words: a year, a threshold, a word.
    """

    id: str = Field(pattern=r"^C\d\d[a-z]?$")
    section: str = Field(min_length=3)
    claim: str = Field(min_length=10)
    footnotes: tuple[int, ...] = ()
    kind: Literal["data", "causal", "source"]
    measures: tuple[Measure, ...] = ()
    shown: tuple[Shown, ...] = ()
    parts: tuple[Part, ...] = ()
    would_need: str | None = None
    reason: str | None = None
    adds: str = ""
    note: str = ""
    sources: tuple[str, ...] = ()
    chapters: tuple[str, ...] = ()

    @field_validator("section")
    @classmethod
    def _known(cls, section: str) -> str:
        sections = brief().sections
        if sections and section not in sections:
            raise ValueError(f"'{section}' is none of {', '.join(sections)}")
        return section

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Claim:
        counting = [measure for measure in self.measures if measure.counts]
        if (self.kind == "data") != bool(counting):
            raise ValueError("a data claim, and only a data claim, has a measure that counts")
        if counting and all(measure.about == "since" for measure in counting):
            raise ValueError("a measure that counts is about the time of the claim")
        if (self.kind == "source") and not self.parts:
            raise ValueError("a source claim has parts, each traced to its source")
        if (self.kind == "causal") != (self.would_need is not None):
            raise ValueError("a causal claim, and only a causal claim, says what it would_need")
        if self.reason and self.kind != "causal":
            raise ValueError("only a causal claim gives a reason; others compute theirs")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key of ``results.json`` that the claim reads, in order, once."""
        read = [key for measure in self.measures for key in measure.keys]
        return tuple(dict.fromkeys(read + [item.key for item in self.shown]))


def load(path: Path) -> tuple[Claim, ...]:
    """Read the ledger.

    Raises
    ------
    RecordError
        A field, a comparison or an id is wrong: the message names the claim.
    """
    return checked_list(Claim, read_yaml(path, absent=[]), path.name)


def keys(ledger: Iterable[Claim]) -> tuple[str, ...]:
    """Return every key that the ledger reads, sorted."""
    return tuple(sorted({key for claim in ledger for key in claim.keys}))


def covering(
    ledger: Iterable[Claim], results: Mapping[str, Mapping[str, Any]]
) -> tuple[Claim, ...]:
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

    def has(key: str) -> bool:
        return results.get(key, _UNPRINTED).get("value") is not None

    def printed(claim: Claim, measure: Measure) -> Iterable[int]:
        years = years_of(results, measure.key)
        if not years:
            raise RecordError(
                f"claims.yml: {claim.id}: no notebook declares a year of '{measure.key}'"
            )
        return (y for y in years if all(map(has, measure.of_year(y).keys)))

    return tuple(_spread(claim, partial(printed, claim)) for claim in ledger)


def newer(ledger: Iterable[Claim], results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a line for each claim and series of the time since that is printed for newer years."""
    found = []
    for claim in ledger:
        last: dict[str, int] = {}
        for measure in (m for m in claim.measures if m.about == "since"):
            stem, _, year = measure.key.rpartition(".")
            pattern = f"{stem}{EACH_YEAR}"
            last[pattern] = max(int(year) if year.isdecimal() else 9999, last.get(pattern, 0))
        for pattern, judged in last.items():
            later = [
                y
                for y, key in years_of(results, pattern).items()
                if y > judged and results[key]["value"] is not None
            ]
            if later:
                years = years_in_words(later)
                found.append(f"{claim.id}: '{pattern}' is printed for {years}, judged to {judged}")
    return found


def years_of(keys: Iterable[str], pattern: str) -> dict[int, str]:
    """Return the years of a key that ends in ``.{year}``, each with its key."""
    stem = pattern.removesuffix("{year}")
    return {
        int(year): key
        for key in keys
        if key.startswith(stem) and (year := key.removeprefix(stem)).isdecimal()
    }


def reaching(ledger: Iterable[Claim], last: int) -> tuple[Claim, ...]:
    """Return the ledger with one measure for each year up to `last`, printed or not."""
    return tuple(_spread(claim, lambda m: range(m.first or last, last + 1)) for claim in ledger)


def _spread(claim: Claim, years_of: Callable[[Measure], Iterable[int]]) -> Claim:
    found: list[Measure] = []
    for measure in claim.measures:
        first = measure.first if measure.key.endswith(EACH_YEAR) else None
        if first is None:
            found.append(measure)
        else:
            found += [measure.of_year(y) for y in sorted(years_of(measure)) if y >= first]
    return claim.model_copy(update={"measures": tuple(found)})


def vote(measure: Measure, value: Any, limit: Any) -> Vote:
    """Say whether a value supports a claim.

    Parameters
    ----------
    measure : Measure
        The rule.
    value : float, str or None
        Value of ``measure.key``; None where the edition has none.
    limit : float, str or None
        The threshold: ``measure.value``, or the value of ``measure.than``.
    """
    if value is None or (limit is None and measure.compare != "between"):
        return "missing"
    if measure.compare in ORDER and abs(value - limit) <= measure.tolerance > 0:
        return "inconclusive"
    if measure.exact and not _beyond_chance(value, limit):
        return "inconclusive"
    return "supported" if _holds(measure, value, limit) else "contradicted"


def _beyond_chance(one: float, other: float) -> bool:
    """Whether the exact 95 % interval of the share of `one` in both leaves out a half."""
    few, n = int(min(one, other)), int(one + other)
    return 40 * sum(math.comb(n, k) for k in range(few + 1)) <= 2**n


def _holds(measure: Measure, value: Any, limit: Any) -> bool:
    match measure.compare:
        case "between":
            return bool(measure.low <= value <= measure.high)
        case "abs_lt":
            return bool(abs(value) < limit)
        case "sign_changes":
            return bool(value * limit < 0)
        case "==" | "!=" | "within":
            numeric = not isinstance(value, str) and not isinstance(limit, str)
            equal = abs(value - limit) <= measure.tolerance if numeric else value == limit
            return bool(equal != (measure.compare == "!="))
        case order:
            return ORDER[order](value, limit)


def verdict(votes: Iterable[Vote], since: Iterable[tuple[int, Vote]] = ()) -> Verdict:
    """Return the verdict that the counting votes give together.

    Parameters
    ----------
    votes : iterable of Vote
        Of the measures of the claim's own time.
    since : iterable of (int, Vote)
        Year and vote of those of the time since. The newest year that has a value decides, where
        the last three agree; where they do not, it depends on the measure.
    """
    then = _DECIDED.intersection(votes)
    if not then:
        return "not_testable"
    by_year: dict[int, set[str]] = {}
    for year, given in since:
        if given != "missing":
            by_year.setdefault(year, set()).add(given)
    last = [by_year[year] & _DECIDED for year in sorted(by_year)[-LAST_SINCE:]]
    if len(then) == 2 or len(set().union(*last)) == 2:
        return "depends_on_measure"
    turned = bool(last and last[-1] and last[-1] != then)
    if "supported" in then:
        return "no_longer" if turned else "supported"
    return "not_then" if turned else "contradicted"


def on_year(measures: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the measures that decide, as `evaluate` gives them, differ by their year alone."""
    rules = {
        (*(_YEAR.sub("", part) for part in _rule(item)[:3]), *_rule(item)[3:-1])
        for item in measures
        if item["counts"] and item["verdict"] in _DECIDED
    }
    return len(rules) == 1


def together(measures: Iterable[Mapping[str, Any]]) -> Verdict:
    """Return the verdict of measures as `evaluate` gives them."""
    counting = [item for item in measures if item["counts"]]
    return verdict(
        [item["verdict"] for item in counting if item["about"] == "claim"],
        [(item["year"], item["verdict"]) for item in counting if item["about"] == "since"],
    )


def evaluate(
    ledger: Iterable[Claim], results: Mapping[str, Mapping[str, Any]], edition: str
) -> list[dict[str, Any]]:
    """Judge every claim on ``results.json`` of one edition, in the order of the ledger.

    A measure that covers years is judged for each that has a value here, or, in a ledger from
    `covering`, for each that had one there.

    Raises
    ------
    RecordError
        A claim reads a key that the results do not declare: the message names both.
    """
    return [_judge(claim, results, edition) for claim in covering(ledger, results)]


def _judge(claim: Claim, results: Mapping[str, Mapping[str, Any]], edition: str) -> dict[str, Any]:
    covered = {key for measure in claim.measures if measure.first for key in measure.keys}
    for key in claim.keys:
        if key not in results and key not in covered:
            raise RecordError(f"claims.yml: {claim.id}: no notebook declares the key '{key}'")
    results = {key: results.get(key, _UNPRINTED) for key in claim.keys}
    measures = [_measured(claim, measure, results) for measure in claim.measures]
    traced, confidence = _traced(claim.parts)
    if claim.kind == "source":
        # Of an edition that looks back, which had none of the sources.
        traced = traced or "unconfirmed"
    outcome = traced if claim.kind == "source" and traced else together(measures)
    return {
        "id": claim.id,
        "section": claim.section,
        "claim": claim.claim,
        "footnotes": list(claim.footnotes),
        "kind": claim.kind,
        "verdict": outcome,
        "group": GROUP_OF[outcome],
        "reason": _reason(claim, outcome, measures),
        "traced": traced,
        "confidence": confidence,
        "measures": measures,
        "shown": [{"label": item.label, **_value(item.key, results)} for item in claim.shown],
        "evidence": list(claim.keys),
        "parts": [part.model_dump(mode="json") for part in claim.parts],
        "would_need": claim.would_need,
        "sources": list(claim.sources),
        "chapters": list(claim.chapters),
        "edition": edition,
        "adds": claim.adds,
        "note": claim.note,
    }


#: Of a year that is printed in another edition alone.
_UNPRINTED = {"value": None, "text": WITHOUT_VALUE["not_published"], "status": "not_published"}


def _value(key: str, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    entry = results[key]
    fields = {name: entry.get(name) for name in ("value", "text", "status")}
    return {"key": key, **fields}


def _measured(
    claim: Claim, measure: Measure, results: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    value = results[measure.key].get("value")
    limit = measure.value if measure.than is None else results[measure.than].get("value")
    later = any(results[key].get("status") == "printed_later" for key in measure.keys)
    try:
        # What was printed later is shown and decides nothing.
        given = vote(measure, None if later else value, limit)
    except TypeError as error:
        raise RecordError(
            f"claims.yml: {claim.id}: '{measure.key}' is {value!r}, "
            f"which '{measure.compare}' cannot compare with {limit!r}"
        ) from error
    than = None if measure.than is None else _value(measure.than, results)
    return {
        "label": measure.label,
        **_value(measure.key, results),
        "compare": measure.compare,
        "limit": [measure.low, measure.high] if measure.compare == "between" else limit,
        "shown_as": measure.shown_as,
        "than": than,
        "tolerance": measure.tolerance,
        "exact": measure.exact,
        "counts": measure.counts,
        "about": measure.about,
        "year": measure.year,
        "verdict": given,
    }


def _reason(claim: Claim, outcome: Verdict, measures: Sequence[Mapping[str, Any]]) -> str | None:
    if outcome != "not_testable":
        return None
    if claim.kind == "causal":
        return claim.reason or NO_DATA
    counting = [item for item in measures if item["counts"] and item["about"] == "claim"]
    if {item["verdict"] for item in counting} == {"missing"}:
        gone = {item["text"] for item in counting} == {WITHDRAWN}
        late = any(item["value"] is not None for item in counting)
        if gone or late:
            return WITHDRAWN if gone else PRINTED_LATER
        lacking = {item["status"] for item in counting}
        of_status = {"not_published": NOT_YET, "outside_edition": OUTSIDE}
        return next((why for status, why in of_status.items() if status in lacking), NO_FIGURE)
    return "the values lie inside the tolerance bands"


def _traced(parts: Sequence[Part]) -> tuple[Traced | None, Confidence | None]:
    for mark in _WEAKEST_FIRST:
        marked = [part for part in parts if part.traced == mark]
        if marked:
            return mark, marked[0].confidence
    return None, None


def verdicts(
    path: Path,
    results: Mapping[str, Mapping[str, Any]],
    *,
    edition: str,
    then: Mapping[str, Mapping[str, Any]] | None = None,
    then_edition: str | None = None,
    known: Callable[[Iterable[Claim]], Iterable[Claim]] = tuple,
    known_then: Callable[[Iterable[Claim]], Iterable[Claim]] = tuple,
) -> list[dict[str, Any]]:
    """Judge the ledger at `path` on an edition and, where given, on what was known before.

    Parameters
    ----------
    path : Path
        ``book/claims.yml``.
    results, then : mapping
        ``results.json`` of the edition, and of the edition that shows what could be known when
        the brief was written.
    known, known_then : callable, optional
        Take from claims the sources and parts that were not out by the day of an edition.

    Returns
    -------
    list of dict
        ``claims.json``; ``then`` of each item holds ``edition``, ``verdict``, ``group``,
        ``reason`` and ``measures`` of the earlier view, or is None.
    """
    ledger = covering(load(path), results)
    judged = evaluate(known(ledger), results, edition)
    earlier = evaluate(known_then(ledger), then, then_edition or "then") if then is not None else []
    shown = ("edition", "verdict", "group", "reason", "measures")
    views = {item["id"]: {name: item[name] for name in shown} for item in earlier}
    return [{**item, "then": views.get(item["id"])} for item in judged]


def flips(last_report: Path, judged: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the `diff` from the report in a folder; empty when that is missing or damaged."""
    try:
        old = json.loads((last_report / "claims.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return diff(old, judged)


def counts(judged: Iterable[Mapping[str, Any]]) -> dict[Verdict, int]:
    """Count the claims by verdict, in the order of the vocabulary."""
    found = [item["verdict"] for item in judged]
    return {name: found.count(name) for name in VERDICTS}


def groups(judged: Iterable[Mapping[str, Any]]) -> dict[Group, int]:
    """Count the claims by what their verdict comes to, in the order of the vocabulary."""
    found = [GROUP_OF[item["verdict"]] for item in judged]
    return {name: found.count(name) for name in GROUPS}


def diff(
    old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Find the verdicts that moved between two ``claims.json``, and the values that moved them.

    Returns
    -------
    list of dict
        One for each claim whose verdict changed, in the order of `new`: ``id``, ``claim``,
        ``from`` and ``to`` (verdicts), ``moved`` (for each counting measure whose own verdict
        changed: ``label``, ``key``, ``from`` and ``to`` as printed, ``than`` and its two values
        where the threshold is another key), ``why`` (the same as one line).
    """
    # Reports of before gave traced statements one verdict, and how each came out beside it.
    before = {
        item["id"]: item if item["verdict"] in GROUP_OF else {**item, "verdict": item["traced"]}
        for item in old
    }
    return [
        _flip(before[item["id"]], item)
        for item in new
        if item["id"] in before and item["verdict"] != before[item["id"]]["verdict"]
    ]


def _flip(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    before = {_rule(measure): measure for measure in old["measures"]}
    kinds = {_kind(measure) for measure in old["measures"]}
    for measure in new["measures"]:
        # A year that is printed for the first time.
        if _rule(measure) not in before and _kind(measure) in kinds:
            before[_rule(measure)] = _unprinted(measure)
    moved = [
        _moved(before[_rule(measure)], measure)
        for measure in new["measures"]
        if measure["counts"]
        and _rule(measure) in before
        and before[_rule(measure)]["verdict"] != measure["verdict"]
    ]
    causes = [_cause(item) for item in moved]
    if {_kind(measure) for measure in new["measures"]} != kinds:
        causes.append("the rule changed")
    return {
        "id": new["id"],
        "claim": new["claim"],
        "from": old["verdict"],
        "to": new["verdict"],
        "moved": moved,
        "why": "; ".join(causes),
    }


def _cause(item: Mapping[str, Any]) -> str:
    cause = f"{item['label']} ({item['key']}): {item['from']} -> {item['to']}"
    if "than" in item:
        other = item["than"]
        cause += f", against {other['key']}: {other['from']} -> {other['to']}"
    return cause


def _rule(measure: Mapping[str, Any]) -> tuple[str, ...]:
    limit = measure["than"]["key"] if measure["than"] else str(measure["limit"])
    rest = (measure["tolerance"], measure.get("exact", False), measure.get("about", "claim"))
    return (measure["key"], measure["compare"], limit, *map(str, rest))


def _kind(measure: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the rule of a measure, of the time since without its year."""
    rule = _rule(measure)
    since = measure.get("about") == "since"
    return tuple(_YEAR.sub("", part) for part in rule) if since else rule


def _unprinted(measure: Mapping[str, Any]) -> dict[str, Any]:
    than = measure["than"] and {**measure["than"], **_UNPRINTED}
    return {**measure, **_UNPRINTED, "than": than, "verdict": "missing"}


def _moved(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    moved = {"label": now["label"], **_way(was, now)}
    if now["than"]:
        moved["than"] = _way(was["than"], now["than"])
    return moved


def _way(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {"key": now["key"], "from": _printed(was), "to": _printed(now)}


def _printed(value: Mapping[str, Any]) -> str:
    if value["value"] is None:
        gone = value["text"] == WITHDRAWN
        return WITHDRAWN if gone else str(value["status"] or "missing").replace("_", " ")
    status = value.get("status")
    told = str(status).replace("_", " ")
    soft = f" ({told})" if status in WITH_VALUE and status != "final" else ""
    return f"{value['text'] or value['value']}{soft}"
