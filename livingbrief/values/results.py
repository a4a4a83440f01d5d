"""What ``results.json`` holds, described in one place: ``book/results.yml``.

Each entry gives the pattern of its keys, their unit, digits and meaning. A notebook records under
described keys only; a key that an edition asks for and does not find is null and says why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, model_validator

from livingbrief.records import Record, RecordError, checked, read_yaml
from livingbrief.wording import spells

#: Of the shape of ``results.json``: raised with whatever a reader's program would trip over.
VERSION = 2
Status = Literal[
    "final", "provisional", "estimate", "printed_later", "outside_edition", "not_published",
    "no_data",
]  # fmt: skip
WITH_VALUE = ("final", "provisional", "estimate", "printed_later")
#: Decimal places of a small number, at most.
MOST = 6
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
#: What an option or a placeholder stands for, other than for itself or a parameter.
YEAR, SPELL, ANY = "{year}", "{spell}", "{any}"
_OPTIONS = re.compile(r"\{([^{}]+)\}")
_PARAMETER = re.compile(r"<(\w+)>")
_SEGMENT = r"(?:\{any\}|<\w+>|[a-z])(?:<\w+>|[a-z0-9_])*"
_FAMILY = re.compile(
    rf"{_SEGMENT}(?:\.{_SEGMENT})*\.(?:{_SEGMENT}|\{{year\}}|\{{spell\}}|(?:19|20)\d\d)"
)
_SHAPES = {YEAR: r"(?:19|20)\d\d", SPELL: r"y\d{4}_\d{4}", ANY: "([a-z0-9_]+)"}
_YEARS_OF_KEY = re.compile(r"(?<!\d)(?:19|20)\d\d(?:_(?:19|20)\d\d)?(?!\d)")
_ENTRY = re.compile(r"(?P<keys>[^\[\]]+) \[(?P<about>[^\]]*)\] (?P<is>.+)")
_PLACES, _WAITS, _WAS = re.compile(r"(\d) digits?"), "waits for ", "was "
_YEARS = re.compile(r"((?:19|20)\d\d)(?:-((?:19|20)\d\d)(\+?))?")


@cache
def shape(pattern: str) -> re.Pattern[str]:
    """Return what the keys of a pattern look like; its groups are what they choose."""
    texts = [_PARAMETER.sub("[a-z0-9_]+", re.escape(t)) for t in _OPTIONS.split(pattern)]
    for at in range(1, len(texts), 2):
        options = "|".join(texts[at].split(r"\|"))
        texts[at] = _SHAPES.get(f"{{{texts[at]}}}") or f"({options})"
    return re.compile("".join(texts))


def served(pattern: str, keys: Iterable[str]) -> str:
    """Return a pattern with those alone of its options that some of the keys choose.

    Empty where no key is of the pattern.
    """
    found = [choice.groups() for key in keys if (choice := shape(pattern).fullmatch(key))]
    columns = zip(*found, strict=True)

    def cut(option: re.Match[str]) -> str:
        if option[0] in (YEAR, SPELL):
            return option[0]
        chosen = {*next(columns)}
        kept = [o for o in option[1].split("|") if o in chosen or _PARAMETER.search(o)]
        if option[0] == ANY:
            return ANY
        return f"{{{'|'.join(kept)}}}" if kept[1:] else kept[0]

    return _OPTIONS.sub(cut, pattern) if found else ""


def usual_places(unit: str, numbers: Iterable[float]) -> int:
    """Return the decimal places of numbers in a unit, more where all would print as nought."""
    places = DIGITS.get(unit, 1)
    largest = max((abs(n) for n in numbers if math.isfinite(n)), default=0.0)
    if 0 < largest < 10.0**-places:
        return min(MOST, math.floor(-math.log10(largest)) + 1)
    return places


class Description(Record):
    """One entry: keys that share unit, digits and meaning.

    In the file it is a line, ``key, other.key.{year} [unit; 2 digits; 2006-2025] what they are``.

    Attributes
    ----------
    key : str or tuple of str
        Dotted patterns. ``{a|b}`` stands for either, ``<name>`` for a parameter of the edition,
        ``{year}`` for each of `years`, ``{spell}`` for those of them in a row (``y2014_2015``),
        ``{any}`` for one segment that the data name.
    unit : str
        As a reader would write it.
    digits : int, optional
        Decimal places, where they are not the usual ones of the unit.
    years : str
        For which the keys are asked: ``2009, 2014-2015, shocks``; a word is a parameter, and
        ``2006-2025+`` goes on to the last year of an edition that ends later.
    meaning : str
        What the keys are; ``is`` in the file.
    when : str
        What they wait for, if no edition of the report records them.
    small : bool
        Whether a number that would be printed as nought is printed with its first digit.
    was : str
        The pattern under which the version before had them.
    """

    key: str | tuple[str, ...]
    unit: str
    digits: int | None = None
    years: str = ""
    meaning: str = Field(alias="is", min_length=3)
    when: str = ""
    small: bool = False
    was: str = ""

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, entry: Any) -> Any:
        if not isinstance(entry, str):
            return entry
        found = _ENTRY.fullmatch(" ".join(entry.split()))
        if not found:
            raise ValueError(f"'{entry}' is not written as 'key [unit; years] what it is'")
        unit, *rest = map(str.strip, found["about"].split(";"))
        fields: dict[str, Any] = {"unit": unit, "is": found["is"]}
        for part in rest:
            if part == "small":
                fields["small"] = True
            elif places := _PLACES.fullmatch(part):
                fields["digits"] = int(places[1])
            elif part.startswith(_WAITS):
                fields["when"] = part.removeprefix(_WAITS)
            elif part.startswith(_WAS):
                fields["was"] = part.removeprefix(_WAS)
            else:
                fields["years"] = part
        # A line may break after a comma or a bar.
        keys = re.split(r", ", found["keys"].replace("| ", "|"))
        return {"key": keys[0] if len(keys) == 1 else tuple(keys), **fields}

    @property
    def places(self) -> int:
        """Decimal places of the printed text."""
        return DIGITS.get(self.unit, 1) if self.digits is None else self.digits

    def places_of(self, value: Any) -> int:
        """Decimal places of the printed text of a number."""
        if self.small and isinstance(value, float) and value and not round(value, self.places):
            return min(MOST, -math.floor(math.log10(abs(value))))
        return self.places

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns as they stand in the file."""
        return (self.key,) if isinstance(self.key, str) else self.key

    def said(self, key: str) -> tuple[str, str]:
        """Return what one of its keys is: the meaning, and what the key chooses with its years.

        Both are empty for a key that is none of its own.
        """
        for pattern in self.patterns:
            if found := shape(pattern).fullmatch(key):
                chosen = [part for part in found.groups() if part]
                if len(self.patterns) > 1 and not chosen:
                    chosen = [key.split(".")[1]]
                years = [y.replace("_", " to ") for y in _YEARS_OF_KEY.findall(key)]
                named = (part.removesuffix("_pct").replace("_", " ") for part in chosen)
                meaning = self.meaning.partition(";")[0].rstrip(".").removesuffix(", per cent")
                return meaning, ", ".join([*named, *years])
        return "", ""

    def families(self, parameters: Mapping[str, Any]) -> Iterator[str]:
        """Yield the patterns with all but ``{year}``, ``{spell}`` and ``{any}`` filled in."""
        for pattern in self.patterns:
            yield from _each(_PARAMETER.sub(partial(_value, parameters), pattern))

    def keys(self, family: str, parameters: Mapping[str, Any]) -> list[str]:
        """Return the keys of a family that an edition asks for, found or not."""
        if ANY in family:
            return []
        fixed, chosen = self._years(parameters)
        if SPELL in family:
            ends = [(run[0], run[-1]) for years in (fixed, chosen) for run in spells(years)]
            names = dict.fromkeys(f"y{a}_{b}" for a, b in ends if a < b)
            return [family.replace(SPELL, name) for name in names]
        if YEAR in family:
            return [family.replace(YEAR, str(year)) for year in sorted({*fixed, *chosen})]
        return [family]

    def _years(self, parameters: Mapping[str, Any]) -> tuple[list[int], list[int]]:
        fixed: list[int] = []
        chosen: list[int] = []
        for part in filter(None, map(str.strip, self.years.split(","))):
            if span := _YEARS.fullmatch(part):
                last = int(span[2] or span[1])
                last = max(last, int(parameters.get("last_year", 0))) if span[3] else last
                fixed += range(int(span[1]), last + 1)
            else:
                chosen += parameters[part]
        return sorted(fixed), sorted(chosen)


