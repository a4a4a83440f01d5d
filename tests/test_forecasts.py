"""Forecasts: scored by measure and vintage, bounds told from expectations."""

import pandas as pd
import pytest

from remitrisk.methods.forecasts import (
    NO_OUTCOMES,
    NOT_YET,
    UNEMPLOYMENT,
    board_table,
    in_words,
    kind_of,
    outcomes_by_vintage,
    over_vintages,
    revised,
    revisions,
    score,
    scoreboard,
    vintage_table,
)


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
    assert found.miss == pytest.approx(-40.083)
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
    assert score(7, 7).miss == 0
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
    assert table.loc[table["issuer"] == "one", "miss"].lt(-30).all()
    empty = scoreboard(claims.assign(target_year=2019), outcomes_by_vintage(INFLOW, [2022]))
    assert empty.empty
    assert "miss" in empty.columns


def test_revisions_compare_the_first_figure_with_the_last():
    soft = INFLOW.assign(status=["final", "estimate", *["final"] * 4])
    table = revisions(soft, since=2018, within=2)
    assert table.loc[2022, "first"] == 3050.0
    assert table.loc[2022, "first_vintage"] == "2023-05-10"
    assert list(table.loc[2022, ["first_status", "last_status"]]) == ["estimate", "final"]
    assert table.loc[2022, "revision_pct"] == pytest.approx(5.74, abs=0.01)
    assert table.loc[2022, "growth"] == pytest.approx(9.22, abs=0.005)
    assert table.loc[2022, "latest_growth"] == pytest.approx(7.083, abs=0.001)
    assert table.loc[2021, "revision_pct"] == pytest.approx(7.85, abs=0.01)
    assert table.loc[2021, "vintages"] == 3
    assert revised(table)["largest_revision_year"] == 2021
    assert revised(table)["smallest_revision_pct"] == pytest.approx(5.74, abs=0.01)
    assert "open_since" not in revised(table)
    assert revisions(soft, since=2018, within=1).empty
    assert revisions(soft[soft["vintage"] == "2023-05-10"], since=2018, within=2).empty


def test_what_was_not_revised_and_is_an_estimate_is_still_open():
    rows = {"revision_pct": [8.0, 0.0, 0.0], "last_status": ["final", "estimate", "estimate"]}
    table = pd.DataFrame(rows, index=[2021, 2022, 2023])
    assert revised(table)["open_since"] == 2022
    assert revised(table)["revised_years"] == 1
    none = {"smallest_revision_pct": 0.0, "revised_years": 0, "open_since": 2022}
    assert revised(table[1:]) == none


def test_a_forecast_is_judged_in_words():
    assert score(-33, 7.1).verdict == "further off than “no change”, wrong sign"
    assert score(5, 7).verdict == "closer than “no change”"
    assert score(-25, -2.5, kind="bound").verdict == "stayed inside the worst case"
    assert score(-25, -30, kind="bound").verdict == "was worse than the worst"


def test_a_date_of_issue_is_written_to_the_month_or_the_day():
    assert in_words("2022-03-04") == "4 March 2022"
    assert in_words("2020-08") == "August 2020"


def test_vintages_that_print_one_outcome_share_a_row():
    scores = pd.DataFrame(
        {
            "year": 2022,
            "measure": "gross_usd",
            "vintage": ["2023-05-10", "2025-07-01", "2026-04-01"],
            "outcome": [9.22, 7.083, 7.0828],
            "miss": [-42.22, -40.083, -40.0828],
            "status": ["estimate", "final", "final"],
        }
    )
    table = vintage_table(scores)
    assert list(table["Vintages"]) == ["2023-05-10", "2025-07-01 to 2026-04-01"]
    assert list(table["Outcome"]) == ["+9.2 %", "+7.1 %"]


CLAIMS = pd.DataFrame(
    {
        "forecast_id": ["A", "B", "C", "D"],
        "issued": "2022-03-04",
        "issuer": "one",
        "target_year": [2022, 2020, 2022, 2022],
        "measure": ["remittances received (change)", UNEMPLOYMENT, "real GDP growth", "of others"],
        "forecast": [-33.0, 21.0, -5.0, 10.0],
        "horizon_note": [None, "worst case", None, None],
    }
)


def test_the_newest_vintage_stands_for_a_forecast_and_all_give_its_range():
    scores = scoreboard(CLAIMS[:1], outcomes_by_vintage(INFLOW, [2022]))
    (row,) = over_vintages(scores).to_dict("records")
    assert row["outcome"] == pytest.approx(7.083, abs=0.001)
    assert row["high"] == pytest.approx(15.495, abs=0.001)
    assert row["low"] == row["outcome"]
    assert row["vintages"] == 3
    assert over_vintages(scores[:0]).empty


def test_each_forecast_is_held_against_its_own_measure_or_says_why_not():
    facts = {
        "remittances received (change)": (pd.Series({2022: 7.1}), "gross dollars"),
        UNEMPLOYMENT: (pd.Series({2019: 5.5, 2020: 5.8}), "the Committee"),
        "real GDP growth": (pd.Series({2021: 5.5}), "World Bank"),
    }
    table, found = board_table(CLAIMS, facts)
    whose = ["gross dollars", "the Committee", NOT_YET, NO_OUTCOMES]
    assert list(table["Scored against"]) == whose
    assert list(table["Forecast less outcome, points"]) == ["−40.1", "+15.2", "–", "–"]
    assert list(table["Forecast"]) == ["−33.0 %", "21.0 %", "−5.0 %", "+10.0 %"]
    assert list(table["Verdict"])[1:3] == ["stayed inside the worst case", "not scored"]
    assert set(found) == {"A", "B"}
