"""Text filled from results: a lazy tree of keys for Jinja, and what a statement says.

What of a text is left out, `livingbrief.book.sentences` decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

import jinja2

from livingbrief.book import ahead, marks
from livingbrief.book.marks import Printed, marked
from livingbrief.claims.findings import Stated, worded
from livingbrief.escape import finalize, markdown
from livingbrief.values.latest import years_of
from livingbrief.values.numbers import NBSP, format_value, with_unit
from livingbrief.values.results import DIGITS, Number, Results
from livingbrief.wording import enumerated

CAVEATS = {
    "estimate": ", an estimate",
    "provisional": ", provisional",
    "printed_later": ", printed later",
}
#: A number of a year that nobody asks for.
UNASKED = Number(text="", status="no_data", notebook="")
#: How a row has a number in its year, and its last number after the others.
JOINTS = ("{} in {}", "and")


class InWords(Number):
    """A number as a language writes it: what stands behind it, its range, `at` its level."""

    caveat: str = ""
    range: str = ""
    at: str = ""
    joints: tuple[str, str] = JOINTS


class UnknownKeyError(LookupError):
    """A page asks for a key that no notebook declares."""


class UnusableKeyError(LookupError):
    """A page asks of a key what it cannot give, such as the sign of a missing value."""


#: Said of a sentence on figures that were printed later than the edition's day, and what stands for
#: it where the rule of a finding has them.
LATE = "figures printed later"
_LATE = "\ue010"
#: With these a line begins that is no sentence: headings, rows, tags, directives, labels.
NO_SENTENCE = ("#", "|", "{%", ":::", "```", "(", "%", ":name:")
#: What no text holds: templates have no comments.
NO_COMMENT = "{\ue011"
EXHIBIT = re.compile(r"\{numref\}`((?:fig|tbl)-[\w-]+)`")
BRACKET = re.compile(rf" ?\((?P<items>[^()]*?{EXHIBIT.pattern}[^()]*)\)")


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
        As in ``results.json``; `level` is in words, "95%".
    """

    def __init__(self, key: str, number: Number) -> None:
        self.key, self.value, self.interval = key, number.value, number.interval
        # A count of persons is of people where it is said.
        self.unit = "people" if number.unit == "persons" else number.unit
        self.text = number.text.replace(f"{NBSP}persons", f"{NBSP}people")
        self.status = number.status
        if not isinstance(number, InWords):
            number = InWords.model_construct(caveat=CAVEATS.get(self.status, ""), **dict(number))
        self.n = None if number.n is None else Printed(f"{number.n:,}", key, "n")
        at = number.at or (number.level and f"{100 * number.level:.0f}%")
        self.level = at and Printed(at, key, "level")
        self._caveat, self._range, self.joints = number.caveat, number.range, number.joints

    def __str__(self) -> str:
        return str(self.text)

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    @_form
    def year(self) -> str:
        """The year that ends the key; of a period, "2009 to 2023"."""
        return self.key.rsplit(".", 1)[-1].removeprefix("y").replace("_", " to ")

    @_form
    def or_missing(self) -> str:
        """The text, or without a value why there is none: "not yet published"."""
        return self.text

    @property
    def caveat(self) -> str:
        """What to add behind the number where it is not final: ", an estimate"."""
        return str(self._caveat)

    @property
    def aside(self) -> str:
        """The same in brackets, for a row of numbers: " (an estimate)"."""
        return re.sub("^, (.*)", r" (\1)", self.caveat)

    @_form
    def size(self) -> str:
        """The text without its sign, for "fell by …"."""
        return self.text.replace("\u2212", "", 1).lstrip("+")

    @_form
    def bare(self) -> str:
        """The text without its unit, for a row of numbers of which the first names it."""
        return re.sub(rf"(%|{NBSP}({re.escape(self.unit)}|person))$", "", self.text)

    @_form
    def signed(self) -> str:
        """The text with a plus or a minus sign."""
        if isinstance(self.value, (int, float)) and self.value > 0:
            return f"+{self.text}"
        return self.text

    @property
    def moved(self) -> Printed:
        """The change in words: "rose by 7.1%", "fell by 2.5%", "did not change"."""
        return self.moving("rose by {}", "fell by {}", "did not change")

    @property
    def direction(self) -> Printed:
        """The change without a verb: "up 7.1%", "down 2.5%", "unchanged"."""
        return self.moving("up {}", "down {}", "unchanged", form="direction")

    def moving(self, rose: str, fell: str, still: str, form: str = "moved") -> Printed:
        """Return the change in the words of a language, which agree with what changed."""
        said = f"is {self.text}"
        if isinstance(self.value, (int, float)):
            moves = any(c in "123456789" for c in self.text)
            said = (rose if self.value > 0 else fell).format(self.size) if moves else still
        return Printed(said, self.key, form)

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
        """The interval in words, "2.3 to 4.7%"."""
        if self.unit.startswith("US$ "):
            return f"US${NBSP}{self._end(0)} to {self._end(1)}{NBSP}{self.unit[4:]}"
        return self._range or f"{self._end(0)} to {self.high}"

    def _end(self, i: int) -> str:
        ends = self.interval
        if ends is None:
            raise UnusableKeyError(f"'{self.key}' has no interval")
        if self.unit == "year":
            return str(round(ends[i]))
        number = self.text.split(NBSP)[1] if self.unit.startswith("US$ ") else self.text
        whole, point, decimals = number.removesuffix("%").split(NBSP)[0].partition(".")
        places = len(decimals) if point and whole else 0
        if not isinstance(self.value, (int, float)):
            places = DIGITS.get(self.unit, 1)
        return format_value(ends[i], places)


