"""What stands under a figure for a script: the days on which it was printed, what can be tried.

``theme/static/asof.js`` makes the slider of it; without that script the figure stands alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from livingbrief.book import templates
from livingbrief.charts.chart import SHORT
from livingbrief.values.results import DIGITS
from livingbrief.wording import long_date

#: Statuses that a drawing marks, as the figure does.
_SOFT = ("estimate", "provisional")


def script(path: Path) -> str:
    """Return a figure's table of what was printed when as a block of JSON, to be read on the page.

    Numbers have six digits: a drawing shows no more. Empty for a figure without such a table.
    """
    if not path.is_file():
        return ""
    table = pd.read_csv(path, dtype={"printed": str}).fillna({"panel": "", "unit": "", "what": ""})
    days = [[day, long_date(day)] for day in sorted(table["printed"].unique())]
    panels = [_panel(str(head), rows) for head, rows in table.groupby("panel", sort=False)]
    held = {"what": str(table["what"].iloc[0]), "days": days, "panels": panels}
    return templates.block("json", held, **{"class": "as-of"})


def explored(path: Path) -> str:
    """Return what a script of the brief reads to let readers try a figure's assumptions."""
    if not path.is_file():
        return ""
    return templates.block("json", json.loads(path.read_text("utf-8")), **{"class": "explore"})


def _panel(head: str, rows: pd.DataFrame) -> dict[str, Any]:
    unit = str(rows["unit"].iloc[0])
    years = sorted(int(year) for year in rows["year"].unique())
    apart = {*rows.loc[rows["apart"], "year"]}
    printings = []
    for day, printed in rows.groupby("printed"):
        found = printed.set_index("year").reindex(years)
        values = [None if pd.isna(v) else float(f"{v:.6g}") for v in found["value"]]
        soft = [i for i, status in enumerate(found["status"]) if status in _SOFT]
        printings.append({"day": day, "values": values, "soft": soft})
    return {
        "head": head,
        # A heading names the unit of its panel.
        "unit": "" if head else SHORT.get(unit, unit),
        "digits": DIGITS.get(unit, 1),
        "signed": bool((rows["value"] < 0).any()),
        "source": str(rows["source"].iloc[0]),
        "years": years,
        "apart": [i for i, year in enumerate(years) if year in apart],
        "printings": printings,
    }
