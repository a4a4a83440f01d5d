"""One number that a claim or a statement reads, what it has to be, and its vote."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import Field, model_validator

from livingbrief.claims.rule import comparison
from livingbrief.records import Record, RecordError, refuse
from livingbrief.values import results as recorded
from livingbrief.values.latest import resolve
from livingbrief.values.results import ANY_YEAR, Results, Status

Vote = Literal["supported", "contradicted", "inconclusive", "missing"]
Traced = Literal["confirmed", "in_part", "misread", "unconfirmed"]
Reached = Literal[
    "supported", "no_longer", "not_then", "contradicted", "depends_on_measure", "not_testable"
]  # fmt: skip
Verdict = Reached | Traced
About = Literal["claim", "since"]
Class = Literal["firm", "between", "could_turn", "no_vintages"]
FIRM, BETWEEN, COULD_TURN, NO_VINTAGES = Class.__args__  # type: ignore[attr-defined]

#: How the key of a measure ends that covers each year.
EACH_YEAR = ".{year}"
ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Measure(Record):
    """One number, and what it has to be for a claim or a statement to hold.

    Attributes
    ----------
    label : str
        What is measured, for readers.
    key : str
        Key of ``results.json``; ``stem.latest`` is the newest year of ``stem`` with a value.
    of : {"value", "low", "high", "status"}
        What of `key` is compared: its value, an end of its interval, its status.
    compare : str
        ``<``, ``<=``, ``>``, ``>=``, ``==``, ``!=``; ``within`` (`tolerance` around the limit);
        ``abs_lt`` (size below the limit); ``outside`` (the limit lies outside the interval of the
        key). The limit is `value` or `than`.
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
        Both numbers are counts: an order decides only beyond chance, where the exact
        (Clopper-Pearson) 95% interval of the share of one in both leaves out a half.
    counts : bool
        False for a measure that is shown with its verdict and does not decide that of the claim.
    first : int, optional
        ``from`` in the file: the measure covers each printed year from this one on
        (`claims.covering`). `key`, `than`, `label` may name ``{year}``, ``{before}``: one earlier.
    """

    label: str = ""
    key: str
    of: Literal["value", "low", "high", "status"] = "value"
    compare: Literal["<", "<=", ">", ">=", "==", "!=", "within", "abs_lt", "outside"]
    value: float | str | None = None
    shown_as: str | None = None
    than: str | None = None
    tolerance: float = Field(default=0.0, ge=0.0)
    exact: bool = False
    counts: bool = True
    first: int | None = Field(default=None, alias="from", ge=1900, le=2100)

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, fields: Any) -> Any:
        if isinstance(fields, Mapping) and len(fields) == 1:
            ((label, rule),) = fields.items()
            return {"label": label, **comparison(rule)}
        return fields

    @model_validator(mode="after")
    def _complete(self) -> Measure:
        counts = self.compare in ORDER and self.than is not None and not self.tolerance
        named = "{" in f"{self.key}{self.than}{self.label}"
        covers = self.first is not None
        wrong = {
            f"'{self.compare}' takes either a value or the key of another (than)": (
                (self.value is None) == (self.than is None)
            ),
            "'exact' is for the order of two counts, without a tolerance": self.exact > counts,
            f"'{self.compare}' takes a number, not '{self.value}'": (
                isinstance(self.value, str) and self.compare not in ("==", "!=")
            ),
            "a measure with 'since' names {year}": covers > named,
            "'since' is for a key that ends in .{year}": covers > self.key.endswith(EACH_YEAR),
        }
        refuse(wrong)
        return self

    @property
    def about(self) -> About:
        """The time of which the measure speaks: that of the claim, or the year of its key since."""
        return "since" if self.first else "claim"

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that the measure reads; none before `claims.covering` has named their years."""
        if self.key.endswith(EACH_YEAR):
            return ()
        return (self.key,) if self.than is None else (self.key, self.than)

    @property
    def year(self) -> int:
        """The last year that the key names; 0 for none."""
        return int(max(ANY_YEAR.findall(self.key), default=0))

    def of_year(self, year: int) -> Measure:
        """Return the measure of one of the years that it covers."""
        named = {
            name: text.replace("{year}", str(year)).replace("{before}", str(year - 1))
            for name in ("key", "than", "label")
            if (text := getattr(self, name)) is not None
        }
        return self.model_copy(update=named)


