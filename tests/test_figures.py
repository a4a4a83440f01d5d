"""Figures as a reader meets them: drawn for a phone, their title as text, their files beneath."""

import re

import pytest

from livingbrief.book.web import untitled
from livingbrief.charts.theme import NARROW
from tests.test_browser import browser  # noqa: F401
from tests.test_browser import pytestmark as in_browser

_SCALE = re.compile(r"scale\(([\d.]+) -[\d.]+\)")


_WIDTH = re.compile(r'<svg [^>]*?width="([\d.]+)pt"')


LEAST = 9.0


def smallest(svg, across):
    """Return the height in pixels of the smallest text where the drawing is so many wide."""
    points = 100 * min(float(s) for s in _SCALE.findall(svg))
    return points * across / float(_WIDTH.search(svg)[1])


PHONE = 390


FILES = re.compile(r'<div class="figure-files">(.*?)</div>', re.S)


def links(page):
    return re.findall(r'href="([^"]+)"', "".join(FILES.findall(page)))


def drawings(page):
    return len(re.findall(r'<img [^>]*class="dark-light"', page))


@pytest.fixture(scope="module")
def chapters(tiny):
    found = sorted((tiny.report / "html" / "book" / "chapters").glob("*.html"))
    pages = {path: path.read_text("utf-8") for path in found}
    assert sum(map(drawings, pages.values())) >= 8
    return pages


@pytest.mark.browser
@in_browser[1]
def test_a_phone_shows_the_narrow_drawing_at_its_own_width_and_a_desk_the_wide_one(
    browser,  # noqa: F811
    chapters,
):
    page = browser.new_page(bypass_csp=True)
    for path in chapters:
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('img').forEach((i) => { i.loading = 'eager'; })")
        for scheme, wide in (("light", PHONE), ("dark", PHONE), ("light", 1366)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": wide, "height": 900})
            page.wait_for_function("[...document.images].every((i) => i.complete)")
            shown = page.eval_on_selector_all(
                "figure picture img",
                """all => all.map((i) => {
                  const style = getComputedStyle(i);
                  const sides = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
                  return [i.currentSrc, i.getBoundingClientRect().width - sides];
                })""",
            )
            assert shown
            for source, across in shown:
                assert source.endswith(".narrow.svg") == (wide == PHONE)
                assert across >= 96 * NARROW
    page.close()


def test_each_link_under_a_figure_leads_somewhere(chapters):
    for path, page in chapters.items():
        for link in links(page):
            file, _, cell = link.partition("#")
            there = path.parent / file
            assert there.is_file(), f"{path.name}: {link}"
            assert not cell or f'id="{cell}"' in there.read_text("utf-8"), f"{path.name}: {link}"
        kinds = [re.sub(r".*\.|#.*", "", link) for link in links(page)]
        assert kinds == ["csv", "svg", "png", "html", "html"] * drawings(page)


def test_a_title_is_text_on_the_page_and_drawn_in_what_is_taken_away(tiny, chapters):
    for path, page in chapters.items():
        for figure in re.findall(r"<figure.*?</figure>", page, re.S):
            title = re.search(r"</span><span class=.caption-text.><strong>(.+?)</strong>", figure)
            words = figure.partition("</figcaption>")[0]
            assert title and words.count(title[1]) == 1
            shown = (path.parent / re.search(r'<img [^>]*src="([^"]+)"', figure)[1]).read_text()
            name = re.search(r'<figure[^>]* id="([^"]+)"', figure)[1]
            taken = (tiny.report / "figures" / f"{name}.svg").read_text("utf-8")
            assert 'id="title-' in taken and 'id="title-' not in shown
            assert shown.count("<use ") == untitled(taken).count("<use ") < taken.count("<use ")
            used = set(re.findall(r'<use href="#([^"]+)"', shown))
            assert used <= set(re.findall(r' id="([^"]+)"', shown)), "no letter lacks its shape"


def test_the_smallest_text_of_a_figure_on_a_phone_is_nine_pixels(tiny):
    narrow = [*(tiny.report / "figures").glob("*.narrow.svg")]
    drawn = [p for p in (tiny.report / "figures").glob("*.svg") if p not in narrow]
    assert len(narrow) == len(drawn) >= 8
    small = {p.name: smallest(p.read_text("utf-8"), 96 * NARROW) for p in narrow}
    assert {name: size for name, size in small.items() if size < LEAST} == {}
    assert smallest(drawn[0].read_text("utf-8"), 96 * NARROW) < LEAST, "the wide one is too small"
