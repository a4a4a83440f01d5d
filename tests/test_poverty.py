"""Poverty: the handbook's example, closed forms against a sample, and the scenario's logic."""

import math

import numpy as np
import pytest
from scipy.special import ndtri

from remitrisk.methods.poverty import (
    Lognormal,
    Poverty,
    lognormal_from,
    lognormal_from_sensitivity,
    scenario,
)

PEOPLE = lognormal_from(0.253, 0.29)
SHARES = (np.arange(400_000) + 0.5) / 400_000


def sample(people: Lognormal) -> np.ndarray:
    return np.exp(people.mu + people.sigma * ndtri(SHARES))


def poverty(consumption, line) -> Poverty:
    """Count headcount and gap in a sample, as the handbook defines them."""
    values = np.asarray(consumption, dtype=float)
    shortfall = np.where(values < line, (line - values) / line, 0.0)
    return Poverty((values < line).mean(), shortfall.mean())


def test_the_handbook_s_four_people_have_the_printed_gap():
    """Haughton and Khandker (2009), pages 70 and 71."""
    found = poverty([100, 110, 150, 160], line=125)
    assert found.headcount == 0.5
    assert found.gap == pytest.approx(0.08, abs=1e-12)


def test_calibration_returns_the_headcount_and_gini_it_was_given():
    assert PEOPLE.headcount() == pytest.approx(0.253, abs=1e-12)
    assert PEOPLE.gini == pytest.approx(0.29, abs=1e-12)
    values = np.sort(sample(PEOPLE))
    assert values.mean() == pytest.approx(PEOPLE.mean, rel=1e-3)
    gini = 1 - 2 * np.mean(np.cumsum(values) / values.sum())
    assert gini == pytest.approx(0.29, abs=1e-3)


def test_closed_forms_are_the_measures_of_a_large_sample():
    values = sample(PEOPLE)
    for line in (0.6, 1.0, 1.3):
        exact, drawn = PEOPLE.below(line, 1 / line), poverty(values, line)
        assert drawn.headcount == pytest.approx(exact.headcount, abs=1e-5)
        assert drawn.gap == pytest.approx(exact.gap, abs=1e-5)
    assert PEOPLE.lorenz(0.4) == pytest.approx(values[:160_000].sum() / values.sum(), abs=1e-3)


def test_percentages_and_what_is_no_share_are_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        lognormal_from(25.3, 0.29)
    for wrong in ({"cut": 30}, {"cut": 1.01}, {"recipients": 0}, {"remittances": math.nan},
                  {"remittances": 18}, {"remittances": -0.2}):  # fmt: skip
        with pytest.raises(ValueError, match="shares"):
            scenario(PEOPLE, **{"remittances": 0.5, "cut": 0.3, "recipients": 1, **wrong})
    with pytest.raises(ValueError, match="incidence 'richest'"):
        scenario(PEOPLE, 0.5, cut=0.3, recipients=1, incidence="richest")


def test_a_lognormal_with_the_gini_of_2018_understates_the_published_sensitivity():
    """The statistical office printed +3.6 and -4.3 points for a line 5 % higher and lower."""
    people = lognormal_from(0.224, 0.277)
    assert 100 * (people.headcount(1.05) - 0.224) == pytest.approx(3.0, abs=0.05)
    assert 100 * (people.headcount(0.95) - 0.224) == pytest.approx(-2.9, abs=0.05)
    matched = lognormal_from_sensitivity(0.224, 0.036, -0.043)
    assert matched.headcount() == pytest.approx(0.224, abs=1e-12)
    assert matched.headcount(1.05) - matched.headcount(0.95) == pytest.approx(0.079, abs=1e-9)
    assert matched.sigma < people.sigma


@pytest.mark.parametrize("incidence", ["spread", "poorest"])
@pytest.mark.parametrize("recipients", [0.15, 0.5, 0.75])
def test_a_scenario_is_what_the_cut_does_to_a_large_sample(incidence, recipients):
    values = sample(PEOPLE)
    found = scenario(PEOPLE, 0.15, cut=0.4, recipients=recipients, incidence=incidence)
    if incidence == "poorest":
        loss = np.where(recipients > SHARES, 0.4 * found.dependence, 0.0)
        drawn = poverty(values * (1 - loss), 1)
        received = found.dependence * values[recipients > SHARES].sum() / values.sum()
    else:
        hit, spared = poverty(values * (1 - 0.4 * found.dependence), 1), poverty(values, 1)
        drawn = type(hit)(
            *(
                recipients * getattr(hit, name) + (1 - recipients) * getattr(spared, name)
                for name in ("headcount", "gap")
            )
        )
        received = found.dependence * recipients
    assert found.after.headcount == pytest.approx(drawn.headcount, abs=1e-4)
    assert found.after.gap == pytest.approx(drawn.gap, abs=1e-4)
    if found.dependence < 1:
        assert received == pytest.approx(0.15, rel=1e-2)


def test_all_of_it_can_be_taken_away():
    for incidence in ("spread", "poorest"):
        for recipients in (0.5, 1.0):
            found = scenario(PEOPLE, 0.9, cut=1, recipients=recipients, incidence=incidence)
            assert 0 < found.change.headcount <= 1 - PEOPLE.headcount() + 1e-12
            assert found.dependence <= 1, "nobody loses more than they consume"
    nothing = scenario(PEOPLE, 1.0, cut=1, recipients=1).after
    assert (nothing.headcount, nothing.gap) == (1, 1)
    half = scenario(PEOPLE, 0.117, cut=1, recipients=1)
    assert half.after.headcount == pytest.approx(PEOPLE.headcount(1 / 0.883), abs=1e-12)
