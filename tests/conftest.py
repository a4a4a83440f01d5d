"""A tiny project: the real data and two real notebooks, a page, a few claims."""

# ruff: noqa: E402
import os
import re

# Linear algebra on more threads than the tests have cores for is slower; numpy asks when it loads.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import datetime as dt
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from livingbrief.claims import findings
from livingbrief.paths import project_root

NOTEBOOKS = ("remittances", "conditions")
PAGE = """# A tiny report

The gross inflow {{ remittances.gross.growth_pct.2022.moved }} in 2022 and the net dollar flow
{{ remittances.net.growth_pct.2022.moved }}; it came to {{ remittances.gross.pct_gdp.2021 }} of GDP
in 2021. Rural poverty was {{ poverty.rural_pct.2022 }}, see {numref}`fig-remittance-share`.
Кыргызстан: {{ victims.nsc.count.2021 }}.

(poverty-in-2022)=
## Poverty in 2022: {{ poverty.rate_pct.2022 }}

:::{admonition} The net flow, {{ remittances.net.growth_pct.2022.signed }}
1. {{ poverty.rate_pct.2021.bare }} in 2021, see
   {ref}`{{ poverty.rate_pct.2022 }} <poverty-in-2022>`,
   [a share of {{ remittances.gross.pct_gdp.2021 }}](#poverty-in-2022)
   and {{ facts.western_union_announced }}.
2. *{{ victims.nsc.count.2021.range }}* at {{ victims.nsc.count.2022.level }}.
:::

:::{table} Poverty in towns, {{ poverty.urban_pct.2022 }}
:name: tbl-towns

| Where | Rate |
|---|---|
| Towns | **{{ poverty.urban_pct.2022 }}** |
:::

A key may be longer than a phone is wide: `remittances.real_som_head.growth_pct.2022_and_2023`.

{{ picture("fig-remittance-share", "C63") }}

{{ picture("fig-of-another-country", "C63") }}

No node can stand in <b title="{{ poverty.urban_pct.2021 }}">code</b>, as in
`{{ poverty.urban_pct.2020.bare }}`.
"""
CLAIMS = [
    {
        "id": "C63",
        "section": "Risk factors: the war",
        "claim": "Remittances fell in 2022.",
        "kind": "data",
        "measures": [
            {label: f"remittances.{key}.growth_pct.2022 < 0"}
            for label, key in (("gross dollars", "gross"), ("net dollars", "net"))
        ],
    }
]


