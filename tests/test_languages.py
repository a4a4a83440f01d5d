"""Pages in other languages: their numbers, their words, and what marks one of an earlier text."""

import html
import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from babel.numbers import format_decimal
from bs4 import BeautifulSoup
from pypdf import PdfReader

from livingbrief.book import languages, templates
from livingbrief.book.language import Language
from livingbrief.book.prose import Prose, tree
from livingbrief.book.titles import Titles
from livingbrief.claims import statements
from livingbrief.claims.findings import OUTCOMES, judge, load
from livingbrief.records import load_recommendations
from livingbrief.values.exhibits import Exhibit, Spoken
from remitrisk.brief import BRIEF
from tests import recorded
from tests.papers import faults
from tests.test_prose_numbers import typed_numbers
from tests.test_web import site  # noqa: F401

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "ru": (
        *("index", "summary", "risk_factors", "households", "leave", "profile", "overview"),
        *("recommendations", "how_to_read", "note"),
    ),
    "ky": ("index", "summary", "recommendations", "note"),
}
EVERY = [(code, page) for code, names in PAGES.items() for page in names]
NUMBER = re.compile(r'<a class="n" data-(?:form="(\w*)" data-)?key="([\w.]+)"[^>]*>([^<]*)</a>')
KEY = re.compile(r"[a-z]\w*(?:\.\w+)+")
#: Words in Latin letters that a translation may have: names, of works and data sets too, licences,
#: kinds of file. Cards of numbers are English, as each page says.
NAMES = {
    *("World", "Economic", "Outlook", "Development", "Indicators"),
    *("Miholjic", "Ivkovic", "Policy", "Brief", "MIT", "BibTeX"),
    *("CSV", "SVG", "PNG", "PDF", "Issues"),
}


def page_of(code, name):
    return (ROOT / "book" / code / f"{name}.md").read_text("utf-8")


def article(site, code, name):  # noqa: F811
    text = (site / "book" / code / f"{name}.html").read_text("utf-8")
    assert f'<html lang="{code}"' in text
    return re.search(r"<article.*?</article>", text, re.S)[0]


def written(entry, form, code):
    """Write a number of ``results.json`` by babel alone, to the places of the English text."""
    shown = re.search(r"\d[\d,]*(?:\.(\d+))?", entry["text"])
    digits = len(shown[1] or "")
    pattern = "#,##0" + (f".{'0' * digits}" if digits else "")
    value = abs(entry["value"]) if form in ("size", "moved") else entry["value"]
    value = 1000 * round(value) if entry["unit"] == "thousand persons" else value
    text = format_decimal(value, pattern, locale=code).replace("-", "\u2212")
    return f"+{text}" if form == "signed" and entry["value"] > 0 else text


@pytest.mark.build
@pytest.mark.parametrize(("code", "name"), EVERY)
def test_numbers_are_those_of_the_results_in_the_notation_of_the_language(site, code, name):  # noqa: F811
    results = json.loads((site.parent / "results.json").read_text("utf-8"))
    found = NUMBER.findall(article(site, code, name))
    compared = 0
    for form, key, shown in found:
        entry, text = results.get(key), html.unescape(shown)
        if (
            entry is None
            or {form, entry["unit"]} & {"year", "range", "n", "level"}
            or isinstance(entry["value"], (str, list))
            or not re.search(r"\d", entry["text"])
        ):
            continue
        first = re.search(r"[\u2212+]?\d[\d\u00a0\u202f]*(?:,\d+)?", text)[0]
        want = written(entry, form, code)
        assert first.rstrip("\u00a0") == want, f"{key}: {text}"
        if entry["unit"] == "percent":
            # Kyrgyz joins the case to the sign: "8,5 %га өстү".
            assert text.partition("га ")[0].endswith("\u00a0%")
        compared += 1
    assert compared > 3 or name in ("how_to_read", "note")


