"""Processes forked from the fork server of `multiprocessing`, which has the libraries loaded."""

from __future__ import annotations

import atexit
import importlib
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from types import ModuleType
from typing import Any

# Sphinx orders some of its output by hash; the seed cannot change after a fork.
FIXED = {
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    # The debugger of kernels would warn that it cannot look into Python's own modules.
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}
# Seconds that a builder of the book, or half of the history of the claims, may take.
LONGEST = 1800.0
OURS = "livingbrief"
#: File by which a temporary folder is known as ours: the process whose it is.
MARKER = "livingbrief-sockets-of"
SHORT = 60
# Starting a process looks at all others, and an exit code can be read once.
_ONE = threading.Lock()


def can_fork() -> bool:
    """Whether to fork here; ``LIVINGBRIEF_KERNELS=ordinary`` says not to."""
    return (
        os.name == "posix"
        and sys.platform != "darwin"
        and os.environ.get("LIVINGBRIEF_KERNELS") != "ordinary"
    )


@cache
def temporary() -> Path:
    """Return this process's folder for sockets; it goes when the process does, however it ends.

    The server removes it when a build is killed; what ordinary kernels left then, the next build.
    """
    # A socket's path may have a hundred characters, on some systems fewer.
    base = Path(tempfile.gettempdir() if len(tempfile.gettempdir()) < SHORT else "/tmp")
    for left in base.glob(f"{OURS}-*"):
        with suppress(OSError, ValueError):
            owner = left.lstat().st_uid
            if owner == os.getuid() and not _alive(int((left / MARKER).read_text("ascii"))):
                shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=f"{OURS}-", dir=base))
    (folder / MARKER).write_text(str(os.getpid()), "ascii")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def preload() -> None:
    """Have the server load its libraries while this process goes on."""
    if can_fork():
        _launch()


@cache
def _launch() -> None:
    fixed = {**FIXED, "LIVINGBRIEF_TEMPORARY": str(temporary())}
    before = {key: os.environ.get(key) for key in fixed}
    os.environ.update(fixed)
    # Where `multiprocessing` puts the server's socket; its own folder would outlive a kill.
    multiprocessing.current_process()._config["tempdir"] = str(temporary())  # type: ignore[attr-defined]
    forkserver.set_forkserver_preload(["livingbrief.run.preloaded"])
    with _ONE, _without_main(), suppress(OSError):
        forkserver.ensure_running()
    for key, value in before.items():
        os.environ.pop(key)
        if value is not None:
            os.environ[key] = value


@contextmanager
def _without_main() -> Iterator[None]:
    """Keep `multiprocessing` from running the script that asks for a build in every child."""
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class Forked:
    """A forked process; stands where others expect a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, function: Callable[..., None], *arguments: Any) -> None:
        preload()
        context = multiprocessing.get_context("forkserver")
        self._process = context.Process(target=_become, args=(function, *arguments), daemon=True)
        with _ONE, _without_main():
            self._process.start()
        self.pid = self._process.pid
        self.kill, self.terminate = self._process.kill, self._process.terminate

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.pid and self.poll() is None:
            os.kill(self.pid, number)

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        with _ONE:
            return self._process.exitcode

    def wait(self, longest: float = float("inf")) -> int:
        """Wait for the end and return the exit code; kill after so many seconds."""
        until = time.monotonic() + longest
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                self.kill()
                raise subprocess.TimeoutExpired("a forked process", longest)
            time.sleep(0.02)
        return code


def fork(function: Callable[..., None], *arguments: Any) -> Forked | None:
    """Run a function in a forked process; None where that cannot be done."""
    if can_fork():
        with suppress(OSError, EOFError):
            return Forked(function, *arguments)
    return None


def apart(
    module: str,
    arguments: Sequence[str],
    env: Mapping[str, str],
    log: Path,
) -> tuple[int, str]:
    """Run the `main` of a module in a process of its own; give its exit code and what it wrote.

    `env` is the whole environment of the process; what it writes goes to `log`; it is killed after
    `LONGEST` seconds.
    """
    forked = fork(_main, module, list(arguments), dict(env), str(log))
    try:
        if forked is not None:
            code = forked.wait(LONGEST)
        else:
            command = [sys.executable, "-m", module, *arguments]
            with log.open("w", encoding="utf-8") as file:
                code = subprocess.run(
                    command, env=dict(env), stdout=file, stderr=subprocess.STDOUT, check=False,
                    timeout=LONGEST,
                ).returncode  # fmt: skip
    except subprocess.TimeoutExpired:
        return 1, f"ERROR: it had not ended after {LONGEST / 60:g} minutes"
    return code, log.read_text(encoding="utf-8")


def _main(module: str, arguments: list[str], env: dict[str, str], log: str) -> None:
    """Run the `main` of a module; what it says goes to `log`."""
    take(".", env, log)
    os.dup2(1, 2)
    time.tzset()
    sys.exit(importlib.import_module(module).main(arguments))


def take(cwd: str, env: dict[str, str], out: str) -> None:
    """Take folder, environment and output of another process."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)


def _become(function: Callable[..., None], *arguments: Any) -> None:
    """Run `function` in this process, in a group of its own."""
    os.setpgid(0, 0)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    function(*arguments)


def _end_with_parent() -> None:
    """End this process and those it started when the build ends, however that happens.

    A builder that outlives a killed build would write into the folder of the next one.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.killpg(0, signal.SIGKILL)
