"""Ordered logit of tiers: the published example, effects, the study and its later lists."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels
from statsmodels.miscmodels.ordinal_model import OrderedModel

from livingbrief.paths import project_root
from remitrisk.methods import tiers
from remitrisk.series import BriefData as Data

UCLA = Path(statsmodels.__file__).parent / "miscmodels" / "tests" / "results" / "ologit_ucla.csv"
LEVELS = ["unlikely", "somewhat likely", "very likely"]


def test_ucla_example_of_ordered_logit_is_reproduced():
    ucla = pd.read_csv(UCLA)
    outcome = pd.Series(pd.Categorical(ucla["apply"], LEVELS, ordered=True))
    fit = tiers.ordered_logit(outcome, ucla[["pared", "public", "gpa"]], pd.Series(ucla.index))
    assert fit.params[:3] == pytest.approx([1.0477, -0.0588, 0.6159], abs=0.0005)
    cuts = fit.model.transform_threshold_params(fit.params)[1:-1]
    # R's polr stops a little short of the maximum, which shows in its cut points.
    assert cuts == pytest.approx([2.2039, 4.2994], abs=0.001)
    assert fit.llf == pytest.approx(-358.5124, abs=0.0005)


def test_unusable_rows_are_refused():
    x = pd.DataFrame({"x": [0.0] * 40 + [1.0] * 60})
    apart = pd.Series(["1"] * 20 + ["2"] * 20 + ["2W"] * 30 + ["3"] * 30)
    with pytest.raises(ValueError, match=r"no maximum|Singular"):
        tiers.ordered_logit(apart, x, pd.Series(range(100)))
    with pytest.raises(ValueError, match="without a placement: 3"):
        tiers.ordered_logit(apart[:70], x[:70], pd.Series(range(70)))


def panel(values):
    rows = [(unit, year, value) for (unit, year), value in values.items()]
    return pd.DataFrame(rows, columns=["iso3", "year", "value"])


def test_predictors_need_all_six_scores_and_every_series():
    units = [("AAA", 2005), ("AAA", 2006), ("BBB", 2005)]
    panels = {code: panel(dict.fromkeys(units, 0.5)) for code in tiers.SCORES}
    panels["VA.EST"] = panel({("AAA", 2005): 1.1, ("BBB", 2005): 0.5})
    panels |= {tiers.INCOME: panel(dict.fromkeys(units, np.e**9))}
    panels |= {tiers.POPULATION: panel(dict.fromkeys(units, np.e**14))}
    panels |= {tiers.RECEIVED: panel(dict.fromkeys(units, 3.0))}
    panels |= {tiers.GDP: panel({("AAA", 2005): 20.0, ("AAA", 2006): 20.0})}
    found = tiers.predictors(panels)
    assert [*found.index] == [("AAA", 2005)], "2006 lacks a score, BBB lacks GDP"
    assert found.loc["AAA", 2005].tolist() == pytest.approx([0.6, 9, 14, 15])


@pytest.fixture(scope="module")
def known():
    data = Data(project_root(), country="KGZ", last_year=2024)
    placed = data.table("statedept.tip_tiers")
    return placed, tiers.predictors({code: data.panel(code) for code in tiers.SERIES})


@pytest.fixture(scope="module")
def study(known):
    return tiers.study(*known, last_year=2024)


def test_complete_lists_only_and_those_after_the_gap_apart(known, study):
    assert sorted(study.sample["year"].unique()) == [*range(2004, 2016)]
    assert sorted(study.later["year"].unique()) == [2020, 2023]
    early = tiers.study(*known, last_year=2012)
    assert early.sample["year"].max() == 2012 and early.later.empty
    assert "later" not in early.effects


def plain(rows, x):
    """Plain statsmodels: slopes, errors clustered by country, probability of Watch List or 3."""
    codes = rows["tier"].map({"1": 0, "2": 1, "2W": 2, "3": 3})
    fit = OrderedModel(codes.to_numpy(), x.to_numpy(), distr="logit").fit(
        method="bfgs", disp=0, maxiter=500, gtol=1e-6, cov_type="cluster",
        cov_kwds={"groups": rows["iso3"].factorize()[0]},
    )  # fmt: skip
    return fit, lambda rows: fit.model.predict(fit.params, rows)[:, 2:].sum(axis=1)


def test_the_later_lists_by_plain_statsmodels(study):
    """Governance holds on 2020 and 2023; income and remittances can't be told from none."""
    x = study.scaled(study.later)
    fit, low = plain(study.later, x)
    slopes = pd.DataFrame(fit.conf_int()[:4], x.columns, ["low", "high"])
    assert slopes.loc["governance"].tolist() == pytest.approx([-2.32, -1.21], abs=0.01)
    assert (slopes.loc[["income", "remittances"]].prod(axis=1) < 0).all()
    assert slopes.loc["population", "high"] < 0
    more = x.assign(governance=x["governance"] + 1)
    change = 100 * (low(more.to_numpy()) - low(x.to_numpy())).mean()
    found = study.effects["later"]
    assert found.loc["governance", "effect"] == pytest.approx(change, rel=1e-4)
    assert ((found["low"] < 0) == (slopes["low"] < 0)).all()
    assert ((found["high"] < 0) == (slopes["high"] < 0)).all()


def test_between_and_within_by_plain_statsmodels(study):
    x = study.scaled(study.sample)
    means = x.groupby(study.sample["iso3"]).transform("mean")
    both = pd.concat([means, x - means], axis=1)
    fit, low = plain(study.sample, both)
    rows, one = both.to_numpy(), np.zeros(8)
    one[4] = (x - means)["governance"].std()
    change = 100 * (low(rows + one) - low(rows)).mean()
    assert study.effects["within"].loc["governance", "effect"] == pytest.approx(change, rel=1e-3)
    assert fit.pvalues[4] < 0.05 < fit.pvalues[7], "governance within a country, not remittances"
    assert study.strongest == "governance"


def test_slopes_by_cut_and_guesses_of_later_placements(study):
    slopes = tiers.slopes_by_cut(study.sample["tier"], study.scaled(study.sample))
    assert slopes.loc["income", "above 1"] < 0 < slopes.loc["income", "above 2W"]
    right, n = study.guessed()
    before = study.sample[study.sample["year"] == 2015].set_index("iso3")["tier"]
    both = study.later[study.later["iso3"].isin(before.index)]
    assert n == len(both)
    assert right["always_tier2"] == pytest.approx(100 * both["tier"].eq("2").mean())
    same = both["tier"].to_numpy() == before[both["iso3"]].to_numpy()
    assert right["tier_before"] == pytest.approx(100 * same.mean())
    assert 50 < right["correct"] < 70
