"""The report's own findings: a sentence or a title that judges, with the rule that it hangs on.

It has a rule on keys of ``results.json``, as a claim of the brief has one, and words for what it
comes to: it holds, fails, is too near to call, or cannot be judged. Of a chapter both stand in its
notebook; of a page the rule stands in ``book/statements.yml`` and the words on the page. A second
page repeats them by ``{finding}`F31```.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from livingbrief import notebooks
from livingbrief.claims import claims, firm
from livingbrief.claims.rule import parse
from livingbrief.records import Record, RecordError, checked_list, read_yaml

Outcome = Literal["holds", "fails", "near", "unknown"]
OUTCOMES: tuple[Outcome, ...] = Outcome.__args__  # type: ignore[attr-defined]
LATEST = ".latest"

_OF_VERDICT: dict[str, Outcome] = {
    "supported": "holds",
    "contradicted": "fails",
    "depends_on_measure": "near",
    "no_longer": "near",
    "not_then": "near",
    "inconclusive": "near",
}
#: What a statement says by an outcome, on a line of the text in which it is read.
WORDED = re.compile(rf"^([ \t]*)\?(F\d\d\d?[a-z]?) ({'|'.join(OUTCOMES)}): (.*)$", re.MULTILINE)
_RULED = "a rule stands in statements.yml, its words once, on lines such as '?F15 holds: …'"
_YEARS = re.compile(r"(y\d{4}_)?(\d{4})")
_YEAR = re.compile(r"\{\{\s*year\s*\}\}")
_OWN_YEAR = re.compile(r"([\w.]+\.latest)\.year\b")
_LATEST_KEY = re.compile(r"\{\{\s*([\w.]+?\.latest)\b")
_ANY_LATEST = re.compile(r"[a-z]\w*(?:\.\w+)*\.latest\b")
_PRINTED = re.compile(r"\{\{\s*([a-z]\w*(?:\.\w+)+)")
Results = Mapping[str, Mapping[str, Any]]


class Condition(claims.Measure):
    """A comparison on one key, as a measure of a claim, or on its interval or status.

    Attributes
    ----------
    key, than : str
        Keys of ``results.json``; ``stem.latest`` is the newest year of ``stem`` with a value; of
        several in a finding, the newest in which all have one (`of_one_year`).
    of : {"value", "low", "high", "status"}
        What of `key` is compared: its value, an end of its interval, its status.
    compare : str
        As in `claims.Measure`; ``outside``: `value` lies outside the interval of the key.
    """

    label: str = ""
    of: Literal["value", "low", "high", "status"] = "value"
    compare: Literal[  # type: ignore[assignment]
        "<", "<=", ">", ">=", "==", "!=", "between", "within", "abs_lt", "sign_changes", "outside"
    ]


def _kind(rule: Any) -> str:
    compares = "key" in rule if isinstance(rule, Mapping) else isinstance(rule, Condition)
    return "condition" if compares else "rule"


Part = Annotated[
    Annotated["Condition", Tag("condition")] | Annotated["Rule", Tag("rule")], Discriminator(_kind)
]


class Rule(Record):
    """What a finding hangs on: one condition, several together, or the verdict of a claim.

    Attributes
    ----------
    all, any : tuple of Rule or Condition
        All must hold; one must.
    claim : str
        Id in the ledger: supported is *holds*, contradicted *fails*; depends, true no longer and
        came true later are *near*.
    """

    all: tuple[Part, ...] = ()
    any: tuple[Part, ...] = ()
    claim: str = ""

    @model_validator(mode="after")
    def _one_kind(self) -> Rule:
        if sum(map(bool, (self.all, self.any, self.claim))) != 1:
            raise ValueError("a rule is a condition, or has one of all, any and claim")
        return self


class Finding(Record):
    """A sentence or a title of the report that judges.

    Attributes
    ----------
    chapter : str
        The page or notebook whose finding it is.
    rule : Condition or Rule
    holds, fails, near, unknown : str
        What is said; templates over ``results.json``. ``{{ year }}`` is the year of the keys that
        are asked for their latest, but for those that no rule reads and that are printed with
        their own (``{{ key.latest.year }}``).
    """

    id: str = Field(pattern=r"^F\d\d\d?[a-z]?$")
    chapter: str
    rule: Part
    holds: str = Field(min_length=3)
    fails: str
    near: str = ""
    unknown: str = ""

    @field_validator("rule", mode="before")
    @classmethod
    def _as_written(cls, rule: Any) -> Any:
        return parse(rule) if isinstance(rule, str) else rule

    @model_validator(mode="after")
    def _says_what_its_rule_can_give(self) -> Finding:
        can_be_near = any(
            c.tolerance > 0 or c.exact for c in conditions(self.rule) if c.compare in claims.ORDER
        )
        by_claim = isinstance(self.rule, Rule) and bool(self.rule.claim)
        if (can_be_near or by_claim) and not self.near:
            raise ValueError("its rule can be too near to call, so it needs a wording for near")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys that the rule reads, as written."""
        return tuple(dict.fromkeys(key for c in conditions(self.rule) for key in c.keys))

    @property
    def asked(self) -> tuple[str, ...]:
        """Those keys, and the paths with ``.latest`` that are printed without their own year."""
        found = dict.fromkeys(self.keys)
        for outcome in OUTCOMES:
            wording = getattr(self, outcome)
            own = set(_OWN_YEAR.findall(wording))
            found |= dict.fromkeys(p for p in _LATEST_KEY.findall(wording) if p not in own)
        return tuple(found)


