"""What the source of a notebook says, read without running it; its parameters are checked first.

Papermill only warns about a parameter that a notebook does not know, and then runs it with its
defaults: the report of another year, with exit code 0.
"""

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from livingbrief.edition import Parameter
from livingbrief.errors import BuildError, InputError, suggest

#: The name of an exhibit in code, or in the JSON that holds it.
EXHIBIT = re.compile(r"""(?:\\?"|')((?:fig|tbl)-[^"'\\\s]+)(?:\\?"|')""")
#: What the data are opened with. A notebook may leave out those for which the edition has no value.
OF_DATA = ("country", "host", "first_year", "last_year", "vintage", "known_at")


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


def notebook_defaults(path: Path) -> dict[str, Parameter]:
    """Return the names and defaults of a notebook's ``parameters`` cell.

    An `InputError` when the file is no notebook, has no cell (or several) tagged ``parameters``, or
    the cell holds anything but ``name = plain value`` lines.
    """
    where = f"notebooks/{path.name}"
    cells = read(path)["cells"]
    tagged = [c["source"] for c in cells if "parameters" in c["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise InputError(
            f"{where} has {len(tagged)} cells tagged 'parameters'; it must have one, or the "
            "edition's values would be ignored. Tag the cell that sets country, first_year, …"
        )
    try:
        lines: list[Any] = ast.parse(tagged[0]).body
        return {line.targets[0].id: ast.literal_eval(line.value) for line in lines}
    except (SyntaxError, ValueError, AttributeError):
        raise InputError(
            f"{where}: the cell tagged 'parameters' may hold only lines such as last_year = 2024"
        ) from None


def matched(path: Path, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Return the edition's values for the parameters that a notebook takes.

    An `InputError` when the notebook takes a parameter that the edition does not have, lacks one
    that every notebook needs, or has a default of another type.
    """
    where = f"notebooks/{path.name}"
    defaults = notebook_defaults(path)
    for name, default in defaults.items():
        if name not in parameters:
            raise InputError(
                f"{where} takes a parameter '{name}' that the edition does not have."
                f"{suggest(name, list(parameters))} Parameters: {', '.join(parameters)}."
            )
        value = parameters[name]
        if type(default) is not type(value):
            raise InputError(
                f"{where}: parameter '{name}' is {type(default).__name__} in the notebook and "
                f"{type(value).__name__} in the edition"
            )
    if lacks := [n for n in ("edition", *OF_DATA) if n not in defaults and parameters[n]]:
        raise InputError(
            f"{where}: the cell tagged 'parameters' lacks {', '.join(lacks)}, with which edition "
            f"{parameters['edition']} opens the data: set each there to a default"
        )
    return {name: parameters[name] for name in defaults}


def reads_of(path: Path) -> list[str]:
    """Return the tables that a notebook says it reads (``metadata.livingbrief.reads``)."""
    reads = read(path)["metadata"].get("livingbrief", {}).get("reads")
    if not isinstance(reads, list):
        raise BuildError(
            f"notebooks/{path.name} does not say which tables it reads: add "
            '"livingbrief": {"reads": ["worldbank.wdi"]} to its metadata'
        )
    return [str(r) for r in reads]
