"""Indices of inequality on hand-computed cases and on the World Health Organization's example."""

from __future__ import annotations

import numpy as np
import pytest

from remitrisk.methods.inequality import (
    Contrast,
    concentration_index,
    erreygers_index,
    gradient,
    is_monotone,
    ranks,
    relative_index,
    slope_index,
)

FIFTHS = [0.2] * 5

# Births attended by skilled health personnel by wealth quintile: the sample data set
# "OrderedSample" of the WHO's R package healthequal, with the results that the package's
# reference pages print (whoequity.github.io/healthequal, version 1.0.1, rci and vignette).
WHO_VALUES = [75.60530, 91.01997, 96.03959, 97.04223, 99.22405]
WHO_POPULATION = [2072.436, 2112.204, 1983.059, 2052.124, 1884.510]


def test_equal_groups_have_no_inequality() -> None:
    shares = [3, 1, 4, 1, 5]
    for index in (slope_index, relative_index, concentration_index, erreygers_index):
        assert index([30.0] * 5, shares).value == pytest.approx(0, abs=1e-12)


def test_one_group_that_holds_all() -> None:
    poorest, richest = [100.0, 0, 0, 0, 0], [0, 0, 0, 0, 100.0]
    # By hand: C = 2 sum(f h R) / mean - 1 = 2 * 0.1 - 1 for the poorest fifth.
    assert concentration_index(poorest, FIFTHS).value == pytest.approx(-0.8)
    assert concentration_index(richest, FIFTHS).value == pytest.approx(0.8)
    # Mean 20 of a bound of 100: E = 4 * 0.2 * C.
    assert erreygers_index(poorest, FIFTHS).value == pytest.approx(-0.64)
    # Slope: sum(f (R - 1/2) h) / sum(f (R - 1/2)^2) = -8 / 0.08.
    assert slope_index(poorest, FIFTHS).value == pytest.approx(-100)
    assert relative_index(poorest, FIFTHS).value == pytest.approx(-5)


def test_a_hand_computed_case_with_unequal_groups() -> None:
    # Half the people at 10, a quarter at 20, a quarter at 40: ranks 1/4, 5/8, 7/8; mean 20.
    values, shares = [10, 20, 40], [2, 1, 1]
    assert ranks(shares) == pytest.approx([0.25, 0.625, 0.875])
    covariance = (0.5 * 10 * -0.25) + (0.25 * 20 * 0.125) + (0.25 * 40 * 0.375)
    spread = 0.5 * 0.25**2 + 0.25 * 0.125**2 + 0.25 * 0.375**2
    assert concentration_index(values, shares).value == pytest.approx(2 * covariance / 20)
    assert slope_index(values, shares).value == pytest.approx(covariance / spread)


def test_the_world_health_organizations_example() -> None:
    found = concentration_index(WHO_VALUES, WHO_POPULATION)
    assert found.value == pytest.approx(0.0469506, abs=1e-7)
    assert found.se == pytest.approx(0.01401831, abs=1e-7)
    absolute = found.scaled(np.average(WHO_VALUES, weights=WHO_POPULATION))
    assert absolute.value == pytest.approx(4.30052, abs=1e-5)
    assert absolute.se == pytest.approx(1.284031, abs=1e-5)


def test_the_interval_uses_hc3_and_students_t() -> None:
    import statsmodels.api as sm

    found = slope_index(WHO_VALUES, WHO_POPULATION)
    fit = sm.WLS(WHO_VALUES, sm.add_constant(ranks(WHO_POPULATION)), weights=WHO_POPULATION).fit()
    robust = fit.get_robustcov_results("HC3", use_t=True)
    assert (found.value, found.se) == pytest.approx((fit.params[1], fit.bse[1]))
    assert found.se_hc3 == pytest.approx(robust.bse[1])
    assert found.bounds == pytest.approx(robust.conf_int()[1])
    assert found.df == 3


def test_erreygers_index_is_the_same_for_an_outcome_and_its_complement() -> None:
    values = np.array([26.1, 23.8, 20.9, 16.9, 8.3])
    one, other = erreygers_index(values, FIFTHS), erreygers_index(100 - values, FIFTHS)
    assert one.value == pytest.approx(-other.value)
    assert one.value == pytest.approx(
        4 * values.mean() / 100 * concentration_index(values, FIFTHS).value
    )


def test_numbers_of_people_serve_as_shares() -> None:
    assert slope_index([5, 3, 1], [200, 300, 500]) == slope_index([5, 3, 1], [0.2, 0.3, 0.5])


def test_two_groups_have_a_value_but_no_interval() -> None:
    found = slope_index([30, 20], [1, 1])
    assert found.value == pytest.approx(-20)
    assert np.isnan(found.low)


@pytest.mark.parametrize(
    ("values", "shares", "message"),
    [
        ([1, 2, 3], [1, 1], "do not match"),
        ([1.0], [1.0], "two groups"),
        ([1, np.nan], [1, 1], "has no value"),
        ([1, 2], [1, 0], "above zero"),
    ],
)
def test_groups_that_cannot_be_ranked_are_refused(
    values: list[float], shares: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        slope_index(values, shares)


def test_relative_measures_need_something_to_be_relative_to() -> None:
    with pytest.raises(ValueError, match="mean above zero"):
        concentration_index([0, 0], [1, 1])
    with pytest.raises(ValueError, match="do not lie in"):
        erreygers_index([50, 120], [1, 1])


def test_gaps_and_ratios() -> None:
    found = Contrast(41.4, 28.5)
    assert found.gap == pytest.approx(12.9)
    assert found.ratio == pytest.approx(1.4526, abs=1e-4)
    assert np.isnan(Contrast(1, 0).ratio)


def test_a_gradient_that_turns_is_not_monotone() -> None:
    assert is_monotone([26.1, 23.8, 20.9, 16.9, 8.3])
    assert not is_monotone([11.8, 19.7, 14.4, 12.5, 6.4])


def test_a_gradient_holds_every_measure_of_the_same_values() -> None:
    values = [26.1, 23.8, 20.9, 16.9, 8.3]
    found = gradient(values, FIFTHS)
    assert found.slope == slope_index(values, FIFTHS)
    assert found.concentration == concentration_index(values, FIFTHS)
    assert found.ends.ratio == pytest.approx(26.1 / 8.3)
    assert found.monotone
