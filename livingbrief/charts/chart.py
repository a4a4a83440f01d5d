"""What all forms of chart have in common: panels, sources, data, and words for who cannot see."""

import re
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from itertools import cycle, repeat
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from livingbrief.charts.points import Mark
from livingbrief.charts.theme import (
    LEAST,
    MUTED,
    PALETTE,
    WIDTH,
    balanced,
    ink,
    source_line,
    typeset,
    use_house_style,
)
from livingbrief.values.numbers import format_value, with_unit
from livingbrief.values.results import usual_places
from livingbrief.values.values import Column, Source, Values, union
from livingbrief.wording import capital

#: Colours of series, in order, where a chart names none.
SERIES = (PALETTE[0], PALETTE[2], PALETTE[3], PALETTE[1], PALETTE[5], PALETTE[4])
MARKERS = ("o", "s", "^", "D", "v", "P")
#: Longest alternative text, in characters: a screen reader reads it in one go.
LONGEST = 250
KEY = 8
#: Where an end of a range stands, in brackets.
_PLACE = re.compile(r" \(.*?\)(?= to |$)")
SHORT = {"percent": "%", "percentage points": "points"}

Panels = Mapping[str, Values]


class Words(NamedTuple):
    """The lines around a drawing: measure and unit, sources."""

    sub: list[str]
    foot: list[str]

    @property
    def room(self) -> tuple[float, float]:
        """What they take above and below, in inches."""
        top = 0.16 + 0.165 * len(self.sub)
        return top, 0.08 + 0.15 * len(self.foot)

    def write(self, fig: Figure) -> None:
        """Write them, and leave the rest of the figure to its panels."""
        height, (top, bottom) = fig.get_figheight(), self.room
        layout: Any = fig.get_layout_engine()
        layout.set(
            rect=(0, bottom / height, 1, 1 - (top + bottom) / height), w_pad=0.06, h_pad=0.05
        )
        style: dict[str, Any] = {"linespacing": 1.25, "color": MUTED}
        for lines, y, va, size in (
            (self.sub, height - 0.11, "top", 8.8),
            (self.foot, 0.05, "bottom", 8),
        ):
            fig.text(0.008, y / height, "\n".join(lines), size=size, va=va, **style)


