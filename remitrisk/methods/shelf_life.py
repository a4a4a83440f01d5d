"""How long statements hold: made by rule from an old printing, looked at in a later one.

Economies are parted in two by lot. What is said of the statements of one half is learned from the
other alone, so that calibration and scores are of economies held out; with two pairs of printings
also of days held out. Few statements of one series are on the newest year of a printing, which
turn most: how much more often is learned from all series together, by kind (`odds`). Statements of
one economy, and of one series, are revised together: intervals are drawn over economies and over
series, and the wider one is given.
"""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from livingbrief.claims import firm, turning
from livingbrief.claims.turning import FIRM_AT_MOST as FIRM_AT_MOST

#: Bands of what is said, by which calibration is shown.
SAID = (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 1)
YEAR, FIVE, BESIDE, LINE = "year on year", "over five years", "A above B", "above a line"
KINDS = (YEAR, FIVE, BESIDE, LINE)
#: Years before the newest of a printing, the last with all that are earlier.
AGES = (0, 1, 2)
ODDS = [f"odds_{age}" for age in AGES]
QUARTILES = (0.25, 0.5, 0.75)
_OF = ["series", "iso3", "year"]
_SAME = 1e-9
_SAYS = {"chance": "brier", "read": "brier_read", "mean": "brier_mean"}


def logs(table: pd.DataFrame, amounts: Collection[str]) -> pd.DataFrame:
    """Return a table with 100 times the logarithm of amounts, in ``then`` and ``now``.

    Their differences are then in per cent, as those of rates are in points; what is not above
    nought is left out.
    """
    out, amount = table.copy(), table["series"].isin(amounts)
    for name in ("then", "now"):
        above = out[name].where(~amount | (out[name] > 0))
        out[name] = above.where(~amount, 100 * np.log(above.where(amount)))
    return out.dropna(subset=["then", "now"])


def statements(table: pd.DataFrame, *, seed: int = 87) -> pd.DataFrame:
    """Return the statements that a rule makes of two printings.

    Parameters
    ----------
    table : DataFrame
        ``series``, ``iso3``, ``year``, ``then`` and ``now``, as the two printings have them.
    seed : int
        For lots: halves of economies, and who is compared with whom (inside a half).

    Returns
    -------
    DataFrame
        One row each: ``kind``, ``series``, ``iso3``, ``year``, ``half``, ``age`` (one of `AGES`:
        years before the last that the older printing has of it), ``updated`` (any year of it
        differs), ``then`` and ``now`` (distances from what it is compared with; lines are the
        quartiles of the series), ``turned``. A tie says nothing.
    """
    lot = np.random.default_rng(seed)
    table = table.dropna(subset=["then", "now"]).sort_values(_OF, ignore_index=True)
    codes = table["iso3"].unique()
    of = table.groupby(["series", "iso3"])
    moved = ~np.isclose(table["then"], table["now"], rtol=_SAME, atol=0)
    table = table.assign(
        half=table["iso3"].map(dict(zip(codes, lot.permutation(len(codes)) % 2, strict=True))),
        age=(of["year"].transform("max") - table["year"]).clip(upper=AGES[-1]),
        updated=pd.Series(moved).groupby([table["series"], table["iso3"]]).transform("any"),
    )
    series = table.groupby("series")["then"]
    lines = [series.transform(lambda then, q=q: then.quantile(q)) for q in QUARTILES]
    others = table.assign(order=lot.permutation(len(table)))
    inside = ["series", "year", "half"]
    others["lot"] = others.sort_values("order").groupby(inside).cumcount()
    # The next by lot, the first after the last.
    size = others.groupby(inside)["lot"].transform("size")
    ahead = others.assign(lot=(others["lot"] - 1) % size)[[*inside, "lot", "then", "now"]]
    compared = {
        YEAR: _before(table, 1),
        FIVE: _before(table, 5),
        BESIDE: others[size > 1].merge(ahead, on=[*inside, "lot"], suffixes=("", "_other")),
        LINE: pd.concat([table.assign(then_other=line, now_other=line) for line in lines]),
    }
    made = pd.concat([of.assign(kind=kind) for kind, of in compared.items()], ignore_index=True)
    for name in ("then", "now"):
        # Decimals of the last digit are no difference.
        made[name] = (made[name] - made[f"{name}_other"]).round(6)
    made = made[made["then"] != 0]
    made = made[["kind", *_OF, "half", "age", "updated", "then", "now"]]
    return made.assign(turned=turning.turned(made)).reset_index(drop=True)


