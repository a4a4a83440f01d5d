"""Indicators of structural risk are made from published series as described, and ranked."""

import numpy as np
import pandas as pd
import pytest

from livingbrief.paths import project_root
from remitrisk.methods import structural
from remitrisk.series import BriefData as Data


def panel(rows):
    return pd.DataFrame(rows, columns=["iso3", "year", "value"])


def pick(*codes):
    return tuple(i for i in structural.INDICATORS if i.code in codes)


def test_the_latest_value_within_the_window_is_taken_with_its_year():
    rows = [("AAA", 2014, 30.0), ("AAA", 2020, 28.0), ("AAA", 2025, 20.0)]
    rows += [("BBB", 2014, 40.0), ("CCC", 2015, 35.0)]
    found = structural.assemble({"SI.POV.GINI": panel(rows)}, pick("SI.POV.GINI"), last_year=2024)
    assert found.values["SI.POV.GINI"].to_dict() == {"AAA": 28.0, "CCC": 35.0}
    assert found.years["SI.POV.GINI"].to_dict() == {"AAA": 2020, "CCC": 2015}


def test_shares_use_both_series_of_the_same_year():
    panels = {
        "BX.TRF.PWKR.CD.DT": panel([("AAA", 2022, 20.0), ("AAA", 2023, 30.0)]),
        "NY.GDP.MKTP.CD": panel([("AAA", 2022, 100.0)]),
    }
    found = structural.assemble(panels, pick("remittances"), last_year=2024)
    assert found.values.loc["AAA", "remittances"] == pytest.approx(20.0)
    assert found.years.loc["AAA", "remittances"] == 2022


def test_net_emigration_is_a_mean_of_five_years_that_all_have_a_value():
    moves = [("AAA", y, -1000.0 * (y - 2017)) for y in range(2018, 2024)]
    moves += [("BBB", y, -1000.0) for y in range(2019, 2025) if y != 2022]
    people = [(unit, y, 1e6) for unit in ("AAA", "BBB") for y in range(2018, 2025)]
    panels = {"SM.POP.NETM": panel(moves), "SP.POP.TOTL": panel(people)}
    found = structural.assemble(panels, pick("emigration"), last_year=2024)
    assert found.values["emigration"].to_dict() == pytest.approx({"AAA": np.mean([2, 3, 4, 5, 6])})
    assert found.years["emigration"].to_dict() == {"AAA": 2023}


@pytest.fixture(scope="module")
def study():
    data = Data(project_root(), country="KGZ", last_year=2024)
    needed = structural.series_needed(structural.INDICATORS)
    return structural.study({code: data.panel(code) for code in needed}, 2024, draws=500)


def by_hand(values, indicators):
    """Reference ranks with plain pandas: percentiles, lowest to highest, means of means."""
    codes = [i.code for i in indicators]
    risk = values[codes] * pd.Series({i.code: i.direction for i in indicators})
    risk = risk.clip(risk.quantile(0.025), risk.quantile(0.975), axis=1)
    scaled = 1 + 99 * (risk - risk.min()) / (risk.max() - risk.min())
    dimension = scaled.T.groupby([i.dimension for i in indicators]).mean().T
    return dimension.mean(axis=1).rank(ascending=False)


def test_reference_ranks_are_those_of_plain_pandas_with_and_without_remittances(study):
    values = study.table.values.loc[[*study.coverage.kept]]
    other = [i for i in structural.INDICATORS if i.code != "remittances"]
    for table, used in ((study.index, structural.INDICATORS), (study.without, other)):
        pd.testing.assert_series_equal(
            by_hand(values, used).sort_index(), table["rank"].sort_index(),
            check_dtype=False, check_names=False,
        )  # fmt: skip
        assert ((table["low"] <= table["rank"]) & (table["rank"] <= table["high"])).mean() > 0.9


def test_who_is_ranked(study):
    assert not {"WLD", "ECS"} & set(study.table.values.index), "no aggregate"
    assert {"KGZ", "TJK", "UZB", "KAZ", "ARM", "MDA"} <= set(study.coverage.kept)
    assert "TKM" in study.coverage.dropped
    assert study.index.loc["CAF", "rank"] < study.index.loc["KGZ", "rank"]
    assert study.index.loc["KGZ", "rank"] < study.index.loc["NOR", "rank"]
    dropped = study.table.values.loc[[*study.coverage.dropped]]
    without = dropped["SI.POV.DDAY"].isna() & dropped["SI.POV.GINI"].isna()
    assert study.without_survey() == without.sum()


def test_places_count_from_the_most_risk(study):
    own = study.places("KGZ").set_index("label")
    law = study.table.values.loc[[*study.coverage.kept], "RL.EST"]
    place = f"{(law < law['KGZ']).sum() + 1} of {len(law)}".replace(" ", "\u00a0")
    assert own.loc["Rule of law, estimate", ["risk", "place"]].tolist() == ["less risk", place]
    assert set(study.places("XXX")["place"]) == {"–"}
