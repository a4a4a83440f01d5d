"""The report's own findings are judged by rules, and prose leaves out what is not known."""

import pytest

from livingbrief.book.prose import Prose, UnknownKeyError, UnusableKeyError
from livingbrief.book.sentences import Page
from livingbrief.claims.findings import Finding, judge, load, resolve
from livingbrief.paths import project_root
from livingbrief.records import RecordError, checked_list
from tests import test_values

pytestmark = pytest.mark.core

ROOT = project_root()


def entry(value, *, unit="percent", **more):
    if value is None:
        return test_values.entry(None, "", "not yet published")
    return test_values.entry(value, unit, f"{value}%", **more)


RESULTS = {
    "gap.pp.2022": entry(2.5),
    "gap.pp.2023": entry(-0.6, status="estimate"),
    "gap.pp.2024": entry(None),
    "rate.pct.2024": entry(None),
    "either.count.2020": entry([0, 3]),
    "effect.pct": entry(4.0, interval=[-1.0, 9.0]),
    "people.count.2021": entry(9, unit="persons"),
    "people.count.2022": entry(6, unit="persons"),
}


def finding(rule, **words):
    said = {"holds": "It holds.", "fails": "It fails.", "near": "Near.", "unknown": "Nobody knows."}
    return Finding(id="F01", chapter="demo", rule=rule, **{**said, **words})


def outcome(rule, **verdicts):
    return judge(finding(rule), RESULTS, verdicts).outcome


GAP = "gap.pp.2022 > 1"
STATEMENT = ":::{statement} F01\n:::"
NOT, NONE = "gap.pp.2022 > 3", "gap.pp.2024 > 1"


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (GAP, "holds"),
        (NOT, "fails"),
        ("gap.pp.2022 > 2 within 1", "near"),
        (NONE, "unknown"),
        ("gap.pp.latest > 0", "fails"),
        ("status(gap.pp.latest) == 'estimate'", "holds"),
        ("gap.pp.latest < gap.pp.2023", "unknown"),
        ("gap.pp.latest < gap.pp.2022", "holds"),
        ("interval(effect.pct) excludes 0", "fails"),
        ("interval(effect.pct) excludes 10", "holds"),
        ("either.count.latest == 0", "unknown"),
        ("low(effect.pct) < 0", "holds"),
        ("people.count.2021 > people.count.2022 exactly", "near"),
        (f"{GAP} and {NOT}", "fails"),
        (f"{GAP} and {NONE}", "unknown"),
        (f"{NOT} or {GAP}", "holds"),
        (f"{NOT} or {NONE}", "fails"),
        (f"{NOT} and {NONE} or {GAP}", "holds"),
    ],
)
def test_a_rule_gives_its_outcome(rule, wanted):
    assert outcome(rule) == wanted


def test_a_finding_follows_the_verdict_of_a_claim():
    words = {"supported": "holds", "contradicted": "fails", "depends_on_measure": "near"}
    for verdict, wanted in words.items():
        assert outcome("C63", C63=verdict) == wanted
    assert outcome("C63") == outcome("C63", C63="not_testable") == "unknown"


def said(text, results=RESULTS, findings=(), **context):
    return Page(Prose(results, context, findings=findings)).fill(text)


def test_the_newest_year_enters_the_words():
    rule = "gap.pp.latest < -0.5"
    item = judge(finding(rule, holds="In {{ year }} by {{ gap.pp.latest }}."), RESULTS)
    assert item.year == "2023"
    assert said(STATEMENT, findings=[item]) == "In 2023 by -0.6%."


@pytest.mark.parametrize(
    ("holds", "wanted"),
    [
        ("A{% if has('rate.pct.2024') %} by {{ rate.pct.2024 }}{% endif %}.", "A."),
        ("A by {{ rate.pct.2024 }}.", "Nobody knows."),
    ],
)
def test_words_stand_without_a_number_that_they_can_do_without(holds, wanted):
    assert said(STATEMENT, findings=[judge(finding(GAP, holds=holds), RESULTS)]) == wanted


def test_the_latest_of_several_keys_is_the_newest_year_that_all_have():
    rule = "gap.pp.latest > -0.5 and people.count.latest > 0"
    item = judge(finding(rule, holds="{{ gap.pp.latest }} in {{ year }}."), RESULTS)
    # The gap has a figure of 2023, of which the count has none.
    assert [m.key for m in item.measures] == ["gap.pp.2022", "people.count.2022"]
    assert said(STATEMENT, findings=[item]) == "2.5% in 2022."
    one = "gap.pp.latest < -0.5"
    bare = judge(finding(one, fails="{{ people.count.latest }} in {{ year }}."), RESULTS)
    assert (bare.outcome, bare.year) == ("fails", "2022")
    dated = "{{ people.count.latest }} ({{ people.count.latest.year }}), not in {{ year }}."
    alone = judge(finding(one, holds=dated), RESULTS)
    assert (alone.outcome, alone.year) == ("holds", "2023")
    apart = "gap.pp.latest > -0.5 and rate.pct.latest > 0"
    other = {**RESULTS, "rate.pct.2020": entry(3.0)}
    assert judge(finding(apart), other).outcome == "unknown"


