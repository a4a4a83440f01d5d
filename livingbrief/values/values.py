"""Numbers that carry their status, unit, label and sources through every operation.

A `Values` is a table: rows are years, dates or categories, columns are series or measures. Each
cell has a status, each column a unit, what a reader calls it, and its sources. Every operation
returns `Values` and settles these once: the weaker status wins (``final``, then ``quoted``,
``provisional``, ``estimate``, ``printed_later``), the sources are the union in order of use. A cell
without a number has no status, except ``no_data``: its parts are printed, and no figure follows
from them (a percentage of a negative flow). What comes from a source that was printed later than
the edition looks back to (`livingbrief.data.known`) is itself ``printed_later``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from livingbrief.errors import BuildError, suggest
from livingbrief.values.kinds import Kind
from livingbrief.wording import spells

#: Of two the later is the weaker one; the first is that of a gap.
STATUSES = ("", "no_data", "final", "quoted", "provisional", "estimate", "printed_later")
GAP, NO_DATA, FINAL, _, _, ESTIMATE, PRINTED_LATER = range(len(STATUSES))
#: Of these a change is a difference, in points; of all others it is in per cent.
SHARES = ("percent", "percentage points")

DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?")

Source = Mapping[str, str]
Told = Any  # one for all columns, or a mapping of column to its own


class Column(NamedTuple):
    """What is known of a column beside its numbers.

    Attributes
    ----------
    unit : str
        As in ``results.json``: ``percent``, ``US$ million``, ``persons``.
    label : str
        What a reader calls it, in lower case as within a sentence.
    sources : tuple of dict
        Each with ``source`` and ``vintage``.
    signed : bool
        A change: printed with its sign.
    by_row : bool
        Rows have sources of their own, and their status says which were printed later.
    """

    unit: str = ""
    label: str = ""
    sources: tuple[Source, ...] = ()
    signed: bool = False
    by_row: bool = False


class Cell(NamedTuple):
    """One number of a `Values`; `nb.record` takes it with its status and sources."""

    row: Any
    value: float
    status: str
    sources: tuple[Source, ...]
    unit: str


@dataclass(frozen=True, eq=False)
class Values:
    """A table of numbers with statuses, units, labels and sources.

    Build one with `Values.of`, `livingbrief.data.access.Data.values` or ``nb.series``.

    Attributes
    ----------
    frame : DataFrame
        Floats. The names of its axes (``frame.index.name``, ``frame.columns.name``) are the
        placeholders of keys in ``nb.record`` and the names of panels in charts.
    ranks : array of int8
        Place of each cell's status in `STATUSES`, shape of `frame`.
    about : dict
        Column to its `Column`.
    """

    frame: pd.DataFrame
    ranks: np.ndarray
    about: Mapping[Any, Column]

    def __post_init__(self) -> None:
        """Settle the statuses: of a gap ``no_data`` or none, of what is late ``printed_later``."""
        later = np.array([bool(late(*c.sources)) > c.by_row for c in self.about.values()], bool)
        numbers = np.where(later, PRINTED_LATER, np.maximum(self.ranks, FINAL))
        gaps = np.where(self.ranks == NO_DATA, NO_DATA, GAP)
        ranks = np.where(np.isfinite(self.frame.to_numpy()), numbers, gaps)
        object.__setattr__(self, "ranks", ranks.astype(np.int8))

    @classmethod
    def of(
        cls,
        numbers: pd.DataFrame | pd.Series | Mapping[Any, Any],
        *,
        status: Any = "final",
        unit: Told = "",
        label: Told = "",
        sources: Any = (),
        signed: bool = False,
        rows: str = "year",
        columns: str = "measure",
    ) -> Values:
        """Give numbers their status, unit, label and sources.

        Parameters
        ----------
        numbers : DataFrame, Series or mapping
            A Series is one column under its name; a mapping is column to Series.
        status : str, Series or DataFrame
            One for all; by row; or by row and column. A cell that is not named is final.
        unit, label : str, or mapping of column to str
        sources : sequence of dict, or mapping of column to such
        signed : bool
            The numbers are changes.
        rows, columns : str
            Names of the axes, where `numbers` gives none.
        """
        if isinstance(numbers, pd.Series):
            numbers = numbers.to_frame("value" if numbers.name is None else numbers.name)
        frame = pd.DataFrame(numbers).astype(float)
        if frame.index.has_duplicates or frame.columns.has_duplicates:
            raise BuildError("values have a row or a column twice")
        frame.index.name = frame.index.name or rows
        frame.columns.name = frame.columns.name or columns
        known = {}
        for c in frame.columns:
            own = [of.get(c) if isinstance(of, Mapping) else of for of in (unit, label, sources)]
            known[c] = Column(str(own[0] or ""), str(own[1] or c), union(own[2] or ()), signed)
        return cls(frame, _ranks(status, frame), known)

    # ------------------------------------------------------------------ what is in it

    @property
    def status(self) -> pd.DataFrame:
        """Statuses by row and column; of a cell without a number ``no_data`` or empty."""
        names = np.array(STATUSES, dtype=object)[self.ranks]
        return pd.DataFrame(names, self.frame.index, self.frame.columns)

    @property
    def soft(self) -> np.ndarray:
        """Where a cell comes from an estimate, as booleans of the frame's shape."""
        return self.ranks == ESTIMATE

    @property
    def later(self) -> np.ndarray:
        """Where a cell comes from what was printed later, as booleans of the frame's shape."""
        return self.ranks == PRINTED_LATER

    @property
    def sources(self) -> tuple[Source, ...]:
        """Sources of all columns that have a number."""
        return union(source for name in self._filled for source in self.about[name].sources)

    @property
    def names(self) -> list[Any]:
        """Columns."""
        return list(self.frame.columns)

    @property
    def rows(self) -> list[Any]:
        """Rows."""
        return self.frame.index.tolist()

    @property
    def series(self) -> pd.Series:
        """The numbers of the only column, rows without one left out."""
        return self.frame[self._only()].dropna()

    @property
    def label(self) -> str:
        """What a reader calls the only column."""
        return self.about[self._only()].label

    @property
    def unit(self) -> str:
        """The unit that all columns have, or an empty text."""
        units = {c.unit for c in self.about.values()}
        return units.pop() if len(units) == 1 else ""

    @property
    def years(self) -> list[Any]:
        """Rows that have a number in any column."""
        return self.frame.dropna(how="all").index.tolist()

    @property
    def weakest(self) -> str:
        """The weakest status of all numbers."""
        return STATUSES[self.ranks.max(initial=FINAL)]

    @property
    def _filled(self) -> list[Any]:
        return [*self.frame.columns[self.frame.notna().any()]]

    def __bool__(self) -> bool:
        """Whether there is any number."""
        return bool(self._filled)

    def __iter__(self) -> Iterator[Values]:
        """Give each column as `Values`: ``gross, outflow = nb.series(A, B)``."""
        return (self[name] for name in self.frame.columns)

    def __contains__(self, name: Hashable) -> bool:
        """Whether a column has any number."""
        return name in self._filled

    def cell(self, row: Any, name: Any = None) -> Cell:
        """Return one number with its status and sources; NaN where there is none."""
        name = self._only() if name is None else name
        column = self.about[name]
        if row not in self.frame.index:
            return Cell(row, float("nan"), "", column.sources, column.unit)
        i, j = self.frame.index.get_loc(row), self.frame.columns.get_loc(name)
        number, status = float(self.frame.iat[i, j]), STATUSES[self.ranks[i, j]]
        return Cell(row, number, status, column.sources, column.unit)

    # ------------------------------------------------------------------ selecting

    def __getitem__(self, names: Any) -> Values:
        """Select one column, or a list of columns."""
        chosen = names if isinstance(names, list | pd.Index) else [names]
        for name in chosen:
            if name not in self.about:
                near = suggest(str(name), [*map(str, self.about)])
                raise BuildError(f"no column {name!r} among these values{near}")
        at = self.frame.columns.get_indexer(chosen)
        about = {name: self.about[name] for name in chosen}
        return Values(self.frame.iloc[:, at], self.ranks[:, at], about)

    def drop(self, *names: Any) -> Values:
        """Leave columns out; those that are not there are no matter."""
        return self[[n for n in self.frame.columns if n not in names]]

    def at(self, rows: Iterable[Any]) -> Values:
        """Select rows in the order given; those that are not there are left out."""
        at = [self.frame.index.get_loc(row) for row in rows if row in self.frame.index]
        return Values(self.frame.iloc[at], self.ranks[at], self.about)

    def span(self, first: Any, last: Any = None) -> Values:
        """Select the rows from `first` to `last` (to the end without it), both included."""
        index = self.frame.index
        inside = index >= first if last is None else (index >= first) & (index <= last)
        return Values(self.frame[inside], self.ranks[inside], self.about)

    def known(self) -> Values:
        """Leave out the rows and columns that have no number."""
        return self.at(self.years)[self._filled]

    def unbroken(self) -> Values:
        """Select the longest run of years with a number, the last of those that are as long."""
        years = max(reversed(spells(self.years)), key=len, default=[])
        return self.at(years)

    def where(self, keep: pd.DataFrame | Callable[[pd.DataFrame], pd.DataFrame]) -> Values:
        """Keep the numbers where `keep` (a frame of booleans, or a function of the frame) is true.

        ``change.where(lambda c: c.abs() >= 0.05)`` leaves out what prints as nought.
        """
        mask = keep(self.frame) if callable(keep) else keep
        frame = self.frame.where(mask.reindex_like(self.frame).eq(True))
        return Values(frame, self.ranks, self.about)

    # ------------------------------------------------------------------ naming

    def named(self, name: Any, label: str = "", unit: str | None = None) -> Values:
        """Name the only column; without a label it keeps its own, without a unit its unit."""
        old = self._only()
        return self.called({old: label} if label else {}, unit=unit, names={old: name})

    def called(
        self,
        labels: Mapping[Any, str] | None = None,
        *,
        unit: Told = None,
        names: Mapping[Any, Any] | None = None,
        signed: bool | None = None,
        sources: Iterable[Source] | None = None,
        rows: Mapping[Any, Any] | None = None,
    ) -> Values:
        """Give columns other labels, units, names or sources, and rows names; the rest stays.

        Parameters
        ----------
        labels, names, rows : mapping of old to new
            Labels and names of columns, names of rows.
        unit : str, or mapping of column to str
        signed : bool
            The numbers are changes.
        sources : iterable of dict
            In place of those there are, for all columns.
        """
        about = {}
        for name, old in self.about.items():
            own = unit.get(name) if isinstance(unit, Mapping) else unit
            about[(names or {}).get(name, name)] = Column(
                old.unit if own is None else own,
                (labels or {}).get(name, old.label),
                old.sources if sources is None else union(sources),
                old.signed if signed is None else signed,
            )
        columns = pd.Index([*about], name=self.frame.columns.name)
        return Values(
            self.frame.set_axis(columns, axis=1).rename(index=rows or {}), self.ranks, about
        )

    def axes(self, rows: str = "", columns: str = "") -> Values:
        """Name the axes, as keys and panels want them."""
        names = rows or self.frame.index.name, columns or self.frame.columns.name
        frame = self.frame.rename_axis(index=names[0], columns=names[1])
        return Values(frame, self.ranks, self.about)

    def on(self, *others: Values) -> Values:
        """Let numbers stand on others too: the weakest status of each row, and their sources.

        For what a function computed from series and gave back without status or source.
        """
        beside = [self.ranks, *(o._on_rows(self.frame.index).ranks for o in others)]
        weakest = np.hstack(beside).max(axis=1, initial=FINAL)[:, None]
        ranks = np.maximum(self.ranks, weakest)
        more = [s for other in others for s in other.sources]
        about = {n: c._replace(sources=union([*c.sources, *more])) for n, c in self.about.items()}
        return Values(self.frame, np.where(self.ranks == NO_DATA, NO_DATA, ranks), about)

    # ------------------------------------------------------------------ computing

    def per(self, number: float, unit: str) -> Values:
        """Divide by a number, into another unit: ``dollars.per(1e6, "US$ million")``."""
        return (self / number).called(unit=unit)

    def __neg__(self) -> Values:
        """Turn signs."""
        return self * -1

    def __add__(self, other: Any) -> Values:
        """Add, column by column, or one column to all."""
        return self._with_other(other, np.add, same_unit=True)

    def __sub__(self, other: Any) -> Values:
        """Subtract, column by column, or one column from all."""
        return self._with_other(other, np.subtract, same_unit=True)

    def __mul__(self, other: Any) -> Values:
        """Multiply; the product of two columns has no unit until it is named."""
        return self._with_other(other, np.multiply)

    def __truediv__(self, other: Any) -> Values:
        """Divide; the ratio of two columns has no unit until it is named."""
        return self._with_other(other, np.divide)

    def share_of(self, other: Values) -> Values:
        """Return this as a percentage of another column."""
        return (self * 100.0 / other).called(unit="percent")

    def change(self) -> Values:
        """Return the change on the row before: that of a percentage in points, others in per cent.

        Returns
        -------
        Values
            Same rows, the weaker status of both ends. Of whole numbers the row before is the year
            before, there or not. A percentage of a base that is not positive is ``no_data``.
        """
        points = np.array([column.unit in SHARES for column in self.about.values()], bool)

        def changed(now: np.ndarray, then: np.ndarray) -> np.ndarray:
            return np.where(points, now - then, _per_cent(now, then))

        names = np.where(points, "percentage points", "percent").tolist()
        return self._changed(self._before, changed, dict(zip(self.about, names, strict=True)))

    def log_change(self) -> Values:
        """Return the change on the row before in log points (hundredths of a logarithm).

        ``no_data`` where both numbers are there and one is not positive.
        """

        def changed(now: np.ndarray, then: np.ndarray) -> np.ndarray:
            return 100 * (np.log(now) - np.log(then))

        return self._changed(self._before, changed, "log points")

    def change_since(self, row: Any) -> Values:
        """Return the change from one row to each later one, per cent; empty without that row."""
        changed = self._changed(pd.Index([row] * len(self.frame)), _per_cent, "percent")
        return changed.at(r for r in self.span(row).rows if row in self.frame.index and r != row)

    def map(self, function: Callable[..., pd.Series], *others: Values) -> Values:
        """Return what a function makes of this column and others, row by row.

        Parameters
        ----------
        function : callable
            Of one Series for each column, on the rows that any of them has; gives a Series.
        *others : Values
            Of one column each.

        Returns
        -------
        Values
            Named and called as this one; name its unit. The weakest status of each row.
        """
        parts = join(self.named(0), *(o.named(i) for i, o in enumerate(others, 1)))
        name = self._only()
        number = function(*(parts.frame[i] for i in parts.frame)).reindex(parts.frame.index)
        frame = number.astype(float).to_frame(name).rename_axis(self.frame.columns.name, axis=1)
        cited = union(source for column in parts.about.values() for source in column.sources)
        ranks = parts.ranks.max(axis=1, initial=FINAL)[:, None]
        return Values(frame, ranks, {name: self.about[name]._replace(sources=cited)})

    def carried_on(self, other: Values) -> tuple[Values, Values]:
        """Leave to other values of the same columns what is not there, or was printed later.

        Gives what stays of these and what is taken of the others; no number is in both.
        """
        firm = self.frame.mask(self.later)
        taken = other[self.names].where(firm.reindex_like(other.frame).isna())
        stays = taken.frame.reindex_like(self.frame).isna()
        return self.where(stays), taken

    # ------------------------------------------------------------------ within

    def _only(self) -> Any:
        if self.frame.shape[1] != 1:
            raise BuildError(f"one column is wanted; there are {', '.join(map(str, self.about))}")
        return self.frame.columns[0]

    def _on_rows(self, rows: pd.Index) -> Values:
        """Return some rows; one that is not there is a gap."""
        # One that is not there is at -1, the last.
        ranks = np.vstack([self.ranks, np.full((1, self.frame.shape[1]), GAP)])
        at = self.frame.index.get_indexer(rows)
        return Values(self.frame.reindex(rows), ranks[at], self.about)

    @property
    def _before(self) -> pd.Index:
        """The row before each: of whole numbers the next lower, there or not."""
        index = self.frame.index
        whole = pd.api.types.is_integer_dtype(index)
        return index - 1 if whole else pd.Index(index.to_series().shift())

    def _changed(
        self, rows: pd.Index, function: Callable[[np.ndarray, np.ndarray], np.ndarray], unit: Told
    ) -> Values:
        """Return what a function makes of each row and another, as changes."""
        then = self._on_rows(rows)
        other = Values(then.frame.set_axis(self.frame.index), then.ranks, self.about)
        return self._with_other(other, function).called(unit=unit, signed=True)

    def _with_other(
        self, other: Any, function: Callable[..., np.ndarray], *, same_unit: bool = False
    ) -> Values:
        if not isinstance(other, Values):
            return Values(function(self.frame, other), self.ranks, self.about)
        if not self.about or not other.about:
            return self[[]]
        wide = other if len(other.about) > len(self.about) else self
        if 1 not in (len(self.about), len(other.about)) and self.names != other.names:
            columns = (", ".join(map(str, of.about)) for of in (self, other))
            raise BuildError(f"columns differ: {' and '.join(columns)}")
        rows = _rows(self.frame.index, other.frame.index)
        mine, theirs = self._on_rows(rows), other._on_rows(rows)
        with np.errstate(divide="ignore", invalid="ignore"):
            numbers = function(mine.frame.to_numpy(), theirs.frame.to_numpy())
        finite, weak, soft = np.isfinite(numbers), mine.ranks, theirs.ranks
        undefined = (weak == NO_DATA) | (soft == NO_DATA)
        undefined |= ~finite & (weak >= FINAL) & (soft >= FINAL)
        about = {}
        for i, name in enumerate(wide.about):
            one, two = ([*of.about.values()][i if len(of.about) > 1 else 0] for of in (self, other))
            about[name] = Column(
                one.unit if same_unit and one.unit == two.unit else "",
                wide.about[name].label,
                union([*one.sources, *two.sources]),
                one.signed and two.signed,
            )
        frame = pd.DataFrame(np.where(finite, numbers, np.nan), rows, wide.frame.columns)
        return Values(frame, np.where(undefined, NO_DATA, np.maximum(weak, soft)), about)


