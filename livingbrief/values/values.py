"""Numbers that carry their status, unit, label and sources through every operation.

A `Values` is a table: rows are years, dates or categories, columns are series or measures. Each
cell has a status, each column a unit, what a reader calls it, and its sources. Every operation
returns `Values` and settles these once: the weaker status wins (``final``, then ``provisional``,
then ``estimate``, then ``printed_later``), the sources are the union in order of use. A cell
without a number has no status, except ``no_data``: its parts are printed, and no figure follows
from them (a percentage of a negative flow). What stands on a source that was printed later than
the edition looks back to (`livingbrief.data.known`) is itself ``printed_later``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from livingbrief.errors import BuildError, suggest
from livingbrief.wording import format_value, spells

STATUSES = ("final", "provisional", "estimate", "printed_later", "no_data")
ESTIMATE, PRINTED_LATER, NO_DATA = map(STATUSES.index, ("estimate", "printed_later", "no_data"))
RANK = {name: rank for rank, name in enumerate(STATUSES)}
#: Of these a change is a difference, in points; of all others it is in per cent.
SHARES = ("percent", "percentage points")

#: How the vintage of a source says that it is later than the edition looks back to, and that its
#: figures do not change once they are out.
LATER, KNOWN_BY = ", printed later", "known by "
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
    """

    unit: str = ""
    label: str = ""
    sources: tuple[Source, ...] = ()
    signed: bool = False


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
        numbers = np.isfinite(self.frame.to_numpy())
        if (numbers & (self.ranks == NO_DATA)).any():
            raise BuildError("a number cannot have the status 'no_data'")
        late = [printed_later(column.sources) for column in self.about.values()]
        if any(late):
            later = np.where(numbers & np.array(late), PRINTED_LATER, self.ranks)
            object.__setattr__(self, "ranks", later.astype(np.int8))

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
            frame = numbers.to_frame("value" if numbers.name is None else numbers.name)
        else:
            frame = pd.DataFrame(numbers)
        frame = frame.astype(float)
        if frame.index.has_duplicates or frame.columns.has_duplicates:
            raise BuildError("values have a row or a column twice")
        frame.index.name = frame.index.name or rows
        frame.columns.name = frame.columns.name or columns
        known = {
            c: Column(
                _told(unit, c),
                _told(label, c) or str(c),
                union(sources.get(c, ()) if isinstance(sources, Mapping) else sources),
                signed,
            )
            for c in frame.columns
        }
        return cls(frame, _ranks(status, frame), known)

    # ------------------------------------------------------------------ what is in it

    @property
    def status(self) -> pd.DataFrame:
        """Statuses by row and column; of a cell without a number ``no_data`` or empty."""
        names = np.array([*STATUSES], dtype=object)[self.ranks]
        names[~np.isfinite(self.frame.to_numpy()) & (self.ranks != NO_DATA)] = ""
        return pd.DataFrame(names, self.frame.index, self.frame.columns)

    @property
    def soft(self) -> np.ndarray:
        """Where a cell stands on an estimate, as booleans of the frame's shape."""
        return self.ranks == ESTIMATE

    @property
    def later(self) -> np.ndarray:
        """Where a cell stands on what was printed later, as booleans of the frame's shape."""
        return self.ranks == PRINTED_LATER

    @property
    def sources(self) -> tuple[Source, ...]:
        """Sources of all columns that have a number."""
        known = np.isfinite(self.frame.to_numpy()).any(axis=0)
        told = (self.about[c].sources for c in self.frame.columns[known])
        return union(source for sources in told for source in sources)

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
        return self.frame.index[self.frame.notna().any(axis=1)].tolist()

    @property
    def weakest(self) -> str:
        """The weakest status of all numbers."""
        return STATUSES[int(self.ranks[np.isfinite(self.frame.to_numpy())].max(initial=0))]

    def __bool__(self) -> bool:
        """Whether there is any number."""
        return bool(np.isfinite(self.frame.to_numpy()).any())

    def __iter__(self) -> Iterator[Values]:
        """Give each column as `Values`: ``gross, outflow = nb.series(A, B)``."""
        return (self[name] for name in self.frame.columns)

    def __contains__(self, name: Hashable) -> bool:
        """Whether a column has any number."""
        return name in self.frame.columns and bool(self[name])

    def cell(self, row: Any, name: Any = None) -> Cell:
        """Return one number with its status and sources; NaN where there is none."""
        name = self._only() if name is None else name
        column = self.about[name]
        if row not in self.frame.index:
            return Cell(row, float("nan"), "", column.sources, column.unit)
        i, j = self.frame.index.get_loc(row), self.frame.columns.get_loc(name)
        value = float(self.frame.iat[i, j])
        return Cell(row, value, STATUSES[self.ranks[i, j]], column.sources, column.unit)

    def latest(self, name: Any = None) -> Cell | None:
        """Return the last row that has a number; None where none has."""
        name = self._only() if name is None else name
        have = self.frame.index[self.frame[name].notna()]
        return self.cell(have[-1], name) if len(have) else None

    def listed(self, digits: int = 1) -> str:
        """Write the numbers of the only column out: ``2020 +5.1 %; 2022 −12.5 %``."""
        about = self.about[self._only()]
        unit = {"percent": " %", "percentage points": " points"}.get(about.unit, "")
        return "; ".join(
            f"{row} {format_value(number, digits, sign=about.signed)}{unit}"
            for row, number in self.series.items()
        )

    # ------------------------------------------------------------------ selecting

    def __getitem__(self, names: Any) -> Values:
        """Select one column, or a list of columns."""
        chosen = names if isinstance(names, list | pd.Index) else [names]
        for name in chosen:
            if name not in self.about:
                raise BuildError(
                    f"no column {name!r} among these values"
                    + suggest(str(name), [*map(str, self.about)])
                )
        at = [self.frame.columns.get_loc(n) for n in chosen]
        return Values(self.frame.iloc[:, at], self.ranks[:, at], {n: self.about[n] for n in chosen})

    def drop(self, *names: Any) -> Values:
        """Leave columns out; those that are not there are no matter."""
        return self[[n for n in self.frame.columns if n not in names]]

    def at(self, rows: Iterable[Any]) -> Values:
        """Select rows in the order given; those that are not there are left out."""
        at = [self.frame.index.get_loc(r) for r in rows if r in self.frame.index]
        return Values(self.frame.iloc[at], self.ranks[at], self.about)

    def span(self, first: Any, last: Any = None) -> Values:
        """Select the rows from `first` to `last` (to the end without it), both included."""
        index = self.frame.index
        inside = index >= first if last is None else (index >= first) & (index <= last)
        return Values(self.frame[inside], self.ranks[inside], self.about)

    def known(self) -> Values:
        """Leave out the rows and columns that have no number."""
        has = np.isfinite(self.frame.to_numpy())
        rows, columns = has.any(axis=1), has.any(axis=0)
        return Values(
            self.frame.loc[rows, columns],
            self.ranks[np.ix_(rows, columns)],
            {n: self.about[n] for n in self.frame.columns[columns]},
        )

    def unbroken(self) -> Values:
        """Select the longest run of years with a number, the last of those that are as long."""
        years = max(reversed(spells(self.years)), key=len, default=[])
        return self.at(years)

    def by_last(self) -> Values:
        """Order the columns by their numbers in the last row, the highest first."""
        return self[self.frame.iloc[-1].sort_values(ascending=False).index]

    def where(self, keep: pd.DataFrame | Callable[[pd.DataFrame], pd.DataFrame]) -> Values:
        """Keep the numbers where `keep` (a frame of booleans, or a function of the frame) is true.

        ``change.where(lambda c: c.abs() >= 0.05)`` leaves out what prints as nought.
        """
        mask = keep(self.frame) if callable(keep) else keep
        return self._with(self.frame.where(mask.reindex_like(self.frame).eq(True)), self.ranks)

    # ------------------------------------------------------------------ naming

    def named(self, name: Any, label: str = "", unit: str | None = None) -> Values:
        """Name the only column; without a label it keeps its own, without a unit its unit."""
        old = self.about[self._only()]
        new = old._replace(label=label or old.label, unit=old.unit if unit is None else unit)
        frame = self.frame.set_axis(pd.Index([name], name=self.frame.columns.name), axis=1)
        return Values(frame, self.ranks, {name: new})

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
        labels : mapping of column to str
        unit : str, or mapping of column to str
        names : mapping of old column to new
            As keys of results want them.
        signed : bool
            The numbers are changes.
        sources : iterable of dict
            In place of those there are, for all columns.
        rows : mapping of old row to new
            As a reader calls them.
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
        frame = self.frame.set_axis(columns, axis=1)
        return Values(frame.rename(index=rows) if rows else frame, self.ranks, about)

    def axes(self, rows: str = "", columns: str = "") -> Values:
        """Name the axes, as keys and panels want them."""
        frame = self.frame.copy(deep=False)
        frame.index = frame.index.rename(rows or frame.index.name)
        frame.columns = frame.columns.rename(columns or frame.columns.name)
        return Values(frame, self.ranks, self.about)

    def on(self, *others: Values) -> Values:
        """Let numbers stand on others too: the weakest status of each row, and their sources.

        For what a function computed from series and gave back without status or source.
        """
        ranks = self.ranks
        for other in others:
            by_row = pd.Series(_weak(other.ranks).max(axis=1, initial=0), other.frame.index)
            found = by_row.reindex(self.frame.index).fillna(0).to_numpy(np.int8)
            ranks = np.maximum(ranks, found[:, None])
        more = [s for other in others for s in other.sources]
        about = {n: c._replace(sources=union([*c.sources, *more])) for n, c in self.about.items()}
        return Values(self.frame, _clean(ranks, self.frame, self.ranks), about)

    # ------------------------------------------------------------------ computing

    def per(self, number: float, unit: str) -> Values:
        """Divide by a number, into another unit: ``dollars.per(1e6, "US$ million")``."""
        return self._with(self.frame / number, self.ranks, unit=unit)

    def __neg__(self) -> Values:
        """Turn signs."""
        return self._with(-self.frame, self.ranks)

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
            Same rows. The row before is the year before where rows are whole numbers: a year
            whose predecessor is missing has no change. A percentage of a base that is not
            positive has no meaning: ``no_data``. The weaker status of both ends.
        """
        before, base = self._before()
        parts = []
        for j, (name, column) in enumerate(self.about.items()):
            now, then = self.frame.to_numpy()[:, j], before[:, j]
            difference = column.unit in SHARES
            with np.errstate(divide="ignore", invalid="ignore"):
                number = now - then if difference else 100 * (now / then - 1)
            undefined = np.isfinite(now) & np.isfinite(then) & (then <= 0) & (not difference)
            unit = "percentage points" if difference else "percent"
            about = column._replace(unit=unit, signed=True)
            parts.append((name, np.where(undefined, np.nan, number), undefined, about))
        return self._changed(parts, np.maximum(_weak(self.ranks), base))

    def log_change(self) -> Values:
        """Return the change on the row before in log points (hundredths of a logarithm).

        ``no_data`` where both numbers are there and one is not positive.
        """
        before, base = self._before()
        parts = []
        for j, (name, column) in enumerate(self.about.items()):
            now, then = self.frame.to_numpy()[:, j], before[:, j]
            undefined = np.isfinite(now) & np.isfinite(then) & ((then <= 0) | (now <= 0))
            with np.errstate(divide="ignore", invalid="ignore"):
                number = 100 * (np.log(now) - np.log(then))
            about = column._replace(unit="log points", signed=True)
            parts.append((name, np.where(undefined, np.nan, number), undefined, about))
        return self._changed(parts, np.maximum(_weak(self.ranks), base))

    def change_since(self, row: Any) -> Values:
        """Return the change from one row to each later one, per cent; empty without that row."""
        later = self.span(row)
        if row not in self.frame.index:
            later = later.at([])
        later = later.at(r for r in later.frame.index if r != row)
        if not len(later.frame):
            return later.called(unit="percent", signed=True)
        at = self.frame.index.get_loc(row)
        then, base = self.frame.to_numpy()[at], _weak(self.ranks[at])
        parts = []
        for j, (name, column) in enumerate(self.about.items()):
            now = later.frame.to_numpy()[:, j]
            undefined = np.isfinite(now) & (then[j] <= 0)
            with np.errstate(divide="ignore", invalid="ignore"):
                number = np.where(undefined, np.nan, 100 * (now / then[j] - 1))
            about = column._replace(unit="percent", signed=True)
            parts.append((name, number, undefined, about))
        return later._changed(parts, np.maximum(_weak(later.ranks), base))

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
        number = function(*(parts.frame[i] for i in parts.frame)).reindex(parts.frame.index)
        ranks = _weak(parts.ranks).max(axis=1, initial=0)[:, None]
        old = self.about[self._only()]
        about = old._replace(sources=union(s for c in parts.about.values() for s in c.sources))
        name = self._only()
        columns = pd.Index([name], name=self.frame.columns.name)
        frame = pd.DataFrame(number.to_numpy(float)[:, None], parts.frame.index, columns)
        return Values(frame, _clean(ranks, frame), {name: about})

    # ------------------------------------------------------------------ within

    def _only(self) -> Any:
        if self.frame.shape[1] != 1:
            raise BuildError(f"one column is wanted; there are {', '.join(map(str, self.about))}")
        return self.frame.columns[0]

    def _before(self) -> tuple[np.ndarray, np.ndarray]:
        index = self.frame.index
        if pd.api.types.is_integer_dtype(index):
            at = index.get_indexer(index - 1)
        else:
            at = np.arange(len(index)) - 1
        numbers = np.where((at < 0)[:, None], np.nan, self.frame.to_numpy()[at]) if len(at) else 0
        ranks = np.where((at < 0)[:, None], 0, _weak(self.ranks)[at]) if len(at) else 0
        shape = self.frame.shape
        return np.broadcast_to(numbers, shape), np.broadcast_to(ranks, shape)

    def _changed(self, parts: Sequence[tuple[Any, Any, Any, Column]], ranks: np.ndarray) -> Values:
        numbers = np.column_stack([p[1] for p in parts]) if parts else self.frame.to_numpy()
        undefined = np.column_stack([p[2] for p in parts]) if parts else ranks > ranks
        frame = pd.DataFrame(numbers, self.frame.index, self.frame.columns)
        return Values(frame, _clean(ranks, frame, undefined * NO_DATA), {p[0]: p[3] for p in parts})

    def _with(self, frame: pd.DataFrame, ranks: np.ndarray, unit: str | None = None) -> Values:
        about = self.about
        if unit is not None:
            about = {n: c._replace(unit=unit) for n, c in about.items()}
        return Values(frame, _clean(_weak(ranks), frame, ranks), about)

    def _with_other(
        self, other: Any, function: Callable[..., np.ndarray], *, same_unit: bool = False
    ) -> Values:
        if not isinstance(other, Values):
            return self._with(function(self.frame, other), self.ranks)
        wide = other if len(other.about) > len(self.about) else self
        if 1 not in (len(self.about), len(other.about)) and self.names != other.names:
            raise BuildError(
                f"columns differ: {', '.join(map(str, self.about))} and "
                f"{', '.join(map(str, other.about))}"
            )
        rows = _rows(self.frame.index, other.frame.index)
        (mine, weak), (theirs, soft) = self._on_rows(rows), other._on_rows(rows)
        with np.errstate(divide="ignore", invalid="ignore"):
            numbers = function(mine, theirs)
        numbers = np.where(np.isfinite(numbers), numbers, np.nan)
        frame = pd.DataFrame(numbers, rows, wide.frame.columns)
        about = {}
        for i, name in enumerate(wide.about):
            one = self.about[name if name in self.about and len(self.about) > 1 else self.names[0]]
            two = [*other.about.values()][i if len(other.about) > 1 else 0]
            about[name] = Column(
                one.unit if same_unit and one.unit == two.unit else "",
                wide.about[name].label,
                union([*one.sources, *two.sources]),
                one.signed and two.signed,
            )
        ranks = np.broadcast_to(np.maximum(weak, soft), frame.shape)
        return Values(frame, _clean(_weak(ranks), frame, ranks), about)

    def carried_on(self, other: Values) -> tuple[Values, Values]:
        """Leave to other values of the same columns what is not there, or was printed later.

        Gives what stays of these and what is taken of the others; no number is in both.
        """
        firm = self.frame.mask(self.later)
        taken = other[self.names].where(firm.reindex_like(other.frame).isna())
        stays = taken.frame.reindex_like(self.frame).isna()
        return self.where(stays), taken

    def filled(self, other: Values) -> Values:
        """Take what is not there from other values of the same columns, row by row."""
        rows = _rows(self.frame.index, other.frame.index)
        (mine, own), (theirs, given) = self._on_rows(rows), other[self.names]._on_rows(rows)
        gap = np.isnan(mine)
        about = {
            # Of a column without a number `sources` are none.
            n: c._replace(sources=union([*self[n].sources, *other[n].sources]))
            for n, c in self.about.items()
        }
        frame = pd.DataFrame(np.where(gap, theirs, mine), rows, self.frame.columns)
        return Values(frame, np.where(gap, given, own).astype(np.int8), about)

    def _on_rows(self, rows: pd.Index) -> tuple[np.ndarray, np.ndarray]:
        if rows is self.frame.index:
            return self.frame.to_numpy(), self.ranks
        at = self.frame.index.get_indexer(rows)
        gap = (at < 0)[:, None]
        if not len(self.frame):
            shape = (len(rows), self.frame.shape[1])
            return np.full(shape, np.nan), np.zeros(shape, np.int8)
        return np.where(gap, np.nan, self.frame.to_numpy()[at]), np.where(gap, 0, self.ranks[at])


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
    columns = pd.Index([*about], name=values[0].frame.columns.name)
    frame = pd.DataFrame(np.hstack([p[0] for p in parts]), rows, columns)
    return Values(frame, np.hstack([p[1] for p in parts]).astype(np.int8), about)


def _rows(one: pd.Index, two: pd.Index) -> pd.Index:
    """All rows of both: in order, or as they come where they are names."""
    if one.equals(two) or not len(two):
        return one
    if not len(one):
        return two.rename(one.name)
    names = any(pd.api.types.is_string_dtype(index) for index in (one, two))
    found = one.append(two.difference(one, sort=False)) if names else one.union(two)
    return found.rename(one.name)


def _weak(ranks: np.ndarray) -> np.ndarray:
    """Ranks without ``no_data``, which says nothing of the number it is joined with."""
    return np.where(ranks == NO_DATA, 0, ranks).astype(np.int8)


def _clean(ranks: np.ndarray, frame: pd.DataFrame, undefined: np.ndarray | None = None) -> Any:
    """Give each number its rank; one that is not there keeps only ``no_data``."""
    there = np.isfinite(frame.to_numpy())
    gaps = np.zeros(frame.shape, np.int8)
    if undefined is not None:
        gaps = np.where(np.broadcast_to(undefined, frame.shape) == NO_DATA, NO_DATA, 0)
    return np.where(there, np.broadcast_to(ranks, frame.shape), gaps).astype(np.int8)


def _ranks(status: Any, frame: pd.DataFrame) -> np.ndarray:
    if isinstance(status, str):
        found = np.full(frame.shape, _rank(status), np.int8)
    else:
        if isinstance(status, pd.Series):
            by_row = status.reindex(frame.index)
            cells = np.broadcast_to(by_row.to_numpy(object)[:, None], frame.shape)
        else:
            cells = status.reindex(index=frame.index, columns=frame.columns).to_numpy(object)
        flat = [_rank(s) for s in cells.ravel()]
        found = np.array(flat, np.int8).reshape(frame.shape)
    return np.asarray(_clean(found, frame, found))


def _rank(status: Any) -> int:
    if status is None or status != status or status == "":
        return 0
    if status not in RANK:
        raise BuildError(f"status {status!r} is not one of {', '.join(STATUSES)}")
    return RANK[status]


def late(*sources: Source) -> list[Source]:
    """Return those that were printed later than the edition looks back to.

    Cite them where a number stands on more than its source line names.
    """
    return [source for source in sources if printed_later([source])]


def printed_later(sources: Iterable[Source]) -> bool:
    """Whether any of some sources was printed later than the edition looks back to."""
    return any(s.get("vintage", "").endswith(LATER) for s in sources)


def _told(of: Told, name: Any) -> str:
    return str(of.get(name, "")) if isinstance(of, Mapping) else str(of)


def union(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Sources in order of use, each once."""
    found: list[Source] = []
    for source in sources:
        if source not in found:
            found.append(source)
    return tuple(found)