@pytest.mark.build
@pytest.mark.parametrize(("code", "name"), EVERY)
def test_a_translated_page_says_nothing_in_english_unmarked(site, code, name):  # noqa: F811
    page = BeautifulSoup((site / "book" / code / f"{name}.html").read_text("utf-8"), "html.parser")
    for apart in page.body.select("script, style, svg, kbd, pre, [lang=en]"):
        apart.decompose()
    told = [page.title.get_text(), *page.body.stripped_strings]
    for element in page.body.find_all(True):
        # The title of a link to a work is the work.
        if "bibliography" not in element.get("href", ""):
            told += [element.get(n, "") for n in ("title", "alt", "aria-label", "placeholder")]
    assert len(told) > 100
    assert {word for text in told for word in re.findall("[A-Za-z]{3,}", text)} <= NAMES


@pytest.mark.build
def test_languages_are_marked_and_linked(site):  # noqa: F811
    first = (site / "book" / "index.html").read_text("utf-8")
    assert '<html lang="en"' in first
    for code, names in PAGES.items():
        assert re.search(rf'<a href="{code}/index\.html" lang="{code}"', first)
        assert re.search(rf'<li class="toctree-l1[^>]*>.*?<span lang="{code}">', first)
        for name in names:
            text = article(site, code, name)
            assert re.search(rf'<section id="[^"]+" lang="{code}">', text)
            assert Language(code, yaml.safe_load(page_words(code))).say("unread") in text
    assert set("ңөү") <= set(article(site, "ky", "summary"))
    cited = (site / "book" / "bibliography.html").read_text("utf-8")
    assert '<span lang="ru">Конституция Кыргызской Республики</span>' in cited


@pytest.mark.build
@pytest.mark.parametrize(
    ("code", "words"), [("ru", "денежные переводы"), ("ky", "акча которуулар")]
)
def test_the_note_is_a_sound_pdf_in_each_language(site, code, words):  # noqa: F811
    path = site.parent / f"note-{code}.pdf"
    assert faults(path, code) == []
    pages = PdfReader(path).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split()).lower()
    unread = yaml.safe_load(page_words(code))["unread"].lower()[:20]
    assert words in text and text.count(unread) == 1, "what all pages say is said once"
    assert len(pages) == 2
    assert code != "ky" or set("ңөү") <= set(text)


@pytest.mark.parametrize("address", ["", "https://example.org/report"])
def test_the_foot_leads_to_the_form_for_corrections_or_says_where_it_is(address):
    book = {"title": "Title", "version": "1", "edition": {"title": "Now", "name": "now"}, "doi": ""}
    told = dict.fromkeys(("about", "author", "address", "citation"), "")
    told |= {"book": book, "brief": BRIEF, "day": date(2026, 7, 1), "repository": address}
    what, where, form = BRIEF.corrections
    assert (ROOT / ".github" / "ISSUE_TEMPLATE" / form.rpartition("=")[2]).is_file()
    for say in (language.say for language in (Language(), *languages.read(ROOT).values())):
        text = templates.file("foot.html", say=say, **told)
        ways = f'<a href="{address}/{form}">{say(what)}</a>', f"{say(what)} {say(where)}"
        assert [way in text for way in ways] == [bool(address), not address]


def page_words(code):
    return (ROOT / "book" / code / "words.yml").read_text("utf-8")


def keys(text):
    asked = (KEY.search(part) for part in re.findall(r"\{\{(.*?)\}\}", text))
    forms = r"\.(year|caveat|moved|moving|direction|signed|bare|range)$"
    return {re.sub(forms, "", part[0]) for part in asked if part}


def by_id(text):
    """A text with the ids of its statements in place of their words."""
    parts = statements.parts(text)
    return "\n".join(part if isinstance(part, str) else f"<{part.id}>" for part in parts)


@pytest.mark.parametrize(("code", "name"), EVERY)
def test_a_translation_has_the_keys_and_findings_of_its_source(code, name):
    source = (ROOT / "book" / f"{name}.md").read_text("utf-8").partition("\n{% else %}")[0]
    said = page_of(code, name)
    assert [b.id for b in statements.blocks(said)] == [b.id for b in statements.blocks(source)]
    own = by_id(said)
    assert keys(own) == keys(by_id(source))
    allowed = r"№ 87|Policy Brief 87|2-топто|-жыл"
    assert typed_numbers(re.sub(allowed, " ", own)) == []
    for block in statements.blocks(said):
        words = " ".join(block.words.values())
        assert typed_numbers(re.sub(rf"{allowed}|20\d\d", " ", words)) == []


