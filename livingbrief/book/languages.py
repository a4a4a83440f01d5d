"""Pages in other languages: a folder of ``book/`` with pages, and a file of words.

A translated page asks for the same keys and findings as its source, ``book/<page>.md``; numbers and
dates are written as its language writes them. ``words.yml`` has, for each text of the library or of
a record that such a page prints, what stands in its place; where it has none, the text stands as it
is, marked as English. ``made_from.yml`` has the hash of each paragraph and finding that was
translated: from it follows what has changed since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

from livingbrief.book.language import Language, language_folder
from livingbrief.book.numbers import PLAIN, within
from livingbrief.book.state import BookState
from livingbrief.claims import findings
from livingbrief.claims.findings import OUTCOMES
from livingbrief.escape import CYRILLIC, language_of
from livingbrief.records import load_actions, load_recommendations, read_yaml

_SAYS_RECORDS = re.compile(r"\b(?:recommendations|actions)\(\)")
_SAYS_RECOMMENDATIONS = re.compile(r"\brecommendations\(\)")
_SAYS_ACTIONS = re.compile(r"\b(?:first_steps|action)\(")
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


def paragraphs(text: str) -> dict[str, str]:
    """Return hash to text of the paragraphs of a page that has the narrative."""
    parts = re.split(r"\n\s*\n", text.partition("{% else %}")[0].replace("{% if narrative %}", ""))
    plain = [" ".join(part.split()) for part in parts]
    return {sha256(part.encode()).hexdigest()[:12]: part for part in plain if part}


def sources(root: Path, code: str) -> dict[str, dict[str, str]]:
    """Return what the translations of a language are of now: page to hashes.

    Beside the pages are ``findings``, what chapters say, and ``recorded``, what the recommendations
    say.
    """
    book = root / "book"
    found = {
        page.stem: paragraphs((book / page.name).read_text("utf-8"))
        for page in sorted((book / code).glob("*.md"))
    }
    translated = read(root)[code].findings
    said = {
        item.id: "\n".join(getattr(item, outcome) for outcome in OUTCOMES)
        for item in findings.load(root)
        if item.id in translated and item.chapter not in {*found, "recommendations"}
    }
    file = book / "recommendations.yml"
    said_of = [a.sentences() for a in load_actions(file)]
    said_of += [r.sentences() for r in load_recommendations(file)]
    told = {name: text for sentences in said_of for name, text in sentences.items()}
    for kind, texts in (("findings", said), ("recorded", told)):
        found[kind] = {
            name: sha256(" ".join(text.split()).encode()).hexdigest()[:12]
            for name, text in texts.items()
        }
    return found


def stale(root: Path, language: Language) -> Iterator[tuple[str, str]]:
    """Yield each page of a language with what in its source is not what was translated."""
    now = sources(root, language.code)
    changed, recorded = (
        [name for name, made in now.pop(kind).items() if kept.get(name) != made]
        for kind in ("findings", "recorded")
        for kept in [language.made_from.get(kind, {})]
    )
    for page, parts in now.items():
        known = language.made_from.get(page, {})
        for made, text in parts.items():
            if made not in known:
                yield page, f"book/{page}.md: “{_beginning(text)}” is new or was changed"
        for made, text in known.items():
            if made not in parts:
                yield page, f"book/{page}.md: “{text}” was taken out or changed"
        text = (root / "book" / language.code / f"{page}.md").read_text("utf-8")
        for name in recorded:
            says = _SAYS_ACTIONS if name.startswith("action-") else _SAYS_RECOMMENDATIONS
            if says.search(text):
                yield page, f"book/recommendations.yml: '{name}' is new or was changed"
        if _SAYS_RECORDS.search(text):
            text += (root / "book" / "recommendations.yml").read_text("utf-8")
        for name in findings.wordings(text):
            if name in changed:
                yield page, f"what {name} says was changed"


def notes(root: Path) -> list[str]:
    """Return a line for each text that a translation was not made from."""
    return [
        f"book/{code}/{page}.md translates an earlier text: {what}"
        for code, language in read(root).items()
        for page, what in stale(root, language)
    ]


def accept(root: Path, code: str) -> None:
    """Write down that the translations of a language are of the sources as they stand."""
    found = sources(root, code)
    for page in found.keys() - {"findings", "recorded"}:
        found[page] = {made: _beginning(text) for made, text in found[page].items()}
    text = yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=1000)
    (root / "book" / code / "made_from.yml").write_text(text, encoding="utf-8")


def _beginning(text: str) -> str:
    return text if len(text) <= 50 else f"{text[:49]}…"


class MarkPages(SphinxTransform):
    """Mark the content of a translated page."""

    default_priority = 900

    def apply(self, **_: Any) -> None:
        """Change the document."""
        code = language_folder(self.env.docname)
        if not code:
            return
        for section in self.document.findall(nodes.section):
            if section.parent is self.document:
                section["classes"].append(f"language-{code}")


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


def mark_titles(app: Sphinx, doctree: nodes.document) -> None:
    """Mark the titles of a translated page where they stand again, in menus and links."""
    env = app.env
    if code := language_folder(env.docname):
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
    app.add_transform(MarkPages)
    app.add_post_transform(MarkRuns)
    # After Sphinx's own collectors of titles and contents.
    app.connect("doctree-read", mark_titles, priority=910)
    app.add_config_value("livingbrief_languages", (), "")
    app.connect("html-page-context", set_language)
    app.connect("build-finished", mark_around, priority=960)
