"""A new vintage: what moved, verdicts that flip, ragged ends, withdrawn years, old reports."""

import html
import json
import re
import shutil

import pandas as pd
import pytest
import yaml

from livingbrief.data.access import open_data
from livingbrief.data.adding import add
from livingbrief.errors import InputError
from livingbrief.notebooks import matched
from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition
from livingbrief.run.steps import run_notebook
from remitrisk.series import EXCHANGE_RATE, GDP, GROWTH, INFLOW, INFLOW_PCT_GDP, PRICES
from remitrisk.series import BriefData as Data
from tests.conftest import make_project

pytestmark = [pytest.mark.build, pytest.mark.slow]
OLD, NEW, SHORT = "2026-04-01", "2026-10-01", "2026-11-01"
CHAPTER = "remittances"
PRINTED_FOR_2025 = (GDP, GROWTH, EXCHANGE_RATE, PRICES, "NY.GDP.DEFL.KD.ZG", "NY.GDP.PCAP.CD")


def add_vintage(project, frame, vintage):
    """Bring a made-up table in through the command line."""
    file = project.root / f"made_up_{vintage}.csv"
    frame.to_csv(file, index=False, lineterminator="\n")
    done = project.run("vintages", "add", "worldbank", str(file), "--vintage", vintage)
    assert done.code == 0, done.err
    return done


def forget_what_came_after(project, vintage):
    """Take out of a package the vintages of the World Bank that are later."""
    path = project.root / "data" / "datapackage.json"
    package = json.loads(path.read_text())
    package["resources"] = [
        entry
        for entry in package["resources"]
        if entry["table"] != "worldbank.wdi" or entry["vintage"] <= vintage
    ]
    path.write_text(json.dumps(package, indent=1))


def read(project, vintage):
    return pd.read_csv(project.root / "data" / "worldbank" / vintage / "wdi.csv")


def at(frame, code, *years, country="KGZ"):
    return (frame["indicator"] == code) & (frame["iso3"] == country) & frame["year"].isin(years)


