"""Forked kernels and ordinary ones give the same notebook and the same record."""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client.provisioning import LocalProvisioner
from pytask_parallel import execute

from livingbrief.errors import BuildError
from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition
from livingbrief.run.forks import MARKER, Forked, apart, can_fork, fork
from livingbrief.run.parameters import matched
from livingbrief.run.steps import run_notebook

ROOT = project_root()
NAME = "remittances"
PARAMETERS = matched(
    ROOT / "notebooks" / f"{NAME}.ipynb", load_edition(ROOT, "current").parameters()
)


forks = pytest.mark.skipif(not can_fork(), reason="this system cannot fork kernels")


@pytest.fixture
def ordinary(monkeypatch):
    monkeypatch.setenv("LIVINGBRIEF_KERNELS", "ordinary")


@pytest.fixture
def forked_only(monkeypatch):
    monkeypatch.setattr(LocalProvisioner, "launch_kernel", None)


@pytest.mark.slow
@forks
def test_a_result_does_not_depend_on_how_its_kernel_started(
    tmp_path, forked_only, monkeypatch, capfd
):
    run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "forked")
    monkeypatch.undo()
    monkeypatch.setenv("LIVINGBRIEF_KERNELS", "ordinary")
    run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "ordinary")
    assert capfd.readouterr().err == ""
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


@pytest.mark.slow
def test_a_record_does_not_depend_on_drawing(tmp_path):
    run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "drawn")
    run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "plain", draw=False)
    assert (tmp_path / "drawn" / "record.json").read_bytes() == (
        tmp_path / "plain" / "record.json"
    ).read_bytes()
    assert list((tmp_path / "drawn" / "figures").glob("*.svg"))
    assert not list((tmp_path / "plain").glob("figures/*.svg"))


@forks
@pytest.mark.parametrize("fault", [OSError, EOFError])
def test_a_server_that_does_not_answer_is_no_reason_to_fail(tmp_path, monkeypatch, fault):
    def silent(fds):
        raise fault

    monkeypatch.setattr(multiprocessing.forkserver, "connect_to_new_process", silent)
    assert fork(time.sleep, 0) is None
    run_notebook(ROOT, NAME, PARAMETERS, tmp_path / "out", draw=False)
    assert json.loads((tmp_path / "out" / "record.json").read_text())["numbers"]


@forks
def test_a_server_that_died_is_started_again():
    assert Forked(time.sleep, 0).wait() == 0
    server = psutil.Process(multiprocessing.forkserver._forkserver._forkserver_pid)
    server.kill()
    while server.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.02)
    assert Forked(time.sleep, 0).wait() == 0


