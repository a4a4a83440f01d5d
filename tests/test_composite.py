"""The composite index: hand cases, intervals of ranks, seeds."""

import numpy as np
import pandas as pd
import pytest

from remitrisk.methods import composite
from remitrisk.methods.composite import Indicator

TWO_DIMENSIONS = (
    Indicator("poor", "Poverty, %", "poverty", 1),
    Indicator("income", "Income, dollars", "poverty", -1),
    Indicator("law", "Rule of law", "justice", -1),
)
SMALL = pd.DataFrame(
    {"poor": [0.0, 20.0, 40.0], "income": [100.0, 50.0, 0.0], "law": [2.0, 1.0, 1.5]},
    index=["AAA", "BBB", "CCC"],
)
MEMBERSHIP = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])


@pytest.mark.parametrize(
    ("scale", "geometric", "expected"),
    [
        ("minmax", 0, [1, 75.25, 75.25]),
        ("minmax", 1, np.sqrt([1 * 1, 50.5 * 100, 100 * 50.5])),
        ("rank", 0, [1, 75.25, 75.25]),
        ("z", 0, 50 + 10 * np.sqrt(1.5) * np.array([-1, 0.5, 0.5])),
    ],
)
def test_scales_and_means_by_hand(scale, geometric, expected):
    raw = composite._checked(SMALL, TWO_DIMENSIONS)
    means = composite._means(composite._scaled(raw, scale), MEMBERSHIP)
    score = composite._mixed(means, np.full((1, 2), 0.5), np.array([geometric]))
    assert score[0] == pytest.approx(expected)


def test_coverage_rule_counts_all_indicators_and_each_dimension():
    more = Indicator("wealth", "Wealth", "poverty", -1)
    values = SMALL.assign(wealth=1.0)
    values.loc["CCC", "law"] = np.nan
    found = composite.coverage(values, (*TWO_DIMENSIONS, more))
    assert (found.kept, found.dropped, found.minimum) == (("AAA", "BBB"), ("CCC",), 3)
    few = "the rule asks for half the indicators of each dimension, and it has 0 on "
    assert found.lacking("CCC") == f"{few}justice where it asks for 1"
    assert found.lacking("XXX").startswith("it has 0 of 4 indicators")


@pytest.mark.parametrize(
    ("values", "indicators", "message"),
    [
        (SMALL.assign(law=[np.nan, np.nan, 1.0]), TWO_DIMENSIONS, "fewer than three values in law"),
        (SMALL.assign(law=[np.inf, 2.0, 1.0]), TWO_DIMENSIONS, "infinite"),
        (SMALL, (*TWO_DIMENSIONS[:2], Indicator("law", "Law", "justice", 0)), "direction of law"),
        (SMALL, (*TWO_DIMENSIONS, TWO_DIMENSIONS[0]), "stands twice"),
        (SMALL.set_axis(["AAA", "AAA", "CCC"]), TWO_DIMENSIONS, "stands twice"),
    ],
)
def test_what_would_give_a_wrong_index_is_refused(values, indicators, message):
    with pytest.raises(ValueError, match=message):
        composite.composite(values, indicators)
