"""One workbook holds what the figures and tables of a report show, with source and licence."""

import datetime as dt
import zipfile

import openpyxl
import pandas as pd
import pytest
from matplotlib.figure import Figure

from livingbrief.charts.theme import save_figure
from livingbrief.claims.claims import Claim, beside, evaluate
from livingbrief.data.access import open_catalog
from livingbrief.escape import in_csv
from livingbrief.files import write_json
from livingbrief.paths import project_root
from livingbrief.run import workbook
from livingbrief.run.workbook import number, unlike
from tests import recorded

#: Row of an exhibit's sheet that names its columns.
HEAD = 8
DATE = dt.datetime(2026, 5, 28, 20, 26, 40)
BANK = "World Bank, World Development Indicators"
COMMITTEE = "National Statistical Committee of the Kyrgyz Republic, national SDG platform"
LONG = "fig-longer-than-any-name-of-a-sheet-may-be"


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


@pytest.mark.build
def test_each_sheet_has_the_rows_of_its_csv_with_title_source_and_licence(tiny, book):
    # What was printed when stands beside its figure alone.
    files = [p for p in (tiny.report / "figures").glob("*.csv") if p.suffixes == [".csv"]]
    assert len(files) > 10
    for path in files:
        about, (head, *rows) = sheet_of(book, path.stem[:31])
        assert about["Title"] and about["Sources"] and about["Licence"], path.stem
        want = pd.read_csv(path, dtype=str, keep_default_na=False, comment="#")
        assert [str(h or "") for h in head] == [*want.columns]
        assert len(rows) == len(want), path.stem
        for have, told in zip(rows, want.itertuples(index=False), strict=True):
            assert ["" if c is None else c for c in have] == [alike(number(c)) for c in told]


@pytest.mark.build
def test_what_must_stay_under_its_licence_stands_last_with_a_notice(book):
    names = book.sheetnames[book.sheetnames.index("Results") :]
    told = {n: sheet_of(book, n)[0]["Licence"] for n in names if n[:4] in ("fig-", "tbl-")}
    apart = ["ShareAlike" in licence for licence in told.values()]
    assert any(apart) and not all(apart) and apart == sorted(apart)
    notice = "What is made of this sheet stays under Creative Commons"
    assert [notice in licence for licence in told.values()] == apart


@pytest.fixture
def written(tmp_path):
    """Write the workbook of a small report, the cell of a label as asked; gives its file."""
    (tmp_path / "figures").mkdir()
    cited = {n: [{"source": n, "vintage": v}] for n, v in ((BANK, "2026-04-01"), (COMMITTEE, ""))}
    told = {"unit": "percent", "text": "7.5%", "level": 0.95, "n": 3, "status": "final"}
    told |= {"notebook": "odd", "sources": cited[BANK]}
    results = {
        "a.b": {"value": 7.5, "interval": [7, 8], **told},
        "a.c": {"value": [2009, 2015], "interval": None, **told},
    }
    asked = {"label": "It", "key": "a.b", "compare": ">", "value": 0}
    shown = [{"label": "Years", "key": "a.c"}]
    rose = Claim(id="C01", section="One", claim="It has risen.", kind="data", chapters=["odd"],
                 measures=[asked], shown=shown)  # fmt: skip
    numbers = recorded.results(results)
    then = evaluate([rose], {**numbers, "a.b": recorded.number(value=-1.0, text="-1")}, "then")
    (claim,) = beside(evaluate([rose], numbers, "current"), then)
    exhibit = {"kind": "figure", "unit": "percent", "columns": {"x": "share"}}
    named = (("fig-apart", COMMITTEE), (LONG, BANK), ("fig-without-table", BANK))
    exhibits = [{"name": n, "sources": cited[by], **exhibit} for n, by in named]
    titled = {"kind": "figure", "page": "", "title": "=2+2", "caption": "Odd", "alt": ""}
    book = recorded.book(
        title="A brief", edition={"title": "Today"}, titled={name: titled for name, _ in named}
    )
    record = {"notebook": "odd", "numbers": {}, "exhibits": exhibits, "lacks": []}

    def write(label="a", claims=(claim,)):
        files = {"book": book, "results": results, "claims": claims, "record": record}
        for name, content in files.items():
            write_json(tmp_path / f"{name}.json", content)
        for name, _ in named[:2]:
            table = f'# a note\nlabel,value\n"{label}\x0b",1.5\n'
            (tmp_path / "figures" / f"{name}.csv").write_text(table)
        target, date = tmp_path / "data.xlsx", int(DATE.replace(tzinfo=dt.UTC).timestamp())
        catalog = open_catalog(project_root())
        workbook.write(target, tmp_path, [tmp_path / "record.json"], catalog, date)
        return target

    return write


