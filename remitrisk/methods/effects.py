"""What the chapter on counterfactuals prints of its studies: estimates under their keys, tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from livingbrief.values.numbers import format_value
from livingbrief.values.values import Values
from remitrisk.methods.counterfactual import Counterfactual, Placebo, Study

DRIVER_NAMES = {"ruble": "ruble", "brent": "oil price", "host_growth": "host’s real GDP"}


@dataclass(frozen=True)
class Examined:
    """A measure with its study.

    Attributes
    ----------
    name, label : str
        ``gross`` or ``net``; what a reader calls it.
    study : Study
    flow : Values
        US$ million, of one column.
    """

    name: str
    label: str
    study: Study
    flow: Values

    def status(self, year: int) -> str:
        """Return the status of the flow in a year."""
        return self.flow.cell(year).status or "final"


class Estimate(NamedTuple):
    """One number under its key, and what it stands on: ``flow``, or ``drivers`` as well."""

    key: str
    value: float
    n: int
    interval: tuple[float, float] | None = None
    level: float | None = None
    status: str = "final"
    on: str = "flow"


def estimates(item: Examined) -> Iterator[Estimate]:
    """Yield effects, placebos, drivers and benchmarks of one measure."""
    study, stem = item.study, f"shock.counterfactual.{item.name}"

    def effect(key: str, found: Counterfactual, year: int, on: str = "flow") -> Estimate:
        value, low, high = effect_of(found)
        told = ((low, high), found.level, item.status(year), on)
        return Estimate(f"{stem}.{key}.{year}", value, found.n, *told)

    for year, found in study.single.items():
        yield effect("effect_pct", found, year)
        ends = tuple(found.bands.iloc[0][["low_95", "high_95"]])
        expected, key = float(found.expected.iloc[0]), f"{stem}.expected_usd_mn.{year}"
        yield Estimate(key, expected, found.n, ends, found.level)
    for (first, last), found in study.spells.items():
        if first < last:
            end, told = f"y{first}_{last}", (found.level, item.status(last))
            ends = (found.cumulative_pct_low, found.cumulative_pct_high)
            key = f"{stem}.cumulative_pct.{end}"
            yield Estimate(key, found.cumulative_pct, found.n, ends, *told)
            ends = (found.cumulative_low, found.cumulative_high)
            key = f"{stem}.cumulative_usd_mn.{end}"
            yield Estimate(key, found.cumulative, found.n, ends, *told)
    for year, ranked in study.placebos.items():
        yield from placebos(f"{stem}.placebo", str(year), ranked)
    for year, found in study.with_drivers.items():
        yield effect("drivers_effect_pct", found, year, "drivers")
    for year, ranked in study.placebos_with_drivers.items():
        yield from placebos(f"{stem}.drivers_placebo", str(year), ranked, "drivers")
    for year, models in study.left_out.items():
        for name, found in models.items():
            yield effect(f"without_{name}_pct", found, year, "drivers")
    for year, found in study.shorter.items():
        yield effect("shorter_effect_pct", found, year)
    for year, bench in study.benchmarks.items():
        key, told = f"shock.benchmark.{item.name}", (bench.level, item.status(year))
        ends = (bench.low, bench.high)
        yield Estimate(f"{key}.expected_usd_mn.{year}", bench.expected, bench.n, ends, bench.level)
        ends = (bench.effect_low, bench.effect_high)
        yield Estimate(f"{key}.effect_pct.{year}", bench.effect_pct, bench.n, ends, *told)


def placebos(stem: str, end: str, ranked: Placebo, on: str = "flow") -> Iterator[Estimate]:
    """Yield a placebo p-value, the smallest one possible, and the number of placebo dates."""
    told = {"p": ranked.p_value, "smallest_p": ranked.smallest_p, "dates": ranked.n}
    for name, value in told.items():
        yield Estimate(f"{stem}_{name}.{end}", value, ranked.n, on=on)


def of_months(
    start: pd.Period, models: Mapping[str, Counterfactual], ranked: Mapping[str, Placebo | None]
) -> Iterator[Estimate]:
    """Yield the check of the method on a monthly series, for one shock.

    Parameters
    ----------
    models : mapping
        ``year_pct``, ``drivers_year_pct`` and ``quarter_pct`` to the model behind each.
    ranked : mapping
        ``placebo`` and ``drivers_placebo`` to the rank among calm quarters.
    """
    stem, end = "shock.counterfactual.armenia", f"m{start.year}_{start.month:02d}"
    for name, found in models.items():
        ends = (found.cumulative_pct_low, found.cumulative_pct_high)
        yield Estimate(f"{stem}.{name}.{end}", found.cumulative_pct, found.n, ends, found.level)
    for name, placebo in ranked.items():
        if placebo is not None:
            yield from placebos(f"{stem}.{name}", end, placebo)


def distinguished(examined: Sequence[Examined]) -> list[str]:
    """Return "net dollars 2022" for each measure and year outside its band, without drivers."""
    return [
        f"{i.label} {y}" for i in examined for y, f in i.study.single.items() if f.distinguishable
    ]


def given_drivers(examined: Sequence[Examined]) -> tuple[list[bool], list[str]]:
    """Return whether drivers narrow each interval, and the measures and years they read anew."""
    narrower, changed = [], []
    for item in examined:
        for year, found in item.study.with_drivers.items():
            plain = item.study.single[year]
            widths = (float(np.ptp(effect_of(one)[1:])) for one in (found, plain))
            narrower.append(next(widths) < next(widths))
            if found.distinguishable != plain.distinguishable:
                changed.append(f"{item.label} {year}")
    return narrower, changed


def actual_and_expected(item: Examined, what: str = "expected") -> Values:
    """Return the flow, and what was expected of shock years, US$ billion.

    Parameters
    ----------
    what : str
        ``expected``, or an end of its band: ``low_95``, ``high_95``.
    """
    found = item.study.spells.values()
    ahead = pd.concat([f.expected if what == "expected" else f.bands[what] for f in found])
    actual = item.flow.series.loc[: int(ahead.index.max())]
    if what != "expected":
        frame = ahead.reindex(actual.index).to_frame("expected")
        return Values.of(frame / 1000, unit="US$ billion", sources=item.flow.sources)
    frame = pd.DataFrame({"actual": actual, "expected": ahead})
    status = item.flow.status.set_axis(["actual"], axis=1)
    return Values.of(frame / 1000, status=status, unit="US$ billion", sources=item.flow.sources)


def ranks(found: Mapping[str, Placebo], soft: Sequence[str] = (), sources: Any = ()) -> Values:
    """Return the effect of each shock (column ``shock``) beside those of calm dates, per cent.

    Parameters
    ----------
    found : mapping
        What a reader calls the shock, to its rank; p-values are added to the names.
    soft : sequence of str
        Shocks that stand on an estimate.
    """
    lines = {
        f"{name}: p {r.p_value:.2f} (lowest possible {r.smallest_p:.2f})": {
            **{str(date): effect for date, effect in r.effects_pct.items()},
            "shock": r.effect_pct,
        }
        for name, r in found.items()
    }
    status = pd.DataFrame(
        {"shock": ["estimate" if n in soft else "final" for n in found]}, index=[*lines]
    )
    return Values.of(
        pd.DataFrame.from_dict(lines, orient="index"),
        status=status,
        unit="percent",
        sources=sources,
        signed=True,
        rows="asked",
        columns="date",
    )


def forest(examined: Sequence[Examined], year: int) -> tuple[Values, Values, Values]:
    """Return the effect of a shock year under each model by measure, and ends of the intervals."""
    found = {i.label: variants(i.study, year) for i in examined if year in i.study.with_drivers}
    sources = [s for i in examined for s in i.flow.sources]
    ends = (
        pd.DataFrame(
            {
                label: {m: effect_of(f)[j] for m, f in models.items()}
                for label, models in found.items()
            }
        )
        for j in range(3)
    )
    effect, low, high = (
        Values.of(e, unit="percent", sources=sources, signed=True, rows="model") for e in ends
    )
    return effect, low, high


def reading(low: float, high: float) -> str:
    """Say in words what an interval of an effect means."""
    if low > 0:
        return "above what the model expected"
    if high < 0:
        return "below what the model expected"
    return "not distinguishable from ordinary variation"


def variants(study: Study, year: int) -> dict[str, Counterfactual]:
    """Return every model of one shock year, by what a reader calls it."""
    out = {"no drivers": study.single[year]}
    if year in study.shorter:
        out[f"no drivers, from {study.shorter[year].first}"] = study.shorter[year]
    if year in study.with_drivers:
        found = study.with_drivers[year]
        out["all drivers" if len(found.drivers) == 3 else _drivers(found)] = found
    for name, found in study.left_out.get(year, {}).items():
        out[f"without {DRIVER_NAMES.get(name, name)}"] = found
    return out


def effects_table(examined: Sequence[Examined]) -> pd.DataFrame:
    """Return effects, intervals, placebos and reading as a reader's table."""
    rows = []
    for item in examined:
        for year, found in item.study.single.items():
            effect, low, high = effect_of(found)
            ranked = item.study.placebos.get(year)
            mark = " (e)" if item.status(year) == "estimate" else ""
            rows.append(
                {
                    "Measure and year": f"{item.label} {year}{mark}",
                    "Years before": str(found.n),
                    "Expected, US$ mn": format_value(float(found.expected.iloc[0]), 0),
                    "Actual": format_value(float(found.actual.iloc[0]), 0),
                    "Effect, %": format_value(effect, 1, sign=True),
                    "95 % interval": f"{format_value(low, 0)} to {format_value(high, 0)}",
                    "Placebo p (calm years)": "–"
                    if ranked is None
                    else f"{ranked.p_value:.2f} ({ranked.n})",
                    "Reading": reading(low, high),
                }
            )
    return pd.DataFrame(rows)


