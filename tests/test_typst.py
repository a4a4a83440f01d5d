"""The PDF: every node type in use, numbers as in the HTML, errors by name, the same bytes twice."""

import html
import io
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
import typst
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pypdf import PdfReader
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace

from livingbrief.pdf.markup import escape

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60" viewBox="0 0 200 60">'
    '<rect width="200" height="60" fill="#1f4e79"/></svg>'
)
BIB = """
@book{mukomel, author={Мукомель, Владимир}, title={{Миграция и Кризис}}, year={2020},
  publisher={Наука}}
"""
CONF: dict[str, Any] = {
    "extensions": ["livingbrief.pdf.typst"],
    "project": "A small report",
    "author": "The authors",
    "numfig": True,
    "nitpicky": True,
    "html_theme": "basic",
    "language": "en",
}
RICH = CONF | {
    "extensions": ["myst_nb", "sphinxcontrib.bibtex", "livingbrief.pdf.typst"],
    "nb_execution_mode": "off",
    "nb_render_markdown_format": "myst",
    "nb_mime_priority_overrides": [("html", "text/markdown", 1)],
    "myst_enable_extensions": ["deflist", "colon_fence", "attrs_inline"],
    "bibtex_bibfiles": ["references.bib"],
    "typst_title": "A small report",
    "typst_subtitle": "With a subtitle",
    "typst_edition": "Edition current",
    "typst_vintage": "Data of 1 April 2026",
    "typst_credit": "After a brief",
    "typst_version": "Version 0.1",
    "typst_date": "1 May 2026",
}

INDEX = """
# Summary

See {numref}`fig-line`, {numref}`tbl-small`, {ref}`the method <sec-method>`, {doc}`chapter`,
and {cite:t}`mukomel`.

```{toctree}
:caption: The evidence
:numbered:

chapter
method
```

```{toctree}
:caption: At the end

references
```
"""
METHOD = """
(sec-method)=
# Method

Text with *emphasis*, **strong**, `code_here`, and a [link](https://example.org/a_b#c).

## Blocks

1. one
   - inner item

     with a second paragraph
2. two

Term
: Definition.

:::{admonition} May not be read as
:class: warning
A forecast.
:::

```python
print("# not markup")
```

<span>raw</span> kept

% a comment

:::{only} html
Only on the screen.
:::
"""


def figure_cell(name: str) -> Any:
    cell = new_code_cell("nb.figure(fig)")
    cell.metadata = {
        "mystnb": {
            "figure": {"caption": f"Caption of {name}.", "name": name},
            "image": {"alt": f"Alternative text of {name}", "width": "100%"},
        }
    }
    cell.outputs = [new_output("display_data", data={"image/svg+xml": SVG, "text/plain": "<Fig>"})]
    return cell


def table_cell(name: str, rows: int) -> Any:
    body = "\n".join(f"| row {i} of {name} | {i * 1.5:.1f} |" for i in range(rows))
    grid = f"| What | Value |\n|---|---:|\n{body}"
    text = f"```{{table}} Caption of {name}\n:name: {name}\n\n{grid}\n```"
    cell = new_code_cell("nb.table(df)")
    cell.outputs = [
        new_output("display_data", data={"text/markdown": text, "text/html": "<b>html only</b>"})
    ]
    return cell


def chapter() -> str:
    hidden = new_code_cell("secret_code = 1", metadata={"tags": ["hide-input"]})
    hidden.outputs = [new_output("stream", name="stdout", text="printed_output")]
    removed = new_code_cell("removed_code = 1", metadata={"tags": ["remove-cell"]})
    cells = [
        new_markdown_cell("# Chapter & more: 50% *of* all\n\nAs {numref}`fig-line` shows."),
        hidden,
        removed,
        figure_cell("fig-line"),
        new_markdown_cell("## Second level\n\n### Third level\n\nКыргызстан, үй."),
        figure_cell("fig-second"),
        table_cell("tbl-small", 3),
        table_cell("tbl-long", 90),
    ]
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.writes(new_notebook(cells=cells, metadata={"kernelspec": kernel}))


Build = Callable[..., Path]


def build(root: Path, conf: dict[str, Any], builder: str = "typst") -> Path:
    """Build strictly, as the report is built, and return the output folder."""
    out = root.parent / f"out-{builder}"
    with docutils_namespace():
        app = Sphinx(
            root,
            None,
            out,
            root.parent / "doctrees",
            builder,
            confoverrides=conf,
            status=None,
            warning=io.StringIO(),
            warningiserror=True,
            keep_going=True,
            freshenv=True,
        )
        app.build(force_all=True)
    assert app.statuscode == 0, app._warning.getvalue()  # type: ignore[attr-defined]
    return out


def one_page(folder: Path, text: str, **conf: Any) -> Path:
    root = folder / "source"
    root.mkdir(parents=True, exist_ok=True)
    (root / "index.rst").write_text(text, encoding="utf-8")
    return build(root, CONF | conf)


def squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("book") / "source"
    root.mkdir()
    pages = {
        "index.md": INDEX,
        "chapter.ipynb": chapter(),
        "method.md": METHOD,
        "references.md": "# References\n\n```{bibliography}\n```\n",
        "references.bib": BIB,
    }
    for name, text in pages.items():
        (root / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        build(root, RICH)
    return root.parent


@pytest.fixture(scope="module")
def pdf(book: Path) -> PdfReader:
    return PdfReader(book / "out-typst" / "report.pdf")


@pytest.fixture(scope="module")
def pages(pdf: PdfReader) -> list[str]:
    return [squeeze(page.extract_text()) for page in pdf.pages]


def test_every_kind_of_text_is_printed(pages: list[str]) -> None:
    text = " ".join(pages)
    for words in [
        "Chapter & more: 50% of all",
        "printed_output",
        "code_here",
        "inner item",
        "with a second paragraph",
        "Term Definition.",
        "May not be read as A forecast.",
        'print("# not markup")',
        "raw kept",
        "Кыргызстан, үй.",
        "Владимир Мукомель. Миграция и Кризис.",
    ]:
        assert words in text, words


def test_code_comments_and_screen_only_text_are_not_printed(pages: list[str]) -> None:
    text = " ".join(pages)
    for words in ["secret_code", "removed_code", "html only", "Only on the screen", "a comment"]:
        assert words not in text, words


def test_a_long_table_repeats_its_header_on_the_next_page(pages: list[str]) -> None:
    holding = [page for page in pages if "of tbl-long" in page]
    assert len(holding) > 1
    assert all("What Value" in page for page in holding)


def test_numbers_are_those_of_the_html(book: Path, pages: list[str]) -> None:
    folder = build(book / "source", RICH, "html")
    text = " ".join(pages)
    numbered = 0
    for page in ("index", "chapter", "method"):
        body = (folder / f"{page}.html").read_text(encoding="utf-8")
        body = body.split('role="main"')[1].split('class="clearer"')[0]
        body = re.sub(r'<a class="headerlink".*?</a>', "", body)
        titles = re.findall(r"<h\d>(.*?)</h\d>", body)
        captions = re.findall(
            r'<span class="caption-number">.*?</span><span class="caption-text">.*?</span>', body
        )
        for item in titles + captions:
            plain = squeeze(html.unescape(re.sub(r"<.*?>", "", item)))
            plain = re.sub(r"^[\d.]+ ", "", plain)
            numbered += "Fig." in plain or "Table" in plain
            assert plain in text, plain
        marks = re.findall(r'<span class="(?:std std-numref|eqno)">(.*?)</span>', body)
        for number in marks:
            assert re.sub(r"<.*?>", "", number) in text
    assert numbered >= 4
    assert "Fig. 1.2 Caption of fig-second." in text


def test_links_lead_to_chapters_figures_entries_and_addresses(pdf: PdfReader, book: Path) -> None:
    notes = [a.get_object() for page in pdf.pages for a in page.get("/Annots", [])]
    addresses = {str(a["/A"]["/URI"]) for a in notes if "/URI" in a.get("/A", {})}
    assert addresses == {"https://example.org/a_b#c"}
    source = (book / "out-typst" / "report.typ").read_text(encoding="utf-8")
    linked = set(re.findall(r'#link\(label\("(.*?)"\)\)', source))
    assert {"chapter#fig-line", "chapter#tbl-small", "method#method"} <= linked
    assert any(name.startswith("references#") for name in linked)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".. option:: --flag\n\n   Text.", r"index.rst.*node type 'index'"),
        ("Text [#a]_.\n\n.. [#a] A note.", r"index.rst.*node type 'footnote_reference'"),
        (".. raw:: latex\n\n   \\x", r"index.rst.*raw text in the format 'latex'"),
        (".. image:: line.svg", r"index.rst.*'line.svg' has no alternative text"),
        (".. image:: https://example.org/a.png\n   :alt: a", r"index.rst.*not a file of the book"),
        ("`Here <%index#nowhere>`__", r"index.rst.*nothing in the PDF has the label 'index#now"),
        ("Text 漢.", r"(?s)index.rst.*could not be displayed"),
    ],
)
def test_what_cannot_be_printed_stops_the_build(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "line.svg").write_text(SVG, encoding="utf-8")
    with pytest.raises(SphinxError, match=message):
        one_page(tmp_path, f"Title\n=====\n\n{text}\n", suppress_warnings=["image"])


def plain_text(content: dict[str, Any]) -> str:
    if content["func"] == "space":
        return " "
    if content["func"] in ("text", "symbol"):
        return str(content["text"])
    if content["func"] == "styled":
        return plain_text(content["child"])
    assert content["func"] == "sequence", content["func"]
    return "".join(plain_text(child) for child in content["children"])


NASTY = [
    "1. not a list 12. 1.",
    "#let x = 1; #[y] @ref <label> $math$",
    "*a* _b_ `c` ~ \\ \\u{41} // no comment /* none */",
    "= no heading - no list + none / no: term",
    "http://example.org -- --- ... .. -? ' \" ;",
    ".field (call) [block] {code} :colon",
    "5.5% of US$ 3,050; [1] * 2",
]


def test_text_is_printed_as_it_stands() -> None:
    rng = random.Random(87)
    signs = "#$*_`<>@~\\[](){}/=-+.:;,'\"!?%&^|1a бү"
    texts = NASTY + ["x" + "".join(rng.choices(signs, k=12)) + "x" for _ in range(300)]
    # After a call, the first characters must not be taken as its continuation.
    lines = [f"#metadata([#emph[a];{escape(text)}b]) <t>" for text in texts]
    lines += [f"#metadata([{escape(text)}]) <t>" for text in texts]
    found = json.loads(typst.query("\n".join(lines).encode(), "<t>", field="value"))
    assert len(found) == 2 * len(texts)
    for text, content in zip(texts, found[len(texts) :], strict=True):
        assert plain_text(content) == squeeze(text)
    for text, content in zip(texts, found, strict=False):
        assert "".join(map(plain_text, content["children"][1:])) == squeeze(text) + "b"


def test_the_file_is_tagged_and_says_title_author_language_and_date(pdf: PdfReader) -> None:
    catalog: Any = pdf.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"].startswith("en")
    assert b"pdfuaid:part" in catalog["/Metadata"].get_data()
    assert pdf.metadata is not None
    assert pdf.metadata.title == "A small report"
    assert pdf.metadata.author == "The authors"
    assert "20231114" in pdf.metadata["/CreationDate"]
