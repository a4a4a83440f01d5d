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

from livingbrief.book import asof

_THEME = Path(__file__).parent / "theme"

#: What themes and extensions put beside the pages and none loads.
_UNLOADED = (
    "**/*.map", "**/*webpack-macros.html", "locales", "vendor/fontawesome",
    "scripts/fontawesome.*", "sphinx-thebe.*", "images/logo_*",
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
    "asof.js": 'class="as-of"',
    ".explore.": 'class="explore"',
}
#: Rules of the theme's style sheet for two thousand icons, and for their fonts.
_ICONS = re.compile(
    r"@font-face\{[^}]*Awesome[^}]*\}|\.fa-[\w-]+(?::before)?(?:,\.fa-[\w-]+(?::before)?)*\{[^}]*\}"
)
_TITLE = re.compile(r'<g id="title-([\d.]+)">(?:\s*(?:<!--.*?-->|<g\b.*?</g>))*\s*</g>\s*', re.S)
_FRAME = re.compile(r"<svg [^>]*>")
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"')
_FIGURE = re.compile(
    r"(?P<open><figure[^>]*>)(?P<image>.*?)(?P<words><figcaption>.*</figcaption>\s*)(?P<close></figure>\s*)",
    re.S,
)
#: What stands under the words of a figure: verdicts and sources.
_LINE = re.compile(r'<div class="legend">\s*<p>(.*?)</p>\s*</div>\s*', re.S)
_BETWEEN = re.compile(r"</p>\s*<p>")
_TITLED = re.compile(r"<strong>(.*?)</strong>", re.S)
_NUMBER = re.compile(r'"caption-number">(.*?) ?</span>')
#: Widest screen, in pixels, on which a figure is the drawing for a phone.
PHONE = 640
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


def untitled(svg: str) -> str:
    """Return a drawing without its title, for a page that has it as text."""
    found = _TITLE.search(svg)
    if found is None:
        return svg

    def lower(frame: re.Match[str]) -> str:
        width, height = (float(n) for n in re.findall(r' (?:width|height)="([\d.]+)pt"', frame[0]))
        cut = float(found[1])
        text = re.sub(r'( height=")[^"]*', lambda m: f"{m[1]}{height - cut:g}pt", frame[0])
        box = f"0 {cut:g} {width:g} {height - cut:g}"
        return re.sub(r'( viewBox=")[^"]*', lambda m: m[1] + box, text)

    return _FRAME.sub(lower, svg[: found.start()] + svg[found.end() :], count=1)


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
    told = f'<img {_told(path)}loading="lazy" '
    self.body[-1] = self.body[-1].replace("<img ", told, 1)


def _told(path: Path) -> str:
    """Return the attributes that give a drawing its size."""
    size = _SIZE.search(path.read_text("utf-8")[:600]) if path.suffix == ".svg" else None
    return "".join(
        f'{name}="{float(points) * 4 / 3:.0f}" '
        for name, points in zip(("width", "height"), size.groups() if size else (), strict=False)
    )


class Picture(nodes.figure):
    """A figure that another page shows too; being none of those that Sphinx numbers, it has none.

    `chart`: its name; `at`: the chapter, and the anchor of the cell that made it.
    """


def visit_figure(self: Any, node: nodes.figure) -> None:
    """Open a figure, and remember where."""
    self.context.append(len(self.body))
    HTML5Translator.visit_figure(self, node)


