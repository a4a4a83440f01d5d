"""Each place where a value meets markup prints it as it stands; names are plain words."""

import json
import random
import re
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pandas as pd
import pytest
import yaml
from docutils import nodes
from docutils.core import publish_doctree
from myst_parser.parsers.docutils_ import Parser

from livingbrief.book import bibliography, ledger, pages
from livingbrief.book.marks import unmarked
from livingbrief.book.prose import Prose
from livingbrief.book.record import MovedNumber
from livingbrief.book.state import BookState
from livingbrief.chapter import Notebook
from livingbrief.charts import bars, titles
from livingbrief.charts.theme import save_figure
from livingbrief.claims.claims import Claim, Way, evaluate
from livingbrief.data.adding import add
from livingbrief.data.catalog import Catalog, read_descriptor
from livingbrief.data.check import check_package
from livingbrief.data.content import faults
from livingbrief.data.descriptor import Published, register, rehash
from livingbrief.data.differences import Changes, written
from livingbrief.errors import BuildError, DataError, InputError, PackageError
from livingbrief.escape import Markdown, markdown, unfit, unfit_address, unfit_name
from livingbrief.run.editions import load_edition
from livingbrief.values.values import Values
from remitrisk.brief import BRIEF
from tests import recorded
from tests.planted import FIT_FOR_NAMES, HARMFUL, UNFIT, seen
from tests.small_package import add_own, make_package, open_sdg, state, write, zipped

ROOT = Path(__file__).parents[1]
EXTENSIONS = yaml.safe_load((ROOT / "_config.yml").read_text())["parse"]["myst_enable_extensions"]
#: One of each kind: an element, an image, a template, a role, code, a table, a heading, a fence.
KINDS = tuple(HARMFUL[i] for i in (1, 6, 10, 12, 18, 19, 20, 21))
PLAIN = (nodes.document, nodes.paragraph, nodes.Text)


def parsed(source: str) -> nodes.document:
    return publish_doctree(
        source,
        parser=Parser(),
        settings_overrides={
            "myst_enable_extensions": EXTENSIONS,
            "myst_suppress_warnings": ["myst.header"],
            "report_level": 5,
        },
    )


def shown(tree: nodes.Node) -> str:
    return seen(unmarked(tree.astext()))


def inside(block: nodes.Element) -> list[nodes.Node]:
    return [node for node in block if node.astext()]


def only_text(tree: nodes.document) -> bool:
    return all(isinstance(node, PLAIN) for node in tree.findall())


@pytest.mark.parametrize("text", HARMFUL)
def test_a_text_prints_as_it_stands_wherever_it_stands(text):
    alone = parsed(markdown(text))
    assert only_text(alone) and shown(alone) == seen(text)
    within = parsed(f"Before {markdown(text)} after.")
    assert only_text(within) and shown(within) == seen(f"Before {text} after.")
    bold, *rest = inside(parsed(f"**Bold {markdown(text)}.** {{math}}`x`")[0])
    assert [type(n) for n in (bold, *rest)] == [nodes.strong, nodes.Text, nodes.math]
    assert shown(bold) == seen(f"Bold {text}.")
    (heading,) = parsed(f"# A heading {markdown(text)}\n\nText").findall(nodes.title)
    assert shown(heading) == seen(f"A heading {text}")
    assert all(isinstance(n, nodes.title | nodes.Text) for n in heading.findall())
    linked = parsed(f"[{markdown(text)}](<https://example.org>)")
    assert [n["refuri"] for n in linked.findall(nodes.reference)] == ["https://example.org"]


def test_any_text_of_signs_prints_as_it_stands():
    draw = random.Random(87)
    signs = "\\`*_{}[]<>#$&|~^@!:=+-%.()'\"/ \n1a."
    texts = ["".join(draw.choices(signs, k=draw.randint(1, 9))) for _ in range(3000)]
    texts = [text for text in texts if text.strip()]
    for before, after in (("", ""), ("x ", " y"), ("", " y")):
        tree = parsed("\n\n".join(f"{before}{markdown(text)}{after}" for text in texts))
        assert only_text(tree)
        assert [shown(p) for p in tree] == [seen(f"{before}{text}{after}") for text in texts]


