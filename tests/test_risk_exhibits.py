"""Drawings of the risk chapters: titles follow the data, charts of people say who counts them."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from livingbrief.charts.ends import own_last_years
from remitrisk.exhibits import conditions
from remitrisk.methods.inequality import gradient

SOURCE = {"source": "A source", "vintage": "2025-01-01"}
FIFTHS = [0.2] * 5


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


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


def test_the_series_of_any_country_are_named_where_they_end() -> None:
    modelled = pd.Series(5.0, index=range(2016, 2025))
    keys = [f"{what}.{who}_pct" for what in MODELLED for who in ("women", "men")]
    printed = {"poverty.international_pct": modelled.loc[:2023]}
    drawn = conditions.world(dict.fromkeys(keys, modelled) | printed, (SOURCE,))
    assert own_last_years(drawn.data, 2024, drawn.labels) == (
        "Each series ends in its own last year: youth unemployment and vulnerable employment in "
        "2024; international poverty in 2023."
    )
