"""What the project is made from: the lists in docs/ agree with the lock and what is installed."""

import importlib.metadata
import json

import pytest

from livingbrief.paths import project_root
from remitrisk import __version__
from tools import supply

ROOT = project_root()
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PARTS = supply.locked(LOCK)
SBOM = json.loads((ROOT / supply.SBOM).read_text(encoding="utf-8"))


def test_every_line_of_the_lock_is_read():
    assert len(PARTS) == sum("==" in line and line[0] != " " for line in LOCK.splitlines()) > 100
    assert all(part.asked_by for part in PARTS)
    assert {part.name for part in PARTS} >= {"numpy", "sphinx", "pytest", "rocrate"}


@pytest.mark.parametrize("place", [supply.SBOM, supply.LICENCES], ids=str)
def test_both_lists_are_what_the_lock_makes_of_them(place):
    expected = supply.files(ROOT, supply.listed(SBOM))[place]
    assert (ROOT / place).read_text(encoding="utf-8") == expected, "run `make lock`"


def test_another_lock_is_another_list():
    name, asked = supply.asked_for(ROOT)
    other = LOCK.replace(
        f"numpy=={next(p.version for p in PARTS if p.name == 'numpy')}", "numpy==0"
    )
    parts = supply.locked(other)
    assert other != LOCK and parts != PARTS
    licences = {(p.name, p.version): "MIT" for p in parts}
    needed = supply.running(parts, asked, name)
    made = json.loads(supply.made(parts, licences, needed, (name, "1"), other))
    assert made["serialNumber"] != SBOM["serialNumber"]
    with pytest.raises(KeyError, match="numpy"):
        supply.page(parts, supply.listed(SBOM), needed)


def test_the_list_has_what_cyclonedx_asks_for():
    assert (SBOM["bomFormat"], SBOM["specVersion"], SBOM["version"]) == ("CycloneDX", "1.6", 1)
    assert SBOM["serialNumber"].startswith("urn:uuid:")
    own = SBOM["metadata"]["component"]
    assert own["version"] == __version__
    refs = [own["bom-ref"], *(item["bom-ref"] for item in SBOM["components"])]
    assert len(set(refs)) == len(refs)
    for item in SBOM["components"]:
        assert item["purl"] == f"pkg:pypi/{item['name']}@{item['version']}" == item["bom-ref"]
        assert item["type"] == "library" and item["scope"] in ("required", "optional")
        (licence,) = item["licenses"]
        assert licence.get("expression") or licence["license"]["name"]
    for one in SBOM["dependencies"]:
        assert {one["ref"], *one["dependsOn"]} <= set(refs)
    assert {one["ref"] for one in SBOM["dependencies"]} == set(refs)
    assert "://" not in (ROOT / supply.SBOM).read_text(encoding="utf-8")


def test_what_a_build_needs_is_told_from_what_tests_need():
    scope = {item["name"]: item["scope"] for item in SBOM["components"]}
    assert {scope[n] for n in ("numpy", "sphinx", "jinja2", "typst")} == {"required"}
    assert {scope[n] for n in ("pytest", "mypy", "playwright", "iniconfig")} == {"optional"}


def test_licences_are_those_of_what_is_installed():
    here = supply.installed()
    listed = supply.listed(SBOM)
    shared = here.keys() & listed.keys()
    assert len(shared) > 100
    assert {key: here[key] for key in shared} == {key: listed[key] for key in shared}
    locked = {(p.name, p.version) for p in PARTS if not p.marker}
    assert locked <= here.keys(), "the environment is not that of the lock"


def test_a_licence_is_read_from_the_best_word_there_is():
    told = importlib.metadata.metadata("pytest")
    assert supply.licence(told) == "MIT"
    bare = importlib.metadata.metadata("pytest")
    for field in ("License-Expression", "License", "Classifier"):
        del bare[field]
    assert supply.licence(bare) == "not stated in its metadata"
    bare["Classifier"] = "License :: OSI Approved :: MIT License"
    assert supply.licence(bare) == "MIT License"
