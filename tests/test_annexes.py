"""Reports on other countries: what a country lacks stops none, and is said once and beforehand."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from livingbrief.book.pages import lacks
from livingbrief.book.state import BookState
from livingbrief.chapter import Notebook
from livingbrief.charts import lines
from livingbrief.cli.check import check_all
from livingbrief.data.access import open_catalog
from livingbrief.data.catalog import Catalog, package_dir
from livingbrief.errors import BuildError
from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition
from livingbrief.values.exhibits import Lack, by_what
from livingbrief.values.results import Description
from livingbrief.values.values import Values
from remitrisk import countries
from remitrisk.series import EXCHANGE_RATE, INFLOW, OUTFLOW
from remitrisk.series import BriefData as Data
from tests import golden, recorded
from tests.conftest import whole_project
from tools.holes import in_report

YEARS = range(2020, 2025)


@pytest.fixture
def desk(tmp_path):
    """Give the desk of a chapter that may record two families of keys."""
    lines = (
        "flow.{net|rub}.usd_mn.{year} [US$ million; 2020-2024] A flow",
        "flow.{net|rub}.growth_pct.{year} [percent; 2020-2024] A flow",
    )
    asked = [*map(Description.model_validate, lines)]
    data = SimpleNamespace(
        catalog=Catalog(package_dir(project_root())),
        country="KGZ",
        host="RUS",
        first_year=2020,
        last_year=2024,
        known_at="",
    )
    return Notebook("chapter", data, tmp_path, asked, {})


def status_of(desk, stem):
    return [desk._recorder.finished()[f"{stem}.{year}"].status for year in YEARS]


def record(desk, *values, name="net"):
    years = range(2020, 2020 + len(values))
    line = pd.Series(values, index=years, dtype=float, name=name)
    flow = Values.of(line, unit="US$", sources=[{"source": "made up", "vintage": "2026-01-01"}])
    desk.record("flow.{measure}.usd_mn.{year}", flow.per(1e6, "US$ million"))
    desk.record("flow.{measure}.growth_pct.{year}", flow.change())


def test_a_flow_that_a_country_does_not_have_is_recorded_as_such(desk):
    record(desk, *[float("nan")] * 5)
    for stem in ("net.usd_mn", "net.growth_pct", "rub.usd_mn", "rub.growth_pct"):
        assert status_of(desk, f"flow.{stem}") == ["no_data"] * 5


def test_a_change_from_a_negative_flow_has_no_percentage_and_is_not_waited_for(desk):
    """More went out than came in, and less so each year: no fall of the net flow."""
    record(desk, -2154e6, -1801e6, 100e6, 150e6, float("nan"))
    found = desk._recorder.finished()
    assert [found[f"flow.net.growth_pct.{y}"].value for y in YEARS] == [
        None, None, None, pytest.approx(50), None,
    ]  # fmt: skip
    assert status_of(desk, "flow.net.growth_pct") == [
        "no_data", "no_data", "no_data", "final", "not_published",
    ]  # fmt: skip


def test_a_number_in_another_unit_than_the_one_described_is_refused(desk):
    dollars = Values.of(
        {"net": {2020: 5e6}}, unit="US$", sources=[{"source": "a bank", "vintage": "2026-01-01"}]
    )
    with pytest.raises(BuildError, match=r"described in 'US\$ million'.* and its number is in 'US"):
        desk.record("flow.{measure}.usd_mn.{year}", dollars)
    desk.record("flow.{measure}.usd_mn.{year}", dollars.per(1e6, "US$ million"), n=3)
    kept = desk._recorder.finished()["flow.net.usd_mn.2020"]
    assert (kept.value, kept.text, kept.n) == (5, "US$\u00a05\u00a0million", 3)


def test_an_absent_series_is_empty_and_said_once(tmp_path, capsys):
    data = Data(project_root(), country="NPL", last_year=2024)
    nb = Notebook("chapter", data, tmp_path, [], {})
    gross, outflow = nb.series(INFLOW, OUTFLOW)
    nb.series(OUTFLOW)
    assert gross and not outflow
    assert [lack.model_dump(exclude={"notebook"}) for lack in nb._lacks] == [
        {
            "what": "remittances paid (so no net flow)",
            "why": "No table held here prints a figure for Nepal.",
        }
    ]


@pytest.mark.parametrize(
    ("country", "said"),
    [
        ("NPL", "not available for NPL: remittances paid (so no net flow)"),
        ("ARE", "not printed before 2023: Personal remittances received, ARE (BX.TRF.PWKR.CD.DT)"),
    ],
)
def test_what_an_annex_will_lack_is_said_beforehand(country, said, monkeypatch):
    monkeypatch.setattr("livingbrief.cli.check.check_package", lambda _: [])
    problems, notes = check_all(project_root(), "current", [f"country={country}"])
    assert problems == []
    assert said in notes


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ([], "RUS"),
        (["country=TJK"], "RUS"),
        (["country=TJK", "host=KAZ"], "KAZ"),
        (["country=NGA"], ""),
        (["last_year=2021"], "RUS"),
    ],
)
def test_a_host_that_is_not_named_is_where_most_emigrants_live(settings, host):
    assert load_edition(project_root(), "current", settings).host == host


def test_the_host_is_the_largest_of_the_bloc_with_most_emigrants():
    root = project_root()
    hosts = pd.read_csv(root / "data" / "undesa" / "2019-12-31" / "hosts.csv").query("year == 2019")
    for country, host, bloc in (("EGY", "SAU", countries.BLOCS["GULF"]), ("MEX", "USA", ["USA"])):
        own = hosts[hosts["origin_iso3"] == country].set_index("host_iso3")["share"]
        inside = own[own.index.isin(bloc)]
        assert inside.sum() > countries.CUT and inside.idxmax() == host
        assert countries.host_of(open_catalog(root), country) == host


def test_the_rates_of_a_money_that_was_given_up_are_left_out():
    rates = Data(project_root(), country="HRV").series(EXCHANGE_RATE).series
    assert rates.index.min() == 2023 and rates[2023] < 1


# ------------------------------------------------------------------ whole annexes


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the whole project."""
    return whole_project(tmp_path_factory.mktemp("annexes"))


