"""The ledger: verdicts follow from rules and values, and say which value moved them."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from statsmodels.stats.proportion import proportion_confint

from livingbrief.brief import brief
from livingbrief.claims import claims
from livingbrief.claims.measures import vote
from livingbrief.records import RecordError, load_facts
from tests.recorded import number

pytestmark = pytest.mark.core

BOOK = Path(__file__).resolve().parents[1] / "book"
LEDGER = claims.load(BOOK / "claims.yml")
NOTHING = number(text="not yet published")

TODAY = {
    "remittances.gross.growth_pct.2022": 7.083,
    "remittances.rub.growth_pct.2022": -0.433,
    "remittances.net.growth_pct.2022": -17.553,
    "remittances.gross.pct_gdp.2021": 32.564,
    "remittances.gross.pct_gdp.2022": 26.578,
    "remittances.gross.pct_gdp.2023": 18.774,
    "inequality.gini_income.2019": 36.4,
    "inequality.gini_income.2020": 34.4,
    "inequality.gini_income.2021": 37.2,
    "inequality.gini_income.2022": 42.2,
}


def results(values):
    keys = {k for c in LEDGER for k in c.over(lambda _: range(2026)).keys}
    known = {key: number(value=value, text=str(value)) for key, value in values.items()}
    return {**dict.fromkeys(keys, NOTHING), **known}


def judged(values, edition="current"):
    return {item.id: item for item in claims.evaluate(LEDGER, results(values), edition)}


def by_id(claim):
    return next(record for record in LEDGER if record.id == claim)


def votes(item):
    return {measure.key: measure.verdict for measure in item.measures}


def rule(compare, **fields):
    return claims.Measure(label="a label", key="a.b", compare=compare, **fields)


@pytest.mark.parametrize(
    ("measure", "value", "expected"),
    [
        (rule("<", value=0), -0.1, "supported"),
        (rule("<", value=0), 0.0, "contradicted"),
        (rule("<=", value=0), 0.0, "supported"),
        (rule(">", value=5), 5.0, "contradicted"),
        (rule(">=", value=5), 5.0, "supported"),
        (rule("==", value=0), 0, "supported"),
        (rule("==", value="Tier 2"), "Tier 2 Watch List", "contradicted"),
        (rule("!=", value="Tier 2"), "Tier 3", "supported"),
        (rule("!=", value=2), 2, "contradicted"),
        (rule("within", value=30, tolerance=5), 34.9, "supported"),
        (rule("within", value=30, tolerance=5), 24.9, "contradicted"),
        (rule("abs_lt", value=1), -0.5, "supported"),
        (rule("abs_lt", value=1), 1.5, "contradicted"),
    ],
)
def test_each_comparison(measure, value, expected):
    assert vote(measure, value, measure.value) == expected


def test_inside_its_tolerance_band_a_measure_decides_nothing():
    votes = [vote(rule("<", value=0, tolerance=1), v, 0) for v in (-1.1, -1.0, 0.9, 1.1)]
    assert votes == ["supported", "inconclusive", "inconclusive", "contradicted"]
    with pytest.raises(ValueError, match="tolerance"):
        rule("<", value=0, tolerance=-0.5)


def test_the_rule_for_counts_is_the_exact_interval():
    measure = rule(">", than="c.d", exact=True)
    for one in range(40):
        for other in range(not one, 40):
            low, high = proportion_confint(one, one + other, method="beta")
            apart = not low <= 0.5 <= high
            assert (vote(measure, one, other) != "inconclusive") == apart
    assert vote(measure, 47_263, 41_974) == "supported"


def test_a_missing_value_or_threshold_decides_nothing():
    assert vote(rule("<", value=0), None, 0) == "missing"
    assert vote(rule("<", than="c.d"), 1.0, None) == "missing"


YES, NO, NEAR, NONE = "supported", "contradicted", "inconclusive", "missing"


@pytest.mark.parametrize(
    ("then", "since", "expected"),
    [
        ([YES, NONE], [], "supported"),
        ([YES, NO], [], "depends_on_measure"),
        ([NEAR], [], "not_testable"),
        ([NO, NEAR], [], "contradicted"),
        ([NONE, NONE], [], "not_testable"),
        ([YES, NEAR], [YES, YES, YES], "supported"),
        ([YES], [NO], "no_longer"),
        ([YES], [YES, NO, NO, NO], "no_longer"),
        ([YES], [YES, NO, NO], "depends_on_measure"),
        ([YES], [NEAR, NO, NO, NONE], "no_longer"),
        ([YES], [NO, NO, NEAR], "supported"),
        ([NO], [], "contradicted"),
        ([NO], [NONE, NO], "contradicted"),
        ([NO], [YES, YES], "not_then"),
        ([NO], [NO, YES], "depends_on_measure"),
        ([YES, NO], [YES], "depends_on_measure"),
        ([NEAR, NONE], [YES, YES, YES], "not_testable"),
        ([NONE], [YES, NO], "not_testable"),
    ],
)
def test_a_verdict_looks_in_two_directions(then, since, expected):
    years = list(enumerate(since, start=2022))
    assert together(then, years) == together(then, reversed(years)) == expected


def together(then, since=()):
    def item(vote, about="claim", year=0, counts=True):
        return SimpleNamespace(counts=counts, about=about, year=year, verdict=vote)

    items = [*map(item, then), *(item(vote, "since", year) for year, vote in since)]
    return claims.verdict([*items, item(NO, counts=False)])


def test_measures_of_one_year_since_are_taken_together():
    assert together([YES], [(2024, NO), (2023, NO), (2024, NEAR)]) == "no_longer"
    assert together([YES], [(2024, NO), (2024, YES)]) == "depends_on_measure"


def write(tmp_path, text):
    path = tmp_path / "claims.yml"
    path.write_text(text, encoding="utf-8")
    return path


CLAIM = """
- id: C01
  section: Overview
  claim: Something that can be tested.
  kind: data
  measures: [{label: a label, key: a.b, compare: "<", value: 0}]
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"<"', '"~"', r"C01: measures\.0\.compare"),
        ("value: 0", "value: low", r"C01: .*takes a number"),
        ("kind: data", "kind: causal", r"C01: .*would_need|C01: .*measure that counts"),
        ("kind: data", "kind: data\n  reason: none", r"C01: .*only a causal claim gives a reason"),
        ("value: 0", "value: 0, exact: true", r"C01: .*'exact' is for the order of two counts"),
        (
            "a.b,",
            "'a.{year}', from: 2022,",
            r"C01: .*one is of a fixed year",
        ),
        ("value: 0", "value: 0, from: 2022", r"C01: .*names \{year\}"),
        ("a.b,", "'a.{year}.b', from: 2022,", r"C01: .*'since' is for a key"),
        ("a.b,", "'a.{year}',", r"C01: .*names \{year\}"),
    ],
)
def test_a_wrong_claim_is_refused_by_name(tmp_path, old, new, message):
    assert len(claims.load(write(tmp_path, CLAIM))) == 1
    with pytest.raises(RecordError, match=message):
        claims.load(write(tmp_path, CLAIM.replace(old, new)))


