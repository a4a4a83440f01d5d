"""The first page and the note: what a vintage turns on both."""

import re
import shutil

import pandas as pd
import pytest

from livingbrief.book import languages
from livingbrief.book.marks import unmarked
from livingbrief.book.prose import Prose
from livingbrief.book.sentences import Page
from livingbrief.brief import brief
from livingbrief.claims.findings import judge, load
from livingbrief.data.adding import add
from remitrisk.series import INFLOW
from tests import golden
from tests import small_package as small

#: Words of the first statement in other languages, as it holds and as it does not.
ELSEWHERE = {"ru": (" купить меньше", " не меньше"), "ky": (" азыраак ", " кем эмес ")}


@pytest.mark.slow
def test_a_vintage_that_turns_the_first_statement_turns_it_on_page_and_note(tmp_path):
    for name in ("book", "notebooks", "editions.yml"):
        (tmp_path / name).symlink_to(small.ROOT / name)
    shutil.copytree(small.ROOT / "data", tmp_path / "data")
    edition = golden.cases()["current"]
    frame = pd.read_csv(
        small.ROOT / "data" / "worldbank" / edition.vintage["worldbank"] / "wdi.csv"
    )
    frame = frame[frame["indicator"].eq(INFLOW) & frame["iso3"].eq("KGZ")]
    frame["value"] = frame["value"].mask(frame["year"] > 2021, frame["value"] * 2)
    file = small.write(tmp_path, "part.csv", frame.to_csv(index=False).encode())
    add(tmp_path, "worldbank", file, "2026-11-27", partial=True, note="planted")
    named = {**edition.vintage, "worldbank": "2026-11-27"}
    results = accepted = golden.results_of(golden.read("current"))
    record = golden.run(edition.model_copy(update={"vintage": named}), "remittances", tmp_path)
    results = {**results, **golden.results_of(golden.rows_of(record))}
    for found, said, change in ((accepted, "less", "would change if"), (results, "no less", "")):
        statement = f"Money from abroad bought {said} at home in 2024 than in 2021."
        told = pages(found)
        assert f"**{statement}**" in told["index"]
        assert bool(change) == ("The finding on money from abroad" in told["note"])
        assert change in told["note"]
        (first,) = (judge(f, found) for f in load(small.ROOT) if f.id == "F530")
        for code, words in ELSEWHERE.items():
            (told,) = languages.read(small.ROOT)[code].judged([first], found)
            assert words[said == "no less"] in told.template


def pages(results):
    """The findings of both pages, as they print them."""
    own = [f for f in load(small.ROOT) if f.chapter in ("index", "note")]
    prose = Prose(results, brief().words("KGZ", "RUS"), findings=[judge(f, results) for f in own])
    texts = {n: (small.ROOT / "book" / f"{n}.md").read_text("utf-8") for n in ("index", "note")}
    role = re.compile(r"(?ms)^:::\{statement\} F53\d$.*?^:::$")
    printed = {name: "\n".join(role.findall(text)) for name, text in texts.items()}
    return {name: unmarked(Page(prose).fill(text)) for name, text in printed.items()}
