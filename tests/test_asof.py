"""The slider under a figure: what it shows for a day is what was printed by that day."""

import csv
import json
import re

import pytest

from livingbrief.book.web import held
from tests.test_browser import browser, pytestmark  # noqa: F401

INFLOW, GDP, RATIO = "BX.TRF.PWKR.CD.DT", "NY.GDP.MKTP.CD", "BX.TRF.PWKR.DT.GD.ZS"


@pytest.fixture
def chapter(browser, tiny):  # noqa: F811
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.goto((tiny.report / "html" / "book" / "chapters" / "remittances.html").as_uri())
    yield page
    page.close()


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(line for line in file if not line.startswith("# "))]


def by_vintage(root, code):
    """What each vintage file of the package prints of a series of Kyrgyzstan, read here anew."""
    found = {}
    for path in sorted((root / "data" / "worldbank").glob("*/wdi.csv")):
        for row in rows(path):
            if (row["indicator"], row["iso3"]) == (code, "KGZ") and row["value"]:
                found.setdefault(path.parent.name, {})[int(row["year"])] = float(row["value"])
    return found


def shares(root):
    """The share of GDP that a vintage prints, or that of both its parts."""
    told, top, bottom = (by_vintage(root, code) for code in (RATIO, INFLOW, GDP))
    found = {
        day: {y: 100 * top[day][y] / bottom[day][y] for y in top[day] if y in bottom[day]}
        for day in top.keys() & bottom.keys()
    }
    return {**found, **told}


def poverty(root):
    """The national rate as pages and whole tables of the Committee had it, the newest of a year."""
    kinds = ("area", "sex", "age", "urbanisation", "wealth_quintile", "education")
    kinds = (*kinds, "economic_activity", "disability", "other_breakdown")
    told = [
        (row["printed"], int(row["year"]), float(row["value"]))
        for row in rows(root / "data" / "nsc" / "2026-03-06" / "printed.csv")
        if row["indicator"] == "poverty_rate" and row["value"]
    ]
    for path in (root / "data" / "nsc").glob("*/sdg.csv"):
        told += [
            (path.parent.name, int(row["year"]), float(row["value"]))
            for row in rows(path)
            if row["indicator"] == "poverty_rate" and row["value"]
            if not any(row[kind] for kind in kinds)
        ]
    found, stood = {}, {}
    for day, year, value in sorted(told):
        stood[year] = value
        found[day] = dict(stood)
    return found


def walked(page, figure, head=0):
    """What the slider shows: day to year to value, walked by keyboard from the newest to the first.

    The newest is the grey line, which stands behind on every day.
    """
    place = page.locator(f"figure#{figure}")
    days = json.loads(place.locator("script.as-of").text_content())["days"]
    slider = place.locator(".as-of input")
    slider.focus()
    page.keyboard.press("End")
    assert (
        place.locator("picture").is_visible() and not place.locator(".as-of-drawing").is_visible()
    )
    found = {}
    for day, words in reversed(days[:-1]):
        page.keyboard.press("ArrowLeft")
        assert slider.get_attribute("aria-valuetext") == words
        assert place.locator("output").text_content().startswith(f"{words}: ")
        assert place.locator("svg").is_visible() and not place.locator("picture").is_visible()
        for name, of in (("then", day), ("newest", days[-1][0])):
            spots = place.locator(f".as-of-drawing g:nth-of-type({head + 1}) circle.{name}")
            found[of] = {
                int(s.get_attribute("data-year")): float(s.get_attribute("data-value"))
                for s in spots.all()
            }
    return found


def compare(shown, printed):
    printed = {day: {y: v for y, v in of.items() if y >= 2005} for day, of in printed.items()}
    assert sorted(shown) == sorted(printed) and len(shown) > 2
    for day, of in printed.items():
        assert shown[day] == pytest.approx(of, rel=1e-5), day


def test_each_day_shows_the_share_of_gdp_that_its_vintage_had(chapter, tiny):
    compare(walked(chapter, "fig-remittance-share"), shares(tiny.root))


def test_each_day_shows_the_poverty_that_had_been_printed_by_then(chapter, tiny):
    chapter.goto((tiny.report / "html" / "book" / "chapters" / "conditions.html").as_uri())
    compare(walked(chapter, "fig-poverty-national"), poverty(tiny.root))


def test_the_newest_day_is_what_the_figure_shows(tiny):
    folder = tiny.report / "figures"
    assert len([*folder.glob("*.as-of.json")]) >= 4
    for path, column in (
        ("fig-remittance-share", "gross"),
        ("fig-remittance-levels", "gross"),
        ("fig-poverty-national", "National Statistical Committee"),
        ("fig-detected-nsc", "detected"),
    ):
        panel = json.loads((folder / f"{path}.as-of.json").read_text("utf-8"))["panels"][0]
        both = zip(map(str, panel["years"]), panel["printings"][-1]["values"], strict=True)
        newest = {year: value for year, value in both if value is not None}
        drawn = {r["year"]: float(r[column]) for r in rows(folder / f"{path}.csv") if r[column]}
        assert newest == pytest.approx(drawn, abs=6e-4), path


def test_estimates_are_hollow_and_a_new_line_is_not_joined(chapter, tiny):
    place = chapter.locator("figure#fig-remittance-share")
    place.locator(".as-of input").focus()
    chapter.keyboard.press("Home")
    found = tiny.json("results.json").items()
    share = {
        k.rpartition(".")[2]: e for k, e in found if k.startswith("remittances.gross.pct_gdp.")
    }
    estimates = {year for year, e in share.items() if e["status"] == "estimate"}
    hollow = place.locator('circle.newest[data-estimate="true"]')
    assert {c.get_attribute("data-year") for c in hollow.all()} == estimates
    assert {c.get_attribute("fill") for c in hollow.all()} <= {"#ffffff"}
    page = (tiny.report / "html" / "book" / "chapters" / "conditions.html").read_text("utf-8")
    told = re.search(r'id="fig-poverty-national".*?class="as-of">(.*?)</script>', page, re.S)[1]
    panel = json.loads(told)["panels"][0]
    assert 2021 in [panel["years"][i] for i in panel["apart"]]


def test_print_and_a_page_without_scripts_have_the_figure_alone(browser, chapter, tiny):  # noqa: F811
    place = chapter.locator("figure#fig-remittance-share")
    place.locator(".as-of input").focus()
    chapter.keyboard.press("Home")
    assert not place.locator("picture").is_visible()
    chapter.emulate_media(media="print")
    assert place.locator("picture").is_visible()
    for part in (".as-of input", ".as-of-drawing", ".as-of-key", "output"):
        assert not place.locator(part).is_visible()
    chapter.emulate_media(media="screen")
    bare = browser.new_context(java_script_enabled=False).new_page()
    bare.goto((tiny.report / "html" / "book" / "chapters" / "remittances.html").as_uri())
    figure = bare.locator("figure#fig-remittance-share")
    assert figure.locator("picture").is_visible() and figure.locator("input").count() == 0
    assert "days" not in figure.inner_text()


def test_text_of_the_data_stays_text(tmp_path):
    path = tmp_path / "fig-x.as-of.json"
    evil = {"what": "</script><img src=x onerror=alert(1)>"}
    path.write_text(json.dumps(evil), encoding="utf-8")
    made = held(path, "as-of")
    assert made.count("<") == 2 and made.endswith("</script>\n")
    assert json.loads(made.partition(">")[2].rpartition("<")[0]) == evil
