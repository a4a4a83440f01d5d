import nbformat
import pytest

from livingbrief.cli.check import check_notebook
from livingbrief.errors import InputError
from livingbrief.notebooks import matched, notebook_defaults
from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition

pytestmark = pytest.mark.core

ROOT = project_root()
EDITION = load_edition(ROOT, "current")
PARAMETERS = EDITION.parameters()
LAST_YEAR = f"last_year = {EDITION.last_year}"
CELL = "\n".join(
    f"{k} = {v!r}"
    for k, v in PARAMETERS.items()
    if k in ("edition", "country", "host", "first_year", "last_year", "vintage", "known_at")
)


def notebook(tmp_path, source=CELL, tags=("parameters",)):
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
    book = nbformat.v4.new_notebook(cells=[cell])
    path = tmp_path / "demo.ipynb"
    nbformat.write(book, path)
    return path


def test_values_come_from_the_edition(tmp_path):
    path = notebook(tmp_path, CELL.replace(LAST_YEAR, "last_year = 1999"))
    assert notebook_defaults(path)["last_year"] == 1999
    assert matched(path, PARAMETERS)["last_year"] == EDITION.last_year


@pytest.mark.parametrize(
    ("source", "tags", "said"),
    [
        (CELL, (), "0 cells tagged 'parameters'"),
        (CELL + "\nlast_yaer = 2024", ("parameters",), "Did you mean 'last_year'?"),
        (
            CELL.replace(LAST_YEAR, "last_year = '2024'"),
            ("parameters",),
            "is str in the notebook and int",
        ),
        (CELL.replace("country = 'KGZ'\n", ""), ("parameters",), "lacks country, with which"),
        (CELL + "\nimport os", ("parameters",), "may hold only lines such as"),
    ],
)
def test_a_notebook_that_would_ignore_its_edition_is_refused(tmp_path, source, tags, said):
    with pytest.raises(InputError) as caught:
        matched(notebook(tmp_path, source, tags), PARAMETERS)
    assert said in str(caught.value)
    assert "demo.ipynb" in str(caught.value)


def test_a_notebook_with_outputs_or_unknown_tables_is_a_problem(tmp_path):
    path = notebook(tmp_path)
    book = nbformat.read(path, as_version=4)
    book.metadata["livingbrief"] = {"reads": ["worldbank.wid"]}
    book.cells[0]["execution_count"] = 3
    nbformat.write(book, path)
    found = check_notebook(path, EDITION, {"worldbank.wdi"})
    assert "reads a table 'worldbank.wid'" in found[0]
    assert "committed with outputs (cells 1)" in found[1]
