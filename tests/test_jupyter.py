"""Executed notebooks are read in Jupyter and on the web: they hold what both can show."""

import re
import shutil

import nbformat
import pytest

from livingbrief.book import extension
from livingbrief.paths import project_root

build = pytest.mark.build

TEMPLATE = re.compile(r"\{\{|\{%")
MYST = re.compile(r"\{[a-z:]+\}`|^\s*(?::{3,}|`{3,}\{)|^\(\S+\)=$|\[\^", re.M)
ONLY_THE_BOOK_READS = re.compile(rf"{TEMPLATE.pattern}|{MYST.pattern}|^\s*(?:- )?(?:= |\?)", re.M)


def unreadable(folder):
    """Return the Markdown of a folder of notebooks in which Jupyter shows what is no text."""
    found = []
    for path in sorted(folder.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            shown = (o.get("data", {}) for o in cell.get("outputs", ()))
            texts = ["".join(data.get("text/markdown", "")) for data in shown]
            texts += [cell.source] if cell.cell_type == "markdown" else []
            found += [(path.name, t[:60]) for t in texts if ONLY_THE_BOOK_READS.search(t)]
    return found


@build
def test_an_executed_notebook_reads_by_itself(tiny):
    assert len([*(tiny.report / "notebooks").glob("*.ipynb")]) == 2
    assert unreadable(tiny.report / "notebooks") == []


@build
def test_the_page_offers_the_executed_notebook(tiny):
    site = tiny.report / "html" / "notebooks"
    raw = (site / "conditions.html").read_text()
    offered = re.findall(r'href="([^"]*\.ipynb)"', raw)
    assert len(offered) == 2
    executed = (tiny.report / "notebooks" / "conditions.ipynb").read_bytes()
    source = (tiny.root / "notebooks" / "conditions.ipynb").read_bytes()
    leads_to = [(site / address).resolve().read_bytes() for address in offered]
    assert [leads_to.count(x) for x in (executed, source)] == [1, 1]


@build
def test_the_book_is_the_same_when_it_is_built_from_a_report(copy):
    """`jupyter-book build .` reads the executed notebooks of the report."""
    shutil.rmtree(copy.root / ".build")
    done = copy.jupyter_book()
    assert done.code == 0, done.err[-2000:]
    made = copy.root / "out" / "_build" / "html" / "notebooks"
    for path in (copy.report / "html" / "notebooks").iterdir():
        assert dated((made / path.name).read_bytes()) == dated(path.read_bytes()), path.name


def dated(raw):
    return re.sub(rb"Last updated on [^.]*\.|content=\"\w+ \d+, \d{4}\"", b"", raw)


def test_a_markdown_cell_of_a_notebook_holds_nothing_that_only_the_book_reads(tmp_path):
    assert unreadable(project_root() / "notebooks") == []
    cell = nbformat.v4.new_markdown_cell("It rose by {{ a.b.2022 }}.")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "told.ipynb")
    assert unreadable(tmp_path) == [("told.ipynb", cell.source)]


def test_a_link_to_a_page_that_a_country_report_lacks_is_its_words_alone():
    link = "[Shocks](../book/chapters/shocks.md)"
    for held, said in (((), "Shocks"), (("book/chapters/shocks",), link)):
        cell = nbformat.v4.new_markdown_cell(f"{link}, [x](https://y)")
        made = extension.published(nbformat.v4.new_notebook(cells=[cell]), "shocks", held)
        assert made.cells[0].source == f"{said}, [x](https://y)"
