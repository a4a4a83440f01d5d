"""Where the project's folders are."""

import os
from pathlib import Path


def project_root() -> Path:
    """Return the project's folder.

    ``LIVINGBRIEF_ROOT`` if set; else the working folder, or the nearest above it, that holds
    ``editions.yml``; else the folder that holds the package.
    """
    if chosen := os.environ.get("LIVINGBRIEF_ROOT"):
        return Path(chosen).resolve()
    here = Path.cwd()
    found = (folder for folder in (here, *here.parents) if (folder / "editions.yml").is_file())
    return next(found, Path(__file__).resolve().parent.parent)
