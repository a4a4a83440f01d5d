"""Numbers that answer: the card of each, and the way to the cell that made it."""

import html
import json
import re
from urllib.parse import urldefrag

import pytest

from livingbrief.book import cards
from livingbrief.notebooks import matched
from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition
from tests import golden
from tests.printed import read_json
from tests.test_browser import browser, pytestmark  # noqa: F401
from tests.test_narrative import NARRATIVE
from tests.test_web import pages_of, site  # noqa: F401

KEY = "remittances.gross.pct_gdp.2021"
LINK = re.compile(r'<a class="n(?: later)?" [^>]*>')


def addresses(page):
    return [
        html.unescape(re.search(r' href="([^"]*)"', tag)[1])
        for tag in LINK.findall(page.read_text("utf-8"))
    ]


def kept(page):
    """What a page says of its numbers."""
    found = re.search(
        r'<script type="application/json" id="cards">(.*?)</script>', page.read_text()
    )
    return json.loads(found[1]) if found else {"numbers": {}}


def dangling(folder):
    """Addresses of numbers that lead to no place of the site."""
    places = {p: set(re.findall(r' id="([^"]*)"', p.read_text("utf-8"))) for p in pages_of(folder)}
    found = []
    for page in places:
        for address in addresses(page):
            file, fragment = urldefrag(address)
            name = file.partition("?")[0]
            target = (page.parent / name).resolve() if name else page
            if target not in places or (fragment and fragment not in places[target]):
                found.append(f"{page.name}: {address}")
    return found


@pytest.fixture
def first(tiny):
    return tiny.report / "html" / "book" / "index.html"


def card_of(page):
    return page.locator(".number-card")


def right(results, key):
    """What the card of a number must say."""
    entry = results[key]
    cited = [f"{s['source']}, vintage {s['vintage']}" for s in entry["sources"]]
    return [key, entry["status"].replace("_", " "), *cited]


# ------------------------------------------------------------------ cells


def test_the_recorder_knows_the_cell_that_made_a_number(tiny):
    name = "remittances"
    source = project_root() / "notebooks" / f"{name}.ipynb"
    chosen = matched(source, load_edition(project_root(), "current").parameters())
    names, made = {"__name__": "__main__"}, {}
    with golden._alone(project_root()):
        for cell in read_json(source)["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)
                names.update(chosen if "parameters" in cell["metadata"].get("tags", []) else {})
                recorded = names["nb"]._recorder.numbers if "nb" in names else ()
                made |= {key: cell["id"] for key in recorded if key not in made}
    results = tiny.json("results.json")
    told = {k: e["cell"] for k, e in results.items() if e["notebook"] == name and e["cell"]}
    assert len(set(made.values())) > 4
    assert told == made
    assert all(e["cell"] for e in results.values() if e["value"] is not None)


def test_each_number_leads_to_an_anchor_that_is_there(tiny):
    assert sum(map(len, map(addresses, pages_of(tiny.report / "html")))) > 60
    assert dangling(tiny.report / "html") == []


def test_a_page_says_of_its_own_numbers_only(tiny):
    for page in pages_of(tiny.report / "html"):
        linked = LINK.findall(page.read_text("utf-8"))
        said = kept(page)
        keys = {re.search(r'data-key="([^"]*)"', t)[1] for t in linked}
        counted = {key for key in keys if key.startswith(("verdicts.", "history."))}
        assert {*said["numbers"]} == keys - counted


# ------------------------------------------------------------------ cards


def test_a_pointer_shows_a_card_with_source_vintage_status_and_key(browser, tiny, first):  # noqa: F811
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.goto(first.as_uri())
    number = page.locator(f'a.n[data-key="{KEY}"]').first
    card = card_of(page)
    assert card.is_hidden()
    number.hover()
    card.wait_for(state="visible")
    said = card.inner_text()
    for words in ["Gross remittances as a share of GDP", *right(tiny.json("results.json"), KEY)]:
        assert words in said
    # The pointer may go onto the card, and away from both hides it.
    card.hover()
    page.wait_for_timeout(400)
    assert card.is_visible()
    page.mouse.move(1300, 880)
    card.wait_for(state="hidden")


def test_a_finger_shows_the_card_and_its_link_the_cell(browser, tiny, first):  # noqa: F811
    page = browser.new_context(
        viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    ).new_page()
    page.goto(first.as_uri())
    number = page.locator(f'a.n[data-key="{KEY}"]').first
    number.tap()
    assert page.url == first.as_uri()
    card = card_of(page)
    assert card.is_visible()
    box = card.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    number.tap()
    assert card.is_hidden() and page.url == first.as_uri()
    number.tap()
    card.get_by_text("See the cell").tap()
    page.wait_for_url("**/notebooks/*.html#code-*")
    assert page.url.endswith(f"#{cards.anchor(tiny.json('results.json')[KEY]['cell'])}")


def test_without_a_script_numbers_are_links_to_their_cells(browser, tiny, first):  # noqa: F811
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(first.as_uri())
    page.locator(f'a.n[data-key="{KEY}"]').first.click()
    page.wait_for_url("**/notebooks/*.html#code-*")
    assert page.locator(":target .cell_input pre").is_visible()
    top = page.locator(":target").bounding_box()["y"]
    assert 0 <= top < 450


# ------------------------------------------------------------------ the whole site


@pytest.mark.slow
def test_every_number_of_the_site_leads_somewhere(site):  # noqa: F811
    assert dangling(site) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NARRATIVE[:-1])
def test_every_card_names_series_and_vintage_as_the_results_have_them(browser, site, name):  # noqa: F811
    results = read_json(site.parent / "results.json")
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.goto((site / "book" / f"{name}.html").as_uri())
    assert page.locator("span.n[data-key]").count() == 0
    seen, wrong = 0, []
    for number in page.locator("a.n").all():
        key = number.get_attribute("data-key")
        seen += 1
        if key.startswith("verdicts."):
            continue
        number.focus()
        assert card_of(page).is_visible(), key
        said = card_of(page).inner_text()
        wanted = right(results, key) if key in results else [key, "Source: "]
        lines = said.splitlines()
        cited = [line.removeprefix("Source: ") for line in lines if line.startswith("Source: ")]
        wrong += [f"{key}: {words}" for words in wanted if words not in said]
        if key in results:
            entry = results[key]["sources"]
            wrong += [key] * (len(cited) != len({(s["source"], s["vintage"]) for s in entry}))
    assert wrong == []
    assert seen == len(LINK.findall((site / "book" / f"{name}.html").read_text("utf-8"))) > 20
