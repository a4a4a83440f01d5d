"""Titles, drawings, tables and records of the chapter on counterfactuals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib.ticker as mticker
import pandas as pd

from livingbrief.values.numbers import format_value
from remitrisk.exhibits.figures import MUTED, PALETTE, label_end
from remitrisk.methods.counterfactual import Counterfactual, Placebo, Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from livingbrief.run.notebook import Notebook

Sources = Sequence[Mapping[str, str]]
SHADES = {"95": "#DCE6EF", "80": "#B3C8DC", "50": "#7FA3C4"}
DRIVER_NAMES = {"ruble": "ruble", "brent": "oil price", "host_growth": "host’s real GDP"}
ORDINARY = "not distinguishable from ordinary variation"


@dataclass(frozen=True)
class Examined:
    """A measure with its study.

    Attributes
    ----------
    name, label : str
        ``gross`` or ``net``; what a reader calls it.
    study : Study
        Values in US$ million.
    status : Series
        Year to maturity.
    sources, driver_sources : sequence of dict
    """

    name: str
    label: str
    study: Study
    status: pd.Series
    sources: Sources
    driver_sources: Sources


def reading(low: float, high: float) -> str:
    """Say in words what an interval of an effect means."""
    if low > 0:
        return "above what the model expected"
    if high < 0:
        return "below what the model expected"
    return ORDINARY


def outside(examined: Sequence[Examined]) -> list[str]:
    """Return "net 2022" for each measure and year outside its 95 % band, without drivers."""
    return [
        f"{item.label} {year}"
        for item in examined
        for year, found in item.study.single.items()
        if found.distinguishable
    ]


def band_title(examined: Sequence[Examined]) -> str:
    """Return the finding: which shock years leave the band of ordinary variation."""
    left = outside(examined)
    if not left:
        return "No shock year can be told from ordinary variation in annual data"
    return f"Outside the band of ordinary variation: {', '.join(left)}"


def placebo_title(examined: Sequence[Examined]) -> str:
    """Return the smallest placebo p-value of any shock year, and whether it could be smaller."""
    found = [ranked for item in examined for ranked in item.study.placebos.values()]
    smallest = min(ranked.p_value for ranked in found)
    possible = min(ranked.smallest_p for ranked in found)
    if smallest > possible:
        return f"Beside calm years no shock year stands out: no p-value is below {smallest:.2f}"
    return f"Further off than every calm year means no more than p {smallest:.2f} with so few years"


def drivers_title(item: Examined) -> str:
    """Return whether the drivers change the reading of any year."""
    found = item.study.with_drivers
    changed = [
        y for y, c in found.items() if c.distinguishable != item.study.single[y].distinguishable
    ]
    if changed:
        years = " and ".join(str(y) for y in changed)
        return f"Knowing the ruble, oil and the host’s growth changes the reading of {years}"
    return "Knowing the ruble, oil and the host’s growth changes the reading of no year"


def months_title(quarters: Sequence[Counterfactual]) -> str:
    """Return how many of the monthly shocks the method sees."""
    seen = sum(found.distinguishable for found in quarters)
    if seen == len(quarters):
        return "On a long monthly series the same method sees each shock within a quarter"
    return f"On a long monthly series the method sees {seen} of {len(quarters)} shocks"


def month_placebo_title(ranked: Sequence[Placebo]) -> str:
    """Return how far calm and shock quarters miss their forecast."""
    calm = max(found.effects_pct.abs().max() for found in ranked)
    shock = min(abs(found.effect_pct) for found in ranked)
    return (
        f"Calm quarters miss their forecast by up to {calm:.0f} %, "
        f"shock quarters by {shock:.0f} % and more"
    )


def draw_spell(ax: Axes, item: Examined, spell: tuple[int, int], *, labels: bool) -> None:
    """Draw actual values and the forecast bands of one spell of shock years, US$ billion, log."""
    found = item.study.spells[spell]
    values = item.study.values.loc[: spell[1]] / 1000
    history = values.loc[: spell[0] - 1]
    ax.plot(history.index, history, color=PALETTE[0], marker="o", ms=2.5, lw=1.4)
    years = found.expected.index.to_numpy()
    for level, shade in SHADES.items():
        low = found.bands[f"low_{level}"] / 1000
        high = found.bands[f"high_{level}"] / 1000
        ax.bar(years, high - low, bottom=low, width=0.62, color=shade, zorder=2)
    expected = found.expected / 1000
    for year in years:
        ax.plot([year - 0.31, year + 0.31], [expected[year]] * 2, color=PALETTE[3], lw=1.6)
    joined = values.loc[spell[0] - 1 :]
    ax.plot(joined.index, joined, color=PALETTE[0], lw=1.4, zorder=4)
    for year in years:
        soft = item.status.get(year) == "estimate"
        ax.plot(
            year, values[year], "o", ms=5, color=PALETTE[0], mfc="white" if soft else None, zorder=5
        )
    if labels:
        last = years[-1]
        up = 5 if values[last] > expected[last] else -9
        for name, value, colour, shift in (
            ("actual", values[last], PALETTE[0], up),
            ("expected", expected[last], PALETTE[3], -4 - up),
        ):
            label_end(ax, last, value, name, color=colour, dx=11, dy=shift, va="baseline")
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(mticker.LogLocator(base=2, numticks=12))
    ax.yaxis.set_major_formatter(mticker.FuncFormatter(lambda v, _: f"{v:g}"))
    ax.yaxis.set_minor_locator(mticker.NullLocator())
    ax.xaxis.set_major_locator(mticker.MaxNLocator(5, integer=True))
    ax.set_xlim(int(values.index[0]) - 0.6, spell[1] + (3.4 if labels else 0.9))
    ax.set_title(f"{item.label.capitalize()}, {spell_name(spell)}", fontsize=8.5)


def draw_placebos(ax: Axes, item: Examined) -> None:
    """Draw the effect of each shock year among those of calm years, with its p-value."""
    rows = list(item.study.placebos.items())
    far = 1.0
    for place, (year, found) in zip(range(len(rows))[::-1], rows, strict=True):
        ax.plot(found.effects_pct, [place] * found.n, "o", ms=6, color="none", mec=MUTED, zorder=3)
        soft = item.status.get(year) == "estimate"
        ax.plot(found.effect_pct, place, "D", ms=6.5, color=PALETTE[1],
                mfc="white" if soft else PALETTE[1], mew=1.5, zorder=4)  # fmt: skip
        far = max(far, abs(found.effect_pct), found.effects_pct.abs().max())
        ax.annotate(
            f"p {found.p_value:.2f} (lowest possible {found.smallest_p:.2f})",
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(0, 8),
            textcoords="offset points",
            ha="right",
            fontsize=7,
            color=MUTED,
        )
    ax.axvline(0, color=MUTED, lw=0.8)
    ax.set_xlim(-1.15 * far, 1.15 * far)
    ax.set_ylim(-0.6, len(rows) - 0.2)
    ax.set_yticks(range(len(rows))[::-1], [str(year) for year, _ in rows])
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_title(item.label.capitalize())


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


def draw_forest(ax: Axes, study: Study, year: int, names: Sequence[str]) -> None:
    """Draw the effect of one shock year under each model, with its 95 % interval."""
    models = variants(study, year)
    for place, name in zip(range(len(names))[::-1], names, strict=True):
        if name not in models:
            continue
        effect, low, high = _effect(models[name])
        colour = PALETTE[0] if name.startswith("no drivers") else PALETTE[2]
        ax.plot([low, high], [place, place], color=colour, lw=2)
        ax.plot(effect, place, "o", ms=5, color=colour)
    ax.axvline(0, color=MUTED, lw=0.8)
    ax.set_yticks(range(len(names))[::-1], names)
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.set_title(str(year))


def draw_months(ax: Axes, values: pd.Series, found: Counterfactual, *, before: int = 24) -> None:
    """Draw monthly actual values and forecast bands, US$ million."""
    start = found.expected.index[0]
    shown = values.loc[start - before : found.expected.index[-1]]
    when = found.expected.index.to_timestamp()
    for level, shade in SHADES.items():
        ax.fill_between(
            when, found.bands[f"low_{level}"], found.bands[f"high_{level}"], color=shade, lw=0
        )
    ax.plot(when, found.expected, color=PALETTE[3], lw=1.5)
    ax.plot(shown.index.to_timestamp(), shown, color=PALETTE[0], lw=1.5)
    ends = {"actual": float(shown.iloc[-1]), "expected": float(found.expected.iloc[-1])}
    close = abs(ends["actual"] - ends["expected"]) < 0.1 * float(shown.max())
    up = 6 if ends["actual"] > ends["expected"] else -6
    for name, colour, shift in (("actual", PALETTE[0], up), ("expected", PALETTE[3], -up)):
        label_end(ax, when[-1], ends[name], name, color=colour, dy=shift if close else 0)
    ax.axvline(when[0], color=MUTED, lw=0.8, ls=":")
    ax.set_ylim(0)
    ax.xaxis.set_major_locator(_year_starts())
    ax.set_title(f"From {start.strftime('%B %Y')}", fontsize=8.5)


def draw_month_placebos(ax: Axes, ranked: Mapping[str, Placebo]) -> None:
    """Draw the first-quarter effect of each monthly shock among those of calm quarters."""
    for place, found in zip(range(len(ranked))[::-1], ranked.values(), strict=True):
        ax.plot(found.effects_pct, [place] * found.n, "o", ms=5, color="none", mec=MUTED, zorder=3)
        ax.plot(found.effect_pct, place, "D", ms=7, color=PALETTE[1], zorder=4)
        ax.annotate(
            f"p {found.p_value:.2f} (lowest possible {found.smallest_p:.2f})",
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(0, 9),
            textcoords="offset points",
            ha="right",
            fontsize=7.5,
            color=MUTED,
        )
    ax.axvline(0, color=MUTED, lw=0.8)
    ax.set_yticks(range(len(ranked))[::-1], list(ranked))
    ax.set_ylim(-0.5, len(ranked) - 0.3)
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")


def windows_title(windows: pd.Series, months: pd.DataFrame) -> str:
    """Return the smallest single month of the old definition, and the window around it.

    Parameters
    ----------
    windows : Series
        Sums of three months, US$ million, by the month in which they end.
    months : DataFrame
        Rows of the table ``nbkr.months``.
    """
    old = months[months["definition"].eq("old")]
    if old.empty:
        return "Windows of three months were printed, and no single month"
    least = old.loc[old["value_usd_mn"].idxmin()]
    month = pd.Period(least["period"], freq="M")
    found = (
        f"The smallest month printed, {month.strftime('%B %Y')}, brought "
        f"US$ {least['value_usd_mn']:.0f} million"
    )
    around = windows[(windows.index >= month) & (windows.index <= month + 2)]
    if around.empty:
        return found
    return f"{found}; the three months that hold it, {around.iloc[0] / 3:.0f} a month"


def draw_windows(ax: Axes, windows: pd.Series, months: pd.DataFrame) -> None:
    """Draw three-month windows as monthly averages and single months as points, US$ million."""
    for end, value in windows.items():
        span = [(end - 2).to_timestamp(how="start"), end.to_timestamp(how="end")]
        ax.plot(span, [value / 3] * 2, color=PALETTE[0], lw=3, solid_capstyle="butt")
    for definition, group in months.groupby("definition"):
        when = pd.PeriodIndex(group["period"], freq="M").to_timestamp(how="start")
        ax.plot(when + pd.Timedelta(days=14), group["value_usd_mn"], "o", ms=4.5,
                color=PALETTE[1], mfc="white" if definition == "new" else PALETTE[1])  # fmt: skip
    ax.set_ylim(0)
    ax.xaxis.set_major_locator(_year_starts())
    end = windows.index[-1]
    label_end(ax, end.to_timestamp(how="end"), float(windows.iloc[-1]) / 3,
              "three-month windows,\nmonthly average", color=PALETTE[0], dy=-16)  # fmt: skip
    first = months.iloc[0]
    ax.annotate("single months", (pd.Period(first["period"], freq="M").to_timestamp(),
                first["value_usd_mn"]), xytext=(8, -16), textcoords="offset points",
                fontsize=8.5, color=PALETTE[1])  # fmt: skip


def effects_table(examined: Sequence[Examined]) -> pd.DataFrame:
    """Return effects, intervals, placebos and reading as a reader's table."""
    rows = []
    for item in examined:
        for year, found in item.study.single.items():
            effect, low, high = _effect(found)
            ranked = item.study.placebos.get(year)
            mark = " (e)" if item.status.get(year) == "estimate" else ""
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
                effect, low, high = _effect(found)
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


