"""What an edition sees that looks back to a day, by class: dated, unrevised, printed later."""

import datetime as dt
import re
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from livingbrief.book import ahead
from livingbrief.book.prose import LATE, Prose
from livingbrief.book.sentences import Page
from livingbrief.claims import claims
from livingbrief.claims.findings import Stated
from livingbrief.data.access import Data, open_catalog
from livingbrief.data.descriptor import RowsDated
from livingbrief.data.known import NEVER, combined, end_of, known_from, printed_on, weakest
from livingbrief.errors import BuildError
from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition
from livingbrief.run.steps import collect
from livingbrief.values.exhibits import NotebookRecord
from livingbrief.values.kinds import Kind
from livingbrief.values.numbers import Recorder
from livingbrief.values.results import Description
from livingbrief.values.values import Values, join, late
from remitrisk.printings import BREAKDOWNS, national_totals
from remitrisk.series import (
    EXCHANGE_RATE,
    GDP,
    GROWTH,
    INFLOW,
    OUTFLOW,
    POPULATION,
    PRICES,
    BriefData,
)
from tests import recorded
from tests.drawn import said
from tests.golden import cases, notebooks, read, run

CATALOG = open_catalog(project_root())

ROOT = project_root()
DAY = "2023-06-30"
PINNED = cases()["current"].vintage


def at(day, **asked):
    asked = {"last_year": int(day[:4]) - 1, "vintage": PINNED, **asked}
    return BriefData(ROOT, known_at=day, **asked)


THEN = at(DAY)


def class_of(entry):
    """Return the class of an entry of `results.json`; empty for one without a value."""
    return "" if entry["value"] is None else weakest(s["vintage"] for s in entry["sources"])


# ---------------------------------------------------------------- periods and dates


def test_a_text_names_a_period_by_its_last_day():
    days = {
        "2023-03-17": "2023-03-17", "2023-02": "2023-02-28", "2016-Q1": "2016-03-31",
        "2020Q3": "2020-12-31", 2021: "2021-12-31", "2018-07 (inferred)": "2018-07-31",
        "2024-02/03": "2024-12-31", "state at Dec 2014": "2014-12-31", "undated": "", np.nan: "",
    }  # fmt: skip
    assert {text: end_of(text) for text in days} == days


def test_a_figure_is_known_from_the_end_of_its_period_and_a_lag():
    days = known_from(pd.Series(["2022", "2022-12", "undated"]), lag=10)
    assert days.to_list() == ["2023-01-10", "2023-01-10", "9999-12-31"]


def test_single_figures_are_dated_by_their_source_by_a_given_day_or_by_themselves():
    frame = pd.DataFrame({"by": ["a", "b", "2022-05", "undated"], "year": [2019, 2019, 2019, 2019]})
    told = RowsDated(by="by", dates={"b": "2021-07-01"})
    source = CATALOG.resources[0].sources[0]
    source = source.model_copy(update={"id": "a", "stated_vintage": "2020-03"})
    made = CATALOG.resources[0].model_copy(update={"rows_dated": told, "sources": [source]})
    found = ["2020-03-31", "2021-07-01", "2022-05-31"]
    assert printed_on(frame, made).to_list() == [*found, "9999-12-31"]
    told.undated_after_days = 730
    assert printed_on(frame, made).to_list() == [*found, "2021-12-30"]


def test_parts_of_a_table_are_cited_by_the_least_certain_of_them():
    assert combined(["2023-05-10", "2021-01-01"]) == "2021-01-01 to 2023-05-10"
    assert combined(["2023-05-10", "known by 2023-01-10"]) == "known by 2023-05-10"
    assert Kind.of(combined(["known by 2023-01-10", Kind.LATER.cited("2026-04-01")])) is Kind.LATER


# ---------------------------------------------------------------- the three classes


