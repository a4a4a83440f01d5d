"""Every wording of every finding is reached by planted data, and reads as a sentence."""

import re
from itertools import islice, product

import pytest

from livingbrief.book.marks import unmarked
from livingbrief.book.own import findings_markdown
from livingbrief.book.prose import Prose
from livingbrief.book.state import BookState
from livingbrief.brief import brief
from livingbrief.claims.findings import (
    Finding,
    Rule,
    judge,
    load,
)
from livingbrief.claims.measures import Measure
from livingbrief.paths import project_root
from livingbrief.values.latest import of_one_year, resolve, years_of
from livingbrief.values.numbers import format_value, with_unit
from tests import golden

ROOT = project_root()
FINDINGS = load(ROOT)
TITLES = {
    name
    for path in ROOT.glob("notebooks/*.ipynb")
    for name in re.findall(r"[\\\"'](F\d+[a-z]?)[\\\"']", path.read_text(encoding="utf-8"))
}
UNKNOWN = "not yet published"
VERDICTS = ("supported", "contradicted", "depends_on_measure", "not_testable")
PRINTED = re.compile(r"[a-z]\w*(?:\.\w+)+")


ACCEPTED = golden.results_of(golden.read("current"))


def planted(key, value, status="final", *, interval=None):
    """An entry as a notebook records it, with the unit and digits that its key has today."""
    entry = {**ACCEPTED[key], "value": value, "status": status}
    if value is None:
        return {**entry, "text": UNKNOWN, "unit": "", "interval": None, "status": "not_published"}
    if ACCEPTED[key]["value"] is None:
        entry |= {"unit": "%", "n": 12, "level": 0.95}
    if isinstance(value, (int, float)):
        decimals = re.search(r"\.(\d+)", ACCEPTED[key]["text"])
        number = format_value(value, len(decimals[1]) if decimals else 0)
        entry["text"] = with_unit(number, entry["unit"])
        entry["interval"] = interval or [value - 1.5, value + 1.5]
    else:
        entry["text"] = str(value)
    return entry


def base_of(finding):
    """All that a finding reads or prints, each with a value."""
    asked = set(finding.keys)
    for words in (finding.holds, finding.fails, finding.near, finding.unknown):
        for expression in re.findall(r"\{\{(.*?)\}\}", words):
            asked |= set(PRINTED.findall(expression))
    keys = set()
    for path in asked:
        parts = path.split(".")
        stems = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
        for stem in stems:
            stem = stem.removesuffix(".latest").removesuffix(".since")
            found = [stem] if stem in ACCEPTED else [*years_of(ACCEPTED, stem).values()]
            if found:
                keys |= set(found)
                break
        else:
            raise AssertionError(f"{finding.id}: no notebook records '{path}'")
    ends = {key for asked_key in finding.keys if (key := resolve(ACCEPTED, asked_key))}
    return {
        key: planted(key, 12.0) if key in ends and ACCEPTED[key]["value"] is None else entry
        for key in sorted(keys)
        for entry in [ACCEPTED[key]]
    }


def states(condition, base, shared):
    """What a condition may meet: a few entries for its key, each deciding it in another way."""
    key = shared.get(condition.key) or resolve(base, condition.key)
    limit = condition.value if condition.than is None else base[resolve(base, condition.than)]
    if isinstance(limit, dict):
        limit = limit["value"]
    step = condition.tolerance + 1

    def entries(*values):
        return [{key: planted(key, value)} for value in values]

    years = years_of(base, condition.key.removesuffix(".latest"))
    gone = [*years.values()] if condition.key.endswith(".latest") else [key]
    missing = {name: planted(name, None) for name in gone}
    if condition.of == "status":
        value = base[key]["value"]
        told = ("final", "provisional", "estimate")
        return [{key: planted(key, value, status)} for status in told] + [missing]
    if condition.compare == "outside" or condition.of in ("low", "high"):
        around = ([limit - step, limit + step], [limit + step, limit + 2 * step],
                  [limit - 2 * step, limit - step], [limit, limit])  # fmt: skip
        return [{key: planted(key, sum(i) / 2, interval=i)} for i in around] + [missing]
    if condition.exact:
        other = resolve(base, condition.than)
        hundred = {other: planted(other, 100)}
        return [{**hundred, key: planted(key, value)} for value in (10, 100, 900)] + [missing]
    match condition.compare:
        case "==" | "!=" | "sign_changes":
            other = f"not {limit}".strip() if isinstance(limit, str) else -limit or limit + 1
            return [*entries(limit, other), missing]
        case "within" | "abs_lt":
            return [*entries(limit, limit + 2 * step, 0), missing]
        case "between":
            return [*entries((condition.low + condition.high) / 2, condition.high + 1), missing]
    near = [limit + condition.tolerance / 2] if condition.tolerance else []
    far = 1000 * step  # where another condition asks for more of the same key
    return [*entries(limit - step, limit + step, *near, limit - far, limit + far, 0), missing]


