"""A pytest plugin: which test runs which line of the modules that are mutated, and for how long.

``python -m pytest -p benchmarks.covering`` with ``COVERED`` (module files, joined by the path
separator) and ``COVERING`` (the JSON file to write) in the environment.
"""

import json
import os
import time
from collections import defaultdict
from pathlib import Path

import coverage
import pytest

MODULES = [str(Path(p).resolve()) for p in os.environ["COVERED"].split(os.pathsep)]
_cov = coverage.Coverage(include=MODULES, data_file=None, config_file=False)
_cov.start()
_seconds: dict[str, float] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Count what a test's own fixtures run as its setup: they may serve all tests of a file."""
    began = time.perf_counter()
    result = yield
    _seconds[item.nodeid] = time.perf_counter() - began
    _cov.switch_context("")
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    _cov.switch_context(f"setup {item.nodeid}")
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    _cov.switch_context(f"test {item.nodeid}")
    return (yield)


def pytest_sessionfinish():
    """Write, for each module, line to the tests that run it."""
    _cov.stop()
    data = _cov.get_data()
    tests = list(_seconds)
    lines: dict[str, dict[int, list[str]]] = {}
    for module in MODULES:
        found: dict[int, set[str]] = defaultdict(set)
        for line, contexts in data.contexts_by_lineno(module).items():
            for context in contexts:
                phase, _, node = context.partition(" ")
                if phase == "test":
                    found[line].add(node)
                elif phase == "setup":
                    file = node.partition("::")[0]
                    found[line].update(t for t in tests if t.startswith(f"{file}::"))
        lines[module] = {line: sorted(nodes) for line, nodes in found.items()}
    Path(os.environ["COVERING"]).write_text(json.dumps({"lines": lines, "seconds": _seconds}))