def test_dated_the_newest_printing_of_the_day_with_its_status_of_then():
    inflow = THEN.series(INFLOW)
    assert inflow.sources[0]["vintage"] == "2023-05-10"
    assert (inflow.series[2022], inflow.cell(2022).status) == (3_050_000_000, "estimate")
    assert THEN.series(GROWTH).sources[0]["vintage"] == "2022-12-22"
    assert 2022 not in THEN.series(GDP).series
    for day, printed in (("2023-05-09", "2023-02-21"), ("2023-10-26", "2023-10-26")):
        assert at(day).series(INFLOW).sources[0]["vintage"] == printed
    assert at("2026-04-01").series(INFLOW).sources[0]["vintage"] == "2026-04-01"
    assert set(THEN.by_vintage(INFLOW).names) == {
        "2021-02-21", "2021-08-03", "2022-12-23", "2023-02-21", "2023-05-10"
    }  # fmt: skip


def test_a_vintage_that_is_named_besides_is_not_passed():
    pinned = at("2023-06-30", vintage={**PINNED, "worldbank": "2023-02-21"})
    assert pinned.series(INFLOW).sources[0]["vintage"] == "2023-02-21"


def test_unrevised_today_as_far_as_periods_had_ended_and_a_lag_had_passed():
    rate = THEN.series(EXCHANGE_RATE)
    assert rate.sources[0]["vintage"] == "known by 2023-01-10"
    assert set(rate.status.stack()) == {"final"} and rate.years[-1] == 2022
    assert at("2023-01-09", last_year=2022).series(EXCHANGE_RATE).years[-1] == 2021
    assert THEN.series(PRICES).sources[0]["vintage"] == "known by 2023-03-01"
    ruble = THEN.monthly("fx_rub_per_usd_avg_spliced")
    assert ruble.index[-1] == pd.Period("2023-05", "M")
    assert THEN.source("fx_rub_per_usd_avg_spliced")["vintage"] == "known by 2023-06-10"


def test_printed_later_today_in_periods_that_had_ended_marked():
    people = THEN.series(POPULATION)
    assert Kind.of(people.sources[0]["vintage"]) is Kind.LATER
    assert set(people.status.stack()) == {"printed_later"} and people.years[-1] == 2022
    assert THEN.values(POPULATION).weakest == "printed_later"
    assert Kind.of(at("2021-02-17").series(OUTFLOW).sources[0]["vintage"]) is Kind.LATER
    whole = THEN.panel(INFLOW)
    assert whole.attrs["fallback"] and Kind.of(whole.attrs["source"]["vintage"]) is Kind.LATER
    assert whole["year"].max() == 2022
    rights = THEN.table("worldbank.wgi")
    assert Kind.of(rights.attrs["source"]["vintage"]) is Kind.LATER
    assert [*rights] == ["indicator", "iso3", "year", "value"]


def test_single_figures_printed_after_the_day_are_not_there():
    facts = THEN.table("press.facts")
    assert {"F41", "F42", "F43", "F58"} <= set(facts["fact_id"])
    assert not {"F44", "F46", "M02"} & set(facts["fact_id"])
    assert THEN.source("press.facts")["vintage"] == "2023-06-15"
    tiers = THEN.table("statedept.tip_tiers").query("iso3 == 'KGZ'")["year"]
    assert (
        tiers.max() == 2023 and at("2023-06-14").table("statedept.tip_tiers")["year"].max() == 2022
    )
    assert THEN.table("imf.weo")["issue"].max() == "2023-04"
    assert "24kg_314504" not in set(THEN.table("kyrgyzstan.official_counts")["source_id"])
    # Single months follow the facts from which they were made.
    assert THEN.table("nbkr.months")["period"].max() == "2023-01"
    assert len(THEN.table("events.record")) == 0


# ---------------------------------------------------------------- the Statistical Committee


def test_national_totals_are_the_newest_of_either_record():
    table = THEN.table("nsc.sdg").query("indicator == 'detected_trafficking_victims'")
    counts = table.set_index("year")["value"]
    assert counts.loc[2018:].to_dict() == {2018: 8, 2019: 5, 2020: 2, 2021: 2}
    # What was printed later does not carry on the Committee's poverty.
    assert set(THEN.poverty_national()["series"]) == {"National Statistical Committee"}
    poverty = THEN.poverty_national().set_index("year")["value"]
    assert poverty[2021] == pytest.approx(33.262, abs=5e-4) and 2022 not in poverty
    # On its platform first on 28 August 2023.
    for day, last in (("2023-08-27", 2021), ("2023-08-28", 2022)):
        assert at(day, last_year=2022).poverty_national()["year"].max() == last
    # First printed is the earlier of the two records: 30 November 2022 for 2021.
    assert at("2022-11-30").poverty_national()["year"].max() == 2021


