"""What ``book.json`` says of a report: its edition, what it shows and lacks, and what moved."""

from typing import Literal

from pydantic import ConfigDict, Field

from livingbrief.claims.findings import Outcome
from livingbrief.edition import Edition
from livingbrief.records import Changed, Record
from livingbrief.values.exhibits import Lack


class Words(Record):
    """The title of a figure or table in a language, and its alternative text."""

    title: str
    alt: str


class Titled(Record):
    """What a page calls a figure or table that it places; `rows` and `ends` as in `Exhibit`."""

    kind: Literal["figure", "table"]
    rows: str = ""
    ends: str = ""
    page: str
    title: str
    languages: dict[str, Words] = Field(default={})
    caption: str
    alt: str


class TurnedFinding(Record):
    """A finding that was judged otherwise by what was known when the brief was written."""

    model_config = ConfigDict(populate_by_name=True)
    id: str
    was: Outcome = Field(validation_alias="from", serialization_alias="from")


class MovedNumber(Changed):
    """A headline number as it was printed when the brief was written, and as it is."""

    key: str
    label: str


class Book(Record):
    """What a report is.

    `date`: seconds since the epoch that stand for its day; `narrative`: whether it retells the
    brief; `ends_early`: whether another edition ends later; `vintages`: by source; `chapters`: its
    notebooks, and `exhibits` what each shows; `titled`: what pages call these.
    """

    title: str = ""
    subtitle: str = ""
    version: str = ""
    doi: str = ""
    date: int = 0
    edition: Edition
    narrative: bool = True
    ends_early: bool = False
    country_name: str = ""
    vintages: dict[str, str] = Field(default={})
    lacks: tuple[Lack, ...] = ()
    chapters: tuple[str, ...] = ()
    exhibits: dict[str, tuple[str, ...]] = Field(default={})
    titled: dict[str, Titled] = Field(default={})
    turned_since: tuple[TurnedFinding, ...] = ()
    moved_since: tuple[MovedNumber, ...] = ()

    @property
    def shown(self) -> dict[str, str]:
        """Name of each figure and table to the chapter that shows it."""
        return {name: chapter for chapter, names in self.exhibits.items() for name in names}
