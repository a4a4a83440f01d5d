"""Every number, verdict and finding of a report, kept as CSV: a file a case, a line for each.

``make golden`` (``python -m tests.golden``) writes the files anew and says what moved.
"""

import contextlib
import csv
import io
import json
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import matplotlib.pyplot as plt
import yaml

from livingbrief.book.prose import Prose
from livingbrief.book.sentences import Page
from livingbrief.brief import brief
from livingbrief.claims import claims, findings
from livingbrief.data.access import open_catalog
from livingbrief.edition import Edition
from livingbrief.notebooks import matched
from livingbrief.paths import project_root
from livingbrief.records import load_facts
from livingbrief.run import asked
from livingbrief.run.assemble import out_by
from livingbrief.values.numbers import NBSP
from livingbrief.values.results import Number, Results
from livingbrief.wording import capital
from tests import recorded

FOLDER = Path(__file__).parent / "goldens"
COMMAND = "make golden"
DIGITS = 10
#: Smaller than anything that a report prints: what is left where terms cancel.
NOTHING = 1e-12
#: How far a number may lie from the accepted one, relative to its size (to one where it is small).
#: The last digit may turn; where a likelihood is climbed step by step, processors stop at other
#: places. What is printed, the text, is the same on all that were tried.
ROUNDING = 1.5e-9
ITERATED = {"structure": 1e-4}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
COLUMNS = ("key", "value", "text", "status", "interval", "n", "sources", "notebook")
Row = dict[str, str]


@cache
def cases() -> dict[str, Edition]:
    """The cases of ``goldens/cases.yml``; each publisher's vintage is a date."""
    content = yaml.safe_load((FOLDER / "cases.yml").read_text(encoding="utf-8"))
    vintage = {source: str(date) for source, date in content["vintage"].items()}
    found = {}
    for name, fields in content["cases"].items():
        own = {source: str(date) for source, date in fields.pop("vintage", {}).items()}
        fields = {"country": brief().home, "host": brief().away, **fields}
        found[name] = Edition(**fields, vintage={**vintage, **own})
    return found


def notebooks(root: Path | None = None, edition: Edition | None = None) -> list[str]:
    if edition is not None and edition.country != brief().home:
        return sorted(brief().general_notebooks)
    return sorted(p.stem for p in ((root or project_root()) / "notebooks").glob("*.ipynb"))


