"""Numbers of claims as they stood on each day of a printing: the notebooks of claims on that day.

They are kept in ``book/history/<edition>.json`` under the hash of what they are made from, so that
a build runs no past day. The command `history` renews them; check, adding a vintage and a build say
when that is to be done.
"""

import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import Field

from livingbrief.claims import claims, history
from livingbrief.data.access import main_publisher, open_catalog
from livingbrief.data.catalog import Catalog
from livingbrief.data.known import printed_on
from livingbrief.edition import Edition, Parameter
from livingbrief.errors import BuildError
from livingbrief.files import digest, write_json
from livingbrief.notebooks import matched, reads_of
from livingbrief.records import Record, read_as
from livingbrief.run import workers
from livingbrief.run.asked import read_by
from livingbrief.run.editions import edition_names, load_edition, load_then
from livingbrief.values.exhibits import NotebookRecord
from livingbrief.values.kinds import Kind
from livingbrief.values.numbers import WITHOUT_VALUE
from livingbrief.values.results import Cited, Number, Scalar, Status

#: What stands for a number that had not been printed.
NONE = Number(text=WITHOUT_VALUE["not_published"], status="not_published", notebook="")


class Printed(Record):
    """A number as it is kept."""

    value: Scalar
    text: str
    status: Status
    sources: tuple[Cited, ...]


class Kept(Record):
    """What is kept: the day of the brief, the hash of the inputs, the numbers that moved by day."""

    brief: str = ""
    inputs: str = ""
    days: dict[str, dict[str, Printed]] = Field(default={})


@dataclass(frozen=True)
class Past:
    """The days of an edition whose verdicts are also shown as of `brief`, the day of the brief."""

    root: Path
    edition: Edition
    brief: str

    @property
    def path(self) -> Path:
        """Where its numbers are kept."""
        return self.root / "book" / "history" / f"{self.edition.name}.json"

    @cached_property
    def catalog(self) -> Catalog:
        """The data package."""
        return open_catalog(self.root)

    @cached_property
    def claims(self) -> list[claims.Claim]:
        """The claims that numbers decide."""
        # What is said of a year is printed by the end of the next.
        years = range(self.edition.last_year + 2)
        ledger = claims.load(self.root / "book" / "claims.yml")
        return history.judged(claim.over(lambda _: years) for claim in ledger)

    @cached_property
    def asked(self) -> dict[str, list[str]]:
        """Notebooks that claims read, with the keys that they read."""
        return read_by(self.claims, self.root)

    @cached_property
    def printings(self) -> dict[str, set[str]]:
        """Table to the days on which its series were printed again, from the first main vintage on.

        Those of its vintages, and of the rows of a table that prints it.
        """
        main = main_publisher(self.catalog)[0]
        first = self.catalog.vintages(main, self.catalog.brief.main_table or None)[0]
        found: dict[str, set[str]] = {table: set() for table in self.catalog.tables}
        times = Counter((r.table, r.part) for r in self.catalog.resources if not r.unrevised)
        for resource in self.catalog.resources:
            if not resource.unrevised and times[resource.table, resource.part] > 1:
                found[resource.table].add(resource.vintage)
            if resource.prints:
                found[resource.prints].update(printed_on(self.catalog.frame(resource), resource))
        return {table: {day for day in days if day >= first} for table, days in found.items()}

    @cached_property
    def days(self) -> list[str]:
        """Every day on which something that the notebooks read was printed, and the brief's."""
        return sorted({self.brief}.union(*(self.printings[table] for table in self._read)))

    @cached_property
    def _read(self) -> set[str]:
        """Tables that the notebooks read."""
        return {table for name in self.asked for table in reads_of(self._notebook(name))}

    @cached_property
    def inputs(self) -> str:
        """Hash of what the numbers are made from, but for code.

        The keys that are asked for, the parameters, and the tables that are read, whole, with those
        that print one again or date its rows: a correction may reach back.
        """
        used = {r.table for r in self.catalog.resources if r.prints in self._read} | self._read
        dating = (r.rows_dated for r in self.catalog.resources if r.table in used)
        used |= {dated.of for dated in dating if dated and dated.of}
        files = sorted(r.hash for r in self.catalog.resources if r.table in used)
        return digest([self.asked, self.edition.parameters(), self.days, files])

    def _notebook(self, name: str) -> Path:
        return self.root / "notebooks" / f"{name}.ipynb"

    def _as_of(self, day: str) -> Edition:
        edition = Edition(**{**self.edition.model_dump(), "known_at": day})
        shocks = [year for year in edition.shocks if year <= edition.last_year]
        return edition.model_copy(update={"shocks": shocks})

    def kept(self) -> Kept:
        """Return what is kept; nothing where there is no file."""
        return read_as(Kept, self.path) if self.path.is_file() else Kept()

    @property
    def stale(self) -> bool:
        """Whether what is kept was made from something else."""
        return self.kept().inputs != self.inputs

    @property
    def note(self) -> str:
        """What to do where it is stale."""
        return f"{self.path.relative_to(self.root)}: out of date; run: history (minutes)"

    def run(self, day: str) -> dict[str, Number]:
        """Run the notebooks as of a day in a process of its own; return the numbers of claims."""
        parameters = self._as_of(day).parameters()
        notebooks = [
            (self._notebook(name), matched(self._notebook(name), parameters), keys)
            for name, keys in self.asked.items()
        ]
        with tempfile.TemporaryDirectory() as folder:
            env = workers.environment(
                LIVINGBRIEF_ROOT=str(self.root), LIVINGBRIEF_OUT=folder, LIVINGBRIEF_DRAW="no"
            )
            try:
                return dict(workers.call(_run, notebooks, env=env, log=Path(folder, "log")))
            except BuildError as error:
                raise BuildError(f"as of {day}: {error}") from None

    def renew(self, at_a_time: int = 2, say: Callable[[str], None] = print) -> None:
        """Run every day, and keep the numbers."""
        days, last = dict[str, dict[str, Printed]](), dict[str, Number]()
        with ThreadPoolExecutor(at_a_time) as pool:
            for day, now in zip(self.days, pool.map(self.run, self.days), strict=True):
                moved = (key for key in sorted(now) if now[key] != last.get(key))
                days[day] = {key: _printed(now[key]) for key in moved}
                last = now
                say(f"{day}: {len(days)} of {len(self.days)} days")
        write_json(self.path, Kept(brief=self.brief, inputs=self.inputs, days=days))

    def numbers(self) -> Iterator[tuple[str, dict[str, Number]]]:
        """Yield each day that is kept with all its numbers."""
        now: dict[str, Number] = {}
        for day, moved in self.kept().days.items():
            now = {
                **now,
                **{key: Number(**dict(number), notebook="") for key, number in moved.items()},
            }
            yield day, now

    def known(self) -> history.Days | None:
        """Return what `livingbrief.claims.history.of_ledger` judges; None if it is out of date."""
        if self.stale:
            return None
        numbers = dict(self.numbers())
        lines, tables = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
        for name, table in self.catalog.tables.items():
            lines[table.line].add(name)
        for key, number in (pair for now in numbers.values() for pair in now.items()):
            for source in number.sources:
                # What is known by a day and never revised is not printed again.
                if Kind.of(source.vintage) is not Kind.UNREVISED:
                    tables[key] |= lines[source.source]
        days = {}
        for claim in self.claims:
            of = set[str]().union(*(tables[key] for key in claim.keys))
            if found := {day for t in of for day in self.printings[t] if day in numbers}:
                days[claim.id] = sorted({*found, self.brief})
        forecasts = {
            self.catalog.tables[r.table].line
            for r in self.catalog.resources
            if any(c.name == "last_actual" for c in r.fields)
        }
        until = max(r.vintage for r in self.catalog.resources)
        return history.Days(self.brief, until, forecasts, days, numbers)