def test_a_workbook_lists_its_sheets_and_has_numbers_and_claims(written):
    book = openpyxl.load_workbook(written())
    assert book.sheetnames == ["Contents", "Results", "Claims", LONG[:31], "fig-apart"]
    rows = {n: [*book[n].iter_rows(values_only=True)] for n in book.sheetnames}
    assert [row[0] for row in rows["Contents"]] == [
        "A brief", "Today", "Sheet", *book.sheetnames[1:]
    ]  # fmt: skip
    licence = "Creative Commons Attribution 4.0 (https://creativecommons.org/licenses/by/4.0/)"
    listed = ("=2+2", "percent", f"{BANK} (2026-04-01)", licence, "odd")
    assert rows["Contents"][5] == (LONG[:31], *listed)
    first = ("a.b", 7.5, 7, 8, "percent", "7.5%", 0.95, 3, "final", "odd")
    assert rows["Results"][1] == (*first, f"{BANK} (2026-04-01)")
    assert rows["Results"][2][:5] == ("a.c", "2009, 2015", None, None, "percent")
    words = ("supported", "holds", "contradicted", "wrong")
    assert rows["Claims"][1:] == [("C01", "One", "It has risen.", *words, "a.b, a.c", "odd")]
    assert rows["fig-apart"][3] == ("Columns", "x: share")
    assert rows["fig-apart"][4][1] == f"{COMMITTEE} (no vintage)"
    assert rows["fig-apart"][HEAD - 1 :] == [("label", "value"), ("a", 1.5)]
    assert book["fig-apart"].freeze_panes == f"A{HEAD + 1}"
    assert [sheet.cell(1, 1).font.bold for sheet in book] == [True] * 5
    without = openpyxl.load_workbook(written(claims=())).sheetnames
    assert without == ["Contents", "Results", LONG[:31], "fig-apart"]


def test_sheets_whose_names_begin_alike_are_told_apart():
    cut, others = LONG[:31], []
    for want in (cut, f"{cut[:-2]}~2", f"{cut[:-2]}~3"):
        others.append(unlike(LONG.swapcase() if want == cut else LONG, others))
        assert others[-1].lower() == want
    assert unlike("claims", others) == "claims~2"


def test_a_workbook_names_the_time_it_is_given_and_none_of_its_own(written):
    path = written()
    about = openpyxl.load_workbook(path).properties
    assert (about.title, about.created, about.modified) == ("A brief", DATE, DATE)
    with zipfile.ZipFile(path) as parts:
        assert {part.date_time for part in parts.infolist()} == {DATE.timetuple()[:6]}
    assert path.read_bytes() == written().read_bytes()


@pytest.mark.parametrize("text", ["=1+1", "007", "1,23", "1e5x", "nan", "12.3 %", "2–3", ""])
def test_text_stays_text(written, text):
    assert number(text) == text
    sheet = openpyxl.load_workbook(written(text))["fig-apart"]
    assert sheet["B1"].value == "=2+2" and sheet["B1"].data_type == "s"
    label, value = (sheet.cell(HEAD + 1, column) for column in (1, 2))
    assert (label.value or "", value.value) == (text, 1.5)
    assert label.data_type != "f"


def test_a_text_that_begins_a_formula_is_text_in_a_csv(tmp_path):
    for text in ("=1+1", "@SUM(A1)", "-cmd", "+1|' /C calc'!A0"):
        assert in_csv(text) == f"'{text}" and number(in_csv(text)) == text
    for same in ("+7.1%", "-3", "+2 to +4", "a=b", 5, -1.5):
        assert in_csv(same) == same
    (figure := Figure(layout="constrained")).subplots()
    save_figure(figure, tmp_path, "f", pd.DataFrame({"=a": ["=b", -1.0]}))
    assert (tmp_path / "f.csv").read_text() == "'=a\n'=b\n-1.0\n"


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("27,768", 27768),
        ("\u221225.0%", -25.0),
        ("+2.5", 2.5),
        ("0.5%", 0.5),
        ("-3", -3),
    ],
)
def test_a_printed_number_is_a_number(printed, meant):
    assert number(printed) == meant
