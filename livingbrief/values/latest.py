"""Which key a path means that asks for the latest year: ``stem.latest``."""

import re
from collections.abc import Iterable, Mapping
from operator import itemgetter

from livingbrief.values.results import Results

LATEST = ".latest"
_YEARS = re.compile(r"(y\d{4}_)?(\d{4})")
_OWN_YEAR = re.compile(r"([\w.]+\.latest)\.year\b")
_LATEST_KEY = re.compile(r"\{\{\s*([\w.]+?\.latest)\b")
_ANY_LATEST = re.compile(r"[a-z]\w*(?:\.\w+)*\.latest\b")


def resolve(results: Results, key: str) -> str | None:
    """Return the key that a path of a rule or a page means; None where there is none.

    ``stem.latest`` means the newest year of ``stem`` that has a value, or, where none has, the
    newest that is asked for.
    """
    stem = key.removesuffix(LATEST)
    if stem == key:
        return key if key in results else None
    years = years_of(results, stem)
    known = [year for year, k in years.items() if results[k].value is not None]
    return years[max(known or years)] if years else None


def of_one_year(results: Results, asked: Iterable[str]) -> dict[str, str] | None:
    """Return the keys that several paths with ``.latest`` mean where they are compared.

    All are of the newest year in which each has a value. None where there is no such year; a path
    that has no value in any year keeps its newest that is asked for.
    """
    stems = {path: path.removesuffix(LATEST) for path in asked if path.endswith(LATEST)}
    keys = {path: years_of(results, stem) for path, stem in stems.items()}
    known = {
        path: {year for year, key in of.items() if results[key].value is not None}
        for path, of in keys.items()
    }
    kept = [years for years in known.values() if years]
    shared = set.intersection(*kept) if kept else set()
    if kept and not shared:
        return None
    return {path: of[max(shared if known[path] else of)] for path, of in keys.items() if of}


def in_one_year(results: Results, text: str) -> str | None:
    """Put the year in place of ``.latest`` where a text asks several numbers for theirs.

    A number that is printed with its own year (``{{ key.latest.year }}``) is of that year where
    each other is, too. None where the numbers have no year in common.
    """
    asked = set(_LATEST_KEY.findall(text))
    if len(asked) < 2 or asked == set(_OWN_YEAR.findall(text)):
        return text
    keys = of_one_year(results, asked)
    return None if keys is None else with_keys(text, keys)


def with_keys(text: str, keys: Mapping[str, str]) -> str:
    """Put keys in place of the paths with ``.latest`` that mean them."""
    return _ANY_LATEST.sub(lambda found: keys.get(found[0], found[0]), text)


def years_of(keys: Iterable[str], stem: str) -> dict[int, str]:
    """Return the years of a key, each with its key.

    A period (``y2009_2023``) counts as its last year, where no key is of that year alone.
    """
    stem, found = f"{stem}.", []
    for key in keys:
        if key.startswith(stem) and (years := _YEARS.fullmatch(key, len(stem))):
            found.append((years[1] is None, int(years[2]), key))
    return {year: key for _, year, key in sorted(found, key=itemgetter(0))}


def asked_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the paths with ``.latest`` that texts print, without those with their own year."""
    found: dict[str, None] = {}
    for text in texts:
        own = set(_OWN_YEAR.findall(text))
        found |= dict.fromkeys(p for p in _LATEST_KEY.findall(text) if p not in own)
    return tuple(found)
