"""Pages in other languages: a folder of ``book/`` with pages, and a file of words.

A translated page asks for the same keys and findings as its source, ``book/<page>.md``; numbers and
dates are written as its language writes them. ``words.yml`` has, for each text of the library or of
a record that such a page prints, what stands in its place; where it has none, the text stands as it
is, marked as English. ``made_from.yml`` has the hash of each text that was translated: from it
follows what has changed since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from livingbrief.book.language import Language, language_folder
from livingbrief.book.numbers import PLAIN, within
from livingbrief.book.state import BookState
from livingbrief.claims import findings
from livingbrief.claims.findings import OUTCOMES
from livingbrief.escape import CYRILLIC, language_of
from livingbrief.records import (
    Action,
    Recommendation,
    load_actions,
    load_recommendations,
    read_yaml,
)

#: What of the recommendations a page repeats.
_RECOMMENDATIONS = re.compile(r"\brecommendations\(\)")
_ACTIONS = re.compile(r"\b(?:first_steps|action)\(")
_LATIN = re.compile(r"[A-Za-z]{2}")
#: What stands around the content of a page, in the language of the book.
_AROUND = re.compile(
    r'<(div|footer)(?= (?:id="pst-primary-sidebar"|class="bd-(?:header-article|footer)))'
)


def read(root: Path) -> dict[str, Language]:
    """Return the languages of a book by code: the folders that have ``words.yml``."""
    found = {}
    for file in sorted((root / "book").glob("*/words.yml")):
        said: dict[str, dict[str, str]] = {}
        for page in (*sorted(file.parent.glob("*.md")), file):
            said |= findings.wordings(page.read_text("utf-8"))
        made_from = read_yaml(file.with_name("made_from.yml"), absent={})
        found[file.parent.name] = Language(file.parent.name, read_yaml(file), said, made_from)
    return found


def told_in(state: BookState, language: Language) -> BookState:
    """Return what a report says, in a language."""
    results, judged = language.results(state.results), language.judged(state.findings)
    return replace(state, results=results, findings=judged, language=language)


def sources(root: Path, code: str) -> dict[str, dict[str, str]]:
    """Return what the pages of a language translate as it stands: page to hash to what it is.

    That is the paragraphs of a page's source that has the narrative, what chapters say of findings
    that the page words, and what the recommendations say of themselves where it repeats them.
    """
    book = root / "book"
    file = book / "recommendations.yml"
    pages = {page.stem: page.read_text("utf-8") for page in sorted((book / code).glob("*.md"))}
    told = {
        item.id: "\n".join(getattr(item, outcome) for outcome in OUTCOMES)
        for item in findings.load(root)
        if item.chapter not in {*pages, file.stem}
    }
    recorded: dict[re.Pattern[str], Sequence[Action | Recommendation]]
    recorded = {_ACTIONS: load_actions(file), _RECOMMENDATIONS: load_recommendations(file)}
    found = {}
    for page, text in pages.items():
        source = (book / f"{page}.md").read_text("utf-8").partition("{% else %}")[0]
        parts = re.split(r"\n\s*\n", source.replace("{% if narrative %}", ""))
        texts = [(" ".join(part.split()), f"book/{page}.md: “{{}}”") for part in parts]
        for asks, records in recorded.items():
            if asks.search(text):
                said = [of for record in records for of in record.sentences().items()]
                texts += [(said, f"book/{file.name}: '{name}'") for name, said in said]
        named = findings.wordings(text).keys() & told.keys()
        texts += [(told[name], f"what {name} says") for name in sorted(named)]
        found[page] = {
            sha256(" ".join(text.split()).encode()).hexdigest()[:12]: what.format(_beginning(text))
            for text, what in texts
            if text
        }
    return found


def stale(root: Path, language: Language) -> Iterator[tuple[str, str]]:
    """Yield each page of a language with what in its source is not what was translated."""
    for page, now in sources(root, language.code).items():
        then = language.made_from.get(page, {})
        new = [what for made, what in now.items() if made not in then]
        gone = [what for made, what in then.items() if made not in now and what not in new]
        yield from ((page, f"{what} is new or was changed") for what in new)
        yield from ((page, f"{what} was taken out or changed") for what in gone)


def notes(root: Path) -> list[str]:
    """Return a line for each text that a translation was not made from."""
    return [
        f"book/{code}/{page}.md translates an earlier text: {what}"
        for code, language in read(root).items()
        for page, what in stale(root, language)
    ]


def accept(root: Path, code: str) -> None:
    """Write down that the translations of a language are of the sources as they stand."""
    text = yaml.safe_dump(sources(root, code), allow_unicode=True, sort_keys=False, width=1000)
    (root / "book" / code / "made_from.yml").write_text(text, encoding="utf-8")


def _beginning(text: str) -> str:
    return text if len(text) <= 50 else f"{text[:49]}…"


class MarkRuns(SphinxPostTransform):
    """Mark what a page says in another language: Cyrillic runs, in a translation English words."""

    default_priority = 990
    formats = ("html",)

    def run(self, **_: Any) -> None:
        """Change the document."""
        translated = language_folder(self.env.docname)
        for text in list(self.document.findall(nodes.Text)):
            cyrillic = CYRILLIC.search(text) is not None
            foreign = not cyrillic and _LATIN.search(text) if translated else cyrillic
            if not foreign or within(text, PLAIN) or _is_marked(text):
                continue
            parts = [str(text)] if translated else CYRILLIC.split(str(text))
            codes = [self.config.language or "en"] if translated else map(_code, parts)
            kept = [
                nodes.inline("", part, classes=[f"language-{code}"]) if code else nodes.Text(part)
                for part, code in zip(parts, codes, strict=True)
                if part
            ]
            text.parent.replace(text, kept)


def _code(part: str) -> str:
    return language_of(part) if CYRILLIC.fullmatch(part) else ""


def _is_marked(node: nodes.Node) -> bool:
    """Whether a text stands in something marked, short of the section that is its page."""
    parent = node.parent
    while parent is not None and not isinstance(parent, nodes.section):
        if any(name.startswith("language-") for name in parent.get("classes", ())):
            return True
        parent = parent.parent
    return False


def mark_page(app: Sphinx, doctree: nodes.document) -> None:
    """Mark a translated page, and its titles where they stand again, in menus and links."""
    env = app.env
    if code := language_folder(env.docname):
        for section in (node for node in doctree if isinstance(node, nodes.section)):
            section["classes"].append(f"language-{code}")
        for kept in (env.tocs, env.titles, env.longtitles):
            for text in list(kept[env.docname].findall(nodes.Text)):
                words = nodes.inline("", str(text), classes=[f"language-{code}"])
                text.parent.replace(text, words)


def set_language(app: Sphinx, page: str, _template: str, context: Any, _tree: Any) -> None:
    """Say the language of a translated page, and lead to the same page in the others."""
    if code := language_folder(page):
        context["language"] = code
    own, stem = app.config.language or "en", Path(page).name
    folder = page.removesuffix(stem).removesuffix(f"{code}/") if code else page.removesuffix(stem)
    known = app.config["livingbrief_languages"]
    pages = {own: f"{folder}{stem}", **{c: f"{folder}{c}/{stem}" for c in known}}
    there = {c: name for c, name in pages.items() if name in app.env.found_docs}
    if page in there.values() and len(there) > 1:
        context["languages_label"] = "Languages"
        context["languages"] = [
            (c, str(Locale(c).display_name).capitalize(), _to(app, page, name))
            for c, name in there.items()
        ]


def _to(app: Sphinx, page: str, other: str) -> str:
    """Return the address of another page; empty for the page itself."""
    return "" if page == other else str(app.builder.get_relative_uri(page, other))


def mark_around(app: Sphinx, exception: Exception | None) -> None:
    """Mark the menu and the foot of translated pages, which are in the book's own language."""
    if exception is not None or app.builder.format != "html":
        return
    for docname in app.env.found_docs:
        if language_folder(docname):
            file = Path(app.outdir, f"{docname}.html")
            own = app.config.language or "en"
            text = _AROUND.sub(rf'\g<0> lang="{own}"', file.read_text("utf-8"))
            file.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect what is above; the book's extension calls it."""
    app.add_post_transform(MarkRuns)
    # After Sphinx's own collectors of titles and contents.
    app.connect("doctree-read", mark_page, priority=910)
    app.add_config_value("livingbrief_languages", (), "")
    app.connect("html-page-context", set_language)
    app.connect("build-finished", mark_around, priority=960)