def test_a_report_of_today_has_the_newest_pages_and_a_dated_one_none_that_is_later():
    day, detected = "2025-08-15", "detected_trafficking_victims"
    now, pinned = (BriefData(ROOT, last_year=2025, vintage=v) for v in ({}, {"nsc": day}))
    today, whole = now.table("nsc.sdg"), pinned.table("nsc.sdg")
    for code in ("poverty_rate", "working_poverty_rate", detected):
        record = now.history(code)
        newest = record[record["year"] == 2024].iloc[-1]
        # Neither the misprint of 2024 nor the part of 2025.
        rows = national_totals(today, code).set_index("year")["value"]
        assert rows.index.max() == 2024 and rows[2024] == newest["value"]
        assert now.source(code)["vintage"] == record["printed"].max() > day
        assert national_totals(whole, code)["year"].max() == 2023
        assert pinned.source(code)["vintage"] == day
    # After the Committee's own years the World Bank may be the first to print one.
    to_2024 = now.poverty_national().query("year <= 2024")
    assert set(to_2024["series"]) == {"National Statistical Committee"}
    split = [t[t[list(BREAKDOWNS)].notna().any(axis=1)] for t in (today, whole)]
    pd.testing.assert_frame_equal(*(t.reset_index(drop=True) for t in split))
    assert set(split[0]["printed"]) == {day} == set(whole["printed"])


def test_no_misprint_or_placeholder_of_the_day_becomes_a_number():
    for day in ("2021-02-17", "2025-12-31", "2026-03-31"):
        table = at(day).table("nsc.sdg")
        for code in ("poverty_rate", "working_poverty_rate", "neet_rate_15_24"):
            assert national_totals(table, code)["value"].between(8, 45).all()


def test_what_the_platform_did_not_have_then_is_printed_later_and_nothing_stands_twice():
    table = THEN.table("nsc.sdg")
    later = set(table.loc[table["printed"].map(Kind.of).eq(Kind.LATER), "indicator"])
    assert later == {
        "employment_rate", "extreme_poverty_rate", "gini_income", "working_poverty_rate",
        "intimate_partner_violence_rate", "remittances_pct_gdp",
    }  # fmt: skip
    keys = table.columns.drop(["value", "printed", "sdg_code"])
    assert not table.duplicated([*keys]).any()
    assert Kind.of(THEN.source("gini_income")["vintage"]) is Kind.LATER
    assert Kind.of(THEN.source("detected_trafficking_victims")["vintage"]) is not Kind.LATER


# ---------------------------------------------------------------- statuses together

SOURCE = {"source": "A", "vintage": "2023-05-10"}
AFTER = {"source": "B", "vintage": Kind.LATER.cited("2026-04-01")}


def one(name, source, status="final"):
    return Values.of({name: pd.Series({2021: 2.0, 2022: 3.0})}, status=status, sources=[source])


@pytest.mark.parametrize("status", ["final", "quoted", "provisional", "estimate"])
def test_printed_later_is_weaker_than_all_others(status):
    then, after = one("a", SOURCE, status), one("b", AFTER)
    assert after.weakest == "printed_later" and then.weakest == status
    for made in (then + after, then / after, after.share_of(then), then.on(after)):
        assert made.weakest == "printed_later"
    assert (then + after).change().weakest == "printed_later"
    assert then.map(lambda x, y: x * y, after).weakest == "printed_later"
    beside = join(then, after)
    assert [beside[name].weakest for name in "ab"] == [status, "printed_later"]
    assert then.called(sources=[AFTER]).weakest == "printed_later"
    assert late(SOURCE, AFTER) == [AFTER]


def test_a_number_on_a_later_source_is_recorded_as_printed_later():
    rate = Description.model_validate("a.b.{year} [percent; 2021] A rate")
    recorder = Recorder("x", [rate], {}, range(2005, 2023))
    recorder.record("a.b.2021", 3.0, status="estimate", sources=[SOURCE, AFTER])
    entry = recorder.finished()["a.b.2021"].model_dump(mode="json")
    assert entry["status"] == "printed_later" and class_of(entry) == "printed_later"
    unrevised = {**entry, "sources": [SOURCE, {"source": "R", "vintage": "known by 2023-01-10"}]}
    assert (
        class_of(unrevised) == "unrevised" and class_of({**entry, "sources": [SOURCE]}) == "dated"
    )


