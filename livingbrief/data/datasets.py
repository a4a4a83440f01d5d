"""The page on data: one entry for each dataset, written from the descriptor."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from livingbrief.data.access import open_catalog
from livingbrief.data.catalog import Catalog, Resource, publisher_line
from livingbrief.escape import markdown
from livingbrief.wording import enumerated, spells

SOURCES_SHOWN = 4
SERIES = {"indicator", "iso3", "year", "value"}
ADDRESS = re.compile(r"https?://[^\s<>\"`\\{}|^]+")


def datasets_markdown(root: Path, cited: Mapping[str, Iterable[str]] | None = None) -> str:
    """Entries of datasets as Markdown (MyST), for the page on data and vintages.

    Each has a second-level heading, then what it is, who publishes it, its vintage and how that is
    dated, coverage, licence, maturity and caveats; of those that are cited alone, a line.

    Parameters
    ----------
    root : Path
        The project.
    cited : mapping, optional
        Names of the sources to give, of a table or of one source inside it, each with the days of
        its vintages; one that is of neither is given by its name.
    """
    catalog = open_catalog(root)
    names = {table: list(_names(catalog, table)) for table in catalog.tables}
    if cited is not None:
        # A name that is a table's own is of no other table, which may take rows from it.
        own = {told[0] for told in names.values()}
        mine = {table: {*told} - own | {told[0]} for table, told in names.items()}
        lines = [
            _line(catalog, t, {d for n in of for d in cited.get(n, ())}) for t, of in mine.items()
        ]
        for name in sorted(cited.keys() - set().union(*mine.values())):
            lines.append(f"- {markdown(name)}{_printed(cited[name])}.")
        return "\n".join(filter(None, lines))
    return "\n".join(_entry(catalog, table) for table in names)


def _line(catalog: Catalog, table: str, days: Iterable[str]) -> str:
    if not (printed := _printed(days)):
        return ""
    parts = sorted({r.part for r in catalog.of_table(table)})
    licences = _licences(catalog.default(table, part) for part in parts)
    about = catalog.tables[table]
    told = f"- **{markdown(about['title'])}**, {markdown(about['publisher'])}"
    return f"{told}{printed}. {licences}"


def _printed(days: Iterable[str]) -> str:
    found = [in_words(day) for day in sorted(days)]
    if not found[1:]:
        return "".join(f", printed {day}" for day in found)
    return f", printed from {found[0]} to {found[-1]}"


def _names(catalog: Catalog, table: str) -> Iterator[str]:
    resources = catalog.of_table(table)
    yield publisher_line(catalog, resources)["source"]
    for resource in resources:
        yield from (_name(source) for source in resource.meta["sources"])


def _name(source: dict[str, Any]) -> str:
    return f"{source['publisher']}, {source['dataset']}"


def in_words(date: str) -> str:
    """Write an ISO date as `1 April 2026`."""
    day = dt.date.fromisoformat(date)
    return f"{day.day} {day:%B %Y}"


def years_in_words(years: Iterable[int]) -> str:
    """Write years as `2011, 2013 to 2015 and 2020`."""
    parts: list[object] = []
    for run in spells(years):
        parts += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else run
    return enumerated(parts)


def _entry(catalog: Catalog, table: str) -> str:
    resources = catalog.of_table(table)
    about = catalog.tables[table]
    main = [catalog.default(table, part) for part in sorted({r.part for r in resources})]
    lines = [f"## {markdown(about['title'])}", ""]
    lines += [markdown(" ".join(dict.fromkeys(r.meta["description"] for r in main))), ""]
    lines += [f"- **Publisher.** {markdown(about['publisher'])}.{_checked(catalog, resources)}"]
    if len(main) == 1 and len(resources) > 1:
        lines += _several_vintages(resources, main[0])
    else:
        lines += _one_vintage_each(main)
    lines += [f"- **Sources.** {_sources(resources)}"]
    lines += [f"- **Licence.** {_licences(main)}"]
    lines += [f"- **Maturity.** {_maturity(catalog, resources)}"]
    caveats = dict.fromkeys(c for r in resources for c in r.meta["caveats"])
    if caveats:
        lines += ["", "Read with care:", "", *(f"- {markdown(caveat)}" for caveat in caveats)]
    return "\n".join([*lines, ""])


def _checked(catalog: Catalog, resources: list[Resource]) -> str:
    known = catalog.descriptor.get("publishers", {})
    days = {known.get(r.publisher, {}).get("checked", "") for r in resources} - {""}
    return f" Last checked on {in_words(min(days))}." if days else ""


def _one_vintage_each(main: list[Resource]) -> list[str]:
    if len(main) == 1:
        only = main[0]
        return [f"- **Vintage.** {_vintage(only)}.", f"- **Coverage.** {_covers(only)}."]
    lines = ["- **Parts, each with its own vintage.**"]
    lines += [f"  - {markdown(r.meta['title'])}: {_vintage(r)}. {_covers(r)}." for r in main]
    return lines


def _several_vintages(resources: list[Resource], default: Resource) -> list[str]:
    lacking = "what it lacks is then missing."
    if {f["name"] for f in default.fields} >= SERIES:
        lacking = "a series that it lacks comes from the default vintage and is marked."
    lines = [
        f"- **Default vintage.** {_vintage(default)}.",
        f"- **Coverage.** {_covers(default)}.",
        f"- **Other vintages.** An edition may name one of them; {lacking}",
    ]
    lines += [f"  - {_vintage(r)}. {_covers(r)}." for r in resources if r is not default]
    return lines


def _vintage(resource: Resource) -> str:
    return f"{in_words(resource.vintage)} ({markdown(resource.meta['dated_note'])})"


def _covers(resource: Resource) -> str:
    text = resource.meta["covers"]
    return markdown(text[:1].upper() + text[1:])


def _sources(resources: Iterable[Resource]) -> str:
    sources = {s["id"]: s for r in resources for s in r.meta["sources"]}
    links = list(dict.fromkeys(_link(s) for s in sources.values()))
    if len(links) > SOURCES_SHOWN:
        publishers = dict.fromkeys(s["publisher"] for s in sources.values())
        names = list(publishers)[:SOURCES_SHOWN]
        others = len(publishers) - len(names)
        whose = "; ".join([*map(markdown, names), *([f"and {others} more"] if others else [])])
        return f"{len(sources)} pages and files of {whose}. Each row of the table names its own."
    return "; ".join(links) + "."


def _link(source: dict[str, Any]) -> str:
    return _linked(_name(source), source["path"].split(" ")[0])


def _linked(title: str, address: str) -> str:
    text = markdown(title)
    return f"[{text}](<{address}>)" if ADDRESS.fullmatch(address) else text


def _licences(main: Iterable[Resource]) -> str:
    licences = {entry["name"]: entry for r in main for entry in r.meta["licenses"]}
    return "; ".join(_linked(e["title"], e["path"]) for e in licences.values()) + "."


def _maturity(catalog: Catalog, resources: Iterable[Resource]) -> str:
    entries = [entry for r in resources for entry in r.meta["maturity"]["estimates"]]
    if not entries:
        words = dict.fromkeys(r.meta["maturity"].get("words", "") for r in resources)
        return " ".join(filter(None, words)) or "Final, as far as the publisher says."

    def key(entry: dict[str, Any]) -> tuple[str, str, str]:
        return entry["indicator"], entry["iso3"], entry["reason"]

    parts = []
    for (code, iso3, reason), group in groupby(sorted(entries, key=key), key=key):
        years = sorted({str(entry["year"]) for entry in group})
        what = (catalog.explain(code)["label"], catalog.brief.country_name(catalog, iso3))
        parts.append(
            f"{', '.join([*map(markdown, what), *years])} "
            f"(each in the vintages that print it so): {markdown(reason)}"
        )
    return "Final, but for estimates. " + ". ".join(parts) + "."
