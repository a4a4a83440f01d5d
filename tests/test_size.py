"""``tools/size.py`` counts what it says, on a house of one module, one chapter and one page."""

import json

import pytest

from livingbrief.paths import project_root
from tools.size import conditionals, measure, paragraphs, table

MODULE = '''"""A module."""

from functools import cache


# why
@cache
def used():
    """Say
    so."""
    return inner(
        1,
    )


def inner(x): return x


def drawn(nb): nb.number("k", 1)


def idle(): return idle()


def main(): from house.other import called as run; run()
'''
PAGE = """# Title

{% macro m() %}{% endmacro %}{% if has("a") %}One{% elif b %}two{% endif %} {{ c if d else e }}
and on.
- an item has("f")

{{ "if" }}
"""


@pytest.fixture
def house(tmp_path):
    def cell(kind, source, *tags):
        metadata = {"tags": list(tags)} if tags else {}
        return {"cell_type": kind, "source": source.splitlines(keepends=True), "metadata": metadata}

    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "__init__.py").write_text("")
    (tmp_path / "house" / "rooms.py").write_text(MODULE)
    (tmp_path / "house" / "other.py").write_text("def called(): return 1\n")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "page.md").write_text(PAGE)
    (tmp_path / "notebooks").mkdir()
    for name, code in (("one", "r.drawn(nb)\n\nr.used()"), ("two", "r.used()")):
        cells = [
            cell("code", "a = 1\nb = 2", "parameters"),
            cell("code", f"from house import rooms as r\n{code}"),
            cell("markdown", f"{'x' * 700}\n\n{{% if a %}}y{{% endif %}}"),
        ]
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text(json.dumps({"cells": cells}))
    return tmp_path


def test_a_small_house_is_measured(house):
    found = measure(house)
    assert found["library"] == {"code": 11, "docstring": 3, "other": 12, "lines": 26}
    assert found["chapters"] == {"one": 3, "two": 2}
    assert found["conditionals_total"] == 5 + 2
    assert found["longest_paragraph"] == {"source": "notebooks/one.ipynb", "characters": 700}
    assert found["paragraphs_over_600"] == 2
    assert found["functions"] == {
        "draws_or_records": {"house.rooms.drawn": "one"},
        "computes": {},
        "nobody": ["house.rooms.idle"],
    }
    assert "house.rooms.idle" in table(found)


def test_the_house_keeps_its_bars():
    found = measure(project_root())
    assert found["paragraphs_over_600"] == 0, found["longest_paragraph"]
    assert found["conditionals_total"] < 60
    assert max(found["chapters"].values()) <= 120, found["chapters"]
    assert found["functions"]["draws_or_records"] == {}


def test_a_function_named_as_its_module_is_followed_through_the_package(house):
    (house / "house" / "bars.py").write_text("def bars(): return 1\n")
    (house / "house" / "__init__.py").write_text("from house.bars import bars\n")
    notebook = house / "notebooks" / "one.ipynb"
    content = json.loads(notebook.read_text())
    content["cells"][1]["source"].append("\nfrom house import bars\nbars()")
    notebook.write_text(json.dumps(content))
    assert measure(house)["functions"]["computes"] == {"house.bars.bars": "one"}


def test_conditionals_and_paragraphs_are_told_apart():
    assert conditionals('{%- if has("a") and has("b") -%}') == 1
    assert conditionals("{% set a = b if c %}{% for d in e %}{% endfor %}{{ f }} if {{ g }}") == 1
    assert [p[:8] for p in paragraphs(PAGE)] == ["# Title", "{% macro", "- an ite", '{{ "if" ']
