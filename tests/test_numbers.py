import numpy as np
import pytest

from livingbrief.errors import BuildError
from livingbrief.values.numbers import Recorder, format_text
from livingbrief.values.results import Description

pytestmark = pytest.mark.core

SOURCE = [{"source": "World Bank", "vintage": "2026-04-01"}]


def recorder() -> Recorder:
    share = "remittances.gross.pct_gdp.{year} [percent; 2004-2024] A share"
    asked = map(Description.model_validate, (share, "elasticity.ruble.y2009_2023 [ratio] A slope"))
    return Recorder("demo", asked, {}, range(2005, 2023))


@pytest.mark.parametrize(
    ("value", "unit", "digits", "text"),
    [
        (7.0828, "percent", 1, "7.1%"),
        (-17.553, "percent", 1, "\u221217.6%"),
        (-0.04, "percent", 1, "0.0%"),
        (3011.845, "US$ million", 0, "US$\u00a03,012\u00a0million"),
        (17, "persons", 0, "17\u00a0persons"),
        (2021, "year", 0, "2021"),
        ([2009, 2021], "year", 0, "2009 and 2021"),
        ("2 Watch List", "", 0, "2 Watch List"),
        (0.344, "index", 3, "0.344"),
    ],
)
def test_a_number_is_printed_with_its_unit(value, unit, digits, text):
    assert format_text(value, unit, digits) == text


def test_a_recorded_number_keeps_value_interval_and_source():
    r = recorder()
    r.record(
        "elasticity.ruble.y2009_2023",
        np.float64(0.98),
        n=15,
        interval=(0.6, 1.3),
        level=0.95,
        sources=SOURCE,
    )
    entry = r.finished()["elasticity.ruble.y2009_2023"].model_dump(mode="json")
    assert entry == {
        "value": 0.98, "unit": "ratio", "text": "0.98", "n": 15, "interval": [0.6, 1.3],
        "level": 0.95, "status": "final", "sources": SOURCE, "notebook": "demo", "cell": "",
    }  # fmt: skip


def test_a_described_key_without_a_value_says_why():
    r = recorder()
    r.record("remittances.gross.pct_gdp.2021", 32.6, sources=SOURCE)
    done = r.finished()
    assert done["remittances.gross.pct_gdp.2022"].status == "not_published"
    assert done["remittances.gross.pct_gdp.2023"].status == "outside_edition"
    assert done["remittances.gross.pct_gdp.2004"].status == "outside_edition"
    assert done["remittances.gross.pct_gdp.2010"].status == "no_data"
    assert done["remittances.gross.pct_gdp.2022"].text == "not yet published"
    assert done["elasticity.ruble.y2009_2023"].value is None


@pytest.mark.parametrize(
    ("key", "value", "sources", "message"),
    [
        (
            "remittances.gross.pct_gpd.2021",
            1.0,
            SOURCE,
            r"under 'demo'.*remittances\.gross\.pct_gdp",
        ),
        ("remittances.gross.pct_gdp.1996", 1.0, SOURCE, "the years 2004 to 2024: cut the series"),
        ("remittances.gross.pct_gdp.2021", float("nan"), SOURCE, "no finite value"),
        ("remittances.gross.pct_gdp.2021", 1.0, [], "names no source"),
        ("elasticity.ruble.y2009_2023", 1.0, SOURCE, "twice"),
    ],
)
def test_a_bad_record_is_refused(key, value, sources, message):
    known = recorder()
    known.record("elasticity.ruble.y2009_2023", 1.0, sources=SOURCE)
    with pytest.raises(BuildError, match=message):
        known.record(key, value, sources=sources)