def possible(finding):
    """Outcomes that a finding can have."""
    can = {"holds", "fails", "unknown"}
    near = finding.claims or [
        m for m in finding.measures if m.exact or (m.tolerance and m.compare in "<=>=")
    ]
    return can | ({"near"} if near else set())


def reached(finding):
    """Outcome to results and verdicts that give it."""
    base = base_of(finding)
    named = list(dict.fromkeys(finding.claims))
    found = {}
    wanted = possible(finding)
    # Left as it is: what another condition on the same key has planted.
    shared = of_one_year(base, finding.asked) or {}
    meets = [[*states(c, base, shared), {}] for c in finding.measures]
    for choice in islice(product(*meets, product(VERDICTS, repeat=len(named))), 20_000):
        *entries, verdicts = choice
        results = dict(base)
        for entry in entries:
            results |= entry
        said = judge(finding, results, dict(zip(named, verdicts, strict=True)))
        found.setdefault(said["outcome"], (said, results))
        if found.keys() >= wanted:
            break
    return found


def rendered(said, results):
    """The wording as a page prints it: with '? ', since what a rule reads may be known alone."""
    places = {"country_name": "Kyrgyzstan", "Country_name": "Kyrgyzstan"}
    names = {**brief().words("KGZ", "RUS"), "country": "KGZ", **places}
    prose = Prose(results, names, findings=[said])
    return prose.render(f"{{finding}}`{said['id']}`").strip()


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda item: item.id)
def test_planted_data_reach_each_wording_and_it_reads_as_a_sentence(finding):
    found = reached(finding)
    assert set(found) == possible(finding)
    for outcome, (said, results) in found.items():
        text = rendered(said, results)
        assert said["outcome"] == outcome
        for wrong in (r"\{\{", r"\}\}", r"None(?! of)", UNKNOWN, "  ", " ,", r" \."):
            assert not re.search(wrong, text), (outcome, text)
        if text and finding.id not in TITLES:
            assert re.search(r"[.?]\**$", text), (outcome, text)
            assert re.match(r"\W*[A-Z0-9]", text), (outcome, text)


def test_a_wording_that_no_data_reach_is_seen():
    key = "remittances.gross.growth_pct.2022"
    rule = Rule(all=[Measure(key=key, compare=sign, value=0) for sign in "<>"])
    never = FINDINGS[0].model_copy(update={"rule": rule, "holds": "It cannot be."})
    assert "holds" not in reached(never)


def test_the_page_says_each_rule_in_words_first_and_folds_its_code(tmp_path):
    results = {
        "poverty.rate_pct.2020": {**ACCEPTED["poverty.rate_pct.2020"], "notebook": "conditions"},
        "poverty.rate_pct.2019": {**ACCEPTED["poverty.rate_pct.2019"], "notebook": "conditions"},
    }
    rule = {"key": "poverty.rate_pct.2020", "compare": ">", "than": "poverty.rate_pct.2019"}
    told = {"id": "F01", "chapter": "summary", "rule": rule, "holds": "It rose.", "fails": "No."}
    item = judge(Finding.model_validate(told), results)
    book = {"chapters": ["conditions"], "narrative": True, "edition": {}}
    state = BookState(ROOT, results, [], [item], book, brief=brief())
    page = unmarked(findings_markdown(ROOT, state, {})).replace("\xa0", " ")
    row = next(line for line in page.splitlines() if line.startswith("| F01"))
    assert (
        "**Share of people below the national poverty line: 2020**: 25.3 % against 20.1 % (2019); "
        "met if above the second figure." in row
    )
    assert "`" not in row
    folded = page.partition("<details>")[2].partition("</details>")[0]
    assert "- F01: `poverty.rate_pct.2020 > poverty.rate_pct.2019`" in folded


def test_an_annex_leaves_out_findings_whose_figures_it_does_not_have():
    rule = {"key": "poverty.rate_pct.2020", "compare": ">", "value": 0}
    told = {"id": "F01", "chapter": "summary", "rule": rule, "holds": "It rose.", "fails": "No."}
    key = "poverty.rate_pct.2020"
    none = {"value": None, "text": UNKNOWN, "status": "no_data", "interval": None}
    results = {key: {**ACCEPTED[key], **none, "notebook": "conditions"}}
    item = judge(Finding.model_validate(told), results)
    for narrative in (True, False):
        book = {"chapters": ["conditions"], "narrative": narrative, "edition": {}}
        state = BookState(ROOT, results, [], [item], book, brief=brief())
        page = findings_markdown(ROOT, state, {})
        assert ("Not said in this edition" in page) == narrative
        assert ("no findings of its own" in page) != narrative
