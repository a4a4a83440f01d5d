"""Bars: horizontal ones with signed labels, and vertical columns by year."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from livingbrief.charts.chart import (
    SHORT,
    Chart,
    Panels,
    name_rows,
    row_height,
    text_width,
    whole,
    wrapped,
)
from livingbrief.charts.theme import LATE, MUTED, PALETTE, WIDTH, ink, write
from livingbrief.errors import BuildError
from livingbrief.values.values import Values
from livingbrief.wording import capital

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

    panels: InitVar[str] = ""
    total: Any = None
    shared: bool = True
    texts: Mapping[Any, str] = field(default_factory=dict)

    def __post_init__(self, values: Values | Panels, panels: str) -> None:
        """Split the values into panels; columns of another unit stand beside those of rows."""
        super().__post_init__(values)
        self.beside: list[Values] = []
        if self.whole is None or not panels:
            return
        rows, columns = self.whole.frame.index.name, self.whole.frame.columns.name
        about = self.whole.about
        if panels == columns:
            self.parts = {capital(about[n].label): self.whole[n] for n in about}
        elif panels == rows:
            first = next(iter(about.values())).unit
            other = [n for n, column in about.items() if column.unit != first]
            self.beside = [self.whole[n] for n in other]
            main = self.whole.drop(*other)
            self.parts = {str(row): main.at([row]) for row in main.rows}
        else:
            raise BuildError(f"panels={panels!r}: these values have the axes {rows!r}, {columns!r}")

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
        panels = [*self.parts.values()]
        by_column = (
            len({tuple(v.names) for v in panels}) > 1 and len({tuple(v.rows) for v in panels}) == 1
        )
        rows, cols = self._places(width, len(panels) if by_column else PER_ROW)
        most = max(len(_names(v)) for v in panels)
        names = wrapped((n for v in panels for n in _names(v)), 0.45 * width / cols)
        step = row_height(names, 0.36 if by_column else 0.23)
        if width < WIDTH:
            # On a phone what would stand beside stands beneath.
            rows += len(self.beside)
        else:
            cols += len(self.beside)
        return rows, cols, 0.75 + rows * (0.4 + step * most)

    def _paint(self, fig: Figure, axes: np.ndarray, width: float) -> None:
        under = width < WIDTH
        cols = axes.shape[1] - (0 if under else len(self.beside))
        names = [wrapped(_names(v), 0.45 * width / cols) for v in self.parts.values()]
        same = all(n == names[0] for n in names)
        # What names take of the width: those of each panel in a row that have their own.
        taken = [text_width((t for n in own for t in n.split("\n")), 8.5) for own in names]
        taken = taken[: 1 if same else cols]
        taken += [text_width(_names(v), 8.5) for v in self.beside if not under]
        inches = (width - sum(taken)) / axes.shape[1] - 0.15
        scale = [*self.parts.values()] if self.shared else []
        grid = axes[:, :cols]
        for ax in grid.flat[len(self.parts) :]:
            ax.set_visible(False)
        for at, (head, values) in enumerate(self.parts.items()):
            ax, row = grid.flat[at], at // cols
            most = max(map(len, names[row * cols : (row + 1) * cols]))
            shown = names[at] if at % cols == 0 or not same else []
            self._bars(ax, values, shown, scale or [values], inches)
            ax.set_ylim(len(names[at]) - most - 0.6, len(names[at]) - 0.4)
            self._head(ax, head, inches, values)
        for i, values in enumerate(self.beside):
            whole = max(map(len, names)) * (1 if under else axes.shape[0])
            if under:
                ax = axes[i - len(self.beside), 0]
                ax.set_visible(True)
            else:
                ax = fig.add_subplot(axes[0, cols + i].get_gridspec()[:, cols + i])
                for unused in axes[:, cols + i]:
                    unused.remove()
            # As thick as those of the panels, however many of them it stands beside.
            room = len(values.rows) / whole
            self._bars(ax, values, _names(values), [values], inches, unit=False, room=room)
            (about,) = values.about.values()
            self._head(ax, f"{capital(about.label)}, {SHORT.get(about.unit, about.unit)}", inches)

    def _head(self, ax: Axes, head: str, inches: float, values: Values | None = None) -> None:
        """Write the heading of a panel, in the colour of its bars where they have one."""
        style: dict[str, Any] = {}
        if values is not None and self.total is not None and len(values.names) == 1:
            style = {"loc": "center", "fontsize": 8, "color": ink(self._shade(values.names[0]))}
        ax.set_title(textwrap.fill(head, max(10, int(inches / 0.072))), pad=3, **style)

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
        """Draw the bars of a panel on an axis that has room for the numbers of `scale`."""
        labels = [self._label(v, r, n, unit) for v in scale for r in v.rows for n in v.names]
        reach = _reach(scale, text_width(labels, LABEL), inches)
        places = np.arange(len(_names(values)))[::-1].astype(float)
        soft, late = values.soft, values.later
        for i, row in enumerate(values.rows):
            for j, name in enumerate(values.names):
                place, number = places[i + j], values.frame.iat[i, j]
                if np.isnan(number):
                    spot = ((reach[1] - reach[0]) / 60, place)
                    text = self.texts.get((row, name), "no figure")
                    ax.annotate(text, spot, va="center", fontsize=LABEL, color=MUTED)
                    continue
                colour = LATE if late[i, j] else self._colour(row, name, number, values)
                style: dict[str, Any] = {"edgecolor": colour, "height": 0.6 * room, "zorder": 3}
                style |= {"color": "white", "hatch": "////"} if soft[i, j] else {"color": colour}
                ax.barh(place, number, **style)
                text = self._label(values, row, name, unit)
                write(ax, text, (number, place), dx=3 if number >= 0 else -3, fontsize=LABEL)
        ax.set_xlim(*reach)
        # What is left of the axes: the line at nought and the names, if any.
        ax.plot((0, 0), (-0.6, len(places) - 0.4), color=MUTED, lw=0.8, zorder=4)
        ax.grid(visible=False)
        ax.set_xticks([])
        ax.set_yticks(*((places, names) if names else ([],)))
        ax.set_ylim(-0.6, len(places) - 0.4)
        ax.tick_params(axis="y", length=0)
        ax.spines[["left", "bottom"]].set_visible(False)

    def _colour(self, row: Any, name: Any, number: float, values: Values) -> str:
        if given := self.colours.get(name) or self.colours.get(row):
            return given
        if self.total is not None:
            return self._shade(name, row)
        return PALETTE[1] if number < 0 and values.about[name].signed else PALETTE[0]

    def _shade(self, *names: Any) -> str:
        return PALETTE[0] if self.total in names else PALETTE[2]

    def _label(self, values: Values, row: Any, name: Any, unit: bool) -> str:
        if (row, name) in self.texts:
            return self.texts[row, name]
        number = values.frame.at[row, name]
        return "no figure" if np.isnan(number) else self.said(number, values.about[name], unit=unit)


@dataclass(kw_only=True, eq=False)
class Columns(Chart):
    """Make a chart of vertical columns, hatched where they stand on an estimate.

    Parameters
    ----------
    values : Values, or mapping of heading to Values
        Of one column; rows run along the axis.
    colours, digits, height, across, cite
        See `Chart`.
    """

    def _form(self) -> str:
        rows = [r for v in self.parts.values() for r in v.years]
        return f"Columns, {rows[0]} to {rows[-1]}" if rows else "Columns"

    def _grid(self, width: float) -> tuple[int, int, float]:
        rows, cols = self._places(width, 2)
        return rows, cols, 0.9 + 2.0 * rows

    def _panel(self, ax: Axes, head: str, values: Values, inches: float) -> None:
        rows, (name,) = values.rows, values.names
        about, soft = values.about[name], values.soft[:, 0]
        x = np.array(rows if whole(rows) else range(len(rows)), dtype=float)
        y = values.frame[name].to_numpy()
        colour = LATE if values.later.any() else self._colours[name]
        hollow: dict[str, Any] = {"color": "white", "edgecolor": colour, "hatch": "////"}
        for style, chosen in (({"color": colour, "edgecolor": "none"}, ~soft), (hollow, soft)):
            some = np.isfinite(y) & chosen
            ax.bar(x[some], y[some], width=0.6, zorder=3, **style)
        texts = [self.said(n, about, unit=False) for n in y]
        # Where not every label has room, the least, the greatest and the last have.
        some = np.isfinite(y)
        if text_width(texts, LABEL) > 1.1 * (inches - 0.6) / (len(rows) + 0.5) and some.any():
            shown = {int(np.nanargmin(y)), int(np.nanargmax(y)), len(y) - 1}
            some &= [i in shown for i in range(len(y))]
        for i in np.flatnonzero(some):
            write(ax, texts[i], (x[i], y[i]), dy=2 if y[i] >= 0 else -2, fontsize=LABEL)
        ax.axhline(0, color=MUTED, lw=0.8)
        ax.margins(y=0.16)
        if not (y < 0).any():
            ax.set_ylim(bottom=0)
        name_rows(ax, rows, x, inches)


def _names(values: Values) -> list[str]:
    """Return the names of the bars of a panel: its columns, or its rows."""
    if len(values.rows) == 1 and len(values.names) > 1:
        return [capital(c.label) for c in values.about.values()]
    return [str(r) for r in values.rows]


def _reach(scale: Sequence[Values], label: float, inches: float) -> tuple[float, float]:
    """Return the limits of an axis that holds all bars and the labels at their ends."""
    numbers = np.concatenate([v.frame.to_numpy().ravel() for v in scale])
    numbers = numbers[np.isfinite(numbers)]
    low, high = min(0.0, numbers.min(initial=0)), max(0.0, numbers.max(initial=0))
    sides = (low < 0) + 1 if high > 0 or low == 0 else 1
    span = (high - low) or 1.0
    label += 0.07
    room = label * span / max(inches - sides * label, 0.2 * inches)
    if low == 0:
        return -0.02 * span, high + room
    return low - room, (high + room if high > 0 else 0.04 * span)
