"""Which numbers of an edition moved, where its series end, and what was withdrawn."""

from types import SimpleNamespace

import pandas as pd
import pytest

from livingbrief.book.language import Language
from livingbrief.book.marks import unmarked
from livingbrief.book.pages import moved_numbers as moved_table
from livingbrief.book.pages import standing
from livingbrief.book.record import MovedNumber
from livingbrief.charts.tables import own_last_years
from livingbrief.claims.claims import Claim, evaluate
from livingbrief.claims.findings import Stated
from livingbrief.data.access import open_catalog
from livingbrief.files import write_json
from livingbrief.run.moved import moved_between
from livingbrief.values.numbers import Recorder
from livingbrief.values.results import Description
from livingbrief.wording import long_date
from remitrisk.brief import BRIEF
from tests import recorded
from tests import small_package as small
from tools import moves

ROOT = small.ROOT
KEY = "remittances.gross.growth_pct.2022"
RULE = {"label": "It", "key": "a.b", "compare": ">", "value": 0}


def entry(value, text, status="final"):
    return recorded.number(value=value, text=text, status=status)


def moved(old, now):
    return moved_between(open_catalog(ROOT), old, now, 2024)


def table_of(found, results):
    book = SimpleNamespace(moved_since=found)
    return moved_table(SimpleNamespace(book=book, results=results, brief=BRIEF))


def test_a_number_that_reads_otherwise_is_named_with_both_texts():
    of_years = [f"{KEY[:-4]}{year}" for year in (2025, 2024, 2023, 2021)]
    there = dict.fromkeys(of_years, entry(1.0, "1.0%"))
    there[KEY] = entry(-2.0, "−2.0%", "estimate")
    found = moved({KEY: entry(7.1, "7.1%")}, there)
    assert [m.key for m in found] == [*of_years[1:3], KEY]
    label = "Gross remittances in dollars, change in 2022"
    assert found[2] == MovedNumber(key=KEY, label=label, was="7.1%", now="−2.0% (estimate)")
    table = table_of(found, there)
    assert f"| {label} | 7.1% | −2.0% (estimate) |" in unmarked(table)
    assert table_of((), {}) == ""


def test_what_neither_has_did_not_move():
    old = {KEY: entry(None, "not in this edition", "outside_edition")}
    assert moved(old, {KEY: entry(None, "not yet published", "not_published")}) == ()
    assert moved(old, {}) == ()
    assert len(moved(old, {KEY: entry(7.1, "7.1%")})) == 1


def test_what_a_report_with_another_host_does_not_have_is_shown_as_not_available():
    gone = moved({KEY: entry(7.1, "7.1%")}, {})
    table = table_of(gone, {})
    assert "| 7.1% | not available |" in unmarked(table)


@pytest.mark.parametrize(
    ("day", "said"), [("2021-02-17", ", where held, otherwise of 1 April 2026"), ("2026-04-01", "")]
)
def test_a_release_that_is_not_held_whole_is_named_with_what_serves_its_lacks(day, said):
    book = SimpleNamespace(vintages={"worldbank": day})
    told = standing(ROOT, SimpleNamespace(language=Language(), known_at="", book=book), "of")
    assert told == f"World Bank figures of {long_date(day)}{said}"


def test_a_pull_request_says_what_moves(tmp_path):
    old, new = (tmp_path / name for name in ("old", "new"))
    for folder, verdict, rose in ((old, "supported", "7%"), (new, "no_longer", "<b>|2%")):
        folder.mkdir()
        cited = [{"source": "A", "vintage": ""}]
        texts = {"a.b": (7.1, rose), "kept": (1.0, "1")}
        results = {
            key: recorded.number(value=value, text=text, sources=cited)
            for key, (value, text) in texts.items()
        }
        claim = {"id": "C01", "section": "One", "claim": "It *rose*.", "kind": "data"}
        (item,) = evaluate([Claim(**claim, measures=[RULE])], results, "current")
        claims = [item.model_copy(update={"verdict": verdict})]
        words = {"outcome": "holds", "template": f"It rose by {rose}.", "late": False}
        stated = Stated(id="F1", chapter="c", year="", measures=(), claims={}, **words)
        findings = [stated] * (folder == new)
        for name, held in (("results", results), ("claims", claims), ("findings", findings)):
            write_json(folder / f"{name}.json", held)
    assert [line for line in moves.lines(old, new) if line.startswith(("| a", "| C", "| F"))] == [
        "| a.b | 7% | &lt;b&gt;&#124;2% |",
        r"| C01: It \*rose\*. | supported | no longer |  |",
        "| F1 | – | It rose by &lt;b&gt;&#124;2%. (holds) |",
    ]
    assert "".join(moves.lines(new, new)).count(": 0") == 3


# ------------------------------------------------------------------ figures and records


def years(first, last, **columns):
    return pd.DataFrame({"year": range(first, last + 1), **columns})


def test_a_figure_says_where_its_series_end():
    both = years(2018, 2023, a=[1.0] * 6, b=[1.0] * 4 + [None] * 2)
    assert own_last_years(both, 2023, {}) == (
        "Each series ends in its own last year: a in 2023; b in 2021."
    )
    named = {"a": "gross", "b": "net"}
    assert "gross in 2023; net in 2021" in own_last_years(both, 2024, named)
    assert own_last_years(both.drop(columns="b"), 2024, {}) == "The last year shown is 2023."
    assert own_last_years(both.drop(columns="b"), 2023, {}) == ""


def test_figures_of_chosen_years_say_nothing():
    assert own_last_years(pd.DataFrame({"a": [1]}), 2024, {}) == ""
    shocks = pd.DataFrame({"year": [2009, 2014, 2015, 2020, 2022, 2023], "a": 1.0})
    assert own_last_years(shocks, 2024, {}) == ""
    assert own_last_years(years(2020, 2022, a=[1.0] * 3), 2024, {}) == ""


def recorder(*patterns: str) -> Recorder:
    asked = Description.model_validate(f"{', '.join(patterns)} [percent; 2022-2025] Money")
    return Recorder("chapter", [asked], {}, range(2005, 2025))


def test_withdrawn_keys_say_so_and_others_keep_their_reason():
    desk = recorder("money.{gross|net}.{year}")
    source = [{"source": "A", "vintage": "1"}]
    desk.record("money.gross.2022", 1.0, sources=source)
    desk.record("money.net.2022", 1.0, sources=source)
    desk.withdrawn([2022, 2023, 2025], ["money.gross"])
    found = desk.finished()
    assert found["money.gross.2022"].value == 1.0
    gone = found["money.gross.2023"]
    assert (gone.value, gone.status, gone.text) == (None, "no_data", "withdrawn by the publisher")
    assert found["money.net.2023"].status == "not_published"
    assert found["money.gross.2024"].status == "not_published"
    assert found["money.gross.2025"].status == "outside_edition"
