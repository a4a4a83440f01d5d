"""A Papermill engine that runs the cells of a notebook in its own process, with IPython.

``LIVINGBRIEF_KERNELS=ordinary`` has Papermill start an ordinary kernel instead.
"""

import io
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import papermill
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_output
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

from livingbrief.edition import Parameter
from livingbrief.errors import BuildError
from livingbrief.run.workers import ANSI

ENGINE = "livingbrief"
MB = 1_000_000
MOST_PRINTED_MB = 50
#: File of a run that holds the number of the cell at work.
AT_WORK = "cell"


def execute(source: Path, folder: Path, parameters: Mapping[str, Parameter]) -> None:
    """Run a notebook in this process, which is its own, and write ``executed.ipynb``.

    Parameters
    ----------
    source : Path
        The notebook.
    folder : Path
        Receives the notebook as it was run, and which cell is at work.
    parameters : mapping
        Values for its cell of parameters.

    Raises
    ------
    BuildError
        Names the notebook, the cell, the error and the line.
    """
    ordinary = os.environ.get("LIVINGBRIEF_KERNELS") == "ordinary"
    own = {} if ordinary else {"engine_name": ENGINE, "folder": folder}
    try:
        papermill.execute_notebook(
            str(source),
            str(folder / "executed.ipynb"),
            parameters=dict(parameters),
            kernel_name="python3",
            progress_bar=False,
            # Papermill would write the whole notebook before and after each cell.
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            **own,
        )
    except papermill.PapermillExecutionError as error:
        # Its parameters are a cell of their own, so that one counted from 0 is counted from 1.
        where = f"notebook notebooks/{source.name}, cell {error.cell_index}"
        if error.ename == _TooMuch.__name__:
            raise BuildError(f"{where}: {error.evalue}") from None
        lines = ANSI.sub("", "\n".join([error.evalue, *error.traceback])).splitlines()
        line = [line for line in lines if line.startswith("--")][-1:]
        said = ANSI.sub("", error.evalue)
        raise BuildError("\n".join([f"{where}: {error.ename}: {said}", *line])) from None


class _TooMuch(BaseException):
    """A notebook has printed more than it may."""


class _Shell(InteractiveShell):
    """Keeps what the cell at work has printed and shown, in this order."""

    def begin(self) -> None:
        """Begin a notebook."""
        self.outputs: list[Any] = []
        self.failure: Any = None
        self.named: dict[str, Any] = {}
        self.size = 0

    def add(self, kind: str, **content: Any) -> Any:
        """Add an output; text that goes on where the last output ended is joined to it."""
        output = new_output(kind, **content)
        self.size += len(output.get("text", "")) + len(json.dumps(output.get("data", "")))
        if self.size > MOST_PRINTED_MB * MB:
            raise _TooMuch(
                f"it has printed more than {MOST_PRINTED_MB} MB, the limit of a notebook"
            )
        last = self.outputs[-1] if self.outputs else {}
        if kind == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            self.outputs.append(output)
        return output

    def _showtraceback(self, etype: type, evalue: Any, stb: list[str]) -> None:
        self.failure = new_output("error", ename=etype.__name__, evalue=str(evalue), traceback=stb)


class _Stream(io.TextIOBase):
    """Standard output or standard error of a cell."""

    def __init__(self, shell: _Shell, name: str) -> None:
        self.shell, self.name = shell, name

    def write(self, text: str) -> int:
        if text:
            self.shell.add("stream", name=self.name, text=text)
        return len(text)


class _Publisher(DisplayPublisher):
    """What a cell displays; an output that is displayed anew takes its own place."""

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **how: Any) -> None:
        named, name = self.shell.named, (how.get("transient") or {}).get("display_id")
        output = {"data": data, "metadata": metadata or {}}
        if not how.get("update"):
            named[name] = self.shell.add("display_data", **output)
        elif name in named:
            named[name].update(output)


class _Hook(DisplayHook):
    """The value of the last line of a cell."""

    def write_output_prompt(self) -> None:
        """There is no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        shell: Any = self.shell
        output = {"data": format_dict, "metadata": md_dict or {}}
        shell.add("execute_result", execution_count=self.prompt_count, **output)


class _InProcess(Engine):
    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, folder: Path, **_: Any
    ) -> None:
        config = Config(HistoryManager={"enabled": False})
        with tempfile.TemporaryDirectory(dir=folder) as home:
            shell = _Shell.instance(
                config=config, ipython_dir=home, display_pub_class=_Publisher,
                displayhook_class=_Hook,
            )  # fmt: skip
            shell.begin()
            streams = _Stream(shell, "stdout"), _Stream(shell, "stderr")
            for index, cell in enumerate(nb_man.nb.cells):
                if cell.cell_type != "code" or not cell.source.strip():
                    continue
                (folder / AT_WORK).write_text(str(index), encoding="ascii")
                nb_man.cell_start(cell, index)
                shell.outputs, shell.failure = [], None
                cell.execution_count = shell.execution_count
                with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
                    shell.run_cell(cell.source, store_history=True)
                cell.outputs = shell.outputs + ([shell.failure] if shell.failure else [])
                if shell.failure:
                    nb_man.cell_exception(cell, index)
                    break
                nb_man.cell_complete(cell, index)
            # Another notebook that this process runs has names of its own.
            _Shell.clear_instance()
        (folder / AT_WORK).unlink(missing_ok=True)
        sys.stdout.flush()


papermill_engines.register(ENGINE, _InProcess)
