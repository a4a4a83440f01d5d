"""Write what the project is made from: docs/sbom.cdx.json (CycloneDX) and docs/LICENCES.md.

    python tools/supply.py

Both follow requirements.lock: `make lock` ends with this. Licences are read from the metadata of
what is installed; what the lock names for another Python or system alone is fetched for its
metadata, unless the last list has it already.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SBOM, LICENCES = Path("docs", "sbom.cdx.json"), Path("docs", "LICENCES.md")
_ENTRY = re.compile(
    r"(?m)^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\\n]+?))? ?\\?\n"
    r"(?P<rest>(?:[ ]+.*\n?)*)"
)
_ASKED_BY = re.compile(r"(?m)^ +# +(?:via +)?(?!via$)([\w.-]+)(?: \(pyproject\.toml\))?$")
_STATED = "License :: "
_NO_WORD = "not stated in its metadata"


@dataclass(frozen=True)
class Part:
    """What the lock names: a distribution, where it is for (a marker) and what asks for it."""

    name: str
    version: str
    marker: str
    asked_by: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


def normal(name: str) -> str:
    """Return a name as the lock writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(text: str) -> list[Part]:
    """Return what a lock names, in its order."""
    return [
        Part(
            normal(found["name"]),
            found["version"],
            (found["marker"] or "").strip(),
            tuple(normal(name) for name in _ASKED_BY.findall(found["rest"])),
        )
        for found in _ENTRY.finditer(text)
    ]


def running(parts: Iterable[Part], asked: Iterable[str], own: str) -> set[str]:
    """Return the names of what a build needs, from what the project itself asks for.

    `asked`: names of its dependencies; `own`: the project's name, as the lock says who asks.
    """
    wanted = {normal(name) for name in asked}
    needed = {p.name for p in parts if own in p.asked_by and p.name in wanted}
    while True:
        more = {p.name for p in parts if needed & set(p.asked_by)} - needed
        if not more:
            return needed
        needed |= more


def licence(of: importlib.metadata.PackageMetadata) -> str:
    """Return the licence that metadata state, in as few words as they do."""
    stated = of.get("License-Expression") or ""
    if stated:
        return str(stated)
    classes = [c for c in of.get_all("Classifier") or [] if c.startswith(_STATED)]
    if classes:
        named = (c.removeprefix(_STATED).removeprefix("OSI Approved :: ") for c in classes)
        return " or ".join(dict.fromkeys(named))
    words = (of.get("License") or "").strip()
    return words if words and "\n" not in words and len(words) < 60 else _NO_WORD


def installed() -> dict[tuple[str, str], str]:
    """Return the licences of what is installed beside us, by name and version."""
    return {
        (normal(d.name), d.version): licence(d.metadata) for d in importlib.metadata.distributions()
    }


def listed(sbom: Mapping[str, object] | None) -> dict[tuple[str, str], str]:
    """Return the licences that a list of before has, by name and version."""
    found = {}
    for item in (sbom or {}).get("components", ()):  # type: ignore[attr-defined]
        (told,) = item["licenses"]
        text = told.get("expression") or told["license"]["name"]
        found[item["name"], item["version"]] = text
    return found


def made(
    parts: list[Part],
    licences: Mapping[tuple[str, str], str],
    needed: set[str],
    project: tuple[str, str],
    lock: str,
) -> str:
    """Return the list in CycloneDX 1.6, the same for the same lock.

    `project`: name and version of what is built; `lock`: the lock's text, of which the serial
    number is made.
    """
    name, version = project
    own = f"pkg:pypi/{name}@{version}"
    # One name may stand there in two versions, each for some Pythons.
    purls = {name: [own]}
    for part in parts:
        purls.setdefault(part.name, []).append(part.purl)
    asks: dict[str, list[str]] = {purl: [] for named in purls.values() for purl in named}
    for part in parts:
        for purl in (purl for asker in part.asked_by for purl in purls[asker]):
            asks[purl].append(part.purl)
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_OID, f"{own}\n{lock}").urn,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": own, "name": name, "version": version,
                "purl": own, "licenses": [{"expression": "MIT"}],
            }
        },
        "components": [
            {
                "type": "library", "bom-ref": part.purl, "name": part.name,
                "version": part.version, "purl": part.purl,
                "scope": "required" if part.name in needed else "optional",
                "licenses": [_told(licences[part.name, part.version])],
                **({"properties": [{"name": "marker", "value": part.marker}]}
                   if part.marker else {}),
            }
            for part in parts
        ],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(set(on))} for ref, on in sorted(asks.items())
        ],
    }  # fmt: skip
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _told(licence: str) -> dict[str, object]:
    known = re.fullmatch(r"[\w.+-]+(?: (?:AND|OR|WITH) [\w.+-]+)*", licence)
    return {"expression": licence} if known else {"license": {"name": licence}}


