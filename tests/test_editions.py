import datetime as dt

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from livingbrief.cli.cli import main
from livingbrief.data.catalog import Catalog
from livingbrief.errors import InputError
from livingbrief.paths import project_root
from livingbrief.records import LOADERS, RecordError, refuse_faulty
from livingbrief.run.editions import edition_names, load_edition, load_then
from livingbrief.run.hashes import report_date
from livingbrief.run.replacing import refuse_sources
from remitrisk.series import CORE

ROOT = project_root()


def last_core_year() -> int:
    """Last year of Kyrgyzstan's core series in the newest whole table."""
    path = Catalog(ROOT).default("worldbank.wdi").path
    table = pd.read_csv(ROOT / "data" / path, keep_default_na=False)
    return int(table.loc[(table["iso3"] == "KGZ") & table["indicator"].isin(CORE), "year"].max())


def test_every_edition_of_the_project_can_be_served():
    editions = {name: load_edition(ROOT, name) for name in edition_names(ROOT)}
    written = yaml.safe_load((ROOT / "editions.yml").read_text(encoding="utf-8"))
    last_year = editions["current"].parameters()["last_year"]
    assert last_year == written["current"]["last_year"]
    assert 2024 <= last_year <= last_core_year()
    assert (editions["brief-2023"].known_at, editions["brief-2023"].vintage) == ("2023-06-30", {})


def test_one_value_can_be_set():
    edition = load_edition(ROOT, "current", ["last_year=2021", "vintage.worldbank=2023-05-10"])
    assert (edition.last_year, edition.vintage["worldbank"]) == (2021, "2023-05-10")


