"""First figures and forecasts held against what stands later.

What one issue of an outlook says of several years, and what several issues say of one year, is
wrong together when a shock comes: so each year of outcome counts once, however many forecasts of
it there are, and misses are counted, without an interval.
"""

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pandas as pd

from livingbrief.claims import firm
from livingbrief.data.known import combined

#: When a forecast was issued, by half-years before the end of its year: one is April of the year.
HORIZONS = ("after", "autumn", "spring", "autumn_before", "spring_before", "earlier")
OF_YEAR = ["indicator", "iso3", "year"]
OUTCOMES = ("first", "latest")
#: A first printing that is later than this, in the second year after, is no early figure.
SOON = "06-30"
#: Fewer years than these say nothing of a series.
FEWEST_YEARS = 3
#: So many misses retire a line that forecasts, so many hits restore it; what comes first stays.
MISSES, HITS = 4, 2


def outcomes(table: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Return the first printed and the latest outcome of each year up to `last_year`.

    `table` has ``issue`` (``2022-04``), ``indicator``, ``iso3``, ``year``, ``value`` and
    ``last_actual``, the last year that the country had reported by that issue (NaN: none). By
    indicator, iso3 and year: ``first``, ``first_issue``, ``latest``, in the unit of the table.
    """
    reported = table[(table["year"] <= table["last_actual"]) & (table["year"] <= last_year)]
    return (
        reported.sort_values("issue")
        .groupby(OF_YEAR)
        .agg(first=("value", "first"), first_issue=("issue", "first"), latest=("value", "last"))
    )


def scored(table: pd.DataFrame, last_year: int, relative: Collection[str] = ()) -> pd.DataFrame:
    """Hold every forecast against the first outcome of its year and against the latest.

    Parameters as in `outcomes`; misses of the indicators `relative` (levels) are percentages of the
    outcome, others differences. A row for each forecast that an outcome followed: ``issue``,
    ``horizon`` (of `HORIZONS`), ``forecast``, ``no_change`` (the same issue's figure for the year
    before the issue, or before the year that is forecast where that is over, whether or not it is
    marked as reported), columns of `outcomes`; and less outcome, against each of `OUTCOMES`:
    ``miss_…``, ``no_change_miss_…``.
    """
    made = table[~(table["year"] <= table["last_actual"])].rename(columns={"value": "forecast"})
    issued = made["issue"].str[:4].astype(int)
    made["carried"] = np.minimum(made["year"], issued) - 1
    known = table.rename(columns={"year": "carried", "value": "no_change"})
    on = ["indicator", "iso3", "issue", "carried"]
    ahead = 2 * (made["year"] - issued) + made["issue"].str.endswith("04")
    made["horizon"] = np.array(HORIZONS)[ahead.clip(-1, 4) + 1]
    made = made.merge(known[[*on, "no_change"]], how="left", on=on)
    made = made.join(outcomes(table, last_year), on=OF_YEAR, how="inner")
    made = made[made["issue"] < made["first_issue"]].sort_values("issue")
    level = made["indicator"].isin(relative)
    for end in OUTCOMES:
        for of, name in (("forecast", "miss"), ("no_change", "no_change_miss")):
            less = made[of] - made[end]
            made[f"{name}_{end}"] = less.mask(level, 100 * less / made[end])
    return made.reset_index(drop=True)


def in_print(flows: Mapping[str, pd.DataFrame], year: int, issued: str) -> pd.DataFrame:
    """Return the outcomes of a year that were printed after a forecast of it was issued.

    `flows`: changes by measure, years by dates of printing, with ``open`` in `attrs`: years of
    which only estimates are printed; `issued`: ISO date. By measure, where it was printed:
    ``outcome`` (the newest), ``low``, ``high``, how many ``printings``, and ``status``.
    """
    found = {}
    for name, wide in flows.items():
        line = wide.reindex([year]).loc[year].dropna()
        line = line[[day > issued for day in line.index]]
        status = "estimate" if year in wide.attrs.get("open", ()) else "final"
        if len(line):
            found[name] = (line.iloc[-1], line.min(), line.max(), len(line), status)
    columns = ["outcome", "low", "high", "printings", "status"]
    return pd.DataFrame.from_dict(found, orient="index", columns=columns)


def score(made: pd.DataFrame) -> pd.DataFrame:
    """Hold quoted forecasts against what came; ValueError when a forecast is missing.

    `made` has ``forecast``, ``outcome`` (NaN: none yet), ``no_change`` (what needs no model: no
    growth, or last year's rate), all in per cent; ``worst``: it was the worst case, no expectation.
    Adds ``miss``, forecast less outcome in percentage points; ``closer`` (1 or 0): it missed by
    less than “no change”; ``held``: the outcome stayed on the side of “no change” of a worst case.
    NaN where it cannot be said, or is not asked of such a forecast.
    """
    if made["forecast"].isna().any():
        raise ValueError("a forecast is missing: only what was forecast can be scored")
    miss, off = made["forecast"] - made["outcome"], made["no_change"] - made["outcome"]
    harmless = -miss * (made["no_change"] - made["forecast"]) >= 0
    known, worst = miss.notna() & off.notna(), made["worst"].astype(bool)
    return made.assign(
        miss=miss,
        closer=(miss.abs() < off.abs()).astype(float).where(known & ~worst),
        held=harmless.astype(float).where(known & worst),
    )


def judged(made: pd.DataFrame, came: pd.Series, mean: float) -> pd.DataFrame:
    """Hold forecasts that were written down against what came.

    `made` has ``expected``, ``low`` and ``high`` by year, `came` is by year. Adds ``outcome``,
    ``inside`` and ``closer`` (1 or 0: than zero and than `mean`), all NaN where nothing has come.
    """
    outcome = came.reindex(made.index)
    rivals = pd.concat([outcome.abs(), (outcome - mean).abs()], axis=1).min(axis=1)
    told = {
        "inside": outcome.between(made["low"], made["high"]),
        "closer": (outcome - made["expected"]).abs() < rivals,
    }
    known = outcome.notna()
    return made.assign(
        outcome=outcome, **{k: v.astype(float).where(known) for k, v in told.items()}
    )


def standing(years: pd.DataFrame) -> str:
    """Say what has become of a line by its years since it was fitted.

    `years` has ``inside`` and ``closer`` by year, as `judged` gives them. ``retired`` after
    `MISSES` outside, ``restored`` after `HITS` inside and closer, whichever came first; else ``in
    doubt`` where it has missed, ``unbroken`` where it has not.
    """
    inside, closer = (years.sort_index()[name].astype(bool) for name in ("inside", "closer"))
    hits, misses = (inside & closer).cumsum(), (~inside).cumsum()
    over = hits.index[(hits >= HITS) | (misses >= MISSES)]
    if len(over):
        return "restored" if hits[over[0]] >= HITS else "retired"
    return "in doubt" if len(misses) and misses.iloc[-1] else "unbroken"


def early_revisions(printed: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return how far the years moved that were first printed within 18 months of their end.

    `printed` is from `remitrisk.as_printed`. By key and year: columns of
    `livingbrief.claims.firm.first_and_latest`, ``turned`` (0 or 1: the two have different signs;
    NaN where the figure is no change). Of the years by which firmness
    is judged, which has to make do with later first figures. Figures of fewer than `FEWEST_YEARS`
    years are left out.
    """
    parts = {}
    for key, wide in printed.items():
        if len(wide) and len(found := firm.first_and_latest(wide)) >= firm.FEWEST_YEARS:
            found = found[[day <= f"{year + 2}-{SOON}" for year, day in found["first_on"].items()]]
            turned = (np.sign(found["first"]) * np.sign(found["latest"]) < 0).astype(float)
            turned = turned if wide.attrs.get("change") else np.nan
            if len(found) >= FEWEST_YEARS:
                parts[key] = found.assign(turned=turned)
    empty = pd.DataFrame(columns=["moved", "turned"], index=pd.MultiIndex.from_arrays([[], []]))
    return (pd.concat(parts) if parts else empty).rename_axis(["key", "year"])


def spans(sources: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return sources once each, from the first of their dates of printing to the last."""
    days: dict[str, list[str]] = {}
    for line in sources:
        days.setdefault(line["source"], []).append(line["vintage"])
    return [{"source": name, "vintage": combined(of)} for name, of in days.items()]
