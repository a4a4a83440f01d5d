"""Structural breaks: published results for the Nile, exact identities, and simulated tables."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import brentq
from scipy.stats import norm
from statsmodels.datasets import nile

from remitrisk.methods.break_inference import (
    chosen_breaks,
    p_value,
    sup_f_limit,
    sup_f_null,
)
from remitrisk.methods.breaks import bai_perron, ols_cusum, regime_size

# Printed by strucchange 1.5-4, tests/Examples/strucchange-Ex.Rout.save.
NILE_BREAKS = [(), (28,), (28, 83), (28, 68, 83), (28, 45, 68, 83), (15, 30, 45, 68, 83)]
NILE_RSS = [2835157, 1597457, 1552924, 1538097, 1507888, 1659994]
NILE_BIC = [1318, 1270, 1276, 1285, 1292, 1311]
# Bai and Perron (2003), Econometrics Journal 6: supF(m|0), trimming 0.15, one coefficient, 5 %.
BAI_PERRON_TABLE = [8.58, 7.22, 5.96]
# The same table: UDmax with at most five breaks.
UD_MAX = 8.88
# Stock and Watson's textbook table after Andrews (2003), the same setting: 10, 5 and 1 %.
ANDREWS_TABLE = [7.12, 8.68, 12.16]


@pytest.fixture(scope="module")
def flow() -> np.ndarray:
    return nile.load_pandas().data["volume"].to_numpy()


def test_bai_perron_finds_strucchange_breaks_of_the_nile(flow):
    found = bai_perron(flow, trimming=0.15)
    assert [p.breaks for p in found.partitions] == NILE_BREAKS
    assert [p.rss for p in found.partitions] == pytest.approx(NILE_RSS, abs=0.5)
    assert [p.bic for p in found.partitions] == pytest.approx(NILE_BIC, abs=0.5)
    assert found.best("bic").breaks == (28,)
    assert found.best("lwz").breaks == (28,)


def test_single_break_statistics_of_the_nile_are_those_of_strucchange(flow):
    places = np.arange(15, len(flow) - 15 + 1)
    parts = np.array([p * flow[:p].var() + (len(flow) - p) * flow[p:].var() for p in places])
    f = (len(flow) * flow.var() / parts - 1) * (len(flow) - 2)
    assert f.mean() == pytest.approx(21.215, abs=0.001)
    assert np.log(np.exp(f / 2).mean()) == pytest.approx(33.759, abs=0.001)
    found = bai_perron(flow, trimming=0.15).partitions[1]
    assert found.sup_f == pytest.approx(f.max())
    assert found.sup_f == pytest.approx(75.93, abs=0.001)
    assert found.breaks == (places[f.argmax()],) == (28,)


def test_ols_cusum_of_the_nile_is_that_of_strucchange(flow):
    statistic, p = ols_cusum(flow)
    assert statistic == pytest.approx(2.9518, abs=0.0001)
    assert p == pytest.approx(5.409e-08, abs=1e-10)


@pytest.mark.parametrize("trend", [False, True])
def test_the_dynamic_programme_is_the_global_minimum(trend):
    rng = np.random.default_rng(5)
    n, size = 16, 4
    x = np.column_stack([np.ones(n), np.arange(n)])[:, : 1 + trend]
    y = rng.normal(size=n).cumsum() + 1e6
    found = bai_perron(y, x, trimming=size)

    def rss(breaks):
        edges = (0, *breaks, n)
        total = 0.0
        for a, b in pairwise(edges):
            beta = np.linalg.lstsq(x[a:b], y[a:b], rcond=None)[0]
            total += float(((y[a:b] - x[a:b] @ beta) ** 2).sum())
        return total

    for m in (1, 2, 3):
        allowed = [
            c
            for c in combinations(range(size, n - size + 1), m)
            if all(b - a >= size for a, b in zip((0, *c), (*c, n), strict=True))
        ]
        best = min(allowed, key=rss)
        assert found.partitions[m].breaks == best
        assert found.partitions[m].rss == pytest.approx(rss(best), abs=1e-6)


def test_statistics_do_not_change_with_the_unit_or_level_of_the_series(flow):
    first, second = bai_perron(flow), bai_perron(3 * flow - 7e5)
    for a, b in zip(first.partitions[1:], second.partitions[1:], strict=True):
        assert a.breaks == b.breaks
        assert b.sup_f == pytest.approx(a.sup_f, rel=1e-9)


def test_turning_time_round_mirrors_breaks(flow):
    n = len(flow)
    forward, back = bai_perron(flow), bai_perron(flow[::-1])
    for a, b in zip(forward.partitions, back.partitions, strict=True):
        assert tuple(n - p for p in reversed(b.breaks)) == a.breaks


def test_a_step_without_noise_is_found_exactly():
    found = bai_perron(np.repeat([1.0, 4.0, 2.0], 6), trimming=3)
    assert found.partitions[2].breaks == (6, 12)
    assert found.partitions[2].rss == pytest.approx(0, abs=1e-12)
    assert found.best().breaks[:2] == (6, 12)


def test_a_regime_must_hold_its_coefficients_and_one_observation_more():
    assert regime_size(20, 0.15) == 3
    assert regime_size(100, 0.15) == 15
    with pytest.raises(ValueError, match="choose from 3 to 10"):
        regime_size(20, 2, 2)
    with pytest.raises(ValueError, match="regimes of 11"):
        bai_perron(np.arange(20.0), trimming=11)
    with pytest.raises(ValueError, match="missing"):
        bai_perron([1.0, np.nan, 2.0, 3.0], trimming=2)
    with pytest.raises(ValueError, match="do not fit"):
        bai_perron(np.arange(20.0), trimming=5, max_breaks=4)


def exact_sup_f(level: float, trimming: float) -> float:
    """Solve for the quantile of supF(1|0): the exit of an Ornstein-Uhlenbeck process."""

    def stays(c: float) -> float:
        bound, cells = np.sqrt(c), 1000
        h = 2 * bound / (cells + 1)
        x = np.linspace(-bound + h, bound - h, cells)
        weight, edge = norm.pdf(x), norm.pdf(np.append(x - h / 2, x[-1] + h / 2))
        rates, vectors = eigh_tridiagonal(
            -(edge[:-1] + edge[1:]) / h**2 / weight,
            edge[1:-1] / h**2 / np.sqrt(weight[:-1] * weight[1:]),
            select="i",
            select_range=(cells - 20, cells - 1),
        )
        loads = (vectors * np.sqrt(weight)[:, None]).sum(axis=0) ** 2
        return float((loads * np.exp(rates * np.log((1 - trimming) / trimming))).sum() * h)

    return float(brentq(lambda c: stays(c) - level, 3, 20))


@pytest.fixture(scope="module")
def limit() -> np.ndarray:
    return sup_f_limit(5, trimming=0.15, replications=4000, seed=87, steps=200)


def test_simulated_critical_values_are_those_of_the_exact_limit(limit):
    for level in (0.9, 0.95):
        exact = exact_sup_f(level, 0.15)
        assert np.quantile(limit[0], level) == pytest.approx(exact, rel=0.03)
    assert exact_sup_f(0.95, 0.15) == pytest.approx(8.86, abs=0.01)


def test_simulated_critical_values_agree_with_published_tables(limit):
    """Both tables come from discretised paths, which fall short of the limit by a few per cent."""
    ours = np.quantile(limit[:3], 0.95, axis=1)
    assert ours == pytest.approx(BAI_PERRON_TABLE, rel=0.06)
    assert (ours > BAI_PERRON_TABLE).all()
    assert np.quantile(limit[0], [0.9, 0.95, 0.99]) == pytest.approx(ANDREWS_TABLE, rel=0.06)
    assert np.quantile(limit.max(axis=0), 0.95) == pytest.approx(UD_MAX, rel=0.06)


def test_critical_values_in_twenty_observations_exceed_the_limit_s(limit):
    small = sup_f_null(20, 3, trimming=3, replications=4000, seed=87)
    assert (np.quantile(small, 0.95, axis=1) > np.quantile(limit[:3], 0.95, axis=1)).all()
    again = sup_f_null(20, 3, trimming=3, replications=4000, seed=87)
    assert np.array_equal(small, again)


def test_the_null_distribution_gives_tests_their_size():
    null = sup_f_null(20, 1, trimming=3, replications=2000, seed=1)[0]
    fresh = sup_f_null(20, 1, trimming=3, replications=400, seed=2)[0]
    rejected = np.mean([p_value(f, null) <= 0.1 for f in fresh])
    assert rejected == pytest.approx(0.1, abs=0.045)
    assert p_value(np.inf, null) == pytest.approx(1 / 2001)


def test_ud_max_has_its_size_whatever_number_of_breaks_a_criterion_chooses():
    null = sup_f_null(20, 3, trimming=3, replications=2000, seed=1)
    rng = np.random.default_rng(5)
    found = [bai_perron(rng.normal(size=20), trimming=3, max_breaks=3) for _ in range(300)]
    p_values = [p_value(f.ud_max, null.max(axis=0)) for f in found]
    assert np.mean(np.array(p_values) <= 0.1) == pytest.approx(0.1, abs=0.05)
    chosen = [(f.best(), len(f.best().breaks)) for f in found]
    at_chosen = [p_value(best.sup_f, null[m - 1]) for best, m in chosen if m]
    assert np.mean(np.array(at_chosen) <= 0.1) > 0.6
    assert found[0].ud_max == max(part.sup_f for part in found[0].partitions[1:])


def test_random_walks_without_a_break_look_broken():
    white = sup_f_null(20, 2, trimming=3, replications=500, seed=3)[1]
    walks = sup_f_null(20, 2, trimming=3, replications=500, seed=3, walk=True)[1]
    assert np.mean(walks > np.quantile(white, 0.95)) > 0.8


def test_the_simplest_partition_is_the_first_near_tie(flow):
    found = bai_perron(flow)
    assert found.simplest().breaks == found.best().breaks == (28,)
    assert found.near_ties() == (found.partitions[1],)
    assert found.simplest(within=100).breaks == ()
    assert len(found.near_ties(within=8)) == 2


def test_many_series_at_once_give_the_breaks_of_each(flow):
    rng = np.random.default_rng(9)
    many = rng.normal(size=(30, 12)).cumsum(axis=0)
    chosen = chosen_breaks(many, trimming=4)
    assert list(chosen) == [len(bai_perron(y, trimming=4).best().breaks) for y in many.T]


def test_a_series_that_never_moves_has_no_break_by_cusum():
    assert ols_cusum(np.full(20, 6.2)) == (0.0, 1.0)
