"""Time a batch of annexes with one worker and with two, and weigh its workers.

    python benchmarks/annexes.py [--count 24] > benchmarks/ANNEXES.md

The economies are spread over the list of all that the data serve. Linear algebra has one thread.
A worker weighs what its processes hold, what they share counted once (`Pss`, Linux), looked at
as each is done. A machine that others share has faster and slower minutes: a loop in Python, timed
before and after, tells in which the annexes were built.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
from speed import FAIR, project_copy

from livingbrief.brief import brief
from livingbrief.data.access import open_catalog

BARS = {"seconds": 20.0, "times": 1.7}
MB = 1_000_000


def weight(worker: psutil.Process) -> float:
    """Return the megabytes that a worker and all it started hold."""
    total = 0
    for process in (worker, *worker.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total / MB


def pace() -> float:
    """Return the seconds that a fixed loop takes, the median of nine."""
    taken = []
    for _ in range(9):
        began = time.perf_counter()
        sum(i * i for i in range(3_000_000))
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def run(root: Path, countries: list[str], workers: int) -> dict[str, object]:
    """Build annexes anew; give the seconds of all, of each, and the most that a worker held."""
    for name in (".build", "dist"):
        shutil.rmtree(root / name, ignore_errors=True)
    command = [sys.executable, "-m", "livingbrief.cli.cli", "batch", "--workers", str(workers)]
    env = {**os.environ, **FAIR, "LIVINGBRIEF_ROOT": str(root)}
    began, most = time.perf_counter(), 0.0
    each: list[float] = []
    batch = psutil.Popen(
        [*command, "--countries", ",".join(countries)],
        cwd=root, env=env, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in batch.stdout:
        if ": built" in line:
            each.append(time.perf_counter() - began - sum(each))
        for worker in batch.children():
            with suppress(psutil.NoSuchProcess):
                most = max(most, weight(worker))
    if batch.wait():
        sys.exit("not all were built")
    return {"all": time.perf_counter() - began, "each": each, "most": most}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=24)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="remitrisk-annexes-") as folder:
        root = project_copy(Path(folder))
        served = list(brief().countries(open_catalog(root)))
        countries = served[:: len(served) // chosen.count][: chosen.count]
        paces, runs = [pace()], []
        for workers in (1, 2):
            runs.append(run(root, countries, workers))
            paces.append(pace())
    one, two = runs
    cores = len(os.sched_getaffinity(0))
    middle, times = statistics.median(one["each"]), one["all"] / two["all"]
    lines = [
        f"# Annexes\n\n{platform.machine()}, {cores} cores, Python {platform.python_version()}; "
        f"{len(one['each'])} annexes of {len(countries)} of {len(served)} economies: "
        f"{', '.join(countries)}.\n",
        "| what | one worker | two workers |",
        "|---|---:|---:|",
        *(
            f"| {name} | {show(one):.{digits}f} | {show(two):.{digits}f} |"
            for name, digits, show in (
                ("all, s", 0, lambda run: run["all"]),
                ("the most that a worker held, MB", 0, lambda run: run["most"]),
            )
        ),
        f"\nMedian with one worker: {middle:.1f} s, wanted under {BARS['seconds']:.0f}: "
        f"{'met' if middle < BARS['seconds'] else '**missed**'}. Two workers are {times:.2f} times "
        f"as fast, wanted {BARS['times']}: {'met' if times >= BARS['times'] else '**missed**'}.\n\n"
        f"The loop: {paces[0]:.3f} s before, {paces[1]:.3f} between the two, {paces[2]:.3f} after.",
    ]
    text = "\n".join(lines) + "\n"
    print(text)


if __name__ == "__main__":
    main()
