"""Lognormal consumption: closed forms against a sample, and the line as a publisher moved it."""

import numpy as np
import pytest
from scipy.special import ndtri

from remitrisk.methods.poverty import lognormal_from

PEOPLE = lognormal_from(0.253, 0.29)
SHARES = (np.arange(400_000) + 0.5) / 400_000


def test_calibration_returns_the_headcount_and_gini_it_was_given():
    assert PEOPLE.headcount() == pytest.approx(0.253, abs=1e-12)
    assert PEOPLE.gini == pytest.approx(0.29, abs=1e-12)
    values = np.exp(PEOPLE.mu + PEOPLE.sigma * ndtri(SHARES))
    assert values.mean() == pytest.approx(PEOPLE.mean, rel=1e-3)
    gini = 1 - 2 * np.mean(np.cumsum(values) / values.sum())
    assert gini == pytest.approx(0.29, abs=1e-3)
    assert PEOPLE.lorenz(0.4) == pytest.approx(values[:160_000].sum() / values.sum(), abs=1e-3)
    assert PEOPLE.headcount(1.3) == pytest.approx((values < 1.3).mean(), abs=1e-5)


def test_percentages_are_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        lognormal_from(25.3, 0.29)


def test_a_lognormal_with_the_gini_of_2018_understates_the_published_sensitivity():
    """The statistical office printed +3.6 and -4.3 points for a line 5% higher and lower."""
    people = lognormal_from(0.224, 0.277)
    assert 100 * (people.headcount(1.05) - 0.224) == pytest.approx(3.0, abs=0.05)
    assert 100 * (people.headcount(0.95) - 0.224) == pytest.approx(-2.9, abs=0.05)


def test_the_poorer_half_alone_cannot_be_who_receives():
    """Without the money all of them would be poor: 27.6 points more, where 9.8 was printed."""
    people = lognormal_from(0.224, 0.277)
    left = 1 - 0.117 / people.lorenz(0.5)
    assert people.headcount(1 / left) > 0.5
    assert 100 * (0.5 - people.headcount()) == pytest.approx(27.6, abs=0.05)
