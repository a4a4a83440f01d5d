"""Harmful texts in every column, title and parameter reach no page as anything but text."""

import json
import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlparse

import pytest
import yaml
from pypdf import PdfReader

from livingbrief.paths import project_root
from tests.conftest import Project
from tests.planted import (
    AWAY,
    FIT_FOR_NAMES,
    HARMFUL,
    free_columns,
    plant_descriptor,
    plant_facts,
    plant_table,
    seen,
)
from tests.test_browser import browser, pytestmark  # noqa: F401

pytestmark = [*pytestmark, pytest.mark.slow]

# Longer than any of the texts: the search finds a heading by half of it.
HEADING = "A heading that is longer than the text which stands behind it, namely"
# What a page that has loaded still may begin, in milliseconds.
WHILE = 400
ALIKE = str.maketrans("“”‘’", "\"\"''")
# Where an attribute could load, lead away or run; ids and links to them may hold the words.
LOADS = """() => [...document.querySelectorAll('*')].flatMap((element) => [
  ...[...element.attributes]
    .filter(({name, value}) => /planted/.test(value) && (/^on/.test(name)
      || (['href', 'src', 'srcset', 'action', 'data', 'formaction', 'xlink:href'].includes(name)
        && !/^[^:]*#[^:]*$/.test(value))))
    .map(({name, value}) => `${element.tagName} ${name}=${value}`),
  // A block of JSON runs nothing, as long as nothing ends it early.
  ...(['SCRIPT', 'STYLE', 'IFRAME', 'OBJECT', 'EMBED'].includes(element.tagName)
    && !['application/json', 'application/ld+json'].includes(element.type)
    && /planted/.test(element.outerHTML) ? [element.outerHTML] : []),
])"""


def planted_project(target: Path) -> Project:
    """The whole project, with a harmful text wherever data, editions and parameters hold text."""
    root = project_root()
    for name in ("data", "livingbrief", "remitrisk", "notebooks", "book"):
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(root / name, target / name, ignore=ignored)
    for name in ("_config.yml", "_toc.yml", "pyproject.toml", "requirements.lock"):
        shutil.copy(root / name, target / name)
    sources = [*target.glob("notebooks/*.ipynb"), *target.glob("remitrisk/**/*.py")]
    code = "\n".join(path.read_text() for path in sources).replace('\\"', '"')
    path = target / "data" / "datapackage.json"
    descriptor = json.loads(path.read_text())
    for entry in descriptor["resources"]:
        if columns := free_columns(entry):
            plant_table(target / "data" / entry["path"], columns, code)
    plant_descriptor(descriptor)
    path.write_text(json.dumps(descriptor))
    path = target / "book" / "facts.yml"
    facts = yaml.safe_load(path.read_text())
    plant_facts(facts)
    model = next(iter(facts.values()))
    facts |= {f"planted_{i}": {**model, "text": text} for i, text in enumerate(HARMFUL)}
    path.write_text(yaml.safe_dump(facts))
    with (target / "book" / "index.md").open("a") as page:
        page.writelines(
            f"\n## {HEADING} {{{{ facts.planted_{i} }}}}\n\nText.\n" for i in range(len(HARMFUL))
        )
    editions = yaml.safe_load((root / "editions.yml").read_text())
    editions["current"]["title"] += " ".join(["", *FIT_FOR_NAMES])
    (target / "editions.yml").write_text(yaml.safe_dump(editions, sort_keys=False))
    return Project(target)


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> Project:
    project = planted_project(tmp_path_factory.mktemp("planted"))
    assert project.run("vintages", "rehash").code == 0
    done = project.run("build")
    assert done.code == 0, done.out + done.err
    return project


