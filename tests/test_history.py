"""When each claim turned: what of a notebook is run, on which days, what a new vintage moves."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from xml.etree import ElementTree

import jsonschema
import nbformat
import pandas as pd
import pytest

from livingbrief.book import strips
from livingbrief.claims import ahead, claims, history
from livingbrief.data.access import open_catalog
from livingbrief.data.adding import add
from livingbrief.data.known import later_by
from livingbrief.data.printed import printings, seen
from livingbrief.data.vintages import add_tidy
from livingbrief.paths import project_root
from livingbrief.run import history as past
from livingbrief.run.editions import load_edition
from livingbrief.run.slices import sliced
from remitrisk.series import BriefData
from tests import golden, small_package

ROOT = project_root()
WDI = "worldbank.wdi"
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
LEDGER = claims.load(ROOT / "book" / "claims.yml")
CODE = """
from livingbrief.run.notebook import start
nb = start("a", globals())
from one import read, unread
import two
table = read()
unused = two.other(table)
for year in (1, 2):
    total = table + last
    last = total
    nb.record(f"a.b.{year}", last)
if (seen := table.any()):
    nb.figure("fig-a", seen)
if table.all():
    nb.record("a.other", unused)
else:
    nb.lacks("x", "y")
chosen = seen
nb.record("a.{measure}.{year}", chosen)
nb.tally("a.count", chosen, [])
nb.withdrawn("CODE", "a.b")
def told(x):
    nb.table("tbl-a", x)
    inner = x
    return inner
