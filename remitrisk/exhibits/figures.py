"""The theme under its former name, until all chapters take their charts from `remitrisk.charts`."""

from remitrisk.charts.theme import *  # noqa: F403
