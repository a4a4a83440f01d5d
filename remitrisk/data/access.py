"""What a notebook sees of the data: series and tables of one edition."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from remitrisk.data.catalog import LATEST, Catalog, Resource, package_dir, publisher_line
from remitrisk.data.countries import country_name
from remitrisk.data.errors import DataError, UndeclaredReadError
from remitrisk.data.printings import history, line_changes, line_status
from remitrisk.values import Values, join

INFLOW = "BX.TRF.PWKR.CD.DT"
OUTFLOW = "BM.TRF.PWKR.CD.DT"
INFLOW_PCT_GDP = "BX.TRF.PWKR.DT.GD.ZS"
GDP = "NY.GDP.MKTP.CD"
GROWTH = "NY.GDP.MKTP.KD.ZG"
EXCHANGE_RATE = "PA.NUS.FCRF"
PRICES = "FP.CPI.TOTL.ZG"
DEFLATOR = "NY.GDP.DEFL.KD.ZG"
POPULATION = "SP.POP.TOTL"
POVERTY = "SI.POV.NAHC"
CORE = (INFLOW, GDP, EXCHANGE_RATE, PRICES)

ESTIMATE = "estimate"
FINAL = "final"
ROUND_TO = 1_000_000
ROUND_WITHIN_YEARS = 3
NEARLY_AS_WIDE = 0.8

HOME = "KGZ"
LINE_RULE = "line_set_anew_above_inflation_pct"
#: Tables with codes that are no annual series by country, and how each is read.
READ_WITH = {"nsc.sdg": "table", "centralbanks.highfreq": "monthly", "imf.weo": "weo"}
WORLD_SERIES = {"OIL.BRENT": "WLD"}

_LACKING_SERIES = {
    OUTFLOW: "remittances paid (so no net flow)",
    GROWTH: "real growth",
    EXCHANGE_RATE: "the exchange rate (so no ruble or local-currency measure)",
    PRICES: "consumer prices",
    DEFLATOR: "the GDP deflator",
    POVERTY: "poverty at the national line",
    "SI.POV.GINI": "the Gini coefficient",
}
_LACKING_TABLES = {
    "nsc.sdg": "poverty, work and violence by place, sex and age (National Statistical Committee)",
    "nsc.detected_by_purpose": "detected people by purpose (National Statistical Committee)",
    "unodc.kgz": "trafficking offences, prosecutions and convictions (UNODC)",
    "unodc.citizens_abroad": "citizens detected abroad (UNODC)",
    "kyrgyzstan.official_counts": "official and reported counts",
    "nbkr.months": "single months of transfers (National Bank)",
    "press.facts": "transfers as the press printed them",
    "migration.bilateral": "bilateral remittances and migrant stocks",
    "households.figures": "what household surveys say of remittances",
    "context.facts": "the poverty line in local currency",
    "forecasts.remittances": "forecasts made at the time of the shocks",
}
_LACKING_ROWS = {
    "unodc.detected_totals": ("iso3", "people detected in the country (UNODC)"),
    "ctdc.margins": ("citizenship", "assisted people (CTDC)"),
    "statedept.tip_tiers": ("iso3", "tier placements (U.S. Department of State)"),
}


@dataclass(frozen=True)
class AnnualSeries:
    """One annual series of one country, as one vintage prints it.

    `code`, `country`: indicator code and ISO alpha-3 code of the country; `values`: float values by
    year (int index, ascending), without gaps filled; `status`: `final`, `provisional` or
    `estimate`, same index; `unit`, `label`: unit and plain name of the indicator; `vintage`: date
    of the vintage that printed it; `source`: `{"source": …, "vintage": …}` as numbers and figures
    record it; `fallback`: True if the edition's vintage lacks the series and another one serves it.
    """

    code: str
    country: str
    values: pd.Series
    status: pd.Series
    unit: str
    label: str
    vintage: str
    source: dict[str, str]
    fallback: bool = False

    def __len__(self) -> int:
        """Give the number of years with a value."""
        return len(self.values)

    def as_values(self, name: str = "") -> Values:
        """Return the series as values of one column, under its code or another name."""
        return Values.of(
            self.values.rename(name or self.code),
            status=self.status,
            unit=_plain_unit(self.unit),
            label=self.label,
            sources=(self.source,),
        )


@dataclass(frozen=True)
class Ending:
    """Where a series ends, and what its publisher no longer prints.

    `source`: source and vintage that serve it; `last`: last year with a value; `withdrawn`: year to
    the last vintage that printed it; see `Data.withdrawn`.
    """

    label: str
    source: dict[str, str]
    last: int
    withdrawn: dict[int, str] = field(default_factory=dict)

    @property
    def gone(self) -> dict[str, list[int]]:
        """Withdrawn years by the last vintage that printed them."""
        found: dict[str, list[int]] = {}
        for year, vintage in self.withdrawn.items():
            found.setdefault(vintage, []).append(year)
        return found


@dataclass(frozen=True)
class _Pick:
    resource: Resource
    fallback: bool
    rows: pd.DataFrame = field(compare=False)


@lru_cache(maxsize=4)
def _catalog(folder: Path, stamp: int) -> Catalog:
    return Catalog(folder)


def open_catalog(root: Path) -> Catalog:
    """Catalogue of a package, shared between callers until its descriptor changes on disk."""
    folder = package_dir(root).resolve()
    return _catalog(folder, (folder / "datapackage.json").stat().st_mtime_ns)


class Asked(Protocol):
    """What an edition asks of the data; see `Data` for each."""

    country: str
    host: str
    first_year: int
    last_year: int
    vintage: dict[str, str]
    vintage_of: dict[str, str]


def open_data(root: Path, edition: Asked) -> Data:
    """Open the data of an edition, all tables readable."""
    return Data(
        root,
        country=edition.country,
        host=edition.host,
        first_year=edition.first_year,
        last_year=edition.last_year,
        vintage=edition.vintage,
        vintage_of=edition.vintage_of,
    )


class Data:
    """The data of one edition.

    Parameters
    ----------
    root : Path
        The project's folder.
    country, host : str
        ISO alpha-3 codes of the country and of the country where its migrants work.
    first_year, last_year : int
        Years of the edition. Series are cut at the last year, not at the first.
    vintage : mapping
        Vintage asked of each publisher: an ISO date or `latest`, for instance
        `{"worldbank": "2023-05-10"}`.
    vintage_of : mapping
        Vintage asked of single series, for instance `{"NY.GDP.MKTP.KD.ZG": "2022-12-22"}`.
    reads : collection of str, optional
        Tables that the notebook declares; with it, reading any other table is an error.

    Raises
    ------
    DataError
        If a publisher, a series or a vintage is unknown; the message lists what there is.

    Notes
    -----
    A series that the vintage asked for lacks comes from the whole table that stands behind it (the
    newest not later than it), or else from the nearest vintage that has the series, and is marked
    `fallback`; newer vintages therefore do not change a report on an old one. Of the newest whole
    table, a series counts as `fallback` if an earlier whole table had it and this one does not.
    """

    def __init__(
        self,
        root: Path,
        *,
        country: str = HOME,
        host: str = "RUS",
        first_year: int = 2005,
        last_year: int = 9999,
        vintage: Mapping[str, str] | None = None,
        vintage_of: Mapping[str, str] | None = None,
        reads: Collection[str] | None = None,
    ) -> None:
        self.catalog = open_catalog(root)
        self.country = country
        self.host = host
        self.first_year = first_year
        self.last_year = last_year
        self.vintage = dict(vintage or {})
        self.vintage_of = dict(vintage_of or {})
        self.reads = None if reads is None else frozenset(reads)
        for publisher, request in self.vintage.items():
            self.catalog.resolve(publisher, request)
        for code, request in self.vintage_of.items():
            self.catalog.explain(code)
            table = self.catalog.code_table[code]
            publisher = self.catalog.of_table(table)[0].publisher
            self.catalog.resolve(publisher, request, table)
        for table in self.reads or ():
            self.catalog.of_table(table)

    # ------------------------------------------------------------------ which vintage

    def _need(self, table: str) -> None:
        if self.reads is not None and table not in self.reads:
            raise UndeclaredReadError(
                f"this notebook reads the table {table!r} without declaring it: add it to "
                '"reads" under "remitrisk" in the notebook\'s metadata, so that a change of the '
                f"table reruns the notebook (declared now: {', '.join(sorted(self.reads))})"
            )

    def _request(self, table: str, code: str | None = None) -> str:
        if code is not None and code in self.vintage_of:
            return self.vintage_of[code]
        publisher = self.catalog.of_table(table)[0].publisher
        return self.vintage.get(publisher, LATEST)

    def _rows(self, resource: Resource, code: str, country: str) -> pd.DataFrame:
        rows = self.catalog.rows_of(resource, code)
        rows = rows[rows["iso3"] == country]
        return rows[rows["value"].notna()]

    def _pick(self, code: str, country: str, request: str | None = None) -> _Pick | None:
        """Vintage that serves a series of a country, or None if no vintage has it."""
        table = self._table_of(code)
        request = self._request(table, code) if request is None else request
        for resource in self.catalog.search_order(table, request):
            rows = self._rows(resource, code, country)
            if len(rows):
                if request == LATEST:
                    fallback = self._dropped(code, country, table, resource)
                else:
                    fallback = resource.vintage != request
                return _Pick(resource, fallback, rows)
        return None

    def _dropped(self, code: str, country: str, table: str, serving: Resource) -> bool:
        """Whether the newest whole table lacks a series that an earlier whole one had."""
        default = self.catalog.default(table)
        return serving != default and any(
            len(self._rows(r, code, country)) for r in self._earlier(default)
        )

    def _earlier(self, whole: Resource) -> list[Resource]:
        """Whole tables printed before one, newest first."""
        same = self.catalog.of_table(whole.table, whole.part)
        return [r for r in reversed(same) if r.is_full and r.vintage < whole.vintage]

    def _table_of(self, code: str) -> str:
        self.catalog.explain(code)
        table = self.catalog.code_table[code]
        if table in READ_WITH:
            raise DataError(
                f"{code!r} is not an annual series by country: read it with {READ_WITH[table]}()"
            )
        return table

    def _country(self, code: str, country: str | None) -> str:
        return WORLD_SERIES.get(code, self.country if country is None else country)

    # ------------------------------------------------------------------ series

    def series(self, code: str, country: str | None = None) -> AnnualSeries:
        """Annual series of a country, from the edition's vintage, cut at the last year.

        Parameters
        ----------
        code : str
            Indicator code, for instance `BX.TRF.PWKR.CD.DT`.
        country : str, optional
            ISO alpha-3 code; the edition's country without it.

        Raises
        ------
        DataError
            If the code is unknown or no vintage has it for the country.
        UndeclaredReadError
            If the notebook does not declare the table.
        """
        country = self._country(code, country)
        self._need(self._table_of(code))
        pick = self._pick(code, country)
        if pick is None:
            label = self.catalog.explain(code)["label"]
            raise DataError(
                f"no vintage has {code} ({label}) for {country}; "
                "ask Data.has() before reading a series that a country may lack"
            )
        return self._annual(code, country, pick)

    def values(self, *codes: str, country: str | None = None) -> Values:
        """Annual series as values, one column each under its code; one that is absent is empty.

        Parameters
        ----------
        *codes : str
            Indicator codes.
        country : str, optional
            ISO alpha-3 code; the edition's country without it.

        Raises
        ------
        DataError
            If a code is unknown.
        UndeclaredReadError
            If the notebook does not declare the table.
        """
        parts = []
        for code in codes:
            self._need(self._table_of(code))
            where = self._country(code, country)
            pick = self._pick(code, where)
            if pick is not None:
                parts.append(self._annual(code, where, pick).as_values())
            else:
                told = self.catalog.explain(code)
                unit, label = _plain_unit(told["unit"]), told["label"]
                parts.append(Values.of({code: {}}, unit=unit, label=label))
        return join(*parts)

    def absent(self, code: str, country: str | None = None) -> tuple[str, str]:
        """Plain name of a series that a country lacks, and a sentence that says so."""
        label = self.catalog.explain(code)["label"]
        where = self._country(code, country)
        name = country_name(self.catalog, where)
        told = _LACKING_SERIES.get(code, label) if where == self.country else f"{label}, {name}"
        return told, f"No vintage prints a figure for {name}."

    def _annual(self, code: str, country: str, pick: _Pick) -> AnnualSeries:
        explained = self.catalog.explain(code)
        rows = pick.rows[pick.rows["year"] <= self.last_year]
        years = pd.Index(rows["year"].astype(int).to_numpy(), name="year")
        values = pd.Series(rows["value"].to_numpy(float), index=years, name=code).sort_index()
        return AnnualSeries(
            code=code,
            country=country,
            values=values,
            status=status_of(values, code, country, pick.resource),
            unit=explained["unit"],
            label=explained["label"],
            vintage=pick.resource.vintage,
            source=publisher_line(self.catalog, [pick.resource]),
            fallback=pick.fallback,
        )

    def has(self, code: str, country: str | None = None) -> bool:
        """Whether any vintage has a value of the series for the country up to the last year.

        Raises
        ------
        DataError
            If the code is unknown (a misspelt code is not a missing series).
        """
        pick = self._pick(code, self._country(code, country))
        return pick is not None and bool((pick.rows["year"] <= self.last_year).any())

    def withdrawn(self, code: str, country: str | None = None) -> dict[int, str]:
        """Years that the edition's vintage no longer prints, with the last vintage that had them.

        Only whole tables are compared: a vintage that holds some series withdraws none. A year
        that is withdrawn is not in `series`, which fills no gap: show it as withdrawn, never as
        zero or as a break. If the whole series is withdrawn, `series` gives it as the last vintage
        printed it, marked `fallback`, and all its years are here.

        Returns
        -------
        dict
            Vintage by year, ascending, up to the edition's last year; empty if none is withdrawn.
        """
        country = self._country(code, country)
        table = self._table_of(code)
        request = self._request(table, code)
        asked = [r for r in self.catalog.of_table(table) if r.vintage == request]
        current = asked[0] if asked else self.catalog.base(table, request)
        if not current.is_full:
            return {}
        have = set(self._rows(current, code, country)["year"])
        found: dict[int, str] = {}
        for resource in self._earlier(current):
            for at in self._rows(resource, code, country)["year"]:
                if at not in have and at <= self.last_year:
                    found.setdefault(int(at), resource.vintage)
        return dict(sorted(found.items()))

    def panel(self, code: str) -> pd.DataFrame:
        """All economies of one indicator, aggregates left out, cut at the last year.

        Returns
        -------
        DataFrame
            Columns iso3, year, value; one vintage only: the edition's if it holds the whole
            table, else the default one; for a series that the default one lacks, the edition's
            or the newest that covers nearly as many economies as any. `attrs` has `source` and
            `fallback`.
        """
        table = self._table_of(code)
        self._need(table)
        request = self._request(table, code)
        resource = self._panel_resource(table, code, request)
        rows = self.catalog.rows_of(resource, code)
        aggregates = self.catalog.tables[table].get("aggregates", [])
        rows = rows[~rows["iso3"].isin(aggregates) & (rows["year"] <= self.last_year)]
        out = rows[["iso3", "year", "value"]].dropna().reset_index(drop=True)
        out.attrs["source"] = publisher_line(self.catalog, [resource])
        if request == LATEST:
            default = self.catalog.default(table)
            out.attrs["fallback"] = resource.is_full and resource != default
        else:
            out.attrs["fallback"] = resource.vintage != request
        return out

    def _panel_resource(self, table: str, code: str, request: str) -> Resource:
        economies = {
            r: self.catalog.rows_of(r, code)["iso3"].nunique()
            for r in self.catalog.known_then(table, request)
        }
        asked = [r for r in economies if r.vintage == request and economies[r]]
        base = self.catalog.base(table, request)
        if asked and (asked[0].is_full or not economies[base]):
            return asked[0]
        if economies[base]:
            return base
        wide = NEARLY_AS_WIDE * max(economies.values())
        return max((r for r in economies if economies[r] >= wide), key=lambda r: r.vintage)

    def printed(self, code: str, country: str | None = None) -> pd.DataFrame:
        """Show a series as each vintage printed it, up to the one that the edition names.

        Returns
        -------
        DataFrame
            Columns vintage, dated_by, year, value, status, oldest vintage first; years up to the
            edition's last. An edition on `latest` has every vintage; one on a date has none that
            was printed later, so that newer vintages leave its report as it was.
        """
        table = self._table_of(code)
        self._need(table)
        country = self._country(code, country)
        request = self._request(table, code)
        parts = []
        for resource in self.catalog.of_table(table):
            if request != LATEST and resource.vintage > request:
                continue
            rows = self._rows(resource, code, country)
            rows = rows[rows["year"] <= self.last_year]
            if len(rows):
                values = rows.set_index("year")["value"].sort_index()
                parts.append(
                    pd.DataFrame(
                        {
                            "vintage": resource.vintage,
                            "dated_by": resource.meta["dated_by"],
                            "year": values.index.astype(int),
                            "value": values.to_numpy(float),
                            "status": status_of(values, code, country, resource).to_numpy(),
                        }
                    )
                )
        columns = ["vintage", "dated_by", "year", "value", "status"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def by_vintage(self, code: str, country: str | None = None) -> Values:
        """Show a series as each vintage printed it (see `printed`): years by vintage.

        Returns
        -------
        Values
            A column for each vintage, under its date, with that date as its source's vintage.
        """
        printed = self.printed(code, country)
        line = publisher_line(self.catalog, self.catalog.of_table(self._table_of(code))[:1])
        wide = printed.pivot(index="year", columns="vintage", values="value")
        return Values.of(
            wide,
            status=printed.pivot(index="year", columns="vintage", values="status"),
            unit=_plain_unit(self.catalog.explain(code)["unit"]),
            sources={v: ({**line, "vintage": v},) for v in wide},
        )

    # ------------------------------------------------------------------ derived series

    def share_of_gdp(self, country: str | None = None) -> AnnualSeries:
        """Remittances received as a percentage of GDP, inside one vintage.

        The ratio that the edition's vintage publishes, where it publishes one; else inflow over
        GDP, both from one vintage. A year that the published ratio lacks stays missing: it was
        not yet published.

        Raises
        ------
        DataError
            If no vintage has the ratio, or inflow and GDP together, for the country.
        """
        country = self.country if country is None else country
        self._need("worldbank.wdi")
        table = "worldbank.wdi"
        inflow = self._pick(INFLOW, country)
        request = self.vintage_of.get(INFLOW_PCT_GDP, self._request(table, INFLOW))
        if request != LATEST:
            published = self._pick(INFLOW_PCT_GDP, country, request)
            if published is not None and not published.fallback:
                return self._with_status_of_inflow(
                    self._annual(INFLOW_PCT_GDP, country, published), country, published.resource
                )
        candidates = ([inflow.resource] if inflow else []) + [
            *self.catalog.search_order(table, request),
        ]
        for resource in candidates:
            top = self._rows(resource, INFLOW, country)
            bottom = self._rows(resource, GDP, country)
            if len(top) and len(bottom):
                ratio = 100 * top.set_index("year")["value"] / bottom.set_index("year")["value"]
                rows = ratio.dropna().rename("value").reset_index()
                fallback = request not in (LATEST, resource.vintage)
                series = self._annual(INFLOW_PCT_GDP, country, _Pick(resource, fallback, rows))
                return self._with_status_of_inflow(series, country, resource)
        raise DataError(f"no vintage has remittances and GDP of {country} together")

    def _with_status_of_inflow(
        self, series: AnnualSeries, country: str, resource: Resource
    ) -> AnnualSeries:
        rows = self._rows(resource, INFLOW, country)
        inflow = rows.set_index("year")["value"]
        status = status_of(inflow, INFLOW, country, resource).reindex(series.status.index)
        joined = series.status.where(status != ESTIMATE, ESTIMATE)
        return AnnualSeries(**{**series.__dict__, "status": joined})

    def net_inflow(self, country: str | None = None) -> AnnualSeries:
        """Remittances received less remittances paid, in years that have both.

        An estimate on either side makes the difference an estimate: that of Kyrgyzstan in 2022
        stands on an outflow that looks estimated.
        """
        received = self.series(INFLOW, country)
        paid = self.series(OUTFLOW, country)
        values = (received.values - paid.values).dropna()
        either = (received.status.reindex(values.index) == ESTIMATE) | (
            paid.status.reindex(values.index) == ESTIMATE
        )
        status = pd.Series(FINAL, index=values.index).mask(either, ESTIMATE)
        return AnnualSeries(
            code="net",
            country=received.country,
            values=values.rename("net"),
            status=status,
            unit=received.unit,
            label="Personal remittances received less paid",
            vintage=received.vintage,
            source=received.source,
            fallback=received.fallback or paid.fallback,
        )

    def poverty_national(self, country: str | None = None) -> pd.DataFrame:
        """Poverty at the national line, with the series to which each year belongs.

        For Kyrgyzstan the National Statistical Committee serves all its years, and the World
        Bank's later years follow as a series of their own: the publisher broke it in 2023, so no
        change is computed from one series to the other.

        Returns
        -------
        DataFrame
            Columns year, value (percent), series, source, vintage, status; ascending years.
        """
        country = self.country if country is None else country
        parts = []
        last_national = 0
        if country == HOME:
            national = self.table("nsc.sdg")
            rows = national[
                (national["indicator"] == "poverty_rate")
                & national[["area", "sex", "age", "urbanisation"]].isna().all(axis=1)
            ].sort_values("year")
            rows = rows[rows["year"] <= self.last_year]
            last_national = int(rows["year"].max())
            parts.append(self._poverty_rows(rows, "National Statistical Committee", "nsc.sdg"))
        if self.has(POVERTY, country):
            bank = self.series(POVERTY, country)
            later = bank.values[bank.values.index > last_national]
            rows = pd.DataFrame({"year": later.index, "value": later.to_numpy()})
            name = "World Bank, new series" if country == HOME else "World Bank"
            part = self._poverty_rows(rows, name, "worldbank.wdi")
            parts.append(part.assign(vintage=bank.vintage))
        if not parts:
            raise DataError(f"no vintage has poverty at the national line for {country}")
        return pd.concat([p for p in parts if len(p)], ignore_index=True)

    def national_poverty(self) -> Values:
        """Poverty at the national line as values: a column for each series; see above.

        Returns
        -------
        Values
            Of no column with a number where no vintage has the rate.
        """
        if self.country != HOME and not self.has(POVERTY):
            return Values.of({"World Bank": {}}, unit="percent")
        found = self.poverty_national().set_index("year")
        parts = found.groupby("series", sort=False)
        cited = {n: [dict(p[["source", "vintage"]].iloc[-1])] for n, p in parts}
        frame = found.pivot(columns="series", values="value")[[n for n, _ in parts]]
        label = {n: "national line" + " (new series)" * n.endswith("new series") for n in frame}
        return Values.of(frame, unit="percent", label=label, sources=cited)

    def _poverty_rows(self, rows: pd.DataFrame, series: str, table: str) -> pd.DataFrame:
        line = self.source(table)
        return pd.DataFrame(
            {
                "year": rows["year"].astype(int).to_numpy(),
                "value": rows["value"].to_numpy(float),
                "series": series,
                "source": line["source"],
                "vintage": line["vintage"],
                "status": FINAL,
            }
        )

    # ------------------------------------------------------------------ tables

    def table(self, table_id: str) -> pd.DataFrame:
        """Whole table of the edition's vintage, typed and with known traps handled.

        A table in several parts comes as one frame. `attrs` has `source` and `fallback`. Text
        that the publisher leaves empty is a missing value.
        """
        self._need(table_id)
        chosen = self._resources(table_id)
        frames = [self.catalog.frame(r) for r, _ in chosen]
        out = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
        out.attrs["source"] = publisher_line(self.catalog, [r for r, _ in chosen])
        out.attrs["fallback"] = any(fallback for _, fallback in chosen)
        return out

    def _resources(self, table_id: str) -> list[tuple[Resource, bool]]:
        chosen = []
        for part in sorted({r.part for r in self.catalog.of_table(table_id)}):
            publisher = self.catalog.default(table_id, part).publisher
            request = self.vintage.get(publisher, LATEST)
            dated = [r for r in self.catalog.of_table(table_id, part) if r.vintage == request]
            if dated:
                chosen.append((dated[0], False))
            else:
                chosen.append((self.catalog.base(table_id, request, part), request != LATEST))
        return chosen

    def monthly(self, series_id: str) -> pd.Series:
        """Monthly series with every month from its first to its last; gaps are missing values.

        A gap (consumer prices of Kyrgyzstan, May to September 2022) therefore never shifts a
        twelve-month change.

        Returns
        -------
        pd.Series
            Floats with a monthly PeriodIndex.
        """
        table = "centralbanks.highfreq"
        frame = self.table(table)
        rows = frame[frame["series_id"] == series_id]
        if rows.empty:
            known = ", ".join(sorted(frame["series_id"].unique()))
            raise DataError(f"no monthly series {series_id!r}; there are: {known}")
        if rows["period"].str.contains("Q").any():
            raise DataError(f"{series_id!r} is quarterly: read it from table({table!r})")
        index = pd.PeriodIndex(rows["period"], freq="M")
        series = pd.Series(rows["value"].to_numpy(float), index=index, name=series_id)
        return series.reindex(pd.period_range(index.min(), index.max(), freq="M"))

    def russia_share(self, basis: str) -> pd.DataFrame:
        """Russia's share of remittances to Kyrgyzstan, either modelled or recorded.

        The two are never given in one frame: a model allocates flows by migrant stocks and
        incomes, an operator records the last leg of a transfer.

        Parameters
        ----------
        basis : {"modelled", "recorded"}

        Returns
        -------
        DataFrame
            Columns period, share_pct, counted_by.
        """
        if basis == "modelled":
            return _modelled_share(self.table("migration.bilateral"), self.printed(INFLOW, HOME))
        if basis == "recorded":
            return _recorded_share(self.table("press.facts"))
        raise DataError(f"basis {basis!r} of Russia's share is neither 'modelled' nor 'recorded'")

    # ------------------------------------------------------------------ printings, single figures

    def history(self, code: str) -> pd.DataFrame:
        """National totals of the Statistical Committee, as each of its printings had them.

        Pages and whole tables are joined to one record; misprints of the day are left out. An
        edition that names a printing has none that is later. First printed is the first row of a
        year.

        Parameters
        ----------
        code : str
            Indicator of the Committee, for instance `detected_trafficking_victims`.

        Returns
        -------
        DataFrame
            Columns year, printed, value, record (`page` or `tables`), ascending; years up to the
            edition's last. `attrs` has `source`.

        Raises
        ------
        DataError
            If the code is none of the Committee's, or has several series.
        """
        tables = ("nsc.sdg", "nsc.printed")
        for table in tables:
            self._need(table)
        if self.catalog.code_table.get(code) != tables[0]:
            known = ", ".join(self.catalog.descriptor["indicators"][tables[0]])
            raise DataError(f"no indicator {code!r} of the Committee; there are: {known}")
        request = self._request(tables[0])
        whole = self.catalog.of_table(tables[0])
        pages = self.catalog.frame(self.catalog.default(tables[1]))
        found = history([(r.vintage, self.catalog.frame(r)) for r in whole], pages, code)
        if request != LATEST:
            found = found[found["printed"] <= request]
        found = found[found["year"] <= self.last_year].reset_index(drop=True)
        dates = sorted(found["printed"])
        when = f"{dates[0]} to {dates[-1]}" if dates else request
        found.attrs["source"] = {**publisher_line(self.catalog, whole), "vintage": when}
        return found

    def weo(self, code: str, country: str | None = None, issue: str | None = None) -> AnnualSeries:
        """Series of the World Economic Outlook as one issue gave it, forecasts marked.

        Parameters
        ----------
        code : str
            Concept, for instance `NGDP_RPCH` (real growth).
        country : str, optional
            ISO alpha-3 code; the edition's country without it.
        issue : str, optional
            Month of the issue, for instance `2023-04`; the newest without it.

        Returns
        -------
        AnnualSeries
            Years after the last that the country had reported have the status `estimate`; cut at
            the edition's last year.

        Raises
        ------
        DataError
            If there is no such issue, or it has no such series.
        """
        table = "imf.weo"
        frame = self.table(table)
        country = self.country if country is None else country
        issues = sorted(frame["issue"].unique())
        issue = issues[-1] if issue is None else issue
        if issue not in issues:
            raise DataError(
                f"no issue {issue!r} of the World Economic Outlook; there are: {', '.join(issues)}"
            )
        one = frame[(frame["issue"] == issue) & (frame["iso3"] == country)]
        rows = one[(one["indicator"] == code) & (one["year"] <= self.last_year)].set_index("year")
        if rows.empty:
            known = ", ".join(self.catalog.descriptor["indicators"][table])
            raise DataError(
                f"the issue of {issue} has no {code!r} for {country} up to {self.last_year}; it "
                f"has {known} for {', '.join(sorted(frame['iso3'].unique()))}"
            )
        reported = rows.index <= rows["last_actual"].astype(float).to_numpy()
        return AnnualSeries(
            code=code,
            country=country,
            values=rows["value"].rename(code),
            status=pd.Series(ESTIMATE, index=rows.index).mask(reported, FINAL),
            unit=self.catalog.explain(code)["unit"],
            label=self.catalog.explain(code)["label"],
            vintage=issue,
            source={**frame.attrs["source"], "vintage": issue},
        )

    def remittance_prices(self, sender: str, receiver: str | None = None) -> pd.Series:
        """Average total cost of sending money along a corridor, per cent of the amount.

        Parameters
        ----------
        sender : str
            ISO alpha-3 code of the country from which money is sent.
        receiver : str, optional
            ISO alpha-3 code; the edition's country without it.

        Returns
        -------
        pd.Series
            Floats with a quarterly PeriodIndex, every quarter from the first to the last at hand;
            quarters without a survey are missing values, and none is after the last survey.

        Raises
        ------
        DataError
            If the corridor is not at hand; the message lists those that are.
        """
        frame = self.table("worldbank.remittance_prices")
        receiver = self.country if receiver is None else receiver
        frame = frame[frame["quarter"].str[:4].astype(int) <= self.last_year]
        rows = frame[(frame["sender"] == sender) & (frame["receiver"] == receiver)]
        if rows.empty:
            known = frame[["sender", "receiver"]].drop_duplicates().agg("-".join, axis=1)
            raise DataError(
                f"no costs of sending from {sender} to {receiver} up to {self.last_year}; there "
                f"are: {', '.join(known) or 'none'}"
            )
        index = pd.PeriodIndex(rows["quarter"], freq="Q")
        series = pd.Series(rows["cost_pct"].to_numpy(float), index=index, name="cost_pct")
        return series.reindex(pd.period_range(index.min(), index.max(), freq="Q"))

    def poverty_line(self) -> pd.DataFrame:
        """Give the national poverty line of Kyrgyzstan in som by year, beside consumer prices.

        Returns
        -------
        DataFrame
            Indexed by year up to the edition's last: line_som, extreme_line_som, exactness,
            change_pct, prices_pct, set_anew (see `printings.line_changes`), source columns. `attrs`
            has `source`.
        """
        table = "households.poverty_line"
        line = self.table(table)
        line = line[line["year"] <= self.last_year]
        out = line_changes(line, self.series(PRICES, HOME).values)
        out.attrs["source"] = self.source(table)
        return out

    def poverty_line_values(self) -> Values:
        """Give Kyrgyzstan's poverty line, its change and that of consumer prices as values.

        Returns
        -------
        Values
            Columns som, change_pct and prices_pct; empty for another country.
        """
        label = {"som": "poverty line", "change_pct": "change", "prices_pct": "consumer prices"}
        unit = {"som": "som", "change_pct": "percent", "prices_pct": "percent"}
        if self.country != HOME:
            return Values.of({name: {} for name in label}, unit=unit, label=label)
        line, prices = self.poverty_line(), self.series(PRICES, HOME)
        frame = line[["line_som", "change_pct"]].rename(columns={"line_som": "som"})
        frame = frame.join(prices.values.rename("prices_pct"), how="outer")
        own = [line.attrs["source"]]
        cited = {"som": own, "change_pct": own, "prices_pct": [prices.source]}
        found = Values.of(frame, unit=unit, label=label, sources=cited, signed=True)
        return join(found["som"].called(signed=False), found.drop("som"))

    def poverty_line_status(self) -> pd.Series:
        """Say of each year whether Kyrgyzstan's poverty line only followed prices.

        Returns
        -------
        Series
            From `printings.line_status`, by year; empty for another country.
        """
        if self.country != HOME:
            return pd.Series(dtype=object)
        rule = self.household_figures(LINE_RULE)["value"].item()
        return line_status(self.poverty_line(), self.series(PRICES, HOME).values, rule)

    def household_figures(self, measure: str) -> pd.DataFrame:
        """Give what surveys and others say of remittances in households, one measure.

        Parameters
        ----------
        measure : str
            For instance `share_of_income_pct` or `poverty_without_pct`.

        Returns
        -------
        DataFrame
            One row a figure: period, area (missing for the whole country), bound, value, unit,
            population, producer, confidence and the rest of `households.figures`.

        Raises
        ------
        DataError
            If no figure is of this measure; the message lists the measures.
        """
        return self._with("households.figures", "measure", measure)

    def events(self, about: str | None = None) -> pd.DataFrame:
        """Give what happened since the brief, oldest first; of one matter if `about` names it.

        Raises
        ------
        DataError
            If no event is about it; the message lists what events are about.
        """
        table = "events.record"
        return self.table(table) if about is None else self._with(table, "about", about)

    def answers(self, claim: str) -> pd.DataFrame:
        """Give what public sources say on a claim of the ledger, for instance `C66`.

        Raises
        ------
        DataError
            If there is no answer on it; the message lists the claims that have one.
        """
        return self._with("context.answers", "claim", claim)

    def _with(self, table: str, column: str, value: str) -> pd.DataFrame:
        frame = self.table(table)
        rows = frame[frame[column] == value].reset_index(drop=True)
        if rows.empty:
            known = ", ".join(dict.fromkeys(frame[column]))
            raise DataError(f"no {column} {value!r} in {table}; there are: {known}")
        return rows

    def source(self, table_or_code: str) -> dict[str, str]:
        """Source and vintage that serve a table or a series, as exhibits record them.

        Parameters
        ----------
        table_or_code : str
            A table id, an indicator or monthly series code, or the id of one source inside a
            table (for instance `knomad_brm2021`).
        """
        if table_or_code in self.catalog.tables:
            chosen = self._resources(table_or_code)
            return publisher_line(self.catalog, [r for r, _ in chosen])
        for resource in self.catalog.resources:
            for entry in resource.meta["sources"]:
                if entry.get("id") == table_or_code:
                    line = f"{entry['publisher']}, {entry['dataset']}"
                    return {"source": line, "vintage": resource.vintage}
        self.catalog.explain(table_or_code)
        table = self.catalog.code_table[table_or_code]
        if table == "centralbanks.highfreq":
            return self._source_of_monthly(table_or_code)
        pick = None
        if table not in READ_WITH:
            pick = self._pick(table_or_code, self._country(table_or_code, None))
        return self.source(table) if pick is None else publisher_line(self.catalog, [pick.resource])

    def _source_of_monthly(self, series_id: str) -> dict[str, str]:
        for resource, _ in self._resources("centralbanks.highfreq"):
            ids = next(f for f in resource.fields if f["name"] == "series_id")
            if series_id in ids["constraints"]["enum"]:
                names = " and ".join(
                    dict.fromkeys(s["publisher"] for s in resource.meta["sources"])
                )
                return {
                    "source": f"{names}, {resource.meta['title']}",
                    "vintage": resource.vintage,
                }
        raise DataError(f"no part of centralbanks.highfreq documents {series_id!r}")

    # ------------------------------------------------------------------ what there is

    def ends(self) -> list[Ending]:
        """Series that end before the edition does, and years that a publisher withdrew.

        Annual series of the country and the host's exchange rate; for Kyrgyzstan the national
        totals of the National Statistical Committee as well.
        """
        found = []
        for code, country in [
            *((c, self.country) for c in dict.fromkeys((*CORE, *_LACKING_SERIES))),
            (EXCHANGE_RATE, self.host),
        ]:
            if self.has(code, country):
                series = self.series(code, country)
                gone = self.withdrawn(code, country)
                label = f"{series.label}, {country} ({code})"
                found.append(Ending(label, series.source, int(series.values.index.max()), gone))
        if self.country == HOME and "nsc.sdg" in self.catalog.tables:
            found += self._national_ends()
        return [e for e in found if e.withdrawn or e.last < self.last_year]

    def begins(self) -> list[tuple[str, int]]:
        """Flows, GDP, prices and rates that begin after the edition does: label and first year."""
        held = [self.series(c) for c in (*CORE, OUTFLOW, GROWTH) if self.has(c)]
        found = [(f"{s.label}, {self.country} ({s.code})", int(s.values.index.min())) for s in held]
        return [(label, first) for label, first in found if first > self.first_year]

    def _national_ends(self) -> list[Ending]:
        rows = self.table("nsc.sdg")
        rows = rows[rows["year"] <= self.last_year]
        last = rows.groupby("indicator", sort=False)["year"].max()
        explained = self.catalog.descriptor["indicators"]["nsc.sdg"]
        source = self.source("nsc.sdg")
        return [
            Ending(explained[str(code)]["label"], source, int(y), {}) for code, y in last.items()
        ]

    def core_last_year(self, country: str | None = None) -> int:
        """Last year of any core series (inflow, GDP, exchange rate, prices), whatever the cut.

        Raises
        ------
        DataError
            If the country has none of them.
        """
        country = self.country if country is None else country
        picks = [self._pick(code, country) for code in CORE]
        years = [int(p.rows["year"].max()) for p in picks if p is not None]
        if not years:
            raise DataError(f"no core series (inflow, GDP, exchange rate, prices) for {country}")
        return max(years)

    def countries_served(self) -> list[str]:
        """ISO codes of the economies that have remittances received and GDP."""
        inflow, gdp = self.panel(INFLOW), self.panel(GDP)
        return sorted(set(inflow["iso3"]) & set(gdp["iso3"]))

    def lacking(self, country: str | None = None) -> list[str]:
        """Plain names of what a served country lacks, for the report and the command line."""
        country = self.country if country is None else country
        names = [name for code, name in _LACKING_SERIES.items() if not self.has(code, country)]
        if self.has(INFLOW, country) and self.printed(INFLOW, country)["vintage"].nunique() == 1:
            names.append("earlier vintages of the inflow (so no revisions)")
        for table, (column, name) in _LACKING_ROWS.items():
            if table in self.catalog.tables and not self.table(table)[column].eq(country).any():
                names.append(name)
        if country != HOME:
            names += [n for table, n in _LACKING_TABLES.items() if table in self.catalog.tables]
        return names


def _plain_unit(unit: str) -> str:
    """Return a catalogue's unit as results name it: the rest of it belongs in a label."""
    return "percent" if unit.startswith("percent") else unit.removeprefix("current ")


