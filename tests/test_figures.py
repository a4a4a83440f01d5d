"""Figures as a reader meets them: drawn for a phone, their title as text, their files beneath."""

import re
from html.parser import HTMLParser

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


class Figures(HTMLParser):
    """The links, ids, pictures and captions of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.alts, self.within = [], set(), [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids.add(given.get("id"))
        if tag == "div":
            self.within = given.get("class") == "figure-files"
        if tag == "a" and self.within:
            self.links.append(given["href"])
        if tag == "img" and given.get("class") == "dark-light":
            self.alts.append(given["alt"])

    def handle_endtag(self, tag):
        self.within = self.within and tag != "div"


@pytest.fixture(scope="module")
def chapters(tiny):
    found = sorted((tiny.report / "html" / "notebooks").glob("*.html"))
    pages = {path: Figures(path.read_text("utf-8")) for path in found}
    assert sum(len(page.alts) for page in pages.values()) >= 8
    return pages


@pytest.mark.browser
@in_browser[1]
def test_a_phone_shows_the_narrow_drawing_at_its_own_width_and_a_desk_the_wide_one(
    browser,  # noqa: F811
    chapters,
):
    page = browser.new_page()
    for path in chapters:
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('img').forEach((i) => { i.loading = 'eager'; })")
        for scheme, wide in (("light", PHONE), ("dark", PHONE), ("light", 1366)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": wide, "height": 900})
            page.wait_for_function("[...document.images].every((i) => i.complete)")
            shown = page.eval_on_selector_all(
                "figure > picture img",
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
    dead = [
        f"{path.name}: {link}"
        for path, page in chapters.items()
        for link in page.links
        if (link[1:] not in page.ids if link[0] == "#" else not (path.parent / link).is_file())
    ]
    assert dead == []
    for page in chapters.values():
        kinds = [link.rsplit(".", 1)[-1] if link[0] != "#" else "#" for link in page.links]
        by_day = kinds.count("csv") - len(page.alts)
        assert by_day == sum(link.endswith(".printed.csv") for link in page.links) > 0
        own = [k for k, link in zip(kinds, page.links, strict=True) if ".printed." not in link]
        assert own == ["csv", "svg", "png", "#"] * len(page.alts)


def test_a_title_is_text_on_the_page_and_drawn_in_what_is_taken_away(tiny, chapters):
    for path in chapters:
        for figure in re.findall(r"<figure.*?</figure>", path.read_text("utf-8"), re.S):
            title = re.search(r"</span><span class=.caption-text.><strong>(.+?)</strong>", figure)
            words = figure.partition("</figcaption>")[0]
            assert title and words.count(title[1]) == 1
            shown = (path.parent / re.search(r'<img [^>]*src="([^"]+)"', figure)[1]).read_text()
            name = re.search(r'<figure[^>]* id="([^"]+)"', figure)[1]
            taken = (tiny.report / "figures" / f"{name}.svg").read_text("utf-8")
            assert 'id="title-' in taken and 'id="title-' not in shown
            assert shown.strip() == untitled(taken).strip()
            assert shown.count("<use ") < taken.count("<use ")
            used = set(re.findall(r'<use href="#([^"]+)"', shown))
            assert used <= set(re.findall(r' id="([^"]+)"', shown)), "no letter lacks its shape"


def test_the_smallest_text_of_a_figure_on_a_phone_is_nine_pixels(tiny):
    narrow = [*(tiny.report / "figures").glob("*.narrow.svg")]
    drawn = [p for p in (tiny.report / "figures").glob("*.svg") if p not in narrow]
    assert len(narrow) == len(drawn) >= 8
    small = {p.name: smallest(p.read_text("utf-8"), 96 * NARROW) for p in narrow}
    assert {name: size for name, size in small.items() if size < LEAST} == {}
    assert smallest(drawn[0].read_text("utf-8"), 96 * NARROW) < LEAST, "the wide one is too small"