def variants_table(examined: Sequence[Examined]) -> pd.DataFrame:
    """Return the effect under each model as a reader's table."""
    rows = []
    for item in examined:
        for year in item.study.with_drivers:
            for name, found in variants(item.study, year).items():
                effect, low, high = effect_of(found)
                ranked = item.study.placebos_with_drivers.get(year)
                given = found is item.study.with_drivers[year] and ranked is not None
                rows.append(
                    {
                        "Measure and year": f"{item.label} {year}",
                        "Model": name,
                        "n": str(found.n),
                        "df": str(found.df),
                        "Effect, %": format_value(effect, 1, sign=True),
                        "95 % interval": f"{format_value(low, 0)} to {format_value(high, 0)}",
                        "Placebo p (calm years)": f"{ranked.p_value:.2f} ({ranked.n})"
                        if given and ranked
                        else "–",
                    }
                )
    return pd.DataFrame(rows)


def benchmark_table(examined: Sequence[Examined]) -> pd.DataFrame:
    """Return the benchmark's forecasts as a reader's table."""
    return pd.DataFrame(
        [
            {
                "Measure and year": f"{item.label} {year}",
                "Log changes": str(found.n),
                "Expected, US$ mn": format_value(found.expected, 0),
                "95 % interval": f"{format_value(found.low, 0)} to {format_value(found.high, 0)}",
                "Actual": format_value(found.actual, 0),
                "Effect, %": format_value(found.effect_pct, 1, sign=True),
                "Inside": "yes" if found.inside else "no",
            }
            for item in examined
            for year, found in item.study.benchmarks.items()
        ]
    )


def spell_name(spell: tuple[int, int]) -> str:
    """Return "2020" or "2014–2015"."""
    return str(spell[0]) if spell[0] == spell[1] else f"{spell[0]}–{spell[1]}"


def effect_of(found: Counterfactual) -> tuple[float, float, float]:
    """Return an effect and the ends of its interval, per cent."""
    row = found.effect_pct.iloc[0]
    return float(row["effect"]), float(row["low"]), float(row["high"])


def _drivers(found: Counterfactual) -> str:
    return "drivers: " + ", ".join(DRIVER_NAMES.get(name, name) for name in found.drivers)
