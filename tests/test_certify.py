"""`remitrisk certify`: two builds from nothing, compared, and a page that an outsider signs."""

import hashlib
import os
import re
import subprocess

import pytest
from click.testing import CliRunner

from livingbrief.cli.cli import main
from livingbrief.errors import BuildError
from livingbrief.run import certify
from tests import small_package as small


@pytest.fixture
def project(tmp_path):
    return small.make_package(tmp_path / "project", only="worldbank.wdi")


def builder(asked, **otherwise):
    """Write two files and a folder; in the second build what `otherwise` names, as it says."""

    def build(edition, work, target, env):
        asked.append((edition, work, target, dict(env)))
        files = {"results.json": "{}", "html/index.html": "<p>", "html/a/b.html": "<p>"}
        if env:
            files |= otherwise
        for name, text in files.items():
            if text is not None:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                (target / name).write_text(text)

    return build


def test_the_page_has_the_hashes_of_both_builds_and_lines_to_sign(project, tmp_path):
    asked, said = [], []
    (project / "dist").mkdir()
    page = tmp_path / "certificate.md"
    (built,) = certify.certify(
        project, ["current"], page, build=builder(asked), say=said.append
    )  # fmt: skip
    first, second = asked
    assert first[1:3] != second[1:3] and first[3] == {} and "TZ" in second[3]
    assert not [*(project / "dist").iterdir()] and said[-1].endswith("the same bytes twice")
    text = page.read_text(encoding="utf-8")
    folder = project / ".build" / "certify" / "report-1" / "current"
    listed = subprocess.run(
        "find * -type f | LC_ALL=C sort | xargs sha256sum",
        shell=True, cwd=folder, capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert f"All 3 files: `{hashlib.sha256(listed).hexdigest()}`" in text
    assert built.whole == hashlib.sha256(listed).hexdigest()
    assert re.search(r"\| `html/` \| 2 \| `[0-9a-f]{64}` \|", text)
    assert f"| `results.json` | 1 | `{hashlib.sha256(b'{}').hexdigest()}` |" in text
    assert "Signature" in text and str(project) not in text


@pytest.mark.parametrize(
    ("otherwise", "named"),
    [
        ({"html/a/b.html": "<b>"}, "1 file: html/a/b.html;"),
        ({"results.json": "{} ", "more.txt": "x"}, "2 files: more.txt, results.json;"),
        ({"html/index.html": None}, "1 file: html/index.html;"),
    ],
)
def test_builds_that_differ_are_named_and_write_no_page(project, tmp_path, otherwise, named):
    page = tmp_path / "certificate.md"
    with pytest.raises(BuildError, match=f"two builds of 'current' differ in {named}"):
        certify.certify(project, ["current"], page, build=builder([], **otherwise))
    assert not page.exists()


def test_data_that_were_changed_stop_it_before_any_build(project, tmp_path):
    asked = []
    table = project / "data" / "worldbank" / "2026-04-01" / "wdi.csv"
    table.write_bytes(table.read_bytes().replace(b"KGZ,2020", b"KGZ,1920", 1))
    with pytest.raises(BuildError, match="the data package is not sound"):
        certify.certify(project, ["current"], tmp_path / "page.md", build=builder(asked))
    assert asked == []


def test_an_edition_that_is_none_is_refused_before_any_build(project, monkeypatch):
    monkeypatch.setenv("LIVINGBRIEF_ROOT", str(project))
    (project / "editions.yml").write_text("current: {title: x}\n")
    done = CliRunner().invoke(main, ["certify", "--edition", "none"])
    assert done.exit_code == 2 and "none" in done.output
    assert not (project / ".build" / "certify").exists()


@pytest.mark.slow
@pytest.mark.build
def test_a_small_report_is_built_twice_and_certified(copy):
    done = copy.run("certify", "--edition", "current", **dict.fromkeys(("TZ",), "UTC"))
    assert done.code == 0, done.err
    text = (copy.root / "certificate.md").read_text(encoding="utf-8")
    files = len(certify.hashes(copy.root / ".build" / "certify" / "report-2" / "current"))
    assert f"All {files:,} files: `" in text and "report.pdf" in text
    assert os.fspath(copy.root) not in text
