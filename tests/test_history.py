"""When each claim turned: what of a notebook is run, on which days, what a new vintage moves."""

import json
import random
import re
import shutil
from types import SimpleNamespace

import jsonschema
import pandas as pd
import pytest

from livingbrief.book import ahead, strips
from livingbrief.claims import claims, history
from livingbrief.data.access import open_catalog
from livingbrief.data.known import later_by
from livingbrief.errors import BuildError
from livingbrief.paths import project_root
from livingbrief.run import history as days
from livingbrief.run.editions import load_edition, load_then
from tests import golden, recorded, small_package

ROOT = project_root()
WDI = "worldbank.wdi"
NOT_A_NUMBER = re.compile(r"\b(nan|NaN|NaT|inf)\b|<NA>")
LEDGER = claims.load(ROOT / "book" / "claims.yml")
# ---------------------------------------------------------------- which days, what is seen


def test_series_that_are_printed_again_say_on_which_days():
    printed = past().printings
    assert {"2021-02-17", "2026-04-01"} <= printed[WDI]
    # The Committee's pages print what its tables hold.
    assert "2023-03-13" in printed["nsc.sdg"] and min(printed["nsc.sdg"]) >= "2021-02-17"
    assert "2023-04-30" in printed["imf.weo"]
    assert not printed["press.facts"] | printed["centralbanks.highfreq"]


# ---------------------------------------------------------------- words


def state(date, verdict="", **more):
    known = bool(verdict)
    about = {"date": date, "verdict": verdict or "not_testable", "known": known, "group": "holds"}
    return history.State(**{**about, "reason": None, "votes": (), **more})


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([state("2021-02-17"), state("2022-03-01", "supported")], "holds since 2022-03"),
        ([state("2021-02-17")], "nothing found yet"),
        (
            [
                state("2022-11-30", "contradicted"),
                state("2025-02-07", "depends_on_measure", on_year=True),
            ],
            "wrong 2022-11 to 2025-02, then depends on the year",
        ),
        (
            [
                state("2021-02-17", "supported"),
                state("2021-02-21", "contradicted"),
                state("2023-10-26", "no_longer", first_at_hand=True),
            ],
            "holds 2021-02, wrong 2021-02 to 2023-10, then no longer true "
            "(its first vintage held here)",
        ),
    ],
)
def test_a_strip_says_in_words_what_it_shows(states, words):
    assert strips.words(states) == words


# ---------------------------------------------------------------- what turned it


def turning(before, *votes):
    """Numbers of the measures that turned a verdict; a vote is old, new, perhaps its year."""
    told = [
        [SimpleNamespace(key=i, verdict=v, counts=True, year=int(year), about=about) for v in pair]
        for i, (*pair, year) in enumerate([*v, "0"][:3] for v in votes)
        for about in ["since" if int(year) else "claim"]
    ]
    return [new.key for _, new in history._turning(before, told)]


YES, NO, NONE, OPEN = "supported", "contradicted", "missing", "inconclusive"


@pytest.mark.parametrize(
    ("before", "votes", "turned"),
    [
        # A new year against the claim, beside two that go on supporting it.
        (YES, [(YES, YES), (NONE, NO, 2022), (NONE, YES, 2022), (NONE, YES, 2022)], [1]),
        # C55 on 2021-08-03: rubles.
        (YES, [(NONE, YES), (NONE, NO), (NONE, YES), (YES, YES)], [1]),
        # C48b on 2025-08-15: the Gini of 2022.
        (NO, [(NONE, NO), (NONE, OPEN), (NONE, YES), (NO, NO)], [2]),
        # What left the other side turns it; what is new on either does not.
        ("depends_on_measure", [(NO, OPEN), (YES, YES), (NONE, YES)], [0]),
        # Both would have done it alone.
        ("not_testable", [(NONE, YES), (OPEN, YES)], [0, 1]),
        (YES, [(YES, NO), (YES, NO)], [0, 1]),
    ],
)
def test_only_what_turned_a_verdict_is_named(before, votes, turned):
    assert turning(before, *votes) == turned


def test_a_forecast_is_called_one():
    cited = [{"source": "Fund", "vintage": ""}]
    entry = recorded.number(text="−3.4%", status="estimate", sources=cited)
    assert history._as_told(entry, ["Fund"]).text == "−3.4% (a forecast)"
    assert history._as_told(entry, ["Bank"]) == entry
    reported = recorded.with_fields(entry, status="final")
    assert history._as_told(reported, ["Fund"]) == reported


