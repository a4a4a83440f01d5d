"""Every number that prose prints carries its key, and says the same in HTML, PDF and results."""

import re
import shutil
from dataclasses import replace

import jinja2
import pytest
from jinja2 import nodes

from livingbrief.book import pages
from livingbrief.book.marks import MARK, Printed, marked
from livingbrief.book.prose import NO_COMMENT, Prose
from livingbrief.book.sentences import Page
from livingbrief.book.state import BookState
from livingbrief.claims import statements
from livingbrief.paths import project_root
from remitrisk.brief import BRIEF
from tests import printed, recorded
from tests.conftest import PAGE, Project
from tests.test_prose_numbers import PAGES

build = pytest.mark.build


def typst_source(project, edition="current"):
    return project.root / ".build" / edition / "sphinx-typst" / "typst" / "report.typ"


def disagreements(project):
    facts = project.root / "book" / "facts.yml"
    return printed.disagreements(project.report, typst_source(project), facts)


# ------------------------------------------------------------------ what a template prints


#: What a page prints besides numbers: functions that write Markdown, and names of the edition.
WRITES = {
    *("brief_sources", "changes", "data_sources", "datasets", "errata"),
    *(
        "lacks",
        "ledger",
        "claim_list",
        "claims_history",
        "long_date",
        "moved_numbers",
    ),
    *("could_turn", "by_both_rules", "citation", "verdict_bars", "next_figures"),
    *("first_steps", "to_sign", "action", "watched", "data_summary", "wrong_or_changed"),
    *("own_findings", "turned", "all_references"),
    *("tracker", "recommendations", "actions", "picture"),
}
NAMES = {
    "year",  # of statements: made the year of a key before it is printed
    "country",
    "country_name",
    "Country_name",
    "host_currency",
    "host_money",
    "host_name",
    "host_words",
    "own_money",
    "credit",
    "edition_title",
    "figures",  # of which date they are
    "as_of",
    "first_year",
    "host",
    "last_year",
}
PIECES = {"interval", "known", "status", "text", "unit", "value"}


def keyless(template: str) -> list[str]:
    """Return the expressions of a template that print a number without its key.

    Such is a piece of a number (its bare value), a sum, a filter, texts put together. A name that
    the template sets itself stands for what it was set to.
    """
    tree = jinja2.Environment(comment_start_string=NO_COMMENT).parse(template)
    numbers, words = set(), set()
    for assign in tree.find_all(nodes.Assign):
        is_number = isinstance(assign.node, nodes.Getattr | nodes.Getitem)
        (numbers if is_number else words).add(assign.target.name)
    return [
        f"line {e.lineno}: {type(e).__name__}"
        for output in tree.find_all(nodes.Output)
        for e in output.nodes
        if not isinstance(e, nodes.TemplateData) and not whole(e, numbers, words)
    ]


def whole(e: nodes.Node, numbers: set[str], words: set[str]) -> bool:
    """Whether an expression prints a number as it is, or no number."""
    match e:
        case nodes.Call(node=nodes.Name(name=name)):
            return name in WRITES
        case nodes.Call(node=nodes.Getattr(attr="since" | "moving")):
            return True  # each number of the row is printed with its key
        case nodes.Or(left=number, right=nodes.Const()):
            return whole(number, numbers, words)  # a dash where it is unknown
        case nodes.Filter(name="capitalize", node=nodes.Getattr(node=nodes.Name(name="facts"))):
            return True
        case nodes.Filter(name="s" | "are"):
            return True  # a word
        case nodes.Name(name=name):
            return name in NAMES | numbers | words
        case nodes.Getattr(attr=attr):
            return attr not in PIECES and root_of(e) not in words
        case nodes.Getitem(arg=nodes.Slice(), node=nodes.Name(name=name)):
            return name in words
        case nodes.Getitem(node=nodes.Getattr(node=nodes.Getattr(attr="line"), attr="status")):
            return True  # poverty.line.status.2021 is a key
        case nodes.Getitem(node=nodes.Getattr(attr=attr)):
            return attr not in PIECES
    return False


def root_of(e: nodes.Node) -> str:
    while isinstance(e, nodes.Getattr | nodes.Getitem):
        e = e.node
    return e.name if isinstance(e, nodes.Name) else ""


RECORDS = {
    path.name: path.read_text(encoding="utf-8")
    for path in (project_root() / "book").glob("*.yml")
    if path.name != "facts.yml"
}


@pytest.mark.parametrize("name", [*PAGES, *RECORDS])
def test_no_expression_prints_a_number_without_its_key(name):
    assert keyless({**PAGES, **RECORDS}[name]) == []


@pytest.mark.parametrize(
    "template",
    [
        "{{ a.b.2022.value }}",
        "{{ a.b.2022.interval[0] }}",
        "{{ 100 - a.b.2022.value }}",
        "{{ a.b.2022 ~ ' in 2022' }}",
        "{% set x = a.b.2022.size ~ '!' %}{{ x.y }}",
        "{{ round(a.b.2022) }}",
    ],
)
def test_an_expression_that_loses_the_key_is_found(template):
    assert keyless(template)


