"""What docs/REVIEWERS.md and README.md tell reviewers: commands can be run, places exist."""

import json
import re

import pytest
from click.testing import CliRunner

from benchmarks import needs
from livingbrief.cli.cli import main
from livingbrief.paths import project_root

ROOT = project_root()
PAGE = (ROOT / "docs" / "REVIEWERS.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"`((?:make|pytest|remitrisk|python|unshare) [^`]+)`", PAGE)))


def test_each_row_has_a_command_or_a_place():
    rows = [row for row in PAGE.splitlines() if row.startswith("| ") and "|---" not in row]
    heads = {
        "| gate | shown by |",
        "| asked for | shown by |",
        "| asked for | what is here for it |",
    }
    bare = [row for row in rows if row not in heads and "`" not in row and "](" not in row]
    assert len(rows) > 30
    assert [row for row in bare if "None" not in row] == []


def test_each_place_exists():
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert len(links) > 10
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    named = re.findall(r"`((?:data|benchmarks|docs|tests)/[\w./]+)`", PAGE)
    assert named and [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make ")])
def test_make_has_what_is_named(command):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^{command.split()[1]}:", makefile)


@pytest.mark.parametrize("command", [c for c in COMMANDS if "remitrisk " in c])
def test_the_command_line_has_what_is_named(command):
    words = command.split("remitrisk ", 1)[1].split()
    depth = 2 if words[0] == "vintages" else 1
    shown = CliRunner().invoke(main, [*words[:depth], "--help"])
    options = {"--work-name"}  # hidden from the help
    assert shown.exit_code == 0, shown.output
    asked = {word for word in words if word.startswith("--")} - options
    assert [word for word in asked if word not in shown.output] == []


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("pytest ")])
def test_the_tests_that_are_named_exist(command):
    files, _, chosen = command.removeprefix("pytest ").partition(" -k ")
    words = re.findall(r"\w+", chosen.replace(" or ", " "))
    names = []
    for file in files.split():
        names += re.findall(r"(?m)^def (test_\w+)", (ROOT / file).read_text(encoding="utf-8"))
    assert names
    assert [word for word in words if not any(word in name for name in names)] == []


def test_a_word_that_chooses_no_test_is_seen():
    with pytest.raises(AssertionError):
        test_the_tests_that_are_named_exist('pytest tests/test_schemas.py -k "wrong or nowhere"')


def test_readme_says_what_was_measured_and_names_every_seed():
    written = needs.PLACE.search(README)[0]
    assert written == needs.text(json.loads(needs.FIGURES.read_text(encoding="utf-8")))


def test_nothing_is_drawn_without_a_seed():
    """Generators are made from a seed that is passed on; the old global state is not touched."""
    sources = [*ROOT.glob("remitrisk/**/*.py"), *ROOT.glob("livingbrief/**/*.py")]
    sources += ROOT.glob("notebooks/*.ipynb")
    made, loose = [], []
    for path in sources:
        text = path.read_text(encoding="utf-8")
        made += re.findall(r"default_rng\(([^)]*)\)", text)
        loose += re.findall(r"np\.random\.(?!default_rng|Generator)\w+|(?m:^import random$)", text)
    assert made and loose == []
    assert [given for given in made if "seed" not in given] == []
