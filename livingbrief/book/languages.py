"""Pages in other languages: a folder of ``book/`` with pages, and a file of words.

A translated page asks for the same keys and findings as its source, ``book/<page>.md``.
``words.yml`` has what stands in place of texts of the library and of records; without it, a text
stands as it is, marked as English. ``made_from.yml`` has the hash of what each page translates.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from html import escape
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from livingbrief.book import pictures
from livingbrief.book.language import PICTURE, Language, language_folder
from livingbrief.book.numbers import PLAIN, around, within
from livingbrief.book.state import BookState
from livingbrief.claims import findings, statements
from livingbrief.claims.findings import OUTCOMES
from livingbrief.errors import read_text
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
_LINK = re.compile(r"(?<=title=\")Link to this \w+")
_LATIN = re.compile(r"[A-Za-z]{2}")


def read(root: Path) -> dict[str, Language]:
    """Return the languages of a book by code: the folders that have ``words.yml``."""
    found = {}
    for file in sorted((root / "book").glob("*/words.yml")):
        said: dict[str, dict[str, str]] = {}
        for page in (*sorted(file.parent.glob("*.md")), file):
            blocks = statements.blocks(read_text(page), page.relative_to(root).as_posix())
            said |= {block.id: block.words for block in blocks if block.words}
        made_from = read_yaml(file.with_name("made_from.yml"), absent={})
        found[file.parent.name] = Language(file.parent.name, read_yaml(file), said, made_from)
    return found


def told_in(state: BookState, language: Language) -> BookState:
    """Return what a report says, in a language."""
    judged = language.judged(state.findings, state.results)
    results = language.results(state.results)
    return replace(state, results=results, findings=judged, language=language)


def sources(root: Path, code: str) -> dict[str, str]:
    """Return what the pages of a language translate as it stands: page to the hash of it.

    That is a page's source, the recommendations, and what is said of findings that it words, or
    that a title of a figure on it does.
    """
    book = root / "book"
    own = {item.id: item for item in findings.load(root)}
    recorded: dict[re.Pattern[str], Callable[[Path], Iterable[Action | Recommendation]]]
    recorded = {_ACTIONS: load_actions, _RECOMMENDATIONS: load_recommendations}
    found, words = {}, read_yaml(book / code / "words.yml", absent={})
    for page in sorted((book / code).glob("*.md")):
        text = read_text(page)
        parts = [read_text(book / page.name)]
        for asks, load in recorded.items():
            if asks.search(text):
                records = load(book / "recommendations.yml")
                parts += [said for record in records for said in record.sentences().values()]
        titles = (str(words.get(name, "")) for name in PICTURE.findall(text))
        said = {block.id for of in (text, *titles) for block in statements.blocks(of)}
        named = [own[name] for name in sorted(said & own.keys())]
        parts += [getattr(item, outcome) for item in named for outcome in OUTCOMES]
        found[page.stem] = sha256(" ".join(" ".join(parts).split()).encode()).hexdigest()[:12]
    return found


def stale(root: Path, language: Language) -> list[str]:
    """Return the pages of a language whose source is not what was translated."""
    now = sources(root, language.code)
    return [page for page, made in now.items() if language.made_from.get(page) != made]


def mixed(root: Path, code: str) -> Iterator[str]:
    """Yield a line for each page that has another word for a term of ``terms.yml``."""
    folder = root / "book" / code
    terms = read_yaml(folder / "terms.yml", absent={})
    for page in (*sorted(folder.glob("*.md")), folder / "words.yml"):
        text = page.read_text("utf-8").lower()
        for term, entry in terms.items():
            for other in (word for word in entry.get("never", ()) if word in text):
                yield f"book/{code}/{page.name} has '{other}': for {term} say '{entry['say']}'"


def notes(root: Path) -> list[str]:
    """Return a line for each page that translates an earlier text or strays from its glossary.

    And for words of drawings.
    """
    found = [
        f"book/{code}/words.yml has no words for '{text}', in {exhibit.name} of the last report"
        for path in sorted((root / "dist" / "current" / "notebooks").glob("*.ipynb"))
        for _, exhibit, _ in pictures.exhibits(path)
        for code, drawing in exhibit.languages.items()
        for text in drawing.lacks
    ]
    for code, language in read(root).items():
        found += mixed(root, code)
        found += [
            f"book/{code}/{page}.md translates an earlier text of book/{page}.md, of a finding "
            f"that it words, or of recommendations.yml: bring it up to date, then 'python "
            f"tools/translated.py {code}'"
            for page in stale(root, language)
        ]
    return found


def accept(root: Path, code: str) -> None:
    """Write down that the translations of a language are of the sources as they stand."""
    text = yaml.safe_dump(sources(root, code), sort_keys=False)
    (root / "book" / code / "made_from.yml").write_text(text, encoding="utf-8")


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
            own, kept = self.config.language or "en", []
            # As re.split sets them, every other part is a run that the pattern caught.
            for at, part in enumerate([text] if translated else CYRILLIC.split(text)):
                code = own if translated else language_of(part) if at % 2 else ""
                classes = [f"language-{code}"]
                kept += [nodes.inline("", part, classes=classes) if code else nodes.Text(part)]
            text.parent.replace(text, kept)


def _is_marked(node: nodes.Node) -> bool:
    """Whether a text stands in something marked, short of the section that is its page."""
    short = takewhile(lambda parent: not isinstance(parent, nodes.section), around(node))
    return any(c.startswith("language-") for parent in short for c in parent.get("classes", ()))


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
    """Have the words around a page in its language, and lead to the same page in the others."""
    code = language_folder(page)
    if words := app.config["livingbrief_languages"].get(code):
        first, titles = f"book/{code}/index", app.env.titles
        names = dict.fromkeys(("_", "gettext"), words.say)
        names |= dict.fromkeys(("docstitle", "shorttitle"), titles[first].astext())
        context |= {**names, "language": code, "root_doc": first, "author": ""}
        for name in ("theme_search_bar_text", "theme_toc_title"):
            context[name] = words.say(context[name])
        day = datetime.strptime(context["last_updated"], "%b %d, %Y").date()
        context["last_updated"] = words.day(day.isoformat())
        context["body"] = _LINK.sub(lambda title: words.say(title[0]), context["body"])
        link = f'<div data-link="{escape(words.say("Copy a link to this chart"))}" class="measures '
        context["body"] = context["body"].replace('<div class="measures ', link)
        pages = [first, *app.env.toctree_includes.get(first, ())]
        context["menu"] = [
            (titles[name].astext(), app.builder.get_relative_uri(page, name), name == page)
            for name in pages
        ]
        # What comes before its first page and after its last is in another language.
        context |= {side: None for side, end in (("prev", 0), ("next", -1)) if pages[end] == page}
    folder, _, stem = page.replace(f"/{code}/", "/").rpartition("/")
    named = {app.config.language or "en": f"{folder}/{stem}"}
    named |= {c: f"{folder}/{c}/{stem}" for c in app.config["livingbrief_languages"]}
    there = {c: name for c, name in named.items() if name in app.env.found_docs}
    if page in there.values() and len(there) > 1:
        # The page itself has no address.
        ways = {
            n: "" if page == n else app.builder.get_relative_uri(page, n) for n in named.values()
        }
        context["languages"] = [
            (c, str(Locale(c).display_name).capitalize(), ways[n]) for c, n in there.items()
        ]


def setup(app: Sphinx) -> None:
    """Connect what is above; the book's extension calls it."""
    app.add_post_transform(MarkRuns)
    # After Sphinx's own collectors of titles and contents.
    app.connect("doctree-read", mark_page, priority=910)
    app.add_config_value("livingbrief_languages", {}, "")
    app.connect("html-page-context", set_language)
