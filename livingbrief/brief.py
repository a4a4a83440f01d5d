"""What the engine asks of a brief. Every answer has a default; a brief gives those it needs.

``pyproject.toml`` of a project names its brief as ``[tool.livingbrief] brief = "module:NAME"``; a
project whose file names none is built with the defaults. A folder without that file, such as a
data package by itself, is looked at as part of the project that holds the engine.
"""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livingbrief.errors import InputError, read_text
from livingbrief.paths import project_root

if TYPE_CHECKING:
    import pandas as pd

    from livingbrief.claims.turning import Turns
    from livingbrief.data.access import Data
    from livingbrief.data.catalog import Catalog
    from livingbrief.data.reading import Reading
    from livingbrief.edition import Edition


@dataclass(frozen=True)
class Layout:
    """How one publisher lays out its files.

    `read`: takes the files (of a workbook: its path), the catalogue and the date of the vintage;
    `largest_mb`: above that a file is refused; `workbook`: whether it is one ``.xlsx``.
    """

    read: Callable[[Any, Catalog, str], Reading]
    largest_mb: int = 100
    workbook: bool = False


@dataclass(frozen=True)
class Fetcher:
    """Where a publisher prints now: its name, its address, and what fetches from it."""

    name: str
    base_url: str
    fetch: Callable[..., Any]


class Brief:
    """The defaults: a brief of one country, without a narrative of its own."""

    #: Printed with the report and in what it leaves behind; of a project that names no brief, the
    #: name and version of its ``pyproject.toml``.
    name: str = "brief"
    version: str = "0"
    #: What stands under the title of the PDF.
    subtitle: str = ""
    #: Parts of the brief into which its claims fall; empty: any.
    sections: Sequence[str] = ()
    #: What the ledger's first column and the tracker look back to, the year of the brief, and the
    #: first day to which a report looks back, if not that of the first vintage.
    then_words: str = "Then"
    year: int = 0
    first_day: str = ""
    #: Whose words are retold; stands on the title page.
    credit: str = ""
    #: Licence of text and figures, in words and its address, and further sentences at the foot of
    #: each page: other licences.
    licence: tuple[str, str] = ("", "")
    foot: Sequence[str] = ()
    #: What to do about a fault, where that can be done if ``livingbrief_repository`` of
    #: ``_config.yml`` names no address, and its path below that address.
    corrections: tuple[str, str, str] = ("", "", "")
    #: Pages, the first page first, and notebooks of reports without the narrative; both empty: all.
    general_pages: Sequence[str] = ()
    general_notebooks: Sequence[str] = ()
    #: The country of tables and editions that name none, and the host of such editions; empty: the
    #: tables are of one place and have no column ``iso3``.
    home: str = ""
    away: str = ""
    #: The table whose vintages are compared series by series, and its headline series.
    main_table: str = ""
    headline_series: Sequence[str] = ()
    #: Tables from which countries and hosts have their names, whatever a notebook reads.
    names_from: Sequence[str] = ()
    #: Key pattern to label: numbers that are compared with those of the last report.
    headlines: Sequence[tuple[str, str]] = ()
    #: What the page that compares countries judges in each: a claim, and its measures as
    #: ``claims.yml`` has them.
    compared: Sequence[tuple[str, Sequence[Mapping[str, str]]]] = ()
    #: Publisher to how its files are laid out, and to where it prints now.
    layouts: Mapping[str, Layout] = {}
    fetchers: Mapping[str, Fetcher] = {}
    #: Table to what handles its traps when it is read.
    cleaners: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {}
    #: Modules that notebooks load.
    preload: Sequence[str] = ()
    #: The class of the data of an edition; None: `livingbrief.data.access.Data`.
    data_class: type[Data] | None = None

    def as_printed(self, root: Path, edition: Edition) -> Mapping[str, pd.DataFrame]:
        """Return figures as each printing had them; see `livingbrief.claims.firm.Printed`."""
        return {}

    def turns(self, root: Path, edition: Edition) -> Turns:
        """Return how often such figures turn by an archive; see `livingbrief.claims.turning`."""
        return {}

    def title(self, edition: Edition, country_name: str) -> str:
        """Return the title of an edition's report."""
        return edition.title

    def country_name(self, catalog: Catalog, code: str) -> str:
        """Return what a reader calls a country."""
        return code

    def countries(self, catalog: Catalog) -> Sequence[str]:
        """Return all countries of which an annex can be tried."""
        return ()

    def host(self, catalog: Catalog, country: str) -> str:
        """Return the host of an edition that names a country and no host; empty for none."""
        return self.away

    def refuse_unknown_country(self, catalog: Catalog, code: str, held: Any) -> None:
        """Refuse what is no code of a country, with a `DataError`."""

    def words(self, country: str, host: str) -> Mapping[str, str]:
        """Return further names that prose may print."""
        return {}

    def tells_narrative(self, edition: Edition) -> bool:
        """Whether the report of an edition retells the brief and judges its claims."""
        return edition.narrative

    def check_served(self, root: Path, edition: Edition) -> None:
        """Refuse, with an `InputError`, an edition that the data cannot serve."""


def stated(root: Path) -> tuple[Path, dict[str, str], str]:
    """Return folder, name and version of a project, and where its brief is: ``module:NAME``."""
    root = root.resolve()
    folders = (root, root.parent, Path(__file__).parents[1])
    path = next(filter(Path.is_file, (folder / "pyproject.toml" for folder in folders)), None)
    try:
        content = tomllib.loads(read_text(path)) if path else {}
        project = content.get("project", {})
        own = {name: str(project[name]) for name in ("name", "version") if name in project}
        place = str(content.get("tool", {}).get("livingbrief", {}).get("brief", ""))
    except (tomllib.TOMLDecodeError, AttributeError, TypeError) as error:
        raise InputError(f"pyproject.toml cannot be read: {error}") from None
    return path.parent if path else root, own, place


@lru_cache(maxsize=8)
def _loaded(place: str, **project: str) -> Brief:
    module, _, name = place.partition(":")
    try:
        found = getattr(importlib.import_module(module), name) if place else Brief()
        if not isinstance(found, Brief):
            raise TypeError(f"{name} is a {type(found).__name__}")
    except (ImportError, AttributeError, SyntaxError, TypeError, ValueError) as error:
        raise InputError(
            f"pyproject.toml names the brief {place!r}, which cannot be loaded ({error}): give "
            "module and name of a `Brief`, as in lending:BRIEF"
        ) from None
    vars(found).update(project)
    return found


def load(root: Path) -> Brief:
    """Return the brief of a project, or of the project of a data package."""
    folder, own, place = stated(root)
    # After all else, so that nothing in a project hides a library.
    if place and str(folder) not in sys.path:
        sys.path.append(str(folder))
    return _loaded(place, **({} if place else own))


def brief() -> Brief:
    """Return the brief of the project of the working folder."""
    return load(project_root())


def packages(root: Path) -> list[Path]:
    """Return where the code lies that makes a report: the engine's, and the brief's own."""
    engine = Path(__file__).parent
    top = stated(root)[2].partition(":")[0].partition(".")[0]
    spec = importlib.util.find_spec(top) if top else None
    # A brief may be a module by itself.
    places = (spec.submodule_search_locations or [str(spec.origin)]) if spec else ()
    return [engine, *map(Path, places)]
