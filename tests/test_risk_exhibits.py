"""Drawings of the risk chapters: titles follow the data, charts of people say who counts them."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from livingbrief.charts.ends import own_last_years
from remitrisk.exhibits import conditions, poverty_line, risk_profile
from remitrisk.methods.counts import garwood
from remitrisk.methods.inequality import gradient

SOURCE = {"source": "A source", "vintage": "2025-01-01"}
FIFTHS = [0.2] * 5


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def _place(rural: float, urban: float) -> pd.DataFrame:
    years = pd.Index([2013, 2022], name="year")
    return pd.DataFrame({"rural": [41.4, rural], "urban": [28.5, urban]}, index=years)


@pytest.mark.parametrize(
    ("rural", "urban", "word"),
    [
        (32.6, 34.0, "below urban"),
        (34.0, 32.6, "above urban"),
        (33.26, 33.26, "level with urban"),
        (29.6, 30.2, "level with urban"),
    ],
)
def test_the_title_on_residence_follows_the_data(rural: float, urban: float, word: str) -> None:
    drawn = risk_profile.residence(_place(rural, urban), SOURCE)
    assert "12.9 points above urban in 2013" in drawn.words
    assert f"by 2022 it is {word}" in drawn.words
    assert ("a point or less in 2022" in drawn.caption) == (abs(rural - urban) <= 1)


def test_the_title_on_age_counts_the_years_and_names_the_poorest() -> None:
    years = pd.Index([2021, 2022, 2023], name="year")
    age = pd.DataFrame(
        {
            "under 17": [40.5, 40.3, 36.7],
            "14–28": [31.2, 30.0, 27.8],
            "working age": [29.7, 30.3, 26.9],
            "over working age": [24.1, 22.7, 19.9],
        },
        index=years,
    )
    rate = pd.Series([33.3, 33.2, 29.8], index=years)
    title = risk_profile.age_title(age, rate)
    assert title.startswith("Children are the poorest: 7 points above the national rate in 2023")
    assert title.endswith("people of 14–28 are above working age in 2 of 3 years")
    old = age.rename(columns={"under 17": "over working age", "over working age": "under 17"})
    assert risk_profile.age_title(old, rate).startswith("People over working age are the poorest")


LINES = pd.Series({2011: "may be set anew", **dict.fromkeys(range(2012, 2021), "indexed")})
LINES = pd.concat(
    [LINES, pd.Series({2021: "set anew", 2022: "may be set anew", 2023: "not known"})]
)
RATES = pd.Series(range(10, 24), index=range(2010, 2024), dtype=float)


def test_rates_are_joined_only_as_far_as_they_are_at_one_line() -> None:
    _, ax = plt.subplots()
    poverty_line.join_rates(ax, RATES, LINES, color="k", marker="o")
    pieces = {tuple(line.get_xdata()): line.get_linestyle() for line in ax.get_lines()[:-1]}
    assert [p for p in pieces if p[1] > 2019] == [(2019, 2020), (2021, 2022)]
    assert pieces[(2019, 2020)] == "-" != pieces[(2021, 2022)], "dotted: it may have been"
    assert (2020, 2021) not in pieces, "the line was set anew"
    assert (2022, 2023) not in pieces, "nothing is known of it"
    _, plain = plt.subplots()
    poverty_line.join_rates(plain, RATES, None, color="k")
    assert len(plain.get_lines()) == 1


def test_a_new_line_before_the_first_year_breaks_nothing() -> None:
    assert poverty_line.anew(LINES, [2021, 2022]) == []
    assert poverty_line.anew(LINES, [2020, 2021]) == [2021]
    assert poverty_line.note(LINES, [2021, 2022]) == "" != poverty_line.note(LINES, [2020, 2021])


def test_a_title_across_a_new_line_says_so_and_one_before_it_does_not() -> None:
    place = pd.DataFrame({"rural": RATES + 5, "urban": RATES}).rename_axis("year")
    place.loc[2015, "rural"] += 5
    surely = "at a line almost certainly set anew in 2021"
    assert surely in risk_profile.residence_title(place, LINES)
    assert surely not in risk_profile.residence_title(place.loc[:2020], LINES)
    assert surely not in risk_profile.residence_title(place, None)
    late = place.copy()
    late.loc[2022, "rural"] += 20
    assert surely not in risk_profile.residence_title(late, LINES), "both years are after it"


def test_the_national_rate_stands_beside_lines_that_do_not_move() -> None:
    beside = {"US$ 4.20 a day": RATES * 2, "US$ 3.00 a day": pd.Series({1999: 50.0})}
    drawn = risk_profile.national_poverty(RATES, beside, [SOURCE], LINES)
    assert "almost certainly set anew in 2021" in drawn.words and "dotted" in drawn.words
    assert "US$ 4.20 a day 46.0 %" in drawn.alt and "3.00" not in drawn.alt, "it has no such year"
    alone = risk_profile.national_poverty(RATES, {}, [SOURCE])
    assert "anew" not in alone.words + alone.alt and alone.caption.endswith("national line.")
    assert risk_profile.a_day("Poverty ($4.20 a day, 2021 PPP)") == "US$\u00a04.20 a day"


def test_the_table_of_the_line_shows_what_was_not_found() -> None:
    line = pd.DataFrame(
        {"line_som": [100.0, 107.0, 140.0], "exactness": ["exact", "rounded", "exact"]},
        index=pd.Index([2019, 2020, 2023], name="year"),
    ).assign(change_pct=[np.nan, 7.0, np.nan])
    table = poverty_line.table(line, pd.Series({2020: 6.3, 2022: 13.9}), LINES).set_index("Year")
    assert table.loc["2020"].tolist() == ["107 (rounded)", "+7.0", "+6.3", "indexed"]
    assert table.loc["2021"].tolist() == ["–", "–", "–", "almost certainly set anew"]
    assert table.loc["2022"].tolist() == ["–", "–", "+13.9", "may be set anew"]


def test_the_wealth_title_says_what_falls_most_in_points_and_in_proportion() -> None:
    steep = gradient([26.1, 23.8, 20.9, 16.9, 8.3], FIFTHS)
    small = gradient([19.4, 10.1, 8.8, 8.7, 2.4], FIFTHS)
    flat = gradient([65.9, 66.6, 63.9, 64.7, 62.7], FIFTHS)
    found = {"child_labour": steep, "child_marriage": small, "violent_discipline": flat}
    assert conditions.wealth_title(found, 2023) == (
        "In 2023, child labour falls most with wealth in points, child marriage in proportion; "
        "violent discipline hardly differs"
    )
    del found["child_marriage"]
    title = conditions.wealth_title(found, 2023)
    assert "child labour falls most with wealth, in points and in proportion" in title


@pytest.mark.parametrize(
    ("values", "word"),
    [([55.1, 58.1, 54.7, 66.5, 72.5], "rises"), ([70.1, 66.0, 60.0, 55.0, 50.0], "falls least")],
)
def test_the_wealth_title_says_how_the_flattest_moves(values: list[float], word: str) -> None:
    steep = gradient([26.1, 23.8, 20.9, 16.9, 8.3], FIFTHS)
    newest = {"child_labour": steep, "violent_discipline": gradient(values, FIFTHS)}
    assert conditions.wealth_title(newest, 2023).endswith(f"violent discipline {word}")


def test_the_steepest_of_all_slopes_is_named_by_points_and_by_ratio() -> None:
    found = {("partner_violence", 2018): gradient([37.9, 34.4, 37.6, 26.6, 15.0], FIFTHS)}
    years = pd.Index([2018], name="year")
    school = {
        "child_marriage": pd.DataFrame({"low": [30.3], "high": [2.6]}, index=years),
        "partner_violence": pd.DataFrame({"low": [48.1], "high": [19.6]}, index=years),
    }
    assert conditions.steepest(found, school, 2018) == (
        "partner violence by education",
        "child marriage by education",
    )
    assert conditions.steepest({}, {}, 2018) is None


def test_the_broken_value_of_child_labour_is_not_joined_to_the_line() -> None:
    years = pd.Index([2014, 2018, 2023], name="year")
    labour = pd.DataFrame(
        {"5–11": [24.5, 27.9, 28.0], "12–14": [25.0, 23.3, 11.0], "15–17": [30.4, 26.6, 0.3]},
        index=years,
    )
    several = pd.DataFrame(
        {"under 18 years old": [56.0, 52.6], "18 to 64 years old": [39.3, 38.2]},
        index=pd.Index([2018, 2023], name="year"),
    )
    drawn = conditions.children(several, labour, SOURCE)
    lines = [list(line.get_ydata()) for line in drawn.fig.axes[1].get_lines()]
    assert [30.4, 26.6] in lines
    assert [0.3] in lines
    assert [30.4, 26.6, 0.3] not in lines


def test_areas_without_a_value_show_a_dash() -> None:
    cells = {
        "Poverty, 2023": pd.Series({"Naryn": 38.1, "Batken": 48.1}),
        "Child marriage, 2023": pd.Series({"Naryn": np.nan, "Batken": 9.3}),
    }
    table = conditions.area_table(cells)
    assert table["Area"].tolist() == ["Batken", "Naryn"]
    assert table["Child marriage, 2023"].tolist() == ["9.3", "–"]


MODELLED = ("youth_unemployment", "vulnerable_employment")
CHARTS_OF_PEOPLE = {
    "detected": lambda: risk_profile.detected({2022: garwood(3), 2023: garwood(17)}, SOURCE),
}


@pytest.mark.parametrize("name", list(CHARTS_OF_PEOPLE))
def test_a_chart_of_people_says_detected_assisted_or_modelled_in_its_subtitle(name: str) -> None:
    drawn = CHARTS_OF_PEOPLE[name]()
    subtitle = drawn.fig.texts[1].get_text().lower()
    assert any(word in subtitle for word in ("detected", "assisted", "modelled"))
    assert drawn.caption and drawn.alt and len(drawn.data)


def test_the_series_of_any_country_are_named_where_they_end() -> None:
    modelled = pd.Series(5.0, index=range(2016, 2025))
    keys = [f"{what}.{who}_pct" for what in MODELLED for who in ("women", "men")]
    printed = {"poverty.international_pct": modelled.loc[:2023]}
    drawn = conditions.world(dict.fromkeys(keys, modelled) | printed, (SOURCE,))
    assert own_last_years(drawn.data, 2024, drawn.labels) == (
        "Each series ends in its own last year: youth unemployment and vulnerable employment in "
        "2024; international poverty in 2023."
    )
