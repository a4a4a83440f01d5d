"""Numbers with their nouns, for messages."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun, ``1 row`` or ``1,200 rows``.

    Parameters
    ----------
    count : int
    one : str
        The noun in the singular.
    many : str
        Its plural, where an added s does not make it.
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
