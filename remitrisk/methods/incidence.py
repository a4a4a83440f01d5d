"""Who receives how much of migrants' money, drawn, and what losing it does to poverty.

Totals do not print an incidence: which people receive, by what they consume, and how much. So many
are drawn, and kept where they reproduce what a publisher printed of poverty without the money. No
draw is an estimate; what is kept is what the printed figures leave open.

A draw is a row with

* ``receive``, the share of people in receiving households;
* ``who``, the log-odds to receive for one standard deviation more of (log) consumption;
* ``much``, the same for the share of a receiver's consumption that the money pays for;
* ``spread``, the standard deviation of that log-odds among receivers who consume the same;
* ``low``, ``high`` and ``top``, the standard deviation of log consumption below the poverty line,
  up to five per cent above it, and above that;
* ``headcount`` and ``share``, the poverty rate and the money in all consumption, shares of one.

References
----------
Foster, Greer and Thorbecke (1984), *Econometrica* 52. Rejection by printed totals is the simplest
approximate Bayesian computation: Beaumont, Zhang and Balding (2002), *Genetics* 162, 2025-2035.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri

from remitrisk.methods.poverty import STEP

#: Receivers of the same consumption: a quadrature of three points for a normal distribution.
NODES, WEIGHTS = np.array([-np.sqrt(3), 0, np.sqrt(3)]), np.array([1, 4, 1]) / 6
#: Draws are uniform: log-odds within this of zero, and a spread up to it.
WIDEST = 1.0
LEVEL = 0.9
#: Rows that are worked out at a time, so that the arrays stay in the processor's cache.
AT_ONCE = 2_000


def half(printed: float) -> float:
    """Return half of the last digit that a figure was printed with, whole or with one decimal."""
    return 0.5 if float(printed).is_integer() else 0.05


def drawn(count: int, *, seed: int, receive: float, gini_spread: float) -> pd.DataFrame:
    """Draw incidences: `receive` is the least share of people who receive.

    The top spread lies between that just above the line (`shaped` sets it: here a weight from 0 to
    1, column ``weight``) and `gini_spread`, that of a lognormal with the published Gini.
    """
    rng = np.random.default_rng(seed)
    ends = {"receive": (receive, 1), "who": (-WIDEST, WIDEST), "much": (-WIDEST, WIDEST)}
    ends |= {"spread": (0, WIDEST), "weight": (0, 1)}
    ends |= dict.fromkeys(("off_headcount", "off_share", "off_up", "off_down"), (-1, 1))
    found = {name: rng.uniform(low, high, count) for name, (low, high) in ends.items()}
    return pd.DataFrame(found).assign(gini_spread=gini_spread)


def shaped(draws: pd.DataFrame, headcount: float, up: float, down: float) -> pd.DataFrame:
    """Give each draw spreads by which the line, moved by `STEP`, moves the headcount as printed.

    `up` and `down` in points, each anywhere within its rounding.
    """
    rate = (headcount + half(headcount) * draws["off_headcount"]) / 100
    more = (up + half(up) * draws["off_up"]) / 100
    less = (down + half(down) * draws["off_down"]) / 100
    z = ndtri(rate)
    low = np.log(1 - STEP) / (ndtri(rate + less) - z)
    high = np.log(1 + STEP) / (ndtri(rate + more) - z)
    top = high + draws["weight"] * (draws["gini_spread"] - high)
    return draws.assign(low=low, high=high, top=top)


def placed(draws: pd.DataFrame, headcount: float, share: float) -> pd.DataFrame:
    """Give each draw a poverty rate and a share of the money, per cent, within their rounding."""
    rate = headcount + half(headcount) * draws["off_headcount"]
    money = share + half(share) * draws["off_share"]
    return draws.assign(headcount=rate / 100, share=money / 100)


def rises(draws: pd.DataFrame, cuts: Sequence[float], ranks: int = 120) -> pd.DataFrame:
    """Return the rise of the headcount, in points, by draw and by cut (shares of the money lost).

    Each receiver loses that share of the money; nobody responds. A row is missing where receivers
    consume less than the money that they would receive.
    """
    parts = [
        _rises(draws.iloc[at : at + AT_ONCE], cuts, ranks) for at in range(0, len(draws), AT_ONCE)
    ]
    return pd.DataFrame(np.concatenate(parts), index=draws.index, columns=[*cuts])


def near(draws: pd.DataFrame, without: float, cuts: Sequence[float]) -> pd.DataFrame:
    """Return the draws whose poverty without any of the money is within a point of `without`.

    With ``without``, that rate in per cent, and the rise for each of `cuts`. A point is wider than
    any rounding: on the draws around it is seen how often a range holds (`held`).
    """
    rough = 100 * draws["headcount"] + rises(draws, [1.0], ranks=50)[1.0]
    some = draws[(rough - without).abs() < 1]
    found = rises(some, [1.0, *cuts])
    return some.join(found).assign(without=100 * some["headcount"] + found[1.0])


def kept(around: pd.DataFrame, without: float) -> pd.DataFrame:
    """Return the draws of `near` that give the printed rate `without`, rounded as it is printed."""
    return around[(around["without"] - without).abs() <= half(without)]


def ends(rises_: pd.Series, level: float = LEVEL) -> tuple[float, float]:
    """Return the central range of what is kept."""
    low, high = rises_.quantile([(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def held(around: pd.DataFrame, cut: float, width: float = 0.1, level: float = LEVEL) -> float:
    """Return how often the range holds a planted draw, calibrated to the rate that it gives.

    Each draw of `near` is the truth once: its rate without the money, rounded to `width`, is all
    that is known of it, and the range is of the others with that rate. It says how the range does
    for what was drawn here, and nothing of incidences of another form.
    """
    inside: list[bool] = []
    for _, same in around[cut].groupby((around["without"] / width).round()):
        for at in same.index if len(same) >= 20 else ():
            low, high = ends(same.drop(at), level)
            inside.append(low <= same[at] <= high)
    return float(np.mean(inside)) if inside else float("nan")


def _rises(draws: pd.DataFrame, cuts: Sequence[float], ranks: int) -> np.ndarray:
    of = {name: draws[name].to_numpy()[:, None] for name in draws}
    z = ndtri((np.arange(ranks) + 0.5) / ranks)
    line = ndtri(of["headcount"])
    edge = line + np.log1p(STEP) / of["high"]
    logs = np.where(
        z < edge, (z - line) * np.where(z < line, of["low"], of["high"]),
        np.log1p(STEP) + (z - edge) * of["top"],
    )  # fmt: skip
    consumed = np.exp(logs)
    receives = _with_mean(of["who"] * z, np.ones_like(logs), of["receive"][:, 0])
    theirs = receives * consumed
    asked = of["share"][:, 0] * consumed.sum(1) / theirs.sum(1)
    log_odds = (of["much"] * z)[:, :, None] + of["spread"][:, :, None] * NODES
    paid = _with_mean(log_odds, theirs[:, :, None] * WEIGHTS, np.minimum(asked, 0.98))
    before = _below(logs[:, :, None])[:, :, 0]
    found = [
        100 * (receives * (_below(logs[:, :, None] + np.log1p(-c * paid)) @ WEIGHTS - before))
        for c in cuts
    ]
    return np.where(asked[:, None] < 0.98, np.stack([f.mean(1) for f in found], axis=1), np.nan)


def _with_mean(log_odds: np.ndarray, weights: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the logistic of `log_odds`, moved so that its weighted mean is `mean` (Newton)."""
    axes = tuple(range(1, log_odds.ndim))
    total = weights.sum(axes)
    wanted = logit(np.clip(mean, 1e-6, 1 - 1e-6))
    moved = wanted - (weights * log_odds).sum(axes) / total
    for _ in range(6):
        share = expit(np.expand_dims(moved, axes) + log_odds)
        now, slope = ((weights * v).sum(axes) / total for v in (share, share * (1 - share)))
        moved = moved + (wanted - logit(now)) * now * (1 - now) / slope
    return expit(np.expand_dims(moved, axes) + log_odds)


def _below(logs: np.ndarray) -> np.ndarray:
    """Return which part of each rank's people is below the line: ranks are wide, people many."""
    step = np.maximum(np.abs(np.gradient(logs, axis=1)), 1e-3)
    return np.clip(0.5 - logs / step, 0, 1)
