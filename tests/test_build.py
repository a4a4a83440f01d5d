"""From data to HTML and PDF on a tiny edition, and what stops a build."""

import json
import os
import shutil

import openpyxl
import pytest

from livingbrief.paths import project_root
from livingbrief.run.hashes import fingerprint
from tests.conftest import contents

pytestmark = pytest.mark.build


def test_nothing_changed_runs_nothing(tiny):
    before = tiny.fingerprint()
    done = tiny.run("build")
    assert done.code == 0
    assert "nothing had changed" in done.out
    assert tiny.fingerprint() == before


def test_a_damaged_report_is_made_good(copy):
    names = ["html/book/index.html", "results.json", "claims.json", "book.json"]
    whole = {name: (copy.report / name).read_bytes() for name in names}
    for name in names:
        (copy.report / name).write_text("{ damaged")
    done = copy.run("build")
    assert done.code == 0, done.err
    assert {name: (copy.report / name).read_bytes() for name in whole} == whole
    assert copy.json("build.json")["edition"]["country"] == "KGZ"
    assert "nothing had changed" in copy.run("build").out


def swap(path, old, new):
    """Change a file and keep its size and its time."""
    times, text = path.stat(), path.read_bytes()
    assert old in text and len(old) == len(new)
    path.write_bytes(text.replace(old, new))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.slow
def test_what_was_changed_where_the_report_is_made_is_not_published(copy):
    """In the stage, and in what a notebook left."""
    made = ("html", "notebooks", "figures", "results.json", "report.pdf")

    def look_again():
        with (copy.root / "data" / "README.md").open("a") as file:
            file.write("Both builders look at it.\n")
        done = copy.run("build")
        assert done.code == 0, done.err

    look_again()
    before = {name: fingerprint([copy.report / name]) for name in made}
    work = copy.root / ".build" / "current"
    chapter = work / "notebooks" / "remittances"
    swap(chapter / "record.json", b'"value": 2', b'"value": 3')
    swap(work / "stage" / "html" / "book" / "index.html", b"A tiny report", b"A tidy report")
    swap(work / "stage" / "figures" / "fig-remittances.csv", b"2022", b"2202")
    swap(work / "notebooks" / "conditions" / "figures" / "tbl-poverty-line.csv", b"2022", b"2202")
    (work / "stage" / "note.txt").write_text("of an earlier version")
    (work / "stage" / "build.json").write_text("{ damaged")
    look_again()
    assert {name: fingerprint([copy.report / name]) for name in made} == before
    assert not (copy.report / "note.txt").exists()


@pytest.mark.slow
def test_a_build_gives_the_same_bytes_whatever_lay_there_before(copy, tmp_path):
    shutil.copy(project_root() / "book" / "changes.md", copy.root / "book")
    toc = copy.root / "_toc.yml"
    toc.write_text(toc.read_text() + "  - file: book/changes\n")

    def built(**env):
        shutil.rmtree(copy.root / ".build")
        done = copy.run("build", **env)
        assert done.code == 0, done.err
        return contents(copy.report)

    shutil.rmtree(copy.report)
    alone, beside = built(), built()
    # Settings of docutils that somebody keeps for other documents are none of the report's.
    for path in (copy.root / "docutils.conf", tmp_path / ".docutils"):
        path.write_text(
            "[html writers]\ninitial_header_level: 3\nfootnote_references: superscript\n"
        )
    assert alone == beside == built(HOME=str(tmp_path))


@pytest.mark.slow
def test_a_report_built_elsewhere_is_replaced_but_no_note_that_lies_in_it(copy):
    """Without .build, as after a new clone, a report still knows its own files."""
    shutil.rmtree(copy.root / ".build")
    note = copy.report / "html" / "note.txt"
    note.write_text("keep me")
    before = copy.fingerprint()
    done = copy.run("build", "--no-pdf")
    assert (done.code, "html/note.txt" in done.err) == (2, True), done.err
    assert len(done.err.strip().splitlines()) == 1
    assert copy.fingerprint() == before
    note.unlink()
    done = copy.run("build", "--no-pdf")
    assert done.code == 0, done.err
    assert copy.json("build.json")["files"] == sorted(contents(copy.report))


@pytest.mark.slow
def test_results_and_book_follow_any_change_of_the_library(copy):
    package = copy.root / "remitrisk" / "__init__.py"
    package.write_text(package.read_text().replace('__version__ = "', '__version__ = "9.'))
    done = copy.run("build", "--no-pdf")
    assert done.code == 0, done.err
    assert copy.json("book.json")["version"].startswith("9.")


