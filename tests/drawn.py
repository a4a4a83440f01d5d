"""Settings drawn by lot, and what a report of any setting says, without building its pages.

``python -m tests.drawn SEED COUNT`` draws settings and prints the holes that a reader would find;
``python -m tests.drawn country=NPL,last_year=2019 …`` does so for settings of one's own.
"""

from __future__ import annotations

import json
import random
import re
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from livingbrief import notebooks
from livingbrief.book import pages
from livingbrief.book.marks import unmarked
from livingbrief.book.prose import Prose
from livingbrief.book.state import BookState
from livingbrief.brief import brief
from livingbrief.claims import claims, findings
from livingbrief.data.access import open_catalog
from livingbrief.paths import project_root
from livingbrief.run import asked, assemble, steps
from livingbrief.run.build import contents
from livingbrief.run.editions import Edition, load_edition
from livingbrief.values import results as described
from remitrisk.series import BriefData
from tests import golden
from tools.holes import in_text

ROOT = project_root()
HOSTS = ("RUS", "USA", "SAU", "IND", "ZAF", "DEU", "KAZ", "ARE")
ROLE = re.compile(r"\{([a-z:]+)\}`(?:([^`<]*?) ?<[^`>]*>|([^`]*))`")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
UNSEEN = (DeprecationWarning, PendingDeprecationWarning, ResourceWarning)
# The sentences that follow "In short" stand on lines of their own.
QUIET = re.compile(r"^\s*(?:```|:::|<a |:\w+:|\(\S+\)=|\||%|$|\*\*In short\.\*\*$)")


def draw(seed: int, count: int) -> list[list[str]]:
    """Draw settings: country, host, first and last year, in half of them a day to look back to."""
    chance = random.Random(seed)
    served = BriefData(ROOT, first_year=1900).countries_served()
    drawn = []
    while len(drawn) < count:
        last = chance.randint(2012, 2024)
        first = chance.randint(2000, last - 7)
        country = "KGZ" if chance.random() < 0.3 else chance.choice(served)
        host = chance.choice(["", *HOSTS])
        day = f"{chance.randint(2021, 2026)}-{chance.randint(3, 10):02}-{chance.randint(1, 28):02}"
        told = [f"country={country}", f"first_year={first}", f"last_year={last}"]
        told += [f"host={host}"] if host not in ("", country) else []
        told += [f"known_at={day}"] if chance.random() < 0.4 else []
        try:
            load_edition(ROOT, "current", told)
        except Exception:
            continue
        drawn.append(told)
    return drawn


def state_of(edition: Edition, work: Path) -> BookState:
    """Run all notebooks of an edition here, without drawing, and judge what hangs on them."""
    toc, chapters, _ = contents(ROOT, edition, work)
    for name in chapters:
        record = golden.run(edition, name)
        folder = work / "notebooks" / name
        folder.mkdir(parents=True)
        (folder / "record.json").write_text(json.dumps(record))
    records = [work / "notebooks" / name / "record.json" for name in chapters]
    results, lacks = steps.collect(records, work / "results.json", asked.named(ROOT))
    keys = described.load(ROOT / "book" / "results.yml")
    steps.write_json(work / "results.schema.json", described.schema(keys))
    verdicts = []
    if brief().tells_narrative(edition):
        ledger = assemble.out_by(ROOT, edition)(claims.load(ROOT / "book" / "claims.yml"))
        verdicts = claims.evaluate(ledger, results, edition.name, {})
    shown = assemble.chapters(toc) if brief().tells_narrative(edition) else {*chapters}
    own = [f for f in findings.load(ROOT) if f.chapter in shown]
    decided = {item["id"]: item["verdict"] for item in verdicts}
    judged = [findings.judge(finding, results, decided) for finding in own]
    catalog = open_catalog(ROOT)
    plan = SimpleNamespace(edition=edition)
    book = {
        "edition": edition.model_dump(),
        "narrative": brief().tells_narrative(edition),
        "country_name": brief().country_name(catalog, edition.country),
        "vintages": assemble.vintages_used(plan, catalog),
        "lacks": lacks,
        "flips": [],
        "chapters": list(chapters),
        "exhibits": steps.exhibits(records),
        "title": "A report",
        "version": "0",
        "date": 1790000000,
    }
    return BookState(work, results, verdicts, judged, book, brief=brief())


def said(edition: Edition, work: Path) -> Iterator[tuple[str, str]]:
    """Yield all that a report of an edition says, line by line, each with where it stands."""
    state = state_of(edition, work)
    # Figures of chapters stand on other pages only where they are drawn.
    context = {**pages.context(ROOT, state), "picture": lambda *_: ""}
    prose = Prose.of(ROOT, state, context)
    toc = (work / "toc.yml").read_text()
    # Translations are put by their own languages' words, which only a build has.
    for name in re.findall(r"(?:file|root): (?!book/\w\w/)(\S+)", toc):
        source = ROOT / f"{name}.md"
        if source.is_file():
            texts = [source.read_text(encoding="utf-8")]
        else:
            texts = [*map(notebooks.prose, notebooks.cells(ROOT / f"{name}.ipynb"))]
        for text in texts:
            code = False
            for line in unmarked(prose.render(text)).split("\n"):
                code ^= line.startswith("```")
                if not code and not QUIET.match(line):
                    yield name, line.strip("#*->: ")
    for path in sorted((work / "notebooks").glob("*/record.json")):
        record = json.loads(path.read_text())
        for item in record["exhibits"]:
            yield item["name"], item["caption"]
            yield item["name"], item["alt"]
        for item in record["lacks"]:
            yield path.parent.name, f"{item['what']}. {item['why']}"
        for name, lines in record["tables"].items():
            for line in lines:
                yield name, " | ".join(line.split(","))


def holes(settings: list[str]) -> list[str]:
    """Return the holes of a report with some settings, one line each."""
    edition = load_edition(ROOT, "current", settings)
    found = []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as warned:
        for place, line in said(edition, Path(folder)):
            plain = re.sub(r"`[^`]*`", "…", ROLE.sub(lambda m: m[2] or m[3], line))
            plain = LINK.sub(r"\1", plain)
            for kind, text in in_text(" ".join(plain.split())):
                found.append(f"{place}: {kind}: {text}")
        # A cell shows them as lines of Python.
        found += [
            f"{Path(w.filename).name} {w.lineno}: warns: {w.category.__name__}: {w.message}"
            for w in warned
            if not issubclass(w.category, UNSEEN)
        ]
    return list(dict.fromkeys(found))


def main(arguments: list[str]) -> int:
    """Print the holes of settings drawn by lot, or of those given."""
    given = [a.split(",") for a in arguments if "=" in a]
    if not given:
        seed, count = map(int, arguments)
        print(f"seed {seed}, {count} settings")
        given = draw(seed, count)
    total = 0
    for settings in given:
        began = time.perf_counter()
        try:
            found = holes(settings)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-3:]
            at = "; ".join(f"{Path(s.filename).name} {s.lineno} {s.line}" for s in where)
            found = [f"fails: {type(error).__name__}: {error} ({at})"]
        spent = time.perf_counter() - began
        print(f"{' '.join(settings)}: {len(found)} holes, {spent:.1f} s", flush=True)
        for line in found:
            print(f"  {line}", flush=True)
        total += len(found)
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