def join(*values: Values) -> Values:
    """Set columns side by side, on all rows that any of them has.

    Raises
    ------
    BuildError
        If two have a column of the same name.
    """
    about = {name: column for v in values for name, column in v.about.items()}
    if len(about) < sum(len(v.about) for v in values):
        raise BuildError("two values to be joined have a column of the same name")
    rows = values[0].frame.index
    for v in values[1:]:
        rows = _rows(rows, v.frame.index)
    parts = [v._on_rows(rows) for v in values]
    frame = pd.concat([part.frame for part in parts], axis=1)
    frame.columns.name = values[0].frame.columns.name
    return Values(frame, np.hstack([part.ranks for part in parts]), about)


def stacked(*values: Values) -> Values:
    """Set rows of the same columns below each other, each with its status."""
    cited = {n: union(s for v in values for s in v[n].sources) for n in values[0].names}
    about = {n: c._replace(sources=cited[n], by_row=True) for n, c in values[0].about.items()}
    frame = pd.concat([v.frame for v in values])
    return Values(frame, np.vstack([v.ranks for v in values]), about)


def _rows(one: pd.Index, two: pd.Index) -> pd.Index:
    """All rows of both: in order, or as they come where they are names."""
    if one.equals(two) or not len(two):
        return one
    if not len(one):
        return two.rename(one.name)
    names = any(pd.api.types.is_string_dtype(index) for index in (one, two))
    found = one.append(two.difference(one, sort=False)) if names else one.union(two)
    return found.rename(one.name)


