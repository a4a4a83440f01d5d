"""Charts that hold their data and draw when shown: five forms, one theme, and tables."""

from livingbrief.charts.bars import bars
from livingbrief.charts.chart import Chart
from livingbrief.charts.columns import columns
from livingbrief.charts.dots import dots
from livingbrief.charts.lines import lines
from livingbrief.charts.steps import steps
from livingbrief.charts.tables import table_of

__all__ = ["Chart", "bars", "columns", "dots", "lines", "steps", "table_of"]
