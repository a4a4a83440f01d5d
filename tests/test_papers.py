"""The report as a PDF and papers of some of its pages: what each holds and tells."""

import hashlib
import re

import pytest
from docutils import nodes, utils
from pypdf import PdfReader

from livingbrief.errors import InputError
from livingbrief.pdf import markup
from livingbrief.pdf import papers as asked
from tests import papers
from tests.test_typst import CONF, build, squeeze

PAGES = {
    "index": """
A book
======

To :doc:`first`, :doc:`second`, :doc:`keys` and `out <https://example.org/a>`_.

.. toctree::

   first
   second
   keys
""",
    "first": """
First chapter
=============

To :ref:`the table <table>`.

.. csv-table:: Rows
   :header: Name, Value

   one, 1
   "", 2

Inner
-----

.. image:: line.svg
   :alt: A line
""",
    "second": """
Second (chapter)
================

.. _table:

Ünder: a table
--------------

.. csv-table::
   :header: Year, Value, More

   2020, 1, 2
   2021, 3, 4
""",
    "keys": ":only: web\n\nKeys\n====\n\nA list of keys.\n",
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0L9 9"/></svg>'
PAPERS = {
    "short": {"pages": ["index", "first"], "language": "ru"},
    "other": {"pages": ["index", "absent"]},
}


WORKS = """
Works
=====

.. [Other] A work that is not cited.

.. [Some] *A work*. https://example.org/%s
""" % ("a_long_address_of_many_words_" * 5 + "end")


def make(folder, pages=PAGES, asked=PAPERS):
    root = folder / "source"
    root.mkdir()
    for name, text in pages.items():
        (root / f"{name}.rst").write_text(text, encoding="utf-8")
    (root / "line.svg").write_text(SVG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        return build(root, {**CONF, "typst_papers": asked, "numfig": False})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("papers"))


def text(path):
    return squeeze(" ".join(page.extract_text() for page in PdfReader(path).pages))


def test_a_paper_holds_its_pages_without_title_page_and_one_that_lacks_a_page_is_not_made(made):
    assert sorted(p.name for p in made.glob("*.pdf")) == ["report.pdf", "short.pdf"]
    short, whole = text(made / "short.pdf"), text(made / "report.pdf")
    assert short.startswith("A book To First chapter") and "Inner" in short
    assert "Contents" not in short and "Ünder" not in short
    assert "Contents" in whole and "Ünder" in whole
    assert "A list of keys" not in short + whole, "a page for the web"


@pytest.mark.parametrize(("name", "language"), [("report", "en"), ("short", "ru")])
def test_both_tell_headings_and_language(made, name, language):
    assert papers.faults(made / f"{name}.pdf", language) == []
    pdf = PdfReader(made / f"{name}.pdf")
    assert pdf.metadata.title == {"report": "A small report", "short": "A book"}[name]
    heads = [papers.scopes(cell) for cell in papers.elements(pdf, "/TH")]
    assert heads == [{"/Column"}] * (5 if name == "report" else 2)


def test_a_link_out_of_a_paper_leads_into_the_report(made):
    short, whole = ({*papers.links(PdfReader(made / f"{n}.pdf"))} for n in ("short", "report"))
    assert {"second#second-chapter", "second#under-a-table", "https://example.org/a"} <= whole
    assert {"first#first-chapter", "https://example.org/a"} <= short
    there = PdfReader(made / "report.pdf").named_destinations
    out = {re.sub("%23", "#", uri.partition("=")[2]) for uri in short if "report.pdf" in uri}
    assert out == {"second#second-chapter", "second#under-a-table"} <= there.keys()


def test_the_pages_of_an_annex_are_not_in_the_report_and_links_lead_both_ways(tmp_path):
    annex = {"annex": {"pages": ["second"], "title": "The annex", "apart": True}}
    parts = PAGES["index"].replace(
        "toctree::\n\n   first\n   second", "toctree::\n   :caption: A part\n\n   second\n   first"
    )
    pages = {**PAGES, "index": parts, "second": PAGES["second"] + "\nBack to :doc:`first`.\n"}
    folder = make(tmp_path, pages, annex | {"short": {"pages": ["first"]}})
    report, apart, short = (PdfReader(folder / f"{n}.pdf") for n in ("report", "annex", "short"))
    assert (
        "Ünder" not in text(folder / "report.pdf")
        and "a part" in text(folder / "report.pdf").lower()
    )
    assert apart.metadata.title == "The annex" and "Contents" in text(folder / "annex.pdf")
    for pdf, other, there in (
        (report, "annex", apart),
        (apart, "report", report),
        (short, "annex", apart),
    ):
        out = [uri.partition("=")[2] for uri in papers.links(pdf) if f"{other}.pdf" in uri]
        assert out and {name.replace("%23", "#") for name in out} <= there.named_destinations.keys()


def test_two_builds_give_the_same_bytes(made, tmp_path):
    again = make(tmp_path)
    for name in ("report.pdf", "short.pdf"):
        one, other = (hashlib.sha256((d / name).read_bytes()).hexdigest() for d in (made, again))
        assert one == other, name


def test_a_page_that_no_part_lists_is_named(tmp_path):
    config = "sphinx: {config: {typst_papers: {brief: {pages: [book/index, book/sumary]}}}}\n"
    (tmp_path / "_config.yml").write_text(config)
    with pytest.raises(InputError, match=r"paper 'brief' has a page 'book/sumary', which stands"):
        asked.files(tmp_path, ["book/index", "book/summary"], ["book/index"])
    (tmp_path / "_config.yml").write_text(config.replace("sumary", "summary"))
    both = ["book/index", "book/summary"]
    assert asked.files(tmp_path, both, both) == ("report.pdf", "brief.pdf")
    assert asked.files(tmp_path, both, ["book/index"]) == ("report.pdf",), "an annex"


def test_a_paper_leads_to_the_works_of_the_report(tmp_path):
    pages = {
        "index": "A book\n======\n\nAs in [Some]_.\n\n.. toctree::\n\n   first\n   works\n",
        "first": "First\n=====\n\nA few words.\n",
        "works": WORKS,
    }
    # A work that no page cites is a warning of Sphinx's.
    pages["first"] += "\nAs in [Other]_.\n"
    root = tmp_path / "source"
    root.mkdir()
    for name, words in pages.items():
        (root / f"{name}.rst").write_text(words, encoding="utf-8")
    folder = build(root, {**CONF, "typst_papers": {"bare": {"pages": ["index"]}}})
    (bare,) = papers.links(PdfReader(folder / "bare.pdf"))
    assert bare.startswith("report.pdf#nameddest=works")
    whole = PdfReader(folder / "report.pdf")
    right = [a.get_object()["/Rect"][2] for p in whole.pages for a in p.get("/Annots", [])]
    assert max(right) < 596 - 68 + 1, "an address runs into the margin"


def test_the_first_page_that_shows_a_chart_draws_it_and_the_chapter_has_its_number():
    def page(*figures):
        tree = utils.new_document("page")
        tree += figures
        return tree

    chapters = [markup.Chapter(name) for name in ("index", "story", "chapter")]
    trees = {
        "index": page(nodes.figure(chart="fig-hero")),
        "story": page(nodes.figure(chart="fig-hero"), nodes.figure(chart="fig-a")),
        "chapter": page(*(nodes.figure(ids=[i]) for i in ("fig-a", "fig-b")), nodes.figure()),
    }
    targets = markup.Targets()
    targets.draw_once(chapters, trees, "fig-hero")
    assert targets.drawn == {"fig-hero": "cover", "fig-a": "story#fig-a", "fig-b": "chapter#fig-b"}
    assert {name: docname for name, (docname, _) in targets.numbers.items()} == {
        "fig-a": "chapter",
        "fig-b": "chapter",
    }
