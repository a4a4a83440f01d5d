"""Horizontal bars with signed labels."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from livingbrief.charts.chart import (
    SHORT,
    Chart,
    Panels,
    row_height,
    text_width,
    wrapped,
)
from livingbrief.charts.theme import LATE, MUTED, PALETTE, WIDTH, write
from livingbrief.values.values import Values
from livingbrief.wording import capital

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABEL = 7.5
PER_ROW = 2


@dataclass(kw_only=True, eq=False)
class Bars(Chart):
    """Make a chart of horizontal bars, each with its number beside it.

    Parameters
    ----------
    values : Values, or mapping of heading to Values
        In a panel of one column the bars are its rows, in one of one row its columns.
    panels : str
        Name of the axis of which each entry is a panel: ``"year"``, ``"measure"``. With a panel
        for each row, columns of another unit than the first have one panel of their own.
    total : column or row
        The sum of the others: dark, the others lighter. Without it rises are blue and falls
        orange, and numbers that are no changes are blue.
    colours : mapping
        Column or row to its colour, in place of these.
    digits, height, across, cite
        See `Chart`.
    shared : bool
        One scale for all panels.
    texts : mapping of (row, column) to str
        Labels in place of the number, for a count known within bounds, or of "no figure".

    Notes
    -----
    Hatched where the number stands on an estimate, "no figure" where there is none.
    """

    total: Any = None
    shared: bool = True
    texts: Mapping[Any, str] = field(default_factory=dict)

    def __post_init__(self, values: Values | Panels, panels: str) -> None:
        """Set columns of another unit aside, for panels at the right of those of the rows."""
        super().__post_init__(values, panels)
        self.beside: list[Values] = []
        if self.whole is not None and panels and panels == self.whole.frame.index.name:
            units = {n: c.unit for n, c in self.whole.about.items()}
            other = [n for n, unit in units.items() if unit != next(iter(units.values()))]
            self.beside = [self.whole[n] for n in other]
            self.parts = {h: v.drop(*other) for h, v in self.parts.items()}

    def _form(self) -> str:
        return "Bars"

    def _by_unit(self) -> dict[tuple[str, bool], list[tuple[float, str]]]:
        found = super()._by_unit()
        for column in self.beside:
            (about,) = column.about.values()
            told = [(float(v), f"{about.label}, {row}") for row, v in column.series.items()]
            found.setdefault((about.unit, about.signed), []).extend(told)
        return found

    def _grid(self, width: float) -> tuple[int, int, float]:
        by_column = (
            len({tuple(v.names) for v in self.parts.values()}) > 1
            and len({tuple(v.rows) for v in self.parts.values()}) == 1
        )
        rows, cols = self._places(width, len(self.parts) if by_column else PER_ROW)
        most = max(len(self._names(v)) for v in self.parts.values())
        step = 0.36 if by_column else 0.23
        names = [n for v in self.parts.values() for n in self._names(v)]
        step = row_height(wrapped(names, 0.45 * width / cols), step)
        if width < WIDTH:
            # On a phone what would stand beside stands beneath.
            rows += len(self.beside)
        else:
            cols += len(self.beside)
        return rows, cols, 0.75 + rows * (0.4 + step * most)

    def _names(self, values: Values) -> list[str]:
        if len(values.rows) == 1 and len(values.names) > 1:
            return [capital(c.label) for c in values.about.values()]
        return [str(r) for r in values.rows]

    def _paint(self, fig: Figure, axes: np.ndarray, width: float) -> None:
        under = width < WIDTH
        cols = axes.shape[1] - (0 if under else len(self.beside))
        names = [wrapped(self._names(v), 0.45 * width / cols) for v in self.parts.values()]
        same = all(n == names[0] for n in names)
        lines = [[t for name in n for t in name.split("\n")] for n in names]
        texts = [text_width(n, 8.5) for n in (lines[:1] if same else lines[:cols])]
        texts += [text_width([str(r) for r in v.rows], 8.5) for v in self.beside if not under]
        inches = (width - sum(texts)) / axes.shape[1] - 0.15
        everything = [*self.parts.values()] if self.shared else []
        for place, (head, values) in enumerate(self.parts.items()):
            row, col = divmod(place, cols)
            ax = axes[row, col]
            shown = names[place] if col == 0 or not same else []
            self._bars(ax, values, shown, everything or [values], inches)
            colour = self._heading(values)
            ax.set_title(
                textwrap.fill(head, max(10, int(inches / 0.072))),
                pad=3,
                color=colour or ax.title.get_color(),
                loc="center" if colour else "left",
                fontsize=8 if colour else None,
            )
        for ax in axes[:, :cols].flat[len(self.parts) :]:
            ax.set_visible(False)
        for row in range(axes.shape[0]):
            beside = names[row * cols : (row + 1) * cols]
            for ax, own in zip(axes[row], beside, strict=False):
                ax.set_ylim(len(own) - max(map(len, beside)) - 0.6, len(own) - 0.4)
        for i, values in enumerate(self.beside):
            if under:
                ax = axes[i - len(self.beside), 0]
                ax.set_visible(True)
            else:
                grid = axes[0, cols + i].get_gridspec()
                for ax in axes[:, cols + i]:
                    ax.remove()
                ax = fig.add_subplot(grid[:, cols + i])
            # As thick as those of the panels, however many of them it stands beside.
            whole = max(map(len, names)) * (1 if under else axes.shape[0])
            room = len(self._names(values)) / whole
            self._bars(ax, values, self._names(values), [values], inches, unit=False, room=room)
            (about,) = values.about.values()
            head = f"{capital(values.label)}, {SHORT.get(about.unit, about.unit)}"
            ax.set_title(textwrap.fill(head, max(10, int(inches / 0.072))), pad=3)

    def _heading(self, values: Values) -> str:
        """Return the colour of a panel's heading, where its bars have one colour."""
        if self.total is None or len(values.names) != 1:
            return ""
        return PALETTE[0] if values.names[0] == self.total else PALETTE[2]

    def _bars(
        self,
        ax: Axes,
        values: Values,
        names: Sequence[str],
        scale: Sequence[Values],
        inches: float,
        *,
        unit: bool = True,
        room: float = 1.0,
    ) -> None:
        numbers, soft = values.frame.to_numpy(), values.soft
        labels = [self._label(v, r, n, unit) for v in scale for r in v.rows for n in v.names]
        reach = _reach([v.frame.to_numpy() for v in scale], text_width(labels, LABEL), inches)
        places = np.arange(len(self._names(values)))[::-1].astype(float)
        for i, row in enumerate(values.rows):
            for j, name in enumerate(values.names):
                place, number = places[i + j], numbers[i, j]
                if pd.isna(number):
                    spot = ((reach[1] - reach[0]) / 60, place)
                    text = self.texts.get((row, name), "no figure")
                    ax.annotate(text, spot, va="center", fontsize=LABEL, color=MUTED)
                    continue
                own = self._colour(row, name, number, values)
                colour = LATE if values.later[i, j] else own
                ax.barh(
                    place,
                    number,
                    height=0.6 * room,
                    color="white" if soft[i, j] else colour,
                    edgecolor=colour,
                    hatch="////" if soft[i, j] else None,
                    zorder=3,
                )
                text = self._label(values, row, name, unit)
                write(ax, text, (number, place), dx=3 if number >= 0 else -3, fontsize=LABEL)
        ax.set_xlim(*reach)
        _bare(ax, places, names)

    def _colour(self, row: Any, name: Any, number: float, values: Values) -> str:
        if given := self.colours.get(name) or self.colours.get(row):
            return given
        if self.total is not None:
            return PALETTE[0] if self.total in (name, row) else PALETTE[2]
        return PALETTE[1] if number < 0 and values.about[name].signed else PALETTE[0]

    def _label(self, values: Values, row: Any, name: Any, unit: bool) -> str:
        if (row, name) in self.texts:
            return self.texts[row, name]
        number = values.frame.at[row, name]
        return "no figure" if pd.isna(number) else self.said(number, values.about[name], unit=unit)


def _reach(arrays: Sequence[np.ndarray], label: float, inches: float) -> tuple[float, float]:
    """Return the limits of an axis that holds all bars and the labels at their ends."""
    numbers = np.concatenate([a.ravel() for a in arrays])
    numbers = numbers[np.isfinite(numbers)]
    low, high = min(0.0, numbers.min(initial=0)), max(0.0, numbers.max(initial=0))
    sides = (low < 0) + 1 if high > 0 or low == 0 else 1
    span = (high - low) or 1.0
    label += 0.07
    room = label * span / max(inches - sides * label, 0.2 * inches)
    if low == 0:
        return -0.02 * span, high + room
    return low - room, (high + room if high > 0 else 0.04 * span)


def _bare(ax: Axes, places: np.ndarray, names: Sequence[str]) -> None:
    """Leave of an axis of bars the line at zero and the names, if any."""
    ax.plot((0, 0), (-0.6, len(places) - 0.4), color=MUTED, lw=0.8, zorder=4)
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.set_yticks(*((places, names) if names else ([],)))
    ax.set_ylim(-0.6, len(places) - 0.4)
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
