"""What the chapter on counterfactuals prints of its studies: estimates under their keys, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from livingbrief.values.numbers import format_value
from livingbrief.values.values import Source, Values
from remitrisk.methods.counterfactual import Benchmark, Counterfactual, MonthStudy, Placebo, Study

Told = dict[str, Any]

DRIVER_NAMES = {"ruble": "host’s currency", "brent": "oil price", "host_growth": "host’s real GDP"}


@dataclass(frozen=True)
class Examined:
    """A measure (``gross`` or ``net``) with its study; `flow` is in US$ million, of one column."""

    name: str
    label: str
    study: Study
    flow: Values

    def status(self, year: int) -> str:
        """Return the status of the flow in a year."""
        return self.flow.cell(year).status or "final"


def estimates(item: Examined, drivers: Sequence[Source] = ()) -> dict[str, Told]:
    """Return effects, placebos, drivers and benchmarks of one measure as ``nb.number`` takes them.

    By whole keys. What is given the drivers stands on their sources too.
    """
    study, stem = item.study, f"shock.counterfactual.{item.name}"
    found: dict[str, Told] = {}

    def told(
        span: Sequence[float],
        model: Counterfactual | Benchmark,
        status: str = "final",
        on: Sequence[Source] = (),
    ) -> Told:
        value, *ends = span
        cited = {"status": status, "sources": [*item.flow.sources, *on]}
        return {"value": value, "n": model.n, "interval": ends, "level": model.level, **cited}

    def effect(key: str, model: Counterfactual, year: int, on: Sequence[Source] = ()) -> None:
        found[f"{stem}.{key}.{year}"] = told(effect_of(model), model, item.status(year), on)

    def ranked(key: str, placebos: Mapping[int, Placebo], on: Sequence[Source] = ()) -> None:
        for year, rank in placebos.items():
            for name, entry in ranks_told(rank).items():
                entry["sources"] = [*item.flow.sources, *on]
                found[f"{stem}.{key}_{name}.{year}"] = entry

    for year, model in study.single.items():
        effect("effect_pct", model, year)
        expected = float(model.expected.iloc[0]), *model.bands.iloc[0][["low_95", "high_95"]]
        found[f"{stem}.expected_usd_mn.{year}"] = told(expected, model)
    for (first, last), model in study.spells.items():
        if first < last:
            sums = {"cumulative_pct": model.cumulative_pct, "cumulative_usd_mn": model.cumulative}
            for key, span in sums.items():
                found[f"{stem}.{key}.y{first}_{last}"] = told(span, model, item.status(last))
    ranked("placebo", study.placebos)
    for year, model in study.with_drivers.items():
        effect("drivers_effect_pct", model, year, drivers)
    ranked("drivers_placebo", study.placebos_with_drivers, drivers)
    for year, models in study.left_out.items():
        for name, model in models.items():
            effect(f"without_{name}_pct", model, year, drivers)
    for year, model in study.shorter.items():
        effect("shorter_effect_pct", model, year)
    for year, bench in study.benchmarks.items():
        key = f"shock.benchmark.{item.name}"
        found[f"{key}.expected_usd_mn.{year}"] = told(bench.expected, bench)
        found[f"{key}.effect_pct.{year}"] = told(bench.effect_pct, bench, item.status(year))
    return found


def ranks_told(rank: Placebo) -> dict[str, Told]:
    """Return a placebo p-value, the smallest one possible, and the number of placebo dates."""
    named = {"p": rank.p_value, "smallest_p": rank.smallest_p, "dates": rank.n}
    return {name: {"value": value, "n": rank.n} for name, value in named.items()}


def of_months(found: Mapping[pd.Period, MonthStudy]) -> dict[str, Told]:
    """Return the check of the method on a monthly series, by the end of the key."""
    out: dict[str, Told] = {}
    for start, one in found.items():
        end = f"m{start.year}_{start.month:02d}"
        for name, model in one.models.items():
            value, *ends = model.cumulative_pct
            told = {"value": value, "n": model.n, "interval": ends, "level": model.level}
            out[f"{name}.{end}"] = told
        for stem, rank in one.ranked.items():
            for name, entry in ranks_told(rank).items():
                out[f"{stem}_{name}.{end}"] = entry
    seen = sum(one.models["quarter_pct"].distinguishable for one in found.values())
    out |= {"asked": {"value": len(found)}, "seen": {"value": seen}}
    given = [o.ranked["drivers_placebo"] for o in found.values() if "drivers_placebo" in o.ranked]
    if given:
        furthest = max(float(rank.effects_pct.abs().max()) for rank in given)
        out["calm_furthest_pct"] = {"value": furthest}
        out["shock_nearest_pct"] = {"value": min(abs(rank.effect_pct) for rank in given)}
    return out


def least(examined: Sequence[Examined]) -> dict[str, float]:
    """Return the least placebo p-value without drivers, and the least that was possible."""
    every = [rank for item in examined for rank in item.study.placebos.values()]
    return {
        "placebo_p": min(rank.p_value for rank in every),
        "possible_p": min(rank.smallest_p for rank in every),
    }


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


def gaps(examined: Sequence[Examined]) -> tuple[Values, ...]:
    """Return how far each shock year lay from what was expected, and the ends of its interval.

    Three, in per cent of what was expected: a row for each year, a column for each measure.
    """
    parts: list[dict[str, pd.Series]] = [{}, {}, {}]
    for item in examined:
        models = item.study.spells.values()
        bands = pd.concat([model.bands for model in models])
        against = pd.concat([model.expected for model in models]), bands["high_95"], bands["low_95"]
        actual = item.flow.series.reindex(bands.index)
        for part, expected in zip(parts, against, strict=True):
            part[item.label] = 100 * (actual / expected - 1)
    frames = [pd.DataFrame(part).rename_axis("year").sort_index() for part in parts]
    status = pd.DataFrame("final", index=frames[0].index, columns=frames[0].columns)
    for item in examined:
        for year in frames[0][item.label].dropna().index:
            status.loc[year, item.label] = item.status(year)
    sources = [s for item in examined for s in item.flow.sources]
    about: dict[str, Any] = {"unit": "percent", "signed": True, "sources": sources}
    return tuple(Values.of(frame, status=status, **about) for frame in frames)


def expected_months(
    values: pd.Series, found: Mapping[pd.Period, MonthStudy], sources: Sequence[Source]
) -> tuple[dict[str, Values], Values, Values]:
    """Return two years before each shock and the months after, with what was expected of them.

    Three, in US$ million: panels by heading (columns ``actual`` and, say, ``expected_2020``), and
    the low and high ends of the 95 % bands, given the drivers.
    """
    panels, low, high = {}, {}, {}
    for month, one in found.items():
        model, name = one.models["drivers_year_pct"], f"expected_{month.year}"
        actual = values.loc[month - 24 : model.expected.index[-1]]
        panels[month.strftime("From %B %Y")] = Values.of(
            pd.DataFrame({"actual": actual, name: model.expected}),
            unit="US$ million",
            label={name: "expected"},
            sources=sources,
            rows="month",
        )
        low[name], high[name] = model.bands["low_95"], model.bands["high_95"]
    return panels, Values.of(pd.DataFrame(low)), Values.of(pd.DataFrame(high))


def single_months(
    printed: pd.DataFrame, sums: pd.Series, sources: Sequence[Source]
) -> tuple[Values, dict[str, Told]]:
    """Set single months (``nbkr.months``) beside the average of the three months that hold them.

    `sums` are those of three months by the last of them, US$ million, not empty; `sources` are of
    single months and of sums. Returns columns ``windows``, ``old`` and ``new`` (single months by
    definition) by month; and by key the ``count`` of single months, the ``least`` of them with
    ``least_usd_mn``, and the average of its three months, ``around_usd_mn``, where it is of the old
    definition, as they are.
    """
    chosen = printed.query("direction == 'inflow' and counterpart == 'TOTAL'")
    single = chosen.set_index(pd.PeriodIndex(chosen["period"], freq="M"))
    single, of = single["value_usd_mn"], single["definition"]
    windows = pd.Series({last - i: sum_ / 3 for last, sum_ in sums.items() for i in (2, 1, 0)})
    every = pd.DataFrame({"windows": windows, **{d: single[of == d] for d in ("old", "new")}})
    every = every.reindex(pd.period_range(every.index.min(), every.index.max(), freq="M"))
    names = {"old": "single months", "new": "single, new definition"}
    shown = Values.of(
        every,
        unit="US$ million",
        label={"windows": "three months, average", **names},
        sources=sources,
        rows="month",
    )
    told: dict[str, Told] = {"count": {"value": len(single), "sources": sources[:1]}}
    if len(single):
        at = int(single.to_numpy().argmin())
        month = single.index[at]
        told["least"] = {"value": month.strftime("%B %Y"), "sources": sources[:1]}
        told["least_usd_mn"] = {"value": float(single.iloc[at]), "sources": sources[:1]}
        if of.iloc[at] == "old" and month in windows:
            told["around_usd_mn"] = {"value": float(windows[month]), "sources": sources[1:]}
    return shown, told


def ranks(found: Mapping[str, Placebo], soft: Sequence[str] = (), sources: Any = ()) -> Values:
    """Return the effect of each shock (column ``shock``) beside those of calm dates, per cent.

    p-values are added to the names; those of `soft` stand on an estimate.
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


