"""The works of ``references.bib``, as they are read."""

from pathlib import Path

from pybtex.database import Entry, parse_string
from pybtex.exceptions import PybtexError

from livingbrief.errors import read_text
from livingbrief.escape import unfit_address
from livingbrief.records import RecordError


def load(path: Path) -> dict[str, Entry]:
    """Read ``references.bib``, which a brief may do without; a `RecordError` if it cannot be."""
    try:
        found = dict(parse_string(read_text(path), "bibtex").entries) if path.is_file() else {}
    except PybtexError as error:
        raise RecordError(f"book/references.bib: {error}") from None
    for entry in found.values():
        refuse_address(entry)
    return found


def refuse_address(entry: Entry) -> None:
    """Refuse an address of another kind than sources have."""
    if fault := unfit_address(entry.fields.get("url", "")):
        raise RecordError(f"book/references.bib: the url of entry '{entry.key}' is {fault}")
