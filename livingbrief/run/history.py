"""Numbers of claims as they stood on each day on which something they stand on was printed.

Only the code of a notebook that claims read is run, in one process for all days; a day whose
figures, code and parameters are those of the last build is taken from it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from livingbrief.brief import brief
from livingbrief.claims import claims, history
from livingbrief.data.access import main_publisher, open_as, open_catalog
from livingbrief.data.catalog import Catalog, publisher_line
from livingbrief.data.printed import printings, seen
from livingbrief.errors import BuildError, ReportError
from livingbrief.run import steps
from livingbrief.run.editions import Edition
from livingbrief.run.parameters import OF_DATA, matched, read_by_ledger, reads_of
from livingbrief.run.slices import sliced
from livingbrief.values import results
from livingbrief.values.numbers import WITHOUT_VALUE
from livingbrief.values.values import KNOWN_BY

KEPT = ("value", "text", "status", "sources")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NOT_YET = "not_published"
NONE: dict[str, Any] = {
    "value": None,
    "text": WITHOUT_VALUE[_NOT_YET],
    "status": _NOT_YET,
    "sources": [],
}


def asked(
    root: Path, notebooks: Iterable[str], edition: Edition, brief_day: str, code: str
) -> dict[str, Any]:
    """Return what the history of the ledger's claims is to be made from, as plain values.

    `notebooks`: names, of which those that claims read are run; `brief_day`: the day to which the
    brief's verdicts look back; `code`: hash of the library.
    """
    described = results.load(root / "book" / "results.yml")
    # What is said of a year is printed by the end of the next.
    reached = claims.reaching(claims.load(root / "book" / "claims.yml"), edition.last_year + 1)
    judging = history.judged(reached)
    read = {key for claim in judging for key in claim.keys}
    found = {}
    for name in notebooks:
        path = root / "notebooks" / f"{name}.ipynb"
        told = described.get(name, ())
        shapes = [results.expression(f) for d in told for f in d.families({})]
        keys = sorted({k for k in read if any(shape.fullmatch(k) for shape in shapes)})
        if keys and read_by_ledger(path):
            found[name] = {
                "keys": keys,
                "code": sliced(path, keys),
                "reads": reads_of(path),
                "asked": [[d.patterns, d.unit, d.years] for d in told],
            }
    return {
        "edition": edition.model_dump(),
        "brief": brief_day,
        "code": code,
        "notebooks": found,
        "claims": {claim.id: claim.keys for claim in judging},
    }


@dataclass
class _Past:
    """The runs of one build: what is asked, and numbers by the hash of what they stand on."""

    root: Path
    asked: Mapping[str, Any]
    kept: Mapping[str, Any]
    scratch: Path
    used: dict[str, Any] = field(default_factory=dict)
    on: dict[str, list[str]] = field(default_factory=dict)
    _seen: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _slices: dict[tuple[str, ...], str] = field(default_factory=dict)
    _names: dict[str, list[str]] = field(default_factory=dict)

    def numbers(self, day: str, name: str, keys: Iterable[str]) -> dict[str, Any]:
        """Return numbers of a notebook as they stood on a day."""
        told, wanted = self.asked["notebooks"][name], sorted(keys)
        parameters = self._parameters(day, name)
        # A notebook sees the day only by what had been printed, and by its last year.
        fixed = {k: v for k, v in parameters.items() if k != "known_at"}
        seen_then = [self._table(day, table, parameters) for table in told["reads"]]
        code = self._code(name, wanted)
        key = steps.digest([self.asked["code"], told["asked"], code, wanted, fixed, seen_then])
        if key not in self.used:
            self.used[key] = self.kept.get(key) or self._run(name, code, wanted, parameters)
        self.on.setdefault(day, []).append(key)
        found: dict[str, Any] = self.used[key]
        return found

    def _code(self, name: str, keys: Sequence[str]) -> str:
        if (name, *keys) not in self._slices:
            path = self.root / "notebooks" / f"{name}.ipynb"
            self._slices[name, *keys] = sliced(path, keys)
        return self._slices[name, *keys]

    def others(
        self, keys: Iterable[str], known: Mapping[str, set[str]]
    ) -> Iterator[tuple[str, str, str]]:
        """Give notebook, key and table where the code of a claim's keys names one not known yet."""
        for name, told in self.asked["notebooks"].items():
            if own := sorted({*keys} & {*told["keys"]}):
                code = self._code(name, own)
                named = [table for table in told["reads"] if repr(table) in code]
                yield from ((name, k, t) for k in own for t in named if t not in known[k])

    def _parameters(self, day: str, name: str) -> dict[str, Any]:
        values = self.asked["edition"]
        last = min(values["last_year"], int(day[:4]) - 1)
        shocks = [year for year in values["shocks"] if year <= last]
        edition = Edition(**{**values, "known_at": day, "last_year": last, "shocks": shocks})
        given = edition.parameters()
        if name not in self._names:
            self._names[name] = [*matched(self.root / "notebooks" / f"{name}.ipynb", given)]
        return {parameter: given[parameter] for parameter in self._names[name]}

    def _table(self, day: str, table: str, parameters: Mapping[str, Any]) -> list[str]:
        if (day, table) not in self._seen:
            data = open_as(self.root, **{k: parameters[k] for k in OF_DATA if k in parameters})
            self._seen[day, table] = seen(data, table)
        return self._seen[day, table]

    def _run(
        self, name: str, code: str, keys: Iterable[str], parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        place = f"notebooks/{name}.ipynb, run for its claims as of {parameters['known_at']}"
        try:
            exec(compile(code, place, "exec"), dict(parameters))
        except Exception as error:
            raise BuildError(f"{place}: {type(error).__name__}: {error}") from error
        record = json.loads((self.scratch / "record.json").read_text(encoding="utf-8"))["numbers"]
        # A key that only the data name is there when they do.
        return {key: {f: record.get(key, NONE)[f] for f in KEPT} for key in keys}


def make(
    root: Path, asked: Mapping[str, Any], kept: Mapping[str, Any], scratch: Path, share: int = 0,
    shares: int = 1,
) -> dict[str, Any]:  # fmt: skip
    """Return the numbers of claims by what they stand on, and which hold on which day.

    `kept`: numbers of the last build; `scratch`: a folder for what notebooks leave; `share` of
    `shares`: which of the days, every second one for instance.
    """
    past = _Past(root, asked, kept, scratch)
    catalog = open_catalog(root)
    printed = {table: printings(catalog, table) for table in catalog.tables}
    first = catalog.vintages(main_publisher(catalog)[0], brief().main_table or None)[0]
    every = {day for days in printed.values() for day in days if day >= first}
    tables_of: dict[str, set[str]] = {}
    lines = _lines(catalog)

    def look(day: str, name: str, keys: Iterable[str]) -> None:
        for key, entry in past.numbers(day, name, keys).items():
            cited = [s for s in entry["sources"] if not s["vintage"].startswith(KNOWN_BY)]
            found = {table for s in cited for table in lines.get(s["source"], ())}
            tables_of.setdefault(key, set()).update(found)

    # The newest and the brief's own figures tell from which tables a key comes.
    for day in sorted({asked["brief"], max(every, default=asked["brief"])}):
        for name, told in asked["notebooks"].items():
            look(day, name, told["keys"])
    # Other tables that its code names may carry it on: the first time they can tells.
    first_times: dict[tuple[str, str], set[str]] = {}
    for keys in asked["claims"].values():
        for name, key, table in past.others(keys, tables_of):
            year = max(_YEAR.findall(key), default="")
            after = (day for day in printed[table] & every if day[:4] > year)
            if day := min(after, default=""):
                first_times.setdefault((day, name), set()).add(key)
    for (day, name), named in sorted(first_times.items()):
        look(day, name, named)
    days_of_key = {
        key: {day for table in tables for day in printed[table]} & every
        for key, tables in tables_of.items()
    }
    days_of, needed = {}, dict[str, set[str]]()
    for name, keys in asked["claims"].items():
        days_of[name] = {day for key in keys for day in days_of_key.get(key, ())}
        for key in keys:
            needed.setdefault(key, set()).update(days_of[name])
    runs: dict[str, list[tuple[str, list[str]]]] = {}
    for name, told in asked["notebooks"].items():
        # Keys that are wanted on the same days are made by one run of the code that they need.
        alike: dict[tuple[str, ...], list[str]] = {}
        for key in told["keys"]:
            alike.setdefault(tuple(sorted(needed[key])), []).append(key)
        for days_alike, keys in alike.items():
            for day in days_alike:
                runs.setdefault(day, []).append((name, keys))
    for day in sorted(runs)[share::shares]:
        for name, keys in runs[day]:
            past.numbers(day, name, keys)
    forecasts = {
        r.table for r in catalog.resources if any(f["name"] == "last_actual" for f in r.fields)
    }
    return {
        "brief": asked["brief"],
        "until": max(r.vintage for r in catalog.resources),
        "forecasting": sorted(line for line, tables in lines.items() if tables & forecasts),
        "days": {name: sorted({*days, asked["brief"]}) for name, days in days_of.items() if days},
        "on": past.on,
        "numbers": past.used,
    }


def kept_beside(target: Path, share: str) -> Path:
    """Return where the numbers of a share stay for the next build."""
    return target.with_name(f"kept-{share.split('/')[0]}.json")


def _lines(catalog: Catalog) -> dict[str, set[str]]:
    """Return the tables whose numbers cite a source, by the source."""
    found: dict[str, set[str]] = {}
    for table in catalog.tables:
        line = publisher_line(catalog, catalog.of_table(table))["source"]
        found.setdefault(line, set()).add(table)
    return found


def main(arguments: Sequence[str]) -> int:
    """Make the share of the history that a file asks for, from what other builds left beside it.

    `arguments` are the project, that file, the target and the share, as ``1/2``.
    """
    root, request, target = map(Path, arguments[:3])
    share, shares = map(int, arguments[3].split("/"))
    content = json.loads(request.read_text(encoding="utf-8"))
    kept: dict[str, Any] = {}
    for left in sorted(target.parent.glob("kept-*.json")):
        with contextlib.suppress(OSError, ValueError):
            kept |= json.loads(left.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        os.environ["LIVINGBRIEF_OUT"] = scratch
        try:
            made = make(root, content, kept, Path(scratch), share - 1, shares)
        except ReportError as error:
            print(error, file=sys.stderr)
            return 1
    steps.write_json(target, made)
    steps.write_json(kept_beside(target, arguments[3]), made["numbers"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
