"""Numbers that leave a notebook: described, formatted once, recorded with their provenance."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from livingbrief.errors import BuildError, suggest
from livingbrief.values.results import WITH_VALUE, Described, Description, Number, Scalar
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
_YEARS = re.compile(r"\.(?:y((?:19|20)\d\d)_)?((?:19|20)\d\d)$")


def with_unit(body: str, unit: str) -> str:
    """Attach `unit` to a formatted number the way the report prints it."""
    if unit in ("", "year", "rank", "index", "ratio"):
        return body
    if unit.startswith("US$ "):
        return f"US${NBSP}{body}{NBSP}{unit.removeprefix('US$ ')}"
    if unit == "thousand persons":
        return f"{body},000{NBSP}people"
    short = {"percent": "%", "percentage points": "points"}
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
    described : Described
        What the notebook may record.
    first_year, last_year : int
        Years of the edition.
    cell : callable
        Gives the code cell that is at work.
    """

    def __init__(
        self,
        notebook: str,
        described: Described,
        first_year: int,
        last_year: int,
        cell: Callable[[], str] = str,
    ) -> None:
        self.notebook = notebook
        self.cell = cell
        self.described = described
        self.years = range(first_year, last_year + 1)
        self.numbers: dict[str, Number] = {}

    def record(
        self,
        key: str,
        value: Scalar,
        *,
        n: int | None = None,
        interval: Sequence[float] | None = None,
        level: float | None = None,
        status: str = "final",
        sources: Iterable[Mapping[str, str]] = (),
        text: str | None = None,
    ) -> None:
        """Record one number under a described key; unit and digits are those of its description.

        Raises
        ------
        BuildError
            When the key is not described or was recorded before, when the value is not finite,
            or when it names no source.
        """
        description = self._description(key)
        plain = _plain(value)
        flat = [*(plain if isinstance(plain, list) else [plain]), *(interval or ())]
        listed = [dict(s) for s in sources]
        if key in self.numbers:
            raise BuildError(f"notebook {self.notebook} records '{key}' twice")
        _known(key, status, WITH_VALUE)
        if any(v is None or (isinstance(v, float) and not math.isfinite(v)) for v in flat):
            raise BuildError(
                f"notebook {self.notebook}: '{key}' has no finite value ({value!r}, interval "
                f"{interval!r}); leave it unrecorded or call nb.missing(key, status)"
            )
        if not listed:
            raise BuildError(f"notebook {self.notebook}: '{key}' names no source")
        printed = format_text(plain, description.unit, description.places_of(plain))
        self.numbers[key] = self._number(
            value=plain,
            unit=description.unit,
            text=printed if text is None else text,
            n=None if n is None else int(n),
            interval=None if interval is None else [float(v) for v in interval],
            level=level,
            status="printed_later" if late(*listed) else status,
            sources=listed,
            cell=self.cell(),
        )

    def _description(self, key: str) -> Description:
        if (found := self.described.find(key)) is None:
            raise BuildError(
                f"notebook {self.notebook} records '{key}', which book/results.yml does not "
                f"describe under '{self.notebook}'." + self._nearest(key)
            )
        return found

    def _nearest(self, key: str) -> str:
        """Say which years of a key are described, else which key is nearest."""
        own = [k for k in self.described.family if _YEARS.sub("", k) == _YEARS.sub("", key)]
        if not own:
            return suggest(key, list(self.described.family))
        return (
            f" It describes the years {min(own)[-4:]} to {max(own)[-4:]}: cut the series, for "
            "instance with .span(first_year, last_year), or add the year there"
        )

    def in_unit(self, key: str, value: float, unit: str) -> float | int:
        """Return a number as it is recorded: a whole one where its key has no decimal places.

        Raises
        ------
        BuildError
            Where its unit is not the one under which the key is described.
        """
        description = self.described.find(key)
        if description is None:
            return value
        if description.unit not in ("", unit):
            raise BuildError(
                f"notebook {self.notebook}: '{key}' is described in '{description.unit}' "
                f"(book/results.yml), and its number is in '{unit}'"
            )
        return int(value) if description.places == 0 and value.is_integer() else value

    def missing(self, key: str, status: str) -> None:
        """Record that `key` has no value, and why (``not_published``, ``no_data``, …)."""
        self._description(key)
        _known(key, status, WITHOUT_VALUE)
        self.numbers[key] = self._null(status, cell=self.cell())

    def withdrawn(self, years: Iterable[int], stems: Sequence[str]) -> None:
        """Record that described keys of some years have no value, as their publisher withdrew it.

        A key of a period inside the edition has none if any of its years was withdrawn.

        Parameters
        ----------
        years : iterable of int
        stems : sequence of str
            Beginnings of the keys; keys that have a value, or lie outside the edition, stay.
        """
        gone = {*years}
        for key in self.described.family:
            own = _years_of(key)
            inside = gone.intersection(own) and {*own} <= {*self.years}
            if inside and key.startswith(tuple(stems)) and key not in self.numbers:
                self.numbers[key] = self._null("no_data", WITHDRAWN, self.cell())

    def finished(self) -> dict[str, Number]:
        """Return all keys that are asked for; those never recorded are null and say why."""
        latest: dict[str, int] = {}
        for key, number in self.numbers.items():
            if (year := _year_of(key)) and number.value is not None:
                family = self.described.family[key]
                latest[family] = max(year, latest.get(family, 0))
        nulls = {
            key: self._null(self._why(_year_of(key), latest.get(family)))
            for key, family in self.described.family.items()
            if key not in self.numbers
        }
        return dict(sorted({**self.numbers, **nulls}.items()))

    def _why(self, year: int | None, latest: int | None) -> str:
        if year and year not in self.years:
            return "outside_edition"
        return "not_published" if year and latest and year > latest else "no_data"

    def _null(self, status: str, text: str = "", cell: str = "") -> Number:
        return self._number(status=status, text=text or WITHOUT_VALUE[status], cell=cell)

    def _number(self, **fields: Any) -> Number:
        return Number.model_validate({"notebook": self.notebook, **fields})


def _known(key: str, status: str, statuses: Iterable[str]) -> None:
    if status not in statuses:
        raise BuildError(f"'{key}': status '{status}' is not one of {', '.join(statuses)}")


def _years_of(key: str) -> range:
    """Return the years of the period in which a key ends, or its one year."""
    found = _YEARS.search(key)
    return range(int(found[1] or found[2]), int(found[2]) + 1) if found else range(0)


def _year_of(key: str) -> int | None:
    """Return the year in which a key ends; None for that of a period."""
    years = _years_of(key)
    return years[0] if len(years) == 1 else None


def _plain(value: Any) -> Scalar:
    """Turn numpy scalars and arrays into plain Python values."""
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value.tolist() if hasattr(value, "tolist") else value
