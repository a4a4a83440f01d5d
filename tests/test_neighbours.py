"""A printing beside its neighbours in time: older vintages, alarms, values out of line."""

import io
import json
from copy import copy

import pandas as pd
import pytest

from livingbrief.cli.vintages import _told
from livingbrief.data.adding import add
from livingbrief.data.catalog import Catalog
from livingbrief.data.check import check_package
from livingbrief.data.neighbours import alarms, beside, out_of_line, printings
from livingbrief.errors import DataError
from remitrisk.series import GDP, INFLOW, POPULATION, POVERTY
from tests import small_package as small

CATALOG = small.CATALOG
PRINTED = CATALOG.default("nsc.printed")
PAGES = CATALOG.frame(PRINTED)
MISPRINTS = PAGES[PAGES["misprint"].notna()]
TOGETHER = "2025-02-07"


def pages_until(day):
    raw = pd.read_csv(io.BytesIO(CATALOG.read_bytes(PRINTED)), dtype=str)
    return small.tidy(raw[raw["printed"] <= day])


@pytest.fixture
def package(tmp_path):
    return small.make_package(tmp_path / "project")


@pytest.fixture
def pages(tmp_path):
    """The Committee's pages as they stood before the printing of 7 February 2025."""
    folder = tmp_path / "pages"
    first, *others = PRINTED.as_json()["notes"]
    earlier = [{**first, "years": [2020]}, *others]
    entry = {**PRINTED.as_json(), "vintage": "2024-08-16", "path": "nsc/2024-08-16/printed.csv"}
    entry |= {"name": "nsc.printed.2024-08-16", "notes": earlier}
    entry["checks"] = [r for r in entry["checks"] if r["rule"] != "rows"]
    entry["hash"], entry["bytes"] = "", 0
    kept = {**CATALOG.raw, "resources": [entry], "archives": []}
    path = folder / "data" / entry["path"]
    path.parent.mkdir(parents=True)
    path.write_bytes(pages_until("2024-08-16"))
    (folder / "data" / "nsc" / "NOTICE.md").write_text("terms")
    (folder / "data" / "datapackage.json").write_text(json.dumps(kept))
    from livingbrief.data.descriptor import rehash

    rehash(folder)
    return folder


# ---------------------------------------------------------------- alarms


def test_the_printing_of_february_2025_names_16_2_2_and_its_five_years(pages):
    file = small.write(pages, "printed.csv", pages_until(TOGETHER))
    stands_out = r"detected_trafficking_victims 16\.2\.2, printed 2025-02-07: 2019 is 11, \+120"
    with pytest.raises(DataError, match=stands_out):
        add(pages, "nsc", file, TOGETHER, table="nsc.printed")
    assert check_package(pages) == []
    done = add(
        pages, "nsc", file, TOGETHER, table="nsc.printed",
        note="a change of definition or of source",
    )  # fmt: skip
    assert check_package(pages) == []
    *_, note = [n for n in done.resources[0].notes if n.series.endswith("16.2.2")]
    assert note.years == [2018, 2019, 2020, 2021, 2022, 2023]
    descriptor = json.loads((pages / "data" / "datapackage.json").read_text())
    # A note on what stands out alone does not say why five years moved.
    descriptor["resources"][-1]["notes"][-1]["years"] = [2019, 2020, 2021, 2022, 2023]
    (pages / "data" / "datapackage.json").write_text(json.dumps(descriptor))
    (problem,) = check_package(pages)
    assert problem.rule == "notes" and problem.where == f"nsc.printed.{TOGETHER}"
    assert "16.2.2, printed 2025-02-07: 5 past years moved together since 2024-02-27" in str(
        problem
    )
    assert '"years": [2018, 2019, 2020, 2021, 2022], "note": "…"}' in str(problem)


def test_every_alarm_in_the_package_has_its_note():
    frames = {r.name: CATALOG.frame(r) for r in CATALOG.resources}
    assert list(alarms(CATALOG, frames)) == []
    bare = copy(CATALOG)
    bare.resources = tuple(r.model_copy(update={"notes": []}) for r in CATALOG.resources)
    told = {(a.series.split()[0], a.printed) for a in alarms(bare, frames)}
    assert ("detected_trafficking_victims", TOGETHER) in told
    assert (GDP, "2023-12-18") in told and (INFLOW, "2025-07-01") in told