def depart_figure(self: Any, node: nodes.figure) -> None:
    """Close a figure; of a chart the words come first, then wide and narrow drawing, then files."""
    HTML5Translator.depart_figure(self, node)
    start = self.context.pop()
    name = node.get("chart") or next((i for i in node["ids"] if i.startswith("fig-")), "")
    folder = Path(self.config.livingbrief_figures)
    parts = _FIGURE.fullmatch("".join(self.body[start:]))
    if parts is None or not (folder / f"{name}.csv").is_file():
        return
    narrow, source, ratio = folder / f"{name}.narrow.svg", "", ""
    if narrow.is_file():
        images = Path(self.builder.outdir, self.builder.imagedir)
        images.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(narrow, images / narrow.name)
        # The checker of HTML does not know a size here, so the style sheet keeps the place.
        if size := _SIZE.search(narrow.read_text("utf-8")[:600]):
            ratio = f' style="--narrow: {size[1]} / {size[2]}"'
        source = (
            f'<source media="(max-width: {PHONE}px)" srcset="{self.builder.imgpath}/{narrow.name}">'
        )
    # The theme darkens pictures in the dark, but for these.
    image = parts["image"].strip().replace("<img ", '<img class="dark-light" ', 1)
    words, line = _LINE.sub("", parts["words"]), _LINE.search(parts["words"])
    # Of several paragraphs each is a line of its own.
    told = _BETWEEN.sub("</span>\n<span>", f"<span>{line[1]}</span>\n") if line else ""
    # What can be tried stands once, in the chapter.
    tried = "" if isinstance(node, Picture) else asof.explored(folder / f"{name}.explore.json")
    self.body[start:] = [
        f"{parts['open']}{words}<picture{ratio}>{source}{image}</picture>\n"
        f"{asof.script(folder / f'{name}.printed.csv')}"
        f"{tried}"
        f'<div class="figure-files">\n{told}{_files(self, node, name, words)}</div>\n'
        f"{parts['close']}"
    ]


def _files(self: Any, node: nodes.figure, name: str, words: str) -> str:
    """Return the line under a figure: its files, how to cite it, and the cell that made it."""
    up = "../" * (self.builder.current_docname.count("/") + 1)
    kinds = {kind: kind.upper() for kind in ("csv", "svg", "png")}
    said = node.get("said", {})
    if Path(self.config.livingbrief_figures, f"{name}.printed.csv").is_file():
        kinds["printed.csv"] = said.get("CSV by day of printing", "CSV by day of printing")
    files = "".join(
        f'<a href="{up}figures/{name}.{kind}" download>{words}</a>\n'
        for kind, words in kinds.items()
    )
    made = _made(self, node)
    how = f'<a href="{made}">{said.get("how it was made", "how it was made")}</a>\n' if made else ""
    title, number = _TITLED.search(words), _NUMBER.search(words)
    cite = f"“{title[1]}” " if title else ""
    cite += f"{number[1]} in: " if number else ""
    cite += self.config.livingbrief_citation
    own = ' lang="en"' if said else ""
    word = said.get("cite", "cite")
    return f"{files}{how}<details><summary>{word}</summary><p{own}>{cite}</p></details>\n"


def _made(self: Any, node: nodes.figure) -> str:
    """Return the address of the cell that made a figure; '' for none."""
    if "at" in node:
        chapter, cell = node["at"]
        page = self.builder.get_relative_uri(self.builder.current_docname, f"notebooks/{chapter}")
        return f"{page}#{cell}"
    cell = node.parent
    while cell is not None and "cell_metadata" not in cell:
        cell = cell.parent
    # A cell with two figures stands as two: the first has the code, and the anchor.
    cells = cell.parent.children[: cell.parent.index(cell) + 1] if cell is not None else []
    made = [c["ids"][0] for c in cells if "cell_metadata" in c and c["ids"]]
    return f"#{made[-1]}" if made else ""


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
    for path in unloaded:
        if path.is_dir() and path != static:
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
    # A brief's own pictures stay; a folder that only held the theme's does not.
    for folder in (static / "images", static / "vendor"):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
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
    config.html_theme_options.setdefault(
        "article_header_start", ["toggle-primary-sidebar.html", "languages.html"]
    )
    app.add_css_file("web.css")
    app.add_js_file("web.js")
    app.add_js_file("cards.js")
    app.add_js_file("asof.js")


def setup(app: Sphinx) -> None:
    """Connect what is above; the book's extension calls it."""
    app.add_node(HideCodeCellNode, override=True, html=(visit_code, depart_code))
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    app.add_config_value("livingbrief_figures", "", "")
    app.add_config_value("livingbrief_citation", "", "")
    for figure in (nodes.figure, Picture):
        app.add_node(figure, override=True, html=(visit_figure, depart_figure))
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
    app.connect("config-inited", _bring)
    app.connect("build-finished", slim, priority=900)
