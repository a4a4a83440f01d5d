"""`remitrisk vintages add`: a file comes in whole, or is refused and nothing is written."""

import datetime as dt
import multiprocessing
import os
import re
import signal
import sys

import pandas as pd
import pytest
from click.testing import CliRunner
from filelock import FileLock

from livingbrief.cli.cli import main
from livingbrief.data import due
from livingbrief.data.adding import add
from livingbrief.data.catalog import Catalog
from livingbrief.data.check import check_package
from livingbrief.data.descriptor import writing
from livingbrief.data.neighbours import overtaken
from livingbrief.errors import DataError, PackageError
from remitrisk.series import GDP, INFLOW, OUTFLOW, POVERTY
from remitrisk.series import BriefData as Data
from tests import small_package as small

VINTAGE = "2026-10-01"


@pytest.fixture
def package(tmp_path):
    return small.make_package(tmp_path / "project")


@pytest.fixture
def command(package, monkeypatch):
    monkeypatch.setenv("LIVINGBRIEF_ROOT", str(package))
    return lambda *arguments: CliRunner().invoke(main, ["vintages", *map(str, arguments)])


def put(package, name, content, vintage=VINTAGE, source="worldbank", **more):
    return add(package, source, small.write(package, name, content), vintage, **more)


# ---------------------------------------------------------------- what is recorded


def test_a_new_year_comes_in_and_serves_the_next_report(package, command):
    file = small.write(package, "WDI_CSV.zip", small.bulk_zip(small.bulk_csv(small.figures())))
    done = command("add", "worldbank", file, "--vintage", VINTAGE)
    assert done.exit_code == 0, done.output
    assert "recognised: World Bank, bulk file" in done.output
    assert re.search(r"\| 2025 \| – \| 3,300,123,456 \| new \|\n", done.output)
    assert "2 values are new, 0 revised" in done.output
    assert check_package(package) == []
    catalog = Catalog(package)
    new, told = catalog.default("worldbank.wdi"), due.notes(catalog, dt.date(2026, 10, 2))[-1]
    assert re.search(r"10-01, unchanged since 2026-04-01, .*: “Dollar GDP of Kyrg[^“]* …”$", told)
    reworded = new.model_copy(update={"caveats": [c + " Still." for c in new.caveats]})
    assert overtaken(catalog, new) and not overtaken(catalog, reworded)
    data = Data(package, last_year=2025)
    assert data.series(INFLOW).series[2025] == 3_300_123_456.5
    assert [data.series(INFLOW).cell(y).status for y in (2023, 2024, 2025)] == [
        "estimate", "estimate", "final",
    ]  # fmt: skip
    assert data.series(INFLOW).sources[0]["vintage"] == VINTAGE and data.core_last_year() == 2025


def test_hash_source_date_and_maturity_are_recorded(package):
    rows = small.figures().query(f"indicator == '{INFLOW}'")
    content = small.site_zip(small.indicator_csv(rows, VINTAGE))
    (resource,) = put(package, "api.zip", content).resources
    default = Catalog(package).default(resource.table)
    assert default.vintage == "2026-04-01", "a vintage of one indicator is not the default"
    raw = (package / "data" / resource.path).read_bytes()
    assert resource.bytes == len(raw) and resource.coverage == "partial"
    (source,) = resource.sources
    assert (resource.dated_by, source.accessed) == ("header", dt.date.today().isoformat())
    assert source.file == "api.zip" and re.fullmatch(r"sha256:[0-9a-f]{64}", source.file_hash)
    assert [e.year for e in resource.maturity.estimates] == [2023, 2024]
    assert resource.covers == f"1 indicator; {rows['iso3'].nunique()} economies; 2005 to 2025"
    assert check_package(package) == []


def test_the_files_own_date_is_believed_rather_than_the_command(package):
    rows = small.figures().query("iso3 == 'KGZ'")
    content = small.indicator_csv(rows, "2026-11-05")
    with pytest.raises(
        DataError, match=r"last updated on 2026-11-05, after .*--vintage 2026-11-05"
    ):
        put(package, "k.csv", content)
    (resource,) = put(package, "k.csv", content, "2026-11-20").resources
    assert resource.dated_by == "release"
    assert "the file's header says 2026-11-05" in resource.dated_note


