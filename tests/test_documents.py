"""The documents say what the report says, and name tests and files that are there."""

import csv
import re
from collections import Counter

import pytest
from PIL import Image

from livingbrief.claims import claims
from livingbrief.data.catalog import Catalog
from livingbrief.errors import DataError
from livingbrief.paths import project_root
from tools import size

ROOT = project_root()
#: These speak of what is gone, too.
PAST = ("CHANGELOG.md", "CORRECTIONS.md", "DECISIONS.md")
PATH = re.compile(r"`((?:livingbrief|remitrisk|book|tools|tests|notebooks|docs|data)/[\w./-]+)`")
DOCUMENTS = [*ROOT.glob("*.md"), ROOT / "data" / "README.md", *(ROOT / "docs").glob("*.md")]


def test_the_readme_says_what_the_report_says():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.search(r"<!-- findings -->\n(.*?)<!-- /findings -->", readme, re.DOTALL)[1]
    with (ROOT / "tests" / "goldens" / "current.csv").open(encoding="utf-8") as file:
        said = " ".join(r["text"] for r in csv.DictReader(file) if r["key"].startswith("finding."))
    sentences = re.findall(r"^- (.+)$", listed, re.MULTILINE)
    assert len(sentences) >= 3
    assert [sentence for sentence in sentences if sentence not in said] == []
    with Image.open(ROOT / "docs" / "report.png") as picture:
        assert sentences[0] in picture.text["Description"], "run `make pictures`"
    kinds = Counter(claim.kind for claim in claims.load(ROOT / "book" / "claims.yml"))
    split = re.search(
        r"brief's (\d+) claims, (\d+) are judged from figures by a written rule, "
        r"(\d+) by reading sources, cited or found, and (\d+), most of them about causes, by "
        r"neither: no data found here decide them",
        readme,
    )
    assert [*map(int, split.groups())] == [
        kinds.total(),
        *map(kinds.get, ("data", "source", "causal")),
    ]


def test_the_decision_on_size_names_the_budgets_that_are_exceeded_and_no_other():
    text = (ROOT / "DECISIONS.md").read_text(encoding="utf-8")
    told = re.search(r"^78\. .*?`\)\.(.+?%)\.", text, re.MULTILINE)[1]
    measured = size.measure(ROOT)
    for row, (most, _) in size.BUDGETS.items():
        name = row.removeprefix("words of ").split(",")[0].split()[0]
        assert (name in told) == (measured[row] > most), row


def test_who_brings_a_new_source_is_led_to_its_list():
    heading = "How to add a source"
    with pytest.raises(DataError, match=f"“{heading}” in data/README.md"):
        Catalog(ROOT / "data").vintages("wfp")
    assert f"\n## {heading}\n" in (ROOT / "data" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_tests_that_a_document_names_are_there(page):
    text = page.read_text(encoding="utf-8")
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", outside)
    missing = [link for link in links if not (page.parent / link).exists()]
    if page.name not in PAST and page.name != "WRITE_YOUR_OWN.md":
        missing += [name for name in PATH.findall(text) if not (ROOT / name).exists()]
    for files, words in re.findall(r'`pytest ([\w./ ]+?)(?: -k "?([\w ]+)"?)?`', text):
        names = [
            name
            for file in files.split()
            for name in re.findall(r"def (test_\w+)", (ROOT / file).read_text(encoding="utf-8"))
        ]
        missing += [w for w in words.split(" or ") if not any(w in name for name in names)]
    assert missing == []
