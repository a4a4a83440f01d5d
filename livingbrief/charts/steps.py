"""Numbers by date of vintage, as step lines labelled at their ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from livingbrief.charts.chart import Chart, line_height, spread
from livingbrief.charts.theme import MUTED, PALETTE, label_end
from livingbrief.values.values import Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(kw_only=True, eq=False)
class Steps(Chart):
    """Make a chart of what was printed when: a number holds from one vintage to the next.

    Parameters
    ----------
    values : Values
        Columns are vintages (ISO dates), each row is a line, as `Data.by_vintage` gives them.
    ends : bool
        Write the last number behind each label.
    colours, digits, height, cite
        See `Chart`; here a row has its colour.
    """

    ends_early: ClassVar[bool] = False
    ends: bool = False

    def data(self) -> pd.DataFrame:
        """Return one line for each number: vintage, year (or other row), value, status."""
        (values,) = self.parts.values()
        status, name = values.status, values.frame.index.name
        found = [
            (vintage, row, number, status.at[row, vintage])
            for row, line in values.frame.iterrows()
            for vintage, number in line.dropna().items()
        ]
        return pd.DataFrame(found, columns=["vintage", name, "value", "status"])

    def _form(self) -> str:
        dates = sorted(str(n) for v in self.parts.values() for n in v.known().names)
        return f"Steps by vintage, {dates[0]} to {dates[-1]}" if dates else "Steps by vintage"

    def _clauses(self) -> Iterator[str]:
        for values in self.parts.values():
            for row, line in values.frame.iterrows():
                texts = [self._text(values, v) for v in line.dropna()]
                if texts:
                    yield f"{row} {' to '.join(dict.fromkeys([texts[0], texts[-1]]))}"

    def _text(self, values: Values, number: float) -> str:
        return self.said(number, next(iter(values.about.values())))

    def _grid(self, width: float) -> tuple[int, int, float]:
        return 1, 1, 3.6

    @cached_property
    def _colours(self) -> dict[Any, str]:
        rows = dict.fromkeys(r for v in self.parts.values() for r in v.years)
        return {**dict(zip(rows, PALETTE * len(rows), strict=False)), **self.colours}

    def _panel(self, ax: Axes, head: str, values: Values, inches: float) -> None:
        values = values.known()
        dates = pd.to_datetime(pd.Index(values.names))
        right = dates.max()
        ends = []
        for row, line, soft in zip(values.rows, values.frame.to_numpy(), values.soft, strict=True):
            have = np.isfinite(line)
            y, colour = line[have], self._colours[row]
            ax.step([*dates[have], right], [*y, y[-1]], where="post", color=colour, lw=1.5)
            for hollow in (False, True):
                some = have & (soft == hollow)
                face: dict[str, Any] = {"mfc": "white", "mew": 1.2} if hollow else {}
                ax.plot(dates[some], line[some], ls="none", marker="o", ms=4, color=colour, **face)
            text = f"{row}: {self._text(values, y[-1])}" if self.ends else str(row)
            ends.append((y[-1], text, colour))
        low, high = ax.get_ylim()
        apart = spread([e[0] for e in ends], line_height(ax))
        for y, (_, text, colour) in zip(apart, ends, strict=True):
            label_end(ax, right, y, text, color=colour, dx=11)
        if low < 0 < high:
            ax.axhline(0, color=MUTED, lw=0.8, zorder=1)
        ax.margins(x=0.02)