def _printed(number: Number) -> Printed:
    fields = {name: getattr(number, name) for name in Printed.model_fields}
    return Printed(**fields)


def past_of(
    root: Path, edition: Edition, then: Edition | None, settings: Sequence[str]
) -> Past | None:
    """Return the past of an edition as ``editions.yml`` has it; None for one that looks back.

    `settings`: what a build was asked for besides; with any, there is no past.
    """
    if settings or then is None or not then.known_at or edition.known_at:
        return None
    return Past(root, edition, then.known_at)


def pasts(root: Path) -> list[Past]:
    """Return the pasts of the editions of ``editions.yml``."""
    editions = [load_edition(root, name) for name in edition_names(root)]
    found = [past_of(root, edition, load_then(root, edition), ()) for edition in editions]
    return [past for past in found if past is not None]


def notes(root: Path) -> list[str]:
    """Say which past is not up to date."""
    kept = pasts(root) if (root / "book" / "history").is_dir() else []
    return [past.note for past in kept if past.stale]


def _run(
    notebooks: Sequence[tuple[Path, Mapping[str, Parameter], Sequence[str]]],
) -> dict[str, Number]:
    """Run notebooks in this process; return the numbers under keys, those that are asked for."""
    from livingbrief.run.engine import execute

    numbers, folder = dict[str, Number](), Path(os.environ["LIVINGBRIEF_OUT"])
    for path, parameters, keys in notebooks:
        execute(path, folder, parameters)
        made = read_as(NotebookRecord, folder / "record.json").numbers
        # A key that only the data name is there when they do.
        numbers |= {key: made.get(key, NONE) for key in keys}
    return numbers
