"""Claims are judged by a plain table: the example of the documentation, and what is refused."""

import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from livingbrief.claims import measures
from livingbrief.cli.cli import main
from livingbrief.paths import project_root
from livingbrief.records import RecordError

PAGE = (project_root() / "docs" / "JUDGE_A_TABLE.md").read_text(encoding="utf-8")
FILES = re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES:
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_says_what_the_page_says(folder):
    done = CliRunner().invoke(main, ["judge", "claims.yml", "books.csv"])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "C01 came true later: Children borrow more books than adults.",
        "  Books lent to children in 2023, against adults: 4300 (contradicted)",
        "  Against adults in 2024: 5100 (supported)",
        "C02 cannot be checked: Adults borrow fewer books each year.",
        "  Books lent to adults in 2024, against 2023: 4350 (inconclusive)",
    ]


def test_the_example_in_python_runs_and_is_short(folder):
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    assert len(code.splitlines()) <= 20
    loaded = "assert not {m for m in sys.modules if m.startswith(OTHERS)}"
    others = tuple(f"livingbrief.{name}" for name in ("data", "charts", "book", "pdf", "run"))
    code += f"\nimport sys\nOTHERS = {others}\n{loaded}\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("C01 not_then Children borrow")
    assert done.stdout.splitlines()[-1].startswith("C02 not_testable -> supported ")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("name,value\na.b,1\n", "table.csv: .*expected but not found: \\['key'\\]"),
        ("key,value\na.b,1\na.b,2\n", "table.csv: 'a.b' stands twice"),
    ],
)
def test_a_table_that_cannot_be_read_is_named(table, message, tmp_path):
    (tmp_path / "table.csv").write_text(table)
    with pytest.raises(RecordError, match=message):
        measures.read_table(tmp_path / "table.csv")


def test_an_empty_value_is_not_published_and_an_unknown_key_is_named(folder):
    (folder / "books.csv").write_text("key,value\nchildren.2023,\nadults.2023,1.5\n")
    empty = measures.read_table(folder / "books.csv")["children.2023"]
    assert empty.status == "not_published" and empty.value is None
    done = CliRunner().invoke(main, ["judge", "claims.yml", "books.csv"])
    assert done.exit_code == 2
    assert "error: claims.yml: C02: no number is recorded as 'adults.2024'" in done.output
