"""What draws figures draws what matplotlib draws."""

import io

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from livingbrief.charts import dots
from livingbrief.charts.canvas import Canvas
from livingbrief.charts.theme import NARROW, WIDTH, drawn, lightened, rasterised
from livingbrief.values.values import Values

SOURCE = ({"source": "A publisher, a table", "vintage": "2026-01-01"},)


def _figure(width: float) -> Figure:
    rows = pd.DataFrame(
        {"a": [1.0, 2.5, np.nan, 1e3], "b": [2.0, np.nan, 4.25, 7.125]},
        index=pd.Index(["Kyrgyzstan, “one”", "Two\nlines", "αβ", "$4"], name="row"),
    ).rename_axis("column", axis=1)
    values = Values.of(rows, status="final", unit="percent", sources=SOURCE)
    low, high = (
        Values.of(rows * by, status="final", unit="percent", sources=SOURCE) for by in (0.5, 2)
    )
    return dots(values, low=low, high=high, log=True, reference=2).draw(
        title="A title" if width == WIDTH else "", subtitle="Measure, per cent", width=width
    )


def _pixels(svg: str) -> np.ndarray:
    found: np.ndarray = imread(io.BytesIO(rasterised(svg)), format="png")
    return found


def test_a_figure_is_drawn_as_matplotlib_draws_it() -> None:
    for width in (WIDTH, NARROW):
        figure = _figure(width)
        own = _pixels(drawn(figure))
        FigureCanvasAgg(figure)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        theirs = _pixels(lightened(file.getvalue()))
        assert own.shape == theirs.shape
        assert own.std() > 0.05
        # Places have two decimals: an edge may move by a fiftieth of a pixel.
        apart = np.abs(own - theirs)
        assert apart.max() < 0.5
        assert (apart > 0.05).mean() < 1e-4


def test_a_figure_is_laid_out_as_matplotlib_lays_it_out() -> None:
    for width in (WIDTH, NARROW):
        places = []
        for canvas in (Canvas, FigureCanvasAgg):
            figure = _figure(width)
            canvas(figure)
            figure.draw_without_rendering()
            places.append([text.get_window_extent().bounds for text in figure.findobj(Text)])
        assert len(places[0]) > 20
        assert np.allclose(*places, rtol=0, atol=1e-6)


def test_what_is_kept_of_a_text_depends_on_its_font() -> None:
    figure = _figure(WIDTH)
    styles = ((8, "normal"), (16, "normal"), (8, "bold"), (8, "normal"))
    texts = [figure.text(0, 0, "The same words", size=s, weight=w) for s, w in styles]
    widths = [round(text.get_window_extent().width) for text in texts]
    assert len({*widths}) == 3
    assert widths[0] == widths[3]
    assert len({drawn_alone(*style) for style in styles}) == 3


def drawn_alone(size: float, weight: str) -> str:
    figure = Figure()
    Canvas(figure)
    figure.text(0, 0, "The same words", size=size, weight=weight)
    return drawn(figure)
