"""Sentences that judge are found wherever a project prints them, and others are left alone."""

import json

import pytest

from livingbrief.paths import project_root
from tools import judging as judges
from tools.judging import judging, judging_code, judging_in

ROOT = project_root()
JUDGING = [
    "Rural people are no longer the poorer half.",
    "Only two of the seven countries show a break.",
    "Transfers rebounded within three months.",
    "Convictions remain at zero.",
    "Kazakhstan has overtaken Russia as a destination.",
    "The share of GDP is at its lowest in a decade.",
    "None of the shocks stands out.",
    "Kyrgyzstan sends a larger part of its workforce abroad than any neighbour.",
    "Forecasts of international bodies overstated the fall.",
    "Neither bank foresaw the rebound of 2022.",
]
INNOCENT = [
    "The table prints the value of each year and its source.",
    "Migrants send money by transfer systems, banks and by hand.",
    "The law of 2005 defines trafficking in persons.",
    "Net remittances are the inflow less the outflow.",
    "The interval is exact for a Poisson count.",
    "In {{ year }} the inflow {{ remittances.gross.growth_pct.2022.moved }}.",
]


def words(prose):
    return [word for _, word, _ in judging(prose)]


def test_eight_of_ten_judging_sentences_are_found_and_innocent_ones_are_not():
    assert sum(bool(words(sentence)) for sentence in JUDGING) >= 0.8 * len(JUDGING)
    assert [sentence for sentence in INNOCENT if words(sentence)] == []


def test_what_has_a_rule_is_passed_over():
    assert words("{% if a.b.2022.value > 0 %}None fell.{% else %}None rose.{% endif %}") == []
    assert words("{% if verdict('C63') == 'supported' %}None fell.{% endif %}") == []
    assert words("See this ({doc}`/notebooks/none of them`).") == []
    assert words("## None of the shocks") == ["None"]
    assert words("Did none of the shocks stand out?") == []


def test_a_condition_that_asks_no_value_guards_nothing():
    for asked in ("narrative", "last_year > 2022", "has('a.b.2022')", 'country == "KGZ"'):
        assert words(f"{{% if {asked} %}}\nNone fell.\n{{% endif %}}") == ["None"]
    nested = "{% if narrative %}{% if a.b.value > 0 %}None.{% endif %}\nOnly one.{% endif %}"
    assert judging(nested) == [(2, "Only", "Only one.")]


def test_each_sentence_is_named_with_its_line():
    assert judging("A table.\n\n```\nnone\n```\nOnly one fell. It grew. It is.") == [
        (6, "Only", "Only one fell."),
        (6, "grew", "It grew."),
    ]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('nb.figure("fig-a", c, title="No shock stands out", alt="None")', ["No"]),
        ('canvas(title=f"Only {n} fell")', ["Only"]),
        ('text = f"Only {n} fell"\nnb.figure("fig-a", c, title=text)', ["Only"]),
        ('nb.figure("fig-a", c, title="It grew" if grew else "It shrank")', 2 * [""]),
        ('title = "None"', []),
        ('nb.lacks("the rate", f"It is the highest of {n}.")', ["the highest"]),
    ],
)
def test_titles_captions_and_notes_are_found_in_code(code, found):
    said = [word for _, word, _ in judging_code(code)]
    assert len(said) == len(found)
    assert all(not wanted or wanted == word for wanted, word in zip(found, said, strict=True))


def project(tmp_path, **files):
    """A folder with the files of a project, each name with dots for slashes."""
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def notebook(kind, source):
    cell = {"cell_type": kind, "id": "one", "metadata": {}, "source": source.splitlines(True)}
    return json.dumps({"metadata": {}, "cells": [cell]})


FAULT = "No year stands out."
PLACES = {
    "book/page.md, line 2": {"book__page_dot_md": f"A.\n{FAULT}"},
    "book/chapters/a.md, line 5": {
        "book__chapters__a_dot_md": ":::{statement} F01\nrule: a.b > 1\nholds: None.\n:::\n"
        f"{FAULT}"
    },
    "book/chapters/b.md, line 1": {
        "book__chapters__b_dot_md": f":::{{exhibit}} fig-a\ntitle: {FAULT}\n:::"
    },
    "book/claims.yml, C03, parts.statement": {
        "book__claims_dot_yml": f"- {{id: C03, parts: [{{statement: {FAULT}}}]}}"
    },
    "book/recommendations.yml, R1, reading": {
        "book__recommendations_dot_yml": f"- {{id: R1, reading: {FAULT}, text: {FAULT}}}"
    },
    "book/facts.yml, one, text": {
        "book__facts_dot_yml": "one: {text: no year of them all stands out}\n"
        "two: {text: more than ten, note: none}"
    },
    "notebooks/a.ipynb, cell one": {"notebooks__a_dot_ipynb": notebook("markdown", FAULT)},
    "notebooks/b.ipynb, cell one": {
        "notebooks__b_dot_ipynb": notebook("code", f"nb.figure('fig-a', c, note='{FAULT}')")
    },
    "own/titles.py, line 2": {"own__titles_dot_py": f"def title() -> str:\n    return '{FAULT}'\n"},
}


@pytest.mark.parametrize("where", PLACES)
def test_a_fault_is_named_where_it_is_planted(where, tmp_path, monkeypatch):
    root = project(tmp_path, **PLACES[where])
    monkeypatch.setattr(judges, "packages", lambda root: [root / "livingbrief", root / "own"])
    (said,) = judging_in(root)
    assert said.startswith(f"{where} judges ('")
    assert "give it a rule" in said
    (root / "tools").mkdir()
    ((*_, sentence),) = judges.judging_all(root)
    (root / "tools" / "looked_at.txt").write_text(f"{judges._hash(sentence)}\n")
    assert list(judging_in(root)) == []


def test_the_check_names_no_sentence_of_this_report():
    assert list(judging_in(ROOT)) == []
