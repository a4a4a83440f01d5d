"""National Bank of the Kyrgyz Republic: a monthly table of transfers.

No stable public layout was found; this one is the project's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from livingbrief.data.catalog import Catalog
from livingbrief.data.errors import DataError
from livingbrief.data.files import Member, csv_rows, even_rows, refuse_no_line_end
from livingbrief.data.reading import Draft, Reading, in_order, number
from livingbrief.data.validating import refuse_other_scale
from livingbrief.wording import counted
from remitrisk.layouts.economies import ECONOMIES

TABLE = "nbkr.transfers"
COLUMNS = ["month", "direction", "country", "system", "usd_mn", "definition"]
MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
TOTAL = "TOTAL"
FIRST_OF_2024_DEFINITION = "2023-01"
LAST_OF_2012_DEFINITION = "2023-12"
POSSIBLE = {"minimum": 0, "maximum": 5_000.0}
TOLERANCE = 1.02
IN_OUT = "in: to Kyrgyzstan; out: from it"
OTHER_SIDE = "Country on the other side (ISO 3166-1 alpha-3), or TOTAL"
DEFINITION = "The National Bank's definition: 2012, or 2024 (cards and e-wallets added)"

TABLE_ENTRY = {
    "publisher": "National Bank of the Kyrgyz Republic",
    "dataset": "money transfers by month, country and system",
    "title": "Monthly transfers by country and system",
}


def template(vintage: str) -> dict[str, Any]:
    """Descriptor entry of the first vintage of the table."""
    return {
        "name": f"{TABLE}.{vintage}",
        "path": f"nbkr/{vintage}/transfers.csv",
        "profile": "tabular-data-resource",
        "title": TABLE_ENTRY["title"],
        "description": "Transfers of individuals by month, direction, country and system.",
        "table": TABLE,
        "publisher": "nbkr",
        "vintage": vintage,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "licenses": [
            {
                "name": "facts-only",
                "title": "Single published figures, quoted with their source; no text copied",
                "path": "LICENSE-DATA.md",
            }
        ],
        "sources": [
            {
                "id": "nbkr_transfers",
                "title": "National Bank of the Kyrgyz Republic: money transfers by month",
                "path": "https://www.nbkr.kg/",
                "publisher": "National Bank of the Kyrgyz Republic",
                "dataset": TABLE_ENTRY["dataset"],
                "stated_vintage": vintage,
                "stated_licence": "none stated",
                "redistribute": "facts",
            }
        ],
        "maturity": {"default": "final", "estimates": []},
        "caveats": [
            "The National Bank changed its definition in 2024 (cards and e-wallets added, 2023 "
            "restated): the definitions 2012 and 2024 are different series and are never joined.",
            "Transfers through systems are not the World Bank's remittances, and the Bank of "
            "Russia counts differently: the three are never mixed.",
        ],
        "checks": [{"rule": "rows", "minimum": 1}],
        "schema": {
            "fields": [
                _field("month", "string", "Month", unit="month", pattern=MONTH.pattern),
                _field("direction", "string", IN_OUT, enum=["in", "out"]),
                _field("country", "string", OTHER_SIDE, pattern="[A-Z]{3}|TOTAL"),
                _field("system", "string", "Transfer system, or TOTAL for all of them"),
                _field("usd_mn", "number", "Transfers in the month", "US$ million", **POSSIBLE),
                _field("definition", "string", DEFINITION, enum=["2012", "2024"]),
            ],
            "primaryKey": ["month", "direction", "country", "system", "definition"],
            "missingValues": [""],
        },
    }


def _field(
    name: str, kind: str, description: str, unit: str | None = None, **limits: object
) -> dict[str, Any]:
    spec: dict[str, Any] = {"name": name, "type": kind, "description": description}
    if unit is not None:
        spec["unit"] = unit
    return {**spec, "constraints": {"required": True, **limits}}


def read(members: Sequence[Member], catalog: Catalog, vintage: str) -> Reading:
    """Read a monthly table of transfers.

    DataError if a line is not what the header says, a month is after the vintage, a definition is
    used outside its time, or countries add up to more than their total.
    """
    if len(members) != 1:
        raise DataError(f"{len(members)} files; the monthly table of transfers is one CSV file")
    member = members[0]
    header = next(csv_rows(member), None)
    if header is None or [n.strip() for n in header[1]] != COLUMNS:
        found = ", ".join(header[1])[:80] if header else "nothing"
        raise DataError(
            f"{member.name}: line {header[0] if header else 1}: the header is {found!r}, not "
            f"{', '.join(COLUMNS)}: is it shifted?"
        )
    refuse_no_line_end(member)
    rows = {
        f"{member.name}: line {line}, column usd_mn": _row(member, line, fields, vintage)
        for line, fields in even_rows(member, header[0], len(COLUMNS))
    }
    if not rows:
        raise DataError(f"{member.name}: no row below the header")
    frame = pd.DataFrame(list(rows.values()), columns=COLUMNS)
    _refuse_parts_above_total(member, frame)
    return Reading(
        layout="National Bank, transfers by month",
        drafts=(in_order(TABLE, frame, list(rows), [c for c in COLUMNS if c != "usd_mn"]),),
        notes=_gaps(frame),
        own=True,
    )


def _row(member: Member, line: int, fields: list[str], vintage: str) -> tuple[object, ...]:
    month, direction, country, system, text, definition = (f.strip() for f in fields)
    place = f"{member.name}: line {line}, column"
    fault = ""
    if MONTH.fullmatch(month) is None:
        fault = f"month: {month!r} is not a month written as 2024-01"
    elif not "1990-01" <= month <= vintage[:7]:
        fault = f"month: {month} is outside 1990-01 to {vintage[:7]}, the vintage"
    elif direction not in ("in", "out"):
        fault = f"direction: {direction!r} is neither 'in' nor 'out'"
    elif country != TOTAL and country not in ECONOMIES:
        fault = f"country: no country has the code {country!r} (or write TOTAL)"
    elif not system:
        fault = "system: empty; write TOTAL for all systems together"
    elif definition not in ("2012", "2024"):
        fault = f"definition: {definition!r} is neither 2012 nor 2024"
    elif definition == "2024" and month < FIRST_OF_2024_DEFINITION:
        fault = f"definition: the definition of 2024 begins with {FIRST_OF_2024_DEFINITION}"
    elif definition == "2012" and month > LAST_OF_2012_DEFINITION:
        fault = f"definition: the definition of 2012 ends with {LAST_OF_2012_DEFINITION}"
    if fault:
        raise DataError(f"{place} {fault}")
    return month, direction, country, system, number(text, f"{place} usd_mn"), definition


def _refuse_parts_above_total(member: Member, frame: pd.DataFrame) -> None:
    by = ["month", "direction", "system", "definition"]
    total = frame[frame["country"] == TOTAL].set_index(by)["usd_mn"]
    parts = frame[frame["country"] != TOTAL].groupby(by)["usd_mn"].sum()
    total = total[~total.index.duplicated()].reindex(parts.index)
    over = parts[parts > total * TOLERANCE]
    if len(over):
        where = ", ".join(str(v) for v in over.index[0])
        raise DataError(
            f"{member.name}: the countries add up to {over.iloc[0]:,.1f} for {where}, more than "
            f"the TOTAL of {total[over.index[0]]:,.1f}"
        )


def _gaps(frame: pd.DataFrame) -> tuple[str, ...]:
    months = pd.PeriodIndex(frame["month"].unique(), freq="M")
    due = pd.period_range(months.min(), months.max(), freq="M")
    missing = due.difference(months)
    if not len(missing):
        return ()
    return (f"{counted(len(missing), 'month')} without a row between {due[0]} and {due[-1]}",)


def comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """All systems together, in the columns of `nbkr.months`, to compare the scale."""
    by = ["month", "direction", "country", "definition"]
    whole = frame[frame["system"].str.upper() == TOTAL].set_index(by)["usd_mn"]
    parts = frame[frame["system"].str.upper() != TOTAL].groupby(by)["usd_mn"].sum()
    joined = whole.combine_first(parts).rename("value_usd_mn").reset_index()
    return joined.assign(
        period=joined["month"],
        direction=joined["direction"].map({"in": "inflow", "out": "outflow"}),
        counterpart=joined["country"],
        definition=joined["definition"].map({"2012": "old", "2024": "new"}),
    )[["period", "direction", "counterpart", "definition", "value_usd_mn"]]


def compare_with_press(catalog: Catalog, draft: Draft) -> None:
    """Compare the first monthly table with the single months that the press printed."""
    if "nbkr.months" not in catalog.tables:
        return
    months = catalog.default("nbkr.months")
    frame = comparable(draft.frame)
    key = ["period", "direction", "counterpart", "definition"]
    places = Draft(draft.table, frame, lambda i: f"month {frame['period'].iloc[i]}, column usd_mn")
    refuse_other_scale(
        places, catalog.frame(months), months.vintage, key=key, value="value_usd_mn", by=None
    )
