"""Charts that hold their data and draw when shown: three forms, one theme, and tables."""

from livingbrief.charts.bars import Bars as bars
from livingbrief.charts.chart import Chart
from livingbrief.charts.dots import Dots as dots
from livingbrief.charts.lines import Lines as lines
from livingbrief.charts.tables import table_of

__all__ = ["Chart", "bars", "dots", "lines", "table_of"]
