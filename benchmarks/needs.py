"""Measure what a build needs, and write it into README.md, "What it needs".

    python benchmarks/needs.py

One build of `current` from nothing, with set-up done. Memory is that of all its processes
together, shared pages counted once (PSS, Linux); it and processor time are looked at every two
seconds. The figures go to `benchmarks/needs.json`; the text of README.md is made of them.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from livingbrief.run.editions import edition_names, load_edition

ROOT = Path(__file__).resolve().parents[1]
FIGURES = Path(__file__).with_name("needs.json")
PLACE = re.compile(r"(?<=<!-- needs -->\n).*?(?=<!-- /needs -->)", re.S)
#: How often memory is looked at, in seconds.
EVERY = 2.0


def looked_at(process: psutil.Process, spent: dict[int, float]) -> int:
    """Return the bytes of a process and all that it started; note their processor time by id.

    A process that was forked is not waited for by who asked for it, so its time is not in the sum
    that the system keeps: what it had used when it was last seen counts.
    """
    total = 0
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.Error):
            total += one.memory_full_info().pss
            times = one.cpu_times()
            spent[one.pid] = times.user + times.system
    return total


def size(folder: Path) -> int:
    """Return the bytes of a folder's files."""
    return sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def measured() -> dict[str, Any]:
    """Build from nothing and return what it took."""
    place = ROOT / ".build" / "needs"
    shutil.rmtree(place, ignore_errors=True)
    command = [sys.executable, "-m", "livingbrief", "build", "--work-name", "needs/work"]
    command += ["--output", str(place / "report")]
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    busy = os.getloadavg()[0]
    began, most, spent = time.perf_counter(), 0, dict[int, float]()
    quiet = subprocess.DEVNULL
    build = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **one}, stdout=quiet)
    with suppress(psutil.Error):
        process = psutil.Process(build.pid)
        while build.poll() is None:
            most = max(most, looked_at(process, spent))
            time.sleep(EVERY)
    build.wait()
    if build.returncode:
        raise SystemExit("the build failed; nothing was written")
    wall = time.perf_counter() - began
    return {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "wall_s": round(wall),
        "cpu_s": round(sum(spent.values())),
        "others_at_work": round(busy),
        "memory_mb": round(most / 1e6),
        "report_mb": round(size(place / "report") / 1e6),
        "environment_mb": round(size(ROOT / ".venv") / 1e6),
    }


def text(found: Mapping[str, Any]) -> str:
    """Return the paragraphs of README.md."""
    seeds = sorted({str(load_edition(ROOT, name).seed) for name in edition_names(ROOT)})
    return (
        f"One build of `current` from nothing, HTML and PDFs, takes {found['cpu_s']:,} seconds of "
        f"processor time; it took {found['wall_s']:,} seconds on {found['cores']} cores of "
        f"{found['machine']} with Python {found['python']}, where when it began about "
        f"{found['others_at_work']:,} others were at work "
        f"([benchmarks/RESULTS.md](benchmarks/RESULTS.md) has the time on an idle machine); "
        f"{found['memory_mb']:,} MB of memory in all its "
        f"processes together; {found['environment_mb']:,} MB of disk for `.venv` and "
        f"{found['report_mb']:,} MB for the report. No graphics card, no network after the set-up. "
        f"Measured by `python benchmarks/needs.py`.\n\n"
        f"Whatever is drawn by lot (tests for breaks, weights of the index) is "
        f"drawn from the `seed` of the edition in `editions.yml`, {' or '.join(seeds)}, by NumPy's "
        f"`default_rng`; nothing else is random, and two builds give the same bytes.\n"
    )


def main() -> int:
    """Measure, and write both files."""
    found = measured()
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    path = ROOT / "README.md"
    page = path.read_text(encoding="utf-8")
    path.write_text(PLACE.sub(lambda _: text(found), page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
