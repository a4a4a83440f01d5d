"""How a table is fitted to the page: type size and column widths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TEXT_WIDTH_PT = 453.0
# How much wider a header is set than the cells below it.
BOLD = 1.15
# Type sizes, as they are tried: for easy reading, then for as much as fits.
# The rows of a list are many, and short.
LIST, FROM = 7.4, 60
EASY, LEAST = (8.6, 8.2, 7.8), (7.8, 7.2, 6.6, 6.2)


@dataclass(frozen=True)
class Fit:
    """How a table is set.

    `size`: type size in points; `widths`: typst column widths.
    """

    size: float
    widths: tuple[str, ...]


def fit_columns(rows: Sequence[Sequence[str]], *, header: int) -> Fit:
    """Choose type size and column widths, so that a table fits the page.

    Parameters
    ----------
    rows
        The text of each cell; a cell that spans columns is an empty string.
    header
        How many of the rows are the header, which may be broken over lines.
    """
    needs = [_Need.of(column[:header], column[header:]) for column in zip(*rows, strict=True)]

    def points(chars: Iterable[float], size: float) -> list[float]:
        return [0.45 * size * n + 9.0 for n in chars]

    easy = (LIST,) if len(rows) >= FROM else EASY
    size = next(
        (
            size
            for need, sizes in (("easy", easy), ("least", LEAST))
            for size in sizes
            if sum(points((getattr(n, need) for n in needs), size)) <= TEXT_WIDTH_PT
        ),
        LEAST[-1],
    )
    if sum(points((n.unbroken for n in needs), size)) <= TEXT_WIDTH_PT:
        return Fit(size, ("auto",) * len(needs))
    least, whole = (points((getattr(n, k) for n in needs), size) for k in ("least", "whole"))
    shares = share_room(least, whole, TEXT_WIDTH_PT)
    return Fit(size, tuple(f"{share:.1f}fr" for share in shares))


@dataclass(frozen=True)
class _Need:
    """The width of a column in characters: at the least, for easy reading, without breaks."""

    least: float
    easy: float
    whole: float
    unbroken: float

    @classmethod
    def of(cls, head: Sequence[str], body: Sequence[str]) -> _Need:
        line = _longest(body, r"\n")
        title, title_word = (BOLD * _longest(head, cut) for cut in (r"\n", r"[\s/-]+"))
        broken = title if title <= 14 else max(title / 2 + 2, title_word)
        whole = max(line, broken)
        words = max(min(_longest(body, r"[\s/]+"), 24), min(title_word, 14))
        least = whole if whole <= 12 else words
        easy = max(least, min(line, 22), min(title, title / 3 + 2))
        return cls(least, easy, max(whole, easy), max(line, title))


def _longest(cells: Iterable[str], separator: str) -> int:
    return max((len(part) for cell in cells for part in re.split(separator, cell)), default=0)


def share_room(least: Sequence[float], whole: Sequence[float], room: float) -> list[float]:
    """Share a width out: no column below its longest word, none above its longest line.

    Between these, widths grow with the square root of the longest line, which keeps one very
    long text from starving its neighbours.
    """
    low, high = 0.0, max(whole) ** 0.5
    shares = list(least)
    for _ in range(40):
        level = (low + high) / 2
        wish = [min(w, max(m, level * w**0.5)) for m, w in zip(least, whole, strict=True)]
        if sum(wish) <= room:
            low, shares = level, wish
        else:
            high = level
    return shares
