"""The data package documents what it holds, and its check finds what is wrong with it."""

import html
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from frictionless import Resource as Table

from livingbrief.book.pages import cited
from livingbrief.book.state import BookState
from livingbrief.data.catalog import Catalog
from livingbrief.data.check import check_package
from livingbrief.data.datasets import datasets_markdown
from livingbrief.data.vintages import rehash
from livingbrief.errors import PackageError

ROOT = Path(__file__).parents[1]
CATALOG = Catalog(ROOT)
RESOURCES = CATALOG.resources


def names(resources):
    return [r.name for r in resources]


def test_the_package_is_sound():
    assert [str(p) for p in check_package(ROOT)] == []


def test_another_reader_of_data_packages_finds_the_tables_sound():
    """What is checked here by ourselves is checked once by the library of the standard."""
    for resource in RESOURCES:
        keep = ("name", "path", "profile", "format", "mediatype", "encoding", "schema")
        told = {key: resource.meta[key] for key in keep}
        report = Table.from_descriptor(told, basepath=str(CATALOG.folder)).validate(limit_errors=5)
        assert not report.flatten(["rowNumber", "message"]), resource.name


def test_the_package_stays_small():
    """No file is large, nor is the package without the whole tables that newer ones replaced."""
    sizes = {p: p.stat().st_size for p in CATALOG.folder.rglob("*") if p.is_file()}
    newest = {r.path for r in (CATALOG.default(r.table, r.part) for r in RESOURCES)}
    replaced = {CATALOG.folder / r.path for r in RESOURCES if r.is_full and r.path not in newest}
    assert sum(size for path, size in sizes.items() if path not in replaced) < 8_000_000
    assert max(sizes.values()) < 4_000_000


@pytest.mark.parametrize("resource", RESOURCES, ids=names(RESOURCES))
def test_provenance_is_complete(resource):
    meta = resource.meta
    for source in meta["sources"]:
        assert source["title"] and source["publisher"] and source["accessed"], source
        assert source["path"].startswith("http") or source["path"] == "no address printed"
        assert source["redistribute"] in CATALOG.descriptor["redistribute"]
        places = ("this page", "each row", "made here", "a copy of its day")
        file = source["file"]
        named = file.startswith("http") or file in (*places, *CATALOG.tables)
        # Of a file that was added its name and hash are kept.
        assert named or re.fullmatch(r"sha256:[0-9a-f]{64}", source["file_hash"]), file
        if file == "each row":
            assert {"url", "reported_by"} & {field["name"] for field in resource.fields}
    assert meta["dated_note"] and meta["covers"] and len(meta["licenses"]) == 1


def test_licence_page_names_every_table_and_part():
    page = (ROOT / "LICENSE-DATA.md").read_text(encoding="utf-8")
    for resource in RESOURCES:
        assert f"`{resource.table}`" in page, resource.table
        if resource.part and resource.table != "walkfree.gsi":
            assert f"`{resource.part}`" in page, resource.name


def test_no_table_of_people_has_a_cell_under_ten_but_for_national_totals():
    cells = {
        "nsc.detected_by_purpose": "persons",
        "unodc.citizens_abroad": "low",
        "ctdc.margins": "n_synthetic_rows",
        "ctdc.margins_all": "n_synthetic_rows",
    }
    for table, column in cells.items():
        frame = CATALOG.frame(CATALOG.default(table))
        assert frame[column].min() >= 10, table
    totals = CATALOG.frame(CATALOG.default("unodc.kgz"))
    assert not totals.duplicated(["indicator", "year"]).any()
    assert set(totals.columns) == {"indicator", "year", "value", "low", "high", "censored"}


def test_complements_of_the_assisted_are_not_small():
    frame = CATALOG.frame(CATALOG.default("ctdc.margins"))
    total = frame[frame["variable"] == "total_rows"].set_index("citizenship")["n_synthetic_rows"]
    rest = frame["citizenship"].map(total) - frame["n_synthetic_rows"]
    assert not rest.between(1, 9).any()


def test_datasets_page_has_an_entry_for_each_table_and_no_raw_keys():
    page = html.unescape(datasets_markdown(ROOT))
    titles = re.findall(r"^## (.+)$", page, flags=re.M)
    assert titles == [t["title"] for t in CATALOG.tables.values()]
    assert "_" not in re.sub(r"<http[^>]*>", "", page)
    for resource in RESOURCES:
        for caveat in resource.meta["caveats"]:
            assert f"- {caveat}" in page