def conditions(rule: Condition | Rule) -> Iterator[Condition]:
    """Yield the conditions of a rule, at any depth."""
    if isinstance(rule, Condition):
        yield rule
        return
    for part in (*rule.all, *rule.any):
        yield from conditions(part)


def load(root: Path) -> tuple[Finding, ...]:
    """Read the rules of ``book/statements.yml``, with their words, and those of the notebooks.

    The words stand in one page of ``book/``, or in one of its records (`wordings`).

    Raises
    ------
    RecordError
        A field, a comparison or an id is wrong, or a rule has no words: the message names it.
    """
    rules = read_yaml(root / "book" / "statements.yml", absent={}) or {}
    said: dict[str, dict[str, str]] = {}
    for page in (*sorted((root / "book").glob("*.md")), *sorted((root / "book").glob("*.yml"))):
        for name, words in wordings(page.read_text(encoding="utf-8")).items():
            if name not in rules or name in said:
                wrong = (
                    f"said in {said[name]['chapter']}, too" if name in said else "without a rule"
                )
                raise RecordError(f"book/{page.name}: {name} is {wrong}; {_RULED}")
            said[name] = {
                "id": name,
                "chapter": page.stem,
                "rule": rules[name],
                "fails": "",
                **words,
            }
    if mute := [name for name in rules if name not in said]:
        raise RecordError(f"statements.yml: no page says {mute[0]}; {_RULED}")
    found = [*checked_list(Finding, [said[name] for name in rules], "statements.yml")]
    for notebook in sorted((root / "notebooks").glob("*.ipynb")):
        found += of_notebook(notebook)
    ids = [finding.id for finding in found]
    if twice := [name for name in ids if ids.count(name) > 1]:
        raise RecordError(f"statements.yml and notebooks: {twice[0]}: this id is used twice")
    return tuple(found)


def of_notebook(path: Path) -> tuple[Finding, ...]:
    """Read the rules of a notebook."""
    return checked_list(Finding, notebooks.rules(path), f"notebooks/{path.name}")


def wordings(text: str) -> dict[str, dict[str, str]]:
    """Return what a text says of statements: id to outcome to words, of several lines as well.

    Each line is ``?F15 holds: Poverty rose in the pandemic.``
    """
    found: dict[str, dict[str, list[str]]] = {}
    for _, name, outcome, said in WORDED.findall(text):
        found.setdefault(name, {}).setdefault(outcome, []).append(said)
    return {
        name: {outcome: "\n".join(lines) for outcome, lines in words.items()}
        for name, words in found.items()
    }