def load(path: Path, only: str = "") -> dict[str, tuple[Description, ...]]:
    """Read ``book/results.yml``: notebook to its descriptions; all, or those of one notebook.

    Raises
    ------
    RecordError
        An entry is wrong, or two describe the same keys: the message names both.
    """
    found: dict[str, tuple[Description, ...]] = {}
    for notebook, entries in read_yaml(path).items():
        if only and notebook != only:
            continue
        place = f"{path.name}: {notebook}"
        found[notebook] = tuple(
            checked(Description, entry, f"{place}, entry {number}")
            for number, entry in enumerate(entries, start=1)
        )
        seen: set[str] = set()
        for family in (f for d in found[notebook] for f in d.families({})):
            if not _FAMILY.fullmatch(family):
                raise RecordError(
                    f"{place}: '{family}' is not a dotted lower-case path such as "
                    "'poverty.rate_pct.{year}' or 'slope.oil.y2009_2023'"
                )
            if family in seen:
                raise RecordError(f"{place}: '{family}' is described twice")
            seen.add(family)
    return found


class Described:
    """The descriptions of one notebook, for one edition.

    Parameters
    ----------
    descriptions : iterable of Description
    parameters : mapping
        Parameters of the edition by name.
    """

    def __init__(self, descriptions: Iterable[Description], parameters: Mapping[str, Any]) -> None:
        #: Key to the family that it belongs to: all that the edition asks for.
        self.family: dict[str, str] = {}
        self._of: dict[str, Description] = {}
        self._open: list[tuple[re.Pattern[str], str]] = []
        for description in descriptions:
            for family in description.families(parameters):
                self._of[family] = description
                self.family |= dict.fromkeys(description.keys(family, parameters), family)
                if ANY in family:
                    self._open.append((expression(family), family))

    def find(self, key: str) -> Description | None:
        """Return the description of a key, and remember the family of one that the data name."""
        if key not in self.family:
            family = next((f for known, f in self._open if known.fullmatch(key)), None)
            if family is None:
                return None
            self.family[key] = family
        return self._of[self.family[key]]


