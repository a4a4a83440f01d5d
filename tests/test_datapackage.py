"""The data package documents what it holds, and its check finds what is wrong with it."""

import html
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from frictionless import Resource as Table

from livingbrief.book.pages import cited
from livingbrief.book.state import BookState
from livingbrief.data.catalog import Catalog
from livingbrief.data.check import check_package
from livingbrief.data.datasets import datasets_markdown
from livingbrief.data.descriptor import rehash
from livingbrief.errors import PackageError
from tests import recorded
from tests import small_package as small

ROOT = Path(__file__).parents[1]
CATALOG = Catalog(ROOT)
RESOURCES = CATALOG.resources
BRENT = "eia/2026-08-22/brent_annual.csv"
UNODC = "unodc/2025-04-14/kgz.csv"
SDG = "nsc/2025-08-15/sdg.csv"
WDI = "worldbank/2026-05-31/wdi.csv"
PRINTED = "nsc/2026-03-06/printed.csv"


def test_another_reader_of_data_packages_finds_the_tables_sound():
    """What is checked here by ourselves is checked once by the library of the standard."""
    for resource in RESOURCES:
        keep = ("name", "path", "profile", "format", "mediatype", "encoding", "schema")
        told = {key: resource.as_json()[key] for key in keep}
        report = Table.from_descriptor(told, basepath=str(CATALOG.folder)).validate(limit_errors=5)
        assert not report.flatten(["rowNumber", "message"]), resource.name


def test_no_file_of_the_package_is_large():
    assert max(p.stat().st_size for p in CATALOG.folder.rglob("*.csv")) < 4_000_000


def test_what_a_file_is_from_can_be_found_again():
    places = ("this page", "each row", "made here", "a copy of its day", *CATALOG.tables)
    for resource in RESOURCES:
        for source in resource.sources:
            assert source.path.startswith("http") or source.path == "no address printed"
            # Of a file that was added its name and hash are kept.
            named = source.file.startswith("http") or source.file in places
            assert named or re.fullmatch(r"sha256:[0-9a-f]{64}", source.file_hash), source.file
            if source.file == "each row":
                assert {"url", "reported_by"} & {column.name for column in resource.fields}


def test_tables_that_are_shared_alike_and_not_for_commerce_stand_apart_with_their_terms():
    licences: dict[str, set[str]] = {}
    for resource in RESOURCES:
        licences.setdefault(resource.publisher, set()).update(x.name for x in resource.licenses)
    apart = {p for p, names in licences.items() if "CC-BY-NC-SA-4.0" in names}
    assert apart
    for publisher in apart:
        assert len(licences[publisher]) == 1
        assert (CATALOG.folder / publisher / "NOTICE.md").is_file()


def test_licence_page_names_every_table_and_part():
    page = (ROOT / "LICENSE-DATA.md").read_text(encoding="utf-8")
    for resource in RESOURCES:
        assert f"`{resource.table}`" in page, resource.table
        if resource.part and resource.table != "walkfree.gsi":
            assert f"`{resource.part}`" in page, resource.name


def test_no_table_of_people_has_a_small_cell_but_for_national_totals():
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
    frame = CATALOG.frame(CATALOG.default("ctdc.margins"))
    total = frame[frame["variable"] == "total_rows"].set_index("citizenship")["n_synthetic_rows"]
    rest = frame["citizenship"].map(total) - frame["n_synthetic_rows"]
    assert not rest.between(1, 9).any(), "what remains of a total is a cell too"


def test_sums_that_tables_of_one_printing_state_hold():
    """Economies and the world, purposes and years add up; `adds_up` holds for categories."""
    for resource in CATALOG.of_table("worldbank.wdi"):
        gdp = CATALOG.rows_of(resource, "NY.GDP.MKTP.CD")
        world = gdp[gdp["iso3"] == "WLD"].set_index("year")["value"]
        parts = gdp[~gdp["iso3"].isin(CATALOG.tables["worldbank.wdi"].aggregates)]
        sums = parts.groupby("year")["value"].sum().reindex(world.index)
        assert (sums <= 1.02 * world).all(), resource.name
    pooled = CATALOG.frame(CATALOG.default("nsc.detected_by_purpose"))["persons"].sum()
    yearly = CATALOG.rows_of(CATALOG.default("nsc.sdg"), "detected_trafficking_victims")
    assert pooled == yearly[yearly["year"].between(2019, 2023)]["value"].sum()