class Revision(Record):
    """By how much a figure is usually revised: median and largest, of `n` years.

    `first`: of how many of them the first figure is held; `since`: a date.
    """

    median: float
    largest: float
    n: int
    first: int
    since: str


class Chance(Record):
    """How often statements like one turned when their figures were printed again.

    `turns`: the share, within so many `years`, of statements of this `kind` on this `series` of all
    economies that had such a margin; `further`: of those that crossed the other edge of the band as
    well; `newest`: raised as statements on the newest year of a printing turn more often; `n`:
    statements with about this margin, of all years.
    """

    turns: float
    further: float
    years: int
    series: str
    kind: str
    newest: bool
    n: int


class Firmness(Record):
    """How far a figure is from turning its vote, and by how much such figures are revised.

    `margin`: in `unit`, None for words; `of`: which of two figures the printings are of; `by`: what
    the class goes by, the `chance` where there is one, else the usual revisions; `by_revisions`:
    the class by these in any case.
    """

    margin: float | None
    unit: str
    revision: Revision | None
    publisher: str
    of: Literal["value", "than", "difference"]
    of_class: Class = Field(alias="class")
    by: Literal["chance", "revisions"]
    chance: Chance | None
    by_revisions: Class


Value = int | float | str | list[Any] | None


class Labelled(Record):
    """What readers call a number."""

    label: str


class Number(Record):
    """A number of ``results.json`` as a judged claim shows it."""

    key: str
    value: Value
    text: str
    status: Status


class ShownNumber(Number, Labelled):
    """A number that is shown beside a claim."""


class Measured(Number, Labelled):
    """A measure with what was compared, and its vote."""

    compare: str
    limit: Value
    shown_as: str | None
    than: Number | None
    tolerance: float
    exact: bool
    counts: bool
    about: About
    year: int
    verdict: Vote

    @property
    def rule(self) -> tuple[str, ...]:
        """What is compared with what: the same in two reports unless the rule was changed."""
        limit = self.than.key if self.than else self.limit
        rest = (self.tolerance, self.exact, self.about)
        return tuple(map(str, (self.key, self.compare, limit, *rest)))

    @property
    def compared(self) -> tuple[str, ...]:
        """The keys that are compared."""
        return (self.key, self.than.key) if self.than else (self.key,)


class Sure(Measured):
    """A measure with how firm its vote is."""

    firm: Firmness | None


class Turning(Record):
    """The key of a measure that could turn a verdict, and to which verdicts."""

    key: str
    to: tuple[Verdict, ...] = Field(min_length=1)
    by: float


def read_table(path: Path) -> Results:
    """Read numbers from a CSV with the columns ``key`` and ``value``, to judge claims by.

    An empty value is one that is not published.

    Raises
    ------
    RecordError
        It is no CSV, a column is missing, or a key stands twice: the message names it.
    """
    try:
        table = pd.read_csv(path, usecols=["key", "value"], dtype=str, keep_default_na=False)
    except ValueError as error:
        raise RecordError(f"{path.name}: {error}") from error
    for twice in table["key"][table["key"].duplicated()]:
        raise RecordError(f"{path.name}: '{twice}' stands twice")
    found = {}
    for key, text in zip(table["key"], table["value"], strict=True):
        value: int | float | str | None = text or None
        for kind in (float, int):
            with contextlib.suppress(ValueError):
                value = kind(text)
        status, words = ("final", text) if text else ("not_published", "not yet published")
        cited = [{"source": path.name, "vintage": ""}] * bool(text)
        about = {"status": status, "sources": cited, "notebook": path.stem}
        found[key] = recorded.Number.model_validate({"value": value, "text": words, **about})
    return found


