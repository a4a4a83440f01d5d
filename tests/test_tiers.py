"""Tiers: who is placed in which list, and the numbers of the chapter by another fit."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.miscmodels.ordinal_model import OrderedModel

from livingbrief.paths import project_root
from remitrisk.methods import tiers
from remitrisk.series import BriefData as Data
from tests import golden


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
def rows():
    data = Data(project_root(), country="KGZ", last_year=2024)
    known = tiers.predictors({code: data.panel(code) for code in tiers.SERIES})
    return tiers.placed(data.table("statedept.tip_tiers"), known, 2024)


@pytest.fixture(scope="module")
def told():
    return golden.run(golden.cases()["current"], "structure")["numbers"]


def test_complete_lists_only(rows):
    assert sorted(rows["year"].unique()) == [*range(2004, 2016), 2020, 2023]


def scaled(rows):
    names, sample = [*tiers.PREDICTORS], rows[rows["year"] <= 2015]
    return (rows[names] - sample[names].mean()) / sample[names].std()


def plain(rows, x):
    """Plain statsmodels: slopes, errors clustered by country, probability of Watch List or 3."""
    codes = rows["tier"].map({"1": 0, "2": 1, "2W": 2, "3": 3}).astype(int)
    fit = OrderedModel(codes.to_numpy(), x.to_numpy(), distr="logit").fit(
        method="bfgs", disp=0, maxiter=500, gtol=1e-6, cov_type="cluster",
        cov_kwds={"groups": rows["iso3"].factorize()[0]},
    )  # fmt: skip
    return fit, lambda rows: fit.model.predict(fit.params, rows)[:, 2:].sum(axis=1)


def test_the_later_lists_by_plain_statsmodels(rows, told):
    """Governance holds on 2020 and 2023; income and remittances can't be told from none."""
    later = rows[rows["year"] > 2015]
    x = scaled(rows).loc[later.index]
    fit, low = plain(later, x)
    slopes = pd.DataFrame(fit.conf_int()[:4], x.columns, ["low", "high"])
    assert slopes.loc["governance"].tolist() == pytest.approx([-2.32, -1.21], abs=0.01)
    assert (slopes.loc[["income", "remittances"]].prod(axis=1) < 0).all()
    more = x.assign(governance=x["governance"] + 1)
    change = 100 * (low(more.to_numpy()) - low(x.to_numpy())).mean()
    assert told["tiers.later.governance"]["value"] == pytest.approx(change, rel=1e-4)
    for name, ends in slopes.iterrows():
        assert np.sign(told[f"tiers.later.{name}"]["interval"]).tolist() == [*np.sign(ends)]


def test_between_and_within_by_plain_statsmodels(rows, told):
    sample = rows[rows["year"] <= 2015]
    x = scaled(rows).loc[sample.index]
    means = x.groupby(sample["iso3"]).transform("mean")
    both = pd.concat([means, x - means], axis=1)
    fit, low = plain(sample, both)
    at, one = both.to_numpy(), np.zeros(8)
    one[4] = (x - means)["governance"].std()
    change = 100 * (low(at + one) - low(at)).mean()
    assert told["tiers.within.governance"]["value"] == pytest.approx(change, rel=1e-3)
    assert fit.pvalues[4] < 0.05 < fit.pvalues[7], "governance within a country, not remittances"
    assert told["tiers.strongest"]["value"] == "governance"


def test_guesses_of_later_placements(rows, told):
    before = rows[rows["year"] == 2015].set_index("iso3")["tier"].astype(str)
    both = rows[(rows["year"] > 2015) & rows["iso3"].isin(before.index)]
    right = {way: told[f"tiers.guess.{way}_pct"] for way in ("always_tier2", "tier_before")}
    assert {entry["n"] for entry in right.values()} == {len(both)}
    assert right["always_tier2"]["value"] == pytest.approx(100 * both["tier"].eq("2").mean())
    same = both["tier"].astype(str).to_numpy() == before[both["iso3"]].to_numpy()
    assert right["tier_before"]["value"] == pytest.approx(100 * same.mean())
    assert told["tiers.cut.income.above_tier1"]["value"] < 0
    assert told["tiers.cut.income.above_watch_list"]["value"] > 0


def test_a_table_with_marks_says_what_they_mean():
    shown = golden.run(golden.cases()["brief-2023"], "structure")["exhibits"]
    means = {e["name"]: e["ends"] for e in shown if e["kind"] == "table"}
    assert means["tbl-index-places"] == "(l): printed after 30 June 2023."
    assert means["tbl-index-choices"] == ""
