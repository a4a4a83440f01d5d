"""Errors that a user can act on: what was wrong, where, and what would be right."""

from difflib import get_close_matches
from pathlib import Path


class ReportError(Exception):
    """A problem stated in one message.

    Attributes
    ----------
    exit_code : int
        1 when the build or a check failed, 2 when the user's input was wrong.
    """

    exit_code = 1


class InputError(ReportError):
    """The user asked for something that does not exist or cannot be served."""

    exit_code = 2


def read_text(path: Path) -> str:
    """Return what a file says; an `InputError` that names it if it is not in UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.parent.name}/{path.name} is not in UTF-8: {error}") from None


class BuildError(ReportError):
    """A notebook, the book, a hash or a claim stopped the build."""


class DataError(InputError):
    """The caller asked for something that the data cannot serve, or gave a broken input."""


class PackageError(BuildError):
    """The data package is broken, or read otherwise than declared."""


def suggest(word: str, known: list[str] | tuple[str, ...]) -> str:
    """Return ``" Did you mean 'x'?"`` for a near match of `word` in `known`, else an empty text."""
    near = get_close_matches(word, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""
