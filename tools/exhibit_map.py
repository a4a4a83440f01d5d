"""Write the exhibit map of README.md from the last report's notebooks."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"[\"']((?:fig|tbl)-[a-z0-9-]+)[\"']")


def exhibits(root: Path) -> dict[str, list[str]]:
    """Return notebook to the names of the figures and tables that its code shows."""
    found = {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        found[path.stem] = list(dict.fromkeys(NAME.findall(code)))
    return found


def markdown(root: Path) -> str:
    """Return the map as a Markdown table."""
    lines = ["| notebook | figures | tables |", "|---|---|---|"]
    for notebook, names in exhibits(root).items():
        cells = [
            ", ".join(f"`{n}`" for n in names if n.startswith(kind)) or "–"
            for kind in ("fig-", "tbl-")
        ]
        lines.append(f"| [{notebook}](notebooks/{notebook}.ipynb) | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def written(text: str, table: str) -> str:
    """Return README text with the map between its marks replaced."""
    return re.sub(
        r"(<!-- exhibits -->\n).*?(<!-- /exhibits -->)",
        lambda m: f"{m[1]}{table}\n{m[2]}",
        text,
        flags=re.S,
    )


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(written(readme.read_text(encoding="utf-8"), markdown(ROOT)), encoding="utf-8")