def test_signs_that_nobody_sees_are_shown_as_lost():
    for sign in UNFIT:
        assert markdown(f"a{sign[0]}b") == "a\ufffdb"


@pytest.mark.parametrize("text", KINDS)
def test_a_value_in_prose_is_no_markup_and_no_template(text):
    results = {"tier.actual": recorded.number(value=text, text=text)}
    made = {"name": text, "made": lambda: Markdown("**bold** {ref}`x`")}
    filled = Prose(results, made).fill("It is {{ tier.actual }} and {{ name|capitalize }} here.")
    tree = parsed(filled)
    assert only_text(tree)
    assert shown(tree) == seen(f"It is {text} and {text.capitalize()} here.")
    again = Prose(results, made).fill(filled)
    assert again == filled
    assert Prose(results, made).fill("{{ made() }}") == "**bold** {ref}`x`"


@pytest.mark.parametrize("text", KINDS)
def test_what_is_lacking_is_text_in_its_chapter_and_on_the_page(text, monkeypatch):
    said = []
    monkeypatch.setattr("livingbrief.chapter.display", lambda data, raw: said.append(data))
    desk = SimpleNamespace(name="tiers", _lacks=[], _known=None)
    Notebook.lacks(desk, f"a thing {text}", f"Because {text}")
    strong, rest = inside(parsed(said[0]["text/markdown"])[0])
    assert isinstance(strong, nodes.strong) and isinstance(rest, nodes.Text)
    assert shown(strong) == seen(f"Not in this edition: a thing {text}.")
    assert shown(rest) == seen(f"Because {text}")
    page = pages.lacks(SimpleNamespace(book=SimpleNamespace(lacks=desk._lacks)))
    (item,) = parsed(page.replace("{doc}", "")).findall(nodes.list_item)
    assert shown(item) == seen(f"A thing {text}: Because {text}")


@pytest.mark.parametrize("text", KINDS)
def test_what_moved_is_text(text):
    moved = MovedNumber(key="a.b", label=f"Of {text}", was=f"1 {text}", now=f"2 {text}")
    book = SimpleNamespace(moved_since=[moved])
    results = recorded.results({"a.b": {"text": f"2 {text}", "value": 1}})
    page = pages.moved_numbers(SimpleNamespace(book=book, results=results, brief=BRIEF))
    cells = [shown(entry) for entry in parsed(page).findall(nodes.entry)]
    want = [f"Of {text}", f"1 {text}", f"2 {text}"]
    assert cells[3:] == [seen(cell) for cell in want]


@pytest.mark.parametrize("text", KINDS)
def test_the_ledger_takes_values_as_text(text):
    measure = {"key": "a.b", "compare": "<", "than": "c.d", "label": f"gross {text}"}
    claim = Claim(
        id="C01",
        claim=f"It certainly fell {text}",
        section=f"In {text}",
        kind="data",
        measures=[measure],
        shown=[{"label": f"also {text}", "key": "a.b"}],
    )
    values = {"a.b": {"text": f"1 {text}", "value": 1}, "c.d": {"text": f"3 {text}", "value": 3}}
    (item,) = evaluate([claim], recorded.results(values), "current")
    # The box around a table is of an extension that is not loaded here.
    state = BookState(None, {}, [item], [], recorded.book(), brief=BRIEF)
    page = ledger._claim(item, Prose({}, {}), state)
    tree = parsed(re.sub(r"^::::.*$", "", page, flags=re.MULTILINE))
    cells = [shown(entry) for entry in tree.findall(nodes.entry)]
    assert cells[-2] == seen(f"1 {text} against 3 {text}: met")
    assert cells[-4] == seen(f"gross {text}")
    assert seen(f"For context: also {text}: 1 {text}.") in [
        shown(p) for p in tree.findall(nodes.paragraph)
    ]
    assert not list(tree.findall(nodes.image)) and not list(tree.findall(nodes.reference))
    than = Way(key="c.d", was="", now=f"3 {text}")
    way = Way(key="a.b", label=f"gross {text}", was=f"1 {text}", now=f"2 {text}", than=than)
    flip = SimpleNamespace(moved=[way], why="")
    results = recorded.results({"a.b": {"text": f"2 {text}", "value": 2}, "c.d": {"text": "3"}})
    known = {**results, "c.d": recorded.number(text="3", value=3)}
    cause = ledger._because(SimpleNamespace(results=known, brief=BRIEF), flip)
    told = f"gross {text}: 1 {text} → 2 {text} against 3 {text}."
    assert shown(parsed(cause)) == seen(told)
    cause = ledger._because(SimpleNamespace(results=results, brief=BRIEF), flip)
    assert shown(parsed(cause)) == seen(f"gross {text}: 1 {text} → 2 {text}.")


