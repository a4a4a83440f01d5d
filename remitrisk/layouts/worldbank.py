"""World Bank: the tidy layout, the site's indicator and country files, the bulk file.

Whatever the layout, the result is the same table: the indicators that the package explains, for the
economies and years that it keeps of each.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import pandas as pd

from livingbrief.data.catalog import Catalog
from livingbrief.data.reading import (
    Draft,
    Member,
    Reading,
    csv_rows,
    even_rows,
    number,
    refuse_no_line_end,
    year,
)
from livingbrief.errors import DataError
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
        aggregates=frozenset(catalog.tables[TABLE].aggregates),
    )


Row = tuple[str, str, int, float, tuple[str, int, str]]
"""Indicator, economy, year, value, and the file, line and column where it stood."""


def read(members: Sequence[Member], catalog: Catalog, vintage: str) -> Reading:
    """Read World Bank files of one of the three layouts: one, or several of the same vintage.

    No value may be of a later year than the vintage. DataError, with line and column, if no layout
    fits, or a line is not what its header says.
    """
    data = [
        m for m in members if m.name.lower().endswith(".csv") and not NOT_DATA.fullmatch(m.name)
    ]
    if not data:
        raise DataError(
            f"no file with figures among {listed(m.name for m in members)}; the World Bank's ZIP "
            "holds API_….csv (one indicator or country) or WDICSV.csv (all)"
        )
    bulk = [m for m in data if m.name in BULK_NAMES]
    reader, dates = _Reader(catalog, int(vintage[:4])), []
    layouts, others = set(), 0
    for member in bulk or data:
        layout, date, left_out = reader.read(member)
        layouts.add(layout)
        dates += [date] if date else []
        others += left_out
    if not reader.rows:
        raise DataError(
            f"{data[0].name}: none of the package's {len(reader.codes)} indicators has a value in "
            f"it; they are {listed(sorted(reader.codes), 8)}"
        )
    notes = [f"left out: {counted(others, 'row')} of other indicators"] if others else []
    if len(set(dates)) > 1:
        notes.append(f"the files state different dates: {', '.join(sorted(set(dates)))}")
    single = len(layouts) == 1 and len(bulk or data) == 1
    name = layouts.pop() if single else f"World Bank, {len(data)} files of one vintage"
    return Reading(
        layout=name,
        drafts=(reader.draft(),),
        notes=tuple(notes),
        stated_date=max(dates, default=""),
        partial=single and "one " in name,
        own=single and "tidy" in name,
    )


def from_api(answers: Iterable[tuple[str, str, str, float | None]], catalog: Catalog) -> Reading:
    """Turn the API's rows (indicator, economy, year, value) into the same table."""
    reader = _Reader(catalog, 9999)
    for code, economy, at, value in answers:
        place = f"the API's row {code} {economy} {at}"
        if value is None or not economy:
            continue
        reader.known(economy, place)
        when = year(at, place, reader.last)
        reader.add(code, economy, when, float(value), ("the API", 0, f"{code} {economy} {at}"))
    return Reading(layout="World Bank, API", drafts=(reader.draft(),))


