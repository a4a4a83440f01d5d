"""How firm a verdict is: margins, usual revisions, and vintages planted to turn some."""

import math
import operator
import re
import shutil
from functools import partial
from types import SimpleNamespace

import jsonschema
import pandas as pd
import pytest
from pydantic_core import to_jsonable_python

from livingbrief.book import ledger, pages
from livingbrief.book.marks import unmarked
from livingbrief.book.state import BookState
from livingbrief.claims import claims, firm, turning
from livingbrief.claims.measures import Measure, Revision, measured, vote
from livingbrief.data import due
from livingbrief.data.access import open_catalog, open_data
from livingbrief.data.known import later_by
from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition
from remitrisk.as_printed import as_printed
from remitrisk.as_printed import turns as archived
from tests import golden, recorded
from tests import small_package as small

ROOT = project_root()
LEDGER = claims.load(ROOT / "book" / "claims.yml")
WDI = "worldbank.wdi"


def rule(compare, **fields):
    return claims.Measure(label="a label", key="a.b.2022", compare=compare, **fields)


@pytest.mark.parametrize(
    ("measure", "value", "limit", "expected"),
    [
        (rule("<", value=0), -3.0, 0, 3.0),
        (rule("<", value=0, tolerance=1), -3.0, 0, 2.0),
        (rule("<", value=0, tolerance=1), 0.25, 0, 0.75),
        (rule(">", value=5), 4.0, 5, 1.0),
        (rule("within", value=30, tolerance=2.5), 31.0, 30, 1.5),
        (rule("within", value=30, tolerance=2.5), 26.0, 30, 1.5),
        (rule("abs_lt", value=1), -0.5, 1, 0.5),
        (rule("==", value=0), 0, 0, 1.0),
        (rule("==", value=0), 3, 0, 3.0),
        (rule(">", than="c.d", exact=True), 111, 2, 102.0),
        (rule(">", than="c.d", exact=True), 6, 9, 5.0),
    ],
)
def test_the_margin_is_what_turns_the_vote(measure, value, limit, expected):
    far = firm.margin(measure, value, limit)
    assert far == pytest.approx(expected)
    now = vote(measure, value, limit)
    step = 1 if measure.exact or isinstance(value, int) else 1e-6
    for way in (-1, 1):
        assert vote(measure, value + way * (far - step), limit) == now
    beyond = far if measure.exact or isinstance(value, int) else far + step
    assert {vote(measure, value + way * beyond, limit) for way in (-1, 1)} != {now}


def printings(**years):
    dates = ["2020-06-01", "2021-06-01", "2022-06-01", "2023-06-01", "2024-06-01"]
    wide = pd.DataFrame.from_dict(
        {int(year[1:]): line for year, line in years.items()}, orient="index", columns=dates
    ).astype(float)
    wide.attrs |= {"publisher": "bank", "lines": {"A bank, figures"}}
    return wide


WIDE = printings(
    y2015=[1, 1, 1, 1, 1], y2016=[2, 2, 2, 2, 3], y2018=[5, 5, 5, 5, 5], y2019=[5, 6, 6, 6, 6],
    y2020=[None, 5, 5, 7, 8], y2021=[None, None, 5, 5, 1], y2022=[None, None, None, 5, 5.5],
    y2023=[None, None, None, None, 5],
)  # fmt: skip


def moved(wide):
    return firm.first_and_latest(wide)["moved"]


def test_a_usual_revision_is_of_years_first_printed_soon_and_printed_again():
    assert moved(WIDE).to_dict() == {2018: 0, 2019: 1, 2020: 3, 2021: -4, 2022: 0.5}
    found = firm.usual(WIDE)
    assert found == Revision(median=1.0, largest=4.0, n=5, first=5, since="2020-06-01")
    # Fewer than five first printings: the newest five that were printed twice.
    assert list(moved(WIDE.drop(index=2019)).index) == [2016, 2018, 2020, 2021, 2022]
    fewer = firm.usual(WIDE.drop(index=2019))
    assert (fewer.n, fewer.first) == (5, 4)
    assert firm.usual(WIDE.loc[2020:]) is None


def test_an_estimate_that_is_printed_again_is_no_year_without_a_revision():
    wide = WIDE.copy()
    wide.loc[2022] = [None, None, None, 5, 5]
    assert moved(wide)[2022] == 0
    wide.attrs["open"] = (2022,)
    assert 2022 not in moved(wide).index
    # An estimate that an outcome replaced counts, from the estimate on.
    assert moved(wide)[2021] == -4
    results = {"a.b.2022": entry(5.5), "a.b.2021": entry(1.0)}
    measure = rule(">", than="a.b.2021")
    gaps, _, _ = firm._printed_of("a.b.2022", "a.b.2021", results, {"a.b": wide})
    # A gap has no outcome either while one of its two figures has none.
    assert gaps.attrs["open"] == (2022, 2023) and measure.than
    assert 2022 not in moved(gaps).index