print(told(chosen))
nb.close()
"""


def slice_of(tmp_path, code, keys):
    cells = [
        nbformat.v4.new_code_cell("last_year = 2024", metadata={"tags": ["parameters"]}),
        *map(nbformat.v4.new_code_cell, code.strip().split("\n\n")),
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), encoding="utf-8")
    return sliced(path, keys)


def test_a_slice_keeps_what_its_keys_stand_on(tmp_path):
    kept = slice_of(tmp_path, CODE, ["a.b.2022"])
    assert "last_year" not in kept
    for gone in (
        "unused",
        "two",
        "nb.figure",
        "nb.table",
        "nb.lacks",
        "a.other",
        "tally",
        "unread",
    ):
        assert gone not in kept.replace("read, unread", "read"), gone
    for there in (
        "last = total", "total = table + last", "table = read()", "seen := table.any()",
        "chosen = seen", "nb.withdrawn('CODE', 'a.b')", "inner = x", "nb.close()",
    ):  # fmt: skip
        assert there in kept, there
    assert "tally" in slice_of(tmp_path, CODE, ["a.count_which"])
    assert "chosen" not in slice_of(tmp_path, CODE.replace("print(told(chosen))", ""), ["a.count_"])
    ast.parse(kept)


# ---------------------------------------------------------------- which days, what is seen


def test_series_that_are_printed_again_say_on_which_days():
    catalog = open_catalog(ROOT)
    assert {"2021-02-17", "2026-04-01"} <= printings(catalog, WDI)
    # The Committee's pages print what its tables hold.
    assert {"2019-07-15", "2023-03-13"} <= printings(catalog, "nsc.sdg")
    assert "2023-04-30" in printings(catalog, "imf.weo")
    assert not printings(catalog, "press.facts") | printings(catalog, "centralbanks.highfreq")


def test_what_is_seen_on_a_day_changes_with_what_is_printed():
    def on(day, table):
        return seen(BriefData(ROOT, known_at=day, last_year=2022), table)

    assert on("2023-06-01", WDI) == on("2023-07-24", WDI) != on("2023-07-25", WDI)
    assert on("2023-08-27", "nsc.sdg") != on("2023-08-28", "nsc.sdg")
    assert on("2023-06-01", "press.facts") != on("2024-06-01", "press.facts")


# ---------------------------------------------------------------- words


def state(date, verdict="", **more):
    known = bool(verdict)
    told = {"date": date, "verdict": verdict or "not_testable", "known": known, "moved": []}
    return {**told, "first_at_hand": False, "group": "holds", **more}


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (
            [state("2021-02-17", "supported"), state("2023-09-02", "depends_on_measure")],
            "holds 2021-02 to 2023-09, then depends on the measure",
        ),
        ([state("2021-02-17"), state("2022-03-01", "supported")], "holds since 2022-03"),
        ([state("2021-02-17")], "nothing at hand yet"),
        (
            [
                state("2022-11-30", "contradicted"),
                state("2025-02-07", "depends_on_measure", on_year=True),
            ],
            "wrong 2022-11 to 2025-02, then depends on the year",
        ),
        (
            [
                state("2021-02-17", "supported"),
                state("2021-02-21", "contradicted"),
                state("2023-10-26", "no_longer", first_at_hand=True),
            ],
            "holds 2021-02, wrong 2021-02 to 2023-10, then no longer true "
            "(its first printing at hand)",
        ),
    ],
)
def test_a_strip_says_in_words_what_it_shows(states, words):
    assert strips.words(states) == words


def test_every_group_has_a_look_of_its_own():
    groups = {claims.GROUP_OF[v] for v in strips._WORDS}
    assert groups == set(strips._LOOKS)
    assert len({look[0] for look in strips._LOOKS.values()}) == len(groups)


def test_a_strip_is_drawn_as_it_is_said():
    states = [
        state("2021-02-17"), state("2022-02-17", "supported"),
        state("2025-02-17", "contradicted", group="wrong"),
    ]  # fmt: skip
    told = {"brief": "2023-02-17", "until": "2026-02-17"}
    found = strips.drawn({**told, "claims": [{"id": "C01", "states": states}]})
    svg, alt, _ = found["C01"]
    tree = ElementTree.fromstring(svg)
    assert tree.get("aria-label") == alt == "C01: holds 2022-02 to 2025-02, then wrong"
    bars = [e for e in tree.iter() if e.tag.endswith("rect")]
    assert [(bar.get("class"), float(bar.get("width"))) for bar in bars] == [
        ("holds", pytest.approx(3 / 5 * 320, abs=0.3)),
        ("wrong", pytest.approx(1 / 5 * 320, abs=0.3)),
    ]
    brief = [e.get("d") for e in tree.iter() if e.get("stroke-dasharray")]
    assert float(brief[0][1:].split()[0]) == pytest.approx(2 / 5 * 320, abs=0.3)
    years = [e.text for e in tree.iter() if e.tag.endswith("text")]
    assert years == ["2022", "2023", "2024", "2025", "2026"]
    # Each sign of the key is the bar that it explains.
    for group, look in strips._LOOKS.items():
        (bar,) = (
            e for e in ElementTree.fromstring(found[group][0]).iter() if e.tag.endswith("rect")
        )
        assert (bar.get("class"), bar.get("height"), bar.get("fill")) == (group, *map(str, look))
    told = strips.key({**told, "claims": [{"id": "C01", "states": states}]})
    assert set(re.findall(r"`(\w+)`", told)) == {*strips._LOOKS, strips.BRIEF}
    assert "17 February 2023" in told and strips.key({"claims": []}) == ""
    assert strips.drawn({"claims": []}) == {}


# ---------------------------------------------------------------- what turned it


def turning(before, *votes):
    """Numbers of the measures that turned a verdict; a vote is old, new, perhaps its year."""
    told = [
        [{"key": i, "verdict": v, "counts": True, "year": int(year), "about": about} for v in pair]
        for i, (*pair, year) in enumerate([*v, "0"][:3] for v in votes)
        for about in ["since" if int(year) else "claim"]
    ]
    return [new["key"] for _, new in history._turning(before, told)]


YES, NO, NONE, OPEN = "supported", "contradicted", "missing", "inconclusive"


@pytest.mark.parametrize(
    ("before", "votes", "turned"),
    [
        # A new year against the claim, beside two that go on supporting it.
        (YES, [(YES, YES), (NONE, NO, 2022), (NONE, YES, 2022), (NONE, YES, 2022)], [1]),
        # C55 on 2021-08-03: rubles.
        (YES, [(NONE, YES), (NONE, NO), (NONE, YES), (YES, YES)], [1]),
        # C48b on 2025-08-15: the Gini of 2022.
        (NO, [(NONE, NO), (NONE, OPEN), (NONE, YES), (NO, NO)], [2]),
        # What left the other side turns it; what is new on either does not.
        ("depends_on_measure", [(NO, OPEN), (YES, YES), (NONE, YES)], [0]),
        # Both would have done it alone.
        ("not_testable", [(NONE, YES), (OPEN, YES)], [0, 1]),
        (YES, [(YES, NO), (YES, NO)], [0, 1]),
    ],
)
def test_only_what_turned_a_verdict_is_named(before, votes, turned):
    assert turning(before, *votes) == turned


def test_a_forecast_is_called_one():
    entry = {"text": "−3.4 %", "status": "estimate", "sources": [{"source": "Fund"}]}
    assert history._told(entry, ["Fund"])["text"] == "−3.4 % (a forecast)"
    assert history._told(entry, ["Bank"]) == entry
    reported = {**entry, "status": "final"}
    assert history._told(reported, ["Fund"]) == reported


# ---------------------------------------------------------------- the whole ledger


def made(root, folder, **asked):
    """Run the worker as a build does, in two halves; give the parts and the runs that were new."""
    edition = load_edition(root, "current")
    request = folder / "asked.json"
    names = [path.stem for path in sorted((root / "notebooks").glob("*.ipynb"))]
    content = past.asked(root, names, edition, "2023-06-30", "code")
    request.write_text(json.dumps({**content, **asked}), encoding="utf-8")
    before = {run for left in folder.glob("kept-*.json") for run in json.loads(left.read_text())}
    parts = []
    for share in (1, 2):
        target = folder / f"numbers-{share}.json"
        command = [sys.executable, "-m", "livingbrief.run.history", str(root), str(request)]
        done = subprocess.run(
            [*command, str(target), f"{share}/2"],
            env={**os.environ, "LIVINGBRIEF_ROOT": str(root), "LIVINGBRIEF_DRAW": "no"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        parts.append(json.loads(target.read_text(encoding="utf-8")))
    return parts, {run for part in parts for run in part["numbers"]} - before


def judged(parts):
    """The history, as if today were its last day."""
    last = {d: run for part in parts for d, runs in sorted(part["on"].items()) for run in [runs]}
    numbers = {}
    for day in sorted(last):
        for part in parts:
            for run in part["on"].get(day, ()):
                numbers |= part["numbers"][run]
    ledger = claims.covering([c for c in LEDGER if c.id in parts[0]["days"]], numbers)
    today = claims.evaluate(history.judged(ledger), numbers, "today")
    return history.of_ledger(ledger, parts, today, "current")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    return folder, *made(ROOT, folder)


@pytest.mark.slow
def test_the_day_of_the_brief_is_the_edition_that_looks_back(whole):
    """What is left of a notebook gives the numbers of the whole one."""
    _, parts, _ = whole
    numbers = {}
    for run in parts[0]["on"]["2023-06-30"]:
        numbers |= parts[0]["numbers"][run]
    edition, printed = load_edition(ROOT, "brief-2023"), dict[str, dict]()
    for name in past.asked(ROOT, NOTEBOOKS, edition, "", "")["notebooks"]:
        printed |= golden.run(edition, name)["numbers"]
    for key, number in numbers.items():
        # A measure of the time since reaches years of which nothing is printed.
        entry = printed.get(key, past.NONE)
        assert number == {field: entry[field] for field in past.KEPT}, key
    assert len(numbers.keys() & printed.keys()) > 100


@pytest.mark.slow
def test_nothing_is_run_again_for_what_has_not_changed(whole):
    folder, parts, new = whole
    assert len(new) > 100
    again, more = made(ROOT, folder)
    assert again == parts and more == set()


@pytest.mark.slow
def test_the_file_is_as_its_schema_says_and_no_state_looks_ahead(whole):
    content = judged(whole[1])
    jsonschema.validate(content, history.schema())
    for item in content["claims"]:
        dates = [s["date"] for s in item["states"]]
        assert dates == sorted(set(dates)) and dates[0] >= "2021-02-17"
        claim = next(c for c in LEDGER if c.id == item["id"])
        first = min(m.year for m in claim.measures if m.counts and m.about == "claim")
        assert not any(s["known"] for s in item["states"] if int(s["date"][:4]) < first), item["id"]
    for part in whole[1]:
        for day, runs in part["on"].items():
            for run in runs:
                assert [*ahead.later_numbers(part["numbers"][run], day)] == []
    broken = {**content, "claims": [{**content["claims"][0], "id": 1}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, history.schema())


@pytest.mark.slow
def test_a_claim_begins_with_the_first_printing_of_any_table_that_serves_it(whole):
    content = {item["id"]: item["states"] for item in judged(whole[1])["claims"]}
    first = {name: next(s for s in states if s["known"]) for name, states in content.items()}
    # An issue of the Outlook, which the World Bank's figures have since replaced.
    assert first["C54a"]["date"] == first["C54b"]["date"] == "2021-04-30"
    # A page of the Committee, before its first whole table.
    assert first["C48a"]["date"] == first["C03"]["date"] == "2021-10-13"
    # Months of the ruble are known before their year ends.
    war = next(s for s in content["C05"] if s["known"])
    assert war["date"] == "2022-04-30"
    assert [m["key"] for m in war["moved"]] == ["ruble.value_change_feb_mar_2022_pct"]


@pytest.mark.slow
def test_a_new_vintage_adds_its_day_and_moves_nothing_before_it(tmp_path, whole):
    folder, parts, _ = whole
    root = tmp_path / "project"
    shutil.copytree(ROOT / "data", root / "data")
    for name in ("notebooks", "book", "editions.yml", "pyproject.toml", "_toc.yml"):
        (root / name).symlink_to(ROOT / name)
    newest = open_catalog(ROOT).default(WDI)
    planted = later_by(max(printings(open_catalog(ROOT), WDI)), 1)
    frame = pd.read_csv(ROOT / "data" / newest.path, dtype=str, keep_default_na=False)
    for code, country, year, factor in (
        ("BX.TRF.PWKR.CD.DT", "KGZ", "2021", 1.07),
        ("NY.GDP.MKTP.CD", "KGZ", "2020", 0.97),
        ("NY.GDP.MKTP.KD.ZG", "TUR", "2020", -1),
    ):
        at = (frame["indicator"] == code) & (frame["iso3"] == country) & (frame["year"] == year)
        assert at.sum() == 1
        frame.loc[at, "value"] = repr(factor * float(frame.loc[at, "value"].item()))
    content = frame.to_csv(index=False, lineterminator="\n").encode()
    add_tidy(root, WDI, content, planted, note="planted")
    cached = tmp_path / "cached"
    shutil.copytree(folder, cached)
    after, new = made(root, cached)
    days = Counter(day for part in after for day in part["on"])
    assert {*days} - {day for part in parts for day in part["on"]} == {planted}
    # Only the new day was run; the newest day tells besides from which tables keys come.
    assert 0 < len(new) < 20
    (tmp_path / "cold").mkdir()
    cold, _ = made(root, tmp_path / "cold")
    was = {item["id"]: item["states"] for item in judged(parts)["claims"]}
    for content in (judged(after), judged(cold)):
        gained = 0
        for item in content["claims"]:
            assert item["states"][: len(was[item["id"]])] == was[item["id"]], item["id"]
            gained += item["states"][-1]["date"] == planted
        assert gained > 5
        turkey = next(item for item in content["claims"] if item["id"] == "C54b")["states"]
        assert (turkey[-2]["verdict"], turkey[-1]["verdict"]) == ("contradicted", "supported")


@pytest.mark.slow
def test_a_printing_of_one_indicator_turns_and_dates_no_claim_that_it_does_not_decide(
    tmp_path, whole
):
    folder, parts, _ = whole
    root, cached, day = tmp_path / "project", tmp_path / "cached", "2025-10-03"
    shutil.copytree(ROOT / "data", root / "data")
    for name in ("notebooks", "book", "editions.yml", "pyproject.toml", "_toc.yml"):
        (root / name).symlink_to(ROOT / name)
    file = root / "1-2-1.csv"
    file.write_bytes(small_package.open_sdg()["1-2-1.csv"])
    add(root, "nsc", file, day)
    shutil.copytree(folder, cached)
    after, _ = made(root, cached)
    was = {item["id"]: item["states"] for item in judged(parts)["claims"]}
    now = {item["id"]: item["states"] for item in judged(after)["claims"]}
    gained = {name for name in now if day in {s["date"] for s in now[name]}}
    about = {c.id for c in LEDGER if any(key.startswith("poverty.") for key in c.keys)}
    assert gained and gained <= about
    for name, states in now.items():
        assert [s for s in states if s["date"] != day] == was[name], name
        assert states[-1]["verdict"] == was[name][-1]["verdict"]


def test_a_notebook_that_cannot_be_run_as_of_a_day_is_named(tmp_path):
    root = tmp_path / "project"
    (root / "notebooks").mkdir(parents=True)
    for name in ("data", "book", "editions.yml", "pyproject.toml"):
        (root / name).symlink_to(ROOT / name)
    text = (ROOT / "notebooks" / "conditions.ipynb").read_text(encoding="utf-8")
    broken = text.replace("nb.data.outlook(", "nb.data.outlooked(")
    assert broken != text
    (root / "notebooks" / "conditions.ipynb").write_text(broken, encoding="utf-8")
    with pytest.raises(AssertionError, match=r"notebooks/conditions.*as of 20\d\d.*'outlooked'"):
        made(root, tmp_path)