def test_datasets_page_has_an_entry_for_each_table_and_no_raw_keys():
    page = html.unescape(datasets_markdown(ROOT))
    titles = re.findall(r"^## (.+)$", page, flags=re.M)
    assert titles == [t.title for t in CATALOG.tables.values()]
    assert "_" not in re.sub(r"<http[^>]*>", "", page)
    for resource in RESOURCES:
        for caveat in resource.caveats:
            assert f"- {caveat}" in page
    part = {text.split("\n", 1)[0]: text for text in page.split("## ")}
    assert "comes from another vintage" in part["World Development Indicators"]
    assert "what it lacks is then missing" in part["National SDG platform"]


def test_datasets_page_of_an_annex_has_the_tables_that_its_numbers_come_from():
    """A line each, with the days of the vintages that the numbers cite."""
    of = {t: about.line for t, about in CATALOG.tables.items()}
    assert len(set(of.values())) == len(of)
    asked = ("unodc.kgz", "eia.brent_annual")
    days = ["2026-08-22", "2026-01-01"]
    page = datasets_markdown(ROOT, {of[name]: days for name in asked})
    titles = [about.title for name, about in CATALOG.tables.items() if name in asked]
    assert re.findall(r"^- \*\*(.+)\*\*,", html.unescape(page), flags=re.M) == titles
    assert page.count(", vintages from 1 January 2026 to 22 August 2026. ") == len(asked)
    inside = (
        "Central Bank of Armenia, Money transfers of individuals via banks, by country, monthly"
    )
    page = datasets_markdown(ROOT, {inside: days[:1], "Nobody, nothing": days[:1]})
    own, nobody = page.split("\n")
    assert own.startswith("- **Monthly and quarterly series**, ")
    assert nobody == "- Nobody, nothing, vintage of 22 August 2026."
    told = {"source": "B, c", "vintage": "vintages 2026-01-01 to 2026-08-22"}
    results = recorded.results({"a": {"sources": [told]}, "d": {"sources": []}})
    found = cited(BookState(Path(), results, [], [], recorded.book(narrative=False)))
    assert found == {"B, c": {*days}}


# ---------------------------------------------------------------- what the check finds


@pytest.fixture
def package(tmp_path):
    """A small copy of the package: few tables, so that a check takes no time."""
    kept = ("eia.brent_annual", "nsc.sdg", "nsc.detected_by_purpose", "nsc.printed", "unodc.kgz")
    wdi = "worldbank.wdi.2026-05-31"
    return small.part_of(tmp_path, lambda entry: entry["table"] in kept or entry["name"] == wdi)


def found(package):
    return [str(p) for p in check_package(package)]


def edited(package, path, change):
    """Change the bytes of a file, record its hash, and return what the check finds."""
    file = package / "data" / path
    before = file.read_bytes()
    file.write_bytes(change(before))
    assert file.read_bytes() != before
    rehash(package)
    return found(package)


def described(package, path, change):
    """Change what the descriptor says of a file, and return what the check finds."""
    place = package / "data" / "datapackage.json"
    descriptor = json.loads(place.read_text(encoding="utf-8"))
    change(next(r for r in descriptor["resources"] if r["path"] == path))
    place.write_text(json.dumps(descriptor), encoding="utf-8")
    return found(package)


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        (BRENT, lambda e: e["sources"][0].update(file=""), "lacks file"),
        (BRENT, lambda e: e["sources"][0].update(redistribute="no"), "'no', not one of ['whole'"),
        (
            BRENT,
            lambda e: e["sources"][0].update(redistribute="share-alike"),
            "which the licence public-domain does not allow",
        ),
        (BRENT, lambda e: e.pop("hash"), "eia.brent_annual.2026-08-22, hash is missing"),
        (BRENT, lambda e: e.update(vintage="August"), "vintage 'August': String should match"),
        (BRENT, lambda e: e.update(dated_by="hearsay"), "'hearsay' is not one of header"),
        (WDI, lambda e: e["maturity"]["estimates"][0].update(year=2052), "does not hold"),
        (SDG, lambda e: e["unusable"][0].update(where={"indicator": "gini"}), "has no row of"),
        (SDG, lambda e: e["unusable"][0].update(split_by=["oblast"]), "or no column of oblast"),
        (SDG, lambda e: e["checks"].append({"rule": "fits"}), "no rule 'fits'; there are: "),
        (SDG, lambda e: e["checks"].append({"rule": "rows"}), "lacks or misnames 'minimum'"),
    ],
)
def test_a_mistake_in_the_descriptor_is_named(package, path, change, said):
    (told,) = (p for p in described(package, path, change) if "[notes]" not in p)
    assert said in told


