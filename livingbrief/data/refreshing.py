"""A new vintage from the publisher: fetched, validated, compared, registered."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from livingbrief.data.adding import Added, Origin, accept, mark_checked
from livingbrief.data.catalog import Catalog
from livingbrief.data.content import parse
from livingbrief.data.descriptor import hash_of, read_descriptor
from livingbrief.data.fetching import FetchError, Line
from livingbrief.data.reading import Reading, to_csv
from livingbrief.data.registering import write_descriptor, writing
from livingbrief.errors import DataError, suggest


def refresh(
    root: Path,
    source: str,
    *,
    base_url: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    as_of: str = "",
    note: str = "",
) -> Added:
    """Fetch what a publisher prints now and add it as a vintage if it is new.

    A `FetchError` if it cannot be reached, or what it prints is not what the package's tables ask
    for; a `DataError` if the source cannot be fetched, or has no archive. Nothing was changed then.

    Parameters
    ----------
    base_url : str, optional
        Address to use instead of the publisher's.
    say : callable
        Receives progress, one line at a time.
    as_of : str, optional
        A date: what the publisher had printed by that day is fetched from its archive instead.
    note : str, optional
        As in `adding.add`.
    """
    catalog = Catalog(root)
    folder, fetchers = catalog.folder, catalog.brief.fetchers
    if source not in fetchers:
        raise DataError(
            f"{source!r} cannot be fetched.{suggest(source, tuple(fetchers))} These can: "
            f"{', '.join(fetchers)}; for the others give a file to `vintages add`"
        )
    publisher, day = fetchers[source], dt.date.today().isoformat()
    fetch = publisher.archive if as_of else publisher.fetch
    if fetch is None:
        others = ", ".join(name for name, one in fetchers.items() if one.archive) or "none"
        raise DataError(
            f"{publisher.name} keeps no archive that can be fetched: --as-of is for {others}; give "
            "a copy of the time to `vintages add`"
        )
    line = Line(publisher.name, say)
    where = {"base_url": base_url or publisher.base_url, **({"as_of": as_of} if as_of else {})}
    try:
        fetched = fetch(catalog, line, **where)
        reading = fetched.reading
        with writing(folder):
            if reading is None or (not as_of and _unchanged(catalog, reading)):
                if not as_of:
                    descriptor = read_descriptor(folder)
                    mark_checked(descriptor, source, day)
                    write_descriptor(folder, descriptor)
                return Added(fetched.vintage)
            content = b"".join(to_csv(draft.frame) for draft in reading.drafts)
            origin = Origin(
                fetched.vintage, fetched.address, hash_of(content), fetched.dated_by,
                fetched.dated_note, day,
            )  # fmt: skip
            return accept(Catalog(folder), reading, origin, note)
    except DataError as error:
        raise FetchError(f"{publisher.name}: what it prints was not added: {error}") from error


def _unchanged(catalog: Catalog, reading: Reading) -> bool:
    """Whether the default vintages print the same, value by value."""
    for draft in reading.drafts:
        default = catalog.default(draft.table)
        printed = to_csv(parse(catalog.read_bytes(default), default))
        if set(printed.splitlines()) != set(to_csv(draft.frame).splitlines()):
            return False
    return True
