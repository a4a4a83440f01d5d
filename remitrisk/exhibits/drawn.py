"""A drawing with all that a notebook needs to show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from livingbrief.run.notebook import Notebook


@dataclass(frozen=True)
class Drawn:
    """A figure and its words.

    Attributes
    ----------
    fig : Figure
        From `remitrisk.exhibits.figures.canvas`.
    caption, alt : str
        Caption, and what the figure shows for who cannot see it.
    data : DataFrame
        The figure's numbers.
    labels : mapping
        Column of `data` to the name that a reader knows, for the sentence on last years.
    """

    fig: Figure
    caption: str
    alt: str
    data: pd.DataFrame
    labels: Mapping[str, str] = field(default_factory=dict)

    def show(self, nb: Notebook, name: str) -> None:
        """Show and save the figure in a notebook under the label `name`."""
        nb.figure(
            self.fig,
            name,
            caption=self.caption,
            alt=self.alt,
            data=self.data,
            labels=self.labels,
        )

    @property
    def words(self) -> str:
        """Title and subtitle as drawn, in one line, for tests."""
        return " ".join(t.get_text().replace("\n", " ") for t in self.fig.texts[:2])