class _Reader:
    """Reads files of one vintage; what the package keeps goes into `rows`."""

    def __init__(self, catalog: Catalog, last: int) -> None:
        self.catalog, self.last, self.kept = catalog, last, scope(catalog)
        self.codes = set(catalog.explained(TABLE))
        self.rows: list[Row] = []

    def add(
        self, code: str, economy: str, at: int, value: float, place: tuple[str, int, str]
    ) -> None:
        if self.kept.keeps(code, economy, at):
            self.rows.append((code, economy, at, value, place))

    def draft(self) -> Draft:
        """Sort what was read as the package keeps it: by indicator, economy and year."""
        frame = pd.DataFrame(self.rows, columns=[*TIDY, "place"])
        frame = frame.sort_values(TIDY[:3], kind="stable", ignore_index=True)
        places = frame.pop("place")

        def place(row: int) -> str:
            name, line, column = places[row]
            return f"{name}: line {line}, column {column}" if line else f"{name}, {column}"

        return Draft(TABLE, frame, place)

    def known(self, economy: str, place: str) -> None:
        """Refuse what is no economy, no aggregate, and not listed as left out."""
        if CODE.fullmatch(economy) is None:
            raise DataError(
                f"{place}: {economy!r} is not a three-letter country code: is the header shifted?"
            )
        if economy in ECONOMIES or economy in AGGREGATES:
            return
        if economy not in self.catalog.tables[TABLE].left_out:
            raise DataError(
                f"{place}: no country has the code {economy!r}; if it is a new aggregate of the "
                f"World Bank, list it in datapackage.json under `tables`, {TABLE}, `left_out`"
            )

    def read(self, member: Member) -> tuple[str, str, int]:
        """Return the layout of a file, the date that it states, and rows of other indicators."""
        head = list(islice(csv_rows(member), HEADER_WITHIN))
        if not head:
            raise DataError(f"{member.name}: no line in it but empty ones")
        for line, row in head:
            names = [name.strip() for name in row]
            if names[:4] == TIDY:
                if line == 1:
                    refuse_no_line_end(member)
                self.tidy(member, line, names)
                return "World Bank, tidy table", "", 0
            if names[:4] == WIDE:
                dates = (r[1] for _, r in head if r[0] == "Last Updated Date" and len(r) > 1)
                layout, others = self.wide(member, line, names)
                return layout, next(dates, ""), others
            _not_shifted(member, line, names)
        first = head[0][1]
        raise DataError(
            f"{member.name}: line {head[0][0]}: {', '.join(first)[:80]!r} is no header of a World "
            f"Bank layout. Known are: {', '.join(TIDY)}; or {', '.join(WIDE)} and years"
        )

    def tidy(self, member: Member, header_line: int, names: list[str]) -> None:
        """Read a row for each value."""
        if names != TIDY:
            raise DataError(
                f"{member.name}: line {header_line}: after {', '.join(TIDY)} there are more "
                f"columns, {', '.join(names[4:])}: delete them"
            )
        for line, (code, economy, at, text) in even_rows(member, header_line, len(TIDY)):
            at_line = f"{member.name}: line {line}, column"
            if code not in self.codes:
                raise DataError(
                    f"{at_line} indicator: {code!r} is not one of the {len(self.codes)} indicators "
                    f"of {TABLE}; for another table of the package name it with --table"
                )
            self.known(economy, f"{at_line} iso3")
            when = year(at, f"{at_line} year", self.last)
            value = number(text, f"{at_line} value")
            self.add(code, economy, when, value, (member.name, line, "value"))

    def wide(self, member: Member, header_line: int, names: list[str]) -> tuple[str, int]:
        """Read a row for each indicator and economy; return the layout, and rows of others."""
        names = names[:-1] if names[-1] == "" else names
        at_header = f"{member.name}: line {header_line}"
        years = [
            year(name, f"{at_header}, column {i}", self.last)
            for i, name in enumerate(names[4:], start=5)
        ]
        if not years:
            raise DataError(f"{at_header}: no year follows {', '.join(WIDE)}")
        if twice := [y for y in years if years.count(y) > 1]:
            raise DataError(f"{at_header}: the year {twice[0]} stands twice")
        seen: dict[tuple[str, str], int] = {}
        others = 0
        for line, fields in even_rows(member, header_line, len(names)):
            economy, code = fields[1], fields[3]
            self.known(economy, f"{member.name}: line {line}, column Country Code")
            earlier = seen.setdefault((code, economy), line)
            if code not in self.codes:
                others += 1
                continue
            if earlier != line:
                raise DataError(
                    f"{member.name}: line {line}: a second row for {economy}, {code}; the first is "
                    f"line {earlier}"
                )
            for at, text in zip(years, fields[4:], strict=True):
                if text:
                    value = number(text, f"{member.name}: line {line}, column {at}")
                    self.add(code, economy, at, value, (member.name, line, str(at)))
        codes, economies = (set(part) for part in zip(*seen, strict=True)) if seen else ({}, {})
        if len(codes) == 1:
            return "World Bank, one indicator", others
        one = len(economies) == 1
        return ("World Bank, one country" if one else "World Bank, bulk file"), others


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
