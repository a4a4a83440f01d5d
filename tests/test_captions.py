"""A chart of people says whom it counts."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def sources() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        yield path.name, "\n".join(code)


def subtitles() -> dict[str, str]:
    """Give the subtitle, as it stands in code, of each figure of the chapters that count people."""
    found = {}
    for name, code in sources():
        if name not in ("conditions.ipynb", "known_cases.ipynb"):
            continue
        for call in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)):
            told = {w.arg: ast.unparse(w.value) for w in call.keywords}
            if ast.unparse(call.func) == "nb.figure" and "subtitle" in told:
                found[ast.literal_eval(call.args[0])] = told["subtitle"]
    return found


def test_a_chart_of_people_says_detected_assisted_or_modelled_in_its_subtitle():
    conditions = ("poverty", "working", "conditions", "exposure")
    people = {n: s for n, s in subtitles().items() if n.split("-")[1] not in conditions}
    assert len(people) >= 5
    for name, subtitle in people.items():
        words = ("detected", "assisted", "modelled")
        assert any(word in subtitle.lower() for word in words), (name, subtitle)


def test_no_words_of_a_figure_name_a_side_for_panels_stand_beneath_each_other_on_a_phone():
    side = re.compile(
        r"\b(?:Left|Right):|\b(?:left|right)(?:-hand)? (?:panel|side)|"
        r"\b(?:on|to|at) the (?:left|right)\b"
    )
    assert side.search("Left: a model. Right: what was counted.")
    texts = [(name, code) for name, code in sources()]
    texts += [(path.name, path.read_text(encoding="utf-8")) for path in ROOT.glob("book/**/*.md")]
    assert [(name, found[0]) for name, text in texts for found in side.finditer(text)] == []
