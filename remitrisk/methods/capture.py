"""Multiple-systems estimation: how many people no list saw.

Several bodies each keep a list of the people whom they detected. The overlaps between the
lists, through a log-linear model, say how many people may be on none of them. The estimate
rests on which overlaps the model lets depend on each other; this module therefore repeats
the search inside the bootstrap, and sweeps the threshold.

References
----------
Bales, Hesketh and Silverman (2015), Significance 12(3): the stepwise method for the United
Kingdom. Chan, Silverman and Vincent (2021), Journal of the American Statistical Association
116(535): the Poisson tail as the rule of entry and lists without overlap. Silverman, Chan and
Vincent (2024), Statistics and Computing 34: a bootstrap that repeats the choice of the model.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, compress, product
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincc
from scipy.stats import chi2, norm

from livingbrief.escape import unfit_name

Rule = Literal["poisson_tail", "deviance_wald", "deviance_lr", "smallest_wald"]
Pair = tuple[int, int]
Floats = NDArray[np.float64]

RULES: dict[Rule, str] = {
    "poisson_tail": "smallest Poisson tail probability enters",
    "deviance_wald": "largest fall in deviance enters, its Wald p decides",
    "deviance_lr": "largest fall in deviance enters, its likelihood ratio decides",
    "smallest_wald": "smallest Wald p enters",
}
"""The readings of "stepwise" in use, each with what it does."""

MAX_LISTS = 10
_BLOCK = 500  # tables searched at a time: more of them leave the processor's cache
_FLAT = 1e3  # a coefficient with a larger variance is on its way to infinity
_COLUMNS = ("lists", "count")
_PERSONAL = {"name", "surname", "first_name", "passport", "birth", "birth_date", "date_of_birth"}


class ListsError(ValueError):
    """A table of list overlaps that cannot be used; the message says what would be right."""


class NotEstimable(ValueError):
    """A model whose maximum-likelihood estimate does not exist or is not identified."""


@dataclass(frozen=True)
class Overlaps:
    """Counts of people by the exact set of lists that hold them.

    `histories` of shape (2**t - 1, t) has a row for each combination of lists except "on none", 1
    where the list (`names`) is in it; `counts` of shape (2**t - 1,) the people with exactly that
    combination.
    """

    names: tuple[str, ...]
    histories: Floats
    counts: Floats

    @property
    def n(self) -> int:
        """People on at least one list."""
        return int(self.counts.sum())

    @property
    def totals(self) -> dict[str, int]:
        """People on each list, whatever other lists hold them."""
        totals = (self.histories.T @ self.counts).astype(int).tolist()
        return dict(zip(self.names, totals, strict=True))

    @property
    def by_number_of_lists(self) -> dict[int, int]:
        """People by the number of lists that hold them."""
        on = self.histories.sum(axis=1)
        return {k: int(self.counts[on == k].sum()) for k in range(1, len(self.names) + 1)}

    @property
    def pairs(self) -> list[Pair]:
        """All pairs of lists, as positions."""
        return list(combinations(range(len(self.names)), 2))

    def on_both(self, pair: Pair) -> NDArray[np.bool_]:
        """Which combinations contain both lists of the pair."""
        return (self.histories[:, pair[0]] > 0) & (self.histories[:, pair[1]] > 0)


@dataclass(frozen=True)
class PopulationEstimate:
    """A total, listed and unlisted, under one model.

    `interval` takes the chosen model as given, so it holds far less than it says
    (`benchmarks/COVERAGE.md`), and the report does not print it. `n`: people on at least one list;
    `pairs`: lists that depend on each other, as they entered; `deviance`: of Poisson.
    """

    total: float
    interval: tuple[float, float]
    level: float
    n: int
    pairs: tuple[tuple[str, str], ...]
    deviance: float


@dataclass(frozen=True)
class Bootstrap:
    """Estimates from resampled lists, the model chosen anew each time.

    `totals` are sorted; infinite in the `failed` draws without an estimate: nobody in them is on
    two lists, or so few that the likelihood rises without end, so that they set no bound to the
    total. `same_model`: share of the draws that chose the model of the original lists.
    """

    totals: Floats
    level: float
    draws: int
    failed: int
    same_model: float

    def at(self, level: float) -> tuple[float, float]:
        """Percentile interval; its upper end is infinite where too many draws have no estimate."""
        tail = (1 - level) / 2
        low = np.quantile(self.totals, tail, method="lower")
        return float(low), float(np.quantile(self.totals, 1 - tail, method="higher"))

    @property
    def interval(self) -> tuple[float, float]:
        """The interval at `level`."""
        return self.at(self.level)

    @property
    def bounded(self) -> bool:
        """Whether the interval has an upper end."""
        return bool(np.isfinite(self.interval[1]))


@dataclass(frozen=True)
class _Fit:
    beta: Floats
    variance: Floats
    deviance: float
    mu: Floats


def overlaps(counts: Mapping[str, int] | pd.Series, names: Sequence[str] = ()) -> Overlaps:
    """Lay counts by combination of lists ("police+shelter") over all combinations; absent means 0.

    ListsError when a combination is given twice or names an unknown list, a count is no whole
    number of zero or more, or there are more than ten lists.
    """
    sets: dict[frozenset[str], int] = {}
    for key, value in counts.items():
        members = frozenset(str(key).split("+"))
        if members in sets:
            raise ListsError(f"the combination '{key}' is given twice")
        whole = float(value)
        if not (whole.is_integer() and whole >= 0):
            raise ListsError(f"the count of '{key}' is {value}, no whole number of people")
        sets[members] = int(whole)
    order = tuple(names or dict.fromkeys(n for k, _ in counts.items() for n in str(k).split("+")))
    unknown = sorted(set().union(*sets) - set(order)) if sets else []
    if unknown:
        raise ListsError(f"unknown lists {', '.join(unknown)}; known are {', '.join(order)}")
    if len(order) > MAX_LISTS:
        raise ListsError(f"{len(order)} lists; at most {MAX_LISTS} can be modelled: merge some")
    t = len(order)
    histories = np.array([[m >> i & 1 for i in range(t)] for m in range(1, 2**t)], dtype=float)
    rows = (frozenset(compress(order, row)) for row in histories)
    return Overlaps(order, histories, np.array([sets.get(row, 0) for row in rows], dtype=float))


def leave_out(data: Overlaps, name: str) -> Overlaps:
    """Drop one list (`ListsError` if there is none); people on it alone leave the table."""
    if name not in data.names:
        raise ListsError(f"unknown list {name}; known are {', '.join(data.names)}")
    counts: dict[str, int] = {}
    for row, count in zip(data.histories, data.counts, strict=True):
        if on := "+".join(n for n in compress(data.names, row) if n != name):
            counts[on] = counts.get(on, 0) + int(count)
    return overlaps(counts, [n for n in data.names if n != name])


def read_lists(path: str | Path) -> Overlaps:
    """Read an agency's table of list overlaps.

    The file is a CSV of two columns: `lists`, the exact set of lists that hold a person, joined
    with "+", and `count`, how many people are on exactly these lists. It holds counts only, after
    records were matched inside the agencies; no row is a person. One ListsError names every fault
    and its line: a missing column, a column on persons, a count that is no whole number or is
    suppressed, a combination given twice, a list twice in a combination, fewer than three lists, or
    no overlap at all.
    """
    source = Path(path)
    try:
        table = pd.read_csv(source, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ListsError(f"{source.name} is no CSV table: {error}") from error
    faults = list(_faults(table))
    if faults:
        raise ListsError(f"{source.name}: " + "; ".join(faults))
    keys = ["+".join(_members(value)) for value in table["lists"]]
    found = overlaps(dict(zip(keys, (int(c) for c in table["count"]), strict=True)))
    if len(found.names) < 3:
        raise ListsError(
            f"{source.name}: {len(found.names)} lists; at least three are needed, since two lists "
            "cannot show whether they depend on each other"
        )
    if found.by_number_of_lists[1] == found.n:
        raise ListsError(
            f"{source.name}: nobody is on two lists; without matched records there is no estimate"
        )
    return found


def _members(value: str) -> list[str]:
    return [part.strip() for part in value.split("+")]


def _faults(table: pd.DataFrame) -> Iterator[str]:
    personal = sorted(_PERSONAL & {str(c).strip().lower() for c in table.columns})
    if personal:
        yield f"column {', '.join(personal)} is about persons; bring counts only"
    missing = [c for c in _COLUMNS if c not in table.columns]
    if missing:
        yield f"column {', '.join(missing)} is missing; the columns are {', '.join(_COLUMNS)}"
        return
    seen: dict[frozenset[str], int] = {}
    rows = zip(table["lists"], table["count"], strict=True)
    for line, (lists, count) in enumerate(rows, start=2):
        members = _members(lists)
        if not all(members):
            yield f"line {line}: empty list name in '{lists}'"
        if fault := next(filter(None, map(unfit_name, members)), ""):
            yield f"line {line}: a list name in {lists!r} holds {fault}"
        if len(set(members)) < len(members):
            yield f"line {line}: a list stands twice in '{lists}'"
        key = frozenset(members)
        if key in seen:
            yield f"line {line}: '{lists}' stands in line {seen[key]} already"
        seen.setdefault(key, line)
        if not count.strip().isdigit():
            yield (
                f"line {line}: count '{count}' is no whole number; suppressed cells cannot be "
                "used, so agree on access to the exact counts"
            )


def stepwise(
    data: Overlaps, threshold: float = 0.02, rule: Rule = "poisson_tail", level: float = 0.95
) -> PopulationEstimate:
    """Search for a model by adding interactions one at a time, while their p is below `threshold`.

    `rule` says which interaction is next, and which p decides; see `RULES`. `poisson_tail` (Chan,
    Silverman and Vincent 2021) takes the pair of lists whose observed overlap is least likely under
    the current model; `deviance_wald` (Bales, Hesketh and Silverman 2015) takes the largest fall in
    deviance and stops when its coefficient's Wald p is not below the threshold. `NotEstimable` when
    even the model without interactions has no estimate.
    """
    return _estimate(data, *_search(data, data.counts, threshold, rule), level)


def sweep(
    data: Overlaps, thresholds: Sequence[float], rules: Sequence[Rule] = ("poisson_tail",)
) -> pd.DataFrame:
    """Estimate as a function of threshold and rule: the fragility of the method.

    Columns rule, threshold, interactions, total.
    """
    rows = []
    for rule, threshold in product(rules, thresholds):
        found = stepwise(data, threshold, rule)
        rows.append((rule, threshold, len(found.pairs), found.total))
    return pd.DataFrame(rows, columns=["rule", "threshold", "interactions", "total"])


def bootstrap(
    data: Overlaps,
    threshold: float = 0.02,
    draws: int = 10_000,
    seed: int = 87,
    level: float = 0.95,
) -> Bootstrap:
    """Resample the people listed, with replacement, and search for the model anew in every draw.

    By the rule `poisson_tail`. `NotEstimable` when the lists themselves have no estimate.
    """
    rng = np.random.default_rng(seed)
    _, chosen = _search(data, data.counts, threshold, "poisson_tail")
    # Whole numbers throughout: a multinomial draw hangs on rounding, so on the library's release.
    person = np.repeat(np.arange(len(data.counts)), data.counts.astype(int))
    again = (person[rng.integers(data.n, size=data.n)] for _ in range(draws))
    tables = np.array([np.bincount(one, minlength=len(data.counts)) for one in again], dtype=float)
    totals, models = search_many(data, tables, threshold)
    failed = int(np.isinf(totals).sum())
    own = np.isin(np.arange(len(data.pairs)), [data.pairs.index(pair) for pair in chosen])
    same = float((models == own).all(axis=1).mean())
    return Bootstrap(np.sort(totals), level, draws, failed, same)


def search_many(
    data: Overlaps, tables: Floats, threshold: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Search for the model of many tables of counts (tables, combinations) by `poisson_tail`.

    Returns totals (tables,), infinite where a table has no estimate, and the interactions of each
    model as bool (tables, pairs).
    """
    starts = range(0, len(tables), _BLOCK)
    parts = [_search_block(data, tables[i : i + _BLOCK], threshold) for i in starts]
    totals, chosen = zip(*parts, strict=True)
    return np.concatenate(totals), np.concatenate(chosen)


