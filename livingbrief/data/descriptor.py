"""What ``datapackage.json`` says, as models, and how it is read and written."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

from filelock import FileLock, Timeout
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from livingbrief.errors import InputError, PackageError
from livingbrief.escape import texts, unfit, unfit_address, unfit_name

DESCRIPTOR = "datapackage.json"
MISSING = f"listed in {DESCRIPTOR} but not in the folder; restore the file, or take its entry out"
PART = ".part"
WAIT_SECONDS = 60.0
#: Properties of the descriptor that hold names and titles.
NAMES = ("title", "label", "unit", "publisher", "dataset")
ISO_DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
DAY_OR_MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?$"

Text = Annotated[str, StringConstraints(min_length=1)]
Day = Annotated[str, StringConstraints(pattern=ISO_DATE)]
Number = int | float
Status = Literal["final", "quoted", "provisional", "estimate"]


class DescriptorError(PackageError):
    """The descriptor cannot be read, or says what it may not; the message names the place."""

    exit_code = InputError.exit_code


class Model(BaseModel):
    """A part of the descriptor; what else it says is kept when it is written."""

    model_config = ConfigDict(extra="allow")

    def as_json(self) -> dict[str, Any]:
        """Return it as it stands in the descriptor: what was stated, nothing assumed."""
        found: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return found


class Limits(Model):
    """What the values of a column may be."""

    required: bool = False
    unique: bool = False
    minimum: Number | None = None
    maximum: Number | None = None
    enum: list[Any] | None = None
    pattern: str = ""


class Column(Model):
    """A column of a table."""

    name: Text
    type: Literal["string", "number", "integer", "boolean"]
    description: Text
    unit: str = ""
    constraints: Limits = Limits()


class Schema(Model):
    """Columns of a table, and those that tell one row from another."""

    fields: list[Column]
    primaryKey: list[str]


class Licence(Model):
    """A licence, and where its terms are."""

    name: Text
    title: Text
    path: str = ""


class Published(Model):
    """What a publisher offers as one dataset."""

    publisher: Text
    dataset: Text

    @property
    def line(self) -> str:
        """Publisher and dataset, as exhibits cite them."""
        return f"{self.publisher}, {self.dataset}"


class Cited(Published):
    """Where figures of a file are from, and what of it may be passed on."""

    id: Text
    title: Text
    path: Text
    accessed: Text
    stated_vintage: str = ""
    redistribute: str = ""
    file: str = ""


class Estimate(Model):
    """A value that its publisher calls an estimate."""

    indicator: Text
    iso3: str
    year: int
    status: Status
    reason: Text


class Maturity(Model):
    """How final the values of a vintage are.

    `rows`: the status of single figures by the value of a column, where it is not the default.
    """

    default: Status = "final"
    estimates: list[Estimate] = []
    rows: dict[str, dict[str, Status]] = {}
    words: str = ""


class Note(Model):
    """What moved years of a series in a printing, or why a value is right that stands out."""

    series: Text
    years: Annotated[list[int], Field(min_length=1)]
    note: Text


class Unusable(Model):
    """Rows that a vintage misprints, by column and value; any of `split_by` is filled."""

    where: Annotated[dict[str, Any], Field(min_length=1)]
    split_by: Annotated[list[str], Field(min_length=1)]
    why: Text


class RowsDated(Model):
    """How rows of single figures are dated; `livingbrief.data.known.printed_on` reads it."""

    by: Text
    of: str = ""
    prints: str = ""
    dates: dict[str, str] = {}
    undated_after_days: int | None = None


class Resource(Model):
    """One file of the package: one table of one publisher as printed at one date."""

    name: Text
    path: Text
    title: Text
    description: str = ""
    table: Text
    part: str = ""
    publisher: Text
    vintage: Day
    dated_by: str = "release"
    dated_note: str = "as its publisher dates it"
    coverage: Literal["full", "partial"] = "full"
    covers: str = "the whole table"
    bytes: int = 0
    hash: Text
    licenses: list[Licence]
    sources: list[Cited]
    maturity: Maturity = Maturity()
    caveats: list[str] = []
    notes: list[Note] = []
    checks: list[dict[str, Any]] = []
    rows_dated: RowsDated | None = None
    unrevised: bool = False
    lag_days: int = 0
    made_with: dict[str, str] = {}
    key_source: str = ""
    unusable: list[Unusable] = []
    layout: Schema = Field(alias="schema")

    def __hash__(self) -> int:
        """Resources of a package differ by name."""
        return hash(self.name)

    @property
    def fields(self) -> list[Column]:
        """Columns."""
        return self.layout.fields

    @property
    def key(self) -> list[str]:
        """Columns that tell one row from another."""
        return self.layout.primaryKey

    @property
    def is_full(self) -> bool:
        """Whether the vintage holds the whole table rather than some of its series."""
        return self.coverage == "full"

    @property
    def prints(self) -> str:
        """The table whose series its rows print again and again; empty if there is none."""
        return self.rows_dated.prints if self.rows_dated else ""

    def allowed(self, name: str) -> list[Any]:
        """Return the documented values of a column; none where any may stand in it."""
        return next((c.constraints.enum or [] for c in self.fields if c.name == name), [])


class Archive(Model):
    """A file that only a study reads: no vintage, and no build opens it.

    Its columns are described like those of a resource, for readers; `check` compares the hash.
    """

    name: Text
    path: Text
    title: Text
    description: Text
    bytes: int = 0
    hash: Text
    licenses: list[Licence]
    sources: list[Cited]
    caveats: list[str] = []
    layout: Schema = Field(alias="schema")


class Table(Published):
    """A table, whichever vintages it has.

    `in_line`: rows, by column and value, whose values are looked at if they stand out in time.
    """

    title: Text
    in_line: dict[str, Any] | None = None
    aggregates: list[str] = []
    left_out: list[str] = []


class Indicator(Model):
    """A series: what a reader calls it, in which unit, and within which range it is plausible.

    `status`: of all its years, where its publisher models it.
    """

    label: Text
    unit: str
    status: Status = "final"
    minimum: Number | None = None
    maximum: Number | None = None
    unrevised: bool = False
    lag_days: int = 0
    also: list[str] = []


class Release(Model):
    """When a publisher was last looked at, and when it prints next (a date or a month).

    `known`: announced by the publisher, or read off the dates of past vintages.
    """

    checked: Literal[""] | Day = ""
    next_release: Literal[""] | Annotated[str, StringConstraints(pattern=DAY_OR_MONTH)] = ""
    known: Literal["", "calendar", "usual month"] = ""
    what: str = ""
    why: str = ""
    table: str = ""

    @model_validator(mode="after")
    def _said(self) -> Release:
        if self.next_release and not (self.known and self.what and self.why):
            raise ValueError("next_release lacks known, what or why")
        return self


class Right(Model):
    """What may be passed on of a table, and the licences that allow it."""

    licences: list[str] = []


class Descriptor(Model):
    """The package: its tables, series, publishers and files."""

    resources: list[Resource]
    archives: list[Archive] = []
    tables: dict[str, Table]
    indicators: dict[str, dict[str, Indicator]] = {}
    publishers: dict[str, Release] = {}
    dated_by: dict[str, str] = {}
    redistribute: dict[str, Right] = {}


def package_dir(root: Path) -> Path:
    """Return the folder that holds the package: `root` itself, or its folder `data`."""
    root = Path(root)
    for folder in (root, root / "data"):
        if (folder / DESCRIPTOR).is_file():
            return folder
    raise DescriptorError(
        f"no {DESCRIPTOR} in {root} or in {root / 'data'}: give the project's folder"
    )


def hash_of(raw: bytes) -> str:
    """Return the hash of a file's bytes as the descriptor records it."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def read_descriptor(folder: Path) -> dict[str, Any]:
    """Read the package's descriptor; a `DescriptorError` names the line that is not JSON."""
    path = folder / DESCRIPTOR
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise DescriptorError(
            f"{path} is not valid JSON in UTF-8: {error}; a quotation mark may be missing there or "
            "in the line before, or a comma, of which the last entry of a list has none"
        ) from error
    return content


