"""A chart that a notebook draws with matplotlib itself, with the values behind it."""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from livingbrief.charts.chart import Chart
from livingbrief.charts.theme import WIDTH, use_house_style
from livingbrief.errors import BuildError


class Spots(NamedTuple):
    """Where the numbers of a column are drawn, so that a reader can point at them.

    `column` and `row`, of the first number, are counted from 0: a language has other names.
    """

    ax: Axes
    column: int
    x: Sequence[float]
    y: Sequence[float]
    row: int = 0


#: Returns the figure for a width in inches, or it and its spots; the second puts its labels in a
#: language.
Draw = Callable[[float, Callable[[str], str]], Figure | tuple[Figure, Sequence[Spots]]]


@dataclass(kw_only=True, eq=False)
class Drawn(Chart):
    """What a function draws; the words around it come from here, as with all charts.

    Parameters
    ----------
    by : callable or Figure
        ``draw(width, say)`` returns a `Figure` with ``layout="constrained"``, of `width` inches,
        or it and a list of `Spots`; a figure by itself is made narrower for a phone, and has its
        labels in one language.
    form : str
        What it is, for who cannot see it: "Scatter plot by year".
    """

    by: Draw | Figure
    form: str = "Chart"

    def draw(self, *, subtitle: str, note: str = "", width: float = WIDTH) -> Figure:
        """Draw it, with subtitle and source line around what the function returns."""
        use_house_style()
        if isinstance(self.by, Figure):
            drawn: Figure | tuple[Figure, Sequence[Spots]] = pickle.loads(pickle.dumps(self.by))
        else:
            drawn = self.by(width, self.say)
        fig, spots = (drawn, ()) if isinstance(drawn, Figure) else drawn
        if not isinstance(fig.get_layout_engine(), ConstrainedLayoutEngine):
            raise BuildError('a figure is made with layout="constrained": its words need room')
        FigureCanvasAgg(fig)
        words = self._words(subtitle, note, width)
        fig.set_size_inches(width, fig.get_figheight() + sum(words.room))
        words.write(fig)
        self._marked = []
        (values,) = self.parts.values()
        for ax, column, x, y, *row in spots:
            first = sum(row)
            own = values.at(values.rows[first : first + len(x)])
            self._mark(ax, "", own, values.names[column], zip(x, y, strict=True))
        return fig

    def _form(self) -> str:
        return self.form

    def _grid(self, width: float) -> tuple[int, int, float]:
        raise NotImplementedError
