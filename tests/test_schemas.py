"""The schemas of what others read: what fails them, and that a version names one shape."""

import copy
import hashlib
import json
import re

import jsonschema
import pytest
from pydantic_core import to_jsonable_python

from livingbrief.claims import claims, history
from livingbrief.values import results


def objects(told):
    """Give each object that a schema describes by its fields."""
    if isinstance(told, dict):
        if "properties" in told and told.get("type") == "object":
            yield told
        for inner in told.values():
            yield from objects(inner)
    elif isinstance(told, list):
        for inner in told:
            yield from objects(inner)


KEY = "lending.books.count.2022"
NUMBER = {
    "value": 12, "unit": "persons", "text": "12", "n": None, "interval": None, "level": None,
    "status": "final", "sources": [{"source": "Town library", "vintage": "2023-01-31"}],
    "notebook": "lending", "cell": "cell-01",
}  # fmt: skip
MEASURE = {"label": "Books", "key": KEY, "compare": "<", "value": 20}
#: Hash of each shape, without titles and words. Whoever changes one raises its VERSION, says in
#: CHANGELOG.md what a program that reads the file must change, and puts the new hash here.
SHAPES = {
    ("results.json", 2): "2e7d0d92e528",
    ("claims.json", 2): "63718788edb0",
    ("claims_history.json", 1): "ee8094c6c007",
}


def schema_of_results():
    line = "lending.books.count.{year} [persons; 2022] Books"
    return results.schema({"lending": [results.Description.model_validate(line)]})


def judged():
    ledger = [
        claims.Claim(id="C01", section="Overview", claim="Few books are lent.", kind="data",
                     measures=[claims.Measure(**MEASURE)]),
        claims.Claim(id="C02", section="Overview", claim="A rule limits loans.", kind="source",
                     parts=[claims.Part(statement="It does.", traced="confirmed",
                                        confidence="high", sources=("town2022",))]),
    ]  # fmt: skip
    numbers = {KEY: results.Number(**NUMBER)}
    return to_jsonable_python(claims.evaluate(ledger, numbers, "current"), by_alias=True)


def past():
    moved = history.Moved(label="Books", key=KEY, was="", now="12")
    state = history.State(
        date="2023-01-31", verdict="supported", group="holds", reason=None, known=True,
        votes=("supported",), moved=(moved,),
    )  # fmt: skip
    strip = history.Strip(id="C01", claim="Few books are lent.", states=(state,))
    return history.History(edition="current", claims=(strip,)).model_dump(mode="json")


FILES = {
    "results.json": (schema_of_results, lambda: {KEY: copy.deepcopy(NUMBER)}),
    "claims.json": (claims.schema, judged),
    "claims_history.json": (history.schema, past),
}


def validate(file, content):
    told = FILES[file][0]()
    jsonschema.Draft202012Validator.check_schema(told)
    jsonschema.validate(content, told)


@pytest.mark.parametrize("file", FILES)
def test_what_is_made_is_as_its_schema_says(file):
    validate(file, FILES[file][1]())


@pytest.mark.parametrize(
    ("file", "path", "wrong"),
    [
        # a wrong type
        ("results.json", [KEY, "text"], 12),
        # a verdict, a vote or a status that is none
        ("results.json", [KEY, "status"], "sure"),
        ("claims.json", [0, "verdict"], "true"),
        ("claims_history.json", ["claims", 0, "states", 0, "votes"], ["for"]),
        # a source that is missing
        ("results.json", [KEY, "sources"], []),
        ("claims.json", [1, "parts", 0, "sources"], []),
        # a version, and a value, that do not fit
        ("claims_history.json", ["version"], history.VERSION + 1),
        ("results.json", [KEY, "value"], None),
    ],
)
def test_what_is_wrong_fails(file, path, wrong):
    content = FILES[file][1]()
    within = content
    for step in path[:-1]:
        within = within[step]
    assert within[path[-1]] != wrong
    within[path[-1]] = wrong
    with pytest.raises(jsonschema.ValidationError):
        validate(file, content)


def shape(told):
    if isinstance(told, dict):
        words = ("title", "description", "patternProperties")
        kept = {k: v for k, v in told.items() if k not in words or not named(v)}
        return {k: sorted(v) if k == "required" else shape(v) for k, v in kept.items()}
    return [shape(v) for v in told] if isinstance(told, list) else told


def named(value):
    """Whether what stands under ``title`` is words, or keys of one brief; not a field's schema."""
    return isinstance(value, str) or all(re.match(r"\^", key) for key in value)


@pytest.mark.parametrize("file", FILES)
def test_another_shape_is_another_version(file):
    told = FILES[file][0]()
    content = json.dumps(shape(told), sort_keys=True)
    found = hashlib.sha256(content.encode()).hexdigest()[:12]
    assert found == SHAPES.get((file, told["version"])), (
        f"{file} has another shape than its version {told['version']}"
    )


@pytest.mark.parametrize("file", FILES)
def test_no_object_takes_a_field_that_is_not_described(file):
    found = list(objects(FILES[file][0]()))
    assert found
    assert [o["properties"].keys() for o in found if o["additionalProperties"] is not False] == []
