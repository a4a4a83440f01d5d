"""Reports on other countries: what a country lacks stops none, and is said once and beforehand."""

import html
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from livingbrief.book.pages import lacks, shown
from livingbrief.book.state import BookState
from livingbrief.cli.check import check_all
from livingbrief.cli.cli import main
from livingbrief.editions import load_edition
from livingbrief.errors import InputError
from livingbrief.paths import project_root
from livingbrief.values.numbers import Recorder
from livingbrief.values.results import Described, Description
from livingbrief.wording import by_what
from remitrisk.exhibits import remittances, shock_accounting
from remitrisk.methods.dependence import growth
from tests.conftest import Project

YEARS = range(2020, 2025)


@pytest.fixture
def recorder():
    keys = (
        "remittances.{net.usd_mn|net.growth_pct|rub.bn|rub.growth_pct}.{year}",
        "shock.change.net_usd_pct.{year}",
    )
    asked = Description(**{"key": keys, "unit": "percent", "years": "2020-2024", "is": "Money"})
    made = Recorder("chapter", Described([asked], {}), 2020, 2024)
    made.number = made.record
    return made


def status_of(recorder, stem):
    return [recorder.finished()[f"{stem}.{year}"].status for year in YEARS]


SOURCES = ({"source": "made up", "vintage": "2026-01-01"},)
NO_STATUS = pd.Series(dtype=object)


def flow(*values):
    return pd.Series(values, index=range(2020, 2020 + len(values)), dtype=float)


def test_a_flow_that_a_country_does_not_have_is_recorded_as_such(recorder):
    nothing = flow(*[float("nan")] * 5)
    remittances.record_flow(recorder, "net", nothing, NO_STATUS, SOURCES, 2020)
    remittances.record_currency(recorder, "rub", nothing, NO_STATUS, SOURCES, 2020)
    for stem in ("net.usd_mn", "net.growth_pct", "rub.bn", "rub.growth_pct"):
        assert status_of(recorder, f"remittances.{stem}") == ["no_data"] * 5


def test_a_change_from_a_negative_flow_has_no_percentage_and_is_not_waited_for(recorder):
    """More went out than came in, and less so each year: no fall of the net flow."""
    net = flow(-2154e6, -1801e6, 100e6, 150e6, float("nan"))
    remittances.record_flow(recorder, "net", net, NO_STATUS, SOURCES, 2020)
    found = recorder.finished()
    assert [found[f"remittances.net.growth_pct.{y}"].value for y in YEARS] == [
        None, None, None, pytest.approx(50), None,
    ]  # fmt: skip
    assert status_of(recorder, "remittances.net.growth_pct") == [
        "no_data", "no_data", "no_data", "final", "not_published",
    ]  # fmt: skip


def test_a_negative_flow_after_the_last_change_is_no_figure_that_is_still_to_come(recorder):
    net = flow(100e6, 150e6, -50e6, -40e6, float("nan"))
    remittances.record_flow(recorder, "net", net, NO_STATUS, SOURCES, 2020)
    assert status_of(recorder, "remittances.net.growth_pct") == [
        "no_data", "final", "final", "no_data", "not_published",
    ]  # fmt: skip
    flows = pd.DataFrame({"net_usd": net})
    changed = growth(flows.assign(share=0.0), pd.Series(dtype=float))[["net_usd"]]
    status = {"net_usd": NO_STATUS}
    shock_accounting.record_changes(recorder, changed, flows, status, {"net_usd": SOURCES})
    assert status_of(recorder, "shock.change.net_usd_pct") == [
        "no_data", "final", "final", "no_data", "not_published",
    ]  # fmt: skip


@pytest.mark.parametrize("country", ["CAF", "TKM"])
def test_a_country_without_an_inflow_in_the_years_of_the_edition_is_refused(country):
    with pytest.raises(InputError, match=r"its remittance inflow for 199\d.* covers 2005 to 2024"):
        load_edition(project_root(), "current", [f"country={country}"])