SINCE = CLAIM.replace(
    "}]",
    "}, {label: 'in {year} on {before}', key: 'c.d.{year}', than: 'c.d.{before}', compare: '<', "
    "from: 2022}]",
)


def printed(**years):
    told = {"a.b": -1.0, **{f"c.d.{year[1:]}": value for year, value in years.items()}}
    return {key: number(value=value, text=str(value)) for key, value in told.items()}


def test_a_measure_since_a_year_covers_each_year_that_is_printed(tmp_path):
    ledger = claims.load(write(tmp_path, SINCE))
    three = printed(y2021=9, y2022=8, y2023=7, y2024=6, y2025=None)
    four = printed(y2021=9, y2022=8, y2023=9, y2024=10, y2025=11)
    old, new = (claims.evaluate(ledger, results, "x")[0] for results in (three, four))
    assert [(m.label, m.key, m.verdict) for m in old.measures[1:]] == [
        (f"in {y} on {y - 1}", f"c.d.{y}", "supported") for y in (2022, 2023, 2024)
    ]
    assert old.verdict == "supported"
    # The newest decides, where the last three agree.
    assert [m.year for m in new.measures[1:]] == [2022, 2023, 2024, 2025]
    assert new.verdict == "no_longer"
    why = claims.diff([old], [new])[0].why
    assert "in 2025 on 2024 (c.d.2025): not published -> 11, against c.d.2024: not pub" in why
    assert "the rule changed" not in why
    # What is judged by another edition has the same measures.
    both = claims.evaluate(claims.covering(ledger, four), three, "x")[0]
    assert [m.verdict for m in both.measures[1:]] == [*["supported"] * 3, "missing"]
    with pytest.raises(RecordError, match=r"C01: no number is recorded as 'c\.d\.\{year\}'"):
        claims.evaluate(ledger, printed(), "x")


def test_a_value_of_the_wrong_kind_is_refused_by_name(tmp_path):
    ledger = claims.load(write(tmp_path, CLAIM))
    wrong = {"a.b": number(value="high", text="high")}
    with pytest.raises(RecordError, match=r"C01: 'a\.b' is 'high'"):
        claims.evaluate(ledger, wrong, "current")


