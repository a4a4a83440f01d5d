"""What one build makes, and where."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from livingbrief.claims import claims
from livingbrief.data.catalog import Catalog
from livingbrief.edition import Edition
from livingbrief.run.asked import read_by
from livingbrief.run.hashes import fingerprint
from livingbrief.run.history import Past

STAGED = (
    *(f"{n}{end}.json" for n in ("results", "claims", "claims_history") for end in ("", ".schema")),
    "findings.json",
    "book.json",
)
PUBLISHED = (*STAGED, "data.xlsx", "figures", "html", "notebooks", "build.json")


@dataclass(kw_only=True)
class Files:
    """Files and folders, for pytask, which looks at size and time of one file.

    Their state is the hash of all their bytes; None where one is missing.
    """

    name: str
    paths: tuple[Path, ...]
    attributes: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, *names: str) -> Files:
        """Return the node of some files of a folder, the same wherever the folder is."""
        return cls(name=", ".join(names), paths=tuple(folder / name for name in names))

    @property
    def signature(self) -> str:
        """What pytask knows it by."""
        return hashlib.sha256(self.name.encode()).hexdigest()

    def state(self) -> str | None:
        """Return the hash of the files as they are now."""
        there = all(path.exists() for path in self.paths)
        return fingerprint(self.paths, hidden=True) if there else None

    def load(self, is_product: bool = False) -> tuple[Path, ...]:
        """Return the paths."""
        return self.paths

    def save(self, value: Any) -> None:
        """A task writes its files itself."""
        raise NotImplementedError


@dataclass(frozen=True)
class Plan:
    """What one build makes, and where.

    `work`: ``.build/<edition>``, where everything is made; `then`: the edition whose verdicts stand
    beside this one's; `past`: its earlier days; `notebooks`: names, in the order of the chapters;
    `toc`: its table of contents; `date`: seconds since the epoch that stand for today; `papers`:
    names of the PDFs; `code`: the hash of the code as it was loaded.
    """

    root: Path
    catalog: Catalog
    work: Path
    edition: Edition
    then: Edition | None
    past: Past | None
    notebooks: tuple[str, ...]
    toc: Path
    date: int
    papers: tuple[str, ...]
    code: str

    @property
    def stage(self) -> Path:
        """Where the report is put together."""
        return self.work / "stage"

    @cached_property
    def judged(self) -> tuple[str, ...]:
        """Notebooks that are also run for the earlier edition: those that claims read."""
        if self.then is None:
            return ()
        years = range(self.edition.last_year + 1)
        ledger = claims.load(self.root / "book" / "claims.yml")
        read = read_by((claim.over(lambda _: years) for claim in ledger), self.root)
        return tuple(name for name in self.notebooks if name in read)

    def folder(self, name: str, *, then: bool = False) -> Path:
        """Where a notebook's results go."""
        return self.work / ("then" if then else "notebooks") / name

    def left(self, name: str, *, then: bool = False) -> Files:
        """All that a notebook leaves: its tables and figures, too, are none of its record."""
        return Files.of(self.work, self.folder(name, then=then).relative_to(self.work).as_posix())

    @property
    def staged(self) -> Files:
        """All that is put together before workbook and book."""
        return Files.of(self.stage, *STAGED, "figures")
