"""No published split of people has a cell under ten, complements and differences included.

Not looked at are national totals of a year, which are no split.
"""

import json
import re
from itertools import product
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from livingbrief.data.catalog import Catalog
from livingbrief.notebooks import matched
from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition
from livingbrief.run.steps import run_notebook
from remitrisk.methods.breakdowns import headline
from remitrisk.methods.cases import assisted_total, flags, margin, printed_years
from remitrisk.methods.counts import publishable
from remitrisk.series import BriefData as Data

ROOT = project_root()
CITIZENSHIPS = ("KGZ", "TJK", "UZB", "KAZ", "TKM")
SPLITS = ("CountryOfExploitation", "gender", "ageBroad", "majorityStatusAtExploit")


@pytest.fixture(scope="module")
def data() -> Data:
    return Data(ROOT)


def test_purposes_and_detecting_countries_are_pooled_far_enough(data: Data) -> None:
    assert publishable(data.table("nsc.detected_by_purpose").set_index("purpose")["persons"])
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


Pool = tuple[str, frozenset[int], int, int]


def _pools(frame: pd.DataFrame) -> list[Pool]:
    who = frame["counted_by"] + ", " + frame["detecting_group"]
    years = [frozenset(printed_years(text)) for text in frame["years_printed"]]
    return [*zip(who, years, frame["low"], frame["high"], strict=True)]


def computed(pools: list[Pool]) -> list[str]:
    """What a reader can work out of pools: a small part of one, or what is left between two."""
    found = [f"{who}: {low} to {high}" for who, _, low, high in pools if 0 < high - low < 10]
    for (who, years, low, high), (other, fewer, less, most) in product(pools, pools):
        if who == other and fewer < years and min(low - less, high - most) < 10:
            found.append(f"{who}, {sorted(years - fewer)}: {low - less}")
    return found


def all_pools() -> list[Pool]:
    catalog = Catalog(ROOT)
    return [p for r in catalog.of_table("unodc.citizens_abroad") for p in _pools(catalog.frame(r))]


def test_pools_of_all_vintages_leave_no_small_difference() -> None:
    pools = all_pools()
    assert len(pools) == 13
    assert computed(pools) == []
    assert computed([("a", frozenset({2010, 2013}), 11, 14)]) == ["a: 11 to 14"]
    assert computed([("a", frozenset({2010, 2013}), 30, 40), ("a", frozenset({2010}), 27, 27)]) == [
        "a, [2013]: 3"
    ]


def test_whether_a_pool_has_a_small_count_does_not_follow_from_its_bounds() -> None:
    for who, years, low, high in all_pools():
        due = 30 if "together" in who else 10 if len(years) > 1 else 0
        assert high - low == due, who


def test_what_other_citizenships_leave_of_all_the_assisted_is_not_small(data: Data) -> None:
    by = ["variable", "value"]
    known = data.table("ctdc.margins").groupby(by)["n_synthetic_rows"].sum()
    every = data.table("ctdc.margins_all").set_index(by)["n_synthetic_rows"]
    left = (every - known).dropna()
    assert len(left) > 50
    assert not left.between(1, 9).any(), left[left.between(1, 9)]


def test_the_years_of_a_pool_of_purposes_leave_no_small_remainder(data: Data) -> None:
    pool = data.table("nsc.detected_by_purpose")
    first, last = pool[["first_year", "last_year"]].iloc[0]
    total = headline(data.table("nsc.sdg"), "detected_trafficking_victims", last_year=2024,
                     series="Detected victims").loc[first:last].sum()  # fmt: skip
    assert not 0 < total - pool["persons"].sum() < 10


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the chapter on known cases publishes."""
    out = tmp_path_factory.mktemp("known") / "known_cases"
    chapter = ROOT / "notebooks" / "known_cases.ipynb"
    run_notebook(
        ROOT, "known_cases", matched(chapter, load_edition(ROOT, "current").parameters()), out
    )
    return out


def test_neither_a_figure_nor_a_result_lets_a_small_count_be_computed(known: Path) -> None:
    shown = pd.read_csv(known / "figures" / "fig-known-abroad.csv", comment="#")
    assert not (shown["high"] - shown["low"]).between(1, 9).any()
    numbers = json.loads((known / "record.json").read_text())["numbers"]
    counts = {
        key: entry
        for key, entry in numbers.items()
        if key.startswith(("unodc.citizens_detected.", "unodc.repatriated."))
    }
    assert len(counts) == 11
    for key, entry in counts.items():
        low, high = entry["interval"] or (entry["value"], entry["value"])
        assert entry["value"] == low and not 0 < high - low < 10, key
    detected = {key.removeprefix("unodc.citizens_detected."): e for key, e in counts.items()}
    for whole, part in (
        ("tur.all", "tur.late"), ("tur.all", "tur.y2007_2014"),
        ("abroad.y2007_2014", "tur.y2007_2014"),
        ("abroad.y2007_2014", "other_countries.y2009_2014"),
        ("home.y2009_2016", "home.2013"),
    ):  # fmt: skip
        assert detected[whole]["value"] - detected[part]["value"] >= 10, whole
    assisted = pd.read_csv(known / "figures" / "fig-known-assisted.csv", comment="#")
    assert assisted["persons"].min() >= 10
    cells = nbformat.read(known / "executed.ipynb", as_version=4).cells
    tables = [o.data.get("text/html", "") for c in cells if c.id == "assisted" for o in c.outputs]
    classes = [int(n) for n in re.findall(r"<td>(\d+)</td>", "".join(tables))]
    assert len(classes) > 10 and min(classes) >= 10


def test_the_notebooks_are_committed_without_outputs() -> None:
    for path in sorted(Path(ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                assert not cell.outputs, path.name
                assert cell.execution_count is None, path.name
