"""Author-year references: one style for the list and for the citations in the text.

BibTeX's own styles lower-case Russian titles and number the list beside author-year citations.
Here list and citations take their author, year and letter from one label, titles are printed as
they stand in ``references.bib``, and a data set shows its vintage.

Set ``bibtex_default_style = bibtex_reference_style = "livingbrief"`` after calling `register`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pybtex.plugin
import sphinxcontrib.bibtex.plugin
from pybtex.backends.plaintext import Backend as PlaintextBackend
from pybtex.database import BibliographyData, Entry, Person, parse_file
from pybtex.richtext import BaseText, HRef, String, Tag, Text
from pybtex.style import FormattedEntry
from pybtex.style.formatting import BaseStyle
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.sorting import BaseSortingStyle
from pybtex.style.template import Node
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.style.referencing import BracketStyle, GroupReferenceStyle
from sphinxcontrib.bibtex.style.referencing.basic_label import (
    BasicLabelParentheticalReferenceStyle,
    BasicLabelTextualReferenceStyle,
)
from sphinxcontrib.bibtex.style.template import join, node, reference

from livingbrief import __version__
from livingbrief.book import templates
from livingbrief.book.ahead import Known
from livingbrief.escape import unfit_address
from livingbrief.records import RecordError
from livingbrief.wording import long_date

NAME = "livingbrief"


def family_name(person: Person) -> str:
    """Return the name under which a person or a body is cited: ``World Bank``, ``Bai``."""
    parts = [*person.prelast_names, *person.last_names]
    return re.sub(r"[{}]", "", " ".join(parts))


def authors(entry: Entry) -> str:
    """Return the authors as cited: ``Bai and Perron``, ``Ratha et al.``.

    Raises
    ------
    ValueError
        When the entry names nobody: a citation could not be told from its title.
    """
    people = [family_name(person) for person in entry.persons.get("author", [])]
    if not people:
        raise ValueError(f"references.bib: entry '{entry.key}' has no author")
    if len(people) > 2:
        return f"{people[0]} et al."
    return " and ".join(people)


def labels(entries: Iterable[Entry]) -> dict[str, tuple[str, str]]:
    """Return author and year of each entry, the year with a letter where two would be the same.

    Parameters
    ----------
    entries : iterable of Entry
        In the order of the list: letters follow it.

    Returns
    -------
    dict
        Citation key to ``(authors, year)``, such as ``("World Bank", "2024a")``.
    """
    pairs = {entry.key: (authors(entry), entry.fields.get("year", "n.d.")) for entry in entries}
    same: dict[tuple[str, str], list[str]] = {}
    for key, pair in pairs.items():
        same.setdefault(pair, []).append(key)
    named = {}
    for key, (people, year) in pairs.items():
        keys = same[people, year]
        letter = chr(ord("a") + keys.index(key)) if len(keys) > 1 else ""
        separator = "-" if letter and not year[-1].isdigit() else ""
        named[key] = (people, f"{year}{separator}{letter}")
    return named


class AuthorYearLabels(BaseLabelStyle):
    """Labels such as ``World Bank 2024a``."""

    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        """Yield the label of each entry, in their order."""
        return (" ".join(pair) for pair in labels(sorted_entries).values())


class AuthorYearOrder(BaseSortingStyle):
    """Order by author, year and title, without regard to capitals."""

    def sorting_key(self, entry: Entry) -> tuple[str, str, str]:
        """Return what the entry is ordered by."""
        title = re.sub(r"[{}`']", "", entry.fields.get("title", ""))
        return authors(entry).casefold(), entry.fields.get("year", "n.d."), title.casefold()


class ReportStyle(BaseStyle):
    """The list: label, names, title as it stands, where it appeared, vintage, address, note."""

    default_name_style = "lastfirst"
    default_label_style = NAME
    default_sorting_style = NAME

    def format_entry(
        self, label: str, entry: Entry, bib_data: BibliographyData | None = None
    ) -> FormattedEntry:
        """Return one entry of the list, which prints after its label."""
        parts = [_names(entry).add_period(), _title(entry), *_container(entry), *_origin(entry)]
        return FormattedEntry(entry.key, Text(" ").join(parts), label)


def _rich(entry: Entry, name: str) -> BaseText:
    return Text.from_latex(entry.fields[name])


def _names(entry: Entry) -> BaseText:
    people = []
    for person in entry.persons["author"]:
        given = " ".join([*person.first_names, *person.middle_names])
        people.append(", ".join(part for part in (family_name(person), given) if part))
    if len(people) == 1:
        return Text(people[0])
    return Text(", ".join(people[:-1]), " and ", people[-1])


def _title(entry: Entry) -> BaseText:
    title: BaseText = _rich(entry, "title")
    inside = entry.type == "article"
    parts: list[BaseText | str] = [title if inside else Tag("em", title)]
    if "translation" in entry.fields:
        parts.append(f" [{entry.fields['translation']}]")
    if entry.type == "dataset":
        parts.append(" [data set]")
    return Text(*parts).add_period()


def _container(entry: Entry) -> list[BaseText]:
    fields = entry.fields
    if entry.type == "article":
        number = f"({fields['number']})" if "number" in fields else ""
        where = f" {fields['volume']}{number}: {fields['pages']}.".replace("--", "–")
        return [Text(Tag("em", _rich(entry, "journal")), where)]
    made = [name for name in ("howpublished", "institution", "publisher") if name in fields]
    parts: list[BaseText | str] = [_rich(entry, name) for name in made]
    if "number" in fields:
        parts.append(f"{fields.get('type', 'No.')} {fields['number']}")
    if "edition" in fields:
        parts.append(f"{fields['edition']} edition")
    if "date" in fields:
        parts.append(long_date(fields["date"]))
    return [Text(", ").join(parts).add_period()] if parts else []


def _origin(entry: Entry) -> list[BaseText]:
    fields = entry.fields
    parts: list[BaseText] = []
    if "vintage" in fields:
        parts.append(Text("Vintage: ", _rich(entry, "vintage")).add_period())
    if "url" in fields:
        _refuse_address(entry)
        parts.append(Text(HRef(fields["url"], String(fields["url"])), "."))
    if "urldate" in fields:
        parts.append(Text(f"Accessed {long_date(fields['urldate'])}."))
    if "licence" in fields:
        parts.append(Text(f"Licence: {fields['licence']}."))
    if "note" in fields:
        parts.append(_rich(entry, "note").add_period())
    return parts


@node
def label_part(children: list[Any], data: dict[str, Any]) -> BaseText:
    """Give the authors of the label, or with the child 1 its year, letter included."""
    return Text(data["formatted_entry"].label.rsplit(" ", 1)[children[0]])


@dataclass
class LabelTextual(BasicLabelTextualReferenceStyle):
    """``Bai and Perron (1998)``."""

    def inner(self, role_name: str) -> Node:
        """Return the template of one citation."""
        year = join["(", reference[label_part[1]], ")"]
        return join(sep=self.text_reference_sep)[label_part[0], year]


@dataclass
class LabelReferences(GroupReferenceStyle):
    """``cite:p`` and ``cite:t``: ``(World Bank 2024a; Garwood 1936)`` with the list's labels."""

    def __post_init__(self) -> None:
        brackets = BracketStyle(left="(", right=")", sep="; ")
        parenthetical = BasicLabelParentheticalReferenceStyle(bracket=brackets)
        self.styles.extend([parenthetical, LabelTextual(bracket=brackets)])
        super().__post_init__()