def status_of(values: pd.Series, code: str, country: str, resource: Resource) -> pd.Series:
    """Maturity of each year of a series, as one vintage prints it.

    Explicit estimates come from the descriptor. A World Bank inflow in dollars that is an exact
    multiple of one million within three years of its vintage is a round staff estimate.
    """
    maturity: dict[str, Any] = resource.meta.get("maturity", {})
    status = pd.Series(maturity.get("default", FINAL), index=values.index, dtype=object)
    if code == INFLOW:
        recent = values.index >= int(resource.vintage[:4]) - ROUND_WITHIN_YEARS
        round_figure = (values % ROUND_TO == 0).to_numpy()
        status[recent & round_figure] = ESTIMATE
    for entry in maturity.get("estimates", []):
        if (
            entry["indicator"] == code
            and entry["iso3"] == country
            and entry["year"] in status.index
        ):
            status[entry["year"]] = entry["status"]
    return status


def _modelled_share(bilateral: pd.DataFrame, inflows: pd.DataFrame) -> pd.DataFrame:
    flows = bilateral[(bilateral["basis"] == "modelled") & (bilateral["origin_iso3"] == HOME)]
    # A year that the newest vintage withdrew keeps its last printed total.
    latest = inflows.sort_values("vintage", kind="stable").groupby("year")["value"].last()
    rows = []
    for (flow, year), group in flows.groupby(["flow", "year"]):
        russia = group.loc[group["dest_iso3"] == "RUS", "value"].sum()
        total = group.loc[group["is_total"], "value"].sum() or latest.get(year, float("nan")) / 1e6
        rows.append((str(year), 100 * russia / total, flow))
    shares = pd.DataFrame(rows, columns=["period", "share_pct", "counted_by"])
    return shares.dropna(subset=["share_pct"]).reset_index(drop=True)


def _recorded_share(facts: pd.DataFrame) -> pd.DataFrame:
    inflow = facts[
        (facts["direction"] == "inflow")
        & facts["system"].isin(["nbkr_old", "nbkr_new"])
        & (facts["attributed_to"] != "unstated")
        # A tenth of a billion leaves a share open by some four points.
        & ~facts["qualifier"].fillna("").str.contains("rounded to 0.1 bn")
    ]
    keys = ["system", "period_start", "period_end"]
    russia = inflow[inflow["counterpart"] == "RUS"].drop_duplicates(keys)
    total = inflow[inflow["counterpart"] == "TOTAL"].drop_duplicates(keys)
    both = russia.merge(total, on=keys, suffixes=("_rus", "_all")).sort_values(keys[1:])
    period = both["period_start"].where(
        both["period_start"] == both["period_end"],
        both["period_start"] + " to " + both["period_end"],
    )
    return pd.DataFrame(
        {
            "period": period.to_numpy(),
            "share_pct": (100 * both["value_rus"] / both["value_all"]).to_numpy(),
            "counted_by": both["system"].to_numpy(),
        }
    )
