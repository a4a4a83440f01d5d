"""Measure what a build needs, and write it into ``benchmarks/NEEDS.md``.

    python benchmarks/needs.py

One build of `current` from nothing, with set-up done. Memory is that of all its processes
together, shared pages counted once (PSS, Linux); it and processor time are looked at every two
seconds.
"""

import os
import platform
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
PAGE = Path(__file__).with_name("NEEDS.md")
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
    command = [sys.executable, "-m", "livingbrief", "build"]
    command += ["--work", str(place / "work"), "--output", str(place / "report")]
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


def page(found: Mapping[str, Any]) -> str:
    """Return the page."""
    seeds = sorted({str(load_edition(ROOT, name).seed) for name in edition_names(ROOT)})
    return (
        "# What a build needs\n\n"
        "Written by `python benchmarks/needs.py`: one build of `current` from nothing, HTML and "
        "PDFs.\n\n"
        f"- Processor time: {found['cpu_s']:,} s.\n"
        f"- Time: {found['wall_s']:,} s on {found['cores']} cores of {found['machine']} with "
        f"Python {found['python']}, where about {found['others_at_work']:,} others were at work "
        "when it began ([RESULTS.md](RESULTS.md) has an idle machine).\n"
        f"- Memory of all its processes together: {found['memory_mb']:,} MB.\n"
        f"- Disk: {found['environment_mb']:,} MB for `.venv`, {found['report_mb']:,} MB for the "
        "report.\n"
        "- No graphics card, and no network after the set-up.\n\n"
        f"What is drawn at random is drawn from the edition's `seed` in `editions.yml` "
        f"({' or '.join(seeds)}), by NumPy's `default_rng`; two builds give the same bytes.\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(measured()), encoding="utf-8")
