"""Forecasts and first figures against what came: recomputed from the tables, and by hand."""

import csv
from collections import defaultdict
from functools import cache
from math import sqrt

import pandas as pd
import pytest
from scipy import stats

from livingbrief.claims import firm
from livingbrief.data.access import open_data
from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition
from remitrisk.as_printed import as_printed
from remitrisk.methods import outlook, revised
from tests import golden

ROOT = project_root()
TABLE = ROOT / "data" / "imf" / "2025-10-31" / "weo.csv"
GROWTH = "NGDP_RPCH"
LACKS = "forecasts of the International Monetary Fund"


@cache
def rows():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def series():
    """Value and last reported year by indicator, economy and year, by issue, as the file has it."""
    found = defaultdict(dict)
    for row in rows():
        last = int(row["last_actual"] or 0)
        key = row["indicator"], row["iso3"], int(row["year"])
        found[key][row["issue"]] = float(row["value"]), last
    return found


#: The vintage whose revisions are written out below.
APRIL_2026 = {"worldbank": "2026-04-01"}


def outcome(key, *, newest=False):
    """What the first (or the newest) issue has that reports the year, and which issue it is."""
    issues = series()[key]
    reporting = [issue for issue in sorted(issues) if issues[issue][1] >= key[2]]
    if not reporting:
        return None
    issue = reporting[-1 if newest else 0]
    return issue, issues[issue][0]


def report(case="current", **asked):
    edition = golden.cases()[case].model_copy(update=asked)
    return golden.run(edition, "outlook")


def value(record, key):
    return record["numbers"][key]["value"]


@pytest.fixture(scope="module")
def today():
    return report()


@pytest.mark.parametrize(
    ("iso3", "who", "first", "latest"),
    [("RUS", "host", -6.45, -7.09), ("KGZ", "own", -5.47, -8.10)],
)
def test_2022_as_april_2022_forecast_it(today, iso3, who, first, latest):
    key = (GROWTH, iso3, 2022)
    forecast, reported = series()[key]["2022-04"]
    assert reported < 2022
    misses = [forecast - outcome(key, newest=new)[1] for new in (False, True)]
    assert misses == pytest.approx([first, latest], abs=0.0055)
    for end, miss in zip(("first", "latest"), misses, strict=True):
        assert value(today, f"weo.{who}.growth.miss_{end}_pp.2022") == pytest.approx(miss)
    assert value(today, f"weo.{who}.growth.forecast_pct.2022") == forecast
    if iso3 == "KGZ":
        assert (forecast, outcome(key, newest=True)[1]) == (0.863, 8.968)
    assert outcome(key)[0] == "2023-10"
    assert value(today, f"weo.{who}.growth.marked_in.2022") == "October 2023"
    # The country's figure was in an issue before, which did not mark the year.
    if iso3 == "KGZ":
        assert series()[key]["2023-04"][0] == 7


def test_every_score_is_that_of_the_file():
    table = pd.read_csv(TABLE)
    scores = outlook.scored(table, 2024, relative=["NGDPD"])
    expected = {}
    for (indicator, iso3, year), issues in series().items():
        first = outcome((indicator, iso3, year))
        if year > 2024 or first is None:
            continue
        latest = outcome((indicator, iso3, year), newest=True)[1]
        dates = sorted(issue for issue in issues if issues[issue][1] < year)
        for place, issue in enumerate(dates):
            if issue >= first[0]:
                continue
            told, made = issues[issue][0], int(issue[:4])
            before = issues[dates[place - 1]][0] if place else float("nan")
            carried = indicator, iso3, year - 1 if year <= made else made - 1
            kept = series().get(carried, {}).get(issue, (float("nan"),))[0]
            numbers = [
                100 * (of / end - 1) if indicator == "NGDPD" else of - end
                for of in (told, kept, before)
                for end in (first[1], latest)
            ]
            half_years = 2 * (year - made) + (issue[5:] == "04")
            expected[indicator, iso3, year, issue] = [*numbers, half_years]
    assert len(scores) == len(expected) > 1000
    kinds = ("miss", "no_change_miss", "before_miss")
    columns = [f"{of}_{end}" for of in kinds for end in ("first", "latest")]
    names = {3: "spring_before", 2: "autumn_before", 1: "spring", 0: "autumn"}
    for row in scores.to_dict("records"):
        *numbers, ahead = expected[row["indicator"], row["iso3"], row["year"], row["issue"]]
        assert [row[c] for c in columns] == pytest.approx(numbers, nan_ok=True)
        assert row["horizon"] == names.get(ahead, "after" if ahead < 0 else "earlier")


