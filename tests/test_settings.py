"""Any year, day and country: the commands that the pages show can be typed, and leave no hole."""

import re
import shlex

import click
import pytest

from livingbrief.cli.cli import main
from livingbrief.paths import project_root
from livingbrief.run.editions import load_edition
from tests import drawn

ROOT = project_root()
PAGES = ("README.md", "book/rerun.md")


def commands():
    """Every ``remitrisk …`` of the pages for readers, as arguments; pages that show it."""
    found = {}
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(r"(?:^\s*|`|bin/)remitrisk ([a-z][^`\n]*)", text, re.M):
            arguments = tuple(shlex.split(line, comments=True))
            if not any("…" in a or a.isupper() for a in arguments):
                found.setdefault(arguments, page)
    return found


SETTINGS = sorted({tuple(a for a in c if "=" in a) for c in commands() if c[0] == "build"} - {()})


def test_pages_show_commands():
    assert ("build", "--set", "last_year=2021") in commands()
    assert len(commands()) >= 8 and len(SETTINGS) >= 3


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_a_command_that_a_page_shows_can_be_typed(arguments):
    command, rest = main, list(arguments)
    while isinstance(command, click.Group):
        command = command.commands[rest.pop(0)]
    context = command.make_context(arguments[0], rest)
    asked = context.params
    if "settings" in asked:
        load_edition(ROOT, asked["edition"], asked["settings"])


@pytest.mark.slow
@pytest.mark.parametrize("lot", range(4))
def test_settings_drawn_by_lot_leave_no_hole(lot):
    settings = drawn.draw(15, lot + 1)[lot]
    assert drawn.holes(settings) == [], settings


@pytest.mark.slow
def test_the_year_of_the_readme_leaves_no_hole():
    assert drawn.holes(["last_year=2021"]) == []
