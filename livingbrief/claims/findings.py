"""The report's own statements: a sentence or a title that judges, with its rule.

It has a rule on keys of ``results.json``, as a claim of the brief has one, and words for what it
comes to: it holds, fails, is too near to call, or cannot be judged. Both stand in a block of a page
(`livingbrief.claims.statements`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from livingbrief.claims import statements, turning
from livingbrief.claims.measures import ORDER, Chance, Measure, Measured, Vote, measured
from livingbrief.claims.rule import parse
from livingbrief.records import Record, checked_list
from livingbrief.values.latest import LATEST, asked_in, of_one_year, resolve, with_keys
from livingbrief.values.results import Results

Outcome = Literal["holds", "fails", "near", "unknown"]
OUTCOMES: tuple[Outcome, ...] = Outcome.__args__  # type: ignore[attr-defined]

#: What a vote or a verdict comes to; what is not here is unknown.
OUTCOME_OF: dict[str, Outcome] = {
    "supported": "holds",
    "contradicted": "fails",
    "depends_on_measure": "near",
    "no_longer": "near",
    "not_then": "near",
    "inconclusive": "near",
}
#: Which outcome of parts that all have to hold is that of all, and which of alternatives.
_WORST_FIRST: tuple[Outcome, ...] = ("fails", "unknown", "near", "holds")
_OF_SEVERAL: tuple[Outcome, ...] = ("holds", "near", "fails", "unknown")
_YEAR = re.compile(r"\{\{\s*year\s*\}\}")
#: Words under a condition of their own.
_GUARDED = re.compile(r"\{% if has\(.*?\{% endif %\}", re.DOTALL)
_PRINTED = re.compile(r"\{\{\s*([a-z]\w*(?:\.\w+)+)")


class Finding(Record):
    """A sentence or a title of the report that judges.

    Attributes
    ----------
    rule : tuple of tuple of Measure or str
        One of the inner ones has to hold, and of it each part: a comparison, or the id of a claim
        (supported is *holds*, contradicted *fails*; depends, true no longer and came true later are
        *near*).
    holds, fails, near, unknown : str
        What the `chapter`, a page or notebook, says: templates over ``results.json``.
        ``{{ year }}`` is the year of the keys that are asked for their latest, but for those that
        no rule reads and that are printed with their own (``{{ key.latest.year }}``).
    """

    id: str = Field(pattern=r"^F\d\d\d?[a-z]?(y\d{4})?$")
    chapter: str
    rule: tuple[tuple[Measure | str, ...], ...]
    holds: str = Field(min_length=3)
    fails: str
    near: str = ""
    unknown: str = ""

    @field_validator("rule", mode="before")
    @classmethod
    def _as_written(cls, rule: Any) -> Any:
        return parse(rule)

    @model_validator(mode="after")
    def _says_what_its_rule_can_give(self) -> Finding:
        can_be_near = any(m.tolerance > 0 or m.exact for m in self.measures if m.compare in ORDER)
        if (can_be_near or self.claims) and not self.near:
            raise ValueError("its rule can be too near to call, so it needs a wording for near")
        return self

    def each(self, years: Sequence[int]) -> tuple[Finding, ...]:
        """Return the finding of each year that a page says in a loop; itself where it does not."""
        if not any(statements.EACH_YEAR in f"{m.key}{m.than}" for m in self.measures):
            return (self,)
        return tuple(self._of_year(year) for year in years)

    def _of_year(self, year: int) -> Finding:
        named = [
            tuple(p.of_year(year) if isinstance(p, Measure) else p for p in either)
            for either in self.rule
        ]
        words = {str(name): statements.of_year(getattr(self, name), year) for name in OUTCOMES}
        own = {"id": f"{self.id}y{year}", "rule": tuple(named)}
        return self.model_copy(update={**own, **words})

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The comparisons of the rule."""
        return tuple(p for either in self.rule for p in either if isinstance(p, Measure))

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims whose verdicts the rule reads."""
        return tuple(part for either in self.rule for part in either if isinstance(part, str))

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys that the rule reads, as written."""
        return tuple(dict.fromkeys(key for m in self.measures for key in m.keys))

    @property
    def asked(self) -> tuple[str, ...]:
        """Those keys, and the paths with ``.latest`` that are printed without their own year."""
        printed = asked_in(getattr(self, outcome) for outcome in OUTCOMES)
        return tuple(dict.fromkeys((*self.keys, *printed)))


