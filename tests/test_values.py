import jinja2
import pytest

from livingbrief.book.prose import Prose, UnknownKeyError
from livingbrief.book.sentences import Page
from tests.recorded import number

pytestmark = pytest.mark.core


def entry(value, unit, text, **more):
    return number(value=value, unit=unit, text=text, **more)


RESULTS = {
    "remittances.gross.growth_pct.2022": entry(7.0828, "percent", "7.1%"),
    "remittances.net.growth_pct.2022": entry(-17.553, "percent", "\u221217.6%"),
    "remittances.rub.growth_pct.2022": entry(-0.01, "percent", "0.0%"),
    "remittances.gross.pct_gdp.2025": entry(None, "", "not yet published"),
    "elasticity.ruble.y2009_2023": entry(
        0.98, "ratio", "0.98", n=15, interval=[0.6012, 1.349], level=0.95
    ),
    "cost.usd_bn": entry(
        3.26, "US$ billion", "US$\u00a03.26\u00a0billion", interval=[2.2, 4.7], level=0.95
    ),
    "victims.count.values": entry(9, "persons", "9\u00a0persons"),
    "victims.count.one": entry(1, "persons", "1\u00a0person"),
}


@pytest.mark.parametrize(
    ("prose", "printed"),
    [
        ("It fell ({numref}`fig-lost`).", "It fell."),
        ("It fell ({numref}`fig-a`, {numref}`tbl-lost`).", "It fell ({numref}`fig-a`)."),
        ("It fell ({numref}`tbl-lost`, {claim}`C01`).", "It fell ({claim}`C01`)."),
        ("It fell.\n\nBy {numref}`tbl-lost` it rose.\nMore.", "It fell.\n"),
        ("By {numref}`fig-a` it rose.", "By {numref}`fig-a` it rose."),
    ],
)
def test_what_refers_to_an_exhibit_that_is_not_shown_is_left_out(prose, printed):
    told = Prose({}, {})
    told.shows = lambda name: name == "fig-a"
    assert Page(told).fill(prose) == printed


def fill(text):
    return Page(Prose(RESULTS, {"country": "KGZ"})).fill(text)


@pytest.mark.parametrize(
    ("prose", "printed"),
    [
        ("{{ remittances.gross.growth_pct.2022 }}", "7.1%"),
        ("It {{ remittances.gross.growth_pct.2022.moved }}.", "It rose by 7.1%."),
        ("It {{ remittances.rub.growth_pct.2022.moved }}.", "It did not change."),
        ("{{ remittances.gross.growth_pct.2022.signed }}", "+7.1%"),
        ("{{ remittances.gross.pct_gdp.2025.or_missing }}", "not yet published"),
        ("{{ elasticity.ruble.y2009_2023.range }}", "0.60 to 1.35"),
        (
            "By {{ cost.usd_bn.range }}.\nBy {{ victims.count.values.range }}.\nMore.",
            "By US$\u00a02.20 to 4.70\u00a0billion.\nMore.",
        ),
        ("{{ elasticity.ruble.y2009_2023.n }}", "15"),
        ("{{ elasticity.ruble.y2009_2023.level }}", "95%"),
        ("{{ victims.count.values }}, not {{ victims.count.values.bare }}", "9\u00a0people, not 9"),
        ("{{ victims.count.one }}, not {{ victims.count.one.bare }}", "1\u00a0person, not 1"),
        ('{% if has("remittances.gross.pct_gdp.2025") %}yes{% else %}no{% endif %}', "no"),
        ("{% if remittances.net.growth_pct.2022.value < 0 %}down{% endif %}", "down"),
        ("{#anchor} {ref}`x` US$ 3 and US$ 4", "{#anchor} {ref}`x` US$ 3 and US$ 4"),
    ],
)
def test_prose_prints_what_the_results_hold(prose, printed):
    assert fill(prose) == printed


@pytest.mark.parametrize(
    ("prose", "named"),
    [
        ("{{ remittances.gross.growth_pct.2031 }}", "remittances.gross.growth_pct.2031"),
        ("{{ remittances.gros.growth_pct.2022 }}", "remittances.gros"),
        ("{{ remittances.gross }}", "remittances.gross"),
        ('{% if has("a.b.2022") %}x{% endif %}', "a.b.2022"),
    ],
)
def test_an_unknown_key_is_named(prose, named):
    with pytest.raises(UnknownKeyError, match=named):
        fill(prose)


def test_an_unknown_first_word_is_named():
    with pytest.raises(jinja2.UndefinedError, match="remitances"):
        fill("{{ remitances.gross.growth_pct.2022 }}")


def test_a_sentence_with_a_range_that_does_not_exist_is_named():
    page = Page(Prose(RESULTS, {}), where="p.md")
    assert page.fill("It rose.\nBy {{ victims.count.one.range }}.\n\nMore.") == "\nMore."
    assert page.left_out == ["p.md, line 2: 'victims.count.one' has no interval"]


def test_no_key_may_be_the_beginning_of_another():
    both = {"a.b": entry(1, "", "1"), "a.b.c": entry(2, "", "2")}
    with pytest.raises(ValueError, match="which has a value"):
        Prose(both, {})