class Watched:
    """A page of the browser that notes what a harmful text would do."""

    def __init__(self, window) -> None:
        self.page = window.new_page()
        self.done: list[str] = []
        # What a browser asks of every server by itself.
        self.page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("pageerror", lambda error: self.done.append(str(error)))
        self.page.on("console", self._said)

    def _dialog(self, dialog) -> None:
        self.done.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _asked(self, url: str) -> None:
        parts = urlparse(url)
        if parts.scheme not in ("file", "data", "blob") and parts.hostname != "127.0.0.1":
            self.done.append(f"request {url}")

    def _said(self, line) -> None:
        if line.type in ("error", "warning"):
            self.done.append(line.text)

    def text(self) -> str:
        # The first page leads on to another, and may be on its way there.
        self.page.wait_for_load_state("load")
        words = self.page.evaluate("document.body.innerText + ' ' + document.title")
        return seen(words).translate(ALIKE)


def words_of(text: str) -> str:
    """A text without the signs that print otherwise in running text: dashes, quotes."""
    return re.sub(r"[-–—\"'“”‘’]+", "", seen(text))


def test_no_text_runs_loads_or_leads_anywhere(browser, planted):  # noqa: F811
    pages = [p for p in (planted.report / "html").rglob("*.html") if "_static" not in p.parts]
    assert len(pages) > 25
    texts = []
    for path in pages:
        watched = Watched(browser)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_timeout(WHILE)
        found = watched.page.evaluate(LOADS)
        texts.append(words_of(watched.text()))
        watched.page.close()
        assert watched.done == [] and found == [], f"{path.name}: {watched.done} {found}"
    for text in HARMFUL:
        assert sum(words_of(text) in page for page in texts) >= 2, text
    home = next(t for t, p in zip(texts, pages, strict=True) if p.match("book/index.html"))
    assert all(words_of(f"{HEADING} {text}") in home for text in HARMFUL)
    # In the edition's title, and in the country's name within the report's own.
    for start in ("Current figures", "Remittances and trafficking risk in Kyrgyzstan"):
        assert words_of(" ".join([start, *FIT_FOR_NAMES])) in home


def test_search_shows_texts_as_text(browser, planted):  # noqa: F811
    handler = partial(SimpleHTTPRequestHandler, directory=str(planted.report / "html"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        watched = Watched(browser)
        watched.page.goto(f"http://127.0.0.1:{server.server_address[1]}/search.html?q={HEADING}")
        found = watched.page.locator("#search-results li")
        found.nth(len(HARMFUL) - 1).wait_for()
        watched.page.wait_for_timeout(WHILE)
        shown = words_of(watched.page.inner_text("#search-results"))
        loads = watched.page.evaluate(LOADS)
        assert watched.done == [] and loads == []
        watched.page.close()
        server.shutdown()
    for text in HARMFUL:
        assert words_of(f"{HEADING} {text}") in shown, text


def test_the_pdf_prints_texts_as_text(planted):
    pages = PdfReader(planted.report / "report.pdf").pages
    printed = re.sub(r"\s+", "", words_of(" ".join(page.extract_text() for page in pages)))
    for text in HARMFUL:
        assert re.sub(r"\s+", "", words_of(text)) in printed, text
    links = [
        str(note.get_object().get("/A", {}).get("/URI", ""))
        for page in pages
        for note in page.get("/Annots", [])
    ]
    assert any(links) and not [link for link in links if "planted" in link or AWAY in link]


def test_the_executed_notebooks_hold_texts_as_text(planted):
    cells = [
        cell
        for path in sorted((planted.report / "notebooks").glob("*.ipynb"))
        for cell in json.loads(path.read_text())["cells"]
    ]
    shown = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    for data in shown:
        assert not re.search(r"<(script|img|svg|iframe|!--)", "".join(data.get("text/html", "")))
        markdown = "".join(data.get("text/markdown", ""))
        assert not re.search(r"<(script|img|svg|iframe|!--)|{{|{%|(?<!\\)]\(", markdown)
    assert sum("planted(" in str(data.get("text/html")) for data in shown) >= 2
