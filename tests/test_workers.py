"""Notebooks run in processes of their own, which end when they should."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from multiprocessing import forkserver
from pathlib import Path

import nbformat
import psutil
import pytest
import typst
from nbformat.v4 import new_output

from livingbrief.errors import BuildError, InputError
from livingbrief.notebooks import matched
from livingbrief.paths import project_root
from livingbrief.run import steps, workers
from livingbrief.run.editions import load_edition
from livingbrief.run.steps import run_notebook
from tests.conftest import contents

ROOT = project_root()
NAME = "remittances"


@pytest.mark.slow
def test_a_result_does_not_depend_on_how_it_was_run(tmp_path, monkeypatch):
    # Not at the head: the server imports this module, and its root may be another test's folder.
    notebook = ROOT / "notebooks" / f"{NAME}.ipynb"
    parameters = matched(notebook, load_edition(ROOT, "current").parameters())
    run_notebook(ROOT, NAME, parameters, tmp_path / "here")
    run_notebook(ROOT, NAME, parameters, tmp_path / "plain", draw=False)
    monkeypatch.setenv("LIVINGBRIEF_KERNELS", "ordinary")
    run_notebook(ROOT, NAME, parameters, tmp_path / "kernel")
    here = contents(tmp_path / "here")
    assert here == contents(tmp_path / "kernel") and any(name.endswith(".svg") for name in here)
    assert (tmp_path / "plain" / "record.json").read_bytes() == here["record.json"]
    assert not list((tmp_path / "plain").glob("figures/*.svg"))


def run(tmp_path, *sources):
    """Run a notebook of some cells; give its message, empty where there is none."""
    cells = [nbformat.v4.new_code_cell("edition = 'a'", metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    book = nbformat.v4.new_notebook(cells=cells, metadata={"livingbrief": {}})
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    (tmp_path / "notebooks").mkdir(exist_ok=True)
    nbformat.write(book, tmp_path / "notebooks" / "own.ipynb")
    with pytest.raises(BuildError) as caught:
        run_notebook(tmp_path, "own", {"edition": "b"}, tmp_path / "out" / "own")
    return str(caught.value)


CLOSED = "notebook notebooks/own.ipynb does not end with nb.close()"


def outputs(tmp_path):
    """The outputs of each cell of the notebook that was run last."""
    executed = tmp_path / "out" / "own.part" / "executed.ipynb"
    cells = json.loads(executed.read_text())["cells"]
    return [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]


def test_what_cells_print_show_and_return_is_kept_in_its_order(tmp_path):
    shown = (
        "import sys\nfrom IPython.display import display\nprint(1, end='')\nprint(2)\n"
        "display({'text/plain': 'a'}, raw=True, display_id='x')\nprint(3, file=sys.stderr)\nedition"
    )
    again = "display({'text/plain': 'b'}, raw=True, display_id='x', update=True);"
    assert run(tmp_path, shown, again) == CLOSED
    first, second = outputs(tmp_path)[-2:]
    assert [(o["output_type"], o.get("name")) for o in first] == [
        ("stream", "stdout"), ("display_data", None), ("stream", "stderr"),
        ("execute_result", None),
    ]  # fmt: skip
    assert "".join(first[0]["text"]) == "12\n" and "".join(first[1]["data"]["text/plain"]) == "b"
    assert second == [] and "".join(first[3]["data"]["text/plain"]) == "'b'"


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (new_output("stream", name="stderr", text="beware"), "writes to standard error: beware"),
        (new_output("stream", text="<x at 0x7f00dead>"), "shows an address in memory"),
        (new_output("stream", text="in /home/me/x.csv"), "shows a path of this machine"),
        (new_output("display_data", {"text/html": "<style>a</style>"}), "shows a style sheet"),
        (new_output("display_data", {"text/latex": "$x$"}), "is in LaTeX"),
        (new_output("stream", text="0.5675"), ""),
    ],
)
def test_what_an_executed_notebook_may_not_publish_is_named(output, said):
    cell = nbformat.v4.new_code_cell("1", id="one", outputs=[output])
    faults = list(steps._faults(nbformat.v4.new_notebook(cells=[cell])))
    assert len(faults) == bool(said) and all(said in fault for fault in faults)


def test_a_name_that_one_notebook_leaves_is_not_there_for_the_next(tmp_path):
    leaves = "import builtins, os\nbuiltins.left = left = 1\nos.environ['LEFT'] = '1'"
    assert run(tmp_path, leaves) == CLOSED
    for name in ("left", "edition_left", "__import__('os').environ['LEFT']"):
        assert "cell 2: NameError" in run(tmp_path, name) or "KeyError" in run(tmp_path, name)


def test_an_error_names_cell_and_line(tmp_path):
    said = run(tmp_path, "a = 1", "b = 2\nb / 0")
    assert said.startswith("notebook notebooks/own.ipynb, cell 3: ZeroDivisionError: division")
    assert said.splitlines()[1].startswith("----> 2 b / 0")


def test_a_cell_that_never_ends_is_named(tmp_path, monkeypatch):
    began = time.monotonic()
    monkeypatch.setattr(steps, "MINUTES", 0.05)
    said = run(tmp_path, "import signal\nwhile True: pass")
    at = "notebook notebooks/own.ipynb, cell 2: it had not ended after 0.05 minutes"
    assert said.startswith(at) and time.monotonic() - began < 60


def test_a_cell_that_prints_without_end_is_named(tmp_path):
    endless = "while True:\n    try: print('ha' * 10_000_000)\n    except Exception: pass"
    assert run(tmp_path, endless) == (
        "notebook notebooks/own.ipynb, cell 2: it has printed more than 50 MB, the limit of a "
        "notebook"
    )


def test_a_process_that_dies_is_tried_once_more_and_named(tmp_path):
    count = f"open({str(tmp_path / 'n')!r}, 'a').write('x')\n"
    dies = f"{count}import os\nos.write(2, b'short of memory')\nos.kill(os.getpid(), 9)"
    said = run(tmp_path, "1", dies)
    assert said == "notebook notebooks/own.ipynb, cell 3: its process ended: short of memory"
    assert (tmp_path / "n").read_text() == "xx"


def test_a_process_that_clings_to_life_is_not_waited_for(tmp_path):
    began = time.monotonic()
    clings = "import atexit, time, threading\natexit.register(time.sleep, 60)"
    assert run(tmp_path, f"{clings}\nthreading.Thread(target=time.sleep, args=[60]).start()")
    assert time.monotonic() - began < 30


def fails(error):
    raise error


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (InputError("what is wrong"), InputError, "what is wrong"),
        (OSError(28, "No space left"), OSError, "No space left"),
        (SystemExit(3), RuntimeError, "SystemExit: 3"),
    ],
)
def test_an_error_comes_back(tmp_path, error, kind, said):
    with pytest.raises(kind, match=said):
        workers.call(fails, error, env=os.environ, log=tmp_path / "log")


def draws(folder, times):
    """Draw with Typst, which starts threads of its own, and ask another process to do the same."""
    drawn = typst.compile(b"a\n#pagebreak()\nb", format="pdf")
    if times > 1:
        log = Path(folder, "inner.log")
        return workers.call(draws, folder, times - 1, env=os.environ, log=log, longest=60)
    return drawn[:4]


def test_a_process_that_has_drawn_can_ask_another_to_draw(tmp_path):
    log = tmp_path / "log"
    assert workers.call(draws, tmp_path, 2, env=os.environ, log=log) == b"%PDF"


def test_a_process_with_threads_is_forked_by_no_test():
    waits = threading.Thread(target=time.sleep, args=[1])
    waits.start()
    with pytest.raises(AssertionError, match="with threads was to be forked"):
        os.fork()
    waits.join()


def test_a_server_that_died_is_started_again(tmp_path):
    workers.preload()
    server = psutil.Process(forkserver._forkserver._forkserver_pid)
    server.kill()
    while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.02)
    assert workers.call(abs, -1, env=os.environ, log=tmp_path / "log") == 1


# Without `if __name__ == "__main__"`, as a reader would write it.
KILLED = """
import os, threading, time
from pathlib import Path
from multiprocessing import forkserver
from livingbrief.run import workers
call = [os.getpid, time.sleep][1]
threading.Thread(
    target=workers.call, args=(call, 60), kwargs={"env": os.environ, "log": Path("log")}
).start()
while not Path("log").exists():
    time.sleep(0.02)
print(forkserver._forkserver._forkserver_pid, flush=True)
time.sleep(60)
"""


def test_what_was_started_ends_when_the_build_is_killed():
    # Sockets need a folder with a short name.
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as folder:
        script = Path(folder) / "script.py"
        script.write_text(KILLED)
        (Path(folder) / "tmp").mkdir()
        env = {**os.environ, "TMPDIR": f"{folder}/tmp", "PYTHONPATH": str(ROOT)}
        build = subprocess.Popen(
            [sys.executable, script], cwd=folder, env=env, stdout=subprocess.PIPE, text=True
        )
        server = psutil.Process(int(build.stdout.readline()))
        left = [server, *server.children(recursive=True)]
        assert len(left) == 2 and any(Path(folder, "tmp").iterdir())
        build.send_signal(signal.SIGKILL)
        build.communicate()
        assert psutil.wait_procs(left, timeout=20)[1] == []
        assert not any(Path(folder, "tmp").iterdir())
