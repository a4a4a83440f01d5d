"""Methods meet the data package: headline figures, identities and the trial runs' numbers."""

import numpy as np
import pandas as pd
import pytest

from livingbrief.paths import project_root
from remitrisk.methods.accounting import measures, share_parts
from remitrisk.methods.host_shock import errors, line
from remitrisk.methods.unusual import random_walk_with_drift
from remitrisk.series import BriefData as Data

INFLOW, OUTFLOW, GDP = "BX.TRF.PWKR.CD.DT", "BM.TRF.PWKR.CD.DT", "NY.GDP.MKTP.CD"
GROWTH, DEFLATOR, RATE = "NY.GDP.MKTP.KD.ZG", "NY.GDP.DEFL.KD.ZG", "PA.NUS.FCRF"


@pytest.fixture(scope="module")
def data() -> Data:
    return Data(project_root(), last_year=2024, vintage={"worldbank": "2026-04-01"})


@pytest.fixture(scope="module")
def flows(data) -> pd.DataFrame:
    gross, outflow, gdp, rate = data.values(INFLOW, OUTFLOW, GDP, RATE)
    return measures(
        gross,
        outflow=outflow,
        host_rate=data.values(RATE, country="RUS"),
        home_rate=rate,
        gdp=gdp,
    ).frame


@pytest.mark.parametrize(
    ("measure", "year", "printed"),
    [
        ("gross_usd", 2020, -2.484),
        ("gross_usd", 2022, 7.083),
        ("net_usd", 2020, 0.062),
        ("net_usd", 2022, -17.553),
        ("rub", 2022, -0.433),
    ],
)
def test_the_headline_changes_of_each_measure(flows, measure, year, printed):
    assert 100 * (flows.loc[year, measure] / flows.loc[year - 1, measure] - 1) == pytest.approx(
        printed, abs=0.005
    )


def test_the_headline_shares_of_gdp(flows):
    shares = flows.loc[[2021, 2022, 2023], "share"].tolist()
    assert shares == pytest.approx([32.564, 26.578, 18.774], abs=0.005)


@pytest.mark.parametrize(
    ("country", "tolerance"),
    [("KGZ", 1e-6), *((c, 1e-3) for c in ("TJK", "ARM", "MDA", "UZB", "GEO", "KAZ", "UKR"))],
)
def test_parts_sum_and_the_deflator_is_the_published_one(data, country, tolerance):
    names = (INFLOW, GDP, GROWTH, RATE, DEFLATOR)
    parts = share_parts(*data.values(*names, country=country)).span(2014, 2024).frame
    assert len(parts) == 11
    distance = parts.pop("deflator_distance")
    assert (parts.drop(columns="share_log").sum(axis=1) - parts["share_log"]).abs().max() < 1e-10
    assert distance.max() < 100 * tolerance


@pytest.mark.parametrize(
    ("measure", "expected", "low", "high", "effect"),
    [("gross_usd", 3.26, 2.26, 4.70, -1.0), ("net_usd", 2.61, 1.78, 3.81, -23.3)],
)
def test_the_benchmark_of_2022(flows, measure, expected, low, high, effect):
    values = flows[measure].loc[2010:2022] / 1e9
    found = random_walk_with_drift(values, 2022, first=2010)
    assert found.n == 11
    assert found.expected == pytest.approx([expected, low, high], abs=0.005)
    assert found.effect_pct.value == pytest.approx(effect, abs=0.05)
    assert found.inside


def changes(data) -> tuple[pd.Series, pd.Series]:
    flow, rate = data.series(INFLOW).values, data.series(RATE, "RUS").values
    return np.log(flow).diff(), -np.log(rate).diff()


@pytest.mark.parametrize(
    ("first", "last", "n", "slope"), [(2009, 2023, 15, 0.98), (2012, 2022, 11, 0.77)]
)
def test_the_elasticity_to_the_ruble_in_the_trial_windows(data, first, last, n, slope):
    inflow, ruble = (c.loc[first:last] for c in changes(data))
    found = line(inflow, ruble.rename("ruble"))
    assert (found.n, found.slope) == (n, pytest.approx(slope, abs=0.005))


def test_in_eleven_observations_the_autocorrelation_robust_error_is_the_smallest(data):
    found = errors(line(*(c.loc[2012:2022] for c in changes(data))))
    assert found["classical"] == pytest.approx(0.15, abs=0.005)
    assert found["hc3"] == pytest.approx(0.26, abs=0.005)
    assert found["hac"] < 0.10
