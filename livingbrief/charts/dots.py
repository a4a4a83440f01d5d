"""Dots with intervals: forests, ranges, dumbbells, counts with their uncertainty by year."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, NullLocator

from livingbrief.charts.chart import (
    MARKERS,
    Chart,
    Panels,
    key,
    leftmost,
    name_rows,
    row_height,
    split,
    text_width,
    thousands,
    whole,
    wrapped,
)
from livingbrief.charts.scatter import draw_scatter
from livingbrief.charts.theme import DASHED, LATE, MUTED, write
from livingbrief.values.numbers import format_value
from livingbrief.values.values import Column, Values
from livingbrief.wording import capital

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABEL = 7.5
NOT_CHOSEN = "#8A8A8A"
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
    panels : str
        Name of the axis of which each entry is a panel.
    upright : bool
        Rows along the bottom (years), numbers upwards.
    joined : bool
        A line joins the dots of a row: a dumbbell.
    faint : collection of columns
        Small hollow grey dots: what a marked one is compared with.
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
    axis : str
        Words beneath (beside) the axis of numbers.
    shared : bool
        One scale for all panels.
    slope : float
        A scatter with the fitted line of this slope: see `livingbrief.charts.scatter`.
    fitted : collection of rows
        Those to which the line was fitted, and through whose means it goes; all without it.
    colours, digits, height, across, cite
        See `Chart`.

    Notes
    -----
    Hollow where the number stands on an estimate; an interval without a number is a bar alone.
    """

    low: Panels | None = None
    high: Panels | None = None
    upright: bool = False
    joined: bool = False
    faint: Collection[Any] = ()
    reference: float | None = None
    log: bool = False
    words: Mapping[float, str] = field(default_factory=dict)
    labelled: bool = False
    texts: Mapping[Any, str] = field(default_factory=dict)
    bold: Collection[Any] = ()
    axis: str = ""
    shared: bool = True
    slope: float | None = None
    fitted: Collection[Any] = ()

    def __post_init__(self, values: Values | Panels, panels: str) -> None:
        """Split the ends of the intervals as the values; name the axis of numbers."""
        super().__post_init__(values, panels)
        given = {"low": self.low, "high": self.high}
        self.ends = {name: split(of, panels) for name, of in given.items() if of is not None}
        self.n = "y" if self.upright else "x"

    def data(self) -> pd.DataFrame:
        """Return the numbers for the CSV, with the ends of the intervals beside them."""
        found = super().data()
        for name, ends in self.ends.items():
            if self.whole is not None and len({tuple(v.names) for v in self.parts.values()}) > 1:
                flat = pd.concat([v.frame for v in ends.values()], axis=1)
            else:
                own = {h: v.frame for h, v in ends.items()}
                flat = pd.concat(
                    own.get(h, pd.DataFrame()).reindex(v.frame.index)
                    for h, v in self.parts.items()
                    if v or self.whole is not None
                )
            for column in flat:
                found[f"{column}_{name}"] = flat[column].to_numpy()
        return found

    def said(self, value: float, about: Column, *, unit: bool = True) -> str:
        """Write a number as labels do, in words where the axis has them; see `Chart.said`."""
        return self.words.get(value) or super().said(value, about, unit=unit)

    def _form(self) -> str:
        if self.slope is not None:
            return "Dots with a fitted line"
        return "Dots with intervals" if self.low is not None else "Dots"

    def _grid(self, width: float) -> tuple[int, int, float]:
        rows, cols = self._places(width, 3)
        if self.slope is not None:
            return rows, cols, 4.6 * rows
        if self.upright:
            return rows, cols, 0.9 + 2.4 * rows
        most = max(len(v.rows) for v in self.parts.values())
        kinds = max(len(self._kinds(v)) for v in self.parts.values())
        step = 0.28 if self.low is None or kinds < 2 else 0.16 + 0.14 * kinds
        names = [str(r) for v in self.parts.values() for r in v.rows]
        step = row_height(wrapped(names, 0.45 * width / cols), step)
        return rows, cols, 0.9 + rows * (0.5 + step * most)

    def _kinds(self, values: Values) -> list[Any]:
        return [n for n in values.names if n not in self.faint]

    def _paint(self, fig: Figure, axes: np.ndarray, width: float) -> None:
        super()._paint(fig, axes, width)
        if self.slope is not None:
            return
        cols = axes.shape[1]
        drawn = [*axes.flat[: len(self.parts)]]
        limits = [getattr(ax, f"get_{self.n}lim")() for ax in drawn]
        if self.shared:
            limits = [(min(a for a, _ in limits), max(b for _, b in limits))] * len(limits)
        if self.log:
            # An interval that reaches nought would push all dots to the other end.
            least = min(np.nanmin(v.frame.to_numpy()) for v in self.parts.values() if v) / 6
            limits = [(max(low, least), high) for low, high in limits]
            inches = 2.0 if self.upright else 0.55 * width / cols
            for ax, ends in zip(drawn, limits, strict=True):
                (ax.yaxis if self.upright else ax.xaxis).set_major_locator(
                    FixedLocator(_decades(ends[0], ends[1], inches))
                )
        if self.log or (self.shared and len(drawn) > 1):
            for ax, ends in zip(drawn, limits, strict=True):
                ax.set(**{f"{self.n}lim": ends})
        if max(len(self._kinds(v)) for v in self.parts.values()) > 1:
            room = width - (0 if self.upright else 0.4) * width / cols
            lines = key(drawn[0], room if any(self.parts) else room / cols)
            if any(self.parts):
                for ax, head in zip(drawn[:cols], self.parts, strict=False):
                    ax.set_title(head, pad=4 + 11 * lines)
                # The headings make its room; its width is that of all panels.
                drawn[0].get_legend().set_in_layout(False)

    def _panel(self, ax: Axes, head: str, values: Values, inches: float) -> None:
        if self.slope is not None:
            draw_scatter(ax, values, self.slope, self.fitted or values.rows)
            return
        count = len(values.rows)
        places = np.arange(count, dtype=float)[:: 1 if self.upright else -1]
        if self.upright and whole(values.rows):
            places = np.array(values.rows, dtype=float)
        kinds = self._kinds(values)
        apart = 0.0 if self.low is None or len(kinds) < 2 else min(0.22, 0.7 / len(kinds))
        numbers = ax.yaxis if self.upright else ax.xaxis
        if self.log:
            ax.set(**{f"{self.n}scale": "log"})
            numbers.set_major_formatter(lambda n, _: format_value(n, 0 if n >= 1 else 1))
            numbers.set_minor_locator(NullLocator())
        if self.words:
            numbers.set_ticks([*self.words], [*self.words.values()])
        if self.joined:
            ends = values.frame.min(axis=1).to_numpy(), values.frame.max(axis=1).to_numpy()
            self._spans(ax, places, *ends, color="#B5B5B5", lw=1.5, zorder=2)
        faint = [name for name in values.names if name in self.faint]
        if faint:
            # One artist for all of a colour: matplotlib takes as long for one dot as for many.
            self._plot(ax, np.tile(places, len(faint)), values.frame[faint].to_numpy().T.ravel(),
                       ls="none", marker="o", ms=4, mfc="none", color=NOT_CHOSEN,
                       zorder=2)  # fmt: skip
        for j, name in enumerate(values.names):
            if name in self.faint:
                for row in (r for r in values.rows if (r, name) in self.texts):
                    at = places[values.rows.index(row)]
                    self._text(ax, values, row, name, at, values.frame.at[row, name], MUTED)
                continue
            number, soft = values.frame[name].to_numpy(), values.soft[:, j]
            k = kinds.index(name)
            shift = apart * ((len(kinds) - 1) / 2 - k) * (-1 if self.upright else 1)
            base, marker = self._colours[name], MARKERS[k % len(MARKERS)]
            paint = [EMPHASIS if r in self.bold else base for r in values.rows]
            paint = [LATE if late else p for late, p in zip(values.later[:, j], paint, strict=True)]
            low, high = self._ends(head, name, values)
            # Joined dots may fall together: the first shows as a rim behind the others.
            size = 8.5 if self.joined and k == 0 else 5.5
            at, there = places + shift, np.isfinite(number)
            spans = np.isfinite(low) & np.isfinite(high)
            for colour in dict.fromkeys(paint):
                own = np.array([p == colour for p in paint])
                if (of := own & spans).any():
                    self._spans(ax, at[of], low[of], high[of], color=colour, lw=1.8,
                                solid_capstyle="butt", zorder=3)  # fmt: skip
                for filled in (True, False):
                    if (of := own & there & (soft != filled)).any():
                        self._plot(ax, at[of], number[of], ls="none", marker=marker, ms=size,
                                   color=colour, mfc=colour if filled else "white", mew=1.3,
                                   zorder=4)  # fmt: skip
            for i in np.flatnonzero(there | np.isfinite(high)):
                edge = high[i] if np.isfinite(high[i]) else number[i]
                self._text(ax, values, values.rows[i], name, at[i], edge, paint[i])
            self._plot(ax, [], [], ls="none", marker=marker, ms=5.5, color=base,
                       label=capital(values.about[name].label))  # fmt: skip
        self._finish(ax, head, values, places, inches)

    def _plot(self, ax: Axes, place: Any, number: Any, **style: Any) -> None:
        x, y = (place, number) if self.upright else (number, place)
        ax.plot(x, y, **style)

    def _spans(
        self, ax: Axes, places: np.ndarray, low: np.ndarray, high: np.ndarray, **style: Any
    ) -> None:
        """Draw a line from `low` to `high` at each place, all of them one artist."""
        gap = np.full(len(places), np.nan)
        ends = (
            np.column_stack(three).ravel() for three in ((places, places, gap), (low, high, gap))
        )
        self._plot(ax, *ends, **style)

    def _ends(self, head: str, name: Any, values: Values) -> list[np.ndarray]:
        """Return the lower and the upper ends of a column's intervals, NaN where there is none."""
        own = [self.ends.get(end, {}).get(head) for end in ("low", "high")]
        frames = [pd.DataFrame() if ends is None else ends.frame for ends in own]
        rows = values.frame.index
        return [f.reindex(index=rows, columns=[name]).to_numpy(float)[:, 0] for f in frames]

    def _text(
        self,
        ax: Axes,
        values: Values,
        row: Any,
        name: Any,
        place: float,
        edge: float,
        colour: str | None,
    ) -> None:
        text, number = self.texts.get((row, name)), values.frame.at[row, name]
        if text is None and self.labelled and np.isfinite(number):
            text = self.said(number, values.about[name])
        if text is None:
            return
        spot, dx, dy = ((place, edge), 0, 3) if self.upright else ((edge, place), 6, 0)
        dx += 2 * self.joined
        colour = colour if len(values.names) > 1 else None
        # On white, so that no level strikes it through; beneath the dots.
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
        write(ax, text, spot, dx, dy, fontsize=LABEL, color=colour, annotation_clip=False,
              bbox=box, zorder=1.5)  # fmt: skip

    def _finish(
        self, ax: Axes, head: str, values: Values, places: np.ndarray, inches: float
    ) -> None:
        line = ax.axhline if self.upright else ax.axvline
        shown = [values, *(ends[head] for ends in self.ends.values() if head in ends)]
        if self.reference is not None:
            line(self.reference, lw=1, **DASHED)
        if not self.log and values.frame.abs().max(axis=None) >= 1000:
            thousands(ax.yaxis if self.upright else ax.xaxis)
        if self.upright:
            name_rows(ax, values.rows, places, inches)
            ax.margins(x=0.04, y=0.1)
            if whole(values.rows):
                ax.set_xlim(places.min() - 0.8, places.max() + 0.8)
            if self.words:
                ax.set_ylim(min(self.words) - 0.5, max(self.words) + 0.5)
            elif not self.log and not any((v.frame.to_numpy() < 0).any() for v in shown):
                # A nought stands clear of the axis.
                noughts = any((v.frame.to_numpy() == 0).any() for v in shown)
                top = ax.get_ylim()[1]
                ax.set_ylim(-0.04 * top if noughts else 0, top * (1.12 if self.labelled else 1))
            ax.set_ylabel(self.axis)
            return
        texts = wrapped((capital(str(r)) for r in values.rows), 0.45 * inches)
        same = len({tuple(v.rows) for v in self.parts.values()}) == 1
        named = not same or leftmost(ax)
        ax.set_yticks(places, texts if named else [""] * len(texts))
        for tick, row in zip(ax.get_yticklabels(), values.rows, strict=True):
            if row in self.bold:
                tick.set_color(EMPHASIS)
                tick.set_fontweight("bold")
        ax.set_ylim(-0.6, len(places) - 0.4)
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=True, axis="x")
        ax.grid(visible=False, axis="y")
        ax.margins(x=0.12 if self.labelled or self.texts else max(0.05, 0.15 / inches))
        ax.set_xlabel(self.axis)


def _decades(low: float, high: float, inches: float) -> list[float]:
    """Return ticks of a logarithmic axis: 1, 3, 10; tens alone; or every other of them."""
    most = inches / (text_width([format_value(high, 0)], 8.5) + 0.1)
    decades = np.log10(high / low)
    steps = (1, 3) if 2 * decades <= most else (1,)
    every = 1 if decades <= most else 2
    return [s * 10.0**e for e in range(-3, 13, every) for s in steps]
