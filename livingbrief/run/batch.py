"""Annexes for many countries, on this machine or on a Dask cluster, and one page that compares."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from livingbrief.brief import brief
from livingbrief.data.access import main_publisher, open_catalog
from livingbrief.errors import BuildError, InputError
from livingbrief.run.editions import load_edition
from livingbrief.run.replacing import NAMED, RECORD, own, recorded, refuse_unwritable
from livingbrief.run.steps import write_json, write_text
from livingbrief.wording import by_what, listed

RETRIES = 2
# Seconds between two looks at the jobs of a cluster, and at its workers; how long a batch waits
# without any.
PAUSE = 0.2
LOOK_SECONDS = 5.0
WAIT_SECONDS = 60.0
PAGES = ("comparison.csv", "index.html", "summary.json")
# It would stand in the message of each country that is not served.
LIST_OF_CODES = re.compile(r"(?<=economies are served): [A-Z, ]+(?=\.)")


@dataclass(frozen=True)
class Annex:
    """What became of one country.

    `why`: the message of the failure; empty when it was built; `lacks`: how many things the annex
    says it lacks; `refused`: whether the country cannot be served, for which `why` is written; else
    its build failed.
    """

    country: str
    name: str
    built: bool
    why: str
    lacks: int
    refused: bool = False


def build_country(
    root: str, edition: str, settings: Sequence[str], country: str, output: str, pdf: bool
) -> tuple[int, str]:
    """Build one annex in a process of its own; runs here or on a worker of a cluster.

    Gives the exit code of the build and its error, empty on success.
    """
    chosen = [f"--set={s}" for s in (*settings, f"country={country}", "narrative=false")]
    command = [sys.executable, "-m", "livingbrief.cli.cli", "build", "--edition", edition, *chosen]
    command += ["--output", output, "--workers", "1", "--work-name", f"batch/{country}"]
    done = subprocess.run(
        command if pdf else [*command, "--no-pdf"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.returncode:
        return 0, ""
    message = LIST_OF_CODES.sub("", done.stderr.strip().rpartition("error: ")[2])
    return done.returncode, message or f"ended with code {done.returncode}"


def batch(
    root: Path,
    countries: Sequence[str],
    *,
    edition: str = "current",
    settings: Sequence[str] = (),
    workers: int = 2,
    scheduler: str | None = None,
    output: Path | None = None,
    pdf: bool = True,
    say: Callable[[str], None] = print,
) -> list[Annex]:
    """Build an annex for each country and a page that compares them.

    Parameters
    ----------
    countries : sequence of str
        ISO 3166-1 alpha-3 codes.
    edition, settings : str, sequence of str
        The edition whose other parameters are used, and ``KEY=VALUE`` texts for all countries.
    workers : int
        Countries at a time on this machine.
    scheduler : str or None
        Address of a Dask scheduler, ``tcp://host:port``, whose workers do the work instead.
    output : Path or None
        Where the annexes go; ``dist/batch`` by default.
    say : callable
        Receives one line for each country that is done.

    Raises
    ------
    InputError
        When no country is named, one is named twice, the edition does not exist, or `output` holds
        files of the names that a batch writes and that no batch wrote.
    BuildError
        When the scheduler cannot be reached.
    """
    if not countries or len(set(countries)) != len(countries):
        raise InputError(
            "--countries takes codes of three letters, NPL,PHL,MEX for instance, each once"
        )
    for code in countries:
        # It names a folder.
        if not code or not re.fullmatch(brief().country_pattern, code):
            raise InputError(f"--countries {code}: {brief().country_words}")
    load_edition(root, edition, settings)
    target = (output or root / "dist" / "batch").resolve()
    check_folder(target)
    refuse_unwritable(target / RECORD, target)
    target.mkdir(parents=True, exist_ok=True)
    catalog = open_catalog(root)
    done: dict[str, Annex] = {}
    with _pool(workers, scheduler) as submit:
        jobs = {
            submit(
                build_country, str(root), edition, tuple(settings), code, str(target / code), pdf
            ): code
            for code in countries
        }
        for job in _finished(jobs, say):
            code, (status, message) = jobs[job], _outcome(job)
            name, built = brief().country_name(catalog, code), status == 0
            lacks = len(by_what(_read(target, code, "book")["lacks"])) if built else 0
            refused = status == InputError.exit_code
            done[code] = Annex(code, name, built, message, lacks, refused)
            say(f"{code}: {'built' if built else f'failed: {message}'}")
    annexes = [done[code] for code in countries]
    write_comparison(target, annexes, main_publisher(catalog))
    return annexes


@contextmanager
def _pool(workers: int, scheduler: str | None) -> Iterator[Callable[..., Any]]:
    if scheduler is None:
        with ThreadPoolExecutor(workers) as pool:
            try:
                yield pool.submit
            except BaseException:
                # Ctrl-C ends the countries that run, and no other begins.
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return
    from distributed import Client

    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise BuildError(
            f"no Dask scheduler answers at {scheduler} ({error}); start one, or leave "
            "--scheduler out to work on this machine"
        ) from None
    with client:
        if not client.scheduler_info()["workers"]:
            raise BuildError(f"the scheduler at {scheduler} has no workers; start some first")

        def submit(function: Callable[..., Any], *arguments: Any) -> Any:
            return client.submit(function, *arguments, pure=False, retries=RETRIES)

        yield submit


def _finished(jobs: Iterable[Any], say: Callable[[str], None]) -> Iterator[Any]:
    """Yield jobs as they end; those of a cluster without workers end when the wait for one does."""
    left = list(jobs)
    if all(isinstance(job, Future) for job in left):
        yield from as_completed(left)
        return
    looked, without = time.monotonic(), 0.0
    while left:
        done = [job for job in left if job.done()]
        left = [job for job in left if job not in done]
        yield from done
        time.sleep(0 if done else PAUSE)
        if done or time.monotonic() - looked < LOOK_SECONDS:
            continue
        looked = time.monotonic()
        if _workers(left[0].client):
            without = 0.0
        elif not without:
            without = looked
            say(f"no Dask worker is left; waiting {WAIT_SECONDS:.0f} s for one")
        elif looked - without >= WAIT_SECONDS:
            for job in left:
                job.cancel()
            yield from left
            return


def _workers(client: Any) -> int:
    try:
        return len(client.scheduler_info()["workers"])
    except Exception:
        # The scheduler is gone, too.
        return 0


def _outcome(job: Future[tuple[int, str]]) -> tuple[int, str]:
    """Return what a job gave; one that raised is a failure of its country, not an end."""
    try:
        if job.cancelled():
            return 1, f"no Dask worker was left, and none came in {WAIT_SECONDS:.0f} s"
        return job.result()
    except Exception as error:
        return 1, f"{type(error).__name__}: {error}"


def _read(target: Path, country: str, name: str) -> dict[str, Any]:
    path = target / country / f"{name}.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def check_folder(target: Path) -> None:
    """Refuse, with an `InputError`, a folder in which a batch would write over others' files."""
    written = {*PAGES, RECORD}
    found = sorted(n for n in written if (target / n).exists() or (target / n).is_symlink())
    if found and recorded(target) != written:
        raise InputError(
            f"{target} holds {listed(found, NAMED)}, which no batch put there; move them "
            "elsewhere, or choose another folder with --output"
        )


