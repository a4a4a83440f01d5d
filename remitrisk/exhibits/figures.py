"""The theme under its former name, until all chapters take their charts from the engine."""

from livingbrief.charts.theme import *  # noqa: F403
