"""The known traps of the figures: handled when a table is read, or printed as a caveat."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from livingbrief.data.access import ESTIMATE, FINAL
from livingbrief.data.catalog import Catalog
from livingbrief.data.content import faults
from livingbrief.data.datasets import datasets_markdown
from livingbrief.errors import DataError
from remitrisk import series
from remitrisk.methods import cases, tiers
from remitrisk.printings import PAGE, TABLES, national_totals
from remitrisk.series import (
    EXCHANGE_RATE,
    GDP,
    GROWTH,
    INFLOW,
    INFLOW_PCT_GDP,
    OUTFLOW,
    POVERTY,
)
from remitrisk.series import BriefData as Data

ROOT = Path(__file__).parents[1]
#: The vintages whose figures are written out below; one that is added has others.
NAMED = {"worldbank": "2026-04-01", "nsc": "2025-08-15", "unodc": "2025-04-14"}
DATA = Data(ROOT, country="KGZ", host="RUS", last_year=2024, vintage=NAMED)
NEWEST = Data(ROOT, country="KGZ", host="RUS")
CATALOG = Catalog(ROOT)
PRINTED_PAGE = datasets_markdown(ROOT)


def printed(*words):
    """Whether one caveat on the report's page holds all the words."""
    lines = [line for line in PRINTED_PAGE.splitlines() if line.startswith("- ")]
    return any(all(word in line for word in words) for line in lines)


def change(values, year):
    return 100 * (values[year] / values[year - 1] - 1)


def test_vintages_disagree_and_signs_with_them():
    inflow = DATA.printed(INFLOW).pivot(index="vintage", columns="year", values="value")
    changes = 100 * (inflow[2020] / inflow[2019] - 1)
    assert changes["2021-08-03"] == pytest.approx(-8.7, abs=0.05)
    assert changes["2023-05-10"] == pytest.approx(0.5, abs=0.05)
    assert changes["2026-04-01"] == pytest.approx(-2.5, abs=0.05)
    growth = DATA.printed(GROWTH).pivot(index="vintage", columns="year", values="value")[2022]
    assert growth.dropna().round(1).unique().tolist() == [7.0, 6.3, 9.0]
    status = DATA.printed(INFLOW).set_index(["vintage", "year"])["status"]
    assert status["2023-05-10", 2022] == status["2026-04-01", 2024] == "estimate"
    assert status["2026-04-01", 2022] == "final"
    assert printed("inside one vintage only") and printed("through its denominator")


def test_a_share_of_gdp_never_mixes_two_vintages():
    for data in (DATA, NEWEST, Data(ROOT, last_year=2022, vintage={"worldbank": "2023-10-26"})):
        share = data.share_of_gdp()
        table = CATALOG.rows_of
        (cited,), known = share.sources, CATALOG.of_table("worldbank.wdi")
        resource = next(r for r in known if r.vintage == cited["vintage"])
        for year in share.series.index:
            top = table(resource, INFLOW).query("iso3 == 'KGZ' and year == @year")["value"].item()
            low = table(resource, GDP).query("iso3 == 'KGZ' and year == @year")["value"].item()
            assert share.series[year] == pytest.approx(100 * top / low)
    assert [DATA.share_of_gdp().cell(y).status for y in (2022, 2024)] == [FINAL, "estimate"]


def test_national_poverty_has_a_gap_and_a_break_in_the_world_bank_series():
    bank = DATA.series(POVERTY)
    assert not {2021, 2022} & set(bank.series.index)
    poverty = DATA.poverty_national().set_index("year")
    assert poverty.loc[2007:2023, "series"].eq("National Statistical Committee").all()
    assert poverty.loc[2024, "series"] == "World Bank, new series"
    assert poverty.loc[[2021, 2022], "value"].round(2).tolist() == [33.26, 33.15]
    shared = bank.series.index.intersection(poverty.index[poverty["series"].str.startswith("Nat")])
    assert (bank.series[shared] - poverty.loc[shared, "value"]).abs().max() < 0.06
    assert printed("the two are not joined and nothing is interpolated")


