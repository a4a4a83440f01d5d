"""What a structural model expects when its variances are not known but estimated.

A forecast band that takes estimated variances as known is too narrow: with fifteen years it holds
ninety values in a hundred for ninety-five. Here the variances are integrated out instead. Given
their shares, the model is a regression with correlated errors: a level, a slope, a season and
drivers without prior distribution are coefficients [1]_, [2]_. Coefficients and the common scale
have an integral on paper, which leaves Student's t with as many degrees of freedom as observations
remain after the coefficients [3]_. The shares of the standard deviations lie on an even grid; each
point of it weighs as much as its marginal likelihood, and the forecast is the mixture.

Even weights before the data are a convention, nothing that is known. What bands of this kind hold
is simulated in `benchmarks/coverage.py`. With one variance there is no share, and the band is the
textbook's.

References
----------
.. [1] Harvey, A. C. (1989). Forecasting, Structural Time Series Models and the Kalman Filter.
   Cambridge University Press.
.. [2] Durbin, J. and Koopman, S. J. (2012). Time Series Analysis by State Space Methods, 2nd ed.,
   Oxford University Press.
.. [3] Box, G. E. P. and Tiao, G. C. (1973). Bayesian Inference in Statistical Analysis.
   Addison-Wesley.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.special import gammaln, logsumexp, stdtr, stdtrit

Floats = NDArray[np.float64]

STEPS = {1: 1, 2: 40, 3: 12}
"""Steps of the grid of standard deviations, by number of variances."""
NEGLIGIBLE = 1e-9
"""Weight below which a point of the grid is left out."""


@dataclass(frozen=True)
class Predictive:
    """A mixture of Student t distributions: what is expected of the logarithms ahead.

    Of each point of the grid: posterior weight, centre (horizon,), squared scales of the
    multivariate t (horizon, horizon), and variances (components,) at its own scale. `df`:
    observations minus coefficients.
    """

    weights: Floats
    centres: Floats
    covariances: Floats
    variances: Floats
    df: int

    def cdf(self, values: Floats) -> Floats:
        """Return the probability of less than `values`, shape (…, horizon), by period."""
        scales = np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))
        parts = stdtr(self.df, (np.asarray(values)[..., None, :] - self.centres) / scales)
        return np.asarray(np.einsum("...gh,g->...h", parts, self.weights))

    def quantile(self, p: Sequence[float]) -> Floats:
        """Return the quantiles of each period, shape (len(p), horizon).

        By Newton's method, and by bisection where that would leave the bracket.
        """
        wanted = np.asarray(p, dtype=float)[:, None]
        scales = np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))
        # The mixture's quantile lies between those of its parts.
        ends = self.centres + stdtrit(self.df, wanted)[:, None] * scales
        low, high = ends.min(axis=1), ends.max(axis=1)
        found, step = (low + high) / 2, high - low
        while np.abs(step).max() > 1e-12:
            off = self.cdf(found) - wanted
            low, high = np.where(off < 0, found, low), np.where(off < 0, high, found)
            slope = np.einsum("...gh,g->...h", self._density(found, scales), self.weights)
            newton = found - off / np.maximum(slope, np.finfo(float).tiny)
            inside = (newton >= low) & (newton <= high)
            step = np.where(inside, newton, (low + high) / 2) - found
            found = found + step
        return np.asarray(found)

    def _density(self, values: Floats, scales: Floats) -> Floats:
        away = (values[..., None, :] - self.centres) / scales
        size = np.exp(gammaln((self.df + 1) / 2) - gammaln(self.df / 2)) / np.sqrt(self.df * np.pi)
        return np.asarray(size * (1 + away**2 / self.df) ** (-(self.df + 1) / 2) / scales)

    def draws(self, count: int, seed: int) -> Floats:
        """Draw paths of the logarithms, shape (count, horizon): for sums over several periods."""
        rng = np.random.default_rng(seed)
        points, horizon = self.centres.shape
        point = rng.choice(points, size=count, p=self.weights)
        values, vectors = np.linalg.eigh(self.covariances)
        roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
        steps = np.einsum("dij,dj->di", roots[point], rng.standard_normal((count, horizon)))
        spread = np.sqrt(self.df / rng.chisquare(self.df, size=count))
        return np.asarray(self.centres[point] + spread[:, None] * steps)


def predictive(design: Floats, before: Floats, variances: Iterable[str]) -> Predictive:
    """Forecast logarithms with the variances integrated out.

    Parameters
    ----------
    design : ndarray of shape (n + horizon, k)
        Regressors of all that has no prior distribution: constant, time, season, drivers.
    before : ndarray of shape (n,)
        Logarithms before the forecast.
    variances : iterable of {"irregular", "level", "trend"}
        Those that the model has.
    """
    n = len(before)
    contrasts, forecast = contrasts_of(design, n)
    df = len(contrasts) - len(forecast)
    kernels = np.array([KERNELS[name](len(design)) for name in variances])
    grid = _grid(len(kernels))
    joint = np.tensordot(grid, contrasts @ kernels @ contrasts.T, 1)

    triangle = np.linalg.cholesky(joint[:, :df, :df])
    seen = np.broadcast_to((contrasts[:df, :n] @ before)[:, None], (len(joint), df, 1))
    white = np.linalg.solve(triangle, np.concatenate([seen, joint[:, :df, df:]], axis=2))
    residual, gain = white[:, :, 0], white[:, :, 1:].transpose(0, 2, 1)
    squares = np.einsum("gi,gi->g", residual, residual)
    half_log_determinant = np.log(np.diagonal(triangle, axis1=1, axis2=2)).sum(axis=1)
    likelihood = -0.5 * df * np.log(squares) - half_log_determinant
    weights = np.exp(likelihood - logsumexp(likelihood))
    kept = weights > NEGLIGIBLE
    left = joint[:, df:, df:] - gain @ gain.transpose(0, 2, 1)
    return Predictive(
        weights=weights[kept] / weights[kept].sum(),
        centres=(forecast @ before + np.einsum("ghi,gi->gh", gain, residual))[kept],
        covariances=(left * (squares / df)[:, None, None])[kept],
        variances=(grid * (squares / df)[:, None])[kept],
        df=df,
    )


def forecast_at(design: Floats, before: Floats, variances: Mapping[str, float]) -> Floats:
    """Forecast logarithms at given variances, as the Kalman filter does from a diffuse start."""
    n = len(before)
    contrasts, forecast = contrasts_of(design, n)
    df = len(contrasts) - len(forecast)
    own = sum((v * KERNELS[name](len(design)) for name, v in variances.items()), np.zeros(()))
    joint = contrasts @ own @ contrasts.T
    white = linalg.solve(joint[:df, :df], contrasts[:df, :n] @ before, assume_a="pos")
    return np.asarray(forecast @ before + joint[df:, :df] @ white)


def contrasts_of(design: Floats, n: int) -> tuple[Floats, Floats]:
    """Return rows that no coefficient reaches, past and ahead, and the least-squares forecast."""
    # Drivers may be redundant (a currency pegged to the dollar beside the level): rank counts.
    basis, sizes, _ = np.linalg.svd(design[:n])
    k = int(np.count_nonzero(sizes > 1e-10 * sizes[0]))
    forecast = design[n:] @ np.linalg.pinv(design[:n], rcond=1e-10)
    rows = np.zeros((len(design) - k, len(design)))
    rows[: n - k, :n] = basis[:, k:].T
    rows[n - k :, :n], rows[n - k :, n:] = -forecast, np.eye(len(forecast))
    return rows, forecast


def _grid(count: int) -> Floats:
    """Variances whose standard deviations lie on an even grid and add up to one."""
    steps = STEPS[count]
    points = [p for p in product(range(steps + 1), repeat=count) if sum(p) == steps]
    return (np.array(points) / steps) ** 2


def _level(periods: int) -> Floats:
    """Covariance of a random walk with unit steps that starts at zero."""
    time = np.arange(periods, dtype=float)
    return np.minimum.outer(time, time)


def _trend(periods: int) -> Floats:
    """Covariance of the sum of such a random walk."""
    time = np.arange(periods, dtype=float)
    reached = np.maximum(time[:, None] - 1 - time[None, :], 0.0)
    return np.asarray(reached @ reached.T)


KERNELS: dict[str, Callable[[int], Floats]] = {
    "irregular": np.eye,
    "level": _level,
    "trend": _trend,
}