def expression(family: str) -> re.Pattern[str]:
    """Return what the keys of a family look like."""
    shapes = {YEAR: r"(?:19|20)\d\d", SPELL: r"y\d{4}_\d{4}", ANY: "[a-z0-9_]+"}
    text = re.escape(family)
    for placeholder, shape in shapes.items():
        text = text.replace(re.escape(placeholder), shape)
    return re.compile(_PARAMETER.sub("[a-z0-9_]+", text))


def _value(parameters: Mapping[str, Any], found: re.Match[str]) -> str:
    return str(parameters.get(found[1], found[0])).lower()


def _each(pattern: str) -> Iterator[str]:
    parts = _OPTIONS.split(pattern)
    choices = [
        [f"{{{part}}}"] if f"{{{part}}}" in (YEAR, SPELL, ANY) else part.split("|")
        for part in parts[1::2]
    ]
    for chosen in product(*choices):
        yield parts[0] + "".join(
            f"{option}{text}" for option, text in zip(chosen, parts[2::2], strict=True)
        )


def schema(descriptions: Mapping[str, Iterable[Description]], parameters: Mapping[str, Any]) -> Any:
    """Return a JSON Schema of ``results.json``: every key, its unit and the notebook it is from."""
    entry = {
        "type": "object",
        "additionalProperties": False,
        "required": list(_FIELDS),
        "properties": _FIELDS,
        # A number without a source is none; one that is lacking has none to cite.
        "if": {"properties": {"status": {"enum": [*WITH_VALUE]}}},
        "then": {
            "properties": {"value": {"not": {"type": "null"}}, "sources": {"minItems": 1}},
        },
        "else": {"properties": {"value": {"type": "null"}}},
    }
    keys: dict[str, Any] = {}
    aliases: dict[str, str] = {}
    for notebook, entries in descriptions.items():
        for item in entries:
            aliases |= {item.was: item.patterns[0]} if item.was else {}
            families = [expression(f).pattern for f in item.families(parameters)]
            shape = rf"^(?:{'|'.join(families)})$"
            keys[shape] = {
                "$ref": "#/$defs/number",
                "title": item.meaning,
                "properties": {
                    "notebook": {"const": notebook},
                    # A key without a value has no unit either.
                    "unit": {"enum": list(dict.fromkeys([item.unit, ""]))},
                },
            }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Results",
        "version": VERSION,
        "type": "object",
        "additionalProperties": False,
        # Where a number is now that the version before had under another key.
        "aliases": aliases,
        "patternProperties": keys,
        "$defs": {"number": entry},
    }


_NUMBER_OR_NULL = {"type": ["number", "null"]}
_FIELDS: dict[str, Any] = {
    "value": {"type": ["number", "string", "boolean", "array", "null"]},
    "unit": {"type": "string"},
    "text": {"type": "string"},
    "n": {"type": ["integer", "null"]},
    "interval": {"type": ["array", "null"], "items": {"type": "number"}},
    "level": _NUMBER_OR_NULL,
    "status": {"enum": [*get_args(Status)]},
    "sources": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["source", "vintage"],
            "properties": {"source": {"type": "string"}, "vintage": {"type": "string"}},
        },
    },
    "notebook": {"type": "string"},
    "cell": {
        "type": "string",
        "description": "Id of the notebook's code cell that recorded the key; empty where none did",
    },
}


def unrecorded(
    descriptions: Mapping[str, Iterable[Description]], recorded: Iterable[str]
) -> list[str]:
    """Return the patterns that describe no recorded key and do not say what they wait for.

    Parameters
    ----------
    descriptions : mapping
        From `load`.
    recorded : iterable of str
        Keys with a value, of all editions.
    """
    text = "\n".join(recorded)
    found = []
    for notebook, entries in descriptions.items():
        for family in (f for d in entries if not d.when for f in d.families({})):
            if not re.search(rf"^{expression(family).pattern}$", text, re.MULTILINE):
                found.append(f"{notebook}: '{family}'")
    return found