def test_modelled_and_recorded_shares_of_russia_are_never_in_one_frame():
    modelled, recorded = DATA.russia_share("modelled"), DATA.russia_share("recorded")
    assert modelled["share_pct"].round().tolist() == [72, 66, 59]
    by_period = recorded.set_index("period")["share_pct"]
    assert by_period["2023-01 to 2023-12"] == pytest.approx(93.7, abs=0.05)
    # Of January to May 2025 the press gives a figure rounded to 0.1 bn: no share is computed.
    assert "2025-01 to 2025-05" not in by_period
    assert not set(modelled["counted_by"]) & set(recorded["counted_by"])
    with pytest.raises(DataError, match="neither 'modelled' nor 'recorded'"):
        DATA.russia_share("both")
    assert printed("modelled", "not the recorded one")


def test_a_model_spreads_the_inflow_of_its_own_day_whatever_the_edition():
    early = {"worldbank": "2023-05-10"}
    brief = Data(ROOT, country="KGZ", host="RUS", last_year=2022, vintage=early)
    then, now = (data.russia_share("modelled").set_index("counted_by") for data in (brief, DATA))
    assert then.loc["remittances_cgd", "share_pct"] == pytest.approx(65.6, abs=0.05)
    parts = DATA.table("migration.bilateral").query("flow == 'remittances_cgd' and year == 2021")
    of_2021 = now[now["period"] == "2021"].loc["remittances_cgd", "share_pct"]
    assert 100 * parts.set_index("dest_iso3").at["RUS", "value"] / of_2021 > parts["value"].sum()


def test_world_totals_of_bilateral_rows_are_marked_and_not_summed_twice():
    flows = DATA.table("migration.bilateral").query("origin_iso3 == 'KGZ'")
    for flow in ("remittances_2021", "migrant_stock_2021"):
        rows = flows[flows["flow"] == flow]
        total = rows.loc[rows["is_total"], "value"].item()
        assert rows.loc[~rows["is_total"], "value"].sum() == pytest.approx(total, rel=0.01)
    assert set(flows.loc[flows["is_total"], "dest_iso3"]) == {"WLD"}
    in_russia = flows[(flows["dest_iso3"] == "RUS") & flows["flow"].str.startswith("migrant")]
    assert in_russia["flow"].nunique() == 3
    assert printed("jump between editions")


def test_osh_city_poverty_before_2013_is_missing_not_zero():
    table = DATA.table("nsc.sdg")
    osh = table[(table["indicator"] == "poverty_rate") & (table["area"] == "Osh (city)")]
    assert osh.loc[osh["year"] < 2013, "value"].isna().all()
    assert osh.loc[osh["year"] >= 2013, "value"].notna().all()
    raw = pd.read_csv(CATALOG.folder / CATALOG.default("nsc.sdg").path)
    zeros = raw[(raw["indicator"] == "poverty_rate") & (raw["area"] == "Osh (city)")]
    assert (zeros.loc[zeros["year"] < 2013, "value"] == 0).all()


def test_income_gini_and_consumption_gini_are_two_measures_and_labels_are_latin():
    table = DATA.table("nsc.sdg")
    income = table[(table["indicator"] == "gini_income") & (table["year"] == 2020)]["value"].item()
    consumption = DATA.series("SI.POV.GINI")
    assert income == 0.344 and consumption.series[2020] == 29.0
    assert CATALOG.explain("gini_income").unit != consumption.unit
    assert printed("income Gini", "different measures")
    victims = table[table["indicator"] == "detected_trafficking_victims"]
    assert not victims["year"].duplicated().any()
    for column in ("series", "area", "age", "education"):
        assert not table[column].dropna().str.contains("[\u0400-\u04ff]").any()


def test_three_month_windows_and_single_months_are_shown_not_fitted():
    windows = DATA.table("centralbanks.highfreq").query("series_id == 'kgz_remit_inflow_3m_window'")
    assert len(windows) == 14
    spring = windows.set_index("period").loc["2020-05", "value"]
    months = DATA.table("nbkr.months").query("direction == 'inflow' and counterpart == 'TOTAL'")
    march_to_may = months[months["period"].between("2020-03", "2020-05")]["value_usd_mn"].sum()
    assert spring == pytest.approx(march_to_may, abs=0.5)
    assert not months["period"].str.startswith(("2021", "2023")).any()
    assert printed("shown, not fitted")


