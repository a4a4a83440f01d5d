"""Every caption ends as a sentence: a figure's may be followed by another, on its last years."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def sources() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        yield path.name, "\n".join(code)


def captions(code: str) -> list[ast.expr]:
    """Give what calls of `nb.figure` and `nb.table` pass as a caption."""
    found = []
    for call in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)):
        found += [word.value for word in call.keywords if word.arg == "caption"]
    return found


def ends(caption: ast.expr) -> list[str]:
    """Give the texts in which a caption can end; a value that is put in has no known end."""
    match caption:
        case ast.Constant():
            return [str(caption.value)]
        case ast.JoinedStr():
            return ends(caption.values[-1])
        case ast.IfExp():
            return ends(caption.body) + ends(caption.orelse)
        case ast.BinOp():
            right = ends(caption.right)
            return [text for text in right if text] + (ends(caption.left) if "" in right else [])
        case ast.Call(func=ast.Name(id="noted")):
            return ends(caption.args[0])  # A sentence may follow.
        case ast.FormattedValue():
            return [f"{{{ast.unparse(caption.value)}}}"]
        case _:
            return [ast.unparse(caption)]


CAPTIONS = [(name, caption) for name, code in sources() for caption in captions(code)]


def test_every_caption_ends_with_a_full_stop():
    passed_on = {"self.caption", "caption"}
    bare = [
        f"{name}: {text}"
        for name, caption in CAPTIONS
        for text in ends(caption)
        if not text.endswith(".") and text not in passed_on
    ]
    assert bare == []


def test_no_words_of_a_figure_name_a_side_for_panels_stand_beneath_each_other_on_a_phone():
    side = re.compile(
        r"\b(?:Left|Right):|\b(?:left|right)(?:-hand)? (?:panel|side)|"
        r"\b(?:on|to|at) the (?:left|right)\b"
    )
    assert side.search("Left: a model. Right: what was counted.")
    texts = [(name, code) for name, code in sources()]
    texts += [(path.name, path.read_text(encoding="utf-8")) for path in ROOT.glob("book/*.md")]
    assert [(name, found[0]) for name, text in texts for found in side.finditer(text)] == []


def test_captions_of_all_chapters_are_read():
    chapters = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert chapters <= {name for name, _ in CAPTIONS}
    assert len(CAPTIONS) > 40


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ('nb.table(t, "tbl-a", caption="A. B")', ["A. B"]),
        ('nb.figure(f, "fig-a", caption=f"{a} of {b}", alt="c")', ["{b}"]),
        ('nb.figure(f, "fig-a", caption="A." + (f" In {b}." if b else ""))', [".", "A."]),
    ],
)
def test_the_end_of_a_caption_is_found_however_it_is_put_together(code, texts):
    assert [text for caption in captions(code) for text in ends(caption)] == texts


def subtitles() -> dict[str, str]:
    """Give the subtitle, as it stands in code, of each figure of the chapters that count people."""
    found = {}
    for name, code in sources():
        if name not in ("conditions.ipynb", "known_cases.ipynb", "justice.ipynb"):
            continue
        for call in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)):
            told = {w.arg: ast.unparse(w.value) for w in call.keywords}
            if ast.unparse(call.func) == "nb.figure" and "subtitle" in told:
                found[ast.literal_eval(call.args[0])] = told["subtitle"]
    return found


def test_a_chart_of_people_says_detected_assisted_or_modelled_in_its_subtitle():
    conditions = ("poverty", "working", "conditions", "exposure")
    people = {n: s for n, s in subtitles().items() if n.split("-")[1] not in conditions}
    assert len(people) > 5
    del people["fig-justice-tiers"]
    for name, subtitle in people.items():
        words = ("detected", "assisted", "modelled")
        assert any(word in subtitle.lower() for word in words), (name, subtitle)
