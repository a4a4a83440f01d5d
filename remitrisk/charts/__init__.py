"""Charts that hold their data and draw when shown: five forms, one theme, and tables."""

from remitrisk.charts.bars import bars
from remitrisk.charts.chart import Chart
from remitrisk.charts.columns import columns
from remitrisk.charts.dots import dots
from remitrisk.charts.lines import lines
from remitrisk.charts.steps import steps
from remitrisk.charts.tables import table_of

__all__ = ["Chart", "bars", "columns", "dots", "lines", "steps", "table_of"]
