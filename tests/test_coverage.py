"""What intervals hold: the table that captions read is that of the simulations, and says enough."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import coverage as benchmark
from remitrisk.methods import coverage

ROOT = Path(__file__).resolve().parents[1]


def row(lowest, highest):
    found = coverage.Coverage("slope", 0.95, 3, 2000, lowest, (lowest + highest) / 2, highest)
    return {("slope", 0.95): found}


@pytest.mark.parametrize(
    ("lowest", "highest", "said"),
    [
        (93.6, 96.4, ""),
        (93.4, 95.0, "such 95 % intervals held the truth in 93 to 95 of 100."),
        (95.1, 97.0, "such 95 % intervals held the truth in 95 to 97 of 100."),
        (92.8, 93.2, "such 95 % intervals held the truth in 93 of 100."),
    ],
)
def test_an_interval_that_misses_says_what_it_holds(monkeypatch, lowest, highest, said):
    monkeypatch.setattr(coverage, "coverages", lambda: row(lowest, highest))
    found = coverage.noted("A caption.", "slope", on="made-up lists")
    assert found == ("A caption." + (f" In simulations on made-up lists, {said}" if said else ""))


def test_several_intervals_share_a_sentence(monkeypatch):
    wide = coverage.Coverage("band", 0.8, 3, 2000, 82.0, 83.0, 84.0)
    monkeypatch.setattr(coverage, "coverages", lambda: row(93.0, 94.0) | {("band", 0.8): wide})
    found = coverage.noted("One.", ("slope", "slopes"), ("band", "80 % bands", 0.8), on="lists")
    assert found == (
        "One. In simulations on lists, slopes held the truth in 93 to 94 of 100 and 80 % bands "
        "held the truth in 82 to 84."
    )


def test_the_table_of_the_captions_is_that_of_the_simulations():
    rows = pd.read_csv(benchmark.RESULTS)
    summary = benchmark.summarised(rows)
    pd.testing.assert_frame_equal(summary, pd.read_csv(coverage.TABLE))
    page = (ROOT / "benchmarks" / "COVERAGE.md").read_text(encoding="utf-8")
    assert page == benchmark.report(rows, summary)
    assert set(rows["study"]) == set(benchmark.STUDIES)
    assert rows["runs"].min() >= 2000
    share = rows["held_pct"] / 100
    error = 100 * np.sqrt((share * (1 - share)).clip(lower=1e-9) / rows["runs"])
    assert rows["error"].to_numpy() == pytest.approx(error, abs=0.006)


def test_no_interval_is_printed_that_misses_by_more_than_five_points():
    table = coverage.coverages()
    notebooks = [json.loads(path.read_text("utf-8")) for path in ROOT.glob("notebooks/*.ipynb")]
    code = "".join("".join(cell["source"]) for book in notebooks for cell in book["cells"])
    printed = {name for name, _ in table if re.search(rf'[^\[]"{re.escape(name)}"', code)}
    assert len(printed) > 5
    for name in printed:
        assert table[name, 0.95].miss <= coverage.WITHDRAWN, name