class Row(tuple[Leaf, ...]):
    """Numbers of several years, "29.8% in 2022 and 30.1% in 2023"; signed if one is below 0."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.joined(str)

    def joined(self, write: Callable[[Any], str]) -> str:
        """Return the row, each number written by `write`."""
        signed = any(isinstance(leaf.value, int | float) and leaf.value < 0 for leaf in self)
        written = ((leaf.signed if signed else leaf, leaf) for leaf in self)
        within, last = self[0].joints
        parts = (within.format(write(n), of.year) + write(of.aside) for n, of in written)
        return enumerated(parts, last)


class Branch:
    """A dotted path that leads to numbers.

    ``latest`` is the newest year with a value, ``since(2022, 2024)`` a row of the known years.
    """

    __slots__ = ("_children", "_path")

    def __init__(self, path: str) -> None:
        self._path = path
        self._children: dict[str, Branch | Leaf] = {}

    def __getitem__(self, part: str | int) -> Branch | Leaf:
        child = self._children.get(str(part))
        if child is None and part == "latest":
            child = self._latest()
        # The year of a loop is a text; one that somebody typed is a number, and has to be known.
        if child is None and str(part) == part and part.isdigit() and self._years():
            child = Leaf(f"{self._path}.{part}", UNASKED)
        if child is None:
            raise UnknownKeyError(f"{self._path}.{part}")
        return child

    def _years(self) -> dict[int, Leaf]:
        leaves = {leaf.key: leaf for leaf in self._children.values() if isinstance(leaf, Leaf)}
        return {year: leaves[key] for year, key in sorted(years_of(leaves, self._path).items())}

    def _latest(self) -> Leaf | None:
        leaves = [*self._years().values()]
        return next((leaf for leaf in leaves[::-1] if leaf.known), leaves[-1] if leaves else None)

    def since(self, first: int, last: int = 9999) -> Row:
        """Return the known numbers from one year to another."""
        years = self._years()
        if not years:
            raise UnknownKeyError(f"{self._path}.{first}")
        row = Row(of for year, of in years.items() if of.known and first <= year <= last)
        if not row:
            raise UnusableKeyError(f"'{self._path}' has no value from {first} on")
        return row

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


def tree(results: Results) -> dict[str, Branch]:
    """Return the first segments of all keys, each a branch.

    Raises
    ------
    ValueError
        When one key is the beginning of another.
    """
    roots: dict[str, Branch] = {}
    for key, number in results.items():
        first, *rest = key.split(".")
        roots.setdefault(first, Branch(first)).add(rest, Leaf(key, number))
    return roots


class _Environment(jinja2.Environment):
    """Looks up keys before attributes, such as `count`; `read`: numbers asked for something."""

    read: list[Leaf]

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Branch) and attribute != "since":
            return obj[attribute]
        if isinstance(obj, Leaf) and attribute != "or_missing":
            self.read.append(obj)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return obj[argument] if isinstance(obj, Branch) else super().getitem(obj, argument)


def with_key(value: Any) -> str:
    """Return what a template prints: numbers between marks that hold their key, text escaped."""
    if isinstance(value, Leaf):
        return marked(markdown(value), value.key)
    if isinstance(value, Row):
        return value.joined(with_key)
    return marks.finalize(value)


#: "{{ n }} year{{ n | s }}", "{{ n }} {{ n | are }} wrong": of one, and of more.
FILTERS: Mapping[str, Callable[[object], str]] = {
    "s": lambda n: "" if str(n) == "1" else "s",
    "are": lambda n: "is" if str(n) == "1" else "are",
}


class Prose:
    """Renders pages against the results of one edition.

    Parameters
    ----------
    results : mapping
        ``results.json``.
    context : mapping
        Further names for pages: the edition's parameters, facts, functions that return Markdown.
    keyed : bool
        Print each number between marks that hold its key (see `livingbrief.book.marks`).
    findings : iterable of Stated
        From `livingbrief.claims.findings.judge`.
    known : Known, optional
        What was out by the day to which an edition looks back, or that one may name that ends
        early: sentences on anything later are left out, and those on figures that were printed
        later are marked with the words `late`.
    """

    def __init__(
        self,
        results: Results,
        context: Mapping[str, object],
        *,
        keyed: bool = False,
        findings: Iterable[Stated] = (),
        known: ahead.Known | None = None,
        late: str = LATE,
    ) -> None:
        self.results = results
        self.known, self._late = known, late
        self._write = with_key if keyed else finalize
        #: Whether the edition shows a figure or table, by its name.
        self.shows: Callable[[str], bool] = lambda name: True
        self._findings = {item.id: item for item in findings}
        # MyST writes {#label}, which Jinja would take for the beginning of a comment.
        self._env = _Environment(
            undefined=jinja2.StrictUndefined,
            comment_start_string=NO_COMMENT,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            finalize=self._print,
            keep_trailing_newline=True,
        )
        self._env.read = []
        self._env.filters |= FILTERS
        self._named = context
        self._context = {**tree(results), "has": self.has, **context}

    def beside(self, results: Results, findings: Iterable[Stated], late: str) -> Prose:
        """Return what fills prose with the same names from other results, in other words."""
        return Prose(results, self._named, findings=findings, known=self.known, late=late)

    def has(self, *keys: str) -> bool:
        """Whether every key has a value in this edition; an undeclared key is an error."""
        for key in keys:
            if key not in self.results:
                raise UnknownKeyError(key)
        return all(self.results[k].value is not None for k in keys)

    def fill(self, text: str) -> str:
        """Fill a text of which nothing is to be left out.

        Raises
        ------
        UnknownKeyError, UnusableKeyError
            When a key is unknown, or has not what is asked of it.
        jinja2.TemplateError
            When a name is unknown or the markup is broken.
        """
        # Most sentences hold nothing to fill, and compiling a template takes longer than filling.
        if "{{" not in text and "{%" not in text and "\r" not in text:
            return text
        return self._env.from_string(text).render(self._context)

    def _print(self, value: object) -> str:
        if isinstance(value, Leaf):
            self._env.read.append(value)
        return self._write(value)

    def read(self, sentence: str) -> list[Leaf]:
        """Return the numbers that a sentence reads."""
        self._env.read = []
        try:
            if "{{" in sentence:
                self._env.from_string(sentence).render(self._context)
        except (UnknownKeyError, jinja2.UndefinedError, ValueError):
            pass  # Filling names it, unless a condition leaves out the block in which it stands.
        return self._env.read

    def referred(self, found: re.Match[str]) -> str:
        """Return brackets without the exhibits that are not shown."""
        items = re.split(r"(?=[,;] )", found["items"])
        here = [item for item in items if all(map(self.shows, EXHIBIT.findall(item)))]
        kept = "".join(here).lstrip(",; ")
        return found[0] if here == items else f" ({kept})" if kept else ""

    def said(self, name: str, words: Mapping[str, str] | None = None) -> str:
        """Return what a statement says, as a template; an `UnknownKeyError` if there is none.

        Other pages than that of its rule may have `words` of their own, by outcome.
        """
        item = self._findings.get(name)
        if item is None:
            # Of another country no page of the narrative is judged, and a condition leaves it out.
            if self._context.get("narrative", True):
                raise UnknownKeyError(name)
            return ""
        lines = (worded(words, item, self.results) if words else item.template).split("\n")
        said = (i for i, line in enumerate(lines) if line and not line.startswith(NO_SENTENCE))
        if self.known and item.late and (first := next(said, None)) is not None:
            lines[first] += _LATE
        return "\n".join(lines)

    def missing(self, name: str) -> str:
        """Return what a statement that says nothing lacks; empty where that is how it was meant."""
        item = self._findings.get(name)
        if item is None or item.outcome != "unknown":
            return ""
        return next((key for key in item.keys if self.results[key].value is None), name)

    def dated(self, sentence: str) -> str:
        """Mark a sentence that uses figures printed later, unless it says so of each."""
        late = any(of.known and of.status == "printed_later" for of in self.read(sentence))
        said = ".caveat" in sentence or ".aside" in sentence
        late = not said if late else _LATE in sentence
        sentence = sentence.replace(_LATE, "")
        return f"{sentence} ({self._late})" if late else sentence
