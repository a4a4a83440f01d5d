"""Numbers, editions and books of which a test says what it is about, and the rest is plain."""

from dataclasses import replace

from livingbrief.book.record import Book
from livingbrief.edition import Edition
from livingbrief.values.results import Cited, Number


def number(**fields):
    """A number as a notebook leaves it."""
    known = fields.get("value") is not None
    plain = {"value": None, "unit": "", "text": "", "n": None, "interval": None, "level": None}
    plain |= {"status": "final" if known else "not_published", "notebook": "n", "cell": ""}
    cited = tuple(Cited(**source) for source in fields.get("sources", ()))
    return Number.model_construct(**{**plain, **fields, "sources": cited})


def results(entries):
    return {key: number(**fields) for key, fields in entries.items()}


def with_fields(of, **fields):
    """A number with other fields."""
    sources = {
        name: tuple(Cited(**s) for s in fields[name]) for name in fields if name == "sources"
    }
    return of.model_copy(update=fields | sources)


def edition(**fields):
    plain = {"name": "current", "title": "Current", "first_year": 2005, "last_year": 2024}
    return Edition(**(plain | fields))


def book(**fields):
    return Book(edition=edition(**fields.pop("edition", {})), **fields)


def looking_back(state, day):
    """A state of which the edition looks back to a day."""
    edition = state.book.edition.model_copy(update={"known_at": day})
    return replace(state, book=state.book.model_copy(update={"edition": edition}))
