"""World Bank: the tidy layout, the site's indicator and country files, the bulk file.

Whatever the layout, the result is the same table: the indicators that the package explains, for the
economies and years that it keeps of each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pandas as pd

from livingbrief.data.catalog import Catalog
from livingbrief.data.errors import DataError
from livingbrief.data.files import Member, csv_rows, even_rows, refuse_no_line_end
from livingbrief.data.reading import Draft, Reading, number, year
from livingbrief.wording import counted, listed
from remitrisk.layouts.economies import AGGREGATES, ECONOMIES

TABLE = "worldbank.wdi"
TIDY = ["indicator", "iso3", "year", "value"]
WIDE = ["Country Name", "Country Code", "Indicator Name", "Indicator Code"]
HEADER_WITHIN = 10
BULK_NAMES = ("WDICSV.csv", "WDIData.csv")
NOT_DATA = re.compile(r"Metadata_.*|WDI(country|series|footnote)[\w-]*\.csv", re.IGNORECASE)
NARROW = 30
CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Scope:
    """What the package keeps of the World Bank's figures.

    `core`: economies kept for every indicator; `everywhere`: indicators kept for all economies;
    `first_core`, `first_other`: first year of an indicator, for the core and for the other
    economies; `aggregates`: those that the package keeps.
    """

    core: frozenset[str]
    everywhere: frozenset[str]
    first_core: dict[str, int]
    first_other: dict[str, int]
    aggregates: frozenset[str]

    def keeps(self, code: str, economy: str, at: int) -> bool:
        """Whether a value belongs into the table."""
        if economy in self.core:
            return at >= self.first_core[code]
        if economy in AGGREGATES and economy not in self.aggregates:
            return False
        return code in self.everywhere and at >= self.first_other[code]


def scope(catalog: Catalog) -> Scope:
    """Indicators, economies and years that the package keeps, read from its own vintages."""
    default = catalog.frame(catalog.default(TABLE))
    by_code = default.groupby("indicator")["iso3"].agg(set)
    narrow = [economies for economies in by_code if len(economies) <= NARROW]
    core = frozenset().union(*narrow) if narrow else frozenset(default["iso3"])
    everywhere = frozenset(c for c, economies in by_code.items() if len(economies) > NARROW)
    every = pd.concat([catalog.frame(r) for r in catalog.of_table(TABLE)])
    first_core = every[every["iso3"].isin(core)].groupby("indicator")["year"].min()
    first_any = every.groupby("indicator")["year"].min()
    others = default[~default["iso3"].isin(core)].groupby("indicator")["year"].min()
    return Scope(
        core=core,
        everywhere=everywhere,
        first_core={str(c): int(first_core.get(c, first_any[c])) for c in first_any.index},
        first_other={str(c): int(y) for c, y in others.items()},
        aggregates=frozenset(catalog.tables[TABLE].get("aggregates", [])),
    )


@dataclass
class _Rows:
    """Values as they are read, each with its place."""

    indicator: list[str] = field(default_factory=list)
    iso3: list[str] = field(default_factory=list)
    year: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    place: list[tuple[str, int, str]] = field(default_factory=list)

    def add(
        self, code: str, economy: str, at: int, value: float, place: tuple[str, int, str]
    ) -> None:
        self.indicator.append(code)
        self.iso3.append(economy)
        self.year.append(at)
        self.value.append(value)
        self.place.append(place)


def is_data(member: Member) -> bool:
    """Whether a file of the site's ZIP holds figures rather than metadata."""
    return member.name.lower().endswith(".csv") and NOT_DATA.fullmatch(member.name) is None


