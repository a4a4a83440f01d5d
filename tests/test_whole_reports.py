"""The whole report, both editions and an annex: what it prints agrees, and notebooks are read."""

import os
import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest import mock

import pytest
from pypdf import PdfReader

from livingbrief.book import pages
from livingbrief.book.marks import MARK, key_and_form
from livingbrief.book.sentences import Page
from livingbrief.book.state import BookState
from livingbrief.paths import project_root
from tests import papers, printed
from tests.conftest import Project, whole_project
from tests.test_jupyter import unreadable

pytestmark = [pytest.mark.build, pytest.mark.slow]
ROOT = project_root()


@dataclass(frozen=True)
class Report:
    """A finished report, and the folder in which it was made."""

    root: Path
    folder: Path
    work: Path

    def state(self):
        with mock.patch.dict(os.environ, {"LIVINGBRIEF_STAGE": str(self.folder)}):
            return BookState.of(self.root)


@pytest.fixture(scope="module")
def aside(tmp_path_factory):
    """A copy of the project."""
    return whole_project(tmp_path_factory.mktemp("whole")).root


def run(root, *arguments):
    done = Project(root).run("build", *arguments)
    assert done.code == 0, done.out + done.err


@pytest.fixture(scope="module", params=["current", "brief-2023"])
def report(request, aside):
    run(aside, "--edition", request.param)
    return Report(aside, aside / "dist" / request.param, aside / ".build" / request.param)


@pytest.fixture(scope="module")
def annex(aside):
    run(aside, "--set", "country=TJK", "--output", str(aside / "annex"))
    return Report(aside, aside / "annex", aside / ".build" / "current")


def test_an_early_year_is_built_without_what_it_does_not_show(aside):
    folder = aside / "early"
    run(aside, "--set", "last_year=2021", "--output", str(folder))
    shown = {
        n for names in printed.read_json(folder / "book.json")["exhibits"].values() for n in names
    }
    page = (folder / "html" / "book" / "chapters" / "migration.html").read_text(encoding="utf-8")
    assert "tbl-labour-ministry" not in shown
    assert 'href="#tbl-labour-ministry"' not in page
    assert 'href="#fig-' in page
    assert len(PdfReader(folder / "report.pdf").pages) > 35


def test_html_pdf_and_results_agree_on_every_number(report):
    source = report.work / "sphinx-typst" / "typst" / "report.typ"
    assert printed.disagreements(report.folder, source, report.root / "book" / "facts.yml") == []


def test_every_number_that_a_template_prints_has_its_key_in_the_page(report):
    state = report.state()
    prose = state.prose(report.root, pages.context(report.root, state))
    prose.shows = partial(pages.shown, state)
    lists, total = pages.lists(state.book.edition), 0
    for page, numbers in printed.on_web(report.folder).items():
        path = report.root / f"{page}.md"
        if not path.is_file():
            assert numbers == []
            continue
        told = Page(prose, lists, path.name).fill(path.read_text(encoding="utf-8"))
        marks = Counter(key_and_form(hidden) for hidden, _ in MARK.findall(told))
        assert marks == Counter((n.key, n.form) for n in numbers), page
        total += marks.total()
    assert total > 500


def test_executed_notebooks_are_all_there_and_readable(report):
    assert unreadable(report.folder / "notebooks") == []
    count = len(list((ROOT / "notebooks").glob("*.ipynb")))
    assert len(list((report.folder / "notebooks").glob("*.ipynb"))) == count


def test_executed_notebooks_of_a_country_report_are_readable(annex):
    assert unreadable(annex.folder / "notebooks") == []


def test_a_country_report_is_short_and_its_first_page_answers(annex):
    first, *others = PdfReader(annex.folder / "report.pdf").pages
    assert 6 <= 1 + len(others) <= 12
    told = printed.plain(first.extract_text())
    results = annex.state().results
    for key in ("usd_mn", "pct_gdp"):
        assert results[f"remittances.gross.{key}.2024"].text.replace("\u00a0", " ") in told
    assert "What cannot be said" in told
    whole = printed.plain(" ".join(page.extract_text() for page in others))
    assert "Its host is taken to be Russia" in whole
    assert results["shock.response.slope"].text in whole


@pytest.mark.parametrize(
    ("name", "language"),
    [("note", "en"), ("note-ru", "ru"), ("note-ky", "ky"), ("report", "en")],
)
def test_pdfs_tell_their_structure(report, name, language):
    path = report.folder / f"{name}.pdf"
    assert papers.faults(path, language) == []
    assert path.stat().st_size < 4_000_000


def test_the_note_has_two_pages_and_keys_are_listed_on_the_web_alone(report):
    note, whole = (PdfReader(report.folder / f"{name}.pdf") for name in ("note", "report"))
    assert len(note.pages) == 2
    first, second = (printed.plain(page.extract_text()) for page in note.pages)
    for words in ("is not known", "The law exists", "Two other links"):
        assert words in first, words
    for words in ("what to watch", "What is not known", "How this was made"):
        assert words in second, words
    keys = (report.folder / "html" / "book" / "results.html").read_text("utf-8")
    assert "holds every number that the text prints" in keys
    assert not any("holds every number that" in page.extract_text() for page in whole.pages)


def test_the_first_page_is_one_page(report):
    texts = [printed.plain(p.extract_text()) for p in PdfReader(report.folder / "report.pdf").pages]
    first = next(i for i, text in enumerate(texts) if "A policy brief of June 2023" in text)
    assert "Executive summary" in texts[first + 1]


def test_a_figure_is_drawn_once_and_the_report_is_no_longer_than_it_need_be(report):
    source = (report.work / "sphinx-typst" / "typst" / "report.typ").read_text("utf-8")
    drawn = Counter(re.findall(r'#align\(center, picture\("images/([^"]*)"', source))
    assert drawn["fig-remittances.svg"] == 1, "the cover has it"
    assert drawn.most_common(1)[0][1] == 1
    cover, *rest = (p.extract_text() for p in PdfReader(report.folder / "report.pdf").pages)
    assert len(rest) < 55
    title = report.state().book.titled["fig-remittances"].title
    assert printed.plain(title) in printed.plain(cover)
    assert printed.plain(" ".join(rest)).count("(drawn on page") == source.count("#drawn-on(")


def test_the_first_page_offers_both_pdfs_the_workbook_and_how_to_cite(report, annex):
    for made, papers_too in ((report, True), (annex, False)):
        first = "book/index.html" if papers_too else "book/country/index.html"
        page = (made.folder / "html" / first).read_text("utf-8")
        offered = dict(re.findall(r'href="(?:\.\./){2,3}([\w.]+)">(.*?)</a>', page))
        if papers_too:
            assert offered["note.pdf"] == "Note (2 pages, PDF)"
            assert offered["report.pdf"] == "Report (PDF)"
            assert offered["data.xlsx"] == "Data (one workbook)" and "method.html#cite" in page
        assert all((made.folder / file).is_file() for file in offered)
        assert (made.folder / "note.pdf").is_file() == papers_too