class Part(Measured):
    """A comparison of a judged finding: its key as it was asked, and of what of it; its chance."""

    asked: str
    of: Literal["value", "low", "high", "status"]
    chance: Chance | None


class Stated(Record):
    """A finding with what its rule came to, as ``findings.json`` has it.

    `template`: the words of the outcome; `late`: it stands on figures printed after the day of the
    edition; `year`: of what is asked for its latest; `claims`: id to verdict, where it reads one.
    """

    id: str
    chapter: str
    outcome: Outcome
    template: str = ""
    late: bool
    year: str
    measures: tuple[Part, ...]
    claims: dict[str, str]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that the rule read."""
        return tuple(key for part in self.measures for key in part.compared)


def load(root: Path) -> tuple[Finding, ...]:
    """Read the statements of the pages and records of ``book/``.

    Raises
    ------
    RecordError
        A field, a comparison or an id is wrong: the message names it.
    """
    return checked_list(Finding, statements.ruled(root), "book")


def judge(
    finding: Finding,
    results: Results,
    verdicts: Mapping[str, str] | None = None,
    turns: turning.Turns | None = None,
) -> Stated:
    """Judge a finding.

    Parameters
    ----------
    results : mapping
        ``results.json``.
    verdicts : mapping, optional
        Id of a claim to its verdict, where the ledger has been judged.
    turns : mapping, optional
        What an archive says of how often such figures turn.

    Raises
    ------
    RecordError
        The rule reads a key that nobody describes.
    """
    keys = of_one_year(results, finding.asked)
    shared, known = keys or {}, verdicts or {}
    measures = tuple(_part(m, results, finding.id, shared, turns or {}) for m in finding.measures)
    latest = next((m.key for m in measures if m.asked.endswith(LATEST)), "")
    votes = iter(m.verdict for m in measures)
    outcome = "unknown" if keys is None else _outcome(finding, votes, known)
    late = any(results[key].status == "printed_later" for m in measures for key in m.compared)
    stated = Stated(
        id=finding.id,
        chapter=finding.chapter,
        outcome=outcome,
        late=outcome != "unknown" and late,
        year=latest.rsplit(".", 1)[-1] if latest else "",
        measures=measures,
        claims={name: known.get(name, "") for name in finding.claims},
    )
    words = {which: with_keys(getattr(finding, which), shared) for which in OUTCOMES}
    return stated.model_copy(update={"template": worded(words, stated, results)})


def _part(
    measure: Measure,
    results: Results,
    where: str,
    shared: Mapping[str, str],
    turns: turning.Turns,
) -> Part:
    item = measured(measure, results, where, shared)
    chance = turning.of_measure(measure, item, results, turns)
    return Part(**dict(item), asked=measure.key, of=measure.of, chance=chance)


def turned(old: Iterable[Stated], new: Iterable[Stated]) -> list[tuple[Stated, Stated]]:
    """Return the findings of which the outcome differs, each as it was and as it is."""
    before = {item.id: item for item in old}
    pairs = [(before[item.id], item) for item in new if item.id in before]
    return [(was, now) for was, now in pairs if was.outcome != now.outcome]


def worded(words: Mapping[Any, str], stated: Stated, results: Results) -> str:
    """Return what a language says of a judged finding, or of one whose numbers are unknown."""
    keys = {m.asked: m.key for m in stated.measures}
    latest = next((key for asked, key in keys.items() if asked.endswith(LATEST)), "")
    asked = (with_keys(words.get(which, ""), keys) for which in (stated.outcome, "unknown"))
    template = next((text for text in asked if _whole(text, results)), "")
    return _YEAR.sub(f"{{{{ {latest}.year }}}}", template).strip()


def _whole(template: str, results: Results) -> bool:
    """Whether each number of a wording is known, but for what is left out if it is not."""
    for path in _PRINTED.findall(_GUARDED.sub("", template)):
        parts = path.split(".")
        stems = (".".join(parts[:end]) for end in range(len(parts), 1, -1))
        key = next(filter(None, (resolve(results, stem) for stem in stems)), None)
        if key is not None and results[key].value is None:
            return False
    return True


def _outcome(finding: Finding, votes: Iterator[Vote], verdicts: Mapping[str, str]) -> Outcome:
    found = []
    for either in finding.rule:
        given = [verdicts.get(p, "") if isinstance(p, str) else next(votes) for p in either]
        found.append(min((OUTCOME_OF.get(v, "unknown") for v in given), key=_WORST_FIRST.index))
    return min(found, key=_OF_SEVERAL.index)