def read(members: Sequence[Member], catalog: Catalog, vintage: str) -> Reading:
    """Read World Bank files of one of the three layouts: one, or several of the same vintage.

    No value may be of a later year than the vintage. DataError, with line and column, if no layout
    fits, or a line is not what its header says.
    """
    data = [m for m in members if is_data(m)]
    if not data:
        raise DataError(
            f"no file with figures among {listed(m.name for m in members)}; the World Bank's ZIP "
            "holds API_….csv (one indicator or country) or WDICSV.csv (all)"
        )
    bulk = [m for m in data if m.name in BULK_NAMES]
    kept, rows, dates = scope(catalog), _Rows(), []
    codes = set(catalog.descriptor["indicators"][TABLE])
    last = int(vintage[:4])
    layouts, others = set(), 0
    for member in bulk or data:
        layout, date, left_out = _read_one(member, rows, kept, codes, catalog, last)
        layouts.add(layout)
        dates += [date] if date else []
        others += left_out
    if not rows.value:
        raise DataError(
            f"{data[0].name}: none of the package's {len(codes)} indicators has a value in it; "
            f"they are {listed(sorted(codes), 8)}"
        )
    notes = [f"left out: {counted(others, 'row')} of other indicators"] if others else []
    if len(set(dates)) > 1:
        notes.append(f"the files state different dates: {', '.join(sorted(set(dates)))}")
    single = len(layouts) == 1 and len(bulk or data) == 1
    name = layouts.pop() if single else f"World Bank, {len(data)} files of one vintage"
    return Reading(
        layout=name,
        drafts=(draft(rows),),
        notes=tuple(notes),
        stated_date=max(dates, default=""),
        partial=single and "one " in name,
        own=single and "tidy" in name,
    )


def draft(rows: _Rows) -> Draft:
    """Sort what was read as the package keeps it: by indicator, economy and year."""
    frame = pd.DataFrame(
        {"indicator": rows.indicator, "iso3": rows.iso3, "year": rows.year, "value": rows.value}
    )
    order = frame.sort_values(["indicator", "iso3", "year"], kind="stable").index
    places = [rows.place[i] for i in order]

    def place(row: int) -> str:
        name, line, column = places[row]
        return f"{name}: line {line}, column {column}" if line else f"{name}, {column}"

    return Draft(TABLE, frame.loc[order].reset_index(drop=True), place)


def from_api(answers: Iterable[tuple[str, str, str, float | None]], catalog: Catalog) -> Reading:
    """Turn the API's rows (indicator, economy, year, value) into the same table."""
    kept, rows = scope(catalog), _Rows()
    for code, economy, at, value in answers:
        place = f"the API's row {code} {economy} {at}"
        if value is None or not economy:
            continue
        _known(economy, place, catalog)
        when = year(at, place, 9999)
        if kept.keeps(code, economy, when):
            rows.add(code, economy, when, float(value), ("the API", 0, f"{code} {economy} {at}"))
    return Reading(layout="World Bank, API", drafts=(draft(rows),))


def _read_one(
    member: Member, rows: _Rows, kept: Scope, codes: set[str], catalog: Catalog, last: int
) -> tuple[str, str, int]:
    head = list(islice(csv_rows(member), HEADER_WITHIN))
    if not head:
        raise DataError(f"{member.name}: no line in it but empty ones")
    for line, row in head:
        names = [name.strip() for name in row]
        if names[:4] == TIDY:
            if line == 1:
                refuse_no_line_end(member)
            _tidy(member, line, names, rows, kept, codes, catalog, last)
            return "World Bank, tidy table", "", 0
        if names[:4] == WIDE:
            date = next((r[1] for _, r in head if r[0] == "Last Updated Date" and len(r) > 1), "")
            layout, others = _wide(member, line, names, rows, kept, codes, catalog, last)
            return layout, date, others
        _not_shifted(member, line, names)
    first = head[0][1]
    raise DataError(
        f"{member.name}: line {head[0][0]}: {', '.join(first)[:80]!r} is no header of a World Bank "
        f"layout. Known are: {', '.join(TIDY)}; or {', '.join(WIDE)} and years"
    )


