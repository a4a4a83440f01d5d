"""Numbers that leave a notebook: described, formatted once, recorded with their provenance."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from livingbrief.edition import Parameter
from livingbrief.errors import BuildError, suggest
from livingbrief.records import checked
from livingbrief.values.results import ANY, ANY_YEAR, Description, Number, Scalar, shape
from livingbrief.values.values import late
from livingbrief.wording import enumerated
from livingbrief.wording import format_value as format_value

WITHOUT_VALUE: dict[str, str] = {
    "outside_edition": "not in this edition",
    "not_published": "not yet published",
    "no_data": "not available",
}
WITHDRAWN = "withdrawn by the publisher"
NBSP = "\u00a0"
_YEAR = re.compile(r"\.((?:19|20)\d\d)$")


def with_unit(body: str, unit: str) -> str:
    """Attach `unit` to a formatted number the way the report prints it."""
    if unit in ("", "year", "rank", "index", "ratio"):
        return body
    if unit.startswith("US$ "):
        return f"US${NBSP}{body}{NBSP}{unit.removeprefix('US$ ')}"
    if unit == "thousand persons":
        return f"{body},000{NBSP}people"
    one = "person" if body == "1" else "persons"
    if unit == "percent":
        return f"{body}%"
    short = {"percentage points": "points", "persons": one}
    return f"{body}{NBSP}{short.get(unit, unit)}"


def format_text(value: Scalar, unit: str, digits: int) -> str:
    """Return the text that the report prints for `value` in `unit`.

    Years are never given thousands separators; lists are joined with "and".
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return enumerated(format_text(v, unit, digits) for v in value)
    if unit == "year":
        return str(int(value))
    return with_unit(format_value(value, digits), unit)


class Recorder:
    """Collects the numbers of one notebook.

    Parameters
    ----------
    notebook : str
        Name of the notebook.
    descriptions : iterable of Description
        What the notebook may record.
    parameters : mapping
        Parameters of the edition by name.
    years : range
        Of the edition.
    cell : callable
        Gives the code cell that is at work.
    """

    def __init__(
        self,
        notebook: str,
        descriptions: Iterable[Description],
        parameters: Mapping[str, Parameter],
        years: range,
        cell: Callable[[], str] = str,
    ) -> None:
        self.notebook, self.years, self.cell = notebook, years, cell
        self._of = {family: d for d in descriptions for family in d.families()}
        #: Key to the family that it belongs to: all that the edition asks for.
        self.family: dict[str, str] = {}
        for family, description in self._of.items():
            self.family |= dict.fromkeys(description.keys(family, parameters), family)
        self.numbers: dict[str, Number] = {}

    def record(
        self,
        key: str,
        value: Scalar,
        *,
        unit: str | None = None,
        status: str = "final",
        sources: Iterable[Mapping[str, str]] = (),
        text: str | None = None,
        **about: Any,
    ) -> None:
        """Record one number under a described key; unit and digits are those of its description.

        Parameters
        ----------
        value : float, int, str or list
        unit : str, optional
            That of the values of which it is one.
        status, sources, text
            As in `Number`; without a text it is printed as described.
        **about
            ``n``, ``interval``, ``level``.

        Raises
        ------
        BuildError
            When the key is not described, or in another unit, or was recorded before, when the
            value is not finite, or when it names no source.
        """
        described, plain = self._description(key), _plain(value)
        place = f"notebook {self.notebook}: '{key}'"
        about = {name: _plain(given) for name, given in about.items()}
        flat = [*(plain if isinstance(plain, list) else [plain]), *(about.get("interval") or ())]
        if key in self.numbers:
            raise BuildError(f"notebook {self.notebook} records '{key}' twice")
        if unit is not None and described.unit not in ("", unit):
            raise BuildError(
                f"{place} is described in '{described.unit}' (book/results.yml), and its number "
                f"is in '{unit}'"
            )
        if any(v is None or (isinstance(v, float) and not math.isfinite(v)) for v in flat):
            raise BuildError(
                f"{place} has no finite value ({plain!r}, interval {about.get('interval')!r}); "
                "leave it unrecorded or call nb.missing(key, status)"
            )
        if unit is not None and not described.places and isinstance(plain, float):
            plain = int(plain) if plain.is_integer() else plain
        cited = [dict(source) for source in sources]
        printed = format_text(plain, described.unit, described.places_of(plain))
        self.numbers[key] = self._number(
            key,
            value=plain,
            unit=described.unit,
            text=printed if text is None else text,
            status="printed_later" if late(*cited) else status,
            sources=cited,
            cell=self.cell(),
            **about,
        )

    def _description(self, key: str) -> Description:
        if key not in self.family:
            named = [f for f in self._of if ANY in f and shape(f).fullmatch(key)]
            self.family |= {key: named[0]} if named else {}
        if key in self.family:
            return self._of[self.family[key]]
        nearest = suggest(key, [*self.family])
        if own := [k[-4:] for k in self.family if _YEAR.sub("", k) == _YEAR.sub("", key)]:
            nearest = (
                f" It describes the years {min(own)} to {max(own)}: cut the series, for instance "
                "with .span(first_year, last_year), or add the year there"
            )
        raise BuildError(
            f"notebook {self.notebook} records '{key}', which book/results.yml does not describe "
            f"under '{self.notebook}'.{nearest}"
        )

    def missing(self, key: str, status: str) -> None:
        """Record that `key` has no value, and why (``not_published``, ``no_data``, …)."""
        self._description(key)
        self.numbers[key] = self._null(key, status, cell=self.cell())

    def withdrawn(self, years: Iterable[int], stems: Sequence[str]) -> None:
        """Record that described keys of some years have no value, as their publisher withdrew it.

        Parameters
        ----------
        years : iterable of int
        stems : sequence of str
            Beginnings of the keys; keys that have a value, or lie outside the edition, stay.
        """
        gone = {*years}.intersection(self.years)
        for key in self.family:
            asked = _year_of(key) in gone and key.startswith(tuple(stems))
            if asked and key not in self.numbers:
                self.numbers[key] = self._null(key, "no_data", WITHDRAWN, self.cell())

    def finished(self) -> dict[str, Number]:
        """Return all keys that are asked for; those never recorded are null and say why."""
        latest: dict[str, int] = {}
        for key, number in self.numbers.items():
            if (year := _year_of(key)) and number.value is not None:
                family = self.family[key]
                latest[family] = max(year, latest.get(family, 0))
        nulls = {
            key: self._null(key, self._why(key, latest.get(family)))
            for key, family in self.family.items()
            if key not in self.numbers
        }
        return dict(sorted({**self.numbers, **nulls}.items()))

    def _why(self, key: str, latest: int | None) -> str:
        year = int([0, *ANY_YEAR.findall(key)][-1])
        if year and year not in self.years:
            return "outside_edition"
        return "not_published" if year and latest and year > latest else "no_data"

    def _null(self, key: str, status: str, text: str = "", cell: str = "") -> Number:
        text = text or WITHOUT_VALUE.get(status, status)
        return self._number(key, status=status, text=text, cell=cell)

    def _number(self, key: str, **fields: Any) -> Number:
        fields["notebook"] = self.notebook
        return checked(Number, fields, f"notebook {self.notebook}: '{key}'")


def _year_of(key: str) -> int | None:
    """Return the year in which a key ends; None for that of a period."""
    found = _YEAR.search(key)
    return int(found[1]) if found else None


def _plain(value: Any) -> Scalar:
    """Turn numpy scalars and arrays into plain Python values."""
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value.tolist() if hasattr(value, "tolist") else value
