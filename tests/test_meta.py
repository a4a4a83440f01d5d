"""What programs read of a page: descriptions, addresses, citation; the search."""

import re
from html.parser import HTMLParser

import pytest

from livingbrief.book.meta import LONGEST
from tests.test_browser import browser  # noqa: F401
from tests.test_browser import pytestmark as in_browser

ADDRESS = "https://reports.example/brief"


class Head(HTMLParser):
    """The metadata of a page by name, and its links by kind."""

    def __init__(self, text):
        super().__init__()
        self.meta, self.links = {}, {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "meta":
            self.meta[given.get("name")] = given.get("content")
        if tag == "link":
            self.links[given.get("rel")] = given["href"]


def heads(html):
    paths = [p for p in sorted(html.rglob("*.html")) if "_static" not in p.parts]
    return {p.relative_to(html).as_posix(): Head(p.read_text("utf-8")) for p in paths}


def test_each_page_says_what_it_is_the_first_how_to_cite_it_and_no_address_is_invented(tiny):
    html, book = tiny.report / "html", tiny.json("book.json")
    found = heads(html)
    for name in ("index.html", "book/index.html", "notebooks/conditions.html"):
        assert 20 < len(found[name].meta["description"]) <= LONGEST
        assert "canonical" not in found[name].links
    head = found["book/index.html"]
    assert (html / "book" / head.links["icon"]).resolve().is_file()
    assert "citation_public_url" not in head.meta
    assert re.fullmatch(r"20\d\d/\d\d/\d\d", head.meta["citation_publication_date"])
    assert head.meta["citation_title"] == book["title"]
    assert book["version"] in head.meta["citation_technical_report_number"]
    foot = re.search(
        r'<div class="extra_footer">(.*?)</div>', (html / "search.html").read_text(), re.S
    )
    words = re.sub(r"<[^>]+>", "", foot[1])
    for said in (book["edition"]["title"], f"Version {book['version']}", "CC BY 4.0", "To cite: "):
        assert said in words


@pytest.mark.slow
def test_with_an_address_pages_name_their_own(copy):
    config = copy.root / "_config.yml"
    text = config.read_text().replace("\nhtml:\n", f"\nhtml:\n  baseurl: {ADDRESS}\n", 1)
    config.write_text(text)
    done = copy.run("build", "--no-pdf")
    assert done.code == 0, done.err
    html, base = copy.report / "html", f"{ADDRESS}/current/html/"
    found = heads(html)
    for name in ("book/index.html", "notebooks/conditions.html"):
        assert found[name].links["canonical"] == f"{base}{name}"
    assert found["index.html"].links["canonical"] == f"{base}book/index.html"
    assert found["book/index.html"].meta["citation_public_url"] == f"{base}book/index.html"
    assert found["book/index.html"].meta["citation_pdf_url"] == f"{ADDRESS}/current/report.pdf"


@pytest.mark.browser
@in_browser[1]
@pytest.mark.parametrize("asked", ["net dollar flow", "Gross remittances"])
def test_the_search_finds_a_phrase_and_leads_to_the_place(browser, tiny, asked):  # noqa: F811
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: line.type in ("error", "warning") and said.append(line.text))
    page.goto((tiny.report / "html" / "search.html").as_uri())
    page.locator("form.bd-search input").filter(visible=True).first.fill(asked)
    page.keyboard.press("Enter")
    page.locator("#search-results li a").first.click()
    mark = page.locator(".bd-article .highlighted")
    mark.first.wait_for(state="attached")
    page.wait_for_timeout(300)
    inside = page.evaluate(
        """() => [...document.querySelectorAll(".bd-article .highlighted")].filter((mark) => {
          const box = mark.getBoundingClientRect();
          return box.height && box.top >= 0 && box.bottom <= innerHeight;
        }).map((mark) => mark.closest("p, li, td, th, dd, pre, figcaption, h2") || mark)
          .map((place) => place.textContent)"""
    )
    words = asked.lower().split()
    assert any(all(word in text.lower() for word in words) for text in inside), inside
    assert said == []
