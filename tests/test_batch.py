"""Many countries: one that fails does not stop the others; a dead worker costs a retry."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress

import psutil
import pytest
from distributed import Client

from livingbrief.brief import load
from livingbrief.paths import project_root
from tests.conftest import contents, make_project, until, whole_project

pytestmark = [pytest.mark.build, pytest.mark.slow]
ROOT = project_root()
LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")


@pytest.fixture(scope="module")
def countries(tmp_path_factory):
    """A project whose page makes sense for any country."""
    notebooks = ["remittances", "shocks", "structure"]
    project = make_project(tmp_path_factory.mktemp("countries"), notebooks)
    first, *others = load(project.root).general_pages
    (project.root / "book" / "country").mkdir()
    text = "# {{ country_name }}\n\n{{ remittances.gross.pct_gdp.2021 }}\n"
    (project.root / f"{first}.md").write_text(text)
    for page in others:
        (project.root / f"{page}.md").write_text("# Another page\n\nIt says nothing.\n")
    return project


def test_a_country_that_fails_is_named_and_the_others_are_built(countries):
    done = countries.run("batch", "--countries", "ARM,XXX,TJK", "--no-pdf", "--workers", "1")
    assert done.code == 1
    assert "not built: XXX" in done.err
    assert "2 of 3 countries built" in done.out
    folder = countries.root / "dist" / "batch"
    summary = {a["country"]: a for a in json.loads((folder / "summary.json").read_text())}
    assert summary["ARM"]["built"]
    assert summary["TJK"]["built"]
    assert "economies are served" in summary["XXX"]["why"]
    page = (folder / "index.html").read_text()
    for country in ("ARM", "TJK"):
        results = json.loads((folder / country / "results.json").read_text())
        assert results["remittances.gross.pct_gdp.2024"]["text"] in page.replace("&nbsp;", "\u00a0")
        assert f'href="{country}/html/index.html"' in page
    assert "not built: edition" in page
    assert "://" not in page
    alone = countries.root / "dist" / "alone"
    told = ["--set", "country=TJK", "--set", "narrative=false", "--output", str(alone)]
    assert countries.run("build", *told, "--no-pdf").code == 0
    assert contents(folder / "TJK") == contents(alone)


@pytest.mark.parametrize("where", ["here", "cluster"])
def test_the_line_of_the_readme_builds_its_countries_with_pdfs(where, request, tmp_path):
    line = re.search("remitrisk (batch --countries [A-Z,]+)", (ROOT / "README.md").read_text())[1]
    there = ["--scheduler", request.getfixturevalue("cluster")[0]] if where == "cluster" else []
    process = whole_project(tmp_path).start(*line.split(), *there)
    try:
        _, complained = process.communicate(timeout=300)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, complained
    countries = line.split()[-1].split(",")
    made = tmp_path.glob("project/dist/batch/*/report.pdf")
    assert len(countries) > 1 and {pdf.parent.name for pdf in made} == {*countries}


def test_ctrl_c_ends_the_batch(countries, tmp_path):
    work = countries.root / ".build" / "batch" / "MDA"
    output = tmp_path / "annexes"
    options = ["--countries", "MDA,GEO,UZB", "--workers", "1", "--no-pdf", "--output", str(output)]
    process = countries.start("batch", *options)
    until(work.exists)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Aborted" in err
    assert not (countries.root / ".build" / "batch" / "UZB").exists()
    assert not (output / "UZB").exists()


def test_no_scheduler_is_one_clear_message(countries):
    done = countries.run("batch", "--countries", "ARM", "--scheduler", "tcp://127.0.0.1:9")
    assert done.code == 1
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in done.err


@pytest.fixture
def cluster(tmp_path, countries):
    """A scheduler and two workers on loopback."""
    env, file = {**os.environ, "LIVINGBRIEF_ROOT": str(countries.root)}, tmp_path / "scheduler.json"
    processes = []

    def start(part, *options):
        command = [sys.executable, "-m", f"distributed.cli.dask_{part}", *options, *LOOPBACK]
        quiet = subprocess.DEVNULL
        started = subprocess.Popen(command, env=env, cwd=tmp_path, stdout=quiet, stderr=quiet)
        processes.append(started)

    start("scheduler", "--port", "0", "--scheduler-file", str(file))
    until(lambda: file.is_file() and file.stat().st_size)
    address = json.loads(file.read_text())["address"]
    for _ in range(2):
        start("worker", address, "--nthreads", "1", "--no-nanny")
    with Client(address) as client:
        client.wait_for_workers(2, timeout=60)
    yield address, processes[1:]
    for process in reversed(processes):
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_a_worker_killed_in_mid_run_costs_a_retry_and_not_the_run(countries, cluster, tmp_path):
    address, workers = cluster
    out = tmp_path / "annexes"
    command = ["batch", "--countries", "ARM,UZB", "--no-pdf", "--scheduler", address]
    running = countries.start(*command, "--output", str(out))
    busy = until(lambda: [w for w in workers if psutil.Process(w.pid).children()])
    busy[0].kill()
    printed, complained = running.communicate(timeout=240)
    assert running.returncode == 0, complained
    assert "2 of 2 countries built" in printed
    for country in ("ARM", "UZB"):
        assert (out / country / "html" / "index.html").is_file()


def test_a_process_killed_in_mid_run_costs_a_retry(countries, tmp_path):
    out = tmp_path / "annexes"
    options = ["--countries", "MDA", "--workers", "1", "--no-pdf", "--output", str(out)]
    batch = countries.start("batch", *options)
    work = countries.root / ".build" / "batch" / "MDA"
    until(lambda: [*work.glob("notebooks/*")])
    servers = psutil.Process(batch.pid).children()
    (victim,) = (child for server in servers for child in server.children())
    victim.kill()
    printed, complained = batch.communicate(timeout=480)
    assert batch.returncode == 0, complained
    assert "1 of 1 country built" in printed
    assert (out / "MDA" / "html" / "index.html").is_file()
