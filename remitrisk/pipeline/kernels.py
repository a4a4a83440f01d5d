"""How kernels start: forked from the zygote where the system can fork, else as usual."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from remitrisk.pipeline.forks import Zygote, fork


class ForkProvisioner(LocalProvisioner):
    """Launches a kernel by asking the zygote to fork."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Fork a kernel, or start it as usual if there is no zygote; return its connection info.

        Parameters
        ----------
        cmd : list of str
            The command an ordinary start would run; its connection file is taken from it.
        **kwargs
            ``cwd`` and ``env`` as for `subprocess.Popen`.
        """
        connection_file = cmd[cmd.index("-f") + 1]
        request: dict[str, Any] = {
            "argv": ["-f", connection_file],
            "cwd": str(kwargs.get("cwd") or Path.cwd()),
            "env": dict(kwargs.get("env") or os.environ),
        }
        forked = fork({"kernel": request})
        if forked is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = forked
        self.pid = self.pgid = forked.pid
        return self.connection_info


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