def referring(text: str) -> str:
    """Return a text with one ``{finding}`F15``` in place of the words of each statement."""
    kept, before = [], ""
    for line in text.split("\n"):
        found = WORDED.fullmatch(line)
        if found is None or found[2] != before:
            kept.append(line if found is None else f"{found[1]}{{finding}}`{found[2]}`")
        before = found[2] if found else ""
    return "\n".join(kept)


def resolve(results: Results, key: str) -> str | None:
    """Return the key that a path of a rule or a page means; None where there is none.

    ``stem.latest`` means the newest year of ``stem`` that has a value, or, where none has, the
    newest that is asked for.
    """
    stem = key.removesuffix(LATEST)
    if stem == key:
        return key if key in results else None
    years = years_of(results, stem)
    known = [year for year, k in years.items() if results[k]["value"] is not None]
    return years[max(known or years)] if years else None


def of_one_year(results: Results, asked: Iterable[str]) -> dict[str, str] | None:
    """Return the keys that several paths with ``.latest`` mean where they are compared.

    All are of the newest year in which each has a value. None where there is no such year; a path
    that has no value in any year keeps its newest that is asked for.
    """
    paths = dict.fromkeys(path for path in asked if path.endswith(LATEST))
    years = {path: years_of(results, path.removesuffix(LATEST)) for path in paths}
    known = {
        path: {y: key for y, key in keys.items() if results[key]["value"] is not None}
        for path, keys in years.items()
    }
    kept = [keys for keys in known.values() if keys]
    shared = set(kept[0]).intersection(*kept[1:]) if kept else set()
    if kept and not shared:
        return None
    return {
        path: known[path][max(shared)] if known[path] else years[path][max(years[path])]
        for path in paths
        if years[path]
    }


def in_one_year(results: Results, text: str) -> str | None:
    """Put the year in place of ``.latest`` where a text asks several numbers for theirs.

    A number that is printed with its own year (``{{ key.latest.year }}``) is of that year where
    each other is, too. None where the numbers have no year in common.
    """
    asked = set(_LATEST_KEY.findall(text))
    if len(asked) < 2 or asked == set(_OWN_YEAR.findall(text)):
        return text
    keys = of_one_year(results, asked)
    return None if keys is None else with_keys(text, keys)


def with_keys(text: str, keys: Mapping[str, str]) -> str:
    """Put keys in place of the paths with ``.latest`` that mean them."""
    return _ANY_LATEST.sub(lambda found: keys.get(found[0], found[0]), text)


def years_of(keys: Iterable[str], stem: str) -> dict[int, str]:
    """Return the years of a key, each with its key.

    A period (``y2009_2023``) counts as its last year, where no key is of that year alone.
    """
    stem, found = f"{stem}.", []
    for key in keys:
        if key.startswith(stem) and (years := _YEARS.fullmatch(key, len(stem))):
            found.append((years[1] is None, int(years[2]), key))
    return {year: key for _, year, key in sorted(found, key=itemgetter(0))}


