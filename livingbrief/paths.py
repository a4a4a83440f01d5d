"""Where the project's folders are."""

from __future__ import annotations

import os
from pathlib import Path


def project_root() -> Path:
    """Return ``LIVINGBRIEF_ROOT`` if set, else the folder that holds the package."""
    chosen = os.environ.get("LIVINGBRIEF_ROOT")
    return Path(chosen).resolve() if chosen else Path(__file__).resolve().parent.parent
