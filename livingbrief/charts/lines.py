"""Lines over years, or names in order, labelled at their ends."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from livingbrief.charts.chart import (
    MARKERS,
    Chart,
    leftmost,
    line_height,
    spread,
    text_width,
    thousands,
    whole,
    wrapped,
    year_ticks,
)
from livingbrief.charts.theme import DASHED, LATE, MUTED, shade_shocks, write
from livingbrief.values.values import Values
from livingbrief.wording import capital

LABEL = 8.5
#: A label at the end of a line, with a white rim.
ENDS: dict[str, Any] = {
    "fontsize": LABEL,
    "path_effects": [withStroke(linewidth=2.2, foreground="white")],
    "annotation_clip": False,
}
STROKES: dict[str, dict[str, Any]] = {
    "firm": {},
    "soft": {"ls": (0, (3, 2)), "lw": 1.4},
    "loose": {"ls": (0, (1, 1.2)), "lw": 1.6},
}
# Where a line ends, its label and its colour.
_Tip = tuple[float, float, str, str]


@dataclass(kw_only=True, eq=False)
class Lines(Chart):
    """Make a chart of lines; a gap is never bridged, estimates are dashed and hollow.

    Parameters
    ----------
    values : Values, or mapping of heading to Values
        Rows are years, or names in order; each column is a line, labelled at its end. Panels of
        one unit have one scale.
    shade : collection of int
        Years drawn as grey bands.
    breaks : mapping of column to collection of years
        The line is not joined to the year before.
    dotted : likewise
        The line from the year before is dotted: the two may not belong together.
    events : mapping of number to str
        Vertical lines with their words.
    marks : collection of columns
        Drawn as crosses, not joined: what was withdrawn, or stands for itself.
    ends : bool
        Write the last number behind a label, where rows are years.
    colours, digits, height, across, cite
        See `Chart`.
    """

    shade: Collection[int] = ()
    breaks: Mapping[Any, Collection[int]] = field(default_factory=dict)
    dotted: Mapping[Any, Collection[int]] = field(default_factory=dict)
    events: Mapping[float, str] = field(default_factory=dict)
    marks: Collection[Any] = ()
    ends: bool = False
    _clauses = Chart.course

    @property
    def apart(self) -> set[int]:
        """Years that no line joins firmly to the year before."""
        return {y for of in (self.breaks, self.dotted) for years in of.values() for y in years}

    def _form(self) -> str:
        if len({v.frame.index.name for v in self.parts.values()}) > 1:
            return "Lines"
        rows = [*dict.fromkeys(r for v in self.parts.values() for r in v.years)]
        rows = sorted(rows) if whole(rows) else rows
        return f"Lines, {rows[0]} to {rows[-1]}" if len(rows) > 1 else "Lines"

    def _grid(self, width: float) -> tuple[int, int, float]:
        rows, cols = self._places(width)
        return rows, cols, 3.6 if rows == 1 else 0.9 + 1.75 * rows

    @property
    def _pad(self) -> float:
        return 3 + 9 * bool(self.shade) + 20 * bool(self.events)

    def _panel(self, ax: Axes, head: str, values: Values, inches: float) -> None:
        texts, named = [] if whole(values.rows) else [str(row) for row in values.rows], values
        if texts:
            values = values.called(rows={row: i for i, row in enumerate(values.rows)})
        scale = [*self.parts.values()] if self.unit else [values]
        # Panels of years begin and end together, so that a year is at one place in all.
        alike = [values] if texts else [v for v in scale if whole(v.rows)]
        years = sorted({row for v in alike for row in v.rows})
        first, last = years[0], years[-1]
        pitch = (inches - 0.55) * 0.75 / (last - first or 1)
        shade_shocks(ax, [y for y in self.shade if first <= y <= last], pitch)
        numbers = np.concatenate([v.frame.to_numpy().ravel() for v in scale])
        tips = [tip for tip in self._lines(ax, values, named=not texts) if tip[2]]
        beside = [self._tip(v, name, named=not texts) for v in alike for name in v.names]
        for name in values.names:
            self._mark(ax, head, named, name, zip(values.rows, values.frame[name], strict=True))
        low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
        room = 0.06 * (high - min(low, 0) or 1)
        ax.set_ylim(min(0.0, low - room), high + room)
        if max(abs(low), abs(high)) >= 1000:
            thousands(ax.yaxis)
        if self.unit and not leftmost(ax):
            ax.tick_params(labelleft=False)
        self._labels(ax, values, tips, beside, (first, last), inches)
        left, right = ax.get_xlim()
        if low < 0 < high:
            # It ends where the lines do, so that it strikes no label through.
            ended = max((t[0] + 0.01 * (right - left) for t in tips), default=right)
            ax.plot((left, ended), (0, 0), color=MUTED, lw=0.8, zorder=1)
        # Above the axes, where no line can cross its words; each on the lowest line with room.
        inch, ends = (inches - 0.55) / (right - left), [-np.inf] * 3
        for x, told in ((x, told) for x, told in self.events.items() if left <= x <= right):
            ax.axvline(x, lw=0.9, **DASHED)
            half = text_width(told.split("\n"), 7) / 2
            line = next((i for i, end in enumerate(ends) if end <= x * inch - half), 0)
            ends[line] = x * inch + half + 0.08
            place: dict[str, Any] = {"xycoords": ("data", "axes fraction")}
            place["annotation_clip"] = False
            write(ax, told, (x, 1), dy=2 + 9 * line, fontsize=7, color=MUTED, **place)
        room = (inches - 0.5) * min(0.8, (last - first or right - left) / (right - left))
        if texts:
            ax.set_xticks(values.rows, wrapped(texts, room / len(texts), least=8))
        else:
            ax.set_xticks(year_ticks(years, room))

    def _tip(self, values: Values, name: Any, *, named: bool) -> str:
        """Return the label at the end of a line; a panel of one is named by its heading."""
        line, about = values.frame[name].dropna(), values.about[name]
        alone = len(values.names) == 1 and len(self.parts) > 1
        words = [] if alone else [capital(about.label)]
        if self.ends and named and len(line):
            words.append(self.said(line.iloc[-1], about, unit=False))
        return " ".join(words)

    def _lines(self, ax: Axes, values: Values, *, named: bool) -> Iterator[_Tip]:
        """Draw the lines, and yield where each ends."""
        for place, name in enumerate(values.names):
            line = values.frame[name].dropna()
            if line.empty:
                continue
            late = values[name].later.any()
            colour = MUTED if name in self.marks else LATE if late else self._colours[name]
            self._line(ax, values, name, colour, MARKERS[place % len(MARKERS)])
            tip = self._tip(values, name, named=named)
            yield float(line.index[-1]), float(line.iloc[-1]), tip, colour

    def _line(self, ax: Axes, values: Values, name: Any, colour: str, marker: str) -> None:
        line = values.frame[name].dropna()
        if name in self.marks:
            ax.plot(line.index, line, ls="none", marker="x", ms=6, mew=1.5, color=colour, zorder=4)
            return
        for style, xs, ys in self._runs(values, name):
            ax.plot(xs, ys, color=colour, **STROKES[style])
        soft = values[name].at(line.index).soft[:, 0]
        dots: dict[str, Any] = {"ls": "none", "marker": marker, "color": colour}
        ax.plot(line.index[~soft], line[~soft], ms=3.5, **dots)
        ax.plot(line.index[soft], line[soft], ms=5, mfc="white", mew=1.4, **dots)

    def _runs(self, values: Values, name: Any) -> Iterator[tuple[str, list[int], list[float]]]:
        """Yield the pieces of a line that are joined in one way: firm, soft or loose."""
        x, y = values.rows, values.frame[name].tolist()
        soft = values[name].soft[:, 0]
        broken, loose = self.breaks.get(name, ()), self.dotted.get(name, ())

        def joined(i: int) -> str:
            if x[i] - x[i - 1] > 1 or x[i] in broken or np.isnan(y[i] + y[i - 1]):
                return ""
            return "loose" if x[i] in loose else "soft" if soft[i] or soft[i - 1] else "firm"

        for style, steps in groupby(range(1, len(x)), key=joined):
            run = [*steps]
            if style:
                yield style, x[run[0] - 1 : run[-1] + 1], y[run[0] - 1 : run[-1] + 1]

    def _labels(
        self,
        ax: Axes,
        values: Values,
        tips: Sequence[_Tip],
        beside: Sequence[str],
        ends: tuple[int, int],
        inches: float,
    ) -> None:
        """Write labels at the ends, moved apart and clear of points, and make room for them.

        Panels that are alike make room for what stands `beside` the lines of any.
        """
        (first, last), ahead = ends, inches - 0.55
        span = (last - first) or 1
        pad = 0.03 * span
        if not tips or (len(tips) < 2 and not self.marks and not self.ends):
            ax.set_xlim(first - pad, last + pad)
            return
        need = text_width(beside, LABEL) + 0.12
        if need > 0.4 * ahead:
            tips = [(x, y, wrapped([t], 0.4 * ahead, least=9)[0], c) for x, y, t, c in tips]
            lines = (line for told in beside for line in wrapped([told], 0.4 * ahead, least=9))
            need = text_width((part for line in lines for part in line.split("\n")), LABEL) + 0.12
        share = min(max(need, 0.1) / ahead, 0.55)
        ax.set_xlim(first - pad, last + pad + span * share / (1 - share))
        heights = [line_height(ax) * (1 + t[2].count("\n")) for t in tips]
        middles = spread([t[1] for t in tips], heights, ax.get_ylim()[0])
        known = [(x, y) for x, row in values.frame.iterrows() for y in row.dropna()]
        for (x, _, told, colour), y, height in zip(tips, middles, heights, strict=True):
            x = max([x, *(at for at, number in known if at > x and abs(number - y) < height / 2)])
            write(ax, told, (x, y), 8, color=colour, **ENDS)