@dataclass(kw_only=True, eq=False)
class Chart(ABC):
    """A chart that holds its data and draws only when it is shown.

    Parameters
    ----------
    values : Values, or mapping of heading to Values
        Of a mapping each entry is a panel.
    colours : mapping
        Column (or, where bars are rows, row) to its colour.
    digits : int or None
        Decimal places of labels; without it those that are usual for the unit.
    height : float or None
        Of the figure in inches; without it what the data need.
    across : int
        Panels in a row, at most.
    cite : sequence of dict
        Sources in place of those of the values.

    Attributes
    ----------
    parts : dict
        Heading to what stands in that panel; the only panel has no heading.
    whole : Values or None
        What was given as one.
    say : callable
        What puts words that stand in the code in another language.
    """

    values: InitVar[Values | Panels] = field(kw_only=False)
    colours: Mapping[Any, str] = field(default_factory=dict)
    digits: int | None = None
    height: float | None = None
    across: int = 3
    cite: Sequence[Source] = ()
    say: Callable[[str], str] = field(default=str, init=False)

    def __post_init__(self, values: Values | Panels) -> None:
        """Set the values in panels."""
        self.parts = in_panels(values)
        self.whole = values if isinstance(values, Values) else None

    @property
    def sources(self) -> tuple[Source, ...]:
        """What the source line names."""
        shown = [self.whole] if self.whole is not None else self.parts.values()
        return tuple(self.cite) or union(s for values in shown for s in values.sources)

    @property
    def about(self) -> dict[str, Column]:
        """Column of `data` to what is known of it."""
        return {str(n): c for v in self.parts.values() for n, c in v.about.items()}

    @property
    def described(self) -> dict[str, str]:
        """Column of `data` to its name and unit."""
        named = {name: [c.label or name, c.unit] for name, c in self.about.items()}
        return {name: ", ".join(filter(None, words)) for name, words in named.items()}

    @property
    def unit(self) -> str:
        """Unit of all numbers; empty where there are several."""
        units = {c.unit for v in self.parts.values() for c in v.about.values()}
        return units.pop() if len(units) == 1 else ""

    @property
    def later(self) -> bool:
        """Whether any number was printed later than the edition looks back to."""
        return any(v.later.any() for v in self.parts.values())

    @property
    def soft(self) -> bool:
        """Whether any number comes from an estimate."""
        return any(v.soft.any() for v in self.parts.values())

    @property
    def apart(self) -> set[Any]:
        """Rows that no line joins firmly to the row before."""
        return set()

    def data(self) -> pd.DataFrame:
        """Return the numbers for the CSV: rows by columns, panels one below the other.

        Where any number is not final, a column beside its own gives each status.
        """
        if self.whole is not None:
            return _flat(self.whole)
        parts = [_flat(v).assign(panel=head) for head, v in self.parts.items() if v]
        found = pd.concat(parts, ignore_index=True)
        return found[["panel", *found.columns.drop("panel")]]

    @property
    def spoken(self) -> list[str]:
        """What an alternative text says behind the title: form and unit, then range and ends."""
        unit = f", {self.say(self.unit)}" if self.unit and self.unit not in SHORT else ""
        return [f"{self.say(self._form())}{unit}", *self._clauses()]

    def draw(self, *, subtitle: str, note: str = "", width: float = WIDTH) -> Figure:
        """Draw the chart in the house style, with subtitle and source line in place.

        Parameters
        ----------
        subtitle, note : str
            Measure and unit; a sentence for the last line, before the sources.
        width : float
            In inches; panels are set in fewer columns where it is small.
        """
        use_house_style()
        self._marked: list[Mark] = []
        rows, cols, height = self._grid(width)
        if self.height is not None and width == WIDTH:
            height = self.height
        words = self._words(subtitle, note, width)
        top, bottom = words.room
        if width < WIDTH or self.say is not str:
            # What more lines take is not taken from the panels.
            height += max(0.0, top + bottom - 0.76)
        # A panel of one row stands under its heading, too.
        height = max(height, top + bottom + LEAST * rows)
        fig = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(fig)
        axes = fig.subplots(rows, cols, squeeze=False, height_ratios=self._shares(rows, cols))
        words.write(fig)
        self._paint(fig, axes, width)
        return fig

    def _words(self, subtitle: str, note: str, width: float) -> Words:
        # Another language is taken to have longer letters: Cyrillic ones are.
        room = width / WIDTH * (1 if self.say is str else 0.9)
        told = f"{typeset(note)} {self.say('Source:')} {source_line(self.sources, self.say)}"
        return Words(
            balanced(typeset(subtitle), int(104 * room)),
            textwrap.wrap(told.strip(), int(112 * room)),
        )

    def told_in(self, say: Callable[[str], str]) -> Self:
        """Return the chart with its headings, labels and rows as `say` puts them."""
        told, of = copy(self), vars(self).items()
        # What has been worked out from the labels is worked out anew.
        told.__dict__ = {name: _told(own, say) for name, own in of if name[0] != "_"}
        told.cite, told.say = self.cite, say
        return told

    @property
    def marked(self) -> list[Mark]:
        """The points of the last drawing, each with what it says."""
        return list(getattr(self, "_marked", ()))

    def _mark(
        self,
        ax: Axes,
        head: str,
        values: Values,
        name: Any,
        places: Iterable[tuple[Any, Any]],
        ends: Iterable[tuple[float, float]] = repeat((np.nan, np.nan)),
    ) -> None:
        """Keep where the known numbers of a column are drawn, and what they say with their ends."""
        about, one = values.about[name], values[name]
        named = len(values.names) > 1
        for row, (x, y), between in zip(values.rows, places, ends, strict=False):
            number, status = values.frame.at[row, name], one.status.at[row, name]
            if not np.isfinite(x + y):
                continue
            known, unit = np.isfinite(number), about.unit
            ends_in = f" {self.say('to')} ".join(
                self.said(end, about, unit=False) for end in between if np.isfinite(end)
            )
            said = self.said(number, about) if known else ends_in
            if self.say is str and known and unit.startswith("US$ "):
                said = format_value(number, 2 if unit.endswith("billion") else 0)
            if unit not in SHORT:
                said = with_unit(said, unit) if self.say is str else f"{said} {self.say(unit)}"
            soft = "" if status == "final" else self.say(status.replace("_", " "))
            beside = "; ".join(filter(None, (soft, ends_in if known else "")))
            self._marked.append(
                Mark(
                    *(ax, float(x), float(y)),
                    place=f"{capital(head)}, {row}" if head else str(row),
                    label=capital(about.label) if named else "",
                    text=f"{said.rstrip()} ({beside})" if beside else said.rstrip(),
                    sources=source_line(one.sources, self.say),
                )
            )

    @abstractmethod
    def _form(self) -> str:
        """Name the form, and what its axis runs through."""

    @abstractmethod
    def _grid(self, width: float) -> tuple[int, int, float]:
        """Return rows and columns of panels, and the height of the figure in inches."""

    def _shares(self, rows: int, cols: int) -> list[float] | None:
        """Return what each row of panels takes of the height; None where they are alike."""
        return None

    @property
    def _beside(self) -> float:
        """Share of a panel's width that its axes take at least; the rest is for names."""
        return 0.65

    def _heading(self, head: str, inches: float) -> str:
        return wrapped([capital(head)], self._beside * inches)[0]

    def _paint(self, fig: Figure, axes: np.ndarray, width: float) -> None:
        """Draw panel by panel, and hide the places that are left."""
        inches = width / axes.shape[1]
        for ax, (head, values) in zip(axes.flat, self.parts.items(), strict=False):
            self._panel(ax, head, values, inches)
            if head:
                ax.set_title(self._heading(head, inches), pad=self._pad)
        for ax in axes.flat[len(self.parts) :]:
            ax.set_visible(False)

    def _panel(self, ax: Axes, head: str, values: Values, inches: float) -> None:
        """Draw one panel, so many inches wide."""
        raise NotImplementedError

    @property
    def _pad(self) -> float:
        """Points between a panel and its heading."""
        return 6

    @cached_property
    def _colours(self) -> dict[Any, str]:
        """Colour of each column; one for all where no panel has two to be told apart."""
        names = dict.fromkeys(n for v in self.parts.values() for n in v.names)
        free = cycle([c for c in SERIES if c not in self.colours.values()] or SERIES)
        found = {n: self.colours[n] if n in self.colours else next(free) for n in names}
        if max((len(v.names) for v in self.parts.values()), default=0) == 1:
            first = next(iter(found.values()))
            found = {n: self.colours.get(n, first) for n in found}
        return found

    @cached_property
    def _places_of(self) -> dict[str, int]:
        """Decimal places of the labels in each unit."""
        found: dict[str, list[float]] = {}
        for values in self.parts.values():
            for name, about in values.about.items():
                found.setdefault(about.unit, []).extend(values.frame[name].astype(float))
        return {unit: usual_places(unit, numbers) for unit, numbers in found.items()}

    def _clauses(self) -> Iterator[str]:
        """Yield the range of the numbers for each unit, widest first named."""
        for (unit, signed), found in self._by_unit().items():
            low, high = min(found), max(found)
            about = Column(unit, signed=signed)
            ends = [f"{self.said(number, about)} ({where})" for number, where in (low, high)]
            yield ends[0] if low[0] == high[0] else f" {self.say('to')} ".join(ends)

    def course(self) -> Iterator[str]:
        """Yield each column from its first row to its last, which is the newest of years."""
        for head, values in self.parts.items():
            for name, about in values.about.items():
                line = values.frame[name].dropna()
                if line.empty:
                    continue
                first, last, high = line.index[0], line.index[-1], line.idxmax()
                text = {row: self.said(line[row], about) for row in (first, last, high)}
                at = {row: self.say("{} in {}").format(text[row], row) for row in text}
                clause = f"{about.label} {at[first]}"
                clause += f" {self.say('to')} {at[last]}" if last != first else ""
                clause += f", {self.say('highest')} {at[high]}" if high not in (first, last) else ""
                yield f"{head}: {clause}" if head and head != capital(about.label) else clause
                head = ""

    def _by_unit(self) -> dict[tuple[str, bool], list[tuple[float, str]]]:
        """Return each number with where it stands: panel, column and row, by its unit."""
        found: dict[tuple[str, bool], list[tuple[float, str]]] = {}
        panels = len(self.parts) > 1
        for head, values in self.parts.items():
            for column, numbers in zip(
                values.about.values(), values.frame.to_numpy().T, strict=True
            ):
                # A panel whose heading is the column is named as the column is.
                place = column.label if capital(column.label) == head else head
                words = [place] if panels and head else []
                words += [column.label] if len(values.about) > 1 or (panels and not head) else []
                told = found.setdefault((column.unit, column.signed), [])
                for row, number in zip(map(str, values.rows), numbers, strict=True):
                    if np.isfinite(number):
                        where = words if row in words else [*words, row]
                        told.append((float(number), ", ".join(where)))
        return {unit: told for unit, told in found.items() if told}

    def said(self, value: float, about: Column, *, unit: bool = True) -> str:
        """Return a number as labels print it: a change with its sign, a share with % or points."""
        digits = self._places_of.get(about.unit, 1) if self.digits is None else self.digits
        body = format_value(value, digits, sign=about.signed)
        if not (unit and about.unit in SHORT):
            return body
        short = SHORT[about.unit]
        # English alone writes the sign of per cent without a space.
        return f"{body}{' ' * (short != '%' or self.say is not str)}{self.say(short)}"

    def _places(self, width: float) -> tuple[int, int]:
        """Return rows and columns of a grid of panels."""
        cols = min(len(self.parts), self.across)
        if width < WIDTH:
            cols = max(1, min(cols, int(cols * width / WIDTH + 0.5)))
        return -(-len(self.parts) // cols), cols


def _told(of: Any, say: Callable[[str], str]) -> Any:
    """Put the texts in some setting of a chart as `say` does; a colour has no words."""
    if isinstance(of, str):
        return say(of) if re.search("[A-Za-z]", of) else of
    if isinstance(of, Values):
        names, rows = ({n: _told(n, say) for n in some} for some in (of.names, of.frame.index))
        labels = {name: say(column.label) for name, column in of.about.items()}
        return of.called(labels, names=names, rows=rows)
    if isinstance(of, Mapping):
        return {_told(name, say): _told(part, say) for name, part in of.items()}
    if isinstance(of, tuple | list | set | frozenset):
        return type(of)(_told(part, say) for part in of)
    return of


def spoken(title: str, parts: Sequence[str]) -> str:
    """Return an alternative text of at most `LONGEST` characters: a title, and `Chart.spoken`."""
    text, mark = f"{title.rstrip('.')}. {parts[0]}".removeprefix(". "), ":"
    for clause in parts[1:]:
        # Names of ends that are too long are left to the table, too.
        for told in (clause, _PLACE.sub("", clause)):
            if len(longer := f"{text}{mark} {told}") < LONGEST:
                text, mark = longer, ";"
                break
        else:
            break
    return f"{text.rstrip('.')}."


def in_panels(values: Values | Panels) -> dict[str, Values]:
    """Return what stands in each panel, by heading; one panel has no heading."""
    if isinstance(values, Values):
        return {"": values}
    return {str(head): part for head, part in values.items()}


def thousands(axis: Axis) -> None:
    """Write the numbers of an axis whole, with separators."""
    axis.set_major_formatter(lambda number, _: format_value(number, 0))


def leftmost(ax: Axes) -> bool:
    """Whether a panel begins its row, and so has the names or numbers that its row shares."""
    place = ax.get_subplotspec()
    return place is None or place.is_first_col()


def spread(values: Sequence[float], heights: Sequence[float], floor: float) -> list[float]:
    """Return the middles of labels in the order of `values`, from `floor` on.

    Those too near to one below move up.
    """
    placed, low = list(values), floor
    for i in np.argsort(values, kind="stable"):
        placed[i] = max(values[i], low + heights[i] / 2)
        low = placed[i] + heights[i] / 2
    return placed


def line_height(ax: Axes) -> float:
    """Return about how much of the axis of numbers a line of a label takes."""
    low, high = ax.get_ylim()
    grid = ax.get_subplotspec()
    figure = ax.get_figure(root=True)
    assert grid is not None and figure is not None
    layout: Any = figure.get_layout_engine()
    # What title, sources and ticks leave of the figure.
    room = figure.get_figheight() * layout.get()["rect"][3] if layout else figure.get_figheight()
    inches = room * len(grid.rowspan) / grid.get_gridspec().nrows - 0.3
    return float((high - low) * 0.15 / max(inches, 0.5))


def text_width(texts: Iterable[str], size: float) -> float:
    """Return about how many inches the longest of some texts takes in a size in points."""
    return max((len(t) for t in texts), default=0) * size * 0.56 / 72


def year_ticks(years: Iterable[float], inches: float) -> list[int]:
    """Return the years worth a tick between the first and the last, as many as an axis has room.

    They are multiples of their step, so that charts beside each other have the same.
    """
    there = sorted({int(y) for y in years})
    first, last = there[0], there[-1]
    most = max(2, int(inches / 0.46))
    if len(there) <= most and last - first >= len(there):
        return there
    steps = ([*range(-(-first // s) * s, last + 1, s)] for s in (1, 2, 5, 10, 20, 50))
    ticks = next(years for years in steps if len(years) <= most)
    return ticks if len(ticks) > 1 else [first, last]


def whole(rows: Iterable[Any]) -> bool:
    """Whether rows are whole numbers, such as years."""
    return all(isinstance(row, int | np.integer) for row in rows)


def wrapped(names: Iterable[str], inches: float, least: int = 12) -> list[str]:
    """Break names of an axis so that none takes more than so many inches, or `least` letters."""
    room = max(least, int(inches / 0.066))
    return [textwrap.fill(name, room, break_long_words=False) for name in names]


def row_height(names: Iterable[str], least: float) -> float:
    """Return how many inches a row needs for a name that may be broken."""
    return max([least, *(0.06 + 0.145 * (1 + name.count("\n")) for name in names)])


def key(ax: Axes, width: float) -> int:
    """Write what the colours mean above an axis, each word in its colour; return the lines."""
    texts = ax.get_legend_handles_labels()[1]
    cols = max(1, min(len(texts), int(width / (text_width(texts, KEY) + 0.4))))
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "ncols": cols}
    close = {"handlelength": 1, "handletextpad": 0.5, "borderaxespad": 0.2, "borderpad": 0}
    words = ax.legend(fontsize=KEY, labelcolor="linecolor", **place, **close).get_texts()
    for word in words:
        word.set_color(ink(to_hex(word.get_color())))
    return -(-len(texts) // cols)


def _flat(values: Values) -> pd.DataFrame:
    frame = values.frame.copy()
    status = values.status
    for name in values.names:
        if values[name].weakest != "final":
            frame.insert(frame.columns.get_loc(name) + 1, f"{name}_status", status[name])
    return frame.rename_axis(columns=None).reset_index()