def test_the_add_asks_about_years_that_moved_and_a_unit_of_another_scale(package):
    frame = small.figures()
    past = (frame["iso3"] == "KGZ") & (frame["year"] <= 2024)
    moved = past & (frame["indicator"] == INFLOW) & frame["year"].between(2019, 2022)
    half = past & (frame["indicator"] == POPULATION)
    frame["value"] = frame["value"].mask(moved, frame["value"] * 1.12)
    frame["value"] = frame["value"].mask(half, frame["value"] * 1.8)
    file, day = small.write(package, "n.csv", small.tidy(frame)), "2026-10-01"
    with pytest.raises(DataError, match=f"{INFLOW}, printed {day}: 4 past years moved") as refused:
        add(package, "worldbank", file, day)
    assert f"{POPULATION}, printed {day}: 20 past years moved together" in str(refused.value)
    assert '"years": [2019, 2020, 2021, 2022], "note": "…"}' in str(refused.value)
    (new,) = add(package, "worldbank", file, day, note="the compilers changed").resources
    assert {INFLOW, POPULATION} <= {note.series for note in new.notes}
    assert check_package(package) == []


def test_what_an_older_vintage_moves_in_the_one_after_it_is_noted_there(package):
    path = package / "data" / "datapackage.json"
    descriptor = json.loads(path.read_text())
    (after,) = [e for e in descriptor["resources"] if e["name"] == small.WDI]
    after["notes"] = []
    path.write_text(json.dumps(descriptor))
    frame = small.figures()
    low = (frame["iso3"] == "KGZ") & (frame["indicator"] == INFLOW)
    low &= frame["year"].between(2015, 2018)
    frame["value"] = frame["value"].mask(low, frame["value"] * 0.9)
    with pytest.raises(DataError, match="4 past years moved together since 2026-03-01"):
        older(package, "2026-03-01", frame)
    older(package, "2026-03-01", frame, note="revised upwards since")
    assert check_package(package) == []
    entries = {e["name"]: e for e in json.loads(path.read_text())["resources"]}
    (note,) = entries[small.WDI]["notes"]
    assert (note["series"], note["years"]) == (INFLOW, [2015, 2016, 2017, 2018])


# ---------------------------------------------------------------- misprints never reach a number


def test_a_misprint_that_is_taken_for_a_value_is_named():
    """One alone, or all of its printing: each is far from another printing or from other years."""
    assert len(MISPRINTS) == 35 and MISPRINTS["value"].isna().all()
    for sets in ([[at] for at in MISPRINTS.index], [MISPRINTS.index]):
        for same in sets:
            planted = PAGES["value"].mask(PAGES.index.isin(same), PAGES["as_printed"])
            frame = PAGES.assign(value=planted)
            found = printings([PRINTED], {PRINTED.name: frame}, "KGZ").groupby("series")
            named = [(name, what) for name, rows in found for *_, what in out_of_line(rows)]
            for row in MISPRINTS.loc[same].itertuples():
                said = f"{row.year} is {row.as_printed:,.6g}, "
                assert any(
                    name.startswith(row.indicator) and what.startswith(said) for name, what in named
                ), row


@pytest.mark.parametrize(
    ("year", "factor", "why"),
    [
        (2025, 3.2, r"beyond 3 times 3.1e\+09 be"),
        (2025, 0.29, r"beyond 3 times 3.1e\+09 be"),
        (2024, 1.47, r"\+47\.0% from 3\.1e\+09, as it was printed before"),
        (2025, 0.514, r"-48\.6% from 3\.1e\+09 for 2024; its changes .* were -\d\d\.\d% to \+"),
    ],
)
def test_a_value_that_nothing_prepares_for_is_refused_until_a_note_says_what_it_is(
    package, year, factor, why
):
    frame = small.figures()
    own = (frame["iso3"] == "KGZ") & (frame["indicator"] == INFLOW)
    base = frame.loc[own & (frame["year"] == 2024), "value"].item()
    values = {2024: base, 2025: 1.01 * (base if year == 2025 else factor * base)}
    values[year] = factor * base
    for at, value in values.items():
        frame.loc[own & (frame["year"] == at), "value"] = value
    file = small.write(package, "n.csv", small.tidy(frame))
    before = small.state(package)
    with pytest.raises(DataError, match=rf"{INFLOW}, printed 2026-10-01: {year} is \S+, {why}"):
        add(package, "worldbank", file, "2026-10-01")
    assert small.state(package) == before
    done = add(package, "worldbank", file, "2026-10-01", note="as the publisher confirmed")
    (note,) = done.resources[0].notes
    assert (note.series, note.years) == (INFLOW, [year])
    assert check_package(package) == []
    path = package / "data" / "datapackage.json"
    descriptor = json.loads(path.read_text())
    next(r for r in descriptor["resources"] if r["name"] == done.resources[0].name).pop("notes")
    path.write_text(json.dumps(descriptor))
    (problem,) = check_package(package)
    assert f"{year} is " in str(problem) and problem.rule == "notes"