# ---------------------------------------------------------------- verdicts do not look ahead

CLAIM = {
    "id": "C01", "section": "Overview", "claim": "Something was more than two.", "kind": "data",
    "measures": [{"label": "What was counted", "key": "a.2021", "compare": ">", "value": 2}],
}  # fmt: skip


def entry(value=3.0, status="final", vintage="2023-05-10"):
    source = {"source": "A", "vintage": vintage}
    return recorded.number(value=value, text=str(value), status=status, sources=[source])


def judged(results):
    return claims.evaluate([claims.Claim(**CLAIM)], results, "then")


def test_what_was_printed_later_is_shown_and_decides_nothing():
    results = {"a.2021": entry(status="printed_later", vintage=Kind.LATER.cited("2025-08-15"))}
    (item,) = judged(results)
    assert (item.verdict, item.reason) == ("not_testable", "only later printings have it")
    assert item.measures[0].value == 3.0 and item.measures[0].verdict == "missing"
    assert list(ahead.later_numbers(results, DAY)) == []


def test_a_number_planted_on_a_later_printing_is_named_with_value_and_both_dates():
    for vintage in ("2025-08-15", "2021-11-12 to 2025-08-15", "2025-10"):
        day = vintage[-10:].strip()
        (line,) = ahead.later_numbers({"a.2021": entry(vintage=vintage)}, DAY)
        assert line.startswith(f"'a.2021' is 3.0 (final), printed on {day}, after {DAY}")
    assert list(ahead.later_numbers({"a.2021": entry(vintage="known by 2023-01-10")}, DAY)) == []


def test_a_build_refuses_such_a_number(tmp_path):
    out = tmp_path / "results.json"
    for vintage, day in (("2022-04-01", DAY), ("2025-08-15", ""), ("2025-08-15", DAY)):
        number = entry(vintage=vintage)
        record = NotebookRecord(notebook="a", numbers={"a.2021": number}, exhibits=(), lacks=())
        stops = pytest.raises(BuildError, match=rf"a\.2021.*2025-08-15, after {DAY}")
        with stops if vintage > day > "" else nullcontext():
            collect([record], out, frozenset(), day)


def test_every_table_is_dated_or_classed():
    """What has one vintage says how its figures are known, or is of the class printed later."""
    catalog, later = THEN.catalog, set()
    for table in catalog.tables:
        told = at(DAY).source(table)["vintage"]
        dates = told.removesuffix(", printed later").removeprefix("known by ").split(" to ")
        assert all(dt.date.fromisoformat(d) for d in dates)
        if Kind.of(told) is Kind.LATER:
            later.add(table)
        else:
            assert max(dates) <= DAY
    assert later == {
        "worldbank.wgi", "undp.hdi", "centralbanks.highfreq", "migration.bilateral",
        "nsc.sdg", "nsc.detected_by_purpose",
    }  # fmt: skip


@pytest.mark.slow
def test_no_number_of_then_moves_with_what_was_printed_later(monkeypatch):
    """Whatever a chapter does: other figures of later printings move only what is marked so."""
    before = numbers()
    ended = Data._ended

    def moved(self, rows, *told):
        served = ended(self, rows, *told)
        if Kind.of(served.vintage) is not Kind.LATER:
            return served
        chance, rows = np.random.default_rng(1), served.rows
        names = [c for c in ("value", "low", "high", "persons", "vuln_total") if c in rows]
        other = {c: rows[c] * (1 + chance.random(len(rows)) / 20) for c in names}
        # A count stays one.
        other = {c: of.where(rows[c] % 1 != 0, of.round()) for c, of in other.items()}
        rows = rows.assign(**other)
        return replace(served, rows=rows)

    monkeypatch.setattr(Data, "_ended", moved)
    after = numbers()
    firm = {key for key, entry in before.items() if class_of(entry) in ("dated", "unrevised")}
    assert len(firm) > 1_000
    assert {key for key in firm if after[key]["value"] != before[key]["value"]} == set()