def test_a_changed_byte_is_found_and_stops_loading_until_it_is_recorded(package):
    file = package / "data" / BRENT
    file.write_bytes(file.read_bytes().replace(b"23.76", b"23.77"))
    (problem,) = found(package)
    assert BRENT in problem and "[hash]" in problem and "vintages rehash" in problem
    catalog = Catalog(package)
    with pytest.raises(PackageError, match=r"brent_annual\.csv.*not the one recorded"):
        catalog.frame(catalog.default("eia.brent_annual"))
    assert (rehash(package), rehash(package), found(package)) == ([BRENT], [], [])


@pytest.mark.parametrize("path", [UNODC, SDG])
def test_the_byte_order_mark_of_excel_does_no_harm(package, path):
    marked = edited(package, path, lambda raw: b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n"))
    assert marked == []


def in_millions(raw):
    frame = pd.read_csv(pd.io.common.BytesIO(raw), dtype=str)
    paid = frame["indicator"] == "BM.TRF.PWKR.CD.DT"
    frame.loc[paid, "value"] = (frame.loc[paid, "value"].astype(float) / 1e6).map(repr)
    return frame.to_csv(index=False, lineterminator="\n").encode()


def added(row):
    return lambda raw: raw + row + b"\n"


def of_2008(row):
    old = b"poverty_rate,1.2.1,2025-10-02,2008,31.7,31.7,"
    return lambda raw: raw.replace(old, b"poverty_rate,1.2.1,2025-10-02,2008," + row)


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        (BRENT, lambda raw: raw[: len(raw) // 2], "the file is cut off"),
        (
            BRENT,
            lambda raw: raw.replace(b"20.04", b"n/a"),
            "line 3, column value: 'n/a' is not a n",
        ),
        (WDI, in_millions, "outside the documented range"),
        (UNODC, added(b"Persons prosecuted,2101,1,1,1,false"), "2101 is outside the documented"),
        (UNODC, added(b"Persons accused,2020,1,1,1,false"), "not one of the documented values"),
        (UNODC, added(b"Persons prosecuted,,1,1,1,false"), "year: empty, but a value is req"),
        (UNODC, added(b"Persons prosecuted,2020.5,1,1,1,false"), "'2020.5' is not a whole"),
        (UNODC, added(b"Persons prosecuted,2020,1,1,1,perhaps"), "not one of true, false"),
        (UNODC, added(b"Persons prosecuted,2020,9,8,9,false"), "a count that is printed is exact"),
        (UNODC, lambda raw: raw.replace(b",0,4,true", b",1,4,true", 1), "1 to 4, throughout"),
        (
            SDG,
            added(b"detected_trafficking_victims,16.2.2,x,2023,Batken,,,,,,,,,3"),
            "splits of small counts of people are not published",
        ),
        (PRINTED, of_2008(b"317,317,"), "2008 is 317, beyond 3 times"),
        (PRINTED, of_2008(b"31.7,31.8,"), "[never] value and as_printed are equal"),
        (PRINTED, of_2008(b"317,317,a misprint"), "[never] value and as_printed are equal"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_named(package, path, change, said):
    assert any(said in problem for problem in edited(package, path, change))


def test_unlisted_and_missing_files_are_found(package):
    (package / "data" / "eia" / "notes.csv").write_text("a\n1\n")
    (package / "data" / UNODC).unlink()
    problems = "\n".join(found(package))
    assert "eia/notes.csv [listed] the file is not listed" in problems
    assert f"{UNODC} [listed]" in problems and "not in the folder" in problems
    (package / "data" / "datapackage.json").write_text("{")
    assert len(found(package)) == 1 and "not valid JSON" in found(package)[0]
