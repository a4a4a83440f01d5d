"""What is printed later moves nothing in a report on dated vintages."""

import pytest

from tests import golden
from tests.later import with_later_printings

#: Read most tables between them; the others take their time.
QUICK = ("conditions", "forecasts", "household", "justice", "migration")
SLOW = ((), pytest.mark.slow)


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    pinned = golden.cases()["current"].vintage
    return with_later_printings(tmp_path_factory.mktemp("later"), pinned)


def moved(edition, name, notebook, root):
    accepted = [row for row in golden.read(name) if row["notebook"] == notebook]
    return golden.moved(accepted, golden.rows_of(golden.run(edition, notebook, root)))


@pytest.mark.parametrize(
    "notebook", [pytest.param(n, marks=SLOW[n not in QUICK]) for n in golden.notebooks()]
)
@pytest.mark.parametrize("name", ["current", "brief-2023"])
def test_a_later_printing_of_every_publisher_moves_no_pinned_report(later, name, notebook):
    assert not moved(golden.cases()[name], name, notebook, later)


@pytest.mark.parametrize("notebook", QUICK)
def test_the_planted_printings_are_read_where_no_vintage_is_named(later, notebook):
    latest = golden.cases()["current"].model_copy(update={"vintage": {}})
    assert moved(latest, "current", notebook, later)