@pytest.mark.parametrize(
    ("country", "said"),
    [
        ("NPL", "not available for NPL: remittances paid (so no net flow)"),
        ("NPL", "not available for NPL: earlier vintages of the inflow (so no revisions)"),
        ("PSE", "not available for PSE: the exchange rate (so no ruble or local-currency measure)"),
        ("AND", "not available for AND: tier placements (U.S. Department of State)"),
        ("AND", "not available for AND: assisted people (CTDC)"),
        ("ARE", "not printed before 2023: Personal remittances received, ARE (BX.TRF.PWKR.CD.DT)"),
    ],
)
def test_what_an_annex_will_lack_is_said_beforehand(country, said, monkeypatch):
    monkeypatch.setattr("livingbrief.cli.check.check_package", lambda _: [])
    problems, notes = check_all(project_root(), "current", [f"country={country}"])
    assert problems == []
    assert said in notes
    assert not any(said in note for note in check_all(project_root(), "current")[1])


@pytest.mark.parametrize(
    ("gaps", "last"),
    [
        ([], "no problems"),
        (["a", "b"], "2 gaps, which the report will name; no problems"),
    ],
)
def test_a_check_does_not_end_as_if_nothing_were_lacking(gaps, last, monkeypatch):
    monkeypatch.setattr("livingbrief.cli.check.check_all", lambda *_: ([], gaps))
    done = CliRunner().invoke(main, ["check", "--set", "country=NPL"])
    assert done.exit_code == 0
    assert done.output.splitlines() == [*gaps, last]


LACKS = [
    {"notebook": "one", "what": "the outflow", "why": "There is no net flow."},
    {"notebook": "two", "what": "vintages", "why": "None is at hand."},
    {"notebook": "two", "what": "the outflow", "why": "There is no model of it."},
    {"notebook": "two", "what": "the outflow", "why": "There is no model of it."},
]


def test_what_several_chapters_lack_is_named_once():
    assert by_what(LACKS) == {
        "the outflow": (["one", "two"], "There is no net flow. There is no model of it."),
        "vintages": (["two"], "None is at hand."),
    }
    listed = lacks(BookState(Path(), {}, [], [], {"lacks": LACKS}))
    assert listed.count("the outflow") == 1 and listed.count("\n- ") == 1
    assert "({doc}`/notebooks/one`, {doc}`/notebooks/two`): There is no net flow." in listed


def test_a_page_can_ask_whether_a_figure_is_shown():
    state = BookState(Path(), {}, [], [], {"exhibits": {"one": ["fig-a"], "two": ["tbl-b"]}})
    assert [shown(state, name) for name in ("fig-a", "tbl-b", "fig-c")] == [True, True, False]


# ------------------------------------------------------------------ whole annexes


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the whole project."""
    target = tmp_path_factory.mktemp("annexes") / "project"
    root = project_root()
    for name in ("data", "remitrisk", "notebooks", "book"):
        hidden = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(root / name, target / name, ignore=hidden)
    for name in ("_config.yml", "_toc.yml", "editions.yml", "requirements.lock"):
        shutil.copy(root / name, target / name)
    return Project(target)


HOLES = re.compile(r"\bnan\b|\bNaN\b|\binf\b|\bTraceback\b|\w+Error:|\{\{|\{%|\bIn 0 of\b")
UNFILLED = re.compile("not in this edition|not yet published|not available")


def prose(page: str) -> str:
    """Return the words of a page's main part, without code and drawings."""
    text = re.search(r"<main.*?</main>", page, re.S)[0]
    text = re.sub(r"<(pre|script|style|svg)\b.*?</\1>", "", text, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.mark.build
@pytest.mark.slow
@pytest.mark.parametrize("country", ["NPL", "HND", "LSO", "TON", "ZAF", "USA", "LBY"])
def test_a_country_without_an_outflow_has_its_annex(project, country, tmp_path):
    """Without a rate of exchange, prices or poverty too, with gaps in the inflow or two years."""
    pdf = () if country == "NPL" else ("--no-pdf",)
    done = project.run(
        "build", *pdf, "--set", f"country={country}", "--output", str(tmp_path / "a")
    )
    assert done.code == 0, done.err
    assert done.out.count("remittances paid (outflow)") == 1
    results = json.loads((tmp_path / "a" / "results.json").read_text())
    year = 2006 if country == "LBY" else 2022
    assert results[f"remittances.gross.usd_mn.{year}"]["value"] > 0
    assert results["remittances.net.usd_mn.2022"]["status"] == "no_data"
    pages = tmp_path / "a" / "html"
    for path in [*sorted((pages / "notebooks").glob("*.html")), pages / "book/why_cautious.html"]:
        text = prose(path.read_text())
        for pattern in (HOLES, UNFILLED):
            found = [text[max(0, m.start() - 80) : m.end() + 40] for m in pattern.finditer(text)]
            assert found == [], path.stem