@pytest.mark.parametrize("code", PAGES)
def test_what_is_recorded_of_a_recommendation_is_said_with_the_same_numbers(code):
    asked = re.compile(r"\{\{ *([\w.]+)|<(F\w+)>")
    own = yaml.safe_load(page_words(code))
    items = load_recommendations(ROOT / "book" / "recommendations.yml")
    texts = {name: text for item in items for name, text in item.sentences().items()}
    assert len(texts) > 20
    for name, text in texts.items():
        have, want = (
            [tuple(re.sub(r"\.bare$", "", part) for part in found) for found in asked.findall(t)]
            for t in (by_id(own[name]), by_id(text))
        )
        assert have == want, name
        # Years that an event is about, as in the English text.
        typed = re.findall(r"\d+", " ".join(typed_numbers(own[name])))
        assert {*typed} <= {*re.findall(r"\d+", f"{name} {text}")}, name


@pytest.mark.parametrize("code", PAGES)
def test_findings_have_a_wording_for_each_outcome_that_their_source_has(code):
    own, told = {f.id: f for f in load(ROOT)}, yaml.safe_load(page_words(code))
    texts = (str(text) for name, text in told.items() if name.startswith("fig-"))
    titles = [block for text in texts for block in statements.blocks(text)]
    assert titles
    for name, said in languages.read(ROOT)[code].findings.items():
        assert {o for o in OUTCOMES if getattr(own[name], o)} == {
            o for o in OUTCOMES if said.get(o)
        }
    for name, outcome, text in ((b.id, o, b.words[o]) for b in titles for o in b.words):
        source = getattr(own[name], outcome)
        assert keys(text) == keys(source), name
        assert {*re.findall(r"\d+", " ".join(typed_numbers(text)))} <= {*re.findall(r"\d+", source)}


@pytest.mark.parametrize(
    ("years", "russian", "kyrgyz"),
    [
        (
            4,
            "Госдепартамент США не называет осуждённых за 2021–2024",
            "АКШнын докладдарында 2021–2024",
        ),
        (1, "Госдепартамент США не называет осуждённых за 2024", "АКШнын 2024-жыл тууралуу"),
    ],
)
def test_a_title_turns_with_its_finding_in_each_language(years, russian, kyrgyz):
    results = {
        f"justice.zero_convictions.{name}": recorded.number(
            value=number, text=str(number), unit="year"
        )
        for name, number in (("years", years), ("first", 2021), ("last", 2024))
    }  # fmt: skip
    own = [judge(finding, results) for finding in load(ROOT) if finding.id == "F321"]
    prose, bars = Prose(results, {}, findings=own), Spoken(spoken=("Bars",))
    titles = Titles(ROOT, ["book/chapters/justice"], prose, own, {"shocks": []})
    exhibit = Exhibit(
        kind="figure", name="fig-convictions", spoken=("Bars",), languages={"ru": bars, "ky": bars}
    )
    told = titles.of(exhibit)
    for code, words in (("ru", russian), ("ky", kyrgyz)):
        assert told.languages[code].title.startswith(words)
        assert told.languages[code].alt.startswith(words)


def test_numbers_take_the_plural_form_of_their_language():
    russian = Language("ru", yaml.safe_load(page_words("ru")))
    for text, want in {
        "1 person": "1\u00a0человек",
        "3 persons": "3\u00a0человека",
        "11 persons": "11\u00a0человек",
        "587,089 persons": "587\u00a0089\u00a0человек",
        "\u22122.5%": "\u22122,5\u00a0%",
        "US$\u00a03,225\u00a0million": "3\u00a0225\u00a0млн долл. США",
        "0 or 3": "0\u00a0или 3",
        "Tier 2 Watch List": "список наблюдения второго уровня",
        "2024, ’09": "2024, ’09",
        "1,086.05": "1\u00a0086,05",
        "28 October 2021": russian.day("2021-10-28"),
        "by 2024-06-24": f"by {russian.day('2024-06-24')}",
        "+0.8% (May 2023–July 2025)": "+0,8\u00a0% (май 2023–июль 2025)",
        "{x} of 3 {0}": "{x} of 3 {0}",
        "not yet published": "ещё не опубликовано",
    }.items():
        assert russian.number(text) == want == russian.number(want)
    assert russian.month("June 2024") == "июнь 2024"
    assert Language("ky", {"LLLL y": "y LLLL"}).month("June 2024") == "2024 июнь"
    assert russian.month("4 June 2024") == russian.day("2024-06-04")
    assert russian.awaited("June 2024") == "— в июне 2024\u00a0г."
    assert Language().awaited("June 2024") == "(June 2024)"
    assert russian.day("2024-06-24").startswith("24\u00a0июня\u00a02024")


