"""What is printed later moves nothing in a report on dated vintages."""

import pytest

from tests import golden
from tests.later import with_later_printings


def moved_by_later(name, notebook, root):
    accepted = [row for row in golden.read(name) if row["notebook"] == notebook]
    return golden.moved(accepted, golden.rows_of(golden.run(golden.cases()[name], notebook, root)))


@pytest.fixture(scope="module")
def with_later_wdi(tmp_path_factory):
    pinned = golden.cases()["current"].vintage
    return with_later_printings(tmp_path_factory.mktemp("wdi"), pinned, ["worldbank.wdi"])


@pytest.mark.parametrize("notebook", ["exposure", "migration", "revisions"])
def test_a_later_table_of_the_world_bank_moves_no_pinned_report(with_later_wdi, notebook):
    assert not moved_by_later("current", notebook, with_later_wdi)
