"""A report is the same wherever, whenever and by however many workers it is built."""

import os
import shutil

import pytest

from tests.conftest import Project

pytestmark = [pytest.mark.build, pytest.mark.slow]


def differing(one, other):
    """Files that only one of two folders has, or that differ."""
    files = [
        {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
        for folder in (one, other)
    ]
    return sorted(
        name for name in {*files[0], *files[1]}
        if not (name in files[0] and name in files[1])
        or files[0][name].read_bytes() != files[1][name].read_bytes()
    )  # fmt: skip


def test_two_folders_time_zones_locales_and_numbers_of_workers_give_the_same_bytes(
    tiny, tmp_path, monkeypatch
):
    elsewhere = Project(tmp_path / "отчёт о рисках, 2-й")
    ours = shutil.ignore_patterns("dist", ".build", "built")
    shutil.copytree(tiny.root, elsewhere.root, ignore=ours)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("LANG", raising=False)
    done = elsewhere.run("build", "--workers", "1", TZ="Asia/Kathmandu", LC_ALL="C")
    assert done.code == 0, done.out + done.err
    assert "HOME" not in os.environ
    assert differing(tiny.report, elsewhere.report) == []


def test_what_differs_is_seen(tmp_path):
    for name, text in (("one", "a"), ("other", "b")):
        (tmp_path / name / "html").mkdir(parents=True)
        (tmp_path / name / "html" / "page.html").write_text(text)
    (tmp_path / "one" / "html" / "more.html").touch()
    found = differing(tmp_path / "one", tmp_path / "other")
    assert found == ["html/more.html", "html/page.html"]
