"""Where prose judges: sentences that new data could make untrue without anybody noticing.

A judgement belongs in ``book/findings.yml`` with its rule. In plain prose, outside conditionals,
the check names the words that judge; a sentence that stands whatever the data say, because it
defines, explains a method or tells of a law, is marked with ``= `` where it begins.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

_COMPARED = (
    r"no longer|not any ?more|any longer|"
    r"(?:more|less|fewer|\w{2,}er|worse|better|further) than|"
    r"fewer|higher|lower|larger|smaller|poorer|richer|worse|better|weaker|stronger|"
    r"(?:the|its|their) (?!latest|test|rest|interest|west|east|request)(?:\w+est|most|least|"
    r"worst)\b|"
    r"(?:high|low|larg|small|bigg|strong|weak|poor|rich|steep|fast|slow|great)est|"
    r"only|no|none|neither|nothing|the (?:first|last) (?:one|time|year|to\b|country|economy|place)|"
    r"most (?:of|people|men|women|children|cases|often|\w+ed)|mostly|mainly|largely|"
    r"majority|minority|predominantly|nearly all|almost all|hardly|barely|rarely|seldom|"
    r"not one|at zero|in (?:a|two|many) decades?|on record|so far|unlike|instead|"
    r"nobody|nowhere|never|always|everywhere|every (?:year|time|shock|measure|vintage|oblast)|"
    r"each time|all (?:of them|years|measures|vintages|\w+ agree)|"
    r"half of|(?:a|two) (?:third|quarter|fifth|tenth)s?|twice|three times|double[sd]?|tripled?|"
    r"halved|already|still|except|apart from|ahead of|behind|above|below|beyond|outside|"
    r"as (?:few|many|much|little) as|as \w+ as|alike|level with|"
    r"(?:dis)?agrees?|contradicts?|confirms?|depends? on"
)
_MOVED = (
    r"(?:rose|risen|fell|fallen|grew|grown|shrank|shrunk|dropped|declined|increased|decreased|"
    r"doubled|worsened|improved|widened|narrowed|recovered|peaked|exceed(?:s|ed)?|"
    r"outnumber(?:s|ed)?|"
    r"outpaced|surpass(?:es|ed)?|climbed|soared|plunged|collapsed|halved|vanished|"
    r"disappear(?:s|ed)|"
    r"overt(?:akes?|aken|ook)|"
    r"rebound(?:s|ed)?|remain(?:s|ed)?|becomes?|became|has become|stay(?:s|ed)|closed|"
    r"opened|turned|leads?|led|lags?|lagged|stands? out|spread|shifted|dominates?d?|"
    r"accounts? for|makes? up|rises?|falls|grows?|holds? up|came down|went up)"
)
JUDGING = re.compile(rf"\b(?:{_COMPARED}|{_MOVED})\b", re.IGNORECASE)

_BLOCK = re.compile(r"\{% if .*?\{% endif %\}", re.DOTALL)
_NOT_PROSE = re.compile(
    r"```.*?```|\{\{.*?\}\}|\{[\w:-]+\}`[^`]*`|`[^`]*`|\]\([^)]*\)|<[^>\n]*>|\$\$.*?\$\$|"
    r"^(?:#|\([^\n]*\)=$|:::|\||%|:\w+:)[^\n]*$",
    re.DOTALL | re.MULTILINE,
)


def judging(prose: str) -> list[tuple[str, str]]:
    """Return the sentences of plain prose that judge: the word, and the sentence.

    Parameters
    ----------
    prose : str
        A page or a cell, one sentence a line; lines that begin with ``= ``, findings and
        conditionals of Jinja are left out.
    """
    text = _NOT_PROSE.sub(" ", _BLOCK.sub(" ", prose))
    found = []
    for line in text.split("\n"):
        sentence = line.strip().removeprefix("- ").removeprefix("? ").removeprefix("?else ")
        if sentence.startswith("= "):
            continue
        if word := JUDGING.search(sentence):
            found.append((word[0], " ".join(sentence.split())))
    return found


def judging_titles(code: str) -> list[tuple[str, str]]:
    """Return the titles typed into a cell's code that judge: the word, and the title."""
    found = []
    for node in ast.walk(ast.parse(code)):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg != "title":
                continue
            for part in ast.walk(keyword.value):
                text = part.value if isinstance(part, ast.Constant) else None
                if isinstance(text, str) and (word := JUDGING.search(text)):
                    found.append((word[0], text))
    return found


def judging_in(root: Path) -> Iterator[str]:
    """Yield a line for each judging sentence or title of the project's pages and notebooks."""
    for page in sorted((root / "book").glob("*.md")):
        yield from _said(f"book/{page.name}", judging(page.read_text(encoding="utf-8")))
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for number, cell in enumerate(cells, start=1):
            find = judging_titles if cell["cell_type"] == "code" else judging
            where = f"notebooks/{path.name}, cell {number}"
            yield from _said(where, find("".join(cell["source"])))


def _said(where: str, found: list[tuple[str, str]]) -> Iterator[str]:
    for word, sentence in found:
        short = sentence if len(sentence) <= 90 else f"{sentence[:87]}…"
        yield (
            f"{where} judges ('{word}') outside a finding: “{short}”; move it to "
            "book/findings.yml, or begin it with '= ' if it stands whatever the data say"
        )
