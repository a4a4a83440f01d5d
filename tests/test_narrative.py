"""The pages that a reader meets first, as they were built: with figures, and of one mind."""

import html
import re
from urllib.parse import unquote

import pytest
from pypdf import PdfReader

from tests import papers
from tests.test_web import site  # noqa: F401


def words_of(summary):
    return len(plain(FILES.sub("", summary)).split())


def repeated(markup):
    """Sentences of more than five words that stand twice in running text."""
    paragraphs = map(plain, re.findall(r"<p>(.*?)</p>", AGAIN.sub("", markup), re.S))
    said = [s for p in paragraphs for s in re.split(r"(?<=[.?!]) ", p) if len(s.split()) > 5]
    return {s for s in said if said.count(s) > 1}


NARRATIVE = (
    "summary",
    "risk_factors",
    "households",
    "leave",
    "profile",
    "overview",
    "recommendations",
    "changes",
)
FILES = re.compile(r'<div class="figure-files">(.*?)</div>', re.S)
AGAIN = re.compile(r'<figure class="[^"]*\bagain\b[^"]*">(.*?)</figure>', re.S)
#: What a screen reader is not told, or a link's mark, is no word.
UNREAD = r'<(script|style|svg)\b.*?</\1>|<a class="headerlink".*?</a>'


def article(page):
    found = re.search(r"<article.*?</article>", page.read_text("utf-8"), re.S)[0]
    return re.sub(UNREAD, "", found, flags=re.S)


def plain(markup):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def figures(markup):
    """Name to figure, of chapters' figures that a page shows again."""
    return {re.search(r"figures/([\w-]+)\.csv", f)[1]: f for f in AGAIN.findall(markup)}


@pytest.fixture(scope="module")
def book(site):  # noqa: F811
    return site / "book"


@pytest.mark.slow
@pytest.mark.parametrize("name", NARRATIVE)
def test_every_narrative_page_has_a_figure_with_all_that_belongs_to_it(book, name):
    found = figures(article(book / f"{name}.html"))
    assert found
    for figure in found.values():
        assert re.search(r'<img [^>]*alt="[^"]{20,}"', figure)
        for attribute in ("width=", "height=", 'loading="lazy"', "<source media="):
            assert attribute in figure
        assert "caption-number" not in figure and "<strong>" in figure
        for kind in ("csv", "svg", "png"):
            path = re.search(rf'href="([^"]+\.{kind})"', figure)[1]
            assert (book / path).resolve().is_file()
        page, cell = re.search(r'href="([^"#]+)#(code-[^"]+)">how it was made', figure).groups()
        assert f'id="{cell}"' in (book / page).resolve().read_text("utf-8")


@pytest.mark.build
def test_a_figure_on_another_page_has_no_number_and_one_that_is_not_there_leaves_no_hole(tiny):
    page = article(tiny.report / "html" / "book" / "index.html")
    (figure,) = figures(page).values()
    assert "caption-number" not in figure and "fig-remittance-share.narrow.svg" in figure
    assert "claim C63: ◇ depends on the measure; World Bank CSV" in plain(FILES.search(figure)[1])
    assert "another-country" not in page
    chapter = (tiny.report / "html" / "book" / "chapters" / "remittances.html").read_text("utf-8")
    numbers = re.findall(r'caption-number">Fig. (\d+)', chapter)
    assert numbers == [str(n) for n in range(int(numbers[0]), int(numbers[0]) + len(numbers))]


@pytest.mark.build
def test_the_note_on_paper_shows_its_figures_and_leads_into_the_report(tiny):
    found = [papers.faults(tiny.report / f"{name}.pdf", "en") for name in ("note", "report")]
    assert found == [[], []]
    brief = PdfReader(tiny.report / "note.pdf")
    alternative = [str(e["/Alt"]) for e in papers.elements(brief, "/Figure")]
    assert len(alternative) == 1 and "of GDP" in alternative[0]
    there = PdfReader(tiny.report / "report.pdf").named_destinations
    out = [t.partition("nameddest=")[2] for t in papers.links(brief) if "report.pdf" in t]
    assert out and {unquote(name) for name in out} <= there.keys()


@pytest.mark.slow
def test_the_summary_has_at_most_seven_hundred_words_and_says_nothing_twice(book):
    summary = article(book / "summary.html")
    assert 300 < words_of(summary) <= 700
    assert repeated(summary) == set()
