"""Build the book with Sphinx: ``python -m livingbrief.book.make BUILDER ROOT WORK TOC``."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from jupyter_book.sphinx import build_sphinx

_PR_SET_PDEATHSIG = 1


def make(builder: str, root: Path, work: Path, toc: Path) -> int:
    """Build all pages with ``-W -n --keep-going``, reading those anew that changed.

    Parameters
    ----------
    builder : {"html", "typst"}
    root : Path
        The project: ``_config.yml`` and the pages.
    work : Path
        Receives ``html/`` or ``typst/`` and the doctrees, from which pages that read as before are
        taken.
    toc : Path
        Table of contents.

    Returns
    -------
    int
        0 when there was no error and no warning.
    """
    outcome = build_sphinx(
        root,
        work / builder,
        path_config=root / "_config.yml",
        noconfig=True,
        confoverrides={
            "latex_individualpages": False,
            "external_toc_path": str(toc),
            "nitpicky": True,
        },
        doctreedir=work / "doctrees",
        builder=builder,
        force_all=True,
        warningiserror=True,
        keep_going=True,
        quiet=True,
    )
    if isinstance(outcome, Exception):
        print(f"ERROR: {outcome}", file=sys.stderr)
        return 1
    return int(outcome or 0)


def main(arguments: Sequence[str]) -> int:
    """Call `make` with the command line's texts."""
    # Sphinx makes millions of objects that live to the end; looking for garbage among them takes
    # a third of its time.
    gc.disable()
    builder, root, work, toc = arguments
    return make(builder, Path(root), Path(work), Path(toc))


def die_with_parent(parent: int) -> None:
    """Have Linux kill this process when its parent dies; one that was forked sees to it itself."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    die_with_parent(os.getppid())
    sys.exit(main(sys.argv[1:]))
