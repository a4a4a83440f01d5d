"""pyproject.toml, requirements.lock and environment.yml say the same."""

import os
import re
import subprocess
import sys
import tomllib
from itertools import chain

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from livingbrief.paths import project_root
from livingbrief.run import hashes
from remitrisk import __version__
from tools import licences

ROOT = project_root()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()


def locked() -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", LOCK, re.M):
        found.setdefault(canonicalize_name(name), []).append(Version(version))
    return found


@pytest.mark.parametrize(("name", "refused"), [("pandas", 2), ("sitecustomize", 2), ("mine", 0)])
def test_a_library_in_place_of_ours_is_refused(tmp_path, name, refused):
    (tmp_path / f"{name}.py").write_text("raise RuntimeError" if name == "pandas" else "")
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    command = [sys.executable, "-m", "livingbrief", "vintages", "list", "worldbank"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == refused, done.stderr
    assert (f"{tmp_path}, which holds {name}" in done.stderr) == bool(refused)


def test_a_library_that_is_found_first_makes_everything_anew(tmp_path, monkeypatch):
    before = hashes.libraries.__wrapped__()
    (tmp_path / "pandas-9.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert hashes.libraries.__wrapped__() != before


def test_the_lock_holds_every_range_of_the_project():
    pins = locked()
    extras = PROJECT["optional-dependencies"].values()
    for requirement in map(Requirement, chain(PROJECT["dependencies"], *extras)):
        versions = pins.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not in requirements.lock; run make lock"
        for version in versions:
            assert requirement.specifier.contains(version), f"{requirement} but {version}"


def test_every_pin_has_a_hash_and_no_index_is_named():
    entries = re.split(r"^(?=\S+==)", LOCK, flags=re.M)[1:]
    assert len(entries) > 100
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in LOCK
    assert not re.search(r"^--?(i|extra-)index", LOCK, re.M)


@pytest.mark.parametrize("name", ["tools/lab", "benchmarks/mutants"])
def test_what_stays_outside_has_locks_of_the_same_kind(name):
    lock = (ROOT / f"{name}.lock").read_text()
    wanted = (ROOT / f"{name}.in").read_text().splitlines()
    entries = re.split(r"^(?=\S+==)", lock, flags=re.M)[1:]
    assert entries and all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in lock and not re.search(r"^--?(i|extra-)index", lock, re.M)
    pins = {canonicalize_name(e.split("==")[0]): e.split("==")[1].split()[0] for e in entries}
    for line in (line for line in wanted if not line.startswith("#")):
        asked = Requirement(line)
        assert asked.specifier.contains(pins[canonicalize_name(asked.name)]), line


def test_the_licences_are_those_of_the_lock_and_of_what_is_installed():
    assert (ROOT / licences.PAGE).read_text(encoding="utf-8") == licences.page(), "run `make lock`"
    with pytest.raises(SystemExit, match="write a row for numpy 0"):
        [*licences.rows("numpy==0\n", "")]


def test_conda_users_get_a_python_that_is_allowed_and_the_same_ranges_and_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *names, of_pip = environment["dependencies"]
    asked = {name: spec for name, _, spec in (dep.partition(" ") for dep in names)}
    assert SpecifierSet(PROJECT["requires-python"]).contains(asked.pop("python").removeprefix("="))
    assert (asked.pop("pip"), asked.pop("make")) == ("", "")
    declared = chain(PROJECT["dependencies"], PROJECT["optional-dependencies"]["dev"])
    ranges = {of.name: of.specifier for of in map(Requirement, declared)}
    assert {
        name: SpecifierSet(spec) == ranges[name] for name, spec in asked.items()
    } == dict.fromkeys(
        ("jupyter-book", "matplotlib", "pandas", "papermill", "pytest", "statsmodels"), True
    )
    assert of_pip == {"pip": ["-r requirements.lock"]}


def test_binder_takes_both_files_and_installs_the_project_without_its_dependencies():
    step = ROOT / "postBuild"
    assert os.access(step, os.X_OK)
    assert "pip install --no-deps --no-build-isolation --editable ." in step.read_text()
    # Binder reads `binder/` alone where there is one, and only `python =x.y` as a version.
    assert not any((ROOT / name).exists() for name in ("binder", ".binder"))
    assert re.search(r"^  - python =3\.\d+$", (ROOT / "environment.yml").read_text(), re.M)


def test_version_agrees_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == __version__
    assert PROJECT["dynamic"] == ["version"]
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_a_report_names_the_version_of_the_project(tiny):
    assert tiny.json("book.json")["version"] == tiny.json("build.json")["version"] == __version__
    page = (tiny.report / "html" / "book" / "index.html").read_text(encoding="utf-8")
    assert f"Version {__version__}" in page and f"version {__version__}" in page