def entry(value, source="A bank, figures"):
    told = {"value": value, "text": f"{value:.1f}%", "status": "final", "unit": "percent"}
    return recorded.number(**told, sources=[{"source": source, "vintage": "2024-06-01"}])


def firmness(measure, results, wide=None):
    measure = measure.model_copy(update={"key": "a.b.2022"})
    printed = {} if wide is None else {"a.b": wide}
    return firm.firmness(measure, measured(measure, results, ""), results, printed)


def test_each_class_by_margin_and_revision():
    def of(value, source="A bank, figures", **fields):
        measure = rule("<", value=5, **fields)
        results = {"a.b.2022": entry(value, source)}
        return firmness(measure, results, WIDE)

    assert [of(n)[0].of_class for n in (0.5, 1.0, 4.0)] == ["firm", "between", "could_turn"]
    said, turned = of(4.5)
    assert (said.of_class, said.unit, turned) == (
        "could_turn", "percentage points", {"contradicted": pytest.approx(0.5)},
    )  # fmt: skip
    # A band: a usual revision goes as far as into it, or through it.
    assert set(of(4.3, tolerance=0.25)[1]) == {"inconclusive", "contradicted"}
    assert of(4.5, source="A bank, IOM and others, figures")[0].of_class == "no_vintages"
    words = ledger.firm_words(said, "4.5%").replace("\xa0", " ")
    assert words == (
        "could turn: 0.5 points from turning; "
        "usually revised by 1.0, at most 4.0 (seen in only 5 years)"
    )


def test_a_difference_of_two_years_is_followed_itself():
    results = {"a.b.2022": entry(5.5), "a.b.2021": entry(1.0)}
    measure = rule(">", than="a.b.2021")
    said, _ = firmness(measure, results, WIDE)
    # From 2016 on, less the year before: only 2016 and 2019 to 2022 have one.
    assert said.of == "difference"
    assert said.revision.largest == 7.0
    assert said.margin == 4.5


def test_words_have_no_margin():
    results = {"a.b.2022": recorded.with_fields(entry(1.0), value="2", text="Tier 2")}
    said, turned = firmness(rule("==", value="2"), results)
    assert (said.margin, said.of_class, turned) == (None, "no_vintages", {})


# ------------------------------------------------------------------ the ledger on real printings


def accepted_numbers():
    """The accepted numbers of the chapters, with what a source line keeps of their sources."""
    rows = golden.read("current")
    results = golden.results_of(rows)
    for row in rows:
        if row["status"]:
            lines = (re.split(r" (?=\d{4}-)", source)[0] for source in row["sources"].split("; "))
            told = [{"source": line, "vintage": ""} for line in lines]
            unit = "percent" if row["text"].endswith("%") else ""
            results[row["key"]] = recorded.with_fields(results[row["key"]], sources=told, unit=unit)
    return results


@pytest.fixture(scope="module")
def sure():
    """The ledger of today with how firm it is, by usual revisions alone."""
    data = open_data(ROOT, golden.cases()["current"])
    return claims.evaluate(LEDGER, accepted_numbers(), "current", as_printed(data))


#: What the bank prints of the flow, and the national totals of the Committee's pages.
FOLLOWED = (
    "remittances.gross.", "remittances.net.", "remittances.rub.", "remittances.real_som.",
    "poverty.rate_pct.", "unemployment.rate_pct.", "working_poverty.rate_pct.",
    "victims.nsc.count.",
)  # fmt: skip


def test_each_deciding_measure_has_a_margin_and_a_usual_revision_or_says_no_vintages(sure):
    seen = set()
    for item in sure:
        for measure in item.measures:
            if not measure.counts or measure.verdict == "missing":
                continue
            said, where = measure.firm, f"{item.id} {measure.key}"
            words = ledger.firm_words(said, measure.text)
            if measure.key.startswith(FOLLOWED):
                seen.add(next(f for f in FOLLOWED if measure.key.startswith(f)))
                assert said.margin is not None, where
                assert said.revision.n >= firm.FEWEST_YEARS, where
                assert "usually revised by" in words, where
            assert ("revision not known" in words) == (said.revision is None), where
    assert seen == set(FOLLOWED)


