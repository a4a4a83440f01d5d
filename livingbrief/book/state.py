"""What the book is made from: the results, claims and executed notebooks of one edition."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from livingbrief.book import ahead
from livingbrief.book.language import Language
from livingbrief.book.prose import LATE, Prose
from livingbrief.book.record import Book
from livingbrief.brief import Brief, load
from livingbrief.claims.claims import Judged
from livingbrief.claims.findings import Stated
from livingbrief.claims.history import History
from livingbrief.errors import InputError
from livingbrief.escape import markdown
from livingbrief.records import Shape, read_as
from livingbrief.values.results import Number, Results
from livingbrief.wording import long_date


@dataclass(frozen=True)
class BookState:
    """A folder with what a report says, as JSON, and its executed notebooks.

    `results`, `claims`, `findings`, `book`: the files of these names; `history`:
    ``claims_history.json``; `language`: of the pages; `brief`: of what it is a report.
    """

    folder: Path
    results: Results
    claims: Sequence[Judged]
    findings: Sequence[Stated]
    book: Book
    history: History = field(default_factory=lambda: History(edition=""))
    language: Language = field(default_factory=Language)
    brief: Brief = field(default_factory=Brief)

    @classmethod
    def of(cls, root: Path) -> BookState:
        """Open ``LIVINGBRIEF_STAGE``, else the last report of the edition ``current``.

        Raises
        ------
        InputError
            When there is none yet, or it is damaged.
        """
        folder = Path(os.environ.get("LIVINGBRIEF_STAGE") or root / "dist" / "current")
        if not (folder / "book.json").is_file():
            raise InputError(
                f"there are no results in {folder} to fill the book with; build the report first"
            )
        return cls(
            folder,
            _load(dict[str, Number], folder / "results.json"),
            _load(list[Judged], folder / "claims.json"),
            _load(list[Stated], folder / "findings.json"),
            _load(Book, folder / "book.json"),
            _load(History, folder / "claims_history.json"),
            brief=load(root),
        )

    @property
    def known_at(self) -> str:
        """The day to which it looks back; empty for one that does not."""
        return self.book.edition.known_at

    @property
    def ends(self) -> int:
        """The last year of one that ends before other editions and does not look back; else 0."""
        early = self.book.ends_early and not self.known_at
        return self.book.edition.last_year if early else 0

    @property
    def as_of(self) -> str:
        """Return by when a report speaks: today, the day to which it looks back, its last year."""
        say = self.language.say
        if self.known_at:
            return say("on {}").format(self.language.day(self.known_at))
        if self.ends:
            return say("by figures up to {}").format(self.ends)
        return say("today")

    @property
    def day(self) -> dt.date:
        """Return the day of the report: ``SOURCE_DATE_EPOCH`` or the last commit, no clock's."""
        return dt.datetime.fromtimestamp(self.book.date, dt.UTC).date()

    def citation(self, escaped: Callable[[str], str] = markdown, work: str = "*{}*") -> str:
        """Return how to cite this report: its title, version, edition, day and DOI."""
        title, edition = escaped(self.book.title), escaped(self.book.edition.title)
        return (
            f"{work.format(title)}, version {self.book.version}, edition “{edition}”, "
            f"{long_date(self.day.isoformat())}."
            f"{f' https://doi.org/{doi}' if (doi := self.book.doi) else ''}"
        )

    def prose(self, root: Path, context: Mapping[str, object]) -> Prose:
        """Return what fills the pages and records of a report."""
        known = ahead.known(root, self.known_at, self.ends)
        own, late = self.findings, self.language.say(LATE)
        return Prose(self.results, context, keyed=True, findings=own, known=known, late=late)

    def notebook(self, name: str) -> Path:
        """Return the path of an executed notebook: as it was run, or from the last report.

        Raises
        ------
        InputError
            When this edition did not run it.
        """
        run = os.environ.get("LIVINGBRIEF_EXECUTED")
        kept = self.folder / "notebooks" / f"{name}.ipynb"
        path = Path(run, name, "executed.ipynb") if run else kept
        if not path.is_file():
            raise InputError(
                f"{path} is missing: the notebook '{name}' has not been run for this edition; "
                "build the report"
            )
        return path


def _load(shape: type[Shape], path: Path) -> Shape:
    try:
        return read_as(shape, path)
    except (FileNotFoundError, ValueError):
        raise InputError(f"{path} is missing or damaged; build the report first") from None