def numbers():
    edition = cases()["brief-2023"]
    return {k: v for name in notebooks() for k, v in run(edition, name)["numbers"].items()}


def test_what_a_reader_of_june_2023_saw_to_the_letter():
    """On the accepted numbers of the edition of the brief."""
    rows = {row["key"]: row for row in read("brief-2023") if row["status"]}
    counts = [rows[f"victims.nsc.count.{year}"] for year in (2019, 2020, 2021)]
    assert [row["value"] for row in counts] == ["5", "2", "2"]
    assert "victims.nsc.count.2022" not in rows
    assert rows["poverty.rate_pct.2022"]["status"] == "not_published"
    assert float(rows["poverty.rate_pct.2021"]["value"]) == pytest.approx(33.262, abs=5e-4)
    growth = rows["growth.real_pct.rus.2022"]
    assert (growth["text"], growth["status"]) == ("\N{MINUS SIGN}2.1%", "estimate")
    assert float(growth["value"]) == pytest.approx(-2.05, abs=0.005)
    assert "World Economic Outlook" in growth["sources"] and "2023-04" in growth["sources"]
    told = [r for r in rows.values() if r["value"] not in ("", "null")]
    told = [row for row in told if row["status"] != "printed_later"]
    assert len(told) > 1_000
    for row in told:
        days = re.findall(r"(?<!known by )\b(\d{4}-\d\d(?:-\d\d)?)\b(?!\S)", row["sources"])
        assert max(days, default="") <= DAY, row["key"]
    assert sum("2023-05-10" in row["sources"] for row in told) > 100
    verdicts = {row["key"]: row["value"] for row in read("current") if row["key"][:6] == "claim."}
    assert verdicts["claim.C28"] == verdicts["claim.C06"] == "no_longer"
    assert verdicts["claim.C28.then"] == verdicts["claim.C06.then"] == "supported"


# ---------------------------------------------------------------- works, facts and sentences


KNOWN = ahead.known(ROOT, DAY)


@pytest.mark.parametrize(
    ("sentence", "later"),
    [
        ("It says so {cite:p}`state2022`.", ""),
        ("It says so {cite:p}`state2022,state2025`.", "state2025"),
        ("It is {{ a.b.2024 }}, says {cite:p}`wdi2026`.", ""),
        ("As {cite:t}`wdi2026` has it.", "wdi2026"),
        ("No such entry {cite:p}`nobody2020`.", "nobody2020"),
        ("They were {{ facts.controlled_2025_11 }}.", "facts.controlled_2025_11"),
        ("Single months of 2023 and May 2023 [here](2026.html).", ""),
        ("It came in July 2023.", "July 2023"),
        ("It stood so from 2019 to 2024.", "2024"),
    ],
)
def test_a_sentence_is_dated_by_what_it_cites_prints_and_names(sentence, later):
    assert KNOWN.later(sentence) == later


@pytest.mark.parametrize(
    ("sentence", "later"),
    [
        ("It says so {cite:p}`state2025`, of 2019 and of May 2023.", ""),
        ("It came in July 2023.", "July 2023"),
        ("They had banned it {{ facts.expulsion_begins }}.", "facts.expulsion_begins"),
        ("The programme for {{ facts.programme_period }} has a budget.", ""),
    ],
)
def test_an_edition_that_ends_early_names_no_time_after_it_and_the_brief(sentence, later):
    assert ahead.known(ROOT, "", 2021).later(sentence) == later
    assert ahead.known(ROOT, "", 2025).later(sentence) == ""


def test_every_work_that_is_no_data_set_has_a_date_or_is_never_cited_then():
    undated = {key for key, day in KNOWN.works.items() if day == NEVER}
    assert undated == {"unicef_migrants", "florinskaya2022", "iom_systemic"}
    assert "legislationline_kgz" in KNOWN.out(KNOWN.works)


def test_a_work_that_says_no_kind_is_dated_like_any_other(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "references.bib").write_text("@misc{k, title = {T}, year = {2020}}\n")
    assert ahead.known(tmp_path, DAY).works == {"k": "2020-12-31"}