def read(key: str, results: Results) -> Number:
    """Return a number of ``results.json`` as a judged claim shows it."""
    number = results[key]
    return Number(key=key, value=number.value, text=number.text, status=number.status)


def measured(
    measure: Measure,
    results: Results,
    where: str,
    shared: Mapping[str, str] | None = None,
    *,
    late: bool = True,
) -> Measured:
    """Compare a number, and say what it votes for.

    Parameters
    ----------
    results : mapping
        ``results.json``.
    where : str
        What an error names: a claim or a statement.
    shared : mapping, optional
        Path with ``.latest`` to the key that it means here.
    late : bool
        Whether what was printed after the day of an edition decides.

    Raises
    ------
    RecordError
        Nobody records the key, or its value cannot be compared with the limit.
    """
    found = {}
    for asked in filter(None, (measure.key, measure.than)):
        found[asked] = (shared or {}).get(asked) or resolve(results, asked)
        if found[asked] is None:
            raise RecordError(f"{where}: no number is recorded as '{asked}'")
    key, than = (found.get(asked or "") for asked in (measure.key, measure.than))
    value = _part(measure, results[str(key)])
    limit: Any = results[than].value if than else measure.value
    # The newest year may be the one that it is compared with.
    itself = key == than and measure.of == "value"
    statuses = {results[name].status for name in (key, than) if name}
    hidden = itself or (not late and "printed_later" in statuses)
    try:
        given = "missing" if hidden else vote(measure, value, limit)
    except TypeError as error:
        raise RecordError(
            f"{where}: '{key}' is {value!r}, which '{measure.compare}' cannot compare with "
            f"{limit!r}"
        ) from error
    return Measured(
        label=measure.label,
        **{**dict(read(str(key), results)), "value": value},
        compare=measure.compare,
        limit=limit,
        shown_as=measure.shown_as,
        than=read(than, results) if than else None,
        tolerance=measure.tolerance,
        exact=measure.exact,
        counts=measure.counts,
        about=measure.about,
        year=measure.year,
        verdict=given,
    )


def _part(measure: Measure, number: recorded.Number) -> Any:
    """Return what of a number is compared."""
    low, high = number.interval or (None, None)
    status = None if number.value is None else number.status
    parts = {"value": number.value, "low": low, "high": high, "status": status}
    return number.interval if measure.compare == "outside" else parts[measure.of]


def vote(measure: Measure, value: Any, limit: Any) -> Vote:
    """Say whether a value supports what a measure asks.

    Parameters
    ----------
    measure : Measure
        The rule.
    value : float, str, list or None
        What of ``measure.key`` is compared; None where the edition has none.
    limit : float, str or None
        The threshold: ``measure.value``, or the value of ``measure.than``.
    """
    band = measure.tolerance
    if value is None or limit is None:
        return "missing"
    if measure.compare == "outside":
        return "contradicted" if value[0] <= limit <= value[1] else "supported"
    if isinstance(value, list) or isinstance(limit, list):
        return "missing"  # one source gives two values
    if measure.compare in ORDER:
        if abs(value - limit) <= band > 0 or (measure.exact and not _beyond_chance(value, limit)):
            return "inconclusive"
        holds = ORDER[measure.compare](value, limit)
    elif measure.compare == "abs_lt":
        holds = abs(value) < limit
    else:
        words = isinstance(value, str) or isinstance(limit, str)
        equal = value == limit if words else abs(value - limit) <= band
        holds = equal != (measure.compare == "!=")
    return "supported" if holds else "contradicted"


def _beyond_chance(one: float, other: float) -> bool:
    """Whether the exact 95% interval of the share of `one` in both leaves out a half."""
    few, n = int(min(one, other)), int(one + other)
    # The coefficients one from the other: each anew takes hours for counts of thousands.
    ways = accumulate(range(few), lambda last, k: last * (n - k) // (k + 1), initial=1)
    return 40 * sum(ways) <= 2**n