def test_the_means_of_the_report_are_those_of_the_file(today):
    for who, economies in (
        ("own", {"KGZ"}),
        ("host", {"RUS"}),
        ("all", {r["iso3"] for r in rows()}),
    ):
        by_year = defaultdict(list)
        for indicator, iso3, year in series():
            forecast = series()[indicator, iso3, year].get(f"{year}-04")
            first = outcome((indicator, iso3, year))
            wanted = indicator == GROWTH and iso3 in economies and 2021 <= year <= 2024
            if wanted and forecast and first and first[0] > f"{year}-04" > "2021":
                by_year[year].append(forecast[0] - first[1])
        means = [sum(misses) / len(misses) for misses in by_year.values()]
        n = len(means)
        assert n == 4
        mean = sum(means) / n
        half = stats.t.ppf(0.975, n - 1) * sqrt(sum((m - mean) ** 2 for m in means) / (n - 1) / n)
        entry = today["numbers"][f"weo.{who}.growth.bias_pp"]
        assert entry["value"] == pytest.approx(mean)
        assert entry["interval"] == pytest.approx([mean - half, mean + half])
        assert (entry["n"], entry["level"]) == (n, 0.95)
        # The first April at hand has no issue before it.
        closer = today["numbers"][f"weo.{who}.growth.closer_before"]
        assert closer["n"] == today["numbers"][f"weo.{who}.growth.paired_pp"]["n"] == n - 1


def issues(*told):
    columns = ["issue", "indicator", "iso3", "year", "value", "last_actual"]
    return pd.DataFrame(told, columns=columns)


MADE = issues(
    ("2021-04", "g", "AAA", 2020, 1.0, 2020),
    ("2021-04", "g", "AAA", 2021, 4.0, 2020),
    ("2021-10", "g", "AAA", 2021, 5.0, 2020),
    ("2022-04", "g", "AAA", 2021, 7.0, 2021),
    ("2022-10", "g", "AAA", 2021, 8.0, 2021),
    # Taken back: a forecast again, of a year whose outcome is out.
    ("2023-04", "g", "AAA", 2021, 9.0, 2020),
    ("2021-04", "g", "BBB", 2021, 4.0, float("nan")),
    ("2022-10", "g", "BBB", 2021, 2.0, 2021),
)


def test_outcomes_follow_forecasts_and_a_year_that_was_reported_is_none():
    scores = outlook.scored(MADE, 2021).set_index(["iso3", "issue"])
    assert sorted(scores.index) == [("AAA", "2021-04"), ("AAA", "2021-10"), ("BBB", "2021-04")]
    april, october = scores.loc[("AAA", "2021-04")], scores.loc[("AAA", "2021-10")]
    assert (april["miss_first"], april["miss_latest"]) == (-3, -4)
    assert (april["no_change_miss_first"], october["before_miss_first"]) == (-6, -3)
    assert list(scores["horizon"]) == ["spring", "spring", "autumn"]
    # One that says nothing of the year before has no figure to carry on.
    assert pd.isna(scores.loc[("BBB", "2021-04"), "no_change"])
    assert outlook.scored(MADE, 2020).empty


def test_a_year_counts_once_however_many_forecasts_it_has():
    scores = pd.DataFrame(
        {
            "who": "all",
            "year": [2021, 2021, 2021, 2022, 2023, 2024],
            "miss_first": [-1.0, -1.0, -1.0, 3.0, 1.0, 1.0],
            "miss_latest": [0.0] * 6,
            "no_change_miss_first": [2.0] * 6,
            "before_miss_first": [float("nan")] * 3 + [4.0, 0.5, float("nan")],
        }
    )
    found = outlook.by_group(scores, ["who"]).loc["all"]
    assert (found["forecasts"], found["years"]) == (6, 4)
    assert found["bias_first"] == pytest.approx(1)
    assert found["bias_high_first"] - 1 == pytest.approx(stats.t.ppf(0.975, 3) * sqrt(8 / 3) / 2)
    assert (found["closer"], found["too_low"]) == (3, 1)
    assert (found["closer_before"], found["years_before"]) == (1, 2)
    assert (found["paired"], found["before"]) == (2, 2.25)
    few = outlook.by_group(scores[:5], ["who"]).loc["all"]
    assert few["bias_first"] == pytest.approx(1) and pd.isna(few["bias_low_first"])
    assert "interval" not in outlook.entry(few, "bias_first", "bias_low_first", "bias_high_first")