def _ranks(status: Any, frame: pd.DataFrame) -> np.ndarray:
    """Return the ranks of statuses given for all, by row, or by row and column."""
    if isinstance(status, pd.DataFrame):
        cells = status.reindex(index=frame.index, columns=frame.columns)
    else:
        cells = pd.DataFrame(dict.fromkeys(frame, status), frame.index, dtype=object)
    named = [s if isinstance(s, str) and s else "final" for s in cells.to_numpy(object).ravel()]
    if unknown := {*named} - {*STATUSES}:
        raise BuildError(f"status {min(unknown)!r} is not one of {', '.join(STATUSES[1:])}")
    found = np.array([*map(STATUSES.index, named)], np.int8).reshape(frame.shape)
    if (np.isfinite(frame.to_numpy()) & (found == NO_DATA)).any():
        raise BuildError("a number cannot have the status 'no_data'")
    return found


def _per_cent(now: np.ndarray, then: np.ndarray) -> np.ndarray:
    """Return changes in per cent; a base that is not positive has none."""
    return 100 * np.where(then > 0, now / then - 1, np.nan)


def late(*sources: Source) -> list[Source]:
    """Return those that were printed later than the edition looks back to.

    Cite them where a number comes from more than its source line names.
    """
    return [source for source in sources if Kind.of(source.get("vintage", "")) is Kind.LATER]


def union(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Sources in order of use, each once."""
    listed = [*sources]
    return tuple(source for i, source in enumerate(listed) if source not in listed[:i])
