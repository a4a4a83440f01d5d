"""Kernels forked from the zygote and ordinary ones give the same notebook and the same record."""

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from pytask_parallel import execute

from remitrisk.editions import load_edition
from remitrisk.paths import project_root
from remitrisk.pipeline.forks import Zygote, ask, can_fork, fork
from remitrisk.pipeline.parameters import matched
from remitrisk.pipeline.steps import run_notebook

ROOT = project_root()
NAME = "remittance_dependence"
PARAMETERS = matched(
    ROOT / "notebooks" / f"{NAME}.ipynb", load_edition(ROOT, "current").parameters()
)


@pytest.mark.skipif(not can_fork(), reason="this system cannot fork kernels")
def test_a_result_does_not_depend_on_how_its_kernel_started(tmp_path):
    run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "ordinary")
    with Zygote() as zygote:
        run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "forked")
        assert zygote.address(), "the zygote did not start"
        process = zygote._process
        assert process is not None
        assert process.poll() is None
    assert process.poll() is not None, "the zygote outlived the build that started it"
    for part in ("record.json", "executed.ipynb"):
        assert (tmp_path / "ordinary" / part).read_bytes() == (
            tmp_path / "forked" / part
        ).read_bytes()
    one = sorted(p.name for p in (tmp_path / "ordinary" / "figures").iterdir())
    assert one == sorted(p.name for p in (tmp_path / "forked" / "figures").iterdir())
    for name in one:
        assert (tmp_path / "ordinary" / "figures" / name).read_bytes() == (
            tmp_path / "forked" / "figures" / name
        ).read_bytes(), name


def test_a_record_does_not_depend_on_drawing(tmp_path):
    with Zygote():
        run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "drawn")
        run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "plain", draw=False)
    assert (tmp_path / "drawn" / "record.json").read_bytes() == (
        tmp_path / "plain" / "record.json"
    ).read_bytes()
    assert list((tmp_path / "drawn" / "figures").glob("*.svg"))
    assert not list((tmp_path / "plain").glob("figures/*.svg"))


@pytest.mark.skipif(not can_fork(), reason="this system cannot fork kernels")
def test_a_dead_zygote_is_no_reason_to_fail(tmp_path, monkeypatch):
    monkeypatch.setattr(Zygote, "command", ("/nonexistent-python",))
    with Zygote() as zygote:
        run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "out")
        assert zygote.address() == ""
    assert json.loads((tmp_path / "out" / "record.json").read_text())["numbers"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_children_end_when_the_zygote_is_killed(tmp_path):
    file = tmp_path / "connection.json"
    with Zygote() as zygote:
        request = {"argv": ["-f", str(file)], "cwd": str(tmp_path), "env": {"HOME": str(tmp_path)}}
        pid = ask(zygote.address(), {"kernel": request})
        kernel = psutil.Process(pid)
        assert os.getpgid(pid) == pid
        for _ in range(200):
            if file.exists():
                break
            time.sleep(0.05)
        assert file.exists(), "the kernel did not start"
        os.kill(zygote._process.pid, signal.SIGKILL)
        assert psutil.wait_procs([kernel], timeout=10)[1] == []


@pytest.mark.skipif(not can_fork(), reason="this system cannot fork kernels")
def test_a_long_folder_for_temporary_files_is_no_obstacle(tmp_path, monkeypatch):
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with Zygote() as zygote:
        assert zygote.address()


@pytest.mark.skipif(not can_fork(), reason="this system cannot fork kernels")
def test_a_zygote_that_died_is_not_asked(tmp_path):
    with Zygote() as zygote:
        assert zygote.address()
        zygote._process.kill()
        zygote._process.wait()
        assert zygote.address() == ""
        run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "out")
    assert (tmp_path / "out" / "record.json").is_file()


@pytest.mark.skipif(not can_fork(), reason="this system cannot fork kernels")
def test_a_zygote_whose_socket_is_gone_is_no_reason_to_fail(tmp_path):
    with Zygote() as zygote:
        Path(zygote.address()).unlink(missing_ok=True)
        assert fork({"kernel": {}}) is None
        run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "out")
    assert (tmp_path / "out" / "record.json").is_file()


def test_pytask_parallel_still_pauses_where_it_is_told_to():
    assert hasattr(execute, "_Sleeper")


def test_forking_can_be_switched_off(monkeypatch):
    monkeypatch.setitem(os.environ, "REMITRISK_KERNELS", "ordinary")
    with Zygote():
        assert Zygote.current is None
