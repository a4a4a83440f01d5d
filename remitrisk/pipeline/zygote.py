"""A process that has the heavy libraries loaded and forks kernels and the book's builders.

Starting a kernel and importing pandas, matplotlib and statsmodels takes longer than most of the
analyses, and Sphinx with its extensions is no lighter. The zygote loads them once. It runs one
thread, so that forking it is safe, and ends when the build that started it ends (its standard
input closes).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

PRELOAD = (
    "numpy",
    "pandas",
    "scipy.stats",
    "statsmodels.api",
    "statsmodels.tsa.api",
    "matplotlib.pyplot",
    "IPython",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "matplotlib_inline.backend_inline",
    "remitrisk.notebook",
    "remitrisk.data.access",
    "remitrisk.charts",
    "matplotlib.backends.backend_svg",
)
# Needed last: loaded while the first kernels work.
LATER = (
    "remitrisk.book.make",
    "remitrisk.book.extension",
    "remitrisk.book.typst",
    "sphinx.application",
    "sphinx.builders.html",
    "sphinx_book_theme",
    "myst_nb.sphinx_ext",
    "sphinxcontrib.bibtex",
)


_PR_SET_PDEATHSIG = 1


def serve(path: str) -> None:
    """Answer requests on the Unix socket `path` until standard input closes.

    A request is one line of JSON: ``{"kernel": {"argv", "cwd", "env"}}`` or
    ``{"book": {"argv", "env", "log"}}``, answered with the child's process id once its process
    group is set, or ``{"poll": pid}``, answered with its exit status or null.
    """
    # Ctrl-C in a terminal reaches the whole group; the build decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("MPLBACKEND", "Agg")
    for name in PRELOAD:
        importlib.import_module(name)
    gc.freeze()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(64)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    ended: dict[int, int] = {}
    children: set[int] = set()
    later = list(LATER)
    with selectors.DefaultSelector() as wait:
        wait.register(listener, selectors.EVENT_READ)
        wait.register(sys.stdin, selectors.EVENT_READ)
        while True:
            events = wait.select(0 if later else None)
            if not events:
                importlib.import_module(later.pop(0))
            for key, _ in events:
                if key.fileobj is sys.stdin:
                    _end(children)
                    _remove(path)
                    return
                connection, _ = listener.accept()
                with connection:
                    line = connection.makefile("r").readline()
                    if not line:
                        continue
                    request = json.loads(line)
                    answer = _answer(request, listener, connection, children, ended)
                    connection.sendall(json.dumps(answer).encode() + b"\n")


def _answer(
    request: dict[str, Any],
    listener: socket.socket,
    connection: socket.socket,
    children: set[int],
    ended: dict[int, int],
) -> Any:
    if "poll" not in request:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            listener.close()
            connection.detach()
            if "kernel" in request:
                _become(partial(_kernel, **request["kernel"]), parent)
            _become(partial(_book, **request["book"]), parent)
        # Both sides set the group, so that it is set whichever of them runs first.
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        children.add(pid)
        return pid
    pid = int(request["poll"])
    if pid not in ended:
        try:
            done, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            done, status = pid, 0
        if done == 0:
            return None
        ended[pid] = os.waitstatus_to_exitcode(status)
        children.discard(pid)
    return ended[pid]


def _kernel(argv: list[str], cwd: str, env: dict[str, str]) -> int:
    """Run an IPython kernel until it is told to end."""
    os.chdir(cwd)
    _take(env)
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel", *argv]
    application = IPKernelApp.instance()
    application.initialize([*argv, "--HistoryManager.enabled=False", "--log-level=CRITICAL"])
    application.start()
    return 0


def _book(argv: list[str], env: dict[str, str], log: str) -> int:
    """Run one of the book's builders; what it says goes to `log`."""
    _take(env)
    time.tzset()
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(said, 1)
    os.dup2(said, 2)
    from remitrisk.book.make import main

    return main(argv)


def _take(env: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)


def die_with_parent(parent: int) -> None:
    """Have the system kill this process when its parent dies, however that happens.

    A builder that outlives a killed build would write into the folder of the next one.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _become(function: Callable[[], int], parent: int) -> None:
    """Run `function` as this forked child; never returns."""
    code = 1
    try:
        die_with_parent(parent)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setpgid(0, 0)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        code = function()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _remove(path: str) -> None:
    """Remove the socket and its folder: a build that was killed does not."""
    with contextlib.suppress(OSError):
        os.unlink(path)  # noqa: PTH108
        os.rmdir(os.path.dirname(path))  # noqa: PTH106, PTH120


def _end(children: set[int]) -> None:
    for pid in children:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    serve(sys.argv[1])
    # Taking down what was loaded takes a while and serves nothing.
    os._exit(0)
