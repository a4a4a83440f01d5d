"""How firm a verdict is: how far its figures are from turning it, and how far such figures move.

The margin of a measure is how far its figure can move before the vote changes. The usual revision
is taken from the printings of the figure itself, so that both are in one unit: between the first
printing of a year and the latest, median and largest change.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import pandas as pd

from livingbrief.claims import turning
from livingbrief.claims.measures import (
    BETWEEN,
    COULD_TURN,
    FIRM,
    NO_VINTAGES,
    Class,
    Firmness,
    Measure,
    Measured,
    Revision,
    Sure,
    Turning,
    Verdict,
    Vote,
    vote,
)
from livingbrief.values.results import Results

#: A figure as each printing had it, by what its key is without the year: years by dates. `attrs`
#: has ``publisher`` (its id), ``named`` (its name, with which sources begin) and ``open`` (years of
#: which no outcome has been printed, only estimates).
Printed = Mapping[str, pd.DataFrame]

#: A first figure is one printed so soon after its year; where fewer than this many years have one
#: held, the newest so many that were printed twice stand for them; fewer tell too little.
FIRST_WITHIN_YEARS = 2
FEWEST_YEARS = 5
#: Tolerances with which a verdict is given again.
BANDS = {"none": 0.0, "half": 0.5, "twice": 2.0}
_JUST = 1e-9
_OF_YEAR = re.compile(r"(.+)\.((?:19|20)\d\d)")


def first_and_latest(wide: pd.DataFrame) -> pd.DataFrame:
    """Return each year as it was first printed and as it was printed last.

    Parameters
    ----------
    wide : DataFrame
        Years by dates of printing (ISO), ascending, each as it then stood.

    Returns
    -------
    DataFrame
        ``first``, ``latest``, ``moved`` (latest less first) in the unit of the figure,
        ``first_on``, ``latest_on`` (since when it has stood) and ``soon`` (first printed within
        `FIRST_WITHIN_YEARS` of its end) by year, for years that were printed again and first so
        soon; for the newest `FEWEST_YEARS` that were printed again, where those are fewer. An
        estimate that is printed again has not been revised yet: its year has no outcome.
    """
    found = {}
    for year, line in wide.iterrows():
        seen, end = line.dropna(), int(str(year))
        if len(seen) > 1 and end not in wide.attrs.get("open", ()):
            first, latest, begun = float(seen.iloc[0]), float(seen.iloc[-1]), seen.index[0]
            soon = begun <= f"{end + FIRST_WITHIN_YEARS}-12-31"
            since = seen.index[seen == latest][0]
            found[end] = (first, latest, latest - first, begun, since, soon)
    columns = ["first", "latest", "moved", "first_on", "latest_on", "soon"]
    table = pd.DataFrame.from_dict(found, orient="index", columns=columns)
    table = table.astype({"moved": float, "soon": bool})
    enough = table["soon"].sum() >= FEWEST_YEARS
    return table[table["soon"]] if enough else table.sort_index()[-FEWEST_YEARS:]


def usual(wide: pd.DataFrame | None) -> Revision | None:
    """Return by how much years `moved`; None for fewer than `FEWEST_YEARS`."""
    found = pd.DataFrame() if wide is None else first_and_latest(wide)
    if len(found) < FEWEST_YEARS:
        return None
    size, first = found["moved"].abs(), int(found["soon"].sum())
    median, largest, since = float(size.median()), float(size.max()), found["first_on"].min()
    return Revision(median=median, largest=largest, n=len(size), first=first, since=since)


def margin(measure: Measure, value: float, limit: Any, *, other: bool = False) -> float:
    """Return how far a figure can move before the vote of its measure changes.

    Parameters
    ----------
    value, limit : float
        As `measures.vote` takes them.
    other : bool
        It is the threshold that moves.
    """
    if measure.exact:
        start, now = int(limit if other else value), vote(measure, value, limit)

        def turns(far: int) -> bool:
            ends = max(start - far, 0), start + far
            return any(_moved(measure, value, limit, at, other) != now for at in ends)

        return float(bisect_left(range(4 * int(value + limit) + 50), True, key=turns))
    size = measure.compare == "abs_lt"
    band, middle = (limit, 0.0) if size else (measure.tolerance, limit)
    nearest = min(abs(value - (middle - band)), abs(value - (middle + band)))
    whole = isinstance(value, int) and measure.compare in ("==", "!=") and not measure.tolerance
    return float(max(nearest, 1)) if whole else nearest


def _moved(measure: Measure, value: Any, limit: Any, at: float, other: bool) -> Vote:
    """Return the vote where the figure, or the `other` one, is another."""
    return vote(measure, value, at) if other else vote(measure, at, limit)


def firmness(
    measure: Measure,
    item: Measured,
    results: Results,
    printed: Printed,
    turns: turning.Turns | None = None,
) -> tuple[Firmness | None, dict[Vote, float]]:
    """Return how firm the vote of one measure is, and to what it could turn, by which step.

    By the chance to turn where an archive has its series; by its own usual revision elsewhere.

    Parameters
    ----------
    item : Measured
        The measure, as `measures.measured` judged it.
    results : mapping
        ``results.json``.
    printed : mapping
        See `Printed`.
    turns : mapping, optional
        See `turning.Turns`.

    Returns
    -------
    Firmness or None
        None where nothing is compared.
    dict
        Other votes, each with how far the figure would have to move.
    """
    if item.verdict == "missing" or item.value is None or measure.compare == "outside":
        return None, {}
    by_revisions, votes = _by_revisions(measure, item, results, printed)
    known = turns or {}
    chance = turning.of_measure(measure, item, results, known)
    if chance is None:
        return by_revisions, votes
    could = chance.turns > turning.FIRM_AT_MOST
    found = by_revisions.model_copy(
        update={
            "by": "chance",
            "chance": chance,
            "of_class": COULD_TURN if could else FIRM,
            "publisher": known[item.key.rpartition(".")[0]].publisher,
        }
    )
    if not could:
        return found, {}
    value, limit = item.value, item.limit
    across: list[float] = []
    # What crosses the near edge of a band may cross the further one too.
    if isinstance(value, int | float) and isinstance(limit, int | float):
        far = turning.edges(measure, value, limit)[0][1] * (1 + _JUST) + _JUST
        across = [far] if chance.further > turning.FIRM_AT_MOST else []
    return found, _votes_at(measure, item, found, across)


def _by_revisions(
    measure: Measure, item: Measured, results: Results, printed: Printed
) -> tuple[Firmness, dict[Vote, float]]:
    value, limit = item.value, item.limit
    if not isinstance(value, int | float) or not isinstance(limit, int | float):
        return _of_class(NO_VINTAGES), {}
    # Of the printings of an end of an interval nothing is known.
    known_of = printed if measure.of == "value" else {}
    than = item.than.key if item.than else None
    wide, publisher, of = _printed_of(item.key, than, results, known_of)
    far, known = margin(measure, value, limit, other=of == "than"), usual(wide)
    unit = results[item.key].unit
    unit = "percentage points" if unit == "percent" else unit
    about = {"margin": far, "unit": unit, "revision": known, "of": of}
    if known is None:
        return _of_class(NO_VINTAGES, **about), {}
    about["publisher"] = publisher
    # What is an estimate will be printed again, whatever others did.
    if far > known.largest and item.status != "estimate":
        return _of_class(FIRM, **about), {}
    if far > known.median or not known.median:
        return _of_class(BETWEEN, **about), {}
    found = _of_class(COULD_TURN, **about)
    return found, _votes_at(measure, item, found, [known.median])


def _of_class(name: Class, **about: Any) -> Firmness:
    """Return a firmness by usual revisions."""
    none = {"margin": None, "unit": "", "revision": None, "publisher": "", "of": "value"}
    by = {"class": name, "by": "revisions", "chance": None, "by_revisions": name}
    return Firmness(**{**none, **about, **by})


def _votes_at(
    measure: Measure, item: Measured, found: Firmness, further: list[float]
) -> dict[Vote, float]:
    """Return the other votes just beyond the margin and `further` away, each with its distance."""
    value, limit, far, other = item.value, item.limit, found.margin or 0.0, found.of == "than"
    steps = [far, *map(math.ceil, further)] if measure.exact else [far * (1 + _JUST) + _JUST]
    steps += [] if measure.exact else further
    start: Any = limit if other else value
    votes: dict[Vote, float] = {}
    for step, way in product(sorted(steps), (-1, 1)):
        at = max(round(start + way * step), 0) if measure.exact else start + way * step
        votes.setdefault(_moved(measure, value, limit, at, other), float(step))
    if item.verdict != "missing":
        votes.pop(item.verdict, None)
    return votes


def _printed_of(
    key: str, than: str | None, results: Results, printed: Printed
) -> tuple[pd.DataFrame | None, str, str]:
    """Return the printings of what a measure compares, their publisher, and of what they are."""
    one, other = (_of_key(k, results, printed) if k else None for k in (key, than))
    found = one or other
    if found is None:
        return None, "", "value"
    publisher = str(found[0].attrs["publisher"])
    if one is None or other is None:
        return found[0], publisher, "value" if one else "than"
    dates = sorted({*one[0].columns, *other[0].columns})
    first, second = (w.reindex(columns=dates).ffill(axis=1) for w, _ in (one, other))
    gap = one[1] - other[1]
    made = first - second.set_axis(second.index + gap).reindex(first.index)
    after = (year + gap for year in other[0].attrs.get("open", ()))
    made.attrs["open"] = (*one[0].attrs.get("open", ()), *after)
    return made, publisher, "difference"


def _of_key(key: str, results: Results, printed: Printed) -> tuple[pd.DataFrame, int] | None:
    """Return the printings of a key with its year; None for another publisher's figure."""
    found = _OF_YEAR.fullmatch(key)
    if found is None or found[1] not in printed:
        return None
    wide, cited = printed[found[1]], results[key].sources
    own = any(source.source in wide.attrs["lines"] for source in cited)
    return (wide, int(found[2])) if own else None