def test_prose_that_looks_back_leaves_out_what_is_later_and_marks_figures_printed_later():
    results = {"a.2021": entry(status="printed_later"), "b.2021": entry()}
    words = {"template": "## Head\nIt judges.\nIt goes on.", "late": True, "measures": ()}
    stated = Stated.model_construct(id="F01", outcome="holds", **words)
    page = Page(Prose(results, {}, findings=[stated], known=KNOWN))
    text = "Of 2025: {{ b.2021 }}.\nIt is {{ b.2021 }} {cite:p}`wdi2026,state2022`.\n"
    assert page.fill(text) == "It is 3.0 {cite:p}`state2022`.\n"
    assert page.fill("It is {{ a.2021 }}.") == f"It is 3.0. ({LATE})"
    assert page.fill("It is {{ a.2021 }}{{ a.2021.caveat }}.") == "It is 3.0, printed later."
    # Of a finding that it decides, the mark is not said a second time.
    assert page.fill("{{ a.2021 }}{{ a.2021.aside }}\ue010.") == "3.0 (printed later)."
    said = page.fill(":::{statement} F01\n:::")
    assert said == f"## Head\nIt judges. ({LATE})\nIt goes on."
    assert Page(Prose(results, {})).fill("Of 2025: {{ a.2021 }}.") == "Of 2025: 3.0."


def test_a_note_with_a_later_source_is_named():
    ledger = claims.load(ROOT / "book" / "claims.yml")
    assert KNOWN.of_ledger(ledger) == []
    (own,) = (c for c in ledger if c.id == "C12")
    planted = own.model_copy(update={"note": "It says so {cite:p}`mukomel2024`."})
    assert KNOWN.of_ledger([planted]) == []
    (wrong,) = KNOWN.of_ledger([own.model_copy(update={"sources": ("mukomel2024",)})])
    assert "C12 has the source 'mukomel2024', printed after 2023-06-30" in wrong


def test_a_statement_of_which_a_part_was_not_out_is_not_confirmed():
    (own,) = (c for c in claims.load(ROOT / "book" / "claims.yml") if c.id == "C73a")
    (then,) = KNOWN.ledger([own])
    assert [part.sources for part in then.parts] == [("resolution227",), ()]
    now, earlier = (claims.evaluate([c], {}, "one")[0] for c in (own, then))
    (flip,) = claims.diff([earlier], [now])
    assert (flip.was, flip.now) == ("unconfirmed", "confirmed")
    assert flip.why == "what its sources say"
    (before,) = ahead.known(ROOT, "2021-06-30").ledger([own])
    assert [part.traced for part in before.parts] == ["unconfirmed"]


@pytest.mark.slow
@pytest.mark.parametrize("day", [DAY, "2024-06-03"])
def test_no_page_that_looks_back_cites_or_names_what_came_after(day, tmp_path):
    edition = load_edition(ROOT, "current", [f"known_at={day}"])
    out = ahead.known(ROOT, day)
    # What these pages describe is the package and the program, as they are.
    quiet = {"book/data", "book/rerun", "book/bibliography"}
    lines = [(place, line) for place, line in said(edition, tmp_path) if place not in quiet]
    assert len(lines) > 1_000
    assert [told for told in lines if re.search(r"\btoday\b", told[1], re.IGNORECASE)] == []
    prose = [told for told in lines if told[0].startswith(("book/", "notebooks/"))]
    cited = {
        k
        for _, line in prose
        for keys in re.findall(r"\{cite:\w+\}`(.*?)`", line)
        for k in keys.split(",")
    }
    assert len(cited) > 10 and set(out.out(cited)) == cited
    # A plan names its years, a recommendation its term, a citation the day of the report.
    plan = re.compile(r"programme|2022–2025|\bby\W+\w+ 2027|, edition “|\|", re.IGNORECASE)
    assert [told for told in prose if out.later(told[1]) and not plan.search(told[1])] == []
    chapters = set(notebooks())
    lacked = [told for told in lines if told[0] in chapters]
    assert len(lacked) > 3 and [told for told in lacked if out.later(told[1])] == []
    own = [told for told in prose if told[0] == "book/findings"]
    assert len(own) > 150 and [told for told in own if out.later(told[1])] == []