def test_the_bands_turn_verdicts_that_depend_on_them(sure):
    bands = {item.id: item.bands for item in sure}
    assert bands["C28"] == {"half": "no_longer", "twice": "no_longer"}
    assert set(bands["C04a"]) == {"none", "half", "twice"}
    assert bands["C06"] == {}


def test_an_edition_that_looks_back_knows_no_later_printing():
    found = as_printed(open_data(ROOT, load_edition(ROOT, "brief-2023")))
    assert "2023-05-10" <= max(date for wide in found.values() for date in wide) <= "2023-06-30"
    assert found["remittances.gross.growth_pct"].loc[2022].dropna().index[0] == "2023-05-10"


def test_the_front_page_lists_what_could_turn_and_when_the_next_printing_is_due(sure):
    known = {item.id: item.could_turn for item in sure if item.could_turn}
    assert list(known) == ["C04a"]
    ((turn,),) = known.values()
    assert (turn.key, turn.to) == (SHARE, ("depends_on_measure",))
    share = {SHARE: recorded.number(text="17.6%", value=17.6)}
    state = BookState(None, share, sure, [], recorded.book(date=1_790_000_000))
    page = unmarked(pages.could_turn(ROOT, state))
    assert "- {claim}`C04a` (Kyrgyzstan depends on remittances) would become *depends on" in page
    assert due.expected(open_catalog(ROOT))["worldbank"].when in page
    state = recorded.looking_back(state, "2026-11-25")
    assert "next release" not in pages.could_turn(ROOT, state)


# ------------------------------------------------------------------ the chance to turn


@pytest.fixture(scope="module")
def turns():
    """What the archives say of today's figures."""
    return archived(open_data(ROOT, golden.cases()["current"]))


BANK = frozenset(["World Bank, World Development Indicators"])


def chance_of(key, rule, turns, value=None, sources=BANK, **than):
    """What the archive says of a measure on made-up figures."""
    sources = [{"source": line, "vintage": ""} for line in sources]
    results = {
        name: recorded.number(value=of, text=str(of), status="final", sources=sources)
        for name, of in {key: value, **than}.items()
    }
    measure = Measure(key=key, **rule)
    return turning.of_measure(measure, measured(measure, results, "C00"), results, turns)


def rows(series, kind):
    table = pd.read_csv(ROOT / "data" / "shelf_life" / "2026-12-03" / "chances.csv")
    of = table[(table["series"] == series) & (table["kind"] == kind)]
    return of.sort_values("above")


def test_the_chance_is_that_of_the_series_kind_and_margin(turns):
    fell = {"compare": "<", "value": 0, "tolerance": 1.0}
    told = chance_of("remittances.gross.growth_pct.2020", fell, turns, -2.5)
    # From -2.5 to -1 per cent, as amounts are compared.
    margin = 100 * abs(math.log(0.975 / 0.99))
    of = rows("BX.TRF.PWKR.CD.DT", "year on year")
    band = of[of["above"] <= margin].iloc[-1]
    assert told.turns == turning.shifted(band["chance"], band["odds_2"])
    # From -2.5 to 1 per cent, the other edge of the band.
    across = of[of["above"] <= 100 * abs(math.log(0.975 / 1.01))].iloc[-1]
    assert told.further == turning.shifted(across["chance"], band["odds_2"])
    assert (told.kind, told.newest, told.years) == ("year on year", False, 8)
    newest = chance_of("remittances.gross.growth_pct.2024", fell, turns, -2.5)
    assert newest.turns == turning.shifted(band["chance"], band["odds_0"])
    assert newest.newest and newest.turns > told.turns
    before = chance_of("remittances.gross.growth_pct.2023", fell, turns, -2.5)
    assert not before.newest and before.turns == turning.shifted(band["chance"], band["odds_1"])
    above = {"compare": ">", "value": 20.0}
    share = chance_of("remittances.gross.pct_gdp.2021", above, turns, 32.6)
    assert share.kind == "above a line"
    assert share.turns < 0.005
    rus, kaz = "growth.real_pct.rus.2020", "growth.real_pct.kaz.2020"
    beside = chance_of(rus, {"compare": "<", "than": kaz}, turns, -2.7, **{kaz: -2.5})
    assert beside.kind == "A above B"
    long = {"compare": ">", "than": "growth.real_pct.rus.2010"}
    found = chance_of(rus, long, turns, -2.7, **{"growth.real_pct.rus.2010": 4.5})
    assert found.kind == "over five years"


def test_an_archive_is_silent_on_other_publishers_counts_and_ends_of_intervals(turns):
    poverty = "poverty.rate_pct.2021"
    above = {"compare": ">", "value": 25.0}
    assert chance_of(poverty, above, turns, 33.3).series == "SI.POV.NAHC"
    assert chance_of(poverty, above, turns, 33.3, ["National Statistical Committee"]) is None
    assert chance_of(poverty, above, turns) is None
    assert chance_of("victims.nsc.count.2020", above, turns, 33) is None
    assert chance_of(poverty, {**above, "of": "low"}, turns, 33.3) is None