def test_definitions_of_the_national_bank_before_and_from_2024_are_separate_series():
    months = DATA.table("nbkr.months")
    assert (months["definition"].eq("new") == (months["period"] >= "2024")).all()
    facts = DATA.table("press.facts")
    year_2023 = facts[
        (facts["counterpart"] == "RUS") & facts["period_start"].str.startswith("2023")
    ]
    assert {"nbkr_old", "nbkr_new"} <= set(year_2023["system"])
    assert printed("definition in 2024", "never joined")


def test_national_bank_and_bank_of_russia_are_never_mixed():
    facts = DATA.table("press.facts")
    quarter = facts[(facts["period_start"] == "2016-01") & (facts["period_end"] == "2016-03")]
    assert quarter.set_index("system")["value"].to_dict() == {
        "nbkr_old": 291.0,
        "bank_of_russia": 150.0,
    }
    assert "bank_of_russia" not in set(DATA.russia_share("recorded")["counted_by"])
    assert printed("never mixed")


def test_assisted_people_are_one_variable_margins_of_synthetic_rows():
    margins = DATA.table("ctdc.margins")
    assert list(margins.columns) == ["citizenship", "variable", "value", "n_synthetic_rows"]
    assert margins["n_synthetic_rows"].min() >= 10
    assert printed("no risk of becoming a victim can be estimated")
    assert printed("standard errors and odds ratios from the rows are invalid")


def test_fewer_than_five_includes_zero_where_a_release_prints_no_zero():
    for resource in [*CATALOG.of_table("unodc.kgz"), *CATALOG.of_table("unodc.detected_totals")]:
        frame = CATALOG.frame(resource)
        small = frame[frame["censored"]]
        assert len(small) > 5 and small["value"].isna().all() and (small["high"] == 4).all()
        assert (small["low"] == 0).all() and not (frame["value"] == 0).any()
    assert printed("0 to 4 in a release that prints no 0", "1 to 4 in one that does")


def test_questionnaire_codes_are_refused_by_range():
    resource = CATALOG.default("unodc.detected_totals")
    frame = CATALOG.frame(resource)
    made_up = frame.iloc[[0]].assign(value=6_112_019, low=6_112_019, high=6_112_019)
    found = [p.message for p in faults(pd.concat([frame, made_up], ignore_index=True), resource)]
    assert any("column value: 6,112,019 is outside the documented range" in text for text in found)


def test_editions_of_the_slavery_index_are_no_trend():
    index = DATA.table("walkfree.gsi").query("iso3 == 'KGZ'").set_index("edition")
    assert index["n_modern_slavery"].to_dict() == {2014: 21000, 2018: 24000, 2023: 57000}
    assert printed("not a trend") and printed("circular")
    assert "n_modern_slavery" not in CATALOG.code_table, "no annual series of it can be asked for"


def test_counts_depend_on_a_search_that_no_series_measures_and_tiers_judge_effort():
    assert printed("counts depend on how much is searched for", "no series of that search")
    assert printed("judgement of the United States on government effort")
    assert printed("40 investigations", "15 cases", "7 in UNODC", "111")
    assert 2001 not in set(DATA.table("worldbank.wgi")["year"])


def test_the_committee_counts_victims_in_registered_cases_as_it_said_in_2026():
    told = DATA.table("nsc.definition").set_index("aspect")
    assert told.at["who_is_counted", "statement"].endswith("within registered criminal cases")
    assert set(told["first_published"]) == {"2026-03-18"}
    assert cases.definition(told.reset_index())["published"] == "18 March 2026"
    in_2023 = Data(ROOT, known_at="2023-06-30").table("nsc.definition")
    assert in_2023.empty and cases.definition(in_2023) == {}, "no reader of 2023 could know it"
    assert printed("different populations", "not two estimates of one number")