def effects_data(examined: Sequence[Examined]) -> pd.DataFrame:
    """Return the numbers of the figure of bands: one row for each measure, spell and year."""
    parts = []
    for item in examined:
        for spell, found in item.study.spells.items():
            part = found.bands.assign(expected=found.expected, actual=found.actual)
            parts.append(
                part.assign(measure=item.name, spell=spell_name(spell))
                .rename_axis("year")
                .reset_index()
            )
    return pd.concat(parts, ignore_index=True)


def placebo_data(examined: Sequence[Examined]) -> pd.DataFrame:
    """Return the numbers of the figure of placebos."""
    rows = [
        (item.name, year, date, effect)
        for item in examined
        for year, found in item.study.placebos.items()
        for date, effect in [*found.effects_pct.items(), (year, found.effect_pct)]
    ]
    return pd.DataFrame(rows, columns=["measure", "shock", "date", "effect_pct"])


def describe_effects(examined: Sequence[Examined]) -> str:
    """Return alternative text for the figure of bands."""
    texts = []
    for item in examined:
        for found in item.study.spells.values():
            pairs = [
                f"{year} expected {found.expected[year] / 1000:.1f}, "
                f"actual {found.actual[year] / 1000:.1f}"
                for year in found.expected.index
            ]
            texts.append(f"{item.label}: " + "; ".join(pairs))
    return "Actual remittances against forecast bands, US$ billion. " + ". ".join(texts) + "."


