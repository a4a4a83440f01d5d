"""How sure a structural break is: tests against no break.

References
----------
Bai and Perron (1998), *Econometrica* 66, and (2003), *Critical values for multiple structural
change tests*, *Econometrics Journal* 6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remitrisk.methods.breaks import BLOCK, Floats, bic, checked, least_squares, regime_size


def sup_f_null(
    n: int,
    max_breaks: int,
    *,
    trimming: float | int,
    replications: int,
    seed: int,
    x: ArrayLike | None = None,
    walk: bool = False,
) -> Floats:
    """Draw supF(m|0) for series of `n` without a break, shape (max_breaks, replications).

    The statistic does not depend on mean or variance, so this is its distribution in a sample of
    this very size, and not the limit's. `walk` False: independent Gaussian observations, as the
    test assumes. True: Gaussian random walks, which drift without any break.
    """
    _, design = checked(np.zeros(n), x)
    k = design.shape[1]
    size = regime_size(n, trimming, k)
    noise = np.random.default_rng(seed).standard_normal((n, replications))
    series = noise.cumsum(axis=0) if walk else noise
    total = least_squares(series, design, size, max_breaks)
    m = np.arange(1, max_breaks + 1)[:, None]
    return (total[0] - total[1:]) / total[1:] * (n - (m + 1) * k) / (m * k)


def sup_f_limit(
    max_breaks: int, *, trimming: float, replications: int, seed: int, steps: int = 400
) -> Floats:
    """Draw from the limit of supF(m|0) for a shift in the mean, shape (max_breaks, replications).

    The limit is a functional of a Brownian path. A random walk of `steps` steps (a multiple of 4)
    falls short of its supremum by about one over the square root of the steps; the same path seen
    at every fourth step falls short by twice as much, so twice the first less the second removes
    that error. `trimming` is a share of the sample.
    """
    if steps % 4:
        raise ValueError(f"steps must be a multiple of 4, not {steps}")
    rng = np.random.default_rng(seed)
    draws = []
    for done in range(0, replications, BLOCK):
        many = min(BLOCK, replications - done)
        noise = rng.standard_normal((steps, many))
        coarse = noise.reshape(steps // 4, 4, many).sum(axis=1) / 2
        draws.append(2 * _gain(noise, max_breaks, trimming) - _gain(coarse, max_breaks, trimming))
    return np.hstack(draws)


def p_value(statistic: float, null: ArrayLike) -> float:
    """Return the Monte Carlo p-value of `statistic` among draws under the null.

    Never zero: the statistic itself counts as one draw.
    """
    draws = np.asarray(null, dtype=float)
    return float((1 + np.count_nonzero(draws >= statistic)) / (1 + draws.size))


def chosen_breaks(y: ArrayLike, *, trimming: float | int) -> NDArray[np.int64]:
    """Count the breaks in mean that the BIC picks in each of many series, shape (n, series)."""
    many = np.asarray(y, dtype=float)
    n = many.shape[0]
    size = regime_size(n, trimming, 1)
    most = n // size - 1
    rss = least_squares(many, np.ones((n, 1)), size, most)
    return np.argmin([bic(rss[m], n, 1, m) for m in range(most + 1)], axis=0)


def _gain(noise: Floats, max_breaks: int, trimming: float) -> Floats:
    """Return the fall in RSS of unit noise by `m` breaks, over `m`: shape (max_breaks, series)."""
    n = len(noise)
    size = regime_size(n, trimming, 1)
    rss = least_squares(noise, np.ones((n, 1)), size, max_breaks)
    gain: Floats = (rss[0] - rss[1:]) / np.arange(1, max_breaks + 1)[:, None]
    return gain
