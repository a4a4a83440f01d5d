"""What the source of a notebook says, read without running it."""

import json
import re
from pathlib import Path
from typing import Any

from livingbrief.errors import InputError

#: The name of an exhibit in code, or in the JSON that holds it.
EXHIBIT = re.compile(r"""(?:\\?"|')((?:fig|tbl)-[^"'\\\s]+)(?:\\?"|')""")


def read(path: Path) -> dict[str, Any]:
    """Return a notebook, the source of each cell as one text; an `InputError` if it is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for cell in (*found["cells"], {**found, "source": ""}):
            cell["source"], _ = "".join(cell["source"]), cell["metadata"].get("tags")
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        why = error if isinstance(error, ValueError) else "it has no cells with source and metadata"
        raise InputError(f"notebooks/{path.name} cannot be read as a notebook: {why}") from None
    return found