def ragged(frame):
    """GDP, prices and exchange rates get 2025; remittances stop at 2024, and fell in 2022."""
    again = frame[frame["indicator"].isin(PRINTED_FOR_2025) & (frame["year"] == 2024)]
    out = pd.concat([frame, again.assign(year=2025)], ignore_index=True)
    out.loc[at(out, INFLOW, 2022), "value"] = 2_900_000_000.5
    return out


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project of one chapter and the page on changes, with a last report and a new vintage."""
    made = make_project(tmp_path_factory.mktemp("rerun"), [CHAPTER])
    (made.root / "book" / "index.md").write_text(
        "# A tiny report\n\nGross: {{ remittances.gross.usd_mn.2025.or_missing }}.\n"
    )
    shutil.copy(project_root() / "book" / "changes.md", made.root / "book" / "changes.md")
    toc = yaml.safe_load((made.root / "_toc.yml").read_text())
    toc["parts"][0]["chapters"].append({"file": "book/changes"})
    (made.root / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False))
    forget_what_came_after(made, OLD)
    first = made.run("build", "--no-pdf")
    assert first.code == 0, first.err
    shutil.copytree(made.report, made.root / "first")
    add_vintage(made, ragged(read(made, OLD)), NEW)
    return made


@pytest.fixture(scope="module")
def renewed(project):
    """What the command line said when the report was built on the new vintage, to 2025."""
    before = project.fingerprint()
    arguments = ("build", "--no-pdf", "--set", "last_year=2025")
    stopped = [project.run(*arguments, "--fail-on-flip") for _ in range(2)]
    assert project.fingerprint() == before
    return stopped, project.run(*arguments)


def page(project, name):
    raw = (project.report / "html" / f"{name}.html").read_text()
    raw = re.sub(r"</?(?:span|a)\b[^>]*>", "", raw)
    text = html.unescape(re.sub(r"<[^>]+>", " ", raw)).replace("\u00a0", " ")
    return re.sub(r"\s+", " ", text)


def run_chapter(project, out, *settings):
    """Run the chapter on an edition and give its numbers and what it lacks."""
    parameters = load_edition(project.root, "current", settings).parameters()
    source = project.root / "notebooks" / f"{CHAPTER}.ipynb"
    run_notebook(project.root, CHAPTER, matched(source, parameters), out)
    record = json.loads((out / "record.json").read_text())
    return record["numbers"], record["lacks"]


# ------------------------------------------------------------------ what moved


def test_a_flip_stops_the_build_each_time_and_leaves_the_last_report(renewed):
    for stopped in renewed[0]:
        assert stopped.code == 1
        assert "1 verdict moved since the last report" in stopped.err
        assert "C63: depends_on_measure -> supported" in stopped.err
        assert "remittances.gross.growth_pct.2022" in stopped.err


def test_the_verdict_that_moved_is_printed(project, renewed):
    done = renewed[1]
    assert done.code == 0, done.err
    assert "verdict changed: C63: depends_on_measure -> supported" in done.out
    assert "the report was replaced" in done.out.splitlines()[-1]
    assert project.json("claims.json")[0]["verdict"] == "supported"


# ------------------------------------------------------------------ ragged ends


def test_numbers_of_a_year_without_remittances_are_not_yet_published(project, renewed):
    results = project.json("results.json")
    for key in ("gross.usd_mn", "gross.growth_pct", "gross.pct_gdp", "rub.bn", "net.usd_mn"):
        assert results.get(f"remittances.{key}.2025", {"value": None})["value"] is None
    assert results["gdp.usd_bn.2025"]["value"] == pytest.approx(17.478, abs=0.001)
    assert results["ruble.per_usd.2025"]["value"] is not None
    assert "Gross: not yet published." in page(project, "book/index")
    for file in ("results.json", "book.json", "claims.json"):
        assert "nan" not in (project.report / file).read_text().lower().split('"')
    for name in (f"notebooks/{CHAPTER}", "book/index", "book/changes"):
        assert not re.search(r"(?<![.\w])nan\b", page(project, name), re.I)


# ------------------------------------------------------------------ old vintages


def test_the_old_vintage_gives_the_old_report_to_the_last_digit(project, renewed):
    done = project.run("build", "--no-pdf", "--set", f"vintage.worldbank={OLD}")
    assert done.code == 0, done.err
    assert "verdict changed: C63: supported -> depends_on_measure" in done.out
    before, claims = (
        json.loads((project.root / "first" / f"{name}.json").read_text())
        for name in ("results", "claims")
    )
    again = project.json("results.json")
    assert len(again) > 450
    assert again == {key: before[key] for key in again}
    assert project.json("claims.json")[0]["verdict"] == claims[0]["verdict"]


# ------------------------------------------------------------------ withdrawn years


@pytest.fixture(scope="module")
def shortened(project, renewed):
    """The project with a vintage that has dropped the last two years of the inflow."""
    frame = read(project, NEW)
    said = add_vintage(project, frame[~at(frame, INFLOW, 2023, 2024)], SHORT)
    return project, said


def test_years_that_a_publisher_dropped_are_withdrawn_and_never_zero(shortened, tmp_path):
    project, said = shortened
    assert "| 2024 | 3,100,000,000 | – | withdrawn |" in said.out
    out = tmp_path / "out"
    numbers, lacks = run_chapter(project, out)
    for key in ("gross.usd_mn", "gross.growth_pct", "gross.pct_gdp", "som.bn"):
        entry = numbers[f"remittances.{key}.2024"]
        assert (entry["status"], entry["text"]) == ("no_data", "withdrawn by the publisher")
    assert numbers["remittances.net.usd_mn.2023"]["text"] == "not yet published"
    assert [item["what"] for item in lacks] == ["remittances received in 2023 and 2024"]
    assert "it last printed them on 1 October 2026" in lacks[0]["why"]
    table = out / "figures" / "fig-remittance-levels.csv"
    drawn = pd.read_csv(table, comment="#").set_index("year")
    assert drawn["gross"].dropna().index.max() == 2022
    assert drawn["withdrawn_usd"].dropna().to_dict() == {2023: 2.85, 2024: 3.1}
    assert "# Crosses: withdrawn by the World Bank, as last published." in table.read_text()


def test_an_edition_reaches_a_year_of_which_every_core_series_was_withdrawn(shortened):
    project, _ = shortened
    frame = read(project, NEW)
    core = (INFLOW, GDP, EXCHANGE_RATE, PRICES, INFLOW_PCT_GDP)
    dropped = (frame["iso3"] == "KGZ") & frame["indicator"].isin(core) & (frame["year"] > 2022)
    add_vintage(project, frame[~dropped], "2026-11-20")
    edition = load_edition(project.root, "current", ["last_year=2024"])
    data = Data(project.root, last_year=2024)
    assert data.core_last_year() == 2022 and edition.last_year == 2024
    assert list(data.withdrawn(GDP)) == [2023, 2024]


def test_a_vintage_of_some_series_takes_an_edition_to_its_last_year(shortened, tmp_path):
    project, _ = shortened
    file = project.root / "made_up_2026-11-25.csv"
    frame = read(project, NEW)
    own = frame[at(frame, GDP, *range(1900, 2026))].to_csv(index=False)
    file.write_text(f"{own}{GDP},KGZ,2026,19000000000\n")
    add(project.root, "worldbank", file, "2026-11-25", partial=True)
    named = ["vintage.worldbank=2026-11-25", "last_year=2026"]
    edition = load_edition(project.root, "current", named)
    ends = open_data(project.root, edition).gaps()
    missing = "\n".join(note for note in ends if not note.startswith("withdrawn"))
    assert "Personal remittances received" in missing and "Gross domestic" not in missing
    with pytest.raises(InputError, match="end in 2025"):
        load_edition(project.root, "current", ["last_year=2026"])
    # The table is cited by a span of days, of which no one withdrew anything.
    _, lacks = run_chapter(project, tmp_path / "out", "known_at=2026-11-25")
    assert "it last printed them on 1 October 2026" in lacks[0]["why"]
