"""What a notebook may ask of the data, and what it is told when it cannot be served."""

import json
import re
from pathlib import Path

import pytest

from livingbrief.data.catalog import Catalog
from livingbrief.errors import DataError, PackageError
from remitrisk.series import INFLOW, POVERTY
from remitrisk.series import BriefData as Data

pytestmark = pytest.mark.core

ROOT = Path(__file__).parents[1]
APRIL_2026 = {"worldbank": "2026-04-01"}


def whole_tables():
    """Dates of the whole tables of the World Development Indicators, from the descriptor."""
    listed = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    wdi = [r for r in listed["resources"] if r["table"] == "worldbank.wdi"]
    return sorted(r["vintage"] for r in wdi if r["coverage"] == "full")


def data(**over):
    return Data(ROOT, **{"country": "KGZ", "host": "RUS", "last_year": 2024, **over})


def test_series_is_cut_at_the_last_year_and_not_at_the_first():
    inflow = data(first_year=2005, last_year=2021).series(INFLOW)
    assert inflow.years[0] == 1993 and inflow.years[-1] == 2021
    dated = data(vintage=APRIL_2026).series(INFLOW)
    assert dated.sources[0]["vintage"] == "2026-04-01"
    assert inflow.unit == "US$" and inflow.label == "Personal remittances received"
    assert inflow.sources[0] == {
        "source": "World Bank, World Development Indicators",
        "vintage": whole_tables()[-1],
    }


def test_panel_has_all_economies_and_no_aggregates():
    panel = data(last_year=2022).panel(INFLOW)
    assert list(panel.columns) == ["iso3", "year", "value"]
    assert panel["year"].max() == 2022 and panel["iso3"].nunique() > 190
    assert not panel["iso3"].isin(["WLD", "ECS"]).any()
    assert panel["value"].notna().all()


def test_panel_of_an_old_vintage_with_few_economies_comes_from_the_default_one():
    panel = data(vintage={"worldbank": "2023-05-10"}).panel(INFLOW)
    assert panel["iso3"].nunique() > 190
    assert panel.attrs["fallback"] and panel.attrs["source"]["vintage"] == "2026-04-01"


def test_an_undeclared_table_is_an_error_that_names_the_missing_declaration():
    declared = data(reads=["worldbank.wdi"])
    assert declared.has(INFLOW)
    declared.series(INFLOW)
    with pytest.raises(PackageError, match=r"'nsc\.sdg' without declaring it.*\"reads\""):
        declared.table("nsc.sdg")
    with pytest.raises(PackageError, match=r"worldbank\.wdi"):
        data(reads=[]).series(INFLOW)
    with pytest.raises(DataError, match=r"no table 'nsc\.sgd'"):
        data(reads=["nsc.sgd"])


def test_unknown_series_tables_publishers_and_vintages_are_named_with_what_there_is():
    with pytest.raises(DataError, match=r"no series 'BX.TRF.PWKR.CD.XX'.*BX.TRF.PWKR.CD.DT"):
        data().series("BX.TRF.PWKR.CD.XX")
    with pytest.raises(DataError, match=r"no publisher 'wordbank'.*worldbank"):
        data(vintage={"wordbank": "latest"})
    with pytest.raises(DataError, match=r"no vintage '2023-05-11' of 'worldbank'.*2023-05-10"):
        data(vintage={"worldbank": "2023-05-11"})
    with pytest.raises(DataError, match=r"no vintage has SI.POV.NAHC .* for LIE"):
        data().series(POVERTY, "LIE")
    with pytest.raises(DataError, match="no monthly series"):
        data().monthly("kgz_cpi")
    assert DataError.exit_code == 2 and PackageError.exit_code == 1


def test_has_does_not_raise_for_a_country_and_does_for_a_misspelt_code():
    assert data().has(INFLOW, "TJK")
    assert not data().has(POVERTY, "LIE")
    assert not data(last_year=1990).has(INFLOW)
    with pytest.raises(DataError):
        data().has("NY.GDP")


