"""The publishers' layouts: recognised, read into the package's tables, nothing of them trusted."""

import io
import random
import time
import tracemalloc
import zipfile
from collections import Counter

import pandas as pd
import pytest

from livingbrief.data.adding import load as read_file
from livingbrief.data.catalog import Catalog
from livingbrief.data.reading import csv_rows, members, number, printed, to_csv
from livingbrief.errors import DataError
from remitrisk.layouts import ctdc, unodc
from tests import small_package as small
from tests.small_package import people, total, workbook

VINTAGE = "2026-10-01"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    return Catalog(small.make_package(tmp_path_factory.mktemp("package")))


@pytest.fixture
def load(catalog, tmp_path):
    """Write a file and read it as a publisher's."""

    def run(source, name, content, vintage=VINTAGE):
        return read_file(catalog, source, small.write(tmp_path, name, content), vintage)

    return run


def only(reading):
    (draft,) = reading.drafts
    return draft


# ---------------------------------------------------------------- World Bank


def test_the_three_world_bank_layouts_give_the_same_table(load, catalog, tmp_path):
    figures = small.figures()
    folder = tmp_path / "indicators"
    folder.mkdir()
    for code, rows in figures.groupby("indicator"):
        name = f"API_{code}_DS2_en_csv_v2_1.csv"
        small.write(folder, f"{code}.zip", small.site_zip(small.indicator_csv(rows), name))
    read_ = {
        "tidy": load("worldbank", "new.csv", small.tidy(figures)),
        "indicators": read_file(catalog, "worldbank", folder, VINTAGE),
        "bulk": load("worldbank", "WDI_CSV.zip", small.bulk_zip(small.bulk_csv(figures))),
        "bulk until 2023": load(
            "worldbank", "WDI.zip", small.bulk_zip(small.bulk_csv(figures), "WDIData.csv")
        ),
        "bulk, unpacked": load("worldbank", "WDICSV.csv", small.bulk_csv(figures)),
    }
    contents = {name: to_csv(only(reading).frame) for name, reading in read_.items()}
    assert len(set(contents.values())) == 1
    frame = pd.read_csv(io.BytesIO(contents["bulk"]))
    pd.testing.assert_frame_equal(
        frame, figures.sort_values(["indicator", "iso3", "year"]).reset_index(drop=True)
    )
    assert read_["bulk"].notes == ("left out: 1 row of other indicators",)


def test_a_value_can_be_traced_to_its_line_and_column(load):
    rows = small.figures().query("indicator == 'BX.TRF.PWKR.CD.DT'")
    draft = only(load("worldbank", "a.csv", small.indicator_csv(rows)))
    at = draft.frame.index[(draft.frame["iso3"] == "KGZ") & (draft.frame["year"] == 2024)][0]
    line = 6 + sorted(set(rows["iso3"])).index("KGZ")
    assert draft.place(int(at)) == f"a.csv: line {line}, column 2024"


def test_numbers_are_plain_numbers_and_print_as_they_were():
    assert [printed(v) for v in (3.05e9, 0.1, -2.5, 1e-7)] == ["3050000000", "0.1", "-2.5", "1e-07"]
    assert number(" 12.5 ", "here") == 12.5 and number("1.5E+3", "here") == 1500
    for text in ("nan", "inf", "1_000", "1,000", "12,5", "n/a", "..", "0x1A", "", "१२"):
        with pytest.raises(DataError, match=r"^here: .* is not a number"):
            number(text, "here")


# ---------------------------------------------------------------- files and archives


def refused(path, limit_mb=10):
    with pytest.raises(DataError) as caught:
        for member in members(path, limit_mb):
            member.read()
    return str(caught.value)


def test_an_archive_with_a_path_outside_is_refused(tmp_path):
    for name in ("../outside.csv", "a/../../b.csv", "/etc/cron.d/x.csv", "..\\up.csv", "C:\\x.csv"):
        path = small.write(tmp_path, "x.zip", small.zipped({name: b"a"}))
        assert "a path outside the archive" in refused(path), name


def test_an_archive_that_unpacks_to_too_much_is_refused_before_and_while_reading(tmp_path):
    bomb = small.zipped({"WDICSV.csv": b"\0" * 30_000_000})
    assert len(bomb) < 100_000
    path = small.write(tmp_path, "bomb.zip", bomb)
    assert "unpacks to 30.0 MB, more than 100 times its size in the ZIP" in refused(path)
    large = small.zipped({"WDICSV.csv": random.Random(1).randbytes(6_000_000).hex().encode()})
    assert "12.0 MB is more than the 10.0 MB" in refused(small.write(tmp_path, "large.zip", large))


