"""A report replaces a report, whole, and nothing that somebody else has put there."""

import contextlib
import json
import os
import shutil
import subprocess
import sys

import pytest

from livingbrief.brief import load
from livingbrief.errors import InputError
from livingbrief.paths import project_root
from livingbrief.run import batch, replacing
from livingbrief.run.replacing import RECORD, check_target, move_out, own

FILES = ("results.json", "html/index.html", "html/_static/a.css", "figures/fig-a.csv")


def state(folder):
    """All that stands in a folder, hidden things, links and empty folders too."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() if p.is_file() else p.is_symlink()
        for p in folder.rglob("*")
    }


def stage(folder, word, files=FILES):
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(word)
    (folder / RECORD).write_text(json.dumps({"word": word, **own(files, "brief")}))
    return folder


@pytest.fixture
def finished(tmp_path):
    return stage(tmp_path / "work" / "stage", "new")


@pytest.fixture
def report(tmp_path):
    """The report of the build before, of other files."""
    target = tmp_path / "dist" / "current"
    move_out(stage(tmp_path / "before", "old", [*FILES, "figures/fig-gone.csv"]), target)
    return target


def hidden(folder):
    (folder / "html" / ".note").write_text("mine")
    return "html/.note"


def linked_folder(folder):
    elsewhere = folder.parent.parent / "elsewhere"
    shutil.move(folder / "html", elsewhere)
    (folder / "html").symlink_to(elsewhere)
    return "html"


@pytest.mark.parametrize("add", [hidden, linked_folder])
def test_a_report_that_holds_anything_else_is_refused_and_nothing_is_touched(report, finished, add):
    name = add(report)
    before = state(report.parent.parent)
    with pytest.raises(InputError) as refused:
        move_out(finished, report)
    assert name in str(refused.value) and "fig-gone" not in str(refused.value)
    assert refused.value.exit_code == 2
    assert state(report.parent.parent) == before


@pytest.mark.parametrize(
    "content", ["", "[]", '{"files": ["thesis.docx"]}', '{"made_by": "remitrisk", "files": 7}']
)
def test_a_build_json_does_not_make_a_folder_ours(tmp_path, finished, content):
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "thesis.docx").write_text("three years")
    (thesis / RECORD).write_text(content)
    before = state(tmp_path)
    with pytest.raises(InputError, match=r"no report of ours \(.*thesis\.docx"):
        move_out(finished, thesis)
    assert state(tmp_path) == before


@pytest.mark.parametrize("name", ["report", ".report.new"])
def test_a_file_is_refused(tmp_path, finished, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(InputError, match="is a file"):
        move_out(finished, tmp_path / "report")
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize("kind", ["none", "empty", "report", "edited", "thinned", "looked at"])
def test_what_is_ours_is_replaced_whole_and_nothing_is_left_beside_it(
    tmp_path, report, finished, kind
):
    match kind:
        case "none" | "empty":
            shutil.rmtree(report)
            if kind == "empty":
                report.mkdir()
        case "edited":
            (report / "html" / "index.html").write_text("damaged")
        case "thinned":
            (report / "figures" / "fig-a.csv").unlink()
        case "looked at":
            (report / "html" / ".DS_Store").write_text("icons")
    move_out(finished, report)
    assert state(report) == state(finished)
    assert [p.name for p in report.parent.iterdir()] == ["current"]


def test_a_file_saved_while_the_report_is_copied_is_kept(report, finished, monkeypatch):
    before, copy = state(report), shutil.copytree

    def saved_meanwhile(*folders, **options):
        copy(*folders, **options)
        (report / "note.txt").write_text("mine")

    monkeypatch.setattr(replacing.shutil, "copytree", saved_meanwhile)
    with pytest.raises(InputError, match=r"note\.txt"):
        move_out(finished, report)
    assert state(report) == {**before, "note.txt": b"mine"}
    assert [p.name for p in report.parent.iterdir()] == ["current"]


@pytest.mark.parametrize("beside", [".current.new", ".current.old"])
def test_what_somebody_keeps_where_a_report_waits_is_kept(report, finished, beside):
    (report.parent / beside).mkdir()
    (report.parent / beside / "thesis.docx").write_text("three years")
    before = state(report.parent)
    with pytest.raises(InputError, match=rf"{beside} holds no report of ours \(thesis\.docx"):
        move_out(finished, report)
    shutil.rmtree(report)
    with pytest.raises(InputError, match="thesis"):
        move_out(finished, report)
    assert {k: v for k, v in before.items() if beside in k} == state(report.parent)


class Killed(BaseException):
    """Ends a move as a signal would."""


@pytest.mark.parametrize("after", range(8))
def test_a_move_killed_at_any_step_is_finished_by_the_next(report, finished, monkeypatch, after):
    left = iter(range(after))
    old = state(report)

    def counting(function):
        def step(*arguments, **options):
            if next(left, None) is None:
                raise Killed
            return function(*arguments, **options)

        return step

    with monkeypatch.context() as patch:
        for owner, name in (
            (replacing.Path, "rename"), (replacing.shutil, "copytree"),
            (replacing.shutil, "rmtree"), (shutil, "copy2"),
        ):  # fmt: skip
            patch.setattr(owner, name, counting(getattr(owner, name)))
        with contextlib.suppress(Killed):
            move_out(finished, report)
    # Between its two renames the last report lies beside its place.
    kept = report if report.exists() else report.with_name(".current.old")
    assert state(kept) in (state(finished), old)
    check_target(report)
    assert state(report) in (state(finished), old)
    move_out(finished, report)
    assert state(report) == state(finished)
    assert [p.name for p in report.parent.iterdir()] == ["current"]


# A limit on the size of a file stands for a full disk: it holds for root, too.
FULL = """
import resource, sys
from pathlib import Path
from livingbrief.errors import BuildError
from livingbrief.run.replacing import move_out
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, resource.RLIM_INFINITY))
try:
    move_out(Path(sys.argv[1]), Path(sys.argv[2]))
