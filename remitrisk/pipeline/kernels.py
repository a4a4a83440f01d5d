"""How kernels start: forked from a zygote where the system can fork, else as usual."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

SOCKET = "REMITRISK_ZYGOTE"


class _ForkedKernel:
    """Stands where jupyter_client expects a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, address: str, pid: int) -> None:
        self.address = address
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = _ask(self.address, {"poll": self.pid})
            except OSError:
                # The zygote has ended, and its kernels with it.
                self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
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
        address = os.environ[SOCKET]
        connection_file = cmd[cmd.index("-f") + 1]
        request = {
            "argv": ["-f", connection_file],
            "cwd": str(kwargs.get("cwd") or Path.cwd()),
            "env": dict(kwargs.get("env") or os.environ),
        }
        pid = _ask(address, {"fork": request})
        self.process = _ForkedKernel(address, pid)
        self.pid = pid
        self.pgid = pid
        return self.connection_info


def manager_class(env: Mapping[str, str]) -> type[AsyncKernelManager]:
    """Return a kernel manager that adds `env` to its kernel's environment.

    Papermill's own interface has no way to give two kernels of one process different environments.
    Within `zygote` the kernels are forked.
    """
    forked = bool(os.environ.get(SOCKET))

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


@contextmanager
def zygote() -> Iterator[None]:
    """Keep a zygote running; within, kernels are forked from it."""
    if not can_fork():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="remitrisk-") as folder:
        address = str(Path(folder) / "zygote")
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        process = subprocess.Popen(
            [sys.executable, "-m", "remitrisk.pipeline.zygote", address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(threads, "1")},
            text=True,
        )
        try:
            ready = process.stdout.readline() if process.stdout else ""
            if ready.strip() == "ready":
                os.environ[SOCKET] = address
            yield
        finally:
            os.environ.pop(SOCKET, None)
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ask(address: str, request: dict[str, Any]) -> Any:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(30)
        connection.connect(address)
        connection.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(connection.makefile("r").readline())