def test_an_archive_that_states_less_than_it_unpacks_to_takes_no_more_memory(tmp_path):
    lying, stated = bytearray(small.zipped({"liar.csv": b"\0" * 200_000_000})), 9_000_000
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = lying.find(signature) + offset
        lying[at : at + 4] = stated.to_bytes(4, "little")
    path = small.write(tmp_path, "liar.zip", bytes(lying))
    tracemalloc.start()
    said, (_, peak) = refused(path), tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "'liar.csv' unpacks to more than the 9,000,000 bytes that the ZIP states" in said
    assert "\n" not in said and peak < stated


def test_passwords_and_damage_are_refused(tmp_path):
    whole = small.zipped({"a.csv": bytes(random.Random(1).randbytes(20_000))})
    assert "is the download complete" in refused(small.write(tmp_path, "h.zip", whole[:9_000]))
    broken = bytearray(whole)
    broken[5_000:5_100] = b"\0" * 100
    damaged = refused(small.write(tmp_path, "d.zip", bytes(broken)))
    assert "the ZIP is damaged or encrypted here" in damaged
    locked = bytearray(small.zipped({"a.csv": b"text"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.find(signature) + offset] |= 1
    assert "password required" in refused(small.write(tmp_path, "p.zip", bytes(locked)))
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.csv", "text")
    assert "'a.csv' is packed by method 12" in refused(tmp_path / "b.zip")


def test_what_is_no_csv_in_utf8_is_named_with_its_line(tmp_path):
    cases = {
        "indicator,iso3\nполе,KGZ\n".encode(
            "cp1251"
        ): "line 2: the bytes ef ee eb e5 are not UTF-8",
        "indicator,iso3\n".encode("utf-16"): "line 1: the bytes ff fe",
        b"a,b\n1,\0\n": "binary data",
        b'a,b\n1,"never closed\n2,3\n': "the file is cut off",
    }
    for content, message in cases.items():
        (member,) = members(small.write(tmp_path, "x.csv", content), 1)
        with pytest.raises(DataError, match=message):
            list(csv_rows(member))


# ---------------------------------------------------------------- Statistical Committee


def test_the_platforms_tables_give_the_packages_table(load, catalog):
    files = small.open_sdg() | {"4-1-2.csv": b"Year,Value\n2020,99\n"}
    reading = load("nsc", "tables.zip", small.zipped(files))
    printed = next(r for r in catalog.of_table("nsc.sdg") if r.vintage == "2025-08-15")
    before = catalog.frame(printed)
    frame = pd.read_csv(io.BytesIO(to_csv(only(reading).frame)), dtype={"sdg_code": str})
    keys = list(frame.columns[:-1])
    unused = before["value"].isna()
    both = frame.merge(before[~unused], on=keys, suffixes=("", "_before"))
    assert len(frame) == len(before) and len(both) == len(before) - unused.sum()
    assert (both["value"] == both["value_before"]).all()
    assert "left out: 1 file of other indicators" in reading.notes


def test_splits_of_small_counts_of_people_are_left_out(load):
    total = "Detected victims of human trafficking (number)"
    table = (
        f"Year,SERIES,Reference area,Sex,Value\n2024,{total},,,17\n2024,{total},Chui,,15\n"
        f"2024,{total},,Female,4\n2024,Detected victims for other purposes (number),,,2\n"
    )
    reading = load("nsc", "16-2-2.csv", table.encode())
    assert only(reading).frame[["year", "value"]].values.tolist() == [[2024, 17]]
    assert "16-2-2.csv: left out: 3 rows with a split of small counts of people" in reading.notes


def test_russian_labels_are_translated_or_named(load):
    table = "Year,Территория,Пол,Value\n2024,,,29\n2024,Баткенская область,Женщины,48\n"
    frame = only(load("nsc", "1-2-1.csv", table.encode())).frame
    assert frame[["area", "sex"]].dropna().values.tolist() == [["Batken", "Female"]]
    unknown = table.replace("Женщины", "Неизвестно")
    with pytest.raises(DataError, match=r"line 3, column Пол: 'Неизвестно' is in Russian"):
        load("nsc", "1-2-1.csv", unknown.encode())


@pytest.mark.parametrize(
    ("name", "table", "message"),
    [
        ("1-2-1.csv", "Year,Planet,Value\n2024,,29\n", "column 2: 'Planet' is no dimension"),
        ("1-2-1.csv", "Yr,Sex,Value\n2024,,29\n", "no column 'Year' in the header"),
        ("1-2-1.csv", "Year,Sex,Value\n2024,Man,29\n", "column Sex: 'Man' is not one of Female"),
        ("1-2-1.csv", "Year,Value\n2024,29%\n", "column Value: '29%' is not a number"),
        ("poverty.csv", "Year,Value\n2024,29\n", "no file is named after an indicator"),
        ("area.csv", "Year,Region,Value\n2024,Chui,29\n", "'Region' is no .*: delete or rename"),
        ("1-2-1.csv", "Year,Value\n2024,\n", "no value below the header"),
    ],
)
def test_a_broken_table_of_the_platform_is_named(load, name, table, message):
    with pytest.raises(DataError, match=message):
        load("nsc", name, table.encode())


@pytest.mark.parametrize("source", ["worldbank", "nsc", "ctdc"])
def test_semicolons_and_workbooks_are_named_whatever_the_publisher(load, source):
    with pytest.raises(DataError, match="columns are separated by semicolons: save the file with"):
        load(source, "1-2-1.csv", b"\xef\xbb\xbfindicator;iso3;year;value\r\nX;KGZ;2024;1,5\r\n")
    with pytest.raises(DataError, match=r"new\.xlsx: a workbook.*: save it as CSV"):
        load(source, "new.xlsx", workbook([]))


def test_a_misspelt_column_is_named(load):
    with pytest.raises(DataError, match=r"'year' is missing, .* in column 3; not known: 'yaer'"):
        load("worldbank", "new.csv", b"indicator,iso3,yaer,value\nX,KGZ,2024,1\n")
    wide = b"Country Name,Country Cod,Indicator Name,Indicator Code,2023,2024\n"
    with pytest.raises(DataError, match=r"not known: 'Country Cod'$"):
        load("worldbank", "WDICSV.csv", wide)


# ---------------------------------------------------------------- CTDC


def test_only_one_variable_counts_of_ten_and_more_leave_the_rows(load):
    rows = [{"citizenship": "KGZ", "gender": "Female", "isForcedLabour": 1}] * 12
    rows += [{"citizenship": "KGZ", "gender": "Male", "isSexualExploit": 1}] * 4
    rows += [{"citizenship": "MEX", "gender": "Male", "yearOfRegistration": 2019}] * 30
    reading = load("ctdc", "synthetic.csv", people(rows))
    margins, everyone = (d.frame for d in reading.drafts)
    assert set(margins["citizenship"]) == {"KGZ"}
    kgz = margins.set_index(["variable", "value"])["n_synthetic_rows"]
    assert kgz["total_rows", "all"] == 16
    assert kgz["gender"].to_dict() == {"not_recorded_or_suppressed": 16}, "12 would reveal 4"
    assert "isForcedLabour" not in kgz.index, "12 of 16 leave 4"
    total = everyone.set_index(["variable", "value"])["n_synthetic_rows"]
    assert total["gender"].to_dict() == {"Female": 12, "Male": 34}
    assert total["yearOfRegistration"].to_dict() == {
        "2019": 30, "not_recorded_or_suppressed": 16,
    }  # fmt: skip
    assert total["isForcedLabour", "1"] == 12 and "isSexualExploit" not in total.index


def test_no_cell_and_no_rest_is_small_whatever_the_counts():
    draw = random.Random(87)
    for _ in range(500):
        values = [draw.choice("abcdef") for _ in range(draw.randint(10, 120))]
        cells = Counter(v for v in values if v != "f")
        for exclusive in (True, False):
            shown = ctdc.shown_cells(dict(cells), len(values), exclusive=exclusive)
            assert all(n >= 10 for n in shown.values())
            assert not any(0 < len(values) - n < 10 for n in shown.values())
            if exclusive:
                assert sum(shown.values()) == len(values)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"isForcedLabour": 0}, "line 12, column isForcedLabour: '0' is neither 1 nor blank"),
        ({"citizenship": "Kyrgyz"}, "column citizenship: 'Kyrgyz' is neither a three-letter"),
    ],
)
def test_a_cell_that_its_column_never_has_is_named(load, row, message):
    with pytest.raises(DataError, match=message):
        load("ctdc", "s.csv", people([{"citizenship": "KGZ"}] * 10 + [row]))


