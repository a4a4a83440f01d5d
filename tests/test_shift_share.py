"""The regression over receivers and hosts: planted slopes are found, and intervals hold them."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from remitrisk.methods import shift_share

YEARS, HOSTS, RECEIVERS = range(2001, 2013), 25, 40


def shares(seed=1) -> pd.DataFrame:
    """Shares that add to less than one, a few hosts large, in two counts."""
    rng = np.random.default_rng(seed)
    size = 1 / np.arange(1, HOSTS + 1)
    rows = [
        (f"R{i}", f"H{h}", count, part)
        for count in (2000, 2006)
        for i in range(RECEIVERS)
        for h, part in enumerate(rng.dirichlet(3 * size) * rng.uniform(0.7, 1))
        if part > 0.01
    ]
    return pd.DataFrame(rows, columns=["origin_iso3", "host_iso3", "year", "share"])


COUNTS = shares()


def planted(slope: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shocks of hosts, and outcomes whose errors come from the same hosts, year by year."""
    rng = np.random.default_rng(seed)
    names, receivers = [f"H{h}" for h in range(HOSTS)], [f"R{i}" for i in range(RECEIVERS)]

    def draw(size):
        return pd.DataFrame(rng.normal(0, size, (len(YEARS), HOSTS)), YEARS, names)

    shocks, hidden = draw(10) + rng.normal(2, 3, (len(YEARS), 1)), draw(8)
    none = pd.DataFrame(0.0, YEARS, receivers)
    outcome = none + rng.normal(0, 6, none.shape) + rng.normal(0, 4, RECEIVERS)
    rows, weights = shift_share.exposures(none, shocks, COUNTS)
    by_host = hidden.loc[rows["year"], weights.columns].to_numpy()
    rows["outcome"] = slope * rows["exposure"] + (weights.to_numpy() * by_host).sum(axis=1)
    grid = rows.pivot(index="year", columns="receiver", values="outcome")
    return outcome + grid[receivers], shocks


def test_the_slope_over_hosts_is_that_over_receivers():
    outcome, shocks = planted(0.5, 7)
    rows, weights = shift_share.exposures(outcome, shocks, COUNTS)
    found = shift_share.slope(rows, weights, shocks)
    plain = smf.ols("outcome ~ exposure + C(receiver) + C(year) + C(year):total", rows).fit()
    assert found.slope == pytest.approx(plain.params["exposure"], rel=1e-6)
    assert (found.rows, found.receivers) == (len(YEARS) * RECEIVERS, RECEIVERS)
    assert found.effective < found.hosts <= HOSTS


def test_the_interval_holds_a_planted_slope_where_errors_come_from_hosts():
    """For what was simulated: independent shocks of 25 hosts, some large, over twelve years."""
    found = [shift_share.fitted(*planted(0.5, seed), COUNTS) for seed in range(200)]
    inside = np.mean([one.interval[0] <= 0.5 <= one.interval[1] for one in found])
    assert np.mean([one.slope for one in found]) == pytest.approx(0.5, abs=0.03)
    assert 0.90 <= inside <= 0.99
    spread = np.std([one.slope for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.25)


def test_a_host_that_is_left_out_counts_for_nothing():
    outcome, shocks = planted(0.5, 3)
    rows, weights = shift_share.exposures(outcome, shocks, COUNTS, without=["H0"])
    assert "H0" not in weights
    again = shocks.assign(H0=1e6)
    told = shift_share.slope(rows, weights, shocks)
    assert shift_share.fitted(outcome, again, COUNTS, without=["H0"]).slope == told.slope


def test_each_year_takes_the_last_count_before_it():
    outcome, shocks = planted(0.5, 3)
    rows, weights = shift_share.exposures(outcome, shocks, COUNTS)
    for year, count in ((2006, 2000), (2007, 2006)):
        at = rows.index[(rows["year"] == year) & (rows["receiver"] == "R5")]
        of = (COUNTS["origin_iso3"] == "R5") & (COUNTS["year"] == count)
        own = COUNTS[of].set_index("host_iso3")
        expected = own["share"].reindex(weights.columns).fillna(0)
        np.testing.assert_allclose(weights.loc[at].to_numpy()[0], expected)
