"""Executed notebooks are read in Jupyter: filled with their own numbers, in plain words."""

import re
import shutil

import nbformat
import pytest

from livingbrief import notebooks
from livingbrief.book import extension
from livingbrief.notebooks import CAPTION, TEMPLATE_MIME
from livingbrief.paths import project_root

build = pytest.mark.build

TEMPLATE = re.compile(r"\{\{|\{%")
MYST = re.compile(r"\{[a-z:]+\}`|^\s*(?::{3,}|`{3,}\{)|^\(\S+\)=$|\[\^", re.M)
ONLY_THE_BOOK_READS = re.compile(rf"{TEMPLATE.pattern}|{MYST.pattern}|^\s*(?:- )?(?:= |\?)", re.M)


def outputs(path):
    cells = nbformat.read(path, as_version=4).cells
    return [output for cell in cells for output in cell.get("outputs", ()) if "data" in output]


def prose_of(path):
    cells = nbformat.read(path, as_version=4).cells
    said = [
        "".join(o["data"]["text/markdown"]) for o in outputs(path) if TEMPLATE_MIME in o["data"]
    ]
    return [cell.source for cell in cells if cell.cell_type == "markdown"] + said


def unreadable(folder):
    """Return the prose of a folder of notebooks in which Jupyter shows what is no text."""
    paths = sorted(folder.glob("*.ipynb"))
    return [(p.name, c[:60]) for p in paths for c in prose_of(p) if ONLY_THE_BOOK_READS.search(c)]


@build
def test_an_executed_notebook_reads_by_itself_and_its_figures_have_captions(tiny):
    paths = sorted((tiny.report / "notebooks").glob("*.ipynb"))
    assert len(paths) == 2
    assert sum(len(prose_of(path)) for path in paths) > 20
    assert unreadable(tiny.report / "notebooks") == []
    for path in paths:
        under = [o for o in outputs(path) if o["metadata"] == CAPTION]
        drawn = [o for o in outputs(path) if "image/svg+xml" in o["data"]]
        assert len(under) == len(drawn) > 0


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


def test_a_markdown_cell_of_a_chapter_holds_nothing_that_only_the_book_reads():
    for path in sorted((project_root() / "notebooks").glob("*.ipynb")):
        for cell in notebooks.read(path)["cells"]:
            if cell["cell_type"] == "markdown":
                assert not ONLY_THE_BOOK_READS.search(cell["source"]), (path.name, cell["id"])


def test_a_link_to_a_page_that_a_country_report_lacks_is_its_words_alone():
    link = "[Shocks](../book/chapters/shocks.md)"
    for held, said in (((), "Shocks"), (("book/chapters/shocks",), link)):
        cell = nbformat.v4.new_markdown_cell(f"{link}, [x](https://y)")
        made = extension.published(nbformat.v4.new_notebook(cells=[cell]), "shocks", held)
        assert made.cells[0].source == f"{said}, [x](https://y)"