# ---------------------------------------------------------------- UNODC


def test_national_totals_are_read_with_their_interval(load):
    rows = [
        total("KGZ", 2022, "<5"), total("AGO", 2022, "1,234"), total("AGO", 2021, 17),
        total("KGZ", 2022, "9", indicator="Persons prosecuted"),
        total("AGO", 2022, "9", indicator="Persons prosecuted"),
        total("AGO", 2022, "6", sex="Female"), total("AGO", 2020, "6112019", sex="Male"),
        total("GBR_E_W", 2022, "55"), total("AGO", 2021, "17"),
        total("ALB", 2020, "100"), total("ALB", 2020, "103"), total("ALB", 2019, ""),
    ]  # fmt: skip
    for value in ("txtVALUE", "VALUE"):
        reading = load("unodc", "data_glotip.xlsx", workbook(rows, value))
        kgz, totals = (d.frame for d in reading.drafts)
        assert to_csv(kgz).decode().splitlines()[1:] == [
            "Detected trafficking victims,2022,,0,4,true",
            "Persons prosecuted,2022,9,9,9,false",
        ]
        assert to_csv(totals).decode().splitlines()[1:] == [
            "AGO,2021,17,17,17,false",
            "AGO,2022,1234,1234,1234,false",
            "KGZ,2022,,0,4,true",
        ]
    notes = " / ".join(reading.notes)
    assert "<5 is read as 0 to 4, as no total is printed as 0" in notes
    assert "left out: 2 rows with a split of the totals" in notes
    assert "printed more than once with the same value: 1 total" in notes
    assert "ALB 2020" in notes and "GBR_E_W" in notes