def _before(table: pd.DataFrame, span: int) -> pd.DataFrame:
    other = table.assign(year=table["year"] + span)[[*_OF, "then", "now"]]
    return table.merge(other, on=_OF, suffixes=("", "_other"))


def held_out(made: pd.DataFrame, learned: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return statements with what the other half of economies says of each.

    Parameters
    ----------
    made : DataFrame
        `statements`.
    learned : DataFrame, optional
        Statements of other days, from which is learned in place of these.

    Returns
    -------
    DataFrame
        With ``chance`` (`turning.curve` of the series and kind), ``read`` (`turning.read_off`) and
        ``mean`` (of the series and kind), chance and mean by the `odds` of its age; without those
        of which the other half has too few.
    """
    by, learned = ["kind", "series"], made if learned is None else learned
    past = dict(iter(learned.groupby([*by, "half"])))
    more = {half: odds(of) for half, of in learned.groupby("half")}
    told = []
    for (kind, series, half), own in made.groupby([*by, "half"]):
        of = past.get((kind, series, 1 - half))
        if of is None or len(of) < turning.FEWEST:
            continue
        margins, times = own["then"].abs(), own["age"].map(more[1 - half][kind])
        said = turning.at(margins, turning.curve(of), times)
        share = turning.shifted(of["turned"].mean(), times)
        told.append(own.assign(chance=said, read=turning.read_off(margins, of), mean=share))
    return pd.concat(told, ignore_index=True)


def odds(made: pd.DataFrame) -> dict[str, dict[int, float]]:
    """Return by kind and age by how much the odds to turn are those of all years, all series.

    So that as many statements of an age turn as is said: with the odds of the curves of all years
    times this.
    """
    said = pd.Series(np.nan, index=made.index)
    for _, of in made.groupby(["kind", "series"]):
        known = turning.curve(of)
        if len(known):
            said[of.index] = turning.at(of["then"].abs(), known)
    found: dict[str, dict[int, float]] = {kind: dict.fromkeys(AGES, 1.0) for kind in KINDS}
    for (kind, age), of in made[said.notna()].groupby(["kind", "age"]):
        of_age, turned = said[of.index], of["turned"].mean()
        if not 0 < turned < 1:
            continue

        def misses(log: float, of_age: pd.Series = of_age, turned: float = turned) -> float:
            return float(turning.shifted(of_age, np.exp(log)).mean() - turned)

        found[kind][int(age)] = float(np.exp(brentq(misses, -9, 9)))
    return found


def scores(told: pd.DataFrame, *, draws: int = 2_000, seed: int = 87) -> pd.DataFrame:
    """Return said against turned by band of what is said, and Brier scores of all.

    Parameters
    ----------
    told : DataFrame
        `held_out`, or any statements with ``chance``, ``read`` and ``mean``.
    draws, seed : int
        Of the bootstrap over economies and over series.

    Returns
    -------
    DataFrame
        By ``band`` (its upper end; the last row is all): ``n``, ``series``, ``economies``,
        ``said``, ``turned``, ``low``, ``high`` (95% interval of ``turned``); of all ``brier``,
        ``brier_read``, ``brier_mean``, and ``gain`` (`brier_mean` less `brier`) with its interval.
    """
    band = pd.cut(told["chance"], SAID, include_lowest=True, labels=SAID[1:]).astype(float)
    parts = [*told.groupby(band), (np.nan, told)]
    error = {name: (told[name] - told["turned"]) ** 2 for name in _SAYS}
    of = pd.DataFrame({f"n{i}": told.index.isin(rows.index) for i, (_, rows) in enumerate(parts)})
    of = of.set_axis(told.index)
    hits = of.mul(told["turned"], axis=0).add_prefix("turned_")
    sums = pd.concat([of, hits, (error["mean"] - error["chance"]).rename("gain")], axis=1)
    low, high = _clustered(sums.astype(float), told, len(parts), draws, seed)
    rows = [
        {
            "band": end,
            "n": len(rows),
            "series": rows["series"].nunique(),
            "economies": rows["iso3"].nunique(),
            "said": rows["chance"].mean(),
            "turned": rows["turned"].mean(),
            "low": low[i],
            "high": high[i],
        }
        for i, (end, rows) in enumerate(parts)
    ]
    rows[-1] |= {name: error[of].mean() for of, name in _SAYS.items()}
    rows[-1] |= {"gain": (error["mean"] - error["chance"]).mean()}
    rows[-1] |= {"gain_low": low[-1], "gain_high": high[-1]}
    return pd.DataFrame(rows)


def _clustered(
    sums: pd.DataFrame, told: pd.DataFrame, bands: int, draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of 95% intervals of shares that turned, and of the gain: the wider ones."""
    ends = []
    for number, cluster in enumerate(("iso3", "series")):
        of = sums.groupby(told[cluster]).sum().to_numpy()
        if len(of) < 2:
            continue
        lot = np.random.default_rng(seed + number)
        drawn = lot.multinomial(len(of), np.full(len(of), 1 / len(of)), draws) @ of
        count = np.where(drawn[:, :bands] > 0, drawn[:, :bands], np.nan)
        share = np.c_[drawn[:, bands:-1] / count, drawn[:, -1] / drawn[:, bands - 1]]
        ends.append(np.nanpercentile(share, [2.5, 97.5], axis=0))
    return np.min([e[0] for e in ends], axis=0), np.max([e[1] for e in ends], axis=0)


def kept(told: pd.DataFrame, learned: pd.DataFrame) -> pd.DataFrame:
    """Return the small table: how often statements of a series, kind and margin turned.

    Parameters
    ----------
    told : DataFrame
        `held_out`, from which ``said`` is.
    learned : DataFrame
        `statements`, both halves, from which ``chance`` is.

    Returns
    -------
    DataFrame
        By ``series``, ``kind`` and band of margins: ``above``, ``n``, ``turned``, ``chance`` (all
        years), ``odds_0`` to ``odds_2`` (`odds` by age, the same for all series), ``said``;
        ``newest_n`` and ``newest_turned``, those of the newest year alone.
    """
    found, more = [], odds(learned)
    for (series, kind), of in learned.groupby(["series", "kind"]):
        known = turning.curve(of)
        own = told[(told["series"] == series) & (told["kind"] == kind)]
        if len(of) < turning.FEWEST or own.empty:
            continue
        place = _bands(known, own)
        newest = of[of["age"] == 0]
        turned = newest["turned"].groupby(_bands(known, newest)).agg(["size", "sum"])
        turned = turned.reindex(known.index, fill_value=0)
        known = known.assign(series=series, kind=kind, said=own["chance"].groupby(place).mean())
        known = known.assign(newest_n=turned["size"], newest_turned=turned["sum"].astype(int))
        found.append(known.assign(**{f"odds_{age}": times for age, times in more[kind].items()}))
    names = ["series", "kind", "above", "n", "turned", "chance", *ODDS, "said"]
    return pd.concat(found, ignore_index=True)[[*names, "newest_n", "newest_turned"]]


def _bands(known: pd.DataFrame, of: pd.DataFrame) -> np.ndarray:
    return np.searchsorted(known["above"], of["then"].abs(), side="right") - 1


def changes(wide: pd.DataFrame) -> pd.DataFrame:
    """Return changes on the year before, per cent, of amounts by economy and year (index)."""
    level = 100 * np.log(wide)
    before = level.rename(index=lambda year: year + 1, level=1)
    return (level - before.reindex(level.index)).dropna(how="all")


def old_rule(made: pd.DataFrame, printed: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return statements with the class that the rule of usual revisions gives each.

    Parameters
    ----------
    made : DataFrame
        `statements` of one series and kind.
    printed : mapping
        Economy to the figure that is compared, as printings up to the older one had it: years by
        dates.

    Returns
    -------
    DataFrame
        Those of which the rule speaks, with ``class`` and ``old``: the share of the class that
        turned in the other half of economies.
    """
    revision = {code: found for code, wide in printed.items() if (found := firm.usual(wide))}
    out = made[made["iso3"].isin(revision.keys())].copy()
    median, most = (
        out["iso3"].map({c: getattr(r, of) for c, r in revision.items()})
        for of in ("median", "largest")
    )
    size = out["then"].abs()
    out["class"] = np.select([size > most, size > median], ["firm", "between"], "could_turn")
    share = out.groupby(["half", "class"])["turned"].mean()
    of = pd.MultiIndex.from_arrays([1 - out["half"], out["class"]])
    return out.assign(old=share.reindex(of).to_numpy())
