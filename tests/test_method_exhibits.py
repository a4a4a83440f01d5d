"""What the chapter on breaks prints: words, intervals, rows."""

import numpy as np
import pandas as pd
import pytest

from remitrisk.analysis.break_inference import BreakInterval, break_intervals
from remitrisk.analysis.breaks import bai_perron
from remitrisk.exhibits import breaks

YEARS = list(range(2005, 2025))
# Gross remittances of Kyrgyzstan as a percentage of GDP, 2005 to 2024, vintage 2026-04-01.
SHARE = np.array(
    [
        *(12.73, 16.69, 18.51, 23.80, 20.94, 26.41, 27.57, 30.75, 31.06, 30.03),
        *(25.27, 29.28, 32.27, 32.51, 28.79, 31.81, 32.56, 26.58, 18.77, 17.74),
    ]
)


@pytest.fixture(scope="module")
def found():
    return bai_perron(SHARE, trimming=3)


def test_two_and_three_breaks_of_the_share_of_gdp_nearly_tie(found):
    two, three = found.near_ties()
    assert breaks.break_years(two, YEARS) == [2009, 2021]
    assert breaks.break_years(three, YEARS) == [2007, 2010, 2021]
    assert two.bic == pytest.approx(119.0, abs=0.05)
    assert three.bic == pytest.approx(118.5, abs=0.05)
    assert breaks.share_title(found, YEARS, 0.01) == (
        "The share of GDP shifted after 2009 and 2021; three breaks fit about as well"
    )


def test_a_shift_is_not_stated_where_a_drift_looks_the_same(found):
    title = breaks.share_title(found, YEARS, 0.61)
    assert title.endswith("that it shifted, and did not drift, is not established")
    assert "after 2009 and 2021" in title
    assert breaks.null_title(0.61).startswith("61 % of series that wander")
    assert "more clearly" in breaks.null_title(0.01)


def test_the_table_of_partitions_has_a_row_for_each_number_of_breaks(found):
    intervals = {m: break_intervals(SHARE, p.breaks) for m, p in enumerate(found.partitions)}
    null = np.tile(np.arange(100.0), (5, 1))
    table = breaks.partition_table(found, YEARS, intervals, null, null)
    assert list(table["Breaks"]) == ["0", "1", "2", "3", "4", "5"]
    assert table["After (95 % interval)"][2] == "2009 (2008–2011); 2021 (2018–2022)"
    assert table["p"][0] == "–"
    assert not table.map(lambda cell: cell.strip() == "").any(axis=None)


def test_the_table_of_series_tests_for_any_number_of_breaks(found):
    null = np.zeros((5, 99))
    null[0, :9] = 1000.0
    rows = [("Share of GDP", found, YEARS, null, None)]
    (row,) = breaks.series_table(rows, [SHARE]).to_dict("records")
    assert row["p of UDmax"] == "0.100"
    assert row["Simplest near tie by BIC"] == "2009 and 2021"


def test_intervals_beyond_the_sample_are_cut_and_said_to_be():
    wide = BreakInterval(position=5, low=-3, high=40, level=0.95)
    assert breaks.interval_text(wide, YEARS) == "before 2005 to after 2024"
    assert breaks.clipped(wide, YEARS) == [2005.0, 2024.0]
    assert breaks.interval_text(None, YEARS) == "–"


def test_p_values_are_never_printed_as_zero():
    assert breaks.p_text(0.00005) == "<0.001"
    assert breaks.p_text(0.0651) == "0.065"


def test_the_denominator_is_named_only_when_it_moved_most():
    years = [2021, 2024]
    told = pd.DataFrame({"inflow": [100.0, 102.9], "gdp": [100.0, 189.0]}, index=years)
    assert breaks.denominator_title(told, 2021, "Kyrgyzstan").endswith("through its denominator")
    told = pd.DataFrame({"inflow": [100.0, 232.8], "gdp": [100.0, 158.9]}, index=years)
    assert "denominator" not in breaks.denominator_title(told, 2021, "Tajikistan")