def test_an_interval_without_width_is_not_written():
    assert outlook.lean(-2.51, -4.39, -0.64) == "−2.5 (−4.4 to −0.6)"
    assert outlook.lean(0.01, -0.02, 0.03) == "0.0"
    assert outlook.lean(1, float("nan"), float("nan")) == "+1.0"


def test_what_the_first_issue_reports_of_years_long_past_is_no_first_figure():
    told = issues(
        ("2021-04", "g", "AAA", 2019, 1.0, 2020),
        ("2021-04", "g", "AAA", 2020, 2.0, 2020),
        ("2021-10", "g", "AAA", 2019, 1.5, 2020),
        ("2021-10", "g", "AAA", 2020, 3.0, 2020),
    )
    moved = outlook.moves(outlook.outcomes(told, 2024), "2021-10")
    assert moved.to_dict() == {("g", "AAA", 2020): 1.0}
    assert outlook.moves(outlook.outcomes(told, 2024), "2021-10", ["g"]).iloc[0] == 50
    assert outlook.moves(outlook.outcomes(told, 2024), "2021-04").empty


@pytest.mark.parametrize(
    ("case", "asked"),
    [
        ("NPL", {}),
        ("current", {"last_year": 2019, "shocks": [2009, 2014, 2015]}),
        ("current", {"last_year": 2020, "known_at": "2022-01-15", "shocks": [2009, 2020]}),
    ],
)
def test_where_there_is_nothing_to_score_that_is_said_once(case, asked):
    record = report(case, **asked)
    assert [lack["what"] for lack in record["lacks"]] == [LACKS]
    assert not record["exhibits"]
    assert {entry["value"] for entry in record["numbers"].values()} == {None}


def test_the_brief_of_then_has_the_issues_of_then():
    record = report("brief-2023")
    assert value(record, "weo.issues") == "April 2021 to April 2023"
    assert value(record, "weo.own.growth.miss_first_pp.2022") is None
    newest = series()[GROWTH, "KGZ", 2021]["2023-04"]
    assert newest[1] == 2021
    assert value(record, "weo.own.growth.latest_pct.2021") == newest[0]
    assert record["numbers"]["weo.own.growth.bias_pp"]["interval"] is None


def test_an_annex_shows_its_own_country():
    record = report("TJK")
    key = GROWTH, "TJK", 2022
    miss = series()[key]["2022-04"][0] - outcome(key)[1]
    assert value(record, "weo.own.growth.miss_first_pp.2022") == pytest.approx(miss)
    assert value(record, "weo.own.name") == "Tajikistan"
    assert any(line.startswith("Tajikistan,") for line in record["tables"]["tbl-weo-growth"])


def test_revisions_are_those_on_which_verdicts_stand_where_an_early_figure_is_at_hand():
    april = load_edition(ROOT, "current").model_copy(update={"vintage": APRIL_2026})
    printed = as_printed(open_data(ROOT, april))
    pairs = revised.first_and_latest(printed)
    told = revised.statistics(pairs)
    for key, wide in printed.items():
        begun = {year: line.dropna().index[0] for year, line in wide.iterrows() if line.count()}
        moved = firm.revisions(wide)
        early = moved[[begun[y] < f"{y + 2}-07" for y in moved.index]]
        assert (key in told.index) == (firm.usual(wide) is not None and len(early) > 2)
        if key in told.index:
            of = told.loc[key]
            assert (of["median"], of["largest"]) == (early.abs().median(), early.abs().max())
            assert (of["years"], of["mean"]) == (len(early), pytest.approx(early.mean()))
    gross = told.loc["remittances.gross.growth_pct"]
    assert {*pairs.loc[gross.name].index} == {2019, 2020, 2021, 2022}
    own = pairs.loc["growth.real_pct.kgz"]
    assert 2023 not in own.index and gross["low"] < 0 < gross["high"]
    # A fall of a tenth was printed for 2019, and stands as a small rise.
    first, latest = pairs.loc[(gross.name, 2019), ["first", "latest"]]
    assert first < -10 < 0 < latest and gross["turned"] == 1
    assert pd.isna(told.loc["poverty.rate_pct", "turned"])
    assert revised.statistics(revised.first_and_latest({})).empty


def test_sources_are_cited_once_from_the_first_printing_to_the_last():
    lines = [
        {"source": "A", "vintage": "2021-02-17 to 2023-05-10"},
        {"source": "B", "vintage": "2022-01-01 to 2022-01-01"},
        {"source": "A", "vintage": "2020-01-01 to 2022-12-22"},
    ]
    assert revised.spans(lines) == [
        {"source": "A", "vintage": "2020-01-01 to 2023-05-10"},
        {"source": "B", "vintage": "2022-01-01 to 2022-01-01"},
    ]
