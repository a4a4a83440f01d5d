"""What a page leaves out: which sentences, what goes with them, and where they stood."""

from livingbrief.book.prose import Prose
from livingbrief.book.sentences import Page
from livingbrief.claims import findings
from tests.recorded import results

KNOWN = {"value": 1.0, "text": "1"}
MISSING = {"text": "not yet published"}
RESULTS = results({"a.b.2023": KNOWN, "a.b.2024": MISSING})
PAGE = """# Title

| Year | Books |
|---|---|
{% for year in shocks %}
| {{ year }} | {{ a.b[year] }} |
{% endfor %}

It was {{ a.b.2023 }}.
:::{statement} F01
rule: a.b.2024 > 0
holds: It grew.
:::
:::{statement} F02
rule: a.b.2023 > 1
holds: It was more.
:::
It is {{ a.b.2024 }}.
"""


def test_what_is_left_out_is_named_with_the_line_on_which_it_stands():
    rules = (("F01", "a.b.2024 > 0"), ("F02", "a.b.2023 > 1"))
    own = [findings.Finding(id=n, chapter="p", rule=r, holds="It is.", fails="") for n, r in rules]
    prose = Prose(RESULTS, {}, findings=[findings.judge(item, RESULTS) for item in own])
    page = Page(prose, {"shocks": [2024, 2023]}, "p.md")
    assert page.fill(PAGE) == (
        "# Title\n\n| Year | Books |\n|---|---|\n| 2023 | 1 |\n\nIt was 1.\n"
    )
    # F02 says nothing because its rule is not met.
    assert page.left_out == [f"p.md, line {line}: a.b.2024" for line in (6, 10, 18)]