def test_the_ledger_covers_the_brief():
    assert len(LEDGER) >= 70
    assert {claim.section for claim in LEDGER} == set(brief().sections)
    assert {n for claim in LEDGER for n in claim.footnotes} == set(range(1, 29))
    assert {claim.id[:3] for claim in LEDGER} == {f"C{n:02}" for n in range(1, 78)}


@pytest.mark.parametrize("claim", ["C46", "C49", "C58"])
def test_detections_decide_no_claim_on_the_number_of_victims(claim):
    record = by_id(claim)
    assert record.kind == "causal"
    assert any("detected" in shown.key or "victims" in shown.key for shown in record.shown)


def test_small_rises_and_falls_of_inequality_decide_nothing():
    near = {f"inequality.gini_income.{year}": 36.0 for year in (2020, 2021, 2022)}
    item = judged({**TODAY, **near})["C48b"]
    assert votes(item)["inequality.gini_income.2020"] == "inconclusive"
    assert item.reason == "the values lie inside the tolerance bands"


def test_a_year_without_a_change_turns_no_claim_on_changes():
    changes = [m for c in LEDGER for m in c.measures if re.search(r"(growth|change)_pct\.", m.key)]
    assert len(changes) > 3 and all(m.tolerance for m in changes)
    then = {
        f"ruble.value_change_{when}_pct": -3.0 for when in ("feb_mar_2022", "jan_2022_may_2023")
    }
    still = {**then, "ruble.value_change_pct.2023": -19.6, "ruble.value_change_pct.2024": 0.0}
    assert judged(still)["C60"].verdict == "supported"


def test_the_weakest_part_marks_a_traced_statement():
    assert [part.traced for part in by_id("C33").parts] == ["confirmed", "in_part"]
    items = judged(TODAY)
    marks = [items[name].traced for name in ("C31a", "C33", "C14", "C22b")]
    assert marks == ["confirmed", "in_part", "misread", "unconfirmed"]


def test_a_changed_value_flips_the_verdict_and_is_named():
    scratch = {**TODAY, "remittances.gross.growth_pct.2022": -3.0}
    flips = claims.diff(judged(TODAY).values(), judged(scratch).values())
    assert [(flip.id, flip.was, flip.now) for flip in flips] == [
        ("C63", "depends_on_measure", "supported")
    ]
    assert flips[0].why == (
        "Gross remittances in dollars, change in 2022 "
        "(remittances.gross.growth_pct.2022): 7.083 -> -3.0"
    )


def test_a_changed_rule_is_not_blamed_on_a_value(tmp_path):
    one = {"a.b": number(value=-1.0, text="-1")}
    old = claims.evaluate(claims.load(write(tmp_path, CLAIM)), one, "x")
    new = claims.evaluate(claims.load(write(tmp_path, CLAIM.replace('"<"', '">"'))), one, "x")
    assert claims.diff(old, new)[0].why == "the rule changed"


def one_measure(entry, **rule):
    """The one claim of a ledger of one measure, judged on one entry of the results."""
    measure = claims.Measure(
        label="the measure", key="a.b", **({"compare": "<", "value": 0} | rule)
    )
    claim = claims.Claim(
        id="C99", section="Overview", claim="Something fell.", kind="data", measures=[measure]
    )
    (item,) = claims.evaluate([claim], {"a.b": entry, "c.d": NOTHING}, "current")
    return item


def test_a_withdrawn_value_is_no_value_not_yet_published():
    gone = number(text="withdrawn by the publisher", status="no_data")
    assert one_measure(gone).reason == "withdrawn by the publisher"
    assert one_measure(NOTHING).reason == "not yet published"


@pytest.mark.parametrize(
    ("status", "said"),
    [("final", "−1.0 -> 1.0"), ("estimate", "−1.0 -> 1.0 (estimate)"),
     ("provisional", "−1.0 -> 1.0 (provisional)")],
)  # fmt: skip
def test_what_moved_a_verdict_is_said_with_its_status(status, said):
    old = one_measure(number(value=-1.0, text="−1.0"))
    new = one_measure(number(value=1.0, text="1.0", status=status))
    (flip,) = claims.diff([old], [new])
    assert flip.why == f"the measure (a.b): {said}"


def test_an_id_used_twice_is_refused(tmp_path):
    with pytest.raises(RecordError, match="C01: this id is used twice"):
        claims.load(write(tmp_path, CLAIM + CLAIM))


def test_a_fact_without_a_source_is_refused(tmp_path):
    path = tmp_path / "facts.yml"
    path.write_text(yaml.safe_dump({"x": {"value": 1, "text": "1", "confidence": "high"}}))
    with pytest.raises(RecordError, match=r"facts\.yml: x: source"):
        load_facts(path)
