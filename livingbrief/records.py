"""Records kept as data files in ``book/``: facts, errata, recommendations.

Prose holds no typed numbers: what a statute, a date or a quoted forecast says stands in
``book/facts.yml`` with its source, and a page prints it as ``{{ facts.western_union_announced }}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from itertools import compress
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from livingbrief.errors import BuildError, InputError, read_text

Confidence = Literal["high", "medium", "low"]


class RecordError(BuildError):
    """A record in a data file of the book is wrong; the message names file and record."""

    exit_code = InputError.exit_code


class Record(BaseModel):
    """Base of the records: no unknown fields, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Changed(Record):
    """What something was and what it is, ``from`` and ``to`` in a file."""

    model_config = ConfigDict(populate_by_name=True)
    was: str = Field(validation_alias="from", serialization_alias="from")
    now: str = Field(validation_alias="to", serialization_alias="to")


class Fact(Record):
    """A fact of law or of history, printed in prose by its key."""

    value: str | int | float | date
    text: str = Field(min_length=1)
    source: str | tuple[str, ...]
    confidence: Confidence
    note: str = ""

    def __str__(self) -> str:
        """Return the text as printed."""
        return self.text

    @property
    def sources(self) -> tuple[str, ...]:
        """Citation keys of the sources."""
        return (self.source,) if isinstance(self.source, str) else self.source


class Erratum(Record):
    """A slip or an inconsistency of the brief, with its evidence."""

    id: str
    where: str
    printed: str
    found: str
    group: Literal["substance", "citation", "form"]
    sources: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()


class Event(Record):
    """Something that happened in the matter of a recommendation, before or since the brief."""

    date: str
    text: str
    sources: tuple[str, ...] = Field(min_length=1)


