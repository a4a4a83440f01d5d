"""Cases through justice, as each source counts them: never averaged, never merged."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from remitrisk.methods.counts import CountBounds

# Which measure of the official-counts table belongs to which stage. Splits of a count by form of
# exploitation or by outcome are left out: their cells are under ten.
STAGES = {
    "investigations": "investigations",
    "investigations_initiated": "investigations",
    "investigations_initiated_art124": "investigations",
    "criminal_cases_opened": "investigations",
    "crimes_registered_MIA": "investigations",
    "pretrial_cases_PGO": "investigations",
    "Offences of trafficking in persons": "investigations",
    "prosecutions": "prosecutions",
    "prosecutions_nominal": "prosecutions",
    "Persons prosecuted": "prosecutions",
    "convictions": "convictions",
    "convictions_genuine_trafficking": "convictions",
    "Persons convicted": "convictions",
    "victims_identified_total": "identified people",
    "victims_identified_in_country": "identified people",
    "victims_identified_government": "identified people",
    "victims_identified_by_government": "identified people",
    "Detected trafficking victims": "identified people",
}
ORDER = ("investigations", "prosecutions", "convictions", "identified people")
TIP, UNODC, DOMESTIC, OTHER = (
    "U.S. TIP reports",
    "UNODC",
    "Kyrgyz authorities",
    "other restatements",
)


@dataclass(frozen=True)
class Disagreement:
    """Counts of one stage and year on which sources differ.

    Attributes
    ----------
    counts : tuple of (str, CountBounds)
        Each source with its count.
    """

    stage: str
    year: int
    counts: tuple[tuple[str, CountBounds], ...]

    @property
    def spread(self) -> tuple[int, int]:
        """Smallest and largest count."""
        return min(c.low for _, c in self.counts), max(c.high for _, c in self.counts)


def official_counts(official: pd.DataFrame, *, last_year: int) -> pd.DataFrame:
    """Whole-year counts by stage and source, from the reports of officials and observers.

    Parameters
    ----------
    official : DataFrame
        ``first_year``, ``period_kind``, ``measure``, ``low``, ``high``, ``note``, ``source_id``.
    last_year : int
        Later years are left out.

    Returns
    -------
    DataFrame
        ``year``, ``stage``, ``low``, ``high``, ``group`` (kind of source), ``note``. Part-years,
        ranges of years, headlines without a definition and reports that give a direction but no
        number are left out; identical counts of one kind of source are kept once.
    """
    note = official["note"].fillna("").astype(str)
    keep = (
        official["measure"].isin(list(STAGES))
        & official["period_kind"].isin(["year", "reporting period"])
        & official["low"].notna()
        & official["first_year"].le(last_year)
        & ~note.str.contains("part year|headline only", regex=True)
    )
    rows = official.loc[keep]
    counts = pd.DataFrame(
        {
            "year": rows["first_year"].astype(int),
            "stage": rows["measure"].map(STAGES),
            "low": rows["low"].astype(int),
            "high": rows["high"].astype(int),
            "group": rows["source_id"].map(source_group),
            "note": note.loc[keep],
        }
    )
    return in_order(counts.drop_duplicates(["year", "stage", "low", "high", "group"]))


def unodc_counts(unodc: pd.DataFrame, *, last_year: int) -> pd.DataFrame:
    """National totals that the country reported to UNODC, "<5" as one to four.

    Parameters
    ----------
    unodc : DataFrame
        ``indicator``, ``year``, ``low``, ``high``.

    Returns
    -------
    DataFrame
        As `official_counts`.
    """
    rows = unodc.loc[unodc["indicator"].isin(list(STAGES)) & unodc["year"].le(last_year)]
    counts = pd.DataFrame(
        {
            "year": rows["year"].astype(int),
            "stage": rows["indicator"].map(STAGES),
            "low": rows["low"].astype(int),
            "high": rows["high"].astype(int),
            "group": UNODC,
            "note": "",
        }
    )
    return in_order(counts)


def in_order(counts: pd.DataFrame) -> pd.DataFrame:
    """Sort counts by stage, year and kind of source."""
    rank = counts["stage"].map({stage: i for i, stage in enumerate(ORDER)})
    keyed = counts.assign(rank=rank).sort_values(["rank", "year", "group"], kind="stable")
    return keyed.drop(columns="rank").reset_index(drop=True)


def as_counts(series: pd.Series, stage: str, group: str) -> pd.DataFrame:
    """Turn a yearly series of exact counts into rows of `official_counts`."""
    return pd.DataFrame(
        {
            "year": series.index.astype(int),
            "stage": stage,
            "low": series.to_numpy(dtype=int),
            "high": series.to_numpy(dtype=int),
            "group": group,
            "note": "",
        }
    )


def source_group(source_id: str) -> str:
    """Kind of source: the U.S. reports, Kyrgyz authorities as quoted, or others."""
    if source_id.startswith(("tip", "cabar_ivanova")):
        return TIP
    if source_id.startswith(("24kg", "cabar_tip", "sputnik")):
        return DOMESTIC
    return OTHER


def disagreements(counts: pd.DataFrame) -> list[Disagreement]:
    """Stages and years for which two sources give counts that cannot both be true.

    Parameters
    ----------
    counts : DataFrame
        From `official_counts`, `unodc_counts` and `as_counts`, put together.

    Returns
    -------
    list of Disagreement
        In the order of the stages, then of the years.
    """
    out = []
    for (stage, year), rows in counts.groupby(["stage", "year"], sort=False):
        if rows["low"].max() > rows["high"].min():
            pairs = tuple(
                (str(r.group), CountBounds(int(r.low), int(r.high))) for r in rows.itertuples()
            )
            out.append(Disagreement(str(stage), int(year), pairs))
    return out


def shared_counts(counts: pd.DataFrame) -> int:
    """Return how many stage-years have more than one count."""
    return int(counts.groupby(["stage", "year"]).size().gt(1).sum())


def zero_run(counts: pd.DataFrame, *, stage: str, group: str) -> list[int]:
    """Return the latest run of consecutive years in which one source counts none.

    Parameters
    ----------
    counts : DataFrame
        From `official_counts`.

    Returns
    -------
    list of int
        Ascending; empty when the last year counted has a case.
    """
    rows = counts.loc[counts["stage"].eq(stage) & counts["group"].eq(group)]
    most = rows.groupby("year")["high"].max()
    run: list[int] = []
    for year in sorted(most.index, reverse=True):
        if most[year] > 0 or (run and year != run[0] - 1):
            break
        run.insert(0, int(year))
    return run


def significant(value: float, digits: int = 1) -> int:
    """Return a positive number to so many significant digits: 295 gives 300, 9,500 gives 10,000.

    For ratios of a modelled to a counted number, of which more digits would mean nothing. A power
    of ten would be off by up to three times.
    """
    if not value > 0:
        raise ValueError(f"{value} is no ratio of people")
    power = 10 ** max(0, len(str(int(value))) - digits)
    return max(1, int(value / power + 0.5) * power)
