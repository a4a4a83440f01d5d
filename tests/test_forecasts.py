"""Forecasts and first figures against what came: recomputed from the tables, and by hand."""

import csv
from collections import defaultdict
from functools import cache

import numpy as np
import pandas as pd
import pytest

from livingbrief.claims import firm
from livingbrief.data.access import open_data
from livingbrief.paths import project_root
from remitrisk import series as of
from remitrisk.as_printed import as_printed
from remitrisk.countries import CUT
from remitrisk.methods import forecasts, host_shock
from tests import golden

ROOT = project_root()
TABLE = ROOT / "data" / "imf" / "2025-10-31" / "weo.csv"
GROWTH = "NGDP_RPCH"


@cache
def series():
    """Value and last reported year by indicator, economy and year, by issue, as the file has it."""
    found = defaultdict(dict)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["indicator"], row["iso3"], int(row["year"])
            found[key][row["issue"]] = float(row["value"]), int(row["last_actual"] or 0)
    return found


def outcome(key, *, newest=False):
    """What the first (or the newest) issue has that reports the year, and which issue it is."""
    issues = series()[key]
    reporting = [issue for issue in sorted(issues) if issues[issue][1] >= key[2]]
    issue = reporting[-1 if newest else 0] if reporting else None
    return issue and (issue, issues[issue][0])


@cache
def numbers(case="current", shocks=(), **asked):
    asked |= {"shocks": [*shocks]} if shocks else {}
    edition = golden.cases()[case].model_copy(update=asked)
    return golden.run(edition, "forecasts")["numbers"]


def value(key, case="current", **asked):
    entry = numbers(case, **asked).get(key, {"value": None})
    return entry["value"]


def test_every_score_is_that_of_the_file():
    scores = forecasts.scored(pd.read_csv(TABLE), 2024, relative=["NGDPD"])
    expected = {}
    for (indicator, iso3, year), issues in series().items():
        first = outcome((indicator, iso3, year))
        if year > 2024 or first is None:
            continue
        latest = outcome((indicator, iso3, year), newest=True)[1]
        for issue, (told, last) in issues.items():
            if issue >= first[0] or last >= year:
                continue
            made = int(issue[:4])
            carried = indicator, iso3, year - 1 if year <= made else made - 1
            kept = series().get(carried, {}).get(issue, (float("nan"),))[0]
            misses = [
                100 * (of / end - 1) if indicator == "NGDPD" else of - end
                for of in (told, kept)
                for end in (first[1], latest)
            ]
            half_years = 2 * (year - made) + (issue[5:] == "04")
            expected[indicator, iso3, year, issue] = [*misses, half_years]
    assert len(scores) == len(expected) > 1000
    columns = [f"{of}_{end}" for of in ("miss", "no_change_miss") for end in ("first", "latest")]
    names = {3: "spring_before", 2: "autumn_before", 1: "spring", 0: "autumn"}
    for row in scores.to_dict("records"):
        *misses, ahead = expected[row["indicator"], row["iso3"], row["year"], row["issue"]]
        assert [row[c] for c in columns] == pytest.approx(misses, nan_ok=True)
        assert row["horizon"] == names.get(ahead, "after" if ahead < 0 else "earlier")


