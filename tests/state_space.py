"""The state space model of statsmodels that a fit of the counterfactual engine stands for."""

import numpy as np
from statsmodels.tsa.statespace.structural import UnobservedComponents

from remitrisk.methods.counterfactual import Fit


def given(values, specification, variances, drivers=None):
    """A fit at given variances."""
    frame = None if drivers is None else drivers.reindex(values.index)
    return Fit(specification, values, frame, variances, agreed=True)


def smoothed(fitted, *, exact=True):
    """Smooth at the variances of a fit."""
    model = fitted.specification
    return UnobservedComponents(
        fitted.values.to_numpy(dtype=float),
        level=True,
        stochastic_level=True,
        trend=model.slope != "none",
        stochastic_trend=model.slope == "stochastic",
        irregular=model.irregular,
        seasonal=model.season,
        stochastic_seasonal=False,
        exog=None if fitted.regressors is None else np.asarray(fitted.regressors, dtype=float),
        mle_regression=False,
        use_exact_diffuse=exact,
    ).smooth([*fitted.variances.values()], cov_type="none")