def _total(n: float, solution: _Fit, errors: float = 0) -> float:
    """People on a list and on none, so many standard errors of the logarithm away."""
    return float(n + np.exp(solution.beta[0] + errors * np.sqrt(solution.variance[0, 0])))


def _estimate(
    data: Overlaps, solution: _Fit, chosen: Sequence[Pair], level: float
) -> PopulationEstimate:
    z = norm.ppf(0.5 + level / 2)
    total, low, high = (_total(data.n, solution, errors) for errors in (0, -z, z))
    pairs = tuple((data.names[a], data.names[b]) for a, b in chosen)
    return PopulationEstimate(total, (low, high), level, data.n, pairs, solution.deviance)


def _fit(data: Overlaps, counts: Floats, pairs: Sequence[Pair]) -> _Fit:
    """Fit a model; searches by other thresholds and rules ask for many of them again."""
    lists = np.ascontiguousarray(data.histories, dtype=float)
    found = _tried(lists.tobytes(), counts.astype(float).tobytes(), tuple(pairs))
    if isinstance(found, NotEstimable):
        raise NotEstimable(str(found)) from found
    return found


@lru_cache(maxsize=4096)
def _tried(histories: bytes, counts: bytes, pairs: tuple[Pair, ...]) -> _Fit | NotEstimable:
    people = np.frombuffer(counts)
    lists = np.frombuffer(histories).reshape(len(people), -1)
    try:
        return _maximum(Overlaps((), lists, people), people, pairs)
    except NotEstimable as error:
        return error


