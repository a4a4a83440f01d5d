"""Lines over years (or another ordered axis), labelled at their ends."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

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
from livingbrief.charts.theme import DASHED, LATE, MUTED, WIDTH, label_end, shade_shocks, write
from livingbrief.values.values import Values
from livingbrief.wording import capital

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL = 8.5
STROKES: dict[str, dict[str, Any]] = {
    "firm": {},
    "soft": {"ls": (0, (3, 2)), "lw": 1.4},
    "loose": {"ls": (0, (1, 1.2)), "lw": 1.6},
}


@dataclass(kw_only=True, eq=False)
class Lines(Chart):
    """Make a chart of lines; a gap is never bridged, estimates are dashed and hollow.

    Parameters
    ----------
    values : Values, or mapping of heading to Values
        Rows run along the axis, each column is a line, labelled at its end.
    panels : str
        ``"measure"`` (the name of the column axis) for a panel for each column.
    shade : collection of int
        Years drawn as grey bands.
    breaks : collection of rows, or mapping of column to such
        The line is not joined to the row before.
    dotted : likewise
        The line from the row before is dotted: the two may not belong together.
    events : mapping of number to str
        Vertical lines with their words.
    reference : float
        A level drawn across.
    behind : Values
        A column drawn in grey in every panel, with its own breaks.
    marks : collection of columns
        Drawn as crosses, not joined: what was withdrawn, or stands for itself.
    plain : collection of columns
        Drawn without a dot at each row: means, levels.
    band : tuple of Values
        Lowest and highest by row and column, shaded.
    telling : bool
        Write the numbers of the first, highest, last row, and of the lowest since the highest.
    ends : bool
        Write the last number behind a label, where rows are years.
    zero : bool
        The axis begins at nought where no number is negative.
    shared : bool
        One scale for all panels; without it where all have one unit.
    colours, digits, height, across, cite
        See `Chart`.
    """

    shade: Collection[int] = ()
    breaks: Mapping[Any, Collection[Any]] | Collection[Any] = ()
    dotted: Mapping[Any, Collection[Any]] | Collection[Any] = ()
    events: Mapping[float, str] = field(default_factory=dict)
    reference: float | None = None
    behind: Values | None = None
    marks: Collection[Any] = ()
    plain: Collection[Any] = ()
    band: tuple[Values, Values] | None = None
    telling: bool = False
    ends: bool = False
    zero: bool = True
    shared: bool | None = None

    def _form(self) -> str:
        if len({v.frame.index.name for v in self.parts.values()}) > 1:
            return "Lines"
        rows = [*dict.fromkeys(r for v in self.parts.values() for r in v.years)]
        rows = rows if any(isinstance(r, str) for r in rows) else sorted(rows, key=_order)
        return f"Lines, {rows[0]} to {rows[-1]}" if rows else "Lines"

    def _clauses(self) -> Iterator[str]:
        for head, values in self.parts.items():
            for name, about in values.about.items():
                line = values.frame[name].dropna()
                if line.empty:
                    continue
                first, last, high = line.index[0], line.index[-1], line.idxmax()
                text = {row: self.said(line[row], about) for row in (first, last, high)}
                clause = f"{about.label} {text[first]} in {first}"
                clause += f" to {text[last]} in {last}" if last != first else ""
                clause += f", highest {text[high]} in {high}" if high not in (first, last) else ""
                yield f"{head}: {clause}" if head and head != capital(about.label) else clause
                head = ""

    def _grid(self, width: float) -> tuple[int, int, float]:
        rows, cols = self._places(width, 3)
        if width < WIDTH and len(self.parts) > 4:
            rows, cols = -(-len(self.parts) // 2), 2
        return rows, cols, 3.6 if rows == 1 else 0.9 + 1.75 * rows

    @property
    def apart(self) -> set[Any]:
        """Rows that no line joins firmly to the row before."""
        told = (self.breaks, self.dotted)
        return {r for o in told for n in (o if isinstance(o, Mapping) else [""]) for r in _of(o, n)}

    @property
    def _pad(self) -> float:
        return 3 + 9 * bool(self.shade)

    @cached_property
    def _one_scale(self) -> bool:
        units = {c.unit for v in self.parts.values() for c in v.about.values()}
        return len(units) == 1 if self.shared is None else self.shared

    def _panel(self, ax: Axes, head: str, values: Values, inches: float) -> None:
        at = _positions(values)
        scale = [*self.parts.values()] if self._one_scale else [values]
        everything = [v.frame.to_numpy() for v in scale]
        if self.behind is not None:
            everything.append(self.behind.frame.to_numpy())
            where = {r: at[r] if r in at else float(r) for r in self.behind.rows}
            ends = min(at.values()), max(at.values())
            inside = self.behind.at(r for r, x in where.items() if ends[0] <= x <= ends[1])
            for style, xs, ys in self._runs(inside, inside.names[0], where):
                ax.plot(xs, ys, color="#B5B5B5", zorder=1, **{"lw": 1.3, **STROKES[style]})
        if self.band is not None:
            everything += [b.frame.to_numpy() for b in self.band]
        numbers = np.concatenate([e.ravel() for e in everything])
        low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
        span = min(at.values()), max(at.values())
        pitch = (inches - 0.55) * 0.75 / (span[1] - span[0] or 1)
        shade_shocks(ax, [y for y in self.shade if span[0] <= y <= span[1]], pitch)
        tips = []
        for place, (name, about) in enumerate(values.about.items()):
            late = values.later[:, values.names.index(name)].any()
            colour = MUTED if name in self.marks else LATE if late else self._colours[name]
            tip = self._line(ax, values, name, at, colour, MARKERS[place % len(MARKERS)])
            if tip is not None:
                number = self.said(tip[1], about, unit=False)
                alone = len(values.names) == 1 and len(self.parts) > 1
                words = [] if alone else [capital(about.label)]
                # The last of the years is the newest; the last of any other rows is just one.
                named = any(isinstance(r, str) for r in values.rows)
                words += [number] * (self.ends and not named)
                tips.append((*tip, " ".join(words), colour))
        if self.zero and low >= 0:
            ax.set_ylim(0, high * (1.15 if self.telling else 1.06) or 1)
        else:
            room = 0.06 * (high - low or 1)
            ax.set_ylim(low - room, high + room * (2.5 if self.telling else 1))
        self._labels(ax, tips, at, inches)
        # Levels end where the lines do, so that none strikes a label through.
        left, right = ax.get_xlim()
        ended = max((t[0] + 0.01 * (right - left) for t in tips if t[2]), default=right)
        if low < 0 < high:
            ax.plot((left, ended), (0, 0), color=MUTED, lw=0.8, zorder=1)
        if self.reference is not None:
            ax.plot((left, ended), (self.reference,) * 2, lw=1, **DASHED)
        for x, told in self.events.items():
            if not left <= x <= right:
                continue
            ax.axvline(x, lw=0.9, **DASHED)
            top = ("data", "axes fraction")
            write(ax, told, (x, 1), dx=-3, dy=-2, xycoords=top, fontsize=7, color=MUTED)
        if max(abs(low), abs(high)) >= 1000:
            thousands(ax.yaxis)
        room = (inches - 0.5) * min(0.8, (span[1] - span[0] or right - left) / (right - left))
        if whole(values.rows):
            ax.set_xticks(year_ticks(at.values(), room))
        elif all(isinstance(r, pd.Period) for r in values.rows):
            years = range(math.ceil(min(at.values())), math.floor(max(at.values())) + 1)
            ax.set_xticks(year_ticks(years, room))
        else:
            each = room / len(at)
            texts = wrapped([str(r) for r in at], each, least=8)
            longest = text_width((t for text in texts for t in text.split("\n")), LABEL)
            every = max(1, math.ceil(longest / each - 0.15))
            ax.set_xticks([*at.values()][::every], texts[::every])
        if self._one_scale and not leftmost(ax):
            ax.tick_params(labelleft=False)

    def _line(
        self, ax: Axes, values: Values, name: Any, at: Mapping[Any, float], colour: str, marker: str
    ) -> tuple[float, float] | None:
        frame = values.frame[name]
        have = frame.notna().to_numpy()
        if not have.any():
            return None
        x = np.array([at[r] for r in values.rows])
        y = frame.to_numpy()
        tip = (float(x[have][-1]), float(y[have][-1]))
        if name in self.marks:
            ax.plot(x[have], y[have], ls="none", marker="x", ms=6, mew=1.5, color=colour, zorder=4)
            return tip
        if self.band is not None and name in self.band[0].names:
            edges = [b.frame[name].reindex(frame.index) for b in self.band]
            ax.fill_between(x, *edges, color=colour, alpha=0.15, lw=0, zorder=1)
        soft = values.soft[:, values.names.index(name)] & have
        for style, xs, ys in self._runs(values, name, at):
            ax.plot(xs, ys, color=colour, **STROKES[style])
        if name in self.plain:
            return tip
        firm = have & ~soft
        ax.plot(x[firm], y[firm], ls="none", marker=marker, ms=3.5, color=colour)
        ax.plot(
            x[soft], y[soft], ls="none", marker=marker, ms=5, mfc="white", mew=1.4, color=colour
        )
        if self.telling:
            about = values.about[name]
            known = frame.dropna()
            for row in telling_rows(frame):
                told, place = self.said(frame[row], about, unit=False), known.index.get_loc(row)
                # Beneath where the line rises on from its beginning: above it would cross the text.
                under = place == 0 and len(known) > 1 and known.iloc[1] > known.iloc[0]
                how: dict[str, Any] = (
                    {"dy": -5, "va": "top"} if under else {"dy": 7, "va": "baseline"}
                )
                write(ax, told, (at[row], frame[row]), fontsize=8, **how)
        return tip

    def _runs(
        self, values: Values, name: Any, at: Mapping[Any, float]
    ) -> Iterator[tuple[str, list[float], list[float]]]:
        """Yield the pieces of a line that are joined in one way: firm, soft or loose."""
        x, y = [at[r] for r in values.rows], values.frame[name].tolist()
        soft = values.soft[:, values.names.index(name)]
        broken, loose = ({at.get(r) for r in _of(o, name)} for o in (self.breaks, self.dotted))

        def joined(i: int) -> str:
            if x[i] - x[i - 1] > 1.5 or x[i] in broken or np.isnan(y[i] + y[i - 1]):
                return ""
            return "loose" if x[i] in loose else "soft" if soft[i] or soft[i - 1] else "firm"

        for style, steps in groupby(range(1, len(x)), key=joined):
            run = [*steps]
            if style:
                yield style, x[run[0] - 1 : run[-1] + 1], y[run[0] - 1 : run[-1] + 1]

    def _labels(
        self,
        ax: Axes,
        tips: Sequence[tuple[float, float, str, str]],
        at: Mapping[Any, float],
        inches: float,
    ) -> None:
        """Write labels at the ends, those near each other moved apart, and make room for them."""
        first, last = min(at.values()), max(at.values())
        span = (last - first) or 1
        pad = (max(0.045, 0.24 / (inches - 0.55)) if self.telling else 0.03) * span
        tips = [t for t in tips if t[2]]
        if not tips or (len(tips) < 2 and not self.marks and not self.ends):
            ax.set_xlim(first - pad, last + pad)
            return
        ahead = inches - 0.55
        need = max(
            text_width([t[2]], LABEL) + 0.12 - ahead * (last - t[0]) / span * 0.8 for t in tips
        )
        if need > 0.4 * ahead:
            tips = [(x, y, wrapped([t], 0.4 * ahead, least=9)[0], c) for x, y, t, c in tips]
            need = max(text_width(t[2].split("\n"), LABEL) + 0.12 for t in tips)
        share = min(max(need, 0.1) / ahead, 0.55)
        ax.set_xlim(first - pad, last + pad + span * share / (1 - share))
        gap = line_height(ax) * (1 + max(t[2].count("\n") for t in tips))
        floor = ax.get_ylim()[0] + 0.45 * gap
        for group in _near(tips, 0.18 * span):
            for y, tip in zip(spread([t[1] for t in group], gap, floor), group, strict=True):
                label_end(ax, tip[0], y, tip[2], color=tip[3], dx=8)


def telling_rows(values: pd.Series) -> list[Any]:
    """Return the rows of a line worth a number: first, last, highest, lowest since the highest."""
    values = values.dropna()
    peak = values.idxmax()
    low = values.loc[peak:].idxmin()
    low = values.index[-1] if values[low] == values.iloc[-1] else low
    wanted = {values.index[0], peak, low, values.index[-1]}
    return [row for row in values.index if row in wanted]


def _near(tips: Sequence[Any], reach: float) -> Iterator[list[Any]]:
    """Yield groups of ends that lie near each other along the axis."""
    group: list[Any] = []
    for tip in sorted(tips, key=lambda t: t[0]):
        if group and tip[0] - group[-1][0] > reach:
            yield group
            group = []
        group.append(tip)
    if group:
        yield group


def _positions(values: Values) -> dict[Any, float]:
    rows = values.rows
    if rows and all(isinstance(r, pd.Period) for r in rows):
        return {r: r.year + (r.month - 1) / 12 for r in rows}
    if all(isinstance(r, int | float | np.integer) for r in rows):
        return {r: float(r) for r in rows}
    return {r: float(i) for i, r in enumerate(rows)}


def _of(told: Mapping[Any, Collection[Any]] | Collection[Any], name: Any) -> Collection[Any]:
    return told.get(name, ()) if isinstance(told, Mapping) else told


def _order(row: Any) -> Any:
    try:
        return (0, float(row), "")
    except (TypeError, ValueError):
        return (1, 0.0, str(row))
