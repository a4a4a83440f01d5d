"""What moved: in the data since the vintage before, in headline numbers since the last report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remitrisk.data.access import open_catalog, open_data
from remitrisk.data.catalog import LATEST, Catalog, Resource
from remitrisk.data.datasets import in_words, years_in_words
from remitrisk.data.differences import HEADLINE, changes, headline_table, series_table
from remitrisk.editions import Edition
from remitrisk.exhibits.numbers import WITH_VALUE

TABLE = "worldbank.wdi"
RECENT = 3
HEADLINES = (
    ("remittances.gross.growth_pct.{year}", "Gross remittances in dollars, change in {year}"),
    ("remittances.net.growth_pct.{year}", "Net remittances in dollars, change in {year}"),
    ("remittances.rub.growth_pct.{year}", "Gross remittances in rubles, change in {year}"),
    ("remittances.gross.pct_gdp.{year}", "Gross remittances as a share of GDP, {year}"),
    ("poverty.rate_pct.{year}", "Poverty at the national line, {year}"),
    ("ruble.value_change_pct.{year}", "The ruble’s value in dollars, change in {year}"),
    ("elasticity.ruble.y2009_2023", "Elasticity of the gross inflow to the ruble, 2009 to 2023"),
    (
        "shock.counterfactual.gross.effect_pct.2022",
        "Gross remittances in 2022 against what was expected",
    ),
)


@dataclass(frozen=True)
class Before:
    """An earlier vintage to compare with, and the headline series that are compared.

    Attributes
    ----------
    resource : Resource
    series : tuple of str or None
        None for a whole table: every series is compared.
    """

    resource: Resource
    series: tuple[str, ...] | None


def vintage_used(catalog: Catalog, edition: Edition) -> Resource:
    """Return the World Development Indicators that an edition uses."""
    request = edition.vintage.get("worldbank", LATEST)
    asked = [r for r in catalog.of_table(TABLE) if r.vintage == request]
    return asked[0] if asked else catalog.base(TABLE, request)


def vintages_before(catalog: Catalog, used: Resource, country: str) -> list[Before]:
    """Return what a vintage is compared with.

    The whole table before it. If there is none, or if it holds only some series itself, each
    headline series of the country is compared with the newest earlier vintage that prints it.
    """
    earlier = [r for r in reversed(catalog.of_table(TABLE)) if r.vintage < used.vintage]
    whole = [r for r in earlier if r.is_full]
    if used.is_full and whole:
        return [Before(whole[0], None)]
    found, seen = [], set()
    for resource in earlier:
        both = [
            code
            for code in HEADLINE
            if code not in seen
            and all(_prints(catalog, r, code, country) for r in (used, resource))
        ]
        if both:
            found.append(Before(resource, tuple(both)))
            seen.update(both)
    return found


def _prints(catalog: Catalog, resource: Resource, code: str, country: str) -> bool:
    return bool((catalog.rows_of(resource, code)["iso3"] == country).any())


def data_changes(root: Path, edition: Edition) -> str:
    """Write what moved in the data between the vintage of an edition and the one before.

    Returns
    -------
    str
        Markdown without headings above the third level: headline series of the edition's
        country, old, new and difference; how many values are new, revised, withdrawn.
    """
    catalog = open_catalog(root)
    used = vintage_used(catalog, edition)
    before = vintages_before(catalog, used, edition.country)
    now = f"This edition uses the World Bank’s figures of {in_words(used.vintage)}."
    parts = [_compared(now, used, before), *_gone(root, edition)]
    for item in before:
        found = changes(
            root,
            used.publisher,
            item.resource.vintage,
            used.vintage,
            edition.country,
            item.series,
        )
        names = "headline series" if item.series is None else _names(catalog, item.series)
        counts = ", ".join(f"{n:,} {change}" for change, n in found.counts.items())
        parts.append(f"### Since {in_words(item.resource.vintage)}: {names}")
        parts.append(f"Values, all countries together: {counts}.")
        parts.append(headline_table(found))
        if item.series is None:
            parts += [f"### Since {in_words(item.resource.vintage)}: all series"]
            parts += [series_table(found)]
    return "\n\n".join(parts)


def _compared(now: str, used: Resource, before: list[Before]) -> str:
    if not before:
        return f"{now} The data package holds no earlier vintage of this country’s headline series."
    if before[0].series is None:
        return f"{now} They are compared with those of {in_words(before[0].resource.vintage)}."
    why = "is the first whole table" if used.is_full else "holds some of the series"
    return (
        f"{now} That vintage {why} in the data package, so each headline series is compared with "
        "the newest earlier vintage that prints it, from the first year that both have."
    )


def _names(catalog: Catalog, codes: tuple[str, ...]) -> str:
    labels = [str(catalog.explain(code)["label"]) for code in codes]
    return "; ".join(
        text if text[:2].isupper() else f"{text[:1].lower()}{text[1:]}" for text in labels
    )


def _gone(root: Path, edition: Edition) -> list[str]:
    """Name the years of headline series that the edition's vintage no longer prints."""
    data = open_data(root, edition)
    lines = [
        f"- {ending.label}: {years_in_words(years)}, last printed in the vintage of "
        f"{in_words(printed)}"
        for ending in data.ends()
        for printed, years in ending.gone.items()
    ]
    if not lines:
        return []
    head = "**Withdrawn by the publisher**, and therefore neither zero nor filled in:"
    return [head, "\n".join(lines)]


def headline_keys(last_year: int) -> dict[str, str]:
    """Return the headline keys with their labels; those of years cover the last three."""
    years = range(last_year - RECENT + 1, last_year + 1)
    return {
        key.format(year=year): label.format(year=year)
        for key, label in HEADLINES
        for year in (years if "{year}" in key else (0,))
    }


def moved_numbers(
    last_report: Path, results: Mapping[str, Mapping[str, Any]], edition: Edition
) -> list[dict[str, str]] | None:
    """Compare headline numbers with those of the last report.

    Parameters
    ----------
    last_report : Path
        Folder of the report that is replaced.
    results : mapping
        ``results.json`` of this build.
    edition : Edition

    Returns
    -------
    list of dict or None
        For each headline number that reads otherwise: ``key``, ``label``, ``from`` and ``to`` as
        printed, ``text`` (the three as one line). None if there is no earlier report of this
        country to compare with.
    """
    try:
        book = json.loads((last_report / "book.json").read_text(encoding="utf-8"))
        old = json.loads((last_report / "results.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if book["edition"]["country"] != edition.country:
        return None
    moved = []
    for key, label in headline_keys(edition.last_year).items():
        if key not in results or key not in old:
            continue
        was, now = _printed(old[key]), _printed(results[key])
        known = any(entry["value"] is not None for entry in (old[key], results[key]))
        if known and was != now:
            text = f"{label}: {was} → {now}"
            moved.append({"key": key, "label": label, "from": was, "to": now, "text": text})
    return moved


def _printed(entry: Mapping[str, Any]) -> str:
    soft = entry["status"] in WITH_VALUE and entry["status"] != "final"
    return f"{entry['text']} ({entry['status']})" if soft else str(entry["text"])
