"""Forecasts: scored by measure and vintage, bounds told from expectations."""

import pandas as pd
import pytest

from remitrisk.methods.forecasts import kind_of, outcomes_by_vintage, revisions, score, scoreboard


def printed(**vintages: dict[int, float]) -> pd.DataFrame:
    rows = [
        (name.removeprefix("v").replace("_", "-"), year, value)
        for name, values in vintages.items()
        for year, value in values.items()
    ]
    return pd.DataFrame(rows, columns=["vintage", "year", "value"])


INFLOW = printed(
    v2023_05_10={2021: 2792.5, 2022: 3050.0},
    v2023_10_26={2021: 2792.5, 2022: 3225.2},
    v2026_04_01={2021: 3011.845, 2022: 3225.169},
)
OUTFLOW = printed(v2026_04_01={2021: 584.5, 2022: 1223.92})
GDP = printed(v2023_10_26={2021: 8740.7, 2022: 10930.6}, v2026_04_01={2021: 9249.1, 2022: 12134.9})
RATIO = printed(v2026_04_01={2021: 32.564, 2022: 26.578})
RUBLES = pd.Series({2021: 73.654, 2022: 68.485})


def test_the_forecast_of_march_2022_missed_by_forty_points_and_the_sign():
    found = score(-33, 7.083)
    assert found.error == pytest.approx(40.083)
    assert not found.direction_right
    assert not found.beats_no_change
    assert found.bound_held is None


def test_a_worst_case_is_scored_as_a_bound():
    assert kind_of('lower bound of the assessment ("up to")') == "bound"
    assert kind_of("worst case") == "bound"
    assert kind_of("revised from +3 before the invasion") == "point"
    assert kind_of(None) == "point"
    assert kind_of(float("nan")) == "point"
    assert score(-25, -8.7, kind="bound").bound_held is True
    assert score(-25, -30, kind="bound").bound_held is False
    assert score(21, 5.8, kind="bound", naive=5.5, higher_is_worse=True).bound_held is True
    assert score(21, 22, kind="bound", naive=5.5, higher_is_worse=True).bound_held is False


def test_a_good_forecast_beats_no_change_and_a_perfect_one_has_no_error():
    assert score(5, 7).beats_no_change
    assert score(7, 7).error == 0
    assert not score(15, 7).beats_no_change
    assert score(15, 7).direction_right


def test_outcomes_stay_inside_their_vintage_and_name_their_measure():
    table = outcomes_by_vintage(
        INFLOW, [2022], outflow=OUTFLOW, gdp=GDP, ratio=RATIO, host_rate=RUBLES
    ).set_index(["measure", "vintage"])["percent"]
    assert table["gross_usd", "2023-05-10"] == pytest.approx(9.22, abs=0.005)
    assert table["gross_usd", "2023-10-26"] == pytest.approx(15.50, abs=0.01)
    assert table["gross_usd", "2026-04-01"] == pytest.approx(7.083, abs=0.001)
    assert table["net_usd", "2026-04-01"] == pytest.approx(-17.55, abs=0.01)
    assert table["rub", "2026-04-01"] == pytest.approx(-0.43, abs=0.01)
    assert table["share", "2026-04-01"] == pytest.approx(100 * (26.578 / 32.564 - 1))
    assert table["share", "2023-10-26"] == pytest.approx(
        100 * (3225.2 / 10930.6) / (2792.5 / 8740.7) - 100
    )
    assert ("net_usd", "2023-05-10") not in table.index
    assert ("share", "2023-05-10") not in table.index


def test_a_change_that_stands_on_an_estimate_is_one():
    inflow = INFLOW.assign(status=["final", "estimate", "final", "final", "final", "final"])
    outflow = OUTFLOW.assign(status=["final", "estimate"])
    table = outcomes_by_vintage(inflow, [2022], outflow=outflow).set_index(["measure", "vintage"])
    assert table["status"].to_dict() == {
        ("gross_usd", "2023-05-10"): "estimate",
        ("gross_usd", "2023-10-26"): "final",
        ("gross_usd", "2026-04-01"): "final",
        ("net_usd", "2026-04-01"): "estimate",
    }


def test_measures_that_cannot_be_formed_are_left_out():
    table = outcomes_by_vintage(INFLOW, [2022])
    assert set(table["measure"]) == {"gross_usd"}
    assert outcomes_by_vintage(INFLOW, [2019]).empty


def test_the_scoreboard_never_uses_figures_older_than_the_forecast():
    claims = pd.DataFrame(
        {
            "issued": ["2022-03-04", "2023-06-01"],
            "issuer": ["one", "other"],
            "target_year": [2022, 2022],
            "forecast": [-33.0, 8.0],
            "horizon_note": [None, None],
        }
    )
    table = scoreboard(claims, outcomes_by_vintage(INFLOW, [2022], host_rate=RUBLES))
    assert len(table) == 6 + 4
    late = table[table["issuer"] == "other"]
    assert (late["vintage"] > "2023-06-01").all()
    assert table.loc[table["issuer"] == "one", "error"].gt(30).all()
    empty = scoreboard(claims.assign(target_year=2019), outcomes_by_vintage(INFLOW, [2022]))
    assert empty.empty
    assert "error" in empty.columns


def test_revisions_compare_the_first_figure_with_the_last():
    table = revisions(INFLOW).set_index("year")
    assert table.loc[2022, "first"] == 3050.0
    assert table.loc[2022, "first_vintage"] == "2023-05-10"
    assert table.loc[2022, "last_vintage"] == "2026-04-01"
    assert table.loc[2022, "revision_pct"] == pytest.approx(5.74, abs=0.01)
    assert table.loc[2021, "revision_pct"] == pytest.approx(7.85, abs=0.01)
    assert table.loc[2021, "vintages"] == 3
