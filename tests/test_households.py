"""The household chapter: the Committee's printed rates, and the model that never saw them."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from livingbrief.paths import project_root
from remitrisk.exhibits import exposure
from remitrisk.methods.breakdowns import breakdown
from remitrisk.methods.poverty import (
    lognormal_from,
    lognormal_from_sensitivity,
    scenario,
    scenarios,
)
from remitrisk.printings import (
    BY_RULE,
    INDEXED,
    NOT_KNOWN,
    PERHAPS_ANEW,
    SET_ANEW,
    line_changes,
    line_status,
    same_line,
)
from remitrisk.series import PRICES
from remitrisk.series import BriefData as Data

DATA = Data(project_root(), last_year=2024, vintage={"worldbank": "2026-04-01"})
GINI = DATA.series("SI.POV.GINI").values / 100
NATIONAL = DATA.poverty_national().set_index("year")["value"]
MEASURES = (
    "share_of_income_pct",
    "poverty_effect_points",
    "poverty_without_pct",
    "migrant_households_pct",
)
LOWEST = DATA.household_figures("receiving_households_pct")["value"].max() / 100
RECIPIENTS = tuple(np.linspace(LOWEST, 1, 34))


def told(last_year: int = 2024) -> pd.DataFrame:
    areas = breakdown(DATA.table("nsc.sdg"), "poverty_rate", "area", last_year=last_year)
    figures = {m: DATA.household_figures(m) for m in MEASURES}
    return exposure.told(figures, NATIONAL, areas, last_year)


def held() -> pd.DataFrame:
    return exposure.held_against(told(), GINI, RECIPIENTS)[0]


def at(rows: pd.DataFrame, year: int, area: str = "") -> SimpleNamespace:
    row = rows[(rows["year"] == year) & (rows["area"] == area)].iloc[0]
    return SimpleNamespace(**{k: 100 * v if isinstance(v, float) else v for k, v in row.items()})


def test_all_money_gone_the_range_of_2018_and_2017_holds_what_the_committee_printed():
    assert LOWEST == 0.175
    for year, share, low, high, printed in (
        (2018, 11.7, 30.5, 34.7, 32.2),
        (2017, 9.0, 32.1, 34.9, 34.0),
    ):
        row = at(held(), year)
        assert row.share == pytest.approx(share) and row.without == pytest.approx(printed)
        assert row.low == pytest.approx(low, abs=0.05)
        assert row.high == pytest.approx(high, abs=0.05)
        assert row.inside


@pytest.mark.parametrize(
    ("year", "recipients", "rate"),
    [
        *((2018, r, v) for r, v in ((1.0, 30.5), (0.6, 31.3), (0.33, 33.0), (0.175, 34.7))),
        *((2017, r, v) for r, v in ((1.0, 32.1), (0.6, 32.6), (0.33, 33.5), (0.175, 34.9))),
    ],
)
def test_the_fewer_receive_the_more_become_poor(year, recipients, rate):
    people = lognormal_from(NATIONAL[year] / 100, GINI[year])
    share = {2018: 0.117, 2017: 0.09}[year]
    found = scenario(people, share, cut=1, recipients=recipients)
    assert 100 * found.after.headcount == pytest.approx(rate, abs=0.05)


def test_the_distribution_matched_to_the_printed_sensitivity_overshoots():
    smooth = lognormal_from(NATIONAL[2018] / 100, GINI[2018])
    up, down = (
        DATA.household_figures(f"poverty_effect_line_{way}_5_pct_points")["value"].item() / 100
        for way in ("up", "down")
    )
    matched = lognormal_from_sensitivity(smooth.headcount(), up, down)
    other = lognormal_from(NATIONAL[2017] / 100, GINI[2017])
    for people, share, rate in (
        (matched, 0.117, 33.4),
        (other.narrowed(matched.sigma / other.sigma), 0.09, 34.2),
    ):
        found = scenario(people, share, cut=1, recipients=1)
        assert 100 * found.after.headcount == pytest.approx(rate, abs=0.05)


def test_the_oblasts_of_2017_out_of_sample():
    for area, effect, everyone, migrants, inside in (
        ("Batken", 20, 28.0, 20.2, True),
        ("Osh oblast", 18, 11.0, 19.8, True),
        ("Jalal-Abad", 10, 7.1, 8.5, False),
    ):
        row = at(held(), 2017, area)
        assert row.effect == pytest.approx(effect)
        assert row.all - row.before == pytest.approx(everyone, abs=0.05)
        assert row.by_migrants - row.before == pytest.approx(migrants, abs=0.05)
        assert row.inside == inside


def test_a_cut_of_three_tenths_is_two_to_three_points_and_the_other_end_fails_the_test():
    people = lognormal_from(NATIONAL[2018] / 100, GINI[2018])
    found = scenarios([(people, 0.117)], cut=0.3, recipients=RECIPIENTS, incidence=("spread",))
    low, high = exposure.span(found)
    assert 2 < low < high < 3 and low == pytest.approx(2.2, abs=0.05)
    assert 0.3 * at(held(), 2018).effect == pytest.approx(2.94)
    inflow, rate, heads = (
        DATA.series(c).values[2018] for c in ("BX.TRF.PWKR.CD.DT", "PA.NUS.FCRF", "SP.POP.TOTL")
    )
    ratio = inflow * rate / heads / (people.mean * DATA.poverty_line().loc[2018, "line_som"])
    assert ratio == pytest.approx(0.53, abs=0.005)
    whole = scenario(people, ratio, cut=1, recipients=1)
    assert 100 * whole.after.headcount > 70, "the Committee printed 32.2"


def test_what_a_later_edition_only_could_know_is_left_out():
    assert told(2016).empty
    assert set(told(2017)["year"]) == {2017}
    assert told()["migrants"].isna().sum() == 2, "households with a migrant are known for oblasts"


def test_a_title_says_which_printed_rate_the_model_misses():
    rows = held()
    assert exposure.held_title(rows).endswith("4 of 5 printed rates, not that of Jalal-Abad")
    assert exposure.held_title(rows[rows["inside"]]).endswith("each of the 4 printed rates")
    none = rows.assign(inside=False).head(3)
    assert exposure.held_title(none).endswith("not that of the country, the country and Batken")


def test_tables_print_each_miss_and_figures_draw_without_the_other_end():
    table = exposure.held_table(held(), "Kyrgyzstan").set_index("Where and when")
    assert table.loc["Kyrgyzstan, 2018"].tolist() == ["32.2", "30.5 to 34.7", "30.5 (−1.7)", "–"]
    assert table.loc["Batken, 2017", "All receive (miss)"] == "68.5 (+8.0)"
    people = lognormal_from(0.224, 0.277)
    survey = scenarios([(people, 0.117)], cut=0.3, recipients=RECIPIENTS, incidence=("spread",))
    cuts = {0.3: (survey, (), None)}
    assert exposure.scenario_table(cuts, 9.8).iloc[0].tolist() == [
        *("30\u00a0%", "+2.2 to +2.7", "–", "+2.9", "+0.6 to +0.9", "–")
    ]
    fig, ax = plt.subplots()
    exposure.draw_ranges(ax, cuts, 9.8)
    texts = [t.get_text() for t in ax.texts]
    assert "survey’s share" in texts and not any("whole" in t for t in texts)
    plt.close(fig)


def test_a_title_on_the_line_follows_the_figures():
    people = lognormal_from(0.224, 0.277)
    assert "understates" in exposure.line_title(people, 7.9)
    assert "understates" not in exposure.line_title(people, 5.0)


def test_the_line_of_each_year_follows_prices_or_does_not():
    prices = DATA.series(PRICES).values
    threshold = DATA.household_figures("line_set_anew_above_inflation_pct")["value"].item()
    status = line_status(DATA.poverty_line(), prices, threshold)
    assert status.loc[[2018, 2019, 2020, 2021]].tolist() == [INDEXED] * 3 + [SET_ANEW]
    assert status.loc[[2011, 2022, 2023]].tolist() == [PERHAPS_ANEW] * 3
    assert status.loc[[2015, 2017]].tolist() == [BY_RULE] * 2
    assert status.loc[2024] == NOT_KNOWN
    assert same_line(status, 2012, 2020) and same_line(status, 2019, 2019)
    assert not same_line(status, 2020, 2021)
    assert not any(same_line(status, 2021, last) for last in (2022, 2023, 2024, 2030))


def test_without_a_line_the_rule_alone_speaks():
    none = pd.DataFrame({"year": [], "line_som": [], "exactness": []})
    line = line_changes(none, pd.Series({2020: 12.0, 2021: 3.0}))
    assert line_status(line, pd.Series({2020: 12.0, 2021: 3.0}), 10).tolist() == [
        *(PERHAPS_ANEW, BY_RULE)
    ]
