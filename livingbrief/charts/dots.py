"""Dots with intervals, counts by year, dumbbells."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from livingbrief.charts.chart import (
    MARKERS,
    Chart,
    Panels,
    in_panels,
    key,
    leftmost,
    row_height,
    thousands,
    whole,
    wrapped,
    year_ticks,
)
from livingbrief.charts.theme import DASHED, LATE, write
from livingbrief.values.numbers import format_value
from livingbrief.values.values import Column, Values
from livingbrief.wording import capital

LABEL = 7.5
EMPHASIS = "#C2410C"


@dataclass(kw_only=True, eq=False)
class Dots(Chart):
    """Make a chart of dots, with intervals where there are any.

    Parameters
    ----------
    values : Values, or mapping of heading to Values
        Each row is a place on the axis of names, each column a kind of dot; several columns are
        set a little apart where there are intervals.
    low, high : likewise
        Ends of the intervals, by row and column as in `values`.
    upright : bool
        Rows are years, along the bottom; numbers upwards.
    joined : bool
        A line joins the dots of a row: a dumbbell.
    reference : float
        A level drawn across.
    log : bool
        Logarithmic axis of numbers; never for bars.
    words : mapping of number to str
        What the numbers mean, in their place on the axis: places on an ordered scale.
    labelled : bool
        Write each number beside its dot.
    texts : mapping of (row, column) to str
        Labels in place of the number; only these are written where `labelled` is false.
    bold : collection of rows
        Drawn in the colour of emphasis, name and dot.
    shared : bool
        One scale for all panels.
    colours, digits, height, across, cite
        See `Chart`.

    Notes
    -----
    Hollow where the number comes from an estimate; an interval without a number is a bar alone.
    """

    low: Values | Panels | None = None
    high: Values | Panels | None = None
    upright: bool = False
    joined: bool = False
    reference: float | None = None
    log: bool = False
    words: Mapping[float, str] = field(default_factory=dict)
    labelled: bool = False
    texts: Mapping[Any, str] = field(default_factory=dict)
    bold: Collection[Any] = ()
    shared: bool = True

    def __post_init__(self, values: Values | Panels) -> None:
        """Set the ends of the intervals in panels as the values; name the axis of numbers."""
        super().__post_init__(values)
        given = {"low": self.low, "high": self.high}
        self.ends = {name: in_panels(of) for name, of in given.items() if of is not None}
        self.n = "y" if self.upright else "x"

    def told_in(self, say: Callable[[str], str]) -> Self:
        """Return the chart in other words; the names of its ends stay."""
        told = super().told_in(say)
        told.ends = dict(zip(self.ends, told.ends.values(), strict=True))
        return told

    def data(self) -> pd.DataFrame:
        """Return the numbers for the CSV, with the ends of the intervals beside them."""
        found = super().data()
        for name, ends in self.ends.items():
            flat = pd.concat(
                (ends[head].frame if head in ends else pd.DataFrame()).reindex(values.frame.index)
                for head, values in self.parts.items()
                if values or self.whole is not None
            )
            for column in flat:
                found[f"{column}_{name}"] = flat[column].to_numpy()
        return found

    def said(self, value: float, about: Column, *, unit: bool = True) -> str:
        """Write a number as labels do, in words where the axis has them; see `Chart.said`."""
        return self.words.get(value) or super().said(value, about, unit=unit)

    def _form(self) -> str:
        return "Dots with intervals" if self.ends else "Dots"

    def _clauses(self) -> Iterator[str]:
        along = self.upright and all(whole(v.rows) for v in self.parts.values())
        return self.course() if along else super()._clauses()

    def _grid(self, width: float) -> tuple[int, int, float]:
        rows, cols = self._places(width)
        if self.upright:
            return rows, cols, 0.9 + 2.4 * rows
        most = max(len(v.rows) for v in self.parts.values())
        step = 0.16 + 0.11 * self._most_kinds if self.ends and self._most_kinds > 1 else 0.28
        names = [str(r) for v in self.parts.values() for r in v.rows]
        step = row_height(wrapped(names, 0.45 * width / cols), step)
        return rows, cols, 0.9 + rows * (0.5 + step * most)

    @property
    def _most_kinds(self) -> int:
        return max(len(v.names) for v in self.parts.values())

    def _paint(self, fig: Figure, axes: np.ndarray, width: float) -> None:
        super()._paint(fig, axes, width)
        drawn, cols = [*axes.flat[: len(self.parts)]], axes.shape[1]
        self._set_scales(drawn)
        if self._most_kinds > 1:
            room = width - (0 if self.upright else 0.4) * width / cols
            headed = any(self.parts)
            lines = key(drawn[0], room if headed else room / cols)
            if headed:
                for ax, head in zip(drawn[:cols], self.parts, strict=False):
                    ax.set_title(self._heading(head, width / cols), pad=4 + 11 * lines)
                # The headings make its room; its width is that of all panels.
                drawn[0].get_legend().set_in_layout(False)

    def _set_scales(self, drawn: list[Axes]) -> None:
        limits = [getattr(ax, f"get_{self.n}lim")() for ax in drawn]
        if self.shared:
            limits = [(min(a for a, _ in limits), max(b for _, b in limits))] * len(limits)
        for ax, (low, high) in zip(drawn, limits, strict=True):
            if self.log:
                # An interval that reaches nought would push all dots to the other end.
                low = max(
                    low, min(np.nanmin(v.frame.to_numpy()) for v in self.parts.values() if v) / 6
                )
                high *= 1.5 if self.upright and self.labelled else 1  # Clear of the heading.
                self._numbers(ax).set_major_locator(LogLocator())
            if self.log or (self.shared and len(drawn) > 1):
                ax.set(**{f"{self.n}lim": (low, high)})

    def _numbers(self, ax: Axes) -> Axis:
        return ax.yaxis if self.upright else ax.xaxis

    def _panel(self, ax: Axes, head: str, values: Values, inches: float) -> None:
        rows = values.rows if self.upright else range(len(values.rows))[::-1]
        places = np.array(rows, dtype=float)
        self._scale(ax, values, inches)
        if self.joined:
            ends = values.frame.min(axis=1).to_numpy(), values.frame.max(axis=1).to_numpy()
            self._spans(ax, places, *ends, color="#B5B5B5", lw=1.5, zorder=2)
        for name in values.names:
            self._kind(ax, head, values, name, places)
        if self.reference is not None:
            (ax.axhline if self.upright else ax.axvline)(self.reference, lw=1, **DASHED)
        if self.upright:
            self._stand(ax, head, values, places, inches)
        else:
            self._lie(ax, values, places, inches)

    def _scale(self, ax: Axes, values: Values, inches: float) -> None:
        """Set the axis of numbers: logarithmic, in words, or with separators."""
        numbers = self._numbers(ax)
        if self.log:
            ax.set(**{f"{self.n}scale": "log"})
            numbers.set_major_formatter(lambda n, _: format_value(n, 0 if n >= 1 else 1))
            numbers.set_minor_locator(NullLocator())
        elif self.words:
            numbers.set_ticks([*self.words], wrapped(self.words.values(), 0.33 * inches))
        elif values.frame.abs().max(axis=None) >= 1000:
            thousands(numbers)

    def _kind(self, ax: Axes, head: str, values: Values, name: Any, places: np.ndarray) -> None:
        """Draw the dots of one column: for each colour the intervals, the full, the hollow."""
        kinds, one = values.names, values[name]
        k = kinds.index(name)
        number, soft = one.frame[name].to_numpy(), one.soft[:, 0]
        low, high = self._interval(head, one)
        at = places + self._apart(head, values)[:, k] * (-1 if self.upright else 1)
        base, marker = self._colours[name], MARKERS[k % len(MARKERS)]
        bold = np.isin(values.rows, [*self.bold])
        paint = np.where(one.later[:, 0], LATE, np.where(bold, EMPHASIS, base))
        # Joined dots may fall together: the first shows as a rim behind the others.
        style: dict[str, Any] = {"marker": marker, "ms": 8.5 if self.joined and k == 0 else 5.5,
                                 "mew": 1.3, "zorder": 4}  # fmt: skip
        for colour in dict.fromkeys(paint.tolist()):
            of = (paint == colour) & np.isfinite(low) & np.isfinite(high)
            if of.any():
                self._spans(ax, at[of], low[of], high[of], color=colour, lw=1.8,
                            solid_capstyle="butt", zorder=3)  # fmt: skip
            for face, chosen in ((colour, ~soft), ("white", soft)):
                of = (paint == colour) & np.isfinite(number) & chosen
                if of.any():
                    self._plot(ax, at[of], number[of], color=colour, mfc=face, **style)
        # A bar without a dot is told at its middle.
        spot = np.where(np.isfinite(number), number, (low + high) / 2)
        spots = zip(*((at, spot) if self.upright else (spot, at)), strict=True)
        self._mark(ax, head, values, name, spots, zip(low, high, strict=True))
        self._texts(ax, values, name, at, np.where(np.isfinite(high), high, number), paint)
        label = capital(values.about[name].label)
        self._plot(ax, [], [], marker=marker, ms=5.5, color=base, label=label)

    @property
    def _beside(self) -> float:
        return 0.65 if self.upright else 0.45

    def _apart(self, head: str, values: Values) -> np.ndarray:
        """Return how far each dot is set from its row, where several of a row have intervals."""
        each = [
            [values.frame[n].to_numpy(), *self._interval(head, values[n])] for n in values.names
        ]
        there = np.isfinite(np.array(each, dtype=float)).any(axis=1).T
        middle = (there.sum(axis=1, keepdims=True) - 1) / 2
        apart = min(0.22, 0.7 / len(values.names)) if self.ends else 0.0
        return np.where(there, apart * (middle - there.cumsum(axis=1) + 1), 0.0)

    def _plot(self, ax: Axes, place: Any, number: Any, ls: str = "none", **style: Any) -> None:
        ax.plot(*((place, number) if self.upright else (number, place)), ls=ls, **style)

    def _spans(
        self, ax: Axes, places: np.ndarray, low: np.ndarray, high: np.ndarray, **style: Any
    ) -> None:
        """Draw a line from `low` to `high` at each place, all of them one artist."""
        gap = np.full(len(places), np.nan)
        at, ends = (np.column_stack(of).ravel() for of in ((places, places, gap), (low, high, gap)))
        self._plot(ax, at, ends, ls="-", **style)

    def _interval(self, head: str, one: Values) -> list[np.ndarray]:
        """Return the lower and the upper ends of a column's intervals, NaN where there is none."""
        own = (self.ends.get(end, {}).get(head) for end in ("low", "high"))
        frames = (pd.DataFrame() if ends is None else ends.frame for ends in own)
        return [f.reindex_like(one.frame).to_numpy(float)[:, 0] for f in frames]

    def _texts(
        self, ax: Axes, values: Values, name: Any, at: np.ndarray, edges: np.ndarray, paint: Any
    ) -> None:
        """Write the labels of a column's dots, above or behind their edges."""
        # On white, so that no level strikes it through; beneath the dots.
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
        style: dict[str, Any] = {"annotation_clip": False, "bbox": box, "zorder": 1.5}
        for row, place, edge, colour in zip(values.rows, at, edges, paint, strict=True):
            number = values.frame.at[row, name]
            text = self.texts.get((row, name))
            if text is None and self.labelled and np.isfinite(number):
                text = self.said(number, values.about[name])
            if text is not None and np.isfinite(edge):
                spot, dx, dy = ((place, edge), 0, 3) if self.upright else ((edge, place), 6, 0)
                style["color"] = colour if len(values.names) > 1 else None
                write(ax, text, spot, dx + 2 * self.joined, dy, fontsize=LABEL, **style)

    def _stand(
        self, ax: Axes, head: str, values: Values, places: np.ndarray, inches: float
    ) -> None:
        """Name years along the bottom, and begin the axis of numbers at nought where it can."""
        ax.set_xticks(year_ticks(places, inches - 0.5))
        ax.margins(y=0.1)
        ax.set_xlim(places.min() - 0.8, places.max() + 0.8)
        shown = [values, *(ends[head] for ends in self.ends.values() if head in ends)]
        least = min(np.nanmin(v.frame.to_numpy(), initial=np.inf) for v in shown)
        if self.words:
            ax.set_ylim(min(self.words) - 0.5, max(self.words) + 0.5)
        elif not self.log and least >= 0:
            # A nought stands clear of the axis.
            top = ax.get_ylim()[1]
            ax.set_ylim(0 if least else -0.04 * top, top * (1.12 if self.labelled else 1))

    def _lie(self, ax: Axes, values: Values, places: np.ndarray, inches: float) -> None:
        """Name rows at the left, where panels beside each other have the same once."""
        texts = wrapped((capital(str(r)) for r in values.rows), 0.45 * inches)
        same = len({tuple(v.rows) for v in self.parts.values()}) == 1
        named = not same or leftmost(ax)
        ax.set_yticks(places, texts if named else [""] * len(texts))
        for tick, row in zip(ax.get_yticklabels(), values.rows, strict=True):
            if row in self.bold:
                tick.set(color=EMPHASIS, fontweight="bold")
        ax.set_ylim(-0.6, len(places) - 0.4)
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=True, axis="x")
        ax.grid(visible=False, axis="y")
        ax.margins(x=0.12 if self.labelled or self.texts else max(0.05, 0.15 / inches))
