"""What makes the HTML light and valid: fewer files, sound elements, one switch for all code."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

_THEME = Path(__file__).parent / "theme"

#: What themes and extensions put beside the pages and none loads.
_UNLOADED = (
    "**/*.map", "**/*webpack-macros.html", "locales", "vendor", "scripts/fontawesome.*",
    "sphinx-thebe.*", "images",
)  # fmt: skip

#: Parts of the names of scripts and style sheets, and what the pages that need them hold.
_NEEDED = {
    "thebe": "thebe-launch",
    "sphinx-design": 'class="sd-',
    "design-tabs": 'class="sd-',
    "mystnb": 'class="cell ',
    "copybutton": "<pre",
    "clipboard": "<pre",
    "cards.js": 'id="cards"',
}
#: Rules of the theme's style sheet for two thousand icons.
_ICONS = re.compile(r"\.fa-[\w-]+(?::before)?(?:,\.fa-[\w-]+(?::before)?)*\{[^}]*\}")
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"')
#: In place of jupyter-book's first page, which is no document.
_DOOR = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={page}.html">
</head>
<body><p><a href="{page}.html">{title}</a></p></body>
</html>
"""


def visit_code(self: Any, node: nodes.Element) -> None:
    """Open the fold over a cell's code; its summary holds phrases, not paragraphs."""
    shown, hidden = (
        f'<span class="{state} admonition-title">{html.escape(node[prompt])}</span>'
        for state, prompt in (("collapsed", "prompt_show"), ("expanded", "prompt_hide"))
    )
    classes = " ".join(node["classes"])
    self.body.append(
        f'<details class="admonition hide {classes}">\n<summary>{shown}{hidden}</summary>\n'
    )


def depart_code(self: Any, _node: nodes.Element) -> None:
    """Close the fold."""
    self.body.append("</details>\n")


def visit_citation(self: Any, node: nodes.Element) -> None:
    """Open a work of the bibliography as an item of a list; its old role is deprecated."""
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<div role="list" class="citation-list">\n')
    self.body.append(self.starttag(node, "div", classes=["citation"], role="listitem"))


def depart_citation(self: Any, node: nodes.Element) -> None:
    """Close the item, and the list after its last."""
    self.body.append("</div>\n")
    if not isinstance(node.next_node(descend=False, siblings=True), nodes.citation):
        self.body.append("</div>\n")


def visit_image(self: Any, node: nodes.Element) -> None:
    """Write a picture that loads when it is scrolled to and keeps its place until then."""
    path = Path(self.builder.srcdir, node["uri"])
    HTML5Translator.visit_image(self, node)
    size = _SIZE.search(path.read_text("utf-8")[:600]) if path.suffix == ".svg" else None
    told = "".join(
        f'{name}="{float(points) * 4 / 3:.0f}" '
        for name, points in zip(("width", "height"), size.groups() if size else (), strict=False)
    )
    self.body[-1] = self.body[-1].replace("<img ", f'<img {told}loading="lazy" ', 1)


def drop_unused(context: dict[str, Any]) -> None:
    """Leave out the scripts and style sheets of extensions that a page does not use."""
    body = context.get("body", "")
    away = [part for part, mark in _NEEDED.items() if mark not in body]
    # In place: the theme adds to the same lists later on.
    for files in (context[n] for n in ("script_files", "css_files") if n in context):
        files[:] = [
            file
            for file in files
            if not any(
                part in f"{file.filename}{file.attributes.get('body', '')}".lower() for part in away
            )
        ]


def slim(app: Sphinx, exception: Exception | None) -> None:
    """Leave out the files that no page loads and write a sound first page."""
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    unloaded = [path for pattern in _UNLOADED for path in static.glob(pattern)]
    script = str(app.config.mathjax_path)
    if not any(script in page.read_text("utf-8") for page in out.rglob("*.html")):
        unloaded.append((static / script).parent)
    for path in unloaded:
        if path.is_dir() and path != static:
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    sheet.write_text(_ICONS.sub("", sheet.read_text("utf-8")), encoding="utf-8")
    if app.config.root_doc != "index":
        title = html.escape(app.config.html_title)
        language = app.config.language or "en"
        door = _DOOR.format(language=language, title=title, page=app.config.root_doc)
        (out / "index.html").write_text(door, encoding="utf-8")


def _bring(app: Sphinx, config: Any) -> None:
    config.templates_path.insert(0, str(_THEME / "templates"))
    config.html_static_path.append(str(_THEME / "static"))
    app.add_css_file("web.css")
    app.add_js_file("web.js")
    app.add_js_file("cards.js")


def setup(app: Sphinx) -> None:
    """Connect what is above; the book's extension calls it."""
    app.add_node(HideCodeCellNode, override=True, html=(visit_code, depart_code))
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
    app.connect("config-inited", _bring)
    app.connect("build-finished", slim, priority=900)