def test_single_statements_of_the_press_continue_no_series():
    facts = DATA.table("press.facts").set_index("fact_id")
    single = facts[facts["system"] == "single"]
    assert len(single) > 80 and single["confidence"].notna().all()
    households = {"S01", "S02", "S05", "S06", "S07", "S08"}
    assert not households & {*facts.index}, "households.figures has them: counted once"
    of_2024 = facts[(facts["period_start"] >= "2024") & (facts["direction"] == "inflow")]
    assert not of_2024["system"].eq("nbkr_old").any()
    assert printed("Registered, present, contracts", "different things")
    assert printed("code a statement and are no measurement")


def test_scores_of_the_crime_index_are_judgements_known_by_edition():
    scores = DATA.table("ocindex.scores")
    assert (scores["value"] * 2 % 1 == 0).all() and scores["value"].between(1, 10).all()
    for day, out in {"2021-08-31": set(), "2023-06-30": {2021}, "2023-10-01": {2021, 2023}}.items():
        then = Data(ROOT, known_at=day).table("ocindex.scores")
        assert {*then["edition"]} == out
    assert printed("no measurement", "more is worse") and printed("no independent proof")


def test_shares_of_hosts_miss_the_smallest_and_lie_before_the_shocks():
    hosts = DATA.table("migration.hosts")
    sums = hosts.groupby(["origin_iso3", "year"])["share"].sum()
    assert sums.between(0.75, 1.005).all() and (sums < 0.9).any()
    assert hosts["year"].max() == 2019 and hosts["share"].min() >= 0.01
    shares = hosts.set_index(["origin_iso3", "host_iso3", "year"])["share"]
    assert shares["KGZ", "RUS", 2019] > 0.5 and shares["SYR", "TUR", 2019] > 0.4
    assert printed("under one per cent are missing") and printed("last count before it")


def test_the_printing_of_2018_serves_no_series():
    assert "2018-08-01" not in {r.vintage for r in CATALOG.of_table("worldbank.wdi")}
    then = Data(ROOT, known_at="2019-06-30").series(INFLOW)
    assert then.sources[0]["vintage"].endswith("printed later")


def test_the_printing_of_july_2026_moved_growth_and_withdrew_poverty():
    then = DATA
    now = Data(ROOT, country="KGZ", host="RUS", vintage={"worldbank": "2026-07-01"})
    inflow = now.series(INFLOW)
    assert (inflow.series.loc[2022:] / 1e6).round().tolist() == [3267, 2863, 3197]
    assert set(inflow.span(2022).status.stack()) == {FINAL}, "the round staff estimates are gone"
    growth = [data.series(GROWTH).series[2024] for data in (then, now)]
    assert growth == pytest.approx([9.04, 11.54], abs=0.005)
    assert now.share_of_gdp().series[2024] == pytest.approx(17.6, abs=0.05)
    resource = next(r for r in CATALOG.of_table("worldbank.wdi") if r.vintage == "2026-07-01")
    poor = CATALOG.rows_of(resource, POVERTY, "KGZ")
    assert poor["year"].tolist() == [2023, 2024]
    assert {*range(2006, 2021)} <= {*now.withdrawn(POVERTY)}
    of_2025 = CATALOG.frame(resource).query("year == 2025")
    assert INFLOW not in {*of_2025["indicator"]}
    assert "KGZ" not in {*of_2025.loc[of_2025["indicator"] == EXCHANGE_RATE, "iso3"]}
    assert printed("2025 is ragged") and printed("a figure of the earlier years names its vintage")


def test_lists_of_tiers_are_complete_in_some_years_and_for_some_tiers():
    placed = DATA.table("statedept.tip_tiers")
    years = placed.groupby("year")[["list_complete", "watch_list_complete"]]
    assert (years.nunique() == 1).all(axis=None)
    whole, low = (column.loc[lambda c: c].index for _, column in years.first().items())
    assert [*whole] == [*range(2001, 2016), 2020, 2023]
    assert [*low.difference(whole)] == [2022, 2024, 2025]
    rest = placed[~placed["year"].isin(whole) & placed["tier"].isin(["1", "2"])]
    assert set(rest["iso3"]) == {"KGZ"}, "absent from a list of the lowest tiers is no placement"
    known = tiers.predictors({code: DATA.panel(code) for code in tiers.SERIES})
    fitted = {*tiers.placed(placed, known, 2025)["year"]}
    assert fitted <= {*whole} and {2020, 2023} <= fitted
    assert printed("Watch List and Tier 3 only", "not missing at random", "no model of all four")


