"""How kernels start: forked where the system can fork, else as usual."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import default
from zmq.asyncio import Context

from livingbrief.run.forks import fork, take, temporary

# A kernel that is interrupted before it ends, as each is, may complain when it had just answered.
QUIET = "--log-level=CRITICAL"


class ForkProvisioner(LocalProvisioner):
    """Launches a kernel by forking, or as usual where that cannot be done."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Start a kernel and return its connection info.

        `cmd` is what an ordinary start would run; its connection file is taken from it.
        """
        cwd, env = str(kwargs.get("cwd") or Path.cwd()), dict(kwargs.get("env") or os.environ)
        forked = fork(_kernel, cmd[cmd.index("-f") + 1], cwd, env)
        if forked is None:
            return await super().launch_kernel([*cmd, QUIET], **kwargs)
        self.process = forked
        self.pid = self.pgid = forked.pid
        return self.connection_info


class Client(AsyncKernelClient):
    """Goes on as soon as the kernel has answered.

    The usual one then listens for a fifth of a second whether more comes. What comes is of no cell,
    which nbclient sees by its header and leaves aside.
    """

    @default("context")
    def _context_default(self) -> Context:
        context = super()._context_default()
        # A forked kernel listens after 60 ms. It is called before, and usually again after 100.
        context.reconnect_ivl = 5
        return context

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        until = time.monotonic() + (float("inf") if timeout is None else timeout)
        while time.monotonic() < until:
            self.kernel_info()
            with suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                if reply["msg_type"] == "kernel_info_reply":
                    # Does it hear what the kernel shows?
                    await self.iopub_channel.get_msg(timeout=0.2)
                    self._handle_kernel_info_reply(reply)
                    return
            if not await self._async_is_alive():
                raise RuntimeError("the kernel died before it was ready")
        raise RuntimeError(f"the kernel was not ready after {timeout} seconds")

    wait_for_ready = _async_wait_for_ready


def manager_class(env: Mapping[str, str]) -> type[AsyncKernelManager]:
    """Return a kernel manager that adds `env` to its kernel's environment.

    Papermill's own interface has no way to give two kernels of one process different environments.
    Kernels are spoken to through files where the system can, so that no network is needed.
    """

    class Manager(AsyncKernelManager):
        @default("transport")
        def _transport_default(self) -> str:
            return "ipc" if os.name == "posix" else "tcp"

        @default("client_factory")
        def _client_factory_default(self) -> type[Client]:
            return Client

        @default("connection_file")
        def _connection_file_default(self) -> str:
            self._folder = tempfile.TemporaryDirectory(
                prefix="k-", dir=temporary(), ignore_cleanup_errors=True
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

        async def _async_wait(self, pollinterval: float = 0.005) -> None:
            # The usual tenth of a second is a tenth of what most notebooks take.
            await super()._async_wait(pollinterval)

    return Manager


def _kernel(connection_file: str, cwd: str, env: dict[str, str]) -> None:
    """Run an IPython kernel until it is told to end."""
    take(cwd, env, os.devnull)
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel", "-f", connection_file]
    application = IPKernelApp.instance()
    application.initialize([*sys.argv[1:], "--HistoryManager.enabled=False", QUIET])
    application.start()
