"""`remitrisk refresh`: the publisher's real shapes and failures, from a server on this machine."""

import json
import os
import re
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
import yaml
from click.testing import CliRunner

from livingbrief.cli.cli import main
from livingbrief.data.adding import refresh
from livingbrief.data.catalog import Catalog
from livingbrief.data.check import check_package
from livingbrief.data.fetching import FetchError
from livingbrief.errors import DataError
from remitrisk.series import INFLOW
from remitrisk.series import BriefData as Data
from tests import small_package as small

VINTAGE = "2026-10-01"
PAGE = 400
WORKFLOW = Path(__file__).parents[1] / ".github" / "workflows" / "refresh.yml"


class Server(ThreadingHTTPServer):
    """Answers from a function; counts requests; fails as told, a number of times."""

    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.asked, self.failures = answer, [], []

    def handle_error(self, *_):
        """A client that hangs up is part of the tests."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        return

    def do_GET(self):
        self.server.asked.append(self.path)
        if self.server.failures:
            failure = self.server.failures.pop(0)
            if failure is not None:
                failure(self)
                return
        self.send(*self.server.answer(urlparse(self.path)))

    def send(self, status, body, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def too_many(handler):
    handler.send(429, b"slow down", Retry_After="0")


def server_error(handler):
    handler.send(500, b"<html>oops</html>")


def cut(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "10000")
    handler.end_headers()
    handler.wfile.write(b'[{"page":1,')
    handler.wfile.flush()
    handler.close_connection = True


def not_json(handler):
    handler.send(200, b'<?xml version="1.0"?><wb:error/>')


def invalid(handler):
    message = {"id": "120", "key": "Invalid value", "value": "The parameter is not valid"}
    handler.send(200, [{"message": [message]}])


def world_bank(figures, updated=VINTAGE):
    """Answer as the World Bank's API: pages, nulls, aggregates with and without a code."""
    by_code = dict(iter(figures.groupby("indicator")))

    def answer(url):
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        assert query["format"] == "json"
        parts = url.path.strip("/").split("/")
        if parts[:2] == ["en", "sources"]:
            source = {"id": "2", "lastupdated": updated, "name": "World Development Indicators"}
            return 200, [{"page": 1, "pages": 1, "per_page": "1", "total": 1}, [source]]
        assert parts[:4] == ["en", "country", "all", "indicator"] and query["source"] == "2"
        code, page, per_page = parts[4], int(query["page"]), min(PAGE, int(query["per_page"]))
        if code not in by_code:
            return 200, [{"page": 0, "pages": 0, "per_page": 0, "total": 0}, None]
        first, last = (int(y) for y in query["date"].split(":"))
        values = by_code[code].set_index(["iso3", "year"])["value"].to_dict()
        economies = ["AFE", "", *sorted({e for e, _ in values})]
        rows = [
            {
                "indicator": {"id": code, "value": "…"},
                "country": {"id": economy[:2], "value": "Name"},
                "countryiso3code": economy,
                "date": str(year),
                "value": values.get((economy, year)),
                "unit": "", "obs_status": "", "decimal": 0,
            }
            for economy in economies
            for year in range(last, first - 1, -1)
        ]  # fmt: skip
        header = {
            "page": page, "pages": -(-len(rows) // per_page), "per_page": per_page,
            "total": len(rows), "sourceid": "2", "lastupdated": updated,
        }  # fmt: skip
        return 200, [header, rows[(page - 1) * per_page : page * per_page]]

    return answer


@contextmanager
def serving(answer):
    server = Server(answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name, value in {"ATTEMPTS": 3, "WAIT": 0.01}.items():
        monkeypatch.setattr(f"livingbrief.data.fetching.{name}", value)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of the World Bank's table alone, so that a check takes no time."""
    made = small.make_package(tmp_path / "project", only="worldbank.wdi")
    monkeypatch.setenv("LIVINGBRIEF_ROOT", str(made))
    return made


@pytest.fixture(scope="module")
def figures():
    return small.figures()


@pytest.fixture
def bank(figures):
    with serving(world_bank(figures)) as server:
        yield server


# ---------------------------------------------------------------- World Bank


def test_a_new_vintage_is_fetched_page_by_page_and_registered(package, bank, tmp_path):
    report = tmp_path / "difference.md"
    command = ["refresh", "worldbank", "--base-url", bank.url, "--report", str(report)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert f"added worldbank.wdi, vintage {VINTAGE}: 5 indicators" in done.output
    assert sum(INFLOW in path for path in bank.asked) > 2, "several pages"
    assert check_package(package) == []
    data = Data(package, last_year=2025)
    assert data.series(INFLOW).series[2025] == 3_300_123_456.5
    new = Catalog(package).default("worldbank.wdi")
    assert new.dated_by == "header" and new.sources[0].file == bank.url
    row = "| Personal remittances received (current US$) | 2025 | – | 3,300,123,456 | new |"
    assert row in report.read_text(encoding="utf-8") and row in done.output
    again = CliRunner().invoke(main, ["refresh", "worldbank", "--base-url", bank.url])
    assert (
        again.exit_code == 0
        and f"nothing new: the package has what worldbank prints ({VINTAGE})" in again.output
    )


def test_what_passes_is_tried_again(package, bank):
    said = []
    bank.failures = [None, too_many, cut, None, server_error]
    found = refresh(package, "worldbank", base_url=bank.url, say=said.append)
    assert found.resources and check_package(package) == []
    assert sum("attempt 2 in" in line for line in said) == 2
    assert sum("attempt 3 in" in line for line in said) == 1


def test_what_stays_ends_with_a_message_and_exit_code_1(package, bank):
    before = small.state(package)
    command = ["refresh", "worldbank", "--base-url", bank.url]
    for failure, message in (
        (too_many, "the server answered 429 Too Many Requests, 3 times; nothing was changed"),
        (cut, "the connection was cut in the middle of the answer, 3 times"),
        (not_json, "the answer is not JSON, 3 times"),
        (invalid, r"the API refuses \(Invalid value: The parameter is not valid\)"),
        (lambda h: h.send(404, b"gone"), "the API answered 404 Not Found; nothing was changed"),
        (lambda h: h.send(200, [{"total": 1, "per_page": 1}, [{"id": 2}]]), "which is no date"),
        (lambda h: h.send(200, {"source": [{"id": 2}]}), r"another shape .*KeyError: 'concept'"),
        (lambda h: h.send(200, [{"total": 1, "per_page": 1}, 7]), "the answer has another shape"),
    ):
        bank.failures = [failure] * 3
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 1 and re.search(message, done.output), done.output
        bank.failures.clear()
    with serving(lambda url: (200, b"")) as server:
        closed = server.url
    done = CliRunner().invoke(main, ["refresh", "worldbank", "--base-url", closed])
    assert done.exit_code == 1
    assert "no connection to the server, 3 times; nothing was changed" in done.output
    assert "Is there a network connection?" in done.output
    assert small.state(package) == before


def test_a_silent_server_is_asked_no_longer_than_the_time_limit(package, bank, monkeypatch):
    before, began = small.state(package), time.monotonic()
    monkeypatch.setattr("livingbrief.data.fetching.ANSWER_WITHIN", 0.3)
    monkeypatch.setattr("livingbrief.data.fetching.TOTAL", 0.5)
    bank.failures = [lambda handler: time.sleep(2)] * 3
    with pytest.raises(FetchError, match="the time limit; nothing was changed"):
        refresh(package, "worldbank", base_url=bank.url)
    assert time.monotonic() - began < 2 and small.state(package) == before


def test_a_vintage_that_appears_while_one_is_read_is_not_mixed_with_it(package, figures):
    plain = world_bank(figures)
    asked = []

    def answer(url):
        asked.append(url)
        if "sources" in url.path and len(asked) > 3:
            return world_bank(figures, "2026-10-02")(url)
        return plain(url)

    with serving(answer) as server, pytest.raises(FetchError, match="a new vintage appeared"):
        refresh(package, "worldbank", base_url=server.url)


def test_what_is_fetched_is_validated_like_a_file(package, figures):
    before, millions = small.state(package), figures.assign(value=figures["value"] / 1e6)
    broken = pytest.raises(FetchError, match="unit is of another scale")
    with serving(world_bank(millions)) as server, broken:
        refresh(package, "worldbank", base_url=server.url)
    assert small.state(package) == before


# ---------------------------------------------------------------- Statistical Committee


def platform(files):
    def answer(url):
        assert url.path.startswith("/en/data/")
        content = files.get(url.path.rsplit("/", 1)[1])
        return (404, b"no such page") if content is None else (200, content)

    return answer


class WithDate(Handler):
    def send(self, status, body, **headers):
        super().send(status, body, Last_Modified="Thu, 01 Oct 2026 10:00:00 GMT", **headers)


def test_the_platforms_tables_are_fetched(tmp_path):
    package, files = small.make_package(tmp_path / "project"), small.open_sdg()
    with serving(platform(files)) as server:
        server.RequestHandlerClass = WithDate
        assert refresh(package, "nsc", base_url=f"{server.url}/en").resources == ()
        files["1-2-1.csv"] += b"2024,,,,,25.7\n"
        del files["10-4-2-1.csv"]
        server.failures = [None, server_error]
        found = refresh(package, "nsc", base_url=f"{server.url}/en/")
    assert found.vintage == VINTAGE and found.resources[0].is_full
    assert "series withdrawn since 2025-08-15: gini_income" in found.notes
    assert check_package(package) == []
    assert Data(package).poverty_national().query("year == 2024")["value"].item() == 25.7
    with serving(platform({})) as server:
        with pytest.raises(FetchError, match=r"none of the 17 tables .*--base-url"):
            refresh(package, "nsc", base_url=f"{server.url}/en")
        with pytest.raises(DataError, match="'unodc' cannot be fetched"):
            refresh(package, "unodc", base_url=server.url)


# ---------------------------------------------------------------- the scheduled workflow


@pytest.mark.parametrize("path", sorted(WORKFLOW.parent.glob("*.yml")), ids=lambda p: p.stem)
def test_workflows_pin_their_actions_and_run_what_is_installed_where_they_may_only_read(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    for job in workflow["jobs"].values():
        used = [step for step in job["steps"] if "uses" in step]
        assert used and all(len(step["uses"].split("@")[1]) == 40 for step in used)
        for step in used:
            if step["uses"].startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
        script = "\n".join(step.get("run", "") for step in job["steps"])
        if "write" in job.get("permissions", workflow["permissions"]).values():
            assert not any(word in script for word in ("make ", "python", "pip", ".venv"))
        else:
            assert not any("GH_TOKEN" in step.get("env", {}) for step in job["steps"])
    if path.stem == "report":
        assert "workflow_dispatch" in workflow[True], "the pull request of a vintage starts it"


def test_what_is_proposed_is_what_was_fetched(tmp_path):
    """The shell of both jobs, without the forge: a new table goes along, a script does not."""
    steps = [
        step["run"]
        for job in yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"].values()
        for step in job["steps"]
        if step.get("name") in ("Gather what is new", "Open a pull request with the difference")
    ]
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    origin, one, two, temp = (tmp_path / n for n in ("origin", "one", "two", "temp"))
    (origin / "data" / "bank" / "2026-01-01").mkdir(parents=True)
    (origin / "data" / "datapackage.json").write_text("{}")
    (origin / "book" / "history").mkdir(parents=True)
    (origin / "book" / "history" / "current.json").write_text("{}")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *command], cwd=origin, check=True)
    for clone in (one, two):
        subprocess.run([*git, "clone", "-q", str(origin), str(clone)], check=True)
    (temp / "new").mkdir(parents=True)
    (temp / "new" / "difference.md").write_text("what moved")
    table = one / "data" / "bank" / "2026-10-01" / "wdi.csv"
    table.parent.mkdir(parents=True)
    table.write_text("a\n1\n")
    (table.parent / "evil.py").write_text("1")
    (one / "data" / "datapackage.json").write_text('{"more": 1}')
    (one / "book" / "history" / "current.json").write_text('{"more": 1}')
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "gh").write_text('#!/bin/sh\necho "$@" >>"$RUNNER_TEMP/asked"\n')
    (tools / "gh").chmod(0o755)
    env = {
        **os.environ, "RUNNER_TEMP": str(temp), "SOURCE": "worldbank",
        "PATH": f"{tools}:{os.environ['PATH']}",
    }  # fmt: skip
    for script, folder in zip(steps, (one, two), strict=True):
        subprocess.run(["bash", "-e", "-c", script], cwd=folder, env=env, check=True)
    branch = "vintage/worldbank-2026-10-01"
    command = ["git", "ls-tree", "-r", "--name-only", branch]
    assert subprocess.check_output(command, cwd=origin, text=True).split() == [
        "book/history/current.json",
        "data/bank/2026-10-01/wdi.csv",
        "data/datapackage.json",
    ]
    asked = (temp / "asked").read_text()
    assert f"--head {branch}" in asked and f"workflow run report.yml --ref {branch}" in asked
