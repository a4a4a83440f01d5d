"""Numbers by date of vintage, as step lines labelled at their ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from livingbrief.charts.chart import Chart, Panels, line_height, split, spread
from livingbrief.charts.theme import MUTED, PALETTE, label_end
from livingbrief.values.values import Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def steps(
    values: Values | Panels,
    *,
    ends: bool = False,
    colours: Mapping[Any, str] | None = None,
    digits: int | None = None,
    height: float | None = None,
    cite: Sequence[Mapping[str, str]] = (),
) -> Steps:
    """Make a chart of what was printed when: a number holds from one vintage to the next.

    Parameters
    ----------
    values : Values, or mapping of heading to Values
        Columns are vintages (ISO dates), each row is a line, as `Data.by_vintage` gives them; one
        panel for each heading.
    ends : bool
        Write the last number behind each label.
    colours, digits, height, cite
        See `Chart`; here a row has its colour.
    """
    return Steps(
        **split(values),
        ends=ends,
        colours=colours or {},
        digits=digits,
        height=height,
        cite=tuple(cite),
    )


@dataclass(frozen=True, kw_only=True)
class Steps(Chart):
    """See `steps`."""

    ends_early: ClassVar[bool] = False
    ends: bool = False

    def data(self) -> pd.DataFrame:
        """Return one line for each number: panel, vintage, year (or other row), value, status."""
        found = []
        for head, values in self.panels.items():
            status = values.status
            for row, line in values.frame.iterrows():
                for vintage, number in line.dropna().items():
                    found.append((head, vintage, row, number, status.at[row, vintage]))
        name = next(iter(self.panels.values())).frame.index.name
        table = pd.DataFrame(found, columns=["panel", "vintage", name, "value", "status"])
        return table if len(self.panels) > 1 else table.drop(columns="panel")

    def _form(self) -> str:
        dates = sorted(str(n) for v in self.panels.values() for n in v.known().names)
        return f"Steps by vintage, {dates[0]} to {dates[-1]}" if dates else "Steps by vintage"

    def _clauses(self) -> Iterator[str]:
        for head, values in self.panels.items():
            for row, line in values.frame.iterrows():
                texts = [self._text(values, v) for v in line.dropna()]
                if texts:
                    ends = f"{row} {texts[0]}"
                    ends += f" to {texts[-1]}" if texts[-1] != texts[0] else ""
                    yield f"{head}: {ends}" if head else ends
                    head = ""

    def _text(self, values: Values, number: float) -> str:
        about = next(iter(values.about.values()))
        return self.said(number, about)

    def _grid(self, width: float) -> tuple[int, int, float]:
        rows = len(self.panels)
        return rows, 1, 3.6 if rows == 1 else 2.5 * rows + 0.3

    def _paint(self, fig: Figure, axes: np.ndarray, width: float) -> None:
        rows = dict.fromkeys(r for v in self.panels.values() for r in v.years)
        colours = {**dict(zip(rows, PALETTE * len(rows), strict=False)), **self.colours}
        for ax, (head, values) in zip(axes[:, 0], self.panels.items(), strict=True):
            self._panel(ax, values.known(), colours)
            if head:
                ax.set_title(head)

    def _panel(self, ax: Axes, values: Values, colours: Mapping[Any, str]) -> None:
        dates = pd.to_datetime(pd.Index(values.names))
        right = dates.max()
        ends = []
        for i, row in enumerate(values.rows):
            line, soft = values.frame.to_numpy()[i], values.soft[i]
            have = np.isfinite(line)
            y, colour = line[have], colours[row]
            ax.step([*dates[have], right], [*y, y[-1]], where="post", color=colour, lw=1.5)
            for hollow in (False, True):
                some = have & (soft == hollow)
                face: dict[str, Any] = {"mfc": "white", "mew": 1.2} if hollow else {}
                ax.plot(dates[some], line[some], ls="none", marker="o", ms=4, color=colour, **face)
            text = f"{row}: {self._text(values, y[-1])}" if self.ends else str(row)
            ends.append((y[-1], text, colour))
        low, high = ax.get_ylim()
        for y, (_, text, colour) in zip(
            spread([e[0] for e in ends], line_height(ax)), ends, strict=True
        ):
            label_end(ax, right, y, text, color=colour, dx=11)
        if low < 0 < high:
            ax.axhline(0, color=MUTED, lw=0.8, zorder=1)
        ax.margins(x=0.02)
