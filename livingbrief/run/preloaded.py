"""What the server of forks has loaded; to import it is to load it.

To import pandas, matplotlib and statsmodels takes longer than most of the analyses, and Sphinx with
its extensions is no lighter.
"""

import atexit
import gc
import importlib
import os
import shutil
import signal

from sphinx import application

from livingbrief.brief import load
from livingbrief.paths import project_root

# Ctrl-C in a terminal reaches the whole group; the build decides what ends.
signal.signal(signal.SIGINT, signal.SIG_IGN)
LIBRARIES = (
    "statsmodels.api",
    "matplotlib.pyplot",
    "livingbrief.charts",
    "livingbrief.run.engine",
    "livingbrief.chapter",
    "livingbrief.book.make",
    "livingbrief.book.extension",
    "livingbrief.pdf.typst",
    "sphinx_book_theme",
    "myst_nb.sphinx_ext",
    "sphinx_design.extension",
    "IPython.lib.lexers",
    "latexcodec",
)
# What is loaded stays: to look for garbage among it takes a seventh of the time.
gc.disable()
for name in (*LIBRARIES, *load(project_root()).preload, *application.builtin_extensions):
    importlib.import_module(name)
gc.freeze()
gc.enable()


@atexit.register
def _end() -> None:
    """End at once, with the folder of the sockets, which a killed build leaves."""
    if folder := os.environ.get("LIVINGBRIEF_SOCKETS"):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)