def test_world_prices_and_other_tables_are_series_too():
    assert data().series("OIL.BRENT").years[0] == 1990
    assert data(vintage={"undp": "2024-03-13"}).series("HDI").sources[0]["vintage"] == "2024-03-13"
    assert data(vintage={"undp": "2025-05-06"}).series("HDI").series[2023] == 0.720
    poor = data(vintage=APRIL_2026).series("SI.POV.LMIC")
    assert poor.sources[0]["vintage"] == "2026-05-31"


def test_sources_of_tables_series_and_single_sources():
    named = data(vintage={"nsc": "2025-08-15", "eia": "2026-08-22"})
    assert named.source("nsc.sdg")["vintage"] == "2025-08-15"
    assert data().source("knomad_brm2021")["source"].startswith("KNOMAD / World Bank")
    assert named.source("brent_usd_bbl")["vintage"] == "2026-08-22"
    assert data(vintage={"worldbank": "2023-05-10"}).source(INFLOW)["vintage"] == "2023-05-10"
    parts = {r.part: r.vintage for r in Catalog(ROOT).of_table("migration.bilateral")}
    first, last = min(parts.values()), max(parts.values())
    assert data().source("migration.bilateral")["vintage"] == f"{first} to {last}"
    assert first == "2019-12-31" and last >= "2026-11-25"


def test_countries_served_and_what_they_lack():
    served = data().countries_served()
    assert {"KGZ", "TJK", "UZB", "ARM", "MDA", "GEO", "KAZ"} <= set(served)
    assert "WLD" not in served and "XXX" not in served
    assert data().lacking() == []
    # Chapters on the Committee's tables are not run for other countries.
    kazakh = data(country="KAZ").lacking()
    assert kazakh and not any("National Statistical Committee" in name for name in kazakh)
    assert data(vintage=APRIL_2026).core_last_year() == 2024
    assert data(vintage=APRIL_2026, last_year=2010).core_last_year() == 2024


def test_printings_and_single_figures_are_cut_at_the_edition_and_named_when_wrong():
    now, then = data(), data(last_year=2019, vintage={"nsc": "2022-11-30"})
    early = then.history("poverty_rate")
    assert early["year"].max() == 2019 and early["printed"].max() == "2022-11-30"
    assert early.attrs["source"]["vintage"] == "2019-11-20 to 2022-11-30"
    assert then.poverty_line().index.max() == 2019
    newest = now.weo("PCPIPCH")
    assert newest.unit == "percent" and newest.years[-1] == 2024
    assert now.table("events.record")["date"].is_monotonic_increasing
    for asked, said in (
        (lambda: now.history("NY.GDP.MKTP.CD"), "no indicator 'NY.GDP.MKTP.CD' of the Committee"),
        (lambda: now.history("food_insecurity_rate"), "has several series"),
        (lambda: now.series("NGDP_RPCH"), r"read it with weo\(\)"),
        (lambda: now.monthly("kgz_mts_inflow_rus_q"), "is quarterly"),
        (lambda: now.weo("NGDP_RPCH", issue="2023-05"), "no issue '2023-05'.*2023-04"),
        (lambda: now.weo("NGDP_RPCH", "FRA"), "has no 'NGDP_RPCH' for FRA"),
    ):
        with pytest.raises(DataError, match=said):
            asked()
    with pytest.raises(PackageError, match=r"nsc\.printed"):
        data(reads=["nsc.sdg"]).history("poverty_rate")


def test_a_caller_cannot_change_what_the_next_one_reads():
    first = data().table("nsc.sdg")
    first.loc[:, "value"] = -1.0
    assert data().table("nsc.sdg")["value"].max() > 0


def test_a_year_beyond_what_the_years_before_let_expect_is_named_unless_it_is_a_shock():
    told = data(vintage=APRIL_2026).departures([2015])
    said = "2022 .* Personal remittances paid, KGZ: \\+109.4%, not -19.9 to \\+68.5% "
    assert len(told) == 1 and re.match(said, told[0])
    assert data().departures([2015, 2022]) == []