@pytest.mark.parametrize("text", KINDS)
def test_changed_series_are_text(text):
    row = {"table": "t", "code": "t", "series": "s", "label": f"A {text}", "unit": f"in {text}"}
    row |= {"iso3": "KGZ", "year": 2022, "old": 1.0, "new": 2.0, "pct": 100.0, "change": "revised"}
    about = Published(publisher=text, dataset="d")
    rows = pd.DataFrame([row])
    found = Changes("2025-01-01", "2026-01-01", text, about, rows, rows)
    headings = [shown(title) for title in parsed(written(found)).findall(nodes.title)]
    assert headings == [seen(h) for h in (f"{text}, d", f"Headline series, {text}", "By series")]
    tables = parsed(written(found)).findall(nodes.table)
    for table, want in zip(tables, (f"A {text} (in {text})", f"A {text} (t)"), strict=True):
        body = table.next_node(nodes.tbody)
        assert shown(body.next_node(nodes.entry)) == seen(want)
        assert not list(table.findall(nodes.image)) + list(table.findall(nodes.raw))


def planted_package(target: Path, change) -> Path:
    """A small package whose descriptor is changed."""
    make_package(target, only="worldbank.wdi")
    path = target / "data" / "datapackage.json"
    descriptor = json.loads(path.read_text())
    change(descriptor)
    path.write_text(json.dumps(descriptor))
    return target


def test_figures_take_any_text_as_text(tmp_path):
    for text in HARMFUL:
        told = pd.Series({f"Label {text}": 1.0}, name="a")
        cited = [{"source": f"S {text}", "vintage": "2026-04-01"}]
        chart = bars(Values.of(told, sources=cited))
        fig = chart.draw(subtitle=text, note=text)
        svg = save_figure(fig, tmp_path, "fig-planted", pd.DataFrame({"a": [1]}))
        svg = titles.with_title(svg, f"A {text}")
        kinds = {element.tag.rsplit("}", 1)[-1] for element in ElementTree.fromstring(svg).iter()}
        assert not kinds & {"script", "a", "image", "foreignObject", "svg:script"}
        assert "planted.example" not in re.sub(r"<!--.*?-->", "", svg, flags=re.S)


# ---------------------------------------------------------------- what is refused


def test_names_are_plain_words():
    for name in ("Côte d'Ivoire", "Antigua & Barbuda", "GDP, current US$", "Кыргызстан (2022)"):
        assert unfit_name(name) == ""
    for text in ("<b>", "a>b", "{{ x }}", "[x](y)", "`x`", "\\x", "two\nlines", "a\tb"):
        assert unfit_name(text), text
    for sign, named in UNFIT.items():
        assert named in unfit(f"a {sign} b") and named in unfit_name(f"a {sign} b")


