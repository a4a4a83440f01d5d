"""Author-year references: one style for the list and for the citations in the text.

BibTeX's own styles lower-case Russian titles and number the list. Here list and citations share a
label, titles are printed as they stand, and a data set shows its vintage.

Set ``bibtex_default_style = bibtex_reference_style = "livingbrief"``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pybtex.plugin
import sphinxcontrib.bibtex.plugin
from pybtex.backends.plaintext import Backend as PlaintextBackend
from pybtex.database import BibliographyData, Entry
from pybtex.richtext import BaseText
from pybtex.style import FormattedEntry
from pybtex.style.formatting import BaseStyle
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.names.lastfirst import NameStyle
from pybtex.style.sorting import BaseSortingStyle
from pybtex.style.template import (
    field,
    first_of,
    href,
    join,
    names,
    optional,
    optional_field,
    sentence,
    tag,
    words,
)
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata
from sphinxcontrib.bibtex.style.referencing import BracketStyle, GroupReferenceStyle, PersonStyle
from sphinxcontrib.bibtex.style.referencing.basic_author_year import (
    BasicAuthorYearTextualReferenceStyle,
)
from sphinxcontrib.bibtex.style.referencing.basic_label import BasicLabelParentheticalReferenceStyle

from livingbrief import __version__
from livingbrief.book import templates
from livingbrief.book.ahead import Known
from livingbrief.book.bibliography import load, refuse_address
from livingbrief.wording import long_date

NAME = "livingbrief"


def authors(entry: Entry) -> str:
    """Return the authors as cited: ``Bai and Perron``, ``Ratha et al.``.

    Raises
    ------
    ValueError
        When the entry names nobody: a citation could not be told from its title.
    """
    named = ([*p.prelast_names, *p.last_names] for p in entry.persons.get("author", []))
    people = [re.sub(r"[{}]", "", " ".join(parts)) for parts in named]
    if not people:
        raise ValueError(f"references.bib: entry '{entry.key}' has no author")
    return f"{people[0]} et al." if people[2:] else " and ".join(people)


class AuthorYearLabels(BaseLabelStyle):
    """Labels such as ``World Bank 2024a``, with a letter where two would be the same."""

    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        """Yield the label of each entry, in their order, which the letters follow."""
        labels = [f"{authors(e)} {e.fields.get('year', 'n.d.')}" for e in sorted_entries]
        for at, label in enumerate(labels):
            letter = chr(ord("a") + labels[:at].count(label)) if labels.count(label) > 1 else ""
            yield f"{label}{'-' if letter and label.endswith('.') else ''}{letter}"


class AuthorYearOrder(BaseSortingStyle):
    """Order by author, year and title, without regard to capitals."""

    def sorting_key(self, entry: Entry) -> tuple[str, str, str]:
        """Return what the entry is ordered by."""
        title = re.sub(r"[{}`']", "", entry.fields.get("title", ""))
        return authors(entry).casefold(), entry.fields.get("year", "n.d."), title.casefold()


class ReportStyle(BaseStyle):
    """The list: label, names, title as it stands, where it appeared, vintage, address, note."""

    default_name_style = NameStyle
    default_label_style = AuthorYearLabels
    default_sorting_style = AuthorYearOrder

    def format_entry(
        self, label: str, entry: Entry, bib_data: BibliographyData | None = None
    ) -> FormattedEntry:
        """Return one entry of the list, which prints after its label."""
        refuse_address(entry)
        return FormattedEntry(entry.key, self.in_words(entry, *_ORIGIN), label)

    def in_words(self, entry: Entry, *more: Any) -> BaseText:
        """Return who wrote a work, its title and where it appeared, and more."""
        title = field("title") if entry.type == "article" else tag("em")[field("title")]
        translation = optional[join["[", field("translation"), "]"]]
        kind = "[data set]" if entry.type == "dataset" else ""
        where = _IN_JOURNAL if entry.type == "article" else _PUBLISHED
        by = names("author", sep=", ", sep2=" and ", last_sep=" and ")
        parts = sentence[by], sentence(sep=" ")[title, translation, kind], where, *more
        text: BaseText = words[parts].format_data({"entry": entry, "style": self})
        return text


_IN_JOURNAL = join[
    tag("em")[field("journal")],
    " ",
    field("volume"),
    optional[join["(", field("number"), ")"]],
    ": ",
    field("pages"),
    ".",
]
_PUBLISHED = sentence[
    optional_field("howpublished"),
    optional_field("institution"),
    optional_field("publisher"),
    optional[words[first_of[optional_field("type"), "No."], field("number")]],
    optional[words[field("edition"), "edition"]],
    optional[field("date", long_date, raw=True)],
]
_ORIGIN = (
    optional[sentence(sep=" ")["Vintage:", field("vintage")]],
    optional[join[href(field("url", raw=True))[field("url", raw=True)], "."]],
    optional[sentence(sep=" ")["Accessed", field("urldate", long_date, raw=True)]],
    optional[sentence(sep=" ")["Licence:", field("licence")]],
    optional[sentence[field("note")]],
)


@dataclass
class References(GroupReferenceStyle):
    """``(World Bank 2024a; Garwood 1936)`` with the list's labels; ``Bai and Perron (1998)``."""

    def __post_init__(self) -> None:
        self.person, brackets = PersonStyle(), BracketStyle(left="(", right=")", sep="; ")
        self.styles += [
            BasicLabelParentheticalReferenceStyle(bracket=brackets),
            BasicAuthorYearTextualReferenceStyle(bracket=brackets),
        ]
        super().__post_init__()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Make the styles known under the name ``livingbrief``."""
    # Looked up for every citation, and through all installed packages unless registered.
    pybtex.plugin.register_plugin("pybtex.backends", "plaintext", PlaintextBackend, force=True)
    pybtex.plugin.register_plugin("pybtex.style.formatting", NAME, ReportStyle, force=True)
    sphinxcontrib.bibtex.plugin.register_plugin(
        "sphinxcontrib.bibtex.style.referencing", NAME, References, force=True
    )
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def listed(path: Path, out: Known | None, part: str) -> str:
    """Return a part of the page of references as Markdown.

    Parameters
    ----------
    path : Path
        ``references.bib``.
    out : Known, optional
        What was out by the day to which a report looks back; other data sets are listed apart.
    part : {"brief", "data", "all"}
        Where the brief cites each of its works; data sets with vintages; all works that are cited.
    """
    works = load(path)
    early = out.out(works) if out else [*works]
    later = sorted((works.keys() & out.data) - {*early}) if out else []
    day = long_date(out.day) if out else ""
    kept = {key: works[key] for key in early}
    return templates.page("references", part=part, works=kept, later=later, day=day)


def in_words(entry: Entry) -> str:
    """Return who wrote a work, its title and where it appeared, as plain text."""
    year = "" if "date" in entry.fields else f"{entry.fields.get('year', '')}."
    return str(ReportStyle().in_words(entry, year).render(PlaintextBackend()))
