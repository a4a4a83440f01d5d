"""Rules in one line: what they mean, and what is said of one that is none."""

import pytest

from livingbrief.claims import findings
from livingbrief.claims.claims import Measure
from livingbrief.claims.rule import comparison, parse
from livingbrief.records import RecordError
from livingbrief.values.results import Description

A = {"key": "a.b.2022", "compare": "<"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a.b.2022 < 0 within 2.5", {**A, "value": 0, "tolerance": 2.5}),
        ("a.b.2022 < c.latest exactly", {**A, "than": "c.latest", "exact": True}),
        ("a.b == 3.5 within 2", {"key": "a.b", "compare": "within", "value": 3.5, "tolerance": 2}),
        ("a.b == 'more'", {"key": "a.b", "compare": "==", "value": "more"}),
        ("low(a.b) > -1", {"key": "a.b", "compare": ">", "value": -1, "of": "low"}),
        ("interval(a.b) excludes 0", {"key": "a.b", "compare": "outside", "value": 0}),
        ("abs(a.b) < 2", {"key": "a.b", "compare": "abs_lt", "value": 2}),
    ],
)
def test_a_comparison_means_what_it_says(written, meant):
    assert comparison(written) == meant


def test_and_binds_before_or_and_neither_within_a_text():
    either = [{"key": "a.b", "compare": "==", "value": "this or that"}, "C64a"]
    assert parse("C63 or a.b == 'this or that'\n and C64a") == [["C63"], either]


@pytest.mark.parametrize(
    "written",
    [
        "a.b ~ 2", "a.b <", "a.b < 2 c.d", "(a.b < 2", "mean(a.b) < 2", "a.b between 1 and 2", 5,
        "a.b < 2 within c.d", "abs(a.b) > 2", "interval(a.b) < 2", "a.b excludes 2", "a.b < 2 and",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_and_quoted(written):
    with pytest.raises(ValueError, match=r"'.*' is no comparison; a rule reads like"):
        parse(written)


def test_a_rule_is_named_by_its_page_and_stands_once(tmp_path):
    (tmp_path / "book" / "chapters").mkdir(parents=True)
    page = tmp_path / "book" / "chapters" / "demo.md"
    page.write_text(":::{statement} F01\nrule: a.b < 2 and a.c > 1\nholds: Yes\n:::\n")
    assert [f.chapter for f in findings.load(tmp_path)] == ["demo"]
    (tmp_path / "book" / "index.md").write_text(page.read_text("utf-8"))
    with pytest.raises(RecordError, match="used twice, on the pages demo and index"):
        findings.load(tmp_path)


def test_a_measure_and_a_description_are_lines():
    measure = Measure.model_validate(
        {"In {year}": "a.b.{year} > a.b.{before} within 1 as 'the last' since 2022 uncounted"}
    )
    assert (measure.first, measure.about, measure.counts) == (2022, "since", False)
    assert measure.of_year(2024).keys == ("a.b.2024", "a.b.2023")
    line = "a.{b| c}.{year}, a.d [percent; 2 digits; small; 2020, 2022] Shares"
    described = Description.model_validate(line)
    assert described.patterns == ("a.{b|c}.{year}", "a.d")
    fields = described.unit, described.digits, described.small, described.years
    assert fields == ("percent", 2, True, "2020, 2022")
    with pytest.raises(ValueError, match="is not written as"):
        Description.model_validate("a.b percent: a share")