def test_an_edition_that_looks_back_covers_no_year_that_had_not_ended():
    newest = load_edition(ROOT, "current").last_year
    for day, last in (("2023-12-31", 2022), (dt.date.today(), newest)):
        edition = load_edition(ROOT, "current", [f"known_at={day}"])
        assert (edition.known_at, edition.last_year) == (str(day), last)
        assert edition.title == f"What was known by {day}"
    assert load_edition(ROOT, "brief-2023", ["known_at=2024-03-01"]).last_year == 2023
    with pytest.raises(InputError, match="last_year=2021: with known_at=2023-06-30 it is 2022"):
        load_edition(ROOT, "current", ["last_year=2021", "known_at=2023-06-30"])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("last_yaer=2021", "no parameter 'last_yaer'. Did you mean 'last_year'?"),
        ("last_year=abc", "last_year=abc: Input should be a valid integer"),
        ("last_year=2031", f"end in {last_core_year()}"),
        ("last_year=2020", "in 2020 and since. Choose 2021 or later"),
        ("first_year=1999", "first_year=1999 cannot be served: a report begins in 2000"),
        ("first_year=2009", "the fall of 2009, from the year before. Choose 2008 or earlier"),
        ("country=XXX", "economies are served"),
        ("country=kgz", "data package. Did you mean 'KGZ'? "),
        ("country=WLD", "it is the world, and a report is about one economy"),
        ("country=CAF", "its remittance inflow for 199"),
        ("vintage=2026-10-01", "should be a valid dictionary"),
        ("vintage.worldbank=2026-13-45", "'2026-13-45' is not a value"),
        ("vintage.worldbank=2020-01-01", "there are: 2018-08-01"),
        ("vintage.wordbank=latest", "Did you mean 'worldbank'?"),
        ("known_at=2023-06-29", "from 2023-06-30, the first, to today"),
        ("known_at=June", "write a date as YYYY-MM-DD"),
        ("known_at.worldbank=2023-06-30", "Input should be a valid string"),
        ("last_year", "--set takes KEY=VALUE"),
        ("host=XXX", "host=XXX cannot be served: it has no exchange rate in the data package."),
        ("host=KGZ", "host=KGZ is the country itself"),
        ("host=USA", "host=USA cannot be served: the inflow in its money moves as in dollars"),
        ("shocks=[2100]", "2100 is outside the edition's 2005 to 20"),
        ("shocks=[true]", "shocks.0=True"),
        ("vintage.worldbank=2022-12-23", "worldbank vintage of 2023-05-10 or later"),
        ("seed=-1", "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_served_is_refused_with_a_list(setting, said):
    with pytest.raises(InputError) as caught:
        load_edition(ROOT, "current", [setting])
    assert (said in str(caught.value), caught.value.exit_code) == (True, 2)


def test_what_is_wrong_in_editions_yml_is_named(tmp_path, monkeypatch):
    lines = "current:\n  first_year: 2005\n"
    for text, said in (
        (f"{lines}  last_year:2025\n", r"line \d.* \(a space must follow each colon\)"),
        ("current:\n  last_year:2025\n", r"'current' has no parameters \(a space"),
        ("", r"must hold names with their values \(a space"),
        (lines + lines, "'current' stands twice.*line 3"),
        (f"{lines}  first_year: 2006\n", "'first_year' stands twice.*line 3"),
        ("a: &a {}\nb: *a", r"an alias \(\*name\) is not read here.*line 2"),
        ("a: !x {}", r"a tag \(!x\) is not read here.*line 1"),
    ):
        (tmp_path / "editions.yml").write_text(text)
        with pytest.raises(InputError, match=said):
            load_edition(tmp_path, "current")
    (tmp_path / "editions.yml").write_text("2023: {title: A}\n")
    assert edition_names(tmp_path) == ["2023"]
    bad = {"title": "A", "first_year": 2005, "last_year": "abc"}
    both = {"first": bad, "then": {**bad, "last_year": 2022}}
    monkeypatch.setattr("livingbrief.run.editions._read", lambda root: both)
    with pytest.raises(InputError, match="last_year=abc"):
        load_edition(ROOT, "first")


def test_an_edition_is_compared_with_then_only_if_it_goes_further():
    for settings in ([], ["known_at=2024-01-31"], ["vintage.knomad=2022-12-31"]):
        assert load_then(ROOT, load_edition(ROOT, "current", settings)).name == "brief-2023"
    then = load_then(ROOT, load_edition(ROOT, "current", ["host=KAZ", "shocks=[2011, 2024]"]))
    assert (then.host, then.shocks) == ("KAZ", [2011])
    old = "vintage.worldbank=2023-05-10"
    for setting in ("known_at=2023-06-30", "last_year=2021", old):
        assert load_then(ROOT, load_edition(ROOT, "current", [setting])) is None


def test_later_shocks_of_an_edition_that_is_cut_short_are_no_fault():
    assert load_edition(ROOT, "current", ["shocks=[2022, 2020, 2022]"]).shocks == [2020, 2022]
    every = load_edition(ROOT, "current").shocks
    cut = load_edition(ROOT, "current", ["last_year=2021", "first_year=2008"]).shocks
    assert cut == [y for y in every if 2008 <= y <= 2021] and cut != every
    for settings, said in (
        (["shocks=[2024]"], "2024 is outside .* 2005 to 2022"),
        (["shocks=[2007]", "first_year=2008"], "2007 is outside .* 2008 to 2022"),
        (["country=TJK", "shocks=[2020]", "first_year=2020"], "7 years before it ends; choose"),
    ):
        with pytest.raises(InputError, match=said):
            load_edition(ROOT, "brief-2023", settings)


OUT = "../../elsewhere"


@pytest.mark.parametrize(
    "command",
    [
        ["build", "--edition", OUT],
        ["build", "--edition", "curent"],
        ["build", "--set", "last_yaer=2021"],
        ["check", "--edition", OUT],
        ["batch", "--edition", OUT, "--countries", "NPL"],
        ["batch", "--countries", f"NPL,{OUT}"],
    ],
)
def test_a_name_that_is_refused_leaves_nothing(tmp_path, monkeypatch, command):
    root = tmp_path / "project"
    (root / ".build").mkdir(parents=True)
    (root / "data").symlink_to(ROOT / "data")
    for name in ("editions.yml", "pyproject.toml"):
        (root / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setenv("LIVINGBRIEF_ROOT", str(root))
    before = sorted(tmp_path.rglob("*"))
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2 and done.output.startswith("error: "), done.output
    assert done.output.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("broken", [b"# \xff", b"brief = = 3"])
def test_settings_of_the_project_that_cannot_be_read_are_one_line(tmp_path, monkeypatch, broken):
    for name in ("data", "editions.yml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "pyproject.toml").write_bytes(broken)
    monkeypatch.setenv("LIVINGBRIEF_ROOT", str(tmp_path))
    # A server that had been started would write a traceback of its own.
    monkeypatch.setattr("livingbrief.run.workers.preload", pytest.fail)
    for command in ("--version", "check", "build"):
        done = CliRunner().invoke(main, [command])
        assert done.exit_code == 2 and done.output.startswith("error: "), done.output
        assert "pyproject.toml" in done.output and done.output.count("\n") == 1


def test_an_unknown_edition_is_refused():
    with pytest.raises(InputError, match=r"no edition 'curent'. Did you mean 'current'"):
        load_edition(ROOT, "curent")


@pytest.mark.parametrize(
    "setting",
    [
        "shocks=&a [*a]",
        "shocks=[&a [2020], *a]",
        f"shocks={'[' * 5000}{']' * 5000}",
        f"shocks={[2020] * 1000}",
        "vintage=&a {x: *a}",
        "vintage={? [1] : 2}",
        "first_year=.nan",
        "known_at=2024-02-30",
        "known_at='2024-02-31'",
        "last_year=!!bool x",
        "title=!!binary 4oCu",
        *(f"title=A{sign}B" for sign in "\u00ad\u200b\u2060\u2063\U000e0041\U000f0000"),
        f"title={'A' * 100_000}",
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_a_hostile_setting_is_refused_in_one_line(setting):
    with pytest.raises(InputError) as refused:
        load_edition(ROOT, "current", [setting])
    assert "\n" not in str(refused.value) and len(str(refused.value)) < len(setting) + 400


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"{name}.yml", content)
        for name in ("facts", "errata", "recommendations")
        for content in (
            b"",
            b"5",
            b"\xff",
            b"a: 1" if name[0] in "er" else b"- 1",
            b"- 5",
            b"&a [*a]",
        )
    ],
)
def test_a_record_that_is_none_is_refused_before_any_task(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordError, match=name) as refused:
        refuse_faulty(tmp_path)
    assert "\n" not in str(refused.value) and refused.value.exit_code == 2


def test_records_of_comments_alone_are_none(tmp_path):
    for load, name in LOADERS:
        (tmp_path / name).write_text("# Nothing yet.\n")
        assert len(load(tmp_path / name)) == 0
    refuse_faulty(tmp_path)


@pytest.mark.parametrize("seconds", ["abc", "-1", "0", "1e9", "5000000000", "9" * 5000])
def test_a_time_that_no_file_can_bear_is_refused(monkeypatch, seconds):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", seconds)
    with pytest.raises(InputError, match="SOURCE_DATE_EPOCH="):
        report_date(ROOT)


@pytest.mark.parametrize(
    "place", ["/", ".", "..", "book", "data/new", "notebooks/a/b", "remitrisk/out"]
)
def test_what_a_report_is_made_from_is_no_place_for_one(place):
    with pytest.raises(InputError, match="choose another folder with --output"):
        refuse_sources(ROOT, (ROOT / place).resolve())
    refuse_sources(ROOT, ROOT / "out" / "data")
