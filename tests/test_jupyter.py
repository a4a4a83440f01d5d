"""Executed notebooks are read in Jupyter: filled, in plain words, and as the chapter has them."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from markdown_it import MarkdownIt

from livingbrief import notebooks
from livingbrief.book.jupyter import CAPTION, readable
from livingbrief.notebooks import TEMPLATE_MIME
from livingbrief.paths import project_root
from remitrisk.series import BriefData
from tests import printed

build = pytest.mark.build

TEMPLATE = re.compile(r"\{\{|\{%")
MYST = re.compile(r"\{[a-z:]+\}`|^\s*(?::{3,}|`{3,}\{)|^\(\S+\)=$|\[\^", re.M)


def prose_of(path):
    cells = nbformat.read(path, as_version=4).cells
    said = [o["data"] for cell in cells for o in cell.get("outputs", ()) if "data" in o]
    filled = ["".join(data["text/markdown"]) for data in said if TEMPLATE_MIME in data]
    return [cell.source for cell in cells if cell.cell_type == "markdown"] + filled


def page_text(path):
    """Return the text of a page's article, quotation marks as they are typed."""
    raw = path.read_text(encoding="utf-8")
    article = raw[raw.find("<article") : raw.rfind("</article>")]
    return typed(html.unescape(re.sub(r"<[^>]+>", "", article)))


def typed(text):
    return printed.plain(text).translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})


def sentences(markdown):
    """Yield the text of each paragraph, heading, item and cell of Markdown."""
    reader = MarkdownIt("commonmark").enable("table")
    for token in reader.parse(markdown):
        if token.type == "inline":
            told = reader.renderer.renderInline(token.children, reader.options, {})
            yield typed(html.unescape(re.sub(r"<[^>]+>", "", told)))


def unreadable(folder):
    """Return the prose cells of a folder of notebooks in which Jupyter shows what is no text."""
    return [
        (path.name, cell[:60])
        for path in sorted(folder.glob("*.ipynb"))
        for cell in prose_of(path)
        if TEMPLATE.search(cell) or MYST.search(cell) or not cell.strip()
    ]


def otherwise(report):
    """Return the sentences of executed notebooks that their pages do not have."""
    found = []
    for path in sorted((report / "notebooks").glob("*.ipynb")):
        there = page_text(report / "html" / "notebooks" / f"{path.stem}.html")
        found += [s for cell in prose_of(path) for s in sentences(cell) if s not in there]
    return found


# ------------------------------------------------------------------ roles and directives


def words(role, content):
    return {"numref": "Fig. 3", "doc": "*Known cases*"}.get(role, content)


@pytest.mark.parametrize(
    ("myst", "shown"),
    [
        ("It rose ({numref}`fig-a`), see {doc}`/a/b`.", "It rose (Fig. 3), see *Known cases*."),
        ("From US$ 3 to US$\u00a04 million", "From US\\$ 3 to US\\$\u00a04 million"),
        ("As `x$` and ``{{y}}`$`` say", "As `x$` and ``{{y}}`$`` say"),
        ("A fee of \\$5", "A fee of \\$5"),
        ("(the-label)=\n% not shown\n## Title", "## Title"),
        ("See [*here*](#label), [there](https://e.org).", "See *here*, [there](https://e.org)."),
        ("One[^b].\n\n[^b]: First.", "One<sup>1</sup>.\n\n<sup>1</sup> First."),
        (
            ":::{note}\nRead {doc}`x`.\n\n- one\n:::",
            "> **Note**\n>\n> Read *Known cases*.\n>\n> - one",
        ),
        (
            "```{admonition} Of {doc}`x`\n:class: tip\nText.\n```",
            "> **Of *Known cases***\n>\n> Text.",
        ),
        ("```{warning} Mind\nthis.\n```\nAfter", "> **Warning**\n>\n> Mind\n> this.\nAfter"),
        ("::::{div} wide\n:::{tip}\nA\n:::\n::::", "> **Tip**\n>\n> A"),
        (":::{table} In US$\n:name: t\n\n| a |\n|---|\n:::", "*In US\\$*\n\n| a |\n|---|"),
        ("```{code-block} python\nf({1: 2})\n```", "```python\nf({1: 2})\n```"),
        ("```\n{doc}`x` $\n:::{note}\n```", "```\n{doc}`x` $\n:::{note}\n```"),
        ("```{raw} html\n<p hidden></p>\n```", ""),
        ("{sub}`2`", "2"),
    ],
)
def test_what_jupyter_does_not_know_is_put_in_its_words(myst, shown):
    assert readable(myst, words, []) == shown


def test_footnotes_are_numbered_through_the_notebook():
    notes = []
    assert readable("a[^x]", words, notes) == "a<sup>1</sup>"
    assert readable("b[^y], again[^x]", words, notes) == "b<sup>2</sup>, again<sup>1</sup>"


# ------------------------------------------------------------------ a report


@build
def test_no_prose_of_an_executed_notebook_is_a_template(tiny):
    assert len(list((tiny.report / "notebooks").glob("*.ipynb"))) == 2
    assert unreadable(tiny.report / "notebooks") == []
    (source,) = [p for p in (tiny.root / "notebooks").glob("*.ipynb") if p.stem == "conditions"]
    assert any(TEMPLATE.search(notebooks.prose(cell)) for cell in notebooks.cells(source))


