"""The toy brief of the tutorial is built by the engine alone, and stands in the tutorial."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

TOY = Path(__file__).parent / "toy"
FIRST = "vintage.library=2024-03-01"


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """Copy the toy brief, and run the engine in it where the brief of this project is no module."""
    folder = tmp_path_factory.mktemp("toy")
    shutil.copytree(TOY, folder / "lending")
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


def outcomes(root):
    return {item["id"]: item["outcome"] for item in report(root, "findings.json")}


def verdicts(root):
    return [item["verdict"] for item in report(root, "claims.json")]


def page(root, name):
    text = (root / "dist" / "current" / "html" / f"{name}.html").read_text(encoding="utf-8")
    return " ".join(re.sub("<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL).split())


@pytest.mark.build
def test_the_engine_alone_builds_a_brief_and_says_which_finding_turned(toy):
    root, run = toy
    code, said = run("-m", "livingbrief", "check")
    assert code == 0, said
    code, said = run("-m", "livingbrief", "build", "--set", FIRST)
    assert code == 0, said
    assert outcomes(root) == {"F01": "fails", "F02": "holds"}
    assert verdicts(root) == ["supported", "not_testable", "not_testable"]
    assert "no earlier report" in page(root, "book/changes")

    code, said = run("-m", "livingbrief", "build")
    assert code == 0, said
    assert outcomes(root) == {"F01": "holds", "F02": "holds"}
    assert verdicts(root) == ["supported", "contradicted", "not_testable"]
    assert re.search(r"F01 .{,60}does not hold to holds", page(root, "book/changes"))
    assert "Children borrowed 5,100 books in 2024" in page(root, "book/index")
    pages = PdfReader(root / "dist" / "current" / "report.pdf").pages
    assert "Quillbury Library figures of 1 March 2025" in " ".join(pages[0].extract_text().split())
