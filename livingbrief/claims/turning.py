"""How often statements turn when their figures are printed again, by their margin.

A table of past statements has, one row each, ``then`` and ``now``: how far the figure was from the
line that the statement draws (nought for a rise, the other figure for a comparison) in an older
printing and is in a later one, in one unit. Its sign is the side of the line; the statement has
turned where the sides differ. Statements of one kind, of one series or of series that are revised
alike, make one table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from livingbrief.claims.measures import Chance, Measure, Measured
from livingbrief.values.results import ANY_YEAR, Results

#: At most so many bands of margins, each of at least so many statements: fewer tell too little.
BANDS, FEWEST = 12, 50
#: So many statements at the mean of all are added to each band: one without a turn says little.
PRIOR = 5
#: What is called firm turns at most so often.
FIRM_AT_MOST = 0.05

Floats = npt.NDArray[np.float64]


def turned(past: pd.DataFrame) -> pd.Series:
    """Say of each past statement whether it has turned."""
    return np.sign(past["then"]) != np.sign(past["now"])


def read_off(margins: npt.ArrayLike, past: pd.DataFrame) -> Floats:
    """Return the share of past revisions that are no smaller than a margin and go against it.

    As if revisions were of one size whatever the margin. Where large margins have large revisions,
    this says too much of the small ones: see `curve`.

    Parameters
    ----------
    margins : array-like
        Distances from the line, without a sign.
    past : DataFrame
        Past statements, ``then`` and ``now``.
    """
    against = np.sort((past["then"] - past["now"]) * np.sign(past["then"]))
    found: Floats = 1 - np.searchsorted(against, margins, side="left") / len(against)
    return found


def curve(past: pd.DataFrame, *, bands: int = BANDS, fewest: int = FEWEST) -> pd.DataFrame:
    """Return how often past statements of a margin turned, which never rises with the margin.

    The shares of bands of equal numbers, each drawn a little to the mean of all, are made to fall
    by isotonic regression: a band in which more turned than in the one below is pooled with it.

    Parameters
    ----------
    past : DataFrame
        Past statements, ``then`` (not nought) and ``now``.
    bands, fewest : int
        At most so many bands, each of at least so many statements.

    Returns
    -------
    DataFrame
        By band, from small margins to large: ``above`` (its smallest margin, nought for the first),
        ``n``, ``turned`` (how many) and ``chance``. Empty for fewer statements than `fewest`.
    """
    from scipy.optimize import isotonic_regression

    size, came = past["then"].abs().to_numpy(float), turned(past).to_numpy()
    order = np.argsort(size, kind="stable")
    size, came = size[order], came[order]
    # Equal margins stay together, in the band in which the first of them is.
    count = min(bands, len(size) // fewest)
    edges = np.unique(size[np.arange(count) * len(size) // max(count, 1)])
    place = np.searchsorted(edges, size, side="right") - 1
    found = pd.DataFrame({"above": edges, "n": 0, "turned": 0, "chance": 0.0})
    if len(edges):
        found["n"] = np.bincount(place, minlength=len(edges))
        found["turned"] = np.bincount(place, weights=came, minlength=len(edges)).astype(int)
        share = (found["turned"] + PRIOR * came.mean()) / (found["n"] + PRIOR)
        count = found["n"] + PRIOR
        found["chance"] = isotonic_regression(share, weights=count, increasing=False).x
        found.loc[0, "above"] = 0.0
    return found


def at(margins: npt.ArrayLike, known: pd.DataFrame, odds: npt.ArrayLike = 1.0) -> Floats:
    """Return the chance to turn at each margin, by a `curve` or rows of one that were kept.

    Parameters
    ----------
    odds : array-like
        What its odds are multiplied by; see `shifted`.
    """
    place = np.searchsorted(known["above"].to_numpy(float), np.abs(margins), side="right") - 1
    return shifted(known["chance"].to_numpy(float)[np.maximum(place, 0)], odds)


def shifted(chances: npt.ArrayLike, odds: npt.ArrayLike) -> Floats:
    """Return chances whose odds are so many times as large: of statements on a newer year."""
    chances, odds = np.asarray(chances, float), np.asarray(odds, float)
    found: Floats = chances * odds / (1 - chances + chances * odds)
    return found


def chance(
    measure: Measure,
    value: float,
    limit: float,
    known: pd.DataFrame,
    scale: Callable[[float], float] = float,
    odds: float = 1.0,
) -> float:
    """Return the chance that the vote of a measure turns when its figure is printed again.

    A figure between two edges can leave by either, so both chances add up.

    Parameters
    ----------
    measure : Measure
        The rule: comparison and tolerance.
    value, limit : float
        As `measures.vote` takes them.
    known : DataFrame
        A `curve`, or past statements, of which one is made.
    scale : callable, optional
        Puts a figure into the unit of the margins of `known`, if that is another.
    odds : float
        As `at` takes them.

    Examples
    --------
    >>> past = pd.DataFrame({"then": [0.5] * 50 + [2.0] * 50, "now": [-0.1] * 20 + [1.0] * 80})
    >>> round(chance(Measure(key="a.b", compare=">", value=3), 3.5, 3, past), 2)
    0.38
    """
    known = known if "chance" in known else curve(known)
    if known.empty:
        return float("nan")
    far, between = edges(measure, value, limit, scale)
    return float(min(at(far if between else far[:1], known, odds).sum(), 1.0))


def edges(
    measure: Measure, value: float, limit: float, scale: Callable[[float], float] = float
) -> tuple[list[float], bool]:
    """Return how far the edges of a vote are, the near one first, and whether it is between."""
    reach, middle = (limit, 0.0) if measure.compare == "abs_lt" else (measure.tolerance, limit)
    far = sorted(abs(scale(value) - scale(edge)) for edge in (middle - reach, middle + reach))
    return far, abs(value - middle) < reach


@dataclass(frozen=True)
class Known:
    """What an archive says of the figures of one key.

    Attributes
    ----------
    series : str
        The series of the archive, by its code.
    kinds : mapping
        Kind of statement (`CHANGE`, `OVER_YEARS`, `OTHER`, `LINE`) to its name there.
    curves : mapping
        Of each name the `curve` of all years.
    odds : mapping
        Of each name what the odds are multiplied by for the newest year of a printing, the one
        before it, and so on; the last also for all that are earlier.
    newest : int
        The newest year of the figure.
    years : int
        Within how many years the statements of the archive turned.
    lines, publisher
        Sources of which figures are, as they cite them, and the publisher's id.
    change : str
        `CHANGE` or `OVER_YEARS`, where the figure is itself such a change of the series.
    scale : callable
        As `chance` takes it.
    """

    series: str
    kinds: Mapping[str, str]
    curves: Mapping[str, pd.DataFrame]
    odds: Mapping[str, Sequence[float]]
    newest: int
    years: int
    lines: frozenset[str]
    publisher: str
    change: str = ""
    scale: Callable[[float], float] = float


CHANGE, OVER_YEARS, OTHER, LINE = "change", "over years", "other", "line"
Turns = Mapping[str, Known]
#: Two figures of one series so many years apart, and closer, are a change on the year before.
_CLOSE_YEARS = 2


def of_measure(measure: Measure, item: Measured, results: Results, turns: Turns) -> Chance | None:
    """Return the chance that a measure turns; None where no archive has it.

    Parameters
    ----------
    item : Measured
        The same, as `measures.measured` judged it.
    results : mapping
        ``results.json``.
    turns : mapping
        Key without its year to what is known.
    """
    stem, year = _parts(item.key)
    known, cites = turns.get(stem), {source.source for source in results[item.key].sources}
    decided = item.verdict != "missing" and measure.of == "value" and not measure.exact
    if not (known and decided and cites & known.lines and measure.compare != "outside"):
        return None
    value, limit = item.value, item.limit
    if not isinstance(value, int | float) or not isinstance(limit, int | float):
        return None
    kind = _kind(item, known, turns)
    if kind is None or known.kinds[kind] not in known.curves:
        return None
    name = known.kinds[kind]
    rows, odds = known.curves[name], known.odds[name]
    age = min(max(known.newest - year, 0), len(odds) - 1)
    near, far = edges(measure, value, limit, known.scale)[0]
    return Chance(
        turns=chance(measure, value, limit, rows, known.scale, odds[age]),
        further=float(at(far, rows, odds[age])),
        years=known.years,
        series=known.series,
        kind=name,
        newest=age == 0,
        n=int(rows.loc[rows["chance"] == float(at(near, rows)), "n"].sum()),
    )


def _kind(item: Measured, known: Known, turns: Turns) -> str | None:
    if item.than is None:
        return known.change or LINE
    stem, year = _parts(item.key)
    other, then = _parts(item.than.key)
    if other == stem:
        return CHANGE if abs(year - then) <= _CLOSE_YEARS else OVER_YEARS
    same = turns.get(other)
    return OTHER if same and same.series == known.series and year == then else None


def _parts(key: str) -> tuple[str, int]:
    """Return a key without its year, and the year; 0 where it names none."""
    stem, _, last = key.rpartition(".")
    return (stem, int(last)) if ANY_YEAR.fullmatch(last) else (key, 0)
