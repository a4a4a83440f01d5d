"""``tools/size.py`` prints each budget beside what is there."""

import json

from livingbrief.paths import project_root
from tools.size import BUDGETS, measure, table


def test_a_small_project_is_measured_and_what_is_over_is_marked(tmp_path):
    def cell(kind, source, *tags):
        return {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)}}

    cells = [
        cell("code", "a = 1", "parameters"),
        cell("code", f"f({', '.join(f'argument_{i}=1' for i in range(12))})\n\nb = 2"),
        cell("markdown", "Text."),
    ]
    files = {
        "livingbrief/a.py": "a = 1\n" * 15_001,
        "livingbrief/book/a.css": "a {}\n\n",
        "remitrisk/a.py": "a = 1\n",
        "tests/test_a.py": "\n\n\n",
        "tests/goldens/a.csv": "key\na\nb\n",
        "notebooks/a.ipynb": json.dumps({"cells": cells}),
        "book/claims.yml": "- a\n",
        "tools/a.py": "a = 1\n",
        "README.md": "two words",
        "docs/LICENCES.md": "generated",
        "data/README.md": "one",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [*measure(tmp_path).values()] == [15_001, 1, 3, 15, 1, 2, 1, 2, 3]
    over = [line for line in table(measure(tmp_path)).splitlines() if line.endswith("over")]
    assert [line.split(",")[0] for line in over] == ["engine livingbrief/"]


def test_nothing_of_the_project_is_left_out():
    found = measure(project_root())
    assert found.keys() == BUDGETS.keys() and all(found.values())