def test_datasets_page_of_an_annex_has_the_tables_that_its_numbers_come_from():
    """A line each, with the days of the vintages that the numbers cite."""
    of = {t: f"{about['publisher']}, {about['dataset']}" for t, about in CATALOG.tables.items()}
    assert len(set(of.values())) == len(of)
    asked = ("unodc.kgz", "eia.brent_annual")
    days = ["2026-08-22", "2026-01-01"]
    page = datasets_markdown(ROOT, {of[name]: days for name in asked})
    titles = [about["title"] for name, about in CATALOG.tables.items() if name in asked]
    assert re.findall(r"^- \*\*(.+)\*\*,", html.unescape(page), flags=re.M) == titles
    assert page.count(", printed from 1 January 2026 to 22 August 2026. ") == len(asked)
    inside = (
        "Central Bank of Armenia, Money transfers of individuals via banks, by country, monthly"
    )
    assert inside not in of.values()
    page = datasets_markdown(ROOT, {inside: days[:1]})
    assert page.startswith("- **Monthly and quarterly series**, ") and "\n" not in page
    both = {inside: days[:1], "Nobody, nothing": days[:1]}
    nobody = "\n- Nobody, nothing, printed 22 August 2026."
    assert datasets_markdown(ROOT, both) == f"{page}{nobody}"
    told = {"source": "B, c", "vintage": "vintages 2026-01-01 to 2026-08-22"}
    results = {"a": {"sources": [told]}, "d": {"sources": []}}
    found = cited(BookState(Path(), results, [], [], {"narrative": False}))
    assert found == {"B, c": {*days}}


def test_datasets_page_says_what_an_earlier_vintage_lacks_and_what_is_a_forecast():
    page = datasets_markdown(ROOT)
    part = {text.split("\n", 1)[0]: text for text in page.split("## ")}
    assert "comes from the default vintage" in part["World Development Indicators"]
    assert "what it lacks is then missing" in part["National SDG platform"]
    assert "Each row of the table names" not in part["National SDG platform"], "no row does"
    outlook = part["World Economic Outlook, ten issues"]
    assert "every later year, that of the issue itself among them, is a forecast" in outlook


# ---------------------------------------------------------------- what the check finds


@pytest.fixture
def package(tmp_path):
    """A small copy of the package: three tables, so that a check takes no time."""
    folder = tmp_path / "data"
    descriptor = json.loads((CATALOG.folder / "datapackage.json").read_text(encoding="utf-8"))
    kept = ("eia.brent_annual", "nsc.sdg", "nsc.detected_by_purpose", "nsc.printed", "unodc.kgz")
    descriptor["resources"] = [
        r
        for r in descriptor["resources"]
        if r["table"] in kept or r["name"] == "worldbank.wdi.2026-05-31"
    ]
    for entry in descriptor["resources"]:
        target = folder / entry["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CATALOG.folder / entry["path"], target)
    shutil.copy(CATALOG.folder / "nsc" / "NOTICE.md", folder / "nsc" / "NOTICE.md")
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    assert check_package(tmp_path) == []
    return tmp_path


def edit(package, path, change):
    file = package / "data" / path
    file.write_bytes(change(file.read_bytes()))


def found(package):
    return [str(p) for p in check_package(package)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"redistribute": ""}, "lacks redistribute"),
        ({"file": ""}, "lacks file"),
        ({"redistribute": "no"}, "'no', which is not one of: whole, share-alike, extract, facts"),
        ({"redistribute": "share-alike"}, "which the licence public-domain does not allow"),
    ],
)
def test_a_source_without_rights_or_whose_licence_forbids_them_is_named(package, change, expected):
    path = package / "data" / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    entry = next(r for r in descriptor["resources"] if r["path"] == BRENT)
    entry["sources"][0] |= change
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    (told,) = found(package)
    assert told.startswith(entry["name"]) and expected in told
    # A package that says nothing of rights is asked nothing.
    for source in (s for r in descriptor["resources"] for s in r["sources"]):
        source.pop("redistribute")
    del descriptor["redistribute"]
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    assert found(package) == []


