"""One workbook holds what the figures and tables of a report show, with source and licence."""

import json
import re
import shutil

import openpyxl
import pandas as pd
import pytest
from matplotlib.figure import Figure

from livingbrief.charts.theme import save_figure
from livingbrief.data.access import open_catalog
from livingbrief.escape import in_csv
from livingbrief.run import workbook
from livingbrief.run.workbook import number

pytestmark = pytest.mark.build
#: Row of an exhibit's sheet that names its columns.
HEAD = 8
DATE = 1_780_000_000


@pytest.fixture(scope="module")
def book(tiny):
    return openpyxl.load_workbook(tiny.report / "data.xlsx", read_only=True)


def alike(value):
    """The value, to the sixteen digits that a workbook keeps."""
    return pytest.approx(value, rel=1e-14) if isinstance(value, float) else value


def sheet_of(book, name):
    """Fields above a sheet's table, and the table as the file holds it."""
    rows = [list(row) for row in book[name].iter_rows(values_only=True)]
    about = {row[0]: row[1] for row in rows[: HEAD - 1]}
    return about, rows[HEAD - 1 :]


def tables(report):
    """The CSV of each exhibit; what was printed when stands beside its figure alone."""
    return sorted(p for p in (report / "figures").glob("*.csv") if p.suffixes == [".csv"])


def test_each_sheet_has_the_rows_of_its_csv(tiny, book):
    files = tables(tiny.report)
    assert len(files) > 10
    for path in files:
        _, (head, *rows) = sheet_of(book, path.stem[:31])
        want = pd.read_csv(path, dtype=str, keep_default_na=False, comment="#")
        assert [str(h or "") for h in head] == [*want.columns]
        assert len(rows) == len(want), path.stem
        for have, told in zip(rows, want.itertuples(index=False), strict=True):
            assert ["" if c is None else c for c in have] == [alike(number(c)) for c in told]


def test_a_sheet_says_title_unit_source_and_licence(tiny, book):
    about, _ = sheet_of(book, "fig-remittance-share")
    assert about["Unit"] == "percent"
    source = r"World Bank, World Development Indicators \(20\d\d-\d\d-\d\d\)"
    assert re.fullmatch(source, about["Sources"])
    assert about["Licence"].startswith("Creative Commons Attribution 4.0 (https://")
    assert about["Chapter"] == "remittances"
    assert about["Columns"] == "gross: share of GDP, percent"
    records = tiny.root.glob(".build/current/notebooks/*/record.json")
    titles = {e["name"]: e["title"] for r in records for e in json.loads(r.read_text())["exhibits"]}
    assert about["Title"] == titles["fig-remittance-share"]
    for name in (path.stem for path in tables(tiny.report)):
        about, _ = sheet_of(book, name[:31])
        assert about["Title"] and about["Sources"] and about["Licence"], name


def test_what_must_stay_under_its_licence_stands_last_with_a_notice(book):
    names = book.sheetnames[book.sheetnames.index("Results") :]
    told = {n: sheet_of(book, n)[0]["Licence"] for n in names if n[:4] in ("fig-", "tbl-")}
    apart = ["ShareAlike" in licence for licence in told.values()]
    assert any(apart) and not all(apart) and apart == sorted(apart)
    notice = "What is made of this sheet stays under Creative Commons"
    assert [notice in licence for licence in told.values()] == apart


def test_results_and_claims_are_those_of_the_report(tiny, book):
    rows = book["Results"].iter_rows(values_only=True)
    head = next(rows)
    found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    results = tiny.json("results.json")
    assert {*found} == {*results}
    for key, entry in results.items():
        if isinstance(entry["value"], float | int):
            assert found[key]["value"] == pytest.approx(entry["value"], rel=1e-14), key
        assert (found[key]["text"], found[key]["status"]) == (entry["text"], entry["status"])
    ids = [row[0] for row in book["Claims"].iter_rows(min_row=2, values_only=True)]
    assert ids == [claim["id"] for claim in tiny.json("claims.json")]


@pytest.mark.parametrize("text", ["=1+1", "007", "1,23", "1e5x", "nan", "12.3 %", "2–3", ""])
def test_text_stays_text(tiny, tmp_path, text):
    assert number(text) == text
    stage, record = tmp_path / "stage", tmp_path / "record.json"
    shutil.copytree(tiny.report, stage, ignore=shutil.ignore_patterns("html", "*.svg", "*.png"))
    (stage / "figures" / "fig-odd.csv").write_text(f'label,value\n"{text}\x0b",1.5\n')
    exhibit = {
        "name": "fig-odd",
        "title": "=2+2",
        "caption": "Odd",
        "unit": "",
        "sources": [],
        "columns": {},
    }
    record.write_text(json.dumps({"notebook": "odd", "exhibits": [exhibit]}))
    for name in ("one.xlsx", "two.xlsx"):
        workbook.write(tmp_path / name, stage, [record], open_catalog(tiny.root), DATE)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(tmp_path / "one.xlsx")["fig-odd"]
    assert sheet["B1"].value == "=2+2" and sheet["B1"].data_type == "s"
    label, value = (sheet.cell(HEAD + 1, column) for column in (1, 2))
    assert (label.value or "", value.value) == (text, 1.5)
    assert label.data_type != "f"


def test_a_text_that_begins_a_formula_is_text_in_a_csv(tmp_path):
    for text in ("=1+1", "@SUM(A1)", "-cmd", "+1|' /C calc'!A0"):
        assert in_csv(text) == f"'{text}" and number(in_csv(text)) == text
    for same in ("+7.1\u00a0%", "-3", "+2 to +4", "a=b", 5, -1.5):
        assert in_csv(same) == same
    (figure := Figure(layout="constrained")).subplots()
    save_figure(figure, tmp_path, "f", pd.DataFrame({"=a": ["=b", -1.0]}))
    assert (tmp_path / "f.csv").read_text() == "'=a\n'=b\n-1.0\n"


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("27,768", 27768),
        ("\u221225.0\u00a0%", -25.0),
        ("+2.5", 2.5),
        ("0.5\u00a0%", 0.5),
        ("-3", -3),
    ],
)
def test_a_printed_number_is_a_number(printed, meant):
    assert number(printed) == meant
