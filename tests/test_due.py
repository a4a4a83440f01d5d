"""What publishers were expected to print: said on the first page and by `check`, by no clock."""

import datetime as dt
import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner

from livingbrief.book import front, languages
from livingbrief.book.language import Language
from livingbrief.book.pages import could_turn
from livingbrief.book.state import BookState
from livingbrief.claims.findings import Stated
from livingbrief.cli.check import check_all
from livingbrief.cli.cli import main
from livingbrief.data import due
from livingbrief.data.catalog import Catalog
from livingbrief.errors import PackageError
from livingbrief.records import load_actions, load_recommendations
from livingbrief.wording import long_date
from tests import recorded
from tests import small_package as small

PUBLISHERS = {
    "nsc": {
        "checked": "2026-11-25",
        "next_release": "2026-10",
        "known": "usual month",
        "what": "Poverty",
        "why": "as in past years",
    },
    "worldbank": {"checked": "2026-11-20"},
}


def with_publishers(folder, **changed):
    package = small.make_package(folder / "project")
    path = package / "data" / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    nsc = {k: v for k, v in {**PUBLISHERS["nsc"], **changed}.items() if v is not None}
    descriptor["publishers"] = {**PUBLISHERS, "nsc": nsc}
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    return package


def on(day, vintage="latest", language=None):
    """State of a book whose report is of a day."""
    date = int(dt.datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp())
    book = recorded.book(edition={"vintage": {"worldbank": vintage}}, date=date)
    words = language or Language()
    return BookState(None, {}, [], [], book, language=words)


def page(package, state):
    """What the page of the history says is past due."""
    _, begins, said = could_turn(package, state).partition("**Usually printed by now**")
    return begins + said


@pytest.mark.parametrize(
    ("when", "day", "told"),
    [
        ("2026-10", "2026-10-31", False),
        ("2026-10", "2026-11-01", True),
        ("2026-02-27", "2026-02-27", False),
        ("2026-02-27", "2026-02-28", True),
    ],
)
def test_a_printing_is_past_due_after_its_day_or_month(tmp_path, when, day, told):
    package = with_publishers(tmp_path, next_release=when)
    found = due.notes(Catalog(package), dt.date.fromisoformat(day))
    assert bool(found) == told == bool(page(package, on(day)))
    if told:
        assert found[0].startswith("past due: Poverty (National Statistical Committee")
        assert found[0].endswith("(usual month), newest vintage here 2025-08-15")


def test_the_history_says_so_by_the_date_of_the_report_and_only_on_newest_figures(tmp_path):
    package = with_publishers(tmp_path)
    told = page(package, on("2026-11-01"))
    assert told == (
        "**Usually printed by now**, and not held here yet: Poverty (National Statistical "
        "Committee of the Kyrgyz Republic, usual month October 2026)."
    )
    assert page(package, on("2026-10-01")) == ""
    assert page(package, on("2026-11-01", "2023-05-10")) == ""
    looking_back = recorded.looking_back(on("2026-11-01"), "2023-06-30")
    assert page(package, looking_back) == ""


def test_a_date_that_a_vintage_has_overtaken_is_named(tmp_path):
    package = with_publishers(tmp_path, next_release="2025-08")
    day = dt.date(2026, 11, 1)
    (note,) = due.notes(Catalog(package), day)
    assert note.startswith("next_release of nsc (August 2025) is behind its newest vintage")


@pytest.mark.parametrize("code", ["", "ru"])
def test_an_action_is_due_from_the_month_after_its_own(code):
    language = languages.read(small.ROOT)[code] if code else Language()
    named = load_actions(small.ROOT / "book" / "recommendations.yml")[0]
    listed = (small.ROOT / "book" / "recommendations.yml").read_text("utf-8")
    ids = re.findall(r"\{statement\} (F\d+)", listed)
    after = dt.date.fromisoformat(f"{named.by}-28") + dt.timedelta(days=4)
    for day, words in (
        (after.replace(day=1) - dt.timedelta(days=1), (", by ", "; срок — ")),
        (after.replace(day=1), (", due since ", "; срок истёк: ")),
    ):
        state = on(day.isoformat(), language=language)
        plain = {"template": "", "outcome": "fails", "measures": (), "late": False}
        state = replace(state, findings=[Stated.model_construct(id=n, **plain) for n in ids])
        line = front.actions(small.ROOT, state, "steps", most=1)
        month = language.month(long_date(named.by))
        assert re.search(rf"{words[bool(code)]}{month}(\sг)?\.$", line)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"next_release": "autumn"}, "publishers, nsc, next_release, .*'autumn': "),
        ({"why": None}, "next_release lacks known, what or why"),
    ],
)
def test_an_entry_that_cannot_be_read_is_named(tmp_path, changed, message):
    with pytest.raises(PackageError, match=message):
        Catalog(with_publishers(tmp_path, **changed))


def test_no_publisher_and_no_recommendation_is_without_the_day_of_the_last_look():
    catalog = Catalog(small.ROOT)
    known = catalog.descriptor.publishers
    assert set(known) == set(catalog.publishers())
    for resource in catalog.resources:
        looked = max(source.accessed for source in resource.sources)
        assert known[resource.publisher].checked >= looked
    items = load_recommendations(small.ROOT / "book" / "recommendations.yml")
    assert items and all(item.checked for item in items)


def test_check_says_what_is_past_due_and_ends_well(monkeypatch):
    monkeypatch.setattr("livingbrief.cli.check.check_package", lambda root: [])

    def told(day):
        monkeypatch.setattr("livingbrief.cli.check.today", lambda: day)
        return [n for n in check_all(small.ROOT, "current")[1] if n.startswith("past due: ")]

    expected = [e for e in Catalog(small.ROOT).descriptor.publishers.values() if e.why]
    notes = told(dt.date(2030, 1, 1))
    assert len(notes) == len(expected) + 1 >= 6 and told(dt.date(2020, 1, 1)) == []
    assert any(n.startswith("past due: recommendations.yml: action-courts (20") for n in notes)
    monkeypatch.setattr("livingbrief.cli.check.check_all", lambda *_: ([], notes))
    done = CliRunner().invoke(main, ["check"])
    assert done.exit_code == 0 and "past due: " in done.output and "no problems" in done.output
