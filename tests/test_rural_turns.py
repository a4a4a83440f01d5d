"""Rural poverty of a new year lies above urban: no sentence and no title says otherwise."""

import json
import re

import pandas as pd
import pytest

from livingbrief import notebooks
from livingbrief.book.prose import Prose
from livingbrief.brief import brief
from livingbrief.claims import findings
from livingbrief.data.vintages import rehash
from livingbrief.paths import project_root
from livingbrief.run.assemble import turned
from tests import golden
from tests.test_own_findings import ACCEPTED

ROOT = project_root()
#: The newest whole table of the Committee; single totals are on later pages.
WHOLE_TABLE = max(p.parent.name for p in (ROOT / "data" / "nsc").glob("*/sdg.csv"))
CHAPTERS = ("conditions",)
OTHERWISE = re.compile(
    r"no longer the poorer|(?:is|are) not (?:the )?poorer|level with urban|below urban|"
    r"about as poor|people in towns are poor more|townspeople were poor more",
    re.IGNORECASE,
)
FOUND = [
    f
    for f in findings.load(ROOT)
    if f.chapter in CHAPTERS or any("poverty.ru" in told for told in (*f.keys, f.holds, f.near))
]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """The project with a vintage of the Committee's table that has 2024 for town and country."""
    root = tmp_path_factory.mktemp("scratch")
    for path in ROOT.iterdir():
        if path.name in ("book", "notebooks", "editions.yml", "_toc.yml", "_config.yml"):
            (root / path.name).symlink_to(path)
    (root / "data").mkdir()
    for path in (ROOT / "data").iterdir():
        if path.name == "datapackage.json":
            (root / "data" / path.name).write_bytes(path.read_bytes())
        elif path.name != "nsc":
            (root / "data" / path.name).symlink_to(path)
    for path in (ROOT / "data" / "nsc").rglob("*.*"):
        target = root / path.relative_to(ROOT)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    sdg = root / "data" / "nsc" / WHOLE_TABLE / "sdg.csv"
    table = pd.read_csv(sdg, dtype=str)
    new = table[table["indicator"].eq("poverty_rate") & table["year"].eq("2023")]
    new = new[new["urbanisation"].notna() & new["area"].isna()].assign(year="2024")
    assert len(new) == 2
    new["value"] = new["urbanisation"].map({"Rural": "27.8", "Urban": "22.9"})
    pd.concat([table, new]).to_csv(sdg, index=False, lineterminator="\n")
    rehash(root)
    return root


def records(root):
    return {name: golden.run(golden.cases()["current"], name, root) for name in CHAPTERS}


@pytest.fixture(scope="module")
def before_and_after(scratch):
    return records(ROOT), records(scratch)


def results(ran):
    return ACCEPTED | {key: entry for one in ran.values() for key, entry in one["numbers"].items()}


def judged(numbers):
    return findings.judge_all(FOUND, numbers)


def said(ran):
    """All sentences of both chapters, all titles, and each finding of the report, as printed."""
    edition, numbers = golden.cases()["current"], results(ran)
    own = judged(numbers)
    context = {
        **brief().words(edition.country, edition.host),
        "country": edition.country,
        "country_name": "Kyrgyzstan",
        "shown": lambda name: True,
    }
    prose = Prose(numbers, context, findings=own)
    for name in CHAPTERS:
        for cell in notebooks.cells(ROOT / "notebooks" / f"{name}.ipynb"):
            yield from prose.render(notebooks.prose(cell)).splitlines()
        yield from (e["alt"] for e in ran[name]["exhibits"])
    yield from (prose.render(item["template"]) for item in own)


def test_nothing_says_that_rural_is_not_the_poorer_half(before_and_after):
    before, after = (list(said(ran)) for ran in before_and_after)
    assert len([line for line in before if OTHERWISE.search(line)]) >= 3, "the words are found"
    assert [line for line in after if OTHERWISE.search(line)] == []
    assert "In money terms the countryside is the poorer half" in " ".join(after)
    assert any("27.8" in line and "22.9" in line for line in after)


def test_what_changed_names_the_findings_that_turned(before_and_after, tmp_path):
    old, new = (judged(results(ran)) for ran in before_and_after)
    (tmp_path / "findings.json").write_text(json.dumps(old))
    found = turned(tmp_path, new)
    on_the_gap = {f.id for f in FOUND if "poverty.rural_minus_urban_pp.latest" in f.keys}
    assert {"F262", "F273"} <= on_the_gap & {item["id"] for item in found}
    assert all((i["from"], i["to"]) == ("near", "holds") for i in found if i["id"] == "F273")
