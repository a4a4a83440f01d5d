"""Which headline numbers moved since the time of the brief."""

from livingbrief.book.record import MovedNumber
from livingbrief.data.catalog import Catalog
from livingbrief.values.numbers import WITHOUT_VALUE
from livingbrief.values.results import WITH_VALUE, Number, Results

RECENT = 3
#: What stands for a key that a report does not have.
_ABSENT = Number(text=WITHOUT_VALUE["no_data"], status="no_data", notebook="")


def moved_between(
    catalog: Catalog, old: Results, results: Results, last_year: int
) -> tuple[MovedNumber, ...]:
    """Compare the headline numbers of the three years to `last_year`; give those that moved."""
    moved = []
    for pattern, label in catalog.brief.headlines if old else ():
        for year in range(last_year, last_year - (RECENT if "{year}" in pattern else 1), -1):
            key = pattern.format(year=year)
            both = [of.get(key, _ABSENT) for of in (old, results)]
            was, now = map(printed, both)
            if was != now and any(number.value is not None for number in both):
                about = {"key": key, "label": label.format(year=year)}
                moved.append(MovedNumber(was=was, now=now, **about))
    return tuple(moved)


def printed(number: Number) -> str:
    """Return a result as it is printed, with its status where it has a value that is not final."""
    soft = number.status in WITH_VALUE and number.status != "final"
    return f"{number.text} ({number.status.replace('_', ' ')})" * soft or number.text
