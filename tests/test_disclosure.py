"""No published split of people has a cell under ten, complements included."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pandas as pd
import pytest

from livingbrief.paths import project_root
from remitrisk.methods.cases import assisted_total, flags, margin
from remitrisk.methods.counts import DisclosureError, assert_publishable, publishable
from remitrisk.series import BriefData as Data

ROOT = project_root()
CITIZENSHIPS = ("KGZ", "TJK", "UZB", "KAZ", "TKM")
SPLITS = ("CountryOfExploitation", "gender", "ageBroad", "majorityStatusAtExploit")


@pytest.fixture(scope="module")
def data() -> Data:
    return Data(ROOT)


def _code(notebook: str) -> list[str]:
    path = ROOT / "notebooks" / f"{notebook}.ipynb"
    return [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def test_detected_people_by_purpose_may_be_published(data: Data) -> None:
    counts = data.table("nsc.detected_by_purpose").set_index("purpose")["persons"]
    assert publishable(counts)


def test_detecting_countries_are_pooled_far_enough(data: Data) -> None:
    assert publishable(data.table("unodc.citizens_abroad")["low"])


@pytest.mark.parametrize("citizenship", CITIZENSHIPS)
def test_every_margin_of_the_assisted_may_be_published(data: Data, citizenship: str) -> None:
    margins = data.table("ctdc.margins")
    total = assisted_total(margins, citizenship)
    assert total > 0
    for variable in SPLITS:
        counts = margin(margins, citizenship, variable)
        if counts is not None:
            assert publishable(counts, total=total)
    for prefix in ("is", "typeOfLabour", "meansOfControl"):
        for name, count in flags(margins, citizenship, prefix).items():
            assert publishable(pd.Series({name: count}), total=total)


def test_a_split_with_a_cell_under_ten_stops_the_notebook(data: Data) -> None:
    counts = data.table("nsc.detected_by_purpose").set_index("purpose")["persons"].copy()
    counts.iloc[0] = 9
    with pytest.raises(DisclosureError, match="Detected people by purpose may not be published"):
        assert_publishable(counts, "Detected people by purpose")


@pytest.mark.parametrize("notebook", ["risk_profile", "known_cases"])
def test_notebooks_that_split_people_ask_before_they_publish(notebook: str) -> None:
    # `counts.pooled` asks as well, before it gives the pools.
    asks = ("assert_publishable(", "pooled(")
    assert any(call in source for source in _code(notebook) for call in asks)


def test_the_notebooks_are_committed_without_outputs() -> None:
    for path in sorted(Path(ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                assert not cell.outputs, path.name
                assert cell.execution_count is None, path.name
