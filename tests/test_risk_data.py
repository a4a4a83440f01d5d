"""The risk-factor methods on the data package: published totals, sample sizes, coverage."""

import pytest

from livingbrief.paths import project_root
from remitrisk.methods import composite, structural
from remitrisk.series import BriefData as Data


@pytest.fixture(scope="module")
def data():
    return Data(project_root(), country="KGZ", last_year=2024)


@pytest.fixture(scope="module")
def indicators(data):
    panels = {code: data.panel(code) for code in structural.series_needed(structural.REGION)}
    return structural.assemble(panels, structural.REGION, 2024)


def test_no_aggregate_enters_the_index(indicators):
    assert not {"WLD", "ECS"} & set(indicators.values.index)


def test_kyrgyzstan_has_every_indicator_and_passes_the_coverage_rule(indicators):
    assert indicators.values.loc["KGZ"].notna().all()
    assert indicators.years.loc["KGZ", "refugees"] == 2016
    world = composite.coverage(indicators.values, structural.WORLD)
    assert {"KGZ", "TJK", "UZB", "KAZ", "ARM", "MDA"} <= set(world.kept)
    assert "TKM" in world.dropped
    assert len(world.kept) > 130


def test_the_index_keeps_to_the_order_that_its_dimensions_give(indicators):
    kept = list(composite.coverage(indicators.values, structural.WORLD).kept)
    found = composite.composite(indicators.values.loc[kept], structural.WORLD, draws=500)
    assert found.table.loc["KGZ", "low"] <= found.table.loc["KGZ", "rank"]
    assert found.table.loc["KGZ", "rank"] <= found.table.loc["KGZ", "high"]
    assert found.table.loc["NOR", "rank"] > found.table.loc["KGZ", "rank"]
    assert found.table.loc["CAF", "rank"] < found.table.loc["KGZ", "rank"]