def test_the_committees_tables_come_in(package):
    files = small.open_sdg()
    files["1-2-1.csv"] += b"2024,,,,,25.7\n"
    done = put(package, "tables.zip", small.zipped(files), source="nsc")
    assert done.resources[0].is_full and check_package(package) == []
    misprinted = "read again, as the vintage of 2025-08-15 misprints it: median_income_and_"
    assert any(note.startswith(misprinted) for note in done.notes)
    relative = Data(package).table("nsc.sdg").query("sdg_code == '10.2.1'")
    assert not done.resources[0].unusable and relative["value"].notna().all()
    assert Data(package).poverty_national().query("year == 2024")["value"].item() == 25.7


@pytest.mark.parametrize("asked", [{}, {"vintage": {"nsc": VINTAGE}}, {"known_at": "2026-12-31"}])
def test_a_file_of_one_indicator_is_laid_over_the_whole_table(package, asked):
    before = Data(package).table("nsc.sdg")
    file = small.open_sdg()["1-2-1.csv"].replace(b",29.810233\n", b",29.710233\n")
    assert not put(package, "1-2-1.csv", file, source="nsc").resources[0].is_full
    data = Data(package, **asked)
    after, key = data.table("nsc.sdg"), ["series", "year", *small.NSC_COLUMNS]
    for code, rows in after.groupby("indicator"):
        day = VINTAGE if code == "poverty_rate" else "2025-08-15"
        assert {*rows["printed"], data.source(code)["vintage"]} == {day}
        was, now = (
            f[f["indicator"] == code].dropna(subset="value").set_index([*dict.fromkeys(key)])
            for f in (before, rows)
        )
        moved = (now["value"] - was["value"]).abs().max()
        assert moved == pytest.approx(0.1 if code == "poverty_rate" else 0)


def test_a_vintage_of_one_indicator_that_is_named_leaves_all_others_as_they_were(package):
    rows = small.figures().query(f"indicator == '{INFLOW}' and iso3 == 'KGZ'")
    put(package, "api.csv", small.indicator_csv(rows, VINTAGE), VINTAGE)
    before, dated = Data(package), Data(package, vintage={"worldbank": VINTAGE})
    assert dated.series(INFLOW).sources[0]["vintage"] == VINTAGE

    def held(data):
        return data.table("worldbank.wdi").set_index(["indicator", "iso3", "year"])["value"]

    gained = held(dated).index.difference(held(before).index)
    assert [*gained] == [(INFLOW, "KGZ", 2025)]
    assert held(dated).drop(gained).sort_index().equals(held(before).sort_index())
    later = Data(package, known_at="2026-12-31").table("worldbank.wdi")
    assert {*held(before).index} < {*later.set_index(["indicator", "iso3", "year"]).index}
    assert dated.series(GDP).series.equals(before.series(GDP).series)
    assert dated.withdrawn(GDP) == before.withdrawn(GDP)


def test_the_workbook_gives_the_packages_tables_byte_for_byte(package):
    done = put(package, "glotip.xlsx", small.workbook(small.national_totals()), source="unodc")
    assert [r.table for r in done.resources] == ["unodc.kgz", "unodc.detected_totals"]
    for resource in done.resources:
        before = package / "data" / "unodc" / "2025-04-14" / resource.path.rsplit("/", 1)[1]
        assert (package / "data" / resource.path).read_bytes() == before.read_bytes()
        assert resource.is_full
    assert check_package(package) == []


def test_counts_of_assisted_people_come_in_and_no_row_does(package):
    rows = [{"citizenship": "KGZ", "gender": "Male", "yearOfRegistration": 2024}] * 25
    rows += [{"citizenship": "UZB", "gender": "Female", "isForcedLabour": 1}] * 40
    with pytest.raises(DataError, match="it is cut off"):
        put(package, "s.csv", small.people(rows), source="ctdc")
    done = put(package, "s.csv", small.people(rows), source="ctdc", partial=True)
    assert check_package(package) == []
    counts = pd.concat([Catalog(package).frame(r) for r in done.resources])
    assert len(counts) == 25 and counts["n_synthetic_rows"].min() == 25