def write_comparison(
    target: Path, annexes: Sequence[Annex], publisher: tuple[str, str] = ("", "")
) -> None:
    """Write ``index.html``, ``comparison.csv`` and ``summary.json`` for the annexes in `target`.

    `publisher`: id and name of the one whose figures are compared.
    """
    import jinja2

    write_json(target / RECORD, own(PAGES))
    write_json(target / "summary.json", [asdict(a) for a in annexes])
    built = [a for a in annexes if a.built]
    results = {a.country: _read(target, a.country, "results") for a in built}
    books = [_read(target, a.country, "book") for a in built]
    last = max((b["edition"]["last_year"] for b in books), default=0)
    keys = [(k.format(last=last), label.format(last=last)) for k, label in brief().compared]
    rows = [
        {
            "annex": a,
            "cells": [results[a.country][k] if a.built else None for k, _ in keys],
            "pdf": (target / a.country / "report.pdf").is_file(),
        }
        for a in annexes
    ]
    text = resources.files("livingbrief.book").joinpath("comparison.html").read_text("utf-8")
    page = jinja2.Environment(autoescape=True).from_string(text)
    filled = page.render(
        title=brief().compared_title,
        rows=rows,
        labels=[label for _, label in keys],
        publisher=publisher[1],
        vintage=books[0]["vintages"].get(publisher[0], "") if books else "",
    )
    write_text(target / "index.html", filled)
    with (target / "comparison.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["country", "name", "key", "value", "unit", "status"])
        for a in built:
            for key, _ in keys:
                entry = results[a.country][key]
                value = "" if entry["value"] is None else entry["value"]
                table.writerow([a.country, a.name, key, value, entry["unit"], entry["status"]])
