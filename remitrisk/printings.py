"""Figures that were printed more than once, and the poverty line beside prices."""

from collections.abc import Iterable, Mapping

import pandas as pd

from livingbrief.errors import DataError

BREAKDOWNS = (
    "area", "sex", "age", "urbanisation", "wealth_quintile", "education", "economic_activity",
    "disability", "other_breakdown",
)  # fmt: skip
PAGE, TABLES = "page", "tables"
#: Baskets of the poverty line move apart from all consumer prices by less than this in a year.
INDEXED_WITHIN_POINTS = 2.5
SET_ANEW = "set anew"
PERHAPS_ANEW = "may be set anew"
INDEXED = "indexed"
BY_RULE = "indexed by the rule"
NOT_KNOWN = "not known"
#: What a poverty line can be for the rates of a year and the year before to be at one line.
FOLLOWS_PRICES = (INDEXED, BY_RULE)


def national_totals(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return year and value of an indicator's national totals in one of the Committee's tables.

    DataError if the indicator has several national values in a year.
    """
    rows = frame[frame["indicator"] == code].dropna(subset=["value"])
    rows = rows[rows[list(BREAKDOWNS)].isna().all(axis=1)]
    if rows["year"].duplicated().any():
        names = ", ".join(sorted(rows["series"].dropna().unique()))
        raise DataError(f"{code!r} has several series ({names}): read it with table('nsc.sdg')")
    return rows[["year", "value"]].astype({"year": int})


def history(
    whole: Iterable[tuple[str, pd.DataFrame]], pages: pd.DataFrame, code: str
) -> pd.DataFrame:
    """Join the two records of what the Committee printed: its pages and its whole tables.

    `whole` has date and content of each table; `pages` the national totals as the pages showed them
    (``nsc.printed``; misprints have no value). Columns year, printed (ISO date), value, record
    (``page`` or ``tables``), in this order; a value that both have on one day stands once.
    """
    parts = [
        national_totals(frame, code).assign(printed=printed, record=TABLES)
        for printed, frame in whole
    ]
    shown = pages[pages["indicator"] == code].dropna(subset=["value"]).assign(record=PAGE)
    joined = pd.concat([shown, *parts], ignore_index=True)[["year", "printed", "value", "record"]]
    joined = joined.sort_values(["year", "printed"], kind="stable")
    return joined.drop_duplicates(["year", "printed"]).reset_index(drop=True)


def same_kind(rows: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    """Whether each row is of an indicator, series and breakdown that other rows have too."""
    kinds = [
        frame["indicator"] + "|" + frame["series"].fillna("")
        + frame[list(BREAKDOWNS)].notna().astype(int).astype(str).sum(axis=1)
        for frame in (rows, others)
    ]  # fmt: skip
    return kinds[0].isin(set(kinds[1]))


def totals_by(day: str, records: Mapping[str, pd.DataFrame], like: pd.DataFrame) -> pd.DataFrame:
    """Return the national totals that had been printed by a day (ISO date) on either record.

    `records`: indicator to its `history`; from `like`, a whole table, a row takes what a page does
    not say. The newest value of each year, with ``printed``: the date of the newest printing of the
    indicator that they come from.
    """
    parts = []
    national = like[like[list(BREAKDOWNS)].isna().all(axis=1)]
    for code, record in records.items():
        found = record[record["printed"] <= day].drop_duplicates("year", keep="last")
        models = national[national["indicator"] == code]
        if len(found) and len(models):
            other = models.iloc[0].drop(["year", "value"]).to_dict()
            newest = {"printed": found["printed"].max()}
            parts.append(found[["year", "value"]].assign(**other, **newest))
    return pd.concat(parts, ignore_index=True) if parts else like[:0].assign(printed="")


def line_changes(line: pd.DataFrame, prices: pd.Series) -> pd.DataFrame:
    """Set the poverty line of each year beside consumer prices.

    `line` has year, line_som and exactness; `prices` are their change in per cent. The line by
    year, with change_pct (from the year before; missing where that is not at hand or either is
    rounded), prices_pct, and set_anew: whether the line moved by more than `INDEXED_WITHIN_POINTS`
    away from prices, so that it cannot have been indexed (missing where either change is).
    """
    out = line.set_index("year").sort_index()
    exact = out["line_som"].where(out["exactness"] == "exact").astype(float)
    before = exact.reindex(exact.index - 1).to_numpy()
    change = 100 * (exact / before - 1)
    apart = (change - prices.reindex(out.index)).abs()
    anew = (apart > INDEXED_WITHIN_POINTS).astype("boolean").mask(apart.isna())
    return out.assign(change_pct=change, prices_pct=prices.reindex(out.index), set_anew=anew)


def line_status(line: pd.DataFrame, prices: pd.Series, threshold: float) -> pd.Series:
    """Say of each year whether the poverty line only followed prices from the year before.

    `line` is from `line_changes`; `prices` are their change in per cent; above `threshold` the
    publisher's rule sets the line anew. ``set anew`` or ``indexed`` where the line of both years is
    known; else what the rule says of the year's prices, ``may be set anew`` or ``indexed by the
    rule``; ``not known`` without prices.
    """
    years = prices.index.union(line.index)
    rise = prices.reindex(years).astype(float)
    found = pd.Series(NOT_KNOWN, index=years.rename("year"), dtype=object)
    found[rise > threshold] = PERHAPS_ANEW
    found[rise <= threshold] = BY_RULE
    known = line["set_anew"].dropna().astype(bool) if len(line) else pd.Series(dtype=bool)
    found[known.index] = known.map({True: SET_ANEW, False: INDEXED})
    return found
