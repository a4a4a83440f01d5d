"""Conditions group by group: what is paired, what is set apart, in which year."""

import numpy as np
import pandas as pd
import pytest

from livingbrief.paths import project_root
from livingbrief.values.values import Values
from remitrisk.methods import conditions

SOURCE = {"source": "A source", "vintage": "2025-01-01"}
PRINTED = project_root() / "data" / "nsc" / "2025-08-15" / "sdg.csv"


def values(rows, names=(), *, label=""):
    """Years by groups."""
    frame = pd.DataFrame(rows, index=[*names] or None).T.rename_axis("year")
    return Values.of(frame, unit="percent", label=label, sources=[SOURCE])


@pytest.mark.parametrize(
    ("key", "code", "ends"),
    [
        ("child_labour", "child_labour_rate", (26.1, 8.3)),
        ("partner_violence", "intimate_partner_violence_rate", (27.6, 9.1)),
    ],
)
def test_poorest_and_richest_fifth_are_as_the_committee_prints_them(key, code, ends):
    table = pd.read_csv(PRINTED)
    table.attrs["source"] = SOURCE
    found = conditions.rate(table, key, "wealth_quintile", ["poorest", "richest"])
    assert tuple(found.frame.loc[2023]) == pytest.approx(ends, abs=0.05)
    rows = table[table["indicator"].eq(code) & table["year"].eq(2023)]
    for fifth, value in zip(("Quintile 1 (poorest)", "Quintile 5 (richest)"), ends, strict=True):
        one = rows[rows["wealth_quintile"].eq(fifth)]
        assert one["value"].to_numpy() == pytest.approx([value] * len(one), abs=0.05)
    pairs = conditions.last_pairs({key: found})
    assert pairs.rows == [f"{conditions.CONDITIONS[key].label}, 2023"]


def test_the_broken_value_of_child_labour_is_not_joined_to_the_line() -> None:
    ages = {"age_5_11": "5–11", "age_12_14": "12–14", "age_15_17": "15–17"}
    rows = {2018: [27.9, 23.3, 26.6], 2023: [28.0, 11.0, 0.3]}
    found, alone = conditions.broken_off(values(rows, ages, label=ages))
    assert alone == ["2023, not comparable"]
    assert found.rows == ["5–11", "12–14", "15–17"]
    assert found[2018].series.tolist() == [27.9, 23.3, 26.6]
    assert found[2023].series.tolist() == [28.0, 11.0]
    assert found["2023, not comparable"].series.to_dict() == {"15–17": 0.3}
    assert conditions.broken_off(values({2018: rows[2018]}, ages))[1] == []


def test_pairs_are_of_their_last_common_year_and_say_whose_children() -> None:
    who, late = ["women", "men"], SOURCE | {"vintage": "2025-08-15, printed later"}
    work = values({2022: [40.0, 70.0], 2023: [np.nan, 71.0]}, who)
    found = conditions.last_pairs(
        {
            "employment": work.called(sources=[late]),
            "child_labour": values({2023: [16.0, 23.2]}, who),
            "neet": values({2024: [23.7, 9.8]}, who),
            "poverty": values({}, who),
        }
    )
    assert found.rows == [
        "youth outside work and school, 2024",
        "child labour (girls, boys), 2023",
        "employment, 2022",
    ]
    # One that was printed later leaves the others as they are; what comes from both is late.
    assert found.sources == (late, SOURCE)
    assert found.status["men"].tolist() == ["final", "final", "printed_later"]
    assert (found["men"] - found["women"]).later.all()
