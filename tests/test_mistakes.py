"""`check` names, by file and line, what would stop a build."""

import shutil
from pathlib import Path

import pytest

from livingbrief.book.mistakes import Keys
from livingbrief.cli.check import check_all
from livingbrief.errors import ReportError

pytestmark = pytest.mark.core
INDEX, PAGE = "book/index.md", "book/chapters/lending.md"
CHAPTER = "notebooks/lending.ipynb"
LEDGER, WORKS = "book/claims.yml", "book/references.bib"
#: File, what stands there, what is planted, what is said.
PLANTED = (
    (INDEX, "loans.children.latest }}", "loan.children.latest }}", ", line 4: unknown key 'loan.c"),
    (PAGE, "Books lent", "{{ loans.adlts.2022 }}", ", line 11: unknown key 'loans.adlts"),
    (INDEX, "loans.children.latest }}", "loans.children.2031 }}", "line 4: unknown key"),
    (INDEX, "loans.children.latest }}", "loans.children }}", "line 4: unknown key 'loans.chil"),
    (INDEX, "made up", "{{ verdicts.hodls }}", "key 'verdicts.hodls': no notebook declares it."),
    (INDEX, "made up", "{{ chances.F99 }}", "unknown key 'chances.F99': no notebook declares it."),
    (INDEX, "made up", "{{ narratve }}", ", line 3: unknown name 'narratve'. Did you mean 'narrat"),
    (PAGE, "Books lent", "{{ narratve }}", ", line 11: unknown name 'narratve'. Did you mean"),
    (LEDGER, "a fifth", "{{ narratve }}", ", line 11: unknown name 'narratve'. Did you mean"),
    (INDEX, "made up", "{% if narrative %}", "line 4: Unexpected end of template. Jinja was"),
    (INDEX, "made up", "{doc}`/book/clams`", "page '/book/clams'. Did you mean '/book/cl"),
    (INDEX, "made up", "{cite:p}`nobody`", ", line 3: unknown work 'nobody'"),
    (INDEX, "{numref}", ":::{statement} F99\n:::\n", ", line 10: unknown statement 'F99'"),
    (INDEX, "`C01`", "`C99`", ", line 10: unknown claim 'C99'"),
    (INDEX, "fig-loans", "fig-laons", "figure 'fig-laons'. Did you mean 'fig-loans'?"),
    (LEDGER, "change_pct.2022", "chnge.2022", ", line 6: C01: unknown key 'loans.child"),
    (INDEX, "loans.adults", "loans.adlts", ", line 6: F02: unknown key 'loans.adlts.change_pct.la"),
    (PAGE, "> loans.adults", "> loans.adlts", ", line 4: F01: unknown key 'loans.adlts.latest"),
    (PAGE, "fails: In", "fials: In", ", line 6: 'fials: In"),
    (LEDGER, "change_pct.2024", "change_pct.2031", "is declared for 2018 to 2024."),
    (LEDGER, "change_pct.2024", "change_pct.latest", ", line 14: C02: a claim names its years"),
    (INDEX, "made up", "{cite}`nobody`", ", line 3: unknown work 'nobody'"),
    (LEDGER, "pct.2022 > 0", "pct.2022 => 0", "=> 0' is no comparison"),
    (LEDGER, "kind: data", "kind data", "could not find expected ':'"),
    (LEDGER, "  kind: data", "\tkind: data", "claims.yml is not valid YAML"),
    (LEDGER, "kind: data", "kinds: data", "claims.yml: C01: kinds: unknown field 'kinds'; the fi"),
    ("editions.yml", "last_year", "lst_year", "unknown field 'lst_year'; the fields there are"),
    (CHAPTER, '"cells": [', '"cells": [,', f"{CHAPTER} cannot be read as a notebook: Expecting"),
    (CHAPTER, '"cells": [', '"sells": [', f"{CHAPTER} cannot be read as a notebook: it has no cel"),
    (INDEX, "made up", "made \udcff", "book/index.md is not in UTF-8: 'utf-8' codec can't decode"),
    (WORKS, "author", "\udcffauthor", "book/references.bib is not in UTF-8"),
    (WORKS, "{k,", "k,", "book/references.bib: syntax error in line 1"),
    (CHAPTER, "{measure}.change", "{measure}.chnge", "'loans.{measure}.chnge_pct.{year}' is recor"),
    (INDEX, "latest < 0", "latest < 0 within 1", "F02: record: its rule can be too near to call"),
    (INDEX, "loans.children.latest }}", "loans.children.latest }", ", line 4: open braces"),
    (INDEX, "{{ loans.children.latest }}", "loans.x.since(2) }}", "(2) }}' closes braces that"),
    ("_toc.yml", "book/claims", "book/clams", "_toc.yml names 'book/clams'"),
    ("_toc.yml", "      - file: book/claims\n", "", "book/claims.md stands in no part of _toc.yml"),
)


def test_each_mistake_is_named_before_anything_is_built(tmp_path, monkeypatch):
    root = Path(shutil.copytree(Path(__file__).parent / "toy", tmp_path / "toy"))
    monkeypatch.setenv("LIVINGBRIEF_ROOT", str(root))
    (root / WORKS).write_text("@misc{k, author = {A}, title = {B}}\n")
    assert check_all(root, "current")[0] == []
    for name, right, wrong, said in PLANTED:
        text = (root / name).read_text("utf-8")
        assert right in text, right
        (root / name).write_text(text.replace(right, wrong, 1), "utf-8", "surrogateescape")
        try:
            told = "\n".join(check_all(root, "current")[0])
        except ReportError as error:
            told = str(error)
        assert said in told and told.count("\n") < 2, (wrong, told)
        (root / name).write_text(text, "utf-8")
    made = "{% for loan in vintages %}{{ loan.size }}{% endfor %}"
    (root / INDEX).write_text((root / INDEX).read_text("utf-8").replace("made up", made), "utf-8")
    assert check_all(root, "current")[0] == []


def test_a_page_that_counts_verdicts_is_faulted_for_its_own_mistake_alone():
    keys = Keys(["loans.children.2021", "verdict.first.2021"])
    faults = keys.faults("{{ verdicts.total }}: {{ loans.adults.2021 }}")
    assert [fault[:33] for _, fault in faults] == ["unknown key 'loans.adults.2021': "]