def describe_placebos(examined: Sequence[Examined]) -> str:
    """Return alternative text for the figure of placebos."""
    texts = [
        f"{item.label} {year}: effect {found.effect_pct:+.0f} %, calm years from "
        f"{found.effects_pct.min():+.0f} to {found.effects_pct.max():+.0f} %"
        for item in examined
        for year, found in item.study.placebos.items()
    ]
    return "Points for calm years and a diamond for each shock. " + "; ".join(texts) + "."


def describe_forest(study: Study) -> str:
    """Return alternative text for the figure of models."""
    texts = []
    for year in study.with_drivers:
        for name, found in variants(study, year).items():
            effect, low, high = _effect(found)
            texts.append(f"{year}, {name}: {effect:+.0f} % ({low:+.0f} to {high:+.0f})")
    return "Points with intervals. " + "; ".join(texts) + "."


def spell_name(spell: tuple[int, int]) -> str:
    """Return "2020" or "2014–2015"."""
    return str(spell[0]) if spell[0] == spell[1] else f"{spell[0]}–{spell[1]}"


def record_study(nb: Notebook, item: Examined) -> None:
    """Record effects, placebos, drivers and benchmarks of one measure."""
    stem = f"shock.counterfactual.{item.name}"
    both = [*item.sources, *item.driver_sources]

    def effect(key: str, found: Counterfactual, year: int, sources: Sources) -> None:
        value, low, high = _effect(found)
        _estimate(nb, key, value, "percent", found, (low, high), _status(item, year), sources)

    for year, found in item.study.single.items():
        effect(f"{stem}.effect_pct.{year}", found, year, item.sources)
        low, high = found.bands.iloc[0][["low_95", "high_95"]]
        value = float(found.expected.iloc[0])
        _estimate(
            nb, f"{stem}.expected_usd_mn.{year}", value, "US$ million", found, (low, high),
            "final", item.sources,
        )  # fmt: skip
    for (first, last), found in item.study.spells.items():
        if first == last:
            continue
        key = f"{stem}.cumulative_pct.y{first}_{last}"
        interval = (found.cumulative_pct_low, found.cumulative_pct_high)
        kind = _status(item, last)
        _estimate(nb, key, found.cumulative_pct, "percent", found, interval, kind, item.sources)
        key = f"{stem}.cumulative_usd_mn.y{first}_{last}"
        interval = (found.cumulative_low, found.cumulative_high)
        _estimate(nb, key, found.cumulative, "US$ million", found, interval, kind, item.sources)
    for year, ranked in item.study.placebos.items():
        record_placebo(nb, f"{stem}.placebo", str(year), ranked, item.sources)
    for year, found in item.study.with_drivers.items():
        effect(f"{stem}.drivers_effect_pct.{year}", found, year, both)
    for year, ranked in item.study.placebos_with_drivers.items():
        record_placebo(nb, f"{stem}.drivers_placebo", str(year), ranked, both)
    for year, models in item.study.left_out.items():
        for name, found in models.items():
            effect(f"{stem}.without_{name}_pct.{year}", found, year, both)
    for year, found in item.study.shorter.items():
        effect(f"{stem}.shorter_effect_pct.{year}", found, year, item.sources)
    for year, bench in item.study.benchmarks.items():
        shared: dict[str, Any] = {"n": bench.n, "level": bench.level, "sources": item.sources}
        nb.number(
            f"shock.benchmark.{item.name}.expected_usd_mn.{year}", bench.expected,
            interval=(bench.low, bench.high), **shared,
        )  # fmt: skip
        nb.number(
            f"shock.benchmark.{item.name}.effect_pct.{year}", bench.effect_pct,
            interval=(bench.effect_low, bench.effect_high), status=_status(item, year), **shared,
        )  # fmt: skip


