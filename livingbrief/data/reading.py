"""What a layout hands over: tables in the package's columns, and where each row stood."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from livingbrief.errors import DataError

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
WHOLE = 1e15


@dataclass(frozen=True)
class Draft:
    """One table read from a file, not yet validated.

    `table`: id of the table; `frame`: the table's columns, rows numbered from 0; `place`: where row
    number i stood in the publisher's file, for a message; `part`: of a table that has several;
    `content`: the bytes to keep, empty where they are written from the frame.
    """

    table: str
    frame: pd.DataFrame = field(compare=False)
    place: Callable[[int], str] = field(compare=False)
    part: str | None = None
    content: bytes = field(default=b"", compare=False, repr=False)

    @property
    def file(self) -> str:
        """Name of the publisher's file, for a message about all of it."""
        return self.place(0).split(": ", 1)[0]


@dataclass(frozen=True)
class Reading:
    """What was recognised in a file.

    `layout`: the layout in words; `drafts`: one or more tables; `notes`: what was left out or looks
    odd, for the analyst; `stated_date`: the publisher's own date in the file, empty if it has none;
    `partial`: True if the layout never holds a whole table (one indicator, one country); `own`:
    True for the project's own layout, in which a row may have been typed by hand.
    """

    layout: str
    drafts: tuple[Draft, ...]
    notes: tuple[str, ...] = ()
    stated_date: str = ""
    partial: bool = False
    own: bool = False


def in_order(table: str, frame: pd.DataFrame, places: Sequence[str], by: list[str]) -> Draft:
    """Sort what was read by some columns, empty cells first; `places` are those of its rows."""
    order = frame.sort_values(by, kind="stable", na_position="first").index
    ordered = [places[i] for i in order]
    return Draft(table, frame.loc[order].reset_index(drop=True), ordered.__getitem__)


def number(text: str, place: str) -> float:
    """Turn the text of a cell into a number.

    Raises
    ------
    DataError
        For anything but a plain number: thousands separators, decimal commas, words, `nan`.
    """
    if NUMBER.fullmatch(text.strip()) is None:
        hint = (
            "; thousands are not separated and the decimal sign is a point" if "," in text else ""
        )
        raise DataError(f"{place}: {text!r} is not a number{hint}")
    return float(text)


def year(text: str, place: str, last: int) -> int:
    """Turn the text of a cell into a year between 1900 and `last`."""
    if re.fullmatch(r"[0-9]{4}(\.0+)?", text.strip()) is None:
        raise DataError(f"{place}: {text!r} is not a year")
    found = int(float(text))
    if not 1900 <= found <= last:
        raise DataError(
            f"{place}: the year {found} is outside 1900 to {last}, the year of the vintage"
        )
    return found


def printed(value: float) -> str:
    """Write a number as the shortest text that reads back the same."""
    return str(int(value)) if value.is_integer() and abs(value) < WHOLE else repr(value)


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write a table as the package stores it: UTF-8, LF, empty for a missing value."""
    text = frame.copy()
    for column in text:
        if pd.api.types.is_float_dtype(text[column]):
            text[column] = [None if pd.isna(v) else printed(float(v)) for v in text[column]]
        elif pd.api.types.is_bool_dtype(text[column]):
            text[column] = text[column].map({True: "true", False: "false"})
    return text.to_csv(index=False, lineterminator="\n").encode("utf-8")
