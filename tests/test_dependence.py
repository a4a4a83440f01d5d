"""Growth by measure, and what is said where a percentage would mislead."""

import numpy as np
import pandas as pd
import pytest

from remitrisk.methods import accounting, dependence

# Kazakhstan's net flow in US$ million, vintage 2026-04-01: more is sent out than comes in.
NET = pd.Series([-2154.0, -1801.0], index=[2019, 2020])


def flows():
    return accounting.measures(
        pd.Series([100.0, 110.0], index=NET.index),
        outflow=pd.Series([2254.0, 1911.0], index=NET.index),
        gdp=pd.Series([1000.0, 1000.0], index=NET.index),
    )


def test_a_negative_net_flow_that_shrinks_is_not_a_fall():
    found = dependence.growth(flows(), flows()["share"])
    assert np.isnan(found.loc[2020, "net_usd"])
    assert found.loc[2020, "gross_usd"] == pytest.approx(10)
    assert found.loc[2020, "share"] == pytest.approx(1)


def test_the_lowest_year_since_the_peak_is_labelled_too():
    line = pd.Series([1.0, 9.0, 3.0, 5.0, np.nan], index=range(2019, 2024))
    assert dependence.telling_years(line) == [2019, 2020, 2021, 2022]
    assert dependence.telling_years(line.loc[:2020]) == [2019, 2020]
