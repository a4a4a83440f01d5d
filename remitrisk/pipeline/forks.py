"""Kernels and the book's builders are forked from a zygote where the system can fork."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Forked:
    """A process that the zygote forked; stands where others expect a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, address: str, pid: int) -> None:
        self.address = address
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        if self.returncode is None:
            try:
                self.returncode = ask(self.address, {"poll": self.pid})
            except TimeoutError:
                # A busy machine: the zygote is slow to answer, the process may well be alive.
                return None
            except (OSError, json.JSONDecodeError):
                # The zygote has ended, and its children with it.
                self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("forked process", timeout or 0)
            time.sleep(0.02)
        return code

    def send_signal(self, signum: int) -> None:
        """Send a signal if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def make_book(arguments: Sequence[str], env: Mapping[str, str], log: Path) -> tuple[int, str]:
    """Run `remitrisk.book.make` in a process of its own.

    Parameters
    ----------
    arguments : sequence of str
        Builder, project, scratch folder, table of contents.
    env : mapping
        The whole environment of the process.
    log : Path
        Receives what it writes.

    Returns
    -------
    code : int
        Exit code.
    said : str
        What it wrote to standard error and output.
    """
    request = {"argv": list(arguments), "env": dict(env), "log": str(log)}
    forked = fork({"book": request})
    if forked is not None:
        code = forked.wait()
    else:
        command = [sys.executable, "-m", "remitrisk.book.make", *arguments]
        with log.open("w", encoding="utf-8") as file:
            code = subprocess.run(
                command, env=dict(env), stdout=file, stderr=subprocess.STDOUT, check=False
            ).returncode
    return code, log.read_text(encoding="utf-8")


def can_fork() -> bool:
    """Whether to fork here; ``REMITRISK_KERNELS=ordinary`` says not to."""
    return (
        os.name == "posix"
        and sys.platform != "darwin"
        and os.environ.get("REMITRISK_KERNELS") != "ordinary"
    )


class Zygote:
    """The process that others are forked from.

    Use it as a context manager: on entering the process starts, which takes a while, and on
    leaving it ends with its children. Within another one, and where there is no fork, it stands
    aside; in the latter case kernels and builders start as usual.
    """

    current: Zygote | None = None
    command = (sys.executable, "-m", "remitrisk.pipeline.zygote")

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._address: str | None = None

    def __enter__(self) -> Zygote:
        if can_fork() and Zygote.current is None:
            Zygote.current = self
            self._launch()
        return self

    def address(self) -> str:
        """Return the socket of the process once it is ready; empty if it does not run."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                return ""
            if self._address is None:
                ready = ""
                if self._process.stdout:
                    ready = self._process.stdout.readline().strip()
                self._address = self._socket if ready == "ready" else ""
            return self._address

    def _launch(self) -> None:
        # The path of a socket may have a hundred characters, on some systems fewer.
        short = None if len(tempfile.gettempdir()) < 70 else "/tmp"
        self._folder = tempfile.TemporaryDirectory(
            prefix="remitrisk-", dir=short, ignore_cleanup_errors=True
        )
        self._socket = str(Path(self._folder.name) / "zygote")
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(
                [*self.command, self._socket],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Sphinx orders some of its output by hash; the seed cannot change after a fork.
                env={**os.environ, **dict.fromkeys(threads, "1"), "PYTHONHASHSEED": "0"},
                text=True,
            )

    def __exit__(self, *_: object) -> None:
        if Zygote.current is not self:
            return
        Zygote.current = None
        if self._process is not None:
            if self._address is None:
                # Nothing was forked; it may still be loading libraries.
                self._process.kill()
            for stream in (self._process.stdin, self._process.stdout):
                if stream:
                    stream.close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()


def fork(request: dict[str, Any]) -> Forked | None:
    """Return a process that the zygote forked as asked; None where there is no zygote to ask."""
    address = Zygote.current.address() if Zygote.current else ""
    if not address:
        return None
    try:
        return Forked(address, ask(address, request))
    except (OSError, json.JSONDecodeError):
        return None


def ask(address: str, request: dict[str, Any]) -> Any:
    """Send the zygote one request and return its answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(30)
        connection.connect(address)
        connection.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(connection.makefile("r").readline())
