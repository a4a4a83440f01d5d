"""How kernels and the book's builders start: forked from a zygote where that is possible."""

from __future__ import annotations

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

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner


class _Forked:
    """A process that the zygote forked; stands where others expect a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, address: str, pid: int) -> None:
        self.address = address
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = _ask(self.address, {"poll": self.pid})
            except TimeoutError:
                # A busy machine: the zygote is slow to answer, the process may well be alive.
                return None
            except OSError:
                # The zygote has ended, and its children with it.
                self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("forked process", timeout or 0)
            time.sleep(0.01)
        return code

    def send_signal(self, signum: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class ForkProvisioner(LocalProvisioner):
    """Launches a kernel by asking the zygote to fork."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Fork a kernel and return its connection info.

        Parameters
        ----------
        cmd : list of str
            The command an ordinary start would run; its connection file is taken from it.
        **kwargs
            ``cwd`` and ``env`` as for `subprocess.Popen`.
        """
        address = Zygote.current.address() if Zygote.current else ""
        if not address:
            return await super().launch_kernel(cmd, **kwargs)
        connection_file = cmd[cmd.index("-f") + 1]
        request: dict[str, Any] = {
            "argv": ["-f", connection_file],
            "cwd": str(kwargs.get("cwd") or Path.cwd()),
            "env": dict(kwargs.get("env") or os.environ),
        }
        pid = _ask(address, {"kernel": request})
        self.process = _Forked(address, pid)
        self.pid = pid
        self.pgid = pid
        return self.connection_info


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
    address = Zygote.current.address() if Zygote.current else ""
    if address:
        request = {"argv": list(arguments), "env": dict(env), "log": str(log)}
        code = _Forked(address, _ask(address, {"book": request})).wait()
    else:
        command = [sys.executable, "-m", "remitrisk.book.make", *arguments]
        with log.open("w", encoding="utf-8") as file:
            code = subprocess.run(
                command, env=dict(env), stdout=file, stderr=subprocess.STDOUT, check=False
            ).returncode
    return code, log.read_text(encoding="utf-8")


def manager_class(env: Mapping[str, str]) -> type[AsyncKernelManager]:
    """Return a kernel manager that adds `env` to its kernel's environment.

    Papermill's own interface has no way to give two kernels of one process different environments.
    Within a `Zygote` the kernels are forked.
    """
    forked = Zygote.current is not None

    class Manager(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec | None:
            spec = super().kernel_spec
            if forked and spec is not None:
                chosen = {"provisioner_name": "remitrisk-fork"}
                spec.metadata = {**spec.metadata, "kernel_provisioner": chosen}
            return spec

        async def _async_start_kernel(self, **kwargs: Any) -> None:
            kwargs["env"] = {**(kwargs.get("env") or os.environ), **env}
            await super()._async_start_kernel(**kwargs)

        start_kernel = _async_start_kernel

    return Manager


def can_fork() -> bool:
    """Whether kernels can be forked here (``REMITRISK_KERNELS=ordinary`` says not to)."""
    return (
        os.name == "posix"
        and sys.platform != "darwin"
        and os.environ.get("REMITRISK_KERNELS") != "ordinary"
    )


class Zygote:
    """The process that others are forked from; it starts when the first of them is asked for.

    Use it as a context manager: on leaving, the process and its children end. Where there is no
    fork, it stands aside and kernels and builders start as usual.

    Parameters
    ----------
    early : bool
        Start the process on entering, for a build that is sure to run notebooks.
    """

    current: Zygote | None = None
    command = (sys.executable, "-m", "remitrisk.pipeline.zygote")

    def __init__(self, *, early: bool = False) -> None:
        self._early = early
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._asked = False
        self._address: str | None = None

    def __enter__(self) -> Zygote:
        if can_fork():
            Zygote.current = self
            if self._early:
                self._launch()
        return self

    def address(self) -> str:
        """Return the socket of the running process, starting it if need be; empty if it fails."""
        with self._lock:
            if not self._asked:
                self._launch()
            if self._address is None:
                ready = ""
                if self._process is not None and self._process.stdout:
                    ready = self._process.stdout.readline().strip()
                self._address = self._socket if ready == "ready" else ""
            return self._address

    def _launch(self) -> None:
        self._asked = True
        self._folder = tempfile.TemporaryDirectory(prefix="remitrisk-")
        self._socket = str(Path(self._folder.name) / "zygote")
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        try:
            self._process = subprocess.Popen(
                [*self.command, self._socket],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Sphinx orders some of its output by hash; the seed cannot change after a fork.
                env={**os.environ, **dict.fromkeys(threads, "1"), "PYTHONHASHSEED": "0"},
                text=True,
            )
        except OSError:
            self._process = None

    def __exit__(self, *_: object) -> None:
        Zygote.current = None
        if self._process is not None:
            if self._process.stdin:
                self._process.stdin.close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._folder is not None:
            self._folder.cleanup()


def _ask(address: str, request: dict[str, Any]) -> Any:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(30)
        connection.connect(address)
        connection.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(connection.makefile("r").readline())
