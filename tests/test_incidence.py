"""Incidences that are drawn: sums against a population of people, and planted ones recovered."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit, ndtr, ndtri

from remitrisk.methods import incidence

LOGNORMAL_GINI = 0.5013


def drawn(count=6_000, seed=87):
    draws = incidence.drawn(count, seed=seed, receive=0.175, gini_spread=LOGNORMAL_GINI)
    return incidence.shaped(draws, 22.4, 3.6, -4.3)


PLACED = incidence.placed(drawn(), 22.4, 11.7)


def survey(of: pd.Series, cut: float, people: int = 400_000) -> tuple[float, float, float]:
    """Poverty rates before and after, and the share of the money, person by person."""
    rng = np.random.default_rng(1)
    z = ndtri((np.arange(people) + 0.5) / people)
    line = ndtri(of["headcount"])
    edge = line + np.log(1.05) / of["high"]
    logs = np.select(
        [z < line, z < edge],
        [(z - line) * of["low"], (z - line) * of["high"]],
        np.log(1.05) + (z - edge) * of["top"],
    )
    consumed = np.exp(logs)

    def level(log_odds, weights, mean):
        low, high = -40.0, 40.0
        for _ in range(60):
            middle = (low + high) / 2
            above = np.average(expit(middle + log_odds), weights=weights) > mean
            low, high = (low, middle) if above else (middle, high)
        return expit(middle + log_odds)

    receives = rng.random(people) < level(of["who"] * z, np.ones(people), of["receive"])
    log_odds = of["much"] * z + of["spread"] * rng.standard_normal(people)
    theirs = consumed * receives
    paid = receives * level(log_odds, theirs, of["share"] * consumed.sum() / theirs.sum())
    after = consumed * (1 - cut * paid)
    money = (paid * consumed).sum() / consumed.sum()
    return 100 * (consumed < 1).mean(), 100 * (after < 1).mean(), money


@pytest.mark.parametrize("row", [0, 5, 17, 40])
def test_the_rise_is_that_of_a_population_counted_person_by_person(row):
    of = PLACED.iloc[[row]]
    for cut in (0.3, 1.0):
        before, after, money = survey(of.iloc[0], cut)
        assert before == pytest.approx(100 * of["headcount"].item(), abs=0.01)
        assert money == pytest.approx(of["share"].item(), abs=1e-3)
        found = incidence.rises(of, [cut])[cut].item()
        assert found == pytest.approx(after - before, abs=0.3)


def test_the_spreads_move_the_headcount_as_was_printed():
    """Within the last digit: a headcount of 22.4, with +3.6 and -4.3 for five per cent."""
    z = ndtri(PLACED["headcount"])
    up = 100 * ndtr(z + np.log(1.05) / PLACED["high"])
    down = 100 * ndtr(z + np.log(0.95) / PLACED["low"])
    rate = 100 * PLACED["headcount"]
    assert (up - rate).between(3.55, 3.65).all() and (down - rate).between(-4.35, -4.25).all()
    assert rate.between(22.35, 22.45).all() and PLACED["share"].between(0.1165, 0.1175).all()


def test_a_planted_incidence_is_recovered():
    """Truths whose poverty without the money is printed and no more: the range holds their cut."""
    truths = incidence.placed(drawn(60, seed=5), 22.4, 11.7)
    true = incidence.rises(truths, [1.0, 0.3], ranks=600)
    usual = true[true[1.0].between(6, 14)].head(12)
    inside = 0
    for at, row in usual.iterrows():
        printed = round(100 * truths.at[at, "headcount"] + row[1.0], 1)
        around = incidence.near(PLACED, printed, [0.3])
        low, high = incidence.ends(around.loc[(around["without"] - printed).abs() < 0.3, 0.3])
        inside += low - 0.1 <= row[0.3] <= high + 0.1
        assert high - low < 6
    assert len(usual) == 12 and inside >= 9


def test_the_range_holds_what_was_drawn_as_often_as_it_says():
    around = incidence.near(PLACED, 33.0, [0.3])
    n, held = len(around), incidence.held(around, 0.3, width=0.25)
    assert n > 500
    assert held == pytest.approx(incidence.LEVEL, abs=4 * np.sqrt(0.09 / n) + 0.02)


def test_what_is_kept_gives_the_printed_rate_and_no_other():
    around = incidence.near(PLACED, 32.2, [0.3])
    kept = incidence.kept(around, 32.2)
    assert 0 < len(kept) < len(around)
    assert (kept["without"].round(1) == 32.2).mean() > 0.95
    again = 100 * kept["headcount"] + incidence.rises(kept, [1.0])[1.0]
    assert again.tolist() == pytest.approx(kept["without"].tolist())


def test_more_lost_is_more_poverty_and_nothing_lost_is_none():
    found = incidence.rises(PLACED.head(300), [0.0, 0.1, 0.3, 1.0]).dropna()
    assert found[0.0].abs().max() < 1e-9
    assert (found.diff(axis=1).iloc[:, 1:] > -1e-9).all(axis=None)


def test_who_would_receive_more_than_they_consume_is_left_out():
    poor = PLACED.head(50).assign(receive=0.02, who=-1.0)
    assert incidence.rises(poor, [0.3]).isna().all(axis=None)


def test_a_mean_is_met_whatever_the_log_odds():
    log_odds = np.random.default_rng(3).normal(0, 2, (40, 30))
    mean = np.linspace(0.02, 0.97, 40)
    found = incidence._with_mean(log_odds, np.ones_like(log_odds), mean)
    np.testing.assert_allclose(found.mean(axis=1), mean, atol=1e-6)
    moved = logit(found) - log_odds
    np.testing.assert_allclose(moved, moved[:, :1] * np.ones((1, 30)), atol=1e-8)


@pytest.mark.parametrize(("figure", "digit"), [(34, 0.5), (34.0, 0.5), (32.2, 0.05), (0.5, 0.05)])
def test_the_last_digit_of_a_printed_figure(figure, digit):
    assert incidence.half(figure) == digit