def test_a_worst_case_is_a_bound_and_what_is_unknown_is_not_judged_or_refused():
    rows = [(-33, 7, 0, False), (5, 7, 0, False), (-25, -2, 0, True), (-25, -30, 0, True)]
    made = pd.DataFrame(rows, columns=["forecast", "outcome", "no_change", "worst"])
    nan = float("nan")
    found = forecasts.score(made)
    assert found["closer"].to_list() == pytest.approx([0, 1, nan, nan], nan_ok=True)
    assert found["held"].to_list() == pytest.approx([nan, nan, 1, 0], nan_ok=True)
    made = pd.DataFrame({"forecast": [5.0, 21.0], "outcome": 7.0, "worst": [False, True]})
    found = forecasts.score(made.assign(no_change=np.nan))
    assert found["miss"].to_list() == [-2, 14]
    assert found[["closer", "held"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="a forecast is missing"):
        forecasts.score(made.assign(no_change=0.0, forecast=np.nan))


def test_only_what_was_printed_after_a_forecast_is_its_outcome():
    wide = pd.DataFrame({"2022-12-01": [1.0, np.nan], "2023-06-01": [2, 9], "2024-01-01": [3, 7]})
    wide.index, wide.attrs["open"] = [2021, 2022], (2022,)
    found = forecasts.in_print({"gross": wide, "net": wide[:1]}, 2022, "2022-03-04")
    assert found.loc["gross"].to_list() == [7, 7, 9, 2, "estimate"] and list(found.index) == [
        "gross"
    ]
    assert forecasts.in_print({"gross": wide}, 2021, "2023-01-01")["printings"].item() == 2
    assert forecasts.in_print({"gross": wide}, 2019, "2019-01-01").empty


def test_revisions_are_those_of_the_years_whose_early_figure_was_printed():
    printed = as_printed(open_data(ROOT, golden.cases()["current"]))
    pairs = forecasts.early_revisions(printed)
    found = {*pairs.index.get_level_values("key")}
    for key, wide in printed.items():
        moved = firm.first_and_latest(wide)["moved"]
        begun = {year: line.dropna().index[0] for year, line in wide.loc[moved.index].iterrows()}
        early = moved[[day < f"{year + 2}-07" for year, day in begun.items()]]
        assert (key in found) == (firm.usual(wide) is not None and len(early) > 2)
        if key in found:
            assert pairs.loc[key, "moved"].to_dict() == early.to_dict()
    # A fall of a tenth was printed for 2019, and stands as a small rise.
    gross = "remittances.gross.growth_pct"
    first, latest = pairs.loc[(gross, 2019), ["first", "latest"]]
    assert first < -10 < 0 < latest and pairs.loc[gross, "turned"].sum() == 1
    sizes = pairs.loc[gross, "moved"].abs()
    assert value("revision.gross.median_pp") == sizes.median()
    assert value("revision.gross.largest_pp") == sizes.max()
    assert pairs.loc["poverty.rate_pct", "turned"].isna().all()
    assert forecasts.early_revisions({}).empty


def test_an_edition_has_what_had_been_printed_by_its_day():
    early = {"last_year": 2012, "shocks": (2009,)}
    then = {"last_year": 2020, "known_at": "2022-01-15", "shocks": (2009, 2020)}
    for case, asked in (("brief-2023", {}), ("current", early), ("current", then)):
        assert value("forecast.fc04.share_miss_pp", case, **asked) is None
    assert value("weo.own.growth.latest_pct.2021", "brief-2023") == 3.742


OWN = ROOT / "data" / "forecasts" / "2026-12-02" / "own.csv"


def own_data(last_year=2025):
    return of.BriefData(ROOT, last_year=last_year, vintage={"worldbank": "2026-07-01"})


def with_inflows_of_2025(data, apart):
    """Let each inflow of 2025 be that of 2024, those of Russia's group moved by `apart`."""
    hosts = data.table("migration.hosts")
    newest = hosts[(hosts["year"] == hosts["year"].max()) & (hosts["host_iso3"] == "RUS")]
    group = set(newest[newest["share"] > CUT]["origin_iso3"])
    asked = data.panel

    def panel(code):
        found = asked(code)
        if code == of.INFLOW:
            last = found[found["year"] == 2024].assign(year=2025)
            moved = np.exp(apart / 100 * last["iso3"].isin(group))
            found = pd.concat([found, last.assign(value=last["value"] * moved)])
        return found

    data.panel = panel
    return data


def test_what_was_written_down_is_what_the_line_expects():
    data = own_data()
    panels = (data.panel(code) for code in (of.INFLOW, of.GDP, of.GROWTH))
    world = host_shock.world(*panels, data.table("migration.hosts"))
    past = host_shock.of_host(host_shock.gaps(world, without=["KGZ"]), "RUS").loc[:2021]
    weo = {year: series()["NGDPD", "RUS", year]["2025-10"][0] for year in (2025, 2026)}
    grown = [world.dollars.at[2025, "RUS"], 100 * np.log(weo[2026] / weo[2025])]
    ahead = pd.DataFrame({"gap": np.nan, "shock": grown}, index=[2025, 2026])
    found = host_shock.beyond(pd.concat([past, ahead]), 2021)
    made = pd.read_csv(OWN).set_index("target_year")
    for name, kept in (("shock", "host_growth"), ("expected", "expected")):
        assert made[kept].to_numpy() == pytest.approx(found[name].to_numpy(), abs=5e-4)
    for end in ("low", "high"):
        assert made[end].to_numpy() == pytest.approx(found[f"expected_{end}"].to_numpy(), abs=5e-4)


@pytest.mark.parametrize(("apart", "said"), [(12, "inside"), (-15, "outside")])
def test_a_planted_inflow_of_2025_is_scored(apart, said):
    assert own_data().forecasts_scored() == []
    (told,) = with_inflows_of_2025(own_data(), apart).departures([])[-1:]
    assert "our forecast of 2025, written down on 2026-12-02" in told
    assert f"+11.2% (-0.5% to +24.2%); came {100 * np.expm1(apart / 100):+.1f}%, {said}" in told


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ("", "unbroken"),
        ("h", "unbroken"),
        ("mmm", "in doubt"),
        ("mmmm", "retired"),
        ("mmmh", "in doubt"),
        ("mmmhh", "restored"),
        ("mmmhmh", "retired"),
        # Inside, but no closer than no gap or the mean: neither a hit nor a miss.
        ("mmmww", "in doubt"),
        ("mmmhwh", "restored"),
    ],
)
def test_four_misses_retire_the_line_and_two_hits_restore_it(years, said):
    made = {"inside": [y != "m" for y in years], "closer": [y == "h" for y in years]}
    found = pd.DataFrame(made, index=range(2022, 2022 + len(years)))
    assert forecasts.standing(found) == forecasts.standing(found[::-1]) == said


def test_a_forecast_is_closer_only_if_it_beats_both_zero_and_the_mean():
    made = pd.DataFrame({"expected": 10.0, "low": -5.0, "high": 25.0}, index=range(2022, 2026))
    found = forecasts.judged(made, pd.Series({2022: 9.0, 2023: 7.0, 2024: 30.0}), mean=6.0)
    assert found["inside"].tolist()[:3] == [1, 1, 0] and found["closer"].tolist()[:3] == [1, 0, 1]
    assert found.loc[2025, ["outcome", "inside", "closer"]].isna().all()


def test_the_page_says_what_was_written_down_and_nothing_of_what_has_not_come():
    assert value("forecast.own.since") == 3 and value("forecast.own.since_inside") == 0
    assert value("forecast.own.standing") == "in doubt"
    told = numbers()["forecast.own.expected_pct.2025"]
    assert told["value"] == pytest.approx(100 * np.expm1(0.10603))
    assert told["interval"] == pytest.approx([100 * np.expm1(e) for e in (-0.00477, 0.21684)])
    assert value("forecast.own.inside.2025") is None
    assert value("forecast.own.expected_pct.2025", "brief-2023") is None
