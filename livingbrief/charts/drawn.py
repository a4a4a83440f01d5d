"""A chart that a notebook draws with matplotlib itself, with the values behind it."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from livingbrief.charts.chart import Chart
from livingbrief.charts.theme import WIDTH, use_house_style
from livingbrief.errors import BuildError

#: Returns the figure for a width in inches; the second puts its labels in a language.
Draw = Callable[[float, Callable[[str], str]], Figure]


@dataclass(kw_only=True, eq=False)
class Drawn(Chart):
    """What a function draws; the words around it come from here, as with all charts.

    Parameters
    ----------
    by : callable or Figure
        ``draw(width, say)`` returns a `Figure` with ``layout="constrained"``, of `width` inches;
        a figure by itself is made narrower for a phone, and has its labels in one language.
    form : str
        What it is, for who cannot see it: "Scatter plot by year".
    """

    by: Draw | Figure
    form: str = "Chart"

    def draw(self, *, subtitle: str, note: str = "", width: float = WIDTH) -> Figure:
        """Draw it, with subtitle and source line around what the function returns."""
        use_house_style()
        if isinstance(self.by, Figure):
            fig: Figure = pickle.loads(pickle.dumps(self.by))
        else:
            fig = self.by(width, self.say)
        if not isinstance(fig.get_layout_engine(), ConstrainedLayoutEngine):
            raise BuildError('a figure is made with layout="constrained": its words need room')
        FigureCanvasAgg(fig)
        words = self._words(subtitle, note, width)
        fig.set_size_inches(width, fig.get_figheight() + sum(words.room))
        words.write(fig)
        return fig

    def _form(self) -> str:
        return self.form

    def _grid(self, width: float) -> tuple[int, int, float]:
        raise NotImplementedError