def forests(examined: Sequence[Examined]) -> tuple[dict[str, Values], ...]:
    """Return the effect of each shock year under each model by measure, and ends of the intervals.

    Three dictionaries by year: models by measure, per cent.
    """
    sources = [s for i in examined for s in i.flow.sources]
    parts: tuple[dict[str, Values], ...] = ({}, {}, {})
    for year in sorted({year for item in examined for year in item.study.with_drivers}):
        found = {i.label: variants(i.study, year) for i in examined if year in i.study.with_drivers}
        for j, part in enumerate(parts):
            ends = {
                label: {m: effect_of(f)[j] for m, f in models.items()}
                for label, models in found.items()
            }
            part[str(year)] = Values.of(
                pd.DataFrame(ends), unit="percent", sources=sources, signed=True, rows="model"
            )
    return parts


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
        names = "drivers: " + ", ".join(DRIVER_NAMES.get(name, name) for name in found.drivers)
        out["all drivers" if len(found.drivers) == 3 else names] = found
    for name, found in study.left_out.get(year, {}).items():
        out[f"without {DRIVER_NAMES.get(name, name)}"] = found
    return out


def effects_table(examined: Sequence[Examined]) -> pd.DataFrame:
    """Return effects, intervals, placebos and reading as a reader's table."""
    rows = []
    for item in examined:
        for year, found in item.study.single.items():
            mark = " (e)" if item.status(year) == "estimate" else ""
            rows.append(
                {
                    "Measure and year": f"{item.label} {year}{mark}",
                    "Years before": str(found.n),
                    "Expected, US$ mn": format_value(float(found.expected.iloc[0]), 0),
                    "Actual": format_value(float(found.actual.iloc[0]), 0),
                    **_effect(found),
                    "Placebo p (calm years)": _rank(item.study.placebos.get(year)),
                    "Reading": reading(*effect_of(found)[1:]),
                }
            )
    return pd.DataFrame(rows)


def _effect(found: Counterfactual) -> dict[str, str]:
    effect, low, high = effect_of(found)
    ends = f"{format_value(low, 0)} to {format_value(high, 0)}"
    return {"Effect, %": format_value(effect, 1, sign=True), "95 % interval": ends}


def _rank(found: Placebo | None) -> str:
    return "–" if found is None else f"{found.p_value:.2f} ({found.n})"


def variants_table(examined: Sequence[Examined]) -> pd.DataFrame:
    """Return the effect under each model as a reader's table."""
    rows = []
    for item in examined:
        for year, given in item.study.with_drivers.items():
            for name, found in variants(item.study, year).items():
                ranked = item.study.placebos_with_drivers.get(year) if found is given else None
                rows.append(
                    {
                        "Measure and year": f"{item.label} {year}",
                        "Model": name,
                        "n": str(found.n),
                        "df": str(found.df),
                        **_effect(found),
                        "Placebo p (calm years)": _rank(ranked),
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
                "Expected, US$ mn": format_value(found.expected.value, 0),
                "95 % interval": " to ".join(format_value(end, 0) for end in found.expected[1:]),
                "Actual": format_value(found.actual, 0),
                "Effect, %": format_value(found.effect_pct.value, 1, sign=True),
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