def entry(text, **more):
    value = {"value": 7.1, "unit": "percent", "text": text, "n": 12, "interval": [2.0, 9.0]}
    return recorded.number(**{**value, "level": 0.95, **more})


@pytest.mark.parametrize(
    ("template", "key", "text"),
    [
        ("{{ a.b.2022 }}", "a.b.2022", "7.1%"),
        ("{{ a.b.2022.moved }}", "a.b.2022 moved", "rose by 7.1%"),
        ("{{ a.b.2022.moving('+{}', '-{}', '0') }}", "a.b.2022 moved", "+7.1%"),
        ("{{ a.b.2022.range }}", "a.b.2022 range", "2.0 to 9.0%"),
        ("{{ a.b.2022.n }}", "a.b.2022 n", "12"),
        ("{{ a.b.2022.level }}", "a.b.2022 level", "95%"),
        ("{% set x = a.b[2022] %}{{ x.size }}", "a.b.2022 size", "7.1%"),
        ("{{ fact|capitalize }}", "facts.it capitalize", "Since then"),
    ],
)
def test_a_printed_number_stands_between_marks_with_its_key(template, key, text):
    context = {"fact": Printed("since then", "facts.it")}
    results = {"a.b.2022": entry("7.1%")}
    prose = Prose(results, context, keyed=True)
    assert Page(prose).fill(f"So {template}.") == f"So {marked(text, *key.split())}."
    assert Page(Prose(results, context)).fill(f"So {template}.") == f"So {text}."


def test_a_count_of_none_is_none_in_a_condition():
    prose = Prose({}, {"verdicts": {"x": Printed("0", "verdicts.x"), "y": Printed("10", "")}})
    assert prose.fill("{% if verdicts.x %}x{% endif %}{% if verdicts.y %}y{% endif %}") == "y"


@build
def test_what_pages_take_from_results_is_printed_with_its_key(tiny):
    """Numbers are dyed: whatever comes from the results is made of sevens."""
    state = replace(BookState.of(tiny.root), brief=BRIEF)
    dyes = {"value": 7777777, "interval": [7777777, 7777777], "n": 7777777, "level": 77777.77}
    for key, number in state.results.items():
        dyed = {name: dye for name, dye in dyes.items() if getattr(number, name) is not None}
        state.results[key] = number.model_copy(update={"text": "7777777%", **dyed})
    words = pages.context(tiny.root, state)
    prose = Prose(state.results, words, keyed=True, findings=state.findings)
    lists = pages.lists(state.book.edition)
    texts = [PAGE, *(path.read_text("utf-8") for path in statements.pages(tiny.root))]
    text = "\n".join(Page(prose, lists).fill(text) for text in texts)
    assert len(MARK.findall(text)) > 60
    assert "777" not in MARK.sub("", text)


# ------------------------------------------------------------------ what a report prints


@build
def test_html_pdf_and_results_agree_on_every_number(tiny):
    assert disagreements(tiny) == []
    numbers = [n for found in printed.on_web(tiny.report).values() for n in found]
    assert len(numbers) > 60
    assert {"", "moved", "range", "level", "signed", "bare"} <= {n.form for n in numbers}


@build
def test_keys_leave_nothing_where_only_text_can_stand(tiny):
    raw = (tiny.report / "html" / "book" / "index.html").read_text()
    texts = {
        key: tiny.json("results.json")[f"poverty.urban_pct.{key}"]["text"] for key in (2020, 2021)
    }
    assert f'<b title="{texts[2021]}">code</b>' in raw
    bare = texts[2020].removesuffix("%")
    assert re.search(rf"<code [^>]*>(<span [^>]*>)?{re.escape(bare)}", raw)
    html_files = (tiny.report / "html").rglob("*.html")
    made = [*html_files, tiny.report / "html" / "searchindex.js", typst_source(tiny)]
    for path in made:
        assert not re.search("[\ue000-\ue002\ue100-\ue17f]", path.read_text()), path


# ------------------------------------------------------------------ faults


@pytest.fixture
def report(tiny, tmp_path):
    """A report of one's own, and what it was made from, without the rest of the project."""
    for name in ("dist", "book"):
        shutil.copytree(tiny.root / name, tmp_path / name)
    source = typst_source(tiny).parent
    shutil.copytree(source, tmp_path / source.relative_to(tiny.root))
    return Project(tmp_path)


KEY = "remittances.gross.pct_gdp.2021"


def test_a_number_changed_in_one_page_is_found(report):
    page = report.report / "html" / "book" / "index.html"
    page.write_text(re.sub(rf'(data-key="{KEY}">)\d', r"\g<1>9", page.read_text(), count=1))
    found = disagreements(report)
    assert found[0].startswith(f"book/index: {KEY}  is printed as '9")
    assert [line[:4] for line in found[1:]] == ["HTML", "PDF:"]


def test_a_number_that_lost_its_key_in_one_page_is_found(report):
    page = report.report / "html" / "book" / "chapters" / "conditions.html"
    page.write_text(page.read_text().replace('<a class="n" data-', "<span data-", 1))
    (found,) = disagreements(report)
    assert found.startswith("PDF: ")
