"""Functions called in processes of their own, forked from a server that has the libraries loaded.

No pool of the standard library: it breaks as a whole when one of its processes is killed, and it
cannot end the one that takes too long.
"""

import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, util
from pathlib import Path
from pkgutil import resolve_name
from types import ModuleType
from typing import Any

from livingbrief.errors import BuildError, ReportError

# Sphinx orders some of its output by hash; the seed cannot change after a fork.
FIXED = {
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}
#: Colours of a terminal in what a process wrote.
ANSI = re.compile(r"\x1b\[[0-9;]*m")
# Seconds that a builder of the book may take.
LONGEST = 600.0
# How often a process that dies is started.
TRIES = 2
_STARTING = threading.Lock()
_LIVE: set[Any] = set()
_ENDED = threading.Event()


class WorkerDied(BuildError):
    """A process ended without an answer, or had none in time; its text says which."""


def environment(**own: str) -> dict[str, str]:
    """Return the environment of a process: this one's, what is fixed, and what is said besides."""
    return {**os.environ, **FIXED, **own}


def preload() -> None:
    """Have the server load its libraries while this process goes on."""
    # What has been loaded cannot be forked safely there.
    if sys.platform != "darwin":
        multiprocessing.set_forkserver_preload(["livingbrief.run.preloaded"])
    with _starting():
        forkserver.ensure_running()


def call(
    function: Callable[..., Any] | str,
    *arguments: Any,
    env: Mapping[str, str],
    log: Path,
    longest: float = LONGEST,
) -> Any:
    """Call a function in a process of its own; return what it returns, raise what it raises.

    A process that dies is tried once more: memory may have been short, or the machine under load.

    Parameters
    ----------
    function : callable or str
        Of a module, ``module:name`` where only the process loads it; with arguments and a result
        that can be pickled.
    env : mapping
        The whole environment of the process.
    log : Path
        Receives what the process writes to its output and its standard error.
    longest : float
        Seconds after which the process is killed.

    Raises
    ------
    WorkerDied
        The process, with all that it started, is gone.
    """
    for _ in range(TRIES):
        if _ENDED.is_set():
            raise WorkerDied("this build was ended")
        reader, process = _started(function, arguments, dict(env), str(log))
        try:
            if not reader.poll(longest):
                raise WorkerDied(f"it had not ended after {longest / 60:g} minutes")
            succeeded, answer = reader.recv()
        except EOFError:
            continue
        finally:
            _kill(process)
            process.join()
            _LIVE.discard(process)
            reader.close()
        if not succeeded:
            raise answer
        return answer
    wrote = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    last = wrote.strip().rpartition("\n")[2]
    raise WorkerDied(f"its process ended: {last or 'it wrote nothing; is memory short?'}")


def _started(function: Callable[..., Any] | str, *what: Any) -> tuple[Any, Any]:
    """Start a process; return what its answer is read from, and the process.

    Always by a server, which has one thread: whoever asks may have drawn with Typst, and a fork of
    a process with threads waits for those that it does not have.
    """
    preload()
    context: Any = multiprocessing.get_context("forkserver")
    reader, writer = context.Pipe(duplex=False)
    with _starting(), writer:
        process = context.Process(target=_answer, args=(writer, function, *what))
        process.start()
    _LIVE.add(process)
    return reader, process


def end_all() -> None:
    """Kill all processes that were started here and have not answered; start no more."""
    _ENDED.set()
    for process in tuple(_LIVE):
        _kill(process)


@contextmanager
def _starting() -> Iterator[None]:
    """Fix the environment in which a process starts; keep it from running this one's script."""
    with _STARTING:
        # The server removes the folder of its sockets when this process is killed.
        os.environ.update(FIXED, LIVINGBRIEF_SOCKETS=util.get_temp_dir())
        main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def _kill(process: Any) -> None:
    """Kill a process and what it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _answer(
    writer: Any,
    function: Callable[..., Any] | str,
    arguments: tuple[Any, ...],
    env: dict[str, str],
    log: str,
) -> None:
    """Call a function in this process, in a group of its own, and send what it returns."""
    os.setpgid(0, 0)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    try:
        do = resolve_name(function) if isinstance(function, str) else function
        answer = True, do(*arguments)
    except (ReportError, OSError) as error:
        answer = False, error
    except BaseException as error:
        answer = False, RuntimeError(f"{type(error).__name__}: {error}")
    sys.stdout.flush()
    sys.stderr.flush()
    writer.send(answer)
    # Who asked ends this process, whatever still clings to it.


def _end_with_parent() -> None:
    """End this process and those it started when the one that asked ends, however that happens.

    A builder that outlives a killed build would write into the folder of the next one.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.killpg(0, signal.SIGKILL)
