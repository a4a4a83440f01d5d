"""The report as a Workflow Run RO-Crate: whole, closed, and of the run that made it."""

import copy as copies
import json
import shutil

import pytest
from rocrate.rocrate import ROCrate

from livingbrief.run.crate import METADATA, WORKFLOW, write
from livingbrief.values import results

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5",
    "https://w3id.org/ro/wfrun/workflow/0.5",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
}


def listed(value):
    return value if isinstance(value, list) else [value]


def ids(value):
    return [item["@id"] for item in listed(value)]


def faults(told, folder):
    """Return what RO-Crate 1.1 and the profile of workflow runs ask for and a crate lacks."""
    graph = {entity["@id"]: entity for entity in told["@graph"]}
    found = []

    def ask(holds, what):
        if not holds:
            found.append(what)

    ask(len(graph) == len(told["@graph"]), "an id stands twice")
    about = graph.get(METADATA, {})
    ask(about.get("about") == {"@id": "./"}, "the descriptor is about no root")
    ask("https://w3id.org/ro/crate/1.1" in ids(about.get("conformsTo", [])), "no version")
    root = graph["./"]
    for name in ("name", "description", "datePublished", "license", "author", "mainEntity"):
        ask(root.get(name), f"the root has no {name}")
    ask(set(ids(root["conformsTo"])) == PROFILES, "the profiles of the root")
    for entity in told["@graph"]:
        ask(entity.get("@type"), f"{entity['@id']} has no type")
        for name, value in entity.items():
            for item in listed(value):
                if isinstance(item, dict) and "@id" in item:
                    place = item["@id"]
                    known = place in graph or place.startswith("https://")
                    ask(known, f"{entity['@id']}: {name} leads to {place}, which is nowhere")
    for part in ids(root["hasPart"]):
        ask((folder / part).exists(), f"{part} is not in the folder")
        ask(part.endswith("/") == (folder / part).is_dir(), f"{part} is of another kind")
    workflow = graph[ids(root["mainEntity"])[0]]
    kinds = {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    ask(set(listed(workflow["@type"])) == kinds, "the workflow is none")
    ask(workflow["@id"] in ids(root["hasPart"]), "the workflow is no part")
    ask(workflow.get("programmingLanguage"), "the workflow has no language")
    runs = [e for e in told["@graph"] if e["@type"] == "CreateAction"]
    ask(len(runs) == 1, "there is not one run")
    for run in runs:
        ask(ids(run["instrument"]) == [workflow["@id"]], "the run is of something else")
        ask({*ids(run["result"]), workflow["@id"]} == {*ids(root["hasPart"])}, "its results")
        ask(run["@id"] in ids(root["mentions"]), "the root does not mention it")
        ask("endTime" in run and "agent" in run, "when it ended, or who ran it")
    given = [e for e in told["@graph"] if e["@type"] == "PropertyValue"]
    ask(
        {ids(e["exampleOfWork"])[0] for e in given} == set(ids(workflow["input"])),
        "what is given is not what the workflow takes",
    )
    return found


@pytest.fixture
def told(tiny):
    return tiny.json(METADATA)


def test_the_crate_is_closed_and_of_its_profile(tiny, told):
    assert faults(told, tiny.report) == []
    names = {e["name"]: e.get("value") for e in told["@graph"] if e["@type"] == "PropertyValue"}
    assert names["last_year"] == tiny.json("book.json")["edition"]["last_year"]
    hashes = {e.get("identifier") for e in told["@graph"]}
    assert set(tiny.json("build.json")["data"].values()) <= hashes


def test_the_library_reads_it_back(tiny):
    crate = ROCrate(tiny.report)
    assert crate.mainEntity.id == WORKFLOW
    assert crate.root_dataset["version"] == tiny.json("build.json")["version"]
    assert {e.id for e in crate.data_entities} >= {"results.json", "claims.json", "html/"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda g: g["./"]["hasPart"].append({"@id": "none.json"}), "none.json"),
        (lambda g: g["./"].pop("license"), "no license"),
        (lambda g: g["#run"].update(agent={"@id": "#nobody"}), "leads to #nobody"),
        (lambda g: g["#run"]["result"].pop(), "its results"),
        (lambda g: g[WORKFLOW].update({"@type": "File"}), "the workflow is none"),
        (lambda g: g["#run"].pop("endTime"), "when it ended"),
    ],
)
def test_a_crate_that_lacks_something_is_seen(tiny, told, change, expected):
    broken = copies.deepcopy(told)
    change({entity["@id"]: entity for entity in broken["@graph"]})
    assert expected in "; ".join(faults(broken, tiny.report))


def test_the_same_report_makes_the_same_bytes(tiny, tmp_path):
    from livingbrief.data.access import open_catalog

    report = shutil.copytree(tiny.report, tmp_path / "report")
    before = {name: (report / name).read_bytes() for name in (METADATA, WORKFLOW)}
    book, build = (tiny.json(f"{name}.json") for name in ("book", "build"))
    (author,) = (e["name"] for e in tiny.json(METADATA)["@graph"] if e["@id"] == "#makers")
    write(report, book, author, open_catalog(tiny.root), build["lock"])
    assert {name: (report / name).read_bytes() for name in before} == before
    assert str(tiny.root) not in json.dumps(tiny.json(METADATA))


def test_the_report_names_the_versions_of_its_files(tiny):
    schemas = tiny.json("build.json")["schemas"]
    assert schemas["results.json"] == results.VERSION
    for name, version in schemas.items():
        schema = tiny.json(name.replace(".json", ".schema.json"))
        assert schema["version"] == version