def test_a_table_whose_parts_do_not_add_up_is_refused(package):
    content = small.CATALOG.read_bytes(small.CATALOG.default("ctdc.margins_all"))
    wrong = content.replace(b"gender,Female,105990", b"gender,Female,105490")
    with pytest.raises(DataError, match="ALL, gender: adds up to 192,525, and all of it is 193025"):
        small.add_own(package, "ctdc.margins_all", wrong, VINTAGE)


# ---------------------------------------------------------------- eleven broken files


def cut(raw):
    return raw[: raw.rindex(b"SP.POP.TOTL") + len(b"SP.POP")]


def other_scale(raw):
    """Turn dollars into millions of dollars."""
    frame = small.figures()
    dollars = frame["indicator"].isin([INFLOW, GDP])
    frame["value"] = frame["value"].where(~dollars, frame["value"] / 1e6)
    return frame


def twice(raw):
    lines = raw.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if b"KGZ" in line and b"SP.POP.TOTL" in line)
    return b"".join([*lines[: at + 1], lines[at], *lines[at + 1 :]])


def shifted(raw):
    lines = raw.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if b"ndicator" in line and b"Source" not in line)
    first = lines[at].split(b",")[0]
    lines[at] = lines[at].replace(first + b",", b"", 1)
    return b"".join(lines)


LAYOUTS = {
    "tidy": ("new.csv", small.tidy),
    "indicators": ("API.csv", small.indicator_csv),
    "bulk": ("WDICSV.csv", small.bulk_csv),
}
BROKEN = {
    "wrong encoding": (lambda raw: raw.replace(b"KGZ", b"\xca\xc3\xc7", 1), "are not UTF-8"),
    "truncated": (cut, "the file is cut off"),
    "duplicate keys": (twice, "a second (row|value) for"),
    "text in a number": (None, "'n/a' is not a number"),
    "shifted header": (shifted, "the header is shifted"),
    "another scale": (other_scale, "1e-06 times as large .median.: the unit is of another scale"),
    "year 2205": (lambda raw: raw.replace(b"2025", b"2205"), "the year 2205 is outside 1900 to"),
    "unknown country": (lambda raw: raw.replace(b"KGZ", b"XKG"), "no country has the code 'XKG'"),
    "empty": (lambda raw: b"", "the file is empty"),
    "path outside": (
        lambda raw: small.zipped({"../../WDICSV.csv": raw}),
        "a path outside the archive",
    ),
    "1 GB of zeros": (None, "1,000.0 MB is more than the 600.0 MB"),
}
PLACED = ("wrong encoding", "text in a number", "year 2205", "unknown country", "another scale")


def broken(folder, layout, kind):
    name, make = LAYOUTS[layout]
    whole = make(small.figures())
    if kind == "1 GB of zeros":
        path = folder / name
        with path.open("wb") as file:
            file.truncate(1_000_000_000)
        return path
    if kind == "text in a number":
        value = b"3300123456.5"
        return small.write(folder, name, whole.replace(value, b"n/a"))
    changed = BROKEN[kind][0](whole)
    content = changed if isinstance(changed, bytes) else make(changed)
    return small.write(folder, "WDI.zip" if kind == "path outside" else name, content)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_eleven_broken_files_give_eleven_messages_and_leave_the_data_as_it_was(
    layout, package, command, tmp_path
):
    before, messages = small.state(package), {}
    for kind, (_, message) in BROKEN.items():
        done = command("add", "worldbank", broken(tmp_path, layout, kind), "--vintage", VINTAGE)
        assert done.exit_code == 2, (kind, done.output)
        assert re.search(message, done.output), (kind, done.output)
        messages[kind] = done.output
        assert small.state(package) == before, kind
    assert len(set(messages.values())) == len(BROKEN) == 11
    for kind in PLACED:
        assert re.search(r"line \d+", messages[kind]), messages[kind]
    for kind in PLACED[1:]:
        assert re.search(r"column [\w ]+", messages[kind]), messages[kind]


