"""Texts that do harm where they are taken for markup, and the places in the data for them."""

from itertools import cycle
from pathlib import Path
from typing import Any
from zlib import crc32

import pandas as pd

from livingbrief.data.content import NAME_COLUMNS
from livingbrief.escape import unfit_name

AWAY = "https://planted.example"
HARMFUL = (
    "<script>planted(1)</script>",
    f'<img src="{AWAY}/2.png" onerror="planted(2)">',
    "<svg onload=planted(3)>",
    '<iframe src="javascript:parent.planted(4)"></iframe>',
    "</title></style><script>planted(5)</script>",
    "<!-- planted(6) -->",
    f"![planted(7)]({AWAY}/7.png)",
    "[planted(8)](javascript:planted(8))",
    f"<{AWAY}/9>",
    f"{AWAY}/10",
    "planted(11) {{ 7 * 191 }}",
    "planted(12) {% if true %}1337{% endif %}",
    "{download}`planted(13) <../../pyproject.toml>`",
    "[planted(14)]{.planted onclick=planted(14)}",
    '#eval("planted(15)")',
    '#image("planted(16).png")',
    '] #panic("planted(17)") [',
    "$planted(18)$ and $$\\planted(18)$$",
    "`planted(19)` and ```{raw} html",
    "| planted(20) | --- |",
    "\n\n# planted(21)\n\n(planted)=\n:::{raw} html\n",
    "\n```{raw} html\n<script>planted(22)</script>\n```\n",
    "&lt;script&gt;planted(23)&lt;/script&gt;",
    "**planted(24)** _x_ ~~y~~ \\textbf{z}",
    "// planted(25) /* x */ @planted <planted>",
    '"\' onmouseover="planted(26)" x=\'',
    "--- planted(27) +++ 1. % x",
)
UNFIT = {
    "\x00": "U+0000",
    "\x1b": "U+001B",
    "\u202e": "U+202E, right-to-left override",
    "\u200f": "U+200F, right-to-left mark",
    "\u2066": "U+2066, left-to-right isolate",
    "\u2028": "U+2028, line separator",
    **{
        sign: f"U+{ord(sign):04X}"
        for sign in (
            "\u034f\u115f\u180e\u206a\u206f\u3164\ufe0f\ufff9\ufffb\ufffe\uffff\U000e0100\U000e01ef"
        )
    },
}
FIT_FOR_NAMES = tuple(text for text in HARMFUL if not unfit_name(text))


def seen(text: str) -> str:
    """What a reader sees of a text: its white space runs together."""
    return " ".join(text.split())


def free_columns(resource: dict[str, Any]) -> list[str]:
    """Columns of text for which the schema documents neither values nor a form, but addresses."""
    return [
        field["name"]
        for field in resource["schema"]["fields"]
        if field["type"] == "string" and field["name"] != "url"
        if not {"enum", "pattern"} & set(field.get("constraints", {}))
    ]


def plant_table(path: Path, columns: list[str], code: str) -> None:
    """Put a harmful text behind each value of these columns, and all that fit behind Kyrgyzstan.

    A value that stands in quotation marks in the code is one that notebooks look for, and a note
    on departures is one whose numbers they read: these stay as they are.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column in columns:
        names = NAME_COLUMNS.fullmatch(column)
        texts = cycle(FIT_FOR_NAMES if names else HARMFUL)
        planted = {
            # A series has one name in all its printings.
            value: f"{value} {HARMFUL[crc32(value.encode()) % len(HARMFUL)]}"
            if column == "series"
            else f"{value} {next(texts)}"
            for value in frame[column].unique()
            if value and not value.startswith("departures ")
            if names or (f'"{value}"' not in code and f"'{value}'" not in code)
        }
        if names and "Kyrgyzstan" in planted:
            planted["Kyrgyzstan"] = " ".join(["Kyrgyzstan", *FIT_FOR_NAMES])
        frame[column] = frame[column].replace(planted)
    frame.to_csv(path, index=False, lineterminator="\n")


def plant_descriptor(descriptor: dict[str, Any]) -> None:
    """Put a harmful text behind each free text of the descriptor, and a fit one behind names."""
    free, names = cycle(HARMFUL), cycle(FIT_FOR_NAMES)
    for table in descriptor["tables"].values():
        table["title"] += f" {next(names)}"
    for codes in descriptor["indicators"].values():
        for entry in codes.values():
            entry["label"] += f" {next(names)}"
    for entry in descriptor["resources"]:
        for key in ("description", "covers", "dated_note"):
            entry[key] += f" {next(free)}"
        entry["caveats"] = [f"{caveat} {next(free)}" for caveat in entry["caveats"]]
        for source in entry["sources"]:
            source["publisher"] += f" {next(names)}"
            source["dataset"] += f" {next(names)}"
        for estimate in entry["maturity"]["estimates"]:
            estimate["reason"] += f" {next(free)}"


def plant_facts(facts: dict[str, dict[str, Any]]) -> None:
    """Put a harmful text behind each fact that prose prints."""
    texts = cycle(HARMFUL)
    for entry in facts.values():
        entry["text"] = f"{entry['text']} {next(texts)}"
