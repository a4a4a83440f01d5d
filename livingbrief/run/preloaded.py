"""What the fork server has loaded; to import it is to load it.

Starting a kernel and importing pandas, matplotlib and statsmodels takes longer than most of the
analyses, and Sphinx with its extensions is no lighter.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import shutil
import signal
from contextlib import suppress
from typing import Any

from livingbrief.brief import brief
from livingbrief.paths import project_root
from livingbrief.run.annex import READ, read_data

# Ctrl-C in a terminal reaches the whole group; the build decides what ends.
signal.signal(signal.SIGINT, signal.SIG_IGN)


@atexit.register
def _end() -> None:
    """End at once: taking down what was loaded takes a while and serves nothing."""
    if folder := os.environ.get("LIVINGBRIEF_TEMPORARY"):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


LIBRARIES = (
    "numpy",
    "pandas",
    "scipy.stats",
    "statsmodels.api",
    "statsmodels.tsa.api",
    "matplotlib.pyplot",
    "IPython",
    "psutil",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "pandas.core.reshape.reshape",
    "pandas.io.formats.csvs",
    "pandas.io.formats.string",
    "tornado.platform.asyncio",
    "matplotlib_inline.backend_inline",
    "livingbrief.run.notebook",
    "livingbrief.data.access",
    "livingbrief.charts",
    "livingbrief.charts.ends",
    "livingbrief.charts.printed",
    "livingbrief.run.kernels",
    "matplotlib.backends.backend_svg",
)
BUILDERS = (
    "livingbrief.book.make",
    "livingbrief.book.extension",
    "livingbrief.pdf.typst",
    "sphinx.application",
    "sphinx.builders.html",
    "sphinx_book_theme",
    "myst_nb.sphinx_ext",
    "sphinx.domains.cpp",
    "sphinx_design.extension",
    "sphinxcontrib.bibtex",
    "IPython.lib.lexers",
    "latexcodec",
    "soupsieve",
)
# What is installed is the same for all: who looks for plugins reads it once.
for name in ("importlib.metadata", "importlib_metadata"):
    with suppress(ImportError):
        installed: Any = importlib.import_module(name)
        installed.entry_points = installed.entry_points().select
# What is loaded stays: to look for garbage among it takes a seventh of the time.
gc.disable()
for name in (*LIBRARIES, *BUILDERS, *brief().preload):
    importlib.import_module(name)
for name in importlib.import_module("sphinx.application").builtin_extensions:
    importlib.import_module(name)
# What they make with their first use.
importlib.import_module("nbformat.validator").get_validator(4, 5)
importlib.import_module("soupsieve").compile("p")
if os.environ.get(READ):
    read_data(project_root())
gc.freeze()
gc.enable()
