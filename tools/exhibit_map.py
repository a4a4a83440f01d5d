"""Write ``docs/EXHIBITS.md`` from the record of the last report, ``dist/current/book.json``."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "EXHIBITS.md"
HEAD = """# Which notebook makes which figure

Written by `make report`. Figures lie in `dist/current/figures/` as `.svg`, `.png` and `.csv`,
tables as `.csv`.

| notebook | figures | tables |
|---|---|---|
"""


def markdown(exhibits: Mapping[str, Sequence[str]]) -> str:
    """Return the page.

    Parameters
    ----------
    exhibits : mapping
        Notebook to the names of what it showed.
    """
    rows = []
    for notebook, names in exhibits.items():
        figures, tables = (
            ", ".join(f"`{n}`" for n in names if n.startswith(kind)) or "–"
            for kind in ("fig-", "tbl-")
        )
        rows.append(f"| [{notebook}](../notebooks/{notebook}.ipynb) | {figures} | {tables} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    book = json.loads((ROOT / "dist" / "current" / "book.json").read_text(encoding="utf-8"))
    PAGE.write_text(markdown(book["exhibits"]), encoding="utf-8")
