"""The series of this brief: their codes, those made of others, and what an edition lacks."""

from collections.abc import Collection, Iterable, Iterator
from copy import copy

import pandas as pd

from livingbrief.data.access import (
    ESTIMATE,
    FINAL,
    Data,
    Served,
    plain_unit,
)
from livingbrief.data.catalog import LATEST, publisher_line
from livingbrief.data.descriptor import Resource
from livingbrief.data.known import combined
from livingbrief.errors import DataError
from livingbrief.values.kinds import Kind
from livingbrief.values.values import Source, Values, join
from livingbrief.wording import years_in_words
from remitrisk.countries import CUT, country_name
from remitrisk.printings import (
    BREAKDOWNS,
    history,
    line_changes,
    line_status,
    same_kind,
    totals_by,
)

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
GINI = "SI.POV.GINI"
CORE = (INFLOW, GDP, EXCHANGE_RATE, PRICES)
#: Changes from year to year without which nothing is expected of the next.
FEWEST_CHANGES = 8
ROUND_TO = 1_000_000
ROUND_WITHIN_YEARS = 3
HOME = "KGZ"
LINE_RULE = "line_set_anew_above_inflation_pct"
#: Tables with codes that are no annual series by country, and how each is read.
READ_WITH = {"nsc.sdg": "table", "centralbanks.highfreq": "monthly", "imf.weo": "weo"}
WORLD_SERIES = {"OIL.BRENT": "WLD"}
NO_HOST = (
    "a host with enough of its emigrants (so no measure in its money, and no response to it)",
    "By the table of the United Nations that is used here no single country, nor the euro area "
    f"or the Gulf states, has more than {100 * CUT:.0f}% of its emigrants.",
)
LACKING_SERIES = {
    OUTFLOW: "remittances paid (so no net flow)",
    GROWTH: "real growth",
    EXCHANGE_RATE: "the exchange rate (so no measure in its own money)",
    PRICES: "consumer prices",
    DEFLATOR: "the GDP deflator",
    POVERTY: "poverty at the national line",
    GINI: "the Gini coefficient",
}
_LACKING_TABLES = {
    "nbkr.months": "single months of transfers (National Bank)",
    "press.facts": "transfers as the press printed them",
}