@pytest.mark.parametrize(
    "address",
    ["https://a.example/b:c", "http://a.example ; https://b.example", "mailto:a@b.example",
     "doi:10.1000/182", "10.1000/182", "no address printed", "LICENSE-DATA.md", ""],
)  # fmt: skip
def test_an_address_of_a_source_is_http_mail_or_a_doi(address):
    assert unfit_address(address) == ""


RUNS_CODE = (
    "javascript:planted(1)", "JavaScript:planted(1)", "java\nscript:planted(1)", "data:text/html,x",
    "https:javascript:planted(1)", "https://a.example javascript:planted(1)", "file:///etc/passwd",
)  # fmt: skip


@pytest.mark.parametrize("address", RUNS_CODE)
def test_other_addresses_are_refused_in_package_table_and_bibliography(address, tmp_path):
    right = "begins with https://, http://, mailto: or doi:"
    (tmp_path / "a").mkdir()

    def change(descriptor):
        descriptor["resources"][0]["sources"][0]["path"] = address

    with pytest.raises(PackageError, match=rf"datapackage.json: .*sources.1.path.*{right}"):
        Catalog(planted_package(tmp_path / "a", change))
    resource = Catalog(ROOT).default("events.record")
    frame = pd.DataFrame({c.name: ["x"] for c in resource.fields}).assign(url=address)
    told = [problem.message for problem in faults(frame, resource)]
    assert any(re.search(rf"line 2, column url: .*{right}", text) for text in told)
    bib = tmp_path / "references.bib"
    text = f"@misc{{k, author = {{A}}, title = {{T}}, url = {{{address}}}}}"
    bib.write_text(text, encoding="utf-8")
    with pytest.raises(BuildError, match=rf"references.bib: the url of entry 'k' .*{right}"):
        bibliography.load(bib)


UNFIT_TITLES = [t for t in HARMFUL if t not in FIT_FOR_NAMES] + [f"a{sign}b" for sign in UNFIT]


@pytest.fixture(scope="module")
def editions(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("editions")
    (root / "data").symlink_to(ROOT / "data")
    return root


def with_title(root: Path, text: str) -> Path:
    values = yaml.safe_load((ROOT / "editions.yml").read_text())
    values["brief-2023"]["title"] = text
    (root / "editions.yml").write_text(yaml.safe_dump(values))
    return root


@pytest.mark.parametrize("text", UNFIT_TITLES)
def test_an_edition_with_such_a_title_is_refused(editions, text):
    with pytest.raises(InputError) as caught:
        load_edition(with_title(editions, text), "brief-2023")
    assert str(caught.value).isprintable()
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("edition 'brief-2023': title=")


@pytest.mark.parametrize("key", ["country", "host", "first_year", "seed", "shocks", "known_then",
                                 "vintage.worldbank", "vintage.planted", "narrative",
                                 "title"])  # fmt: skip
def test_a_setting_with_markup_or_a_sign_that_nobody_sees_is_refused_or_plain(key):
    for text in (*HARMFUL, *(f"a{sign}b" for sign in UNFIT)):
        try:
            edition = load_edition(ROOT, "current", [f"{key}={text}"])
        except InputError as error:
            assert key.split(".")[0] in str(error)
            assert not {*UNFIT} & {*str(error)}
        else:
            assert key == "title" and not unfit_name(edition.title)


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("tables.worldbank.wdi.title", lambda d, t: d["tables"]["worldbank.wdi"].update(title=t)),
        (
            "indicators.worldbank.wdi.SI.POV.NAHC.label",
            lambda d, t: d["indicators"]["worldbank.wdi"]["SI.POV.NAHC"].update(label=t),
        ),
        (
            "resources.worldbank.wdi.2023-05-10.sources.1.publisher",
            lambda d, t: next(r for r in d["resources"] if r["name"] == "worldbank.wdi.2023-05-10")[
                "sources"
            ][0].update(publisher=t),
        ),
    ],
)
def test_markup_in_a_name_of_the_package_is_refused_by_place(tmp_path, place, change):
    for number, text in enumerate(("<script>x</script>", "a\u202eb", "a\x00b", "{{ x }}")):
        root = planted_package(tmp_path / str(number), lambda d, text=text: change(d, text))
        with pytest.raises(PackageError) as caught:
            Catalog(root)
        assert str(caught.value).startswith(f"datapackage.json: {place}, ")
        assert str(caught.value).isprintable() and caught.value.exit_code == 2
        (problem,) = check_package(root)
        assert place in str(problem)