@build
def test_an_executed_notebook_says_what_its_chapter_says(tiny):
    assert sum(len(prose_of(p)) for p in (tiny.report / "notebooks").glob("*.ipynb")) > 20
    assert otherwise(tiny.report) == []


@build
def test_figures_and_tables_of_an_executed_notebook_have_their_numbers(tiny):
    for path in (tiny.report / "notebooks").glob("*.ipynb"):
        there = page_text(tiny.report / "html" / "notebooks" / f"{path.stem}.html")
        outputs = [
            output
            for cell in nbformat.read(path, as_version=4).cells
            for output in cell.get("outputs", [])
        ]
        under = [o.data["text/plain"] for o in outputs if o.get("metadata") == CAPTION]
        tables = "".join(o.get("data", {}).get("text/html", "") for o in outputs)
        captions = under + [
            html.unescape(t) for t in re.findall("<caption>(.*?)</caption>", tables)
        ]
        assert under and len(captions) == len(re.findall("(?:Fig. |Table )\\d+ [A-Z−\\d]", there))
        for caption in captions:
            number, _, rest = typed(caption).partition(". ")
            number, rest = (number, rest) if number != "Fig" else rest.split(". ", 1)
            # On the page a figure's title stands between them.
            number = re.escape(number.removeprefix("Table "))
            assert re.search(rf"\b{number} (?:[^#]{{1,300}} )?{re.escape(rest)}", there)


@build
def test_the_page_offers_the_executed_notebook(tiny):
    site = tiny.report / "html" / "notebooks"
    raw = (site / "conditions.html").read_text()
    offered = re.findall(r'href="([^"]*\.ipynb)"', raw)
    assert len(offered) == 2
    filled = (tiny.report / "notebooks" / "conditions.ipynb").read_bytes()
    template = (tiny.root / "notebooks" / "conditions.ipynb").read_bytes()
    leads_to = [(site / address).resolve().read_bytes() for address in offered]
    assert [leads_to.count(x) for x in (filled, template)] == [1, 1]


@pytest.mark.slow
@build
def test_a_fact_that_a_notebook_prints_renews_the_executed_notebook(copy):
    path = copy.root / "notebooks" / "conditions.ipynb"
    book = json.loads(path.read_text())
    cell = next(c for c in book["cells"] if c["cell_type"] == "markdown")
    cell["source"] = ["# Risk\n\nAnnounced on {{ facts.western_union_announced }}."]
    path.write_text(json.dumps(book))
    executed = copy.report / "notebooks" / "conditions.ipynb"
    done = copy.run("build", "--no-pdf")
    assert done.code == 0, done.err
    assert "Announced on 10 March 2022." in prose_of(executed)[0]
    facts = copy.root / "book" / "facts.yml"
    facts.write_text(facts.read_text().replace("10 March 2022", "11 March 2022"))
    done = copy.run("build", "--no-pdf")
    assert done.code == 0, done.err
    assert "Announced on 11 March 2022." in prose_of(executed)[0]
    ran = next(line for line in done.out.splitlines() if line.startswith("ran: "))
    assert "conditions" not in ran


@build
def test_the_book_is_the_same_when_it_is_built_from_a_report(copy):
    """`jupyter-book build .` reads the executed notebooks of the report, whose prose is filled."""
    shutil.rmtree(copy.root / ".build")
    done = subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), "build", ".", "--path-output", "out"],
        cwd=copy.root,
        env={**os.environ, "LIVINGBRIEF_ROOT": str(copy.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made = copy.root / "out" / "_build" / "html" / "notebooks"
    for path in (copy.report / "html" / "notebooks").iterdir():
        assert dated((made / path.name).read_bytes()) == dated(path.read_bytes()), path.name


def dated(raw):
    return re.sub(rb"Last updated on [^.]*\.|content=\"\w+ \d+, \d{4}\"", b"", raw)


ONLY_THE_BOOK_READS = re.compile(rf"{TEMPLATE.pattern}|{MYST.pattern}|^\s*(?:- )?(?:= |\?)", re.M)


def test_a_markdown_cell_of_a_chapter_holds_nothing_that_only_the_book_reads():
    for path in sorted((project_root() / "notebooks").glob("*.ipynb")):
        for cell in notebooks.cells(path):
            if cell["cell_type"] == "markdown":
                assert not ONLY_THE_BOOK_READS.search(cell["source"]), (path.name, cell["id"])


@pytest.mark.slow
def test_a_chapter_that_is_run_by_hand_reads_with_the_numbers_of_its_year(tmp_path):
    source = project_root() / "notebooks" / "remittances.ipynb"
    target = tmp_path / "run.ipynb"
    papermill.execute_notebook(source, target, {"last_year": 2021}, cwd=project_root())
    said = "\n".join(text for text in prose_of(target) if not text.startswith("#"))
    assert not ONLY_THE_BOOK_READS.search(said)
    share = BriefData(project_root(), last_year=2021).share_of_gdp().values[2021]
    of = "of the gross domestic product (GDP) of Kyrgyzstan"
    assert f"{share:.1f}\u00a0% {of}" in said and "2022" not in said