def test_what_a_notebook_shows_otherwise_reaches_page_csv_and_workbook_in_one_build(copy):
    """Neither cells of a table nor what is drawn alone is a number in a notebook's record."""
    drawn = copy.report / "figures" / "fig-poverty-national.svg"
    record = copy.root / ".build" / "current" / "notebooks" / "conditions" / "record.json"
    before = drawn.read_bytes(), json.loads(record.read_text())["numbers"]
    swaps = {
        "cells = cells.assign(": 'cells = cells.assign(More="planted here", ',
        "People below the poverty line, %": "People under the poverty line, %",
    }

    def shows(book):
        for cell in book["cells"]:
            text = "".join(cell["source"])
            for old, new in swaps.items():
                text = text.replace(old, new)
            cell["source"] = text

    edit_notebook(copy, "conditions", shows)
    done = copy.run("build", "--no-pdf")
    assert done.code == 0, done.err
    assert json.loads(record.read_text())["numbers"] == before[1]
    assert drawn.read_bytes() != before[0]
    html = copy.report / "html" / "book" / "chapters" / "conditions.html"
    csv = copy.report / "figures" / "tbl-poverty-line.csv"
    assert all("planted here" in path.read_text() for path in (html, csv))
    sheet = openpyxl.load_workbook(copy.report / "data.xlsx")["tbl-poverty-line"]
    assert "planted here" in {cell for row in sheet.values for cell in row}


def test_what_cannot_be_written_is_named(copy):
    shutil.rmtree(copy.root / ".build")
    (copy.root / ".build").write_text("a file where a folder must stand")
    done = copy.run("build", "--no-pdf")
    assert done.code == 1
    assert len(done.err.strip().splitlines()) == 1
    assert str(copy.root / ".build") in done.err


def test_a_changed_value_reruns_only_the_notebooks_that_read_its_table(copy):
    table = max((copy.root / "data" / "nsc").rglob("sdg.csv"))
    text = table.read_text()
    row = next(
        line for line in text.splitlines() if line.startswith("poverty_rate,") and ",2022," in line
    )
    table.write_text(text.replace(row, row.replace("33.15", "33.16"), 1))
    refused = copy.run("build", "--no-pdf")
    assert refused.code == 1
    assert "sdg.csv" in refused.err
    assert copy.run("vintages", "rehash").code == 0
    done = copy.run("build", "--no-pdf")
    assert done.code == 0, done.err
    assert not (copy.report / "report.pdf").exists(), "an old PDF beside a new HTML"
    ran = next(line for line in done.out.splitlines() if line.startswith("ran: "))
    assert "conditions" in ran
    assert "remittances" not in ran
    assert copy.json("results.json")["poverty.rate_pct.2022"]["value"] == pytest.approx(
        33.16, abs=0.01
    )


def edit_notebook(project, name, change):
    path = project.root / "notebooks" / f"{name}.ipynb"
    book = json.loads(path.read_text())
    change(book)
    path.write_text(json.dumps(book))


def failing_cell(project):
    def fail(book):
        fails = {"id": "fails", "source": "raise ValueError('they do not add up')"}
        book["cells"].insert(2, {**book["cells"][-1], **fails})

    edit_notebook(project, "conditions", fail)


def damage_byte(project):
    table = next((project.root / "data" / "worldbank").rglob("2026-04-01/wdi.csv"))
    line = table.read_bytes()[-40:]
    swap(table, line, line[:-3] + (b"8" if line[-3:-2] == b"9" else b"9") + line[-2:])


def unknown_key(project):
    index = project.root / "book" / "index.md"
    index.write_text(index.read_text() + "\n{{ remittances.gross.usd_mn.2077 }}\n")


def unknown_key_on_a_page_of_blocks(project):
    page = project.root / "book" / "chapters" / "conditions.md"
    page.write_text(page.read_text() + "\n{{ poverty.rural_pct.2077 }}\n")


@pytest.mark.parametrize(
    ("harm", "code", "said"),
    [
        (damage_byte, 1, "wdi.csv"),
        (failing_cell, 1, "notebooks/conditions.ipynb, cell 3: ValueError: they do not"),
        (unknown_key, 1, ": unknown key 'remittances.gross.usd_mn.2077': 'remittances.gross"),
        (unknown_key_on_a_page_of_blocks, 1, ": unknown key 'poverty.rural_pct.2077'"),
    ],
)
def test_what_is_broken_stops_the_build_and_is_named(copy, harm, code, said):
    harm(copy)
    before = copy.fingerprint()
    done = copy.run("build", "--no-pdf")
    assert done.code == code, done.err
    assert said in done.err and done.err.count("WARNING") <= 1
    assert copy.fingerprint() == before


@pytest.mark.parametrize("name", ["", "results.json"])
def test_jupyter_book_without_results_says_what_to_run(copy, name):
    if name:
        (copy.report / name).write_text("{")
    else:
        shutil.rmtree(copy.root / "dist")
    done = copy.jupyter_book()
    assert done.code == 2 and "Traceback" not in done.out + done.err
    last = done.err.splitlines()[-1]
    assert last.startswith("error: ") and last.endswith("build the report first")
    assert str(copy.report / name) in done.err


@pytest.mark.slow
def test_two_editions_may_go_to_one_folder(copy):
    both = ("--no-pdf", "--output", str(copy.report))
    for edition in ("brief-2023", "current"):
        done = copy.run("build", "--edition", edition, *both)
        assert done.code == 0, done.err
        assert copy.json("build.json")["edition"]["name"] == edition
        assert "nothing had changed" not in done.out
