"""Limits of a notebook: how long it may run, and how much its cells may print."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from traitlets import Instance

ENGINE = "livingbrief"
MB = 1_000_000
MOST_PRINTED_MB = 50


@dataclass
class Limits:
    """What one run of a notebook may take.

    `minutes`: for all its cells; `cell`: the id of the one at work; `printed`: characters of all
    that was printed and shown; `passed`: in words the limit that was passed, empty for none.
    """

    minutes: float
    cell: str = ""
    printed: int = 0
    passed: str = ""
    began: float = field(default_factory=time.monotonic)

    def left(self, _: Any = None) -> float:
        """Return the seconds that are left for the next cell."""
        return max(0.1, 60 * self.minutes + self.began - time.monotonic())


class _Client(PapermillNotebookClient):
    """Ends the kernel of a cell that prints without end."""

    limits = Instance(Limits)

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        content, limits = msg["content"], self.limits
        limits.cell = cell.get("id", "")
        limits.printed += len(content.get("text", ""))
        limits.printed += sum(len(str(shown)) for shown in content.get("data", {}).values())
        if limits.printed <= MOST_PRINTED_MB * MB:
            return super().process_message(msg, cell, cell_index)
        if not limits.passed:
            limits.passed = (
                f"it has printed more than {MOST_PRINTED_MB} MB, the limit of a notebook"
            )
            self.ending = asyncio.ensure_future(self.km.shutdown_kernel(now=True))
        return None


class _Engine(NBClientEngine):
    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, limits: Limits, kernel_manager_class: Any, **_: Any
    ) -> Any:
        client = _Client(
            nb_man, limits=limits, timeout_func=limits.left, kernel_name=kernel_name,
            kernel_manager_class=kernel_manager_class, startup_timeout=60,
            # What a kernel makes is there when its last cell has ended. One that is interrupted and
            # asked to end, as usual, may miss both, and is waited for in vain for 2.5 seconds.
            shutdown_kernel="immediate",
        )  # fmt: skip
        return client.execute()


papermill_engines.register(ENGINE, _Engine)
