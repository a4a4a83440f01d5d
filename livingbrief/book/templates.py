"""Pages and files that are put together by Jinja from the files of ``templates/``.

What a ``.md.jinja`` prints is escaped, unless it is `Markdown`, numbers marked with their keys
(`livingbrief.book.marks`); others are HTML or XML.
"""

import json
import re
from typing import Any

import jinja2

from livingbrief.book.marks import Printed, finalize
from livingbrief.charts.directive import in_table
from livingbrief.escape import Markdown, inside_html
from livingbrief.wording import LOOKS, VERDICT_WORDS, capital, enumerated, long_date


def _environment(**how: Any) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("livingbrief.book"),
        undefined=jinja2.StrictUndefined,
        comment_start_string="{##",
        comment_end_string="##}",
        trim_blocks=True,
        lstrip_blocks=True,
        **how,
    )
    made.globals |= {
        "LOOKS": LOOKS,
        "VERDICTS": VERDICT_WORDS,
        "number": Printed,
        "date": long_date,
    }
    made.globals["table"] = lambda head, rows: Markdown(in_table(head, rows))
    made.filters |= {
        "md": Markdown,
        "capital": capital,
        "enumerated": lambda parts: Markdown(enumerated(parts)),
        "quoted": lambda value: Markdown(json.dumps(value, ensure_ascii=False)),
        "in_html": lambda value: Markdown(inside_html(value)),
    }
    return made


_PAGES = _environment(finalize=finalize)
_FILES = _environment(autoescape=True)


def page(name: str, **values: Any) -> str:
    """Return the Markdown of ``templates/<name>.md.jinja``."""
    text = _PAGES.get_template(f"{name}.md.jinja").render(values)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def block(kind: str, content: Any, **attributes: str) -> str:
    """Return data for a script, as a block of JSON that no text in it can close."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    named = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<script type="application/{kind}"{named}>{text}</script>\n'


def file(name: str, **values: Any) -> str:
    """Return the text of ``templates/<name>.jinja``, in HTML, SVG or XML."""
    return _FILES.get_template(f"{name}.jinja").render(values)
