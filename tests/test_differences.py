"""What moved between two vintages, for the terminal and a pull request."""

import re

import pytest

from livingbrief.data.adding import add
from livingbrief.data.differences import ONLY_BOTH, changes, written
from livingbrief.errors import DataError
from remitrisk.layouts import unodc
from remitrisk.series import GDP, INFLOW, POVERTY
from tests import small_package as small

OLD, NEW = "2026-04-01", "2026-10-01"


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The small package and a newer vintage: one new year, one revised, two withdrawn."""
    made = small.make_package(tmp_path_factory.mktemp("differences"))
    frame = small.figures()
    at = (frame["indicator"] == INFLOW) & (frame["iso3"] == "KGZ")
    frame.loc[at & (frame["year"] == 2024), "value"] = 3_131_000_000.5
    # What only a computer's arithmetic moves is not revised.
    noisy = (frame["indicator"] == GDP) & (frame["iso3"] == "KGZ") & (frame["year"] == 2020)
    frame.loc[noisy, "value"] *= 1 + 1e-12
    gone = (frame["indicator"] == POVERTY) & (frame["iso3"] == "KGZ") & (frame["year"] < 2008)
    file = small.write(made, "WDICSV.csv", small.bulk_csv(frame[~gone]))
    add(made, "worldbank", file, NEW)
    return made


@pytest.fixture(scope="module")
def found(package):
    return changes(package, "worldbank", OLD, NEW)


def test_headline_series_of_the_country_are_shown_newest_first(found):
    first = found.headline[["code", "year", "change"]].values.tolist()
    assert first == [
        [INFLOW, 2025, "new"],
        [INFLOW, 2024, "revised"],
        [GDP, 2025, "new"],
        [POVERTY, 2007, "withdrawn"],
        [POVERTY, 2006, "withdrawn"],
    ]
    revised = found.headline.iloc[1]
    assert (revised["old"], revised["unit"]) == (3.1e9, "current US$")
    assert revised["new"] == 3_131_000_000.5 and revised["pct"] == pytest.approx(1.0)


def test_what_moved_is_shown(found):
    text = written(found)
    assert text.splitlines()[0] == "## World Bank, World Development Indicators"
    assert "From the vintage of 1 April 2026 to that of 1 October 2026: 2 values are new, 1" in text
    inflow, poverty = "Personal remittances received", "Poverty at the national line"
    assert f"| {inflow} (current US$) | 2024 | 3,100,000,000 | 3,131,000,000 | +1.0% |" in text
    row = f"| {poverty} (percent of population) | 2006 | 39.9 | – | withdrawn |"
    assert row in text and "| 0" not in text.split("### By series")[0] and "nan" not in text
    for row in (f"{inflow} (`{INFLOW}`) | 1 | 1 | 0 |", f"{poverty} (`{POVERTY}`) | 0 | 0 | 2 |"):
        assert f"| {row}" in text
    assert ONLY_BOTH not in text


def test_series_that_a_partial_vintage_holds_are_compared_from_the_first_year_of_both(tmp_path):
    made = small.make_package(tmp_path)
    frame = small.figures().query("indicator == @GDP and iso3 == 'KGZ' and year >= 2010")
    frame.loc[frame["year"] == 2010, "value"] *= 1.1
    file = small.write(made, "api.csv", small.indicator_csv(frame))
    add(made, "worldbank", file, NEW, partial=True)
    found = changes(made, "worldbank", OLD, NEW)
    moved = found.frame[["series", "year", "change"]].to_numpy().tolist()
    assert moved == [[GDP, 2010, "revised"], [GDP, 2025, "new"]] and ONLY_BOTH in written(found)


def test_a_country_whose_series_did_not_move_says_so(package):
    other = changes(package, "worldbank", OLD, NEW, "TJK")
    assert other.headline.empty and "No value moved." in written(other)


def test_the_committees_series_are_compared_too(tmp_path):
    made = small.make_package(tmp_path)
    files = small.open_sdg()
    files["1-2-1.csv"] = files["1-2-1.csv"].replace(b",29.810233\n", b",29.710233\n")
    files["1-2-1.csv"] += b"2024,,,,,25.7\n"
    files["16-2-2.csv"] = files["16-2-2.csv"].replace(b",11\n", b",10\n")
    add(made, "nsc", small.write(tmp_path, "t.zip", small.zipped(files)), NEW)
    text = written(changes(made, "nsc", "2025-08-15", NEW))
    assert "Poverty at the national line (percent of population) | 2024 | – | 25.7 | new" in text
    assert "| 2023 | 29.810233 | 29.710233 | −0.10 points |" in text
    assert "| 2019 | 11 | 10 | −1 |" in text


def test_tables_without_series_are_named_and_a_new_total_is_headline(tmp_path):
    made = small.make_package(tmp_path)
    rows = small.national_totals()
    counted = ("KGZ", unodc.DETECTED, 2017)
    old = next(r for r in rows if (r[0], r[4], r[9]) == counted)
    old[11] = "6"
    rows.append(small.total("KGZ", 2024, "33"))
    rows.append(small.total("KGZ", 2025, "<5"))
    add(made, "unodc", small.write(made, "t.xlsx", small.workbook(rows)), NEW)
    text = written(changes(made, "unodc", "2025-04-14", NEW))
    for named in ("Detected trafficking victims", "Detected people, all reporting countries"):
        assert re.search(rf"\n\| {named} \(`unodc\.\w+`\) \| 2 \| 1 \| 0 \|", text)
    for row in ("2024 | – | 33 | new", "2025 | – | – | new", "2017 | – | 6 | revised"):
        assert f"Detected trafficking victims | {row} |" in text
    assert "4 values are new, 2 revised, 0 withdrawn." in text


def test_two_vintages_without_a_common_table_are_refused():
    with pytest.raises(DataError, match="share no table"):
        changes(small.ROOT, "worldbank", "2023-05-10", "2024-11-07")