class BriefData(Data):
    """The data of one edition, with the series that this brief makes of others."""

    home = HOME
    away = "RUS"
    read_with = READ_WITH
    world_series = WORLD_SERIES
    lacking_series = LACKING_SERIES

    def looks_estimated(self, values: pd.Series, code: str, resource: Resource) -> pd.Series:
        """Which inflows in dollars are round staff estimates of the World Bank.

        They are exact multiples of one million within three years of their vintage.
        """
        recent = values.index >= int(resource.vintage[:4]) - ROUND_WITHIN_YEARS
        return (values % ROUND_TO == 0) & recent & (code == INFLOW)

    def absent(self, code: str, country: str | None = None) -> tuple[str, str]:
        """Plain name of a series that is lacking, and a sentence that says so.

        Of an edition without a host all of its series are one thing that is lacking.
        """
        return NO_HOST if country == "" else super().absent(code, country)

    def source_within(self, table: str, code: str) -> dict[str, str] | None:
        """Source of a monthly series, whose parts of a table have publishers of their own.

        Also that of an indicator of the Committee, whose totals may have been printed after its
        whole table, and of which one may be printed then while others were printed later.
        """
        if table == "centralbanks.highfreq":
            return self._source_of_monthly(code)
        if table == "nsc.sdg":
            rows = self._committee()
            rows = rows[rows["indicator"] == code]
            # Breakdowns of a total may be at hand from other printings only.
            total = rows[list(BREAKDOWNS)].isna().all(axis=1)
            printed = rows.loc[total | ~total.any(), "printed"]
            line = publisher_line(self.catalog, [self._whole_committee()])
            when = combined(printed) if len(printed) else self.known_at
            return {**line, "vintage": when or line["vintage"]}
        return None

    def _part(self, table_id: str, name: str, *, whole: bool = False) -> Served:
        """One part of a table; see `livingbrief.data.access.Data._part`.

        The Committee's table has a column ``printed``: what each row is cited by.
        """
        if table_id != "nsc.sdg":
            return super()._part(table_id, name, whole=whole)
        rows, used = self._committee(), self._whole_committee()
        return Served(used, combined(rows["printed"].unique()), rows)

    def _whole_committee(self) -> Resource:
        return self.catalog.base("nsc.sdg", self._request("nsc.sdg"))

    def _committee(self) -> pd.DataFrame:
        """The Committee's table as it stood on the edition's day, or as its vintage has it.

        National totals are the newest that its pages or its tables had printed; breakdowns are
        those of its newest table that has them. Where the edition looks back, one that no table of
        the time has is today's.
        """
        asked = (self.known_at, self._request("nsc.sdg"))
        rows: pd.DataFrame = self.catalog.keep("committee", asked, self._committee_then)
        return rows

    def _committee_then(self) -> pd.DataFrame:
        request, today = self._request("nsc.sdg"), self._whole_committee()
        day = min(self.known_at or LATEST, request)
        rows = now = self._indicators(request, today)
        if self.known_at:
            now, rows = self._ended(now, today, today).rows, self._indicators(day)
            now = now.assign(printed=now["printed"].map(Kind.LATER.cited))
        totals = totals_by(day, self._records(), now.drop(columns="printed"))
        rows = pd.concat([rows[~same_kind(rows, totals)], totals], ignore_index=True)
        return pd.concat([rows, now[~same_kind(now, rows)]], ignore_index=True)

    def _indicators(self, request: str, *whole: Resource) -> pd.DataFrame:
        """Lay what tables of some indicators print over the whole one before them, or `whole`."""
        rows: list[pd.DataFrame] = []
        for resource in dict.fromkeys([*self.catalog.layers("nsc.sdg", request), *whole]):
            own = self.catalog.frame(resource).assign(printed=resource.vintage)
            rows.append(own[~same_kind(own, pd.concat(rows))] if rows else own)
        return pd.concat(rows) if rows else self._indicators(LATEST)[:0]

    def _records(self) -> dict[str, pd.DataFrame]:
        """All that the Committee printed of its national totals, by indicator of its pages."""
        request = self._request("nsc.sdg")

        def made() -> dict[str, pd.DataFrame]:
            if not any(r.table == "nsc.printed" for r in self.catalog.resources):
                return {}
            pages = self.catalog.frame(self.catalog.used("nsc.printed", request))
            whole = [(r.vintage, self.catalog.frame(r)) for r in self.catalog.of_table("nsc.sdg")]
            return {code: history(whole, pages, code) for code in pages["indicator"].unique()}

        found: dict[str, pd.DataFrame] = self.catalog.keep("records", request, made)
        return found

    def share_of_gdp(self) -> Values:
        """Remittances received as a percentage of GDP, inside one vintage where one is the newest.

        On a day by which one of both was printed after all vintages that have both, it is the
        inflow over the GDP of that day. See `share_of_one_vintage`.
        """
        share, parts = self.share_of_one_vintage(), self.values(INFLOW, GDP)
        inflow, gdp = parts[INFLOW].known(), parts[GDP]
        if not (self.known_at and inflow and gdp) or inflow.later.any() or gdp.later.any():
            return share
        newest = max(of.sources[0]["vintage"] for of in (inflow, gdp))
        if not share.later.any() and share.sources[0]["vintage"] >= newest:
            return share
        found = inflow.share_of(gdp).named(INFLOW_PCT_GDP, share.label)
        return found.at(found.years)

    def share_of_one_vintage(self) -> Values:
        """Remittances received as a percentage of GDP, inside one vintage.

        The ratio that the edition's vintage publishes, where it publishes one; else inflow over
        GDP, both from one vintage. A year that the published ratio lacks stays missing: it was not
        yet published. DataError if no vintage has either for the country.
        """
        country = self.country
        self._need("worldbank.wdi")
        pick = self._share(country)
        if pick is None:
            raise DataError(f"no vintage has remittances and GDP of {country} together")
        series = self._annual(INFLOW_PCT_GDP, country, pick)
        rows = self.catalog.values_of(pick.resource, INFLOW, country)
        status = self.status_of(rows.set_index("year")["value"], INFLOW, country, pick.resource)
        inflow = Values.of(rows.set_index("year")["value"], status=status)
        return series.on(inflow)

    def share_by_vintage(self) -> Values:
        """Show `share_of_one_vintage` as it stood whenever it or a part of it was printed.

        A column for each printing that has it, under its date; see `by_vintage`.
        """
        days = {d for c in (INFLOW_PCT_GDP, INFLOW, GDP) for d in self.printed(c)["vintage"]}
        found = {}
        for day in sorted(days):
            then = copy(self)
            then.known_at, then._parts_of = day, {}
            share = then.share_of_one_vintage()
            if share and not share.later.any():
                vintage = share.sources[0]["vintage"]
                found[vintage] = share.named(vintage)
        return join(*found.values()) if found else Values.of({})

    def _ratio(self, resource: Resource, country: str) -> pd.DataFrame:
        """Inflow over GDP in per cent, year and value, as one vintage prints both."""
        top, bottom = (self.catalog.values_of(resource, code, country) for code in (INFLOW, GDP))
        ratio = 100 * top.set_index("year")["value"] / bottom.set_index("year")["value"]
        return ratio.dropna().rename("value").reset_index()

    def _share(self, country: str) -> Served | None:
        table = "worldbank.wdi"
        request = self._request(table)
        if self.known_at:
            # The newest printing of the edition's day that has the share or both its parts.
            then = self.catalog.printed_by(table, self.known_at, request)
            for resource in [*then, *self.catalog.search_order(table, request)]:
                rows = self.catalog.values_of(resource, INFLOW_PCT_GDP, country)
                rows = rows if len(rows) else self._ratio(resource, country)
                served = Served(resource, resource.vintage, rows)
                if len(rows) and resource not in then:
                    served = self._ended(rows, resource, resource)
                if len(served.rows):
                    return served
            return None
        if request != LATEST:
            published = self._pick(INFLOW_PCT_GDP, country, request)
            if published is not None and published.vintage == request:
                return published
        inflow = self._pick(INFLOW, country)
        first = [inflow.resource] if inflow else []
        for resource in [*first, *self.catalog.search_order(table, request)]:
            if len(rows := self._ratio(resource, country)):
                return Served(resource, resource.vintage, rows)
        return None

    def poverty_national(self) -> pd.DataFrame:
        """Poverty of Kyrgyzstan at the national line, with the series to which each year belongs.

        The National Statistical Committee serves all its years, and the World Bank's later years
        follow as a series of their own: the publisher broke it in 2023, so no change is computed
        from one to the other. Columns year, value (percent), series, source, vintage, status;
        ascending years.
        """
        national = self.table("nsc.sdg")
        rows = national[
            (national["indicator"] == "poverty_rate")
            & national[["area", "sex", "age", "urbanisation"]].isna().all(axis=1)
        ].sort_values("year")
        rows = rows.loc[rows["year"] <= self.last_year, ["year", "value"]]
        cited = self.source("poverty_rate")
        parts = [rows.assign(series="National Statistical Committee", **cited)]
        # What was printed later does not carry on what was printed then.
        bank = self.series(POVERTY, HOME) if self.has(POVERTY, HOME) else None
        if bank is not None and not bank.later.any():
            later = bank.series[bank.series.index > int(rows["year"].max())]
            part = later.rename("value").rename_axis("year").reset_index()
            cited = {**self.source("worldbank.wdi"), "vintage": bank.sources[0]["vintage"]}
            parts.append(part.assign(series="World Bank, new series", **cited))
        found = pd.concat([p for p in parts if len(p)], ignore_index=True)
        return found.astype({"year": int, "value": float}).assign(status=FINAL)

    def national_poverty(self) -> Values:
        """Poverty of Kyrgyzstan at the national line: a column for each series."""
        found = self.poverty_national().set_index("year")
        parts = found.groupby("series", sort=False)
        cited = {n: [dict(p[["source", "vintage"]].iloc[-1])] for n, p in parts}
        frame = found.pivot(columns="series", values="value")[[n for n, _ in parts]]
        label = {n: "national line" + " (new series)" * n.endswith("new series") for n in frame}
        return Values.of(frame, unit="percent", label=label, sources=cited)

    def poverty_rate(self) -> Values:
        """Poverty at the national line by year, ``headcount_pct``: the first of its series."""
        found = self.national_poverty()
        first = found[found.names[0]].named("headcount_pct", "headcount")
        return first.known().axes(columns="measure")

    def monthly(self, series_id: str) -> pd.Series:
        """Monthly series (PeriodIndex) with every month from its first to its last.

        Empty on a day on which none of its months was out. Gaps are missing values: one (consumer
        prices of Kyrgyzstan, May to September 2022) never shifts a twelve-month change.
        """
        table = "centralbanks.highfreq"
        frame = self.table(table)
        rows = frame[frame["series_id"] == series_id]
        held = [self.catalog.frame(r)["series_id"] for r in self.catalog.of_table(table)]
        known = sorted({*pd.concat(held)})
        if series_id not in known:
            raise DataError(f"no monthly series {series_id!r}; there are: {', '.join(known)}")
        if rows.empty:
            return pd.Series(index=pd.PeriodIndex([], freq="M"), dtype=float, name=series_id)
        if rows["period"].str.contains("Q").any():
            raise DataError(f"{series_id!r} is quarterly: read it from table({table!r})")
        index = pd.PeriodIndex(rows["period"], freq="M")
        series = pd.Series(rows["value"].to_numpy(float), index=index, name=series_id)
        return series.reindex(pd.period_range(index.min(), index.max(), freq="M"))

    def russia_share(self, basis: str) -> pd.DataFrame:
        """Russia's share of remittances to Kyrgyzstan, either ``modelled`` or ``recorded``.

        The two are never given in one frame: a model allocates flows by migrant stocks and incomes,
        an operator records the last leg of a transfer. Columns period, share_pct, counted_by.
        """
        if basis == "modelled":
            # A model without a total of its own spreads the inflow as it stood when it was made.
            flows = ("migration.bilateral", "cgd")
            model = self.catalog.used(flows[0], self._request(*flows), flows[1])
            made = model.made_with.get("worldbank.wdi")
            asked = (made, self.last_year, self.known_at, self._request("worldbank.wdi"))
            inflows = self.catalog.keep(
                "inflows", asked, lambda: self.printed(INFLOW, HOME, until=made)
            )
            return _modelled_share(self.table("migration.bilateral"), inflows)
        if basis == "recorded":
            return _recorded_share(self.table("press.facts"))
        raise DataError(f"basis {basis!r} of Russia's share is neither 'modelled' nor 'recorded'")

    def history(self, code: str) -> pd.DataFrame:
        """National totals of an indicator of the Committee, as each of its printings had them.

        Pages and whole tables are joined to one record, misprints of the day left out; first
        printed is the first row of a year. Columns year, printed, value, record (`page` or
        `tables`), ascending, up to the edition's last year and its printing; `attrs` has `source`.
        DataError if the code is none of the Committee's, or has several series.
        """
        tables = ("nsc.sdg", "nsc.printed")
        for table in tables:
            self._need(table)
        if self.catalog.code_table.get(code) != tables[0]:
            known = ", ".join(self.catalog.explained(tables[0]))
            raise DataError(f"no indicator {code!r} of the Committee; there are: {known}")
        request = min(self.known_at or LATEST, self._request(tables[0]))
        whole = self.catalog.of_table(tables[0])
        pages = self.catalog.frame(self.catalog.used(tables[1], self._request(tables[1])))
        found = history([(r.vintage, self.catalog.frame(r)) for r in whole], pages, code)
        if request != LATEST:
            found = found[found["printed"] <= request]
        found = found[found["year"] <= self.last_year].reset_index(drop=True)
        when = combined(found["printed"]) if len(found) else request
        found.attrs["source"] = {**publisher_line(self.catalog, whole), "vintage": when}
        return found

    def by_printing(self, code: str) -> Values:
        """Show the national totals of an indicator of the Committee as they stood on each day.

        Years by day of printing, each year as it was printed last; see `history`.
        """
        rows = self.history(code)
        wide = rows.pivot(index="year", columns="printed", values="value").ffill(axis=1)
        line = rows.attrs["source"]
        return Values.of(
            wide,
            unit=plain_unit(self.catalog.explain(code).unit),
            sources={day: ({**line, "vintage": day},) for day in wide},
        )

    def beside(self) -> dict[str, str]:
        """Return the economies whose growth is shown, code to name: the brief's home and hosts."""
        return {code: country_name(self.catalog, code) for code in ("KGZ", "RUS", "KAZ", "TUR")}

    def outlook(self, code: str, economies: Iterable[str]) -> Values:
        """Return what the newest issue of the World Economic Outlook had of some economies.

        A column for each, in per cent, named by its code in small letters; without values for an
        economy that the issue lacks. `code` as in `weo`.
        """
        frame = self.table("imf.weo")
        newest = frame[(frame["issue"] == frame["issue"].max()) & (frame["indicator"] == code)]
        told = set(newest.loc[newest["year"] <= self.last_year, "iso3"])
        parts = (
            self.weo(code, c).named(c.lower())
            if c in told
            else Values.of({c.lower(): {}}, unit="percent")
            for c in economies
        )
        return join(*parts).called(unit="percent")

    def weo(self, code: str, country: str | None = None, issue: str | None = None) -> Values:
        """Series of the World Economic Outlook as one issue gave it, forecasts marked.

        `code` is a concept, for instance `NGDP_RPCH` (real growth); `issue` a month, `2023-04`,
        else the newest. Years after the last that the country had reported are estimates. DataError
        if there is no such issue, or it has no such series.
        """
        table = "imf.weo"
        frame = self.table(table)
        country = self.country if country is None else country
        issues = sorted(frame["issue"].unique())
        issue = issue or (issues[-1] if issues else "")
        if issue not in issues:
            raise DataError(
                f"no issue {issue!r} of the World Economic Outlook; there are: {', '.join(issues)}"
            )
        one = frame[(frame["issue"] == issue) & (frame["iso3"] == country)]
        rows = one[(one["indicator"] == code) & (one["year"] <= self.last_year)].set_index("year")
        if rows.empty:
            known = ", ".join(self.catalog.explained(table))
            raise DataError(
                f"the issue of {issue} has no {code!r} for {country} up to {self.last_year}; it "
                f"has {known} for {', '.join(sorted(frame['iso3'].unique()))}"
            )
        reported = rows.index <= rows["last_actual"].astype(float).to_numpy()
        about = self.catalog.explain(code)
        return Values.of(
            rows["value"].rename(code),
            status=pd.Series(ESTIMATE, index=rows.index).mask(reported, FINAL),
            unit=plain_unit(about.unit),
            label=about.label,
            sources=({**frame.attrs["source"], "vintage": issue},),
        )

    def poverty_line(self) -> pd.DataFrame:
        """Give the national poverty line of Kyrgyzstan in som by year, beside consumer prices.

        Up to the edition's last year: line_som, extreme_line_som, exactness, change_pct,
        prices_pct, set_anew (see `printings.line_changes`), source columns. `attrs` has `source`.
        """
        table = "households.poverty_line"
        line = self.table(table)
        line = line[line["year"] <= self.last_year]
        out = line_changes(line, self.series(PRICES, HOME).series)
        out.attrs["source"] = self.source(table)
        return out

    def poverty_line_values(self) -> Values:
        """Give Kyrgyzstan's poverty line, its change and that of consumer prices as values.

        Columns som, change_pct and prices_pct.
        """
        label = {"som": "poverty line", "change_pct": "change", "prices_pct": "consumer prices"}
        unit = {"som": "som", "change_pct": "percent", "prices_pct": "percent"}
        line, prices = self.poverty_line(), self.series(PRICES, HOME)
        frame = line[["line_som", "change_pct"]].rename(columns={"line_som": "som"})
        frame = frame.join(prices.series.rename("prices_pct"), how="outer")
        own = [line.attrs["source"]]
        cited = {"som": own, "change_pct": own, "prices_pct": prices.sources}
        own = self.status_of_rows("households.poverty_line", line)
        status = pd.DataFrame(dict.fromkeys(("som", "change_pct"), own))
        found = Values.of(frame, status=status, unit=unit, label=label, sources=cited, signed=True)
        return join(found["som"].called(signed=False), found.drop("som"))

    def poverty_line_status(self) -> pd.Series:
        """Say of each year if Kyrgyzstan's poverty line only followed prices (`line_status`)."""
        line, prices = self.poverty_line(), self.series(PRICES, HOME).series
        return line_status(line, prices, self.line_rule())

    def line_rule(self) -> float:
        """Rise of prices, per cent, above which the line is set anew; NaN where none is known."""
        told = self.table("households.figures").query("measure == @LINE_RULE")["value"]
        return float(told.item()) if len(told) else float("nan")

    def _source_of_monthly(self, series_id: str) -> dict[str, str]:
        for part in self._parts("centralbanks.highfreq"):
            if series_id in part.resource.allowed("series_id"):
                names = " and ".join(dict.fromkeys(s.publisher for s in part.resource.sources))
                return {"source": f"{names}, {part.resource.title}", "vintage": part.vintage}
        raise DataError(f"no part of centralbanks.highfreq documents {series_id!r}")

    def gaps(self) -> list[str]:
        """Say what the edition lacks: series, years that are not printed, and years withdrawn.

        Of annual series of the country and the host's exchange rate; for Kyrgyzstan of the national
        totals of the National Statistical Committee as well.
        """
        lines = [f"not available for {self.country}: {name}" for name in self.lacking()]
        for series in (self.series(c) for c in (*CORE, OUTFLOW, GROWTH) if self.has(c)):
            if (first := min(series.years)) > self.first_year:
                label = f"{series.label}, {self.country} ({series.names[0]})"
                lines.append(f"not printed before {first}: {label}")
        ended: dict[tuple[str, int], list[str]] = {}
        withdrawn = []
        for label, cited, last, gone in self._ends():
            if (end := max(last, *gone, 0)) < self.last_year:
                source = f"{cited['source']}, vintage {cited['vintage']}"
                ended.setdefault((source, end), []).append(label)
            for printed in dict.fromkeys(gone.values()):
                years = years_in_words([year for year in gone if gone[year] == printed])
                withdrawn.append(
                    f"withdrawn by the publisher: {label}, {years} "
                    f"(last printed in the vintage {printed})"
                )
        for (source, last), labels in ended.items():
            lines.append(f"not yet published after {last}: {'; '.join(labels)} ({source})")
        return lines + withdrawn

    def _ends(self) -> Iterator[tuple[str, Source, int, dict[int, str]]]:
        """Label, source and last year of each series, and years withdrawn by their last vintage."""
        own = [(code, self.country) for code in dict.fromkeys((*CORE, *LACKING_SERIES))]
        for code, country in [*own, (EXCHANGE_RATE, self.host)]:
            if self.has(code, country):
                series, gone = self.series(code, country), self.withdrawn(code, country)
                label = f"{series.label}, {country} ({code})"
                yield label, series.sources[0], max(series.years), gone
        if self.country == HOME and "nsc.sdg" in self.catalog.tables:
            rows, cited = self.table("nsc.sdg"), self.source("nsc.sdg")
            rows = rows[rows["year"] <= self.last_year]
            explained = self.catalog.explained("nsc.sdg")
            for code, last in rows.groupby("indicator", sort=False)["year"].max().items():
                yield explained[str(code)].label, cited, int(last), {}

    def departures(self, shocks: Collection[int]) -> list[str]:
        """Say in plain words which years depart from the past, but for those named as shocks.

        A year of a flow, GDP or the exchange rate whose change lies outside the interval that a
        random walk with drift draws from the years before it, since the edition's first one.
        """
        from remitrisk.methods.unusual import random_walk_with_drift

        told = []
        for series in (self.series(c) for c in (*CORE[:3], OUTFLOW) if self.has(c)):
            values = series.series[series.series.index >= self.first_year]
            first = int(values.index.min()) if len(values) else 0
            for year in values.index[values.index > first + FEWEST_CHANGES]:
                past = values.reindex(range(first, year + 1))
                if year in shocks or not past.gt(0).all():
                    continue
                found, before = random_walk_with_drift(past, year, first=first), past[year - 1]
                if not found.inside:
                    change, low, high = (
                        f"{100 * (v / before - 1):+.1f}"
                        for v in (found.actual, found.expected.low, found.expected.high)
                    )
                    told.append(
                        f"{year} is outside what the years since {first} let expect of "
                        f"{series.label}, {self.country}: {change}%, not {low} to {high}% "
                        f"({found.level:.0%} interval); if it is a shock, add it to `shocks` in "
                        "editions.yml"
                    )
        return told + self.forecasts_scored()

    def forecasts_scored(self) -> list[str]:
        """Say in plain words what came of the forecasts of this report whose year is printed."""
        from remitrisk.methods import forecasts, host_shock

        made = self.table("forecasts.own").set_index("target_year").loc[: self.last_year]
        if made.empty or self.country != HOME or self.known_at:
            return []
        flow, gdp, real = (self.panel(code) for code in (INFLOW, GDP, GROWTH))
        world = host_shock.world(flow, gdp, real, self.table("migration.hosts"))
        cells = host_shock.gaps(world, without=[HOME])
        told = []
        for host, own in made.groupby("host"):
            gap = host_shock.of_host(cells, host)["gap"]
            came = forecasts.judged(own, gap, gap.loc[: host_shock.FITTED].mean()).dropna()
            told += [
                f"our forecast of {year}, written down on {of['issued']}, for receivers of {host}: "
                "{expected:+.1f}% ({low:+.1f}% to {high:+.1f}%); came {outcome:+.1f}%, ".format(
                    **host_shock.percent(of[["expected", "low", "high", "outcome"]].astype(float))
                )
                + ("inside" if of["inside"] else "outside")
                for year, of in came.iterrows()
            ]
        return told

    def core_last_year(self) -> int:
        """Last year of any core series (inflow, GDP, exchange rate, prices), whatever the cut."""
        picks = [self._pick(code, self.country) for code in CORE]
        return max(int(p.rows["year"].max()) for p in picks if p is not None)

    def countries_served(self) -> list[str]:
        """ISO codes of the economies that have remittances received and GDP."""
        inflow, gdp = self.panel(INFLOW), self.panel(GDP)
        return sorted(set(inflow["iso3"]) & set(gdp["iso3"]))

    def lacking(self) -> list[str]:
        """Plain names of what a served country lacks, for the report and the command line."""
        country = self.country
        names = [name for code, name in LACKING_SERIES.items() if not self.has(code, country)]
        names += [] if self.host else [" ".join(NO_HOST)]
        held, placed = {r.table for r in self.catalog.resources}, "statedept.tip_tiers"
        if placed in held and not self.table(placed)["iso3"].eq(country).any():
            names.append("tier placements (U.S. Department of State)")
        if country != HOME:
            names += [n for table, n in _LACKING_TABLES.items() if table in held]
        return names


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
