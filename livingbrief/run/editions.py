"""Editions as ``editions.yml`` and a command name them, validated before anything runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from livingbrief.brief import load
from livingbrief.data.access import main_publisher, open_catalog
from livingbrief.data.catalog import LATEST, Catalog
from livingbrief.edition import Edition
from livingbrief.errors import DataError, InputError, suggest
from livingbrief.escape import texts, unfit, unfit_name
from livingbrief.records import RecordError, first_fault, parse_yaml, read_yaml
from livingbrief.wording import today


def edition_names(root: Path) -> list[str]:
    """Return the names in ``editions.yml``."""
    return list(_read(root))


def load_edition(root: Path, name: str, settings: Sequence[str] = ()) -> Edition:
    """Read one edition, apply ``KEY=VALUE`` settings and check that the data can serve it.

    A setting is ``last_year=2021`` or ``vintage.worldbank=2023-05-10``, an entry of a mapping.

    Raises
    ------
    InputError
        Unknown edition or parameter, wrong type, or a year, country or vintage that the data
        cannot serve; the message lists what is there.
    """
    editions, where, catalog = _read(root), f"edition '{name}'", open_catalog(root)
    if name not in editions:
        raise InputError(
            f"editions.yml has no edition '{name}'.{suggest(name, list(editions))} "
            f"It has: {', '.join(editions)}."
        )
    written, brief = editions[name], catalog.brief
    values = {key: value for key, value in written.items() if key != "host"}
    newest = max([0, *(y for e in editions.values() if isinstance(y := e.get("last_year"), int))])
    for setting in sorted(settings, key=lambda setting: not setting.startswith("known_at")):
        _apply(values, setting, newest)
    country = values.get("country")
    # The host that is written is that of the country which is written.
    if "host" in written and country == written.get("country"):
        values.setdefault("host", written["host"])
    elif "host" not in values and isinstance(country, str):
        values["host"] = brief.host(catalog, country)
    for at, text in texts(values):
        if fault := unfit_name(text) if at[-1] == "title" else unfit(text):
            raise InputError(f"{where}: {'.'.join(at)}={text!a} holds {fault}")
    try:
        edition = Edition(**{"country": brief.home, "host": brief.away, **values, "name": name})
    except ValidationError as error:
        named, fault, value = first_fault(Edition, error)
        raise InputError(f"{where}: {named}={value!s:.80}: {fault}") from None
    own = values.get("shocks") is written.get("shocks")
    edition = _within(where, edition, written if own else {})
    _check_served(where, edition, catalog)
    if (day := edition.known_at) and edition.last_year < (end := min(newest, int(day[:4]) - 1)):
        raise InputError(f"{where}: last_year={edition.last_year}: with known_at={day} it is {end}")
    brief.check_served(root, edition)
    return edition


def load_then(root: Path, edition: Edition) -> Edition | None:
    """Return the edition whose verdicts stand beside this one's as those of then, with its host.

    None without a narrative, or where this one ends before it, looks back as far or has as old a
    vintage of the main publisher.
    """
    if not (edition.known_then and load(root).tells_narrative(edition)):
        return None
    then = load_edition(root, edition.known_then)
    main = edition.vintage.get(main_publisher(open_catalog(root))[0], LATEST)
    if edition.last_year < then.last_year or min(main, edition.known_at or main) <= then.known_at:
        return None
    shocks = [y for y in edition.shocks if then.first_year <= y <= then.last_year]
    settings = [f"shocks={shocks}", *([f"host={edition.host}"] if edition.host else [])]
    return load_edition(root, then.name, settings)


def _read(root: Path) -> dict[str, dict[str, Any]]:
    path = root / "editions.yml"
    if not path.is_file():
        raise InputError(f"no editions.yml in {root}; run the command in the project's folder")
    try:
        content = read_yaml(path)
        if bad := [name for name, values in content.items() if not isinstance(values, dict)]:
            raise RecordError(f"editions.yml: '{bad[0]}' has no parameters")
    except RecordError as error:
        raise InputError(f"{error} (a space must follow each colon)") from None
    return {str(name): values for name, values in content.items()}


def _apply(values: dict[str, Any], setting: str, newest: int) -> None:
    """Set one parameter, or one part of it; with another day the years that had ended by it."""
    if fault := unfit(setting):
        raise InputError(f"--set {setting!a} holds {fault}")
    key, equals, text = (part.strip() for part in setting.partition("="))
    if not equals or not key or not text:
        raise InputError(f"--set takes KEY=VALUE, for instance last_year=2021; got '{setting}'")
    try:
        value = parse_yaml(text)
    except ValueError:
        raise InputError(f"--set {key}: {text!r} is not a value") from None
    top, _, part = key.partition(".")
    known = [f for f in Edition.model_fields if f not in ("name", "known_then")]
    if top not in known:
        raise InputError(
            f"--set {setting}: there is no parameter '{top}'.{suggest(top, known)} "
            f"Parameters: {', '.join(known)}."
        )
    if part:
        whole = values.get(top)
        value = {**(whole if isinstance(whole, dict) else {}), part: value}
    values[top] = value
    if top == "known_at":
        values |= {"title": f"What was known by {text}", "last_year": newest}


def _within(where: str, edition: Edition, written: Mapping[str, Any]) -> Edition:
    """Leave out written shocks if the edition is cut short; refuse others outside its years."""
    kept = [y for y in edition.shocks if edition.first_year <= y <= edition.last_year]
    first, last = (written.get(end, getattr(edition, end)) for end in ("first_year", "last_year"))
    if out := [y for y in edition.shocks if y not in kept and not first <= y <= last]:
        raise InputError(f"{where}: shocks: {out[0]} is outside the edition's {first} to {last}")
    return edition.model_copy(update={"shocks": kept})


def _check_served(where: str, edition: Edition, catalog: Catalog) -> None:
    if edition.host and edition.host == edition.country:
        raise InputError(f"{where}: host={edition.host} is the country itself; name another")
    for source, date in edition.vintage.items():
        try:
            catalog.resolve(source, date)
        except DataError as error:
            raise InputError(f"{where}: vintage.{source}={date}: {error}") from None
    day = edition.known_at
    first = catalog.vintages(main_publisher(catalog)[0], catalog.brief.main_table or None)[0]
    first = max(first, catalog.brief.first_day)
    if day and day not in {*pd.date_range(first, today()).strftime("%Y-%m-%d")}:
        raise InputError(
            f"{where}: known_at={day}: write a date as YYYY-MM-DD from {first}, the first, to today"
        )
