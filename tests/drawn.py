"""Settings drawn by lot, and what a report of any setting says, without building its pages."""

import json
import os
import random
import re
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from livingbrief.book import pages
from livingbrief.book.marks import unmarked
from livingbrief.book.sentences import Page
from livingbrief.book.state import BookState
from livingbrief.data.access import open_catalog
from livingbrief.edition import Edition
from livingbrief.files import write_json
from livingbrief.paths import project_root
from livingbrief.run import assemble
from livingbrief.run.build import contents
from livingbrief.run.editions import load_edition
from livingbrief.run.plan import Plan
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
    """Run all notebooks of an edition here, without drawing, and put its report together."""
    toc, chapters, _ = contents(ROOT, edition, work)
    plan = Plan(
        root=ROOT, catalog=open_catalog(ROOT), work=work, edition=edition, then=None, past=None,
        notebooks=chapters, toc=toc, date=1790000000, papers=(), code="",
    )  # fmt: skip
    for name in chapters:
        record = golden.run(edition, name)
        write_json(plan.folder(name) / "tables.json", record.pop("tables"))
        write_json(plan.folder(name) / "record.json", record)
    with mock.patch.object(assemble, "put"):  # nothing is drawn that could have a title
        assemble.stage(plan)
    with mock.patch.dict(os.environ, LIVINGBRIEF_STAGE=str(plan.stage)):
        return BookState.of(ROOT)


def said(edition: Edition, work: Path) -> Iterator[tuple[str, str]]:
    """Yield all that a report of an edition says, line by line, each with where it stands."""
    state = state_of(edition, work)
    # Figures of chapters stand on other pages only where they are drawn.
    context = {**pages.context(ROOT, state), "picture": lambda *_: ""}
    prose, lists = state.prose(ROOT, context), pages.lists(state.book.edition)
    code = "".join(path.read_text("utf-8") for path in ROOT.glob("notebooks/*.ipynb"))
    prose.shows = lambda name: name in state.book.titled or f'"{name}' not in code
    toc = (work / "toc.yml").read_text()
    # Translations are put by their own languages' words, which only a build has.
    for name in re.findall(r"(?:file|root): (?!book/\w\w/)(\S+)", toc):
        source, fenced = ROOT / f"{name}.md", False
        if not source.is_file():
            continue
        told = Page(prose, lists, source.name).fill(source.read_text(encoding="utf-8"))
        for line in unmarked(told).split("\n"):
            fenced ^= line.startswith("```")
            # Of tables that of the report's own findings is read, row by row.
            row = name == "book/findings" and line.startswith("| F")
            if not fenced and (row or not QUIET.match(line)):
                yield name, line.strip("#*->|: ")
    for name, words in state.book.titled.items():
        yield from ((name, part) for part in (words.title, words.caption, words.alt))
    for path in sorted((work / "notebooks").glob("*/record.json")):
        record = json.loads(path.read_text())
        for item in record["lacks"]:
            yield path.parent.name, f"{item['what']}. {item['why']}"
        for name, lines in json.loads(path.with_name("tables.json").read_text()).items():
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
