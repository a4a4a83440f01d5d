"""One worker of a batch: a process that builds report after report, its libraries loaded once.

``python -m livingbrief.run.annex`` reads an order from each line, as JSON, and answers it with a
line.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from livingbrief.data.access import open_as, open_catalog
from livingbrief.errors import DataError, ReportError
from livingbrief.kept import FOLDER
from livingbrief.paths import project_root
from livingbrief.run.seal import LOADED, libraries
from livingbrief.run.workers import preload

#: Environment variable that has the fork server read all data before it forks.
READ = "LIVINGBRIEF_READ"
RETRIES = 1


class Worker:
    """The process, seen by who gives it orders; it starts with the first, and anew if it died."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.process: subprocess.Popen[str] | None = None
        self.ended = False
        self._one = threading.Lock()

    def build(self, **order: Any) -> tuple[int, str]:
        """Have a report built as `livingbrief.run.build.build` does; give exit code and error.

        A process that dies costs a retry.
        """
        for _ in range(1 + RETRIES):
            with self._one:
                if self.ended:
                    break
                process = self.process = self.process or self._start()
            assert process.stdin and process.stdout
            with suppress(OSError):
                print(json.dumps(order), file=process.stdin, flush=True)
                if said := process.stdout.readline():
                    code, why = json.loads(said)
                    return code, why
            process.wait()
            self.process = None
        return 1, f"the process that built it died, {1 + RETRIES} times; is memory short?"

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=self.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def end(self) -> None:
        """End the process, which does not finish what it builds, for good."""
        with self._one:
            self.ended = True
        if (process := self.process) is not None:
            assert process.stdin
            with suppress(OSError):
                process.stdin.close()
            process.wait()


def answer(root: Path, order: dict[str, Any]) -> tuple[int, str]:
    """Build what an order asks for; give the exit code and the error, empty on success."""
    from livingbrief.run.build import build

    output, work = (Path(order.pop(name)) for name in ("output", "work"))
    try:
        build(root, workers=1, output=output, work=work, **order)
    except ReportError as error:
        return error.exit_code, str(error)
    except Exception as error:
        return 1, f"{type(error).__name__}: {error}"
    return 0, ""


def main() -> None:
    """Answer orders until there are no more."""
    # Whatever prints must not come between the answers.
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    orders: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    root = project_root()
    code = hashlib.sha256(f"{LOADED}{libraries()}".encode()).hexdigest()
    folder = root / ".build" / "batch" / "kept" / code[:16]
    for other in folder.parent.glob("*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    os.environ[FOLDER] = str(folder)
    os.environ[READ] = "yes"
    preload()
    while True:
        print(json.dumps(answer(root, json.loads(orders.get()))), file=told, flush=True)


def read_data(root: Path) -> None:
    """Read data and descriptions, the same for all economies, before processes are forked."""
    from livingbrief.run.notebook import told_of
    from livingbrief.values.results import shape

    # What is wrong with them, the build says.
    with suppress(ReportError):
        catalog = open_catalog(root)
        for resource in catalog.resources:
            if "indicator" in catalog.frame(resource):
                catalog.rows_of(resource, "")
        data = open_as(root)
        for table in {resource.table for resource in catalog.resources}:
            with suppress(DataError):
                data.table(table)
        for path in (root / "notebooks").glob("*.ipynb"):
            for said in told_of(root, path.stem)[0]:
                for pattern in said.patterns:
                    shape(pattern)


def _listen(orders: SimpleQueue[str]) -> None:
    """Take orders; when who gives them ends, however that happens, this process does."""
    for line in sys.stdin:
        orders.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
