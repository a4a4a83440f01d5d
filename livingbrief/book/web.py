"""What makes the HTML light and valid: fewer files, sound elements, figures with their files.

``theme/static/asof.js`` makes a slider of the days on which a figure's numbers were printed.
"""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from livingbrief.book import templates
from livingbrief.charts.theme import TITLE

_THEME = Path(__file__).parent / "theme"

#: What themes and extensions put beside the pages and none loads.
_UNLOADED = (
    "**/*.map", "**/*webpack-macros.html", "locales", "vendor/fontawesome",
    "scripts/fontawesome.*", "sphinx-thebe.*", "images/logo_*",
)  # fmt: skip

#: Settings of the theme where a brief says nothing else.
_OPTIONS = {
    "article_header_start": ["toggle-primary-sidebar.html", "languages.html"],
    # With the theme's search field here, its unused header holds buttons for the menus as well, and
    # the theme would listen to those instead of the ones that a reader sees.
    "navbar_persistent": [],
    # Their scripts stand in their elements, where no page lets one run.
    "use_download_button": False,
    "use_fullscreen_button": False,
}

#: Rules of the theme's style sheet for two thousand icons, and for their fonts.
_ICONS = re.compile(
    r"@font-face\{[^}]*Awesome[^}]*\}|\.fa-[\w-]+(?::before)?(?:,\.fa-[\w-]+(?::before)?)*\{[^}]*\}"
)
_FRAME = re.compile(r"<svg [^>]*>")
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"')
_SCRIPT = re.compile(r"<script(?![^>]*\b(?:src|type)=)[^>]*>(.*?)</script>", re.S)
#: What a page may load and run, from a disk too: files beside it, and the scripts written in it.
_POLICY = (
    "default-src 'none'; script-src 'self' file: {}; style-src 'self' file: 'unsafe-inline'; "
    "img-src 'self' file: data:; font-src 'self' file: data:; connect-src 'self' file:; "
    "base-uri 'none'; form-action 'self' file:"
)
_NUMBER = re.compile(r'"caption-number">(.*?) ?</span>')


def untitled(svg: str) -> str:
    """Return a drawing without its title, for a page that has it as text."""
    found = TITLE.search(svg)
    if found is None:
        return svg

    def lower(frame: re.Match[str]) -> str:
        width, height = (float(n) for n in re.findall(r' (?:width|height)="([\d.]+)pt"', frame[0]))
        cut = float(found[1])
        text = re.sub(r'( height=")[^"]*', lambda m: f"{m[1]}{height - cut:g}pt", frame[0])
        box = f"0 {cut:g} {width:g} {height - cut:g}"
        return re.sub(r'( viewBox=")[^"]*', lambda m: m[1] + box, text)

    return _FRAME.sub(lower, svg[: found.start()] + svg[found.end() :], count=1)


def visit_citation(self: Any, node: nodes.Element) -> None:
    """Open a work of the bibliography as an item of a list; its old role is deprecated."""
    HTML5Translator.visit_citation(self, node)
    self.body[-1] = self.body[-1].replace("doc-biblioentry", "listitem")


def visit_image(self: Any, node: nodes.Element) -> None:
    """Write a picture that loads when it is scrolled to and keeps its place until then."""
    # Before Sphinx gives the picture the address that it has among the pages.
    size = _size(Path(self.builder.srcdir, node["uri"]))
    HTML5Translator.visit_image(self, node)
    sides = zip(("width", "height"), size, strict=False)
    told = "".join(f'{name}="{float(points) * 4 / 3:.0f}" ' for name, points in sides)
    self.body[-1] = self.body[-1].replace("<img ", f'<img {told}loading="lazy" ', 1)


def _size(path: Path) -> tuple[str, ...]:
    """Return width and height of a drawing in points; empty for another picture or none."""
    drawn = path.suffix == ".svg" and path.is_file()
    found = _SIZE.search(path.read_text("utf-8")[:600]) if drawn else None
    return found.groups() if found else ()


class Picture(nodes.figure):
    """A figure that another page shows, without a number; `at`: chapter and anchor of its cell."""


def visit_figure(self: Any, node: nodes.figure) -> None:
    """Write a chart: words, wide and narrow drawing, files; other figures as Sphinx has them."""
    name = node.get("chart") or next((i for i in node["ids"] if i.startswith("fig-")), "")
    folder = Path(self.config.livingbrief_figures)
    if not (folder / f"{name}.csv").is_file():
        HTML5Translator.visit_figure(self, node)
        return
    # The frame that opens it, and its caption, whose end docutils leaves to the figure's.
    frame = _written(self, lambda: HTML5Translator.visit_figure(self, node))
    parts = {type(child).__name__: child for child in node}
    caption = _written(self, lambda: parts["caption"].walkabout(self))
    title = next(iter(parts["caption"].findall(nodes.strong)), None)
    drawing = _written(self, lambda: node[0].walkabout(self)).strip()
    said = node.get("said", {})
    own = f"{node['language']}." if node.get("language") else ""
    kinds = {"csv": "CSV", f"{own}svg": "SVG", f"{own}png": "PNG"}
    number = _NUMBER.search(caption)
    page, own_page = self.builder.current_docname, f"figures/{name}"
    address = f"{self.config.html_baseurl}{own_page}.html"
    told = {
        "title": title.astext() if title else "",
        "number": number[1] if number else "",
        "citation": self.config.livingbrief_citation,
        "address": address,
    }
    self.body.append(
        templates.file(
            "figure.html",
            frame=frame,
            caption=caption,
            narrow=_narrow(self, folder / f"{name}.{own}narrow.svg"),
            # The theme darkens pictures in the dark, but for these.
            image=drawing.replace("<img ", '<img class="dark-light" ', 1),
            # A translated page has no words for the slider.
            scripts="".join(
                held(folder / f"{name}.{file}.json", script)
                for file, script in ((f"{own}points", "points"), ("as-of", "as-of"))
                if script == "points" or not said
            ),
            legend=[_inside(self, line) for line in parts.get("legend", ())],
            kinds=kinds,
            files=f"{'../' * (page.count('/') + 1)}figures/{name}",
            own_page="" if said else f"{'../' * page.count('/')}{own_page}.html",
            made=_made(self, node),
            say=lambda words: said.get(words, words),
            own=bool(said),
            **told,
        )
    )
    if number:
        drawn = self.builder.__dict__.setdefault("drawn", {})
        drawn[name] = {**told, "label": name, "page": page, "figure": self.body[-1]}
    raise nodes.SkipNode


