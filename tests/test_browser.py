"""The report as a reader opens it: from disk, in Chromium, without a network."""

import os
import shutil
from urllib.parse import urlparse

import pytest

from tests.conftest import Project
from tests.test_toy import TOY

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

if CHROMIUM is None and os.environ.get("LIVINGBRIEF_NO_SKIPS"):
    pytest.fail("no Chromium was found, and LIVINGBRIEF_NO_SKIPS asks for the browser tests")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium was found; install one to run the browser tests"
    ),
]

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        window = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield window
        window.close()


@pytest.fixture(scope="module")
def pages(tiny, tmp_path_factory):
    """The pages of this brief and of one that the engine builds with no settings of ours."""
    toy = Project(tmp_path_factory.mktemp("toy") / "toy")
    shutil.copytree(TOY, toy.root)
    assert toy.run("build", "--no-pdf").code == 0
    folders = (project.report / "html" for project in (tiny, toy))
    found = [sorted(p for p in f.rglob("*.html") if "_static" not in p.parts) for f in folders]
    assert min(map(len, found)) > 4
    return [page for pages in found for page in pages]


def test_no_page_asks_the_network_for_anything_or_complains(browser, pages):
    for path in pages:
        asked, said = [], []
        page = browser.new_page()
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on(
            "console",
            lambda line, said=said: line.type in ("error", "warning") and said.append(line.text),
        )
        page.goto(path.as_uri())
        page.wait_for_load_state("load")
        page.wait_for_timeout(400)
        page.close()
        away = [u for u in asked if urlparse(u).scheme not in ("file", "data", "blob")]
        assert away == [], f"{path.name} asks for {away}"
        assert said == [], f"{path.name}: {said}"


def test_a_script_that_no_build_wrote_does_not_run(browser, pages, tmp_path):
    text, away = pages[0].read_text("utf-8"), "<script>document.title = 'away'</script></body>"
    page = browser.new_page()
    for policy, run in (("Content-Security-Policy", False), ("none", True)):
        planted = text.replace("Content-Security-Policy", policy).replace("</body>", away)
        (tmp_path / "page.html").write_text(planted, "utf-8")
        page.goto((tmp_path / "page.html").as_uri())
        assert (page.title() == "away") == run
    page.close()


def test_nothing_reaches_over_the_side_of_the_page(browser, pages):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    for path in pages:
        page.goto(path.as_uri())
        page.wait_for_load_state("load")
        page.wait_for_timeout(400)
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert over <= 1, f"{path.name} is {over} pixels too wide on a small screen"
    page.close()


@pytest.mark.parametrize("width", [1366, 390])
def test_every_icon_is_drawn_and_one_field_searches(browser, pages, width):
    page = browser.new_page(viewport={"width": width, "height": 844})
    # The first of all leads on.
    for path in (p for p in pages if p.parent.name != "html" or p.name != "index.html"):
        page.goto(path.as_uri())
        page.wait_for_timeout(100)
        drawn = page.evaluate(
            """() => [...document.querySelectorAll(".fas, .fa-solid")].filter(
            (icon) => icon.checkVisibility()).map((icon) => getComputedStyle(icon).maskImage)"""
        )
        assert drawn and all(mask.startswith("url(") for mask in drawn), f"{path}: {drawn}"
        fields = page.locator(".search-button__button:visible").count()
        assert fields == 1, f"{path} offers {fields} fields for a search"
    unknown = """() => { document.body.innerHTML = '<i class="fas fa-unknown"></i>';
        return getComputedStyle(document.body.firstChild).maskImage; }"""
    assert page.evaluate(unknown).startswith("linear-gradient(rgba(0, 0, 0, 0)")
    page.close()


def test_every_figure_loads_and_has_alternative_text(browser, tiny):
    page = browser.new_page()
    for name, inside in (
        ("book/chapters/remittances", "figure img"),
        ("notebooks/conditions", "img"),
    ):
        page.goto((tiny.report / "html" / f"{name}.html").as_uri())
        # Pictures load when they are scrolled to.
        page.evaluate("document.querySelectorAll('img').forEach((i) => { i.loading = 'eager'; })")
        page.wait_for_function("[...document.images].every((i) => i.complete)")
        images = page.eval_on_selector_all(
            f"article {inside}",
            "all => all.map(i => [i.alt, i.complete && i.naturalWidth > 0])",
        )
        assert len(images) >= 3
        assert all(alt and loaded for alt, loaded in images), name
    page.close()
