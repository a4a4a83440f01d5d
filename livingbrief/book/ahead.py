"""What an edition that looks back must not stand on, cite or say: what came after its day.

A work of ``references.bib`` is dated by `known`, `date`, `urldate` or `year`, a fact by its first
source, a sentence by the works that it cites, the facts that it prints and the times that it names.
Of an edition that ends early, but does not look back, the times that are named alone count, those
of facts too; as it retells the brief, it names what happened up to the brief's month.
"""

import re
from calendar import month_name
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from livingbrief.claims.claims import Claim, Part
from livingbrief.data.known import NEVER, end_of
from livingbrief.records import load_facts
from livingbrief.values.results import Results
from livingbrief.values.values import DATE

_CITED = re.compile(r"( ?)(\{cite:(\w+)\}`)([^`]*)`")
_FACT = re.compile(r"\bfacts\.(\w+)")
_MONTHS = [*month_name]
_TIME = re.compile(rf"(?:({'|'.join(_MONTHS[1:])})\s)?(?<![\w./-])((?:19|20)\d\d)(?![\w/])")
_NOT_TYPED = re.compile(
    r"\{\{.*?\}\}|\{[\w:-]+\}`[^`]*`|`[^`]*`|\]\([^)]*\)|<[^>]*>|\ue000.*?\ue002"
)

_LATER_PART = Part(
    statement="This part rests on a source that came out after the day of this edition.",
    traced="unconfirmed",
    confidence="low",
)


@dataclass(frozen=True)
class Known:
    """What of works, facts and sentences was out by a day.

    `works`: citation key to day; `data`: data sets, whose figures have dates of their own;
    `figures`: those of which every figure is a row of a table; `facts`: name to day; `brief`: the
    works that are retold, and `month` of them, which an edition of any day may name.
    """

    day: str
    works: Mapping[str, str]
    data: frozenset[str]
    figures: frozenset[str]
    facts: Mapping[str, str]
    brief: frozenset[str]
    month: str

    def out(self, keys: Iterable[str]) -> list[str]:
        """Return the works that were out by the day."""
        return [key for key in keys if self.works.get(key, NEVER) <= self.day]

    def later(self, sentence: str) -> str:
        """Return what a sentence cites, prints or names that is later than the day, if anything."""
        for _, _, kind, keys in _CITED.findall(sentence):
            for key in keys.split(","):
                in_brackets = key in self.data and not kind.startswith("t")
                if not in_brackets and not self.out([key]):
                    return str(key)
        for name in _FACT.findall(sentence):
            if self.facts.get(name, "") > self.day:
                return f"facts.{name}"
        if not self.brief.isdisjoint(_works(sentence)):
            return ""
        for begins, time in _times(sentence):
            if begins > self.day and not (" " in time and begins[:7] == self.month):
                return time
        return ""

    def cites(self, sentence: str) -> str:
        """Return a sentence with the works alone that were out."""

        def kept(found: re.Match[str]) -> str:
            keys = self.out(found[4].split(","))
            return f"{found[1]}{found[2]}{','.join(keys)}`" if keys else ""

        return _CITED.sub(kept, sentence)

    def ledger(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """Return claims with the sources, and the parts traced to sources, that were out.

        Where a part of a statement was not, one such part cannot be confirmed, unless another
        decides the whole.
        """

        def kept(of: Any, **more: Any) -> Any:
            return of.model_copy(update={"sources": tuple(self.out(of.sources)), **more})

        def parts(of: Claim) -> Iterator[Any]:
            out = [kept(p) for p in of.parts if not p.sources or self.out(p.sources)]
            yield from out
            decided = len(out) == len(of.parts) or any(p.whole for p in out)
            if of.kind == "source" and not decided:
                yield _LATER_PART

        return tuple(kept(claim, parts=tuple(parts(claim))) for claim in claims)

    def of_ledger(self, claims: Iterable[Claim]) -> list[str]:
        """Return what stands undated in claims.

        A source of later that no sentence of the claim cites may be where any of them comes from.
        """
        wrong = []
        for claim in claims:
            said = [claim.note, claim.adds, claim.would_need or ""]
            said += [part.statement for part in claim.parts]
            traced = [key for part in claim.parts for key in part.sources]
            dated = {*self.out(claim.sources), *traced, *_works("\n".join(said))}
            wrong += [
                f"claims.yml: {claim.id} has the source '{key}', printed after {self.day}, and no "
                "sentence cites it: cite it in each sentence that comes from it"
                for key in sorted({*claim.sources} - dated - self.data - self.figures)
            ]
        return wrong


def _times(text: str) -> Iterator[tuple[str, str]]:
    """Yield the first day of each month or year that a text names, and its words."""
    for month, year in _TIME.findall(_NOT_TYPED.sub(" ", text)):
        yield f"{year}-{_MONTHS.index(month) if month else 1:02}-01", f"{month} {year}".strip()


def _works(text: str) -> list[str]:
    return [key for found in _CITED.findall(text) for key in found[3].split(",")]


@lru_cache(maxsize=8)
def known(root: Path, day: str, ends: int = 0) -> Known | None:
    """Return what was out by the day to which an edition looks back, or that it may name.

    `ends`: the last year of one that ends early without such a day. None for one of neither kind.
    """
    if not (day or ends):
        return None
    # Slow to load, and an edition of today needs none of it.
    from livingbrief.book import bibliography

    entries = bibliography.load(root / "book" / "references.bib")
    fields = {key: entry.fields for key, entry in entries.items()}
    brief = frozenset(key for key, of in fields.items() if of.get("kind") == "brief")
    # How figures are computed is the report's own, whenever that was first described.
    always = {key for key, of in fields.items() if of.get("kind") == "method"} | brief
    dated = ("known", "date", "year", "urldate")
    out = {k: [end_of(of.get(name, "")) for name in dated] for k, of in fields.items()}
    works = {k: "" if k in always else next(filter(None, of), NEVER) for k, of in out.items()}
    month = max((fields[key].get("date", "")[:7] for key in brief), default="")
    facts = load_facts(root / "book" / "facts.yml").items()
    dates = {name: min(works.get(key, NEVER) for key in fact.sources) for name, fact in facts}
    if not day:
        day, works = max(f"{ends}-12-31", end_of(month)), dict.fromkeys(works, "")
        # A period, such as that of a plan, by its beginning.
        dates = {name: min(_times(str(fact)), default=("",))[0] for name, fact in facts}
    return Known(
        day,
        works,
        frozenset(key for key, entry in entries.items() if entry.type == "dataset"),
        frozenset(key for key, of in fields.items() if "figures" in of),
        dates,
        brief,
        month,
    )


def later_numbers(results: Results, known_at: str) -> Iterator[str]:
    """Yield a line for each number that cites a later vintage and does not say so."""
    for key, number in results.items():
        day = max(DATE.findall(" ".join(s.vintage for s in number.sources)), default="")
        late = number.value is not None and day > known_at
        if late and number.status != "printed_later":
            yield (
                f"'{key}' is {number.text} ({number.status}), printed on {day}, after "
                f"{known_at}: only what is marked as printed later may be"
            )