def figure_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield a page for each figure of a chapter: the figure, its chapter, and how to embed it."""
    for name, told in sorted(getattr(app.builder, "drawn", {}).items()):
        # One folder above its chapter's.
        figure = re.sub(r"(?<=\")\.\./(?=\.\./)", "", told["figure"])
        # A number has its card in the chapter.
        figure = re.sub(r'<(a|span) class="n\b[^>]*>(.*?)</\1>', r"\2", figure, flags=re.S)
        address = told["address"] if ":" in told["address"] else ""
        chapter = app.env.titles[told["page"]].astext()
        about = {**told, "figure": figure, "address": address, "chapter": chapter}
        body = templates.file("figure_page.html", **about)
        yield f"figures/{name}", {"title": told["title"] or name, "body": body}, "page.html"


def _written(self: Any, write: Callable[[], object]) -> str:
    """Return what a writer writes, apart from its page."""
    page, self.body = self.body, []
    write()
    made, self.body = "".join(self.body), page
    return made


def _inside(self: Any, node: nodes.Element) -> str:
    return _written(self, lambda: [child.walkabout(self) for child in node])


def _narrow(self: Any, drawing: Path) -> tuple[str, ...]:
    """Take a drawing for phones along, and return its address, width and height."""
    size = _size(drawing)
    if not size:
        return ()
    images = Path(self.builder.outdir, self.builder.imagedir)
    images.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(drawing, images / drawing.name)
    return f"{self.builder.imgpath}/{drawing.name}", *size


def _made(self: Any, node: nodes.figure) -> str:
    """Return the address of the cell that made a figure; '' for none."""
    if "at" not in node:
        return ""
    chapter, cell = node["at"]
    page = self.builder.get_relative_uri(self.builder.current_docname, f"notebooks/{chapter}")
    return f"{page}#{cell}"


def held(path: Path, script: str) -> str:
    """Return what a script of a figure reads, the slider or one of the brief, for the page."""
    if not path.is_file():
        return ""
    return templates.block("json", json.loads(path.read_text("utf-8")), **{"class": script})


def slim(app: Sphinx, exception: Exception | None) -> None:
    """Leave out the files that no page loads."""
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for path in [path for pattern in _UNLOADED for path in static.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    sheet.write_text(_ICONS.sub("", sheet.read_text("utf-8")), encoding="utf-8")


def _bring(app: Sphinx, config: Any) -> None:
    config.templates_path.insert(0, str(_THEME / "templates"))
    config.html_static_path.append(str(_THEME / "static"))
    for option, value in _OPTIONS.items():
        config.html_theme_options.setdefault(option, value)
    config.html_context.setdefault("default_mode", "auto")
    app.add_css_file("web.css")
    for name in ("web", "cards", "asof", "points"):
        app.add_js_file(f"{name}.js")


def put_policies(app: Sphinx, exception: Exception | None) -> None:
    """Say in each page what it may load and run: nothing from elsewhere."""
    if exception is not None or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        page.write_text(with_policy(page.read_text("utf-8")), encoding="utf-8")


def with_policy(text: str) -> str:
    """Return a page with its content security policy, which lists its own scripts by their hash."""
    scripts = (hashlib.sha256(script.encode()).digest() for script in _SCRIPT.findall(text))
    known = sorted({f"'sha256-{base64.b64encode(script).decode()}'" for script in scripts})
    policy = _POLICY.format(" ".join(known))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return re.sub(r"<head[^>]*>", lambda head: f"{head[0]}\n{meta}", text, count=1)


def setup(app: Sphinx) -> None:
    """Connect what is above; the book's extension calls it."""
    citation = (visit_citation, HTML5Translator.depart_citation)
    app.add_node(nodes.citation, override=True, html=citation)
    app.add_config_value("livingbrief_figures", "", "")
    app.add_config_value("livingbrief_citation", "", "")
    app.add_config_value("livingbrief_repository", "", "html")
    for figure in (nodes.figure, Picture):
        app.add_node(figure, override=True, html=(visit_figure, HTML5Translator.depart_figure))
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
    app.connect("config-inited", _bring)
    app.connect("html-collect-pages", figure_pages)
    app.connect("build-finished", slim, priority=900)
    # The last to write pages.
    app.connect("build-finished", put_policies, priority=990)
