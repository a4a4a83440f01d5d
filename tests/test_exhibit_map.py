"""The exhibit map of README.md holds what a build showed: no more, no less, and in its order."""

import json
import re
import shutil

import pytest

from livingbrief.paths import project_root
from tests.conftest import Project
from tools.exhibit_map import PLACE, main, markdown

README = (project_root() / "README.md").read_text(encoding="utf-8")


def rows(table):
    return {re.search(r"notebooks/(\w+)\.ipynb", r)[1]: r for r in table.splitlines()[2:]}


def test_the_rows_of_two_chapters_are_what_they_showed(tiny):
    shown = tiny.json("book.json")["exhibits"]
    assert "fig-ruble" in shown["remittance_dependence"]
    assert "tbl-growth" in shown["risk_profile"]
    written = rows(PLACE.search(README)[0])
    for notebook, row in rows(markdown(shown)).items():
        assert written[notebook] == row


def test_the_map_names_nothing_that_no_notebook_makes():
    written = rows(PLACE.search(README)[0])
    assert set(written) == {p.stem for p in (project_root() / "notebooks").glob("*.ipynb")}
    for notebook, row in written.items():
        code = (project_root() / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8")
        names = re.findall(r"`((?:fig|tbl)-[a-z0-9-]+)`", row)
        assert names
        assert [n for n in names if n not in code] == []


def test_the_map_is_written_between_its_marks_only(tmp_path):
    (tmp_path / "dist" / "current").mkdir(parents=True)
    book = {"exhibits": {"one": ["fig-a", "tbl-b", "fig-c"], "two": []}}
    (tmp_path / "dist" / "current" / "book.json").write_text(json.dumps(book))
    head, old, tail = README.partition(PLACE.search(README)[0])
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    main(tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.startswith(head) and text.endswith(tail) and old not in text
    assert "| [one](notebooks/one.ipynb) | `fig-a`, `fig-c` | `tbl-b` |\n" in text
    assert "| [two](notebooks/two.ipynb) | – | – |\n" in text
    before = (tmp_path / "README.md").stat().st_mtime_ns
    main(tmp_path)
    assert (tmp_path / "README.md").stat().st_mtime_ns == before


@pytest.mark.build
@pytest.mark.slow
def test_the_map_is_that_of_a_build(tmp_path):
    root = project_root()
    for name in ("data", "livingbrief", "remitrisk", "notebooks", "book"):
        hidden = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(root / name, tmp_path / name, ignore=hidden)
    for name in (
        "_config.yml",
        "_toc.yml",
        "editions.yml",
        "pyproject.toml",
        "requirements.lock",
        "README.md",
    ):
        shutil.copy(root / name, tmp_path / name)
    project = Project(tmp_path)
    done = project.run("build", "--no-pdf")
    assert done.code == 0, done.err
    main(tmp_path)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == README
    shown = [n for names in project.json("book.json")["exhibits"].values() for n in names]
    files = {p.name.split(".")[0] for p in (project.report / "figures").iterdir()}
    assert sorted(shown) == sorted(files)
