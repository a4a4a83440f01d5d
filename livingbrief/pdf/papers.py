"""Papers: PDFs of some pages of the book, which its ``_config.yml`` asks for beside the report.

Under ``sphinx: config: typst_papers:`` each has the name of its file, its pages in order, and the
language they are in::

    note: {pages: [book/index, book/note], language: en}
    annex: {pages: [book/claims, book/data], title: Annex, apart: true}
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livingbrief.errors import InputError
from livingbrief.records import read_yaml


@dataclass(frozen=True)
class Paper:
    """One PDF: its pages in order, and their language.

    A link to a work leads into the report. One with a `title` has it on a
    page of its own, and contents; the pages of one that is `apart` are not in the report. Sections
    whose label is among `without` are left out: another page of the paper says the same.
    """

    pages: tuple[str, ...]
    language: str = "en"
    title: str = ""
    apart: bool = False
    without: tuple[str, ...] = ()


def served(asked: Mapping[str, Mapping[str, Any]], pages: Collection[str]) -> dict[str, Paper]:
    """Return the papers, by name, all of whose pages an edition has."""
    made = {}
    for name, of in asked.items():
        lists = {n: tuple(of[n]) for n in ("pages", "without") if n in of}
        made[name] = Paper(**{**of, **lists})
    return {name: paper for name, paper in made.items() if set(paper.pages) <= set(pages)}


def files(root: Path, listed: Collection[str], pages: Collection[str]) -> tuple[str, ...]:
    """Return the names of the PDFs of an edition.

    Parameters
    ----------
    root : Path
        The project.
    listed : collection of str
        All pages of ``_toc.yml``. An `InputError` names a page of a paper that is none of them.
    pages : collection of str
        Those that the edition has.
    """
    asked = (
        read_yaml(root / "_config.yml").get("sphinx", {}).get("config", {}).get("typst_papers", {})
    )
    for name, paper in asked.items():
        for page in paper["pages"]:
            if page not in listed:
                raise InputError(
                    f"_config.yml: the paper '{name}' has a page '{page}', which stands in no part "
                    "of _toc.yml: list it there, or leave it out"
                )
    return ("report.pdf", *(f"{name}.pdf" for name in served(asked, pages)))