def test_text_of_a_table_is_refused_by_line_and_column(tmp_path):
    def planted(text: str, column: str = "country", table: str = "statedept.tip_tiers") -> Path:
        root = tmp_path / str(len(list(tmp_path.iterdir())))
        descriptor = json.loads((ROOT / "data" / "datapackage.json").read_text())
        entry = next(r for r in descriptor["resources"] if r["table"] == table)
        descriptor |= {"resources": [entry], "archives": []}
        target = root / "data" / entry["path"]
        target.parent.mkdir(parents=True)
        frame = pd.read_csv(ROOT / "data" / entry["path"], dtype=str, keep_default_na=False)
        frame.loc[4, column] = text
        frame.to_csv(target, index=False, lineterminator="\n")
        (root / "data" / "datapackage.json").write_text(json.dumps(descriptor))
        rehash(root)
        return root

    for text in ("Kyrgyzstan<script>", "Kyrgyz\u202estan", "Kyrgyz\x1bstan"):
        root = planted(text)
        resource = Catalog(root).resources[0]
        with pytest.raises(PackageError, match=r"tip_tiers\.csv: line 6, column country: 'Kyrgyz"):
            Catalog(root).frame(resource)
        (found,) = [p for p in check_package(root) if p.rule == "text"]
        assert found.message.startswith("line 6, column country: 'Kyrgyz")
    for column, text in (("tier", "<b>"), ("iso3", "kgz"), ("source_id", "{{ x }}")):
        root = planted(text, column)
        with pytest.raises(PackageError, match=f"line 6, column {column}: .* documented values"):
            Catalog(root).frame(Catalog(root).resources[0])
    root = planted("a note <b> with\n# lines", "note", "press.facts")
    assert Catalog(root).frame(Catalog(root).resources[0])["note"].str.contains("<b>").any()


# ---------------------------------------------------------------- what does not come in


def refused_and_untouched(package: Path, bring_in, error=DataError) -> str:
    before = state(package)
    with pytest.raises(error) as caught:
        bring_in()
    assert state(package) == before
    return str(caught.value)


def test_a_file_with_signs_that_nobody_sees_does_not_come_in(tmp_path):
    package = make_package(tmp_path)
    months = ROOT / "data" / Catalog(ROOT).default("nbkr.months").path
    frame = pd.read_csv(months, dtype=str, keep_default_na=False)
    frame.loc[3, "note"] = "a\u202eb"
    content = frame.to_csv(index=False, lineterminator="\n").encode()
    message = refused_and_untouched(
        package, lambda: add_own(package, "nbkr.months", content, "2026-11-28")
    )
    assert "line 5, column note: 'a\\u202eb' holds a sign" in message
    files = open_sdg()
    name = next(name for name, content in sorted(files.items()) if b",Age" in content)
    files[name] = files[name].replace(b" years old", " years\u200f old".encode())
    path = write(tmp_path, "tables.zip", zipped(files))
    message = refused_and_untouched(package, lambda: add(package, "nsc", path, "2026-11-28"))
    assert "holds a sign that nobody sees (U+200F" in message


def test_a_note_with_such_signs_is_not_registered(tmp_path):
    package = make_package(tmp_path)
    descriptor = read_descriptor(package / "data")
    name = descriptor["resources"][0]["name"]
    descriptor["resources"][0]["dated_note"] = "a\x07b"
    message = refused_and_untouched(
        package, lambda: register(package / "data", {}, descriptor), PackageError
    )
    assert f"{name}.dated_note, 'a\\x07b', holds a sign that nobody sees" in message