def test_firm_is_what_turns_in_five_of_a_hundred_cases_at_most(turns, sure):
    printed = as_printed(open_data(ROOT, golden.cases()["current"]))
    found = claims.evaluate(LEDGER, accepted_numbers(), "current", printed, turns)
    classes = set()
    for item, by_revisions in zip(found, sure, strict=True):
        assert item.verdict == by_revisions.verdict
        assert item.bands == by_revisions.bands
        for measure, other in zip(item.measures, by_revisions.measures, strict=True):
            said = measure.firm
            if said and said.chance:
                share = said.chance.turns
                assert said.of_class == ("firm" if share <= 0.05 else "could_turn")
                assert said.by == "chance"
                words = ledger.firm_words(said, measure.text)
                assert "of 100 cases within 8 years" in words
                assert ("on a newest year" in words) == said.chance.newest
                assert said.by_revisions == other.firm.of_class
                classes.add(said.of_class)
            else:
                assert said == other.firm
    assert classes == {"firm", "could_turn"}
    jsonschema.validate(
        to_jsonable_python(claims.beside(found, []), by_alias=True), claims.schema()
    )


def test_what_is_rounded_does_not_contradict_the_class():
    def words(share):
        return ledger.chance_words(SimpleNamespace(turns=share, years=8, newest=False))

    assert "turned in just over 5 of 100" in words(0.0506)
    assert "turned in 5 of 100" in words(0.0494)
    assert "turned in fewer than 1 of 100" in words(0.001)


def test_an_edition_that_looks_back_to_before_the_printings_goes_by_revisions():
    assert archived(open_data(ROOT, load_edition(ROOT, "brief-2023"))) == {}


# ------------------------------------------------------------------ a planted vintage

SHARE, TURKIYE = "remittances.gross.pct_gdp.2024", "growth.real_pct.tur.2020"


def planted(root, like, date, code, country, change):
    """Register a vintage like another one, in which one value is another."""
    model = next(r for r in open_catalog(root).of_table(WDI) if r.vintage == like)
    frame = pd.read_csv(root / "data" / model.path, dtype=str, keep_default_na=False)
    year = "2024" if code == "BX.TRF.PWKR.CD.DT" else "2020"
    at = (frame["indicator"] == code) & (frame["iso3"] == country) & (frame["year"] == year)
    assert at.sum() == 1
    frame.loc[at, "value"] = frame.loc[at, "value"].map(lambda v: repr(change(float(v))))
    content = frame.to_csv(index=False, lineterminator="\n").encode()
    small.add_own(root, WDI, content, date, note="planted")


@pytest.mark.parametrize(
    ("notebook", "key", "code", "country", "turned"),
    [
        ("remittances", SHARE, "BX.TRF.PWKR.CD.DT", "KGZ", ["C04a"]),
        ("conditions", TURKIYE, "NY.GDP.MKTP.KD.ZG", "TUR", ["C54b"]),
    ],
)
def test_a_figure_past_its_margin_turns_exactly_the_claims_that_it_decides(
    tmp_path, notebook, key, code, country, turned
):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    for name in ("notebooks", "book", "editions.yml"):
        (tmp_path / name).symlink_to(ROOT / name)
    case = golden.cases()["current"]
    accepted = golden.results_of(golden.read("current"))

    def judged(root, vintage):
        edition = case.model_copy(update={"vintage": {**case.vintage, "worldbank": vintage}})
        numbers = golden.run(edition, notebook, root)["numbers"]
        results = {**accepted, **recorded.results(numbers)}
        return results, claims.evaluate(LEDGER, results, "current", {})

    pinned = case.vintage["worldbank"]
    results, before = judged(ROOT, pinned)
    measures = {i.id: {m.key: m.firm for m in i.measures} for i in before}
    size, margin = results[key].value, measures[turned[0]][key].margin
    for days, factor, expected in ((1, 0.9, []), (2, 1.1, turned)):
        date = later_by(pinned, days)
        moved = size - factor * margin
        # The share moves with the inflow; growth is printed itself.
        change = partial(operator.mul, moved / size) if key == SHARE else lambda _, to=moved: to
        planted(tmp_path, pinned, date, code, country, change)
        now, after = judged(tmp_path, date)
        assert now[key].value == pytest.approx(moved)
        assert [flip.id for flip in claims.diff(before, after)] == expected
