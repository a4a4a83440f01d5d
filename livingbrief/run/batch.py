"""Annexes for many countries, on this machine or on a Dask cluster, and one page that compares."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from livingbrief.brief import brief
from livingbrief.data.access import open_catalog
from livingbrief.errors import BuildError, InputError
from livingbrief.run.editions import load_edition
from livingbrief.run.replacing import RECORD, listed, own, recorded
from livingbrief.run.steps import write_json
from livingbrief.wording import by_what

RETRIES = 2
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

    Returns
    -------
    code : int
        Exit code of the build.
    message : str
        Its error, empty on success.
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
    text = done.stderr.strip()
    _, _, message = text.rpartition("error: ")
    return done.returncode, (
        LIST_OF_CODES.sub("", message) or f"ended with code {done.returncode}"
    ) if done.returncode else ""


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
    root : Path
        The project.
    countries : sequence of str
        ISO 3166-1 alpha-3 codes.
    edition : str
        The edition whose other parameters are used.
    settings : sequence of str
        ``KEY=VALUE`` texts for all countries.
    workers : int
        Countries at a time on this machine.
    scheduler : str or None
        Address of a Dask scheduler, ``tcp://host:port``, whose workers do the work instead.
    output : Path or None
        Where the annexes go; ``dist/batch`` by default.
    pdf : bool
        Also make PDFs.
    say : callable
        Receives one line for each country that is done.

    Returns
    -------
    list of Annex
        In the order of `countries`.

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
    load_edition(root, edition, settings)
    target = (output or root / "dist" / "batch").resolve()
    check_folder(target)
    target.mkdir(parents=True, exist_ok=True)
    catalog = open_catalog(root)
    done: dict[str, Annex] = {}
    with _pool(workers, scheduler) as submit:
        jobs = {
            submit(
                build_country,
                str(root),
                edition,
                tuple(settings),
                code,
                str(target / code),
                pdf,
            ): code
            for code in countries
        }
        for job, outcome in _finished(jobs, scheduler):
            code = jobs[job]
            status, message = outcome
            annex = Annex(
                code,
                brief().country_name(catalog, code),
                status == 0,
                message,
                _lacks(target / code) if status == 0 else 0,
                status == InputError.exit_code,
            )
            done[code] = annex
            say(f"{code}: {'built' if annex.built else f'failed: {message}'}")
    annexes = [done[code] for code in countries]
    write_comparison(target, annexes)
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


def _finished(jobs: dict[Any, str], scheduler: str | None) -> Iterator[tuple[Any, tuple[int, str]]]:
    """Yield each job and its outcome as it ends; a job that raised is a failure, not an end."""
    if scheduler is None:
        waiting: Iterator[Any] = as_completed(jobs)
    else:
        from distributed import as_completed as dask_as_completed

        waiting = iter(dask_as_completed(list(jobs)))
    for job in waiting:
        yield job, _outcome(job)


def _outcome(job: Future[tuple[int, str]]) -> tuple[int, str]:
    try:
        return job.result()
    except Exception as error:
        return 1, f"{type(error).__name__}: {error}"


def _lacks(report: Path) -> int:
    return len(by_what(json.loads((report / "book.json").read_text(encoding="utf-8"))["lacks"]))


def check_folder(target: Path) -> None:
    """Refuse a folder in which a batch would write over files that no batch wrote.

    Raises
    ------
    InputError
        Names them.
    """
    written = {*PAGES, RECORD}
    found = sorted(n for n in written if (target / n).exists() or (target / n).is_symlink())
    if found and recorded(target) != written:
        raise InputError(
            f"{target} holds {listed(found)}, which no batch put there; move them elsewhere, or "
            "choose another folder with --output"
        )


def write_comparison(target: Path, annexes: Sequence[Annex]) -> None:
    """Write ``index.html``, ``comparison.csv`` and ``summary.json`` for the annexes in `target`."""
    import jinja2

    write_json(target / RECORD, own(PAGES))
    write_json(target / "summary.json", [asdict(a) for a in annexes])
    built = [a for a in annexes if a.built]
    results = {
        a.country: json.loads((target / a.country / "results.json").read_text(encoding="utf-8"))
        for a in built
    }
    books = {
        a.country: json.loads((target / a.country / "book.json").read_text(encoding="utf-8"))
        for a in built
    }
    last = max((b["edition"]["last_year"] for b in books.values()), default=0)
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
    vintage = next(iter(books.values()))["vintages"]["worldbank"] if books else ""
    _replace(
        target / "index.html",
        page.render(
            title=brief().compared_title,
            rows=rows,
            labels=[label for _, label in keys],
            vintage=vintage,
        ),
    )
    with (target / "comparison.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["country", "name", "key", "value", "unit", "status"])
        for a in built:
            for key, _ in keys:
                entry = results[a.country][key]
                value = "" if entry["value"] is None else entry["value"]
                table.writerow([a.country, a.name, key, value, entry["unit"], entry["status"]])


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