class Indicator(Record):
    """A number to watch, or something to be carried out in steps.

    Attributes
    ----------
    key : str
        ``stem.latest``: keys of ``results.json`` by year; empty for what no number measures.
    label : str
        What is counted or carried out.
    good : str
        The way that is progress, of a number.
    steps : tuple of str
        Dates of the events that carry out what no number measures.
    whole : bool
        Whether one such step is all that was asked for.
    reported : tuple of str
        Dates of the events that speak of the number without giving it: its status is unknown where
        one is later than the newest figure.
    note : str
        What else a reader of the number has to know; a template.
    """

    label: str
    key: str = ""
    good: Literal["rises", "falls"] = "rises"
    steps: tuple[str, ...] = ()
    whole: bool = False
    reported: tuple[str, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _one_kind(self) -> Indicator:
        if self.key and (self.steps or self.whole):
            raise ValueError("a number has no steps")
        return self


class Recommendation(Record):
    """One of the brief's recommendations, in our words, and what became of it.

    `checked`: the day on which events were last looked for.
    """

    id: str
    title: str
    text: str
    indicators: tuple[Indicator, ...]
    events: tuple[Event, ...]
    reading: str
    checked: date | None = None
    supports: tuple[str, ...] = ()
    weakens: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()

    def sentences(self) -> dict[str, str]:
        """Return what a translation of it has to say, by the name that it has there."""
        events = {f"{self.id} {event.date}": event.text for event in self.events}
        notes = {f"{self.id} {i.label}": i.note for i in self.indicators if i.note}
        return {**events, **notes, f"{self.id} reading": self.reading}

    @model_validator(mode="after")
    def _steps_have_happened(self) -> Recommendation:
        dates = {event.date for event in self.events}
        if unknown := {step for i in self.indicators for step in i.steps} - dates:
            raise ValueError(f"no event has the date of the step '{min(unknown)}'")
        return self


class Action(Record):
    """What is to be done: a heading of the recommendations, and what one line says of it.

    `action`: label of the heading; `because`: a sentence, as a finding says it, or nothing; `who`:
    an office that exists; `first`: what it can do first, as an imperative without a full stop;
    `sign`: the act that its head signs; `basis`: what that act can rest on in the sources cited, or
    that nothing was found; `month`: what can be done in thirty days; `takes`: staff, data, cost;
    `by`: the month by which the first step can be done, "2027-06"; `watch`: what shows that it was
    done: a number, or without a key something that is not published yet.
    """

    action: str
    because: str
    who: str
    first: str
    sign: str = ""
    basis: str = ""
    month: str = ""
    takes: str = ""
    by: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    watch: Indicator

    def is_past(self, day: date) -> bool:
        """Whether its month is over on a day."""
        return day.isoformat()[: len(self.by)] > self.by

    def sentences(self) -> dict[str, str]:
        """Return what a translation of it has to say, by the name that it has there."""
        named = ("because", "who", "first", "sign", "basis", "month", "takes")
        said = {name: getattr(self, name) for name in named}
        return {f"{self.action} {name}": text for name, text in said.items() if text}


# libyaml's, ten times as fast, where PyYAML has it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Loader(_LOADER):
    """Reads YAML, but no key that stands twice, of which YAML would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        """Read a mapping, each key once."""
        seen = set()
        for key, _ in node.value:
            named = key.value if isinstance(key, yaml.ScalarNode) else None
            if named is None or named in seen:
                fault = "a key is a list" if named is None else f"'{named}' stands twice"
                raise yaml.constructor.ConstructorError(None, None, fault, key.start_mark)
            seen.add(named)
        return super().construct_mapping(node, deep)


def refuse(faults: Mapping[str, bool]) -> None:
    """Raise the first of some messages whose fault is there."""
    for message, there in faults.items():
        if there:
            raise ValueError(message)


def schema_of(shape: Any, version: int) -> dict[str, Any]:
    """Return the JSON Schema of a file of models, with its version."""
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema", "version": version}
    return {**draft, **TypeAdapter(shape).json_schema(mode="serialization")}


Model = TypeVar("Model", bound=BaseModel)
Shape = TypeVar("Shape")


def read_as(shape: type[Shape], path: Path) -> Shape:
    """Return what a JSON file holds as models; a `ValueError` if it does not hold that."""
    return TypeAdapter(shape).validate_json(path.read_bytes())


def parse_yaml(text: str) -> Any:
    """Return what YAML says; a ValueError if it is not YAML, or has an alias or a tag."""
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            tag = getattr(event, "tag", None)
            if tag or isinstance(event, yaml.AliasEvent):
                fault = f"a tag ({tag})" if tag else "an alias (*name)"
                raise yaml.YAMLError(f"{fault} is not read here {event.start_mark}")
        return yaml.load(text, Loader=Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(" ".join(str(error).split())) from None


def read_yaml(path: Path, absent: Any = None) -> Any:
    """Read a YAML file: a mapping, or what `absent` is, for which a brief may do without the file.

    A file of comments alone is as good as absent.

    Raises
    ------
    RecordError
        When the file is not YAML in UTF-8, or holds something else.
    """
    if absent is not None and not path.is_file():
        return absent
    try:
        text = path.read_text(encoding="utf-8")
        found = parse_yaml(text)
    except ValueError as error:
        raise RecordError(f"{path.name} is not valid YAML: {error}") from error
    if absent is not None and found is None and text.lstrip().startswith("#"):
        return absent
    if isinstance(absent, list) != isinstance(found, list) or not isinstance(found, list | dict):
        wanted = "a list of entries" if isinstance(absent, list) else "names with their values"
        raise RecordError(f"{path.name} must hold {wanted}")
    return found


def checked(model: type[Model], fields: Any, where: str) -> Model:
    """Return `fields` as `model`, or raise a `RecordError` that says what is wrong at `where`."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        path, fault, _ = first_fault(model, error)
        raise RecordError(f"{where}: {path or 'record'}: {fault}") from error


def first_fault(model: Any, error: ValidationError) -> tuple[str, str, object]:
    """Return which field does not fit a model, why, and what it holds; unknown fields first."""
    faults = error.errors(include_url=False)
    first = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")
    why = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        for part in (*first["loc"][:-1], ""):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            kind = fields[part].annotation if part in fields else None
            model = next((k for k in (kind, *get_args(kind)) if hasattr(k, "model_fields")), model)
        why = f"unknown field '{first['loc'][-1]}'; the fields there are {', '.join(fields)}"
    return ".".join(map(str, first["loc"])), why, first["input"]


def checked_list(model: type[Model], items: Iterable[Any], name: str) -> tuple[Model, ...]:
    """Return `items` as models; each must have an ``id`` of its own.

    Parameters
    ----------
    model : type
        The model of one item.
    items : iterable of dict
        As read from the file.
    name : str
        Name of the file, for messages.
    """
    records: dict[str, Model] = {}
    for number, item in enumerate(items, start=1):
        label = item.get("id", f"item {number}") if isinstance(item, dict) else f"item {number}"
        record = checked(model, item, f"{name}: {label}")
        if label in records:
            pages = [getattr(r, "chapter", "") for r in (records[label], record)]
            at = f", on the pages {' and '.join(pages)}" if all(pages) else ""
            raise RecordError(f"{name}: {label}: this id is used twice{at}")
        records[label] = record
    return tuple(records.values())


def load_facts(path: Path) -> dict[str, Fact]:
    """Read ``book/facts.yml``: key to fact."""
    data = read_yaml(path, absent={})
    return {key: checked(Fact, item, f"{path.name}: {key}") for key, item in data.items()}


def _listed(model: type[Model], path: Path) -> tuple[Model, ...]:
    """Read a list of records; those of recommendations and of actions stand in one file."""
    read = read_yaml(path, absent=[])
    asked = [(isinstance(item, dict) and "action" in item) == (model is Action) for item in read]
    return checked_list(model, compress(read, asked), path.name)


load_errata = partial(_listed, Erratum)
load_recommendations = partial(_listed, Recommendation)
load_actions = partial(_listed, Action)

#: What reads records, and their file.
LOADERS: tuple[tuple[Callable[[Path], object], str], ...] = (
    (load_facts, "facts.yml"),
    (load_errata, "errata.yml"),
    (load_recommendations, "recommendations.yml"),
    (load_actions, "recommendations.yml"),
)


def refuse_faulty(book: Path) -> None:
    """Refuse, with an error that names it, what no task of a build could read."""
    for load, name in LOADERS:
        load(book / name)
    for path in (*book.rglob("*.md"), *book.glob("*.bib")):
        read_text(path)
