"""Rules as they are written, in one line: comparisons of recorded numbers.

``poverty.rate_pct.2022 > poverty.rate_pct.2021 within 2`` compares two keys of ``results.json``;
inside the margin it is too near to call. ``low(key)``, ``high(key)``, ``status(key)`` are ends of
an interval and the status of a number, ``interval(key) excludes 0`` compares both ends;
``abs(key) < 2`` is the size of a number. ``and``, ``or`` and brackets join comparisons; ``C63`` is
the verdict of a claim.

A measure of a claim may also end in ``since 2022``, for each year printed from then on,
``as 'Tier 2'``, how readers see the threshold, and ``uncounted``, for what decides nothing.
"""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*')|(?P<number>[+-]?\d+(?:\.\d+)?)(?![\w.])"
    r"|(?P<sign><=|>=|==|!=|<|>|[()])|(?P<word>[A-Za-z][\w.{}]*))"
)
_CLAIM = re.compile(r"C\d\d[a-z]?")
_ORDER = ("<", "<=", ">", ">=", "==", "!=")
_OF = ("low", "high", "status")
_SHOWN = "a rule reads like 'key > 20 within 2.5' or 'key < other.key and other.key >= 0'"


def parse(text: str) -> dict[str, Any]:
    """Return a rule as fields of a measure, a condition or a rule of several.

    Parameters
    ----------
    text : str
        As written, such as ``a.2022 < 0 within 2 and b.latest > b.2021``.

    Returns
    -------
    dict
        ``key``, ``compare`` and the limit of one comparison; ``all`` or ``any``, a list; or
        ``claim``, an id.

    Raises
    ------
    ValueError
        It is no rule: the message quotes what stands where something else is wanted.
    """
    if not isinstance(text, str):
        raise ValueError(f"'{text}' is no comparison; {_SHOWN}")
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise ValueError(f"'{text[at:].strip()}' cannot be read; {_SHOWN}")
        tokens.append((str(found.lastgroup), str(found[found.lastgroup or 0])))
        at = found.end()
    parser = _Parser(tokens)
    rule = parser.joined()
    if parser.left:
        raise ValueError(f"'{parser.left[0][1]}' is not expected here; {_SHOWN}")
    return rule


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.left = tokens

    def joined(self) -> dict[str, Any]:
        either = [self._together()]
        while self._takes("or"):
            either.append(self._together())
        return either[0] if len(either) == 1 else {"any": either}

    def _together(self) -> dict[str, Any]:
        every = [self._part()]
        while self._takes("and"):
            every.append(self._part())
        return every[0] if len(every) == 1 else {"all": every}

    def _part(self) -> dict[str, Any]:
        if self._takes("("):
            rule = self.joined()
            self._wanted(")")
            return rule
        if self.left and _CLAIM.fullmatch(self.left[0][1]):
            return {"claim": self._next("word")}
        return self._suffixed(self._compared())

    def _compared(self) -> dict[str, Any]:
        name = self._next("word")
        part, key = (name, self._within_brackets()) if self._takes("(") else ("", name)
        if part == "interval":
            self._wanted("excludes")
            return {"key": key, "compare": "outside", **self._limit()}
        of = {"of": part} if part in _OF else {}
        sign = self._next("sign")
        if part == "abs" and sign == "<":
            return {"key": key, "compare": "abs_lt", **self._limit()}
        if sign not in _ORDER or part not in ("", *_OF):
            raise ValueError(f"'{part or sign}' is no comparison; {_SHOWN}")
        return {"key": key, "compare": sign, **self._limit(), **of}

    def _suffixed(self, found: dict[str, Any]) -> dict[str, Any]:
        if self._takes("within"):
            found["tolerance"] = self._number()
            if found["compare"] == "==":
                found["compare"] = "within"
        if self._takes("exactly"):
            found["exact"] = True
        if self._takes("as"):
            found["shown_as"] = self._next("text")[1:-1]
        if self._takes("since"):
            found["from"] = int(self._number())
        if self._takes("uncounted"):
            found["counts"] = False
        return found

    def _limit(self) -> dict[str, Any]:
        if self.left and self.left[0][0] == "word":
            return {"than": self._next("word")}
        if self.left and self.left[0][0] == "text":
            return {"value": self._next("text")[1:-1]}
        return {"value": self._number()}

    def _within_brackets(self) -> str:
        key = self._next("word")
        self._wanted(")")
        return key

    def _number(self) -> float:
        written = self._next("number")
        return float(written) if "." in written else int(written)

    def _takes(self, text: str) -> bool:
        if self.left and self.left[0][1] == text:
            del self.left[0]
            return True
        return False

    def _wanted(self, text: str) -> None:
        if not self._takes(text):
            there = self.left[0][1] if self.left else "the end"
            raise ValueError(f"'{text}' is wanted where '{there}' stands; {_SHOWN}")

    def _next(self, kind: str) -> str:
        if not self.left or self.left[0][0] != kind:
            there = self.left[0][1] if self.left else "the end"
            raise ValueError(f"a {kind} is wanted where '{there}' stands; {_SHOWN}")
        return self.left.pop(0)[1]