BRENT = "eia/2026-08-22/brent_annual.csv"
UNODC = "unodc/2025-04-14/kgz.csv"
SDG = "nsc/2025-08-15/sdg.csv"
WDI = "worldbank/2026-05-31/wdi.csv"


def test_a_changed_byte_is_found_and_stops_loading(package):
    edit(package, BRENT, lambda raw: raw.replace(b"23.76", b"23.77"))
    problems = found(package)
    assert len(problems) == 1
    assert BRENT in problems[0] and "[hash]" in problems[0] and "vintages rehash" in problems[0]
    catalog = Catalog(package)
    with pytest.raises(PackageError, match=r"brent_annual\.csv.*not the one recorded"):
        catalog.frame(catalog.default("eia.brent_annual"))


def test_a_truncated_file_is_found(package):
    edit(package, BRENT, lambda raw: raw[: len(raw) // 2])
    rehash(package)
    problems = "\n".join(found(package))
    assert "the file is cut off" in problems
    assert "no value in" in problems and "all years 1990 to 2025" in problems


@pytest.mark.parametrize("path", [BRENT, UNODC, SDG, WDI])
def test_the_byte_order_mark_of_excel_does_no_harm(package, path):
    edit(package, path, lambda raw: b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n"))
    rehash(package)
    assert found(package) == []


def test_semicolons_are_named(package):
    edit(package, BRENT, lambda raw: b"\xef\xbb\xbf" + raw.replace(b",", b";"))
    rehash(package)
    assert found(package) == [
        f"{BRENT} [columns and types] columns are separated by semicolons: save the file with "
        "commas"
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"year": 2052}, "the file does not hold year 2052"),
        ({"year": "2022"}, "the file does not hold year '2022'"),
        ({"iso3": "KGS"}, "the file does not hold iso3 'KGS'"),
        ({"indicator": "BM.TRF"}, "the file does not hold indicator 'BM.TRF'"),
        ({"status": "estimated"}, "'estimated' is not one of final, provisional, estimate"),
        ({"iso3": None}, "lacks iso3"),
    ],
)
def test_a_mistake_under_estimates_is_found(package, change, said):
    path = package / "data" / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    (entry,) = (r for r in descriptor["resources"] if r["path"] == WDI)
    (estimate,) = entry["maturity"]["estimates"]
    estimate.update(change)
    if None in change.values():
        del estimate["iso3"]
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    (problem,) = found(package)
    assert problem.startswith("worldbank.wdi.2026-05-31 [estimates] in datapackage.json, entry 1")
    assert said in problem


def test_an_extra_column_is_found(package):
    edit(
        package,
        UNODC,
        lambda raw: raw.replace(b"\n", b",1\n").replace(b"censored,1", b"censored,x", 1),
    )
    rehash(package)
    assert any("not documented: x" in p for p in found(package))


def test_a_missing_column_is_found(package):
    edit(package, UNODC, lambda raw: b"\n".join(x.rsplit(b",", 1)[0] for x in raw.split(b"\n")))
    rehash(package)
    assert any("missing: censored" in p for p in found(package))


def test_a_unit_of_another_scale_is_found(package):
    def in_millions(raw):
        frame = pd.read_csv(pd.io.common.BytesIO(raw), dtype=str)
        paid = frame["indicator"] == "BM.TRF.PWKR.CD.DT"
        frame.loc[paid, "value"] = (frame.loc[paid, "value"].astype(float) / 1e6).map(repr)
        return frame.to_csv(index=False, lineterminator="\n").encode()

    edit(package, WDI, in_millions)
    rehash(package)
    problems = found(package)
    assert any("Personal remittances paid" in p and "is the unit another?" in p for p in problems)


def test_a_text_in_a_number_is_found_with_its_line(package):
    edit(package, BRENT, lambda raw: raw.replace(b"20.04", b"n/a"))
    rehash(package)
    assert any("line 3, column value: 'n/a' is not a number" in p for p in found(package))


