"""The search for breaks in one series, in words and numbers."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from remitrisk.methods.break_search import (
    NONE,
    Search,
    count_text,
    growth_change,
    p_text,
    partition_table,
    series_table,
    simulate,
    statistics,
    summary,
)

YEARS = list(range(2005, 2025))
# Gross remittances of Kyrgyzstan as a percentage of GDP, 2005 to 2024, vintage 2026-04-01.
SHARE = pd.Series(
    [
        *(12.73, 16.69, 18.51, 23.80, 20.94, 26.41, 27.57, 30.75, 31.06, 30.03),
        *(25.27, 29.28, 32.27, 32.51, 28.79, 31.81, 32.56, 26.58, 18.77, 17.74),
    ],
    index=YEARS,
)
SHARES = Search("Share of GDP", SHARE, 3)


@pytest.fixture(scope="module")
def chance():
    return simulate(SHARES, seed=1, replications=500)


def test_two_and_three_breaks_of_the_share_of_gdp_nearly_tie():
    two, three = SHARES.found.near_ties()
    assert SHARES.after(two) == [2009, 2021]
    assert SHARES.after(three) == [2007, 2010, 2021]
    assert two.bic == pytest.approx(119.0, abs=0.05)
    assert three.bic == pytest.approx(118.5, abs=0.05)
    assert (count_text(SHARES.simple), count_text(SHARES.best)) == ("two breaks", "three breaks")


def test_each_year_has_the_mean_of_its_regime():
    means = SHARES.means(SHARES.simple)
    assert means[2005] == means[2009] == pytest.approx(SHARE.loc[2005:2009].mean())
    assert means[2010] == means[2021] == pytest.approx(SHARE.loc[2010:2021].mean())
    assert means[2022] == means[2024] == pytest.approx(SHARE.loc[2022:].mean())


def test_a_random_walk_looks_broken_more_often_than_noise(chance):
    assert chance.noise.shape == chance.walks.shape == (5, 500)
    assert chance.walks_p > 0.5 > 0.05 > chance.noise_p
    assert chance.walks_broken > chance.noise_broken


def test_a_search_is_summed_up(chance):
    numbers = summary(SHARES, chance)
    assert numbers["years"] == ([2009, 2021], None)
    assert numbers["alternative_breaks"] == (3, "three breaks")
    assert numbers["longer_regime_years"] == ([2009], None)
    assert numbers["differing_years"] == (1, None)
    assert numbers["drift_pct"] == numbers["random_walk_p"]


def test_a_series_without_a_break_has_no_drift_to_tell_it_from(chance):
    flat = Search("Noise", pd.Series(np.random.default_rng(5).normal(size=20), YEARS), 3)
    numbers = summary(flat, chance)
    assert numbers["years"] == (NONE, None)
    assert numbers["breaks"] == (0, "no breaks")
    assert "drift_pct" not in numbers


def test_the_table_of_partitions_has_a_row_for_each_number_of_breaks():
    null = np.tile(np.arange(100.0), (5, 1))
    table = partition_table(SHARES, null, null)
    assert list(table["Breaks"]) == ["0", "1", "2", "3", "4", "5"]
    assert table["After"][2] == "2009; 2021"
    assert table["After"][0] == NONE
    assert table["p"][0] == "–"
    assert not table.map(lambda cell: cell.strip() == "").any(axis=None)


def test_the_table_of_series_tests_for_any_number_of_breaks():
    null = np.zeros((5, 99))
    null[0, :9] = 1000.0
    (row,) = series_table([SHARES], [null]).to_dict("records")
    assert row["p of UDmax"] == "0.100"
    assert row["Simplest near tie by BIC"] == "2009 and 2021"


def test_statistics_are_set_beside_what_chance_gives(chance):
    bic, ud = statistics(SHARES, chance).values()
    assert bic["middle"].idxmin() == "three breaks"
    assert bic["low"].isna().all()
    assert ud.loc["this series"].nunique() == 1
    assert ud.loc["random walks", "middle"] > ud.loc["independent noise", "middle"]
    assert (ud["low"] <= ud["middle"]).all()
    assert (ud["middle"] <= ud["high"]).all()


def test_growth_after_the_last_break_is_held_against_the_regime_before_it():
    growth = pd.Series([9.0, 9.0, 3.0, 3.0, 1.0, 1.0], index=range(2006, 2012))
    assert growth_change(growth, [2007]) == pytest.approx(2.0 - 9.0)
    assert growth_change(growth, [2007, 2009]) == pytest.approx(1.0 - 3.0)


def test_p_values_are_never_printed_as_zero():
    assert p_text(0.00005) == "<0.001"
    assert p_text(0.0651) == "0.065"


def test_chance_is_for_shifts_in_a_mean_alone():
    line = np.column_stack([np.ones(len(SHARES.years)), np.arange(len(SHARES.years))])
    with pytest.raises(ValueError, match="regressors"):
        simulate(dataclasses.replace(SHARES, x=line), seed=1, replications=10)
