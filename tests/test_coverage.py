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
        (93.4, 95.0, "93 to 95 of 100."),
        (95.1, 97.0, "95 to 97 of 100."),
        (92.8, 93.2, "in 93 of 100."),
    ],
)
def test_an_interval_that_misses_says_what_it_holds(monkeypatch, lowest, highest, said):
    monkeypatch.setattr(coverage, "coverages", lambda: row(lowest, highest))
    found = coverage.held("slope", "such slopes", on="made-up lists")
    assert bool(found) == bool(said)
    assert found.endswith(said)
    assert coverage.noted("A caption.", found, "") == f"A caption. {found}".strip()
    assert not found or found.startswith("In simulations on made-up lists, such slopes held")


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


def named_in_notebooks():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            yield from re.findall(r'held\("([^"]+)"', "".join(cell["source"]))


def test_no_interval_is_printed_that_misses_by_more_than_five_points():
    table = coverage.coverages()
    printed = set(named_in_notebooks())
    assert len(printed) > 5
    for name in printed:
        assert table[name, 0.95].miss <= coverage.WITHDRAWN, name
    withdrawn = {name for name, level in table if table[name, 0.95].miss > coverage.WITHDRAWN}
    assert withdrawn == {"lists, model taken as given"}


def test_the_true_response_of_a_linear_process_by_hand():
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((2, 40))
    process = benchmark.Linear(np.column_stack([y, x]))
    # The outcome moves by 0.8 of the driver's change, which goes on by half each year.
    process.outcome, process.driver = np.array([0.1, 0, 0, 0.8]), np.array([0, 0, 0.5])
    assert process.responses(3) == pytest.approx([0.8, 1.2, 1.4, 1.5])
    drawn = process.draw(4, 3000, "t5", rng)
    lead, now = drawn[0, 1:, 1], drawn[0, :-1, 1]
    assert np.corrcoef(lead, now)[0, 1] == pytest.approx(0.5, abs=0.06)
