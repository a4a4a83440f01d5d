"""The page on data: one entry for each dataset, written from the descriptor."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from livingbrief.data import due
from livingbrief.data.access import open_catalog
from livingbrief.data.catalog import Catalog
from livingbrief.data.descriptor import Resource
from livingbrief.escape import markdown
from livingbrief.wording import capital, long_date

SOURCES_SHOWN = 4
SERIES = {"indicator", "iso3", "year", "value"}
ADDRESS = re.compile(r"https?://[^\s<>\"`\\{}|^]+")


def datasets_markdown(root: Path, cited: Mapping[str, Iterable[str]] | None = None) -> str:
    """Entries of datasets as Markdown (MyST), for the page on data and vintages.

    `cited`: names of the sources to give, of a table or of one source inside it, each with the days
    of its vintages; they have a line each.
    """
    catalog = open_catalog(root)
    if cited is None:
        return "\n".join(_entry(catalog, table) for table in catalog.tables)
    # A name that is a table's own is of no other table, which may take rows from it.
    own = {table.line for table in catalog.tables.values()}
    lines, left = [], set(cited)
    for table, about in catalog.tables.items():
        names = {s.line for r in catalog.of_table(table) for s in r.sources} - own | {about.line}
        left -= names
        if printed := _printed({day for name in names for day in cited.get(name, ())}):
            title, publisher = markdown(about.title), markdown(about.publisher)
            lines.append(f"- **{title}**, {publisher}{printed}. {_licences(_main(catalog, table))}")
    return "\n".join([*lines, *(f"- {markdown(n)}{_printed(cited[n])}." for n in sorted(left))])


def summary_rows(root: Path) -> list[list[str]]:
    """Return for each table its title, publisher, newest vintage and what comes next (Markdown)."""
    catalog, rows, following = open_catalog(root), [], {}
    for publisher, of in due.expected(catalog).items():
        first = next(r.table for r in catalog.resources if r.publisher == publisher)
        if not of.overtaken:
            following[of.entry.table or first] = f"{markdown(of.entry.what)} ({of.when})"
    for table, about in catalog.tables.items():
        newest = long_date(max(r.vintage for r in catalog.of_table(table)))
        cells = [markdown(about.title), markdown(about.publisher), newest]
        rows.append([*cells, following.get(table, "–")])
    return rows


def _main(catalog: Catalog, table: str) -> list[Resource]:
    """Return the default vintage of each part of a table."""
    parts = sorted({r.part for r in catalog.of_table(table)})
    return [catalog.default(table, part) for part in parts]


def _printed(days: Iterable[str]) -> str:
    found = [long_date(day) for day in sorted(days)]
    if not found[1:]:
        return "".join(f", vintage of {day}" for day in found)
    return f", vintages from {found[0]} to {found[-1]}"


def _entry(catalog: Catalog, table: str) -> str:
    resources, about, main = catalog.of_table(table), catalog.tables[table], _main(catalog, table)
    days = {p.checked for r in resources if (p := catalog.descriptor.publishers.get(r.publisher))}
    checked = f" Last checked on {long_date(min(days - {''}))}." if days - {""} else ""
    caveats = dict.fromkeys(f"- {markdown(c)}" for r in resources for c in r.caveats)
    lines = [
        f"## {markdown(about.title)}\n",
        markdown(" ".join(dict.fromkeys(r.description for r in main))) + "\n",
        f"- **Publisher.** {markdown(about.publisher)}.{checked}",
        *_vintages(resources, main),
        f"- **Sources.** {_sources(resources)}",
        f"- **Licence.** {_licences(main)}",
        f"- **Maturity.** {_maturity(catalog, resources)}",
        *(["\nRead with care:\n", *caveats] if caveats else []),
    ]
    return "\n".join(lines) + "\n"


def _vintages(resources: list[Resource], main: list[Resource]) -> list[str]:
    if len(main) > 1:
        lines = [f"  - {markdown(r.title)}: {_printing(r)}" for r in main]
        return ["- **Parts, each with its own vintage.**", *lines]
    only, *others = [*main, *(r for r in resources if r is not main[0])]
    if not others:
        return [f"- **Vintage.** {_printing(only)}"]
    lacking = "what it lacks is then missing"
    if {column.name for column in only.fields} >= SERIES:
        lacking = "a series that it lacks comes from another vintage and is marked"
    return [
        f"- **Default vintage.** {_printing(only)}",
        f"- **Other vintages.** An edition may name one of them; {lacking}.",
        *(f"  - {_printing(r)}" for r in others),
    ]


def _printing(resource: Resource) -> str:
    when, how = long_date(resource.vintage), markdown(resource.dated_note)
    return f"{when} ({how}). {markdown(capital(resource.covers))}."


def _sources(resources: Iterable[Resource]) -> str:
    sources = {s.id: s for r in resources for s in r.sources}.values()
    links = dict.fromkeys(_linked(s.line, s.path.split(" ")[0]) for s in sources)
    if len(links) <= SOURCES_SHOWN:
        return "; ".join(links) + "."
    return f"{len(sources)} pages and files. Each row of the table names its own."


def _linked(title: str, address: str) -> str:
    text = markdown(title)
    return f"[{text}](<{address}>)" if ADDRESS.fullmatch(address) else text


def _licences(main: Iterable[Resource]) -> str:
    licences = {licence.name: licence for r in main for licence in r.licenses}
    return "; ".join(_linked(one.title, one.path) for one in licences.values()) + "."


def _maturity(catalog: Catalog, resources: Iterable[Resource]) -> str:
    entries = [entry for r in resources for entry in r.maturity.estimates]
    if not entries:
        words = dict.fromkeys(r.maturity.words for r in resources)
        return " ".join(filter(None, words)) or "Final, as far as the publisher says."

    parts = dict[tuple[str, str, str], set[str]]()
    for entry in entries:
        at = (entry.indicator, entry.iso3, entry.reason)
        parts.setdefault(at, set()).add(str(entry.year))
    sentences = [
        f"{markdown(catalog.explain(code).label)}, "
        f"{', '.join([markdown(catalog.brief.country_name(catalog, iso3)), *sorted(years)])} "
        f"(each in the vintages that print it so): {markdown(reason)}"
        for (code, iso3, reason), years in sorted(parts.items())
    ]
    about = catalog.explained(catalog.table_of(entries[0].indicator)).values()
    if modelled := [markdown(one.label) for one in about if one.status == "estimate"]:
        sentences.append(f"Modelled, in all years: {', '.join(modelled)}")
    return "Final, but for estimates. " + ". ".join(sentences) + "."
