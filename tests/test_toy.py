"""The toy brief of the tutorial is built by the engine alone, and stands in the tutorial."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from livingbrief import __version__
from livingbrief.brief import packages
from tests.conftest import contents

pytestmark = pytest.mark.core

TOY = Path(__file__).parent / "toy"
TUTORIAL = (TOY.parents[1] / "docs" / "WRITE_YOUR_OWN.md").read_text(encoding="utf-8")
FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^livingbrief (.+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """Write the files of the tutorial; run the engine where this project's brief is no module."""
    folder = tmp_path_factory.mktemp("toy")
    for name, text in FILE.findall(TUTORIAL):
        path = folder / "lending" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "without").mkdir()
    (folder / "without" / "remitrisk.py").write_text("raise ImportError('not for the toy')\n")
    env = {k: v for k, v in os.environ.items() if k != "LIVINGBRIEF_ROOT"}
    env["PYTHONPATH"] = str(folder / "without")

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder / "lending",
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    assert run("-c", "import remitrisk")[0] == 1
    return folder / "lending", run


def report(root, name):
    return json.loads((root / "dist" / "current" / name).read_text(encoding="utf-8"))


def test_the_version_is_that_of_the_brief_with_that_of_the_engine(toy):
    said = (0, f"lending 1 (livingbrief {__version__})\n")
    assert toy[1]("-m", "livingbrief", "--version") == said


@pytest.mark.parametrize("wrong", ["quillbury:NONE", "quillbury:Lending", "nowhere:BRIEF"])
def test_a_brief_that_is_none_is_named_in_one_line(toy, wrong):
    path = toy[0] / "pyproject.toml"
    there = path.read_text(encoding="utf-8")
    path.write_text(there.replace("quillbury:BRIEF", wrong), encoding="utf-8")
    code, said = toy[1]("-m", "livingbrief", "check")
    path.write_text(there, encoding="utf-8")
    assert code == 2 and said.count("\n") == 1 and wrong in said


def test_the_code_of_a_brief_counts_whether_package_or_module(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.livingbrief]\nbrief = "alone:BRIEF"\n')
    (tmp_path / "alone.py").write_text("from livingbrief.brief import Brief\nBRIEF = Brief()\n")
    assert packages(tmp_path)[1:] == [tmp_path / "alone.py"]


def outcomes(root):
    return {item["id"]: item["outcome"] for item in report(root, "findings.json")}


def verdicts(root):
    return [item["verdict"] for item in report(root, "claims.json")]


def page(root, name):
    text = (root / "dist" / "current" / "html" / f"{name}.html").read_text(encoding="utf-8")
    return " ".join(re.sub("<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL).split())


def test_the_tutorial_shows_every_file_of_the_toy_brief_word_for_word():
    kept = {
        p.relative_to(TOY).as_posix(): p.read_text("utf-8") for p in TOY.rglob("*.*") if p.is_file()
    }
    assert dict(FILE.findall(TUTORIAL)) == kept


@pytest.mark.build
def test_the_engine_alone_builds_a_brief_and_says_which_finding_turned(toy):
    root, run = toy
    check, first, again = COMMAND.findall(TUTORIAL)
    code, said = run("-m", "livingbrief", *check.split())
    assert code == 0, said
    code, said = run("-m", "livingbrief", *first.split())
    assert code == 0, said
    assert outcomes(root) == {"F01": "fails", "F02": "holds"}
    assert verdicts(root) == ["supported", "not_testable", "not_testable"]
    code, said = run("-m", "livingbrief", *again.split())
    assert code == 0, said
    assert outcomes(root) == {"F01": "holds", "F02": "holds"}
    assert verdicts(root) == ["supported", "contradicted", "not_testable"]
    assert [item["could_turn"] for item in report(root, "claims.json")][1][0]["to"] == ["supported"]
    assert "finding turned: F01: fails -> holds" in said
    assert "verdict changed: C02: not_testable -> contradicted" in said
    assert "Children borrowed 5,100 books in 2024" in page(root, "book/index")
    assert "Table 1 Books lent in a year." in page(root, "book/chapters/lending")
    assert "In 2024 children borrowed more than adults" in page(root, "book/chapters/lending")
    assert "footnote" not in page(root, "book/claims")
    pages = PdfReader(root / "dist" / "current" / "report.pdf").pages
    assert "Quillbury Library figures of 1 March 2025" in " ".join(pages[0].extract_text().split())


@pytest.mark.build
def test_a_sentence_that_is_left_out_is_counted_and_named_with_its_line(toy):
    root, run = toy
    path, then = root / "book" / "index.md", ("--set", "vintage.library=2024-03-01")
    build = ("-m", "livingbrief", "build", "--no-pdf", *then)
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\nIn 2024 it was {{{{ loans.children.2024 }}}}.\n", encoding="utf-8")
    code, said = run(*build)
    assert code == 0 and "1 sentence left out: a number, source or time" in said, said
    where = f"book/index.md, line {text.count(chr(10)) + 2}: loans.children.2024\n"
    assert where not in said and where in run(*build, "--verbose")[1]
    code, said = run("-m", "livingbrief", "check", *then)
    assert code == 0 and f"left out of the last report of this edition: {where}" in said
    path.write_text(text, encoding="utf-8")


@pytest.mark.build
def test_content_alone_decides_what_is_built(toy):
    root, run = toy
    path, build = root / "book" / "index.md", ("-m", "livingbrief", "build", "--no-pdf")
    assert run(*build)[0] == 0
    text, at = path.read_text(encoding="utf-8"), path.stat().st_mtime_ns
    path.write_text(text.replace("borrowed", "worrobed"), encoding="utf-8")
    os.utime(path, ns=(at, at))
    assert run(*build)[0] == 0 and "worrobed" in page(root, "book/index")
    path.write_text(text, encoding="utf-8")
    # As if the clock had been turned back since.
    for file in root.rglob("*"):
        os.utime(file, (4e9, 4e9))
    assert run(*build)[0] == 0 and "worrobed" not in page(root, "book/index")


@pytest.mark.build
def test_a_notebook_that_writes_into_the_data_is_named_each_time(toy):
    root, run = toy
    path, build = root / "notebooks" / "lending.ipynb", ("-m", "livingbrief", "build", "--no-pdf")
    table = root / "data" / "library" / "2025-03-01" / "loans.csv"
    assert run(*build)[0] == 0
    before, source = contents(root / "dist"), path.read_text(encoding="utf-8")
    own = json.loads(source)
    # The bytes and the time that it had: only that it was written can be seen.
    own["cells"][-1]["source"] += [
        f"\nimport os, pathlib\ntable = pathlib.Path({str(table)!r})\n",
        "time = table.stat().st_mtime_ns\ntable.write_bytes(table.read_bytes())\n",
        "os.utime(table, ns=(time, time))\n(table.parents[2] / 'left.csv').write_text('x')",
    ]
    path.write_text(json.dumps(own), encoding="utf-8")
    changed = "data/library/2025-03-01/loans.csv was changed since the build began"
    for left in ("added", "changed"):
        code, said = run(*build)
        assert code == 1 and "Traceback" not in said
        assert f"notebook notebooks/lending.ipynb: data/left.csv was {left}, {changed}" in said
    assert contents(root / "dist") == before
    path.write_text(source, encoding="utf-8")
    (root / "data" / "left.csv").unlink()
    assert run(*build)[0] == 0