def judge(
    finding: Finding,
    results: Results,
    verdicts: Mapping[str, str] | None = None,
    printed: firm.Printed | None = None,
    turning: Mapping[str, Iterable[str]] | None = None,
) -> dict[str, Any]:
    """Judge a finding.

    Parameters
    ----------
    finding : Finding
    results : mapping
        ``results.json``.
    verdicts : mapping, optional
        Id of a claim to its verdict, where the ledger has been judged.
    printed : mapping, optional
        Figures as each printing had them, to say how firm the outcome is.
    turning : mapping, optional
        Id of a claim to the verdicts to which a usual revision could turn it.

    Returns
    -------
    dict
        ``id``, ``chapter``, ``outcome``, ``template`` (the wording), ``year``; ``measures``, each
        with ``key``, ``text``, ``limit`` as printed, ``outcome``, and with `printed` ``firm`` (see
        `firm.firmness`); ``claims``, id to verdict, where the rule hangs on one; with `printed`
        ``bands`` and ``could_turn`` as in `firm.of_claims`, of keys and claims.

    Raises
    ------
    RecordError
        The rule reads a key that nobody describes.
    """
    keys = of_one_year(results, finding.asked)
    shared = {} if keys is None else keys
    measures = [_measured(finding.id, c, results, shared) for c in conditions(finding.rule)]
    outcome = _outcome(finding.rule, iter(measures), verdicts or {})
    latest = next((m["key"] for m in measures if m["asked"].endswith(LATEST)), "")
    year = latest.rsplit(".", 1)[-1] if latest else ""
    template = with_keys(getattr(finding, outcome), shared)
    sure = {}
    if printed is not None:
        sure = _firmness(finding, measures, results, verdicts or {}, printed, turning or {})
    if keys is None:
        outcome, template = "unknown", finding.unknown
    if not _whole(template, results):
        template = finding.unknown if _whole(finding.unknown, results) else ""
    return {
        "id": finding.id,
        "chapter": finding.chapter,
        "outcome": outcome,
        "template": _YEAR.sub(f"{{{{ {latest}.year }}}}", template).strip(),
        "late": outcome != "unknown" and any(map(_is_late, measures, [results] * len(measures))),
        "year": year,
        "measures": measures,
        **sure,
        "claims": {name: (verdicts or {}).get(name, "") for name in claims_of(finding.rule)},
    }


def _is_late(measure: Mapping[str, Any], results: Results) -> bool:
    keys = filter(None, (measure["key"], measure["than"]))
    return any(results[key]["status"] == "printed_later" for key in keys)


def _whole(template: str, results: Results) -> bool:
    """Whether each number of a wording is known, but for lines that are left out if it is not."""
    lines = [line for line in template.split("\n") if not line.startswith("?")]
    for path in _PRINTED.findall("\n".join(lines)):
        parts = path.split(".")
        stems = (".".join(parts[:end]) for end in range(len(parts), 1, -1))
        key = next(filter(None, (resolve(results, stem) for stem in stems)), None)
        if key is not None and results[key]["value"] is None:
            return False
    return True


def claims_of(rule: Condition | Rule) -> Iterator[str]:
    """Yield the claims whose verdicts a rule reads, at any depth."""
    if isinstance(rule, Rule):
        yield from filter(None, [rule.claim])
        for part in (*rule.all, *rule.any):
            yield from claims_of(part)


def judge_all(
    findings: Iterable[Finding],
    results: Results,
    verdicts: Mapping[str, str] | None = None,
    printed: firm.Printed | None = None,
    turning: Mapping[str, Iterable[str]] | None = None,
) -> list[dict[str, Any]]:
    """Judge findings in their order; see `judge`."""
    return [judge(finding, results, verdicts, printed, turning) for finding in findings]


