"""Time builds against what one would do without this project, in one run.

    python benchmarks/speed.py [--repeats 5] [--no-batch] [--output benchmarks/RESULTS.md]

`LOOP` says what one would do instead. Set-up is excluded: libraries are compiled to bytecode
beforehand. Linear algebra has one thread on both sides. Ratios are of medians; the machine's other
work slows both sides.
"""

import argparse
import compileall
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from livingbrief.claims import claims
from livingbrief.notebooks import matched
from livingbrief.paths import project_root
from livingbrief.run.asked import read_by
from livingbrief.run.editions import load_edition

BIN = Path(sys.executable).parent
# One thread for linear algebra, and the bytecode of set-up, on both sides.
FAIR = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
LOOP = """\
"The loop" is `papermill` for one notebook after the other, then `jupyter-book build` once. It runs
the notebooks of the earlier edition too, because a build does. It is serial; a build runs notebooks
side by side on all cores, which is part of why it is faster. The loop makes no PDF.
"""
COUNTRIES = "KGZ,TJK,UZB,ARM,MDA,GEO"
PARTS = ("data", "remitrisk", "notebooks", "book", "_config.yml", "_toc.yml", "editions.yml")


def project_copy(target: Path) -> Path:
    """Copy the project without what was built."""
    root = project_root()
    for name in (*PARTS, "requirements.lock"):
        source = root / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / name)
    return target


def timed(command: list[str], root: Path, **env: str) -> tuple[float, float]:
    """Return wall and CPU seconds of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=root,
        env={**os.environ, **FAIR, "LIVINGBRIEF_ROOT": str(root), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def build(root: Path, *arguments: str) -> float:
    return timed([str(BIN / "remitrisk"), "build", *arguments], root)[0]


def runs(root: Path) -> list[tuple[str, str, Path]]:
    """Return name, notebook and parameter file of each run that a report needs."""
    toc = yaml.safe_load((root / "_toc.yml").read_text())
    files = [c["file"] for part in toc["parts"] for c in part["chapters"]]
    names = [f.removeprefix("notebooks/") for f in files if f.startswith("notebooks/")]
    editions = [("current", names)]
    now = load_edition(root, "current")
    if now.known_then:
        years = range(now.last_year + 1)
        ledger = claims.load(root / "book" / "claims.yml")
        read = read_by((claim.over(lambda _: years) for claim in ledger), root)
        editions.append((now.known_then, [n for n in names if n in read]))
    found = []
    for edition, chosen in editions:
        parameters = load_edition(root, edition).parameters()
        for name in chosen:
            values = matched(root / "notebooks" / f"{name}.ipynb", parameters)
            file = root / "loop" / edition / f"{name}.yml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(yaml.safe_dump(values))
            found.append((edition, name, file))
    return found


def loop(root: Path) -> tuple[float, float, float]:
    """Run the papermill command for each notebook, then jupyter-book.

    Return wall and CPU seconds, and the wall seconds of jupyter-book alone.
    """
    wall = cpu = 0.0
    shutil.rmtree(root / "_build", ignore_errors=True)
    for edition, name, file in runs(root):
        out = root / "loop" / edition / name
        out.mkdir(exist_ok=True)
        w, c = timed(
            [
                str(BIN / "papermill"),
                f"notebooks/{name}.ipynb",
                str(out / "executed.ipynb"),
                "-f",
                str(file),
                "--no-progress-bar",
            ],
            root,
            LIVINGBRIEF_OUT=str(out),
        )
        wall, cpu = wall + w, cpu + c
    w, c = timed([str(BIN / "jupyter-book"), "build", ".", "--all"], root)
    return wall + w, cpu + c, w


def change_table(root: Path, step: int) -> None:
    """Change one value of the statistical office's table and record its hash."""
    table = max((root / "data" / "nsc").rglob("sdg.csv"))
    lines = table.read_text().splitlines(keepends=True)
    i = next(
        i for i, line in enumerate(lines) if line.startswith("poverty_rate,") and ",2009," in line
    )
    head, _, tail = lines[i].rpartition(",3")
    lines[i] = f"{head},3{(step % 5) + 1}.{step}\n" if head else lines[i] + tail
    table.write_text("".join(lines))
    subprocess.run(
        [str(BIN / "remitrisk"), "vintages", "rehash"],
        cwd=root,
        env={**os.environ, "LIVINGBRIEF_ROOT": str(root)},
        check=True,
        capture_output=True,
    )


