"""What the publishers print now: the World Bank's API, the Statistical Committee's tables."""

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import requests

from livingbrief.data.catalog import Catalog
from livingbrief.data.fetching import FetchError, Line, TemporaryError
from livingbrief.data.reading import Member, Reading
from livingbrief.wording import counted
from remitrisk.layouts import nsc, worldbank

WORLD_BANK = "https://api.worldbank.org/v2"
WDI = 2
ROWS_A_PAGE = 20_000
#: Indicator, economy, year, value.
Row = tuple[str, str, str, float | None]
STATISTICAL_COMMITTEE = "https://sustainabledevelopment-kyrgyzstan.github.io/en"


@dataclass(frozen=True)
class Fetched:
    """What a publisher prints now.

    `vintage`: the publisher's own date of the last update; `dated_by`, `dated_note`: how that date
    is known; `reading`: the tables; None if the package has this vintage already; `address`: where
    it was fetched.
    """

    vintage: str
    dated_by: str
    dated_note: str
    reading: Reading | None
    address: str


def world_bank(catalog: Catalog, line: Line, base_url: str = WORLD_BANK) -> Fetched:
    """Fetch all indicators of the package, for all economies, through `wbgapi`.

    FetchError if the API cannot be reached or refuses, or a new vintage appears while this one is
    read; DataError if an answer is not what the API's documentation says.
    """
    codes = sorted(catalog.explained(worldbank.TABLE))
    first = min(worldbank.scope(catalog).first_core.values())
    with _wbgapi(line, base_url) as api:
        vintage = _last_update(api, line)
        note = "date of the last update, as the World Bank's API gives it"
        found = Fetched(vintage, "header", note, None, base_url)
        if any(r.table == worldbank.TABLE and r.vintage == vintage for r in catalog.resources):
            return found
        rows = _each(line, codes, partial(_indicator, api, line, first, vintage))
        if _last_update(api, line) != vintage:
            raise FetchError(
                "World Bank: a new vintage appeared while this one was read; nothing was changed. "
                "Run it again"
            )
    reading = worldbank.from_api(rows, catalog)
    return Fetched(vintage, "header", note, reading, base_url)


def _each(line: Line, codes: list[str], fetch: Callable[[str], list[Row]]) -> list[Row]:
    """Fetch each series, and say how many rows it has."""
    rows: list[Row] = []
    for number, code in enumerate(codes, start=1):
        got = line.attempt(code, partial(fetch, code))
        rows += got
        line.say(f"{number} of {len(codes)}: {code}, {counted(len(got), 'row')}")
    return rows


def _row(what: str, answer: Any, read: Callable[[Any], tuple[str, str, str, Any]]) -> Row:
    """Read one row of an answer; FetchError where it has another shape, or no number."""
    try:
        code, economy, at, value = read(answer)
    except (AttributeError, KeyError, TypeError) as error:
        raise FetchError(
            f"World Bank: {what}: a row of the answer has another shape ({error}); nothing was "
            "changed"
        ) from error
    if not (value is None or isinstance(value, int | float)):
        raise FetchError(
            f"World Bank: {what}, {economy} {at}: {value!r} is not a number; nothing was changed"
        )
    return code, economy, at, value


@contextmanager
def _wbgapi(line: Line, base_url: str) -> Iterator[Any]:
    """Point wbgapi at an address; its settings are those of the module."""
    import wbgapi

    names = ("endpoint", "get_options", "per_page")
    before = {name: getattr(wbgapi, name) for name in names}
    wbgapi.endpoint, wbgapi.per_page = base_url.rstrip("/"), ROWS_A_PAGE
    wbgapi.get_options = line.options
    try:
        yield wbgapi
    finally:
        for name, value in before.items():
            setattr(wbgapi, name, value)


