"""Build the book with Sphinx."""

import gc
import sys
from pathlib import Path

from jupyter_book.sphinx import build_sphinx


def make(builder: str, root: Path, work: Path, toc: Path) -> int:
    """Build all pages with ``-W -n --keep-going``; 0 when there was no error and no warning.

    Parameters
    ----------
    builder : {"html", "typst"}
    root : Path
        The project: ``_config.yml`` and the pages.
    work : Path
        Receives ``html/`` or ``typst/`` and the doctrees.
    toc : Path
        Table of contents.
    """
    # Sphinx makes millions of objects that live to the end; looking for garbage among them takes
    # a third of its time.
    gc.disable()
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
