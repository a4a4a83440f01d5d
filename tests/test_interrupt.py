"""Builds that are killed, and builds at the same time, never leave a report that is half new."""

import json
import os
import random
import re
import shutil
import signal
import time

import pytest
from pypdf import PdfReader

from tests.conftest import PAGE, until

pytestmark = [pytest.mark.build, pytest.mark.slow]
KILLS = int(os.environ.get("LIVINGBRIEF_KILLS", "2"))


def mark(project, word: str) -> None:
    (project.root / "book" / "index.md").write_text(f"{PAGE}\nEdition mark {word}.\n")


def marks(project) -> set[str]:
    """Return the words that HTML and PDF show; one word means that they belong together."""
    web = (project.report / "html" / "book" / "index.html").read_text()
    paper = " ".join(p.extract_text() for p in PdfReader(project.report / "report.pdf").pages)
    pattern = r"Edition\s+mark\s+(\w+)"
    return {re.search(pattern, web)[1], re.search(pattern, paper)[1]}


def test_a_killed_build_leaves_a_whole_report(copy):
    began = time.monotonic()
    mark(copy, "start")
    assert copy.run("build").code == 0
    whole = time.monotonic() - began
    allowed = {"start"}
    chance = random.Random(87)
    for i in range(KILLS):
        word = f"kill{i}"
        allowed.add(word)
        mark(copy, word)
        process = copy.start("build")
        # The last moments, when the report is moved, get as many kills as all the others.
        share = chance.uniform(0.05, 1.0) if i % 2 else chance.uniform(0.85, 1.05)
        time.sleep(share * whole)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        shown = marks(copy)
        assert len(shown) == 1, f"HTML and PDF differ after kill {i}: {shown}"
        assert shown <= allowed
        for name in ("results.json", "claims.json", "book.json", "build.json"):
            copy.json(name)
    mark(copy, "end")
    done = copy.run("build")
    assert done.code == 0, done.err
    assert marks(copy) == {"end"}
    left = [p.name for p in (copy.root / "dist").iterdir() if p.name.startswith(".")]
    assert left == []


def edit(project, cell: str) -> None:
    """Put a last cell but one into a notebook."""
    path = project.root / "notebooks" / "conditions.ipynb"
    book = json.loads(path.read_text())
    book["cells"] = [c for c in book["cells"] if c.get("id") != "edited"]
    book["cells"].insert(-1, {**book["cells"][-1], "id": "edited", "source": cell})
    path.write_text(json.dumps(book))


def executed(project) -> str:
    return (project.report / "notebooks" / "conditions.ipynb").read_text()


@pytest.mark.parametrize(
    ("moment", "workers"),
    [("notebooks/conditions.part", "3"), ("sphinx-html", "1"), ("sphinx-typst", "1")],
)
def test_ctrl_c_publishes_nothing_and_leaves_nothing_stale(copy, moment, workers):
    begun = copy.root / ".build" / "current" / moment
    shutil.rmtree(begun, ignore_errors=True)
    before = copy.fingerprint()
    mark(copy, "wip")
    edit(copy, "'wip'")
    process = copy.start("build", "--workers", workers)
    until(begun.exists)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode != 0, out
    assert "is ready" not in out
    assert "Traceback" not in err
    assert copy.fingerprint() == before
    mark(copy, "right")
    edit(copy, "'right'")
    done = copy.run("build")
    assert done.code == 0, done.err
    assert marks(copy) == {"right"}
    assert "'right'" in executed(copy)
    assert "'wip'" not in executed(copy)


def test_a_notebook_edited_while_it_runs_is_run_again(copy):
    mark_it = "open(os.environ['LIVINGBRIEF_OUT'] + '/sleeps', 'w').close()"
    edit(copy, f"import os, time\n{mark_it}\ntime.sleep(4)")
    process = copy.start("build", "--no-pdf")
    begun = copy.root / ".build" / "current" / "notebooks" / "conditions.part" / "sleeps"
    until(begun.exists)
    edit(copy, "'edited meanwhile'")
    _, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert "edited meanwhile" not in executed(copy)
    done = copy.run("build", "--no-pdf")
    assert done.code == 0, done.err
    assert "edited meanwhile" in executed(copy)


def test_a_second_build_of_the_same_edition_waits(copy):
    mark(copy, "first")
    begun = copy.root / ".build" / "current" / "sphinx-html"
    shutil.rmtree(begun, ignore_errors=True)
    one = copy.start("build", "--no-pdf")
    until(begun.exists)
    two = copy.start("build", "--no-pdf")
    _, err_one = one.communicate(timeout=240)
    out_two, err_two = two.communicate(timeout=240)
    assert one.returncode == 0, err_one
    assert two.returncode == 0, err_two
    assert "nothing had changed" in out_two


def test_two_editions_build_at_the_same_time(copy):
    mark(copy, "side")
    one = copy.start("build", "--no-pdf")
    two = copy.start("build", "--no-pdf", "--edition", "brief-2023")
    _, err_one = one.communicate(timeout=240)
    _, err_two = two.communicate(timeout=240)
    assert (one.returncode, two.returncode) == (0, 0), err_one + err_two
    assert (copy.root / "dist" / "brief-2023" / "html" / "index.html").is_file()