def _maximum(data: Overlaps, counts: Floats, pairs: Sequence[Pair]) -> _Fit:
    """Poisson maximum likelihood by Newton steps.

    A pair of lists in the model that nobody shares has an infinitely negative coefficient: its
    combinations get mean 0 and leave the likelihood (Chan, Silverman and Vincent 2021).
    """
    keep = np.ones(len(counts), dtype=bool)
    columns = [np.ones(len(counts)), *data.histories.T]
    for pair in pairs:
        both = data.on_both(pair)
        if counts[both].sum() > 0:
            columns.append(both.astype(float))
        else:
            keep &= ~both
    x, y = np.column_stack(columns)[keep], counts[keep]
    beta, variance, mu = _newton(x, y)
    full = np.zeros(len(counts))
    full[keep] = mu
    logs = np.where(y > 0, y * np.log(np.where(y > 0, y, 1.0) / mu), 0.0)
    return _Fit(beta, variance, float(2 * (logs - (y - mu)).sum()), full)


def _newton(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    mu = y + 0.5
    eta = np.log(mu)
    previous = np.inf
    for _ in range(60):
        information = x.T @ (x * mu[:, None])
        try:
            beta = np.linalg.solve(information, x.T @ (mu * eta + y - mu))
        except np.linalg.LinAlgError as error:
            raise NotEstimable("the parameters of the model are not identified") from error
        eta = np.asarray(x @ beta)
        if not np.all(np.isfinite(eta)) or np.abs(eta).max() > 200:
            raise NotEstimable("the maximum-likelihood estimate does not exist")
        mu = np.exp(eta)
        objective = float(mu.sum() - y @ eta)
        if abs(previous - objective) < 1e-10 * (abs(objective) + 1):
            return np.asarray(beta), _variance(x, mu), mu
        previous = objective
    raise NotEstimable("the maximum-likelihood estimate does not exist")


def _variance(x: Floats, mu: Floats) -> Floats:
    """Inverse information, refused where the likelihood is flat.

    With whole-number counts an existing estimate has standard errors of a few units at most; a
    coefficient on its way to infinity has an error in the thousands when the steps end.
    """
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise NotEstimable("the parameters of the model are not identified")
    try:
        variance = np.linalg.inv(x.T @ (x * mu[:, None]))
    except np.linalg.LinAlgError as error:
        raise NotEstimable("the maximum-likelihood estimate does not exist") from error
    if not 0 < np.diag(variance).min() <= np.diag(variance).max() < _FLAT:
        raise NotEstimable("the maximum-likelihood estimate does not exist")
    return np.asarray(variance)


def _search(
    data: Overlaps, counts: Floats, threshold: float, rule: Rule
) -> tuple[_Fit, list[Pair]]:
    """Return the model found, and its interactions in the order in which they entered."""
    if rule not in RULES:
        raise ValueError(f"unknown rule '{rule}'; known are {', '.join(RULES)}")
    current, chosen = _fit(data, counts, []), list[Pair]()
    propose = _by_tail if rule == "poisson_tail" else _by_refit
    while best := propose(data, counts, chosen, current, threshold, rule):
        pair, current = best
        chosen.append(pair)
    return current, chosen


def _by_tail(
    data: Overlaps, counts: Floats, chosen: list[Pair], current: _Fit, threshold: float, rule: Rule
) -> tuple[Pair, _Fit] | None:
    open_pairs = [pair for pair in data.pairs if pair not in chosen]
    if not open_pairs:
        return None
    both = np.array([data.on_both(pair) for pair in open_pairs], dtype=float)
    p_values = _tail_probability(both @ counts, both @ current.mu)
    for place in np.argsort(p_values, kind="stable"):
        if p_values[place] >= threshold:
            return None
        with contextlib.suppress(NotEstimable):
            return open_pairs[place], _fit(data, counts, [*chosen, open_pairs[place]])
    return None


def _tail_probability(observed: Floats, expected: Floats) -> Floats:
    """Probability of an overlap as small, or as large, as the observed one; the smaller of both."""
    upper = np.where(observed > 0, gammainc(np.maximum(observed, 1), expected), 1.0)
    return np.asarray(np.minimum(gammaincc(observed + 1, expected), upper))


def _by_refit(
    data: Overlaps, counts: Floats, chosen: list[Pair], current: _Fit, threshold: float, rule: Rule
) -> tuple[Pair, _Fit] | None:
    candidates: list[tuple[float, float, Pair, _Fit]] = []
    for pair in (p for p in data.pairs if p not in chosen):
        with contextlib.suppress(NotEstimable):
            refit = _fit(data, counts, [*chosen, pair])
            candidates.append((refit.deviance, _wald(data, counts, pair, refit), pair, refit))
    if not candidates:
        return None
    deviance, p, pair, refit = min(
        candidates, key=lambda c: c[1] if rule == "smallest_wald" else c[0]
    )
    if rule == "deviance_lr":
        p = float(chi2.sf(max(current.deviance - deviance, 0.0), 1))
    return (pair, refit) if p < threshold else None


def _wald(data: Overlaps, counts: Floats, pair: Pair, refit: _Fit) -> float:
    if counts[data.on_both(pair)].sum() == 0:
        return 1.0
    return float(2 * norm.sf(abs(refit.beta[-1]) / np.sqrt(refit.variance[-1, -1])))


def _search_block(
    data: Overlaps, tables: Floats, threshold: float
) -> tuple[Floats, NDArray[np.bool_]]:
    both = np.array([data.on_both(pair) for pair in data.pairs], dtype=float)
    design = np.column_stack([np.ones(len(data.histories)), data.histories, both.T])
    first_pair = design.shape[1] - len(both)
    rows = len(tables)
    # A list that nobody in a draw is on has an infinitely negative coefficient, as such a pair has.
    listed = tables @ data.histories > 0
    keep = (~listed).astype(float) @ data.histories.T == 0
    use = np.column_stack([np.ones(rows, bool), listed, np.zeros((rows, len(both)), bool)])
    eta, unlisted, estimable = _newton_many(design, tables, use, keep, np.log(tables + 0.5))
    chosen, refused = np.zeros((2, rows, len(both)), dtype=bool)
    observed = tables @ both.T
    live = np.flatnonzero(estimable)
    while True:
        expected = np.where(keep[live], np.exp(eta[live]), 0.0) @ both.T
        p_values = _tail_probability(observed[live], expected)
        p_values[chosen[live] | refused[live]] = np.inf
        pair = p_values.argmin(axis=1)
        enters = p_values[np.arange(len(live)), pair] < threshold
        live, pair = live[enters], pair[enters]
        if not len(live):
            break
        shared = observed[live, pair] > 0
        wider, fewer = use[live], keep[live]
        wider[shared, first_pair + pair[shared]] = True
        fewer[~shared] &= both[pair[~shared]] == 0
        eta_new, unlisted_new, good = _newton_many(design, tables[live], wider, fewer, eta[live])
        taken = live[good]
        use[taken], keep[taken] = wider[good], fewer[good]
        eta[taken], unlisted[taken] = eta_new[good], unlisted_new[good]
        chosen[taken, pair[good]] = True
        refused[taken] = False
        refused[live[~good], pair[~good]] = True
    return np.where(estimable, tables.sum(axis=1) + unlisted, np.inf), chosen


def _newton_many(
    design: Floats, tables: Floats, use: NDArray[np.bool_], keep: NDArray[np.bool_], eta: Floats
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Poisson maximum likelihood of many tables, as `_newton` fits one.

    `use` (tables, parameters) and `keep` (tables, combinations) say which parameters and
    combinations each table's model has; `eta` are logarithms of means to start from. Returns these
    at the maximum, the expected numbers of people on no list, and whether the estimate exists.
    """
    columns = use.any(axis=0)
    x, use = design[:, columns], use[:, columns]
    k = x.shape[1]
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    eta, constant = eta.copy(), np.zeros(len(tables))
    good, converged = np.ones(len(tables), bool), np.zeros(len(tables), bool)
    previous = np.full(len(tables), np.inf)

    def information(rows: NDArray[np.int64], mu: Floats) -> Floats:
        in_model = use[rows][:, :, None] & use[rows][:, None, :]
        return np.where(in_model, (mu @ products).reshape(len(rows), k, k), np.eye(k))

    live = np.arange(len(tables))
    for _ in range(60):
        y, kept = tables[live], keep[live]
        mu = np.where(kept, np.exp(eta[live]), 0.0)
        score = np.where(use[live], (mu * eta[live] + np.where(kept, y - mu, 0.0)) @ x, 0.0)
        beta = _solved(information(live, mu), score[:, :, None])[:, :, 0]
        step = np.where(kept, beta @ x.T, 0.0)
        lost = ~(np.abs(step).max(axis=1) <= 200)
        good[live[lost]] = False
        step[lost] = 0.0
        objective = np.where(kept, np.exp(step) - y * step, 0.0).sum(axis=1)
        done = np.abs(previous[live] - objective) < 1e-10 * (np.abs(objective) + 1)
        eta[live], constant[live], previous[live] = step, beta[:, 0], objective
        converged[live[done]] = True
        live = live[~lost & ~done]
        if not len(live):
            break
    good &= converged
    rows = np.flatnonzero(good)
    mu = np.where(keep[rows], np.exp(eta[rows]), 0.0)
    variance = _solved(information(rows, mu), np.broadcast_to(np.eye(k), (len(rows), k, k)))
    errors = np.diagonal(variance, axis1=1, axis2=2)
    good[rows] = ((errors > 0) & (errors < _FLAT)).all(axis=1)
    return eta, np.exp(np.where(good, constant, 0.0)), good


def _solved(matrices: Floats, right: Floats) -> Floats:
    """Solve a system for each matrix; NaN where it is singular."""
    try:
        return np.asarray(np.linalg.solve(matrices, right))
    except np.linalg.LinAlgError:
        # One singular matrix stops numpy for all of them.
        found = np.full(right.shape, np.nan)
        for place, matrix in enumerate(matrices):
            with contextlib.suppress(np.linalg.LinAlgError):
                found[place] = np.linalg.solve(matrix, right[place])
        return found
