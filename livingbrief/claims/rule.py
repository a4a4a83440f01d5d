"""Rules as they are written, in one line: comparisons of recorded numbers.

``poverty.rate_pct.2022 > poverty.rate_pct.2021 within 2`` compares two keys of ``results.json``;
inside the margin it is too near to call. ``low(key)``, ``high(key)``, ``status(key)`` are ends of
an interval and the status of a number, ``interval(key) excludes 0`` compares both ends;
``abs(key) < 2`` is the size of a number. ``and`` and ``or`` join comparisons, ``and`` first;
``C63`` is the verdict of a claim.

A measure of a claim may also end in ``since 2022``, for each year printed from then on,
``as 'Tier 2'``, how readers see the threshold, and ``uncounted``, for what decides nothing.
"""

import re

_KEY, _NUMBER = r"[A-Za-z][\w.{}]*", r"[+-]?\d+(?:\.\d+)?"
_COMPARISON = re.compile(
    rf"(?:(?P<of>low|high|status|interval|abs)\((?P<part>{_KEY})\)|(?P<key>{_KEY}))"
    rf" *(?P<sign><=|>=|==|!=|<|>|excludes) *(?:(?P<value>{_NUMBER}|'[^']*')|(?P<than>{_KEY}))"
    rf"(?: within (?P<within>{_NUMBER}))?(?P<exact> exactly)?(?: as '(?P<shown_as>[^']*)')?"
    r"(?: since (?P<since>\d{4}))?(?P<uncounted> uncounted)?"
)
_CLAIM = re.compile(r"C\d\d[a-z]?")
#: Not between apostrophes.
_JOINT = r"\s{}\s(?=(?:[^']*'[^']*')*[^']*$)"
_SHOWN = "a rule reads like 'key > 20 within 2.5' or 'key < other.key and other.key >= 0'"


#: A comparison as fields of a `Measure`.
Fields = dict[str, str | float]


def parse(text: str) -> list[list[str | Fields]]:
    """Return a rule: one of several lists of parts has to hold, and of a list each part.

    Parameters
    ----------
    text : str
        As written, such as ``a.2022 < 0 within 2 and b.latest > b.2021``.

    Returns
    -------
    list of list
        Of ids of claims, and of comparisons as `comparison` returns them.

    Raises
    ------
    ValueError
        A part is neither: the message quotes it.
    """
    return [
        [part if _CLAIM.fullmatch(part) else comparison(part) for part in _split(either, "and")]
        for either in _split(text, "or")
    ]


def comparison(text: str) -> Fields:
    """Return one comparison as fields of a measure.

    Raises
    ------
    ValueError
        It is none: the message quotes it.
    """
    found = _COMPARISON.fullmatch(" ".join(str(text).split()))
    of, sign = (found["of"], found["sign"]) if found else ("", "")
    unfit = (of == "interval") != (sign == "excludes") or (of == "abs" and sign != "<")
    if found is None or unfit:
        raise ValueError(f"'{text}' is no comparison; {_SHOWN}")
    near, value = found["within"], found["value"]
    named = {"interval": "outside", "abs": "abs_lt"}.get(of)
    fields = {
        "key": found["part"] or found["key"],
        "compare": named or ("within" if near and sign == "==" else sign),
        "value": None if value is None else value[1:-1] if value[0] == "'" else _number(value),
        "than": found["than"],
        "of": None if named else of,
        "tolerance": near and _number(near),
        "exact": found["exact"] and True,
        "shown_as": found["shown_as"],
        "from": found["since"] and int(found["since"]),
        "counts": found["uncounted"] and False,
    }
    return {name: field for name, field in fields.items() if field is not None}


def _split(text: str, joint: str) -> list[str]:
    return [part.strip() for part in re.split(_JOINT.format(joint), str(text))]


def _number(written: str) -> float:
    return float(written) if "." in written else int(written)