def page(parts: list[Part], licences: Mapping[tuple[str, str], str], needed: set[str]) -> str:
    """Return the licences as a page: what a build needs, then what tests and tools need."""
    return "\n".join(_lines(parts, licences, needed)) + "\n"


def _lines(
    parts: list[Part], licences: Mapping[tuple[str, str], str], needed: set[str]
) -> Iterator[str]:
    yield "# Licences of what is used"
    yield ""
    yield (
        "Written by `make lock` (`tools/supply.py`) from `requirements.lock` and the metadata of "
        "what it names; the same list for programs is [sbom.cdx.json](sbom.cdx.json) (CycloneDX "
        "1.6). The project's own code is MIT, its text CC BY 4.0; the data have their own terms: "
        "[LICENSE-DATA.md](../LICENSE-DATA.md). Nothing here is copied into the repository; a "
        "report carries the theme's style sheets and scripts, and MathJax (Apache-2.0)."
    )
    for title, inside in (("A build needs", True), ("Tests and tools need, too", False)):
        yield from ("", f"## {title}", "")
        yield "| package | version | licence, as its metadata state it | only where |"
        yield "|---|---|---|---|"
        for part in parts:
            if (part.name in needed) == inside:
                stated = licences[part.name, part.version].replace("|", "\\|")
                where = f"`{part.marker}`" if part.marker else ""
                yield f"| {part.name} | {part.version} | {stated} | {where} |"


def fetched(missing: Iterable[Part]) -> dict[tuple[str, str], str]:
    """Return the licences of what is not for this Python or system, from its metadata alone."""
    found = {}
    for part in missing:
        with tempfile.TemporaryDirectory() as folder:
            named = f"{part.name}=={part.version}"
            asked = ["install", "--quiet", "--no-deps", "--target", folder, named]
            platform = ["--python-platform", "windows"] if "win32" in part.marker else []
            version = ["--python-version", "3.12"] if "3.12.*" in part.marker else []
            uv = Path(sys.executable).with_name("uv")
            subprocess.run([uv, "pip", *asked, *platform, *version], check=True)
            (told,) = importlib.metadata.distributions(path=[folder])
            found[part.name, part.version] = licence(told.metadata)
    return found


def asked_for(root: Path) -> tuple[str, list[str]]:
    """Return the project's name, and the names of what its pyproject.toml asks for."""
    import tomllib

    told = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = (re.match(r"[\w.-]+", item) for item in told["dependencies"])
    return told["name"], [name[0] for name in names if name]


def files(root: Path, licences: Mapping[tuple[str, str], str]) -> dict[Path, str]:
    """Return both files as they have to be, by their place in the project."""
    from remitrisk import __version__

    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    parts, (name, asked) = locked(lock), asked_for(root)
    needed = running(parts, asked, name)
    return {
        SBOM: made(parts, licences, needed, (name, __version__), lock),
        LICENCES: page(parts, licences, needed),
    }


def main(root: Path = ROOT) -> int:
    """Write both files."""
    parts = locked((root / "requirements.lock").read_text(encoding="utf-8"))
    path = root / SBOM
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    known = {**listed(before), **installed()}
    known |= fetched(part for part in parts if (part.name, part.version) not in known)
    for place, text in files(root, known).items():
        (root / place).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
