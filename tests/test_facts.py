"""Single figures that tables hold under keys: recorded as they stand, and by the day alone."""

import pandas as pd
import pytest

from livingbrief.chapter import Notebook
from livingbrief.errors import DataError, PackageError
from livingbrief.paths import project_root
from livingbrief.values.results import load
from remitrisk.series import BriefData
from tests import golden

ROOT = project_root()
KEYED = {
    r.path: pd.read_csv(ROOT / "data" / r.path, dtype=str, keep_default_na=False).query("key != ''")
    for r in BriefData(ROOT).catalog.keyed
}
PRESS = {key for path, of in KEYED.items() if path.startswith("press/") for key in of["key"]}


def test_every_keyed_row_is_recorded_as_it_stands():
    recorded = {row["key"]: row for row in golden.read("current")}
    rows = [row for table in KEYED.values() for row in table.to_dict("records")]
    assert len(rows) > 40 and len({row["key"] for row in rows}) == len(rows)
    for row in rows:
        if int(row["key"][-4:]) > 2024:
            assert row["key"] not in recorded
            continue
        kept = recorded[row["key"]]
        assert float(kept["value"]) == float(row["value"])
        own = [row["key_status"]] if row.get("key_status") else ["quoted"]
        own += ["final"] * (row["key"] not in PRESS)
        assert kept["status"] in own


def test_who_said_it_is_the_source_and_a_later_day_is_left_out():
    now = BriefData(ROOT, last_year=2024).facts("migration.uk_seasonal_visas.", "transfers.with_")
    assert now["key"].str.startswith(("migration.uk_", "transfers.with_cards")).all()
    sources = {s["source"] for s in now["source"]}
    assert "UK Home Office, quoted by bne IntelliNews" in sources
    assert "NBKR, as quoted by Times of Central Asia" in sources
    then = BriefData(ROOT, last_year=2022, known_at="2023-06-30")
    assert then.facts("transfers.with_cards.").empty
    early = BriefData(ROOT, last_year=2021).facts("migration.uk_seasonal_visas.")
    assert early["key"].tolist() == ["migration.uk_seasonal_visas.2021"]


def test_a_beginning_that_no_table_holds_and_a_table_that_is_not_declared_are_refused():
    with pytest.raises(DataError, match=r"begins with 'transfers\.nothing'"):
        BriefData(ROOT).facts("transfers.out_", "transfers.nothing")
    with pytest.raises(PackageError, match=r"'press\.facts' without declaring it"):
        BriefData(ROOT, reads=["worldbank.wdi"]).facts("transfers.out_")


def test_what_is_recorded_comes_back_by_year(tmp_path):
    described = load(ROOT / "book" / "results.yml")["migration"]
    nb = Notebook("migration", BriefData(ROOT, last_year=2024), tmp_path, described, {})
    moves = nb.facts("migration.long_term_")
    gap = moves["long_term_arrivals_russia"] - moves["long_term_departures_russia"]
    assert gap.series.to_dict() == {2022: 28_400 - 43_600, 2023: 28_700 - 20_500}
    assert set(nb._recorder.numbers) >= {"migration.long_term_arrivals_russia.2023"}
