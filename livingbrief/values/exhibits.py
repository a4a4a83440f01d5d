"""What a notebook leaves beside figures and tables: its numbers, what it showed, what it lacks."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from livingbrief.records import Record
from livingbrief.values.results import Cited, Number


class Lack(Record):
    """What a country or an edition lacks, why, and to which notebook."""

    notebook: str
    what: str
    why: str


class Spoken(Record):
    """What a drawing says of itself, by parts, and what of it a language has no words for."""

    spoken: tuple[str, ...]
    lacks: tuple[str, ...] = ()


class Exhibit(Record):
    """A figure or table, as its notebook showed it.

    `columns`: names of columns to what they are; `spoken`: what an alternative text says of a
    figure; `ends`: where its series end, or what a mark in the rows of a table means; `rows`: of a
    table, as Markdown; `languages`: by code; `cell`: what showed it.
    """

    kind: Literal["figure", "table"]
    name: str
    unit: str = ""
    columns: dict[str, str] = Field(default={})
    spoken: tuple[str, ...] = ()
    ends: str = ""
    rows: str = ""
    sources: tuple[Cited, ...] = ()
    languages: dict[str, Spoken] = Field(default={})
    cell: str = ""


class NotebookRecord(Record):
    """``record.json``: what one notebook leaves."""

    notebook: str
    numbers: dict[str, Number]
    exhibits: tuple[Exhibit, ...]
    lacks: tuple[Lack, ...]


def by_what(lacks: Iterable[Lack]) -> dict[str, tuple[list[str], str]]:
    """Gather what an edition lacks, so that each thing is named once.

    Parameters
    ----------
    lacks : iterable of Lack
        As notebooks record them.

    Returns
    -------
    dict
        What is lacking to the notebooks that miss it, and what follows for them, in order.
    """
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for item in lacks:
        notebooks, whys = found.setdefault(item.what, ({}, {}))
        notebooks[item.notebook] = whys[item.why] = None
    return {what: ([*notebooks], " ".join(whys)) for what, (notebooks, whys) in found.items()}