def endless(tmp_path, source, **metadata):
    """Run a notebook whose second cell is `source`; give its message and the seconds it took."""
    cells = [
        nbformat.v4.new_code_cell("edition = 'current'", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(source),
    ]
    book = nbformat.v4.new_notebook(cells=cells, metadata={"livingbrief": metadata})
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    (tmp_path / "notebooks").mkdir()
    nbformat.write(book, tmp_path / "notebooks" / "own.ipynb")
    began = time.monotonic()
    with pytest.raises(BuildError) as caught:
        run_notebook(tmp_path, "own", {"edition": "current"}, tmp_path / "out" / "own")
    return str(caught.value), time.monotonic() - began


def test_a_cell_that_never_ends_is_named(tmp_path):
    said, took = endless(tmp_path, "while True: pass", minutes=0.05)
    assert said.startswith(
        "notebook notebooks/own.ipynb, cell 2: it had not ended after 0.05 minutes"
    )
    assert '"minutes": 20' in said and took < 60


def test_a_kernel_that_clings_to_life_is_not_waited_for(tmp_path):
    clings = (
        "import atexit, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "atexit.register(time.sleep, 60)"
    )
    taken = []
    # The first starts the fork server, too.
    for name, source in (("first", "1"), ("plain", "1"), ("clings", clings)):
        (tmp_path / name).mkdir()
        said, took = endless(tmp_path / name, source)
        assert said == "notebook notebooks/own.ipynb does not end with nb.close()"
        taken.append(took)
    assert taken[2] < taken[1] + 2


def test_a_cell_that_prints_without_end_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("livingbrief.run.limits.MOST_PRINTED_MB", 2)
    said, took = endless(tmp_path, "while True: print('ha' * 10_000)", minutes=2)
    assert said == (
        "notebook notebooks/own.ipynb, cell 2: it has printed more than 2 MB, the limit of a "
        "notebook"
    )
    assert took < 60


@pytest.mark.parametrize("minutes", [0, -1, "20", True])
def test_minutes_that_are_no_length_of_time_are_refused(tmp_path, minutes):
    said, _ = endless(tmp_path, "1", minutes=minutes)
    assert f"own.ipynb: minutes={minutes!r} in its metadata is no length of time" in said


@pytest.mark.parametrize("how", ["forked", "ordinary"])
def test_a_process_that_never_ends_is_killed(tmp_path, monkeypatch, how):
    if how == "ordinary":
        monkeypatch.setenv("LIVINGBRIEF_KERNELS", "ordinary")
    asleep = ["import time; time.sleep(99)"]
    code, said = apart("timeit", asleep, os.environ, tmp_path / "log", 1.0)
    assert (code, said) == (1, "ERROR: it had not ended after 0.0166667 minutes")


def leave(end):
    raise SystemExit(end)


@forks
@pytest.mark.parametrize(("end", "code"), [(None, 0), (0, 0), (3, 3), ("it broke", 1)])
def test_the_exit_code_of_a_forked_process_is_that_of_any_other(end, code):
    assert Forked(leave, end).wait() == code


def test_a_signal_reaches_what_was_forked_and_is_no_fault_after_its_end():
    forked = Forked(time.sleep, 60)
    forked.send_signal(signal.SIGTERM)
    assert forked.wait(30) == -signal.SIGTERM
    # Its number may be another's by now.
    forked.send_signal(signal.SIGKILL)


@forks
def test_a_forked_process_has_a_group_of_its_own_and_can_be_killed():
    forked = Forked(time.sleep, 60)
    for _ in range(100):
        if os.getpgid(forked.pid) == forked.pid:
            break
        time.sleep(0.02)
    assert os.getpgid(forked.pid) == forked.pid
    assert forked.poll() is None
    forked.kill()
    assert forked.wait() == -signal.SIGKILL


@pytest.fixture
def short():
    """A temporary folder with a name so short that sockets may stand in it."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as folder:
        yield Path(folder)


KILLED = """
import os, signal, time
from multiprocessing import forkserver
from livingbrief.run.forks import Forked
forked = Forked(time.sleep, 60)
print(forked.pid, forkserver._forkserver._forkserver_pid, flush=True)
time.sleep(0.5)
os.kill(os.getpid(), signal.SIGKILL)
"""


@forks
def test_what_was_forked_ends_when_the_build_is_killed(short):
    env = {**os.environ, "TMPDIR": str(short)}
    done = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, env=env
    )
    left = [psutil.Process(int(pid)) for pid in done.stdout.readline().split()]
    assert len(left) == 2 and len(list(short.iterdir())) == 1
    assert done.wait(20) == -signal.SIGKILL
    assert psutil.wait_procs(left, timeout=20)[1] == []
    assert list(short.iterdir()) == []


def test_what_a_killed_build_with_ordinary_kernels_left_goes_with_the_next(short):
    dead = subprocess.Popen(["true"])
    dead.wait()
    marked = {f"livingbrief-{dead.pid}-x": dead.pid, "livingbrief-alive": os.getpid()}
    # Nobody but the build may remove what does not say that it is its own, whatever its name.
    foreign = ("livingbrief-2024-results", f"livingbrief-{dead.pid}-y", "livingbrief-x")
    for name in (*marked, *foreign):
        (short / name / "k-y").mkdir(parents=True)
    for name, pid in marked.items():
        (short / name / MARKER).write_text(str(pid))
    (short / foreign[-1] / MARKER).write_text("no process")
    script = "from livingbrief.run.forks import temporary; print(temporary().is_dir())"
    env = {**os.environ, "TMPDIR": str(short)}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr
    assert {p.name for p in short.iterdir()} == {"livingbrief-alive", *foreign}


# Without `if __name__ == "__main__"`, as a reader would write it.
SCRIPT = """
import asyncio, os
from livingbrief.run.kernels import manager_class

async def cycle():
    manager = manager_class({})(kernel_name="python3")
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    print("ready", manager.transport, os.listdir(os.path.dirname(manager.connection_file)))

asyncio.run(cycle())
"""


@pytest.mark.skipif(os.name != "posix", reason="kernels are spoken to over the network here")
@pytest.mark.parametrize("case", ["plain", "ordinary", "long folder", "no network"])
def test_a_kernel_starts(tmp_path, case):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    env = dict(os.environ)
    if case == "long folder":
        env["TMPDIR"] = str(folder)
    if case == "ordinary":
        env["LIVINGBRIEF_KERNELS"] = "ordinary"
    alone = ["unshare", "-rn"] if case == "no network" else []
    if alone and (not shutil.which("unshare") or subprocess.run([*alone, "true"]).returncode):
        pytest.skip("this system gives no network namespace")
    command = [*alone, sys.executable, str(script)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.stdout == "ready ipc []\n", done.stderr
    assert done.returncode == 0
    assert list(folder.iterdir()) == []


def test_pytask_parallel_still_pauses_where_it_is_told_to():
    assert hasattr(execute, "_Sleeper")


def test_forking_can_be_switched_off(ordinary):
    assert fork(time.sleep, 0) is None
