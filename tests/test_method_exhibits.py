"""What the chapter on exposure prints: intervals."""

from remitrisk.exhibits import exposure
from remitrisk.methods.poverty import lognormal_from, scenario


def test_ranges_of_scenarios_carry_their_signs():
    people = lognormal_from(0.253, 0.29)
    found = [
        scenario(people, 0.5, cut=c, pass_through=1, recipients=1, incidence="spread")
        for c in (0.3, 0.1)
    ]
    low, high = exposure.span(found)
    assert 0 < low < high
    assert exposure.span_text(found).startswith("+")