def turned(
    old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Return the findings whose outcome differs, each as it was and as it is."""
    before = {item["id"]: item for item in old}
    return [
        (before[item["id"]], item)
        for item in new
        if item["id"] in before and before[item["id"]]["outcome"] != item["outcome"]
    ]


def compared(condition: Condition, results: Results) -> dict[str, Any] | None:
    """Compare as a rule would: key, text and outcome; None where nobody records the key."""
    if resolve(results, condition.key) is None:
        return None
    return _measured(condition.label, condition, results)


def _measured(
    name: str, condition: Condition, results: Results, shared: Mapping[str, str] | None = None
) -> dict[str, Any]:
    key, than = (
        None if asked is None else (shared or {}).get(asked) or resolve(results, asked)
        for asked in (condition.key, condition.than)
    )
    for asked, found in ((condition.key, key), (condition.than, than)):
        if asked is not None and found is None:
            raise RecordError(f"{name}: no notebook records the key '{asked}'")
    entry = results[str(key)]
    limit = condition.value if than is None else results[than]["value"]
    try:
        # The newest year may be the one that it is compared with.
        itself = key == than and condition.of == "value"
        outcome = "unknown" if itself else _compared(condition, entry, limit)
    except TypeError as error:
        raise RecordError(
            f"{name}: '{key}' is {entry['value']!r}, which '{condition.compare}' "
            f"cannot compare with {limit!r}"
        ) from error
    return {
        "asked": condition.key,
        "key": key,
        "of": condition.of,
        "text": entry["text"],
        "compare": condition.compare,
        "limit": [condition.low, condition.high] if condition.compare == "between" else limit,
        "than": than,
        "tolerance": condition.tolerance,
        "outcome": outcome,
    }


def _firmness(
    finding: Finding,
    measures: Sequence[dict[str, Any]],
    results: Results,
    verdicts: Mapping[str, str],
    printed: firm.Printed,
    turning: Mapping[str, Iterable[str]],
) -> dict[str, Any]:
    """Say how firm the outcome of a finding is, and of each of its measures in place."""
    now = _outcome(finding.rule, iter(measures), verdicts)
    told = list(conditions(finding.rule))

    def with_votes(votes: Mapping[int, claims.Vote]) -> Outcome:
        given = [
            {**m, "outcome": _OF_VERDICT.get(votes[i], "unknown") if i in votes else m["outcome"]}
            for i, m in enumerate(measures)
        ]
        return _outcome(finding.rule, iter(given), verdicts)

    could: list[dict[str, Any]] = []
    compared: dict[int, tuple[Any, Any]] = {}
    for i, (condition, measure) in enumerate(zip(told, measures, strict=True)):
        value = _part(condition, results[measure["key"]])
        limit = None if condition.compare == "between" else measure["limit"]
        if condition.compare == "outside" or isinstance(value, list) or isinstance(limit, list):
            measure["firm"] = None
            continue
        compared[i] = (value, limit)
        # Of the printings of an end of an interval nothing is known.
        known = printed if condition.of == "value" else {}
        measure["firm"], turned = firm.firmness(
            condition, measure["key"], measure["than"], value, limit, results, known
        )
        could += firm.turning(measure["key"], {with_votes({i: vote}) for vote in turned} - {now})
    for name in claims_of(finding.rule):
        other = {
            _outcome(finding.rule, iter(measures), {**verdicts, name: verdict})
            for verdict in turning.get(name, ())
        }
        could += firm.turning(name, other - {now})
    bands = {}
    if any(told[i].tolerance for i in compared):
        for name, factor in firm.BANDS.items():
            votes = {
                i: claims.vote(firm.scaled(told[i], factor), *pair) for i, pair in compared.items()
            }
            bands[name] = with_votes(votes)
    return {"bands": bands, "could_turn": could}


def _part(condition: Condition, entry: Mapping[str, Any]) -> Any:
    if condition.of == "status":
        return None if entry["value"] is None else entry["status"]
    if condition.of == "value":
        return entry["value"]
    interval = entry.get("interval")
    return None if interval is None else interval[condition.of == "high"]


def _compared(condition: Condition, entry: Mapping[str, Any], limit: Any) -> Outcome:
    if condition.compare == "outside":
        interval = entry.get("interval")
        if interval is None or limit is None:
            return "unknown"
        return "fails" if interval[0] <= limit <= interval[1] else "holds"
    part = _part(condition, entry)
    if isinstance(part, list) or isinstance(limit, list):
        return "unknown"  # one source gives two values
    vote = claims.vote(condition, part, limit)
    return _OF_VERDICT.get(vote, "unknown")


def _outcome(
    rule: Condition | Rule, measures: Iterator[Mapping[str, Any]], verdicts: Mapping[str, str]
) -> Outcome:
    if isinstance(rule, Condition):
        outcome: Outcome = next(measures)["outcome"]
        return outcome
    if rule.claim:
        return _OF_VERDICT.get(verdicts.get(rule.claim, ""), "unknown")
    parts = [_outcome(part, measures, verdicts) for part in (*rule.all, *rule.any)]
    return _first(parts, ("fails", "unknown", "near") if rule.all else ("holds", "near", "fails"))


def _first(parts: Sequence[Outcome], order: Sequence[Outcome]) -> Outcome:
    rest: Outcome = "holds" if "holds" not in order else "unknown"
    return next((outcome for outcome in order if outcome in parts), rest)