def _not_shifted(member: Member, line: int, names: list[str]) -> None:
    for layout in (TIDY, WIDE):
        found = [n for n in layout if n in names]
        if len(found) >= len(layout) - 1:
            wrong = next(n for i, n in enumerate(layout) if len(names) <= i or names[i] != n)
            where = f"stands in column {names.index(wrong) + 1}" if wrong in names else "is missing"
            strange = [repr(n) for n in names if n and n not in layout and not n.isdecimal()]
            raise DataError(
                f"{member.name}: line {line}: the header is shifted: {wrong!r} {where}, it belongs "
                f"in column {layout.index(wrong) + 1}"
                + (f"; not known: {listed(strange)}" if strange else "")
            )


def _known(economy: str, place: str, catalog: Catalog) -> None:
    if CODE.fullmatch(economy) is None:
        raise DataError(
            f"{place}: {economy!r} is not a three-letter country code: is the header shifted?"
        )
    if economy in ECONOMIES or economy in AGGREGATES:
        return
    if economy not in catalog.tables[TABLE].get("left_out", []):
        raise DataError(
            f"{place}: no country has the code {economy!r}; if it is a new aggregate of the World "
            f"Bank, list it in datapackage.json under `tables`, {TABLE}, `left_out`"
        )


def _tidy(
    member: Member, header_line: int, names: list[str], rows: _Rows, kept: Scope,
    codes: set[str], catalog: Catalog, last: int,
) -> None:  # fmt: skip
    if names != TIDY:
        raise DataError(
            f"{member.name}: line {header_line}: after {', '.join(TIDY)} there are more columns: "
            f"{', '.join(names[4:])}"
        )
    for line, (code, economy, at, text) in even_rows(member, header_line, len(TIDY)):
        at_line = f"{member.name}: line {line}, column"
        if code not in codes:
            raise DataError(
                f"{at_line} indicator: {code!r} is not one of the {len(codes)} indicators of "
                f"{TABLE}; for another table of the package name it with --table"
            )
        _known(economy, f"{at_line} iso3", catalog)
        when = year(at, f"{at_line} year", last)
        value = number(text, f"{at_line} value")
        if kept.keeps(code, economy, when):
            rows.add(code, economy, when, value, (member.name, line, "value"))


def _wide(
    member: Member, header_line: int, names: list[str], rows: _Rows, kept: Scope,
    codes: set[str], catalog: Catalog, last: int,
) -> tuple[str, int]:  # fmt: skip
    names = names[:-1] if names[-1] == "" else names
    years = [
        year(name, f"{member.name}: line {header_line}, column {i}", last)
        for i, name in enumerate(names[4:], start=5)
    ]
    if not years:
        raise DataError(f"{member.name}: line {header_line}: no year follows {', '.join(WIDE)}")
    twice = [y for y in years if years.count(y) > 1]
    if twice:
        raise DataError(f"{member.name}: line {header_line}: the year {twice[0]} stands twice")
    seen: dict[tuple[str, str], int] = {}
    found_codes: set[str] = set()
    economies: set[str] = set()
    others = 0
    for line, fields in even_rows(member, header_line, len(names)):
        economy, code = fields[1], fields[3]
        _known(economy, f"{member.name}: line {line}, column Country Code", catalog)
        found_codes.add(code)
        economies.add(economy)
        if code not in codes:
            others += 1
            continue
        earlier = seen.setdefault((code, economy), line)
        if earlier != line:
            raise DataError(
                f"{member.name}: line {line}: a second row for {economy}, {code}; the first is "
                f"line {earlier}"
            )
        for at, text in zip(years, fields[4:], strict=True):
            if text == "":
                continue
            value = number(text, f"{member.name}: line {line}, column {at}")
            if kept.keeps(code, economy, at):
                rows.add(code, economy, at, value, (member.name, line, str(at)))
    if len(found_codes) == 1:
        return "World Bank, one indicator", others
    if len(economies) == 1:
        return "World Bank, one country", others
    return "World Bank, bulk file", others
