"""Code in colour, from the last build or the last report of a batch: it is slow to colour."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from livingbrief.kept import FOLDER, read, write


def keep_colours(app: Sphinx) -> None:
    """Have the builder look first whether it has coloured the same code.

    What is kept goes when code or libraries change: with the folder of the builder (see
    `livingbrief.run.steps.run_sphinx`), or that of the batch.
    """
    if app.builder.format != "html":
        return
    path = Path(os.environ.get(FOLDER) or Path(app.doctreedir).parent, "colours")
    kept = read(path)
    known: dict[str, str] = {} if kept is None else pickle.loads(kept)
    before = len(known)
    # Sphinx gives builders this without saying so to a type checker.
    highlighter: Any = app.builder.highlighter  # type: ignore[attr-defined]
    colour = highlighter.highlight_block

    def coloured(source: str, lang: str, *args: Any, location: Any = None, **how: Any) -> str:
        asked = repr((source, lang, args, sorted(how.items())))
        if asked not in known:
            known[asked] = colour(source, lang, *args, location=location, **how)
        return known[asked]

    def leave(_: Sphinx, exception: Exception | None) -> None:
        if exception is None and len(known) > before:
            write(path, pickle.dumps(known))

    highlighter.highlight_block = coloured
    app.connect("build-finished", leave)
