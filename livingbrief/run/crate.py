"""What the report is and what made it, for archives: a Workflow Run RO-Crate.

``ro-crate-metadata.json`` stands in the report, beside ``workflow.py``: a copy of the tasks of the
build. Its times are the report's date, so that two builds give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from livingbrief.brief import brief
from livingbrief.data.catalog import Catalog
from livingbrief.run import steps, tasks

METADATA, WORKFLOW = tasks.CRATE
_RUN = "https://w3id.org/ro/wfrun"
_PROFILES = {
    f"{_RUN}/process/0.5": "Process Run Crate",
    f"{_RUN}/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_PARAMETER = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
_WORKFLOW = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
_KINDS: Mapping[type, str] = {bool: "Boolean", int: "Integer", float: "Float"}
#: Name in the report to what it is.
_WHAT = {
    "results.json": "Every number of the report",
    "results.schema.json": "JSON Schema of results.json",
    "claims.json": "Every claim with its verdict",
    "claims.schema.json": "JSON Schema of claims.json",
    "claims_history.json": "Verdicts by the day on which figures were printed",
    "claims_history.schema.json": "JSON Schema of claims_history.json",
    "findings.json": "The report's own findings",
    "book.json": "What pages are filled from beside numbers and claims",
    "build.json": "Vintages, hashes of all data, versions, list of files",
    "data.xlsx": "Figures and tables as a workbook",
    "html": "The report as pages",
    "figures": "Figures, and the data behind them",
    "notebooks": "The notebooks as they were run",
}
_FORMATS = {
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write(stage: Path, book: Mapping[str, Any], author: str, catalog: Catalog, lock: str) -> None:
    """Put the crate beside the files of a report that is ready but for ``build.json``.

    Parameters
    ----------
    stage : Path
        The folder of the report.
    book : mapping
        ``book.json``.
    lock : str
        Hash of ``requirements.lock``.
    """
    shutil.copyfile(tasks.__file__, stage / WORKFLOW)
    moment = dt.datetime.fromtimestamp(book["date"], dt.UTC)
    crate = ROCrate(version="1.1")
    crate.name = book["title"]
    crate.description = (
        f"{book['subtitle']}: the report of the edition “{book['edition']['title']}”, with its "
        "numbers, claims, figures, notebooks, and the run that made them."
    )
    crate.datePublished = moment
    crate.root_dataset["version"] = book["version"]
    crate.metadata.extra_contexts.append(_TERMS)
    crate.metadata["conformsTo"] = [
        {"@id": "https://w3id.org/ro/crate/1.1"},
        {"@id": list(_PROFILES)[-1]},
    ]

    def put(place: str, kind: str | list[str], **told: Any) -> ContextEntity:
        return crate.add(ContextEntity(crate, place, properties={"@type": kind, **told}))

    profiles = [put(n, "CreativeWork", name=word, version=n[-3:]) for n, word in _PROFILES.items()]
    crate.root_dataset["conformsTo"] = profiles
    makers = put("#makers", "Organization", name=author or brief().name)
    crate.root_dataset["author"] = crate.root_dataset["publisher"] = makers
    words, address = brief().licence
    crate.root_dataset["license"] = (
        put(address, "CreativeWork", name=words) if address else "no licence is stated"
    )
    python = ".".join(map(str, sys.version_info[:3]))
    language = put("#python", "ComputerLanguage", name="Python, run by pytask", version=python)
    wanted = [
        put(
            f"#parameter-{name}",
            "FormalParameter",
            name=name,
            additionalType=_KINDS.get(type(value), "Text"),
            conformsTo={"@id": _PARAMETER},
        )
        for name, value in book["edition"].items()
    ]
    workflow = crate.add_file(
        stage / WORKFLOW,
        WORKFLOW,
        properties={
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "name": f"{brief().name}: the tasks of a build",
            "programmingLanguage": language,
            "version": book["version"],
            "softwareRequirements": f"requirements.lock, sha256 {lock}",
            "input": wanted,
            "encodingFormat": "text/x-python",
            "conformsTo": {"@id": _WORKFLOW},
        },
    )
    crate.mainEntity = workflow
    given = [
        put(f"#given-{w['name']}", "PropertyValue", name=w["name"], value=_text(v), exampleOfWork=w)
        for w, v in zip(wanted, book["edition"].values(), strict=True)
    ]
    given += [
        put(
            f"#data/{resource.path}",
            "CreativeWork",
            name=f"{resource.meta['title']}, vintage {resource.vintage}",
            identifier=str(resource.meta["hash"]),
            license=resource.meta["licenses"][0]["title"],
        )
        for resource in catalog.resources
    ]
    made = []
    names = {path.name for path in stage.iterdir()} | {"build.json"}
    for name in sorted(names - {METADATA, WORKFLOW}):
        path = stage / name
        what = {"name": _WHAT.get(name, name)}
        if path.is_dir():
            made.append(crate.add_directory(path, f"{name}/", properties=what))
            continue
        if form := _FORMATS.get(path.suffix):
            what["encodingFormat"] = form
        made.append(crate.add_file(path, name, properties=what))
    put(
        "#run",
        "CreateAction",
        name=f"The edition {book['edition']['name']} was built",
        description="The time is the date of the report: SOURCE_DATE_EPOCH, or the last commit.",
        instrument=workflow,
        agent=makers,
        endTime=moment.isoformat(),
        object=given,
        result=made,
    )
    crate.root_dataset["mentions"] = {"@id": "#run"}
    steps.write_json(stage / METADATA, crate.metadata.generate())


def _text(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)
