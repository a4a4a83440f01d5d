"""How often statements turn: on planted figures whose chances are known, and from the archives."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from livingbrief.claims import turning
from livingbrief.claims.measures import Measure
from livingbrief.data.check import check_package
from livingbrief.data.descriptor import rehash
from remitrisk import shelf_life as study
from remitrisk.methods import shelf_life
from tests import golden
from tests import small_package as small

ROOT = Path(__file__).parents[1]
KEPT = {name: ROOT / f"data/shelf_life/2026-12-03/{name}.csv" for name in study.TABLES}


def planted(seed, economies=120, series=6, years=13, *, spread=False):
    """Two printings; with `spread` economies whose figures move more are revised more."""
    lot = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [[f"S{i}" for i in range(series)], [f"E{i:03}" for i in range(economies)]],
        names=["series", "iso3"],
    )
    table = index.to_frame(index=False).merge(
        pd.DataFrame({"year": range(2005, 2005 + years)}), how="cross"
    )
    size = lot.lognormal(0, 1.0, economies) if spread else np.ones(economies)
    own = size[table["iso3"].str[1:].astype(int)]
    then = own * lot.normal(size=len(table))
    # Differences of two years then have revisions of one standard deviation.
    return table.assign(then=then, now=then + own * lot.normal(0, 0.5**0.5, len(table)))


def past(n, seed=1):
    lot = np.random.default_rng(seed)
    then = lot.normal(0, 1.5, n)
    return pd.DataFrame({"then": then, "now": then + lot.normal(size=n)})


def test_the_chance_at_a_margin_is_the_one_planted():
    margins, of = np.array([0.3, 0.8, 1.5, 2.5]), past(400_000)
    known = turning.curve(of, bands=60)
    assert np.allclose(turning.at(margins, known), norm.sf(margins), atol=0.02)
    assert np.allclose(turning.read_off(margins, of), norm.sf(margins), atol=0.01)
    assert (known["chance"].diff().dropna() <= 0).all()
    assert known["n"].sum() == len(of)
    assert known["turned"].sum() == turning.turned(of).sum()


def test_a_figure_between_two_edges_can_leave_by_either():
    known = turning.curve(past(400_000), bands=60)
    within = Measure(key="a.b", compare="within", value=10, tolerance=1)
    assert turning.chance(within, 10.2, 10, known) == pytest.approx(
        norm.sf(0.8) + norm.sf(1.2), abs=0.03
    )
    assert turning.chance(within, 12.5, 10, known) == pytest.approx(norm.sf(1.5), abs=0.02)
    above = Measure(key="a.b", compare=">", value=10)
    assert turning.chance(above, 11.5, 10, known) == pytest.approx(norm.sf(1.5), abs=0.02)
    small = Measure(key="a.b", compare="abs_lt", value=2)
    assert turning.chance(small, 3.5, 2, known) == pytest.approx(norm.sf(1.5), abs=0.02)
    assert np.isnan(turning.chance(above, 11.5, 10, past(turning.FEWEST - 1)))


def test_equal_margins_stay_in_one_band():
    of = pd.DataFrame({"then": [1.0] * 400 + [2.0] * 200, "now": [1.0] * 600})
    assert turning.curve(of)["n"].tolist() == [400, 200]


def test_statements_are_those_of_the_rule():
    table = pd.DataFrame(
        {"series": "S", "iso3": "AAA", "year": range(2005, 2012), "then": [1, 2, 2, 4, 3, 9, 5.0]}
    )
    table["now"] = table["then"].where(table["year"] != 2009, 6.0)
    made = shelf_life.statements(table).set_index(["kind", "year"])
    year = made.loc[shelf_life.YEAR]
    # 2007 is a tie; 2009 fell and now rises.
    assert year["then"].to_dict() == {2006: 1, 2008: 2, 2009: -1, 2010: 6, 2011: -4}
    assert year.index[year["turned"]].tolist() == [2009]
    assert made.loc[shelf_life.FIVE]["then"].to_dict() == {2010: 8, 2011: 3}
    assert shelf_life.BESIDE not in made.index
    assert year["age"].to_dict() == {2006: 2, 2008: 2, 2009: 2, 2010: 1, 2011: 0}
    assert made["updated"].all()
    still = shelf_life.statements(table.assign(now=table["then"]))
    assert not still["updated"].any()
    assert not still["turned"].any()


def test_amounts_are_compared_in_per_cent():
    table = pd.DataFrame({"series": ["A", "R", "A"], "then": [100.0, 5, -1], "now": [110.0, 6, 3]})
    out = shelf_life.logs(table, ["A"])
    assert len(out) == 2
    assert (out["now"] - out["then"]).tolist() == pytest.approx([100 * np.log(1.1), 1])


@pytest.mark.parametrize("spread", [False, True])
def test_what_is_said_of_economies_held_out_comes_true(spread):
    told = shelf_life.held_out(shelf_life.statements(planted(5, spread=spread)))
    scores = shelf_life.scores(told, draws=300)
    # A band that says more than a half is one that chance put there: that is said on the page.
    bands, whole = scores[(scores["band"] <= 0.5) & (scores["n"] > 400)], scores.iloc[-1]
    assert len(bands) >= 4
    assert (bands["said"] - bands["turned"]).abs().max() < 0.04
    assert whole["gain_low"] > 0
    read = shelf_life.scores(told.assign(chance=told["read"]), draws=300)
    above = read[read["band"].between(0.15, 0.5)]
    # Where large margins have large revisions, revisions alone say too much.
    too_much = (above["said"] - above["turned"]).max()
    assert too_much > 0.03 if spread else too_much < 0.02


def test_nothing_is_learned_from_the_half_of_which_it_is_said():
    made = shelf_life.statements(planted(3, economies=60, series=2))
    told, other = shelf_life.held_out(made), made.copy()
    mine = other["half"] == 0
    other.loc[mine, ["now", "turned"]] = [0.0, True]
    again = shelf_life.held_out(other)
    assert told.loc[told["half"] == 0, "chance"].equals(again.loc[again["half"] == 0, "chance"])
    assert not told["chance"].equals(again["chance"])
    beside = made[made["kind"] == shelf_life.BESIDE]
    assert len(beside) > 0


def test_intervals_hold_the_share_that_was_planted():
    """Economies and series differ in how often they turn; intervals that knew neither fail."""
    lot, held, naive = np.random.default_rng(11), 0, 0
    for _ in range(120):
        of = pd.DataFrame({"iso3": np.repeat(range(60), 40), "series": np.tile(range(40), 60)})
        of = of.astype(str)
        of["turned"] = lot.random(2400) < np.repeat(lot.beta(2, 6, 60), 40)
        told = of.assign(chance=0.25, read=0.25, mean=0.25)
        row = shelf_life.scores(told, draws=200).iloc[-1]
        held += row["low"] <= 0.25 <= row["high"]
        naive += abs(row["turned"] - 0.25) < 1.96 * (0.25 * 0.75 / 2400) ** 0.5
    assert held >= 106
    assert naive < 100


def test_the_old_rule_gives_each_statement_its_class():
    table = pd.DataFrame({"iso3": ["A", "A", "A", "B"], "then": [0.5, 2.0, 9.0, 1.0], "half": 0})
    table["turned"] = [True, False, False, False]
    both = pd.concat([table, table.assign(iso3=["C", "C", "C", "D"], half=1)], ignore_index=True)
    days = ["2012-01-01", "2014-01-01"]
    wide = pd.DataFrame({days[0]: 0.0, days[1]: [1, 1, 1, 1, 5.0]}, index=range(2011, 2016))
    out = shelf_life.old_rule(both, {"A": wide, "C": wide, "B": wide.head(3), "D": wide.head(3)})
    assert out["class"].tolist() == ["could_turn", "between", "firm"] * 2
    assert out["old"].tolist() == [1, 0, 0] * 2


def test_an_archive_that_changed_or_is_gone_is_named_and_no_other_file_is(tmp_path):
    package = small.make_package(tmp_path)
    place, file = package / "data" / "datapackage.json", package / "data" / "archive.csv.gz"
    descriptor = json.loads(place.read_text(encoding="utf-8"))
    kept = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    file.write_bytes(b"x")
    descriptor["archives"] = [{**kept["archives"][0], "path": file.name}]
    place.write_text(json.dumps(descriptor), encoding="utf-8")

    def found():
        return [p.rule for p in check_package(package) if p.where == file.name]

    assert found() == ["hash"]
    assert rehash(package) == [file.name]
    assert found() == []
    file.unlink()
    assert found() == ["listed"]


def test_enough_was_asked_and_it_is_better_than_the_mean():
    scores = pd.read_csv(KEPT["scores"])
    whole = scores[(scores["test"] == "economies held out") & (scores["kind"] == "all")]
    every = whole[whole["band"].isna()].iloc[0]
    assert every["n"] >= 150_000
    assert every["series"] >= 40
    assert every["economies"] >= 200
    assert every["gain_low"] > 0
    bands = whole[whole["band"] <= 0.3]
    assert (bands["said"] - bands["turned"]).abs().max() < 0.01


def test_an_edition_that_looks_back_has_none_of_it():
    current, then = (golden.cases()[name] for name in ("current", "brief-2023"))
    assert golden.run(current, "shelf_life")["numbers"]["shelf.statements"]["value"] >= 150_000
    looking_back = golden.run(then, "shelf_life")["numbers"]
    assert looking_back
    assert all(entry["value"] is None for entry in looking_back.values())


@pytest.mark.slow
def test_the_small_tables_are_those_that_the_archives_give():
    code = (
        "import resource, sys, pickle; from pathlib import Path; from remitrisk import shelf_life;"
        "pickle.dump(shelf_life.study(Path(sys.argv[1])), sys.stdout.buffer);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)], capture_output=True, check=True, timeout=120
    )
    assert int(done.stderr.split()[-1]) < 2_000_000
    for name, table in pickle.loads(done.stdout).items():
        pd.testing.assert_frame_equal(table, pd.read_csv(KEPT[name]), check_dtype=False)