def test_rows_and_ranges_have_the_words_of_their_language():
    entry = {"unit": "persons", "n": 9, "level": 0.95, "interval": [4.1, 17.1]}
    shown = {"k.2020": ("9", "final"), "k.2021": ("1,022", "estimate")}
    results = {
        k: recorded.number(value=9, text=f"{n}\u00a0persons", status=status, **entry)
        for k, (n, status) in shown.items()
    }
    for code, row, span in (
        ("", "9 people in 2020 and 1,022 people in 2021 (an estimate)", "4 to 17 people"),
        ("ru", "9 человек в 2020 году и 1 022 человека в 2021 году (оценка)", "от 4 до 17"),
    ):
        told = Language("ru", yaml.safe_load(page_words("ru"))).results(results)
        k = tree(told if code else results)["k"]
        assert f"{k.since(2020)}; {k['2020'].range}".replace("\u00a0", " ") == f"{row}; {span}"


def copied(tmp_path):
    for folder in ("book", "notebooks"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("_static"))
    for code in PAGES:
        languages.accept(tmp_path, code)
    return tmp_path


def test_another_word_for_a_term_of_the_glossary_is_named(tmp_path):
    root = copied(tmp_path)
    assert languages.notes(root) == []
    page = root / "book" / "ru" / "note.md"
    page.write_text(page.read_text("utf-8") + "\nПострадавшие.\n", "utf-8")
    said = "book/ru/note.md has 'пострадавш': for victim say 'жертва торговли людьми'"
    assert said in languages.notes(root)


BOTH = [("ky", "summary"), ("ru", "summary")]
FIRST = [("ky", "index"), BOTH[0], ("ru", "index"), ("ru", "risk_factors"), BOTH[1]]
RECOMMENDED = [("ky", "recommendations"), ("ru", "recommendations")]


@pytest.mark.parametrize(
    ("file", "old", "new", "pages"),
    [
        ("summary.md", "Academy in Bishkek", "Academy of Bishkek", BOTH),
        ("index.md", "range that its own past", "range that its past", FIRST),
        ("chapters/justice.md", "reports name no conviction", "reports name none", BOTH),
        ("recommendations.yml", "A regional simulation", "A simulation", RECOMMENDED),
    ],
)
def test_a_changed_english_text_marks_the_pages_that_translate_it(tmp_path, file, old, new, pages):
    root = copied(tmp_path)
    assert languages.notes(root) == []
    text = (root / "book" / file).read_text("utf-8")
    assert old in text
    (root / "book" / file).write_text(text.replace(old, new, 1), "utf-8")
    notes = languages.notes(root)
    assert [note.split(" ")[0] for note in notes] == [f"book/{c}/{page}.md" for c, page in pages]
    for code, language in languages.read(root).items():
        stale = [page for of, page in pages if of == code]
        assert languages.stale(root, language) == stale
        text = page_of(code, stale[0])
        told, fresh = (language.page(text, is_stale) for is_stale in (True, False))
        note = language.words["stale"]
        assert note in "".join(told.split("\n\n")[1:3]) and note not in fresh
        languages.accept(root, code)
    assert languages.notes(root) == []


def test_a_sentence_without_a_translation_is_marked_as_english():
    assert Language("ru").translated("Poverty rose") == "[Poverty rose]{.language-en}"
    assert Language().translated("Poverty rose") == "Poverty rose"
