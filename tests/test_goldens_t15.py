"""Headline figures of Kyrgyzstan, as published: the vintage of April 2026 and that of June 2023.

The dates are named, so that a vintage that is added leaves these figures as they were printed.
"""

from pathlib import Path

import pytest

from remitrisk.series import EXCHANGE_RATE, GDP, GROWTH, INFLOW, INFLOW_PCT_GDP, OUTFLOW, POVERTY
from remitrisk.series import BriefData as Data

ROOT = Path(__file__).parents[1]
TODAY = Data(
    ROOT,
    country="KGZ",
    host="RUS",
    last_year=2024,
    vintage={"worldbank": "2026-04-01", "nsc": "2025-08-15"},
)
THEN = Data(
    ROOT,
    country="KGZ",
    host="RUS",
    last_year=2022,
    vintage={"worldbank": "2026-04-01"},
    known_at="2023-06-30",
)
TOLERANCE = 0.005


def close(value):
    return pytest.approx(value, abs=TOLERANCE)


def growth(series, year):
    return 100 * (series.values[year] / series.values[year - 1] - 1)


def test_gross_inflow_of_2021_and_2022():
    inflow = TODAY.series(INFLOW)
    assert inflow.values[2021] / 1e6 == close(3011.845)
    assert inflow.values[2022] / 1e6 == close(3225.169)
    assert inflow.vintage == "2026-04-01" and not inflow.fallback


@pytest.mark.parametrize(("year", "published"), [(2020, -2.484), (2022, 7.083)])
def test_growth_of_the_gross_inflow(year, published):
    assert growth(TODAY.series(INFLOW), year) == close(published)


@pytest.mark.parametrize(("year", "published"), [(2020, 0.062), (2022, -17.553)])
def test_growth_of_the_net_inflow(year, published):
    net = TODAY.values(INFLOW) - TODAY.values(OUTFLOW)
    assert net.change().cell(year).value == close(published)


def test_inflow_in_rubles_was_flat_in_2022():
    rubles = TODAY.series(INFLOW).values * TODAY.series(EXCHANGE_RATE, "RUS").values
    assert 100 * (rubles[2022] / rubles[2021] - 1) == close(-0.433)


@pytest.mark.parametrize(("year", "published"), [(2021, 32.564), (2022, 26.578), (2023, 18.774)])
def test_share_of_gdp(year, published):
    share = TODAY.share_of_gdp()
    assert share.values[year] == close(published)
    assert share.vintage == "2026-04-01" and not share.fallback


@pytest.mark.parametrize(("year", "published"), [(2022, 7.55), (2023, -19.58)])
def test_value_of_the_ruble_in_dollars(year, published):
    per_ruble = 1 / TODAY.series(EXCHANGE_RATE, "RUS").values
    assert 100 * (per_ruble[year] / per_ruble[year - 1] - 1) == close(published)


def test_poverty_of_2022_by_residence():
    table = TODAY.table("nsc.sdg")
    rows = table[(table["indicator"] == "poverty_rate") & (table["year"] == 2022)]
    by_residence = rows[rows["urbanisation"].notna()].set_index("urbanisation")["value"]
    assert by_residence["Rural"] == close(32.636)
    assert by_residence["Urban"] == close(34.041)


# ---------------------------------------------------------------- what a reader of June 2023 had


@pytest.mark.parametrize(("year", "published"), [(2020, 0.511), (2022, 9.221)])
def test_growth_as_it_looked_in_june_2023(year, published):
    assert growth(THEN.series(INFLOW), year) == close(published)


def test_share_of_gdp_as_it_looked_in_june_2023():
    share = THEN.share_of_gdp()
    assert share.values[2021] == close(32.686)
    assert 2022 not in share.values.index
    assert share.vintage == "2023-05-10" and not share.fallback


def test_the_inflow_of_2022_was_an_estimate_in_june_2023():
    inflow = THEN.series(INFLOW)
    assert inflow.values[2022] == 3_050_000_000
    assert inflow.status[2022] == "estimate"
    assert inflow.status[2021] == "final"


def test_which_vintage_serves_which_series_of_june_2023():
    served = {
        code: (THEN.series(code).vintage, THEN.series(code).fallback)
        for code in (INFLOW, OUTFLOW, INFLOW_PCT_GDP, GDP, GROWTH, EXCHANGE_RATE, POVERTY)
    }
    assert served == {
        INFLOW: ("2023-05-10", False),
        OUTFLOW: ("2023-05-10", False),
        INFLOW_PCT_GDP: ("2023-05-10", False),
        GDP: ("2023-05-10", False),
        GROWTH: ("2022-12-22", False),
        EXCHANGE_RATE: ("2026-04-01", False),
        POVERTY: ("2026-04-01", True),
    }
    assert THEN.series(GROWTH).values[2021] == close(3.611)
