"""What ``results.json`` holds, described in one place: ``book/results.yml``.

Each entry gives the pattern of its keys, their unit, digits and meaning. A notebook records under
described keys only; a key that an edition asks for and does not find is null and says why.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import ConfigDict, Field, model_validator

from livingbrief.edition import Parameter
from livingbrief.records import Record, RecordError, checked, read_yaml, refuse

#: Of the shape of ``results.json``: raised with whatever a reader's program would trip over.
VERSION = 2
Status = Literal[
    "final", "quoted", "provisional", "estimate", "printed_later", "outside_edition",
    "not_published", "no_data",
]  # fmt: skip
Scalar = bool | int | float | str | list[Any] | None
WITH_VALUE = ("final", "quoted", "provisional", "estimate", "printed_later")
#: Decimal places of a small number, at most.
MOST = 8
DIGITS = {
    "US$ million": 0,
    "persons": 0,
    "thousand persons": 0,
    "cases": 0,
    "years": 0,
    "economies": 0,
    "year": 0,
    "rank": 0,
    "US$ billion": 2,
    "ratio": 2,
    "index": 3,
}
#: What stands for each year, and for one segment that the data name.
YEAR, ANY = "{year}", "{any}"
_OPTIONS = re.compile(r"\{([^{}|]+(?:\|[^{}|]+)+)\}")
_SEGMENT = r"(?:\{any\}|[a-z])[a-z0-9_]*"
_FAMILY = re.compile(rf"{_SEGMENT}(?:\.{_SEGMENT})*\.(?:{_SEGMENT}|\{{year\}}|(?:19|20)\d\d)")
_SHAPES = {YEAR: r"(?:19|20)\d\d", ANY: "([a-z0-9_]+)"}
_ENTRY = re.compile(r"(?P<keys>[^\[\]]+) \[(?P<about>[^\]]*)\] (?P<is>.+)")
_DIGITS = re.compile(r"(\d) digits?")
#: The years that a key names.
ANY_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_YEARS = re.compile(r"((?:19|20)\d\d)(?:-((?:19|20)\d\d)(\+?))?")


@cache
def shape(family: str) -> re.Pattern[str]:
    """Return what the keys of a family look like."""
    written = re.escape(family)
    for placeholder, looks in _SHAPES.items():
        written = written.replace(re.escape(placeholder), looks)
    return re.compile(written)


def usual_places(unit: str, numbers: Iterable[float]) -> int:
    """Return the decimal places of numbers in a unit, more where all would print as nought."""
    places = DIGITS.get(unit, 1)
    largest = max((abs(n) for n in numbers if math.isfinite(n)), default=0.0)
    if 0 < largest < 10.0**-places:
        return min(MOST, math.floor(-math.log10(largest)) + 1)
    return places


class Cited(Record):
    """A source of a number, and its vintage."""

    source: str
    vintage: str


class Number(Record):
    """One entry of ``results.json``.

    Attributes
    ----------
    value : number, str, list or None
        Not rounded; None only with a status that says why.
    unit : str
        As a reader would write it.
    text : str
        As printed in the report, unit included.
    n : int or None
        Number of observations behind an estimate.
    interval : tuple of float or None
        Low and high, in `unit`.
    level : float or None
        Confidence level of `interval`, e.g. 0.95; None where the interval is a range of scenarios.
    status : str
        ``final``, ``quoted`` (by the press), ``provisional``, ``estimate`` (also what is
        modelled) or ``printed_later``; with a null value
        ``outside_edition``, ``not_published`` or ``no_data``.
    sources : tuple of Cited
        A number without a source is none; one that is lacking has none to cite.
    notebook : str
        The notebook that recorded it.
    cell : str
        Id of the code cell that did; empty for a key that none recorded.
    """

    model_config = ConfigDict(
        json_schema_serialization_defaults_required=True,
        json_schema_extra={
            "if": {"properties": {"status": {"enum": [*WITH_VALUE]}}},
            "then": {
                "properties": {"value": {"not": {"type": "null"}}, "sources": {"minItems": 1}},
            },
            "else": {"properties": {"value": {"type": "null"}}},
        },
    )
    value: Scalar = None
    unit: str = ""
    text: str
    n: int | None = None
    interval: list[float] | None = None
    level: float | None = None
    status: Status
    sources: tuple[Cited, ...] = ()
    notebook: str
    cell: str = ""

    @model_validator(mode="after")
    def _has_a_value_or_says_why(self) -> Number:
        has = self.status in WITH_VALUE
        refuse(
            {
                f"status '{self.status}' does not fit {self.value!r}": has == (self.value is None),
                "it names no source": has and not self.sources,
            }
        )
        return self


Results = Mapping[str, Number]


class Description(Record):
    """One entry: keys that share unit, digits and meaning.

    In the file it is a line, ``key, other.key.{year} [unit; 2 digits; 2006-2025] what they are``.

    Attributes
    ----------
    patterns : tuple of str
        Dotted paths. ``{a|b}`` stands for either, ``{year}`` for each of `years`, ``{any}`` for
        one segment that the data name.
    unit : str
        As a reader would write it.
    digits : int, optional
        Decimal places, where they are not the usual ones of the unit.
    years : str
        For which the keys are asked: ``2009, 2014-2015, shocks``; a word is a parameter, and
        ``2006-2025+`` goes on to the last year of an edition that ends later.
    meaning : str
        What the keys are; ``is`` in the file.
    small : bool
        Whether a number that would be printed as nought is printed with its first digit.
    """

    patterns: tuple[str, ...]
    unit: str
    digits: int | None = None
    years: str = ""
    meaning: str = Field(alias="is", min_length=3)
    small: bool = False

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, entry: Any) -> Any:
        if not isinstance(entry, str):
            return entry
        found = _ENTRY.fullmatch(" ".join(entry.split()))
        if not found:
            raise ValueError(f"'{entry}' is not written as 'key [unit; years] what it is'")
        unit, *rest = map(str.strip, found["about"].split(";"))
        fields: dict[str, object] = {"unit": unit, "is": found["is"]}
        for part in rest:
            if part == "small":
                fields["small"] = True
            elif digits := _DIGITS.fullmatch(part):
                fields["digits"] = digits[1]
            else:
                fields["years"] = part
        # A line may break after a comma or a bar.
        return {"patterns": tuple(found["keys"].replace("| ", "|").split(", ")), **fields}

    @property
    def places(self) -> int:
        """Decimal places of the printed text."""
        return DIGITS.get(self.unit, 1) if self.digits is None else self.digits

    def places_of(self, value: Any) -> int:
        """Decimal places of the printed text of a number."""
        if self.small and isinstance(value, float) and value and not round(value, self.places):
            return min(MOST, -math.floor(math.log10(abs(value))))
        return self.places

    def families(self) -> Iterator[str]:
        """Yield the patterns with all but ``{year}`` and ``{any}`` filled in."""
        for pattern in self.patterns:
            parts = (part.split("|") for part in _OPTIONS.split(pattern))
            yield from map("".join, product(*parts))

    def keys(self, family: str, parameters: Mapping[str, Parameter]) -> list[str]:
        """Return the keys of a family that an edition asks for, found or not."""
        if ANY in family:
            return []
        if YEAR in family:
            return [family.replace(YEAR, str(year)) for year in self._years(parameters)]
        return [family]

    def _years(self, parameters: Mapping[str, Parameter]) -> list[int]:
        found: set[int] = set()
        for part in filter(None, map(str.strip, self.years.split(","))):
            if span := _YEARS.fullmatch(part):
                last = int(span[2] or span[1])
                last = max(last, int(str(parameters.get("last_year", 0)))) if span[3] else last
                found |= {*range(int(span[1]), last + 1)}
            else:
                found |= {*cast("list[int]", parameters[part])}
        return sorted(found)


def load(path: Path) -> dict[str, tuple[Description, ...]]:
    """Read ``book/results.yml``: notebook to its descriptions.

    Raises
    ------
    RecordError
        An entry is wrong, or two describe the same keys: the message names both.
    """
    found: dict[str, tuple[Description, ...]] = {}
    for notebook, entries in read_yaml(path).items():
        place = f"{path.name}: {notebook}"
        if not isinstance(entries, list):
            raise RecordError(f"{place} must hold a list of descriptions")
        numbered = enumerate(entries, start=1)
        found[notebook] = tuple(checked(Description, e, f"{place}, entry {n}") for n, e in numbered)
        families = Counter(f for description in found[notebook] for f in description.families())
        for family, times in families.items():
            if not _FAMILY.fullmatch(family):
                raise RecordError(
                    f"{place}: '{family}' is not a dotted lower-case path such as "
                    "'poverty.rate_pct.{year}' or 'slope.oil.y2009_2023'"
                )
            if times > 1:
                raise RecordError(f"{place}: '{family}' is described twice")
    return found


def schema(descriptions: Mapping[str, Iterable[Description]]) -> dict[str, Any]:
    """Return a JSON Schema of ``results.json``: every key, its unit and the notebook it is from."""
    keys: dict[str, object] = {}
    for notebook, entries in descriptions.items():
        for item in entries:
            families = "|".join(shape(f).pattern for f in item.families())
            # A key without a value has no unit either.
            units = [*dict.fromkeys([item.unit, ""])]
            keys[f"^(?:{families})$"] = {
                "$ref": "#/$defs/Number",
                "title": item.meaning,
                "properties": {"notebook": {"const": notebook}, "unit": {"enum": units}},
            }
    number = Number.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Results",
        "version": VERSION,
        "type": "object",
        "additionalProperties": False,
        "patternProperties": keys,
        "$defs": {**number.pop("$defs"), "Number": number},
    }