def test_a_file_cut_at_the_end_of_a_line_is_refused_and_a_meant_one_is_not(package):
    lines = small.bulk_csv(small.figures()).splitlines(keepends=True)
    content = b"".join(lines[: len(lines) // 2])
    with pytest.raises(DataError, match=r"^WDICSV\.csv: it holds 1,\d+ values, where .* cut off"):
        put(package, "WDICSV.csv", content)
    assert not put(package, "WDICSV.csv", content, partial=True).resources[0].is_full
    year = small.tidy(small.figures().query("iso3 == 'KGZ' and year == 2025"))
    with pytest.raises(DataError, match=f"^{INFLOW} KGZ: no value in 2005, which"):
        put(package, "year.csv", year, "2026-10-03", partial=True)
    lines = small.tidy(small.figures()).splitlines(keepends=True)
    few = b"".join(line for line in lines if not line.startswith((b"NY", b"SP")))
    with pytest.raises(DataError, match=r"^few\.csv: it holds 2 of the 5 series .*--partial"):
        put(package, "few.csv", few, "2026-10-02")


def test_a_splice_typed_into_the_own_layout_is_refused_but_the_publishers_is_told(package):
    frame = small.figures()
    frame.loc[len(frame)] = [POVERTY, "KGZ", 2021, 33.3]
    with pytest.raises(DataError, match="would be a splice"):
        put(package, "new.csv", small.tidy(frame))
    notes = put(package, "WDICSV.csv", small.bulk_csv(frame)).notes
    assert any(n.startswith(f"{POVERTY}, KGZ now has 2021; until now") for n in notes)
    assert check_package(package) == []


def test_what_is_no_date_no_source_or_there_already_is_refused(package, command, monkeypatch):
    file = small.write(package, "new.csv", small.tidy(small.figures()))
    for vintage, message in (
        ("1 October 2026", "not a date"),
        ("2026-04-01", "delete the folder data/worldbank/2026-04-01 and run: git restore data/dat"),
        ("2027-10-09", "2027-10-09 lies in the future: give the day of its printing"),
    ):
        done = command("add", "worldbank", file, "--vintage", vintage)
        assert done.exit_code == 2 and message in done.output
    for arguments in (
        ("add", "worldbnk", file, "--vintage", VINTAGE),
        ("diff", "worldbnk", "2026-04-01", "2026-05-31"),
    ):
        done = command(*arguments)
        assert done.exit_code == 2
        assert "no publisher 'worldbnk'. Did you mean 'worldbank'? The data package has: " in (
            done.output
        )
    today = dt.date.fromisoformat(VINTAGE)
    monkeypatch.setattr("livingbrief.data.adding.today", lambda: today)
    assert put(package, "new.csv", small.tidy(small.figures())).resources, "today is no future"


def test_a_country_that_is_none_is_not_compared(command):
    done = command("diff", "worldbank", "2023-05-10", "2026-04-01", "--country", "KGX")
    assert done.exit_code == 2 and "no country 'KGX'. Did you mean 'KGZ'?" in done.output


# ---------------------------------------------------------------- withdrawn, and old vintages


def withdraw(package):
    """A newer vintage without the last two years of inflow and without poverty altogether."""
    frame = small.figures()
    gone = (frame["indicator"] == INFLOW) & (frame["year"] >= 2023)
    gone |= frame["indicator"] == POVERTY
    return put(package, "WDICSV.csv", small.bulk_csv(frame[~gone]))


def test_withdrawn_years_are_never_filled_and_named_with_their_last_vintage(package):
    notes = withdraw(package).notes
    assert f"series withdrawn since 2026-04-01: {POVERTY}" in notes
    assert check_package(package) == []
    data = Data(package, last_year=2024)
    inflow = data.series(INFLOW)
    assert inflow.years[-1] == 2022
    assert data.withdrawn(INFLOW) == {2023: "2026-04-01", 2024: "2026-04-01"}
    assert Data(package, last_year=2023).withdrawn(INFLOW) == {2023: "2026-04-01"}
    assert data.withdrawn(GDP) == {}
    less = small.figures().query("indicator != @POVERTY and (indicator != @INFLOW or year < 2022)")
    put(package, "again.csv", small.bulk_csv(less), "2026-11-01")
    data = Data(package, last_year=2025)
    wait, *gone = (line for line in data.gaps() if INFLOW in line)
    label = f"Personal remittances received, KGZ ({INFLOW})"
    assert wait.startswith(f"not yet published after 2024: {label}") and GDP not in wait
    assert gone == [
        f"withdrawn by the publisher: {label}, {years} (last printed in the vintage {day})"
        for years, day in (("2022", VINTAGE), ("2023 and 2024", "2026-04-01"))
    ]
    poverty = data.series(POVERTY)
    assert poverty.sources[0]["vintage"] == "2026-04-01"
    assert data.withdrawn(POVERTY) == dict.fromkeys(poverty.years, "2026-04-01")
    put(package, "back.csv", small.bulk_csv(small.figures()), "2026-11-15")
    assert Data(package).withdrawn(INFLOW) == {}, "the years are back"


def test_a_report_on_an_old_vintage_does_not_change_when_a_newer_one_arrives(package):
    def seen(vintage):
        data = Data(package, vintage={"worldbank": vintage}, last_year=2024)
        series = [data.series(c) for c in (INFLOW, OUTFLOW, GDP, POVERTY, "SI.POV.UMIC")]
        panels = [data.panel(c) for c in (INFLOW, GDP)]
        return [
            *((s.series.to_dict(), s.sources, s.status.stack().to_list()) for s in series),
            *((p.values.tolist(), p.attrs) for p in panels),
            data.share_of_gdp().series.to_dict(),
            data.withdrawn(INFLOW),
            data.printed(INFLOW).to_csv(),
        ]

    before = {v: seen(v) for v in ("2023-05-10", "2026-04-01", "2026-05-31")}
    frame = small.figures()
    outflow = Catalog(package).rows_of(Catalog(package).of_table("worldbank.wdi")[-1], OUTFLOW)
    frame = pd.concat([frame, outflow])
    frame["value"] *= 1.05
    bulk = small.bulk_csv(frame)
    put(package, "WDICSV.csv", bulk, note="planted")
    assert Data(package).series(OUTFLOW).sources[0]["vintage"] == VINTAGE
    assert {v: seen(v) for v in before} == before


# ---------------------------------------------------------------- two at once, and interrupted


def test_two_writers_wait_for_each_other(package, monkeypatch):
    monkeypatch.setattr("livingbrief.data.descriptor.WAIT_SECONDS", 0.1)
    data = package / "data"
    with writing(data):
        other = FileLock(package / ".build" / "data.lock")
        assert not other.is_locked
        with pytest.raises(PackageError, match="another command is changing"), writing(data):
            pass
    with writing(data):
        pass


def test_a_disk_that_refuses_leaves_the_package_as_it_was(package, monkeypatch):
    before = small.state(package)

    def full(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(PackageError, match=r"No space left on device.*as it was"):
            put(package, "new.csv", small.tidy(small.figures()))
    assert small.state(package) == before and whole(package, before) is False


def stopped_at(step, package):
    """Add a vintage in this process, which is killed at a step of writing."""
    left = [step]

    def hook(event, arguments):
        writes = event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir") or (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        )
        if writes and str(arguments[0]).startswith(str(package / "data")):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    content = small.write(package, "new.csv", small.tidy(small.figures()))
    sys.addaudithook(hook)
    add(package, "worldbank", content, VINTAGE)


def whole(package, before):
    """Whether the vintage is there: else all is as it was, and `check` names what was left."""
    visible = {n: c for n, c in small.state(package).items() if not is_hidden(n)}
    registered = VINTAGE in Catalog(package).vintages("worldbank", "worldbank.wdi")
    found, left = [str(p) for p in check_package(package)], set(visible) - set(before)
    if not registered:
        assert {n: c for n, c in visible.items() if n in before} == before
        assert left <= {f"worldbank/{VINTAGE}/wdi.csv"}
    assert found == [
        f"{name} [listed] the file is not listed in datapackage.json; list it or remove it"
        for name in left
        if not registered
    ]
    with writing(package / "data"):
        assert not [n for n in small.state(package) if is_hidden(n)]
    return registered


def is_hidden(name):
    return any(part.startswith(".") for part in name.split("/"))


def test_stopped_at_every_step_of_writing_the_package_is_whole(tmp_path):
    """Stop before each rename, each opened file, each removed one while the vintage is written."""
    outcomes = []
    for step in range(1, 60):
        package = small.make_package(tmp_path / str(step), only="worldbank.wdi")
        before = small.state(package)

        child = multiprocessing.get_context("forkserver").Process(
            target=stopped_at, args=(step, package)
        )
        child.start()
        child.join()
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
        outcomes.append(whole(package, before))
        # What was left is no hindrance: the same file comes in again.
        put(package, "new.csv", small.tidy(small.figures()))
        assert whole(package, before)
    assert len(outcomes) >= 5 and not any(outcomes)
