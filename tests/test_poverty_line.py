"""Rates at a poverty line that moved: what is joined, marked and said."""

import pandas as pd

from livingbrief.charts import lines
from livingbrief.paths import project_root
from livingbrief.values.values import Values
from remitrisk.methods.poverty_line import a_day, anew, joins, note
from remitrisk.series import BriefData as Data

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
    pieces = chart.draw(title="A", subtitle="B").axes[0]
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


def test_the_grey_line_behind_breaks_with_the_others():
    behind = RATES.named("country")
    how = joins(LINES, Values.of({"rate": RATES.series, "country": RATES.series}))
    fig = lines(RATES, behind=behind, **how).draw(title="A", subtitle="B")
    grey = [line for line in fig.axes[0].lines if line.get_color() == "#B5B5B5"]
    assert [(g.get_xdata()[0], g.get_xdata()[-1]) for g in grey] == [
        (2010, 2011),
        (2011, 2020),
        (2021, 2022),
    ]


def test_without_a_status_all_years_are_joined():
    assert joins(pd.Series(dtype=object), RATES) == {}
    assert note(pd.Series(dtype=object), RATES) == ""


def test_a_new_line_before_the_first_year_breaks_nothing():
    assert anew(LINES, [2021, 2022]) == []
    assert anew(LINES, [2020, 2021]) == [2021]
    assert joins(LINES, RATES.span(2021))["events"] == {}


def test_the_note_says_what_the_figure_shows():
    assert note(LINES, RATES.span(2012, 2020)) == ""
    assert note(LINES, RATES.span(2020, 2021)).endswith("in 2021 (dashed).")
    assert "not joined" in note(LINES, RATES, mark=False) and "dotted" in note(LINES, RATES)
    assert note(LINES, RATES.span(2010, 2020)).strip().startswith("Dotted: ")


def test_an_international_line_is_named_by_its_dollars():
    assert a_day("Poverty ($4.20 a day, 2021 PPP)") == "US$\u00a04.20 a day"
    assert a_day("Poverty") == "Poverty"


def test_each_series_of_the_rate_has_a_column():
    # The whole table of that day ends at 2023, where the Bank's series follows.
    home = Data(project_root(), last_year=2024, vintage={"nsc": "2025-08-15"})
    assert home.poverty_line_values().about["change_pct"].signed
    assert home.poverty_line_status()[2021] == "set anew"
    assert home.national_poverty().names == [
        "National Statistical Committee",
        "World Bank, new series",
    ]
