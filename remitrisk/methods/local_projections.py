"""Local projections: what follows a change, month by month, with one band for the whole path.

The outcome some months on, less that of the month before the change, is regressed on the change
and on one lag more than the dynamics need of both. With that lag scores are not correlated over
time, so HC errors serve at each horizon, however persistent the series are.

References
----------
Montiel Olea, J. L. and Plagborg-Møller, M. (2021). Local projection inference is simpler and more
robust than you think. Econometrica 89(4), 1789-1823.
Montiel Olea, J. L. and Plagborg-Møller, M. (2019). Simultaneous confidence bands: theory,
implementation, and an application to SVARs. Journal of Applied Econometrics 34(1), 1-17.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

LEVEL = 0.95


def designs(
    outcome: pd.Series,
    shock: pd.Series,
    *,
    horizons: int,
    lags: int = 2,
    beside: pd.Series | None = None,
) -> dict[int, pd.DataFrame]:
    """Return what is regressed at each horizon, from the month of the change itself (0) on.

    Parameters
    ----------
    outcome, shock, beside : Series
        Logs by month (PeriodIndex without gaps); `beside` changes at the same time as `shock`.
    lags : int
        Of the monthly changes of all.

    Returns
    -------
    dict of DataFrame
        By horizon, months in which all is known: ``outcome``, its change from the month before to
        the horizon; ``shock``; lags; and months of the year but the first, for the season.
    """
    moved = {"outcome": outcome.diff(), "shock": shock.diff()}
    moved |= {} if beside is None else {"beside": beside.diff()}
    columns = {name: change for name, change in moved.items() if name != "outcome"}
    for back in range(1, lags + 1):
        columns |= {f"{name}_{back}": change.shift(back) for name, change in moved.items()}
    months = {f"month_{m}": (outcome.index.month == m).astype(float) for m in range(2, 13)}
    known = pd.DataFrame(columns).assign(**months)
    before = outcome.shift(1)
    return {
        ahead: known.assign(outcome=outcome.shift(-ahead) - before).dropna()
        for ahead in range(horizons + 1)
    }


def path(
    fits: Mapping[int, Any], name: str, *, draws: int = 20_000, seed: int = 87
) -> pd.DataFrame:
    """Return the slopes of a regressor over horizons with a band that holds all of them at once.

    Parameters
    ----------
    fits : mapping of int to statsmodels results
        By horizon, least squares with HC3 errors, each month under its label.
    name : str
        The regressor.

    Returns
    -------
    DataFrame
        By horizon: slope; low, high (sup-t: the estimates together, as a multivariate t whose
        covariance is that of their scores); own_low, own_high (of that horizon alone); n.
    """
    scores = pd.DataFrame({ahead: _scores(fit, name) for ahead, fit in fits.items()}).fillna(0.0)
    errors = np.sqrt((scores**2).sum())
    together = (scores / errors).T @ (scores / errors)
    df = min(fit.df_resid for fit in fits.values())
    rng = np.random.default_rng(seed)
    drawn = rng.multivariate_normal(np.zeros(len(errors)), together, size=draws, method="eigh")
    drawn /= np.sqrt(rng.chisquare(df, size=(draws, 1)) / df)
    far = np.quantile(np.abs(drawn).max(axis=1), LEVEL)
    slope = pd.Series({ahead: fit.params[name] for ahead, fit in fits.items()})
    own = pd.DataFrame({ahead: fit.conf_int().loc[name] for ahead, fit in fits.items()}).T
    found = {"slope": slope, "low": slope - far * errors, "high": slope + far * errors}
    found |= {
        "own_low": own[0],
        "own_high": own[1],
        "n": pd.Series({a: int(f.nobs) for a, f in fits.items()}),
    }
    return pd.DataFrame(found).rename_axis("ahead")


def _scores(fit: Any, name: str) -> pd.Series:
    """Return what each month adds to the error of a slope; their squares sum to HC3's variance."""
    at = fit.model.exog_names.index(name)
    weights = fit.model.pinv_wexog[at]
    leverage = fit.get_influence().hat_matrix_diag
    return pd.Series(weights * fit.resid / (1 - leverage), index=fit.resid.index)
