"""The search for holes finds each kind where it is planted, and nothing in sound text."""

import pytest
import typst

from tools.holes import in_report, main

SOUND = """<article><section id="one"><h2>Money</h2>
<p>The inflow rose by <a class="n" data-key="a.b.2022">7.1%</a> (an estimate), from 3.1 to 3.2.</p>
<p>None turned since the brief. None of them fell; None is typed by hand.</p>
<p>The share, 12% of GDP, is “not yet published”.</p>
<p><strong>Not in this edition: the outflow.</strong> No vintage prints a figure for Nepal.</p>
<p>Keys such as <code>remittances.gross.usd_mn.2022</code>, and results.json.</p>
<pre>x = {"a": None}  # nan</pre>
<table><tr><th>Year</th></tr><tr><td>not available</td></tr><tr><td>–</td></tr></table>
<img src="full.svg" alt="Lines, 2005 to 2024."></section></article>"""
PLANTED = {
    "nan": "<p>The inflow rose by nan %.</p>",
    "None": "<p>Its rank was None in 2022.</p>",
    "raw key": "<p>It was remittances.gross.pct_gdp.latest of GDP.</p>",
    "template": "<p>It was {{ x }} of GDP.</p>",
    "Python": "<p>Its build failed: ValueError: no such year</p>",
    "word twice": "<p>The share of of GDP fell.</p>",
    "a range of nothing": "<p>It ranges from −5.8% to −5.8% over all vintages.</p>",
    "plural of one": "<p>It was closer in 1 of 1 years.</p>",
    "punctuation": "<p>In 2022 it fell , and rose later.</p>",
    "word left alone": "<p>It came to 3% of.</p>",
    "missing in a sentence": '<p>It rose by <a class="n">not available</a> in 2022.</p>',
    "empty": "<p> </p>",
    "empty table": "<table><tr><th>Year</th></tr><tr><td>–</td></tr></table>",
    "empty section": "<section id='two'><h3>Nothing</h3></section>",
    "empty figure": "<img src='none.svg' alt='Lines.'>",
}


@pytest.fixture
def report(tmp_path):
    (tmp_path / "html" / "notebooks").mkdir(parents=True)
    (tmp_path / "html" / "notebooks" / "full.svg").write_text("<svg><path d='M0 0'/></svg>")
    (tmp_path / "html" / "notebooks" / "one.html").write_text(SOUND)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "fig-a.csv").write_text("year,gross\n2022,3\n")
    return tmp_path


def add(report, planted):
    page = report / "html" / "notebooks" / "one.html"
    page.write_text(SOUND.replace("</section></article>", f"{planted}</section></article>"))


def test_sound_text_has_none(report, capsys):
    assert main([str(report)]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("kind", PLANTED)
def test_each_kind_is_found_and_named_with_its_place(report, kind, capsys):
    add(report, PLANTED[kind])
    assert [hole.kind for hole in in_report(report)] == [kind]
    assert main([str(report)]) == 1
    place = "two" if kind == "empty section" else "one"
    assert capsys.readouterr().out.startswith(f"html/notebooks/one.html: {place}: {kind}: ")


def test_a_figure_without_values_is_found(report):
    (report / "figures" / "fig-a.csv").write_text("year,gross\n2022,\n")
    assert [(h.file, h.kind) for h in in_report(report)] == [("fig-a.csv", "empty figure")]


def test_a_pdf_is_read_too_but_not_what_is_set_in_a_fixed_width(report):
    told = "Gini not available. It stood at not available. The rise was nan %."
    told += ' #raw("a.b_pct.2022 None")'
    (report / "a.typ").write_text(told)
    typst.compile(str(report / "a.typ"), output=str(report / "report.pdf"))
    found = [(h.file, h.place, h.kind) for h in in_report(report)]
    kinds = ("nan", "missing in a sentence")
    assert found == [("report.pdf", "page 1", kind) for kind in kinds]


def test_what_a_cell_complained_of_is_python_on_a_page(report, capsys):
    said = "<pre><span>a.py:3: RuntimeWarning: invalid value</span></pre>"
    add(report, f'<div class="output stderr highlight-myst-ansi"><div>{said}</div></div>')
    assert main([str(report)]) == 1
    assert "Python: a.py:3: RuntimeWarning: invalid value" in capsys.readouterr().out
