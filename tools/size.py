"""Print the size of the project beside its budgets: ``python tools/size.py [project]``.

Engine, content, tests, notebooks and marks are bars, the others aims. Lines are all lines of a
file; code of notebooks is counted as ruff formats it at 100 columns, without magics and parameters.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_BLOCK = re.compile(r"^:::\{(?:statement|exhibit)\}.*?^:::$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"\{%")
TEMPLATES = {".css", ".js", ".typ", ".html", ".jinja"}
RULES = ("claims.yml", "results.yml")
#: What a row counts, its most, its aim.
BUDGETS = {
    "engine livingbrief/, Python": (15_500, 14_500),
    "content remitrisk/, Python": (6_500, 5_900),
    "tests, Python": (16_000, 14_500),
    "notebooks, code lines formatted at 100 columns": (2_600, 2_300),
    "English pages, per cent of lines with a mark": (10, 5),
    "claims, results": (2_500, 2_000),
    "golden rows": (8_500, 7_500),
    "tools, benchmarks": (1_900, 1_400),
    "CSS, JavaScript, Typst, HTML and Jinja": (2_000, 1_700),
    "words of documents": (11_500, 9_500),
}


def lines(paths: Iterable[Path]) -> int:
    """Count the lines of files."""
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def python(folder: Path) -> Iterator[Path]:
    """Yield the modules of a folder."""
    return folder.rglob("*.py")


def code(notebook: Path) -> str:
    """Return the code of a notebook, formatted, one cell after the other."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    kept = (
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", ())
    )
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "-"]
    done = subprocess.run(
        command, input="\n".join(kept), capture_output=True, text=True, check=True
    )
    return done.stdout


def marks(root: Path) -> int:
    """Return how many of a hundred lines of English pages have a mark, blocks of statements apart.

    A mark is what is neither Markdown nor a number: a tag of Jinja.
    """
    pages = [*(root / "book").glob("*.md"), *(root / "book").glob("c*/*.md")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in pages)
    kept = [line for line in _BLOCK.sub("", text).splitlines() if line.strip()]
    return round(100 * sum(map(bool, map(_MARK.search, kept))) / max(1, len(kept)))


def measure(root: Path) -> dict[str, int]:
    """Return what is there, by the rows of `BUDGETS`."""
    packages = [root / "livingbrief", root / "remitrisk", root / "tests"]
    notebooks = sorted((root / "notebooks").glob("*.ipynb"))
    generated = {"LICENCES.md", "EXHIBITS.md"}
    documents = [
        *(root / name for name in ("README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md")),
        root / "data" / "README.md",
        *(path for path in (root / "docs").glob("*.md") if path.name not in generated),
    ]
    templates = [
        path
        for folder in ("livingbrief", "remitrisk", "book")
        for path in (root / folder).rglob("*")
        if path.suffix in TEMPLATES
    ]
    counted = (
        *(lines(python(package)) for package in packages),
        sum(sum(map(bool, map(str.strip, code(path).splitlines()))) for path in notebooks),
        marks(root),
        lines(path for name in RULES if (path := root / "book" / name).is_file()),
        sum(max(lines([path]) - 1, 0) for path in (root / "tests" / "goldens").glob("*.csv")),
        sum(lines(python(root / folder)) for folder in ("tools", "benchmarks")),
        lines(templates),
        sum(len(path.read_text(encoding="utf-8").split()) for path in documents if path.is_file()),
    )
    return dict(zip(BUDGETS, counted, strict=True))


def table(measured: dict[str, int]) -> str:
    """Write the budgets beside what is there."""
    rows = [f"{'what':52}{'now':>9}{'at most':>9}{'aim':>9}"]
    for name, (most, aim) in BUDGETS.items():
        over = "  over" if measured[name] > most else ""
        rows.append(f"{name:52}{measured[name]:9,}{most:9,}{aim:9,}{over}")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table(measure(Path(sys.argv[1] if sys.argv[1:] else Path(__file__).parents[1]))))
