"""Write the exhibit map of README.md from the records of the last report, ``dist/current``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = re.compile(r"(?<=<!-- exhibits -->\n).*?(?=<!-- /exhibits -->)", re.S)


def markdown(exhibits: Mapping[str, Sequence[str]]) -> str:
    """Return the map as a Markdown table.

    Parameters
    ----------
    exhibits : mapping
        Notebook to the names of what it showed, as ``book.json`` has them.
    """
    lines = ["| notebook | figures | tables |", "|---|---|---|"]
    for notebook, names in exhibits.items():
        cells = [
            ", ".join(f"`{n}`" for n in names if n.startswith(kind)) or "–"
            for kind in ("fig-", "tbl-")
        ]
        lines.append(f"| [{notebook}](notebooks/{notebook}.ipynb) | {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"


def main(root: Path) -> None:
    """Replace the table between the marks if it reads otherwise."""
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    book = json.loads((root / "dist" / "current" / "book.json").read_text(encoding="utf-8"))
    new = PLACE.sub(lambda _: markdown(book["exhibits"]), text)
    if new != text:
        readme.write_text(new, encoding="utf-8")
        print("README.md: the exhibit map was written anew")


if __name__ == "__main__":
    main(ROOT)