# ---------------------------------------------------------------- the whole ledger


def past(root=ROOT):
    edition = load_edition(root, "current")
    return days.past_of(root, edition, load_then(root, edition), ())


def judged(found):
    """The history as it is kept, as if today were its last day."""
    numbers = dict(found.numbers())
    told = found.known()
    last = numbers[max(numbers)]
    ledger = claims.covering([c for c in LEDGER if c.id in told.days], last)
    today = claims.evaluate(history.judged(ledger), last, "today")
    return history.of_ledger(ledger, told, today, "current")


@pytest.fixture
def project(tmp_path):
    """The project with data, notebooks and history of its own."""
    root = tmp_path / "project"
    root.mkdir()
    for name in ("data", "notebooks", "book"):
        shutil.copytree(ROOT / name, root / name)
    for name in ("editions.yml", "pyproject.toml", "_toc.yml", "remitrisk", "livingbrief"):
        (root / name).symlink_to(ROOT / name)
    return root


def test_what_is_kept_is_up_to_date_and_no_state_looks_ahead():
    found = past()
    assert not found.stale and days.notes(ROOT) == []
    content = json.loads(judged(found).model_dump_json())
    jsonschema.validate(content, history.schema())
    for item in judged(found).claims:
        dates = [s.date for s in item.states]
        assert dates == sorted(set(dates)) and dates[0] >= "2021-02-17"
        claim = next(c for c in LEDGER if c.id == item.id)
        first = min(m.year for m in claim.measures if m.counts and m.about == "claim")
        assert not any(s.known for s in item.states if int(s.date[:4]) < first), item.id
    for day, numbers in found.numbers():
        assert [*ahead.later_numbers(numbers, day)] == []
    broken = {**content, "claims": [{**content["claims"][0], "id": 1}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, history.schema())


def test_a_claim_begins_with_the_first_printing_of_any_table_that_serves_it():
    content = {item.id: item.states for item in judged(past()).claims}
    first = {name: next(s for s in states if s.known) for name, states in content.items()}
    # An issue of the Outlook, which the World Bank's figures have since replaced.
    assert first["C54a"].date == first["C54b"].date == "2021-04-30"
    # A page of the Committee, before its first whole table.
    assert first["C48a"].date == first["C03"].date == "2021-10-13"
    # Months of the ruble are known before their year ends.
    war = next(s for s in content["C05"] if s.known)
    assert war.date == "2022-04-30"
    (turned,) = war.moved
    assert (turned.key, turned.was) == ("ruble.value_change_feb_mar_2022_pct", "")


def test_settings_and_editions_that_look_back_have_no_past():
    edition = load_edition(ROOT, "current")
    then = load_then(ROOT, edition)
    assert days.past_of(ROOT, edition, then, ("last_year=2021",)) is None
    assert days.past_of(ROOT, then, load_then(ROOT, then), ()) is None
    assert [p.path.name for p in days.pasts(ROOT)] == ["current.json"]


def test_a_shock_of_its_last_year_is_kept():
    for day, last in (("2023-01-01", 2022), ("2022-12-31", 2020)):
        assert past()._as_of(day).shocks[-1] == last


def test_another_key_is_named_as_out_of_date_and_leaves_the_report_without_a_history(project):
    path = project / "book" / "claims.yml"
    text = path.read_text(encoding="utf-8")
    assert "inequality.gini_consumption.2019" in text
    path.write_text(text.replace("gini_consumption.2019", "gini_consumption.2012"))
    found = past(project)
    assert found.stale and found.known() is None
    (note,) = days.notes(project)
    assert note == "book/history/current.json: out of date; run: history (minutes)"


def test_an_edit_of_a_chapter_touches_nothing(project):
    path = project / "notebooks" / "conditions.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("nb.show(", "nb.show( "))
    assert not past(project).stale


@pytest.mark.slow
def test_all_days_from_nothing_are_what_is_kept(project):
    kept = past().path.read_bytes()
    found = past(project)
    found.path.unlink()
    found.renew(2)
    assert found.path.read_bytes() == kept


@pytest.mark.slow
def test_the_day_of_the_brief_is_the_edition_that_looks_back():
    kept, edition = dict(past().numbers())["2023-06-30"], load_edition(ROOT, "brief-2023")
    printed = {}
    for name in past().asked:
        printed |= golden.run(edition, name)["numbers"]
    for key, number in kept.items():
        # A measure of the time since reaches years of which nothing is printed.
        entry = printed.get(key) or days.NONE.model_dump()
        kept_of = number.model_dump(mode="json", include={*days.Printed.model_fields})
        assert kept_of == {field: entry[field] for field in kept_of}, key
    assert len(kept.keys() & printed.keys()) > 100


@pytest.mark.slow
def test_each_notebook_runs_as_of_any_day_of_the_archive_and_says_what_it_lacks(project):
    """Six days by lot, from 2018 on; older printings are added to those of the package."""
    rows = pd.read_csv(ROOT / "data/worldbank/2018-08-01/as_printed_2018.csv")
    names = {"inflow_usd": "BX.TRF.PWKR.CD.DT", "gdp_usd": "NY.GDP.MKTP.CD"}
    tidy = rows.rename(columns=names).melt(["iso3", "year"], var_name="indicator").dropna()
    tidy = tidy[["indicator", "iso3", "year", "value"]]
    content = tidy.to_csv(index=False, lineterminator="\n").encode()
    for day in ("2018-08-01", "2019-08-01"):
        small_package.add_own(project, WDI, content, day, partial=True, note="as it was printed")
    found, seed = past(project), random.SystemRandom().randrange(10**6)
    assert found.days[0] == "2018-08-01"
    print(f"seed {seed}")
    lot = random.Random(seed)
    between = pd.date_range(found.days[0], found.days[-1]).strftime("%Y-%m-%d")
    for day in (*lot.sample(found.days, 3), *lot.sample([*between], 3)):
        for name in golden.notebooks():
            record = golden.run(found._as_of(day), name, project)
            for table, lines in record["tables"].items():
                assert not NOT_A_NUMBER.search("\n".join(lines)), (day, name, table)
            for key, number in record["numbers"].items():
                assert not NOT_A_NUMBER.search(f"{number['value']} {number['text']}"), (day, key)


def test_a_notebook_that_cannot_be_run_as_of_a_day_is_named(project):
    path = project / "notebooks" / "conditions.ipynb"
    text = path.read_text(encoding="utf-8")
    broken = text.replace("nb.data.outlook(", "nb.data.outlooked(")
    assert broken != text
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(BuildError, match=r"as of 2022.*conditions\.ipynb, cell \d+:.*'outlooked'"):
        past(project).run("2022-12-22")


@pytest.mark.slow
def test_a_new_vintage_adds_its_day_and_moves_nothing_before_it(project):
    was = {item.id: item.states for item in judged(past()).claims}
    newest = open_catalog(ROOT).default(WDI)
    planted = later_by(max(past().printings[WDI]), 1)
    frame = pd.read_csv(ROOT / "data" / newest.path, dtype=str, keep_default_na=False)
    for code, country, year, factor in (
        ("BX.TRF.PWKR.CD.DT", "KGZ", "2021", 1.07),
        ("NY.GDP.MKTP.CD", "KGZ", "2020", 0.97),
        ("NY.GDP.MKTP.KD.ZG", "TUR", "2020", -1),
    ):
        at = (frame["indicator"] == code) & (frame["iso3"] == country) & (frame["year"] == year)
        assert at.sum() == 1
        frame.loc[at, "value"] = repr(factor * float(frame.loc[at, "value"].item()))
    content = frame.to_csv(index=False, lineterminator="\n").encode()
    small_package.add_own(project, WDI, content, planted, note="planted")
    found = past(project)
    assert planted in found.days and found.stale
    found.renew(2)
    gained = 0
    for item in judged(found).claims:
        before = [s for s in item.states if s.date < planted]
        assert before == [s for s in was[item.id] if s.date < planted], item.id
        gained += any(s.date == planted for s in item.states)
    assert gained > 5
    turkey = next(c for c in judged(found).claims if c.id == "C54b").states
    (now,) = (s.verdict for s in turkey if s.date == planted)
    (before, *_) = (s.verdict for s in reversed(turkey) if s.date < planted)
    assert (before, now) == ("contradicted", "supported")
