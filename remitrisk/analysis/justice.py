"""Cases through justice, as each source counts them: never averaged, never merged."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from remitrisk.analysis.counts import CountBounds, count_bounds

# Which measure of the official-counts table belongs to which stage. Splits of a count by form of
# exploitation or by outcome are left out: their cells are under ten.
STAGES = {
    "investigations": "investigations",
    "investigations_initiated": "investigations",
    "investigations_initiated_art124": "investigations",
    "criminal_cases_opened": "investigations",
    "crimes_registered_MIA": "investigations",
    "pretrial_cases_PGO": "investigations",
    "UNODC Offences of trafficking in persons": "investigations",
    "prosecutions": "prosecutions",
    "prosecutions_nominal": "prosecutions",
    "UNODC Persons prosecuted": "prosecutions",
    "convictions": "convictions",
    "convictions_genuine_trafficking": "convictions",
    "UNODC Persons convicted": "convictions",
    "victims_identified_total": "identified people",
    "victims_identified_in_country": "identified people",
    "victims_identified_government": "identified people",
    "victims_identified_by_government": "identified people",
    "UNODC Detected trafficking victims": "identified people",
}
ORDER = ("investigations", "prosecutions", "convictions", "identified people")
TIP, UNODC, DOMESTIC, OTHER = (
    "U.S. TIP reports",
    "UNODC",
    "Kyrgyz authorities",
    "other restatements",
)
_YEAR = re.compile(r"(\d{4})( \(reporting period\))?$")


@dataclass(frozen=True)
class Disagreement:
    """Counts of one stage and year on which sources differ.

    Attributes
    ----------
    stage : str
    year : int
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


def yearly_counts(official: pd.DataFrame, *, last_year: int) -> pd.DataFrame:
    """Whole-year counts by stage and source.

    Parameters
    ----------
    official : DataFrame
        The official-counts table: ``ref_period``, ``measure``, ``value``, ``value_note``,
        ``source_id``, ``report_year``.
    last_year : int
        Later years are left out.

    Returns
    -------
    DataFrame
        ``year``, ``stage``, ``low``, ``high``, ``group`` (kind of source), ``source_id``,
        ``note``; part-years, ranges of years and reports that give a direction but no number are
        left out, identical counts of one kind of source kept once.
    """
    rows = official.loc[official["measure"].isin(list(STAGES))].copy()
    periods = rows["ref_period"].astype(str).str.fullmatch(_YEAR.pattern)
    rows = rows.loc[periods]
    note = rows["value_note"].fillna("").astype(str)
    number = pd.to_numeric(rows["value"], errors="coerce")
    censored = number.isna() & note.str.strip().eq("<5")
    rows = rows.assign(note=note, number=number, censored=censored)
    rows = rows.loc[number.notna() | censored]
    rows = rows.loc[~rows["note"].str.contains("part year|headline only", regex=True)]
    bounds = [count_bounds(v, c) for v, c in zip(rows["number"], rows["censored"], strict=True)]
    out = pd.DataFrame(
        {
            "year": rows["ref_period"].astype(str).str[:4].astype(int),
            "stage": rows["measure"].map(STAGES),
            "low": [b.low for b in bounds],
            "high": [b.high for b in bounds],
            "group": rows["source_id"].map(source_group),
            "source_id": rows["source_id"],
            "note": rows["note"].where(~rows["censored"], ""),
        }
    )
    out = out.loc[out["year"].le(last_year)]
    out = out.drop_duplicates(["year", "stage", "low", "high", "group"])
    rank = out["stage"].map({s: i for i, s in enumerate(ORDER)})
    return out.assign(rank=rank).sort_values(["rank", "year", "group"]).drop(columns="rank")


def as_counts(series: pd.Series, stage: str, group: str) -> pd.DataFrame:
    """Turn a yearly series of exact counts into rows of `yearly_counts`."""
    return pd.DataFrame(
        {
            "year": series.index.astype(int),
            "stage": stage,
            "low": series.to_numpy(dtype=int),
            "high": series.to_numpy(dtype=int),
            "group": group,
            "source_id": "",
            "note": "",
        }
    )


def source_group(source_id: str) -> str:
    """Kind of source: the U.S. reports, UNODC, Kyrgyz authorities as quoted, or others."""
    if source_id.startswith(("tip", "cabar_ivanova")):
        return TIP
    if source_id.startswith("unodc_glotip"):
        return UNODC
    if source_id.startswith(("24kg", "cabar_tip", "sputnik")):
        return DOMESTIC
    return OTHER


def disagreements(counts: pd.DataFrame) -> list[Disagreement]:
    """Stages and years for which two sources give counts that cannot both be true.

    Parameters
    ----------
    counts : DataFrame
        From `yearly_counts`.

    Returns
    -------
    list of Disagreement
        In the order of the stages, then of the years.
    """
    out = []
    for (stage, year), rows in counts.groupby(["stage", "year"], sort=False):
        if rows["low"].max() > rows["high"].min():
            pairs = tuple(
                (str(r.group), CountBounds(int(r.low), int(r.high)))  # type: ignore[arg-type]
                for r in rows.itertuples()
            )
            out.append(Disagreement(str(stage), int(year), pairs))  # type: ignore[call-overload]
    return out


def order_of_magnitude(value: float) -> int:
    """Return the nearest power of ten: 9,500 gives 10,000.

    For ratios of a modelled to a counted number, of which more digits would mean nothing.
    """
    if not value > 0:
        raise ValueError(f"{value} has no order of magnitude")
    exponent = 0
    while 10 ** (exponent + 0.5) < value:
        exponent += 1
    return 10**exponent