except BuildError as error:
    print(error)
"""


@pytest.mark.parametrize("last", [True, False])
def test_a_disk_that_is_full_while_the_report_is_written_keeps_nothing_of_it(
    report, finished, last
):
    (finished / "html" / "index.html").write_bytes(b"0" * 20_000)
    if not last:
        shutil.rmtree(report.parent)
    before = state(report.parent.parent)
    command = [sys.executable, "-c", FULL, str(finished), str(report)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 1 and "Traceback" not in done.stderr, done.stderr
    assert "File too large" in done.stdout and "the last report stays" in done.stdout
    assert state(report.parent.parent) == before


@pytest.mark.parametrize("shut", ["", "current", "current/html"])
def test_a_report_that_belongs_to_somebody_else_is_refused(report, monkeypatch, shut):
    shut = report.parent / shut
    monkeypatch.setattr(os, "access", lambda path, mode: path != shut)
    with pytest.raises(InputError, match=rf"^{shut} may not be written to"):
        check_target(report)


def test_a_batch_writes_over_no_file_of_somebody_else(tmp_path, report):
    target = tmp_path / "annexes"
    target.mkdir()
    (target / "index.html").write_text("my page")
    with pytest.raises(InputError, match=r"index\.html"):
        batch.batch(project_root(), ["ARM"], output=target)
    assert state(target) == {"index.html": b"my page"}
    with pytest.raises(InputError, match=r"build\.json"):
        batch.check_folder(report)
    (target / "index.html").rename(target / "thesis.docx")
    with pytest.raises(InputError, match=r"annexes holds thesis\.docx, which no batch put there"):
        batch.check_folder(target)
    (target / "thesis.docx").unlink()
    # What a batch that was stopped has left.
    shutil.copytree(report, target / "ARM")
    batch.check_folder(target)
    batch.write_comparison(target, [], load(project_root()))
    batch.check_folder(target)