def _last_update(api: Any, line: Line) -> str:
    def call() -> str:
        with _explained(api, line):
            answer = api.source.get(WDI)
        text = str(answer.get("lastupdated", "")) if isinstance(answer, dict) else ""
        try:
            return dt.date.fromisoformat(text).isoformat()
        except ValueError:
            raise FetchError(
                f"World Bank: the API gives {text!r} as the date of its last update, which is no "
                "date; nothing was changed"
            ) from None

    return line.attempt("date of the last update", call)


def _indicator(api: Any, line: Line, first: int, vintage: str, code: str) -> list[Row]:
    params = {"source": WDI, "date": f"{first}:{vintage[:4]}"}
    with _explained(api, line):
        try:
            answers = list(api.fetch(f"country/all/indicator/{code}", params))
        except TypeError:
            if not _says_no_rows(line.last.content):
                raise
            answers = []

    def read(answer: Any) -> tuple[str, str, str, Any]:
        return answer["indicator"]["id"], answer["countryiso3code"], answer["date"], answer["value"]

    return [_row(code, answer, read) for answer in answers]


def _says_no_rows(answer: bytes) -> bool:
    """Whether the API answered a header and null, which wbgapi 1.0 takes for a list of rows."""
    found = json.loads(answer)
    return isinstance(found, list) and found[1:] == [None] and not int(found[0].get("total", 1))


@contextmanager
def _explained(api: Any, line: Line) -> Iterator[None]:
    """Tell passing failures of the API from those that stay."""
    try:
        yield
    except api.APIResponseError as error:
        raise TemporaryError("the answer is not JSON") from error
    except api.APIError as error:
        if error.code is not None:
            line.refuse_temporary(error.code, str(error.msg))
            raise FetchError(
                f"World Bank: the API answered {error.code} {error.msg}; nothing was changed"
            ) from error
        raise FetchError(
            f"World Bank: the API refuses ({error.msg}); nothing was changed"
        ) from error
    except requests.RequestException:
        raise
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise FetchError(
            "World Bank: the answer has another shape than the API's documentation says "
            f"({type(error).__name__}: {error}); nothing was changed"
        ) from error


def statistical_committee(
    catalog: Catalog, line: Line, base_url: str = STATISTICAL_COMMITTEE
) -> Fetched:
    """Fetch the Open SDG tables of the package's indicators, one CSV file each.

    A table that is not there (status 404) is a withdrawn one; whether too many are is judged when
    the vintage is registered. FetchError if the platform cannot be reached, refuses, or has none of
    the tables; DataError if a table is not what its header says.
    """
    members, dates = [], []
    names = [f"{c.replace('.', '-')}.csv" for c in sorted(nsc.indicator_codes(catalog))]
    for number, name in enumerate(names, start=1):
        address = f"{base_url.rstrip('/')}/data/{name}"
        response = line.attempt(name, partial(line.get, address))
        if response.status_code == 404:
            line.say(f"{number} of {len(names)}: {name} is not there")
            continue
        if response.status_code != 200:
            raise FetchError(
                f"National Statistical Committee: {address} answered {response.status_code} "
                f"{response.reason}; nothing was changed"
            )
        content = response.content
        members.append(Member(name, partial(io.BytesIO, content)))
        dates.append(_modified(response.headers.get("Last-Modified", "")))
        line.say(f"{number} of {len(names)}: {name}, {len(content):,} bytes")
    if not members:
        raise FetchError(
            f"National Statistical Committee: none of the {len(names)} tables is at {base_url}; "
            "nothing was changed. If the platform has moved, give its address with --base-url"
        )
    modified = max(dates)
    vintage = modified or dt.date.today().isoformat()
    note = (
        "date on which the platform's tables were last written"
        if modified
        else "date on which the tables were fetched"
    )
    reading = nsc.read(members, catalog, vintage)
    if any(r.table == nsc.TABLE and r.vintage == vintage for r in catalog.resources):
        return Fetched(vintage, "pull", note, None, base_url)
    return Fetched(vintage, "pull", note, reading, base_url)


def _modified(text: str) -> str:
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except ValueError:
        return ""