def test_a_value_not_allowed_and_a_double_key_are_found(package):
    edit(
        package,
        UNODC,
        lambda raw: raw + b"Persons accused,2020,1,1,1,false\n" + raw.splitlines()[1] + b"\n",
    )
    rehash(package)
    problems = "\n".join(found(package))
    assert "Persons accused" in problems
    assert "a second row for Detected trafficking victims, 2009; the first is in line 2" in problems


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"Persons prosecuted,1989,1,1,1,false", "1989 is outside the documented range"),
        (b"Persons prosecuted,2101,1,1,1,false", "2101 is outside the documented range"),
        (b"Persons accused,2020,1,1,1,false", "not one of the documented values"),
        (b"Persons prosecuted,,1,1,1,false", "year: empty, but a value is req"),
        (b"Persons prosecuted,2020.5,1,1,1,false", "'2020.5' is not a whole"),
        (b"Persons prosecuted,2020,1,1,1,perhaps", "'perhaps' is not one of true, false"),
    ],
)
def test_a_value_outside_what_its_column_allows_is_found(package, row, said):
    edit(package, UNODC, lambda raw: raw + row + b"\n")
    rehash(package)
    assert any(UNODC in p and said in p for p in found(package))


def test_a_split_of_small_counts_is_found(package):
    def split(raw):
        line = b"detected_trafficking_victims,16.2.2,x,2023,Batken,,,,,,,,,3\n"
        return raw + line

    edit(package, SDG, split)
    rehash(package)
    assert any("[only_national]" in p and "Batken" not in p for p in found(package))


PRINTED = "nsc/2026-03-06/printed.csv"


@pytest.mark.parametrize(
    ("row", "put", "said"),
    [
        (b"2020-02-11,2008,317,,", b"2020-02-11,2008,317,317,", "[misprints_marked]"),
        (b"2020-02-11,2008,317,,ten", b"2020-02-11,2008,317,317,#ten", "[misprints_marked]"),
        (b"2025-10-02,2008,31.7,31.7,", b"2025-10-02,2008,317,317,", "[in_line]"),
        (b"2025-10-02,2008,31.7,31.7,", b"2025-10-02,2008,2,2,", "[in_line]"),
        (b"2025-10-02,2008,31.7,31.7,", b"2025-10-02,2008,31.7,31.8,", "[misprints_marked]"),
    ],
)
def test_a_misprint_that_is_not_named_is_found(package, row, put, said):
    def misprint(raw):
        assert raw.count(b"poverty_rate,1.2.1," + row) == 1
        return raw.replace(b"poverty_rate,1.2.1," + row, b"poverty_rate,1.2.1," + put)

    edit(package, PRINTED, misprint)
    rehash(package)
    where = "poverty_rate 1.2.1 2008: " if said == "[in_line]" else "line "
    assert any(said in p and where in p for p in found(package))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"where": {"indicator": "gini"}}, "the file has no such row"),
        ({"split_by": ["oblast"]}, "the file has no column oblast"),
        ({"why": ""}, "lacks why"),
    ],
)
def test_a_mistake_under_unusable_is_found(package, change, said):
    path = package / "data" / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    (entry,) = (r for r in descriptor["resources"] if r["path"] == SDG)
    (unusable,) = entry["unusable"]
    unusable.update(change)
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    (problem,) = [p for p in found(package) if "[notes]" not in p]
    assert problem.startswith("nsc.sdg.2025-08-15 [unusable] in datapackage.json, entry 1")
    assert said in problem


def test_unlisted_and_missing_files_are_found(package):
    (package / "data" / "eia" / "notes.csv").write_text("a\n1\n")
    (package / "data" / UNODC).unlink()
    problems = "\n".join(found(package))
    assert "eia/notes.csv [listed] the file is not listed" in problems
    assert f"{UNODC} [listed]" in problems and "not in the folder" in problems


def test_a_licence_that_must_stand_apart_is_held_to_it(package):
    (package / "data" / "nsc" / "NOTICE.md").unlink()
    assert any("NOTICE.md is missing" in p for p in found(package))


def test_rehash_lists_what_it_renewed_and_leaves_a_sound_package(package):
    edit(package, BRENT, lambda raw: raw.replace(b"23.76", b"23.77"))
    assert rehash(package) == [BRENT]
    assert rehash(package) == []
    assert found(package) == []


def test_a_descriptor_that_is_no_json_is_one_clear_problem(package):
    (package / "data" / "datapackage.json").write_text("{")
    assert len(found(package)) == 1 and "not valid JSON" in found(package)[0]
