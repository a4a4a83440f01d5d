"""`make certify`: two builds from nothing, compared, and a page that an outsider signs."""

import hashlib
import subprocess
import sys

import pytest

from livingbrief.paths import project_root
from tools import certify

ROOT = project_root()


def builds(monkeypatch, **otherwise):
    """Have a build write two files and a folder; the second also what `otherwise` says."""

    def run(command, env, **_):
        target = command[command.index("--output") + 1]
        files = {"results.json": "{}", "html/index.html": "<p>"}
        for name, text in (files | (otherwise if "report-2" in str(target) else {})).items():
            path = certify.Path(target, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    monkeypatch.setattr(certify.subprocess, "run", run)


def test_the_page_has_the_hashes_as_sha256sum_gives_them(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        builds(patch)
        files = certify.built_twice(tmp_path, "a")
    listed = subprocess.run(
        "find * -type f | LC_ALL=C sort | xargs sha256sum", shell=True, capture_output=True,
        cwd=tmp_path / ".build" / "certify" / "report-1" / "a", check=True,
    ).stdout  # fmt: skip
    text = "\n".join(certify.page(ROOT, {"a": files}))
    assert f"All 2 files: `{hashlib.sha256(listed).hexdigest()}`" in text
    assert f"| `results.json` | 1 | `{hashlib.sha256(b'{}').hexdigest()}` |" in text
    assert "Signature" in text and str(ROOT) not in text and sys.version.split()[0] in text


def test_builds_that_differ_are_named(tmp_path, monkeypatch):
    builds(monkeypatch, **{"html/index.html": "<b>"})
    with pytest.raises(SystemExit, match=r"differ in html/index\.html"):
        certify.built_twice(tmp_path, "a")
