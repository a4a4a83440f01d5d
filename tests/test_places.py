"""A report is the same wherever, whenever and by however many workers it is built."""

import os
import shutil

import pytest

from tests.conftest import Project, contents

pytestmark = [pytest.mark.build, pytest.mark.slow]


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
    assert contents(tiny.report) == contents(elsewhere.report)