def record_placebo(nb: Notebook, stem: str, end: str, ranked: Placebo, sources: Sources) -> None:
    """Record a placebo p-value, the smallest one possible, and the number of placebo dates."""
    found = {"p": ranked.p_value, "smallest_p": ranked.smallest_p, "dates": ranked.n}
    for name, value in found.items():
        nb.number(f"{stem}_{name}.{end}", value, n=ranked.n, sources=sources)


def record_months(
    nb: Notebook,
    start: pd.Period,
    models: Mapping[str, Counterfactual],
    ranked: Mapping[str, Placebo | None],
    sources: Sources,
) -> None:
    """Record the check of the method on a monthly series, for one shock.

    Parameters
    ----------
    models : mapping
        ``year_pct``, ``drivers_year_pct`` and ``quarter_pct`` to the model behind each.
    ranked : mapping
        ``placebo`` and ``drivers_placebo`` to the rank among calm quarters.
    """
    stem, end = "shock.counterfactual.armenia", f"m{start.year}_{start.month:02d}"
    for name, cf in models.items():
        interval = (cf.cumulative_pct_low, cf.cumulative_pct_high)
        key = f"{stem}.{name}.{end}"
        _estimate(nb, key, cf.cumulative_pct, "percent", cf, interval, "final", sources)
    for name, placebo in ranked.items():
        if placebo is not None:
            record_placebo(nb, f"{stem}.{name}", end, placebo, sources)


def _estimate(
    nb: Notebook,
    key: str,
    value: float,
    unit: str,
    found: Counterfactual,
    interval: tuple[float, float],
    status: str,
    sources: Sources,
) -> None:
    nb.number(
        key, value, n=found.n, interval=interval, level=found.level, status=status,
        sources=sources,
    )  # fmt: skip


def _effect(found: Counterfactual) -> tuple[float, float, float]:
    row = found.effect_pct.iloc[0]
    return float(row["effect"]), float(row["low"]), float(row["high"])


def _status(item: Examined, year: int) -> str:
    return str(item.status.get(year, "final"))


def _drivers(found: Counterfactual) -> str:
    return "drivers: " + ", ".join(DRIVER_NAMES.get(name, name) for name in found.drivers)


def _year_starts() -> Any:
    import matplotlib.dates as mdates

    return mdates.YearLocator()
