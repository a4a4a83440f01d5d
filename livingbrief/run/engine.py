"""A Papermill engine that runs the cells of a notebook in its own process, with IPython.

``LIVINGBRIEF_KERNELS=ordinary`` has Papermill start an ordinary kernel instead.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import nbformat
import papermill
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from papermill.engines import Engine, papermill_engines
from traitlets import Type
from traitlets.config import Config

from livingbrief.errors import BuildError

ENGINE = "livingbrief"
MB = 1_000_000
MOST_PRINTED_MB = 50
#: File of a run that holds the number of the cell at work.
AT_WORK = "cell"
# What an ordinary kernel says of its language.
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
# Cells that Papermill puts into a notebook.
_ADDED = {"injected-parameters", "papermill-error-cell-tag"}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def execute(source: Path, folder: Path, parameters: Mapping[str, Any]) -> None:
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
    executed = folder / "executed.ipynb"
    ordinary = os.environ.get("LIVINGBRIEF_KERNELS") == "ordinary"
    own = {} if ordinary else {"engine_name": ENGINE, "folder": folder}
    try:
        papermill.execute_notebook(
            str(source),
            str(executed),
            parameters=dict(parameters),
            kernel_name="python3",
            progress_bar=False,
            # Papermill would write the whole notebook before and after each cell.
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            **own,
        )
    except papermill.PapermillExecutionError as error:
        where = f"notebook notebooks/{source.name}, cell {_number(executed)}"
        if error.ename == _TooMuch.__name__:
            raise BuildError(f"{where}: {error.evalue}") from None
        raise BuildError(
            f"{where}: {error.ename}: {_ANSI.sub('', error.evalue)}\n{_line(error.traceback)}"
        ) from None


def _number(executed: Path) -> int:
    """Return the number in the source of the cell that failed."""
    number = 0
    for cell in nbformat.read(executed, as_version=4).cells:
        number += not _ADDED & {*cell.metadata.get("tags", [])}
        if any(output["output_type"] == "error" for output in cell.get("outputs", ())):
            break
    return number


def _line(traceback: Sequence[str]) -> str:
    """Return the line of a traceback that points into the cell."""
    text = _ANSI.sub("", "\n".join(traceback))
    lines = [line for line in text.splitlines() if line.startswith("--")]
    return "\n".join(lines[-1:])


class _TooMuch(BaseException):
    """A notebook has printed more than it may."""


class _Outputs:
    """What the cell at work has printed and shown, in this order."""

    def __init__(self) -> None:
        self.of_cell: list[Any] = []
        self.shown: dict[str, Any] = {}
        self.size = 0

    def add(self, output: Any) -> None:
        """Add an output; text that goes on where the last output ended is joined to it."""
        self.size += len(output.get("text", "")) + len(json.dumps(output.get("data", "")))
        if self.size > MOST_PRINTED_MB * MB:
            raise _TooMuch(
                f"it has printed more than {MOST_PRINTED_MB} MB, the limit of a notebook"
            )
        last = self.of_cell[-1] if self.of_cell else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            self.of_cell.append(output)


class _Stream(io.TextIOBase):
    """Standard output or standard error of a cell."""

    def __init__(self, outputs: _Outputs, name: str) -> None:
        self.outputs, self.name = outputs, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self.outputs.add(nbformat.v4.new_output("stream", name=self.name, text=text))
        return len(text)


class _Publisher(DisplayPublisher):
    """What a cell displays; an output that is displayed anew takes its own place."""

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **how: Any) -> None:
        outputs, name = self.shell.outputs, (how.get("transient") or {}).get("display_id")
        new = nbformat.v4.new_output("display_data", data, metadata=metadata or {})
        if not how.get("update"):
            outputs.add(new)
            outputs.shown[name] = new
        elif name in outputs.shown:
            outputs.shown[name].update(new)


class _Hook(DisplayHook):
    """The value of the last line of a cell."""

    def write_output_prompt(self) -> None:
        """There is no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        told = {"metadata": md_dict or {}, "execution_count": self.prompt_count}
        shell: Any = self.shell
        shell.outputs.add(nbformat.v4.new_output("execute_result", format_dict, **told))


class _Shell(InteractiveShell):
    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    outputs: _Outputs
    failure: Any = None

    def _showtraceback(self, etype: type, evalue: Any, stb: list[str]) -> None:
        self.failure = nbformat.v4.new_output(
            "error", ename=etype.__name__, evalue=str(evalue), traceback=stb
        )


class _InProcess(Engine):
    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, folder: Path, **_: Any
    ) -> None:
        nb_man.nb.metadata["language_info"] = dict(LANGUAGE)
        with tempfile.TemporaryDirectory(dir=folder) as home:
            shell = _Shell.instance(
                config=Config(HistoryManager={"enabled": False}), ipython_dir=home
            )
            shell.outputs = outputs = _Outputs()
            streams = _Stream(outputs, "stdout"), _Stream(outputs, "stderr")
            number = 0
            for index, cell in enumerate(nb_man.nb.cells):
                number += "injected-parameters" not in cell.metadata.get("tags", [])
                if cell.cell_type != "code" or not cell.source.strip():
                    continue
                (folder / AT_WORK).write_text(str(number), encoding="ascii")
                nb_man.cell_start(cell, index)
                outputs.of_cell, shell.failure = [], None
                cell.execution_count = shell.execution_count
                with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
                    shell.run_cell(cell.source, store_history=True)
                cell.outputs = outputs.of_cell + ([shell.failure] if shell.failure else [])
                if shell.failure:
                    nb_man.cell_exception(cell, index)
                    break
                nb_man.cell_complete(cell, index)
        (folder / AT_WORK).unlink(missing_ok=True)
        sys.stdout.flush()


papermill_engines.register(ENGINE, _InProcess)
