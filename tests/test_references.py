"""The references: list and citations agree, titles stand as they are."""

import ast
import re
from pathlib import Path

import pytest
from pybtex.database import Entry, Person, parse_string

from livingbrief.book import ahead, references

ROOT = Path(__file__).resolve().parents[1]
BIB = references.load(ROOT / "book" / "references.bib")


def render(entries: dict[str, Entry]) -> dict[str, str]:
    style = references.ReportStyle()
    return {e.key: e.text.render_as("text") for e in style.format_entries(entries.values())}


def one(fields: str, kind: str = "misc") -> Entry:
    return parse_string(f"@{kind}{{k, {fields}}}", "bibtex").entries["k"]


def test_two_works_of_one_author_and_year_are_told_apart_in_the_order_of_the_list():
    entries = [
        Entry("misc", fields={"title": title, "year": "2024"}, persons={"author": [Person("IOM")]})
        for title in ("A", "B")
    ]
    for entry, key in zip(entries, ("first", "second"), strict=True):
        entry.key = key
    told = references.AuthorYearLabels().format_labels(entries)
    assert [*told] == ["IOM 2024a", "IOM 2024b"]


def test_no_sentence_names_the_year_of_a_work_that_has_a_letter():
    style = references.ReportStyle()
    told = dict(zip(BIB, style.format_labels(BIB.values()), strict=True))
    pages = [*ROOT.glob("book/**/*.md"), *ROOT.glob("notebooks/*.ipynb")]
    named = re.findall(r"\{cite:t\}`(\w+)`", "".join(p.read_text("utf-8") for p in pages))
    assert named and all(told[key][-1].isdigit() for key in named)


@pytest.mark.parametrize(
    ("names", "cited"),
    [
        ("{World Bank}", "World Bank"),
        ("Bai, Jushan and Perron, Pierre", "Bai and Perron"),
        ("Montiel Olea, José Luis", "Montiel Olea"),
        ("Foster, J. and Greer, J. and Thorbecke, E.", "Foster et al."),
    ],
)
def test_authors_are_cited_by_their_names(names, cited):
    entry = one(f"author = {{{names}}}, year = 2000, title = {{{{T}}}}")
    assert references.authors(entry) == cited


def test_an_entry_without_author_is_refused_by_name():
    with pytest.raises(ValueError, match="entry 'k' has no author"):
        references.authors(one("title = {{T}}, year = 2000"))


def test_titles_keep_their_capitals_and_their_script():
    text = render(BIB)["criminalcode2021"]
    assert "Уголовный кодекс Кыргызской Республики от 28 октября 2021 года № 127" in text
    assert "[Criminal Code of the Kyrgyz Republic of 28 October 2021, No. 127]" in text
    assert "Accessed 11 May 2023" in text


def test_a_data_set_shows_what_it_is_and_its_vintage():
    text = render(BIB)["wdi2026"]
    assert "World Development Indicators [data set]" in text
    assert re.search(r"Vintage: \d+ \w+ 20\d\d\.", text)


def test_every_footnote_and_every_listed_entry_of_the_brief_is_there():
    cited = [
        int(number)
        for entry in BIB.values()
        for number in re.findall(r"\d+", entry.fields.get("footnotes", ""))
    ]
    assert sorted(cited) == list(range(1, 29))
    assert sum(entry.fields.get("bibliography") == "yes" for entry in BIB.values()) == 16


def test_every_data_set_states_its_vintage():
    bare = [k for k, e in BIB.items() if e.type == "dataset" and not e.fields.get("vintage")]
    assert bare == []


def test_a_list_that_looks_back_sets_apart_what_was_printed_later():
    file, out = ROOT / "book" / "references.bib", ahead.known(ROOT, "2023-06-30")
    lists = re.findall(
        r"(?m)^:filter: (?:cited and )?key in (.*)$", references.listed(file, out, "all")
    )
    early, later = map(ast.literal_eval, lists)
    assert "state2022" in early and "wdi2026" in later and not early & later
