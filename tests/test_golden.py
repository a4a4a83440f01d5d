"""Nothing printed moves unseen: number, text, status, source, verdict and finding of 4 reports."""

import copy

import pytest

from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition
from tests import golden
from tests.golden import cases, judged_rows, message, moved, read, rows_of, run

ACCEPTED = {name: read(name) for name in cases()}
CORE = ((), pytest.mark.core)
HEADLINE = "remittances.net.growth_pct.2022"


def of(name, notebook):
    return [row for row in ACCEPTED[name] if row["notebook"] == notebook]


@pytest.mark.parametrize(
    ("name", "notebook"),
    [
        pytest.param(name, notebook, marks=CORE[name == "current"])
        for name, edition in cases().items()
        for notebook in golden.notebooks(edition=edition)
    ],
)
def test_what_a_chapter_prints_is_what_was_accepted(name, notebook):
    lines = moved(of(name, notebook), rows_of(run(cases()[name], notebook)))
    assert not lines, message(name, lines)


@pytest.mark.parametrize("name", cases())
def test_every_verdict_and_finding_is_the_accepted_one(name):
    then = cases()[name].known_then
    judged = judged_rows(name, ACCEPTED[name], ACCEPTED[then] if then else None)
    lines = moved(of(name, "claims"), judged)
    assert not lines, message(name, lines)
    there = golden.notebooks(edition=cases()[name])
    assert {row["notebook"] for row in ACCEPTED[name]} <= {*there, "claims"}, "a chapter is gone"


@pytest.mark.parametrize(
    ("column", "wrong"),
    [("value", "-17.6"), ("text", "−17.7%"), ("status", "final"), ("sources", "A 2025-12-23")],
)
def test_a_row_changed_by_hand_is_shown_with_the_command_that_accepts_it(column, wrong):
    accepted = copy.deepcopy(of("current", "remittances"))
    row = next(r for r in accepted if r["key"] == HEADLINE)
    right = row[column]
    row[column] = wrong
    lines = moved(accepted, of("current", "remittances"))
    assert lines == [f"{HEADLINE}: {column} {wrong!r} -> {right!r}"]
    assert "1 row of tests/goldens/current.csv moved" in message("current", lines)
    assert "accept it with: make golden" in message("current", lines)


@pytest.mark.parametrize(
    ("notebook", "was", "now", "agree"),
    [
        ("migration", "1.000000001", "1.000000004", False),
        ("migration", "0.0", "0.00000001", False),
        ("migration", '"2 Watch List"', '"3 Watch List"', False),
        ("migration", "11.60473563", "11.60473562", True),
        ("structure", "-2.2140", "-2.2141", True),
        ("structure", "-2.21", "-2.16", False),
    ],
)
def test_only_where_a_likelihood_is_climbed_may_more_than_the_last_digit_turn(
    notebook, was, now, agree
):
    rows = [[{**ACCEPTED["current"][0], "notebook": notebook, "value": v}] for v in (was, now)]
    assert (moved(*rows) == []) is agree


def test_a_row_that_is_new_or_gone_is_shown():
    accepted = of("current", "remittances")
    without = [row for row in accepted if row["key"] != HEADLINE]
    assert moved(accepted, without)[0].startswith(f"{HEADLINE}: gone, was -")
    assert moved(without, accepted)[0].startswith(f"{HEADLINE}: new, -")


def test_a_verdict_and_a_finding_that_say_otherwise_are_shown():
    accepted = copy.deepcopy(of("current", "claims"))
    verdict = next(r for r in accepted if r["key"] == "claim.C63")
    verdict["value"] = "supported"
    finding = next(r for r in accepted if r["key"].startswith("finding.") and " " in r["text"])
    finding["text"] = finding["text"].replace(" ", "  ", 1)
    judged = judged_rows("current", ACCEPTED["current"], ACCEPTED["brief-2023"])
    lines = moved(accepted, judged)
    assert lines[0] == "claim.C63: value 'supported' -> 'depends_on_measure'"
    assert [line.split(":")[0] for line in lines[1:]] == [finding["key"]]


def test_the_cases_are_the_editions_at_pinned_vintages():
    root = project_root()
    for name in ("current", "brief-2023"):
        edition = load_edition(root, name)
        pinned = cases()[name]
        same = set(type(pinned).model_fields) - {"vintage", "last_year", "shocks"}
        assert {f: getattr(edition, f) for f in same} == {f: getattr(pinned, f) for f in same}
        assert set(pinned.shocks) <= set(edition.shocks)
    assert edition.last_year == cases()["brief-2023"].last_year
    for pinned in cases().values():
        assert "latest" not in pinned.vintage.values()


@pytest.mark.build
def test_a_real_build_prints_what_the_code_run_here_records(tiny):
    """The goldens run code without kernel, drawing or Papermill; the report is made with them."""
    built = tiny.json("results.json")
    edition = load_edition(tiny.root, "current")
    here = {
        row["key"]: row
        for notebook in golden.notebooks(tiny.root)
        for row in rows_of(run(edition, notebook, tiny.root))
    }
    numbers = {key for key, row in here.items() if row["status"]}
    assert numbers == set(built)
    record = {"notebook": "", "numbers": built, "exhibits": [], "lacks": [], "tables": {}}
    for row in rows_of(record):
        assert row == here[row["key"]] | {"notebook": ""}
