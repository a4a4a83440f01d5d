"""How a table is fitted to the page: type size, column widths, alignment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from docutils import nodes

TEXT_WIDTH_PT = 431.0
AMOUNT = r"[<≈~±+−–-]*\d[\d.,\s]*(?:%|pp)?"
NUMBER = re.compile(rf"\(?{AMOUNT}(?:\s*(?:to|–|-|\(|\[)\s*{AMOUNT})*[)\]]?")
NO_NUMBER = frozenset({"", "–", "—", "-", "…", "not yet published", "not in this edition"})


def fit_columns(
    rows: Sequence[Sequence[str]], *, given: Sequence[int] | None = None
) -> tuple[float, float, tuple[str, ...]]:
    """Choose type size and column widths, so that a table fits the page.

    Parameters
    ----------
    rows
        The text of each cell; a cell that spans columns is an empty string.
    given
        Relative widths that the author asked for.

    Returns
    -------
    tuple
        Type size in points, bleed into each margin in points, Typst column widths.
    """
    count = max(len(row) for row in rows)
    cells = [[row[i] for row in rows if i < len(row)] for i in range(count)]
    line = [max((len(part) for c in col for part in c.split("\n")), default=1) for col in cells]
    word = [
        min(max((len(w) for c in col for w in re.split(r"[\s/-]+", c)), default=1), 24)
        for col in cells
    ]
    easy = [max(w, min(n, 22)) for w, n in zip(word, line, strict=True)]

    def width(chars: Iterable[int], size: float) -> list[float]:
        return [0.47 * size * n + 8.0 for n in chars]

    looks = [(9.0, 0.0), (8.4, 0.0), (8.0, 30.0), (7.4, 50.0), (6.8, 50.0), (6.2, 50.0)]
    size, bleed = next(
        (
            (size, bleed)
            for need, choices in ((easy, looks[:4]), (word, looks[2:]))
            for size, bleed in choices
            if sum(width(need, size)) <= TEXT_WIDTH_PT + 2 * bleed
        ),
        looks[-1],
    )
    room = TEXT_WIDTH_PT + 2 * bleed
    if given:
        return size, bleed, tuple(f"{share}fr" for share in given)
    least, whole = width(word, size), width(line, size)
    if sum(whole) <= room:
        return size, bleed, ("auto",) * count
    return size, bleed, tuple(f"{share:.1f}fr" for share in share_room(least, whole, room))


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


def place_cells(rows: Sequence[nodes.row]) -> Iterator[list[tuple[int, nodes.entry]]]:
    """Give each cell its column, counting the cells that reach down from rows above."""
    taken: dict[int, int] = {}
    for row in rows:
        placed: list[tuple[int, nodes.entry]] = []
        column = 0
        below: dict[int, int] = {}
        for entry in row:
            while taken.get(column, 0):
                column += 1
            placed.append((column, entry))
            for _ in range(entry.get("morecols", 0) + 1):
                below[column] = entry.get("morerows", 0) + 1
                column += 1
        taken = {**taken, **below}
        taken = {key: left - 1 for key, left in taken.items() if left > 1}
        yield placed


def column_alignment(classes: set[str], cells: Sequence[str], *, first: bool) -> str:
    """Return a column's alignment: as its classes ask, else numbers to the right.

    Parameters
    ----------
    classes
        The docutils classes of the column's cells.
    cells
        The text of the cells below the header.
    first
        Whether it is the first column, which names the rows even where it holds years.
    """
    for side in ("left", "center", "right"):
        if f"text-{side}" in classes:
            return side
    plain = [" ".join(cell.split()) for cell in cells]
    figures = [cell for cell in plain if cell.lower() not in NO_NUMBER]
    numeric = not first and figures and all(NUMBER.fullmatch(cell) for cell in figures)
    return "right" if numeric else "left"
