"""Do inflows follow the hosts of a receiver's emigrants? One regression over all receivers.

The exposure of a receiver in a year is the sum over hosts of the share of its emigrants there times
the growth of that host. Receivers with the same hosts share their shocks, so hosts, not receivers,
are the units of inference: the slope is that of a regression over host-years whose errors cluster
by host.

References
----------
Borusyak, K., Hull, P. and Jaravel, X. (2022). Quasi-experimental shift-share research designs.
Review of Economic Studies 89(1), 181-213. Adao, R., Kolesar, M. and Morales, E. (2019). Shift-share
designs: theory and inference. Quarterly Journal of Economics 134(4), 1949-2010.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

LEVEL = 0.95


@dataclass(frozen=True)
class Slope:
    """A slope with its error by host and its interval, and how much stands behind it.

    `effective` is the number of hosts of equal weight that would weigh as much; the interval takes
    one less as the degrees of freedom of Student's t. `total` is the mean sum of the shares.
    """

    slope: float
    error: float
    interval: tuple[float, float]
    rows: int
    receivers: int
    hosts: int
    effective: float
    total: float

    @property
    def told(self) -> dict[str, object]:
        """The slope as a number with its interval."""
        return {"value": self.slope, "interval": self.interval, "level": LEVEL, "n": self.rows}


def exposures(
    outcome: pd.DataFrame,
    shocks: pd.DataFrame,
    counts: pd.DataFrame,
    *,
    without: Collection[str] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lay out receiver-years, and beside them the share of each host.

    `outcome` is by year and receiver, `shocks` by year and host; `counts` has the columns
    origin_iso3, host_iso3, year and share, of which each year takes the last count before it. Hosts
    in `without`, and those without a shock that year, count for nothing.

    The first frame has receiver, year, outcome, exposure and total, the sum of the shares.
    """
    tables = {
        int(year): rows.pivot(index="origin_iso3", columns="host_iso3", values="share").fillna(0.0)
        for year, rows in counts.groupby("year")
    }
    found, weights = [], []
    for year in outcome.index[outcome.index > min(tables)]:
        table = tables[max(at for at in tables if at < year)]
        own = outcome.loc[year].dropna()
        own = own[own.index.isin(table.index)]
        shock = shocks.loc[year].reindex(table.columns).drop(list(without), errors="ignore")
        shares = table.loc[own.index, shock.dropna().index]
        told = {"year": year, "outcome": own, "total": shares.sum(axis=1)}
        found.append(pd.DataFrame({**told, "exposure": shares @ shock.dropna()}))
        weights.append(shares)
    rows = pd.concat(found).rename_axis("receiver").reset_index()
    return rows, pd.concat(weights, ignore_index=True).fillna(0.0)


def slope(
    rows: pd.DataFrame,
    shares: pd.DataFrame,
    shocks: pd.DataFrame,
    cluster: Callable[[str], str] = str,
) -> Slope:
    """Regress the outcome on the exposure, with effects of receivers and of years.

    The sum of shares is not one, so it is interacted with the years. Outcome and exposure net of
    all these (Frisch, Waugh and Lovell), averaged by host and year with the shares as weights, are
    regressed on the host's shock, with effects of years: the ratio of the two slopes is the slope
    over receivers. Its error is that of the mean residuals on the shock, clustered by host, or by
    what `cluster` makes of the hosts: those of one bloc may share their shocks.
    """
    years = pd.get_dummies(rows["year"], dtype=float)
    controls = [
        pd.get_dummies(rows["receiver"], dtype=float),
        years,
        years.mul(rows["total"], axis=0),
    ]
    design = np.hstack([c.to_numpy() for c in controls])
    both = rows[["outcome", "exposure"]].to_numpy()
    net = both - design @ np.linalg.lstsq(design, both, rcond=None)[0]
    cells = (
        shares.set_axis(pd.MultiIndex.from_frame(rows[["receiver", "year"]]))
        .rename_axis("host", axis=1)
        .stack()
        .rename("share")
        .reset_index()
    )
    of = rows[["receiver", "year"]].assign(outcome=net[:, 0], exposure=net[:, 1])
    cells = cells[cells["share"] > 0].merge(of, on=["receiver", "year"])
    cells[["outcome", "exposure"]] = cells[["outcome", "exposure"]].mul(cells["share"], axis=0)
    by = cells.groupby(["host", "year"])[["share", "outcome", "exposure"]].sum().reset_index()
    mean = by[["outcome", "exposure"]].div(by["share"], axis=0)
    shock = pd.Series([shocks.at[y, h] for h, y in zip(by["host"], by["year"], strict=True)])
    on = pd.get_dummies(by["year"], dtype=float).assign(shock=shock)
    first, reduced = (
        sm.WLS(mean[name], on, weights=by["share"]).fit().params["shock"]
        for name in ("exposure", "outcome")
    )
    left = sm.WLS(mean["outcome"] - reduced / first * mean["exposure"], on, weights=by["share"])
    by["cluster"] = by["host"].map(cluster)
    groups = {"groups": by["cluster"].astype("category").cat.codes}
    error = left.fit(cov_type="cluster", cov_kwds=groups).bse["shock"] / abs(first)
    weight = by.groupby("cluster")["share"].sum() / by["share"].sum()
    effective = float(1 / (weight**2).sum())
    half = stats.t.ppf(0.5 + LEVEL / 2, max(effective - 1, 1)) * error
    value = float(reduced / first)
    return Slope(
        value, float(error), (value - half, value + half), len(rows),
        rows["receiver"].nunique(), by["host"].nunique(), effective,
        float(rows["total"].mean()),
    )  # fmt: skip


def fitted(
    outcome: pd.DataFrame,
    shocks: pd.DataFrame,
    counts: pd.DataFrame,
    *,
    without: Collection[str] = (),
    cluster: Callable[[str], str] = str,
) -> Slope:
    """Return the `slope` of the `exposures`."""
    return slope(*exposures(outcome, shocks, counts, without=without), shocks, cluster)