def test_the_gap_in_consumer_prices_never_shifts_a_twelve_month_change():
    prices = DATA.monthly("kgz_cpi_headline_index")
    gap = prices["2022-05":"2022-09"]
    assert len(gap) == 5 and gap.isna().all()
    twelve = 100 * (prices / prices.shift(12) - 1)
    assert twelve["2022-10"] == pytest.approx(100 * (217.9 / 188.7 - 1))
    assert np.isnan(twelve["2023-05"]) and np.isnan(twelve["2022-05"])
    assert printed("no values from May to September 2022")


def test_the_food_index_changes_its_base_in_march_2023_and_nothing_uses_it():
    food, all_prices = (DATA.monthly(f"kgz_cpi_{name}_index") for name in ("food", "headline"))
    assert (food["2023-02"], food["2023-03"]) == (169.8, 401.5)
    assert all_prices["2023-03"] / all_prices["2023-02"] < 1.02, "no prices moved like that"
    steps = (food / food.shift()).drop(pd.Period("2023-03", "M"))
    assert steps.max() < 1.2, "the only leap in the series"
    assert printed("leaps from 169.8 in February 2023", "most likely another base")
    code = [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "remitrisk").rglob("*.py")]
    users = [p.name for p in code if "cpi_food" in p.read_text(encoding="utf-8")]
    assert users == []


def test_the_outflow_of_2022_and_the_net_flow_on_it_are_estimates():
    paid, net = DATA.series(OUTFLOW), DATA.values(INFLOW) - DATA.values(OUTFLOW)
    as_printed = DATA.printed(OUTFLOW).query("vintage == '2025-12-23'").set_index("year")["value"]
    assert as_printed[2022] - as_printed[2019] == pytest.approx(650e6, abs=0.06)
    assert paid.series[2022] == pytest.approx(as_printed[2022], abs=1)
    assert paid.cell(2022).status == "estimate" and paid.cell(2021).status == "final"
    assert net.cell(2022).status == "estimate" and net.cell(2021).status == "final"
    assert printed("to within six cents", "The net flow of 2022")
    assert paid.sources[0]["vintage"] == "2026-05-31", (
        "the other receivers' come from another vintage"
    )
    assert DATA.series(OUTFLOW, "TJK").sources[0]["vintage"] == "2025-12-23"


def test_a_ratio_that_only_an_older_vintage_publishes_is_not_taken_for_todays():
    assert DATA.share_of_gdp().sources[0]["vintage"] == "2026-04-01"
    assert DATA.series(INFLOW_PCT_GDP).sources[0]["vintage"] < "2026"
    assert NEWEST.share_of_gdp().sources[0]["vintage"] == CATALOG.default("worldbank.wdi").vintage
    assert printed("20.4%", "18.8%")


VICTIMS = "detected_trafficking_victims"
RELATIVE = "median_income_and_relative_poverty"
#: The printing of March 2023, which a reader in June 2023 saw.
THEN = Data(ROOT, last_year=2022, vintage={"nsc": "2023-03-13"})
TO_2025 = Data(ROOT, last_year=2025, vintage={"worldbank": "2026-04-01"})
#: Days between which two records of one printing count as printed about the same day.
ABOUT_THE_SAME_DAY = 35


def by_printing(code):
    return TO_2025.history(code).pivot(index="printed", columns="year", values="value")


def national(data, code):
    return national_totals(data.table("nsc.sdg"), code).set_index("year")["value"]


