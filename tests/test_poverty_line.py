"""Rates at a poverty line that moved: what is joined, marked and said."""

import pandas as pd

from livingbrief.charts import lines
from livingbrief.values.values import Values
from remitrisk.methods.poverty_line import anew, joins

LINES = pd.Series({2011: "may be set anew", **dict.fromkeys(range(2012, 2021), "indexed")})
LINES = pd.concat(
    [LINES, pd.Series({2021: "set anew", 2022: "may be set anew", 2023: "not known"})]
)
RATES = Values.of(
    pd.Series(range(10, 24), index=range(2010, 2024), name="rate"),
    unit="percent",
    sources=[{"source": "A source", "vintage": "2025-01-01"}],
)


def test_rates_are_joined_only_as_far_as_they_are_at_one_line():
    chart = lines(RATES, **joins(LINES, RATES, words=True))
    pieces = chart.draw(subtitle="B").axes[0]
    found = {
        (int(x[0]), int(x[-1])): line.get_linestyle()
        for line in pieces.lines
        if line.get_linestyle() != "None" and len(x := line.get_xdata()) > 1 and x[-1] != x[0]
    }
    assert found[(2011, 2020)] == "-" != found[(2010, 2011)], "dotted: it may have been"
    assert found[(2021, 2022)] != "-"
    assert not any(first < 2021 <= last for first, last in found if first < 2021), "set anew"
    assert not any(last == 2023 for _, last in found), "nothing is known of it"
    assert any("set anew" in text.get_text() for text in pieces.texts)


def test_a_new_line_before_the_first_year_breaks_nothing():
    assert anew(LINES, [2021, 2022]) == []
    assert anew(LINES, [2020, 2021]) == [2021]
    assert joins(LINES, RATES.span(2021))["events"] == {}