def run(
    edition: Edition, name: str, root: Path | None = None, names: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Run the code of a notebook here, without a kernel and without drawing; give its record.

    `names`, where given, holds the notebook's variables afterwards.
    """
    root = root or project_root()
    source = root / "notebooks" / f"{name}.ipynb"
    chosen = matched(source, edition.parameters())
    names = {} if names is None else names
    names["__name__"] = "__main__"
    with _alone(root) as out:
        for number, cell in enumerate(json.loads(source.read_text(encoding="utf-8"))["cells"], 1):
            if cell["cell_type"] != "code":
                continue
            code = compile("".join(cell["source"]), f"{source.name}, cell {number}", "exec")
            exec(code, names)
            if "parameters" in cell["metadata"].get("tags", []):
                names.update(chosen)
        record: dict[str, Any] = json.loads((out / "record.json").read_text(encoding="utf-8"))
        record["tables"] = {
            path.stem: path.read_text(encoding="utf-8").splitlines()
            for path in sorted((out / "figures").glob("tbl-*.csv"))
        }
    return record


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[Path]:
    with contextlib.ExitStack() as stack:
        out = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        told = {
            "LIVINGBRIEF_OUT": str(out),
            "LIVINGBRIEF_ROOT": str(root),
            "LIVINGBRIEF_DRAW": "no",
        }
        stack.enter_context(mock.patch.dict(os.environ, told))
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(plt.rc_context({"backend": "agg"}))
        yield out
        plt.close("all")


def rows_of(record: Mapping[str, Any]) -> list[Row]:
    """Numbers, exhibits and gaps of one notebook's record."""
    name = record["notebook"]
    rows = [
        _row(
            key,
            name,
            value=_json(entry["value"]),
            text=entry["text"],
            status=entry["status"],
            interval=_interval(entry),
            n=_json(entry["n"]) if entry["n"] is not None else "",
            sources="; ".join(f"{s['source']} {s['vintage']}" for s in entry["sources"]),
        )
        for key in asked.kept(recorded.results(record["numbers"]), asked.named(project_root()))
        for entry in [record["numbers"][key]]
    ]
    for exhibit in record["exhibits"]:
        rows.append(_row(exhibit["name"], name))
        lines = record["tables"].get(exhibit["name"], [])
        rows += [_row(f"{exhibit['name']}[{i}]", name, text=t) for i, t in enumerate(lines)]
    for i, gap in enumerate(record["lacks"], start=1):
        rows.append(_row(f"{name} lacks[{i}]", name, value=gap["what"], text=gap["why"]))
    return rows


def results_of(rows: Iterable[Row]) -> dict[str, Number]:
    """What ledger and findings read of the numbers in rows."""
    return {row["key"]: recorded.number(**_entry(row)) for row in rows if row["status"]}


def _entry(row: Row) -> dict[str, Any]:
    ends = re.match(r"(\S+) to (\S+) \((\S+)\)", row["interval"])
    money = row["text"].startswith(f"US${NBSP}")
    words = row["text"].replace("%", f"{NBSP}%").split(NBSP, 1)
    return {
        "value": json.loads(row["value"]),
        "unit": f"US$ {row['text'].split(NBSP)[-1]}" if money else words[-1] if words[1:] else "",
        "text": row["text"],
        "n": json.loads(row["n"]) if row["n"] else None,
        "interval": [float(ends[1]), float(ends[2])] if ends else None,
        "level": float(ends[3]) if ends and ends[3][0].isdigit() else None,
        "status": row["status"],
    }


def judged_rows(name: str, rows: Iterable[Row], then: Iterable[Row] | None) -> list[Row]:
    """The verdict of every claim with the vote of each measure, and what each finding says."""
    results = results_of(rows)
    verdicts = _verdicts(name, results, None if then is None else results_of(then))
    found = [row for item in verdicts for row in _verdict_rows(item)]
    return [*found, *_finding_rows(name, results, {v.id: v.verdict for v in verdicts})]


def _verdicts(name: str, results: Results, then: Results | None) -> list[claims.Judged]:
    edition = cases()[name]
    if not brief().tells_narrative(edition):
        return []
    path = project_root() / "book" / "claims.yml"
    ledger = claims.covering(claims.load(path), results)
    judged = claims.evaluate(out_by(project_root(), edition)(ledger), results, name)
    if then is None:
        return judged
    known = out_by(project_root(), cases().get(edition.known_then))(ledger)
    return claims.beside(judged, claims.evaluate(known, then, edition.known_then))


def _verdict_rows(item: claims.Judged) -> Iterator[Row]:
    key = f"claim.{item.id}"
    yield _judged(key, item.verdict, item.reason or item.traced)
    if item.then:
        yield _judged(f"{key}.then", item.then.verdict, item.then.reason)
    for i, measure in enumerate(item.measures, start=1):
        yield _judged(f"{key}.measure.{i}", measure.verdict, measure.label)


def _finding_rows(name: str, results: Results, verdicts: Mapping[str, str]) -> Iterator[Row]:
    edition, root = cases()[name], project_root()
    own = findings.load(root)
    tells = brief().tells_narrative(edition)
    told = [f for f in own if f.chapter.startswith("country/") != tells]
    judged = [findings.judge(finding, results, verdicts) for finding in told]
    named = brief().country_name(open_catalog(root), edition.country)
    names = {"country_name": named, "Country_name": capital(named)}
    facts = load_facts(root / "book" / "facts.yml")
    context = {**brief().words(edition.country, edition.host), **names, "facts": facts}
    prose = Prose(results, context, findings=judged)
    for item in judged:
        said = " ".join(Page(prose).fill(f":::{{statement}} {item.id}\n:::").split())
        yield _judged(f"finding.{item.id}", item.outcome, said)


def _judged(key: str, value: str, text: str | None) -> Row:
    return _row(key, "claims", value=value, text=text or "")


def _row(key: str, notebook: str, **cells: str) -> Row:
    return dict.fromkeys(COLUMNS, "") | {"key": key, "notebook": notebook} | cells


def _json(value: Any) -> str:
    return json.dumps(_rounded(value), ensure_ascii=False)


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    if isinstance(value, float):
        return 0.0 if abs(value) < NOTHING else float(f"{value:.{DIGITS}g}")
    return value


def _interval(entry: Mapping[str, Any]) -> str:
    if entry["interval"] is None:
        return ""
    ends = " to ".join(_json(end) for end in entry["interval"])
    return f"{ends} ({entry['level'] or 'scenarios'})"


def read(name: str) -> list[Row]:
    """The rows that were accepted for a case."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: Iterable[Row]) -> None:
    with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def moved(was: Iterable[Row], now: Iterable[Row]) -> list[str]:
    """One line for each row that is new, gone or other than before, with what it said."""
    before = {row["key"]: row for row in was}
    after = {row["key"]: row for row in now}
    lines = [f"{key}: gone, was {_said(before[key])}" for key in before if key not in after]
    for key, row in after.items():
        if key not in before:
            lines.append(f"{key}: new, {_said(row)}")
            continue
        other = [
            f"{column} {before[key][column]!r} -> {row[column]!r}"
            for column in COLUMNS
            if not _agree(column, before[key], row)
        ]
        if other:
            lines.append(f"{key}: {'; '.join(other)}")
    return lines


def _agree(column: str, was: Row, now: Row) -> bool:
    one, other = was[column], now[column]
    if one == other:
        return True
    numbers = [[float(n) for n in NUMBER.findall(text)] for text in (one, other)]
    alike = NUMBER.sub("", one) == NUMBER.sub("", other) and now["status"]
    if column not in ("value", "interval") or not alike:
        return False
    room = ITERATED.get(now["notebook"], ROUNDING)
    return all(abs(a - b) <= room * max(1.0, abs(a)) for a, b in zip(*numbers, strict=True))


def _said(row: Row) -> str:
    return " | ".join(row[c] for c in COLUMNS[1:-1] if row[c])


def message(name: str, lines: list[str]) -> str:
    """What a reader of a failed test is told."""
    what = "row of" if len(lines) == 1 else "rows of"
    return "\n".join(
        [
            f"{len(lines)} {what} tests/goldens/{name}.csv moved:",
            *(f"  {line}" for line in lines),
            f"If that is meant, accept it with: {COMMAND}",
            "and say in the commit why each of them moved.",
        ]
    )


def whole(name: str, root: Path | None = None) -> list[Row]:
    """Run all notebooks of a case; verdicts and findings are not in it."""
    edition = cases()[name]
    return [row for book in notebooks(root, edition) for row in rows_of(run(edition, book, root))]


def main() -> int:
    """Write the files of all cases, or of those named, anew."""
    chosen = sys.argv[1:] or list(cases())
    fresh = {name: whole(name) for name in chosen}
    for name, rows in fresh.items():
        then = cases()[name].known_then
        earlier = (fresh.get(then) or read(then)) if then else None
        rows = rows + judged_rows(name, rows, earlier)
        was = read(name) if (FOLDER / f"{name}.csv").is_file() else []
        lines = moved(was, rows)
        write(name, rows)
        print(f"tests/goldens/{name}.csv: {len(rows)} rows, {len(lines)} moved")
        for line in lines if was else []:
            print(f"  {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