def of(
    measures: Sequence[Measure],
    judged: Sequence[Measured],
    verdict_of: Callable[[Sequence[Vote]], Verdict],
    results: Results,
    printed: Printed | None,
    turns: turning.Turns | None = None,
) -> tuple[tuple[Sure, ...], dict[str, Verdict], tuple[Turning, ...]]:
    """Say how firm a verdict is, and each of its measures; nothing where no printings are given.

    Parameters
    ----------
    measures, judged : sequence
        The comparisons, and each as `measures.measured` judged it.
    verdict_of : callable
        What votes come to.
    results, printed, turns : mapping
        As in `firmness`.

    Returns
    -------
    tuple of Sure
    dict
        The verdict with the tolerances at zero, half and twice; empty without any.
    tuple of Turning
        The measures that could turn, and with them the verdict.
    """
    if printed is None:
        return tuple(_sure(item, None) for item in judged), {}, ()
    votes: list[Vote] = [item.verdict for item in judged]
    sure, could = list[Sure](), list[Turning]()
    for i, (measure, item) in enumerate(zip(measures, judged, strict=True)):
        found, others = firmness(measure, item, results, printed, turns)
        sure.append(_sure(item, found))
        other = {new: verdict_of([*votes[:i], new, *votes[i + 1 :]]) for new in others}
        steps = [others[new] for new, to in other.items() if to != verdict_of(votes)]
        if steps:
            to = sorted({*other.values()} - {verdict_of(votes)})
            could.append(Turning(key=item.key, to=tuple(to), by=min(steps)))
    held = {m.compare for m in measures if m.counts and m.tolerance}
    bands = {
        name: verdict_of([_at(*pair, factor) for pair in zip(measures, judged, strict=True)])
        for name, factor in BANDS.items()
        # No figure is within nothing of another.
        if held and (factor or held != {"within"})
    }
    return tuple(sure), bands, tuple(could)


def _sure(item: Measured, firm: Firmness | None) -> Sure:
    return Sure(**dict(item), firm=firm)


def _at(measure: Measure, item: Measured, factor: float) -> Vote:
    if item.verdict == "missing" or not measure.tolerance:
        return item.verdict
    other = measure.model_copy(update={"tolerance": measure.tolerance * factor})
    return vote(other, item.value, item.limit)
