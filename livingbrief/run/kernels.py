"""How kernels and the book's builders start: forked where the system can fork, else as usual."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import default

from livingbrief.run.forks import fork

# A socket's path may have a hundred characters, on some systems fewer.
SHORT = 60


def make_book(arguments: Sequence[str], env: Mapping[str, str], log: Path) -> tuple[int, str]:
    """Run `livingbrief.book.make` in a process of its own; give its exit code and what it wrote.

    `arguments` are builder, project, scratch folder and table of contents; `env` is the whole
    environment of the process; what it writes goes to `log`.
    """
    forked = fork(_book, list(arguments), dict(env), str(log))
    if forked is not None:
        code = forked.wait()
    else:
        command = [sys.executable, "-m", "livingbrief.book.make", *arguments]
        with log.open("w", encoding="utf-8") as file:
            code = subprocess.run(
                command, env=dict(env), stdout=file, stderr=subprocess.STDOUT, check=False
            ).returncode
    return code, log.read_text(encoding="utf-8")


class ForkProvisioner(LocalProvisioner):
    """Launches a kernel by forking, or as usual where that cannot be done."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Start a kernel and return its connection info.

        `cmd` is what an ordinary start would run; its connection file is taken from it.
        """
        cwd, env = str(kwargs.get("cwd") or Path.cwd()), dict(kwargs.get("env") or os.environ)
        forked = fork(_kernel, cmd[cmd.index("-f") + 1], cwd, env)
        if forked is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = forked
        self.pid = self.pgid = forked.pid
        return self.connection_info


def manager_class(env: Mapping[str, str]) -> type[AsyncKernelManager]:
    """Return a kernel manager that adds `env` to its kernel's environment.

    Papermill's own interface has no way to give two kernels of one process different environments.
    Kernels are spoken to through files where the system can, so that no network is needed.
    """

    class Manager(AsyncKernelManager):
        @default("transport")
        def _transport_default(self) -> str:
            return "ipc" if os.name == "posix" else "tcp"

        @default("connection_file")
        def _connection_file_default(self) -> str:
            folder = None if len(tempfile.gettempdir()) < SHORT else "/tmp"
            self._folder = tempfile.TemporaryDirectory(
                prefix="livingbrief-", dir=folder, ignore_cleanup_errors=True
            )
            return str(Path(self._folder.name) / "kernel.json")

        @property
        def kernel_spec(self) -> KernelSpec | None:
            spec = super().kernel_spec
            if spec is not None:
                chosen = {"provisioner_name": "livingbrief-fork"}
                spec.metadata = {**spec.metadata, "kernel_provisioner": chosen}
            return spec

        async def _async_start_kernel(self, **kwargs: Any) -> None:
            kwargs["env"] = {**(kwargs.get("env") or os.environ), **env}
            await super()._async_start_kernel(**kwargs)

        start_kernel = _async_start_kernel

    return Manager


def _kernel(connection_file: str, cwd: str, env: dict[str, str]) -> None:
    """Run an IPython kernel until it is told to end."""
    _take(cwd, env, os.devnull)
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel", "-f", connection_file]
    application = IPKernelApp.instance()
    application.initialize(
        [*sys.argv[1:], "--HistoryManager.enabled=False", "--log-level=CRITICAL"]
    )
    application.start()


def _book(arguments: list[str], env: dict[str, str], log: str) -> None:
    """Run one of the book's builders; what it says goes to `log`."""
    _take(".", env, log)
    os.dup2(1, 2)
    time.tzset()
    from livingbrief.book.make import main

    sys.exit(main(arguments))


def _take(cwd: str, env: dict[str, str], out: str) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)