def described(raw: dict[str, Any]) -> Descriptor:
    """Return a descriptor as models, or refuse it.

    A `DescriptorError` names each property that is missing or is not what it has to be, and markup
    in names and titles, signs that nobody sees, and addresses that are none.
    """
    for place, text in texts(raw):
        fault = unfit_name(text) if {*place[-1:]} & {*NAMES} else unfit(text)
        fault = fault or (unfit_address(text) if place[-1:] == ("path",) else "")
        if fault:
            raise DescriptorError(f"{DESCRIPTOR}: {'.'.join(place)}, {text!r}, holds {fault}")
    try:
        return Descriptor.model_validate(raw)
    except ValidationError as error:
        raise DescriptorError(f"{DESCRIPTOR}: {'; '.join(_faults(error, raw))}") from None


def _faults(error: ValidationError, raw: dict[str, Any]) -> Iterator[str]:
    for fault in error.errors(include_url=False):
        first, *rest = fault["loc"] or ("its content",)
        entry = raw["resources"][rest[0]] if first == "resources" and rest else None
        if isinstance(entry, dict) and "name" in entry:
            rest = [entry["name"], *rest[1:]]
        what = "is missing" if fault["type"] == "missing" else f"{fault['input']!r}: {fault['msg']}"
        yield f"{', '.join(map(str, [first, *rest]))} {what}"


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the package's lock, and remove half-written files of an interrupted writer.

    A `PackageError` if another writer holds it, or the folder cannot be written to. It lies outside
    the package, so that a refused file leaves nothing.
    """
    place = folder.parent / ".build"
    try:
        place.mkdir(exist_ok=True)
        lock = FileLock(place / f"{folder.name}.lock")
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout:
        raise PackageError(f"another command is changing {folder}; wait until it ends") from None
    except OSError as error:
        raise PackageError(f"{folder} cannot be written to: {error.strerror}") from error
    try:
        for half in folder.rglob(f".*{PART}"):
            half.unlink()
        yield
    finally:
        lock.release()


def register(folder: Path, files: Mapping[str, bytes], descriptor: dict[str, Any]) -> None:
    """Put new files in their places, by path, then replace the descriptor; inside `writing`.

    An interruption at any moment leaves the package whole: a file that the descriptor does not list
    is no part of it, and `check` names one that was left. A `PackageError` if another file is there
    already, a text of the descriptor is unfit, or the disk refuses.
    """
    described(descriptor)
    for path, content in files.items():
        # The same content is what an interrupted writer left.
        if (folder / path).exists() and (folder / path).read_bytes() != content:
            raise PackageError(
                f"{path} exists already; files of a vintage are never overwritten. If "
                f"{DESCRIPTOR} does not list it, delete it and run this again"
            )
    try:
        for path, content in files.items():
            write_whole(folder / path, content)
        write_descriptor(folder, descriptor)
    except OSError as error:
        why = f"could not be written ({error.strerror})"
        raise PackageError(f"the vintage {why}: the package is as it was") from error


def write_descriptor(folder: Path, descriptor: dict[str, Any]) -> None:
    """Write the descriptor in one move, so that an interruption never leaves half of it."""
    text = json.dumps(descriptor, indent=1, ensure_ascii=False) + "\n"
    write_whole(folder / DESCRIPTOR, text.encode("utf-8"))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name, and move it to its place once it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}{PART}")
    try:
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def rehash(root: Path) -> list[str]:
    """Renew hash and size of every listed file that was changed on purpose; give their paths.

    It says nothing of the content: run `check` after it. A `PackageError` if a file is missing.
    """
    folder = package_dir(root)
    descriptor = read_descriptor(folder)
    renewed = []
    try:
        listed = [*descriptor["resources"], *descriptor.get("archives", ())]
        files = [(entry, folder / entry["path"]) for entry in listed]
    except (KeyError, TypeError):
        described(descriptor)
        raise
    for entry, path in files:
        if not path.is_file():
            raise PackageError(f"{entry['path']}: {MISSING}")
        raw = path.read_bytes()
        if (entry.get("hash"), entry.get("bytes")) != (hash_of(raw), len(raw)):
            renewed.append(entry["path"])
            entry |= {"hash": hash_of(raw), "bytes": len(raw)}
    if renewed:
        write_descriptor(folder, descriptor)
    return renewed