#: What an annex shows of all economies or of a model for all, with the country's place in its text.
OF_ALL = {"fig-index-world", "fig-tiers-effects"}
_drawn: dict[str, dict[str, bytes]] = {}


@pytest.mark.build
@pytest.mark.slow
@pytest.mark.parametrize("country", ["NPL", "LSO", "USA", "LBY"])
def test_a_country_without_an_outflow_has_its_annex(project, country, tmp_path):
    """Without a rate of exchange, prices or poverty too, with gaps in the inflow or two years."""
    pdf = () if country == "NPL" else ("--no-pdf",)
    done = project.run(
        "build", *pdf, "--set", f"country={country}", "--output", str(tmp_path / "a")
    )
    assert done.code == 0, done.err
    assert done.out.count("remittances paid (so no net flow)") == 1
    results = json.loads((tmp_path / "a" / "results.json").read_text())
    year = 2006 if country == "LBY" else 2022
    assert results[f"remittances.gross.usd_mn.{year}"]["value"] > 0
    assert results["remittances.net.usd_mn.2022"]["status"] == "no_data"
    assert [str(hole) for hole in in_report(tmp_path / "a")] == []
    own = {p.stem: p.read_bytes() for p in (tmp_path / "a" / "figures").glob("fig-*.csv")}
    for other, theirs in _drawn.items():
        same = {name for name, data in own.items() if theirs.get(name) == data}
        assert same <= OF_ALL, f"the same chart for {country} and {other}"
    _drawn[country] = own
    for path in sorted((tmp_path / "a" / "html" / "notebooks").glob("*.html")):
        text = re.sub(r"<pre.*?</pre>", "", path.read_text().partition("<article")[2], flags=re.S)
        words = re.findall(r".{30}\b[Tt]he brief\b", text)
        assert words == [], path.stem


def test_a_figure_without_a_source_is_an_error_even_where_it_is_not_drawn(desk, monkeypatch):
    monkeypatch.setenv("LIVINGBRIEF_DRAW", "no")
    values = Values.of(pd.Series({2020: 1.0}, name="a"), unit="percent")
    with pytest.raises(BuildError, match="names no source"):
        desk.figure("fig-a", lines(values))


def test_a_flow_with_gaps_is_not_cut_into_regimes():
    edition = load_edition(project_root(), "current", ["country=COG"])
    lacks = {item["what"]: item["why"] for item in golden.run(edition, "shocks")["lacks"]}
    assert lacks["regimes of the share of GDP"].endswith("from 2005 on, with gaps.")


LACKS = [
    Lack(notebook="one", what="the outflow", why="There is no net flow."),
    Lack(notebook="two", what="vintages", why="None was found."),
    Lack(notebook="two", what="the outflow", why="There is no model of it."),
    Lack(notebook="two", what="the outflow", why="There is no model of it."),
]


def test_what_several_chapters_lack_is_named_once():
    assert by_what(LACKS) == {
        "the outflow": (["one", "two"], "There is no net flow. There is no model of it."),
        "vintages": (["two"], "None was found."),
    }
    listed = lacks(BookState(Path(), {}, [], [], recorded.book(lacks=LACKS)))
    assert listed.count("he outflow") == 1 and listed.count("\n- ") == 1
    assert "- The outflow: There is no net flow. There is no model of it." in listed


def test_a_negative_flow_after_the_last_change_is_no_figure_that_is_still_to_come(desk):
    record(desk, 100e6, 150e6, -50e6, -40e6, float("nan"))
    assert status_of(desk, "flow.net.growth_pct") == [
        "no_data", "final", "final", "no_data", "not_published",
    ]  # fmt: skip