def until(look, seconds: int = 60):
    """Return what a function gives as soon as it gives anything."""
    for _ in range(20 * seconds):
        if found := look():
            return found
        time.sleep(0.05)
    pytest.fail(f"nothing came in {seconds} s")


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder, with its bytes."""
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


@dataclass
class Run:
    """What a command did."""

    code: int
    out: str
    err: str


@dataclass
class Project:
    """A copy of the project with few chapters."""

    root: Path

    def run(self, *arguments: str, **env: str) -> Run:
        return self._done("-m", "livingbrief.cli.cli", *arguments, **env)

    def jupyter_book(self) -> Run:
        """Build the book alone, as ``jupyter-book build .`` does."""
        command = str(Path(sys.executable).with_name("jupyter-book"))
        return self._done(command, "build", ".", "--path-output", "out")

    def _done(self, *command: str, **env: str) -> Run:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.root,
            env={**os.environ, "LIVINGBRIEF_ROOT": str(self.root), "COLUMNS": "200", **env},
            capture_output=True,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a session of its own, so that signals reach it and its children."""
        return subprocess.Popen(
            [sys.executable, "-m", "livingbrief.cli.cli", *arguments],
            cwd=self.root,
            env={**os.environ, "LIVINGBRIEF_ROOT": str(self.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def report(self) -> Path:
        return self.root / "dist" / "current"

    def json(self, name: str) -> dict:
        return json.loads((self.report / name).read_text())

    def fingerprint(self) -> dict[str, int]:
        """Inode and size of every file of the report: any replacement shows."""
        return {
            p.relative_to(self.report).as_posix(): p.stat().st_ino
            for p in sorted(self.report.rglob("*"))
        }


def whole_project(folder: Path) -> Project:
    """Copy the project, but for its tests and what was built."""
    left_out = shutil.ignore_patterns(".*", "__pycache__", "dist", "_build", "tests", "benchmarks")
    return Project(shutil.copytree(project_root(), folder / "project", ignore=left_out))


def make_project(target: Path, chapters=NOTEBOOKS) -> Project:
    root = project_root()
    for name in ("data", "livingbrief", "remitrisk"):
        shutil.copytree(
            root / name, target / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(root / name, target / name)
    config, found = re.subn(
        r"(?m)^( +note:\n +pages: ).*", r"\1[book/index]", (root / "_config.yml").read_text()
    )
    assert found == 1
    config, found = re.subn(r"(?m)^( +)(?:annex|note-ru|note-ky):\n(?:\1 +.*\n)+", "", config)
    assert found == 3
    (target / "_config.yml").write_text(config)
    editions = yaml.safe_load((root / "editions.yml").read_text())
    editions["current"].pop("known_then")
    (target / "editions.yml").write_text(yaml.safe_dump(editions, sort_keys=False))
    (target / "notebooks").mkdir()
    for name in chapters:
        shutil.copy(root / "notebooks" / f"{name}.ipynb", target / "notebooks")
    (target / "book" / "chapters").mkdir(parents=True)
    pages = [n for n in chapters if (root / "book" / "chapters" / f"{n}.md").is_file()]
    for name in pages:
        text = (root / "book" / "chapters" / f"{name}.md").read_text()
        (target / "book" / "chapters" / f"{name}.md").write_text(alone(text, chapters))
    shutil.copytree(root / "book" / "_static", target / "book" / "_static")
    for name in ("references.bib", "facts.yml", "results.yml"):
        shutil.copy(root / "book" / name, target / "book" / name)
    (target / "book" / "index.md").write_text(PAGE)
    (target / "book" / "claims.yml").write_text(yaml.safe_dump(CLAIMS, sort_keys=False))
    toc = {
        "format": "jb-book",
        "root": "book/index",
        "parts": [
            {
                "caption": "Chapters",
                "chapters": [
                    *({"file": f"book/chapters/{n}"} for n in pages),
                    *({"file": f"notebooks/{n}"} for n in chapters),
                ],
            }
        ],
    }
    (target / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False))
    return Project(target)


def alone(text: str, chapters=NOTEBOOKS) -> str:
    """Take out of a page what points to chapters, keys and works that a tiny book lacks."""
    own = {item.id for item in findings.load(project_root()) if item.chapter in chapters}
    text = re.sub(r"\{doc\}`[^`<]*(?:<[^>]*>)?`", "another chapter", text)
    text = re.sub(r"\{cite:[pt]\}`[^`]*`", "", text)
    repeated = r":::\{statement\} (\w+)\n(?!rule:)(?:(?!:::).*\n)*:::\n?"
    text = re.sub(repeated, lambda m: m[0] * (m[1] in own), text)
    return re.sub(r"\{numref\}`(?!fig-|tbl-)[^`]*`", "", text)


@pytest.fixture(scope="session", autouse=True)
def _hears_ctrl_c():
    """Undo that a shell starts what runs in the background, and what that starts, deaf to it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _forks_no_threads():
    """Refuse to fork this process while it has threads: the child would wait for them.

    Python 3.12 and later warn of it, but swallow the warning where it is to be an error.
    """
    fork = os.fork

    def alone() -> int:
        assert threading.active_count() == 1, "a process with threads was to be forked"
        return fork()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fork", alone)
        yield


@pytest.fixture(scope="session", autouse=True)
def _after_every_scratch_vintage():
    """Let today be later than the dates that tests give their vintages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("livingbrief.data.adding.today", lambda: dt.date(2027, 6, 30))
        yield


@pytest.fixture(scope="session")
def tiny(tmp_path_factory, worker_id) -> Project:
    """A tiny project with its report built, once for all workers of the test run."""
    folder = tmp_path_factory.getbasetemp()
    shared = (folder if worker_id == "master" else folder.parent) / "tiny"
    with FileLock(f"{shared}.lock"):
        project = Project(shared)
        if not (shared / "built").is_file():
            shutil.rmtree(shared, ignore_errors=True)
            shared.mkdir()
            make_project(shared)
            done = project.run("build")
            assert done.code == 0, done.out + done.err
            (shared / "built").touch()
    return project


@pytest.fixture
def copy(tiny, tmp_path) -> Project:
    """A tiny project of one's own, its last report in place."""
    target = tmp_path / "project"
    shutil.copytree(tiny.root, target, copy_function=shutil.copy2)
    return Project(target)
