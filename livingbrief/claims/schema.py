"""A JSON Schema of ``claims.json``."""

from __future__ import annotations

from typing import Any, get_args

from livingbrief.claims import claims, firm
from livingbrief.values.results import Status

VERSION = 1

_TEXT, _BOOLEAN, _YEAR = {"type": "string"}, {"type": "boolean"}, {"type": "integer"}
_MAYBE = {"type": ["string", "null"]}
_NUMBER, _MAYBE_NUMBER = {"type": "number"}, {"type": ["number", "null"]}
_TEXTS = {"type": "array", "items": _TEXT}
_VALUE = {"type": ["number", "string", "array", "null"]}
_VERDICT, _GROUP = {"enum": [*claims.VERDICTS]}, {"enum": [*claims.GROUPS]}
_STATUS = {"enum": [*get_args(Status)]}
_TRACED = {"enum": [*get_args(claims.Traced)]}


def _object(**properties: Any) -> dict[str, Any]:
    """Return an object that has all of these and nothing else."""
    needed = {"type": "object", "required": [*properties], "properties": properties}
    return {**needed, "additionalProperties": False}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def schema() -> dict[str, Any]:
    """Return the schema; what a verdict and a class can be is that of the code."""
    number = {"key": _TEXT, "value": _VALUE, "text": _TEXT, "status": _STATUS}
    revision = _object(median=_NUMBER, largest=_NUMBER, n=_YEAR, first=_YEAR, since=_TEXT)
    sure = _object(
        margin=_MAYBE_NUMBER,
        unit=_TEXT,
        revision=_or_null(revision),
        publisher=_TEXT,
        of={"enum": ["value", "than", "difference"]},
        **{"class": {"enum": [*firm.CLASSES]}},
    )
    measure = _object(
        label=_TEXT,
        **number,
        compare=_TEXT,
        limit=_VALUE,
        shown_as=_MAYBE,
        than=_or_null(_object(**number)),
        tolerance=_NUMBER,
        exact=_BOOLEAN,
        counts=_BOOLEAN,
        about={"enum": ["claim", "since"]},
        year=_YEAR,
        verdict={"enum": [*get_args(claims.Vote)]},
    )
    told = {**measure, "properties": {**measure["properties"], "firm": _or_null(sure)}}
    then = _object(
        edition=_TEXT,
        verdict=_VERDICT,
        group=_GROUP,
        reason=_MAYBE,
        measures={"type": "array", "items": measure},
    )
    part = {
        **_object(
            statement=_TEXT,
            traced=_TRACED,
            confidence={"enum": [*get_args(claims.Confidence)]},
            sources=_TEXTS,
        ),
        # What was traced says to where.
        "if": {"properties": {"traced": {"not": {"const": "unconfirmed"}}}},
        "then": {"properties": {"sources": {"minItems": 1}}},
    }
    claim = _object(
        id={"type": "string", "pattern": r"^C\d\d[a-z]?$"},
        section=_TEXT,
        claim=_TEXT,
        footnotes={"type": "array", "items": _YEAR},
        kind={"enum": ["data", "causal", "source"]},
        verdict=_VERDICT,
        group=_GROUP,
        reason=_MAYBE,
        traced=_or_null(_TRACED),
        confidence=_MAYBE,
        measures={"type": "array", "items": told},
        shown={"type": "array", "items": _object(label=_TEXT, **number)},
        evidence=_TEXTS,
        parts={"type": "array", "items": part},
        would_need=_MAYBE,
        sources=_TEXTS,
        chapters=_TEXTS,
        edition=_TEXT,
        adds=_TEXT,
        note=_TEXT,
        then=_or_null(then),
        bands={"type": "object", "additionalProperties": _VERDICT},
        could_turn={
            "type": "array",
            "items": _object(key=_TEXT, to={"type": "array", "items": _VERDICT, "minItems": 1}),
        },
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Claims",
        "version": VERSION,
        "type": "array",
        "items": claim,
    }