def test_fewer_than_five_leaves_out_zero_where_a_total_is_printed_as_zero(load):
    rows = [total("KGZ", 2022, "<5"), total("VUT", 2020, 0)]
    reading = load("unodc", "data_glotip.xlsx", workbook(rows))
    assert to_csv(reading.drafts[0].frame).decode().splitlines()[1:] == [
        "Detected trafficking victims,2022,,1,4,true"
    ]
    assert "<5 is read as 1 to 4, as a total is printed as 0" in reading.notes


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (total("AGO", 2022, "6,112,019"), "row 4, column txtVALUE: 6,112,019 is outside 0 to 100"),
        (total("AGO", 2022, "many"), "column txtVALUE: 'many' is not a count"),
        (total("Angola", 2022, "5"), "column Iso3_code: 'Angola' is not a country code"),
    ],
)
def test_a_questionnaire_code_among_the_totals_is_refused(load, row, message):
    with pytest.raises(DataError, match=message):
        load("unodc", "data_glotip.xlsx", workbook([row]))


def test_a_workbook_is_recognised_by_the_names_in_its_header(load):
    with pytest.raises(DataError, match="no sheet has the header"):
        load("unodc", "x.xlsx", workbook([], header=["a", "b"]))
    with pytest.raises(DataError, match="the header lacks Year"):
        load("unodc", "x.xlsx", workbook([], header=[h for h in unodc.HEADER if h != "Year"]))
    with pytest.raises(DataError, match="one workbook"):
        load("unodc", "x.csv", b"a,b\n")
    with pytest.raises(DataError, match="is the download complete"):
        load("unodc", "x.xlsx", workbook([total("AGO", 2022, "5")])[:2_000])


SHEET = "xl/worksheets/sheet2.xml"
LOL = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


def hostile(kind):
    """A workbook in which one part is not what a publisher writes."""
    out = io.BytesIO()
    plain = workbook([total("AGO", 2022, "5")])
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name == SHEET:
                head, _, body = text.partition("<worksheet")
                text = f"<worksheet{body}"
                row, end = '<row r="9"><c r="A9"><v>1</v></c></row>', "</sheetData>"
                text = {
                    "entities": f"{head}{LOL}{text}",
                    "broken": text[: len(text) // 2],
                    "far row": text.replace(end, row.replace("9", "999999999") + end),
                    "huge": text.replace(end, row * 2_000_000 + end),
                }.get(kind, text)
            if kind == f"entities in {name}":
                head, mark, body = text.partition("?>")
                text = f"{head}{mark}{LOL}{body}" if mark else f"{LOL}{text}"
            new.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("entities", r"not a workbook that can be opened \(an XML entity\)"),
        ("entities in xl/workbook.xml", r"\(an XML entity\)"),
        ("broken", "not a workbook that can be opened"),
        ("far row", "more than 500,000 rows or 100 columns"),
        ("huge", r"unpacks to 78\.\d MB, more than 100 times its size in the ZIP"),
    ],
)
def test_a_hostile_workbook_is_refused_at_once_in_one_message(load, kind, message):
    content = hostile(kind)
    began = time.process_time()
    with pytest.raises(DataError, match=message) as caught:
        load("unodc", "data_glotip.xlsx", content)
    assert time.process_time() - began < 2
    assert "\n" not in str(caught.value)


def test_a_class_that_leaves_few_of_other_citizenships_is_not_shown(load):
    def exploited(citizenship, where, times):
        return [{"citizenship": citizenship, "CountryOfExploitation": where}] * times

    rows = exploited("KGZ", "TUR", 30) + exploited("KGZ", "RUS", 20)
    rows += exploited("MEX", "TUR", 2) + exploited("MEX", "RUS", 40)
    everyone = load("ctdc", "synthetic.csv", people(rows)).drafts[1].frame
    shown = everyone.set_index(["variable", "value"])["n_synthetic_rows"]
    assert shown["CountryOfExploitation"].to_dict() == {
        "RUS": 60, "not_recorded_or_suppressed": 32,
    }  # fmt: skip
