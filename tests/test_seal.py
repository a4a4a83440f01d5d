"""The seal holds while nothing has changed, and breaks at any change that a build would see."""

import pytest
from filelock import FileLock

from livingbrief.run.seal import READ, asked

pytestmark = pytest.mark.core


@pytest.fixture
def order(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    root = tmp_path / "project"
    for name in READ:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if "." in name:
            path.write_text(name)
        else:
            path.mkdir()
            (path / "file.txt").write_text(name)
    (root / "dist" / "current" / "html").mkdir(parents=True)
    (root / "dist" / "current" / "html" / "index.html").write_text("report")
    (root / ".build" / "current").mkdir(parents=True)
    made = ask(root)
    made.set(made.inputs())
    return made


def ask(root, settings=(), *, edition="current", pdf=True, output=None):
    work = root / ".build" / "current"
    return asked(root, edition, settings, pdf=pdf, output=output, work=work)


def test_it_holds_while_nothing_changes(order):
    assert order.holds()
    assert ask(order.root).holds()


@pytest.mark.parametrize(
    "name",
    [
        *(n if "." in n else f"{n}/file.txt" for n in READ),
        "dist/current/html/index.html",
    ],
)
def test_a_changed_file_breaks_it(order, name):
    (order.root / name).write_text("changed")
    assert not order.holds()


@pytest.mark.parametrize("name", ["notebooks/new.ipynb", "book/new.md", "dist/current/extra.txt"])
def test_a_new_file_breaks_it(order, name):
    (order.root / name).write_text("new")
    assert not order.holds()


@pytest.mark.parametrize("name", ["book/.index.md.swp", "notebooks/.hidden/x.ipynb"])
def test_an_editors_own_files_do_not(order, name):
    path = order.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("editing")
    (order.root / "book" / ".#index.md").symlink_to("nobody@nowhere.1")
    assert order.holds()


def test_a_linked_folder_counts(order, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "table.csv").write_text("1")
    (order.root / "data" / "linked").symlink_to(elsewhere)
    order.set(order.inputs())
    assert order.holds()
    (elsewhere / "table.csv").write_text("2")
    assert not order.holds()


def test_a_missing_file_breaks_it(order):
    (order.root / "dist" / "current" / "html" / "index.html").unlink()
    assert not order.holds()


def test_another_question_breaks_it(order, monkeypatch, tmp_path):
    assert not ask(order.root, ["last_year=2021"]).holds()
    assert not ask(order.root, pdf=False).holds()
    assert not ask(order.root, output=tmp_path / "elsewhere").holds()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225601")
    assert not order.holds()


def test_what_was_edited_while_a_build_ran_is_not_in_its_report(order):
    before = order.inputs()
    (order.root / "book" / "file.txt").write_text("edited meanwhile")
    order.set(before)
    assert not order.holds()


def test_it_does_not_speak_while_another_build_runs(order):
    with FileLock(order.work / "build.lock"):
        assert not order.holds()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_broken_seal_is_none(order, content):
    (order.work / "seal.json").write_text(content)
    assert not order.holds()


def test_no_seal_is_none(order):
    (order.work / "seal.json").unlink()
    assert not order.holds()