@pytest.mark.parametrize(
    ("prose", "printed"),
    [
        ("{{ gap.pp.latest }} in {{ gap.pp.latest.year }}", "-0.6% in 2023"),
        (
            "{{ gap.pp.latest }} in {{ gap.pp.latest.year }}, {{ people.count.latest }}",
            "2.5% in 2022, 6%",
        ),
        (
            "{{ gap.pp.latest }} in {{ gap.pp.latest.year }}, {{ people.count.latest }} "
            "in {{ people.count.latest.year }}",
            "-0.6% in 2023, 6% in 2022",
        ),
        ("{{ gap.pp.latest }} and {{ old.pct.latest }}", ""),
    ],
)
def test_a_sentence_compares_numbers_of_one_year(prose, printed):
    assert said(prose, {**RESULTS, "old.pct.2010": entry(1.0)}) == printed


def test_the_latest_is_the_newest_with_a_value_and_of_periods_the_one_that_ends_last():
    results = {
        "slope.y2009_2021": entry(1.5),
        "slope.y2009_2023": entry(None),
        "sum.y2009_2022": entry(7),
        "sum.2022": entry(8),
    }
    assert resolve(RESULTS, "gap.pp.latest") == "gap.pp.2023"
    assert resolve(RESULTS, "rate.pct.latest") == "rate.pct.2024"
    assert resolve(RESULTS, "nothing.pct.latest") is None
    assert resolve(results, "slope.latest") == "slope.y2009_2021"
    assert resolve(results, "sum.latest") == "sum.2022"
    line = "{{ slope.latest }} from {{ slope.latest.year }}"
    assert said(line, results) == "1.5% from 2009 to 2021"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rule": "C63", "near": ""}, "needs a wording for near"),
        ({"rule": GAP, "holds": ""}, "at least 3"),
        ({"rule": GAP, "id": "31"}, "id"),
    ],
)
def test_a_wrong_finding_is_named(fields, message):
    good = {"id": "F31", "chapter": "demo", "holds": "Yes.", "fails": "No.", "near": "Near."}
    with pytest.raises(RecordError, match=r"book: (F31|31)") as caught:
        checked_list(Finding, [{**good, **fields}], "book")
    assert message in str(caught.value)


PAGE = """# A page
:::{statement} F31
rule: gap.pp.2022 > 1
holds: It rose to {{ gap.pp.2022 }}.
A second line.
fails: It fell.
:::
So much for that.
:::{statement} F31b
rule: gap.pp.2022 != 2
holds: So.
:::
"""


def test_a_statement_stands_on_the_page_that_is_read_with_its_rule(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "page.md").write_text(PAGE)
    first, second = own = load(tmp_path)
    assert (first.id, first.chapter, first.fails) == ("F31", "page", "It fell.")
    assert first.holds == "It rose to {{ gap.pp.2022 }}.\nA second line."
    assert (second.holds, second.fails, second.unknown) == ("So.", "", "")
    assert said(PAGE, findings=[judge(item, RESULTS) for item in own]) == (
        "# A page\nIt rose to 2.5%.\nA second line.\nSo much for that.\nSo.\n"
    )


def test_a_key_that_nobody_describes_is_named():
    with pytest.raises(RecordError, match=r"F01: no number is recorded as 'gap\.pc\.latest'"):
        outcome("gap.pc.latest > 1")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One.\nIt was {{ gap.pp.2022 }}.\nTwo.", "One.\nIt was 2.5%.\nTwo."),
        ("One: {{ gap.pp.2022.size }}.\nIt was {{ gap.pp.2024 }}.", "One: 2.5%."),
        ("{{ gap.pp.2022 }}, {{ gap.pp.2024 }}", ""),
        (
            "- {{ gap.pp.2024 }}\n- {{ facts.name }}\n- {{ gap.pp.2023 }}",
            "- a fact\n- -0.6%",
        ),
        ("{{ gap.pp.since(2022) }}", "+2.5% in 2022 and -0.6% in 2023 (an estimate)"),
        ("{{ rate.pct.since(2020) }}", ""),
        ("{{ gap.pp.2023 }}{{ gap.pp.2023.caveat }}", "-0.6%, an estimate"),
    ],
)
def test_a_sentence_whose_numbers_are_not_known_is_left_out(text, wanted):
    assert said(text, facts={"name": "a fact"}) == wanted


def test_unknown_keys_and_statements_are_errors():
    for text in ("{{ gap.pq.2022 }}", "{{ gap.pp.lates }}", STATEMENT):
        with pytest.raises(UnknownKeyError):
            said(text)


def test_a_row_without_a_value_is_no_text_outside_a_sentence():
    with pytest.raises(UnusableKeyError, match="no value from 2023"):
        Prose({"a.b.2022": entry(1.0)}, {}).fill("{{ a.b.since(2023) }}")
