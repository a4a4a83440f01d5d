"""Cases through justice, as each source counts them: never averaged, never merged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from livingbrief.values.values import STATUSES, Source, Values
from livingbrief.wording import spells
from remitrisk.methods.counts import CountBounds

# Which measure of the official-counts table belongs to which stage. Splits of a count by form of
# exploitation or by outcome are left out: their cells are under ten.
MEASURES = {
    "investigations": (
        *("investigations", "investigations_initiated", "investigations_initiated_art124"),
        *("criminal_cases_opened", "crimes_registered_MIA", "pretrial_cases_PGO"),
        "Offences of trafficking in persons",
    ),
    "prosecutions": ("prosecutions", "prosecutions_nominal", "Persons prosecuted"),
    "convictions": ("convictions", "convictions_genuine_trafficking", "Persons convicted"),
    "identified people": (
        *("victims_identified_total", "victims_identified_in_country"),
        *("victims_identified_government", "victims_identified_by_government"),
        "Detected trafficking victims",
    ),
}
STAGES = {measure: stage for stage, measures in MEASURES.items() for measure in measures}
TIP, UNODC = "U.S. TIP reports", "UNODC"
DOMESTIC, OTHER = "Kyrgyz authorities", "other restatements"
NSC = "Statistical Committee"
#: Counts of the U.S. reports that were not read there.
RESTATED = "U.S. report, as restated"
#: What a sentence calls the counts of a stage.
SAID = {"identified people": "people identified"}
#: Tiers as the table has them, the lowest first: what they are called.
TIERS = {"3": "Tier 3", "2W": "Tier 2 Watch List", "2": "Tier 2", "1": "Tier 1"}


@dataclass(frozen=True)
class Disagreement:
    """Counts of one stage and year, with their sources, on which these differ."""

    stage: str
    year: int
    counts: tuple[tuple[str, CountBounds], ...]

    @property
    def spread(self) -> tuple[int, int]:
        """Smallest and largest count."""
        return min(c.low for _, c in self.counts), max(c.high for _, c in self.counts)


def official_counts(official: pd.DataFrame, *, last_year: int) -> pd.DataFrame:
    """Whole-year counts by stage and source, from the reports of officials and observers.

    ``year``, ``stage``, ``low``, ``high``, ``group`` (kind of source), ``note``, ``status`` (from
    `official`'s column ``maturity``). Part-years, ranges
    of years, headlines without a definition and reports that give a direction but no number are
    left out; identical counts of one kind of source are kept once.
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
    kinds, stages = rows["source_id"].map(source_group), rows["measure"].map(STAGES)
    ends = rows["low"], rows["high"]
    counts = _rows(rows["first_year"], stages, *ends, kinds, note.loc[keep], rows["maturity"])
    counts = counts.sort_values("status", key=lambda s: s.map(STATUSES.index), kind="stable")
    return in_order(counts.drop_duplicates(["year", "stage", "low", "high", "group"]))


def unodc_counts(unodc: pd.DataFrame, *, last_year: int) -> pd.DataFrame:
    """National totals reported to UNODC, "<5" as an interval, in the shape of `official_counts`."""
    rows = unodc.loc[unodc["indicator"].isin(list(STAGES)) & unodc["year"].le(last_year)]
    stages = rows["indicator"].map(STAGES)
    return in_order(_rows(rows["year"], stages, rows["low"], rows["high"], UNODC))


def in_order(counts: pd.DataFrame) -> pd.DataFrame:
    """Sort counts by stage, year and kind of source."""
    rank = counts["stage"].map({stage: i for i, stage in enumerate(MEASURES)})
    keyed = counts.assign(rank=rank).sort_values(["rank", "year", "group"], kind="stable")
    return keyed.drop(columns="rank").reset_index(drop=True)


def as_counts(series: pd.Series, stage: str, group: str) -> pd.DataFrame:
    """Turn a yearly series of exact counts into rows of `official_counts`."""
    return _rows(series.index, stage, series.to_numpy(), series.to_numpy(), group)


def _rows(
    year: Any, stage: Any, low: Any, high: Any, group: Any, note: Any = "", status: Any = "final"
) -> pd.DataFrame:
    told = {"year": year, "stage": stage, "low": low, "high": high, "group": group, "note": note}
    return pd.DataFrame({**told, "status": status}).astype({"year": int, "low": int, "high": int})


def source_group(source_id: str) -> str:
    """Kind of source: the U.S. reports, Kyrgyz authorities as quoted, or others."""
    if source_id.startswith(("tip", "cabar_ivanova")):
        return TIP
    if source_id.startswith(("24kg", "cabar_tip", "sputnik")):
        return DOMESTIC
    return OTHER


def disagreements(counts: pd.DataFrame) -> list[Disagreement]:
    """Stages and years, in order, for which two sources give counts that cannot both be true."""
    out = []
    for (stage, year), rows in counts.groupby(["stage", "year"], sort=False):
        if rows["low"].max() > rows["high"].min():
            named = rows["group"].mask(
                rows["group"].eq(TIP) & rows["note"].str.startswith("as restated by"), RESTATED
            )
            ends = zip(named, rows["low"], rows["high"], strict=True)
            pairs = tuple((str(who), CountBounds(int(low), int(high))) for who, low, high in ends)
            out.append(Disagreement(str(stage), int(year), pairs))
    return out


def within_one_source(found: Sequence[Disagreement]) -> dict[str, Any]:
    """Return how many disagreements are within one source, as ``one_source``."""
    n = sum(len({who for who, _ in d.counts}) == 1 for d in found)
    return {"one_source": {"value": n, "text": None if n else "none"}}


def widest(found: Sequence[Disagreement]) -> dict[str, Any]:
    """Return on which counts sources differ most: what, year, low, high."""
    if not found:
        return {}
    most = max(found, key=lambda d: d.spread[1] - d.spread[0])
    low, high = most.spread
    what = SAID.get(most.stage, most.stage)
    return {"what": what, "year": most.year, "low": low, "high": high}


def by_year(counts: pd.DataFrame, group: str) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the counts of one kind of source, by stage and year, as a notebook records them.

    ``value`` (a list where the source gives several), ``interval`` for a count known within bounds,
    ``text`` and ``status``, the weakest of several.
    """
    rows = counts.loc[counts["group"].eq(group) & counts["stage"].ne("identified people")]
    found = {}
    for (stage, year), part in rows.groupby(["stage", "year"]):
        values = [int(v) for v in sorted(set(part["low"]))]
        told = CountBounds(int(part["low"].min()), int(part["high"].max())).recorded()
        if len(values) > 1:
            told = {"value": values, "text": " or ".join(map(str, values))}
        found[str(stage), int(year)] = {**told, "status": max(part["status"], key=STATUSES.index)}
    return found


def directions(official: pd.DataFrame, counts: pd.DataFrame, *, last_year: int) -> dict[int, str]:
    """Return what reports say of a year's investigations, and prosecutions, without a number.

    "more", or "more (fewer suspects prosecuted)" where they are apart. Years of which the U.S.
    reports have a number in `counts` are left out.
    """
    words = official["note"].fillna("").str.extract(r"^direction only: (.+)$")[0]
    rows = official.assign(words=words).dropna(subset="words").astype({"first_year": int})
    said = rows.set_index("first_year")["words"]
    told = said[rows["measure"].str.startswith("investigations").to_numpy()]
    beside = dict(said[rows["measure"].eq("prosecutions").to_numpy()])
    told = told + [f" ({beside[y]} prosecuted)" if y in beside else "" for y in told.index]
    known = counts.loc[counts["stage"].eq("investigations") & counts["group"].eq(TIP), "year"]
    kept = told[~told.index.isin(known) & (told.index <= last_year)]
    return {int(year): str(words) for year, words in kept.items()}


def panels(
    counts: pd.DataFrame, heads: Mapping[str, str], sources: Mapping[str, Source]
) -> list[dict[str, Values]]:
    """Set counts by stage and source for a chart: the counts, and the ends of those with bounds.

    Three dictionaries, head of a panel (`heads` has that of each stage) to counts, low and high
    ends, years by source. A count known within bounds, or given twice, has ends and no number.
    """
    ends = (counts["year"].min(), counts["year"].max() + 1) if len(counts) else (0, 0)
    years = pd.RangeIndex(*ends, name="year")
    shown = counts.loc[counts["stage"].isin(heads), "group"]
    groups = [g for g in sources if shown.eq(g).any()]
    about: dict[str, Any] = {"unit": "", "sources": {g: [sources[g]] for g in groups}}
    found: list[dict[str, Values]] = [{}, {}, {}]
    for stage, head in heads.items():
        part = counts.loc[counts["stage"].eq(stage)]
        low, high = (
            part.pivot_table(index="year", columns="group", values=end, aggfunc=how)
            .reindex(index=years, columns=groups)
            .astype(float)
            for end, how in (("low", "min"), ("high", "max"))
        )
        open_ended = low.ne(high)
        found[0][head] = Values.of(low.mask(open_ended), columns="source", **about)
        found[1][head] = Values.of(low.where(open_ended), columns="source", **about)
        found[2][head] = Values.of(high.where(open_ended), columns="source", **about)
    return found


def levels(tiers: pd.Series) -> pd.Series:
    """Return placements as places on the scale of `TIERS`, years without one as gaps."""
    place = {tier: float(i) for i, tier in enumerate(TIERS)}
    years = pd.RangeIndex(tiers.index.min(), tiers.index.max() + 1, name="year")
    return tiers.map(place).reindex(years).rename("tier")


def placements(tiers: pd.Series) -> dict[str, int]:
    """Count placements, changes from one report to the next, and years without any between."""
    years = [int(y) for y in tiers.index]
    return {
        "count": len(years),
        "changes": sum(tiers[y] != tiers[y - 1] for y in years if y - 1 in years),
        "missing": max(years) - min(years) + 1 - len(years),
    }


def zero_run(counts: pd.DataFrame, *, stage: str, group: str) -> list[int]:
    """Return the latest run of consecutive years in which one source counts none, ascending."""
    rows = counts.loc[counts["stage"].eq(stage) & counts["group"].eq(group)]
    most = rows.groupby("year")["high"].max()
    runs = spells(int(year) for year in most.index[most.eq(0)])
    return list(runs[-1]) if runs and runs[-1][-1] == most.index.max() else []