def test_other_publishers_revise_too_and_june_2023_saw_other_figures():
    victims = by_printing(VICTIMS)
    years = [2018, 2019, 2020, 2021, 2022]
    assert victims.loc["2023-03-16", years[:-1]].tolist() == [8, 5, 2, 2]
    assert victims.loc["2024-02-27", years].tolist() == [8, 5, 2, 2, 1]
    assert victims.loc["2025-02-07", years].tolist() == [7, 11, 9, 6, 3]
    for code in ("poverty_rate", "unemployment_rate"):
        first = TO_2025.history(code).groupby("year").first()
        assert first.loc[2022, "printed"] == "2023-08-28"
        assert THEN.history(code)["year"].max() == 2021 == national(THEN, code).index.max()
    assert national(THEN, VICTIMS)[[2019, 2020, 2021]].tolist() == [5, 2, 2]
    assert national(DATA, VICTIMS)[[2019, 2020, 2021]].tolist() == [11, 9, 6]
    assert THEN.history(VICTIMS)["printed"].max() <= "2023-03-13"
    assert printed("Five past years moved in one printing")


def test_misprints_of_the_day_are_kept_as_printed_and_never_used():
    table = TO_2025.table("nsc.printed").set_index(["indicator", "printed", "year"])
    wrong = {
        ("poverty_rate", "2020-02-11", 2008): 317,
        ("working_poverty_rate", "2025-12-13", 2024): 173,
        ("neet_rate_15_24", "2019-11-28", 2010): 183,
        ("poverty_rate", "2019-07-15", 2016): 2,
        (VICTIMS, "2026-03-06", 2025): 1,
    }
    for key, shown in wrong.items():
        row = table.loc[key]
        assert row["as_printed"] == shown and pd.isna(row["value"]) and row["misprint"]
        used = TO_2025.history(key[0]).set_index(["printed", "year"])
        assert key[1:] not in used.index
    for code in ("poverty_rate", "working_poverty_rate", "neet_rate_15_24", "unemployment_rate"):
        assert TO_2025.history(code)["value"].between(3, 45).all()
    assert printed("kept as printed, named, and never used")


def test_the_poverty_line_was_set_anew_in_2021_and_2020_to_2021_is_a_break():
    line = TO_2025.poverty_line()
    assert line.loc[[2019, 2020, 2021, 2024], "line_som"].tolist() == [32981, 35268, 45797, 65417]
    assert line.loc[2021, "change_pct"] == pytest.approx(29.9, abs=0.05)
    assert line.loc[2021, "prices_pct"] == pytest.approx(11.9, abs=0.05)
    assert line["set_anew"].dropna().to_dict() == {
        2018: False,
        2019: False,
        2020: False,
        2021: True,
    }
    assert pd.isna(line.loc[[2017, 2024], "change_pct"]).all(), "2016 is rounded, 2023 not at hand"
    poor = DATA.table("nsc.sdg").query("indicator == 'poverty_rate'")
    place = poor[poor[["area", "sex", "age"]].isna().all(axis=1)].pivot(
        index="year", columns="urbanisation", values="value"
    )
    rise = (place.loc[2021] - place.loc[2020]).round(1)
    assert (rise["Urban"], rise["Rural"]) == (15.0, 4.0)
    assert printed("almost certainly set anew in 2021", "unless the line stands beside it")


def test_years_after_the_last_reported_are_forecasts_in_the_world_economic_outlook():
    def of_2022(country, issue):
        series = DATA.weo("NGDP_RPCH", country, issue)
        assert series.sources[0]["vintage"] == issue
        return round(series.series[2022], 2), series.cell(2022).status

    assert of_2022("RUS", "2022-04") == (-8.52, ESTIMATE)
    assert of_2022("RUS", "2025-10") == (-1.44, FINAL)
    frame = DATA.table("imf.weo")
    assert (frame["last_actual"] < frame["issue"].str[:4].astype(int)).all()
    assert printed("later years are forecasts, and so is the year of the issue")


def test_households_see_a_part_of_the_inflow_only():
    def one(measure, period, area=None):
        rows = TO_2025.table("households.figures")
        rows = rows[(rows["measure"] == measure) & (rows["period"] == period)]
        rows = rows[rows["area"].isna() if area is None else rows["area"] == area]
        return rows["value"].item()

    assert one("poverty_without_pct", "2018") == 32.2 and one("poverty_pct", "2018") == 22.4
    assert national(DATA, "poverty_rate")[2018] == one("poverty_pct", "2018")
    assert printed("see a part only of the inflow", "nobody has separated")


