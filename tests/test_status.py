"""Which values are estimates, and what that makes of all that is computed from them."""

import pandas as pd
import pytest

from livingbrief.data.catalog import Catalog
from livingbrief.data.descriptor import Maturity
from livingbrief.paths import project_root
from remitrisk.series import GDP, INFLOW, OUTFLOW
from remitrisk.series import BriefData as Data

CATALOG = Catalog(project_root())


def printed_in(vintage, default="final", estimates=()):
    newest = CATALOG.default("worldbank.wdi")
    maturity = Maturity(default=default, estimates=list(estimates))
    return newest.model_copy(update={"vintage": vintage, "maturity": maturity})


def status_of(*asked):
    return Data(project_root()).status_of(*asked)


def years(values):
    return pd.Series({year: float(v) for year, v in values.items()})


# ------------------------------------------------------------------ models and the press


def test_what_is_modelled_is_an_estimate_in_every_year_wherever_it_is_held():
    for table, codes in CATALOG.descriptor.indicators.items():
        for code, about in codes.items():
            if "modelled" in f"{about.label} {about.unit}" or table == "worldbank.wgi":
                resource = CATALOG.of_table(table)[-1]
                assert set(status_of(years({1995: 5, 2024: 6}), code, "RUS", resource)) == {
                    "estimate"
                }, code


def test_no_single_figure_that_the_press_quotes_is_final():
    beginnings = {
        key.partition(".")[0] for r in CATALOG.keyed for key in CATALOG.frame(r)["key"].dropna()
    }
    found = Data(project_root()).facts(*beginnings)
    lines = found["source"].map(lambda cited: cited["source"])
    quoted = lines.str.contains(r"quoted|24\.kg", regex=True)
    assert quoted.sum() > 50 and "final" not in set(found.loc[quoted, "status"])
    assert found.set_index("key")["status"][
        ["victims.government_identified.tip.2020", "survey.effect_pp.2018"]
    ].to_list() == ["quoted", "final"]


# ------------------------------------------------------------------ round staff estimates


def test_a_round_inflow_is_an_estimate_within_three_years_of_its_vintage_and_not_before():
    inflow = years({2022: 2_800_000_000, 2023: 2_850_000_000, 2024: 3_100_000_000})
    found = status_of(inflow, INFLOW, "KGZ", printed_in("2026-04-01"))
    assert found.to_dict() == {2022: "final", 2023: "estimate", 2024: "estimate"}


def test_round_is_an_exact_multiple_of_one_million():
    values = {3_101_000_000: "estimate", 3_000_500_000: "final", 3_100_000_000.5: "final"}
    for value, status in values.items():
        found = status_of(years({2024: value}), INFLOW, "KGZ", printed_in("2026-04-01"))
        assert found[2024] == status


@pytest.mark.parametrize("code", [OUTFLOW, GDP])
def test_only_a_round_inflow_is_taken_for_an_estimate(code):
    found = status_of(years({2024: 3_100_000_000}), code, "KGZ", printed_in("2026-04-01"))
    assert found[2024] == "final"


def test_what_the_descriptor_calls_an_estimate_is_one_for_its_series_country_and_year_only():
    named = {"indicator": OUTFLOW, "iso3": "KGZ", "year": 2022, "status": "estimate"} | {
        "reason": "r"
    }
    resource = printed_in("2025-12-23", estimates=[named, {**named, "year": 2030}])
    outflow = years({2021: 584.5, 2022: 1223.9})
    assert status_of(outflow, OUTFLOW, "KGZ", resource).to_list() == ["final", "estimate"]
    assert status_of(outflow, OUTFLOW, "TJK", resource).to_list() == ["final", "final"]
    assert status_of(outflow, GDP, "KGZ", resource).to_list() == ["final", "final"]


def test_a_table_that_is_an_estimate_throughout_gives_estimates():
    found = status_of(years({2021: 1.5}), GDP, "KGZ", printed_in("2026-04-01", "estimate"))
    assert found[2021] == "estimate"
