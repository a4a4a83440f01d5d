"""What a notebook sees of the data: series and tables of one edition."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import pandas as pd

from livingbrief.data.catalog import LATEST, Catalog, publisher_line
from livingbrief.data.descriptor import Indicator, Resource, package_dir
from livingbrief.data.known import NEVER, combined, known_from, period_of, printed_on
from livingbrief.errors import DataError, PackageError
from livingbrief.values.kinds import Kind
from livingbrief.values.values import Values, join

ESTIMATE = "estimate"
FINAL = "final"


@dataclass(frozen=True)
class Served:
    """What serves a series or a part of a table: its rows, and the printing that is cited."""

    resource: Resource
    vintage: str
    rows: pd.DataFrame = field(compare=False)


@lru_cache(maxsize=4)
def _catalog(folder: Path, stamp: int) -> Catalog:
    return Catalog(folder)


def open_catalog(root: Path) -> Catalog:
    """Catalogue of a package, shared between callers until its descriptor changes on disk."""
    folder = package_dir(root).resolve()
    return _catalog(folder, (folder / "datapackage.json").stat().st_mtime_ns)


def open_as(root: Path, **asked: Any) -> Data:
    """Open data by the class that the brief gives; `asked`: as `Data` takes it."""
    return (open_catalog(root).brief.data_class or Data)(root, **asked)


def open_data(root: Path, edition: Any) -> Data:
    """Open the data of an edition, all tables readable."""
    asked = ("country", "host", "first_year", "last_year", "vintage", "known_at")
    return open_as(root, **{name: getattr(edition, name) for name in asked})


class Data:
    """The data of one edition; a `DataError` lists what there is where it asks for what is not.

    Parameters
    ----------
    country, host : str
        ISO alpha-3 codes of the country and of the country where its migrants work; a host that is
        empty has no series.
    first_year, last_year : int
        Years of the edition. Series are cut at the last year, not at the first.
    vintage : mapping
        Vintage asked of each publisher: an ISO date or `latest`.
    known_at : str
        ISO date to which the edition looks back; empty for none.
    reads : collection of str, optional
        Tables that the notebook declares; with it, reading any other table is an error.

    Notes
    -----
    A series that a vintage lacks comes from the newest whole table not later than it, else from the
    nearest vintage that has it; its source says so. With `known_at` a figure is of one of the three
    classes of `livingbrief.data.known`, and single figures printed later are not there.
    """

    #: The country and its host of an edition that names none.
    home = ""
    away = ""
    #: Tables with codes that are no annual series by country, and how each is read.
    read_with: Mapping[str, str] = {}
    #: Series of the world, which every country shares: code to the code of the world.
    world_series: Mapping[str, str] = {}
    #: Series to what a reader calls them where they are lacking.
    lacking_series: Mapping[str, str] = {}

    def __init__(
        self,
        root: Path,
        *,
        country: str = "",
        host: str | None = None,
        first_year: int = 2005,
        last_year: int = 9999,
        vintage: Mapping[str, str] | None = None,
        known_at: str = "",
        reads: Collection[str] | None = None,
    ) -> None:
        self.catalog = open_catalog(root)
        self.country = country or self.home
        self.host = self.away if host is None else host
        self.first_year = first_year
        self.last_year = last_year
        self.vintage = dict(vintage or {})
        self.known_at = known_at
        self.reads = None if reads is None else frozenset(reads)
        self._parts_of: dict[tuple[str, bool], list[Served]] = {}
        for publisher, request in self.vintage.items():
            self.catalog.resolve(publisher, request)
        for table in self.reads or ():
            self.catalog.of_table(table)

    def on(self, day: str) -> Self:
        """Return the same data as they stood on a day (ISO), for the same years and vintages."""
        other = copy(self)
        other.known_at, other._parts_of = day, {}
        return other

    def _need(self, table: str) -> None:
        if self.reads is not None and table not in self.reads:
            raise PackageError(
                f"this notebook reads the table {table!r} without declaring it: add it to "
                f'"reads" in its metadata (declared now: {", ".join(sorted(self.reads))})'
            )

    def _request(self, table: str, part: str | None = None) -> str:
        publisher = self.catalog.of_table(table, part)[0].publisher
        return self.vintage.get(publisher, LATEST)

    def _day(self, table: str, part: str | None = None) -> str:
        """Day of the last printing that an edition may see: of its vintage, or the one it is of."""
        return min(self.known_at or LATEST, self._request(table, part))

    def _pick(self, code: str, country: str, request: str | None = None) -> Served | None:
        """Vintage that serves a series of a country, or None if no vintage has it."""
        table = self._table_of(code)
        request = self._request(table) if request is None else request
        about = self.catalog.explain(code)
        then = [] if about.unrevised else self.catalog.printed_by(table, self.known_at, request)
        for resource in [*then, *self.catalog.search_order(table, request)]:
            rows = self.catalog.values_of(resource, code, country)
            if rows.empty:
                continue
            if self.known_at and resource not in then:
                served = self._ended(rows, resource, about)
                return served if len(served.rows) else None
            return Served(resource, resource.vintage, rows)
        return None

    def _ended(self, rows: pd.DataFrame, resource: Resource, about: Resource | Indicator) -> Served:
        """Today's rows on periods that had ended by the edition's day, and how they are cited."""
        days = known_from(period_of(rows), about.lag_days)
        if about.unrevised or not days.eq(NEVER).all():
            rows, days = rows[days <= self.known_at], days[days <= self.known_at]
        if not about.unrevised:
            return Served(resource, Kind.LATER.cited(resource.vintage), rows)
        known = days.max() if len(days) else self.known_at
        return Served(resource, Kind.UNREVISED.cited(known), rows)

    def _table_of(self, code: str) -> str:
        table = self.catalog.table_of(code)
        if table in self.read_with:
            how = f"read it with {self.read_with[table]}()"
            raise DataError(f"{code!r} is not an annual series by country: {how}")
        return table

    def _country(self, code: str, country: str | None) -> str:
        return self.world_series.get(code, self.country if country is None else country)

    def series(self, code: str, country: str | None = None) -> Values:
        """Annual series of a country, one column under its code, cut at the edition's last year.

        A `DataError` if the code is unknown or no vintage has it for the country, a `PackageError`
        if the notebook does not declare the table.
        """
        where = self._country(code, country)
        if self._pick(code, where) is None:
            raise DataError(
                f"no vintage has {code} ({self.catalog.explain(code).label}) for {where}; "
                "ask Data.has() before reading a series that a country may lack"
            )
        return self.values(code, country=country)

    def _annual(self, code: str, country: str, pick: Served) -> Values:
        about = self.catalog.explain(code)
        rows = pick.rows[pick.rows["year"] <= self.last_year]
        years = pd.Index(rows["year"].astype(int).to_numpy(), name="year")
        values = pd.Series(rows["value"].to_numpy(float), index=years, name=code).sort_index()
        status = self.status_of(values, code, country, pick.resource)
        if Kind.of(pick.vintage) is Kind.LATER:
            status[:] = Kind.LATER.value
        line, unit = self._line([pick], pick.vintage), plain_unit(about.unit)
        return Values.of(values, status=status, unit=unit, label=about.label, sources=(line,))

    def values(self, *codes: str, country: str | None = None) -> Values:
        """Annual series as values, one column each under its code; one that is absent is empty."""
        parts = []
        for code in codes:
            self._need(self._table_of(code))
            where = self._country(code, country)
            if (pick := self._pick(code, where)) is not None:
                parts.append(self._annual(code, where, pick))
            else:
                about = self.catalog.explain(code)
                parts.append(Values.of({code: {}}, unit=plain_unit(about.unit), label=about.label))
        return join(*parts)

    def absent(self, code: str, country: str | None = None) -> tuple[str, str]:
        """Plain name of a series that a country lacks, and a sentence that says so."""
        label = self.catalog.explain(code).label
        where = self._country(code, country)
        name = self.catalog.brief.country_name(self.catalog, where)
        here = where == self.country
        what = self.lacking_series.get(code, label) if here else f"{label}, {name}"
        return what, f"No table held here prints a figure for {name}."

    def has(self, code: str, country: str | None = None) -> bool:
        """Whether any vintage has the series up to the last year; a `DataError` of no series."""
        pick = self._pick(code, self._country(code, country))
        return pick is not None and bool((pick.rows["year"] <= self.last_year).any())

    def withdrawn(self, code: str, country: str | None = None) -> dict[int, str]:
        """Years that the edition's vintage no longer prints, with the last vintage that had them.

        Only whole tables are compared. Of a series that is withdrawn as a whole `series` gives the
        last printing, and all its years are here.
        """
        table = self._table_of(code)
        layers = self.catalog.layers(table, self._day(table))
        if not layers or not layers[-1].is_full:
            return {}

        def years(resource: Resource) -> set[int]:
            rows = self.catalog.values_of(resource, code, self._country(code, country))
            return {int(year) for year in rows["year"] if year <= self.last_year}

        have = set[int]().union(*map(years, layers))
        whole = self.catalog.printed_until(table, layers[-1].vintage)
        found = {year: r.vintage for r in whole if r.is_full for year in years(r) - have}
        return dict(sorted(found.items()))

    def panel(self, code: str) -> pd.DataFrame:
        """All economies of one indicator (iso3, year, value), aggregates left out.

        One vintage only: the edition's if it is a whole table that has the series, else the whole
        table behind it. `attrs` has `source`, and `fallback`: whether it is another vintage than
        the edition asks for, or was printed after the day to which it looks back.
        """
        table = self._table_of(code)
        self._need(table)
        request, about = self._request(table), self.catalog.explain(code)
        then = [] if about.unrevised else self.catalog.printed_by(table, self.known_at, request)
        asked = [*then, self.catalog.used(table, request)]
        whole = (r for r in asked if r.is_full and len(self.catalog.rows_of(r, code)))
        resource = next(whole, None) or self.catalog.base(table, request)
        served = Served(resource, resource.vintage, self.catalog.rows_of(resource, code))
        if self.known_at and resource not in then:
            served = self._ended(served.rows, resource, about)
        aggregates, rows = self.catalog.tables[table].aggregates, served.rows
        rows = rows[~rows["iso3"].isin(aggregates) & (rows["year"] <= self.last_year)]
        out = rows[["iso3", "year", "value"]].dropna().reset_index(drop=True)
        line = self._line([served], served.vintage)
        other = not self.known_at and request not in (LATEST, resource.vintage)
        out.attrs |= {"source": line, "fallback": other or Kind.of(served.vintage) is Kind.LATER}
        return out

    def printed(
        self, code: str, country: str | None = None, until: str | None = None
    ) -> pd.DataFrame:
        """Show a series as each vintage printed it, oldest first, up to the edition's, or `until`.

        Columns vintage, year, value, status; years up to the edition's last.
        """
        table = self._table_of(code)
        self._need(table)
        country = self._country(code, country)
        parts = [pd.DataFrame(columns=["vintage", "year", "value", "status"])]
        for resource in self.catalog.printed_until(table, until or self._day(table)):
            rows = self.catalog.values_of(resource, code, country).sort_values("year")
            values = rows[rows["year"] <= self.last_year].set_index("year")["value"].astype(float)
            if len(values):
                status = self.status_of(values, code, country, resource)
                part = pd.DataFrame({"value": values, "status": status}).reset_index()
                parts.append(part.assign(vintage=resource.vintage)[[*parts[0]]])
        return pd.concat(parts[1:] or parts, ignore_index=True)

    def by_vintage(self, code: str) -> Values:
        """Show a series as each vintage printed it: years by vintage, each with its source."""
        printed, line = self.printed(code), self.catalog.tables[self._table_of(code)].line
        wide = printed.pivot(index="year", columns="vintage", values="value")
        return Values.of(
            wide,
            status=printed.pivot(index="year", columns="vintage", values="status"),
            unit=plain_unit(self.catalog.explain(code).unit),
            sources={v: ({"source": line, "vintage": v},) for v in wide},
        )

    def as_printed(
        self, label: str, made: Callable[[Self], Values], *codes: str, country: str | None = None
    ) -> pd.DataFrame:
        """Return a figure as it stood whenever one of the series behind it was printed.

        Years by dates of printing, for `Brief.as_printed`, with `attrs` as `described` adds them.

        Parameters
        ----------
        label : str
            What a reader calls it.
        made : callable
            Makes it, one column, from the data as they stood on a day.
        codes : str
            The series of `country` behind it, of one table.
        """
        days = {day for code in codes for day in self.printed(code, country)["vintage"]}
        on = {day: made(self.on(day)) for day in sorted(days)}
        wide = pd.DataFrame({d: v.frame.iloc[:, 0].mask(v.later[:, 0]) for d, v in on.items()})
        newest = on[max(days)].status.iloc[:, 0] if days else pd.Series(dtype=object)
        wide.attrs["open"] = tuple(newest.index[newest == ESTIMATE])
        return self.described(wide.sort_index(), self._table_of(codes[0]), label)

    def described(
        self, wide: pd.DataFrame, table: str, label: str, unit: str = "percentage points"
    ) -> pd.DataFrame:
        """Add to the printings of a figure of a table its publisher, source, label and unit."""
        printings, named = self.catalog.of_table(table), self.catalog.tables[table].publisher
        wide.attrs |= {
            "publisher": printings[0].publisher,
            "lines": self.catalog.lines_of(named),
            "label": label,
            "unit": unit,
            "source": {
                **publisher_line(self.catalog, printings),
                "vintage": combined(wide) if len(wide.columns) else "",
            },
        }
        return wide

    def table(self, table_id: str, *, whole: bool = False) -> pd.DataFrame:
        """Whole table of the edition's vintage, all parts; `attrs` has `source`.

        With `whole` printings of which only some rows are here are passed over.
        """
        self._need(table_id)
        parts = self._parts(table_id, whole=whole)
        rows = [part.rows for part in parts]
        out = rows[0].copy() if len(rows) == 1 else pd.concat(rows, ignore_index=True)
        out.attrs["source"] = self._line(parts)
        return out

    def facts(self, *prefixes: str) -> pd.DataFrame:
        """Return the single figures that were compiled under keys with one of some beginnings.

        Columns key, value, status, source (the table's, or what its ``key_source`` makes of the
        row), up to the edition's last year, or into the year of the day to which it looks back.
        """
        now = int(self.known_at[:4]) if self.known_at else 0
        last = now if self.last_year == now - 1 else self.last_year
        keys = {r.table: self.catalog.frame(r)["key"].fillna("") for r in self.catalog.keyed}
        for prefix in prefixes:
            if not any(column.str.startswith(prefix).any() for column in keys.values()):
                raise DataError(f"no table of the package has a key that begins with '{prefix}'")
        found = []
        for table in (t for t, column in keys.items() if column.str.startswith(prefixes).any()):
            rows = self.table(table)
            rows = rows[rows["key"].fillna("").str.startswith(prefixes)]
            rows = rows[rows["key"].str.extract(r"(\d{4})$")[0].astype(int) <= last]
            told = self.catalog.of_table(table)[0].key_source
            cited = self.source(table)
            sources = [
                {**cited, "source": told.format_map(row)} if told else cited
                for row in rows.to_dict("records")
            ]
            status = self.status_of_rows(table, rows)
            found.append(rows[["key", "value"]].assign(status=status, source=sources))
        return pd.concat(found, ignore_index=True)

    def status_of_rows(self, table: str, rows: pd.DataFrame) -> pd.Series:
        """Maturity of single figures: by their table, a column that its entry names, their own."""
        maturity = self.catalog.of_table(table)[0].maturity
        status = pd.Series(maturity.default, rows.index, dtype=object)
        for column, known in maturity.rows.items():
            status = rows[column].map(known).fillna(status)
        own = rows.get("key_status", pd.Series("", rows.index)).fillna("")
        return own.where(own != "", status)

    def _parts(self, table_id: str, *, whole: bool = False) -> list[Served]:
        if (table_id, whole) not in self._parts_of:
            names = sorted({r.part for r in self.catalog.of_table(table_id)})
            found = [self._part(table_id, name, whole=whole) for name in names]
            self._parts_of[table_id, whole] = found
        return self._parts_of[table_id, whole]

    def _part(self, table_id: str, name: str, *, whole: bool = False) -> Served:
        """One part of a table as the edition sees it."""
        request = self._request(table_id, name)
        base = self.catalog.base(table_id, request, name)
        used = base if whole else self.catalog.used(table_id, request, name)
        if not self.known_at:
            return self._laid([used, base][: 1 + (base.vintage < used.vintage)])
        frame = self.catalog.frame(used)
        if used.rows_dated:
            days = printed_on(frame, used, self._days_of(used.rows_dated.of))
            rows, last = frame[days <= self.known_at], days[days <= self.known_at].max()
            vintage = last if len(rows) else self.known_at
            return Served(used, vintage, rows.reset_index(drop=True))
        then = self.catalog.layers(table_id, self._day(table_id, name), name)
        then = [r for r in then if r.is_full or not whole]
        if then and not used.unrevised:
            return self._laid(then if then[-1].is_full else then[:1])
        served = self._ended(frame, used, used)
        return replace(served, rows=served.rows.reset_index(drop=True))

    def _laid(self, layers: Sequence[Resource]) -> Served:
        """Lay what vintages of some series hold over the others, newest first."""
        first, key = layers[0], layers[0].key
        names = [column for column in key if column != "year"]
        rows, cited = self.catalog.frame(first), [first.vintage]
        for resource in layers[1:]:
            own = self.catalog.frame(resource)
            both = own.merge(rows[names].drop_duplicates(), "left", on=names, indicator="in")
            own = own[(both["in"] == "left_only").to_numpy()]
            rows = pd.concat([rows, own], ignore_index=True)
            cited += [resource.vintage] * bool(len(own))
        return Served(first, combined(cited), rows)

    def _days_of(self, table: str) -> dict[str, str] | None:
        """Day of each row of the table whose rows another one names; None where it names none."""
        if not table:
            return None
        self._need(table)
        other = self.catalog.used(table, self._request(table))
        frame = self.catalog.frame(other)
        return dict(zip(frame.iloc[:, 0], printed_on(frame, other), strict=True))

    def _line(self, parts: Sequence[Served], vintage: str = "") -> dict[str, str]:
        line = publisher_line(self.catalog, [part.resource for part in parts])
        if self.known_at or not all(part.resource.is_full for part in parts):
            vintage = vintage or combined(part.vintage for part in parts)
        return {**line, "vintage": vintage or line["vintage"]}

    def source(self, table_or_code: str) -> dict[str, str]:
        """Source and vintage that serve a table or a series, as exhibits record them.

        `table_or_code` may also be the id of one source inside a table, such as `knomad_brm2021`.
        """
        if table_or_code in self.catalog.tables:
            return self._line(self._parts(table_or_code))
        cited = ((r, s) for r in self.catalog.resources for s in r.sources)
        for resource, entry in cited:
            if entry.id == table_or_code:
                part = self._part(resource.table, resource.part) if self.known_at else resource
                return {"source": entry.line, "vintage": part.vintage}
        table = self.catalog.table_of(table_or_code)
        if within := self.source_within(table, table_or_code):
            return within
        if table in self.read_with:
            return self.source(table)
        pick = self._pick(table_or_code, self._country(table_or_code, None))
        return self._line([pick], pick.vintage) if pick else self.source(table)

    def source_within(self, table: str, code: str) -> dict[str, str] | None:
        """Source of one series of a table whose parts have sources of their own; None if not so."""
        return None

    def gaps(self) -> list[str]:
        """Say, one line each, what the edition lacks, for `check`."""
        return []

    def departures(self, shocks: Collection[int]) -> list[str]:
        """Say in plain words which years depart from the past, but for those named as shocks."""
        return []

    def looks_estimated(self, values: pd.Series, code: str, resource: Resource) -> pd.Series:
        """Which values of a vintage look like estimates, though their publisher does not say so."""
        return pd.Series(False, index=values.index)

    def status_of(
        self, values: pd.Series, code: str, country: str, resource: Resource
    ) -> pd.Series:
        """Maturity of each year of a series, as one vintage prints it, with explicit estimates."""
        modelled = self.catalog.explain(code).status
        own = modelled if modelled != FINAL else resource.maturity.default
        status = pd.Series(own, index=values.index, dtype=object)
        status[self.looks_estimated(values, code, resource)] = ESTIMATE
        for entry in resource.maturity.estimates:
            if (entry.indicator, entry.iso3) == (code, country) and entry.year in status.index:
                status[entry.year] = entry.status
        return status


def main_publisher(catalog: Catalog) -> tuple[str, str]:
    """Return id and name of the publisher of the brief's main table, else of the first table."""
    table = catalog.brief.main_table or next(iter(catalog.tables))
    return catalog.of_table(table)[0].publisher, catalog.tables[table].publisher


def plain_unit(unit: str) -> str:
    """Return a catalogue's unit as results name it: the rest of it belongs in a label."""
    return "percent" if unit.startswith("percent") else unit.removeprefix("current ")
