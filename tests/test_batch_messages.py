"""What a batch says of a country that it cannot build."""

import json
import subprocess

from livingbrief.errors import InputError
from livingbrief.paths import project_root
from livingbrief.run.batch import Annex, build_country, write_comparison
from livingbrief.run.editions import load_edition


def test_a_wrong_code_is_answered_with_a_suggestion_and_no_list_of_codes(monkeypatch):
    def refused(command, **_):
        try:
            load_edition(project_root(), "current", ["country=KGX"])
        except InputError as error:
            return subprocess.CompletedProcess(command, 2, "", f"error: {error}\n")

    monkeypatch.setattr(subprocess, "run", refused)
    code, message = build_country(".", "current", (), "KGX", "out", False)
    assert code == 2 and "Did you mean" in message
    assert message.endswith(" economies are served.")


def test_the_page_says_why_a_country_is_not_served_and_prints_no_line_of_python(tmp_path):
    line = "notebook notebooks/one.ipynb, cell 3: ValueError: no\n---> 4 int(x)"
    annexes = [
        Annex("XXX", "XXX", False, "edition 'current': country=XXX cannot be served.", 0, True),
        Annex("NPL", "Nepal", False, line, 0),
    ]
    write_comparison(tmp_path, annexes)
    page = (tmp_path / "index.html").read_text()
    assert "not built: edition &#39;current&#39;: country=XXX cannot be served." in page
    assert "ValueError" not in page and "int(x)" not in page
    assert page.count("not built: its build failed; summary.json says where") == 1
    assert json.loads((tmp_path / "summary.json").read_text())[1]["why"] == line