def test_a_printing_of_one_year_stands_beside_what_was_printed_of_the_others():
    steady = pd.DataFrame({"year": range(2005, 2025), "printed": "2026-04-01", "value": 100.0})
    for value, said in ((400.0, "beyond 3 times 100 beside it"), (150.0, "+50.0% from 100 for")):
        new = pd.DataFrame({"year": [2025], "printed": "2026-10-01", "value": value})
        ((*_, told),) = out_of_line(pd.concat([steady, new]))
        assert said in told


# ---------------------------------------------------------------- an older vintage


def older(package, vintage, frame, **more):
    frame = frame[frame["year"] < int(vintage[:4])]
    return add(
        package,
        "worldbank",
        small.write(package, "WDICSV.csv", small.bulk_csv(frame)),
        vintage,
        **more,
    )


def test_an_older_vintage_is_compared_with_those_before_and_after_it(package):
    done = older(package, "2024-03-01", small.figures(), note="looked at")
    (new,) = done.resources
    before, after = beside(Catalog(package), new.table, "", new.vintage)
    assert (before.vintage, after.vintage) == ("2023-05-10", "2026-04-01")
    text = _told(package, done)
    assert "From the vintage of 10 May 2023 to that of 1 March 2024" in text
    assert "From the vintage of 1 March 2024 to that of 1 April 2026" in text
    assert "to that of 1 March 2024" not in text.partition("1 April 2026")[2]
    assert "withdrawn" not in " ".join(done.notes)
    assert (
        "0 withdrawn" in text and Catalog(package).default("worldbank.wdi").vintage == "2026-04-01"
    )
    older(package, "2025-01-15", small.figures(), note="looked at")
    assert check_package(package) == []


def test_what_an_older_vintage_lacks_is_not_withdrawn_by_it(package):
    older(package, "2024-03-01", small.figures(), note="looked at")
    frame = small.figures()
    frame = frame[frame["indicator"] != POVERTY]
    done = older(package, "2025-01-15", frame, note="looked at")
    (note,) = [n for n in done.notes if POVERTY in n]
    assert note.startswith(f"it lacks {POVERTY}, which the vintage of 2024-03-01 has")
    assert not done.resources[0].is_full and "withdrawn" not in " ".join(done.notes)
    assert check_package(package) == []


def test_an_older_printing_is_compared_with_those_next_to_it_in_time(package):
    def of_2018(vintage, rows, **more):
        content = small.tidy(rows[rows["year"] <= 2016])
        return small.add_own(package, "worldbank.wdi", content, vintage, note="so", **more)

    rows = small.figures().query("indicator == 'BX.TRF.PWKR.CD.DT'")
    gap = {iso3: rows[(rows["iso3"] != iso3) | (rows["year"] != 2010)] for iso3 in ("PHL", "KGZ")}
    # The printing of 2026 has the year, the one next in time has none of the country.
    assert not of_2018("2018-08-01", gap["PHL"], partial=True).is_full
    with pytest.raises(
        DataError, match="KGZ: no value in 2010, which the vintage of 2018-08-01 has"
    ):
        of_2018("2019-08-01", gap["KGZ"], partial=True)
    with pytest.raises(DataError, match="where the vintage of 2018-08-01 has"):
        of_2018("2019-08-01", rows[rows["year"] < 2013])
