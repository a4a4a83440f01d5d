"""New vintages come in as they are, or not at all."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from livingbrief.cli.cli import main
from livingbrief.cli.vintages import vintages
from livingbrief.data.adding import recognise
from livingbrief.data.catalog import Catalog
from livingbrief.data.check import check_package
from livingbrief.errors import DataError
from tests import small_package as small

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "data"
BRENT = SOURCE / "eia" / "2026-08-22" / "brent_annual.csv"
WDI = SOURCE / "worldbank" / "2026-04-01" / "wdi.csv"


@pytest.fixture
def package(tmp_path):
    kept = ("eia.brent_annual.2026-08-22", "worldbank.wdi.2026-04-01", "worldbank.wdi.2025-07-01")
    return small.part_of(tmp_path, lambda entry: entry["name"] in kept)


def test_codes_that_a_publisher_changed_are_taken_for_its_own(tmp_path):
    small.part_of(tmp_path, lambda entry: entry["table"] == "worldbank.wgi")
    (wgi,) = Catalog(tmp_path).resources
    before = Catalog(tmp_path).read_bytes(wgi)
    head, *rows = before.splitlines(keepends=True)
    renamed = head + b"".join(b"GOV_WGI_" + row for row in rows)
    added = small.add_own(tmp_path, "worldbank.wgi", renamed, "2025-10-01")
    assert (tmp_path / "data" / added.path).read_bytes() == before
    assert check_package(tmp_path) == []
    with pytest.raises(DataError, match=r"GOV_WGI_XX\.EST"):
        strange = renamed.replace(b"\nGOV_WGI_CC.EST", b"\nGOV_WGI_XX.EST")
        small.add_own(tmp_path, "worldbank.wgi", strange, "2025-11-01")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw[: len(raw) // 2], "it holds 18 values, .* 2026-08-22 has 36"),
        (lambda raw: raw + raw.splitlines()[1] + b"\n", "a second row for OIL.BRENT, WLD, 1990"),
        (lambda raw: raw.replace(b"23.76", b"23,76"), "a decimal comma"),
        (lambda raw: raw.replace(b"WLD,1991", b"\xd4,1991"), "not in UTF-8"),
        (lambda raw: raw.replace(b"23.76", b"abc"), "line 2, column value: 'abc' is not a number"),
        (lambda raw: raw.replace(b"iso3,year", b"year,iso3"), "columns are ind.*Documented are"),
        (lambda raw: raw.replace(b"iso3,year", b"iso3,at"), "has: delete at. Documented are"),
        (lambda raw: b"", "the file is empty"),
        (lambda raw: raw.replace(b"OIL.BRENT,WLD,2024", b"OIL.BRENT,WLD,2026"), "no value in 2024"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_and_nothing_is_written(package, change, message):
    before = small.state(package)
    with pytest.raises(DataError, match=message):
        small.add_own(package, "eia.brent_annual", change(BRENT.read_bytes()), "2026-10-01")
    assert small.state(package) == before


def test_a_file_is_recognised_by_its_columns_and_codes(package):
    catalog = Catalog(ROOT)
    assert recognise(catalog, "worldbank", WDI.read_bytes()).table == "worldbank.wdi"
    wgi = b"indicator,iso3,year,value\nRL.EST,KGZ,2023,-1.1\n"
    assert recognise(catalog, "worldbank", wgi).table == "worldbank.wgi"
    with pytest.raises(DataError, match="which no table of 'nsc' has"):
        recognise(catalog, "nsc", b"a,b\n1,2\n")
    excel = b"\xef\xbb\xbf" + BRENT.read_bytes().replace(b"\n", b"\r\n")
    added = small.add_own(package, "eia.brent_annual", excel, "2026-10-01")
    assert added.covers == "1 indicator; 1 economy; 1990 to 2025" and check_package(package) == []
    with pytest.raises(DataError, match="columns are separated by semicolons: save the file with"):
        recognise(catalog, "eia", excel.replace(b",", b";"))


def test_a_broken_descriptor_is_one_message_for_every_command(package, monkeypatch):
    monkeypatch.setenv("LIVINGBRIEF_ROOT", str(package))
    path = package / "data" / "datapackage.json"
    whole = path.read_text()
    comma = "or a comma, of which the last entry of a list has none"
    for broken, said in (
        (whole.replace('",', '"', 1), comma),
        (whole.replace('"]', '",]', 1), comma),
        (whole.replace('"name"', '"\udcff"', 1), "is not valid JSON in UTF-8"),
        ("[]", "its content []: Input should be a valid dictionary"),
        ('"resources"', "its content 'resources': Input should be a valid dictionary"),
        ('{"resources": [3]}', "resources, 0 3: Input should be a valid dictionary"),
        (whole.replace('"path": "world', '"paht": "world', 1), ", path is missing"),
    ):
        assert broken != whole
        path.write_text(broken, errors="surrogateescape")
        for command in (["rehash"], ["list"]):
            done = CliRunner().invoke(main, ["vintages", *command])
            assert (done.exit_code, done.output.count("\n")) == (2, 1)
            assert said in done.output


def test_the_command_line_adds_compares_and_renews(package, monkeypatch, tmp_path):
    monkeypatch.setattr("livingbrief.cli.vintages.project_root", lambda: package)
    run = CliRunner().invoke
    file = tmp_path / "new.csv"
    file.write_bytes(BRENT.read_bytes().replace(b"23.76", b"23.99"))
    added = run(vintages, ["add", "eia", str(file), "--vintage", "2026-10-01"])
    assert added.exit_code == 0 and "data/eia/2026-10-01/brent_annual.csv" in added.output
    moved = run(vintages, ["diff", "eia", "2026-08-22", "2026-10-01", "--country", "WLD"])
    assert "0 values are new, 1 revised, 0 withdrawn" in moved.output
    assert "2026-10-01" in run(vintages, ["list"]).output
    assert "* 2026-10-01" in run(vintages, ["list", "eia"]).output
    target = package / "data" / "eia" / "2026-10-01" / "brent_annual.csv"
    target.write_bytes(BRENT.read_bytes())
    assert "renewed: data/eia/2026-10-01" in run(vintages, ["rehash"]).output
    assert "every file has its recorded hash" in run(vintages, ["rehash"]).output


def test_a_named_table_of_several_parts_is_recognised_part_by_part():
    catalog = Catalog(ROOT)
    parts = [r for r in catalog.resources if r.part and r.is_full]
    assert {"migration.bilateral", "centralbanks.highfreq"} <= {r.table for r in parts}
    for resource in parts:
        if resource.publisher in ("undesa", "walkfree"):
            # Two editions stand side by side with the same columns and first code.
            with pytest.raises(DataError, match="needs an entry of its own"):
                recognise(catalog, resource.publisher, catalog.read_bytes(resource), resource.table)
            continue
        content = catalog.read_bytes(resource)
        found = recognise(catalog, resource.publisher, content, resource.table)
        assert (found.table, found.part) == (resource.table, resource.part)
