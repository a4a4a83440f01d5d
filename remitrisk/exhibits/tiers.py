"""Title and drawing of what a tier goes along with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from livingbrief.values.numbers import format_value
from remitrisk.exhibits.drawn import Drawn
from remitrisk.exhibits.figures import MUTED, PALETTE, canvas, label_end

MODELS = {
    "alone": ("alone", 0.22, PALETTE[2], "^"),
    "effect": ("given the other three", 0.0, PALETTE[0], "o"),
    "given_last_tier": ("and last year's tier", -0.22, PALETTE[1], "s"),
}


def effects_title(effects: pd.DataFrame) -> str:
    """Return what stands out among effects, if anything does.

    Parameters
    ----------
    effects : DataFrame
        Index predictor; columns effect, low and high, in probability per standard deviation.
    """
    clear = effects[(effects["low"] > 0) | (effects["high"] < 0)]
    if clear.empty:
        return "No predictor of a tier can be told from none"
    strongest = clear["effect"].abs().idxmax()
    size = 100 * float(clear.loc[strongest, "effect"])
    return (
        f"A tier goes along with {strongest} first: one standard deviation more, "
        f"{abs(size):.0f} points {'fewer' if size < 0 else 'more'} on the Watch List or in Tier 3"
    )


def effects(
    found: Mapping[str, pd.DataFrame],
    labels: Mapping[str, str],
    base: float,
    years: str,
    sources: Sequence[Mapping[str, str]],
) -> Drawn:
    """Draw effects of one standard deviation more by predictor and model.

    Parameters
    ----------
    found : mapping
        Each of `MODELS` to its effects; see `effects_title`.
    labels : mapping
        What a reader calls each predictor.
    base : float
        Share of placements on the Watch List or in Tier 3.
    years : str
        Years of the placements.
    sources : sequence of dict
    """
    order = found["effect"]["effect"].abs().sort_values().index
    fig, ax = canvas(
        title=effects_title(found["effect"]),
        subtitle="Average change in the probability of the Watch List or Tier 3 with one standard "
        f"deviation more, percentage points, with 95 % interval; all countries, {years}",
        sources=sources,
        height=3.8,
        note=f"{100 * base:.0f} % of the placements are on the Watch List or in Tier 3.",
    )
    for key, (text, shift, colour, marker) in MODELS.items():
        part = 100 * found[key].loc[order, ["effect", "low", "high"]].astype(float)
        height = np.arange(len(order)) + shift
        ax.hlines(height, part["low"], part["high"], color=colour, lw=1.6)
        ax.plot(part["effect"], height, marker, color=colour, ms=5)
        label_end(ax, part["high"].iloc[-1], height[-1], text, color=colour)
    ax.axvline(0, color=MUTED, lw=0.8)
    ax.set_yticks(range(len(order)), [labels[v].replace(", ", ",\n") for v in order])
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    told = "; ".join(
        f"{labels[v]}: "
        + ", ".join(
            f"{format_value(100 * found[k].loc[v, 'effect'], 1, sign=True)} points {MODELS[k][0]}"
            for k in MODELS
        )
        for v in order[::-1]
    )
    return Drawn(
        fig,
        "What goes along with a placement on the Watch List or in Tier 3: each predictor alone, "
        "given the other three, and given last year's tier as well.",
        f"Dots with intervals for four predictors in three models. {told}.",
        pd.concat(found, names=["model"]).reset_index(),
    )
