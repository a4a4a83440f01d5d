"""Prose filled from results: a lazy tree of keys for Jinja, and the rendering of one page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

import jinja2

from remitrisk.book.marks import Printed, PrintedCount, marked
from remitrisk.escape import finalize, markdown
from remitrisk.exhibits.numbers import NBSP, format_value, with_unit
from remitrisk.results import DIGITS


class UnknownKeyError(LookupError):
    """A page asks for a key that no notebook declares."""


class UnusableKeyError(LookupError):
    """A page asks of a key what it cannot give, such as the sign of a missing value."""


def _form(make: Callable[[Leaf], str]) -> property:
    """Make a property whose text knows the key that it prints."""

    @wraps(make)
    def printed(leaf: Leaf) -> Printed:
        return Printed(make(leaf), leaf.key, make.__name__)

    return property(printed)


class Leaf:
    """One number in prose; printing it gives its text.

    Attributes
    ----------
    value, unit, text, n, interval, level, status
        As in ``results.json``; `level` is in words, "95 %".
    """

    def __init__(self, key: str, entry: Mapping[str, Any]) -> None:
        self.key = key
        self.value = entry["value"]
        self.unit = entry["unit"]
        self.text = entry["text"]
        n, level = entry["n"], entry["level"]
        self.n = None if n is None else PrintedCount(n, key, "n")
        self.interval = entry["interval"]
        words = None if level is None else f"{100 * level:.0f}{NBSP}%"
        self.level = None if words is None else Printed(words, key, "level")
        self.status = entry["status"]

    def __str__(self) -> str:
        return str(self.text)

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    @_form
    def size(self) -> str:
        """The text without its sign, for "fell by …"."""
        return self.text.replace("\u2212", "", 1).lstrip("+")

    @_form
    def bare(self) -> str:
        """The text without its unit, for a row of numbers of which the first names it."""
        return self.text.removesuffix(f"{NBSP}{self.unit}")

    @_form
    def capital(self) -> str:
        """The text as a sentence may begin with it."""
        return self.text[:1].upper() + self.text[1:]

    @_form
    def signed(self) -> str:
        """The text with a plus or a minus sign."""
        if isinstance(self.value, (int, float)) and self.value > 0:
            return f"+{self.text}"
        return self.text

    @_form
    def moved(self) -> str:
        """The change in words: "rose by 7.1 %", "fell by 2.5 %", "did not change"."""
        if not isinstance(self.value, (int, float)):
            return f"is {self.text}"
        if not any(c in "123456789" for c in self.text):
            return "did not change"
        return f"{'rose' if self.value > 0 else 'fell'} by {self.size}"

    @_form
    def low(self) -> str:
        """Lower end of the interval, with its unit."""
        return with_unit(self._end(0), self.unit)

    @_form
    def high(self) -> str:
        """Upper end of the interval, with its unit."""
        return with_unit(self._end(1), self.unit)

    @_form
    def range(self) -> str:
        """The interval in words, "2.3 to 4.7 %"."""
        if self.unit.startswith("US$ "):
            return f"US${NBSP}{self._end(0)} to {self._end(1)}{NBSP}{self.unit[4:]}"
        return f"{self._end(0)} to {self.high}"

    @_form
    def shortfall(self) -> str:
        """How far the interval reaches below the value, in whole per cent of it, without unit."""
        return f"{100 - 100 * self._interval()[0] / self.value:.0f}"

    def _interval(self) -> Sequence[float]:
        if self.interval is None:
            raise UnusableKeyError(f"'{self.key}' has no interval")
        return self.interval

    def _end(self, i: int) -> str:
        ends = self._interval()
        if self.unit == "year":
            return str(round(ends[i]))
        number = self.text.split(NBSP)[1] if self.unit.startswith("US$ ") else self.text
        whole, point, decimals = number.split(NBSP)[0].partition(".")
        places = len(decimals) if point and whole else 0
        if not isinstance(self.value, (int, float)):
            places = DIGITS.get(self.unit, 1)
        return format_value(ends[i], places)


class Branch:
    """A dotted path that leads to numbers."""

    __slots__ = ("_children", "_path")

    def __init__(self, path: str) -> None:
        self._path = path
        self._children: dict[str, Branch | Leaf] = {}

    def __getitem__(self, part: str | int) -> Branch | Leaf:
        child = self._children.get(str(part))
        if child is None:
            raise UnknownKeyError(f"{self._path}.{part}")
        return child

    def __str__(self) -> str:
        raise UnknownKeyError(f"{self._path} (it is the beginning of other keys)")

    def add(self, parts: list[str], leaf: Leaf) -> None:
        """Hang `leaf` below this branch."""
        if len(parts) == 1:
            self._children[parts[0]] = leaf
            return
        below = self._children.setdefault(parts[0], Branch(f"{self._path}.{parts[0]}"))
        if isinstance(below, Leaf):
            raise ValueError(f"key '{leaf.key}' goes on below '{below.key}', which has a value")
        below.add(parts[1:], leaf)


def tree(results: Mapping[str, Mapping[str, Any]]) -> dict[str, Branch]:
    """Return the first segments of all keys, each a branch.

    Raises
    ------
    ValueError
        When one key is the beginning of another.
    """
    roots: dict[str, Branch] = {}
    for key, entry in results.items():
        first, *rest = key.split(".")
        roots.setdefault(first, Branch(first)).add(rest, Leaf(key, entry))
    return roots


class _Environment(jinja2.Environment):
    """Looks up keys before attributes, so that a key may be called `values` or `count`."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return obj[attribute] if isinstance(obj, Branch) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return obj[argument] if isinstance(obj, Branch) else super().getitem(obj, argument)


def with_key(value: Any) -> str:
    """Return what a template prints: numbers between marks that hold their key, text escaped."""
    if isinstance(value, Leaf):
        return marked(markdown(value), value.key)
    if isinstance(value, (Printed, PrintedCount)):
        return marked(markdown(value), value.key, value.form)
    return finalize(value)


class Prose:
    """Renders pages against the results of one edition.

    Parameters
    ----------
    results : mapping
        ``results.json``.
    context : mapping
        Further names for pages: the edition's parameters, facts, functions that return Markdown.
    keyed : bool
        Print each number between marks that hold its key (see `remitrisk.book.marks`).
    """

    def __init__(
        self,
        results: Mapping[str, Mapping[str, Any]],
        context: Mapping[str, Any],
        *,
        keyed: bool = False,
    ) -> None:
        self.results = results
        # MyST writes {#label} and {% comments %} nowhere else; Jinja's own comment mark would
        # swallow the first.
        self._env = _Environment(
            undefined=jinja2.StrictUndefined,
            comment_start_string="{##",
            comment_end_string="##}",
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            finalize=with_key if keyed else finalize,
            keep_trailing_newline=True,
        )
        self._context = {**tree(results), "has": self.has, **context}

    def has(self, *keys: str) -> bool:
        """Whether every key has a value in this edition; an undeclared key is an error."""
        for key in keys:
            if key not in self.results:
                raise UnknownKeyError(key)
        return all(self.results[k]["value"] is not None for k in keys)

    def render(self, text: str) -> str:
        """Fill `text`.

        Raises
        ------
        UnknownKeyError, UnusableKeyError
            When a key is unknown or has not what is asked of it.
        jinja2.TemplateError
            When a name is unknown or the markup is broken.
        """
        return self._env.from_string(text).render(self._context)
