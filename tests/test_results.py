"""What results.json may hold stands in one place, and the check, the schema and the page follow."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from livingbrief.paths import project_root
from livingbrief.records import RecordError
from livingbrief.run.editions import load_edition
from livingbrief.values import results
from livingbrief.values.numbers import Recorder
from livingbrief.values.results import Description

ROOT = project_root()
SOURCE = [{"source": "World Bank", "vintage": "2026-04-01"}]


def described(**fields: object) -> Description:
    key = fields.pop("key")
    patterns = key if isinstance(key, tuple) else (key,)
    return Description(**{"patterns": patterns, "unit": "percent", "is": "A share", **fields})


def test_spans_that_reach_an_edition_go_on_with_it():
    item = described(key="flow.{year}", years="2022, 2024-2025+")
    for last, asked in ((2023, [2022, 2024, 2025]), (2027, [2022, 2024, 2025, 2026, 2027])):
        assert item.keys("flow.{year}", {"last_year": last}) == [f"flow.{y}" for y in asked]
    now = load_edition(ROOT, "current").last_year
    ends = [
        (d.patterns, end)
        for entries in results.load(ROOT / "book" / "results.yml").values()
        for d in entries
        for end in re.findall(r"-(\d{4})\b(?!\+)", d.years)
    ]
    assert ends and [told for told in ends if int(told[1]) >= now] == []


def test_options_and_years_become_keys():
    item = described(key="flow.{gross|net}.{year}", years="2009, 2014-2015, shocks")
    assert list(item.families()) == ["flow.gross.{year}", "flow.net.{year}"]
    assert item.keys("flow.net.{year}", {"shocks": [2012, 2014]}) == [
        f"flow.net.{year}" for year in (2009, 2012, 2014, 2015)
    ]
    assert described(key="a.{any}").keys("a.{any}", {}) == []


def test_what_only_the_data_name_is_described_but_not_asked_for():
    # Of two that describe a key the first counts.
    found = [described(key=("a.known", "a.{any}"), digits=2), described(key="{any}.fc07")]
    recorder = Recorder("demo", found, {}, range(2005, 2025))
    recorder.record("a.fc07", 3.14159, sources=SOURCE)
    done = recorder.finished()
    assert done["a.fc07"].text == "3.14%" and done["a.known"].value is None
    assert sorted(done) == ["a.fc07", "a.known"]


def test_the_digits_are_those_of_the_unit_unless_others_are_given():
    assert described(key="a.b").places == 1
    assert described(key="a.b", unit="persons").places == 0
    assert described(key="a.b", unit="persons", digits=1).places == 1
    small = described(key="a.b", small=True)
    assert [small.places_of(n) for n in (0.031, 2.0, 0.0, 0.06, -0.0004)] == [2, 1, 1, 1, 4]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"patterns": ["a.{b|c}", "a.b"]}, "'a.b' is described twice"),
        ({"patterns": ["Money.gross"]}, "not a dotted lower-case path"),
        ({"patterns": ["a.2021.b"]}, "not a dotted lower-case path"),
        ({"patterns": ["a.b"], "digit": 1}, "unknown field 'digit'; the fields there are patterns"),
        ({"patterns": ["a.b"], "is": ""}, "is: String should have at least 3"),
    ],
)
def test_a_wrong_entry_is_named(entry, message, tmp_path):
    path = tmp_path / "results.yml"
    path.write_text(json.dumps({"demo": [{"unit": "percent", "is": "A share", **entry}]}))
    with pytest.raises(RecordError, match=r"results\.yml: demo") as caught:
        results.load(path)
    assert message in str(caught.value)


def test_the_schema_holds_what_is_recorded_and_nothing_else(tiny):
    schema = tiny.json("results.schema.json")
    recorded = tiny.json("results.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(recorded, schema)
    key = "remittances.gross.growth_pct.2022"
    for field, value in (("unit", "persons"), ("status", "sure"), ("n", 1.5), ("notebook", "x")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({key: {**recorded[key], field: value}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"remittances.gross.growth.2022": recorded[key]}, schema)


def test_every_chapter_is_described_and_no_key_by_two():
    book = results.load(ROOT / "book" / "results.yml")
    assert set(book) == {p.stem for p in Path(ROOT, "notebooks").glob("*.ipynb")}
    owner: dict[str, str] = {}
    for name, items in book.items():
        for family in (f for item in items for f in item.families()):
            assert owner.setdefault(family, name) == name, f"{family} has two owners"
