"""Counter-Trafficking Data Collaborative: from the published file to counts.

The rows are synthetic. Only counts of one variable, and of citizenship by one other, are kept, and
no cell, nor what remains when a cell is taken from its total, is under ten.
"""

import re
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from livingbrief.data.catalog import Catalog
from livingbrief.data.reading import Draft, Member, Reading, csv_rows, even_rows, year
from livingbrief.errors import DataError

TABLE, TABLE_ALL = "ctdc.margins", "ctdc.margins_all"
CITIZENSHIP = "citizenship"
YEAR = "yearOfRegistration"
ALL = "ALL"
TOTAL = ("total_rows", "all")
REST = "not_recorded_or_suppressed"
SMALLEST = 10
FLAG = re.compile(r"(is[A-Z]|meansOfControl|recruiterRelation|typeOfLabour|typeOfSex)\w*")
COUNTRY = re.compile(r"[A-Z]{3}|")
COUNTRY_COLUMNS = (CITIZENSHIP, "CountryOfExploitation")


def read(members: Sequence[Member], catalog: Catalog, vintage: str) -> Reading:
    """Count the published rows, one variable at a time.

    `ctdc.margins` has the citizenships that the package keeps, `ctdc.margins_all` all together.
    DataError if a column that the package counts is missing, or a cell holds what its column never
    has.
    """
    data = [m for m in members if m.name.lower().endswith(".csv")]
    if len(data) != 1:
        raise DataError(f"{len(data)} CSV files; the Global Synthetic Dataset is one")
    member = data[0]
    wanted = set(catalog.frame(catalog.default(TABLE))[CITIZENSHIP])
    variables = {
        table: sorted({*catalog.default(table).allowed("variable")} - {TOTAL[0]})
        for table in (TABLE, TABLE_ALL)
    }
    counts, totals = _count(member, variables, wanted, int(vintage[:4]))
    drafts: list[Draft] = []
    for table, groups in ((TABLE, sorted(wanted)), (TABLE_ALL, [ALL])):
        rows = [
            row
            for group in groups
            if totals[group] >= SMALLEST
            for row in _margins(group, variables[table], counts, totals[group], drafts)
        ]
        frame = pd.DataFrame(
            sorted(rows), columns=[CITIZENSHIP, "variable", "value", "n_synthetic_rows"]
        )
        drafts.append(Draft(table, frame, _place(member, frame)))
    return Reading(
        layout="CTDC, Global Synthetic Dataset",
        drafts=tuple(drafts),
        notes=(
            f"{totals[ALL]:,} synthetic rows counted; none is kept, and no count under {SMALLEST}",
        ),
    )


def _place(member: Member, frame: pd.DataFrame):  # type: ignore[no-untyped-def]
    return lambda i: f"{member.name}: count of " + " ".join(str(v) for v in frame.iloc[i, :3])


def _count(
    member: Member, variables: dict[str, list[str]], wanted: set[str], last: int
) -> tuple[Counter[tuple[str, str, str]], Counter[str]]:
    header = next(csv_rows(member), None)
    if header is None:
        raise DataError(f"{member.name}: no line in it but empty ones")
    names = [name.strip() for name in header[1]]
    needed = sorted({v for each in variables.values() for v in each} | {CITIZENSHIP})
    missing = [n for n in needed if n not in names]
    if missing:
        raise DataError(
            f"{member.name}: line {header[0]}: the header lacks {', '.join(missing[:5])}: is it "
            "shifted, or another dataset?"
        )
    at = {name: names.index(name) for name in needed}
    counted = [name for name in needed if name != CITIZENSHIP]
    counts: Counter[tuple[str, str, str]] = Counter()
    totals: Counter[str] = Counter()
    for line, fields in even_rows(member, header[0], len(names)):
        citizenship = fields[at[CITIZENSHIP]]
        groups = (ALL, citizenship) if citizenship in wanted else (ALL,)
        if COUNTRY.fullmatch(citizenship) is None:
            _refuse(member, line, CITIZENSHIP, citizenship)
        totals.update(groups)
        for name in counted:
            value = fields[at[name]]
            if value:
                _check(member, line, name, value, last)
                for group in groups:
                    counts[group, name, value] += 1
    if not totals[ALL]:
        raise DataError(f"{member.name}: no row below the header")
    return counts, totals


def _check(member: Member, line: int, name: str, value: str, last: int) -> None:
    if FLAG.fullmatch(name):
        if value != "1":
            _refuse(member, line, name, value)
    elif name == YEAR:
        year(value, f"{member.name}: line {line}, column {name}", last)
    elif name in COUNTRY_COLUMNS and COUNTRY.fullmatch(value) is None:
        _refuse(member, line, name, value)


def _refuse(member: Member, line: int, name: str, value: str) -> None:
    due = "a three-letter country code" if name in COUNTRY_COLUMNS else "1"
    raise DataError(
        f"{member.name}: line {line}, column {name}: {value!r} is neither {due} nor blank: is the "
        "header shifted?"
    )


def _margins(
    group: str, variables: list[str], counts: Counter[tuple[str, str, str]], total: int,
    printed: Sequence[Draft],
) -> list[tuple[str, str, str, int]]:  # fmt: skip
    """Count the rows of a citizenship; what `printed` leaves of all is not small either."""
    rows = [(group, *TOTAL, total)]
    parts: Counter[tuple[str, str]] = Counter()
    for draft in printed if group == ALL else ():
        for _, name, value, n in draft.frame.itertuples(index=False):
            parts[name, value] += n
    for name in variables:
        cells = {v: n for (g, var, v), n in counts.items() if (g, var) == (group, name)}
        cells = {v: n for v, n in cells.items() if not 0 < n - parts[name, v] < SMALLEST}
        shown = shown_cells(cells, total, exclusive=FLAG.fullmatch(name) is None)
        rows += [(group, name, value, n) for value, n in shown.items()]
    return rows


def shown_cells(cells: dict[str, int], total: int, *, exclusive: bool) -> dict[str, int]:
    """Cells that may be shown, so that neither a cell nor its complement is under ten.

    `exclusive`: a row has one category only; the rest is then shown as one class, which the
    smallest categories join until it is ten or more. A flag (1 or blank) is shown alone.
    """
    shown = {v: n for v, n in cells.items() if n >= SMALLEST and not 0 < total - n < SMALLEST}
    if not exclusive:
        return shown
    rest = total - sum(shown.values())
    while 0 < rest < SMALLEST and shown:
        smallest = min(shown, key=lambda v: (shown[v], v))
        rest += shown.pop(smallest)
    return {**shown, REST: rest} if rest else shown