def register() -> None:
    """Make the style known to pybtex and to sphinxcontrib-bibtex under the name ``livingbrief``."""
    # Looked up for every citation, and through all installed packages unless registered.
    pybtex.plugin.register_plugin("pybtex.backends", "plaintext", PlaintextBackend, force=True)
    pybtex.plugin.register_plugin("pybtex.style.formatting", NAME, ReportStyle, force=True)
    pybtex.plugin.register_plugin("pybtex.style.labels", NAME, AuthorYearLabels, force=True)
    pybtex.plugin.register_plugin("pybtex.style.sorting", NAME, AuthorYearOrder, force=True)
    sphinxcontrib.bibtex.plugin.register_plugin(
        "sphinxcontrib.bibtex.style.referencing", NAME, LabelReferences, force=True
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the style when Sphinx loads this module as an extension."""
    register()
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def listed(path: Path, out: Known | None, part: str) -> str:
    """Return a part of the page of references as Markdown.

    Parameters
    ----------
    path : Path
        ``references.bib``.
    out : Known, optional
        What was out by the day to which a report looks back; what was not is left out, or, of data
        sets, listed apart.
    part : {"brief", "data", "all"}
        Where the brief cites and lists each of its works; the data sets with their vintages; all
        works that are cited.
    """
    works = load(path)
    early = out.out(works) if out else [*works]
    later = sorted((works.keys() & out.data) - {*early}) if out else []
    day = long_date(out.day) if out else ""
    kept = {key: works[key] for key in early}
    return templates.page("references", part=part, works=kept, later=later, day=day)


def told(entry: Entry) -> str:
    """Return who wrote a work, its title and where it appeared, as plain text."""
    year = "" if "date" in entry.fields else f"{entry.fields.get('year', '')}."
    parts = [_names(entry).add_period(), _title(entry), *_container(entry), year]
    return str(Text(" ").join(filter(None, parts)).render(PlaintextBackend()))


def load(path: Path) -> dict[str, Entry]:
    """Read ``references.bib``: citation key to entry, in the order of the file.

    A `RecordError` if an entry has an address that is none of a source.
    """
    found = dict(parse_file(str(path), bib_format="bibtex").entries)
    for entry in found.values():
        _refuse_address(entry)
    return found


def _refuse_address(entry: Entry) -> None:
    if fault := unfit_address(entry.fields.get("url", "")):
        raise RecordError(f"book/references.bib: the url of entry '{entry.key}' is {fault}")