def change_notebook(root: Path, step: int) -> None:
    path = root / "notebooks" / "structure.ipynb"
    book = json.loads(path.read_text())
    book["cells"][-1]["source"] = f"# run {step}\nnb.close()"
    path.write_text(json.dumps(book))


def clean(root: Path) -> None:
    for name in (".build", "dist"):
        shutil.rmtree(root / name, ignore_errors=True)


def measure(root: Path, repeats: int) -> dict[str, list[float]]:
    """Return the seconds of each case, repeated; ours and the loop alternate."""
    seconds: dict[str, list[float]] = {
        k: [] for k in ("cold", "nothing", "table", "notebook", "loop")
    }
    cpu, books = [], []
    for step in range(repeats):
        clean(root)
        seconds["cold"].append(build(root))
        wall, used, book = loop(root)
        seconds["loop"].append(wall)
        books.append(book)
        cpu.append(used)
        seconds["nothing"].append(build(root))
        change_table(root, step)
        seconds["table"].append(build(root))
        change_notebook(root, step)
        seconds["notebook"].append(build(root))
        print(f"round {step + 1}: " + ", ".join(f"{k} {v[-1]:.1f} s" for k, v in seconds.items()))
    seconds["loop_cpu"] = cpu
    seconds["loop_book"] = books
    return seconds


def six(root: Path, workers: int) -> float:
    shutil.rmtree(root / ".build" / "batch", ignore_errors=True)
    shutil.rmtree(root / "dist" / "batch", ignore_errors=True)
    return timed(
        [str(BIN / "remitrisk"), "batch", "--countries", COUNTRIES, "--workers", str(workers)], root
    )[0]


def report(seconds: dict[str, list[float]], six_countries: tuple[float, float]) -> str:
    """Return the table of ratios, missed bars first, and of seconds."""
    middle = {k: statistics.median(v) for k, v in seconds.items()}
    cores = len(os.sched_getaffinity(0))
    one, two = six_countries
    bars = [
        ("cold build, PDF and translations included", middle["cold"] / middle["loop"], 0.40),
        ("one table changed", middle["table"] / middle["loop"], 0.22),
        ("one notebook changed", middle["notebook"] / middle["loop"], 0.11),
        ("nothing changed", middle["nothing"] / middle["loop"], 0.05),
    ]
    if two:
        bars.append(("six countries: two workers against one", two / one, 0.63))
    bars.sort(key=lambda bar: bar[1] <= bar[2])
    lines = [
        f"# Speed\n\n{platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}; median of {len(seconds['cold'])} rounds.\n",
        LOOP,
        "| seconds against the loop's | measured | at most | |",
        "|---|---:|---:|---|",
        *(
            f"| {name} | {got:.2f} | {most:.2f} | {'met' if got <= most else '**missed**'} |"
            for name, got, most in bars
        ),
        "\n| case | median, s | all rounds, s |",
        "|---|---:|---|",
        *(
            f"| {label} | {middle[key]:.1f} | {', '.join(f'{v:.1f}' for v in seconds[key])} |"
            for key, label in (
                ("loop", "papermill in a loop, then jupyter-book (HTML only)"),
                ("loop_cpu", "its CPU time"),
                ("loop_book", "of which jupyter-book"),
                ("cold", "cold build (HTML and PDF)"),
                ("nothing", "nothing changed"),
                ("table", "one table changed"),
                ("notebook", "one notebook changed"),
            )
        ),
        *(
            f"| six countries, {name} | {value:.1f} | |"
            for name, value in (("one worker", one), ("two workers", two))
            if value
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-batch", action="store_true")
    parser.add_argument("--output", type=Path)
    chosen = parser.parse_args()
    for code in ("livingbrief", "remitrisk"):
        compileall.compile_dir(project_root() / code, quiet=1)
    with tempfile.TemporaryDirectory(prefix="remitrisk-speed-") as folder:
        root = project_copy(Path(folder))
        seconds = measure(root, chosen.repeats)
        times = (0.0, 0.0) if chosen.no_batch else (six(root, 1), six(root, 2))
        text = report(seconds, times)
    print(text)
    if chosen.output:
        chosen.output.write_text(text)


if __name__ == "__main__":
    main()