def test_shifted_labels_of_august_2025_are_refused():
    table = DATA.table("nsc.sdg").query("indicator == @RELATIVE")
    split = table[["area", "sex", "age"]].notna().any(axis=1)
    assert split.sum() > 100 and table.loc[split, "value"].isna().all()
    assert table.loc[~split, "value"].notna().all()
    then = (
        Data(ROOT, vintage={"nsc": "2024-02-27"}).table("nsc.sdg").query("indicator == @RELATIVE")
    )
    assert then["value"].notna().all() and then["area"].notna().any()
    raw = pd.read_csv(CATALOG.folder / "nsc" / "2025-08-15" / "sdg.csv").query(
        "indicator == @RELATIVE"
    )
    keys = [c for c in then.columns if c not in ("value", "sdg_code", "printed")]
    both = then.merge(raw, on=keys, suffixes=("", "_new"))
    apart = (both["value"] - both["value_new"]).abs() > 1e-6
    labelled = both[["area", "sex", "age"]].notna().any(axis=1)
    assert apart[labelled].mean() > 0.9 and not apart[~labelled].any()
    assert printed("labels of the printing of August 2025 are shifted")


def test_two_records_of_one_printing_agree_and_the_earlier_date_counts():
    pairs = 0
    for code in TO_2025.table("nsc.printed")["indicator"].unique():
        found = TO_2025.history(code).assign(day=lambda t: pd.to_datetime(t["printed"]))
        page, tables = (found[found["record"] == record] for record in (PAGE, TABLES))
        near = page.merge(tables, on="year", suffixes=("", "_tables"))
        near = near[(near["day"] - near["day_tables"]).abs().dt.days <= ABOUT_THE_SAME_DAY]
        pairs += len(near)
        assert (near["value"] - near["value_tables"]).abs().max() < 0.06, code
    assert pairs > 100
    first = TO_2025.history(VICTIMS).groupby("year").first()
    assert tuple(first.loc[2022, ["printed", "value"]]) == ("2024-02-27", 1)
    assert tuple(first.loc[2020, ["printed", "record"]]) == ("2021-10-16", PAGE)
    assert printed("first printed is the earlier of the two dates")


def test_counts_of_a_thousand_and_more_are_missing_in_the_copy_of_may_2023():
    then = Data(ROOT, vintage={"unodc": "2023-05-30"})
    totals = then.table("unodc.detected_totals")
    assert totals["high"].max() < 1000 and totals["low"].min() >= 0
    today = then.table("unodc.detected_totals", whole=True).set_index(["iso3", "year"])["value"]
    keys = totals.set_index(["iso3", "year"]).index
    assert today[("USA", 2021)] > 1000 and ("USA", 2021) not in keys and ("USA", 2010) in keys
    assert then.table("unodc.kgz").equals(DATA.table("unodc.kgz"))
    assert printed("counts of 1,000 and more are blank", "no total of the world")


def test_what_an_outlet_printed_on_one_day_has_one_address():
    """F58 had the address of an article of 2025, F31 that of another outlet's."""
    facts = CATALOG.frame(CATALOG.default("press.facts"))
    facts = facts[facts["system"] != "single"]
    dated = facts[facts["pub_date"].str.fullmatch(r"\d{4}-\d\d-\d\d")]
    addresses = dated.groupby(["outlet", "pub_date"])["url"].unique().map(list)
    assert len(addresses) > 20
    assert {name: urls for name, urls in addresses.items() if len(urls) > 1} == {}
    row = facts.set_index("fact_id").loc["F58"]
    assert (row["pub_date"], row["value"]) == ("2023-03-17", 170)
    assert "20230317" in row["url"]


def test_check_says_where_a_series_ends_before_the_edition():
    said = " ".join(DATA.gaps())
    assert "not yet published after 2022: Personal remittances paid, KGZ" in said
    assert "not yet published after 2023: Child labour; " in said
    assert "Child labour" not in " ".join(Data(ROOT, country="TJK", host="RUS").gaps())
    assert "more than 40% of its emigrants" in series.NO_HOST[1]
